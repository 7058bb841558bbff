#include <string.h>

#include "explore_world.h"

/* Where a world begins, and where it ends when it is left in peace. */

/* ---- a fair run ----------------------------------------------------------------------------- */

typedef void say_fn(const struct xworld *w, unsigned action);

static bool
fair_step(struct xworld *w, enum xstep step, int i, say_fn *say)
{
    unsigned action = (unsigned)step * 2 + (unsigned)i;

    if (!xworld_step(w, action))
        return false;
    if (say)
        say(w, action);
    return true;
}

static void
mend(struct xworld *w, say_fn *say)
{
    w->left = (struct xbudget){0};
    if (!w->link)
        (void)fair_step(w, XS_LINK, 0, say);
    for (int i = 0; i < 2; i++) {
        (void)fair_step(w, XS_START, i, say);
        if (w->mute[i])
            (void)fair_step(w, XS_MUTE, i, say);
        if (w->core[i].monitors)
            (void)fair_step(w, XS_MONITOR, i, say);
    }
}

/* Everything that can happen now does, until nothing is left. */
static void
calm(struct xworld *w, say_fn *say)
{
    enum { MOST = 100 };
    unsigned steps = 0;

    for (bool moved = true; moved && !w->broken;) {
        moved = false;
        for (int i = 0; i < 2; i++) {
            moved |= fair_step(w, XS_DELIVER, i, say);
            moved |= fair_step(w, XS_CARDS, i, say);
        }
        if (++steps > MOST)
            xworld_break(w, "R8", "hellos answer hellos without end");
    }
}

/* Since when is it so? */
static void
note(mono_t *since, mono_t now, bool is_so)
{
    if (!is_so)
        *since = MONO_NEVER;
    else if (since->us == MONO_NEVER.us)
        *since = now;
}

static bool
are_both_active(const struct xworld *w)
{
    return w->core[0].state == CHASSIS_ACTIVE && w->core[1].state == CHASSIS_ACTIVE;
}

void
xworld_fair(struct xworld *w, say_fn *say)
{
    mono_t end = mono_after(w->now, X_FAIR * X_DEAD_US);
    mono_t since = MONO_NEVER, both = MONO_NEVER;

    mend(w, say);
    while (!w->broken) {
        calm(w, say);
        note(&since, w->now, xcheck_settled(w));
        note(&both, w->now, are_both_active(w));
        if (both.us != MONO_NEVER.us && mono_between(both, w->now) > X_HELLO_US)
            xworld_break(w, "R1", "both stay Active although they hear each other");
        if (since.us != MONO_NEVER.us && mono_between(since, w->now) > X_DEAD_US)
            return;
        if (mono_reached(w->now, end))
            xworld_break(w, "R8", "without faults, the pair is not one Active and one Standby");
        else if (!w->broken)
            (void)fair_step(w, XS_TIME, 0, say);
    }
}

/* ---- beginnings ------------------------------------------------------------------------------ */

const char *
xroot_text(enum xroot root)
{
    static const char *const texts[XR_N] = {
        [XR_INIT] = "both in Init",
        [XR_ALONE] = "A in Init, B not started",
        [XR_READY] = "Active and Standby, ready for a switchover",
        [XR_EARLY] = "Active and Standby, ready; allow-all-data-traffic, early transition",
        [XR_BFD] = "Active and Standby, ready; dead interval ignored, control outage optimised",
    };

    return texts[root];
}

void
xworld_begin(struct xworld *w, enum xroot root, const struct xbudget *budget, enum xplant plant)
{
    memset(w, 0, sizeof *w);
    w->now.us = 1000 * US_PER_S;
    w->plant = plant;
    w->link = true;
    w->options = root == XR_EARLY ? SRP_ALLOW_ALL_DATA | SRP_EARLY_ACTIVE
                 : root == XR_BFD ? SRP_CONTROL_OPTIMIZATION
                                  : 0;
    w->ignore_dead = root == XR_BFD;
    (void)xworld_step(w, XS_START * 2);
    if (root != XR_ALONE)
        (void)xworld_step(w, XS_START * 2 + 1);
    if (root >= XR_READY)
        xworld_fair(w, NULL);
    w->clean = true;
    w->left = *budget;
}
