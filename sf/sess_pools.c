/* The table's pools and numbers when the configuration changes under its sessions. */
#include <assert.h>
#include <string.h>

#include "common/base/err.h"
#include "sf/sess_priv.h"

static bool
same_net(const struct sess_pool *a, const struct sess_pool *b)
{
    return a->net == b->net && a->mask == b->mask;
}

static bool
is_same(const struct sess_setup *setup, const struct sess_pool *pools, uint8_t n)
{
    bool same = setup->pool_n == n;

    for (uint8_t i = 0; same && i < n; i++)
        same = same_net(&setup->pools[i], &pools[i]);
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
sess_pools_next(const struct sess_table *table, const struct sess_pool *pools, uint8_t n,
                struct sess_setup *next)
{
    bool same = is_same(&table->setup, pools, n);

    assert(n <= SESS_POOLS);
    *next = table->setup;
    memcpy(next->pools, pools, n * sizeof *pools);
    if (same)
        return 1;
    next->pool_n = n;
    next->gone_n = 0;
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        uint32_t addr = held(table, slot);

        if (addr && !is_of_any(next, addr) && keep_pool_of(table, next, addr) != 0)
            return DI_EFULL;
    }
    return 0;
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
