#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/ckpt/ckpt_wire.h"
#include "world.h"

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

void
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

void
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
void
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
