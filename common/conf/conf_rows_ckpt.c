#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/cli_print.h"
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

static bool
print_compression(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;

    (void)row;
    cli_say(said, "lz4");
    return i == 0 && build->conf.srp.compression == CONF_LZ4;
}

/* Without a keyword, both kinds of sessions. */
static int
set_duration(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;
    if (!cli_has(args, "non-ims-session"))
        srp->duration_ims_s = cli_number(args, "n", conf_srp_default.duration_ims_s);
    if (!cli_has(args, "ims-session"))
        srp->duration_non_ims_s = cli_number(args, "n", conf_srp_default.duration_non_ims_s);
    return 0;
}

static bool
print_duration(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_srp *srp = &build->conf.srp;
    const bool some[2] = {srp->duration_ims_s != conf_srp_default.duration_ims_s,
                          srp->duration_non_ims_s != conf_srp_default.duration_non_ims_s};
    size_t at = conf_nth_set(some, 2, i);

    (void)row;
    cli_say(said, at == 0 ? "ims-session" : "non-ims-session");
    cli_say_number(said, "n", at == 0 ? srp->duration_ims_s : srp->duration_non_ims_s);
    return at < 2;
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
    build->conf.srp.nack[scale] = (struct conf_nack){
        .on = !cli_has(args, "no"),
        .max_response = cli_number(args, "n", conf_srp_default.nack[scale].max_response),
    };
    return 0;
}

static bool
print_nack(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_nack *nacks = build->conf.srp.nack;
    const bool some[CONF_SCALES] = {nacks[0].on, nacks[1].on};
    size_t at = conf_nth_set(some, CONF_SCALES, i);

    (void)row;
    if (at == CONF_SCALES)
        return false;
    cli_say(said, at == CONF_MACRO ? "macro" : "micro");
    if (nacks[at].max_response != conf_srp_default.nack[at].max_response)
        cli_say_number(said, "n", nacks[at].max_response);
    return true;
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

/* As the manual writes a time of the day: 06 00. */
static void
say_two_digits(struct cli_said *said, const char *name, uint32_t number)
{
    char text[12];

    (void)snprintf(text, sizeof text, "%02u", number);
    cli_say_text(said, name, text);
}

static bool
print_audit_start(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_srp *srp = &build->conf.srp;

    (void)row;
    say_two_digits(said, "hh", srp->audit_start_min / HOUR_MIN);
    say_two_digits(said, "mm", srp->audit_start_min % HOUR_MIN);
    return i == 0 && srp->audit_daily;
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

static bool
print_dscp(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_srp *srp = &build->conf.srp;
    const bool some[2] = {srp->dscp_control != 0, srp->dscp_session != 0};
    size_t at = conf_nth_set(some, 2, i);

    (void)row;
    cli_say(said, at == 0 ? "control" : "session");
    cli_say(said, conf_dscp_name(at == 0 ? srp->dscp_control : srp->dscp_session));
    return at < 2;
}

static int
set_recovery(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.srp.recovery_aggressive = cli_has(args, "aggressive");
    return 0;
}

static bool
print_recovery(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;

    (void)row;
    cli_say(said, "aggressive");
    return i == 0 && build->conf.srp.recovery_aggressive;
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
     .run = set_duration, .print = print_duration},
    {SRP, "default " DURATION, "60", CLI_ADMIN, .run = set_duration},
    {SRP, "checkpoint session compression { lz4 | zlib }", "Compression of checkpoints", CLI_ADMIN,
     .run = set_compression, .print = print_compression},
    {SRP, "default checkpoint session compression", "zlib", CLI_ADMIN, .run = set_compression},
    {SRP, "checkpoint session periodic-interval <n:30-1440>",
     "Minutes between repeated full checkpoints, a multiple of 15", CLI_ADMIN, FIELD(periodic_min),
     set_periodic, conf_print_number},
    {SRP, "{ no | default } checkpoint session periodic-interval", "45", CLI_ADMIN,
     FIELD(periodic_min), conf_reset_number, NULL},

    {SRP, NACK " [ max-response <n:0-65535> ]",
     "Answer checkpoints that cannot be applied, so often in 10 minutes", CLI_ADMIN,
     .run = set_nack, .print = print_nack},
    {SRP, "no " NACK, "Do not answer them", CLI_ADMIN, .run = set_nack},

    {SRP, "audit daily-start-time <hh:0-23> <mm:0-59>",
     "When the first audit of a day begins, hours and minutes UTC", CLI_ADMIN,
     .run = set_audit_start, .print = print_audit_start},
    {SRP, "no audit daily-start-time", "At no set time", CLI_ADMIN, .run = set_audit_start},
    {SRP, "audit periodicity <n:60-1440>", "Minutes between audits of both chassis' calls",
     CLI_ADMIN, FIELD(audit_periodicity_min), conf_set_number, conf_print_number},
    {SRP, "{ no | default } audit periodicity", "60", CLI_ADMIN, FIELD(audit_periodicity_min),
     conf_reset_number, NULL},

    {SRP, "standby database-recovery { normal | aggressive }",
     "How soon a Standby takes checkpoints of a new connection", CLI_ADMIN, .run = set_recovery,
     .print = print_recovery},
    {SRP, "default standby database-recovery", "normal", CLI_ADMIN, .run = set_recovery},

    {SRP, DSCP DSCPS, "DSCP of hellos, or of checkpoints", CLI_ADMIN, .run = set_dscp,
     .print = print_dscp},
    {SRP, "default " DSCP, "be", CLI_ADMIN, .run = set_dscp},
};

const struct cli_table conf_ckpt_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                          &conf_switch_table};
