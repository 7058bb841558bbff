/* event_logs.h - the event logs in a run directory, read as they grow
 *
 * Reads RUNDIR/PROCESS.jsonl and RUNDIR/INSTANCE/PROCESS.jsonl. A file may be missing, come later,
 * be cut short, be replaced by a new one of its name, or end amid a line, which is then read when
 * its end comes. A line that is no event is counted and left out; an event behind the stump of
 * another is read.
 *
 * Ownership  events and their texts belong to the logs: until the next event_logs_read or the end
 * Time       real; a query's in milliseconds since 1970
 * Errors     event_logs_open: NULL and a sentence on stderr
 * Threads    main
 */
#ifndef VPCLAB_EVENT_LOGS_H
#define VPCLAB_EVENT_LOGS_H

#include "lab/lab.h"

#include "lab/events/events.h"

enum { EVENT_LOGS_POLL_MS = 50, EVENT_NAMES = 16 };

/* Which events are wanted. */
struct event_query {
    int64_t since_ms;     /* and later */
    uint64_t kinds;       /* a bit each; 0: all, also unknown ones */
    const char *instance; /* NULL: all; "world" is one */
    bool withhold;        /* what would tell the fault of an exercise that runs */
};

struct event_logs;

struct event_logs *event_logs_open(const char *rundir, const struct event_query *query);
void event_logs_close(struct event_logs **logs);

/* Read what is new. With `whole` no more will come: a last line without its end counts, too. */
void event_logs_read(struct event_logs *logs, bool whole);

/* Leave out all that was read so far. */
void event_logs_skip(struct event_logs *logs);

/* The next event in the order of events.h. While the files grow: only what is so old that no
 * earlier one is on its way. NULL: none now. */
const struct event *event_logs_next(struct event_logs *logs, bool growing);

/* The directories of instances, sorted; how many. */
size_t event_logs_instances(const struct event_logs *logs, char names[EVENT_NAMES][TOPO_NAME]);

/* One sentence on stderr about lines that were no events, if there were any. */
void event_logs_complain(const struct event_logs *logs);

/* ---- what events, timeline and wait share ---------------------------------------------- */

/* The run directory a command means: DIR, or that of the lab called `name`. */
int event_logs_place(const char *name, const char *dir, char out[NODE_PATH]);

/* "--since S": seconds before now, or a time; NULL is the beginning. Says what is wrong. */
bool event_logs_since(const char *command, const char *text, int64_t *since_ms);

/* From now on Ctrl-C and SIGTERM end a loop that asks event_logs_ended. */
void event_logs_catch_end(void);
bool event_logs_ended(void);

#endif
