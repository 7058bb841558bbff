#include "sf/smgr.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/teid.h"
#include "sf/sess_wire.h"

enum { CREDIT = 8 };

struct smgr {
    struct smgr_setup setup;
    enum smgr_role role;
    uint64_t epoch;
    bool served; /* was Active since it last stood by */
    struct sess_table *table;
    struct ckpt_tx *tx;
    struct ckpt_rx rx;
    struct smgr_ledger ledger;
};

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
    const struct sess *sess = sess_at(smgr->table, slot);

    assert(sess);
    sess_encode(wr, sess, now);
}

static uint32_t
source_tag(void *ctx, uint32_t slot)
{
    struct smgr *smgr = ctx;
    const struct sess *sess = sess_at(smgr->table, slot);

    assert(sess);
    return sess->teid;
}

static void
source_forget(void *ctx, uint32_t slot)
{
    struct smgr *smgr = ctx;

    sess_forget(smgr->table, slot);
}

static void
on_change(void *ctx, uint32_t slot, bool deleted)
{
    struct smgr *smgr = ctx;

    if (!deleted)
        ckpt_tx_changed(smgr->tx, slot, sess_at(smgr->table, slot)->since);
    else if (ckpt_tx_deleted(smgr->tx, slot))
        sess_forget(smgr->table, slot);
}

static uint32_t
on_pressure(void *ctx, mono_t now)
{
    struct smgr *smgr = ctx;

    return ckpt_tx_give_up(smgr->tx, now);
}

/* ---- what the receiver does to the table ---- */

static bool
sink_check(void *ctx, uint32_t slot, const uint8_t *bytes, size_t len)
{
    const struct smgr *smgr = ctx;
    struct sess sess;

    return sess_decode(&sess, (mono_t){0}, bytes, len) && teid_slot(sess.teid) == slot &&
           teid_instance(sess.teid) == smgr->setup.sess.instance;
}

/* The peer's table never holds a key or an address twice, so whoever has it here is gone
 * there, and we were not told (a delete given up under pressure, a resync under way). */
static void
evict(struct smgr *smgr, const struct sess *other, uint32_t slot)
{
    if (other && sess_slot(smgr->table, other) != slot && sess_drop(smgr->table, other->teid)) {
        smgr->ledger.evicted++;
        smgr->ledger.crr_deleted++;
    }
}

static bool
sink_apply(void *ctx, uint32_t slot, uint8_t round, mono_t now, const uint8_t *bytes, size_t len)
{
    struct smgr *smgr = ctx;
    struct sess sess;
    bool decoded = sess_decode(&sess, now, bytes, len);

    assert(decoded);
    (void)decoded;
    sess.resync = round;

    const struct sess *before = sess_at(smgr->table, slot);
    uint32_t teid_before = before ? before->teid : 0;
    int err = sess_put(smgr->table, &sess);

    if (err == DI_EEXISTS) {
        evict(smgr, sess_by_imsi(smgr->table, sess.imsi, sess.ebi), slot);
        evict(smgr, sess_by_addr(smgr->table, sess.ue_addr), slot);
        err = sess_put(smgr->table, &sess);
    }
    if (err)
        return false;
    smgr->ledger.crr_created += teid_before != sess.teid;
    smgr->ledger.crr_deleted += teid_before && teid_before != sess.teid;
    return true;
}

static bool
sink_remove(void *ctx, uint32_t slot, uint32_t tag)
{
    struct smgr *smgr = ctx;
    bool removed = teid_slot(tag) == slot && sess_drop(smgr->table, tag);

    smgr->ledger.crr_deleted += removed;
    return removed;
}

static uint32_t
sink_sweep(void *ctx, uint8_t round)
{
    struct smgr *smgr = ctx;
    uint32_t n = 0;

    for (uint32_t slot = 1; slot <= sess_top(smgr->table); slot++) {
        const struct sess *sess = sess_at(smgr->table, slot);

        if (sess && sess->resync != round)
            n += sess_drop(smgr->table, sess->teid);
    }
    smgr->ledger.crr_deleted += n;
    return n;
}

/* ---- life ---- */

static struct ckpt_tx_setup
tx_setup(struct smgr *smgr, const struct smgr_setup *setup)
{
    return (struct ckpt_tx_setup){
        .instance = setup->sess.instance,
        .capacity = setup->sess.capacity,
        .incarnation = setup->incarnation,
        .config = setup->config,
        .lz4 = setup->lz4,
        .duration_us = setup->duration_us,
        .source = {.ctx = smgr,
                   .encode = source_encode,
                   .tag = source_tag,
                   .forget = source_forget},
    };
}

size_t
smgr_size(const struct smgr_setup *setup)
{
    struct ckpt_tx_setup tx = tx_setup(NULL, setup);

    return rounded(sizeof(struct smgr)) + rounded(sess_table_size(&setup->sess)) +
           rounded(ckpt_tx_size(&tx));
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

    struct ckpt_tx_setup tx = tx_setup(smgr, &smgr->setup);
    struct ckpt_rx_setup rx = {
        .instance = setup->sess.instance,
        .incarnation = setup->incarnation,
        .config = setup->config,
        .lz4 = setup->lz4,
        .credit = smgr->setup.credit,
        .sink = {.ctx = smgr,
                 .check = sink_check,
                 .apply = sink_apply,
                 .remove = sink_remove,
                 .sweep = sink_sweep},
    };

    at += rounded(sizeof *smgr);
    smgr->table = sess_table_init(at, &setup->sess);
    at += rounded(sess_table_size(&setup->sess));
    smgr->tx = ckpt_tx_init(at, &tx);
    ckpt_rx_init(&smgr->rx, &rx);
    ckpt_rx_start(&smgr->rx, 0);
    return smgr;
}

/* ---- roles ---- */

static void
take_charge(struct smgr *smgr, mono_t now, uint64_t epoch)
{
    ckpt_rx_stop(&smgr->rx);
    if (smgr->role == SMGR_STANDBY)
        (void)sess_promote(smgr->table);
    sess_table_on_change(smgr->table, on_change, smgr);
    sess_table_on_pressure(smgr->table, on_pressure, smgr);
    ckpt_tx_start(smgr->tx, now, epoch);
    for (uint32_t slot = 1; slot <= sess_top(smgr->table); slot++) {
        const struct sess *sess = sess_at(smgr->table, slot);

        if (sess && sess->state == SESS_LIVE)
            ckpt_tx_add(smgr->tx, slot);
        else if (sess) /* deleted in the epoch before: the full resync will tell */
            sess_forget(smgr->table, slot);
    }
}

static void
drop_sessions(struct smgr *smgr)
{
    for (uint32_t slot = 1; slot <= sess_top(smgr->table); slot++) {
        const struct sess *sess = sess_at(smgr->table, slot);

        if (!sess || sess->state != SESS_LIVE)
            continue;
        if (ckpt_tx_acked(smgr->tx, slot))
            smgr->ledger.handed_over++;
        else
            smgr->ledger.superseded++;
    }
    sess_clear(smgr->table);
}

static void
stand_by(struct smgr *smgr, uint64_t epoch)
{
    if (smgr->role != SMGR_STANDBY) {
        if (smgr->served)
            drop_sessions(smgr);
        ckpt_tx_stop(smgr->tx);
        sess_table_on_change(smgr->table, NULL, NULL);
        sess_table_on_pressure(smgr->table, NULL, NULL);
    }
    smgr->served = false;
    ckpt_rx_start(&smgr->rx, epoch);
}

static bool
is_newer(const struct smgr *smgr, enum smgr_role role, uint64_t epoch)
{
    if (epoch != smgr->epoch)
        return epoch > smgr->epoch;
    return role != smgr->role && smgr->role != SMGR_STANDBY;
}

bool
smgr_role(struct smgr *smgr, mono_t now, enum smgr_role role, uint64_t epoch)
{
    if (!is_newer(smgr, role, epoch))
        return false;
    if (role == SMGR_STANDBY)
        stand_by(smgr, epoch);
    else if (smgr->role == SMGR_STANDBY || epoch > smgr->epoch)
        take_charge(smgr, now, epoch);
    smgr->served |= role == SMGR_ACTIVE;
    smgr->role = role;
    smgr->epoch = epoch;
    return true;
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

enum ckpt_reason
smgr_receive(struct smgr *smgr, mono_t now, const void *bytes, size_t len)
{
    struct ckpt_msg msg;
    enum ckpt_reason reason = ckpt_decode(&msg, bytes, len);

    if (reason != CKPT_OK) {
        smgr->rx.stats.dropped[reason]++;
        return reason;
    }
    if (msg.type == CKPT_OPEN_ACK || msg.type == CKPT_ACK)
        return ckpt_tx_receive(smgr->tx, now, &msg);
    return ckpt_rx_receive(&smgr->rx, now, &msg);
}

size_t
smgr_next(struct smgr *smgr, mono_t now, void *buf, size_t room, enum ckpt_algo *algo)
{
    size_t len = ckpt_tx_next(smgr->tx, now, buf, room);

    if (algo) {
        struct ckpt_tx_status status;

        ckpt_tx_status(smgr->tx, &status);
        *algo = status.algo;
    }
    return len ? len : ckpt_rx_next(&smgr->rx, buf, room);
}

mono_t
smgr_deadline(const struct smgr *smgr)
{
    return mono_earlier(ckpt_tx_deadline(smgr->tx), ckpt_rx_deadline(&smgr->rx));
}

void
smgr_status(const struct smgr *smgr, mono_t now, struct smgr_status *status)
{
    *status = (struct smgr_status){
        .role = smgr->role,
        .epoch = smgr->epoch,
        .sessions = sess_count(smgr->table),
    };
    ckpt_tx_status(smgr->tx, &status->tx);
    ckpt_rx_status(&smgr->rx, now, &status->rx);
    if (smgr->role == SMGR_STANDBY) {
        status->connected = status->rx.open;
        status->synced = status->rx.synced;
    } else {
        status->connected = status->tx.open;
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
