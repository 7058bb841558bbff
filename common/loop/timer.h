/* timer.h - one deadline on a zloop, in lab time or in real time
 *
 * A deadline in lab time moves with the lab's clock: it comes later in a lab that is slowed down,
 * and never in one that stands still. One in real time does not. A loop is told of another course
 * of the clock when it was opened for that (timer_loop_open).
 *
 * Ownership  the caller owns the struct; it must outlive its arming, and be disarmed before its
 *            loop is closed
 * Time       mono_t; fires at or after the deadline, with a real resolution of 1 ms
 * Errors     none: out of memory is fatal
 * Threads    the loop's; timer_rearm: any
 */
#ifndef VPCLAB_TIMER_H
#define VPCLAB_TIMER_H

#include <czmq.h>

#include "common/base/mono.h"

typedef void timer_fn(void *ctx);

struct timer_loop;

struct timer {
    zloop_t *loop;
    timer_fn *fn;
    void *ctx;
    mono_t due;      /* lab time; MONO_NEVER: not armed, or in real time */
    int64_t real_us; /* when that is, or will be; LABTIME_NEVER: never, or not armed */
    int id;
    struct timer_loop *home; /* NULL: of a loop that was not opened */
    struct timer *before, *after;
};

void timer_init(struct timer *timer, zloop_t *loop, timer_fn *fn, void *ctx);

/* Fire once at `due`, instead of when it was armed for before; MONO_NEVER disarms. */
void timer_at(struct timer *timer, mono_t due);

/* Likewise at an instant of clock_real_us(); LABTIME_NEVER disarms. */
void timer_at_real(struct timer *timer, int64_t real_us);

/* Likewise in so many real milliseconds. */
void timer_in_ms(struct timer *timer, int64_t ms);

/* Unless it fires earlier anyway. */
void timer_within_ms(struct timer *timer, int64_t ms);

/* ---- loops -------------------------------------------------------------------------------- */

/* From here on the timers initialised on this loop follow the lab's clock. Before the first one,
 * by whoever runs the loop; closed before the loop is destroyed. */
struct timer_loop *timer_loop_open(zloop_t *loop);
void timer_loop_close(struct timer_loop **loop);

/* The clock has another course: every opened loop arms its timers anew at its next turn. */
void timer_rearm(void);

#endif
