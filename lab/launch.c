#include "lab/launch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/base/mono.h"
#include "common/loop/keys.h"
#include "common/loop/mgmt.h"
#include "lab/host/host_ask.h"

enum { SETTLE_MS = 10000, START_MS = 10000, POLL_MS = 5 };

int
launch_lock(const struct lab *lab)
{
    char err[1024];
    int lock;

    do {
        if (rundir_make(lab->rundir, NULL, err, sizeof err) != 0) {
            (void)fprintf(stderr, "%s\n", err);
            return -1;
        }
        lock = lab_lock(lab);
    } while (lock == LAB_NONE);
    return lock < 0 ? -1 : lock;
}

static void
say_ended(const struct proc *proc)
{
    (void)fprintf(stderr, "vpclab: %s (pid %d) ended at once; the end of %s.log:\n", proc->name,
                  proc->pid, proc->base);
    proc_print_log(proc);
}

bool
launch_lost_one(const struct proc *procs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (procs[i].fd >= 0 && proc_ended(&procs[i])) {
            say_ended(&procs[i]);
            return true;
        }
    }
    return false;
}

/* Log lines begin with a date that sorts as text. */
static bool
complaints_of(const struct proc *proc, const char *since)
{
    char path[PROC_PATH + 8], line[1024];
    bool any = false;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s.log", proc->base);
    f = rundir_file(path, O_RDONLY, "r");
    while (f && fgets(line, sizeof line, f)) {
        const char *level = strchr(line, ' ');

        if (!level || strncmp(level, " error ", 7) != 0 || strcmp(line, since) < 0)
            continue;
        (void)fprintf(stderr, "  %s", level + 7);
        any = true;
    }
    if (f)
        (void)fclose(f); /* was only read */
    return any;
}

bool
launch_complaints(const struct proc *procs, size_t n, int64_t began_us)
{
    time_t s = (time_t)(began_us / US_PER_S);
    char since[32];
    struct tm tm;
    bool any = false;

    (void)gmtime_r(&s, &tm);
    (void)strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%S", &tm);
    for (size_t i = 0; i < n; i++)
        any |= complaints_of(&procs[i], since);
    return any;
}

static int
settle(struct proc *procs, size_t n)
{
    int64_t deadline = lab_now_ms() + SETTLE_MS;

    for (size_t i = 0; i < n; i++) {
        int settled = procs[i].fd < 0 && procs[i].pid ? 1 : 0; /* ran before */

        while ((settled = settled ? settled : proc_settled(&procs[i])) == 0) {
            if (lab_now_ms() >= deadline) {
                (void)fprintf(stderr,
                              "vpclab: %s (pid %d) takes longer than %d s to start; see "
                              "%s.log\n",
                              procs[i].name, procs[i].pid, SETTLE_MS / 1000, procs[i].base);
                return LAB_FAILURE;
            }
            lab_sleep_ms(POLL_MS);
        }
        if (settled < 0) {
            say_ended(&procs[i]);
            return LAB_FAILURE;
        }
    }
    return LAB_OK;
}

/* Those that the host says it has started. It reaps what ends at once, and then there is nothing
 * to be watched. */
static int
take_started(struct proc *procs, size_t n, const json_t *pids, size_t *started)
{
    for (size_t i = 0; i < n; i++) {
        json_int_t pid = json_integer_value(json_object_get(pids, procs[i].name));

        if (procs[i].pid || pid <= 0)
            continue;
        procs[i].pid = (int)pid;
        procs[i].fd = (int)syscall(SYS_pidfd_open, procs[i].pid, 0);
        if (procs[i].fd < 0) {
            say_ended(&procs[i]);
            return LAB_FAILURE;
        }
        ++*started;
    }
    return LAB_OK;
}

/* Every one that does not run, by the host, which is there from then on. */
static int
start_all(const struct lab *lab, struct proc *procs, size_t n, size_t *started)
{
    char line[MGMT_LINE + 1] = "start";
    size_t len = strlen(line), ran = len;
    json_t *pids = NULL;
    int status;

    procs_see_off(procs, n); /* before there is a host, which would take them for living ones */
    status = host_ensure(lab);
    for (size_t i = 0; i < n; i++) {
        if (!proc_look(&procs[i]) && len < sizeof line)
            len += (size_t)snprintf(line + len, sizeof line - len, " %s", procs[i].name);
    }
    if (len != ran && status == LAB_OK)
        status = host_ask(lab, line, START_MS, &pids);
    if (status == LAB_OK)
        status = take_started(procs, n, pids, started);
    json_decref(pids);
    return status;
}

int
launch(const struct lab *lab, struct proc *procs, size_t n, size_t *started)
{
    char err[1024];
    int status;

    *started = 0;
    if (procs_check(procs, n, err, sizeof err) != 0 ||
        keys_ensure(lab->rundir, &lab->topo, err, sizeof err) != 0) {
        (void)fprintf(stderr, "%s\n", err);
        return LAB_FAILURE;
    }
    status = start_all(lab, procs, n, started);
    return status == LAB_OK ? settle(procs, n) : status;
}
