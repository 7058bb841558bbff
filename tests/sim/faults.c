/* What breaks, and how it is mended. Each disturbance brings its own dice, so that leaving
 * another one out does not change it. Numbers F1.. are those of the list in world.h. F20 (the wall
 * clock jumps) is not played: of the cores only the plan of audits knows one (tests/unit/test_audit.c). */
#include <inttypes.h>

#include "check.h"
#include "play.h"

enum {
    WHOLE = 255, /* the disturbance begins; else a number that its wave was given */
};

/* The same once more, after a pause. */
static void
wave(struct world *world, const struct disturbance *d, struct rng *dice, unsigned number,
     int64_t in_us)
{
    later(world, in_us,
          (struct event){.kind = EV_UNDO,
                         .proc = PROC_NONE,
                         .side = d->side,
                         .a = d->kind,
                         .b = (uint8_t)number,
                         .number = d->number,
                         .x = rng_next(dice)});
}

/* ... as often as `left` says, of which `most` at the beginning: a storm, a flap or a stutter. */
static void
again(struct world *world, const struct disturbance *d, struct rng *dice, unsigned left,
      unsigned least, unsigned most, int64_t in_us)
{
    if (left == WHOLE)
        left = (unsigned)rng_between(dice, least, most);
    if (left > 0)
        wave(world, d, dice, left - 1, in_us);
}

void
cut_lane(struct world *world, int side, unsigned which, int64_t us, bool keeps)
{
    struct lane *lane =
        which == LANE_CONTROL ? &world->control[side] : &world->session[side][which];

    world->effects++;
    lane->cut = true;
    lane->keeps = keeps && which != LANE_CONTROL;
    lane->mended_us = world->now.us + us;
    later(world, us,
          (struct event){
              .kind = EV_HEAL, .side = (uint8_t)side, .proc = PROC_NONE, .a = (uint8_t)which});
    if (which < MANAGERS)
        check_stream(world, side, (int)which);
}

/* F5: control, session or both; both ways or one way. */
static void
cut(struct world *world, struct rng *dice, int64_t us)
{
    unsigned links = 1 + (unsigned)rng_below(dice, 3), ways = 1 + (unsigned)rng_below(dice, 3);
    bool keeps = rng_chance(dice, 500);

    check_trouble(world, mono_after(world->now, us));
    for (int side = 0; side < SIDES; side++) {
        if (!(ways >> side & 1))
            continue;
        if (links & 1)
            cut_lane(world, side, LANE_CONTROL, us, false);
        for (unsigned m = 0; links & 2 && m < MANAGERS; m++)
            cut_lane(world, side, m, us, keeps);
    }
}

/* F7: one stream after the other is cut, and mended in another order. */
static void
swizzle(struct world *world, const struct disturbance *d, struct rng *dice, unsigned left)
{
    if (left < WHOLE) {
        cut_lane(world, (int)(left / MANAGERS), left % MANAGERS,
                 rng_between(dice, 100 * US_PER_MS, d->us), rng_chance(dice, 500));
        return;
    }
    for (unsigned lane = 0; lane < SIDES * MANAGERS; lane++)
        wave(world, d, dice, lane, rng_between(dice, 0, d->us));
}

/* F8, F9 */
static void
degrade(struct world *world, struct rng *dice, int64_t us)
{
    bool bad = rng_chance(dice, 600);

    world->effects++;
    /* one after the other: the order within an initialiser is the compiler's */
    world->net = (struct net){.delay_us = US_PER_MS, .jitter_us = 5 * US_PER_MS};
    if (bad) {
        world->net.loss = (unsigned)rng_below(dice, 250);
        world->net.jitter_us = rng_between(dice, 1, 800) * US_PER_MS;
    }
    if (rng_chance(dice, 500))
        world->net.twice = (unsigned)rng_below(dice, 200);
    if (rng_chance(dice, 500))
        world->net.reorder = (unsigned)rng_below(dice, 300);
    check_trouble(world, mono_after(world->now, us));
    later(world, us, (struct event){.kind = EV_UNDO, .proc = PROC_NONE, .a = DO_DEGRADE});
}

static void
stop_chassis(struct world *world, int side, int64_t us)
{
    for (unsigned p = 0; p < PROC_SM1 + world->opt.managers; p++)
        stop_process(world, side, p, us);
    eyes(world, 1 - side);
}

static unsigned
some_card(const struct world *world, const struct disturbance *d)
{
    return PROC_DEMUX + d->proc % (1u + world->opt.managers);
}

/* About as long as an eye needs, or a failure must last inside a guard period. */
static int64_t
near_guard(const struct world *world, struct rng *dice)
{
    const struct options *o = &world->opt;
    const int64_t marks[] = {o->probe_us, o->probe_us, o->guard_switch.damping_us,
                             o->guard_failure.damping_us, o->guard_switch.guard_us};
    int64_t mark = marks[rng_below(dice, sizeof marks / sizeof *marks)];

    return mark + rng_between(dice, mark == 0 ? 50 * US_PER_MS : -mark / 5, mark / 5 + US_PER_S);
}

/* One kind is as it should be again. */
static void
monitors_up(struct world *world, unsigned kind)
{
    for (int side = 0; side < SIDES; side++) {
        struct chassis *c = &world->chassis[side];

        for (unsigned t = 0; t < 4; t++) {
            c->aaa_down[t] &= kind != DO_AAA_DOWN;
            c->bgp_down[t] &= kind != DO_BGP_DOWN;
        }
        if (kind == DO_BFD_DOWN)
            c->bfd_down = c->peer_bfd_down = false;
        eyes(world, side);
    }
}

/* F24, F25: the truth changes, and eyes will see it. */
static void
monitors(struct world *world, const struct disturbance *d, struct rng *dice, unsigned left)
{
    unsigned sides = 1 + (unsigned)rng_below(dice, 3);
    bool all = rng_chance(dice, 700), aaa = d->kind == DO_AAA_DOWN || d->kind == DO_AAA_FLAP;
    int64_t us = d->kind == DO_AAA_FLAP ? near_guard(world, dice) : d->us;

    for (int side = 0; side < SIDES; side++) {
        struct chassis *c = &world->chassis[side];

        if (!(sides >> side & 1))
            continue;
        if (d->kind == DO_BFD_DOWN) {
            world->effects += world->opt.bfd_n > 0 || world->opt.ignore_dead;
            c->bfd_down = all || !world->opt.ignore_dead;
            c->peer_bfd_down = rng_chance(dice, 300);
        }
        world->effects += aaa ? world->opt.aaa_n > 0 : d->kind == DO_BGP_DOWN;
        for (unsigned t = 0; t < 4; t++) {
            if (aaa)
                c->aaa_down[t] = all || t == 0;
            if (d->kind == DO_BGP_DOWN)
                c->bgp_down[t] = all ? true : t >= 2;
        }
        if (c->bgp_down[0])
            router_lost(world, side);
        eyes(world, side);
    }
    later(world, us,
          (struct event){
              .kind = EV_UNDO, .proc = PROC_NONE, .a = aaa ? DO_AAA_DOWN : d->kind, .b = WHOLE});
    if (d->kind == DO_AAA_FLAP)
        again(world, d, dice, left, 2, 12, us + near_guard(world, dice));
}

static void
router_up(struct world *world)
{
    bool was_down = world->router_down;

    world->router_down = false;
    for (int side = 0; was_down && side < SIDES; side++) {
        router_session(world, side, true);
        eyes(world, side);
    }
}

void
set_apart(struct world *world, int side, bool apart)
{
    struct chassis *c = &world->chassis[side];

    world->effects += c->configured_apart != apart;
    c->configured_apart = apart;
    for (unsigned cf = 0; cf < 2; cf++)
        c->cfs[cf].srp.setup.checksum = apart ? 2 : 1;
}

static void
lie(struct world *world, const struct disturbance *d, struct rng *dice)
{
    check_trouble(world, mono_after(world->now, d->us));
    check_flow_broken(world, mono_after(world->now, d->us));
    world->effects++;
    if (d->kind == DO_LIE_STATE) {
        world->checker->lie_until = mono_after(world->now, d->us);
        world->lie[d->phase == SRP_YIELD ? 1 - d->side : d->side] =
            d->phase == SRP_YIELD ? LIE_PENDING /* to the one that yields */
                                  : (uint8_t)rng_between(dice, LIE_STATE_ACTIVE, LIE_PENDING);
    } else
        world->lie_acks[d->side] |= (uint8_t)(1u << rng_below(dice, (uint64_t)world->opt.managers));
    later(world, d->us, (struct event){.kind = EV_UNDO, .proc = PROC_NONE, .a = DO_LIE_STATE});
}

/* A session manager that stands by fails to apply records of one kind: a few, or all. */
static void
refuse(struct world *world, const struct disturbance *d, struct rng *dice)
{
    static const uint8_t cmds[] = {CKPT_FULL, CKPT_FULL, 171, 171, 116, 2, 19};
    struct card_model *card =
        &world->chassis[d->side].cards[PROC_SM1 + d->proc % world->opt.managers];
    struct ckpt_fault fault = {.cmd = cmds[rng_below(dice, sizeof cmds)]};

    fault.skip = (uint32_t)rng_below(dice, 4);
    fault.times = rng_chance(dice, 300) ? UINT32_MAX : 1 + (uint32_t)rng_below(dice, 5);
    if (!runs(world, d->side, PROC_SM1 + d->proc % world->opt.managers))
        return;
    world->effects++;
    smgr_set_fault(card->smgr, &fault);
    card->refuses = true;
    later(world, d->us, (struct event){.kind = EV_UNDO, .proc = PROC_NONE, .a = DO_REFUSE});
}

static void
refusals_end(struct world *world)
{
    for (int side = 0; side < SIDES; side++) {
        for (unsigned m = 0; m < world->opt.managers; m++) {
            struct card_model *card = &world->chassis[side].cards[PROC_SM1 + m];

            if (card->refuses && card->smgr)
                smgr_set_fault(card->smgr, &(struct ckpt_fault){.times = 0});
            card->refuses = false;
        }
    }
}

/* Whoever lied starts anew: nobody can tell what it holds. */
static void
lies_end(struct world *world)
{
    for (int side = 0; side < SIDES; side++) {
        world->lie[side] = LIE_NONE;
        for (unsigned m = 0; m < world->opt.managers; m++)
            if (world->lie_acks[side] >> m & 1)
                kill_process(world, side, PROC_SM1 + m, 500 * US_PER_MS);
        world->lie_acks[side] = 0;
    }
    if (world->checker->lie_until.us > 0)
        check_truth(world);
    world->checker->lie_until = (mono_t){0};
}

static void
break_process(struct world *world, const struct disturbance *d, struct rng *dice, unsigned left)
{
    int lead = lead_of(world, d->side);

    switch ((enum disturbance_kind)d->kind) {
    case DO_KILL_BOTH: /* F15 */
        kill_chassis(world, 1 - d->side, dice);
        kill_chassis(world, d->side, dice);
        break;
    case DO_KILL_CHASSIS:
        kill_chassis(world, d->side, dice);
        break;
    case DO_KILL_ACTIVE_CF:
        if (lead >= 0)
            kill_process(world, d->side, (unsigned)lead, d->us);
        break;
    case DO_KILL_STANDBY_CF:
        kill_process(world, d->side, lead >= 0 ? (unsigned)(1 - lead) : PROC_CF1, d->us);
        break;
    case DO_CARD_SWITCH: /* now and then at the wrong console */
        cf_yield(world, d->side, lead < 0 || d->proc % 4 == 0 ? (int)(d->proc / 4 % 2) : lead);
        break;
    case DO_KILL_CFS:
        kill_process(world, d->side, PROC_CF1, d->us);
        kill_process(world, d->side, PROC_CF2, d->us + rng_between(dice, 0, 300) * US_PER_MS);
        break;
    case DO_KILL_SESSMGR:
        kill_process(world, d->side, PROC_SM1 + d->proc % world->opt.managers, d->us);
        break;
    case DO_KILL_DEMUX:
        kill_process(world, d->side, PROC_DEMUX, d->us);
        break;
    case DO_STORM: /* F17 */
        kill_process(world, d->side, d->proc % (PROC_SM1 + world->opt.managers), d->us / 20);
        again(world, d, dice, left, 2, 9, d->us / 20 + rng_between(dice, 1, 4000) * US_PER_MS);
        break;
    case DO_STOP_CHASSIS:
        stop_chassis(world, d->side, d->us);
        break;
    case DO_STOP_CF:
        if (lead >= 0)
            stop_process(world, d->side, (unsigned)lead, d->us);
        break;
    case DO_STOP_CARD:
        stop_process(world, d->side, some_card(world, d), d->us);
        break;
    case DO_STUTTER: /* F4: runs 50 ms, is stopped 200 ms */
        stop_chassis(world, d->side, 200 * US_PER_MS);
        again(world, d, dice, left, 20, 200, 250 * US_PER_MS);
        break;
    default:
        break;
    }
}

static void
break_link(struct world *world, const struct disturbance *d, struct rng *dice, unsigned left)
{
    switch ((enum disturbance_kind)d->kind) {
    case DO_CUT:
        cut(world, dice, d->us);
        break;
    case DO_FLAP: /* F6: near H, D and 3H */
        cut(world, dice, d->us);
        again(world, d, dice, left, 2, 9, 2 * d->us);
        break;
    case DO_SWIZZLE:
        swizzle(world, d, dice, left);
        break;
    case DO_DEGRADE:
        degrade(world, dice, d->us);
        break;
    case DO_SPOIL:
        world->effects++;
        world->net.spoil = 20 + (unsigned)rng_below(dice, 300);
        check_trouble(world, mono_after(world->now, d->us));
        later(world, d->us, (struct event){.kind = EV_UNDO, .proc = PROC_NONE, .a = DO_DEGRADE});
        break;
    case DO_RESET:
        check_trouble(world, mono_after(world->now, 2 * US_PER_S));
        connections_down(world, -1);
        break;
    case DO_HALF_OPEN:
        check_trouble(world, mono_after(world->now, 2 * US_PER_S));
        connections_down(world, d->side);
        break;
    case DO_RESET_SESSION:
        session_down(world, d->us);
        break;
    case DO_REPLAY:
        replay(world, dice);
        break;
    default:
        break;
    }
}

static void
do_it(struct world *world, const struct disturbance *d, struct rng *dice, unsigned left)
{
    switch ((enum disturbance_kind)d->kind) {
    case DO_BUS:
        bus_degrade(world, d->side, dice);
        check_cf_touched(world, d->side, true);
        later(world, d->us, (struct event){.kind = EV_UNDO, .proc = PROC_NONE, .a = DO_BUS});
        break;
    case DO_NEWER:
        world->effects++;
        world->chassis[d->side].newer = true;
        later(world, d->us, (struct event){.kind = EV_UNDO, .proc = PROC_NONE, .a = DO_NEWER});
        break;
    case DO_CONFIG: /* F13 */
        set_apart(world, d->side, true);
        later(world, d->us, (struct event){.kind = EV_UNDO, .proc = PROC_NONE, .a = DO_CONFIG});
        break;
    case DO_AAA_DOWN:
    case DO_AAA_FLAP:
    case DO_BGP_DOWN:
    case DO_BFD_DOWN:
        monitors(world, d, dice, left);
        break;
    case DO_ROUTER_RESTART:
        world->effects += !world->router_down;
        world->router_down = true;
        for (int side = 0; side < SIDES; side++) {
            router_lost(world, side);
            router_session(world, side, false);
            eyes(world, side);
        }
        later(world, d->us,
              (struct event){.kind = EV_UNDO, .proc = PROC_NONE, .a = DO_ROUTER_RESTART});
        break;
    case DO_LIE_STATE:
    case DO_LIE_ACKS:
        lie(world, d, dice);
        break;
    case DO_REFUSE:
        refuse(world, d, dice);
        break;
    case DO_RECONFIGURE:
        conf_disturb(world, d->side, dice);
        break;
    case DO_OPEN_MANY:
    case DO_CLOSE_ALL:
    case DO_PACKETS:
        world->effects +=
            world->opt.subscribers > 0; /* a stretch: who serves may change meanwhile */
        later(world, 0,
              (struct event){.kind = EV_BURST, .proc = PROC_NONE, .a = d->kind, .b = 100});
        break;
    case DO_SWITCHOVER:
    case DO_SWITCH_BOTH:
    case DO_SWITCH_TWICE:
    case DO_TERMINATE:
    case DO_VALIDATE:
    case DO_RESET_AAA:
    case DO_AUDIT:
        operate(world, d);
        break;
    case DO_ROT:
        rot(world, d, dice);
        break;
    default:
        break_process(world, d, dice, left);
        break_link(world, d, dice, left);
    }
}

/* Orders of an operator are no failures: a switchover in progress stays clean with them. */
static bool
is_harmless(unsigned kind)
{
    return kind == DO_SWITCHOVER || kind == DO_VALIDATE || kind == DO_PACKETS || kind == DO_NEWER ||
           kind == DO_OPEN_MANY || kind == DO_CLOSE_ALL || kind == DO_RESET_AAA || kind == DO_AUDIT;
}

/* Where a chassis is in a change of roles; if it is not, where its peer is. */
static unsigned
phase_of(struct world *world, int side)
{
    const struct cf *ours = leader(world, side), *theirs = leader(world, 1 - side);

    if (ours && ours->srp.phase != SRP_SETTLED)
        return ours->srp.phase;
    return theirs ? theirs->srp.phase : SRP_SETTLED;
}

void
disturb(struct world *world, const struct disturbance *d)
{
    struct rng dice = {.state = d->dice};
    uint64_t effects = world->effects;
    unsigned phase = phase_of(world, d->side);

    if (world->at_peace)
        return;
    say(world, d->side, "#%u %s", d->number, disturbance_name(d->kind));
    world->verdict->faults++;
    if (!is_harmless(d->kind)) {
        check_fault(world);
        check_disturbed(world);
    }
    do_it(world, d, &dice, WHOLE);
    if (world->effects != effects || d->kind == DO_SWIZZLE)
        coverage_now->faults[phase][d->kind]++;
}

/* A disturbance with a duration ends, or one that comes in waves goes on. */
void
undo(struct world *world, const struct event *e)
{
    struct rng dice = {.state = e->x};

    check_fault(world);
    check_disturbed(world);
    switch (e->a) {
    case DO_DEGRADE:
        world->net = (struct net){.delay_us = US_PER_MS, .jitter_us = 5 * US_PER_MS};
        return;
    case DO_BUS:
        bus_mend(world);
        check_cf_touched(world, EAST, true);
        check_cf_touched(world, WEST, true);
        return;
    case DO_NEWER:
        world->chassis[EAST].newer = world->chassis[WEST].newer = false;
        return;
    case DO_CONFIG:
        set_apart(world, EAST, false);
        set_apart(world, WEST, false);
        return;
    case DO_AAA_DOWN:
    case DO_BGP_DOWN:
    case DO_BFD_DOWN:
        monitors_up(world, e->a);
        return;
    case DO_ROUTER_RESTART:
        router_up(world);
        return;
    case DO_LIE_STATE:
        lies_end(world);
        return;
    case DO_REFUSE:
        refusals_end(world);
        return;
    default:
        break;
    }
    if (world->at_peace)
        return;
    for (size_t i = 0; i < world->schedule.n; i++)
        if (world->schedule.items[i].number == e->number)
            do_it(world, &world->schedule.items[i], &dice, e->b);
}

/* F16, F18, F19: disturbances that wait for a step of a change of roles. */
void
trigger(struct world *world, int side, unsigned phase)
{
    for (size_t i = 0; phase != SRP_SETTLED && i < world->schedule.n; i++) {
        const struct disturbance *d = &world->schedule.items[i];

        if (d->phase != phase || d->at_us > world->now.us || world->fired[i / 64] >> i % 64 & 1)
            continue;
        world->fired[i / 64] |= UINT64_C(1) << i % 64;
        later(world, d->delay_us,
              (struct event){.kind = EV_DISTURB,
                             .proc = PROC_NONE,
                             .side = (uint8_t)side,
                             .number = (uint32_t)i});
    }
}

/* From here on nothing is broken any more. */
void
make_peace(struct world *world)
{
    say(world, SIDES, "all faults are mended");
    play_peace(world);
    check_fault(world);
    check_disturbed(world);
    world->at_peace = true;
    world->net = (struct net){.delay_us = US_PER_MS, .jitter_us = 5 * US_PER_MS};
    router_up(world);
    bus_mend(world);
    monitors_up(world, DO_AAA_DOWN);
    monitors_up(world, DO_BGP_DOWN);
    monitors_up(world, DO_BFD_DOWN);
    lies_end(world);
    refusals_end(world);
    set_apart(world, EAST, false);
    set_apart(world, WEST, false);
    for (int side = 0; side < SIDES; side++) {
        conf_reset(world, side);
        world->control[side].cut = false;
        for (unsigned m = 0; m < MANAGERS; m++)
            world->session[side][m].cut = false;
        for (unsigned p = 0; p < PROC_SM1 + world->opt.managers; p++) {
            struct process *proc = &world->chassis[side].procs[p];

            if (proc->up && proc->paused)
                resume_process(world, side, p);
            else if (!proc->up)
                start_process(world, side, p);
        }
    }
}
