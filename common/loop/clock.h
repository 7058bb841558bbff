/* clock.h - the one place where a clock is read
 *
 * Lab time is CLOCK_MONOTONIC times the time-scale, so it is the same in every process of
 * a lab on one machine. Wall-clock time is for display and log lines only.
 *
 * Ownership  none
 * Time       mono_t in lab microseconds; clock_real_ms in real milliseconds
 * Errors     none
 * Threads    any, after clock_scale() was called once at start
 */
#ifndef VPCLAB_CLOCK_H
#define VPCLAB_CLOCK_H

#include "common/base/mono.h"

/* Lab seconds per real second, 1..1000; call once, before any thread starts. */
void clock_scale(uint32_t scale);

/* Lab time. */
mono_t clock_now(void);

/* Real milliseconds until lab instant `due`, rounded up, at least 0; capped at one hour. */
int64_t clock_real_ms(mono_t due);

/* Lab microseconds in that many real milliseconds. */
int64_t clock_lab_us(int64_t real_ms);

/* Microseconds since 1970. */
int64_t clock_wall_us(void);

#endif
