#include "tests/unit/ckpt_rig.h"

/* Records that cannot be applied: how often that is told, and that a full checkpoint answers. */

#define WINDOW_US (600 * US_PER_S)

static void
nack(bool macro, bool micro, uint16_t most)
{
    struct ckpt_nack_setup setup = {
        .on = {macro, micro}, .max_response = {most, most}, .window_us = WINDOW_US};

    ckpt_nacks_set(&rx.nacks, &setup);
}

static void
go_wrong(uint8_t cmd, uint32_t skip, uint32_t times)
{
    rx.fault = (struct ckpt_fault){.cmd = cmd, .skip = skip, .times = times};
}

static void
change_part(uint32_t slot, unsigned part, uint32_t value)
{
    ours.part[slot][part] = value;
    ckpt_tx_part(tx, slot, part);
    pump(NULL, 0);
}

/* As the processes do: whoever has something due is asked. */
static void
wait_us(int64_t us)
{
    mono_t until = mono_after(now, us);

    for (;;) {
        mono_t due = mono_earlier(ckpt_tx_deadline(tx), ckpt_rx_deadline(&rx));

        if (due.us > until.us)
            break;
        now = due.us > now.us ? due : now;
        pump(NULL, 0);
    }
    now = until;
}

static void
connected(void)
{
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    ck_assert(synced());
}

START_TEST(failed_micro_checkpoint_is_answered_by_a_full_one)
{
    nack(false, true, 3);
    connected();
    go_wrong(43, 1, 1);
    change_part(1, 0, 7);
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MICRO], 0); /* the second one fails */
    change_part(1, 0, 8);
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MICRO], 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->nacks_part, 1);
    ck_assert(synced());
    assert_same();
    ck_assert_uint_eq(ckpt_nacks_open(&rx.nacks), 0);
}
END_TEST

/* Nobody could be told for a while: what is told later counts in a window of its own. */
START_TEST(one_that_is_told_after_its_window_opens_another)
{
    static struct ckpt_nacks nacks;
    const struct ckpt_nack_setup setup = {
        .on = {true, true}, .max_response = {2, 2}, .window_us = WINDOW_US};
    struct ckpt_nack_entry entry;
    unsigned told = 0;
    mono_t late;

    memset(&nacks, 0, sizeof nacks);
    ckpt_nacks_set(&nacks, &setup);
    ckpt_nacks_failed(&nacks, now, 7, CKPT_FULL);
    ck_assert(ckpt_nacks_next(&nacks, now, &entry));
    late = mono_after(now, WINDOW_US + US_PER_S);
    for (mono_t t = late; t.us < late.us + WINDOW_US; t = mono_after(t, US_PER_S)) {
        while (ckpt_nacks_next(&nacks, t, &entry)) {
            told++;
            ckpt_nacks_failed(&nacks, t, 7, CKPT_FULL); /* the answer to it, too */
        }
    }
    ck_assert_uint_eq(told, 2);
}
END_TEST

START_TEST(without_the_command_nothing_is_said)
{
    nack(false, false, 3);
    connected();
    go_wrong(43, 0, 1);
    change_part(1, 0, 7);
    wait_us(2 * WINDOW_US);
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MICRO] + rx.nacks.sent[CKPT_MACRO], 0);
    ck_assert(!synced()); /* but it is not overlooked */
    ck_assert_uint_eq(sender().refused, 1);
}
END_TEST

START_TEST(max_response_limits_a_window_and_a_later_failure_opens_a_new_one)
{
    nack(true, false, 3);
    connected();
    go_wrong(CKPT_FULL, 0, UINT32_MAX);
    put(1, 101);
    wait_us(WINDOW_US / 2);
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MACRO], 3);
    wait_us(WINDOW_US);
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MACRO], 3);
    ck_assert_uint_eq(rx.nacks.limited[CKPT_MACRO], 1);
    put(1, 102);
    wait_us(WINDOW_US / 2);
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MACRO], 6);
    go_wrong(0, 0, 0);
    put(1, 103);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(no_full_one_in_between_spaces_them_evenly)
{
    mono_t at[3];

    nack(true, false, 3);
    connected();
    go_wrong(CKPT_FULL, 0, UINT32_MAX);
    put(1, 101);
    for (unsigned i = 0; i < 3; i++) {
        while (rx.nacks.sent[CKPT_MACRO] == i)
            wait_us(US_PER_S);
        at[i] = now;
    }
    ck_assert_int_le(mono_between(at[0], at[1]) - WINDOW_US / 4, US_PER_S);
    ck_assert_int_ge(mono_between(at[0], at[1]) - WINDOW_US / 4, -US_PER_S);
    ck_assert_int_le(mono_between(at[1], at[2]) - WINDOW_US / 4, US_PER_S);
    ck_assert_int_ge(mono_between(at[1], at[2]) - WINDOW_US / 4, -US_PER_S);
}
END_TEST

START_TEST(max_response_0_never_answers)
{
    nack(true, true, 0);
    connected();
    go_wrong(CKPT_FULL, 0, UINT32_MAX);
    put(1, 101);
    wait_us(2 * WINDOW_US);
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MACRO], 0);
}
END_TEST

START_TEST(disabled_command_is_never_told_and_enabled_again_is)
{
    struct ckpt_nack_setup setup = {
        .on = {true, true}, .max_response = {3, 3}, .window_us = WINDOW_US};

    setup.disabled[43 / 64] |= UINT64_C(1) << 43 % 64;
    ckpt_nacks_set(&rx.nacks, &setup);
    connected();
    go_wrong(43, 0, 1);
    change_part(1, 0, 7);
    wait_us(US_PER_S);
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MICRO], 0);
    setup.disabled[43 / 64] = 0;
    ckpt_nacks_set(&rx.nacks, &setup);
    wait_us(US_PER_S);
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MICRO], 1);
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(each_call_has_a_counter_of_its_own)
{
    nack(true, true, 1);
    connected();
    go_wrong(43, 0, 4);
    change_part(1, 0, 7);
    change_part(2, 0, 8);
    change_part(1, 0, 9); /* a full one has closed the first window */
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MICRO], 3);
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(nack_that_is_lost_is_said_again)
{
    nack(false, true, 3);
    connected();
    go_wrong(43, 0, 1);
    ours.part[1][0] = 7;
    ckpt_tx_part(tx, 1, 0);
    (void)give_rx(from_tx());
    ck_assert_int_eq(give_tx(from_rx()), CKPT_OK); /* the acknowledgement */
    ck_assert_uint_gt(from_rx(), 0);               /* the NACK: lost */
    wait_us(WINDOW_US / 4 + US_PER_S);
    ck_assert_uint_eq(rx.nacks.sent[CKPT_MICRO], 2);
    ck_assert(synced());
    assert_same();
}
END_TEST

/* A later epoch, told from its begin. */
static void
next_epoch(void)
{
    ckpt_tx_start(tx, now, 2);
    ckpt_tx_add(tx, 1);
    ckpt_tx_add(tx, 2);
}

START_TEST(a_call_that_is_deleted_fails_no_more)
{
    nack(true, true, 3);
    connected();
    go_wrong(CKPT_FULL, 0, UINT32_MAX);
    put(1, 101);
    pump(NULL, 0);
    take(1);
    pump(NULL, 0);
    ck_assert_uint_eq(ckpt_nacks_open(&rx.nacks), 0);
    ck_assert(synced());
}
END_TEST

/* What is there is older, and better than nothing. */
START_TEST(a_resync_does_not_sweep_what_it_could_not_apply)
{
    nack(false, false, 3);
    connected();
    go_wrong(CKPT_FULL, 0, UINT32_MAX);
    next_epoch();
    put(1, 101);
    pump(NULL, 0);
    ck_assert_uint_eq(theirs.value[1], 100);
    ck_assert_uint_eq(theirs.value[2], 200);
    ck_assert_uint_eq(rx.stats.resyncs, 2);
}
END_TEST

START_TEST(more_failing_calls_than_room_are_counted)
{
    struct ckpt_nacks nacks = {.setup = {.on = {true, true}, .max_response = {1, 1}}};
    struct ckpt_nack_entry entry;
    uint32_t n = 0;

    for (uint32_t slot = 1; slot <= CKPT_FAILING + 5; slot++)
        ckpt_nacks_failed(&nacks, now, slot, CKPT_FULL);
    ck_assert_uint_eq(ckpt_nacks_open(&nacks), CKPT_FAILING + 5);
    ck_assert_uint_eq(nacks.untracked, 5);
    while (ckpt_nacks_next(&nacks, now, &entry))
        n++;
    ck_assert_uint_eq(n, CKPT_FAILING);
}
END_TEST

START_TEST(malformed_nacks_are_refused)
{
    struct ckpt_msg msg = {
        .type = CKPT_NACK,
        .ids = {.instance = 1, .sender = 10, .receiver = 20, .epoch = 1, .stream = 1}};
    struct wr wr = wr_over(message, sizeof message);

    ckpt_encode(&wr, &msg);
    ck_assert_int_eq(give_tx(wr_len(&wr)), CKPT_MALFORMED); /* of nothing */
    wr_u32(&wr, 1);
    ck_assert_int_eq(give_tx(wr_len(&wr)), CKPT_MALFORMED); /* cut short */
    for (unsigned i = 0; i < 5 * CKPT_NACKS; i++)
        wr_u8(&wr, 0);
    wr_u8(&wr, 0);
    ck_assert_int_eq(give_tx(wr_len(&wr)), CKPT_MALFORMED); /* too many */
}
END_TEST

START_TEST(nack_of_what_is_not_there_changes_nothing)
{
    connected();
    struct ckpt_msg msg = {
        .type = CKPT_NACK,
        .ids = {
            .instance = 1, .sender = 10, .receiver = 20, .epoch = 1, .stream = sender().stream}};
    struct wr wr = wr_over(message, sizeof message);
    static const uint32_t slots[] = {0, 40, SLOTS, SLOTS + 1, UINT32_MAX};

    ckpt_encode(&wr, &msg);
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        wr_u32(&wr, slots[i]);
        wr_u8(&wr, 0);
    }
    ck_assert_int_eq(give_tx(wr_len(&wr)), CKPT_OK);
    ck_assert(synced());
    ck_assert_uint_eq(sender().items, 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt_nack");
    TCase *tcase = tcase_create("ckpt_nack");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, failed_micro_checkpoint_is_answered_by_a_full_one);
    tcase_add_test(tcase, one_that_is_told_after_its_window_opens_another);
    tcase_add_test(tcase, without_the_command_nothing_is_said);
    tcase_add_test(tcase, max_response_limits_a_window_and_a_later_failure_opens_a_new_one);
    tcase_add_test(tcase, no_full_one_in_between_spaces_them_evenly);
    tcase_add_test(tcase, max_response_0_never_answers);
    tcase_add_test(tcase, disabled_command_is_never_told_and_enabled_again_is);
    tcase_add_test(tcase, each_call_has_a_counter_of_its_own);
    tcase_add_test(tcase, nack_that_is_lost_is_said_again);
    tcase_add_test(tcase, a_call_that_is_deleted_fails_no_more);
    tcase_add_test(tcase, a_resync_does_not_sweep_what_it_could_not_apply);
    tcase_add_test(tcase, more_failing_calls_than_room_are_counted);
    tcase_add_test(tcase, malformed_nacks_are_refused);
    tcase_add_test(tcase, nack_of_what_is_not_there_changes_nothing);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
