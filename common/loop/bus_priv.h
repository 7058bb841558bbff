/* bus_priv.h - inside of a bus
 *
 *   bus.c       the socket, what is sent, heartbeats, faults laid on the link
 *   bus_hear.c  whose frames come in, and which of them count
 *
 * Ownership, Time, Errors, Threads: bus.h
 */
#ifndef VPCLAB_BUS_PRIV_H
#define VPCLAB_BUS_PRIV_H

#include "common/loop/bus.h"
#include "common/loop/fault_link.h"
#include "common/loop/timer.h"
#include "common/loop/watch.h"

struct bus {
    struct bus_setup setup;
    char endpoint[NODE_PATH];
    zsock_t *sock;
    struct watch watch; /* connection events */
    struct timer hello, check;
    mono_t ticked;           /* on_hello ran last */
    struct fault_end *fault; /* NULL: no fault can be laid on this lab */
    struct bus_counters counters;
    uint64_t sent_most; /* highest sequence number ever used towards anybody */
    bool full;          /* an overflow was logged and has not ended yet */
    size_t peer_n;      /* places: one of a connecting end, BUS_PEERS of a serving one */
    struct bus_peer peers[];
};

/* It came to life or died; why: see bus_peer_fn. */
void bus_set_alive(struct bus *bus, struct bus_peer *peer, bool alive, const char *why);

void bus_send_hello(struct bus *bus, struct bus_peer *peer);

/* The loop's, for the socket; arg: the bus. */
int bus_on_frame(zloop_t *loop, zsock_t *sock, void *arg);

#endif
