#include "lab/caller/caller_probe.h"

#include "lab/caller/caller_pace.h"
#include "lab/caller/caller_send.h"
#include "lab/caller/caller_table.h"

/* An extra subscriber's turn comes again after so many seconds: by then the fate of the call
 * before is known, or a new one replaces it on the gateway. */
enum { EXTRA_S = 30, EXTRA_LEAST = 64 };

uint32_t
caller_extras(const struct caller_plan *plan)
{
    uint32_t n =
        plan->new_rate < CALLER_EXTRA_MOST / EXTRA_S ? plan->new_rate * EXTRA_S : CALLER_EXTRA_MOST;

    return plan->new_rate && n < EXTRA_LEAST ? EXTRA_LEAST : n;
}

void
caller_probe_begin(struct caller *caller, mono_t now)
{
    caller->control_ns = caller->new_ns = pace_from(now);
}

void
caller_probe_end(struct caller *caller, mono_t now)
{
    for (unsigned i = 0; i < CALLER_CLASSES; i++)
        outage_end(&caller->classes[i], now);
}

static uint32_t
index_of(const struct caller *caller, const struct call *call)
{
    return (uint32_t)(call - caller->calls);
}

static void
count_answer(struct caller *caller, mono_t now, enum caller_class class, bool accepted)
{
    if (!accepted)
        caller->classes[class].refused++;
    outage_answered(&caller->classes[class], now);
}

/* ---- updates of open calls ---------------------------------------------------------- */

static bool
has_control(const struct caller *caller)
{
    return caller->plan.control_rate && caller->phase == CALLER_HOLDING &&
           caller->counts.state[CALL_OPEN] > 0;
}

/* Another number for the oldest probe remembered. */
static struct caller_probe *
take_probe(struct caller *caller)
{
    uint32_t i = caller->probe_turn++ % CALLER_PROBES;
    struct caller_probe *probe = &caller->probes[i];

    if (probe->open)
        calls_free_number(caller, probe->seq, CALLER_PROBE_BASE + i);
    probe->open = true;
    probe->seq = calls_number(caller, CALLER_PROBE_BASE + i);
    return probe;
}

static struct caller_probe *
find_probe(struct caller *caller, uint32_t seq)
{
    uint32_t i = seq <= UINT16_MAX ? caller->by_seq[seq] : 0;

    return i > CALLER_PROBE_BASE ? &caller->probes[i - 1 - CALLER_PROBE_BASE] : NULL;
}

static bool
next_control(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    struct caller_probe *probe;
    struct call *call;

    if (!has_control(caller) || !pace(&caller->control_ns, caller->plan.control_rate, now))
        return false;
    do
        call = &caller->calls[caller->order[caller->control_turn++ % caller->opened]];
    while (call->state != CALL_OPEN);
    probe = take_probe(caller);
    probe->index = index_of(caller, call);
    probe->asked = now;
    call->moved = !call->moved;
    caller_send_to(caller, out, call->addr_control);
    out->len = caller_gtp_update(out->bytes, sizeof out->bytes, &caller->plan, call, probe->index,
                                 probe->seq);
    outage_sent(&caller->classes[CLASS_CONTROL], now);
    return true;
}

static bool
is_changed(uint32_t told, uint32_t known)
{
    return told && told != known;
}

void
caller_probe_updated(struct caller *caller, mono_t now, const struct caller_answer *answer)
{
    struct caller_probe *probe = find_probe(caller, answer->seq);
    struct call *call = probe ? &caller->calls[probe->index] : NULL;

    if (!probe)
        return; /* answered before, or too late to know */
    if (answer->accepted && answer->teid != probe->index + 1) {
        caller->counts.strange++;
        return;
    }
    calls_free_number(caller, probe->seq, CALLER_PROBE_BASE + (uint32_t)(probe - caller->probes));
    probe->open = false;
    spread_add(&caller->updates, mono_between(probe->asked, now));
    count_answer(caller, now, CLASS_CONTROL, answer->accepted);
    if (call->state != CALL_OPEN)
        return;
    if (answer->not_found)
        calls_forget(caller, call);
    if (answer->accepted && (is_changed(answer->teid_control, call->teid_control) ||
                             is_changed(answer->teid_user, call->teid_user))) {
        caller->counts.changed_teids++;
        calls_forget(caller, call);
    }
}

/* ---- calls of extra subscribers ----------------------------------------------------- */

static void
doom(struct caller *caller, struct call *call)
{
    call->doomed = true;
    call->next = CALL_NONE;
    if (caller->doomed_head == CALL_NONE)
        caller->doomed_head = index_of(caller, call);
    else
        caller->calls[caller->doomed_tail].next = index_of(caller, call);
    caller->doomed_tail = index_of(caller, call);
}

struct call *
caller_probe_doomed(struct caller *caller)
{
    while (caller->doomed_head != CALL_NONE) {
        struct call *call = &caller->calls[caller->doomed_head];

        caller->doomed_head = call->next;
        call->doomed = false;
        if (call->state == CALL_OPEN) /* else the gateway was faster */
            return call;
    }
    return NULL;
}

static bool
has_new(const struct caller *caller)
{
    return caller->plan.new_rate && caller->phase == CALLER_HOLDING;
}

/* The call of an extra subscriber begins anew, however the one before ended. */
static struct call *
take_extra(struct caller *caller)
{
    uint32_t i = caller->plan.calls + caller->extra_turn;
    struct call *call = &caller->calls[i];

    if (call->doomed)
        return NULL;
    caller->extra_turn = (caller->extra_turn + 1) % (caller->total - caller->plan.calls);
    calls_free_number(caller, call->seq, i);
    call->seq = calls_number(caller, i);
    call->teid_control = 0;
    return call;
}

static bool
next_create(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    struct call *call;

    if (!has_new(caller) || !pace(&caller->new_ns, caller->plan.new_rate, now))
        return false;
    call = take_extra(caller);
    if (!call)
        return false;
    call->asked = now;
    calls_set(caller, call, CALL_OPENING);
    caller_send_to(caller, out, 0);
    out->len = caller_gtp_create(out->bytes, sizeof out->bytes, &caller->plan,
                                 index_of(caller, call), call->seq);
    outage_sent(&caller->classes[CLASS_NEW], now);
    return true;
}

static bool
next_delete(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    struct call *call = has_new(caller) ? caller_probe_doomed(caller) : NULL;

    if (!call)
        return false;
    call->seq = calls_number(caller, index_of(caller, call));
    calls_set(caller, call, CALL_DELETING);
    caller_send_to(caller, out, call->addr_control);
    out->len = caller_gtp_delete(out->bytes, sizeof out->bytes, &caller->plan, call);
    outage_sent(&caller->classes[CLASS_NEW], now);
    return true;
}

/* In the deleting phase the request was outstanding, and the answer is to a repetition. */
static void
request_over(struct caller *caller, mono_t now, struct call *call,
             const struct caller_answer *answer)
{
    if (call->waiting)
        calls_request_over(caller, call);
    else
        calls_free_number(caller, call->seq, index_of(caller, call));
    if (caller->phase < CALLER_DELETING)
        count_answer(caller, now, CLASS_NEW, answer->accepted);
}

void
caller_probe_created(struct caller *caller, mono_t now, struct call *call,
                     const struct caller_answer *answer)
{
    bool late = mono_between(call->asked, now) >= CALLER_T3_US;

    request_over(caller, now, call, answer);
    if (!answer->accepted || !answer->teid_control) { /* without which there is no deleting */
        calls_set(caller, call, CALL_REFUSED);
        return;
    }
    caller_answer_take(call, answer);
    calls_set(caller, call, CALL_OPEN);
    if (caller->phase == CALLER_DELETING || (caller->phase == CALLER_HOLDING && !late))
        doom(caller, call);
}

void
caller_probe_deleted(struct caller *caller, mono_t now, struct call *call,
                     const struct caller_answer *answer)
{
    bool repeated = call->waiting;

    request_over(caller, now, call, answer);
    if (answer->accepted || answer->not_found)
        calls_set(caller, call, CALL_DELETED);
    else /* once more in the deleting phase */
        calls_set(caller, call, repeated ? CALL_UNDELETED : CALL_OPEN);
}

/* ---- both --------------------------------------------------------------------------- */

bool
caller_probe_next(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    return next_delete(caller, now, out) || next_control(caller, now, out) ||
           next_create(caller, now, out);
}

mono_t
caller_probe_due(const struct caller *caller)
{
    mono_t due = MONO_NEVER;

    if (has_control(caller))
        due = mono_earlier(due, pace_due(caller->control_ns));
    if (has_new(caller))
        due = mono_earlier(due, pace_due(caller->new_ns));
    if (has_new(caller) && caller->doomed_head != CALL_NONE)
        due = caller->began;
    return due;
}
