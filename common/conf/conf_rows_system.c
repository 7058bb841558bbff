#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* Global Configuration: what the whole chassis requires, and bulk statistics. */

static int
set_graceful(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.graceful_cleanup = !cli_has(args, "no");
    build->conf.del_cause = cli_has(args, "system-failure") ? CONF_CAUSE_SYSTEM_FAILURE
                            : cli_has(args, "none")         ? CONF_CAUSE_NONE
                                                            : CONF_CAUSE_UNSAID;
    return 0;
}

static bool
print_graceful(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    uint8_t cause = build->conf.del_cause;

    (void)row;
    if (cause != CONF_CAUSE_UNSAID) {
        cli_say(said, "del-cause");
        cli_say(said, cause == CONF_CAUSE_NONE ? "none" : "system-failure");
    }
    return i == 0 && build->conf.graceful_cleanup;
}

static int
set_recovery(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.session_recovery = !cli_has(args, "no");
    return 0;
}

static bool
print_recovery(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;

    (void)row;
    (void)said;
    return i == 0 && build->conf.session_recovery;
}

static int
refuse_demux(void *ctx, const struct cli_args *args)
{
    (void)ctx;
    return cli_refuse(args, "Demux on the management card is for hardware platforms; this one has "
                            "a demux card of its own (\"show card table\")");
}

/* ---- bulk statistics ---- */

static int
set_gather(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.gather_off = cli_has(args, "no");
    return 0;
}

/* The block has nothing else in it. */
static bool
print_bulkstats(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;

    (void)row;
    cli_say(said, "no"); /* of the line in the block */
    return i == 0 && build->conf.gather_off;
}

#define CONFIG    CONF_MODE_CONFIG
#define BULKSTATS CONF_MODE_BULKSTATS

static const struct cli_row rows[] = {
    {CONFIG,
     "require graceful-cleanup-during-audit-failure [ del-cause non-ims-apn { system-failure | "
     "none } ]",
     "Tell the clients of calls that an audit purges", CLI_ADMIN, .run = set_graceful,
     .print = print_graceful},
    {CONFIG, "no require graceful-cleanup-during-audit-failure", "Purge such calls silently",
     CLI_ADMIN, .run = set_graceful},
    {CONFIG, "require session recovery", "Recovery of sessions inside the chassis", CLI_ADMIN,
     .run = set_recovery, .print = print_recovery},
    {CONFIG, "no require session recovery", "Recovery by the peer chassis alone", CLI_ADMIN,
     .run = set_recovery},
    {CONFIG, "[ no ] require demux management-card", "Of hardware platforms only", CLI_ADMIN,
     .run = refuse_demux},

    {CONFIG, "bulkstats mode", "Configure bulk statistics", CLI_ADMIN, BULKSTATS, .run = NULL,
     .print = print_bulkstats},
    {BULKSTATS, "[ no ] gather-on-standby", "Gather while the chassis is Standby", CLI_ADMIN,
     .run = set_gather, .print = print_bulkstats},
};

const struct cli_table conf_system_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                            &conf_boot_table};
