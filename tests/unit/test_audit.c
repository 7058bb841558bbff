/* Audits between the chassis: when one is due, what ends one, what is remembered. */
#include "cf/audit.h"

#include "tests/unit/unit.h"

#define MIN_US (60 * US_PER_S)
#define DAY    (24 * 60 * MIN_US)
#define SOME   (INT64_C(20515) * DAY) /* a midnight */

enum { MANAGERS = 3 };

static const uint8_t managers[MANAGERS] = {1, 2, 7};
static const struct audit_chassis whole = {
    .active = true, .standby = true, .sessmgrs = MANAGERS, .ready = MANAGERS, .synced = true};
static const struct audit_plan_setup by_lab = {.period_min = 60};
static const struct audit_plan_setup at_six = {
    .daily = true, .start_min = 6 * 60, .period_min = 90};

static mono_t now;
static int64_t wall;
static struct audit_plan plan;
static struct audit audit;

/* ---- when --------------------------------------------------------------------------------- */

static int64_t
at(int day, int hour, int minute)
{
    return SOME + day * DAY + (hour * 60 + minute) * MIN_US;
}

static void
planned(const struct audit_plan_setup *setup, int64_t from)
{
    now = (mono_t){.us = 5 * US_PER_S};
    wall = from;
    audit_plan_init(&plan, setup);
    audit_plan_switch(&plan, true, now, wall);
}

static void
pass(int64_t us)
{
    now = mono_after(now, us);
    wall += us;
}

/* What is due while both clocks go on until then, looked at each minute. */
static unsigned
due_until(int64_t until, enum audit_type *types, int64_t *when, unsigned room)
{
    unsigned n = 0;

    for (; wall <= until; pass(MIN_US)) {
        enum audit_type type = audit_plan_due(&plan, now, wall);

        if (type == AUDIT_NONE)
            continue;
        ck_assert_uint_lt(n, room);
        types[n] = type;
        when[n++] = wall;
    }
    return n;
}

START_TEST(start_time_and_distance_give_the_runs_of_a_day)
{
    enum audit_type types[20];
    int64_t when[20];

    planned(&at_six, at(0, 5, 59));
    ck_assert_uint_eq(due_until(at(1, 7, 30), types, when, 20), 18);
    for (unsigned i = 0; i < 18; i++) {
        ck_assert_int_eq(when[i], at(0, 6, 0) + i * 90 * MIN_US);
        ck_assert_int_eq(types[i], i % 16 == 0 ? AUDIT_DAILY : AUDIT_PERIODICITY);
    }
}
END_TEST

START_TEST(each_day_begins_at_its_start_time_whatever_the_distance)
{
    static const struct audit_plan_setup setup = {
        .daily = true, .start_min = 6 * 60, .period_min = 1000};
    enum audit_type types[8];
    int64_t when[8];

    planned(&setup, at(0, 5, 0));
    ck_assert_uint_eq(due_until(at(1, 23, 59), types, when, 8), 4);
    ck_assert_int_eq(when[0], at(0, 6, 0));
    ck_assert_int_eq(when[1], at(0, 22, 40));
    ck_assert_int_eq(when[2], at(1, 6, 0));
    ck_assert_int_eq(types[2], AUDIT_DAILY);
    ck_assert_int_eq(when[3], at(1, 22, 40));
}
END_TEST

START_TEST(distance_of_a_day_leaves_the_start_time_alone)
{
    static const struct audit_plan_setup setup = {
        .daily = true, .start_min = 0, .period_min = 1440};
    enum audit_type types[4];
    int64_t when[4];

    planned(&setup, at(0, 0, 1));
    ck_assert(!plan.next[AUDIT_PERIODICITY].planned);
    ck_assert_uint_eq(due_until(at(2, 0, 0), types, when, 4), 2);
    ck_assert_int_eq(types[0], AUDIT_DAILY);
    ck_assert_int_eq(when[0], at(1, 0, 0));
}
END_TEST

START_TEST(what_is_planned_can_be_read_before)
{
    planned(&at_six, at(0, 8, 10));
    ck_assert_int_eq(plan.next[AUDIT_PERIODICITY].wall_us, at(0, 9, 0));
    ck_assert_int_eq(plan.next[AUDIT_DAILY].wall_us, at(1, 6, 0));
    planned(&at_six, at(0, 4, 31)); /* 06:00 is the day's: the next periodic one is after that */
    ck_assert_int_eq(plan.next[AUDIT_PERIODICITY].wall_us, at(0, 7, 30));
    planned(&by_lab, at(0, 8, 10));
    ck_assert(!plan.next[AUDIT_DAILY].planned);
    ck_assert(!plan.next[AUDIT_PERIODICITY].by_wall);
    ck_assert_int_eq(mono_between(now, plan.next[AUDIT_PERIODICITY].at), 60 * MIN_US);
}
END_TEST

START_TEST(without_a_start_time_the_distance_counts_from_the_switch)
{
    enum audit_type types[4];
    int64_t when[4];

    planned(&by_lab, at(0, 8, 7));
    ck_assert_uint_eq(due_until(at(0, 11, 7), types, when, 4), 3);
    ck_assert_int_eq(when[0], at(0, 9, 7));
    ck_assert_int_eq(when[2], at(0, 11, 7));
    audit_plan_switch(&plan, true, now, wall); /* a repetition */
    ck_assert_uint_eq(due_until(at(0, 12, 7), types, when, 4), 1);
    audit_plan_switch(&plan, false, now, wall);
    ck_assert_uint_eq(due_until(at(0, 15, 0), types, when, 4), 0);
    audit_plan_switch(&plan, true, now, wall);
    ck_assert_uint_eq(due_until(at(0, 16, 30), types, when, 4), 1);
    ck_assert_int_eq(when[0], at(0, 16, 1));
}
END_TEST

START_TEST(clock_put_forward_makes_one_audit_due)
{
    planned(&at_six, at(0, 6, 10));
    wall = at(3, 12, 5); /* over three start times and many others */
    ck_assert_int_eq(audit_plan_due(&plan, now, wall), AUDIT_DAILY);
    ck_assert_int_eq(audit_plan_due(&plan, now, wall), AUDIT_NONE);
    ck_assert_int_eq(plan.next[AUDIT_PERIODICITY].wall_us, at(3, 13, 30));
    planned(&at_six, at(0, 6, 10));
    wall = at(0, 11, 0);
    ck_assert_int_eq(audit_plan_due(&plan, now, wall), AUDIT_PERIODICITY);
    ck_assert_int_eq(audit_plan_due(&plan, now, wall), AUDIT_NONE);
}
END_TEST

START_TEST(clock_put_back_loses_no_audit_for_ever)
{
    enum audit_type types[8];
    int64_t when[8];

    planned(&at_six, at(30, 6, 10));
    wall = at(0, 5, 10);
    ck_assert_int_eq(audit_plan_due(&plan, now, wall), AUDIT_NONE);
    ck_assert_uint_eq(due_until(at(0, 7, 30), types, when, 8), 2);
    ck_assert_int_eq(types[0], AUDIT_DAILY);
    ck_assert_int_eq(when[0], at(0, 6, 0));
    ck_assert_int_eq(when[1], at(0, 7, 30));
}
END_TEST

START_TEST(jumps_of_the_wall_clock_are_nothing_to_a_distance_alone)
{
    planned(&by_lab, at(9, 0, 0));
    wall = at(30, 0, 0);
    ck_assert_int_eq(audit_plan_due(&plan, now, wall), AUDIT_NONE);
    wall = at(0, 0, 0);
    now = mono_after(now, 60 * MIN_US - 1);
    ck_assert_int_eq(audit_plan_due(&plan, now, wall), AUDIT_NONE);
    now = mono_after(now, 1);
    ck_assert_int_eq(audit_plan_due(&plan, now, wall), AUDIT_PERIODICITY);
}
END_TEST

START_TEST(one_that_was_stopped_catches_up_with_one_audit)
{
    planned(&by_lab, at(0, 8, 0));
    pass(5 * 60 * MIN_US + MIN_US);
    ck_assert_int_eq(audit_plan_due(&plan, now, wall), AUDIT_PERIODICITY);
    ck_assert_int_eq(audit_plan_due(&plan, now, wall), AUDIT_NONE);
    ck_assert_int_eq(mono_between(now, plan.next[AUDIT_PERIODICITY].at), 59 * MIN_US);
}
END_TEST

/* ---- runs --------------------------------------------------------------------------------- */

static void
set_up(void)
{
    now = (mono_t){.us = 5 * US_PER_S};
    wall = at(0, 8, 0);
    audit_init(&audit, &by_lab, 77);
    ck_assert(!audit_see(&audit, now, wall, &whole));
}

static uint32_t
begun(enum audit_type type)
{
    ck_assert_int_eq(audit_begin(&audit, now, wall, type, managers, MANAGERS), AUDIT_MAY);
    ck_assert_int_eq(audit_state(&audit), AUDIT_RUNS);
    return audit.order.run;
}

static bool
says(uint8_t sessmgr, uint32_t run, enum audit_progress state, struct audit_counts counts)
{
    return audit_heard(
        &audit, now, wall, sessmgr,
        &(struct audit_report){
            .run = run, .type = AUDIT_MANUAL, .state = (uint8_t)state, .counts = counts});
}

static void
ended(enum audit_state state, enum audit_cause cause)
{
    ck_assert_int_eq(audit_state(&audit), state);
    ck_assert_int_eq(audit.last.state, state);
    ck_assert_int_eq(audit.last.cause, cause);
}

START_TEST(run_is_complete_when_every_session_manager_is_done)
{
    uint32_t run = begun(AUDIT_MANUAL);

    pass(US_PER_S);
    ck_assert(!says(1, run, AUDIT_DONE, (struct audit_counts){10, 1, 2, 0, 3}));
    ck_assert(!says(7, run, AUDIT_AT_WORK, (struct audit_counts){5, 0, 0, 0, 0}));
    ck_assert_uint_eq(audit.now.counts.calls, 15);
    ck_assert_uint_eq(audit.now.done, 1);
    ck_assert(!says(1, run, AUDIT_DONE, (struct audit_counts){99, 9, 9, 9, 9})); /* said twice */
    ck_assert(!says(2, run, AUDIT_DONE, (struct audit_counts){20, 0, 0, 4, 4}));
    ck_assert(audit_waits_for(&audit, 7) && !audit_waits_for(&audit, 2));
    ck_assert(says(7, run, AUDIT_DONE, (struct audit_counts){30, 0, 0, 0, 0}));
    ended(AUDIT_COMPLETE, AUDIT_NO_CAUSE);
    ck_assert_uint_eq(audit.last.counts.calls, 60);
    ck_assert_uint_eq(audit.last.counts.missing, 1);
    ck_assert_uint_eq(audit.last.counts.stale, 2);
    ck_assert_uint_eq(audit.last.counts.extra, 4);
    ck_assert_uint_eq(audit.last.counts.synced, 7);
    ck_assert_int_eq(audit.last.took_us, US_PER_S);
    ck_assert_int_eq(audit.last.wall_us, at(0, 8, 0));
    ck_assert_int_eq(audit.successful_us, wall);
}
END_TEST

START_TEST(only_an_audit_by_hand_makes_good_what_differs)
{
    (void)begun(AUDIT_MANUAL);
    ck_assert(audit.order.sync);
    ck_assert_uint_eq(audit.order.type, AUDIT_MANUAL);
    set_up();
    (void)begun(AUDIT_PERIODICITY);
    ck_assert(!audit.order.sync);
    set_up();
    (void)begun(AUDIT_DAILY);
    ck_assert(!audit.order.sync);
}
END_TEST

START_TEST(reports_of_other_runs_and_of_nobody_change_nothing)
{
    uint32_t run = begun(AUDIT_MANUAL);

    ck_assert(!says(1, run + 1, AUDIT_DONE, (struct audit_counts){.calls = 1}));
    ck_assert(!says(3, run, AUDIT_DONE, (struct audit_counts){.calls = 1}));
    ck_assert(!says(3, run, AUDIT_STOPPED, (struct audit_counts){.calls = 1}));
    ck_assert_uint_eq(audit.now.counts.calls, 0);
    ck_assert_uint_eq(audit.now.done, 0);
    ck_assert_uint_eq(audit_entries(&audit), 1);
}
END_TEST

START_TEST(only_an_active_with_a_synchronised_standby_audits)
{
    static const struct {
        struct audit_chassis is;
        enum audit_refusal refusal;
    } cases[] = {
        {{false, true, 3, 3, true}, AUDIT_IS_NOT_ACTIVE},
        {{true, false, 3, 3, true}, AUDIT_HAS_NO_STANDBY},
        {{true, true, 3, 2, false}, AUDIT_HAS_UNREADY},
        {{true, true, 0, 0, false}, AUDIT_HAS_UNREADY},
        {{true, true, 3, 3, false}, AUDIT_NOT_SYNCED},
        {{true, true, 3, 3, true}, AUDIT_MAY},
        {{true, true, 3, 3, false}, AUDIT_MAY}, /* it was: some are just not acknowledged */
    };

    audit_init(&audit, &by_lab, 77);
    ck_assert_int_eq(audit_may(&audit), AUDIT_IS_NOT_ACTIVE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert(!audit_see(&audit, now, wall, &cases[i].is));
        ck_assert_int_eq(audit_may(&audit), cases[i].refusal);
        ck_assert(audit.plan.on == (cases[i].refusal == AUDIT_MAY));
    }
    (void)begun(AUDIT_MANUAL);
    ck_assert_int_eq(audit_begin(&audit, now, wall, AUDIT_DAILY, managers, MANAGERS),
                     AUDIT_RUNS_ALREADY);
    ck_assert_uint_eq(audit_entries(&audit), 1);
}
END_TEST

START_TEST(run_fails_when_its_ground_is_gone)
{
    static const struct {
        struct audit_chassis is;
        enum audit_cause cause;
    } cases[] = {
        {{false, true, 3, 3, true}, AUDIT_NOT_ACTIVE},
        {{true, false, 3, 3, true}, AUDIT_NO_STANDBY},
        {{true, true, 3, 2, true}, AUDIT_UNREADY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up();
        (void)begun(AUDIT_MANUAL);
        ck_assert(!audit_see(&audit, now, wall, &whole));
        ck_assert(audit_see(&audit, now, wall, &cases[i].is));
        ended(AUDIT_FAILED, cases[i].cause);
        ck_assert(!audit_see(&audit, now, wall, &cases[i].is)); /* said once */
        ck_assert_int_eq(audit.successful_us, 0);
    }
}
END_TEST

START_TEST(session_manager_that_stopped_fails_the_run_by_its_name)
{
    uint32_t run = begun(AUDIT_MANUAL);

    ck_assert(says(2, run, AUDIT_STOPPED, (struct audit_counts){.calls = 4}));
    ended(AUDIT_FAILED, AUDIT_UNREADY);
    ck_assert_uint_eq(audit.last.sessmgr, 2);
    ck_assert_uint_eq(audit.last.counts.calls, 4);
    ck_assert(!says(7, run, AUDIT_STOPPED, (struct audit_counts){0}));
    ck_assert_uint_eq(audit_entries(&audit), 1);
}
END_TEST

START_TEST(run_that_nobody_ends_is_ended_by_its_limit)
{
    (void)begun(AUDIT_MANUAL);
    pass(AUDIT_LIMIT_US - 1);
    ck_assert(!audit_tick(&audit, now));
    pass(1);
    ck_assert(audit_tick(&audit, now));
    ended(AUDIT_FAILED, AUDIT_TIMEOUT);
    ck_assert(!audit_tick(&audit, now));
}
END_TEST

START_TEST(order_is_repeated_each_second_while_the_run_lasts)
{
    uint32_t run = begun(AUDIT_MANUAL);

    ck_assert(!audit_repeats(&audit, now));
    pass(AUDIT_REPEAT_US);
    ck_assert(audit_repeats(&audit, now));
    ck_assert(!audit_repeats(&audit, now));
    for (unsigned i = 0; i < MANAGERS; i++)
        (void)says(managers[i], run, AUDIT_DONE, (struct audit_counts){0});
    pass(AUDIT_REPEAT_US);
    ck_assert(!audit_repeats(&audit, now));
}
END_TEST

START_TEST(switchover_of_the_control_function_fails_the_run_on_both)
{
    uint32_t run = begun(AUDIT_MANUAL);

    ck_assert(audit_follow(&audit, now, wall));
    ended(AUDIT_FAILED, AUDIT_CF_SWITCH);
    ck_assert_int_eq(audit_may(&audit), AUDIT_IS_NOT_ACTIVE);
    ck_assert(!audit_follow(&audit, now, wall));

    audit_init(&audit, &by_lab, 78); /* its successor hears what the session managers broke off */
    ck_assert(!says(1, run, AUDIT_AT_WORK, (struct audit_counts){0}));
    ck_assert(!says(1, run, AUDIT_DONE, (struct audit_counts){0}));
    ck_assert(says(2, run, AUDIT_STOPPED, (struct audit_counts){.calls = 4}));
    ended(AUDIT_FAILED, AUDIT_CF_SWITCH);
    ck_assert_int_eq(audit.last.type, AUDIT_MANUAL);
    ck_assert(!says(7, run, AUDIT_STOPPED, (struct audit_counts){0}));
    ck_assert_uint_eq(audit_entries(&audit), 1);
}
END_TEST

START_TEST(no_two_runs_have_one_number)
{
    uint32_t first = begun(AUDIT_MANUAL), second;

    (void)audit_follow(&audit, now, wall);
    (void)audit_see(&audit, now, wall, &whole);
    second = begun(AUDIT_MANUAL);
    ck_assert_uint_ne(first, second);
    audit_init(&audit, &by_lab, 78);
    (void)audit_see(&audit, now, wall, &whole);
    ck_assert_uint_ne(begun(AUDIT_MANUAL), first);
}
END_TEST

START_TEST(starts_whose_incarnations_follow_one_another_share_no_number)
{
    enum { STARTS = 20, RUNS = 10 };
    uint32_t numbers[STARTS * RUNS];
    unsigned n = 0;

    for (unsigned start = 0; start < STARTS; start++) {
        audit_init(&audit, &by_lab, 77 + start);
        for (unsigned run = 0; run < RUNS; run++) {
            (void)audit_see(&audit, now, wall, &whole);
            numbers[n] = begun(AUDIT_MANUAL);
            for (unsigned i = 0; i < n; i++)
                ck_assert_uint_ne(numbers[i], numbers[n]);
            n++;
            (void)audit_follow(&audit, now, wall);
        }
    }
}
END_TEST

START_TEST(schedule_asks_while_the_pair_is_synchronised_and_none_runs)
{
    struct audit_chassis alone = whole;

    pass(60 * MIN_US);
    ck_assert_int_eq(audit_due(&audit, now, wall), AUDIT_PERIODICITY);
    (void)begun(AUDIT_PERIODICITY);
    pass(60 * MIN_US);
    ck_assert_int_eq(audit_due(&audit, now, wall), AUDIT_NONE);
    alone.standby = false;
    ck_assert(audit_see(&audit, now, wall, &alone));
    pass(60 * MIN_US);
    ck_assert_int_eq(audit_due(&audit, now, wall), AUDIT_NONE);
    ck_assert(!audit_see(&audit, now, wall, &whole));
    ck_assert_int_eq(audit_due(&audit, now, wall), AUDIT_NONE);
    pass(60 * MIN_US);
    ck_assert_int_eq(audit_due(&audit, now, wall), AUDIT_PERIODICITY);
}
END_TEST

START_TEST(history_keeps_the_last_ones_and_is_cleared)
{
    for (unsigned i = 0; i < AUDITS_KEPT + 3; i++) {
        uint32_t run = begun(AUDIT_MANUAL);

        for (unsigned m = 0; m < MANAGERS; m++)
            (void)says(managers[m], run, AUDIT_DONE, (struct audit_counts){.calls = i});
    }
    ck_assert_uint_eq(audit_entries(&audit), AUDITS_KEPT);
    ck_assert_uint_eq(audit_entry(&audit, 0)->counts.calls, 3 * MANAGERS);
    (void)begun(AUDIT_MANUAL);
    ck_assert_uint_eq(audit_entries(&audit), AUDITS_KEPT + 1);
    ck_assert_int_eq(audit_entry(&audit, AUDITS_KEPT)->state, AUDIT_RUNS);
    audit_clear(&audit);
    ck_assert_uint_eq(audit_entries(&audit), 1); /* the run under way is no history yet */
    ck_assert_int_eq(audit.last.state, AUDIT_COMPLETE);
    ck_assert_int_ne(audit.successful_us, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("audit");
    TCase *when = tcase_create("when"), *run = tcase_create("run");

    tcase_add_test(when, start_time_and_distance_give_the_runs_of_a_day);
    tcase_add_test(when, each_day_begins_at_its_start_time_whatever_the_distance);
    tcase_add_test(when, distance_of_a_day_leaves_the_start_time_alone);
    tcase_add_test(when, what_is_planned_can_be_read_before);
    tcase_add_test(when, without_a_start_time_the_distance_counts_from_the_switch);
    tcase_add_test(when, clock_put_forward_makes_one_audit_due);
    tcase_add_test(when, clock_put_back_loses_no_audit_for_ever);
    tcase_add_test(when, jumps_of_the_wall_clock_are_nothing_to_a_distance_alone);
    tcase_add_test(when, one_that_was_stopped_catches_up_with_one_audit);
    tcase_add_checked_fixture(run, set_up, NULL);
    tcase_add_test(run, run_is_complete_when_every_session_manager_is_done);
    tcase_add_test(run, only_an_audit_by_hand_makes_good_what_differs);
    tcase_add_test(run, reports_of_other_runs_and_of_nobody_change_nothing);
    tcase_add_test(run, only_an_active_with_a_synchronised_standby_audits);
    tcase_add_test(run, run_fails_when_its_ground_is_gone);
    tcase_add_test(run, session_manager_that_stopped_fails_the_run_by_its_name);
    tcase_add_test(run, run_that_nobody_ends_is_ended_by_its_limit);
    tcase_add_test(run, order_is_repeated_each_second_while_the_run_lasts);
    tcase_add_test(run, switchover_of_the_control_function_fails_the_run_on_both);
    tcase_add_test(run, no_two_runs_have_one_number);
    tcase_add_test(run, starts_whose_incarnations_follow_one_another_share_no_number);
    tcase_add_test(run, schedule_asks_while_the_pair_is_synchronised_and_none_runs);
    tcase_add_test(run, history_keeps_the_last_ones_and_is_cleared);
    suite_add_tcase(suite, when);
    suite_add_tcase(suite, run);
    return unit_main(suite);
}
