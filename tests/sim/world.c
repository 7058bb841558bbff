#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ckpt/ckpt_wire.h"
#include "world.h"

const char *const side_names[SIDES] = {"east", "west"};

static const struct {
    const char *name;
    unsigned invariant;
} plants[PLANT_N] = {
#define X(name, text, invariant) [name] = {text, invariant},
    PLANTS(X)
#undef X
};

const char *
sim_plant_name(enum plant plant)
{
    return plants[plant].name;
}

unsigned
sim_plant_invariant(enum plant plant)
{
    return plants[plant].invariant;
}

/* ---- record ---- */

void
say(const struct sim *sim, const char *format, ...)
{
    va_list args;

    if (!sim->options.verbose)
        return;
    printf("[%11.6f] ", (double)(sim->now.us - START_US) / 1e6);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

void
sim_violated(struct sim *sim, unsigned invariant, const char *format, ...)
{
    va_list args;

    if (sim->verdict->invariant)
        return;
    sim->verdict->invariant = invariant;
    sim->verdict->at = (mono_t){.us = sim->now.us - START_US};
    va_start(args, format);
    (void)vsnprintf(sim->verdict->text, sizeof sim->verdict->text, format, args);
    va_end(args);
    say(sim, "VIOLATION of %u: %s", invariant, sim->verdict->text);
}

void
note(struct sim *sim, uint64_t what)
{
    sim->verdict->hash = mix64(sim->verdict->hash ^ what ^ (uint64_t)sim->now.us << 8);
}

bool
plant(const struct sim *sim, enum plant which)
{
    return sim->options.plant == which;
}

int
sim_best(const struct sim *sim)
{
    const struct route *e = &sim->routes[EAST], *w = &sim->routes[WEST];

    if (!e->announced || !w->announced)
        return e->announced ? EAST : w->announced ? WEST : -1;
    return e->prepend <= w->prepend ? EAST : WEST;
}

int64_t
between(struct world *world, int64_t low, int64_t high)
{
    return rng_between(&world->sim.rng, low, high);
}

/* ---- the client ---- */

static void
steal_address(struct world *world, int side, int manager, struct sess *sess)
{
    struct sess_table *table = smgr_table(world->sim.chassis[side].managers[manager].smgr);
    struct sess *other = sess_at(table, 1);

    if (plant(&world->sim, PLANT_TWO_OWNERS) && other && other != sess && sess_count(table) > 5)
        sess->ue_addr = other->ue_addr;
}

static void
call(struct world *world, int side, int manager)
{
    struct sim *sim = &world->sim;
    struct smgr *smgr = sim->chassis[side].managers[manager].smgr;
    struct sess_table *table = smgr_table(smgr);
    uint64_t imsi = 1 + rng_below(&sim->rng, world->subscribers);
    struct sess *sess = sess_by_imsi(table, imsi, 5);

    if (!sess && sess_open(table, imsi, 5, 0, sim->now, &sess) == 0) {
        sess->gtp_version = 1;
        sess->create_seq = (uint32_t)++sim->verdict->opened;
        sess_changed(table, sess);
        check_opened(sim, side, manager, sess);
        steal_address(world, side, manager, sess);
    } else if (sess && rng_chance(&sim->rng, 400)) {
        check_closing(sim, side, manager, sess);
        sess_close(table, sess);
    } else if (sess) {
        sess->counters.up_packets++;
        sess_changed(table, sess);
        check_changed(sim, side, manager, sess);
    }
    note(sim, imsi << 8 | (uint64_t)manager);
    check_table(sim, side, manager);
    pump_manager(world, side, manager);
}

static void
on_client(struct world *world)
{
    struct sim *sim = &world->sim;
    int side = sim_best(sim), manager = (int)rng_below(&sim->rng, MANAGERS);
    int64_t next = between(world, 10, 1500) * US_PER_MS;

    if (side >= 0 && sim->chassis[side].up && !sim->chassis[side].paused &&
        sim->chassis[side].managers[manager].up &&
        smgr_serves(sim->chassis[side].managers[manager].smgr))
        call(world, side, manager);
    if (sim->now.us + next < world->client_until_us)
        later(world, next, (struct event){.kind = EV_CLIENT});
}

/* ---- events ---- */

static void
on_hello(struct world *world, const struct event *e)
{
    struct sim *sim = &world->sim;
    const struct chassis *c = &sim->chassis[e->side];
    struct srp_event ev = {.type = SRP_EV_HELLO};

    if (e->len != sizeof ev.hello || !c->up || !c->cf_up)
        return;
    memcpy(&ev.hello, e->payload, sizeof ev.hello);
    say(sim, "%s hears hello %" PRIu64 " of %s: %s, epoch %" PRIu64 ", modifier %u",
        side_names[e->side], ev.hello.seq, side_names[1 - e->side],
        chassis_state_name(ev.hello.state), ev.hello.epoch, ev.hello.rank.route_modifier);
    check_hello(sim, e->side, &ev.hello);
    if (plant(sim, PLANT_DEAF) && c->srp.state == CHASSIS_ACTIVE)
        return;
    step(world, e->side, ev);
}

/* Streams, and what was refused, go into the transcript; plain frames would fill it. */
static void
tell(const struct sim *sim, const struct event *e, enum ckpt_reason reason)
{
    static const char *const types[] = {
        [CKPT_OPEN] = "OPEN", [CKPT_OPEN_ACK] = "OPEN_ACK",   [CKPT_DATA] = "DATA",
        [CKPT_ACK] = "ACK",   [CKPT_HEARTBEAT] = "HEARTBEAT",
    };
    struct ckpt_msg msg;

    if (!sim->options.verbose || ckpt_decode(&msg, e->payload, e->len) != CKPT_OK)
        return;
    if (reason != CKPT_OK || msg.type == CKPT_OPEN || msg.type == CKPT_OPEN_ACK)
        say(sim, "%s sessmgr %d hears %s of stream %" PRIu32 ", epoch %" PRIu64 ": %s",
            side_names[e->side], e->manager + 1, types[msg.type], msg.ids.stream, msg.ids.epoch,
            ckpt_reason_name(reason));
}

static void
on_ckpt(struct world *world, const struct event *e)
{
    struct sim *sim = &world->sim;
    const struct chassis *c = &sim->chassis[e->side];
    const struct manager *m = &c->managers[e->manager];

    if (e->len == 0 || !c->up || !c->cf_up || !m->up)
        return;

    enum ckpt_reason reason = smgr_receive(m->smgr, sim->now, e->payload, e->len);

    tell(sim, e, reason);
    note(sim,
         (uint64_t)e->len << 32 | (uint64_t)reason << 16 | (uint64_t)e->side << 8 | e->manager);
    check_received(sim, e->side, e->manager, e->copy);
    pump_manager(world, e->side, e->manager);
}

static void
happen(struct world *world, const struct event *e)
{
    struct sim *sim = &world->sim;
    const struct chassis *c = &sim->chassis[e->side];

    if (e->life && e->life != c->life)
        return;
    switch ((enum event_kind)e->kind) {
    case EV_HELLO:
        on_hello(world, e);
        break;
    case EV_CKPT:
        on_ckpt(world, e);
        break;
    case EV_ROLE:
        if (c->up)
            on_role(world, e);
        break;
    case EV_STATUS:
        if (c->up)
            on_status(world, e);
        break;
    case EV_ROUTE:
        sim->routes[e->side] = (struct route){.announced = e->announced, .prepend = e->prepend};
        break;
    case EV_LINK:
        on_link(world);
        break;
    case EV_RESUME:
        on_resume(world, e->side);
        break;
    case EV_RESTART:
        on_restart(world, e->side);
        break;
    case EV_CARD_UP:
        if (c->up && !c->managers[e->manager].up) {
            start_manager(world, e->side, e->manager);
            order_role(world, e->side, e->manager);
        }
        break;
    case EV_CF_UP:
        if (c->up && !c->cf_up)
            on_cf_up(world, e->side);
        break;
    case EV_HEAL:
        if (sim->now.us >= world->lanes[e->link][e->side].mended_us)
            world->lanes[e->link][e->side].cut = false;
        break;
    case EV_FAULT:
        on_fault(world);
        break;
    case EV_CLIENT:
        on_client(world);
        break;
    case EV_KINDS:
        break;
    }
}

/* A stopped chassis reads nothing until it goes on. */
static bool
hold(struct world *world, const struct event *e)
{
    int side = e->side;

    if (!world->sim.chassis[side].paused || e->kind == EV_RESUME || e->kind >= EV_HEAL ||
        e->kind == EV_ROUTE || e->kind == EV_LINK)
        return false;
    if (world->held_n[side] == world->held_room[side]) {
        world->held_room[side] = world->held_room[side] ? world->held_room[side] * 2 : 64;
        world->held[side] =
            realloc(world->held[side], world->held_room[side] * sizeof *world->held[side]);
        if (!world->held[side])
            abort();
    }
    world->held[side][world->held_n[side]++] = *e;
    return true;
}

/* The earliest timer: which chassis, and which manager or -1 for its SRP. */
static mono_t
next_timer(const struct world *world, int *side, int *manager)
{
    mono_t first = MONO_NEVER;

    for (int s = 0; s < SIDES; s++) {
        const struct chassis *c = &world->sim.chassis[s];

        if (!c->up || c->paused)
            continue;
        for (int m = -1; m < MANAGERS; m++) {
            mono_t at = MONO_NEVER;

            if (m < 0 && c->cf_up)
                at = srp_deadline(&c->srp);
            else if (m >= 0 && c->managers[m].up)
                at = smgr_deadline(c->managers[m].smgr);
            if (at.us < first.us) {
                first = at;
                *side = s;
                *manager = m;
            }
        }
    }
    return first;
}

static void
run(struct world *world)
{
    struct sim *sim = &world->sim;

    while (!sim->verdict->invariant) {
        int side = 0, manager = 0;
        mono_t timer = next_timer(world, &side, &manager);
        bool by_queue = world->queue.n > 0 && world->queue.events[0].at_us <= timer.us;
        int64_t at = by_queue ? world->queue.events[0].at_us : timer.us;

        if (at >= world->end_us)
            break;
        if (sim->now.us < world->faults_until_us && at >= world->faults_until_us)
            mend(world);
        if (at > sim->now.us)
            sim->now.us = at;
        sim->verdict->steps++;
        if (by_queue) {
            struct event e = queue_take(&world->queue);

            if (hold(world, &e))
                continue;
            happen(world, &e);
            free(e.payload);
        } else if (manager < 0) {
            step(world, side, (struct srp_event){.type = SRP_EV_TICK});
        } else {
            pump_manager(world, side, manager);
        }
        check_step(sim);
    }
}

/* ---- one seed ---- */

static void
set_up_chassis(struct world *world)
{
    static const int64_t hellos_s[] = {1, 2, 5, 10};
    struct sim *sim = &world->sim;
    struct rng *rng = &sim->rng;
    int64_t hello_us = hellos_s[rng_below(rng, 4)] * US_PER_S;
    bool same_mode = rng_chance(rng, 200), same_priority = rng_chance(rng, 300);

    for (int side = 0; side < SIDES; side++) {
        struct srp_setup *setup = &sim->chassis[side].setup;
        bool second = side == WEST && !plant(sim, PLANT_TWIN);

        *setup = (struct srp_setup){
            .rank = {.mode = second && !same_mode ? SRP_BACKUP : SRP_PRIMARY,
                     .priority = second && !same_priority ? 20 : 10,
                     .mac = {2, 0, 0, 0, second ? 9 : 5, 4},
                     .addr = NET + 1 + second},
            .peer_addr = NET + 2 - second,
            .hello_us = hello_us,
            .dead_us = hello_us * 3,
            .delay_us = 0,
            .rm_threshold = 16,
            .rm_delta = 1,
        };
    }
}

void
sim_run(const struct sim_options *options, struct sim_verdict *verdict)
{
    struct world *world = calloc(1, sizeof *world);

    if (!world)
        abort();

    struct sim *sim = &world->sim;
    int64_t minutes_us = (int64_t)options->minutes * 60 * US_PER_S;

    *verdict = (struct sim_verdict){0};
    sim->options = *options;
    sim->verdict = verdict;
    sim->rng.state = mix64(options->seed + 1);
    sim->now.us = START_US;
    set_up_chassis(world);
    mend(world);
    world->control_up = true;
    world->end_us = START_US + minutes_us;
    /* Promised: converged within the longest fault, a restart and three dead intervals. */
    world->faults_until_us = world->end_us - 90 * US_PER_S - 6 * sim->chassis[EAST].setup.dead_us;
    world->client_until_us = world->end_us - 20 * US_PER_S;
    world->subscribers = (unsigned)(rng_chance(&sim->rng, 300) ? 90 : between(world, 10, 50));
    world->room = (size_t)between(world, CKPT_LEAST, 8 * CKPT_LEAST);
    world->credit = (uint16_t)between(world, 1, 8);
    world->duration_us = rng_chance(&sim->rng, 300) ? between(world, 1, 10) * US_PER_S : 0;
    world->pace_us = between(world, 10, 200) * US_PER_S;
    start_chassis(world, EAST);
    if (rng_chance(&sim->rng, 300))
        start_chassis(world, WEST);
    else
        later(world, between(world, 0, 30000) * US_PER_MS,
              (struct event){.kind = EV_RESTART, .side = WEST});
    later(world, between(world, 1, 60000) * US_PER_MS, (struct event){.kind = EV_FAULT});
    later(world, US_PER_S, (struct event){.kind = EV_CLIENT});
    run(world);
    if (!verdict->invariant)
        check_end(sim);
    for (int side = 0; side < SIDES; side++) {
        drop_held(world, side);
        free(world->held[side]);
        for (int m = 0; m < MANAGERS; m++)
            free(sim->chassis[side].managers[m].memory);
    }
    queue_fini(&world->queue);
    free(world);
}
