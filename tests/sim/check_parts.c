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

/* ---- K2 ---- */

static void
count_nack(struct world *world, int side, int manager, const struct ckpt_nack_entry *entry)
{
    enum ckpt_scale scale = ckpt_scale_of(entry->cmd);
    struct nacked *nacked = &world->checker->nacked[side][manager][entry->slot][scale];

    if (!world->opt.nack[scale] || is_disabled(world, entry->cmd))
        violated(world, INV_K2, "%s sessmgr %d: a NACK of CMD-ID %u, though %s", side_names[side],
                 manager + 1, entry->cmd,
                 is_disabled(world, entry->cmd) ? "it is disabled" : "none is configured");
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
    if (msg->type == CKPT_DATA)
        applied(world, side, manager, &msg->data);
    else if (msg->type == CKPT_NACK)
        answered(world, side, manager, &msg->nack);
}
