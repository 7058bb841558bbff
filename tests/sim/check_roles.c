/* R1 to R5, R7, R8, O1 to O3: who is what, and for how long. */
#include <inttypes.h>
#include <string.h>

#include "check.h"

#define DUAL_US      (100 * US_PER_MS) /* beside one hello interval */
#define CF_OUTAGE_US (6 * US_PER_S)    /* found dead after 3 to 4 s, connected a second later */
#define SETTLE_US    (200 * US_PER_MS) /* orders to cards travel */
#define SHOT_US      (3500 * US_PER_MS)

void
check_init(struct world *world)
{
    world->checker->call_n = 1; /* create_seq 0 is nobody */
}

/* Remember since when `bad` holds; true once it held longer than `us`. */
bool
lasts(struct lasting *lasting, bool bad, mono_t now, int64_t us)
{
    if (bad && !lasting->holds)
        lasting->since = now;
    lasting->holds = bad;
    return bad && mono_between(lasting->since, now) > us;
}

void
later_of(mono_t *mark, mono_t at)
{
    if (at.us > mark->us)
        *mark = at;
}

/* ---- what the checker is told ---- */

void
check_fault(struct world *world)
{
    world->checker->fault_at = world->now;
}

void
check_trouble(struct world *world, mono_t until)
{
    later_of(&world->checker->trouble_until, until);
    check_disturbed(world);
}

void
check_flow_broken(struct world *world, mono_t until)
{
    later_of(&world->checker->flow_since, until);
}

void
check_cf_touched(struct world *world, int side, bool spoils)
{
    world->checker->cf_touched[side] = world->now;
    if (spoils)
        world->checker->cf_hot[side] = false;
}

/* The leading one; called while it is still up. */
void
check_cf_died(struct world *world, int side)
{
    struct checker *k = world->checker;
    int cf = lead_of(world, side);
    const struct cf *other = &world->chassis[side].cfs[1 - cf];

    k->cf_died_before[side] = k->cf_died[side];
    k->cf_died[side] = world->now;
    k->cf_died_as[side] = (uint8_t)world->chassis[side].cfs[cf].srp.state;
    k->cf_hot[side] = runs(world, side, (unsigned)(1 - cf)) && other->sso.state == SSO_STANDBY &&
                      other->shot_known &&
                      mono_between(k->cf_touched[side], world->now) > SHOT_US &&
                      mono_between(k->shot_changed[side], world->now) > SHOT_US;
    check_flow_broken(world, mono_after(world->now, CF_OUTAGE_US));
}

void
check_woke(struct world *world, int side)
{
    check_cf_touched(world, side, false);
    check_flow_broken(world, world->now);
}

/* O3: a CF that goes on is what the dead one was. */
void
check_adopted(struct world *world, int side, int cf)
{
    struct checker *k = world->checker;
    const struct srp *srp = &world->chassis[side].cfs[cf].srp;

    k->heard[side][cf] = k->cf_adopted[side] = world->now;
    if (mono_between(k->active_at[side][1 - cf], world->now) < 6 * US_PER_S)
        k->aaa_latched[side] = false; /* the latch may have been younger than the last CF hello */
    if (srp->state == CHASSIS_ACTIVE || srp->state == CHASSIS_PENDING_STANDBY)
        k->active_at[side][cf] = world->now; /* its guard period begins anew */
    check_restarted(world, side, cf);
    if (k->cf_hot[side] && k->cf_died[side].us > k->cf_died_before[side].us &&
        k->cf_died_as[side] == CHASSIS_ACTIVE && srp->state != CHASSIS_ACTIVE)
        violated(world, INV_O3, "%s's other CF goes on as %s, where the dead one was Active",
                 side_names[side], chassis_state_name(srp->state));
    k->cf_hot[side] &= k->cf_died_as[side] == CHASSIS_ACTIVE;
}

/* ---- R4, R2: one hello ---- */

static bool
same_role(const struct srp *a, const struct srp *b)
{
    return a->state == b->state && a->phase == b->phase && a->epoch == b->epoch &&
           a->rank.route_modifier == b->rank.route_modifier && a->planned == b->planned &&
           a->peer.incarnation == b->peer.incarnation && a->peer.seq == b->peer.seq &&
           a->heard.us == b->heard.us;
}

#define ON_ITS_WAY_US (2 * US_PER_S)

/* Was it said by a CF that leads no longer, for some while? Or is it older than what this core
 * has heard of the one that does? What waited for a CF that wakes up at this instant is not: it was
 * on its way, and a stop of less than one and a half hello intervals is none to the core. */
static bool
is_stale(const struct world *world, int to, int cf, uint64_t lead_no, uint64_t seq)
{
    const struct checker *k = world->checker;
    int lead = lead_of(world, 1 - to);

    if (lead_no == k->heard_lead[to][cf])
        return seq <= k->heard_seq[to][cf];
    return lead >= 0 && world->chassis[1 - to].cfs[lead].lead_no != lead_no &&
           k->cf_touched[to].us != world->now.us &&
           mono_between(k->led_at[1 - to][lead], world->now) > ON_ITS_WAY_US &&
           mono_between(k->cf_touched[1 - to], world->now) > ON_ITS_WAY_US;
}

bool
check_knows_living(const struct world *world, int side, int cf)
{
    return world->checker->knows[side][cf] || world->checker->heard_living[side][cf];
}

/* A chassis without any memory, that has not heard the living yet: nothing tells it a hello from
 * one of the past, as long as it does not give up serving for it. (Asking for an echo would; but
 * then a chassis whose own hellos are lost would not follow an Active that it hears.) The next
 * hello of the living corrects it. */
static bool
is_newborn(const struct world *world, int to, int cf, const struct srp *before,
           const struct srp *srp)
{
    if (check_knows_living(world, to, cf))
        return false;
    return before->state == CHASSIS_INIT || before->state == CHASSIS_STANDBY ||
           (before->state == srp->state && before->phase == srp->phase);
}

/* A CF that took over, and has not heard the living yet: what the dead one heard after the last CF
 * hello it sent is news to this one, and nothing tells it from that. It is what the peer was then,
 * so it may count as heard, once, but moves nothing. */
static bool
is_untold(const struct world *world, int to, int cf, const struct srp_hello *said,
          const struct srp *before, const struct srp *srp)
{
    const struct srp_hello *told = &before->peer;

    return !world->checker->heard_living[to][cf] && said->incarnation == told->incarnation &&
           said->cf_epoch == told->cf_epoch && said->epoch == told->epoch &&
           said->state == told->state && said->seq > told->seq && before->state == srp->state &&
           before->phase == srp->phase && before->epoch == srp->epoch;
}

static void
check_stale(struct world *world, int to, int cf, const struct srp_hello *said,
            const struct srp *before, const struct srp *srp)
{
    /* when a timer is due in the same instant the core may move for that */
    if (srp_deadline(before).us <= world->now.us ||
        mono_between(before->last, world->now) > before->setup.hello_us * 3 / 2)
        return;
    if (world->checker->cf_touched[to].us == world->now.us)
        return; /* it woke this instant, and reads what had arrived before it was stopped */
    if (is_newborn(world, to, cf, before, srp) || is_untold(world, to, cf, said, before, srp))
        return;
    if (!same_role(before, srp))
        violated(world, INV_R2, "%s: a stale hello (%" PRIu64 ", %s) changes %s to %s",
                 side_names[to], said->seq, chassis_state_name((enum chassis_state)said->state),
                 chassis_state_name(before->state), chassis_state_name(srp->state));
}

void
check_hello(struct world *world, int to, int cf, uint64_t lead_no, const struct srp_hello *said,
            const struct srp *before, const struct srp_result *r)
{
    struct checker *k = world->checker;
    int lead = lead_of(world, 1 - to);
    const struct srp *srp = &world->chassis[to].cfs[cf].srp;
    uint8_t state = (uint8_t)before->state;
    bool we = srp_wins(state, &before->rank, said->state, &said->rank);
    bool they = srp_wins(said->state, &said->rank, state, &before->rank);

    if (we == they)
        violated(world, INV_R4, "both chassis compute that %s", we ? "they win" : "they lose");
    if (is_stale(world, to, cf, lead_no, said->seq)) {
        check_stale(world, to, cf, said, before, srp);
        return;
    }
    if (r->stale)
        return;
    k->heard_lead[to][cf] = lead_no;
    k->heard_living[to][cf] |= lead >= 0 && world->chassis[1 - to].cfs[lead].lead_no == lead_no;
    k->heard_seq[to][cf] = said->seq;
    k->heard[to][cf] = world->now;
    if (memcmp(&srp->peer.rank, &said->rank, sizeof said->rank) != 0)
        violated(world, INV_R4, "%s elects with another rank than %s has", side_names[to],
                 side_names[1 - to]);
}

/* ---- one step of a core ---- */

/* R2: epochs. Whoever serves, or is about to, started the epoch it is in. */
static void
check_epoch(struct world *world, int side, const struct srp *before, const struct srp *srp)
{
    struct checker *k = world->checker;
    bool serves = srp->state != CHASSIS_INIT && srp->state != CHASSIS_STANDBY;
    uint8_t *owner;

    if (srp->epoch < before->epoch)
        violated(world, INV_R2, "%s: the epoch falls from %" PRIu64 " to %" PRIu64,
                 side_names[side], before->epoch, srp->epoch);
    if (srp->epoch == before->epoch || !serves || srp->epoch >= EPOCHS)
        return;
    owner = &k->epoch_owner[srp->epoch];
    if (*owner && *owner != side + 1)
        violated(world, INV_R2, "both chassis start epoch %" PRIu64, srp->epoch);
    *owner = (uint8_t)(side + 1);
}

/* May a Standby step up because of what this hello says? It is asked to; or the peer idles and
 * has no better claim: it starts up, stands by, or stands down without saying for whom. */
static bool
invites(const struct srp *before, const struct srp_hello *said)
{
    bool asked = said->state == CHASSIS_PENDING_STANDBY && said->phase == SRP_REQUEST &&
                 said->switch_id != 0 &&
                 (said->switch_id != before->answer_id || /* or another life counts anew */
                  said->incarnation != before->peer.incarnation);

    if (asked)
        return true;
    return (said->state == CHASSIS_INIT || said->state == CHASSIS_STANDBY) &&
           srp_wins(CHASSIS_STANDBY, &before->rank, said->state, &said->rank);
}

/* R5: why a Standby steps up. */
static void
check_step_up(struct world *world, int side, int cf, const struct srp *before,
              const struct srp_event *ev, const struct srp_result *r)
{
    struct checker *k = world->checker;
    int64_t silent = mono_between(k->heard[side][cf], world->now);

    if (r->reason == SRP_DEAD_TIMER_EXPIRY) {
        if (silent < world->opt.dead_us || world->opt.ignore_dead)
            violated(world, INV_R5, "%s takes its peer for dead after %" PRId64 " ms",
                     side_names[side], silent / US_PER_MS);
    } else if (r->reason == SRP_CHASSIS_BFD_FAILURE) {
        if (!before->chassis_bfd_down && !(ev->type == SRP_EV_MONITOR && ev->chassis_bfd_down))
            violated(world, INV_R5, "%s takes over for a BFD session that is up", side_names[side]);
    } else if (ev->type != SRP_EV_HELLO) {
        violated(world, INV_R5, "%s takes over without having heard anything", side_names[side]);
    } else if (r->stale || !invites(before, k->said ? k->said : &ev->hello)) {
        violated(world, INV_R5, "%s takes over from a peer that says %s (%s)%s", side_names[side],
                 chassis_state_name((enum chassis_state)ev->hello.state),
                 srp_phase_name((enum srp_phase)ev->hello.phase), r->stale ? ", long ago" : "");
    }
}

/* O2, O3: only a CF died, and for less than the dead interval. */
static void
check_cf_change(struct world *world, int side, int died_side, enum invariant invariant,
                const char *what)
{
    struct checker *k = world->checker;
    mono_t died = k->cf_died[died_side];
    int64_t dead_us = world->opt.dead_us;

    if (died.us == 0 || !k->cf_hot[died_side] || k->cf_died_as[died_side] != CHASSIS_ACTIVE ||
        world->opt.hello_us + CF_OUTAGE_US >= dead_us || !leader(world, died_side))
        return;
    if (mono_between(died, world->now) < 2 * dead_us &&
        mono_between(k->cf_died_before[died_side], died) > 2 * dead_us &&
        mono_between(k->cf_died[1 - died_side], died) > 2 * dead_us &&
        mono_between(k->cf_touched[1 - died_side], died) > 2 * dead_us &&
        mono_between(k->trouble_until, died) > 2 * dead_us)
        violated(world, invariant, "%s %s, though only a CF died", side_names[side], what);
}

void
check_srp(struct world *world, int side, int cf, const struct srp *before,
          const struct srp_event *ev, const struct srp_result *r)
{
    struct checker *k = world->checker;
    const struct srp *srp = &world->chassis[side].cfs[cf].srp;

    int64_t gap = mono_between(before->last, world->now);

    if (gap > before->setup.hello_us * 3 / 2) /* it did not listen */
        k->heard[side][cf] = mono_after(k->heard[side][cf], gap);
    check_epoch(world, side, before, srp);
    if (ev->type == SRP_EV_LINK && r->from != r->to)
        violated(world, INV_R5, "%s: a connection makes it %s", side_names[side],
                 chassis_state_name(r->to));
    if (r->from == CHASSIS_STANDBY && r->to == CHASSIS_PENDING_ACTIVE) {
        check_step_up(world, side, cf, before, ev, r);
        if (!srp->planned && is_current(world, side, cf))
            check_cf_change(world, side, 1 - side, INV_O2, "takes over");
    }
    if (r->from == CHASSIS_ACTIVE && r->to == CHASSIS_PENDING_STANDBY &&
        r->reason == SRP_DUAL_ACTIVE)
        check_cf_change(world, side, side, INV_O3, "steps down");
    check_modifier(world, side, cf, before, ev, r);
    check_switch(world, side, cf, before, ev, r);
    if (r->from != r->to) {
        check_handover(world, side, cf, r);
        for (int m = 0; m < MANAGERS; m++)
            check_stream(world, side, m); /* it opens anew in another role, or epoch */
    }
    if (r->from != r->to || r->phase_from != r->phase_to || srp->epoch != before->epoch ||
        srp->rank.route_modifier != before->rank.route_modifier)
        k->shot_changed[side] = world->now;
}

/* O1: what the standby CF knows is what we are, once we were that for some hellos. */
void
check_shot(struct world *world, int side, int cf)
{
    struct checker *k = world->checker;
    const struct chassis *c = &world->chassis[side];
    const struct cf *other = &c->cfs[1 - cf];
    const struct srp *srp = &c->cfs[cf].srp;

    if (!is_current(world, side, cf) || !runs(world, side, (unsigned)(1 - cf)) ||
        other->sso.state != SSO_STANDBY || other->leading ||
        mono_between(k->shot_changed[side], world->now) < SHOT_US || bus_is_bad(world, side) ||
        mono_between(k->cf_touched[side], world->now) < 2 * SHOT_US)
        return;
    if (!other->shot_known || other->shot.state != srp->state || other->shot.phase != srp->phase ||
        other->shot.epoch != srp->epoch || other->shot.route_modifier != srp->rank.route_modifier)
        violated(world, INV_O1,
                 "%s is %s of epoch %" PRIu64 ", its standby CF believes %s of %" PRIu64,
                 side_names[side], chassis_state_name(srp->state), srp->epoch,
                 chassis_state_name((enum chassis_state)other->shot.state), other->shot.epoch);
}

/* ---- after every step ---- */

static void
check_dual_active(struct world *world, const struct cf *a, const struct cf *b)
{
    struct checker *k = world->checker;
    bool both = a && b && a->srp.state == CHASSIS_ACTIVE && b->srp.state == CHASSIS_ACTIVE;
    mono_t since;

    (void)lasts(&k->dual, both, world->now, 0);
    if (!both)
        return;
    since = k->dual.since.us > k->flow_since.us ? k->dual.since : k->flow_since;
    if (mono_between(since, world->now) > world->opt.hello_us + DUAL_US)
        violated(world, INV_R1, "both chassis Active for %" PRId64 " ms with hellos flowing",
                 mono_between(since, world->now) / US_PER_MS);
}

static void
check_serving(struct world *world, int side, const struct cf *cf)
{
    struct checker *k = world->checker;
    const struct chassis *c = &world->chassis[side];
    /* orders are late on a bad bus, and so is what they end */
    bool standby = cf && cf->srp.state == CHASSIS_STANDBY && !bus_is_bad(world, side), bad = false;

    for (unsigned p = PROC_DEMUX; standby && p < PROC_SM1 + world->opt.managers; p++) {
        if (!runs(world, side, p))
            continue;
        bad |= gates_of(world, side, p) != 0;
        if (p == PROC_DEMUX)
            bad |= c->cards[p].role.announce && world->opt.standby_announce_us < 0;
    }
    if (lasts(&k->serves[side], bad, world->now, SETTLE_US))
        violated(world, INV_R3, "%s is Standby and its cards serve", side_names[side]);
    if (lasts(&k->probes[side],
              cf && monitor_looks(&cf->monitor) && cf->srp.state != CHASSIS_ACTIVE, world->now,
              SETTLE_US))
        violated(world, INV_A1, "%s is %s and probes", side_names[side],
                 chassis_state_name(cf->srp.state));
}

/* R7: how long a chassis may be pending, by what it is pending for. Not the core's own figures. */
static int64_t
pending_us(const struct world *world, int side, const struct srp *srp)
{
    int64_t dead_us = world->opt.dead_us;

    if (srp->state == CHASSIS_PENDING_ACTIVE)
        return 3 * dead_us; /* recover to announce, accounts, audit */
    if (!srp->planned)
        return dead_us;
    return srp->phase == SRP_FLUSH ? world->checker->flush_us[side] : 5 * dead_us;
}

/* Anew with each CF and state, and when a leaving chassis has flushed. */
static void
check_pending(struct world *world, int side, const struct cf *cf)
{
    struct checker *k = world->checker;
    bool pending =
        cf && (cf->srp.state == CHASSIS_PENDING_ACTIVE || cf->srp.state == CHASSIS_PENDING_STANDBY);
    uint64_t in = !pending ? 0
                           : cf->lead_no << 8 | (uint64_t)cf->srp.state << 2 |
                                 (uint64_t)(cf->srp.phase == SRP_FLUSH) << 1 | 1;

    if (in != k->waits_in[side])
        k->waits[side].holds = false;
    k->waits_in[side] = in;
    if (lasts(&k->waits[side], pending, world->now,
              pending ? pending_us(world, side, &cf->srp) + SETTLE_US : 0))
        violated(world, INV_R7, "%s is %s (%s) for %" PRId64 " ms", side_names[side],
                 chassis_state_name(cf->srp.state), srp_phase_name(cf->srp.phase),
                 mono_between(k->waits[side].since, world->now) / US_PER_MS);
}

static bool
has_withdrawn(const struct srp *srp)
{
    return srp->state == CHASSIS_PENDING_STANDBY && srp->phase >= SRP_WITHDRAW &&
           srp->phase <= SRP_HANDED;
}

/* R6: from the withdrawal on neither is Active, whatever each of them makes of it; as long as the
 * same CFs lead. */
static void
check_neither(struct world *world, const struct cf *a, const struct cf *b)
{
    struct checker *k = world->checker;
    bool idle = a && b && a->srp.state != CHASSIS_ACTIVE && b->srp.state != CHASSIS_ACTIVE;
    uint64_t leads = idle ? a->lead_no + b->lead_no : 0;

    if (leads != k->neither_leads)
        k->neither.holds = false;
    k->neither_leads = leads;
    if (idle && !k->neither.holds && !has_withdrawn(&a->srp) && !has_withdrawn(&b->srp))
        return;
    if (lasts(&k->neither, idle, world->now, 5 * world->opt.dead_us))
        violated(world, INV_R6, "neither chassis is Active %" PRId64 " ms after the withdrawal",
                 mono_between(k->neither.since, world->now) / US_PER_MS);
}

/* R3: a chassis that no control function speaks for serves nothing. Its cards notice after
 * three seconds, each at its next status; the router after that. */
static void
check_alone(struct world *world, int side)
{
    struct checker *k = world->checker;
    const struct chassis *c = &world->chassis[side];
    bool alone = !runs(world, side, PROC_CF1) && !runs(world, side, PROC_CF2);
    int64_t most = 3 * STATUS_US + STATUS_US + SETTLE_US;

    for (unsigned p = PROC_DEMUX; p < PROC_SM1 + world->opt.managers; p++) {
        bool serves = gates_of(world, side, p) != 0 || c->cards[p].role.announce;

        if (lasts(&k->alone[side][p], alone && serves && runs(world, side, p), world->now, most))
            violated(world, INV_R3, "%s has no control function, and its card %u serves",
                     side_names[side], p + 1);
    }
    if (lasts(&k->alone[side][PROC_CF1],
              alone && runs(world, side, PROC_DEMUX) && world->routed[side], world->now,
              most + 2 * world->opt.router_us))
        violated(world, INV_R3, "%s has no control function, and its routes stay",
                 side_names[side]);
}

void
check_step(struct world *world)
{
    const struct cf *leaders[SIDES] = {leader(world, EAST), leader(world, WEST)};

    check_dual_active(world, leaders[EAST], leaders[WEST]);
    check_neither(world, leaders[EAST], leaders[WEST]);
    for (int side = 0; side < SIDES; side++) {
        check_serving(world, side, leaders[side]);
        check_pending(world, side, leaders[side]);
        check_alone(world, side);
        check_blind(world, side, leaders[side]);
    }
    check_routes(world);
}
