#include <string.h>

#include "common/conf/conf_build.h"

/* Servers that a chassis speaks to: RADIUS, Diameter, receivers of SNMP notifications. */

enum { WATCHDOG_S = 30, DIAMETER_PORT = 3868, TRAP_PORT = 162 };

/* ---- RADIUS ---- */

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The octets of an encrypted key, which here is the key itself in hexadecimal; none is 0. The
 * reason does not repeat the key: errors are logged. */
static int
decode_key(const struct cli_args *args, const char *hex, char key[CONF_NAME])
{
    size_t len = strlen(hex);

    if (len == 0 || len % 2)
        return cli_refuse(args, "An encrypted key is an even number of hexadecimal digits");
    for (size_t i = 0; i < len / 2; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return cli_refuse(args, "An encrypted key is an even number of hexadecimal digits");
        if (high + low == 0)
            return cli_refuse(args, "An encrypted key has no octet 00");
        key[i] = (char)(high << 4 | low);
    }
    return 0;
}

/* Index of the server of that address and port in the current context, radius_n if none. */
static uint8_t
find_radius(const struct conf_build *build, uint32_t addr, uint16_t port)
{
    const struct conf_radius *radius = conf_find_radius(&build->conf, build->context, addr, port);

    return radius ? (uint8_t)(radius - build->conf.radius) : build->conf.radius_n;
}

static int
set_radius(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    struct conf_radius radius;
    uint8_t i;

    memset(&radius, 0, sizeof radius);
    radius.context = build->context;
    radius.port = (uint16_t)cli_number(args, "n", CONF_RADIUS_PORT);
    if (conf_take_addr(args, &radius.addr))
        return DI_EREFUSED;
    if (cli_has(args, "encrypted")) {
        if (decode_key(args, cli_text(args, "hex"), radius.key))
            return DI_EREFUSED;
    } else if (cli_has(args, "key")) {
        conf_set_name(radius.key, cli_text(args, "key"));
    }
    i = find_radius(build, radius.addr, radius.port);
    if (i == CONF_RADIUS)
        return cli_refuse(args, "No more than %d radius servers can be configured", CONF_RADIUS);
    conf->radius[i] = radius;
    if (i == conf->radius_n)
        conf->radius_n++;
    return 0;
}

static int
remove_radius(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    uint32_t addr = cli_addr(args, "ipv4"), port = cli_number(args, "n", CONF_RADIUS_PORT);
    uint8_t at = find_radius(build, addr, (uint16_t)port);

    if (at == build->conf.radius_n)
        return cli_refuse(args, "No radius server %s port %u in this context",
                          conf_addr_text(addr).text, port);
    conf_remove(build->conf.radius, sizeof *build->conf.radius, &build->conf.radius_n, at);
    return 0;
}

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

static int
set_timeout(void *ctx, const struct cli_args *args)
{
    ways_of(ctx)->timeout_s = cli_number(args, "n", CONF_RADIUS_TIMEOUT_S);
    return 0;
}

static int
set_probe_with(void *ctx, const struct cli_args *args)
{
    ways_of(ctx)->status_server = cli_has(args, "status-server");
    return 0;
}

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

static int
set_host(void *ctx, const struct cli_args *args)
{
    struct conf_diameter *diameter = diameter_of(ctx);

    conf_set_name(diameter->host, cli_has(args, "no") ? "" : cli_text(args, "host"));
    diameter->addr = cli_addr(args, "ipv4");
    return 0;
}

static int
set_watchdog(void *ctx, const struct cli_args *args)
{
    diameter_of(ctx)->watchdog_s = cli_number(args, "n", WATCHDOG_S);
    return 0;
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
    const char *community = cli_text(args, "community");
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
    conf_set_name(target.community, community ? community : "public");
    conf->snmp[i] = target;
    if (i == conf->snmp_n)
        conf->snmp_n++;
    return 0;
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

static const struct cli_row rows[] = {
    {CONTEXT, "radius server <ipv4> [ key <key> | encrypted key <hex> ]" PORT, "RADIUS server",
     CLI_ADMIN, .run = set_radius},
    {CONTEXT, "no radius server <ipv4>" PORT, "Remove a RADIUS server", CLI_ADMIN,
     .run = remove_radius},

    {CONTEXT, "radius max-retries <n:0-100>", "Tries after the first one", CLI_ADMIN,
     .run = set_retries},
    {CONTEXT, "{ no | default } radius max-retries", "5", CLI_ADMIN, .run = set_retries},
    {CONTEXT, "radius timeout <n:1-100>", "Seconds a server has for its answer", CLI_ADMIN,
     .run = set_timeout},
    {CONTEXT, "{ no | default } radius timeout", "3", CLI_ADMIN, .run = set_timeout},
    {CONTEXT, "radius probe-with { access-request | status-server }", "What a probe asks for",
     CLI_ADMIN, .run = set_probe_with},
    {CONTEXT, "{ no | default } radius probe-with", "access-request", CLI_ADMIN,
     .run = set_probe_with},

    {CONTEXT, "diameter endpoint <name>", "Configure a Diameter endpoint", CLI_ADMIN, DIAMETER,
     .run = enter_diameter},
    {CONTEXT, "no diameter endpoint <name>", "Remove a Diameter endpoint", CLI_ADMIN,
     .run = remove_diameter},
    {DIAMETER, "origin realm <realm>", "Realm of this chassis", CLI_ADMIN, .run = set_realm},
    {DIAMETER, "no origin realm", "Say no realm", CLI_ADMIN, .run = set_realm},
    {DIAMETER, "origin host <host> [ address <ipv4> ]", "Name and address of this chassis",
     CLI_ADMIN, .run = set_host},
    {DIAMETER, "no origin host", "Say no name", CLI_ADMIN, .run = set_host},
    {DIAMETER, "peer <name> [ realm <realm> ] address <ipv4>" PORT, "Diameter peer", CLI_ADMIN,
     .run = set_peer},
    {DIAMETER, "no peer <name>", "Remove a Diameter peer", CLI_ADMIN, .run = remove_peer},
    {DIAMETER, "watchdog-timeout <n:1-30>", "Seconds of silence until a peer is asked", CLI_ADMIN,
     .run = set_watchdog},
    {DIAMETER, "{ no | default } watchdog-timeout", "30", CLI_ADMIN, .run = set_watchdog},

    {CONFIG,
     "snmp target <name> <ipv4>" PORT " [ security-name <community> ] [ version 2c ] [ traps ]",
     "Receiver of SNMP notifications", CLI_ADMIN, .run = set_target},
    {CONFIG, "no snmp target <name>", "Remove a receiver of SNMP notifications", CLI_ADMIN,
     .run = remove_target},
};

const struct cli_table conf_aaa_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                         &conf_boot_table};
