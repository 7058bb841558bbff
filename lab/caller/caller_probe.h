/* caller_probe.h - requests that find out whether the control plane answers
 *
 * While the calls are held: updates of open calls in turn, and calls of extra subscribers,
 * opened and at once deleted. Each request is sent once; an answer counts whenever it comes,
 * as long as the request is remembered. What may have stayed on the gateway of an extra
 * subscriber is for the deleting phase (caller_delete.h). Internal to the call generator.
 *
 * Ownership  works on struct caller
 * Time       real time, in the calls
 * Errors     answers to nothing we know are ignored, answers that make no sense counted
 * Threads    one owner
 */
#ifndef VPCLAB_CALLER_PROBE_H
#define VPCLAB_CALLER_PROBE_H

#include "lab/caller/caller.h"
#include "lab/caller/caller_gtp.h"

/* The calls are held from now on, or no longer. */
void caller_probe_begin(struct caller *caller, mono_t now);
void caller_probe_end(struct caller *caller, mono_t now);

bool caller_probe_next(struct caller *caller, mono_t now, struct caller_dgram *out);
mono_t caller_probe_due(const struct caller *caller);

/* Answers: to an update, and to the create and the delete of an extra subscriber. */
void caller_probe_updated(struct caller *caller, mono_t now, const struct caller_answer *answer);
void caller_probe_created(struct caller *caller, mono_t now, struct call *call,
                          const struct caller_answer *answer);
void caller_probe_deleted(struct caller *caller, mono_t now, struct call *call,
                          const struct caller_answer *answer);

/* Take the first of the extra subscribers' open calls that are to be deleted at once. */
struct call *caller_probe_doomed(struct caller *caller);

#endif
