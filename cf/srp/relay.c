#include "cf/srp/relay.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "cf/srp/peer_link.h"
#include "common/loop/bus.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"

enum {
    QUEUE = 64,        /* frames of 480 KiB at most: the credit of 8 session managers */
    TELL_US = 1000000, /* lab time between two looks at the connection's counters */
};

struct relay {
    struct relay_setup setup;
    zactor_t *actor;
    atomic_bool up;
    atomic_uint_fast64_t out, in, no_link, no_sessmgr, malformed, refused;

    /* the actor's own */
    uint32_t bind, peer;
    uint8_t dscp;
    zloop_t *loop;
    struct timer_loop *timers;
    struct bus *bus;
    struct peer_link *link;
    struct timer tell;
    struct tcp_counters before; /* of connections held before this one */
};

static void
from_sessmgr(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct relay *relay = ctx;

    if (head->type != MSG_CKPT || head->port == 0 || head->port != peer->hello.sessmgr)
        return;
    if (relay->link && peer_link_send(relay->link, MSG_CKPT, head->port, head->epoch, body->at,
                                      rd_left(body)) == 0)
        atomic_fetch_add(&relay->out, 1);
    else
        atomic_fetch_add(&relay->no_link, 1);
}

static struct bus_peer *
sessmgr_peer(struct relay *relay, uint8_t sessmgr)
{
    for (struct bus_peer *peer = NULL; (peer = bus_peer_next(relay->bus, peer));) {
        if (peer->hello.sessmgr == sessmgr)
            return peer;
    }
    return NULL;
}

/* A session manager has no way to its peer any more: its stream is to begin anew, as if a
 * connection of its own had ended. */
static void
tell_closed(struct relay *relay, struct bus_peer *peer)
{
    if (peer->hello.sessmgr != 0)
        (void)bus_send(relay->bus, peer, MSG_CKPT_CLOSED, peer->hello.sessmgr, 0, "", 0);
}

static void
tell_peer_closed(struct relay *relay, uint8_t sessmgr)
{
    if (relay->link && sessmgr != 0)
        (void)peer_link_send(relay->link, MSG_CKPT_CLOSED, sessmgr, 0, "", 0);
}

static void
on_sessmgr(void *ctx, struct bus_peer *peer, bool alive, const char *why)
{
    (void)why;
    if (!alive)
        tell_peer_closed(ctx, peer->hello.sessmgr);
}

static bool
from_peer(void *ctx, const struct msg_head *head, struct rd *body)
{
    struct relay *relay = ctx;
    struct bus_peer *peer;

    if ((head->type != MSG_CKPT && head->type != MSG_CKPT_CLOSED) || head->port == 0)
        return false;
    peer = sessmgr_peer(relay, head->port);
    if (head->type == MSG_CKPT_CLOSED) {
        if (peer)
            tell_closed(relay, peer);
        return true;
    }
    if (peer &&
        bus_send(relay->bus, peer, MSG_CKPT, head->port, head->epoch, body->at, rd_left(body)) == 0)
        atomic_fetch_add(&relay->in, 1);
    else
        atomic_fetch_add(&relay->no_sessmgr, 1);
    return true;
}

static void
on_state(void *ctx, bool up, const char *why)
{
    struct relay *relay = ctx;
    bool another = up && atomic_load(&relay->up); /* beside one that a CF of before holds */

    atomic_store(&relay->up, up);
    for (struct bus_peer *peer = NULL;
         (!up || another) && (peer = bus_peer_next(relay->bus, peer));)
        tell_closed(relay, peer);
    log_event("srp.session", up ? "Not Connected" : "Connected", up ? "Connected" : "Not Connected",
              why, 0);
}

/* What the connection counts is the actor's; others read it here. */
static void
tell_counters(void *arg)
{
    struct relay *relay = arg;
    struct tcp_counters now =
        relay->link ? peer_link_counters(relay->link) : (struct tcp_counters){0};

    atomic_store(&relay->malformed, relay->before.malformed + now.malformed);
    atomic_store(&relay->refused, relay->before.refused + now.refused);
    timer_at(&relay->tell, mono_after(clock_now(), TELL_US));
}

static void
end_link(struct relay *relay)
{
    struct tcp_counters last = peer_link_counters(relay->link);

    relay->before.malformed += last.malformed;
    relay->before.refused += last.refused;
    peer_link_close(&relay->link);
    atomic_store(&relay->up, false);
}

static void
set_link(struct relay *relay, bool connect)
{
    struct tcp_link_setup setup = {
        .node = relay->setup.node,
        .loop = relay->loop,
        .name = "srp-session",
        .link = FAULT_LINK_SRP_SESSION,
        .bind = relay->bind,
        .peer = relay->peer,
        .port = relay->setup.port,
        .queue = QUEUE,
        .dscp = relay->dscp,
        .own = relay->setup.own,
        .peer_key = relay->setup.peer_key,
        .frame = from_peer,
        .state = on_state,
        .ctx = relay,
    };

    if (connect && !relay->link && relay->bind && relay->peer)
        relay->link = peer_link_open(&setup);
    else if (!connect && relay->link)
        end_link(relay);
}

/* Other ends, or another mark: the connection of the old ones ends, if there is one. */
static void
set_ends(struct relay *relay, const char *words)
{
    unsigned bind, peer, dscp;

    if (sscanf(words, "ENDS %u %u %u", &bind, &peer, &dscp) != 3)
        return;
    relay->bind = bind;
    relay->peer = peer;
    relay->dscp = (uint8_t)dscp;
    if (!relay->link)
        return;
    if (atomic_load(&relay->up))
        on_state(relay, false, "configuration");
    end_link(relay);
}

static int
on_command(zloop_t *loop, zsock_t *pipe, void *arg)
{
    char *word = zstr_recv(pipe);
    bool end = !word || streq(word, "$TERM");

    (void)loop;
    if (word && streq(word, "CONNECT"))
        set_link(arg, true);
    if (word && streq(word, "DISCONNECT"))
        set_link(arg, false);
    if (word)
        set_ends(arg, word);
    zstr_free(&word);
    return end ? -1 : 0;
}

static void
actor(zsock_t *pipe, void *arg)
{
    struct relay *relay = arg;
    char endpoint[NODE_PATH];
    struct bus_setup setup = {
        .node = relay->setup.node,
        .name = "checkpoint",
        .link = FAULT_LINK_CKPT,
        .endpoint = endpoint,
        .serve = true,
        .queue = QUEUE,
        .message = from_sessmgr,
        .peer = on_sessmgr,
        .ctx = relay,
    };

    endpoint_ckpt(setup.node->rundir, node_instance(setup.node)->name, setup.node->slot, endpoint);
    relay->loop = setup.loop = zloop_new();
    if (!relay->loop)
        log_fatal("relay: out of memory");
    relay->timers = timer_loop_open(relay->loop);
    if (!(relay->bus = bus_open(&setup)) || zloop_reader(relay->loop, pipe, on_command, relay) != 0)
        log_fatal("relay: cannot start");
    timer_init(&relay->tell, relay->loop, tell_counters, relay);
    tell_counters(relay);
    (void)zsock_signal(pipe, 0); /* the owner is waiting for it */
    (void)zloop_start(relay->loop);
    timer_at(&relay->tell, MONO_NEVER);
    peer_link_close(&relay->link);
    bus_close(&relay->bus);
    timer_loop_close(&relay->timers);
    zloop_destroy(&relay->loop);
}

struct relay *
relay_open(const struct relay_setup *setup)
{
    struct relay *relay = calloc(1, sizeof *relay);

    if (!relay)
        log_fatal("relay: out of memory");
    relay->setup = *setup;
    relay->bind = setup->bind;
    relay->peer = setup->peer;
    relay->dscp = setup->dscp;
    relay->actor = zactor_new(actor, relay);
    if (!relay->actor)
        log_fatal("relay: cannot start a thread");
    return relay;
}

void
relay_close(struct relay **relay)
{
    if (!*relay)
        return;
    zactor_destroy(&(*relay)->actor);
    free(*relay);
    *relay = NULL;
}

void
relay_connect(struct relay *relay, bool connect)
{
    (void)zstr_send(relay->actor, connect ? "CONNECT" : "DISCONNECT"); /* the actor lives */
}

void
relay_ends(struct relay *relay, uint32_t bind, uint32_t peer, uint8_t dscp)
{
    (void)zstr_sendf(relay->actor, "ENDS %u %u %u", bind, peer, dscp);
}

bool
relay_up(const struct relay *relay)
{
    return atomic_load(&relay->up);
}

struct relay_counters
relay_counters(const struct relay *relay)
{
    return (struct relay_counters){
        .out = atomic_load(&relay->out),
        .in = atomic_load(&relay->in),
        .no_link = atomic_load(&relay->no_link),
        .no_sessmgr = atomic_load(&relay->no_sessmgr),
        .malformed = atomic_load(&relay->malformed),
        .refused = atomic_load(&relay->refused),
    };
}
