#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ckpt/ckpt_wire.h"
#include "queue.h"
#include "sim.h"

#define START_US       (1 * US_PER_S)
#define GOOD_HELLO_US  (20 * US_PER_MS) /* hellos slower than this do not count as flowing */
#define ROUTER_HOLD_US (9 * US_PER_S)
#define NET            0x7f0a0000u

enum { EAST, WEST };
enum link_kind { CONTROL, SESSION, LINKS };

/* One direction of a link. */
struct lane {
    bool cut, keeps; /* keeps: what is sent while cut arrives after it is mended */
    int64_t mended_us, last_us;
};

struct net {
    unsigned loss, twice, reorder; /* permille */
    int64_t delay_us, jitter_us;
};

struct world {
    struct sim sim;
    struct queue queue;
    struct event *held[SIDES]; /* arrived while paused */
    size_t held_n[SIDES], held_room[SIDES];
    struct lane lanes[LINKS][SIDES]; /* [link][sender] */
    struct net net;
    bool control_up;
    int64_t resume_us[SIDES];
    int64_t faults_until_us, client_until_us, end_us;
    unsigned subscribers;
    uint64_t lives;
    size_t room; /* frames are this short, so that a resync takes many */
    uint16_t credit;
    int64_t duration_us;
    uint8_t frame[CKPT_MESSAGE];
};

static const char *const names[SIDES] = {"east", "west"};

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

static void say(const struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
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

static bool
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

static int64_t
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

static void
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
    } else if (at - sim->now.us > GOOD_HELLO_US) {
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

static void
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

static void
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
        say(sim, "%s %s -> %s (%s, epoch %" PRIu64 ", modifier %u)", names[side],
            chassis_state_name(r->from), chassis_state_name(r->to), srp_reason_name(r->reason),
            c->srp.epoch, c->srp.rank.route_modifier);
        sim->verdict->takeovers += r->to == CHASSIS_PENDING_ACTIVE;
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

static void
step(struct world *world, int side, struct srp_event ev)
{
    ev.now = world->sim.now;

    struct srp_result r = srp_step(&world->sim.chassis[side].srp, &ev);

    perform(world, side, &r);
}

static void
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

static void
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
    say(&world->sim, "%s starts", names[side]);
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
        say(sim, "%s sessmgr %d %s, %" PRIu32 " sessions", names[e->side], e->manager + 1,
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

/* ---- faults ---- */

static void
set_control(struct world *world, bool up)
{
    if (world->control_up == up)
        return;
    world->control_up = up;
    say(&world->sim, "connections %s", up ? "up" : "down");
    for (int side = 0; side < SIDES; side++) {
        const struct chassis *c = &world->sim.chassis[side];

        if (c->up && c->cf_up && !c->paused)
            step(world, side, (struct srp_event){.type = SRP_EV_LINK, .up = up});
    }
}

/* Both connections are gone, and with them what was on its way. */
static void
reset_links(struct world *world)
{
    set_control(world, false);
    check_flow_broken(&world->sim, world->sim.now);
    for (size_t i = 0; i < world->queue.n; i++) {
        struct event *e = &world->queue.events[i];

        if ((e->kind == EV_HELLO || e->kind == EV_CKPT) &&
            !rng_chance(&world->sim.rng, 200)) { /* some come out of a later queue */
            e->len = 0;
        }
    }
    later(world, between(world, 100, 1000) * US_PER_MS, (struct event){.kind = EV_LINK});
}

static void
on_link(struct world *world)
{
    bool possible = true;

    for (int side = 0; side < SIDES; side++) {
        const struct chassis *c = &world->sim.chassis[side];

        possible &= c->up && c->cf_up && !c->paused && !world->lanes[CONTROL][side].cut;
    }
    if (possible)
        set_control(world, true);
    else
        later(world, 500 * US_PER_MS, (struct event){.kind = EV_LINK});
}

static void
drop_held(struct world *world, int side)
{
    for (size_t i = 0; i < world->held_n[side]; i++)
        free(world->held[side][i].payload);
    world->held_n[side] = 0;
}

static void
crash_chassis(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];

    say(sim, "FAULT %s dies", names[side]);
    c->up = c->paused = false;
    for (int m = 0; m < MANAGERS; m++) {
        check_lost(sim, side, m);
        c->managers[m].copy = ++sim->copies;
        c->managers[m].up = false;
    }
    drop_held(world, side);
    check_flow_broken(sim, sim->now);
    announce(world, side, rng_chance(&sim->rng, 500) ? 10 * US_PER_MS : ROUTER_HOLD_US, false);
    if (world->control_up && rng_chance(&sim->rng, 500))
        reset_links(world); /* its host still answers for it */
    later(world, between(world, 500, 90000) * US_PER_MS,
          (struct event){.kind = EV_RESTART, .side = (uint8_t)side, .life = c->life});
}

static void
pause_chassis(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];
    int64_t us = between(world, 50 * US_PER_MS, c->setup.dead_us * 2);

    say(sim, "FAULT %s is stopped for %" PRId64 " ms", names[side], us / US_PER_MS);
    c->paused = true;
    world->resume_us[side] = sim->now.us + us;
    check_flow_broken(sim, (mono_t){.us = world->resume_us[side]});
    if (us > ROUTER_HOLD_US)
        announce(world, side, ROUTER_HOLD_US, false);
    later(world, us, (struct event){.kind = EV_RESUME, .side = (uint8_t)side, .life = c->life});
}

static void
crash_card(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];
    int m = (int)rng_below(&sim->rng, MANAGERS);

    if (!c->managers[m].up)
        return;
    say(sim, "FAULT %s sessmgr %d dies", names[side], m + 1);
    check_lost(sim, side, m);
    c->managers[m].copy = ++sim->copies;
    c->managers[m].up = false;
    if (c->recover_left) { /* nobody waits for the dead */
        c->recover_left &= ~(1u << m);
        if (!c->recover_left && c->cf_up)
            step(world, side,
                 (struct srp_event){.type = SRP_EV_RECOVERED, .epoch = c->recover_epoch});
    }
    later(world, between(world, 10, 5000) * US_PER_MS,
          (struct event){
              .kind = EV_CARD_UP, .side = (uint8_t)side, .manager = (uint8_t)m, .life = c->life});
}

static void
crash_cf(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];
    int64_t us = between(world, 2500, 4000) * US_PER_MS;

    if (!c->cf_up)
        return;
    say(sim, "FAULT %s active CF dies", names[side]);
    c->cf_up = false;
    check_flow_broken(sim, mono_after(sim->now, us));
    if (world->control_up)
        reset_links(world);
    later(world, us, (struct event){.kind = EV_CF_UP, .side = (uint8_t)side, .life = c->life});
}

static void
cut(struct world *world)
{
    struct sim *sim = &world->sim;
    unsigned which = (unsigned)between(world, 1, 3), ways = (unsigned)between(world, 1, 3);
    bool keeps = rng_chance(&sim->rng, 500);
    int64_t us = between(world, 100 * US_PER_MS, sim->chassis[EAST].setup.dead_us * 3);

    say(sim, "FAULT cut of%s%s, %s for %" PRId64 " ms", which & 1 ? " control" : "",
        which & 2 ? " session" : "", ways == 3 ? "both ways" : "one way", us / US_PER_MS);
    for (unsigned link = 0; link < LINKS; link++) {
        for (unsigned side = 0; side < SIDES; side++) {
            struct lane *lane = &world->lanes[link][side];

            if (!(which >> link & 1) || !(ways >> side & 1))
                continue;
            *lane = (struct lane){.cut = true,
                                  .keeps = keeps && link == SESSION,
                                  .mended_us = sim->now.us + us,
                                  .last_us = lane->last_us};
            later(world, us,
                  (struct event){.kind = EV_HEAL, .link = (uint8_t)link, .side = (uint8_t)side});
        }
    }
}

static void
degrade(struct world *world)
{
    struct rng *rng = &world->sim.rng;
    bool bad = rng_chance(rng, 500);

    world->net = (struct net){
        .loss = bad ? (unsigned)rng_below(rng, 250) : 0,
        .twice = rng_chance(rng, 500) ? (unsigned)rng_below(rng, 200) : 0,
        .reorder = rng_chance(rng, 500) ? (unsigned)rng_below(rng, 300) : 0,
        .delay_us = US_PER_MS,
        .jitter_us = bad ? between(world, 1, 800) * US_PER_MS : 5 * US_PER_MS,
    };
    say(&world->sim,
        "FAULT network loses %u, doubles %u, reorders %u permille, jitter %" PRId64 " ms",
        world->net.loss, world->net.twice, world->net.reorder, world->net.jitter_us / US_PER_MS);
}

static void
on_fault(struct world *world)
{
    struct sim *sim = &world->sim;
    int side = (int)rng_below(&sim->rng, SIDES);
    bool running = sim->chassis[side].up && !sim->chassis[side].paused;

    check_fault(sim);
    sim->verdict->faults++;
    switch (rng_below(&sim->rng, 10)) {
    case 0:
    case 1:
    case 2:
        if (running)
            crash_chassis(world, side);
        break;
    case 3:
    case 4:
        if (running)
            pause_chassis(world, side);
        break;
    case 5:
    case 6:
        cut(world);
        break;
    case 7:
        if (running)
            crash_card(world, side);
        break;
    case 8:
        if (running)
            crash_cf(world, side);
        break;
    default:
        if (rng_chance(&sim->rng, 400))
            reset_links(world);
        else
            degrade(world);
    }

    int64_t next = between(world, 1, 50000) * US_PER_MS;

    if (rng_chance(&sim->rng, 200)) /* failures come in pairs */
        next /= 20;
    if (sim->now.us + next < world->faults_until_us)
        later(world, next, (struct event){.kind = EV_FAULT});
}

/* From here on nothing is broken any more. */
static void
mend(struct world *world)
{
    world->net = (struct net){.delay_us = US_PER_MS, .jitter_us = 5 * US_PER_MS};
}

/* ---- recoveries ---- */

static void
on_resume(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];

    if (!c->paused)
        return;
    say(sim, "%s goes on", names[side]);
    c->paused = false;
    for (size_t i = 0; i < world->held_n[side]; i++) {
        world->held[side][i].at_us = sim->now.us;
        queue_put(&world->queue, world->held[side][i]);
    }
    world->held_n[side] = 0;
    announce(world, side, between(world, 1, 50) * US_PER_MS, c->srp.state == CHASSIS_ACTIVE);
    if (c->cf_up)
        step(world, side, (struct srp_event){.type = SRP_EV_LINK, .up = world->control_up});
}

static void
on_restart(struct world *world, int side)
{
    start_chassis(world, side);
    announce(world, side, 10 * US_PER_MS, false); /* a new session with the router */
    step(world, side, (struct srp_event){.type = SRP_EV_TICK});
    if (world->control_up)
        step(world, side, (struct srp_event){.type = SRP_EV_LINK, .up = true});
}

static void
on_cf_up(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];
    /* The last second's changes may not have reached the standby CF. */
    bool missed = mono_between(c->shot_at, sim->now) < 5 * US_PER_S && rng_chance(&sim->rng, 200);
    struct srp_snapshot shot = missed ? c->shot_before : c->shot;

    say(sim, "%s other CF takes over", names[side]);
    c->cf_up = true;
    c->setup.cf_epoch++;
    c->setup.rank.mac[5] ^= 1;
    c->recover_left = 0;
    srp_adopt(&c->srp, &c->setup, &shot, sim->now);
    if (c->srp.recovering) {
        c->recover_epoch = c->srp.epoch;
        c->recover_left = (1u << MANAGERS) - 1;
    }
    step(world, side, (struct srp_event){.type = SRP_EV_LINK, .up = world->control_up});
    for (int m = 0; m < MANAGERS; m++) {
        struct smgr_status status;

        if (!c->managers[m].up) {
            c->recover_left &= ~(1u << m);
            continue;
        }
        order_role(world, side, m);
        smgr_status(c->managers[m].smgr, sim->now, &status);
        later(world, US_PER_MS,
              (struct event){.kind = EV_STATUS,
                             .side = (uint8_t)side,
                             .manager = (uint8_t)m,
                             .state = CHASSIS_INIT,
                             .epoch = status.epoch,
                             .life = c->life});
    }
    announce(world, side, 2 * US_PER_MS, c->srp.state == CHASSIS_ACTIVE);
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
    check_hello(sim, e->side, &ev.hello);
    if (plant(sim, PLANT_DEAF) && c->srp.state == CHASSIS_ACTIVE)
        return;
    step(world, e->side, ev);
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
