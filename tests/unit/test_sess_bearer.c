#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/teid.h"
#include "sf/sess_bearer.h"
#include "unit.h"

#define NET 0x7f0a0000u /* 127.10.0.0/24 */
#define T0  ((mono_t){.us = 1000})

enum { CAPACITY = 8, UNTOUCHED = 0xa5 };

static const struct sess_setup small = {.instance = 1,
                                        .instances = 1,
                                        .capacity = CAPACITY,
                                        .pool_n = 1,
                                        .pools = {{.net = NET, .mask = 0xffffff00u}}};
static void *memory;
static struct sess_table *table;
static struct sess *parent;

static struct sess *
opened(uint64_t imsi)
{
    struct sess *sess = NULL;

    ck_assert_int_eq(sess_open(table, imsi, 5, 0, T0, &sess), 0);
    sess->gtp_version = 2;
    return sess;
}

static struct sess *
joined(struct sess *to, uint8_t ebi)
{
    struct sess *sess = NULL;

    ck_assert_int_eq(sess_reserve(table, to, T0, &sess), 0);
    sess_join(table, sess, ebi, T0);
    return sess;
}

static void
set_up(void)
{
    memory = malloc(sess_table_size(&small));
    ck_assert_ptr_nonnull(memory);
    memset(memory, UNTOUCHED, sess_table_size(&small));
    table = sess_table_init(memory, &small);
    parent = opened(100);
}

static void
tear_down(void)
{
    free(memory);
}

START_TEST(bearer_is_found_by_its_keys_but_not_by_the_address_it_shares)
{
    struct sess *sess = joined(parent, 6);

    ck_assert_ptr_eq(sess_by_teid(table, sess->teid), sess);
    ck_assert_ptr_eq(sess_by_imsi(table, 100, 6), sess);
    ck_assert_ptr_eq(sess_by_addr(table, sess->ue_addr), parent);
    ck_assert_uint_eq(sess->ue_addr, parent->ue_addr);
    ck_assert_uint_ne(sess->call_id, parent->call_id);
    ck_assert_ptr_eq(sess_default(table, sess), parent);
    ck_assert_ptr_eq(sess_default(table, parent), parent);
    ck_assert_uint_eq(sess_count(table), 1);
    ck_assert_uint_eq(sess_bearers(table), 1);
    ck_assert_uint_eq(sess_table_stats(table)->opened, 1);
}
END_TEST

START_TEST(bearers_are_closed_with_their_default_one_and_only_then)
{
    struct sess *sess = joined(parent, 6);
    uint32_t addr = parent->ue_addr;

    (void)joined(parent, 15);
    sess_close(table, sess);
    ck_assert_ptr_eq(sess_by_addr(table, addr), parent);
    ck_assert_uint_eq(sess_bearers(table), 1);
    ck_assert_uint_eq(parent->bearers, 1u << 15);
    sess_close(table, parent);
    ck_assert_uint_eq(sess_count(table), 0);
    ck_assert_uint_eq(sess_bearers(table), 0);
    ck_assert_ptr_null(sess_by_imsi(table, 100, 15));
    ck_assert_ptr_null(sess_by_addr(table, addr));
    ck_assert_uint_eq(sess_table_stats(table)->closed, 1);
    for (uint64_t i = 0; i < CAPACITY; i++) /* nothing is lost */
        (void)opened(i);
}
END_TEST

START_TEST(reserved_slot_is_found_by_nothing_until_it_is_a_bearer_or_given_back)
{
    struct sess *sess;
    uint32_t teid;

    ck_assert_int_eq(sess_reserve(table, parent, T0, &sess), 0);
    teid = sess->teid;
    ck_assert_ptr_null(sess_by_teid(table, teid));
    ck_assert_ptr_null(sess_at(table, teid_slot(teid)));
    ck_assert_ptr_eq(sess_reserved(table, teid), sess);
    ck_assert_ptr_null(sess_reserved(table, teid_make(1, teid_generation(teid) + 1, 2)));
    ck_assert_ptr_null(sess_reserved(table, parent->teid));
    for (uint64_t i = 0; i < CAPACITY - 2; i++)
        (void)opened(i);
    ck_assert_int_eq(sess_reserve(table, parent, T0, &sess), DI_EFULL);
    sess_unreserve(table, sess_reserved(table, teid));
    ck_assert_ptr_null(sess_reserved(table, teid));
    ck_assert_uint_ne(opened(50)->teid, teid);
}
END_TEST

START_TEST(reserved_slot_yields_to_a_record_and_to_forgetting_everything)
{
    struct sess *sess;

    ck_assert_int_eq(sess_reserve(table, parent, T0, &sess), 0);

    struct sess record = {.imsi = 9,
                          .ebi = 5,
                          .teid = teid_make(1, 40, teid_slot(sess->teid)),
                          .ue_addr = NET + 33,
                          .call_id = 1u << 24 | 77};

    ck_assert_int_eq(sess_put(table, &record), 0);
    ck_assert_uint_eq(sess_count(table), 2);
    ck_assert_int_eq(sess_reserve(table, parent, T0, &sess), 0);
    sess_clear(table);
    ck_assert_ptr_null(sess_reserved(table, sess->teid));
    for (uint64_t i = 0; i < CAPACITY; i++)
        (void)opened(i);
}
END_TEST

/* Records come in any order, and each replaces what stands in its slot. */
START_TEST(records_of_bearers_find_their_session_at_promotion)
{
    struct sess a = *parent, b = *joined(parent, 6), c = *joined(parent, 7);

    sess_clear(table);
    a.bearers = 0;
    ck_assert_int_eq(sess_put(table, &c), 0);
    ck_assert_int_eq(sess_put(table, &a), 0);
    ck_assert_int_eq(sess_put(table, &b), 0);
    ck_assert_int_eq(sess_put(table, &b), 0);
    ck_assert_uint_eq(sess_count(table), 1);
    ck_assert_uint_eq(sess_bearers(table), 2);
    ck_assert_uint_eq(sess_promote(table, 2), 1);
    parent = sess_by_imsi(table, 100, 5);
    ck_assert_uint_eq(parent->bearers, 1u << 6 | 1u << 7);
    ck_assert(sess_drop(table, b.teid));
    ck_assert_ptr_eq(sess_by_addr(table, parent->ue_addr), parent);
    ck_assert_uint_eq(sess_bearers(table), 1);
    sess_close(table, parent);
    ck_assert_uint_eq(sess_bearers(table), 0);
}
END_TEST

START_TEST(bearer_without_its_session_is_closed_by_the_audit)
{
    struct sess *other = opened(200), *orphan = joined(other, 6), *kept = joined(parent, 6);
    struct sess *stray = joined(parent, 7), *late = joined(other, 8);
    struct sess_audit audit;

    other->call_id = parent->call_id; /* found unsound behind the others */
    (void)late;
    (void)orphan;
    stray->ue_addr++; /* would let its packets pass for another's */
    audit = sess_audit(table);
    ck_assert_uint_eq(audit.checked, 2);
    ck_assert_uint_eq(audit.purged, 1);
    ck_assert_uint_eq(audit.bearers_purged, 3);
    ck_assert_uint_eq(sess_count(table), 1);
    ck_assert_uint_eq(sess_bearers(table), 1);
    ck_assert_uint_eq(parent->bearers, 1u << 6);
    ck_assert_ptr_eq(sess_by_imsi(table, 100, 6), kept);
    ck_assert_ptr_eq(sess_by_addr(table, parent->ue_addr), parent);
    audit = sess_audit(table);
    ck_assert_uint_eq(audit.purged + audit.bearers_purged, 0);
}
END_TEST

START_TEST(orphan_alone_costs_nothing_else)
{
    struct sess a = *parent, b = *joined(parent, 6);

    sess_clear(table);
    b.lbi = 9; /* which never was */
    ck_assert_int_eq(sess_put(table, &a), 0);
    ck_assert_int_eq(sess_put(table, &b), 0);
    (void)sess_promote(table, 2);

    struct sess_audit audit = sess_audit(table);

    ck_assert_uint_eq(audit.purged, 0);
    ck_assert_uint_eq(audit.bearers_purged, 1);
    ck_assert_ptr_nonnull(sess_by_addr(table, a.ue_addr));
    for (uint64_t i = 0; i < CAPACITY - 1; i++)
        (void)opened(i);
}
END_TEST

/* ---- which packets ---- */

static const struct sess *
bearer_for(uint8_t protocol, uint32_t from, unsigned port, bool fragment)
{
    uint8_t packet[28] = {0x45, 0, 0, 28, 0, 0, 0, (uint8_t)(fragment ? 9 : 0), 64, protocol};

    for (unsigned i = 0; i < 4; i++)
        packet[12 + i] = (uint8_t)(from >> (24 - 8 * i));
    packet[20] = (uint8_t)(port >> 8);
    packet[21] = (uint8_t)port;
    return sess_bearer_for(table, parent, packet, sizeof packet);
}

START_TEST(packet_goes_to_the_bearer_whose_filter_takes_it)
{
    struct sess *voice = joined(parent, 6);

    *sess_rule(table, voice) = (struct sess_rule){.filter_n = 1,
                                                  .filters = {{.addr = 0xc0000263,
                                                               .mask = 0xffffff00,
                                                               .protocol = 17,
                                                               .port_low = 5000,
                                                               .port_high = 5001,
                                                               .direction = GTP_FILTER_BOTH}}};
    ck_assert_ptr_eq(bearer_for(17, 0xc0000201, 5000, false), voice);
    ck_assert_ptr_eq(bearer_for(17, 0xc0000201, 5001, false), voice);
    ck_assert_ptr_null(bearer_for(17, 0xc0000201, 5002, false));
    ck_assert_ptr_null(bearer_for(17, 0xc0000201, 4999, false));
    ck_assert_ptr_null(bearer_for(6, 0xc0000201, 5000, false));
    ck_assert_ptr_null(bearer_for(17, 0xc0000301, 5000, false));
    ck_assert_ptr_null(bearer_for(17, 0xc0000201, 5000, true)); /* no ports in a later fragment */
    sess_rule(table, voice)->filters[0].direction = GTP_FILTER_UP;
    ck_assert_ptr_null(bearer_for(17, 0xc0000201, 5000, false));
    sess_rule(table, voice)->filters[0] =
        (struct gtp_filter){.protocol = 1, .port_high = 65535}; /* any ping */
    ck_assert_ptr_eq(bearer_for(1, 0x01020304, 0, true), voice);
}
END_TEST

START_TEST(filters_of_all_bearers_are_looked_at_by_precedence)
{
    struct sess *first = joined(parent, 6), *second = joined(parent, 7);

    *sess_rule(table, first) =
        (struct sess_rule){.filter_n = 2,
                           .filters = {{.precedence = 200, .port_high = 65535, .protocol = 17},
                                       {.precedence = 10, .port_low = 53, .port_high = 53}}};
    *sess_rule(table, second) = (struct sess_rule){
        .filter_n = 1, .filters = {{.precedence = 100, .port_high = 65535, .protocol = 17}}};
    ck_assert_ptr_eq(bearer_for(17, 1, 53, false), first);
    ck_assert_ptr_eq(bearer_for(17, 1, 54, false), second);
    sess_close(table, second);
    ck_assert_ptr_eq(bearer_for(17, 1, 54, false), first);
}
END_TEST

START_TEST(session_without_bearers_touches_no_rule)
{
    const uint8_t *at = (const void *)sess_rule(table, parent);

    for (size_t i = 0; i < sizeof(struct sess_rule); i++)
        ck_assert_uint_eq(at[i], UNTOUCHED);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sess_bearer");
    TCase *tc = tcase_create("sess_bearer");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, bearer_is_found_by_its_keys_but_not_by_the_address_it_shares);
    tcase_add_test(tc, bearers_are_closed_with_their_default_one_and_only_then);
    tcase_add_test(tc, reserved_slot_is_found_by_nothing_until_it_is_a_bearer_or_given_back);
    tcase_add_test(tc, reserved_slot_yields_to_a_record_and_to_forgetting_everything);
    tcase_add_test(tc, records_of_bearers_find_their_session_at_promotion);
    tcase_add_test(tc, bearer_without_its_session_is_closed_by_the_audit);
    tcase_add_test(tc, orphan_alone_costs_nothing_else);
    tcase_add_test(tc, packet_goes_to_the_bearer_whose_filter_takes_it);
    tcase_add_test(tc, filters_of_all_bearers_are_looked_at_by_precedence);
    tcase_add_test(tc, session_without_bearers_touches_no_rule);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
