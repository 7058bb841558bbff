#include "lab/events/chart_text.h"

#include <string.h>

/* ---- words ---------------------------------------------------------------------------- */

void
text_clear(struct text *text)
{
    text->len = 0;
    text->text[0] = '\0';
}

void
text_add(struct text *text, const char *words)
{
    for (; *words && text->len + 1 < TEXT_ROOM; words++)
        text->text[text->len++] = *words >= ' ' && *words <= '~' ? *words : '?';
    text->text[text->len] = '\0';
}

void
text_number(struct text *text, uint64_t number)
{
    char digits[21];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    text_add(text, digits + at);
}

void
text_seconds(struct text *text, int64_t us)
{
    uint64_t ms = (us < 0 ? 0 - (uint64_t)us : (uint64_t)us) / 1000;
    char decimals[] = {'.', (char)('0' + ms / 100 % 10), (char)('0' + ms / 10 % 10),
                       (char)('0' + ms % 10), '\0'};

    if (us < 0 && ms > 0)
        text_add(text, "-");
    text_number(text, ms / 1000);
    text_add(text, decimals);
}

size_t
text_wrap(const char *text, size_t room)
{
    size_t len = strlen(text), at;

    if (len <= room)
        return len;
    for (at = room; at > 0 && text[at] != ' '; at--)
        ;
    while (at > 0 && text[at - 1] == ' ')
        at--;
    return at > 0 ? at : room;
}

static bool
is_of_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool
text_has_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = text; len > 0 && (at = strstr(at, word)) != NULL; at++) {
        if ((at == text || !is_of_word(at[-1])) && !is_of_word(at[len]))
            return true;
    }
    return false;
}

/* ---- events --------------------------------------------------------------------------- */

static bool
is_kind(const struct event *event, const char *kind)
{
    return strcmp(event->kind, kind) == 0;
}

bool
chart_shows(const struct event *event)
{
    static const char *const told_elsewhere[] = {"snmp.trap", "boot.image", "routes.offered",
                                                 "sessmgr.reach"};

    for (size_t i = 0; i < sizeof told_elsewhere / sizeof told_elsewhere[0]; i++) {
        if (is_kind(event, told_elsewhere[i]))
            return false;
    }
    return !is_kind(event, "cf.peer") || (event->now && strcmp(event->now, "dead") == 0);
}

/* Which process speaks: not with what its CF says of the chassis as a whole. */
static void
add_speaker(struct text *text, const struct event *event)
{
    static const char *const whole[] = {"srp.",      "chassis.", "monitor.", "card.up",
                                        "card.down", "calls.",   "routes.",  "config."};
    const char *card = strchr(event->process, '/');

    for (size_t i = 0; card && i < sizeof whole / sizeof whole[0]; i++) {
        if (strncmp(event->kind, whole[i], strlen(whole[i])) == 0)
            return;
    }
    if (!card && strncmp(event->kind, "process.", 8) != 0)
        return; /* the router speaks for itself */
    text_add(text, card ? card + 1 : event->process);
    text_add(text, event->thread ? " " : "");
    text_add(text, event->thread ? event->thread : "");
    text_add(text, " ");
}

/* "phase audit"; of a chassis at rest again the phase that ended. */
static void
add_phase(struct text *text, const struct event *event)
{
    bool ends = event->now && strcmp(event->now, "-") == 0;
    const char *phase = ends ? event->old : event->now;

    text_add(text, phase ? phase : "");
    text_add(text, ends ? " ends" : "");
}

static void
add_card(struct text *text, const struct event *event)
{
    bool up = is_kind(event, "card.up");
    const char *card = up ? event->now : event->old;

    text_add(text, card ? card : "");
    text_add(text, up ? " up" : " down");
}

/* Of what is one thing or the other, what it was goes without saying. */
static bool
tells_before(const struct event *event)
{
    static const char *const kinds[] = {"srp.state", "cf.state", "card.alone", "monitor.state",
                                        "route.best"};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (is_kind(event, kinds[i]))
            return true;
    }
    return event_kind(event->kind) < 0;
}

static void
add_change(struct text *text, const struct event *event)
{
    if (is_kind(event, "process.start"))
        return; /* its name, which was said */
    if (is_kind(event, "srp.phase")) {
        add_phase(text, event);
        return;
    }
    if (is_kind(event, "card.up") || is_kind(event, "card.down")) {
        add_card(text, event);
        return;
    }
    if (event->old && (tells_before(event) || !event->now)) {
        text_add(text, event->old);
        text_add(text, event->now ? " -> " : "");
    }
    text_add(text, event->now ? event->now : "");
}

/* Of some only what is not usual, or not told by another event. */
static bool
tells_cause(const struct event *event)
{
    const char *now = event->now ? event->now : "";

    if (!event->cause || is_kind(event, "srp.phase") || is_kind(event, "srp.silence"))
        return false;
    if (is_kind(event, "srp.peer"))
        return strcmp(now, "dead") == 0;
    if (is_kind(event, "srp.connection") || is_kind(event, "srp.session"))
        return strcmp(now, "Connected") != 0;
    return true;
}

/* "lease 7" of "lease 7, over": the label says that it is over. */
static void
drop_over(struct text *text, const struct event *event)
{
    static const char over[] = ", over";
    size_t end = sizeof over - 1;

    if (!is_kind(event, "fault.off") || text->len < end ||
        strcmp(text->text + text->len - end, over) != 0)
        return;
    text->len -= end;
    text->text[text->len] = '\0';
}

static void
add_cause(struct text *text, const struct event *event)
{
    bool state = is_kind(event, "srp.state"), plain = state || is_kind(event, "calls.lost");
    const char *cause = event->cause, *behind = NULL;

    if (state) {
        text_add(text, " epoch ");
        text_number(text, event->epoch);
    }
    if (!tells_cause(event))
        return;
    text_add(text, state ? ", " : plain ? ": " : text->len ? " (" : "(");
    if (is_kind(event, "bgp.session"))
        behind = strstr(cause, ": "); /* the instance, in whose column it stands */
    text_add(text, behind ? behind + 2 : cause);
    drop_over(text, event);
    text_add(text, plain ? "" : ")");
}

void
chart_text(struct text *text, const struct event *event)
{
    int kind = event_kind(event->kind);
    const char *label = kind >= 0 ? event_kind_label((size_t)kind) : event->kind;

    text_clear(text);
    add_speaker(text, event);
    text_add(text, label);
    if (label[0] && (event->old || event->now) && !is_kind(event, "process.start"))
        text_add(text, " ");
    add_change(text, event);
    add_cause(text, event);
    if (text->len == 0)
        text_add(text, event->kind);
}
