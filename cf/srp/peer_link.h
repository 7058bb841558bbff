/* peer_link.h - the way to the peer chassis, whichever of its two CFs leads
 *
 * Each CF slot listens on ports of its own, so that a CF that takes over need not wait for
 * those of a CF that is stopped but not dead. The connecting chassis tries both slots and
 * speaks on the connection that came up last; frames are taken from either, since what is
 * stale shows in its content.
 *
 * Ownership  peer_link_close frees; see tcp_link.h for the rest
 * Time       none of its own
 * Errors     as tcp_link.h
 * Threads    the loop's
 */
#ifndef VPCLAB_PEER_LINK_H
#define VPCLAB_PEER_LINK_H

#include "cf/srp/tcp_link.h"

struct peer_link;

/* As tcp_link_open; setup->port is that of CF slot 1, slot 2 has the second next. */
struct peer_link *peer_link_open(const struct tcp_link_setup *setup);
void peer_link_close(struct peer_link **link);
int peer_link_send(struct peer_link *link, enum msg_type type, uint8_t port, uint64_t epoch,
                   const void *body, size_t len);
bool peer_link_up(const struct peer_link *link);
struct tcp_counters peer_link_counters(const struct peer_link *link);

#endif
