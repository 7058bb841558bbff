#include "cf/srp/tcp_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/fault_link.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"
#include "common/loop/watch.h"
#include "common/msg/body.h"

enum {
    RETRY_US = 1000000,  /* lab time between attempts to bind, */
    RETRY_MS = 1000,     /* and real time at most: the lab may stand still */
    KNOCK_MS = 10,       /* real time between attempts to introduce ourselves */
    CLOSING_MS = 20,     /* real time a closed connection needs to leave the socket */
    BURST = 32,          /* frames handled per wake-up */
    HANDSHAKE_MS = 2000, /* real time for a stranger to say who it is */
    /* Keepalives of TCP find half-open connections. Not those of ZMTP: their timer goes on
     * after a peer left whose frames had filled our queue, and libzmq 4.3 then aborts. */
    KEEPALIVE_S = 1,
    KEEPALIVE_MOST = 3,
    /* Real time, too. A cut that heals must not leave two Actives apart for longer than need
     * be: TCP repeats at growing distances (0.2, 0.6, 1.4, 3 s ...), so one that was cut for
     * 2 s would stay mute until the third. Data not confirmed for UNCONFIRMED_MS ends the
     * connection, and each new attempt is given up after CONNECT_MS. Not shorter than a
     * process may be stopped with a full receive buffer, and than a long way needs. */
    UNCONFIRMED_MS = 1500,
    CONNECT_MS = 500,
    /* Real time. A connection that ended is sought again by libzmq, but not when the other end
     * sent what is no ZMTP or too long a frame: then it is given up for good (its pull request
     * 1043), and only another socket connects. Longer than libzmq waits itself. */
    RENEW_MS = 300,
    ID_MOST = 256,
    EVENTS = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
             ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
             ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
};

struct tcp_link {
    struct tcp_link_setup setup;
    bool listens;
    zsock_t *sock;
    struct watch watch;
    struct timer retry, knock;
    struct fault_end *fault; /* NULL: no fault can be laid on this lab */
    struct timer sever;      /* a cut ends the connection then */
    bool cut;                /* nothing arrives, either way */
    bool complained;         /* about an address in use */
    int connections;         /* connecting end: that passed the handshake */
    bool up;                 /* the peer can be reached */
    bool unreachable;        /* listening end: the last frame found no connection to the peer */
    uint8_t id[ID_MOST];     /* listening end: routing id of the preferred peer */
    size_t id_len;
    uint8_t from[ID_MOST]; /* ... and of the frame being handled */
    size_t from_len;
    uint64_t seq;
    struct tcp_counters counters;
};

static const char *
address(uint32_t addr, char out[INET_ADDRSTRLEN])
{
    struct in_addr in = {.s_addr = htonl(addr)};

    return inet_ntop(AF_INET, &in, out, INET_ADDRSTRLEN);
}

/* The SRP links join two chassis. */
static uint8_t
other_chassis(const struct tcp_link *link)
{
    return link->setup.node->instance == 0 ? 1 : 0;
}

bool
tcp_link_up(const struct tcp_link *link)
{
    return link->up;
}

const struct tcp_counters *
tcp_link_counters(const struct tcp_link *link)
{
    return &link->counters;
}

static int
raw_send(struct tcp_link *link, const uint8_t *id, size_t id_len, const void *head, size_t head_len,
         const void *body, size_t len)
{
    void *sock = zsock_resolve(link->sock);
    zmq_msg_t msg;

    if (zmq_msg_init_size(&msg, head_len + len) != 0)
        log_fatal("%s: out of memory", link->setup.name);
    memcpy(zmq_msg_data(&msg), head, head_len);
    if (len)
        memcpy((uint8_t *)zmq_msg_data(&msg) + head_len, body, len);
    link->unreachable = false;
    if ((!link->listens || zmq_send(sock, id, id_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) != -1) &&
        zmq_msg_send(&msg, sock, ZMQ_DONTWAIT) != -1)
        return 0;
    link->unreachable = link->listens && zmq_errno() == EHOSTUNREACH;
    if (link->unreachable)
        timer_in_ms(&link->knock, 0); /* not here: the caller is in a step */
    (void)zmq_msg_close(&msg);        /* cannot fail for an initialised message */
    link->counters.unsent++;
    return DI_EAGAIN;
}

/* A fault had held this frame; where there is no connection any more it is lost with it. */
static void
pass(void *ctx, const uint8_t *id, size_t id_len, const void *frame, size_t len)
{
    struct tcp_link *link = ctx;

    if (link->sock)
        (void)raw_send(link, id, id_len, frame, len, NULL, 0);
}

/* Does a fault take the frame? Not the introduction, which belongs to the connection: a cut ends
 * that, and all else leaves it alone. Then *used are the sequence numbers that went. */
static bool
divert(struct tcp_link *link, const struct msg_head *head, const uint8_t bytes[MSG_HEAD],
       const void *body, size_t len, unsigned *used)
{
    struct fault_to to = {.instance = other_chassis(link),
                          .port = head->port,
                          .id = link->id,
                          .id_len = link->listens ? link->id_len : 0};
    unsigned extra = 0;
    bool taken = head->type != MSG_LINK_HELLO && !fault_end_quiet(link->fault) &&
                 fault_end_send(link->fault, &to, bytes, MSG_HEAD, body, len, &extra);

    *used = 1 + extra;
    return taken;
}

int
tcp_link_send(struct tcp_link *link, enum msg_type type, uint8_t port, uint64_t epoch,
              const void *body, size_t len)
{
    const struct node *node = link->setup.node;
    struct msg_head head = {
        .type = type,
        .instance = node->instance,
        .slot = node->slot,
        .port = port,
        .incarnation = node->incarnation,
        .epoch = epoch,
        .seq = link->seq + 1,
    };
    uint8_t bytes[MSG_HEAD];
    struct wr wr = wr_over(bytes, sizeof bytes);
    unsigned used;

    link->unreachable = false;
    if (!link->sock || (link->listens ? link->id_len == 0 : link->connections == 0))
        return DI_EAGAIN;
    msg_head_put(&wr, &head);
    if (!divert(link, &head, bytes, body, len, &used) &&
        raw_send(link, link->id, link->id_len, bytes, sizeof bytes, body, len) != 0)
        return DI_EAGAIN;
    link->seq += used;
    link->counters.sent++;
    return 0;
}

/* The listening end learns whom to answer from the MSG_LINK_HELLO that the other sends when
 * its connection stands; the newest connection counts. That one of its connections closed
 * may be a stranger's doing, and ZeroMQ does not say whose it was: so the peer is sent a
 * MSG_LINK_HELLO, and only if there is no way to it the link is down. */
static void
set_up(struct tcp_link *link, bool up, const char *why)
{
    if (link->up == up)
        return;
    link->up = up;
    if (!up) {
        link->id_len = 0;
        fault_end_drop(link->fault, NULL, 0);
    }
    if (!up && link->cut)
        timer_in_ms(&link->sever, 0); /* none comes up until the cut is over */
    link->setup.state(link->setup.ctx, up, why);
}

static int
introduce(struct tcp_link *link)
{
    uint8_t body[8];
    struct wr wr = wr_over(body, sizeof body);
    struct link_hello hello = {.type = CARD_CF};

    link_hello_put(&wr, &hello);
    return tcp_link_send(link, MSG_LINK_HELLO, 0, 0, body, wr_len(&wr));
}

static void
knock(void *arg)
{
    struct tcp_link *link = arg;
    int rc = introduce(link);

    if (link->listens) {
        timer_at(&link->knock, MONO_NEVER);
        if (link->unreachable)
            set_up(link, false, "connection closed");
    } else if (rc == 0) {
        set_up(link, true, "connected");
    } else if (link->connections > 0) {
        timer_in_ms(&link->knock, KNOCK_MS);
    }
}

/* Unless a connection stands by then, begin anew. */
static void
renew_soon(struct tcp_link *link)
{
    if (!link->listens)
        timer_in_ms(&link->retry, RENEW_MS);
}

static void
on_connection(struct tcp_link *link, bool up)
{
    if (link->listens) {
        if (!up && link->up)
            timer_in_ms(&link->knock, CLOSING_MS);
        return;
    }
    link->connections += up ? 1 : link->connections > 0 ? -1 : 0;
    if (link->connections == 0) {
        set_up(link, false, "connection closed");
        renew_soon(link);
    } else if (up)
        knock(link);
}

static void
handle(struct tcp_link *link, struct rd *rd)
{
    struct msg_head head;
    const char *reason;

    if (!msg_head_get(rd, &head, &reason)) {
        if (link->counters.malformed++ % 1000 == 0)
            log_warn("%s: malformed frame dropped (%s)", link->setup.name, reason);
        return;
    }
    if (head.instance == link->setup.node->instance || !msg_allowed(head.type, BY_CF)) {
        link->counters.refused++;
        return;
    }
    link->counters.received++;
    if (head.type == MSG_LINK_HELLO && link->listens) {
        if (link->id_len != link->from_len || memcmp(link->id, link->from, link->from_len) != 0)
            fault_end_drop(link->fault, link->id, link->id_len);
        memcpy(link->id, link->from, link->from_len);
        link->id_len = link->from_len;
        set_up(link, true, "connected");
    } else if (head.type != MSG_LINK_HELLO && !link->setup.frame(link->setup.ctx, &head, rd)) {
        link->counters.refused++;
    }
}

static void
take(void *arg, const void *id, size_t id_len, struct rd *frame)
{
    struct tcp_link *link = arg;

    link->from_len = id_len;
    if (id)
        memcpy(link->from, id, id_len);
    handle(link, frame);
}

static int
on_frame(zloop_t *loop, zsock_t *sock, void *arg)
{
    struct tcp_link *link = arg;

    (void)loop;
    for (int i = 0; i < BURST && frame_take(sock, link->listens, take, link); i++) {
    }
    return 0;
}

static void
on_event(void *arg, uint16_t event)
{
    struct tcp_link *link = arg;

    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        on_connection(link, true);
        break;
    case ZMQ_EVENT_DISCONNECTED:
        on_connection(link, false);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        if (link->counters.foreign++ % 100 == 0)
            log_warn(
                "%s: connection refused: it is not the configured peer: no key, or another one",
                link->setup.name);
        renew_soon(link);
        break;
    default:
        break;
    }
}

static void
set_keys(struct tcp_link *link, zsock_t *sock)
{
    zcert_apply(link->setup.own, sock);
    if (link->listens) {
        zsock_set_zap_domain(sock, "srp");
        zsock_set_curve_server(sock, 1);
    } else {
        zsock_set_curve_serverkey(sock, link->setup.peer_key);
    }
}

static void
set_options(struct tcp_link *link, zsock_t *sock)
{
    zsock_set_linger(sock, 0); /* hellos are never queued behind a dead connection */
    zsock_set_sndhwm(sock, link->setup.queue);
    zsock_set_rcvhwm(sock, link->setup.queue);
    zsock_set_maxmsgsize(sock, MSG_HEAD + MSG_BODY_MOST); /* capped before it is allocated */
    zsock_set_tos(sock, link->setup.dscp << 2);           /* the whole octet */
    zsock_set_reconnect_ivl(sock, 50);
    zsock_set_reconnect_ivl_max(sock, 200);
    zsock_set_tcp_keepalive(sock, 1);
    zsock_set_tcp_keepalive_idle(sock, KEEPALIVE_S);
    zsock_set_tcp_keepalive_intvl(sock, KEEPALIVE_S);
    zsock_set_tcp_keepalive_cnt(sock, KEEPALIVE_MOST);
    zsock_set_tcp_maxrt(sock, UNCONFIRMED_MS);
    zsock_set_connect_timeout(sock, CONNECT_MS);
    zsock_set_handshake_ivl(sock, HANDSHAKE_MS);
    if (link->listens)
        zsock_set_router_mandatory(sock, 1);
    else
        zsock_set_immediate(sock, 1);
    if (link->setup.own)
        set_keys(link, sock);
}

static void
stop(struct tcp_link *link)
{
    timer_at(&link->knock, MONO_NEVER);
    watch_stop(&link->watch);
    if (link->sock) {
        zloop_reader_end(link->setup.loop, link->sock);
        zsock_destroy(&link->sock);
    }
}

static int
attach(struct tcp_link *link)
{
    char own[INET_ADDRSTRLEN], theirs[INET_ADDRSTRLEN];
    unsigned port = link->setup.port;

    (void)address(link->setup.bind, own);
    (void)address(link->setup.peer, theirs);
    if (link->listens)
        return zsock_bind(link->sock, "tcp://%s:%u", own, port);
    return zsock_connect(link->sock, "tcp://%s:0;%s:%u", own, theirs, port);
}

static void
start(void *arg)
{
    struct tcp_link *link = arg;
    char own[INET_ADDRSTRLEN];

    if (link->connections > 0 || (link->cut && !link->listens))
        return; /* libzmq was quicker; or there is no way */
    stop(link);
    link->sock = zsock_new(link->listens ? ZMQ_ROUTER : ZMQ_DEALER);
    if (!link->sock)
        log_fatal("%s: cannot make a socket: %s", link->setup.name, strerror(errno));
    set_options(link, link->sock);
    if (!watch_start(&link->watch, link->setup.loop, link->sock, EVENTS, on_event, link))
        log_fatal("%s: cannot watch the socket: %s", link->setup.name, strerror(errno));
    if (attach(link) != -1) {
        if (link->complained)
            log_info("%s: listening now", link->setup.name);
        link->complained = false;
        if (zloop_reader(link->setup.loop, link->sock, on_frame, link) != 0)
            log_fatal("%s: out of memory", link->setup.name);
        return;
    }
    if (!link->complained)
        log_error("%s: cannot use %s:%u: %s; end what holds it, or change srp-port in the "
                  "topology; trying again each second",
                  link->setup.name, address(link->setup.bind, own), link->setup.port,
                  strerror(errno));
    link->complained = true;
    stop(link);
    timer_at(&link->retry, mono_after(clock_now(), RETRY_US));
    timer_within_ms(&link->retry, RETRY_MS);
}

/* The connecting end takes the connection away; the other sees it end. A listening socket stays: to
 * bind it anew could fail. */
static void
let_go(struct tcp_link *link, const char *why)
{
    timer_at(&link->retry, MONO_NEVER);
    stop(link);
    link->connections = 0;
    set_up(link, false, why);
}

/* The connection was cut for as long as TCP waits for a sign of life. */
static void
sever(void *arg)
{
    struct tcp_link *link = arg;

    if (link->cut && !link->listens)
        let_go(link, "connection timed out");
}

static void
on_fault(void *ctx)
{
    struct tcp_link *link = ctx;
    bool out, in, was = link->cut, reset = fault_end_reset(link->fault, other_chassis(link), 0);

    fault_end_cut(link->fault, other_chassis(link), 0, &out, &in);
    link->cut = out && in;
    if (link->listens)
        return;
    if (link->cut && !was)
        timer_in_ms(&link->sever, link->up ? UNCONFIRMED_MS : 0);
    if (reset)
        let_go(link, "connection reset");
    if ((reset && link->sock == NULL) || (was && !link->cut && !link->sock))
        start(link);
}

struct tcp_link *
tcp_link_open(const struct tcp_link_setup *setup)
{
    struct tcp_link *link = calloc(1, sizeof *link);

    if (!link)
        log_fatal("%s: out of memory", setup->name);
    link->setup = *setup;
    link->listens = setup->bind < setup->peer;
    timer_init(&link->retry, setup->loop, start, link);
    timer_init(&link->knock, setup->loop, knock, link);
    timer_init(&link->sever, setup->loop, sever, link);
    link->fault = fault_end_open(&(struct fault_end_setup){.node = setup->node,
                                                           .loop = setup->loop,
                                                           .link = setup->link,
                                                           .room = FAULT_ROOM_TRUNK,
                                                           .pass = pass,
                                                           .changed = on_fault,
                                                           .ctx = link});
    on_fault(link);
    start(link);
    return link;
}

void
tcp_link_close(struct tcp_link **link_p)
{
    struct tcp_link *link = *link_p;

    *link_p = NULL;
    if (!link)
        return;
    timer_at(&link->retry, MONO_NEVER);
    timer_at(&link->sever, MONO_NEVER);
    fault_end_close(&link->fault);
    stop(link);
    free(link);
}
