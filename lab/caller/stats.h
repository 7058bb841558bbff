/* stats.h - percentiles of a heap of figures
 *
 * Ownership  borrows the caller's array, and reorders it
 * Time       none
 * Errors     0 of nothing
 * Threads    any
 */
#ifndef VPCLAB_STATS_H
#define VPCLAB_STATS_H

#include <stddef.h>
#include <stdint.h>

/* The smallest value that at least `permille` of 1000 values do not exceed. */
int64_t stats_permille(int64_t *values, size_t n, unsigned permille);

#endif
