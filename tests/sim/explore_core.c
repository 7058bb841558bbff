#include <assert.h>
#include <string.h>

#include "explore_world.h"

/* One core and what surrounds it: its setup, its cards, its hellos, the bugs planted there. */

enum { A_ADDR = 0x7f000101, B_ADDR = 0x7f000102, FIRST_CF = 2, RM_THRESHOLD = 4 };

#define RETRY_US (5 * X_HELLO_US)

void
xworld_break(struct xworld *w, const char *promise, const char *why)
{
    size_t len = strlen(why);

    if (w->broken)
        return;
    assert(len < sizeof w->why);
    w->broken = promise;
    memcpy(w->why, why, len + 1);
}

/* ---- one core ------------------------------------------------------------------------------ */

static struct srp_setup
setup_of(struct xworld *w, int i)
{
    bool twin = w->plant == XP_TWIN;
    struct srp_setup setup = {
        .rank = {.mode = i == 0 || twin ? SRP_PRIMARY : SRP_BACKUP,
                 .priority = i == 0 || twin ? 10 : 20,
                 .mac = {2, 0, 0, 0, 0, (uint8_t)(twin ? 1 : i + 1)},
                 .addr = i == 0 || twin ? A_ADDR : B_ADDR},
        .peer_addr = i == 0 ? B_ADDR : A_ADDR,
        .hello_us = X_HELLO_US,
        .dead_us = X_DEAD_US,
        .delay_us = X_HELLO_US,
        .rm_threshold = RM_THRESHOLD,
        .rm_delta = w->plant == XP_NO_DELTA ? 0 : 1,
        .cf_epoch = FIRST_CF,
        .restart = (uint8_t)(40 + i),
        .options = w->options,
        .ignore_dead = w->ignore_dead,
        .standby_announce_us = -1,
        .retry_us = RETRY_US,
        .retries = 1,
    };

    setup.incarnation = ++w->starts;
    if (w->plant == XP_OLD_INCARNATION)
        setup.incarnation = 100 - w->starts;
    if (w->plant == XP_SAME_EPOCHS)
        setup.peer_addr = UINT32_MAX;
    return setup;
}

struct srp_cards
xcore_cards(const struct srp *srp)
{
    const struct role_body *role = &srp->role;

    return (struct srp_cards){
        .order = role->order,
        .done = DONE_COMMITTED | (role->flush ? (unsigned)DONE_FLUSHED : 0u) |
                (role->announce ? (unsigned)(DONE_ANNOUNCED | DONE_CONVERGED)
                                : (unsigned)DONE_WITHDRAWN) |
                (role->audit ? (unsigned)DONE_AUDITED : 0u),
        .serviceable = true,
        .sessmgrs = 2,
        .ready = 2,
        .synced = true,
        .sessions = 7,
    };
}

bool
xcore_has_obeyed(const struct srp *srp)
{
    struct srp_cards good = xcore_cards(srp);

    return srp->cards.order == good.order && srp->cards.done == good.done && srp->cards.serviceable;
}

static void
spoil_hello(enum xplant plant, struct srp_hello *hello)
{
    if (plant == XP_FORGOTTEN_ANSWER)
        hello->answer_id = 0;
}

static void
send_hello(struct xworld *w, int i)
{
    struct srp_hello hello = srp_next_hello(&w->core[i]);
    struct xsky *sky = &w->to[!i];

    if (!w->link || w->mute[i] || !w->alive[!i])
        return;
    spoil_hello(w->plant, &hello);
    if (sky->n == X_QUEUE)
        memmove(&sky->hello[0], &sky->hello[1], --sky->n * sizeof hello);
    sky->hello[sky->n++] = hello;
}

static void
spoil_role(const struct xworld *w, struct srp *srp)
{
    if (w->plant == XP_OPEN_GATES && srp->state == CHASSIS_STANDBY)
        srp->role.gates = GATE_DATA;
    if (w->plant == XP_EAGER_ROUTES && srp->state == CHASSIS_PENDING_ACTIVE)
        srp->role.announce = true;
}

static void
spoil_refusal(const struct xworld *w, struct srp *srp, const struct srp_result *r)
{
    if (w->plant == XP_EAGER_REFUSAL && r->refusal != SRP_READY)
        srp->phase = SRP_POST;
}

/* Events that a planted bug takes away, or makes something else of. */
static bool
spoil_event(const struct xworld *w, struct srp *srp, struct srp_event *ev)
{
    bool both = ev->type == SRP_EV_HELLO && srp->state == CHASSIS_ACTIVE &&
                ev->hello.state == CHASSIS_ACTIVE;

    if (w->plant == XP_DEAF_ACTIVE && both) {
        srp->peer = ev->hello;
        srp->heard = w->now;
        srp->peer_known = true;
        return true;
    }
    if (w->plant == XP_HASTY && ev->type == SRP_EV_LINK && !ev->up && srp->peer_known) {
        srp->heard.us -= X_DEAD_US;
        ev->type = SRP_EV_TICK;
    }
    return false;
}

/* The standby CF is told first; the CF may die before that is out, its hello may not. */
static void
keep_snapshot(struct xworld *w, int i, const struct srp_result *r)
{
    w->may_be_late[i] = false;
    if (!(r->actions & (SRP_DO_ROLE | SRP_DO_PEER | SRP_DO_SHARE)) && r->phase_from == r->phase_to)
        return;
    w->late[i] = w->said[i];
    w->may_be_late[i] = w->late[i].incarnation == w->core[i].incarnation;
    w->said[i] = srp_snapshot(&w->core[i]);
}

void
xworld_give(struct xworld *w, int i, struct srp_event ev)
{
    struct srp *srp = &w->core[i];
    struct srp before = *srp;

    ev.now = w->now;
    if (spoil_event(w, srp, &ev))
        return;
    if (ev.type == SRP_EV_CARDS && (ev.cards.done & DONE_COMMITTED) &&
        ev.cards.order == srp->role.order)
        w->committed[i] = srp->role.srp_epoch;

    struct srp_result r = srp_step(srp, &ev);

    spoil_role(w, srp);
    spoil_refusal(w, srp, &r);
    xcheck_step(w, i, &before, &ev, &r);
    keep_snapshot(w, i, &r);
    if (r.actions & SRP_DO_HELLO)
        send_hello(w, i);
}

bool
xworld_runs(const struct xworld *w, int i)
{
    return w->alive[i] && !w->stopped[i];
}

/* Both see the control connection come and go. */
void
xworld_connect(struct xworld *w, int i, bool up)
{
    if (w->alive[i] && w->core[i].link_up != up)
        xworld_give(w, i, (struct srp_event){.type = SRP_EV_LINK, .up = up});
}

void
xworld_start(struct xworld *w, int i)
{
    struct srp_setup setup = setup_of(w, i);

    srp_init(&w->core[i], &setup, w->now);
    w->alive[i] = true;
    w->committed[i] = 0;
    w->said[i] = srp_snapshot(&w->core[i]);
    w->may_be_late[i] = false;
    if (w->link)
        for (int k = 0; k < 2; k++)
            xworld_connect(w, k, w->alive[!k]);
}
