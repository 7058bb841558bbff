#include "lab/caller/caller_table.h"

#include <assert.h>
#include <string.h>

#include "common/base/rng.h"

void
calls_set(struct caller *caller, struct call *call, enum call_state state)
{
    bool extra = (uint32_t)(call - caller->calls) >= caller->plan.calls;
    uint32_t *counts = extra ? caller->counts.extra : caller->counts.state;

    counts[call->state]--;
    counts[state]++;
    call->state = (uint8_t)state;
}

/* Outstanding calls stand in the order of their due times: within one phase all wait
 * equally long, and a phase begins when none is outstanding. */
void
calls_wait(struct caller *caller, struct call *call, mono_t due)
{
    uint32_t i = (uint32_t)(call - caller->calls);

    assert(!call->waiting);
    call->waiting = true;
    call->due = due;
    call->prev = caller->tail;
    call->next = CALL_NONE;
    if (caller->tail == CALL_NONE)
        caller->head = i;
    else
        caller->calls[caller->tail].next = i;
    caller->tail = i;
    caller->outstanding++;
}

void
calls_wait_end(struct caller *caller, struct call *call)
{
    assert(call->waiting);
    call->waiting = false;
    if (call->prev == CALL_NONE)
        caller->head = call->next;
    else
        caller->calls[call->prev].next = call->next;
    if (call->next == CALL_NONE)
        caller->tail = call->prev;
    else
        caller->calls[call->next].prev = call->prev;
    caller->outstanding--;
}

uint16_t
calls_number(struct caller *caller, uint32_t index)
{
    do
        caller->seq++;
    while (caller->by_seq[caller->seq] || caller->seq == 0);
    caller->by_seq[caller->seq] = index + 1;
    return caller->seq;
}

void
calls_request_over(struct caller *caller, struct call *call)
{
    calls_wait_end(caller, call);
    caller->by_seq[call->seq] = 0;
}

void
calls_free_number(struct caller *caller, uint16_t seq, uint32_t index)
{
    if (caller->by_seq[seq] == index + 1)
        caller->by_seq[seq] = 0;
}

struct call *
calls_by_seq(struct caller *caller, uint32_t seq, enum call_state state)
{
    uint32_t i = seq <= UINT16_MAX ? caller->by_seq[seq] : 0;
    struct call *call = i && i - 1 < caller->total ? &caller->calls[i - 1] : NULL;

    return call && call->state == state ? call : NULL;
}

struct call *
calls_by_teid(struct caller *caller, uint32_t teid)
{
    return teid - 1 < caller->total ? &caller->calls[teid - 1] : NULL;
}

uint32_t
caller_hash_size(uint32_t calls)
{
    uint32_t size = 16;

    while (size < UINT32_C(1) << 31 && size / 2 < calls)
        size *= 2;
    return size;
}

void
calls_put_teid(struct caller *caller, uint32_t teid, uint32_t index)
{
    uint32_t at = (uint32_t)mix64(teid) & caller->by_teid_mask;

    while (caller->by_teid[at])
        at = (at + 1) & caller->by_teid_mask;
    caller->by_teid[at] = index + 1;
}

struct call *
calls_by_peer_teid(struct caller *caller, uint32_t teid)
{
    uint32_t at = (uint32_t)mix64(teid) & caller->by_teid_mask;

    for (; caller->by_teid[at]; at = (at + 1) & caller->by_teid_mask) {
        struct call *call = &caller->calls[caller->by_teid[at] - 1];

        if (call->teid_user == teid)
            return call;
    }
    return NULL;
}

void
calls_forget(struct caller *caller, struct call *call)
{
    if (!call->forgotten)
        caller->counts.forgotten++;
    call->forgotten = true;
}
