#include <stdio.h>
#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* Ports. A lab has no wires, so that nothing follows from these lines; they are kept and shown. */

static int
enter_port(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    uint8_t slot = (uint8_t)cli_mask(args, "port"), port = (uint8_t)cli_number(args, "port", 0);
    uint8_t i = 0;

    while (i < conf->port_n && (conf->ports[i].slot != slot || conf->ports[i].port != port))
        i++;
    if (i == CONF_PORTS)
        return cli_refuse(args, "No more than %d ports can be configured", CONF_PORTS);
    if (i == conf->port_n) {
        conf->port_n++;
        conf->ports[i].slot = slot;
        conf->ports[i].port = port;
    }
    build->port = i;
    return 0;
}

static bool
print_port(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;
    char text[8];

    (void)row;
    if (i >= build->conf.port_n)
        return false;
    build->port = (uint8_t)i;
    (void)snprintf(text, sizeof text, "%u/%u", build->conf.ports[i].slot,
                   build->conf.ports[i].port);
    cli_say_text(said, "port", text);
    return true;
}

static struct conf_port *
port_of(struct conf_build *build)
{
    return &build->conf.ports[build->port];
}

static int
describe(void *ctx, const struct cli_args *args)
{
    conf_set_name(port_of(ctx)->description,
                  cli_has(args, "no") ? "" : cli_text(args, "description"));
    return 0;
}

static bool
print_description(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_port *port = port_of(ctx);

    (void)row;
    cli_say_text(said, "description", port->description);
    return i == 0 && *port->description;
}

static int
set_medium(void *ctx, const struct cli_args *args)
{
    struct conf_port *port = port_of(ctx);

    port->half = cli_has(args, "half");
    port->speed = cli_has(args, "10")     ? 10
                  : cli_has(args, "100")  ? 100
                  : cli_has(args, "1000") ? 1000
                                          : 0;
    return 0;
}

static bool
print_medium(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_port *port = port_of(ctx);

    (void)row;
    cli_say(said, "speed");
    cli_say(said, port->speed == 10 ? "10" : port->speed == 100 ? "100" : "1000");
    cli_say(said, port->half ? "half" : "full");
    return i == 0 && port->speed;
}

static int
set_shutdown(void *ctx, const struct cli_args *args)
{
    port_of(ctx)->enabled = cli_has(args, "no");
    return 0;
}

/* A port is shut down unless it says otherwise. */
static bool
print_shutdown(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    (void)row;
    cli_say(said, "no");
    return i == 0 && port_of(ctx)->enabled;
}

void
conf_unbind_ports(struct conf *conf, const char *context, const char *interface)
{
    for (uint8_t i = 0; i < conf->port_n; i++) {
        struct conf_port *port = &conf->ports[i];

        if (strcmp(port->context, context) == 0 &&
            (!interface || strcmp(port->interface, interface) == 0)) {
            conf_set_name(port->context, "");
            conf_set_name(port->interface, "");
        }
    }
}

/* NULL: there is none. */
static const struct conf_interface *
find_interface(const struct conf *conf, const char *context, const char *name)
{
    uint8_t at = conf_find_context(conf, context);

    for (uint8_t i = 0; i < conf->interface_n; i++)
        if (conf->interfaces[i].context == at && strcmp(conf->interfaces[i].name, name) == 0)
            return &conf->interfaces[i];
    return NULL;
}

static int
bind_port(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    struct conf_port *port = port_of(build);
    const char *name = cli_text(args, "name"), *context = cli_text(args, "context");
    const struct conf_interface *interface = find_interface(conf, context, name);

    if (!interface)
        return cli_refuse(args, "No interface \"%s\" in context \"%s\"", name, context);
    if (interface->loopback)
        return cli_refuse(args, "A loopback interface is not bound to a port");
    for (uint8_t i = 0; i < conf->port_n; i++) {
        const struct conf_port *other = &conf->ports[i];

        if (i != build->port && strcmp(other->interface, name) == 0 &&
            strcmp(other->context, context) == 0)
            return cli_refuse(args, "Interface \"%s\" of context \"%s\" is bound to port %u/%u",
                              name, context, other->slot, other->port);
    }
    conf_set_name(port->interface, name);
    conf_set_name(port->context, context);
    return 0;
}

static bool
print_binding(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_port *port = port_of(ctx);

    (void)row;
    cli_say_text(said, "name", port->interface);
    cli_say_text(said, "context", port->context);
    return i == 0 && *port->interface;
}

static int
unbind_port(void *ctx, const struct cli_args *args)
{
    struct conf_port *port = port_of(ctx);

    if (strcmp(port->interface, cli_text(args, "name")) != 0 ||
        strcmp(port->context, cli_text(args, "context")) != 0)
        return cli_refuse(args, "The port is not bound to interface \"%s\" of context \"%s\"",
                          cli_text(args, "name"), cli_text(args, "context"));
    conf_set_name(port->interface, "");
    conf_set_name(port->context, "");
    return 0;
}

#define PORT CONF_MODE_PORT

static const struct cli_row rows[] = {
    {CONF_MODE_CONFIG, "port ethernet <port>", "Configure a port", CLI_ADMIN, PORT,
     .run = enter_port, .print = print_port},
    {PORT, "description <description>", "What the port is for", CLI_ADMIN, .run = describe,
     .print = print_description},
    {PORT, "no description", "Say nothing about it", CLI_ADMIN, .run = describe},
    {PORT, "medium { auto | speed { 10 | 100 | 1000 } duplex { full | half } }", "Speed and duplex",
     CLI_ADMIN, .run = set_medium, .print = print_medium},
    {PORT, "[ no ] shutdown", "Disable or enable the port", CLI_ADMIN, .run = set_shutdown,
     .print = print_shutdown},
    {PORT, "bind interface <name> <context>", "Interface that uses the port", CLI_ADMIN,
     .run = bind_port, .print = print_binding},
    {PORT, "no bind interface <name> <context>", "No interface uses the port", CLI_ADMIN,
     .run = unbind_port},
};

const struct cli_table conf_port_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                          &conf_system_table};
