#include "lab/record/scenario.h"

#include <string.h>

/* ---- names ----------------------------------------------------------------------------- */

static const struct {
    const char *name, *takes;
} deeds[] = {
#define X(name, text, takes) {text, takes},
    SCENARIO_DEEDS(X)
#undef X
};

const char *
scenario_deed_name(unsigned deed)
{
    return deeds[deed].name;
}

const char *
scenario_deed_takes(unsigned deed)
{
    return deeds[deed].takes;
}

const char *
scenario_begins_name(unsigned begins)
{
    static const char *const names[] = {
#define X(name, text) text,
        SCENARIO_BEGINS(X)
#undef X
    };

    return names[begins];
}

/* ---- a scenario -------------------------------------------------------------------------- */

void
scenario_defaults(struct scenario *scenario)
{
    memset(scenario, 0, offsetof(struct scenario, steps));
#define X(field, name, value, least, most) scenario->field = (value);
    SCENARIO_NUMBERS(X)
#undef X
}

bool
scenario_add(struct scenario *scenario, const struct scenario_step *step)
{
    size_t at = scenario->step_n;

    if (at == SCENARIO_STEPS)
        return false;
    for (; at > 0 && scenario->steps[at - 1].at_us > step->at_us; at--)
        scenario->steps[at] = scenario->steps[at - 1];
    scenario->steps[at] = *step;
    scenario->step_n++;
    return true;
}

/* ---- cards --------------------------------------------------------------------------------- */

/* A whole number of at most six digits, or -1. */
static int
number_of(const char *text, size_t len)
{
    int number = 0;

    if (len == 0 || len > 6)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

static int
slot_of(const char *name, const char *type)
{
    size_t len = strlen(type);

    return strncmp(name, type, len) == 0 ? number_of(name + len, strlen(name + len)) : -1;
}

bool
scenario_card(const struct scenario_chassis *chassis, const char *name, uint8_t *card)
{
    int cf = slot_of(name, "cf"), sf = slot_of(name, "sf");

    if (cf == 1 || cf == 2) {
        *card = (uint8_t)(SCENARIO_CF1 + cf - 1);
        return true;
    }
    if (slot_of(name, "demux") >= 0) {
        *card = SCENARIO_DEMUX;
        return true;
    }
    for (uint8_t i = 0; sf >= 0 && i < chassis->sf_n; i++) {
        if (chassis->sf[i] == sf) {
            *card = (uint8_t)(SCENARIO_SESSMGR + i);
            return true;
        }
    }
    return false;
}

/* ---- faults by their words -------------------------------------------------------------------- */

static bool
is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* The side with that name, or SCENARIO_SIDES. */
static uint8_t
side_named(const struct scenario *s, const char *name, size_t len)
{
    uint8_t side = 0;

    while (side < SCENARIO_SIDES && !is_word(name, len, s->chassis[side].name))
        side++;
    return side;
}

/* "east", "east/sf4" */
static bool
read_vm(const struct scenario *s, const char *text, size_t len, struct scenario_step *step)
{
    size_t name = 0;
    char card[SCENARIO_NAME] = "";

    while (name < len && text[name] != '/')
        name++;
    step->side = side_named(s, text, name);
    step->card = SCENARIO_ALL;
    if (step->side == SCENARIO_SIDES || name == len)
        return step->side < SCENARIO_SIDES;
    if (len - name - 1 >= sizeof card)
        return false;
    memcpy(card, text + name + 1, len - name - 1);
    return scenario_card(&s->chassis[step->side], card, &step->card) &&
           step->card < SCENARIO_SESSMGR + s->managers;
}

/* "srp-control", "srp-session:east>": the side is that whose frames are hit. */
static bool
read_link(const struct scenario *s, const char *text, size_t len, struct scenario_step *step)
{
    size_t name = 0;

    while (name < len && text[name] != ':')
        name++;
    step->side = SCENARIO_SIDES;
    step->links = is_word(text, name, "srp-control")   ? SCENARIO_CONTROL
                  : is_word(text, name, "srp-session") ? SCENARIO_SESSION
                                                       : 0;
    if (!step->links || name == len)
        return step->links != 0;
    text += name + 1;
    len -= name + 1;
    if (len < 2 || (text[len - 1] != '>' && text[len - 1] != '<'))
        return len > 0 && side_named(s, text, len) < SCENARIO_SIDES; /* all of that link */
    step->side = side_named(s, text, len - 1);
    if (step->side == SCENARIO_SIDES)
        return false;
    if (text[len - 1] == '<')
        step->side = (uint8_t)(1 - step->side);
    return true;
}

/* "200 ms ", "10 %", "10% " or nothing, as microseconds or permille. */
static bool
read_amount(const char *text, size_t len, struct scenario_step *step)
{
    size_t digits = strspn(text, "0123456789"), unit;
    bool late = step->deed == DEED_DELAY || step->deed == DEED_JITTER;
    int number;

    if (digits > len)
        digits = len;
    number = number_of(text, digits);
    for (unit = digits; unit < len && text[unit] == ' ';)
        unit++;
    while (len > unit && text[len - 1] == ' ')
        len--;
    step->amount = (int64_t)number * (late ? 1000 : 10);
    return number >= 0 && is_word(text + unit, len - unit, late ? "ms" : "%");
}

/* Where the last word begins. */
static const char *
last_word(const char *text)
{
    const char *space = strrchr(text, ' ');

    return space ? space + 1 : text;
}

bool
scenario_fault(const struct scenario *scenario, const char *text, struct scenario_step *step)
{
    static const uint8_t known[] = {DEED_KILL,   DEED_PAUSE,   DEED_STUTTER, DEED_CUT,
                                    DEED_RESET,  DEED_DELAY,   DEED_JITTER,  DEED_DROP,
                                    DEED_REPLAY, DEED_REORDER, DEED_CORRUPT, DEED_DUPLICATE};
    const char *target = last_word(text), *takes;
    size_t len = strcspn(text, " "), i = 0;

    while (i < sizeof known && !is_word(text, len, deeds[known[i]].name))
        i++;
    if (i == sizeof known || target == text)
        return false;
    step->deed = known[i];
    takes = deeds[step->deed].takes;
    if (takes[0] == 't' ? !read_vm(scenario, target, strlen(target), step)
                        : !read_link(scenario, target, strlen(target), step))
        return false;
    text += len + 1;
    return !strchr(takes, 'a') || read_amount(text, (size_t)(target - text), step);
}
