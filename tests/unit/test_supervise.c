/* What a host decides: when VMs start, when leases begin and end, which leases are open. */
#include "lab/supervise.h"

#include <stdlib.h>
#include <string.h>

#include "lab/fault_events.h"
#include "lab/leases.h"
#include "tests/unit/unit.h"

enum { DELAY_S = 2 };

static struct sup sup;
static struct leases leases;
static struct fault_events *open_leases;

static mono_t
at_s(int64_t seconds)
{
    return (mono_t){seconds * US_PER_S};
}

static void
set_up(void)
{
    sup_init(&sup, true, DELAY_S * US_PER_S);
    memset(&leases, 0, sizeof leases);
    open_leases = calloc(1, sizeof *open_leases);
    ck_assert_ptr_nonnull(open_leases);
    fault_events_init(open_leases);
}

static void
tear_down(void)
{
    free(open_leases);
}

/* ---- VMs --------------------------------------------------------------------------------- */

START_TEST(a_vm_that_ends_starts_again_after_its_boot_delay)
{
    sup_started(&sup, SUP_ASKED, at_s(10));
    sup_ended(&sup, false, at_s(20));
    ck_assert(!sup_take_due(&sup, at_s(20 + DELAY_S - 1)));
    ck_assert(sup_take_due(&sup, at_s(20 + DELAY_S)));
    ck_assert_int_eq(sup.why, SUP_POLICY);
    ck_assert(!sup_take_due(&sup, at_s(100)));
}
END_TEST

START_TEST(a_vm_without_the_policy_stays_dead)
{
    sup_init(&sup, false, 0);
    sup_started(&sup, SUP_ASKED, at_s(10));
    sup_ended(&sup, true, at_s(20));
    ck_assert(!sup_take_due(&sup, at_s(100000)));
}
END_TEST

START_TEST(only_starts_that_nobody_asked_for_count_as_restarts)
{
    sup_started(&sup, SUP_ASKED, at_s(10));
    ck_assert_uint_eq(sup.restarts, 0);
    sup_ended(&sup, false, at_s(20));
    sup_started(&sup, SUP_POLICY, at_s(22));
    sup_ended(&sup, false, at_s(40));
    sup_started(&sup, SUP_RELEASED, at_s(42));
    ck_assert_uint_eq(sup.restarts, 2);
}
END_TEST

/* When it is due after so many failures in a row, each at once after its start. */
static int64_t
delay_after(int failures)
{
    sup_init(&sup, true, DELAY_S * US_PER_S);
    for (int i = 0; i < failures; i++) {
        sup_started(&sup, SUP_POLICY, at_s(100));
        sup_ended(&sup, true, at_s(100));
    }
    return (sup.due.us - at_s(100).us) / US_PER_S;
}

START_TEST(a_vm_that_fails_again_and_again_is_started_ever_later_up_to_a_bound)
{
    ck_assert_int_eq(delay_after(1), DELAY_S);
    ck_assert_int_eq(delay_after(2), 2 * DELAY_S);
    ck_assert_int_eq(delay_after(3), 4 * DELAY_S);
    ck_assert_int_eq(delay_after(SUP_DOUBLINGS + 1), delay_after(SUP_DOUBLINGS));
}
END_TEST

START_TEST(failures_are_not_in_a_row_when_it_ran_for_a_while_or_was_killed)
{
    sup_started(&sup, SUP_POLICY, at_s(1));
    sup_ended(&sup, true, at_s(1));
    sup_started(&sup, SUP_POLICY, at_s(3));
    sup_ended(&sup, true, at_s(3 + SUP_STEADY_S));
    ck_assert_uint_eq(sup.failures, 1);
    sup_started(&sup, SUP_POLICY, at_s(30));
    sup_ended(&sup, false, at_s(30));
    ck_assert_uint_eq(sup.failures, 0);
    ck_assert_int_eq(sup.due.us, at_s(30 + DELAY_S).us);
}
END_TEST

START_TEST(a_failure_waits_a_little_also_without_a_boot_delay)
{
    sup_init(&sup, true, 0);
    sup_started(&sup, SUP_ASKED, at_s(1));
    sup_ended(&sup, true, at_s(1));
    ck_assert_int_eq(sup.due.us, at_s(1).us + SUP_LEAST_MS * US_PER_MS);
}
END_TEST

START_TEST(a_start_that_fails_is_tried_again_ever_later_also_without_the_policy)
{
    sup_init(&sup, false, 0);
    sup_started(&sup, SUP_ASKED, at_s(1));
    sup_hold(&sup);
    sup_ended(&sup, false, at_s(2));
    sup_release(&sup, at_s(3));
    ck_assert(sup_take_due(&sup, at_s(3)));
    sup_not_started(&sup, at_s(3));
    ck_assert_int_eq(sup.due.us, at_s(3).us + SUP_LEAST_MS * US_PER_MS);
    ck_assert(sup_take_due(&sup, at_s(4)));
    sup_not_started(&sup, at_s(4));
    ck_assert_int_eq(sup.due.us, at_s(4).us + 2 * SUP_LEAST_MS * US_PER_MS);
    ck_assert_int_eq(sup.why, SUP_RELEASED);
}
END_TEST

START_TEST(who_is_found_dead_is_started_by_policy_alone)
{
    sup_found_dead(&sup, at_s(10));
    ck_assert(!sup_take_due(&sup, at_s(10 + DELAY_S - 1)));
    ck_assert(sup_take_due(&sup, at_s(10 + DELAY_S)));
    sup_started(&sup, SUP_POLICY, at_s(12));
    sup_found_dead(&sup, at_s(13)); /* it is not */
    ck_assert(!sup_take_due(&sup, at_s(100)));
    sup_init(&sup, false, 0);
    sup_found_dead(&sup, at_s(10));
    ck_assert(!sup_take_due(&sup, at_s(1000)));
}
END_TEST

START_TEST(a_vm_that_is_held_dead_starts_with_the_end_of_the_last_lease)
{
    sup_started(&sup, SUP_ASKED, at_s(1));
    sup_hold(&sup);
    sup_hold(&sup);
    sup_ended(&sup, false, at_s(2));
    ck_assert(!sup_may_start(&sup));
    ck_assert(!sup_take_due(&sup, at_s(1000)));
    sup_release(&sup, at_s(1001));
    ck_assert(!sup_take_due(&sup, at_s(1001)));
    sup_release(&sup, at_s(1002));
    ck_assert(sup_take_due(&sup, at_s(1002)));
    ck_assert_int_eq(sup.why, SUP_RELEASED);
}
END_TEST

START_TEST(a_lease_on_a_vm_that_did_not_run_starts_none)
{
    sup_init(&sup, false, 0);
    sup_hold(&sup);
    sup_release(&sup, at_s(5));
    ck_assert(!sup_take_due(&sup, at_s(1000)));
}
END_TEST

START_TEST(a_start_that_was_due_is_put_off_by_a_lease_and_not_forgotten)
{
    sup_started(&sup, SUP_ASKED, at_s(1));
    sup_ended(&sup, false, at_s(2));
    sup_hold(&sup);
    ck_assert(!sup_take_due(&sup, at_s(10)));
    sup_release(&sup, at_s(11));
    ck_assert(sup_take_due(&sup, at_s(11)));
}
END_TEST

/* ---- leases ------------------------------------------------------------------------------ */

static struct lease *
add(int64_t span_us, int64_t at_us)
{
    const struct fault fault = {.kind = FAULT_PAUSE};
    struct lease *lease = leases_add(&leases, &fault, span_us, at_us);

    ck_assert_ptr_nonnull(lease);
    return lease;
}

START_TEST(leases_are_numbered_from_one_and_no_number_comes_again)
{
    ck_assert_uint_eq(add(10, 0)->fault.id, 1);
    ck_assert_uint_eq(add(10, 0)->fault.id, 2);
    leases_remove(&leases, 2);
    ck_assert_uint_eq(add(10, 0)->fault.id, 3);
    ck_assert_ptr_null(leases_find(&leases, 2));
}
END_TEST

START_TEST(a_lease_that_waits_is_due_at_its_instant_and_one_in_force_at_its_end)
{
    struct lease *lease = add(10, 100);

    ck_assert_ptr_null(leases_due(&leases, 99));
    ck_assert_ptr_eq(leases_due(&leases, 100), lease);
    lease_start(lease, 105);
    ck_assert_ptr_null(leases_due(&leases, 1000)); /* its keeper has not said that it is in force */
    ck_assert_int_eq(leases_next(&leases), 115 + LEASE_GRACE_US);
    lease->state = LEASE_ON;
    ck_assert_int_eq(leases_next(&leases), 115);
    ck_assert_ptr_null(leases_due(&leases, 114));
    ck_assert_ptr_eq(leases_due(&leases, 115), lease);
}
END_TEST

START_TEST(a_keeper_that_says_nothing_is_overdue_after_a_while)
{
    struct lease *starts = add(10, 0), *ends = add(10, 0);

    lease_start(starts, 0);
    lease_start(ends, 0);
    lease_end(ends, 5);
    ck_assert_int_eq(ends->state, LEASE_ENDS);
    ck_assert_ptr_null(leases_due(&leases, 4 + LEASE_GRACE_US));
    ck_assert_ptr_eq(leases_due(&leases, 5 + LEASE_GRACE_US), ends);
    lease_end(ends, 5 + LEASE_GRACE_US); /* and again, until it has gone */
    ck_assert_ptr_null(leases_due(&leases, 9 + LEASE_GRACE_US));
    ck_assert_ptr_eq(leases_due(&leases, 10 + LEASE_GRACE_US), starts);
}
END_TEST

START_TEST(what_is_due_comes_in_the_order_of_time_then_of_numbers)
{
    (void)add(10, 300);
    (void)add(10, 200);
    (void)add(10, 200);
    for (uint32_t expected = 0, order[] = {2, 3, 1}; expected < 3; expected++) {
        struct lease *lease = leases_due(&leases, 400);

        ck_assert_ptr_nonnull(lease);
        ck_assert_uint_eq(lease->fault.id, order[expected]);
        leases_remove(&leases, lease->fault.id);
    }
    ck_assert_ptr_null(leases_due(&leases, 400));
}
END_TEST

START_TEST(only_what_is_in_force_or_about_to_be_goes_into_the_file)
{
    struct fault file[FAULTS_MOST];

    (void)add(10, 100);
    lease_start(add(10, 0), 0);
    add(10, 0)->state = LEASE_ON;
    add(10, 0)->state = LEASE_ENDS;
    ck_assert_uint_eq(leases_in_force(&leases, file), 2);
    ck_assert_uint_eq(file[0].id, 2);
    ck_assert_uint_eq(file[1].id, 3);
}
END_TEST

START_TEST(a_full_table_takes_no_more)
{
    const struct fault fault = {.id = 1000};

    for (int i = 0; i < FAULTS_MOST; i++)
        (void)add(10, 0);
    ck_assert_ptr_null(leases_add(&leases, &fault, 10, 0));
    ck_assert_ptr_null(leases_adopt(&leases, &fault));
    ck_assert_uint_eq(leases.last, FAULTS_MOST);
}
END_TEST

START_TEST(an_adopted_lease_ends_when_it_was_to_and_the_next_has_a_higher_number)
{
    const struct fault fault = {.id = 17, .begin_us = 100, .end_us = 400};
    struct lease *lease = leases_adopt(&leases, &fault);

    ck_assert_ptr_null(leases_due(&leases, 399));
    ck_assert_ptr_eq(leases_due(&leases, 400), lease);
    ck_assert_uint_eq(add(10, 1000)->fault.id, 18);
}
END_TEST

/* ---- open by the event logs -------------------------------------------------------------- */

static void
tell(const char *process, const char *kind, uint64_t lease)
{
    fault_events_see(open_leases,
                     &(struct event){.process = process, .kind = kind, .epoch = lease});
}

START_TEST(a_lease_is_open_in_each_process_until_that_says_it_is_off)
{
    tell("east/cf1", "fault.on", 3);
    tell("west/cf1", "fault.on", 3);
    tell("east/cf1", "fault.off", 3);
    ck_assert_uint_eq(open_leases->n, 1);
    ck_assert_str_eq(open_leases->list[0].process, "west/cf1");
    tell("west/cf1", "fault.off", 4);
    ck_assert_uint_eq(open_leases->n, 1);
    tell("west/cf1", "fault.off", 3);
    ck_assert_uint_eq(open_leases->n, 0);
}
END_TEST

START_TEST(a_process_that_ends_or_starts_anew_has_no_lease_open)
{
    tell("east/cf1", "fault.on", 3);
    tell("east/sf4", "fault.on", 3);
    tell("east/cf1", "process.start", 99);
    ck_assert_uint_eq(open_leases->n, 1);
    tell("east/cf1", "fault.on", 3);
    fault_events_ended(open_leases, "east/sf4");
    ck_assert_uint_eq(open_leases->n, 1);
    ck_assert_str_eq(open_leases->list[0].process, "east/cf1");
}
END_TEST

START_TEST(who_had_a_full_disk_has_no_lease_open_when_that_is_over)
{
    const struct event over = {
        .process = "host", .kind = "fault.off", .now = "disk-full east/sf4", .epoch = 9};
    const struct event both = {
        .process = "host", .kind = "fault.off", .now = "disk-full west", .epoch = 8};

    tell("host", "fault.on", 9);
    tell("east/sf4", "fault.on", 3);
    tell("east/sf40", "fault.on", 3);
    tell("west/cf1", "fault.on", 3);
    fault_events_see(open_leases, &over);
    ck_assert_uint_eq(open_leases->n, 2);
    fault_events_see(open_leases, &both);
    ck_assert_uint_eq(open_leases->n, 1);
    ck_assert_str_eq(open_leases->list[0].process, "east/sf40");
}
END_TEST

START_TEST(what_has_no_room_is_counted)
{
    for (uint64_t i = 1; i <= FAULT_EVENTS_MOST + 2; i++)
        tell("east/cf1", "fault.on", i);
    ck_assert_uint_eq(open_leases->n, FAULT_EVENTS_MOST);
    ck_assert_uint_eq(open_leases->lost, 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("supervise");
    TCase *tc = tcase_create("supervise");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, a_vm_that_ends_starts_again_after_its_boot_delay);
    tcase_add_test(tc, a_vm_without_the_policy_stays_dead);
    tcase_add_test(tc, only_starts_that_nobody_asked_for_count_as_restarts);
    tcase_add_test(tc, a_vm_that_fails_again_and_again_is_started_ever_later_up_to_a_bound);
    tcase_add_test(tc, failures_are_not_in_a_row_when_it_ran_for_a_while_or_was_killed);
    tcase_add_test(tc, a_failure_waits_a_little_also_without_a_boot_delay);
    tcase_add_test(tc, a_start_that_fails_is_tried_again_ever_later_also_without_the_policy);
    tcase_add_test(tc, who_is_found_dead_is_started_by_policy_alone);
    tcase_add_test(tc, a_vm_that_is_held_dead_starts_with_the_end_of_the_last_lease);
    tcase_add_test(tc, a_lease_on_a_vm_that_did_not_run_starts_none);
    tcase_add_test(tc, a_start_that_was_due_is_put_off_by_a_lease_and_not_forgotten);
    tcase_add_test(tc, leases_are_numbered_from_one_and_no_number_comes_again);
    tcase_add_test(tc, a_lease_that_waits_is_due_at_its_instant_and_one_in_force_at_its_end);
    tcase_add_test(tc, a_keeper_that_says_nothing_is_overdue_after_a_while);
    tcase_add_test(tc, what_is_due_comes_in_the_order_of_time_then_of_numbers);
    tcase_add_test(tc, only_what_is_in_force_or_about_to_be_goes_into_the_file);
    tcase_add_test(tc, a_full_table_takes_no_more);
    tcase_add_test(tc, an_adopted_lease_ends_when_it_was_to_and_the_next_has_a_higher_number);
    tcase_add_test(tc, a_lease_is_open_in_each_process_until_that_says_it_is_off);
    tcase_add_test(tc, a_process_that_ends_or_starts_anew_has_no_lease_open);
    tcase_add_test(tc, who_had_a_full_disk_has_no_lease_open_when_that_is_over);
    tcase_add_test(tc, what_has_no_room_is_counted);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
