/* ckpt_tx_priv.h - the sender's inside, for the files named here only
 *
 * ckpt_change.c takes another setup; ckpt_items.c keeps where each item is and what of it is to be sent; ckpt_tx.c sends;
 * ckpt_hear.c takes in what the receiver says; ckpt_audit_tx.c compares; ckpt_macro.c keeps the
 * macro items.
 *
 * Ownership  everything lies in the memory given to ckpt_tx_init
 * Time       as ckpt_tx.h
 * Errors     as ckpt_tx.h
 * Threads    one owner
 */
#ifndef VPCLAB_CKPT_TX_PRIV_H
#define VPCLAB_CKPT_TX_PRIV_H

#include "common/ckpt/ckpt_tx.h"

enum ckpt_phase { CKPT_STOPPED, CKPT_OPENING, CKPT_IS_OPEN };

/* The list an item is in. NOWHERE and LIVE is: acknowledged. */
enum ckpt_place {
    CKPT_NOWHERE,
    CKPT_WRITE,
    CKPT_FLIGHT,
    CKPT_DUE, /* one for each class of items, in the order in which they are due */
    CKPT_PLACES = CKPT_DUE + CKPT_CLASSES,
};

enum ckpt_state { CKPT_ABSENT, CKPT_LIVE, CKPT_TOMB };

/* In an item's masks: the whole of it, beside bits 1 << part. */
enum { CKPT_ALL = 1u << CKPT_PARTS };

struct ckpt_item {
    uint32_t prev, next;
    union {
        int64_t due_us; /* in DUE */
        uint64_t frame; /* the one it was last sent in, when `sent` is not 0 */
    };
    uint16_t dirty; /* what changed since it was sent */
    uint16_t sent;  /* what was sent in frames that are not acknowledged, as far as we know */
    uint8_t base;   /* number of the full checkpoint sent last */
    uint8_t state : 2, place : 3;
    uint8_t known : 1;    /* sent since the last RESYNC_BEGIN: its delete must be told */
    uint8_t in_round : 1; /* RESYNC_END has to wait for it */
};

struct ckpt_list {
    uint32_t head, tail, n;
};

/* Of a macro item: both may be, when it changed since it was sent. */
struct ckpt_macro {
    bool due;       /* to be sent */
    bool flying;    /* sent, and not acknowledged as far as we know ... */
    uint64_t frame; /* ... in this one */
};

/* A resync round: BEGIN, all items, END. COMPLETE once END is sent; the standby has it
 * when end_frame is acknowledged. */
enum ckpt_round { CKPT_ROUND_DUE, CKPT_ROUND_RUNNING, CKPT_ROUND_COMPLETE };

struct ckpt_tx {
    struct ckpt_tx_setup setup;
    struct ckpt_tx_stats stats;
    enum ckpt_phase phase;
    uint64_t epoch;
    uint64_t peer; /* incarnation of the receiver we last had a stream with */
    uint32_t stream;
    uint32_t base_stream; /* since this stream frame numbers mean what they mean now */
    uint64_t sent, acked; /* frames */
    uint64_t refused;
    uint16_t credit;
    enum ckpt_algo algo;
    bool lz4;       /* this stream offers it */
    bool ready;     /* the receiver takes data of this stream */
    bool resumes;   /* between two streams to a receiver that was ready and is not silent */
    bool must_full; /* the copy at the peer cannot be completed piecemeal */
    bool hurry;     /* no item waits for its age */
    enum ckpt_round round;
    uint32_t round_number, round_left;
    uint64_t begin_frame, end_frame;
    uint32_t live, tombs;
    uint32_t top;           /* items above this one were not touched since all were cleared */
    struct ckpt_tally said; /* told last ... */
    mono_t said_at;         /* ... then */
    mono_t now, heard_at, beat_at, open_at, progress_at;
    struct ckpt_list lists[CKPT_PLACES];
    struct ckpt_macro macros[CKPT_MACROS];
    struct ckpt_audit_tx audit;
    struct ckpt_item items[];
};

/* Tell the owner what became of those things of an item that is not a tombstone. */
void ckpt_told(struct ckpt_tx *tx, uint32_t slot, enum ckpt_told what, unsigned mask);

void ckpt_items_clear(struct ckpt_tx *tx);
void ckpt_unlink(struct ckpt_tx *tx, uint32_t slot);
void ckpt_append(struct ckpt_tx *tx, uint32_t slot, enum ckpt_place place);

/* Nobody need hear of this tombstone: its slot is the owner's again. */
void ckpt_forget(struct ckpt_tx *tx, uint32_t slot);
void ckpt_leave_round(struct ckpt_tx *tx, struct ckpt_item *item);

/* Items that are old enough go to the write list. */
void ckpt_items_tick(struct ckpt_tx *tx, mono_t now);

/* What was sent in frames that were not acknowledged is to be sent again: in front of the write
 * list, in the order it was sent. */
void ckpt_requeue(struct ckpt_tx *tx);

/* The item, if there is one that the peer may have heard of, in full. */
void ckpt_send_again(struct ckpt_tx *tx, uint32_t slot);

/* Take the frames up to `frame` as applied by the standby. */
void ckpt_acknowledge(struct ckpt_tx *tx, uint64_t frame);

/* All items again, between BEGIN and END. Tombstones need not be told: END sweeps them. */
void ckpt_begin_round(struct ckpt_tx *tx);

/* Go on behind the last frame the receiver applied. */
void ckpt_resume(struct ckpt_tx *tx, uint64_t frame);

/* The records of an item; false when the frame has no room left for them. */
bool ckpt_put_item(struct ckpt_tx *tx, mono_t now, uint32_t slot, uint64_t frame, struct wr *wr);

/* ---- ckpt_macro.c ---- */
void ckpt_macros_clear(struct ckpt_tx *tx);
void ckpt_macros_due(struct ckpt_tx *tx); /* all of them */
bool ckpt_macros_are_due(const struct ckpt_tx *tx);
bool ckpt_macros_fly(const struct ckpt_tx *tx);

/* As the functions of items by these names. */
void ckpt_macros_requeue(struct ckpt_tx *tx);
void ckpt_macros_acknowledge(struct ckpt_tx *tx, uint64_t frame);

/* The records of those that are due; false when the frame has no room left for them all. */
bool ckpt_macros_put(struct ckpt_tx *tx, mono_t now, uint64_t frame, struct wr *wr);

/* ---- ckpt_audit_tx.c ---- */
void ckpt_audit_abort(struct ckpt_tx *tx);
bool ckpt_audit_due(const struct ckpt_tx *tx);
mono_t ckpt_audit_deadline(const struct ckpt_tx *tx);
void ckpt_audit_put(struct ckpt_tx *tx, mono_t now, uint64_t frame, struct wr *wr);
void ckpt_audit_hear(struct ckpt_tx *tx, mono_t now, const struct ckpt_audit *audit);

/* Another stream, which offers what is configured now. */
void ckpt_next_stream(struct ckpt_tx *tx);

/* The stream ended; the next one opens after a pause. */
void ckpt_close_stream(struct ckpt_tx *tx, mono_t now, int64_t pause_us);

#endif
