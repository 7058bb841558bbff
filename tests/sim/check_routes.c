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

static struct cycle
new_cycle(struct checker *k, bool starts)
{
    return (struct cycle){.number = ++k->cycle_n, .starts = starts};
}

/* When `side` had this modifier last: in this life and epoch; in any life (0) up to that epoch, which
 * is all that a card knows. */
static struct cycle_at *
find_cycle(struct checker *k, int side, uint64_t incarnation, uint64_t epoch, unsigned modifier)
{
    size_t n = k->cycle_at_n[side];

    for (size_t back = 1; back <= n && back <= CYCLES; back++) {
        struct cycle_at *at = &k->cycle_at[side][(n - back) % CYCLES];

        if (at->modifier == modifier &&
            (incarnation ? at->incarnation == incarnation && at->epoch == epoch
                         : at->epoch <= epoch))
            return at;
    }
    return NULL;
}

static struct cycle
cycle_then(struct checker *k, int side, uint64_t incarnation, uint64_t epoch, unsigned modifier)
{
    const struct cycle_at *at = find_cycle(k, side, incarnation, epoch, modifier);

    return at ? at->cycle : new_cycle(k, true);
}

/* Whoever serves on though its cards stood by has taken over. */
static struct cycle
cycle_learnt(struct checker *k, int side, const struct srp *srp)
{
    const struct cycle_at *at = find_cycle(k, side, 0, srp->epoch, srp->rank.route_modifier);
    struct cycle cycle = at ? at->cycle : new_cycle(k, true);

    cycle.takeovers += at && at->stands_by && srp->state != CHASSIS_STANDBY;
    return cycle;
}

static bool
is_later(const struct cycle *a, const struct cycle *b)
{
    return a->number != b->number ? a->number > b->number : a->takeovers > b->takeovers;
}

void
check_lie(struct world *world, int side, const struct srp_hello *hello)
{
    struct checker *k = world->checker;

    k->lied_seq[side] = hello->seq;
    k->lied_incarnation[side] = hello->incarnation;
    k->lied_cf_epoch[side] = hello->cf_epoch;
}

/* Another control function may go on with an older memory. */
static void
keep_cycle(struct world *world, int side, int cf)
{
    struct checker *k = world->checker;
    const struct srp *srp = &world->chassis[side].cfs[cf].srp;
    const struct cycle *cycle = &k->cycle[side][cf];
    struct cycle_at *at =
        find_cycle(k, side, srp->incarnation, srp->epoch, srp->rank.route_modifier);

    if (!at) {
        at = &k->cycle_at[side][k->cycle_at_n[side]++ % CYCLES];
        *at = (struct cycle_at){.incarnation = srp->incarnation,
                                .epoch = srp->epoch,
                                .modifier = srp->rank.route_modifier,
                                .cycle = *cycle};
    } else if (at->cycle.number == cycle->number ? at->cycle.takeovers < cycle->takeovers
                                                 : is_current(world, side, cf)) {
        at->cycle = *cycle;
    }
    at->stands_by = srp->state == CHASSIS_STANDBY;
}

/* A control function begins to lead: with a start value, or with what the chassis had. One that
 * was stopped while the other began from nothing goes on where it was, which is a cycle anew. */
void
check_new_modifier(struct world *world, int side, int cf, bool adopts)
{
    struct checker *k = world->checker;
    const struct srp_snapshot *shot = &world->chassis[side].cfs[cf].shot;
    struct cycle *cycle = &k->cycle[side][cf];

    *cycle = adopts ? cycle_then(k, side, shot->incarnation, shot->epoch, shot->route_modifier)
                    : new_cycle(k, true);
    if (is_later(&k->cycle[side][1 - cf], cycle))
        *cycle = new_cycle(k, true);
    keep_cycle(world, side, cf);
}

/* M3: within a cycle it only rises, by one delta for each takeover at most: the Active has the
 * base and one for each, its Standby one more. */
static void
check_rise(struct world *world, int side, const struct cycle *was_in, const struct cycle *is_in,
           unsigned was, unsigned is)
{
    unsigned most = SRP_RM_BASE + (is_in->takeovers + 1) * world->opt.rm_delta;

    if (is_in->number == was_in->number && is < was)
        violated(world, INV_M3, "%s: the route modifier falls from %u to %u", side_names[side], was,
                 is);
    if (!is_in->starts && is > most)
        violated(world, INV_M3, "%s: the route modifier is %u after %" PRIu32 " takeovers",
                 side_names[side], is, is_in->takeovers);
}

/* Where the peer was when it said this. Whoever follows a liar is where no takeover led, and one
 * that starts up may believe a frame of the past: that the pair falls afterwards is right. */
static struct cycle
cycle_heard(struct world *world, int from, const struct srp *srp, bool starts)
{
    struct checker *k = world->checker;
    const struct cf *peer = leader(world, from);
    bool lied = srp->peer.cf_epoch == k->lied_cf_epoch[from] &&
                srp->peer.incarnation == k->lied_incarnation[from] &&
                srp->peer.seq <= k->lied_seq[from];
    const struct srp_hello *said = k->said ? k->said : &srp->peer;
    unsigned modifier = said->rank.route_modifier;
    bool past = starts && (!peer || peer->srp.rank.route_modifier != modifier);

    struct cycle cycle = lied || past
                             ? new_cycle(k, true)
                             : cycle_then(k, from, said->incarnation, said->epoch, modifier);

    cycle.lied |= lied;
    return cycle;
}

static void
check_cycle(struct world *world, int side, int cf, unsigned was, const struct srp_result *r,
            bool follows, bool learns)
{
    struct checker *k = world->checker;
    const struct srp *srp = &world->chassis[side].cfs[cf].srp;
    struct cycle *cycle = &k->cycle[side][cf], before = *cycle;
    unsigned is = srp->rank.route_modifier;
    bool newborn = r->from == CHASSIS_INIT || !(k->knows[side][cf] || k->heard_living[side][cf]);

    cycle->takeovers += r->from == CHASSIS_STANDBY && r->to == CHASSIS_PENDING_ACTIVE;
    if (was != is) {
        *cycle = learns    ? cycle_learnt(k, side, srp)
                 : follows ? cycle_heard(world, 1 - side, srp, newborn)
                           : new_cycle(k, false);
        check_rise(world, side, &before, cycle, was, is);
    }
    keep_cycle(world, side, cf);
}

/* M3: a modifier is changed by following an Active, by starting over at the threshold, or by
 * learning from a card that it was changed. */
void
check_modifier(struct world *world, int side, int cf, const struct srp *before,
               const struct srp_event *ev, const struct srp_result *r)
{
    const struct checker *k = world->checker;
    const struct srp *srp = &world->chassis[side].cfs[cf].srp;
    unsigned was = before->rank.route_modifier, is = srp->rank.route_modifier;
    unsigned delta = srp->setup.rm_delta, most = world->opt.rm_threshold;
    unsigned next = srp->peer.rank.route_modifier + delta;
    bool follows =
        srp->state == CHASSIS_STANDBY && is == (next < UINT8_MAX ? next : (unsigned)UINT8_MAX);
    bool restarts = is == SRP_RM_BASE && (was + delta > most || before->state == CHASSIS_INIT);
    bool learns = ev->type == SRP_EV_FLOOR && ev->epoch > before->epoch &&
                  is == ev->route_modifier && is > was;

    check_threshold(world, side, srp, ev, r->stale);
    check_cycle(world, side, cf, was, r, follows, learns);
    if (was == is)
        return;
    if (!follows && !restarts && !learns)
        violated(world, INV_M3, "%s (%s): the route modifier goes from %u to %u", side_names[side],
                 chassis_state_name(srp->state), was, is);
    if (is > UINT8_MAX - delta && !k->cycle[side][cf].lied)
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
