#include <stddef.h>
#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* The block `service-redundancy-protocol`: docs/staros.md, "SRP configuration mode". Checkpoints,
 * monitors and switchover options have tables of their own. */

static int
enter_srp(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;

    if (srp->configured && srp->context != build->context)
        return cli_refuse(args, "service-redundancy-protocol is already in context \"%s\"",
                          build->conf.contexts[srp->context]);
    srp->configured = true;
    srp->context = build->context;
    build->srp_line = build->line;
    return 0;
}

static bool
print_srp(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;

    (void)row;
    (void)said;
    return i == 0 && build->conf.srp.configured && build->conf.srp.context == build->context;
}

static int
remove_srp(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;

    if (!srp->configured || srp->context != build->context)
        return cli_refuse(args, "No service-redundancy-protocol in this context");
    *srp = conf_srp_default;
    return 0;
}

/* ---- plain numbers and addresses: the row's tag says which field ---- */

static uint32_t *
number_at(struct conf_srp *srp, size_t offset)
{
    return (uint32_t *)(void *)((char *)srp + offset);
}

int
conf_set_number(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    *number_at(&build->conf.srp, args->row->tag) = cli_number(args, "n", 0);
    return 0;
}

int
conf_set_flag(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    bool *flag = (bool *)(void *)((char *)&build->conf.srp + args->row->tag);

    *flag = !cli_has(args, "no") && !cli_has(args, "default");
    return 0;
}

/* `no` and `default`: back to the default, which is 0 for what has none. */
int
conf_reset_number(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp defaults = conf_srp_default;

    *number_at(&build->conf.srp, args->row->tag) = *number_at(&defaults, args->row->tag);
    return 0;
}

bool
conf_print_number(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    uint32_t number, otherwise;

    memcpy(&number, (const char *)&build->conf.srp + row->tag, sizeof number);
    memcpy(&otherwise, (const char *)&conf_srp_default + row->tag, sizeof otherwise);
    cli_say_number(said, "n", number);
    return i == 0 && number != otherwise;
}

bool
conf_print_flag(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    bool flag;

    (void)said;
    memcpy(&flag, (const char *)&build->conf.srp + row->tag, sizeof flag);
    return i == 0 && flag;
}

/* ---- the ends of the link: the row's tag says which one ---- */

enum { OURS, THEIRS };

static int
set_end(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;
    bool ours = args->row->tag == OURS;
    char addr6[CONF_ADDR6] = "";

    if (!cli_has(args, "no")) {
        conf_set_addr6(addr6, sizeof addr6, cli_text(args, "ip"));
        if (*addr6 ? strcmp(addr6, "::") == 0 : cli_addr(args, "ip") == 0)
            return cli_refuse(args, "Nothing can have address %s", *addr6 ? "::" : "0.0.0.0");
    }
    memcpy(ours ? srp->bind6 : srp->peer6, addr6, sizeof addr6);
    *(ours ? &srp->bind : &srp->peer) = *addr6 ? 0 : cli_addr(args, "ip");
    if (!cli_has(args, "no"))
        build->srp_line = build->line;
    return 0;
}

static bool
print_end(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_srp *srp = &build->conf.srp;
    uint32_t addr = row->tag == OURS ? srp->bind : srp->peer;
    const char *addr6 = row->tag == OURS ? srp->bind6 : srp->peer6;

    if (*addr6)
        cli_say_text(said, "ip", addr6);
    else
        cli_say_addr(said, "ip", addr);
    return i == 0 && (*addr6 || addr);
}

/* ---- the rest ---- */

static int
set_mode(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.srp.mode = cli_has(args, "primary") ? CONF_PRIMARY : CONF_BACKUP;
    return 0;
}

static bool
print_mode(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;

    (void)row;
    cli_say(said, "primary");
    return i == 0 && build->conf.srp.mode == CONF_PRIMARY;
}

#define SRP         CONF_MODE_SRP
#define FIELD(name) 0, offsetof(struct conf_srp, name)

static const struct cli_row rows[] = {
    {CONF_MODE_CONTEXT, "service-redundancy-protocol", "Interchassis session recovery", CLI_ADMIN,
     SRP, .run = enter_srp, .print = print_srp},
    {CONF_MODE_CONTEXT, "no service-redundancy-protocol", "No protection by another chassis",
     CLI_ADMIN, .run = remove_srp},

    {SRP, "bind address <ip>", "Local end of the SRP link", CLI_ADMIN, 0, OURS, set_end, print_end},
    {SRP, "no bind address", "Unbind the SRP link", CLI_ADMIN, 0, OURS, set_end, NULL},
    {SRP, "peer-ip-address <ip>", "Bind address of the peer", CLI_ADMIN, 0, THEIRS, set_end,
     print_end},
    {SRP, "no peer-ip-address", "Forget the peer", CLI_ADMIN, 0, THEIRS, set_end, NULL},

    {SRP, "chassis-mode { primary | backup }", "Configured role", CLI_ADMIN, .run = set_mode,
     .print = print_mode},
    {SRP, "default chassis-mode", "backup", CLI_ADMIN, .run = set_mode},
    {SRP, "priority <n:1-255>", "Lower wins the election", CLI_ADMIN, FIELD(priority),
     conf_set_number, conf_print_number},
    {SRP, "default priority", "125", CLI_ADMIN, FIELD(priority), conf_reset_number, NULL},

    {SRP, "hello-interval <n:1-60>", "Seconds between Hellos", CLI_ADMIN, FIELD(hello_s),
     conf_set_number, conf_print_number},
    {SRP, "default hello-interval", "10", CLI_ADMIN, FIELD(hello_s), conf_reset_number, NULL},
    {SRP, "dead-interval <n:1-65535>", "Seconds of silence until the peer is dead", CLI_ADMIN,
     FIELD(dead_s), conf_set_number, conf_print_number},
    {SRP, "default dead-interval", "30", CLI_ADMIN, FIELD(dead_s), conf_reset_number, NULL},
    {SRP, "delay-interval <n:1-65535>", "Seconds before the first dead-interval", CLI_ADMIN,
     FIELD(delay_s), conf_set_number, conf_print_number},
    {SRP, "{ no | default } delay-interval", "No delay", CLI_ADMIN, FIELD(delay_s),
     conf_reset_number, NULL},
    {SRP, "configuration-interval <n:1-65535>", "Seconds between checksum comparisons", CLI_ADMIN,
     FIELD(config_s), conf_set_number, conf_print_number},
    {SRP, "default configuration-interval", "3600", CLI_ADMIN, FIELD(config_s), conf_reset_number,
     NULL},

    {SRP, "route-modifier threshold <n:2-32>", "Route modifier that starts over", CLI_ADMIN,
     FIELD(rm_threshold), conf_set_number, conf_print_number},
    {SRP, "default route-modifier threshold", "16", CLI_ADMIN, FIELD(rm_threshold),
     conf_reset_number, NULL},
    {SRP, "delta-route-modifier <n:1-8>", "Standby's route modifier less Active's", CLI_ADMIN,
     FIELD(rm_delta), conf_set_number, conf_print_number},
    {SRP, "[ no | default ] handle-interim-resource-msg",
     "While Standby, apply interim resource messages, too", CLI_ADMIN, FIELD(handle_interim),
     conf_set_flag, conf_print_flag},
    {SRP, "default delta-route-modifier", "1", CLI_ADMIN, FIELD(rm_delta), conf_reset_number, NULL},
};

const struct cli_table conf_srp_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                         &conf_ckpt_table};
