#include "cf/monitor/monitor.h"

#include <assert.h>
#include <string.h>

struct kind {
    char letter;
    const char *name;
    uint8_t reason;
};

static const struct kind kinds[MONITOR_KIND_N] = {
#define X(name, letter, text, reason) [name] = {letter, text, reason},
    MONITOR_KINDS(X)
#undef X
};

/* Only the Active looks at these; nothing is known of them on a Standby. */
static bool
is_probed(uint8_t kind)
{
    return kind == MONITOR_AAA || kind == MONITOR_DIAMETER;
}

/* The new Active reaches the servers no better than the old one did, perhaps: handing
 * over for these kinds is not repeated. */
static bool
may_latch(uint8_t kind)
{
    return is_probed(kind);
}

/* Known only through the demux. */
static bool
is_network(uint8_t kind)
{
    return kind == MONITOR_BGP || kind == MONITOR_BFD;
}

/* ---- rules ------------------------------------------------------------------------------- */

/* Do these two stand in for each other, so that one that is not down suffices? */
static bool
same_unit(const struct monitor_setup *setup, const struct monitor_target *a,
          const struct monitor_target *b)
{
    if (a->kind != b->kind || a->chassis_to_chassis != b->chassis_to_chassis)
        return false;
    if (a->group != b->group)
        return false;
    if (a->group == 0 && a->kind == MONITOR_DIAMETER)
        return a->endpoint == b->endpoint;
    if (a->group == 0 && a->kind == MONITOR_BGP)
        return setup->bgp_exclusive || a->context == b->context;
    return true;
}

/* Init is not down: nobody has judged it yet. But one that nobody ever will is no reason to stay. */
static bool
unit_down(const struct monitor_setup *setup, const struct monitor_target *member)
{
    for (size_t i = 0; i < setup->target_n; i++) {
        const struct monitor_target *target = &setup->targets[i];

        if (!target->blind && target->state != MONITOR_DOWN && same_unit(setup, member, target))
            return false;
    }
    return true;
}

static bool
any_unit_down(const struct monitor_setup *setup, uint8_t kind, bool chassis_to_chassis)
{
    for (size_t i = 0; i < setup->target_n; i++) {
        const struct monitor_target *target = &setup->targets[i];

        if (target->kind == kind && target->chassis_to_chassis == chassis_to_chassis &&
            !target->blind && unit_down(setup, target))
            return true;
    }
    return false;
}

/* Not one of the servers answers, whatever their groups. */
static bool
no_server(const struct monitor_setup *setup)
{
    for (size_t i = 0; i < setup->target_n; i++) {
        if (setup->targets[i].kind == MONITOR_AAA && setup->targets[i].state != MONITOR_DOWN)
            return false;
    }
    return true;
}

static bool
wants_kind(const struct monitor *monitor, uint8_t kind)
{
    const struct monitor_judged *judged = &monitor->judged[kind];

    return monitor->active && judged->down && !judged->damped && !judged->latched;
}

/* ---- guard and damping -------------------------------------------------------------------- */

static void
damp(struct monitor *monitor, uint8_t kind, mono_t now)
{
    monitor->judged[kind].damped = true;
    monitor->judged[kind].due = mono_after(now, monitor->guard_damping_us[kind]);
}

static void
disarm(struct monitor *monitor, uint8_t kind)
{
    monitor->judged[kind].damped = false;
    monitor->judged[kind].due = MONO_NEVER;
}

/* Of two that run at once the later end rules. What was down before, and did not yet make us
 * hand over, must last as long as what falls now. */
static void
start_guard(struct monitor *monitor, uint8_t kind, const struct monitor_guard *guard, mono_t now)
{
    const struct monitor_judged *judged = &monitor->judged[kind];
    mono_t until = mono_after(now, guard->guard_us);
    int64_t later = mono_between(monitor->guard_until[kind], until);
    int64_t damping = guard->damping_us;

    if (guard->guard_us <= 0 || later < 0)
        return;
    if (later == 0 && monitor->guard_damping_us[kind] > damping)
        damping = monitor->guard_damping_us[kind];
    monitor->guard_until[kind] = until;
    monitor->guard_damping_us[kind] = damping;
    if (judged->down && !judged->damped && !wants_kind(monitor, kind))
        damp(monitor, kind, now);
}

static void
start_guards(struct monitor *monitor, const struct monitor_guard guards[MONITOR_KIND_N], mono_t now)
{
    for (uint8_t kind = 0; kind < MONITOR_KIND_N; kind++)
        start_guard(monitor, kind, &guards[kind], now);
}

static bool
is_timed(const struct monitor *monitor, uint8_t kind)
{
    return monitor->judged[kind].damped || !mono_reached(monitor->last, monitor->guard_until[kind]);
}

/* The demux that told of the network is gone: until when is what it said still true? */
static bool
awaits_silence(const struct monitor *monitor)
{
    return monitor->demux_gone && monitor->net_known;
}

/* We are called each second while time counts; when more went by we were stopped, and the
 * reports of that time are still waiting to be read. */
static void
forgive_sleep(struct monitor *monitor, mono_t now)
{
    int64_t gap = mono_between(monitor->last, now);

    if (gap <= MONITOR_TICK_US * 3 / 2)
        return;
    for (uint8_t kind = 0; kind < MONITOR_KIND_N; kind++) {
        /* one that was over stays so: it cannot come to lie behind `now` */
        monitor->guard_until[kind] = mono_after(monitor->guard_until[kind], gap);
        monitor->judged[kind].due = mono_after(monitor->judged[kind].due, gap);
    }
    if (awaits_silence(monitor))
        monitor->net_until = mono_after(monitor->net_until, gap); /* its word may be unread */
}

static void
ripen(struct monitor *monitor, mono_t now)
{
    for (uint8_t kind = 0; kind < MONITOR_KIND_N; kind++) {
        if (monitor->judged[kind].damped && mono_reached(now, monitor->judged[kind].due))
            disarm(monitor, kind);
    }
}

/* ---- one target's change, and what it means for its kind ----------------------------------- */

static void
judge(struct monitor *monitor, uint8_t kind, mono_t now)
{
    struct monitor_judged *judged = &monitor->judged[kind];
    bool down = any_unit_down(&monitor->setup, kind, false);

    if (down == judged->down)
        return;
    judged->down = down;
    judged->since = now;
    disarm(monitor, kind);
    if (down && !mono_reached(now, monitor->guard_until[kind]))
        damp(monitor, kind, now);
}

static unsigned
change(struct monitor *monitor, struct monitor_target *target, uint8_t state, mono_t now)
{
    unsigned actions = MONITOR_DO_CHANGED;

    if (target->state == state)
        return 0;
    target->state = state;
    target->changed = now;
    target->failures += state == MONITOR_DOWN;
    if (target->kind == MONITOR_AAA && state == MONITOR_DOWN && no_server(&monitor->setup))
        actions |= MONITOR_DO_AAA_LOST;
    judge(monitor, target->kind, now);
    return actions;
}

/* ---- events ------------------------------------------------------------------------------- */

static unsigned
report(struct monitor *monitor, const struct monitor_event *ev, mono_t now)
{
    struct monitor_target *target;

    if (ev->target >= monitor->setup.target_n || ev->state >= MONITOR_STATE_N)
        return 0;
    target = &monitor->setup.targets[ev->target];
    if (target->blind || (is_probed(target->kind) && !monitor_looks(monitor)))
        return 0; /* an eye that had not closed yet */
    monitor->chassis_seen |= target->chassis_to_chassis && ev->state == MONITOR_UP;
    return change(monitor, target, ev->state, now);
}

static unsigned
forget_probes(struct monitor *monitor, mono_t now)
{
    unsigned actions = 0;

    for (size_t i = 0; i < monitor->setup.target_n; i++) {
        if (is_probed(monitor->setup.targets[i].kind))
            actions |= change(monitor, &monitor->setup.targets[i], MONITOR_INIT, now);
    }
    return actions;
}

static void
latch_reason(struct monitor *monitor, uint8_t reason)
{
    for (uint8_t kind = 0; kind < MONITOR_KIND_N; kind++)
        monitor->judged[kind].latched = may_latch(kind) && reason == kinds[kind].reason;
}

/* A takeover may be forced out, which is the reason for its end; it latches by that for its
 * beginning. One that leaves still serves in this sense, and one that came back never left. */
static unsigned
role(struct monitor *monitor, const struct monitor_event *ev, mono_t now)
{
    bool took_over = monitor->chassis == CHASSIS_PENDING_ACTIVE;

    monitor->chassis = ev->chassis;
    if (ev->chassis == CHASSIS_PENDING_ACTIVE)
        monitor->taken_for = ev->reason;
    if (ev->chassis != CHASSIS_ACTIVE && ev->chassis != CHASSIS_PENDING_STANDBY) {
        monitor->active = false;
        return MONITOR_DO_TELL | forget_probes(monitor, now);
    }
    if (monitor->active)
        return 0;
    latch_reason(monitor, took_over ? monitor->taken_for : SRP_NOT_DEFINED);
    start_guards(monitor, monitor->setup.after_switch, now);
    monitor->active = true; /* after the guards: nothing is wanted before they run */
    return MONITOR_DO_TELL;
}

static void
learn_cause(struct monitor *monitor, uint8_t reason)
{
    monitor->taken_for = reason;
    if (monitor->active)
        latch_reason(monitor, reason);
}

/* The guard period runs from the loss: what fails is what the card took along. */
static void
card(struct monitor *monitor, const struct monitor_event *ev, mono_t now)
{
    monitor->demux_gone = !ev->demux;
    monitor->chassis_seen &= ev->demux; /* the sessions end with it */
    if (ev->lost)
        start_guards(monitor, monitor->setup.after_failure, now);
}

static void
hear_net(struct monitor *monitor, mono_t now)
{
    monitor->net_known = true;
    monitor->net_until = mono_after(now, MONITOR_NET_US);
}

/* Silence alone says nothing: we, or the demux, may have been slow. The sessions end with the
 * demux that held them. */
static unsigned
lose_net(struct monitor *monitor, mono_t now)
{
    unsigned actions = 0;

    if (!awaits_silence(monitor) || !mono_reached(now, monitor->net_until))
        return 0;
    monitor->net_known = false; /* until it speaks again */
    monitor->chassis_seen = false;
    for (size_t i = 0; i < monitor->setup.target_n; i++) {
        struct monitor_target *target = &monitor->setup.targets[i];

        if (is_network(target->kind) && target->state != MONITOR_INIT)
            actions |= change(monitor, target, MONITOR_DOWN, now);
    }
    return actions;
}

/* As if it had never failed: nothing is latched, nothing was counted. */
static void
reset(struct monitor *monitor, uint8_t kind)
{
    if (kind >= MONITOR_KIND_N)
        return;
    monitor->judged[kind].latched = false;
    if (monitor->taken_for == kinds[kind].reason)
        monitor->taken_for = SRP_NOT_DEFINED;
    for (size_t i = 0; i < monitor->setup.target_n; i++) {
        if (monitor->setup.targets[i].kind == kind)
            monitor->setup.targets[i].failures = 0;
    }
}

static unsigned
apply(struct monitor *monitor, const struct monitor_event *ev, mono_t now)
{
    switch (ev->type) {
    case MONITOR_EV_REPORT:
        return report(monitor, ev, now);
    case MONITOR_EV_ROLE:
        return role(monitor, ev, now);
    case MONITOR_EV_CAUSE:
        learn_cause(monitor, ev->reason);
        return 0;
    case MONITOR_EV_CARD:
        card(monitor, ev, now);
        return 0;
    case MONITOR_EV_NET:
        hear_net(monitor, now);
        return 0;
    case MONITOR_EV_RESET:
        reset(monitor, ev->kind);
        return 0;
    case MONITOR_EV_TICK:
        break;
    }
    return 0;
}

unsigned
monitor_step(struct monitor *monitor, const struct monitor_event *ev)
{
    mono_t now = mono_reached(ev->now, monitor->last) ? ev->now : monitor->last;
    uint8_t wanted = monitor_wants(monitor);
    uint32_t down = monitor_down(monitor);
    bool chassis_down = monitor_chassis_bfd_down(monitor);
    bool chassis_fell = monitor_chassis_bfd_fell(monitor);
    unsigned actions;

    forgive_sleep(monitor, now);
    monitor->last = now;
    actions = apply(monitor, ev, now) | lose_net(monitor, now);
    ripen(monitor, now); /* after the report: what recovered just in time does not switch */
    if (wanted != monitor_wants(monitor) || down != monitor_down(monitor) ||
        chassis_down != monitor_chassis_bfd_down(monitor) ||
        chassis_fell != monitor_chassis_bfd_fell(monitor))
        actions |= MONITOR_DO_TELL;
    return actions;
}

void
monitor_init(struct monitor *monitor, const struct monitor_setup *setup, mono_t now)
{
    assert(setup->target_n <= MONITOR_TARGETS);
    memset(monitor, 0, sizeof *monitor);
    monitor->setup = *setup;
    monitor->last = now;
    for (size_t i = 0; i < setup->target_n; i++) {
        struct monitor_target *target = &monitor->setup.targets[i];

        assert(target->kind < MONITOR_KIND_N);
        target->state = MONITOR_INIT;
        target->changed = now;
        target->failures = 0;
    }
    for (size_t kind = 0; kind < MONITOR_KIND_N; kind++) {
        monitor->guard_until[kind] = now;
        monitor->judged[kind].since = now;
        monitor->judged[kind].due = MONO_NEVER;
    }
}

mono_t
monitor_deadline(const struct monitor *monitor)
{
    mono_t due = MONO_NEVER;

    for (uint8_t kind = 0; kind < MONITOR_KIND_N; kind++) {
        if (is_timed(monitor, kind))
            due = mono_earlier(due, mono_after(monitor->last, MONITOR_TICK_US));
        due = mono_earlier(due, monitor->judged[kind].due);
    }
    if (awaits_silence(monitor))
        due = mono_earlier(
            due, mono_earlier(monitor->net_until, mono_after(monitor->last, MONITOR_TICK_US)));
    return due;
}

/* ---- what the chassis asks ------------------------------------------------------------------ */

bool
monitor_looks(const struct monitor *monitor)
{
    return monitor->chassis == CHASSIS_ACTIVE;
}

uint8_t
monitor_wants(const struct monitor *monitor)
{
    uint8_t lowest = SRP_NOT_DEFINED;

    for (uint8_t kind = 0; kind < MONITOR_KIND_N; kind++) {
        if (wants_kind(monitor, kind) && (lowest == SRP_NOT_DEFINED || kinds[kind].reason < lowest))
            lowest = kinds[kind].reason;
    }
    return lowest;
}

uint32_t
monitor_down(const struct monitor *monitor)
{
    uint32_t mask = 0;

    for (size_t kind = 0; kind < MONITOR_KIND_N; kind++) {
        if (monitor->judged[kind].down)
            mask |= UINT32_C(1) << kinds[kind].reason;
    }
    return mask;
}

bool
monitor_chassis_bfd_down(const struct monitor *monitor)
{
    return any_unit_down(&monitor->setup, MONITOR_BFD, true);
}

bool
monitor_chassis_bfd_fell(const struct monitor *monitor)
{
    return monitor->chassis_seen && monitor_chassis_bfd_down(monitor);
}

uint32_t
monitor_latched(const struct monitor *monitor)
{
    uint32_t mask = 0;

    for (size_t kind = 0; kind < MONITOR_KIND_N; kind++) {
        if (monitor->judged[kind].latched)
            mask |= UINT32_C(1) << kinds[kind].reason;
    }
    return mask;
}

void
monitor_latch(struct monitor *monitor, uint32_t latched)
{
    for (uint8_t kind = 0; kind < MONITOR_KIND_N; kind++)
        monitor->judged[kind].latched = may_latch(kind) && (latched >> kinds[kind].reason & 1) != 0;
}

char
monitor_kind_letter(uint8_t kind)
{
    return kind < MONITOR_KIND_N ? kinds[kind].letter : '?';
}

const char *
monitor_kind_name(uint8_t kind)
{
    return kind < MONITOR_KIND_N ? kinds[kind].name : "unknown";
}

const char *
monitor_state_name(uint8_t state)
{
    return state == MONITOR_UP ? "Up" : state == MONITOR_DOWN ? "Down" : "Init";
}

char
monitor_state_letter(uint8_t state)
{
    static const char letters[MONITOR_STATE_N] = {
#define X(name, letter) [name] = letter,
        MONITOR_STATES(X)
#undef X
    };

    return state < MONITOR_STATE_N ? letters[state] : '?';
}
