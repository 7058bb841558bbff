#include "common/loop/timer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"

/* A far deadline is reached in hops, one in a paused lab never. */
enum { HOP_MS = 3600 * 1000 };

struct timer_loop {
    zloop_t *loop;
    int fd;              /* eventfd: the clock has another course */
    struct timer *armed; /* the loop's own, like all of its timers */
    struct timer_loop *next;
};

static pthread_mutex_t loops_lock = PTHREAD_MUTEX_INITIALIZER;
static struct timer_loop *loops;

/* ---- which timers a loop has --------------------------------------------------------------- */

static void
enlist(struct timer *timer)
{
    struct timer_loop *home = timer->home;

    if (!home || timer->before || home->armed == timer)
        return;
    timer->after = home->armed;
    if (timer->after)
        timer->after->before = timer;
    home->armed = timer;
}

static void
strike(struct timer *timer)
{
    struct timer_loop *home = timer->home;

    if (!home || (!timer->before && home->armed != timer))
        return;
    if (timer->after)
        timer->after->before = timer->before;
    *(timer->before ? &timer->before->after : &home->armed) = timer->after;
    timer->before = timer->after = NULL;
}

/* ---- one timer ----------------------------------------------------------------------------- */

static bool
is_armed(const struct timer *timer)
{
    return timer->id != -1;
}

static bool
is_real(const struct timer *timer)
{
    return timer->due.us == MONO_NEVER.us;
}

static int fired(zloop_t *loop, int id, void *arg);

static void
arm(struct timer *timer)
{
    int64_t now = clock_real_us(), ms = HOP_MS;

    if (!is_real(timer))
        timer->real_us = clock_real_of(timer->due);
    if (timer->real_us <= now)
        ms = 0;
    else if ((timer->real_us - now) / US_PER_MS < HOP_MS)
        ms = (timer->real_us - now + US_PER_MS - 1) / US_PER_MS;
    timer->id = zloop_timer(timer->loop, (size_t)ms, 1, fired, timer);
    if (timer->id == -1)
        log_fatal("timer: out of memory");
    enlist(timer);
}

static void
disarm(struct timer *timer)
{
    if (is_armed(timer))
        (void)zloop_timer_end(timer->loop, timer->id); /* fails only when it is gone already */
    timer->id = -1;
    timer->due = MONO_NEVER;
    timer->real_us = LABTIME_NEVER;
    strike(timer);
}

static bool
is_due(const struct timer *timer)
{
    return is_real(timer) ? clock_real_us() >= timer->real_us
                          : mono_reached(clock_now(), timer->due);
}

static int
fired(zloop_t *loop, int id, void *arg)
{
    struct timer *timer = arg;

    (void)loop;
    if (id != timer->id)
        return 0;
    timer->id = -1;
    if (!is_due(timer)) {
        arm(timer);
        return 0;
    }
    disarm(timer);
    timer->fn(timer->ctx);
    return 0;
}

void
timer_init(struct timer *timer, zloop_t *loop, timer_fn *fn, void *ctx)
{
    *timer = (struct timer){
        .loop = loop, .fn = fn, .ctx = ctx, .due = MONO_NEVER, .real_us = LABTIME_NEVER, .id = -1};
    (void)pthread_mutex_lock(&loops_lock); /* it is one */
    timer->home = loops;
    while (timer->home && timer->home->loop != loop)
        timer->home = timer->home->next;
    (void)pthread_mutex_unlock(&loops_lock);
}

void
timer_at(struct timer *timer, mono_t due)
{
    if (!timer->loop) /* never initialised: the teardown of a start that failed */
        return;
    if (timer->due.us == due.us && is_armed(timer) && !is_real(timer))
        return;
    disarm(timer);
    timer->due = due;
    if (due.us != MONO_NEVER.us)
        arm(timer);
}

void
timer_at_real(struct timer *timer, int64_t real_us)
{
    if (!timer->loop)
        return;
    disarm(timer);
    timer->real_us = real_us;
    if (real_us != LABTIME_NEVER)
        arm(timer);
}

void
timer_in_ms(struct timer *timer, int64_t ms)
{
    timer_at_real(timer, clock_real_us() + ms * US_PER_MS);
}

void
timer_within_ms(struct timer *timer, int64_t ms)
{
    int64_t soon = clock_real_us() + ms * US_PER_MS;

    if (soon < timer->real_us)
        timer_at_real(timer, soon);
}

/* ---- loops --------------------------------------------------------------------------------- */

/* Those in real time stay as they are. */
static int
on_course(zloop_t *zloop, zmq_pollitem_t *item, void *arg)
{
    const struct timer_loop *loop = arg;
    uint64_t times;

    if (read(item->fd, &times, sizeof times) != sizeof times)
        return 0;
    for (struct timer *timer = loop->armed; timer; timer = timer->after) {
        if (is_real(timer))
            continue;
        if (is_armed(timer))
            (void)zloop_timer_end(zloop, timer->id); /* as above */
        arm(timer);
    }
    return 0;
}

struct timer_loop *
timer_loop_open(zloop_t *loop)
{
    struct timer_loop *opened = calloc(1, sizeof *opened);
    zmq_pollitem_t item = {.events = ZMQ_POLLIN};

    if (!opened)
        log_fatal("timer: out of memory");
    opened->loop = loop;
    opened->fd = item.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (opened->fd < 0 || zloop_poller(loop, &item, on_course, opened) != 0)
        log_fatal("timer: a loop cannot follow the lab's clock: %s", strerror(errno));
    (void)pthread_mutex_lock(&loops_lock);
    opened->next = loops;
    loops = opened;
    (void)pthread_mutex_unlock(&loops_lock);
    return opened;
}

void
timer_loop_close(struct timer_loop **loop_p)
{
    struct timer_loop *loop = *loop_p, **at = &loops;
    zmq_pollitem_t item;

    *loop_p = NULL;
    if (!loop)
        return;
    (void)pthread_mutex_lock(&loops_lock);
    while (*at != loop)
        at = &(*at)->next;
    *at = loop->next;
    (void)pthread_mutex_unlock(&loops_lock);
    item = (zmq_pollitem_t){.fd = loop->fd, .events = ZMQ_POLLIN};
    zloop_poller_end(loop->loop, &item);
    (void)close(loop->fd);
    free(loop);
}

void
timer_rearm(void)
{
    const uint64_t once = 1;

    (void)pthread_mutex_lock(&loops_lock);
    for (const struct timer_loop *loop = loops; loop; loop = loop->next)
        (void)!write(loop->fd, &once, sizeof once); /* full: it has not taken the last one yet */
    (void)pthread_mutex_unlock(&loops_lock);
}
