#include "lab/host/host_ask.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/loop/mgmt.h"

enum { SETTLE_MS = 5000, LOOK_MS = 2000, END_MS = 6000, KILL_MS = 2000, POLL_MS = 2 };

/* One that has just been started may not serve yet. */
static int
ask_when_served(const struct lab *lab, const char *line, int timeout_ms, char **text, int *status)
{
    struct proc host = proc_host(lab);
    int64_t deadline = lab_now_ms() + SETTLE_MS;
    char endpoint[NODE_PATH];
    int rc;

    endpoint_host_mgmt(lab->rundir, endpoint);
    while ((rc = mgmt_ask(endpoint, line, true, timeout_ms, text, status)) == DI_ENOTFOUND &&
           proc_look(&host) && lab_now_ms() < deadline)
        lab_sleep_ms(POLL_MS);
    return rc;
}

/* Its first answer comes when it has taken over what the one before it has left. */
static int
await_service(const struct lab *lab)
{
    char *text;
    int status, rc = ask_when_served(lab, "status", SETTLE_MS, &text, &status);

    free(text);
    if (rc == 0)
        return LAB_OK;
    (void)fprintf(stderr, "vpclab: the lab's host does not answer; see %s/host.log\n", lab->rundir);
    return LAB_FAILURE;
}

/* Until it has its pid file, by which a `down` finds it: as proc_settled(), or -2 with err. */
static int
start_host(const struct lab *lab, struct proc *host, char *err, size_t room)
{
    int64_t deadline = lab_now_ms() + SETTLE_MS;
    int settled;

    if (procs_check(host, 1, err, room) != 0 || proc_start(host, lab, err, room) != 0)
        return -2;
    while ((settled = proc_settled(host)) == 0 && lab_now_ms() < deadline)
        lab_sleep_ms(POLL_MS);
    proc_close(host);
    return settled;
}

/* Whoever ends us meanwhile, such as by Ctrl-C, waits for that. */
static int
start_host_whole(const struct lab *lab, struct proc *host, char *err, size_t room)
{
    sigset_t ends, before;
    int settled;

    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &ends, &before);
    settled = start_host(lab, host, err, room);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return settled;
}

int
host_ensure(const struct lab *lab)
{
    struct proc host = proc_host(lab);
    char err[1024];
    int settled;

    procs_see_off(&host, 1);
    if (proc_look(&host))
        return LAB_OK;
    settled = start_host_whole(lab, &host, err, sizeof err);
    if (settled == -2) {
        (void)fprintf(stderr, "%s\n", err);
        return LAB_FAILURE;
    }
    if (settled > 0)
        return await_service(lab);
    (void)fprintf(stderr, "vpclab: the lab's host %s; the end of %s.log:\n",
                  settled < 0 ? "ended at once" : "takes too long to start", host.base);
    proc_print_log(&host);
    return LAB_FAILURE;
}

int
host_ask(const struct lab *lab, const char *line, int timeout_ms, json_t **answer)
{
    char *text = NULL;
    int status = MGMT_OK, rc = ask_when_served(lab, line, timeout_ms, &text, &status);

    *answer = NULL;
    if (rc != 0) {
        (void)fprintf(stderr, "vpclab: the lab's host %s; see %s/host.log\n",
                      rc == DI_EAGAIN ? "does not answer" : "has ended", lab->rundir);
        return LAB_FAILURE;
    }
    if (status != MGMT_OK)
        (void)fprintf(stderr, "vpclab: %s\n", text);
    else
        *answer = json_loads(text, 0, NULL);
    free(text);
    return status == MGMT_OK ? *answer ? LAB_OK : LAB_FAILURE : status;
}

int
host_look(const struct lab *lab, json_t **answer)
{
    struct proc host = proc_host(lab);
    char endpoint[NODE_PATH], *text = NULL;
    int status;

    *answer = NULL;
    if (!proc_look(&host))
        return 0;
    endpoint_host_mgmt(lab->rundir, endpoint);
    if (mgmt_ask(endpoint, "status", true, LOOK_MS, &text, &status) == 0 && status == MGMT_OK)
        *answer = json_loads(text, 0, NULL);
    free(text);
    return host.pid;
}

const json_t *
host_vm_of(const json_t *answer, const char *name)
{
    const json_t *vm;
    size_t i;

    json_array_foreach(json_object_get(answer, "vms"), i, vm)
    {
        const char *its = json_string_value(json_object_get(vm, "name"));

        if (its && strcmp(its, name) == 0)
            return vm;
    }
    return NULL;
}

void
host_lease_mark(const char *rundir, uint32_t lease, char out[NODE_PATH + 32])
{
    (void)snprintf(out, NODE_PATH + 32, "%s/lease-%u.over", rundir, (unsigned)lease);
}

void
host_end(const struct lab *lab)
{
    struct proc host = proc_host(lab);

    if (!proc_look(&host))
        return;
    if (proc_signal(&host, SIGTERM) && !procs_wait_ended(&host, 1, END_MS)) {
        (void)proc_signal(&host, SIGKILL);
        (void)procs_wait_ended(&host, 1, KILL_MS); /* it ends now, or with the computer */
    }
    proc_close(&host);
}
