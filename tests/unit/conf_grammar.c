#include "conf_grammar.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/cli_form.h"
#include "common/conf/conf_build.h"

enum { ROWS = 2048, WORD = 128, BLOCK_MOST = 14 };

#define LONG "a-name-of-seventy-nine-characters-is-the-longest-one-that-any-command-takes-abcd"

/* ---- arguments ---- */

static const char *const ipv4s[] = {"10.0.0.1",  "10.0.0.2", "192.0.2.1", "10.1.0.0",
                                    "10.64.0.0", "10.0.0.0", "0.0.0.0",   "255.255.255.255"};
static const char *const ipv6s[] = {"::1", "2001:DB8:0::1", "2001:db8::1",
                                    "::", "fe80::a:b:1.2.3.4"};
static const char *const masks[] = {"255.255.255.0", "255.255.0.0", "255.192.0.0",
                                    "255.255.255.255", "0.0.0.0"};
static const char *const prefixes[] = {"10.1.0.0/16", "10.0.0.1", "0.0.0.0/0", "192.0.2.0/24"};
static const char *const addrlens[] = {"10.0.0.1/8", "10.0.0.2", "192.0.2.1/24"};
static const char *const prefix6s[] = {"2001:db8::1/64", "2001:DB8:0::1/64", "::1/128", "::/0"};
static const char *const ports[] = {"5/11", "1/1", "48/48"};
static const char *const hexes[] = {"01abd002c82b4a2c", "01ABD002C82B4A2C", "ff"};
static const char *const names[] = {"b",  "local", "srp", "static",  "loopback", "\"a b\"", "\"#\"",
                                    "no", "A",     "x|y", "\"c>d\"", "bind",     LONG};
static const char *const secrets[] = {"s3cret", "\"a b\"", "key", "0"};
static const char *const urls[] = {"/flash/system.cfg"};

#define TYPE(name, values)                                                                         \
    {                                                                                              \
        name, values, sizeof values / sizeof *values                                               \
    }

static const struct type {
    const char *name;
    const char *const *values;
    size_t n;
} types[] = {
    TYPE("ipv4", ipv4s),       TYPE("mask", masks),       TYPE("prefix", prefixes),
    TYPE("addrlen", addrlens), TYPE("prefix6", prefix6s), TYPE("port", ports),
    TYPE("hex", hexes),        TYPE("secret", secrets),   TYPE("url", urls),
    TYPE("text", names),
};

static const char *
pick(struct rng *rng, const char *const *values, size_t n)
{
    return values[rng_below(rng, n)];
}

/* The ends of a range more often than what is between them. */
static void
number(struct rng *rng, const char *range, char word[WORD])
{
    char *end;
    int64_t low = strtoll(range, &end, 10), high = strtoll(end + 1, NULL, 10), value = low;

    switch (rng_below(rng, 4)) {
    case 0:
        break;
    case 1:
        value = high;
        break;
    case 2:
        value = low + (high - low) / 15 / 2 * 15; /* a multiple of 15, if low is */
        break;
    default:
        value = rng_between(rng, low, high);
        break;
    }
    (void)snprintf(word, WORD, "%lld", (long long)value);
}

static void
argument(struct rng *rng, const char *item, char word[WORD])
{
    const char *colon = memchr(item, ':', form_item_len(item));
    const char *type = colon ? colon + 1 : item + 1;
    size_t len = strcspn(type, ">");
    const char *value = NULL;

    if (form_is_number(item)) {
        number(rng, type, word);
        return;
    }
    if (strncmp(type, "ip", len) == 0)
        value = rng_below(rng, 3) ? pick(rng, ipv4s, 8) : pick(rng, ipv6s, 5);
    for (size_t i = 0; !value && i < sizeof types / sizeof *types; i++)
        if (strlen(types[i].name) == len && strncmp(types[i].name, type, len) == 0)
            value = pick(rng, types[i].values, types[i].n);
    if (!value) /* most lines meet what others configured */
        value = rng_below(rng, 2) ? "a" : pick(rng, names, sizeof names / sizeof *names);
    (void)snprintf(word, WORD, "%s", value);
}

/* ---- lines ---- */

static void
walk(struct rng *rng, const char *form, char line[CLI_LINE + 1])
{
    const char *items[FORM_ITEMS], *at = form;
    size_t len = 0;

    line[0] = '\0';
    for (unsigned words = 0;; words++) {
        size_t n = form_follow(form, at, items);
        const char *item = items[rng_below(rng, n)];
        char word[WORD];

        for (size_t i = 0; words > 12 && i < n; i++) /* enough of a repeated group */
            if (!*items[i])
                item = items[i];
        if (!*item)
            return;
        if (form_is_argument(item))
            argument(rng, item, word);
        else
            (void)snprintf(word, sizeof word, "%.*s", (int)form_item_len(item), item);
        assert(len + strlen(word) + 1 < CLI_LINE);
        len += (size_t)sprintf(line + len, "%s%s", len ? " " : "", word);
        at = form_behind(item);
    }
}

/* A block comes up the more often the more lines it has, but does not hide the others. */
static size_t
lines_of(const struct cli_table *table, uint32_t mode)
{
    size_t n = 0;

    for (; table; table = table->next)
        for (size_t i = 0; i < table->row_n; i++)
            n += (table->rows[i].modes & mode) != 0;
    return n < 4 ? 4 : n < BLOCK_MOST ? n : BLOCK_MOST;
}

void
grammar_line(struct rng *rng, const struct cli_table *table, uint32_t mode, char line[CLI_LINE + 1])
{
    const struct cli_row *rows[ROWS];
    const struct cli_table *whole = table;
    size_t n = 0;

    /* A file leaves blocks by nothing but the next line, too. */
    while (rng_below(rng, 3) == 0 && cli_mode_find(table, mode)->parent != CONF_MODE_EXEC)
        mode = cli_mode_find(table, mode)->parent;
    for (; table; table = table->next)
        for (size_t i = 0; i < table->row_n; i++)
            if (table->rows[i].modes & mode) {
                const struct cli_row *row = &table->rows[i];
                bool leaves = row->modes == CONF_MODES_CONFIG || row->enters == CLI_PARENT;
                /* what stores something rather than what takes it back */
                size_t times = leaves                      ? 0
                               : row->print && row->enters ? lines_of(whole, row->enters)
                               : row->print                ? 2
                                                           : 1;

                for (size_t k = 0; k < times; k++) {
                    assert(n < ROWS);
                    rows[n++] = row;
                }
            }
    walk(rng, n && rng_below(rng, 8) ? rows[rng_below(rng, n)]->form : "exit", line);
}
