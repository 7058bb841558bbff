/* world.h - the embedded outside world of a rootless lab: access network, router, PDN
 *
 * One process a lab. To GTP clients it is the network: it binds the service addresses the
 * chassis announce and hands each datagram to the chassis with the best route. To the
 * chassis it is the BGP peer (rib.h), with a session's semantics: a demux that closes its
 * link or falls silent loses all its routes at once. To subscribers it is the PDN (pdn.h).
 * It knows announcements and datagrams, never the inside of a chassis.
 *
 *   world.c          the process: build and teardown
 *   world_routes.c   sessions with the demuxes, routes, bound addresses
 *   world_traffic.c  datagrams and packets, both ways
 *   world_show.c     the management commands
 *
 * Ownership  the process owns one struct world
 * Time       lab time
 * Errors     what cannot be bound is said once, with the fix, and tried again
 * Threads    main
 */
#ifndef VPCLAB_WORLD_H
#define VPCLAB_WORLD_H

#include "common/loop/bus.h"
#include "common/loop/mgmt.h"
#include "common/loop/timer.h"
#include "common/loop/udp.h"
#include "common/msg/dgram.h"
#include "lab/pdn.h"
#include "lab/rib.h"

#define WORLD_COUNTERS(X)                                                                          \
    X(up_datagrams)      /* from clients to a chassis */                                           \
    X(down_datagrams)    /* from a chassis to clients */                                           \
    X(pdn_packets)       /* from a chassis to the PDN */                                           \
    X(pdn_answers)       /* from the PDN to a chassis */                                           \
    X(dropped_no_route)  /* nobody announces the service address */                                \
    X(dropped_no_return) /* nobody announces the subscriber's pool */                              \
    X(dropped_queue)     /* the queue to the chassis was full */                                   \
    X(dropped_malformed) /* batches from a chassis that were cut off where they made no sense */   \
    X(foreign_frames)    /* on one chassis' link, from another chassis */

struct world;

/* One chassis as seen from outside: its link, and what is gathered for it. */
struct world_chassis {
    struct world *world;
    uint8_t index;
    struct bus *bus;
    bool up;           /* the BGP-like session */
    uint64_t gathered; /* datagrams in out, for the counters */
    struct wr out;
    uint8_t bytes[DGRAM_ROOM];
};

/* A service address somebody announced; it stays bound once it is bound. */
struct world_service {
    uint32_t addr;
    bool refused; /* could not be bound, and that was said */
};

enum { WORLD_SERVICES = UDP_SOCKETS / 2 };

struct world {
    struct node *node;
    struct udp *udp;
    struct mgmt *mgmt;
    struct timer retry;
    struct rib rib;
    struct world_chassis chassis[RIB_CHASSIS];
    struct world_service services[WORLD_SERVICES];
    size_t service_n;
    struct {
#define X(name) uint64_t name;
        WORLD_COUNTERS(X)
#undef X
    } counters;
    uint64_t pdn[PDN_VERDICT_N];
};

/* world_routes.c */
void world_routes(struct world *world, struct world_chassis *chassis,
                  const struct routes_body *routes);
void world_session(struct world *world, struct world_chassis *chassis, bool up, const char *why);
void world_retry(void *world);

/* world_traffic.c */
void world_from_clients(void *world, const struct dgram *dgrams, size_t n);
void world_from_chassis(struct world *world, struct rd *batch);
void world_send_on(void *world);

/* world_show.c */
mgmt_handler_fn world_command;

#endif
