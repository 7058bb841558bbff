#include <stddef.h>

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

static int
set_addr(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    *number_at(&build->conf.srp, args->row->tag) = cli_addr(args, "ipv4");
    build->srp_line = build->line;
    return 0;
}

/* `no` and `default`: back to the default, which is 0 for what has none. */
int
conf_reset_number(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf defaults;

    conf_defaults(&defaults);
    *number_at(&build->conf.srp, args->row->tag) = *number_at(&defaults.srp, args->row->tag);
    return 0;
}

/* ---- the rest ---- */

static int
set_mode(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.srp.mode = cli_has(args, "primary") ? CONF_PRIMARY : CONF_BACKUP;
    return 0;
}

#define SRP         CONF_MODE_SRP
#define FIELD(name) 0, offsetof(struct conf_srp, name)

static const struct cli_row rows[] = {
    {CONF_MODE_CONTEXT, "service-redundancy-protocol", "Interchassis session recovery", CLI_ADMIN,
     SRP, .run = enter_srp},

    {SRP, "bind address <ipv4>", "Local end of the SRP link", CLI_ADMIN, FIELD(bind), set_addr},
    {SRP, "no bind address", "Unbind the SRP link", CLI_ADMIN, FIELD(bind), conf_reset_number},
    {SRP, "peer-ip-address <ipv4>", "Bind address of the peer", CLI_ADMIN, FIELD(peer), set_addr},
    {SRP, "no peer-ip-address", "Forget the peer", CLI_ADMIN, FIELD(peer), conf_reset_number},

    {SRP, "chassis-mode { primary | backup }", "Configured role", CLI_ADMIN, .run = set_mode},
    {SRP, "default chassis-mode", "backup", CLI_ADMIN, .run = set_mode},
    {SRP, "priority <n:1-255>", "Lower wins the election", CLI_ADMIN, FIELD(priority),
     conf_set_number},
    {SRP, "default priority", "125", CLI_ADMIN, FIELD(priority), conf_reset_number},

    {SRP, "hello-interval <n:1-60>", "Seconds between Hellos", CLI_ADMIN, FIELD(hello_s),
     conf_set_number},
    {SRP, "default hello-interval", "10", CLI_ADMIN, FIELD(hello_s), conf_reset_number},
    {SRP, "dead-interval <n:1-65535>", "Seconds of silence until the peer is dead", CLI_ADMIN,
     FIELD(dead_s), conf_set_number},
    {SRP, "default dead-interval", "30", CLI_ADMIN, FIELD(dead_s), conf_reset_number},
    {SRP, "delay-interval <n:1-65535>", "Seconds before the first dead-interval", CLI_ADMIN,
     FIELD(delay_s), conf_set_number},
    {SRP, "{ no | default } delay-interval", "No delay", CLI_ADMIN, FIELD(delay_s),
     conf_reset_number},
    {SRP, "configuration-interval <n:1-65535>", "Seconds between checksum comparisons", CLI_ADMIN,
     FIELD(config_s), conf_set_number},
    {SRP, "default configuration-interval", "3600", CLI_ADMIN, FIELD(config_s), conf_reset_number},

    {SRP, "route-modifier threshold <n:2-32>", "Route modifier that starts over", CLI_ADMIN,
     FIELD(rm_threshold), conf_set_number},
    {SRP, "default route-modifier threshold", "16", CLI_ADMIN, FIELD(rm_threshold),
     conf_reset_number},
    {SRP, "delta-route-modifier <n:1-8>", "Standby's route modifier less Active's", CLI_ADMIN,
     FIELD(rm_delta), conf_set_number},
    {SRP, "default delta-route-modifier", "1", CLI_ADMIN, FIELD(rm_delta), conf_reset_number},
};

const struct cli_table conf_srp_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                         &conf_ckpt_table};
