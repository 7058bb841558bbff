/* queue.h - what will happen in a simulation, in the order in which it will
 *
 * A binary heap of events by time, then by the order in which they were put in: the same
 * calls give the same run.
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

enum event_kind {
    EV_HELLO,   /* arrives at `side` */
    EV_CKPT,    /* a message for a session manager arrives */
    EV_ROLE,    /* CF to card */
    EV_STATUS,  /* card to CF */
    EV_ROUTE,   /* chassis to router */
    EV_LINK,    /* the control connection is tried again */
    EV_RESUME,  /* a paused chassis goes on */
    EV_RESTART, /* a dead chassis starts */
    EV_CARD_UP, /* a dead session manager starts */
    EV_CF_UP,   /* the other CF takes over */
    EV_HEAL,    /* a link is mended */
    EV_FAULT,   /* something breaks */
    EV_CLIENT,  /* a client does something */
    EV_KINDS,
};

struct event {
    int64_t at_us;
    uint64_t order;
    uint8_t kind, side, manager, link;
    uint8_t state, announced, prepend;
    uint64_t life; /* of the sender or receiver: later lives ignore it; 0: any */
    uint64_t epoch;
    uint64_t copy; /* EV_CKPT: what the sender's copy was */
    size_t len;
    void *payload; /* malloc */
};

struct queue {
    struct event *events;
    size_t n, room;
    uint64_t order;
};

void queue_put(struct queue *queue, struct event event);
struct event queue_take(struct queue *queue); /* not empty */
void queue_fini(struct queue *queue);         /* frees payloads too */

#endif
