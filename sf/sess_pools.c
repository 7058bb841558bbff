/* The table's pools and numbers when the configuration changes under its sessions. */
#include <assert.h>
#include <string.h>

#include "common/base/err.h"
#include "sf/sess_priv.h"

static bool
same_pool(const struct sess_pool *a, const struct sess_pool *b)
{
    return a->net == b->net && a->mask == b->mask && a->busy_low == b->busy_low &&
           a->busy_high == b->busy_high;
}

static bool
is_same(const struct sess_setup *a, const struct sess_setup *b)
{
    bool same = a->pool_n == b->pool_n && a->range_n == b->range_n;

    for (uint8_t i = 0; same && i < a->pool_n; i++)
        same = same_pool(&a->pools[i], &b->pools[i]);
    for (uint8_t i = 0; same && i < a->range_n; i++)
        same = a->ranges[i].from == b->ranges[i].from && a->ranges[i].to == b->ranges[i].to;
    return same;
}

/* The address that a slot holds; 0: none. A bearer's is its session's. */
static uint32_t
held(const struct sess_table *table, uint32_t slot)
{
    const struct sess *sess = &table->slots[slot];

    if ((sess->state != SESS_LIVE && sess->state != SESS_DELETED) || sess->lbi ||
        addrs_holder(table->addrs, sess->ue_addr) != slot)
        return 0;
    return sess->ue_addr;
}

static bool
is_of_any(const struct sess_setup *next, uint32_t addr)
{
    for (unsigned i = 0; i < (unsigned)next->pool_n + next->gone_n; i++) {
        if (addrs_has(next, &next->pools[i], addr))
            return true;
    }
    return false;
}

/* The pool that it was of goes on without being in the configuration. */
static int
keep_pool_of(const struct sess_table *table, struct sess_setup *next, uint32_t addr)
{
    int was = addrs_pool(table->addrs, addr);
    unsigned n = (unsigned)next->pool_n + next->gone_n;

    assert(was >= 0);
    if (n == SESS_POOLS_ALL)
        return DI_EFULL;
    next->pools[n] = table->setup.pools[was];
    next->gone_n++;
    return 0;
}

int
sess_pools_next(const struct sess_table *table, const struct sess_setup *wanted,
                struct sess_setup *next)
{
    bool same = is_same(&table->setup, wanted);

    assert(wanted->pool_n <= SESS_POOLS && wanted->range_n <= SESS_RANGES);
    *next = table->setup;
    memcpy(next->pools, wanted->pools, wanted->pool_n * sizeof *wanted->pools);
    if (same)
        return 1;
    memcpy(next->ranges, wanted->ranges, sizeof next->ranges);
    next->range_n = wanted->range_n;
    next->pool_n = wanted->pool_n;
    next->gone_n = 0;
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        uint32_t addr = held(table, slot);

        if (addr && !is_of_any(next, addr) && keep_pool_of(table, next, addr) != 0)
            return DI_EFULL;
    }
    return 0;
}

uint32_t
sess_pool_left(const struct sess_table *table, uint8_t pool)
{
    return addrs_left(table->addrs, pool);
}

size_t
sess_pools_size(const struct sess_setup *next)
{
    return addrs_size(next);
}

static void
build_index(struct sess_table *table, const struct sess_setup *next, void *memory)
{
    struct addrs *addrs = addrs_init(memory, next);

    addrs_rest(addrs, table->addrs);
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        uint32_t addr = held(table, slot);
        bool claimed = !addr || addrs_claim(addrs, addr, slot);

        assert(claimed);
        (void)claimed;
    }
    table->addrs = addrs;
}

void
sess_table_set_pools(struct sess_table *table, const struct sess_setup *next, void *memory)
{
    if (memory)
        build_index(table, next, memory);
    for (uint8_t i = 0; i < next->pool_n; i++)
        addrs_busyout(table->addrs, i, next->pools[i].busyout);
    table->setup = *next;
}

void
sess_numbers(const struct sess_table *table, struct sess_numbers *used)
{
    *used = (struct sess_numbers){0};
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        const struct sess *sess = &table->slots[slot];

        if (sess->state == SESS_FREE)
            continue;
        used->apn[sess->apn] = true;
        used->service[sess->service] = true;
        used->vpn[sess->vpn] = true;
    }
}
