#include "queue.h"

#include <stdlib.h>

static bool
before(const struct event *a, const struct event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void
queue_put(struct queue *queue, struct event event)
{
    if (queue->n == queue->room) {
        queue->room = queue->room ? queue->room * 2 : 64;
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
queue_fini(struct queue *queue)
{
    for (size_t i = 0; i < queue->n; i++)
        free(queue->events[i].payload);
    free(queue->events);
    *queue = (struct queue){0};
}
