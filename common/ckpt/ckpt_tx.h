/* ckpt_tx.h - checkpoint sender: keeps a standby's copy of our items up to date
 *
 * State based: an item is a slot number; what is sent is its state at the moment of
 * sending, so a slow peer costs coalescing and never a queue: the whole of it (full
 * checkpoint), or those of its parts that changed since (micro-checkpoints), which name the full
 * checkpoint they build on. Each item is in one place:
 * waiting for its age (checkpoint duration, unless in a hurry), on the write list, in flight, or
 * acknowledged. "Acknowledged" means applied by the standby.
 *
 * Beside them are macro items, a few in number: what is of the owner as a whole, and what its items'
 * bytes need to be understood. Each is told when the receiver becomes ready, when a resync begins,
 * and when it changed; before the items of that frame, so no item travels that it was not told
 * before.
 *
 * Opening a stream, the receiver says which sender, epoch, stream and frame its copy stands
 * for. Is it ours, only what was not acknowledged is sent; otherwise everything, between
 * RESYNC_BEGIN and RESYNC_END, and the receiver sweeps what was not confirmed. A gap or a
 * bad frame ends the stream; the next one resumes from the receiver's last frame, so a
 * frame number never has two contents in one stream. A heartbeat each second, answered by
 * an acknowledgement, finds out what was lost; three without answer end a stream. So does a
 * receiver that was ready and is not any more: it saw the end of a connection, and we did not.
 *
 * Ownership  ckpt_tx_size() bytes from the caller, once, aligned as malloc aligns
 * Time       mono_t passed in, never decreasing
 * Errors     see enum ckpt_reason; a message that is not OK or DUPLICATE changes nothing
 * Threads    one owner; no globals
 */
#ifndef VPCLAB_CKPT_TX_H
#define VPCLAB_CKPT_TX_H

#include "common/base/mono.h"
#include "common/ckpt/ckpt_audit.h"

/* What becomes of what is told of an item. */
enum ckpt_told {
    CKPT_TOLD_SENT,
    CKPT_TOLD_LOST,  /* of that: it ended with its stream, and is sent again */
    CKPT_TOLD_HEARD, /* all that was sent and not lost was applied */
    CKPT_TOLD_VOID,  /* the peer's copy begins anew: it may not have it any more */
};

/* How many parts a mask of them names. */
static inline unsigned
ckpt_parts_in(unsigned mask)
{
    unsigned n = 0;

    for (; mask; mask &= mask - 1)
        n++;
    return n;
}

/* The owner of the items. */
struct ckpt_source {
    void *ctx;
    /* Write the item's state, at most 65535 octets, or that of one part, at most 255; wr turns
     * full when it does not fit. Absolute values: a record may be applied twice. */
    void (*encode)(void *ctx, uint32_t slot, mono_t now, struct wr *wr);
    void (*encode_part)(void *ctx, uint32_t slot, unsigned part, mono_t now, struct wr *wr);
    const uint8_t *cmds; /* [part]: its CMD-ID */
    /* Which occupant of the slot this is (also of one deleted, until forgotten). */
    uint32_t (*tag)(void *ctx, uint32_t slot);
    /* With which CMD-ID the end of that one is told (ckpt_is_delete). */
    uint8_t (*delete_cmd)(void *ctx, uint32_t slot);
    /* Of all in an item that does not change with traffic; for an audit. */
    uint64_t (*digest)(void *ctx, uint32_t slot);
    /* How many calls there are, and how many of them wait, out of `waiting` items of each class;
     * NULL: items are calls. */
    void (*tally)(void *ctx, const uint32_t waiting[CKPT_CLASSES], struct ckpt_tally *tally);
    /* Of an item, its delete excepted: the whole of it, or so many parts; NULL: nobody asks. */
    void (*told)(void *ctx, uint32_t slot, enum ckpt_told what, bool full, unsigned parts,
                 mono_t now);
    /* The slot's delete needs no further checkpoint: it may be used again. */
    void (*forget)(void *ctx, uint32_t slot);
    /* Macro items 0..macro_n - 1, and the state of one, at most 65535 octets: absolute, too. */
    unsigned macro_n;
    void (*encode_macro)(void *ctx, unsigned macro, mono_t now, struct wr *wr);
};

struct ckpt_tx_setup {
    uint8_t instance;     /* session manager number */
    uint32_t capacity;    /* slots 1..capacity */
    uint64_t incarnation; /* this start of this process, not 0, higher than the one before */
    uint32_t config;      /* checksum both ends compare */
    bool lz4;             /* LZ4 is configured here */
    /* An item of that class is sent once it is older than this. */
    int64_t duration_us[CKPT_CLASSES];
    struct ckpt_source source;
};

struct ckpt_tx_stats {
    uint64_t opens;   /* OPEN messages sent */
    uint64_t streams; /* streams that came up */
    uint64_t full_resyncs, partial_resyncs;
    uint64_t closed_lost, closed_silent, closed_gap, closed_bad;
    uint64_t frames, octets;
    uint64_t full_sent, delete_sent;
    uint64_t delete_cmd_sent[CKPT_CMDS]; /* delete_sent, by CMD-ID */
    uint64_t part_sent[CKPT_PARTS];
    uint64_t full_lost, delete_lost, part_lost[CKPT_PARTS]; /* of these, lost with their stream */
    uint64_t macro_sent[CKPT_MACROS], macro_lost[CKPT_MACROS];
    uint64_t acks, gaps; /* received; gaps: acknowledgements telling of a gap or bad frame */
    uint64_t nacks_full, nacks_part; /* received: records the receiver could not apply */
    uint64_t given_up;               /* deletes dropped under slot pressure */
    uint64_t dropped[CKPT_REASONS];  /* messages by reason */
};

struct ckpt_tx_status {
    bool started, open;
    bool reached;        /* open and the peer takes data, or about to be again */
    bool told;           /* ... resync complete, all acknowledged, macro items, too */
    bool synced;         /* ... and nothing of it could not be applied */
    enum ckpt_algo algo; /* of the open stream */
    uint64_t epoch, peer_incarnation;
    uint32_t stream;
    uint32_t items; /* live */
    uint32_t waiting, write_list, in_flight, tombstones;
    uint64_t frame_sent, frame_acked;
    uint64_t refused; /* records the peer could not apply */
};

struct ckpt_tx;

size_t ckpt_tx_size(const struct ckpt_tx_setup *setup);
struct ckpt_tx *ckpt_tx_init(void *memory, const struct ckpt_tx_setup *setup);

/* config, lz4 and duration_us of this setup take the place of those in force: the durations at once,
 * for what waits, too; the others from the next stream on. */
void ckpt_tx_change(struct ckpt_tx *tx, const struct ckpt_tx_setup *setup);

/* Begin to send, in a new epoch, with no items; add those there are with ckpt_tx_add. */
void ckpt_tx_start(struct ckpt_tx *tx, mono_t now, uint64_t epoch);

/* Send no more and forget all items, without calling forget. */
void ckpt_tx_stop(struct ckpt_tx *tx);

/* An item that is there since `since`, to be sent when due (at once: ckpt_tx_add). One that is
 * known already is sent in full again. */
void ckpt_tx_add(struct ckpt_tx *tx, uint32_t slot);
void ckpt_tx_changed(struct ckpt_tx *tx, uint32_t slot, unsigned kind, mono_t since);

/* That macro item changed. */
void ckpt_tx_macro(struct ckpt_tx *tx, unsigned macro);

/* One part of an item that is known changed. */
void ckpt_tx_part(struct ckpt_tx *tx, uint32_t slot, unsigned part);

/* In a hurry no item waits for its age: all that do are due at once, and so is each new one,
 * until told otherwise or started again. Nor does a lost frame wait for the next heartbeat. */
void ckpt_tx_hurry(struct ckpt_tx *tx, bool hurry);

/* The item is gone. True: nobody needs to hear of it, the slot is free (forget is not
 * called); false: it stays a tombstone until `forget`. */
bool ckpt_tx_deleted(struct ckpt_tx *tx, uint32_t slot);

/* Slots are short: forget all tombstones, at the price of a full resync. Does so only
 * while the peer is absent or has not acknowledged anything for a second; returns how
 * many slots it freed. */
uint32_t ckpt_tx_give_up(struct ckpt_tx *tx, mono_t now);

/* Is the item applied by the standby as it is now? Or at least in full, but for parts that
 * changed since? */
bool ckpt_tx_acked(const struct ckpt_tx *tx, uint32_t slot);
bool ckpt_tx_based(const struct ckpt_tx *tx, uint32_t slot);

/* The next message due into buf[room]: its length, 0 if none. Frames are as long as room
 * allows, at most CKPT_MESSAGE; room is at least CKPT_LEAST, and 64 octets more than the longest
 * macro item. */
size_t ckpt_tx_next(struct ckpt_tx *tx, mono_t now, void *buf, size_t room);

/* When ckpt_tx_next may have something again, if nothing else happens before. */
mono_t ckpt_tx_deadline(const struct ckpt_tx *tx);

/* Compare with the peer, as run number `run` (not the one before); with sync, make good what
 * differs. Begins when the stream is ready, or goes on with one that is. */
void ckpt_tx_audit(struct ckpt_tx *tx, mono_t now, uint32_t run, bool sync);
const struct ckpt_audit_result *ckpt_tx_audit_result(const struct ckpt_tx *tx);

/* What of an item the standby may not have; false: there is no such item. */
struct ckpt_look {
    bool waiting;               /* for its age: nothing was sent yet */
    uint8_t base;               /* number of the full checkpoint sent last; 0: none */
    bool full_due, full_flying; /* to be sent; sent, and not acknowledged */
    uint16_t due, flying;       /* parts, likewise: a bit each */
};
bool ckpt_tx_look(const struct ckpt_tx *tx, uint32_t slot, struct ckpt_look *look);

/* The way to the peer ended: a stream that was open is opened anew. */
void ckpt_tx_disconnected(struct ckpt_tx *tx, mono_t now);

/* Consume an OPEN_ACK, ACK, NACK or AUDIT. */
enum ckpt_reason ckpt_tx_receive(struct ckpt_tx *tx, mono_t now, const struct ckpt_msg *msg);

void ckpt_tx_status(const struct ckpt_tx *tx, struct ckpt_tx_status *status);
const struct ckpt_tx_stats *ckpt_tx_stats(const struct ckpt_tx *tx);

#endif
