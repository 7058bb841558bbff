#include "common/loop/bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"
#include "common/loop/watch.h"

enum {
    HELLO_US = 1000000,     /* a hello each second of lab time */
    DEAD_US = 3 * HELLO_US, /* silence after which a peer is dead */
    KNOCK_MS = 50,          /* real time between hellos until the server answers */
    BURST = 64,             /* frames handled per wake-up, so that timers get their turn */
};

struct bus {
    struct bus_setup setup;
    char endpoint[NODE_PATH];
    zsock_t *sock;
    struct watch watch; /* connection events */
    struct timer hello, check;
    mono_t ticked; /* on_hello ran last */
    struct bus_counters counters;
    uint64_t sent_most; /* highest sequence number ever used towards anybody */
    bool full;          /* an overflow was logged and has not ended yet */
    size_t peer_n;      /* places: one of a connecting end, BUS_PEERS of a serving one */
    struct bus_peer peers[];
};

static int
raw_send(struct bus *bus, struct bus_peer *peer, const void *head, size_t head_len,
         const void *body, size_t len)
{
    void *sock = zsock_resolve(bus->sock);
    zmq_msg_t msg;

    if (zmq_msg_init_size(&msg, head_len + len) != 0)
        log_fatal("bus %s: out of memory", bus->setup.name);
    memcpy(zmq_msg_data(&msg), head, head_len);
    if (len)
        memcpy((uint8_t *)zmq_msg_data(&msg) + head_len, body, len);
    if (bus->setup.serve &&
        zmq_send(sock, peer->id, peer->id_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) == -1)
        goto failed;
    if (zmq_msg_send(&msg, sock, ZMQ_DONTWAIT) != -1)
        return 0;
failed:;
    int why = errno;

    (void)zmq_msg_close(&msg); /* cannot fail for an initialised message */
    return why == EHOSTUNREACH ? DI_ENOTFOUND : DI_EAGAIN;
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
    int rc;

    msg_head_put(&wr, &head);
    rc = raw_send(bus, peer, bytes, sizeof bytes, body, len);
    if (rc == 0) {
        peer->sent++;
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

static void
set_alive(struct bus *bus, struct bus_peer *peer, bool alive, const char *why)
{
    if (peer->alive == alive && strcmp(why, "reborn") != 0)
        return;
    peer->alive = alive;
    log_debug("bus %s: slot %u %s (%s)", bus->setup.name, peer->slot, alive ? "up" : "down", why);
    if (bus->setup.peer)
        bus->setup.peer(bus->setup.ctx, peer, alive, why);
    if (!alive && bus->setup.serve)
        peer->used = false;
}

static void
send_hello(struct bus *bus, struct bus_peer *peer)
{
    uint8_t body[8];
    struct wr wr = wr_over(body, sizeof body);
    struct link_hello hello = {.type = (uint8_t)bus->setup.node->type,
                               .sessmgr = bus->setup.sessmgr};

    link_hello_put(&wr, &hello);
    if (send_one(bus, peer, MSG_LINK_HELLO, 0, 0, body, wr_len(&wr)) == DI_ENOTFOUND)
        set_alive(bus, peer, false, "closed");
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
            set_alive(bus, peer, false, "silent");
        if (bus->setup.serve && !peer->alive && mono_between(peer->last, now) > DEAD_US)
            peer->used = false; /* a stranger that never introduced itself */
        if (peer->used)
            send_hello(bus, peer);
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
        if (bus->peers[i].used)
            send_hello(bus, &bus->peers[i]);
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
        set_alive(bus, &bus->peers[0], false, "closed");
    } else if (!bus->setup.serve && event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        send_hello(bus, &bus->peers[0]);
    }
}

/* The peer a frame came from: by routing id, or a free place for a new one. Who is new to us
 * may have heard us before we forgot it, so our sequence numbers go on above all used. */
static struct bus_peer *
find_peer(struct bus *bus, const void *id, size_t len)
{
    struct bus_peer *unused = NULL;

    if (!bus->setup.serve)
        return &bus->peers[0];
    for (size_t i = 0; i < bus->peer_n; i++) {
        struct bus_peer *peer = &bus->peers[i];

        if (peer->used && peer->id_len == len && memcmp(peer->id, id, len) == 0)
            return peer;
        if (!peer->used && !unused)
            unused = peer;
    }
    if (!unused || len > sizeof unused->id)
        return NULL;
    *unused = (struct bus_peer){
        .used = true,
        .last = clock_now(),
        .sent = bus->sent_most,
        .id_len = len,
    };
    memcpy(unused->id, id, len);
    return unused;
}

/* Who reconnects introduces itself from a new routing id: what was known under the old one, of
 * the same card and session manager, is over; so is all that an older start of the card said. The
 * owner of the bus hears of the new peer before the place of the old one is used again. False: we
 * know a newer start of that card, the hello is stale. */
static bool
retire_others(struct bus *bus, const struct bus_peer *peer, const struct msg_head *head,
              const struct link_hello *hello)
{
    for (size_t i = 0; i < bus->peer_n; i++) {
        struct bus_peer *other = &bus->peers[i];

        if (!other->used || other == peer || other->slot != head->slot || !other->alive)
            continue;
        if (other->heard.incarnation > head->incarnation)
            return false;
        if (other->heard.incarnation < head->incarnation)
            set_alive(bus, other, false, "closed");
        else if (other->hello.sessmgr == hello->sessmgr)
            other->used = other->alive = false; /* same start, new connection */
    }
    return true;
}

static unsigned
speaker(const struct bus *bus, const struct msg_head *head)
{
    const struct topo *topo = &bus->setup.node->topo;

    if (head->slot == MSG_SLOT_WORLD)
        return BY_WORLD;
    if (head->instance >= topo->instance_n || head->slot > TOPO_SLOTS ||
        (!bus->setup.any_instance && head->instance != bus->setup.node->instance))
        return 0;
    switch (topo->instances[head->instance].slots[head->slot].type) {
    case CARD_CF:
        return BY_CF;
    case CARD_SF:
        return BY_SF;
    case CARD_DEMUX:
        return BY_DEMUX;
    default:
        return 0;
    }
}

static void
handle(struct bus *bus, struct bus_peer *peer, struct rd *rd)
{
    struct msg_head head;
    struct link_hello hello;
    const char *reason;
    enum msg_verdict verdict;

    if (!msg_head_get(rd, &head, &reason)) {
        if (bus->counters.malformed++ % 1000 == 0)
            log_warn("bus %s: malformed frame dropped (%s)", bus->setup.name, reason);
        return;
    }
    if (!msg_allowed(head.type, speaker(bus, &head))) {
        if (bus->counters.not_allowed++ % 1000 == 0)
            log_warn("bus %s: %s from slot %u dropped: not its to send", bus->setup.name,
                     msg_type_name(head.type), head.slot);
        return;
    }
    verdict = msg_judge(&peer->heard, &head);
    if (verdict == MSG_OLD_INCARNATION || verdict == MSG_REPEATED) {
        uint64_t *count =
            verdict == MSG_REPEATED ? &bus->counters.repeated : &bus->counters.old_incarnation;
        ++*count;
        return;
    }
    bus->counters.received++;
    peer->slot = head.slot;
    peer->last = clock_now();
    if (head.type == MSG_LINK_HELLO) {
        bool was = peer->alive;

        if (!link_hello_get(rd, &hello)) {
            bus->counters.malformed++;
            return;
        }
        if (bus->setup.serve && !was && !retire_others(bus, peer, &head, &hello)) {
            bus->counters.old_incarnation++;
            return;
        }
        peer->hello = hello;
        if (verdict == MSG_REBORN && was)
            set_alive(bus, peer, true, "reborn");
        set_alive(bus, peer, true, "hello");
        if (!was && bus->setup.serve)
            send_hello(bus, peer);
        return;
    }
    if (peer->alive && verdict != MSG_REBORN)
        bus->setup.message(bus->setup.ctx, peer, &head, rd);
}

/* A frame from a stranger when the table is full is dropped. */
static void
take(void *arg, const void *id, size_t id_len, struct rd *frame)
{
    struct bus *bus = arg;
    struct bus_peer *peer = find_peer(bus, id, id_len);

    if (peer)
        handle(bus, peer, frame);
}

static int
on_frame(zloop_t *loop, zsock_t *sock, void *arg)
{
    struct bus *bus = arg;

    (void)loop;
    for (int i = 0; i < BURST && frame_take(sock, bus->setup.serve, take, bus); i++) {
    }
    if (bus->setup.turn)
        bus->setup.turn(bus->setup.ctx);
    return 0;
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
    bus->sock = make_socket(setup);
    timer_init(&bus->hello, setup->loop, on_hello, bus);
    timer_init(&bus->check, setup->loop, on_check, bus);
    bus->peers[0].used = !setup->serve;
    bus->ticked = clock_now();
    if (!bus->sock ||
        !watch_start(&bus->watch, setup->loop, bus->sock,
                     ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED, on_connection, bus) ||
        zloop_reader(setup->loop, bus->sock, on_frame, bus) != 0) {
        bus_close(&bus);
        return NULL;
    }
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
    watch_stop(&bus->watch);
    if (bus->sock) {
        zloop_reader_end(bus->setup.loop, bus->sock);
        zsock_destroy(&bus->sock);
    }
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
