#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* Access point names: where the subscribers' addresses come from. */

static int
enter_apn(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    char name[CONF_NAME];
    uint8_t i = 0;

    conf_set_name(name, cli_text(args, "name"));
    for (char *at = name; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    while (i < conf->apn_n && strcmp(conf->apns[i].name, name) != 0)
        i++;
    if (i < conf->apn_n && conf->apns[i].context != build->context)
        return cli_refuse(args, "APN \"%s\" is already in context \"%s\"", name,
                          conf->contexts[conf->apns[i].context]);
    if (i == CONF_APNS)
        return cli_refuse(args, "No more than %d APNs can be configured", CONF_APNS);
    if (i == conf->apn_n) {
        conf->apn_n++;
        conf->apns[i].context = build->context;
        conf_set_name(conf->apns[i].name, name);
        build->apn_line[i] = build->line;
    }
    build->apn = i;
    return 0;
}

static bool
print_apn(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;
    const struct conf *conf = &build->conf;
    uint8_t at = conf_nth(&conf->apns->context, sizeof *conf->apns, conf->apn_n, build->context, i);

    (void)row;
    if (at == conf->apn_n)
        return false;
    build->apn = at;
    cli_say_text(said, "name", conf->apns[at].name);
    return true;
}

static int
remove_apn(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    const char *name = cli_text(args, "name");
    uint8_t at = 0;

    while (at < conf->apn_n &&
           (conf->apns[at].context != build->context || strcasecmp(conf->apns[at].name, name) != 0))
        at++;
    if (at == conf->apn_n)
        return cli_refuse(args, "No apn \"%s\" in this context", name);
    conf_remove(conf->apns, sizeof *conf->apns, &conf->apn_n, at);
    conf_remove_line(build->apn_line, conf->apn_n, at);
    return 0;
}

static struct conf_apn *
apn_of(struct conf_build *build)
{
    build->apn_line[build->apn] = build->line;
    return &build->conf.apns[build->apn];
}

/* The rows' tags are offsets of names. */
static int
set_name(void *ctx, const struct cli_args *args)
{
    char *name = (char *)apn_of(ctx) + args->row->tag;

    conf_set_name(name, cli_has(args, "no") ? "" : cli_text(args, "name"));
    return 0;
}

static bool
print_name(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const char *name = (const char *)&build->conf.apns[build->apn] + row->tag;

    cli_say_text(said, "name", name);
    return i == 0 && *name;
}

static int
set_dns(void *ctx, const struct cli_args *args)
{
    apn_of(ctx)->dns[cli_has(args, "secondary")] = cli_addr(args, "ipv4");
    return 0;
}

static bool
print_dns(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_apn *apn = &build->conf.apns[build->apn];
    const bool some[2] = {apn->dns[0] != 0, apn->dns[1] != 0};
    size_t at = conf_nth_set(some, 2, i);

    (void)row;
    if (at == 2)
        return false;
    cli_say(said, at == 0 ? "primary" : "secondary");
    cli_say_addr(said, "ipv4", apn->dns[at]);
    return true;
}

static const struct {
    const char *name;
    uint8_t bit;
} selections[] = {
    {"subscribed", CONF_SELECTION_SUBSCRIBED},
    {"sent-by-ms", CONF_SELECTION_SENT_BY_MS},
    {"chosen-by-sgsn", CONF_SELECTION_CHOSEN},
};

enum { SELECTIONS = sizeof selections / sizeof *selections };

static int
set_selection(void *ctx, const struct cli_args *args)
{
    uint8_t bits = 0;

    for (size_t i = 0; i < SELECTIONS; i++)
        if (cli_has(args, selections[i].name))
            bits |= selections[i].bit;
    apn_of(ctx)->selection = bits;
    return 0;
}

static bool
print_selection(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    uint8_t bits = build->conf.apns[build->apn].selection;

    (void)row;
    for (size_t k = 0; k < SELECTIONS; k++)
        cli_say_if(said, bits & selections[k].bit, selections[k].name);
    return i == 0 && bits;
}

#define CONTEXT CONF_MODE_CONTEXT
#define APN     CONF_MODE_APN

#define FIELD(name) 0, offsetof(struct conf_apn, name)

static const struct cli_row rows[] = {
    {CONTEXT, "apn <name>", "Access point name", CLI_ADMIN, APN, .run = enter_apn,
     .print = print_apn},
    {CONTEXT, "no apn <name>", "Remove an access point name", CLI_ADMIN, .run = remove_apn},
    {APN, "ip context-name <name>", "Context that leads to the network", CLI_ADMIN,
     FIELD(ip_context), set_name, print_name},
    {APN, "no ip context-name", "The context of the APN", CLI_ADMIN, FIELD(ip_context), set_name,
     NULL},
    {APN, "ip address pool name <name>", "Pool of the subscribers' addresses", CLI_ADMIN,
     FIELD(pool), set_name, print_name},
    {APN, "no ip address pool name", "Any pool of the context", CLI_ADMIN, FIELD(pool), set_name,
     NULL},
    {APN, "dns { primary | secondary } <ipv4>", "Name server told to subscribers", CLI_ADMIN,
     .run = set_dns, .print = print_dns},
    {APN, "no dns { primary | secondary }", "Tell no such name server", CLI_ADMIN, .run = set_dns},
    {APN, "selection-mode { subscribed | sent-by-ms | chosen-by-sgsn } +",
     "How the APN may have been chosen", CLI_ADMIN, .run = set_selection, .print = print_selection},
    {APN, "{ no | default } selection-mode", "However it was chosen", CLI_ADMIN,
     .run = set_selection},
};

const struct cli_table conf_apn_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                         &conf_bgp_table};
