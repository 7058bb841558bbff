#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/err.h"
#include "common/loop/book.h"
#include "common/loop/fault_file.h"
#include "lab/events/event_logs.h"
#include "lab/exercise/exercise_state.h"
#include "lab/fault/fault_cmd.h"
#include "lab/host/fault_events.h"
#include "lab/host/host_ask.h"
#include "lab/host/vm_break.h"
#include "lab/opts.h"

/* What differs from a lab without faults, a sentence each. */
struct findings {
    json_t *list;
};

static void
find(struct findings *findings, json_t *text)
{
    (void)json_array_append_new(findings->list, text);
}

enum { OFF_MS = 2000, POLL_MS = 5 };

/* ---- leases ------------------------------------------------------------------------------ */

static void
check_leases(const struct lab *lab, const json_t *leases, bool hosted, struct findings *findings)
{
    const json_t *lease;
    char none[4];
    size_t i;

    json_array_foreach(leases, i, lease)
    {
        find(findings, json_sprintf("lease %lld is there: %s %s",
                                    (long long)json_integer_value(json_object_get(lease, "id")),
                                    json_string_value(json_object_get(lease, "kind")),
                                    json_string_value(json_object_get(lease, "target"))));
    }
    if (hosted && json_array_size(leases) == 0 && /* without one, the next one removes it */
        book_get(lab->rundir, FAULT_FILE, none, sizeof none) != DI_ENOTFOUND)
        find(findings, json_string(FAULT_FILE " is there, with no lease that is in force"));
}

/* ---- processes --------------------------------------------------------------------------- */

static void
differs(struct findings *findings, const char *process, int pid, const char *what)
{
    find(findings, json_sprintf("%s (pid %d) %s", process, pid, what));
}

static void
check_process(const struct proc *proc, const struct vm_before *as, long as_nice,
              struct findings *findings)
{
    struct vm_before is;
    char state;
    long nice;

    if (!proc_stat(proc->pid, &state, &nice) || !vm_measure(proc->pid, &is))
        return; /* it has just ended */
    if (state == 'T' || state == 't')
        differs(findings, proc->name, proc->pid, "is stopped");
    if (nice != as_nice)
        differs(findings, proc->name, proc->pid, "has another nice value");
    if (!CPU_EQUAL(&is.cpus, &as->cpus) || !vm_threads_run_on(proc->pid, &as->cpus))
        differs(findings, proc->name, proc->pid, "is kept from some of the CPUs");
    if (is.size != as->size)
        differs(findings, proc->name, proc->pid, "has a limit to the size of its files");
    if (is.files < as->files)
        differs(findings, proc->name, proc->pid, "has a limit to its descriptors");
}

/* As the host is, from which they have it; without one, as we are. */
static void
check_processes(const struct lab *lab, struct findings *findings)
{
    static struct proc procs[PROCS_MOST];
    struct proc host = proc_host(lab);
    struct vm_before as;
    char state;
    long nice;
    int like = proc_look(&host) ? host.pid : (int)getpid();
    size_t n = procs_of(lab, procs);

    if (!vm_measure(like, &as) || !proc_stat(like, &state, &nice)) {
        find(findings, json_string("the limits of this computer's processes cannot be read"));
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (proc_look(&procs[i]))
            check_process(&procs[i], &as, nice, findings);
    }
}

/* ---- events ------------------------------------------------------------------------------ */

/* Is the lease of that number among these? */
static bool
is_there(const json_t *leases, uint64_t id)
{
    const json_t *lease;
    size_t i;

    json_array_foreach(leases, i, lease)
    {
        if ((uint64_t)json_integer_value(json_object_get(lease, "id")) == id)
            return true;
    }
    return false;
}

/* Take from the table what is no news: leases that are there, and those of processes that have
 * ended. How many others. */
static size_t
sift(struct fault_events *open, const struct lab *lab, const json_t *leases)
{
    static struct proc procs[PROCS_MOST + 1];
    size_t n = procs_of(lab, procs), left = 0;

    procs[n++] = proc_host(lab);
    for (size_t i = 0; i < n; i++) {
        if (!proc_look(&procs[i]))
            fault_events_ended(open, procs[i].name);
    }
    for (size_t i = 0; i < open->n; i++)
        left += !is_there(leases, open->list[i].lease);
    return left;
}

/* A process tells the end of a lease within milliseconds: that is waited for. */
static size_t
follow(struct fault_events *open, const struct lab *lab, const json_t *leases)
{
    const struct event_query query = {0};
    struct event_logs *logs = event_logs_open(lab->rundir, &query);
    int64_t deadline = lab_now_ms() + OFF_MS;
    const struct event *event;
    size_t left = 0;

    fault_events_init(open);
    while (logs) {
        event_logs_read(logs, false);
        while ((event = event_logs_next(logs, false)) != NULL)
            fault_events_see(open, event);
        left = sift(open, lab, leases);
        if (left == 0 || lab_now_ms() >= deadline)
            break;
        lab_sleep_ms(POLL_MS);
    }
    event_logs_close(&logs);
    return left;
}

/* Leases that are gone, but that a process which runs has not said are over. */
static void
check_events(const struct lab *lab, const json_t *leases, struct findings *findings)
{
    static struct fault_events open;

    if (follow(&open, lab, leases) > 0) {
        for (size_t i = 0; i < open.n; i++) {
            if (!is_there(leases, open.list[i].lease))
                find(findings,
                     json_sprintf("%s has told no fault.off of lease %llu", open.list[i].process,
                                  (unsigned long long)open.list[i].lease));
        }
    }
    if (open.lost > 0)
        find(findings, json_string("more leases are open in the event logs than can be followed"));
}

bool
fault_all_off(const struct lab *lab, const json_t *leases)
{
    static struct fault_events open;

    return follow(&open, lab, leases) == 0;
}

/* ---- the command ------------------------------------------------------------------------- */

static int
report(json_t *list, bool json)
{
    int status = json_array_size(list) == 0 ? LAB_OK : LAB_FAILURE;
    const json_t *text;
    size_t i;

    if (json) {
        int printed = fault_print_json(
            json_pack("{s:b, s:O}", "as_never_faulted", status == LAB_OK, "differences", list));

        return status == LAB_OK ? printed : status;
    }
    if (status == LAB_OK)
        (void)printf("as never faulted\n");
    json_array_foreach(list, i, text)(void) printf("%s\n", json_string_value(text));
    return status;
}

/* Whose exercise nobody has found would be found by this. */
static bool
hides_an_exercise(const struct lab *lab)
{
    struct exercise_state state;

    if (!exercise_state_get(lab->rundir, &state) || state.number == 0 ||
        (state.result.cause && state.result.place))
        return false;
    (void)fprintf(stderr, "Failure: an exercise runs, and this would tell what it is; first say so "
                          "yourself: vpclab exercise answer CAUSE PLACE\n");
    return true;
}

int
fault_check(int argc, char **argv)
{
    static struct lab lab;
    struct findings findings;
    json_t *host, *leases;
    bool json = false;
    const char *name = NULL;
    const struct opt opts[] = {{"json", OPT_FLAG, &json, 0, 0}, {"n", OPT_TEXT, &name, 0, 0}};
    int status;

    if (!opts_parse("fault check", opts, 2, &argc, argv))
        return LAB_USAGE;
    if (argc != 0) {
        (void)fprintf(stderr, "usage: vpclab fault check [--json] [-n NAME]\n");
        return LAB_USAGE;
    }
    status = lab_open(&lab, name);
    if (status != LAB_OK)
        return status;
    if (hides_an_exercise(&lab))
        return LAB_FAILURE;
    (void)host_look(&lab, &host);
    leases = fault_leases(&lab, host);
    findings.list = json_array();
    check_leases(&lab, leases, host != NULL, &findings);
    check_processes(&lab, &findings);
    check_events(&lab, leases, &findings);
    json_decref(leases);
    json_decref(host);
    status = report(findings.list, json);
    json_decref(findings.list);
    return status;
}
