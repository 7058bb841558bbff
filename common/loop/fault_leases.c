#include "common/loop/fault_leases.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/base/rng.h"
#include "common/loop/book.h"
#include "common/loop/clock.h"
#include "common/loop/fault_file.h"
#include "common/loop/fault_words.h"
#include "common/loop/log.h"

enum { ENDS = 2048 };

_Atomic uint32_t fault_generation;

/* Written by the main thread, under the lock; read by it without, by the others with it. */
static struct {
    pthread_mutex_t lock;
    struct faults faults;
    int ends[ENDS]; /* descriptors to wake */
    size_t end_n;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The main thread's. */
static struct {
    const struct node *node;
    int fd; /* timerfd of the next begin or end */
    zmq_pollitem_t item;
    struct faults told; /* fault.on was, fault.off was not */
    fault_leases_fn *fn;
    void *ctx;
} own = {.fd = -1};

static _Atomic unsigned no_apply;
static _Atomic uint64_t no_apply_seed;

/* ---- events ------------------------------------------------------------------------- */

static void
tell(const struct fault *lease, const char *over)
{
    char what[FAULT_WORDS], cause[FAULT_WORDS];

    fault_words(lease, &own.node->topo, what);
    if (over)
        fault_cause_over(lease, over, cause);
    else
        fault_cause(lease, fault_scale(clock_course(), clock_real_us()), cause);
    log_event(over ? "fault.off" : "fault.on", NULL, what, cause, lease->id);
}

static bool
same_lease(const struct fault *a, const struct fault *b)
{
    return a->id == b->id && a->begin_us == b->begin_us && a->kind == b->kind;
}

static struct fault *
find(struct faults *in, const struct fault *lease)
{
    for (size_t i = 0; i < in->n; i++) {
        if (same_lease(&in->list[i], lease))
            return &in->list[i];
    }
    return NULL;
}

/* Those that were told and are over. An end that was moved is known when it comes. */
static size_t
take_ends(int64_t now, struct fault over[FAULTS_MOST])
{
    size_t kept = 0, n = 0;

    for (size_t i = 0; i < own.told.n; i++) {
        struct fault *lease = &own.told.list[i], *is = find(&table.faults, lease);

        if (is)
            *lease = *is;
        if (is && fault_in_force(is, now))
            own.told.list[kept++] = *lease;
        else
            over[n++] = *lease;
    }
    own.told.n = kept;
    return n;
}

static void
tell_begins(int64_t now)
{
    for (size_t i = 0; i < table.faults.n; i++) {
        const struct fault *lease = &table.faults.list[i];

        if (!fault_in_force(lease, now) || find(&own.told, lease) || own.told.n == FAULTS_MOST ||
            !fault_concerns(lease, &own.node->topo, own.node->instance, own.node->slot))
            continue;
        own.told.list[own.told.n++] = *lease;
        tell(lease, NULL);
    }
}

/* ---- what is in force --------------------------------------------------------------- */

/* Of several leases each takes its part of what the others leave; steps of a clock add up. */
static void
carry_out(void)
{
    struct fault in_force[FAULTS_MOST];
    int64_t step_s = 0;
    unsigned applied = 100;
    uint64_t seed = 0;
    size_t n = 0;

    for (size_t i = 0; i < own.told.n; i++) {
        const struct fault *lease = &own.told.list[i];

        if (lease->kind == FAULT_NO_APPLY) {
            applied = applied * (unsigned)(100 - lease->amount) / 100;
            seed = mix64(seed ^ lease->id ^ mix64((uint64_t)lease->begin_us));
        }
        if (lease->kind == FAULT_CLOCK_STEP)
            step_s += lease->amount;
        if (lease->target.link == FAULT_NO_LINK)
            in_force[n++] = *lease;
    }
    atomic_store(&no_apply_seed, seed);
    atomic_store(&no_apply, 100 - applied);
    clock_wall_step(step_s * US_PER_S);
    if (own.fn)
        own.fn(own.ctx, in_force, n);
}

static void
arm(int64_t now)
{
    int64_t next = INT64_MAX;
    struct itimerspec at = {0};

    for (size_t i = 0; i < table.faults.n; i++) {
        const struct fault *lease = &table.faults.list[i];

        if (lease->begin_us > now && lease->begin_us < next)
            next = lease->begin_us;
        if (lease->end_us > now && lease->end_us < next)
            next = lease->end_us;
    }
    if (next != INT64_MAX) {
        at.it_value.tv_sec = next / US_PER_S;
        at.it_value.tv_nsec = next % US_PER_S * 1000;
    }
    (void)timerfd_settime(own.fd, TFD_TIMER_ABSTIME, &at, NULL); /* it is one, and the time fits */
}

/* Ends are woken before events are told: who reads that a lease is in force may rely on it. A wrong
 * clock is told by the right one. */
static void
step(void)
{
    struct fault over[FAULTS_MOST];
    size_t over_n;
    const struct itimerspec at_once = {.it_value.tv_nsec = 1};
    int64_t now = clock_real_us();

    (void)pthread_mutex_lock(&table.lock);
    atomic_fetch_add(&fault_generation, 1);
    for (size_t i = 0; i < table.end_n; i++)
        (void)timerfd_settime(table.ends[i], 0, &at_once, NULL);
    (void)pthread_mutex_unlock(&table.lock);
    over_n = take_ends(now, over);
    tell_begins(now);
    carry_out();
    for (size_t i = 0; i < over_n; i++)
        tell(&over[i], now >= over[i].end_us ? "over" : "cleared");
    arm(now);
}

static int
on_instant(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    uint64_t n;

    (void)loop;
    (void)arg;
    if (read(item->fd, &n, sizeof n) == sizeof n)
        step();
    return 0;
}

static void
on_file(void *ctx, const char *text, size_t len)
{
    static struct faults fresh;
    char err[256];

    (void)ctx;
    fresh.n = 0;
    if (text && faults_parse(&fresh, text, len, &own.node->topo, err, sizeof err) != 0) {
        log_warn("fault: %s; the leases before it stay", err);
        return;
    }
    if (fresh.n == 0 && table.faults.n == 0)
        return;
    (void)pthread_mutex_lock(&table.lock);
    table.faults = fresh;
    (void)pthread_mutex_unlock(&table.lock);
    step();
}

void
fault_leases_follow(const struct node *node)
{
    if (!node->topo.fault_hooks)
        return;
    own.node = node;
    own.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    own.item = (zmq_pollitem_t){.fd = own.fd, .events = ZMQ_POLLIN};
    if (own.fd < 0 || zloop_poller(node->loop, &own.item, on_instant, NULL) != 0)
        log_fatal("fault: cannot watch for leases: %s", strerror(errno));
    book_watch(node, FAULT_FILE, on_file, NULL);
}

void
fault_leases_leave(void)
{
    if (own.fd < 0)
        return;
    zloop_poller_end(own.node->loop, &own.item);
    (void)close(own.fd); /* a timer */
    own.fd = -1;
}

void
fault_leases_watch(fault_leases_fn *fn, void *ctx)
{
    own.fn = fn;
    own.ctx = ctx;
    if (fn && own.told.n > 0)
        carry_out();
}

/* ---- for all threads ---------------------------------------------------------------- */

size_t
fault_leases_of(enum fault_link link, struct fault out[FAULTS_MOST])
{
    size_t n = 0;

    (void)pthread_mutex_lock(&table.lock);
    for (size_t i = 0; i < table.faults.n; i++) {
        if (table.faults.list[i].target.link == link)
            out[n++] = table.faults.list[i];
    }
    (void)pthread_mutex_unlock(&table.lock);
    return n;
}

unsigned
fault_no_apply(uint64_t *seed)
{
    unsigned percent = atomic_load(&no_apply);

    *seed = atomic_load(&no_apply_seed);
    return percent;
}

void
fault_leases_wake(int fd)
{
    (void)pthread_mutex_lock(&table.lock);
    if (table.end_n < ENDS)
        table.ends[table.end_n++] = fd;
    (void)pthread_mutex_unlock(&table.lock);
}

void
fault_leases_forget(int fd)
{
    (void)pthread_mutex_lock(&table.lock);
    for (size_t i = 0; i < table.end_n; i++) {
        if (table.ends[i] == fd)
            table.ends[i--] = table.ends[--table.end_n];
    }
    (void)pthread_mutex_unlock(&table.lock);
}
