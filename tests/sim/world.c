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

static void
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

static void *
copy_of(const void *bytes, size_t len)
{
    void *copy = malloc(len);

    if (!copy)
        abort();
    memcpy(copy, bytes, len);
    return copy;
}

/* ---- links ---- */

void
later(struct world *world, int64_t in_us, struct event event)
{
    event.at_us = world->sim.now.us + in_us;
    queue_put(&world->queue, event);
}

/* Send from `from` to the other side; event says what arrives. Returns when it arrives,
 * INT64_MAX if it does not. */
static int64_t
transmit(struct world *world, enum link_kind link, int from, struct event event, const void *bytes,
         size_t len)
{
    struct sim *sim = &world->sim;
    struct lane *lane = &world->lanes[link][from];
    const struct net *net = &world->net;
    int64_t now = sim->now.us, at;

    if ((lane->cut && !lane->keeps) || rng_chance(&sim->rng, net->loss))
        return INT64_MAX;
    at = (lane->cut ? lane->mended_us : now) + net->delay_us + between(world, 0, net->jitter_us);
    if (at < lane->last_us && !rng_chance(&sim->rng, net->reorder))
        at = lane->last_us;
    if (at > lane->last_us)
        lane->last_us = at;
    event.side = (uint8_t)(1 - from);
    event.link = (uint8_t)link;
    event.at_us = at;
    event.len = len;
    event.payload = copy_of(bytes, len);
    queue_put(&world->queue, event);
    if (rng_chance(&sim->rng, net->twice)) {
        event.at_us = at + between(world, 0, 2 * US_PER_S);
        event.payload = copy_of(bytes, len);
        queue_put(&world->queue, event);
    }
    return at;
}

static void
send_hello(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct srp_hello hello = srp_next_hello(&sim->chassis[side].srp);
    int64_t at =
        world->control_up
            ? transmit(world, CONTROL, side, (struct event){.kind = EV_HELLO}, &hello, sizeof hello)
            : INT64_MAX;

    if (at == INT64_MAX) {
        check_fault(sim);
        check_flow_broken(sim, sim->now);
        if (world->control_up)
            check_trouble(sim, sim->now);
    } else if (at - sim->now.us > GOOD_HELLO_US) {
        check_trouble(sim, (mono_t){.us = at});
        check_flow_broken(sim, (mono_t){.us = at});
    }
}

/* The simulator's own wrong-doings on a checkpoint message, when one is planted; true if
 * the message is swallowed. */
static bool
spoil(struct world *world, int from, int manager, uint8_t *bytes, size_t len)
{
    struct sim *sim = &world->sim;
    struct ckpt_msg msg;

    if (sim->options.plant == PLANT_NONE || ckpt_decode(&msg, bytes, len) != CKPT_OK)
        return false;
    if (plant(sim, PLANT_NO_RESYNC) && msg.type == CKPT_OPEN && sim->now.us > 60 * US_PER_S)
        return true;
    if (msg.type != CKPT_DATA)
        return false;
    if (plant(sim, PLANT_EARLY_ACK) && msg.data.frame > 1) {
        uint8_t ack[64];
        struct wr wr = wr_over(ack, sizeof ack);
        struct ckpt_msg answer = {.type = CKPT_ACK, .ids = msg.ids};

        answer.ack = (struct ckpt_ack){.frame = msg.data.frame, .credit = 8};
        ckpt_encode(&wr, &answer);
        (void)transmit(world, SESSION, 1 - from,
                       (struct event){.kind = EV_CKPT,
                                      .manager = (uint8_t)manager,
                                      .copy = sim->chassis[1 - from].managers[manager].copy},
                       ack, wr_len(&wr));
        return true;
    }
    if (plant(sim, PLANT_LOST_DELETE)) {
        struct rd rd = rd_over(msg.data.records, msg.data.len);
        struct ckpt_record record;

        while (ckpt_next_record(&rd, &record))
            if (record.kind == CKPT_DELETE)
                bytes[(size_t)(rd.at - bytes) - 1] ^= 1; /* another occupant than meant */
    }
    return false;
}

static void
pump_manager(struct world *world, int side, int manager)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];
    struct manager *m = &c->managers[manager];
    size_t len;

    while ((len = smgr_next(m->smgr, sim->now, world->frame, world->room, NULL))) {
        if (!c->cf_up || !world->control_up || spoil(world, side, manager, world->frame, len))
            continue;
        (void)transmit(
            world, SESSION, side,
            (struct event){.kind = EV_CKPT, .manager = (uint8_t)manager, .copy = m->copy},
            world->frame, len);
    }
}

/* ---- inside a chassis ---- */

void
announce(struct world *world, int side, int64_t in_us, bool announced)
{
    const struct chassis *c = &world->sim.chassis[side];

    if (plant(&world->sim, PLANT_STUCK_ROUTE) && !announced && c->up)
        return;
    later(world, in_us,
          (struct event){.kind = EV_ROUTE,
                         .side = (uint8_t)side,
                         .announced = announced,
                         .prepend = c->srp.rank.route_modifier,
                         .life = c->life});
}

void
order_role(struct world *world, int side, int manager)
{
    const struct chassis *c = &world->sim.chassis[side];

    if (plant(&world->sim, PLANT_ZOMBIE) && c->srp.state != CHASSIS_ACTIVE)
        return;
    later(world, US_PER_MS,
          (struct event){.kind = EV_ROLE,
                         .side = (uint8_t)side,
                         .manager = (uint8_t)manager,
                         .state = (uint8_t)c->srp.state,
                         .epoch = c->srp.epoch,
                         .life = c->life});
}

static void
perform(struct world *world, int side, const struct srp_result *r)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];

    note(sim, (uint64_t)side << 60 | (uint64_t)r->to << 40 | r->actions);
    if (r->from != r->to) {
        say(sim, "%s %s -> %s (%s, epoch %" PRIu64 ", modifier %u)", side_names[side],
            chassis_state_name(r->from), chassis_state_name(r->to), srp_reason_name(r->reason),
            c->srp.epoch, c->srp.rank.route_modifier);
        sim->verdict->takeovers += r->to == CHASSIS_PENDING_ACTIVE;
        check_moved(sim, side, r->to);
    }
    if (r->actions & SRP_DO_ROLE) {
        for (int m = 0; m < MANAGERS; m++)
            order_role(world, side, m);
        announce(world, side, 2 * US_PER_MS, c->srp.state == CHASSIS_ACTIVE);
        c->shot_before = c->shot;
        c->shot = srp_snapshot(&c->srp);
        c->shot_at = sim->now;
    }
    if (r->actions & SRP_DO_RECOVER) {
        c->recover_epoch = c->srp.epoch;
        c->recover_left = (1u << MANAGERS) - 1;
        for (int m = 0; m < MANAGERS; m++) /* a dead card has nothing to recover */
            if (!c->managers[m].up)
                c->recover_left &= ~(1u << m);
    }
    if (r->actions & SRP_DO_HELLO)
        send_hello(world, side);
}

void
step(struct world *world, int side, struct srp_event ev)
{
    ev.now = world->sim.now;
    if (plant(&world->sim, PLANT_ENDLESS) && ev.type == SRP_EV_RECOVERED)
        return;
    if (plant(&world->sim, PLANT_ENDLESS) &&
        world->sim.chassis[side].srp.state == CHASSIS_PENDING_ACTIVE)
        world->sim.chassis[side].srp.entered = ev.now;

    struct srp_result r = srp_step(&world->sim.chassis[side].srp, &ev);

    perform(world, side, &r);
}

void
start_manager(struct world *world, int side, int manager)
{
    struct manager *m = &world->sim.chassis[side].managers[manager];
    struct smgr_setup setup = {
        .sess = {.instance = (uint8_t)(manager + 1),
                 .instances = MANAGERS,
                 .capacity = SLOTS,
                 .pool_n = 1,
                 .pools = {{.net = NET, .mask = 0xffffff00u}}},
        .incarnation = m->life = ++world->lives,
        .duration_us = world->duration_us,
        .credit = world->credit,
    };

    if (!m->memory && !(m->memory = malloc(smgr_size(&setup))))
        abort();
    m->smgr = smgr_init(m->memory, &setup);
    m->up = true;
    m->copy = ++world->sim.copies;
}

void
start_chassis(struct world *world, int side)
{
    struct chassis *c = &world->sim.chassis[side];

    c->up = c->cf_up = true;
    c->paused = false;
    c->life = ++world->lives;
    c->recover_left = 0;
    c->setup.incarnation = c->life;
    c->setup.cf_epoch = 1;
    c->setup.restart = (uint8_t)c->life;
    srp_init(&c->srp, &c->setup, world->sim.now);
    c->shot = c->shot_before = srp_snapshot(&c->srp);
    c->shot_at = world->sim.now;
    for (int m = 0; m < MANAGERS; m++)
        start_manager(world, side, m);
    say(&world->sim, "%s starts", side_names[side]);
}

static void
on_role(struct world *world, const struct event *e)
{
    static const enum smgr_role roles[CHASSIS_STATE_N] = {
        [CHASSIS_INIT] = SMGR_STANDBY,         [CHASSIS_STANDBY] = SMGR_STANDBY,
        [CHASSIS_ACTIVE] = SMGR_ACTIVE,        [CHASSIS_PENDING_ACTIVE] = SMGR_HOLD,
        [CHASSIS_PENDING_STANDBY] = SMGR_HOLD,
    };
    struct sim *sim = &world->sim;
    struct manager *m = &sim->chassis[e->side].managers[e->manager];
    uint64_t copy = m->copy;
    struct smgr_status before, after;

    if (!m->up)
        return;
    smgr_status(m->smgr, sim->now, &before);
    (void)smgr_role(m->smgr, sim->now, roles[e->state], e->epoch);
    smgr_status(m->smgr, sim->now, &after);
    if ((before.role == SMGR_STANDBY) != (after.role == SMGR_STANDBY)) {
        m->copy = ++sim->copies;
        say(sim, "%s sessmgr %d %s, %" PRIu32 " sessions", side_names[e->side], e->manager + 1,
            after.role == SMGR_STANDBY ? "stands by" : "takes over", after.sessions);
        if (after.role == SMGR_STANDBY) {
            check_standing_by(sim, e->side, e->manager);
        } else {
            sim->verdict->recovered += after.sessions;
            check_promoted(sim, e->side, e->manager, copy);
        }
        check_gone(sim, e->side, e->manager);
        check_table(sim, e->side, e->manager);
    }
    later(world, US_PER_MS,
          (struct event){.kind = EV_STATUS,
                         .side = e->side,
                         .manager = e->manager,
                         .state = e->state,
                         .epoch = after.epoch,
                         .life = e->life});
    pump_manager(world, e->side, e->manager);
}

/* A card reports: it has obeyed an order, or knows an epoch the CF does not. */
static void
on_status(struct world *world, const struct event *e)
{
    struct chassis *c = &world->sim.chassis[e->side];

    if (!c->cf_up)
        return;
    if (e->epoch > c->srp.epoch)
        step(world, e->side, (struct srp_event){.type = SRP_EV_FLOOR, .epoch = e->epoch});
    if (!c->recover_left || e->epoch != c->recover_epoch || e->state != CHASSIS_PENDING_ACTIVE)
        return;
    c->recover_left &= ~(1u << e->manager);
    if (!c->recover_left)
        step(world, e->side, (struct srp_event){.type = SRP_EV_RECOVERED, .epoch = e->epoch});
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
