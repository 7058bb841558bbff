/* tcp_link.h - one TCP connection between the active CFs of two chassis, with CURVE
 *
 * The chassis with the lower bind address listens, the other connects; both admit exactly
 * the key of the configured peer. Nothing is queued behind a dead connection. Used twice:
 * for SRP control and, in an actor of its own, for the checkpoints.
 *
 * Ownership  tcp_link_close frees; certificates are borrowed until then; frames are
 *            borrowed for the callback
 * Time       real milliseconds inside ZeroMQ; reconnects are tried each 50 to 200 ms, and with
 *            another socket after 300 ms
 * Errors     an address in use is logged once and tried again each lab second; sending
 *            returns DI_EAGAIN when there is no connection or its queue is full
 * Threads    the loop's
 */
#ifndef VPCLAB_TCP_LINK_H
#define VPCLAB_TCP_LINK_H

#include <czmq.h>

#include "common/fault/fault.h"
#include "common/loop/node.h"
#include "common/msg/msg.h"

struct tcp_link;

/* A well-formed frame; rd stands at the body. Return false to have it counted as refused. */
typedef bool tcp_frame_fn(void *ctx, const struct msg_head *head, struct rd *body);
/* The connection came up or ended; why is a word for the log. */
typedef void tcp_state_fn(void *ctx, bool up, const char *why);

struct tcp_link_setup {
    const struct node *node;
    zloop_t *loop;
    const char *name;     /* "srp-control", "srp-session" */
    enum fault_link link; /* FAULT_LINK_SRP_CONTROL, FAULT_LINK_SRP_SESSION */
    uint32_t bind, peer;  /* addresses, host order */
    uint16_t port;
    int queue;            /* high-water mark in frames */
    uint8_t dscp;         /* code point on each segment; 0: best effort */
    zcert_t *own;         /* with the secret key; NULL: without CURVE, for measurements */
    const char *peer_key; /* public key of the peer, Z85; borrowed */
    tcp_frame_fn *frame;
    tcp_state_fn *state;
    void *ctx;
};

struct tcp_counters {
    uint64_t sent, unsent, received, malformed, refused;
    uint64_t foreign; /* connections whose key was not admitted */
};

struct tcp_link *tcp_link_open(const struct tcp_link_setup *setup);
void tcp_link_close(struct tcp_link **link);
int tcp_link_send(struct tcp_link *link, enum msg_type type, uint8_t port, uint64_t epoch,
                  const void *body, size_t len);

bool tcp_link_up(const struct tcp_link *link);
const struct tcp_counters *tcp_link_counters(const struct tcp_link *link);

#endif
