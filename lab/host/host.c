#include "lab/host/host.h"

#include <stdlib.h>
#include <sys/prctl.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

enum {
    SOON_MS = 10,   /* between two looks at what settles, or at events that are waited for */
    LATER_MS = 500, /* ... at VMs that do not run, and may be started by hand */
    HOUR_MS = 3600 * 1000,
};

/* ---- timers ------------------------------------------------------------------------------ */

static int
on_look(zloop_t *loop, int id, void *arg)
{
    struct host *host = arg;

    (void)loop;
    if (id != host->look_id)
        return 0;
    host->look_id = -1;
    host_vms_look(host);
    host_leases_see(host);
    host_arm(host);
    return 0;
}

static int
on_lease(zloop_t *loop, int id, void *arg)
{
    struct host *host = arg;

    (void)loop;
    if (id != host->lease_id)
        return 0;
    host->lease_id = -1;
    host_leases_run(host);
    return 0;
}

static void
on_restart(void *ctx)
{
    host_vms_restart(ctx);
}

static void
arm(struct host *host, int *id, int64_t ms, zloop_timer_fn *fn)
{
    if (*id != -1)
        (void)zloop_timer_end(host->node->loop, *id); /* it is armed */
    *id = -1;
    if (ms < 0)
        return;
    *id = zloop_timer(host->node->loop, (size_t)ms, 1, fn, host);
    if (*id == -1)
        log_fatal("host: out of memory");
}

static int64_t
lease_ms(const struct host *host)
{
    int64_t next = leases_next(&host->leases), now = clock_real_us();

    if (next == INT64_MAX)
        return -1;
    if (next <= now)
        return 0;
    return next - now > HOUR_MS * US_PER_MS ? HOUR_MS : (next - now + US_PER_MS - 1) / US_PER_MS;
}

void
host_arm(struct host *host)
{
    bool settling, wanting = host_vms_wanting(host, &settling);
    bool soon = settling || leases_want_events(&host->leases) || host->logs;
    mono_t due = MONO_NEVER;

    if (host->ending)
        return;
    for (size_t i = 0; i < host->n; i++)
        due = mono_earlier(due, host->vms[i].sup.due);
    timer_at(&host->restart, due);
    if (host->look_id == -1 || soon)
        arm(host, &host->look_id, soon ? SOON_MS : wanting ? LATER_MS : -1, on_look);
    arm(host, &host->lease_id, lease_ms(host), on_lease);
}

/* ---- the program ------------------------------------------------------------------------- */

static int
build(struct node *node, void **self)
{
    struct host *host = calloc(1, sizeof *host);
    char endpoint[NODE_PATH];

    if (!host)
        log_fatal("host: out of memory");
    *self = host;
    host->node = node;
    host->look_id = host->lease_id = -1;
    memcpy(host->lab.name, node->topo.name, sizeof host->lab.name);
    memcpy(host->lab.rundir, node->rundir, sizeof host->lab.rundir);
    host->lab.topo = node->topo;
    timer_init(&host->restart, node->loop, on_restart, host);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        log_warn("host: how a VM ends will not be known: this kernel has no subreapers");
    host_vms_open(host);
    host_leases_open(host);
    endpoint_host_mgmt(node->rundir, endpoint);
    host->mgmt = mgmt_open(node, node->loop, endpoint, host_command, host);
    if (!host->mgmt)
        return DI_ESYSTEM;
    host_arm(host);
    return 0;
}

static void
teardown(void *self)
{
    struct host *host = self;

    if (!host)
        return;
    host->ending = true;
    timer_at(&host->restart, MONO_NEVER);
    host_leases_close(host);
    host_vms_close(host);
    mgmt_close(&host->mgmt);
    free(host);
}

int
main(int argc, char **argv)
{
    static const struct node_program program = {
        .type = CARD_EMPTY,
        .alone = "host",
        .no_vm = true,
        .purpose = "The host of a lab's VMs: starts them, sees them end, breaks them on request.",
        .build = build,
        .teardown = teardown,
    };

    return node_main(&program, argc, argv);
}
