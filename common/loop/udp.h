/* udp.h - the GTP service sockets: datagrams in and out, many to a system call
 *
 * A set of bound UDP sockets, two ports (GTP-C, GTP-U) an address. What arrives is handed
 * on as struct dgram, up to 64 at a time; what is sent is queued by reference and leaves
 * with udp_flush in as few system calls as there are sockets involved. The embedded world
 * and the demux's direct access adapter share it.
 *
 * Ownership  udp_close frees; datagrams received are borrowed for the callback; datagrams
 *            queued are borrowed from the caller until udp_flush
 * Time       none
 * Errors     binding: a negative enum di_err after nothing was logged, errno set; sending:
 *            what the kernel does not take is counted and dropped
 * Threads    the loop's
 */
#ifndef VPCLAB_UDP_H
#define VPCLAB_UDP_H

#include <czmq.h>

#include "common/msg/dgram.h"

enum {
    UDP_BATCH = 64,   /* datagrams a system call */
    UDP_ROUNDS = 8,   /* receiving system calls before others get their turn */
    UDP_SOCKETS = 64, /* of one set */
    UDP_BUFFER_WANTED = 8 * 1024 * 1024,
    UDP_BUFFER_ENOUGH = 4 * 1024 * 1024, /* a burst of some thousand requests */
};

struct udp;

/* `n` datagrams arrived on one socket. */
typedef void udp_receive_fn(void *ctx, const struct dgram *dgrams, size_t n);

/* This wake-up is over: send on what was gathered. */
typedef void udp_done_fn(void *ctx);

struct udp_counters {
    uint64_t received, sent;
    uint64_t oversize; /* received, longer than DGRAM_MOST: dropped */
    uint64_t unsent;   /* the kernel had no room, or no way there */
    uint64_t unbound;  /* to be sent from an address we do not have */
};

struct udp *udp_open(zloop_t *loop, udp_receive_fn *receive, udp_done_fn *done, void *ctx);
void udp_close(struct udp **udp);

/* Bind both ports of an address; nothing to do when they are bound. DI_EFULL: too many;
 * DI_ESYSTEM: *port is the one that failed, errno says why (EADDRINUSE, EADDRNOTAVAIL). */
int udp_bind(struct udp *udp, uint32_t addr, uint16_t *port);
bool udp_bound(const struct udp *udp, uint32_t addr);

/* Close the sockets of an address, or of all. */
void udp_unbind(struct udp *udp, uint32_t addr);
void udp_unbind_all(struct udp *udp);

/* Queue one datagram from d->local (port by d->side) to d->peer, d->port. */
void udp_send(struct udp *udp, const struct dgram *d);
void udp_flush(struct udp *udp);

const struct udp_counters *udp_counters(const struct udp *udp);

/* One sentence on why an address could not be bound, with the fix. */
void udp_explain(char *out, size_t room, uint32_t addr, uint16_t port, int error);

/* Dotted text of an IPv4 address in host order. */
const char *udp_addr_text(uint32_t addr, char out[16]);

#endif
