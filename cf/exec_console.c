#include "cf/exec.h"

/* Commands about the session itself. */

static int
run_context(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    const char *name = cli_text(args, "name");

    if (conf_find_context(running_conf(x->cf->running), name) == CONF_CONTEXTS)
        return cli_refuse(args, "No context \"%s\"; see show context all", name);
    conf_set_name(x->console->context, name);
    return 0;
}

static int
run_timestamps(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    x->console->timestamps = !cli_has(args, "no");
    x->stamped = false;
    return 0;
}

static int
run_terminal(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (cli_has(args, "length"))
        x->console->length = cli_number(args, "n", 0);
    else
        x->console->width = cli_number(args, "n", 0);
    return 0;
}

static int
run_exit(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    (void)args;
    x->console->ended = true;
    x->stamped = false;
    return 0;
}

static const struct cli_row rows[] = {
    {EXEC, "context <name>", "Go to a context", .run = run_context},
    {EXEC, "[ no ] timestamps", "A line with the time before each answer, or not",
     .run = run_timestamps},
    {EXEC, "terminal { length <n:0-65535> | width <n:0-65535> }",
     "Lines until an answer is paged, 0: never; columns", .run = run_terminal},
    {EXEC, "exit", "End the session", .run = run_exit},
    {EXEC, "quit", "End the session", .run = run_exit},
    {EXEC, "logout", "End the session", .run = run_exit},
};

const struct cli_table exec_console_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                             &exec_configure_table};
