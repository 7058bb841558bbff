#include "lab/host/host.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"

enum { SETTLE_MS = 3000, GONE_MS = 2000, POLL_MS = 5, LAST_WORDS = 240 };

static const char *const why_text[] = {
    [SUP_ASKED] = "asked for",
    [SUP_POLICY] = "restart policy",
    [SUP_RELEASED] = "its lease is over",
};

struct host_vm *
host_vm_find(struct host *host, const char *name)
{
    for (size_t i = 0; i < host->n; i++) {
        if (strcmp(host->vms[i].proc.name, name) == 0)
            return &host->vms[i];
    }
    return NULL;
}

/* ---- ends ------------------------------------------------------------------------------- */

/* The last line of its log, unless that is one of every day: what a library or an assertion said
 * before it ended the process. */
static void
last_words(const struct proc *proc, char *out, size_t room)
{
    char path[PROC_PATH + 8], tail[LAST_WORDS + 1], *line;
    FILE *f;
    size_t len;

    out[0] = '\0';
    (void)snprintf(path, sizeof path, "%s.log", proc->base);
    f = fopen(path, "re");
    if (!f)
        return;
    if (fseek(f, -LAST_WORDS, SEEK_END) != 0)
        rewind(f);
    len = fread(tail, 1, LAST_WORDS, f);
    (void)fclose(f); /* only read */
    while (len > 0 && tail[len - 1] == '\n')
        len--;
    tail[len] = '\0';
    line = strrchr(tail, '\n');
    line = line ? line + 1 : tail;
    if (*line && !strstr(line, "Z info ") && !strstr(line, "Z debug "))
        (void)snprintf(out, room, ", %s", line);
}

/* How it ended, as far as a parent can tell; true if by a failure of its own. */
static bool
read_end(const struct proc *proc, char *out, size_t room)
{
    char words[LAST_WORDS + 8] = "";
    bool killed, by_itself;
    int status;

    if (waitpid(proc->pid, &status, WNOHANG) != proc->pid) {
        (void)snprintf(out, room, "it was not this host that started it");
        return false;
    }
    killed = WIFSIGNALED(status);
    by_itself = killed ? WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM
                       : WEXITSTATUS(status) != 0;
    if (by_itself)
        last_words(proc, words, sizeof words);
    (void)snprintf(out, room, "%s %d%s", killed ? "signal" : "status",
                   killed ? WTERMSIG(status) : WEXITSTATUS(status), words);
    return by_itself;
}

static int on_end(zloop_t *loop, zmq_pollitem_t *item, void *arg);

static void
unwatch(struct host *host, struct host_vm *vm)
{
    zmq_pollitem_t item = {.fd = vm->proc.fd, .events = ZMQ_POLLIN};

    if (vm->proc.fd >= 0)
        zloop_poller_end(host->node->loop, &item);
    proc_close(&vm->proc);
}

static bool
watch_vm(struct host *host, struct host_vm *vm)
{
    zmq_pollitem_t item = {.fd = vm->proc.fd, .events = ZMQ_POLLIN};

    vm->measured = false;
    return vm->proc.fd >= 0 && zloop_poller(host->node->loop, &item, on_end, host) == 0;
}

static void
take_end(struct host *host, struct host_vm *vm)
{
    int pid = vm->proc.pid;
    char how[LAST_WORDS + 32];
    bool failed = read_end(&vm->proc, how, sizeof how);

    log_event("vm.exit", NULL, vm->proc.name, how, (uint64_t)pid);
    unwatch(host, vm);
    vm->proc.pid = 0;
    vm->settling = false;
    sup_ended(&vm->sup, failed, clock_now());
    host_arm(host);
}

static int
on_end(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct host *host = arg;

    (void)loop;
    for (size_t i = 0; i < host->n; i++) {
        if (host->vms[i].proc.fd == item->fd) {
            take_end(host, &host->vms[i]);
            break;
        }
    }
    host_vms_look(host); /* another one may have its place already */
    return 0;
}

/* ---- starts ----------------------------------------------------------------------------- */

/* One that was started by somebody else. */
static void
adopt(struct host *host, struct host_vm *vm, int pid)
{
    vm->proc.pid = pid;
    vm->proc.fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (vm->proc.fd < 0 || proc_look(&vm->proc) != pid || !watch_vm(host, vm)) {
        unwatch(host, vm); /* gone meanwhile, it is looked at again */
        vm->proc.pid = 0;
        return;
    }
    log_info("host: %s runs, as process %d", vm->proc.name, pid);
    sup_started(&vm->sup, SUP_ASKED, clock_now());
    host_leases_hit(host, vm);
}

void
host_vms_look(struct host *host)
{
    for (size_t i = 0; i < host->n; i++) {
        struct host_vm *vm = &host->vms[i];
        struct proc look = vm->proc;

        if (vm->sup.runs && vm->proc.fd >= 0 && proc_ended(&vm->proc))
            take_end(host, vm); /* who asks us may have heard of it before we have */
        if (vm->settling && proc_look(&look) == vm->proc.pid) {
            vm->settling = false;
            host_leases_hit(host, vm);
        } else if (!vm->sup.runs && proc_look(&look)) {
            adopt(host, vm, look.pid);
        }
    }
}

bool
host_vms_wanting(const struct host *host, bool *settling)
{
    bool any = false;

    *settling = false;
    for (size_t i = 0; i < host->n; i++) {
        any |= !host->vms[i].sup.runs;
        *settling |= host->vms[i].settling;
    }
    return any;
}

static uint32_t
holder_of(const struct host *host, const struct host_vm *vm)
{
    for (size_t i = 0; i < host->leases.n; i++) {
        const struct fault *fault = &host->leases.list[i].fault;

        if (fault->kind == FAULT_KILL && host->leases.list[i].state != LEASE_WAITS &&
            fault_hits_vm(fault, vm->proc.instance, vm->proc.slot))
            return fault->id;
    }
    return 0;
}

bool
host_vm_start(struct host *host, struct host_vm *vm, enum sup_why why, char err[HOST_ERR])
{
    struct proc look = vm->proc;

    /* One that has given its pid file back takes its last steps; then its end is to be seen. */
    if (vm->sup.runs && !vm->settling && vm->proc.fd >= 0 && !proc_look(&look) &&
        procs_wait_ended(&vm->proc, 1, GONE_MS))
        take_end(host, vm);
    if (vm->sup.runs)
        return true;
    if (!sup_may_start(&vm->sup)) {
        (void)snprintf(err, HOST_ERR, "%s is held dead by lease %u; vpclab fault clear %u",
                       vm->proc.name, (unsigned)holder_of(host, vm), (unsigned)holder_of(host, vm));
        return false;
    }
    if (proc_start(&vm->proc, &host->lab, err, HOST_ERR) != 0) {
        vm->proc.pid = 0;
        return false;
    }
    log_event("vm.start", NULL, vm->proc.name, why_text[why], (uint64_t)vm->proc.pid);
    sup_started(&vm->sup, why, clock_now());
    vm->settling = true;
    if (!watch_vm(host, vm))
        log_error("host: the end of %s will not be seen: %s", vm->proc.name, strerror(errno));
    return true;
}

void
host_vms_restart(struct host *host)
{
    char err[HOST_ERR];

    for (size_t i = 0; i < host->n && !host->ending; i++) {
        struct host_vm *vm = &host->vms[i];

        if (!sup_take_due(&vm->sup, clock_now()))
            continue;
        if (host_vm_start(host, vm, vm->sup.why, err))
            continue;
        log_error("host: %s", err);
        sup_not_started(&vm->sup, clock_now());
    }
    host_arm(host);
}

/* ---- begin and end of the host ----------------------------------------------------------- */

static struct topo_restart
policy_of(const struct host *host, const struct proc *proc)
{
    const struct topo *topo = &host->node->topo;

    return proc->kind == PROC_WORLD ? topo->restart
                                    : topo->instances[proc->instance].slots[proc->slot].restart;
}

void
host_vms_open(struct host *host)
{
    static struct proc procs[PROCS_MOST];

    host->n = procs_of(&host->lab, procs);
    for (size_t i = 0; i < host->n; i++) {
        struct topo_restart policy = policy_of(host, &procs[i]);

        host->vms[i] = (struct host_vm){.proc = procs[i]};
        sup_init(&host->vms[i].sup, policy.always, policy.boot_delay * US_PER_S);
    }
    host_vms_look(host);
}

/* Those that were started a moment ago have their pid files when we end: a `down` that follows
 * finds them. */
void
host_vms_close(struct host *host)
{
    int64_t deadline = lab_now_ms() + SETTLE_MS;

    for (size_t i = 0; i < host->n; i++) {
        struct host_vm *vm = &host->vms[i];

        while (vm->settling && proc_settled(&vm->proc) == 0 && lab_now_ms() < deadline)
            lab_sleep_ms(POLL_MS);
        unwatch(host, vm);
    }
}
