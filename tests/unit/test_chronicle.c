#include <string.h>

#include "cf/chronicle.h"
#include "cf/net_seen.h"
#include "tests/unit/unit.h"

/* What a control function remembers of calls, processes and neighbors. */

enum { ROW = 4 };

static const int64_t QUARTER_US = HISTORY_S * US_PER_S;

static struct chronicle chronicle;

static void
set_up(void)
{
    memset(&chronicle, 0, sizeof chronicle);
}

static void
counted(uint64_t incarnation, uint64_t opened, uint64_t closed, int64_t wall_us)
{
    struct card_calls calls = {.opened = opened, .closed = closed};

    chronicle_calls(&chronicle, ROW, incarnation, &calls, wall_us);
}

static uint64_t
opened_in(uint32_t i)
{
    const struct chronicle_row *row = chronicle_row(&chronicle, i);

    ck_assert_ptr_nonnull(row);
    return row->count.opened;
}

START_TEST(what_was_counted_before_it_was_heard_is_no_news)
{
    counted(1, 100, 40, 0);
    ck_assert_uint_eq(opened_in(0), 0);
    counted(1, 103, 41, 0);
    counted(1, 103, 41, 0);
    ck_assert_uint_eq(opened_in(0), 3);
    ck_assert_uint_eq(chronicle.ends.closed, 1);
}
END_TEST

START_TEST(a_session_manager_started_anew_counts_from_nothing)
{
    counted(1, 100, 0, 0);
    counted(2, 5, 0, 0);
    ck_assert_uint_eq(opened_in(0), 5);
    counted(2, 7, 0, 0);
    ck_assert_uint_eq(opened_in(0), 7);
}
END_TEST

START_TEST(each_quarter_of_an_hour_has_a_row_and_a_day_is_kept)
{
    counted(1, 0, 0, 0);
    for (int64_t i = 1; i <= HISTORY_ROWS + 3; i++)
        counted(1, (uint64_t)(i * (i + 1) / 2), 0, i * QUARTER_US + 5);
    ck_assert_uint_eq(opened_in(0), HISTORY_ROWS + 3);
    ck_assert_uint_eq(opened_in(HISTORY_ROWS - 1), 4);
    ck_assert_int_eq(chronicle_row(&chronicle, 0)->wall_us, (HISTORY_ROWS + 3) * QUARTER_US);
    ck_assert_ptr_null(chronicle_row(&chronicle, HISTORY_ROWS));
}
END_TEST

START_TEST(clearing_why_calls_ended_leaves_the_history)
{
    counted(1, 0, 0, 0);
    counted(1, 9, 4, 0);
    chronicle_clear_ends(&chronicle);
    ck_assert_uint_eq(chronicle.ends.closed, 0);
    ck_assert_uint_eq(chronicle_row(&chronicle, 0)->count.closed, 4);
    counted(1, 9, 6, 0);
    ck_assert_uint_eq(chronicle.ends.closed, 2);
}
END_TEST

START_TEST(most_calls_have_the_moment_at_which_they_were_reached)
{
    chronicle_peaks(&chronicle, 10, 3, 100);
    chronicle_peaks(&chronicle, 10, 5, 200);
    chronicle_peaks(&chronicle, 2, 1, 300);
    ck_assert_uint_eq(chronicle.ggsn.most, 10);
    ck_assert_int_eq(chronicle.ggsn.wall_us, 100);
    ck_assert_uint_eq(chronicle.pgw.most, 5);
    ck_assert_int_eq(chronicle.pgw.wall_us, 200);
}
END_TEST

static void
gone(uint8_t slot, uint64_t incarnation)
{
    chronicle_gone(&chronicle, &(struct crash){.slot = slot, .incarnation = incarnation});
}

START_TEST(a_process_is_one_however_many_session_managers_it_had)
{
    gone(4, 1);
    gone(4, 1);
    gone(5, 1);
    gone(4, 2);
    ck_assert_uint_eq(chronicle.crash_n, 3);
}
END_TEST

START_TEST(a_process_that_was_only_silent_is_no_crash)
{
    gone(4, 1);
    gone(5, 1);
    chronicle_back(&chronicle, 4, 2); /* another start of it */
    ck_assert_uint_eq(chronicle.crash_n, 2);
    chronicle_back(&chronicle, 4, 1);
    ck_assert_uint_eq(chronicle.crash_n, 1);
    ck_assert_uint_eq(chronicle.crashes[0].slot, 5);
}
END_TEST

START_TEST(a_process_that_was_told_to_end_is_no_crash_but_its_successor_may_be)
{
    chronicle_ordered(&chronicle, 4, 1);
    gone(4, 1);
    ck_assert_uint_eq(chronicle.crash_n, 0);
    gone(4, 2);
    gone(5, 1);
    ck_assert_uint_eq(chronicle.crash_n, 2);
    chronicle_ordered(&chronicle, 5, 1); /* the other CF heard of the order late */
    ck_assert_uint_eq(chronicle.crash_n, 1);
    ck_assert_uint_eq(chronicle.crashes[0].slot, 4);
}
END_TEST

START_TEST(the_oldest_crash_makes_room)
{
    for (uint64_t i = 1; i <= CRASHES_KEPT + 2; i++)
        gone(4, i);
    ck_assert_uint_eq(chronicle.crash_n, CRASHES_KEPT);
    ck_assert_uint_eq(chronicle.crashes[0].incarnation, 3);
    ck_assert_uint_eq(chronicle.crashes[CRASHES_KEPT - 1].incarnation, CRASHES_KEPT + 2);
}
END_TEST

START_TEST(a_neighbor_keeps_its_moment_while_its_session_stays_as_it_is)
{
    static struct net_seen seen;
    struct net_body net = {.n = 2};

    strcpy(net.neighbors[0].of.context, "dest");
    net.neighbors[0].of.addr = 1;
    net.neighbors[1] = net.neighbors[0];
    net.neighbors[1].of.addr = 2;
    net.neighbors[0].bgp_up = true;
    net_seen_take(&seen, &net, (mono_t){100});
    net.neighbors[1].bgp_up = true;
    net_seen_take(&seen, &net, (mono_t){200});
    ck_assert(seen.known);
    ck_assert_int_eq(seen.bgp_since[0].us, 100);
    ck_assert_int_eq(seen.bgp_since[1].us, 200);
    ck_assert_uint_eq(net_seen_find(&seen, "dest", 2), 1);
    ck_assert_uint_eq(net_seen_find(&seen, "source", 2), 2);
    net.neighbors[0] = net.neighbors[1]; /* the first one is not told of any more */
    net.n = 1;
    net_seen_take(&seen, &net, (mono_t){300});
    ck_assert_int_eq(seen.bgp_since[0].us, 200);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("chronicle");
    TCase *tcase = tcase_create("chronicle");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, what_was_counted_before_it_was_heard_is_no_news);
    tcase_add_test(tcase, a_session_manager_started_anew_counts_from_nothing);
    tcase_add_test(tcase, each_quarter_of_an_hour_has_a_row_and_a_day_is_kept);
    tcase_add_test(tcase, clearing_why_calls_ended_leaves_the_history);
    tcase_add_test(tcase, most_calls_have_the_moment_at_which_they_were_reached);
    tcase_add_test(tcase, a_process_is_one_however_many_session_managers_it_had);
    tcase_add_test(tcase, a_process_that_was_only_silent_is_no_crash);
    tcase_add_test(tcase, a_process_that_was_told_to_end_is_no_crash_but_its_successor_may_be);
    tcase_add_test(tcase, the_oldest_crash_makes_room);
    tcase_add_test(tcase, a_neighbor_keeps_its_moment_while_its_session_stays_as_it_is);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
