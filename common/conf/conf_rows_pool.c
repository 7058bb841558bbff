#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* Pools of subscribers' addresses, and which of them are busied out. */

const char *
conf_pool_kind_name(enum conf_pool_kind kind)
{
    static const char *const names[] = {
        [CONF_POOL_PUBLIC] = "public",
        [CONF_POOL_PRIVATE] = "private",
        [CONF_POOL_STATIC] = "static",
    };

    return names[kind];
}

static enum conf_pool_kind
pool_kind(const struct cli_args *args)
{
    if (cli_has(args, "private"))
        return CONF_POOL_PRIVATE;
    return cli_has(args, "static") ? CONF_POOL_STATIC : CONF_POOL_PUBLIC;
}

/* Index of the pool of that name in the current context, pool_n if there is none. */
static uint8_t
find_pool(const struct conf_build *build, const char *name)
{
    uint8_t i = 0;

    while (i < build->conf.pool_n && (build->conf.pools[i].context != build->context ||
                                      strcmp(build->conf.pools[i].name, name) != 0))
        i++;
    return i;
}

static int
set_pool(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    uint8_t at = find_pool(build, cli_text(args, "name"));
    struct conf_pool pool;

    memset(&pool, 0, sizeof pool);
    pool.context = build->context;
    pool.kind = pool_kind(args);
    pool.priority = (uint8_t)cli_number(args, "prio", 0);
    pool.srp_activate = cli_has(args, "srp-activate");
    pool.net = cli_addr(args, "ipv4");
    pool.mask = cli_addr(args, "mask");
    if (pool.net & ~pool.mask)
        return cli_refuse(args, "Network %s has bits outside of mask %s",
                          conf_addr_text(pool.net).text, conf_addr_text(pool.mask).text);
    for (uint8_t i = 0; i < conf->pool_n; i++) {
        const struct conf_pool *other = &conf->pools[i];

        /* An address that two pools give out would have two owners. */
        if (i != at && other->context == pool.context &&
            ((other->net ^ pool.net) & other->mask & pool.mask) == 0)
            return cli_refuse(args, "Pool overlaps pool \"%s\" of the same context", other->name);
    }
    if (at == CONF_POOLS)
        return cli_refuse(args, "No more than %d pools can be configured", CONF_POOLS);
    conf_set_name(pool.name, cli_text(args, "name"));
    conf->pools[at] = pool;
    build->pool_line[at] = build->line;
    if (at == conf->pool_n)
        conf->pool_n++;
    conf_busy_pools(conf);
    return 0;
}

/* As the manuals do: a static pool has no priority unless it was given one. */
bool
conf_print_pool(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;
    const struct conf *conf = &build->conf;
    uint8_t at =
        conf_nth(&conf->pools->context, sizeof *conf->pools, conf->pool_n, build->context, i);
    const struct conf_pool *pool = &conf->pools[at];

    (void)row;
    if (at == conf->pool_n)
        return false;
    build->pool = at;
    cli_say_text(said, "name", pool->name);
    cli_say_addr(said, "ipv4", pool->net);
    cli_say_addr(said, "mask", pool->mask);
    cli_say(said, conf_pool_kind_name(pool->kind));
    if (pool->priority || pool->kind != CONF_POOL_STATIC)
        cli_say_number(said, "prio", pool->priority);
    cli_say_if(said, pool->srp_activate, "srp-activate");
    return true;
}

static int
remove_pool(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    uint8_t at = find_pool(build, cli_text(args, "name"));

    if (at == conf->pool_n)
        return cli_refuse(args, "No pool \"%s\" in this context", cli_text(args, "name"));
    conf_remove(conf->pools, sizeof *conf->pools, &conf->pool_n, at);
    conf_remove_line(build->pool_line, conf->pool_n, at);
    return 0;
}

/* ---- busyout ---- */

void
conf_busy_pools(struct conf *conf)
{
    for (uint8_t i = 0; i < conf->pool_n; i++) {
        struct conf_pool *pool = &conf->pools[i];

        pool->busyout = false;
        for (uint8_t k = 0; k < conf->busyout_n; k++) {
            const struct conf_busyout *busy = &conf->busyouts[k];

            if (busy->context == pool->context && busy->kind == CONF_BUSY_ALL && !busy->ipv6 &&
                (!*busy->pool || strcmp(busy->pool, pool->name) == 0))
                pool->busyout = true;
        }
    }
}

static void
take_end(char end[CONF_ADDR6], const char *text, uint32_t addr)
{
    if (strchr(text, ':'))
        conf_set_addr6(end, CONF_ADDR6, text);
    else
        (void)snprintf(end, CONF_ADDR6, "%s", conf_addr_text(addr).text);
}

static void
busyout_of(const struct conf_build *build, const struct cli_args *args, struct conf_busyout *busy)
{
    memset(busy, 0, sizeof *busy);
    busy->context = build->context;
    busy->ipv6 = cli_has(args, "ipv6");
    if (cli_text(args, "name"))
        conf_set_name(busy->pool, cli_text(args, "name"));
    busy->percent = (uint8_t)cli_number(args, "percent", 0);
    if (cli_has(args, "lower-percentage"))
        busy->kind = CONF_BUSY_LOWER;
    if (cli_has(args, "upper-percentage"))
        busy->kind = CONF_BUSY_UPPER;
    if (cli_has(args, "address-range")) {
        busy->kind = CONF_BUSY_RANGE;
        take_end(busy->from, cli_text(args, "from"), cli_addr(args, "from"));
        take_end(busy->to, cli_text(args, "to"), cli_addr(args, "to"));
    }
}

/* Of the same addresses? A percentage is entered again to change it. */
static bool
is_same_busyout(const struct conf_busyout *a, const struct conf_busyout *b)
{
    return a->context == b->context && a->ipv6 == b->ipv6 && a->kind == b->kind &&
           strcmp(a->pool, b->pool) == 0 && strcmp(a->from, b->from) == 0 &&
           strcmp(a->to, b->to) == 0;
}

static uint8_t
find_busyout(const struct conf *conf, const struct conf_busyout *busy)
{
    uint8_t i = 0;

    while (i < conf->busyout_n && !is_same_busyout(&conf->busyouts[i], busy))
        i++;
    return i;
}

static bool
is_of_family(const char *end, bool ipv6)
{
    return (strchr(end, ':') != NULL) == ipv6;
}

/* Both ends are addresses of the same family. */
static bool
is_backwards(const struct conf_busyout *busy)
{
    struct in6_addr from = {0}, to = {0};
    int family = busy->ipv6 ? AF_INET6 : AF_INET;

    return inet_pton(family, busy->from, &from) == 1 && inet_pton(family, busy->to, &to) == 1 &&
           memcmp(&from, &to, sizeof from) > 0;
}

static int
set_busyout(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    struct conf_busyout busy;
    uint8_t at;

    busyout_of(build, args, &busy);
    at = find_busyout(conf, &busy);
    if (busy.kind == CONF_BUSY_RANGE &&
        (!is_of_family(busy.from, busy.ipv6) || !is_of_family(busy.to, busy.ipv6)))
        return cli_refuse(args, "The range of an %s pool is from one %s address to another",
                          busy.ipv6 ? "ipv6" : "ip", busy.ipv6 ? "IPv6" : "IPv4");
    if (busy.kind == CONF_BUSY_RANGE && is_backwards(&busy))
        return cli_refuse(args, "The range ends before it begins; enter the lower address first");
    if (at == CONF_BUSYOUTS)
        return cli_refuse(args, "No more than %d busyouts can be configured", CONF_BUSYOUTS);
    conf->busyouts[at] = busy;
    if (at == conf->busyout_n)
        conf->busyout_n++;
    conf_busy_pools(conf);
    return 0;
}

static int
remove_busyout(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf *conf = &build->conf;
    struct conf_busyout busy;
    uint8_t at;

    busyout_of(build, args, &busy);
    at = find_busyout(conf, &busy);
    if (at == conf->busyout_n)
        return cli_refuse(args, "There is no such busyout in this context");
    if (conf->busyouts[at].percent != busy.percent)
        return cli_refuse(args,
                          "There is no such busyout in this context, but one of %u percent; "
                          "enter that number to remove it",
                          conf->busyouts[at].percent);
    conf_remove(conf->busyouts, sizeof *conf->busyouts, &conf->busyout_n, at);
    conf_busy_pools(conf);
    return 0;
}

bool
conf_print_busyout(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf *conf = &build->conf;
    uint8_t at = conf_nth(&conf->busyouts->context, sizeof *conf->busyouts, conf->busyout_n,
                          build->context, i);
    const struct conf_busyout *busy = &conf->busyouts[at];

    (void)row;
    if (at == conf->busyout_n)
        return false;
    cli_say(said, busy->ipv6 ? "ipv6" : "ip");
    if (*busy->pool)
        cli_say_text(said, "name", busy->pool);
    cli_say(said, *busy->pool ? "name" : "all");
    if (busy->kind == CONF_BUSY_LOWER || busy->kind == CONF_BUSY_UPPER) {
        cli_say(said, busy->kind == CONF_BUSY_LOWER ? "lower-percentage" : "upper-percentage");
        cli_say_number(said, "percent", busy->percent);
    } else if (busy->kind == CONF_BUSY_RANGE) {
        cli_say(said, "address-range");
        cli_say_text(said, "from", busy->from);
        cli_say_text(said, "to", busy->to);
    }
    return true;
}

#define CONTEXT CONF_MODE_CONTEXT

#define POOL                                                                                       \
    "ip pool <name> <ipv4> <mask> { public | private | static } [ <prio:0-10> ] [ srp-activate ]"
#define BUSYOUT                                                                                    \
    "busyout { ip | ipv6 } pool { all | name <name> } [ lower-percentage <percent:1-100> | "       \
    "upper-percentage <percent:1-100> | address-range <from:ip> <to:ip> ]"

static const struct cli_row rows[] = {
    {CONTEXT, POOL, "Addresses for subscribers", CLI_ADMIN, .run = set_pool,
     .print = conf_print_pool},
    {CONTEXT, "no ip pool <name>", "Remove a pool", CLI_ADMIN, .run = remove_pool},
    {CONTEXT, BUSYOUT, "Give out no more addresses of pools", CLI_ADMIN, .run = set_busyout,
     .print = conf_print_busyout},
    {CONTEXT, "no " BUSYOUT, "Give them out again", CLI_ADMIN, .run = remove_busyout},
};

const struct cli_table conf_pool_table = {rows, sizeof rows / sizeof *rows, NULL, 0,
                                          &conf_service_table};
