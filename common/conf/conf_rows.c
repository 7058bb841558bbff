#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* The lines of a configuration: modes, and what leads from one to another; contexts. What stands in
 * a context, and the rest of Global Configuration, have tables of their own, chained below in the
 * order in which they are printed. Grammar: docs/staros.md, "Configuration". */

static int
set_hostname(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    conf_set_name(build->conf.hostname, cli_has(args, "no") ? "" : cli_text(args, "name"));
    return 0;
}

static bool
print_hostname(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;

    (void)row;
    cli_say_text(said, "name", build->conf.hostname);
    return i == 0 && *build->conf.hostname;
}

int
conf_take_addr(const struct cli_args *args, uint32_t *addr)
{
    *addr = cli_addr(args, "ipv4");
    return *addr ? 0 : cli_refuse(args, "Nothing can have address 0.0.0.0");
}

/* A console has its own way to carry the command out; a file has none. */
static int
refuse_do(void *ctx, const struct cli_args *args)
{
    (void)ctx;
    return cli_refuse(args, "\"do\" runs an Exec command at a console; enter the command without "
                            "\"do\" in Exec mode");
}

/* ---- contexts ---- */

static int
enter_context(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    const char *name = cli_text(args, "name");
    uint8_t i = conf_find_context(conf, name);

    if (i == CONF_CONTEXTS) {
        if (conf->context_n == CONF_CONTEXTS)
            return cli_refuse(args, "No more than %d contexts can be configured", CONF_CONTEXTS);
        build->question = build->asks && !build->sure && !cli_has(args, "-noconfirm");
        if (build->question)
            return DI_EAGAIN;
        i = conf->context_n++;
        conf_set_name(conf->contexts[i], name);
        build->context_line[i] = build->line;
    }
    build->context = i;
    return 0;
}

static bool
print_context(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;

    (void)row;
    if (i >= build->conf.context_n)
        return false;
    build->context = (uint8_t)i;
    cli_say_text(said, "name", build->conf.contexts[i]);
    return true;
}

static int
remove_context(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    const char *name = cli_text(args, "name");
    uint8_t at = conf_find_context(&build->conf, name);

    if (at == CONF_CONTEXTS)
        return cli_refuse(args, "No context \"%s\"", name);
    if (at == 0)
        return cli_refuse(args, "Context \"local\" cannot be removed; remove what stands in it");
    build->question = build->asks && !build->sure && !cli_has(args, "-noconfirm");
    if (build->question)
        return DI_EAGAIN;
    conf_remove_context(build, at);
    return 0;
}

static struct conf_context *
context_of(struct conf_build *build)
{
    return &build->conf.of_context[build->context];
}

static int
describe(void *ctx, const struct cli_args *args)
{
    conf_set_name(context_of(ctx)->description,
                  cli_has(args, "no") ? "" : cli_text(args, "description"));
    return 0;
}

static bool
print_description(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_context *context = context_of(ctx);

    (void)row;
    cli_say_text(said, "description", context->description);
    return i == 0 && *context->description;
}

/* ---- subscribers ---- */

static int
set_subscriber(void *ctx, const struct cli_args *args)
{
    context_of(ctx)->subscriber_default = !cli_has(args, "no");
    return 0;
}

static bool
print_subscriber(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    (void)row;
    (void)said;
    return i == 0 && context_of(ctx)->subscriber_default;
}

#define EXEC    CONF_MODE_EXEC
#define CONFIG  CONF_MODE_CONFIG
#define CONTEXT CONF_MODE_CONTEXT

static const struct cli_row rows[] = {
    {EXEC, "configure", "Change the configuration", CLI_ADMIN, CONFIG, .run = NULL},
    {CONF_MODES_CONFIG, "end", "To Exec mode", CLI_ADMIN, EXEC, .run = NULL},
    {CONF_MODES_CONFIG, "exit", "To the mode before", CLI_ADMIN, CLI_PARENT, .run = NULL},
    {CONF_MODES_CONFIG, "do { <command:text> } +", "Run an Exec command from here", CLI_ADMIN,
     .run = refuse_do},

    {CONFIG, "system hostname <name>", "Name of this chassis", CLI_ADMIN, .run = set_hostname,
     .print = print_hostname},
    {CONFIG, "no system hostname", "Name of the instance", CLI_ADMIN, .run = set_hostname},
    {CONFIG, "context <name> [ -noconfirm ]", "Configure a context", CLI_ADMIN, CONTEXT,
     .run = enter_context, .print = print_context},
    {CONFIG, "no context <name> [ -noconfirm ]", "Remove a context and all that stands in it",
     CLI_ADMIN, .run = remove_context},

    {CONTEXT, "description <description>", "What the context is for", CLI_ADMIN, .run = describe,
     .print = print_description},
    {CONTEXT, "no description", "Say nothing about it", CLI_ADMIN, .run = describe},
    {CONTEXT, "subscriber default", "Subscribers without a profile", CLI_ADMIN,
     CONF_MODE_SUBSCRIBER, .run = set_subscriber, .print = print_subscriber},
    {CONTEXT, "no subscriber default", "Remove the default subscriber", CLI_ADMIN,
     .run = set_subscriber},
};

/* Names in prompts: docs/staros.md, "Prompts". */
static const struct cli_mode modes[] = {
    {EXEC, 0, ""},
    {CONFIG, EXEC, "config"},
    {CONTEXT, CONFIG, "config-ctx"},
    {CONF_MODE_INTERFACE, CONTEXT, "config-if-eth"},
    {CONF_MODE_LOOPBACK, CONTEXT, "config-if-loopback"},
    {CONF_MODE_SUBSCRIBER, CONTEXT, "config-subscriber"},
    {CONF_MODE_APN, CONTEXT, "config-apn"},
    {CONF_MODE_GGSN, CONTEXT, "config-ggsn-service"},
    {CONF_MODE_EGTP, CONTEXT, "config-egtp-service"},
    {CONF_MODE_GTPU, CONTEXT, "config-gtpu-service"},
    {CONF_MODE_PGW, CONTEXT, "config-pgw-service"},
    {CONF_MODE_HA, CONTEXT, "config-ha-service"},
    {CONF_MODE_BGP, CONTEXT, "config-bgp"},
    {CONF_MODE_SRP, CONTEXT, "config-srp"},
    {CONF_MODE_DIAMETER, CONTEXT, "config-ctx-diameter"},
    {CONF_MODE_PORT, CONFIG, "config-port"},
    {CONF_MODE_BULKSTATS, CONFIG, "config-bulkstats"},
};

const struct cli_table conf_table = {
    rows, sizeof rows / sizeof *rows, modes, sizeof modes / sizeof *modes, &conf_interface_table,
};
