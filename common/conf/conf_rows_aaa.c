#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* Servers that a chassis speaks to: Diameter, receivers of SNMP notifications. */

enum { WATCHDOG_S = 30, DIAMETER_PORT = 3868, TRAP_PORT = 162 };

/* ---- Diameter ---- */

static int
enter_diameter(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    const char *name = cli_text(args, "name");
    const struct conf_diameter *known = conf_find_diameter(conf, build->context, name);
    struct conf_diameter *diameter = &conf->diameter[conf->diameter_n];

    if (known) {
        build->diameter = (uint8_t)(known - conf->diameter);
        return 0;
    }
    if (conf->diameter_n == CONF_DIAMETER)
        return cli_refuse(args, "No more than %d diameter endpoints can be configured",
                          CONF_DIAMETER);
    conf_set_name(diameter->endpoint, name);
    diameter->context = build->context;
    diameter->watchdog_s = WATCHDOG_S;
    build->diameter = conf->diameter_n++;
    return 0;
}

static bool
print_diameter(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;
    const struct conf *conf = &build->conf;
    uint8_t at = conf_nth(&conf->diameter->context, sizeof *conf->diameter, conf->diameter_n,
                          build->context, i);

    (void)row;
    if (at == conf->diameter_n)
        return false;
    build->diameter = at;
    cli_say_text(said, "name", conf->diameter[at].endpoint);
    return true;
}

static int
remove_diameter(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    const char *name = cli_text(args, "name");
    const struct conf_diameter *known = conf_find_diameter(conf, build->context, name);

    if (!known)
        return cli_refuse(args, "No diameter endpoint \"%s\" in this context", name);
    conf_remove(conf->diameter, sizeof *conf->diameter, &conf->diameter_n,
                (uint8_t)(known - conf->diameter));
    return 0;
}

static struct conf_diameter *
diameter_of(struct conf_build *build)
{
    return &build->conf.diameter[build->diameter];
}

static int
set_realm(void *ctx, const struct cli_args *args)
{
    conf_set_name(diameter_of(ctx)->realm, cli_has(args, "no") ? "" : cli_text(args, "realm"));
    return 0;
}

static bool
print_realm(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_diameter *diameter = diameter_of(ctx);

    (void)row;
    cli_say_text(said, "realm", diameter->realm);
    return i == 0 && *diameter->realm;
}

static int
set_host(void *ctx, const struct cli_args *args)
{
    struct conf_diameter *diameter = diameter_of(ctx);

    conf_set_name(diameter->host, cli_has(args, "no") ? "" : cli_text(args, "host"));
    diameter->addr = cli_addr(args, "ipv4");
    return 0;
}

static bool
print_host(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_diameter *diameter = diameter_of(ctx);

    (void)row;
    cli_say_text(said, "host", diameter->host);
    if (diameter->addr)
        cli_say_addr(said, "ipv4", diameter->addr);
    return i == 0 && *diameter->host;
}

static int
set_watchdog(void *ctx, const struct cli_args *args)
{
    diameter_of(ctx)->watchdog_s = cli_number(args, "n", WATCHDOG_S);
    return 0;
}

static bool
print_watchdog(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_diameter *diameter = diameter_of(ctx);

    (void)row;
    cli_say_number(said, "n", diameter->watchdog_s);
    return i == 0 && diameter->watchdog_s != WATCHDOG_S;
}

static int
set_peer(void *ctx, const struct cli_args *args)
{
    struct conf_diameter *diameter = diameter_of(ctx);
    const char *name = cli_text(args, "name");
    const struct conf_diameter_peer *known = conf_find_peer(diameter, name);
    uint8_t i = known ? (uint8_t)(known - diameter->peers) : diameter->peer_n;
    struct conf_diameter_peer peer;

    memset(&peer, 0, sizeof peer);
    if (conf_take_addr(args, &peer.addr))
        return DI_EREFUSED;
    if (i == CONF_DIAMETER_PEERS)
        return cli_refuse(args, "No more than %d peers of an endpoint can be configured",
                          CONF_DIAMETER_PEERS);
    peer.port = (uint16_t)cli_number(args, "n", DIAMETER_PORT);
    conf_set_name(peer.name, name);
    if (cli_has(args, "realm"))
        conf_set_name(peer.realm, cli_text(args, "realm"));
    diameter->peers[i] = peer;
    if (!known)
        diameter->peer_n++;
    return 0;
}

static bool
print_peer(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_diameter *diameter = diameter_of(ctx);
    const struct conf_diameter_peer *peer = &diameter->peers[i];

    (void)row;
    if (i >= diameter->peer_n)
        return false;
    cli_say_text(said, "name", peer->name);
    if (*peer->realm)
        cli_say_text(said, "realm", peer->realm);
    cli_say_addr(said, "ipv4", peer->addr);
    cli_say_number(said, "n", peer->port);
    return true;
}

static int
remove_peer(void *ctx, const struct cli_args *args)
{
    struct conf_diameter *diameter = diameter_of(ctx);
    const char *name = cli_text(args, "name");
    const struct conf_diameter_peer *known = conf_find_peer(diameter, name);

    if (!known)
        return cli_refuse(args, "No peer \"%s\" of diameter endpoint \"%s\"", name,
                          diameter->endpoint);
    conf_remove(diameter->peers, sizeof *diameter->peers, &diameter->peer_n,
                (uint8_t)(known - diameter->peers));
    return 0;
}

/* ---- SNMP ---- */

/* Index of the target of that name, snmp_n if there is none. */
static uint8_t
find_target(const struct conf *conf, const char *name)
{
    uint8_t i = 0;

    while (i < conf->snmp_n && strcmp(conf->snmp[i].name, name) != 0)
        i++;
    return i;
}

static int
set_target(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    struct conf_snmp_target target;
    uint8_t i = find_target(conf, cli_text(args, "name"));

    memset(&target, 0, sizeof target);
    if (conf_take_addr(args, &target.addr))
        return DI_EREFUSED;
    if (i == CONF_SNMP_TARGETS)
        return cli_refuse(args, "No more than %d snmp targets can be configured",
                          CONF_SNMP_TARGETS);
    target.port = (uint16_t)cli_number(args, "n", TRAP_PORT);
    conf_set_name(target.name, cli_text(args, "name"));
    if (cli_has(args, "encrypted"))
        conf_take_encrypted(&target.community, cli_text(args, "hex"));
    else if (cli_text(args, "community"))
        conf_take_clear(&target.community, cli_text(args, "community"));
    conf->snmp[i] = target;
    if (i == conf->snmp_n)
        conf->snmp_n++;
    return 0;
}

static bool
print_target(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_snmp_target *target = &build->conf.snmp[i];

    (void)row;
    if (i >= build->conf.snmp_n)
        return false;
    cli_say_text(said, "name", target->name);
    cli_say_addr(said, "ipv4", target->addr);
    cli_say_number(said, "n", target->port);
    conf_say_secret(said, &target->community);
    return true;
}

static int
remove_target(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    const char *name = cli_text(args, "name");
    uint8_t at = find_target(conf, name);

    if (at == conf->snmp_n)
        return cli_refuse(args, "No snmp target \"%s\"", name);
    conf_remove(conf->snmp, sizeof *conf->snmp, &conf->snmp_n, at);
    return 0;
}

#define CONFIG   CONF_MODE_CONFIG
#define CONTEXT  CONF_MODE_CONTEXT
#define DIAMETER CONF_MODE_DIAMETER
#define PORT     " [ port <n:1-65535> ]"

#define TARGET                                                                                     \
    "snmp target <name> <ipv4>" PORT " [ security-name <community:secret> | encrypted "            \
    "security-name <hex> ] [ version 2c ] [ traps ]"

static const struct cli_row rows[] = {
    {CONTEXT, "diameter endpoint <name>", "Configure a Diameter endpoint", CLI_ADMIN, DIAMETER,
     .run = enter_diameter, .print = print_diameter},
    {CONTEXT, "no diameter endpoint <name>", "Remove a Diameter endpoint", CLI_ADMIN,
     .run = remove_diameter},
    {DIAMETER, "origin realm <realm>", "Realm of this chassis", CLI_ADMIN, .run = set_realm,
     .print = print_realm},
    {DIAMETER, "no origin realm", "Say no realm", CLI_ADMIN, .run = set_realm},
    {DIAMETER, "origin host <host> [ address <ipv4> ]", "Name and address of this chassis",
     CLI_ADMIN, .run = set_host, .print = print_host},
    {DIAMETER, "no origin host", "Say no name", CLI_ADMIN, .run = set_host},
    {DIAMETER, "peer <name> [ realm <realm> ] address <ipv4>" PORT, "Diameter peer", CLI_ADMIN,
     .run = set_peer, .print = print_peer},
    {DIAMETER, "no peer <name>", "Remove a Diameter peer", CLI_ADMIN, .run = remove_peer},
    {DIAMETER, "watchdog-timeout <n:1-30>", "Seconds of silence until a peer is asked", CLI_ADMIN,
     .run = set_watchdog, .print = print_watchdog},
    {DIAMETER, "{ no | default } watchdog-timeout", "30", CLI_ADMIN, .run = set_watchdog},

    {CONFIG, TARGET, "Receiver of SNMP notifications", CLI_ADMIN, .run = set_target,
     .print = print_target},
    {CONFIG, "no snmp target <name>", "Remove a receiver of SNMP notifications", CLI_ADMIN,
     .run = remove_target},
};

const struct cli_table conf_aaa_table = {rows, sizeof rows / sizeof *rows, NULL, 0, &conf_ha_table};
