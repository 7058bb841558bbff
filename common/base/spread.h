/* spread.h - how a great many spans of time are spread, in little memory
 *
 * Counts spans in classes that are a 64th of their value wide, exact below 128 microseconds; so
 * a percentile is at most 1.6 % above the true one, and never below it. The longest is exact.
 *
 * Ownership  a plain value; all octets 0 is empty
 * Time       microseconds
 * Errors     a negative span counts as 0; one beyond an hour in the last class
 * Threads    one owner
 */
#ifndef VPCLAB_SPREAD_H
#define VPCLAB_SPREAD_H

#include <stddef.h>
#include <stdint.h>

enum {
    SPREAD_STEPS = 64, /* classes from a power of two to the next */
    SPREAD_EXACT = 2 * SPREAD_STEPS,
    SPREAD_BITS = 32, /* 71 minutes */
    SPREAD_CLASSES = SPREAD_EXACT + (SPREAD_BITS - 7) * SPREAD_STEPS,
};

struct spread {
    uint64_t n;
    int64_t max_us;
    uint64_t class[SPREAD_CLASSES];
};

static inline size_t
spread_class(uint64_t us)
{
    unsigned above = 0; /* bits beyond the seven that tell the class */

    if (us >> SPREAD_BITS)
        return SPREAD_CLASSES - 1;
    while (us >> above >= SPREAD_EXACT)
        above++;
    return (us >> above) + (size_t)above * SPREAD_STEPS;
}

/* The longest span of a class. */
static inline int64_t
spread_top(size_t class)
{
    size_t above = class < SPREAD_EXACT ? 0 : class / SPREAD_STEPS - 1;

    return (int64_t)(((class - above * SPREAD_STEPS + 1) << above) - 1);
}

static inline void
spread_add(struct spread *spread, int64_t us)
{
    if (us < 0)
        us = 0;
    if (us > spread->max_us)
        spread->max_us = us;
    spread->class[spread_class((uint64_t)us)]++;
    spread->n++;
}

/* What at least `permille` of 1000 spans do not exceed; 0 of nothing. */
static inline int64_t
spread_permille(const struct spread *spread, unsigned permille)
{
    uint64_t seen = 0;

    for (size_t i = 0; i < SPREAD_CLASSES && spread->n; i++) {
        seen += spread->class[i];
        if (seen * 1000 >= spread->n * permille && seen > 0)
            return spread_top(i) < spread->max_us ? spread_top(i) : spread->max_us;
    }
    return spread->max_us;
}

#endif
