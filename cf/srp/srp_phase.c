#include "cf/srp/srp_phase.h"

#include <assert.h>

/* Successors that are no phase by themselves. */
enum {
    STAY = SRP_PHASE_N + 1, /* wait on */
    NEVER,                  /* cannot happen */
    BRANCH,                 /* depends: branch() */
};

/* clang-format off */
static const uint8_t table[OUTCOMES][SRP_PHASE_N] = {
    [OUTCOME_WAIT] = {
        [SRP_SETTLED] = STAY, [SRP_YIELD] = STAY, [SRP_FLUSH] = STAY, [SRP_REQUEST] = STAY,
        [SRP_WITHDRAW] = STAY, [SRP_ACCOUNT] = STAY, [SRP_HANDED] = STAY, [SRP_RECOVER] = STAY,
        [SRP_AWAIT] = STAY, [SRP_ANNOUNCE] = STAY, [SRP_RECONCILE] = STAY, [SRP_AUDIT] = STAY,
        [SRP_POST] = STAY,
    },
    [OUTCOME_DONE] = {
        [SRP_SETTLED] = NEVER, [SRP_YIELD] = NEVER, [SRP_FLUSH] = SRP_REQUEST,
        [SRP_REQUEST] = SRP_WITHDRAW, [SRP_WITHDRAW] = SRP_ACCOUNT, [SRP_ACCOUNT] = SRP_HANDED,
        [SRP_HANDED] = NEVER, [SRP_RECOVER] = BRANCH, [SRP_AWAIT] = SRP_ANNOUNCE,
        [SRP_ANNOUNCE] = BRANCH, [SRP_RECONCILE] = BRANCH, [SRP_AUDIT] = BRANCH,
        [SRP_POST] = SRP_SETTLED,
    },
    [OUTCOME_OVER] = {
        [SRP_SETTLED] = NEVER, [SRP_YIELD] = NEVER, [SRP_FLUSH] = SRP_REQUEST,
        [SRP_REQUEST] = NEVER, [SRP_WITHDRAW] = SRP_ACCOUNT, [SRP_ACCOUNT] = SRP_HANDED,
        [SRP_HANDED] = NEVER, [SRP_RECOVER] = NEVER, [SRP_AWAIT] = NEVER, [SRP_ANNOUNCE] = NEVER,
        [SRP_RECONCILE] = BRANCH, [SRP_AUDIT] = BRANCH, [SRP_POST] = SRP_SETTLED,
    },
    [OUTCOME_TERMINATE] = {
        [SRP_SETTLED] = STAY, [SRP_YIELD] = NEVER, [SRP_FLUSH] = NEVER, [SRP_REQUEST] = NEVER,
        [SRP_WITHDRAW] = NEVER, [SRP_ACCOUNT] = NEVER, [SRP_HANDED] = NEVER,
        [SRP_RECOVER] = NEVER, [SRP_AWAIT] = NEVER, [SRP_ANNOUNCE] = NEVER,
        [SRP_RECONCILE] = SRP_SETTLED, [SRP_AUDIT] = SRP_SETTLED, [SRP_POST] = SRP_SETTLED,
    },
};
/* clang-format on */

int
srp_phase_cell(unsigned input, unsigned phase)
{
    if (input >= OUTCOMES || phase >= SRP_PHASE_N || table[input][phase] == NEVER)
        return 0;
    return table[input][phase] == STAY ? 1 : 2;
}

_Static_assert((int)OUTCOMES == (int)SRP_STEPS, "srp_fsm.h tells tests how many there are");

const char *
srp_step_name(unsigned input)
{
    static const char *const names[OUTCOMES] = {
        [OUTCOME_WAIT] = "wait",
        [OUTCOME_DONE] = "done",
        [OUTCOME_OVER] = "over",
        [OUTCOME_TERMINATE] = "terminate",
    };

    return input < OUTCOMES ? names[input] : "unknown";
}

const char *
srp_phase_name(enum srp_phase phase)
{
    static const char *const names[SRP_PHASE_N] = {
#define X(name, text) [name] = text,
        SRP_PHASES(X)
#undef X
    };

    return phase < SRP_PHASE_N ? names[phase] : "unknown";
}

/* ---- options ------------------------------------------------------------------------------ */

static bool
has(const struct srp *srp, unsigned option)
{
    return srp->setup.options & option;
}

/* An early transition needs data to flow that nobody waits to account for. */
static bool
is_early(const struct srp *srp)
{
    return has(srp, SRP_EARLY_ACTIVE) &&
           (has(srp, SRP_ALLOW_ALL_DATA) ||
            (has(srp, SRP_ALLOW_VOLTE_DATA) && !has(srp, SRP_MAINTAIN_ACCOUNTING)));
}

/* With control-outage-optimization the audit comes first, so that signalling may follow it. */
static bool
audits_first(const struct srp *srp)
{
    return srp->planned && has(srp, SRP_CONTROL_OPTIMIZATION);
}

/* ---- what a phase waits for ----------------------------------------------------------------- */

static bool
cards_did(const struct srp *srp, unsigned what)
{
    return srp->cards.order == srp->role.order && (srp->cards.done & what) == what;
}

bool
srp_agreed(const struct srp *srp)
{
    return srp->peer_known && srp->peer.answer_id == srp->switch_id &&
           srp->peer.answer == SRP_READY &&
           (srp->peer.state == CHASSIS_PENDING_ACTIVE || srp->peer.state == CHASSIS_ACTIVE);
}

/* Does the leaving peer still announce? One that is silent or fell back keeps nothing from us:
 * what it is then, its hellos will tell. */
static bool
peer_left(const struct srp *srp)
{
    if (!srp->peer_known || srp->peer.state != CHASSIS_PENDING_STANDBY)
        return true;
    return srp->peer.phase == SRP_ACCOUNT || srp->peer.phase == SRP_HANDED;
}

static bool
peer_accounted(const struct srp *srp)
{
    return !srp->peer_known || srp->peer.state != CHASSIS_PENDING_STANDBY ||
           srp->peer.phase == SRP_HANDED;
}

/* An early transition does not wait until the network sends here. */
static bool
waits_for_network(const struct srp *srp)
{
    return srp->planned && !is_early(srp);
}

static bool
is_done(const struct srp *srp)
{
    switch (srp->phase) {
    case SRP_FLUSH:
        return cards_did(srp, DONE_COMMITTED | DONE_FLUSHED);
    case SRP_ACCOUNT: /* whoever lost its peer since has nothing more to tell */
        return cards_did(srp, DONE_COMMITTED | DONE_TOLD);
    case SRP_REQUEST:
        return srp_agreed(srp);
    case SRP_WITHDRAW:
        return cards_did(srp, DONE_COMMITTED | DONE_WITHDRAWN);
    case SRP_RECOVER:
        return cards_did(srp, DONE_COMMITTED);
    case SRP_AWAIT:
        return peer_left(srp);
    case SRP_ANNOUNCE:
        return cards_did(srp, DONE_COMMITTED | DONE_ANNOUNCED) &&
               (!waits_for_network(srp) || cards_did(srp, DONE_CONVERGED));
    case SRP_RECONCILE:
        return peer_accounted(srp);
    case SRP_AUDIT:
        return cards_did(srp, DONE_COMMITTED | DONE_AUDITED);
    case SRP_POST:
        return srp->peer_known && srp->peer.state == CHASSIS_STANDBY && srp->cards.synced;
    default:
        return false;
    }
}

mono_t
srp_phase_over_at(const struct srp *srp)
{
    switch (srp->phase) {
    case SRP_FLUSH:
        return mono_after(srp->phase_at, srp->timeout_us);
    case SRP_WITHDRAW:
    case SRP_ACCOUNT:
    case SRP_RECONCILE:
    case SRP_AUDIT:
        return mono_after(srp->phase_at, srp->setup.dead_us);
    case SRP_POST:
        return mono_after(srp->phase_at, srp->post_us);
    default:
        return MONO_NEVER;
    }
}

enum srp_outcome
srp_phase_outcome(const struct srp *srp, mono_t now)
{
    if (is_done(srp))
        return OUTCOME_DONE;
    return mono_reached(now, srp_phase_over_at(srp)) ? OUTCOME_OVER : OUTCOME_WAIT;
}

/* ---- what follows --------------------------------------------------------------------------- */

static enum srp_phase
first_check(const struct srp *srp)
{
    return srp->planned && !audits_first(srp) ? SRP_RECONCILE : SRP_AUDIT;
}

/* All checks are done: the pending state ends, or an early Active is left with its rest. */
static enum srp_phase
after_checks(const struct srp *srp)
{
    if (srp->state != CHASSIS_ACTIVE)
        return SRP_PHASE_N;
    return srp->planned ? SRP_POST : SRP_SETTLED;
}

static enum srp_phase
branch(const struct srp *srp)
{
    switch (srp->phase) {
    case SRP_RECOVER:
        return srp->planned ? SRP_AWAIT : SRP_ANNOUNCE;
    case SRP_ANNOUNCE:
        return srp->planned && is_early(srp) ? SRP_PHASE_N : first_check(srp);
    case SRP_RECONCILE:
        return audits_first(srp) ? after_checks(srp) : SRP_AUDIT;
    default:
        assert(srp->phase == SRP_AUDIT);
        return audits_first(srp) ? SRP_RECONCILE : after_checks(srp);
    }
}

enum srp_phase
srp_phase_next(const struct srp *srp, enum srp_outcome outcome)
{
    uint8_t next = table[outcome][srp->phase];

    assert(next != NEVER);
    if (next == STAY)
        return srp->phase;
    return next == BRANCH ? branch(srp) : (enum srp_phase)next;
}

bool
srp_phase_fits(enum srp_phase phase, enum chassis_state state)
{
    switch (state) {
    case CHASSIS_PENDING_STANDBY:
        return phase >= SRP_YIELD && phase <= SRP_HANDED;
    case CHASSIS_PENDING_ACTIVE:
        return phase >= SRP_RECOVER && phase <= SRP_AUDIT;
    case CHASSIS_ACTIVE:
        return phase == SRP_SETTLED || phase == SRP_RECONCILE || phase == SRP_AUDIT ||
               phase == SRP_POST;
    default:
        return phase == SRP_SETTLED;
    }
}

enum srp_phase
srp_phase_first(const struct srp *srp, enum chassis_state state)
{
    if (state == CHASSIS_PENDING_STANDBY)
        return srp->planned ? SRP_FLUSH : SRP_YIELD;
    return state == CHASSIS_PENDING_ACTIVE ? SRP_RECOVER : SRP_SETTLED;
}

enum srp_phase
srp_phase_after_takeover(const struct srp *srp)
{
    if (srp->phase <= SRP_ANNOUNCE) /* early, or forced: the checks are still to come */
        return first_check(srp);
    return srp->planned ? SRP_POST : SRP_SETTLED;
}

/* ---- what the cards are ordered --------------------------------------------------------------- */

/* Data of the classes that may flow during a switchover. */
static uint8_t
data_gates(const struct srp *srp)
{
    if (has(srp, SRP_ALLOW_ALL_DATA))
        return GATE_VOLTE | GATE_DATA;
    return has(srp, SRP_ALLOW_VOLTE_DATA) ? GATE_VOLTE : 0;
}

/* maintain-accounting: the peer's statistics come before our own first packet. */
static bool
waits_for_accounts(const struct srp *srp)
{
    return srp->planned && !has(srp, SRP_ALLOW_ALL_DATA) && has(srp, SRP_MAINTAIN_ACCOUNTING) &&
           !peer_accounted(srp);
}

static uint8_t
gates_of(const struct srp *srp)
{
    uint8_t control = GATE_CONTROL | GATE_NEW;

    switch (srp->state) {
    case CHASSIS_ACTIVE:
        if (srp->phase == SRP_AUDIT || (srp->phase == SRP_RECONCILE && !audits_first(srp)))
            return GATE_VOLTE | GATE_DATA;
        return GATES_ALL;
    case CHASSIS_PENDING_STANDBY:
        return srp->phase == SRP_FLUSH || srp->phase == SRP_REQUEST || srp->phase == SRP_WITHDRAW
                   ? data_gates(srp)
                   : 0;
    case CHASSIS_PENDING_ACTIVE:
        if (srp->phase < SRP_ANNOUNCE)
            return 0;
        if (srp->phase != SRP_RECONCILE || !audits_first(srp))
            control = 0;
        return (waits_for_accounts(srp) ? 0 : data_gates(srp)) | control;
    default:
        return 0;
    }
}

mono_t
srp_standby_announce_at(const struct srp *srp)
{
    if (srp->state != CHASSIS_STANDBY || srp->standby_announced ||
        srp->setup.standby_announce_us < 0)
        return MONO_NEVER;
    return mono_after(srp->standby_at, srp->setup.standby_announce_us);
}

static bool
announces(const struct srp *srp)
{
    switch (srp->state) {
    case CHASSIS_ACTIVE:
        return true;
    case CHASSIS_PENDING_STANDBY:
        return srp->phase == SRP_FLUSH || srp->phase == SRP_REQUEST;
    case CHASSIS_PENDING_ACTIVE:
        return srp->phase >= SRP_ANNOUNCE || srp->standby_announced;
    case CHASSIS_STANDBY:
        return srp->standby_announced;
    default:
        return false;
    }
}

static bool
is_taking_over(const struct srp *srp)
{
    return srp->planned && (srp->state == CHASSIS_PENDING_ACTIVE || srp->state == CHASSIS_ACTIVE) &&
           !peer_accounted(srp) && srp->phase != SRP_SETTLED && srp->phase != SRP_POST;
}

struct role_body
srp_role(const struct srp *srp, mono_t now)
{
    (void)now;
    return (struct role_body){
        .order = srp->role.order,
        .state = (uint8_t)srp->state,
        .srp_epoch = srp->epoch,
        .route_modifier = srp->rank.route_modifier,
        .restart = srp->restart,
        .gates = gates_of(srp),
        .announce = announces(srp),
        .flush = srp->phase >= SRP_FLUSH && srp->phase <= SRP_HANDED,
        .drain = is_taking_over(srp),
        .audit = srp->phase == SRP_AUDIT,
    };
}
