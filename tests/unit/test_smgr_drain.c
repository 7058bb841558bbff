/* The one that comes: it adds what its peer still counted to its own, or is rolled back. */
#include "common/base/rng.h"
#include "tests/unit/smgr_switch_rig.h"

/* ---- drain -------------------------------------------------------------------------------- */

START_TEST(last_counters_of_the_peer_add_to_those_counted_here)
{
    drain();
    packets(west, 1, 100);
    packets(east, 1, 5);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(counted(west, 1), 115);
    packets(west, 1, 1);
    packets(east, 1, 2);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert_uint_eq(counted(west, 1), 118);
    ck_assert_uint_eq(smgr_ledger(west)->drained, 2);
}
END_TEST

START_TEST(only_the_counters_of_a_drained_session_change)
{
    struct sess was, is;
    struct sess *sess;

    drain();
    was = *sess_by_imsi(smgr_table(west), 1, 5);
    sess = sess_by_imsi(smgr_table(east), 1, 5);
    sess->peer_user_teid = 99;
    packets(east, 1, 5);
    sess_changed(smgr_table(east), sess);
    pump();
    is = *sess_by_imsi(smgr_table(west), 1, 5);
    ck_assert_uint_eq(is.counters.up_packets, 15);
    is.counters = was.counters;
    is.base = was.base;
    ck_assert_mem_eq(&is, &was, sizeof is);
}
END_TEST

/* East was started again, and gave its first call what a lost one had. */
START_TEST(another_session_with_the_same_call_id_adds_nothing)
{
    struct sess *sess;

    drain();
    sess = sess_by_imsi(smgr_table(east), 1, 5);
    sess->create_seq++;
    packets(east, 1, 5);
    sess_changed(smgr_table(east), sess);
    pump();
    ck_assert_uint_eq(counted(west, 1), 10);
}
END_TEST

START_TEST(drained_counters_are_checkpointed_in_their_turn)
{
    drain();
    packets(east, 1, 5);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    (void)order(west, SMGR_ACTIVE, 2, false, false);
    (void)order(east, SMGR_STANDBY, 2, false, false);
    pass_s(1);
    ck_assert(status_of(west).synced);
    ck_assert_uint_eq(counted(east, 1), 15);
}
END_TEST

START_TEST(session_that_the_peer_deletes_is_closed_here)
{
    drain();
    sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), 1, 5));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 0);
    ck_assert_uint_eq(sess_table_stats(smgr_table(west))->closed, 1);
    ck_assert_uint_eq(status_of(east).tx.tombstones, 0);
}
END_TEST

START_TEST(session_unknown_here_is_ignored_and_one_opened_here_is_not_touched)
{
    struct sess *theirs;
    const struct sess *ours;

    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    pass_s(MINUTE_S + 1);
    theirs = opened(east, 2); /* too young: not told before the takeover */
    ck_assert(order(west, SMGR_ACTIVE, 2, false, true));
    ours = opened(west, 3);
    ck_assert_uint_eq(ours->teid, theirs->teid);
    packets(east, 2, 7);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_ptr_null(sess_by_imsi(smgr_table(west), 2, 5));
    ck_assert_uint_eq(counted(west, 3), 0);
    sess_close(smgr_table(east), theirs);
    pump();
    ck_assert_uint_eq(counted(west, 3), 0);
    ck_assert_uint_eq(status_of(west).sessions, 2);
    ck_assert_uint_eq(smgr_ledger(west)->drained, 0);
}
END_TEST

START_TEST(one_that_was_started_again_has_nothing_to_say_in_drain)
{
    drain();
    free(east);
    east = manager(5, 7); /* without sessions: it would confirm none */
    (void)order(east, SMGR_HOLD, 1, true, false);
    pass_s(5);
    ck_assert(!smgr_flushed(east)); /* nor is it told that all it knows is here */
    ck_assert_uint_eq(status_of(west).sessions, 1);
    ck_assert_uint_eq(counted(west, 1), 10);
}
END_TEST

START_TEST(drain_ends_with_the_first_order_without_it)
{
    drain();
    packets(east, 1, 5);
    ck_assert(order(west, SMGR_ACTIVE, 2, false, false));
    (void)order(east, SMGR_HOLD, 1, true, false);
    pass_s(1);
    ck_assert(!smgr_flushed(east));
    ck_assert_uint_eq(counted(west, 1), 10);
    ck_assert_uint_gt(smgr_rx_stats(west)->dropped[CKPT_WRONG_ROLE], 0);
}
END_TEST

/* Every message that east sends is given to west again, later and in another order. */
START_TEST(repeated_and_late_frames_count_once)
{
    enum { MOST = 200 };
    static uint8_t kept[MOST][2048];
    static size_t len[MOST];
    struct rng rng = {.state = 7};
    unsigned n = 0;

    drain();
    for (unsigned i = 0; i < 20; i++) {
        packets(east, 1, 1);
        packets(west, 1, 10);
        (void)order(east, SMGR_HOLD, 1, true, false);
        for (size_t l; n < MOST && (l = smgr_next(east, now, kept[n], sizeof *kept, NULL)); n++) {
            len[n] = l;
            (void)smgr_receive(west, now, kept[n], l);
        }
        for (unsigned again = 0; again < 5; again++) {
            size_t which = rng_below(&rng, n);

            (void)smgr_receive(west, now, kept[which], len[which]);
        }
        (void)carry(west, east);
        now = mono_after(now, 100 * US_PER_MS);
    }
    pass_s(5);
    ck_assert(smgr_flushed(east));
    ck_assert_uint_ge(n, 20);
    ck_assert_uint_eq(counted(west, 1), 10 + 20 + 200);
}
END_TEST

/* ---- rolled back -------------------------------------------------------------------------- */

START_TEST(rolled_back_before_it_served_it_has_records_again)
{
    drain();
    packets(east, 1, 5);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), 1, 5));
    pump(); /* closed in drain, too */
    ck_assert(order(east, SMGR_ACTIVE, 3, false, false));
    (void)opened(east, 2);
    packets(east, 2, 4);
    ck_assert(order(west, SMGR_STANDBY, 3, false, false));
    pass_s(1);
    ck_assert_uint_eq(smgr_ledger(west)->superseded, 0);
    ck_assert_uint_eq(status_of(west).sessions, 1);
    ck_assert_uint_eq(counted(west, 2), 4);
    ck_assert(status_of(east).synced && status_of(west).synced);
}
END_TEST

START_TEST(peer_that_rolled_back_first_finds_no_copy_before_we_stand_by)
{
    drain();
    ck_assert(order(east, SMGR_ACTIVE, 3, false, false));
    (void)opened(east, 2);
    pass_s(1);
    ck_assert(!status_of(east).synced && !status_of(east).tx.open);
    ck_assert(order(west, SMGR_STANDBY, 3, false, false));
    pass_s(1);
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(status_of(west).sessions, 2);
}
END_TEST

START_TEST(rolled_back_after_it_let_packets_through_its_sessions_are_dropped)
{
    drain();
    packets(west, 1, 1);
    ck_assert(order(west, SMGR_STANDBY, 3, false, false));
    ck_assert_uint_eq(smgr_ledger(west)->handed_over, 1); /* the peer has it */
    ck_assert_uint_eq(smgr_ledger(west)->superseded, 0);
    ck_assert_uint_eq(status_of(west).sessions, 0);
    ck_assert(order(east, SMGR_ACTIVE, 3, false, false));
    pass_s(1);
    ck_assert_uint_eq(counted(west, 1), 10); /* as east counted */
}
END_TEST

START_TEST(rolled_back_after_it_let_signalling_through_its_sessions_are_dropped)
{
    drain();
    sess_changed(smgr_table(west), sess_by_imsi(smgr_table(west), 1, 5));
    ck_assert(order(west, SMGR_STANDBY, 3, false, false));
    ck_assert_uint_eq(smgr_ledger(west)->handed_over, 1); /* the peer has it */
    ck_assert_uint_eq(smgr_ledger(west)->superseded, 0);
}
END_TEST

START_TEST(what_was_handed_over_in_order_stays_as_records_until_the_heir_has_sent_it_back)
{
    drain();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert(smgr_flushed(east));

    uint32_t n = status_of(east).sessions;

    ck_assert(order(east, SMGR_STANDBY, 2, false, false));
    ck_assert_uint_eq(status_of(east).sessions, n);
    ck_assert(!status_of(east).synced);
    ck_assert(order(east, SMGR_ACTIVE, 5, false, false)); /* the heir is dead */
    ck_assert_uint_eq(status_of(east).sessions, n);
    ck_assert_uint_eq(counted(east, 1), 10);
}
END_TEST

START_TEST(records_of_what_was_handed_over_go_when_the_heir_does_not_confirm_them)
{
    drain();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert(order(west, SMGR_ACTIVE, 2, false, false));
    sess_close(smgr_table(west), sess_by_imsi(smgr_table(west), 1, 5));
    ck_assert(order(east, SMGR_STANDBY, 2, false, false));
    ck_assert_uint_gt(status_of(east).sessions, 0);
    pass_s(3);
    ck_assert_uint_eq(status_of(east).sessions, status_of(west).sessions);
    ck_assert_ptr_null(sess_by_imsi(smgr_table(east), 1, 5));
    ck_assert(status_of(east).synced);
}
END_TEST

START_TEST(request_that_is_refused_costs_the_one_that_asked_nothing)
{
    settle();
    (void)order(east, SMGR_HOLD, 1, true, false);
    packets(east, 1, 3);
    pump();
    ck_assert(order(east, SMGR_ACTIVE, 1, false, false));
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(status_of(east).sessions, 1);
    ck_assert_uint_eq(status_of(west).sessions, 1);
    ck_assert_uint_eq(smgr_tx_stats(east)->streams, 1);
    packets(east, 1, 1);
    ck_assert_uint_eq(counted(east, 1), 14);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr switchover: drain");
    TCase *quick = tcase_create("steps"), *slow = tcase_create("young sessions");

    tcase_add_checked_fixture(quick, set_up, tear_down);
    tcase_add_test(quick, last_counters_of_the_peer_add_to_those_counted_here);
    tcase_add_test(quick, only_the_counters_of_a_drained_session_change);
    tcase_add_test(quick, another_session_with_the_same_call_id_adds_nothing);
    tcase_add_test(quick, drained_counters_are_checkpointed_in_their_turn);
    tcase_add_test(quick, session_that_the_peer_deletes_is_closed_here);
    tcase_add_test(quick, one_that_was_started_again_has_nothing_to_say_in_drain);
    tcase_add_test(quick, drain_ends_with_the_first_order_without_it);
    tcase_add_test(quick, repeated_and_late_frames_count_once);
    tcase_add_test(quick, rolled_back_before_it_served_it_has_records_again);
    tcase_add_test(quick, peer_that_rolled_back_first_finds_no_copy_before_we_stand_by);
    tcase_add_test(quick,
                   what_was_handed_over_in_order_stays_as_records_until_the_heir_has_sent_it_back);
    tcase_add_test(quick, records_of_what_was_handed_over_go_when_the_heir_does_not_confirm_them);
    tcase_add_test(quick, rolled_back_after_it_let_packets_through_its_sessions_are_dropped);
    tcase_add_test(quick, rolled_back_after_it_let_signalling_through_its_sessions_are_dropped);
    tcase_add_test(quick, request_that_is_refused_costs_the_one_that_asked_nothing);
    suite_add_tcase(suite, quick);
    tcase_add_checked_fixture(slow, set_up_slow, tear_down);
    tcase_add_test(slow, session_unknown_here_is_ignored_and_one_opened_here_is_not_touched);
    tcase_set_timeout(slow, 60);
    suite_add_tcase(suite, slow);
    return unit_main(suite);
}
