#include "lab/exercise/exercise_act.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/loop/clock.h"
#include "common/loop/fault_file.h"
#include "common/loop/mgmt.h"
#include "lab/proc.h"
#include "lab/view_read.h"

enum { POLL_MS = 50, GONE_MS = 5000, WORDS_MOST = 12, WORD_ROOM = 1024, BREAK_WORDS = 3 };

/* Lab seconds: nobody learns for longer, and no fault outlives its lab's day. */
#define LEASE "86400"
/* Calls of their own, at an address that is nobody's, and not that of the time before: its requests
 * may be remembered. */
#define CALLS      "40"
#define CALLS_FROM "127.%u.9.%u"
#define CALLS_IMSI "001010000900001"

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

/* "cut srp-control:east>" as the words of a command; how many. */
static int
break_words(char *text, const char *words[BREAK_WORDS])
{
    char *rest = NULL;
    int n = 0;

    for (char *word = strtok_r(text, " ", &rest); word && n < BREAK_WORDS;
         word = strtok_r(NULL, " ", &rest))
        words[n++] = word;
    return n;
}

static bool
same_target(const struct fault_target *a, const struct fault_target *b)
{
    return a->link == b->link && a->way == b->way && a->instance == b->instance &&
           a->slot == b->slot && a->addr == b->addr;
}

uint32_t
exercise_lease(const struct lab *lab, const struct exercise *exercise,
               const struct exercise_cast *cast)
{
    static struct faults faults;
    char text[EXERCISE_TEXT], err[512];
    const char *words[BREAK_WORDS], *why;
    struct fault_target target;
    enum fault_kind kind;
    uint32_t id = 0;

    faults.n = 0;
    if (exercise->by != EXERCISE_BY_FAULT ||
        !exercise_fill(exercise->brk, cast, text, sizeof text) || break_words(text, words) < 2 ||
        !fault_kind_read(words[0], &kind) ||
        !fault_target_read(&target, kind, words[1], &lab->topo, &why) ||
        faults_read(&faults, lab->rundir, &lab->topo, err, sizeof err) != 0)
        return 0;
    for (size_t i = 0; i < faults.n; i++) {
        const struct fault *fault = &faults.list[i];

        if (fault->kind == kind && same_target(&fault->target, &target) &&
            fault_in_force(fault, clock_real_us()) && fault->id > id)
            id = fault->id;
    }
    return id;
}

void
exercise_look(const struct lab *lab, const struct exercise *exercise,
              const struct exercise_cast *cast, struct view *view, struct exercise_facts *facts)
{
    size_t active = 0, standby = 0;

    *facts = (struct exercise_facts){.lease = exercise && exercise_lease(lab, exercise, cast) != 0};
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
exercise_await(const struct lab *lab, const struct exercise *exercise,
               const struct exercise_cast *cast, unsigned signs, int64_t timeout_ms, unsigned *seen)
{
    static struct view view;
    int64_t end = lab_now_ms() + timeout_ms;
    struct exercise_facts facts;

    for (;;) {
        exercise_look(lab, exercise, cast, &view, &facts);
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

/* Calls that stay open. */
static int
open_calls(const struct lab *lab, const struct exercise_cast *cast)
{
    char from[EXERCISE_WORD];

    (void)snprintf(from, sizeof from, CALLS_FROM, cast->net, 1 + (unsigned)getpid() % 250);
    return exercise_quietly(cmd_call,
                            (const char *const[]){"--calls", CALLS, "--pps", "0", "--no-verify",
                                                  "--no-delete", "--local", from, "--imsi",
                                                  CALLS_IMSI, "-n", lab->name},
                            12);
}

static int
add_lease(const struct lab *lab, const struct exercise *exercise, const struct exercise_cast *cast)
{
    char text[EXERCISE_TEXT];
    const char *words[1 + BREAK_WORDS + 4] = {"add"};
    int n;

    if (!exercise_fill(exercise->brk, cast, text, sizeof text))
        return LAB_FAILURE;
    n = 1 + break_words(text, words + 1);
    words[n++] = "--for";
    words[n++] = LEASE;
    words[n++] = "-n";
    words[n++] = lab->name;
    return exercise_quietly(cmd_fault, words, n);
}

static int
clear_lease(const struct lab *lab, const struct exercise *exercise,
            const struct exercise_cast *cast)
{
    uint32_t id = exercise_lease(lab, exercise, cast);
    char number[16];

    (void)snprintf(number, sizeof number, "%u", id);
    return id == 0 ? LAB_OK
                   : exercise_quietly(cmd_fault,
                                      (const char *const[]){"clear", number, "-n", lab->name}, 4);
}

int
exercise_break(const struct lab *lab, const struct exercise *exercise,
               const struct exercise_cast *cast)
{
    int number = exercise->by == EXERCISE_BY_KILL ? SIGKILL : SIGSTOP;

    if (exercise->by == EXERCISE_BY_FAULT) {
        int status = add_lease(lab, exercise, cast);

        return status == LAB_OK && exercise->calls ? open_calls(lab, cast) : status;
    }

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
    case EXERCISE_BY_FAULT: {
        int status = clear_lease(lab, exercise, cast);

        if (status != LAB_OK || !exercise->restart)
            return status;
        (void)signal_place(lab, exercise, cast, SIGKILL); /* it may have ended already */
        break;
    }
    case EXERCISE_BY_KILL:
        break;
    }
    return start_place(lab, exercise, cast);
}
