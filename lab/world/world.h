/* world.h - the embedded outside world of a rootless lab: access network, router, PDN
 *
 * One process a lab. To GTP clients it is the network: it binds the service addresses the
 * chassis announce and hands each datagram to the chassis with the best route. To the
 * chassis it is the routing domain: their BGP and BFD neighbors (peering.h) and the table
 * these share (rib.h), with a session's semantics: a demux that closes its link or falls
 * silent loses all its routes at once. To subscribers it is the PDN (pdn.h). It knows
 * announcements and datagrams, never the inside of a chassis.
 *
 *   world.c          the process: build and teardown
 *   world_routes.c   sessions with the demuxes, routes, bound addresses
 *   world_net.c      what the chassis are told of routes and sessions; the operator's word
 *   world_traffic.c  datagrams and packets, both ways
 *   world_show.c     the management commands
 *   world_show_net.c ... those about sessions
 *   world_aaa*.c     authentication servers and Diameter peers
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
#include "lab/world/pdn.h"
#include "lab/world/peering.h"
#include "lab/world/rib.h"
#include "lab/world/world_aaa.h"
#include "lab/world/world_time.h"

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

enum { NET_ROOM = 32 + NEIGHBORS_MOST * (NEIGHBOR_ROOM + 2) }; /* octets of the longest MSG_NET */

struct world;

/* One chassis as seen from outside: its link, and what is gathered for it. */
struct world_chassis {
    struct world *world;
    uint8_t index;
    struct bus *bus;
    bool up;         /* its link: the wire all its sessions run over */
    bool routed;     /* it said its routes since it came up ... */
    uint64_t number; /* ... last in the announcement of that number */
    uint32_t as;     /* its own AS, as it said */
    size_t told_n;   /* what it was told last (MSG_NET) */
    uint8_t told[NET_ROOM];
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
    struct world_aaa *aaa;
    struct timer retry;
    struct world_time time;
    struct rib rib;
    struct peering peering;
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
void world_routes(struct world *world, struct world_chassis *chassis, uint64_t number,
                  const struct routes_body *routes);
void world_session(struct world *world, struct world_chassis *chassis, bool up, const char *why);
void world_release(struct world *world, struct world_chassis *chassis);
void world_retry(void *world);
const char *world_name(const struct world *world, int chassis);

/* world_traffic.c */
void world_from_clients(void *world, const struct dgram *dgrams, size_t n);
void world_from_chassis(struct world *world, struct rd *batch);
void world_send_on(void *world);

/* world_show.c, with the commands in world_net.h */
mgmt_handler_fn world_command;

#endif
