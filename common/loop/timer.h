/* timer.h - one deadline on a zloop, in lab time
 *
 * Ownership  the caller owns the struct; it must outlive its arming
 * Time       mono_t; fires at or after the deadline, with a real resolution of 1 ms
 * Errors     none: out of memory is fatal
 * Threads    the loop's
 */
#ifndef VPCLAB_TIMER_H
#define VPCLAB_TIMER_H

#include <czmq.h>

#include "common/base/mono.h"

typedef void timer_fn(void *ctx);

struct timer {
    zloop_t *loop;
    timer_fn *fn;
    void *ctx;
    mono_t due; /* MONO_NEVER: not armed */
    int id;
};

void timer_init(struct timer *timer, zloop_t *loop, timer_fn *fn, void *ctx);

/* Fire once at `due`, instead of when it was armed for before; MONO_NEVER disarms. */
void timer_at(struct timer *timer, mono_t due);

#endif
