#include "lab/caller/caller.h"

#include <assert.h>
#include <string.h>

#include "lab/caller/caller_dedicated.h"
#include "lab/caller/caller_delete.h"
#include "lab/caller/caller_gtp.h"
#include "lab/caller/caller_pace.h"
#include "lab/caller/caller_ping.h"
#include "lab/caller/caller_probe.h"
#include "lab/caller/caller_send.h"
#include "lab/caller/caller_table.h"

#define ECHO_T_US US_PER_S /* path supervision, denser than TS 29.060 7.2.1 asks */

enum { VERIFY_PER_S = 40000 };

/* ---- phases ------------------------------------------------------------------------ */

void
caller_init(struct caller *caller, const struct caller_plan *plan, struct call *calls,
            uint32_t *order, uint32_t *by_teid, mono_t now)
{
    assert(plan->calls > 0 && plan->window > 0 && plan->window <= CALLER_WINDOW_MOST);
    memset(caller, 0, sizeof *caller);
    caller->total = plan->calls + caller_extras(plan);
    memset(calls, 0, caller->total * sizeof *calls);
    memset(by_teid, 0, caller_hash_size(plan->calls) * sizeof *by_teid);
    caller->plan = *plan;
    caller->calls = calls;
    caller->order = order;
    caller->by_teid = by_teid;
    caller->by_teid_mask = caller_hash_size(plan->calls) - 1;
    caller->counts.state[CALL_NEW] = plan->calls;
    caller->counts.extra[CALL_NEW] = caller_extras(plan);
    caller->head = caller->tail = caller->doomed_head = caller->doomed_tail = CALL_NONE;
    caller->began = caller->first = caller->last = caller->heard = caller->echo_due = now;
    caller->create_ns = caller->traffic_ns = pace_from(now);
}

static void
enter(struct caller *caller, enum caller_phase phase, mono_t now)
{
    caller->phase = phase;
    caller->began = now;
    caller->cursor = 0;
    caller->create_ns = pace_from(now);
    if (phase == CALLER_HOLDING)
        caller_probe_begin(caller, now);
    if (phase == CALLER_VERIFYING) {
        caller_probe_end(caller, now);
        caller->echo_due = now; /* a last look at the restart counter */
    }
    if (phase == CALLER_DELETING)
        caller_delete_begin(caller);
}

static bool
phase_over(struct caller *caller, mono_t now)
{
    bool all = caller->cursor == caller->plan.calls && caller->outstanding == 0;

    switch (caller->phase) {
    case CALLER_OPENING:
        return (all && !caller_dedicated_pending(caller)) ||
               (caller->stopping && caller->outstanding == 0);
    case CALLER_HOLDING:
        return caller->stopping || mono_between(caller->began, now) >= caller->plan.hold_us;
    case CALLER_VERIFYING:
        return all || caller->plan.no_verify;
    case CALLER_DELETING:
        return caller_delete_over(caller, now);
    default:
        return false;
    }
}

static bool
advance(struct caller *caller, mono_t now)
{
    if (!phase_over(caller, now))
        return false;
    enter(caller, caller->phase + 1, now);
    return true;
}

void
caller_stop(struct caller *caller)
{
    if (caller->stopping || caller->phase >= CALLER_VERIFYING)
        caller->phase = CALLER_DONE;
    caller->stopping = true;
}

/* ---- sending ----------------------------------------------------------------------- */

static void
send_ping(struct caller *caller, struct call *call, bool verify, struct caller_dgram *out)
{
    const struct caller_ping ping = {.index = (uint32_t)(call - caller->calls),
                                     .verify = verify,
                                     .number = verify ? call->tries : call->pings};

    out->user = true;
    out->addr = call->addr_user;
    out->port = GTP_PORT_USER;
    out->len = caller_ping_make(out->bytes, sizeof out->bytes, &caller->plan, call, &ping);
}

static void
send_verify(struct caller *caller, struct call *call, mono_t now, struct caller_dgram *out)
{
    call->tries++;
    send_ping(caller, call, true, out);
    calls_wait(caller, call, mono_after(now, CALLER_PING_T_US));
}

/* The oldest outstanding one is due: once more, or never again. True when *out is set. */
static bool
repeat_one(struct caller *caller, struct call *call, mono_t now, struct caller_dgram *out)
{
    if (caller->phase == CALLER_VERIFYING) {
        calls_wait_end(caller, call);
        if (mono_between(call->began, now) >= CALLER_VERIFY_US)
            return false;
        send_verify(caller, call, now, out);
        return true;
    }
    if (call->tries >= CALLER_N3) {
        calls_request_over(caller, call);
        calls_set(caller, call, call->state == CALL_OPENING ? CALL_TIMED_OUT : CALL_UNDELETED);
        caller->stopping |= !caller->heard_any; /* nobody is there: the others need not try */
        return false;
    }
    calls_wait_end(caller, call); /* to the end of the queue; the number stays */
    caller->counts.retransmissions++;
    if (call->state == CALL_OPENING)
        caller_send_create(caller, call, now, out);
    else
        caller_send_delete(caller, call, now, out);
    return true;
}

static bool
next_repeat(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    while (caller->head != CALL_NONE && mono_reached(now, caller->calls[caller->head].due)) {
        if (repeat_one(caller, &caller->calls[caller->head], now, out))
            return true;
    }
    return false;
}

static bool
next_echo(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    if (!mono_reached(now, caller->echo_due))
        return false;
    caller->echo_due = mono_after(now, ECHO_T_US);
    caller_send_to(caller, out, 0);
    out->len = caller_gtp_echo(out->bytes, sizeof out->bytes, caller->plan.version, 0);
    return true;
}

static bool
may_create(const struct caller *caller)
{
    return caller->phase == CALLER_OPENING && !caller->stopping &&
           caller->cursor < caller->plan.calls && caller->outstanding < caller->plan.window;
}

static bool
next_create(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    struct call *call = &caller->calls[caller->cursor];

    if (!may_create(caller) ||
        (caller->plan.rate && !pace(&caller->create_ns, caller->plan.rate, now)))
        return false;
    if (caller->cursor == 0)
        caller->first = caller->last = now;
    call->asked = now;
    call->seq = calls_number(caller, caller->cursor++);
    calls_set(caller, call, CALL_OPENING);
    caller_send_create(caller, call, now, out);
    return true;
}

static bool
next_verify(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    while (caller->phase == CALLER_VERIFYING && caller->cursor < caller->plan.calls) {
        struct call *call = &caller->calls[caller->cursor];

        if (call->state == CALL_OPEN) {
            if (!pace(&caller->create_ns, VERIFY_PER_S, now))
                return false;
            caller->cursor++;
            call->began = now;
            call->tries = 0;
            send_verify(caller, call, now, out);
            return true;
        }
        caller->cursor++;
    }
    return false;
}

static bool
has_traffic(const struct caller *caller)
{
    return caller->plan.pps && caller->phase <= CALLER_HOLDING &&
           caller->counts.state[CALL_OPEN] > 0;
}

static bool
next_traffic(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    struct call *call;

    if (!has_traffic(caller) || !pace(&caller->traffic_ns, caller->plan.pps, now))
        return false;
    do {
        if (caller->turn >= caller->opened)
            caller->turn = 0;
        call = &caller->calls[caller->order[caller->turn++]];
    } while (call->state != CALL_OPEN);
    if (call->pings++ == 0)
        call->first = now;
    call->awaited = call->awaited << 1 | 1;
    caller->counts.sent++;
    outage_sent(&caller->classes[caller_class_of(&caller->plan, (uint32_t)(call - caller->calls))],
                now);
    send_ping(caller, call, false, out);
    return true;
}

static bool
next_of_phase(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    return next_repeat(caller, now, out) || next_echo(caller, now, out) ||
           next_create(caller, now, out) || caller_dedicated_next(caller, now, out) ||
           next_verify(caller, now, out) || caller_delete_next(caller, now, out) ||
           caller_probe_next(caller, now, out) || next_traffic(caller, now, out);
}

bool
caller_next(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    do {
        while (advance(caller, now))
            continue; /* a phase may have nothing to do at all */
        if (caller->phase == CALLER_DONE)
            return false;
        if (next_of_phase(caller, now, out))
            return true;
    } while (phase_over(caller, now)); /* the last ones were given up */
    return false;
}

mono_t
caller_due(const struct caller *caller)
{
    mono_t due = mono_earlier(caller->echo_due, caller_probe_due(caller));

    due = mono_earlier(due, caller_dedicated_due(caller));
    if (caller->head != CALL_NONE)
        due = mono_earlier(due, caller->calls[caller->head].due);
    if (may_create(caller) ||
        (caller->phase == CALLER_VERIFYING && caller->cursor < caller->plan.calls))
        due = mono_earlier(due, pace_due(caller->create_ns));
    if (has_traffic(caller))
        due = mono_earlier(due, pace_due(caller->traffic_ns));
    if (caller->phase == CALLER_HOLDING)
        due = mono_earlier(due, mono_after(caller->began, caller->plan.hold_us));
    return due;
}
