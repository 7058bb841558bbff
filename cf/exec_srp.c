#include "cf/exec.h"
#include "cf/show.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/mgmt.h"

/* Commands that act on the chassis: docs/staros.md "SRP Exec commands". */

/* A refusal in the words of the one who can mend it. */
static int
refuse(const struct exec *x, const struct cli_args *args, enum srp_refusal refusal,
       unsigned sessmgrs)
{
    char detail[REFUSAL_TEXT];

    switch (refusal) {
    case SRP_SESSMGRS:
        return cli_refuse(args,
                          "%u session managers are not connected to the peer chassis; "
                          "use force to override",
                          sessmgrs);
    case SRP_CONFIG:
        return cli_refuse(args, "the configurations of the chassis differ; see srp "
                                "validate-configuration, or use force to override");
    case SRP_MONITORS:
        return cli_refuse(args, "a monitor of the peer chassis is down; see show srp monitor "
                                "there, or use force to override");
    case SRP_BUSY:
        return cli_refuse(args, "the last switchover is still being processed; srp "
                                "terminate-post-process ends it, force overrides");
    default:
        refusal_detail(x->cf, refusal, detail, sizeof detail);
        return cli_refuse(args, "%s%s%s", srp_refusal_text(refusal), *detail ? "; " : "", detail);
    }
}

static int
run_switchover(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct srp_event ev = {
        .now = clock_now(),
        .type = SRP_EV_SWITCHOVER,
        .force = cli_has(args, "force"),
        .timeout_us = cli_number(args, "sec", SRP_TIMEOUT_US / US_PER_S) * US_PER_S,
        .post_us = cli_number(args, "post-sec", SRP_POST_TIMEOUT_US / US_PER_S) * US_PER_S,
    };
    struct srp_result r;
    enum srp_refusal refusal;
    uint8_t sessmgrs = 0;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    chassis_cards(x->cf); /* judged by what is true now, and before anybody is asked */
    refusal = srp_readiness(&x->cf->srp, ev.force, &sessmgrs);
    if (refusal == SRP_READY && exec_unconfirmed(x, args))
        return 0;
    ev.now = clock_now();
    r = chassis_step(x->cf, &ev);
    log_event("srp.switchover", NULL, r.refusal == SRP_READY ? "initiated" : "refused",
              r.refusal == SRP_READY && ev.force ? "force" : srp_refusal_text(r.refusal),
              x->cf->srp.epoch);
    if (r.refusal != SRP_READY)
        return refuse(x, args, r.refusal, r.sessmgrs);
    notify_srp(x->cf, TRAP_SWITCH_INITIATED);
    if (cli_has(args, "reset-diameter-fail")) /* before, it might hand over for that instead */
        monitors_reset(x->cf->monitors, MONITOR_DIAMETER);
    return 0;
}

static int
run_validate_switchover(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct srp_result r;
    char why[REFUSAL_TEXT];

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    chassis_cards(x->cf);
    r = chassis_step(x->cf, &(struct srp_event){.now = clock_now(), .type = SRP_EV_VALIDATE});
    if (r.refusal == SRP_READY) {
        exec_say(x, "Info: both chassis are asked; the result is in show srp info\n");
        return 0;
    }
    refusal_text(r.refusal, r.sessmgrs, why, sizeof why);
    exec_say(x, "Info: this chassis is not ready: %s\n", why);
    return 0;
}

static int
run_terminate(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct srp_result r;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    r = chassis_step(x->cf, &(struct srp_event){.now = clock_now(), .type = SRP_EV_TERMINATE});
    return r.refusal == SRP_READY ? 0 : refuse(x, args, r.refusal, 0);
}

static int
run_validate_config(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    const struct conf_difference *d;
    const char *state;
    size_t n;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (!validate_ask(x->cf->validate))
        return refuse(x, args, SRP_NO_PEER, 0);
    d = validate_differences(x->cf->validate, &n);
    state = validate_state(x->cf->validate);
    if (n == 0) {
        exec_say(x, "Info: validation started; its result is in show srp info\n");
        return 0;
    }
    exec_say(x, "Warning: %zu %s (%s)\n", n, n == 1 ? "item differs" : "items differ", state);
    for (size_t i = 0; i < n && i < VALIDATE_SHOWN; i++)
        exec_say(x, "  %s: here \"%s\", at the peer \"%s\"\n    %s\n", d[i].key, d[i].ours,
                 d[i].theirs, d[i].fix);
    if (n > VALIDATE_SHOWN)
        exec_say(x, "  and %zu more\n", n - VALIDATE_SHOWN);
    return 0;
}

/* Why no audit can begin, in the words of the one who can mend it. */
static int
refuse_audit(const struct cf *cf, const struct cli_args *args, enum audit_refusal refusal)
{
    struct cards_totals t = cards_totals(&cf->cards);

    switch (refusal) {
    case AUDIT_IS_NOT_ACTIVE:
        return cli_refuse(args, "this chassis is %s; an audit begins on the Active one",
                          chassis_state_name(cf->srp.state));
    case AUDIT_HAS_NO_STANDBY:
        return cli_refuse(args, "there is no Standby to compare with: the peer chassis is %s",
                          cf->srp.peer_known ? show_peer_state(cf) : "not heard");
    case AUDIT_HAS_UNREADY:
        return cli_refuse(args,
                          "%u of %u session managers are not connected to the peer chassis; "
                          "see show srp checkpoint statistics verbose",
                          t.sessmgrs - t.ready, t.sessmgrs);
    case AUDIT_NOT_SYNCED:
        return cli_refuse(args, "the Standby is not synchronised yet; ask again when it is");
    default:
        return cli_refuse(args, "an audit is under way; see show srp audit-statistics");
    }
}

static int
run_audit(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    enum audit_refusal refusal;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    refusal = audits_begin(x->cf, AUDIT_MANUAL);
    if (refusal != AUDIT_MAY)
        return refuse_audit(x->cf, args, refusal);
    if (x->json)
        exec_say(x, "{\"result\": \"%s\", \"sessmgrs\": %u}\n", audit_state_name(AUDIT_RUNS),
                 x->cf->audit.now.asked);
    else
        exec_say(x, "Info: the audit has begun; its result is in show srp audit-statistics\n");
    return 0;
}

static int
run_clear_audits(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    audit_clear(&x->cf->audit);
    return 0;
}

static int
run_reset(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    monitors_reset(x->cf->monitors, (uint8_t)args->row->tag);
    return 0;
}

static int
run_clear(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (args->row->tag)
        losses_clear(&x->cf->losses);
    else
        show_srp_statistics_clear(x->cf);
    return 0;
}

#define SWITCHOVER                                                                                 \
    "srp initiate-switchover [ timeout <sec:0-65535> | post-switch-timeout <post-sec:0-3600> | "   \
    "reset-diameter-fail | force | -noconfirm ] +"

static const struct cli_row rows[] = {
    {EXEC, SWITCHOVER, "Hand over to the peer chassis", CLI_ADMIN, .run = run_switchover},
    {EXEC, "srp validate-switchover", "Ask both chassis whether that would succeed", CLI_ADMIN,
     .run = run_validate_switchover},
    {EXEC, "srp validate-configuration", "Compare the configuration with the peer's", CLI_ADMIN,
     .run = run_validate_config},
    {EXEC, "srp terminate-post-process", "End the processing after a switchover", CLI_ADMIN,
     .run = run_terminate},
    {EXEC, "srp initiate-audit manual-with-sync",
     "Compare the calls of both chassis, and make good what differs", CLI_ADMIN, .run = run_audit},
    {EXEC, "srp reset-auth-probe-fail", "Forget failed authentication probes", CLI_ADMIN,
     .tag = MONITOR_AAA, .run = run_reset},
    {EXEC, "srp reset-diameter-fail", "Forget failed Diameter peers", CLI_ADMIN,
     .tag = MONITOR_DIAMETER, .run = run_reset},
    {EXEC, "clear srp statistics", "Count anew", CLI_ADMIN, .run = run_clear},
    {EXEC, "clear srp call-loss statistics", "Forget earlier switchovers", CLI_ADMIN, .tag = 1,
     .run = run_clear},
    {EXEC, "clear srp audit-statistics", "Forget earlier audits", CLI_ADMIN,
     .run = run_clear_audits},
};

const struct cli_table exec_srp_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                         &exec_ckpt_table};
