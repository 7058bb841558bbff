#include "lab/events/chart.h"

#include <string.h>

#include "lab/events/chart_text.h"

enum { MARGIN = 10, LANE_LEAST = 16, LANE_MOST = 28 };

/* A lab clock that falls by more than the merge lets events change places: it began anew. */
#define ANEW_US INT64_C(1000000)

/* ---- lines ---------------------------------------------------------------------------- */

static void
put(char *line, size_t at, const char *text, size_t len)
{
    memcpy(line + at, text, len);
}

/* Without the blanks at its end. */
static void
say(const struct chart *chart, char *line)
{
    size_t len = chart->width;

    while (len > 0 && line[len - 1] == ' ')
        len--;
    line[len] = '\0';
    chart->line(chart->ctx, line);
}

/* A blank line with the time, if there is one, and the life lines. */
static void
blank(const struct chart *chart, char *line, const char *when)
{
    size_t len = strlen(when), left = chart->n == 1 ? MARGIN : MARGIN + chart->side + 1;

    memset(line, ' ', chart->width);
    put(line, len < MARGIN ? MARGIN - 1 - len : 0, when, len < MARGIN ? len : MARGIN - 1);
    line[left] = '|';
    if (chart->n == 2)
        line[left + chart->lane + 1] = '|';
}

/* Text at the side of a column: left of the first of two, else right. */
static void
put_side(const struct chart *chart, char *line, size_t column, const char *text, size_t len)
{
    if (chart->n == 1)
        put(line, MARGIN + 2, text, len);
    else if (column == 0)
        put(line, MARGIN + chart->side - len, text, len);
    else
        put(line, MARGIN + chart->side + chart->lane + 4, text, len);
}

static void
put_lane(const struct chart *chart, char *line, const char *text, size_t len)
{
    put(line, MARGIN + chart->side + 2 + (chart->lane - len) / 2, text, len);
}

enum place { IN_FIRST, IN_SECOND, IN_LANE, ACROSS };

/* The text, wrapped, where it belongs; the time in front of its first line. */
static void
write_text(const struct chart *chart, enum place place, const char *when, const char *text)
{
    size_t room = place == IN_LANE  ? chart->lane
                  : place == ACROSS ? chart->width - MARGIN
                                    : chart->side;
    char line[CHART_MOST + 1];

    while (*text) {
        size_t len = text_wrap(text, room);

        blank(chart, line, when);
        if (place == IN_LANE)
            put_lane(chart, line, text, len);
        else if (place == ACROSS)
            put(memset(line + MARGIN, ' ', chart->width - MARGIN), 0, text, len);
        else
            put_side(chart, line, place, text, len);
        say(chart, line);
        when = "";
        text += len;
        text += strspn(text, " ");
    }
}

static void
write_head(const struct chart *chart)
{
    char line[CHART_MOST + 1];

    blank(chart, line, "lab s");
    for (size_t i = 0; i < chart->n; i++)
        put_side(chart, line, i, chart->columns[i].name, strlen(chart->columns[i].name));
    say(chart, line);
}

/* ---- arrows --------------------------------------------------------------------------- */

/* "17 echo 16", or as much of it as fits. */
static void
arrow_label(const struct chart *chart, uint64_t seq, uint64_t echo, struct text *label)
{
    static const char *const between[] = {" echo ", "/"};
    size_t room = chart->lane - 4;

    for (size_t i = 0; i < 2; i++) {
        text_clear(label);
        text_number(label, seq);
        text_add(label, between[i]);
        text_number(label, echo);
        if (label->len <= room)
            return;
    }
    text_clear(label);
    text_number(label, seq);
    if (label->len > room)
        text_clear(label);
}

/* From `column` to the other one; a lost one ends before it arrives. */
static void
write_arrow(const struct chart *chart, size_t column, const char *when, uint64_t seq, uint64_t echo,
            bool lost)
{
    char line[CHART_MOST + 1], lane[LANE_MOST];
    struct text label;
    size_t end = column == 0 ? chart->lane - 1 : 0;

    memset(lane, '-', chart->lane);
    lane[end] = column == 0 ? '>' : '<';
    if (lost) {
        lane[end] = ' ';
        lane[column == 0 ? end - 1 : end + 1] = 'x';
    }
    arrow_label(chart, seq, echo, &label);
    if (label.len > 0) {
        size_t at = (chart->lane - label.len) / 2;

        lane[at - 1] = lane[at + label.len] = ' ';
        memcpy(lane + at, label.text, label.len);
    }
    blank(chart, line, when);
    put_lane(chart, line, lane, chart->lane);
    say(chart, line);
}

/* What a hello says beside its number: under the arrow, when it is new. */
static void
write_rest(struct chart *chart, size_t column, const char *rest)
{
    struct chart_column *it = &chart->columns[column];
    struct text text;

    text_clear(&text);
    text_add(&text, rest + strspn(rest, ", "));
    text.text[CHART_REST - 1] = '\0';
    if (strcmp(it->rest, text.text) == 0)
        return;
    memcpy(it->rest, text.text, strlen(text.text) + 1);
    write_text(chart, IN_LANE, "", it->rest);
}

/* The oldest hello of a column is not waited for any more. */
static void
end_oldest(struct chart *chart, size_t column, const char *when, bool lost)
{
    struct chart_column *it = &chart->columns[column];

    if (lost)
        write_arrow(chart, column, when, it->sent[0].seq, it->sent[0].echo, true);
    it->sent_n--;
    memmove(it->sent, it->sent + 1, it->sent_n * sizeof it->sent[0]);
}

static void
give_up(struct chart *chart, int64_t at_ms, const char *when)
{
    for (size_t i = 0; i < chart->n; i++) {
        struct chart_column *it = &chart->columns[i];

        while (it->sent_n > 0 && at_ms - it->sent[0].at_ms >= CHART_LOST_MS)
            end_oldest(chart, i, when, true);
    }
}

static void
hello_sent(struct chart *chart, size_t column, const char *when, const struct event_hello *hello,
           int64_t at_ms)
{
    struct chart_column *it = &chart->columns[column];

    if (it->sent_n == CHART_SENT)
        end_oldest(chart, column, when, true);
    it->sent[it->sent_n++] = (struct chart_hello){hello->seq, hello->echo, at_ms};
}

/* None overtakes another. */
static void
hello_received(struct chart *chart, size_t sender, const char *when,
               const struct event_hello *hello)
{
    struct chart_column *it = &chart->columns[sender];

    while (it->sent_n > 0 && it->sent[0].seq < hello->seq)
        end_oldest(chart, sender, when, true);
    if (it->sent_n > 0 && it->sent[0].seq == hello->seq)
        end_oldest(chart, sender, when, false);
    write_arrow(chart, sender, when, hello->seq, hello->echo, false);
    write_rest(chart, sender, hello->rest);
}

/* ---- events --------------------------------------------------------------------------- */

static enum place
place_of(const struct chart *chart, const struct event *event)
{
    const char *const texts[] = {event->now, event->old, event->cause};

    for (size_t i = 0; i < chart->n; i++) {
        if (event_of_instance(event, chart->columns[i].name))
            return (enum place)i;
    }
    for (size_t j = 0; j < 3; j++) {
        for (size_t i = 0; i < chart->n; i++) {
            if (texts[j] && text_has_word(texts[j], chart->columns[i].name))
                return (enum place)i;
        }
    }
    return ACROSS;
}

/* Lab seconds since the first event; a clock that began anew counts from here. */
static void
stamp(struct chart *chart, const struct event *event, struct text *when)
{
    bool anew = chart->begun && chart->last_us - event->lab_us > ANEW_US;

    if (anew)
        write_text(chart, ACROSS, "", "---- the lab clock begins anew ----");
    if (!chart->begun)
        write_head(chart);
    if (!chart->begun || anew)
        chart->first_us = event->lab_us;
    chart->begun = true;
    chart->last_us = event->lab_us;
    text_clear(when);
    text_seconds(when, event->lab_us - chart->first_us);
}

void
chart_event(struct chart *chart, const struct event *event)
{
    enum place place = place_of(chart, event);
    struct event_hello hello;
    struct text when, text;

    if (!chart_shows(event))
        return;
    stamp(chart, event, &when);
    give_up(chart, event->at_ms, when.text);
    if (chart->n == 2 && place < IN_LANE && event_hello_read(event, &hello)) {
        if (hello.sent)
            hello_sent(chart, place, when.text, &hello, event->at_ms);
        else
            hello_received(chart, 1 - (size_t)place, when.text, &hello);
        return;
    }
    chart_text(&text, event);
    write_text(chart, place, when.text, text.text);
}

void
chart_width(struct chart *chart, size_t width)
{
    width = width < CHART_LEAST ? CHART_LEAST : width > CHART_MOST ? CHART_MOST : width;
    chart->width = width;
    if (chart->n == 1) {
        chart->side = width - MARGIN - 2;
        chart->lane = LANE_LEAST; /* has none */
        return;
    }
    chart->lane = LANE_LEAST + (width - CHART_LEAST) / 4;
    if (chart->lane > LANE_MOST)
        chart->lane = LANE_MOST;
    chart->side = (width - MARGIN - 4 - chart->lane) / 2;
}

void
chart_init(struct chart *chart, const char *const *names, size_t n, chart_line_fn line, void *ctx)
{
    memset(chart, 0, sizeof *chart);
    chart->n = n < CHART_COLUMNS ? n : CHART_COLUMNS;
    chart->line = line;
    chart->ctx = ctx;
    for (size_t i = 0; i < chart->n; i++) {
        size_t len = strlen(names[i]);

        memcpy(chart->columns[i].name, names[i], len < CHART_NAME ? len : CHART_NAME - 1);
    }
    chart_width(chart, CHART_LEAST);
}
