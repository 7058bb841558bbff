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

/* What is to be given out is in the list. Neither that nor held is what is free of a pool that is
 * gone, or busied out in part. */
struct pool {
    uint32_t net, mask;
    uint32_t from, to; /* what is before and behind is busied out */
    uint32_t first;    /* chunk of ours */
    uint32_t base, n;  /* entries[base + 1 .. base + n] */
    uint32_t head, tail, left;
    bool busyout, gone;
};

struct addrs {
    uint8_t instance, instances, pool_n; /* pools that are gone are the last ones */
    struct pool pools[SESS_POOLS_ALL];
    uint8_t range_n;
    struct sess_range ranges[SESS_RANGES];
    struct entry entries[];
};

/* Our chunks of a pool: the first one, and how many addresses all have, holes at the ends
 * included. */
static uint32_t
share(const struct sess_setup *setup, const struct sess_pool *pool, uint32_t *first)
{
    uint32_t from = pool->net / CHUNK, to = (pool->net | ~pool->mask) / CHUNK, n;
    uint32_t instances = setup->instances, ours = setup->instance - 1u;

    if (setup->instance == 0 || setup->instance > setup->instances)
        return 0;
    *first = from + (ours + instances - from % instances) % instances;
    n = *first > to ? 0 : (to - *first) / instances + 1;
    return n < ADDRS_MOST / CHUNK ? n * CHUNK : ADDRS_MOST;
}

bool
addrs_has(const struct sess_setup *setup, const struct sess_pool *pool, uint32_t addr)
{
    uint32_t first = 0, n = share(setup, pool, &first);

    return chunk_owner(pool->net, pool->mask, addr, setup->instances) == setup->instance &&
           (addr / CHUNK - first) / setup->instances < n / CHUNK;
}

static uint8_t
pools_of(const struct sess_setup *setup)
{
    return (uint8_t)(setup->pool_n + setup->gone_n);
}

size_t
addrs_size(const struct sess_setup *setup)
{
    size_t n = 1;
    uint32_t first;

    for (uint8_t i = 0; i < pools_of(setup); i++)
        n += share(setup, &setup->pools[i], &first);
    return sizeof(struct addrs) + n * sizeof(struct entry);
}

static uint32_t
addr_of(const struct addrs *addrs, const struct pool *pool, uint32_t i)
{
    return (pool->first + i / CHUNK * addrs->instances) * CHUNK + i % CHUNK;
}

/* Which of the first `n` pools has this address in our share: number and entry; `n` if none. An
 * address that several have is the first one's. */
static uint8_t
find_in(const struct addrs *addrs, uint8_t n, uint32_t addr, uint32_t *entry)
{
    for (uint8_t i = 0; i < n; i++) {
        const struct pool *pool = &addrs->pools[i];
        uint32_t at;

        if (pool->n == 0 ||
            chunk_owner(pool->net, pool->mask, addr, addrs->instances) != addrs->instance)
            continue;
        at = (addr / CHUNK - pool->first) / addrs->instances * CHUNK + addr % CHUNK;
        if (at >= pool->n)
            continue;
        *entry = pool->base + at + 1;
        return i;
    }
    return n;
}

/* The pool and entry of an address of our share; NULL if it is not. */
static const struct pool *
find(const struct addrs *addrs, uint32_t addr, uint32_t *entry)
{
    uint8_t i = find_in(addrs, addrs->pool_n, addr, entry);

    return i < addrs->pool_n ? &addrs->pools[i] : NULL;
}

/* Is it in the list as long as nobody holds it? */
static bool
is_listed(const struct addrs *addrs, const struct pool *pool, uint32_t at)
{
    uint32_t addr = addr_of(addrs, pool, at - pool->base - 1);
    bool listed = !pool->gone && addr >= pool->from && addr <= pool->to;

    for (uint8_t i = 0; listed && i < addrs->range_n; i++)
        listed = addr < addrs->ranges[i].from || addr > addrs->ranges[i].to;
    return listed;
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
take_out(struct addrs *addrs, struct pool *pool, uint32_t at)
{
    const struct entry *e = &addrs->entries[at];

    if (e->prev)
        addrs->entries[e->prev].next = e->next;
    else
        pool->head = e->next;
    if (e->next)
        addrs->entries[e->next].prev = e->prev;
    else
        pool->tail = e->prev;
    pool->left--;
}

static void
hold(struct addrs *addrs, struct pool *pool, uint32_t at, uint32_t slot)
{
    if (is_listed(addrs, pool, at))
        take_out(addrs, pool, at);
    addrs->entries[at] = (struct entry){.next = slot, .prev = HELD};
}

/* All of a pool is free, in order. */
static void
fill(struct addrs *addrs, uint8_t number)
{
    struct pool *pool = &addrs->pools[number];

    pool->head = pool->tail = pool->left = 0;
    for (uint32_t i = 0; i < pool->n; i++) {
        uint32_t at = pool->base + i + 1, found = 0;

        (void)find_in(addrs, (uint8_t)(number + 1), addr_of(addrs, pool, i), &found);
        if (found == at && is_listed(addrs, pool, at))
            append(addrs, pool, at);
        else if (found == at)
            addrs->entries[at] = (struct entry){0};
        else /* the pool's first or last address, out of it, or another pool's */
            addrs->entries[at] = (struct entry){.prev = HELD};
    }
}

void
addrs_clear(struct addrs *addrs)
{
    for (uint8_t i = 0; i < addrs->pool_n; i++) {
        const struct pool *pool = &addrs->pools[i];

        if (pool->gone)
            memset(&addrs->entries[pool->base + 1], 0, pool->n * sizeof(struct entry));
        else
            fill(addrs, i);
    }
}

static void
give_out(struct pool *pool, const struct sess_pool *setup)
{
    uint64_t last = pool->net | ~pool->mask;

    pool->from = pool->net + (setup->busy_low <= ~pool->mask ? setup->busy_low : ~pool->mask);
    pool->to = (uint32_t)(setup->busy_high <= ~pool->mask ? last - setup->busy_high : pool->net);
}

struct addrs *
addrs_init(void *memory, const struct sess_setup *setup)
{
    struct addrs *addrs = memory;
    uint64_t base = 0;

    assert(setup->pool_n <= SESS_POOLS && pools_of(setup) <= SESS_POOLS_ALL);
    memset(addrs, 0, sizeof *addrs);
    addrs->instance = setup->instance;
    addrs->instances = setup->instances;
    addrs->pool_n = pools_of(setup);
    addrs->range_n = setup->range_n;
    memcpy(addrs->ranges, setup->ranges, sizeof addrs->ranges);
    for (uint8_t i = 0; i < addrs->pool_n; i++) {
        struct pool *pool = &addrs->pools[i];

        pool->net = setup->pools[i].net;
        pool->mask = setup->pools[i].mask;
        pool->n = share(setup, &setup->pools[i], &pool->first);
        give_out(pool, &setup->pools[i]);
        pool->base = (uint32_t)base;
        pool->busyout = setup->pools[i].busyout;
        pool->gone = i >= setup->pool_n;
        base += pool->n;
        if (!pool->gone)
            fill(addrs, i);
    }
    assert(base < HELD);
    return addrs;
}

/* Those that are new here have rested for longest; behind them comes who rested before, in that
 * order. */
void
addrs_rest(struct addrs *addrs, const struct addrs *before)
{
    for (uint8_t i = 0; i < before->pool_n; i++) {
        const struct pool *old = &before->pools[i];

        for (uint32_t e = old->head; e; e = before->entries[e].next) {
            uint32_t at = 0;
            const struct pool *found = find(addrs, addr_of(before, old, e - old->base - 1), &at);

            if (!found || !is_listed(addrs, found, at) || addrs->entries[at].prev == HELD)
                continue;
            take_out(addrs, &addrs->pools[found - addrs->pools], at);
            append(addrs, &addrs->pools[found - addrs->pools], at);
        }
    }
}

void
addrs_busyout(struct addrs *addrs, uint8_t pool, bool busyout)
{
    assert(pool < addrs->pool_n);
    addrs->pools[pool].busyout = busyout;
}

uint32_t
addrs_take(struct addrs *addrs, uint8_t pool_index, uint32_t slot)
{
    if (addrs_left(addrs, pool_index) == 0)
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
    if (is_listed(addrs, pool, at))
        append(addrs, &addrs->pools[pool - addrs->pools], at);
    else
        addrs->entries[at] = (struct entry){0};
}

uint32_t
addrs_left(const struct addrs *addrs, uint8_t pool)
{
    return pool < addrs->pool_n && !addrs->pools[pool].busyout ? addrs->pools[pool].left : 0;
}
