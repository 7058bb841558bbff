#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* BGP: the routers that hear of a context's networks. */

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

static bool
print_bgp(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;
    const struct conf *conf = &build->conf;
    uint8_t at = conf_nth(&conf->bgp->context, sizeof *conf->bgp, conf->bgp_n, build->context, i);

    (void)row;
    if (at == conf->bgp_n)
        return false;
    build->bgp = at;
    cli_say_number(said, "as", conf->bgp[at].as);
    return true;
}

static int
remove_bgp(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    uint8_t at = conf_nth(&conf->bgp->context, sizeof *conf->bgp, conf->bgp_n, build->context, 0);
    uint32_t as = cli_number(args, "as", 0);

    if (at == conf->bgp_n || conf->bgp[at].as != as)
        return cli_refuse(args, "No BGP router %u in this context", as);
    conf_remove(conf->bgp, sizeof *conf->bgp, &conf->bgp_n, at);
    return 0;
}

static bool
print_router_id(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_bgp *bgp = bgp_of(ctx);

    (void)row;
    cli_say_addr(said, "ipv4", bgp->router_id);
    return i == 0 && bgp->router_id;
}

static bool
print_network(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_bgp *bgp = bgp_of(ctx);

    (void)row;
    if (i >= bgp->network_n)
        return false;
    cli_say_prefix(said, "prefix", bgp->networks[i].net, bgp->networks[i].mask);
    return true;
}

static int
remove_network(void *ctx, const struct cli_args *args)
{
    struct conf_bgp *bgp = bgp_of(ctx);
    uint32_t net = cli_addr(args, "prefix"), mask = cli_mask(args, "prefix");
    uint8_t at = 0;

    while (at < bgp->network_n && (bgp->networks[at].net != net || bgp->networks[at].mask != mask))
        at++;
    if (at == bgp->network_n)
        return cli_refuse(args, "No network %s is announced", cli_text(args, "prefix"));
    conf_remove(bgp->networks, sizeof *bgp->networks, &bgp->network_n, at);
    return 0;
}

static bool
print_neighbor(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_bgp *bgp = bgp_of(ctx);

    (void)row;
    if (i >= bgp->peer_n)
        return false;
    cli_say_addr(said, "ipv4", bgp->peers[i].addr);
    cli_say_number(said, "as", bgp->peers[i].remote_as);
    return true;
}

static int
remove_neighbor(void *ctx, const struct cli_args *args)
{
    struct conf_bgp *bgp = bgp_of(ctx);
    uint32_t addr = cli_addr(args, "ipv4");
    uint8_t at = 0;

    while (at < bgp->peer_n && bgp->peers[at].addr != addr)
        at++;
    if (at == bgp->peer_n)
        return cli_refuse(args, "No neighbor %s", conf_addr_text(addr).text);
    conf_remove(bgp->peers, sizeof *bgp->peers, &bgp->peer_n, at);
    return 0;
}

#define CONTEXT CONF_MODE_CONTEXT
#define BGP     CONF_MODE_BGP

#define AS "<as:1-4294967295>"

static const struct cli_row rows[] = {
    {CONTEXT, "router bgp " AS, "BGP router", CLI_ADMIN, BGP, .run = enter_bgp, .print = print_bgp},
    {CONTEXT, "no router bgp " AS, "Remove the BGP router", CLI_ADMIN, .run = remove_bgp},
    {BGP, "router-id <ipv4>", "Identifier of the router", CLI_ADMIN, .run = set_router_id,
     .print = print_router_id},
    {BGP, "no router-id", "No identifier", CLI_ADMIN, .run = set_router_id},
    {BGP, "network <prefix>", "Network to announce", CLI_ADMIN, .run = add_network,
     .print = print_network},
    {BGP, "no network <prefix>", "Announce it no more", CLI_ADMIN, .run = remove_network},
    {BGP, "neighbor <ipv4> remote-as " AS, "BGP peer", CLI_ADMIN, .run = add_neighbor,
     .print = print_neighbor},
    {BGP, "no neighbor <ipv4> [ remote-as " AS " ]", "Remove the BGP peer", CLI_ADMIN,
     .run = remove_neighbor},
};

const struct cli_table conf_bgp_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                         &conf_srp_table};
