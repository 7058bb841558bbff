#include "cf/srp/srp_fsm.h"

#include <assert.h>

#include "cf/srp/srp_judge.h"
#include "cf/srp/srp_phase.h"

/* ---- one event ------------------------------------------------------------------------------ */

/* Silence counts only while we listened, and what waited was waited for only while we ran. We
 * are called at least each hello interval; when more went by we were not running (stopped,
 * starved), and the peer's hellos of that time are still waiting to be read. They may be those
 * of a peer that died since: an Active believes only one that has heard us again. */
static void
forgive_sleep(struct srp *srp, mono_t now)
{
    int64_t gap = mono_between(srp->last, now);
    mono_t *const marks[] = {&srp->started, &srp->entered,  &srp->standby_at, &srp->heard,
                             &srp->echoed,  &srp->phase_at, &srp->agreed_at,  &srp->loss_at};

    if (gap <= srp->setup.hello_us * 3 / 2)
        return;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        *marks[i] = mono_after(*marks[i], gap);
    if (!srp->validation.known)
        srp->validation.at = mono_after(srp->validation.at, gap);
    srp->proof_seq = srp->seq + 1;
}

/* Did the peer, as far as we know, never start an epoch of its own? Then going back to Active
 * is as if nothing had happened, and the checkpoint streams go on. */
static bool
nothing_happened(const struct srp *srp, enum srp_input in)
{
    return in == IN_REFUSED && srp->peer_known && srp->refusal != SRP_NO_RESPONSE &&
           srp->phase < SRP_WITHDRAW && srp->peer.epoch <= srp->epoch &&
           srp_level(srp->peer.state, &srp->peer.rank) <= srp_level(CHASSIS_STANDBY, &srp->rank);
}

static enum srp_reason
reason_of(const struct srp *srp, enum srp_input in)
{
    if (srp->state == CHASSIS_INIT)
        return SRP_NOT_DEFINED;
    if (in == IN_SWITCH)
        return (enum srp_reason)srp->want.reason;
    if (in == IN_ASKED)
        return (enum srp_reason)srp->peer.reason;
    if (srp_is_pending(srp->state) && srp->planned &&
        (in == IN_PEER_ACTIVE_WINS || in == IN_PEER_PENDING_WINS))
        return srp->reason; /* as agreed, or taken back */
    return srp_input_reason(in) ? srp_input_reason(in) : srp->reason;
}

/* Until its sessions are checked nobody can say what a takeover has cost. */
static bool
ends_checks(const struct srp *srp, enum chassis_state to, enum srp_phase next)
{
    return to == CHASSIS_ACTIVE && srp->phase >= SRP_RECOVER && srp->phase <= SRP_AUDIT &&
           (next == SRP_POST || next == SRP_SETTLED);
}

static void
enter_phase(struct srp *srp, enum chassis_state to, enum srp_phase phase, mono_t now,
            struct srp_result *r)
{
    r->actions |= ends_checks(srp, to, phase) ? (unsigned)SRP_DO_LEDGER : 0u;
    srp->phase = phase;
    srp->phase_at = now;
    if (phase == SRP_WITHDRAW)
        srp->agreed_at = now;
}

/* Did the peer never answer this life of ours? Then whoever was heard may be one of the past. */
static bool
is_unproven(const struct srp *srp)
{
    return srp->peer.heard_seq == 0 || srp->peer.heard_incarnation != srp->incarnation ||
           srp->peer.heard_cf_epoch != srp->setup.cf_epoch;
}

/* The one door through which a state is left and entered. */
static void
enter(struct srp *srp, enum chassis_state to, enum srp_input in, mono_t now, struct srp_result *r)
{
    enum chassis_state from = srp->state;
    enum srp_reason reason = reason_of(srp, in);
    bool takes_over =
        to == CHASSIS_PENDING_ACTIVE || (to == CHASSIS_ACTIVE && from != CHASSIS_PENDING_ACTIVE);
    bool arrives = from == CHASSIS_PENDING_ACTIVE && to == CHASSIS_ACTIVE;
    bool falls_back = from == CHASSIS_PENDING_ACTIVE && to == CHASSIS_STANDBY;

    r->actions |= SRP_DO_HELLO;
    if (to == CHASSIS_STANDBY) {
        srp->want = (struct srp_want){.reason = SRP_NOT_DEFINED};
        srp->monitors_want = SRP_NOT_DEFINED;
    }
    if ((falls_back || (from == CHASSIS_PENDING_STANDBY && to == CHASSIS_ACTIVE)) && srp->planned)
        srp_roll_back(srp, in, now, r);
    if (takes_over && !nothing_happened(srp, in))
        srp->epoch = srp_next_epoch(srp);
    if (from == CHASSIS_INIT && to == CHASSIS_ACTIVE) {
        srp->proof_seq = srp->seq + 1; /* the peer that was heard may be one of the past */
        srp->restart = srp->setup.restart;
        if (srp->peer_known) {
            srp->rank.route_modifier = SRP_RM_BASE;
            srp->rank.fresh = false;
        }
    }
    if (to == CHASSIS_PENDING_ACTIVE && in == IN_DEAD && is_unproven(srp))
        srp->proof_seq = srp->seq + 1;
    if (to == CHASSIS_PENDING_ACTIVE && in != IN_ASKED)
        srp->planned = srp->forced = false;
    if (to == CHASSIS_PENDING_STANDBY && in != IN_SWITCH)
        srp->planned = srp->forced = false;
    srp->counters.switchovers[reason] +=
        arrives || (from == CHASSIS_PENDING_STANDBY && to == CHASSIS_STANDBY);
    enter_phase(srp, to, arrives ? srp_phase_after_takeover(srp) : srp_phase_first(srp, to), now,
                r);
    srp->state = to;
    srp->entered = now;
    srp->reason = reason;
    if (to == CHASSIS_STANDBY && !falls_back)
        srp->standby_at = now;
    if (to != CHASSIS_PENDING_ACTIVE && !falls_back)
        srp->standby_announced = false; /* a Standby that announces goes on while it takes over */
}

/* Look a role input up and do what its cell says. */
static void
apply(struct srp *srp, enum srp_input in, mono_t now, struct srp_result *r)
{
    const struct srp_cell *cell = srp_transition(in, srp->state);

    srp->seen_inputs[in] |= 1u << srp->state;
    assert(cell->verdict != SRP_NEVER);
    if (cell->verdict == SRP_MOVES)
        enter(srp, cell->to, in, now, r);
}

/* Is it we who have the sessions, whoever else thought so in between? A leaving chassis has them
 * until the peer agreed; a peer that stands by in a later epoch would refuse to hear of them. */
static bool
has_sessions(const struct srp *srp)
{
    return srp->state == CHASSIS_ACTIVE ||
           (srp->state == CHASSIS_PENDING_STANDBY && srp->peer.state == CHASSIS_STANDBY &&
            (srp->phase == SRP_FLUSH || srp->phase == SRP_REQUEST));
}

/* Is it the peer? A Standby that comes in while it leaves is filled before it is asked. */
static bool
peer_has_sessions(const struct srp *srp)
{
    const struct srp_hello *peer = &srp->peer;

    return peer->state == CHASSIS_ACTIVE ||
           (peer->state == CHASSIS_PENDING_STANDBY && peer->heard_state == CHASSIS_STANDBY &&
            peer->phase == SRP_FLUSH);
}

/* We have what the peer has; if it lives. Of one of the past we have no call, and must not outrank
 * for its sake a Standby that has them. The living answer, and records come from nobody else. */
static void
follow(struct srp *srp, struct srp_result *r)
{
    if (!srp->rank.fresh)
        return;
    if (is_unproven(srp) && srp->cards.sessions == 0)
        srp->asks = true;
    else
        srp_has_followed(srp, r);
    r->actions |= SRP_DO_HELLO;
}

/* Route modifier, epoch and restart counter as the pair shares them. A pair that reached the
 * threshold starts over, the Active first, so that its path is the shorter one throughout. */
static void
settle(struct srp *srp, struct srp_result *r)
{
    const struct srp_hello *peer = &srp->peer;
    unsigned rm = srp->rank.route_modifier;

    if (srp->state == CHASSIS_STANDBY && peer_has_sessions(srp)) {
        rm = (unsigned)peer->rank.route_modifier + srp->setup.rm_delta;
        follow(srp, r);
        srp->restart = peer->restart;
        if (peer->epoch > srp->epoch)
            srp->epoch = peer->epoch;
    }
    if (srp->state == CHASSIS_STANDBY && peer->state == CHASSIS_PENDING_ACTIVE && srp->rank.fresh) {
        rm = (unsigned)peer->rank.route_modifier + srp->setup.rm_delta;
        follow(srp, r); /* it checkpoints already: should it die, we have what it had */
    }
    if (srp->state == CHASSIS_ACTIVE && peer->state == CHASSIS_STANDBY) {
        srp->rank.fresh = false;
        if (rm + srp->setup.rm_delta > srp->setup.rm_threshold)
            rm = SRP_RM_BASE;
    }
    if (has_sessions(srp) && peer->epoch > srp->epoch) {
        srp->epoch = srp_next_epoch(srp); /* we stay, so the newest epoch must be ours */
        r->actions |= SRP_DO_HELLO;
    }
    if (rm != srp->rank.route_modifier) {
        srp->rank.route_modifier = (uint8_t)(rm < UINT8_MAX ? rm : UINT8_MAX);
        r->actions |= SRP_DO_HELLO;
    }
}

/* The order that the new state implies; a new number when it says anything new. */
static void
give_order(struct srp *srp, mono_t now, struct srp_result *r)
{
    if (mono_reached(now, srp_standby_announce_at(srp)))
        srp->standby_announced = true;

    struct role_body role = srp_role(srp, now);
    const struct role_body *was = &srp->role;
    bool serving = srp->state == CHASSIS_ACTIVE || srp_is_pending(srp->state);

    if (!serving && srp->peer.epoch != srp->epoch)
        role.srp_epoch = was->srp_epoch; /* a floor, not an epoch in which anybody serves */
    if (role.state == was->state && role.srp_epoch == was->srp_epoch &&
        role.route_modifier == was->route_modifier && role.restart == was->restart &&
        role.gates == was->gates && role.announce == was->announce && role.flush == was->flush &&
        role.drain == was->drain && role.audit == was->audit)
        return;
    role.order++;
    srp->role = role;
    r->actions |= SRP_DO_ROLE;
}

/* Phases follow one another as long as each is at its end; the last one ends the state. Each
 * order is numbered before it is waited for. */
static void
advance(struct srp *srp, const struct srp_event *ev, struct srp_result *r)
{
    enum srp_outcome outcome = ev->type == SRP_EV_TERMINATE && srp->state == CHASSIS_ACTIVE
                                   ? OUTCOME_TERMINATE
                                   : srp_phase_outcome(srp, ev->now);

    for (;;) {
        enum srp_phase next = srp_phase_next(srp, outcome);

        srp->seen_steps[outcome] |= 1u << srp->phase;
        if (next == srp->phase)
            break;
        r->actions |= SRP_DO_HELLO;
        if (next == SRP_PHASE_N)
            apply(srp, IN_DONE, ev->now, r);
        else
            enter_phase(srp, srp->state, next, ev->now, r);
        give_order(srp, ev->now, r);
        outcome = srp_phase_outcome(srp, ev->now);
    }
    if (srp->phase == SRP_HANDED && srp_agreed(srp) && srp->peer.state == CHASSIS_ACTIVE)
        apply(srp, IN_PEER_ACTIVE_WINS, ev->now, r); /* it was early */
}

struct srp_result
srp_step(struct srp *srp, const struct srp_event *ev)
{
    struct srp_result r = {
        .from = srp->state, .to = srp->state, .phase_from = srp->phase, .phase_to = srp->phase};

    assert(ev->now.us >= srp->last.us);
    forgive_sleep(srp, ev->now);
    srp->last = ev->now;

    if (ev->type == SRP_EV_SETUP)
        srp_configure(srp, ev->setup, ev->now, &r);

    enum srp_input in = srp_judge(srp, ev, &r);

    if (in == IN_NOTHING)
        in = srp_try_again(srp, ev->now);
    apply(srp, in, ev->now, &r);
    give_order(srp, ev->now, &r);
    advance(srp, ev, &r);
    if (srp->peer_known && !r.stale && (ev->type == SRP_EV_HELLO || srp->state != r.from))
        settle(srp, &r);
    give_order(srp, ev->now, &r);
    if (mono_reached(ev->now, srp->hello_at))
        r.actions |= SRP_DO_HELLO;
    if (r.actions & SRP_DO_HELLO)
        srp->hello_at = mono_after(ev->now, srp->setup.hello_us);
    r.to = srp->state;
    r.phase_to = srp->phase;
    r.reason = srp->reason;
    return r;
}

mono_t
srp_deadline(const struct srp *srp)
{
    mono_t due = mono_earlier(srp->hello_at, srp_pending_over_at(srp));

    if (srp->state == CHASSIS_INIT || srp->peer_known)
        due = mono_earlier(due, srp_dead_at(srp));
    if (srp_is_wanting(srp))
        due = mono_earlier(due, srp->want.at);
    due = mono_earlier(due, srp_no_response_at(srp));
    due = mono_earlier(due, srp_no_validation_at(srp));
    due = mono_earlier(due, srp_chassis_bfd_at(srp));
    due = mono_earlier(due, srp_phase_over_at(srp));
    return mono_earlier(due, srp_standby_announce_at(srp));
}
