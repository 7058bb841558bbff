/* The one that leaves: it obeys, and flushes what its peer does not know. */
#include "tests/unit/smgr_switch_rig.h"

/* ---- orders ------------------------------------------------------------------------------- */

START_TEST(flags_of_an_epoch_may_change_and_a_repetition_is_none)
{
    ck_assert(order(east, SMGR_HOLD, 1, false, true));
    ck_assert(!order(east, SMGR_HOLD, 1, false, true));
    ck_assert(order(east, SMGR_HOLD, 1, true, true));
    ck_assert(order(east, SMGR_HOLD, 1, true, false));
    ck_assert(!order(east, SMGR_HOLD, 1, true, false));
    ck_assert(order(east, SMGR_ACTIVE, 1, false, false));
    ck_assert(order(east, SMGR_HOLD, 1, false, false));
    ck_assert(!order(east, SMGR_HOLD, 0, true, true));
    ck_assert(order(east, SMGR_STANDBY, 1, true, true));
    ck_assert(!order(east, SMGR_STANDBY, 1, false, false)); /* asks for nothing there */
    ck_assert(!order(east, SMGR_HOLD, 1, true, true));      /* stood by in it already */
    ck_assert(!smgr_flushed(east));
}
END_TEST

START_TEST(drain_does_not_begin_again_once_it_has_ended)
{
    drain();
    ck_assert(order(west, SMGR_HOLD, 2, false, false));
    ck_assert(!order(west, SMGR_HOLD, 2, false, true));
    ck_assert(!status_of(west).rx.started);
    ck_assert(order(west, SMGR_ACTIVE, 2, false, true));
    ck_assert(!status_of(west).rx.started);
}
END_TEST

/* ---- flush -------------------------------------------------------------------------------- */

START_TEST(flush_sends_what_is_too_young_and_what_comes_later)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    pass_s(1);
    (void)opened(east, 1);
    pump();
    ck_assert_uint_eq(status_of(east).tx.waiting, 1);
    ck_assert(status_of(east).synced && !smgr_flushed(east));
    ck_assert(order(east, SMGR_ACTIVE, 1, true, false));
    ck_assert(!smgr_flushed(east));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 1);
    (void)opened(east, 2);
    ck_assert(!smgr_flushed(east));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 2);
    sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), 1, 5));
    ck_assert(!smgr_flushed(east));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 1);
}
END_TEST

START_TEST(after_a_flush_sessions_wait_for_their_age_again)
{
    (void)order(east, SMGR_ACTIVE, 1, true, false);
    pump();
    ck_assert(order(east, SMGR_ACTIVE, 1, false, false));
    (void)opened(east, 1);
    pass_s(MINUTE_S - 1);
    ck_assert_uint_eq(status_of(west).sessions, 0);
    pass_s(2);
    ck_assert_uint_eq(status_of(west).sessions, 1);
}
END_TEST

START_TEST(flush_tells_sessions_that_counted_packets_and_no_other)
{
    settle();
    (void)opened(east, 2);
    pump();

    const struct ckpt_tx_stats *tx = smgr_tx_stats(east);
    uint64_t full = tx->full_sent;

    packets(east, 1, 5);
    pass_s(1);
    ck_assert_uint_eq(tx->part_sent[SESS_GGSN_STATS], 0); /* not worth a checkpoint at once */
    (void)order(east, SMGR_HOLD, 1, true, false);
    ck_assert(!smgr_flushed(east));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(tx->part_sent[SESS_GGSN_STATS], 1);
    ck_assert_uint_eq(counted(west, 1), 15);
    packets(east, 2, 1);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert_uint_eq(tx->part_sent[SESS_GGSN_STATS], 2);
    ck_assert_uint_eq(tx->full_sent, full);
}
END_TEST

START_TEST(packets_let_through_in_a_flush_follow_and_do_not_hold_it_up)
{
    settle();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    packets(east, 1, 1);
    ck_assert(smgr_flushed(east));
    for (unsigned i = 0; i < 100 && counted(west, 1) < 11; i++) {
        mono_t due = smgr_deadline(east);

        ck_assert_int_lt(mono_between(now, due), 50 * US_PER_MS);
        now = due;
        (void)carry(east, west); /* on the way, and not acknowledged yet */
        ck_assert(smgr_flushed(east));
        (void)carry(west, east);
    }
    ck_assert_uint_eq(counted(west, 1), 11);
}
END_TEST

START_TEST(flush_ordered_again_waits_for_the_packets_until_then)
{
    settle();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    packets(east, 1, 1);
    ck_assert(!order(east, SMGR_HOLD, 1, true, false)); /* the order is none, ... */
    ck_assert(!smgr_flushed(east));                     /* ... but it is obeyed */
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(counted(west, 1), 11);
    ck_assert(!order(east, SMGR_HOLD, 1, true, false));
    ck_assert(smgr_flushed(east)); /* nothing was counted since */
}
END_TEST

START_TEST(nothing_is_flushed_without_a_peer_or_after_it_went)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    (void)order(east, SMGR_HOLD, 1, true, false);
    for (unsigned i = 0; i < 50; i++) { /* west hears nothing */
        static uint8_t lost[CKPT_MESSAGE];

        now = mono_after(now, 100 * US_PER_MS);
        while (smgr_next(east, now, lost, sizeof lost, NULL))
            ;
        ck_assert(!smgr_flushed(east));
    }
    pass_s(1);
    ck_assert(smgr_flushed(east));
    now = mono_after(now, 10 * US_PER_S);
    (void)smgr_next(east, now, (uint8_t[CKPT_LEAST]){0}, CKPT_LEAST, NULL);
    ck_assert(!smgr_flushed(east));
    free(west);
    west = manager(3, 7); /* started again, empty */
    (void)carry(east, west);
    (void)carry(west, east);
    ck_assert(!smgr_flushed(east)); /* in a stream, but nothing is there yet */
    pass_s(1);
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 1);
}
END_TEST

/* The stream that a gap has ended is opened anew; the peer was there all the time, and is
 * waited for. */
START_TEST(a_lost_frame_is_no_lost_peer)
{
    uint8_t lost[CKPT_MESSAGE];

    settle();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    packets(east, 1, 1);
    (void)order(east, SMGR_HOLD, 1, true, false);
    ck_assert_uint_gt(smgr_next(east, now, lost, sizeof lost, NULL), 0);
    now = mono_after(now, CKPT_BEAT_US);
    (void)carry(east, west); /* a heartbeat: there is a frame more */
    (void)carry(west, east);
    ck_assert_uint_eq(smgr_tx_stats(east)->closed_gap, 1);
    ck_assert(!status_of(east).tx.open);
    ck_assert(status_of(east).connected);
    ck_assert(!smgr_flushed(east));
    for (int i = 0; i < 4; i++) {
        now = mono_after(now, CKPT_BEAT_US);
        while (smgr_next(east, now, lost, sizeof lost, NULL))
            ;
    }
    ck_assert(!status_of(east).connected); /* now it is silent */
}
END_TEST

START_TEST(forced_out_without_a_peer_every_session_is_accounted_for)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    (void)order(east, SMGR_HOLD, 1, true, false);
    ck_assert(order(east, SMGR_STANDBY, 2, false, false));
    ck_assert_uint_eq(smgr_ledger(east)->superseded, 1);
    ck_assert_uint_eq(smgr_ledger(east)->handed_over, 0);
    ck_assert_uint_eq(status_of(east).sessions, 0);
}
END_TEST

START_TEST(stream_stands_while_both_hold)
{
    drain();

    uint64_t streams = smgr_tx_stats(east)->streams;

    pass_s(MINUTE_S);
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(smgr_tx_stats(east)->streams, streams);
    ck_assert_uint_eq(smgr_tx_stats(east)->closed_silent, 0);
    ck_assert(!status_of(west).tx.open); /* east does not stand by yet */
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr switchover");
    TCase *quick = tcase_create("steps"), *slow = tcase_create("young sessions");

    tcase_add_checked_fixture(quick, set_up, tear_down);
    tcase_add_test(quick, flags_of_an_epoch_may_change_and_a_repetition_is_none);
    tcase_add_test(quick, drain_does_not_begin_again_once_it_has_ended);
    tcase_add_test(quick, flush_tells_sessions_that_counted_packets_and_no_other);
    tcase_add_test(quick, packets_let_through_in_a_flush_follow_and_do_not_hold_it_up);
    tcase_add_test(quick, flush_ordered_again_waits_for_the_packets_until_then);
    tcase_add_test(quick, nothing_is_flushed_without_a_peer_or_after_it_went);
    tcase_add_test(quick, a_lost_frame_is_no_lost_peer);
    tcase_add_test(quick, forced_out_without_a_peer_every_session_is_accounted_for);
    tcase_add_test(quick, stream_stands_while_both_hold);
    suite_add_tcase(suite, quick);
    tcase_add_checked_fixture(slow, set_up_slow, tear_down);
    tcase_add_test(slow, flush_sends_what_is_too_young_and_what_comes_later);
    tcase_add_test(slow, after_a_flush_sessions_wait_for_their_age_again);
    tcase_set_timeout(slow, 60);
    suite_add_tcase(suite, slow);
    return unit_main(suite);
}
