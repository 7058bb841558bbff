/* What stands behind a bar: which lines it lets through, what is refused, what is offered there. */
#include <string.h>

#include "common/cli/cli_filter.h"
#include "unit.h"

static char err[CLI_ERR];

/* Filters over three lines; what comes out, or the error. */
static const char *
filtered(const char *filters)
{
    static char out[512];
    const char *text = "Chassis State: Active\nchassis mode: Primary\nPeer: 127.0.0.12\n";
    FILE *stream = fmemopen(out, sizeof out, "w");

    memset(out, 0, sizeof out);
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(
        cli_filter_check(filters, strlen(filters), err, sizeof err),
        cli_filter(filters, strlen(filters), text, strlen(text), stream, err, sizeof err));
    ck_assert_int_eq(fclose(stream), 0);
    return out[0] ? out : err;
}

START_TEST(filters_select_number_and_count_lines)
{
    ck_assert_str_eq(filtered("|grep State"), "Chassis State: Active\n");
    ck_assert_str_eq(filtered("| grep -i chassis -v"), "Peer: 127.0.0.12\n");
    ck_assert_str_eq(filtered("| grep -v -i chassis"), "Peer: 127.0.0.12\n");
    ck_assert_str_eq(filtered("| grep -n -E \"Peer|mode:\""),
                     "2:chassis mode: Primary\n3:Peer: 127.0.0.12\n");
    ck_assert_str_eq(filtered("| grep -i chassis | count"), "2\n");
    ck_assert_str_eq(filtered("| count"), "3\n");
}
END_TEST

START_TEST(bad_filters_are_refused)
{
    ck_assert_str_eq(filtered("| nonsense"),
                     "Failure: Unknown command - \"nonsense\", unrecognized keyword; here stands "
                     "count, grep or more");
    ck_assert_str_eq(
        filtered("| cuont"),
        "Failure: Unknown command - \"cuont\", unrecognized keyword; did you mean \"count\"?");
    ck_assert_str_eq(filtered("|"),
                     "Failure: Incomplete command - one of count, grep, more is missing");
    ck_assert_str_eq(filtered("| grep"),
                     "Failure: Incomplete command - one of -E, -i, -n, -v, <pattern> is missing");
    ck_assert_str_eq(filtered("| grep -E ("), "Failure: Bad pattern - \"(\"");
    ck_assert_str_eq(filtered("| grep -E (a{1,255}){1,255}"),
                     "Failure: Repetition counts are not supported in a pattern");
    ck_assert_str_eq(filtered("| grep \\(a\\)\\1"),
                     "Failure: Back-references are not supported in a pattern");
    ck_assert_str_eq(filtered("|more|more|more|more|more|more|more|more|more"),
                     "Failure: More than 8 filters");
}
END_TEST

static const char *
filter_words(const char *filters)
{
    static char text[256];
    static struct cli_choice choices[CLI_CHOICES];
    size_t n = cli_filter_choices(filters, strlen(filters), choices, CLI_CHOICES), at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", i ? " " : "", choices[i].word);
    return text;
}

START_TEST(behind_a_bar_filters_may_stand)
{
    ck_assert_str_eq(filter_words("| "), "grep count more");
    ck_assert_str_eq(filter_words("|"), "grep count more");
    ck_assert_str_eq(filter_words("| grep \"a|b\" | c"), "count");
    ck_assert_str_eq(filter_words("| grep "), "-E -i -v -n <pattern>");
    ck_assert_str_eq(filter_words("| nonsense "), "");
}
END_TEST

START_TEST(bar_in_quotes_is_part_of_the_command)
{
    ck_assert_uint_eq(cli_command_len("show x | count", 14), 7);
    ck_assert_uint_eq(cli_command_len("a \"b|c\" d", 9), 9);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cli_filter");
    TCase *tcase = tcase_create("cli_filter");

    tcase_add_test(tcase, filters_select_number_and_count_lines);
    tcase_add_test(tcase, bad_filters_are_refused);
    tcase_add_test(tcase, behind_a_bar_filters_may_stand);
    tcase_add_test(tcase, bar_in_quotes_is_part_of_the_command);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
