#include "common/loop/usage.h"
#include "tests/unit/unit.h"

/* What a process says of itself: shares of the time between two looks, and their means. */

enum { SECOND = 1000000, EVERY = 5 * SECOND };

static struct usage usage;

static void
set_up(void)
{
    usage = (struct usage){0};
}

START_TEST(the_first_look_knows_memory_and_no_share)
{
    ck_assert(usage_is_due(&usage, 7 * SECOND));
    usage_take(&usage, 7 * SECOND, 90 * SECOND, 50 * SECOND, 2048);
    ck_assert_uint_eq(usage.found.cpu[USAGE_NOW], 0);
    ck_assert_uint_eq(usage.found.thread, 0);
    ck_assert_uint_eq(usage.found.memory_kib[USAGE_15_MIN], 2048);
    ck_assert(!usage_is_due(&usage, 7 * SECOND + EVERY - 1));
    ck_assert(usage_is_due(&usage, 7 * SECOND + EVERY));
}
END_TEST

START_TEST(a_share_is_of_the_time_between_two_looks)
{
    usage_take(&usage, 0, 0, 0, 1000);
    usage_take(&usage, EVERY, EVERY / 2, EVERY / 4, 3000);
    ck_assert_uint_eq(usage.found.cpu[USAGE_NOW], 500);
    ck_assert_uint_eq(usage.found.thread, 250);
    ck_assert_uint_eq(usage.found.memory_kib[USAGE_NOW], 3000);
    usage_take(&usage, 3 * (int64_t)EVERY, EVERY / 2, EVERY / 4, 3000);
    ck_assert_uint_eq(usage.found.cpu[USAGE_NOW], 0);
    ck_assert_uint_eq(usage.found.cpu[USAGE_5_MIN], 250);
}
END_TEST

START_TEST(means_forget_what_is_older_than_their_span)
{
    int64_t at = 0, cpu = 0;

    usage_take(&usage, at, cpu, 0, 100);
    for (unsigned i = 0; i < USAGE_SAMPLES; i++) /* busy for a quarter of an hour */
        usage_take(&usage, at += EVERY, cpu += EVERY, 0, 100);
    for (unsigned i = 0; i < USAGE_SAMPLES / 3; i++) /* idle for five minutes */
        usage_take(&usage, at += EVERY, cpu, 0, 400);
    ck_assert_uint_eq(usage.found.cpu[USAGE_NOW], 0);
    ck_assert_uint_eq(usage.found.cpu[USAGE_5_MIN], 0);
    ck_assert_uint_eq(usage.found.cpu[USAGE_15_MIN], 666);
    ck_assert_uint_eq(usage.found.memory_kib[USAGE_5_MIN], 400);
    ck_assert_uint_eq(usage.found.memory_kib[USAGE_15_MIN], 200);
}
END_TEST

START_TEST(this_process_has_memory_and_files)
{
    const struct card_usage *found = usage_look(&usage);

    ck_assert_uint_gt(found->memory_kib[USAGE_NOW], 100);
    ck_assert_uint_ge(found->files, 2);
    ck_assert_uint_ge(found->files_most, found->files);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("usage");
    TCase *tcase = tcase_create("usage");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, the_first_look_knows_memory_and_no_share);
    tcase_add_test(tcase, a_share_is_of_the_time_between_two_looks);
    tcase_add_test(tcase, means_forget_what_is_older_than_their_span);
    tcase_add_test(tcase, this_process_has_memory_and_files);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
