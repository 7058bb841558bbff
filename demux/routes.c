#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "demux/demux.h"

enum { ANNOUNCE_US = 1000000, ROUTES_ROOM = ROUTES_MOST * 9 + NEIGHBORS_MOST * NEIGHBOR_ROOM + 32 };
enum { NET_ROOM = 32 + NEIGHBORS_MOST * (NEIGHBOR_ROOM + 2) };

static_assert((int)CONF_NEIGHBORS == (int)NEIGHBORS_MOST, "an announcement has room for them");
static_assert((int)CONF_NAME == (int)NEIGHBOR_CONTEXT, "... and for their contexts");

/* ---- what there is to announce ------------------------------------------------------------ */

static void
add_route(struct routes_body *routes, uint32_t net, uint32_t mask, enum route_kind kind)
{
    if (routes->n < ROUTES_MOST)
        routes->routes[routes->n++] =
            (struct route_entry){.net = net & mask, .mask = mask, .kind = (uint8_t)kind};
}

/* What is beyond was warned of when the configuration was read. */
static void
neighbors_of(struct routes_body *routes, const struct conf *conf)
{
    struct conf_neighbor found[NEIGHBORS_MOST];
    size_t n = conf_neighbors(conf, found, NEIGHBORS_MOST);

    for (size_t i = 0; i < n && i < NEIGHBORS_MOST; i++) {
        struct neighbor *neighbor = &routes->neighbors[routes->neighbor_n++];

        (void)snprintf(neighbor->context, sizeof neighbor->context, "%s", found[i].context);
        neighbor->addr = found[i].addr;
    }
}

/* Everything srp-activated: service loopbacks, and the subscribers' pools. */
void
demux_routes_of(struct routes_body *routes, const struct conf *conf)
{
    *routes = (struct routes_body){.as = conf->bgp_n ? conf->bgp[0].as : 0};
    for (size_t i = 0; i < conf->interface_n; i++) {
        const struct conf_interface *interface = &conf->interfaces[i];

        if (interface->srp_activate && interface->loopback)
            add_route(routes, interface->addr, UINT32_MAX, ROUTE_SERVICE);
    }
    for (size_t i = 0; i < conf->pool_n; i++) {
        if (conf->pools[i].srp_activate)
            add_route(routes, conf->pools[i].net, conf->pools[i].mask, ROUTE_POOL);
    }
    neighbors_of(routes, conf);
}

bool
demux_routes_same(const struct routes_body *a, const struct routes_body *b)
{
    uint8_t bytes[2][ROUTES_ROOM];
    struct wr first = wr_over(bytes[0], ROUTES_ROOM), second = wr_over(bytes[1], ROUTES_ROOM);

    routes_put(&first, a);
    routes_put(&second, b);
    return wr_len(&first) == wr_len(&second) && memcmp(bytes[0], bytes[1], wr_len(&first)) == 0;
}

/* A service address that may answer here: it is announced, and a service is bound to it. */
static bool
is_service(const struct demux *demux, const struct route_entry *route)
{
    return route->kind == ROUTE_SERVICE && dist_has_service(&demux->dist, route->net);
}

static bool
has_service(const struct demux *demux, uint32_t addr)
{
    for (size_t i = 0; i < demux->routes.n; i++) {
        if (is_service(demux, &demux->routes.routes[i]) && demux->routes.routes[i].net == addr)
            return true;
    }
    return false;
}

/* An address that left the configuration, or has no service any more, is closed. */
void
demux_services_changed(struct demux *demux, const struct routes_body *old)
{
    for (size_t i = 0; demux->udp && i < old->n; i++) {
        if (old->routes[i].kind == ROUTE_SERVICE && !has_service(demux, old->routes[i].net))
            udp_unbind(demux->udp, old->routes[i].net);
    }
}

/* ---- towards the router ------------------------------------------------------------------- */

/* The number in the envelope comes back with the router's report. */
static void
tell_world(struct demux *demux)
{
    struct routes_body routes = demux->routes;
    uint8_t bytes[ROUTES_ROOM];
    struct wr wr = wr_over(bytes, sizeof bytes);

    if (!demux->announce.wanted)
        routes.n = 0;
    routes_put(&wr, &routes);
    if (bus_send(demux->world, NULL, MSG_ROUTES, 0, demux->announce.number, bytes, wr_len(&wr)) ==
        0)
        announce_said(&demux->announce);
}

/* Said once until all is well again: announcements are repeated each second meanwhile. */
static void
say_refused(const struct demux *demux, uint32_t addr, uint16_t port, int error)
{
    char why[320], text[16];

    if (demux->refused)
        return;
    udp_explain(why, sizeof why, addr, port, error);
    log_error("demux: %s; tried again each second", why);
    log_event("access.refused", NULL, udp_addr_text(addr, text), why, 0);
}

/* The direct adapter's announcement: the addresses answer here, or not. A socket has no worse
 * path, so a Standby that announces keeps its hands off. */
static bool
bind_services(struct demux *demux)
{
    bool wanted = demux->announce.wanted && !demux->standby, all = true;

    if (!wanted)
        udp_unbind_all(demux->udp);
    for (size_t i = 0; wanted && i < demux->routes.n; i++) {
        const struct route_entry *route = &demux->routes.routes[i];
        uint16_t port = 0;

        if (!is_service(demux, route) || udp_bind(demux->udp, route->net, &port) == 0)
            continue;
        say_refused(demux, route->net, port, errno);
        all = false;
    }
    demux->refused = !all;
    return wanted && all;
}

/* ---- what became of it -------------------------------------------------------------------- */

static const char *
out_or_not(bool out)
{
    return out ? "announced" : "withdrawn";
}

/* Our events tell what the router said last, not that it has not answered yet. */
static void
say_changes(struct demux *demux)
{
    if (!demux->udp && demux->announce.may_be_out && !demux->announce.answered)
        return;
    if (demux->said_out != demux->announced)
        log_event("routes.announced", out_or_not(demux->said_out), out_or_not(demux->announced),
                  NULL, demux->routes.srp_epoch);
    if (demux->said_best != demux->converged)
        log_event("routes.converged", demux->said_best ? "here" : "elsewhere",
                  demux->converged ? "here" : "elsewhere", NULL, demux->routes.srp_epoch);
    demux->said_out = demux->announced;
    demux->said_best = demux->converged;
}

/* The CFs wait for both: they hear of a change at once. */
static void
judge(struct demux *demux)
{
    bool announced = demux->udp ? demux->bound : announce_is_out(&demux->announce);
    bool converged = demux->udp ? demux->bound : announce_is_best(&demux->announce);
    bool changed = announced != demux->announced || converged != demux->converged;

    demux->announced = announced;
    demux->converged = converged;
    say_changes(demux);
    if (changed)
        card_link_report(demux->card);
}

/* The CFs watch the neighbors; each second, since what is sent may be lost. */
static void
tell_cfs(struct demux *demux)
{
    uint8_t bytes[NET_ROOM];
    struct wr wr = wr_over(bytes, sizeof bytes);

    if (!demux->announce.known)
        return;
    net_put(&wr, &demux->announce.net);
    card_link_send(demux->card, MSG_NET, bytes, wr_len(&wr));
}

/* Routes are said again each second: a peer router that took us for dead has forgotten them. */
void
demux_announce(void *arg)
{
    struct demux *demux = arg;

    timer_at(&demux->announce_timer, mono_after(clock_now(), ANNOUNCE_US));
    if (demux->configured)
        tell_world(demux);
    if (demux->udp)
        demux->bound = bind_services(demux);
    tell_cfs(demux);
    judge(demux);
}

void
demux_routes_changed(struct demux *demux, bool announce)
{
    announce_order(&demux->announce, announce, &demux->routes);
    demux_announce(demux);
}

/* ---- from the router ---------------------------------------------------------------------- */

/* The other chassis' routes. With our own AS in their path they are a loop: on a pair of one
 * AS the Standby so filters what its Active announces. */
static void
take_offer(struct demux *demux)
{
    struct announce_offer was = demux->offer;
    const struct net_body *net = &demux->announce.net;
    char old[32], now[32], cause[64];

    demux->offer = announce_offer_of(net, demux->routes.as);
    if (was.offered == demux->offer.offered && was.filtered == demux->offer.filtered)
        return;
    (void)snprintf(old, sizeof old, "%u", was.offered);
    (void)snprintf(now, sizeof now, "%u", demux->offer.offered);
    (void)snprintf(cause, sizeof cause, "AS %u: %u filtered, %u accepted", net->offered_as,
                   demux->offer.filtered, demux->offer.accepted);
    log_event("routes.offered", old, now, demux->offer.offered ? cause : NULL, 0);
}

void
demux_net(struct demux *demux, uint64_t number, struct rd *body)
{
    struct net_body net;

    if (!net_get(body, &net)) {
        if (demux->counters.malformed++ % 1000 == 0)
            log_warn("demux: malformed report of the peer router dropped");
        return;
    }
    announce_heard(&demux->announce, number, &net);
    take_offer(demux);
    tell_cfs(demux);
    judge(demux);
}

void
demux_net_session(struct demux *demux, bool up)
{
    announce_lost(&demux->announce);
    take_offer(demux);
    if (up) {
        demux_announce(demux);
        return;
    }
    tell_cfs(demux);
    judge(demux);
}
