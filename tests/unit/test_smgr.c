#include "smgr_rig.h"

START_TEST(standby_takes_over_every_acknowledged_session_unchanged)
{
    struct sess was;
    const struct sess *is;

    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 1));
    was = *opened(east, 100);
    pump();
    ck_assert(status_of(east).synced && status_of(west).synced);
    ck_assert(smgr_role(west, now, SMGR_ACTIVE, 2));
    is = sess_by_teid(smgr_table(west), was.teid);
    ck_assert_ptr_nonnull(is);
    ck_assert(is->recovered);
    ck_assert_uint_eq(is->call_id, was.call_id);
    ck_assert_uint_eq(is->ue_addr, was.ue_addr);
    ck_assert_uint_eq(sess_table_stats(smgr_table(west))->recovered, 1);
}
END_TEST

START_TEST(only_the_active_serves)
{
    ck_assert(!smgr_serves(east));
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    ck_assert(smgr_serves(east));
    (void)smgr_role(east, now, SMGR_HOLD, 1);
    ck_assert(!smgr_serves(east));
    (void)smgr_role(east, now, SMGR_STANDBY, 2);
    ck_assert(!smgr_serves(east));
}
END_TEST

START_TEST(repeated_or_older_order_changes_nothing)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 3);
    (void)opened(east, 1);
    ck_assert(!smgr_role(east, now, SMGR_ACTIVE, 3));
    ck_assert(!smgr_role(east, now, SMGR_STANDBY, 2));
    ck_assert_uint_eq(status_of(east).sessions, 1);
    ck_assert(smgr_role(east, now, SMGR_STANDBY, 3));
    ck_assert(!smgr_role(east, now, SMGR_ACTIVE, 3)); /* stood by in it already */
    ck_assert_int_eq(status_of(east).role, SMGR_STANDBY);
}
END_TEST

START_TEST(hold_keeps_sessions_and_rolls_back)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    ck_assert(smgr_role(east, now, SMGR_HOLD, 1));
    pump();
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(status_of(west).sessions, 1);
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 1));
    ck_assert_uint_eq(status_of(east).sessions, 1);
    ck_assert(status_of(east).synced); /* the same stream goes on */
}
END_TEST

START_TEST(takeover_called_off_before_serving_keeps_the_records)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    pump();
    ck_assert(smgr_role(west, now, SMGR_HOLD, 2));
    ck_assert(!smgr_serves(west));
    ck_assert_uint_eq(sess_table_stats(smgr_table(west))->recovered, 1);
    ck_assert(smgr_role(west, now, SMGR_STANDBY, 2));
    ck_assert_uint_eq(status_of(west).sessions, 1);
    sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), 1, 5));
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 3)); /* stays, in an epoch above west's */
    pass_s(1);
    ck_assert_uint_eq(status_of(west).sessions, 0);
    ck_assert(status_of(east).synced);
}
END_TEST

START_TEST(standing_down_accounts_for_every_session)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    pump();
    (void)opened(east, 2);
    ck_assert(smgr_role(east, now, SMGR_STANDBY, 2));
    ck_assert_uint_eq(smgr_ledger(east)->handed_over, 1);
    ck_assert_uint_eq(smgr_ledger(east)->superseded, 1);
    ck_assert_uint_eq(status_of(east).sessions, 0);
}
END_TEST

START_TEST(old_active_that_returns_is_filled_by_the_new_one)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    pump();
    (void)smgr_role(west, now, SMGR_ACTIVE, 2);
    (void)opened(west, 2);
    pass_s(1);
    (void)smgr_role(east, now, SMGR_STANDBY, 2);
    pass_s(1);
    ck_assert_uint_eq(status_of(east).sessions, 2);
    ck_assert(status_of(west).synced);
}
END_TEST

START_TEST(deleted_session_does_not_come_back)
{
    struct sess *sess;
    uint32_t teid;

    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    sess = opened(east, 1);
    teid = sess->teid;
    pump();
    sess_close(smgr_table(east), sess);
    ck_assert_uint_eq(status_of(east).tx.tombstones, 1);
    pump();
    ck_assert_uint_eq(status_of(east).tx.tombstones, 0);
    ck_assert_uint_eq(smgr_ledger(west)->crr_deleted, 1);
    (void)smgr_role(west, now, SMGR_ACTIVE, 2);
    ck_assert_ptr_null(sess_by_teid(smgr_table(west), teid));
}
END_TEST

START_TEST(subscriber_that_reattaches_at_once_has_one_session_on_both_sides)
{
    uint32_t teid;

    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    pump();
    sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), 1, 5));
    teid = opened(east, 1)->teid;
    pump();
    ck_assert_uint_eq(status_of(west).sessions, 1);
    ck_assert_ptr_nonnull(sess_by_teid(smgr_table(west), teid));
}
END_TEST

START_TEST(absent_standby_never_costs_a_slot)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    for (uint64_t i = 0; i < 16; i++)
        (void)opened(east, i);
    pump();
    free(west);
    west = manager(3, 7);
    for (unsigned i = 0; i < 60; i++) { /* west hears nothing */
        static uint8_t lost[CKPT_MESSAGE];

        now = mono_after(now, 200 * US_PER_MS);
        while (smgr_next(east, now, lost, sizeof lost, NULL))
            ;
    }
    for (uint64_t i = 0; i < 16; i++)
        sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), i, 5));
    for (uint64_t i = 100; i < 116; i++)
        (void)opened(east, i);
    pass_s(1);
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(status_of(west).sessions, 16);
}
END_TEST

START_TEST(difference_in_configuration_is_seen)
{
    free(west);
    west = manager(3, 8);
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    pump();
    ck_assert(status_of(west).rx.config_differs);
    ck_assert_uint_eq(smgr_rx_stats(west)->config_mismatches, 1);
}
END_TEST

START_TEST(standby_tells_how_far_a_full_resync_is)
{
    static uint8_t message[CKPT_MESSAGE];
    struct ckpt_rx_status rx;

    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    for (uint64_t imsi = 1; imsi <= 12; imsi++)
        (void)opened(east, imsi);
    (void)carry(east, west); /* OPEN */
    (void)carry(west, east);
    (void)carry(east, west); /* a heartbeat */
    (void)carry(west, east);

    size_t len = smgr_next(east, now, message, CKPT_LEAST, NULL);

    ck_assert_uint_gt(len, 0);
    (void)smgr_receive(west, now, message, len);
    rx = status_of(west).rx;
    ck_assert_uint_eq(rx.resync_of, 12);
    ck_assert_uint_gt(rx.resync_done, 0);
    ck_assert_uint_lt(rx.resync_done, 12);
    ck_assert_uint_eq(rx.resync_done, status_of(west).sessions);
    pump();
    ck_assert_uint_eq(status_of(west).rx.resync_of, 0);
    ck_assert_uint_eq(status_of(west).sessions, 12);
}
END_TEST

START_TEST(two_actives_do_not_fill_each_other)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)smgr_role(west, now, SMGR_ACTIVE, 2);
    (void)opened(east, 1);
    pass_s(2);
    ck_assert_uint_eq(status_of(west).sessions, 0);
    ck_assert_uint_gt(smgr_rx_stats(west)->dropped[CKPT_WRONG_ROLE], 0);
}
END_TEST

START_TEST(garbage_is_counted_and_changes_nothing)
{
    ck_assert_int_eq(smgr_receive(east, now, "garbage", 7), CKPT_BAD_VERSION);
    ck_assert_int_eq(smgr_receive(east, now, "", 0), CKPT_MALFORMED);
    ck_assert_uint_eq(smgr_rx_stats(east)->dropped[CKPT_BAD_VERSION], 1);
}
END_TEST

START_TEST(what_leases_kept_from_being_applied_comes_when_the_last_one_is_over)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    pump();
    smgr_set_no_apply(west, 100, 7);
    (void)opened(east, 2);
    pass_s(5);
    ck_assert_uint_eq(status_of(west).sessions, 1);
    smgr_set_no_apply(west, 1, 7); /* one of two leases is over, and nothing fails from here on */
    smgr_set_no_apply(west, 0, 0);
    pass_s(5);
    ck_assert_uint_eq(status_of(west).sessions, 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr");
    TCase *tcase = tcase_create("smgr");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, standby_takes_over_every_acknowledged_session_unchanged);
    tcase_add_test(tcase, only_the_active_serves);
    tcase_add_test(tcase, repeated_or_older_order_changes_nothing);
    tcase_add_test(tcase, hold_keeps_sessions_and_rolls_back);
    tcase_add_test(tcase, takeover_called_off_before_serving_keeps_the_records);
    tcase_add_test(tcase, standing_down_accounts_for_every_session);
    tcase_add_test(tcase, old_active_that_returns_is_filled_by_the_new_one);
    tcase_add_test(tcase, deleted_session_does_not_come_back);
    tcase_add_test(tcase, subscriber_that_reattaches_at_once_has_one_session_on_both_sides);
    tcase_add_test(tcase, absent_standby_never_costs_a_slot);
    tcase_add_test(tcase, difference_in_configuration_is_seen);
    tcase_add_test(tcase, standby_tells_how_far_a_full_resync_is);
    tcase_add_test(tcase, two_actives_do_not_fill_each_other);
    tcase_add_test(tcase, garbage_is_counted_and_changes_nothing);
    tcase_add_test(tcase, what_leases_kept_from_being_applied_comes_when_the_last_one_is_over);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
