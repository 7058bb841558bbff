#include "lab/caller/caller_delete.h"

#include "lab/caller/caller_probe.h"
#include "lab/caller/caller_send.h"
#include "lab/caller/caller_table.h"

void
caller_delete_begin(struct caller *caller)
{
    caller->cursor = caller->plan.keep ? caller->plan.calls : 0;
}

/* May the gateway have it, and is nothing under way to change that? */
static bool
is_left(const struct caller *caller, uint32_t index)
{
    const struct call *call = &caller->calls[index];

    if (call->state == CALL_OPEN)
        return true;
    return index >= caller->plan.calls && !call->waiting &&
           (call->state == CALL_OPENING || call->state == CALL_DELETING);
}

static struct call *
next_left(struct caller *caller)
{
    struct call *call = caller_probe_doomed(caller);

    while (!call && caller->cursor < caller->total) {
        if (is_left(caller, caller->cursor))
            call = &caller->calls[caller->cursor];
        caller->cursor++;
    }
    return call;
}

bool
caller_delete_next(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    struct call *call = NULL;

    if (caller->phase == CALLER_DELETING && caller->outstanding < caller->plan.window)
        call = next_left(caller);
    if (!call)
        return false;
    call->tries = 0;
    if (call->state == CALL_OPENING) { /* the same request, so that it opens but one call */
        caller_send_create(caller, call, now, out);
        return true;
    }
    if (call->state == CALL_OPEN) {
        call->seq = calls_number(caller, (uint32_t)(call - caller->calls));
        calls_set(caller, call, CALL_DELETING);
    }
    caller_send_delete(caller, call, now, out);
    return true;
}

/* Once the gateway has been silent for as long as all transmissions of a request take, the
 * rest of the deletions would only take their time. */
static bool
gateway_silent(const struct caller *caller, mono_t now)
{
    mono_t since = mono_reached(caller->heard, caller->began) ? caller->heard : caller->began;

    return caller->outstanding && mono_between(since, now) >= CALLER_N3 * CALLER_T3_US;
}

static void
give_up(struct caller *caller)
{
    struct call *call;

    while (caller->head != CALL_NONE) {
        call = &caller->calls[caller->head];
        calls_request_over(caller, call);
        calls_set(caller, call, CALL_UNDELETED);
    }
    while ((call = next_left(caller)))
        calls_set(caller, call, CALL_UNDELETED);
}

bool
caller_delete_over(struct caller *caller, mono_t now)
{
    if (gateway_silent(caller, now))
        give_up(caller);
    return caller->cursor == caller->total && !caller->outstanding &&
           caller->doomed_head == CALL_NONE;
}
