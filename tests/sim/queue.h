/* queue.h - what will happen in a simulation, in the order in which it will
 *
 * A binary heap of events by time, then by the order in which they were put in: the same
 * calls give the same run. Payloads are blocks of two sizes from a pool, since a simulation
 * sends some ten thousand messages and malloc would be a good part of its cost.
 *
 * Ownership  events are copied; an event's payload belongs to whoever took the event out
 * Time       virtual microseconds
 * Errors     out of memory aborts
 * Threads    one owner
 */
#ifndef VPCLAB_SIM_QUEUE_H
#define VPCLAB_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCK_SMALL = 640, BLOCK_LARGE = 9 * 1024 };

struct block {
    struct block *next; /* free list */
    struct block *all;  /* every block there is */
    size_t room;
    unsigned char bytes[];
};

struct pool {
    struct block *free[2], *all;
};

struct event {
    int64_t at_us;
    uint64_t order;
    uint8_t kind, side, proc; /* proc: the receiver; PROC_NONE: the world itself */
    uint8_t a, b;
    bool spoilt; /* a message that is none any more */
    uint32_t number;
    uint64_t life; /* of the receiving process: later lives ignore it; 0: any */
    uint64_t x;
    uint32_t len;
    struct block *load;
};

struct queue {
    struct event *events;
    size_t n, room;
    uint64_t order;
    struct pool pool;
};

void queue_put(struct queue *queue, struct event event);
struct event queue_take(struct queue *queue); /* not empty */

/* Empty it; memory is kept. */
void queue_clear(struct queue *queue);
void queue_fini(struct queue *queue);

/* A block with a copy of these bytes. */
struct block *block_of(struct pool *pool, const void *bytes, size_t len);
void block_free(struct pool *pool, struct block *block); /* NULL is fine */

#endif
