#include "lab/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/loop/clock.h"
#include "common/loop/fault_words.h"
#include "common/loop/log.h"
#include "lab/host_ask.h"

enum { END_MS = 2000, POLL_MS = 5 };

static struct keeper *
keeper_of(struct host *host, uint32_t lease)
{
    for (size_t i = 0; i < FAULTS_MOST; i++) {
        if (host->keepers[i].lease == lease)
            return &host->keepers[i];
    }
    return NULL;
}

static bool
is_held_by_host(const struct lease *lease)
{
    return fault_kind_by(lease->fault.kind) == FAULT_BY_HOST;
}

static void
tell(const struct host *host, const struct lease *lease, const char *over)
{
    char what[FAULT_WORDS], cause[FAULT_WORDS];

    fault_words(&lease->fault, &host->node->topo, what);
    if (over)
        fault_cause_over(&lease->fault, over, cause);
    else
        fault_cause(&lease->fault, fault_scale(clock_course(), clock_real_us()), cause);
    log_event(over ? "fault.off" : "fault.on", NULL, what, cause, lease->fault.id);
}

/* Keep the file as the table is; a write that fails is said. */
static void
store(struct host *host)
{
    char err[HOST_ERR];

    if (!host_store(host, err))
        log_error("host: %s", err);
}

/* ---- mending ---------------------------------------------------------------------------- */

/* What a process of this lab is like that nobody has broken, when it was not measured: as we. */
static void
assume(struct host_vm *vm)
{
    if (!vm->measured && !vm_measure(getpid(), &vm->before))
        vm->before = (struct vm_before){.files = 1024, .size = RLIM_INFINITY};
}

/* What the keeper has not mended; the leases that go on are then carried out again. */
static void
mend(struct host *host, const struct lease *lease)
{
    for (size_t i = 0; i < host->n; i++) {
        struct host_vm *vm = &host->vms[i];

        if (!host_hits(lease, vm) || !vm->proc.pid)
            continue;
        assume(vm);
        vm_mend(lease->fault.kind, vm->proc.pid, &vm->before);
    }
}

/* ---- the end of one ----------------------------------------------------------------------- */

static void
release(struct host *host, const struct lease *lease)
{
    for (size_t i = 0; i < host->n && lease->held; i++) {
        if (host_hits(lease, &host->vms[i]))
            sup_release(&host->vms[i].sup, clock_now());
    }
}

static void
hit_again(struct host *host, const struct lease *over)
{
    for (size_t i = 0; i < host->n; i++) {
        if (host_hits(over, &host->vms[i]) && host->vms[i].sup.runs && !host->vms[i].settling)
            host_leases_hit(host, &host->vms[i]);
    }
}

/* Of what has never begun nothing is told, and nothing is to be let go. */
static void
gone(struct host *host, const struct lease *was, const char *word)
{
    struct lease lease = *was;

    leases_remove(&host->leases, lease.fault.id);
    store(host);
    if (lease.ticket && !lease.failed[0])
        (void)snprintf(lease.failed, sizeof lease.failed, "it was ended before it was in force");
    host_cmd_begun(host, &lease);
    if (is_held_by_host(&lease)) {
        if (lease.told)
            tell(host, &lease, word);
        release(host, &lease);
        host_vms_restart(host);
        hit_again(host, &lease);
    }
    host_cmd_gone(host, lease.fault.id);
    host_arm(host);
}

static int on_keeper(zloop_t *loop, zmq_pollitem_t *item, void *arg);

static void
begun(struct host *host, struct lease *lease, const char *failed)
{
    if (lease->state != LEASE_STARTS)
        return;
    (void)snprintf(lease->failed, sizeof lease->failed, "%s", failed);
    lease->state = LEASE_ON;
    lease->told = !failed[0];
    if (lease->told)
        tell(host, lease, NULL);
    host_cmd_begun(host, lease);
    if (failed[0])
        host_lease_end(host, lease, "failed");
    host_arm(host);
}

/* The keeper has gone: at the end of its lease, or since somebody ended it. */
static void
keeper_gone(struct host *host, struct keeper *keeper)
{
    struct lease *lease = leases_find(&host->leases, keeper->lease);
    zmq_pollitem_t item = {.fd = keeper->fd, .events = ZMQ_POLLIN};
    bool mended;

    zloop_poller_end(host->node->loop, &item);
    mended = keeper_reap(keeper);
    if (!lease)
        return;
    if (!mended)
        mend(host, lease);
    if (mended && clock_real_us() >= lease->fault.end_us)
        begun(host, lease, ""); /* it was over before the keeper came to say so */
    if (lease->state == LEASE_STARTS)
        (void)snprintf(lease->failed, sizeof lease->failed,
                       "its keeper ended at once; the lab's host.log has why");
    gone(host, lease,
         !mended                                  ? "its keeper was killed"
         : clock_real_us() >= lease->fault.end_us ? "over"
                                                  : "cleared");
}

/* All it says, and its end: the loop gives up a descriptor that has an end twice. */
static void
hear(struct host *host, struct keeper *keeper)
{
    char said[KEEPER_SAYS];

    while (keeper_hear(keeper, said)) {
        struct lease *lease = leases_find(&host->leases, keeper->lease);

        if (lease)
            begun(host, lease, said);
    }
    if (errno != EAGAIN)
        keeper_gone(host, keeper);
}

static int
on_keeper(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct host *host = arg;

    (void)loop;
    for (size_t i = 0; i < FAULTS_MOST; i++) {
        if (host->keepers[i].lease && host->keepers[i].fd == item->fd) {
            hear(host, &host->keepers[i]);
            break;
        }
    }
    return 0;
}

void
host_lease_end(struct host *host, struct lease *lease, const char *word)
{
    struct keeper *keeper = keeper_of(host, lease->fault.id);

    if (!keeper || lease->state == LEASE_WAITS) {
        gone(host, lease, word);
        return;
    }
    if (lease->state != LEASE_ENDS) {
        lease_end(lease, clock_real_us());
        keeper_end(keeper);
    }
    host_arm(host);
}

void
host_lease_overdue(struct host *host, struct lease *lease)
{
    const struct keeper *keeper = keeper_of(host, lease->fault.id);

    log_warn("host: the keeper of lease %u does not answer: it is ended, and the host mends",
             (unsigned)lease->fault.id);
    lease_end(lease, clock_real_us());
    if (keeper)
        keeper_kill(keeper);
}

/* ---- the begin of one ---------------------------------------------------------------------- */

/* A lease hits a process as it is when nothing else does; so it is measured before the first. */
static void
measure(struct host_vm *vm)
{
    if (!vm->measured)
        vm->measured = vm_measure(vm->proc.pid, &vm->before);
    assume(vm);
}

static void
hit(struct host *host, const struct keeper *keeper, struct host_vm *vm)
{
    struct keeper_order order = {.vm = (int32_t)(vm - host->vms), .pid = vm->proc.pid};

    measure(vm);
    order.before = vm->before;
    keeper_break(keeper, &order);
}

void
host_leases_hit(struct host *host, struct host_vm *vm)
{
    for (size_t i = 0; i < host->leases.n; i++) {
        const struct lease *lease = &host->leases.list[i];
        const struct keeper *keeper = keeper_of(host, lease->fault.id);

        if (keeper && (lease->state == LEASE_ON || lease->state == LEASE_STARTS) &&
            host_hits(lease, vm))
            hit(host, keeper, vm);
    }
}

static bool
start_keeper(struct host *host, struct lease *lease, char err[HOST_ERR])
{
    static struct proc procs[PROCS_MOST];
    struct keeper *keeper = keeper_of(host, 0);
    zmq_pollitem_t item = {.events = ZMQ_POLLIN};

    for (size_t i = 0; i < host->n; i++)
        procs[i] = host->vms[i].proc;
    if (!keeper ||
        keeper_start(keeper, &lease->fault, &host->lab, procs, host->n, err, HOST_ERR) != 0)
        return false;
    item.fd = keeper->fd;
    if (zloop_poller(host->node->loop, &item, on_keeper, host) != 0)
        log_fatal("host: out of memory");
    zloop_poller_set_tolerant(host->node->loop, &item); /* its end is no error */
    lease->held = lease->fault.kind == FAULT_KILL;
    for (size_t i = 0; i < host->n; i++) {
        struct host_vm *vm = &host->vms[i];

        if (!host_hits(lease, vm))
            continue;
        if (lease->held)
            sup_hold(&vm->sup);
        if (vm->sup.runs)
            hit(host, keeper, vm);
    }
    keeper_all(keeper);
    return true;
}

/* What a keeper of another lease of that number may have left, in a lab before this one. */
static void
unmark(const struct host *host, uint32_t lease)
{
    char mark[NODE_PATH + 32];

    host_lease_mark(host->lab.rundir, lease, mark);
    (void)unlink(mark); /* most have none */
}

static void
measure_all(struct host *host, const struct lease *lease)
{
    for (size_t i = 0; i < host->n; i++) {
        if (host_hits(lease, &host->vms[i]) && host->vms[i].sup.runs)
            measure(&host->vms[i]);
    }
}

bool
host_lease_begin(struct host *host, struct lease *lease, char err[HOST_ERR])
{
    enum fault_on on = fault_kind_on(lease->fault.kind);
    bool ours = is_held_by_host(lease);

    if (!host_resolve(host, &lease->fault, err))
        return false;
    if ((on == FAULT_ON_VM || on == FAULT_ON_SF) && !host_any_runs(host, lease, err))
        return false;
    lease_start(lease, clock_real_us());
    unmark(host, lease->fault.id);
    if (ours)
        measure_all(host, lease);
    else
        lease->state = LEASE_ON;
    if (!host_store(host, err)) /* before anything is broken: who comes after us mends it */
        return false;
    if (ours && !start_keeper(host, lease, err))
        return false;
    host_arm(host);
    return true;
}

/* ---- begin and end of the host -------------------------------------------------------------- */

/* Of a host that has gone. Its keepers have mended what they broke, and said so, unless they were
 * killed, too. In a lab that was killed as a whole nothing is started. */
static void
take_over(struct host *host, const struct fault *fault, bool lives)
{
    struct lease lease = {.fault = *fault};
    char mark[NODE_PATH + 32], err[HOST_ERR];
    bool said;

    host_lease_mark(host->lab.rundir, fault->id, mark);
    said = access(mark, F_OK) == 0;
    mend(host, &lease);
    for (size_t i = 0; i < host->n && lives && !said && fault->kind == FAULT_KILL; i++) {
        struct host_vm *vm = &host->vms[i];

        if (host_hits(&lease, vm) && !vm->sup.runs && !host_vm_start(host, vm, SUP_RELEASED, err))
            log_error("host: %s", err);
    }
    if (!said)
        tell(host, &lease, "its host has gone");
}

void
host_leases_open(struct host *host)
{
    static struct faults faults;
    int64_t now = clock_real_us();
    bool lives = false;

    for (size_t i = 0; i < FAULTS_MOST; i++)
        host->keepers[i].fd = -1;
    for (size_t i = 0; i < host->n; i++)
        lives |= host->vms[i].sup.runs;
    host_restore(host, &faults);
    for (size_t i = 0; i < faults.n; i++) {
        const struct fault *fault = &faults.list[i];

        if (fault_kind_by(fault->kind) == FAULT_BY_HOST)
            take_over(host, fault, lives);
        else if (lives && now < fault->end_us)
            (void)leases_adopt(&host->leases, fault); /* it fits: the file holds no more */
        if (host->leases.last < fault->id)
            host->leases.last = fault->id;
    }
    for (size_t i = 0; i < host->n && lives; i++)
        sup_found_dead(&host->vms[i].sup, clock_now());
    store(host);
    for (size_t i = 0; i < faults.n; i++) /* until here they said that the lease is over */
        unmark(host, faults.list[i].id);
}

/* Whoever ends the lab has its lock. If nobody has, only we end, and what a lease held dead is
 * started. */
static void
start_released(struct host *host)
{
    int lock = lab_try_lock(&host->lab);
    char err[HOST_ERR];
    bool lives = false;

    for (size_t i = 0; i < host->n && !lives; i++) {
        struct proc look = host->vms[i].proc;

        lives = proc_look(&look) != 0;
    }
    for (size_t i = 0; i < host->n && lives && lock >= 0; i++) {
        struct host_vm *vm = &host->vms[i];

        if (vm->sup.why == SUP_RELEASED && sup_take_due(&vm->sup, clock_now()) &&
            !host_vm_start(host, vm, SUP_RELEASED, err))
            log_error("host: %s", err);
    }
    if (lock >= 0)
        (void)close(lock); /* gives the lock back */
}

/* What we hold ends with us; the leases that others carry out end by themselves. */
void
host_leases_close(struct host *host)
{
    int64_t deadline = lab_now_ms() + END_MS;

    for (size_t i = 0; i < FAULTS_MOST; i++) {
        if (host->keepers[i].lease)
            keeper_end(&host->keepers[i]);
    }
    for (size_t i = 0; i < FAULTS_MOST; i++) {
        struct keeper *keeper = &host->keepers[i];
        char said[KEEPER_SAYS];

        while (keeper->lease && (keeper_hear(keeper, said) || errno == EAGAIN) &&
               lab_now_ms() < deadline)
            lab_sleep_ms(POLL_MS);
        if (keeper->lease && lab_now_ms() >= deadline)
            keeper_kill(keeper);
        if (keeper->lease)
            keeper_gone(host, keeper);
    }
    start_released(host);
    event_logs_close(&host->logs);
}
