#include "common/cli/cli.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/cli/cli_form.h"

enum { NODES = 2048, CLASHES = 8, ECHO = 64, NO_PARENT = UINT16_MAX };

/* One way to have understood a word. The ways to understand a line are paths of nodes,
 * so a line costs at most words times places, however the forms repeat. */
struct node {
    const struct cli_row *row;
    const char *item, *at; /* the item it was, the place behind it */
    uint16_t parent;       /* how the word before was understood */
};

struct match {
    const struct cli_table *table;
    uint32_t mode;
    enum cli_privilege privilege;
    struct node nodes[NODES];
    size_t from, to; /* the nodes of the latest word */
    size_t depth;    /* words understood */
    bool whole;      /* the first word was a keyword in full */
    bool overflow;
};

/* What one word could be, over all places that are open. */
struct reading {
    enum form_fit best;
    const char *clash[CLASHES]; /* the keywords that an abbreviation may stand for */
    size_t clash_n;
    const char *argument, *number; /* the first ones expected, NULL if none */
    bool keyword_expected;
};

/* ---- words ---- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Split the line into args->words[].text. Only printable ASCII is let in, so that every
 * echo of a word is fit for a terminal and a log. */
static int
split(struct cli_args *args, const char *line, size_t len, char *err, size_t room)
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

typedef void visit_fn(struct match *match, const struct node *place, uint16_t parent, void *arg);

/* All places at which the next word may stand: those behind the latest word, or at first
 * the beginnings of all rows of the mode. */
static void
each_place(struct match *match, visit_fn *visit, void *arg)
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

/* That word does not fit: it is not repeated. */
static int
fail_behind(const char *secret, char *err, size_t room)
{
    int len = (int)strcspn(secret + 1, ":>");

    return cli_fail(DI_ENOTFOUND, err, room,
                    "Unknown command - a word behind <%.*s>; quotes protect the blanks of <%.*s>",
                    len, secret + 1, len, secret + 1);
}

/* Nothing fits `text`: say what was expected, if that can be said in a few words. `secret`: one that
 * stands before it, or NULL. */
static int
fail_unfit(const struct reading *reading, const char *text, const char *secret, char *err,
           size_t room)
{
    const char *item = NULL;
    char expects[CLI_CHOICE + 32];

    if (reading->number && *text >= '0' && *text <= '9')
        item = reading->number;
    else if (!reading->keyword_expected)
        item = reading->argument;
    if (!item && secret)
        return fail_behind(secret, err, room);
    if (!item)
        return cli_fail(DI_ENOTFOUND, err, room, "Unknown command - \"%.*s\", unrecognized keyword",
                        ECHO, text);
    form_expectation(item, expects, sizeof expects);
    if (secret || form_is_secret(item))
        return cli_fail(DI_EFORMAT, err, room, "Invalid value - <%.*s> must be %s",
                        (int)strcspn(item + 1, ":>"), item + 1, expects);
    return cli_fail(DI_EFORMAT, err, room, "Invalid value - \"%.*s\", <%.*s> must be %s", ECHO,
                    text, (int)strcspn(item + 1, ":>"), item + 1, expects);
}

static int
fail_ambiguous(const struct reading *reading, const char *text, char *err, size_t room)
{
    char choices[CLASHES * CLI_CHOICE] = "";
    size_t at = 0;

    for (size_t i = 0; i < reading->clash_n; i++) {
        int n = snprintf(choices + at, sizeof choices - at, "%s%.*s", i ? ", " : "",
                         (int)form_item_len(reading->clash[i]), reading->clash[i]);

        at += (size_t)n;
        if (at >= sizeof choices)
            break;
    }
    return cli_fail(DI_EFORMAT, err, room, "Ambiguous command - \"%.*s\": %s", ECHO, text, choices);
}

/* Understand the next word: the one reading that fits best, at every place it fits. */
static int
match_word(struct match *match, const char *text, char *err, size_t room)
{
    struct word_step step = {.text = text, .start = match->to};

    each_place(match, judge, &step);
    if (match->depth == 0)
        match->whole = step.reading.best == FIT_KEYWORD;
    if (step.reading.best == FIT_NONE)
        return fail_unfit(&step.reading, text, secret_before(match), err, room);
    if (step.reading.best == FIT_ABBREVIATION && step.reading.clash_n > 1 && secret_before(match))
        return fail_behind(secret_before(match), err, room);
    if (step.reading.best == FIT_ABBREVIATION && step.reading.clash_n > 1)
        return fail_ambiguous(&step.reading, text, err, room);
    each_place(match, advance, &step);
    if (match->overflow)
        return cli_fail(DI_EFORMAT, err, room, "Command too long");
    match->from = step.start;
    match->depth++;
    return 0;
}

static int
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

static void
begin(struct match *match, const struct cli_table *table, uint32_t mode,
      enum cli_privilege privilege)
{
    match->table = table;
    match->mode = mode;
    match->privilege = privilege;
    match->from = match->to = match->depth = 0;
    match->overflow = match->whole = false;
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
    args->whole = false;
    args->err = err;
    args->room = room;
    rc = split(args, line, len, err, room);
    if (rc || args->n == 0)
        return rc;
    begin(&match, table, mode, privilege);
    rc = match_words(&match, args, args->n, err, room);
    args->understood = match.depth;
    args->whole = match.whole;
    if (rc) {
        args->column = args->words[match.depth].column;
        return rc;
    }
    last = complete(&match);
    if (!last)
        return cli_fail(DI_EFORMAT, err, room, "Incomplete command");
    bind(&match, last, args);
    return 0;
}

/* ---- help ---- */

struct offer {
    const char *partial;
    struct cli_choice *choices;
    size_t n, room;
};

static void
add_choice(struct offer *offer, const char *item, const char *help)
{
    size_t len = form_item_len(item);
    const char *word = len ? item : "<cr>";

    len = len ? len : strlen(word);
    assert(len < CLI_CHOICE);
    for (size_t i = 0; i < offer->n; i++)
        if (strlen(offer->choices[i].word) == len &&
            strncmp(offer->choices[i].word, word, len) == 0)
            return;
    if (offer->n == offer->room)
        return;
    memcpy(offer->choices[offer->n].word, word, len);
    offer->choices[offer->n].word[len] = '\0';
    offer->choices[offer->n++].help = help;
}

static void
offer_place(struct match *match, const struct node *place, uint16_t parent, void *arg)
{
    struct offer *offer = arg;
    const char *items[FORM_ITEMS];
    size_t n = form_follow(place->row->form, place->at, items);
    struct cli_word word;

    (void)match;
    (void)parent;
    for (size_t i = 0; i < n && *place->row->help; i++)
        if (!*offer->partial || form_fits(items[i], offer->partial, &word) != FIT_NONE)
            add_choice(offer, items[i], place->row->help);
}

size_t
cli_choices(const struct cli_table *table, uint32_t mode, enum cli_privilege privilege,
            const char *line, size_t len, struct cli_choice *choices, size_t room)
{
    struct match match;
    struct cli_args args;
    struct offer offer = {.partial = "", .choices = choices, .room = room};
    char err[CLI_ERR];
    size_t n;

    if (split(&args, line, len, err, sizeof err))
        return 0;
    n = args.n;
    if (n > 0 && !is_blank(line[len - 1]))
        offer.partial = args.words[--n].text;
    begin(&match, table, mode, privilege);
    if (match_words(&match, &args, n, err, sizeof err))
        return 0;
    each_place(&match, offer_place, &offer);
    return offer.n;
}
