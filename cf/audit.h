/* audit.h - audits between the chassis: what is under way, and what came of the last ones
 *
 * An audit compares the calls of each session manager with the records of its peer
 * (common/ckpt/ckpt_audit.h). The control function of an Active with a synchronised Standby orders
 * it, repeats the order until each has reported the end, and sums up; whatever takes the audit's
 * ground away ends it as failed.
 *
 *        audit_begin          audit_heard: all are done
 *   rest -----------> runs ------------------------------> rest, Complete
 *                       |   audit_see, audit_heard, audit_tick, audit_follow
 *                       +-------------------------------> rest, Failed with its cause
 *
 * Ownership  plain value
 * Time       mono_t of the lab clock; microseconds since 1970 for the schedule and display
 * Errors     a report of another run changes nothing of this one
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_AUDIT_H
#define VPCLAB_AUDIT_H

#include "cf/audit_plan.h"

enum { AUDITS_KEPT = 10, AUDIT_SESSMGRS = 255 };

#define AUDIT_LIMIT_US  (300 * US_PER_S) /* of a run */
#define AUDIT_REPEAT_US (1 * US_PER_S)   /* the order is said again */

enum audit_state { AUDIT_INITIAL, AUDIT_RUNS, AUDIT_COMPLETE, AUDIT_FAILED, AUDIT_STATE_N };

#define AUDIT_CAUSES(X)                                                                            \
    X(AUDIT_NO_CAUSE, "")                                                                          \
    X(AUDIT_NOT_ACTIVE, "the chassis left Active")                                                 \
    X(AUDIT_NO_STANDBY, "the peer chassis is not Standby any more")                                \
    X(AUDIT_UNREADY, "a session manager lost the connection with its peer")                        \
    X(AUDIT_TIMEOUT, "not all session managers were done within 5 minutes")                        \
    X(AUDIT_CF_SWITCH, "control function switchover")

enum audit_cause {
#define X(name, text) name,
    AUDIT_CAUSES(X)
#undef X
        AUDIT_CAUSE_N,
};

/* Why none can begin. */
enum audit_refusal {
    AUDIT_MAY,
    AUDIT_IS_NOT_ACTIVE,
    AUDIT_HAS_NO_STANDBY,
    AUDIT_HAS_UNREADY, /* session managers without their peer */
    AUDIT_NOT_SYNCED,
    AUDIT_RUNS_ALREADY,
};

/* The ground on which audits stand. */
struct audit_chassis {
    bool active;              /* the chassis is */
    bool standby;             /* the peer is */
    unsigned sessmgrs, ready; /* configured; of these, connected with their peer */
    bool synced;              /* all that is to be checkpointed is acknowledged, just now */
};

/* One audit, under way or over. */
struct audit_entry {
    enum audit_type type;
    enum audit_state state;
    enum audit_cause cause;
    uint8_t sessmgr; /* which one it failed with; 0: none in particular */
    int64_t wall_us; /* began at */
    int64_t took_us;
    unsigned asked, done; /* session managers */
    struct audit_counts counts;
};

struct audit {
    struct audit_plan plan;
    struct audit_chassis chassis;
    bool synced; /* was, since the session managers have been connected */

    struct audit_order order; /* of the run under way, or the last one */
    uint64_t seed;            /* of this start of the control function */
    uint32_t runs;            /* ordered */
    uint32_t foreign;         /* run of another control function that was told last */
    struct audit_entry now;   /* state AUDIT_RUNS: under way */
    mono_t began, repeat;
    struct {
        bool asked, done;
        struct audit_counts counts;
    } sessmgrs[AUDIT_SESSMGRS + 1];

    struct audit_entry kept[AUDITS_KEPT]; /* newest last */
    uint32_t kept_n;
    struct audit_entry last; /* that is over; also after audit_clear */
    int64_t successful_us;   /* wall clock at the end of the last complete one; 0: none */
};

/* Runs have numbers that no other start of a control function uses: `seed` is its incarnation. */
void audit_init(struct audit *audit, const struct audit_plan_setup *setup, uint64_t seed);

/* What the chassis is now. True: the run under way has ended by it, audit->last says how. */
bool audit_see(struct audit *audit, mono_t now, int64_t wall_us, const struct audit_chassis *is);

enum audit_refusal audit_may(const struct audit *audit);

/* Begin one of that type over these session managers, as far as audit_may(): audit->order is to
 * be told to each. */
enum audit_refusal audit_begin(struct audit *audit, mono_t now, int64_t wall_us,
                               enum audit_type type, const uint8_t *sessmgrs, unsigned n);

/* A session manager reports. True: a run has ended by it. A run of another control function that
 * was broken off is one that failed, told once. */
bool audit_heard(struct audit *audit, mono_t now, int64_t wall_us, uint8_t sessmgr,
                 const struct audit_report *report);

/* Has the order to be told once more? */
bool audit_repeats(struct audit *audit, mono_t now);
bool audit_waits_for(const struct audit *audit, uint8_t sessmgr);

/* True: the run has ended by its limit. */
bool audit_tick(struct audit *audit, mono_t now);

/* This control function leads no longer, or once more. True: the run has ended by it. */
bool audit_follow(struct audit *audit, mono_t now, int64_t wall_us);

/* The type that the schedule asks for, once; AUDIT_NONE: none, or one is under way. */
enum audit_type audit_due(struct audit *audit, mono_t now, int64_t wall_us);

/* When audit_due, audit_repeats or audit_tick have something to say at the latest, by the lab's
 * clock; what is planned by the wall clock is to be looked at from time to time. */
mono_t audit_deadline(const struct audit *audit);

/* The history; the run under way is its last one. */
unsigned audit_entries(const struct audit *audit);
const struct audit_entry *audit_entry(const struct audit *audit, unsigned i);
void audit_clear(struct audit *audit);

/* "Initial", "In Progress", "Complete", "Failed": of the run under way, or the last one. */
const char *audit_state_name(enum audit_state state);
enum audit_state audit_state(const struct audit *audit);
const char *audit_cause_text(enum audit_cause cause);

#endif
