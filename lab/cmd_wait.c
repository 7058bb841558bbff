#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lab/cond.h"
#include "lab/cond_words.h"
#include "lab/events/event_logs.h"
#include "lab/fault/fault_cmd.h"
#include "lab/host/host_ask.h"
#include "lab/lab_time.h"
#include "lab/opts.h"
#include "lab/view_read.h"

enum { TIMEOUT_MS = 30000, POLL_MS = 20, CONDS_MOST = 32 };

static void
say_forms(const struct lab *lab, const char *text)
{
    char help[COND_TEXT];

    if (cond_help(text, &lab->topo, help)) {
        (void)fprintf(stderr, "vpclab wait: \"%s\" is no condition; %s\n", text, help);
        return;
    }
    (void)fprintf(
        stderr,
        "vpclab wait: \"%s\" is no condition. The forms are:\n"
        "  sync                   one Active, one Standby, all session managers synchronised\n"
        "  INSTANCE.chassis=STATE init, standby, active, pending-active, pending-standby, absent\n"
        "  INSTANCE.cf=SLOT       slot of the active CF, or none\n"
        "  INSTANCE.cardN=dead    or alive\n"
        "  INSTANCE.route=best    or announced, none\n"
        "  sessions>=N            on every instance that answers; = >= <= > <\n"
        "  INSTANCE.sessions>=N   also active.sessions, standby.sessions\n"
        "  faults=N               leases of faults there are; = >= <= > <\n"
        "  fault:ID=off           lease ID is gone; on: it is in force\n"
        "  event:KIND[=NEW]       an event from now on, such as event:srp.state=Active; also\n"
        "                         INSTANCE.event:...; docs/events.md has the kinds\n"
        "INSTANCE is one of:",
        text);
    for (size_t i = 0; i < lab->topo.instance_n; i++)
        (void)fprintf(stderr, " %s", lab->topo.instances[i].name);
    (void)fprintf(stderr, "\n");
}

static bool
all_hold(const struct cond *conds, int n, const struct view *view)
{
    for (int i = 0; i < n; i++) {
        if (!cond_holds(&conds[i], view))
            return false;
    }
    return true;
}

static void
say_missing(const struct cond *conds, char **texts, int n, const struct view *view)
{
    char value[256];

    for (int i = 0; i < n; i++) {
        if (cond_holds(&conds[i], view))
            continue;
        cond_value(&conds[i], view, value, sizeof value);
        (void)fprintf(stderr, "vpclab wait: %s does not hold: %s\n", texts[i], value);
    }
}

static bool
any_event(const struct cond *conds, int n)
{
    for (int i = 0; i < n; i++) {
        if (conds[i].kind == COND_EVENT)
            return true;
    }
    return false;
}

static bool
only_events(const struct cond *conds, int n)
{
    for (int i = 0; i < n; i++) {
        if (conds[i].kind != COND_EVENT)
            return false;
    }
    return true;
}

/* What the event logs have by now. */
static void
see_events(struct event_logs *logs, struct cond *conds, int n)
{
    const struct event *event;

    event_logs_read(logs, false);
    while ((event = event_logs_next(logs, false)) != NULL) {
        for (int i = 0; i < n; i++)
            cond_see(&conds[i], event);
    }
}

static bool
any_fault(const struct cond *conds, int n)
{
    for (int i = 0; i < n; i++) {
        if (cond_wants_faults(&conds[i]))
            return true;
    }
    return false;
}

static void
read_faults(struct view *view, const struct lab *lab)
{
    const json_t *lease;
    json_t *host, *leases;
    size_t i;

    (void)host_look(lab, &host);
    leases = fault_leases(lab, host);
    json_decref(host);
    view->fault_n = 0;
    json_array_foreach(leases, i, lease)
    {
        const char *state = json_string_value(json_object_get(lease, "state"));

        if (view->fault_n < VIEW_FAULTS)
            view->faults[view->fault_n++] = (struct view_fault){
                .id = (uint32_t)json_integer_value(json_object_get(lease, "id")),
                .waits = state && strcmp(state, "waiting") == 0,
            };
    }
    json_decref(leases);
}

/* `logs` is NULL when no condition is an event; the chassis are asked when one is not. */
static int
wait_for(const struct lab *lab, struct event_logs *logs, struct cond *conds, char **texts, int n,
         int64_t timeout_ms)
{
    static struct view view;
    int64_t deadline = lab_now_ms() + timeout_ms;
    bool asks = !only_events(conds, n);

    for (;;) {
        if (logs)
            see_events(logs, conds, n);
        if (asks)
            view_read(&view, lab, VIEW_TIMEOUT_MS);
        if (any_fault(conds, n))
            read_faults(&view, lab);
        if (all_hold(conds, n, &view))
            return LAB_OK;
        if (lab_now_ms() >= deadline) {
            say_missing(conds, texts, n, &view);
            lab_time_remind(lab);
            return LAB_FAILURE;
        }
        lab_sleep_ms(POLL_MS);
    }
}

/* Events from now on, or since `since`. */
static int
wait_with_events(const struct lab *lab, const char *since, struct cond *conds, char **texts, int n,
                 int64_t timeout_ms)
{
    struct event_query query = {.withhold = true};
    struct event_logs *logs;
    int status;

    if (!event_logs_since("wait", since, &query.since_ms))
        return LAB_USAGE;
    if (!any_event(conds, n))
        return wait_for(lab, NULL, conds, texts, n, timeout_ms);
    logs = event_logs_open(lab->rundir, &query);
    if (!logs)
        return LAB_FAILURE;
    if (!since) {
        event_logs_read(logs, false);
        event_logs_skip(logs);
    }
    status = wait_for(lab, logs, conds, texts, n, timeout_ms);
    event_logs_close(&logs);
    return status;
}

int
cmd_wait(int argc, char **argv)
{
    static struct lab lab;
    struct cond conds[CONDS_MOST];
    int64_t timeout_ms = TIMEOUT_MS;
    const char *name = NULL, *since = NULL;
    const struct opt opts[] = {
        {"timeout", OPT_SECONDS, &timeout_ms, 0, 86400},
        {"since", OPT_TEXT, &since, 0, 0},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    int status;

    if (!opts_parse("wait", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc < 1 || argc > CONDS_MOST) {
        (void)fprintf(
            stderr, "usage: vpclab wait CONDITION... [--timeout S] [--since S] [-n NAME], such as: "
                    "vpclab wait sync west.chassis=active\n");
        return LAB_USAGE;
    }
    status = lab_open(&lab, name);
    if (status != LAB_OK)
        return status;
    for (int i = 0; i < argc; i++) {
        if (!cond_parse(&conds[i], argv[i], &lab.topo)) {
            say_forms(&lab, argv[i]);
            return LAB_USAGE;
        }
    }
    return wait_with_events(&lab, since, conds, argv, argc, timeout_ms);
}
