/* Clients: they call, move, hang up and send packets through whoever the router prefers. */
#include <inttypes.h>

#include "check.h"
#include "sf/sess_bearer.h"
#include "sf/sess_part.h"

/* Nobody else could serve this client: the best path's demux and session manager must run
 * and the gate be open. */
static bool
lets_through(const struct world *world, int side, int manager, uint8_t gate)
{
    unsigned proc = PROC_SM1 + (unsigned)manager;

    return runs(world, side, PROC_DEMUX) && runs(world, side, proc) &&
           world->chassis[side].cards[PROC_DEMUX].role.announce &&
           (gates_of(world, side, proc) & gate) == gate;
}

static bool
is_volte(const struct world *world, uint64_t imsi)
{
    return mix64(imsi) % 1000 < world->opt.volte;
}

static void
spoil_open(struct world *world, int side, int manager, struct sess *sess)
{
    struct sess_table *table = table_of(world, side, manager);
    struct sess *other = sess_at(table, 1);

    if (!other || other == sess || sess_count(table) <= 5)
        return;
    if (plant(world, PLANT_TWO_OWNERS))
        sess->ue_addr = other->ue_addr;
    if (plant(world, PLANT_CALL_IDS))
        sess->call_id = other->call_id;
}

static void
open_call(struct world *world, int side, int manager, uint64_t imsi)
{
    struct sess_table *table = table_of(world, side, manager);
    uint8_t pools = sess_table_setup(table)->pool_n;
    struct call_refers refers;
    struct sess *sess;

    if (!call_refers(world, side, manager, imsi, &refers) ||
        sess_open(table, imsi, 5, (uint8_t)(imsi % pools), world->now, &sess) != 0)
        return;
    sess->gtp_version = 1;
    sess->apn = refers.apn;
    sess->service = refers.service;
    sess->vpn = refers.vpn;
    world->verdict->opened++;
    ledger_opened(world, side, manager, sess);
    if (!plant(world, PLANT_SILENT_OPEN) || world->verdict->opened % 3 != 0)
        sess_changed(table, sess);
    check_opened(world, side, manager, sess);
    spoil_open(world, side, manager, sess);
}

static void
close_bearer(struct world *world, int side, int manager, struct sess *bearer)
{
    check_closing(world, side, manager, bearer);
    sess_close(table_of(world, side, manager), bearer);
}

/* Sometimes a message is about a bearer beside the default one: made, changed, ended. Decided
 * without the world's dice, so that it moves nothing else. */
static bool
signal_bearer(struct world *world, int side, int manager, struct sess *sess)
{
    struct sess_table *table = table_of(world, side, manager);
    uint64_t dice = mix64(sess->imsi ^ (uint64_t)world->now.us);
    struct sess *bearer = sess_next_bearer(table, sess, 0);

    if (dice % 10 >= 3)
        return false;
    if (bearer && dice & 64) {
        close_bearer(world, side, manager, bearer);
    } else if (bearer) {
        bearer->peer_user_teid++;
        if (!plant(world, PLANT_STALE_BEARERS))
            sess_changed_part(table, bearer, SESS_GGSN_UPDATE);
    } else if (sess_reserve(table, sess, world->now, &bearer) == 0) {
        sess_join(table, bearer, 6, world->now);
        bearer->create_seq = UINT32_C(1) << 31 | (uint32_t)mix64(dice); /* no call's */
        sess_changed(table, bearer);
    }
    return true;
}

static void
close_call(struct world *world, int side, int manager, struct sess *sess)
{
    struct sess *bearer = sess_next_bearer(table_of(world, side, manager), sess, 0);

    if (bearer)
        check_closing(world, side, manager, bearer);
    check_closing(world, side, manager, sess);
    ledger_closed(world, side, sess);
    world->corpse[side][manager] = *sess;
    sess_close(table_of(world, side, manager), sess);
}

static void
signal_call(struct world *world, int side, int manager, uint64_t imsi)
{
    struct sess_table *table = table_of(world, side, manager);
    struct sess *sess = sess_by_imsi(table, imsi, 5);

    if (!sess) {
        if (lets_through(world, side, manager, GATE_CONTROL | GATE_NEW))
            open_call(world, side, manager, imsi);
    } else if (lets_through(world, side, manager, GATE_CONTROL) &&
               !signal_bearer(world, side, manager, sess)) {
        if (rng_chance(&world->rng, 400)) {
            close_call(world, side, manager, sess);
        } else {
            sess->peer_user_teid++;
            if (rng_chance(&world->rng, 300))
                sess_changed(table, sess);
            else
                sess_changed_part(table, sess, SESS_GGSN_UPDATE);
            check_changed(world, side, manager, sess);
        }
    }
}

static void
packet(struct world *world, int side, int manager, uint64_t imsi)
{
    struct sess_table *table = table_of(world, side, manager);
    struct sess *sess = sess_by_imsi(table, imsi, 5);
    uint8_t gate = is_volte(world, imsi) ? GATE_VOLTE : GATE_DATA;

    if (!sess || !lets_through(world, side, manager, gate))
        return;
    sess->counters.up_packets++;
    sess_counted(table, sess, world->now);
    ledger_packet(world, side, sess);
}

static void
act(struct world *world, int side, int manager, bool data)
{
    uint64_t imsi = 1 + rng_below(&world->rng, world->opt.subscribers);

    if (data)
        packet(world, side, manager, imsi);
    else
        signal_call(world, side, manager, imsi);
    note(world, imsi << 8 | (uint64_t)manager);
    if (plant(world, PLANT_BAD_LEDGER) && imsi % 7 == 0) {
        struct sess_table *table = table_of(world, side, manager);
        struct sess *sess = sess_by_imsi(table, imsi, 5);

        if (sess)
            (void)sess_drop(table, sess->teid);
    }
    ledger_balance(world, side, manager);
    if (!data)
        check_table(world, side, manager);
    pump(world, side, manager);
}

void
on_client(struct world *world, const struct event *e)
{
    int side = router_best(world);
    int manager = (int)rng_below(&world->rng, world->opt.managers);
    int64_t next = between(world, US_PER_MS, world->opt.client_us);

    (void)e;
    if (side >= 0 && world->opt.subscribers > 0 && runs(world, side, PROC_DEMUX) &&
        runs(world, side, PROC_SM1 + (unsigned)manager))
        act(world, side, manager, rng_chance(&world->rng, 600));
    if (world->now.us + next < world->client_until_us)
        later(world, next, (struct event){.kind = EV_CLIENT, .proc = PROC_NONE});
}

/* F30: all at once. */
static void
everybody(struct world *world, int side, bool opens)
{
    for (int m = 0; m < (int)world->opt.managers; m++) {
        if (!runs(world, side, PROC_SM1 + (unsigned)m))
            continue;
        for (uint64_t imsi = 1; imsi <= world->opt.subscribers; imsi++) {
            struct sess *sess = sess_by_imsi(table_of(world, side, m), imsi, 5);

            if (opens && !sess && lets_through(world, side, m, GATE_CONTROL | GATE_NEW))
                open_call(world, side, m, imsi);
            else if (!opens && sess && lets_through(world, side, m, GATE_CONTROL))
                close_call(world, side, m, sess);
        }
        ledger_balance(world, side, m);
        check_table(world, side, m);
        pump(world, side, m);
    }
}

/* A stretch of traffic dense enough to have packets in each step of a switchover. */
static void
traffic(struct world *world, int side, unsigned left)
{
    for (unsigned i = 0; side >= 0 && i < 4; i++) {
        int m = (int)rng_below(&world->rng, world->opt.managers);

        if (!runs(world, side, PROC_SM1 + (unsigned)m))
            continue;
        packet(world, side, m, 1 + rng_below(&world->rng, world->opt.subscribers));
        pump(world, side, m);
    }
    if (left > 0)
        later(world, 500 + between(world, 0, 1000),
              (struct event){
                  .kind = EV_BURST, .proc = PROC_NONE, .a = DO_PACKETS, .b = (uint8_t)(left - 1)});
}

void
on_burst(struct world *world, const struct event *e)
{
    int side = router_best(world);

    if (world->opt.subscribers == 0)
        return;
    if (e->a == DO_PACKETS)
        traffic(world, side, e->b);
    else if (side >= 0)
        everybody(world, side, e->a == DO_OPEN_MANY);
}
