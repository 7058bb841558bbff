#include <assert.h>

#include "common/base/err.h"
#include "common/base/teid.h"
#include "sf/sess_part.h"
#include "sf/sess_wire.h"
#include "sf/smgr_priv.h"

/* ---- records ---- */

/* A part that we do not know is of a later version: not malformed, but it cannot be applied. */
static bool
sink_check(void *ctx, const struct ckpt_record *r)
{
    const struct smgr *smgr = ctx;
    struct sess sess = {0};
    struct sess_rule rule = {0};

    if (r->kind != CKPT_FULL) {
        enum sess_part part = sess_part_of(r->kind);

        return part == SESS_PARTS ||
               sess_part_decode(&sess, &rule, part, (mono_t){0}, r->bytes, r->len);
    }
    if (!sess_decode(&sess, &rule, (mono_t){0}, r->bytes, r->len) ||
        teid_slot(sess.teid) != r->slot || teid_instance(sess.teid) != smgr->setup.sess.instance)
        return false;
    sess_expect(smgr->table, sess.imsi, sess.ebi); /* the whole frame is checked first */
    return true;
}

/* Records are counted by call: bearers are part of one. */
static bool
is_call(const struct sess *sess)
{
    return sess && !sess->lbi;
}

static bool
drop_record(struct smgr *smgr, uint32_t tag, enum note_state why)
{
    bool call = is_call(sess_by_teid(smgr->table, tag)), removed = sess_drop(smgr->table, tag);

    smgr->ledger.crr_deleted += removed && call;
    if (teid_slot(tag) != SESS_NONE && teid_slot(tag) <= smgr->setup.sess.capacity)
        smgr_note_dropped(smgr, tag, teid_slot(tag), why);
    return removed;
}

/* The peer's table never holds a key or an address twice, so whoever has it here is gone
 * there, and we were not told (a delete given up under pressure, a resync under way). */
static void
evict(struct smgr *smgr, const struct sess *other, uint32_t slot)
{
    if (other && sess_slot(smgr->table, other) != slot &&
        drop_record(smgr, other->teid, NOTE_REPLACED))
        smgr->ledger.evicted++;
}

static bool
store_record(struct smgr *smgr, uint32_t slot, const struct sess *sess,
             const struct sess_rule *rule)
{
    const struct sess *before = sess_at(smgr->table, slot);
    uint32_t teid_before = is_call(before) ? before->teid : 0;
    uint32_t teid_now = is_call(sess) ? sess->teid : 0;
    int err = sess_put(smgr->table, sess);

    if (err == DI_EEXISTS) {
        evict(smgr, sess_by_imsi(smgr->table, sess->imsi, sess->ebi), slot);
        if (is_call(sess))
            evict(smgr, sess_by_addr(smgr->table, sess->ue_addr), slot);
        err = sess_put(smgr->table, sess);
    }
    if (err)
        return false;
    if (sess->lbi)
        *sess_rule(smgr->table, sess_at(smgr->table, slot)) = *rule;
    smgr->ledger.crr_created += teid_now && teid_before != teid_now;
    smgr->ledger.crr_deleted += teid_before && teid_before != teid_now;
    return true;
}

static uint32_t
sweep_records(struct smgr *smgr, uint8_t round)
{
    uint32_t n = 0;

    for (uint32_t slot = 1; slot <= sess_top(smgr->table); slot++) {
        const struct sess *sess = sess_at(smgr->table, slot);

        if (sess && sess->resync != round)
            n += drop_record(smgr, sess->teid, NOTE_SWEPT);
    }
    return n;
}

/* ---- the last words of the peer about sessions that are ours now ---- */

void
smgr_drain_from_here(struct smgr *smgr)
{
    for (uint32_t slot = 1; slot <= sess_top(smgr->table); slot++) {
        const struct sess *sess = sess_at(smgr->table, slot);

        if (sess)
            smgr->told[slot] = sess->counters;
    }
}

/* The counters are cumulative: what is more than was told before is new, whatever frame
 * brings it and however often. */
static bool
merge_one(uint64_t *ours, uint64_t *told, uint64_t theirs)
{
    if (theirs <= *told)
        return false;
    *ours += theirs - *told;
    *told = theirs;
    return true;
}

static bool
merge(struct sess_counters *ours, struct sess_counters *told, const struct sess_counters *theirs)
{
    bool grew = merge_one(&ours->up_packets, &told->up_packets, theirs->up_packets);

    grew |= merge_one(&ours->up_octets, &told->up_octets, theirs->up_octets);
    grew |= merge_one(&ours->down_packets, &told->down_packets, theirs->down_packets);
    grew |= merge_one(&ours->down_octets, &told->down_octets, theirs->down_octets);
    return grew;
}

/* The session taken over that has this TEID; one opened here since may have it, too. */
static struct sess *
taken_over(struct smgr *smgr, uint32_t teid)
{
    struct sess *sess = sess_by_teid(smgr->table, teid);

    return sess && sess->recovered ? sess : NULL;
}

/* A session manager started again hands out its TEIDs and call-ids from the first one on. */
static bool
same_session(const struct sess *a, const struct sess *b)
{
    return a->teid == b->teid && a->call_id == b->call_id && a->imsi == b->imsi &&
           a->ebi == b->ebi && a->lbi == b->lbi && a->ue_addr == b->ue_addr &&
           a->create_seq == b->create_seq && a->create_port == b->create_port;
}

static void
merge_counters(struct smgr *smgr, uint32_t slot, struct sess *ours,
               const struct sess_counters *theirs)
{
    if (!merge(&ours->counters, &smgr->told[slot], theirs))
        return;
    smgr->ledger.drained++;
    smgr->internal = true;
    sess_changed_part(smgr->table, ours, sess_stats_part(ours));
    smgr->internal = false;
}

static void
merge_full(struct smgr *smgr, uint32_t slot, const struct sess *theirs)
{
    struct sess *ours = taken_over(smgr, theirs->teid);

    if (!ours || !same_session(ours, theirs))
        return;
    ours->resync = theirs->resync;
    ours->base = theirs->base;
    merge_counters(smgr, slot, ours, &theirs->counters);
}

/* Of a part only the counters are news: all else is ours to change now. */
static void
merge_part(struct smgr *smgr, const struct ckpt_record *r, mono_t now)
{
    struct sess *ours = sess_at(smgr->table, r->slot), theirs = {0};
    struct sess_rule rule = {0};
    enum sess_part part = sess_part_of(r->kind);

    if (ours && ours->state == SESS_LIVE && ours->recovered && ours->base == r->base &&
        sess_is_stats_part(part) && sess_part_decode(&theirs, &rule, part, now, r->bytes, r->len))
        merge_counters(smgr, r->slot, ours, &theirs.counters);
}

/* As one of the pair's calls it is counted by the peer, which tells its number. */
static void
close_taken_over(struct smgr *smgr, struct sess *sess)
{
    const struct sess_stats *stats = sess_table_stats(smgr->table);
    uint64_t closed = stats->closed;

    smgr->internal = true;
    sess_close(smgr->table, sess);
    smgr->internal = false;
    smgr->mark.closed += stats->closed - closed;
}

static bool
close_deleted(struct smgr *smgr, uint32_t tag)
{
    struct sess *sess = taken_over(smgr, tag);

    if (!sess)
        return false;
    close_taken_over(smgr, sess);
    return true;
}

/* A full resync tells deletes by absence, and its end acknowledges them: what was taken over
 * and is not confirmed is gone. (As ever, so is what a sender lost that was started again.) */
static uint32_t
sweep_taken_over(struct smgr *smgr, uint8_t round)
{
    uint32_t n = 0;

    for (uint32_t slot = 1; slot <= sess_top(smgr->table); slot++) {
        struct sess *sess = sess_at(smgr->table, slot);

        if (!sess || sess->state != SESS_LIVE || !sess->recovered || sess->resync == round)
            continue;
        close_taken_over(smgr, sess);
        n++;
    }
    return n;
}

/* ---- what the receiver asks for ---- */

static bool
sink_apply(void *ctx, const struct ckpt_record *r, uint8_t round, mono_t now)
{
    struct smgr *smgr = ctx;
    struct sess sess;
    struct sess_rule rule;
    bool decoded = sess_decode(&sess, &rule, now, r->bytes, r->len);

    assert(decoded);
    (void)decoded;
    sess.resync = round;
    sess.base = r->base;
    if (!smgr->draining) {
        if (!smgr_translate(smgr, &sess) || !store_record(smgr, r->slot, &sess, &rule)) {
            smgr->misfits = true; /* another configuration may have a place for it */
            return false;
        }
        smgr_note_record(smgr, r->slot, &sess, now);
        return true;
    }
    merge_full(smgr, r->slot, &sess);
    return true;
}

static void
sink_spare(void *ctx, const struct ckpt_record *r, uint8_t round)
{
    struct smgr *smgr = ctx;
    struct sess *sess = sess_at(smgr->table, r->slot), theirs;
    struct sess_rule rule;

    if (r->kind != CKPT_FULL) {
        if (sess && !sess->lbi && !smgr->draining)
            smgr_note_part(smgr, r->slot, false, smgr->now);
        return;
    }
    if (!sess_decode(&theirs, &rule, smgr->now, r->bytes, r->len))
        return;
    if (sess && same_session(sess, &theirs))
        sess->resync = round;
    if (!smgr->draining && r->slot <= smgr->setup.sess.capacity) /* a peer may have room for more */
        smgr_note_refused(smgr, r->slot, &theirs);
}

/* Only onto the full checkpoint it builds on. */
static bool
sink_apply_part(void *ctx, const struct ckpt_record *r, mono_t now)
{
    struct smgr *smgr = ctx;
    struct sess *sess = sess_at(smgr->table, r->slot);
    enum sess_part part = sess_part_of(r->kind);
    bool applied;

    if (smgr->draining) {
        merge_part(smgr, r, now);
        return true;
    }
    applied = sess && sess->base == r->base && sess_has_part(sess, part) &&
              sess_part_decode(sess, sess_rule(smgr->table, sess), part, now, r->bytes, r->len);
    if (applied && !sess->lbi)
        smgr_note_part(smgr, r->slot, true, now);
    return applied;
}

static bool
sink_remove(void *ctx, uint32_t slot, uint32_t tag)
{
    struct smgr *smgr = ctx;

    if (teid_slot(tag) != slot)
        return false;
    return smgr->draining ? close_deleted(smgr, tag) : drop_record(smgr, tag, NOTE_REMOVED);
}

static bool
sink_digest(void *ctx, uint32_t slot, uint64_t *digest)
{
    struct smgr *smgr = ctx;
    const struct sess *sess = sess_at(smgr->table, slot);

    if (!sess || sess->state != SESS_LIVE)
        return false;
    *digest = smgr_digest(smgr, sess, sess_rule(smgr->table, sess));
    return true;
}

static bool
sink_take_out(void *ctx, uint32_t slot)
{
    struct smgr *smgr = ctx;
    const struct sess *sess = sess_at(smgr->table, slot);

    return sess && drop_record(smgr, sess->teid, NOTE_SWEPT);
}

static uint32_t
sink_sweep(void *ctx, uint8_t round)
{
    struct smgr *smgr = ctx;

    return smgr->draining ? sweep_taken_over(smgr, round) : sweep_records(smgr, round);
}

struct ckpt_sink
smgr_sink(struct smgr *smgr)
{
    return (struct ckpt_sink){.ctx = smgr,
                              .check = sink_check,
                              .apply = sink_apply,
                              .spare = sink_spare,
                              .apply_part = sink_apply_part,
                              .remove = sink_remove,
                              .digest = sink_digest,
                              .take_out = sink_take_out,
                              .sweep = sink_sweep,
                              .check_macro = smgr_macro_check,
                              .apply_macro = smgr_macro_apply,
                              .forget_macros = smgr_macro_forget};
}
