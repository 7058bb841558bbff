#include "cf/monitor/eyes.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "cf/monitor/eye.h"
#include "common/conf/conf_build.h"
#include "common/conf/conf_seal.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"
#include "common/loop/udp.h"

_Static_assert((int)CONF_MONITORS == (int)MONITOR_TARGETS, "a target for each monitor");

struct eyes {
    struct eyes_setup setup;
    struct timer timer;
    uint8_t states[CONF_MONITORS]; /* enum monitor_state, as reported */
    struct eye *eyes;
    size_t n;
    struct eye_faults faults;
};

/* ---- sockets ------------------------------------------------------------------------ */

void
eye_random(void *out, size_t len)
{
    if (getrandom(out, len, 0) != (ssize_t)len)
        log_fatal("eyes: no random numbers: %s", strerror(errno));
}

uint32_t
eye_own_addr(const struct eye *eye)
{
    struct sockaddr_in sin = {0};
    socklen_t len = sizeof sin;

    return getsockname(eye->fd, (struct sockaddr *)&sin, &len) == 0 ? ntohl(sin.sin_addr.s_addr)
                                                                    : 0;
}

void
eye_close(struct eye *eye)
{
    if (eye->fd < 0)
        return;
    zloop_poller_end(eye->eyes->setup.loop, &eye->item);
    (void)close(eye->fd);
    eye->fd = -1;
    eye_forget(eye);
}

void
eye_watch(struct eye *eye, short events, zloop_fn *fn)
{
    zloop_t *loop = eye->eyes->setup.loop;

    if (eye->item.fd == eye->fd)
        zloop_poller_end(loop, &eye->item);
    eye->item = (zmq_pollitem_t){.fd = eye->fd, .events = events};
    if (zloop_poller(loop, &eye->item, fn, eye) != 0)
        log_fatal("eyes: out of memory");
    zloop_poller_set_tolerant(loop, &eye->item); /* a refused datagram is an error to poll */
}

/* Said once: it does not mend itself, but somebody may add the address. */
static bool
bind_own(struct eye *eye, int fd)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(eye->bind)};
    char addr[16];

    if (!eye->bind || bind(fd, (const struct sockaddr *)&sin, sizeof sin) == 0) {
        eye->complained = false;
        return true;
    }
    if (!eye->complained)
        log_error("diameter %s: cannot use origin address %s: %s; add it with `ip addr add %s/32 "
                  "dev lo`, or change the origin host of the endpoint",
                  eye->text, udp_addr_text(eye->bind, addr), strerror(errno), addr);
    eye->complained = true;
    return false;
}

bool
eye_open(struct eye *eye, int type, short events, zloop_fn *fn)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons(eye->port),
        .sin_addr.s_addr = htonl(eye->addr),
    };
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return false;
    if (!bind_own(eye, fd) ||
        (connect(fd, (const struct sockaddr *)&sin, sizeof sin) != 0 && errno != EINPROGRESS)) {
        (void)close(fd);
        return false;
    }
    eye->fd = fd;
    eye->item.fd = -1; /* whatever was watched under that number is gone */
    eye_watch(eye, events, fn);
    return true;
}

/* ---- what the probes order ---------------------------------------------------------- */

static void
arm(struct eyes *eyes)
{
    mono_t due = MONO_NEVER;

    for (size_t i = 0; i < eyes->n; i++)
        due = mono_earlier(due, probe_deadline(&eyes->eyes[i].probe));
    timer_at(&eyes->timer, due);
}

/* Up while any of its peers is, Down when all are. */
static uint8_t
judge(const struct eyes *eyes, uint8_t target)
{
    bool all_down = true;

    for (size_t i = 0; i < eyes->n; i++) {
        const struct eye *eye = &eyes->eyes[i];

        if (eye->target == target && eye->probe.state == MONITOR_UP)
            return MONITOR_UP;
        if (eye->target == target && eye->probe.state != MONITOR_DOWN)
            all_down = false;
    }
    return all_down ? MONITOR_DOWN : MONITOR_INIT;
}

static void
report(struct eyes *eyes, uint8_t target)
{
    uint8_t state = judge(eyes, target);

    if (state == eyes->states[target])
        return;
    eyes->states[target] = state;
    eyes->setup.report(eyes->setup.ctx, target, state);
}

static void
perform(struct eye *eye, unsigned actions)
{
    if (actions & PROBE_DO_CLOSE)
        eye_close(eye);
    if (actions & PROBE_DO_SILENT)
        eye->counters.timeouts++;
    if (actions & PROBE_DO_CONNECT)
        eye_diameter_connect(eye);
    if (actions & PROBE_DO_GREET)
        eye_diameter_ask(eye, DIAMETER_CAPABILITIES);
    if (actions & PROBE_DO_ASK && eye->probe.setup.connects)
        eye_diameter_ask(eye, DIAMETER_WATCHDOG);
    else if (actions & PROBE_DO_ASK)
        eye_radius_ask(eye, (actions & PROBE_DO_AGAIN) != 0);
    if (actions & PROBE_DO_CHANGED)
        report(eye->eyes, eye->target);
}

void
eyes_event(struct eye *eye, enum probe_event event)
{
    struct eyes *eyes = eye->eyes;

    perform(eye, probe_step(&eye->probe, event, clock_now()));
    arm(eyes);
}

static void
tick(void *arg)
{
    struct eyes *eyes = arg;

    for (size_t i = 0; i < eyes->n; i++)
        perform(&eyes->eyes[i], probe_step(&eyes->eyes[i].probe, PROBE_EV_TICK, clock_now()));
    arm(eyes);
}

static void
look_away(struct eye *eye)
{
    if (probe_step(&eye->probe, PROBE_EV_AWAY, clock_now()) & PROBE_DO_CLOSE)
        eye_diameter_leave(eye);
    eye_close(eye);
}

void
eyes_look(struct eyes *eyes, bool look)
{
    for (size_t i = 0; i < eyes->n; i++) {
        struct eye *eye = &eyes->eyes[i];

        if (look) {
            perform(eye, probe_step(&eye->probe, PROBE_EV_LOOK, clock_now()));
        } else {
            look_away(eye);
            eyes->states[eye->target] = MONITOR_INIT;
        }
    }
    arm(eyes);
}

/* ---- build and teardown ------------------------------------------------------------- */

static struct eye *
add(struct eyes *eyes, size_t target, uint32_t addr, uint16_t port, const struct probe_setup *setup)
{
    struct eye *eye = &eyes->eyes[eyes->n];

    *eye = (struct eye){
        .eyes = eyes,
        .faults = &eyes->faults,
        .heard = setup->connects ? eye_diameter_heard : eye_radius_heard,
        .index = (uint16_t)eyes->n++,
        .target = (uint8_t)target,
        .addr = addr,
        .port = port,
        .fd = -1,
        .item.fd = -1,
    };
    (void)udp_addr_text(addr, eye->text);
    (void)snprintf(eye->text + strlen(eye->text), sizeof eye->text - strlen(eye->text), ":%u",
                   port);
    probe_init(&eye->probe, setup);
    return eye;
}

/* One that cannot be read is asked with an empty secret: it stays Down, and a warning says why. */
static void
set_secret(const struct eyes *eyes, struct eye *eye, const struct conf_radius *server)
{
    char secret[CONF_NAME] = "";

    if (server && !conf_unseal(&server->key, eyes->setup.chassis_key, secret))
        log_warn("monitors: the key of radius server %s cannot be read by this lab; enter it anew "
                 "with \"key\"",
                 eye->text);
    else if (!*secret)
        (void)snprintf(secret, sizeof secret, "%s", eyes->setup.lab_key);
    (void)snprintf(eye->secret, sizeof eye->secret, "%s", secret);
    explicit_bzero(secret, sizeof secret);
}

static void
add_radius(struct eyes *eyes, size_t target)
{
    const struct conf *conf = eyes->setup.conf;
    const struct conf_srp_monitor *monitor = &conf->srp.monitors[target];
    uint8_t context = conf_find_context(conf, monitor->context);
    const struct conf_radius *server =
        conf_find_radius(conf, context, monitor->addr, monitor->port);
    /* a context that does not exist is warned of, and has no ways of its own */
    const struct conf_radius_ways *ways =
        context < CONF_CONTEXTS ? &conf->radius_ways[context] : &conf_radius_default;
    struct probe_setup setup = {
        .interval_us = PROBE_INTERVAL_US,
        .rest_us = PROBE_INTERVAL_US,
        .timeout_us = ways->timeout_s * US_PER_S,
        .retries = (uint8_t)ways->retries,
    };
    struct eye *eye = add(eyes, target, monitor->addr, monitor->port, &setup);

    set_secret(eyes, eye, server);
    eye->status_server = ways->status_server;
}

static void
add_peer(struct eyes *eyes, size_t target, const struct conf_diameter *endpoint,
         const struct conf_diameter_peer *peer)
{
    int64_t watchdog_us = endpoint->watchdog_s * US_PER_S;
    struct probe_setup setup = {
        .connects = true,
        .interval_us = watchdog_us ? watchdog_us : PROBE_INTERVAL_US,
        .rest_us = PROBE_INTERVAL_US,
        .timeout_us = PROBE_TIMEOUT_US,
        .retries = PROBE_RETRIES,
    };
    struct eye *eye = add(eyes, target, peer->addr, peer->port, &setup);
    const char *host = endpoint->host[0] ? endpoint->host : eyes->setup.conf->hostname;

    eye->peer = *peer;
    eye->bind = endpoint->addr;
    (void)snprintf(eye->host, sizeof eye->host, "%s", host[0] ? host : "vpclab");
    (void)snprintf(eye->realm, sizeof eye->realm, "%s",
                   endpoint->realm[0] ? endpoint->realm : "vpclab");
}

static void
add_diameter(struct eyes *eyes, size_t target)
{
    const struct conf *conf = eyes->setup.conf;
    const struct conf_srp_monitor *monitor = &conf->srp.monitors[target];
    const struct conf_diameter *endpoint =
        conf_find_diameter(conf, conf_find_context(conf, monitor->context), monitor->endpoint);
    size_t before = eyes->n;

    for (size_t i = 0; endpoint && i < endpoint->peer_n; i++) {
        if (!monitor->peer[0] || strcmp(endpoint->peers[i].name, monitor->peer) == 0)
            add_peer(eyes, target, endpoint, &endpoint->peers[i]);
    }
    if (eyes->n == before)
        log_error("diameter: nothing to monitor for endpoint %s%s%s in context %s: no such "
                  "peer; add it to the endpoint, or remove the monitor",
                  monitor->endpoint, monitor->peer[0] ? " peer " : "", monitor->peer,
                  monitor->context);
}

struct eyes *
eyes_open(const struct eyes_setup *setup)
{
    struct eyes *eyes = calloc(1, sizeof *eyes);

    if (!eyes)
        log_fatal("eyes: out of memory");
    eyes->setup = *setup;
    eyes->eyes = calloc((size_t)CONF_MONITORS * CONF_DIAMETER_PEERS, sizeof *eyes->eyes);
    if (!eyes->eyes)
        log_fatal("eyes: out of memory");
    timer_init(&eyes->timer, setup->loop, tick, eyes);
    eyes->faults = (struct eye_faults){.eyes = eyes->eyes, .n = &eyes->n};
    eye_faults_open(&eyes->faults, setup->node, setup->loop);
    for (size_t i = 0; i < setup->conf->srp.monitor_n; i++) {
        eyes->states[i] = MONITOR_INIT;
        if (setup->conf->srp.monitors[i].kind == CONF_MONITOR_AAA)
            add_radius(eyes, i);
        else if (setup->conf->srp.monitors[i].kind == CONF_MONITOR_DIAMETER)
            add_diameter(eyes, i);
    }
    eyes->setup.conf = NULL; /* the caller's, from now on */
    eyes->setup.lab_key = NULL;
    eyes->setup.chassis_key = NULL;
    return eyes;
}

void
eyes_close(struct eyes **eyes)
{
    if (!*eyes)
        return;
    eyes_look(*eyes, false);
    timer_at(&(*eyes)->timer, MONO_NEVER);
    eye_faults_close(&(*eyes)->faults);
    free((*eyes)->eyes);
    free(*eyes);
    *eyes = NULL;
}

uint8_t
eyes_state(const struct eyes *eyes, uint8_t target)
{
    return target < CONF_MONITORS ? eyes->states[target] : (uint8_t)MONITOR_INIT;
}

struct eyes_counters
eyes_counters(const struct eyes *eyes, uint8_t target)
{
    struct eyes_counters sum = {0};

    for (size_t i = 0; i < eyes->n; i++) {
        const struct eyes_counters *one = &eyes->eyes[i].counters;

        if (eyes->eyes[i].target != target)
            continue;
#define X(name) sum.name += one->name;
        EYES_COUNTERS(X)
#undef X
        sum.last_code = one->last_code ? one->last_code : sum.last_code;
    }
    return sum;
}
