/* mono.h - an instant on the lab's clock, and what may be done with it
 *
 * Wrapped in a struct so that an instant is never added to an instant, nor seconds to
 * microseconds, by accident. The lab's clock is CLOCK_MONOTONIC times the topology's
 * time-scale; the scale is applied where the shell reads the clock (loop/clock.h), so
 * everything that holds a mono_t keeps its proportions at any speed.
 *
 * Ownership  plain values
 * Time       microseconds
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_MONO_H
#define VPCLAB_MONO_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t us;
} mono_t;

#define MONO_NEVER ((mono_t){.us = INT64_MAX})
#define US_PER_MS  INT64_C(1000)
#define US_PER_S   INT64_C(1000000)

/* The instant `us` after t; never stays never. */
static inline mono_t
mono_after(mono_t t, int64_t us)
{
    bool beyond = t.us == INT64_MAX || (us > 0 && t.us > INT64_MAX - us);

    return beyond ? MONO_NEVER : (mono_t){.us = t.us + us};
}

/* Microseconds from `from` to `to`; negative when `to` came first. */
static inline int64_t
mono_between(mono_t from, mono_t to)
{
    return to.us - from.us;
}

/* Has `deadline` been reached at `now`? */
static inline bool
mono_reached(mono_t now, mono_t deadline)
{
    return now.us >= deadline.us;
}

static inline mono_t
mono_earlier(mono_t a, mono_t b)
{
    return a.us < b.us ? a : b;
}

#endif
