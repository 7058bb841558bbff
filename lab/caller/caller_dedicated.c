#include "lab/caller/caller_dedicated.h"

#include "lab/caller/caller_send.h"
#include "lab/caller/caller_table.h"

enum {
    AT_A_TIME = 64,           /* commands without an answer in one round */
    COMMAND_SEQ = 1 << 23,    /* sequence numbers of commands, TS 29.274 7.6 */
    INDICES = COMMAND_SEQ - 1 /* each call has one of its own */
};

static bool
is_active(const struct caller *caller)
{
    return caller->plan.dedicated && caller->phase <= CALLER_HOLDING && !caller->stopping;
}

static bool
wants(const struct caller *caller, uint32_t index)
{
    return caller_class_of(&caller->plan, index) == CLASS_VOLTE &&
           caller->calls[index].dedicated == DEDICATED_NONE;
}

bool
caller_dedicated_pending(const struct caller *caller)
{
    const struct caller_counts *counts = &caller->counts;

    return is_active(caller) &&
           counts->dedicated + counts->dedicated_failed < counts->dedicated_wanted;
}

void
caller_dedicated_opened(struct caller *caller, uint32_t index)
{
    caller->counts.dedicated_wanted += caller->plan.dedicated && wants(caller, index);
}

static void
fail(struct caller *caller, struct call *call)
{
    call->dedicated = DEDICATED_FAILED;
    caller->counts.dedicated_failed++;
}

/* ---- commands --------------------------------------------------------------------------- */

static bool
round_over(const struct caller *caller)
{
    return caller->dedicated_turn >= caller->opened || caller->dedicated_open >= AT_A_TIME;
}

static void
begin_round(struct caller *caller, mono_t now)
{
    caller->dedicated_turn = caller->dedicated_open = 0;
    caller->dedicated_round = now;
}

static bool
send_command(struct caller *caller, uint32_t index, struct caller_dgram *out)
{
    struct call *call = &caller->calls[index];

    if (call->state != CALL_OPEN || call->dedicated_tries == CALLER_N3) {
        fail(caller, call);
        return false;
    }
    call->dedicated_tries++;
    caller->dedicated_open++;
    caller_send_to(caller, out, call->addr_control);
    out->len = caller_gtp_dedicate(out->bytes, sizeof out->bytes, &caller->plan, call,
                                   COMMAND_SEQ | index);
    return true;
}

bool
caller_dedicated_next(struct caller *caller, mono_t now, struct caller_dgram *out)
{
    if (!caller_dedicated_pending(caller))
        return false;
    if (round_over(caller) && mono_between(caller->dedicated_round, now) >= CALLER_T3_US)
        begin_round(caller, now);
    while (!round_over(caller)) {
        uint32_t index = caller->order[caller->dedicated_turn++];

        if (wants(caller, index) && send_command(caller, index, out))
            return true;
    }
    return false;
}

mono_t
caller_dedicated_due(const struct caller *caller)
{
    if (!caller_dedicated_pending(caller))
        return MONO_NEVER;
    return round_over(caller) ? mono_after(caller->dedicated_round, CALLER_T3_US)
                              : caller->dedicated_round;
}

/* ---- what comes of them ----------------------------------------------------------------- */

static void
answered(struct caller *caller)
{
    caller->dedicated_open -= caller->dedicated_open > 0;
}

bool
caller_dedicated_asked(struct caller *caller, const struct caller_answer *ask,
                       struct caller_dgram *out)
{
    struct call *call = calls_by_teid(caller, ask->teid);
    uint32_t index = call ? (uint32_t)(call - caller->calls) : 0;
    bool ours = call && caller->plan.dedicated && index < caller->plan.calls &&
                call->state == CALL_OPEN && ask->seq == (COMMAND_SEQ | index) && ask->bearer_teid;

    if (!ours || (!wants(caller, index) && call->teid_dedicated != ask->bearer_teid)) {
        caller->counts.strange++;
        return false;
    }
    if (call->dedicated == DEDICATED_NONE) {
        answered(caller);
        call->dedicated = DEDICATED_OPEN;
        call->teid_dedicated = ask->bearer_teid;
        caller->counts.dedicated++;
    }
    out->addr = call->addr_control;
    out->port = GTP_PORT_CONTROL;
    out->len = caller_gtp_dedicate_answer(out->bytes, sizeof out->bytes, &caller->plan, call, ask);
    return out->len > 0;
}

void
caller_dedicated_refused(struct caller *caller, const struct caller_answer *answer)
{
    uint32_t index = answer->seq & INDICES;

    if (!caller->plan.dedicated || index >= caller->plan.calls || !wants(caller, index) ||
        !caller->calls[index].dedicated_tries) {
        caller->counts.strange++;
        return;
    }
    answered(caller);
    fail(caller, &caller->calls[index]);
}
