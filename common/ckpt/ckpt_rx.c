#include "common/ckpt/ckpt_rx.h"

#include <assert.h>
#include <string.h>

void
ckpt_rx_init(struct ckpt_rx *rx, const struct ckpt_rx_setup *setup)
{
    assert(setup->incarnation != 0 && setup->credit > 0 && setup->ready_beats > 0);
    memset(rx, 0, sizeof *rx);
    rx->setup = *setup;
}

void
ckpt_rx_start(struct ckpt_rx *rx, uint64_t floor)
{
    rx->started = true;
    if (floor > rx->floor)
        rx->floor = floor;
}

void
ckpt_rx_drain(struct ckpt_rx *rx)
{
    rx->draining = true;
    if (rx->offer.stream != 0) {
        rx->offer = (struct ckpt_ids){0};
        rx->open_ack_due = false;
    }
}

void
ckpt_rx_stop(struct ckpt_rx *rx)
{
    rx->started = false;
    rx->draining = false;
    rx->ids = rx->offer = (struct ckpt_ids){0};
    rx->frame = rx->frame_stream = 0;
    rx->based = rx->in_round = false;
    rx->open_ack_due = rx->ack_due = false;
    rx->config_differs = rx->anew = false;
    rx->said = (struct ckpt_said){0};
    ckpt_nacks_clear(&rx->nacks);
}

void
ckpt_rx_disconnected(struct ckpt_rx *rx)
{
    rx->cut = true;
    rx->beats = 0;
}

static bool
is_open(const struct ckpt_rx *rx, mono_t now)
{
    return rx->started && rx->ids.stream && !rx->cut &&
           mono_between(rx->heard_at, now) < CKPT_SILENT_US;
}

static bool
is_ready(const struct ckpt_rx *rx)
{
    return rx->beats >= rx->setup.ready_beats;
}

/* ---- OPEN ---- */

/* Is it of a conversation that took place? All of that may come again. */
static bool
is_past(const struct ckpt_rx *rx, const struct ckpt_ids *ids)
{
    for (size_t i = 0; i < CKPT_PASTS; i++) {
        const struct ckpt_ids *past = &rx->past[i];

        if (ids->sender == past->sender && ids->epoch == past->epoch && ids->stream <= past->stream)
            return true;
    }
    return false;
}

/* While the current sender lives, an older epoch or incarnation is history. Once it is
 * silent, whoever proves alive may fill the copy: a pair that lost all its state at once
 * starts again from low epochs. */
static enum ckpt_reason
judge_open(const struct ckpt_rx *rx, mono_t now, const struct ckpt_ids *ids)
{
    const struct ckpt_ids *cur = &rx->ids, *offer = &rx->offer;

    if (is_past(rx, ids))
        return CKPT_OTHER_STREAM;
    if (ids->sender == offer->sender && ids->epoch == offer->epoch && ids->stream < offer->stream)
        return CKPT_OTHER_STREAM;
    if (ids->sender == cur->sender && ids->epoch == cur->epoch) {
        if (ids->stream != cur->stream)
            return ids->stream > cur->stream ? CKPT_OK : CKPT_OTHER_STREAM;
        return CKPT_DUPLICATE;
    }
    if (!is_open(rx, now) || ids->epoch > cur->epoch)
        return CKPT_OK;
    if (ids->epoch < cur->epoch)
        return CKPT_OLD_EPOCH;
    return ids->sender > cur->sender ? CKPT_OK : CKPT_OTHER_INCARNATION;
}

/* The stream is current from here on. */
static void
begin_stream(struct ckpt_rx *rx, mono_t now, const struct ckpt_ids *ids, enum ckpt_algo algo,
             uint32_t config)
{
    if (ids->sender != rx->ids.sender || ids->epoch != rx->ids.epoch) {
        if (rx->ids.stream != 0) {
            rx->past[rx->past_at] = rx->ids;
            rx->past_at = (uint8_t)((rx->past_at + 1) % CKPT_PASTS);
        }
        rx->beats = 0;
        rx->frame = 0;
        ckpt_nacks_clear(&rx->nacks);
        rx->frame_stream = 0;
        rx->based = rx->in_round = false;
        rx->said.tally.number = 0;
    }
    rx->ids = *ids;
    rx->offer = (struct ckpt_ids){0};
    rx->algo = algo;
    if (rx->anew)
        rx->frame = rx->frame_stream = 0;
    rx->anew = false;
    rx->config_told = config;
    rx->config_differs = config != rx->setup.config;
    rx->stats.config_mismatches += rx->config_differs;
    rx->ack_due = false;
    rx->ack_flags = 0;
    rx->heard_at = now;
    rx->stats.streams++;
}

static enum ckpt_reason
receive_open(struct ckpt_rx *rx, mono_t now, const struct ckpt_msg *msg)
{
    enum ckpt_reason reason = judge_open(rx, now, &msg->ids);
    struct ckpt_ids ids = msg->ids;
    enum ckpt_algo algo = rx->setup.lz4 && msg->open.algos >> CKPT_LZ4 & 1 ? CKPT_LZ4 : CKPT_ZLIB;

    if (reason != CKPT_OK && reason != CKPT_DUPLICATE)
        return reason;
    if (!is_open(rx, now))
        rx->beats = 0; /* silent for too long: what comes is another connection */
    rx->opened_at = now;
    rx->open_ack_due = true;
    ids.receiver = rx->setup.incarnation;
    if (reason == CKPT_DUPLICATE) {
        rx->heard_at = now;
        rx->offer = (struct ckpt_ids){0}; /* answer this one, it is alive */
    } else if (ids.sender == rx->ids.sender && ids.epoch == rx->ids.epoch) {
        begin_stream(rx, now, &ids, algo, msg->open.config);
        rx->items = msg->open.items;
    } else {
        rx->offer = ids;
        rx->offer_algo = algo;
        rx->offer_config = msg->open.config;
        rx->offer_items = msg->open.items;
    }
    return reason;
}

/* ---- DATA ---- */

static void
note_said(struct ckpt_rx *rx, const struct ckpt_tally *tally)
{
    if (tally->number <= rx->said.tally.number)
        return;
    rx->said = (struct ckpt_said){
        .any = true, .tally = *tally, .complete = is_ready(rx) && rx->based && !rx->in_round};
}

/* Could every record of the frame stand? Decides nothing about room or conflicts. */
static bool
frame_ok(const struct ckpt_rx *rx, const struct ckpt_data *data)
{
    struct rd rd = rd_over(data->records, data->len);
    struct ckpt_record r;
    bool based = rx->based, in_round = rx->in_round;

    while (ckpt_next_record(&rd, &r)) {
        if (r.kind == CKPT_RESYNC_BEGIN)
            based = in_round = true;
        else if (!based || (r.kind == CKPT_RESYNC_END && !in_round))
            return false;
        if (r.kind == CKPT_RESYNC_END)
            in_round = false;
        if ((r.kind == CKPT_FULL || ckpt_is_part(r.kind)) &&
            !rx->setup.sink.check(rx->setup.sink.ctx, &r))
            return false;
        if (ckpt_is_macro(r.kind) && !rx->setup.sink.check_macro(rx->setup.sink.ctx, &r))
            return false;
    }
    return !rd.bad;
}

static bool
fails_on_purpose(struct ckpt_rx *rx, uint8_t cmd)
{
    struct ckpt_fault *fault = &rx->fault;

    if (fault->percent > 0 && rng_below(&fault->rng, 100) < fault->percent)
        return fault->missing = true;
    if (fault->times == 0 || fault->cmd != cmd)
        return false;
    if (fault->skip > 0) {
        fault->skip--;
        return false;
    }
    fault->times -= fault->times != UINT32_MAX;
    return true;
}

static void
apply_full(struct ckpt_rx *rx, mono_t now, const struct ckpt_record *r)
{
    const struct ckpt_sink *sink = &rx->setup.sink;

    rx->stats.full_received++;
    rx->round_done += rx->in_round;
    if (!fails_on_purpose(rx, r->kind) && sink->apply(sink->ctx, r, rx->round, now)) {
        ckpt_nacks_healed(&rx->nacks, r->slot);
        ckpt_audit_settle(rx, r->slot, true);
        return;
    }
    rx->stats.refused++;
    ckpt_audit_settle(rx, r->slot, false);
    sink->spare(sink->ctx, r, rx->round);
    ckpt_nacks_failed(&rx->nacks, now, r->slot, r->kind);
}

static void
apply_part(struct ckpt_rx *rx, mono_t now, const struct ckpt_record *r)
{
    const struct ckpt_sink *sink = &rx->setup.sink;

    rx->stats.part_received[r->kind]++;
    if (!fails_on_purpose(rx, r->kind) && sink->apply_part(sink->ctx, r, now))
        return;
    rx->stats.part_refused[r->kind]++;
    sink->spare(sink->ctx, r, rx->round);
    ckpt_nacks_failed(&rx->nacks, now, r->slot, r->kind);
}

static void
apply_macro(struct ckpt_rx *rx, mono_t now, const struct ckpt_record *r)
{
    const struct ckpt_sink *sink = &rx->setup.sink;
    unsigned macro = ckpt_macro_of(r->kind);

    rx->stats.macro_received[macro]++;
    if (!fails_on_purpose(rx, r->kind) && sink->apply_macro(sink->ctx, r)) {
        ckpt_nacks_healed(&rx->nacks, ckpt_macro_slot(r->kind));
        return;
    }
    rx->stats.macro_refused[macro]++;
    ckpt_nacks_failed(&rx->nacks, now, ckpt_macro_slot(r->kind), r->kind);
}

static void
apply(struct ckpt_rx *rx, mono_t now, const struct ckpt_record *r)
{
    const struct ckpt_sink *sink = &rx->setup.sink;

    switch (r->kind) {
    case CKPT_FULL:
        apply_full(rx, now, r);
        break;
    case CKPT_DELETE:
    case CKPT_DELETE_SUB_SESS:
    case CKPT_DELETE_RULE:
        rx->stats.delete_received++;
        rx->stats.delete_cmd_received[r->kind]++;
        (void)sink->remove(sink->ctx, r->slot, r->tag); /* swept already: as good */
        ckpt_audit_settle(rx, r->slot, false);
        ckpt_nacks_healed(&rx->nacks, r->slot);
        break;
    case CKPT_APN_MAP:
    case CKPT_SERVICE_MAP:
    case CKPT_VPN_MAP:
    case CKPT_INSTANCE:
        apply_macro(rx, now, r);
        break;
    case CKPT_RESYNC_BEGIN:
        rx->based = rx->in_round = true;
        rx->round_done = 0;
        rx->round = rx->round == UINT8_MAX ? 1 : (uint8_t)(rx->round + 1);
        ckpt_nacks_clear(&rx->nacks);
        sink->forget_macros(sink->ctx);
        rx->stats.resyncs++;
        break;
    case CKPT_RESYNC_END:
        rx->in_round = false;
        rx->stats.swept += sink->sweep(sink->ctx, rx->round);
        break;
    case CKPT_DIGEST:
        if (!rx->draining) /* else what stands here is ours */
            ckpt_audit_digest(rx, r);
        break;
    case CKPT_LIST:
        if (!rx->draining)
            ckpt_audit_list(rx, r);
        break;
    case CKPT_AUDIT_END:
        ckpt_audit_end(rx, r->tag);
        break;
    default:
        apply_part(rx, now, r);
        break;
    }
}

static enum ckpt_reason
complain(struct ckpt_rx *rx, uint8_t flag)
{
    rx->ack_due = true;
    rx->ack_flags |= flag;
    rx->stats.gaps++;
    return flag == CKPT_FLAG_GAP ? CKPT_GAP : CKPT_BAD_RECORD;
}

static enum ckpt_reason
receive_data(struct ckpt_rx *rx, mono_t now, const struct ckpt_data *data)
{
    if (data->frame <= rx->frame) {
        rx->ack_due = true;
        return CKPT_DUPLICATE;
    }
    if (!is_ready(rx)) {
        rx->ack_due = true; /* it takes us for ready: our way ended, and its own did not */
        return CKPT_NOT_READY;
    }
    if (rx->anew || data->frame != rx->frame + 1)
        return complain(rx, CKPT_FLAG_GAP);
    if (!frame_ok(rx, data))
        return complain(rx, CKPT_FLAG_BAD);

    struct rd rd = rd_over(data->records, data->len);
    struct ckpt_record record;

    while (ckpt_next_record(&rd, &record))
        apply(rx, now, &record);
    rx->frame = data->frame;
    rx->frame_stream = rx->ids.stream;
    rx->ack_due = true;
    note_said(rx, &data->tally);
    rx->stats.frames++;
    rx->stats.octets += data->len;
    return CKPT_OK;
}

/* The sender says what it has sent, and waits for an answer. */
static enum ckpt_reason
receive_heartbeat(struct ckpt_rx *rx, const struct ckpt_heartbeat *heartbeat)
{
    rx->ack_due = true;
    note_said(rx, &heartbeat->tally);
    if (!is_ready(rx)) {
        rx->beats++;
        return CKPT_OK; /* what is missing will be sent to a receiver that is ready */
    }
    return rx->anew || heartbeat->last_frame > rx->frame ? complain(rx, CKPT_FLAG_GAP) : CKPT_OK;
}

/* ---- all messages ---- */

static bool
same_stream(const struct ckpt_ids *a, const struct ckpt_ids *b)
{
    return a->sender == b->sender && a->receiver == b->receiver && a->epoch == b->epoch &&
           a->stream == b->stream;
}

static enum ckpt_reason
judge(const struct ckpt_rx *rx, const struct ckpt_msg *msg)
{
    const struct ckpt_ids *ids = &msg->ids, *cur = &rx->ids;

    if (ids->instance != rx->setup.instance)
        return CKPT_OTHER_INSTANCE;
    if (!rx->started)
        return CKPT_WRONG_ROLE;
    if (ids->epoch < rx->floor)
        return CKPT_OLD_EPOCH;
    if (rx->draining &&
        (cur->stream == 0 || ids->sender != cur->sender || ids->epoch != cur->epoch))
        return CKPT_WRONG_ROLE;
    if (msg->type == CKPT_OPEN)
        return CKPT_OK;
    if (msg->type != CKPT_DATA && msg->type != CKPT_HEARTBEAT)
        return CKPT_MALFORMED;
    if (same_stream(ids, &rx->offer))
        return CKPT_OK;
    if (cur->stream == 0 || ids->epoch > cur->epoch)
        return CKPT_OTHER_STREAM;
    if (ids->epoch < cur->epoch)
        return CKPT_OLD_EPOCH;
    if (ids->sender != cur->sender || ids->receiver != cur->receiver)
        return CKPT_OTHER_INCARNATION;
    return ids->stream == cur->stream ? CKPT_OK : CKPT_OTHER_STREAM;
}

enum ckpt_reason
ckpt_rx_receive(struct ckpt_rx *rx, mono_t now, const struct ckpt_msg *msg)
{
    enum ckpt_reason reason = judge(rx, msg);

    if (reason == CKPT_OK && msg->type == CKPT_OPEN) {
        reason = receive_open(rx, now, msg);
    } else if (reason == CKPT_OK) {
        if (same_stream(&msg->ids, &rx->offer)) {
            struct ckpt_ids ids = rx->offer;

            begin_stream(rx, now, &ids, rx->offer_algo, rx->offer_config);
            rx->items = rx->offer_items;
        }
        rx->heard_at = now;
        rx->cut = false;
        if (msg->type == CKPT_DATA)
            reason = receive_data(rx, now, &msg->data);
        else
            reason = receive_heartbeat(rx, &msg->heartbeat);
    }
    if (reason != CKPT_OK)
        rx->stats.dropped[reason]++;
    return reason;
}

/* ---- answers ---- */

static size_t
next_open_ack(struct ckpt_rx *rx, struct wr wr)
{
    bool offer = rx->offer.stream != 0;
    struct ckpt_msg msg = {.type = CKPT_OPEN_ACK, .ids = offer ? rx->offer : rx->ids};

    msg.open_ack = (struct ckpt_open_ack){
        .held_sender = msg.ids.sender,
        .held_epoch = msg.ids.epoch,
        .held_stream = offer ? 0 : rx->frame_stream,
        .held_frame = offer ? 0 : rx->frame,
        .algo = (uint8_t)(offer ? rx->offer_algo : rx->algo),
        .credit = rx->setup.credit,
    };
    rx->open_ack_due = false;
    ckpt_encode(&wr, &msg);
    return wr_len(&wr);
}

static size_t
next_ack(struct ckpt_rx *rx, struct wr wr)
{
    struct ckpt_msg msg = {.type = CKPT_ACK, .ids = rx->ids};

    msg.ack = (struct ckpt_ack){
        .frame = rx->frame,
        .flags = rx->ack_flags | (is_ready(rx) ? CKPT_FLAG_READY : 0),
        .credit = rx->setup.credit,
        .refused = ckpt_nacks_open(&rx->nacks),
    };
    rx->ack_due = false;
    rx->ack_flags = 0;
    ckpt_encode(&wr, &msg);
    return wr_len(&wr);
}

static bool
may_nack(const struct ckpt_rx *rx)
{
    return rx->started && !rx->draining && !rx->cut && rx->ids.stream != 0 && is_ready(rx);
}

static size_t
next_nack(struct ckpt_rx *rx, mono_t now, struct wr wr)
{
    struct ckpt_msg msg = {.type = CKPT_NACK, .ids = rx->ids};
    struct ckpt_nack_entry entry;
    unsigned n = 0;

    ckpt_encode(&wr, &msg);
    for (; n < CKPT_NACKS && ckpt_nacks_next(&rx->nacks, now, &entry); n++) {
        wr_u32(&wr, entry.slot);
        wr_u8(&wr, entry.cmd);
    }
    return n > 0 ? wr_len(&wr) : 0;
}

size_t
ckpt_rx_next(struct ckpt_rx *rx, mono_t now, void *buf, size_t room)
{
    struct wr wr = wr_over(buf, room);

    assert(room >= CKPT_LEAST);
    if (rx->open_ack_due)
        return next_open_ack(rx, wr);
    if (rx->ack_due)
        return next_ack(rx, wr);
    if (rx->audit.result_due && may_nack(rx))
        return ckpt_audit_next(rx, wr);
    return may_nack(rx) ? next_nack(rx, now, wr) : 0;
}

mono_t
ckpt_rx_deadline(const struct ckpt_rx *rx)
{
    if (rx->open_ack_due)
        return rx->opened_at;
    if (rx->ack_due || (rx->audit.result_due && may_nack(rx)))
        return rx->heard_at;
    return may_nack(rx) ? ckpt_nacks_deadline(&rx->nacks) : MONO_NEVER;
}

void
ckpt_rx_status(const struct ckpt_rx *rx, mono_t now, struct ckpt_rx_status *status)
{
    bool heard = is_open(rx, now);

    *status = (struct ckpt_rx_status){
        .started = rx->started,
        .open = heard,
        .ready = heard && is_ready(rx),
        .synced =
            heard && is_ready(rx) && rx->based && !rx->in_round && ckpt_nacks_open(&rx->nacks) == 0,
        .config_differs = heard && rx->config_differs,
        .algo = heard ? rx->algo : CKPT_STORED,
        .epoch = rx->ids.epoch,
        .peer_incarnation = rx->ids.sender,
        .frame = rx->frame,
        .stream = rx->ids.stream,
    };
    if (heard && rx->in_round) {
        status->resync_done = rx->round_done;
        status->resync_of = rx->items > rx->round_done ? rx->items : rx->round_done;
    }
}
