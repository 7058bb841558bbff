/* Dedicated bearers, TS 29.274 7.2.3 to 7.2.6, 7.2.9.2, 7.2.14 to 7.2.16: a client's command is answered by
 * a request of ours with the command's sequence number, and what it asks for is done when that
 * request is answered. */
#include <assert.h>

#include "common/base/err.h"
#include "sf/gw_v2_priv.h"
#include "sf/sess_part.h"

enum {
    PGW_USER_ASKED = 1, /* instances of F-TEIDs: in our request, */
    SGW_USER = 2,       /* in the response, */
    PGW_USER_TOLD = 3,  /* in the response, ours again */
    QOS_QCI = 1,        /* offset in a Bearer QoS: priority comes first */
};

/* ---- the table of requests -------------------------------------------------------------- */

static struct sess *
session_of(const struct gw *gw, const struct gw_asked *asked)
{
    struct sess *sess = gw_sess(gw, 2, asked->teid);

    return sess && sess->call_id == asked->call_id ? sess : NULL;
}

static void
give_back(struct gw *gw, const struct gw_asked *asked)
{
    struct sess *reserved = asked->kind == GW_ASK_CREATE && !asked->done
                                ? sess_reserved(gw->setup.table, asked->bearer)
                                : NULL;

    if (reserved)
        sess_unreserve(gw->setup.table, reserved);
}

static void
forget(struct gw *gw, struct gw_asked *asked)
{
    give_back(gw, asked);
    asked->kind = GW_ASK_NONE;
}

void
gw_ask_no_more(struct gw *gw)
{
    for (unsigned i = 0; i < GW_ASKED; i++)
        forget(gw, &gw->asked[i]);
}

static void
settle(struct gw *gw, mono_t now, struct gw_asked *asked)
{
    give_back(gw, asked);
    asked->done = true;
    asked->due = mono_after(now, GW_REPLY_US);
}

/* A place for a request: a free one, that of a session that is gone, or the one answered first;
 * NULL when all wait for answers. */
static struct gw_asked *
place(struct gw *gw)
{
    struct gw_asked *best = NULL;

    for (unsigned i = 0; i < GW_ASKED; i++) {
        struct gw_asked *asked = &gw->asked[i];

        if (asked->kind == GW_ASK_NONE)
            return asked;
        if (!session_of(gw, asked)) {
            forget(gw, asked);
            return asked;
        }
        if (asked->done && (!best || asked->due.us < best->due.us))
            best = asked;
    }
    return best;
}

static struct gw_asked *
find(struct gw *gw, const struct sess *sess, uint32_t seq)
{
    for (unsigned i = 0; i < GW_ASKED; i++) {
        struct gw_asked *asked = &gw->asked[i];

        if (asked->kind != GW_ASK_NONE && asked->seq == seq && session_of(gw, asked) == sess)
            return asked;
    }
    return NULL;
}

/* ---- sending ---------------------------------------------------------------------------- */

/* Requests go to the well-known port, wherever the command came from. */
static void
send_request(struct gw *gw, const struct gw_asked *asked, struct wr *out)
{
    const struct dgram to = {.side = DGRAM_CTRL,
                             .peer = asked->peer,
                             .port = GTP_PORT_CONTROL,
                             .local = gw->setup.pgw.ctrl};

    gw_answer(&to, asked->bytes, asked->len, out);
}

/* A new request about the session: encoded, sent and kept; false if it cannot be encoded. */
static bool
ask(struct gw *gw, mono_t now, struct gw_asked *asked, struct gtp2_msg *request, struct wr *out)
{
    const struct sess *sess = session_of(gw, asked);

    request->head.has_teid = true;
    request->head.teid = sess->peer_ctrl_teid;
    request->head.seq = asked->seq;
    asked->peer = sess->peer_ctrl_addr;
    asked->tries = 1;
    asked->due = mono_after(now, GW_T3_US);
    asked->len = (uint16_t)gtp2_encode(asked->bytes, sizeof asked->bytes, request);
    if (!asked->len) {
        gw_count(gw, GW_C_NO_ANSWER);
        return false;
    }
    gw_count(gw, GW_V2_ASKED);
    send_request(gw, asked, out);
    return true;
}

static void
put_tft(struct gtp2_bearer *bearer, uint8_t buf[GTP_TFT_MOST], const struct sess_rule *rule,
        enum gtp_tft_op op)
{
    struct gtp_tft tft = {.op = (uint8_t)op, .filter_n = rule->filter_n};

    memcpy(tft.filters, rule->filters, sizeof tft.filters);
    bearer->has |= GTP2_HAS_BEARER_TFT;
    bearer->tft = (struct gtp_bytes){.at = buf, .len = gtp_tft_encode(buf, GTP_TFT_MOST, &tft)};
    assert(bearer->tft.len);
}

static void
put_qos(struct gtp2_bearer *bearer, const struct gw_asked *asked)
{
    bearer->has |= GTP2_HAS_BEARER_QOS;
    memcpy(bearer->qos, asked->qos, GTP2_BEARER_QOS_LEN);
}

/* ---- Bearer Resource Command, 7.2.5 ----------------------------------------------------- */

/* The name of a rule that a client's command made: nobody else knows of it. */
static void
name_rule(struct sess_rule *rule, uint32_t call_id)
{
    static const char digits[] = "0123456789abcdef";

    static_assert(SESS_RULE_NAME >= 4 + 8 + 1, "a rule's name fits");
    memcpy(rule->name, "brc-", 4);
    for (unsigned i = 0; i < 8; i++)
        rule->name[4 + i] = digits[call_id >> (28 - 4 * i) & 15];
    rule->name[12] = '\0';
}

/* The rule looks at its filters by the lowest precedence of them. */
static void
rank_rule(struct sess_rule *rule)
{
    rule->precedence = UINT8_MAX;
    for (unsigned i = 0; i < rule->filter_n; i++)
        if (rule->filters[i].precedence < rule->precedence)
            rule->precedence = rule->filters[i].precedence;
}

/* Flow QoS with the priority of the bearer it is for. */
static void
take_flow_qos(struct gw_asked *asked, const struct sess *from, const struct gtp2_msg *msg)
{
    asked->qos_len = GTP2_BEARER_QOS_LEN;
    memcpy(asked->qos, from->qos, sizeof asked->qos);
    if (has(msg, GTP2_HAS_FLOW_QOS))
        memcpy(asked->qos + QOS_QCI, msg->flow_qos, GTP2_FLOW_QOS_LEN);
    asked->rule.qci = asked->qos[QOS_QCI];
}

static struct gtp2_cause_ie
read_tad(const struct gtp2_msg *msg, struct gtp_tft *tad)
{
    const char *reason;
    int fault = gtp_tft_decode(tad, msg->tad.at, msg->tad.len, &reason);

    if (fault)
        return plain(fault == GTP_EVALUE ? GTP2_CAUSE_FILTER_SEMANTIC : GTP2_CAUSE_FILTER_SYNTAX);
    return fine;
}

static struct gtp2_cause_ie
judge_command(const struct sess *sess, const struct gtp2_msg *msg, struct gtp_tft *tad)
{
    if (!has(msg, GTP2_HAS_EBI))
        return offending(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_EBI, 0);
    if (!has(msg, GTP2_HAS_PTI))
        return offending(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_PTI, 0);
    if (!has(msg, GTP2_HAS_TAD))
        return offending(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_TAD, 0);
    if (msg->ebi != sess->ebi)
        return plain(GTP2_CAUSE_CONTEXT_NOT_FOUND);
    return read_tad(msg, tad);
}

static struct gtp2_cause_ie
ask_create(struct gw *gw, mono_t now, struct gw_asked *asked, const struct gtp2_msg *msg,
           const struct gtp_tft *tad, struct wr *out)
{
    struct sess *sess = session_of(gw, asked), *reserved;
    struct gtp2_msg request = {.head = {.type = GTP2_CREATE_BEARER_REQUEST},
                               .has = GTP2_HAS_EBI | GTP2_HAS_PTI,
                               .ebi = sess->ebi,
                               .pti = msg->pti,
                               .bearer_n = 1};
    struct gtp2_bearer *bearer = &request.bearer[0];
    uint8_t tft[GTP_TFT_MOST];

    if (!has(msg, GTP2_HAS_FLOW_QOS))
        return offending(GTP2_CAUSE_CONDITIONAL_MISSING, GTP2_IE_FLOW_QOS, 0);
    if (tad->op != GTP_TFT_CREATE)
        return plain(GTP2_CAUSE_TFT_SEMANTIC);
    if (sess_reserve(gw->setup.table, sess, now, &reserved) != 0)
        return plain(GTP2_CAUSE_NO_RESOURCES);
    asked->kind = GW_ASK_CREATE;
    asked->bearer = reserved->teid;
    asked->rule.filter_n = (uint8_t)gtp_tft_apply(asked->rule.filters, 0, tad);
    name_rule(&asked->rule, reserved->call_id);
    rank_rule(&asked->rule);
    take_flow_qos(asked, sess, msg);
    bearer->has = GTP2_HAS_EBI | GTP2_HAS_CHARGING_ID; /* EBI 0: the client's MME gives one */
    bearer->charging_id = reserved->call_id;
    bearer->fteid_has = 1u << PGW_USER_ASKED;
    bearer->fteid[PGW_USER_ASKED] = (struct gtp2_fteid){
        .iface = GTP2_IFACE_PGW_USER, .teid = reserved->teid, .ipv4 = gw->setup.pgw.user};
    put_tft(bearer, tft, &asked->rule, GTP_TFT_CREATE);
    put_qos(bearer, asked);
    return ask(gw, now, asked, &request, out) ? fine : plain(GTP2_CAUSE_SYSTEM_FAILURE);
}

static struct gtp2_cause_ie
ask_delete(struct gw *gw, mono_t now, struct gw_asked *asked, const struct gtp2_msg *msg,
           struct wr *out)
{
    struct gtp2_msg request = {.head = {.type = GTP2_DELETE_BEARER_REQUEST},
                               .has = GTP2_HAS_EBIS | GTP2_HAS_PTI,
                               .ebis = (uint16_t)(1u << asked->ebi),
                               .pti = msg->pti};

    asked->kind = GW_ASK_DELETE;
    return ask(gw, now, asked, &request, out) ? fine : plain(GTP2_CAUSE_SYSTEM_FAILURE);
}

static struct gtp2_cause_ie
ask_update(struct gw *gw, mono_t now, struct gw_asked *asked, const struct sess *dedicated,
           const struct gtp2_msg *msg, struct wr *out)
{
    const struct sess *sess = session_of(gw, asked);
    struct gtp2_msg request = {.head = {.type = GTP2_UPDATE_BEARER_REQUEST},
                               .has = GTP2_HAS_AMBR | GTP2_HAS_PTI,
                               .ambr_up = sess->ambr_up,
                               .ambr_down = sess->ambr_down,
                               .pti = msg->pti,
                               .bearer_n = 1};
    struct gtp2_bearer *bearer = &request.bearer[0];
    uint8_t tft[GTP_TFT_MOST];

    asked->kind = GW_ASK_UPDATE;
    rank_rule(&asked->rule);
    take_flow_qos(asked, dedicated, msg);
    bearer->has = GTP2_HAS_EBI;
    bearer->ebi = asked->ebi;
    put_tft(bearer, tft, &asked->rule, GTP_TFT_CREATE); /* all there are to be */
    put_qos(bearer, asked);
    return ask(gw, now, asked, &request, out) ? fine : plain(GTP2_CAUSE_SYSTEM_FAILURE);
}

/* The command names bearers: one, a dedicated one of this session. */
static struct gtp2_cause_ie
ask_change(struct gw *gw, mono_t now, struct gw_asked *asked, const struct gtp2_msg *msg,
           const struct gtp_tft *tad, struct wr *out)
{
    struct sess *sess = session_of(gw, asked), *dedicated;

    while (msg->ebis >> asked->ebi > 1)
        asked->ebi++;
    dedicated = gw_bearer(gw, sess, asked->ebi);
    if (!dedicated || !dedicated->lbi || msg->ebis != 1u << asked->ebi)
        return plain(GTP2_CAUSE_CONTEXT_NOT_FOUND);
    if (tad->op == GTP_TFT_CREATE)
        return plain(GTP2_CAUSE_TFT_SEMANTIC);
    asked->rule = *sess_rule(gw->setup.table, dedicated);

    int filter_n = gtp_tft_apply(asked->rule.filters, asked->rule.filter_n, tad);

    if (filter_n < 0)
        return plain(GTP2_CAUSE_FILTER_SEMANTIC);
    asked->rule.filter_n = (uint8_t)filter_n;
    return filter_n == 0 ? ask_delete(gw, now, asked, msg, out)
                         : ask_update(gw, now, asked, dedicated, msg, out);
}

/* ---- Modify Bearer Command, 7.2.14: the subscribed QoS has changed ---------------------- */

static struct gtp2_cause_ie
judge_qos_command(const struct sess *sess, const struct gtp2_msg *msg)
{
    const struct gtp2_bearer *bearer = next_bearer(msg, NULL);

    if (!has(msg, GTP2_HAS_AMBR))
        return offending(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_AMBR, 0);
    if (!bearer)
        return offending(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_BEARER_CONTEXT, 0);
    if (!(bearer->has & GTP2_HAS_EBI))
        return offending_in_bearer(GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_EBI, 0);
    return bearer->ebi == sess->ebi ? fine : plain(GTP2_CAUSE_CONTEXT_NOT_FOUND);
}

/* What is asked for is authorised as it is: there is no PCRF to say otherwise. */
static struct gtp2_cause_ie
ask_qos(struct gw *gw, mono_t now, struct gw_asked *asked, const struct gtp2_msg *msg,
        struct wr *out)
{
    const struct sess *sess = session_of(gw, asked);
    const struct gtp2_bearer *told = next_bearer(msg, NULL);
    struct gtp2_msg request = {.head = {.type = GTP2_UPDATE_BEARER_REQUEST},
                               .has = GTP2_HAS_AMBR,
                               .ambr_up = msg->ambr_up,
                               .ambr_down = msg->ambr_down,
                               .bearer_n = 1};

    asked->kind = GW_ASK_QOS;
    asked->ebi = sess->ebi;
    asked->ambr_up = msg->ambr_up;
    asked->ambr_down = msg->ambr_down;
    asked->qos_len = GTP2_BEARER_QOS_LEN;
    memcpy(asked->qos, told->has & GTP2_HAS_BEARER_QOS ? told->qos : sess->qos,
           GTP2_BEARER_QOS_LEN);
    request.bearer[0].has = GTP2_HAS_EBI;
    request.bearer[0].ebi = sess->ebi;
    put_qos(&request.bearer[0], asked);
    return ask(gw, now, asked, &request, out) ? fine : plain(GTP2_CAUSE_SYSTEM_FAILURE);
}

/* ---- commands --------------------------------------------------------------------------- */

static struct gtp2_cause_ie
command(struct gw *gw, mono_t now, const struct gtp2_msg *msg, struct sess *sess, struct wr *out)
{
    struct gtp_tft tad;
    bool about_qos = msg->head.type == GTP2_MODIFY_BEARER_COMMAND;
    struct gtp2_cause_ie cause =
        about_qos ? judge_qos_command(sess, msg) : judge_command(sess, msg, &tad);
    struct gw_asked *asked = cause.value ? NULL : place(gw);

    if (cause.value)
        return cause;
    if (!asked)
        return plain(GTP2_CAUSE_NO_RESOURCES);
    *asked = (struct gw_asked){.seq = msg->head.seq, .teid = sess->teid, .call_id = sess->call_id};
    cause = about_qos                 ? ask_qos(gw, now, asked, msg, out)
            : has(msg, GTP2_HAS_EBIS) ? ask_change(gw, now, asked, msg, &tad, out)
                                      : ask_create(gw, now, asked, msg, &tad, out);
    if (cause.value)
        forget(gw, asked);
    return cause;
}

/* Failure Indication, 7.2.6: the number of the command and one. */
static void
refuse(struct gw *gw, const struct dgram *in, const struct gtp2_msg *msg, const struct sess *sess,
       struct gtp2_cause_ie cause, struct wr *out)
{
    uint8_t buf[GW_ASK_MOST];
    struct gtp2_msg answer = {.head = {.type = (uint8_t)(msg->head.type + 1),
                                       .has_teid = true,
                                       .teid = sess ? sess->peer_ctrl_teid : 0,
                                       .seq = msg->head.seq},
                              .has = GTP2_HAS_CAUSE | (msg->has & (GTP2_HAS_EBI | GTP2_HAS_PTI)),
                              .cause = cause,
                              .ebi = msg->ebi,
                              .pti = msg->pti};
    size_t len = gtp2_encode(buf, sizeof buf, &answer);

    assert(len);
    gw_v2_count_cause(gw, cause.value);
    gw_answer(in, buf, len, out);
}

static struct gtp2_cause_ie
malformed(const struct gtp2_msg *msg, int fault)
{
    if (fault == GTP_EVALUE)
        return offending(GTP2_CAUSE_MANDATORY_INCORRECT, msg->bad_ie, msg->bad_instance);
    return plain(fault == GTP_ELENGTH ? GTP2_CAUSE_INVALID_LENGTH : GTP2_CAUSE_INVALID_FORMAT);
}

static void
hear_command(struct gw *gw, mono_t now, const struct dgram *in, const struct gtp2_msg *msg,
             int fault, struct wr *out)
{
    struct sess *sess = gw_sess(gw, 2, msg->head.teid);
    const struct gw_asked *before = sess ? find(gw, sess, msg->head.seq) : NULL;
    struct gtp2_cause_ie cause;

    if (before) {
        gw_count(gw, GW_V2_RETRANSMITTED);
        if (!before->done)
            send_request(gw, before, out);
        return;
    }
    gw_count(gw, msg->head.type == GTP2_MODIFY_BEARER_COMMAND ? GW_V2_QOS_COMMAND
                                                              : GW_V2_BEARER_COMMAND);
    cause = fault   ? malformed(msg, fault)
            : !sess ? plain(GTP2_CAUSE_CONTEXT_NOT_FOUND)
                    : command(gw, now, msg, sess, out);
    if (cause.value)
        refuse(gw, in, msg, sess, cause, out);
}

/* ---- responses, 7.2.4, 7.2.10.2, 7.2.16 ------------------------------------------------- */

static uint8_t
response_to(enum gw_ask kind)
{
    static const uint8_t types[] = {[GW_ASK_CREATE] = GTP2_CREATE_BEARER_RESPONSE,
                                    [GW_ASK_UPDATE] = GTP2_UPDATE_BEARER_RESPONSE,
                                    [GW_ASK_DELETE] = GTP2_DELETE_BEARER_RESPONSE,
                                    [GW_ASK_QOS] = GTP2_UPDATE_BEARER_RESPONSE};

    return types[kind];
}

/* Did the client do what was asked, of the message and of its one bearer? */
static bool
agrees(const struct gtp2_msg *msg)
{
    const struct gtp2_bearer *bearer = next_bearer(msg, NULL);

    return has(msg, GTP2_HAS_CAUSE) && is_accepted(msg->cause.value) && bearer &&
           bearer->has & GTP2_HAS_EBI && bearer->has & GTP2_HAS_CAUSE &&
           is_accepted(bearer->cause.value);
}

/* May the bearer be as the response has it? */
static bool
bearer_fits(const struct gw *gw, const struct gw_asked *asked, const struct sess *sess,
            const struct gtp2_bearer *bearer)
{
    bool has_ours = bearer->fteid_has & 1u << PGW_USER_TOLD;

    return bearer->ebi >= EBI_LEAST && !sess_by_imsi(gw->setup.table, sess->imsi, bearer->ebi) &&
           bearer->fteid_has & 1u << SGW_USER &&
           fteid_fits(gw, &bearer->fteid[SGW_USER], GTP2_IFACE_SGW_USER) &&
           (!has_ours || bearer->fteid[PGW_USER_TOLD].teid == asked->bearer);
}

static void
take_change(struct gw *gw, const struct gw_asked *asked, struct sess *dedicated)
{
    *sess_rule(gw->setup.table, dedicated) = asked->rule;
    dedicated->qos_len = asked->qos_len;
    memcpy(dedicated->qos, asked->qos, sizeof dedicated->qos);
    gw_classify(gw, dedicated);
}

static bool
created(struct gw *gw, mono_t now, const struct gw_asked *asked, struct sess *sess,
        const struct dgram *in, const struct gtp2_msg *msg)
{
    const struct gtp2_bearer *bearer = next_bearer(msg, NULL);
    struct sess *dedicated = sess_reserved(gw->setup.table, asked->bearer);

    if (!agrees(msg) || !dedicated || !bearer_fits(gw, asked, sess, bearer))
        return false;
    sess_join(gw->setup.table, dedicated, bearer->ebi, now);
    dedicated->peer_user_teid = bearer->fteid[SGW_USER].teid;
    dedicated->peer_user_addr = bearer->fteid[SGW_USER].ipv4;
    dedicated->create_seq = msg->head.seq;
    dedicated->create_port = in->port;
    take_change(gw, asked, dedicated);
    sess_changed(gw->setup.table, dedicated);
    gw_count(gw, GW_V2_BEARER_CREATED);
    return true;
}

static bool
updated(struct gw *gw, const struct gw_asked *asked, struct sess *sess, const struct gtp2_msg *msg)
{
    struct sess *dedicated = gw_bearer(gw, sess, asked->ebi);

    if (!agrees(msg) || next_bearer(msg, NULL)->ebi != asked->ebi || !dedicated || !dedicated->lbi)
        return false;
    take_change(gw, asked, dedicated);
    sess_changed_part(gw->setup.table, dedicated, SESS_RULE);
    gw_count(gw, GW_V2_BEARER_UPDATED);
    return true;
}

static bool
authorised(struct gw *gw, const struct gw_asked *asked, struct sess *sess,
           const struct gtp2_msg *msg)
{
    if (!agrees(msg) || next_bearer(msg, NULL)->ebi != asked->ebi)
        return false;
    sess->ambr_up = asked->ambr_up;
    sess->ambr_down = asked->ambr_down;
    sess->qos_len = asked->qos_len;
    memcpy(sess->qos, asked->qos, sizeof sess->qos);
    gw_classify(gw, sess);
    sess_changed_part(gw->setup.table, sess, SESS_SGX);
    gw_count(gw, GW_V2_QOS_AUTHORISED);
    return true;
}

/* The bearer goes, whatever the client says: it is not paid for any more. */
static void
end_bearer(struct gw *gw, const struct gw_asked *asked, struct sess *sess)
{
    struct sess *dedicated = gw_bearer(gw, sess, asked->ebi);

    if (!dedicated || !dedicated->lbi)
        return;
    sess_close(gw->setup.table, dedicated);
    gw_count(gw, GW_V2_BEARER_DELETED);
}

static void
hear_response(struct gw *gw, mono_t now, const struct dgram *in, const struct gtp2_msg *msg)
{
    struct sess *sess = gw_sess(gw, 2, msg->head.teid);
    struct gw_asked *asked = sess ? find(gw, sess, msg->head.seq) : NULL;
    bool agreed = true;

    if (!asked || asked->done || msg->head.type != response_to((enum gw_ask)asked->kind) ||
        in->peer != asked->peer) {
        gw_count(gw, GW_C_RESPONSE);
        return;
    }
    if (asked->kind == GW_ASK_CREATE)
        agreed = created(gw, now, asked, sess, in, msg);
    else if (asked->kind == GW_ASK_UPDATE)
        agreed = updated(gw, asked, sess, msg);
    else if (asked->kind == GW_ASK_QOS)
        agreed = authorised(gw, asked, sess, msg);
    else
        end_bearer(gw, asked, sess);
    if (!agreed)
        gw_count(gw, GW_V2_ASKED_REFUSED);
    settle(gw, now, asked);
}

void
gw_v2_bearer(struct gw *gw, mono_t now, const struct dgram *in, const struct gtp2_msg *msg,
             int fault, struct wr *out)
{
    if (msg->head.type == GTP2_BEARER_RESOURCE_COMMAND ||
        msg->head.type == GTP2_MODIFY_BEARER_COMMAND)
        hear_command(gw, now, in, msg, fault, out);
    else if (fault)
        gw_count(gw, GW_C_MALFORMED); /* the request is repeated */
    else
        hear_response(gw, now, in, msg);
}

/* ---- time ------------------------------------------------------------------------------- */

mono_t
gw_deadline(const struct gw *gw)
{
    mono_t at = gw->gates & GATE_CONTROL ? gw_release_deadline(gw) : MONO_NEVER;

    for (unsigned i = 0; gw->gates & GATE_CONTROL && i < GW_ASKED; i++)
        if (gw->asked[i].kind != GW_ASK_NONE)
            at = mono_earlier(at, gw->asked[i].due);
    return at;
}

static void
give_up(struct gw *gw, struct gw_asked *asked, struct sess *sess)
{
    gw_count(gw, GW_V2_ASKED_IN_VAIN);
    if (asked->kind == GW_ASK_DELETE)
        end_bearer(gw, asked, sess);
    forget(gw, asked);
}

/* Repeat one that is due; false when it was given up instead. */
static bool
ask_again(struct gw *gw, mono_t now, struct gw_asked *asked, struct wr *out)
{
    struct sess *sess = session_of(gw, asked);

    if (asked->done || !sess) {
        forget(gw, asked);
        return false;
    }
    if (asked->tries == GW_N3) {
        give_up(gw, asked, sess);
        return false;
    }
    asked->tries++;
    asked->due = mono_after(now, GW_T3_US);
    gw_count(gw, GW_V2_ASKED_AGAIN);
    send_request(gw, asked, out);
    return true;
}

int
gw_tick(struct gw *gw, mono_t now, struct wr *out)
{
    for (unsigned i = 0; gw->gates & GATE_CONTROL && i < GW_ASKED; i++) {
        struct gw_asked *asked = &gw->asked[i];

        if (asked->kind == GW_ASK_NONE || !mono_reached(now, asked->due))
            continue;
        if (wr_room(out) < DGRAM_HEAD + GW_ASK_MOST)
            return DI_ESPACE;
        if (ask_again(gw, now, asked, out))
            return 1;
    }
    return gw->gates & GATE_CONTROL ? gw_release_tick(gw, now, out) : 0;
}
