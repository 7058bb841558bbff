#include "lab/exercise_act.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/loop/mgmt.h"
#include "lab/proc.h"
#include "lab/view_read.h"

enum { POLL_MS = 50, GONE_MS = 5000, WORDS_MOST = 8, WORD_ROOM = 1024 };

/* ---- looking ---------------------------------------------------------------------------- */

/* What the active CF of an instance answers; NULL when it does not. */
static json_t *
ask(const struct lab *lab, const struct view_instance *it, const char *line)
{
    char endpoint[NODE_PATH], *text = NULL;
    int status = MGMT_FAILURE;
    json_t *json = NULL;

    if (!it->cf)
        return NULL;
    endpoint_mgmt(lab->rundir, it->name, it->cf, endpoint);
    if (mgmt_ask(endpoint, line, true, VIEW_TIMEOUT_MS, &text, &status) == 0 && status == MGMT_OK)
        json = json_loads(text, 0, NULL);
    free(text);
    return json;
}

static size_t
cards_missing(const struct view_instance *it)
{
    size_t missing = 0;

    for (unsigned slot = 1; slot <= TOPO_SLOTS; slot++) {
        const struct view_card *card = &it->cards[slot];

        if (card->type != CARD_EMPTY)
            missing += !card->pid || !card->reported || !card->cf_alive;
    }
    return missing;
}

/* A comparison that has not ended counts as a difference: nobody knows better. */
static size_t
differences(const json_t *info)
{
    const char *verdict = json_string_value(json_object_get(info, "peer_configuration_validation"));
    size_t n = json_array_size(json_object_get(info, "configuration_differences"));

    return n > 0 || !verdict || strcmp(verdict, "Complete") == 0 ? n : 1;
}

static size_t
monitors_down(const json_t *monitor)
{
    const json_t *one;
    size_t i, down = 0;

    json_array_foreach(json_object_get(monitor, "monitors"), i, one)
    {
        const char *state = json_string_value(json_object_get(one, "state"));

        down += state && strcmp(state, "Down") == 0;
    }
    return down;
}

static void
look_at_active(const struct lab *lab, const struct view_instance *it, struct exercise_facts *facts)
{
    json_t *info = ask(lab, it, "show srp info"), *monitor = ask(lab, it, "show srp monitor all");

    facts->differences += differences(info);
    facts->monitors_down += monitors_down(monitor);
    json_decref(info);
    json_decref(monitor);
}

static void
look_at_standby(const struct lab *lab, const struct view_instance *it, struct exercise_facts *facts)
{
    json_t *statistics = ask(lab, it, "show srp checkpoint statistics");
    json_int_t failing = json_integer_value(json_object_get(statistics, "failing"));

    facts->failing += failing > 0 ? (uint64_t)failing : 0;
    json_decref(statistics);
}

void
exercise_look(const struct lab *lab, struct view *view, struct exercise_facts *facts)
{
    size_t active = 0, standby = 0;

    *facts = (struct exercise_facts){0};
    view_read(view, lab, VIEW_TIMEOUT_MS);
    facts->synced = view_synced(view);
    facts->cards_missing = !view->world_answers;
    for (size_t i = 0; i < view->instance_n; i++) {
        const struct view_instance *it = &view->instances[i];

        facts->cards_missing += cards_missing(it);
        if (view_same_word(it->chassis, "active")) {
            active++;
            look_at_active(lab, it, facts);
        } else if (view_same_word(it->chassis, "standby")) {
            standby++;
            look_at_standby(lab, it, facts);
        }
    }
    facts->one_active = active == 1;
    facts->one_standby = standby == 1;
}

bool
exercise_await(const struct lab *lab, unsigned signs, int64_t timeout_ms, unsigned *seen)
{
    static struct view view;
    int64_t end = lab_now_ms() + timeout_ms;
    struct exercise_facts facts;

    for (;;) {
        exercise_look(lab, &view, &facts);
        *seen = exercise_signs(&facts);
        if (signs ? (*seen & signs) == signs : *seen == 0)
            return true;
        if (lab_now_ms() >= end)
            return false;
        lab_sleep_ms(POLL_MS);
    }
}

bool
exercise_bind(const struct lab *lab, const struct view_instance *active, char *out, size_t room)
{
    json_t *info = ask(lab, active, "show srp info");
    const char *text = json_string_value(json_object_get(info, "local_address"));
    bool good = text && text[0] && strlen(text) < room;

    if (good)
        (void)snprintf(out, room, "%s", text);
    json_decref(info);
    return good;
}

/* ---- breaking and mending --------------------------------------------------------------- */

/* stdout is the null device until stdout_back. */
static int
stdout_away(void)
{
    int kept, null;

    (void)fflush(stdout);
    kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) {
        (void)dup2(null, STDOUT_FILENO);
        (void)close(null);
    }
    return kept;
}

static void
stdout_back(int kept)
{
    (void)fflush(stdout);
    if (kept < 0)
        return;
    (void)dup2(kept, STDOUT_FILENO);
    (void)close(kept);
}

int
exercise_quietly(int (*command)(int argc, char **argv), const char *const *words, int n)
{
    static char room[WORDS_MOST][WORD_ROOM];
    char *argv[WORDS_MOST + 1] = {NULL};
    int kept, status;

    for (int i = 0; i < n && i < WORDS_MOST; i++) {
        if ((size_t)snprintf(room[i], WORD_ROOM, "%s", words[i]) >= WORD_ROOM)
            return LAB_USAGE;
        argv[i] = room[i];
    }
    kept = stdout_away();
    status = command(n, argv);
    stdout_back(kept);
    return status;
}

static int
enter(const struct lab *lab, const struct exercise *exercise, const struct exercise_cast *cast,
      const char *text)
{
    char where[EXERCISE_WORD], lines[EXERCISE_TEXT];

    if (!exercise_fill(exercise->where, cast, where, sizeof where) ||
        !exercise_fill(text, cast, lines, sizeof lines))
        return LAB_FAILURE;
    return exercise_quietly(cmd_exec, (const char *const[]){where, lines, "-n", lab->name}, 4);
}

/* The process the exercise is about is sent a signal; false when it does not run. */
static bool
signal_place(const struct lab *lab, const struct exercise *exercise,
             const struct exercise_cast *cast, int number)
{
    static struct proc procs[PROCS_MOST];
    char place[EXERCISE_WORD];
    size_t n = procs_of(lab, procs);
    bool hit = false;

    if (!exercise_fill(exercise->place, cast, place, sizeof place))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(procs[i].name, place) != 0)
            continue;
        hit = proc_signal(&procs[i], number);
        if (hit && number == SIGKILL)
            hit = procs_wait_ended(&procs[i], 1, GONE_MS);
        proc_close(&procs[i]);
    }
    return hit;
}

static int
start_place(const struct lab *lab, const struct exercise *exercise,
            const struct exercise_cast *cast)
{
    char instance[EXERCISE_WORD], *slash;

    if (!exercise_fill(exercise->place, cast, instance, sizeof instance))
        return LAB_FAILURE;
    slash = strchr(instance, '/');
    if (!slash)
        return LAB_FAILURE;
    *slash = '\0';
    return exercise_quietly(cmd_start, (const char *const[]){instance, slash + 1, "-n", lab->name},
                            4);
}

int
exercise_break(const struct lab *lab, const struct exercise *exercise,
               const struct exercise_cast *cast)
{
    int number = exercise->by == EXERCISE_BY_KILL ? SIGKILL : SIGSTOP;

    if (exercise->by == EXERCISE_BY_CONSOLE || exercise->by == EXERCISE_BY_WORLD)
        return enter(lab, exercise, cast, exercise->brk);
    if (signal_place(lab, exercise, cast, number))
        return LAB_OK;
    (void)fprintf(stderr, "Failure: this lab has not the cards of topologies/classroom.json\n");
    return LAB_FAILURE;
}

int
exercise_mend(const struct lab *lab, const struct exercise *exercise,
              const struct exercise_cast *cast)
{
    switch (exercise->by) {
    case EXERCISE_BY_CONSOLE:
    case EXERCISE_BY_WORLD:
        return enter(lab, exercise, cast, exercise->mend);
    case EXERCISE_BY_FREEZE:
        return signal_place(lab, exercise, cast, SIGCONT) ? LAB_OK
                                                          : start_place(lab, exercise, cast);
    case EXERCISE_BY_KILL:
        break;
    }
    return start_place(lab, exercise, cast);
}
