#include "common/ckpt/ckpt_tx.h"

#include <assert.h>
#include <string.h>

#define OPEN_US    (200 * US_PER_MS)
#define BAD_US     (1 * US_PER_S) /* a refused frame is not offered again at once */
#define STALLED_US (1 * US_PER_S)

enum phase { STOPPED, OPENING, OPEN };

/* The list an item is in. NOWHERE and LIVE is: acknowledged. */
enum place { NOWHERE, DUE, WRITE, FLIGHT, PLACES };

enum state { ABSENT, LIVE, TOMB };

struct item {
    uint32_t prev, next;
    union {
        int64_t due_us; /* in DUE */
        uint64_t frame; /* in FLIGHT: the frame it was last sent in */
    };
    uint8_t state, place;
    bool known;    /* sent since the last RESYNC_BEGIN: its delete must be told */
    bool in_round; /* RESYNC_END has to wait for it */
};

struct list {
    uint32_t head, tail, n;
};

/* A resync round: BEGIN, all items, END. COMPLETE once END is sent; the standby has it
 * when end_frame is acknowledged. */
enum round { ROUND_DUE, ROUND_RUNNING, ROUND_COMPLETE };

struct ckpt_tx {
    struct ckpt_tx_setup setup;
    struct ckpt_tx_stats stats;
    enum phase phase;
    uint64_t epoch;
    uint64_t peer; /* incarnation of the receiver we last had a stream with */
    uint32_t stream;
    uint32_t base_stream; /* since this stream frame numbers mean what they mean now */
    uint64_t sent, acked; /* frames */
    uint64_t refused;
    uint16_t credit;
    enum ckpt_algo algo;
    bool ready;     /* the receiver takes data of this stream */
    bool resumes;   /* between two streams to a receiver that was ready and is not silent */
    bool must_full; /* the copy at the peer cannot be completed piecemeal */
    bool hurry;     /* no item waits for its age */
    enum round round;
    uint32_t round_number, round_left;
    uint64_t begin_frame, end_frame;
    uint32_t live, tombs, top;
    mono_t now, heard_at, beat_at, open_at, progress_at;
    struct list lists[PLACES];
    struct item items[];
};

size_t
ckpt_tx_size(const struct ckpt_tx_setup *setup)
{
    return sizeof(struct ckpt_tx) + ((size_t)setup->capacity + 1) * sizeof(struct item);
}

struct ckpt_tx *
ckpt_tx_init(void *memory, const struct ckpt_tx_setup *setup)
{
    struct ckpt_tx *tx = memory;

    assert(setup->capacity > 0 && setup->incarnation != 0);
    memset(tx, 0, ckpt_tx_size(setup));
    tx->setup = *setup;
    return tx;
}

/* ---- lists ---- */

static void
unlink_item(struct ckpt_tx *tx, uint32_t slot)
{
    struct item *item = &tx->items[slot];
    struct list *list = &tx->lists[item->place];

    if (item->place == NOWHERE)
        return;
    if (item->prev)
        tx->items[item->prev].next = item->next;
    else
        list->head = item->next;
    if (item->next)
        tx->items[item->next].prev = item->prev;
    else
        list->tail = item->prev;
    list->n--;
    item->place = NOWHERE;
    item->prev = item->next = 0;
}

static void
append(struct ckpt_tx *tx, uint32_t slot, enum place place)
{
    struct item *item = &tx->items[slot];
    struct list *list = &tx->lists[place];

    assert(item->place == NOWHERE);
    item->place = (uint8_t)place;
    item->next = 0;
    item->prev = list->tail;
    if (list->tail)
        tx->items[list->tail].next = slot;
    else
        list->head = slot;
    list->tail = slot;
    list->n++;
}

/* Everything in flight goes back in front of the write list, in the order it was sent. */
static void
requeue_flight(struct ckpt_tx *tx)
{
    struct list *flight = &tx->lists[FLIGHT], *write = &tx->lists[WRITE];

    for (uint32_t slot = flight->head; slot; slot = tx->items[slot].next)
        tx->items[slot].place = WRITE;
    if (flight->n == 0)
        return;
    tx->items[flight->tail].next = write->head;
    if (write->head)
        tx->items[write->head].prev = flight->tail;
    else
        write->tail = flight->tail;
    write->head = flight->head;
    write->n += flight->n;
    *flight = (struct list){0};
}

/* ---- items ---- */

static void
leave_round(struct ckpt_tx *tx, struct item *item)
{
    tx->round_left -= item->in_round;
    item->in_round = false;
}

static void
clear_items(struct ckpt_tx *tx)
{
    memset(tx->items, 0, ((size_t)tx->top + 1) * sizeof(struct item));
    memset(tx->lists, 0, sizeof tx->lists);
    tx->live = tx->tombs = tx->top = tx->round_left = 0;
}

void
ckpt_tx_start(struct ckpt_tx *tx, mono_t now, uint64_t epoch)
{
    clear_items(tx);
    tx->phase = OPENING;
    tx->epoch = epoch;
    tx->stream++;
    tx->now = tx->open_at = now;
    tx->sent = tx->acked = tx->refused = 0;
    tx->must_full = true;
    tx->ready = tx->hurry = tx->resumes = false;
    tx->round = ROUND_DUE;
    tx->begin_frame = tx->end_frame = 0;
}

void
ckpt_tx_stop(struct ckpt_tx *tx)
{
    clear_items(tx);
    tx->phase = STOPPED;
    tx->hurry = tx->resumes = false;
}

static struct item *
item_at(struct ckpt_tx *tx, uint32_t slot)
{
    assert(slot > 0 && slot <= tx->setup.capacity);
    if (slot > tx->top)
        tx->top = slot;
    return &tx->items[slot];
}

void
ckpt_tx_add(struct ckpt_tx *tx, uint32_t slot)
{
    struct item *item = item_at(tx, slot);

    assert(item->state == ABSENT && tx->phase != STOPPED);
    *item = (struct item){.state = LIVE};
    tx->live++;
    append(tx, slot, WRITE);
}

static bool
must_wait(const struct ckpt_tx *tx, mono_t due)
{
    return !tx->hurry && tx->setup.duration_us > 0 && !mono_reached(tx->now, due);
}

void
ckpt_tx_changed(struct ckpt_tx *tx, uint32_t slot, mono_t since)
{
    struct item *item = item_at(tx, slot);

    if (tx->phase == STOPPED)
        return;
    assert(item->state != TOMB);
    if (item->state == ABSENT) {
        mono_t due = mono_after(since, tx->setup.duration_us);

        *item = (struct item){.state = LIVE, .due_us = due.us};
        tx->live++;
        append(tx, slot, must_wait(tx, due) ? DUE : WRITE);
    } else if (item->place != DUE && item->place != WRITE) {
        unlink_item(tx, slot);
        append(tx, slot, WRITE);
    }
}

void
ckpt_tx_hurry(struct ckpt_tx *tx, bool hurry)
{
    tx->hurry = hurry;
    if (hurry && tx->ready && tx->lists[FLIGHT].n > 0)
        tx->beat_at = tx->now; /* has all of that arrived? */
    for (uint32_t slot; hurry && (slot = tx->lists[DUE].head);) {
        unlink_item(tx, slot);
        append(tx, slot, WRITE);
    }
}

bool
ckpt_tx_deleted(struct ckpt_tx *tx, uint32_t slot)
{
    struct item *item = item_at(tx, slot);

    if (item->state == ABSENT)
        return true;
    assert(item->state == LIVE);
    leave_round(tx, item);
    tx->live--;
    if (!item->known || tx->must_full) {
        unlink_item(tx, slot);
        item->state = ABSENT;
        return true;
    }
    item->state = TOMB;
    tx->tombs++;
    if (item->place != WRITE) {
        unlink_item(tx, slot);
        append(tx, slot, WRITE);
    }
    return false;
}

static void
forget(struct ckpt_tx *tx, uint32_t slot)
{
    unlink_item(tx, slot);
    tx->items[slot].state = ABSENT;
    tx->tombs--;
    tx->setup.source.forget(tx->setup.source.ctx, slot);
}

bool
ckpt_tx_acked(const struct ckpt_tx *tx, uint32_t slot)
{
    return slot <= tx->top && tx->items[slot].state == LIVE && tx->items[slot].place == NOWHERE;
}

/* ---- resync ---- */

/* All items again, between BEGIN and END. Tombstones need not be told: END sweeps them. */
static void
begin_round(struct ckpt_tx *tx)
{
    tx->round = ROUND_DUE;
    tx->round_number++;
    tx->round_left = 0;
    tx->begin_frame = tx->end_frame = 0;
    tx->must_full = false;
    tx->stats.full_resyncs++;
    requeue_flight(tx);
    for (uint32_t slot = 1; slot <= tx->top; slot++) {
        struct item *item = &tx->items[slot];

        if (item->state == TOMB)
            forget(tx, slot);
        if (item->state != LIVE || item->place == DUE)
            continue;
        if (item->place == NOWHERE)
            append(tx, slot, WRITE);
        item->known = false;
        item->in_round = true;
        tx->round_left++;
    }
}

/* Take the frames up to `frame` as applied by the standby. */
static void
acknowledge(struct ckpt_tx *tx, uint64_t frame)
{
    for (uint32_t slot; (slot = tx->lists[FLIGHT].head) && tx->items[slot].frame <= frame;) {
        if (tx->items[slot].state == TOMB)
            forget(tx, slot);
        else
            unlink_item(tx, slot);
    }
    tx->acked = frame;
}

/* Go on behind the last frame the receiver applied. */
static void
resume(struct ckpt_tx *tx, uint64_t frame)
{
    acknowledge(tx, frame);
    requeue_flight(tx);
    tx->sent = frame;
    tx->stats.partial_resyncs++;
    if (tx->round == ROUND_COMPLETE && tx->end_frame <= frame)
        return;
    /* The receiver never saw END. Whatever is on the write list it may not have confirmed
     * either: an item sent in a lost frame and changed since is no longer in flight. */
    tx->round = ROUND_RUNNING;
    tx->end_frame = 0;
    tx->round_left = 0;
    for (uint32_t slot = tx->lists[WRITE].head; slot; slot = tx->items[slot].next) {
        struct item *item = &tx->items[slot];

        item->in_round = item->state == LIVE;
        tx->round_left += item->in_round;
    }
}

uint32_t
ckpt_tx_give_up(struct ckpt_tx *tx, mono_t now)
{
    uint32_t n = tx->tombs;

    if (n == 0 || (tx->phase == OPEN && mono_between(tx->progress_at, now) < STALLED_US))
        return 0;
    tx->stats.given_up += n;
    if (tx->phase == OPEN) {
        begin_round(tx);
        return n;
    }
    tx->must_full = true;
    requeue_flight(tx);
    for (uint32_t slot = tx->lists[WRITE].head, next; slot; slot = next) {
        next = tx->items[slot].next;
        if (tx->items[slot].state == TOMB)
            forget(tx, slot);
    }
    return n;
}

/* ---- sending ---- */

static void
close_stream(struct ckpt_tx *tx, mono_t now, int64_t pause_us)
{
    tx->resumes |= tx->ready; /* until tick() finds silence, or the next stream is not ready */
    tx->phase = OPENING;
    tx->ready = false;
    tx->stream++;
    tx->open_at = mono_after(now, pause_us);
}

static void
tick(struct ckpt_tx *tx, mono_t now)
{
    tx->now = now;
    for (uint32_t slot; (slot = tx->lists[DUE].head) && tx->items[slot].due_us <= now.us;) {
        unlink_item(tx, slot);
        append(tx, slot, WRITE);
    }
    if (tx->phase == OPEN && mono_between(tx->heard_at, now) >= CKPT_SILENT_US) {
        tx->stats.closed_silent++;
        close_stream(tx, now, 0);
    }
    tx->resumes = tx->resumes && mono_between(tx->heard_at, now) < CKPT_SILENT_US;
}

static struct ckpt_msg
message(const struct ckpt_tx *tx, enum ckpt_type type)
{
    return (struct ckpt_msg){
        .type = type,
        .ids = {.instance = tx->setup.instance,
                .sender = tx->setup.incarnation,
                .receiver = type == CKPT_OPEN ? 0 : tx->peer,
                .epoch = tx->epoch,
                .stream = tx->stream},
    };
}

static size_t
next_open(struct ckpt_tx *tx, mono_t now, struct wr wr)
{
    struct ckpt_msg msg = message(tx, CKPT_OPEN);

    msg.open = (struct ckpt_open){
        .algos = (uint8_t)(1u << CKPT_ZLIB | (unsigned)tx->setup.lz4 << CKPT_LZ4),
        .config = tx->setup.config,
        .items = tx->live,
    };
    ckpt_encode(&wr, &msg);
    tx->open_at = mono_after(now, OPEN_US);
    tx->stats.opens++;
    return wr_len(&wr);
}

static bool
may_send(const struct ckpt_tx *tx)
{
    bool something = tx->lists[WRITE].n > 0 || tx->round == ROUND_DUE ||
                     (tx->round == ROUND_RUNNING && tx->round_left == 0);

    return something && tx->ready && tx->sent - tx->acked < tx->credit;
}

/* One record of an item; false when the frame has no room left for it. */
static bool
put_item(struct ckpt_tx *tx, mono_t now, uint32_t slot, struct wr *wr)
{
    const struct ckpt_source *source = &tx->setup.source;
    struct wr was = *wr;
    bool full = tx->items[slot].state == LIVE;

    wr_u8(wr, full ? CKPT_FULL : CKPT_DELETE);
    wr_u32(wr, slot);
    if (full) {
        uint8_t *len = wr_take(wr, 2);
        size_t start = wr_len(wr);

        source->encode(source->ctx, slot, now, wr);
        if (len) {
            size_t n = wr_len(wr) - start;

            assert(n <= UINT16_MAX);
            len[0] = (uint8_t)(n >> 8);
            len[1] = (uint8_t)n;
        }
    } else {
        wr_u32(wr, source->tag(source->ctx, slot));
    }
    if (wr->full) {
        *wr = was;
        return false;
    }
    tx->stats.full_sent += full;
    tx->stats.delete_sent += !full;
    return true;
}

static bool
put_mark(struct ckpt_tx *tx, enum ckpt_kind kind, struct wr *wr)
{
    if (wr_room(wr) < 5)
        return false;
    wr_u8(wr, kind);
    wr_u32(wr, tx->round_number);
    return true;
}

static size_t
next_data(struct ckpt_tx *tx, mono_t now, struct wr wr)
{
    struct ckpt_msg msg = message(tx, CKPT_DATA);
    uint64_t frame = tx->sent + 1;

    msg.data.frame = frame;
    ckpt_encode(&wr, &msg);

    size_t head = wr_len(&wr);

    if (tx->round == ROUND_DUE && put_mark(tx, CKPT_RESYNC_BEGIN, &wr)) {
        tx->begin_frame = frame;
        tx->round = ROUND_RUNNING;
    }
    for (;;) {
        if (tx->round == ROUND_RUNNING && tx->round_left == 0) {
            if (!put_mark(tx, CKPT_RESYNC_END, &wr))
                break;
            tx->end_frame = frame;
            tx->round = ROUND_COMPLETE;
        }

        uint32_t slot = tx->lists[WRITE].head;
        struct item *item = &tx->items[slot];

        if (slot == 0 || !put_item(tx, now, slot, &wr))
            break;
        unlink_item(tx, slot);
        append(tx, slot, FLIGHT);
        item->frame = frame;
        item->known = true;
        leave_round(tx, item);
    }
    assert(wr_len(&wr) > head);
    if (tx->sent == tx->acked)
        tx->progress_at = now; /* what stalls from here on is this frame */
    tx->sent = frame;
    tx->beat_at = mono_after(now, CKPT_BEAT_US);
    tx->stats.frames++;
    tx->stats.octets += wr_len(&wr);
    return wr_len(&wr);
}

static size_t
next_heartbeat(struct ckpt_tx *tx, mono_t now, struct wr wr)
{
    struct ckpt_msg msg = message(tx, CKPT_HEARTBEAT);

    msg.last_frame = tx->sent;
    ckpt_encode(&wr, &msg);
    tx->beat_at = mono_after(now, CKPT_BEAT_US);
    return wr_len(&wr);
}

size_t
ckpt_tx_next(struct ckpt_tx *tx, mono_t now, void *buf, size_t room)
{
    struct wr wr = wr_over(buf, room < CKPT_MESSAGE ? room : CKPT_MESSAGE);

    assert(room >= CKPT_LEAST);
    if (tx->phase == STOPPED)
        return 0;
    tick(tx, now);
    if (tx->phase == OPENING)
        return mono_reached(now, tx->open_at) ? next_open(tx, now, wr) : 0;
    if (may_send(tx))
        return next_data(tx, now, wr);
    return mono_reached(now, tx->beat_at) ? next_heartbeat(tx, now, wr) : 0;
}

mono_t
ckpt_tx_deadline(const struct ckpt_tx *tx)
{
    if (tx->phase == STOPPED)
        return MONO_NEVER;
    if (tx->phase == OPENING)
        return tx->open_at;
    if (may_send(tx))
        return tx->now;

    mono_t at = mono_earlier(tx->beat_at, mono_after(tx->heard_at, CKPT_SILENT_US));
    uint32_t due = tx->lists[DUE].head;

    return due ? mono_earlier(at, (mono_t){.us = tx->items[due].due_us}) : at;
}

void
ckpt_tx_disconnected(struct ckpt_tx *tx, mono_t now)
{
    if (tx->phase != OPEN)
        return;
    tx->stats.closed_lost++;
    close_stream(tx, now, 0);
    tx->resumes = false;
}

/* ---- receiving ---- */

static enum ckpt_reason
judge(const struct ckpt_tx *tx, const struct ckpt_msg *msg)
{
    const struct ckpt_ids *ids = &msg->ids;

    if (msg->type != CKPT_OPEN_ACK && msg->type != CKPT_ACK)
        return CKPT_MALFORMED;
    if (ids->instance != tx->setup.instance)
        return CKPT_OTHER_INSTANCE;
    if (tx->phase == STOPPED)
        return CKPT_WRONG_ROLE;
    if (ids->sender != tx->setup.incarnation)
        return CKPT_OTHER_INCARNATION;
    if (ids->epoch != tx->epoch)
        return CKPT_OLD_EPOCH;
    if (ids->stream != tx->stream)
        return CKPT_OTHER_STREAM;
    if (msg->type == CKPT_OPEN_ACK) {
        if (tx->phase == OPEN)
            return CKPT_DUPLICATE;
        return msg->open_ack.algo == CKPT_LZ4 && !tx->setup.lz4 ? CKPT_MALFORMED : CKPT_OK;
    }
    if (tx->phase != OPEN)
        return CKPT_OTHER_STREAM;
    if (ids->receiver != tx->peer)
        return CKPT_OTHER_INCARNATION;
    return msg->ack.frame > tx->sent ? CKPT_MALFORMED : CKPT_OK;
}

static void
opened(struct ckpt_tx *tx, mono_t now, const struct ckpt_msg *msg)
{
    const struct ckpt_open_ack *ack = &msg->open_ack;
    bool same = ack->held_sender == tx->setup.incarnation && ack->held_epoch == tx->epoch;

    if (same && !tx->must_full && tx->round != ROUND_DUE && msg->ids.receiver == tx->peer &&
        ack->held_stream >= tx->base_stream && ack->held_frame >= tx->begin_frame &&
        ack->held_frame >= tx->acked && ack->held_frame <= tx->sent) {
        resume(tx, ack->held_frame);
    } else {
        begin_round(tx);
        tx->sent = tx->acked = same ? ack->held_frame : 0;
        tx->base_stream = tx->stream;
        tx->refused = 0;
    }
    tx->phase = OPEN;
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
        acknowledge(tx, ack->frame);
        tx->credit = ack->credit;
        tx->refused = ack->refused;
    }
    /* A gap below what was acknowledged is told by a receiver whose copy began anew. */
    if (bad || (ack->flags & CKPT_FLAG_GAP)) {
        tx->stats.nacks++;
        tx->stats.closed_bad += bad;
        tx->stats.closed_gap += !bad;
        close_stream(tx, now, bad ? BAD_US : 0);
    } else if (was_ready && !tx->ready) {
        ckpt_tx_disconnected(tx, now); /* it saw the way end, and tries us anew */
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
    else
        acked(tx, now, &msg->ack);
    return CKPT_OK;
}

void
ckpt_tx_status(const struct ckpt_tx *tx, struct ckpt_tx_status *status)
{
    bool is_open = tx->phase == OPEN;

    *status = (struct ckpt_tx_status){
        .started = tx->phase != STOPPED,
        .open = is_open,
        .reached = (is_open && tx->ready) || tx->resumes,
        .algo = is_open ? tx->algo : CKPT_STORED,
        .epoch = tx->epoch,
        .peer_incarnation = tx->peer,
        .stream = tx->stream,
        .items = tx->live,
        .waiting = tx->lists[DUE].n,
        .write_list = tx->lists[WRITE].n,
        .in_flight = tx->lists[FLIGHT].n,
        .tombstones = tx->tombs,
        .frame_sent = tx->sent,
        .frame_acked = tx->acked,
        .refused = tx->refused,
    };
    status->synced = is_open && tx->ready && tx->round == ROUND_COMPLETE &&
                     tx->end_frame <= tx->acked && status->write_list == 0 &&
                     status->in_flight == 0 && tx->refused == 0;
}

const struct ckpt_tx_stats *
ckpt_tx_stats(const struct ckpt_tx *tx)
{
    return &tx->stats;
}
