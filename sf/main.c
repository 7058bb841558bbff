/* main.c - vpc-sf, a session function: one session manager between call bus, card bus and peer
 *
 * Receives GTP from the demux, lets the gateway and the session table decide, sends the
 * answers back, and carries the checkpoints of its session manager to and from the CF's
 * relay. A spare SF only reports that it is there.
 */
#include <assert.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "common/ckpt/ckpt_pack.h"
#include "common/loop/card_link.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"
#include "common/msg/dgram.h"
#include "sf/sf_conf.h"

enum {
    CALL_QUEUE = 1000,
    CKPT_QUEUE = 64, /* more than the credit of a stream */
    COALESCE_MS = 1, /* real time */
    CFS = 2,
};

static_assert(CKPT_MESSAGE + CKPT_PACK_HEADER <= MSG_BODY_MOST, "a frame fits into a message");

struct sf {
    struct node *node;
    uint8_t sessmgr; /* 0: spare */
    struct card_link *card;
    struct bus *ckpt[CFS], *call;
    uint8_t ckpt_cf; /* whose relay the stream goes through; 0: none yet */
    struct timer ckpt_timer;
    struct timer gw_timer; /* requests of the gateway that were not answered */

    struct sf_core core; /* session manager and gateway; memory NULL until configured */
    bool audited;        /* since audits were last ordered */
    struct ckpt_packer *packer;
    uint64_t packed, raw; /* octets of checkpoint messages */
    uint64_t dropped;     /* answers that found no room on the call bus */
    uint8_t message[CKPT_MESSAGE], frame[CKPT_MESSAGE + CKPT_PACK_HEADER];
    uint8_t out[DGRAM_ROOM];
};

/* ---- status ----------------------------------------------------------------------------- */

static void
fill_counters(struct sf *sf, struct card_status *s)
{
    const struct ckpt_tx_stats *tx = smgr_tx_stats(sf->core.smgr);
    const struct ckpt_rx_stats *rx = smgr_rx_stats(sf->core.smgr);
    const struct smgr_ledger *ledger = smgr_ledger(sf->core.smgr);
    const struct sess_stats *sess = sess_table_stats(smgr_table(sf->core.smgr));
    const uint64_t *gw = gw_counters(sf->core.gw);

    s->ckpt.crrs_created = ledger->crr_created;
    s->ckpt.crrs_deleted = ledger->crr_deleted;
    s->ckpt.full_sent = tx->full_sent;
    s->ckpt.full_rcvd = rx->full_received;
    s->ckpt.full_apply_failed = rx->refused;
    s->ckpt.delete_sent = tx->delete_sent;
    s->ckpt.delete_rcvd = rx->delete_received;
    s->ckpt.frames_sent = tx->frames;
    s->ckpt.frames_rcvd = rx->frames;
    for (size_t i = 0; i < CKPT_REASONS; i++)
        s->ckpt.frames_refused += tx->dropped[i] + rx->dropped[i];
    s->ckpt.octets_raw = sf->raw;
    s->ckpt.octets_packed = sf->packed;
    s->ckpt.resync_full = tx->full_resyncs;
    s->ckpt.resync_partial = tx->partial_resyncs;
    s->ckpt.overflows = tx->given_up;
    s->calls.opened = sess->opened;
    s->calls.closed = sess->closed;
    s->calls.recovered = sess->recovered;
    s->calls.superseded = ledger->superseded;
    s->calls.audit_failed = ledger->audit_failed;
    s->calls.refused = sess->refused_full + sess->refused_addr;
    s->calls.up_packets = gw[GW_U_UP_PACKETS];
    s->calls.up_octets = gw[GW_U_UP_OCTETS];
    s->calls.down_packets = gw[GW_U_DOWN_PACKETS];
    s->calls.down_octets = gw[GW_U_DOWN_OCTETS];
    s->calls.gated_data = gw[GW_GATED_VOLTE] + gw[GW_GATED_DATA];
    s->calls.gated_control = gw[GW_GATED_CONTROL] + gw[GW_GATED_NEW];
    s->calls.dropped = sf->dropped;
}

static void
fill_status(void *ctx, struct card_status *s)
{
    struct sf *sf = ctx;
    struct smgr_status status;

    if (!sf->core.smgr)
        return;
    smgr_status(sf->core.smgr, clock_now(), &status);
    if (status.epoch > s->srp_epoch) /* Init is no order to the session manager: it remembers */
        s->srp_epoch = status.epoch;
    s->sessions = status.sessions;
    s->peer_ready = status.connected;
    s->synced = status.synced;
    s->gates = gw_gates(sf->core.gw);
    s->flushed = smgr_flushed(sf->core.smgr);
    s->audited = sf->audited;
    s->lz4 = (status.role == SMGR_STANDBY ? status.rx.algo : status.tx.algo) == CKPT_LZ4;
    if (status.role == SMGR_STANDBY)
        s->ckpt.crrs = status.sessions;
    fill_counters(sf, s);
}

/* Ready, synchronised and flushed are waited for: told at once, not a second later. */
static void
say_change(struct sf *sf)
{
    const struct card_status *said = card_link_reported(sf->card);
    struct smgr_status status;

    smgr_status(sf->core.smgr, clock_now(), &status);
    if (status.connected != said->peer_ready || status.synced != said->synced ||
        smgr_flushed(sf->core.smgr) != said->flushed)
        card_link_report(sf->card);
}

/* ---- checkpoints ------------------------------------------------------------------------ */

static struct bus *
obeyed_ckpt(struct sf *sf)
{
    uint8_t cf = card_link_cf(sf->card);

    return cf >= 1 && cf <= CFS ? sf->ckpt[cf - 1] : NULL;
}

/* Another control function is another connection to the peer. */
static void
follow_cf(struct sf *sf)
{
    uint8_t cf = card_link_cf(sf->card);

    if (cf != sf->ckpt_cf && sf->ckpt_cf != 0)
        smgr_disconnected(sf->core.smgr, clock_now());
    sf->ckpt_cf = cf;
}

/* Send what is due. A message that finds no way is lost; the engine notices and repeats. */
static void
pump(struct sf *sf)
{
    struct bus *bus = obeyed_ckpt(sf);
    uint64_t epoch = card_link_role(sf->card)->srp_epoch;
    enum ckpt_algo algo;
    size_t len;

    if (!sf->core.smgr)
        return;
    follow_cf(sf);
    while ((len = smgr_next(sf->core.smgr, clock_now(), sf->message, sizeof sf->message, &algo))) {
        size_t packed = ckpt_pack(sf->packer, algo, sf->message, len, sf->frame, sizeof sf->frame);

        sf->raw += len;
        sf->packed += packed;
        if (bus)
            (void)bus_send(bus, NULL, MSG_CKPT, sf->sessmgr, epoch, sf->frame, packed);
    }
    say_change(sf);
    timer_at(&sf->ckpt_timer, smgr_deadline(sf->core.smgr));
}

static void
on_ckpt_timer(void *arg)
{
    pump(arg);
}

/* Changes of a moment travel together: a frame for each batch of a burst would cost the calls
 * more than the wait costs the standby. Unless the whole chassis waits for a flush. */
static void
pump_soon(struct sf *sf)
{
    mono_t soon = mono_after(clock_now(), clock_lab_us(COALESCE_MS));

    if (card_link_role(sf->card)->flush && !smgr_flushed(sf->core.smgr))
        pump(sf);
    else if (soon.us < sf->ckpt_timer.due.us)
        timer_at(&sf->ckpt_timer, soon);
}

/* The way to the peer session manager ended. */
static void
disconnected(struct sf *sf)
{
    smgr_disconnected(sf->core.smgr, clock_now());
    pump(sf);
}

static void
on_ckpt(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct sf *sf = ctx;
    size_t len;

    (void)peer;
    if (head->port != sf->sessmgr || !sf->core.smgr)
        return;
    if (head->type == MSG_CKPT_CLOSED) {
        disconnected(sf);
        return;
    }
    if (head->type != MSG_CKPT)
        return;
    if (ckpt_unpack(sf->packer, body->at, rd_left(body), sf->message, sizeof sf->message, &len) !=
        0) {
        log_warn("sess: checkpoint frame dropped: it does not unpack");
        return;
    }
    (void)smgr_receive(sf->core.smgr, clock_now(), sf->message, len); /* counted by reason */
    pump(sf);
}

/* ---- calls ------------------------------------------------------------------------------ */

static void
flush(struct sf *sf, struct wr *wr)
{
    if (wr_len(wr) > 0 && bus_send(sf->call, NULL, MSG_CALLS, 0, 0, sf->out, wr_len(wr)) != 0)
        sf->dropped++;
    *wr = wr_over(sf->out, sizeof sf->out);
}

static void
one_datagram(struct sf *sf, const struct dgram *in, struct wr *wr, mono_t now)
{
    int (*judge)(struct gw *, mono_t, const struct dgram *, struct wr *) =
        in->side == DGRAM_PDN ? gw_pdn : gw_access;

    if (judge(sf->core.gw, now, in, wr) == 0)
        return;
    flush(sf, wr);
    if (judge(sf->core.gw, now, in, wr) != 0)
        sf->dropped++;
}

static void
arm_gw(struct sf *sf)
{
    timer_at(&sf->gw_timer, gw_deadline(sf->core.gw));
}

/* Repeat what clients have not answered; a batch that is full goes first. */
static void
on_gw_timer(void *arg)
{
    struct sf *sf = arg;
    struct wr wr = wr_over(sf->out, sizeof sf->out);

    for (int rc; (rc = gw_tick(sf->core.gw, clock_now(), &wr)) != 0;) {
        if (rc == DI_ESPACE)
            flush(sf, &wr);
    }
    flush(sf, &wr);
    arm_gw(sf);
    pump_soon(sf);
}

static void
on_call(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct sf *sf = ctx;
    struct wr wr = wr_over(sf->out, sizeof sf->out);
    mono_t now = clock_now();
    struct dgram in;

    (void)peer;
    if (head->type != MSG_CALLS || !sf->core.gw)
        return;
    while (dgram_next(body, &in))
        one_datagram(sf, &in, &wr, now);
    if (body->bad)
        log_warn("sess: malformed batch from the demux, its rest dropped");
    flush(sf, &wr);
    arm_gw(sf);
    pump_soon(sf);
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
in_charge(const struct sf *sf)
{
    struct smgr_status status;

    smgr_status(sf->core.smgr, clock_now(), &status);
    return status.role != SMGR_STANDBY;
}

/* Once for each time that orders begin to ask for it. */
static void
audit(struct sf *sf, bool ordered)
{
    if (!ordered || sf->audited) {
        sf->audited = ordered;
        return;
    }

    struct smgr_audit found = smgr_audit(sf->core.smgr, clock_now());

    sf->audited = true;
    if (found.purged + found.bearers_purged > 0)
        log_warn("sess: internal audit of %u sessions purged %u, and %u further bearers",
                 found.checked, found.purged, found.bearers_purged);
    else
        log_info("sess: internal audit of %u sessions found nothing", found.checked);
}

static void
on_role(void *ctx, const struct role_body *role)
{
    struct sf *sf = ctx;
    enum chassis_state state = (enum chassis_state)role->state;
    struct smgr_order order = {
        .role = smgr_role_of(state),
        .epoch = role->srp_epoch,
        .flush = role->flush,
        .drain = role->drain,
    };

    if (!sf->core.smgr)
        return;
    if (state != CHASSIS_INIT)
        (void)smgr_obey(sf->core.smgr, clock_now(), &order);

    bool has_part = order.role != SMGR_STANDBY && in_charge(sf);

    gw_set_restart(sf->core.gw, role->restart);
    gw_set_gates(sf->core.gw, has_part ? role->gates : 0);
    arm_gw(sf);
    audit(sf, has_part && role->audit);
    log_info("sess: role %s, epoch=%llu, sessions=%u, bearers=%u", chassis_state_name(state),
             (unsigned long long)role->srp_epoch, sess_count(smgr_table(sf->core.smgr)),
             sess_bearers(smgr_table(sf->core.smgr)));
}

static int
on_config(void *ctx, const struct config_body *config)
{
    struct sf *sf = ctx;

    return sf->sessmgr == 0 ? 0 : sf_core_configure(&sf->core, sf->node, config);
}

static void
on_done(void *ctx)
{
    pump(ctx);
}

/* ---- life ------------------------------------------------------------------------------- */

static struct bus *
open_bus(struct sf *sf, const char *name, const char *endpoint, int queue, bus_message_fn *message)
{
    return bus_open(&(struct bus_setup){
        .node = sf->node,
        .loop = sf->node->loop,
        .name = name,
        .endpoint = endpoint,
        .queue = queue,
        .sessmgr = sf->sessmgr,
        .message = message,
        .ctx = sf,
    });
}

static int
build(struct node *node, void **self)
{
    struct sf *sf = calloc(1, sizeof *sf);
    const char *instance = node_instance(node)->name;
    char endpoint[NODE_PATH];

    if (!sf)
        log_fatal("sess: out of memory");
    *self = sf;
    sf->node = node;
    sf->sessmgr = node_card(node)->sessmgr;
    sf->packer = ckpt_packer_new();
    timer_init(&sf->ckpt_timer, node->loop, on_ckpt_timer, sf);
    timer_init(&sf->gw_timer, node->loop, on_gw_timer, sf);
    for (unsigned cf = 1; sf->sessmgr != 0 && cf <= CFS; cf++) {
        if (node_instance(node)->slots[cf].type != CARD_CF)
            continue;
        endpoint_ckpt(node->rundir, instance, cf, endpoint);
        if (!(sf->ckpt[cf - 1] = open_bus(sf, "checkpoint", endpoint, CKPT_QUEUE, on_ckpt)))
            return -1;
    }
    endpoint_call(node->rundir, instance, endpoint);
    if (sf->sessmgr != 0 && !(sf->call = open_bus(sf, "call", endpoint, CALL_QUEUE, on_call)))
        return -1;
    sf->card = card_link_open(&(struct card_link_setup){
        .node = node,
        .sessmgr = sf->sessmgr,
        .ctx = sf,
        .role = on_role,
        .config = on_config,
        .fill = fill_status,
        .done = on_done,
    });
    return sf->card ? 0 : -1;
}

static void
teardown(void *self)
{
    struct sf *sf = self;

    if (!sf)
        return;
    timer_at(&sf->ckpt_timer, MONO_NEVER);
    timer_at(&sf->gw_timer, MONO_NEVER);
    card_link_close(&sf->card);
    for (size_t i = 0; i < CFS; i++)
        bus_close(&sf->ckpt[i]);
    bus_close(&sf->call);
    ckpt_packer_destroy(&sf->packer);
    sf_core_free(&sf->core);
    free(sf);
}

int
main(int argc, char **argv)
{
    static const struct node_program program = {
        .type = CARD_SF,
        .purpose = "Session function of a VPC-DI instance: the calls of one session manager.",
        .build = build,
        .teardown = teardown,
    };

    return node_main(&program, argc, argv);
}
