#include "cf/exec.h"

#include <stdarg.h>
#include <string.h>

#include "cf/show.h"
#include "cf/show_audit.h"
#include "cf/show_monitor.h"
#include "cf/show_session.h"
#include "cf/show_traps.h"

void
exec_print_object(struct exec *x, json_t *object)
{
    (void)json_dumpf(object, x->out, JSON_INDENT(2));
    (void)fputc('\n', x->out);
    json_decref(object);
}

int
exec_print(struct exec *x, show_fn *text, show_json_fn *object)
{
    if (x->json) {
        exec_print_object(x, object(x->cf));
        return 0;
    }
    text(x->cf, x->out);
    return 0;
}

int
exec_leading(const struct exec *x, const struct cli_args *args)
{
    return x->cf->leading ? 0 : cli_refuse(args, MGMT_STANDBY "; ask the active one");
}

bool
exec_unconfirmed(struct exec *x, const struct cli_args *args)
{
    x->unconfirmed = !x->line->sure && !cli_has(args, "-noconfirm");
    if (x->unconfirmed)
        exec_say(x, "Are you sure? [Yes|No]: ");
    return x->unconfirmed;
}

void
exec_say(struct exec *x, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    (void)vfprintf(x->out, format, list);
    va_end(list);
}

int
exec_show(struct exec *x, const struct cli_args *args, show_fn *text, show_json_fn *object)
{
    int rc = exec_leading(x, args);

    return rc ? rc : exec_print(x, text, object);
}

static int
run_srp_info(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_srp_info, show_srp_info_json);
}

static int
run_srp_statistics(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_srp_statistics, show_srp_statistics_json);
}

static int
run_call_losses(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_call_losses, show_call_losses_json);
}

static int
run_audits(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_audits, show_audits_json);
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
    return exec_print(ctx, cli_has(args, "all") ? all_cards : populated_cards, show_cards_json);
}

static int
run_subscribers(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_subscribers, show_subscribers_json);
}

/* Which part of the monitors the line names. */
static enum show_monitor
which_monitor(const struct cli_args *args)
{
    if (cli_has(args, "all"))
        return SHOW_MONITOR_ALL;
    if (cli_has(args, "bgp"))
        return SHOW_MONITOR_BGP;
    if (cli_has(args, "authentication-probe"))
        return SHOW_MONITOR_AAA;
    if (cli_has(args, "diameter"))
        return cli_has(args, "debug") ? SHOW_MONITOR_DIAMETER_DEBUG : SHOW_MONITOR_DIAMETER;
    return SHOW_MONITOR_SUMMARY;
}

static int
run_monitor(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    int rc = exec_leading(x, args);

    if (rc != 0)
        return rc;
    if (x->json) {
        exec_print_object(x, show_monitor_json(x->cf, which_monitor(args)));
        return 0;
    }
    show_monitor(x->cf, x->out, which_monitor(args));
    return 0;
}

/* Notifications are those of the CF that raised them: a standby CF shows its own. */
static int
run_trap_history(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (x->json) {
        exec_print_object(x, show_trap_history_json(&x->cf->traps));
        return 0;
    }
    show_trap_history(&x->cf->traps, x->out, cli_has(args, "verbose"));
    return 0;
}

static int
run_notifies(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    (void)args;
    if (x->json) {
        exec_print_object(x, show_snmp_notifies_json(&x->cf->traps));
        return 0;
    }
    show_snmp_notifies(&x->cf->traps, x->out);
    return 0;
}

static int
run_status(void *ctx, const struct cli_args *args)
{
    (void)args;
    return exec_print(ctx, show_status, show_status_json);
}

static const struct cli_row rows[] = {
    {EXEC, "show srp info", "State of this chassis and its peer", .run = run_srp_info},
    {EXEC, "show srp statistics", "Hellos, validations, switchovers", .run = run_srp_statistics},
    {EXEC, "show srp call-loss statistics", "Calls lost by switchovers", .run = run_call_losses},
    {EXEC, "show srp audit-statistics", "Audits between the chassis", .run = run_audits},
    {EXEC, "show srp monitor [ all | bgp | authentication-probe | diameter [ debug ] ]",
     "What is watched, and its state", .run = run_monitor},
    {EXEC, "show snmp trap history [ verbose ]", "Notifications raised", .run = run_trap_history},
    {EXEC, "show snmp notifies", "Notifications counted", .run = run_notifies},
    {EXEC, "show card table [ all ]", "Cards and their state", .run = run_cards},
    {EXEC, "show subscribers summary", "Sessions in figures", .run = run_subscribers},
    {EXEC, "show vpclab status", "What the launcher asks a CF", .run = run_status},
};

static const struct cli_mode modes[] = {{EXEC, 0, ""}, {CONF_MODE_CONFIG, EXEC, "config"}};

const struct cli_table exec_table = {rows, sizeof rows / sizeof rows[0], modes, 2,
                                     &exec_files_table};
