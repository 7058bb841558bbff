/* sf_ckpt.h - what the control function wants to know and to have of checkpoints
 *
 * Ownership  borrows the cores
 * Time       lab time
 * Errors     a malformed order is logged and dropped
 * Threads    the session manager's
 */
#ifndef VPCLAB_SF_CKPT_H
#define VPCLAB_SF_CKPT_H

#include "common/msg/msg.h"
#include "sf/sf_conf.h"

/* Counters of macro and micro-checkpoints and NACKs into a status; also before the session manager is
 * configured. */
void sf_ckpt_fill(const struct sf_core *core, struct card_status *status);

/* Checkpoint frames that were refused before they were a message. */
struct sf_unpacked {
    uint64_t bad;      /* not what a compressor makes of a message */
    uint64_t too_long; /* declared longer than any message: not even begun */
};

/* What came of unpacking a frame, an enum di_err; false: it is refused and counted. */
bool sf_ckpt_unpacked(struct sf_unpacked *count, int err);

/* Counters of refused frames into a status. */
void sf_ckpt_fill_refused(const struct sf_core *core, const struct sf_unpacked *unpacked,
                          struct card_status *status);

/* MSG_NACKS, MSG_CKPT_FAULT, MSG_CALL_ASK. True: answer it with MSG_CALL_ANSWER, whose body is in
 * wr (room: CALL_ANSWER_MOST). */
bool sf_ckpt_order(struct sf_core *core, const struct msg_head *head, struct rd *body,
                   struct wr *wr);

#endif
