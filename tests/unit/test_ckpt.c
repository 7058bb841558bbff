#include "tests/unit/ckpt_rig.h"

START_TEST(items_there_before_and_after_the_stream_opened_arrive)
{
    put(1, 100);
    pump(NULL, 0);
    ck_assert(synced());
    put(2, 200);
    ck_assert(!synced());
    ck_assert(!ckpt_tx_acked(tx, 2));
    pump(NULL, 0);
    ck_assert(synced() && ckpt_tx_acked(tx, 2));
    assert_same();
}
END_TEST

START_TEST(acknowledged_means_applied)
{
    size_t len;

    pump(NULL, 0);
    put(1, 100);
    ck_assert_uint_gt(from_tx(), 0);
    ck_assert(!ckpt_tx_acked(tx, 1)); /* sent, and lost */
    pass(CKPT_BEAT_US);
    len = from_tx(); /* the heartbeat names the last frame */
    ck_assert_int_eq(give_rx(len), CKPT_GAP);
    pump(NULL, 0);
    ck_assert(ckpt_tx_acked(tx, 1));
    ck_assert_uint_eq(ckpt_tx_stats(tx)->partial_resyncs, 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_resyncs, 1);
    assert_same();
}
END_TEST

START_TEST(tombstone_is_kept_until_its_delete_is_acknowledged)
{
    size_t len;

    put(1, 100);
    pump(NULL, 0);
    take(1);
    len = from_tx();
    ck_assert_int_eq(give_rx(len), CKPT_OK);
    ck_assert_uint_eq(forgotten, 0);
    pump(NULL, 0);
    ck_assert_uint_eq(forgotten, 1);
    ck_assert_uint_eq(theirs.value[1], 0);
}
END_TEST

START_TEST(item_never_sent_is_forgotten_at_once)
{
    pump(NULL, 0);
    put(1, 100);
    ours.value[1] = 0;
    ck_assert(ckpt_tx_deleted(tx, 1));
    pump(NULL, 0);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->delete_sent, 0);
}
END_TEST

START_TEST(younger_than_the_checkpoint_duration_stays_here)
{
    start_sender(11, 60 * US_PER_S, false);
    pump(NULL, 0);
    put(1, 100);
    pump(NULL, 0);
    ck_assert_uint_eq(theirs.value[1], 0);
    ck_assert(synced());
    for (unsigned s = 0; s < 60; s++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert_uint_eq(theirs.value[1], 100);
}
END_TEST

START_TEST(in_a_hurry_no_item_waits_for_its_age)
{
    struct ckpt_tx_status status;

    start_sender(10, 60 * US_PER_S, false);
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    ckpt_tx_status(tx, &status);
    ck_assert_uint_eq(status.waiting, 2);
    ckpt_tx_hurry(tx, true);
    put(3, 300);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
    ckpt_tx_hurry(tx, false);
    put(4, 400);
    pump(NULL, 0);
    ck_assert_uint_eq(theirs.value[4], 0);
    pass(60 * US_PER_S);
    pump(NULL, 0);
    pump(NULL, 0);
    ckpt_tx_status(tx, &status);
    ck_assert_uint_eq(status.waiting, 0);
}
END_TEST

START_TEST(hurry_ends_with_the_epoch)
{
    struct ckpt_tx_status status;

    start_sender(10, 60 * US_PER_S, false);
    ckpt_tx_hurry(tx, true);
    ckpt_tx_start(tx, now, 2);
    put(1, 100);
    ckpt_tx_status(tx, &status);
    ck_assert_uint_eq(status.waiting, 1);
}
END_TEST

START_TEST(draining_receiver_hears_the_old_epoch_and_no_later_one)
{
    size_t len;

    put(1, 100);
    pump(NULL, 0);
    ckpt_rx_drain(&rx);
    put(1, 101);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
    ckpt_tx_start(tx, now, 2);
    len = from_tx();
    ck_assert_int_eq(give_rx(len), CKPT_WRONG_ROLE);
    ck_assert_uint_eq(from_rx(), 0);
    ckpt_rx_stop(&rx);
    ckpt_rx_start(&rx, 2);
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    ck_assert(synced()); /* the limit ended with the drain */
}
END_TEST

START_TEST(offer_of_a_later_epoch_is_withdrawn_when_draining_begins)
{
    size_t len;

    pump(NULL, 0);
    ckpt_tx_start(tx, now, 2);
    len = from_tx();
    ck_assert_int_eq(give_rx(len), CKPT_OK);
    ckpt_rx_drain(&rx);
    ck_assert_uint_eq(from_rx(), 0);
}
END_TEST

START_TEST(sender_never_has_more_frames_out_than_granted)
{
    unsigned n = 0;

    pump(NULL, 0);
    for (uint32_t slot = 1; slot <= 5; slot++) {
        put(slot, slot);
        n += from_tx() > 0;
    }
    ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(duplicate_frame_is_acknowledged_again_and_applied_once)
{
    size_t len;

    pump(NULL, 0);
    put(1, 100);
    len = from_tx();
    ck_assert_int_eq(give_rx(len), CKPT_OK);
    theirs.value[1] = 5; /* would be overwritten by a second application */
    ck_assert_int_eq(give_rx(len), CKPT_DUPLICATE);
    ck_assert_uint_eq(theirs.value[1], 5);
    ck_assert_int_eq(give_tx(from_rx()), CKPT_OK);
    ck_assert(ckpt_tx_acked(tx, 1));
}
END_TEST

START_TEST(restarted_receiver_gets_everything)
{
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    start_receiver(21, false);
    for (unsigned s = 0; s < 4; s++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert(synced());
    assert_same();
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_resyncs, 2);
}
END_TEST

START_TEST(restarted_sender_sweeps_what_it_does_not_have)
{
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    start_sender(11, 0, false);
    put(2, 201);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
    ck_assert_uint_eq(rx.stats.swept, 1);
}
END_TEST

START_TEST(only_what_was_not_acknowledged_is_sent_after_an_interruption)
{
    for (uint32_t slot = 1; slot <= 20; slot++)
        put(slot, slot);
    pump(NULL, 0);
    pass(CKPT_SILENT_US);
    put(7, 700);
    (void)from_tx(); /* three seconds of silence: closes, and opens again */
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_silent, 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_sent, 21);
    assert_same();
}
END_TEST

START_TEST(frame_with_one_bad_record_applies_nothing)
{
    size_t len;

    pump(NULL, 0);
    put(1, 100);
    put(2, 200);
    len = from_tx();
    message[len - 17] = 17; /* length of the second record's bytes */
    ck_assert_int_eq(give_rx(len), CKPT_MALFORMED);
    message[len - 17] = 16;
    message[len - 20] = 77; /* its slot: well formed, impossible */
    ck_assert_int_eq(give_rx(len), CKPT_BAD_RECORD);
    ck_assert_uint_eq(theirs.value[1], 0);
    ck_assert_int_eq(give_tx(from_rx()), CKPT_OK);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_bad, 1);
    ck_assert_uint_eq(from_tx(), 0); /* not again at once */
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    assert_same();
}
END_TEST

START_TEST(record_that_cannot_be_applied_stops_no_other_and_is_told)
{
    struct ckpt_tx_status status;

    refuse_odd = true;
    put(1, 101);
    put(2, 200);
    pump(NULL, 0);
    ckpt_tx_status(tx, &status);
    ck_assert_uint_eq(theirs.value[2], 200);
    ck_assert_uint_eq(status.refused, 1);
    ck_assert(!status.synced);
}
END_TEST

START_TEST(older_epoch_changes_nothing)
{
    size_t len;

    pump(NULL, 0);
    put(1, 100);
    len = from_tx();
    ckpt_rx_start(&rx, 2);
    ck_assert_int_eq(give_rx(len), CKPT_OLD_EPOCH);
    ck_assert_uint_eq(theirs.value[1], 0);
    ck_assert_uint_eq(rx.stats.dropped[CKPT_OLD_EPOCH], 1);
}
END_TEST

START_TEST(frame_of_an_older_stream_changes_nothing)
{
    uint8_t old[256];
    size_t len;

    pump(NULL, 0);
    put(1, 100);
    len = from_tx();
    memcpy(old, message, len);
    for (unsigned s = 0; s < 4; s++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    put(1, 101);
    pump(NULL, 0);
    memcpy(message, old, len);
    ck_assert_int_eq(give_rx(len), CKPT_OTHER_STREAM);
    ck_assert_uint_eq(theirs.value[1], 101);
}
END_TEST

START_TEST(open_of_the_dead_does_not_shut_out_the_living)
{
    size_t len = from_tx();

    message[26] = 9; /* an epoch long gone, and higher than any today */
    ck_assert_int_eq(give_rx(len), CKPT_OK);
    ck_assert_uint_gt(from_rx(), 0);
    put(1, 100);
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
}
END_TEST

/* What a sender said in one conversation. */
static struct {
    uint8_t said[8][1024];
    size_t len[8], n;
} kept;

/* Both speak until they are done; what the sender says is kept. */
static void
pump_and_keep(void)
{
    kept.n = 0;
    for (size_t len; (len = from_tx()); kept.n++) {
        ck_assert_uint_lt(kept.n, 8);
        memcpy(kept.said[kept.n], message, kept.len[kept.n] = len);
        (void)give_rx(len);
        while ((len = from_rx()))
            (void)give_tx(len);
    }
}

/* It comes once more, and nothing of it is taken. */
static void
repeat_kept(void)
{
    ck_assert_uint_gt(kept.n, 0);
    for (size_t i = 0; i < kept.n; i++) {
        memcpy(message, kept.said[i], kept.len[i]);
        ck_assert_int_ne(give_rx(kept.len[i]), CKPT_OK);
    }
}

/* All that a sender said, before it was started again, comes once more while its successor is
 * silent: the answers it names were given, so nothing but memory tells. */
START_TEST(a_conversation_that_took_place_is_not_repeated)
{
    put(1, 100);
    pump_and_keep();
    start_sender(11, 0, false);
    put(2, 200);
    pump(NULL, 0);
    assert_same();
    pass(CKPT_SILENT_US);
    repeat_kept();
    assert_same();
    pump(NULL, 0);
    ck_assert(synced());
}
END_TEST

/* Nor if it was started several times since. */
START_TEST(nor_one_that_took_place_several_lives_ago)
{
    put(1, 100);
    pump_and_keep();
    for (uint64_t life = 11; life < 11 + CKPT_PASTS; life++) {
        start_sender(life, 0, false);
        put(2, 200);
        pump(NULL, 0);
        assert_same();
    }
    pass(CKPT_SILENT_US);
    repeat_kept();
    assert_same();
}
END_TEST

START_TEST(lower_epoch_may_fill_the_copy_once_the_higher_one_is_silent)
{
    put(1, 100);
    pump(NULL, 0);
    start_sender(12, 0, false); /* a pair that lost all its state: epoch 1 is in use, begin at 0 */
    ckpt_tx_start(tx, now, 0);
    rx.floor = 0;
    put(2, 200);
    ck_assert_int_eq(give_rx(from_tx()), CKPT_OLD_EPOCH);
    pass(CKPT_SILENT_US);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(answer_from_before_the_copy_was_given_up_leads_to_a_full_resync)
{
    uint8_t answer[64];
    size_t len;

    put(1, 100);
    pump(NULL, 0);
    pass(CKPT_SILENT_US);
    ck_assert_int_eq(give_rx(from_tx()), CKPT_OK); /* OPEN */
    len = from_rx();
    memcpy(answer, message, len);
    ckpt_rx_stop(&rx); /* it served, and stands by again with nothing */
    memset(&theirs, 0, sizeof theirs);
    ckpt_rx_start(&rx, 1);
    pass(CKPT_BEAT_US);
    ck_assert_int_eq(give_rx(from_tx()), CKPT_OK); /* OPEN again */
    memcpy(message, answer, len);
    ck_assert_int_eq(give_tx(len), CKPT_OK);
    ck_assert(!synced());
    for (unsigned s = 0; s < 5; s++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(not_started_receiver_is_silent)
{
    ckpt_rx_stop(&rx);
    ck_assert_int_eq(give_rx(from_tx()), CKPT_WRONG_ROLE);
    ck_assert_uint_eq(from_rx(), 0);
}
END_TEST

START_TEST(deletes_given_up_while_the_peer_is_away_are_swept_on_return)
{
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    take(1);
    ck_assert_uint_eq(ckpt_tx_give_up(tx, now), 0); /* the peer is there */
    pass(CKPT_SILENT_US);
    (void)from_tx();
    ck_assert_uint_eq(ckpt_tx_give_up(tx, now), 1);
    ck_assert_uint_eq(forgotten, 1);
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    assert_same();
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_resyncs, 2);
}
END_TEST

START_TEST(deletes_given_up_under_a_stalled_peer_start_a_new_round)
{
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    take(1);
    (void)from_tx(); /* lost */
    pass(CKPT_BEAT_US);
    ck_assert_uint_eq(ckpt_tx_give_up(tx, now), 1);
    pump(NULL, 0);
    assert_same();
}
END_TEST

START_TEST(lz4_only_where_both_ends_have_it)
{
    for (unsigned i = 0; i < 4; i++) {
        struct ckpt_tx_status status;

        start_sender(30 + i, 0, i & 1);
        start_receiver(40 + i, i & 2);
        pump(NULL, 0);
        ckpt_tx_status(tx, &status);
        ck_assert_int_eq(status.algo, i == 3 ? CKPT_LZ4 : CKPT_ZLIB);
        ck_assert_int_eq(rx.algo, status.algo);
    }
}
END_TEST

START_TEST(lossy_network_converges_to_equality)
{
    struct rng rng = {.state = (uint64_t)_i + 1};

    for (unsigned step = 0; step < 2000; step++) {
        uint32_t slot = (uint32_t)rng_below(&rng, SLOTS) + 1;

        if (ours.value[slot] == 0) {
            if (!tomb[slot])
                put(slot, 1 + (uint32_t)rng_below(&rng, 1000));
        } else if (rng_chance(&rng, 500)) {
            take(slot);
        } else {
            put(slot, 1 + (uint32_t)rng_below(&rng, 1000));
        }
        if (rng_chance(&rng, 5))
            start_receiver(100 + step, false);
        pump(&rng, 300);
        pass((int64_t)rng_below(&rng, 500000));
    }
    for (unsigned s = 0; s < 10; s++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(deadline_is_kept_by_doing_what_is_due)
{
    pump(NULL, 0);
    for (unsigned i = 0; i < 100; i++) {
        mono_t at = mono_earlier(ckpt_tx_deadline(tx), ckpt_rx_deadline(&rx));

        ck_assert_int_gt(at.us, now.us);
        ck_assert_int_le(at.us, mono_after(now, CKPT_BEAT_US).us);
        now = at;
        pump(NULL, 0);
    }
}
END_TEST

START_TEST(receiver_speaks_only_when_spoken_to)
{
    pump(NULL, 0);
    pass(5 * US_PER_S);
    ck_assert_uint_eq(from_rx(), 0);
    ck_assert_int_eq(ckpt_rx_deadline(&rx).us, MONO_NEVER.us);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt");
    TCase *tcase = tcase_create("ckpt");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, items_there_before_and_after_the_stream_opened_arrive);
    tcase_add_test(tcase, acknowledged_means_applied);
    tcase_add_test(tcase, tombstone_is_kept_until_its_delete_is_acknowledged);
    tcase_add_test(tcase, item_never_sent_is_forgotten_at_once);
    tcase_add_test(tcase, younger_than_the_checkpoint_duration_stays_here);
    tcase_add_test(tcase, in_a_hurry_no_item_waits_for_its_age);
    tcase_add_test(tcase, hurry_ends_with_the_epoch);
    tcase_add_test(tcase, draining_receiver_hears_the_old_epoch_and_no_later_one);
    tcase_add_test(tcase, offer_of_a_later_epoch_is_withdrawn_when_draining_begins);
    tcase_add_test(tcase, sender_never_has_more_frames_out_than_granted);
    tcase_add_test(tcase, duplicate_frame_is_acknowledged_again_and_applied_once);
    tcase_add_test(tcase, restarted_receiver_gets_everything);
    tcase_add_test(tcase, restarted_sender_sweeps_what_it_does_not_have);
    tcase_add_test(tcase, only_what_was_not_acknowledged_is_sent_after_an_interruption);
    tcase_add_test(tcase, frame_with_one_bad_record_applies_nothing);
    tcase_add_test(tcase, record_that_cannot_be_applied_stops_no_other_and_is_told);
    tcase_add_test(tcase, older_epoch_changes_nothing);
    tcase_add_test(tcase, frame_of_an_older_stream_changes_nothing);
    tcase_add_test(tcase, a_conversation_that_took_place_is_not_repeated);
    tcase_add_test(tcase, nor_one_that_took_place_several_lives_ago);
    tcase_add_test(tcase, open_of_the_dead_does_not_shut_out_the_living);
    tcase_add_test(tcase, lower_epoch_may_fill_the_copy_once_the_higher_one_is_silent);
    tcase_add_test(tcase, answer_from_before_the_copy_was_given_up_leads_to_a_full_resync);
    tcase_add_test(tcase, not_started_receiver_is_silent);
    tcase_add_test(tcase, deletes_given_up_while_the_peer_is_away_are_swept_on_return);
    tcase_add_test(tcase, deletes_given_up_under_a_stalled_peer_start_a_new_round);
    tcase_add_test(tcase, lz4_only_where_both_ends_have_it);
    tcase_add_loop_test(tcase, lossy_network_converges_to_equality, 0, 20);
    tcase_add_test(tcase, deadline_is_kept_by_doing_what_is_due);
    tcase_add_test(tcase, receiver_speaks_only_when_spoken_to);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
