#include "lab/cond_words.h"

#include <string.h>

#include "cf/sso.h"
#include "common/base/near.h"
#include "common/msg/body.h"
#include "lab/cond.h"

/* ---- the words -------------------------------------------------------------------------- */

#define N(list)       (sizeof(list) / sizeof(list)[0])
#define WORDS(list)   ((struct cond_words){list, N(list)})
#define X(name, text) text,

static const char *const chassis_words[] = {"init",          "standby",        "active",
                                            "pendingactive", "pendingstandby", "absent"};
static const char *const route_words[] = {"best", "announced", "none"};
static const char *const card_words[] = {"alive", "dead"};

static const char *const chassis_states[] = {CHASSIS_STATES(X)};
static const char *const peer_states[] = {CHASSIS_STATES(X) "dead"};
static const char *const cf_states[] = {SSO_STATES(X)};
static const char *const other_cf_states[] = {SSO_STATES(X) "dead"};
static const char *const monitor_states[] = {"Init", "Up", "Down"};
static const char *const up_down[] = {"up", "down"};
static const char *const announced[] = {"announced", "withdrawn"};
static const char *const converged[] = {"here", "elsewhere"};
static const char *const switchovers[] = {"initiated", "refused"};
static const char *const nacks[] = {"enabled", "disabled"};
#undef X

struct cond_words
cond_words_chassis(void)
{
    return WORDS(chassis_words);
}

struct cond_words
cond_words_route(void)
{
    return WORDS(route_words);
}

struct cond_words
cond_words_event(const char *kind)
{
    static const struct {
        const char *kind;
        struct cond_words words;
    } sets[] = {
        {"srp.state", {chassis_states, N(chassis_states)}},
        {"srp.rolled-back", {chassis_states, N(chassis_states)}},
        {"chassis.lead", {chassis_states, N(chassis_states)}},
        {"srp.hello", {chassis_states, N(chassis_states)}},
        {"srp.peer", {peer_states, N(peer_states)}},
        {"cf.state", {cf_states, N(cf_states)}},
        {"cf.peer", {other_cf_states, N(other_cf_states)}},
        {"monitor.state", {monitor_states, N(monitor_states)}},
        {"bgp.session", {up_down, N(up_down)}},
        {"sessmgr.reach", {up_down, N(up_down)}},
        {"routes.announced", {announced, N(announced)}},
        {"routes.converged", {converged, N(converged)}},
        {"srp.switchover", {switchovers, N(switchovers)}},
        {"srp.nack", {nacks, N(nacks)}},
    };

    for (size_t i = 0; i < N(sets); i++) {
        if (strcmp(sets[i].kind, kind) == 0)
            return sets[i].words;
    }
    return (struct cond_words){0};
}

bool
cond_words_have(const struct cond_words *words, const char *word)
{
    for (size_t i = 0; i < words->n; i++) {
        if (view_same_word(word, words->words[i]))
            return true;
    }
    return words->n == 0;
}

/* ---- what was meant --------------------------------------------------------------------- */

struct text {
    char *out;
    size_t len;
};

static void
add_some(struct text *text, const char *from, size_t len)
{
    size_t room = COND_TEXT - 1 - text->len;

    len = len < room ? len : room;
    memcpy(text->out + text->len, from, len);
    text->len += len;
    text->out[text->len] = '\0';
}

static void
add(struct text *text, const char *words)
{
    add_some(text, words, strlen(words));
}

/* The first `len` characters of `from`, or the word among `words` that is near them. */
static void
add_near(struct text *text, const char *from, size_t len, struct cond_words words)
{
    char typed[NEAR_WORD + 1];
    const char *near;

    if (len < sizeof typed) {
        memcpy(typed, from, len);
        typed[len] = '\0';
        near = cond_words_have(&words, typed) ? NULL : near_word(typed, words.words, words.n);
        if (near) {
            add(text, near);
            return;
        }
    }
    add_some(text, from, len);
}

static void
add_instance(struct text *text, const char *from, size_t len, const struct topo *topo)
{
    static const char *const roles[] = {"active", "standby"};
    const char *names[TOPO_INSTANCES + N(roles)];
    size_t n = 0;

    for (; n < topo->instance_n; n++)
        names[n] = topo->instances[n].name;
    for (size_t i = 0; i < N(roles); i++)
        names[n++] = roles[i];
    add_near(text, from, len, (struct cond_words){names, n});
}

/* The kind at the beginning of "KIND=NEW"; false when it is none. */
static bool
kind_of(const char *text, char kind[NEAR_WORD + 1])
{
    size_t len = strcspn(text, "=");

    if (len > NEAR_WORD)
        return false;
    memcpy(kind, text, len);
    kind[len] = '\0';
    return event_kind(kind) >= 0;
}

static void
add_event(struct text *text, const char *rest)
{
    const char *kinds[EVENT_KIND_N];
    size_t len = strcspn(rest, "="), begin = text->len;
    char kind[NEAR_WORD + 1];

    for (size_t i = 0; i < EVENT_KIND_N; i++)
        kinds[i] = event_kind_name(i);
    add_near(text, rest, len, (struct cond_words){kinds, EVENT_KIND_N});
    if (!rest[len])
        return;
    add_some(text, "=", 1);
    rest += len + 1;
    if (kind_of(text->out + begin, kind))
        add_near(text, rest, strlen(rest), cond_words_event(kind));
    else
        add(text, rest);
}

/* "event:KIND" or "INSTANCE.event:KIND", colon at text[at]. */
static void
add_happening(struct text *out, const char *text, size_t at, const struct topo *topo)
{
    static const char *const words[] = {"event", "fault"};
    size_t dot = strcspn(text, "."), begin = 0;

    if (dot < at) {
        add_instance(out, text, dot, topo);
        add(out, ".");
        begin = dot + 1;
    }
    add_near(out, text + begin, at - begin, WORDS(words));
    add(out, ":");
    if (text[at + 1] && !strchr("0123456789", text[at + 1]))
        add_event(out, text + at + 1);
    else
        add(out, text + at + 1);
}

static struct cond_words
values_of(const char *what)
{
    if (strncmp(what, "chassis", strlen("chassis")) == 0)
        return WORDS(chassis_words);
    if (strncmp(what, "route", strlen("route")) == 0)
        return WORDS(route_words);
    return strncmp(what, "card", strlen("card")) == 0 ? WORDS(card_words) : (struct cond_words){0};
}

/* "INSTANCE.WHAT=VALUE" or "sessions>=N", of which the operator is at text[at]. */
static void
add_state(struct text *out, const char *text, size_t at, const struct topo *topo)
{
    static const char *const of_one[] = {"chassis", "cf", "route", "sessions"};
    static const char *const of_all[] = {"sessions", "faults"};
    size_t dot = strcspn(text, "."), width = strspn(text + at, "<>="), begin;
    const char *value = text + at + width;

    if (dot < at) {
        add_instance(out, text, dot, topo);
        add(out, ".");
    }
    begin = out->len;
    if (dot >= at)
        add_near(out, text, at, WORDS(of_all));
    else if (strncmp(text + dot + 1, "card", strlen("card")) == 0)
        add_some(out, text + dot + 1, at - dot - 1);
    else
        add_near(out, text + dot + 1, at - dot - 1, WORDS(of_one));
    add_some(out, text + at, width);
    add_near(out, value, strlen(value), values_of(out->out + begin));
}

static bool
is_meant(const char *text, const struct topo *topo, char meant[COND_TEXT])
{
    static const char *const alone[] = {"sync"};
    struct text out = {.out = meant};
    size_t colon = strcspn(text, ":"), op = strcspn(text, "<>=");
    struct cond cond;

    meant[0] = '\0';
    if (text[colon] && colon < op)
        add_happening(&out, text, colon, topo);
    else if (text[op])
        add_state(&out, text, op, topo);
    else
        add_near(&out, text, strlen(text), WORDS(alone));
    return out.len < COND_TEXT - 1 && cond_parse(&cond, meant, topo);
}

/* Of an event whose kind is right, and not what it is to say. */
static void
add_values(struct text *out, const char *text)
{
    const char *colon = strchr(text, ':');
    char kind[NEAR_WORD + 1];
    struct cond_words words;

    if (!colon || !kind_of(colon + 1, kind))
        return;
    words = cond_words_event(kind);
    if (words.n == 0)
        return;
    add(out, kind);
    add(out, " is one of: ");
    for (size_t i = 0; i < words.n; i++) {
        add(out, i ? ", " : "");
        add(out, words.words[i]);
    }
}

bool
cond_help(const char *text, const struct topo *topo, char out[COND_TEXT])
{
    char meant[COND_TEXT];
    struct text help = {.out = out};

    out[0] = '\0';
    if (is_meant(text, topo, meant)) {
        add(&help, "did you mean ");
        add(&help, meant);
        add(&help, "?");
    } else {
        add_values(&help, text);
    }
    return help.len > 0;
}
