/* The command table engine: forms, abbreviations, errors, modes, help. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"
#include "common/cli/cli.h"
#include "unit.h"

enum { EXEC = 1u << 0, CONFIG = 1u << 1, CONTEXT = 1u << 2, INTERFACE = 1u << 3, ANY = 15 };

struct seen {
    const struct cli_row *row;
    int n;
    char text[64];
    uint32_t number, addr, mask;
    bool force, verbose;
};

static int
note(void *ctx, const struct cli_args *args)
{
    struct seen *seen = ctx;
    const char *text = cli_text(args, "name");

    seen->row = args->row;
    seen->n++;
    (void)snprintf(seen->text, sizeof seen->text, "%s", text ? text : "(none)");
    seen->number = cli_number(args, "sec", 7777);
    seen->addr = cli_addr(args, "ipv4") + cli_addr(args, "prefix");
    seen->mask = cli_mask(args, "prefix");
    seen->force = cli_has(args, "force");
    seen->verbose = cli_has(args, "verbose");
    return 0;
}

static int
refuse(void *ctx, const struct cli_args *args)
{
    (void)ctx;
    return cli_refuse(args, "%s says no", cli_text(args, "name"));
}

static const struct cli_row more_rows[] = {
    {ANY, "show clock", "Time of day", .run = note},
};
static const struct cli_table more = {more_rows, 1, NULL, 0, NULL};

static const struct cli_row rows[] = {
    {EXEC, "configure", "Change the configuration", CLI_ADMIN, .enters = CONFIG},
    {EXEC, "show card table [ <sec:1-48> ] [ verbose ]", "Cards", .run = note},
    {EXEC, "show card info", "One card", .run = note},
    {EXEC, "shutdown now", "Stop", CLI_ADMIN, .run = note},
    {EXEC, "switch [ timeout <sec:0-65535> | force | verbose ] + <ipv4>", "Switch", .run = note},
    {EXEC, "pick { <sec:10-20> | <ipv4> | verbose | <name> }", "Pick", .run = note},
    {EXEC, "grab { name <name> | all [ force ] | none } at <prefix>", "Grab", .run = note},
    {CONFIG, "context <name>", "A context", .enters = CONTEXT, .run = note},
    {CONFIG, "refuse <name>", "Always refused", .enters = CONTEXT, .run = refuse},
    {CONTEXT, "interface <name>", "An interface", .enters = INTERFACE, .run = note},
    {CONTEXT, "router bgp <sec:1-9>", "A router", .run = note},
    {INTERFACE, "router-id <ipv4>", "Its name", .run = note},
    {CONTEXT, "ip pool <name> <ipv4>", "A pool", .run = note},
    {INTERFACE, "ip address <ipv4> <mask>", "Its address", .run = note},
    {INTERFACE, "link <port>", "Its port", .run = note},
    {INTERFACE, "server [ key <key:secret> | encrypted <hex> ] [ port <sec:1-9> | part ]", "Asked",
     .run = note},
    {CONFIG | CONTEXT | INTERFACE, "exit", "Leave", .enters = CLI_PARENT},
    {CONFIG | CONTEXT | INTERFACE, "end", "Leave all", .enters = EXEC},
};
static const struct cli_mode modes[] = {
    {EXEC, 0, ""},
    {CONFIG, EXEC, "config"},
    {CONTEXT, CONFIG, "config-ctx"},
    {INTERFACE, CONTEXT, "config-if"},
};
static const struct cli_table table = {rows, sizeof rows / sizeof *rows, modes, 4, &more};

static struct seen seen;
static char err[CLI_ERR];

/* Run one line in `mode` as an administrator; the mode afterwards. */
static uint32_t
run(uint32_t mode, const char *line, int expected)
{
    memset(&seen, 0, sizeof seen);
    err[0] = '\0';
    ck_assert_msg(cli_run(&table, &mode, CLI_ADMIN, line, strlen(line), &seen, err, sizeof err) ==
                      expected,
                  "%s: %s", line, err);
    return mode;
}

static void
fails(uint32_t mode, const char *line, const char *sentence)
{
    uint32_t before = mode;
    int rc;

    memset(&seen, 0, sizeof seen);
    rc = cli_run(&table, &mode, CLI_ADMIN, line, strlen(line), &seen, err, sizeof err);
    ck_assert_msg(rc < 0, "%s was accepted", line);
    ck_assert_str_eq(err, sentence);
    ck_assert_uint_eq(mode, before);
    ck_assert_int_eq(seen.n, 0);
}

START_TEST(whole_and_abbreviated_keywords_are_understood)
{
    run(EXEC, "show card table 3 verbose", 0);
    ck_assert_uint_eq(seen.number, 3);
    ck_assert(seen.verbose);
    run(EXEC, "\tSHO  ca t v ", 0);
    ck_assert_ptr_eq(seen.row, &rows[1]);
    ck_assert_uint_eq(seen.number, 7777);
    ck_assert(seen.verbose);
    run(INTERFACE, "sh clo", 0);
    ck_assert_ptr_eq(seen.row, &more_rows[0]);
}
END_TEST

START_TEST(empty_line_does_nothing)
{
    ck_assert_uint_eq(run(CONTEXT, "  \t ", 0), CONTEXT);
    ck_assert_int_eq(seen.n, 0);
}
END_TEST

START_TEST(unknown_word_is_named)
{
    fails(EXEC, "xyz",
          "Failure: Unknown command - \"xyz\", unrecognized keyword; here stands configure, grab, "
          "pick, show, shutdown or switch");
    fails(EXEC, "show card tables",
          "Failure: Unknown command - \"tables\", unrecognized keyword; did you mean \"table\"?");
    fails(EXEC, "show card info now",
          "Failure: Unknown command - \"now\", unrecognized keyword; the command ends before it");
}
END_TEST

START_TEST(incomplete_line_is_said_to_be_incomplete)
{
    fails(EXEC, "show", "Failure: Incomplete command - one of card, clock is missing");
    fails(EXEC, "switch timeout 5",
          "Failure: Incomplete command - one of <ipv4>, force, timeout, verbose is missing");
    fails(EXEC, "grab all force", "Failure: Incomplete command - at is missing");
    fails(EXEC, "grab none at", "Failure: Incomplete command - <prefix> is missing");
}
END_TEST

START_TEST(a_near_word_is_named_wherever_a_mode_has_it)
{
    fails(EXEC, "show card inof",
          "Failure: Unknown command - \"inof\", unrecognized keyword; did you mean \"info\"?");
    fails(
        INTERFACE, "contxet a",
        "Failure: Unknown command - \"contxet\", unrecognized keyword; did you mean \"context\"?");
    fails(EXEC, "show card tbel",
          "Failure: Unknown command - \"tbel\", unrecognized keyword; here stands info or table");
}
END_TEST

START_TEST(a_missing_word_has_its_column_behind_the_line)
{
    uint32_t mode = INTERFACE;
    size_t column = 99;

    ck_assert_int_eq(cli_run_at(&table, &mode, CLI_ADMIN, "ip address 1.2.3.4", 18, &seen, &column,
                                err, sizeof err),
                     DI_EFORMAT);
    ck_assert_uint_eq(column, 19);
}
END_TEST

START_TEST(a_free_name_begins_with_no_dash_as_options_do)
{
    fails(CONFIG, "context -noconfirm",
          "Failure: Invalid value - \"-noconfirm\", <name> must not begin with \"-\"");
    ck_assert_uint_eq(run(CONFIG, "context a-", 0), CONTEXT);
    run(INTERFACE, "server key -secret", 0);
}
END_TEST

START_TEST(ambiguous_word_lists_the_choices)
{
    fails(EXEC, "sh card table", "Failure: Ambiguous command - \"sh\": show, shutdown");
    fails(CONTEXT, "e", "Failure: Ambiguous command - \"e\": exit, end");
}
END_TEST

START_TEST(number_out_of_range_names_the_range)
{
    fails(EXEC, "show card table 0",
          "Failure: Invalid value - \"0\", <sec> must be a number from 1 to 48");
    fails(EXEC, "show card table 49",
          "Failure: Invalid value - \"49\", <sec> must be a number from 1 to 48");
    fails(EXEC, "switch timeout 99999999999999999999999 1.2.3.4",
          "Failure: Invalid value - \"99999999999999999999999\", <sec> must be a number from 0 to "
          "65535");
    fails(EXEC, "switch timeout -1 1.2.3.4",
          "Failure: Invalid value - \"-1\", <sec> must be a number from 0 to 65535");
    run(EXEC, "show card table 1", 0);
    run(EXEC, "show card table 48", 0);
    ck_assert_uint_eq(seen.number, 48);
}
END_TEST

START_TEST(bad_address_mask_and_port_name_what_was_expected)
{
    fails(INTERFACE, "ip address 1.2.3 255.0.0.0",
          "Failure: Invalid value - \"1.2.3\", <ipv4> must be an IPv4 address (A.B.C.D)");
    fails(INTERFACE, "ip address 1.2.3.256 255.0.0.0",
          "Failure: Invalid value - \"1.2.3.256\", <ipv4> must be an IPv4 address (A.B.C.D)");
    fails(INTERFACE, "ip address 1.2.3.4 255.0.255.0",
          "Failure: Invalid value - \"255.0.255.0\", <mask> must be a contiguous network mask");
    fails(INTERFACE, "link 49/1",
          "Failure: Invalid value - \"49/1\", <port> must be a port (SLOT/PORT, each 1 to 48)");
    fails(EXEC, "grab none at 10.0.0.1/8",
          "Failure: Invalid value - \"10.0.0.1/8\", <prefix> must be an IPv4 address or network "
          "(A.B.C.D/LEN)");
    run(INTERFACE, "ip address 1.2.3.4 0.0.0.0", 0);
    run(INTERFACE, "ip address 1.2.3.4 255.255.255.255", 0);
    ck_assert_uint_eq(seen.addr, 0x01020304);
    run(EXEC, "grab name x at 10.0.0.0/8", 0);
    ck_assert_uint_eq(seen.mask, 0xff000000);
    run(EXEC, "grab all force at 0.0.0.0/0", 0);
    ck_assert_uint_eq(seen.mask, 0);
    ck_assert(seen.force);
}
END_TEST

START_TEST(name_is_free_text_of_at_most_79_characters)
{
    char line[128] = "context ";

    memset(line + 8, 'n', CLI_NAME);
    run(CONFIG, line, 0);
    line[8 + CLI_NAME] = 'n';
    ck_assert_uint_eq(run(CONFIG, line, DI_EFORMAT), CONFIG);
    ck_assert_ptr_nonnull(strstr(err, "<name> must be a name of 1 to 79 characters"));
    run(CONFIG, "context \"two words\"", 0);
    ck_assert_str_eq(seen.text, "two words");
    fails(CONFIG, "context \"\"",
          "Failure: Invalid value - \"\", <name> must be a name of 1 to 79 characters");
    fails(CONFIG, "context \"x", "Failure: Unterminated quotes");
}
END_TEST

START_TEST(a_word_behind_a_secret_is_not_repeated)
{
    static const char key[] = "Failure: Unknown command - a word behind <key>; quotes protect the "
                              "blanks of <key>",
                      number[] = "Failure: Invalid value - <sec> must be a number from 1 to 9";

    fails(INTERFACE, "server key my secret", key);
    fails(INTERFACE, "server key my port secret", number);
    fails(INTERFACE, "server key my port 77", number);
    fails(INTERFACE, "server key my p", key);
    fails(INTERFACE, "server key my port 7 secret", key);
    fails(INTERFACE, "server encrypted 00ff secret",
          "Failure: Unknown command - a word behind <hex>; quotes protect the blanks of <hex>");
    fails(INTERFACE, "server port 77",
          "Failure: Invalid value - \"77\", <sec> must be a number from 1 to 9");
    run(INTERFACE, "server key \"my secret\" port 7", 0);
}
END_TEST

START_TEST(keyword_is_preferred_to_value_to_abbreviation_to_name)
{
    run(EXEC, "pick verbose", 0);
    ck_assert(seen.verbose);
    run(EXEC, "pick 15", 0);
    ck_assert_uint_eq(seen.number, 15);
    run(EXEC, "pick 21", 0);
    ck_assert_str_eq(seen.text, "21");
    run(EXEC, "pick verb", 0);
    ck_assert(seen.verbose);
    run(EXEC, "pick other", 0);
    ck_assert_str_eq(seen.text, "other");
}
END_TEST

START_TEST(repeated_group_takes_options_in_any_order)
{
    run(EXEC, "switch 127.0.0.1", 0);
    ck_assert(!seen.force);
    run(EXEC, "switch force timeout 9 verbose 127.0.0.1", 0);
    ck_assert(seen.force && seen.verbose);
    ck_assert_uint_eq(seen.number, 9);
    run(EXEC, "switch v t 9 f 127.0.0.1", 0);
    ck_assert(seen.force && seen.verbose);
    ck_assert_uint_eq(seen.number, 9);
}
END_TEST

START_TEST(command_above_the_privilege_does_not_exist)
{
    uint32_t mode = EXEC;

    ck_assert_int_eq(cli_run(&table, &mode, CLI_OPERATOR, "configure", 9, &seen, err, sizeof err),
                     DI_ENOTFOUND);
    ck_assert_int_eq(
        cli_run(&table, &mode, CLI_OPERATOR, "sh card info", 12, &seen, err, sizeof err), 0);
    ck_assert_uint_eq(mode, EXEC);
}
END_TEST

START_TEST(modes_are_entered_and_left)
{
    uint32_t mode = run(EXEC, "conf", 0);

    ck_assert_uint_eq(mode, CONFIG);
    mode = run(mode, "context a", 0);
    mode = run(mode, "interface b", 0);
    ck_assert_uint_eq(mode, INTERFACE);
    ck_assert_str_eq(cli_mode_find(&table, mode)->name, "config-if");
    ck_assert_uint_eq(run(mode, "exit", 0), CONTEXT);
    ck_assert_uint_eq(run(mode, "end", 0), EXEC);
    ck_assert_uint_eq(run(CONFIG, "exit", 0), EXEC);
}
END_TEST

START_TEST(command_unknown_in_a_mode_is_found_in_its_parents)
{
    ck_assert_uint_eq(run(INTERFACE, "ip pool p 1.2.3.4", 0), CONTEXT);
    ck_assert_uint_eq(run(INTERFACE, "context c", 0), CONTEXT);
    ck_assert_str_eq(seen.text, "c");
    fails(INTERFACE, "configure", "Failure: Unknown command - \"configure\", unrecognized keyword");
    fails(INTERFACE, "ip pool p 1.2.3",
          "Failure: Invalid value - \"1.2.3\", <ipv4> must be an IPv4 address (A.B.C.D)");
    fails(INTERFACE, "ip address 1.2.3.4", "Failure: Incomplete command - <mask> is missing");
}
END_TEST

START_TEST(whole_word_in_a_parent_beats_an_abbreviation_inside)
{
    ck_assert_uint_eq(run(INTERFACE, "router bgp 1", 0), CONTEXT);
    ck_assert_uint_eq(run(INTERFACE, "route 1.2.3.4", 0), INTERFACE);
    ck_assert_uint_eq(run(INTERFACE, "router 1.2.3.4", 0), INTERFACE);
    fails(INTERFACE, "router bgp 10",
          "Failure: Invalid value - \"10\", <sec> must be a number from 1 to 9");
}
END_TEST

START_TEST(refused_command_says_why_and_does_not_change_the_mode)
{
    fails(CONFIG, "refuse him", "Failure: him says no");
    fails(INTERFACE, "refuse him", "Failure: him says no");
}
END_TEST

START_TEST(hostile_lines_are_refused)
{
    char line[CLI_LINE + 2];

    memset(line, 'x', sizeof line);
    line[CLI_LINE + 1] = '\0';
    fails(EXEC, line, "Failure: Line longer than 1024 characters");
    for (size_t i = 0; i < CLI_LINE; i++)
        line[i] = i % 2 ? ' ' : 'x';
    line[CLI_LINE] = '\0';
    fails(EXEC, line, "Failure: More than 64 words");
    fails(EXEC, "show \x1b[2J", "Failure: Unprintable character 0x1b in column 6");
    fails(EXEC, "show \xff", "Failure: Unprintable character 0xff in column 6");
    ck_assert_int_lt(
        cli_run(&table, &(uint32_t){EXEC}, CLI_ADMIN, "sh\0ow", 5, &seen, err, sizeof err), 0);
    fails(EXEC,
          "switch f f f f f f f f f f f f f f f f f f f f f f f f f f f f f f f f f f f f f f f",
          "Failure: Incomplete command - one of <ipv4>, force, timeout, verbose is missing");
}
END_TEST

START_TEST(short_room_for_the_error_is_respected)
{
    char small[8] = "1234567";
    uint32_t mode = EXEC;

    ck_assert_int_lt(cli_run(&table, &mode, CLI_ADMIN, "xyz", 3, &seen, small, 4), 0);
    ck_assert_str_eq(small, "Fai");
    ck_assert_int_eq(small[4], '5');
}
END_TEST

static const char *
choices_text(const char *line)
{
    static char text[512];
    struct cli_choice choices[CLI_CHOICES];
    size_t n = cli_choices(&table, EXEC, CLI_OPERATOR, line, strlen(line), choices, CLI_CHOICES);
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", i ? " " : "", choices[i].word);
    return text;
}

START_TEST(choices_list_what_may_follow)
{
    ck_assert_str_eq(choices_text(""), "show switch pick grab");
    ck_assert_str_eq(choices_text("s"), "show switch");
    ck_assert_str_eq(choices_text("show "), "card clock");
    ck_assert_str_eq(choices_text("show c"), "card clock");
    ck_assert_str_eq(choices_text("show card table "), "<sec:1-48> verbose <cr>");
    ck_assert_str_eq(choices_text("show card table 3 "), "verbose <cr>");
    ck_assert_str_eq(choices_text("show nothing "), "");
    ck_assert_str_eq(choices_text("switch force "), "timeout force verbose <ipv4>");
}
END_TEST

START_TEST(badly_written_tables_are_found)
{
    static const char *const bad[] = {
        "",      "[ a ]",         "<name>",    "a {",       "a }",           "a { b ]",
        "a | b", "a { }",         "a { b | }", "a <x:5-1>", "a <x:what>",    "a <name",
        "a + b", "a [ [ b ] ] +", "a {b }",    "a <x:3>",   "a { b | | c }",
    };
    static const char *const good[] = {"a", "{ no | default } b", "[ no ] b",
                                       "a [ b { c | d } ] + <e:0-4294967295>", "a <b:mask>"};

    ck_assert_int_eq(cli_table_check(&table, err, sizeof err), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct cli_row row = {EXEC, bad[i], "", .run = note};
        struct cli_table one = {&row, 1, modes, 4, NULL};

        ck_assert_msg(cli_table_check(&one, err, sizeof err) != 0, "%s", bad[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct cli_row row = {EXEC, good[i], "", .run = note};
        struct cli_table one = {&row, 1, modes, 4, NULL};

        ck_assert_msg(cli_table_check(&one, err, sizeof err) == 0, "%s", good[i]);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cli");
    TCase *tcase = tcase_create("cli");

    tcase_add_test(tcase, whole_and_abbreviated_keywords_are_understood);
    tcase_add_test(tcase, empty_line_does_nothing);
    tcase_add_test(tcase, unknown_word_is_named);
    tcase_add_test(tcase, incomplete_line_is_said_to_be_incomplete);
    tcase_add_test(tcase, a_near_word_is_named_wherever_a_mode_has_it);
    tcase_add_test(tcase, a_missing_word_has_its_column_behind_the_line);
    tcase_add_test(tcase, a_free_name_begins_with_no_dash_as_options_do);
    tcase_add_test(tcase, ambiguous_word_lists_the_choices);
    tcase_add_test(tcase, number_out_of_range_names_the_range);
    tcase_add_test(tcase, bad_address_mask_and_port_name_what_was_expected);
    tcase_add_test(tcase, name_is_free_text_of_at_most_79_characters);
    tcase_add_test(tcase, a_word_behind_a_secret_is_not_repeated);
    tcase_add_test(tcase, keyword_is_preferred_to_value_to_abbreviation_to_name);
    tcase_add_test(tcase, repeated_group_takes_options_in_any_order);
    tcase_add_test(tcase, command_above_the_privilege_does_not_exist);
    tcase_add_test(tcase, modes_are_entered_and_left);
    tcase_add_test(tcase, command_unknown_in_a_mode_is_found_in_its_parents);
    tcase_add_test(tcase, whole_word_in_a_parent_beats_an_abbreviation_inside);
    tcase_add_test(tcase, refused_command_says_why_and_does_not_change_the_mode);
    tcase_add_test(tcase, hostile_lines_are_refused);
    tcase_add_test(tcase, short_room_for_the_error_is_respected);
    tcase_add_test(tcase, choices_list_what_may_follow);
    tcase_add_test(tcase, badly_written_tables_are_found);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
