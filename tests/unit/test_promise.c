/* What the story of a pair shows of its promises: for each a story that breaks it, and one that
 * does not. */
#include "tests/unit/promise_rig.h"

/* ---- two Actives ------------------------------------------------------------------------- */

/* Both are Active and hear each other for so long. */
static void
both_serve_for(double seconds)
{
    tell("west/cf1", "srp.state", "Standby", "Active", "manualSwitchOver", 2);
    for (double passed = 0; passed <= seconds; passed += 0.5) {
        hear(EAST, "Active", 2);
        hear(WEST, "Active", 1);
        pass(0.5);
    }
}

START_TEST(two_actives_that_hear_each_other_for_long_are_found)
{
    both_serve_for(4);
    ck_broken(PROMISE_DUAL);
    ck_assert_uint_eq(found_n, 1); /* once */
}
END_TEST

START_TEST(two_actives_may_hear_each_other_for_an_interval)
{
    both_serve_for(1);
    tell("east/cf1", "srp.state", "Active", "Standby", "peerActive", 2);
    ck_kept(PROMISE_DUAL);
}
END_TEST

START_TEST(two_actives_of_whom_one_hears_nothing_are_excused)
{
    tell("west/cf1", "srp.state", "Standby", "Active", "deadTimerExpiry", 2);
    for (int i = 0; i < 20; i++) {
        hear(EAST, "Active", 2);
        pass(1);
    }
    ck_assert_uint_eq(found_n, 0);
}
END_TEST

START_TEST(two_actives_whose_hellos_paused_begin_anew)
{
    both_serve_for(1);
    pass(8); /* nobody hears anybody */
    for (int i = 0; i < 3; i++) {
        hear(EAST, "Active", 2);
        hear(WEST, "Active", 1);
        pass(0.5);
    }
    ck_kept(PROMISE_DUAL);
}
END_TEST

/* ---- epochs -------------------------------------------------------------------------------- */

START_TEST(an_epoch_that_falls_is_found)
{
    tell("east/cf1", "srp.state", "Active", "Pending-Standby", "manualSwitchOver", 5);
    tell("east/cf1", "srp.state", "Pending-Standby", "Standby", "manualSwitchOver", 4);
    ck_broken(PROMISE_EPOCH);
}
END_TEST

START_TEST(an_epoch_that_two_start_is_found)
{
    hear(WEST, "Active", 1);
    tell("west/cf1", "srp.state", "Standby", "Active", "manualSwitchOver", 1);
    ck_broken(PROMISE_EPOCH);
}
END_TEST

START_TEST(epochs_that_rise_by_turns_are_kept)
{
    tell("east/cf1", "srp.state", "Active", "Standby", "manualSwitchOver", 1);
    tell("west/cf1", "srp.state", "Standby", "Active", "manualSwitchOver", 2);
    tell("west/cf1", "srp.state", "Active", "Standby", "manualSwitchOver", 2);
    tell("east/cf1", "srp.state", "Standby", "Active", "manualSwitchOver", 3);
    ck_kept(PROMISE_EPOCH);
}
END_TEST

START_TEST(epochs_of_a_pair_that_lost_all_begin_anew)
{
    tell("west/cf1", "srp.state", "Standby", "Active", "deadTimerExpiry", 7);
    pass(60);
    tell("east/cf1", "process.start", NULL, "east/cf1", NULL, 99);
    tell("west/cf1", "process.start", NULL, "west/cf1", NULL, 99);
    tell("east/cf1", "chassis.lead", NULL, "Init", "started", 0);
    tell("east/cf1", "srp.state", "Init", "Active", "notDefined", 1);
    tell("west/cf1", "chassis.lead", NULL, "Init", "started", 0);
    tell("west/cf1", "srp.state", "Init", "Standby", "notDefined", 1);
    tell("west/cf1", "srp.state", "Standby", "Active", "manualSwitchOver", 2);
    ck_kept(PROMISE_EPOCH);
}
END_TEST

START_TEST(the_epoch_of_the_cfs_is_another_one)
{
    tell("east/cf2", "chassis.lead", NULL, "Active", "taken over from the other CF", 9);
    tell("east/cf2", "srp.state", "Active", "Pending-Standby", "manualSwitchOver", 1);
    ck_kept(PROMISE_EPOCH);
    tell("east/cf2", "srp.state", "Pending-Standby", "Standby", "manualSwitchOver", 0);
    ck_broken(PROMISE_EPOCH);
}
END_TEST

/* ---- silence -------------------------------------------------------------------------------- */

START_TEST(a_takeover_before_the_dead_interval_is_found)
{
    hear(WEST, "Active", 1);
    pass(3);
    tell("west/cf1", "srp.state", "Standby", "Pending-Active", "deadTimerExpiry", 2);
    ck_broken(PROMISE_DEAD);
}
END_TEST

START_TEST(a_takeover_after_the_dead_interval_is_kept)
{
    hear(WEST, "Active", 1);
    pass(5);
    tell("west/cf1", "srp.state", "Standby", "Pending-Active", "deadTimerExpiry", 2);
    ck_kept(PROMISE_DEAD);
}
END_TEST

START_TEST(a_cf_that_leads_on_takes_over_no_earlier)
{
    hear(WEST, "Active", 1);
    pass(2);
    tell("west/cf2", "chassis.lead", NULL, "Standby", "taken over from the other CF", 1);
    pass(1);
    tell("west/cf2", "srp.state", "Standby", "Pending-Active", "deadTimerExpiry", 2);
    ck_broken(PROMISE_DEAD);
}
END_TEST

/* ---- pending --------------------------------------------------------------------------------- */

/* Hellos show that it lives. */
static void
pend_for(int seconds)
{
    for (int i = 0; i < seconds; i++) {
        pass(1);
        hear(WEST, "Active", 1);
    }
}

START_TEST(a_chassis_that_pends_for_ever_is_found)
{
    tell("west/cf1", "srp.state", "Standby", "Pending-Active", "deadTimerExpiry", 2);
    pend_for(20);
    ck_broken(PROMISE_PENDING);
    ck_assert_uint_eq(found_n, 1);
}
END_TEST

START_TEST(a_chassis_may_pend_within_its_bound)
{
    tell("west/cf1", "srp.state", "Standby", "Pending-Active", "deadTimerExpiry", 2);
    pend_for(10);
    tell("west/cf1", "srp.state", "Pending-Active", "Active", "deadTimerExpiry", 2);
    pend_for(30);
    ck_kept(PROMISE_PENDING);
}
END_TEST

/* West flushes for so long. */
static void
flush_for(int seconds)
{
    tell("west/cf1", "srp.state", "Standby", "Active", "manualSwitchOver", 2);
    tell("west/cf1", "srp.state", "Active", "Pending-Standby", "manualSwitchOver", 2);
    pend_for(seconds);
}

START_TEST(a_flush_that_takes_longer_than_it_may_is_found)
{
    flush_for(340);
    ck_broken(PROMISE_PENDING);
}
END_TEST

START_TEST(a_flush_may_take_as_long_as_an_operator_allowed)
{
    flush_for(200);
    tell("west/cf1", "operator.command", NULL,
         "srp init timeout 600 post-switch-timeout 9 -noconfirm", "done, by uid 0", 0);
    pend_for(400);
    ck_kept(PROMISE_PENDING);
    pend_for(40);
    ck_broken(PROMISE_PENDING);
}
END_TEST

START_TEST(a_chassis_that_is_stopped_does_not_pend)
{
    tell("west/cf1", "srp.state", "Standby", "Pending-Active", "deadTimerExpiry", 2);
    pend_for(2);
    pass(600);
    pend_for(2);
    ck_kept(PROMISE_PENDING);
}
END_TEST

START_TEST(a_pause_of_yielding_ends_within_the_dead_interval)
{
    tell("east/cf1", "srp.state", "Active", "Pending-Standby", "peerActive", 1);
    tell("east/cf1", "srp.phase", "-", "yield", "peerActive", 1);
    for (int i = 0; i < 8; i++) {
        pass(1);
        hear(EAST, "Active", 1);
    }
    ck_broken(PROMISE_PENDING);
}
END_TEST

/* ---- crashes ---------------------------------------------------------------------------------- */

START_TEST(a_process_that_crashes_is_found)
{
    tell("host", "vm.exit", NULL, "west/sf4", "signal 6, why", 4711);
    ck_broken(PROMISE_CRASH);
    ck_assert_str_eq(found[0].text, "west/sf4 has crashed: signal 6, why");
}
END_TEST

START_TEST(a_process_that_is_killed_or_told_to_end_does_not_crash)
{
    tell("host", "vm.exit", NULL, "west/sf4", "signal 9", 4711);
    tell("host", "vm.exit", NULL, "west/sf5", "signal 15", 4712);
    tell("host", "vm.exit", NULL, "west/sf5", "status 0", 4713);
    ck_kept(PROMISE_CRASH);
}
END_TEST

START_TEST(a_process_may_crash_for_want_of_descriptors_while_a_lease_takes_them)
{
    tell("host", "fault.on", NULL, "descriptors west/sf4", "lease 3, 60.0 s", 3);
    tell("host", "fault.on", NULL, "descriptors west/sf4", "lease 3, 60.0 s", 3);
    tell("host", "vm.exit", NULL, "west/sf4", "signal 6, Too many open files", 4711);
    ck_assert_uint_eq(found_n, 0);
    tell("host", "fault.off", NULL, "descriptors west/sf4", "lease 3, over", 3);
    tell("host", "vm.exit", NULL, "west/sf4", "signal 6, why", 4712);
    ck_broken(PROMISE_CRASH);
}
END_TEST

/* ---- the clock -------------------------------------------------------------------------------- */

START_TEST(what_lasted_while_the_clock_ran_faster_begins_anew)
{
    promises_scale(&promises, 100);
    both_serve_for(60); /* real: some tenths of a second */
    tell("world", "lab.time", "100", "1", NULL, 0);
    both_serve_for(1);
    ck_kept(PROMISE_DUAL);
    both_serve_for(4);
    ck_broken(PROMISE_DUAL);
}
END_TEST

START_TEST(a_clock_that_is_paused_changes_no_bound)
{
    both_serve_for(1);
    tell("world", "lab.time", "1", "paused", NULL, 0);
    tell("world", "lab.time", "paused", "1", NULL, 0);
    both_serve_for(3);
    ck_broken(PROMISE_DUAL);
}
END_TEST

START_TEST(a_silence_is_not_judged_finer_than_a_busy_machine_tells_it)
{
    promises_scale(&promises, 40); /* 50 ms real are 2 s */
    hear(WEST, "Active", 1);
    pass(3.5);
    tell("west/cf1", "srp.state", "Standby", "Pending-Active", "deadTimerExpiry", 2);
    ck_kept(PROMISE_DEAD);
    tell("west/cf1", "srp.state", "Pending-Active", "Standby", "peerActive", 2);
    hear(WEST, "Active", 2);
    pass(2.5);
    tell("west/cf1", "srp.state", "Standby", "Pending-Active", "deadTimerExpiry", 3);
    ck_broken(PROMISE_DEAD);
}
END_TEST

static Suite *
promise_suite(void)
{
    Suite *suite = suite_create("promise");
    TCase *tcase = tcase_create("events");

    tcase_add_checked_fixture(tcase, rig_set_up, NULL);
    tcase_add_test(tcase, two_actives_that_hear_each_other_for_long_are_found);
    tcase_add_test(tcase, two_actives_may_hear_each_other_for_an_interval);
    tcase_add_test(tcase, two_actives_of_whom_one_hears_nothing_are_excused);
    tcase_add_test(tcase, two_actives_whose_hellos_paused_begin_anew);
    tcase_add_test(tcase, an_epoch_that_falls_is_found);
    tcase_add_test(tcase, an_epoch_that_two_start_is_found);
    tcase_add_test(tcase, epochs_that_rise_by_turns_are_kept);
    tcase_add_test(tcase, epochs_of_a_pair_that_lost_all_begin_anew);
    tcase_add_test(tcase, the_epoch_of_the_cfs_is_another_one);
    tcase_add_test(tcase, a_takeover_before_the_dead_interval_is_found);
    tcase_add_test(tcase, a_takeover_after_the_dead_interval_is_kept);
    tcase_add_test(tcase, a_cf_that_leads_on_takes_over_no_earlier);
    tcase_add_test(tcase, a_chassis_that_pends_for_ever_is_found);
    tcase_add_test(tcase, a_chassis_may_pend_within_its_bound);
    tcase_add_test(tcase, a_chassis_that_is_stopped_does_not_pend);
    tcase_add_test(tcase, a_pause_of_yielding_ends_within_the_dead_interval);
    tcase_add_test(tcase, a_flush_that_takes_longer_than_it_may_is_found);
    tcase_add_test(tcase, a_flush_may_take_as_long_as_an_operator_allowed);
    tcase_add_test(tcase, a_process_that_crashes_is_found);
    tcase_add_test(tcase, a_process_that_is_killed_or_told_to_end_does_not_crash);
    tcase_add_test(tcase, a_process_may_crash_for_want_of_descriptors_while_a_lease_takes_them);
    tcase_add_test(tcase, what_lasted_while_the_clock_ran_faster_begins_anew);
    tcase_add_test(tcase, a_clock_that_is_paused_changes_no_bound);
    tcase_add_test(tcase, a_silence_is_not_judged_finer_than_a_busy_machine_tells_it);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return unit_main(promise_suite());
}
