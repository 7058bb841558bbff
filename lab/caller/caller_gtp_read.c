#include <string.h>

#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "lab/caller/caller_gtp.h"

static bool
kind_of1(enum caller_kind *kind, uint8_t type)
{
    switch (type) {
    case GTP1_ECHO_REQUEST:
        *kind = CALLER_ECHO_ASKED;
        return true;
    case GTP1_ECHO_RESPONSE:
        *kind = CALLER_ECHO_ANSWER;
        return true;
    case GTP1_VERSION_NOT_SUPPORTED:
        *kind = CALLER_OTHER_VERSION;
        return true;
    case GTP1_CREATE_PDP_RESPONSE:
        *kind = CALLER_CREATE_ANSWER;
        return true;
    case GTP1_UPDATE_PDP_RESPONSE:
        *kind = CALLER_UPDATE_ANSWER;
        return true;
    case GTP1_DELETE_PDP_REQUEST:
        *kind = CALLER_DELETE_ASKED;
        return true;
    case GTP1_DELETE_PDP_RESPONSE:
        *kind = CALLER_DELETE_ANSWER;
        return true;
    default:
        return false;
    }
}

static bool
kind_of2(enum caller_kind *kind, uint8_t type)
{
    switch (type) {
    case GTP2_ECHO_REQUEST:
        *kind = CALLER_ECHO_ASKED;
        return true;
    case GTP2_ECHO_RESPONSE:
        *kind = CALLER_ECHO_ANSWER;
        return true;
    case GTP2_VERSION_NOT_SUPPORTED:
        *kind = CALLER_OTHER_VERSION;
        return true;
    case GTP2_CREATE_SESSION_RESPONSE:
        *kind = CALLER_CREATE_ANSWER;
        return true;
    case GTP2_MODIFY_BEARER_RESPONSE:
        *kind = CALLER_UPDATE_ANSWER;
        return true;
    case GTP2_CREATE_BEARER_REQUEST:
        *kind = CALLER_BEARER_ASKED;
        return true;
    case GTP2_BEARER_RESOURCE_FAILURE:
        *kind = CALLER_BEARER_REFUSED;
        return true;
    case GTP2_DELETE_BEARER_REQUEST:
        *kind = CALLER_DELETE_ASKED;
        return true;
    case GTP2_DELETE_SESSION_RESPONSE:
        *kind = CALLER_DELETE_ANSWER;
        return true;
    default:
        return false;
    }
}

static bool
read1(struct caller_answer *answer, const uint8_t *bytes, size_t len)
{
    const uint32_t needed = GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL | GTP1_HAS_GSN_CONTROL |
                            GTP1_HAS_GSN_DATA | GTP1_HAS_END_USER_ADDRESS;
    struct gtp1_msg msg;
    const char *reason;

    if (gtp1_decode(&msg, bytes, len, &reason) != 0 || !kind_of1(&answer->kind, msg.head.type))
        return false;
    answer->seq = msg.head.seq;
    answer->teid = msg.head.teid;
    answer->has_recovery = msg.has & GTP1_HAS_RECOVERY;
    answer->recovery = msg.recovery;
    answer->cause = msg.cause;
    answer->accepted = (msg.has & GTP1_HAS_CAUSE) && msg.cause >= 128 && msg.cause < 192;
    answer->not_found = (msg.has & GTP1_HAS_CAUSE) && (msg.cause == GTP1_CAUSE_NON_EXISTENT ||
                                                       msg.cause == GTP1_CAUSE_CONTEXT_NOT_FOUND);
    answer->complete = (msg.has & needed) == needed && msg.eua.ipv4;
    answer->teid_control = msg.teid_control;
    answer->teid_user = msg.teid_data;
    answer->addr_control = msg.gsn_control;
    answer->addr_user = msg.gsn_data;
    answer->ue = msg.eua.ipv4;
    return true;
}

/* The P-GW's user plane: instance 2 in Create Session Response on S5/S8 (7.2.2-2), 1 in Create
 * Bearer Request (7.2.3-2). */
static const struct gtp2_fteid *
user_fteid(const struct gtp2_msg *msg, unsigned instance)
{
    for (size_t i = 0; i < msg->bearer_n; i++) {
        if (msg->bearer[i].instance == 0 && (msg->bearer[i].fteid_has >> instance & 1))
            return &msg->bearer[i].fteid[instance];
    }
    return NULL;
}

static void
read_bearer(struct caller_answer *answer, const struct gtp2_msg *msg)
{
    const struct gtp2_fteid *user = user_fteid(msg, 1);

    if (!user)
        return;
    answer->bearer_teid = user->teid;
    answer->bearer_addr = user->ipv4;
}

static bool
read2(struct caller_answer *answer, const uint8_t *bytes, size_t len)
{
    const struct gtp2_fteid *user;
    struct gtp2_msg msg;
    const char *reason;

    if (gtp2_decode(&msg, bytes, len, &reason) != 0 || !kind_of2(&answer->kind, msg.head.type))
        return false;
    user = user_fteid(&msg, 2);
    if (answer->kind == CALLER_BEARER_ASKED)
        read_bearer(answer, &msg);
    answer->seq = msg.head.seq;
    answer->teid = msg.head.teid;
    answer->has_recovery = msg.has & GTP2_HAS_RECOVERY;
    answer->recovery = msg.recovery;
    answer->cause = msg.cause.value;
    answer->accepted = (msg.has & GTP2_HAS_CAUSE) && msg.cause.value >= GTP2_CAUSE_ACCEPTED &&
                       msg.cause.value < GTP2_CAUSE_CONTEXT_NOT_FOUND;
    answer->not_found =
        (msg.has & GTP2_HAS_CAUSE) && msg.cause.value == GTP2_CAUSE_CONTEXT_NOT_FOUND;
    answer->complete = user && (msg.fteid_has & 1 << 1) && (msg.has & GTP2_HAS_PAA) && msg.paa.ipv4;
    answer->teid_control = msg.fteid[1].teid;
    answer->addr_control = msg.fteid[1].ipv4;
    answer->teid_user = user ? user->teid : 0;
    answer->addr_user = user ? user->ipv4 : 0;
    answer->ue = msg.paa.ipv4;
    return true;
}

bool
caller_gtp_read(struct caller_answer *answer, uint8_t version, const uint8_t *bytes, size_t len)
{
    memset(answer, 0, sizeof *answer);
    return version == 1 ? read1(answer, bytes, len) : read2(answer, bytes, len);
}

void
caller_answer_take(struct call *call, const struct caller_answer *answer)
{
    call->teid_control = answer->teid_control;
    call->teid_user = answer->teid_user;
    call->addr_control = answer->addr_control;
    call->addr_user = answer->addr_user;
    call->ue = answer->ue;
}
