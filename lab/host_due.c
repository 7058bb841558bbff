#include "lab/host.h"

#include <stdio.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"

static void
begin_or_fail(struct host *host, struct lease *lease)
{
    char err[HOST_ERR];

    if (host_lease_begin(host, lease, err)) {
        if (lease->state == LEASE_ON) /* else its keeper has to say so */
            host_cmd_begun(host, lease);
        return;
    }
    log_warn("host: lease %u does not begin: %s", (unsigned)lease->fault.id, err);
    (void)snprintf(lease->failed, sizeof lease->failed, "%.*s", (int)sizeof lease->failed - 1, err);
    host_lease_end(host, lease, "failed");
}

static void
run_one(struct host *host, struct lease *lease)
{
    if (lease->state == LEASE_ON) {
        host_lease_end(host, lease, "over");
    } else if (lease->state != LEASE_WAITS) {
        host_lease_overdue(host, lease);
    } else if (lease->for_event) {
        log_info("host: lease %u: no %s came", (unsigned)lease->fault.id, lease->when_text);
        host_lease_end(host, lease, "over");
    } else {
        begin_or_fail(host, lease);
    }
}

void
host_leases_run(struct host *host)
{
    struct lease *lease;

    while ((lease = leases_due(&host->leases, clock_real_us())) != NULL)
        run_one(host, lease);
    host_arm(host);
}

bool
host_leases_follow(struct host *host)
{
    static const struct event_query query;

    if (host->logs)
        return true;
    host->logs = event_logs_open(host->lab.rundir, &query);
    if (!host->logs)
        return false;
    event_logs_read(host->logs, false);
    event_logs_skip(host->logs);
    return true;
}

void
host_leases_see(struct host *host)
{
    const struct event *event;

    if (!leases_want_events(&host->leases)) {
        event_logs_close(&host->logs);
        return;
    }
    if (!host_leases_follow(host))
        return;
    event_logs_read(host->logs, false);
    while ((event = event_logs_next(host->logs, false)) != NULL) {
        for (size_t i = 0; i < host->leases.n; i++) {
            struct lease *lease = &host->leases.list[i];

            if (lease->state == LEASE_WAITS && lease->for_event)
                cond_see(&lease->when, event);
            if (lease->state == LEASE_WAITS && lease->for_event && lease->when.happened) {
                lease->for_event = false;
                lease->at_us = clock_real_us();
            }
        }
    }
    host_leases_run(host);
}
