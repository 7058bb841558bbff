/* What is done in a stranger's scenario. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lab/record/scenario_reading.h"

enum { WORDS_MOST = 64 };

static bool
get_target(const struct reading *r, json_t *object, struct scenario_step *step)
{
    const char *sides[SCENARIO_SIDES];
    char text[2 * SCENARIO_NAME], *slash;
    size_t n = reading_side_words(r->s, sides);

    if (!reading_text(r, object, "target", text, sizeof text))
        return false;
    slash = strchr(text, '/');
    if (slash)
        *slash = '\0';
    while (step->side < n && strcmp(sides[step->side], text) != 0)
        step->side++;
    if (step->side == n)
        return reading_refuse(r, "target", "\"%s\" is no chassis; there are %s and %s", text,
                              sides[0], sides[1]);
    step->card = SCENARIO_ALL;
    if (slash && (!scenario_card(&r->s->chassis[step->side], slash + 1, &step->card) ||
                  step->card >= SCENARIO_SESSMGR + r->s->managers))
        return reading_refuse(r, "target",
                              "%s has no card \"%s\": expected cf1, cf2, demux3, or sf and a "
                              "slot of its sf",
                              text, slash + 1);
    return true;
}

static bool
get_link(const struct reading *r, json_t *object, struct scenario_step *step)
{
    static const char *const links[] = {"", "srp-control", "srp-session", "srp"};
    const char *sides[SCENARIO_SIDES];
    size_t n = reading_side_words(r->s, sides);

    step->side = SCENARIO_SIDES;
    if (!reading_word(r, object, "link", links, 4, &step->links))
        return false;
    if (step->links == 0)
        return reading_refuse(r, "link", "expected srp-control, srp-session, or srp for both");
    return !json_object_get(object, "from") ||
           reading_word(r, object, "from", sides, n, &step->side);
}

static bool
get_amount(const struct reading *r, json_t *object, struct scenario_step *step)
{
    const struct scenario *s = r->s;
    int64_t most = step->deed == DEED_STUTTER ? 999 : 1000, least = 0;

    if (step->deed == DEED_DELAY || step->deed == DEED_JITTER)
        most = INT64_C(3600000000);
    if (step->deed >= DEED_AAA && step->deed <= DEED_BFD) {
        least = 1;
        most = step->deed == DEED_AAA ? s->aaa_n : step->deed == DEED_BGP ? s->bgp_n : s->bfd_n;
    }
    return reading_number(r, object, "amount", least, most, &step->amount);
}

static bool
get_own(const struct reading *r, json_t *object, struct scenario_step *step)
{
    struct scenario_disturb *own = &step->own;
    int64_t number = 0, proc = 0;
    char dice[17];

    if (!reading_number(r, object, "number", 1, UINT16_MAX, &number) ||
        !reading_text(r, object, "kind", own->kind, sizeof own->kind) ||
        !reading_text(r, object, "phase", own->phase, sizeof own->phase) ||
        !reading_flag(r, object, "here", &own->here) ||
        !reading_number(r, object, "process", 0, UINT8_MAX, &proc) ||
        !reading_number(r, object, "delay_us", 0, r->s->length_us, &own->delay_us) ||
        !reading_text(r, object, "dice", dice, sizeof dice))
        return false;
    if (strlen(dice) != 16 || dice[strspn(dice, "0123456789abcdef")])
        return reading_refuse(r, "dice", "expected sixteen hexadecimal digits");
    own->number = (uint16_t)number;
    own->proc = (uint8_t)proc;
    own->dice = strtoull(dice, NULL, 16);
    return true;
}

/* The keys a deed has besides those of all. */
static size_t
keys_of(const struct scenario_step *step, const char *keys[WORDS_MOST])
{
    static const char *const of_all[] = {"at_us", "do", "text"};
    static const char *const of_own[] = {"number",  "kind",     "phase", "here",
                                         "process", "delay_us", "dice"};
    size_t n = 0;

    for (size_t i = 0; i < 3; i++)
        keys[n++] = of_all[i];
    for (const char *takes = scenario_deed_takes(step->deed); *takes; takes++) {
        keys[n++] = *takes == 't'   ? "target"
                    : *takes == 'l' ? "link"
                    : *takes == 'f' ? "for_us"
                    : *takes == 'a' ? "amount"
                                    : "force";
        if (*takes == 'l')
            keys[n++] = "from";
    }
    for (size_t i = 0; step->deed == DEED_DISTURB && i < sizeof of_own / sizeof *of_own; i++)
        keys[n++] = of_own[i];
    return n;
}

static bool
get_taken(const struct reading *r, json_t *object, char takes, struct scenario_step *step)
{
    switch (takes) {
    case 't':
        return get_target(r, object, step);
    case 'l':
        return get_link(r, object, step);
    case 'f':
        return reading_number(r, object, "for_us", 0, INT64_C(36000000000), &step->for_us);
    case 'a':
        return get_amount(r, object, step);
    default:
        return reading_flag(r, object, "force", &step->force);
    }
}

static bool
read_step(const struct reading *r, json_t *object, struct scenario_step *step)
{
    static const char *const deeds[] = {
#define X(name, text, takes) text,
        SCENARIO_DEEDS(X)
#undef X
    };
    const char *keys[WORDS_MOST];
    size_t n;

    if (!json_is_object(object))
        return reading_refuse(r, "", "expected an object");
    if (!reading_word(r, object, "do", deeds, SCENARIO_DEED_N, &step->deed))
        return false;
    n = keys_of(step, keys);
    if (!reading_knows_keys(r, object, keys, n) ||
        !reading_number(r, object, "at_us", 0, r->s->length_us, &step->at_us))
        return false;
    for (const char *takes = scenario_deed_takes(step->deed); *takes; takes++)
        if (!get_taken(r, object, *takes, step))
            return false;
    if (json_object_get(object, "text") &&
        !reading_text(r, object, "text", step->text, sizeof step->text))
        return false;
    return step->deed != DEED_DISTURB || get_own(r, object, step);
}

bool
reading_steps(struct reading *r, json_t *list)
{
    (void)snprintf(r->place, sizeof r->place, "steps");
    if (!json_is_array(list) || json_array_size(list) > SCENARIO_STEPS)
        return reading_refuse(r, "", "expected a list of at most %d", SCENARIO_STEPS);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct scenario_step step = {0};

        (void)snprintf(r->place, sizeof r->place, "steps[%zu]", i);
        if (!read_step(r, json_array_get(list, i), &step))
            return false;
        if (i > 0 && step.at_us < r->s->steps[i - 1].at_us)
            return reading_refuse(r, "at_us",
                                  "is before that of the step above; expected them by time");
        (void)scenario_add(r->s, &step); /* there is room */
    }
    return true;
}
