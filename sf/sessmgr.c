#include "sf/sessmgr.h"

#include <assert.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "common/ckpt/ckpt_pack.h"
#include "common/loop/card_link.h"
#include "common/loop/clock.h"
#include "common/loop/fault_leases.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"
#include "common/msg/dgram.h"
#include "sf/sf_ckpt.h"

enum {
    CALL_QUEUE = 1000,
    CKPT_QUEUE = 64, /* more than the credit of a stream */
    COALESCE_MS = 1, /* real time */
    CFS = 2,
};

static_assert(CKPT_MESSAGE + CKPT_PACK_HEADER <= MSG_BODY_MOST, "a frame fits into a message");

struct sessmgr {
    struct sessmgr_setup setup;
    struct card_link *card;
    struct bus *ckpt[CFS], *call;
    uint8_t ckpt_cf;    /* whose relay the stream goes through; 0: none yet */
    uint64_t malformed; /* batches of the demux */
    struct timer ckpt_timer;
    struct timer gw_timer; /* requests of the gateway that were not answered */

    struct sf_core core;        /* session manager and gateway; memory NULL until configured */
    bool audited;               /* since audits were last ordered */
    struct audit_order compare; /* the audit between the chassis ordered last; run 0: none */
    uint8_t compare_said;       /* enum audit_progress, as reported last */
    struct ckpt_packer *packer;
    uint64_t packed, raw; /* octets of checkpoint messages */
    struct sf_unpacked unpacked;
    uint64_t dropped; /* answers that found no room on the call bus */
    uint8_t message[CKPT_MESSAGE], frame[CKPT_MESSAGE + CKPT_PACK_HEADER];
    uint8_t out[DGRAM_ROOM];
};

/* ---- status ----------------------------------------------------------------------------- */

static void
fill_counters(struct sessmgr *sm, struct card_status *s)
{
    const struct ckpt_tx_stats *tx = smgr_tx_stats(sm->core.smgr);
    const struct ckpt_rx_stats *rx = smgr_rx_stats(sm->core.smgr);
    const struct smgr_ledger *ledger = smgr_ledger(sm->core.smgr);
    const struct sess_stats *sess = sess_table_stats(smgr_table(sm->core.smgr));
    const uint64_t *gw = gw_counters(sm->core.gw);

    s->ckpt.crrs_created = ledger->crr_created;
    s->ckpt.crrs_deleted = ledger->crr_deleted;
    s->ckpt.full_sent = tx->full_sent;
    s->ckpt.full_rcvd = rx->full_received;
    s->ckpt.full_apply_failed = rx->refused;
    s->ckpt.delete_sent = tx->delete_sent;
    s->ckpt.delete_rcvd = rx->delete_received;
    s->ckpt.frames_sent = tx->frames;
    s->ckpt.frames_rcvd = rx->frames;
    sf_ckpt_fill_refused(&sm->core, &sm->unpacked, s);
    s->ckpt.octets_raw = sm->raw;
    s->ckpt.octets_packed = sm->packed;
    s->ckpt.resync_full = tx->full_resyncs;
    s->ckpt.resync_partial = tx->partial_resyncs;
    s->ckpt.overflows = tx->given_up;
    s->calls.opened = sess->opened;
    s->calls.closed = sess->closed;
    s->calls.recovered = sess->recovered;
    s->calls.superseded = ledger->superseded;
    s->calls.audit_failed = ledger->audit_failed;
    s->calls.lost_young = ledger->lost.young;
    s->calls.lost_in_flight = ledger->lost.in_flight;
    s->calls.lost_nack_limit = ledger->lost.nack_limit;
    s->calls.lost_nack_off = ledger->lost.nack_off;
    s->calls.lost_not_ready = ledger->lost.not_ready;
    s->calls.lost_known = ledger->lost.known;
    s->calls.refused = sess->refused_full + sess->refused_addr;
    s->calls.replaced = gw[GW_V1_REPLACED] + gw[GW_V2_REPLACED];
    s->calls.peer_errors = gw[GW_U_ERROR_CLOSED];
    s->calls.up_packets = gw[GW_U_UP_PACKETS];
    s->calls.up_octets = gw[GW_U_UP_OCTETS];
    s->calls.down_packets = gw[GW_U_DOWN_PACKETS];
    s->calls.down_octets = gw[GW_U_DOWN_OCTETS];
    s->calls.gated_data = gw[GW_GATED_VOLTE] + gw[GW_GATED_DATA];
    s->calls.gated_control = gw[GW_GATED_CONTROL] + gw[GW_GATED_NEW];
    s->calls.dropped = sm->dropped;
}

static void
fill_status(void *ctx, struct card_status *s)
{
    struct sessmgr *sm = ctx;
    struct smgr_status status;

    sf_ckpt_fill(&sm->core, s);
    if (!sm->core.smgr)
        return;
    smgr_status(sm->core.smgr, clock_now(), &status);
    if (status.epoch > s->srp_epoch) /* Init is no order to the session manager: it remembers */
        s->srp_epoch = status.epoch;
    s->sessions = status.sessions;
    s->sessions_v2 = sess_count_v2(smgr_table(sm->core.smgr));
    s->calls.pair_opened = status.totals.opened;
    s->calls.pair_closed = status.totals.closed;
    s->peer_ready = status.connected;
    s->synced = status.synced;
    s->gates = gw_gates(sm->core.gw);
    s->flushed = smgr_flushed(sm->core.smgr);
    s->audited = sm->audited;
    s->lz4 = (status.role == SMGR_STANDBY ? status.rx.algo : status.tx.algo) == CKPT_LZ4;
    if (status.role == SMGR_STANDBY)
        s->ckpt.crrs = status.sessions;
    s->ckpt.resync_done = status.rx.resync_done;
    s->ckpt.resync_of = status.rx.resync_of;
    fill_counters(sm, s);
}

/* How far the audit between the chassis is: stopped also when it is not for us to make one. */
static struct audit_report
compared(const struct sessmgr *sm)
{
    const struct ckpt_audit_result *r = sm->core.smgr ? smgr_compared(sm->core.smgr) : NULL;
    struct audit_report report = {
        .run = sm->compare.run, .type = sm->compare.type, .state = AUDIT_STOPPED};

    if (!r || r->run != sm->compare.run)
        return report;
    report.counts = (struct audit_counts){
        .calls = r->counts.items,
        .missing = r->counts.missing,
        .stale = r->counts.stale,
        .extra = r->counts.extra,
        .synced = r->counts.synced,
    };
    if (r->state == CKPT_AUDIT_RUNS)
        report.state = AUDIT_AT_WORK;
    else if (r->state == CKPT_AUDIT_COMPLETE)
        report.state = AUDIT_DONE;
    return report;
}

static void
say_compared(struct sessmgr *sm)
{
    struct audit_report report = compared(sm);
    uint8_t bytes[32];
    struct wr wr = wr_over(bytes, sizeof bytes);

    audit_report_put(&wr, &report);
    sm->compare_said = report.state;
    card_link_send(sm->card, MSG_AUDIT_REPORT, bytes, wr_len(&wr));
}

/* Ready, synchronised and flushed are waited for: told at once, not a second later. But under load
 * the peer falls behind and catches up with each batch of calls. */
static void
say_change(struct sessmgr *sm)
{
    const struct card_status *said = card_link_reported(sm->card);
    struct smgr_status status;

    smgr_status(sm->core.smgr, clock_now(), &status);
    if (status.connected != said->peer_ready || smgr_flushed(sm->core.smgr) != said->flushed)
        card_link_report(sm->card);
    else if (status.synced != said->synced)
        card_link_report_soon(sm->card);
    if (sm->compare.run != 0 && compared(sm).state != sm->compare_said)
        say_compared(sm);
}

/* ---- checkpoints ------------------------------------------------------------------------ */

static struct bus *
obeyed_ckpt(struct sessmgr *sm)
{
    uint8_t cf = card_link_cf(sm->card);

    return cf >= 1 && cf <= CFS ? sm->ckpt[cf - 1] : NULL;
}

/* Another control function is another connection to the peer. */
static void
follow_cf(struct sessmgr *sm)
{
    uint8_t cf = card_link_cf(sm->card);

    if (cf != sm->ckpt_cf && sm->ckpt_cf != 0)
        smgr_disconnected(sm->core.smgr, clock_now());
    sm->ckpt_cf = cf;
}

/* Send what is due. A message that finds no way is lost; the engine notices and repeats. */
static void
pump(struct sessmgr *sm)
{
    struct bus *bus = obeyed_ckpt(sm);
    uint64_t epoch = card_link_role(sm->card)->srp_epoch;
    enum ckpt_algo algo;
    size_t len;

    if (!sm->core.smgr)
        return;
    follow_cf(sm);
    while ((len = smgr_next(sm->core.smgr, clock_now(), sm->message, sizeof sm->message, &algo))) {
        size_t packed = ckpt_pack(sm->packer, algo, sm->message, len, sm->frame, sizeof sm->frame);

        sm->raw += len;
        sm->packed += packed;
        if (bus)
            (void)bus_send(bus, NULL, MSG_CKPT, sm->setup.sessmgr, epoch, sm->frame, packed);
    }
    say_change(sm);
    timer_at(&sm->ckpt_timer, smgr_deadline(sm->core.smgr));
}

static void
on_ckpt_timer(void *arg)
{
    pump(arg);
}

/* Changes of a moment travel together: a frame for each batch of a burst would cost the calls
 * more than the wait costs the standby. Unless the whole chassis waits for a flush. */
static void
pump_soon(struct sessmgr *sm)
{
    if (card_link_role(sm->card)->flush && !smgr_flushed(sm->core.smgr))
        pump(sm);
    else
        timer_within_ms(&sm->ckpt_timer, COALESCE_MS);
}

/* The way to the peer session manager ended. */
static void
disconnected(struct sessmgr *sm)
{
    smgr_disconnected(sm->core.smgr, clock_now());
    pump(sm);
}

static void
on_ckpt(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct sessmgr *sm = ctx;
    uint8_t percent;
    uint64_t seed;
    size_t len;

    (void)peer;
    if (head->port != sm->setup.sessmgr || !sm->core.smgr)
        return;
    if (head->type == MSG_CKPT_CLOSED) {
        disconnected(sm);
        return;
    }
    if (head->type != MSG_CKPT)
        return;
    percent = (uint8_t)fault_no_apply(&seed);
    smgr_set_no_apply(sm->core.smgr, percent, seed ^ sm->setup.sessmgr);
    if (!sf_ckpt_unpacked(&sm->unpacked, ckpt_unpack(sm->packer, body->at, rd_left(body),
                                                     sm->message, sizeof sm->message, &len)))
        return;
    (void)smgr_receive(sm->core.smgr, clock_now(), sm->message, len); /* counted by reason */
    pump(sm);
}

/* ---- calls ------------------------------------------------------------------------------ */

static int
answer_bus(void *ctx, const void *batch, size_t len)
{
    const struct sessmgr *sm = ctx;

    return bus_send(sm->call, NULL, MSG_CALLS, 0, 0, batch, len);
}

static void
flush(struct sessmgr *sm, struct wr *wr)
{
    if (wr_len(wr) > 0 && sm->setup.answer(sm->setup.answer_ctx, sm->out, wr_len(wr)) != 0)
        sm->dropped++;
    *wr = wr_over(sm->out, sizeof sm->out);
}

static void
one_datagram(struct sessmgr *sm, const struct dgram *in, struct wr *wr, mono_t now)
{
    int (*judge)(struct gw *, mono_t, const struct dgram *, struct wr *) =
        in->side == DGRAM_PDN ? gw_pdn : gw_access;

    if (judge(sm->core.gw, now, in, wr) == 0)
        return;
    flush(sm, wr);
    if (judge(sm->core.gw, now, in, wr) != 0)
        sm->dropped++;
}

static void
arm_gw(struct sessmgr *sm)
{
    timer_at(&sm->gw_timer, gw_deadline(sm->core.gw));
}

/* Repeat what clients have not answered; a batch that is full goes first. */
static void
on_gw_timer(void *arg)
{
    struct sessmgr *sm = arg;
    struct wr wr = wr_over(sm->out, sizeof sm->out);

    for (int rc; (rc = gw_tick(sm->core.gw, clock_now(), &wr)) != 0;) {
        if (rc == DI_ESPACE)
            flush(sm, &wr);
    }
    flush(sm, &wr);
    arm_gw(sm);
    pump_soon(sm);
}

void
sessmgr_calls(struct sessmgr *sm, struct rd *batch)
{
    struct wr wr = wr_over(sm->out, sizeof sm->out);
    mono_t now = clock_now();
    struct dgram in;

    if (!sm->core.gw)
        return;
    while (dgram_next(batch, &in))
        one_datagram(sm, &in, &wr, now);
    if (batch->bad && sm->malformed++ % 1000 == 0)
        log_warn("sess: malformed batch from the demux, its rest dropped");
    flush(sm, &wr);
    arm_gw(sm);
    pump_soon(sm);
}

static void
on_call(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    (void)peer;
    if (head->type == MSG_CALLS)
        sessmgr_calls(ctx, body);
}

/* ---- orders ----------------------------------------------------------------------------- */

/* The pending states already, or still, have sessions: they must be there before the routes
 * are, and what they let through is a matter of gates. Init is no order to the session
 * manager: its chassis does not know yet whether the sessions are still its own. */
static enum smgr_role
smgr_role_of(enum chassis_state state)
{
    static const enum smgr_role roles[CHASSIS_STATE_N] = {
        [CHASSIS_INIT] = SMGR_STANDBY,         [CHASSIS_STANDBY] = SMGR_STANDBY,
        [CHASSIS_PENDING_ACTIVE] = SMGR_HOLD,  [CHASSIS_ACTIVE] = SMGR_ACTIVE,
        [CHASSIS_PENDING_STANDBY] = SMGR_HOLD,
    };

    return roles[state];
}

static bool
in_charge(const struct sessmgr *sm)
{
    struct smgr_status status;

    smgr_status(sm->core.smgr, clock_now(), &status);
    return status.role != SMGR_STANDBY;
}

/* Once for each time that orders begin to ask for it. */
static void
audit(struct sessmgr *sm, bool ordered)
{
    if (!ordered || sm->audited) {
        sm->audited = ordered;
        return;
    }

    struct smgr_audit found = smgr_audit(sm->core.smgr, clock_now());

    sm->audited = true;
    if (found.purged + found.bearers_purged > 0)
        log_warn("sess: internal audit of %u sessions purged %u, and %u further bearers",
                 found.checked, found.purged, found.bearers_purged);
    else
        log_info("sess: internal audit of %u sessions found nothing", found.checked);
}

static void
on_role(void *ctx, const struct role_body *role)
{
    struct sessmgr *sm = ctx;
    enum chassis_state state = (enum chassis_state)role->state;
    struct smgr_order order = {
        .role = smgr_role_of(state),
        .epoch = role->srp_epoch,
        .flush = role->flush,
        .drain = role->drain,
    };
    bool news = false; /* with each configuration the order is said again */

    if (!sm->core.smgr)
        return;
    if (state != CHASSIS_INIT)
        news = smgr_obey(sm->core.smgr, clock_now(), &order);

    bool has_part = order.role != SMGR_STANDBY && in_charge(sm);

    gw_set_restart(sm->core.gw, role->restart);
    if (sm->core.notes)
        ((struct notes *)sm->core.notes)->restart = role->restart;
    gw_set_gates(sm->core.gw, has_part ? role->gates : 0);
    arm_gw(sm);
    audit(sm, has_part && role->audit);
    arm_gw(sm); /* what it purged may have to be told */
    if (news)
        log_info("sess: role %s, epoch=%llu, sessions=%u, bearers=%u", chassis_state_name(state),
                 (unsigned long long)role->srp_epoch, sess_count(smgr_table(sm->core.smgr)),
                 sess_bearers(smgr_table(sm->core.smgr)));
}

/* The CF says it again until we are done; it is the answer that it wants then. */
static void
on_audit(struct sessmgr *sm, struct rd *body)
{
    struct audit_order order;

    if (sm->setup.sessmgr == 0)
        return;
    if (!audit_order_get(body, &order)) {
        log_warn("sess: malformed order to audit dropped");
        return;
    }
    if (order.run != sm->compare.run && sm->core.smgr)
        smgr_compare(sm->core.smgr, clock_now(), order.run, order.sync);
    sm->compare = order;
    say_compared(sm);
}

static int
on_config(void *ctx, const struct config_body *config)
{
    struct sessmgr *sm = ctx;
    int rc = 0;

    if (sm->setup.sessmgr != 0)
        rc = sf_core_configure(&sm->core, sm->setup.node, sm->setup.sessmgr, config);
    if (sm->core.gw)
        arm_gw(sm); /* a service that is gone repeats nothing */
    return rc;
}

static void
on_order(void *ctx, const struct msg_head *head, struct rd *body)
{
    struct sessmgr *sm = ctx;
    uint8_t bytes[CALL_ANSWER_MOST];
    struct wr answer = wr_over(bytes, sizeof bytes);

    if (head->type == MSG_AUDIT)
        on_audit(sm, body);
    else if (sf_ckpt_order(&sm->core, head, body, &answer))
        card_link_send(sm->card, MSG_CALL_ANSWER, bytes, wr_len(&answer));
}

static void
on_done(void *ctx)
{
    pump(ctx);
}

/* ---- links ------------------------------------------------------------------------------ */

static struct bus *
open_bus(struct sessmgr *sm, enum fault_link link, uint8_t slot, const char *endpoint, int queue,
         bus_message_fn *message)
{
    return bus_open(&(struct bus_setup){
        .node = sm->setup.node,
        .loop = sm->setup.loop,
        .name = link == FAULT_LINK_CKPT ? "checkpoint" : "call",
        .link = link,
        .slot = slot,
        .endpoint = endpoint,
        .queue = queue,
        .sessmgr = sm->setup.sessmgr,
        .message = message,
        .ctx = sm,
    });
}

/* To the relay of each CF, and to the demux unless answers go elsewhere. */
static int
open_buses(struct sessmgr *sm)
{
    const struct node *node = sm->setup.node;
    const char *instance = node_instance(node)->name;
    char endpoint[NODE_PATH];

    for (unsigned cf = 1; cf <= CFS; cf++) {
        if (node_instance(node)->slots[cf].type != CARD_CF)
            continue;
        endpoint_ckpt(node->rundir, instance, cf, endpoint);
        if (!(sm->ckpt[cf - 1] =
                  open_bus(sm, FAULT_LINK_CKPT, (uint8_t)cf, endpoint, CKPT_QUEUE, on_ckpt)))
            return -1;
    }
    if (sm->setup.answer)
        return 0;
    sm->setup.answer = answer_bus;
    sm->setup.answer_ctx = sm;
    endpoint_call(node->rundir, instance, endpoint);
    sm->call = open_bus(sm, FAULT_LINK_CALL, 0, endpoint, CALL_QUEUE, on_call);
    return sm->call ? 0 : -1;
}

static struct card_link *
open_card(struct sessmgr *sm)
{
    return card_link_open(&(struct card_link_setup){
        .node = sm->setup.node,
        .loop = sm->setup.loop,
        .sessmgr = sm->setup.sessmgr,
        .ctx = sm,
        .role = on_role,
        .config = on_config,
        .order = on_order,
        .fill = fill_status,
        .done = on_done,
    });
}

/* ---- life ------------------------------------------------------------------------------- */

struct sessmgr *
sessmgr_open(const struct sessmgr_setup *setup)
{
    struct sessmgr *sm = calloc(1, sizeof *sm);

    if (!sm)
        log_fatal("sess: out of memory");
    sm->setup = *setup;
    sm->packer = ckpt_packer_new();
    timer_init(&sm->ckpt_timer, setup->loop, on_ckpt_timer, sm);
    timer_init(&sm->gw_timer, setup->loop, on_gw_timer, sm);
    if ((setup->sessmgr != 0 && open_buses(sm) != 0) || !(sm->card = open_card(sm)))
        sessmgr_close(&sm);
    return sm;
}

void
sessmgr_close(struct sessmgr **made)
{
    struct sessmgr *sm = *made;

    *made = NULL;
    if (!sm)
        return;
    timer_at(&sm->ckpt_timer, MONO_NEVER);
    timer_at(&sm->gw_timer, MONO_NEVER);
    card_link_close(&sm->card);
    for (size_t i = 0; i < CFS; i++)
        bus_close(&sm->ckpt[i]);
    bus_close(&sm->call);
    ckpt_packer_destroy(&sm->packer);
    sf_core_free(&sm->core);
    free(sm);
}
