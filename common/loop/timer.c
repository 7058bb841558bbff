#include "common/loop/timer.h"

#include "common/loop/clock.h"
#include "common/loop/log.h"

static void arm(struct timer *timer);

static int
fired(zloop_t *loop, int id, void *arg)
{
    struct timer *timer = arg;

    (void)loop;
    if (id != timer->id)
        return 0;
    timer->id = -1;
    if (!mono_reached(clock_now(), timer->due)) {
        arm(timer); /* a far deadline is reached in hops */
        return 0;
    }
    timer->due = MONO_NEVER;
    timer->fn(timer->ctx);
    return 0;
}

static void
arm(struct timer *timer)
{
    int64_t ms = clock_real_ms(timer->due);

    timer->id = zloop_timer(timer->loop, (size_t)ms, 1, fired, timer);
    if (timer->id == -1)
        log_fatal("timer: out of memory");
}

void
timer_init(struct timer *timer, zloop_t *loop, timer_fn *fn, void *ctx)
{
    *timer = (struct timer){.loop = loop, .fn = fn, .ctx = ctx, .due = MONO_NEVER, .id = -1};
}

void
timer_at(struct timer *timer, mono_t due)
{
    if (!timer->loop) /* never initialised: the teardown of a start that failed */
        return;
    if (timer->due.us == due.us && (timer->id != -1 || due.us == MONO_NEVER.us))
        return;
    if (timer->id != -1)
        (void)zloop_timer_end(timer->loop, timer->id); /* fails only when it is gone already */
    timer->id = -1;
    timer->due = due;
    if (due.us != MONO_NEVER.us)
        arm(timer);
}
