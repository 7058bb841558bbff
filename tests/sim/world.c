#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "play.h"

const char *side_names[SIDES] = {"east", "west"};

/* Where a run that is at its end, or broken off by an assertion, goes on. */
static jmp_buf way_out;
static struct world *running;

void
stop_run(void)
{
    longjmp(way_out, 1);
}

/* A core's assertion is a finding like any other. The C library's own is not called. */
_Noreturn void __assert_fail(const char *expr, const char *file, unsigned line,
                             const char *function) __attribute__((used));

void
__assert_fail(const char *expr, const char *file, unsigned line, const char *function)
{
    if (!running) {
        (void)fprintf(stderr, "%s:%u: %s: %s\n", file, line, function, expr);
        abort();
    }
    violated(running, INV_CORE, "%s:%u: %s: %s", file, line, function, expr);
    stop_run();
}

#define LOOK_US (50 * US_PER_MS) /* has the audit at the end ended? */

/* ---- record ---- */

void
violated(struct world *world, enum invariant invariant, const char *format, ...)
{
    struct sim_verdict *verdict = world->verdict;
    va_list args;

    if (verdict->broken)
        return;
    verdict->broken = invariant;
    verdict->at = (mono_t){.us = world->now.us - START_US};
    va_start(args, format);
    (void)vsnprintf(verdict->text, sizeof verdict->text, format, args);
    va_end(args);
    say(world, SIDES, "VIOLATION of %s: %s", sim_invariant_name(invariant), verdict->text);
}

void
note(struct world *world, uint64_t what)
{
    world->verdict->hash = mix64(world->verdict->hash ^ what ^ (uint64_t)world->now.us << 8);
}

bool
plant(const struct world *world, enum plant which)
{
    return world->options.plant == which;
}

int64_t
between(struct world *world, int64_t low, int64_t high)
{
    return rng_between(&world->rng, low, high);
}

void
later(struct world *world, int64_t in_us, struct event event)
{
    event.at_us = world->now.us + in_us;
    queue_put(&world->queue, event);
}

bool
runs(const struct world *world, int side, unsigned proc)
{
    const struct process *p = &world->chassis[side].procs[proc];

    return p->up && !p->paused;
}

/* ---- timers ---- */

void
rearm(struct world *world, int side, unsigned proc)
{
    struct process *p = &world->chassis[side].procs[proc];

    p->due = !p->up || p->paused ? MONO_NEVER
             : proc <= PROC_CF2  ? cf_due(world, side, (int)proc)
                                 : card_due(world, side, proc);
}

static mono_t
next_timer(const struct world *world, int *side, unsigned *proc)
{
    mono_t first = MONO_NEVER;

    for (int s = 0; s < SIDES; s++) {
        for (unsigned p = 0; p < PROCS; p++) {
            mono_t due = world->chassis[s].procs[p].due;

            if (due.us < first.us) {
                first = due;
                *side = s;
                *proc = p;
            }
        }
    }
    return first;
}

static void
timer(struct world *world, int side, unsigned proc)
{
    if (proc <= PROC_CF2)
        cf_timer(world, side, (int)proc);
    else
        card_timer(world, side, proc);
    rearm(world, side, proc);
}

/* ---- events ---- */

/* A stopped process reads nothing until it goes on. */
static bool
hold(struct world *world, const struct event *e)
{
    struct process *p;

    if (e->proc == PROC_NONE)
        return false;
    p = &world->chassis[e->side].procs[e->proc];
    if (!p->paused || e->kind == EV_RESUME || e->kind == EV_START)
        return false;
    if (p->held_n == p->held_room) {
        p->held_room = p->held_room ? p->held_room * 2 : 64;
        p->held = realloc(p->held, p->held_room * sizeof *p->held);
        if (!p->held)
            abort();
    }
    p->held[p->held_n++] = *e;
    return true;
}

static void
outside(struct world *world, const struct event *e)
{
    switch ((enum event_kind)e->kind) {
    case EV_ROUTES:
    case EV_HOLD:
        router_event(world, e);
        break;
    case EV_CONNECT:
        on_connect(world);
        break;
    case EV_SESSION:
        world->conn.session_up = true;
        break;
    case EV_HEAL: {
        struct lane *lane =
            e->a < MANAGERS ? &world->session[e->side][e->a] : &world->control[e->side];

        if (world->now.us >= lane->mended_us)
            lane->cut = false;
        if (e->a < MANAGERS)
            check_stream(world, e->side, e->a);
        break;
    }
    case EV_DISTURB: {
        struct disturbance d = world->schedule.items[e->number];

        if (d.here)
            d.side = e->side;
        disturb(world, &d);
        break;
    }
    case EV_PLAY:
        play(world, e);
        break;
    case EV_UNDO:
        undo(world, e);
        break;
    case EV_CLIENT:
        on_client(world, e);
        break;
    case EV_BURST:
        on_burst(world, e);
        break;
    default:
        break;
    }
}

static void
happen(struct world *world, const struct event *e)
{
    const struct process *p;

    if (e->proc == PROC_NONE) {
        outside(world, e);
        return;
    }
    p = &world->chassis[e->side].procs[e->proc];
    if (e->kind == EV_START) {
        start_process(world, e->side, e->proc);
    } else if (e->kind == EV_RESUME) {
        if (p->up && p->paused && p->life == e->life && world->now.us >= p->resume_us)
            resume_process(world, e->side, e->proc);
    } else if (!p->up || (e->life && e->life != p->life)) {
        return; /* it died meanwhile */
    } else if (e->proc <= PROC_CF2) {
        cf_event(world, e);
    } else {
        card_event(world, e);
    }
    rearm(world, e->side, e->proc);
}

/* Of orders and reports the struct travels, whose padding is nobody's: they follow from the rest. */
static void
note_event(struct world *world, const struct event *e)
{
    bool bytes = e->kind == EV_HELLO || e->kind == EV_CF_HELLO || e->kind == EV_CKPT;
    uint64_t sum = e->len;

    for (uint32_t i = 0; bytes && i < e->len; i++)
        sum = (sum ^ e->load->bytes[i]) * UINT64_C(0x100000001b3);
    note(world, (uint64_t)e->kind << 56 | (uint64_t)e->side << 48 | (uint64_t)e->proc << 40 |
                    (uint64_t)e->a << 32 | (uint64_t)e->b << 24 | e->number);
    note(world, e->x);
    note(world, e->life);
    note(world, sum);
}

static void
run(struct world *world)
{
    while (!world->verdict->broken) {
        int side = 0;
        unsigned proc = 0;
        mono_t due = next_timer(world, &side, &proc);
        bool by_queue = world->queue.n > 0 && world->queue.events[0].at_us <= due.us;
        int64_t at = by_queue ? world->queue.events[0].at_us : due.us;

        if (at >= world->end_us) {
            world->now.us = world->end_us;
            if (!check_finale(world))
                break;
            world->end_us += LOOK_US;
            continue;
        }
        if (!world->at_peace && at >= world->peace_us) {
            world->now.us = world->peace_us;
            make_peace(world);
            continue;
        }
        if (at > world->now.us)
            world->now.us = at;
        world->verdict->steps++;
        if (by_queue) {
            struct event e = queue_take(&world->queue);

            note_event(world, &e);
            if (hold(world, &e))
                continue;
            happen(world, &e);
            block_free(&world->queue.pool, e.load);
        } else {
            note(world, (uint64_t)side << 8 | proc);
            timer(world, side, proc);
        }
        check_step(world);
    }
}

/* ---- one seed ---- */

static void
set_up_chassis(struct world *world, int side)
{
    const struct options *opt = &world->opt;

    world->chassis[side].setup = (struct srp_setup){
        .rank = {.mode = opt->mode[side],
                 .priority = opt->priority[side],
                 .higher_wins = opt->higher_wins,
                 .mac = {2, 0, 0, 0, opt->mac[side], 4},
                 .addr = NET + 1 + (unsigned)side},
        .peer_addr = NET + 2 - (unsigned)side,
        .hello_us = opt->hello_us,
        .dead_us = opt->dead_us,
        .delay_us = opt->delay_us,
        .rm_threshold = opt->rm_threshold,
        .rm_delta = opt->rm_delta,
        .options = opt->switchover,
        .ignore_dead = opt->ignore_dead,
        .standby_announce_us = opt->standby_announce_us,
        .retry_us = opt->retry_us,
        .retries = opt->retries,
    };
}

/* All memory a run needs stays for the next one: cleared, not freed. */
static struct world *
fresh_world(void)
{
    static struct world *world;
    static struct checker *checker;
    struct queue queue = {0};
    struct process procs[SIDES][PROCS] = {0};
    struct card_model cards[SIDES][PROCS] = {0};
    struct call *calls = NULL;
    size_t call_room = 0;

    if (!world) {
        world = malloc(sizeof *world);
        checker = malloc(sizeof *checker);
        if (!world || !checker)
            abort();
    } else {
        queue = world->queue;
        calls = checker->calls;
        call_room = checker->call_room;
        for (int s = 0; s < SIDES; s++) {
            for (unsigned p = 0; p < PROCS; p++) {
                procs[s][p] = world->chassis[s].procs[p];
                cards[s][p] = world->chassis[s].cards[p];
            }
        }
    }
    memset(world, 0, sizeof *world);
    memset(checker, 0, sizeof *checker);
    queue_clear(&queue);
    world->queue = queue;
    world->checker = checker;
    checker->calls = calls;
    checker->call_room = call_room;
    for (int s = 0; s < SIDES; s++) {
        for (unsigned p = 0; p < PROCS; p++) {
            world->chassis[s].procs[p] = (struct process){
                .due = MONO_NEVER, .held = procs[s][p].held, .held_room = procs[s][p].held_room};
            world->chassis[s].cards[p].memory = cards[s][p].memory;
            world->chassis[s].cards[p].memory_size = cards[s][p].memory_size;
            free(cards[s][p].index_memory);
        }
    }
    return world;
}

static int64_t
peace_at(const struct sim_options *options, const struct options *opt)
{
    if (options->scenario)
        return play_peace_us(options->scenario);
    return START_US + (int64_t)options->minutes * 60 * US_PER_S - convergence_us(opt);
}

void
sim_schedule(const struct sim_options *options, struct schedule *schedule)
{
    struct options opt;

    options_make(&opt, options->seed, options->plant);
    schedule_make(schedule, &opt, options->seed, peace_at(options, &opt));
}

static void
expand(struct world *world, const struct sim_options *options)
{
    if (options->scenario)
        play_options(&world->opt, options->scenario);
    else
        options_make(&world->opt, options->seed, options->plant);
    world->peace_us = peace_at(options, &world->opt);
    world->end_us = world->peace_us + convergence_us(&world->opt);
    if (options->use)
        world->schedule = *options->use;
    else if (options->scenario)
        play_schedule(&world->schedule, options->scenario);
    else
        schedule_make(&world->schedule, &world->opt, options->seed, world->peace_us);
}

void
start_both(struct world *world)
{
    int first = world->opt.west_first ? WEST : EAST;

    start_chassis(world, first);
    if (world->opt.stagger_us == 0) {
        start_chassis(world, 1 - first);
        return;
    }
    for (uint8_t p = 0; p < PROC_SM1 + world->opt.managers; p++)
        later(world, world->opt.stagger_us,
              (struct event){.kind = EV_START, .side = (uint8_t)(1 - first), .proc = p});
}

static void
set_up(struct world *world, const struct sim_options *options, struct sim_verdict *verdict)
{
    *verdict = (struct sim_verdict){0};
    world->options = *options;
    world->verdict = verdict;
    world->rng.state = mix64(options->seed + 1);
    world->now.us = START_US;
    expand(world, options);
    for (int side = 0; side < SIDES; side++)
        set_up_chassis(world, side);
    for (int side = 0; side < SIDES; side++)
        conf_reset(world, side);
    plant_setup(world);
    world->net = (struct net){.delay_us = US_PER_MS, .jitter_us = 5 * US_PER_MS};
    world->client_until_us = world->end_us - 25 * US_PER_S;
    verdict->schedule = world->schedule;
    check_init(world);
    router_init(world);
    for (size_t i = 0; i < world->schedule.n; i++) {
        const struct disturbance *d = &world->schedule.items[i];

        if (d->phase == SRP_SETTLED)
            queue_put(&world->queue, (struct event){.at_us = d->at_us,
                                                    .kind = EV_DISTURB,
                                                    .proc = PROC_NONE,
                                                    .number = (uint32_t)i});
    }
    if (options->scenario)
        play_setup(world);
    else
        start_both(world);
    later(world, US_PER_S, (struct event){.kind = EV_CLIENT, .proc = PROC_NONE});
    later(world, connect_retry_us(world), (struct event){.kind = EV_CONNECT, .proc = PROC_NONE});
}

void
sim_run(const struct sim_options *options, struct sim_verdict *verdict)
{
    struct world *volatile world = fresh_world();

    running = world;
    if (setjmp(way_out) == 0) {
        set_up(world, options, verdict);
        run(world);
    }
    running = NULL;
    for (int side = 0; side < SIDES; side++) {
        for (unsigned c = 0; c < 2; c++)
            coverage_srp(&world->chassis[side].cfs[c].srp);
        for (unsigned p = 0; p < PROCS; p++)
            drop_held(world, side, p);
    }
}
