/* A scenario is played: its settings are the options, its steps are done at their times. */
#include <string.h>

#include "check.h"
#include "play.h"

#define SLACK_US   (4 * US_PER_S) /* a lab's last change of state may come that late here */
#define DAY_US     (24 * 3600 * US_PER_S)
#define STUTTER_US (250 * US_PER_MS) /* it runs for a part of each of these */

/* ---- what both chassis are ------------------------------------------------------------------- */

bool
play_is_lab(const struct scenario *s)
{
    return s->chassis[EAST].begins != BEGINS_ON;
}

/* A chassis that begins settled needs time to get there. */
int64_t
play_warm_us(const struct scenario *s)
{
    bool settled =
        s->chassis[EAST].begins >= BEGINS_ACTIVE || s->chassis[WEST].begins >= BEGINS_ACTIVE;

    return settled ? 40 * US_PER_S + 4 * s->dead_us + 2 * s->delay_us +
                         (s->ready_beats - 1) * CKPT_BEAT_US
                   : 0;
}

void
play_options(struct options *o, const struct scenario *s)
{
    *o = (struct options){
        .hello_us = s->hello_us,
        .dead_us = s->dead_us,
        .delay_us = s->delay_us,
        .higher_wins = s->higher_wins,
        .rm_threshold = (uint8_t)s->rm_threshold,
        .rm_delta = (uint8_t)s->rm_delta,
        .switchover = (uint8_t)s->switchover,
        .ignore_dead = s->ignore_dead,
        .standby_announce_us = s->standby_announce_us,
        .retry_us = s->retry_us,
        .retries = (uint8_t)s->retries,
        .duration_us = s->duration_us,
        .credit = (uint16_t)s->credit,
        .ready_beats = (uint8_t)s->ready_beats,
        .nack = {[CKPT_MACRO] = s->nack_macro, [CKPT_MICRO] = s->nack_micro},
        .nack_most = (uint16_t)s->nack_most,
        .nack_disabled = (uint8_t)s->nack_disabled,
        .nack_window_us = s->nack_window_us,
        .room = (size_t)s->room,
        .managers = (unsigned)s->managers,
        .subscribers = (unsigned)s->subscribers,
        .volte = (unsigned)s->volte,
        .client_us = s->client_us,
        .router_us = s->router_us,
        .aaa_n = (uint8_t)s->aaa_n,
        .bgp_n = (uint8_t)s->bgp_n,
        .bfd_n = (uint8_t)s->bfd_n,
        .bgp_grouped = s->bgp_grouped,
        .guard_switch = {s->guard_switch_us, s->damping_switch_us},
        .guard_failure = {s->guard_failure_us, s->damping_failure_us},
        .probe_us = s->probe_us,
        .stagger_us = s->stagger_us,
        .west_first = s->west_first,
        .audit_daily = s->audit_daily,
        .audit_start_min = (uint32_t)s->audit_start_min,
        .audit_period_min = (uint32_t)s->audit_period_min,
        .wall_us = s->wall_us,
    };
    if (play_is_lab(s)) /* the time of day as it begins, and not as the world does */
        o->wall_us += DAY_US - (START_US + play_warm_us(s)) % DAY_US;
    for (int side = 0; side < SIDES; side++) {
        o->mode[side] = s->chassis[side].primary ? SRP_PRIMARY : SRP_BACKUP;
        o->priority[side] = s->chassis[side].priority;
        o->mac[side] = s->chassis[side].mac[4];
        o->lz4[side] = s->chassis[side].lz4;
    }
}

int64_t
play_peace_us(const struct scenario *s)
{
    return START_US + play_warm_us(s) + s->length_us +
           (play_is_lab(s) ? SLACK_US + s->hello_us : 0);
}

/* ---- disturbances of the simulator's own ------------------------------------------------------ */

static uint8_t
named(const char *name, const char *(*name_of)(unsigned), unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(name_of(i), name) == 0)
            return (uint8_t)i;
    return (uint8_t)n;
}

static const char *
phase_name(unsigned phase)
{
    return srp_phase_name((enum srp_phase)phase);
}

/* False for a step whose kind or phase is none. */
static bool
disturbance_of(const struct scenario_step *step, struct disturbance *d)
{
    *d = (struct disturbance){
        .number = step->own.number,
        .kind = named(step->own.kind, disturbance_name, DISTURBANCE_N),
        .side = step->side,
        .proc = step->own.proc,
        .phase = named(step->own.phase, phase_name, SRP_PHASE_N),
        .here = step->own.here,
        .at_us = START_US + step->at_us,
        .delay_us = step->own.delay_us,
        .us = step->for_us,
        .dice = step->own.dice,
    };
    return d->kind < DISTURBANCE_N && d->phase < SRP_PHASE_N;
}

bool
play_knows(const struct scenario_step *step)
{
    struct disturbance d;

    return step->deed != DEED_DISTURB || disturbance_of(step, &d);
}

void
play_schedule(struct schedule *schedule, const struct scenario *s)
{
    schedule->n = 0;
    for (size_t i = 0; i < s->step_n; i++)
        if (s->steps[i].deed == DEED_DISTURB && schedule->n < SCHEDULE_MOST &&
            disturbance_of(&s->steps[i], &schedule->items[schedule->n]))
            schedule->items[schedule->n++].at_us += play_warm_us(s);
}

/* ---- beginning ------------------------------------------------------------------------------------ */

static void
begin_step(struct world *world, size_t i, int64_t at_us)
{
    queue_put(&world->queue, (struct event){.at_us = at_us,
                                            .kind = EV_PLAY,
                                            .proc = PROC_NONE,
                                            .b = PLAY_BEGINS,
                                            .number = (uint32_t)i});
}

/* First the one that is to be Active; the other one finds it so. */
static void
begin_settled(struct world *world, const struct scenario *s)
{
    for (int side = 0; side < SIDES; side++) {
        if (s->chassis[side].begins == BEGINS_ACTIVE)
            start_chassis(world, side);
        for (uint8_t p = 0;
             s->chassis[side].begins == BEGINS_STANDBY && p < PROC_SM1 + world->opt.managers; p++)
            later(world, 2 * s->dead_us + s->delay_us + 5 * US_PER_S,
                  (struct event){.kind = EV_START, .side = (uint8_t)side, .proc = p});
    }
}

void
play_setup(struct world *world)
{
    const struct scenario *s = world->options.scenario;

    for (int side = 0; side < SIDES; side++)
        memcpy(world->chassis[side].setup.rank.mac, s->chassis[side].mac, 6);
    for (size_t i = 0; i < s->step_n; i++)
        if (s->steps[i].deed != DEED_DISTURB && s->steps[i].deed != DEED_OTHER)
            begin_step(world, i, START_US + play_warm_us(s) + s->steps[i].at_us);
    begin_settled(world, s);
    if (s->chassis[EAST].begins == BEGINS_ON)
        start_both(world);
}

/* ---- links -------------------------------------------------------------------------------------------- */

/* Every lane that a step means: its link, one way or both. */
static void
each_lane(struct world *world, const struct scenario_step *step,
          void (*act)(struct world *, const struct scenario_step *, int side, unsigned which))
{
    for (int side = 0; side < SIDES; side++) {
        if (step->side < SIDES && step->side != side)
            continue;
        if (step->links & SCENARIO_CONTROL)
            act(world, step, side, LANE_CONTROL);
        for (unsigned m = 0; step->links & SCENARIO_SESSION && m < world->opt.managers; m++)
            act(world, step, side, m);
    }
}

static void
cut_one(struct world *world, const struct scenario_step *step, int side, unsigned which)
{
    cut_lane(world, side, which, step->for_us, false);
}

static bool
is_bad_net(const struct scenario_step *step)
{
    return step->deed >= DEED_DELAY && step->deed <= DEED_CORRUPT;
}

static void
spoil_one(struct world *world, const struct scenario_step *step, int side, unsigned which)
{
    struct lane *lane =
        which == LANE_CONTROL ? &world->control[side] : &world->session[side][which];

    if (!lane->hit)
        lane->net = world->net;
    lane->hit = true;
    if (step->deed == DEED_DELAY)
        lane->net.delay_us += step->amount;
    else if (step->deed == DEED_JITTER)
        lane->net.jitter_us += step->amount;
    else if (step->deed == DEED_DROP)
        lane->net.loss = (unsigned)step->amount;
    else if (step->deed == DEED_DUPLICATE)
        lane->net.twice = (unsigned)step->amount;
    else if (step->deed == DEED_REORDER)
        lane->net.reorder = (unsigned)step->amount;
    else
        lane->net.spoil = (unsigned)step->amount;
}

static void
lanes_good(struct world *world)
{
    for (int side = 0; side < SIDES; side++) {
        world->control[side].hit = false;
        for (unsigned m = 0; m < MANAGERS; m++)
            world->session[side][m].hit = false;
    }
}

/* As bad as all steps say that are in force now. */
static void
links_as_told(struct world *world)
{
    const struct scenario *s = world->options.scenario;
    int64_t now = world->now.us - START_US - play_warm_us(s);

    lanes_good(world);
    for (size_t i = 0; i < s->step_n; i++) {
        const struct scenario_step *step = &s->steps[i];

        if (is_bad_net(step) && step->at_us <= now && now < step->at_us + step->for_us)
            each_lane(world, step, spoil_one);
    }
}

static void
play_link(struct world *world, const struct scenario_step *step, size_t number)
{
    struct rng dice = {.state = mix64(number)};

    world->effects++;
    switch ((enum scenario_deed)step->deed) {
    case DEED_CUT:
        check_trouble(world, mono_after(world->now, step->for_us));
        each_lane(world, step, cut_one);
        break;
    case DEED_RESET:
        check_trouble(world, mono_after(world->now, 2 * US_PER_S));
        if (step->links & SCENARIO_CONTROL)
            connections_down(world, -1);
        else
            session_down(world, 500 * US_PER_MS);
        break;
    case DEED_REPLAY:
        replay(world, &dice);
        break;
    default:
        check_trouble(world, mono_after(world->now, step->for_us));
        links_as_told(world);
        for (int side = 0; side < SIDES; side++)
            for (int m = 0; m < (int)world->opt.managers; m++)
                check_stream(world, side, m);
    }
}

/* ---- processes ------------------------------------------------------------------------------------------ */

static void
stop_cards(struct world *world, const struct scenario_step *step, int64_t us)
{
    for (unsigned p = 0; p < PROC_SM1 + world->opt.managers; p++)
        if (step->card == p || step->card == SCENARIO_ALL)
            stop_process(world, step->side, p, us);
    if (step->card == SCENARIO_ALL)
        eyes(world, 1 - step->side);
}

static void
play_process(struct world *world, const struct scenario_step *step)
{
    bool all = step->card == SCENARIO_ALL;

    switch ((enum scenario_deed)step->deed) {
    case DEED_START:
        if (all)
            start_chassis(world, step->side);
        else
            start_process(world, step->side, step->card);
        break;
    case DEED_KILL:
        if (all)
            kill_chassis(world, step->side, NULL);
        else
            kill_process(world, step->side, step->card, -1);
        break;
    case DEED_CARD_SWITCH:
        cf_yield(world, step->side, step->card <= SCENARIO_CF2 ? step->card : 0);
        break;
    default:
        stop_cards(world, step,
                   step->deed == DEED_STUTTER ? STUTTER_US * (1000 - step->amount) / 1000
                                              : step->for_us);
    }
}

/* ---- the world around ----------------------------------------------------------------------------------- */

static void
play_monitor(struct world *world, const struct scenario_step *step, bool down)
{
    struct chassis *c = &world->chassis[step->side];
    size_t i = (size_t)step->amount - 1;
    bool routed = false;

    world->effects++;
    if (step->deed == DEED_AAA)
        c->aaa_down[i] = down;
    else if (step->deed == DEED_BGP)
        c->bgp_down[i] = down;
    else
        c->bfd_down = down;
    for (uint8_t t = 0; t < world->opt.bgp_n; t++)
        routed |= !c->bgp_down[t];
    if (step->deed == DEED_BGP && down && !routed)
        router_lost(world, step->side);
    eyes(world, step->side);
}

static void
play_step(struct world *world, size_t number, bool begins)
{
    const struct scenario_step *step = &world->options.scenario->steps[number];

    switch ((enum scenario_deed)step->deed) {
    case DEED_SWITCHOVER:
        operate_switchover(world, step->side,
                           (struct srp_event){.type = SRP_EV_SWITCHOVER,
                                              .force = step->force,
                                              .timeout_us = SRP_TIMEOUT_US,
                                              .post_us = SRP_POST_TIMEOUT_US});
        break;
    case DEED_APART:
        set_apart(world, EAST, begins);
        break;
    case DEED_AAA:
    case DEED_BGP:
    case DEED_BFD:
        play_monitor(world, step, begins);
        break;
    case DEED_BFD_CHASSIS:
        world->effects++;
        world->chassis[EAST].peer_bfd_down = begins;
        eyes(world, EAST);
        eyes(world, WEST);
        break;
    default:
        if (!begins)
            links_as_told(world);
        else if (step->deed >= DEED_CUT && step->deed <= DEED_REPLAY)
            play_link(world, step, number);
        else
            play_process(world, step);
    }
}

static bool
has_end(const struct scenario_step *step)
{
    return is_bad_net(step) || (step->deed >= DEED_APART && step->deed <= DEED_BFD_CHASSIS);
}

/* What comes next of a step: its end, or the next stop of a stutter. */
static void
next_turn(struct world *world, const struct scenario_step *step, const struct event *e)
{
    int64_t end_us = START_US + play_warm_us(world->options.scenario) + step->at_us + step->for_us;
    struct event next = {.kind = EV_PLAY, .proc = PROC_NONE, .number = e->number};

    if (step->deed == DEED_STUTTER) {
        next.b = PLAY_AGAIN;
        if (world->now.us + STUTTER_US < end_us)
            later(world, STUTTER_US, next);
    } else if (has_end(step) && e->b == PLAY_BEGINS) {
        next.b = PLAY_ENDS;
        later(world, end_us - world->now.us, next);
    }
}

void
play(struct world *world, const struct event *e)
{
    const struct scenario_step *step = &world->options.scenario->steps[e->number];

    if (world->at_peace)
        return;
    say(world, step->side, "step %u %s%s", (unsigned)e->number + 1, scenario_deed_name(step->deed),
        e->b == PLAY_ENDS ? " ends" : "");
    world->verdict->faults += e->b == PLAY_BEGINS;
    if (step->deed != DEED_SWITCHOVER) {
        check_fault(world);
        check_disturbed(world);
    }
    play_step(world, e->number, e->b != PLAY_ENDS);
    next_turn(world, step, e);
}

void
play_peace(struct world *world)
{
    lanes_good(world);
}

/* ---- what the chassis do ----------------------------------------------------------------------------------- */

void
play_state(struct world *world, int side, const struct srp_result *r, uint64_t epoch)
{
    struct sim_played *played = world->options.played;
    const struct scenario *s = world->options.scenario;
    int64_t at = world->now.us - START_US - (s ? play_warm_us(s) : 0);

    if (!played || at < 0 || world->at_peace || played->n == SCENARIO_STATES)
        return;
    played->states[played->n++] = (struct scenario_state){.at_us = at,
                                                          .side = (uint8_t)side,
                                                          .state = (uint8_t)r->to,
                                                          .reason = (uint8_t)r->reason,
                                                          .epoch = epoch};
}
