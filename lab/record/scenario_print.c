#include "lab/record/scenario_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cf/srp/srp_fsm.h"

static void
put_text(json_t *object, const char *key, const char *text)
{
    (void)json_object_set_new(object, key, json_string(text));
}

static void
put_number(json_t *object, const char *key, int64_t number)
{
    (void)json_object_set_new(object, key, json_integer(number));
}

static json_t *
settings(const struct scenario *s)
{
    json_t *object = json_object();

#define X(field, name, value, least, most) put_number(object, name, s->field);
    SCENARIO_NUMBERS(X)
#undef X
    return object;
}

static json_t *
chassis(const struct scenario_chassis *c)
{
    json_t *object = json_object(), *slots = json_array();
    char mac[18];

    (void)snprintf(mac, sizeof mac, "%02X-%02X-%02X-%02X-%02X-%02X", c->mac[0], c->mac[1],
                   c->mac[2], c->mac[3], c->mac[4], c->mac[5]);
    put_text(object, "name", c->name);
    put_text(object, "begins", scenario_begins_name(c->begins));
    put_text(object, "mode", c->primary ? "primary" : "backup");
    put_number(object, "priority", c->priority);
    put_text(object, "mac", mac);
    (void)json_object_set_new(object, "lz4", json_boolean(c->lz4));
    for (uint8_t i = 0; i < c->sf_n; i++)
        (void)json_array_append_new(slots, json_integer(c->sf[i]));
    (void)json_object_set_new(object, "sf", slots);
    return object;
}

static void
put_target(json_t *object, const struct scenario *s, const struct scenario_step *step)
{
    const struct scenario_chassis *c = &s->chassis[step->side];
    char text[2 * SCENARIO_NAME];

    if (step->card == SCENARIO_ALL)
        (void)snprintf(text, sizeof text, "%s", c->name);
    else if (step->card == SCENARIO_DEMUX)
        (void)snprintf(text, sizeof text, "%s/demux3", c->name);
    else if (step->card <= SCENARIO_CF2)
        (void)snprintf(text, sizeof text, "%s/cf%d", c->name, step->card + 1);
    else
        (void)snprintf(text, sizeof text, "%s/sf%u", c->name, c->sf[step->card - SCENARIO_SESSMGR]);
    put_text(object, "target", text);
}

static void
put_link(json_t *object, const struct scenario *s, const struct scenario_step *step)
{
    put_text(object, "link",
             step->links == SCENARIO_CONTROL   ? "srp-control"
             : step->links == SCENARIO_SESSION ? "srp-session"
                                               : "srp");
    if (step->side < SCENARIO_SIDES)
        put_text(object, "from", s->chassis[step->side].name);
}

static void
put_own(json_t *object, const struct scenario_disturb *own)
{
    char dice[17];

    (void)snprintf(dice, sizeof dice, "%016" PRIx64, own->dice);
    put_number(object, "number", own->number);
    put_text(object, "kind", own->kind);
    put_text(object, "phase", own->phase);
    (void)json_object_set_new(object, "here", json_boolean(own->here));
    put_number(object, "process", own->proc);
    put_number(object, "delay_us", own->delay_us);
    put_text(object, "dice", dice);
}

static json_t *
step_of(const struct scenario *s, const struct scenario_step *step)
{
    json_t *object = json_object();

    put_number(object, "at_us", step->at_us);
    put_text(object, "do", scenario_deed_name(step->deed));
    for (const char *takes = scenario_deed_takes(step->deed); *takes; takes++) {
        if (*takes == 't')
            put_target(object, s, step);
        else if (*takes == 'l')
            put_link(object, s, step);
        else if (*takes == 'f')
            put_number(object, "for_us", step->for_us);
        else if (*takes == 'a')
            put_number(object, "amount", step->amount);
        else if (*takes == 'c')
            (void)json_object_set_new(object, "force", json_boolean(step->force));
    }
    if (step->deed == DEED_DISTURB)
        put_own(object, &step->own);
    if (step->text[0])
        put_text(object, "text", step->text);
    return object;
}

static json_t *
state_of(const struct scenario *s, const struct scenario_state *state)
{
    json_t *object = json_object();

    put_number(object, "at_us", state->at_us);
    put_text(object, "chassis", s->chassis[state->side].name);
    put_text(object, "state", chassis_state_name(state->state));
    put_text(object, "reason", srp_reason_name((enum srp_reason)state->reason));
    put_number(object, "epoch", (int64_t)state->epoch);
    return object;
}

/* A line for each element, so that two scenarios can be compared by lines. */
static void
print_list(FILE *out, const char *key, json_t *list, bool last)
{
    size_t n = json_array_size(list);

    (void)fprintf(out, "  \"%s\": [", key);
    for (size_t i = 0; i < n; i++) {
        (void)fputs(i ? ",\n    " : "\n    ", out);
        (void)json_dumpf(json_array_get(list, i), out, JSON_COMPACT);
    }
    (void)fprintf(out, "\n  ]%s\n", last ? "" : ",");
    json_decref(list);
}

static void
print_all(FILE *out, const struct scenario *s)
{
    json_t *about = json_string(s->about), *numbers = settings(s), *list = json_array();

    (void)fputs("{\n  \"scenario\": 1,\n  \"about\": ", out);
    (void)json_dumpf(about, out, JSON_ENCODE_ANY);
    (void)fputs(",\n  \"settings\": ", out);
    (void)json_dumpf(numbers, out, JSON_COMPACT);
    (void)fputs(",\n", out);
    for (size_t i = 0; i < SCENARIO_SIDES; i++)
        (void)json_array_append_new(list, chassis(&s->chassis[i]));
    print_list(out, "chassis", list, false);
    list = json_array();
    for (size_t i = 0; i < s->step_n; i++)
        (void)json_array_append_new(list, step_of(s, &s->steps[i]));
    print_list(out, "steps", list, s->no_states);
    list = json_array();
    for (size_t i = 0; i < s->state_n; i++)
        (void)json_array_append_new(list, state_of(s, &s->states[i]));
    if (s->no_states)
        json_decref(list);
    else
        print_list(out, "states", list, true);
    (void)fputs("}\n", out);
    json_decref(about);
    json_decref(numbers);
}

char *
scenario_print(const struct scenario *scenario)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        return NULL;
    print_all(out, scenario);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
