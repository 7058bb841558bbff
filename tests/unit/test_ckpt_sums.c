#include "cf/ckpt_sums.h"
#include "tests/unit/unit.h"

/* Checkpoint counters of session managers, added up, before and after they were cleared. */

static struct card_status
counted(uint64_t full, uint64_t idle, uint64_t crrs)
{
    return (struct card_status){
        .ckpt = {.full_sent = full,
                 .micro_sent = idle,
                 .crrs = crrs,
                 .failing = crrs,
                 .waiting = crrs,
                 .write_list = crrs,
                 .in_flight = crrs},
        .micro_n = 1,
        .micro = {{.cmd = 2, .sent = idle, .apply_failed = 1}},
        .macros = {[1] = {.sent = full, .rcvd = idle}},
    };
}

static void
assert_gauges(const struct ckpt_sums *sums, uint64_t is)
{
    ck_assert_uint_eq(sums->ckpt.crrs, is);
    ck_assert_uint_eq(sums->ckpt.failing, is);
    ck_assert_uint_eq(sums->ckpt.waiting, is);
    ck_assert_uint_eq(sums->ckpt.write_list, is);
    ck_assert_uint_eq(sums->ckpt.in_flight, is);
}

START_TEST(session_managers_are_added_by_cmd_id)
{
    struct ckpt_base none = {0};
    struct ckpt_sums sums = {0};
    struct card_status a = counted(3, 5, 2), b = counted(10, 7, 1);

    b.micro[b.micro_n++] = (struct micro_row){.cmd = 255, .rcvd = 4};
    ckpt_sums_add(&sums, 1, &a, &none);
    ckpt_sums_add(&sums, 2, &b, &none);
    ck_assert_uint_eq(sums.ckpt.full_sent, 13);
    ck_assert_uint_eq(sums.micro[2].cmd, 2);
    ck_assert_uint_eq(sums.micro[2].sent, 12);
    ck_assert_uint_eq(sums.micro[2].apply_failed, 2);
    ck_assert_uint_eq(sums.micro[255].rcvd, 4);
    ck_assert_uint_eq(sums.micro[4].cmd, 0);
    ck_assert_uint_eq(sums.macros[1].sent, 13);
    ck_assert_uint_eq(sums.macros[1].rcvd, 12);
    ck_assert_uint_eq(sums.macros[0].sent, 0);
    assert_gauges(&sums, 3);
}
END_TEST

START_TEST(after_clear_only_what_came_since_counts_and_gauges_stay)
{
    struct ckpt_base base = {0};
    struct ckpt_sums sums = {0};
    struct card_status then = counted(3, 5, 2), now = counted(10, 9, 4);

    ckpt_base_take(&base, 7, &then);
    ckpt_sums_add(&sums, 7, &now, &base);
    ck_assert_uint_eq(sums.ckpt.full_sent, 7);
    ck_assert_uint_eq(sums.micro[2].sent, 4);
    ck_assert_uint_eq(sums.macros[1].sent, 7);
    ck_assert_uint_eq(sums.macros[1].rcvd, 4);
    ck_assert_uint_eq(sums.micro[2].apply_failed, 0);
    assert_gauges(&sums, 4);
}
END_TEST

START_TEST(a_session_manager_that_was_started_again_counts_whole)
{
    struct ckpt_base base = {0};
    struct ckpt_sums sums = {0};
    struct card_status then = counted(30, 50, 2), now = counted(1, 60, 0);

    ckpt_base_take(&base, 7, &then);
    ckpt_sums_add(&sums, 8, &now, &base);
    ck_assert_uint_eq(sums.ckpt.full_sent, 1);
    ck_assert_uint_eq(sums.micro[2].sent, 60);
}
END_TEST

START_TEST(a_late_report_is_no_huge_number)
{
    struct ckpt_base base = {0};
    struct ckpt_sums sums = {0};
    struct card_status then = counted(30, 50, 2), late = counted(29, 49, 2);

    ckpt_base_take(&base, 7, &then);
    ckpt_sums_add(&sums, 7, &late, &base);
    ck_assert_uint_eq(sums.ckpt.full_sent, 0);
    ck_assert_uint_eq(sums.micro[2].sent, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt_sums");
    TCase *tcase = tcase_create("sums");

    tcase_add_test(tcase, session_managers_are_added_by_cmd_id);
    tcase_add_test(tcase, after_clear_only_what_came_since_counts_and_gauges_stay);
    tcase_add_test(tcase, a_session_manager_that_was_started_again_counts_whole);
    tcase_add_test(tcase, a_late_report_is_no_huge_number);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
