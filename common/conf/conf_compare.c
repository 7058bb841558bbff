#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/conf/conf_build.h"

/* Compare what conf_shared writes. Both texts are sorted by key, so one pass merges them; a
 * peer's text that is not makes more differences and does no other harm. */

#define IN_CONTEXT " in context "
#define BGP        "router bgp" IN_CONTEXT
#define BUSYOUT    "busyout" IN_CONTEXT
#define ORDER      "order of ip pools" IN_CONTEXT

struct text {
    const char *at, *end;
};

/* One line, borrowed from the text. */
struct line {
    struct text key, value;
};

/* ---- reading ---- */

static size_t
length(struct text text)
{
    return (size_t)(text.end - text.at);
}

/* What stands before the next `c`, or all that is left; *text goes on behind it. */
static struct text
take_until(struct text *text, char c)
{
    const char *found = length(*text) ? memchr(text->at, c, length(*text)) : NULL;
    struct text taken = {text->at, found ? found : text->end};

    text->at = found ? found + 1 : text->end;
    return taken;
}

/* The next line that has a key; false at the end. */
static bool
next_line(struct text *text, struct line *line)
{
    while (length(*text)) {
        struct text whole = take_until(text, '\n');

        line->key = take_until(&whole, '\t');
        line->value = whole;
        if (length(line->key))
            return true;
    }
    return false;
}

static int
compare_texts(struct text a, struct text b)
{
    size_t len = length(a) < length(b) ? length(a) : length(b);
    int order = len ? memcmp(a.at, b.at, len) : 0;

    return order ? order : (length(a) > length(b)) - (length(a) < length(b));
}

static bool
begins(struct text text, const char *with)
{
    return length(text) >= strlen(with) && memcmp(text.at, with, strlen(with)) == 0;
}

/* ---- one difference ---- */

/* As far as it fits, fit for a terminal. */
static void
copy(char *out, size_t room, struct text text)
{
    size_t len = length(text) < room - 1 ? length(text) : room - 1;

    for (size_t i = 0; i < len; i++)
        out[i] = text.at[i] >= ' ' && text.at[i] <= '~' ? text.at[i] : '?';
    if (length(text) > len)
        memcpy(out + len - 3, "...", 3);
    out[len] = '\0';
}

/* Where two values begin to differ, at the start of a word; 0 if both are short. */
static size_t
differ_at(struct text a, struct text b, size_t room)
{
    size_t at = 0, word = 0;

    if (length(a) < room && length(b) < room)
        return 0;
    for (; at < length(a) && at < length(b) && a.at[at] == b.at[at]; at++)
        if (a.at[at] == ' ')
            word = at + 1;
    return word;
}

static void
copy_value(char *out, size_t room, struct text value, size_t from)
{
    size_t skipped = from ? strlen("... ") : 0;

    memcpy(out, "... ", skipped);
    value.at += from < length(value) ? from : length(value);
    copy(out + skipped, room - skipped, value);
}

/* The command that makes it so: "hello-interval 10", "no delay-interval". */
struct command {
    char text[CONF_NAME * 4];
};

static struct command
command_of(const char *head, size_t head_len, const char *value)
{
    struct command command;
    bool no = !*value || strcmp(value, "off") == 0, bare = no || strcmp(value, "on") == 0;

    (void)snprintf(command.text, sizeof command.text, "%s%.*s%s%s", no ? "no " : "", (int)head_len,
                   head, bare ? "" : " ", bare ? "" : value);
    return command;
}

static void say(struct conf_difference *difference, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The sentence, as far as it fits. */
static void
say(struct conf_difference *difference, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    (void)vsnprintf(difference->fix, sizeof difference->fix, format, list);
    va_end(list);
}

static void
fix_command(struct conf_difference *difference, const char *head, size_t head_len,
            const char *place)
{
    say(difference, "enter \"%s\" in %s on the peer, or \"%s\" here",
        command_of(head, head_len, difference->ours).text, place,
        command_of(head, head_len, difference->theirs).text);
}

static void
fix_object(struct conf_difference *difference)
{
    const char *ours = difference->ours, *theirs = difference->theirs, *key = difference->key;

    if (!*ours || strcmp(ours, "on") == 0)
        say(difference, "enter \"%s\" in %s here, or remove it on the peer", theirs, key);
    else if (!*theirs || strcmp(theirs, "on") == 0)
        say(difference, "enter \"%s\" in %s on the peer, or remove it here", ours, key);
    else
        say(difference, "enter \"%s\" in %s on the peer, or \"%s\" here", ours, key, theirs);
}

/* "NAME in context CONTEXT": length of NAME, and "context CONTEXT" behind it; 0 if not so. */
static size_t
name_before_context(const char *key, const char **context)
{
    size_t found = 0;

    for (const char *at = key; (at = strstr(at, IN_CONTEXT)) != NULL; at++)
        found = (size_t)(at - key);
    *context = found ? key + found + strlen(IN_CONTEXT) - strlen("context ") : "";
    return found;
}

/* The item names no address, since each chassis has to enter the other's. */
static void
fix_peer_bfd(struct conf_difference *difference, const char *head, const char *place)
{
    static const char tail[] = " peer-ip-address";
    int len = (int)(strlen(head) - strlen(tail));
    bool ours = *difference->ours;

    say(difference,
        "enter \"%.*s ADDRESS chassis-to-chassis\", ADDRESS being the peer-ip-address there, "
        "in %s %s, or \"no %.*s ADDRESS\" %s",
        len, head, place, ours ? "on the peer" : "here", len, head, ours ? "here" : "on the peer");
}

static void
fix_srp(struct conf_difference *difference, const char *context)
{
    static const char peer_bfd[] = "monitor bfd context ";
    const char *head = difference->key + strlen("srp "), *last = strrchr(head, ' ');
    char place[CONF_NAME * 3];

    if (strcmp(head, "context") == 0) {
        say(difference, "enter service-redundancy-protocol in the same context on both");
        return;
    }
    (void)snprintf(place, sizeof place, "service-redundancy-protocol of context %s", context);
    if (strncmp(head, peer_bfd, strlen(peer_bfd)) == 0 && last &&
        strcmp(last, " peer-ip-address") == 0)
        fix_peer_bfd(difference, head, place);
    else
        fix_command(difference, head, strlen(head), place);
}

/* A secret is not told, so the command is not complete. */
static void
fix_radius(struct conf_difference *difference, size_t len, const char *place)
{
    bool ours = *difference->ours, theirs = *difference->theirs;

    if (ours && theirs)
        say(difference, "enter \"%.*s\" with one and the same key in %s on both", (int)len,
            difference->key, place);
    else
        say(difference, "enter \"%.*s\" with its key in %s %s, or \"no %.*s\" %s", (int)len,
            difference->key, place, ours ? "on the peer" : "here", (int)len, difference->key,
            ours ? "here" : "on the peer");
}

/* `context`: of the SRP block. */
static void
advise(struct conf_difference *difference, const char *context)
{
    static const char *const objects[] = {"interface ",    "ggsn-service ",     "pgw-service ",
                                          "egtp-service ", "gtpu-service ",     "apn ",
                                          "ha-service ",   "diameter endpoint "};
    const char *key = difference->key, *place;
    size_t len = name_before_context(key, &place);
    struct text text = {key, key + strlen(key)};

    if (begins(text, "srp ")) {
        fix_srp(difference, context);
        return;
    }
    if (len && begins(text, "ip pool ")) {
        fix_command(difference, key, len, place);
        return;
    }
    if (len && (begins(text, "radius server ") || begins(text, "radius accounting server "))) {
        fix_radius(difference, len, place);
        return;
    }
    if (len && begins(text, "radius ")) {
        fix_command(difference, key, len, place);
        return;
    }
    if (len && begins(text, "ha-service ") && strstr(key, "-ha-spi ")) {
        say(difference, "enter \"%.*s\" with one and the same secret in %s on both, or remove it",
            (int)len, key, place);
        return;
    }
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        if (len && begins(text, objects[i])) {
            fix_object(difference);
            return;
        }
    }
    if (len && begins(text, BUSYOUT))
        say(difference,
            "enter the busyout commands of %s in the same order on both: remove those that stand "
            "too early or differ, and enter them again",
            place);
    else if (len && begins(text, ORDER))
        say(difference,
            "enter the ip pools of %s in the same order on both: remove those that "
            "stand too early, and enter them again",
            place);
    else
        say(difference, "make \"%s\" the same on both", key);
}

static void
describe(struct conf_difference *difference, struct text key, struct text ours, struct text theirs,
         const char *context)
{
    size_t from = differ_at(ours, theirs, sizeof difference->ours);

    memset(difference, 0, sizeof *difference);
    copy(difference->key, sizeof difference->key, key);
    copy_value(difference->ours, sizeof difference->ours, ours, from);
    copy_value(difference->theirs, sizeof difference->theirs, theirs, from);
    advise(difference, context);
}

/* ---- the whole ---- */

/* What the text has under that key, as far as it fits; "" if it has nothing. */
static void
find_value(struct text text, const char *key, char *out, size_t room)
{
    struct line line;

    out[0] = '\0';
    while (!*out && next_line(&text, &line))
        if (length(line.key) == strlen(key) && begins(line.key, key))
            copy(out, room, line.value);
}

/* A chassis that compares its BGP tells it, one that does not is silent: that is one difference. */
static bool
both_tell_bgp(const struct text text[2])
{
    char told[2][4];

    for (int i = 0; i < 2; i++)
        find_value(text[i], "srp monitor bgp vrf-srp-validate", told[i], sizeof told[i]);
    return strcmp(told[0], told[1]) == 0;
}

size_t
conf_compare(const char *ours, size_t ours_len, const char *theirs, size_t theirs_len,
             struct conf_difference *out, size_t most)
{
    static const struct text none = {"", ""};
    struct text text[2] = {{ours, ours + ours_len}, {theirs, theirs + theirs_len}};
    struct line line[2];
    bool some[2], pool_missing = false, bgp = both_tell_bgp(text);
    char context[CONF_NAME];
    size_t n = 0;

    find_value(text[0], "srp context", context, sizeof context);
    for (int i = 0; i < 2; i++)
        some[i] = next_line(&text[i], &line[i]);
    while (some[0] || some[1]) {
        int order = !some[1] ? -1 : !some[0] ? 1 : compare_texts(line[0].key, line[1].key);
        struct text key = line[order > 0].key, a = order > 0 ? none : line[0].value,
                    b = order < 0 ? none : line[1].value;

        /* The order says nothing new while one has a pool that the other has not. */
        pool_missing |= order && begins(key, "ip pool ");
        if ((order || compare_texts(a, b)) && !(pool_missing && begins(key, ORDER)) &&
            (bgp || !begins(key, BGP))) {
            if (n < most)
                describe(&out[n], key, a, b, context);
            n++;
        }
        if (order <= 0)
            some[0] = next_line(&text[0], &line[0]);
        if (order >= 0)
            some[1] = next_line(&text[1], &line[1]);
    }
    return n;
}
