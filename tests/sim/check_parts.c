/* K1, K2: micro-checkpoints change a record in the order in which the session changed; NACKs are
 * said as configured, and answered by a full checkpoint. */
#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "common/base/teid.h"

static const struct smgr *
smgr_of(const struct world *world, int side, int manager)
{
    return world->chassis[side].cards[PROC_SM1 + manager].smgr;
}

/* ---- records that are not what they should be ---- */

bool
check_fails(const struct world *world, int side, int manager, uint32_t slot)
{
    const struct smgr *smgr = smgr_of(world, side, manager);

    return world->chassis[side].procs[PROC_SM1 + manager].up &&
           (smgr_failing(smgr, slot, CKPT_MACRO) || smgr_failing(smgr, slot, CKPT_MICRO));
}

bool
check_unapplied(const struct world *world, int side, int manager, uint32_t slot)
{
    return check_fails(world, side, manager, slot) ||
           (world->checker->unapplied[side][manager] >> slot & 1);
}

static void
learn_unapplied(struct world *world, int side, int manager, const struct ckpt_data *data)
{
    uint64_t *slots = &world->checker->unapplied[side][manager];
    struct rd rd = rd_over(data->records, data->len);
    struct ckpt_record r;

    while (ckpt_next_record(&rd, &r)) {
        uint64_t bit = r.slot <= SLOTS ? UINT64_C(1) << r.slot : 0;

        if (r.kind != CKPT_FULL && !ckpt_is_part(r.kind) && !ckpt_is_delete(r.kind))
            continue;
        *slots &= ~bit;
        *slots |= bit && check_fails(world, side, manager, r.slot) ? bit : 0;
    }
}

static bool
is_disabled(const struct world *world, uint8_t cmd)
{
    return cmd != CKPT_FULL && cmd == world->opt.nack_disabled;
}

static bool
for_good(const struct world *world, const struct ckpt_failing *failing)
{
    return failing && (!world->opt.nack[ckpt_scale_of(failing->cmd)] ||
                       is_disabled(world, failing->cmd) || failing->told >= world->opt.nack_most);
}

bool
check_fails_for_good(const struct world *world, int side, int manager)
{
    const struct smgr *smgr = smgr_of(world, side, manager);

    for (uint32_t slot = 1; slot <= SLOTS; slot++) {
        if (for_good(world, smgr_failing(smgr, slot, CKPT_MACRO)) ||
            for_good(world, smgr_failing(smgr, slot, CKPT_MICRO)))
            return true;
    }
    return false;
}

/* ---- K1 ---- */

/* The client's end of a tunnel only rises in a run, so a record's never falls; but in a new round,
 * told by a sender that was heir itself, and could not apply all. */
void
check_records(struct world *world, int side, int manager)
{
    struct checker *k = world->checker;
    struct sess_table *table = table_of(world, side, manager);
    struct seen *seen = k->seen_record[side][manager];
    uint64_t copy = world->chassis[side].cards[PROC_SM1 + manager].copy;

    if (k->seen_copy[side][manager] != copy)
        memset(seen, 0, sizeof k->seen_record[side][manager]);
    k->seen_copy[side][manager] = copy;
    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        const struct sess *sess = sess_at(table, slot);

        if (!sess)
            continue;
        if (seen[slot].teid == sess->teid && seen[slot].birth == sess->create_seq &&
            seen[slot].round == sess->resync && sess->peer_user_teid < seen[slot].tunnel &&
            !lied(world, manager))
            violated(world, INV_K1,
                     "%s sessmgr %d: the record of %08" PRIx32 " falls back from %" PRIu32
                     " to %" PRIu32,
                     side_names[side], manager + 1, sess->teid, seen[slot].tunnel,
                     sess->peer_user_teid);
        seen[slot] = (struct seen){.teid = sess->teid,
                                   .birth = sess->create_seq,
                                   .tunnel = sess->peer_user_teid,
                                   .round = sess->resync};
    }
}

static const struct sess *
record_at(struct world *world, int side, int manager, uint32_t slot)
{
    const struct sess *sess = sess_at(table_of(world, side, manager), slot);

    return sess && sess->state == SESS_LIVE ? sess : NULL;
}

/* The number tells it from the one before. */
static void
check_full(struct world *world, int side, int manager, const struct ckpt_ids *ids,
           const struct ckpt_record *r)
{
    struct based *last = &world->checker->based[side][manager][r->slot];
    const struct sess *sess = record_at(world, side, manager, r->slot);
    struct based now = {.sender = ids->sender, .epoch = ids->epoch, .base = r->base};

    if (!sess || check_fails(world, side, manager, r->slot))
        return;
    now.teid = sess->teid;
    if (last->sender == now.sender && last->epoch == now.epoch && last->teid == now.teid &&
        last->base == now.base)
        violated(world, INV_K1,
                 "%s sessmgr %d: two full checkpoints of %08" PRIx32 " have number %u",
                 side_names[side], manager + 1, now.teid, now.base);
    *last = now;
}

/* It was applied, or told to have failed: then it names the full checkpoint that made the record. */
static void
check_part(struct world *world, int side, int manager, const struct ckpt_record *r)
{
    const struct sess *sess = record_at(world, side, manager, r->slot);

    if (smgr_failing(smgr_of(world, side, manager), r->slot, CKPT_MICRO))
        return;
    if (sess && sess->base != r->base)
        violated(world, INV_K1,
                 "%s sessmgr %d: a part that builds on checkpoint %u of %08" PRIx32
                 " is applied to %u",
                 side_names[side], manager + 1, r->base, sess->teid, sess->base);
}

/* Slots of a frame in which a record comes, or goes, as a whole. */
static uint64_t
whole_slots(const struct ckpt_data *data)
{
    struct rd rd = rd_over(data->records, data->len);
    struct ckpt_record r;
    uint64_t slots = 0;

    while (ckpt_next_record(&rd, &r)) {
        if (r.kind == CKPT_RESYNC_END)
            return UINT64_MAX; /* swept */
        if ((r.kind == CKPT_FULL || ckpt_is_delete(r.kind)) && r.slot <= SLOTS)
            slots |= UINT64_C(1) << r.slot;
    }
    return slots;
}

static void
check_bases(struct world *world, int side, int manager, const struct ckpt_msg *msg)
{
    struct rd rd = rd_over(msg->data.records, msg->data.len);
    uint64_t whole = whole_slots(&msg->data);
    struct smgr_status status;
    struct ckpt_record r;

    smgr_status(smgr_of(world, side, manager), world->now, &status);
    if (status.role != SMGR_STANDBY)
        return; /* last words are merged */
    while (ckpt_next_record(&rd, &r)) {
        if (r.kind == CKPT_FULL && r.slot <= SLOTS)
            check_full(world, side, manager, &msg->ids, &r);
        else if (ckpt_is_part(r.kind) && r.slot <= SLOTS && !(whole >> r.slot & 1))
            check_part(world, side, manager, &r);
    }
}

/* ---- K2 ---- */

/* Could one of this kind not be applied since this was asked last? */
static bool
was_refused(struct world *world, int side, int manager, uint8_t kind)
{
    const struct ckpt_rx_stats *stats = smgr_rx_stats(smgr_of(world, side, manager));
    uint64_t now = kind == CKPT_FULL ? stats->refused : stats->part_refused[kind];
    uint64_t *then = &world->checker->refused[side][manager][kind];
    bool grew = now != *then;

    *then = now;
    return grew;
}

static void
learn_sound(struct world *world, int side, int manager, const struct ckpt_data *data)
{
    struct rd rd = rd_over(data->records, data->len);
    uint64_t all = 0, whole = 0, *sound = &world->checker->sound[side][manager];
    struct ckpt_record r;
    bool refused = false;

    while (ckpt_next_record(&rd, &r)) {
        bool is_whole = r.kind == CKPT_FULL || ckpt_is_delete(r.kind);

        if (r.slot > SLOTS || !(is_whole || ckpt_is_part(r.kind)))
            continue;
        all |= UINT64_C(1) << r.slot;
        if (is_whole)
            whole |= UINT64_C(1) << r.slot;
        refused |= !ckpt_is_delete(r.kind) && was_refused(world, side, manager, r.kind);
    }
    *sound = refused ? *sound & ~all : *sound | whole;
}

static void
count_nack(struct world *world, int side, int manager, const struct ckpt_nack_entry *entry)
{
    enum ckpt_scale scale = ckpt_scale_of(entry->cmd);
    struct nacked *nacked = &world->checker->nacked[side][manager][entry->slot][scale];

    if (!world->opt.nack[scale] || is_disabled(world, entry->cmd))
        violated(world, INV_K2, "%s sessmgr %d: a NACK of CMD-ID %u, though %s", side_names[side],
                 manager + 1, entry->cmd,
                 is_disabled(world, entry->cmd) ? "it is disabled" : "none is configured");
    if (world->checker->sound[side][manager] >> entry->slot & 1)
        violated(world, INV_K2,
                 "%s sessmgr %d: a NACK of slot %" PRIu32 ", which was applied in full since",
                 side_names[side], manager + 1, entry->slot);
    if (nacked->n == 0 || mono_between(nacked->since, world->now) >= world->opt.nack_window_us)
        *nacked = (struct nacked){.since = world->now};
    if (++nacked->n > world->opt.nack_most)
        violated(world, INV_K2, "%s sessmgr %d: %u NACKs of slot %" PRIu32 " in a window",
                 side_names[side], manager + 1, nacked->n, entry->slot);
}

void
check_nack(struct world *world, int from, int manager, const uint8_t *bytes, size_t len)
{
    struct ckpt_nack_entry entry;
    struct ckpt_msg msg;
    struct rd rd;

    if (len <= CKPT_HEADER || bytes[1] != CKPT_NACK || ckpt_decode(&msg, bytes, len) != CKPT_OK)
        return;
    rd = rd_over(msg.nack.entries, msg.nack.len);
    while (ckpt_next_nack(&rd, &entry)) {
        if (entry.slot <= SLOTS)
            count_nack(world, from, manager, &entry);
    }
}

/* A full checkpoint closes the windows of its call, if it can be applied. */
static void
applied(struct world *world, int side, int manager, const struct ckpt_data *data)
{
    struct rd rd = rd_over(data->records, data->len);
    struct ckpt_record r;

    while (ckpt_next_record(&rd, &r)) {
        bool all = r.kind == CKPT_RESYNC_BEGIN;
        bool one = r.slot <= SLOTS && (r.kind == CKPT_FULL || ckpt_is_delete(r.kind));

        if (all)
            memset(world->checker->nacked[side][manager], 0,
                   sizeof world->checker->nacked[side][manager]);
        if (one && !check_fails(world, side, manager, r.slot))
            memset(world->checker->nacked[side][manager][r.slot], 0,
                   sizeof world->checker->nacked[side][manager][r.slot]);
    }
}

/* The sender has it in full to send, at once. */
static void
answered(struct world *world, int side, int manager, const struct ckpt_nack *nack)
{
    const struct ckpt_tx *tx = smgr_sender(smgr_of(world, side, manager));
    struct sess_table *table = table_of(world, side, manager);
    struct rd rd = rd_over(nack->entries, nack->len);
    struct ckpt_nack_entry entry;

    while (ckpt_next_nack(&rd, &entry)) {
        const struct sess *sess = sess_at(table, entry.slot);

        if (sess && sess->state == SESS_LIVE && ckpt_tx_based(tx, entry.slot))
            violated(world, INV_K2, "%s sessmgr %d: the NACK of slot %" PRIu32 " is not answered",
                     side_names[side], manager + 1, entry.slot);
    }
}

void
check_nacked(struct world *world, int side, int manager, const struct ckpt_msg *msg)
{
    if (msg->type == CKPT_DATA) {
        applied(world, side, manager, &msg->data);
        learn_sound(world, side, manager, &msg->data);
        learn_unapplied(world, side, manager, &msg->data);
        check_bases(world, side, manager, msg);
    } else if (msg->type == CKPT_NACK)
        answered(world, side, manager, &msg->nack);
}
