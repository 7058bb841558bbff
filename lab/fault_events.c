#include "lab/fault_events.h"

#include <string.h>

void
fault_events_init(struct fault_events *open)
{
    open->n = open->lost = 0;
}

/* Those of a process that have that number; 0: all of it. */
static void
take_out(struct fault_events *open, const char *process, uint64_t lease)
{
    for (size_t i = 0; i < open->n;) {
        if (strcmp(open->list[i].process, process) == 0 &&
            (lease == 0 || open->list[i].lease == lease))
            open->list[i] = open->list[--open->n];
        else
            i++;
    }
}

static void
put_in(struct fault_events *open, const struct event *event)
{
    size_t len = strlen(event->process);

    if (open->n == FAULT_EVENTS_MOST || len >= FAULT_EVENTS_PROCESS) {
        open->lost++;
        return;
    }
    memcpy(open->list[open->n].process, event->process, len + 1);
    open->list[open->n++].lease = event->epoch;
}

void
fault_events_see(struct fault_events *open, const struct event *event)
{
    if (strcmp(event->kind, "fault.on") == 0)
        put_in(open, event);
    else if (strcmp(event->kind, "fault.off") == 0)
        take_out(open, event->process, event->epoch);
    else if (strcmp(event->kind, "process.start") == 0)
        take_out(open, event->process, 0);
}

void
fault_events_ended(struct fault_events *open, const char *process)
{
    take_out(open, process, 0);
}
