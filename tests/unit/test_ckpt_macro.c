#include "tests/unit/ckpt_rig.h"

/* Macro items: told before the items that need them, and told again when they were lost, changed,
 * or could not be applied. */

static uint64_t
sent(unsigned macro)
{
    return ckpt_tx_stats(tx)->macro_sent[macro];
}

static uint64_t
lost(unsigned macro)
{
    return ckpt_tx_stats(tx)->macro_lost[macro];
}

static void
assert_told(void)
{
    for (unsigned macro = 0; macro < RIG_MACROS; macro++)
        ck_assert_uint_eq(their_macros[macro], our_macros[macro]);
    ck_assert(synced());
}

static void
change(unsigned macro, uint32_t value)
{
    our_macros[macro] = value;
    ckpt_tx_macro(tx, macro);
}

START_TEST(they_are_told_when_the_stream_is_ready_before_any_item)
{
    put(1, 100);
    pump(NULL, 0);
    assert_told();
    assert_same();
    ck_assert_uint_eq(items_before_macros, 0);
    for (unsigned macro = 0; macro < RIG_MACROS; macro++) {
        ck_assert_uint_eq(sent(macro), 1);
        ck_assert_uint_eq(rx.stats.macro_received[macro], 1);
        ck_assert_uint_eq(rx.stats.macro_refused[macro], 0);
    }
}
END_TEST

START_TEST(they_are_told_though_there_are_no_items)
{
    pump(NULL, 0);
    assert_told();
}
END_TEST

START_TEST(a_change_is_told_alone_and_by_itself)
{
    put(1, 100);
    pump(NULL, 0);
    change(1, 300);
    ck_assert(!synced());
    pump(NULL, 0);
    assert_told();
    ck_assert_uint_eq(sent(0), 1);
    ck_assert_uint_eq(sent(1), 2);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_sent, 1);
}
END_TEST

START_TEST(it_is_not_told_as_acknowledged_before_it_is)
{
    pump(NULL, 0);
    change(0, 300);
    ck_assert_uint_gt(from_tx(), 0); /* lost */
    ck_assert(!synced() && !sender().told);
}
END_TEST

START_TEST(a_lost_one_is_told_again_as_it_is_by_then)
{
    pump(NULL, 0);
    change(0, 300);
    ck_assert_uint_gt(from_tx(), 0); /* lost */
    our_macros[0] = 400;
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    assert_told();
    ck_assert_uint_ge(lost(0), 1);
    ck_assert_uint_eq(lost(1), 0);
}
END_TEST

START_TEST(a_hurry_does_not_wait_for_the_heartbeat_to_find_that)
{
    pump(NULL, 0);
    change(0, 300);
    ck_assert_uint_gt(from_tx(), 0); /* lost */
    ckpt_tx_hurry(tx, true);
    pump(NULL, 0);
    assert_told();
}
END_TEST

START_TEST(each_stream_begins_with_them)
{
    put(1, 100);
    pump(NULL, 0);
    ckpt_tx_disconnected(tx, now);
    ckpt_rx_disconnected(&rx);
    pump(NULL, 0);
    assert_told();
    ck_assert_uint_eq(sent(0), 2);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_sent, 1); /* resumed */
}
END_TEST

START_TEST(another_receiver_hears_them_before_it_hears_an_item)
{
    put(1, 100);
    pump(NULL, 0);
    start_receiver(21, false);
    ckpt_tx_disconnected(tx, now);
    pump(NULL, 0);
    assert_told();
    assert_same();
    ck_assert_uint_eq(items_before_macros, 0);
}
END_TEST

START_TEST(those_of_another_sender_are_forgotten_when_its_round_begins)
{
    put(1, 100);
    pump(NULL, 0);
    start_sender(11, 0, false);
    our_macros[0] = our_macros[1] = 0; /* what is never told stays unknown */
    pass(CKPT_SILENT_US);
    pump(NULL, 0);
    ck_assert(synced());
    ck_assert_uint_eq(their_macros[0] | their_macros[1], 0);
}
END_TEST

START_TEST(no_item_goes_before_them_in_frames_that_are_short)
{
    uint8_t frame[CKPT_LEAST];
    unsigned frames = 0;

    for (uint32_t slot = 1; slot <= SLOTS; slot++)
        put(slot, 100 + slot);
    for (bool moved = true; moved;) {
        size_t len = ckpt_tx_next(tx, now, frame, sizeof frame);

        memcpy(message, frame, len);
        moved = len > 0;
        frames += moved && frame[1] == CKPT_DATA;
        if (moved)
            (void)give_rx(len);
        while ((len = from_rx()))
            (void)give_tx(len);
    }
    ck_assert_uint_gt(frames, 1);
    assert_told();
    assert_same();
    ck_assert_uint_eq(items_before_macros, 0);
}
END_TEST

START_TEST(all_arrive_in_spite_of_losses)
{
    struct rng rng = {.state = 7};

    for (uint32_t i = 1; i <= 200; i++) {
        put(1 + i % SLOTS, 2 * i);
        change(i % RIG_MACROS, 2 * i);
        pump(&rng, 200);
        pass(100 * US_PER_MS);
    }
    for (unsigned i = 0; i < 20; i++, pass(CKPT_BEAT_US))
        pump(NULL, 0);
    assert_told();
    assert_same();
    ck_assert_uint_eq(items_before_macros, 0);
    ck_assert_uint_gt(lost(0), 0);
}
END_TEST

START_TEST(one_that_is_not_whole_spoils_its_frame)
{
    struct ckpt_msg msg = {.type = CKPT_DATA, .data = {.frame = 0}};
    struct wr wr = wr_over(message, sizeof message);

    put(1, 100);
    pump(NULL, 0);
    msg.ids = (struct ckpt_ids){
        .instance = 1, .sender = 10, .receiver = 20, .epoch = 1, .stream = sender().stream};
    msg.data.frame = sender().frame_sent + 1;
    ckpt_encode(&wr, &msg);
    wr_u8(&wr, CKPT_DELETE); /* would be applied, were not the one behind it */
    wr_u32(&wr, 1);
    wr_u32(&wr, ours.tag[1]);
    wr_u8(&wr, CKPT_APN_MAP);
    wr_u16(&wr, 3); /* one octet too few for this sink */
    wr_u16(&wr, 1);
    wr_u8(&wr, 1);
    ck_assert_int_eq(give_rx(wr_len(&wr)), CKPT_BAD_RECORD);
    ck_assert_uint_eq(theirs.value[1], 100);
    ck_assert_uint_eq(their_macros[0], our_macros[0]);
    ck_assert_uint_eq(rx.stats.macro_received[0], 1);
}
END_TEST

START_TEST(one_that_is_cut_short_is_malformed)
{
    size_t len;

    pump(NULL, 0);
    change(0, 300);
    len = from_tx();
    for (size_t cut = CKPT_HEADER + 21; cut < len; cut++) /* behind frame number and tally */
        ck_assert_int_eq(give_rx(cut), CKPT_MALFORMED);
    ck_assert_uint_eq(their_macros[0], 100);
    ck_assert_int_eq(give_rx(len), CKPT_OK);
    ck_assert_uint_eq(their_macros[0], 300);
}
END_TEST

START_TEST(one_that_cannot_be_applied_is_told_by_a_nack_and_sent_again)
{
    struct ckpt_nack_setup setup = {
        .on = {true, false}, .max_response = {3, 3}, .window_us = 600 * US_PER_S};

    ckpt_nacks_set(&rx.nacks, &setup);
    pump(NULL, 0);
    rx.fault = (struct ckpt_fault){.cmd = CKPT_SERVICE_MAP, .times = 1};
    change(1, 300);
    pump(NULL, 0);
    assert_told();
    ck_assert_uint_eq(rx.stats.macro_refused[1], 1);
    ck_assert_uint_eq(rx.stats.macro_received[1], 3);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->nacks_full, 1);
    ck_assert_uint_eq(sent(0), 1);
}
END_TEST

START_TEST(a_part_of_all_that_comes_is_not_applied_and_made_good_when_that_ends)
{
    pump(NULL, 0);
    rx.fault = (struct ckpt_fault){.percent = 100};
    change(1, 300);
    pump(NULL, 0);
    ck_assert_uint_eq(their_macros[1], 200);
    ck_assert_uint_ge(rx.stats.macro_refused[1], 1);
    ck_assert(!synced());
    rx.fault.percent = 0;
    ckpt_rx_anew(&rx);
    change(1, 500);
    pump(NULL, 0);
    assert_told();
}
END_TEST

START_TEST(without_a_nack_it_is_known_to_be_missing)
{
    pump(NULL, 0);
    rx.fault = (struct ckpt_fault){.cmd = CKPT_SERVICE_MAP, .times = 1};
    change(1, 300);
    pump(NULL, 0);
    ck_assert_uint_eq(their_macros[1], 200);
    ck_assert(sender().told && !synced());
    change(1, 500);
    pump(NULL, 0);
    assert_told();
}
END_TEST

START_TEST(a_sender_that_stopped_tells_nothing_of_a_change)
{
    pump(NULL, 0);
    ckpt_tx_stop(tx);
    change(0, 300);
    ck_assert_uint_eq(from_tx(), 0);
    ckpt_tx_start(tx, now, 2);
    pump(NULL, 0);
    assert_told();
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt_macro");
    TCase *tcase = tcase_create("ckpt_macro");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, they_are_told_when_the_stream_is_ready_before_any_item);
    tcase_add_test(tcase, they_are_told_though_there_are_no_items);
    tcase_add_test(tcase, a_change_is_told_alone_and_by_itself);
    tcase_add_test(tcase, it_is_not_told_as_acknowledged_before_it_is);
    tcase_add_test(tcase, a_lost_one_is_told_again_as_it_is_by_then);
    tcase_add_test(tcase, a_hurry_does_not_wait_for_the_heartbeat_to_find_that);
    tcase_add_test(tcase, each_stream_begins_with_them);
    tcase_add_test(tcase, another_receiver_hears_them_before_it_hears_an_item);
    tcase_add_test(tcase, those_of_another_sender_are_forgotten_when_its_round_begins);
    tcase_add_test(tcase, no_item_goes_before_them_in_frames_that_are_short);
    tcase_add_test(tcase, all_arrive_in_spite_of_losses);
    tcase_add_test(tcase, one_that_is_not_whole_spoils_its_frame);
    tcase_add_test(tcase, one_that_is_cut_short_is_malformed);
    tcase_add_test(tcase, one_that_cannot_be_applied_is_told_by_a_nack_and_sent_again);
    tcase_add_test(tcase, a_part_of_all_that_comes_is_not_applied_and_made_good_when_that_ends);
    tcase_add_test(tcase, without_a_nack_it_is_known_to_be_missing);
    tcase_add_test(tcase, a_sender_that_stopped_tells_nothing_of_a_change);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
