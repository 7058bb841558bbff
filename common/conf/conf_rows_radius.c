#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* RADIUS servers of a context, and how they are asked. The tags of the servers' rows say which
 * servers: those that authenticate, or those that only account. */

struct list {
    struct conf_radius *of;
    uint8_t *n;
    uint16_t port; /* where a line does not say */
    const char *name;
};

enum { SERVERS, ACCOUNTING };

static struct list
list_of(struct conf *conf, size_t tag)
{
    return tag == SERVERS
               ? (struct list){conf->radius, &conf->radius_n, CONF_RADIUS_PORT, "radius server"}
               : (struct list){conf->accounting, &conf->accounting_n, CONF_ACCOUNTING_PORT,
                               "radius accounting server"};
}

/* Index of the server of that address and port in the current context, the list's n if none. */
static uint8_t
find_server(const struct list *list, uint8_t context, uint32_t addr, uint16_t port)
{
    uint8_t i = 0;

    while (i < *list->n &&
           (list->of[i].context != context || list->of[i].addr != addr || list->of[i].port != port))
        i++;
    return i;
}

static int
set_server(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct list list = list_of(&build->conf, args->row->tag);
    struct conf_radius radius;
    uint8_t i;

    memset(&radius, 0, sizeof radius);
    radius.context = build->context;
    radius.port = (uint16_t)cli_number(args, "n", list.port);
    if (conf_take_addr(args, &radius.addr))
        return DI_EREFUSED;
    if (cli_has(args, "encrypted"))
        conf_take_encrypted(&radius.key, cli_text(args, "hex"));
    else if (cli_has(args, "key"))
        conf_take_clear(&radius.key, cli_text(args, "key"));
    i = find_server(&list, build->context, radius.addr, radius.port);
    if (i == CONF_RADIUS)
        return cli_refuse(args, "No more than %d %ss can be configured", CONF_RADIUS, list.name);
    list.of[i] = radius;
    if (i == *list.n)
        (*list.n)++;
    return 0;
}

static bool
print_server(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;
    struct list list = list_of(&build->conf, row->tag);
    uint8_t at = conf_nth(&list.of->context, sizeof *list.of, *list.n, build->context, i);

    if (at == *list.n)
        return false;
    cli_say_addr(said, "ipv4", list.of[at].addr);
    conf_say_secret(said, &list.of[at].key);
    cli_say_number(said, "n", list.of[at].port);
    return true;
}

static int
remove_server(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct list list = list_of(&build->conf, args->row->tag);
    uint32_t addr = cli_addr(args, "ipv4"), port = cli_number(args, "n", list.port);
    uint8_t at = find_server(&list, build->context, addr, (uint16_t)port);

    if (at == *list.n)
        return cli_refuse(args, "No %s %s port %u in this context", list.name,
                          conf_addr_text(addr).text, port);
    conf_remove(list.of, sizeof *list.of, list.n, at);
    return 0;
}

static int
set_nas(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    uint32_t addr = 0;

    if (!cli_has(args, "no") && conf_take_addr(args, &addr))
        return DI_EREFUSED;
    build->conf.of_context[build->context].nas_ip = addr;
    return 0;
}

static bool
print_nas(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    uint32_t addr = build->conf.of_context[build->context].nas_ip;

    (void)row;
    cli_say_addr(said, "ipv4", addr);
    return i == 0 && addr;
}

/* ---- how they are asked ---- */

static struct conf_radius_ways *
ways_of(struct conf_build *build)
{
    return &build->conf.radius_ways[build->context];
}

static int
set_retries(void *ctx, const struct cli_args *args)
{
    ways_of(ctx)->retries = cli_number(args, "n", CONF_RADIUS_RETRIES);
    return 0;
}

static bool
print_retries(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    (void)row;
    cli_say_number(said, "n", ways_of(ctx)->retries);
    return i == 0 && ways_of(ctx)->retries != CONF_RADIUS_RETRIES;
}

static int
set_timeout(void *ctx, const struct cli_args *args)
{
    ways_of(ctx)->timeout_s = cli_number(args, "n", CONF_RADIUS_TIMEOUT_S);
    return 0;
}

static bool
print_timeout(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    (void)row;
    cli_say_number(said, "n", ways_of(ctx)->timeout_s);
    return i == 0 && ways_of(ctx)->timeout_s != CONF_RADIUS_TIMEOUT_S;
}

static int
set_probe_with(void *ctx, const struct cli_args *args)
{
    ways_of(ctx)->status_server = cli_has(args, "status-server");
    return 0;
}

static bool
print_probe_with(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    (void)row;
    cli_say(said, "status-server");
    return i == 0 && ways_of(ctx)->status_server;
}

#define CONTEXT CONF_MODE_CONTEXT
#define KEY     " [ key <key:secret> | encrypted key <hex> ]"
#define PORT    " [ port <n:1-65535> ]"

static const struct cli_row rows[] = {
    {CONTEXT, "radius attribute nas-ip-address address <ipv4>", "Address of this chassis as a NAS",
     CLI_ADMIN, .run = set_nas, .print = print_nas},
    {CONTEXT, "no radius attribute nas-ip-address", "Say no such address", CLI_ADMIN,
     .run = set_nas},
    {CONTEXT, "radius server <ipv4>" KEY PORT, "RADIUS server", CLI_ADMIN, 0, SERVERS, set_server,
     print_server},
    {CONTEXT, "no radius server <ipv4>" PORT, "Remove a RADIUS server", CLI_ADMIN, 0, SERVERS,
     remove_server, NULL},
    {CONTEXT, "radius accounting server <ipv4>" KEY PORT, "RADIUS server for accounting, kept",
     CLI_ADMIN, 0, ACCOUNTING, set_server, print_server},
    {CONTEXT, "no radius accounting server <ipv4>" PORT, "Remove such a server", CLI_ADMIN, 0,
     ACCOUNTING, remove_server, NULL},

    {CONTEXT, "radius max-retries <n:0-100>", "Tries after the first one", CLI_ADMIN,
     .run = set_retries, .print = print_retries},
    {CONTEXT, "{ no | default } radius max-retries", "5", CLI_ADMIN, .run = set_retries},
    {CONTEXT, "radius timeout <n:1-100>", "Seconds a server has for its answer", CLI_ADMIN,
     .run = set_timeout, .print = print_timeout},
    {CONTEXT, "{ no | default } radius timeout", "3", CLI_ADMIN, .run = set_timeout},
    {CONTEXT, "radius probe-with { access-request | status-server }", "What a probe asks for",
     CLI_ADMIN, .run = set_probe_with, .print = print_probe_with},
    {CONTEXT, "{ no | default } radius probe-with", "access-request", CLI_ADMIN,
     .run = set_probe_with},
};

const struct cli_table conf_radius_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                            &conf_aaa_table};
