#include "cf/exec.h"
#include "cf/show.h"
#include "cf/show_ckpt.h"
#include "cf/show_session.h"

/* Commands that show sessions: docs/staros.md "Show commands". */

/* "subs" alone could be `show subscriber` as well. */
static int
run_subs(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_subscribers, show_subscribers_json);
}

static int
run_progress(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_progress, show_progress_json);
}

static int
run_history(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_history, show_history_json);
}

static int
run_ends(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_ends, show_ends_json);
}

static int
run_clear_ends(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    chronicle_clear_ends(&x->cf->chronicle);
    return 0;
}

static int
run_subsystem(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    unsigned instance = cli_number(args, "n", 0);

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (instance && !show_sessmgr(x->cf, instance))
        return cli_refuse(args, EXEC_NO_SESSMGR, instance);
    if (x->json) {
        exec_print_object(x, show_subsystem_json(x->cf, instance));
        return 0;
    }
    show_subsystem(x->cf, instance, x->out);
    return 0;
}

static const struct cli_row rows[] = {
    {EXEC, "show subs summary", "", /* as the manual writes it */
     .run = run_subs},
    {EXEC, "show session progress", "Calls by the state they are in", .run = run_progress},
    {EXEC, "show session counters historical all", "Calls by the quarter of an hour, newest first",
     .run = run_history},
    {EXEC, "show session disconnect-reasons", "Why calls ended", .run = run_ends},
    {EXEC, "clear session disconnect-reasons", "Count anew", CLI_ADMIN, .run = run_clear_ends},
    {EXEC, "show session subsystem facility sessmgr { all | instance <n:1-255> } debug-info",
     "All counters of session managers", .run = run_subsystem},
};

const struct cli_table exec_session_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                             &exec_bundle_table};
