#include "cf/srp/srp_pace.h"
#include "tests/unit/unit.h"

/* How late hellos come, and how spans of time are spread. */

enum { HELLO_US = 1000000 };

static struct srp_pace pace;
static mono_t now;

static void
silent(void)
{
    pace = (struct srp_pace){0};
    now = (mono_t){.us = 5000000};
}

static void
hear_after(int64_t us)
{
    now = mono_after(now, us);
    srp_pace_heard(&pace, now, HELLO_US);
}

START_TEST(the_first_hello_is_no_interval)
{
    silent();
    hear_after(3 * HELLO_US);
    ck_assert_uint_eq(pace.late.n, 0);
}
END_TEST

START_TEST(hellos_on_time_are_not_late)
{
    silent();
    for (int i = 0; i <= 10; i++)
        hear_after(HELLO_US);
    ck_assert_uint_eq(pace.late.n, 10);
    ck_assert_int_eq(pace.late.max_us, 0);
    ck_assert_int_eq(spread_permille(&pace.late, 990), 0);
}
END_TEST

START_TEST(a_hello_is_late_by_what_the_interval_exceeds)
{
    silent();
    hear_after(0);
    hear_after(HELLO_US + 70);
    hear_after(HELLO_US + 20);
    ck_assert_uint_eq(pace.late.n, 2);
    ck_assert_int_eq(spread_permille(&pace.late, 500), 20);
    ck_assert_int_eq(pace.late.max_us, 70);
}
END_TEST

START_TEST(a_hello_before_its_time_tells_nothing_and_begins_the_next_interval)
{
    silent();
    hear_after(0);
    hear_after(HELLO_US - 1);
    hear_after(1);
    ck_assert_uint_eq(pace.late.n, 0);
    hear_after(HELLO_US);
    ck_assert_uint_eq(pace.late.n, 1);
    ck_assert_int_eq(pace.late.max_us, 0);
}
END_TEST

START_TEST(a_silence_on_a_connection_that_stands_is_lateness)
{
    silent();
    hear_after(0);
    hear_after(4 * HELLO_US);
    ck_assert_int_eq(pace.late.max_us, 3 * HELLO_US);
}
END_TEST

START_TEST(the_time_without_a_connection_is_no_interval)
{
    silent();
    hear_after(0);
    srp_pace_break(&pace);
    hear_after(30 * HELLO_US);
    ck_assert_uint_eq(pace.late.n, 0);
    hear_after(HELLO_US);
    ck_assert_uint_eq(pace.late.n, 1);
}
END_TEST

START_TEST(counting_anew_goes_on_from_the_last_hello)
{
    silent();
    hear_after(0);
    hear_after(HELLO_US + 5000);
    srp_pace_clear(&pace);
    ck_assert_uint_eq(pace.late.n, 0);
    ck_assert_int_eq(pace.late.max_us, 0);
    hear_after(HELLO_US + 9);
    ck_assert_uint_eq(pace.late.n, 1);
    ck_assert_int_eq(pace.late.max_us, 9);
}
END_TEST

/* ---- the spread --------------------------------------------------------------------- */

START_TEST(each_span_is_in_a_class_whose_top_is_not_below_it_and_little_above)
{
    for (uint64_t us = 0; us < UINT64_C(1) << SPREAD_BITS; us += 1 + us / 1000) {
        int64_t top = spread_top(spread_class(us));

        ck_assert_int_ge(top, (int64_t)us);
        ck_assert_int_le(top, (int64_t)(us + us / SPREAD_STEPS));
    }
}
END_TEST

START_TEST(classes_follow_each_other_without_a_gap)
{
    for (size_t i = 0; i + 1 < SPREAD_CLASSES; i++) {
        ck_assert_uint_eq(spread_class((uint64_t)spread_top(i)), i);
        ck_assert_uint_eq(spread_class((uint64_t)spread_top(i) + 1), i + 1);
    }
}
END_TEST

START_TEST(percentiles_are_those_of_all_spans)
{
    struct spread spread = {0};

    for (int i = 1; i <= 1000; i++)
        spread_add(&spread, 10 * i);
    ck_assert_uint_eq(spread.n, 1000);
    ck_assert_int_ge(spread_permille(&spread, 500), 5000);
    ck_assert_int_le(spread_permille(&spread, 500), 5000 + 5000 / SPREAD_STEPS);
    ck_assert_int_ge(spread_permille(&spread, 990), 9900);
    ck_assert_int_eq(spread_permille(&spread, 1000), 10000); /* never beyond the longest */
    ck_assert_int_eq(spread_permille(&spread, 1), 10);
}
END_TEST

START_TEST(of_nothing_every_percentile_is_nothing)
{
    struct spread spread = {0};

    ck_assert_int_eq(spread_permille(&spread, 500), 0);
    ck_assert_int_eq(spread_permille(&spread, 1000), 0);
}
END_TEST

START_TEST(negative_and_endless_spans_are_counted_at_the_ends)
{
    struct spread spread = {0};

    spread_add(&spread, -5);
    ck_assert_int_eq(spread_permille(&spread, 1000), 0);
    spread_add(&spread, INT64_MAX);
    ck_assert_int_eq(spread.max_us, INT64_MAX);
    ck_assert_uint_eq(spread.class[SPREAD_CLASSES - 1], 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp_pace");
    TCase *hellos = tcase_create("hellos"), *spread = tcase_create("spread");

    tcase_add_test(hellos, the_first_hello_is_no_interval);
    tcase_add_test(hellos, hellos_on_time_are_not_late);
    tcase_add_test(hellos, a_hello_is_late_by_what_the_interval_exceeds);
    tcase_add_test(hellos, a_hello_before_its_time_tells_nothing_and_begins_the_next_interval);
    tcase_add_test(hellos, a_silence_on_a_connection_that_stands_is_lateness);
    tcase_add_test(hellos, the_time_without_a_connection_is_no_interval);
    tcase_add_test(hellos, counting_anew_goes_on_from_the_last_hello);
    tcase_add_test(spread, each_span_is_in_a_class_whose_top_is_not_below_it_and_little_above);
    tcase_add_test(spread, classes_follow_each_other_without_a_gap);
    tcase_add_test(spread, percentiles_are_those_of_all_spans);
    tcase_add_test(spread, of_nothing_every_percentile_is_nothing);
    tcase_add_test(spread, negative_and_endless_spans_are_counted_at_the_ends);
    suite_add_tcase(suite, hellos);
    suite_add_tcase(suite, spread);
    return unit_main(suite);
}
