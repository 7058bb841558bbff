#include "lab/exercise/exercise.h"

#include <string.h>

static const struct {
    const char *word, *text;
} causes[] = {
#define X(name, word, text) {word, text},
    EXERCISE_CAUSES(X)
#undef X
};

const char *
exercise_cause_word(enum exercise_cause cause)
{
    return causes[cause].word;
}

const char *
exercise_cause_text(enum exercise_cause cause)
{
    return causes[cause].text;
}

bool
exercise_cause_read(const char *word, enum exercise_cause *cause)
{
    for (unsigned i = 0; i < EXERCISE_CAUSE_N; i++) {
        if (strcmp(causes[i].word, word) == 0) {
            *cause = (enum exercise_cause)i;
            return true;
        }
    }
    return false;
}

/* ---- holes ------------------------------------------------------------------------------ */

struct text {
    char *out;
    size_t len, room;
    bool full;
};

static void
add(struct text *text, const char *from, size_t len)
{
    if (len >= text->room - text->len) {
        text->full = true;
        return;
    }
    memcpy(text->out + text->len, from, len);
    text->len += len;
    text->out[text->len] = '\0';
}

static void
add_number(struct text *text, unsigned number)
{
    char digits[10];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0 && at > 0);
    add(text, digits + at, sizeof digits - at);
}

/* What stands in the hole that `from` begins with; the octets it takes, 0 when it is none. */
static size_t
fill_hole(struct text *text, const char *from, const struct exercise_cast *cast)
{
    static const char *const holes[] = {"{active}", "{standby}", "{bind}",
                                        "{cf}",     "{lead}",    "{net}"};
    const char *const words[] = {cast->active, cast->standby, cast->bind};
    const size_t n = sizeof holes / sizeof holes[0], words_n = sizeof words / sizeof words[0];
    size_t i = 0;

    while (i < n && strncmp(from, holes[i], strlen(holes[i])) != 0)
        i++;
    if (i == n)
        return 0;
    if (i < words_n)
        add(text, words[i], strlen(words[i]));
    else if (i < n - 1)
        add_number(text, i == words_n ? cast->cf : 3 - cast->cf);
    else {
        add(text, "127.", 4);
        add_number(text, cast->net);
    }
    return strlen(holes[i]);
}

bool
exercise_fill(const char *from, const struct exercise_cast *cast, char *out, size_t room)
{
    struct text text = {.out = out, .room = room};

    out[0] = '\0';
    while (*from && !text.full) {
        size_t hole = *from == '{' ? fill_hole(&text, from, cast) : 0;

        if (hole == 0)
            add(&text, from, 1);
        from += hole ? hole : 1;
    }
    return !text.full;
}

/* ---- signs and grades ------------------------------------------------------------------- */

unsigned
exercise_signs(const struct exercise_facts *facts)
{
    unsigned signs = 0;

    if (!facts->one_active || !facts->one_standby)
        signs |= EXERCISE_SIGN_ROLES;
    if (!facts->synced)
        signs |= EXERCISE_SIGN_COPY;
    if (facts->cards_missing > 0)
        signs |= EXERCISE_SIGN_CARD;
    if (facts->differences > 0)
        signs |= EXERCISE_SIGN_CONFIG;
    if (facts->monitors_down > 0)
        signs |= EXERCISE_SIGN_MONITOR;
    if (facts->failing > 0)
        signs |= EXERCISE_SIGN_APPLY;
    if (facts->lease)
        signs |= EXERCISE_SIGN_LEASE;
    return signs;
}

const char *
exercise_sign_text(enum exercise_sign sign)
{
    switch (sign) {
    case EXERCISE_SIGN_ROLES:
        return "there is not one Active and one Standby";
    case EXERCISE_SIGN_COPY:
        return "the Standby has no complete copy of the calls";
    case EXERCISE_SIGN_CARD:
        return "a card does not run or does not answer";
    case EXERCISE_SIGN_CONFIG:
        return "the chassis are not configured alike";
    case EXERCISE_SIGN_MONITOR:
        return "something outside is down, as the Active sees it";
    case EXERCISE_SIGN_APPLY:
        return "the Standby cannot apply checkpoints";
    case EXERCISE_SIGN_LEASE:
        return "the fault is still in force";
    }
    return "";
}

unsigned
exercise_points(const struct exercise_result *result)
{
    unsigned points =
        (result->cause ? 30u : 0) + (result->place ? 30u : 0) + (result->mended ? 40u : 0);
    unsigned hints = result->hints < EXERCISE_HINTS ? result->hints : EXERCISE_HINTS;
    unsigned wrong = result->wrong < 20 ? result->wrong : 20;
    unsigned less = 10 * hints + 5 * wrong;

    return points > less ? points - less : 0;
}
