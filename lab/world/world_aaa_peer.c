#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "lab/world/world_aaa.h"

static struct aaa_conn **
slot_of(struct aaa_responder *responder, const struct aaa_conn *conn)
{
    for (size_t i = 0; i < AAA_CONNS; i++) {
        if (responder->conns[i] == conn)
            return &responder->conns[i];
    }
    return NULL;
}

static void
close_conn(struct aaa_conn *conn)
{
    struct aaa_responder *responder = conn->responder;

    zloop_poller_end(responder->aaa->node->loop, &conn->item);
    (void)close(conn->fd);
    *slot_of(responder, conn) = NULL;
    free(conn);
}

void
aaa_close_conns(struct aaa_responder *responder)
{
    for (size_t i = 0; i < AAA_CONNS; i++) {
        if (responder->conns[i])
            close_conn(responder->conns[i]);
    }
}

/* The answers are short: one for which there is no room goes to a peer that does not read. */
void
aaa_conn_send(struct aaa_responder *responder, const struct aaa_later *answer)
{
    for (size_t i = 0; i < AAA_CONNS; i++) {
        struct aaa_conn *conn = responder->conns[i];

        if (!conn || conn->number != answer->conn)
            continue;
        if (send(conn->fd, answer->bytes, answer->len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
            (ssize_t)answer->len) {
            responder->counters.answers++;
            return;
        }
        close_conn(conn);
        break;
    }
    responder->counters.dropped++;
}

/* ---- requests ------------------------------------------------------------------------ */

static void
answer(struct aaa_conn *conn, const struct diameter_msg *msg)
{
    struct aaa_responder *responder = conn->responder;
    const struct topo_aaa *topo = responder->topo;
    uint8_t mode = aaa_mode_of(responder);
    bool refuse = mode == AAA_REFUSE && msg->command == DIAMETER_CAPABILITIES;
    struct diameter_self self = {
        mode == AAA_FALSE_ORIGIN ? "another.invalid"
        : topo->host[0]          ? topo->host
                                 : "aaa.vpclab",
        topo->realm[0] ? topo->realm : "vpclab",
        conn->addr,
    };
    struct aaa_later reply = {.conn = conn->number};

    reply.len = diameter_answer(reply.bytes, sizeof reply.bytes, msg,
                                refuse ? DIAMETER_UNKNOWN_PEER : DIAMETER_SUCCESS, &self);
    aaa_reply(responder, &reply);
}

/* False: the connection is to be closed. Whoever says goodbye closes it himself (RFC 6733,
 * 5.4), but a refused one is closed by us. */
static bool
take(struct aaa_conn *conn, const uint8_t *bytes, size_t len)
{
    struct aaa_responder *responder = conn->responder;
    struct diameter_msg msg;
    const char *reason;

    if (diameter_read(&msg, bytes, len, &reason) != 0) {
        responder->counters.malformed++;
        return false;
    }
    if (!(msg.flags & DIAMETER_REQUEST))
        return true; /* we asked for nothing */
    responder->counters.requests++;
    if (aaa_mode_of(responder) == AAA_SILENT)
        responder->counters.dropped++;
    else
        answer(conn, &msg);
    return aaa_mode_of(responder) != AAA_REFUSE;
}

static void
hear(struct aaa_conn *conn)
{
    struct aaa_responder *responder = conn->responder;
    const uint8_t *msg;
    bool keep = true;
    int len = 0;

    while (keep && (len = diameter_next(&conn->stream, &msg)) > 0) {
        keep = take(conn, msg, (size_t)len);
        if (!slot_of(responder, conn))
            return; /* its answer could not be sent */
    }
    if (len < 0)
        responder->counters.malformed++;
    if (!keep || len < 0)
        close_conn(conn);
}

static int
on_readable(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct aaa_conn *conn = arg;
    size_t room;
    uint8_t *at = diameter_stream_room(&conn->stream, &room);
    ssize_t got = recv(conn->fd, at, room, MSG_DONTWAIT);

    (void)loop;
    (void)item;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got <= 0) {
        close_conn(conn);
        return 0;
    }
    conn->heard = clock_now();
    diameter_stream_add(&conn->stream, (size_t)got);
    hear(conn);
    return 0;
}

/* ---- connections --------------------------------------------------------------------- */

/* A free place; when there is none, that of the connection that was silent longest. */
static struct aaa_conn **
place_of(struct aaa_responder *responder)
{
    struct aaa_conn **free_slot = slot_of(responder, NULL), *oldest = responder->conns[0];

    if (free_slot)
        return free_slot;
    for (size_t i = 1; i < AAA_CONNS; i++) {
        if (responder->conns[i]->heard.us < oldest->heard.us)
            oldest = responder->conns[i];
    }
    free_slot = slot_of(responder, oldest);
    close_conn(oldest);
    return free_slot;
}

static void
add_conn(struct aaa_responder *responder, int fd)
{
    struct aaa_conn *conn = calloc(1, sizeof *conn);
    struct sockaddr_in own = {0};
    socklen_t len = sizeof own;
    int one = 1;

    if (!conn)
        log_fatal("aaa: out of memory");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* slower without */
    *conn = (struct aaa_conn){
        .responder = responder,
        .fd = fd,
        .item = {.fd = fd, .events = ZMQ_POLLIN},
        .number = ++responder->counters.connections,
        .heard = clock_now(),
    };
    if (getsockname(fd, (struct sockaddr *)&own, &len) == 0)
        conn->addr = ntohl(own.sin_addr.s_addr);
    *place_of(responder) = conn;
    if (zloop_poller(responder->aaa->node->loop, &conn->item, on_readable, conn) != 0)
        log_fatal("aaa: out of memory");
}

int
aaa_on_connection(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    int fd = accept4(item->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)loop;
    if (fd >= 0) /* else it ended before we came, or we have no descriptor left */
        add_conn(arg, fd);
    return 0;
}
