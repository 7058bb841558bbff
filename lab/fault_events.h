/* fault_events.h - which leases are open by what the event logs tell
 *
 * A lease is open in a process from its fault.on to its fault.off. A process that ends takes its
 * faults with it: what starts in its place has none before it says so. Of one whose disk was full
 * nobody knows what it said meanwhile: nothing counts as open there when that is over.
 *
 * Ownership  plain values
 * Time       the events come in the order of the logs
 * Errors     what the table has no room for is counted
 * Threads    any
 */
#ifndef VPCLAB_FAULT_EVENTS_H
#define VPCLAB_FAULT_EVENTS_H

#include "lab/events.h"

enum { FAULT_EVENTS_MOST = 4096, FAULT_EVENTS_PROCESS = 64 };

struct fault_events {
    size_t n, lost;
    struct {
        char process[FAULT_EVENTS_PROCESS];
        uint64_t lease;
    } list[FAULT_EVENTS_MOST];
};

void fault_events_init(struct fault_events *open);
void fault_events_see(struct fault_events *open, const struct event *event);

/* That process does not run. */
void fault_events_ended(struct fault_events *open, const char *process);

#endif
