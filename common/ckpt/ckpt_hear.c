#include "common/ckpt/ckpt_tx_priv.h"

#define BAD_US (1 * US_PER_S) /* a refused frame is not offered again at once */

static enum ckpt_reason
judge(const struct ckpt_tx *tx, const struct ckpt_msg *msg)
{
    const struct ckpt_ids *ids = &msg->ids;

    if (msg->type != CKPT_OPEN_ACK && msg->type != CKPT_ACK && msg->type != CKPT_NACK &&
        msg->type != CKPT_AUDIT)
        return CKPT_MALFORMED;
    if (ids->instance != tx->setup.instance)
        return CKPT_OTHER_INSTANCE;
    if (tx->phase == CKPT_STOPPED)
        return CKPT_WRONG_ROLE;
    if (ids->sender != tx->setup.incarnation)
        return CKPT_OTHER_INCARNATION;
    if (ids->epoch != tx->epoch)
        return CKPT_OLD_EPOCH;
    if (ids->stream != tx->stream)
        return CKPT_OTHER_STREAM;
    if (msg->type == CKPT_OPEN_ACK) {
        if (tx->phase == CKPT_IS_OPEN)
            return CKPT_DUPLICATE;
        return msg->open_ack.algo == CKPT_LZ4 && !tx->lz4 ? CKPT_MALFORMED : CKPT_OK;
    }
    if (tx->phase != CKPT_IS_OPEN)
        return CKPT_OTHER_STREAM;
    if (ids->receiver != tx->peer)
        return CKPT_OTHER_INCARNATION;
    return msg->type == CKPT_ACK && msg->ack.frame > tx->sent ? CKPT_MALFORMED : CKPT_OK;
}

static void
opened(struct ckpt_tx *tx, mono_t now, const struct ckpt_msg *msg)
{
    const struct ckpt_open_ack *ack = &msg->open_ack;
    bool same = ack->held_sender == tx->setup.incarnation && ack->held_epoch == tx->epoch;

    if (same && !tx->must_full && tx->round != CKPT_ROUND_DUE && msg->ids.receiver == tx->peer &&
        ack->held_stream >= tx->base_stream && ack->held_frame >= tx->begin_frame &&
        ack->held_frame >= tx->acked && ack->held_frame <= tx->sent) {
        ckpt_resume(tx, ack->held_frame);
    } else {
        ckpt_begin_round(tx);
        tx->sent = tx->acked = same ? ack->held_frame : 0;
        tx->base_stream = tx->stream;
        tx->refused = 0;
    }
    tx->phase = CKPT_IS_OPEN;
    tx->peer = msg->ids.receiver;
    tx->algo = ack->algo;
    tx->credit = ack->credit;
    tx->heard_at = tx->progress_at = now;
    tx->beat_at = now; /* the OPEN_ACK may be an old one: is the receiver there? */
    tx->stats.streams++;
}

static void
acked(struct ckpt_tx *tx, mono_t now, const struct ckpt_ack *ack)
{
    bool was_ready = tx->ready, bad = (ack->flags & CKPT_FLAG_BAD) != 0;

    tx->heard_at = now;
    tx->ready = (ack->flags & CKPT_FLAG_READY) || (was_ready && ack->frame < tx->acked);
    tx->resumes = false;
    tx->stats.acks++;
    if (ack->frame >= tx->acked) { /* one that was overtaken knows less than we do */
        if (ack->frame > tx->acked)
            tx->progress_at = now;
        ckpt_acknowledge(tx, ack->frame);
        tx->credit = ack->credit;
        tx->refused = ack->refused;
    }
    /* A gap below what was acknowledged is told by a receiver whose copy began anew. */
    if (tx->ready && !was_ready)
        ckpt_macros_due(tx);
    if (bad || (ack->flags & CKPT_FLAG_GAP)) {
        tx->stats.gaps++;
        tx->stats.closed_bad += bad;
        tx->stats.closed_gap += !bad;
        ckpt_close_stream(tx, now, bad ? BAD_US : 0);
    } else if (was_ready && !tx->ready) {
        ckpt_tx_disconnected(tx, now); /* it saw the way end, and tries us anew */
    }
}

/* Each item that it could not apply is sent in full, a macro item as such. What is gone since is
 * told as that. */
static void
nacked(struct ckpt_tx *tx, mono_t now, const struct ckpt_nack *nack)
{
    struct rd rd = rd_over(nack->entries, nack->len);
    struct ckpt_nack_entry entry;

    tx->heard_at = now;
    while (ckpt_next_nack(&rd, &entry)) {
        bool macro = ckpt_is_macro(entry.cmd);

        tx->stats.nacks_full += entry.cmd == CKPT_FULL || macro;
        tx->stats.nacks_part += entry.cmd != CKPT_FULL && !macro;
        if (!macro)
            ckpt_send_again(tx, entry.slot);
        else if (ckpt_macro_of(entry.cmd) < tx->setup.source.macro_n)
            ckpt_tx_macro(tx, ckpt_macro_of(entry.cmd));
    }
}

enum ckpt_reason
ckpt_tx_receive(struct ckpt_tx *tx, mono_t now, const struct ckpt_msg *msg)
{
    enum ckpt_reason reason = judge(tx, msg);

    if (reason != CKPT_OK) {
        tx->stats.dropped[reason]++;
        return reason;
    }
    tx->now = now;
    if (msg->type == CKPT_OPEN_ACK)
        opened(tx, now, msg);
    else if (msg->type == CKPT_ACK)
        acked(tx, now, &msg->ack);
    else if (msg->type == CKPT_NACK)
        nacked(tx, now, &msg->nack);
    else
        ckpt_audit_hear(tx, now, &msg->audit);
    return CKPT_OK;
}
