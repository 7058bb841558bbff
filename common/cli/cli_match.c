#include "common/cli/cli_match.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "common/cli/cli_form.h"
#include "common/cli/cli_refusal.h"

/* ---- words ---- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int
match_split(struct cli_args *args, const char *line, size_t len, char *err, size_t room)
{
    char *out = args->text;

    args->n = 0;
    if (len > CLI_LINE)
        return cli_fail(DI_EFORMAT, err, room, "Line longer than %d characters", CLI_LINE);
    for (size_t i = 0; i < len;) {
        bool quoted = false;

        if (is_blank(line[i])) {
            i++;
            continue;
        }
        if (args->n == CLI_WORDS)
            return cli_fail(DI_EFORMAT, err, room, "More than %d words", CLI_WORDS);
        args->words[args->n++] = (struct cli_word){.text = out, .column = i + 1};
        for (; i < len && (quoted || !is_blank(line[i])); i++) {
            if (line[i] == '"')
                quoted = !quoted;
            else if (line[i] >= ' ' && line[i] <= '~')
                *out++ = line[i];
            else
                return cli_fail(DI_EFORMAT, err, room, "Unprintable character 0x%02x in column %zu",
                                (unsigned)(unsigned char)line[i], i + 1);
        }
        if (quoted)
            return cli_fail(DI_EFORMAT, err, room, "Unterminated quotes");
        *out++ = '\0';
    }
    return 0;
}

/* ---- matching ---- */

void
match_each(struct match *match, visit_fn *visit, void *arg)
{
    size_t from = match->from, to = match->to;

    for (size_t i = from; match->depth && i < to; i++)
        visit(match, &match->nodes[i], (uint16_t)i, arg);
    if (match->depth)
        return;
    for (const struct cli_table *table = match->table; table; table = table->next) {
        for (size_t i = 0; i < table->row_n; i++) {
            const struct cli_row *row = &table->rows[i];
            struct node place = {.row = row, .at = row->form};

            if ((row->modes & match->mode) && row->privilege <= match->privilege)
                visit(match, &place, NO_PARENT, arg);
        }
    }
}

struct word_step {
    const char *text;
    struct reading reading;
    size_t start; /* the first node of this word */
};

static void
add_clash(struct reading *reading, const char *item)
{
    size_t len = form_item_len(item);

    for (size_t i = 0; i < reading->clash_n; i++)
        if (form_item_len(reading->clash[i]) == len &&
            strncasecmp(reading->clash[i], item, len) == 0)
            return;
    if (reading->clash_n < CLASHES)
        reading->clash[reading->clash_n++] = item;
}

static void
judge(struct match *match, const struct node *place, uint16_t parent, void *arg)
{
    struct word_step *step = arg;
    struct reading *reading = &step->reading;
    const char *items[FORM_ITEMS];
    size_t n = form_follow(place->row->form, place->at, items);
    struct cli_word word;

    (void)match;
    (void)parent;
    for (size_t i = 0; i < n; i++) {
        enum form_fit fit = form_fits(items[i], step->text, &word);

        if (fit > reading->best)
            reading->best = fit;
        if (fit == FIT_ABBREVIATION)
            add_clash(reading, items[i]);
        if (form_is_number(items[i]) && !reading->number)
            reading->number = items[i];
        if (form_is_argument(items[i]) && !reading->argument)
            reading->argument = items[i];
        if (*items[i] && !form_is_argument(items[i]))
            reading->keyword_expected = true;
    }
}

static bool
has_node(const struct match *match, size_t start, const struct node *node)
{
    for (size_t i = start; i < match->to; i++)
        if (match->nodes[i].row == node->row && match->nodes[i].item == node->item)
            return true;
    return false;
}

static void
advance(struct match *match, const struct node *place, uint16_t parent, void *arg)
{
    const struct word_step *step = arg;
    const char *items[FORM_ITEMS];
    size_t n = form_follow(place->row->form, place->at, items);
    struct cli_word word;

    for (size_t i = 0; i < n; i++) {
        struct node node = {place->row, items[i], form_behind(items[i]), parent};

        if (form_fits(items[i], step->text, &word) != step->reading.best ||
            has_node(match, step->start, &node))
            continue;
        if (match->to == NODES)
            match->overflow = true;
        else
            match->nodes[match->to++] = node;
    }
}

/* The secret among the words understood so far, in any of the ways to understand them; NULL if there
 * is none. What follows one may be the rest of it. */
static const char *
secret_before(const struct match *match)
{
    for (size_t i = match->from; match->depth && i < match->to; i++) {
        const struct node *node = &match->nodes[i];

        while (!form_is_secret(node->item) && node->parent != NO_PARENT)
            node = &match->nodes[node->parent];
        if (form_is_secret(node->item))
            return node->item;
    }
    return NULL;
}

/* Understand the next word: the one reading that fits best, at every place it fits. */
static int
match_word(struct match *match, const char *text, char *err, size_t room)
{
    struct word_step step = {.text = text, .start = match->to};

    match_each(match, judge, &step);
    if (match->depth == 0)
        match->whole = step.reading.best == FIT_KEYWORD;
    if (step.reading.best == FIT_NONE)
        return refusal_unfit(match, &step.reading, text, secret_before(match), err, room);
    if (step.reading.best == FIT_ABBREVIATION && step.reading.clash_n > 1 && secret_before(match))
        return refusal_behind(secret_before(match), err, room);
    if (step.reading.best == FIT_ABBREVIATION && step.reading.clash_n > 1)
        return refusal_ambiguous(&step.reading, text, err, room);
    match_each(match, advance, &step);
    if (match->overflow)
        return cli_fail(DI_EFORMAT, err, room, "Command too long");
    match->from = step.start;
    match->depth++;
    return 0;
}

int
match_words(struct match *match, const struct cli_args *args, size_t n, char *err, size_t room)
{
    for (size_t i = 0; i < n; i++) {
        int rc = match_word(match, args->words[i].text, err, room);

        if (rc)
            return rc;
    }
    return 0;
}

/* The first of the latest nodes at which its form may end; NULL if none. */
static const struct node *
complete(const struct match *match)
{
    for (size_t i = match->from; i < match->to; i++) {
        const char *items[FORM_ITEMS];
        size_t n = form_follow(match->nodes[i].row->form, match->nodes[i].at, items);

        for (size_t k = 0; k < n; k++)
            if (!*items[k])
                return &match->nodes[i];
    }
    return NULL;
}

static void
bind(const struct match *match, const struct node *last, struct cli_args *args)
{
    const struct node *node = last;

    args->row = last->row;
    for (size_t i = args->n; i-- > 0;) {
        enum form_fit fit = form_fits(node->item, args->words[i].text, &args->words[i]);

        assert(fit != FIT_NONE);
        if (i > 0)
            node = &match->nodes[node->parent];
    }
}

void
match_begin(struct match *match, const struct cli_table *table, uint32_t mode,
            enum cli_privilege privilege)
{
    match->table = table;
    match->mode = mode;
    match->privilege = privilege;
    match->from = match->to = match->depth = 0;
    match->overflow = match->whole = match->guessed = false;
}

int
cli_match(const struct cli_table *table, uint32_t mode, enum cli_privilege privilege,
          const char *line, size_t len, struct cli_args *args, char *err, size_t room)
{
    struct match match;
    const struct node *last;
    int rc;

    args->row = NULL;
    args->column = 0;
    args->understood = 0;
    args->whole = args->guessed = false;
    args->err = err;
    args->room = room;
    rc = match_split(args, line, len, err, room);
    if (rc || args->n == 0)
        return rc;
    match_begin(&match, table, mode, privilege);
    rc = match_words(&match, args, args->n, err, room);
    args->understood = match.depth;
    args->whole = match.whole;
    args->guessed = match.guessed;
    if (rc) {
        args->column = args->words[match.depth].column;
        return rc;
    }
    last = complete(&match);
    if (!last) {
        args->column = len + 1;
        return refusal_incomplete(&match, err, room);
    }
    bind(&match, last, args);
    return 0;
}
