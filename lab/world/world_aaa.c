#include "lab/world/world_aaa.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "cf/monitor/radius.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/udp.h"

enum { RETRY_MS = 1000 }; /* real time between attempts to bind, at most: the lab may stand still */

const char *
aaa_mode_name(uint8_t mode)
{
    static const char *const names[] = {
#define X(name, text) text,
        AAA_MODES(X)
#undef X
    };

    return mode < AAA_MODE_N ? names[mode] : "";
}

bool
aaa_can(const struct aaa_responder *responder, enum aaa_mode mode)
{
    bool radius = responder->topo->kind == TOPO_RADIUS;

    return mode == AAA_REFUSE || mode == AAA_FALSE_ORIGIN    ? !radius
           : mode == AAA_REJECT || mode == AAA_BAD_SIGNATURE ? radius
                                                             : true;
}

uint8_t
aaa_mode_of(const struct aaa_responder *responder)
{
    return responder->lease ? responder->leased : responder->mode;
}

/* ---- answers ------------------------------------------------------------------------ */

static void
arm_later(struct world_aaa *aaa)
{
    mono_t due = MONO_NEVER;

    for (size_t i = 0; i < aaa->n; i++) {
        for (size_t k = 0; k < aaa->responders[i].later_n; k++)
            due = mono_earlier(due, aaa->responders[i].later[k].due);
    }
    timer_at(&aaa->later, due);
}

static void
send_now(struct aaa_responder *responder, const struct aaa_later *answer)
{
    if (responder->topo->kind == TOPO_DIAMETER)
        aaa_conn_send(responder, answer);
    else if (sendto(responder->fd, answer->bytes, answer->len, MSG_DONTWAIT,
                    (const struct sockaddr *)&answer->to,
                    sizeof answer->to) == (ssize_t)answer->len)
        responder->counters.answers++;
    else
        responder->counters.dropped++;
}

void
aaa_reply(struct aaa_responder *responder, struct aaa_later *answer)
{
    if (aaa_mode_of(responder) != AAA_DELAY) {
        send_now(responder, answer);
        return;
    }
    if (responder->later_n == AAA_LATER) {
        responder->counters.dropped++;
        return;
    }
    answer->due = mono_after(clock_now(), responder->delay_ms * US_PER_MS);
    responder->later[responder->later_n++] = *answer;
    arm_later(responder->aaa);
}

static void
send_later(void *arg)
{
    struct world_aaa *aaa = arg;
    mono_t now = clock_now();

    for (size_t i = 0; i < aaa->n; i++) {
        struct aaa_responder *responder = &aaa->responders[i];
        size_t kept = 0;

        for (size_t k = 0; k < responder->later_n; k++) {
            if (mono_reached(now, responder->later[k].due))
                send_now(responder, &responder->later[k]);
            else
                responder->later[kept++] = responder->later[k];
        }
        responder->later_n = kept;
    }
    arm_later(aaa);
}

/* What was to be said before is not said any more: the server is another one now. */
static void
become(struct aaa_responder *responder)
{
    uint8_t mode = aaa_mode_of(responder);

    responder->counters.dropped += responder->later_n;
    responder->later_n = 0;
    arm_later(responder->aaa);
    if (mode == AAA_REFUSE || mode == AAA_FALSE_ORIGIN)
        aaa_close_conns(responder); /* a new one is to hear it first thing */
}

void
aaa_set_mode(struct aaa_responder *responder, enum aaa_mode mode, uint32_t delay_ms)
{
    responder->mode = (uint8_t)mode;
    responder->delay_ms = mode == AAA_DELAY ? delay_ms : 0;
    if (!responder->lease)
        become(responder);
}

/* What a fault of that kind makes of such a server. */
static enum aaa_mode
faulty(enum fault_kind kind, bool radius)
{
    if (kind == FAULT_AAA_SILENT)
        return AAA_SILENT;
    if (kind == FAULT_AAA_REFUSE)
        return radius ? AAA_REJECT : AAA_REFUSE;
    return radius ? AAA_BAD_SIGNATURE : AAA_FALSE_ORIGIN;
}

static void
set_fault(struct aaa_responder *responder, const struct fault *in_force, size_t n)
{
    uint8_t before = aaa_mode_of(responder);

    responder->lease = 0;
    for (size_t i = 0; i < n; i++) {
        const struct fault *fault = &in_force[i];

        if (fault_kind_on(fault->kind) != FAULT_ON_SERVER ||
            (fault->target.addr && fault->target.addr != responder->topo->addr))
            continue;
        responder->lease = fault->id; /* the youngest counts */
        responder->leased = (uint8_t)faulty(fault->kind, responder->topo->kind == TOPO_RADIUS);
    }
    if (aaa_mode_of(responder) != before)
        become(responder);
}

void
world_aaa_faults(struct world_aaa *aaa, const struct fault *in_force, size_t n)
{
    for (size_t i = 0; i < aaa->n; i++)
        set_fault(&aaa->responders[i], in_force, n);
}

/* ---- RADIUS ------------------------------------------------------------------------- */

static void
answer_radius(struct aaa_responder *responder, const struct radius_request *request,
              const struct sockaddr_in *to)
{
    struct aaa_later answer = {.to = *to};
    uint8_t code = aaa_mode_of(responder) == AAA_REJECT && request->code == RADIUS_ACCESS_REQUEST
                       ? RADIUS_ACCESS_REJECT
                       : RADIUS_ACCESS_ACCEPT;

    answer.len =
        radius_answer(answer.bytes, sizeof answer.bytes, code, request, responder->aaa->secret);
    if (aaa_mode_of(responder) == AAA_BAD_SIGNATURE)
        answer.bytes[4] ^= 1; /* of the Response Authenticator */
    aaa_reply(responder, &answer);
}

static int
on_datagram(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct aaa_responder *responder = arg;
    uint8_t bytes[RADIUS_MOST + 1];
    struct sockaddr_in from;
    socklen_t from_len = sizeof from;
    struct radius_request request;
    ssize_t len =
        recvfrom(item->fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);

    (void)loop;
    if (len < 0)
        return 0; /* nothing there after all */
    if (radius_read(bytes, (size_t)len, responder->aaa->secret, &request) != RADIUS_VALID) {
        responder->counters.malformed++;
        return 0;
    }
    responder->counters.requests++;
    if (aaa_mode_of(responder) == AAA_SILENT)
        responder->counters.dropped++;
    else
        answer_radius(responder, &request, &from);
    return 0;
}

/* ---- binding ------------------------------------------------------------------------ */

static void
explain(const struct topo_aaa *topo, int error)
{
    bool radius = topo->kind == TOPO_RADIUS;
    const char *what = radius ? "UDP" : "TCP";
    char addr[16];

    (void)udp_addr_text(topo->addr, addr);
    if (error == EADDRINUSE)
        log_error("aaa: %s %s:%u is in use by another process; stop that process (`ss -l%cnp "
                  "'sport = :%u'` names it) or change the entry of `aaa` in the topology; tried "
                  "again each second",
                  what, addr, topo->port, radius ? 'u' : 't', topo->port);
    else if (error == EADDRNOTAVAIL)
        log_error("aaa: %s is no address of this machine; use one in 127.0.0.0/8, or add it with "
                  "`ip addr add %s/32 dev lo`; tried again each second",
                  addr, addr);
    else
        log_error("aaa: cannot bind %s %s:%u: %s; tried again each second", what, addr, topo->port,
                  strerror(error));
}

static int
bind_fd(const struct topo_aaa *topo)
{
    bool radius = topo->kind == TOPO_RADIUS;
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons(topo->port),
        .sin_addr.s_addr = htonl(topo->addr),
    };
    int fd = socket(AF_INET, (radius ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1, saved;

    if (fd < 0)
        return -1;
    if ((radius || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0) &&
        bind(fd, (const struct sockaddr *)&sin, sizeof sin) == 0 &&
        (radius || listen(fd, AAA_CONNS) == 0))
        return fd;
    saved = errno;
    (void)close(fd);
    errno = saved;
    return -1;
}

static bool
bind_responder(struct aaa_responder *responder)
{
    zloop_fn *fn = responder->topo->kind == TOPO_RADIUS ? on_datagram : aaa_on_connection;

    if (responder->fd >= 0)
        return true;
    responder->fd = bind_fd(responder->topo);
    if (responder->fd < 0) {
        if (!responder->complained)
            explain(responder->topo, errno);
        responder->complained = true;
        return false;
    }
    responder->complained = false;
    responder->item = (zmq_pollitem_t){.fd = responder->fd, .events = ZMQ_POLLIN};
    if (zloop_poller(responder->aaa->node->loop, &responder->item, fn, responder) != 0)
        log_fatal("aaa: out of memory");
    return true;
}

static void
bind_all(void *arg)
{
    struct world_aaa *aaa = arg;
    bool all = true;

    for (size_t i = 0; i < aaa->n; i++)
        all = bind_responder(&aaa->responders[i]) && all;
    if (all)
        return;
    timer_at(&aaa->retry, mono_after(clock_now(), US_PER_S));
    timer_within_ms(&aaa->retry, RETRY_MS);
}

struct world_aaa *
world_aaa_open(struct node *node)
{
    struct world_aaa *aaa = calloc(1, sizeof *aaa);
    char err[512];

    if (!aaa)
        log_fatal("aaa: out of memory");
    aaa->node = node;
    if (node->topo.aaa_n && keys_lab_secret(node->rundir, aaa->secret, err, sizeof err) != 0) {
        log_error("aaa: %s", err);
        free(aaa);
        return NULL;
    }
    timer_init(&aaa->retry, node->loop, bind_all, aaa);
    timer_init(&aaa->later, node->loop, send_later, aaa);
    for (aaa->n = 0; aaa->n < node->topo.aaa_n; aaa->n++) {
        aaa->responders[aaa->n].aaa = aaa;
        aaa->responders[aaa->n].topo = &node->topo.aaa[aaa->n];
        aaa->responders[aaa->n].fd = -1;
    }
    bind_all(aaa);
    return aaa;
}

void
world_aaa_close(struct world_aaa **aaa)
{
    if (!*aaa)
        return;
    timer_at(&(*aaa)->retry, MONO_NEVER);
    timer_at(&(*aaa)->later, MONO_NEVER);
    for (size_t i = 0; i < (*aaa)->n; i++) {
        struct aaa_responder *responder = &(*aaa)->responders[i];

        aaa_close_conns(responder);
        if (responder->fd < 0)
            continue;
        zloop_poller_end((*aaa)->node->loop, &responder->item);
        (void)close(responder->fd);
    }
    free(*aaa);
    *aaa = NULL;
}
