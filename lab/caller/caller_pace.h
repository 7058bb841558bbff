/* caller_pace.h - when the next of a steady stream is due
 *
 * Ownership  the due time is the caller's
 * Time       nanoseconds within, so that any rate is even; mono_t outside
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_CALLER_PACE_H
#define VPCLAB_CALLER_PACE_H

#include "common/base/mono.h"

#define PACE_NS_PER_US   INT64_C(1000)
#define PACE_NS_PER_S    INT64_C(1000000000)
#define PACE_CATCH_UP_NS (PACE_NS_PER_S / 20) /* what a pause of ours may burst afterwards */

/* From now on: the first is due at once. */
static inline int64_t
pace_from(mono_t now)
{
    return now.us * PACE_NS_PER_US;
}

/* One is due: take it. After a pause of ours the backlog is not made up for. */
static inline bool
pace(int64_t *due_ns, uint32_t per_s, mono_t now)
{
    int64_t now_ns = now.us * PACE_NS_PER_US;

    if (now_ns < *due_ns)
        return false;
    if (now_ns - *due_ns > PACE_CATCH_UP_NS)
        *due_ns = now_ns;
    *due_ns += PACE_NS_PER_S / per_s;
    return true;
}

static inline mono_t
pace_due(int64_t due_ns)
{
    return (mono_t){.us = (due_ns + PACE_NS_PER_US - 1) / PACE_NS_PER_US};
}

#endif
