/* Exercises: the table, what is graded how, and the file that says which one runs. */
#include "lab/exercise/exercise.h"

#include <string.h>

#include "common/conf/topo.h"
#include "common/fault/fault.h"
#include "lab/exercise/exercise_state.h"

#include "tests/unit/unit.h"

static const struct exercise_cast cast = {
    .active = "east", .standby = "west", .bind = "127.7.0.11", .cf = 2, .net = 7};

static const char *
filled(const char *text)
{
    static char out[EXERCISE_TEXT];

    ck_assert(exercise_fill(text, &cast, out, sizeof out));
    return out;
}

static unsigned
points(bool cause, bool place, bool mended, unsigned hints, unsigned wrong)
{
    return exercise_points(&(struct exercise_result){
        .cause = cause, .place = place, .mended = mended, .hints = hints, .wrong = wrong});
}

/* ---- grades ----------------------------------------------------------------------------- */

START_TEST(all_points_are_for_who_knows_and_mends_without_help)
{
    ck_assert_uint_eq(points(true, true, true, 0, 0), 100);
}
END_TEST

START_TEST(cause_place_and_mending_count_by_themselves)
{
    ck_assert_uint_eq(points(false, false, false, 0, 0), 0);
    ck_assert_uint_eq(points(true, false, false, 0, 0), 30);
    ck_assert_uint_eq(points(false, true, false, 0, 0), 30);
    ck_assert_uint_eq(points(false, false, true, 0, 0), 40);
    ck_assert_uint_eq(points(true, true, false, 0, 0), 60);
}
END_TEST

START_TEST(hints_and_wrong_answers_cost_and_never_more_than_there_is)
{
    ck_assert_uint_eq(points(true, true, true, 1, 0), 90);
    ck_assert_uint_eq(points(true, true, true, 3, 2), 60);
    ck_assert_uint_eq(points(true, false, false, 3, 1), 0);
    ck_assert_uint_eq(points(true, true, true, 0, UINT32_MAX), 0);
    ck_assert_uint_eq(points(true, true, true, UINT32_MAX, 0), 70);
}
END_TEST

/* ---- signs ------------------------------------------------------------------------------ */

START_TEST(a_lab_is_healthy_when_nothing_shows)
{
    struct exercise_facts facts = {.one_active = true, .one_standby = true, .synced = true};

    ck_assert_uint_eq(exercise_signs(&facts), 0);
}
END_TEST

START_TEST(each_thing_that_is_wrong_shows_as_its_sign)
{
    const struct exercise_facts healthy = {.one_active = true, .one_standby = true, .synced = true};
    struct exercise_facts facts = healthy;

    facts.one_standby = false;
    ck_assert_uint_eq(exercise_signs(&facts), EXERCISE_SIGN_ROLES);
    facts = healthy;
    facts.one_active = false;
    ck_assert_uint_eq(exercise_signs(&facts), EXERCISE_SIGN_ROLES);
    facts = healthy;
    facts.synced = false;
    ck_assert_uint_eq(exercise_signs(&facts), EXERCISE_SIGN_COPY);
    facts = healthy;
    facts.cards_missing = 1;
    facts.monitors_down = 2;
    ck_assert_uint_eq(exercise_signs(&facts), EXERCISE_SIGN_CARD | EXERCISE_SIGN_MONITOR);
    facts = healthy;
    facts.differences = 1;
    facts.failing = 1;
    facts.lease = true;
    ck_assert_uint_eq(exercise_signs(&facts),
                      EXERCISE_SIGN_CONFIG | EXERCISE_SIGN_APPLY | EXERCISE_SIGN_LEASE);
}
END_TEST

/* ---- the table -------------------------------------------------------------------------- */

START_TEST(holes_are_filled_and_other_braces_stay)
{
    ck_assert_str_eq(filled("{active}/cf{cf}: {net}.8.2, {bind} {standby}"),
                     "east/cf2: 127.7.8.2, 127.7.0.11 west");
    ck_assert_str_eq(filled("{ {nothing} }"), "{ {nothing} }");
}
END_TEST

START_TEST(a_text_that_does_not_fit_is_refused_at_every_length)
{
    const char text[] = "at {active}, {net}.8.2";
    size_t whole = strlen(filled(text));
    char out[64];

    for (size_t room = 1; room <= whole; room++)
        ck_assert(!exercise_fill(text, &cast, out, room));
    ck_assert(exercise_fill(text, &cast, out, whole + 1));
    ck_assert_str_eq(out, "at east, 127.7.8.2");
}
END_TEST

START_TEST(every_exercise_has_a_symptom_three_hints_and_a_place_of_the_lab)
{
    static struct topo topo;
    char err[4096];
    unsigned n = 0;

    ck_assert_int_eq(topo_load_alone(&topo, TOPOLOGIES "/classroom.json", err, sizeof err), 0);
    ck_assert(topo.fault_hooks);
    for (const struct exercise *it; (it = exercise_get(n + 1)) != NULL; n++) {
        struct fault_target target;
        const char *why;
        enum fault_kind kind = it->cause == EXERCISE_AAA_SILENT || it->cause == EXERCISE_BGP_DOWN
                                   ? FAULT_AAA_SILENT
                               : it->cause == EXERCISE_ONE_WAY_CUT ? FAULT_CUT
                                                                   : FAULT_KILL;

        ck_assert_ptr_nonnull(it->title);
        ck_assert_ptr_null(strchr(filled(it->symptom), '{'));
        for (size_t i = 0; i < EXERCISE_HINTS; i++)
            ck_assert_ptr_null(strchr(filled(it->hints[i]), '{'));
        ck_assert_msg(fault_target_read(&target, kind, filled(it->place), &topo, &why), "%s: %s",
                      it->title, why);
        ck_assert(exercise_sign_text(it->sign)[0] != '\0');
    }
    ck_assert_uint_ge(n, 6);
    ck_assert_ptr_null(exercise_get(0));
}
END_TEST

START_TEST(no_title_or_symptom_tells_the_cause)
{
    for (unsigned n = 1; exercise_get(n); n++) {
        const struct exercise *it = exercise_get(n);

        ck_assert_ptr_null(strstr(it->symptom, exercise_cause_word(it->cause)));
        ck_assert_ptr_null(strstr(it->title, exercise_cause_word(it->cause)));
        ck_assert_ptr_null(strstr(filled(it->symptom), "cf2"));
        ck_assert_ptr_null(strstr(filled(it->symptom), "127.7."));
    }
}
END_TEST

START_TEST(causes_are_read_as_they_are_written)
{
    for (unsigned i = 0; i < EXERCISE_CAUSE_N; i++) {
        enum exercise_cause cause = EXERCISE_CAUSE_N;

        ck_assert(exercise_cause_read(exercise_cause_word((enum exercise_cause)i), &cause));
        ck_assert_uint_eq(cause, i);
    }

    enum exercise_cause cause;

    ck_assert(!exercise_cause_read("", &cause));
    ck_assert(!exercise_cause_read("card", &cause));
}
END_TEST

/* ---- the file --------------------------------------------------------------------------- */

static const char file[] =
    "{\"exercise\":3,\"active\":\"east\",\"standby\":\"west\",\"bind\":\"127.0.0.11\",\"cf\":2,"
    "\"net\":0,\"began_ms\":1000,\"broken_ms\":2000,\"done_ms\":0,\"lease\":0,\"hints\":1,"
    "\"wrong\":2,"
    "\"cause\":true,\"place\":false}";

static bool
parse(const char *text, struct exercise_state *state)
{
    return exercise_state_parse(text, strlen(text), state);
}

START_TEST(a_file_is_read_as_it_was_written)
{
    struct exercise_state state;

    ck_assert(parse(file, &state));
    ck_assert_uint_eq(state.number, 3);
    ck_assert_str_eq(state.active, "east");
    ck_assert_str_eq(state.standby, "west");
    ck_assert_uint_eq(state.result.hints, 1);
    ck_assert_uint_eq(state.result.wrong, 2);
    ck_assert(state.result.cause);
    ck_assert(!state.result.place);
    ck_assert_int_eq(state.broken_ms, 2000);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_none)
{
    struct exercise_state state;

    for (size_t len = 0; len < strlen(file); len++) {
        ck_assert(!exercise_state_parse(file, len, &state));
        ck_assert_uint_eq(state.number, 0);
    }
}
END_TEST

/* The file with one of its values replaced. */
static const char *
altered(const char *from, const char *to)
{
    static char text[1024];
    const char *at = strstr(file, from);

    ck_assert_ptr_nonnull(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - file), file, to, at + strlen(from));
    return text;
}

START_TEST(a_file_with_values_out_of_bounds_is_none)
{
    static const char *const bad[][2] = {
        {"\"exercise\":3", "\"exercise\":0"},
        {"\"exercise\":3", "\"exercise\":99"},
        {"\"exercise\":3", "\"exercise\":\"3\""},
        {"\"cf\":2", "\"cf\":3"},
        {"\"net\":0", "\"net\":256"},
        {"\"hints\":1", "\"hints\":4"},
        {"\"wrong\":2", "\"wrong\":-1"},
        {"\"broken_ms\":2000", "\"broken_ms\":999"},
        {"\"active\":\"east\"", "\"active\":\"\""},
        {"\"east\"", "\"a-name-that-is-far-longer-than-any-instance-may-have-one\""},
        {"\"place\":false", "\"place\":false,\"more\":1"},
        {",\"place\":false", ""},
    };
    struct exercise_state state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(!parse(altered(bad[i][0], bad[i][1]), &state), "%s", bad[i][1]);
        ck_assert_uint_eq(state.number, 0);
    }
}
END_TEST

/* ---- what it hides ---------------------------------------------------------------------- */

START_TEST(events_that_tell_the_fault_are_withheld_while_it_runs)
{
    struct exercise_state state;
    struct event command = {.kind = "operator.command", .wall_ms = 1500},
                 lease = {.kind = "fault.on", .wall_ms = 1500},
                 other = {.kind = "srp.state", .wall_ms = 1500};

    ck_assert(parse(file, &state));
    ck_assert(exercise_hides(&state, &command));
    ck_assert(exercise_hides(&state, &lease));
    ck_assert(!exercise_hides(&state, &other));
    command.wall_ms = lease.wall_ms = 999; /* before */
    ck_assert(!exercise_hides(&state, &command));
    ck_assert(!exercise_hides(&state, &lease));
    command.wall_ms = lease.wall_ms = 2001; /* the learner's own commands; a lease that ends */
    ck_assert(!exercise_hides(&state, &command));
    ck_assert(exercise_hides(&state, &lease));
    state.broken_ms = 0; /* it is being broken */
    ck_assert(exercise_hides(&state, &command));
    state.number = 0;
    ck_assert(!exercise_hides(&state, &command));
    ck_assert(!exercise_hides(&state, &lease));
}
END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("exercise");
    TCase *tc = tcase_create("exercise");

    tcase_add_test(tc, all_points_are_for_who_knows_and_mends_without_help);
    tcase_add_test(tc, cause_place_and_mending_count_by_themselves);
    tcase_add_test(tc, hints_and_wrong_answers_cost_and_never_more_than_there_is);
    tcase_add_test(tc, a_lab_is_healthy_when_nothing_shows);
    tcase_add_test(tc, each_thing_that_is_wrong_shows_as_its_sign);
    tcase_add_test(tc, holes_are_filled_and_other_braces_stay);
    tcase_add_test(tc, a_text_that_does_not_fit_is_refused_at_every_length);
    tcase_add_test(tc, every_exercise_has_a_symptom_three_hints_and_a_place_of_the_lab);
    tcase_add_test(tc, no_title_or_symptom_tells_the_cause);
    tcase_add_test(tc, causes_are_read_as_they_are_written);
    tcase_add_test(tc, a_file_is_read_as_it_was_written);
    tcase_add_test(tc, a_file_cut_anywhere_is_none);
    tcase_add_test(tc, a_file_with_values_out_of_bounds_is_none);
    tcase_add_test(tc, events_that_tell_the_fault_are_withheld_while_it_runs);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return unit_main(suite());
}
