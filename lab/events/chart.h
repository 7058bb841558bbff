/* chart.h - the events of a lab as a sequence chart of its chassis, in plain ASCII
 *
 *          0.000 Standby -> Pending-Active |                | peer Active (connection up)
 *          0.004                           |- 17 echo 16 -->|
 *
 * A column for each instance (one or two), what one says to the other between them, and lab
 * seconds since the first event in the margin. An arrow stands where the hello was received; one
 * that ends in x was not received within CHART_LOST_MS, or only a later one was. What a hello asks
 * or answers stands under its arrow, once. Events of the outside world stand with the instance
 * they name, the others across both columns. Left out is what another event tells as well:
 * notifications, images, routes offered, session managers reached, the other CF while it lives.
 *
 * Ownership  a plain value; lines are valid during the call
 * Time       that of the events, which come in the order of events.h
 * Errors     none: what is too long is wrapped; control characters are shown as ?
 * Threads    any
 */
#ifndef VPCLAB_CHART_H
#define VPCLAB_CHART_H

#include "lab/events/events.h"

enum { CHART_COLUMNS = 2, CHART_NAME = 32, CHART_LEAST = 80, CHART_MOST = 240, CHART_REST = 192 };

enum { CHART_LOST_MS = 500, CHART_SENT = 64 };

typedef void (*chart_line_fn)(void *ctx, const char *line);

struct chart_hello {
    uint64_t seq, echo;
    int64_t at_ms;
};

struct chart_column {
    char name[CHART_NAME];
    struct chart_hello sent[CHART_SENT]; /* and not yet received, the oldest first */
    size_t sent_n;
    char rest[CHART_REST]; /* what its last hello said beside its number */
};

struct chart {
    chart_line_fn line;
    void *ctx;
    size_t n, width, side, lane; /* characters: of the whole, of a column's text, of the middle */
    struct chart_column columns[CHART_COLUMNS];
    bool begun;
    int64_t first_us, last_us;
};

/* `names` of one or two instances, cut to what fits. Prints nothing. */
void chart_init(struct chart *chart, const char *const *names, size_t n, chart_line_fn line,
                void *ctx);

/* Characters a line may have, from here on; held between CHART_LEAST and CHART_MOST. */
void chart_width(struct chart *chart, size_t width);

/* The lines of one event; before the first one the names of the instances. */
void chart_event(struct chart *chart, const struct event *event);

#endif
