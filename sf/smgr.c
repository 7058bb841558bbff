#include <assert.h>
#include <string.h>

#include "sf/sess_part.h"
#include "sf/sess_wire.h"
#include "sf/smgr_priv.h"

enum { CREDIT = 8 };

static size_t
rounded(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

/* ---- what the sender asks of the table ---- */

static void
source_encode(void *ctx, uint32_t slot, mono_t now, struct wr *wr)
{
    struct smgr *smgr = ctx;
    struct sess *sess = sess_at(smgr->table, slot);

    assert(sess);
    sess_encode(wr, sess, sess_rule(smgr->table, sess), now);
    sess->news = 0; /* lost or without room: it is encoded again */
}

static void
source_encode_part(void *ctx, uint32_t slot, unsigned part, mono_t now, struct wr *wr)
{
    struct smgr *smgr = ctx;
    struct sess *sess = sess_at(smgr->table, slot);

    assert(sess && part < SESS_PARTS);
    sess_part_encode(wr, sess, sess_rule(smgr->table, sess), (enum sess_part)part, now);
    sess->news &= (uint8_t) ~(1u << part);
}

static uint32_t
source_tag(void *ctx, uint32_t slot)
{
    struct smgr *smgr = ctx;
    const struct sess *sess = sess_at(smgr->table, slot);

    assert(sess);
    return sess->teid;
}

static uint8_t
source_delete_cmd(void *ctx, uint32_t slot)
{
    struct smgr *smgr = ctx;
    const struct sess *sess = sess_at(smgr->table, slot);

    assert(sess);
    return sess_delete_cmd(sess);
}

static uint64_t
source_digest(void *ctx, uint32_t slot)
{
    struct smgr *smgr = ctx;
    const struct sess *sess = sess_at(smgr->table, slot);

    assert(sess);
    return smgr_digest(smgr, sess, sess_rule(smgr->table, sess));
}

static void
source_forget(void *ctx, uint32_t slot)
{
    struct smgr *smgr = ctx;

    sess_forget(smgr->table, slot);
}

/* A bearer is as old as the call it is of. */
static mono_t
call_since(struct smgr *smgr, struct sess *sess)
{
    const struct sess *parent = sess_default(smgr->table, sess);

    return parent ? parent->since : sess->since;
}

/* Classes that wait: calls, IMS or not, and behind them bearers likewise. */
enum { CLASS_BEARER = 2 };

static unsigned
class_of(const struct sess *sess)
{
    return (sess->volte ? SMGR_IMS : SMGR_NON_IMS) + (sess->lbi ? CLASS_BEARER : 0u);
}

static void
source_tally(void *ctx, const uint32_t waiting[CKPT_CLASSES], struct ckpt_tally *tally)
{
    const struct smgr *smgr = ctx;
    uint32_t young = waiting[SMGR_NON_IMS] + waiting[SMGR_IMS];

    tally->calls = sess_count(smgr->table);
    tally->young = young < tally->calls ? young : tally->calls;
}

static void
on_change(void *ctx, uint32_t slot, enum sess_change change, unsigned part)
{
    struct smgr *smgr = ctx;
    struct sess *sess = sess_at(smgr->table, slot);

    smgr->served |= !smgr->internal;
    smgr->flushed_stream = 0;
    if (ckpt_tx_based(smgr->tx, slot))
        sess->shared = true;
    if (change == SESS_GONE)
        smgr_note_gone(smgr, slot, sess);
    else
        smgr_note_changed(smgr, slot, sess);
    if (change == SESS_PART)
        ckpt_tx_part(smgr->tx, slot, part);
    else if (change == SESS_WHOLE)
        ckpt_tx_changed(smgr->tx, slot, class_of(sess), call_since(smgr, sess));
    else if (ckpt_tx_deleted(smgr->tx, slot))
        sess_forget(smgr->table, slot);
}

static uint32_t
on_pressure(void *ctx, mono_t now)
{
    struct smgr *smgr = ctx;

    smgr->flushed_stream = 0;
    return ckpt_tx_give_up(smgr->tx, now);
}

/* ---- life ---- */

struct ckpt_tx_setup
smgr_tx_setup(struct smgr *smgr, const struct smgr_setup *setup)
{
    return (struct ckpt_tx_setup){
        .instance = setup->sess.instance,
        .capacity = setup->sess.capacity,
        .incarnation = setup->incarnation,
        .config = setup->config,
        .lz4 = setup->lz4,
        .duration_us = {setup->duration_us[SMGR_NON_IMS], setup->duration_us[SMGR_IMS],
                        setup->duration_us[SMGR_NON_IMS], setup->duration_us[SMGR_IMS]},
        .source = {.ctx = smgr,
                   .encode = source_encode,
                   .encode_part = source_encode_part,
                   .cmds = sess_part_cmds,
                   .tag = source_tag,
                   .delete_cmd = source_delete_cmd,
                   .digest = source_digest,
                   .tally = source_tally,
                   .told = smgr_note_told,
                   .forget = source_forget,
                   .macro_n = CKPT_MACROS,
                   .encode_macro = smgr_macro_encode},
    };
}

static size_t
told_size(const struct smgr_setup *setup)
{
    return ((size_t)setup->sess.capacity + 1) * sizeof(struct sess_counters);
}

static size_t
own_notes_size(const struct smgr_setup *setup)
{
    return setup->notes ? 0 : rounded(notes_size(setup->sess.capacity));
}

size_t
smgr_size(const struct smgr_setup *setup)
{
    struct ckpt_tx_setup tx = smgr_tx_setup(NULL, setup);

    return rounded(sizeof(struct smgr)) + rounded(sess_table_size(&setup->sess)) +
           rounded(ckpt_tx_size(&tx)) + own_notes_size(setup) + told_size(setup);
}

struct smgr *
smgr_init(void *memory, const struct smgr_setup *setup)
{
    uint8_t *at = memory;
    struct smgr *smgr = memory;

    memset(smgr, 0, sizeof *smgr);
    smgr->setup = *setup;
    if (smgr->setup.credit == 0)
        smgr->setup.credit = CREDIT;
    if (smgr->setup.ready_beats == 0)
        smgr->setup.ready_beats = CKPT_BEATS;

    struct ckpt_tx_setup tx = smgr_tx_setup(smgr, &smgr->setup);
    struct ckpt_rx_setup rx = {
        .instance = setup->sess.instance,
        .incarnation = setup->incarnation,
        .config = setup->config,
        .lz4 = setup->lz4,
        .credit = smgr->setup.credit,
        .ready_beats = smgr->setup.ready_beats,
        .sink = smgr_sink(smgr),
    };

    at += rounded(sizeof *smgr);
    smgr->table = sess_table_init(at, &setup->sess);
    at += rounded(sess_table_size(&setup->sess));
    smgr->tx = ckpt_tx_init(at, &tx);
    smgr_macro_init(smgr);
    at += rounded(ckpt_tx_size(&tx));
    smgr->notes = notes_init(setup->notes ? setup->notes : at, setup->sess.instance,
                             setup->sess.capacity, setup->incarnation);
    for (unsigned kind = 0; kind < 2; kind++)
        smgr->notes->duration_ms[kind] = (uint32_t)(setup->duration_us[kind] / US_PER_MS);
    at += own_notes_size(setup);
    smgr->told = (void *)at;
    ckpt_rx_init(&smgr->rx, &rx);
    smgr_set_nack(smgr, &setup->nack);
    ckpt_rx_start(&smgr->rx, 0);
    return smgr;
}

/* ---- roles ---- */

static void
end_drain(struct smgr *smgr)
{
    smgr->draining = false;
    ckpt_rx_stop(&smgr->rx);
}

/* Records become sessions, and what the receiver hears from now on is about those. */
static void
take_over(struct smgr *smgr, const struct smgr_order *order)
{
    smgr_count_lost(smgr, order->drain);
    (void)sess_promote(smgr->table, order->epoch);
    sess_clear_counted(smgr->table);
    if (order->drain) {
        smgr_drain_from_here(smgr);
        ckpt_rx_drain(&smgr->rx);
        smgr->draining = true;
    } else {
        ckpt_rx_stop(&smgr->rx);
    }
}

static void
take_charge(struct smgr *smgr, mono_t now, const struct smgr_order *order)
{
    if (smgr->role == SMGR_STANDBY) {
        take_over(smgr, order);
        smgr->notes->led_from = order->epoch;
    }
    smgr->notes->led = order->epoch;
    smgr->notes->led_at_us = now.us;
    sess_table_on_change(smgr->table, on_change, smgr);
    sess_table_on_pressure(smgr->table, on_pressure, smgr);
    ckpt_tx_start(smgr->tx, now, order->epoch);
    smgr_beat_start(smgr, now);
    smgr_count_from_here(smgr, now);
    for (uint32_t slot = 1; slot <= sess_top(smgr->table); slot++) {
        const struct sess *sess = sess_at(smgr->table, slot);

        if (sess && sess->state == SESS_LIVE) {
            smgr_note_ours(smgr, slot, sess);
            ckpt_tx_add(smgr->tx, slot);
        } else if (sess) /* deleted in the epoch before: the full resync will tell */
            sess_forget(smgr->table, slot);
    }
}

static void
count_sessions(struct smgr *smgr)
{
    for (uint32_t slot = 1; slot <= sess_top(smgr->table); slot++) {
        const struct sess *sess = sess_at(smgr->table, slot);

        if (!sess || sess->state != SESS_LIVE || sess->lbi)
            continue;
        if (sess->recovered || sess->shared || ckpt_tx_based(smgr->tx, slot))
            smgr->ledger.handed_over++;
        else
            smgr->ledger.superseded++;
    }
}

/* Back to records: what the peer has, too. It will tell again what there is. */
static void
keep_as_records(struct smgr *smgr)
{
    for (uint32_t slot = 1; slot <= sess_top(smgr->table); slot++) {
        struct sess *sess = sess_at(smgr->table, slot);

        if (sess && sess->state == SESS_DELETED)
            sess_forget(smgr->table, slot);
        else if (sess)
            sess->resync = 0; /* of no round: unconfirmed, and swept by the end of the first */
    }
}

/* Sessions that moved on while we had them go, unless the peer has applied all of them: then
 * they stay as records, which is what is left should it die before it has sent them back. */
static void
stand_by(struct smgr *smgr, uint64_t epoch)
{
    if (smgr->role != SMGR_STANDBY) {
        bool moved = smgr->served || sess_any_counted(smgr->table), kept;

        if (moved)
            count_sessions(smgr);
        kept = !moved || smgr_flushed(smgr);
        smgr_note_standing_by(smgr, kept);
        if (kept)
            keep_as_records(smgr);
        else
            sess_clear(smgr->table);
        smgr_count_no_more(smgr);
        ckpt_tx_stop(smgr->tx);
        sess_table_on_change(smgr->table, NULL, NULL);
        sess_table_on_pressure(smgr->table, NULL, NULL);
    }
    if (smgr->draining)
        end_drain(smgr);
    smgr->served = false;
    ckpt_rx_start(&smgr->rx, epoch);
}

/* ---- orders ---- */

/* The order as far as it applies to us. */
static struct smgr_order
applicable(const struct smgr *smgr, const struct smgr_order *order)
{
    struct smgr_order is = *order;
    bool standby = order->role == SMGR_STANDBY;

    is.flush = order->flush && !standby;
    is.drain = order->drain && !standby && (smgr->role == SMGR_STANDBY || smgr->draining);
    return is;
}

static bool
is_step(const struct smgr *smgr, const struct smgr_order *order)
{
    if (order->epoch != smgr->epoch)
        return order->epoch > smgr->epoch;
    return order->role == smgr->role || smgr->role != SMGR_STANDBY;
}

static bool
is_news(const struct smgr *smgr, const struct smgr_order *order)
{
    return order->epoch != smgr->epoch || order->role != smgr->role ||
           order->flush != smgr->flush || order->drain != smgr->draining;
}

bool
smgr_obey(struct smgr *smgr, mono_t now, const struct smgr_order *given)
{
    struct smgr_order order = applicable(smgr, given);
    bool news = is_news(smgr, &order);

    smgr->now = now;

    if (!is_step(smgr, &order))
        return false;
    if (news && order.role == SMGR_STANDBY)
        stand_by(smgr, order.epoch);
    else if (order.role != SMGR_STANDBY &&
             (smgr->role == SMGR_STANDBY || order.epoch > smgr->epoch))
        take_charge(smgr, now, &order);
    if (smgr->draining && !order.drain)
        end_drain(smgr);
    smgr->served |= order.role == SMGR_ACTIVE;
    smgr->role = order.role;
    smgr->epoch = order.epoch;
    smgr->notes->role = (uint8_t)order.role;
    smgr->notes->epoch = order.epoch;
    if (news || order.flush)
        smgr_flush(smgr, now, order.flush);
    return news;
}

bool
smgr_role(struct smgr *smgr, mono_t now, enum smgr_role role, uint64_t epoch)
{
    return smgr_obey(smgr, now, &(struct smgr_order){.role = role, .epoch = epoch});
}

struct smgr_audit
smgr_audit(struct smgr *smgr, mono_t now)
{
    struct sess_audit audit = {0};

    smgr->now = now; /* the deletes travel when smgr_next is asked */
    if (smgr->role != SMGR_STANDBY) {
        smgr->internal = smgr->auditing = true;
        audit = sess_audit(smgr->table);
        smgr->internal = smgr->auditing = false;
    }
    smgr->ledger.audit_failed += audit.purged;
    return (struct smgr_audit){
        .checked = audit.checked, .purged = audit.purged, .bearers_purged = audit.bearers_purged};
}

void
smgr_set_nack(struct smgr *smgr, const struct ckpt_nack_setup *nack)
{
    ckpt_nacks_set(&smgr->rx.nacks, nack);
}

void
smgr_set_fault(struct smgr *smgr, const struct ckpt_fault *fault)
{
    smgr->rx.fault.cmd = fault->cmd;
    smgr->rx.fault.skip = fault->skip;
    smgr->rx.fault.times = fault->times;
}

void
smgr_set_no_apply(struct smgr *smgr, uint8_t percent, uint64_t seed)
{
    struct ckpt_fault *fault = &smgr->rx.fault;

    if (fault->percent == percent)
        return;
    fault->percent = percent;
    fault->rng.state = mix64(seed);
    if (percent > 0)
        return; /* another part: what is missing already stays so until nothing is left out */
    if (fault->missing)
        ckpt_rx_anew(&smgr->rx);
    fault->missing = false;
}

const struct ckpt_failing *
smgr_failing(const struct smgr *smgr, uint32_t slot, enum ckpt_scale scale)
{
    return ckpt_nacks_find(&smgr->rx.nacks, slot, scale);
}

void
smgr_compare(struct smgr *smgr, mono_t now, uint32_t run, bool sync)
{
    if (smgr->role == SMGR_ACTIVE)
        ckpt_tx_audit(smgr->tx, now, run, sync);
}

const struct ckpt_audit_result *
smgr_compared(const struct smgr *smgr)
{
    return ckpt_tx_audit_result(smgr->tx);
}

const struct ckpt_nacks *
smgr_nacks(const struct smgr *smgr)
{
    return &smgr->rx.nacks;
}

const struct notes *
smgr_notes(const struct smgr *smgr)
{
    return smgr->notes;
}

const struct note *
smgr_note(const struct smgr *smgr, uint32_t slot)
{
    return note_at(smgr->notes, slot);
}

bool
smgr_serves(const struct smgr *smgr)
{
    return smgr->role == SMGR_ACTIVE;
}

struct sess_table *
smgr_table(struct smgr *smgr)
{
    return smgr->table;
}

/* ---- the peer ---- */

void
smgr_disconnected(struct smgr *smgr, mono_t now)
{
    ckpt_tx_disconnected(smgr->tx, now);
    ckpt_rx_disconnected(&smgr->rx);
}

enum ckpt_reason
smgr_receive(struct smgr *smgr, mono_t now, const void *bytes, size_t len)
{
    struct ckpt_msg msg;
    enum ckpt_reason reason = ckpt_decode(&msg, bytes, len);

    smgr->now = now;
    if (reason != CKPT_OK) {
        smgr->rx.stats.dropped[reason]++;
        return reason;
    }
    if (msg.type == CKPT_OPEN_ACK || msg.type == CKPT_ACK || msg.type == CKPT_NACK ||
        msg.type == CKPT_AUDIT)
        return ckpt_tx_receive(smgr->tx, now, &msg);
    return ckpt_rx_receive(&smgr->rx, now, &msg);
}

size_t
smgr_next(struct smgr *smgr, mono_t now, void *buf, size_t room, enum ckpt_algo *algo)
{
    smgr->now = now;
    smgr_note_beat(smgr, now);
    smgr_flush_on(smgr, now);
    smgr_beat(smgr, now);

    size_t len = ckpt_tx_next(smgr->tx, now, buf, room);

    if (algo) {
        struct ckpt_tx_status status;

        ckpt_tx_status(smgr->tx, &status);
        *algo = status.algo;
    }
    return len ? len : ckpt_rx_next(&smgr->rx, now, buf, room);
}

mono_t
smgr_deadline(const struct smgr *smgr)
{
    mono_t at = mono_earlier(ckpt_tx_deadline(smgr->tx), ckpt_rx_deadline(&smgr->rx));

    at = mono_earlier(at, smgr_beat_deadline(smgr));
    return mono_earlier(at, smgr_flush_deadline(smgr));
}

void
smgr_status(const struct smgr *smgr, mono_t now, struct smgr_status *status)
{
    *status = (struct smgr_status){
        .role = smgr->role,
        .epoch = smgr->epoch,
        .sessions = sess_count(smgr->table),
        .bearers = sess_bearers(smgr->table),
        .totals = smgr_totals(smgr),
    };
    ckpt_tx_status(smgr->tx, &status->tx);
    ckpt_rx_status(&smgr->rx, now, &status->rx);
    if (smgr->role == SMGR_STANDBY) {
        status->connected = status->rx.ready;
        status->synced = status->rx.synced;
    } else {
        status->connected = status->tx.reached;
        status->synced = status->tx.synced;
    }
}

const struct smgr_ledger *
smgr_ledger(const struct smgr *smgr)
{
    return &smgr->ledger;
}

const struct ckpt_tx *
smgr_sender(const struct smgr *smgr)
{
    return smgr->tx;
}

const struct ckpt_tx_stats *
smgr_tx_stats(const struct smgr *smgr)
{
    return ckpt_tx_stats(smgr->tx);
}

const struct ckpt_rx_stats *
smgr_rx_stats(const struct smgr *smgr)
{
    return &smgr->rx.stats;
}

const char *
smgr_role_name(enum smgr_role role)
{
    static const char *const names[SMGR_ROLES] = {
        [SMGR_STANDBY] = "Standby",
        [SMGR_ACTIVE] = "Active",
        [SMGR_HOLD] = "Hold",
    };

    return role < SMGR_ROLES ? names[role] : "unknown";
}
