#include "tests/unit/ckpt_rig.h"

/* Micro-checkpoints: parts of an item, in order, onto the full checkpoint they build on. */

static void
change_part(uint32_t slot, unsigned part, uint32_t value)
{
    ours.part[slot][part] = value;
    ckpt_tx_part(tx, slot, part);
}

static void
connected(void)
{
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    ck_assert(synced());
}

START_TEST(a_part_travels_without_the_rest)
{
    connected();
    uint64_t full = rx.stats.full_received;

    change_part(1, 0, 7);
    ck_assert(!ckpt_tx_acked(tx, 1) && ckpt_tx_based(tx, 1));
    pump(NULL, 0);
    ck_assert(synced() && ckpt_tx_acked(tx, 1));
    assert_same();
    ck_assert_uint_eq(rx.stats.full_received, full);
    ck_assert_uint_eq(rx.stats.part_received[rig_cmds[0]], 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->part_sent[0], 1);
}
END_TEST

/* Which one is the owner's choice; to the engine they are one. */
START_TEST(ends_of_items_are_told_apart_by_their_cmd_id)
{
    for (uint32_t slot = 1; slot <= 4; slot++)
        put(slot, slot * 100);
    pump(NULL, 0);
    for (uint32_t slot = 2; slot <= 4; slot++)
        take(slot);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
    ck_assert_uint_eq(ckpt_tx_stats(tx)->delete_sent, 3);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->delete_cmd_sent[CKPT_DELETE], 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->delete_cmd_sent[CKPT_DELETE_SUB_SESS], 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->delete_cmd_sent[CKPT_DELETE_RULE], 1);
    ck_assert_uint_eq(rx.stats.delete_received, 3);
    ck_assert_uint_eq(rx.stats.delete_cmd_received[117], 1);
    ck_assert_uint_eq(rx.stats.delete_cmd_received[178], 1);
    ck_assert_uint_eq(rx.stats.part_received[117], 0);
}
END_TEST

START_TEST(changes_of_one_part_coalesce_and_a_full_one_covers_all)
{
    connected();
    for (uint32_t i = 1; i <= 50; i++)
        change_part(1, 0, i);
    change_part(2, 1, 5);
    put(2, 201);
    change_part(2, 0, 6);
    pump(NULL, 0);
    assert_same();
    ck_assert_uint_eq(ckpt_tx_stats(tx)->part_sent[0], 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->part_sent[1], 0);
}
END_TEST

START_TEST(part_of_an_item_that_is_not_told_yet_waits_for_its_full_one)
{
    start_sender(10, 1000, false);
    connected();
    put(3, 300);
    change_part(3, 0, 9);
    pump(NULL, 0);
    ck_assert_uint_eq(theirs.value[3], 0);
    ck_assert_uint_eq(rx.stats.part_received[rig_cmds[0]], 0);
    pass(1000);
    pump(NULL, 0);
    assert_same();
}
END_TEST

START_TEST(each_class_waits_for_its_own_age)
{
    start_sender(10, 1000, false); /* the other class: twice that */
    ours.value[1] = 1;
    ckpt_tx_changed(tx, 1, 1, now);
    ours.value[2] = 2;
    ckpt_tx_changed(tx, 2, 0, now);
    pump(NULL, 0);
    pass(1000);
    ck_assert(mono_reached(now, ckpt_tx_deadline(tx)));
    pump(NULL, 0);
    ck_assert_uint_eq(theirs.value[1], 0);
    ck_assert_uint_eq(theirs.value[2], 2);
    pass(1000);
    ck_assert(mono_reached(now, ckpt_tx_deadline(tx)));
    pump(NULL, 0);
    assert_same();
}
END_TEST

/* What is in flight and what changed since are two things: after a loss both are told. */
START_TEST(lost_parts_are_sent_again_also_when_another_one_changed_meanwhile)
{
    connected();
    change_part(1, 0, 7);
    ck_assert_uint_gt(from_tx(), 0); /* lost */
    change_part(1, 1, 8);
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(what_was_lost_counts_and_what_arrived_does_not)
{
    const struct ckpt_tx_stats *stats = ckpt_tx_stats(tx);

    connected();
    ck_assert_uint_eq(stats->full_lost + stats->part_lost[0], 0);
    change_part(1, 0, 7);
    ck_assert_uint_gt(from_tx(), 0); /* lost */
    put(2, 201);
    ck_assert_uint_gt(from_tx(), 0);
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    ck_assert(synced());
    ck_assert_uint_eq(stats->part_lost[0], 1);
    ck_assert_uint_eq(stats->part_lost[1], 0);
    ck_assert_uint_eq(stats->full_lost, 1);
    ck_assert_uint_eq(stats->delete_lost, 0);
    ck_assert_uint_eq(stats->part_sent[0] - stats->part_lost[0], rx.stats.part_received[43]);
}
END_TEST

START_TEST(a_look_at_an_item_tells_what_is_to_be_sent_and_what_is_under_way)
{
    struct ckpt_look look;

    connected();
    ck_assert(!ckpt_tx_look(tx, 0, &look));
    ck_assert(!ckpt_tx_look(tx, SLOTS, &look));
    ck_assert(!ckpt_tx_look(tx, SLOTS + 1, &look));
    ck_assert(ckpt_tx_look(tx, 1, &look));
    ck_assert(!look.waiting && !look.full_due && !look.full_flying);
    ck_assert_uint_eq(look.due | look.flying, 0);
    ck_assert_uint_eq(look.base, theirs.base[1]);
    change_part(1, 1, 8);
    ck_assert(ckpt_tx_look(tx, 1, &look));
    ck_assert_uint_eq(look.due, 1u << 1);
    ck_assert_uint_gt(from_tx(), 0);
    ck_assert(ckpt_tx_look(tx, 1, &look));
    ck_assert_uint_eq(look.due, 0);
    ck_assert_uint_eq(look.flying, 1u << 1);
    put(1, 101);
    ck_assert(ckpt_tx_look(tx, 1, &look));
    ck_assert(look.full_due && !look.full_flying);
    ck_assert_uint_gt(from_tx(), 0);
    ck_assert(ckpt_tx_look(tx, 1, &look));
    ck_assert(!look.full_due && look.full_flying);
}
END_TEST

START_TEST(full_one_that_was_lost_is_sent_again_before_its_parts)
{
    connected();
    put(1, 101);
    ck_assert_uint_gt(from_tx(), 0); /* lost */
    change_part(1, 1, 8);
    ck_assert(!ckpt_tx_based(tx, 1));
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
    ck_assert_uint_eq(rx.stats.part_refused[rig_cmds[1]], 0);
}
END_TEST

START_TEST(an_acknowledged_frame_is_not_sent_again_with_a_later_one_that_is_lost)
{
    connected();
    change_part(1, 0, 7);
    pump(NULL, 0);
    change_part(1, 1, 8);
    ck_assert_uint_gt(from_tx(), 0); /* lost */
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    assert_same();
    ck_assert_uint_eq(ckpt_tx_stats(tx)->part_sent[0], 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->part_sent[1], 2);
}
END_TEST

START_TEST(part_onto_another_base_is_refused_and_healed_by_a_full_one)
{
    connected();
    theirs.base[1]++;
    change_part(1, 0, 7);
    pump(NULL, 0);
    ck_assert_uint_eq(rx.stats.part_refused[rig_cmds[0]], 1);
    ck_assert(!synced() && !receiver().synced);
    put(1, 101);
    pump(NULL, 0);
    ck_assert(synced() && receiver().synced);
    assert_same();
}
END_TEST

/* A later version may have more of them. */
START_TEST(part_that_nobody_knows_here_stops_nothing_else)
{
    static const uint8_t later[RIG_PARTS] = {43, 250};

    start_sender(10, 0, false);
    struct ckpt_tx_setup setup = {.instance = 1,
                                  .capacity = SLOTS,
                                  .incarnation = 11,
                                  .source = {.encode = encode,
                                             .encode_part = encode_part,
                                             .cmds = later,
                                             .tag = tag,
                                             .delete_cmd = delete_cmd,
                                             .forget = forget}};

    (void)ckpt_tx_init(tx, &setup);
    ckpt_tx_start(tx, now, 1);
    connected();
    change_part(1, 1, 5);
    change_part(1, 0, 6);
    pump(NULL, 0);
    ck_assert_uint_eq(theirs.part[1][0], 6);
    ck_assert_uint_eq(rx.stats.part_refused[250], 1);
    ck_assert(sender().open);
}
END_TEST

static uint32_t
below(struct rng *rng, uint32_t n)
{
    return (uint32_t)rng_below(rng, n);
}

START_TEST(lossy_network_converges_with_parts)
{
    struct rng rng = {.state = (uint64_t)_i + 1};

    for (int step = 0; step < 400; step++) {
        uint32_t slot = 1 + below(&rng, 8);

        if (ours.value[slot] == 0) {
            if (!tomb[slot])
                put(slot, 1 + below(&rng, 1000));
        } else if (rng_chance(&rng, 100)) {
            take(slot);
        } else if (rng_chance(&rng, 200)) {
            put(slot, 1 + below(&rng, 1000));
        } else {
            change_part(slot, below(&rng, RIG_PARTS), below(&rng, 1000));
        }
        if (rng_chance(&rng, 300))
            pump(&rng, 300);
        pass((int64_t)below(&rng, 300) * US_PER_MS);
    }
    for (int i = 0; i < 20; i++) {
        pump(NULL, 0);
        pass(CKPT_BEAT_US);
    }
    ck_assert(synced());
    assert_same();
    for (size_t cmd = 0; cmd < CKPT_CMDS; cmd++)
        ck_assert_uint_eq(rx.stats.part_refused[cmd], 0); /* no guess was ever made */
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt_parts");
    TCase *tcase = tcase_create("ckpt_parts");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_part_travels_without_the_rest);
    tcase_add_test(tcase, ends_of_items_are_told_apart_by_their_cmd_id);
    tcase_add_test(tcase, changes_of_one_part_coalesce_and_a_full_one_covers_all);
    tcase_add_test(tcase, part_of_an_item_that_is_not_told_yet_waits_for_its_full_one);
    tcase_add_test(tcase, each_class_waits_for_its_own_age);
    tcase_add_test(tcase, lost_parts_are_sent_again_also_when_another_one_changed_meanwhile);
    tcase_add_test(tcase, what_was_lost_counts_and_what_arrived_does_not);
    tcase_add_test(tcase, a_look_at_an_item_tells_what_is_to_be_sent_and_what_is_under_way);
    tcase_add_test(tcase, full_one_that_was_lost_is_sent_again_before_its_parts);
    tcase_add_test(tcase, an_acknowledged_frame_is_not_sent_again_with_a_later_one_that_is_lost);
    tcase_add_test(tcase, part_onto_another_base_is_refused_and_healed_by_a_full_one);
    tcase_add_test(tcase, part_that_nobody_knows_here_stops_nothing_else);
    tcase_add_loop_test(tcase, lossy_network_converges_with_parts, 0, 50);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
