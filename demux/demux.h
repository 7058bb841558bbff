/* demux.h - the demultiplexer: service addresses, call distribution, route announcements
 *
 *   main.c      the process, its links
 *   orders.c    configuration, role, and what is reported
 *   routes.c    what is announced, bound, and heard from the peer router
 *   traffic.c   datagrams: access network -> session managers -> access network and PDN
 *
 * It keeps no session: dist.c finds the session manager of a datagram by rule. Two access
 * adapters: datagrams come encapsulated from the outside world of the lab, or the demux binds
 * the service addresses itself (topology "access": "direct").
 *
 * Ownership  the process owns one struct demux
 * Time       lab time
 * Errors     what cannot be delivered is dropped and counted
 * Threads    main
 */
#ifndef VPCLAB_DEMUX_H
#define VPCLAB_DEMUX_H

#include "common/conf/conf.h"
#include "common/loop/bus.h"
#include "common/loop/card_link.h"
#include "common/loop/timer.h"
#include "common/loop/udp.h"
#include "demux/announce.h"
#include "demux/dist.h"

#define DEMUX_COUNTERS(X)                                                                          \
    X(from_access)                                                                                 \
    X(from_pdn)                                                                                    \
    X(echoes)                                                                                      \
    X(not_active)    /* came while all gates are shut: another chassis serves */                   \
    X(gated_control) /* ... while just that of its kind is shut */                                 \
    X(gated_data)                                                                                  \
    X(no_service) /* to an address that no service is bound to */                                  \
    X(no_sessmgr) /* nobody there to take it */                                                    \
    X(queue_full) /* batches that found no room */                                                 \
    X(malformed)  /* batches cut off where they made no sense */

/* What is gathered for one receiver until the end of this wake-up. */
struct gathered {
    struct wr wr;
    uint8_t *bytes; /* DGRAM_ROOM octets, made at first use */
};

struct demux {
    struct node *node;
    struct card_link *card;
    struct bus *call, *world;
    struct udp *udp; /* direct adapter only */
    struct timer announce_timer, settle_timer;
    struct dist dist;
    struct bus_peer *sessmgrs[DIST_SESSMGRS]; /* living ones, by instance */
    struct gathered to_sessmgr[DIST_SESSMGRS], to_world;
    uint8_t gates, restart;    /* as ordered */
    bool standby;              /* likewise */
    bool configured;           /* there is a configuration to take routes from */
    struct routes_body routes; /* of the configuration; prepend and epoch as ordered */
    struct announce announce;  /* ... and what became of them */
    bool bound;                /* direct adapter: all service addresses answer here */
    bool refused;              /* an address could not be bound, and that was said */
    bool announced, converged; /* as reported */
    bool said_out, said_best;  /* the same in our events, which tell no intermediate steps */
    struct announce_offer offer;
    struct {
#define X(name) uint64_t name;
        DEMUX_COUNTERS(X)
#undef X
    } counters;
};

/* orders.c */
void demux_role(void *demux, const struct role_body *role);
int demux_config(void *demux, const struct config_body *config);
void demux_fill(void *demux, struct card_status *status);

/* routes.c */
void demux_routes_of(struct routes_body *routes, const struct conf *conf);
bool demux_routes_same(const struct routes_body *a, const struct routes_body *b);
void demux_routes_changed(struct demux *demux, bool announce);
void demux_services_changed(struct demux *demux, const struct routes_body *old);
void demux_announce(void *demux);
void demux_net(struct demux *demux, uint64_t number, struct rd *body);
void demux_net_session(struct demux *demux, bool up);

/* traffic.c */
void demux_from_world(struct demux *demux, struct rd *batch);
void demux_from_sessmgr(struct demux *demux, struct rd *batch);
void demux_from_clients(void *demux, const struct dgram *dgrams, size_t n);
void demux_flush(void *demux);
void demux_gathered_free(struct demux *demux);

#endif
