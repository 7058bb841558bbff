#include <string.h>

#include "explore_world.h"

/* The steps: each is false when it is not possible. */

#define TIMEOUT_US (2 * X_HELLO_US)
#define POST_US    (4 * X_HELLO_US)

static bool
is_frozen(const struct xworld *w, int i)
{
    return w->plant == XP_ENDLESS_PENDING && (w->core[i].state == CHASSIS_PENDING_ACTIVE ||
                                              w->core[i].state == CHASSIS_PENDING_STANDBY);
}

static mono_t
next_deadline(const struct xworld *w)
{
    mono_t due = MONO_NEVER;

    for (int i = 0; i < 2; i++)
        if (xworld_runs(w, i))
            due = mono_earlier(due, is_frozen(w, i) ? mono_after(w->now, X_HELLO_US)
                                                    : srp_deadline(&w->core[i]));
    return due.us > w->now.us ? due : w->now;
}

/* A tick may make another one due, but not without end. */
static void
tick(struct xworld *w, int i)
{
    enum { MOST = 3 };

    for (int n = 0; mono_reached(w->now, srp_deadline(&w->core[i])); n++) {
        if (n == MOST) {
            xworld_break(w, "R7", "the deadline does not move on: the caller spins");
            return;
        }
        xworld_give(w, i, (struct srp_event){.type = SRP_EV_TICK});
    }
}

/* What waits for somebody who runs is late when time passes: that is a fault. */
static bool
pass_time(struct xworld *w)
{
    bool late = (xworld_runs(w, 0) && w->to[0].n) || (xworld_runs(w, 1) && w->to[1].n);
    mono_t due = next_deadline(w);

    if (due.us == MONO_NEVER.us || (late && w->left.faults == 0))
        return false;
    if (due.us > w->now.us) {
        w->left.faults -= late;
        w->clean &= !late;
        for (int i = 0; i < 2; i++)
            w->clean &= !xworld_runs(w, i) || xcore_has_obeyed(&w->core[i]);
    }
    for (int i = 0; i < 2; i++)
        w->may_be_late[i] &= due.us == w->now.us;
    w->now = due;
    for (int i = 0; i < 2; i++)
        if (xworld_runs(w, i) && !is_frozen(w, i))
            tick(w, i);
    return true;
}

static bool
spend(struct xworld *w)
{
    if (w->left.faults == 0)
        return false;
    w->left.faults--;
    w->clean = false;
    return true;
}

static bool
toggle_link(struct xworld *w)
{
    if (w->link && !spend(w))
        return false;
    w->link = !w->link;
    for (int i = 0; i < 2; i++) {
        w->to[i].n = 0;
        xworld_connect(w, i, w->link && w->alive[!i]);
    }
    return true;
}

static struct srp_hello
take(struct xworld *w, int i)
{
    struct xsky *sky = &w->to[i];
    struct srp_hello first = sky->hello[0];

    memmove(&sky->hello[0], &sky->hello[1], --sky->n * sizeof first);
    return first;
}

static bool
hears(struct xworld *w, int i, enum xstep step)
{
    if (!xworld_runs(w, i) || w->to[i].n == 0 || (step != XS_DELIVER && !spend(w)))
        return false;

    struct srp_hello hello = take(w, i);

    if (step == XS_TWICE)
        w->to[i].hello[w->to[i].n++] = hello;
    if (step != XS_LOSE)
        xworld_give(w, i, (struct srp_event){.type = SRP_EV_HELLO, .hello = hello});
    return true;
}

static bool
report(struct xworld *w, int i, bool fit)
{
    struct srp_cards cards = xcore_cards(&w->core[i]);

    if (!xworld_runs(w, i) || (fit ? xcore_has_obeyed(&w->core[i]) : !w->core[i].cards.serviceable))
        return false;
    if (!fit) {
        if (!spend(w))
            return false;
        cards.serviceable = false;
        cards.done = 0;
    }
    xworld_give(w, i, (struct srp_event){.type = SRP_EV_CARDS, .cards = cards});
    return true;
}

/* A refused command changes nothing: it is tried, and is no step. Force is for what is refused. */
static bool
initiate(struct xworld *w, int i, bool force)
{
    struct srp_event ev = {
        .type = SRP_EV_SWITCHOVER, .force = force, .timeout_us = TIMEOUT_US, .post_us = POST_US};
    uint8_t n = 0;

    if (!xworld_runs(w, i) || w->left.switches == 0 ||
        (force && srp_readiness(&w->core[i], false, &n) == SRP_READY))
        return false;
    if (srp_readiness(&w->core[i], force, &n) == SRP_READY) {
        w->left.switches--;
        xworld_give(w, i, ev);
        return true;
    }

    struct xworld tried = *w;

    xworld_give(&tried, i, ev);
    if (!tried.broken)
        return false;
    *w = tried;
    return true;
}

static bool
terminate(struct xworld *w, int i)
{
    if (!xworld_runs(w, i) || w->core[i].state != CHASSIS_ACTIVE || w->core[i].phase == SRP_SETTLED)
        return false;
    xworld_give(w, i, (struct srp_event){.type = SRP_EV_TERMINATE});
    return true;
}

static bool
monitor(struct xworld *w, int i)
{
    bool fails = w->core[i].monitors == 0;

    if (!xworld_runs(w, i) || (fails && w->left.monitors == 0))
        return false;
    w->left.monitors -= fails;
    xworld_give(w, i,
                (struct srp_event){
                    .type = SRP_EV_MONITOR,
                    .reason = (uint8_t)(fails ? SRP_BGP_FAILURE : SRP_NOT_DEFINED),
                    .monitors = fails ? 1u << SRP_BGP_FAILURE : 0,
                    .chassis_bfd_down = fails,
                    .chassis_bfd_fell = fails,
                });
    return true;
}

static bool
begin_again(struct xworld *w, int i)
{
    if (xworld_runs(w, i))
        return false;
    if (w->stopped[i]) {
        w->stopped[i] = false;
        tick(w, i);
    } else {
        xworld_start(w, i);
    }
    return true;
}

static bool
crash(struct xworld *w, int i)
{
    if (!w->alive[i] || !spend(w))
        return false;
    memset(&w->core[i], 0, sizeof w->core[i]);
    w->said[i] = w->late[i] = (struct srp_snapshot){0};
    w->may_be_late[i] = false;
    w->alive[i] = w->stopped[i] = false;
    w->committed[i] = 0;
    w->to[i].n = 0;
    xworld_connect(w, !i, false);
    return true;
}

static bool
stop(struct xworld *w, int i)
{
    if (!xworld_runs(w, i) || !spend(w))
        return false;
    w->stopped[i] = true;
    return true;
}

static bool
change_cf(struct xworld *w, int i, bool late)
{
    if (!xworld_runs(w, i) || (late && !w->may_be_late[i]) || !spend(w))
        return false;

    struct srp_snapshot snapshot = late ? w->late[i] : w->said[i];
    struct srp_setup setup = w->core[i].setup;

    if (w->plant == XP_EMPTY_ADOPT)
        snapshot = (struct srp_snapshot){.incarnation = snapshot.incarnation};
    setup.cf_epoch++;
    xworld_connect(w, !i, false);
    if (!late && snapshot.epoch < w->core[i].epoch)
        xworld_break(w, "R2", "the epoch of a chassis fell with its CF");
    srp_adopt(&w->core[i], &setup, &snapshot, w->now);
    w->said[i] = srp_snapshot(&w->core[i]);
    w->may_be_late[i] = false;
    xworld_give(w, i, (struct srp_event){.type = SRP_EV_FLOOR, .epoch = w->committed[i]});
    if (w->link)
        for (int k = 0; k < 2; k++)
            xworld_connect(w, k, w->alive[!k]);
    return true;
}

static bool
toggle_mute(struct xworld *w, int i)
{
    if (!w->mute[i] && (!w->link || !spend(w)))
        return false;
    w->mute[i] = !w->mute[i];
    return true;
}

static bool
take_step(struct xworld *w, enum xstep step, int i)
{
    switch (step) {
    case XS_TIME:
        return i == 0 && pass_time(w);
    case XS_LINK:
        return i == 0 && toggle_link(w);
    case XS_DELIVER:
    case XS_LOSE:
    case XS_TWICE:
        return hears(w, i, step);
    case XS_CARDS:
    case XS_UNFIT:
        return report(w, i, step == XS_CARDS);
    case XS_INITIATE:
    case XS_FORCE:
        return initiate(w, i, step == XS_FORCE);
    case XS_TERMINATE:
        return terminate(w, i);
    case XS_MONITOR:
        return monitor(w, i);
    case XS_START:
        return begin_again(w, i);
    case XS_CRASH:
        return crash(w, i);
    case XS_STOP:
        return stop(w, i);
    case XS_CF:
    case XS_LATE_CF:
        return change_cf(w, i, step == XS_LATE_CF);
    case XS_MUTE:
        return toggle_mute(w, i);
    case XS_N:
        break;
    }
    return false;
}

bool
xworld_step(struct xworld *w, unsigned action)
{
    if (!take_step(w, (enum xstep)(action / 2), (int)(action % 2)))
        return false;
    xcheck_state(w);
    return true;
}
