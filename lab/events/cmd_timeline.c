#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lab/events/chart.h"
#include "lab/events/event_logs.h"
#include "lab/opts.h"

/* Of the terminal, else what COLUMNS says; the chart has a least and a most. */
static size_t
width(void)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return columns ? strtoul(columns, NULL, 10) : 0;
}

static void
print_line(void *ctx, const char *line)
{
    (void)ctx;
    (void)puts(line);
}

static void
draw(struct chart *chart, struct event_logs *logs, bool growing)
{
    const struct event *event;

    chart_width(chart, width());
    while ((event = event_logs_next(logs, growing)) != NULL)
        chart_event(chart, event);
}

static bool
begin(struct chart *chart, const struct event_logs *logs, const char *rundir)
{
    static char names[EVENT_NAMES][TOPO_NAME];
    const char *columns[CHART_COLUMNS];
    size_t n = event_logs_instances(logs, names);

    if (n == 0 || n > CHART_COLUMNS) {
        (void)fprintf(stderr,
                      "vpclab timeline: %s has event logs of %zu instances, expected one or two "
                      "(INSTANCE/*.jsonl); give the run directory of a lab\n",
                      rundir, n);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        columns[i] = names[i];
    chart_init(chart, columns, n, print_line, NULL);
    return true;
}

static int
tell(const char *rundir, const struct event_query *query, bool follow)
{
    struct event_logs *logs = event_logs_open(rundir, query);
    struct chart chart;

    if (!logs)
        return LAB_FAILURE;
    event_logs_read(logs, !follow);
    if (!begin(&chart, logs, rundir)) {
        event_logs_close(&logs);
        return LAB_FAILURE;
    }
    if (follow)
        event_logs_catch_end();
    draw(&chart, logs, follow);
    while (follow && !event_logs_ended() && fflush(stdout) == 0) {
        lab_sleep_ms(EVENT_LOGS_POLL_MS);
        event_logs_read(logs, false);
        draw(&chart, logs, true);
    }
    draw(&chart, logs, false);
    event_logs_complain(logs);
    event_logs_close(&logs);
    return LAB_OK;
}

int
cmd_timeline(int argc, char **argv)
{
    struct event_query query = {.withhold = true};
    bool follow = false;
    const char *name = NULL, *since = NULL;
    const struct opt opts[] = {
        {"follow", OPT_FLAG, &follow, 0, 0},
        {"since", OPT_TEXT, &since, 0, 0},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    char rundir[NODE_PATH];
    int status;

    if (!opts_parse("timeline", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc > 1) {
        (void)fprintf(stderr,
                      "vpclab timeline: one run directory at most; see vpclab help timeline\n");
        return LAB_USAGE;
    }
    if (!event_logs_since("timeline", since, &query.since_ms))
        return LAB_USAGE;
    status = event_logs_place(name, argc ? argv[0] : NULL, rundir);
    return status == LAB_OK ? tell(rundir, &query, follow) : status;
}
