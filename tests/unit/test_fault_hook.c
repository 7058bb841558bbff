/* What becomes of frames while leases hit the link: each kind, several at once, and the end. */
#include "common/fault/fault_hook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

enum {
    MS = 1000,
    S = 1000000,
    BEGIN = 1000 * S,
    END = 2000 * S,
    ROOM = FAULT_HOOK_LEAST + (1 << 20)
};

static struct fault_hook hook;
static void *memory;
static uint64_t seq;

static void
set_up(void)
{
    memory = malloc(ROOM);
    ck_assert_ptr_nonnull(memory);
    fault_hook_init(&hook, 7, memory, ROOM);
    seq = 0;
}

static void
tear_down(void)
{
    free(memory);
}

static struct fault
lease(uint32_t id, enum fault_kind kind, int64_t amount)
{
    return (struct fault){
        .id = id, .kind = kind, .amount = amount, .begin_us = BEGIN, .end_us = END};
}

static void
hit(enum fault_kind kind, int64_t amount)
{
    fault_hook_set(&hook, &(struct fault){0}, 0, BEGIN);
    fault_hook_set(&hook, &(struct fault[]){lease(3, kind, amount)}[0], 1, BEGIN);
}

/* The next frame: its number is in the envelope, and all over the body. */
static size_t
make_frame(uint8_t *bytes, size_t body)
{
    struct wr wr = wr_over(bytes, MSG_HEAD);
    struct msg_head head = {
        .type = MSG_CALLS, .slot = 4, .incarnation = 1, .epoch = 9, .seq = ++seq};

    msg_head_put(&wr, &head);
    memset(bytes + MSG_HEAD, (int)(seq & 255), body);
    return MSG_HEAD + body;
}

static void
say(int64_t now, size_t body)
{
    uint8_t *bytes = malloc(MSG_HEAD + body);
    size_t len;

    ck_assert_ptr_nonnull(bytes);
    len = make_frame(bytes, body);
    seq += fault_hook_send(&hook, now, bytes, len);
    free(bytes);
}

/* The number of the next frame out; 0: none by now. What is no frame fails. */
static uint64_t
hear(int64_t now)
{
    const uint8_t *frame;
    const char *reason;
    struct msg_head head;
    struct rd rd;
    size_t len;

    if (!fault_hook_take(&hook, now, &frame, &len))
        return 0;
    rd = rd_over(frame, len);
    ck_assert_msg(msg_head_get(&rd, &head, &reason), "%s", reason);
    return head.seq;
}

START_TEST(what_no_lease_hits_passes_at_once_as_it_is)
{
    uint8_t bytes[100];
    size_t len = make_frame(bytes, 60), got;
    const uint8_t *frame;

    ck_assert_uint_eq(fault_hook_send(&hook, BEGIN, bytes, len), 0);
    ck_assert(fault_hook_take(&hook, BEGIN, &frame, &got));
    ck_assert_uint_eq(got, len);
    ck_assert_int_eq(memcmp(frame, bytes, len), 0);
    ck_assert(!fault_hook_take(&hook, END, &frame, &got));
    ck_assert(fault_hook_idle(&hook));
    ck_assert_int_eq(fault_hook_next(&hook), INT64_MAX);
}
END_TEST

START_TEST(a_cut_loses_all_until_it_ends_and_nothing_after)
{
    hit(FAULT_CUT, 0);
    for (int i = 0; i < 50; i++)
        say(BEGIN + i * MS, 10);
    ck_assert_uint_eq(hear(END - 1), 0);
    ck_assert_uint_eq(hook.counts.lost, 50);
    say(END, 10);
    ck_assert_uint_eq(hear(END), 51);
    ck_assert(fault_hook_idle(&hook));
}
END_TEST

START_TEST(a_lease_that_has_not_begun_hits_nothing)
{
    hit(FAULT_CUT, 0);
    say(BEGIN - 1, 10);
    ck_assert_uint_eq(hear(BEGIN - 1), 1);
}
END_TEST

START_TEST(a_delayed_frame_arrives_that_much_later_and_not_before)
{
    hit(FAULT_DELAY, 250);
    say(BEGIN, 10);
    say(BEGIN + MS, 10);
    ck_assert_uint_eq(hear(BEGIN + 250 * MS - 1), 0);
    ck_assert_int_eq(fault_hook_next(&hook), BEGIN + 250 * MS);
    ck_assert_uint_eq(hear(BEGIN + 250 * MS), 1);
    ck_assert_uint_eq(hear(BEGIN + 250 * MS), 0);
    ck_assert_uint_eq(hear(BEGIN + 251 * MS), 2);
    ck_assert_uint_eq(hook.counts.late, 2);
}
END_TEST

START_TEST(what_is_held_when_the_lease_ends_travels_at_once_in_order)
{
    hit(FAULT_DELAY, 60000);
    for (int i = 0; i < 5; i++)
        say(END - 10 * MS + i, 10);
    say(END, 10);
    for (uint64_t i = 1; i <= 6; i++)
        ck_assert_uint_eq(hear(END), i);
    ck_assert(fault_hook_idle(&hook));
}
END_TEST

START_TEST(a_lease_that_is_cleared_ends_as_one_whose_time_is_over)
{
    hit(FAULT_DELAY, 60000);
    say(BEGIN, 10);
    fault_hook_set(&hook, NULL, 0, BEGIN + MS);
    say(BEGIN + MS, 10);
    ck_assert_uint_eq(hear(BEGIN + MS), 1);
    ck_assert_uint_eq(hear(BEGIN + MS), 2);
    ck_assert(fault_hook_idle(&hook));
}
END_TEST

START_TEST(a_throttle_lets_that_many_bits_pass)
{
    int64_t now = BEGIN;

    hit(FAULT_THROTTLE, 80); /* kbit/s: 10 octets a ms */
    for (int i = 0; i < 10; i++)
        say(now, 1000 - MSG_HEAD);
    for (uint64_t i = 1; i <= 10; i++) {
        ck_assert_uint_eq(hear(BEGIN + (int64_t)i * 100 * MS - 1), 0);
        ck_assert_uint_eq(hear(BEGIN + (int64_t)i * 100 * MS), i);
    }
}
END_TEST

START_TEST(what_is_over_the_backlog_of_a_throttle_is_lost_and_counted)
{
    uint64_t heard = 0;

    hit(FAULT_THROTTLE, 1);
    for (int i = 0; i < 1100; i++)
        say(BEGIN, 1024 - MSG_HEAD);
    ck_assert_uint_eq(hook.counts.over, 1100 - 1024);
    while (hear(END))
        heard++;
    ck_assert_uint_eq(heard, 1024);
}
END_TEST

START_TEST(the_longest_frame_passes_the_slowest_throttle)
{
    hit(FAULT_THROTTLE, 1);
    say(BEGIN, MSG_BODY_MOST);
    ck_assert_uint_eq(hook.counts.over, 0);
    ck_assert_uint_eq(hear(END), 1);
}
END_TEST

START_TEST(a_part_of_the_frames_is_lost)
{
    uint64_t heard = 0;

    hit(FAULT_DROP, 30);
    for (int i = 0; i < 10000; i++) {
        say(BEGIN, 10);
        heard += hear(BEGIN) != 0;
    }
    ck_assert_uint_eq(heard + hook.counts.lost, 10000);
    ck_assert_uint_gt(hook.counts.lost, 2800);
    ck_assert_uint_lt(hook.counts.lost, 3200);
}
END_TEST

START_TEST(a_doubled_frame_follows_itself)
{
    hit(FAULT_DUPLICATE, 100);
    say(BEGIN, 10);
    say(BEGIN, 10);
    ck_assert_uint_eq(hear(BEGIN), 1);
    ck_assert_uint_eq(hear(BEGIN), 1);
    ck_assert_uint_eq(hear(BEGIN), 2);
    ck_assert_uint_eq(hear(BEGIN), 2);
    ck_assert_uint_eq(hear(BEGIN), 0);
}
END_TEST

START_TEST(a_frame_goes_behind_the_next_one_or_alone_when_none_comes)
{
    hit(FAULT_REORDER, 100);
    say(BEGIN, 10);
    ck_assert_uint_eq(hear(BEGIN), 0);
    say(BEGIN + MS, 10);
    ck_assert_uint_eq(hear(BEGIN + MS), 2);
    ck_assert_uint_eq(hear(BEGIN + MS), 1);
    say(BEGIN + 2 * MS, 10);
    ck_assert_int_eq(fault_hook_next(&hook), BEGIN + 2 * MS + FAULT_BEHIND_US);
    ck_assert_uint_eq(hear(BEGIN + 2 * MS + FAULT_BEHIND_US), 3);
}
END_TEST

START_TEST(wrong_octets_are_such_that_a_receiver_can_tell)
{
    uint64_t shorter = 0;
    uint8_t bytes[MSG_HEAD + 40];

    hit(FAULT_CORRUPT, 100);
    for (int i = 0; i < 1000; i++) {
        size_t len = make_frame(bytes, 40), got;
        const uint8_t *frame;
        const char *reason;
        struct msg_head head;
        struct rd rd;

        (void)fault_hook_send(&hook, BEGIN, bytes, len);
        ck_assert(fault_hook_take(&hook, BEGIN, &frame, &got));
        rd = rd_over(frame, got);
        if (got == len)
            ck_assert(!msg_head_get(&rd, &head, &reason));
        else
            ck_assert_int_eq(memcmp(frame, bytes, got), 0);
        shorter += got < len;
    }
    ck_assert_uint_eq(hook.counts.wrong, 1000);
    ck_assert_uint_gt(shorter, 400);
    ck_assert_uint_lt(shorter, 600);
}
END_TEST

START_TEST(a_frame_is_followed_by_one_of_the_last_four)
{
    hit(FAULT_REPLAY, 100);
    say(BEGIN, 10);
    ck_assert_uint_eq(hear(BEGIN), 1);
    ck_assert_uint_eq(hear(BEGIN), 0); /* there is no older one yet */
    for (int i = 0; i < 100; i++) {
        uint64_t old;

        say(BEGIN, 10);
        ck_assert_uint_eq(hear(BEGIN), seq);
        old = hear(BEGIN);
        ck_assert(old == 0 || (old < seq && old + FAULT_KEPT >= seq));
    }
    ck_assert_uint_gt(hook.counts.old, 90);
}
END_TEST

START_TEST(a_stale_frame_has_an_older_epoch_and_a_number_of_its_own)
{
    uint8_t bytes[MSG_HEAD + 5];
    const uint8_t *frame;
    const char *reason;
    struct msg_head head;
    size_t len = make_frame(bytes, 5);
    struct rd rd;

    hit(FAULT_STALE, 100);
    ck_assert_uint_eq(fault_hook_send(&hook, BEGIN, bytes, len), 1);
    ck_assert_uint_eq(hear(BEGIN), 1);
    ck_assert(fault_hook_take(&hook, BEGIN, &frame, &len));
    rd = rd_over(frame, len);
    ck_assert(msg_head_get(&rd, &head, &reason));
    ck_assert_uint_eq(head.seq, 2);
    ck_assert_uint_lt(head.epoch, 9);
    ck_assert_uint_ge(head.epoch, 6);
    ck_assert_int_eq(memcmp(frame + MSG_HEAD, bytes + MSG_HEAD, 5), 0);
    ck_assert_uint_eq(fault_hook_send(&hook, BEGIN, "no frame of ours", 16), 0);
}
END_TEST

START_TEST(several_leases_on_one_link_all_count)
{
    struct fault leases[] = {lease(1, FAULT_DELAY, 100), lease(2, FAULT_DUPLICATE, 100),
                             lease(3, FAULT_DELAY, 50)};

    fault_hook_set(&hook, leases, 3, BEGIN);
    say(BEGIN, 10);
    ck_assert_uint_eq(hear(BEGIN + 150 * MS - 1), 0);
    ck_assert_uint_eq(hear(BEGIN + 150 * MS), 1);
    ck_assert_uint_eq(hear(BEGIN + 150 * MS), 1);
    fault_hook_set(&hook, leases, 2, BEGIN + S);
    say(BEGIN + S, 10);
    ck_assert_uint_eq(hear(BEGIN + S + 100 * MS - 1), 0);
    ck_assert_uint_eq(hear(BEGIN + S + 100 * MS), 2);
}
END_TEST

/* The fates of 64 frames, as bits: which arrive. */
static uint64_t
fates(uint32_t id, uint64_t flow)
{
    struct fault drop = lease(id, FAULT_DROP, 50);
    uint64_t bits = 0;

    fault_hook_init(&hook, flow, memory, ROOM);
    fault_hook_set(&hook, &drop, 1, BEGIN);
    for (int i = 0; i < 64; i++) {
        say(BEGIN, 10);
        bits = bits << 1 | (hear(BEGIN) != 0);
    }
    return bits;
}

START_TEST(the_same_lease_does_the_same_and_another_one_something_else)
{
    ck_assert_uint_eq(fates(3, 1), fates(3, 1));
    ck_assert_uint_ne(fates(3, 1), fates(4, 1));
    ck_assert_uint_ne(fates(3, 1), fates(3, 2));
}
END_TEST

START_TEST(with_its_connection_goes_what_was_held)
{
    hit(FAULT_DELAY, 100);
    say(BEGIN, 10);
    fault_hook_drop(&hook);
    ck_assert_uint_eq(hear(BEGIN + 100 * MS), 0);
    say(BEGIN + S, 10);
    ck_assert_uint_eq(hear(BEGIN + S + 100 * MS), 2);
}
END_TEST

/* ---- nothing is lost, doubled or out of order --------------------------------------- */

enum plant { NO_PLANT, PLANT_LOST, PLANT_TWICE, PLANT_SWAPPED, PLANT_CHANGED, PLANTS };

static bool
is_next(uint64_t *expected, const uint8_t *frame, size_t len)
{
    const char *reason;
    struct msg_head head;
    struct rd rd = rd_over(frame, len);

    if (!msg_head_get(&rd, &head, &reason) || head.seq != *expected + 1)
        return false;
    for (size_t i = MSG_HEAD; i < len; i++) {
        if (frame[i] != (uint8_t)head.seq)
            return false;
    }
    *expected = head.seq;
    return true;
}

/* Frames of any length under random leases that must lose nothing; a plant makes a mistake with
 * the 100th. How many came as they should, and in order, until one did not. */
static uint64_t
run(uint64_t seed, enum plant plant)
{
    static const enum fault_kind kinds[] = {FAULT_DELAY, FAULT_JITTER, FAULT_THROTTLE};
    struct rng rng = {seed};
    int64_t now = BEGIN;
    uint64_t expected = 0;

    fault_hook_init(&hook, seed, memory, ROOM);
    seq = 0;
    while (now < END) {
        const uint8_t *frame;
        uint8_t swap[MSG_HEAD + 4000];
        size_t len, swapped = 0;

        now += rng_between(&rng, 1, 200 * MS);
        if (rng_chance(&rng, 20)) {
            struct fault leases[3];
            size_t n = (size_t)rng_below(&rng, 4);

            for (size_t i = 0; i < n; i++) {
                leases[i] = lease((uint32_t)rng_between(&rng, 1, 9), kinds[rng_below(&rng, 3)], 0);
                leases[i].amount = leases[i].kind == FAULT_THROTTLE ? rng_between(&rng, 2000, 10000)
                                                                    : rng_between(&rng, 1, 2000);
                leases[i].end_us = now + rng_between(&rng, 0, 10 * S);
            }
            fault_hook_set(&hook, leases, n, now);
        }
        for (uint64_t k = rng_below(&rng, 8); k > 0; k--)
            say(now, (size_t)rng_below(&rng, 4000));
        while (fault_hook_take(&hook, now, &frame, &len)) {
            if (expected == 99 && plant == PLANT_LOST && !swapped) {
                swapped = 1;
                continue;
            }
            if (expected == 99 && plant == PLANT_SWAPPED && !swapped) {
                memcpy(swap, frame, swapped = len);
                continue;
            }
            if (expected == 99 && plant == PLANT_CHANGED)
                ((uint8_t *)memcpy(swap, frame, len))[MSG_HEAD]++, frame = swap;
            if (!is_next(&expected, frame, len))
                return expected;
            if (expected == 100 && plant == PLANT_TWICE && !is_next(&expected, frame, len))
                return expected;
        }
        if (swapped)
            return expected;
    }
    fault_hook_set(&hook, NULL, 0, END);
    for (const uint8_t *frame; fault_hook_take(&hook, END, &frame, &(size_t){0});)
        expected++;
    ck_assert_uint_eq(hook.counts.over, 0);
    ck_assert(fault_hook_idle(&hook));
    return expected;
}

START_TEST(delay_jitter_and_throttle_lose_nothing_double_nothing_and_keep_the_order)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        uint64_t heard = run(seed, NO_PLANT);

        ck_assert_msg(heard == seq, "seed %llu: %llu of %llu", (unsigned long long)seed,
                      (unsigned long long)heard, (unsigned long long)seq);
        ck_assert_uint_gt(hook.counts.late, 1000);
    }
}
END_TEST

START_TEST(a_lost_a_doubled_a_swapped_and_a_changed_frame_would_be_noticed)
{
    for (enum plant plant = PLANT_LOST; plant < PLANTS; plant++) {
        uint64_t heard = run(1, plant);

        ck_assert_msg(heard == 99 || heard == 100, "plant %d: %llu", plant,
                      (unsigned long long)heard);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fault_hook");
    TCase *tc = tcase_create("fault_hook");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, what_no_lease_hits_passes_at_once_as_it_is);
    tcase_add_test(tc, a_cut_loses_all_until_it_ends_and_nothing_after);
    tcase_add_test(tc, a_lease_that_has_not_begun_hits_nothing);
    tcase_add_test(tc, a_delayed_frame_arrives_that_much_later_and_not_before);
    tcase_add_test(tc, what_is_held_when_the_lease_ends_travels_at_once_in_order);
    tcase_add_test(tc, a_lease_that_is_cleared_ends_as_one_whose_time_is_over);
    tcase_add_test(tc, a_throttle_lets_that_many_bits_pass);
    tcase_add_test(tc, what_is_over_the_backlog_of_a_throttle_is_lost_and_counted);
    tcase_add_test(tc, the_longest_frame_passes_the_slowest_throttle);
    tcase_add_test(tc, a_part_of_the_frames_is_lost);
    tcase_add_test(tc, a_doubled_frame_follows_itself);
    tcase_add_test(tc, a_frame_goes_behind_the_next_one_or_alone_when_none_comes);
    tcase_add_test(tc, wrong_octets_are_such_that_a_receiver_can_tell);
    tcase_add_test(tc, a_frame_is_followed_by_one_of_the_last_four);
    tcase_add_test(tc, a_stale_frame_has_an_older_epoch_and_a_number_of_its_own);
    tcase_add_test(tc, several_leases_on_one_link_all_count);
    tcase_add_test(tc, the_same_lease_does_the_same_and_another_one_something_else);
    tcase_add_test(tc, with_its_connection_goes_what_was_held);
    tcase_add_test(tc, delay_jitter_and_throttle_lose_nothing_double_nothing_and_keep_the_order);
    tcase_add_test(tc, a_lost_a_doubled_a_swapped_and_a_changed_frame_would_be_noticed);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
