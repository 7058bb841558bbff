#include "queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool
before(const struct event *a, const struct event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void
queue_put(struct queue *queue, struct event event)
{
    if (queue->n == queue->room) {
        queue->room = queue->room ? queue->room * 2 : 256;
        queue->events = realloc(queue->events, queue->room * sizeof *queue->events);
        if (!queue->events)
            abort();
    }

    size_t i = queue->n++;

    event.order = queue->order++;
    for (; i > 0 && before(&event, &queue->events[(i - 1) / 2]); i = (i - 1) / 2)
        queue->events[i] = queue->events[(i - 1) / 2];
    queue->events[i] = event;
}

struct event
queue_take(struct queue *queue)
{
    struct event first = queue->events[0], last = queue->events[--queue->n];
    size_t i = 0;

    for (size_t child; (child = 2 * i + 1) < queue->n; i = child) {
        if (child + 1 < queue->n && before(&queue->events[child + 1], &queue->events[child]))
            child++;
        if (!before(&queue->events[child], &last))
            break;
        queue->events[i] = queue->events[child];
    }
    if (queue->n > 0)
        queue->events[i] = last;
    return first;
}

void
queue_clear(struct queue *queue)
{
    queue->n = 0;
    queue->order = 0;
    queue->pool.free[0] = queue->pool.free[1] = NULL;
    for (struct block *block = queue->pool.all; block; block = block->all)
        block_free(&queue->pool, block); /* also those a run that broke off still held */
}

void
queue_fini(struct queue *queue)
{
    for (struct block *block = queue->pool.all, *next; block; block = next) {
        next = block->all;
        free(block);
    }
    free(queue->events);
    *queue = (struct queue){0};
}

struct block *
block_of(struct pool *pool, const void *bytes, size_t len)
{
    bool large = len > BLOCK_SMALL;
    struct block *block = pool->free[large];

    assert(len <= BLOCK_LARGE);
    if (block) {
        pool->free[large] = block->next;
    } else {
        size_t room = large ? BLOCK_LARGE : BLOCK_SMALL;

        block = malloc(sizeof *block + room);
        if (!block)
            abort();
        block->room = room;
        block->all = pool->all;
        pool->all = block;
    }
    memcpy(block->bytes, bytes, len);
    return block;
}

void
block_free(struct pool *pool, struct block *block)
{
    if (!block)
        return;

    struct block **list = &pool->free[block->room == BLOCK_LARGE];

    block->next = *list;
    *list = block;
}
