/* What is printed is read again as the same configuration, whatever the table accepts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_print.h"
#include "common/conf/conf_seal.h"
#include "conf_grammar.h"
#include "unit_conf.h"

enum {
    CONFIGURATIONS = 1000, /* VPCLAB_CONFIGURATIONS says how many else */
    PLANT_MOST = 100000,   /* configurations within which a planted bug is found */
    LINES_LOW = 3,
    LINES_HIGH = 14,
    LOST_EVERY = 8, /* of the configurations, the lines are looked at one by one */
    TABLES = 32,
    ROWS = 512,
    TEXT = 64 * 1024,
};

static const uint8_t key[CONF_KEY] = "a key for tests, 32 octets long";

/* ---- printing, with the table's rows or with some less ---- */

static struct cli_row rows[ROWS];
static struct cli_table planted[TABLES];

/* A copy of the whole table, whose rows may be changed. */
static const struct cli_table *
copy_table(size_t *row_n)
{
    size_t n = 0, at = 0;

    for (const struct cli_table *table = &conf_table; table; table = table->next, n++) {
        ck_assert_uint_lt(n, TABLES);
        ck_assert_uint_lt(at + table->row_n, ROWS);
        planted[n] = *table;
        memcpy(&rows[at], table->rows, table->row_n * sizeof *rows);
        planted[n].rows = &rows[at];
        planted[n].next = table->next ? &planted[n + 1] : NULL;
        at += table->row_n;
    }
    *row_n = at;
    return planted;
}

static size_t
print(const struct cli_table *table, const struct conf *of, char text[TEXT])
{
    static struct conf_build build;
    FILE *out = fmemopen(text, TEXT, "w");
    long len;

    ck_assert_ptr_nonnull(out);
    build.conf = *of;
    (void)fputs("config\n", out);
    cli_print(table, CONF_MODE_CONFIG, &build, NULL, 2, out);
    (void)fputs("end\n", out);
    len = ftell(out);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_lt(len, TEXT - 1);
    return (size_t)len;
}

/* ---- one random configuration ---- */

struct trial {
    const struct cli_table *table;
    struct rng rng;
    bool line_by_line;
    char lines[LINES_HIGH * 2 * (CLI_LINE + 1)]; /* those accepted */
    const char *fault;                           /* NULL: none */
};

static char text[2][TEXT];
static struct conf_build built;
static struct conf again;
static unsigned accepted, entered;

/* One line; if it changed anything, that shows. */
static void
enter(struct trial *trial, uint32_t *mode)
{
    static struct conf before;
    char line[CLI_LINE + 1], ignored[CLI_ERR];
    uint32_t found = *mode;

    grammar_line(&trial->rng, trial->table, *mode, line);
    entered++;
    if (trial->line_by_line)
        before = built.conf;
    if (conf_line(&built, &found, line, strlen(line), ignored, sizeof ignored) != 0)
        return;
    *mode = found == CONF_MODE_EXEC ? CONF_MODE_CONFIG : found;
    accepted++;
    strcat(strcat(trial->lines, line), "\n");
    conf_seal(&built.conf, key);
    if (!trial->line_by_line || memcmp(&before, &built.conf, sizeof before) == 0)
        return;
    print(trial->table, &before, text[0]);
    print(trial->table, &built.conf, text[1]);
    if (strcmp(text[0], text[1]) == 0)
        trial->fault = "a line that changed something is not in the text";
}

static void
read_again(struct trial *trial)
{
    static char ours[CONF_SHARED], theirs[CONF_SHARED];
    size_t len = print(trial->table, &built.conf, text[0]);

    if (conf_read(&again, "printed", text[0], len, err, sizeof err) != 0) {
        trial->fault = err;
        return;
    }
    conf_seal(&again, key);
    print(trial->table, &again, text[1]);
    if (strcmp(text[0], text[1]) != 0)
        trial->fault = "printed again, the text differs";
    (void)conf_shared(&built.conf, ours, sizeof ours);
    (void)conf_shared(&again, theirs, sizeof theirs);
    if (strcmp(ours, theirs) != 0)
        trial->fault = "what is compared with the peer differs";
    conf_settle(&built.conf); /* as conf_read does */
    if (memcmp(&built.conf, &again, sizeof again) != 0)
        trial->fault = "the configuration that was read again differs";
}

/* A configuration, printed and read again; the trial has its fault. */
static void
try_one(struct trial *trial, uint64_t seed)
{
    int64_t n;
    uint32_t mode = CONF_MODE_CONFIG;

    trial->rng = (struct rng){.state = seed};
    trial->line_by_line = seed % LOST_EVERY == 0;
    trial->lines[0] = '\0';
    trial->fault = NULL;
    memset(&built, 0, sizeof built);
    conf_defaults(&built.conf);
    n = rng_between(&trial->rng, LINES_LOW, LINES_HIGH);
    for (int64_t i = 0; i < n && !trial->fault; i++)
        enter(trial, &mode);
    if (!trial->fault)
        read_again(trial);
}

START_TEST(what_is_printed_is_read_as_the_same)
{
    static struct trial trial;
    const char *wanted = getenv("VPCLAB_CONFIGURATIONS");
    uint64_t n = wanted ? strtoull(wanted, NULL, 10) : CONFIGURATIONS;

    trial.table = &conf_table;
    for (uint64_t seed = 1; seed <= n; seed++) {
        try_one(&trial, seed);
        ck_assert_msg(!trial.fault, "seed %llu: %s\n%s---\n%s---\n%s", (unsigned long long)seed,
                      trial.fault, trial.lines, text[0], text[1]);
    }
    ck_assert_uint_gt(accepted, entered / 2); /* the generator knows the grammar */
}
END_TEST

static uint64_t
found_within(const struct cli_table *table)
{
    static struct trial trial;

    trial.table = table;
    for (uint64_t seed = 1; seed <= PLANT_MOST; seed++) {
        try_one(&trial, seed);
        if (trial.fault)
            return seed;
    }
    return 0;
}

START_TEST(each_row_that_would_print_nothing_is_found_out)
{
    const struct cli_table *table;
    size_t row_n, planted_n = 0;

    for (size_t i = 0; table = copy_table(&row_n), i < row_n; i++) {
        if (!rows[i].print || (!getenv("VPCLAB_CONFIGURATIONS") && i % 7))
            continue;
        rows[i].print = NULL;
        planted_n++;
        ck_assert_msg(found_within(table), "nobody misses \"%s\"", rows[i].form);
    }
    ck_assert_uint_gt(planted_n, 5);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conf_print");
    TCase *tcase = tcase_create("conf_print"), *plants = tcase_create("plants");

    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, what_is_printed_is_read_as_the_same);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(plants, 600);
    tcase_add_test(plants, each_row_that_would_print_nothing_is_found_out);
    suite_add_tcase(suite, plants);
    return unit_main(suite);
}
