#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/events/event_logs.h"
#include "lab/exercise/exercise_state.h"
#include "lab/opts.h"
#include "lab/record/record_setup.h"
#include "lab/record/scenario_json.h"

/* ---- all events ------------------------------------------------------------------------- */

struct story {
    struct event *events; /* their texts are the logs' */
    size_t n, room;
};

static void
keep(struct story *story, const struct event *event)
{
    if (story->n == story->room) {
        story->room = story->room ? story->room * 2 : 1024;
        story->events = realloc(story->events, story->room * sizeof *story->events);
        if (!story->events)
            abort();
    }
    story->events[story->n++] = *event;
}

/* ---- the file ------------------------------------------------------------------------------ */

static int
write_file(const char *path, const struct scenario *scenario)
{
    bool to_stdout = strcmp(path, "-") == 0;
    char *text = scenario_print(scenario);
    FILE *f = to_stdout ? stdout : fopen(path, "we");
    bool written = f && text && fputs(text, f) >= 0;

    free(text);
    if (f && !to_stdout)
        written &= fclose(f) == 0;
    if (written)
        return LAB_OK;
    perror(path);
    return LAB_FAILURE;
}

static void
tell(const char *path, const struct scenario *s)
{
    (void)fprintf(stderr,
                  "%s: %.1f lab seconds, %zu steps, %zu changes of state; play it: "
                  "scripts/sim --scenario %s\n",
                  path, (double)s->length_us / 1e6, s->step_n, s->state_n, path);
    for (size_t i = 0; i < s->step_n; i++)
        if (s->steps[i].deed == DEED_OTHER)
            (void)fprintf(stderr, "  not simulated: %9.3f s  %s\n", (double)s->steps[i].at_us / 1e6,
                          s->steps[i].text);
}

static int
record(const char *path, const char *rundir, const struct topo *topo, int64_t since_ms)
{
    static struct scenario scenario;
    static struct scenario_watch watch;
    const struct event_query all = {.since_ms = INT64_MIN};
    struct event_logs *logs;
    struct story story = {0};
    const struct event *event;
    enum scenario_refusal refusal;
    int status = record_setup(topo, &scenario, &watch), side;

    if (status != LAB_OK)
        return status;
    logs = event_logs_open(rundir, &all);
    if (!logs)
        return LAB_FAILURE;
    event_logs_read(logs, true);
    while ((event = event_logs_next(logs, false)) != NULL)
        keep(&story, event);
    (void)snprintf(scenario.about, sizeof scenario.about, "lab %s, as it was recorded", topo->name);
    refusal = scenario_make(&scenario, &watch, story.events, story.n, since_ms, &side);
    event_logs_complain(logs);
    event_logs_close(&logs);
    free(story.events);
    if (refusal != SCENARIO_OK) {
        (void)fprintf(stderr, "vpclab record: %s: %s\n",
                      refusal == SCENARIO_AMID ? scenario.chassis[side].name : rundir,
                      scenario_refusal_text(refusal));
        return LAB_FAILURE;
    }
    status = write_file(path, &scenario);
    if (status == LAB_OK)
        tell(path, &scenario);
    return status;
}

/* It would tell the fault that a learner looks for. */
static bool
hides_an_exercise(const char *rundir)
{
    struct exercise_state state;

    if (exercise_state_get(rundir, &state) && state.number == 0)
        return false;
    (void)fprintf(stderr,
                  "vpclab record: an exercise runs in this lab, and a record would tell what "
                  "it is; end it first: vpclab exercise end\n");
    return true;
}

/* ---- the command ------------------------------------------------------------------------------ */

/* Of a running lab its own; of a directory of logs that of a file. */
static int
find_topology(struct lab *lab, const char *name, const char *dir, const char *file)
{
    char err[4096];

    if (!dir && !file)
        return lab_open(lab, name);
    if (!file) {
        (void)fprintf(stderr, "vpclab record: with DIR, --topology FILE must say what its lab was "
                              "started from\n");
        return LAB_USAGE;
    }
    if (topo_load(&lab->topo, file, err, sizeof err) == 0)
        return LAB_OK;
    (void)fprintf(stderr, "%s\n", err);
    return LAB_USAGE;
}

int
cmd_record(int argc, char **argv)
{
    static struct lab lab;
    const char *name = NULL, *since = NULL, *file = NULL, *dir;
    const struct opt opts[] = {
        {"since", OPT_TEXT, &since, 0, 0},
        {"topology", OPT_TEXT, &file, 0, 0},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    char rundir[NODE_PATH];
    int64_t since_ms;
    int status;

    if (!opts_parse("record", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc < 1 || argc > 2) {
        (void)fprintf(stderr, "vpclab record: expected a file to write, and at most a run "
                              "directory; see vpclab help record\n");
        return LAB_USAGE;
    }
    dir = argc == 2 ? argv[1] : NULL;
    if (!event_logs_since("record", since, &since_ms))
        return LAB_USAGE;
    status = event_logs_place(name, dir, rundir);
    if (status == LAB_OK && hides_an_exercise(rundir))
        status = LAB_FAILURE;
    if (status == LAB_OK)
        status = find_topology(&lab, name, dir, file);
    return status == LAB_OK ? record(argv[0], rundir, &lab.topo, since_ms) : status;
}
