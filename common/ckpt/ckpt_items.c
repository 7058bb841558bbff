#include <assert.h>
#include <string.h>

#include "common/ckpt/ckpt_tx_priv.h"

#define STALLED_US (1 * US_PER_S)

/* ---- lists ---- */

void
ckpt_unlink(struct ckpt_tx *tx, uint32_t slot)
{
    struct ckpt_item *item = &tx->items[slot];
    struct ckpt_list *list = &tx->lists[item->place];

    if (item->place == CKPT_NOWHERE)
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
    item->place = CKPT_NOWHERE;
    item->prev = item->next = 0;
}

void
ckpt_append(struct ckpt_tx *tx, uint32_t slot, enum ckpt_place place)
{
    struct ckpt_item *item = &tx->items[slot];
    struct ckpt_list *list = &tx->lists[place];

    assert(item->place == CKPT_NOWHERE);
    item->place = (unsigned)place & 7u;
    item->next = 0;
    item->prev = list->tail;
    if (list->tail)
        tx->items[list->tail].next = slot;
    else
        list->head = slot;
    list->tail = slot;
    list->n++;
}

static bool
is_waiting(const struct ckpt_item *item)
{
    return item->place >= CKPT_DUE;
}

void
ckpt_told(struct ckpt_tx *tx, uint32_t slot, enum ckpt_told what, unsigned mask)
{
    const struct ckpt_source *source = &tx->setup.source;
    bool full = mask & CKPT_ALL;
    unsigned parts = full ? 0 : ckpt_parts_in(mask);

    if (source->told && tx->items[slot].state == CKPT_LIVE)
        source->told(source->ctx, slot, what, full, parts, tx->now);
}

/* Something of it is to be sent. */
static void
to_write(struct ckpt_tx *tx, uint32_t slot, unsigned what)
{
    struct ckpt_item *item = &tx->items[slot];

    item->dirty |= (uint16_t)what;
    if (item->place == CKPT_WRITE)
        return;
    ckpt_unlink(tx, slot);
    ckpt_append(tx, slot, CKPT_WRITE);
}

static void
old_enough(struct ckpt_tx *tx, uint32_t slot)
{
    tx->items[slot].frame = 0; /* due_us before */
    to_write(tx, slot, CKPT_ALL);
}

void
ckpt_items_tick(struct ckpt_tx *tx, mono_t now)
{
    tx->now = now;
    for (unsigned kind = 0; kind < CKPT_CLASSES; kind++) {
        const struct ckpt_list *due = &tx->lists[CKPT_DUE + kind];

        while (due->head && tx->items[due->head].due_us <= now.us)
            old_enough(tx, due->head);
    }
}

/* ---- items ---- */

void
ckpt_items_clear(struct ckpt_tx *tx)
{
    memset(tx->lists, 0, sizeof tx->lists);
    tx->live = tx->tombs = tx->top = tx->round_left = 0;
}

void
ckpt_leave_round(struct ckpt_tx *tx, struct ckpt_item *item)
{
    tx->round_left -= item->in_round;
    item->in_round = false;
}

static struct ckpt_item *
item_at(struct ckpt_tx *tx, uint32_t slot)
{
    assert(slot > 0 && slot <= tx->setup.capacity);
    while (tx->top < slot)
        tx->items[++tx->top] = (struct ckpt_item){0};
    return &tx->items[slot];
}

void
ckpt_tx_add(struct ckpt_tx *tx, uint32_t slot)
{
    struct ckpt_item *item = item_at(tx, slot);

    assert(item->state == CKPT_ABSENT && tx->phase != CKPT_STOPPED);
    *item = (struct ckpt_item){.state = CKPT_LIVE};
    tx->live++;
    to_write(tx, slot, CKPT_ALL);
}

static bool
must_wait(const struct ckpt_tx *tx, unsigned kind, mono_t due)
{
    return !tx->hurry && tx->setup.duration_us[kind] > 0 && !mono_reached(tx->now, due);
}

void
ckpt_tx_changed(struct ckpt_tx *tx, uint32_t slot, unsigned kind, mono_t since)
{
    struct ckpt_item *item = item_at(tx, slot);
    mono_t due = mono_after(since, tx->setup.duration_us[kind]);

    assert(kind < CKPT_CLASSES);
    if (tx->phase == CKPT_STOPPED)
        return;
    assert(item->state != CKPT_TOMB);
    if (item->state == CKPT_LIVE) {
        if (!is_waiting(item))
            to_write(tx, slot, CKPT_ALL);
    } else if (must_wait(tx, kind, due)) {
        *item = (struct ckpt_item){.state = CKPT_LIVE, .due_us = due.us};
        tx->live++;
        ckpt_append(tx, slot, (enum ckpt_place)(CKPT_DUE + kind));
    } else {
        ckpt_tx_add(tx, slot);
    }
}

void
ckpt_tx_part(struct ckpt_tx *tx, uint32_t slot, unsigned part)
{
    struct ckpt_item *item = item_at(tx, slot);

    assert(part < CKPT_PARTS);
    if (tx->phase == CKPT_STOPPED)
        return;
    assert(item->state == CKPT_LIVE);
    if (!is_waiting(item)) /* else the first full checkpoint will tell */
        to_write(tx, slot, 1u << part);
}

void
ckpt_tx_hurry(struct ckpt_tx *tx, bool hurry)
{
    tx->hurry = hurry;
    if (hurry && tx->ready && (tx->lists[CKPT_FLIGHT].n > 0 || ckpt_macros_fly(tx)))
        tx->beat_at = tx->now; /* has all of that arrived? */
    for (unsigned kind = 0; hurry && kind < CKPT_CLASSES; kind++) {
        while (tx->lists[CKPT_DUE + kind].head)
            old_enough(tx, tx->lists[CKPT_DUE + kind].head);
    }
}

bool
ckpt_tx_deleted(struct ckpt_tx *tx, uint32_t slot)
{
    struct ckpt_item *item = item_at(tx, slot);

    if (item->state == CKPT_ABSENT)
        return true;
    assert(item->state == CKPT_LIVE);
    ckpt_leave_round(tx, item);
    tx->live--;
    if (!item->known || tx->must_full) {
        ckpt_unlink(tx, slot);
        item->state = CKPT_ABSENT;
        return true;
    }
    item->state = CKPT_TOMB;
    tx->tombs++;
    to_write(tx, slot, CKPT_ALL);
    return false;
}

void
ckpt_forget(struct ckpt_tx *tx, uint32_t slot)
{
    ckpt_unlink(tx, slot);
    tx->items[slot].state = CKPT_ABSENT;
    tx->tombs--;
    tx->setup.source.forget(tx->setup.source.ctx, slot);
}

bool
ckpt_tx_acked(const struct ckpt_tx *tx, uint32_t slot)
{
    return slot <= tx->top && tx->items[slot].state == CKPT_LIVE &&
           tx->items[slot].place == CKPT_NOWHERE;
}

bool
ckpt_tx_based(const struct ckpt_tx *tx, uint32_t slot)
{
    const struct ckpt_item *item = &tx->items[slot];
    bool pending;

    if (slot > tx->top || item->state != CKPT_LIVE || is_waiting(item))
        return false;
    pending = item->sent & CKPT_ALL && item->frame > tx->acked;
    return item->known && !pending && !(item->dirty & CKPT_ALL);
}

/* ---- frames ---- */

static void
count_lost(struct ckpt_tx *tx, const struct ckpt_item *item)
{
    bool tomb = item->state == CKPT_TOMB, full = !tomb && item->sent & CKPT_ALL;

    tx->stats.delete_lost += tomb;
    tx->stats.full_lost += full;
    for (unsigned part = 0; !tomb && part < CKPT_PARTS; part++)
        tx->stats.part_lost[part] += item->sent >> part & 1;
}

/* What was sent of it is lost. */
static void
lost(struct ckpt_tx *tx, uint32_t slot)
{
    struct ckpt_item *item = &tx->items[slot];

    count_lost(tx, item);
    ckpt_told(tx, slot, CKPT_TOLD_LOST, item->sent);
    item->dirty |= item->sent;
    item->sent = 0;
}

void
ckpt_requeue(struct ckpt_tx *tx)
{
    struct ckpt_list *flight = &tx->lists[CKPT_FLIGHT], *write = &tx->lists[CKPT_WRITE];

    ckpt_macros_requeue(tx);
    for (uint32_t slot = write->head; slot; slot = tx->items[slot].next) {
        if (tx->items[slot].frame > tx->acked) /* changed again since */
            lost(tx, slot);
    }
    for (uint32_t slot = flight->head; slot; slot = tx->items[slot].next) {
        tx->items[slot].place = CKPT_WRITE;
        lost(tx, slot);
    }
    if (flight->n == 0)
        return;
    tx->items[flight->tail].next = write->head;
    if (write->head)
        tx->items[write->head].prev = flight->tail;
    else
        write->tail = flight->tail;
    write->head = flight->head;
    write->n += flight->n;
    *flight = (struct ckpt_list){0};
}

void
ckpt_send_again(struct ckpt_tx *tx, uint32_t slot)
{
    if (slot >= 1 && slot <= tx->top && tx->items[slot].state == CKPT_LIVE &&
        !is_waiting(&tx->items[slot]))
        to_write(tx, slot, CKPT_ALL);
}

void
ckpt_acknowledge(struct ckpt_tx *tx, uint64_t frame)
{
    for (uint32_t slot; (slot = tx->lists[CKPT_FLIGHT].head) && tx->items[slot].frame <= frame;) {
        ckpt_told(tx, slot, CKPT_TOLD_HEARD, tx->items[slot].sent);
        tx->items[slot].sent = 0;
        if (tx->items[slot].state == CKPT_TOMB)
            ckpt_forget(tx, slot);
        else
            ckpt_unlink(tx, slot);
    }
    ckpt_macros_acknowledge(tx, frame);
    tx->acked = frame;
}

/* ---- resync ---- */

void
ckpt_begin_round(struct ckpt_tx *tx)
{
    tx->round = CKPT_ROUND_DUE;
    tx->round_number++;
    tx->round_left = 0;
    tx->begin_frame = tx->end_frame = 0;
    tx->must_full = false;
    tx->stats.full_resyncs++;
    ckpt_requeue(tx);
    ckpt_macros_due(tx);
    for (uint32_t slot = 1; slot <= tx->top; slot++) {
        struct ckpt_item *item = &tx->items[slot];

        if (item->state == CKPT_TOMB)
            ckpt_forget(tx, slot);
        if (item->state != CKPT_LIVE || is_waiting(item))
            continue;
        to_write(tx, slot, CKPT_ALL);
        ckpt_told(tx, slot, CKPT_TOLD_VOID, CKPT_ALL);
        item->sent = 0;
        item->known = false;
        item->in_round = true;
        tx->round_left++;
    }
}

void
ckpt_resume(struct ckpt_tx *tx, uint64_t frame)
{
    ckpt_acknowledge(tx, frame);
    ckpt_requeue(tx);
    tx->sent = frame;
    tx->stats.partial_resyncs++;
    if (tx->round == CKPT_ROUND_COMPLETE && tx->end_frame <= frame)
        return;
    /* The receiver never saw END. Whatever is on the write list it may not have confirmed
     * either: an item sent in a lost frame and changed since is no longer in flight. */
    tx->round = CKPT_ROUND_RUNNING;
    tx->end_frame = 0;
    tx->round_left = 0;
    for (uint32_t slot = tx->lists[CKPT_WRITE].head; slot; slot = tx->items[slot].next) {
        struct ckpt_item *item = &tx->items[slot];

        item->in_round = item->state == CKPT_LIVE;
        tx->round_left += item->in_round;
    }
}

uint32_t
ckpt_tx_give_up(struct ckpt_tx *tx, mono_t now)
{
    uint32_t n = tx->tombs;

    if (n == 0 || (tx->phase == CKPT_IS_OPEN && mono_between(tx->progress_at, now) < STALLED_US))
        return 0;
    tx->stats.given_up += n;
    if (tx->phase == CKPT_IS_OPEN) {
        ckpt_begin_round(tx);
        return n;
    }
    tx->must_full = true;
    ckpt_requeue(tx);
    for (uint32_t slot = tx->lists[CKPT_WRITE].head, next; slot; slot = next) {
        next = tx->items[slot].next;
        if (tx->items[slot].state == CKPT_TOMB)
            ckpt_forget(tx, slot);
    }
    return n;
}
