/* fault_link.h - one end of a link, and what leases of faults do to the frames it sends
 *
 * The owner of a socket opens an end beside it. Before it sends a frame it asks whether the link
 * is quiet, which is all there is to do without leases: one relaxed load. Else the frame goes to
 * fault_end_send(), and comes back through `pass` when, and as, it is to travel. What is cut and
 * what is reset the owner looks up in `changed`, and carries out with its socket.
 *
 * Each receiver of a serving end is a flow of its own (fault_hook.h): order, throttle and queue.
 *
 * Ownership  fault_end_close frees, and drops what is held; frames are borrowed for the call
 * Time       CLOCK_MONOTONIC
 * Errors     none; fault_end_open: NULL where the topology admits no faults, or without a link,
 *            and every call takes a NULL
 * Threads    the loop's; leases are heard of from the main thread
 */
#ifndef VPCLAB_FAULT_LINK_H
#define VPCLAB_FAULT_LINK_H

#include "common/fault/fault_hook.h"
#include "common/loop/fault_leases.h"

enum { FAULT_ID = 256, FAULT_ROOM = 4 << 20, FAULT_ROOM_TRUNK = 64 << 20 };

/* Whom a frame is for. */
struct fault_to {
    uint8_t instance, slot; /* FAULT_ANY and 0: the world; a slot of 0 is not known */
    uint8_t port;           /* session manager, or 0 */
    const uint8_t *id;      /* routing id, where there are several receivers */
    size_t id_len;
};

/* Send this now (inbound: it arrives now). It may drop what is held, but not close the end. */
typedef void fault_pass_fn(void *ctx, const uint8_t *id, size_t id_len, const void *frame,
                           size_t len);
/* Leases came, began or ended, or a reset is due. */
typedef void fault_changed_fn(void *ctx);

struct fault_end_setup {
    const struct node *node;
    zloop_t *loop;
    enum fault_link link; /* FAULT_NO_LINK: this is none that can be broken */
    bool inbound;         /* the frames are those that come in: who sends them is none of us */
    size_t room;          /* octets that may wait for one receiver; FAULT_ROOM... */
    fault_pass_fn *pass;
    fault_changed_fn *changed; /* may be NULL */
    void *ctx;
};

struct fault_flow;

struct fault_end {
    uint32_t seen; /* fault_generation when the leases were looked up */
    bool busy;     /* there are some, or something is held */
    bool passing;  /* in `pass`: flows stay where they are */

    struct fault_end_setup setup;
    zmq_pollitem_t item;
    struct fault leases[FAULTS_MOST]; /* of this link */
    size_t n;
    struct fault_flow *flows;
    int64_t reset_us; /* resets until then were carried out */
    uint8_t *frame;   /* put together here */
};

struct fault_end *fault_end_open(const struct fault_end_setup *setup);
void fault_end_close(struct fault_end **end);

/* Nothing hits this link, and nothing waits: send as ever. */
static inline bool
fault_end_quiet(const struct fault_end *end)
{
    return !end || (!end->busy &&
                    atomic_load_explicit(&fault_generation, memory_order_relaxed) == end->seen);
}

/* False: nothing hits a frame for that receiver, send it as ever. True: the frame is taken, and
 * *extra sequence numbers behind its own are used. */
bool fault_end_send(struct fault_end *end, const struct fault_to *to, const void *head,
                    size_t head_len, const void *body, size_t len, unsigned *extra);

/* Is it cut now: what we send to that end (out), what that one sends to us (in)? */
void fault_end_cut(struct fault_end *end, uint8_t instance, uint8_t slot, bool *out, bool *in);

/* Was a reset of the connection with that end due since this was asked last? */
bool fault_end_reset(struct fault_end *end, uint8_t instance, uint8_t slot);

/* The connection ended, and with it what is held for that receiver; NULL: all. */
void fault_end_drop(struct fault_end *end, const uint8_t *id, size_t id_len);

#endif
