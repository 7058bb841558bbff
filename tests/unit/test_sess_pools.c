/* Pools change under sessions: nobody loses an address, and no address has two owners. */
#include <stdlib.h>
#include <string.h>

#include "common/base/chunk.h"
#include "common/base/err.h"
#include "common/base/rng.h"
#include "sf/addrs.h"
#include "sf/sess.h"
#include "unit.h"

#define A   0x0a000000u /* 10.0.0.0 */
#define B   0x0a010000u /* 10.1.0.0 */
#define M24 0xffffff00u
#define M25 0xffffff80u
#define M28 0xfffffff0u
#define T0  ((mono_t){.us = 1000})

enum { CAPACITY = 300 };

static void *memory, *index_memory;
static struct sess_table *table;
static struct sess_range ranges[SESS_RANGES]; /* busied out with the next change */
static uint8_t range_n;

static void
begin(uint8_t instance, uint8_t instances, const struct sess_pool *pools, uint8_t n)
{
    struct sess_setup setup = {
        .instance = instance, .instances = instances, .capacity = CAPACITY, .pool_n = n};

    if (n)
        memcpy(setup.pools, pools, n * sizeof *pools);
    free(memory);
    memory = malloc(sess_table_size(&setup));
    ck_assert_ptr_nonnull(memory);
    table = sess_table_init(memory, &setup);
}

static void
set_up(void)
{
    range_n = 0;
    begin(1, 1, (const struct sess_pool[]){{.net = A, .mask = M24}}, 1);
}

static void
tear_down(void)
{
    free(memory);
    free(index_memory);
    memory = index_memory = NULL;
}

/* What sf_core_configure does. */
static int
change(const struct sess_pool *pools, uint8_t n)
{
    struct sess_setup next, to = {.pool_n = n, .range_n = range_n};
    int rc;

    if (n)
        memcpy(to.pools, pools, n * sizeof *pools);
    memcpy(to.ranges, ranges, sizeof ranges);
    rc = sess_pools_next(table, &to, &next);

    void *fresh = rc == 0 ? calloc(1, sess_pools_size(&next)) : NULL;

    if (rc < 0)
        return rc;
    sess_table_set_pools(table, &next, fresh);
    if (fresh) {
        free(index_memory);
        index_memory = fresh;
    }
    return rc;
}

#define CHANGE(...)                                                                                \
    change((const struct sess_pool[]){__VA_ARGS__},                                                \
           sizeof((const struct sess_pool[]){__VA_ARGS__}) / sizeof(struct sess_pool))

static struct sess *
opened(uint64_t imsi, uint8_t pool)
{
    struct sess *sess = NULL;

    ck_assert_int_eq(sess_open(table, imsi, 5, pool, T0, &sess), 0);
    return sess;
}

static int
open_rc(uint64_t imsi, uint8_t pool)
{
    struct sess *sess;

    return sess_open(table, imsi, 5, pool, T0, &sess);
}

START_TEST(a_pool_that_is_added_gives_addresses)
{
    uint32_t before = opened(1, 0)->ue_addr;

    ck_assert_int_eq(open_rc(2, 1), DI_ENOTFOUND);
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24}, {.net = B, .mask = M24}), 0);
    ck_assert_uint_eq(opened(2, 1)->ue_addr, B + 1);
    ck_assert_uint_eq(sess_by_imsi(table, 1, 5)->ue_addr, before);
    ck_assert_ptr_eq(sess_by_addr(table, before), sess_by_imsi(table, 1, 5));
}
END_TEST

START_TEST(a_table_without_pools_gets_some_later)
{
    begin(1, 1, NULL, 0);
    ck_assert_int_eq(open_rc(1, 0), DI_ENOTFOUND);
    ck_assert_int_eq(CHANGE({.net = A, .mask = M28}), 0);
    ck_assert_uint_eq(opened(1, 0)->ue_addr, A + 1);
}
END_TEST

START_TEST(what_calls_have_of_a_removed_pool_stays_theirs_until_they_end)
{
    struct sess *sess = opened(1, 0);
    uint32_t addr = sess->ue_addr;

    ck_assert_int_eq(CHANGE({.net = B, .mask = M24}), 0);
    ck_assert_ptr_eq(sess_by_addr(table, addr), sess);
    ck_assert_uint_eq(opened(2, 0)->ue_addr, B + 1);
    ck_assert_int_eq(open_rc(3, 1), DI_ENOTFOUND); /* it gives out no more */
    sess_close(table, sess);
    ck_assert_ptr_null(sess_by_addr(table, addr));
    ck_assert_int_eq(open_rc(3, 1), DI_ENOTFOUND);
    ck_assert_uint_eq(sess_audit(table).purged, 0);
}
END_TEST

START_TEST(a_removed_pool_that_comes_back_is_whole_again)
{
    struct sess *stays = opened(1, 0), *ends = opened(2, 0);
    unsigned n = 0;

    ck_assert_int_eq(CHANGE({.net = B, .mask = M24}), 0);
    sess_close(table, ends);
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24}), 0);
    for (uint64_t imsi = 10; open_rc(imsi, 0) == 0; imsi++, n++)
        ck_assert_uint_ne(sess_by_imsi(table, imsi, 5)->ue_addr, stays->ue_addr);
    ck_assert_uint_eq(n, 253);
    ck_assert_uint_eq(sess_audit(table).purged, 0);
}
END_TEST

START_TEST(a_pool_that_shrinks_gives_out_only_what_is_left_of_it)
{
    unsigned n = 0;

    for (uint64_t imsi = 1; imsi <= 200; imsi++)
        (void)opened(imsi, 0);
    ck_assert_int_eq(CHANGE({.net = A, .mask = M25}), 0);
    for (uint64_t imsi = 1; imsi <= 200; imsi++)
        ck_assert_ptr_eq(sess_by_addr(table, A + (uint32_t)imsi), sess_by_imsi(table, imsi, 5));
    ck_assert_int_eq(open_rc(300, 0), DI_ENOTFOUND);
    for (uint64_t imsi = 1; imsi <= 200; imsi++)
        sess_close(table, sess_by_imsi(table, imsi, 5));
    for (; open_rc(300 + n, 0) == 0; n++)
        ck_assert_uint_lt(sess_by_imsi(table, 300 + n, 5)->ue_addr, A + 127);
    ck_assert_uint_eq(n, 126);
}
END_TEST

/* The very addresses that the old pool could not give are those the new one must not, as long as
 * a call has them. */
START_TEST(a_pool_with_other_ends_leaves_alone_what_calls_have)
{
    struct sess *first, *last;

    for (uint64_t imsi = 1; imsi <= 128; imsi++)
        (void)opened(imsi, 0);
    first = sess_by_addr(table, A + 64);
    last = sess_by_addr(table, A + 127);
    ck_assert_int_eq(CHANGE({.net = A + 64, .mask = 0xffffffc0u}), 0);
    ck_assert_ptr_eq(sess_by_addr(table, A + 64), first); /* ends of the new pool */
    ck_assert_ptr_eq(sess_by_addr(table, A + 127), last);
    ck_assert_int_eq(open_rc(500, 0), DI_ENOTFOUND);
    sess_close(table, first);
    ck_assert_int_eq(open_rc(500, 0), DI_ENOTFOUND);
    sess_close(table, sess_by_addr(table, A + 70));
    ck_assert_uint_eq(opened(500, 0)->ue_addr, A + 70);
}
END_TEST

START_TEST(order_moves_no_session)
{
    struct sess *a, *b;

    ck_assert_int_eq(CHANGE({.net = A, .mask = M24}, {.net = B, .mask = M24}), 0);
    a = opened(1, 0);
    b = opened(2, 1);
    ck_assert_int_eq(CHANGE({.net = B, .mask = M24}, {.net = A, .mask = M24}), 0);
    ck_assert_ptr_eq(sess_by_addr(table, A + 1), a);
    ck_assert_ptr_eq(sess_by_addr(table, B + 1), b);
    ck_assert_uint_eq(opened(3, 0)->ue_addr, B + 2);
    ck_assert_uint_eq(opened(4, 1)->ue_addr, A + 2);
}
END_TEST

START_TEST(what_was_released_last_rests_longest_over_a_change)
{
    uint32_t addr = opened(1, 0)->ue_addr;

    sess_close(table, sess_by_imsi(table, 1, 5));
    ck_assert_int_eq(CHANGE({.net = B, .mask = M24}, {.net = A, .mask = M24}), 0);
    for (uint64_t imsi = 10; imsi < 10 + 253; imsi++)
        ck_assert_uint_ne(opened(imsi, 1)->ue_addr, addr);
    ck_assert_uint_eq(opened(300, 1)->ue_addr, addr);
}
END_TEST

START_TEST(a_pool_that_is_busied_out_gives_nothing_and_loses_nothing)
{
    struct sess *sess = opened(1, 0);

    ck_assert_int_eq(CHANGE({.net = A, .mask = M24, .busyout = true}), 1); /* no index is built */
    ck_assert_int_eq(open_rc(2, 0), DI_ENOTFOUND);
    ck_assert_ptr_eq(sess_by_addr(table, sess->ue_addr), sess);
    sess_close(table, sess);
    ck_assert_int_eq(open_rc(2, 0), DI_ENOTFOUND);
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24}), 1);
    ck_assert_uint_eq(opened(2, 0)->ue_addr, A + 2);
    ck_assert_int_eq(CHANGE({.net = B, .mask = M24}, {.net = A, .mask = M24, .busyout = true}), 0);
    ck_assert_int_eq(open_rc(3, 1), DI_ENOTFOUND);
}
END_TEST

static unsigned
given_out(uint64_t first, uint32_t low, uint32_t high)
{
    unsigned n = 0;

    for (; open_rc(first + n, 0) == 0; n++) {
        uint32_t addr = sess_by_imsi(table, first + n, 5)->ue_addr;

        ck_assert(addr >= low && addr <= high);
    }
    return n;
}

START_TEST(a_part_that_is_busied_out_is_not_given_out_and_its_calls_stay)
{
    struct sess *sess = opened(1, 0), *other = opened(2, 0);

    ck_assert_int_eq(CHANGE({.net = A, .mask = M24, .busy_low = 128}), 0);
    ck_assert_ptr_eq(sess_by_addr(table, A + 1), sess);
    ck_assert_uint_eq(given_out(10, A + 128, A + 254), 127);
    sess_close(table, sess); /* rests until it is no longer busied out */
    ck_assert_int_eq(open_rc(500, 0), DI_ENOTFOUND);
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24, .busy_low = 64, .busy_high = 100}), 0);
    ck_assert_uint_eq(given_out(1000, A + 64, A + 127), 64);
    ck_assert_ptr_eq(sess_by_addr(table, A + 2), other);
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24}), 0);
    ck_assert_uint_eq(given_out(2000, A + 1, A + 63), 62);
    ck_assert_uint_eq(sess_audit(table).purged, 0);
}
END_TEST

START_TEST(ranges_that_are_busied_out_are_not_given_out)
{
    struct sess *sess = opened(1, 0);

    ranges[0] = (struct sess_range){.from = A, .to = A + 99};
    ranges[1] = (struct sess_range){.from = A + 120, .to = A + 300};
    range_n = 2;
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24}), 0);
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24}), 1);
    ck_assert_uint_eq(given_out(10, A + 100, A + 119), 20);
    ck_assert_ptr_eq(sess_by_addr(table, A + 1), sess);
    sess_clear(table);
    ck_assert_uint_eq(given_out(100, A + 100, A + 119), 20);
    range_n = 1;
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24}), 0);
    ck_assert_uint_eq(given_out(200, A + 120, A + 254), 135);
}
END_TEST

START_TEST(all_of_a_pool_may_be_busied_out_by_parts)
{
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24, .busy_low = 256}), 0);
    ck_assert_int_eq(open_rc(1, 0), DI_ENOTFOUND);
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24, .busy_high = 256}), 0);
    ck_assert_int_eq(open_rc(1, 0), DI_ENOTFOUND);
    ck_assert_int_eq(CHANGE({.net = A, .mask = M24, .busy_low = 128, .busy_high = 128}), 0);
    ck_assert_int_eq(open_rc(1, 0), DI_ENOTFOUND);
}
END_TEST

START_TEST(a_record_with_a_busied_out_address_is_stored)
{
    struct sess record = {
        .imsi = 7, .ebi = 5, .teid = 0x01000001, .call_id = 0x01000001, .ue_addr = A + 9};

    ck_assert_int_eq(CHANGE({.net = A, .mask = M24, .busy_low = 128}), 0);
    ck_assert_int_eq(sess_put(table, &record), 0);
    ck_assert(sess_drop(table, record.teid));
    ck_assert_int_eq(sess_put(table, &record), 0);
    ck_assert_ptr_nonnull(sess_by_addr(table, A + 9));
}
END_TEST

START_TEST(an_address_of_two_pools_is_given_out_once)
{
    bool seen[256] = {false};

    ck_assert_int_eq(CHANGE({.net = A, .mask = M25}, {.net = A, .mask = M24}), 0);
    for (uint64_t imsi = 1; imsi < 300; imsi++) {
        struct sess *sess;

        if (sess_open(table, imsi, 5, imsi & 1, T0, &sess) != 0)
            continue;
        ck_assert(!seen[sess->ue_addr & 0xff]);
        seen[sess->ue_addr & 0xff] = true;
    }
    ck_assert_uint_eq(sess_audit(table).purged, 0);
    for (uint64_t imsi = 1; imsi < 300; imsi++) {
        if (sess_by_imsi(table, imsi, 5))
            sess_close(table, sess_by_imsi(table, imsi, 5));
    }
}
END_TEST

START_TEST(a_tombstone_keeps_its_address_over_a_change)
{
    struct sess record = {.imsi = 7, .ebi = 5, .teid = 0x01000001, .call_id = 0x01000001};

    record.ue_addr = A + 9;
    ck_assert_int_eq(sess_put(table, &record), 0);
    ck_assert_int_eq(CHANGE({.net = B, .mask = M24}), 0);
    ck_assert_int_eq(sess_put(table, &record), 0); /* the peer tells it again */
    record.teid = 0x01000002;
    record.imsi = 8;
    record.ue_addr = A + 10;
    ck_assert_int_eq(sess_put(table, &record), 0); /* ... of a pool of which we know from before */
    record.ue_addr = 0x0b000001;
    ck_assert_int_eq(sess_put(table, &record), DI_EFORMAT); /* ... of none */
    ck_assert(sess_drop(table, 0x01000001));
    ck_assert_ptr_null(sess_by_addr(table, A + 9));
}
END_TEST

START_TEST(a_cleared_table_has_all_its_addresses_and_none_of_a_removed_pool)
{
    (void)opened(1, 0);
    ck_assert_int_eq(CHANGE({.net = B, .mask = M28}), 0);
    (void)opened(2, 0);
    sess_clear(table);
    ck_assert_ptr_null(sess_by_addr(table, A + 1));
    for (uint64_t imsi = 10; imsi < 24; imsi++)
        (void)opened(imsi, 0);
    ck_assert_int_eq(open_rc(30, 0), DI_ENOTFOUND);
}
END_TEST

START_TEST(more_removed_pools_than_are_kept_are_refused_and_change_nothing)
{
    struct sess_pool pool = {.net = A, .mask = M28}, none = {.net = B, .mask = M28};
    unsigned gone = 0;
    int rc;

    begin(1, 1, &pool, 1);
    for (;; gone++) {
        (void)opened(1000 + gone, 0);
        pool.net += 16;
        if ((rc = change(&pool, 1)) != 0)
            break;
    }
    ck_assert_int_eq(rc, DI_EFULL);
    ck_assert_uint_eq(gone, SESS_POOLS_ALL - 1);
    ck_assert_int_eq(change(&none, 1), DI_EFULL);
    for (unsigned i = 0; i <= gone; i++)
        ck_assert_uint_eq(sess_by_imsi(table, 1000 + i, 5)->ue_addr, A + 16 * i + 1);
    sess_close(table, sess_by_imsi(table, 1000, 5));
    ck_assert_int_eq(change(&pool, 1), 0);
}
END_TEST

/* Several session managers, pools that are moved, cut and joined at random, and all of them
 * changed one after the other: an address never has two owners, and no session loses its own. */
static const struct sess_pool shapes[][3] = {
    {{.net = A, .mask = M24}, {.net = B, .mask = M28}, {.net = B + 64, .mask = M28}},
    {{.net = A, .mask = M25}, {.net = A + 128, .mask = M25}, {.net = B, .mask = M24}},
    {{.net = A + 128, .mask = M25},
     {.net = A + 16, .mask = M28},
     {.net = A + 32, .mask = 0xfffffff8u}},
    {{.net = B, .mask = M24}, {.net = A + 64, .mask = 0xffffffc0u}, {.net = A + 48, .mask = M28}},
    {{.net = A + 40, .mask = 0xfffffff8u}, {.net = B + 128, .mask = M25}, {.net = A, .mask = M24}},
};

START_TEST(random_changes_give_no_address_two_owners)
{
    enum { SMS = 3, STEPS = 4000, SUBSCRIBERS = 150 };
    struct sess_table *tables[SMS];
    void *tables_memory[SMS], *indices[SMS] = {NULL};
    uint8_t owner[512] = {0};
    uint32_t addr_of[SMS][SUBSCRIBERS] = {{0}};
    struct rng rng = {.state = 1};

    for (unsigned i = 0; i < SMS; i++) {
        begin((uint8_t)(i + 1), SMS, shapes[0], 3);
        tables[i] = table;
        tables_memory[i] = memory;
        memory = NULL;
    }
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned i = (unsigned)rng_below(&rng, SMS), who = (unsigned)rng_below(&rng, SUBSCRIBERS);
        struct sess *sess = sess_by_imsi(tables[i], 100 + who, 5);

        table = tables[i];
        if (rng_chance(&rng, 30)) {
            index_memory = indices[i];
            range_n = (uint8_t)rng_below(&rng, 3);
            for (uint8_t k = 0; k < range_n; k++) {
                ranges[k].from = A + (uint32_t)rng_below(&rng, 256);
                ranges[k].to = ranges[k].from + (uint32_t)rng_below(&rng, 40);
            }
            ck_assert_int_ge(change(shapes[rng_below(&rng, 5)], (uint8_t)rng_between(&rng, 0, 3)),
                             0);
            indices[i] = index_memory;
            index_memory = NULL;
        } else if (sess) {
            uint32_t at = (sess->ue_addr & 0xff) | (sess->ue_addr >> 8 & 0x100);

            ck_assert_uint_eq(sess->ue_addr, addr_of[i][who]);
            ck_assert_ptr_eq(sess_by_addr(table, sess->ue_addr), sess);
            ck_assert_uint_eq(owner[at], i + 1);
            owner[at] = 0;
            sess_close(table, sess);
        } else if (sess_open(table, 100 + who, 5, (uint8_t)rng_below(&rng, 3), T0, &sess) == 0) {
            uint32_t addr = addr_of[i][who] = sess->ue_addr;
            uint32_t at = (addr & 0xff) | (addr >> 8 & 0x100);

            ck_assert_uint_eq(owner[at], 0);
            owner[at] = (uint8_t)(i + 1);
        }
    }
    for (unsigned i = 0; i < SMS; i++) {
        ck_assert_uint_gt(sess_count(tables[i]), 0);
        ck_assert_uint_eq(sess_audit(tables[i]).purged, 0);
        free(tables_memory[i]);
        free(indices[i]);
    }
}
END_TEST

START_TEST(a_pool_beyond_what_sessions_can_use_costs_no_more_memory)
{
    struct sess_setup huge = {.instance = 1,
                              .instances = 1,
                              .capacity = 1,
                              .pool_n = 1,
                              .pools = {{.net = A, .mask = 0xff000000u}}};
    const struct sess_pool *pool = huge.pools;

    ck_assert_uint_le(addrs_size(&huge), (ADDRS_MOST + 1024) * UINT64_C(8));
    ck_assert(addrs_has(&huge, pool, A + 1));
    ck_assert(addrs_has(&huge, pool, A + ADDRS_MOST - 1));
    ck_assert(!addrs_has(&huge, pool, A + ADDRS_MOST));
    ck_assert(!addrs_has(&huge, pool, A));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sess_pools");
    TCase *tc = tcase_create("sess_pools");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, a_pool_that_is_added_gives_addresses);
    tcase_add_test(tc, a_table_without_pools_gets_some_later);
    tcase_add_test(tc, what_calls_have_of_a_removed_pool_stays_theirs_until_they_end);
    tcase_add_test(tc, a_removed_pool_that_comes_back_is_whole_again);
    tcase_add_test(tc, a_pool_that_shrinks_gives_out_only_what_is_left_of_it);
    tcase_add_test(tc, a_pool_with_other_ends_leaves_alone_what_calls_have);
    tcase_add_test(tc, order_moves_no_session);
    tcase_add_test(tc, what_was_released_last_rests_longest_over_a_change);
    tcase_add_test(tc, a_pool_that_is_busied_out_gives_nothing_and_loses_nothing);
    tcase_add_test(tc, a_part_that_is_busied_out_is_not_given_out_and_its_calls_stay);
    tcase_add_test(tc, ranges_that_are_busied_out_are_not_given_out);
    tcase_add_test(tc, all_of_a_pool_may_be_busied_out_by_parts);
    tcase_add_test(tc, a_record_with_a_busied_out_address_is_stored);
    tcase_add_test(tc, an_address_of_two_pools_is_given_out_once);
    tcase_add_test(tc, a_tombstone_keeps_its_address_over_a_change);
    tcase_add_test(tc, a_cleared_table_has_all_its_addresses_and_none_of_a_removed_pool);
    tcase_add_test(tc, more_removed_pools_than_are_kept_are_refused_and_change_nothing);
    tcase_add_test(tc, random_changes_give_no_address_two_owners);
    tcase_add_test(tc, a_pool_beyond_what_sessions_can_use_costs_no_more_memory);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
