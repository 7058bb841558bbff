#include "common/cli/cli.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/cli_match.h"

struct offer {
    const char *partial;
    struct cli_choice *choices;
    size_t n, room;
};

/* ---- words that several commands share ---- */

static bool
same_item(const char *a, const char *b)
{
    size_t len = form_item_len(a);

    return form_item_len(b) == len && strncmp(a, b, len) == 0;
}

/* The words of a topic, when the item behind `place` and the items before it are those; else 0. */
static size_t
topic_words(const struct match *match, const char *topic, const struct node *place,
            const char *item)
{
    const char *words[CLI_WORDS];
    size_t n = 0, before;

    for (const char *at = topic; *at && n < CLI_WORDS; at = form_behind(at))
        words[n++] = at;
    if (n == 0 || !same_item(words[n - 1], item))
        return 0;
    for (before = n - 1; before > 0 && place->item && same_item(words[before - 1], place->item);
         before--) {
        if (place->parent == NO_PARENT)
            return before == 1 ? n : 0;
        place = &match->nodes[place->parent];
    }
    return before == 0 ? n : 0;
}

/* The help of the topic with most words, all of the line's if it is to be `exact`; NULL if none. */
static const char *
topic_help(const struct match *match, const struct node *place, const char *item, bool exact)
{
    const char *help = NULL;
    size_t most = exact ? match->depth : 0; /* words */

    for (const struct cli_table *table = match->table; table; table = table->next) {
        for (size_t i = 0; i < table->row_n; i++) {
            const struct cli_row *row = &table->rows[i];
            size_t n = row->modes == CLI_TOPIC ? topic_words(match, row->form, place, item) : 0;

            if (n > most) {
                most = n;
                help = row->help;
            }
        }
    }
    return help;
}

/* ---- what may stand there ---- */

static void
say(struct cli_choice *choice, const char *help)
{
    (void)snprintf(choice->help, sizeof choice->help, "%s", help);
}

/* Another command has that word, too. */
static void
share_choice(const struct match *match, struct cli_choice *choice, const struct node *place,
             const char *item)
{
    const char *help;

    if (choice->shared || !*item ||
        (!form_is_argument(item) && strcmp(choice->help, place->row->help) == 0))
        return;
    choice->shared = true;
    if (form_is_argument(item))
        return;
    help = topic_help(match, place, item, false);
    choice->unsaid = help == NULL;
    if (help)
        say(choice, help);
}

static void
add_choice(const struct match *match, struct offer *offer, const struct node *place,
           const char *item)
{
    size_t len = form_item_len(item);
    const char *word = len ? item : "<cr>", *help;
    struct cli_choice *choice = offer->choices;

    len = len ? len : strlen(word);
    assert(len < CLI_CHOICE);
    for (; choice < offer->choices + offer->n; choice++) {
        if (strlen(choice->word) == len && strncmp(choice->word, word, len) == 0) {
            share_choice(match, choice, place, item);
            return;
        }
    }
    if (offer->n == offer->room)
        return;
    offer->n++;
    *choice = (struct cli_choice){.shared = false};
    memcpy(choice->word, word, len);
    help = topic_help(match, place, item, *item != '-'); /* options mean the same everywhere */
    say(choice, help ? help : place->row->help);
    if (form_is_argument(item)) {
        form_expectation(item, choice->help, sizeof choice->help);
        if (*choice->help >= 'a' && *choice->help <= 'z') /* begins a line, as every help */
            *choice->help = (char)(*choice->help - 'a' + 'A');
    }
}

static void
offer_place(struct match *match, const struct node *place, uint16_t parent, void *arg)
{
    struct offer *offer = arg;
    const char *items[FORM_ITEMS];
    size_t n = form_follow(place->row->form, place->at, items);
    struct cli_word word;

    (void)parent;
    for (size_t i = 0; i < n && *place->row->help; i++)
        if (!*offer->partial || form_fits(items[i], offer->partial, &word) != FIT_NONE)
            add_choice(match, offer, place, items[i]);
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

    if (match_split(&args, line, len, err, sizeof err))
        return 0;
    n = args.n;
    if (n > 0 && line[len - 1] != ' ' && line[len - 1] != '\t')
        offer.partial = args.words[--n].text;
    match_begin(&match, table, mode, privilege);
    if (match_words(&match, &args, n, err, sizeof err))
        return 0;
    match_each(&match, offer_place, &offer);
    return offer.n;
}
