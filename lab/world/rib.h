/* rib.h - the peer router's table: which chassis gets the traffic of which prefix
 *
 * Holds what each chassis announced last and picks the best path of every prefix: the
 * shortest AS path; among equals the one that is best already (an established route is
 * not given up for an equal one), else the lower chassis. It is a router of the outside
 * world: it knows announcements, never the state of a chassis.
 *
 * Ownership  one struct rib is a plain value without pointers
 * Time       mono_t, for display only; no decision depends on it
 * Errors     none: there is room for all that can be announced
 * Threads    one owner
 */
#ifndef VPCLAB_RIB_H
#define VPCLAB_RIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/mono.h"
#include "common/msg/body.h"

enum {
    RIB_CHASSIS = 2,
    /* A full announcement of each, and the one just being replaced. */
    RIB_PREFIXES = (RIB_CHASSIS + 1) * ROUTES_MOST,
    RIB_NOBODY = -1,
};

struct rib_path {
    bool present;
    uint8_t prepend; /* AS numbers put in front: the length of the path */
    uint32_t as;
    uint64_t srp_epoch;
    mono_t since; /* announced like this since */
};

struct rib_prefix {
    uint32_t net, mask;
    uint8_t kind; /* enum route_kind */
    int8_t best;  /* chassis, or RIB_NOBODY */
    struct rib_path paths[RIB_CHASSIS];
};

struct rib {
    struct rib_prefix prefixes[RIB_PREFIXES];
    size_t n;
};

/* The best chassis of a prefix changed. */
struct rib_change {
    uint32_t net, mask;
    uint8_t kind;
    int8_t old, now;
    uint64_t srp_epoch; /* of the new best path; 0 when there is none */
};

/* What one chassis has from the router. A router hands on its best paths only, so a chassis is
 * offered those of the other one's routes to which that one is best. */
struct rib_standing {
    uint32_t n;         /* its own routes in the table */
    uint64_t srp_epoch; /* of them */
    bool best;          /* it has some, and is the best path to each */
    uint32_t offered;
    uint32_t offered_as; /* the AS in the path of these; 0: none is offered */
};

void rib_init(struct rib *rib);

/* Replace all that `chassis` announced by `routes`. Returns the number of changes written;
 * there are never more than RIB_PREFIXES. */
size_t rib_announce(struct rib *rib, uint8_t chassis, const struct routes_body *routes, mono_t now,
                    struct rib_change changes[RIB_PREFIXES]);

/* The session with `chassis` is down: forget what it announced. */
size_t rib_withdraw(struct rib *rib, uint8_t chassis, mono_t now,
                    struct rib_change changes[RIB_PREFIXES]);

/* The chassis with the best path to `addr` among routes of that kind, by longest prefix;
 * RIB_NOBODY when no prefix holds it. */
int rib_lookup(const struct rib *rib, enum route_kind kind, uint32_t addr);

struct rib_standing rib_standing_of(const struct rib *rib, uint8_t chassis);

#endif
