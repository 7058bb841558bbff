/* ckpt_rx.h - checkpoint receiver: applies a peer's frames in order and acknowledges them
 *
 * Applies frames strictly in order, of the current stream only; a duplicate is
 * acknowledged again, a gap is reported, a heartbeat is answered. But for NACKs it speaks only
 * when spoken to: an acknowledgement proves that its copy heard the sender in that stream.
 *
 * A frame is applied whole or not at all: every record is checked first, and one malformed
 * record makes the frame bad, which the sender is told. A record that is well formed but
 * cannot be applied here (a differing configuration, a micro-checkpoint that builds on another
 * full one, or is of a later version) counts as refused, is told to the sender by a NACK where
 * that is configured (ckpt_nack.h), and stops nothing else.
 *
 * An OPEN of another sender or epoch is only an offer until something comes back that names
 * our incarnation and that stream: a queue may hold OPENs of the dead.
 *
 * Ownership  a plain value; the sink is borrowed for the receiver's life
 * Time       mono_t passed in, never decreasing
 * Errors     see enum ckpt_reason
 * Threads    one owner; no globals
 */
#ifndef VPCLAB_CKPT_RX_H
#define VPCLAB_CKPT_RX_H

#include "common/base/mono.h"
#include "common/base/rng.h"
#include "common/ckpt/ckpt_audit.h"
#include "common/ckpt/ckpt_nack.h"

/* The keeper of the copy. */
struct ckpt_sink {
    void *ctx;
    /* Are the bytes of a FULL record, or of a part, well formed? Changes nothing. */
    bool (*check)(void *ctx, const struct ckpt_record *record);
    /* Store it, marked with the resync round and with record->base; false if it cannot be. */
    bool (*apply)(void *ctx, const struct ckpt_record *record, uint8_t round, mono_t now);
    /* It, or a part, could not be applied. A FULL record says that the item is still there: what
     * stands in its place is marked with the round, not swept. */
    void (*spare)(void *ctx, const struct ckpt_record *record, uint8_t round);
    /* Change that part of what stands in the slot; false if it cannot be, or stands on another
     * base. Was checked, as the one above. */
    bool (*apply_part)(void *ctx, const struct ckpt_record *record, mono_t now);
    /* Remove the occupant `tag` of the slot; true if it was there. */
    bool (*remove)(void *ctx, uint32_t slot, uint32_t tag);
    /* The digest of what stands in the slot, as the sender has it (ckpt_source); false: nothing. */
    bool (*digest)(void *ctx, uint32_t slot, uint64_t *digest);
    /* Remove what stands in the slot, which the sender does not have; true if it was there. */
    bool (*take_out)(void *ctx, uint32_t slot);
    /* Remove all that is not marked with `round`; returns how many. */
    uint32_t (*sweep)(void *ctx, uint8_t round);
    /* Are the bytes of a macro item's record well formed? Changes nothing. */
    bool (*check_macro)(void *ctx, const struct ckpt_record *record);
    /* Take it in; false if it cannot be. Comes before the items that were sent with it. */
    bool (*apply_macro)(void *ctx, const struct ckpt_record *record);
    /* A resync begins, of this sender or another one: what macro items told is void. */
    void (*forget_macros)(void *ctx);
};

enum { CKPT_PASTS = 16 };

struct ckpt_rx_setup {
    uint8_t instance;
    uint64_t incarnation; /* not 0 */
    uint32_t config;
    bool lz4;
    uint16_t credit;     /* frames a sender may have outstanding; at least 1 */
    uint8_t ready_beats; /* heartbeats of a stream before its data is taken; at least 1 */
    struct ckpt_sink sink;
};

/* For demonstrations: applying fails on purpose. */
struct ckpt_fault {
    uint32_t times; /* so often; UINT32_MAX: for ever; 0: no more */
    uint32_t skip;  /* after so many were applied */
    uint8_t cmd;    /* of these: CKPT_FULL, a CMD-ID, or a macro item's kind */
    /* besides, of whatever comes, that part */
    uint8_t percent;
    struct rng rng;
    bool missing; /* something was not applied for that */
};

struct ckpt_rx_stats {
    uint64_t streams, resyncs;
    uint64_t frames, octets;
    uint64_t full_received, delete_received;
    uint64_t delete_cmd_received[CKPT_CMDS]; /* delete_received, by CMD-ID */
    uint64_t refused;                        /* Apply fail, of full checkpoints */
    uint64_t part_received[CKPT_CMDS];       /* by CMD-ID */
    uint64_t part_refused[CKPT_CMDS];
    uint64_t macro_received[CKPT_MACROS], macro_refused[CKPT_MACROS];
    uint64_t gaps; /* gaps and bad frames told to the sender */
    uint64_t swept;
    uint64_t config_mismatches;
    uint64_t dropped[CKPT_REASONS];
};

/* What the sender said last that it has. */
struct ckpt_said {
    bool any; /* since the receiver was started */
    struct ckpt_tally tally;
    bool complete; /* at that moment this copy was complete, as of the last frame */
};

struct ckpt_rx {
    struct ckpt_rx_setup setup;
    struct ckpt_rx_stats stats;
    bool started;
    uint64_t floor;      /* epochs below this one are history */
    bool draining;       /* only the sender whose copy this is has something to say */
    struct ckpt_ids ids; /* the current stream; ids.stream 0: none */
    /* those before it, of other senders or epochs; the oldest is forgotten */
    struct ckpt_ids past[CKPT_PASTS];
    uint8_t past_at;       /* ... where the next one goes */
    struct ckpt_ids offer; /* one that was answered, and has not proved alive yet */
    uint32_t offer_config, offer_items;
    enum ckpt_algo offer_algo;
    uint64_t frame;        /* last applied */
    uint32_t frame_stream; /* ... in this stream */
    struct ckpt_said said;
    struct ckpt_nacks nacks;
    struct ckpt_fault fault;
    struct ckpt_audit_rx audit;
    bool based;          /* a resync of this sender and epoch has begun */
    bool in_round;       /* and not ended */
    uint32_t items;      /* that the sender had when the stream was opened ... */
    uint32_t round_done; /* ... and how many of them this round has brought */
    uint8_t round;
    uint32_t config_told; /* by the sender */
    bool config_differs;
    bool anew; /* this stream is to end, and the next one to bring all */
    enum ckpt_algo algo;
    uint8_t beats; /* heartbeats of this stream, until it is ready */
    bool cut;      /* the way to the sender ended; nothing was heard since */
    bool open_ack_due, ack_due;
    uint8_t ack_flags;
    mono_t opened_at, heard_at;
};

struct ckpt_rx_status {
    bool started, open; /* open: a sender is connected and was heard in time */
    bool ready;         /* ... and its data is taken */
    bool synced;        /* open, and the copy complete as of the last frame */
    bool config_differs;
    enum ckpt_algo algo;
    uint64_t epoch, peer_incarnation, frame;
    uint32_t stream;
    /* of a full resync that is under way: items applied, and how many there are; else 0 */
    uint32_t resync_done, resync_of;
};

void ckpt_rx_init(struct ckpt_rx *rx, const struct ckpt_rx_setup *setup);

/* Accept streams of `floor` or a later epoch. When already started, only raises the floor. */
void ckpt_rx_start(struct ckpt_rx *rx, uint64_t floor);

/* While started: go on with the sender whose copy this is, in its epoch, also when it opens a
 * stream anew. Any other one wants a copy that stands for its own: it must not be told that
 * it has one here, nor that its deletes are done. Until stopped. */
void ckpt_rx_drain(struct ckpt_rx *rx);

/* Accept nothing; what the copy stood for is forgotten, so the next stream is a full one. */
void ckpt_rx_stop(struct ckpt_rx *rx);

/* The way to the sender ended: it counts as gone until it is heard again. */
void ckpt_rx_disconnected(struct ckpt_rx *rx);

/* Consume an OPEN, DATA or HEARTBEAT. */
enum ckpt_reason ckpt_rx_receive(struct ckpt_rx *rx, mono_t now, const struct ckpt_msg *msg);

/* These parts of the setup take the place of those in force: LZ4 from the next stream on; one that
 * is ready stays so. */
void ckpt_rx_change(struct ckpt_rx *rx, uint32_t config, bool lz4, uint8_t ready_beats);

/* The sender is to tell everything again: what could not be applied may have a place now. The copy
 * stays meanwhile. */
void ckpt_rx_anew(struct ckpt_rx *rx);

/* The next message due into buf[room], room at least CKPT_LEAST: its length, 0 if none. */
size_t ckpt_rx_next(struct ckpt_rx *rx, mono_t now, void *buf, size_t room);
mono_t ckpt_rx_deadline(const struct ckpt_rx *rx);

/* ---- ckpt_audit_rx.c, for ckpt_rx.c only ---- */
void ckpt_audit_digest(struct ckpt_rx *rx, const struct ckpt_record *record);
void ckpt_audit_list(struct ckpt_rx *rx, const struct ckpt_record *record);
void ckpt_audit_end(struct ckpt_rx *rx, uint32_t run);
/* Nobody waits for the item any longer: it was applied in full, or could not be, or is gone. */
void ckpt_audit_settle(struct ckpt_rx *rx, uint32_t slot, bool synced);
size_t ckpt_audit_next(struct ckpt_rx *rx, struct wr wr);

void ckpt_rx_status(const struct ckpt_rx *rx, mono_t now, struct ckpt_rx_status *status);

#endif
