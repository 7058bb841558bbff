/* caller_link.h - the call generator's sockets, clock and signals
 *
 * Binds the two GTP ports of one local address, moves datagrams in batches between them and
 * struct caller until that is done, and reports progress meanwhile.
 *
 * Ownership  the caller's struct caller is borrowed for caller_link_run
 * Time       CLOCK_MONOTONIC, real time
 * Errors     caller_link_open returns an exit status after having said why
 * Threads    main; SIGINT and SIGTERM are blocked from caller_link_open on
 */
#ifndef VPCLAB_CALLER_LINK_H
#define VPCLAB_CALLER_LINK_H

#include "lab/caller/caller.h"

struct caller_link;

int caller_link_open(struct caller_link **link, uint32_t local);
void caller_link_close(struct caller_link **link);

/* Real time, the clock of caller_init. */
mono_t caller_link_now(void);

/* Until the caller is done. A first SIGINT or SIGTERM ends the traffic, a second one all.
 * `progress` (may be NULL) is a file rewritten as JSON several times a second. */
void caller_link_run(struct caller_link *link, struct caller *caller, const char *progress);

/* Datagrams that could not be sent, and the errno of the last one. */
uint64_t caller_link_unsent(const struct caller_link *link, int *error);

#endif
