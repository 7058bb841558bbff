#include <stdio.h>

#include "explore_world.h"

/* The promises (ARCHITECTURE.md lists them) that two cores can break by themselves. */

static bool
is_pending(const struct srp *srp)
{
    return srp->state == CHASSIS_PENDING_ACTIVE || srp->state == CHASSIS_PENDING_STANDBY;
}

static bool
serves(const struct srp *srp)
{
    return srp->state == CHASSIS_PENDING_ACTIVE || srp->state == CHASSIS_ACTIVE;
}

static bool
same_rank(const struct srp_hello *h, const struct srp *other)
{
    return h->rank.fresh == other->rank.fresh &&
           h->rank.route_modifier == other->rank.route_modifier;
}

/* Does `srp` know `other` as it is? */
static bool
knows(const struct srp *srp, const struct srp *other)
{
    const struct srp_hello *h = &srp->peer;

    return srp->peer_known && h->incarnation == other->incarnation &&
           h->cf_epoch == other->setup.cf_epoch && h->epoch == other->epoch &&
           h->state == other->state && h->phase == other->phase && same_rank(h, other);
}

bool
xcheck_heard(const struct xworld *w)
{
    for (int i = 0; i < 2; i++)
        if (!w->alive[i] || w->stopped[i] || w->mute[i] || w->to[i].n ||
            !knows(&w->core[i], &w->core[!i]))
            return false;
    return w->link;
}

bool
xcheck_settled(const struct xworld *w)
{
    const struct srp *a = &w->core[0], *b = &w->core[1];

    return xcheck_heard(w) && a->phase == SRP_SETTLED && b->phase == SRP_SETTLED &&
           ((a->state == CHASSIS_ACTIVE && b->state == CHASSIS_STANDBY) ||
            (a->state == CHASSIS_STANDBY && b->state == CHASSIS_ACTIVE));
}

/* ---- one step -------------------------------------------------------------------------------- */

static bool
alike(const struct srp *a, const struct srp *b)
{
    return a->state == b->state && a->phase == b->phase && a->epoch == b->epoch &&
           a->role.order == b->role.order && a->role.srp_epoch == b->role.srp_epoch &&
           a->role.gates == b->role.gates && a->role.announce == b->role.announce;
}

/* What was due at that instant may happen with any event, with a refused one, too. */
static void
check_refusal(struct xworld *w, const struct srp *srp, const struct srp *before)
{
    struct srp idle = *before;

    (void)srp_step(&idle, &(struct srp_event){.now = w->now, .type = SRP_EV_TICK});
    if (!alike(srp, before) && !alike(srp, &idle))
        xworld_break(w, "R6", "a refused switchover changed the chassis");
}

/* Nothing but silence for the dead interval, the peer's wish or its idling makes a Standby
 * take over. */
static void
check_takeover(struct xworld *w, const struct srp *srp, const struct srp *before,
               const struct srp_event *ev)
{
    bool slept = mono_between(before->last, w->now) > X_HELLO_US * 3 / 2;
    int64_t bound = srp->setup.ignore_dead ? X_HELLO_US * 3 / 2 : X_DEAD_US;
    bool silent = slept || mono_between(before->heard, w->now) >= bound;

    if (srp->setup.ignore_dead && !srp->chassis_bfd_down)
        silent = false;

    if (ev->type == SRP_EV_HELLO)
        silent = srp->planned || srp_level(srp->peer.state, &srp->peer.rank) <=
                                     srp_level(CHASSIS_PENDING_STANDBY, &srp->rank);
    if (!silent)
        xworld_break(w, "R5", "a Standby takes over from a peer that is neither silent nor idle");
}

/* What was executed, in all worlds of this process. */
static uint32_t inputs_seen[SRP_INPUTS], steps_seen[SRP_STEPS];

static void
note_coverage(const struct srp *srp)
{
    for (unsigned i = 0; i < SRP_INPUTS; i++)
        inputs_seen[i] |= srp->seen_inputs[i];
    for (unsigned i = 0; i < SRP_STEPS; i++)
        steps_seen[i] |= srp->seen_steps[i];
}

void
xcheck_coverage(char text[X_TEXT])
{
    unsigned all = 0, seen = 0;

    for (unsigned i = 0; i < SRP_INPUTS; i++)
        for (unsigned k = 0; k < CHASSIS_STATE_N; k++)
            if (srp_cell(i, k) != 0) {
                all++;
                seen += inputs_seen[i] >> k & 1;
            }
    for (unsigned i = 0; i < SRP_STEPS; i++)
        for (unsigned k = 0; k < SRP_PHASE_N; k++)
            if (srp_phase_cell(i, k) != 0) {
                all++;
                seen += steps_seen[i] >> k & 1;
            }
    (void)snprintf(text, X_TEXT, "%u of %u", seen, all);
}

void
xcheck_step(struct xworld *w, int i, const struct srp *before, const struct srp_event *ev,
            const struct srp_result *r)
{
    const struct srp *srp = &w->core[i];

    note_coverage(srp);
    if (r->from == CHASSIS_STANDBY && r->to == CHASSIS_PENDING_ACTIVE)
        check_takeover(w, srp, before, ev);
    if (srp->incarnation == before->incarnation && srp->epoch < before->epoch)
        xworld_break(w, "R2", "the epoch of a chassis fell");
    if (ev->type == SRP_EV_SWITCHOVER && r->refusal != SRP_READY)
        check_refusal(w, srp, before);
    if (r->from == CHASSIS_PENDING_ACTIVE && r->to == CHASSIS_ACTIVE &&
        r->reason != SRP_FORCE_STATE_CHANGE && w->committed[i] != before->role.srp_epoch)
        xworld_break(w, "M4", "Active before its cards have the sessions");
    if (w->clean && r->from != r->to && r->reason == SRP_FORCE_STATE_CHANGE)
        xworld_break(w, "R6", "a change of roles ran into its time limit without any fault");
    if (w->clean && r->rolled_back && srp->refusal == SRP_NO_RESPONSE)
        xworld_break(w, "R6", "a request was never answered, without any fault");
}

/* ---- one state ------------------------------------------------------------------------------- */

static void
check_orders(struct xworld *w, const struct srp *srp, int i)
{
    const struct role_body *role = &srp->role;
    bool idles = srp->state == CHASSIS_STANDBY || srp->state == CHASSIS_INIT;

    if (role->state != srp->state)
        xworld_break(w, "R3", "the cards were not told of the new state");
    if (idles && (role->gates != 0 || role->announce))
        xworld_break(w, "R3", "a chassis that idles orders to serve or to announce");
    if (srp->state == CHASSIS_PENDING_ACTIVE && role->announce &&
        w->committed[i] != role->srp_epoch)
        xworld_break(w, "M4", "routes are announced before the cards have the sessions");
    if (serves(srp) && role->srp_epoch != srp->epoch)
        xworld_break(w, "R2", "the cards serve in another epoch than the chassis");
}

static void
check_core(struct xworld *w, int i)
{
    const struct srp *srp = &w->core[i];

    check_orders(w, srp, i);
    if (serves(srp) && (srp->epoch == 0 || srp->epoch % 2 != (unsigned)i))
        xworld_break(w, "R2", "a chassis serves in an epoch that its peer started");
    if (w->stopped[i] || !is_pending(srp))
        return;
    if (srp_deadline(srp).us == MONO_NEVER.us)
        xworld_break(w, "R7", "a pending state waits for ever");
    if (mono_between(srp->entered, w->now) > srp_pending_limit(srp))
        xworld_break(w, "R7", "a pending state lasts longer than it may");
}

static void
check_pair(struct xworld *w)
{
    const struct srp *a = &w->core[0], *b = &w->core[1];

    if (a->state == CHASSIS_ACTIVE && b->state == CHASSIS_ACTIVE)
        xworld_break(w, "R1", "both are Active, and each knows it of the other");
    if (!serves(a) && !serves(b) && !is_pending(a) && !is_pending(b))
        xworld_break(w, "R4", "both idle, and each knows it of the other");
    if (!xcheck_settled(w))
        return;

    const struct srp *active = a->state == CHASSIS_ACTIVE ? a : b;
    const struct srp *standby = active == a ? b : a;

    if (active->rank.route_modifier >= standby->rank.route_modifier)
        xworld_break(w, "M2", "the Active's route modifier is not below the Standby's");
}

void
xcheck_state(struct xworld *w)
{
    for (int i = 0; i < 2; i++)
        if (w->alive[i])
            check_core(w, i);
    if (xcheck_heard(w))
        check_pair(w);
    if (w->clean && w->alive[0] && w->alive[1] && w->core[0].state == CHASSIS_ACTIVE &&
        w->core[1].state == CHASSIS_ACTIVE)
        xworld_break(w, "R1", "both are Active without any fault");
    if (w->clean && w->core[0].role.announce && w->core[1].role.announce)
        xworld_break(w, "M4", "both announce their routes without any fault");
}
