/* bus.h - a link of the DI-network: envelopes over ZeroMQ, with heartbeats both ways
 *
 * A serving end binds a ROUTER and talks to many; a connecting end is a DEALER and talks
 * to one. The session managers of an SF are threads, and peers of their own, told apart by the
 * number in their hellos. Both send MSG_LINK_HELLO each second of lab time and count a peer dead after
 * three seconds of silence, or at once when its connection closes (the process died).
 * Frames of an older start of a peer, repeated frames, frames a card of that kind may not
 * send, and malformed frames are dropped and counted by reason.
 *
 * Ownership  bus_close frees; a struct bus_peer is borrowed until the callback that says
 *            it is gone; bodies are borrowed for the callback
 * Time       lab time
 * Errors     bus_open: NULL after logging why. bus_send: DI_EAGAIN when the queue to the
 *            peer is full or there is no connection; the frame is dropped and counted
 * Threads    the loop's; one bus never leaves its thread
 */
#ifndef VPCLAB_BUS_H
#define VPCLAB_BUS_H

#include "common/base/mono.h"
#include "common/fault/fault.h"
#include "common/loop/node.h"
#include "common/msg/body.h"
#include "common/msg/msg.h"

/* Places of a serving end: cards, each session manager of an SF for itself, and those of a start
 * before that are not known to be over yet. */
enum { BUS_PEERS = 640 };

struct bus;

struct bus_peer {
    bool used, alive;
    bool gone;              /* a frame that was held found no connection to it any more */
    uint8_t instance, slot; /* as it says itself */
    struct link_hello hello;
    struct msg_track heard;
    mono_t last;     /* heard anything at */
    uint64_t sent;   /* sequence number of our last frame to it, or before it was known */
    uint8_t id[256]; /* routing id, serving end only */
    size_t id_len;
};

/* A frame for the owner of the bus; rd stands at the body. */
typedef void bus_message_fn(void *ctx, struct bus_peer *peer, const struct msg_head *head,
                            struct rd *body);

/* A peer came to life, was reborn (alive again without having been seen dead), or died;
 * why: "hello", "reborn", "silent", "closed". */
typedef void bus_peer_fn(void *ctx, struct bus_peer *peer, bool alive, const char *why);

/* This wake-up is over: what had come, or the most that one wake-up takes, was handed on. */
typedef void bus_turn_fn(void *ctx);

struct bus_setup {
    const struct node *node; /* identity; borrowed for the life of the bus */
    zloop_t *loop;
    const char *name;     /* for log lines: "card", "call" */
    enum fault_link link; /* which faults hit it: FAULT_LINK_CARD, ... */
    const char *endpoint;
    bool serve;        /* bind a ROUTER, else connect a DEALER */
    int queue;         /* high-water mark in frames, each direction */
    uint8_t slot;      /* connecting end: the card that serves; 0: heard from its first frame */
    uint8_t sessmgr;   /* for our MSG_LINK_HELLO: who of its card is speaking */
    bool any_instance; /* the world: peers of all instances; else only our own */
    bus_message_fn *message;
    bus_peer_fn *peer; /* may be NULL */
    bus_turn_fn *turn; /* may be NULL */
    void *ctx;
};

struct bus *bus_open(const struct bus_setup *setup);
void bus_close(struct bus **bus);

/* Send one frame. peer NULL: the one peer of a connecting end, the living ones of a
 * serving end. `port`: see struct msg_head. */
int bus_send(struct bus *bus, struct bus_peer *peer, enum msg_type type, uint8_t port,
             uint64_t epoch, const void *body, size_t len);

/* Walk the living peers: start with NULL. */
struct bus_peer *bus_peer_next(struct bus *bus, struct bus_peer *after);

/* Connecting end: has the peer been heard within three seconds? */
bool bus_alive(const struct bus *bus);

/* Counters for `show` and tests. */
struct bus_counters {
    uint64_t sent, received, unsent, malformed, old_incarnation, repeated, not_allowed, missed;
};
const struct bus_counters *bus_counters(const struct bus *bus);

#endif
