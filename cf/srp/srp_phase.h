/* srp_phase.h - inside the srp library: phases of a change of roles, and who may hand over
 *
 * A phase waits for one thing, for a bounded time, and has one successor; the table in
 * srp_phase.c says which. What a chassis orders its cards follows from state and phase alone.
 *
 * Ownership  works on the caller's struct srp
 * Time       intervals in microseconds
 * Errors     none
 * Threads    as struct srp
 */
#ifndef VPCLAB_SRP_PHASE_H
#define VPCLAB_SRP_PHASE_H

#include "cf/srp/srp_fsm.h"

/* What became of a phase. */
enum srp_outcome {
    OUTCOME_WAIT,
    OUTCOME_DONE,      /* what it waited for is there */
    OUTCOME_OVER,      /* it lasted as long as it may */
    OUTCOME_TERMINATE, /* srp terminate-post-process */
    OUTCOMES,
};

/* What the phase says of itself at `now`. */
enum srp_outcome srp_phase_outcome(const struct srp *srp, mono_t now);

/* What follows; SRP_PHASE_N: the pending state is at its end. */
enum srp_phase srp_phase_next(const struct srp *srp, enum srp_outcome outcome);

/* May a chassis in that state be in that phase? */
bool srp_phase_fits(enum srp_phase phase, enum chassis_state state);

/* The phase in which a state is entered, and the one with which a new Active goes on. */
enum srp_phase srp_phase_first(const struct srp *srp, enum chassis_state state);
enum srp_phase srp_phase_after_takeover(const struct srp *srp);

/* When the phase lasted as long as it may, MONO_NEVER if it has no limit of its own. */
mono_t srp_phase_over_at(const struct srp *srp);

/* Has the peer accepted our request? */
bool srp_agreed(const struct srp *srp);

/* The order that state and phase imply; `order` is the caller's. */
struct role_body srp_role(const struct srp *srp, mono_t now);

/* When a Standby begins to announce, MONO_NEVER if it does not, or has begun. */
mono_t srp_standby_announce_at(const struct srp *srp);

/* srp_ready.c: would we, a Standby, accept this request? */
enum srp_refusal srp_standby_readiness(const struct srp *srp, bool force, uint8_t *sessmgrs);

#endif
