/* A receiver that saw its connection end tries the sender anew, and the sender did not see it. */
#include <stdlib.h>
#include <string.h>

#include "common/ckpt/ckpt_rx.h"
#include "common/ckpt/ckpt_tx.h"
#include "unit.h"

enum { SLOTS = 4 };

static struct ckpt_tx *tx;
static struct ckpt_rx rx;
static mono_t now;
static uint8_t message[CKPT_MESSAGE];
static unsigned applied;

static void
encode(void *ctx, uint32_t slot, mono_t at, struct wr *wr)
{
    (void)ctx;
    (void)at;
    wr_u32(wr, slot);
}

static bool
check_item(void *ctx, const struct ckpt_record *r)
{
    (void)ctx;
    return r->len == 4;
}

static bool
apply(void *ctx, const struct ckpt_record *r, uint8_t round, mono_t at)
{
    (void)ctx;
    (void)r;
    (void)round;
    (void)at;
    applied++;
    return true;
}

static uint32_t
sweep(void *ctx, uint8_t round)
{
    (void)ctx;
    (void)round;
    return 0;
}

/* There are no macro items to forget. */
static void
forget_none(void *ctx)
{
    (void)ctx;
}

static size_t
give_rx(size_t len, enum ckpt_reason expected)
{
    struct ckpt_msg msg;

    ck_assert_int_eq(ckpt_decode(&msg, message, len), CKPT_OK);
    ck_assert_int_eq(ckpt_rx_receive(&rx, now, &msg), expected);
    return ckpt_rx_next(&rx, now, message, sizeof message);
}

static enum ckpt_reason
give_tx(const uint8_t *bytes, size_t len)
{
    struct ckpt_msg msg;

    ck_assert_int_eq(ckpt_decode(&msg, bytes, len), CKPT_OK);
    return ckpt_tx_receive(tx, now, &msg);
}

/* Carry what there is, both ways. */
static void
pump(void)
{
    for (size_t len; (len = ckpt_tx_next(tx, now, message, sizeof message));)
        if ((len = give_rx(len, CKPT_OK)))
            ck_assert_int_eq(give_tx(message, len), CKPT_OK);
}

static void
pass(int64_t us)
{
    now = mono_after(now, us);
}

static void
try_out(unsigned beats)
{
    pump();
    for (unsigned i = 1; i < beats; i++) {
        pass(CKPT_BEAT_US);
        pump();
    }
}

/* One item is acknowledged. */
static void
begin(uint8_t beats)
{
    struct ckpt_tx_setup from = {
        .instance = 1, .capacity = SLOTS, .incarnation = 10, .source = {.encode = encode}};
    struct ckpt_rx_setup to = {
        .instance = 1,
        .incarnation = 20,
        .credit = 2,
        .ready_beats = beats,
        .sink = {
            .check = check_item, .apply = apply, .sweep = sweep, .forget_macros = forget_none}};

    now = (mono_t){.us = US_PER_S};
    applied = 0;
    tx = ckpt_tx_init(malloc(ckpt_tx_size(&from)), &from);
    ckpt_rx_init(&rx, &to);
    ckpt_tx_start(tx, now, 1);
    ckpt_rx_start(&rx, 1);
    ckpt_tx_changed(tx, 1, 0, now);
    try_out(beats);
    ck_assert(ckpt_tx_acked(tx, 1));
}

static struct ckpt_tx_status
sender(void)
{
    struct ckpt_tx_status status;

    ckpt_tx_status(tx, &status);
    return status;
}

static void
end(void)
{
    free(tx);
    tx = NULL;
}

START_TEST(data_that_is_not_taken_is_sent_once_the_trial_is_over)
{
    begin(CKPT_BEATS);
    ckpt_rx_disconnected(&rx);
    ckpt_tx_changed(tx, 2, 0, now);

    size_t len = give_rx(ckpt_tx_next(tx, now, message, sizeof message), CKPT_NOT_READY);

    ck_assert_int_eq(give_tx(message, len), CKPT_OK);
    ck_assert(!sender().open && !sender().reached);
    try_out(CKPT_BEATS);
    ck_assert(sender().synced && ckpt_tx_acked(tx, 2));
    ck_assert_uint_eq(applied, 2); /* what was acknowledged is not told again */
    end();
}
END_TEST

START_TEST(nor_does_it_wait_for_a_heartbeat_where_one_is_enough)
{
    begin(CKPT_BEATS_AGGRESSIVE);
    ckpt_rx_disconnected(&rx);
    ckpt_tx_changed(tx, 2, 0, now);

    size_t len = give_rx(ckpt_tx_next(tx, now, message, sizeof message), CKPT_NOT_READY);

    ck_assert_int_eq(give_tx(message, len), CKPT_OK);
    pump();
    ck_assert(sender().synced && ckpt_tx_acked(tx, 2));
    end();
}
END_TEST

START_TEST(heartbeat_tells_a_sender_that_has_nothing_to_send)
{
    begin(CKPT_BEATS);
    ckpt_rx_disconnected(&rx);
    ck_assert(sender().reached);
    pass(CKPT_BEAT_US);
    pump();
    ck_assert(!sender().reached);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_lost, 1);
    try_out(CKPT_BEATS);
    ck_assert(sender().synced);
    end();
}
END_TEST

START_TEST(an_overtaken_answer_of_the_trial_ends_no_stream)
{
    uint8_t old[CKPT_MESSAGE];
    size_t old_len = 0;

    begin(2);
    ckpt_rx_disconnected(&rx);
    ckpt_tx_disconnected(tx, now);
    for (int i = 0; i < 2; i++) { /* OPEN, then the first heartbeat */
        old_len = give_rx(ckpt_tx_next(tx, now, message, sizeof message), CKPT_OK);
        memcpy(old, message, old_len);
        ck_assert_int_eq(give_tx(message, old_len), CKPT_OK);
    }
    pass(CKPT_BEAT_US);
    ckpt_tx_changed(tx, 2, 0, now);
    pump();
    ck_assert(sender().synced);
    ck_assert_int_eq(give_tx(old, old_len), CKPT_OK);
    ck_assert(sender().open && sender().reached);
    end();
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt_trial");
    TCase *tcase = tcase_create("trial");

    tcase_add_test(tcase, data_that_is_not_taken_is_sent_once_the_trial_is_over);
    tcase_add_test(tcase, nor_does_it_wait_for_a_heartbeat_where_one_is_enough);
    tcase_add_test(tcase, heartbeat_tells_a_sender_that_has_nothing_to_send);
    tcase_add_test(tcase, an_overtaken_answer_of_the_trial_ends_no_stream);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
