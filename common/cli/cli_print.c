#include "common/cli/cli_print.h"

#include <assert.h>
#include <string.h>

#include "common/cli/cli_form.h"

enum { STEP = 2 };

/* ---- what is said ---- */

static char *
next_word(struct cli_said *said, const char *name, bool is_argument)
{
    assert(said->n < CLI_SAID);
    said->words[said->n].name = name;
    said->words[said->n].is_argument = is_argument;
    return said->words[said->n++].text;
}

void
cli_say(struct cli_said *said, const char *keyword)
{
    *next_word(said, keyword, false) = '\0';
}

void
cli_say_if(struct cli_said *said, bool condition, const char *keyword)
{
    if (condition)
        cli_say(said, keyword);
}

void
cli_say_text(struct cli_said *said, const char *name, const char *text)
{
    assert(strlen(text) <= CLI_TEXT);
    (void)snprintf(next_word(said, name, true), CLI_TEXT + 1, "%s", text);
}

void
cli_say_number(struct cli_said *said, const char *name, uint32_t number)
{
    (void)snprintf(next_word(said, name, true), CLI_TEXT + 1, "%u", number);
}

void
cli_say_addr(struct cli_said *said, const char *name, uint32_t addr)
{
    (void)snprintf(next_word(said, name, true), CLI_TEXT + 1, "%u.%u.%u.%u", addr >> 24,
                   addr >> 16 & 255, addr >> 8 & 255, addr & 255);
}

void
cli_say_prefix(struct cli_said *said, const char *name, uint32_t net, uint32_t mask)
{
    unsigned len = 0;

    while (len < 32 && mask << len)
        len++;
    (void)snprintf(next_word(said, name, true), CLI_TEXT + 1, "%u.%u.%u.%u/%u", net >> 24,
                   net >> 16 & 255, net >> 8 & 255, net & 255, len);
}

/* The text of an item that was said, NULL if it was not. An argument's name ends at its type. */
static const char *
find(const struct cli_said *said, const char *item)
{
    bool is_argument = form_is_argument(item);
    const char *name = item + is_argument;
    size_t len = is_argument ? strcspn(name, ":>") : form_item_len(item);

    for (size_t i = 0; i < said->n; i++)
        if (said->words[i].is_argument == is_argument && strlen(said->words[i].name) == len &&
            strncmp(said->words[i].name, name, len) == 0)
            return said->words[i].text;
    return NULL;
}

/* ---- one line ---- */

struct line {
    const struct cli_said *said;
    FILE *out;
    bool begun;
};

static void
put(struct line *line, const char *text, size_t len)
{
    const char *quote = len == 0 || memchr(text, ' ', len) || memchr(text, '\t', len) ||
                                memchr(text, '|', len) || memchr(text, '>', len) || *text == '#'
                            ? "\""
                            : "";

    (void)fprintf(line->out, "%s%s%.*s%s", line->begun ? " " : "", quote, (int)len, text, quote);
    line->begun = true;
}

/* From `at` to the end of this alternative: a bar, a bracket, or the end of the form. */
static const char *
alternative_end(const char *at)
{
    while (*at && *at != '|' && !form_closes(at))
        at = form_opens(at) ? form_group_behind(form_group_end(at)) : form_behind(at);
    return at;
}

/* Was a keyword, or an argument, of what stands from `at` to `end` said? */
static bool
has_said(const struct cli_said *said, const char *at, const char *end, bool argument)
{
    for (; at != end; at = form_behind(at))
        if (form_is_argument(at) == argument && find(said, at))
            return true;
    return false;
}

/* Was an alternative meant, by its first keyword, or that of a group it begins with? */
static bool
is_named(const struct cli_said *said, const char *at)
{
    if (!form_opens(at))
        return !form_is_argument(at) && find(said, at);
    for (at = form_behind(at);; at = form_behind(at)) {
        if (is_named(said, at))
            return true;
        at = alternative_end(at);
        if (form_closes(at))
            return false;
    }
}

static void write_items(struct line *line, const char *at, const char *end);

static void
write_group(struct line *line, const char *open)
{
    const char *close = form_group_end(open), *chosen = NULL;
    bool repeats = *form_behind(close) == '+';

    for (int step = 0; step < 3 && !chosen; step++) {
        for (const char *at = form_behind(open);; at = form_behind(at)) {
            const char *end = alternative_end(at);

            if (step ? has_said(line->said, at, end, step == 2) : is_named(line->said, at)) {
                write_items(line, at, end);
                chosen = at;
                if (!repeats)
                    return;
            }
            at = end;
            if (form_closes(at))
                break;
        }
    }
    assert(chosen || *open == '['); /* the print function said too little */
}

static void
write_items(struct line *line, const char *at, const char *end)
{
    while (at != end) {
        const char *text;

        if (form_opens(at)) {
            write_group(line, at);
            at = form_group_behind(form_group_end(at));
            continue;
        }
        text = form_is_argument(at) ? find(line->said, at) : at;
        assert(text); /* likewise */
        put(line, text, form_is_argument(at) ? strlen(text) : form_item_len(at));
        at = form_behind(at);
    }
}

void
cli_write(const char *form, const struct cli_said *said, FILE *out)
{
    struct line line = {.said = said, .out = out};

    write_items(&line, form, form + strlen(form));
}

/* ---- all lines ---- */

static void
print_row(const struct cli_table *table, const struct cli_row *row, void *ctx,
          cli_wanted_fn *wanted, int indent, FILE *out)
{
    struct cli_said said = {.n = 0};

    for (size_t i = 0; row->print(ctx, row, i, &said); i++, said.n = 0) {
        if (wanted && !wanted(ctx, row))
            continue;
        (void)fprintf(out, "%*s", indent, "");
        cli_write(row->form, &said, out);
        (void)fputc('\n', out);
        if (!row->enters || row->enters == CLI_PARENT)
            continue;
        cli_print(table, row->enters, ctx, wanted, indent + STEP, out);
        (void)fprintf(out, "%*s#exit\n", indent, "");
    }
}

void
cli_print(const struct cli_table *table, uint32_t mode, void *ctx, cli_wanted_fn *wanted,
          int indent, FILE *out)
{
    for (const struct cli_table *part = table; part; part = part->next)
        for (size_t i = 0; i < part->row_n; i++)
            if ((part->rows[i].modes & mode) && part->rows[i].print)
                print_row(table, &part->rows[i], ctx, wanted, indent, out);
}
