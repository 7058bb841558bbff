#include <stdlib.h>
#include <string.h>

#include "cf/exec.h"
#include "cf/show.h"
#include "cf/show_ckpt.h"
#include "common/gtp/gtp.h"
#include "common/loop/log.h"

/* Commands about checkpoints: docs/staros.md "SRP Exec commands". */

/* ---- show --------------------------------------------------------------------------------- */

static enum ckpt_form
form_of(const struct cli_args *args)
{
    bool debug = cli_has(args, "debug-info"), each = cli_has(args, "sessmgr");

    if (cli_has(args, "ipsecmgr"))
        return CKPT_FORM_IPSEC;
    if (cli_has(args, "micro-checkpoint"))
        return debug ? CKPT_FORM_MICRO_EACH : CKPT_FORM_MICRO;
    if (cli_has(args, "verbose"))
        return CKPT_FORM_TABLE;
    if (cli_has(args, "write-list-stats"))
        return CKPT_FORM_LISTS;
    if (each)
        return debug ? CKPT_FORM_EACH_DEBUG : CKPT_FORM_EACH;
    return debug ? CKPT_FORM_DEBUG : CKPT_FORM_SUM;
}

static int
run_statistics(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct ckpt_view view = {
        .side = cli_has(args, "active")    ? CKPT_SIDE_ACTIVE
                : cli_has(args, "standby") ? CKPT_SIDE_STANDBY
                                           : CKPT_SIDE_ANY,
        .form = form_of(args),
        .instance = cli_number(args, "n", 0),
    };

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (view.instance && !show_sessmgr(x->cf, view.instance))
        return cli_refuse(args, "there is no session manager %u", view.instance);
    if (x->json) {
        exec_print_object(x, show_checkpoints_json(x->cf, &view));
        return 0;
    }
    show_checkpoints(x->cf, &view, x->out);
    return 0;
}

static int
run_info(void *ctx, const struct cli_args *args)
{
    int rc = exec_leading(ctx, args);

    return rc ? rc : exec_print(ctx, show_checkpoint_info, show_checkpoint_info_json);
}

static int
run_clear(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    show_checkpoints_clear(x->cf);
    return 0;
}

/* ---- show subscriber debug-info ------------------------------------------------------------ */

struct wanted {
    enum call_key by;
    uint64_t key;
    char apn[CONF_NAME]; /* "": any */
    const char *text;    /* as typed */
};

static bool
read_callid(const char *text, struct wanted *wanted)
{
    wanted->by = CALL_BY_ID;
    if (strlen(text) > 8 || strspn(text, "0123456789abcdefABCDEF") != strlen(text))
        return false;
    wanted->key = strtoul(text, NULL, 16);
    return true;
}

static bool
read_msid(const char *text, struct wanted *wanted)
{
    wanted->by = CALL_BY_IMSI;
    wanted->key = gtp_imsi_from_digits(text);
    return wanted->key != GTP_NO_DIGITS;
}

/* Subscribers have no names here but IMSI@APN. */
static bool
read_username(const char *text, struct wanted *wanted)
{
    char imsi[32];
    const char *at = strchr(text, '@');
    size_t len = at ? (size_t)(at - text) : 0;

    if (!at || len >= sizeof imsi || !at[1] || strlen(at + 1) >= sizeof wanted->apn)
        return false;
    memcpy(imsi, text, len);
    imsi[len] = '\0';
    memcpy(wanted->apn, at + 1, strlen(at + 1) + 1);
    return read_msid(imsi, wanted);
}

static int
read_wanted(const struct cli_args *args, struct wanted *wanted)
{
    if (cli_has(args, "callid")) {
        wanted->text = cli_text(args, "callid");
        return read_callid(wanted->text, wanted)
                   ? 0
                   : cli_refuse(args, "\"%s\" is no callid; expected 8 hexadecimal digits",
                                wanted->text);
    }
    if (cli_has(args, "msid")) {
        wanted->text = cli_text(args, "msid");
        return read_msid(wanted->text, wanted)
                   ? 0
                   : cli_refuse(args, "\"%s\" is no msid; expected an IMSI of at most 15 digits",
                                wanted->text);
    }
    wanted->text = cli_text(args, "username");
    return read_username(wanted->text, wanted)
               ? 0
               : cli_refuse(args, "\"%s\" is no username; expected IMSI@APN", wanted->text);
}

int
exec_ask(struct exec *x, const struct cli_args *args, enum call_key by, uint64_t key)
{
    int rc = asks_begin(x->cf->asks, by, key, x->line);

    x->later = rc == 0;
    if (rc == DI_ENOTFOUND)
        return cli_refuse(args, "no session manager is there to ask; see show card table");
    return rc == 0 ? 0 : cli_refuse(args, "too many such commands at a time; say it again");
}

static int
run_subscriber(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    const struct calls_found *found = x->found;
    struct wanted wanted = {0};

    if (exec_leading(x, args) != 0 || read_wanted(args, &wanted) != 0)
        return DI_EREFUSED;
    if (!found)
        return exec_ask(x, args, wanted.by, wanted.key);
    if (show_calls(x->cf, found, wanted.apn, NULL) == 0 && found->answered < found->asked)
        return cli_refuse(args,
                          "%u of %u session managers did not answer, the others have no such "
                          "call; say it again",
                          found->asked - found->answered, found->asked);
    if (show_calls(x->cf, found, wanted.apn, NULL) == 0)
        return cli_refuse(args, "no session manager of this chassis has a call \"%s\"",
                          wanted.text);
    if (x->json) {
        exec_print_object(x, show_calls_json(x->cf, found, wanted.apn));
        return 0;
    }
    (void)show_calls(x->cf, found, wanted.apn, x->out);
    return 0;
}

/* ---- srp ----------------------------------------------------------------------------------- */

static int
run_nack(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    nacks_disable(x->cf, (uint8_t)cli_number(args, "cmd-id", 0), cli_has(args, "disable"));
    if (x->cf->srp.state != CHASSIS_STANDBY)
        exec_say(x, "Info: this chassis is %s; it matters once it is Standby\n",
                 chassis_state_name(x->cf->srp.state));
    return 0;
}

static int
run_fault(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct fault_body fault = {
        .cmd = (uint8_t)cli_number(args, "cmd-id", 0),
        .skip = cli_number(args, "n", 1) - 1,
        .times = cli_has(args, "always") ? UINT32_MAX : cli_number(args, "m", 1),
    };
    unsigned told;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (!x->cf->node->topo.fault_hooks)
        return cli_refuse(args, "checkpoints fail on purpose only in a lab whose topology has "
                                "\"fault-hooks\": true");
    if (x->cf->srp.state != CHASSIS_STANDBY)
        return cli_refuse(args, "this chassis is %s; only a Standby applies checkpoints",
                          chassis_state_name(x->cf->srp.state));
    told = fault_tell(x->cf, &fault);
    if (told == 0)
        return cli_refuse(args, "no session manager could be told; see show card table");
    log_event("srp.checkpoint-fault", NULL, fault.times ? "set" : "off", args->text,
              x->cf->srp.epoch);
    exec_say(x, "Info: told to %u session managers, each of which counts for itself\n", told);
    return 0;
}

#define STATISTICS "show srp checkpoint statistics [ active | standby ]"

static const struct cli_row rows[] = {
    {EXEC, STATISTICS " [ verbose | debug-info ]", "Session redundancy data",
     .run = run_statistics},
    {EXEC, STATISTICS " sessmgr { all | instance <n:1-255> } [ debug-info | write-list-stats ]",
     "... of session managers one by one", .run = run_statistics},
    {EXEC, STATISTICS " ipsecmgr all", "... of IPsec managers", .run = run_statistics},
    {EXEC, "show checkpoint statistics verbose", "A line for each session manager",
     .run = run_statistics},
    {EXEC, "show srp checkpoint info", "Micro-checkpoints, and whether NACKs are sent for them",
     .run = run_info},
    {EXEC, "show srp micro-checkpoint statistics [ debug-info ]", "Micro-checkpoints by CMD-ID",
     .run = run_statistics},
    {EXEC, "clear srp checkpoint statistics", "Count anew", CLI_ADMIN, .run = run_clear},
    {EXEC, "show subscriber debug-info { callid <callid> | msid <msid> | username <username> }",
     "A call as its session manager has it", .run = run_subscriber},
    {EXEC, "srp { disable | enable } nack micro-chkpt-cmd <cmd-id:1-255>",
     "Send no NACKs for that micro-checkpoint, or again", CLI_ADMIN, .run = run_nack},
    {EXEC, "srp checkpoint-fault cmd <cmd-id:0-255> nth <n:1-65535> [ times <m:0-65535> | always ]",
     "Let checkpoints fail to be applied (emulator)", CLI_ADMIN, .run = run_fault},
};

const struct cli_table exec_ckpt_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                          &exec_show_table};
