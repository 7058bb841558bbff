/* call_look.h - what a session manager knows of one call, for those who ask
 *
 * Ownership  borrows the session manager; the answer is a plain value
 * Time       mono_t passed in
 * Errors     none: no call is an answer, too
 * Threads    one owner
 */
#ifndef VPCLAB_CALL_LOOK_H
#define VPCLAB_CALL_LOOK_H

#include "common/msg/ckpt_body.h"
#include "sf/smgr.h"

/* The calls with that key, sessions or call recovery records, as far as they fit the answer. */
void calls_look(struct smgr *smgr, mono_t now, const struct call_ask *ask,
                struct call_answer *answer);

#endif
