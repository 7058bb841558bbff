#include <stdlib.h>
#include <string.h>

#include "cf/cf.h"
#include "cf/show.h"
#include "common/cli/cli.h"
#include "common/cli/cli_filter.h"
#include "common/loop/log.h"

enum { EXEC = 1u << 0 };

/* One line being carried out. */
struct exec {
    struct cf *cf;
    bool json;
    FILE *out;
};

typedef void show_fn(const struct cf *cf, FILE *out);
typedef json_t *show_json_fn(const struct cf *cf);

static int
print(struct exec *x, show_fn *text, show_json_fn *object)
{
    json_t *value;

    if (!x->json) {
        show_time_line(x->out);
        text(x->cf, x->out);
        return 0;
    }
    value = object(x->cf);
    (void)json_dumpf(value, x->out, JSON_INDENT(2));
    (void)fputc('\n', x->out);
    json_decref(value);
    return 0;
}

/* The chassis is the active CF's business. */
static int
leading_only(const struct exec *x, const struct cli_args *args)
{
    return x->cf->leading ? 0 : cli_refuse(args, "this is the standby CF; ask the active one");
}

static int
run_srp_info(void *ctx, const struct cli_args *args)
{
    int rc = leading_only(ctx, args);

    return rc ? rc : print(ctx, show_srp_info, show_srp_info_json);
}

static int
run_checkpoints(void *ctx, const struct cli_args *args)
{
    int rc = leading_only(ctx, args);

    return rc ? rc : print(ctx, show_checkpoints, show_checkpoints_json);
}

static void
populated_cards(const struct cf *cf, FILE *out)
{
    show_cards(cf, out, false);
}

static void
all_cards(const struct cf *cf, FILE *out)
{
    show_cards(cf, out, true);
}

static int
run_cards(void *ctx, const struct cli_args *args)
{
    return print(ctx, cli_has(args, "all") ? all_cards : populated_cards, show_cards_json);
}

static int
run_subscribers(void *ctx, const struct cli_args *args)
{
    int rc = leading_only(ctx, args);

    return rc ? rc : print(ctx, show_subscribers, show_subscribers_json);
}

static int
run_status(void *ctx, const struct cli_args *args)
{
    (void)args;
    return print(ctx, show_status, show_status_json);
}

static const struct cli_row rows[] = {
    {EXEC, "show srp info", "State of this chassis and its peer", .run = run_srp_info},
    {EXEC, "show srp checkpoint statistics", "Session redundancy data", .run = run_checkpoints},
    {EXEC, "show card table [ all ]", "Cards and their state", .run = run_cards},
    {EXEC, "show subscribers summary", "Sessions in figures", .run = run_subscribers},
    {EXEC, "show vpclab status", "What the launcher asks a CF", .run = run_status},
};

static const struct cli_mode modes[] = {{EXEC, 0, ""}};

static const struct cli_table table = {rows, sizeof rows / sizeof rows[0], modes, 1, NULL};

/* The command's output through its filters (`| grep ...`) into `out`. */
static int
run_line(struct exec *x, const char *line, FILE *out, char *err, size_t room)
{
    size_t len = strlen(line), command = cli_command_len(line, len), text_len = 0;
    uint32_t mode = EXEC;
    char *text = NULL;
    int rc = cli_filter_check(line + command, len - command, err, room);

    if (rc != 0)
        return rc;
    x->out = open_memstream(&text, &text_len);
    if (!x->out)
        log_fatal("exec: out of memory");
    rc = cli_run(&table, &mode, CLI_OPERATOR, line, command, x, err, room);
    if (fclose(x->out) != 0)
        log_fatal("exec: out of memory");
    if (rc == 0)
        rc = cli_filter(line + command, len - command, text, text_len, out, err, room);
    free(text);
    return rc;
}

void
cf_exec(void *ctx, const char *line, bool json, char **text, int *status)
{
    struct exec x = {.cf = ctx, .json = json};
    char err[CLI_ERR];
    size_t len = 0;
    FILE *out = open_memstream(text, &len);
    int rc;

    if (!out)
        log_fatal("exec: out of memory");
    rc = run_line(&x, line, out, err, sizeof err);
    if (rc != 0)
        (void)fprintf(out, "%s\n", err);
    if (fclose(out) != 0)
        log_fatal("exec: out of memory");
    /* what was not understood is the asker's mistake, what was refused is an answer */
    *status = rc == 0 ? MGMT_OK : rc == DI_EREFUSED ? MGMT_FAILURE : MGMT_USAGE;
}
