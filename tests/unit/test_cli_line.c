/* What the console's client knows of lines and replies without asking a CF. */
#include <stdlib.h>
#include <string.h>

#include "lab/cli/cli_feed.h"
#include "lab/cli/cli_line.h"
#include "tests/unit/unit.h"

static bool
quoted(const char *line)
{
    return cli_line_quoted(line, strlen(line));
}

START_TEST(a_place_is_quoted_between_double_quotes_and_an_apostrophe_is_a_letter)
{
    ck_assert(!quoted(""));
    ck_assert(quoted("a \"b"));
    ck_assert(!quoted("a \"b\""));
    ck_assert(!quoted("a 'b"));
    ck_assert(quoted("a 'b \""));
    ck_assert(quoted("a 'b \"'"));
    ck_assert(cli_line_more("show configuration | grep it's | more"));
}
END_TEST

START_TEST(a_word_begins_after_the_last_blank_or_bar_that_is_not_quoted)
{
    ck_assert_uint_eq(cli_line_word("show", 4), 0);
    ck_assert_uint_eq(cli_line_word("show sr", 7), 5);
    ck_assert_uint_eq(cli_line_word("show ", 5), 5);
    ck_assert_uint_eq(cli_line_word("show|gr", 7), 5);
    ck_assert_uint_eq(cli_line_word("grep \"a b", 9), 5);
}
END_TEST

START_TEST(lines_that_may_hold_a_secret_are_known_by_any_abbreviation)
{
    ck_assert(cli_line_secret("radius server 192.0.2.1 key abc"));
    ck_assert(cli_line_secret("snmp COMM public"));
    ck_assert(cli_line_secret("snmp target nms 192.0.2.1 security-name hidden"));
    ck_assert(cli_line_secret("snmp target nms 192.0.2.1 securit hidden"));
    ck_assert(cli_line_secret("administrator x enc pass y"));
    ck_assert(cli_line_secret("\tsecret"));
    ck_assert(!cli_line_secret("show srp info"));
    ck_assert(!cli_line_secret("keys secrets"));
    ck_assert(!cli_line_secret(""));
}
END_TEST

START_TEST(more_counts_as_the_last_filter_only)
{
    ck_assert(cli_line_more("show srp info | more"));
    ck_assert(cli_line_more("show srp info|more "));
    ck_assert(cli_line_more("show srp info | grep a | mo"));
    ck_assert(!cli_line_more("show srp info | more | grep a"));
    ck_assert(!cli_line_more("show srp info | grep \"| more"));
    ck_assert(!cli_line_more("show srp info | more 3"));
    ck_assert(!cli_line_more("show more"));
    ck_assert(!cli_line_more("show |"));
}
END_TEST

static bool
printable(const char *line)
{
    return cli_line_printable(line, strlen(line));
}

START_TEST(only_text_is_printable)
{
    ck_assert(printable("show\tsrp"));
    ck_assert(printable("Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80"));
    ck_assert(!printable("a\x1b[2J"));
    ck_assert(!printable("\x7f"));
    ck_assert(!cli_line_printable("a\0b", 3));
    ck_assert(!printable("\xc3"));         /* cut off */
    ck_assert(!printable("\xc0\xaf"));     /* too long a way to write '/' */
    ck_assert(!printable("\xe0\x80\xaf")); /* likewise */
    ck_assert(!printable("\xed\xa0\x80")); /* half of a pair */
    ck_assert(!printable("\xf4\x90\x80\x80"));
    ck_assert(!printable("\xff"));
    ck_assert(!printable("\xc2\x9b")); /* begins an escape sequence */
}
END_TEST

START_TEST(a_session_says_how_it_is_paged_and_that_it_has_ended)
{
    ck_assert_uint_eq(cli_line_page("24\tlocal"), 24);
    ck_assert_uint_eq(cli_line_page("65535\t"), CLI_LINE_ALL_ROWS);
    ck_assert_uint_eq(cli_line_page("99999999999999\t"), CLI_LINE_ALL_ROWS);
    ck_assert_uint_eq(cli_line_page("0\tx"), 0);
    ck_assert_uint_eq(cli_line_page("administrator"), 0);
    ck_assert_uint_eq(cli_line_page(""), 0);
    ck_assert(cli_line_ended("-"));
    ck_assert(!cli_line_ended("-1"));
    ck_assert(!cli_line_ended(""));
}
END_TEST

START_TEST(a_long_line_takes_as_many_rows_as_a_screen_needs)
{
    ck_assert_uint_eq(cli_line_rows("", 0, 10), 1);
    ck_assert_uint_eq(cli_line_rows("0123456789", 10, 10), 1);
    ck_assert_uint_eq(cli_line_rows("0123456789a", 11, 10), 2);
    ck_assert_uint_eq(cli_line_rows("a\tb", 3, 8), 2);
    ck_assert_uint_eq(cli_line_rows("\xc3\xbc\xc3\xbc", 4, 2), 1);
}
END_TEST

START_TEST(candidates_are_completed_as_far_as_they_agree)
{
    struct cli_choices_seen seen = cli_line_choices("srp\tSRP\nsrp-x\tother\nhelp\n", "S", 1);

    ck_assert_uint_eq(seen.n, 3);
    ck_assert_uint_eq(seen.fitting, 2);
    ck_assert_uint_eq(seen.common_len, 3);
    ck_assert_mem_eq(seen.common, "srp", 3);
    seen = cli_line_choices("<name>\tany\n<cr>\tend\n", "", 0);
    ck_assert_uint_eq(seen.n, 2);
    ck_assert_uint_eq(seen.fitting, 0);
    seen = cli_line_choices("", "", 0);
    ck_assert_uint_eq(seen.n, 0);
}
END_TEST

static void
assert_fed(struct cli_feed *feed, enum cli_fed fed, unsigned long number, const char *line)
{
    ck_assert_int_eq(cli_feed_next(feed), fed);
    ck_assert_uint_eq(feed->number, number);
    if (line)
        ck_assert_str_eq(feed->line, line);
}

START_TEST(lines_of_a_text_are_fed_in_turn_with_or_without_a_last_line_break)
{
    static struct cli_feed feed;

    feed = cli_feed_text("one\r\n\n# three\nfour");
    assert_fed(&feed, CLI_FEED_LINE, 1, "one");
    assert_fed(&feed, CLI_FEED_LINE, 2, "");
    assert_fed(&feed, CLI_FEED_LINE, 3, "# three");
    assert_fed(&feed, CLI_FEED_LINE, 4, "four");
    assert_fed(&feed, CLI_FEED_END, 4, NULL);
    feed = cli_feed_text("one\n");
    assert_fed(&feed, CLI_FEED_LINE, 1, "one");
    assert_fed(&feed, CLI_FEED_END, 1, NULL);
}
END_TEST

START_TEST(a_line_is_as_long_as_a_cf_takes_or_skipped_whole)
{
    static struct cli_feed feed;
    static char text[MGMT_LINE * 3];

    memset(text, 'x', MGMT_LINE);
    strcpy(text + MGMT_LINE, "\nnext\n");
    feed = cli_feed_text(text);
    ck_assert_int_eq(cli_feed_next(&feed), CLI_FEED_LINE);
    ck_assert_uint_eq(strlen(feed.line), MGMT_LINE);
    assert_fed(&feed, CLI_FEED_LINE, 2, "next");
    memset(text, 'x', MGMT_LINE + 1);
    strcpy(text + MGMT_LINE + 1, "\nnext\n");
    feed = cli_feed_text(text);
    ck_assert_int_eq(cli_feed_next(&feed), CLI_FEED_LONG);
    assert_fed(&feed, CLI_FEED_LINE, 2, "next");
}
END_TEST

START_TEST(a_line_of_a_file_with_a_zero_octet_is_rubbish_and_the_next_one_is_not)
{
    static char bytes[] = "sh\0ow\nshow\n";
    static struct cli_feed feed;
    FILE *file = fmemopen(bytes, sizeof bytes - 1, "r");

    ck_assert_ptr_nonnull(file);
    feed = cli_feed_file(file);
    assert_fed(&feed, CLI_FEED_RUBBISH, 1, NULL);
    assert_fed(&feed, CLI_FEED_LINE, 2, "show");
    assert_fed(&feed, CLI_FEED_END, 2, NULL);
    ck_assert_int_eq(fclose(file), 0);
}
END_TEST

START_TEST(what_stands_behind_the_cursor_already_is_known)
{
    ck_assert_uint_eq(cli_line_there("ow ", "ow srp", 6), 3);
    ck_assert_uint_eq(cli_line_there("ow ", "OW", 2), 2);
    ck_assert_uint_eq(cli_line_there("ow ", "ow srp", 1), 1); /* no more than is there */
    ck_assert_uint_eq(cli_line_there("ow ", " srp", 4), 0);
    ck_assert_uint_eq(cli_line_there("", "ow", 2), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cli_line");
    TCase *read = tcase_create("read"), *fed = tcase_create("fed");

    tcase_add_test(read, a_place_is_quoted_between_double_quotes_and_an_apostrophe_is_a_letter);
    tcase_add_test(read, a_word_begins_after_the_last_blank_or_bar_that_is_not_quoted);
    tcase_add_test(read, lines_that_may_hold_a_secret_are_known_by_any_abbreviation);
    tcase_add_test(read, more_counts_as_the_last_filter_only);
    tcase_add_test(read, only_text_is_printable);
    tcase_add_test(read, a_session_says_how_it_is_paged_and_that_it_has_ended);
    tcase_add_test(read, a_long_line_takes_as_many_rows_as_a_screen_needs);
    tcase_add_test(read, candidates_are_completed_as_far_as_they_agree);
    tcase_add_test(read, what_stands_behind_the_cursor_already_is_known);
    suite_add_tcase(suite, read);
    tcase_add_test(fed, lines_of_a_text_are_fed_in_turn_with_or_without_a_last_line_break);
    tcase_add_test(fed, a_line_is_as_long_as_a_cf_takes_or_skipped_whole);
    tcase_add_test(fed, a_line_of_a_file_with_a_zero_octet_is_rubbish_and_the_next_one_is_not);
    suite_add_tcase(suite, fed);
    return unit_main(suite);
}
