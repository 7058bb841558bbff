/* What lies between the chassis: SRP control and SRP session connection. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cf/srp/srp_wire.h"
#include "check.h"
#include "common/ckpt/ckpt_wire.h"
#include "play.h"

static void
tape(struct world *world, const struct event *event)
{
    struct tape *t = &world->tape;
    struct event *kept = &t->events[t->n++ % TAPES];

    block_free(&world->queue.pool, kept->load);
    *kept = *event;
    kept->life = 0;
    kept->load = block_of(&world->queue.pool, event->load->bytes, event->len);
}

/* F10: the first part of a message; 0: it could be taken for a whole one. Flipped bits never
 * arrive: CURVE and the compression below have checksums, and the decoders are fuzzed. */
static size_t
cut_short(struct world *world, uint8_t kind, const void *bytes, size_t len)
{
    size_t less = (size_t)between(world, 0, (int64_t)len - 1);
    struct ckpt_msg msg;

    if (kind == EV_HELLO && world->chassis[EAST].newer + world->chassis[WEST].newer > 0)
        return 0; /* fields that nobody knows may go */
    return kind == EV_CKPT && ckpt_decode(&msg, bytes, less) == CKPT_OK ? 0 : less;
}

/* Send to the other side; event says to whom. Returns when it arrives, INT64_MAX if it
 * does not. */
static int64_t
transmit(struct world *world, struct lane *lane, struct event event, const void *bytes, size_t len)
{
    const struct net *net = lane->hit ? &lane->net : &world->net;
    int64_t now = world->now.us, at;

    if ((lane->cut && !lane->keeps) || (net->loss && rng_chance(&world->rng, net->loss)))
        return INT64_MAX;
    at = (lane->cut ? lane->mended_us : now) + net->delay_us + between(world, 0, net->jitter_us);
    if (at < lane->last_us && !(net->reorder && rng_chance(&world->rng, net->reorder)))
        at = lane->last_us;
    if (at > lane->last_us)
        lane->last_us = at;
    if (net->spoil && rng_chance(&world->rng, net->spoil)) {
        len = cut_short(world, event.kind, bytes, len);
        event.spoilt = true;
        if (len == 0)
            return INT64_MAX;
    }
    event.at_us = at;
    event.len = (uint32_t)len;
    event.load = block_of(&world->queue.pool, bytes, len);
    if (rng_chance(&world->rng, 30))
        tape(world, &event);
    queue_put(&world->queue, event);
    if (net->twice && rng_chance(&world->rng, net->twice)) {
        event.at_us = at + between(world, 0, 2 * US_PER_S);
        event.load = block_of(&world->queue.pool, bytes, len);
        queue_put(&world->queue, event);
    }
    return event.spoilt ? INT64_MAX : at;
}

/* ---- control ---- */

static void
lie_in(struct world *world, int side, struct srp_hello *hello)
{
    switch (world->lie[side]) {
    case LIE_STATE_ACTIVE:
        hello->state = CHASSIS_ACTIVE;
        hello->phase = SRP_SETTLED;
        break;
    case LIE_STATE_STANDBY:
        hello->state = CHASSIS_STANDBY;
        hello->phase = SRP_SETTLED;
        break;
    case LIE_PENDING:
        hello->state = CHASSIS_PENDING_ACTIVE;
        hello->phase = SRP_RECOVER;
        break;
    case LIE_DEAF:
        hello->heard_seq = 0;
        break;
    case LIE_READY:
        hello->sessmgrs_ready = hello->sessmgrs;
        break;
    case LIE_EPOCH:
        hello->epoch += (uint64_t)between(world, 1, 6);
        break;
    case LIE_RANK:
        hello->rank.priority = (uint8_t)between(world, 0, UINT8_MAX);
        hello->rank.route_modifier = (uint8_t)between(world, 1, 40);
        break;
    case LIE_ANSWER:
        hello->answer = (uint8_t)between(world, SRP_READY, SRP_REFUSAL_N - 1);
        hello->validated = hello->answer;
        break;
    case LIE_IDS:
        hello->answer_id = (uint32_t)between(world, 0, 300);
        hello->switch_id += (uint32_t)between(world, 0, 300);
        break;
    default:
        break;
    }
}

void
send_hello(struct world *world, int side, int cf)
{
    struct chassis *c = &world->chassis[side];
    struct connection *conn = &world->conn;
    unsigned to = conn->cf[1 - side];
    uint8_t bytes[SRP_HELLO_MOST + 8];
    struct wr wr = wr_over(bytes, sizeof bytes);
    struct srp_hello hello;
    int64_t at;

    if (!c->cfs[cf].srp.link_up) { /* as far as this end knows */
        check_flow_broken(world, world->now);
        return;
    }
    hello = srp_next_hello(&c->cfs[cf].srp);
    lie_in(world, side, &hello);
    if (world->lie[side] != LIE_NONE)
        check_lie(world, side, &hello);
    say(world, side, "  hello %" PRIu64 " (echo %" PRIu64 ") %s %s", hello.seq, hello.heard_seq,
        chassis_state_name(hello.state), srp_phase_name(hello.phase));
    if (c->newer)
        (void)snprintf(hello.version, sizeof hello.version, "a later one");
    srp_hello_put(&wr, &hello);
    for (unsigned i = 0; c->newer && i < 5; i++)
        wr_u8(&wr, 0xa5); /* fields appended since */
    at = conn->up && conn->life[side] == c->procs[cf].life
             ? transmit(world, &world->control[side],
                        (struct event){.kind = EV_HELLO,
                                       .side = (uint8_t)(1 - side),
                                       .proc = (uint8_t)to,
                                       .x = c->cfs[cf].lead_no,
                                       .life = conn->life[1 - side]},
                        bytes, wr_len(&wr))
             : INT64_MAX;
    if (at == INT64_MAX) {
        check_flow_broken(world, world->now);
        if (conn->up)
            check_trouble(world, world->now);
    } else if (at - world->now.us > GOOD_HELLO_US) {
        check_trouble(world, (mono_t){.us = at});
        check_flow_broken(world, (mono_t){.us = at});
    }
}

static void
tell_link(struct world *world, int side, bool up, int64_t in_us)
{
    int cf = lead_of(world, side);

    if (cf >= 0)
        later(world, in_us,
              (struct event){.kind = EV_LINK,
                             .side = (uint8_t)side,
                             .proc = (uint8_t)cf,
                             .a = up,
                             .x = world->conn.number,
                             .life = world->chassis[side].procs[cf].life});
}

/* cf/srp/relay.c tells each session manager, if its CF is there to see the end. Of one that is
 * half open it learns late, or never if another one comes first. */
static void
tell_closed(struct world *world, int side, int64_t in_us)
{
    struct connection *conn = &world->conn;
    const struct chassis *c = &world->chassis[side];
    unsigned cf = conn->cf[side];

    if (!runs(world, side, cf) || c->procs[cf].life != conn->life[side] || !c->cfs[cf].leading)
        return;
    for (unsigned m = 0; m < world->opt.managers; m++)
        later(world, in_us + BUS_US,
              (struct event){.kind = EV_CLOSED,
                             .side = (uint8_t)side,
                             .proc = (uint8_t)(PROC_SM1 + m),
                             .x = in_us > 0 ? conn->number : 0,
                             .life = c->procs[PROC_SM1 + m].life});
}

void
tell_peer_closed(struct world *world, int side, int manager, int64_t in_us)
{
    unsigned proc = PROC_SM1 + (unsigned)manager;

    if (!world->conn.session_up || world->session[side][manager].cut)
        return;
    later(world, in_us + world->net.delay_us + BUS_US,
          (struct event){.kind = EV_CLOSED,
                         .side = (uint8_t)(1 - side),
                         .proc = (uint8_t)proc,
                         .life = world->chassis[1 - side].procs[proc].life});
}

/* A stream is tried anew in each connection: what was in flight is lost, and sent after that. */
static void
sessions_cut(struct world *world)
{
    for (int side = 0; side < SIDES; side++)
        for (int m = 0; m < MANAGERS; m++)
            check_stream(world, side, m);
}

/* Both connections end, and with them what was on its way. */
void
connections_down(struct world *world, int half_open_side)
{
    if (!world->conn.up)
        return;
    world->effects++;
    say(world, SIDES, "connections down");
    world->conn.up = world->conn.session_up = false;
    check_flow_broken(world, world->now);
    sessions_cut(world);
    for (int side = 0; side < SIDES; side++) {
        int64_t in_us = side == half_open_side ? between(world, 1, 5000) * US_PER_MS : 0;

        tell_link(world, side, false, in_us);
        tell_closed(world, side, in_us);
    }
    for (size_t i = 0; i < world->queue.n; i++) {
        struct event *e = &world->queue.events[i];

        if ((e->kind == EV_HELLO || e->kind == EV_CKPT) &&
            !rng_chance(&world->rng, 200)) /* some come out of a later queue */
            e->life = UINT64_MAX;
    }
    later(world, between(world, 100, 1000) * US_PER_MS,
          (struct event){.kind = EV_CONNECT, .proc = PROC_NONE});
}

void
session_down(struct world *world, int64_t us)
{
    world->effects += world->conn.session_up;
    world->conn.session_up = false;
    sessions_cut(world);
    for (int side = 0; side < SIDES; side++)
        tell_closed(world, side, 0);
    later(world, us, (struct event){.kind = EV_SESSION, .proc = PROC_NONE});
}

/* A lab's processes try more often than the seeds were made with. */
int64_t
connect_retry_us(const struct world *world)
{
    return world->options.scenario && play_is_lab(world->options.scenario) ? 50 * US_PER_MS
                                                                           : 500 * US_PER_MS;
}

/* The active CFs find each other, if both run and nothing is cut. */
void
on_connect(struct world *world)
{
    struct connection *conn = &world->conn;

    if (conn->up)
        return;
    for (int side = 0; side < SIDES; side++) {
        if (!leader(world, side) || world->control[side].cut) {
            later(world, connect_retry_us(world),
                  (struct event){.kind = EV_CONNECT, .proc = PROC_NONE});
            return;
        }
    }
    conn->up = conn->session_up = true;
    conn->number++;
    for (int side = 0; side < SIDES; side++) {
        conn->cf[side] = (uint8_t)lead_of(world, side);
        conn->life[side] = world->chassis[side].procs[conn->cf[side]].life;
    }
    say(world, SIDES, "connections up");
    for (int side = 0; side < SIDES; side++)
        tell_link(world, side, true, 0);
}

/* ---- session ---- */

/* A lying or a planted session manager acknowledges what it never applied. */
static void
acknowledge(struct world *world, int from, int manager, const struct ckpt_msg *msg)
{
    uint8_t ack[64];
    struct wr wr = wr_over(ack, sizeof ack);
    struct ckpt_msg answer = {.type = CKPT_ACK, .ids = msg->ids};
    const struct chassis *c = &world->chassis[from];

    answer.ack = (struct ckpt_ack){
        .frame = msg->data.frame, .flags = CKPT_FLAG_READY, .credit = world->opt.credit};
    ckpt_encode(&wr, &answer);
    (void)transmit(world, &world->session[1 - from][manager],
                   (struct event){.kind = EV_CKPT,
                                  .side = (uint8_t)from,
                                  .proc = (uint8_t)(PROC_SM1 + manager),
                                  .life = c->procs[PROC_SM1 + manager].life,
                                  .x = world->chassis[1 - from].cards[PROC_SM1 + manager].copy},
                   ack, wr_len(&wr));
}

/* A round that begins in a stream gets no further, as far as its sender hears. */
static void
stick(struct world *world, int from, int manager, uint8_t *bytes, const struct ckpt_msg *msg)
{
    uint64_t *sender = &world->stuck[from][manager], stuck = world->stuck[1 - from][manager];
    struct ckpt_record record;

    if (msg->type == CKPT_DATA) {
        struct rd rd = rd_over(msg->data.records, msg->data.len);

        if (*sender >= msg->data.frame)
            *sender = 0;
        if (msg->data.frame > 1 && *sender == 0 && ckpt_next_record(&rd, &record) &&
            record.kind == CKPT_RESYNC_BEGIN)
            *sender = msg->data.frame - 1;
    } else if (msg->type == CKPT_ACK && stuck > 0 && msg->ack.frame > stuck) {
        struct wr wr = wr_over(bytes + CKPT_HEADER, 8);

        wr_u64(&wr, stuck);
    }
}

/* Wrong-doings on a checkpoint message; true if it is swallowed. */
static bool
spoil(struct world *world, int from, int manager, uint8_t *bytes, size_t len)
{
    struct ckpt_msg msg;
    bool lies = world->lie_acks[1 - from] >> manager & 1;

    if ((world->options.plant == PLANT_NONE && !lies) || ckpt_decode(&msg, bytes, len) != CKPT_OK)
        return false;
    if (plant(world, PLANT_NO_RESYNC) && msg.type == CKPT_OPEN && world->now.us > 60 * US_PER_S)
        return true;
    if (plant(world, PLANT_SLEEPY_STANDBY) && msg.type == CKPT_OPEN_ACK &&
        world->now.us > 60 * US_PER_S)
        return true;
    if (plant(world, PLANT_STUCK_RESYNC))
        stick(world, from, manager, bytes, &msg);
    if (msg.type != CKPT_DATA)
        return false;
    if (plant(world, PLANT_LOST_PART) || plant(world, PLANT_OLD_PART))
        plant_parts(world, bytes, &msg);
    if (plant(world, PLANT_OPEN_ROUND))
        plant_rounds(bytes, &msg);
    if (plant(world, PLANT_ONE_BASE))
        plant_bases(bytes, &msg);
    if (lies || (plant(world, PLANT_EARLY_ACK) && msg.data.frame > 1)) {
        acknowledge(world, from, manager, &msg);
        return true;
    }
    if (plant(world, PLANT_LOST_DELETE)) {
        struct rd rd = rd_over(msg.data.records, msg.data.len);
        struct ckpt_record record;

        while (ckpt_next_record(&rd, &record))
            if (ckpt_is_delete(record.kind))
                bytes[(size_t)(rd.at - bytes) - 1] ^= 1; /* another occupant than meant */
    }
    return false;
}

void
send_ckpt(struct world *world, int side, int manager, const uint8_t *bytes, size_t len)
{
    const struct chassis *c = &world->chassis[side], *peer = &world->chassis[1 - side];
    struct lane *lane = &world->session[side][manager];
    uint8_t *frame = world->frame; /* bytes is that very buffer */

    if (!world->conn.session_up || !leader(world, side) || !leader(world, 1 - side)) {
        check_stream(world, side, manager);
        return;
    }
    (void)bytes;
    check_nack(world, side, manager, frame, len);
    check_audit_said(world, side, manager, frame);
    if (spoil(world, side, manager, frame, len))
        return;

    int64_t at = transmit(world, lane,
                          (struct event){.kind = EV_CKPT,
                                         .side = (uint8_t)(1 - side),
                                         .proc = (uint8_t)(PROC_SM1 + manager),
                                         .life = peer->procs[PROC_SM1 + manager].life,
                                         .x = c->cards[PROC_SM1 + manager].copy},
                          frame, len);

    if (at == INT64_MAX || at - world->now.us > GOOD_HELLO_US)
        check_stream(world, side, manager);
}

/* F9, F29: what was on the wire once is delivered again, to whoever lives there now. */
void
replay(struct world *world, struct rng *dice)
{
    struct tape *t = &world->tape;
    size_t n = t->n < TAPES ? t->n : TAPES;

    for (size_t i = 0; i < n; i++) {
        struct event e = t->events[i];

        if (!rng_chance(dice, 600))
            continue;
        if (e.kind == EV_HELLO) {
            int cf = lead_of(world, e.side);

            if (cf < 0)
                continue;
            e.proc = (uint8_t)cf;
        } else {
            /* an answer of a receiver that died may be heard, and its silence begins anew */
            check_stream(world, e.side, e.proc - PROC_SM1);
        }
        world->effects++;
        e.at_us = world->now.us + rng_between(dice, 0, 3000) * US_PER_MS;
        e.load = block_of(&world->queue.pool, e.load->bytes, e.len);
        queue_put(&world->queue, e);
    }
}
