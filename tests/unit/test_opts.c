/* Options of vpclab's commands. What is refused also says so on stderr. */
#include "common/base/near.h"
#include "lab/opts.h"

#include <string.h>

#include "tests/unit/unit.h"

static bool flag;
static uint32_t number, addr;
static int64_t ms;
static const char *text;

static const struct opt opts[] = {
    {"json", OPT_FLAG, &flag, 0, 0},   {"calls", OPT_NUMBER, &number, 1, 1000},
    {"hold", OPT_SECONDS, &ms, 0, 60}, {"to", OPT_ADDR, &addr, 0, 0},
    {"n", OPT_TEXT, &text, 0, 0},
};

enum { OPTS = sizeof opts / sizeof opts[0], WORDS = 16 };

static char *words[WORDS];
static int words_n;

static void
set_up(void)
{
    flag = false;
    number = addr = 0;
    ms = -1;
    text = NULL;
}

/* Parse a line of words set apart by blanks. */
static bool
parse(const char *line)
{
    static char copy[256];

    ck_assert_uint_lt(strlen(line), sizeof copy);
    strcpy(copy, line);
    words_n = 0;
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        words[words_n++] = word;
    return opts_parse("call", opts, OPTS, &words_n, words);
}

START_TEST(options_are_taken_out_from_among_the_words)
{
    ck_assert(parse("east --calls 7 --json --hold=1.5 show --to 127.0.1.1 -n pair"));
    ck_assert_int_eq(words_n, 2);
    ck_assert_str_eq(words[0], "east");
    ck_assert_str_eq(words[1], "show");
    ck_assert(flag);
    ck_assert_uint_eq(number, 7);
    ck_assert_int_eq(ms, 1500);
    ck_assert_uint_eq(addr, 0x7f000101);
    ck_assert_str_eq(text, "pair");
}
END_TEST

START_TEST(after_two_dashes_all_are_words)
{
    ck_assert(parse("-- --json -"));
    ck_assert_int_eq(words_n, 2);
    ck_assert_str_eq(words[0], "--json");
    ck_assert(!flag);
}
END_TEST

START_TEST(bad_values_are_refused)
{
    static const char *const bad[] = {
        "--calls 0",        "--calls 1001",
        "--calls -1",       "--calls 7x",
        "--calls",          "--calls=",
        "--calls 1e3",      "--calls 99999999999999999999",
        "--hold 61",        "--hold x",
        "--hold -1",        "--hold 1.2.3",
        "--hold inf",       "--to 127.0.0.300",
        "--to here",        "--json=1",
        "--cals 1",         "-x",
        "--n pair",         "-json",
        "--unheard-of-x 1",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        set_up();
        ck_assert_msg(!parse(bad[i]), "\"%s\" was accepted", bad[i]);
        ck_assert_uint_eq(number, 0);
        ck_assert_int_eq(ms, -1);
    }
}
END_TEST

START_TEST(an_option_that_is_given_twice_is_refused)
{
    static const char *const bad[] = {"-n A -n B", "--json --json", "--calls 5 east --calls=5"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        set_up();
        ck_assert_msg(!parse(bad[i]), "\"%s\" was accepted", bad[i]);
    }
    ck_assert(parse("-n A -- -n B"));
    ck_assert_str_eq(text, "A");
}
END_TEST

START_TEST(a_mistyped_word_finds_its_neighbour)
{
    static const char *const names[] = {"up", "down", "status", "start", "wait", "kill"};

    ck_assert_str_eq(near_word("stauts", names, 6), "status");
    ck_assert_str_eq(near_word("stat", names, 6), "start");
    ck_assert_str_eq(near_word("donw", names, 6), "down");
    ck_assert_str_eq(near_word("wiat", names, 6), "wait");
    ck_assert_ptr_null(near_word("frobnicate", names, 6));
    ck_assert_ptr_null(near_word("xy", names, 6));
    ck_assert_ptr_null(near_word("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", names, 6));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("opts");
    TCase *tc = tcase_create("opts");

    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, options_are_taken_out_from_among_the_words);
    tcase_add_test(tc, after_two_dashes_all_are_words);
    tcase_add_test(tc, bad_values_are_refused);
    tcase_add_test(tc, an_option_that_is_given_twice_is_refused);
    tcase_add_test(tc, a_mistyped_word_finds_its_neighbour);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
