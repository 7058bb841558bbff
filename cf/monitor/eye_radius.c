#include <errno.h>
#include <sys/socket.h>

#include "cf/monitor/eye.h"
#include "common/loop/log.h"

/* Which counter an unusable answer raises. */
static uint64_t *
counter_of(struct eyes_counters *counters, enum radius_verdict verdict)
{
    switch (verdict) {
    case RADIUS_BAD_CODE:
        return &counters->bad_code;
    case RADIUS_BAD_ID:
        return &counters->bad_id;
    case RADIUS_BAD_ATTRIBUTE:
        return &counters->bad_attribute;
    case RADIUS_BAD_AUTHENTICATOR:
        return &counters->bad_authenticator;
    case RADIUS_BAD_SIGNATURE:
        return &counters->bad_message_authenticator;
    case RADIUS_VALID:
    case RADIUS_BAD_LENGTH:
    case RADIUS_VERDICT_N:
        break;
    }
    return &counters->bad_length;
}

static void
refuse(struct eye *eye, enum radius_verdict verdict)
{
    if ((*counter_of(&eye->counters, verdict))++ % 1000 != 0)
        return;
    log_warn("radius %s: an answer is not counted (%s)%s", eye->text, radius_verdict_name(verdict),
             verdict == RADIUS_BAD_AUTHENTICATOR || verdict == RADIUS_BAD_SIGNATURE
                 ? "; is the key of `radius server` the server's?"
                 : "");
}

void
eye_radius_heard(struct eye *eye, const uint8_t *bytes, size_t len)
{
    uint8_t code;
    enum radius_verdict verdict = radius_check(bytes, len, &eye->request, eye->secret, &code);

    if (verdict != RADIUS_VALID) {
        refuse(eye, verdict);
        return;
    }
    eye->counters.last_code = code;
    if (!probe_waits(&eye->probe)) {
        eye->counters.late++;
        return;
    }
    eye->counters.answered++;
    eyes_event(eye, PROBE_EV_ANSWER);
}

/* One datagram a call: whoever floods us with answers gets his turn like everybody. */
static int
on_readable(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct eye *eye = arg;
    uint8_t bytes[RADIUS_MOST + 1]; /* a longer one shows as too long */
    ssize_t len = recv(eye->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    (void)loop;
    (void)item;
    if (len >= 0)
        eye_hear(eye, bytes, (size_t)len);
    else if (errno != EAGAIN && errno != EINTR)
        eye->counters.closed++; /* nobody listens there; the time-out says what that means */
    return 0;
}

/* Another one than all before it: nobody can have made an answer in advance. */
static void
make_request(struct eye *eye)
{
    struct radius_request *request = &eye->request;

    *request = (struct radius_request){
        .code = eye->status_server ? RADIUS_STATUS_SERVER : RADIUS_ACCESS_REQUEST,
        .id = (uint8_t)(request->id + 1),
        .user = EYES_PROBE_USER,
        .password = EYES_PROBE_PASSWORD,
    };
    eye_random(request->authenticator, sizeof request->authenticator);
}

/* Tries of one probe are the same packet (RFC 2865, 2.5): an answer to any of them answers all,
 * and a server knows them for one request. */
void
eye_radius_ask(struct eye *eye, bool again)
{
    uint8_t bytes[RADIUS_MOST];
    size_t len;

    if (!again)
        make_request(eye);
    if (eye->fd < 0 && !eye_open(eye, SOCK_DGRAM, ZMQ_POLLIN, on_readable)) {
        eye->counters.unsent++;
        return;
    }
    if (!eye->request.nas_addr)
        eye->request.nas_addr = eye_own_addr(eye);
    len = radius_ask(bytes, sizeof bytes, &eye->request, eye->secret);
    if (eye_put(eye, bytes, len))
        eye->counters.sent++;
    else
        eye->counters.unsent++;
}
