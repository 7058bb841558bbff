#include "tests/unit/ckpt_rig.h"

/* From which heartbeat on data is taken, and what begins the count anew. */

/* A receiver that wants seven heartbeats, and a sender with something to tell. */
static void
start_normal(void)
{
    beats = CKPT_BEATS;
    start_receiver(20, false);
    put(1, 100);
}

START_TEST(data_flows_after_the_seventh_heartbeat)
{
    start_normal();
    pump(NULL, 0); /* it stands, and the first one is sent at once */
    for (int i = 1; i < CKPT_BEATS; i++) {
        ck_assert(sender().open && !sender().reached && !sender().synced);
        ck_assert(receiver().open && !receiver().ready);
        ck_assert_uint_eq(theirs.value[1], 0);
        ck_assert_uint_eq(sender().frame_sent, 0);
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert(sender().reached && receiver().ready && synced());
    assert_same();
}
END_TEST

START_TEST(heartbeats_do_not_come_faster_because_nothing_else_is_sent)
{
    start_normal();
    pump(NULL, 0);
    for (int i = 0; i < 100; i++) {
        pass(CKPT_BEAT_US / 50);
        pump(NULL, 0);
    }
    ck_assert(!receiver().ready); /* six seconds */
}
END_TEST

START_TEST(data_before_that_changes_nothing)
{
    size_t len;

    put(1, 100);
    pump(NULL, 0);
    put(1, 200);
    rx.beats = 0; /* a sender that does not wait */
    len = from_tx();
    ck_assert_int_eq(give_rx(len), CKPT_NOT_READY);
    ck_assert_uint_eq(theirs.value[1], 100);
    ck_assert_uint_eq(rx.stats.dropped[CKPT_NOT_READY], 1);
}
END_TEST

START_TEST(three_missed_heartbeats_begin_the_count_anew)
{
    start_normal();
    pump(NULL, 0);
    for (int i = 0; i < 4; i++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    pass(CKPT_SILENT_US);
    pump(NULL, 0);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_silent, 1);
    for (int i = 1; i < CKPT_BEATS; i++) {
        ck_assert(!sender().reached);
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert(synced());
}
END_TEST

START_TEST(connection_that_ended_begins_anew_at_once_and_sends_what_is_missing)
{
    put(1, 100);
    pump(NULL, 0);
    ck_assert(synced() && receiver().synced);
    ckpt_tx_disconnected(tx, now);
    ckpt_rx_disconnected(&rx);
    ck_assert(!sender().open && !receiver().open && !synced());
    put(2, 200);
    pump(NULL, 0);
    ck_assert(synced() && receiver().synced);
    assert_same();
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_lost, 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_resyncs, 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->partial_resyncs, 1);
    ckpt_tx_stop(tx);
    ckpt_tx_disconnected(tx, now); /* there is none */
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_lost, 1);
}
END_TEST

START_TEST(lost_frame_does_not_begin_the_count_anew)
{
    start_normal();
    for (int i = 0; i < CKPT_BEATS; i++) {
        pump(NULL, 0);
        pass(CKPT_BEAT_US);
    }
    pump(NULL, 0);
    ck_assert(synced());
    put(2, 200);
    ck_assert_uint_gt(from_tx(), 0); /* lost */
    pass(CKPT_BEAT_US);
    pump(NULL, 0); /* which the heartbeat tells */
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_gap, 1);
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(receiver_that_starts_anew_begins_the_count_anew)
{
    start_normal();
    for (int i = 0; i < CKPT_BEATS; i++) {
        pump(NULL, 0);
        pass(CKPT_BEAT_US);
    }
    pump(NULL, 0);
    ck_assert(synced());
    start_receiver(21, false);
    pass(CKPT_SILENT_US);
    pump(NULL, 0);
    ck_assert(sender().open && !sender().reached);
    ck_assert_uint_eq(theirs.value[1], 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt_ready");
    TCase *tcase = tcase_create("ckpt_ready");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, data_flows_after_the_seventh_heartbeat);
    tcase_add_test(tcase, heartbeats_do_not_come_faster_because_nothing_else_is_sent);
    tcase_add_test(tcase, data_before_that_changes_nothing);
    tcase_add_test(tcase, three_missed_heartbeats_begin_the_count_anew);
    tcase_add_test(tcase, lost_frame_does_not_begin_the_count_anew);
    tcase_add_test(tcase, receiver_that_starts_anew_begins_the_count_anew);
    tcase_add_test(tcase, connection_that_ended_begins_anew_at_once_and_sends_what_is_missing);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
