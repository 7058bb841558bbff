#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/base/labtime.h"
#include "common/loop/clock.h"
#include "common/loop/lab_clock.h"
#include "common/loop/timer.h"
#include "tests/unit/unit.h"

/* The clock of a process under a course that changes, its timers, and the file that tells it. */

enum { MS = 1000, S = 1000000, SPAN_MS = 20, FAST = 1000 };

static const struct labtime untold = {.n = 1, .run = 77, .segments = {{1, 2, 77}}};

/* Stands still at a lab instant, since ever. */
static struct labtime
standing(int64_t lab_us)
{
    return (struct labtime){.n = 1, .run = LABTIME_ONE, .segments = {{0, lab_us, 0}}};
}

static struct labtime told;

static bool
tell(const void *ctx, struct labtime *course)
{
    (void)ctx;
    *course = told;
    return true;
}

/* The clock has that course from now on. */
static void
take(const struct labtime *course)
{
    told = *course;
    clock_missed(tell, NULL);
    clock_look();
    clock_missed(NULL, NULL);
}

/* ---- the clock ----------------------------------------------------------------------------- */

START_TEST(a_process_begins_where_the_lab_is_though_its_clock_would_be_ahead)
{
    const struct labtime found = standing(5 * S);

    clock_scale(1000);
    ck_assert_int_gt(clock_now().us, 5 * S);
    clock_begin(&found);
    ck_assert_int_eq(clock_now().us, 5 * S);
    take(&found); /* read once more, as after any change of the file */
    ck_assert_int_eq(clock_now().us, 5 * S);
}
END_TEST

START_TEST(a_pause_that_is_read_late_stands_still_instead_of_going_back)
{
    struct labtime course = standing(0);
    int64_t seen;

    clock_scale(1);
    seen = clock_now().us;
    course.segments[0].lab_us = seen - 3 * S;
    take(&course);
    ck_assert_int_ge(clock_now().us, seen);
    ck_assert_int_lt(clock_now().us, seen + S);
    seen = clock_now().us;
    course.segments[0].lab_us = seen + 2 * S; /* the course has caught up */
    take(&course);
    ck_assert_int_eq(clock_now().us, seen + 2 * S);
}
END_TEST

START_TEST(a_pause_that_the_process_slept_through_is_read_before_the_clock_is)
{
    int64_t seen;

    clock_scale(FAST);
    seen = clock_now().us;
    told = standing(seen);
    clock_missed(tell, NULL);
    (void)poll(NULL, 0, 2 * (int)(CLOCK_SLEPT_US / MS)); /* nobody reads it */
    ck_assert_int_ge(clock_now().us, seen);
    ck_assert_int_le(clock_now().us, seen + FAST * 2 * MS);
    clock_missed(NULL, NULL);
}
END_TEST

START_TEST(a_pause_that_is_read_late_takes_nothing_back_but_what_was_shown)
{
    struct labtime course;
    int64_t seen;

    clock_scale(FAST);
    seen = clock_now().us;
    course = standing(seen);
    (void)poll(NULL, 0, 2 * (int)(CLOCK_SLEPT_US / MS));
    take(&course); /* as when the file is read in the first turn after the sleep */
    ck_assert_int_ge(clock_now().us, seen);
    ck_assert_int_le(clock_now().us, seen + FAST * 2 * MS);
}
END_TEST

START_TEST(a_paused_clock_reaches_nothing_and_a_running_one_says_when)
{
    struct labtime course = standing(5 * S);
    int64_t now;

    clock_begin(&course);
    ck_assert_int_eq(clock_real_of((mono_t){5 * S + 1}), LABTIME_NEVER);
    ck_assert_int_eq(clock_real_of(MONO_NEVER), LABTIME_NEVER);
    now = clock_real_us();
    ck_assert(labtime_run(&course, now, now));
    take(&course);
    ck_assert_int_eq(clock_real_of((mono_t){6 * S}), now + S);
}
END_TEST

/* ---- timers -------------------------------------------------------------------------------- */

static struct rig {
    zloop_t *loop;
    struct timer_loop *timers;
    struct timer lab, real;
    unsigned lab_fired, real_fired;
    struct labtime course;
} rig;

static void
on_lab(void *ctx)
{
    (void)ctx;
    rig.lab_fired++;
}

static int
end(zloop_t *loop, int id, void *arg)
{
    (void)loop;
    (void)id;
    (void)arg;
    return -1;
}

/* In real time; it has nothing to wait for but that. */
static void
turn(void)
{
    int id = zloop_timer(rig.loop, (size_t)2 * SPAN_MS, 1, end, NULL);

    ck_assert_int_ne(id, -1);
    (void)zloop_start(rig.loop);
}

static void
on_real(void *ctx)
{
    (void)ctx;
    rig.real_fired++;
}

static void
rig_up(void)
{
    memset(&rig, 0, sizeof rig);
    rig.course = standing(5 * S);
    clock_begin(&rig.course);
    rig.loop = zloop_new();
    ck_assert_ptr_nonnull(rig.loop);
    rig.timers = timer_loop_open(rig.loop);
    timer_init(&rig.lab, rig.loop, on_lab, NULL);
    timer_init(&rig.real, rig.loop, on_real, NULL);
}

static void
rig_down(void)
{
    timer_at(&rig.lab, MONO_NEVER);
    timer_at(&rig.real, MONO_NEVER);
    timer_loop_close(&rig.timers);
    zloop_destroy(&rig.loop);
}

static void
go_on(uint32_t scale)
{
    int64_t now = clock_real_us();

    ck_assert(labtime_scale(&rig.course, now, now, scale));
    ck_assert(labtime_run(&rig.course, now, now));
    take(&rig.course);
    timer_rearm();
}

START_TEST(in_a_paused_lab_real_spans_end_and_lab_spans_wait)
{
    timer_at(&rig.lab, mono_after(clock_now(), MS));
    timer_in_ms(&rig.real, SPAN_MS / 2);
    turn();
    ck_assert_uint_eq(rig.lab_fired, 0);
    ck_assert_uint_eq(rig.real_fired, 1);
    ck_assert_int_eq(clock_now().us, 5 * S);
}
END_TEST

START_TEST(a_timer_that_waited_in_a_pause_fires_when_the_lab_runs)
{
    timer_at(&rig.lab, mono_after(clock_now(), MS));
    turn();
    ck_assert_uint_eq(rig.lab_fired, 0);
    go_on(LABTIME_ONE);
    turn();
    ck_assert_uint_eq(rig.lab_fired, 1);
}
END_TEST

START_TEST(a_timer_comes_earlier_in_a_lab_that_runs_faster)
{
    timer_at(&rig.lab, mono_after(clock_now(), 10 * S)); /* in real time beyond the turn */
    go_on(LABTIME_ONE);
    turn();
    ck_assert_uint_eq(rig.lab_fired, 0);
    go_on(FAST * LABTIME_ONE);
    turn();
    ck_assert_uint_eq(rig.lab_fired, 1);
    ck_assert_int_ge(clock_now().us, 15 * S);
}
END_TEST

START_TEST(the_earlier_of_a_real_and_a_lab_deadline_holds)
{
    timer_at(&rig.lab, mono_after(clock_now(), MS));
    timer_within_ms(&rig.lab, 1);
    turn();
    ck_assert_uint_eq(rig.lab_fired, 1); /* though the lab stands still */
    timer_in_ms(&rig.lab, 1);
    timer_within_ms(&rig.lab, 100 * S);
    turn();
    ck_assert_uint_eq(rig.lab_fired, 2);
}
END_TEST

START_TEST(what_was_disarmed_is_not_armed_anew)
{
    timer_at(&rig.lab, mono_after(clock_now(), MS));
    timer_at(&rig.real, mono_after(clock_now(), 2 * MS));
    timer_at(&rig.lab, MONO_NEVER);
    go_on(FAST * LABTIME_ONE);
    turn();
    ck_assert_uint_eq(rig.lab_fired, 0);
    ck_assert_uint_eq(rig.real_fired, 1);
}
END_TEST

/* ---- the file ------------------------------------------------------------------------------ */

static struct labtime
stepping(void)
{
    struct labtime course = labtime_untouched(10);

    ck_assert(labtime_pause(&course, S, 2 * S));
    ck_assert(labtime_step(&course, 3 * S, 4 * S, 12345));
    return course;
}

START_TEST(a_course_is_read_as_it_was_written)
{
    const struct labtime course = stepping();
    struct labtime read = untold;
    char text[LAB_CLOCK_TEXT];
    size_t len = lab_clock_text(&course, text);

    ck_assert_ptr_null(lab_clock_read(text, len, 5 * S, &read));
    ck_assert_uint_eq(read.n, course.n);
    ck_assert_uint_eq(read.run, course.run);
    for (size_t i = 0; i < course.n; i++) {
        ck_assert_int_eq(read.segments[i].real_us, course.segments[i].real_us);
        ck_assert_int_eq(read.segments[i].lab_us, course.segments[i].lab_us);
        ck_assert_uint_eq(read.segments[i].scale, course.segments[i].scale);
    }
}
END_TEST

START_TEST(a_longest_course_has_room)
{
    struct labtime course = {.n = LABTIME_SEGMENTS, .run = UINT32_MAX};
    char text[LAB_CLOCK_TEXT];

    for (size_t i = 0; i < LABTIME_SEGMENTS; i++)
        course.segments[i] = (struct labtime_segment){INT64_MIN, INT64_MIN, UINT32_MAX};
    ck_assert_uint_lt(lab_clock_text(&course, text), sizeof text);
    ck_assert_uint_eq(strlen(text), lab_clock_text(&course, text));
}
END_TEST

/* Refused with that reason, and nothing is stored. */
static void
refused(const char *text, size_t len, const char *why)
{
    struct labtime read = untold;
    const char *fault = lab_clock_read(text, len, 5 * S, &read);

    ck_assert_msg(fault != NULL, "accepted: %.*s", (int)len, text);
    if (why)
        ck_assert_str_eq(fault, why);
    ck_assert_int_eq(memcmp(&read, &untold, sizeof read), 0);
}

START_TEST(a_course_that_is_cut_off_is_refused_at_every_length)
{
    const struct labtime course = stepping();
    char text[LAB_CLOCK_TEXT];
    size_t len = lab_clock_text(&course, text) - 2; /* the last brace and the end of the line */

    for (size_t cut = 0; cut <= len; cut++)
        refused(text, cut, "it is no JSON");
}
END_TEST

START_TEST(what_is_no_course_is_refused_with_a_reason)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"[]", "it is not the course of a clock"},
        {"{\"run\": 1000}", "it is not the course of a clock"},
        {"{\"run\": 1000, \"course\": []}", "it is not the course of a clock"},
        {"{\"run\": 1.5, \"course\": [{}]}", "it is not the course of a clock"},
        {"{\"run\": -1, \"course\": [{}]}", "it is not the course of a clock"},
        {"{\"run\": 1000, \"course\": [{}]}", "a segment is malformed"},
        {"{\"run\": 1000, \"course\": [7]}", "a segment is malformed"},
        {"{\"run\": 1000, \"course\": [{\"real_us\": 0, \"lab_us\": 0, \"scale\": 9000000000}]}",
         "a segment is malformed"},
        {"{\"run\": 0, \"course\": [{\"real_us\": 0, \"lab_us\": 0, \"scale\": 0}]}",
         "it runs at no scale there is"},
        {"{\"run\": 1000, \"course\": [{\"real_us\": -1, \"lab_us\": 0, \"scale\": 0}]}",
         "an instant is out of range"},
        {"{\"run\": 1000, \"run\": 1, \"course\": []}", "it is no JSON"},
        {"{\"run\": 1000, \"course\": [{\"real_us\": 6000000, \"lab_us\": 0, \"scale\": 1000}]}",
         "it was written before this machine was started"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(cases[i].text, strlen(cases[i].text), cases[i].why);
}
END_TEST

START_TEST(a_scale_is_told_in_short)
{
    static const struct {
        uint32_t scale;
        const char *text;
    } cases[] = {{0, "paused"},
                 {10, "0.01"},
                 {250, "0.25"},
                 {1000, "1"},
                 {10000, "10"},
                 {1500, "1.5"},
                 {LABTIME_FASTEST, "1000"}};
    char text[LAB_SCALE_TEXT];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_str_eq(lab_scale_text(cases[i].scale, text), cases[i].text);
}
END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("lab_clock");
    TCase *clock = tcase_create("clock"), *timers = tcase_create("timers");
    TCase *file = tcase_create("file");

    tcase_add_test(clock, a_process_begins_where_the_lab_is_though_its_clock_would_be_ahead);
    tcase_add_test(clock, a_pause_that_is_read_late_stands_still_instead_of_going_back);
    tcase_add_test(clock, a_pause_that_the_process_slept_through_is_read_before_the_clock_is);
    tcase_add_test(clock, a_pause_that_is_read_late_takes_nothing_back_but_what_was_shown);
    tcase_add_test(clock, a_paused_clock_reaches_nothing_and_a_running_one_says_when);
    suite_add_tcase(s, clock);
    tcase_add_checked_fixture(timers, rig_up, rig_down);
    tcase_add_test(timers, in_a_paused_lab_real_spans_end_and_lab_spans_wait);
    tcase_add_test(timers, a_timer_that_waited_in_a_pause_fires_when_the_lab_runs);
    tcase_add_test(timers, a_timer_comes_earlier_in_a_lab_that_runs_faster);
    tcase_add_test(timers, the_earlier_of_a_real_and_a_lab_deadline_holds);
    tcase_add_test(timers, what_was_disarmed_is_not_armed_anew);
    suite_add_tcase(s, timers);
    tcase_add_test(file, a_course_is_read_as_it_was_written);
    tcase_add_test(file, a_longest_course_has_room);
    tcase_add_test(file, a_course_that_is_cut_off_is_refused_at_every_length);
    tcase_add_test(file, what_is_no_course_is_refused_with_a_reason);
    tcase_add_test(file, a_scale_is_told_in_short);
    suite_add_tcase(s, file);
    return s;
}

int
main(void)
{
    return unit_main(suite());
}
