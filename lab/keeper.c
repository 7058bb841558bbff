#include "lab/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/base/mono.h"
#include "common/loop/clock.h"
#include "common/loop/fault_file.h"
#include "common/loop/fault_words.h"
#include "common/loop/log.h"
#include "lab/host_ask.h"

enum {
    ALL = -1, /* in place of a VM in an order */
    END = -2,
    FROM = 3,         /* the keeper's descriptor */
    STUTTER_MS = 250, /* of which a part is run */
    SETTLE_MS = 3000,
    POLL_MS = 5,
};

struct kept {
    int pid; /* 0: not broken, or gone */
    struct vm_before before;
};

struct keeping {
    const struct fault *fault;
    const struct lab *lab;
    const struct proc *procs;
    size_t n;
    bool stands; /* stutter: they stand still */
    int64_t turn_us;
    char failed[KEEPER_SAYS];
    struct kept vms[PROCS_MOST];
};

/* ---- the keeper's process --------------------------------------------------------------- */

/* Is it still the process of that VM? Numbers are given to others. */
static bool
is_there(const struct keeping *keeping, size_t i)
{
    struct proc proc = keeping->procs[i];

    return keeping->vms[i].pid && proc_look(&proc) == keeping->vms[i].pid;
}

static void
break_one(struct keeping *keeping, const struct keeper_order *order)
{
    size_t i = (size_t)order->vm;
    char err[KEEPER_SAYS] = "";

    if (order->vm < 0 || i >= keeping->n)
        return;
    keeping->vms[i] = (struct kept){order->pid, order->before};
    if (!is_there(keeping, i)) {
        keeping->vms[i].pid = 0; /* it is no more: the host will say so of its successor */
        return;
    }
    if (!vm_break(keeping->fault->kind, order->pid, err, sizeof err))
        memcpy(keeping->failed, err, sizeof err);
}

static void
mend_all(struct keeping *keeping)
{
    for (size_t i = 0; i < keeping->n; i++) {
        if (is_there(keeping, i))
            vm_mend(keeping->fault->kind, keeping->vms[i].pid, &keeping->vms[i].before);
    }
}

static void *
burn(void *arg)
{
    volatile unsigned *turns = arg;

    for (;;)
        ++*turns;
    return NULL;
}

/* The company of a process that starves: threads that never rest, on its CPU. */
static void
be_busy(struct keeping *keeping)
{
    static unsigned turns[64]; /* the most of an amount */
    cpu_set_t one;
    pthread_t thread;

    CPU_ZERO(&one);
    CPU_SET((size_t)vm_starving_cpu(), &one);
    for (int64_t i = 0; i < keeping->fault->amount && i < 64; i++) {
        if (pthread_create(&thread, NULL, burn, &turns[i]) != 0 ||
            pthread_setaffinity_np(thread, sizeof one, &one) != 0)
            (void)snprintf(keeping->failed, sizeof keeping->failed, "no thread to starve it with");
    }
}

/* Does a lease of pause hold that VM? It is nobody's turn to run then. */
static bool
is_paused(const struct keeping *keeping, const struct faults *faults, size_t i)
{
    int64_t now = clock_real_us();

    for (size_t k = 0; k < faults->n; k++) {
        const struct fault *fault = &faults->list[k];

        if (fault->kind == FAULT_PAUSE && fault_in_force(fault, now) &&
            fault_hits_vm(fault, keeping->procs[i].instance, keeping->procs[i].slot))
            return true;
    }
    return false;
}

/* Let them run, or stand still; and when the other. */
static void
take_turn(struct keeping *keeping)
{
    static struct faults faults; /* none when the file cannot be read */
    int64_t runs_ms = STUTTER_MS * keeping->fault->amount / 100;
    char err[512];

    keeping->stands = !keeping->stands;
    faults.n = 0;
    if (!keeping->stands)
        (void)faults_read(&faults, keeping->lab->rundir, &keeping->lab->topo, err, sizeof err);
    for (size_t i = 0; i < keeping->n; i++) {
        if (!is_there(keeping, i))
            continue;
        if (keeping->stands)
            (void)vm_break(FAULT_STUTTER, keeping->vms[i].pid, err, sizeof err);
        else if (!is_paused(keeping, &faults, i))
            vm_mend(FAULT_STUTTER, keeping->vms[i].pid, &keeping->vms[i].before);
    }
    keeping->turn_us =
        clock_real_us() + (keeping->stands ? STUTTER_MS - runs_ms : runs_ms) * US_PER_MS;
}

/* Orders are taken until one ends it (true), or the host is gone (false), or the lease is over. */
static bool
serve(struct keeping *keeping)
{
    struct keeper_order order;

    for (int64_t now = clock_real_us(); now < keeping->fault->end_us; now = clock_real_us()) {
        bool turns = keeping->fault->kind == FAULT_STUTTER;
        int64_t next = turns && keeping->turn_us < keeping->fault->end_us ? keeping->turn_us
                                                                          : keeping->fault->end_us;
        int64_t ms = next > now ? (next - now + 999) / US_PER_MS : 0;
        struct pollfd item = {.fd = FROM, .events = POLLIN};

        if (poll(&item, 1, ms < 3600000 ? (int)ms : 3600000) > 0) {
            if (recv(FROM, &order, sizeof order, 0) != sizeof order)
                return false;
            if (order.vm == END)
                return true;
            if (order.vm == ALL)
                (void)send(FROM, keeping->failed, strlen(keeping->failed) + 1, MSG_NOSIGNAL);
            else
                break_one(keeping, &order);
        }
        if (turns && clock_real_us() >= keeping->turn_us)
            take_turn(keeping);
    }
    return true;
}

/* The lock of a lab that is still up. One that was ended while we waited for it may have left its
 * logs, and then there is a directory, but nothing in it may start. */
static int
lock_lab(const struct lab *lab)
{
    char topology[TOPO_PATH], path[NODE_PATH + 16];
    int lock = lab_lock(lab);

    if (lock < 0 || lab_topology(lab, topology))
        return lock;
    (void)snprintf(path, sizeof path, "%s/lab.lock", lab->rundir);
    (void)unlink(path); /* we made it */
    (void)close(lock);
    return -1;
}

/* What was killed is started, for nobody else will; with the lab's lock, so that no `down` that
 * comes at the same time overlooks it. */
static void
start_killed(const struct keeping *keeping)
{
    int lock = lock_lab(keeping->lab);
    char err[512];

    for (size_t i = 0; lock >= 0 && i < keeping->n; i++) {
        struct proc proc = keeping->procs[i];

        if (!keeping->vms[i].pid || proc_look(&proc))
            continue;
        if (proc_start(&proc, keeping->lab, err, sizeof err) != 0) {
            log_error("host: %s", err);
            continue;
        }
        log_event("vm.start", NULL, proc.name, "its lease is over, and the host gone",
                  (uint64_t)proc.pid);
        for (int64_t end = lab_now_ms() + SETTLE_MS;
             proc_settled(&proc) == 0 && lab_now_ms() < end;)
            lab_sleep_ms(POLL_MS);
        proc_close(&proc);
    }
    if (lock >= 0)
        (void)close(lock); /* gives the lock back */
}

/* The host has gone: it is told in its log, and its successor knows. */
static void
tell_over(const struct keeping *keeping)
{
    char what[FAULT_WORDS], cause[FAULT_WORDS], mark[NODE_PATH + 32], topology[TOPO_PATH];
    int fd;

    fault_words(keeping->fault, &keeping->lab->topo, what);
    fault_cause_over(keeping->fault, "its host has gone", cause);
    log_event("fault.off", NULL, what, cause, keeping->fault->id);
    if (!lab_topology(keeping->lab, topology))
        return; /* the lab was ended meanwhile: it has no next host */
    host_lease_mark(keeping->lab->rundir, keeping->fault->id, mark);
    fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0)
        (void)close(fd); /* empty */
}

static _Noreturn void
keep(struct keeping *keeping, int from)
{
    char log[NODE_PATH + 32];
    sigset_t none;

    log_close();
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_NAME, "vpc-keeper");
    (void)prctl(PR_SET_CHILD_SUBREAPER, 0);
    if (dup2(from, FROM) < 0 || syscall(SYS_close_range, FROM + 1U, ~0U, 0U) != 0)
        _exit(EXIT_FAILURE);
    (void)snprintf(log, sizeof log, "%s/host.jsonl", keeping->lab->rundir);
    (void)log_open("host", log); /* else it goes untold */
    log_thread("keeper");
    if (keeping->fault->kind == FAULT_STARVE)
        be_busy(keeping);
    keeping->turn_us = clock_real_us();
    if (serve(keeping)) {
        mend_all(keeping);
        _exit(EXIT_SUCCESS);
    }
    mend_all(keeping);
    if (keeping->fault->kind == FAULT_KILL)
        start_killed(keeping);
    tell_over(keeping);
    _exit(EXIT_SUCCESS);
}

/* ---- in the host ------------------------------------------------------------------------ */

int
keeper_start(struct keeper *keeper, const struct fault *fault, const struct lab *lab,
             const struct proc *procs, size_t n, char *err, size_t room)
{
    static struct keeping keeping;
    int pair[2];

    keeping = (struct keeping){.fault = fault, .lab = lab, .procs = procs, .n = n};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        (void)snprintf(err, room, "no keeper for the lease: %s", strerror(errno));
        return DI_ESYSTEM;
    }
    *keeper = (struct keeper){.lease = fault->id, .pid = fork(), .fd = pair[0]};
    if (keeper->pid == 0)
        keep(&keeping, pair[1]);
    (void)close(pair[1]);
    if (keeper->pid > 0)
        return 0;
    (void)snprintf(err, room, "no keeper for the lease: %s", strerror(errno));
    (void)close(pair[0]);
    *keeper = (struct keeper){.fd = -1};
    return DI_ESYSTEM;
}

static void
order(const struct keeper *keeper, const struct keeper_order *what)
{
    (void)send(keeper->fd, what, sizeof *what,
               MSG_NOSIGNAL | MSG_DONTWAIT); /* gone: that is seen */
}

void
keeper_break(const struct keeper *keeper, const struct keeper_order *what)
{
    order(keeper, what);
}

void
keeper_all(const struct keeper *keeper)
{
    order(keeper, &(struct keeper_order){.vm = ALL});
}

void
keeper_end(const struct keeper *keeper)
{
    order(keeper, &(struct keeper_order){.vm = END});
}

void
keeper_kill(const struct keeper *keeper)
{
    (void)kill(keeper->pid, SIGKILL); /* ours: until it is reaped nobody else has its number */
}

bool
keeper_hear(const struct keeper *keeper, char said[KEEPER_SAYS])
{
    ssize_t len = recv(keeper->fd, said, KEEPER_SAYS, MSG_DONTWAIT);

    if (len == 0)
        errno = EPIPE;
    if (len <= 0)
        return false;
    said[len - 1] = '\0';
    return true;
}

bool
keeper_reap(struct keeper *keeper)
{
    int status = -1, pid = keeper->pid;
    bool reaped = waitpid(pid, &status, 0) == pid;

    (void)close(keeper->fd);
    *keeper = (struct keeper){.fd = -1};
    return reaped && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}
