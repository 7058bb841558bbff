#include <string.h>

#include "common/conf/conf_build.h"

/* Services, access point names and BGP: the part of a configuration that answers calls. */

/* ---- services ---- */

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

static int
associate_gtpu(void *ctx, const struct cli_args *args)
{
    conf_set_name(service_of(ctx)->associate_gtpu, cli_text(args, "name"));
    return 0;
}

static int
associate_egtp(void *ctx, const struct cli_args *args)
{
    conf_set_name(service_of(ctx)->associate_egtp, cli_text(args, "name"));
    return 0;
}

/* ---- access point names ---- */

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

static struct conf_apn *
apn_of(struct conf_build *build)
{
    build->apn_line[build->apn] = build->line;
    return &build->conf.apns[build->apn];
}

static int
set_apn_context(void *ctx, const struct cli_args *args)
{
    conf_set_name(apn_of(ctx)->ip_context, cli_text(args, "name"));
    return 0;
}

static int
set_apn_pool(void *ctx, const struct cli_args *args)
{
    conf_set_name(apn_of(ctx)->pool, cli_text(args, "name"));
    return 0;
}

static int
set_apn_dns(void *ctx, const struct cli_args *args)
{
    apn_of(ctx)->dns[cli_has(args, "secondary")] = cli_addr(args, "ipv4");
    return 0;
}

/* ---- BGP ---- */

static int
enter_bgp(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    uint32_t as = cli_number(args, "as", 0);
    uint8_t i = 0;

    while (i < conf->bgp_n && conf->bgp[i].context != build->context)
        i++;
    if (i < conf->bgp_n && conf->bgp[i].as != as)
        return cli_refuse(args, "Context \"%s\" already has BGP router %u",
                          conf->contexts[build->context], conf->bgp[i].as);
    if (i == conf->bgp_n) {
        conf->bgp_n++; /* one a context, so there is room */
        conf->bgp[i].context = build->context;
        conf->bgp[i].as = as;
    }
    build->bgp = i;
    return 0;
}

static struct conf_bgp *
bgp_of(struct conf_build *build)
{
    return &build->conf.bgp[build->bgp];
}

static int
set_router_id(void *ctx, const struct cli_args *args)
{
    bgp_of(ctx)->router_id = cli_addr(args, "ipv4");
    return 0;
}

static int
add_network(void *ctx, const struct cli_args *args)
{
    struct conf_bgp *bgp = bgp_of(ctx);
    uint32_t net = cli_addr(args, "prefix"), mask = cli_mask(args, "prefix");

    for (uint8_t i = 0; i < bgp->network_n; i++)
        if (bgp->networks[i].net == net && bgp->networks[i].mask == mask)
            return 0;
    if (bgp->network_n == CONF_NETWORKS)
        return cli_refuse(args, "No more than %d networks can be configured", CONF_NETWORKS);
    bgp->networks[bgp->network_n].net = net;
    bgp->networks[bgp->network_n++].mask = mask;
    return 0;
}

static int
add_neighbor(void *ctx, const struct cli_args *args)
{
    struct conf_bgp *bgp = bgp_of(ctx);
    uint32_t addr = cli_addr(args, "ipv4");
    uint8_t i = 0;

    while (i < bgp->peer_n && bgp->peers[i].addr != addr)
        i++;
    if (i == CONF_BGP_PEERS)
        return cli_refuse(args, "No more than %d neighbors can be configured", CONF_BGP_PEERS);
    bgp->peers[i].addr = addr;
    bgp->peers[i].remote_as = cli_number(args, "as", 0);
    if (i == bgp->peer_n)
        bgp->peer_n++;
    return 0;
}

#define CONTEXT CONF_MODE_CONTEXT
#define APN     CONF_MODE_APN
#define GGSN    CONF_MODE_GGSN
#define EGTP    CONF_MODE_EGTP
#define GTPU    CONF_MODE_GTPU
#define PGW     CONF_MODE_PGW
#define BGP     CONF_MODE_BGP

#define SELECTION "selection-mode { subscribed | sent-by-ms | chosen-by-sgsn } +"

static const struct cli_row rows[] = {
    {CONTEXT, "ggsn-service <name>", "GTPv1 gateway", CLI_ADMIN, GGSN, CONF_GGSN, enter_service},
    {CONTEXT, "egtp-service <name>", "GTPv2 end point", CLI_ADMIN, EGTP, CONF_EGTP, enter_service},
    {CONTEXT, "gtpu-service <name>", "GTP-U end point", CLI_ADMIN, GTPU, CONF_GTPU, enter_service},
    {CONTEXT, "pgw-service <name>", "GTPv2 gateway", CLI_ADMIN, PGW, CONF_PGW, enter_service},

    {GGSN | GTPU, "bind { ipv4-address | address } <ipv4>", "Address of the service", CLI_ADMIN,
     .run = bind_service},
    {GGSN | GTPU, "no bind { ipv4-address | address }", "Take the service down", CLI_ADMIN,
     .run = bind_service},
    {EGTP, "gtpc bind ipv4-address <ipv4>", "Address of the service", CLI_ADMIN,
     .run = bind_service},
    {EGTP, "no gtpc bind ipv4-address", "Take the service down", CLI_ADMIN, .run = bind_service},
    {EGTP, "interface-type interface-pgw-ingress", "Role of the end point", CLI_ADMIN, .run = NULL},
    {GGSN | EGTP, "associate gtpu-service <name>", "User plane of the service", CLI_ADMIN,
     .run = associate_gtpu},
    {PGW, "associate egtp-service <name>", "Control plane of the service", CLI_ADMIN,
     .run = associate_egtp},

    {CONTEXT, "apn <name>", "Access point name", CLI_ADMIN, APN, .run = enter_apn},
    {APN, "ip context-name <name>", "Context that leads to the network", CLI_ADMIN,
     .run = set_apn_context},
    {APN, "ip address pool name <name>", "Pool of the subscribers' addresses", CLI_ADMIN,
     .run = set_apn_pool},
    {APN, "dns { primary | secondary } <ipv4>", "Name server told to subscribers", CLI_ADMIN,
     .run = set_apn_dns},
    {APN, "no dns { primary | secondary }", "Tell no such name server", CLI_ADMIN,
     .run = set_apn_dns},
    {APN, SELECTION, "How the APN may have been chosen", CLI_ADMIN, .run = NULL},

    {CONTEXT, "router bgp <as:1-4294967295>", "BGP router", CLI_ADMIN, BGP, .run = enter_bgp},
    {BGP, "router-id <ipv4>", "Identifier of the router", CLI_ADMIN, .run = set_router_id},
    {BGP, "network <prefix>", "Network to announce", CLI_ADMIN, .run = add_network},
    {BGP, "neighbor <ipv4> remote-as <as:1-4294967295>", "BGP peer", CLI_ADMIN,
     .run = add_neighbor},
};

const struct cli_table conf_service_table = {
    rows, sizeof rows / sizeof *rows, NULL, 0, &conf_srp_table,
};
