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

/* ---- rules ------------------------------------------------------------------------------- */

/* Do these two stand in for each other, so that one that is not down suffices? */
static bool
same_unit(const struct monitor_setup *setup, const struct monitor_target *a,
          const struct monitor_target *b)
{
    if (a->kind != b->kind || a->chassis_to_chassis != b->chassis_to_chassis)
        return false;
    if (a->kind == MONITOR_DIAMETER)
        return a->group == b->group;
    if (a->kind == MONITOR_BGP)
        return a->group == b->group &&
               (a->group != 0 || setup->bgp_exclusive || a->context == b->context);
    return true;
}

/* Init is not down: nobody has judged it yet. */
static bool
unit_down(const struct monitor_setup *setup, const struct monitor_target *member)
{
    for (size_t i = 0; i < setup->target_n; i++) {
        if (same_unit(setup, member, &setup->targets[i]) && setup->targets[i].state != MONITOR_DOWN)
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
            unit_down(setup, target))
            return true;
    }
    return false;
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

static unsigned
judge(struct monitor *monitor, uint8_t kind, mono_t now)
{
    struct monitor_judged *judged = &monitor->judged[kind];
    bool down = any_unit_down(&monitor->setup, kind, false);

    if (down == judged->down)
        return 0;
    judged->down = down;
    judged->since = now;
    disarm(monitor, kind);
    if (!down)
        return 0;
    if (!mono_reached(now, monitor->guard_until[kind]))
        damp(monitor, kind, now);
    if (kind != MONITOR_AAA)
        return 0;
    monitor->aaa_lost = true;
    return MONITOR_DO_AAA_LOST;
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
    if (target->kind == MONITOR_AAA && state == MONITOR_UP && monitor->aaa_lost) {
        monitor->aaa_lost = false;
        actions |= MONITOR_DO_AAA_BACK;
    }
    return actions | judge(monitor, target->kind, now);
}

/* ---- events ------------------------------------------------------------------------------- */

static unsigned
report(struct monitor *monitor, const struct monitor_event *ev, mono_t now)
{
    struct monitor_target *target;

    if (ev->target >= monitor->setup.target_n || ev->state >= MONITOR_STATE_N)
        return 0;
    target = &monitor->setup.targets[ev->target];
    if (is_probed(target->kind) && !monitor->active)
        return 0; /* an eye that had not closed yet */
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

static unsigned
role(struct monitor *monitor, const struct monitor_event *ev, mono_t now)
{
    bool became = ev->active && !monitor->active;

    if (!ev->active) {
        monitor->active = false;
        return forget_probes(monitor, now);
    }
    for (uint8_t kind = 0; kind < MONITOR_KIND_N; kind++)
        monitor->judged[kind].latched = may_latch(kind) && ev->reason == kinds[kind].reason;
    if (became)
        start_guards(monitor, monitor->setup.after_switch, now);
    monitor->active = true; /* after the guards: nothing is wanted before they run */
    return 0;
}

static unsigned
apply(struct monitor *monitor, const struct monitor_event *ev, mono_t now)
{
    switch (ev->type) {
    case MONITOR_EV_REPORT:
        return report(monitor, ev, now);
    case MONITOR_EV_ROLE:
        return role(monitor, ev, now);
    case MONITOR_EV_RESTART:
        start_guards(monitor, monitor->setup.after_failure, now);
        return 0;
    case MONITOR_EV_RESET:
        if (ev->kind < MONITOR_KIND_N)
            monitor->judged[ev->kind].latched = false;
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
    unsigned actions;

    forgive_sleep(monitor, now);
    monitor->last = now;
    actions = apply(monitor, ev, now);
    ripen(monitor, now); /* after the report: what recovered just in time does not switch */
    if (wanted != monitor_wants(monitor) || down != monitor_down(monitor) ||
        chassis_down != monitor_chassis_bfd_down(monitor))
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
    return due;
}

/* ---- what the chassis asks ------------------------------------------------------------------ */

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
