#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* Home agents. There is none here: what an operator enters is kept, shown and compared, and a
 * warning says that nothing answers. */

/* Index of the ha-service of that name in the current context, ha_n if there is none. */
static uint8_t
find_ha(const struct conf_build *build, const char *name)
{
    uint8_t i = 0;

    while (i < build->conf.ha_n && (build->conf.ha[i].context != build->context ||
                                    strcmp(build->conf.ha[i].name, name) != 0))
        i++;
    return i;
}

static int
enter_ha(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    const char *name = cli_text(args, "name");
    uint8_t i = find_ha(build, name);

    if (i == CONF_HA)
        return cli_refuse(args, "No more than %d ha-services can be configured", CONF_HA);
    if (i == conf->ha_n) {
        conf->ha_n++;
        conf->ha[i].context = build->context;
        conf_set_name(conf->ha[i].name, name);
    }
    build->ha = i;
    return 0;
}

static bool
print_ha(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;
    const struct conf *conf = &build->conf;
    uint8_t at = conf_nth(&conf->ha->context, sizeof *conf->ha, conf->ha_n, build->context, i);

    (void)row;
    if (at == conf->ha_n)
        return false;
    build->ha = at;
    cli_say_text(said, "name", conf->ha[at].name);
    return true;
}

static int
remove_ha(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    const char *name = cli_text(args, "name");
    uint8_t at = find_ha(build, name);

    if (at == conf->ha_n)
        return cli_refuse(args, "No ha-service \"%s\" in this context", name);
    conf_remove(conf->ha, sizeof *conf->ha, &conf->ha_n, at);
    return 0;
}

static struct conf_ha *
ha_of(struct conf_build *build)
{
    return &build->conf.ha[build->ha];
}

static int
bind_ha(void *ctx, const struct cli_args *args)
{
    ha_of(ctx)->bind = cli_addr(args, "ipv4");
    return 0;
}

static bool
print_bind(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_ha *ha = ha_of(ctx);

    (void)row;
    cli_say_addr(said, "ipv4", ha->bind);
    return i == 0 && ha->bind;
}

/* ---- security parameter indexes: the rows' tags say whether of foreign agents ---- */

static const char *const hashes[] = {
    [CONF_HASH_MD5] = "md5",
    [CONF_HASH_HMAC_MD5] = "hmac-md5",
    [CONF_HASH_RFC2002_MD5] = "rfc2002-md5",
};

static void
spi_of(const struct cli_args *args, struct conf_spi *spi)
{
    memset(spi, 0, sizeof *spi);
    spi->foreign_agent = args->row->tag;
    spi->net = cli_addr(args, "prefix");
    spi->mask = cli_mask(args, "prefix");
    spi->spi = cli_number(args, "spi", 0);
    for (uint8_t hash = CONF_HASH_MD5; hash <= CONF_HASH_RFC2002_MD5; hash++)
        if (cli_has(args, hashes[hash]))
            spi->hash = hash;
}

static uint8_t
find_spi(const struct conf_ha *ha, const struct conf_spi *spi)
{
    uint8_t i = 0;

    while (i < ha->spi_n &&
           (ha->spis[i].foreign_agent != spi->foreign_agent || ha->spis[i].net != spi->net ||
            ha->spis[i].mask != spi->mask || ha->spis[i].spi != spi->spi))
        i++;
    return i;
}

static int
set_spi(void *ctx, const struct cli_args *args)
{
    struct conf_ha *ha = ha_of(ctx);
    struct conf_spi spi;
    uint8_t at;

    spi_of(args, &spi);
    at = find_spi(ha, &spi);
    if (at == CONF_SPIS)
        return cli_refuse(args, "No more than %d SPIs of an ha-service can be configured",
                          CONF_SPIS);
    if (cli_has(args, "encrypted"))
        conf_take_encrypted(&spi.secret, cli_text(args, "hex"));
    else
        conf_take_clear(&spi.secret, cli_text(args, "secret"));
    ha->spis[at] = spi;
    if (at == ha->spi_n)
        ha->spi_n++;
    return 0;
}

static bool
print_spi(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_ha *ha = ha_of(ctx);
    uint8_t at = 0;

    for (; at < ha->spi_n; at++)
        if (ha->spis[at].foreign_agent == (row->tag != 0) && i-- == 0)
            break;
    if (at == ha->spi_n)
        return false;
    cli_say_prefix(said, "prefix", ha->spis[at].net, ha->spis[at].mask);
    cli_say_number(said, "spi", ha->spis[at].spi);
    conf_say_secret(said, &ha->spis[at].secret);
    if (ha->spis[at].hash) {
        cli_say(said, "hash-algorithm");
        cli_say(said, hashes[ha->spis[at].hash]);
    }
    return true;
}

static int
remove_spi(void *ctx, const struct cli_args *args)
{
    struct conf_ha *ha = ha_of(ctx);
    struct conf_spi spi;
    uint8_t at;

    spi_of(args, &spi);
    at = find_spi(ha, &spi);
    if (at == ha->spi_n)
        return cli_refuse(args, "No such SPI %u of ha-service \"%s\"", spi.spi, ha->name);
    conf_remove(ha->spis, sizeof *ha->spis, &ha->spi_n, at);
    return 0;
}

#define CONTEXT CONF_MODE_CONTEXT
#define HA      CONF_MODE_HA

#define SPI    " spi-number <spi:256-4294967295>"
#define SECRET " { encrypted secret <hex> | secret <secret> }"
#define HASH   " [ hash-algorithm { md5 | hmac-md5 | rfc2002-md5 } ]"
#define REMOTE " remote-address <prefix>"

static const struct cli_row rows[] = {
    {CONTEXT, "ha-service <name>", "Home agent, kept: none answers here", CLI_ADMIN, HA,
     .run = enter_ha, .print = print_ha},
    {CONTEXT, "no ha-service <name>", "Remove the service", CLI_ADMIN, .run = remove_ha},
    {HA, "mn-ha-spi" SPI SECRET HASH, "Secret shared with mobile nodes", CLI_ADMIN, 0, false,
     set_spi, print_spi},
    {HA, "no mn-ha-spi" SPI, "Remove a secret", CLI_ADMIN, 0, false, remove_spi, NULL},
    {HA, "fa-ha-spi" REMOTE SPI SECRET HASH, "Secret shared with foreign agents", CLI_ADMIN, 0,
     true, set_spi, print_spi},
    {HA, "no fa-ha-spi" REMOTE SPI, "Remove a secret", CLI_ADMIN, 0, true, remove_spi, NULL},
    {HA, "bind address <ipv4>", "Address of the service", CLI_ADMIN, .run = bind_ha,
     .print = print_bind},
    {HA, "no bind address", "Take the service down", CLI_ADMIN, .run = bind_ha},
};

const struct cli_table conf_ha_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                        &conf_port_table};
