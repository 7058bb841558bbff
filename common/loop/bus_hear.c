#include "common/loop/bus_priv.h"

#include <string.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"

enum { BURST = 64 }; /* frames handled per wake-up, so that timers get their turn */

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
        .instance = bus->setup.node->instance,
        .last = clock_now(),
        .sent = bus->sent_most,
        .id_len = len,
    };
    memcpy(unused->id, id, len);
    return unused;
}

/* The same start of the peer has another connection now. */
static void
forget(struct bus *bus, struct bus_peer *peer)
{
    peer->used = peer->alive = false;
    fault_end_drop(bus->fault, peer->id, peer->id_len);
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
            bus_set_alive(bus, other, false, "closed");
        else if (other->hello.sessmgr == hello->sessmgr)
            forget(bus, other);
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
    peer->instance = head.instance;
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
            bus_set_alive(bus, peer, true, "reborn");
        bus_set_alive(bus, peer, true, "hello");
        if (!was && bus->setup.serve)
            bus_send_hello(bus, peer);
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

int
bus_on_frame(zloop_t *loop, zsock_t *sock, void *arg)
{
    struct bus *bus = arg;

    (void)loop;
    for (int i = 0; i < BURST && frame_take(sock, bus->setup.serve, take, bus); i++) {
    }
    if (bus->setup.turn)
        bus->setup.turn(bus->setup.ctx);
    return 0;
}
