#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "demux/demux.h"

enum { ANNOUNCE_US = 1000000 };

/* ---- configuration ------------------------------------------------------------------------ */

static void
add_route(struct routes_body *routes, uint32_t net, uint32_t mask, enum route_kind kind)
{
    if (routes->n < ROUTES_MOST)
        routes->routes[routes->n++] =
            (struct route_entry){.net = net & mask, .mask = mask, .kind = (uint8_t)kind};
}

/* Everything srp-activated: service loopbacks, and the subscribers' pools. */
static void
routes_of(struct routes_body *routes, const struct conf *conf)
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
}

static bool
has_service(const struct routes_body *routes, uint32_t addr)
{
    for (size_t i = 0; i < routes->n; i++) {
        if (routes->routes[i].kind == ROUTE_SERVICE && routes->routes[i].net == addr)
            return true;
    }
    return false;
}

/* An address that left the configuration answers no more. */
static void
unbind_lost(struct demux *demux, const struct routes_body *old)
{
    for (size_t i = 0; i < old->n; i++) {
        if (old->routes[i].kind == ROUTE_SERVICE &&
            !has_service(&demux->routes, old->routes[i].net))
            udp_unbind(demux->udp, old->routes[i].net);
    }
}

static void
pools_of(struct dist *dist, const struct conf *conf)
{
    dist->pool_n = 0;
    for (size_t i = 0; i < conf->pool_n && dist->pool_n < DIST_POOLS; i++)
        dist->pools[dist->pool_n++] =
            (struct dist_pool){.net = conf->pools[i].net, .mask = conf->pools[i].mask};
}

int
demux_config(void *arg, const struct config_body *config)
{
    struct demux *demux = arg;
    struct conf *conf = calloc(1, sizeof *conf);
    char err[1024];
    int rc = 0;

    if (!conf)
        log_fatal("demux: out of memory");
    if (conf_parse(conf, "running configuration", (const char *)config->text, config->len, err,
                   sizeof err) == 0) {
        const struct routes_body old = demux->routes;

        routes_of(&demux->routes, conf);
        if (demux->udp)
            unbind_lost(demux, &old);
        pools_of(&demux->dist, conf);
    } else {
        log_error("demux: configuration of the CF refused: %s", err);
        rc = -1;
    }
    free(conf);
    return rc;
}

/* ---- announcements ------------------------------------------------------------------------ */

static bool
tell_world(struct demux *demux)
{
    struct routes_body routes = demux->routes;
    uint8_t bytes[ROUTES_MOST * 9 + 32];
    struct wr wr = wr_over(bytes, sizeof bytes);

    if (!demux->announce)
        routes.n = 0;
    routes_put(&wr, &routes);
    return bus_send(demux->world, NULL, MSG_ROUTES, 0, routes.srp_epoch, bytes, wr_len(&wr)) == 0;
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

/* The direct adapter's announcement: the addresses answer here, or not. */
static bool
bind_services(struct demux *demux)
{
    bool all = true;

    if (!demux->announce)
        udp_unbind_all(demux->udp);
    for (size_t i = 0; demux->announce && i < demux->routes.n; i++) {
        const struct route_entry *route = &demux->routes.routes[i];
        uint16_t port = 0;

        if (route->kind != ROUTE_SERVICE || udp_bind(demux->udp, route->net, &port) == 0)
            continue;
        say_refused(demux, route->net, port, errno);
        all = false;
    }
    demux->refused = !all;
    return all;
}

/* Routes are said again each second: a peer router that took us for dead has forgotten them. */
void
demux_announce(void *arg)
{
    struct demux *demux = arg;
    bool was = demux->announced, told = tell_world(demux);
    bool done = demux->udp ? bind_services(demux) : told;

    demux->announced = demux->announce && done;
    if (was != demux->announced) {
        log_event("routes.announced", was ? "announced" : "withdrawn",
                  demux->announced ? "announced" : "withdrawn", NULL, demux->routes.srp_epoch);
        card_link_report(demux->card);
    }
    timer_at(&demux->announce_timer, mono_after(clock_now(), ANNOUNCE_US));
}

/* ---- roles ------------------------------------------------------------------------------- */

void
demux_role(void *arg, const struct role_body *role)
{
    struct demux *demux = arg;
    bool changed = demux->announce != role->announce ||
                   demux->routes.srp_epoch != role->srp_epoch ||
                   demux->routes.prepend != role->route_modifier;

    demux->active = role->state == CHASSIS_ACTIVE;
    demux->announce = role->announce;
    demux->restart = role->restart;
    demux->routes.srp_epoch = role->srp_epoch;
    demux->routes.prepend = role->route_modifier;
    if (changed)
        demux_announce(demux);
}

void
demux_fill(void *arg, struct card_status *status)
{
    const struct demux *demux = arg;

    status->announced = demux->announced;
    status->calls.dropped =
        demux->counters.not_active + demux->counters.no_sessmgr + demux->counters.queue_full;
}
