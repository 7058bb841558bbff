/* A1 to A3: what monitors may cause, judged from the targets' states alone. */
#include <inttypes.h>
#include <string.h>

#include "check.h"

static unsigned
kind_of(const struct world *world, unsigned target)
{
    if (target < world->opt.aaa_n)
        return MONITOR_AAA;
    return target < (unsigned)world->opt.aaa_n + world->opt.bgp_n ? MONITOR_BGP : MONITOR_BFD;
}

/* All servers; all peers of any one group, or of all when there are none; all sessions. */
static bool
is_fulfilled(const struct world *world, const uint8_t seen[TARGETS], unsigned kind)
{
    const struct options *o = &world->opt;
    unsigned first = kind == MONITOR_AAA   ? 0
                     : kind == MONITOR_BGP ? o->aaa_n
                                           : (unsigned)o->aaa_n + o->bgp_n;
    unsigned n = kind == MONITOR_AAA ? o->aaa_n : kind == MONITOR_BGP ? o->bgp_n : o->bfd_n;
    unsigned group = kind == MONITOR_BGP && o->bgp_grouped ? 2 : n;

    for (unsigned g = 0; g < n; g += group) {
        bool all = true;

        for (unsigned t = g; t < g + group && t < n; t++)
            all &= seen[first + t] == MONITOR_DOWN;
        if (all)
            return true;
    }
    return false;
}

static unsigned
kind_of_reason(unsigned reason)
{
    return reason == SRP_AAA_FAILURE   ? MONITOR_AAA
           : reason == SRP_BGP_FAILURE ? MONITOR_BGP
           : reason == SRP_BFD_FAILURE ? MONITOR_BFD
                                       : MONITOR_KIND_N;
}

void
check_seen(struct world *world, int side, int cf, unsigned target, uint8_t state)
{
    struct checker *k = world->checker;
    unsigned kind = kind_of(world, target);
    bool was, is;

    if (target >= (unsigned)world->opt.aaa_n + world->opt.bgp_n + world->opt.bfd_n)
        return; /* chassis to chassis: no reason to hand over */
    was = is_fulfilled(world, k->seen[side][cf], kind);
    k->seen[side][cf][target] = state;
    is = is_fulfilled(world, k->seen[side][cf], kind);
    if (is && !was)
        k->seen_down[side][cf][kind] = world->now;
}

/* The demux took its sessions along; servers, and sessions of one that runs, report. */
void
check_lost_session(struct world *world, int side, int cf, unsigned target)
{
    const struct cards *cards = &world->chassis[side].cfs[cf].cards;

    if (kind_of(world, target) == MONITOR_AAA || cards_alive(cards, PROC_DEMUX + CARD_SLOT))
        violated(world, INV_A1, "%s takes monitor %u for down, which nobody reported",
                 side_names[side], target);
    check_seen(world, side, cf, target, MONITOR_DOWN);
}

void
check_new_lead(struct world *world, int side, int cf, bool adopts, bool knows)
{
    const struct chassis *c = &world->chassis[side];

    if (!c->cfs[cf].shot_known && world->checker->led_life[side][cf] != c->procs[cf].life)
        world->checker->blank_at[side] = world->now;
    world->checker->led_life[side][cf] = c->procs[cf].life;
    memset(world->checker->seen[side][cf], 0, sizeof world->checker->seen[side][cf]);
    world->checker->told[side][cf] = SRP_NOT_DEFINED;
    world->checker->heard_lead[side][cf] = 0;
    world->checker->led_at[side][cf] = world->now;
    world->checker->knows[side][cf] = knows;
    world->checker->heard_living[side][cf] = false;
    if (!adopts)
        world->checker->restarted[side][cf] = world->checker->active_at[side][cf] = (mono_t){0};
}

/* Did a guard period that began at `from` run when it fell? */
static bool
ran(mono_t from, int64_t guard_us, mono_t fell)
{
    return from.us && from.us <= fell.us && mono_between(from, fell) < guard_us;
}

/* For how long a failure must last: as the guard periods say that ran when it fell, the shorter
 * damping; one that begins later does not take back what was judged before. */
static int64_t
damping_us(const struct world *world, int side, int cf, unsigned kind, mono_t fell)
{
    const struct checker *k = world->checker;
    const struct monitor_guard *one = &world->opt.guard_switch, *two = &world->opt.guard_failure;
    mono_t active = kind == MONITOR_AAA ? k->active_at[side][cf] : (mono_t){0};
    mono_t restarted = k->restarted[side][cf];
    int64_t least = INT64_MAX;

    if (!ran(active, one->guard_us, fell) && !ran(restarted, two->guard_us, fell))
        return 0;
    /* the other's period may have been prolonged while the CF was stopped */
    if (active.us)
        least = one->damping_us;
    return restarted.us && two->damping_us < least ? two->damping_us : least;
}

void
check_wants(struct world *world, int side, int cf, const struct srp_event *ev)
{
    struct checker *k = world->checker;
    unsigned kind = kind_of_reason(ev->reason);
    bool news = k->told[side][cf] != ev->reason;
    mono_t down;

    k->told[side][cf] = ev->reason;
    if (kind < MONITOR_KIND_N && !is_fulfilled(world, k->seen[side][cf], kind))
        violated(world, INV_A1, "%s wants to hand over for %s, and not all are down",
                 side_names[side], srp_reason_name((enum srp_reason)ev->reason));
    if (kind == MONITOR_KIND_N || !news)
        return;
    down = k->seen_down[side][cf][kind];
    if (mono_between(down, world->now) < damping_us(world, side, cf, kind, down))
        violated(world, INV_A3,
                 "%s wants to hand over for %s %" PRId64
                 " ms after it failed, within a guard period",
                 side_names[side], srp_reason_name((enum srp_reason)ev->reason),
                 mono_between(down, world->now) / US_PER_MS);
}

void
check_restarted(struct world *world, int side, int cf)
{
    world->checker->restarted[side][cf] = world->now;
}

static void
check_cause(struct world *world, int side, int cf, const struct srp_result *r)
{
    struct checker *k = world->checker;
    unsigned kind = kind_of_reason(r->reason);

    if (kind == MONITOR_KIND_N)
        return;
    if (k->told[side][cf] != r->reason)
        violated(world, INV_A1, "%s hands over for %s, which no monitor wants", side_names[side],
                 srp_reason_name(r->reason));
    if (kind == MONITOR_AAA && k->aaa_latched[side])
        violated(world, INV_A2, "%s hands over for AAA, for which it has taken over",
                 side_names[side]);
}

/* A change of state, of a CF that leads. */
void
check_handover(struct world *world, int side, int cf, const struct srp_result *r)
{
    struct checker *k = world->checker;

    if (!is_current(world, side, cf))
        return;
    if (r->from == CHASSIS_ACTIVE && r->to == CHASSIS_PENDING_STANDBY)
        check_cause(world, side, cf, r);
    if (r->from == CHASSIS_STANDBY && r->to == CHASSIS_PENDING_ACTIVE &&
        kind_of_reason(r->reason) == MONITOR_BGP &&
        is_fulfilled(world, k->seen[side][cf], MONITOR_BGP))
        violated(world, INV_A3, "%s accepts a switchover for BGP with its own peers down",
                 side_names[side]);
    if (r->to == CHASSIS_PENDING_ACTIVE)
        k->taken_for[side] = (uint8_t)r->reason;
    if (r->to == CHASSIS_STANDBY)
        memset(k->seen[side][cf], 0, world->opt.aaa_n); /* nobody looks any more */
    if (r->to == CHASSIS_ACTIVE && r->from != CHASSIS_PENDING_STANDBY) {
        k->aaa_latched[side] =
            r->from == CHASSIS_PENDING_ACTIVE && k->taken_for[side] == SRP_AAA_FAILURE;
        k->active_at[side][cf] = world->now;
    }
}

/* A1: a rule that is fulfilled makes an Active want to hand over; where no guard period is
 * configured, at once. A latched kind does not. */
void
check_blind(struct world *world, int side, const struct cf *cf)
{
    struct checker *k = world->checker;
    int at = cf ? (int)(cf - world->chassis[side].cfs) : 0;
    bool blind = false;

    if (world->opt.guard_switch.guard_us || world->opt.guard_failure.guard_us)
        return;
    for (unsigned kind = 0; cf && cf->srp.state == CHASSIS_ACTIVE && kind < MONITOR_KIND_N; kind++)
        blind |= kind_of_reason(k->told[side][at]) == MONITOR_KIND_N &&
                 !(kind == MONITOR_AAA && monitor_latched(&cf->monitor)) &&
                 kind != MONITOR_DIAMETER && is_fulfilled(world, k->seen[side][at], kind);
    if (lasts(&k->blind[side], blind, world->now, MONITOR_TICK_US))
        violated(world, INV_A1, "%s is Active, all of a kind are down, and it wants to stay",
                 side_names[side]);
}
