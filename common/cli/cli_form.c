#include "common/cli/cli_form.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/cli/cli_value.h"

enum { DEPTH = 64, GROUPS = DEPTH / 2 - 1 };

struct items {
    const char **at;
    size_t n;
};

/* ---- one item ---- */

static bool
is(const char *word, size_t len, const char *text)
{
    return strlen(text) == len && strncmp(word, text, len) == 0;
}

/* "<sec:1-60>": name "sec", type "1-60". A lone word is its own type. */
struct argument {
    const char *name, *type;
    size_t name_len, type_len;
};

static struct argument
argument_of(const char *item)
{
    const char *name = *item ? item + 1 : item;
    size_t name_len = strcspn(name, ":>");
    const char *type = name[name_len] == ':' ? name + name_len + 1 : name;

    return (struct argument){name, type, name_len, strcspn(type, ">")};
}

static bool
is_range(const struct argument *argument)
{
    return argument->type != argument->name && *argument->type >= '0' && *argument->type <= '9';
}

bool
form_is_argument(const char *item)
{
    return *item == '<';
}

bool
form_is_number(const char *item)
{
    struct argument argument = argument_of(item);

    return form_is_argument(item) && is_range(&argument);
}

bool
form_is_secret(const char *item)
{
    struct argument argument = argument_of(item);

    return form_is_argument(item) && (is(argument.type, argument.type_len, "hex") ||
                                      is(argument.type, argument.type_len, "secret"));
}

bool
form_is_name(const char *item)
{
    struct argument argument = argument_of(item);

    return form_is_argument(item) && !is_range(&argument) &&
           !value_type(argument.type, argument.type_len);
}

static enum form_fit
fits_argument(const char *item, const char *text, struct cli_word *word)
{
    struct argument argument = argument_of(item);
    const struct cli_type *type;
    size_t len = strlen(text);

    word->name = argument.name;
    word->name_len = argument.name_len;
    word->is_argument = true;
    if (is_range(&argument))
        return value_range(text, argument.type, word) ? FIT_TYPED : FIT_NONE;
    type = value_type(argument.type, argument.type_len);
    if (type)
        return !type->read(text, word) ? FIT_NONE : type->free ? FIT_WORD : FIT_TYPED;
    return len >= 1 && len <= CLI_NAME && *text != '-' ? FIT_WORD : FIT_NONE;
}

enum form_fit
form_fits(const char *item, const char *text, struct cli_word *word)
{
    size_t len = strlen(text), item_len = form_item_len(item);

    word->name = item;
    word->name_len = item_len;
    word->is_argument = false;
    word->text = text;
    word->value = word->mask = 0;
    if (!*item)
        return FIT_NONE;
    if (form_is_argument(item))
        return fits_argument(item, text, word);
    if (len == 0 || len > item_len || strncasecmp(item, text, len) != 0)
        return FIT_NONE;
    return len == item_len ? FIT_KEYWORD : FIT_ABBREVIATION;
}

void
form_expectation(const char *item, char *out, size_t room)
{
    struct argument argument = argument_of(item);
    const struct cli_type *type = value_type(argument.type, argument.type_len);
    int dash = (int)strcspn(argument.type, "-");

    if (is_range(&argument)) {
        (void)snprintf(out, room, "a number from %.*s to %.*s", dash, argument.type,
                       (int)argument.type_len - dash - 1, argument.type + dash + 1);
        return;
    }
    if (!type && argument.name_len > 4 && is(argument.name + argument.name_len - 4, 4, "-url"))
        type = value_type("url", 3); /* "<from-url>": so long a name only, but a file's */
    if (type)
        (void)snprintf(out, room, "%s", type->expects);
    else
        (void)snprintf(out, room, "a name of 1 to %d characters", CLI_NAME);
}

/* ---- places ---- */

size_t
form_item_len(const char *item)
{
    return strcspn(item, " ");
}

const char *
form_behind(const char *item)
{
    item += form_item_len(item);
    return item + strspn(item, " ");
}

bool
form_opens(const char *at)
{
    return *at == '{' || *at == '[';
}

bool
form_closes(const char *at)
{
    return *at == '}' || *at == ']';
}

/* The bracket that closes the group in which `at` stands. */
static const char *
group_end(const char *at)
{
    for (int depth = 0; *at; at = form_behind(at)) {
        if (form_opens(at))
            depth++;
        else if (form_closes(at) && depth-- == 0)
            break;
    }
    assert(*at);
    return at;
}

const char *
form_group_end(const char *open)
{
    return group_end(form_behind(open));
}

/* The bracket that opens the group closed at `close`. */
static const char *
group_start(const char *form, const char *close)
{
    int depth = 0;

    for (const char *at = close; at >= form; at--) {
        if (form_closes(at))
            depth++;
        else if (form_opens(at) && --depth == 0)
            return at;
    }
    assert(false); /* form_check: brackets are balanced */
    return form;
}

/* The place behind a group, its repetition mark included. */
const char *
form_group_behind(const char *close)
{
    const char *at = form_behind(close);

    return *at == '+' ? form_behind(at) : at;
}

static void follow(const char *form, const char *at, int depth, struct items *items);

static void
follow_alternatives(const char *form, const char *open, int depth, struct items *items)
{
    const char *at = form_behind(open);

    follow(form, at, depth, items);
    for (int level = 0; !(form_closes(at) && level == 0); at = form_behind(at)) {
        if (*at == '|' && level == 0)
            follow(form, form_behind(at), depth, items);
        level += form_opens(at) - form_closes(at);
    }
}

static void
follow_group(const char *form, const char *close, int depth, struct items *items)
{
    if (*form_behind(close) == '+')
        follow_alternatives(form, group_start(form, close), depth, items);
    follow(form, form_group_behind(close), depth, items);
}

static void
follow(const char *form, const char *at, int depth, struct items *items)
{
    assert(depth < DEPTH);
    if (form_opens(at)) {
        follow_alternatives(form, at, depth + 1, items);
        if (*at == '[')
            follow(form, form_group_behind(group_end(form_behind(at))), depth + 1, items);
    } else if (*at == '|' || form_closes(at)) {
        follow_group(form, *at == '|' ? group_end(at) : at, depth + 1, items);
    } else {
        for (size_t i = 0; i < items->n; i++)
            if (items->at[i] == at)
                return;
        assert(items->n < FORM_ITEMS);
        items->at[items->n++] = at;
    }
}

size_t
form_follow(const char *form, const char *at, const char *items[FORM_ITEMS])
{
    struct items found = {.at = items};

    follow(form, at, 0, &found);
    return found.n;
}

/* ---- is it well written? ---- */

static bool
argument_check(const char *item)
{
    struct argument argument = argument_of(item);
    struct cli_word word;
    char low[16];
    size_t dash = strcspn(argument.type, "-");

    if (item[form_item_len(item) - 1] != '>' || argument.name_len == 0)
        return false;
    if (is_range(&argument)) {
        if (dash >= sizeof low)
            return false;
        memcpy(low, argument.type, dash);
        low[dash] = '\0';
        return value_range(low, argument.type, &word);
    }
    return argument.type == argument.name || value_type(argument.type, argument.type_len);
}

/* A repeated group must not match nothing: each alternative starts with a word. */
static bool
repetition_check(const char *form, const char *close)
{
    const char *at = group_start(form, close);

    for (int level = 0; at != close; at = form_behind(at)) {
        level += form_opens(at) - form_closes(at);
        if (level == 1 && (*at == '|' || form_opens(at)) && form_opens(form_behind(at)) &&
            (*at == '|' || at == group_start(form, close)))
            return false;
    }
    return true;
}

static bool
starts_with_keyword(const char *form)
{
    const char *items[FORM_ITEMS];
    size_t n = form_follow(form, form, items);

    for (size_t i = 0; i < n; i++)
        if (!*items[i] || form_is_argument(items[i]))
            return false;
    return true;
}

bool
form_check(const char *form)
{
    char open[DEPTH];
    int depth = 0, groups = 0;
    const char *before = "";

    if (strlen(form) >= CLI_LINE)
        return false;
    for (const char *at = form; *at; before = at, at = form_behind(at)) {
        bool marks = form_opens(at) || form_closes(at) || *at == '|' || *at == '+';

        if (form_item_len(at) >= CLI_CHOICE || (marks && form_item_len(at) != 1) ||
            (*at == '<' && !argument_check(at)))
            return false;
        if (form_opens(at)) {
            if (++groups > GROUPS)
                return false;
            open[depth++] = *at == '{' ? '}' : ']';
        } else if ((form_closes(at) && (depth == 0 || open[--depth] != *at)) ||
                   (*at == '|' && depth == 0) ||
                   (*at == '+' && (!form_closes(before) || !repetition_check(form, before))) ||
                   ((form_closes(at) || *at == '|') && (form_opens(before) || *before == '|'))) {
            return false;
        }
    }
    return depth == 0 && starts_with_keyword(form);
}
