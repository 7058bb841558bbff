/* M1 to M3: what the router is told, and whom it believes. */
#include <inttypes.h>

#include "check.h"

static int64_t
settle_us(const struct world *world)
{
    return 200 * US_PER_MS + 2 * world->opt.router_us;
}

/* M3: beyond the threshold a pair starts over, as soon as the Active has a Standby. */
static void
check_threshold(struct world *world, int side, const struct srp *srp, const struct srp_event *ev,
                bool stale)
{
    if (ev->type == SRP_EV_HELLO && !stale && srp->state == CHASSIS_ACTIVE &&
        srp->peer.state == CHASSIS_STANDBY &&
        srp->rank.route_modifier + world->opt.rm_delta > world->opt.rm_threshold)
        violated(world, INV_M3, "%s: the route modifier %u is beyond the threshold %u",
                 side_names[side], srp->rank.route_modifier, world->opt.rm_threshold);
}

/* M3: a modifier is changed by following an Active, or by starting over at the threshold. */
void
check_modifier(struct world *world, int side, int cf, const struct srp *before,
               const struct srp_event *ev, const struct srp_result *r)
{
    const struct srp *srp = &world->chassis[side].cfs[cf].srp;
    unsigned was = before->rank.route_modifier, is = srp->rank.route_modifier;
    unsigned delta = srp->setup.rm_delta, most = world->opt.rm_threshold;
    bool follows = srp->state == CHASSIS_STANDBY && is == srp->peer.rank.route_modifier + delta;
    bool restarts = is == SRP_RM_BASE && (was + delta > most || before->state == CHASSIS_INIT);

    check_threshold(world, side, srp, ev, r->stale);
    if (was == is)
        return;
    if (!follows && !restarts)
        violated(world, INV_M3, "%s (%s): the route modifier goes from %u to %u", side_names[side],
                 chassis_state_name(srp->state), was, is);
    if (is > UINT8_MAX - delta)
        violated(world, INV_M3, "%s: the route modifier %u is about to wrap", side_names[side], is);
}

/* M2: one Active, one Standby, and both had time to tell each other. */
static void
check_order(struct world *world, const struct cf *const leaders[SIDES])
{
    struct checker *k = world->checker;
    int active = leaders[EAST] && leaders[EAST]->srp.state == CHASSIS_ACTIVE ? EAST : WEST;
    const struct cf *a = leaders[active], *b = leaders[1 - active];
    int64_t settle = 2 * world->opt.hello_us + settle_us(world);
    bool bad = a && b && a->srp.state == CHASSIS_ACTIVE && b->srp.state == CHASSIS_STANDBY &&
               a->srp.rank.route_modifier >= b->srp.rank.route_modifier &&
               mono_between(k->flow_since, world->now) > settle &&
               mono_between(k->trouble_until, world->now) > settle;

    if (lasts(&k->rm_bad, bad, world->now, settle))
        violated(world, INV_M2, "%s is Active with modifier %u, the Standby has %u",
                 side_names[active], a->srp.rank.route_modifier, b->srp.rank.route_modifier);
}

/* M1: and what a chassis is that the router prefers. */
static void
check_best(struct world *world, const struct cf *const leaders[SIDES])
{
    struct checker *k = world->checker;
    int best = router_best(world);
    bool bad = best >= 0 && leaders[best] && leaders[1 - best] && !bus_is_bad(world, best) &&
               leaders[best]->srp.state == CHASSIS_STANDBY &&
               leaders[1 - best]->srp.state == CHASSIS_ACTIVE && world->routed[1 - best] &&
               runs(world, best, PROC_DEMUX) && runs(world, 1 - best, PROC_DEMUX);
    /* a Standby that announces follows the modifier with the next hello that gets through */
    bool told = world->opt.standby_announce_us < 0 ||
                mono_between(k->flow_since, world->now) > world->opt.hello_us;

    if (best >= 0 && world->routed[EAST] && world->routed[WEST] &&
        router_prepend(world, best) > router_prepend(world, 1 - best))
        violated(world, INV_M1, "the router prefers %s with the longer path", side_names[best]);
    if (lasts(&k->best_bad, bad && told, world->now, settle_us(world)))
        violated(world, INV_M1, "the router prefers %s, a Standby", side_names[best]);
}

/* M4: on exit of any kind routes go; M1: those of the dead at once, or after the hold time. */
static void
check_left(struct world *world, int side, const struct cf *cf)
{
    struct checker *k = world->checker;
    bool idle = cf && (cf->srp.state == CHASSIS_STANDBY || cf->srp.state == CHASSIS_INIT) &&
                runs(world, side, PROC_DEMUX) && world->routed[side] && !bus_is_bad(world, side) &&
                world->opt.standby_announce_us < 0;

    if (lasts(&k->stays[side], idle, world->now, settle_us(world)))
        violated(world, INV_M4, "%s is %s and its routes stay", side_names[side],
                 chassis_state_name(cf->srp.state));
    if (lasts(&k->dead_route[side], world->routed[side] && !runs(world, side, PROC_DEMUX),
              world->now, ROUTER_HOLD_US + settle_us(world)))
        violated(world, INV_M1, "%s does not run and its routes stay", side_names[side]);
}

void
check_routes(struct world *world)
{
    const struct cf *const leaders[SIDES] = {leader(world, EAST), leader(world, WEST)};

    check_best(world, leaders);
    check_order(world, leaders);
    for (int side = 0; side < SIDES; side++)
        check_left(world, side, leaders[side]);
}
