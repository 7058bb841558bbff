/* peering.h - the routing domain's sessions with the chassis: BGP, BFD, and what became of them
 *
 * The addresses a chassis names as neighbors are routers of the outside world. With each it
 * has a BGP and a BFD session; both are up as long as the chassis is connected, unless an
 * operator of the outside world says otherwise. One BFD session more runs between the two
 * chassis, through the same network.
 *
 * Ownership  one struct peering is a plain value without pointers
 * Time       none
 * Errors     none: there is room for all that can be named
 * Threads    one owner
 */
#ifndef VPCLAB_PEERING_H
#define VPCLAB_PEERING_H

#include "lab/rib.h"

enum {
    PEERING_MOST = RIB_CHASSIS * NEIGHBORS_MOST,
    PEERING_ALL = -1, /* instead of a chassis: every one that names the neighbor */
};

enum peering_kind { PEERING_BGP, PEERING_BFD, PEERING_KINDS };

struct peering_neighbor {
    struct neighbor of;
    bool named[RIB_CHASSIS];               /* by that chassis */
    bool down[PEERING_KINDS][RIB_CHASSIS]; /* an operator said so */
};

struct peering {
    struct peering_neighbor neighbors[PEERING_MOST]; /* each is named by somebody */
    size_t n;
    bool connected[RIB_CHASSIS];
    bool chassis_bfd_down; /* chassis to chassis: an operator said so */
};

/* Replace what `chassis` named. An operator's word on a neighbor ends when nobody names it. */
void peering_name(struct peering *peering, uint8_t chassis, const struct neighbor *list, size_t n);

void peering_connect(struct peering *peering, uint8_t chassis, bool connected);

/* An operator ends a session, or lets it come up again: in that context, or with NULL in all. How
 * many changed; DI_ENOTFOUND when `chassis` does not name that neighbor, or nobody does. */
int peering_set(struct peering *peering, enum peering_kind kind, uint32_t addr, const char *context,
                int chassis, bool up);

bool peering_up(const struct peering *peering, enum peering_kind kind, size_t neighbor,
                uint8_t chassis);

/* Do the routers keep the routes of this chassis? Not when its last BGP session is gone; a
 * chassis that names no neighbor needs none. */
bool peering_holds(const struct peering *peering, uint8_t chassis);

/* Does the other chassis answer `chassis` through the network? */
bool peering_chassis_bfd(const struct peering *peering, uint8_t chassis);

/* The neighbors of one chassis, ascending by when they were named; returns their number. */
uint8_t peering_list(const struct peering *peering, uint8_t chassis,
                     struct net_neighbor out[NEIGHBORS_MOST]);

#endif
