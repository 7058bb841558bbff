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

#include "lab/world/rib.h"

enum {
    PEERING_MOST = RIB_CHASSIS * NEIGHBORS_MOST,
    PEERING_LEASES = 64,
    PEERING_ALL = -1, /* instead of a chassis: every one that names the neighbor */
};

enum peering_kind { PEERING_BGP, PEERING_BFD, PEERING_KINDS };

struct peering_neighbor {
    struct neighbor of;
    bool named[RIB_CHASSIS];               /* by that chassis */
    bool down[PEERING_KINDS][RIB_CHASSIS]; /* an operator said so */
};

/* A fault of a neighbor, whoever names it: what an operator said stays, and counts again behind. */
struct peering_lease {
    uint32_t addr; /* 0: all */
    bool lies;     /* says it has routes, and takes none; else its BGP sessions are down */
};

/* What a chassis announced last, and a lying router says it has. */
struct peering_claim {
    uint32_t n;
    uint64_t srp_epoch;
};

struct peering {
    struct peering_neighbor neighbors[PEERING_MOST]; /* each is named by somebody */
    size_t n;
    bool connected[RIB_CHASSIS];
    bool chassis_bfd_down; /* chassis to chassis: an operator said so */
    struct peering_lease leases[PEERING_LEASES];
    size_t lease_n;
    struct peering_claim claims[RIB_CHASSIS];
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

/* These faults are in force; at most PEERING_LEASES. */
void peering_faults(struct peering *peering, const struct peering_lease *leases, size_t n);

/* `chassis` announced so many routes, in that epoch. */
void peering_announced(struct peering *peering, uint8_t chassis, uint32_t n, uint64_t srp_epoch);

/* Is what it announces lost on the routers? When each neighbor it has a session with lies. */
bool peering_lies(const struct peering *peering, uint8_t chassis);

/* What the routers say of its routes: `standing`, or a lie. */
struct rib_standing peering_says(const struct peering *peering, uint8_t chassis,
                                 struct rib_standing standing);

/* Does the other chassis answer `chassis` through the network? */
bool peering_chassis_bfd(const struct peering *peering, uint8_t chassis);

/* The neighbors of one chassis, ascending by when they were named; returns their number. */
uint8_t peering_list(const struct peering *peering, uint8_t chassis,
                     struct net_neighbor out[NEIGHBORS_MOST]);

#endif
