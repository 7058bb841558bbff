#include <assert.h>

#include "common/base/err.h"
#include "common/gtp/gtp1.h"
#include "common/gtp/gtp_pco.h"
#include "sf/gw_priv.h"
#include "sf/sess_part.h"

enum {
    NSAPI_LEAST = 5,          /* 0 to 4 are reserved, TS 24.007 11.2.3.1.5 */
    CAUSE_NEW_PDP_TYPE = 129, /* due to network preference, TS 29.060 7.7.1 */
    CAUSE_REFUSED = 192,      /* from here on the request was not done */
};

/* A request and what its answer is made of. */
struct act {
    struct gw *gw;
    mono_t now;
    const struct dgram *in;
    const struct gtp1_msg *msg;
    struct gtp1_msg answer;
    uint8_t pco[GTP_PCO_MAX];
};

static void
count_cause(struct gw *gw, uint8_t cause)
{
    static const struct {
        uint8_t cause;
        enum gw_counter counter;
    } causes[] = {
        {GTP1_CAUSE_ACCEPTED, GW_V1_ACCEPTED},
        {CAUSE_NEW_PDP_TYPE, GW_V1_NEW_PDP_TYPE},
        {GTP1_CAUSE_NON_EXISTENT, GW_V1_NON_EXISTENT},
        {GTP1_CAUSE_INVALID_FORMAT, GW_V1_INVALID_FORMAT},
        {GTP1_CAUSE_NO_RESOURCES, GW_V1_NO_RESOURCES},
        {GTP1_CAUSE_NOT_SUPPORTED, GW_V1_NOT_SUPPORTED},
        {GTP1_CAUSE_MANDATORY_INCORRECT, GW_V1_MANDATORY_INCORRECT},
        {GTP1_CAUSE_MANDATORY_MISSING, GW_V1_MANDATORY_MISSING},
        {GTP1_CAUSE_SYSTEM_FAILURE, GW_V1_SYSTEM_FAILURE},
        {GTP1_CAUSE_ADDRESSES_OCCUPIED, GW_V1_ADDRESSES_OCCUPIED},
        {GTP1_CAUSE_TFT_SEMANTIC, GW_V1_TFT_ERROR},
        {GTP1_CAUSE_TFT_SYNTAX, GW_V1_TFT_ERROR},
        {GTP1_CAUSE_FILTER_SEMANTIC, GW_V1_TFT_ERROR},
        {GTP1_CAUSE_FILTER_SYNTAX, GW_V1_TFT_ERROR},
        {GTP1_CAUSE_UNKNOWN_APN, GW_V1_UNKNOWN_APN},
        {GTP1_CAUSE_UNKNOWN_ADDRESS_TYPE, GW_V1_UNKNOWN_ADDRESS_TYPE},
    };
    size_t i = 0;

    while (causes[i].cause != cause) {
        i++;
        assert(i < sizeof causes / sizeof *causes);
    }
    gw_count(gw, causes[i].counter);
}

static bool
has(const struct gtp1_msg *msg, uint32_t elements)
{
    return (msg->has & elements) == elements;
}

/* --- what the answers have in common -------------------------------------------------- */

/* Our end of the tunnel; PCO and end user address are the creator's business. The control
 * tunnel is that of the primary context. */
static void
tell_tunnel(struct act *act, const struct sess *primary, const struct sess *sess)
{
    struct gtp1_msg *answer = &act->answer;
    const struct gw_service *ggsn = &act->gw->setup.ggsn;

    answer->has |= GTP1_HAS_RECOVERY | GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL |
                   GTP1_HAS_CHARGING_ID | GTP1_HAS_GSN_CONTROL | GTP1_HAS_GSN_DATA | GTP1_HAS_QOS;
    answer->head.teid = primary->peer_ctrl_teid;
    answer->recovery = act->gw->setup.restart;
    answer->teid_data = sess->teid;
    answer->teid_control = primary->teid;
    answer->charging_id = sess->call_id;
    answer->gsn_control = ggsn->ctrl;
    answer->gsn_data = ggsn->user;
    memcpy(answer->qos, sess->qos, sess->qos_len);
    answer->qos_len = sess->qos_len;
}

/* Made of nothing but the session and the request, so that the answer to a repeated
 * request is the same on the other chassis after a takeover (TS 29.060 7.3.2). */
static uint8_t
tell_created(struct act *act, const struct sess *sess)
{
    const struct gtp1_msg *msg = act->msg;
    struct gtp1_msg *answer = &act->answer;

    tell_tunnel(act, sess, sess);
    answer->has |= GTP1_HAS_REORDERING | GTP1_HAS_END_USER_ADDRESS;
    answer->eua.org = GTP1_EUA_IETF;
    answer->eua.type = GTP1_EUA_IPV4;
    answer->eua.ipv4 = sess->ue_addr;
    if (has(msg, GTP1_HAS_PCO)) {
        size_t len = gtp_pco_answer(act->pco, sizeof act->pco, msg->pco.at, msg->pco.len,
                                    gw_dns(act->gw, sess));

        if (len)
            answer->has |= GTP1_HAS_PCO;
        answer->pco = (struct gtp_bytes){.at = act->pco, .len = len};
    }
    return msg->eua.type == GTP1_EUA_IPV4V6 ? CAUSE_NEW_PDP_TYPE : GTP1_CAUSE_ACCEPTED;
}

/* --- Create PDP Context, TS 29.060 7.3.1 ----------------------------------------------- */

/* 0, or the cause to refuse with. `parent` is the context whose control tunnel the request
 * came through; then its IMSI and control TEID need not be repeated. */
static uint8_t
judge_create(const struct act *act, const struct sess *parent)
{
    const struct gtp1_msg *msg = act->msg;
    uint32_t needed = GTP1_HAS_TEID_DATA | GTP1_HAS_NSAPI | GTP1_HAS_GSN_CONTROL |
                      GTP1_HAS_GSN_DATA | GTP1_HAS_QOS | GTP1_HAS_END_USER_ADDRESS |
                      GTP1_HAS_SELECTION_MODE;

    if (!parent)
        needed |= GTP1_HAS_IMSI | GTP1_HAS_TEID_CONTROL;
    if (msg->head.teid && !parent)
        return GTP1_CAUSE_NON_EXISTENT;
    if (has(msg, GTP1_HAS_TFT)) /* filters of a primary context */
        return GTP1_CAUSE_NOT_SUPPORTED;
    if (!has(msg, needed))
        return GTP1_CAUSE_MANDATORY_MISSING;
    if (!msg->teid_data || (has(msg, GTP1_HAS_TEID_CONTROL) && !msg->teid_control) ||
        !gw_peer_plausible(act->gw, msg->gsn_control) || !gw_peer_plausible(act->gw, msg->gsn_data))
        return GTP1_CAUSE_MANDATORY_INCORRECT;
    if (msg->eua.org != GTP1_EUA_IETF ||
        (msg->eua.type != GTP1_EUA_IPV4 && msg->eua.type != GTP1_EUA_IPV4V6))
        return GTP1_CAUSE_UNKNOWN_ADDRESS_TYPE;
    if (msg->eua.ipv4) /* a static address: no subscriber has one here */
        return GTP1_CAUSE_UNKNOWN_ADDRESS_TYPE;

    int apn = has(msg, GTP1_HAS_APN) ? gw_apn_find(act->gw, msg->apn) : DI_ENOTFOUND;

    if (apn < 0)
        return GTP1_CAUSE_UNKNOWN_APN;
    return gw_has_pool(act->gw, apn) ? 0 : GTP1_CAUSE_SYSTEM_FAILURE;
}

/* Was this session opened by this very request? Asked when its answer is no longer
 * remembered, above all after a takeover. */
static bool
opened_by(const struct sess *sess, const struct act *act, uint32_t ctrl_teid, int apn)
{
    const struct gtp1_msg *msg = act->msg;

    return sess->gtp_version == 1 && sess->create_seq == msg->head.seq &&
           sess->create_port == act->in->port && sess->peer_ctrl_teid == ctrl_teid &&
           sess->peer_user_teid == msg->teid_data && sess->peer_ctrl_addr == msg->gsn_control &&
           sess->peer_user_addr == msg->gsn_data && sess->apn == apn;
}

static void
take_qos(struct sess *sess, const struct gtp1_msg *msg)
{
    sess->qos_len = msg->qos_len < SESS_QOS ? msg->qos_len : SESS_QOS;
    memset(sess->qos, 0, sizeof sess->qos);
    memcpy(sess->qos, msg->qos, sess->qos_len);
}

static void
fill(struct sess *sess, const struct act *act, uint32_t ctrl_teid, int apn)
{
    const struct gtp1_msg *msg = act->msg;

    sess->gtp_version = 1;
    sess->apn = (uint8_t)apn;
    sess->service = act->gw->setup.ggsn.number;
    sess->vpn = act->gw->setup.apns[apn].vpn;
    sess->msisdn = has(msg, GTP1_HAS_MSISDN) ? msg->msisdn : 0;
    sess->peer_ctrl_teid = ctrl_teid;
    sess->peer_user_teid = msg->teid_data;
    sess->peer_ctrl_addr = msg->gsn_control;
    sess->peer_user_addr = msg->gsn_data;
    sess->create_seq = msg->head.seq;
    sess->create_port = act->in->port;
    sess->charging_chars = has(msg, GTP1_HAS_CHARGING_CHARS) ? msg->charging_chars : 0;
    sess->selection_mode = msg->selection_mode;
    sess->rat = has(msg, GTP1_HAS_RAT) ? msg->rat : 0;
    take_qos(sess, msg);
    gw_classify(act->gw, sess);
}

static uint8_t
create_primary(struct act *act, const struct sess *parent)
{
    const struct gtp1_msg *msg = act->msg;
    struct gw *gw = act->gw;

    gw_count(gw, GW_V1_CREATE);
    act->answer.head.teid = has(msg, GTP1_HAS_TEID_CONTROL) ? msg->teid_control
                            : parent                        ? parent->peer_ctrl_teid
                                                            : 0;

    uint8_t cause = judge_create(act, parent);

    if (cause)
        return cause;

    uint64_t imsi = has(msg, GTP1_HAS_IMSI) ? msg->imsi : parent->imsi;
    uint32_t ctrl_teid = act->answer.head.teid;
    int apn = gw_apn_find(gw, msg->apn);
    struct sess *sess = sess_by_imsi(gw->setup.table, imsi, msg->nsapi);

    if (sess && opened_by(sess, act, ctrl_teid, apn)) {
        gw_count(gw, GW_V1_RETRANSMITTED);
        return tell_created(act, sess);
    }

    int err = gw_open(gw, act->now, imsi, msg->nsapi, (uint8_t)apn, &sess);

    if (err == DI_EFULL)
        return GTP1_CAUSE_NO_RESOURCES;
    if (err == DI_ENOTFOUND)
        return GTP1_CAUSE_ADDRESSES_OCCUPIED;
    if (err)
        return GTP1_CAUSE_SYSTEM_FAILURE;
    fill(sess, act, ctrl_teid, apn);
    sess_changed(gw->setup.table, sess);
    return tell_created(act, sess);
}

/* --- the same of a secondary context: on the control tunnel of the primary one, with a TFT --- */

/* 0 and the TFT, or the cause to refuse with. */
static uint8_t
read_tft(const struct gtp1_msg *msg, struct gtp_tft *tft)
{
    const char *reason;
    int fault = gtp_tft_decode(tft, msg->tft.at, msg->tft.len, &reason);

    if (fault)
        return fault == GTP_EVALUE ? GTP1_CAUSE_FILTER_SEMANTIC : GTP1_CAUSE_FILTER_SYNTAX;
    return 0;
}

static uint8_t
judge_secondary(const struct act *act, const struct sess *parent, struct gtp_tft *tft)
{
    const struct gtp1_msg *msg = act->msg;
    const uint32_t needed = GTP1_HAS_TEID_DATA | GTP1_HAS_NSAPI | GTP1_HAS_GSN_CONTROL |
                            GTP1_HAS_GSN_DATA | GTP1_HAS_QOS | GTP1_HAS_TFT;

    if (!parent)
        return GTP1_CAUSE_NON_EXISTENT;
    if (!has(msg, needed))
        return GTP1_CAUSE_MANDATORY_MISSING;
    if (msg->linked_nsapi != parent->ebi)
        return GTP1_CAUSE_NON_EXISTENT;
    if (msg->linked_nsapi < NSAPI_LEAST || msg->nsapi < NSAPI_LEAST || msg->nsapi == parent->ebi ||
        !msg->teid_data || (has(msg, GTP1_HAS_TEID_CONTROL) && !msg->teid_control) ||
        !gw_peer_plausible(act->gw, msg->gsn_control) || !gw_peer_plausible(act->gw, msg->gsn_data))
        return GTP1_CAUSE_MANDATORY_INCORRECT;

    uint8_t cause = read_tft(msg, tft);

    if (cause)
        return cause;
    return tft->op == GTP_TFT_CREATE ? 0 : GTP1_CAUSE_TFT_SEMANTIC;
}

static bool
joined_by(const struct sess *sess, const struct sess *parent, const struct act *act)
{
    const struct gtp1_msg *msg = act->msg;

    return sess->lbi == parent->ebi && sess->create_seq == msg->head.seq &&
           sess->create_port == act->in->port && sess->peer_user_teid == msg->teid_data &&
           sess->peer_user_addr == msg->gsn_data;
}

static void
fill_secondary(struct act *act, struct sess *sess, const struct gtp_tft *tft)
{
    const struct gtp1_msg *msg = act->msg;
    struct sess_rule *rule = sess_rule(act->gw->setup.table, sess);

    sess->peer_user_teid = msg->teid_data;
    sess->peer_user_addr = msg->gsn_data;
    sess->create_seq = msg->head.seq;
    sess->create_port = act->in->port;
    take_qos(sess, msg);
    gw_classify(act->gw, sess);
    rule->filter_n = (uint8_t)gtp_tft_apply(rule->filters, 0, tft);
}

static uint8_t
create_secondary(struct act *act, struct sess *parent)
{
    const struct gtp1_msg *msg = act->msg;
    struct sess_table *table = act->gw->setup.table;
    struct gtp_tft tft;
    uint8_t cause = judge_secondary(act, parent, &tft);
    struct sess *sess;

    gw_count(act->gw, GW_V1_CREATE_SECONDARY);
    act->answer.head.teid = parent ? parent->peer_ctrl_teid : 0;
    if (cause)
        return cause;
    sess = sess_by_imsi(table, parent->imsi, msg->nsapi);
    if (sess && joined_by(sess, parent, act)) {
        gw_count(act->gw, GW_V1_RETRANSMITTED);
        tell_tunnel(act, parent, sess);
        return GTP1_CAUSE_ACCEPTED;
    }
    if (sess) {
        gw_count(act->gw, GW_V1_REPLACED);
        sess_close(table, sess);
    }
    if (sess_reserve(table, parent, act->now, &sess) != 0)
        return GTP1_CAUSE_NO_RESOURCES;
    sess_join(table, sess, msg->nsapi, act->now);
    fill_secondary(act, sess, &tft);
    sess_changed(table, sess);
    tell_tunnel(act, parent, sess);
    return GTP1_CAUSE_ACCEPTED;
}

static uint8_t
create(struct act *act)
{
    const struct gtp1_msg *msg = act->msg;
    struct sess *parent = msg->head.teid ? gw_sess(act->gw, 1, msg->head.teid) : NULL;

    return has(msg, GTP1_HAS_LINKED_NSAPI) ? create_secondary(act, parent)
                                           : create_primary(act, parent);
}

/* --- Update PDP Context, TS 29.060 7.3.3 ----------------------------------------------- */

/* What the filters of a context will be; of a primary one there are none. */
static uint8_t
judge_filters(const struct gw *gw, const struct sess *sess, const struct gtp1_msg *msg,
              struct sess_rule *rule)
{
    struct gtp_tft tft;
    uint8_t cause = has(msg, GTP1_HAS_TFT) ? read_tft(msg, &tft) : 0;
    int filter_n;

    *rule = *sess_rule(gw->setup.table, sess);
    if (cause || !has(msg, GTP1_HAS_TFT))
        return cause;
    if (!sess->lbi)
        return GTP1_CAUSE_NOT_SUPPORTED;
    filter_n = gtp_tft_apply(rule->filters, rule->filter_n, &tft);
    if (filter_n <= 0) /* without any nothing could tell whose packets are its own */
        return GTP1_CAUSE_TFT_SEMANTIC;
    rule->filter_n = (uint8_t)filter_n;
    return 0;
}

static void
take_tunnel(struct sess *primary, struct sess *sess, const struct gtp1_msg *msg)
{
    if (has(msg, GTP1_HAS_TEID_CONTROL))
        primary->peer_ctrl_teid = msg->teid_control;
    primary->peer_ctrl_addr = msg->gsn_control;
    sess->peer_user_teid = msg->teid_data;
    sess->peer_user_addr = msg->gsn_data;
}

static uint8_t
update(struct act *act)
{
    const struct gtp1_msg *msg = act->msg;
    struct gw *gw = act->gw;
    struct sess *primary = gw_sess(gw, 1, msg->head.teid), *sess;
    struct sess_rule rule;
    const uint32_t needed = GTP1_HAS_TEID_DATA | GTP1_HAS_NSAPI | GTP1_HAS_GSN_CONTROL |
                            GTP1_HAS_GSN_DATA | GTP1_HAS_QOS;

    gw_count(gw, GW_V1_UPDATE);
    if (!primary)
        return GTP1_CAUSE_NON_EXISTENT;
    act->answer.head.teid = primary->peer_ctrl_teid;
    if (!has(msg, needed))
        return GTP1_CAUSE_MANDATORY_MISSING;
    sess = gw_bearer(gw, primary, msg->nsapi);
    if (!sess)
        return GTP1_CAUSE_NON_EXISTENT;
    if (!msg->teid_data || (has(msg, GTP1_HAS_TEID_CONTROL) && !msg->teid_control) ||
        !gw_peer_plausible(gw, msg->gsn_control) || !gw_peer_plausible(gw, msg->gsn_data))
        return GTP1_CAUSE_MANDATORY_INCORRECT;

    uint8_t cause = judge_filters(gw, sess, msg, &rule);

    if (cause)
        return cause;
    if (sess->lbi)
        *sess_rule(gw->setup.table, sess) = rule;
    take_tunnel(primary, sess, msg);
    if (has(msg, GTP1_HAS_RAT))
        primary->rat = msg->rat;
    take_qos(sess, msg);
    gw_classify(gw, sess);
    sess_changed_part(gw->setup.table, primary, SESS_GGSN_UPDATE);
    if (sess != primary)
        sess_changed_part(gw->setup.table, sess, SESS_GGSN_UPDATE);
    tell_tunnel(act, primary, sess);
    return GTP1_CAUSE_ACCEPTED;
}

/* --- Delete PDP Context, TS 29.060 7.3.5 ----------------------------------------------- */

/* With Teardown Ind the session goes, whichever context is named; so it does with its primary
 * context, since secondary ones do not outlive that here. */
static uint8_t
delete_context(struct act *act)
{
    const struct gtp1_msg *msg = act->msg;
    struct sess *primary = gw_sess(act->gw, 1, msg->head.teid), *sess;
    bool teardown = has(msg, GTP1_HAS_TEARDOWN) && msg->teardown;

    gw_count(act->gw, GW_V1_DELETE);
    if (!primary)
        return GTP1_CAUSE_NON_EXISTENT;
    act->answer.head.teid = primary->peer_ctrl_teid;
    if (!has(msg, GTP1_HAS_NSAPI))
        return GTP1_CAUSE_MANDATORY_MISSING;
    sess = gw_bearer(act->gw, primary, msg->nsapi);
    if (!sess)
        return GTP1_CAUSE_NON_EXISTENT;
    if (sess->lbi && !teardown)
        gw_count(act->gw, GW_V1_DELETE_SECONDARY);
    sess_close(act->gw->setup.table, teardown ? primary : sess);
    return GTP1_CAUSE_ACCEPTED;
}

/* --- one datagram ----------------------------------------------------------------------- */

static uint8_t
malformed(struct act *act, int fault)
{
    const struct sess *sess = gw_sess(act->gw, 1, act->msg->head.teid);

    if (sess)
        act->answer.head.teid = sess->peer_ctrl_teid;
    return fault == GTP_EVALUE ? GTP1_CAUSE_MANDATORY_INCORRECT : GTP1_CAUSE_INVALID_FORMAT;
}

static uint8_t
perform(struct act *act)
{
    switch (act->msg->head.type) {
    case GTP1_CREATE_PDP_REQUEST:
        return create(act);
    case GTP1_UPDATE_PDP_REQUEST:
        return update(act);
    default:
        return delete_context(act);
    }
}

static void
request(struct gw *gw, mono_t now, const struct dgram *in, const struct gtp1_msg *msg, int fault,
        struct wr *out)
{
    struct gw_request request = gw_request(in, 1, msg->head.type, msg->head.seq);
    struct act act = {
        .gw = gw,
        .now = now,
        .in = in,
        .msg = msg,
        /* the number of a request's answer is the next one */
        .answer = {.head = {.type = (uint8_t)(msg->head.type + 1),
                            .has_seq = true,
                            .seq = msg->head.seq}},
    };
    uint8_t buf[GW_ANSWER_MOST];

    if (gw_reply_again(gw, now, &request, in, out)) {
        gw_count(gw, GW_V1_RETRANSMITTED);
        return;
    }
    act.answer.cause = fault ? malformed(&act, fault) : perform(&act);
    act.answer.has |= GTP1_HAS_CAUSE;
    count_cause(gw, act.answer.cause);
    assert(act.answer.cause < CAUSE_REFUSED || act.answer.has == GTP1_HAS_CAUSE);

    gw_reply(gw, now, &request, in, act.answer.teid_data ? act.answer.teid_data : msg->head.teid,
             buf, gtp1_encode(buf, sizeof buf, &act.answer), out);
}

static void
echo(struct gw *gw, const struct dgram *in, const struct gtp1_msg *msg, struct wr *out)
{
    uint8_t buf[32];
    size_t len =
        gtp1_encode(buf, sizeof buf,
                    &(struct gtp1_msg){
                        .head = {.type = GTP1_ECHO_RESPONSE, .has_seq = true, .seq = msg->head.seq},
                        .has = GTP1_HAS_RECOVERY,
                        .recovery = gw->setup.restart,
                    });

    assert(len);
    gw_count(gw, GW_V1_ECHO);
    gw_answer(in, buf, len, out);
}

void
gw_v1(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out)
{
    struct gtp1_msg msg;
    const char *reason;
    int fault = gtp1_decode(&msg, in->bytes, in->len, &reason);

    if (fault == GTP_EDROP || fault == GTP_EVERSION || fault == GTP_EEXTENSION) {
        gw_count(gw, GW_C_MALFORMED);
        return;
    }
    switch (msg.head.type) {
    case GTP1_CREATE_PDP_REQUEST:
        if (gw_passes(gw, GATE_NEW, GW_GATED_NEW))
            request(gw, now, in, &msg, fault, out);
        break;
    case GTP1_UPDATE_PDP_REQUEST:
    case GTP1_DELETE_PDP_REQUEST:
        if (gw_passes(gw, GATE_CONTROL, GW_GATED_CONTROL))
            request(gw, now, in, &msg, fault, out);
        break;
    case GTP1_ECHO_REQUEST:
        if (fault)
            gw_count(gw, GW_C_MALFORMED);
        else
            echo(gw, in, &msg, out);
        break;
    case GTP1_ECHO_RESPONSE:
    case GTP1_VERSION_NOT_SUPPORTED:
    case GTP1_CREATE_PDP_RESPONSE:
    case GTP1_UPDATE_PDP_RESPONSE:
    case GTP1_SUPPORTED_EXTENSIONS:
        gw_count(gw, GW_C_RESPONSE);
        break;
    case GTP1_DELETE_PDP_RESPONSE:
        if (!gw_released(gw, in, 1, msg.head.seq))
            gw_count(gw, GW_C_RESPONSE);
        break;
    default:
        gw_count(gw, GW_C_UNKNOWN_TYPE);
        break;
    }
}
