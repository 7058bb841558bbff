#include "lab/exercise/exercise_begin.h"

#include <stdio.h>
#include <string.h>

#include "common/loop/book.h"
#include "common/loop/clock.h"
#include "lab/clash.h"
#include "lab/exercise/exercise_act.h"
#include "lab/fault/fault_known.h"
#include "lab/lab_time.h"

enum { HEALTHY_MS = 3000, NOTICED_MS = 60000, MENDED_MS = 30000, SIGNS = 7 };

static void
say_signs(unsigned seen)
{
    for (unsigned i = 0; i < SIGNS; i++) {
        if (seen & 1u << i)
            (void)fprintf(stderr, "  %s\n", exercise_sign_text((enum exercise_sign)(1u << i)));
    }
}

int
exercise_lab(struct lab *lab, unsigned number, const char *file, const char *name)
{
    const char *const words[] = {file, "--name", name};
    char known[TOPO_NAME];
    int status = exercise_quietly(cmd_up, words, name ? 3 : 1);

    if (status == LAB_FAILURE)
        (void)fprintf(stderr,
                      "vpclab exercise: to start the lab elsewhere: vpclab up %s --name NAME --net "
                      "N, then: vpclab exercise start %u -n NAME\n",
                      file, number);
    if (status == LAB_OK && !name)
        status = lab_load(lab, file);
    (void)snprintf(known, sizeof known, "%s", name ? name : lab->name);
    return status == LAB_OK ? lab_open(lab, known) : status;
}

int
exercise_cast_of(const struct lab *lab, struct exercise_state *state)
{
    static struct view view;
    const struct view_instance *active, *standby;
    struct exercise_facts facts;
    unsigned seen;
    int net = clash_net(&lab->topo);

    if (!lab->topo.fault_hooks || net < 0 || lab->topo.instance_n != 2) {
        (void)fprintf(stderr,
                      "Failure: exercises break things: they need a pair whose topology says "
                      "\"fault-hooks\": true and whose addresses are all 127.N.x.y, such as "
                      "topologies/classroom.json\n");
        return LAB_FAILURE;
    }
    if (!exercise_await(lab, NULL, NULL, 0, HEALTHY_MS, &seen)) {
        (void)fprintf(stderr, "Failure: the lab is not healthy, so nobody could tell what the "
                              "exercise broke; mend this first, or end the lab and start it "
                              "again:\n");
        say_signs(seen);
        lab_time_remind(lab);
        return LAB_FAILURE;
    }
    exercise_look(lab, NULL, NULL, &view, &facts);
    active = view_in_state(&view, "active");
    standby = view_in_state(&view, "standby");
    if (!active || !standby || !exercise_bind(lab, active, state->bind, sizeof state->bind)) {
        (void)fprintf(stderr, "Failure: the pair changes its roles just now; say it again\n");
        return LAB_FAILURE;
    }
    (void)snprintf(state->active, sizeof state->active, "%s", active->name);
    (void)snprintf(state->standby, sizeof state->standby, "%s", standby->name);
    state->cf = 3u - active->cf;
    state->net = (unsigned)net;
    return LAB_OK;
}

/* Has the lab what is to be broken? */
static bool
has_place(const struct lab *lab, const struct exercise *exercise, const struct exercise_cast *cast)
{
    bool server = exercise->cause == EXERCISE_AAA_SILENT;
    bool router = exercise->cause == EXERCISE_BGP_DOWN;
    enum fault_kind kind = server                         ? FAULT_AAA_SILENT
                           : router                       ? FAULT_BGP_DOWN
                           : strchr(exercise->place, ':') ? FAULT_CUT
                                                          : FAULT_KILL;
    struct fault_target target;
    char place[EXERCISE_WORD];
    const char *why;

    if (!exercise_fill(exercise->place, cast, place, sizeof place))
        return false;
    if (fault_target_read(&target, kind, place, &lab->topo, &why) &&
        fault_exists(lab, kind, &target))
        return true;
    (void)fprintf(
        stderr,
        "Failure: this exercise needs %s, which lab \"%s\" has not; start one that has, such as "
        "topologies/classroom.json\n",
        server   ? "the AAA server 127.N.8.2"
        : router ? "the BGP neighbor 127.N.2.1"
                 : place,
        lab->name);
    return false;
}

int
exercise_begin(const struct lab *lab, struct exercise_state *state)
{
    const struct exercise *exercise = exercise_get(state->number);
    struct exercise_cast cast = exercise_state_cast(state);
    unsigned seen;
    int status;

    if (!has_place(lab, exercise, &cast))
        return LAB_FAILURE;
    state->began_ms = clock_wall_us() / US_PER_MS;
    status = exercise_state_write(lab, state);
    if (status == LAB_OK)
        status = exercise_break(lab, exercise, &cast);
    state->lease = exercise_lease(lab, exercise, &cast);
    if (status == LAB_OK && state->lease)
        status = exercise_state_write(lab, state);
    if (status == LAB_OK &&
        !exercise_await(lab, exercise, &cast, exercise->sign, NOTICED_MS, &seen)) {
        (void)fprintf(stderr,
                      "Failure: what was broken does not show within %d s; is this a lab "
                      "of topologies/classroom.json?\n",
                      NOTICED_MS / 1000);
        lab_time_remind(lab);
        status = LAB_FAILURE;
    }
    if (status == LAB_OK) {
        state->broken_ms = clock_wall_us() / US_PER_MS;
        return exercise_state_write(lab, state);
    }
    (void)book_drop(lab->rundir, EXERCISE_FILE); /* it keeps its lease no longer */
    (void)exercise_mend(lab, exercise, &cast);
    return LAB_FAILURE;
}

int
exercise_put_back(const struct lab *lab, const struct exercise_state *state)
{
    const struct exercise *exercise = exercise_get(state->number);
    struct exercise_cast cast = exercise_state_cast(state);
    unsigned seen;

    (void)book_drop(lab->rundir, EXERCISE_FILE); /* it keeps its lease no longer */
    (void)exercise_mend(lab, exercise, &cast);   /* the lab itself is judged */
    if (exercise_await(lab, exercise, &cast, 0, MENDED_MS, &seen))
        return LAB_OK;
    (void)fprintf(stderr,
                  "Failure: the lab is not healthy %d s after the fault was taken back; end "
                  "it and start it again: vpclab down %s\n",
                  MENDED_MS / 1000, lab->name);
    say_signs(seen);
    lab_time_remind(lab);
    return LAB_FAILURE;
}
