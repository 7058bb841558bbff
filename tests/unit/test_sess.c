#include <stdlib.h>
#include <string.h>

#include "common/base/chunk.h"
#include "common/base/err.h"
#include "common/base/rng.h"
#include "common/base/teid.h"
#include "sf/addrs.h"
#include "sf/sess.h"
#include "sf/sess_wire.h"
#include "unit.h"

#define NET  0x7f0a0000u /* 127.10.0.0/24 */
#define MASK 0xffffff00u
#define T0   ((mono_t){.us = 1000})

static const struct sess_setup small = {
    .instance = 1,
    .instances = 2,
    .capacity = 8,
    .pool_n = 1,
    .pools = {{.net = NET, .mask = MASK}},
};

static void *memory;
static struct sess_table *table;

static struct sess_table *
table_of(const struct sess_setup *setup)
{
    free(memory);
    memory = malloc(sess_table_size(setup));
    ck_assert_ptr_nonnull(memory);
    return table = sess_table_init(memory, setup);
}

static void
set_up(void)
{
    table = table_of(&small);
}

static void
tear_down(void)
{
    free(memory);
    memory = NULL;
}

static struct sess *
opened(uint64_t imsi)
{
    struct sess *sess = NULL;

    ck_assert_int_eq(sess_open(table, imsi, 5, 0, T0, &sess), 0);
    return sess;
}

START_TEST(opened_session_is_found_by_every_key)
{
    struct sess *sess = opened(100);

    ck_assert_ptr_eq(sess_by_teid(table, sess->teid), sess);
    ck_assert_ptr_eq(sess_by_imsi(table, 100, 5), sess);
    ck_assert_ptr_eq(sess_by_addr(table, sess->ue_addr), sess);
    ck_assert_ptr_null(sess_by_imsi(table, 100, 6));
    ck_assert_uint_eq(teid_instance(sess->teid), 1);
    ck_assert_uint_eq(sess->call_id >> 24, 1);
    ck_assert_uint_eq(chunk_owner(NET, MASK, sess->ue_addr, 2), 1);
    ck_assert_uint_eq(sess_count(table), 1);
}
END_TEST

START_TEST(sessions_of_gtpv2_are_counted_while_they_live)
{
    struct sess *v1 = opened(100), *v2 = opened(101), record;

    ck_assert_uint_eq(sess_count_v2(table), 0);
    v1->gtp_version = 1;
    v2->gtp_version = 2;
    sess_changed(table, v1);
    sess_changed(table, v2);
    sess_changed(table, v2);
    ck_assert_uint_eq(sess_count_v2(table), 1);
    record = *v2;
    sess_close(table, v1);
    ck_assert_uint_eq(sess_count_v2(table), 1);
    sess_close(table, v2);
    ck_assert_uint_eq(sess_count_v2(table), 0);
    ck_assert_int_eq(sess_put(table, &record), 0);
    ck_assert_int_eq(sess_put(table, &record), 0);
    ck_assert_uint_eq(sess_count_v2(table), 1);
    ck_assert(sess_drop(table, record.teid));
    ck_assert_uint_eq(sess_count_v2(table), 0);
    ck_assert_int_eq(sess_put(table, &record), 0);
    sess_clear(table);
    ck_assert_uint_eq(sess_count_v2(table), 0);
}
END_TEST

START_TEST(what_is_expected_changes_nothing)
{
    size_t size = sess_table_size(&small);
    uint8_t *before;

    (void)opened(100);
    for (uint64_t imsi = 90; imsi < 190; imsi++) /* more than are remembered */
        sess_expect(table, imsi, 5);
    before = malloc(size);
    ck_assert_ptr_nonnull(before);
    memcpy(before, table, size);
    for (uint64_t imsi = 90; imsi < 190; imsi++)
        sess_expect(table, imsi, 5);
    ck_assert_uint_eq(sess_count(table), 1);
    ck_assert_ptr_eq(sess_by_imsi(table, 100, 5), sess_at(table, 1));
    ck_assert_ptr_null(sess_by_imsi(table, 101, 5));
    /* of all but the head, which remembers them */
    ck_assert_mem_eq(before + size / 2, (const uint8_t *)table + size / 2, size - size / 2);
    free(before);
}
END_TEST

START_TEST(full_table_refuses_and_counts)
{
    struct sess *sess;

    for (uint64_t i = 0; i < 8; i++)
        (void)opened(i);
    ck_assert_int_eq(sess_open(table, 99, 5, 0, T0, &sess), DI_EFULL);
    ck_assert_uint_eq(sess_table_stats(table)->refused_full, 1);
    ck_assert_uint_eq(sess_count(table), 8);
}
END_TEST

START_TEST(exhausted_pool_refuses_and_counts)
{
    struct sess_setup setup = small;
    struct sess *sess;

    setup.instances = 1;
    setup.pools[0].mask = 0xfffffffcu; /* two addresses between first and last */
    (void)table_of(&setup);
    (void)opened(1);
    (void)opened(2);
    ck_assert_int_eq(sess_open(table, 3, 5, 0, T0, &sess), DI_ENOTFOUND);
    ck_assert_int_eq(sess_open(table, 3, 5, 1, T0, &sess), DI_ENOTFOUND);
    ck_assert_uint_eq(sess_table_stats(table)->refused_addr, 2);
}
END_TEST

START_TEST(late_packet_does_not_find_the_successor_in_the_slot)
{
    uint32_t first = opened(0)->teid, again = 0;

    for (uint64_t i = 1; i < 8; i++)
        (void)opened(i);
    sess_close(table, sess_by_teid(table, first));
    again = opened(50)->teid;
    ck_assert_uint_eq(teid_slot(again), teid_slot(first));
    ck_assert_uint_ne(again, first);
    ck_assert_ptr_null(sess_by_teid(table, first));
}
END_TEST

START_TEST(freed_address_rests_longest)
{
    struct sess *sess = opened(1);
    uint32_t addr = sess->ue_addr;

    sess_close(table, sess);
    for (uint64_t i = 2; i < 10; i++)
        ck_assert_uint_ne(opened(i)->ue_addr, addr);
}
END_TEST

static uint32_t closed_slot;

static void
note_deleted(void *ctx, uint32_t slot, enum sess_change change, unsigned part)
{
    (void)ctx;
    (void)part;
    if (change == SESS_GONE)
        closed_slot = slot;
}

START_TEST(closed_session_keeps_address_and_slot_until_forgotten_but_not_its_key)
{
    struct sess *sess = opened(1);
    uint32_t addr = sess->ue_addr, teid = sess->teid;

    sess_table_on_change(table, note_deleted, NULL);
    sess_close(table, sess);
    ck_assert_uint_eq(closed_slot, teid_slot(teid));
    ck_assert_ptr_null(sess_by_teid(table, teid));
    ck_assert_ptr_null(sess_by_addr(table, addr));
    ck_assert_ptr_null(sess_by_imsi(table, 1, 5));
    ck_assert_int_eq(sess_at(table, closed_slot)->state, SESS_DELETED);
    ck_assert_uint_ne(opened(1)->ue_addr, addr);
    sess_forget(table, closed_slot);
    ck_assert_ptr_null(sess_at(table, closed_slot));
}
END_TEST

static uint32_t
forget_it(void *ctx, mono_t now)
{
    (void)ctx;
    (void)now;
    sess_forget(table, closed_slot);
    return 1;
}

START_TEST(slot_pressure_frees_what_waits_for_acknowledgement)
{
    struct sess *sess = NULL;

    sess_table_on_change(table, note_deleted, NULL);
    sess_table_on_pressure(table, forget_it, NULL);
    for (uint64_t i = 0; i < 8; i++)
        sess = opened(i);
    sess_close(table, sess);
    ck_assert_ptr_nonnull(opened(77));
}
END_TEST

static struct sess
record(uint64_t imsi, uint32_t slot, uint32_t addr)
{
    return (struct sess){
        .imsi = imsi,
        .ebi = 5,
        .teid = teid_make(1, 3, slot),
        .ue_addr = addr,
        .call_id = 1u << 24 | (0x100 + slot),
        .gtp_version = 1,
    };
}

START_TEST(record_lands_in_the_slot_its_teid_names)
{
    struct sess r = record(9, 6, NET + 3);

    ck_assert_int_eq(sess_put(table, &r), 0);
    ck_assert_uint_eq(sess_slot(table, sess_by_imsi(table, 9, 5)), 6);
    ck_assert_uint_eq(sess_top(table), 6);
    for (uint64_t i = 20; i < 27; i++) { /* the other seven slots are still to be had */
        const struct sess *sess = opened(i);

        ck_assert_uint_ne(sess_slot(table, sess), 6);
        ck_assert_uint_ne(sess->ue_addr, NET + 3);
    }
}
END_TEST

START_TEST(record_replaces_what_stands_in_its_slot)
{
    struct sess a = record(9, 2, NET + 3), b = record(10, 2, NET + 4);

    ck_assert_int_eq(sess_put(table, &a), 0);
    ck_assert_int_eq(sess_put(table, &b), 0);
    ck_assert_ptr_null(sess_by_imsi(table, 9, 5));
    ck_assert_ptr_null(sess_by_addr(table, NET + 3));
    ck_assert_uint_eq(sess_count(table), 1);
}
END_TEST

START_TEST(impossible_records_are_refused_and_change_nothing)
{
    struct sess r = record(1, 2, NET + 3);

    r.teid = teid_make(2, 0, 2);
    ck_assert_int_eq(sess_put(table, &r), DI_EFORMAT);
    r = record(1, 9, NET + 3); /* beyond capacity */
    ck_assert_int_eq(sess_put(table, &r), DI_EFORMAT);
    r = record(1, 0, NET + 3);
    ck_assert_int_eq(sess_put(table, &r), DI_EFORMAT);
    r = record(1, 2, NET + 16); /* the other instance's chunk */
    ck_assert_int_eq(sess_put(table, &r), DI_EFORMAT);
    r = record(1, 2, NET); /* never a subscriber's */
    ck_assert_int_eq(sess_put(table, &r), DI_EFORMAT);
    ck_assert_uint_eq(sess_count(table), 0);
    ck_assert_uint_eq(sess_top(table), 0);
}
END_TEST

START_TEST(record_of_a_held_address_or_subscriber_is_refused)
{
    struct sess a = record(1, 2, NET + 3), b = record(2, 3, NET + 3), c = record(1, 3, NET + 4);

    ck_assert_int_eq(sess_put(table, &a), 0);
    ck_assert_int_eq(sess_put(table, &b), DI_EEXISTS);
    ck_assert_int_eq(sess_put(table, &c), DI_EEXISTS);
    ck_assert_uint_eq(sess_count(table), 1);
    ck_assert_ptr_nonnull(sess_by_addr(table, NET + 3));
}
END_TEST

START_TEST(promoted_records_are_recovered_sessions_with_fresh_ids_behind_them)
{
    struct sess r = record(1, 4, NET + 3);
    struct sess *sess;

    ck_assert_int_eq(sess_put(table, &r), 0);
    ck_assert_uint_eq(sess_promote(table, 2), 1);
    sess = sess_by_teid(table, r.teid);
    ck_assert(sess->recovered);
    ck_assert_uint_gt(opened(2)->call_id, r.call_id);
    ck_assert_uint_eq(sess_table_stats(table)->recovered, 1);
    ck_assert_uint_eq(sess_table_stats(table)->opened, 1);
}
END_TEST

/* The table plays both chassis: what it gave out in one epoch is what the peer, which heard nothing
 * of it, must not give out in the next. */
START_TEST(what_a_lost_active_gave_out_unheard_is_not_given_out_again)
{
    enum { SLOTS = 8 };
    const unsigned later = 1 + (unsigned)_i; /* epochs from one takeover to the next: 1, 2, 3 */
    uint32_t teids[SLOTS], ids[SLOTS];

    ck_assert_uint_eq(sess_promote(table, 41), 0);
    for (unsigned i = 0; i < SLOTS; i++) {
        struct sess *sess = opened(i + 1);

        teids[i] = sess->teid;
        ids[i] = sess->call_id;
    }
    tear_down();
    set_up();
    ck_assert_uint_eq(sess_promote(table, 41 + later), 0);
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct sess *sess = opened(i + 1);

        for (unsigned j = 0; j < SLOTS; j++) {
            ck_assert_uint_ne(sess->teid, teids[j]);
            ck_assert_uint_ne(sess->call_id, ids[j]);
        }
    }
}
END_TEST

START_TEST(teid_of_the_last_session_of_a_slot_is_not_that_of_the_next_after_a_promotion)
{
    for (uint64_t epoch = 1; epoch < 9; epoch++) {
        struct sess r = record(1, 4, NET + 3);

        tear_down();
        set_up();
        ck_assert_int_eq(sess_put(table, &r), 0);
        ck_assert(sess_drop(table, r.teid));
        (void)sess_promote(table, epoch);
        for (uint64_t i = 20; i < 28; i++)
            ck_assert_uint_ne(opened(i)->teid, r.teid);
    }
}
END_TEST

START_TEST(generation_goes_on_after_clear)
{
    uint32_t teid = opened(1)->teid;

    sess_clear(table);
    ck_assert_ptr_null(sess_by_teid(table, teid));
    ck_assert_uint_eq(sess_count(table), 0);
    ck_assert_uint_eq(teid_slot(opened(1)->teid), teid_slot(teid));
    ck_assert_ptr_null(sess_by_teid(table, teid));
}
END_TEST

START_TEST(call_id_of_a_live_session_is_passed_over_when_ids_wrap)
{
    struct sess r = record(1, 4, NET + 3);

    r.call_id = 1u << 24 | 2;
    ck_assert_int_eq(sess_put(table, &r), 0);
    r = record(2, 5, NET + 4);
    r.call_id = 1u << 24 | 0xffffff; /* half a circle away would be "earlier"; get there */
    struct sess mid = record(3, 6, NET + 5);

    mid.call_id = 1u << 24 | 0x7fffff;
    ck_assert_int_eq(sess_put(table, &mid), 0);
    mid.call_id = 1u << 24 | 0xfffff0;
    ck_assert_int_eq(sess_put(table, &mid), 0);
    ck_assert_int_eq(sess_put(table, &r), 0);
    ck_assert_uint_eq(opened(10)->call_id, 1u << 24 | 1);
    ck_assert_uint_eq(opened(11)->call_id, 1u << 24 | 3);
}
END_TEST

/* A small model: what should be there is kept in plain arrays beside the table. */
START_TEST(random_walk_keeps_keys_unique_and_counts_right)
{
    struct sess_setup setup = small;
    struct rng rng = {.state = 7};
    uint32_t live[64] = {0};
    uint32_t n = 0;

    setup.capacity = 60;
    (void)table_of(&setup);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned who = (unsigned)rng_below(&rng, 64);
        struct sess *sess = sess_by_imsi(table, who, 5);

        ck_assert_int_eq(sess != NULL, live[who] != 0);
        if (sess) {
            ck_assert_uint_eq(sess->teid, live[who]);
            ck_assert_ptr_eq(sess_by_addr(table, sess->ue_addr), sess);
            sess_close(table, sess);
            live[who] = 0;
            n--;
        } else if (sess_open(table, who, 5, 0, T0, &sess) == 0) {
            live[who] = sess->teid;
            n++;
        } else {
            ck_assert_uint_eq(n, 60);
        }
        ck_assert_uint_eq(sess_count(table), n);
    }
}
END_TEST

START_TEST(address_shares_of_all_instances_cover_the_pool_once)
{
    unsigned seen[256] = {0};

    for (uint8_t i = 1; i <= 3; i++) {
        struct sess_setup setup = small;

        setup.instance = i;
        setup.instances = 3;

        struct addrs *addrs = addrs_init(malloc(addrs_size(&setup)), &setup);

        for (uint32_t addr; (addr = addrs_take(addrs, 0, 1));) {
            ck_assert_uint_eq(addr & MASK, NET);
            seen[addr & 0xff]++;
        }
        ck_assert_uint_eq(addrs_left(addrs, 0), 0);
        free(addrs);
    }
    ck_assert_uint_eq(seen[0], 0);
    ck_assert_uint_eq(seen[255], 0);
    for (unsigned i = 1; i < 255; i++)
        ck_assert_uint_eq(seen[i], 1);
}
END_TEST

START_TEST(claimed_address_is_not_given_out_until_released)
{
    struct addrs *addrs = addrs_init(malloc(addrs_size(&small)), &small);

    ck_assert(addrs_claim(addrs, NET + 1, 42));
    ck_assert(!addrs_claim(addrs, NET + 1, 43));
    ck_assert(!addrs_claim(addrs, NET + 16, 43));
    ck_assert(!addrs_claim(addrs, 1, 43));
    ck_assert_uint_eq(addrs_holder(addrs, NET + 1), 42);
    ck_assert_uint_eq(addrs_take(addrs, 0, 1), NET + 2);
    addrs_release(addrs, NET + 1);
    ck_assert_uint_eq(addrs_holder(addrs, NET + 1), 0);
    ck_assert(addrs_claim(addrs, NET + 1, 44));
    free(addrs);
}
END_TEST

static struct sess_rule rule;
static const struct sess_rule a_rule = {
    .name = "voice",
    .qci = 1,
    .precedence = 9,
    .filter_n = 2,
    .filters = {{.addr = 1,
                 .mask = 2,
                 .port_low = 3,
                 .port_high = 4,
                 .id = 5,
                 .direction = 3,
                 .precedence = 6,
                 .protocol = 17},
                {.port_high = 65535, .id = 15}},
};

static size_t
encoded(uint8_t *buf, size_t room, const struct sess *sess)
{
    struct wr wr = wr_over(buf, room);

    sess_encode(&wr, sess, &a_rule, (mono_t){.us = 5000});
    ck_assert(!wr.full);
    return wr_len(&wr);
}

START_TEST(full_checkpoint_carries_every_field)
{
    struct sess in = record(9, 6, NET + 3), out = {0};
    uint8_t buf[512];

    in.msisdn = 77;
    in.peer_ctrl_teid = 1;
    in.peer_user_teid = 2;
    in.peer_ctrl_addr = 3;
    in.peer_user_addr = 4;
    in.create_seq = 5;
    in.create_port = 6;
    in.charging_chars = 7;
    in.ambr_up = 8;
    in.ambr_down = 9;
    in.apn = 10;
    in.selection_mode = 1;
    in.restoring = true;
    in.rat = 2;
    in.qos_len = 3;
    memcpy(in.qos, "abc", 3);
    in.counters = (struct sess_counters){1, 2, 3, 4};
    in.rating = (struct sess_rating){.reported = 5, .request = 6};
    in.since = T0;
    in.active_at = mono_after(T0, -3 * US_PER_S);

    size_t len = encoded(buf, sizeof buf, &in);

    ck_assert(sess_decode(&out, &rule, (mono_t){.us = 9000}, buf, len));
    ck_assert_int_eq(out.since.us, 5000);
    ck_assert_int_eq(mono_between(out.active_at, (mono_t){.us = 9000}), 3 * US_PER_S);
    out.since = in.since;
    out.active_at = in.active_at;
    ck_assert_mem_eq(&in, &out, sizeof in);
}
END_TEST

START_TEST(full_checkpoint_of_a_bearer_carries_its_rule)
{
    struct sess in = record(9, 6, NET + 3), out = {0};
    uint8_t buf[512];

    in.ebi = 7;
    in.lbi = 5;

    size_t len = encoded(buf, sizeof buf, &in);

    memset(&rule, 0, sizeof rule);
    ck_assert(sess_decode(&out, &rule, T0, buf, len));
    ck_assert_uint_eq(out.lbi, 5);
    ck_assert_mem_eq(&rule, &a_rule, sizeof rule);
    for (size_t cut = 0; cut < len; cut++)
        ck_assert(!sess_decode(&out, &rule, T0, buf, cut));
    in.lbi = in.ebi; /* of itself */
    len = encoded(buf, sizeof buf, &in);
    ck_assert(!sess_decode(&out, &rule, T0, buf, len));
}
END_TEST

START_TEST(cut_or_impossible_checkpoints_are_refused)
{
    struct sess in = record(9, 6, NET + 3), out = {.imsi = 1};
    uint8_t buf[512];
    size_t len = encoded(buf, sizeof buf, &in);

    for (size_t cut = 0; cut < len; cut++)
        ck_assert(!sess_decode(&out, &rule, T0, buf, cut));
    ck_assert(!sess_decode(&out, &rule, T0, buf, len + 1)); /* this version ends here */
    in.gtp_version = 3;
    len = encoded(buf, sizeof buf, &in);
    ck_assert(!sess_decode(&out, &rule, T0, buf, len));
    ck_assert_uint_eq(out.imsi, 1);
}
END_TEST

START_TEST(later_version_may_append_fields)
{
    struct sess in = record(9, 6, NET + 3), out;
    uint8_t buf[512] = {0};
    size_t len = encoded(buf, sizeof buf, &in);

    buf[0] = SESS_WIRE_VERSION + 1;
    ck_assert(sess_decode(&out, &rule, T0, buf, len + 4));
    ck_assert_uint_eq(out.imsi, 9);
}
END_TEST

/* Rules of bearers lie in pages of their own, which sessions without bearers never touch. */
START_TEST(memory_per_session_stays_small)
{
    struct sess_setup setup = small;
    size_t rules;

    setup.instances = 1;
    setup.capacity = 60000;
    setup.pools[0].mask = 0xffff0000u;
    rules = setup.capacity * sizeof(struct sess_rule);
    ck_assert_uint_lt((sess_table_size(&setup) - rules) / setup.capacity, 200);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sess");
    TCase *tcase = tcase_create("sess");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, opened_session_is_found_by_every_key);
    tcase_add_test(tcase, sessions_of_gtpv2_are_counted_while_they_live);
    tcase_add_test(tcase, what_is_expected_changes_nothing);
    tcase_add_test(tcase, full_table_refuses_and_counts);
    tcase_add_test(tcase, exhausted_pool_refuses_and_counts);
    tcase_add_test(tcase, late_packet_does_not_find_the_successor_in_the_slot);
    tcase_add_test(tcase, freed_address_rests_longest);
    tcase_add_test(tcase, closed_session_keeps_address_and_slot_until_forgotten_but_not_its_key);
    tcase_add_test(tcase, slot_pressure_frees_what_waits_for_acknowledgement);
    tcase_add_test(tcase, record_lands_in_the_slot_its_teid_names);
    tcase_add_test(tcase, record_replaces_what_stands_in_its_slot);
    tcase_add_test(tcase, impossible_records_are_refused_and_change_nothing);
    tcase_add_test(tcase, record_of_a_held_address_or_subscriber_is_refused);
    tcase_add_test(tcase, promoted_records_are_recovered_sessions_with_fresh_ids_behind_them);
    tcase_add_loop_test(tcase, what_a_lost_active_gave_out_unheard_is_not_given_out_again, 0, 3);
    tcase_add_test(tcase,
                   teid_of_the_last_session_of_a_slot_is_not_that_of_the_next_after_a_promotion);
    tcase_add_test(tcase, generation_goes_on_after_clear);
    tcase_add_test(tcase, call_id_of_a_live_session_is_passed_over_when_ids_wrap);
    tcase_add_test(tcase, random_walk_keeps_keys_unique_and_counts_right);
    tcase_add_test(tcase, address_shares_of_all_instances_cover_the_pool_once);
    tcase_add_test(tcase, claimed_address_is_not_given_out_until_released);
    tcase_add_test(tcase, full_checkpoint_carries_every_field);
    tcase_add_test(tcase, full_checkpoint_of_a_bearer_carries_its_rule);
    tcase_add_test(tcase, cut_or_impossible_checkpoints_are_refused);
    tcase_add_test(tcase, later_version_may_append_fields);
    tcase_add_test(tcase, memory_per_session_stays_small);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
