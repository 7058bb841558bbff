/* Every word that commands of different help share, in Exec mode and in each configuration mode, has a
 * help of its own. */
#include <stdlib.h>
#include <string.h>

#include "cf/exec.h"
#include "unit.h"

enum { DEPTH = 6 }; /* words; no two commands differ further behind */

struct walk {
    const struct cli_table *table;
    uint32_t mode;
    size_t shared;
};

/* A word that the argument takes. */
static const char *
sample(const char *argument)
{
    static const struct {
        const char *type, *text;
    } samples[] = {
        {"ip", "10.0.0.1"},     {"mask", "255.0.0.0"}, {"prefix6", "2001:db8::/64"},
        {"prefix", "10.0.0.0"}, {"addr", "10.0.0.1"},  {"port>", "17/1"},
        {"hex", "ff"},          {"url", "/flash/a"},
    };
    static char number[16];
    const char *colon = strchr(argument, ':'), *type = colon ? colon + 1 : argument + 1;

    if (colon && *type >= '0' && *type <= '9') {
        (void)snprintf(number, sizeof number, "%.*s", (int)strcspn(type, "-"), type);
        return number;
    }
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        if (strncmp(type, samples[i].type, strlen(samples[i].type)) == 0)
            return samples[i].text;
    return "a";
}

static size_t
words_in(const char *line)
{
    size_t n = 0;

    for (; *line; line++)
        n += *line == ' ';
    return n;
}

/* The words that may stand behind `line`, and behind those that are shared. */
static size_t
unsaid_behind(struct walk *walk, const char *line)
{
    struct cli_choice *choices = calloc(CLI_CHOICES, sizeof *choices);
    size_t n, unsaid = 0;

    ck_assert_ptr_nonnull(choices);
    n = cli_choices(walk->table, walk->mode, CLI_SECURITY_ADMIN, line, strlen(line), choices,
                    CLI_CHOICES);
    for (size_t i = 0; i < n; i++) {
        const char *word = choices[i].word;
        char further[CLI_LINE + 1];

        if (choices[i].unsaid) {
            (void)fprintf(stderr, "no topic for \"%s%s\" in %s\n", line, word,
                          cli_mode_find(walk->table, walk->mode)->name);
            unsaid++;
        }
        if (!choices[i].shared || words_in(line) + 1 >= DEPTH)
            continue;
        walk->shared++;
        (void)snprintf(further, sizeof further, "%s%s ", line, *word == '<' ? sample(word) : word);
        unsaid += unsaid_behind(walk, further);
    }
    free(choices);
    return unsaid;
}

START_TEST(every_shared_word_of_exec_mode_has_a_help_of_its_own)
{
    struct walk walk = {&exec_table, EXEC, 0};

    ck_assert_uint_eq(unsaid_behind(&walk, ""), 0);
    ck_assert_uint_gt(walk.shared, 10);
}
END_TEST

START_TEST(every_shared_word_of_each_configuration_mode_has_a_help_of_its_own)
{
    size_t unsaid = 0, shared = 0;

    for (const struct cli_table *table = &conf_table; table; table = table->next) {
        for (size_t i = 0; i < table->mode_n; i++) {
            struct walk walk = {&conf_table, table->modes[i].bit, 0};

            unsaid += unsaid_behind(&walk, "");
            shared += walk.shared;
        }
    }
    ck_assert_uint_eq(unsaid, 0);
    ck_assert_uint_gt(shared, 50);
}
END_TEST

/* What is said of a word behind a line. */
static const char *
help_of(const struct cli_table *table, uint32_t mode, const char *line, const char *word)
{
    static struct cli_choice choices[CLI_CHOICES];
    size_t n =
        cli_choices(table, mode, CLI_SECURITY_ADMIN, line, strlen(line), choices, CLI_CHOICES);

    for (size_t i = 0; i < n; i++)
        if (strcmp(choices[i].word, word) == 0)
            return choices[i].help;
    return "(not offered)";
}

START_TEST(a_shared_word_is_explained_by_what_stands_before_it)
{
    ck_assert_str_eq(help_of(&exec_table, EXEC, "", "no"), "Undo a setting");
    ck_assert_str_ne(help_of(&exec_table, EXEC, "", "srp"),
                     help_of(&exec_table, EXEC, "show ", "srp"));
    ck_assert_str_eq(help_of(&conf_table, CONF_MODE_SRP, "", "default"), "Back to the default");
    ck_assert_str_eq(help_of(&exec_table, EXEC, "reload ", "-noconfirm"), "Ask no question");
    ck_assert_str_eq(help_of(&conf_table, CONF_MODE_CONFIG, "context a ", "-noconfirm"),
                     "Ask no question");
    ck_assert_str_eq(help_of(&exec_table, EXEC, "show srp ", "info"),
                     "State of this chassis and its peer");
}
END_TEST

START_TEST(an_argument_says_what_it_takes)
{
    ck_assert_str_eq(help_of(&exec_table, EXEC, "delete ", "<url>"),
                     "The name of a file, such as /flash/system.cfg");
    ck_assert_str_eq(help_of(&exec_table, EXEC, "copy ", "<from-url>"),
                     "The name of a file, such as /flash/system.cfg");
    ck_assert_str_eq(help_of(&conf_table, CONF_MODE_SRP, "hello-interval ", "<n:1-60>"),
                     "A number from 1 to 60");
}
END_TEST

START_TEST(topics_explain_words_that_commands_share)
{
    static const struct cli_row few[] = {
        {EXEC, "show srp info", "State", .run = NULL},
        {EXEC, "show srp <sec:1-9>", "One", .run = NULL},
        {EXEC, "clear srp", "Count anew", .run = NULL},
        {EXEC, "copy srp", "Copied", .run = NULL},
        {EXEC, "copy other", "Other", .run = NULL},
        {EXEC, "set one", "Equal", .run = NULL},
        {EXEC, "set two", "Equal", .run = NULL},
        {CLI_TOPIC, "srp", "Of the pair", .run = NULL},
        {CLI_TOPIC, "show", "What there is", .run = NULL},
        {CLI_TOPIC, "clear", "Count anew or forget", .run = NULL},
    };
    static const struct cli_mode root = {EXEC, 0, ""};
    const struct cli_table one = {few, sizeof few / sizeof *few, &root, 1, NULL};
    static struct cli_choice choices[CLI_CHOICES];
    char err[CLI_ERR];

    ck_assert_int_eq(cli_table_check(&one, err, sizeof err), 0);
    ck_assert_uint_eq(cli_choices(&one, EXEC, CLI_ADMIN, "", 0, choices, CLI_CHOICES), 4);
    ck_assert_str_eq(choices[0].help, "What there is");
    ck_assert(choices[0].shared && !choices[0].unsaid);
    ck_assert_str_eq(choices[1].help,
                     "Count anew or forget"); /* of one command, but meant for it */
    ck_assert(!choices[1].shared);
    ck_assert_str_eq(choices[2].help, "Copied");
    ck_assert(choices[2].shared && choices[2].unsaid);
    ck_assert_str_eq(choices[3].help, "Equal");
    ck_assert(!choices[3].shared);
    ck_assert_uint_eq(cli_choices(&one, EXEC, CLI_ADMIN, "show ", 5, choices, CLI_CHOICES), 1);
    ck_assert_str_eq(choices[0].help, "Of the pair");
    ck_assert_uint_eq(cli_choices(&one, EXEC, CLI_ADMIN, "copy s", 6, choices, CLI_CHOICES), 1);
    ck_assert_str_eq(choices[0].help, "Copied"); /* not shared there */
    ck_assert_uint_eq(cli_choices(&one, EXEC, CLI_ADMIN, "show srp ", 9, choices, CLI_CHOICES), 2);
    ck_assert_str_eq(choices[1].help, "A number from 1 to 9");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cli_topics");
    TCase *cases = tcase_create("topics");

    tcase_add_test(cases, every_shared_word_of_exec_mode_has_a_help_of_its_own);
    tcase_add_test(cases, every_shared_word_of_each_configuration_mode_has_a_help_of_its_own);
    tcase_add_test(cases, a_shared_word_is_explained_by_what_stands_before_it);
    tcase_add_test(cases, an_argument_says_what_it_takes);
    tcase_add_test(cases, topics_explain_words_that_commands_share);
    suite_add_tcase(suite, cases);
    return unit_main(suite);
}
