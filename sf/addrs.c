#include "sf/addrs.h"

#include <assert.h>
#include <string.h>

#include "common/base/chunk.h"
#include "sf/sess.h"

/* Free: neighbours in the pool's list, numbers into entries[], 0 at the ends. Held: the
 * slot, and HELD. Numbers count from 1. */
struct entry {
    uint32_t next, prev;
};

#define HELD UINT32_MAX

struct pool {
    uint32_t net, mask;
    uint32_t base, n; /* entries[base + 1 .. base + n] */
    uint32_t head, tail, left;
};

struct addrs {
    uint8_t instance, instances, pool_n;
    struct pool pools[SESS_POOLS];
    struct entry entries[];
};

/* How many addresses, holes at the ends included, the chunks of our share have. */
static uint32_t
share(const struct sess_setup *setup, const struct sess_pool *pool)
{
    uint64_t chunks = ((uint64_t)~pool->mask + CHUNK) / CHUNK;
    uint64_t first = (uint64_t)setup->instance - 1;

    if (setup->instance == 0 || setup->instance > setup->instances || chunks <= first)
        return 0;
    return (uint32_t)((chunks - first + setup->instances - 1) / setup->instances * CHUNK);
}

size_t
addrs_size(const struct sess_setup *setup)
{
    size_t n = 1;

    for (uint8_t i = 0; i < setup->pool_n; i++)
        n += share(setup, &setup->pools[i]);
    return sizeof(struct addrs) + n * sizeof(struct entry);
}

static uint32_t
addr_of(const struct addrs *addrs, const struct pool *pool, uint32_t i)
{
    uint32_t chunk = i / CHUNK * addrs->instances + addrs->instance - 1u;

    return pool->net + chunk * CHUNK + i % CHUNK;
}

/* The pool and entry of an address of our share; NULL if it is not. */
static const struct pool *
find(const struct addrs *addrs, uint32_t addr, uint32_t *entry)
{
    for (uint8_t i = 0; i < addrs->pool_n; i++) {
        const struct pool *pool = &addrs->pools[i];
        uint32_t offset = addr - pool->net;

        if (pool->n == 0 ||
            chunk_owner(pool->net, pool->mask, addr, addrs->instances) != addrs->instance)
            continue;
        *entry = pool->base + offset / CHUNK / addrs->instances * CHUNK + offset % CHUNK + 1;
        return pool;
    }
    return NULL;
}

static void
append(struct addrs *addrs, struct pool *pool, uint32_t at)
{
    addrs->entries[at] = (struct entry){.prev = pool->tail};
    if (pool->tail)
        addrs->entries[pool->tail].next = at;
    else
        pool->head = at;
    pool->tail = at;
    pool->left++;
}

static void
hold(struct addrs *addrs, struct pool *pool, uint32_t at, uint32_t slot)
{
    struct entry *e = &addrs->entries[at];

    if (e->prev)
        addrs->entries[e->prev].next = e->next;
    else
        pool->head = e->next;
    if (e->next)
        addrs->entries[e->next].prev = e->prev;
    else
        pool->tail = e->prev;
    pool->left--;
    *e = (struct entry){.next = slot, .prev = HELD};
}

void
addrs_clear(struct addrs *addrs)
{
    for (uint8_t p = 0; p < addrs->pool_n; p++) {
        struct pool *pool = &addrs->pools[p];

        pool->head = pool->tail = pool->left = 0;
        for (uint32_t i = 0; i < pool->n; i++) {
            uint32_t addr = addr_of(addrs, pool, i), at = pool->base + i + 1;

            if (chunk_owner(pool->net, pool->mask, addr, addrs->instances) == addrs->instance)
                append(addrs, pool, at);
            else /* the pool's first or last address, or past its end */
                addrs->entries[at] = (struct entry){.prev = HELD};
        }
    }
}

struct addrs *
addrs_init(void *memory, const struct sess_setup *setup)
{
    struct addrs *addrs = memory;
    uint64_t base = 0;

    assert(setup->pool_n <= SESS_POOLS);
    memset(addrs, 0, sizeof *addrs);
    addrs->instance = setup->instance;
    addrs->instances = setup->instances;
    addrs->pool_n = setup->pool_n;
    for (uint8_t i = 0; i < setup->pool_n; i++) {
        uint32_t n = share(setup, &setup->pools[i]);

        addrs->pools[i] = (struct pool){
            .net = setup->pools[i].net,
            .mask = setup->pools[i].mask,
            .base = (uint32_t)base,
            .n = n,
        };
        base += n;
    }
    assert(base < HELD);
    addrs_clear(addrs);
    return addrs;
}

uint32_t
addrs_take(struct addrs *addrs, uint8_t pool_index, uint32_t slot)
{
    if (pool_index >= addrs->pool_n || addrs->pools[pool_index].head == 0)
        return 0;

    struct pool *pool = &addrs->pools[pool_index];
    uint32_t at = pool->head;

    hold(addrs, pool, at, slot);
    return addr_of(addrs, pool, at - pool->base - 1);
}

int
addrs_pool(const struct addrs *addrs, uint32_t addr)
{
    uint32_t at;
    const struct pool *pool = find(addrs, addr, &at);

    return pool ? (int)(pool - addrs->pools) : -1;
}

bool
addrs_claim(struct addrs *addrs, uint32_t addr, uint32_t slot)
{
    uint32_t at;
    const struct pool *pool = find(addrs, addr, &at);

    if (!pool || addrs->entries[at].prev == HELD)
        return false;
    hold(addrs, &addrs->pools[pool - addrs->pools], at, slot);
    return true;
}

uint32_t
addrs_holder(const struct addrs *addrs, uint32_t addr)
{
    uint32_t at;

    return find(addrs, addr, &at) && addrs->entries[at].prev == HELD ? addrs->entries[at].next : 0;
}

void
addrs_release(struct addrs *addrs, uint32_t addr)
{
    uint32_t at;
    const struct pool *pool = find(addrs, addr, &at);

    assert(pool && addrs->entries[at].prev == HELD);
    append(addrs, &addrs->pools[pool - addrs->pools], at);
}

uint32_t
addrs_left(const struct addrs *addrs, uint8_t pool)
{
    return pool < addrs->pool_n ? addrs->pools[pool].left : 0;
}
