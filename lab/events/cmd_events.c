#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/near.h"
#include "common/loop/log.h"
#include "lab/events/event_logs.h"
#include "lab/opts.h"

/* ---- one event ------------------------------------------------------------------------ */

/* Without what would move the cursor. */
static void
print_plain(const char *text)
{
    for (; *text; text++)
        (void)putchar((unsigned char)*text < ' ' || *text == 127 ? '?' : *text);
}

/* "east/sf4 sessmgr 2", then blanks up to the width of most. */
static void
print_process(const struct event *event)
{
    enum { WIDTH = 13 };
    size_t len = strlen(event->process);

    print_plain(event->process);
    if (event->thread) {
        (void)putchar(' ');
        print_plain(event->thread);
        len += 1 + strlen(event->thread);
    }
    (void)printf("%*s", len < WIDTH ? (int)(WIDTH - len) : 1, "");
}

/* A line with the day, whenever that is another one: the times stand without it. */
static void
print_day(const char *time, char day[11])
{
    if (strncmp(day, time, 10) == 0)
        return;
    memcpy(day, time, 10);
    (void)printf("%s, UTC\n", day);
}

/* What stands in `epoch` is another thing in some kinds. */
static const char *
number_word(const struct event *event)
{
    if (strncmp(event->kind, "vm.", 3) == 0)
        return "pid";
    return strncmp(event->kind, "fault.", 6) == 0 ? "lease" : "epoch";
}

/* A process has none of its own, and the cause of a fault begins with its lease. */
static bool
tells_number(const struct event *event)
{
    return event->epoch && !strstr(event->kind, "process.") &&
           !(event->cause && strncmp(event->kind, "fault.", 6) == 0 &&
             strncmp(event->cause, "lease ", 6) == 0);
}

static void
print_text(const struct event *event, char day[11])
{
    char time[32];
    int64_t ms = event->wall_ms;
    time_t s = (time_t)(ms / 1000);
    struct tm tm;

    (void)gmtime_r(&s, &tm);
    (void)strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &tm);
    print_day(time, day);
    (void)printf("%s.%03d  ", time + 11, (int)(ms % 1000));
    print_process(event);
    (void)printf("%-20s ", event->kind);
    if (event->old) {
        print_plain(event->old);
        (void)printf(event->now ? " -> " : "");
    }
    print_plain(event->now ? event->now : "");
    if (event->cause) {
        (void)printf("%s(", event->old || event->now ? " " : "");
        print_plain(event->cause);
        (void)printf(")");
    }
    if (tells_number(event))
        (void)printf("%s%s %llu", event->old || event->now || event->cause ? ", " : "",
                     number_word(event), (unsigned long long)event->epoch);
    (void)printf("\n");
}

/* ---- all of them ---------------------------------------------------------------------- */

struct printing {
    bool json;
    char day[11];
};

static void
print_all(struct event_logs *logs, bool growing, struct printing *printing)
{
    const struct event *event;

    while ((event = event_logs_next(logs, growing)) != NULL) {
        if (printing->json)
            (void)puts(event->line);
        else
            print_text(event, printing->day);
    }
}

/* An instance of which there is nothing may be a slip of the pen; one may also come yet. */
static bool
is_instance(const struct event_logs *logs, const char *name)
{
    static char names[EVENT_NAMES][TOPO_NAME];
    size_t n = event_logs_instances(logs, names);

    if (!name || strcmp(name, "world") == 0)
        return true;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    (void)fprintf(stderr, "vpclab events: no instance \"%s\" has an event log; there are:", name);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(stderr, " %s", names[i]);
    (void)fprintf(stderr, " world\n");
    return false;
}

static int
tell(const char *rundir, const struct event_query *query, bool follow, bool json)
{
    struct printing printing = {.json = json};
    struct event_logs *logs = event_logs_open(rundir, query);

    if (!logs)
        return LAB_FAILURE;
    event_logs_read(logs, !follow);
    if (!is_instance(logs, query->instance)) {
        event_logs_close(&logs);
        return LAB_USAGE;
    }
    if (follow)
        event_logs_catch_end();
    print_all(logs, follow, &printing);
    while (follow && !event_logs_ended() && fflush(stdout) == 0) {
        lab_sleep_ms(EVENT_LOGS_POLL_MS);
        event_logs_read(logs, false);
        print_all(logs, true, &printing);
    }
    print_all(logs, false, &printing);
    event_logs_complain(logs);
    event_logs_close(&logs);
    return LAB_OK;
}

/* ---- the command ---------------------------------------------------------------------- */

/* A file in the run directory, which the processes look for with each hello. */
static int
set_hellos(const char *rundir, const char *word)
{
    char path[NODE_PATH + 32];
    bool on = strcmp(word, "on") == 0;
    int fd;

    if (!on && strcmp(word, "off") != 0) {
        (void)fprintf(stderr, "vpclab events: --hellos %s: expected on or off\n", word);
        return LAB_USAGE;
    }
    (void)snprintf(path, sizeof path, "%s/" LOG_OFTEN, rundir);
    if (!on && (unlink(path) == 0 || access(path, F_OK) != 0))
        return LAB_OK;
    fd = on ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    if (fd < 0) {
        perror(path);
        return LAB_FAILURE;
    }
    (void)close(fd);
    return LAB_OK;
}

static int
complain_kind(const char *word, size_t len)
{
    const char *names[EVENT_KIND_N];
    char typed[64];
    const char *near;

    for (size_t i = 0; i < EVENT_KIND_N; i++)
        names[i] = event_kind_name(i);
    (void)snprintf(typed, sizeof typed, "%.*s", (int)(len < 60 ? len : 60), word);
    near = len < 32 ? near_word(typed, names, EVENT_KIND_N) : NULL;
    (void)fprintf(stderr, "vpclab events: no event is of kind \"%s\"; ", typed);
    if (near)
        (void)fprintf(stderr, "did you mean %s?\n", near);
    else
        (void)fprintf(stderr, "docs/events.md has the kinds, and a family is one, too: srp\n");
    return LAB_USAGE;
}

int
cmd_events(int argc, char **argv)
{
    struct event_query query = {.withhold = true};
    bool follow = false, json = false;
    const char *name = NULL, *since = NULL, *kinds = NULL, *hellos = NULL, *bad;
    const struct opt opts[] = {
        {"follow", OPT_FLAG, &follow, 0, 0}, {"since", OPT_TEXT, &since, 0, 0},
        {"kind", OPT_TEXT, &kinds, 0, 0},    {"instance", OPT_TEXT, &query.instance, 0, 0},
        {"json", OPT_FLAG, &json, 0, 0},     {"hellos", OPT_TEXT, &hellos, 0, 0},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    char rundir[NODE_PATH];
    size_t len;
    int status;

    if (!opts_parse("events", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc > 1) {
        (void)fprintf(stderr, "vpclab events: one run directory at most; see vpclab help events\n");
        return LAB_USAGE;
    }
    if (kinds && !event_kinds_read(kinds, &query.kinds, &bad, &len))
        return complain_kind(bad, len);
    if (!event_logs_since("events", since, &query.since_ms))
        return LAB_USAGE;
    status = event_logs_place(name, argc ? argv[0] : NULL, rundir);
    if (status != LAB_OK)
        return status;
    return hellos ? set_hellos(rundir, hellos) : tell(rundir, &query, follow, json);
}
