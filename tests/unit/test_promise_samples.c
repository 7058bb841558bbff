/* What a lab says of itself: for each promise samples that break it, and some that do not. */
#include "tests/unit/promise_rig.h"

/* ---- a Standby serves nothing ------------------------------------------------------------- */

START_TEST(a_standby_that_counts_packets_is_found)
{
    look_for(10);
    sample.seen[WEST].up++;
    look_for(1);
    ck_broken(PROMISE_STANDBY);
}
END_TEST

START_TEST(an_active_may_count_packets)
{
    for (int i = 0; i < 20; i++) {
        sample.seen[EAST].up += 7;
        look_for(0.5);
    }
    ck_kept(PROMISE_STANDBY);
}
END_TEST

START_TEST(a_standby_of_other_processes_may_count_less_or_more)
{
    look_for(10);
    sample.seen[WEST].up = 3; /* of a reign that no one has seen */
    sample.seen[WEST].pids++;
    look_for(10);
    ck_kept(PROMISE_STANDBY);
}
END_TEST

START_TEST(a_chassis_that_has_just_become_standby_may_have_served)
{
    strcpy(view.instances[WEST].chassis, "Active");
    look_for(10);
    strcpy(view.instances[WEST].chassis, "Standby");
    look_for(1);
    sample.seen[WEST].up += 5; /* told late */
    look_for(10);
    ck_kept(PROMISE_STANDBY);
}
END_TEST

START_TEST(a_standby_that_took_over_while_it_was_looked_at_may_count_packets)
{
    look_for(10);
    sample.seen[WEST].up++;
    look_for(0.5);
    strcpy(view.instances[WEST].chassis, "Active");
    view.instances[WEST].srp_epoch++;
    look_for(10);
    strcpy(view.instances[WEST].chassis, "Standby");
    view.instances[WEST].srp_epoch++;
    look_for(10);
    ck_kept(PROMISE_STANDBY);
}
END_TEST

START_TEST(a_standby_that_served_between_two_looks_may_have_counted)
{
    look_for(10);
    sample.seen[WEST].up++;
    view.instances[WEST].srp_epoch += 2; /* Active, and Standby again */
    look_for(10);
    ck_kept(PROMISE_STANDBY);
}
END_TEST

START_TEST(a_standby_that_misses_a_card_for_a_moment_counts_less_and_then_more)
{
    sample.seen[WEST].up = 20;
    look_for(10);
    sample.seen[WEST].up = 10; /* without that card's */
    look_for(0.5);
    tell("west/cf1", "card.down", "sf4", "Offline", "card failure", 2);
    tell("west/cf1", "card.up", "Offline", "sf4", NULL, 2);
    sample.seen[WEST].up = 20;
    look_for(10);
    ck_kept(PROMISE_STANDBY);
    sample.seen[WEST].up++;
    look_for(1);
    ck_broken(PROMISE_STANDBY);
}
END_TEST

/* ---- routes --------------------------------------------------------------------------------- */

static void
swap_routes(void)
{
    strcpy(view.instances[EAST].route, "announced");
    strcpy(view.instances[WEST].route, "best");
}

START_TEST(a_best_path_to_a_standby_is_found)
{
    swap_routes();
    look_for(10);
    ck_broken(PROMISE_ROUTE);
    ck_assert_uint_eq(found_n, 1);
}
END_TEST

START_TEST(a_best_path_may_lag_for_a_moment)
{
    swap_routes();
    look_for(2);
    strcpy(view.instances[EAST].route, "best");
    strcpy(view.instances[WEST].route, "announced");
    look_for(10);
    ck_kept(PROMISE_ROUTE);
}
END_TEST

START_TEST(a_best_path_that_lagged_while_the_clock_ran_faster_may_lag_on)
{
    promises_scale(&promises, 10);
    swap_routes();
    look_for(12);
    promises_scale(&promises, 1);
    look_for(3);
    ck_kept(PROMISE_ROUTE);
    look_for(3);
    ck_broken(PROMISE_ROUTE);
}
END_TEST

START_TEST(a_best_path_to_a_standby_whose_active_announces_nothing_is_excused)
{
    swap_routes();
    strcpy(view.instances[EAST].route, "none");
    look_for(10);
    ck_kept(PROMISE_ROUTE);
}
END_TEST

/* ---- the whole -------------------------------------------------------------------------------- */

START_TEST(a_pair_that_does_not_become_whole_is_found)
{
    view.instances[WEST].synced = false;
    look_for(150);
    ck_broken(PROMISE_WHOLE);
}
END_TEST

START_TEST(a_pair_without_an_active_is_found)
{
    strcpy(view.instances[EAST].chassis, "Standby");
    look_for(150);
    ck_broken(PROMISE_WHOLE);
}
END_TEST

START_TEST(a_pair_may_be_broken_while_a_process_is_gone_a_fault_in_force_or_a_card_halted)
{
    view.instances[WEST].synced = false;
    sample.seen[WEST].all_run = false;
    look_for(150);
    sample.seen[WEST].all_run = true;
    sample.faulted = true;
    look_for(150);
    sample.faulted = false;
    tell("west/sf4", "card.halted", NULL, NULL, "card halt", 99);
    look_for(150);
    ck_assert_uint_eq(found_n, 0);
    tell("west/sf4", "process.start", NULL, "west/sf4", NULL, 100);
    look_for(150);
    ck_broken(PROMISE_WHOLE);
}
END_TEST

START_TEST(a_pair_that_becomes_whole_in_time_is_kept)
{
    view.instances[WEST].synced = false;
    look_for(15);
    view.instances[WEST].synced = true;
    look_for(150);
    ck_kept(PROMISE_WHOLE);
}
END_TEST

/* ---- octets ----------------------------------------------------------------------------------- */

/* So many more are sent and counted, then the lab is looked at. */
static void
send_and_count(uint64_t sent, uint64_t counted)
{
    sample.told = true;
    sample.sent += sent;
    sample.seen[EAST].up += counted;
    look_for(0.5);
}

START_TEST(packets_that_nobody_sent_are_found)
{
    for (int i = 0; i < 10; i++)
        send_and_count(10, 10);
    send_and_count(0, 101); /* more than were sent since they are counted */
    send_and_count(0, 0);
    ck_broken(PROMISE_OCTETS);
}
END_TEST

START_TEST(packets_that_are_lost_are_no_matter_of_this)
{
    for (int i = 0; i < 20; i++)
        send_and_count(10, 9);
    ck_kept(PROMISE_OCTETS);
}
END_TEST

START_TEST(packets_that_a_stopped_chassis_counts_late_were_sent)
{
    sample.seen[EAST].all_run = false;
    for (int i = 0; i < 20; i++)
        send_and_count(10, 0);
    sample.seen[EAST].all_run = true;
    send_and_count(10, 0);
    send_and_count(10, 220);
    for (int i = 0; i < 20; i++)
        send_and_count(10, 10);
    ck_kept(PROMISE_OCTETS);
}
END_TEST

START_TEST(a_generator_that_begins_anew_is_believed)
{
    for (int i = 0; i < 20; i++)
        send_and_count(10, 10);
    sample.sent = 0;
    for (int i = 0; i < 20; i++)
        send_and_count(10, 10);
    ck_kept(PROMISE_OCTETS);
}
END_TEST

START_TEST(packets_that_a_faulty_link_repeats_are_excused)
{
    for (int i = 0; i < 20; i++)
        send_and_count(10, 10);
    sample.faulted = true;
    for (int i = 0; i < 20; i++)
        send_and_count(10, 20);
    sample.faulted = false;
    for (int i = 0; i < 20; i++)
        send_and_count(10, 10);
    ck_kept(PROMISE_OCTETS);
}
END_TEST

/* ---- takeovers -------------------------------------------------------------------------------- */

static struct promise_takeover
takeover_of(uint64_t before, uint64_t recovered, uint64_t lost)
{
    struct promise_ledger ledger = {
        .known = true, .before = before, .recovered = recovered, .lost = lost, .causes = lost};

    return (struct promise_takeover){.instance = WEST, .notes = ledger, .chassis = ledger};
}

static void
take_over(const struct promise_takeover *takeover)
{
    rig_step(&(struct promise_input){.what = PROMISE_TAKEOVER, .takeover = takeover});
}

START_TEST(a_ledger_that_closes_is_kept)
{
    struct promise_takeover takeover = takeover_of(100, 97, 3);

    take_over(&takeover);
    ck_kept(PROMISE_LEDGER);
}
END_TEST

START_TEST(a_ledger_with_a_call_too_few_is_found)
{
    struct promise_takeover takeover = takeover_of(100, 96, 3);

    takeover.notes.known = false;
    take_over(&takeover);
    ck_broken(PROMISE_LEDGER);
}
END_TEST

START_TEST(a_loss_without_a_cause_is_found)
{
    struct promise_takeover takeover = takeover_of(100, 97, 3);

    takeover.notes.causes = 2;
    take_over(&takeover);
    ck_broken(PROMISE_LEDGER);
}
END_TEST

START_TEST(a_lost_call_that_was_acknowledged_is_found)
{
    struct promise_takeover takeover = takeover_of(100, 97, 3);

    takeover.notes.acknowledged = 1;
    take_over(&takeover);
    ck_broken(PROMISE_LEDGER);
}
END_TEST

static Suite *
promise_samples_suite(void)
{
    Suite *suite = suite_create("promise_samples");
    TCase *tcase = tcase_create("samples");

    tcase_add_checked_fixture(tcase, rig_set_up, NULL);
    tcase_add_test(tcase, a_standby_that_counts_packets_is_found);
    tcase_add_test(tcase, an_active_may_count_packets);
    tcase_add_test(tcase, a_standby_of_other_processes_may_count_less_or_more);
    tcase_add_test(tcase, a_chassis_that_has_just_become_standby_may_have_served);
    tcase_add_test(tcase, a_standby_that_took_over_while_it_was_looked_at_may_count_packets);
    tcase_add_test(tcase, a_standby_that_served_between_two_looks_may_have_counted);
    tcase_add_test(tcase, a_standby_that_misses_a_card_for_a_moment_counts_less_and_then_more);
    tcase_add_test(tcase, a_best_path_to_a_standby_is_found);
    tcase_add_test(tcase, a_best_path_may_lag_for_a_moment);
    tcase_add_test(tcase, a_best_path_that_lagged_while_the_clock_ran_faster_may_lag_on);
    tcase_add_test(tcase, a_best_path_to_a_standby_whose_active_announces_nothing_is_excused);
    tcase_add_test(tcase, a_pair_that_does_not_become_whole_is_found);
    tcase_add_test(tcase, a_pair_without_an_active_is_found);
    tcase_add_test(tcase,
                   a_pair_may_be_broken_while_a_process_is_gone_a_fault_in_force_or_a_card_halted);
    tcase_add_test(tcase, a_pair_that_becomes_whole_in_time_is_kept);
    tcase_add_test(tcase, packets_that_nobody_sent_are_found);
    tcase_add_test(tcase, packets_that_are_lost_are_no_matter_of_this);
    tcase_add_test(tcase, packets_that_a_stopped_chassis_counts_late_were_sent);
    tcase_add_test(tcase, a_generator_that_begins_anew_is_believed);
    tcase_add_test(tcase, packets_that_a_faulty_link_repeats_are_excused);
    tcase_add_test(tcase, a_ledger_that_closes_is_kept);
    tcase_add_test(tcase, a_ledger_with_a_call_too_few_is_found);
    tcase_add_test(tcase, a_loss_without_a_cause_is_found);
    tcase_add_test(tcase, a_lost_call_that_was_acknowledged_is_found);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return unit_main(promise_samples_suite());
}
