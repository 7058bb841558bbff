#include <stdlib.h>
#include <string.h>

#include "cf/exec.h"
#include "common/conf/conf_print.h"

/* Commands about the session itself, and about the running configuration. */

/* ---- the session --------------------------------------------------------------------------- */

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

static int
run_configure(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    x->stamped = false;
    return x->cf->leading
               ? 0
               : cli_refuse(args, "this is the standby CF; the configuration is changed on the "
                                  "active one");
}

/* ---- the running configuration ------------------------------------------------------------- */

static char *
text_of(const struct conf *conf, void (*print)(const struct conf *conf, FILE *out))
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        abort();
    print(conf, out);
    if (fclose(out) != 0)
        abort();
    return text;
}

/* As text, or as an array of lines. */
static int
print_lines(struct exec *x, char *text)
{
    json_t *lines;

    if (!x->json) {
        (void)fputs(text, x->out);
        free(text);
        return 0;
    }
    lines = json_array();
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        (void)json_array_append_new(lines, json_string(line));
    exec_print_object(x, json_pack("{s:o}", "configuration", lines));
    free(text);
    return 0;
}

static int
run_show(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    (void)args;
    return print_lines(x, text_of(running_conf(x->cf->running), conf_print));
}

static const struct cli_row rows[] = {
    {EXEC, "configure", "Change the configuration", CLI_ADMIN, .enters = CONF_MODE_CONFIG,
     .run = run_configure},
    {EXEC, "context <name>", "Go to a context", .run = run_context},
    {EXEC, "[ no ] timestamps", "A line with the time before each answer, or not",
     .run = run_timestamps},
    {EXEC, "terminal { length <n:0-65535> | width <n:0-65535> }",
     "Lines until an answer is paged, 0: never; columns", .run = run_terminal},
    {EXEC, "exit", "End the session", .run = run_exit},
    {EXEC, "quit", "End the session", .run = run_exit},
    {EXEC, "logout", "End the session", .run = run_exit},
    {EXEC, "show configuration", "The running configuration", CLI_OPERATOR, .run = run_show},
};

const struct cli_table exec_console_table = {rows, sizeof rows / sizeof rows[0], NULL, 0, NULL};
