/* monitor_one.h - one chassis' monitors, and eyes that report what the test wants
 *
 * Ownership  plain values
 * Time       virtual, from `zero`
 * Errors     check's assertions
 * Threads    the test's
 */
#ifndef VPCLAB_MONITOR_ONE_H
#define VPCLAB_MONITOR_ONE_H

#include <check.h>

#include "cf/monitor/monitor.h"

/* Seconds of the guard timers in these tests. */
enum { GUARD = 60, DAMPING = 40 };

static const mono_t zero = {.us = 1000000000};

static inline mono_t
at(int64_t s)
{
    return mono_after(zero, s * US_PER_S);
}

static inline void
add(struct monitor_setup *setup, struct monitor_target target)
{
    setup->targets[setup->target_n++] = target;
}

static inline struct monitor_setup
targets_of(uint8_t kind, uint8_t n)
{
    struct monitor_setup setup = {0};

    for (uint8_t i = 0; i < n; i++)
        add(&setup, (struct monitor_target){.kind = kind});
    return setup;
}

static inline struct monitor
started(const struct monitor_setup *setup)
{
    struct monitor monitor;

    monitor_init(&monitor, setup, zero);
    return monitor;
}

static inline unsigned
report(struct monitor *monitor, mono_t now, uint8_t target, uint8_t state)
{
    return monitor_step(
        monitor, &(struct monitor_event){
                     .now = now, .type = MONITOR_EV_REPORT, .target = target, .state = state});
}

static inline unsigned
enter(struct monitor *monitor, mono_t now, enum chassis_state state, enum srp_reason reason)
{
    return monitor_step(monitor, &(struct monitor_event){.now = now,
                                                         .type = MONITOR_EV_ROLE,
                                                         .chassis = (uint8_t)state,
                                                         .reason = (uint8_t)reason});
}

/* Take over, or hand over, all the way. */
static inline unsigned
become(struct monitor *monitor, mono_t now, bool active, enum srp_reason reason)
{
    unsigned actions = 0;

    if (active && monitor->chassis != CHASSIS_ACTIVE)
        actions = enter(monitor, now, CHASSIS_PENDING_ACTIVE, reason);
    if (!active)
        actions = enter(monitor, now, CHASSIS_PENDING_STANDBY, reason);
    return actions | enter(monitor, now, active ? CHASSIS_ACTIVE : CHASSIS_STANDBY, reason);
}

static inline unsigned
card(struct monitor *monitor, mono_t now, bool lost, bool demux)
{
    return monitor_step(
        monitor,
        &(struct monitor_event){.now = now, .type = MONITOR_EV_CARD, .lost = lost, .demux = demux});
}

static inline unsigned
event(struct monitor *monitor, mono_t now, enum monitor_event_type type, uint8_t kind)
{
    return monitor_step(monitor, &(struct monitor_event){.now = now, .type = type, .kind = kind});
}

static inline unsigned
all(struct monitor *monitor, mono_t now, uint8_t state)
{
    unsigned actions = 0;

    for (uint8_t i = 0; i < monitor->setup.target_n; i++)
        actions |= report(monitor, now, i, state);
    return actions;
}

/* Call it whenever it asks to be, until and at `until`; the actions asked for meanwhile. */
static inline unsigned
idle(struct monitor *monitor, mono_t until)
{
    unsigned actions = 0;

    while (!mono_reached(monitor_deadline(monitor), until))
        actions |= event(monitor, monitor_deadline(monitor), MONITOR_EV_TICK, 0);
    return actions | event(monitor, until, MONITOR_EV_TICK, 0);
}

/* An Active without guard timers: every fall is judged at once. */
static inline struct monitor
active(const struct monitor_setup *setup)
{
    struct monitor monitor = started(setup);

    (void)become(&monitor, zero, true, SRP_NOT_DEFINED);
    return monitor;
}

/* Targets of one kind with both its guard timers, Standby yet. */
static inline struct monitor
guarded(uint8_t kind, uint8_t n)
{
    struct monitor_setup setup = targets_of(kind, n);

    setup.after_switch[kind] = setup.after_failure[kind] =
        (struct monitor_guard){GUARD * US_PER_S, DAMPING * US_PER_S};
    return started(&setup);
}

#endif
