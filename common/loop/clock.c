#include "common/loop/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

/* A course as all threads read it: never changed once it is published. */
struct published {
    struct labtime course;
    int64_t floor; /* what the clock has shown before; ANEW: nothing that counts */
};

#define ANEW INT64_MIN

/* Readers hold a place for some nanoseconds; it is used again after so many other changes, which
 * are at least a wake-up of the main loop each. */
enum { PLACES = 256 };

static struct published places[PLACES] = {
    {.course = {.n = 1, .run = LABTIME_ONE, .segments = {{0, 0, LABTIME_ONE}}}, .floor = ANEW}};
static _Atomic(const struct published *) current = &places[0];

/* Writers come one after the other. */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
static unsigned used;

/* When the clock was read last, by any thread; noted each NOTED_US at the most. */
static _Atomic int64_t read_us;
static clock_missed_fn *missed;
static const void *missed_ctx;

enum { NOTED_US = 1000 };

static _Atomic int64_t wall_step_us;

/* Under the lock. */
static void
publish(const struct labtime *course, int64_t floor)
{
    struct published *place = &places[++used % PLACES];

    *place = (struct published){*course, floor};
    atomic_store_explicit(&current, place, memory_order_release);
}

void
clock_scale(uint32_t by)
{
    const struct labtime course = labtime_untouched(by);

    clock_begin(&course);
}

void
clock_begin(const struct labtime *course)
{
    (void)pthread_mutex_lock(&writing); /* it is one */
    publish(course, ANEW);
    (void)pthread_mutex_unlock(&writing);
    (void)clock_now(); /* what this thread has seen before does not count */
}

void
clock_missed(clock_missed_fn *fn, const void *ctx)
{
    missed_ctx = ctx;
    missed = fn;
}

int64_t
clock_real_us(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail for this clock */
    return ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

static int64_t
shown(const struct published *by, int64_t real_us)
{
    int64_t lab_us = labtime_lab_of(&by->course, real_us);

    return lab_us < by->floor ? by->floor : lab_us;
}

/* What was decided while all of us slept takes nothing back that anybody has seen. Under the lock. */
static void
take(const struct labtime *course, int64_t now)
{
    const struct published *before = atomic_load_explicit(&current, memory_order_relaxed);
    int64_t last = atomic_load_explicit(&read_us, memory_order_relaxed);

    publish(course, shown(before, now - last >= CLOCK_SLEPT_US ? last + NOTED_US : now));
}

static bool
ask_missed(struct labtime *course)
{
    int before = errno; /* who reads the clock does not expect another one */
    bool told = missed && missed(missed_ctx, course);

    errno = before;
    return told;
}

void
clock_look(void)
{
    struct labtime course;

    (void)pthread_mutex_lock(&writing);
    if (ask_missed(&course))
        take(&course, clock_real_us());
    (void)pthread_mutex_unlock(&writing);
}

/* The first reading after none of us had read it for a while: what happened meanwhile comes first,
 * else a clock that was stopped with its process would run on through a pause that it slept through.
 * Other threads that wake now wait for it. */
static void
wake(int64_t real_us)
{
    struct labtime course;

    (void)pthread_mutex_lock(&writing);
    if (real_us - atomic_load_explicit(&read_us, memory_order_relaxed) >= CLOCK_SLEPT_US &&
        ask_missed(&course))
        take(&course, real_us);
    atomic_store_explicit(&read_us, real_us, memory_order_relaxed);
    (void)pthread_mutex_unlock(&writing);
}

static void
note(int64_t real_us)
{
    int64_t since = real_us - atomic_load_explicit(&read_us, memory_order_relaxed);

    if (since >= CLOCK_SLEPT_US)
        wake(real_us);
    else if (since >= NOTED_US)
        atomic_store_explicit(&read_us, real_us, memory_order_relaxed);
}

const struct labtime *
clock_course(void)
{
    return &atomic_load_explicit(&current, memory_order_acquire)->course;
}

/* Another thread may take a course between our look at the clock and the next: so each thread
 * keeps what it has seen. */
mono_t
clock_now(void)
{
    static _Thread_local int64_t seen;
    int64_t real_us = clock_real_us(), lab_us;
    const struct published *by;

    note(real_us);
    by = atomic_load_explicit(&current, memory_order_acquire);
    lab_us = shown(by, real_us);

    if (lab_us < seen && by->floor != ANEW)
        lab_us = seen;
    seen = lab_us;
    return (mono_t){.us = lab_us};
}

int64_t
clock_real_of(mono_t due)
{
    if (due.us == MONO_NEVER.us)
        return LABTIME_NEVER;
    return labtime_real_of(clock_course(), due.us);
}

int64_t
clock_machine_us(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail for this clock */
    return ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

int64_t
clock_wall_us(void)
{
    return clock_machine_us() + atomic_load_explicit(&wall_step_us, memory_order_relaxed);
}

void
clock_wall_step(int64_t us)
{
    atomic_store_explicit(&wall_step_us, us, memory_order_relaxed);
}
