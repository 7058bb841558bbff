/* ckpt_audit.h - an audit between the chassis: do both have the same calls?
 *
 * The sender walks its items bucket by bucket. First it tells what of a bucket is not told yet, then,
 * in the same stream and hence of the same moment, a digest of it; so only buckets that differ cost
 * more than twelve octets. Of those the receiver asks for a list, an entry for each item, and counts
 * what it is missing, what is stale and what is extra; in an audit with sync it removes the
 * extra and asks for the rest in full. The sender asks for the result until nothing is left:
 * every message of the receiver may be lost.
 *
 *   in DATA    DIGEST     run u32, bucket u32, items u8, digest u64
 *              LIST       run u32, bucket u32, sync u8, items u8, each: slot in the bucket u8,
 *                         digest u64
 *              AUDIT_END  run u32
 *   AUDIT      run u32, kind u8; RESULT: left u32, items u32, missing u32, stale u32, extra u32,
 *              synced u32; BUCKETS, SLOTS: a u32 for each that is asked for
 *
 * The digest of an item is its owner's, of all that does not change with traffic. Source:
 * docs/staros.md "Audit between the chassis".
 *
 * Ownership  plain values
 * Time       mono_t passed in, never decreasing
 * Errors     a stream that ends ends the audit: ABORTED
 * Threads    one owner; no globals
 */
#ifndef VPCLAB_CKPT_AUDIT_H
#define VPCLAB_CKPT_AUDIT_H

#include "common/base/teid.h"
#include "common/ckpt/ckpt_wire.h"

enum {
    CKPT_BUCKET = 64, /* slots of a bucket */
    CKPT_BUCKETS = TEID_SLOTS / CKPT_BUCKET,
    CKPT_WANTED = 1024, /* items in full that a receiver waits for at a time */
    CKPT_ASKED = 128,   /* most entries of an AUDIT */
};

enum ckpt_audit_state { CKPT_AUDIT_NONE, CKPT_AUDIT_RUNS, CKPT_AUDIT_COMPLETE, CKPT_AUDIT_ABORTED };

enum ckpt_audit_kind { CKPT_AUDIT_RESULT, CKPT_AUDIT_BUCKETS, CKPT_AUDIT_SLOTS, CKPT_AUDIT_KINDS };

struct ckpt_audit_result {
    enum ckpt_audit_state state;
    uint32_t run;
    bool sync;
    struct ckpt_audit_counts counts;
};

/* Of the receiver, for the run it heard of last. */
struct ckpt_audit_rx {
    uint32_t run;
    struct ckpt_audit_counts counts;
    uint32_t differ_n, wanted_n;
    bool result_due;
    unsigned told;                      /* entries of this answer: buckets, then slots */
    uint64_t differ[CKPT_BUCKETS / 64]; /* a bit for each bucket that is asked for */
    uint32_t wanted[CKPT_WANTED];       /* slots */
};

/* Of the sender. */
struct ckpt_audit_tx {
    struct ckpt_audit_result result;
    mono_t at;        /* the next step */
    uint32_t bucket;  /* the next one whose digest is told */
    uint32_t lists_n; /* buckets whose items are asked for ... */
    uint64_t lists[CKPT_BUCKETS / 64];
    bool end_due; /* ask for the result */
};

static inline uint32_t
ckpt_bucket_of(uint32_t slot)
{
    return slot / CKPT_BUCKET;
}

#endif
