/* fault_hook.h - what becomes of the frames of one flow while leases of faults hit it
 *
 * A flow is what one end sends to one other end over one connection. Frames go in as they are
 * sent and come out as they are to travel: now, later, not at all, twice, behind the next one,
 * with wrong octets, followed by an older one, or again with an older epoch. All leases that hit
 * the flow count: first it is decided whether a frame is lost, then what else is sent, then when.
 *
 *   - delay, jitter and throttle keep the order, and lose or double nothing while there is room
 *   - throttle takes at most FAULT_BACKLOG octets on its way; what is over it is lost, as in a
 *     router, and counted like what finds no room in the memory
 *   - when a lease ends all that is held travels at once, in order
 *   - a frame that comes again with an older epoch has a sequence number of its own, else the
 *     receiver would drop it before it looks at the epoch; the sender has to go on behind it
 *   - wrong octets are such that a receiver can tell: no frame, or one that is too short or too
 *     long. Another number in the body is not made: who has no checksum never recovers from it,
 *     and a lease has to heal
 *
 * Every lease has a generator of its own, seeded with its number, its begin and the flow, so the
 * same lease does the same to the same frames.
 *
 * Ownership  memory from the caller, FAULT_HOOK_LEAST octets at least; what fault_hook_take gives
 *            is borrowed until the next call
 * Time       CLOCK_MONOTONIC in microseconds, from the caller
 * Errors     none: what cannot be held is lost and counted
 * Threads    one owner
 */
#ifndef VPCLAB_FAULT_HOOK_H
#define VPCLAB_FAULT_HOOK_H

#include "common/base/rng.h"
#include "common/fault/fault.h"
#include "common/msg/msg.h"

enum {
    FAULT_FRAME = MSG_HEAD + MSG_BODY_MOST, /* the longest frame */
    FAULT_KEPT = 4,                         /* older frames are kept ... */
    FAULT_KEPT_MOST = 32 * 1024,            /* ... up to that length */
    FAULT_BACKLOG = 1024 * 1024,            /* octets */
    FAULT_BEHIND_US = 1000000,              /* who waits for a next frame waits that long */
    FAULT_HOOK_LEAST = 2 * FAULT_FRAME + FAULT_KEPT * FAULT_KEPT_MOST + 64,
};

#define FAULT_COUNTS(X)                                                                            \
    X(frames)  /* that were sent */                                                                \
    X(lost)    /* on purpose */                                                                    \
    X(over)    /* no room, or beyond what a throttle takes */                                      \
    X(late)    /* had to wait */                                                                   \
    X(doubled) /* */                                                                               \
    X(behind)  /* the next one */                                                                  \
    X(wrong)   /* octets, or cut short */                                                          \
    X(old)     /* older frames that followed */                                                    \
    X(stale)   /* came again with an older epoch */

struct fault_counts {
#define X(name) uint64_t name;
    FAULT_COUNTS(X)
#undef X
};

struct fault_dice {
    struct fault lease;
    struct rng rng;
    int64_t free_us; /* throttle: all before it has passed by then */
};

struct fault_hook {
    uint64_t flow;
    struct fault_dice leases[FAULTS_MOST];
    size_t n;
    struct fault_counts counts;

    /* what is held: a ring of records, the first at `tail` */
    uint8_t *ring;
    size_t room, head, tail, held, octets;
    int64_t last_us; /* nothing travels before what was sent before */

    uint8_t *back; /* a frame that waits for the next one */
    size_t back_len;
    int64_t back_us; /* ... until then */

    uint8_t *kept[FAULT_KEPT];
    size_t kept_len[FAULT_KEPT], kept_at;
};

/* `flow` tells this flow from others. memory is aligned as malloc's. */
void fault_hook_init(struct fault_hook *hook, uint64_t flow, void *memory, size_t room);

/* The leases that hit this flow from now on; those of links and of our kinds only. */
void fault_hook_set(struct fault_hook *hook, const struct fault *leases, size_t n, int64_t now_us);

/* A frame is sent. How many sequence numbers beyond its own it took (0 or 1). */
unsigned fault_hook_send(struct fault_hook *hook, int64_t now_us, const void *frame, size_t len);

/* The next frame that is to travel by now; false: none. */
bool fault_hook_take(struct fault_hook *hook, int64_t now_us, const uint8_t **frame, size_t *len);

/* When there will be something to take, or a lease ends; INT64_MAX: never. */
int64_t fault_hook_next(const struct fault_hook *hook);

/* Nothing hits the flow, and nothing is held. */
bool fault_hook_idle(const struct fault_hook *hook);

/* The connection ended: what is held is lost with it. */
void fault_hook_drop(struct fault_hook *hook);

#endif
