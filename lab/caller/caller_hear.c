#include "common/gtp/gtpu.h"
#include "lab/caller/caller_dedicated.h"
#include "lab/caller/caller_gtp.h"
#include "lab/caller/caller_ping.h"
#include "lab/caller/caller_probe.h"
#include "lab/caller/caller_table.h"

enum { AWAITED = 64 }; /* bits of call.awaited */

/* TS 23.007 18: a changed restart counter says that all calls of before are gone. */
static void
note_recovery(struct caller *caller, const struct caller_answer *answer)
{
    if (!answer->has_recovery)
        return;
    if (caller->recovery_known && answer->recovery != caller->recovery) {
        caller->counts.restarts++;
        for (uint32_t i = 0; i < caller->opened; i++) {
            if (caller->calls[caller->order[i]].state == CALL_OPEN)
                calls_forget(caller, &caller->calls[caller->order[i]]);
        }
    }
    caller->recovery_known = true;
    caller->recovery = answer->recovery;
}

static bool
is_extra(const struct caller *caller, const struct call *call)
{
    return (uint32_t)(call - caller->calls) >= caller->plan.calls;
}

/* An answer to a request that has its answer already: the same one, or a second session? */
static void
created_again(struct caller *caller, const struct caller_answer *answer)
{
    struct call *call = calls_by_teid(caller, answer->teid);

    if (!call || is_extra(caller, call) || call->state != CALL_OPEN || call->seq != answer->seq ||
        !answer->accepted)
        return;
    if (answer->teid_control != call->teid_control || answer->teid_user != call->teid_user) {
        caller->counts.changed_teids++;
        calls_forget(caller, call);
    }
}

static void
created(struct caller *caller, mono_t now, const struct caller_answer *answer)
{
    struct call *call = calls_by_seq(caller, answer->seq, CALL_OPENING);
    uint32_t i;

    if (!call) {
        created_again(caller, answer);
        return;
    }
    i = (uint32_t)(call - caller->calls);
    if (answer->accepted && answer->teid != i + 1) {
        caller->counts.strange++;
        return;
    }
    if (is_extra(caller, call)) {
        caller_probe_created(caller, now, call, answer);
        return;
    }
    calls_request_over(caller, call);
    caller->last = now;
    call->response_us = (int32_t)mono_between(call->asked, now);
    call->cause = answer->accepted && !answer->complete ? CALLER_INCOMPLETE : answer->cause;
    if (!answer->accepted || !answer->complete) {
        calls_set(caller, call, CALL_REFUSED);
        caller->counts.refused_by[call->cause]++;
        return;
    }
    caller_answer_take(call, answer);
    calls_set(caller, call, CALL_OPEN);
    caller->order[caller->opened++] = i;
    calls_put_teid(caller, call->teid_user, i);
    caller_dedicated_opened(caller, i);
}

static void
deleted(struct caller *caller, mono_t now, const struct caller_answer *answer)
{
    struct call *call = calls_by_seq(caller, answer->seq, CALL_DELETING);

    if (!call)
        return; /* answered before */
    if (is_extra(caller, call)) {
        caller_probe_deleted(caller, now, call, answer);
        return;
    }
    calls_request_over(caller, call);
    calls_set(caller, call, answer->accepted ? CALL_DELETED : CALL_UNDELETED);
}

/* The gateway ends a call of its own accord. */
static bool
delete_asked(struct caller *caller, const struct caller_answer *ask, struct caller_dgram *out)
{
    struct call *call = calls_by_teid(caller, ask->teid);

    if (!call || !call->teid_control) {
        caller->counts.strange++;
        return false;
    }
    if (call->waiting && call->state == CALL_DELETING)
        calls_request_over(caller, call);
    else if (call->waiting)
        calls_wait_end(caller, call);
    if (call->state == CALL_OPEN || call->state == CALL_DELETING)
        calls_set(caller, call, CALL_GONE);
    out->len = caller_gtp_delete_answer(out->bytes, sizeof out->bytes, caller->plan.version,
                                        ask->seq, call->teid_control);
    return out->len > 0;
}

static bool
hear_control(struct caller *caller, mono_t now, const uint8_t *bytes, size_t len,
             struct caller_dgram *out)
{
    struct caller_answer answer;

    if (!caller_gtp_read(&answer, caller->plan.version, bytes, len)) {
        if (len >= 2 && bytes[0] >> 5 != caller->plan.version && bytes[1] == 3)
            caller->counts.other_version++;
        else
            caller->counts.strange++;
        return false;
    }
    caller->heard = now;
    caller->heard_any = true;
    note_recovery(caller, &answer);
    switch (answer.kind) {
    case CALLER_ECHO_ASKED:
        out->len =
            caller_gtp_echo_answer(out->bytes, sizeof out->bytes, caller->plan.version, answer.seq);
        return out->len > 0;
    case CALLER_CREATE_ANSWER:
        created(caller, now, &answer);
        return false;
    case CALLER_DELETE_ANSWER:
        deleted(caller, now, &answer);
        return false;
    case CALLER_UPDATE_ANSWER:
        caller_probe_updated(caller, now, &answer);
        return false;
    case CALLER_DELETE_ASKED:
        return delete_asked(caller, &answer, out);
    case CALLER_BEARER_ASKED:
        return caller_dedicated_asked(caller, &answer, out);
    case CALLER_BEARER_REFUSED:
        caller_dedicated_refused(caller, &answer);
        return false;
    case CALLER_OTHER_VERSION:
        caller->counts.other_version++;
        return false;
    default:
        return false; /* an echo answer: only its restart counter matters */
    }
}

static void
note_answer(struct call *call, mono_t now)
{
    mono_t since = call->heard.us ? call->heard : call->first;

    if (since.us && mono_between(since, now) > call->gap_us)
        call->gap_us = mono_between(since, now);
    call->heard = now;
}

static void
hear_traffic(struct caller *caller, mono_t now, struct call *call, uint32_t number)
{
    uint32_t age = call->pings - number;

    if (age >= AWAITED || !(call->awaited >> age & 1)) {
        caller->counts.repeated++;
        return;
    }
    call->awaited &= ~(UINT64_C(1) << age);
    caller->counts.answered++;
    outage_answered(
        &caller->classes[caller_class_of(&caller->plan, (uint32_t)(call - caller->calls))], now);
}

static void
hear_packet(struct caller *caller, mono_t now, const struct gtpu_msg *msg)
{
    bool dedicated = caller->plan.dedicated && msg->teid & CALLER_DEDICATED;
    uint32_t teid = dedicated ? msg->teid - CALLER_DEDICATED : msg->teid;
    struct call *call = calls_by_teid(caller, teid);
    struct caller_ping ping;
    uint32_t to;

    if (!call || !caller_ping_read(&ping, &to, msg->payload.at, msg->payload.len)) {
        caller->counts.strange++;
        return;
    }
    if (ping.index != teid - 1 || to != call->ue) {
        caller->counts.misdelivered++;
        return;
    }
    caller->counts.dedicated_answered += dedicated;
    note_answer(call, now);
    if (!ping.verify) {
        hear_traffic(caller, now, call, ping.number);
        return;
    }
    if (caller->phase != CALLER_VERIFYING || !call->waiting)
        return; /* the second answer */
    calls_wait_end(caller, call);
    call->verified = true;
    caller->counts.verified++;
}

static bool
hear_user(struct caller *caller, mono_t now, const uint8_t *bytes, size_t len,
          struct caller_dgram *out)
{
    struct gtpu_msg msg;
    struct call *call;
    const char *reason;

    if (gtpu_decode(&msg, bytes, len, &reason) != 0) {
        caller->counts.strange++;
        return false;
    }
    switch (msg.type) {
    case GTPU_GPDU:
        hear_packet(caller, now, &msg);
        return false;
    case GTPU_ECHO_REQUEST:
        out->len = gtpu_encode_echo_response(out->bytes, sizeof out->bytes, msg.seq);
        return out->len > 0;
    case GTPU_ERROR_INDICATION:
        caller->counts.error_indications++;
        call = calls_by_peer_teid(caller, msg.error_teid);
        if (call && call->state == CALL_OPEN)
            calls_forget(caller, call);
        return false;
    case GTPU_ECHO_RESPONSE:
    case GTPU_SUPPORTED_EXTENSIONS:
    case GTPU_END_MARKER:
        return false;
    default:
        caller->counts.strange++;
        return false;
    }
}

bool
caller_hear(struct caller *caller, mono_t now, bool user, uint32_t addr, uint16_t port,
            const uint8_t *bytes, size_t len, struct caller_dgram *answer)
{
    answer->user = user;
    answer->addr = addr;
    answer->port = port;
    return user ? hear_user(caller, now, bytes, len, answer)
                : hear_control(caller, now, bytes, len, answer);
}
