#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/near.h"
#include "common/fault/fault.h"
#include "common/loop/book.h"
#include "common/loop/clock.h"
#include "lab/exercise/exercise_act.h"
#include "lab/exercise/exercise_begin.h"
#include "lab/exercise/exercise_state.h"
#include "lab/json_out.h"
#include "lab/opts.h"

enum { AGAIN_MS = 300 };

struct asked {
    bool json;
    const char *name;
    int argc; /* behind the word */
    char **argv;
};

static int64_t
wall_ms(void)
{
    return clock_wall_us() / US_PER_MS;
}

/* ---- printing --------------------------------------------------------------------------- */

/* A paragraph, wrapped. */
static void
print_wrapped(const char *text)
{
    enum { WIDTH = 78 };
    size_t column = 0;

    while (*text) {
        size_t len = strcspn(text, " ");

        if (column > 0 && column + 1 + len > WIDTH) {
            (void)printf("\n");
            column = 0;
        }
        (void)printf("%s%.*s", column ? " " : "", (int)len, text);
        column += len + (column > 0);
        text += len + strspn(text + len, " ");
    }
    (void)printf("\n");
}

static const char *
filled(const struct exercise_state *state, const char *text, char out[EXERCISE_TEXT])
{
    struct exercise_cast cast = exercise_state_cast(state);

    return exercise_fill(text, &cast, out, EXERCISE_TEXT) ? out : text;
}

/* ---- which exercise --------------------------------------------------------------------- */

/* The lab, and the exercise that runs in it. */
static int
open_running(const struct asked *asked, struct lab *lab, struct exercise_state *state)
{
    int status = lab_open(lab, asked->name);

    if (status == LAB_OK)
        status = exercise_state_read(lab, state);
    if (status != LAB_OK || state->number != 0)
        return status;
    (void)fprintf(stderr,
                  "Failure: no exercise runs in lab \"%s\"; vpclab exercise list has them, "
                  "vpclab exercise start N starts one\n",
                  lab->name);
    return LAB_FAILURE;
}

static int
list(const struct asked *asked)
{
    json_t *all = json_array();

    for (unsigned number = 1; exercise_get(number); number++) {
        const char *title = exercise_get(number)->title;

        (void)json_array_append_new(
            all, json_pack("{s:i, s:s}", "exercise", (int)number, "title", title));
        if (!asked->json)
            (void)printf("%3u  %s\n", number, title);
    }
    if (asked->json)
        return json_out(all);
    json_decref(all);
    return LAB_OK;
}

/* ---- start ------------------------------------------------------------------------------ */

static int
number_of(const struct asked *asked, unsigned *number)
{
    char *end;
    unsigned long read;

    if (asked->argc < 1 || asked->argc > 2) {
        (void)fprintf(stderr, "usage: vpclab exercise start N [FILE] [-n NAME] [--json], such as: "
                              "vpclab exercise start 1 topologies/classroom.json\n");
        return LAB_USAGE;
    }
    read = strtoul(asked->argv[0], &end, 10);
    if (asked->argv[0][0] >= '0' && asked->argv[0][0] <= '9' && !*end && read <= UINT16_MAX &&
        exercise_get((unsigned)read)) {
        *number = (unsigned)read;
        return LAB_OK;
    }
    (void)fprintf(stderr,
                  "vpclab exercise: there is no exercise \"%s\"; vpclab exercise list has "
                  "them\n",
                  asked->argv[0]);
    return LAB_USAGE;
}

static int
start(const struct asked *asked)
{
    static struct lab lab;
    struct exercise_state state = {0};
    char symptom[EXERCISE_TEXT];
    unsigned number;
    int status = number_of(asked, &number);

    if (status == LAB_OK)
        status = asked->argc > 1 ? exercise_lab(&lab, number, asked->argv[1], asked->name)
                                 : lab_open(&lab, asked->name);
    if (status == LAB_OK)
        status = exercise_state_read(&lab, &state);
    if (status != LAB_OK)
        return status;
    if (state.number != 0) {
        (void)fprintf(stderr,
                      "Failure: exercise %u runs in lab \"%s\"; end it first: vpclab "
                      "exercise end\n",
                      state.number, lab.name);
        return LAB_FAILURE;
    }
    status = exercise_cast_of(&lab, &state);
    state.number = number;
    if (status == LAB_OK)
        status = exercise_begin(&lab, &state);
    lab_event(&lab, status);
    if (status != LAB_OK)
        return status;
    (void)filled(&state, exercise_get(number)->symptom, symptom);
    if (asked->json)
        return json_out(json_pack("{s:s, s:i, s:s, s:s}", "lab", lab.name, "exercise", (int)number,
                                  "title", exercise_get(number)->title, "symptom", symptom));
    (void)printf("Exercise %u, in lab \"%s\": %s\n\n", number, lab.name,
                 exercise_get(number)->title);
    print_wrapped(symptom);
    (void)printf("\nFind out what is broken and where, and mend it.\n"
                 "  vpclab exercise hint                 a hint, of three; each costs 10 points\n"
                 "  vpclab exercise answer CAUSE PLACE   what it was; without words: the causes\n"
                 "  vpclab exercise check                is the customer content?\n"
                 "  vpclab exercise end                  your points, and what it was\n");
    return LAB_OK;
}

/* ---- hint, check, answer ---------------------------------------------------------------- */

static int
hint(const struct asked *asked)
{
    static struct lab lab;
    struct exercise_state state;
    int status = open_running(asked, &lab, &state);
    char text[EXERCISE_TEXT];
    unsigned at;

    if (status != LAB_OK)
        return status;
    at = state.result.hints;
    if (at == EXERCISE_HINTS) {
        (void)fprintf(stderr, "Failure: that were all hints; vpclab exercise end tells what it "
                              "was\n");
        return LAB_FAILURE;
    }
    state.result.hints++;
    status = exercise_state_write(&lab, &state);
    if (status != LAB_OK)
        return status;
    (void)filled(&state, exercise_get(state.number)->hints[at], text);
    if (asked->json)
        return json_out(
            json_pack("{s:i, s:i, s:s}", "hint", (int)at + 1, "of", EXERCISE_HINTS, "text", text));
    (void)printf("Hint %u of %d: ", at + 1, EXERCISE_HINTS);
    print_wrapped(text);
    return LAB_OK;
}

/* The signs that show now. They may be those of an answer that came too late, and are looked at once
 * more, unless the exercise's own is what is to be expected. */
static unsigned
signs_now(const struct lab *lab, const struct exercise_state *state)
{
    const struct exercise *exercise = exercise_get(state->number);
    struct exercise_cast cast = exercise_state_cast(state);
    bool told = state->result.cause && state->result.place;
    unsigned seen;

    if (!exercise_await(lab, exercise, &cast, 0, 0, &seen) && (told || seen != exercise->sign))
        (void)exercise_await(lab, exercise, &cast, 0, AGAIN_MS, &seen);
    return seen;
}

/* Is it mended now? When all is right for the first time the learner's time ends. */
static int
judge(const struct lab *lab, struct exercise_state *state)
{
    state->result.mended = signs_now(lab, state) == 0;
    if (state->done_ms || !state->result.mended || !state->result.cause || !state->result.place)
        return LAB_OK;
    state->done_ms = wall_ms();
    return exercise_state_write(lab, state);
}

static int
check(const struct asked *asked)
{
    static struct lab lab;
    struct exercise_state state;
    int status = open_running(asked, &lab, &state);
    bool right;

    if (status == LAB_OK)
        status = judge(&lab, &state);
    if (status != LAB_OK)
        return status;
    right = state.result.cause && state.result.place;
    if (asked->json) {
        status = json_out(json_pack("{s:i, s:b, s:b}", "exercise", (int)state.number, "mended",
                                    state.result.mended, "answered", right));
        return state.result.mended ? status : LAB_FAILURE;
    }
    if (!state.result.mended)
        (void)printf("The customer still complains.\n");
    else if (!right)
        (void)printf("The customer is content. Say what it was: vpclab exercise answer CAUSE "
                     "PLACE\n");
    else
        (void)printf("The customer is content, and you know what it was: vpclab exercise end\n");
    return state.result.mended ? LAB_OK : LAB_FAILURE;
}

static int
say_choices(const struct asked *asked)
{
    json_t *all = json_array();

    if (!asked->json)
        (void)printf("vpclab exercise answer CAUSE PLACE\n\nCAUSE is one of:\n");
    for (unsigned i = 0; i < EXERCISE_CAUSE_N; i++) {
        const char *word = exercise_cause_word((enum exercise_cause)i);
        const char *text = exercise_cause_text((enum exercise_cause)i);

        (void)json_array_append_new(all, json_pack("{s:s, s:s}", "cause", word, "text", text));
        if (!asked->json)
            (void)printf("  %-14s %s\n", word, text);
    }
    if (asked->json)
        return json_out(all);
    json_decref(all);
    (void)printf("\nPLACE is a chassis (east), a card (east/sf4), what one sends on a link\n"
                 "(srp-control:east>), or the address of a server or router.\n");
    return LAB_OK;
}

/* What a chassis hears of the other is what the other sends. */
static void
turn(struct fault_target *target, const struct lab *lab)
{
    if (target->way != FAULT_IN || lab->topo.instance_n != 2 ||
        (target->link != FAULT_LINK_SRP_CONTROL && target->link != FAULT_LINK_SRP_SESSION))
        return;
    target->way = FAULT_OUT;
    target->instance = (uint8_t)(1 - target->instance);
}

/* A place in the one form by which it is known. */
static bool
read_place(const struct lab *lab, const char *text, char out[FAULT_TARGET])
{
    static const enum fault_kind kinds[] = {FAULT_KILL, FAULT_CUT, FAULT_AAA_SILENT};
    struct fault_target target;
    const char *why;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (fault_target_read(&target, kinds[i], text, &lab->topo, &why)) {
            turn(&target, lab);
            fault_target_text(&target, kinds[i], &lab->topo, out);
            return true;
        }
    }
    return false;
}

static int
read_answer(const struct asked *asked, const struct lab *lab, enum exercise_cause *cause,
            char place[FAULT_TARGET])
{
    const char *names[EXERCISE_CAUSE_N], *near;

    if (asked->argc != 2) {
        (void)fprintf(stderr, "usage: vpclab exercise answer CAUSE PLACE; without words it tells "
                              "the causes\n");
        return LAB_USAGE;
    }
    if (!exercise_cause_read(asked->argv[0], cause)) {
        for (unsigned i = 0; i < EXERCISE_CAUSE_N; i++)
            names[i] = exercise_cause_word((enum exercise_cause)i);
        near = near_word(asked->argv[0], names, EXERCISE_CAUSE_N);
        (void)fprintf(stderr, "vpclab exercise answer: \"%s\" is no cause; %s%s%s\n",
                      asked->argv[0], near ? "did you mean " : "vpclab exercise answer lists them",
                      near ? near : "", near ? "?" : "");
        return LAB_USAGE;
    }
    if (!read_place(lab, asked->argv[1], place)) {
        (void)fprintf(stderr,
                      "vpclab exercise answer: \"%s\" is no place of this lab; expected a "
                      "chassis, a card such as east/sf4, srp-control:east> or an address\n",
                      asked->argv[1]);
        return LAB_USAGE;
    }
    return LAB_OK;
}

static int
answer(const struct asked *asked)
{
    static struct lab lab;
    struct exercise_state state;
    int status = open_running(asked, &lab, &state);
    char place[FAULT_TARGET], right_place[FAULT_TARGET] = "", text[EXERCISE_TEXT];
    const struct exercise *exercise;
    enum exercise_cause cause;

    if (status == LAB_OK && asked->argc == 0)
        return say_choices(asked);
    if (status == LAB_OK)
        status = read_answer(asked, &lab, &cause, place);
    if (status != LAB_OK)
        return status;
    exercise = exercise_get(state.number);
    (void)read_place(&lab, filled(&state, exercise->place, text), right_place);
    state.result.cause = cause == exercise->cause;
    state.result.place = strcmp(place, right_place) == 0;
    state.result.wrong += !state.result.cause || !state.result.place;
    status = exercise_state_write(&lab, &state);
    if (status == LAB_OK)
        status = judge(&lab, &state);
    if (status != LAB_OK)
        return status;
    if (asked->json)
        return json_out(json_pack("{s:b, s:b, s:b}", "cause", state.result.cause, "place",
                                  state.result.place, "mended", state.result.mended));
    (void)printf("The cause is %s, the place is %s.%s\n", state.result.cause ? "right" : "wrong",
                 state.result.place ? "right" : "wrong",
                 !state.result.cause || !state.result.place ? ""
                 : state.result.mended ? " And it is mended: vpclab exercise end"
                 : exercise->by == EXERCISE_BY_FAULT
                     ? " Now it can be repaired: vpclab fault clear; then: vpclab exercise check"
                     : " Now mend it, and ask: vpclab exercise check");
    return LAB_OK;
}

/* ---- end -------------------------------------------------------------------------------- */

static int
print_grade(const struct asked *asked, const struct exercise_state *state, double seconds)
{
    const struct exercise *exercise = exercise_get(state->number);
    const struct exercise_result *result = &state->result;
    const char *cause = exercise_cause_word(exercise->cause);
    unsigned points = exercise_points(result);
    char place[EXERCISE_TEXT];

    (void)filled(state, exercise->place, place);
    if (asked->json)
        return json_out(json_pack("{s:i, s:s, s:{s:s, s:s}, s:b, s:b, s:b, s:i, s:i, s:f, s:i}",
                                  "exercise", (int)state->number, "title", exercise->title, "fault",
                                  "cause", cause, "place", place, "cause", result->cause, "place",
                                  result->place, "mended", result->mended, "hints",
                                  (int)result->hints, "wrong_answers", (int)result->wrong,
                                  "seconds", seconds, "points", (int)points));
    (void)printf("Exercise %u: %s\n", state->number, exercise->title);
    (void)printf("It was %s at %s: %s.\n\n", cause, place, exercise_cause_text(exercise->cause));
    (void)printf("%-16s %-8s %4d\n", "cause", result->cause ? "right" : "not told",
                 result->cause ? 30 : 0);
    (void)printf("%-16s %-8s %4d\n", "place", result->place ? "right" : "not told",
                 result->place ? 30 : 0);
    (void)printf("%-16s %-8s %4d\n", "mended", result->mended ? "yes" : "no",
                 result->mended ? 40 : 0);
    (void)printf("%-16s %-8u %4d\n", "hints", result->hints, -10 * (int)result->hints);
    (void)printf("%-16s %-8u %4d\n", "wrong answers", result->wrong, -5 * (int)result->wrong);
    (void)printf("%-16s %-8s %4u of 100\n", "points", "", points);
    (void)printf("%-16s %.0f s\n", "time", seconds);
    return LAB_OK;
}

static int
end(const struct asked *asked)
{
    static struct lab lab;
    struct exercise_state state;
    int status = open_running(asked, &lab, &state), mended = LAB_OK;
    int64_t now;

    if (status == LAB_OK)
        status = judge(&lab, &state);
    if (status != LAB_OK)
        return status;
    now = state.done_ms ? state.done_ms : wall_ms();
    if (!state.result.mended)
        mended = exercise_put_back(&lab, &state);
    (void)book_drop(lab.rundir, EXERCISE_FILE);
    lab_event(&lab, mended);
    status = print_grade(
        asked, &state, (double)(now - (state.broken_ms ? state.broken_ms : state.began_ms)) / 1000);
    return mended == LAB_OK ? status : mended;
}

/* ---- the command ------------------------------------------------------------------------ */

static const struct {
    const char *word;
    int most; /* words behind it */
    int (*run)(const struct asked *asked);
} subs[] = {
    {"list", 0, list},   {"start", 2, start},   {"hint", 0, hint},
    {"check", 0, check}, {"answer", 2, answer}, {"end", 0, end},
};

enum { SUBS = sizeof subs / sizeof subs[0] };

static int
usage(const char *word)
{
    const char *names[SUBS], *near;

    for (size_t i = 0; i < SUBS; i++)
        names[i] = subs[i].word;
    near = word ? near_word(word, names, SUBS) : NULL;
    if (near)
        (void)fprintf(stderr, "vpclab exercise: \"%s\": did you mean %s?\n", word, near);
    else
        (void)fprintf(stderr, "usage: vpclab exercise { list | start N [FILE] | hint | check | "
                              "answer [CAUSE PLACE] | end } [-n NAME] [--json]\n");
    return LAB_USAGE;
}

int
cmd_exercise(int argc, char **argv)
{
    struct asked asked = {0};
    const struct opt opts[] = {
        {"json", OPT_FLAG, &asked.json, 0, 0},
        {"n", OPT_TEXT, &asked.name, 0, 0},
    };

    if (!opts_parse("exercise", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc < 1)
        return usage(NULL);
    for (size_t i = 0; i < SUBS; i++) {
        if (strcmp(subs[i].word, argv[0]) != 0)
            continue;
        asked.argc = argc - 1;
        asked.argv = argv + 1;
        return asked.argc <= subs[i].most ? subs[i].run(&asked) : usage(NULL);
    }
    return usage(argv[0]);
}
