/* A scenario as JSON, and back; what of a stranger's is refused. */
#include "lab/record/scenario_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cf/srp/srp_fsm.h"
#include "tests/unit/unit.h"

#define S 1000000 /* lab */

static struct scenario scenario, again;

static void
chassis(struct scenario_chassis *c, const char *name)
{
    strcpy(c->name, name);
    c->sf[0] = 4;
    c->sf[1] = 5;
    c->sf_n = 2;
}

/* All kinds of steps there are. */
static void
fill(void)
{
    scenario_defaults(&scenario);
    chassis(&scenario.chassis[0], "east");
    chassis(&scenario.chassis[1], "west");
    scenario.chassis[0].primary = true;
    scenario.length_us = 100 * S;
    scenario.aaa_n = scenario.bgp_n = scenario.bfd_n = 1;
    for (unsigned i = 0; i < SCENARIO_DEED_N; i++) {
        const char *takes = scenario_deed_takes(i);
        struct scenario_step one = {.at_us = i * S, .deed = (uint8_t)i};

        one.card = strchr(takes, 't') ? (uint8_t)(i % SCENARIO_SESSMGR) : 0;
        one.side = i % 2;
        one.links = strchr(takes, 'l') ? SCENARIO_SESSION : 0;
        one.for_us = strchr(takes, 'f') ? S : 0;
        one.amount = strchr(takes, 'a') ? 1 : 0;
        one.force = strchr(takes, 'c') != NULL;
        if (!strchr(takes, 't') && !strchr(takes, 'l'))
            one.side = 0;
        if (i == DEED_DISTURB)
            one.own =
                (struct scenario_disturb){"kill chassis", "announce", true, 3, S, 0xabcdef, 17};
        strcpy(one.text, i == DEED_OTHER ? "east/cf1: \"quoted\"" : "");
        ck_assert(scenario_add(&scenario, &one));
    }
    scenario.states[0] = (struct scenario_state){5 * S, 1, CHASSIS_ACTIVE, 1, 7};
    scenario.state_n = 1;
}

static void
same_step(const struct scenario_step *a, const struct scenario_step *b)
{
    ck_assert_uint_eq(a->deed, b->deed);
    ck_assert_int_eq(a->at_us, b->at_us);
    ck_assert_int_eq(a->for_us, b->for_us);
    ck_assert_uint_eq(a->side, b->side);
    ck_assert_uint_eq(a->card, b->card);
    ck_assert_uint_eq(a->links, b->links);
    ck_assert_int_eq(a->amount, b->amount);
    ck_assert_int_eq(a->force, b->force);
    ck_assert_str_eq(a->text, b->text);
    ck_assert_str_eq(a->own.kind, b->own.kind);
    ck_assert_str_eq(a->own.phase, b->own.phase);
    ck_assert_uint_eq(a->own.dice, b->own.dice);
    ck_assert_uint_eq(a->own.number, b->own.number);
}

START_TEST(what_is_written_is_read_again)
{
    char err[SCENARIO_ERROR], *text, *twice;

    fill();
    text = scenario_print(&scenario);
    ck_assert_msg(scenario_read(&again, text, strlen(text), err), "%s", err);
    ck_assert_uint_eq(again.step_n, scenario.step_n);
    for (size_t i = 0; i < again.step_n; i++)
        same_step(&again.steps[i], &scenario.steps[i]);
    ck_assert_mem_eq(again.chassis, scenario.chassis, sizeof again.chassis);
    ck_assert_uint_eq(again.states[0].state, CHASSIS_ACTIVE);
    ck_assert_uint_eq(again.states[0].epoch, 7);
    twice = scenario_print(&again);
    ck_assert_str_eq(twice, text);
    free(twice);
    free(text);
}
END_TEST

START_TEST(a_scenario_without_states_says_so)
{
    char err[SCENARIO_ERROR], *text;

    fill();
    scenario.no_states = true;
    scenario.state_n = 0;
    text = scenario_print(&scenario);
    ck_assert(!strstr(text, "states"));
    ck_assert_msg(scenario_read(&again, text, strlen(text), err), "%s", err);
    ck_assert(again.no_states);
    free(text);
}
END_TEST

/* What is said of the text with one piece of it replaced. */
static const char *
said(const char *old, const char *by)
{
    static char err[SCENARIO_ERROR];
    char *text, *at, *other;
    size_t room;

    fill();
    text = scenario_print(&scenario);
    at = strstr(text, old);
    ck_assert_msg(at, "%s", old);
    room = strlen(text) + strlen(by) + 1;
    other = malloc(room);
    (void)snprintf(other, room, "%.*s%s%s", (int)(at - text), text, by, at + strlen(old));
    ck_assert_msg(!scenario_read(&again, other, strlen(other), err), "%s", other);
    free(other);
    free(text);
    return err;
}

START_TEST(a_strangers_scenario_is_refused_with_the_place_and_what_was_expected)
{
    static const struct {
        const char *old, *by, *said;
    } rows[] = {
        {"\"scenario\": 1", "\"scenario\": 2", "scenario: expected a whole number from 1 to 1"},
        {"\"do\":\"start\"", "\"do\":\"stop\"", "steps[0].do: \"stop\" is none of: start, kill"},
        {"\"hello_us\"", "\"helo_us\"",
         "settings.helo_us: is not known here; did you mean hello_us?"},
        {"\"hello_us\":10000000", "\"hello_us\":5",
         "settings.hello_us: expected a whole number from 1000000 to 300000000"},
        {"\"target\":\"east/cf1\"", "\"target\":\"north\"",
         "steps[0].target: \"north\" is no chassis; there are east and west"},
        {"\"target\":\"east/cf1\"", "\"target\":\"east/sf6\"",
         "steps[0].target: east has no card \"sf6\""},
        {"\"at_us\":5000000,\"chassis\"", "\"at_us\":500000000,\"chassis\"",
         "states[0].at_us: expected a whole number from 0 to 100000000"},
        {"\"state\":\"Active\"", "\"state\":\"Dead\"", "states[0].state: \"Dead\" is none of:"},
        {"\"name\":\"west\"", "\"name\":\"east\"", "both chassis have the same"},
        {"\"sf\":[4,5]", "\"sf\":[5,4]", "chassis[0].sf: expected rising slot numbers"},
        {"\"dice\":\"0000000000abcdef\"", "\"dice\":\"0000000000ABCDEF\"",
         "expected sixteen hexadecimal digits"},
        {"\"mac\":\"0", "\"mac\":\"+", "mac: expected six octets"},
        {"\"do\":\"start\"", "\"do\":\"\\u001b[2J\"", "steps[0].do: \"?[2J\" is none of:"},
        {"\"hello_us\"", "\"\\u001b[2J\"", "settings.?[2J: is not known here"},
        {"\"settings\"", "\033", "near '?'"},
        {"\"force\":true", "\"force\":1", "force: expected true or false"},
        {"{", "[", "line "},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *err = said(rows[i].old, rows[i].by);

        ck_assert_msg(strstr(err, rows[i].said), "%s: %s", rows[i].by, err);
    }
}
END_TEST

START_TEST(a_scenario_that_is_cut_short_anywhere_is_refused)
{
    char err[SCENARIO_ERROR], *text;
    size_t len;

    fill();
    text = scenario_print(&scenario);
    len = strlen(text) - 1; /* without the last line's end */
    for (size_t i = 0; i < len; i++) {
        ck_assert(!scenario_read(&again, text, i, err));
        ck_assert_uint_gt(strlen(err), 0);
    }
    free(text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("scenario_json");
    TCase *tc = tcase_create("scenario_json");

    tcase_add_test(tc, what_is_written_is_read_again);
    tcase_add_test(tc, a_scenario_without_states_says_so);
    tcase_add_test(tc, a_strangers_scenario_is_refused_with_the_place_and_what_was_expected);
    tcase_add_test(tc, a_scenario_that_is_cut_short_anywhere_is_refused);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
