#include <stdlib.h>

#include "cf/exec.h"

/* Commands that are lists of others: docs/staros.md "Show commands". */

/* ---- which ---------------------------------------------------------------------------------- */

/* The mini SSD, in its documented order. */
static const char *const icsr[] = {
    "show srp info",
    "show srp checkpoint statistics",
    "show srp checkpoint statistics verbose",
    "show srp checkpoint statistics debug-info",
    "show srp checkpoint statistics sessmgr all",
    "show srp checkpoint statistics sessmgr all debug-info",
    "show srp checkpoint statistics ipsecmgr all",
    "show srp checkpoint statistics sessmgr all write-list-stats",
    "show srp checkpoint info",
    "show srp monitor",
    "show srp monitor all",
    "show srp monitor diameter debug",
    "show srp statistics",
    "show srp call-loss statistics",
    "show srp audit-statistics",
    "show session subsystem facility sessmgr all debug-info",
    NULL,
};

static const char *const details[] = {
    "show srp info",
    "show srp statistics",
    "show srp checkpoint statistics",
    "show srp checkpoint statistics verbose",
    "show srp checkpoint statistics debug-info",
    "show srp checkpoint statistics sessmgr all debug-info",
    "show srp checkpoint statistics sessmgr all write-list-stats",
    "show srp micro-checkpoint statistics debug-info",
    "show srp checkpoint info",
    "show srp monitor",
    "show srp monitor diameter debug",
    "show srp call-loss statistics",
    "show srp audit-statistics",
    NULL,
};

enum { BUNDLE_ICSR, BUNDLE_DETAILS };
static const char *const *const bundles[] = {[BUNDLE_ICSR] = icsr, [BUNDLE_DETAILS] = details};

/* ---- how -------------------------------------------------------------------------------------- */

/* One line of it does not keep the others from being shown. */
static void
print_line(struct exec *x, const char *line)
{
    struct exec one = *x;
    char err[CLI_ERR];

    (void)fprintf(x->out, "******** %s *******\n", line);
    if (exec_line(&one, line, err, sizeof err) != 0)
        (void)fprintf(x->out, "%s\n", err);
    (void)fputc('\n', x->out);
}

/* What the line prints as JSON; {"failure": ...} if it could not. */
static json_t *
object_of(struct exec *x, const char *line)
{
    struct exec one = *x;
    char err[CLI_ERR], *text = NULL;
    size_t len = 0;
    json_t *object;
    int rc;

    one.out = open_memstream(&text, &len);
    if (!one.out)
        abort();
    rc = exec_line(&one, line, err, sizeof err);
    if (fclose(one.out) != 0)
        abort();
    object = rc == 0 ? json_loadb(text, len, 0, NULL) : json_pack("{s:s}", "failure", err);
    free(text);
    return object ? object : json_null();
}

static int
run_bundle(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    const char *const *lines = bundles[args->row->tag];
    const char *to = cli_text(args, "url");
    json_t *all;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (to && x->console->privilege < CLI_ADMIN)
        return cli_refuse(args, "files are written by administrators");
    if (to)
        (void)snprintf(x->to_file, sizeof x->to_file, "%s", to);
    if (!x->json) {
        for (; *lines; lines++)
            print_line(x, *lines);
        return 0;
    }
    all = json_object();
    for (; *lines; lines++)
        (void)json_object_set_new(all, *lines, object_of(x, *lines));
    exec_print_object(x, all);
    return 0;
}

static const struct cli_row rows[] = {
    {EXEC, "show srp details", "Everything about SRP, for support", .tag = BUNDLE_DETAILS,
     .run = run_bundle},
    {EXEC, "show support details icsr [ to file <url> ]", "What support asks for about ICSR",
     .tag = BUNDLE_ICSR, .run = run_bundle},
    {EXEC, "show support details icshr [ to file <url> ]", "", .tag = BUNDLE_ICSR,
     .run = run_bundle},
};

const struct cli_table exec_bundle_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                            &exec_console_table};
