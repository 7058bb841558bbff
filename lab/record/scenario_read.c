/* A stranger's scenario is checked whole: each key, each word, each number. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cf/srp/srp_fsm.h"
#include "lab/record/scenario_reading.h"

enum { FILE_MOST = 4 << 20 };

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
        return reading_refuse(r, "", "expected an object");
    if (!reading_knows_keys(r, object, keys, sizeof keys / sizeof *keys))
        return false;
#define X(field, name, value, least, most)                                                         \
    if (json_object_get(object, name) && !reading_number(r, object, name, least, most, &s->field)) \
        return false;
    SCENARIO_NUMBERS(X)
#undef X
    if (s->dead_us < s->hello_us)
        return reading_refuse(r, "dead_us", "is shorter than hello_us; expected that at least");
    return true;
}

/* Two digits, a dash, and so on: what sscanf takes may have blanks and signs. */
static bool
has_form_of_mac(const char *text)
{
    for (size_t i = 0; i < strlen(text); i++)
        if (i % 3 == 2 ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    return true;
}

static bool
read_mac(const struct reading *r, json_t *object, uint8_t mac[6])
{
    char text[18];
    unsigned octets[6];
    int end = 0;

    if (!reading_text(r, object, "mac", text, sizeof text))
        return false;
    if (!has_form_of_mac(text) ||
        sscanf(text, "%2x-%2x-%2x-%2x-%2x-%2x%n", &octets[0], &octets[1], &octets[2], &octets[3],
               &octets[4], &octets[5], &end) != 6 ||
        end != 17)
        return reading_refuse(r, "mac", "expected six octets such as 02-00-5E-10-00-2B");
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
        return reading_refuse(r, "sf",
                              "expected the slots of %" PRId64 " SFs at least, as sessmgrs says",
                              r->s->managers);
    for (size_t i = 0; i < n; i++) {
        json_int_t slot = json_integer_value(json_array_get(slots, i));

        if (slot <= before || slot > SCENARIO_SFS)
            return reading_refuse(r, "sf", "expected rising slot numbers from 1 to %d",
                                  SCENARIO_SFS);
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
        return reading_refuse(r, "", "expected an object");
    if (!reading_knows_keys(r, object, keys, sizeof keys / sizeof *keys) ||
        !reading_text(r, object, "name", c->name, sizeof c->name) ||
        !reading_word(r, object, "begins", begins, SCENARIO_BEGINS_N, &c->begins) ||
        !reading_word(r, object, "mode", modes, 2, &mode) ||
        !reading_number(r, object, "priority", 0, UINT8_MAX, &priority) ||
        !read_mac(r, object, c->mac) || !reading_flag(r, object, "lz4", &c->lz4) ||
        !read_slots(r, object, c))
        return false;
    c->primary = mode == 1;
    c->priority = (uint8_t)priority;
    return is_name(c->name) ||
           reading_refuse(r, "name", "expected a word without / : < > and blanks");
}

static bool
read_chassis(struct reading *r, json_t *list)
{
    struct scenario_chassis *c = r->s->chassis;

    (void)snprintf(r->place, sizeof r->place, "chassis");
    if (json_array_size(list) != SCENARIO_SIDES)
        return reading_refuse(r, "", "expected a list of two");
    for (size_t i = 0; i < SCENARIO_SIDES; i++) {
        (void)snprintf(r->place, sizeof r->place, "chassis[%zu]", i);
        if (!read_one_chassis(r, json_array_get(list, i), &c[i]))
            return false;
    }
    if (strcmp(c[0].name, c[1].name) == 0)
        return reading_refuse(r, "name", "both chassis have the same");
    if ((c[0].begins == BEGINS_ON) != (c[1].begins == BEGINS_ON))
        return reading_refuse(r, "begins", "both are \"on\", or none");
    for (size_t i = 0; i < SCENARIO_SIDES; i++)
        if ((c[i].begins == BEGINS_STANDBY && c[1 - i].begins != BEGINS_ACTIVE) ||
            (c[i].begins == BEGINS_ACTIVE && c[1 - i].begins == BEGINS_ACTIVE))
            return reading_refuse(r, "begins",
                                  "expected one that is active, and one that is standby or off");
    return true;
}

/* ---- what the chassis did ---------------------------------------------------------------------------- */

static bool
read_state(const struct reading *r, json_t *object, struct scenario_state *state)
{
    static const char *const keys[] = {"at_us", "chassis", "state", "reason", "epoch"};
    const char *sides[SCENARIO_SIDES], *states[CHASSIS_STATE_N], *reasons[SRP_REASON_N];
    size_t n = reading_side_words(r->s, sides);
    int64_t epoch = 0;

    for (unsigned i = 0; i < CHASSIS_STATE_N; i++)
        states[i] = chassis_state_name((enum chassis_state)i);
    for (unsigned i = 0; i < SRP_REASON_N; i++)
        reasons[i] = srp_reason_name((enum srp_reason)i);
    if (!json_is_object(object))
        return reading_refuse(r, "", "expected an object");
    if (!reading_knows_keys(r, object, keys, sizeof keys / sizeof *keys) ||
        !reading_number(r, object, "at_us", 0, r->s->length_us, &state->at_us) ||
        !reading_word(r, object, "chassis", sides, n, &state->side) ||
        !reading_word(r, object, "state", states, CHASSIS_STATE_N, &state->state) ||
        !reading_word(r, object, "reason", reasons, SRP_REASON_N, &state->reason) ||
        !reading_number(r, object, "epoch", 0, INT64_MAX, &epoch))
        return false;
    state->epoch = (uint64_t)epoch;
    return true;
}

static bool
read_states(struct reading *r, json_t *list)
{
    r->s->no_states = !list;
    if (!list)
        return true;
    (void)snprintf(r->place, sizeof r->place, "states");
    if (!json_is_array(list) || json_array_size(list) > SCENARIO_STATES)
        return reading_refuse(r, "", "expected a list of at most %d", SCENARIO_STATES);
    for (size_t i = 0; i < json_array_size(list); i++) {
        (void)snprintf(r->place, sizeof r->place, "states[%zu]", i);
        r->s->states[i] = (struct scenario_state){0};
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
        return reading_refuse(r, "",
                              "expected an object with scenario, settings, chassis, steps, states");
    return reading_knows_keys(r, root, keys, sizeof keys / sizeof *keys) &&
           reading_number(r, root, "scenario", 1, 1, &version) &&
           reading_text(r, root, "about", r->s->about, sizeof r->s->about) &&
           read_settings(r, json_object_get(root, "settings")) &&
           read_chassis(r, json_object_get(root, "chassis")) &&
           reading_steps(r, json_object_get(root, "steps")) &&
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
        reading_tame(err);
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
