#include <stddef.h>
#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* Services: the part of a configuration that answers calls. */

/* The rows' tags are service kinds. */
static int
enter_service(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    enum conf_service_kind kind = (enum conf_service_kind)args->row->tag;
    const char *name = cli_text(args, "name");
    uint8_t i = 0;

    while (i < conf->service_n &&
           conf_find_service(conf, build->context, kind, name) != &conf->services[i])
        i++;
    if (i == CONF_SERVICES)
        return cli_refuse(args, "No more than %d services can be configured", CONF_SERVICES);
    if (i == conf->service_n) {
        conf->service_n++;
        conf->services[i].context = build->context;
        conf->services[i].kind = kind;
        conf_set_name(conf->services[i].name, name);
        build->service_line[i] = build->line;
    }
    build->service = i;
    return 0;
}

/* Index of service i of that kind in the current context, service_n if there is none. */
static uint8_t
nth_service(const struct conf_build *build, enum conf_service_kind kind, size_t i)
{
    const struct conf *conf = &build->conf;
    uint8_t at = 0;

    for (; at < conf->service_n; at++)
        if (conf->services[at].context == build->context && conf->services[at].kind == kind &&
            i-- == 0)
            break;
    return at;
}

static bool
print_service(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;
    uint8_t at = nth_service(build, (enum conf_service_kind)row->tag, i);

    if (at == build->conf.service_n)
        return false;
    build->service = at;
    cli_say_text(said, "name", build->conf.services[at].name);
    return true;
}

static int
remove_service(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    enum conf_service_kind kind = (enum conf_service_kind)args->row->tag;
    const char *name = cli_text(args, "name");
    const struct conf_service *known = conf_find_service(conf, build->context, kind, name);
    uint8_t at = known ? (uint8_t)(known - conf->services) : conf->service_n;

    if (!known)
        return cli_refuse(args, "No %s \"%s\" in this context", conf_service_kind_name(kind), name);
    conf_remove(conf->services, sizeof *conf->services, &conf->service_n, at);
    conf_remove_line(build->service_line, conf->service_n, at);
    return 0;
}

static struct conf_service *
service_of(struct conf_build *build)
{
    build->service_line[build->service] = build->line; /* errors name its latest line */
    return &build->conf.services[build->service];
}

static int
bind_service(void *ctx, const struct cli_args *args)
{
    service_of(ctx)->bind = cli_has(args, "no") ? 0 : cli_addr(args, "ipv4");
    return 0;
}

static bool
print_bind(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_service *service = &build->conf.services[build->service];

    (void)row;
    cli_say(said, "ipv4-address");
    cli_say_addr(said, "ipv4", service->bind);
    return i == 0 && service->bind;
}

/* The rows' tags are offsets of the names. */
static int
associate(void *ctx, const struct cli_args *args)
{
    char *name = (char *)service_of(ctx) + args->row->tag;

    conf_set_name(name, cli_has(args, "no") ? "" : cli_text(args, "name"));
    return 0;
}

static bool
print_association(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const char *name = (const char *)&build->conf.services[build->service] + row->tag;

    cli_say_text(said, "name", name);
    return i == 0 && *name;
}

static int
set_ingress(void *ctx, const struct cli_args *args)
{
    service_of(ctx)->pgw_ingress = !cli_has(args, "no");
    return 0;
}

static bool
print_ingress(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;

    (void)row;
    (void)said;
    return i == 0 && build->conf.services[build->service].pgw_ingress;
}

#define CONTEXT CONF_MODE_CONTEXT
#define GGSN    CONF_MODE_GGSN
#define EGTP    CONF_MODE_EGTP
#define GTPU    CONF_MODE_GTPU
#define PGW     CONF_MODE_PGW

#define FIELD(name) 0, offsetof(struct conf_service, name)
#define GTPU_NAME   FIELD(associate_gtpu)
#define EGTP_NAME   FIELD(associate_egtp)

static const struct cli_row rows[] = {
    {CONTEXT, "gtpu-service <name>", "GTP-U end point", CLI_ADMIN, GTPU, CONF_GTPU, enter_service,
     print_service},
    {CONTEXT, "no gtpu-service <name>", "Remove the service", CLI_ADMIN, 0, CONF_GTPU,
     remove_service, NULL},
    {CONTEXT, "ggsn-service <name>", "GTPv1 gateway", CLI_ADMIN, GGSN, CONF_GGSN, enter_service,
     print_service},
    {CONTEXT, "no ggsn-service <name>", "Remove the service", CLI_ADMIN, 0, CONF_GGSN,
     remove_service, NULL},
    {CONTEXT, "egtp-service <name>", "GTPv2 end point", CLI_ADMIN, EGTP, CONF_EGTP, enter_service,
     print_service},
    {CONTEXT, "no egtp-service <name>", "Remove the service", CLI_ADMIN, 0, CONF_EGTP,
     remove_service, NULL},
    {CONTEXT, "pgw-service <name>", "GTPv2 gateway", CLI_ADMIN, PGW, CONF_PGW, enter_service,
     print_service},
    {CONTEXT, "no pgw-service <name>", "Remove the service", CLI_ADMIN, 0, CONF_PGW, remove_service,
     NULL},

    {GGSN | GTPU, "bind { ipv4-address | address } <ipv4>", "Address of the service", CLI_ADMIN,
     .run = bind_service, .print = print_bind},
    {GGSN | GTPU, "no bind { ipv4-address | address }", "Take the service down", CLI_ADMIN,
     .run = bind_service},
    {EGTP, "gtpc bind ipv4-address <ipv4>", "Address of the service", CLI_ADMIN,
     .run = bind_service, .print = print_bind},
    {EGTP, "no gtpc bind ipv4-address", "Take the service down", CLI_ADMIN, .run = bind_service},
    {EGTP, "interface-type interface-pgw-ingress", "Role of the end point", CLI_ADMIN,
     .run = set_ingress, .print = print_ingress},
    {EGTP, "no interface-type interface-pgw-ingress", "No role", CLI_ADMIN, .run = set_ingress},
    {GGSN | EGTP, "associate gtpu-service <name>", "User plane of the service", CLI_ADMIN,
     GTPU_NAME, associate, print_association},
    {GGSN | EGTP, "no associate gtpu-service", "No user plane", CLI_ADMIN, GTPU_NAME, associate,
     NULL},
    {PGW, "associate egtp-service <name>", "Control plane of the service", CLI_ADMIN, EGTP_NAME,
     associate, print_association},
    {PGW, "no associate egtp-service", "No control plane", CLI_ADMIN, EGTP_NAME, associate, NULL},
};

const struct cli_table conf_service_table = {
    rows, sizeof rows / sizeof *rows, NULL, 0, &conf_apn_table,
};
