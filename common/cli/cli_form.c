#include "common/cli/cli_form.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DEPTH = 64, GROUPS = DEPTH / 2 - 1, LAST_PORT = 48 };

struct items {
    const char **at;
    size_t n;
};

/* ---- values ---- */

/* Decimal digits at *at, at most `most`; false when there are none or too many. */
static bool
take_number(const char **at, uint64_t most, uint32_t *value)
{
    const char *from = *at;
    uint64_t number = 0;

    for (; **at >= '0' && **at <= '9'; (*at)++) {
        number = number * 10 + (uint64_t)(**at - '0');
        if (number > most)
            return false;
    }
    *value = (uint32_t)number;
    return *at != from;
}

static bool
take_addr(const char **at, uint32_t *addr)
{
    uint32_t octet;

    *addr = 0;
    for (int i = 0; i < 4; i++) {
        if (i && *(*at)++ != '.')
            return false;
        if (!take_number(at, 255, &octet))
            return false;
        *addr = *addr << 8 | octet;
    }
    return true;
}

static bool
read_range(const char *text, const char *range, struct cli_word *word)
{
    uint32_t low = 0, high = 0;

    if (!take_number(&range, UINT32_MAX, &low) || *range++ != '-' ||
        !take_number(&range, UINT32_MAX, &high))
        return false;
    return take_number(&text, high, &word->value) && !*text && word->value >= low;
}

static bool
read_ipv4(const char *text, struct cli_word *word)
{
    return take_addr(&text, &word->value) && !*text;
}

static bool
read_ip(const char *text, struct cli_word *word)
{
    struct in6_addr addr;

    if (read_ipv4(text, word))
        return true;
    word->value = 0;
    return inet_pton(AF_INET6, text, &addr) == 1;
}

static bool
read_mask(const char *text, struct cli_word *word)
{
    return read_ipv4(text, word) && (~word->value & (~word->value + 1)) == 0;
}

static bool
read_prefix(const char *text, struct cli_word *word)
{
    uint32_t len = 32;

    if (!take_addr(&text, &word->value))
        return false;
    if (*text == '/') {
        text++;
        if (!take_number(&text, 32, &len))
            return false;
    }
    word->mask = len ? UINT32_MAX << (32 - len) : 0;
    return !*text && (word->value & ~word->mask) == 0;
}

/* An address in a network, whose other bits say which host it is. */
static bool
read_addrlen(const char *text, struct cli_word *word)
{
    uint32_t len = 32;

    if (!take_addr(&text, &word->value))
        return false;
    if (*text == '/') {
        text++;
        if (!take_number(&text, 32, &len))
            return false;
    }
    word->mask = len ? UINT32_MAX << (32 - len) : 0;
    return !*text;
}

static bool
read_prefix6(const char *text, struct cli_word *word)
{
    char addr_text[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "/");
    struct in6_addr addr;

    word->value = 0;
    if (len >= sizeof addr_text || text[len] != '/')
        return false;
    memcpy(addr_text, text, len);
    addr_text[len] = '\0';
    text += len + 1;
    return inet_pton(AF_INET6, addr_text, &addr) == 1 && take_number(&text, 128, &word->mask) &&
           !*text;
}

static bool
read_port(const char *text, struct cli_word *word)
{
    return take_number(&text, LAST_PORT, &word->mask) && *text++ == '/' &&
           take_number(&text, LAST_PORT, &word->value) && !*text && word->mask && word->value;
}

static bool
read_hex(const char *text, struct cli_word *word)
{
    size_t len = strlen(text);

    (void)word;
    return len > 0 && len % 2 == 0 && len <= CLI_TEXT &&
           strspn(text, "0123456789abcdefABCDEF") == len;
}

/* No blanks, so that it needs no quotes. */
static bool
read_url(const char *text, struct cli_word *word)
{
    size_t len = strlen(text);

    (void)word;
    return len > 0 && len <= CLI_TEXT && strcspn(text, " \t\"|><?") == len;
}

static bool
read_text(const char *text, struct cli_word *word)
{
    size_t len = strlen(text);

    (void)word;
    return len > 0 && len <= CLI_TEXT;
}

/* Also of a pattern. */
static bool
read_secret(const char *text, struct cli_word *word)
{
    size_t len = strlen(text);

    (void)word;
    return len > 0 && len <= CLI_NAME;
}

static const struct {
    const char *name, *expects;
    bool (*read)(const char *text, struct cli_word *word);
    bool free; /* most words fit: what fits better is preferred */
} types[] = {
    {"ipv4", "an IPv4 address (A.B.C.D)", read_ipv4, false},
    {"ip", "an IPv4 or IPv6 address", read_ip, false},
    {"mask", "a contiguous network mask", read_mask, false},
    {"prefix", "an IPv4 address or network (A.B.C.D/LEN)", read_prefix, false},
    {"addrlen", "an IPv4 address, or one with its network's length (A.B.C.D/LEN)", read_addrlen,
     false},
    {"prefix6", "an IPv6 address with its network's length (2001:db8::1/64)", read_prefix6, false},
    {"port", "a port (SLOT/PORT, each 1 to 48)", read_port, false},
    {"hex", "octets, two hexadecimal digits each", read_hex, false},
    {"url", "the name of a file, such as /flash/system.cfg", read_url, false},
    {"secret", "1 to 79 characters, in quotes if there are blanks", read_secret, true},
    {"text", "up to 255 characters, in quotes if there are blanks", read_text, true},
    {"pattern", "a regular expression of 1 to 79 characters", read_secret, true},
};

enum { TYPES = sizeof types / sizeof *types };

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

    for (size_t i = 0; i < TYPES; i++)
        if (is(argument.type, argument.type_len, types[i].name))
            return false;
    return form_is_argument(item) && !is_range(&argument);
}

static enum form_fit
fits_argument(const char *item, const char *text, struct cli_word *word)
{
    struct argument argument = argument_of(item);
    size_t len = strlen(text);

    word->name = argument.name;
    word->name_len = argument.name_len;
    word->is_argument = true;
    if (is_range(&argument))
        return read_range(text, argument.type, word) ? FIT_TYPED : FIT_NONE;
    for (size_t i = 0; i < TYPES; i++)
        if (is(argument.type, argument.type_len, types[i].name))
            return !types[i].read(text, word) ? FIT_NONE : types[i].free ? FIT_WORD : FIT_TYPED;
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
    int dash = (int)strcspn(argument.type, "-");

    if (is_range(&argument)) {
        (void)snprintf(out, room, "a number from %.*s to %.*s", dash, argument.type,
                       (int)argument.type_len - dash - 1, argument.type + dash + 1);
        return;
    }
    for (size_t i = 0; i < TYPES; i++) {
        if (is(argument.type, argument.type_len, types[i].name)) {
            (void)snprintf(out, room, "%s", types[i].expects);
            return;
        }
    }
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
        return read_range(low, argument.type, &word);
    }
    for (size_t i = 0; argument.type != argument.name && i < TYPES; i++)
        if (is(argument.type, argument.type_len, types[i].name))
            return true;
    return argument.type == argument.name;
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
