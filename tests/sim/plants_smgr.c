/* Planted bugs of a session manager: in what it does with records, with what it hears, and in what
 * it keeps of what it sends. */
#include <string.h>

#include "check.h"
#include "common/ckpt/ckpt_tx_priv.h"
#include "sf/sess_part.h"
#include "sf/sess_priv.h"
#include "sf/smgr_priv.h"

/* ---- records ---- */

static bool
keep_deleted(void *ctx, uint32_t slot, uint32_t tag)
{
    (void)ctx;
    (void)slot;
    (void)tag;
    return true;
}

static bool
keep_extra(void *ctx, uint32_t slot)
{
    (void)ctx;
    (void)slot;
    return true;
}

/* Of what the round has confirmed, the first record goes, too. */
static uint32_t
sweep_one_more(void *ctx, uint8_t round)
{
    struct smgr *smgr = ctx;
    uint32_t n = smgr_sink(smgr).sweep(ctx, round);

    for (uint32_t slot = 1; slot <= sess_top(smgr->table) && !smgr->draining; slot++) {
        const struct sess *sess = sess_at(smgr->table, slot);

        if (sess && sess->state == SESS_LIVE && !sess->lbi)
            return n + sess_drop(smgr->table, sess->teid);
    }
    return n;
}

static bool
apply_to_any_base(void *ctx, const struct ckpt_record *record, mono_t now)
{
    struct smgr *smgr = ctx;
    const struct sess *sess = sess_at(smgr->table, record->slot);
    struct ckpt_record other = *record;

    if (sess)
        other.base = sess->base;
    return smgr_sink(smgr).apply_part(ctx, &other, now);
}

static bool
apply_aged(void *ctx, const struct ckpt_record *record, uint8_t round, mono_t now)
{
    struct smgr *smgr = ctx;
    bool applied = smgr_sink(smgr).apply(ctx, record, round, now);
    struct sess *sess = sess_at(smgr->table, record->slot);

    if (applied && sess && !smgr->draining)
        sess->since.us -= US_PER_S;
    return applied;
}

/* It starts. */
void
plant_smgr(const struct world *world, struct smgr *smgr)
{
    struct ckpt_sink *sink = &smgr->rx.setup.sink;

    if (plant(world, PLANT_DEAF_DELETE))
        sink->remove = keep_deleted;
    if (plant(world, PLANT_KEEPS_EXTRA))
        sink->take_out = keep_extra;
    if (plant(world, PLANT_BROOM))
        sink->sweep = sweep_one_more;
    if (plant(world, PLANT_ANY_BASE))
        sink->apply_part = apply_to_any_base;
    if (plant(world, PLANT_AGING))
        sink->apply = apply_aged;
}

/* ---- roles ---- */

/* It has obeyed. */
void
plant_role(const struct world *world, struct smgr *smgr, enum smgr_role before)
{
    if (plant(world, PLANT_CALLS_ANEW) && before == SMGR_STANDBY && smgr->role != SMGR_STANDBY)
        smgr->table->calls.last = 0;
    if (plant(world, PLANT_LOST_YIELDING) && before != SMGR_STANDBY && smgr->role == SMGR_STANDBY)
        (void)sweep_one_more(smgr, 0);
}

/* ---- configurations ---- */

/* It has taken another one, and other pools with it. */
void
plant_change(const struct world *world, struct smgr *smgr, bool pools)
{
    if (plant(world, PLANT_MOVED_POOLS) && pools)
        addrs_clear(smgr->table->addrs);
    for (unsigned map = 0; plant(world, PLANT_MOVED_NUMBERS) && map < SMGR_MAPS; map++) {
        struct names moved = {.of = {""}};

        for (unsigned number = 0; number < NAMES_MOST; number++) {
            if (smgr->configured[map][number] != NAME_NONE)
                memcpy(moved.of[smgr->configured[map][number]], smgr->names[map].of[number],
                       NAME_ROOM);
        }
        smgr->names[map] = moved;
    }
}

/* ---- what is heard ---- */

static bool
is_data_of(const struct smgr *smgr, struct ckpt_msg *msg, const uint8_t *bytes, size_t len)
{
    const struct ckpt_ids *ids = &smgr->rx.ids;

    return ckpt_decode(msg, bytes, len) == CKPT_OK && msg->type == CKPT_DATA &&
           msg->ids.sender == ids->sender && msg->ids.epoch == ids->epoch &&
           msg->ids.stream == ids->stream && msg->ids.receiver == ids->receiver;
}

static void
before(const struct world *world, struct smgr *smgr, const uint8_t *bytes, size_t len)
{
    struct ckpt_rx *rx = &smgr->rx;
    struct ckpt_msg msg;

    if (plant(world, PLANT_OLD_EPOCHS))
        plant_believe(smgr, bytes, len);
    if (!is_data_of(smgr, &msg, bytes, len))
        return;
    if ((plant(world, PLANT_GUESSED_GAP) && msg.data.frame > rx->frame) ||
        (plant(world, PLANT_ECHO) && msg.data.frame <= rx->frame))
        rx->frame = msg.data.frame - 1;
}

/* What was complained about before is so once more. */
static void
complain_on(struct smgr *smgr, const struct ckpt_nacks *were, mono_t now)
{
    for (uint32_t i = 0; i < were->n; i++) {
        const struct ckpt_failing *call = &were->calls[i];

        if (!ckpt_nacks_find(&smgr->rx.nacks, call->slot, ckpt_scale_of(call->cmd)))
            ckpt_nacks_failed(&smgr->rx.nacks, now, call->slot, call->cmd);
    }
}

/* By itself, in a field that nobody looks at. */
static void
rot_now_and_then(struct smgr *smgr)
{
    uint32_t top = sess_top(smgr->table);
    struct sess *sess =
        top ? sess_at(smgr->table, 1 + (uint32_t)(smgr->rx.stats.frames / 16 % top)) : NULL;

    if (smgr->role == SMGR_STANDBY && smgr->rx.stats.frames % 16 == 0 && sess)
        sess->msisdn ^= 1;
}

enum ckpt_reason
plant_receive(const struct world *world, struct smgr *smgr, const uint8_t *bytes, size_t len)
{
    struct ckpt_nacks nacks = {.n = 0};
    bool draining = smgr->rx.draining;
    enum ckpt_reason reason;

    if (world->options.plant == PLANT_NONE)
        return smgr_receive(smgr, world->now, bytes, len);
    if (plant(world, PLANT_DEAF_TO_NACK) && bytes[1] == CKPT_NACK)
        return CKPT_OK;
    before(world, smgr, bytes, len);
    if (plant(world, PLANT_IGNORED_MAP))
        plant_map(smgr);
    if (plant(world, PLANT_NACK_ON))
        nacks = smgr->rx.nacks;
    if (plant(world, PLANT_AUDIT_OWN) && bytes[1] == CKPT_DATA)
        smgr->rx.draining = false;
    reason = smgr_receive(smgr, world->now, bytes, len);
    smgr->rx.draining = draining;
    if (reason == CKPT_OK && bytes[1] == CKPT_DATA)
        complain_on(smgr, &nacks, world->now);
    if (plant(world, PLANT_ROTTING) && reason == CKPT_OK && bytes[1] == CKPT_DATA)
        rot_now_and_then(smgr);
    return reason;
}

void
plant_disconnected(const struct world *world, struct smgr *smgr)
{
    uint8_t beats = smgr->rx.beats;

    smgr_disconnected(smgr, world->now);
    if (plant(world, PLANT_KEPT_TRIAL))
        smgr->rx.beats = beats;
}

/* ---- what is sent ---- */

/* Of several parts that wait, the client's end is forgotten. */
static void
forget_part(struct ckpt_tx *tx)
{
    for (uint32_t slot = tx->lists[CKPT_WRITE].head; slot; slot = tx->items[slot].next) {
        struct ckpt_item *item = &tx->items[slot];
        unsigned others = item->dirty & ~(1u << SESS_GGSN_UPDATE);

        if (item->state == CKPT_LIVE && others != 0 && !(others & CKPT_ALL))
            item->dirty = (uint16_t)others;
    }
}

/* Deletes are as good as heard once they are sent. */
static void
forget_deleted(struct ckpt_tx *tx)
{
    for (uint32_t slot = tx->lists[CKPT_FLIGHT].head, next; slot; slot = next) {
        next = tx->items[slot].next;
        if (tx->items[slot].state == CKPT_TOMB)
            ckpt_forget(tx, slot);
    }
}

/* ---- audits ---- */

/* It has been ordered to compare. */
void
plant_compare(const struct world *world, struct smgr *smgr)
{
    struct ckpt_audit_result *result = &smgr->tx->audit.result;

    if (plant(world, PLANT_BLIND_AUDIT) && result->state == CKPT_AUDIT_RUNS)
        result->state = CKPT_AUDIT_COMPLETE;
}

size_t
plant_next(struct world *world, struct smgr *smgr, enum ckpt_algo *algo)
{
    struct ckpt_tx *tx = smgr->tx;
    bool draining = smgr->rx.draining;
    size_t len;

    if (plant(world, PLANT_NO_CREDIT))
        tx->credit = UINT16_MAX;
    if (plant(world, PLANT_NO_OVERFLOW))
        tx->must_full = false;
    if (plant(world, PLANT_LZ4_ALONE) && tx->setup.lz4)
        tx->algo = CKPT_LZ4;
    if (plant(world, PLANT_RESTLESS_ALGO) && tx->setup.lz4 && tx->sent > 50)
        tx->algo = CKPT_ZLIB;
    if (plant(world, PLANT_FORGOTTEN_PART))
        forget_part(tx);
    if (plant(world, PLANT_HASTY_DELETE))
        forget_deleted(tx);
    if (plant(world, PLANT_AUDIT_OWN) && smgr->rx.audit.result_due)
        smgr->rx.draining = false;
    len = smgr_next(smgr, world->now, world->frame, world->opt.room, algo);
    smgr->rx.draining = draining;
    return len;
}
