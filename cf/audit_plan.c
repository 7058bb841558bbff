#include "cf/audit_plan.h"

#include <string.h>

#define MIN_US (60 * US_PER_S)
#define DAY_US (24 * 60 * MIN_US)

void
audit_plan_init(struct audit_plan *plan, const struct audit_plan_setup *setup)
{
    memset(plan, 0, sizeof *plan);
    plan->setup = *setup;
}

static int64_t
period_us(const struct audit_plan *plan)
{
    return plan->setup.period_min * MIN_US;
}

/* The last start time at or before that moment. */
static int64_t
last_start(const struct audit_plan *plan, int64_t wall_us)
{
    int64_t start = wall_us - wall_us % DAY_US + plan->setup.start_min * MIN_US;

    return start > wall_us ? start - DAY_US : start;
}

/* A periodic one that meets the start time, or follows it, belongs to the next day. */
static struct audit_instant
next_periodic(const struct audit_plan *plan, int64_t wall_us)
{
    int64_t start = last_start(plan, wall_us), period = period_us(plan);
    int64_t at = start + ((wall_us - start) / period + 1) * period;

    if (at >= start + DAY_US)
        at = start + DAY_US + period;
    return (struct audit_instant){.planned = period < DAY_US, .by_wall = true, .wall_us = at};
}

static void
plan_by_wall(struct audit_plan *plan, int64_t wall_us)
{
    plan->next[AUDIT_PERIODICITY] = next_periodic(plan, wall_us);
    plan->next[AUDIT_DAILY] = (struct audit_instant){
        .planned = true, .by_wall = true, .wall_us = last_start(plan, wall_us) + DAY_US};
}

static void
plan_by_lab(struct audit_plan *plan, mono_t at)
{
    plan->next[AUDIT_PERIODICITY] = (struct audit_instant){.planned = true, .at = at};
}

void
audit_plan_switch(struct audit_plan *plan, bool on, mono_t now, int64_t wall_us)
{
    if (on == plan->on)
        return;
    plan->on = on;
    memset(plan->next, 0, sizeof plan->next);
    if (on && plan->setup.daily)
        plan_by_wall(plan, wall_us);
    else if (on)
        plan_by_lab(plan, mono_after(now, period_us(plan)));
}

static bool
is_reached(const struct audit_instant *instant, mono_t now, int64_t wall_us)
{
    if (!instant->planned)
        return false;
    return instant->by_wall ? wall_us >= instant->wall_us : mono_reached(now, instant->at);
}

/* The next of the instants that began with `first`, beyond now. */
static mono_t
beyond(mono_t first, int64_t period, mono_t now)
{
    return mono_after(first, (mono_between(first, now) / period + 1) * period);
}

enum audit_type
audit_plan_due(struct audit_plan *plan, mono_t now, int64_t wall_us)
{
    enum audit_type due = AUDIT_NONE;

    if (is_reached(&plan->next[AUDIT_DAILY], now, wall_us))
        due = AUDIT_DAILY;
    else if (is_reached(&plan->next[AUDIT_PERIODICITY], now, wall_us))
        due = AUDIT_PERIODICITY;
    if (!plan->on)
        return AUDIT_NONE;
    if (plan->setup.daily)
        plan_by_wall(plan, wall_us); /* anew each time: the clock may have been put back */
    else if (due)
        plan_by_lab(plan, beyond(plan->next[AUDIT_PERIODICITY].at, period_us(plan), now));
    return due;
}
