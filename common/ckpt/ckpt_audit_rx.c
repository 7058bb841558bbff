#include <string.h>

#include "common/base/rng.h"
#include "common/ckpt/ckpt_rx.h"

/* A run that was not heard of yet. */
static struct ckpt_audit_rx *
run_of(struct ckpt_rx *rx, uint32_t run)
{
    if (rx->audit.run != run) {
        memset(&rx->audit, 0, sizeof rx->audit);
        rx->audit.run = run;
    }
    return &rx->audit;
}

static bool
differs(const struct ckpt_audit_rx *audit, uint32_t bucket)
{
    return audit->differ[bucket / 64] >> bucket % 64 & 1;
}

static void
ask_for(struct ckpt_audit_rx *audit, uint32_t bucket)
{
    audit->differ_n += !differs(audit, bucket);
    audit->differ[bucket / 64] |= UINT64_C(1) << bucket % 64;
}

void
ckpt_audit_digest(struct ckpt_rx *rx, const struct ckpt_record *r)
{
    const struct ckpt_sink *sink = &rx->setup.sink;
    struct ckpt_audit_rx *audit = run_of(rx, r->tag);
    struct rd rd = rd_over(r->bytes, r->len);
    uint32_t bucket = r->slot, n = rd_u8(&rd), ours = 0;
    uint64_t sum = 0, theirs = rd_u64(&rd);

    for (uint32_t i = 0; i < CKPT_BUCKET; i++) {
        uint32_t slot = bucket * CKPT_BUCKET + i;
        uint64_t digest;

        if (slot == 0 || !sink->digest(sink->ctx, slot, &digest))
            continue;
        sum += mix64(digest + slot);
        ours++;
    }
    audit->counts.items += n;
    if (ours != n || sum != theirs)
        ask_for(audit, bucket);
}

/* ---- a list ------------------------------------------------------------------------------------ */

static bool
want(struct ckpt_audit_rx *audit, uint32_t slot)
{
    for (uint32_t i = 0; i < audit->wanted_n; i++) {
        if (audit->wanted[i] == slot)
            return true;
    }
    if (audit->wanted_n == CKPT_WANTED)
        return false;
    audit->wanted[audit->wanted_n++] = slot;
    return true;
}

/* One item: false when there is no room to wait for it; then the list is asked for again. */
static bool
compare_one(struct ckpt_rx *rx, uint32_t slot, bool sync, uint64_t theirs,
            struct ckpt_audit_counts *found)
{
    const struct ckpt_sink *sink = &rx->setup.sink;
    uint64_t ours;
    bool is_there = sink->digest(sink->ctx, slot, &ours);

    if (is_there && ours == theirs)
        return true;
    found->missing += !is_there;
    found->stale += is_there;
    return !sync || want(&rx->audit, slot);
}

static void
remove_extra(struct ckpt_rx *rx, uint32_t bucket, uint64_t listed, bool sync,
             struct ckpt_audit_counts *found)
{
    const struct ckpt_sink *sink = &rx->setup.sink;

    for (uint32_t i = 0; i < CKPT_BUCKET; i++) {
        uint32_t slot = bucket * CKPT_BUCKET + i;
        uint64_t digest;

        if (listed >> i & 1 || slot == 0 || !sink->digest(sink->ctx, slot, &digest))
            continue;
        found->extra++;
        if (sync)
            found->synced += sink->take_out(sink->ctx, slot);
    }
}

void
ckpt_audit_list(struct ckpt_rx *rx, const struct ckpt_record *r)
{
    struct ckpt_audit_rx *audit = run_of(rx, r->tag);
    struct rd rd = rd_over(r->bytes, r->len);
    bool sync = rd_u8(&rd) != 0, whole = true;
    uint32_t bucket = r->slot, n = rd_u8(&rd);
    struct ckpt_audit_counts found = {0};
    uint64_t listed = 0;

    if (!differs(audit, bucket))
        return; /* said twice */
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = rd_u8(&rd);
        uint64_t theirs = rd_u64(&rd);

        listed |= UINT64_C(1) << at % CKPT_BUCKET;
        whole &= compare_one(rx, bucket * CKPT_BUCKET + at, sync, theirs, &found);
    }
    if (!whole)
        return;
    remove_extra(rx, bucket, listed, sync, &found);
    audit->counts.missing += found.missing;
    audit->counts.stale += found.stale;
    audit->counts.extra += found.extra;
    audit->counts.synced += found.synced;
    audit->differ[bucket / 64] &= ~(UINT64_C(1) << bucket % 64);
    audit->differ_n--;
}

void
ckpt_audit_settle(struct ckpt_rx *rx, uint32_t slot, bool synced)
{
    struct ckpt_audit_rx *audit = &rx->audit;

    for (uint32_t i = 0; i < audit->wanted_n; i++) {
        if (audit->wanted[i] != slot)
            continue;
        audit->wanted[i] = audit->wanted[--audit->wanted_n];
        audit->counts.synced += synced;
        return;
    }
}

void
ckpt_audit_end(struct ckpt_rx *rx, uint32_t run)
{
    struct ckpt_audit_rx *audit = run_of(rx, run);

    audit->result_due = true;
    audit->told = 0;
}

/* ---- answers ------------------------------------------------------------------------------------- */

static struct ckpt_msg
answer(const struct ckpt_rx *rx, enum ckpt_audit_kind kind)
{
    const struct ckpt_audit_rx *audit = &rx->audit;

    return (struct ckpt_msg){
        .type = CKPT_AUDIT,
        .ids = rx->ids,
        .audit = {.run = audit->run,
                  .kind = (uint8_t)kind,
                  .left = audit->differ_n + audit->wanted_n,
                  .counts = audit->counts},
    };
}

static size_t
ask_buckets(struct ckpt_rx *rx, struct wr wr)
{
    struct ckpt_msg msg = answer(rx, CKPT_AUDIT_BUCKETS);
    unsigned n = 0;

    ckpt_encode(&wr, &msg);
    for (uint32_t bucket = 0; bucket < CKPT_BUCKETS && n < CKPT_ASKED; bucket++) {
        if (rx->audit.differ[bucket / 64] == 0) {
            bucket |= 63;
            continue;
        }
        if (!differs(&rx->audit, bucket))
            continue;
        wr_u32(&wr, bucket);
        n++;
    }
    return wr_len(&wr);
}

static size_t
ask_slots(struct ckpt_rx *rx, struct wr wr)
{
    struct ckpt_msg msg = answer(rx, CKPT_AUDIT_SLOTS);

    ckpt_encode(&wr, &msg);
    for (uint32_t i = 0; i < rx->audit.wanted_n && i < CKPT_ASKED; i++)
        wr_u32(&wr, rx->audit.wanted[i]);
    return wr_len(&wr);
}

/* First what is asked for, then the result, which says how much is left. */
size_t
ckpt_audit_next(struct ckpt_rx *rx, struct wr wr)
{
    struct ckpt_audit_rx *audit = &rx->audit;
    struct ckpt_msg msg;

    if (audit->told == 0) {
        audit->told++;
        if (audit->differ_n > 0)
            return ask_buckets(rx, wr);
    }
    if (audit->told == 1) {
        audit->told++;
        if (audit->wanted_n > 0)
            return ask_slots(rx, wr);
    }
    audit->result_due = false;
    msg = answer(rx, CKPT_AUDIT_RESULT);
    ckpt_encode(&wr, &msg);
    return wr_len(&wr);
}
