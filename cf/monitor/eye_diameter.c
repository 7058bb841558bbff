#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "cf/monitor/eye.h"
#include "common/loop/log.h"

static struct diameter_self
self_of(const struct eye *eye)
{
    return (struct diameter_self){eye->host, eye->realm, eye_own_addr(eye)};
}

/* The connection is of no use any more. */
static void
give_up(struct eye *eye)
{
    eye_close(eye);
    eyes_event(eye, PROBE_EV_GONE);
}

static bool
put(struct eye *eye, const uint8_t *bytes, size_t len)
{
    if (eye_put(eye, bytes, len))
        return true;
    eye->counters.unsent++;
    return false;
}

static bool
ask(struct eye *eye, enum diameter_command command)
{
    struct diameter_self self = self_of(eye);
    uint8_t bytes[DIAMETER_ROOM];
    uint32_t end_to_end;

    eye_random(&eye->hop_by_hop, sizeof eye->hop_by_hop);
    eye_random(&end_to_end, sizeof end_to_end);
    eye->command = command;
    return put(eye, bytes,
               diameter_ask(bytes, sizeof bytes, command, eye->hop_by_hop, end_to_end, &self));
}

void
eye_diameter_ask(struct eye *eye, enum diameter_command command)
{
    if (ask(eye, command))
        eye->counters.sent++;
    else
        give_up(eye);
}

void
eye_diameter_leave(struct eye *eye)
{
    if (eye->greeted)
        (void)ask(eye, DIAMETER_DISCONNECT); /* a courtesy: it need not arrive */
    eye_close(eye);
}

/* ---- what the peer says -------------------------------------------------------------- */

static void
serve(struct eye *eye, const struct diameter_msg *msg)
{
    struct diameter_self self = self_of(eye);
    uint8_t bytes[DIAMETER_ROOM];
    bool sent = put(eye, bytes, diameter_answer(bytes, sizeof bytes, msg, DIAMETER_SUCCESS, &self));

    eye->counters.peer_requests++;
    if (!sent || msg->command == DIAMETER_DISCONNECT)
        give_up(eye);
}

/* Is that an answer which proves the peer to be the configured one, and well? */
static bool
is_good(struct eye *eye, const struct diameter_msg *msg)
{
    eye->counters.last_code = msg->result;
    if (msg->result != DIAMETER_SUCCESS) {
        if (eye->counters.bad_result++ % 1000 == 0)
            log_warn("diameter %s: %s is answered with Result-Code %u; does %s know %s?", eye->text,
                     msg->command == DIAMETER_CAPABILITIES ? "CER" : "DWR", msg->result,
                     eye->peer.name, eye->host);
        return false;
    }
    if (strcasecmp(msg->host, eye->peer.name) != 0) {
        if (eye->counters.bad_origin++ % 1000 == 0)
            log_warn("diameter %s: this is \"%s\", but peer %s is configured there", eye->text,
                     msg->host, eye->peer.name);
        return false;
    }
    return true;
}

static void
hear(struct eye *eye, const struct diameter_msg *msg)
{
    if (msg->command != eye->command || msg->hop_by_hop != eye->hop_by_hop ||
        !probe_waits(&eye->probe)) {
        eye->counters.unexpected++;
        return;
    }
    if (!is_good(eye, msg)) {
        give_up(eye);
        return;
    }
    eye->greeted = true;
    eye->counters.answered++;
    eyes_event(eye, PROBE_EV_ANSWER);
}

void
eye_diameter_heard(struct eye *eye, const uint8_t *bytes, size_t len)
{
    struct diameter_msg msg;
    const char *reason;

    if (diameter_read(&msg, bytes, len, &reason) != 0) {
        if (eye->counters.malformed++ % 1000 == 0)
            log_warn("diameter %s: malformed message (%s)", eye->text, reason);
        give_up(eye);
        return;
    }
    if (msg.flags & DIAMETER_REQUEST)
        serve(eye, &msg);
    else
        hear(eye, &msg);
}

static int
on_readable(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct eye *eye = arg;
    const uint8_t *msg;
    size_t room;
    uint8_t *at = diameter_stream_room(&eye->stream, &room);
    ssize_t got = recv(eye->fd, at, room, MSG_DONTWAIT);
    int len;

    (void)loop;
    (void)item;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got <= 0) {
        eye->counters.closed++;
        give_up(eye);
        return 0;
    }
    diameter_stream_add(&eye->stream, (size_t)got);
    while ((len = diameter_next(&eye->stream, &msg)) > 0) {
        eye_hear(eye, msg, (size_t)len);
        if (eye->fd < 0)
            return 0; /* given up */
    }
    if (len < 0) {
        eye->counters.malformed++;
        give_up(eye);
    }
    return 0;
}

/* ---- connecting ---------------------------------------------------------------------- */

static int
on_connected(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct eye *eye = arg;
    int error = 0, one = 1;
    socklen_t len = sizeof error;

    (void)loop;
    (void)item;
    if (getsockopt(eye->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0) {
        eye->counters.closed++;
        give_up(eye);
        return 0;
    }
    (void)setsockopt(eye->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* slower without */
    eye->counters.connections++;
    eye_watch(eye, ZMQ_POLLIN, on_readable);
    eyes_event(eye, PROBE_EV_CONNECTED);
    return 0;
}

void
eye_diameter_connect(struct eye *eye)
{
    diameter_stream_init(&eye->stream);
    eye->command = 0;
    eye->greeted = false;
    if (eye_open(eye, SOCK_STREAM, ZMQ_POLLOUT, on_connected))
        return;
    eye->counters.unsent++;
    eyes_event(eye, PROBE_EV_GONE);
}
