/* A stranger's scenario is checked whole: each key, each word, each number. */
#include "lab/scenario_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cf/srp/srp_fsm.h"
#include "common/base/near.h"

enum { FILE_MOST = 4 << 20, WORDS_MOST = 64 };

struct reading {
    struct scenario *s;
    char place[64]; /* "steps[3]" */
    char *err;
};

static bool refuse(const struct reading *r, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool
refuse(const struct reading *r, const char *key, const char *format, ...)
{
    char why[SCENARIO_ERROR - 112];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(why, sizeof why, format, args);
    va_end(args);
    (void)snprintf(r->err, SCENARIO_ERROR, "%s%s%.40s: %s", r->place,
                   r->place[0] && key[0] ? "." : "", key, why);
    return false;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Every key of the object is one of these. */
static bool
knows_keys(const struct reading *r, json_t *object, const char *const *keys, size_t n)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        const char *near = near_word(key, keys, n);

        while (i < n && strcmp(keys[i], key) != 0)
            i++;
        if (i == n)
            return refuse(r, key, "is not known here%s%s%s", near ? "; did you mean " : "",
                          near ? near : "", near ? "?" : "");
    }
    return true;
}

static bool
get_number(const struct reading *r, json_t *object, const char *key, int64_t least, int64_t most,
           int64_t *out)
{
    json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < least ||
        json_integer_value(value) > most)
        return refuse(r, key, "expected a whole number from %" PRId64 " to %" PRId64, least, most);
    *out = json_integer_value(value);
    return true;
}

static bool
get_flag(const struct reading *r, json_t *object, const char *key, bool *out)
{
    json_t *value = json_object_get(object, key);

    *out = json_is_true(value);
    return json_is_boolean(value) || refuse(r, key, "expected true or false");
}

/* Without what would move the cursor of whoever reads it. */
static bool
get_text(const struct reading *r, json_t *object, const char *key, char *out, size_t room)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (!text || strlen(text) >= room)
        return refuse(r, key, "expected a text of at most %zu octets", room - 1);
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            return refuse(r, key, "expected a text of one line");
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* One of these words; which. */
static bool
get_word(const struct reading *r, json_t *object, const char *key, const char *const *words,
         size_t n, uint8_t *out)
{
    char list[320] = "";
    const char *text = json_string_value(json_object_get(object, key));

    for (size_t i = 0; i < n; i++) {
        if (text && strcmp(words[i], text) == 0) {
            *out = (uint8_t)i;
            return true;
        }
        (void)snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
                       words[i]);
    }
    return refuse(r, key, "\"%.40s\" is none of: %s", text ? text : "", list);
}

static size_t
side_words(const struct scenario *s, const char *words[SCENARIO_SIDES])
{
    for (size_t i = 0; i < SCENARIO_SIDES; i++)
        words[i] = s->chassis[i].name;
    return SCENARIO_SIDES;
}

/* ---- what it is -------------------------------------------------------------------------------- */

static bool
read_settings(struct reading *r, json_t *object)
{
    static const char *const keys[] = {
#define X(field, name, value, least, most) name,
        SCENARIO_NUMBERS(X)
#undef X
    };
    struct scenario *s = r->s;

    (void)snprintf(r->place, sizeof r->place, "settings");
    if (!json_is_object(object))
        return refuse(r, "", "expected an object");
    if (!knows_keys(r, object, keys, sizeof keys / sizeof *keys))
        return false;
#define X(field, name, value, least, most)                                                         \
    if (json_object_get(object, name) && !get_number(r, object, name, least, most, &s->field))     \
        return false;
    SCENARIO_NUMBERS(X)
#undef X
    if (s->dead_us < s->hello_us)
        return refuse(r, "dead_us", "is shorter than hello_us; expected at least three times that");
    return true;
}

static bool
read_mac(const struct reading *r, json_t *object, uint8_t mac[6])
{
    char text[18];
    unsigned octets[6];
    int end = 0;

    if (!get_text(r, object, "mac", text, sizeof text))
        return false;
    if (sscanf(text, "%2x-%2x-%2x-%2x-%2x-%2x%n", &octets[0], &octets[1], &octets[2], &octets[3],
               &octets[4], &octets[5], &end) != 6 ||
        end != 17)
        return refuse(r, "mac", "expected six octets such as 02-00-5E-10-00-2B");
    for (size_t i = 0; i < 6; i++)
        mac[i] = (uint8_t)octets[i];
    return true;
}

static bool
read_slots(const struct reading *r, json_t *object, struct scenario_chassis *c)
{
    json_t *slots = json_object_get(object, "sf");
    size_t n = json_array_size(slots);
    json_int_t before = 0;

    if (!json_is_array(slots) || n > SCENARIO_SFS || (int64_t)n < r->s->managers)
        return refuse(r, "sf", "expected the slots of %" PRId64 " SFs at least, as sessmgrs says",
                      r->s->managers);
    for (size_t i = 0; i < n; i++) {
        json_int_t slot = json_integer_value(json_array_get(slots, i));

        if (slot <= before || slot > SCENARIO_SFS)
            return refuse(r, "sf", "expected rising slot numbers from 1 to %d", SCENARIO_SFS);
        c->sf[i] = (uint8_t)slot;
        before = slot;
    }
    c->sf_n = (uint8_t)n;
    return true;
}

static bool
is_name(const char *name)
{
    return name[0] && !strpbrk(name, "/:<> ");
}

static bool
read_one_chassis(const struct reading *r, json_t *object, struct scenario_chassis *c)
{
    static const char *const keys[] = {"name", "begins", "mode", "priority", "mac", "lz4", "sf"};
    static const char *const modes[] = {"backup", "primary"};
    static const char *const begins[] = {
#define X(name, text) text,
        SCENARIO_BEGINS(X)
#undef X
    };
    uint8_t mode = 0;
    int64_t priority = 0;

    if (!json_is_object(object))
        return refuse(r, "", "expected an object");
    if (!knows_keys(r, object, keys, sizeof keys / sizeof *keys) ||
        !get_text(r, object, "name", c->name, sizeof c->name) ||
        !get_word(r, object, "begins", begins, SCENARIO_BEGINS_N, &c->begins) ||
        !get_word(r, object, "mode", modes, 2, &mode) ||
        !get_number(r, object, "priority", 0, UINT8_MAX, &priority) ||
        !read_mac(r, object, c->mac) || !get_flag(r, object, "lz4", &c->lz4) ||
        !read_slots(r, object, c))
        return false;
    c->primary = mode == 1;
    c->priority = (uint8_t)priority;
    return is_name(c->name) || refuse(r, "name", "expected a word without / : < > and blanks");
}

static bool
read_chassis(struct reading *r, json_t *list)
{
    struct scenario_chassis *c = r->s->chassis;

    (void)snprintf(r->place, sizeof r->place, "chassis");
    if (json_array_size(list) != SCENARIO_SIDES)
        return refuse(r, "", "expected a list of two");
    for (size_t i = 0; i < SCENARIO_SIDES; i++) {
        (void)snprintf(r->place, sizeof r->place, "chassis[%zu]", i);
        if (!read_one_chassis(r, json_array_get(list, i), &c[i]))
            return false;
    }
    if (strcmp(c[0].name, c[1].name) == 0)
        return refuse(r, "name", "both chassis have the same");
    if ((c[0].begins == BEGINS_ON) != (c[1].begins == BEGINS_ON))
        return refuse(r, "begins", "both are \"on\", or none");
    for (size_t i = 0; i < SCENARIO_SIDES; i++)
        if ((c[i].begins == BEGINS_STANDBY && c[1 - i].begins != BEGINS_ACTIVE) ||
            (c[i].begins == BEGINS_ACTIVE && c[1 - i].begins == BEGINS_ACTIVE))
            return refuse(r, "begins",
                          "expected one that is active, and one that is standby or off");
    return true;
}

/* ---- what is done --------------------------------------------------------------------------------- */

static bool
get_target(const struct reading *r, json_t *object, struct scenario_step *step)
{
    const char *sides[SCENARIO_SIDES];
    char text[2 * SCENARIO_NAME], *slash;
    size_t n = side_words(r->s, sides);

    if (!get_text(r, object, "target", text, sizeof text))
        return false;
    slash = strchr(text, '/');
    if (slash)
        *slash = '\0';
    while (step->side < n && strcmp(sides[step->side], text) != 0)
        step->side++;
    if (step->side == n)
        return refuse(r, "target", "\"%s\" is no chassis; there are %s and %s", text, sides[0],
                      sides[1]);
    step->card = SCENARIO_ALL;
    if (slash && (!scenario_card(&r->s->chassis[step->side], slash + 1, &step->card) ||
                  step->card >= SCENARIO_SESSMGR + r->s->managers))
        return refuse(r, "target",
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
    size_t n = side_words(r->s, sides);

    step->side = SCENARIO_SIDES;
    if (!get_word(r, object, "link", links, 4, &step->links))
        return false;
    if (step->links == 0)
        return refuse(r, "link", "expected srp-control, srp-session, or srp for both");
    return !json_object_get(object, "from") || get_word(r, object, "from", sides, n, &step->side);
}

static bool
get_amount(const struct reading *r, json_t *object, struct scenario_step *step)
{
    const struct scenario *s = r->s;
    int64_t most = 1000, least = 0;

    if (step->deed == DEED_DELAY || step->deed == DEED_JITTER)
        most = 60000000;
    if (step->deed >= DEED_AAA && step->deed <= DEED_BFD) {
        least = 1;
        most = step->deed == DEED_AAA ? s->aaa_n : step->deed == DEED_BGP ? s->bgp_n : s->bfd_n;
    }
    return get_number(r, object, "amount", least, most, &step->amount);
}

static bool
get_own(const struct reading *r, json_t *object, struct scenario_step *step)
{
    struct scenario_disturb *own = &step->own;
    int64_t number = 0, proc = 0;
    char dice[17];

    if (!get_number(r, object, "number", 1, UINT16_MAX, &number) ||
        !get_text(r, object, "kind", own->kind, sizeof own->kind) ||
        !get_text(r, object, "phase", own->phase, sizeof own->phase) ||
        !get_flag(r, object, "here", &own->here) ||
        !get_number(r, object, "process", 0, UINT8_MAX, &proc) ||
        !get_number(r, object, "delay_us", 0, r->s->length_us, &own->delay_us) ||
        !get_text(r, object, "dice", dice, sizeof dice))
        return false;
    if (strlen(dice) != 16 || dice[strspn(dice, "0123456789abcdef")])
        return refuse(r, "dice", "expected sixteen hexadecimal digits");
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
        return get_number(r, object, "for_us", 0, INT64_C(36000000000), &step->for_us);
    case 'a':
        return get_amount(r, object, step);
    default:
        return get_flag(r, object, "force", &step->force);
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
        return refuse(r, "", "expected an object");
    if (!get_word(r, object, "do", deeds, SCENARIO_DEED_N, &step->deed))
        return false;
    n = keys_of(step, keys);
    if (!knows_keys(r, object, keys, n) ||
        !get_number(r, object, "at_us", 0, r->s->length_us, &step->at_us))
        return false;
    for (const char *takes = scenario_deed_takes(step->deed); *takes; takes++)
        if (!get_taken(r, object, *takes, step))
            return false;
    if (json_object_get(object, "text") &&
        !get_text(r, object, "text", step->text, sizeof step->text))
        return false;
    return step->deed != DEED_DISTURB || get_own(r, object, step);
}

static bool
read_steps(struct reading *r, json_t *list)
{
    (void)snprintf(r->place, sizeof r->place, "steps");
    if (!json_is_array(list) || json_array_size(list) > SCENARIO_STEPS)
        return refuse(r, "", "expected a list of at most %d", SCENARIO_STEPS);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct scenario_step step = {0};

        (void)snprintf(r->place, sizeof r->place, "steps[%zu]", i);
        if (!read_step(r, json_array_get(list, i), &step))
            return false;
        if (i > 0 && step.at_us < r->s->steps[i - 1].at_us)
            return refuse(r, "at_us", "is before that of the step above; expected them by time");
        (void)scenario_add(r->s, &step); /* there is room */
    }
    return true;
}

/* ---- what the chassis did ---------------------------------------------------------------------------- */

static bool
read_state(const struct reading *r, json_t *object, struct scenario_state *state)
{
    static const char *const keys[] = {"at_us", "chassis", "state", "reason", "epoch"};
    const char *sides[SCENARIO_SIDES], *states[CHASSIS_STATE_N], *reasons[SRP_REASON_N];
    size_t n = side_words(r->s, sides);
    int64_t epoch = 0;

    for (unsigned i = 0; i < CHASSIS_STATE_N; i++)
        states[i] = chassis_state_name((enum chassis_state)i);
    for (unsigned i = 0; i < SRP_REASON_N; i++)
        reasons[i] = srp_reason_name((enum srp_reason)i);
    if (!json_is_object(object))
        return refuse(r, "", "expected an object");
    if (!knows_keys(r, object, keys, sizeof keys / sizeof *keys) ||
        !get_number(r, object, "at_us", 0, r->s->length_us, &state->at_us) ||
        !get_word(r, object, "chassis", sides, n, &state->side) ||
        !get_word(r, object, "state", states, CHASSIS_STATE_N, &state->state) ||
        !get_word(r, object, "reason", reasons, SRP_REASON_N, &state->reason) ||
        !get_number(r, object, "epoch", 0, INT64_MAX, &epoch))
        return false;
    state->epoch = (uint64_t)epoch;
    return true;
}

static bool
read_states(struct reading *r, json_t *list)
{
    (void)snprintf(r->place, sizeof r->place, "states");
    if (!json_is_array(list) || json_array_size(list) > SCENARIO_STATES)
        return refuse(r, "", "expected a list of at most %d", SCENARIO_STATES);
    for (size_t i = 0; i < json_array_size(list); i++) {
        (void)snprintf(r->place, sizeof r->place, "states[%zu]", i);
        if (!read_state(r, json_array_get(list, i), &r->s->states[i]))
            return false;
    }
    r->s->state_n = json_array_size(list);
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static bool
read_all(struct reading *r, json_t *root)
{
    static const char *const keys[] = {"scenario", "about", "settings",
                                       "chassis",  "steps", "states"};
    int64_t version = 0;

    if (!json_is_object(root))
        return refuse(r, "", "expected an object with scenario, settings, chassis, steps, states");
    return knows_keys(r, root, keys, sizeof keys / sizeof *keys) &&
           get_number(r, root, "scenario", 1, 1, &version) &&
           get_text(r, root, "about", r->s->about, sizeof r->s->about) &&
           read_settings(r, json_object_get(root, "settings")) &&
           read_chassis(r, json_object_get(root, "chassis")) &&
           read_steps(r, json_object_get(root, "steps")) &&
           read_states(r, json_object_get(root, "states"));
}

bool
scenario_read(struct scenario *scenario, const char *text, size_t len, char err[SCENARIO_ERROR])
{
    struct reading r = {.s = scenario, .err = err};
    json_error_t where;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
    bool read;

    err[0] = '\0';
    scenario_defaults(scenario);
    if (!root) {
        (void)snprintf(err, SCENARIO_ERROR, "line %d: %s", where.line, where.text);
        return false;
    }
    read = read_all(&r, root);
    json_decref(root);
    return read;
}

bool
scenario_load(struct scenario *scenario, const char *path, char err[SCENARIO_ERROR])
{
    char why[SCENARIO_ERROR];
    FILE *f = fopen(path, "re");
    char *text = malloc(FILE_MOST);
    size_t len = f && text ? fread(text, 1, FILE_MOST, f) : 0;
    bool read;

    if (!text)
        abort();
    if (!f || ferror(f) || len == FILE_MOST) {
        (void)snprintf(err, SCENARIO_ERROR, "%s: cannot be read, or is longer than %d octets", path,
                       FILE_MOST);
        read = false;
    } else {
        read = scenario_read(scenario, text, len, why);
        if (!read)
            (void)snprintf(err, SCENARIO_ERROR, "%.200s: %.300s", path, why);
    }
    if (f)
        (void)fclose(f); /* was only read */
    free(text);
    return read;
}
