/* ckpt_wire.h - checkpoint messages between two session managers: bytes to struct and back
 *
 * A sender (Active) and a receiver (Standby) hold one conversation per stream. Every
 * message names both incarnations, the SRP epoch and the stream, so that whatever a
 * queue delivers late is known to be late. Numbers are in network order.
 *
 *   all        version u8, type u8, instance u8, sender u64, receiver u64, epoch u64, stream u32
 *   OPEN       algorithms u8 (bit set), config u32, items u32
 *   OPEN_ACK   held sender u64, held epoch u64, held stream u32, held frame u64, algorithm u8,
 *              credit u16
 *   DATA       frame u64, tally, then records: kind u8 and
 *              FULL          slot u32, base u8, length u16, the item's own bytes
 *              a CMD-ID      slot u32, base u8, length u8, the bytes of that part
 *              DELETE_...    slot u32, tag u32
 *              a macro item  length u16, the item's own bytes
 *              RESYNC_BEGIN  round u32
 *              RESYNC_END    round u32
 *   ACK        applied frame u64, flags u8, credit u16, refused u64
 *   HEARTBEAT  last frame sent u64, tally
 *              (tally: its number u32, calls u32, young u32)
 *   AUDIT      ckpt_audit.h
 *   NACK       records that could not be applied: slot u32 and kind u8 of each
 *
 * Ownership  a decoded DATA borrows the message's bytes
 * Time       none
 * Errors     a decoder checks all of a message, each record's frame included, before it
 *            returns CKPT_OK; the item's own bytes are checked by their owner
 * Threads    any
 */
#ifndef VPCLAB_CKPT_WIRE_H
#define VPCLAB_CKPT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/mono.h"
#include "common/base/wire.h"

enum {
    CKPT_VERSION = 2, /* 2: macro items, and how many calls there are */
    CKPT_HEADER = 31,
    CKPT_MESSAGE = 480 * 1024, /* longest message */
    CKPT_LEAST = 1024,         /* least room to write one into: header and one session */
    CKPT_PARTS = 15,           /* kinds of micro-checkpoints there may be */
    CKPT_CLASSES = 4,          /* of items, which wait for ages of their own */
    CKPT_MACROS = 4,           /* kinds of macro items */
    CKPT_NACKS = 64,           /* most entries of a NACK */
    CKPT_CMDS = 256,
};

enum ckpt_type {
    CKPT_OPEN = 1,
    CKPT_OPEN_ACK,
    CKPT_DATA,
    CKPT_ACK,
    CKPT_HEARTBEAT,
    CKPT_NACK,
    CKPT_AUDIT
};

/* Compression of a stream; also the bit number in OPEN's set. */
enum ckpt_algo { CKPT_STORED, CKPT_ZLIB, CKPT_LZ4, CKPT_ALGOS };

/* Of a record; any other value is the CMD-ID of a micro-checkpoint (docs/staros.md). */
enum ckpt_kind {
    CKPT_FULL = 0,   /* the whole session (FC) */
    CKPT_DELETE = 1, /* INVALIDATE_CRR, by its CMD-ID */
    /* Of an item that is part of a session; to the engine one like the other. */
    CKPT_DELETE_SUB_SESS = 117, /* GGSN_DELETE_SUB_SESS */
    CKPT_DELETE_RULE = 178,     /* DYNAMIC_RULE_DEL_INFO */
    /* Macro items: what is of the session manager as a whole. No CMD-ID in use is so high. */
    CKPT_APN_MAP = 241,     /* GGSN_APN ID MAPPING */
    CKPT_SERVICE_MAP = 242, /* SERVICE_ID MAPPING */
    CKPT_VPN_MAP = 243,     /* VPNMGR_ID MAPPING */
    CKPT_INSTANCE = 244,    /* INSTANCE LEVEL CHECKPOINT */
    CKPT_AUDIT_END = 251,   /* ckpt_audit.h */
    CKPT_LIST = 252,
    CKPT_DIGEST = 253,
    CKPT_RESYNC_BEGIN = 254,
    CKPT_RESYNC_END = 255,
};

enum { CKPT_FLAG_GAP = 1, CKPT_FLAG_BAD = 2, CKPT_FLAG_READY = 4 };

/* A stream that stands is tried with heartbeats: the receiver counts them, and from a number
 * on it takes data. Three that are missing are the end of the stream. */
#define CKPT_BEAT_US   (3 * US_PER_S)
#define CKPT_SILENT_US (3 * CKPT_BEAT_US)

enum {
    CKPT_BEATS = 7,            /* standby database-recovery normal */
    CKPT_BEATS_AGGRESSIVE = 1, /* ... aggressive */
};

/* What became of a received message. Anything but OK and DUPLICATE is counted and has
 * changed nothing, except that a GAP, a BAD RECORD or NOT READY is told to the sender. */
#define CKPT_REASONS_X(X)                                                                          \
    X(CKPT_OK, "applied")                                                                          \
    X(CKPT_MALFORMED, "malformed")                                                                 \
    X(CKPT_BAD_VERSION, "unknown version")                                                         \
    X(CKPT_OTHER_INSTANCE, "other session manager")                                                \
    X(CKPT_WRONG_ROLE, "not our role")                                                             \
    X(CKPT_OLD_EPOCH, "older epoch")                                                               \
    X(CKPT_OTHER_INCARNATION, "other incarnation")                                                 \
    X(CKPT_OTHER_STREAM, "other stream")                                                           \
    X(CKPT_DUPLICATE, "duplicate")                                                                 \
    X(CKPT_GAP, "gap")                                                                             \
    X(CKPT_BAD_RECORD, "bad record")                                                               \
    X(CKPT_NOT_READY, "not ready")

enum ckpt_reason {
#define X(name, text) name,
    CKPT_REASONS_X(X)
#undef X
        CKPT_REASONS
};

const char *ckpt_reason_name(enum ckpt_reason reason);

struct ckpt_ids {
    uint8_t instance;
    uint64_t sender, receiver; /* incarnations; receiver is 0 in OPEN */
    uint64_t epoch;
    uint32_t stream;
};

struct ckpt_open {
    uint8_t algos;
    uint32_t config, items;
};

struct ckpt_open_ack {
    uint64_t held_sender, held_epoch;
    uint32_t held_stream; /* the one in which the last frame was applied */
    uint64_t held_frame;  /* 0: none */
    uint8_t algo;
    uint16_t credit;
};

/* What the sender has at that moment: calls, and those of them that still wait for their age. */
struct ckpt_tally {
    uint32_t number; /* 1, 2, ... in an epoch: one that was overtaken is no news */
    uint32_t calls, young;
};

struct ckpt_heartbeat {
    uint64_t last_frame;
    struct ckpt_tally tally;
};

struct ckpt_data {
    uint64_t frame;
    struct ckpt_tally tally;
    const uint8_t *records;
    size_t len;
};

struct ckpt_ack {
    uint64_t frame;
    uint8_t flags;
    uint16_t credit;
    uint64_t refused; /* records of this sender's epoch that could not be applied */
};

struct ckpt_nack {
    const uint8_t *entries;
    size_t len;
};

struct ckpt_nack_entry {
    uint32_t slot;
    uint8_t cmd; /* kind of the record: CKPT_FULL, a macro item's, or a CMD-ID */
};

struct ckpt_audit_counts {
    uint32_t items;   /* compared */
    uint32_t missing; /* on the standby */
    uint32_t stale, extra;
    uint32_t synced; /* made good: removed, or applied in full */
};

struct ckpt_audit {
    uint32_t run;
    uint8_t kind;  /* enum ckpt_audit_kind */
    uint32_t left; /* RESULT: buckets and items that are still asked for */
    struct ckpt_audit_counts counts;
    const uint8_t *bytes; /* BUCKETS, SLOTS: a u32 each */
    size_t len;
};

struct ckpt_msg {
    enum ckpt_type type;
    struct ckpt_ids ids;
    union {
        struct ckpt_open open;
        struct ckpt_open_ack open_ack;
        struct ckpt_data data;
        struct ckpt_ack ack;
        struct ckpt_heartbeat heartbeat;
        struct ckpt_nack nack;
        struct ckpt_audit audit;
    };
};

struct ckpt_record {
    uint8_t kind;         /* enum ckpt_kind, or a CMD-ID */
    uint8_t base;         /* FULL: its number; a part: that of the full one it builds on */
    uint32_t slot;        /* FULL, parts, DELETE_*; of an audit: bucket */
    uint32_t tag;         /* DELETE_*: which occupant of the slot; RESYNC_*: round; audit: run */
    const uint8_t *bytes; /* FULL, parts, macro items */
    size_t len;
};

static inline bool
ckpt_is_delete(uint8_t kind)
{
    return kind == CKPT_DELETE || kind == CKPT_DELETE_SUB_SESS || kind == CKPT_DELETE_RULE;
}

static inline bool
ckpt_is_macro(uint8_t kind)
{
    return kind >= CKPT_APN_MAP && kind < CKPT_APN_MAP + CKPT_MACROS;
}

/* A macro item's number, 0..CKPT_MACROS - 1, and back. */
static inline unsigned
ckpt_macro_of(uint8_t kind)
{
    return (unsigned)kind - CKPT_APN_MAP;
}

static inline uint8_t
ckpt_macro_kind(unsigned macro)
{
    return (uint8_t)(CKPT_APN_MAP + macro);
}

static inline bool
ckpt_is_part(uint8_t kind)
{
    return kind != CKPT_FULL && !ckpt_is_delete(kind) && !ckpt_is_macro(kind) &&
           kind != CKPT_RESYNC_BEGIN && kind != CKPT_RESYNC_END && kind != CKPT_DIGEST &&
           kind != CKPT_LIST && kind != CKPT_AUDIT_END;
}

enum ckpt_reason ckpt_decode(struct ckpt_msg *msg, const void *bytes, size_t len);

/* Write a message; of DATA only header and frame number, its records follow; of NACK only the
 * header, its entries follow. */
void ckpt_encode(struct wr *wr, const struct ckpt_msg *msg);

/* The next record; false at the end or, with rd->bad, at a malformed one. */
bool ckpt_next_record(struct rd *rd, struct ckpt_record *record);

/* The next entry of a NACK that was decoded; false at the end. */
bool ckpt_next_nack(struct rd *rd, struct ckpt_nack_entry *entry);

#endif
