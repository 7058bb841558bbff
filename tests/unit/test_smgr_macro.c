#include "smgr_rig.h"

/* Two session managers whose configurations number APNs, services and contexts differently, and
 * what of a session manager as a whole a takeover must not lose. */

static const struct names western[SMGR_MAPS] = {
    [SMGR_APNS] = {.of = {"ims", "intranet", "internet"}},
    [SMGR_SERVICES] = {.of = {"", "", "ggsn-service ggsn in context ingress"}},
    [SMGR_VPNS] = {.of = {"egress", "local"}},
};

static void
west_is(const struct names *names)
{
    free(west);
    west = manager_named(2, 7, 0, names);
}

static void
east_serves(void)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    pass_s(2);
    ck_assert(status_of(east).synced);
}

static void
west_takes_over(void)
{
    ck_assert(smgr_role(west, now, SMGR_ACTIVE, 2));
}

static struct sess *
opened_of(uint64_t imsi, uint8_t apn, uint8_t vpn)
{
    struct sess *sess = opened(east, imsi);

    sess->apn = apn;
    sess->vpn = vpn;
    sess_changed(smgr_table(east), sess);
    return sess;
}

static const struct sess *
copy(uint64_t imsi)
{
    return sess_by_imsi(smgr_table(west), imsi, 5);
}

START_TEST(a_session_keeps_its_apn_service_and_context_whatever_their_numbers)
{
    west_is(western);
    east_serves();
    (void)opened_of(1, 0, 1); /* internet, egress */
    (void)opened_of(2, 1, 0); /* ims, local */
    pump();
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(copy(1)->apn, 2);
    ck_assert_uint_eq(copy(1)->service, 2);
    ck_assert_uint_eq(copy(1)->vpn, 0);
    ck_assert_uint_eq(copy(2)->apn, 0);
    ck_assert_uint_eq(copy(2)->vpn, 1);
    west_takes_over();
    (void)smgr_role(east, now, SMGR_STANDBY, 2);
    pass_s(2);
    ck_assert(status_of(west).synced);
    ck_assert_uint_eq(sess_by_imsi(smgr_table(east), 1, 5)->apn, 0); /* and back */
    ck_assert_uint_eq(sess_by_imsi(smgr_table(east), 1, 5)->vpn, 1);
    ck_assert_uint_eq(sess_by_imsi(smgr_table(east), 2, 5)->apn, 1);
}
END_TEST

START_TEST(a_bearer_keeps_them_too)
{
    struct sess *parent, *bearer;

    west_is(western);
    east_serves();
    parent = opened_of(1, 1, 1);
    ck_assert_int_eq(sess_reserve(smgr_table(east), parent, now, &bearer), 0);
    sess_join(smgr_table(east), bearer, 6, now);
    sess_changed(smgr_table(east), bearer);
    pump();
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(sess_by_imsi(smgr_table(west), 1, 6)->apn, 0);
    ck_assert_uint_eq(sess_by_imsi(smgr_table(west), 1, 6)->service, 2);
    ck_assert_uint_eq(sess_by_imsi(smgr_table(west), 1, 6)->vpn, 0);
}
END_TEST

/* West lacks one name of that kind. */
static void
without(enum smgr_map map, uint8_t apn, uint8_t vpn)
{
    static struct names names[SMGR_MAPS];

    memcpy(names, western, sizeof names);
    memset(&names[map], 0, sizeof names[map]);
    west_is(names);
    east_serves();
    (void)opened_of(1, apn, vpn);
    pump();
    ck_assert_ptr_null(copy(1));
    ck_assert_uint_eq(smgr_rx_stats(west)->refused, 1);
    ck_assert(!status_of(east).synced && status_of(east).tx.told);
}

START_TEST(one_of_an_apn_that_is_unknown_here_is_refused)
{
    without(SMGR_APNS, 0, 1);
}
END_TEST

START_TEST(one_of_a_service_that_is_unknown_here_is_refused)
{
    without(SMGR_SERVICES, 0, 1);
}
END_TEST

START_TEST(one_of_a_context_that_is_unknown_here_is_refused)
{
    without(SMGR_VPNS, 0, 1);
}
END_TEST

START_TEST(one_of_a_number_without_a_name_is_refused)
{
    west_is(western);
    east_serves();
    (void)opened_of(1, 9, 1);
    pump();
    ck_assert_ptr_null(copy(1));
    ck_assert_uint_eq(smgr_rx_stats(west)->refused, 1);
}
END_TEST

START_TEST(a_refused_session_is_complained_about_as_configured)
{
    struct ckpt_nack_setup nack = {
        .on = {true, false}, .max_response = {3, 3}, .window_us = 600 * US_PER_S};

    west_is(western);
    smgr_set_nack(west, &nack);
    east_serves();
    (void)opened_of(1, 9, 1);
    pump();
    ck_assert_uint_eq(smgr_nacks(west)->sent[CKPT_MACRO], 1);
    pass_s(600);
    ck_assert_uint_eq(smgr_nacks(west)->sent[CKPT_MACRO], 3);
    ck_assert_uint_eq(smgr_rx_stats(west)->refused, 4);
}
END_TEST

START_TEST(a_map_that_failed_is_asked_for_and_then_the_sessions)
{
    struct ckpt_nack_setup nack = {
        .on = {true, false}, .max_response = {3, 3}, .window_us = 600 * US_PER_S};

    west_is(western);
    smgr_set_nack(west, &nack);
    smgr_set_fault(west, &(struct ckpt_fault){.cmd = CKPT_APN_MAP, .times = 2});
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened_of(1, 0, 1);
    pass_s(300);
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(copy(1)->apn, 2);
    ck_assert_uint_eq(smgr_rx_stats(west)->macro_refused[SMGR_APNS], 2);
}
END_TEST

START_TEST(the_older_record_stays_when_a_newer_one_is_refused)
{
    west_is(western);
    east_serves();

    struct sess *sess = opened_of(1, 0, 1);

    pump();
    sess->apn = 9;
    sess->charging_chars = 77;
    sess_changed(smgr_table(east), sess);
    pump();
    ck_assert_uint_eq(copy(1)->apn, 2);
    ck_assert_uint_eq(copy(1)->charging_chars, 0);
}
END_TEST

START_TEST(an_audit_finds_no_difference_in_numbers_that_mean_the_same)
{
    west_is(western);
    east_serves();
    (void)opened_of(1, 0, 1);
    (void)opened_of(2, 1, 0);
    pass_s(2);
    smgr_compare(east, now, 1, false);
    pass_s(5);
    ck_assert_int_eq(smgr_compared(east)->state, CKPT_AUDIT_COMPLETE);
    ck_assert_uint_eq(smgr_compared(east)->counts.items, 2);
    ck_assert_uint_eq(smgr_compared(east)->counts.stale, 0);
}
END_TEST

START_TEST(an_audit_finds_a_session_under_another_apn)
{
    west_is(western);
    east_serves();
    (void)opened_of(1, 0, 1);
    pass_s(2);
    sess_by_imsi(smgr_table(west), 1, 5)->apn = 0; /* ims */
    smgr_compare(east, now, 1, false);
    pass_s(5);
    ck_assert_int_eq(smgr_compared(east)->state, CKPT_AUDIT_COMPLETE);
    ck_assert_uint_eq(smgr_compared(east)->counts.stale, 1);
}
END_TEST

/* What the maps of the chassis that left said is not what its heir's say. */
START_TEST(a_drain_goes_on_with_the_numbers_of_the_stream_it_drains)
{
    west_is(western);
    east_serves();

    struct sess *sess = opened_of(1, 0, 1);

    pass_s(2);
    ck_assert(smgr_obey(east, now, &(struct smgr_order){SMGR_HOLD, 1, .flush = true}));
    pump();
    ck_assert(smgr_obey(west, now, &(struct smgr_order){SMGR_HOLD, 2, .drain = true}));
    sess->counters.up_packets = 5;
    sess_counted(smgr_table(east), sess, now);
    ck_assert(!smgr_obey(east, now, &(struct smgr_order){SMGR_HOLD, 1, .flush = true}));
    pass_s(2);
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(copy(1)->apn, 2);
    ck_assert_uint_eq(copy(1)->counters.up_packets, 5);
}
END_TEST

/* ---- the instance level ---- */

/* So many calls that nobody remembers. */
static uint32_t
come_and_go(unsigned n)
{
    uint32_t last = 0;

    for (unsigned i = 0; i < n; i++) {
        struct sess *sess = opened(east, 1000);

        last = sess->call_id;
        sess_close(smgr_table(east), sess);
        pump();
    }
    return last;
}

static uint32_t
next_call_id(struct smgr *smgr)
{
    struct sess *sess = opened(smgr, 2000);
    uint32_t call_id = sess->call_id;

    sess_close(smgr_table(smgr), sess);
    return call_id;
}

START_TEST(call_ids_go_on_behind_the_highest_one_ever_given)
{
    uint32_t last;

    free(east);
    east = manager_with(1, 7, 60 * US_PER_S); /* calls too young for a checkpoint */
    east_serves();
    (void)opened(east, 1);
    pass_s(61);
    last = come_and_go(5000); /* more than the gap that an heir leaves */
    ck_assert_uint_eq(status_of(west).sessions, 1);
    west_takes_over();
    ck_assert_uint_gt(next_call_id(west), last);
}
END_TEST

START_TEST(also_when_no_call_is_left_to_take_over)
{
    uint32_t last;

    east_serves();
    last = come_and_go(3);
    pass_s(2);
    ck_assert_uint_eq(status_of(west).sessions, 0);
    west_takes_over();
    ck_assert_uint_gt(next_call_id(west), last);
}
END_TEST

START_TEST(also_when_the_last_ones_were_not_told_any_more)
{
    static uint8_t message[CKPT_MESSAGE];
    uint32_t last;

    east_serves();
    pass_s(2);
    for (unsigned i = 0; i < 1000; i++) { /* within a second, and all frames are lost */
        struct sess *sess = opened(east, 1000);

        last = sess->call_id;
        sess_close(smgr_table(east), sess);
        while (smgr_next(east, now, message, sizeof message, NULL))
            ;
    }
    west_takes_over();
    ck_assert_uint_gt(next_call_id(west), last);
}
END_TEST

START_TEST(a_change_is_told_each_second_at_most)
{
    uint64_t before;

    east_serves();
    pass_s(2);
    before = smgr_tx_stats(east)->macro_sent[ckpt_macro_of(CKPT_INSTANCE)];
    for (unsigned i = 0; i < 50; i++) { /* 10 s */
        (void)come_and_go(1);
        now = mono_after(now, 200 * US_PER_MS);
    }
    pass_s(2);

    uint64_t sent = smgr_tx_stats(east)->macro_sent[ckpt_macro_of(CKPT_INSTANCE)] - before;

    ck_assert_uint_ge(sent, 8);
    ck_assert_uint_le(sent, 11);
}
END_TEST

START_TEST(nothing_changed_is_told_each_thirty_minutes)
{
    uint64_t before;

    east_serves();
    before = smgr_tx_stats(east)->macro_sent[ckpt_macro_of(CKPT_INSTANCE)];
    pass_s(29 * 60);
    ck_assert_uint_eq(smgr_tx_stats(east)->macro_sent[ckpt_macro_of(CKPT_INSTANCE)], before);
    pass_s(2 * 60);
    ck_assert_uint_eq(smgr_tx_stats(east)->macro_sent[ckpt_macro_of(CKPT_INSTANCE)], before + 1);
}
END_TEST

START_TEST(totals_are_of_the_pair_over_takeovers)
{
    east_serves();
    (void)come_and_go(3);
    (void)opened(east, 1);
    pass_s(2);
    ck_assert_uint_eq(status_of(west).totals.opened, 4);
    ck_assert_uint_eq(status_of(west).totals.closed, 3);
    west_takes_over();
    (void)smgr_role(east, now, SMGR_STANDBY, 2);
    (void)opened(west, 2);
    sess_close(smgr_table(west), sess_by_imsi(smgr_table(west), 1, 5));
    pass_s(2);
    ck_assert_uint_eq(status_of(west).totals.opened, 5);
    ck_assert_uint_eq(status_of(west).totals.closed, 4);
    ck_assert_uint_eq(status_of(east).totals.opened, 5);
    ck_assert_uint_eq(status_of(east).totals.closed, 4);
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 3));
    ck_assert_uint_eq(status_of(east).totals.opened, 5); /* not what it counted before, once more */
}
END_TEST

START_TEST(a_flush_tells_the_last_totals_and_call_id)
{
    east_serves();
    pass_s(2);
    (void)come_and_go(1); /* told: nothing was for two seconds */
    (void)come_and_go(1); /* would wait for a second */
    (void)smgr_obey(east, now, &(struct smgr_order){SMGR_HOLD, 1, .flush = true});
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).totals.opened, 2);
    ck_assert_uint_eq(status_of(west).totals.closed, 2);
}
END_TEST

START_TEST(what_is_counted_in_a_drain_comes_to_what_the_heir_counts)
{
    east_serves();
    (void)opened(east, 1);
    pass_s(2);
    (void)smgr_obey(east, now, &(struct smgr_order){SMGR_HOLD, 1, .flush = true});
    pump();
    ck_assert(smgr_obey(west, now, &(struct smgr_order){SMGR_ACTIVE, 2, .drain = true}));
    (void)opened(west, 2);
    sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), 1, 5)); /* its last words */
    pass_s(2);
    ck_assert_uint_eq(status_of(west).totals.opened, 2);
    ck_assert_uint_eq(status_of(west).totals.closed, 1); /* once, though both close it */
    ck_assert_uint_eq(status_of(west).sessions, 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr_macro");
    TCase *tcase = tcase_create("macro");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_session_keeps_its_apn_service_and_context_whatever_their_numbers);
    tcase_add_test(tcase, a_bearer_keeps_them_too);
    tcase_add_test(tcase, one_of_an_apn_that_is_unknown_here_is_refused);
    tcase_add_test(tcase, one_of_a_service_that_is_unknown_here_is_refused);
    tcase_add_test(tcase, one_of_a_context_that_is_unknown_here_is_refused);
    tcase_add_test(tcase, one_of_a_number_without_a_name_is_refused);
    tcase_add_test(tcase, a_refused_session_is_complained_about_as_configured);
    tcase_add_test(tcase, a_map_that_failed_is_asked_for_and_then_the_sessions);
    tcase_add_test(tcase, the_older_record_stays_when_a_newer_one_is_refused);
    tcase_add_test(tcase, an_audit_finds_no_difference_in_numbers_that_mean_the_same);
    tcase_add_test(tcase, an_audit_finds_a_session_under_another_apn);
    tcase_add_test(tcase, a_drain_goes_on_with_the_numbers_of_the_stream_it_drains);
    tcase_add_test(tcase, call_ids_go_on_behind_the_highest_one_ever_given);
    tcase_add_test(tcase, also_when_no_call_is_left_to_take_over);
    tcase_add_test(tcase, also_when_the_last_ones_were_not_told_any_more);
    tcase_add_test(tcase, a_change_is_told_each_second_at_most);
    tcase_add_test(tcase, nothing_changed_is_told_each_thirty_minutes);
    tcase_add_test(tcase, totals_are_of_the_pair_over_takeovers);
    tcase_add_test(tcase, a_flush_tells_the_last_totals_and_call_id);
    tcase_add_test(tcase, what_is_counted_in_a_drain_comes_to_what_the_heir_counts);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
