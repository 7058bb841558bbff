#include "cf/monitors.h"

#include <stdlib.h>
#include <string.h>

#include "cf/cf.h"
#include "common/conf/conf_build.h"
#include "common/loop/clock.h"
#include "common/loop/keys.h"
#include "common/loop/log.h"

struct monitors {
    struct cf *cf;
    struct monitor core;
    struct conf_srp_monitor targets[MONITOR_TARGETS]; /* as configured */
    struct eyes *eyes;
    struct timer timer;
    struct monitors_times times[MONITOR_KIND_N];
};

/* ---- the lab's own RADIUS secret ------------------------------------------------------------- */

static bool
has_servers(const struct conf_srp *c)
{
    for (size_t i = 0; i < c->monitor_n; i++) {
        if (c->monitors[i].kind == CONF_MONITOR_AAA)
            return true;
    }
    return false;
}

static void
lab_secret(const struct cf *cf, char out[KEYS_TEXT])
{
    char err[512];

    if (has_servers(&cf->conf.srp) &&
        keys_lab_secret(cf->node->rundir, out, err, sizeof err) != 0) {
        log_warn("monitors: %s; give each radius server a key in the configuration", err);
        out[0] = '\0';
    }
}

/* ---- one step, and what it asks for ------------------------------------------------------------ */

static bool
is_network(const struct conf_srp_monitor *monitor)
{
    return monitor->kind == CONF_MONITOR_BGP || monitor->kind == CONF_MONITOR_BFD;
}

/* A session of the network goes down only after it was up: at the start nobody has spoken yet.
 * Servers are asked, and a silent one is an alarm to each chassis that asks. */
static bool
is_noted(const struct monitors *m, uint8_t target, uint8_t from)
{
    uint8_t to = m->core.setup.targets[target].state;

    if (to == MONITOR_DOWN && from == MONITOR_INIT)
        return !is_network(&m->targets[target]);
    return to != MONITOR_INIT;
}

static void
tell_edge(struct monitors *m, uint8_t target, uint8_t from)
{
    uint8_t to = m->core.setup.targets[target].state;

    m->times[m->targets[target].kind].changed_us = clock_wall_us();
    if (!m->cf->leading)
        return; /* the other CF says it */
    log_event("monitor.state", monitor_state_name(from), monitor_state_name(to),
              conf_monitor_text(&m->targets[target]).text, m->cf->srp.epoch);
    if (is_noted(m, target, from))
        notify_monitor(m->cf, target, to == MONITOR_UP);
}

static void
note_failures(struct monitors *m, const struct monitor *was)
{
    for (size_t kind = 0; kind < MONITOR_KIND_N; kind++) {
        if (m->core.judged[kind].down && !was->judged[kind].down)
            m->times[kind].failed_us = clock_wall_us();
    }
}

/* Returns what finish() has still to do, after the last step of an input. */
static unsigned
step(struct monitors *m, struct monitor_event ev)
{
    struct monitor was = m->core;
    unsigned actions;

    ev.now = clock_now();
    actions = monitor_step(&m->core, &ev);
    note_failures(m, &was);
    for (uint8_t i = 0; i < was.setup.target_n; i++) {
        if (m->core.setup.targets[i].state != was.setup.targets[i].state)
            tell_edge(m, i, was.setup.targets[i].state);
    }
    if (actions & MONITOR_DO_AAA_LOST)
        notify_aaa(m->cf, ev.target, false);
    return actions;
}

/* The chassis may answer with a change of roles at once: last. */
static void
finish(struct monitors *m, unsigned actions)
{
    timer_at(&m->timer, monitor_deadline(&m->core));
    if (actions & MONITOR_DO_TELL)
        chassis_monitor(m->cf);
}

/* ---- the network, as the demux sees it ------------------------------------------------------------ */

static unsigned
report(struct monitors *m, uint8_t target, bool up)
{
    return step(m, (struct monitor_event){.type = MONITOR_EV_REPORT,
                                          .target = target,
                                          .state = up ? MONITOR_UP : MONITOR_DOWN});
}

static const struct net_neighbor *
find_neighbor(const struct net_body *net, const struct conf_srp_monitor *monitor)
{
    for (size_t i = 0; i < net->n; i++) {
        if (net->neighbors[i].of.addr == monitor->addr &&
            strcmp(net->neighbors[i].of.context, monitor->context) == 0)
            return &net->neighbors[i];
    }
    return NULL;
}

static unsigned
report_neighbor(struct monitors *m, uint8_t target, const struct net_body *net)
{
    const struct conf_srp_monitor *monitor = &m->targets[target];
    const struct net_neighbor *neighbor = find_neighbor(net, monitor);

    if (monitor->kind == CONF_MONITOR_BFD && monitor->chassis_to_chassis)
        return report(m, target, net->peer_bfd_up);
    if (!neighbor)
        return 0;
    return report(m, target,
                  monitor->kind == CONF_MONITOR_BFD ? neighbor->bfd_up : neighbor->bgp_up);
}

void
monitors_net(struct monitors *m, const struct net_body *net)
{
    unsigned actions = step(m, (struct monitor_event){.type = MONITOR_EV_NET});

    for (uint8_t i = 0; i < m->core.setup.target_n; i++) {
        if (is_network(&m->targets[i]))
            actions |= report_neighbor(m, i, net);
    }
    finish(m, actions);
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static void
on_timer(void *arg)
{
    struct monitors *m = arg;

    finish(m, step(m, (struct monitor_event){.type = MONITOR_EV_TICK}));
}

static void
on_report(void *arg, uint8_t target, uint8_t state)
{
    struct monitors *m = arg;

    finish(m, step(m, (struct monitor_event){
                          .type = MONITOR_EV_REPORT, .target = target, .state = state}));
}

void
monitors_role(struct monitors *m, enum chassis_state state, uint8_t reason)
{
    unsigned actions;

    if (state != CHASSIS_ACTIVE)
        eyes_look(m->eyes, false);
    actions = step(m, (struct monitor_event){
                          .type = MONITOR_EV_ROLE, .chassis = (uint8_t)state, .reason = reason});
    if (monitor_looks(&m->core))
        eyes_look(m->eyes, true); /* now that its reports are wanted */
    finish(m, actions);
}

void
monitors_cause(struct monitors *m, uint8_t reason)
{
    finish(m, step(m, (struct monitor_event){.type = MONITOR_EV_CAUSE, .reason = reason}));
}

void
monitors_card(struct monitors *m, bool lost)
{
    finish(m, step(m, (struct monitor_event){.type = MONITOR_EV_CARD,
                                             .lost = lost,
                                             .demux = cards_demux(&m->cf->cards)}));
}

void
monitors_reset(struct monitors *m, uint8_t kind)
{
    if (kind < MONITOR_KIND_N)
        m->times[kind].failed_us = 0;
    finish(m, step(m, (struct monitor_event){.type = MONITOR_EV_RESET, .kind = kind}));
}

void
monitors_latch(struct monitors *m, uint32_t latched)
{
    uint8_t wanted = monitor_wants(&m->core);

    monitor_latch(&m->core, latched);
    finish(m, wanted != monitor_wants(&m->core) ? MONITOR_DO_TELL : 0u);
}

/* ---- life and display ---------------------------------------------------------------------------- */

struct monitors *
monitors_open(struct cf *cf)
{
    struct monitors *m = calloc(1, sizeof *m);
    struct monitor_setup setup = monitors_setup(&cf->conf.srp);
    char secret[KEYS_TEXT] = "";
    struct eyes_setup eyes = {
        .node = cf->node,
        .loop = cf->node->loop,
        .conf = &cf->conf,
        .lab_key = secret,
        .chassis_key = cf->chassis_key,
        .report = on_report,
        .ctx = m,
    };

    if (!m)
        log_fatal("monitors: out of memory");
    m->cf = cf;
    memcpy(m->targets, cf->conf.srp.monitors, sizeof cf->conf.srp.monitors);
    monitor_init(&m->core, &setup, clock_now());
    timer_init(&m->timer, cf->node->loop, on_timer, m);
    lab_secret(cf, secret);
    m->eyes = eyes_open(&eyes);
    explicit_bzero(secret, sizeof secret);
    return m;
}

void
monitors_close(struct monitors **monitors)
{
    if (!*monitors)
        return;
    eyes_close(&(*monitors)->eyes);
    timer_at(&(*monitors)->timer, MONO_NEVER);
    free(*monitors);
    *monitors = NULL;
}

const struct monitor *
monitors_core(const struct monitors *m)
{
    return &m->core;
}

uint32_t
monitors_latched(const struct monitors *m)
{
    return monitor_latched(&m->core);
}

const struct conf_srp_monitor *
monitors_target(const struct monitors *m, uint8_t i)
{
    return &m->targets[i];
}

struct eyes_counters
monitors_counters(const struct monitors *m, uint8_t i)
{
    return eyes_counters(m->eyes, i);
}

struct monitors_times
monitors_times(const struct monitors *m, uint8_t kind)
{
    return m->times[kind];
}
