#include <string.h>

#include "common/base/rng.h"
#include "common/ckpt/ckpt_tx_priv.h"

/* A step at a time, so that calls do not wait for it: so many buckets, so often. */
#define STEP_US (10 * US_PER_MS)
#define ASK_US  (1 * US_PER_S) /* for the result, once more */

enum { STEP_BUCKETS = 32, STEP_LISTS = 4 };

void
ckpt_tx_audit(struct ckpt_tx *tx, mono_t now, uint32_t run, bool sync)
{
    struct ckpt_audit_tx *audit = &tx->audit;

    if (tx->phase == CKPT_STOPPED)
        return;
    memset(audit, 0, sizeof *audit);
    audit->result = (struct ckpt_audit_result){.state = CKPT_AUDIT_RUNS, .run = run, .sync = sync};
    audit->at = now;
}

const struct ckpt_audit_result *
ckpt_tx_audit_result(const struct ckpt_tx *tx)
{
    return &tx->audit.result;
}

void
ckpt_audit_abort(struct ckpt_tx *tx)
{
    if (tx->audit.result.state == CKPT_AUDIT_RUNS)
        tx->audit.result.state = CKPT_AUDIT_ABORTED;
}

/* Not while a resync tells everything anyway. */
static bool
may_audit(const struct ckpt_tx *tx)
{
    return tx->audit.result.state == CKPT_AUDIT_RUNS && tx->phase == CKPT_IS_OPEN && tx->ready &&
           tx->round == CKPT_ROUND_COMPLETE;
}

bool
ckpt_audit_due(const struct ckpt_tx *tx)
{
    return may_audit(tx) && mono_reached(tx->now, tx->audit.at);
}

mono_t
ckpt_audit_deadline(const struct ckpt_tx *tx)
{
    return may_audit(tx) ? tx->audit.at : MONO_NEVER;
}

/* ---- what is told --------------------------------------------------------------------------- */

static uint32_t
first_of(uint32_t bucket)
{
    return bucket == 0 ? 1 : bucket * CKPT_BUCKET;
}

static uint32_t
last_of(const struct ckpt_tx *tx, uint32_t bucket)
{
    uint32_t last = bucket * CKPT_BUCKET + CKPT_BUCKET - 1;

    return last < tx->top ? last : tx->top;
}

/* Is it an item of which the peer should have the very state it has here? */
static bool
is_told(const struct ckpt_tx *tx, uint32_t slot)
{
    return tx->items[slot].state == CKPT_LIVE && tx->items[slot].place < CKPT_DUE;
}

static bool
put_bucket_news(struct ckpt_tx *tx, mono_t now, uint32_t bucket, uint64_t frame, struct wr *wr)
{
    for (uint32_t slot = first_of(bucket); slot <= last_of(tx, bucket); slot++) {
        if (tx->items[slot].place == CKPT_WRITE && !ckpt_put_item(tx, now, slot, frame, wr))
            return false;
    }
    return true;
}

static bool
put_digest(struct ckpt_tx *tx, mono_t now, uint32_t bucket, uint64_t frame, struct wr *wr)
{
    const struct ckpt_source *source = &tx->setup.source;
    uint64_t sum = 0;
    uint8_t n = 0;

    if (!put_bucket_news(tx, now, bucket, frame, wr) || wr_room(wr) < 1 + 4 + 4 + 1 + 8)
        return false;
    for (uint32_t slot = first_of(bucket); slot <= last_of(tx, bucket); slot++) {
        if (!is_told(tx, slot))
            continue;
        sum += mix64(source->digest(source->ctx, slot) + slot);
        n++;
    }
    wr_u8(wr, CKPT_DIGEST);
    wr_u32(wr, tx->audit.result.run);
    wr_u32(wr, bucket);
    wr_u8(wr, n);
    wr_u64(wr, sum);
    return true;
}

static bool
put_list(struct ckpt_tx *tx, mono_t now, uint32_t bucket, uint64_t frame, struct wr *wr)
{
    const struct ckpt_source *source = &tx->setup.source;
    uint8_t *count, n = 0;

    if (!put_bucket_news(tx, now, bucket, frame, wr) ||
        wr_room(wr) < 1 + 4 + 4 + 1 + 1 + (size_t)CKPT_BUCKET * 9)
        return false;
    wr_u8(wr, CKPT_LIST);
    wr_u32(wr, tx->audit.result.run);
    wr_u32(wr, bucket);
    wr_u8(wr, tx->audit.result.sync);
    count = wr_take(wr, 1);
    for (uint32_t slot = first_of(bucket); slot <= last_of(tx, bucket); slot++) {
        if (!is_told(tx, slot))
            continue;
        wr_u8(wr, (uint8_t)(slot % CKPT_BUCKET));
        wr_u64(wr, source->digest(source->ctx, slot));
        n++;
    }
    *count = n;
    return true;
}

static void
put_digests(struct ckpt_tx *tx, mono_t now, uint64_t frame, struct wr *wr)
{
    struct ckpt_audit_tx *audit = &tx->audit;
    uint32_t buckets = ckpt_bucket_of(tx->setup.capacity) + 1;

    for (unsigned i = 0; i < STEP_BUCKETS && audit->bucket < buckets; i++) {
        if (!put_digest(tx, now, audit->bucket, frame, wr))
            return;
        audit->bucket++;
    }
    audit->end_due = audit->bucket == buckets;
}

static void
put_lists(struct ckpt_tx *tx, mono_t now, uint64_t frame, struct wr *wr)
{
    struct ckpt_audit_tx *audit = &tx->audit;
    unsigned done = 0;

    for (uint32_t bucket = 0; bucket < CKPT_BUCKETS && audit->lists_n > 0; bucket++) {
        if (audit->lists[bucket / 64] == 0) {
            bucket |= 63;
            continue;
        }
        if (!(audit->lists[bucket / 64] >> bucket % 64 & 1))
            continue;
        if (done++ == STEP_LISTS || !put_list(tx, now, bucket, frame, wr))
            return;
        audit->lists[bucket / 64] &= ~(UINT64_C(1) << bucket % 64);
        audit->lists_n--;
    }
    audit->end_due = audit->lists_n == 0;
}

void
ckpt_audit_put(struct ckpt_tx *tx, mono_t now, uint64_t frame, struct wr *wr)
{
    struct ckpt_audit_tx *audit = &tx->audit;

    audit->at = mono_after(now, STEP_US);
    if (audit->bucket <= ckpt_bucket_of(tx->setup.capacity))
        put_digests(tx, now, frame, wr);
    else if (audit->lists_n > 0)
        put_lists(tx, now, frame, wr);
    else
        audit->end_due = true; /* the answer to the last one was lost */
    if (!audit->end_due || wr_room(wr) < 5)
        return;
    wr_u8(wr, CKPT_AUDIT_END);
    wr_u32(wr, audit->result.run);
    audit->end_due = false;
    audit->at = mono_after(now, ASK_US);
}

/* ---- what the receiver says ---------------------------------------------------------------------- */

static void
want_lists(struct ckpt_tx *tx, struct rd *rd)
{
    struct ckpt_audit_tx *audit = &tx->audit;

    while (rd_left(rd) > 0) {
        uint32_t bucket = rd_u32(rd);

        if (bucket > ckpt_bucket_of(tx->setup.capacity) ||
            audit->lists[bucket / 64] >> bucket % 64 & 1)
            continue;
        audit->lists[bucket / 64] |= UINT64_C(1) << bucket % 64;
        audit->lists_n++;
    }
}

/* Deletes may have been given up since it was asked: then the copy has what is gone here until the
 * resync that follows is at its end, and a result said before that is not the last word. */
static bool
is_settled(const struct ckpt_tx *tx)
{
    return tx->round == CKPT_ROUND_COMPLETE && tx->acked >= tx->end_frame;
}

void
ckpt_audit_hear(struct ckpt_tx *tx, mono_t now, const struct ckpt_audit *audit)
{
    struct ckpt_audit_result *result = &tx->audit.result;
    struct rd rd = rd_over(audit->bytes, audit->len);

    if (result->state != CKPT_AUDIT_RUNS || audit->run != result->run)
        return;
    switch (audit->kind) {
    case CKPT_AUDIT_BUCKETS:
        want_lists(tx, &rd);
        tx->audit.at = now;
        break;
    case CKPT_AUDIT_SLOTS:
        while (rd_left(&rd) > 0)
            ckpt_send_again(tx, rd_u32(&rd));
        break;
    default:
        result->counts = audit->counts;
        if (audit->left == 0 && is_settled(tx))
            result->state = CKPT_AUDIT_COMPLETE;
        break;
    }
}
