#include "cf/audit.h"

#include <assert.h>
#include <string.h>

#include "common/base/rng.h"

void
audit_init(struct audit *audit, const struct audit_plan_setup *setup, uint64_t seed)
{
    memset(audit, 0, sizeof *audit);
    audit_plan_init(&audit->plan, setup);
    audit->seed = seed;
}

static bool
runs(const struct audit *audit)
{
    return audit->now.state == AUDIT_RUNS;
}

/* ---- the end of a run --------------------------------------------------------------------- */

static void
keep(struct audit *audit, const struct audit_entry *entry)
{
    if (audit->kept_n == AUDITS_KEPT) {
        memmove(audit->kept, audit->kept + 1, (AUDITS_KEPT - 1) * sizeof *audit->kept);
        audit->kept_n--;
    }
    audit->kept[audit->kept_n++] = audit->last = *entry;
}

static void
end(struct audit *audit, mono_t now, enum audit_state state)
{
    audit->now.state = state;
    audit->now.took_us = mono_between(audit->began, now);
    keep(audit, &audit->now);
}

static bool
fail(struct audit *audit, mono_t now, enum audit_cause cause, uint8_t sessmgr)
{
    if (!runs(audit))
        return false;
    audit->now.cause = cause;
    audit->now.sessmgr = sessmgr;
    end(audit, now, AUDIT_FAILED);
    return true;
}

/* ---- what the chassis is ------------------------------------------------------------------ */

/* Is everything there that an audit needs, but for having been synchronised? */
static enum audit_cause
missing(const struct audit_chassis *is)
{
    if (!is->active)
        return AUDIT_NOT_ACTIVE;
    if (!is->standby)
        return AUDIT_NO_STANDBY;
    return is->sessmgrs == 0 || is->ready < is->sessmgrs ? AUDIT_UNREADY : AUDIT_NO_CAUSE;
}

/* Once synchronised it stays so while the connections stand: that something is not acknowledged at
 * this moment is what calls that come and go look like. */
bool
audit_see(struct audit *audit, mono_t now, int64_t wall_us, const struct audit_chassis *is)
{
    enum audit_cause cause = missing(is);

    audit->chassis = *is;
    audit->synced = cause == AUDIT_NO_CAUSE && (audit->synced || is->synced);
    audit_plan_switch(&audit->plan, audit->synced, now, wall_us);
    return cause != AUDIT_NO_CAUSE && fail(audit, now, cause, 0);
}

enum audit_refusal
audit_may(const struct audit *audit)
{
    static const enum audit_refusal refusals[AUDIT_CAUSE_N] = {
        [AUDIT_NOT_ACTIVE] = AUDIT_IS_NOT_ACTIVE,
        [AUDIT_NO_STANDBY] = AUDIT_HAS_NO_STANDBY,
        [AUDIT_UNREADY] = AUDIT_HAS_UNREADY,
    };
    enum audit_cause cause = missing(&audit->chassis);

    if (cause != AUDIT_NO_CAUSE)
        return refusals[cause];
    if (!audit->synced)
        return AUDIT_NOT_SYNCED;
    return runs(audit) ? AUDIT_RUNS_ALREADY : AUDIT_MAY;
}

bool
audit_follow(struct audit *audit, mono_t now, int64_t wall_us)
{
    bool ended = fail(audit, now, AUDIT_CF_SWITCH, 0);

    audit->chassis = (struct audit_chassis){0};
    audit->synced = false;
    audit_plan_switch(&audit->plan, false, now, wall_us);
    return ended;
}

/* ---- a run -------------------------------------------------------------------------------- */

/* A receiver tells runs apart by their number alone, and remembers the last one: 0 is no run. One
 * start's incarnation may follow another's at once, when the wall clock was put back. */
static uint32_t
next_run(struct audit *audit)
{
    uint32_t run = (uint32_t)mix64(mix64(audit->seed) + ++audit->runs);

    return run ? run : 1;
}

enum audit_refusal
audit_begin(struct audit *audit, mono_t now, int64_t wall_us, enum audit_type type,
            const uint8_t *sessmgrs, unsigned n)
{
    enum audit_refusal refusal = audit_may(audit);

    if (refusal != AUDIT_MAY)
        return refusal;
    memset(audit->sessmgrs, 0, sizeof audit->sessmgrs);
    for (unsigned i = 0; i < n; i++)
        audit->sessmgrs[sessmgrs[i]].asked = true;
    audit->order = (struct audit_order){
        .run = next_run(audit), .type = (uint8_t)type, .sync = type == AUDIT_MANUAL};
    audit->now =
        (struct audit_entry){.type = type, .state = AUDIT_RUNS, .wall_us = wall_us, .asked = n};
    audit->began = now;
    audit->repeat = mono_after(now, AUDIT_REPEAT_US);
    return AUDIT_MAY;
}

static void
add(struct audit_counts *sum, const struct audit_counts *one)
{
    sum->calls += one->calls;
    sum->missing += one->missing;
    sum->stale += one->stale;
    sum->extra += one->extra;
    sum->synced += one->synced;
}

static void
sum_up(struct audit *audit)
{
    audit->now.counts = (struct audit_counts){0};
    audit->now.done = 0;
    for (unsigned i = 1; i <= AUDIT_SESSMGRS; i++) {
        if (!audit->sessmgrs[i].asked)
            continue;
        add(&audit->now.counts, &audit->sessmgrs[i].counts);
        audit->now.done += audit->sessmgrs[i].done;
    }
}

/* What the control function that led before has ordered, and its switchover has broken off. */
static bool
heard_foreign(struct audit *audit, int64_t wall_us, uint8_t sessmgr,
              const struct audit_report *report)
{
    if (report->state != AUDIT_STOPPED || report->run == audit->foreign ||
        report->run == audit->order.run)
        return false;
    audit->foreign = report->run;
    keep(audit, &(struct audit_entry){.type = (enum audit_type)report->type,
                                      .state = AUDIT_FAILED,
                                      .cause = AUDIT_CF_SWITCH,
                                      .sessmgr = sessmgr,
                                      .wall_us = wall_us,
                                      .counts = report->counts});
    return true;
}

bool
audit_heard(struct audit *audit, mono_t now, int64_t wall_us, uint8_t sessmgr,
            const struct audit_report *report)
{
    if (!runs(audit) || report->run != audit->order.run)
        return heard_foreign(audit, wall_us, sessmgr, report);
    if (!audit_waits_for(audit, sessmgr))
        return false;
    audit->sessmgrs[sessmgr].counts = report->counts;
    audit->sessmgrs[sessmgr].done = report->state == AUDIT_DONE;
    sum_up(audit);
    if (report->state == AUDIT_STOPPED)
        return fail(audit, now, AUDIT_UNREADY, sessmgr);
    if (audit->now.done < audit->now.asked)
        return false;
    audit->successful_us = wall_us;
    end(audit, now, AUDIT_COMPLETE);
    return true;
}

bool
audit_waits_for(const struct audit *audit, uint8_t sessmgr)
{
    return runs(audit) && audit->sessmgrs[sessmgr].asked && !audit->sessmgrs[sessmgr].done;
}

bool
audit_repeats(struct audit *audit, mono_t now)
{
    if (!runs(audit) || !mono_reached(now, audit->repeat))
        return false;
    audit->repeat = mono_after(now, AUDIT_REPEAT_US);
    return true;
}

bool
audit_tick(struct audit *audit, mono_t now)
{
    return runs(audit) && mono_between(audit->began, now) >= AUDIT_LIMIT_US &&
           fail(audit, now, AUDIT_TIMEOUT, 0);
}

enum audit_type
audit_due(struct audit *audit, mono_t now, int64_t wall_us)
{
    enum audit_type type = audit_plan_due(&audit->plan, now, wall_us);

    return runs(audit) ? AUDIT_NONE : type;
}

mono_t
audit_deadline(const struct audit *audit)
{
    const struct audit_instant *next = &audit->plan.next[AUDIT_PERIODICITY];
    mono_t at = next->planned && !next->by_wall ? next->at : MONO_NEVER;

    return runs(audit) ? mono_earlier(at, audit->repeat) : at;
}

/* ---- history ------------------------------------------------------------------------------ */

unsigned
audit_entries(const struct audit *audit)
{
    return audit->kept_n + runs(audit);
}

const struct audit_entry *
audit_entry(const struct audit *audit, unsigned i)
{
    assert(i < audit_entries(audit));
    return i < audit->kept_n ? &audit->kept[i] : &audit->now;
}

void
audit_clear(struct audit *audit)
{
    audit->kept_n = 0;
}

enum audit_state
audit_state(const struct audit *audit)
{
    return runs(audit) ? AUDIT_RUNS : audit->last.state;
}

const char *
audit_state_name(enum audit_state state)
{
    static const char *const names[AUDIT_STATE_N] = {
        [AUDIT_INITIAL] = "Initial",
        [AUDIT_RUNS] = "In Progress",
        [AUDIT_COMPLETE] = "Complete",
        [AUDIT_FAILED] = "Failed",
    };

    return state < AUDIT_STATE_N ? names[state] : "unknown";
}

const char *
audit_cause_text(enum audit_cause cause)
{
    static const char *const texts[AUDIT_CAUSE_N] = {
#define X(name, text) [name] = text,
        AUDIT_CAUSES(X)
#undef X
    };

    return cause < AUDIT_CAUSE_N ? texts[cause] : "unknown";
}
