/* host_ask.h - how commands find, start, ask and end the host of a lab
 *
 * Ownership  JSON answers are new references
 * Time       real milliseconds
 * Errors     an exit status, after having said why on stderr
 * Threads    main
 */
#ifndef VPCLAB_HOST_ASK_H
#define VPCLAB_HOST_ASK_H

#include <jansson.h>

#include "lab/proc.h"

/* Start the lab's host unless it runs; returns when it answers. The run directory exists, and the caller has the lab's
 * lock. */
int host_ensure(const struct lab *lab);

/* One line to the host; *answer is what it says. */
int host_ask(const struct lab *lab, const char *line, int timeout_ms, json_t **answer);

/* Its pid, 0 when it does not run, and in *answer what it says of itself, NULL when it does not
 * answer: {"vms": [...], "faults": [...]}. Nothing is said on stderr. */
int host_look(const struct lab *lab, json_t **answer);

/* Of host_look's answer: the object of that VM, borrowed; NULL: none. */
const json_t *host_vm_of(const json_t *answer, const char *name);

/* There is such a file when the keeper of a lease has mended all after the host had gone; the next
 * host removes it. */
void host_lease_mark(const char *rundir, uint32_t lease, char out[NODE_PATH + 32]);

/* End it, so that it starts nothing more. What it has broken is mended then. */
void host_end(const struct lab *lab);

#endif
