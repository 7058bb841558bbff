/* obey.h - whose orders a card follows: those of the control function of the highest epoch; and which
 * of its configurations it tries
 *
 * Each CF switchover raises the CF epoch, so an order of an older epoch comes from a CF
 * that does not know yet that it was replaced. Orders of one epoch come from one CF only;
 * a second voice in the same epoch is not followed.
 *
 * A configuration that the card refuses comes again with each status that does not name it. It is tried
 * again too, now and then: what stood in its way, such as calls with addresses of pools that are gone,
 * may have ended.
 *
 * Ownership  a plain value; all zero: nothing heard yet
 * Time       as passed in
 * Errors     false: do not follow, count it
 * Threads    one owner
 */
#ifndef VPCLAB_OBEY_H
#define VPCLAB_OBEY_H

#include "common/base/mono.h"
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

enum { OBEY_RETRY_US = 5 * US_PER_S };

struct obey_config {
    uint32_t in_force; /* generation; 0: none yet */
    uint32_t refused;  /* likewise: the last one, if none was taken since */
    mono_t again;      /* when that one is tried again */
};

/* Is the configuration of that generation to be tried now? */
static inline bool
obey_config_is_due(const struct obey_config *configs, uint32_t generation, mono_t now)
{
    if (generation == configs->in_force)
        return false;
    return generation != configs->refused || now.us >= configs->again.us;
}

/* It was tried. */
static inline void
obey_config_tried(struct obey_config *configs, uint32_t generation, bool taken, mono_t now)
{
    if (taken)
        *configs = (struct obey_config){.in_force = generation};
    else
        *configs = (struct obey_config){.in_force = configs->in_force,
                                        .refused = generation,
                                        .again = mono_after(now, OBEY_RETRY_US)};
}

#endif
