#include <string.h>

#include "common/base/labtime.h"
#include "common/base/rng.h"
#include "tests/unit/unit.h"

/* The course of a lab's clock: it never goes back, never jumps, and is read both ways. */

enum { MS = 1000, S = 1000 * MS, COURSES = 3000 };

#define DAY (INT64_C(86400) * S)

static struct labtime course;

static void
set_up(void)
{
    course = labtime_untouched(1);
}

static void
same(int64_t real_us, int64_t lab_us)
{
    ck_assert_int_eq(labtime_lab_of(&course, real_us), lab_us);
}

START_TEST(an_untouched_clock_is_the_machines_times_the_scale)
{
    same(0, 0);
    same(123456789, 123456789);
    course = labtime_untouched(1000);
    same(123456789, 123456789000);
    same(3650 * DAY + 7, (3650 * DAY + 7) * 1000);
    ck_assert_int_eq(labtime_real_of(&course, 123456789000), 123456789);
    ck_assert_int_eq(labtime_real_of(&course, 123456789001), 123456790);
    ck_assert_int_eq(labtime_real_of(&course, 123456788001), 123456789);
}
END_TEST

START_TEST(a_paused_clock_stands_where_it_was_and_nothing_is_reached)
{
    ck_assert(labtime_pause(&course, 9 * S, 10 * S));
    same(10 * S - 1, 10 * S - 1);
    same(10 * S, 10 * S);
    same(9000 * (int64_t)S, 10 * S);
    ck_assert_int_eq(labtime_real_of(&course, 10 * S), 10 * S);
    ck_assert_int_eq(labtime_real_of(&course, 10 * S + 1), LABTIME_NEVER);
    ck_assert(labtime_stands(&course));
    ck_assert_ptr_null(labtime_fault(&course));
}
END_TEST

START_TEST(it_runs_on_at_the_scale_before)
{
    course = labtime_untouched(10);
    ck_assert(labtime_pause(&course, S, 2 * S));
    ck_assert(labtime_run(&course, 5 * S, 6 * S));
    same(2 * S, 20 * S);
    same(6 * S, 20 * S);
    same(7 * S, 30 * S);
    ck_assert_int_eq(labtime_real_of(&course, 20 * S), 2 * S);
    ck_assert_int_eq(labtime_real_of(&course, 20 * S + 1), 6 * S + 1);
    ck_assert(!labtime_stands(&course));
}
END_TEST

START_TEST(a_step_ends_at_its_very_microsecond)
{
    course = labtime_untouched(1000);
    ck_assert(labtime_pause(&course, S, S));
    ck_assert(labtime_step(&course, 2 * S, 2 * S, 12345));
    same(2 * S + 12, 1000 * (int64_t)S + 12000);
    same(2 * S + 13, 1000 * (int64_t)S + 12345);
    same(9 * S, 1000 * (int64_t)S + 12345);
    ck_assert_int_eq(labtime_real_of(&course, 1000 * (int64_t)S + 12345), 2 * S + 13);
    ck_assert_ptr_null(labtime_fault(&course));
}
END_TEST

START_TEST(a_step_of_a_running_lab_ends_in_a_pause)
{
    ck_assert(labtime_step(&course, S, 2 * S, 3 * S));
    same(4 * S, 4 * S);
    same(8 * S, 5 * S);
    ck_assert(labtime_stands(&course));
}
END_TEST

START_TEST(a_pause_ends_a_step_and_a_run_makes_it_endless)
{
    ck_assert(labtime_pause(&course, 0, S));
    ck_assert(labtime_step(&course, 2 * S, 3 * S, 10 * S));
    struct labtime run = course;

    ck_assert(labtime_pause(&course, 4 * S, 5 * S));
    same(100 * S, 3 * S);
    course = run;
    ck_assert(labtime_run(&course, 4 * S, 5 * S));
    same(103 * S, 101 * S);
}
END_TEST

START_TEST(a_scale_waits_for_a_lab_that_stands)
{
    ck_assert(labtime_pause(&course, 0, S));
    ck_assert(labtime_scale(&course, 2 * S, 3 * S, 100 * LABTIME_ONE));
    same(9 * S, S);
    ck_assert(labtime_run(&course, 9 * S, 10 * S));
    same(11 * S, 101 * S);
    ck_assert(labtime_scale(&course, 11 * S, 11 * S, LABTIME_ONE / 10));
    same(21 * S, 102 * S);
}
END_TEST

START_TEST(a_step_keeps_its_end_under_another_scale)
{
    ck_assert(labtime_step(&course, S, S, 5 * S));
    ck_assert(labtime_scale(&course, 2 * S, 2 * S, 1000 * LABTIME_ONE));
    same(2 * S + 1, 2 * S + 1);
    same(100 * S, 6 * S);
}
END_TEST

START_TEST(scales_out_of_bounds_and_empty_steps_change_nothing)
{
    const struct labtime before = course;

    ck_assert(!labtime_scale(&course, S, S, LABTIME_SLOWEST - 1));
    ck_assert(!labtime_scale(&course, S, S, LABTIME_FASTEST + 1));
    ck_assert(!labtime_scale(&course, S, S, 0));
    ck_assert(!labtime_step(&course, S, S, 0));
    ck_assert(!labtime_step(&course, S, S, -1));
    ck_assert(!labtime_step(&course, S, S, INT64_MAX));
    ck_assert_int_eq(memcmp(&before, &course, sizeof course), 0);
}
END_TEST

START_TEST(the_end_of_time_is_reached_without_overflow)
{
    course = labtime_untouched(1000);
    ck_assert_int_eq(labtime_lab_of(&course, INT64_MAX), LABTIME_NEVER - 1);
    ck_assert_int_eq(labtime_lab_of(&course, INT64_MAX / 1000 + 1), LABTIME_NEVER - 1);
    ck_assert(labtime_scale(&course, S, S, LABTIME_SLOWEST));
    ck_assert_int_eq(labtime_real_of(&course, INT64_MAX - 1), LABTIME_NEVER);
    ck_assert_int_lt(labtime_real_of(&course, 36500 * DAY), LABTIME_NEVER);
    ck_assert_int_eq(labtime_lab_of(&course, 0), 0);
}
END_TEST

START_TEST(a_full_course_refuses_and_stays)
{
    for (int i = 0; course.n < LABTIME_SEGMENTS; i++)
        ck_assert(labtime_scale(&course, 0, (i + 1) * S, (uint32_t)(i + 2) * LABTIME_ONE));
    const struct labtime before = course;

    ck_assert(!labtime_pause(&course, 0, 100 * S));
    ck_assert(!labtime_step(&course, 0, 100 * S, S));
    ck_assert(!labtime_scale(&course, 0, 100 * S, 50 * LABTIME_ONE));
    ck_assert_int_eq(memcmp(&before, &course, sizeof course), 0);
    ck_assert(labtime_pause(&course, 99 * S, 100 * S)); /* what is over makes room */
}
END_TEST

/* Every course that breaks a rule is named. */
START_TEST(a_strangers_course_is_judged)
{
    struct labtime good;

    ck_assert(labtime_step(&course, S, 2 * S, 3 * S));
    good = course;
    ck_assert_ptr_null(labtime_fault(&good));
#define SPOILT(change, why)                                                                        \
    course = good;                                                                                 \
    change;                                                                                        \
    ck_assert_str_eq(labtime_fault(&course), why)
    SPOILT(course.n = 0, "it has no segment, or too many");
    SPOILT(course.n = LABTIME_SEGMENTS + 1, "it has no segment, or too many");
    SPOILT(course.run = 0, "it runs at no scale there is");
    SPOILT(course.run = LABTIME_FASTEST + 1, "it runs at no scale there is");
    SPOILT(course.segments[0].real_us = -1, "an instant is out of range");
    SPOILT(course.segments[0].lab_us = -1, "an instant is out of range");
    SPOILT(course.segments[0].lab_us = INT64_MAX, "an instant is out of range");
    SPOILT(course.segments[0].scale = LABTIME_SLOWEST - 1, "a scale is out of range");
    SPOILT(course.segments[1].scale = UINT32_MAX, "a scale is out of range");
    SPOILT(course.segments[1].real_us = 0, "its segments are out of order");
    SPOILT(course.segments[1].lab_us -= 2, "its clock goes back");
    SPOILT(course.segments[1].lab_us += 1, "its clock jumps");
#undef SPOILT
}
END_TEST

/* ---- random courses ------------------------------------------------------------------------ */

static int64_t
below(struct rng *rng, int64_t n)
{
    return rng_between(rng, 0, n - 1);
}

static void
change_somehow(struct rng *rng, int64_t now)
{
    int64_t at = now + below(rng, 3) * 30 * MS;
    uint32_t scale = (uint32_t)(LABTIME_SLOWEST + below(rng, below(rng, 2) ? LABTIME_ONE : 100000));

    switch (below(rng, 4)) {
    case 0:
        (void)labtime_pause(&course, now, at);
        break;
    case 1:
        (void)labtime_run(&course, now, at);
        break;
    case 2:
        (void)labtime_step(&course, now, at, 1 + below(rng, 5 * S));
        break;
    default:
        (void)labtime_scale(&course, now, at, scale);
    }
}

/* An assertion of check's is told to another process, which is too slow for a million. */
static void
demand(bool holds, const char *else_what)
{
    if (!holds)
        ck_abort_msg("%s", else_what);
}

/* The first real instant that has reached a lab instant has, and the one before it has not. */
static void
is_inverse(int64_t lab_us)
{
    int64_t real_us = labtime_real_of(&course, lab_us);

    if (real_us == LABTIME_NEVER) {
        demand(course.segments[course.n - 1].lab_us < lab_us, "never, though it is reached");
        demand(labtime_stands(&course), "never, though it runs");
        return;
    }
    demand(labtime_lab_of(&course, real_us) >= lab_us, "not reached yet");
    demand(real_us <= course.segments[0].real_us || labtime_lab_of(&course, real_us - 1) < lab_us,
           "reached before");
}

START_TEST(random_courses_are_monotonic_and_their_own_inverse)
{
    struct rng rng = {.state = 7};

    for (int i = 0; i < COURSES; i++) {
        int64_t now = below(&rng, 1000) * S, last = 0;

        course = labtime_untouched((uint32_t)(1 + below(&rng, 1000)));
        for (int step = 0; step < 40; step++) {
            int64_t lab_us = labtime_lab_of(&course, now);

            demand(lab_us >= last, "it goes back");
            is_inverse(lab_us);
            is_inverse(lab_us + below(&rng, 3 * S));
            is_inverse(lab_us + 1);
            last = lab_us;
            if (below(&rng, 3) == 0)
                change_somehow(&rng, now);
            demand(labtime_fault(&course) == NULL, "a change makes no course of it");
            demand(labtime_lab_of(&course, now) == last, "a change is of the past");
            now += below(&rng, below(&rng, 2) ? 3 * S : 40 * MS);
        }
    }
}
END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("labtime");
    TCase *tc = tcase_create("course");

    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, an_untouched_clock_is_the_machines_times_the_scale);
    tcase_add_test(tc, a_paused_clock_stands_where_it_was_and_nothing_is_reached);
    tcase_add_test(tc, it_runs_on_at_the_scale_before);
    tcase_add_test(tc, a_step_ends_at_its_very_microsecond);
    tcase_add_test(tc, a_step_of_a_running_lab_ends_in_a_pause);
    tcase_add_test(tc, a_pause_ends_a_step_and_a_run_makes_it_endless);
    tcase_add_test(tc, a_scale_waits_for_a_lab_that_stands);
    tcase_add_test(tc, a_step_keeps_its_end_under_another_scale);
    tcase_add_test(tc, scales_out_of_bounds_and_empty_steps_change_nothing);
    tcase_add_test(tc, the_end_of_time_is_reached_without_overflow);
    tcase_add_test(tc, a_full_course_refuses_and_stays);
    tcase_add_test(tc, a_strangers_course_is_judged);
    tcase_add_test(tc, random_courses_are_monotonic_and_their_own_inverse);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return unit_main(suite());
}
