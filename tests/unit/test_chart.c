/* The events of a lab as a sequence chart. */
#include "lab/events/chart.h"

#include <stdio.h>
#include <string.h>

#include "common/base/rng.h"
#include "lab/events/chart_text.h"
#include "tests/unit/unit.h"

enum { LINES = 4096 };

static struct chart chart;
static char lines[LINES][CHART_MOST + 1];
static size_t line_n;

static void
keep(void *ctx, const char *line)
{
    (void)ctx;
    ck_assert_uint_lt(line_n, LINES);
    ck_assert_uint_le(strlen(line), CHART_MOST);
    strcpy(lines[line_n++], line);
}

static const char *const names[] = {"east", "west"};

static void
set_up(void)
{
    line_n = 0;
    chart_init(&chart, names, 2, keep, NULL);
}

/* An event at that many lab milliseconds. */
static void
happens(const char *process, const char *kind, const char *old, const char *now, const char *cause,
        int64_t ms)
{
    struct event event = {.process = process,
                          .kind = kind,
                          .old = old,
                          .now = now,
                          .cause = cause,
                          .epoch = 5,
                          .lab_us = ms * 1000,
                          .at_ms = ms};

    chart_event(&chart, &event);
}

static void
last_is(const char *line)
{
    ck_assert_uint_gt(line_n, 0);
    ck_assert_str_eq(lines[line_n - 1], line);
}

START_TEST(the_head_names_the_instances_and_comes_once)
{
    happens("east/cf1", "srp.phase", "-", "request", NULL, 0);
    happens("east/cf1", "srp.phase", "-", "request", NULL, 1);
    ck_assert_uint_eq(line_n, 3);
    ck_assert_str_eq(lines[0], "    lab s                      east |                | west");
}
END_TEST

START_TEST(each_instance_has_its_side_and_time_counts_from_the_first_event)
{
    happens("east/cf1", "srp.phase", "-", "request", NULL, 5000);
    last_is("    0.000             phase request |                |");
    happens("west/cf1", "srp.peer", NULL, "dead", "connection down", 17345);
    ck_assert_str_eq(lines[line_n - 2], "   12.345                           |                | "
                                        "peer dead (connection");
    last_is("                                    |                | down)");
}
END_TEST

START_TEST(a_change_of_state_tells_cause_and_epoch)
{
    happens("east/cf1", "srp.state", "Standby", "Pending-Active", "deadTimerExpiry", 0);
    ck_assert_str_eq(lines[1], "    0.000 Standby -> Pending-Active |                |");
    last_is("           epoch 5, deadTimerExpiry |                |");
}
END_TEST

START_TEST(a_hello_is_an_arrow_where_it_is_received)
{
    happens("east/cf1", "srp.hello", NULL, "Active", "sent 17, echo 16", 0);
    ck_assert_uint_eq(line_n, 1); /* the head */
    happens("west/cf1", "srp.hello", NULL, "Active", "received 17, echo 16", 1);
    last_is("    0.001                           |-- 17 echo 16 ->|");
    happens("west/cf1", "srp.hello", NULL, "Standby", "sent 4, echo 17", 2);
    happens("east/cf1", "srp.hello", NULL, "Standby", "received 4, echo 17", 3);
    last_is("    0.003                           |<- 4 echo 17 ---|");
}
END_TEST

START_TEST(a_hello_not_received_in_time_ends_in_x)
{
    happens("east/cf1", "srp.hello", NULL, "Active", "sent 17, echo 16", 0);
    happens("east/cf1", "srp.hello", NULL, "Active", "sent 18, echo 16", CHART_LOST_MS - 1);
    ck_assert_uint_eq(line_n, 1); /* the head */
    happens("east/cf1", "srp.hello", NULL, "Active", "sent 19, echo 16", CHART_LOST_MS);
    last_is("    0.500                           |-- 17 echo 16 x |");
    happens("west/cf1", "srp.hello", NULL, "Active", "received 18, echo 16", CHART_LOST_MS + 1);
    last_is("    0.501                           |-- 18 echo 16 ->|");
    ck_assert_uint_eq(line_n, 3);
}
END_TEST

START_TEST(a_hello_that_a_later_one_overtakes_is_lost)
{
    happens("west/cf1", "srp.hello", NULL, "Active", "sent 1, echo 18", 0);
    happens("west/cf1", "srp.hello", NULL, "Active", "sent 2, echo 18", 1);
    happens("east/cf1", "srp.hello", NULL, "Active", "received 2, echo 18", 2);
    ck_assert_str_eq(lines[1], "    0.002                           | x 1 echo 18 ---|");
    last_is("    0.002                           |<- 2 echo 18 ---|");
}
END_TEST

START_TEST(more_hellos_than_are_remembered_are_lost_one_by_one)
{
    char what[64];

    for (int i = 1; i <= CHART_SENT + 2; i++) {
        (void)snprintf(what, sizeof what, "sent %d, echo 1", i);
        happens("east/cf1", "srp.hello", NULL, "Active", what, 0);
    }
    ck_assert_uint_eq(line_n, 3);
    last_is("    0.000                           |--- 2 echo 1 -x |");
}
END_TEST

START_TEST(a_phase_is_told_when_it_begins_and_the_last_when_it_ends)
{
    happens("west/cf1", "srp.phase", "recover", "audit", NULL, 0);
    last_is("    0.000                           |                | phase audit");
    happens("west/cf1", "srp.phase", "audit", "-", NULL, 0);
    last_is("    0.000                           |                | phase audit ends");
}
END_TEST

START_TEST(what_another_event_tells_as_well_has_no_line)
{
    happens("west/cf1", "snmp.trap", NULL, "CardUp", NULL, 0);
    happens("west/cf1", "cf.peer", NULL, "Active", NULL, 0);
    ck_assert_uint_eq(line_n, 0);
    happens("west/cf1", "cf.peer", NULL, "dead", NULL, 0);
    last_is("    0.000                           |                | cf1 other CF dead");
    happens("west/cf1", "srp.silence", NULL, "3.0 of 5.0 s", "connection down", 0);
    last_is("    0.000                           |                | silent 3.0 of 5.0 s");
}
END_TEST

START_TEST(what_a_hello_asks_stands_under_its_arrow_once)
{
    for (int i = 0; i < 2; i++)
        happens("west/cf1", "srp.hello", NULL, "Active", "received 17, echo 16, request 3", i);
    ck_assert_uint_eq(line_n, 4);
    ck_assert_str_eq(lines[2], "                                    |   request 3    |");
}
END_TEST

START_TEST(long_numbers_shrink_the_label)
{
    happens("west/cf1", "srp.hello", NULL, "Active", "received 12345, echo 12344", 0);
    last_is("    0.000                           |- 12345/12344 ->|");
    happens("west/cf1", "srp.hello", NULL, "Active", "received 1234567, echo 1234566", 0);
    last_is("    0.000                           |--- 1234567 --->|");
    happens("west/cf1", "srp.hello", NULL, "Active", "received 12345678901234567, echo 1", 0);
    last_is("    0.000                           |--------------->|");
}
END_TEST

START_TEST(the_world_stands_with_the_instance_it_names)
{
    happens("world", "route.best", "east", "west", "127.0.1.1/32", 0);
    ck_assert_ptr_nonnull(strstr(lines[1], "| best path east -> west"));
    happens("world", "bgp.session", "up", "down", "east: closed", 0);
    ck_assert_ptr_nonnull(strstr(lines[line_n - 1], " router, BGP down (closed) |"));
    happens("world", "bfd.chassis", "up", "down", "operator", 0);
    last_is("    0.000 BFD of the chassis down (operator)");
}
END_TEST

START_TEST(a_card_is_named_in_front_of_what_it_says_itself)
{
    happens("east/sf4", "process.start", NULL, "east/sf4", NULL, 0);
    ck_assert_ptr_nonnull(strstr(lines[1], " sf4 starts |"));
    happens("west/cf2", "cf.state", "Standby", "Active", NULL, 0);
    last_is("    0.000                           |                | cf2 Standby -> Active");
    happens("west/cf2", "card.down", "sf4", "Offline", "card failure", 0);
    ck_assert_ptr_nonnull(strstr(lines[line_n - 2], "| card sf4 down (card"));
}
END_TEST

START_TEST(a_lab_clock_that_falls_begins_anew)
{
    happens("east/cf1", "srp.phase", "-", "a", NULL, 60000);
    happens("east/cf1", "srp.phase", "-", "b", NULL, 59500);
    ck_assert_int_eq(strncmp(lines[2], "   -0.500 ", 10), 0);
    happens("east/cf1", "srp.phase", "-", "c", NULL, 1000);
    ck_assert_str_eq(lines[3], "          ---- the lab clock begins anew ----");
    ck_assert_int_eq(strncmp(lines[4], "    0.000 ", 10), 0);
}
END_TEST

START_TEST(one_instance_has_one_column)
{
    chart_init(&chart, names, 1, keep, NULL);
    happens("east/cf1", "srp.state", "Init", "Active", "notDefined", 0);
    ck_assert_str_eq(lines[0], "    lab s | east");
    last_is("    0.000 | Init -> Active epoch 5, notDefined");
}
END_TEST

START_TEST(a_fault_that_is_over_says_so_once)
{
    happens("east/cf1", "fault.on", NULL, "cut srp-control", "lease 7, 5.0 s", 0);
    last_is("                   (lease 7, 5.0 s) |                |");
    happens("east/cf1", "fault.off", NULL, "cut srp-control", "lease 7, over", 1);
    last_is("              srp-control (lease 7) |                |");
    happens("east/cf1", "fault.off", NULL, "pause east/sf6", "lease 8, its keeper was killed", 2);
    last_is("                 keeper was killed) |                |");
}
END_TEST

START_TEST(a_kind_that_nobody_knows_is_shown_by_its_name)
{
    happens("west/cf1", "new.kind", NULL, "x", NULL, 0);
    last_is("    0.000                           |                | cf1 new.kind x");
}
END_TEST

START_TEST(every_line_of_whatever_is_logged_fits_and_is_plain_ascii)
{
    static const char *const processes[] = {"east/cf1", "west/demux3", "world", "north/cf1", ""};
    static const char letters[] = "abc east west -> \x1b\x80,:1 ";

    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct rng rng = {seed};
        char texts[3][128];
        size_t width = 60 + rng_below(&rng, 240);

        set_up();
        chart_width(&chart, width);
        for (size_t i = 0; i < 3; i++) {
            size_t len = rng_below(&rng, sizeof texts[i]);

            for (size_t j = 0; j < len; j++)
                texts[i][j] = letters[rng_below(&rng, sizeof letters - 1)];
            texts[i][len] = '\0';
        }
        happens(processes[rng_below(&rng, 5)], event_kind_name(rng_below(&rng, EVENT_KIND_N)),
                texts[0], texts[1], texts[2], (int64_t)rng_below(&rng, 100000));
        width = width < CHART_LEAST ? CHART_LEAST : width > CHART_MOST ? CHART_MOST : width;
        for (size_t i = 0; i < line_n; i++) {
            ck_assert_uint_le(strlen(lines[i]), width);
            for (const char *at = lines[i]; *at; at++)
                ck_assert_msg(*at >= ' ' && *at <= '~', "seed %llu", (unsigned long long)seed);
        }
    }
}
END_TEST

START_TEST(lines_break_at_blanks_and_long_words_anywhere)
{
    ck_assert_uint_eq(text_wrap("one two", 7), 7);
    ck_assert_uint_eq(text_wrap("one two", 6), 3);
    ck_assert_uint_eq(text_wrap("one  two", 4), 3);
    ck_assert_uint_eq(text_wrap("onetwo", 4), 4);
}
END_TEST

START_TEST(a_word_is_one_with_nothing_of_a_word_round_it)
{
    ck_assert(text_has_word("west: closed", "west") && text_has_word("1.1.1.1 of west", "west"));
    ck_assert(!text_has_word("midwest", "west") && !text_has_word("west-2 western", "west"));
    ck_assert(text_has_word("western west", "west") && !text_has_word("", "west"));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("chart");
    TCase *tc = tcase_create("chart");

    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, the_head_names_the_instances_and_comes_once);
    tcase_add_test(tc, each_instance_has_its_side_and_time_counts_from_the_first_event);
    tcase_add_test(tc, a_change_of_state_tells_cause_and_epoch);
    tcase_add_test(tc, a_hello_is_an_arrow_where_it_is_received);
    tcase_add_test(tc, a_hello_not_received_in_time_ends_in_x);
    tcase_add_test(tc, a_hello_that_a_later_one_overtakes_is_lost);
    tcase_add_test(tc, more_hellos_than_are_remembered_are_lost_one_by_one);
    tcase_add_test(tc, a_phase_is_told_when_it_begins_and_the_last_when_it_ends);
    tcase_add_test(tc, what_another_event_tells_as_well_has_no_line);
    tcase_add_test(tc, what_a_hello_asks_stands_under_its_arrow_once);
    tcase_add_test(tc, long_numbers_shrink_the_label);
    tcase_add_test(tc, the_world_stands_with_the_instance_it_names);
    tcase_add_test(tc, a_card_is_named_in_front_of_what_it_says_itself);
    tcase_add_test(tc, a_lab_clock_that_falls_begins_anew);
    tcase_add_test(tc, one_instance_has_one_column);
    tcase_add_test(tc, a_fault_that_is_over_says_so_once);
    tcase_add_test(tc, a_kind_that_nobody_knows_is_shown_by_its_name);
    tcase_add_test(tc, every_line_of_whatever_is_logged_fits_and_is_plain_ascii);
    tcase_add_test(tc, lines_break_at_blanks_and_long_words_anywhere);
    tcase_add_test(tc, a_word_is_one_with_nothing_of_a_word_round_it);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
