/* obey.h - whose orders a card follows: those of the control function of the highest epoch
 *
 * Each CF switchover raises the CF epoch, so an order of an older epoch comes from a CF
 * that does not know yet that it was replaced. Orders of one epoch come from one CF only;
 * a second voice in the same epoch is not followed.
 *
 * Ownership  a plain value; all zero: nothing heard yet
 * Time       none
 * Errors     false: do not follow, count it
 * Threads    one owner
 */
#ifndef VPCLAB_OBEY_H
#define VPCLAB_OBEY_H

#include "common/msg/msg.h"

struct obey {
    uint64_t epoch;
    uint8_t slot; /* of the CF followed; 0: none yet */
};

/* Is an order (MSG_ROLE, MSG_CONFIG) under this envelope to be followed? Remembers the CF. */
static inline bool
obey_order(struct obey *obey, const struct msg_head *head)
{
    if (head->epoch < obey->epoch)
        return false;
    if (head->epoch == obey->epoch && obey->slot != 0 && head->slot != obey->slot)
        return false;
    *obey = (struct obey){.epoch = head->epoch, .slot = head->slot};
    return true;
}

#endif
