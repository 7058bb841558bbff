#include "lab/exercise/exercise_state.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/loop/book.h"

enum { FILE_TEXT = 1024 };

/* ---- the file --------------------------------------------------------------------------- */

static bool
take_word(const char *from, char *out, size_t room)
{
    size_t len = strlen(from);

    if (len == 0 || len >= room)
        return false;
    memcpy(out, from, len + 1);
    return true;
}

static bool
take(json_t *json, struct exercise_state *state)
{
    const char *active, *standby, *bind;
    json_int_t number, cf, net, began, broken, done, hints, wrong, lease;
    int cause, place;

    if (json_unpack(
            json, "{s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b !}",
            "exercise", &number, "active", &active, "standby", &standby, "bind", &bind, "cf", &cf,
            "net", &net, "began_ms", &began, "broken_ms", &broken, "done_ms", &done, "lease",
            &lease, "hints", &hints, "wrong", &wrong, "cause", &cause, "place", &place) != 0)
        return false;
    if (number < 1 || number > UINT16_MAX || !exercise_get((unsigned)number) || cf < 1 || cf > 2 ||
        net < 0 || net > UINT8_MAX || began < 0 || (broken != 0 && broken < began) || done < 0 ||
        lease < 0 || lease > UINT32_MAX || hints < 0 || hints > EXERCISE_HINTS || wrong < 0 ||
        wrong > UINT16_MAX || !take_word(active, state->active, sizeof state->active) ||
        !take_word(standby, state->standby, sizeof state->standby) ||
        !take_word(bind, state->bind, sizeof state->bind))
        return false;
    state->number = (unsigned)number;
    state->cf = (unsigned)cf;
    state->net = (unsigned)net;
    state->began_ms = began;
    state->broken_ms = broken;
    state->done_ms = done;
    state->lease = (uint32_t)lease;
    state->result = (struct exercise_result){.hints = (unsigned)hints,
                                             .wrong = (unsigned)wrong,
                                             .cause = cause,
                                             .place = place,
                                             .mended = done != 0};
    return true;
}

bool
exercise_state_parse(const char *text, size_t len, struct exercise_state *state)
{
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    struct exercise_state taken = {0};
    bool good = json && take(json, &taken);

    json_decref(json);
    *state = good ? taken : (struct exercise_state){0};
    return good;
}

bool
exercise_state_get(const char *rundir, struct exercise_state *state)
{
    char text[FILE_TEXT];
    long len = book_get(rundir, EXERCISE_FILE, text, sizeof text);

    *state = (struct exercise_state){0};
    if (len == DI_ENOTFOUND)
        return true;
    return len >= 0 && exercise_state_parse(text, (size_t)len, state);
}

int
exercise_state_read(const struct lab *lab, struct exercise_state *state)
{
    if (exercise_state_get(lab->rundir, state))
        return LAB_OK;
    (void)fprintf(stderr,
                  "Failure: %s/" EXERCISE_FILE " is no exercise's file; remove it, end the lab "
                  "(vpclab down %s) and start it again\n",
                  lab->rundir, lab->name);
    return LAB_FAILURE;
}

int
exercise_state_write(const struct lab *lab, const struct exercise_state *state)
{
    json_t *json = json_pack(
        "{s:i, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:i, s:i, s:b, s:b}", "exercise",
        (int)state->number, "active", state->active, "standby", state->standby, "bind", state->bind,
        "cf", (int)state->cf, "net", (int)state->net, "began_ms", (json_int_t)state->began_ms,
        "broken_ms", (json_int_t)state->broken_ms, "done_ms", (json_int_t)state->done_ms, "lease",
        (json_int_t)state->lease, "hints", (int)state->result.hints, "wrong",
        (int)state->result.wrong, "cause", state->result.cause, "place", state->result.place);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    int rc = text ? book_put(lab->rundir, EXERCISE_FILE, text, strlen(text)) : DI_ESYSTEM;

    if (rc != 0)
        (void)fprintf(stderr, "Failure: cannot write %s/" EXERCISE_FILE ": %s\n", lab->rundir,
                      strerror(errno));
    free(text);
    json_decref(json);
    return rc == 0 ? LAB_OK : LAB_FAILURE;
}

struct exercise_cast
exercise_state_cast(const struct exercise_state *state)
{
    return (struct exercise_cast){.active = state->active,
                                  .standby = state->standby,
                                  .bind = state->bind,
                                  .cf = state->cf,
                                  .net = state->net};
}

/* ---- what it hides ---------------------------------------------------------------------- */

bool
exercise_hides(const struct exercise_state *state, const struct event *event)
{
    if (state->number == 0 || event->wall_ms < state->began_ms)
        return false;
    if (strncmp(event->kind, "fault.", 6) == 0)
        return true;
    return (state->broken_ms == 0 || event->wall_ms < state->broken_ms) &&
           strcmp(event->kind, "operator.command") == 0;
}

uint32_t
exercise_keeps(const char *rundir)
{
    struct exercise_state state;

    if (!exercise_state_get(rundir, &state) || (state.result.cause && state.result.place))
        return 0;
    return state.lease;
}
