#include <string.h>

#include "common/conf/conf_build.h"

/* The lines of a configuration: contexts, interfaces, pools, ports. Services, the SRP block
 * and what probes and traps go to have tables of their own. Grammar: docs/staros.md, "Configuration". */

static int
set_hostname(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    conf_set_name(build->conf.hostname, cli_text(args, "name"));
    return 0;
}

int
conf_take_addr(const struct cli_args *args, uint32_t *addr)
{
    *addr = cli_addr(args, "ipv4");
    return *addr ? 0 : cli_refuse(args, "Nothing can have address 0.0.0.0");
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

/* ---- interfaces ---- */

static int
enter_interface(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    const char *name = cli_text(args, "name");
    bool loopback = args->row->enters == CONF_MODE_LOOPBACK;

    for (uint8_t i = 0; i < conf->interface_n; i++) {
        const struct conf_interface *interface = &conf->interfaces[i];

        if (interface->context != build->context || strcmp(interface->name, name) != 0)
            continue;
        if (interface->loopback != loopback)
            return cli_refuse(args, "Interface \"%s\" exists and is %s loopback interface", name,
                              interface->loopback ? "a" : "not a");
        build->interface = i;
        return 0;
    }
    if (conf->interface_n == CONF_INTERFACES)
        return cli_refuse(args, "No more than %d interfaces can be configured", CONF_INTERFACES);
    build->interface = conf->interface_n++;
    build->interface_line[build->interface] = build->line;
    conf_set_name(conf->interfaces[build->interface].name, name);
    conf->interfaces[build->interface].context = build->context;
    conf->interfaces[build->interface].loopback = loopback;
    return 0;
}

static int
set_address(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_interface *interface = &build->conf.interfaces[build->interface];
    uint32_t addr = cli_addr(args, "ipv4");

    for (uint8_t i = 0; i < build->conf.interface_n; i++) {
        const struct conf_interface *other = &build->conf.interfaces[i];

        if (i != build->interface && other->context == interface->context && other->addr == addr)
            return cli_refuse(args, "Address %s is already that of interface \"%s\"",
                              conf_addr_text(addr).text, other->name);
    }
    if (addr == 0)
        return cli_refuse(args, "Address 0.0.0.0 is not that of an interface");
    interface->addr = addr;
    interface->mask = cli_addr(args, "mask");
    interface->srp_activate = cli_has(args, "srp-activate");
    build->interface_line[build->interface] = build->line;
    return 0;
}

static int
clear_address(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_interface *interface = &build->conf.interfaces[build->interface];

    (void)args;
    interface->addr = interface->mask = 0;
    interface->srp_activate = false;
    return 0;
}

/* ---- pools ---- */

static enum conf_pool_kind
pool_kind(const struct cli_args *args)
{
    if (cli_has(args, "private"))
        return CONF_POOL_PRIVATE;
    return cli_has(args, "static") ? CONF_POOL_STATIC : CONF_POOL_PUBLIC;
}

/* Index of the pool of that name in the current context, pool_n if there is none. */
static uint8_t
find_pool(const struct conf_build *build, const char *name)
{
    uint8_t i = 0;

    while (i < build->conf.pool_n && (build->conf.pools[i].context != build->context ||
                                      strcmp(build->conf.pools[i].name, name) != 0))
        i++;
    return i;
}

static int
set_pool(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    uint8_t at = find_pool(build, cli_text(args, "name"));
    struct conf_pool pool;

    memset(&pool, 0, sizeof pool);
    pool.context = build->context;
    pool.kind = pool_kind(args);
    pool.priority = (uint8_t)cli_number(args, "prio", 0);
    pool.srp_activate = cli_has(args, "srp-activate");
    pool.net = cli_addr(args, "ipv4");
    pool.mask = cli_addr(args, "mask");
    if (pool.net & ~pool.mask)
        return cli_refuse(args, "Network %s has bits outside of mask %s",
                          conf_addr_text(pool.net).text, conf_addr_text(pool.mask).text);
    for (uint8_t i = 0; i < conf->pool_n; i++) {
        const struct conf_pool *other = &conf->pools[i];

        /* An address that two pools give out would have two owners. */
        if (i != at && other->context == pool.context &&
            ((other->net ^ pool.net) & other->mask & pool.mask) == 0)
            return cli_refuse(args, "Pool overlaps pool \"%s\" of the same context", other->name);
    }
    if (at == CONF_POOLS)
        return cli_refuse(args, "No more than %d pools can be configured", CONF_POOLS);
    conf_set_name(pool.name, cli_text(args, "name"));
    conf->pools[at] = pool;
    build->pool_line[at] = build->line;
    if (at == conf->pool_n)
        conf->pool_n++;
    return 0;
}

static int
remove_pool(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    uint8_t at = find_pool(build, cli_text(args, "name"));

    if (at == conf->pool_n)
        return cli_refuse(args, "No pool \"%s\" in this context", cli_text(args, "name"));
    conf_remove(conf->pools, sizeof *conf->pools, &conf->pool_n, at);
    for (uint8_t i = at; i < conf->pool_n; i++)
        build->pool_line[i] = build->pool_line[i + 1];
    return 0;
}

/* ---- ports ---- */

/* A lab has no wires: the port's lines are checked for sense and leave no trace. */
static int
bind_port(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    const struct conf *conf = &build->conf;
    const char *name = cli_text(args, "name"), *context = cli_text(args, "context");
    uint8_t at = conf_find_context(conf, context);

    for (uint8_t i = 0; i < conf->interface_n; i++)
        if (conf->interfaces[i].context == at && strcmp(conf->interfaces[i].name, name) == 0)
            return conf->interfaces[i].loopback
                       ? cli_refuse(args, "A loopback interface is not bound to a port")
                       : 0;
    return cli_refuse(args, "No interface \"%s\" in context \"%s\"", name, context);
}

static int
set_graceful(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;

    build->conf.graceful_cleanup = !cli_has(args, "no");
    return 0;
}

#define EXEC      CONF_MODE_EXEC
#define CONFIG    CONF_MODE_CONFIG
#define CONTEXT   CONF_MODE_CONTEXT
#define INTERFACE CONF_MODE_INTERFACE
#define LOOPBACK  CONF_MODE_LOOPBACK
#define PORT      CONF_MODE_PORT

#define POOL                                                                                       \
    "ip pool <name> <ipv4> <mask> { public | private | static } [ <prio:0-10> ] [ srp-activate ]"

static const struct cli_row rows[] = {
    {EXEC, "configure", "Change the configuration", CLI_ADMIN, CONFIG, .run = NULL},
    {CONF_MODES_CONFIG, "end", "To Exec mode", CLI_ADMIN, EXEC, .run = NULL},
    {CONF_MODES_CONFIG, "exit", "To the mode before", CLI_ADMIN, CLI_PARENT, .run = NULL},

    {CONFIG, "system hostname <name>", "Name of this chassis", CLI_ADMIN, .run = set_hostname},
    {CONFIG, "[ no ] require graceful-cleanup-during-audit-failure",
     "Tell the clients of calls that an audit purges", CLI_ADMIN, .run = set_graceful},
    {CONFIG, "context <name> [ -noconfirm ]", "Configure a context", CLI_ADMIN, CONTEXT,
     .run = enter_context},

    {CONTEXT, "interface <name>", "Configure an interface", CLI_ADMIN, INTERFACE,
     .run = enter_interface},
    {CONTEXT, "interface <name> loopback", "Configure a loopback interface", CLI_ADMIN, LOOPBACK,
     .run = enter_interface},
    {INTERFACE | LOOPBACK, "ip address <ipv4> <mask>", "Address of the interface", CLI_ADMIN,
     .run = set_address},
    {LOOPBACK, "ip address <ipv4> <mask> srp-activate", "Address served on the Active chassis only",
     CLI_ADMIN, .run = set_address},
    {INTERFACE | LOOPBACK, "ip-address <ipv4> <mask>", "Address of the interface", CLI_ADMIN,
     .run = set_address},
    {LOOPBACK, "ip-address <ipv4> <mask> srp-activate", "Address served on the Active chassis only",
     CLI_ADMIN, .run = set_address},
    {INTERFACE | LOOPBACK, "no { ip address | ip-address }", "Remove the address", CLI_ADMIN,
     .run = clear_address},

    {CONTEXT, POOL, "Addresses for subscribers", CLI_ADMIN, .run = set_pool},
    {CONTEXT, "no ip pool <name>", "Remove a pool", CLI_ADMIN, .run = remove_pool},
    {CONTEXT, "subscriber default", "Subscribers without a profile", CLI_ADMIN,
     CONF_MODE_SUBSCRIBER, .run = NULL},

    {CONFIG, "port ethernet <port>", "Configure a port", CLI_ADMIN, PORT, .run = NULL},
    {PORT, "description <text>", "What the port is for", CLI_ADMIN, .run = NULL},
    {PORT, "medium { auto | speed { 10 | 100 | 1000 } duplex { full | half } }", "Speed and duplex",
     CLI_ADMIN, .run = NULL},
    {PORT, "[ no ] shutdown", "Disable or enable the port", CLI_ADMIN, .run = NULL},
    {PORT, "bind interface <name> <context>", "Interface that uses the port", CLI_ADMIN,
     .run = bind_port},
};

/* Names in prompts: docs/staros.md, "Prompts". */
static const struct cli_mode modes[] = {
    {EXEC, 0, ""},
    {CONFIG, EXEC, "config"},
    {CONTEXT, CONFIG, "config-ctx"},
    {INTERFACE, CONTEXT, "config-if-eth"},
    {LOOPBACK, CONTEXT, "config-if-loopback"},
    {CONF_MODE_SUBSCRIBER, CONTEXT, "config-subscriber"},
    {CONF_MODE_APN, CONTEXT, "config-apn"},
    {CONF_MODE_GGSN, CONTEXT, "config-ggsn-service"},
    {CONF_MODE_EGTP, CONTEXT, "config-egtp-service"},
    {CONF_MODE_GTPU, CONTEXT, "config-gtpu-service"},
    {CONF_MODE_PGW, CONTEXT, "config-pgw-service"},
    {CONF_MODE_BGP, CONTEXT, "config-bgp"},
    {CONF_MODE_SRP, CONTEXT, "config-srp"},
    {CONF_MODE_DIAMETER, CONTEXT, "config-ctx-diameter"},
    {PORT, CONFIG, "config-port"},
};

const struct cli_table conf_table = {
    rows, sizeof rows / sizeof *rows, modes, sizeof modes / sizeof *modes, &conf_service_table,
};
