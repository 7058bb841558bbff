#include "cf/net_seen.h"

#include <string.h>

uint8_t
net_seen_find(const struct net_seen *seen, const char *context, uint32_t addr)
{
    uint8_t i = 0;

    while (i < seen->now.n && (seen->now.neighbors[i].of.addr != addr ||
                               strcmp(seen->now.neighbors[i].of.context, context) != 0))
        i++;
    return i;
}

void
net_seen_take(struct net_seen *seen, const struct net_body *net, mono_t now)
{
    struct net_seen was = *seen;

    seen->known = true;
    seen->now = *net;
    for (uint8_t i = 0; i < net->n; i++) {
        uint8_t before =
            net_seen_find(&was, net->neighbors[i].of.context, net->neighbors[i].of.addr);
        bool same =
            before < was.now.n && was.now.neighbors[before].bgp_up == net->neighbors[i].bgp_up;

        seen->bgp_since[i] = same ? was.bgp_since[before] : now;
    }
}
