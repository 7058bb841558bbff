#include <assert.h>
#include <string.h>

#include "common/ckpt/ckpt_tx_priv.h"

#define OPEN_US  (50 * US_PER_MS) /* a standby that appears waits so long at most */
#define TALLY_US (1 * US_PER_S)   /* how old what it was told of our calls may be */

size_t
ckpt_tx_size(const struct ckpt_tx_setup *setup)
{
    return sizeof(struct ckpt_tx) + ((size_t)setup->capacity + 1) * sizeof(struct ckpt_item);
}

struct ckpt_tx *
ckpt_tx_init(void *memory, const struct ckpt_tx_setup *setup)
{
    struct ckpt_tx *tx = memory;

    assert(setup->capacity > 0 && setup->incarnation != 0);
    assert(setup->source.macro_n <= CKPT_MACROS);
    memset(tx, 0, sizeof *tx + sizeof *tx->items); /* the others once they are used */
    tx->setup = *setup;
    return tx;
}

void
ckpt_next_stream(struct ckpt_tx *tx)
{
    tx->stream++;
    tx->lz4 = tx->setup.lz4;
}

void
ckpt_tx_start(struct ckpt_tx *tx, mono_t now, uint64_t epoch)
{
    ckpt_items_clear(tx);
    ckpt_macros_clear(tx);
    ckpt_audit_abort(tx);
    tx->phase = CKPT_OPENING;
    tx->epoch = epoch;
    ckpt_next_stream(tx);
    tx->now = tx->open_at = now;
    tx->sent = tx->acked = tx->refused = 0;
    tx->must_full = true;
    tx->ready = tx->hurry = tx->resumes = false;
    tx->round = CKPT_ROUND_DUE;
    tx->begin_frame = tx->end_frame = 0;
    tx->said = (struct ckpt_tally){0};
}

void
ckpt_tx_stop(struct ckpt_tx *tx)
{
    ckpt_items_clear(tx);
    ckpt_macros_clear(tx);
    ckpt_audit_abort(tx);
    tx->phase = CKPT_STOPPED;
    tx->hurry = tx->resumes = false;
}

/* ---- sending ---- */

void
ckpt_close_stream(struct ckpt_tx *tx, mono_t now, int64_t pause_us)
{
    tx->resumes |= tx->ready; /* until tick() finds silence, or the next stream is not ready */
    tx->phase = CKPT_OPENING;
    tx->ready = false;
    ckpt_audit_abort(tx);
    ckpt_next_stream(tx);
    tx->open_at = mono_after(now, pause_us);
}

static void
tick(struct ckpt_tx *tx, mono_t now)
{
    ckpt_items_tick(tx, now);
    if (tx->phase == CKPT_IS_OPEN && mono_between(tx->heard_at, now) >= CKPT_SILENT_US) {
        tx->stats.closed_silent++;
        ckpt_close_stream(tx, now, 0);
    }
    tx->resumes = tx->resumes && mono_between(tx->heard_at, now) < CKPT_SILENT_US;
}

static struct ckpt_tally
tally(const struct ckpt_tx *tx)
{
    const struct ckpt_source *source = &tx->setup.source;
    struct ckpt_tally tally = {.calls = tx->live};
    uint32_t waiting[CKPT_CLASSES];

    for (unsigned kind = 0; kind < CKPT_CLASSES; kind++) {
        waiting[kind] = tx->lists[CKPT_DUE + kind].n;
        tally.young += waiting[kind];
    }
    if (source->tally)
        source->tally(source->ctx, waiting, &tally);
    return tally;
}

static struct ckpt_tally
say_tally(struct ckpt_tx *tx, mono_t now)
{
    uint32_t number = tx->said.number + 1;

    tx->said = tally(tx);
    tx->said.number = number;
    tx->said_at = now;
    return tx->said;
}

/* Calls came or went of which no frame tells: the young ones. */
static mono_t
tally_deadline(const struct ckpt_tx *tx)
{
    struct ckpt_tally is = tally(tx);

    if (!tx->ready || (is.calls == tx->said.calls && is.young == tx->said.young))
        return MONO_NEVER;
    return mono_after(tx->said_at, TALLY_US);
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
        .algos = (uint8_t)(1u << CKPT_ZLIB | (unsigned)tx->lz4 << CKPT_LZ4),
        .config = tx->setup.config,
        .items = tx->live,
    };
    ckpt_encode(&wr, &msg);
    tx->open_at = mono_after(now, OPEN_US);
    tx->stats.opens++;
    return wr_len(&wr);
}

static bool
has_credit(const struct ckpt_tx *tx)
{
    return tx->sent - tx->acked < tx->credit;
}

static bool
may_send(const struct ckpt_tx *tx)
{
    bool something = tx->lists[CKPT_WRITE].n > 0 || ckpt_macros_are_due(tx) ||
                     tx->round == CKPT_ROUND_DUE ||
                     (tx->round == CKPT_ROUND_RUNNING && tx->round_left == 0);

    return (something || ckpt_audit_due(tx)) && tx->ready && has_credit(tx);
}

static void
put_delete(struct ckpt_tx *tx, uint32_t slot, struct wr *wr)
{
    const struct ckpt_source *source = &tx->setup.source;

    wr_u8(wr, source->delete_cmd(source->ctx, slot));
    wr_u32(wr, slot);
    wr_u32(wr, source->tag(source->ctx, slot));
}

/* 0 is the base of what no checkpoint made. */
static uint8_t
next_base(const struct ckpt_item *item)
{
    return item->base == UINT8_MAX ? 1 : (uint8_t)(item->base + 1);
}

static void
put_full(struct ckpt_tx *tx, mono_t now, uint32_t slot, struct wr *wr)
{
    const struct ckpt_source *source = &tx->setup.source;

    wr_u8(wr, CKPT_FULL);
    wr_u32(wr, slot);
    wr_u8(wr, next_base(&tx->items[slot]));

    uint8_t *len = wr_take(wr, 2);
    size_t start = wr_len(wr), n;

    source->encode(source->ctx, slot, now, wr);
    n = wr_len(wr) - start;
    assert(n <= UINT16_MAX);
    if (len) {
        len[0] = (uint8_t)(n >> 8);
        len[1] = (uint8_t)n;
    }
}

static void
put_part(struct ckpt_tx *tx, mono_t now, uint32_t slot, unsigned part, struct wr *wr)
{
    const struct ckpt_source *source = &tx->setup.source;

    wr_u8(wr, source->cmds[part]);
    wr_u32(wr, slot);
    wr_u8(wr, tx->items[slot].base);

    uint8_t *len = wr_take(wr, 1);
    size_t start = wr_len(wr), n;

    source->encode_part(source->ctx, slot, part, now, wr);
    n = wr_len(wr) - start;
    assert(n <= UINT8_MAX);
    if (len)
        *len = (uint8_t)n;
}

/* Everything that is to be told of an item: a full checkpoint, or each part that changed since. */
static void
put_changes(struct ckpt_tx *tx, mono_t now, uint32_t slot, struct wr *wr)
{
    unsigned dirty = tx->items[slot].dirty;

    if (tx->items[slot].state == CKPT_TOMB) {
        put_delete(tx, slot, wr);
    } else if (dirty & CKPT_ALL) {
        put_full(tx, now, slot, wr);
    } else {
        for (unsigned part = 0; part < CKPT_PARTS; part++) {
            if (dirty >> part & 1)
                put_part(tx, now, slot, part, wr);
        }
    }
}

static void
count_sent(struct ckpt_tx *tx, uint32_t slot)
{
    const struct ckpt_source *source = &tx->setup.source;
    const struct ckpt_item *item = &tx->items[slot];
    bool tomb = item->state == CKPT_TOMB, full = !tomb && item->dirty & CKPT_ALL;

    tx->stats.delete_sent += tomb;
    if (tomb)
        tx->stats.delete_cmd_sent[source->delete_cmd(source->ctx, slot)]++;
    tx->stats.full_sent += full;
    for (unsigned part = 0; !tomb && !full && part < CKPT_PARTS; part++)
        tx->stats.part_sent[part] += item->dirty >> part & 1;
}

bool
ckpt_put_item(struct ckpt_tx *tx, mono_t now, uint32_t slot, uint64_t frame, struct wr *wr)
{
    struct ckpt_item *item = &tx->items[slot];
    struct wr was = *wr;

    put_changes(tx, now, slot, wr);
    if (wr->full) {
        *wr = was;
        return false;
    }
    count_sent(tx, slot);
    ckpt_unlink(tx, slot);
    ckpt_append(tx, slot, CKPT_FLIGHT);
    if (item->frame <= tx->acked) {
        if (item->sent)
            ckpt_told(tx, slot, CKPT_TOLD_HEARD, item->sent);
        item->sent = 0;
    }
    ckpt_told(tx, slot, CKPT_TOLD_SENT, item->dirty);
    if (item->dirty & CKPT_ALL)
        item->base = next_base(item);
    item->sent |= item->dirty;
    item->dirty = 0;
    item->frame = frame;
    item->known = true;
    ckpt_leave_round(tx, item);
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

/* As many items as there is room for, and the end of the round behind the last one of it. */
static void
put_items(struct ckpt_tx *tx, mono_t now, uint64_t frame, struct wr *wr)
{
    for (;;) {
        if (tx->round == CKPT_ROUND_RUNNING && tx->round_left == 0) {
            if (!put_mark(tx, CKPT_RESYNC_END, wr))
                return;
            tx->end_frame = frame;
            tx->round = CKPT_ROUND_COMPLETE;
        }

        uint32_t slot = tx->lists[CKPT_WRITE].head;

        if (slot == 0 || !ckpt_put_item(tx, now, slot, frame, wr))
            return;
    }
}

static size_t
next_data(struct ckpt_tx *tx, mono_t now, struct wr wr)
{
    struct ckpt_msg msg = message(tx, CKPT_DATA);
    uint64_t frame = tx->sent + 1;

    msg.data.frame = frame;
    msg.data.tally = say_tally(tx, now);
    ckpt_encode(&wr, &msg);

    size_t head = wr_len(&wr);

    if (tx->round == CKPT_ROUND_DUE && put_mark(tx, CKPT_RESYNC_BEGIN, &wr)) {
        tx->begin_frame = frame;
        tx->round = CKPT_ROUND_RUNNING;
    }
    if (ckpt_macros_put(tx, now, frame, &wr)) {
        put_items(tx, now, frame, &wr);
        if (ckpt_audit_due(tx))
            ckpt_audit_put(tx, now, frame, &wr);
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

    msg.heartbeat = (struct ckpt_heartbeat){.last_frame = tx->sent, .tally = say_tally(tx, now)};
    ckpt_encode(&wr, &msg);
    tx->beat_at = mono_after(now, CKPT_BEAT_US);
    return wr_len(&wr);
}

size_t
ckpt_tx_next(struct ckpt_tx *tx, mono_t now, void *buf, size_t room)
{
    struct wr wr = wr_over(buf, room < CKPT_MESSAGE ? room : CKPT_MESSAGE);

    assert(room >= CKPT_LEAST);
    if (tx->phase == CKPT_STOPPED)
        return 0;
    tick(tx, now);
    if (tx->phase == CKPT_OPENING)
        return mono_reached(now, tx->open_at) ? next_open(tx, now, wr) : 0;
    if (may_send(tx))
        return next_data(tx, now, wr);
    if (mono_reached(now, tx->beat_at) || mono_reached(now, tally_deadline(tx)))
        return next_heartbeat(tx, now, wr);
    return 0;
}

mono_t
ckpt_tx_deadline(const struct ckpt_tx *tx)
{
    if (tx->phase == CKPT_STOPPED)
        return MONO_NEVER;
    if (tx->phase == CKPT_OPENING)
        return tx->open_at;
    if (may_send(tx))
        return tx->now;

    mono_t at = mono_earlier(tx->beat_at, mono_after(tx->heard_at, CKPT_SILENT_US));

    at = mono_earlier(at, tally_deadline(tx));
    if (has_credit(tx)) /* else the audit goes on with the next acknowledgement */
        at = mono_earlier(at, ckpt_audit_deadline(tx));
    for (unsigned kind = 0; kind < CKPT_CLASSES; kind++) {
        uint32_t due = tx->lists[CKPT_DUE + kind].head;

        at = due ? mono_earlier(at, (mono_t){.us = tx->items[due].due_us}) : at;
    }
    return at;
}

void
ckpt_tx_disconnected(struct ckpt_tx *tx, mono_t now)
{
    if (tx->phase != CKPT_IS_OPEN)
        return;
    tx->stats.closed_lost++;
    ckpt_close_stream(tx, now, 0);
    tx->resumes = false;
}

void
ckpt_tx_status(const struct ckpt_tx *tx, struct ckpt_tx_status *status)
{
    bool is_open = tx->phase == CKPT_IS_OPEN;

    *status = (struct ckpt_tx_status){
        .started = tx->phase != CKPT_STOPPED,
        .open = is_open,
        .reached = (is_open && tx->ready) || tx->resumes,
        .algo = is_open ? tx->algo : CKPT_STORED,
        .epoch = tx->epoch,
        .peer_incarnation = tx->peer,
        .stream = tx->stream,
        .items = tx->live,
        .write_list = tx->lists[CKPT_WRITE].n,
        .in_flight = tx->lists[CKPT_FLIGHT].n,
        .tombstones = tx->tombs,
        .frame_sent = tx->sent,
        .frame_acked = tx->acked,
        .refused = tx->refused,
    };
    for (unsigned kind = 0; kind < CKPT_CLASSES; kind++)
        status->waiting += tx->lists[CKPT_DUE + kind].n;
    status->told = is_open && tx->ready && tx->round == CKPT_ROUND_COMPLETE &&
                   tx->end_frame <= tx->acked && status->write_list == 0 &&
                   status->in_flight == 0 && !ckpt_macros_are_due(tx) && !ckpt_macros_fly(tx);
    status->synced = status->told && tx->refused == 0;
}

const struct ckpt_tx_stats *
ckpt_tx_stats(const struct ckpt_tx *tx)
{
    return &tx->stats;
}
