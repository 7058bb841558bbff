#include "tests/unit/srp_two.h"
#include "tests/unit/unit.h"

START_TEST(primary_serves_and_backup_follows_whoever_starts_first)
{
    struct pair pair = {.now = {.us = 1000000000}, .recovers = true};

    start(&pair, _i);
    pass(&pair, HELLO / 2);
    start(&pair, !_i);
    pass(&pair, 3 * HELLO);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    modifiers_are(&pair, 2, 3);
    ck_assert(pair.chassis[0].epoch == pair.chassis[1].epoch);
    ck_assert_uint_eq(pair.chassis[1].restart, 40);
    ck_assert_int_eq(pair.both_active_us, 0);
}
END_TEST

START_TEST(pair_in_one_mode_goes_by_priority)
{
    struct pair pair = {.now = {.us = 1000000000}, .recovers = true};

    start(&pair, 0);
    start(&pair, 1);
    for (int i = 0; i < 2; i++)
        pair.chassis[i].rank.mode = pair.chassis[i].setup.rank.mode = SRP_BACKUP;
    pair.chassis[0].rank.priority = pair.chassis[0].setup.rank.priority = 21;
    pass(&pair, 3 * HELLO);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    modifiers_are(&pair, 3, 2);
}
END_TEST

START_TEST(settled_pair_sends_one_hello_an_interval_and_no_more)
{
    struct pair pair = settled();

    pair.sent = 0;
    pass(&pair, 100 * HELLO);
    ck_assert_uint_ge(pair.sent, 2 * 100);
    ck_assert_uint_le(pair.sent, 2 * 101);
}
END_TEST

START_TEST(returning_chassis_stands_by_and_never_takes_back)
{
    struct pair pair = settled();

    pair.up[0] = false;
    pass(&pair, 2 * DEAD);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_ACTIVE);
    ck_assert_uint_eq(pair.chassis[1].rank.route_modifier, 3);
    ck_assert_uint_eq(pair.chassis[1].restart, 40);
    start(&pair, 0);
    pass(&pair, 100 * DEAD);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    modifiers_are(&pair, 4, 3);
    ck_assert(!pair.was_pending[0]);
    ck_assert_int_eq(pair.both_active_us, 0);
    ck_assert_uint_eq(pair.chassis[0].restart, 40);
}
END_TEST

START_TEST(modifiers_climb_with_each_failure_and_return_to_the_base)
{
    static const unsigned serving[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 2, 3};
    struct pair pair = settled();
    int active = 0;

    for (size_t i = 0; i < sizeof serving / sizeof *serving; i++) {
        pair.up[active] = false;
        pass(&pair, 2 * DEAD);
        start(&pair, active);
        pass(&pair, DEAD);
        active = !active;
        ck_assert_int_eq(pair.chassis[active].state, CHASSIS_ACTIVE);
        ck_assert_int_eq(pair.chassis[!active].state, CHASSIS_STANDBY);
        ck_assert_uint_eq(pair.chassis[active].rank.route_modifier, serving[i]);
        ck_assert_uint_eq(pair.chassis[!active].rank.route_modifier, serving[i] + 1);
    }
}
END_TEST

START_TEST(active_restarted_within_the_dead_interval_hands_over_at_once)
{
    struct pair pair = settled();
    uint64_t epoch = pair.chassis[0].epoch;

    start(&pair, 0);
    pass(&pair, HELLO / 2);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    ck_assert_uint_gt(pair.chassis[1].epoch, epoch);
    ck_assert_int_eq(pair.both_active_us, 0);
}
END_TEST

START_TEST(after_a_split_the_lower_route_modifier_stays)
{
    struct pair pair = settled();

    pair.cut = true;
    pass(&pair, 2 * DEAD);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_ACTIVE));

    uint64_t split = pair.chassis[1].epoch;

    ck_assert_uint_gt(split, pair.chassis[0].epoch);
    pair.cut = false;
    pair.both_active_us = 0;
    pair.was_pending[1] = false;
    pass(&pair, 3 * HELLO);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert(pair.was_pending[1]);
    ck_assert(!pair.was_pending[0]);
    ck_assert_uint_eq(pair.chassis[1].counters.switchovers[SRP_DUAL_ACTIVE], 1);
    ck_assert_uint_gt(pair.chassis[0].epoch, split); /* so that what the loser did is over */
    ck_assert(pair.chassis[1].epoch == pair.chassis[0].epoch);
    modifiers_are(&pair, 2, 3);
    ck_assert_int_le(pair.both_active_us, HELLO + 100000); /* both hear each other again */
}
END_TEST

START_TEST(two_that_take_over_at_once_never_share_an_epoch)
{
    struct pair pair = {.now = {.us = 1000000000}, .recovers = true, .cut = true};

    start(&pair, 0);
    start(&pair, 1);
    for (int round = 0; round < 20; round++) {
        pass(&pair, DELAY + DEAD);
        ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_ACTIVE));
        ck_assert_uint_ne(pair.chassis[0].epoch, pair.chassis[1].epoch);
        pair.cut = false;
        pass(&pair, 3 * HELLO);
        ck_assert(pair.chassis[0].epoch == pair.chassis[1].epoch);
        pair.cut = true;
    }
}
END_TEST

START_TEST(unfinished_recovery_still_ends_with_a_chassis_that_serves)
{
    struct pair pair = settled();

    pair.recovers = false;
    pair.up[0] = false;
    pass(&pair, DEAD + WIRE);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_PENDING_ACTIVE);
    pass(&pair, DEAD);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_ACTIVE);
    ck_assert_int_eq(pair.chassis[1].reason, SRP_FORCE_STATE_CHANGE);
}
END_TEST

START_TEST(old_active_that_returns_during_the_takeover_stands_by)
{
    struct pair pair = settled();

    pair.recovers = false;
    pair.up[0] = false;
    pass(&pair, DEAD + WIRE);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_PENDING_ACTIVE);
    start(&pair, 0);
    pass(&pair, HELLO);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_PENDING_ACTIVE));

    pair.recovers = true;
    give(&pair, 1, (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(&pair.chassis[1])});
    pass(&pair, HELLO);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    modifiers_are(&pair, 4, 3);
}
END_TEST

START_TEST(other_cf_of_a_chassis_goes_on_without_a_switchover)
{
    struct pair pair = settled();
    struct srp_snapshot snapshot = srp_snapshot(&pair.chassis[_i]);
    struct srp_setup setup = setups[_i];
    uint64_t epoch = pair.chassis[0].epoch;

    pair.up[_i] = false;
    pass(&pair, DEAD - HELLO - WIRE); /* just short of being missed */
    setup.cf_epoch++;
    setup.rank.mac[5] += 7;
    srp_adopt(&pair.chassis[_i], &setup, &snapshot, pair.now);
    pair.up[_i] = true;
    pass(&pair, 10 * DEAD);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert(!pair.was_pending[0] && !pair.was_pending[1]);
    ck_assert(pair.chassis[0].epoch == epoch);
    modifiers_are(&pair, 2, 3);
    ck_assert_uint_eq(pair.chassis[!_i].peer.rank.mac[5], setup.rank.mac[5]);
    ck_assert_uint_eq(pair.chassis[!_i].counters.hellos_stale, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp_pair");
    TCase *stories = tcase_create("stories");

    tcase_add_loop_test(stories, primary_serves_and_backup_follows_whoever_starts_first, 0, 2);
    tcase_add_test(stories, pair_in_one_mode_goes_by_priority);
    tcase_add_test(stories, settled_pair_sends_one_hello_an_interval_and_no_more);
    tcase_add_test(stories, returning_chassis_stands_by_and_never_takes_back);
    tcase_add_test(stories, modifiers_climb_with_each_failure_and_return_to_the_base);
    tcase_add_test(stories, active_restarted_within_the_dead_interval_hands_over_at_once);
    tcase_add_test(stories, after_a_split_the_lower_route_modifier_stays);
    tcase_add_test(stories, two_that_take_over_at_once_never_share_an_epoch);
    tcase_add_test(stories, unfinished_recovery_still_ends_with_a_chassis_that_serves);
    tcase_add_test(stories, old_active_that_returns_during_the_takeover_stands_by);
    tcase_add_loop_test(stories, other_cf_of_a_chassis_goes_on_without_a_switchover, 0, 2);
    suite_add_tcase(suite, stories);
    return unit_main(suite);
}
