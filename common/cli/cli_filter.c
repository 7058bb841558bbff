#include "common/cli/cli_filter.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { FILTERS = 8, FILTER = 1 };

enum kind { GREP, COUNT, MORE };

struct filter {
    enum kind kind;
    bool invert, number;
    bool compiled;
    regex_t regex;
};

struct chain {
    struct filter filters[FILTERS];
    size_t n;
};

static int
add_grep(void *ctx, const struct cli_args *args)
{
    struct chain *chain = ctx;
    struct filter *filter = &chain->filters[chain->n];
    const char *pattern = cli_text(args, "pattern");
    bool extended = cli_has(args, "-E");
    int flags = (extended ? REG_EXTENDED : 0) | (cli_has(args, "-i") ? REG_ICASE : 0) | REG_NOSUB;

    /* Counts and back-references make a matcher's time and memory explode. */
    for (const char *at = pattern; *at; at++)
        if (extended ? *at == '{' : *at == '\\' && at[1] == '{')
            return cli_refuse(args, "Repetition counts are not supported in a pattern");
    for (const char *at = pattern; *at; at++)
        if (*at == '\\' && at[1] && strchr("123456789", *++at))
            return cli_refuse(args, "Back-references are not supported in a pattern");
    if (regcomp(&filter->regex, pattern, flags) != 0)
        return cli_refuse(args, "Bad pattern - \"%s\"", pattern);
    filter->kind = GREP;
    filter->invert = cli_has(args, "-v");
    filter->number = cli_has(args, "-n");
    filter->compiled = true;
    return 0;
}

static int
add_plain(void *ctx, const struct cli_args *args)
{
    struct chain *chain = ctx;

    chain->filters[chain->n].kind = (enum kind)args->row->tag;
    return 0;
}

#define GREP_OPTIONS "[ -E | -i | -v | -n ] +"
#define GREP_FORM    "grep " GREP_OPTIONS " <pattern> " GREP_OPTIONS

static const struct cli_row rows[] = {
    {FILTER, GREP_FORM, "Lines that match", .run = add_grep},
    {FILTER, "count", "Number of lines", .tag = COUNT, .run = add_plain},
    {FILTER, "more", "All lines", .tag = MORE, .run = add_plain},
};
static const struct cli_mode modes[] = {{FILTER, 0, ""}};
static const struct cli_table table = {rows, sizeof rows / sizeof *rows, modes, 1, NULL};

size_t
cli_command_len(const char *line, size_t len)
{
    bool quoted = false;

    for (size_t i = 0; i < len; i++) {
        if (line[i] == '"')
            quoted = !quoted;
        else if (line[i] == '|' && !quoted)
            return i;
    }
    return len;
}

static void
chain_fini(struct chain *chain)
{
    for (size_t i = 0; i < FILTERS; i++)
        if (chain->filters[i].compiled)
            regfree(&chain->filters[i].regex);
}

static bool
is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ' && text[i] != '\t')
            return false;
    return true;
}

static int
chain_init(struct chain *chain, const char *filters, size_t len, char *err, size_t room)
{
    *chain = (struct chain){.n = 0};
    while (len > 0) {
        size_t one = cli_command_len(filters + 1, len - 1);
        uint32_t mode = FILTER;
        int rc;

        if (is_blank(filters + 1, one))
            return cli_fail(DI_EFORMAT, err, room,
                            "Incomplete command - one of count, grep, more is missing");
        if (chain->n == FILTERS)
            return cli_fail(DI_EFORMAT, err, room, "More than %d filters", FILTERS);
        rc = cli_run(&table, &mode, CLI_INSPECTOR, filters + 1, one, chain, err, room);
        if (rc)
            return rc;
        chain->n++;
        filters += one + 1;
        len -= one + 1;
    }
    return 0;
}

static char *
copy_of(const char *text, size_t len)
{
    char *copy = malloc(len + 1);

    if (!copy)
        abort();
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

/* One filter over the whole text; text[len] is 0 and the lines are cut in place. */
static void
pass(const struct filter *filter, char *text, size_t len, FILE *out)
{
    size_t count = 0;

    for (char *line = text; line < text + len;) {
        char *end = memchr(line, '\n', (size_t)(text + len - line));

        if (!end)
            end = text + len;
        *end = '\0';
        count++;
        if (filter->kind == GREP &&
            (regexec(&filter->regex, line, 0, NULL, 0) == 0) != filter->invert) {
            if (filter->number)
                (void)fprintf(out, "%zu:", count);
            (void)fprintf(out, "%s\n", line);
        } else if (filter->kind == MORE) {
            (void)fprintf(out, "%s\n", line);
        }
        line = end + 1;
    }
    if (filter->kind == COUNT)
        (void)fprintf(out, "%zu\n", count);
}

int
cli_filter_check(const char *filters, size_t len, char *err, size_t room)
{
    struct chain chain;
    int rc = chain_init(&chain, filters, len, err, room);

    chain_fini(&chain);
    return rc;
}

size_t
cli_filter_choices(const char *filters, size_t len, struct cli_choice *choices, size_t room)
{
    while (len > 0) {
        size_t one = cli_command_len(filters + 1, len - 1);

        filters++, len--;
        if (one == len)
            break;
        filters += one;
        len -= one;
    }
    return cli_choices(&table, FILTER, CLI_INSPECTOR, filters, len, choices, room);
}

int
cli_filter(const char *filters, size_t len, const char *text, size_t text_len, FILE *out, char *err,
           size_t room)
{
    struct chain chain;
    int rc = chain_init(&chain, filters, len, err, room);
    char *now = rc ? NULL : copy_of(text, text_len);

    for (size_t i = 0; !rc && i < chain.n; i++) {
        char *next = NULL;
        size_t next_len = 0;
        FILE *stream = open_memstream(&next, &next_len);

        if (!stream)
            abort();
        pass(&chain.filters[i], now, text_len, stream);
        if (fclose(stream) != 0)
            abort();
        free(now);
        now = next;
        text_len = next_len;
    }
    if (!rc)
        (void)fwrite(now, 1, text_len, out); /* the caller asks its stream for errors */
    free(now);
    chain_fini(&chain);
    return rc;
}
