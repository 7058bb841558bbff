#include <string.h>
#include <sys/socket.h>

#include "cf/monitor/eye.h"
#include "common/loop/fault_link.h"
#include "common/loop/log.h"

/* The servers may be anybody's: so the eyes do to what they hear, too, what faults of the link aaa
 * want (fault.h). A message is one frame, though Diameter has a stream. */

static struct fault_to
flow_of(const struct eye *eye)
{
    return (struct fault_to){
        .instance = FAULT_ANY, /* the outside world */
        .id = (const uint8_t *)&eye->index,
        .id_len = sizeof eye->index,
    };
}

/* Our messages are few and short: who leaves no room for one does not read. */
static bool
send_now(struct eye *eye, const uint8_t *bytes, size_t len)
{
    return eye->fd >= 0 && send(eye->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}

static struct eye *
eye_of(struct eye_faults *faults, const uint8_t *id)
{
    uint16_t index;

    memcpy(&index, id, sizeof index);
    return &faults->eyes[index];
}

static void
pass_out(void *ctx, const uint8_t *id, size_t id_len, const void *frame, size_t len)
{
    (void)id_len;
    (void)send_now(eye_of(ctx, id), frame, len); /* as on the wire: lost, and nobody says so */
}

static void
pass_in(void *ctx, const uint8_t *id, size_t id_len, const void *frame, size_t len)
{
    struct eye *eye = eye_of(ctx, id);

    (void)id_len;
    if (eye->fd >= 0)
        eye->heard(eye, frame, len);
}

bool
eye_put(struct eye *eye, const uint8_t *bytes, size_t len)
{
    struct eye_faults *faults = eye->faults;
    const struct fault_to to = flow_of(eye);
    unsigned extra;

    if (len == 0)
        return false;
    if (!fault_end_quiet(faults->out) &&
        fault_end_send(faults->out, &to, bytes, len, NULL, 0, &extra))
        return true;
    return send_now(eye, bytes, len);
}

void
eye_hear(struct eye *eye, const uint8_t *bytes, size_t len)
{
    struct eye_faults *faults = eye->faults;
    const struct fault_to to = flow_of(eye);
    unsigned extra;

    if (len == 0 || fault_end_quiet(faults->in) ||
        !fault_end_send(faults->in, &to, bytes, len, NULL, 0, &extra))
        eye->heard(eye, bytes, len);
}

void
eye_forget(struct eye *eye)
{
    const struct fault_to to = flow_of(eye);

    fault_end_drop(eye->faults->out, to.id, to.id_len);
    fault_end_drop(eye->faults->in, to.id, to.id_len);
}

/* RST instead of a farewell. */
static void
on_fault(void *ctx)
{
    const struct linger at_once = {.l_onoff = 1};
    struct eye_faults *faults = ctx;

    if (!fault_end_reset(faults->out, FAULT_ANY, 0))
        return;
    for (size_t i = 0; i < *faults->n; i++) {
        struct eye *eye = &faults->eyes[i];

        if (eye->fd < 0 || !eye->probe.setup.connects)
            continue;
        (void)setsockopt(eye->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        eye->counters.closed++;
        eye_close(eye);
        eyes_event(eye, PROBE_EV_GONE);
    }
}

void
eye_faults_open(struct eye_faults *faults, const struct node *node, zloop_t *loop)
{
    struct fault_end_setup setup = {.node = node,
                                    .loop = loop,
                                    .link = FAULT_LINK_AAA,
                                    .room = FAULT_ROOM,
                                    .pass = pass_out,
                                    .changed = on_fault,
                                    .ctx = faults};

    if (!node)
        return;
    faults->out = fault_end_open(&setup);
    setup.inbound = true;
    setup.pass = pass_in;
    setup.changed = NULL;
    faults->in = fault_end_open(&setup);
}

void
eye_faults_close(struct eye_faults *faults)
{
    fault_end_close(&faults->in);
    fault_end_close(&faults->out);
}
