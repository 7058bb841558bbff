/* The texts of event logs that anybody may have written: times, kinds, hellos, the merge and the
 * chart. The input is lines of two files, in turn; a line is fields with a tab between: time,
 * process, kind, old, new, cause. The merge must give each event once and in the order of its
 * file, and no line of the chart may be longer than the terminal is wide or be anything but
 * printable ASCII. */
#include <assert.h>
#include <string.h>

#include "lab/events/chart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 2, EVENTS = 64, FIELDS = 6, INPUT = 8192 };

static struct event events[FILES][EVENTS];
static struct chart chart;

static void
check_line(void *ctx, const char *line)
{
    (void)ctx;
    assert(strlen(line) <= chart.width);
    for (; *line; line++)
        assert(*line >= ' ' && *line <= '~');
}

/* The text up to the next `end`, which it then ends with; *text moves behind it. */
static char *
cut(char **text, char end)
{
    char *begin = *text, *at = strchr(begin, end);

    *text = at ? at + 1 : begin + strlen(begin);
    if (at)
        *at = '\0';
    return begin;
}

static void
read_event(struct event *event, char *line, size_t number)
{
    char *fields[FIELDS];

    for (size_t i = 0; i < FIELDS; i++)
        fields[i] = cut(&line, '\t');
    *event = (struct event){.seq = number, .process = fields[1], .kind = fields[2]};
    (void)event_time_read(fields[0], &event->wall_ms);
    event->lab_us = event->wall_ms * 1000;
    event->epoch = strlen(fields[0]);
    event->old = fields[3][0] ? fields[3] : NULL;
    event->now = fields[4][0] ? fields[4] : NULL;
    event->cause = fields[5][0] ? fields[5] : NULL;
}

static void
check_kinds(const char *list)
{
    uint64_t mask;
    const char *bad;
    size_t len;

    if (event_kinds_read(list, &mask, &bad, &len))
        assert(mask != 0);
    else
        assert(bad >= list && bad + len <= list + strlen(list));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"east", "west"};
    struct event_source sources[FILES] = {{events[0], 0, 0}, {events[1], 0, 0}};
    char text[INPUT + 1], *at = text;
    size_t read = 0, told = 0;
    const struct event *event;

    size = size < INPUT ? size : INPUT;
    memcpy(text, data, size);
    text[size] = '\0';
    check_kinds(text);
    while (*at && read < FILES * EVENTS) {
        struct event_source *source = &sources[read++ % FILES];
        struct event *it = &events[source - sources][source->n];

        read_event(it, cut(&at, '\n'), source->n);
        event_settle(it, source->n ? it - 1 : NULL);
        source->n++;
    }
    chart_init(&chart, names, 1 + size % 2, check_line, NULL);
    chart_width(&chart, size);
    for (; (event = events_next(sources, FILES, INT64_MAX)) != NULL; told++) {
        size_t of = event >= events[1] && event < events[1] + EVENTS;

        assert(event->seq + 1 == sources[of].next);
        chart_event(&chart, event);
    }
    assert(told == read);
    return 0;
}
