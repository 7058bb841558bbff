#include <errno.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "lab/world/world_net.h"

enum { RETRY_MS = 1000 }; /* real time between attempts to bind, at most: the lab may stand still */

/* A chassis by the name of its instance; "none" for nobody. */
const char *
world_name(const struct world *world, int chassis)
{
    return chassis == RIB_NOBODY ? "none" : world->node->topo.instances[chassis].name;
}

static unsigned
bits_of(uint32_t mask)
{
    unsigned bits = 0;

    for (; mask; mask <<= 1)
        bits++;
    return bits;
}

static void
tell(const struct world *world, const struct rib_change *changes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char addr[16], prefix[32];

        (void)snprintf(prefix, sizeof prefix, "%s/%u", udp_addr_text(changes[i].net, addr),
                       bits_of(changes[i].mask));
        log_event("route.best", world_name(world, changes[i].old),
                  world_name(world, changes[i].now), prefix, changes[i].srp_epoch);
    }
}

/* ---- service addresses -------------------------------------------------------------- */

static void
bind_service(struct world *world, struct world_service *service)
{
    uint16_t port;
    char why[320], addr[16];

    if (udp_bound(world->udp, service->addr))
        return;
    if (udp_bind(world->udp, service->addr, &port) == 0) {
        log_event("access.bound", NULL, udp_addr_text(service->addr, addr), NULL, 0);
        service->refused = false;
        return;
    }
    if (!service->refused) {
        udp_explain(why, sizeof why, service->addr, port, errno);
        log_error("access: %s; tried again each second", why);
        log_event("access.refused", NULL, udp_addr_text(service->addr, addr), why, 0);
    }
    service->refused = true;
}

static bool
bind_all(struct world *world)
{
    bool all = true;

    for (size_t i = 0; i < world->service_n; i++) {
        bind_service(world, &world->services[i]);
        all = all && !world->services[i].refused;
    }
    return all;
}

void
world_retry(void *arg)
{
    struct world *world = arg;

    if (bind_all(world))
        return;
    timer_at(&world->retry, mono_after(clock_now(), US_PER_S));
    timer_within_ms(&world->retry, RETRY_MS);
}

static void
add_service(struct world *world, uint32_t addr)
{
    for (size_t i = 0; i < world->service_n; i++) {
        if (world->services[i].addr == addr)
            return;
    }
    if (world->service_n == WORLD_SERVICES) {
        log_error("access: more than %d service addresses announced in this lab; restart "
                  "vpc-world to forget old ones",
                  WORLD_SERVICES);
        return;
    }
    world->services[world->service_n++] = (struct world_service){.addr = addr};
}

/* ---- sessions with the demuxes ------------------------------------------------------ */

static void
announce(struct world *world, const struct world_chassis *chassis, const struct routes_body *routes)
{
    struct rib_change changes[RIB_PREFIXES];

    tell(world, changes, rib_announce(&world->rib, chassis->index, routes, clock_now(), changes));
}

void
world_release(struct world *world, struct world_chassis *chassis)
{
    struct rib_change changes[RIB_PREFIXES];

    tell(world, changes, rib_withdraw(&world->rib, chassis->index, clock_now(), changes));
}

void
world_routes(struct world *world, struct world_chassis *chassis, uint64_t number,
             const struct routes_body *routes)
{
    chassis->routed = true;
    chassis->number = number;
    chassis->as = routes->as;
    peering_name(&world->peering, chassis->index, routes->neighbors, routes->neighbor_n);
    peering_announced(&world->peering, chassis->index, (uint32_t)routes->n, routes->srp_epoch);
    if (peering_holds(&world->peering, chassis->index) &&
        peering_lies(&world->peering, chassis->index))
        log_debug("routes of %s: said to be taken, and are not", world_name(world, chassis->index));
    else if (peering_holds(&world->peering, chassis->index))
        announce(world, chassis, routes);
    else
        world_release(world, chassis);
    world_tell(world, chassis);
    if (world->node->topo.access != TOPO_ACCESS_WORLD)
        return; /* the chassis bind their addresses themselves */
    for (size_t i = 0; i < routes->n; i++) {
        if (routes->routes[i].kind == ROUTE_SERVICE && routes->routes[i].mask == UINT32_MAX)
            add_service(world, routes->routes[i].net);
    }
    world_retry(world);
}

void
world_session(struct world *world, struct world_chassis *chassis, bool up, const char *why)
{
    bool reborn = up && chassis->up;
    char cause[64];

    (void)snprintf(cause, sizeof cause, "%s: %s", world_name(world, chassis->index), why);
    if (up != chassis->up || reborn)
        log_event("bgp.session", chassis->up ? "up" : "down", up ? "up" : "down", cause, 0);
    chassis->up = up;
    chassis->routed = false;
    peering_connect(&world->peering, chassis->index, up);
    if (!up || reborn)
        world_release(world, chassis);
    world_tell(world, NULL);
}
