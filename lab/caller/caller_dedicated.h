/* caller_dedicated.h - the call generator's dedicated bearers: one for each VoLTE call
 *
 * A VoLTE call that is open asks for one, QCI 1, by a Bearer Resource Command, and takes the
 * Create Bearer Request that this brings about. From then on its pings go through that bearer;
 * their answers come back through it, since its filter names who is pinged. Commands are sent in
 * rounds over the calls that have none yet, so many at a time.
 *
 * Ownership  works on struct caller
 * Time       as caller.h
 * Errors     what does not fit is counted as strange
 * Threads    one owner
 */
#ifndef VPCLAB_CALLER_DEDICATED_H
#define VPCLAB_CALLER_DEDICATED_H

#include "lab/caller/caller.h"
#include "lab/caller/caller_gtp.h"

/* The next command to send; false when there is none until caller_dedicated_due(). */
bool caller_dedicated_next(struct caller *caller, mono_t now, struct caller_dgram *out);
mono_t caller_dedicated_due(const struct caller *caller);

/* Is there a call that still waits for its bearer? */
bool caller_dedicated_pending(const struct caller *caller);

/* A call was opened: does it want one? */
void caller_dedicated_opened(struct caller *caller, uint32_t index);

/* The gateway asks to create a bearer. True when *out is the answer to be sent. */
bool caller_dedicated_asked(struct caller *caller, const struct caller_answer *ask,
                            struct caller_dgram *out);

/* The gateway does not follow a command. */
void caller_dedicated_refused(struct caller *caller, const struct caller_answer *answer);

#endif
