/* net_seen.h - the routing domain as the demux told of it last, for display
 *
 * Ownership  a plain value without pointers; zeroed is new
 * Time       mono_t of the lab clock, passed in
 * Errors     none
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_NET_SEEN_H
#define VPCLAB_NET_SEEN_H

#include "common/base/mono.h"
#include "common/msg/body.h"

struct net_seen {
    bool known;
    struct net_body now;
    mono_t bgp_since[NEIGHBORS_MOST]; /* each neighbor's session is as it is since */
};

void net_seen_take(struct net_seen *seen, const struct net_body *net, mono_t now);

/* The number of that neighbor in now.neighbors; now.n: it was not told of. */
uint8_t net_seen_find(const struct net_seen *seen, const char *context, uint32_t addr);

#endif
