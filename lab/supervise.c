#include "lab/supervise.h"

void
sup_init(struct sup *sup, bool always, int64_t delay_us)
{
    *sup = (struct sup){.always = always, .delay_us = delay_us, .since = MONO_NEVER};
    sup->due = MONO_NEVER;
}

void
sup_started(struct sup *sup, enum sup_why why, mono_t now)
{
    sup->runs = true;
    sup->owed = false;
    sup->restarts += why != SUP_ASKED;
    if (why == SUP_ASKED)
        sup->failures = 0;
    sup->since = now;
    sup->due = MONO_NEVER;
}

static int64_t
delay_of(const struct sup *sup)
{
    uint32_t doublings = sup->failures < SUP_DOUBLINGS ? sup->failures : SUP_DOUBLINGS;
    int64_t delay = sup->delay_us;

    if (sup->failures > 0 && delay < SUP_LEAST_MS * US_PER_MS)
        delay = SUP_LEAST_MS * US_PER_MS;
    return sup->failures > 1 ? delay << (doublings - 1) : delay;
}

void
sup_ended(struct sup *sup, bool failed, mono_t now)
{
    bool steady = mono_between(sup->since, now) >= SUP_STEADY_S * US_PER_S;

    if (!sup->runs)
        return;
    sup->runs = false;
    sup->failures = !failed ? 0 : steady ? 1 : sup->failures + 1;
    if (sup->holds > 0) {
        sup->owed = true;
    } else if (sup->always) {
        sup->due = mono_after(now, delay_of(sup));
        sup->why = SUP_POLICY;
    }
}

void
sup_not_started(struct sup *sup, mono_t now)
{
    sup->failures++;
    sup->due = mono_after(now, delay_of(sup));
}

void
sup_found_dead(struct sup *sup, mono_t now)
{
    if (sup->runs || !sup->always || sup->due.us != MONO_NEVER.us)
        return;
    sup->due = mono_after(now, delay_of(sup));
    sup->why = SUP_POLICY;
}

void
sup_hold(struct sup *sup)
{
    sup->owed = sup->owed || sup->runs || sup->due.us != MONO_NEVER.us;
    sup->due = MONO_NEVER;
    sup->holds++;
}

void
sup_release(struct sup *sup, mono_t now)
{
    if (sup->holds == 0 || --sup->holds > 0)
        return;
    if (sup->owed && !sup->runs) {
        sup->due = now;
        sup->why = SUP_RELEASED;
    }
    sup->owed = false;
}

bool
sup_take_due(struct sup *sup, mono_t now)
{
    if (sup->runs || sup->holds > 0 || !mono_reached(now, sup->due))
        return false;
    sup->due = MONO_NEVER;
    return true;
}
