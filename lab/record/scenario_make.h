/* scenario_make.h - the scenario in the merged events of a lab
 *
 * Nobody tells when a process is killed. It is read off what others noticed at once (connections that
 * closed), or else off its next start. What the simulator has no name for becomes a step `other`,
 * which says so and does nothing.
 *
 * Ownership  plain values; texts are copied
 * Time       events have the lab clock; a scenario begins at 0
 * Errors     enum scenario_refusal, and the chassis it is about
 * Threads    any
 */
#ifndef VPCLAB_SCENARIO_MAKE_H
#define VPCLAB_SCENARIO_MAKE_H

#include "lab/events/events.h"
#include "lab/record/scenario.h"

/* The monitors of a chassis, so that an event that names one tells which it is. */
struct scenario_monitor {
    uint8_t deed;             /* DEED_AAA, DEED_BGP, DEED_BFD, or DEED_OTHER: it is not simulated */
    char text[SCENARIO_TEXT]; /* as configured: the cause of monitor.state */
};
enum { SCENARIO_WATCHED = 16 };
struct scenario_watch {
    struct scenario_monitor monitors[SCENARIO_SIDES][SCENARIO_WATCHED];
    uint8_t monitor_n[SCENARIO_SIDES];
};

#define SCENARIO_REFUSALS(X)                                                                       \
    X(SCENARIO_OK, "")                                                                             \
    X(SCENARIO_EMPTY, "there are no events of its time; choose an earlier --since, or leave it "   \
                      "out")                                                                       \
    X(SCENARIO_AMID, "the chassis is neither Active nor Standby then; choose another --since, or " \
                     "leave it out")                                                               \
    X(SCENARIO_ALONE,                                                                              \
      "not one of both chassis is Active then; choose another --since, or leave it out")           \
    X(SCENARIO_LONG, "more happened than a scenario holds; choose a later --since")

enum scenario_refusal {
#define X(name, text) name,
    SCENARIO_REFUSALS(X)
#undef X
        SCENARIO_REFUSAL_N
};
const char *scenario_refusal_text(enum scenario_refusal refusal);

/* Steps and states of the merged events[n] from since_ms (wall clock; INT64_MIN: all) on, into a
 * scenario whose settings and chassis are there. *side is the chassis a refusal is about. On a
 * refusal the scenario is of no use. */
enum scenario_refusal scenario_make(struct scenario *scenario, const struct scenario_watch *watch,
                                    const struct event *events, size_t n, int64_t since_ms,
                                    int *side);

#endif
