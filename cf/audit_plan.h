/* audit_plan.h - when the next audit between the chassis is due
 *
 * With `audit daily-start-time` the first run of a day begins at that time, UTC, and the others
 * follow at the distance of `audit periodicity`: 06 00 and 90 are 06:00, 07:30, 09:00, ... until the
 * next 06:00. These go by the wall clock, which may jump: forwards over several of them makes one due,
 * backwards brings them back, so none waits for a time that has gone. Without a start time the
 * distance counts on the lab's clock from when the plan was switched on. docs/staros.md "Audit
 * between the chassis".
 *
 * Ownership  plain value
 * Time       mono_t of the lab clock, and microseconds since 1970, both passed in
 * Errors     none
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_AUDIT_PLAN_H
#define VPCLAB_AUDIT_PLAN_H

#include "common/base/mono.h"
#include "common/msg/body.h"

struct audit_plan_setup {
    bool daily;         /* there is a start time ... */
    uint32_t start_min; /* ... so many minutes after midnight, below 1440 */
    uint32_t period_min;
};

/* An instant that is planned, on one of the two clocks. */
struct audit_instant {
    bool planned, by_wall;
    int64_t wall_us;
    mono_t at;
};

struct audit_plan {
    struct audit_plan_setup setup;
    bool on;
    struct audit_instant next[AUDIT_TYPE_N]; /* of AUDIT_PERIODICITY, AUDIT_DAILY */
};

void audit_plan_init(struct audit_plan *plan, const struct audit_plan_setup *setup);

/* Audits can be made from now on, or not any more; a repetition changes nothing. */
void audit_plan_switch(struct audit_plan *plan, bool on, mono_t now, int64_t wall_us);

/* The type that is due now, once; AUDIT_NONE: none is. */
enum audit_type audit_plan_due(struct audit_plan *plan, mono_t now, int64_t wall_us);

#endif
