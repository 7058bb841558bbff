#include "common/loop/bus_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

enum {
    HELLO_US = 1000000,     /* a hello each second of lab time */
    DEAD_US = 3 * HELLO_US, /* silence after which a peer is dead */
    KNOCK_MS = 50,          /* real time between hellos until the server answers */
};

static int
raw_send(struct bus *bus, const uint8_t *id, size_t id_len, const void *head, size_t head_len,
         const void *body, size_t len)
{
    void *sock = zsock_resolve(bus->sock);
    zmq_msg_t msg;

    if (zmq_msg_init_size(&msg, head_len + len) != 0)
        log_fatal("bus %s: out of memory", bus->setup.name);
    memcpy(zmq_msg_data(&msg), head, head_len);
    if (len)
        memcpy((uint8_t *)zmq_msg_data(&msg) + head_len, body, len);
    if (bus->setup.serve && zmq_send(sock, id, id_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) == -1)
        goto failed;
    if (zmq_msg_send(&msg, sock, ZMQ_DONTWAIT) != -1)
        return 0;
failed:;
    int why = errno;

    (void)zmq_msg_close(&msg); /* cannot fail for an initialised message */
    return why == EHOSTUNREACH ? DI_ENOTFOUND : DI_EAGAIN;
}

/* A fault had held this frame. Whoever ended meanwhile is buried by a timer: we are in a step. */
static void
pass(void *ctx, const uint8_t *id, size_t id_len, const void *frame, size_t len)
{
    struct bus *bus = ctx;
    int rc = raw_send(bus, id, id_len, frame, len, NULL, 0);

    bus->counters.unsent += rc == DI_EAGAIN;
    for (size_t i = 0; rc == DI_ENOTFOUND && i < bus->peer_n; i++) {
        struct bus_peer *peer = &bus->peers[i];

        if (!peer->used || peer->id_len != id_len || memcmp(peer->id, id, id_len) != 0)
            continue;
        peer->gone = true;
        timer_in_ms(&bus->check, 0);
    }
}

/* Does a fault take the frame? Then *used are the sequence numbers that went. */
static bool
divert(struct bus *bus, const struct bus_peer *peer, const uint8_t head[MSG_HEAD], const void *body,
       size_t len, unsigned *used)
{
    struct fault_to to = {.instance = peer->instance,
                          .slot = peer->slot,
                          .port = peer->hello.sessmgr,
                          .id = peer->id,
                          .id_len = bus->setup.serve ? peer->id_len : 0};
    unsigned extra = 0;
    bool taken = !fault_end_quiet(bus->fault) &&
                 fault_end_send(bus->fault, &to, head, MSG_HEAD, body, len, &extra);

    *used = 1 + extra;
    return taken;
}

static int
send_one(struct bus *bus, struct bus_peer *peer, enum msg_type type, uint8_t port, uint64_t epoch,
         const void *body, size_t len)
{
    const struct node *node = bus->setup.node;
    uint8_t bytes[MSG_HEAD];
    struct wr wr = wr_over(bytes, sizeof bytes);
    struct msg_head head = {
        .type = type,
        .instance = node->instance,
        .slot = node->slot,
        .port = port,
        .incarnation = node->incarnation,
        .epoch = epoch,
        .seq = peer->sent + 1,
    };
    unsigned used;
    int rc = 0;

    msg_head_put(&wr, &head);
    if (!divert(bus, peer, bytes, body, len, &used))
        rc = raw_send(bus, peer->id, peer->id_len, bytes, sizeof bytes, body, len);
    if (rc == 0) {
        peer->sent += used;
        if (peer->sent > bus->sent_most)
            bus->sent_most = peer->sent;
        bus->counters.sent++;
        bus->full = false;
    } else if (rc == DI_EAGAIN) {
        bus->counters.unsent++;
        if (!bus->full && peer->alive)
            log_warn("bus %s: queue to slot %u is full, frames are dropped until it drains",
                     bus->setup.name, peer->slot);
        bus->full = true;
    }
    return rc;
}

void
bus_set_alive(struct bus *bus, struct bus_peer *peer, bool alive, const char *why)
{
    if (peer->alive == alive && strcmp(why, "reborn") != 0)
        return;
    peer->alive = alive;
    if (!alive)
        fault_end_drop(bus->fault, peer->id, peer->id_len);
    log_debug("bus %s: slot %u %s (%s)", bus->setup.name, peer->slot, alive ? "up" : "down", why);
    if (bus->setup.peer)
        bus->setup.peer(bus->setup.ctx, peer, alive, why);
    if (!alive && bus->setup.serve)
        peer->used = false;
}

void
bus_send_hello(struct bus *bus, struct bus_peer *peer)
{
    uint8_t body[8];
    struct wr wr = wr_over(body, sizeof body);
    struct link_hello hello = {.type = (uint8_t)bus->setup.node->type,
                               .sessmgr = bus->setup.sessmgr};

    link_hello_put(&wr, &hello);
    if (send_one(bus, peer, MSG_LINK_HELLO, 0, 0, body, wr_len(&wr)) == DI_ENOTFOUND)
        bus_set_alive(bus, peer, false, "closed");
}

/* Silence counts only while we listened: a process that was stopped for a while finds the
 * frames of its peers waiting, and must not take the gap for their death. */
static void
forgive_sleep(struct bus *bus, mono_t now)
{
    int64_t gap = mono_between(bus->ticked, now);

    if (gap > HELLO_US * 3 / 2) {
        for (size_t i = 0; i < bus->peer_n; i++)
            bus->peers[i].last = mono_earlier(mono_after(bus->peers[i].last, gap), now);
    }
    bus->ticked = now;
}

/* Heartbeats out, silence counted. */
static void
on_hello(void *arg)
{
    struct bus *bus = arg;
    mono_t now = clock_now();

    forgive_sleep(bus, now);
    for (size_t i = 0; i < bus->peer_n; i++) {
        struct bus_peer *peer = &bus->peers[i];

        if (!peer->used)
            continue;
        if (peer->alive && mono_between(peer->last, now) > DEAD_US)
            bus_set_alive(bus, peer, false, "silent");
        if (bus->setup.serve && !peer->alive && mono_between(peer->last, now) > DEAD_US) {
            peer->used = false; /* a stranger that never introduced itself */
            fault_end_drop(bus->fault, peer->id, peer->id_len);
        }
        if (peer->used)
            bus_send_hello(bus, peer);
    }
    if (bus->setup.serve || bus->peers[0].alive)
        timer_at(&bus->hello, mono_after(now, HELLO_US));
    else
        timer_in_ms(&bus->hello, KNOCK_MS);
}

/* After a connection closed: find out whose it was by speaking to everybody. */
static void
on_check(void *arg)
{
    struct bus *bus = arg;

    for (size_t i = 0; i < bus->peer_n; i++) {
        struct bus_peer *peer = &bus->peers[i];

        if (peer->used && peer->gone)
            bus_set_alive(bus, peer, false, "closed");
        else if (peer->used)
            bus_send_hello(bus, peer);
        peer->gone = false;
    }
}

static void
on_connection(void *arg, uint16_t event)
{
    struct bus *bus = arg;

    if (bus->setup.serve && event == ZMQ_EVENT_DISCONNECTED) {
        on_check(bus);
        timer_in_ms(&bus->check, 1); /* once more: the socket may lag */
    } else if (!bus->setup.serve && event == ZMQ_EVENT_DISCONNECTED) {
        bus_set_alive(bus, &bus->peers[0], false, "closed");
    } else if (!bus->setup.serve && event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        bus_send_hello(bus, &bus->peers[0]);
    }
}

static zsock_t *
make_socket(const struct bus_setup *setup)
{
    zsock_t *sock = zsock_new(setup->serve ? ZMQ_ROUTER : ZMQ_DEALER);

    if (!sock)
        log_fatal("bus %s: cannot make a socket: %s", setup->name, strerror(errno));
    zsock_set_linger(sock, 0); /* a dead peer never holds us back */
    zsock_set_sndhwm(sock, setup->queue);
    zsock_set_rcvhwm(sock, setup->queue);
    zsock_set_maxmsgsize(sock, MSG_HEAD + MSG_BODY_MOST); /* capped before it is allocated */
    zsock_set_reconnect_ivl(sock, 20);
    zsock_set_reconnect_ivl_max(sock, 200);
    if (setup->serve)
        rundir_owner_only(zsock_resolve(sock));
    if (setup->serve)
        zsock_set_router_mandatory(sock, 1); /* says when a peer is gone */
    else
        zsock_set_immediate(sock, 1); /* no queue behind a dead connection */
    if (setup->serve ? zsock_bind(sock, "%s", setup->endpoint) == -1
                     : zsock_connect(sock, "%s", setup->endpoint) == -1) {
        log_error("bus %s: cannot %s %s: %s", setup->name, setup->serve ? "bind" : "connect",
                  setup->endpoint, strerror(errno));
        zsock_destroy(&sock);
    }
    return sock;
}

/* Watched and read from now on; false: it is not to be had. */
static bool
attach(struct bus *bus)
{
    const struct bus_setup *setup = &bus->setup;

    bus->sock = make_socket(setup);
    return bus->sock &&
           watch_start(&bus->watch, setup->loop, bus->sock,
                       ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED, on_connection,
                       bus) &&
           zloop_reader(setup->loop, bus->sock, bus_on_frame, bus) == 0;
}

static void
detach(struct bus *bus)
{
    watch_stop(&bus->watch);
    if (bus->sock) {
        zloop_reader_end(bus->setup.loop, bus->sock);
        zsock_destroy(&bus->sock);
    }
}

/* A connection is reset by the end that seeks it: the serving one has others, too. */
static void
on_fault(void *ctx)
{
    struct bus *bus = ctx;

    if (!fault_end_reset(bus->fault, bus->peers[0].instance, bus->peers[0].slot) ||
        bus->setup.serve)
        return;
    detach(bus);
    bus_set_alive(bus, &bus->peers[0], false, "reset");
    if (!attach(bus))
        log_fatal("bus %s: cannot connect anew", bus->setup.name);
    timer_in_ms(&bus->hello, KNOCK_MS);
}

struct bus *
bus_open(const struct bus_setup *setup)
{
    size_t peer_n = setup->serve ? BUS_PEERS : 1;
    struct bus *bus = calloc(1, sizeof *bus + peer_n * sizeof bus->peers[0]);

    if (!bus)
        log_fatal("bus %s: out of memory", setup->name);
    bus->peer_n = peer_n;
    bus->setup = *setup;
    (void)snprintf(bus->endpoint, sizeof bus->endpoint, "%s", setup->endpoint);
    bus->setup.endpoint = bus->endpoint;
    timer_init(&bus->hello, setup->loop, on_hello, bus);
    timer_init(&bus->check, setup->loop, on_check, bus);
    bus->peers[0].used = !setup->serve;
    bus->peers[0].instance = setup->any_instance ? FAULT_ANY : setup->node->instance;
    bus->peers[0].slot = setup->slot;
    bus->ticked = clock_now();
    if (!attach(bus)) {
        bus_close(&bus);
        return NULL;
    }
    bus->fault = fault_end_open(&(struct fault_end_setup){.node = setup->node,
                                                          .loop = setup->loop,
                                                          .link = setup->link,
                                                          .room = FAULT_ROOM,
                                                          .pass = pass,
                                                          .changed = on_fault,
                                                          .ctx = bus});
    on_hello(bus);
    return bus;
}

void
bus_close(struct bus **bus_p)
{
    struct bus *bus = *bus_p;

    *bus_p = NULL;
    if (!bus)
        return;
    timer_at(&bus->hello, MONO_NEVER);
    timer_at(&bus->check, MONO_NEVER);
    fault_end_close(&bus->fault);
    detach(bus);
    free(bus);
}

int
bus_send(struct bus *bus, struct bus_peer *peer, enum msg_type type, uint8_t port, uint64_t epoch,
         const void *body, size_t len)
{
    int rc = DI_EAGAIN;

    if (peer)
        return peer->used ? send_one(bus, peer, type, port, epoch, body, len) : DI_EAGAIN;
    if (!bus->setup.serve)
        return send_one(bus, &bus->peers[0], type, port, epoch, body, len);
    while ((peer = bus_peer_next(bus, peer))) {
        int one = send_one(bus, peer, type, port, epoch, body, len);

        rc = one == 0 ? 0 : rc;
    }
    return rc;
}

struct bus_peer *
bus_peer_next(struct bus *bus, struct bus_peer *after)
{
    for (size_t i = after ? (size_t)(after - bus->peers) + 1 : 0; i < bus->peer_n; i++) {
        if (bus->peers[i].used && bus->peers[i].alive)
            return &bus->peers[i];
    }
    return NULL;
}

bool
bus_alive(const struct bus *bus)
{
    return bus->peers[0].alive;
}

const struct bus_counters *
bus_counters(const struct bus *bus)
{
    return &bus->counters;
}
