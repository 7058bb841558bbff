#include <assert.h>

#include "common/base/err.h"
#include "common/gtp/gtp_pco.h"
#include "sf/gw_v2_priv.h"
#include "sf/sess_part.h"

enum {
    /* instances of F-TEIDs */
    PGW_CONTROL = 1,
    CREATE_USER = 2, /* both of Create Session Request and Response */
    MODIFY_USER = 1,
};

/* A request and what its answer is made of. */
struct act {
    struct gw *gw;
    mono_t now;
    const struct dgram *in;
    const struct gtp2_msg *msg;
    struct gtp2_msg answer;
    uint8_t pco[GTP_PCO_MAX];
};

void
gw_v2_count_cause(struct gw *gw, uint8_t cause)
{
    static const struct {
        uint8_t cause;
        enum gw_counter counter;
    } causes[] = {
        {GTP2_CAUSE_ACCEPTED, GW_V2_ACCEPTED},
        {GTP2_CAUSE_ACCEPTED_PARTIALLY, GW_V2_ACCEPTED_PARTIALLY},
        {GTP2_CAUSE_NEW_PDN_TYPE, GW_V2_NEW_PDN_TYPE},
        {GTP2_CAUSE_CONTEXT_NOT_FOUND, GW_V2_CONTEXT_NOT_FOUND},
        {GTP2_CAUSE_INVALID_FORMAT, GW_V2_INVALID_FORMAT},
        {GTP2_CAUSE_INVALID_LENGTH, GW_V2_INVALID_LENGTH},
        {GTP2_CAUSE_NOT_SUPPORTED, GW_V2_NOT_SUPPORTED},
        {GTP2_CAUSE_MANDATORY_INCORRECT, GW_V2_MANDATORY_INCORRECT},
        {GTP2_CAUSE_MANDATORY_MISSING, GW_V2_MANDATORY_MISSING},
        {GTP2_CAUSE_SYSTEM_FAILURE, GW_V2_SYSTEM_FAILURE},
        {GTP2_CAUSE_NO_RESOURCES, GW_V2_NO_RESOURCES},
        {GTP2_CAUSE_TFT_SEMANTIC, GW_V2_TFT_ERROR},
        {GTP2_CAUSE_TFT_SYNTAX, GW_V2_TFT_ERROR},
        {GTP2_CAUSE_FILTER_SEMANTIC, GW_V2_TFT_ERROR},
        {GTP2_CAUSE_FILTER_SYNTAX, GW_V2_TFT_ERROR},
        {GTP2_CAUSE_UNKNOWN_APN, GW_V2_UNKNOWN_APN},
        {GTP2_CAUSE_PDN_TYPE_NOT_SUPPORTED, GW_V2_PDN_TYPE_NOT_SUPPORTED},
        {GTP2_CAUSE_ADDRESSES_OCCUPIED, GW_V2_ADDRESSES_OCCUPIED},
        {GTP2_CAUSE_REQUEST_REJECTED, GW_V2_REQUEST_REJECTED},
        {GTP2_CAUSE_CONDITIONAL_MISSING, GW_V2_CONDITIONAL_MISSING},
    };
    size_t i = 0;

    while (causes[i].cause != cause) {
        i++;
        assert(i < sizeof causes / sizeof *causes);
    }
    gw_count(gw, causes[i].counter);
}

/* --- Create Session, TS 29.274 7.2.1 --------------------------------------------------- */

static struct gtp2_cause_ie
judge_bearer(const struct gw *gw, const struct gtp2_bearer *bearer)
{
    if (!(bearer->has & GTP2_HAS_EBI))
        return offending_in_bearer(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_EBI, 0);
    if (!(bearer->has & GTP2_HAS_BEARER_QOS))
        return offending_in_bearer(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_BEARER_QOS, 0);
    if (!(bearer->fteid_has & 1u << CREATE_USER))
        return offending_in_bearer(GTP2_CAUSE_CONDITIONAL_MISSING, GTP2_IE_FTEID, CREATE_USER);
    if (bearer->ebi < EBI_LEAST)
        return offending_in_bearer(GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_EBI, 0);
    if (!fteid_fits(gw, &bearer->fteid[CREATE_USER], GTP2_IFACE_SGW_USER))
        return offending_in_bearer(GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_FTEID, CREATE_USER);
    return fine;
}

/* The type asked for; on S5/S8 the address allocation may say it alone. */
static uint8_t
pdn_type(const struct gtp2_msg *msg)
{
    return has(msg, GTP2_HAS_PDN_TYPE) ? msg->pdn_type : msg->paa.type;
}

static struct gtp2_cause_ie
judge_elements(const struct gw *gw, const struct gtp2_msg *msg)
{
    const struct gtp2_bearer *bearer = next_bearer(msg, NULL);

    if (!has(msg, GTP2_HAS_IMSI)) /* an emergency call without one */
        return offending(GTP2_CAUSE_CONDITIONAL_MISSING, GTP2_IE_IMSI, 0);
    if (!has(msg, GTP2_HAS_RAT))
        return offending(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_RAT, 0);
    if (!(msg->fteid_has & 1u << SENDER))
        return offending(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_FTEID, SENDER);
    if (!bearer)
        return offending(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_BEARER_CONTEXT, 0);
    if (!has(msg, GTP2_HAS_PAA))
        return offending(GTP2_CAUSE_CONDITIONAL_MISSING, GTP2_IE_PAA, 0);
    if (!fteid_fits(gw, &msg->fteid[SENDER], GTP2_IFACE_SGW_CONTROL))
        return offending(GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_FTEID, SENDER);
    return judge_bearer(gw, bearer);
}

static struct gtp2_cause_ie
judge_create(const struct gw *gw, const struct gtp2_msg *msg)
{
    struct gtp2_cause_ie cause = judge_elements(gw, msg);

    if (cause.value)
        return cause;
    if (next_bearer(msg, next_bearer(msg, NULL))) /* a dedicated bearer handed over */
        return plain(GTP2_CAUSE_NOT_SUPPORTED);
    if (pdn_type(msg) != GTP2_PDN_IPV4 && pdn_type(msg) != GTP2_PDN_IPV4V6)
        return plain(GTP2_CAUSE_PDN_TYPE_NOT_SUPPORTED);
    if (msg->paa.ipv4) /* a static address: no subscriber has one here */
        return plain(GTP2_CAUSE_REQUEST_REJECTED);

    int apn = has(msg, GTP2_HAS_APN) ? gw_apn_find(gw, msg->apn) : DI_ENOTFOUND;

    if (apn < 0)
        return plain(GTP2_CAUSE_UNKNOWN_APN);
    return gw_has_pool(gw, apn) ? fine : plain(GTP2_CAUSE_SYSTEM_FAILURE);
}

/* Was this session opened by this very request? Asked when its answer is no longer
 * remembered, above all after a takeover. */
static bool
opened_by(const struct sess *sess, const struct act *act, int apn)
{
    const struct gtp2_fteid *ctrl = &act->msg->fteid[SENDER];
    const struct gtp2_fteid *user = &next_bearer(act->msg, NULL)->fteid[CREATE_USER];

    return sess->gtp_version == 2 && sess->create_seq == act->msg->head.seq &&
           sess->create_port == act->in->port && sess->peer_ctrl_teid == ctrl->teid &&
           sess->peer_ctrl_addr == ctrl->ipv4 && sess->peer_user_teid == user->teid &&
           sess->peer_user_addr == user->ipv4 && sess->apn == apn;
}

static void
fill(struct sess *sess, const struct act *act, int apn)
{
    const struct gtp2_msg *msg = act->msg;
    const struct gtp2_bearer *bearer = next_bearer(msg, NULL);
    const struct gtp2_fteid *user = &bearer->fteid[CREATE_USER];

    static_assert((int)GTP2_BEARER_QOS_LEN <= (int)SESS_QOS, "a session keeps a Bearer QoS");
    sess->gtp_version = 2;
    sess->apn = (uint8_t)apn;
    sess->service = act->gw->setup.pgw.number;
    sess->vpn = act->gw->setup.apns[apn].vpn;
    sess->msisdn = has(msg, GTP2_HAS_MSISDN) ? msg->msisdn : 0;
    sess->peer_ctrl_teid = msg->fteid[SENDER].teid;
    sess->peer_ctrl_addr = msg->fteid[SENDER].ipv4;
    sess->peer_user_teid = user->teid;
    sess->peer_user_addr = user->ipv4;
    sess->create_seq = msg->head.seq;
    sess->create_port = act->in->port;
    sess->charging_chars = has(msg, GTP2_HAS_CHARGING_CHARS) ? msg->charging_chars : 0;
    sess->ambr_up = has(msg, GTP2_HAS_AMBR) ? msg->ambr_up : 0;
    sess->ambr_down = has(msg, GTP2_HAS_AMBR) ? msg->ambr_down : 0;
    sess->selection_mode = has(msg, GTP2_HAS_SELECTION_MODE) ? msg->selection_mode : 0;
    sess->rat = msg->rat;
    sess->qos_len = GTP2_BEARER_QOS_LEN;
    memcpy(sess->qos, bearer->qos, GTP2_BEARER_QOS_LEN);
    gw_classify(act->gw, sess);
}

static void
tell_bearer(struct act *act, const struct sess *sess)
{
    struct gtp2_bearer *bearer = &act->answer.bearer[0];

    act->answer.bearer_n = 1;
    bearer->has = GTP2_HAS_EBI | GTP2_HAS_CAUSE | GTP2_HAS_CHARGING_ID | GTP2_HAS_BEARER_QOS;
    bearer->ebi = sess->ebi;
    bearer->cause = plain(GTP2_CAUSE_ACCEPTED);
    bearer->charging_id = sess->call_id;
    memcpy(bearer->qos, sess->qos, GTP2_BEARER_QOS_LEN);
    bearer->fteid_has = 1u << CREATE_USER;
    bearer->fteid[CREATE_USER] = (struct gtp2_fteid){
        .iface = GTP2_IFACE_PGW_USER,
        .teid = sess->teid,
        .ipv4 = act->gw->setup.pgw.user,
    };
}

/* Made of nothing but the session and the request, so that the answer to a repeated
 * request is the same on the other chassis after a takeover (TS 29.274 7.2.2). */
static struct gtp2_cause_ie
tell_created(struct act *act, const struct sess *sess)
{
    const struct gtp2_msg *msg = act->msg;
    struct gtp2_msg *answer = &act->answer;

    answer->has |= GTP2_HAS_RECOVERY | GTP2_HAS_PAA | GTP2_HAS_APN_RESTRICTION;
    answer->recovery = act->gw->setup.restart;
    answer->paa.type = GTP2_PDN_IPV4;
    answer->paa.ipv4 = sess->ue_addr;
    answer->fteid_has = 1u << PGW_CONTROL;
    answer->fteid[PGW_CONTROL] = (struct gtp2_fteid){
        .iface = GTP2_IFACE_PGW_CONTROL,
        .teid = sess->teid,
        .ipv4 = act->gw->setup.pgw.ctrl,
    };
    if (sess->ambr_up || sess->ambr_down) {
        answer->has |= GTP2_HAS_AMBR;
        answer->ambr_up = sess->ambr_up;
        answer->ambr_down = sess->ambr_down;
    }
    if (has(msg, GTP2_HAS_PCO)) {
        size_t len = gtp_pco_answer(act->pco, sizeof act->pco, msg->pco.at, msg->pco.len,
                                    gw_dns(act->gw, sess));

        if (len)
            answer->has |= GTP2_HAS_PCO;
        answer->pco = (struct gtp_bytes){.at = act->pco, .len = len};
    }
    tell_bearer(act, sess);
    return plain(pdn_type(msg) == GTP2_PDN_IPV4V6 ? GTP2_CAUSE_NEW_PDN_TYPE : GTP2_CAUSE_ACCEPTED);
}

static struct gtp2_cause_ie
create(struct act *act)
{
    const struct gtp2_msg *msg = act->msg;
    struct gw *gw = act->gw;
    struct gtp2_cause_ie cause = judge_create(gw, msg);

    gw_count(gw, GW_V2_CREATE);
    if (msg->fteid_has & 1u << SENDER)
        act->answer.head.teid = msg->fteid[SENDER].teid;
    if (cause.value)
        return cause;
    if (has(msg, GTP2_HAS_RECOVERY))
        gw_peer_heard(gw, msg->fteid[SENDER].ipv4, msg->recovery);

    uint8_t ebi = next_bearer(msg, NULL)->ebi;
    int apn = gw_apn_find(gw, msg->apn);
    struct sess *sess = sess_by_imsi(gw->setup.table, msg->imsi, ebi);

    if (sess && opened_by(sess, act, apn)) {
        gw_count(gw, GW_V2_RETRANSMITTED);
        return tell_created(act, sess);
    }

    int err = gw_open(gw, act->now, msg->imsi, ebi, (uint8_t)apn, &sess);

    if (err)
        return plain(err == DI_EFULL       ? GTP2_CAUSE_NO_RESOURCES
                     : err == DI_ENOTFOUND ? GTP2_CAUSE_ADDRESSES_OCCUPIED
                                           : GTP2_CAUSE_SYSTEM_FAILURE);
    fill(sess, act, apn);
    sess_changed(gw->setup.table, sess);
    return tell_created(act, sess);
}

/* --- Modify Bearer, TS 29.274 7.2.7 ---------------------------------------------------- */

static void
modify_bearer(struct act *act, struct sess *sess, const struct gtp2_bearer *bearer)
{
    if (bearer->fteid_has & 1u << MODIFY_USER) {
        sess->peer_user_teid = bearer->fteid[MODIFY_USER].teid;
        sess->peer_user_addr = bearer->fteid[MODIFY_USER].ipv4;
    }
    if (sess->lbi)
        sess_changed_part(act->gw->setup.table, sess, SESS_ACS);
}

/* A request may name bearers that the session does not have, which get their own cause. */
static struct gtp2_cause_ie
modify_bearers(struct act *act, struct sess *sess)
{
    unsigned found = 0, asked = 0;

    for (const struct gtp2_bearer *bearer = NULL; (bearer = next_bearer(act->msg, bearer));) {
        struct gtp2_bearer *told = &act->answer.bearer[act->answer.bearer_n++];
        struct sess *ours = gw_bearer(act->gw, sess, bearer->ebi);

        asked++;
        told->has = GTP2_HAS_EBI | GTP2_HAS_CAUSE;
        told->ebi = bearer->ebi;
        told->cause = plain(ours ? GTP2_CAUSE_ACCEPTED : GTP2_CAUSE_CONTEXT_NOT_FOUND);
        if (!ours)
            continue;
        found++;
        told->has |= GTP2_HAS_CHARGING_ID;
        told->charging_id = ours->call_id;
        modify_bearer(act, ours, bearer);
    }
    if (found == asked)
        return plain(GTP2_CAUSE_ACCEPTED);
    return plain(found ? GTP2_CAUSE_ACCEPTED_PARTIALLY : GTP2_CAUSE_CONTEXT_NOT_FOUND);
}

static struct gtp2_cause_ie
judge_modify(const struct gw *gw, const struct gtp2_msg *msg)
{
    if (msg->fteid_has & 1u << SENDER &&
        !fteid_fits(gw, &msg->fteid[SENDER], GTP2_IFACE_SGW_CONTROL))
        return offending(GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_FTEID, SENDER);
    for (const struct gtp2_bearer *bearer = NULL; (bearer = next_bearer(msg, bearer));) {
        if (!(bearer->has & GTP2_HAS_EBI))
            return offending_in_bearer(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_EBI, 0);
        if (bearer->fteid_has & 1u << MODIFY_USER &&
            !fteid_fits(gw, &bearer->fteid[MODIFY_USER], GTP2_IFACE_SGW_USER))
            return offending_in_bearer(GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_FTEID, MODIFY_USER);
    }
    return fine;
}

static struct gtp2_cause_ie
modify(struct act *act)
{
    const struct gtp2_msg *msg = act->msg;
    struct gtp2_msg *answer = &act->answer;
    struct sess *sess = gw_sess(act->gw, 2, msg->head.teid);

    gw_count(act->gw, GW_V2_MODIFY);
    if (!sess)
        return plain(GTP2_CAUSE_CONTEXT_NOT_FOUND);
    answer->head.teid = sess->peer_ctrl_teid;

    struct gtp2_cause_ie cause = judge_modify(act->gw, msg);

    if (cause.value)
        return cause;
    if (has(msg, GTP2_HAS_RECOVERY))
        gw_peer_heard(
            act->gw, msg->fteid_has & 1u << SENDER ? msg->fteid[SENDER].ipv4 : sess->peer_ctrl_addr,
            msg->recovery);
    cause = modify_bearers(act, sess);
    if (!is_accepted(cause.value))
        return cause;
    gw_restored(act->gw, sess);
    if (msg->fteid_has & 1u << SENDER) {
        sess->peer_ctrl_teid = msg->fteid[SENDER].teid;
        sess->peer_ctrl_addr = msg->fteid[SENDER].ipv4;
    }
    if (has(msg, GTP2_HAS_RAT))
        sess->rat = msg->rat;
    sess_changed_part(act->gw->setup.table, sess, SESS_ACS);
    answer->head.teid = sess->peer_ctrl_teid;
    answer->has |= GTP2_HAS_RECOVERY | GTP2_HAS_EBI | GTP2_HAS_APN_RESTRICTION;
    answer->recovery = act->gw->setup.restart;
    answer->ebi = sess->ebi;
    if (sess->msisdn) {
        answer->has |= GTP2_HAS_MSISDN;
        answer->msisdn = sess->msisdn;
    }
    return cause;
}

/* --- Delete Session, TS 29.274 7.2.9 --------------------------------------------------- */

static struct gtp2_cause_ie
delete_session(struct act *act)
{
    const struct gtp2_msg *msg = act->msg;
    struct sess *sess = gw_sess(act->gw, 2, msg->head.teid);

    gw_count(act->gw, GW_V2_DELETE);
    if (!sess)
        return plain(GTP2_CAUSE_CONTEXT_NOT_FOUND);
    act->answer.head.teid = sess->peer_ctrl_teid;
    if (has(msg, GTP2_HAS_EBI) && msg->ebi != sess->ebi)
        return plain(GTP2_CAUSE_CONTEXT_NOT_FOUND);
    sess_close(act->gw->setup.table, sess);
    return plain(GTP2_CAUSE_ACCEPTED);
}

/* --- Change Notification, TS 29.274 7.3.14 --------------------------------------------- */

static struct gtp2_cause_ie
change_notification(struct act *act)
{
    const struct gtp2_msg *msg = act->msg;
    struct sess *sess = gw_sess(act->gw, 2, msg->head.teid);

    gw_count(act->gw, GW_V2_CHANGE_NOTIFICATION);
    act->answer.has |= msg->has & GTP2_HAS_IMSI;
    act->answer.imsi = msg->imsi;
    if (!sess)
        return plain(GTP2_CAUSE_CONTEXT_NOT_FOUND);
    act->answer.head.teid = sess->peer_ctrl_teid;
    if (!has(msg, GTP2_HAS_RAT))
        return offending(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_RAT, 0);
    if (sess->rat != msg->rat) {
        sess->rat = msg->rat;
        sess_changed_part(act->gw->setup.table, sess, SESS_CALL);
    }
    return plain(GTP2_CAUSE_ACCEPTED);
}

/* --- one datagram ----------------------------------------------------------------------- */

static struct gtp2_cause_ie
malformed(struct act *act, int fault)
{
    const struct gtp2_msg *msg = act->msg;
    const struct sess *sess = gw_sess(act->gw, 2, msg->head.teid);

    if (sess)
        act->answer.head.teid = sess->peer_ctrl_teid;
    if (fault == GTP_EVALUE)
        return offending(GTP2_CAUSE_MANDATORY_INCORRECT, msg->bad_ie, msg->bad_instance);
    return plain(fault == GTP_ELENGTH ? GTP2_CAUSE_INVALID_LENGTH : GTP2_CAUSE_INVALID_FORMAT);
}

static struct gtp2_cause_ie
perform(struct act *act)
{
    switch (act->msg->head.type) {
    case GTP2_CREATE_SESSION_REQUEST:
        return create(act);
    case GTP2_MODIFY_BEARER_REQUEST:
        return modify(act);
    case GTP2_CHANGE_NOTIFICATION_REQUEST:
        return change_notification(act);
    default:
        return delete_session(act);
    }
}

static void
request(struct gw *gw, mono_t now, const struct dgram *in, const struct gtp2_msg *msg, int fault,
        struct wr *out)
{
    struct gw_request request = gw_request(in, 2, msg->head.type, msg->head.seq);
    struct act act = {
        .gw = gw,
        .now = now,
        .in = in,
        .msg = msg,
        /* the number of a request's answer is the next one */
        .answer = {.head = {.type = (uint8_t)(msg->head.type + 1),
                            .has_teid = true,
                            .seq = msg->head.seq}},
    };
    uint8_t buf[GW_ANSWER_MOST];
    uint32_t opened;

    if (gw_reply_again(gw, now, &request, in, out)) {
        gw_count(gw, GW_V2_RETRANSMITTED);
        return;
    }
    act.answer.cause = fault ? malformed(&act, fault) : perform(&act);
    act.answer.has |= GTP2_HAS_CAUSE;
    gw_v2_count_cause(gw, act.answer.cause.value);
    opened = act.answer.fteid[PGW_CONTROL].teid;
    gw_reply(gw, now, &request, in, opened ? opened : msg->head.teid, buf,
             gtp2_encode(buf, sizeof buf, &act.answer), out);
}

static void
echo(struct gw *gw, const struct dgram *in, const struct gtp2_msg *msg, struct wr *out)
{
    uint8_t buf[32];
    size_t len = gtp2_encode(buf, sizeof buf,
                             &(struct gtp2_msg){
                                 .head = {.type = GTP2_ECHO_RESPONSE, .seq = msg->head.seq},
                                 .has = GTP2_HAS_RECOVERY,
                                 .recovery = gw->setup.restart,
                             });

    assert(len);
    gw_count(gw, GW_V2_ECHO);
    if (has(msg, GTP2_HAS_RECOVERY) && gw->gates & GATE_CONTROL)
        gw_peer_heard(gw, in->peer, msg->recovery);
    if (in->port)
        gw_answer(in, buf, len, out);
}

void
gw_v2(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out)
{
    struct gtp2_msg msg;
    const char *reason;
    int fault = gtp2_decode(&msg, in->bytes, in->len, &reason);

    if (fault == GTP_EDROP || fault == GTP_EVERSION || fault == GTP_EEXTENSION) {
        gw_count(gw, GW_C_MALFORMED);
        return;
    }
    switch (msg.head.type) {
    case GTP2_CREATE_SESSION_REQUEST:
        if (gw_passes(gw, GATE_NEW, GW_GATED_NEW))
            request(gw, now, in, &msg, fault, out);
        break;
    case GTP2_MODIFY_BEARER_REQUEST:
    case GTP2_DELETE_SESSION_REQUEST:
    case GTP2_CHANGE_NOTIFICATION_REQUEST:
        if (gw_passes(gw, GATE_CONTROL, GW_GATED_CONTROL))
            request(gw, now, in, &msg, fault, out);
        break;
    case GTP2_MODIFY_BEARER_COMMAND:
    case GTP2_BEARER_RESOURCE_COMMAND:
    case GTP2_CREATE_BEARER_RESPONSE:
    case GTP2_UPDATE_BEARER_RESPONSE:
    case GTP2_DELETE_BEARER_RESPONSE:
        if (msg.head.type == GTP2_DELETE_BEARER_RESPONSE && gw_released(gw, in, 2, msg.head.seq))
            break;
        if (gw_passes(gw, GATE_CONTROL, GW_GATED_CONTROL))
            gw_v2_bearer(gw, now, in, &msg, fault, out);
        break;
    case GTP2_ECHO_REQUEST:
        if (fault)
            gw_count(gw, GW_C_MALFORMED);
        else
            echo(gw, in, &msg, out);
        break;
    case GTP2_ECHO_RESPONSE:
    case GTP2_VERSION_NOT_SUPPORTED:
    case GTP2_CREATE_SESSION_RESPONSE:
    case GTP2_MODIFY_BEARER_RESPONSE:
    case GTP2_DELETE_SESSION_RESPONSE:
        gw_count(gw, GW_C_RESPONSE);
        break;
    default:
        gw_count(gw, GW_C_UNKNOWN_TYPE);
        break;
    }
}
