#include "common/cli/cli_refusal.h"

#include <stdio.h>
#include <string.h>

#include "common/base/near.h"

enum { ECHO = 64, WORDS = 64, LISTED = 6, NAMES = LISTED * (CLI_CHOICE + 4) };

/* ---- what may stand there ---- */

/* The words that may stand at a place, each once, in order; arguments by their name. */
struct words {
    char name[WORDS][CLI_CHOICE];
    size_t n;
    bool ends; /* the command may end there */
};

static void
add_word(struct words *words, const char *item)
{
    char name[CLI_CHOICE];
    size_t at = words->n;

    if (form_is_argument(item))
        (void)snprintf(name, sizeof name, "<%.*s>", (int)strcspn(item + 1, ":>"), item + 1);
    else
        (void)snprintf(name, sizeof name, "%.*s", (int)form_item_len(item), item);
    for (size_t i = 0; i < words->n; i++)
        if (strcmp(words->name[i], name) == 0)
            return;
    if (words->n == WORDS)
        return;
    for (; at > 0 && strcmp(words->name[at - 1], name) > 0; at--)
        memcpy(words->name[at], words->name[at - 1], CLI_CHOICE);
    memcpy(words->name[at], name, CLI_CHOICE);
    words->n++;
}

static void
collect(struct match *match, const struct node *place, uint16_t parent, void *arg)
{
    struct words *words = arg;
    const char *items[FORM_ITEMS];
    size_t n = form_follow(place->row->form, place->at, items);

    (void)match;
    (void)parent;
    for (size_t i = 0; i < n && *place->row->help; i++) {
        if (*items[i])
            add_word(words, items[i]);
        else
            words->ends = true;
    }
}

/* "count, grep or more" */
static void
list(const struct words *words, const char *last, char out[NAMES])
{
    int at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < words->n && i < LISTED; i++)
        at += snprintf(out + at, (size_t)(NAMES - at), "%s%s",
                       i == 0              ? ""
                       : i + 1 == words->n ? last
                                           : ", ",
                       words->name[i]);
}

/* ---- the sentences ---- */

int
refusal_incomplete(struct match *match, char *err, size_t room)
{
    struct words words = {.n = 0};
    char names[NAMES];

    match_each(match, collect, &words);
    if (words.n == 0)
        return cli_fail(DI_EFORMAT, err, room, "Incomplete command");
    if (words.n > LISTED)
        return cli_fail(DI_EFORMAT, err, room,
                        "Incomplete command - a word is missing, one of %zu that ? lists", words.n);
    list(&words, ", ", names);
    return cli_fail(DI_EFORMAT, err, room, "Incomplete command - %s%s is missing",
                    words.n > 1 ? "one of " : "", names);
}

static int
unrecognized(struct match *match, const char *text, char *err, size_t room)
{
    static const char sentence[] = "Unknown command - \"%.*s\", unrecognized keyword%s%s%s";
    struct words words = {.n = 0};
    const char *keywords[WORDS], *near;
    char names[NAMES];
    size_t n = 0;

    match_each(match, collect, &words);
    for (size_t i = 0; i < words.n; i++)
        if (words.name[i][0] != '<')
            keywords[n++] = words.name[i];
    near = near_word(text, keywords, n);
    match->guessed = near != NULL;
    if (near)
        return cli_fail(DI_ENOTFOUND, err, room, sentence, ECHO, text, "; did you mean \"", near,
                        "\"?");
    if (words.n == 0 && words.ends)
        return cli_fail(DI_ENOTFOUND, err, room, sentence, ECHO, text,
                        "; the command ends before it", "", "");
    if (words.n == 0 || words.n > LISTED)
        return cli_fail(DI_ENOTFOUND, err, room, sentence, ECHO, text, "", "", "");
    list(&words, " or ", names);
    return cli_fail(DI_ENOTFOUND, err, room, sentence, ECHO, text, "; here stands ", names, "");
}

int
refusal_behind(const char *secret, char *err, size_t room)
{
    int len = (int)strcspn(secret + 1, ":>");

    return cli_fail(DI_ENOTFOUND, err, room,
                    "Unknown command - a word behind <%.*s>; quotes protect the blanks of <%.*s>",
                    len, secret + 1, len, secret + 1);
}

int
refusal_unfit(struct match *match, const struct reading *reading, const char *text,
              const char *secret, char *err, size_t room)
{
    const char *item = NULL;
    char expects[CLI_CHOICE + 32];

    if (reading->number && *text >= '0' && *text <= '9')
        item = reading->number;
    else if (!reading->keyword_expected)
        item = reading->argument;
    if (!item && secret)
        return refusal_behind(secret, err, room);
    if (!item)
        return unrecognized(match, text, err, room);
    if (form_is_name(item) && *text == '-')
        return cli_fail(DI_EFORMAT, err, room,
                        "Invalid value - \"%.*s\", <%.*s> must not begin with \"-\"", ECHO, text,
                        (int)strcspn(item + 1, ":>"), item + 1);
    form_expectation(item, expects, sizeof expects);
    if (secret || form_is_secret(item))
        return cli_fail(DI_EFORMAT, err, room, "Invalid value - <%.*s> must be %s",
                        (int)strcspn(item + 1, ":>"), item + 1, expects);
    return cli_fail(DI_EFORMAT, err, room, "Invalid value - \"%.*s\", <%.*s> must be %s", ECHO,
                    text, (int)strcspn(item + 1, ":>"), item + 1, expects);
}

int
refusal_ambiguous(const struct reading *reading, const char *text, char *err, size_t room)
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
