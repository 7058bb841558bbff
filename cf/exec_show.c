#include "cf/exec.h"
#include "cf/show.h"
#include "cf/show_alarm.h"
#include "cf/show_ckpt.h"
#include "cf/show_recovery.h"
#include "cf/show_task.h"

/* Commands that show the instance, its resources and alarms: docs/staros.md "Show commands". */

/* ---- the instance -------------------------------------------------------------------------- */

static int
run_recovery(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, cli_has(args, "verbose") ? show_recovery_verbose : show_recovery,
                     show_recovery_json);
}

static int
run_license(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_license, show_license_json);
}

static int
run_uptime(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_uptime, show_uptime_json);
}

static int
run_dinet(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_dinet, show_dinet_json);
}

/* ---- resources ------------------------------------------------------------------------------- */

static int
run_resources(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_resources, show_resources_json);
}

static int
run_cpu(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    (void)usage_look(&x->cf->usage); /* of this process, as of now */
    return exec_show(x, args, show_cpu_table, show_cpu_table_json);
}

static int
run_tasks(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    unsigned instance = cli_number(args, "n", 0);
    bool sessmgr = cli_has(args, "sessmgr");

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (instance && !show_sessmgr(x->cf, instance))
        return cli_refuse(args, EXEC_NO_SESSMGR, instance);
    (void)usage_look(&x->cf->usage);
    if (x->json) {
        exec_print_object(x, show_tasks_json(x->cf, sessmgr, instance));
        return 0;
    }
    show_tasks(x->cf, sessmgr, instance, x->out);
    return 0;
}

static int
run_crashes(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_crashes, show_crashes_json);
}

/* ---- alarms ---------------------------------------------------------------------------------- */

static int
run_alarm(void *ctx, const struct cli_args *args)
{
    if (cli_has(args, "all"))
        return exec_show(ctx, args, show_alarm_all, show_alarm_all_json);
    if (cli_has(args, "statistics"))
        return exec_show(ctx, args, show_alarm_statistics, show_alarm_statistics_json);
    return exec_show(ctx, args, show_alarms, show_alarms_json);
}

static int
run_clear_alarm(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    show_alarms_clear(x->cf);
    return 0;
}

/* Each CF has a history of its own. */
static int
run_clear_traps(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (cli_has(args, "history"))
        traps_clear_history(&x->cf->traps);
    else
        traps_clear_counts(&x->cf->traps);
    return 0;
}

static const struct cli_row rows[] = {
    {EXEC, "show session recovery status [ verbose ]",
     "Could a session manager or card that fails be replaced here?", .run = run_recovery},
    {EXEC, "show resources", "Sessions in use, and how many there may be", .run = run_resources},
    {EXEC, "show alarm { outstanding | all | statistics }", "What is wrong and not mended",
     .run = run_alarm},
    {EXEC, "clear alarm all", "Show no alarm that stands now", CLI_ADMIN, .run = run_clear_alarm},
    {EXEC, "clear snmp trap { history | statistics }", "Forget notifications, or count anew",
     CLI_ADMIN, .run = run_clear_traps},
    {EXEC, "show license information", "Which features there are", .run = run_license},
    {EXEC, "show system uptime", "How long the instance runs", .run = run_uptime},
    {EXEC, "show cpu table", "Processor and memory of each card", .run = run_cpu},
    {EXEC, "show task resources [ facility sessmgr { all | instance <n:1-255> } ]",
     "What each process uses", .run = run_tasks},
    {EXEC, "show crash list", "Processes that died", .run = run_crashes},
    {EXEC, "show cloud performance dinet", "Traffic between the cards", .run = run_dinet},
};

const struct cli_table exec_show_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                          &exec_list_table};
