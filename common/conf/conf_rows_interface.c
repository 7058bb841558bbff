#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* Interfaces of a context: plain ones, which ports are bound to, and loopbacks. */

/* The interface of that name in the current context; interface_n if there is none. */
static uint8_t
find_interface(const struct conf_build *build, const char *name)
{
    const struct conf *conf = &build->conf;
    uint8_t i = 0;

    while (i < conf->interface_n && (conf->interfaces[i].context != build->context ||
                                     strcmp(conf->interfaces[i].name, name) != 0))
        i++;
    return i;
}

static int
enter_interface(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    const char *name = cli_text(args, "name");
    bool loopback = args->row->enters == CONF_MODE_LOOPBACK;
    uint8_t at = find_interface(build, name);

    if (at < conf->interface_n && conf->interfaces[at].loopback != loopback)
        return cli_refuse(args, "Interface \"%s\" exists and is %s loopback interface", name,
                          conf->interfaces[at].loopback ? "a" : "not a");
    if (at == CONF_INTERFACES)
        return cli_refuse(args, "No more than %d interfaces can be configured", CONF_INTERFACES);
    build->interface = at;
    if (at < conf->interface_n)
        return 0;
    conf->interface_n++;
    build->interface_line[at] = build->line;
    conf_set_name(conf->interfaces[at].name, name);
    conf->interfaces[at].context = build->context;
    conf->interfaces[at].loopback = loopback;
    return 0;
}

bool
conf_print_interface(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;
    bool loopback = row->enters == CONF_MODE_LOOPBACK;

    for (uint8_t k = 0; k < build->conf.interface_n; k++) {
        const struct conf_interface *interface = &build->conf.interfaces[k];

        if (interface->context != build->context || interface->loopback != loopback || i-- > 0)
            continue;
        build->interface = k;
        cli_say_text(said, "name", interface->name);
        return true;
    }
    return false;
}

static int
remove_interface(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    const char *name = cli_text(args, "name");
    uint8_t at = find_interface(build, name);

    if (at == build->conf.interface_n)
        return cli_refuse(args, "No interface \"%s\" in this context", name);
    conf_remove_interface(build, at);
    return 0;
}

static struct conf_interface *
interface_of(struct conf_build *build)
{
    return &build->conf.interfaces[build->interface];
}

/* ---- what an interface has ---- */

static int
describe(void *ctx, const struct cli_args *args)
{
    conf_set_name(interface_of(ctx)->description,
                  cli_has(args, "no") ? "" : cli_text(args, "description"));
    return 0;
}

static bool
print_description(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_interface *interface = interface_of(ctx);

    (void)row;
    cli_say_text(said, "description", interface->description);
    return i == 0 && *interface->description;
}

static int
set_address(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_interface *interface = interface_of(build);
    bool with_length = cli_text(args, "addrlen") != NULL;
    uint32_t addr = cli_addr(args, with_length ? "addrlen" : "ipv4");

    for (uint8_t i = 0; i < build->conf.interface_n; i++) {
        const struct conf_interface *other = &build->conf.interfaces[i];

        if (i != build->interface && other->context == interface->context && other->addr == addr)
            return cli_refuse(args, "Address %s is already that of interface \"%s\"",
                              conf_addr_text(addr).text, other->name);
    }
    if (addr == 0)
        return cli_refuse(args, "Address 0.0.0.0 is not that of an interface");
    interface->addr = addr;
    interface->mask = with_length ? cli_mask(args, "addrlen") : cli_addr(args, "mask");
    interface->srp_activate = cli_has(args, "srp-activate");
    build->interface_line[build->interface] = build->line;
    return 0;
}

/* Two rows print it: loopbacks may be srp-activated. */
static bool
print_address(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_interface *interface = interface_of(ctx);
    bool activated = row->modes == CONF_MODE_LOOPBACK;

    cli_say_addr(said, "ipv4", interface->addr);
    cli_say_addr(said, "mask", interface->mask);
    return i == 0 && interface->addr && interface->srp_activate == activated;
}

static int
clear_address(void *ctx, const struct cli_args *args)
{
    struct conf_interface *interface = interface_of(ctx);

    (void)args;
    interface->addr = interface->mask = 0;
    interface->srp_activate = false;
    return 0;
}

static int
set_address6(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_interface *interface = interface_of(build);
    char addr[CONF_PREFIX6] = "";

    conf_set_addr6(addr, sizeof addr, cli_text(args, "prefix6"));
    for (uint8_t i = 0; i < build->conf.interface_n; i++) {
        const struct conf_interface *other = &build->conf.interfaces[i];
        size_t len = strcspn(addr, "/") + 1;

        if (i != build->interface && other->context == interface->context &&
            strncmp(other->addr6, addr, len) == 0)
            return cli_refuse(args, "Address %s is already that of interface \"%s\"", other->addr6,
                              other->name);
    }
    if (strncmp(addr, "::/", 3) == 0)
        return cli_refuse(args, "Address :: is not that of an interface");
    memcpy(interface->addr6, addr, sizeof addr);
    interface->srp_activate6 = cli_has(args, "srp-activate");
    return 0;
}

static bool
print_address6(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_interface *interface = interface_of(ctx);
    bool activated = row->modes == CONF_MODE_LOOPBACK;

    cli_say_text(said, "prefix6", interface->addr6);
    return i == 0 && *interface->addr6 && interface->srp_activate6 == activated;
}

static int
clear_address6(void *ctx, const struct cli_args *args)
{
    struct conf_interface *interface = interface_of(ctx);

    (void)args;
    memset(interface->addr6, 0, sizeof interface->addr6);
    interface->srp_activate6 = false;
    return 0;
}

#define CONTEXT   CONF_MODE_CONTEXT
#define INTERFACE CONF_MODE_INTERFACE
#define LOOPBACK  CONF_MODE_LOOPBACK
#define BOTH      (INTERFACE | LOOPBACK)

#define ACTIVATED "Address served on the Active chassis only"

static const struct cli_row rows[] = {
    {CONTEXT, "interface <name>", "Configure an interface", CLI_ADMIN, INTERFACE,
     .run = enter_interface, .print = conf_print_interface},
    {CONTEXT, "interface <name> loopback", "Configure a loopback interface", CLI_ADMIN, LOOPBACK,
     .run = enter_interface, .print = conf_print_interface},
    {CONTEXT, "no interface <name> [ loopback ]", "Remove an interface", CLI_ADMIN,
     .run = remove_interface},

    {BOTH, "description <description>", "What the interface is for", CLI_ADMIN, .run = describe,
     .print = print_description},
    {BOTH, "no description", "Say nothing about it", CLI_ADMIN, .run = describe},
    {BOTH, "ip address <ipv4> <mask>", "Address of the interface", CLI_ADMIN, .run = set_address,
     .print = print_address},
    {LOOPBACK, "ip address <ipv4> <mask> srp-activate", ACTIVATED, CLI_ADMIN, .run = set_address,
     .print = print_address},
    {BOTH, "ip address <addrlen>", "Address of the interface", CLI_ADMIN, .run = set_address},
    {LOOPBACK, "ip address <addrlen> srp-activate", ACTIVATED, CLI_ADMIN, .run = set_address},
    {BOTH, "ip-address { <addrlen> | <ipv4> <mask> }", "Address of the interface", CLI_ADMIN,
     .run = set_address},
    {LOOPBACK, "ip-address { <addrlen> | <ipv4> <mask> } srp-activate", ACTIVATED, CLI_ADMIN,
     .run = set_address},
    {BOTH, "no { ip address | ip-address }", "Remove the address", CLI_ADMIN, .run = clear_address},

    {BOTH, "ipv6 address <prefix6>", "IPv6 address, kept: nothing answers there", CLI_ADMIN,
     .run = set_address6, .print = print_address6},
    {LOOPBACK, "ipv6 address <prefix6> srp-activate", ACTIVATED, CLI_ADMIN, .run = set_address6,
     .print = print_address6},
    {BOTH, "no ipv6 address", "Remove the IPv6 address", CLI_ADMIN, .run = clear_address6},
};

const struct cli_table conf_interface_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                               &conf_pool_table};
