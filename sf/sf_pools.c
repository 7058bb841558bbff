#include "sf/sf_pools.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "common/loop/log.h"

static_assert((int)SESS_POOLS >= (int)CONF_POOLS, "every pool is served");

static bool
is_about(const struct conf_busyout *busy, const struct conf_pool *pool)
{
    return !busy->ipv6 && busy->context == pool->context &&
           (!*busy->pool || strcmp(busy->pool, pool->name) == 0);
}

/* Of the addresses of a pool, its ends included; rounded up, so that some are busied out. */
static uint32_t
share_of(const struct conf_pool *pool, uint8_t percent)
{
    uint64_t all = (uint64_t)~pool->mask + 1, part = (all * percent + 99) / 100;

    return part > UINT32_MAX ? UINT32_MAX : (uint32_t)part;
}

static void
at_least(uint32_t *n, uint32_t part)
{
    if (*n < part)
        *n = part;
}

static bool
read_addr(const char *text, uint32_t *addr)
{
    struct in_addr in;
    bool ok = inet_pton(AF_INET, text, &in) == 1;

    *addr = ok ? ntohl(in.s_addr) : 0;
    return ok;
}

/* What of the range is in the pool. */
static void
add_range(struct sess_setup *setup, struct sess_pool *to, const struct conf_pool *pool,
          const struct conf_busyout *busy)
{
    uint32_t first = pool->net, last = pool->net | ~pool->mask;
    struct sess_range range;

    if (!read_addr(busy->from, &range.from) || !read_addr(busy->to, &range.to) ||
        range.from > last || range.to < first)
        return;
    range.from = range.from < first ? first : range.from;
    range.to = range.to > last ? last : range.to;
    if (setup->range_n == SESS_RANGES) {
        log_warn("sess: more than %d ranges of addresses are busied out: pool %s is as a whole; "
                 "enter fewer and longer ranges",
                 SESS_RANGES, pool->name);
        to->busyout = true;
        return;
    }
    setup->ranges[setup->range_n++] = range;
}

static void
add_busyout(struct sess_setup *setup, struct sess_pool *to, const struct conf_pool *pool,
            const struct conf_busyout *busy)
{
    switch (busy->kind) {
    case CONF_BUSY_LOWER:
        at_least(&to->busy_low, share_of(pool, busy->percent));
        break;
    case CONF_BUSY_UPPER:
        at_least(&to->busy_high, share_of(pool, busy->percent));
        break;
    case CONF_BUSY_RANGE:
        add_range(setup, to, pool, busy);
        break;
    default:
        break; /* all: pool->busyout */
    }
}

void
sf_pools(struct sess_setup *setup, const struct conf *conf)
{
    for (uint8_t i = 0; i < conf->pool_n; i++) {
        const struct conf_pool *pool = &conf->pools[i];
        struct sess_pool *to = &setup->pools[setup->pool_n];

        if (!pool->srp_activate)
            continue;
        *to = (struct sess_pool){.net = pool->net, .mask = pool->mask, .busyout = pool->busyout};
        for (uint8_t k = 0; k < conf->busyout_n; k++) {
            if (is_about(&conf->busyouts[k], pool))
                add_busyout(setup, to, pool, &conf->busyouts[k]);
        }
        setup->pool_n++;
    }
}
