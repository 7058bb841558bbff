#include "lab/caller/caller.h"
#include "lab/caller/stats.h"

static const char *const phase_names[CALLER_PHASES] = {
    [CALLER_OPENING] = "opening",   [CALLER_HOLDING] = "holding", [CALLER_VERIFYING] = "verifying",
    [CALLER_DELETING] = "deleting", [CALLER_DONE] = "done",
};

const char *
caller_phase_name(enum caller_phase phase)
{
    return phase_names[phase];
}

uint32_t
caller_answering(const struct caller *caller, mono_t now, int64_t within_us)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < caller->opened; i++) {
        const struct call *call = &caller->calls[caller->order[i]];

        n += call->heard.us && mono_between(call->heard, now) <= within_us;
    }
    return n;
}

enum { EVERY_CLASS = CALLER_CLASSES };

/* The longest gaps of the calls of a class; returns how many are in scratch[]. */
static uint32_t
take_gaps(const struct caller *caller, unsigned class, int64_t *scratch)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < caller->opened; i++) {
        uint32_t index = caller->order[i];

        if (caller->calls[index].gap_us &&
            (class == EVERY_CLASS || caller_class_of(&caller->plan, index) == class))
            scratch[n++] = caller->calls[index].gap_us;
    }
    return n;
}

static struct caller_class_result
class_result(const struct caller *caller, unsigned class, int64_t *scratch)
{
    const struct caller_outage *outage = &caller->classes[class];
    struct caller_class_result r = {
        .sent = outage->sent,
        .answered = outage->answered,
        .lost = outage->sent - outage->answered,
        .refused = outage->refused,
        .outage_us = outage_us(outage),
    };

    if (class <= CLASS_PING_MOST)
        r.gap_calls = take_gaps(caller, class, scratch);
    r.gap_median_us = stats_permille(scratch, r.gap_calls, 500);
    r.gap_max_us = stats_permille(scratch, r.gap_calls, 1000);
    return r;
}

/* In these states the gateway has it, or may have it. */
static uint32_t
extra_left(const struct caller_counts *counts)
{
    return counts->extra[CALL_OPENING] + counts->extra[CALL_OPEN] + counts->extra[CALL_TIMED_OUT] +
           counts->extra[CALL_DELETING] + counts->extra[CALL_UNDELETED];
}

struct caller_result
caller_result(const struct caller *caller, int64_t *scratch)
{
    const struct caller_counts *counts = &caller->counts;
    struct caller_result r = {
        .opened = caller->opened,
        .refused = counts->state[CALL_REFUSED],
        .timed_out = counts->state[CALL_TIMED_OUT],
        .not_tried = counts->state[CALL_NEW],
        .setup_s = (double)mono_between(caller->first, caller->last) / (double)US_PER_S,
        .lost = counts->sent - counts->answered,
        .extra_left = extra_left(counts),
    };

    for (uint32_t i = 0; i < r.opened; i++)
        scratch[i] = caller->calls[caller->order[i]].response_us;
    r.response_median_us = stats_permille(scratch, r.opened, 500);
    r.response_p99_us = stats_permille(scratch, r.opened, 990);
    r.gap_calls = take_gaps(caller, EVERY_CLASS, scratch);
    r.gap_median_us = stats_permille(scratch, r.gap_calls, 500);
    r.gap_max_us = stats_permille(scratch, r.gap_calls, 1000);
    for (unsigned i = 0; i < CALLER_CLASSES; i++)
        r.classes[i] = class_result(caller, i, scratch);
    r.update_median_us = spread_permille(&caller->updates, 500);
    r.update_p99_us = spread_permille(&caller->updates, 990);
    r.update_max_us = caller->updates.max_us;
    r.setup_rate = r.setup_s > 0 ? (double)r.opened / r.setup_s : 0;
    r.good = r.opened == caller->plan.calls && !counts->forgotten && !counts->misdelivered &&
             (caller->plan.no_verify || counts->verified == r.opened) &&
             counts->dedicated == counts->dedicated_wanted && counts->state[CALL_UNDELETED] == 0;
    return r;
}

static const struct {
    uint8_t version, cause;
    const char *text;
} causes[] = {
    {1, CALLER_INCOMPLETE, "accepted, but elements missing"},
    {1, 192, "non-existent"},
    {1, 193, "invalid message format"},
    {1, 199, "no resources available"},
    {1, 200, "service not supported"},
    {1, 201, "mandatory element incorrect"},
    {1, 202, "mandatory element missing"},
    {1, 204, "system failure"},
    {1, 209, "user authentication failed"},
    {1, 210, "context not found"},
    {1, 211, "all dynamic addresses are occupied"},
    {1, 212, "no memory available"},
    {1, 219, "missing or unknown APN"},
    {1, 220, "unknown PDP address or type"},
    {2, CALLER_INCOMPLETE, "accepted, but elements missing"},
    {2, 64, "context not found"},
    {2, 65, "invalid message format"},
    {2, 67, "invalid length"},
    {2, 68, "service not supported"},
    {2, 69, "mandatory element incorrect"},
    {2, 70, "mandatory element missing"},
    {2, 72, "system failure"},
    {2, 73, "no resources available"},
    {2, 78, "missing or unknown APN"},
    {2, 83, "preferred PDN type not supported"},
    {2, 84, "all dynamic addresses are occupied"},
    {2, 91, "no memory available"},
    {2, 92, "user authentication failed"},
    {2, 93, "APN access denied"},
    {2, 94, "request rejected"},
    {2, 103, "conditional element missing"},
};

const char *
caller_cause_text(uint8_t version, uint8_t cause)
{
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        if (causes[i].version == version && causes[i].cause == cause)
            return causes[i].text;
    }
    return "cause";
}
