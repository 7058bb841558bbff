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

/* Is that process the target: it, or the instance it is of? */
static bool
is_of(const char *process, const char *target)
{
    size_t len = strlen(target);

    return strncmp(process, target, len) == 0 && (process[len] == '\0' || process[len] == '/');
}

/* Who could write to no file may have said fault.off in vain. */
static void
excuse(struct fault_events *open, const char *what)
{
    static const char full[] = "disk-full ";
    size_t len = sizeof full - 1;

    for (size_t i = 0; what && strncmp(what, full, len) == 0 && i < open->n;) {
        if (is_of(open->list[i].process, what + len))
            open->list[i] = open->list[--open->n];
        else
            i++;
    }
}

void
fault_events_see(struct fault_events *open, const struct event *event)
{
    if (strcmp(event->kind, "fault.on") == 0) {
        put_in(open, event);
    } else if (strcmp(event->kind, "fault.off") == 0) {
        take_out(open, event->process, event->epoch);
        excuse(open, event->now);
    } else if (strcmp(event->kind, "process.start") == 0) {
        take_out(open, event->process, 0);
    }
}

void
fault_events_ended(struct fault_events *open, const char *process)
{
    take_out(open, process, 0);
}
