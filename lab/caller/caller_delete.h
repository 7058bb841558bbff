/* caller_delete.h - the call generator's last phase: nothing of ours stays on the gateway
 *
 * Deletes the calls of the plan, and of the extra subscribers what the probing left: calls
 * whose answer came late, deletions without an answer, and creates without one, which are
 * sent again, since the gateway may have performed them. Internal to the call generator.
 *
 * Ownership  works on struct caller
 * Time       real time, in the calls
 * Errors     what cannot be deleted is in state CALL_UNDELETED or CALL_TIMED_OUT
 * Threads    one owner
 */
#ifndef VPCLAB_CALLER_DELETE_H
#define VPCLAB_CALLER_DELETE_H

#include "lab/caller/caller.h"

void caller_delete_begin(struct caller *caller);

/* The next request; false when there is none now. */
bool caller_delete_next(struct caller *caller, mono_t now, struct caller_dgram *out);

/* Is the phase over? Gives the rest up once the gateway has been silent for too long. */
bool caller_delete_over(struct caller *caller, mono_t now);

#endif
