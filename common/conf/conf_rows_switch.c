#include <stddef.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* In the block `service-redundancy-protocol`: what flows and what is announced while the
 * chassis change roles, and how often that is tried. */

/* The line says all of it: what it does not name is at its default. */
static int
set_advertise(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;
    srp->advertise_in_standby = true;
    srp->hold_off_s = cli_number(args, "sec", conf_srp_default.hold_off_s);
    srp->reset_bfd_ms = cli_number(args, "msec", 0);
    return 0;
}

/* With keywords, back to the default of these alone. */
static int
reset_advertise(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;
    bool hold_off = cli_has(args, "hold-off-time"), reset = cli_has(args, "reset-bfd-nbrs");

    if (!hold_off && !reset)
        srp->advertise_in_standby = false;
    if (hold_off || !reset)
        srp->hold_off_s = conf_srp_default.hold_off_s;
    if (reset || !hold_off)
        srp->reset_bfd_ms = 0;
    return 0;
}

/* hold-off-time and reset-bfd-nbrs without the rest say nothing. */
static bool
print_advertise(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_srp *srp = &build->conf.srp;

    (void)row;
    if (srp->hold_off_s != conf_srp_default.hold_off_s) {
        cli_say(said, "hold-off-time");
        cli_say_number(said, "sec", srp->hold_off_s);
    }
    if (srp->reset_bfd_ms) {
        cli_say(said, "reset-bfd-nbrs");
        cli_say_number(said, "msec", srp->reset_bfd_ms);
    }
    return i == 0 && srp->advertise_in_standby;
}

static int
set_volte(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.srp.allow_volte_data = true;
    build->conf.srp.maintain_accounting = cli_has(args, "maintain-accounting");
    return 0;
}

static bool
print_volte(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_srp *srp = &build->conf.srp;

    (void)row;
    cli_say_if(said, srp->maintain_accounting, "maintain-accounting");
    return i == 0 && srp->allow_volte_data;
}

static int
reset_volte(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    if (!cli_has(args, "maintain-accounting"))
        build->conf.srp.allow_volte_data = false;
    build->conf.srp.maintain_accounting = false;
    return 0;
}

#define SRP         CONF_MODE_SRP
#define FIELD(name) 0, offsetof(struct conf_srp, name)

#define ADVERTISE    "advertise-routes-in-standby-state"
#define RESET_OR_OFF "{ no | default } "

static const struct cli_row rows[] = {
    {SRP, ADVERTISE " [ hold-off-time <sec:1-300> ] [ reset-bfd-nbrs <msec:1-65535> ]",
     "Announce routes while Standby, with a worse path", CLI_ADMIN, .run = set_advertise,
     .print = print_advertise},
    {SRP, RESET_OR_OFF ADVERTISE " [ hold-off-time ] [ reset-bfd-nbrs ]",
     "Announce routes while Active only", CLI_ADMIN, .run = reset_advertise},

    {SRP, "[ no ] switchover allow-all-data-traffic", "All data flows during a switchover",
     CLI_ADMIN, FIELD(allow_all_data), conf_set_flag, conf_print_flag},
    {SRP, "switchover allow-volte-data-traffic [ maintain-accounting ]",
     "VoLTE data flows during a switchover", CLI_ADMIN, .run = set_volte, .print = print_volte},
    {SRP, "no switchover allow-volte-data-traffic [ maintain-accounting ]",
     "VoLTE data waits as all data does", CLI_ADMIN, .run = reset_volte},
    {SRP, "[ no ] switchover allow-early-active-transition",
     "Active before accounting and audit are done", CLI_ADMIN, FIELD(allow_early_active),
     conf_set_flag, conf_print_flag},
    {SRP, "[ no ] switchover control-outage-optimization",
     "New calls are let in as soon as the audit is over", CLI_ADMIN, FIELD(control_optimization),
     conf_set_flag, conf_print_flag},

    {SRP, "internal-switchover-retry-interval <n:5-300>",
     "Seconds between attempts of a switchover that the peer refuses", CLI_ADMIN,
     FIELD(retry_interval_s), conf_set_number, conf_print_number},
    {SRP, "default internal-switchover-retry-interval", "60", CLI_ADMIN, FIELD(retry_interval_s),
     conf_reset_number, NULL},
    {SRP, "num-internal-switchover-retry <n:0-10>", "Number of those attempts", CLI_ADMIN,
     FIELD(retries), conf_set_number, conf_print_number},
    {SRP, "default num-internal-switchover-retry", "3", CLI_ADMIN, FIELD(retries),
     conf_reset_number, NULL},
};

const struct cli_table conf_switch_table = {
    rows, sizeof rows / sizeof *rows, NULL, 0, &conf_monitor_table,
};
