#include <stddef.h>
#include <string.h>

#include "common/conf/conf_build.h"

/* In the block `service-redundancy-protocol`: checkpoints, audits of what they made, and the marks
 * of what carries them. */

static int
set_compression(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.srp.compression = cli_has(args, "lz4") ? CONF_LZ4 : CONF_ZLIB;
    return 0;
}

/* Without a keyword, both kinds of sessions. */
static int
set_duration(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;
    struct conf defaults;

    conf_defaults(&defaults);
    if (!cli_has(args, "non-ims-session"))
        srp->duration_ims_s = cli_number(args, "n", defaults.srp.duration_ims_s);
    if (!cli_has(args, "ims-session"))
        srp->duration_non_ims_s = cli_number(args, "n", defaults.srp.duration_non_ims_s);
    return 0;
}

static int
set_periodic(void *ctx, const struct cli_args *args)
{
    uint32_t minutes = cli_number(args, "n", 0);

    if (minutes % 15)
        return cli_refuse(args, "periodic-interval %u is not a multiple of 15", minutes);
    return conf_set_number(ctx, args);
}

/* The command sets both: without a number that is the default; so does `no`. */
static int
set_nack(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    enum conf_scale scale = cli_has(args, "macro") ? CONF_MACRO : CONF_MICRO;
    struct conf defaults;

    conf_defaults(&defaults);
    build->conf.srp.nack[scale] = (struct conf_nack){
        .on = !cli_has(args, "no"),
        .max_response = cli_number(args, "n", defaults.srp.nack[scale].max_response),
    };
    return 0;
}

/* ---- audit ---- */

enum { HOUR_MIN = 60 };

static int
set_audit_start(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.srp.audit_daily = !cli_has(args, "no");
    build->conf.srp.audit_start_min =
        cli_number(args, "hh", 0) * HOUR_MIN + cli_number(args, "mm", 0);
    return 0;
}

/* ---- dscp-marking ---- */

static const struct dscp {
    const char *name;
    uint8_t code;
} dscps[] = {
    {"be", 0},    {"cs1", 8},   {"af11", 10}, {"af12", 12}, {"af13", 14}, {"cs2", 16},
    {"af21", 18}, {"af22", 20}, {"af23", 22}, {"cs3", 24},  {"af31", 26}, {"af32", 28},
    {"af33", 30}, {"cs4", 32},  {"af41", 34}, {"af42", 36}, {"af43", 38}, {"cs5", 40},
    {"ef", 46},   {"cs6", 48},  {"cs7", 56},
};

const char *
conf_dscp_name(uint8_t code)
{
    for (size_t i = 0; i < sizeof dscps / sizeof *dscps; i++) {
        if (dscps[i].code == code)
            return dscps[i].name;
    }
    return "unknown";
}

/* `default` names no value: best effort. */
static int
set_dscp(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;
    uint8_t code = 0;

    for (size_t i = 0; i < sizeof dscps / sizeof *dscps; i++) {
        if (cli_has(args, dscps[i].name))
            code = dscps[i].code;
    }
    *(cli_has(args, "control") ? &srp->dscp_control : &srp->dscp_session) = code;
    return 0;
}

static int
set_recovery(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.srp.recovery_aggressive = cli_has(args, "aggressive");
    return 0;
}

#define SRP         CONF_MODE_SRP
#define FIELD(name) 0, offsetof(struct conf_srp, name)

#define DURATION "checkpoint session duration [ ims-session | non-ims-session ]"

#define NACK "checkpoint session nack { macro | micro }"

#define DSCP "dscp-marking { control | session }"
#define DSCPS                                                                                      \
    " { af11 | af12 | af13 | af21 | af22 | af23 | af31 | af32 | af33 | af41 | af42 | af43 | be | " \
    "cs1 | cs2 | cs3 | cs4 | cs5 | cs6 | cs7 | ef }"

static const struct cli_row rows[] = {
    {SRP, DURATION " <n:0-65535>", "Seconds a call is up before it is checkpointed", CLI_ADMIN,
     .run = set_duration},
    {SRP, "default " DURATION, "60", CLI_ADMIN, .run = set_duration},
    {SRP, "checkpoint session compression { lz4 | zlib }", "Compression of checkpoints", CLI_ADMIN,
     .run = set_compression},
    {SRP, "default checkpoint session compression", "zlib", CLI_ADMIN, .run = set_compression},
    {SRP, "checkpoint session periodic-interval <n:30-1440>",
     "Minutes between repeated full checkpoints, a multiple of 15", CLI_ADMIN, FIELD(periodic_min),
     set_periodic},
    {SRP, "{ no | default } checkpoint session periodic-interval", "45", CLI_ADMIN,
     FIELD(periodic_min), conf_reset_number},

    {SRP, NACK " [ max-response <n:0-65535> ]",
     "Answer checkpoints that cannot be applied, so often in 10 minutes", CLI_ADMIN,
     .run = set_nack},
    {SRP, "no " NACK, "Do not answer them", CLI_ADMIN, .run = set_nack},

    {SRP, "audit daily-start-time <hh:0-23> <mm:0-59>",
     "When the first audit of a day begins, hours and minutes UTC", CLI_ADMIN,
     .run = set_audit_start},
    {SRP, "no audit daily-start-time", "At no set time", CLI_ADMIN, .run = set_audit_start},
    {SRP, "audit periodicity <n:60-1440>", "Minutes between audits of both chassis' calls",
     CLI_ADMIN, FIELD(audit_periodicity_min), conf_set_number},
    {SRP, "{ no | default } audit periodicity", "60", CLI_ADMIN, FIELD(audit_periodicity_min),
     conf_reset_number},

    {SRP, "standby database-recovery { normal | aggressive }",
     "How soon a Standby takes checkpoints of a new connection", CLI_ADMIN, .run = set_recovery},
    {SRP, "default standby database-recovery", "normal", CLI_ADMIN, .run = set_recovery},

    {SRP, DSCP DSCPS, "DSCP of hellos, or of checkpoints", CLI_ADMIN, .run = set_dscp},
    {SRP, "default " DSCP, "be", CLI_ADMIN, .run = set_dscp},
};

const struct cli_table conf_ckpt_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                          &conf_switch_table};
