/* Owners and copies of calls, as the session managers' notes have them. */
#include "tests/unit/promise_rig.h"

enum { MOST = 16 };

static struct promise_call calls[MOST];
static size_t n;

/* A call of the Active, and its record on the Standby. */
static void
add(uint64_t imsi, bool own, bool record)
{
    struct promise_call call = {.imsi = imsi,
                                .teid = (uint32_t)imsi << 4,
                                .call_id = (uint32_t)imsi + 1000,
                                .addr = 0x0a000000u + (uint32_t)imsi,
                                .vpn = 2,
                                .settled = true};

    if (own)
        calls[n++] = call;
    call.record = true;
    if (record)
        calls[n++] = call;
}

static void
set_up(void)
{
    rig_set_up();
    n = 0;
    for (uint64_t imsi = 1; imsi <= 3; imsi++)
        add(imsi, true, true);
}

/* What the notes say, and the lab is looked at for some seconds. */
static void
look_at_calls(double seconds)
{
    uint32_t index[64];

    ck_assert_uint_le(promise_index_size(n), 64);
    sample.calls = (struct promise_calls){.at_rest = true};
    promise_calls_judge(&sample.calls, calls, n, index, promise_index_size(n));
    sample.calls_read = true;
    look_for(seconds);
}

START_TEST(calls_of_one_owner_each_with_a_record_each_are_kept)
{
    look_at_calls(20);
    ck_assert_uint_eq(sample.calls.own, 3);
    ck_assert_uint_eq(sample.calls.records, 3);
    ck_kept(PROMISE_OWNERS);
    ck_kept(PROMISE_COPIES);
}
END_TEST

START_TEST(an_address_of_two_calls_is_found)
{
    calls[2].addr = calls[0].addr;
    look_at_calls(2);
    ck_broken(PROMISE_OWNERS);
    ck_assert_ptr_nonnull(strstr(found[0].text, "address"));
}
END_TEST

START_TEST(an_address_of_two_calls_in_two_contexts_is_none)
{
    calls[2].addr = calls[0].addr;
    calls[2].vpn = 3;
    look_at_calls(2);
    ck_kept(PROMISE_OWNERS);
}
END_TEST

START_TEST(a_teid_of_two_calls_is_found)
{
    calls[2].teid = calls[0].teid;
    calls[3].teid = calls[0].teid;
    look_at_calls(2);
    ck_broken(PROMISE_OWNERS);
    ck_assert_ptr_nonnull(strstr(found[0].text, "TEID"));
}
END_TEST

START_TEST(a_call_id_of_two_calls_is_found)
{
    calls[2].call_id = calls[0].call_id;
    look_at_calls(2);
    ck_broken(PROMISE_OWNERS);
    ck_assert_ptr_nonnull(strstr(found[0].text, "call-id"));
}
END_TEST

START_TEST(what_is_read_while_it_is_written_is_no_second_owner)
{
    uint32_t kept = calls[2].teid;

    calls[2].teid = calls[0].teid;
    look_at_calls(0.5);
    calls[2].teid = kept;
    look_at_calls(5);
    ck_kept(PROMISE_OWNERS);
}
END_TEST

START_TEST(a_call_without_a_record_is_found)
{
    add(9, true, false);
    look_at_calls(20);
    ck_broken(PROMISE_COPIES);
}
END_TEST

START_TEST(a_record_without_a_call_is_found)
{
    add(9, false, true);
    look_at_calls(20);
    ck_broken(PROMISE_COPIES);
}
END_TEST

START_TEST(a_record_of_another_call_in_its_place_is_found)
{
    calls[1].call_id++;
    look_at_calls(20);
    ck_broken(PROMISE_COPIES);
}
END_TEST

START_TEST(a_call_that_is_too_young_may_have_no_record)
{
    add(9, true, false);
    calls[n - 1].settled = false;
    look_at_calls(20);
    ck_kept(PROMISE_COPIES);
}
END_TEST

START_TEST(copies_may_differ_until_the_pair_rests)
{
    add(9, true, false);
    look_at_calls(2);
    calls[n] = calls[n - 1];
    calls[n++].record = true;
    look_at_calls(20);
    ck_kept(PROMISE_COPIES);
}
END_TEST

START_TEST(copies_may_differ_while_checkpoints_fail_by_order)
{
    tell("west/cf1", "srp.checkpoint-fault", NULL, "set", "cmd 1 always", 1);
    add(9, true, false);
    look_at_calls(20);
    ck_assert_uint_eq(found_n, 0);
    tell("west/cf1", "srp.checkpoint-fault", NULL, "off", "off", 1);
    look_at_calls(20);
    ck_broken(PROMISE_COPIES);
}
END_TEST

static Suite *
promise_calls_suite(void)
{
    Suite *suite = suite_create("promise_calls");
    TCase *tcase = tcase_create("calls");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, calls_of_one_owner_each_with_a_record_each_are_kept);
    tcase_add_test(tcase, an_address_of_two_calls_is_found);
    tcase_add_test(tcase, an_address_of_two_calls_in_two_contexts_is_none);
    tcase_add_test(tcase, a_teid_of_two_calls_is_found);
    tcase_add_test(tcase, a_call_id_of_two_calls_is_found);
    tcase_add_test(tcase, what_is_read_while_it_is_written_is_no_second_owner);
    tcase_add_test(tcase, a_call_without_a_record_is_found);
    tcase_add_test(tcase, a_record_without_a_call_is_found);
    tcase_add_test(tcase, a_record_of_another_call_in_its_place_is_found);
    tcase_add_test(tcase, a_call_that_is_too_young_may_have_no_record);
    tcase_add_test(tcase, copies_may_differ_until_the_pair_rests);
    tcase_add_test(tcase, copies_may_differ_while_checkpoints_fail_by_order);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return unit_main(promise_calls_suite());
}
