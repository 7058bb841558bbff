/* The peer router of the outside world: the real routing table, fed by the demuxes. */
#include <inttypes.h>

#include "check.h"

void
router_init(struct world *world)
{
    rib_init(&world->rib);
}

int
router_best(const struct world *world)
{
    int best = rib_lookup(&world->rib, ROUTE_SERVICE, NET);

    if (plant(world, PLANT_UPSIDE_DOWN) && world->routed[EAST] && world->routed[WEST])
        return 1 - best;
    return best;
}

int
router_prepend(const struct world *world, int side)
{
    const struct rib *rib = &world->rib;

    return rib->n > 0 && rib->prefixes[0].paths[side].present ? rib->prefixes[0].paths[side].prepend
                                                              : -1;
}

static void
set_routes(struct world *world, int side, bool on, uint8_t prepend, uint64_t epoch)
{
    struct rib_change changes[RIB_PREFIXES];
    struct routes_body routes = {
        .srp_epoch = epoch,
        .prepend = prepend,
        .n = on,
        .routes = {{.net = NET, .mask = UINT32_MAX, .kind = ROUTE_SERVICE}},
    };
    int best = router_best(world);

    (void)rib_announce(&world->rib, (uint8_t)side, &routes, world->now, changes);
    if (world->routed[side] != on)
        say(world, side, "router: routes %s, prepend %u", on ? "announced" : "withdrawn", prepend);
    world->routed[side] = on;
    if (best != router_best(world))
        say(world, SIDES, "router: best path is %s",
            router_best(world) >= 0 ? side_names[router_best(world)] : "none");
    note(world, (uint64_t)side << 8 | on);
    check_routes(world);
}

/* What the router has of each, to each. */
static void
answer(struct world *world)
{
    for (int side = 0; side < SIDES; side++) {
        const struct process *demux = &world->chassis[side].procs[PROC_DEMUX];
        const struct rib *rib = &world->rib;
        bool has = world->routed[side] && rib->n > 0;

        if (!demux->up || world->router_down)
            continue;
        later(world, world->opt.router_us / 2,
              (struct event){.kind = EV_NET,
                             .side = (uint8_t)side,
                             .proc = PROC_DEMUX,
                             .a = router_best(world) == side,
                             .b = NET_SAYS,
                             .number = world->announced[side],
                             .x = has ? rib->prefixes[0].paths[side].srp_epoch : 0,
                             .life = demux->life});
    }
}

static void
on_routes(struct world *world, const struct event *e)
{
    const struct chassis *c = &world->chassis[e->side];
    bool reached = !c->bgp_down[0];

    if (!c->procs[PROC_DEMUX].up || c->procs[PROC_DEMUX].life != e->life || world->router_down)
        return;
    if (e->a && reached && !world->routed[e->side])
        check_announced(world, e->side, e->x);
    if (!e->a && world->routed[e->side])
        check_withdrawn(world, e->side);
    world->announced[e->side] = e->number;
    set_routes(world, e->side, e->a && reached, e->b, e->x);
    answer(world);
}

void
router_event(struct world *world, const struct event *e)
{
    const struct process *demux = &world->chassis[e->side].procs[PROC_DEMUX];

    if (e->kind == EV_ROUTES) {
        on_routes(world, e);
    } else if (demux->up && demux->paused && demux->life == e->life &&
               world->now.us < demux->resume_us) {
        set_routes(world, e->side, false, 0, 0);
        answer(world);
    }
}

/* The demux' own connection to the routing domain ends, or is there again. */
void
router_session(struct world *world, int side, bool up)
{
    const struct process *demux = &world->chassis[side].procs[PROC_DEMUX];

    if (demux->up)
        later(world, world->opt.router_us / 2,
              (struct event){.kind = EV_NET,
                             .side = (uint8_t)side,
                             .proc = PROC_DEMUX,
                             .b = up ? NET_UP : NET_LOST,
                             .life = demux->life});
}

void
router_lost(struct world *world, int side)
{
    set_routes(world, side, false, 0, 0);
    answer(world);
}
