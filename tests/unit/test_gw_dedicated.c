#include "common/msg/body.h"
#include "sf/sess_bearer.h"
#include "sf/sess_part.h"
#include "tests/unit/gw_rig.h"

/* Dedicated bearers: the client's command, the gateway's request, the client's response. */

enum { ASKED = 1, TOLD_SGW = 2, TOLD_PGW = 3, SEQ = 0x800001, RTP = 5000 };

/* UDP from anywhere, ports 5000 and 5001; replaced by 6000 and 6001; another one; gone */
static const uint8_t voice[] = {0x21, 0x31, 10, 7, 0x30, 17, 0x51, 0x13, 0x88, 0x13, 0x89};
static const uint8_t other[] = {0x81, 0x31, 20, 7, 0x30, 17, 0x51, 0x17, 0x70, 0x17, 0x71};
static const uint8_t local_port[] = {0x21, 0x31, 10, 3, 0x40, 0x13, 0x88};
static const uint8_t too_short[] = {0x21, 0x31};
static const uint8_t all[] = {0x40};
static const uint8_t first[] = {0xa1, 0x01};

static struct rig *rig;
static struct sess *sess;
static struct gtp2_msg asked; /* the request of the gateway that was caught last */
static unsigned changes[SESS_GONE + 1], last_part;

static void
note(void *ctx, uint32_t slot, enum sess_change change, unsigned part)
{
    (void)ctx;
    changes[change]++;
    last_part = part;
    if (change == SESS_GONE)
        sess_forget(rig->table, slot);
}

static void
setup(void)
{
    rig = rig_new(10);
    sess = rig_open_v2(rig, "240010000000001", 1);
    memset(changes, 0, sizeof changes);
    sess_table_on_change(rig->table, note, NULL);
}

static void
teardown(void)
{
    rig_destroy(rig);
}

static struct gtp2_msg
resource_command(uint32_t seq, const uint8_t *tad, size_t len)
{
    return (struct gtp2_msg){
        .head = {.type = GTP2_BEARER_RESOURCE_COMMAND,
                 .has_teid = true,
                 .teid = sess->teid,
                 .seq = seq},
        .has = GTP2_HAS_EBI | GTP2_HAS_PTI | GTP2_HAS_FLOW_QOS | GTP2_HAS_TAD,
        .ebi = 5,
        .pti = 9,
        .flow_qos = {1, 0, 0, 0, 0, 64, 0, 0, 0, 0, 64},
        .tad = {.at = tad, .len = len},
    };
}

/* A request of the gateway, to the well-known port of the control tunnel's end. */
static void
take_asked(const struct dgram *out, uint8_t type, uint32_t seq)
{
    const char *reason = "";

    ck_assert(out->len);
    ck_assert_int_eq(out->side, DGRAM_CTRL);
    ck_assert_uint_eq(out->peer, CLIENT);
    ck_assert_uint_eq(out->port, GTP_PORT_CONTROL);
    ck_assert_uint_eq(out->local, PGW);
    ck_assert_msg(gtp2_decode(&asked, out->bytes, out->len, &reason) == 0, "%s", reason);
    ck_assert_uint_eq(asked.head.type, type);
    ck_assert_uint_eq(asked.head.seq, seq);
    ck_assert_uint_eq(asked.head.teid, sess->peer_ctrl_teid);
}

static void
command(uint32_t seq, const uint8_t *tad, size_t len, uint8_t ebi, uint8_t type)
{
    struct gtp2_msg msg = resource_command(seq, tad, len);

    if (ebi) {
        msg.has |= GTP2_HAS_EBIS;
        msg.ebis = (uint16_t)(1u << ebi);
    }
    take_asked(rig_send_v2(rig, &msg), type, seq);
}

static struct gtp2_msg
response(uint8_t ebi)
{
    struct gtp2_msg msg = {
        .head = {.type = (uint8_t)(asked.head.type + 1),
                 .has_teid = true,
                 .teid = sess->teid,
                 .seq = asked.head.seq},
        .has = GTP2_HAS_CAUSE,
        .cause = {.value = GTP2_CAUSE_ACCEPTED},
        .bearer_n = 1,
    };

    msg.bearer[0] = (struct gtp2_bearer){
        .has = GTP2_HAS_EBI | GTP2_HAS_CAUSE,
        .ebi = ebi,
        .cause = {.value = GTP2_CAUSE_ACCEPTED},
    };
    if (asked.head.type != GTP2_CREATE_BEARER_REQUEST)
        return msg;
    msg.bearer[0].fteid_has = 1u << TOLD_SGW | 1u << TOLD_PGW;
    msg.bearer[0].fteid[TOLD_SGW] = (struct gtp2_fteid){GTP2_IFACE_SGW_USER, 0x7000u + ebi, CLIENT};
    msg.bearer[0].fteid[TOLD_PGW] = asked.bearer[0].fteid[ASKED];
    return msg;
}

static void
respond(const struct gtp2_msg *msg)
{
    ck_assert_uint_eq(rig_send_v2(rig, msg)->len, 0);
}

static struct sess *
dedicated(uint32_t seq, uint8_t ebi)
{
    struct gtp2_msg msg;

    command(seq, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    msg = response(ebi);
    respond(&msg);
    ck_assert_ptr_nonnull(sess_by_imsi(rig->table, sess->imsi, ebi));
    return sess_by_imsi(rig->table, sess->imsi, ebi);
}

/* A command that fails is told so where it came from, and nothing changed. */
static void
failed(const struct gtp2_msg *msg, uint8_t cause)
{
    uint64_t state = rig_state(rig);
    struct gtp2_msg told = rig_ask_v2(rig, msg);

    ck_assert_uint_eq(told.head.type, GTP2_BEARER_RESOURCE_FAILURE);
    ck_assert_uint_eq(told.cause.value, cause);
    ck_assert_uint_eq(rig_state(rig), state);
}

/* How many requests the gateway repeats now. */
static unsigned
tick(void)
{
    struct wr out = wr_over(rig->out, sizeof rig->out);
    struct dgram dgram;
    unsigned n = 0;

    while (gw_tick(rig->gw, rig->now, &out) == 1)
        n++;
    for (struct rd rd = rd_over(rig->out, wr_len(&out)); dgram_next(&rd, &dgram);)
        take_asked(&dgram, asked.head.type, asked.head.seq);
    return n;
}

static uint32_t
tunnel_of(uint16_t port)
{
    uint8_t packet[PACKET_LEN];
    struct gtpu_msg msg;
    const char *reason;

    ip_packet(packet, DNS_1, sess->ue_addr);
    packet[20] = (uint8_t)(port >> 8);
    packet[21] = (uint8_t)port;

    const struct dgram *out = rig_send(rig, DGRAM_PDN, packet, sizeof packet);

    ck_assert_int_eq(gtpu_decode(&msg, out->bytes, out->len, &reason), 0);
    ck_assert_uint_eq(out->local, PGW_USER);
    return msg.teid;
}

START_TEST(command_brings_about_a_request_that_names_the_bearer_to_be)
{
    const struct gtp2_bearer *bearer = &asked.bearer[0];

    command(SEQ, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    ck_assert_uint_eq(asked.has, GTP2_HAS_EBI | GTP2_HAS_PTI);
    ck_assert_uint_eq(asked.ebi, 5);
    ck_assert_uint_eq(asked.pti, 9);
    ck_assert_uint_eq(asked.bearer_n, 1);
    ck_assert_uint_eq(bearer->has, GTP2_HAS_EBI | GTP2_HAS_BEARER_TFT | GTP2_HAS_BEARER_QOS |
                                       GTP2_HAS_CHARGING_ID);
    ck_assert_uint_eq(bearer->ebi, 0);
    ck_assert_uint_eq(bearer->tft.len, sizeof voice);
    ck_assert_mem_eq(bearer->tft.at, voice, sizeof voice);
    ck_assert_uint_eq(bearer->qos[0], 0x24); /* the default bearer's priority */
    ck_assert_uint_eq(bearer->qos[1], 1);
    ck_assert_uint_eq(bearer->qos[6], 64);
    ck_assert_uint_eq(bearer->fteid_has, 1u << ASKED);
    ck_assert_uint_eq(bearer->fteid[ASKED].iface, GTP2_IFACE_PGW_USER);
    ck_assert_uint_eq(bearer->fteid[ASKED].ipv4, PGW_USER);
    ck_assert_ptr_null(sess_by_teid(rig->table, bearer->fteid[ASKED].teid));
    ck_assert_uint_eq(sess_bearers(rig->table), 0);
    ck_assert_uint_eq(changes[SESS_WHOLE], 0); /* the standby hears of bearers that are */
}
END_TEST

START_TEST(response_makes_the_bearer_and_its_rule)
{
    struct sess *bearer = dedicated(SEQ, 6);
    const struct sess_rule *rule = sess_rule(rig->table, bearer);

    ck_assert_uint_eq(bearer->teid, asked.bearer[0].fteid[ASKED].teid);
    ck_assert_uint_eq(bearer->call_id, asked.bearer[0].charging_id);
    ck_assert_uint_eq(bearer->lbi, 5);
    ck_assert_uint_eq(bearer->gtp_version, 2);
    ck_assert_uint_eq(bearer->peer_user_teid, 0x7006);
    ck_assert_uint_eq(bearer->qos[1], 1);
    ck_assert(gw_is_volte(rig->gw, bearer) && !gw_is_volte(rig->gw, sess));
    ck_assert_uint_eq(rule->qci, 1);
    ck_assert_uint_eq(rule->precedence, 10);
    ck_assert_uint_eq(rule->filter_n, 1);
    ck_assert_uint_eq(strlen(rule->name), 12);
    ck_assert_uint_eq(changes[SESS_WHOLE], 1);
    ck_assert_uint_eq(rig_count(rig, GW_V2_BEARER_CREATED), 1);
    ck_assert_uint_eq(sess_count(rig->table), 1);
    ck_assert_uint_eq(tunnel_of(RTP), 0x7006);
    ck_assert_uint_eq(tunnel_of(RTP + 2), sess->peer_user_teid);
}
END_TEST

/* Packets may overtake the response. */
START_TEST(packet_that_comes_before_the_response_is_the_default_bearers)
{
    uint8_t packet[PACKET_LEN];
    uint32_t teid;

    command(SEQ, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    teid = asked.bearer[0].fteid[ASKED].teid;
    ip_packet(packet, sess->ue_addr, DNS_1);
    ck_assert_uint_eq(rig_send_up(rig, teid, packet, sizeof packet)->len, PACKET_LEN);
    ck_assert_uint_eq(sess->counters.up_packets, 1);
    ip_packet(packet, sess->ue_addr + 1, DNS_1);
    ck_assert_uint_eq(rig_send_up(rig, teid, packet, sizeof packet)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_U_SPOOFED), 1);
    gw_set_serving(rig->gw, false); /* forgets that it asked */
    gw_set_serving(rig->gw, true);
    ck_assert_uint_gt(rig_send_up(rig, teid, packet, sizeof packet)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_U_ERROR_SENT), 1);
}
END_TEST

START_TEST(command_that_cannot_be_followed_is_refused)
{
    struct gtp2_msg msg = resource_command(SEQ, voice, sizeof voice);

    msg.has &= ~(uint32_t)GTP2_HAS_EBI;
    failed(&msg, GTP2_CAUSE_MANDATORY_MISSING);
    msg = resource_command(SEQ, voice, sizeof voice);
    msg.has &= ~(uint32_t)GTP2_HAS_PTI;
    failed(&msg, GTP2_CAUSE_MANDATORY_MISSING);
    msg = resource_command(SEQ, voice, sizeof voice);
    msg.has &= ~(uint32_t)GTP2_HAS_TAD;
    failed(&msg, GTP2_CAUSE_MANDATORY_MISSING);
    msg = resource_command(SEQ, voice, sizeof voice);
    msg.has &= ~(uint32_t)GTP2_HAS_FLOW_QOS;
    failed(&msg, GTP2_CAUSE_CONDITIONAL_MISSING);
    msg = resource_command(SEQ, voice, sizeof voice);
    msg.ebi = 6;
    failed(&msg, GTP2_CAUSE_CONTEXT_NOT_FOUND);
    msg = resource_command(SEQ, voice, sizeof voice);
    msg.head.teid += 1;
    failed(&msg, GTP2_CAUSE_CONTEXT_NOT_FOUND);
    msg = resource_command(SEQ, too_short, sizeof too_short);
    failed(&msg, GTP2_CAUSE_FILTER_SYNTAX);
    msg = resource_command(SEQ, local_port, sizeof local_port);
    failed(&msg, GTP2_CAUSE_FILTER_SEMANTIC);
    msg = resource_command(SEQ, other, sizeof other); /* replaces what is not there */
    failed(&msg, GTP2_CAUSE_TFT_SEMANTIC);
    msg = resource_command(SEQ, all, sizeof all);
    msg.has |= GTP2_HAS_EBIS;
    msg.ebis = 1u << 7;
    failed(&msg, GTP2_CAUSE_CONTEXT_NOT_FOUND);
    msg.ebis = 1u << 5; /* the default bearer does not go that way */
    failed(&msg, GTP2_CAUSE_CONTEXT_NOT_FOUND);
    ck_assert_uint_eq(rig_count(rig, GW_V2_TFT_ERROR), 3);
    ck_assert_int_eq(gw_deadline(rig->gw).us, MONO_NEVER.us);
}
END_TEST

START_TEST(request_is_repeated_until_it_is_given_up)
{
    command(SEQ, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    ck_assert_uint_eq(tick(), 0);
    for (unsigned i = 1; i < GW_N3; i++) {
        ck_assert_int_eq(mono_between(rig->now, gw_deadline(rig->gw)), GW_T3_US);
        rig->now = gw_deadline(rig->gw);
        ck_assert_uint_eq(tick(), 1);
    }
    rig->now = gw_deadline(rig->gw);
    ck_assert_uint_eq(tick(), 0);
    ck_assert_int_eq(gw_deadline(rig->gw).us, MONO_NEVER.us);
    ck_assert_uint_eq(rig_count(rig, GW_V2_ASKED_IN_VAIN), 1);

    struct gtp2_msg late = response(6);

    respond(&late);
    ck_assert_uint_eq(sess_bearers(rig->table), 0);
    for (uint32_t i = 2; i < 11; i++) /* the slot is to be had again */
        (void)rig_open_v2(
            rig, (char[]){'2', '4', '0', '0', (char)('0' + i / 10), (char)('0' + i % 10), 0}, i);
}
END_TEST

START_TEST(without_room_a_repetition_waits_and_without_the_gate_too)
{
    struct wr out = wr_over(rig->out, 16);

    command(SEQ, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    rig->now = gw_deadline(rig->gw);
    ck_assert_int_eq(gw_tick(rig->gw, rig->now, &out), DI_ESPACE);
    gw_set_gates(rig->gw, GATE_DATA);
    ck_assert_int_eq(gw_deadline(rig->gw).us, MONO_NEVER.us);
    ck_assert_uint_eq(tick(), 0);
    gw_set_gates(rig->gw, GATES_ALL);
    ck_assert_uint_eq(tick(), 1);
}
END_TEST

START_TEST(repeated_command_repeats_the_request_and_makes_one_bearer)
{
    struct gtp2_msg msg;

    command(SEQ, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);

    uint32_t teid = asked.bearer[0].fteid[ASKED].teid;

    command(SEQ, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    ck_assert_uint_eq(asked.bearer[0].fteid[ASKED].teid, teid);
    msg = response(6);
    respond(&msg);
    respond(&msg); /* comes twice, too */
    msg = resource_command(SEQ, voice, sizeof voice);
    ck_assert_uint_eq(rig_send_v2(rig, &msg)->len, 0); /* it has been followed */
    ck_assert_uint_eq(sess_bearers(rig->table), 1);
    ck_assert_uint_eq(rig_count(rig, GW_V2_BEARER_COMMAND), 1);
    ck_assert_uint_eq(rig_count(rig, GW_V2_RETRANSMITTED), 2);
    rig->now = mono_after(rig->now, GW_REPLY_US);
    ck_assert_uint_eq(tick(), 0);
    command(SEQ, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST); /* a new one */
}
END_TEST

/* Whatever the client says in the end, the slot reserved is given back. */
START_TEST(response_that_does_not_fit_makes_no_bearer)
{
    for (unsigned i = 0; i < 9; i++) {
        struct gtp2_msg msg;

        command(SEQ + i, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
        msg = response(6);
        if (i == 0)
            msg.cause.value = GTP2_CAUSE_REQUEST_REJECTED;
        else if (i == 1)
            msg.bearer[0].cause.value = GTP2_CAUSE_NO_RESOURCES;
        else if (i == 2)
            msg.bearer_n = 0;
        else if (i == 3)
            msg.bearer[0].ebi = 4;
        else if (i == 4)
            msg.bearer[0].ebi = 5; /* the default bearer's */
        else if (i == 5)
            msg.bearer[0].fteid_has = 1u << TOLD_PGW;
        else if (i == 6)
            msg.bearer[0].fteid[TOLD_SGW].ipv4 = PGW;
        else if (i == 7)
            msg.bearer[0].fteid[TOLD_PGW].teid++;
        else
            msg.has = 0;
        respond(&msg);
        ck_assert_uint_eq(rig_count(rig, GW_V2_ASKED_REFUSED), i + 1);
    }
    ck_assert_uint_eq(sess_bearers(rig->table), 0);
    ck_assert_uint_eq(changes[SESS_WHOLE], 0);
    for (uint8_t ebi = 6; ebi < 15; ebi++) /* all ten slots but one are free */
        (void)dedicated(SEQ + 100u + ebi, ebi);
}
END_TEST

START_TEST(response_to_nothing_asked_is_ignored)
{
    struct gtp2_msg msg;

    command(SEQ, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    msg = response(6);
    msg.head.seq++;
    respond(&msg);
    msg = response(6);
    msg.head.type = GTP2_DELETE_BEARER_RESPONSE;
    respond(&msg);
    msg = response(6);
    msg.head.teid++;
    respond(&msg);
    ck_assert_uint_eq(rig_count(rig, GW_C_RESPONSE), 3);
    ck_assert_uint_eq(sess_bearers(rig->table), 0);

    uint8_t buf[512];

    msg = response(6);
    (void)rig_send_from(rig, DGRAM_CTRL, CLIENT_2, PORT, buf, gtp2_encode(buf, sizeof buf, &msg));
    ck_assert_uint_eq(rig_count(rig, GW_C_RESPONSE), 4); /* of somebody else */
    respond(&msg);
    ck_assert_uint_eq(sess_bearers(rig->table), 1);
}
END_TEST

START_TEST(rule_and_qos_change_when_the_client_has_agreed)
{
    struct sess *bearer = dedicated(SEQ, 6);
    struct gtp2_msg msg;

    command(SEQ + 1, other, sizeof other, 6, GTP2_UPDATE_BEARER_REQUEST);
    ck_assert_uint_eq(asked.bearer[0].ebi, 6);
    ck_assert_uint_eq(asked.ambr_up, 50000);
    ck_assert_uint_eq(asked.pti, 9);
    ck_assert_uint_eq(tunnel_of(RTP), 0x7006); /* not yet */
    ck_assert_uint_eq(changes[SESS_PART], 0);
    msg = response(6);
    respond(&msg);
    ck_assert_uint_eq(changes[SESS_PART], 1);
    ck_assert_uint_eq(last_part, SESS_RULE);
    ck_assert_uint_eq(tunnel_of(6000), 0x7006);
    ck_assert_uint_eq(tunnel_of(RTP), sess->peer_user_teid);
    ck_assert_uint_eq(sess_rule(rig->table, bearer)->precedence, 20);
    command(SEQ + 2, voice + 0, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    msg = response(6); /* taken */
    respond(&msg);
    ck_assert_uint_eq(sess_bearers(rig->table), 1);
    command(SEQ + 3, other, sizeof other, 6, GTP2_UPDATE_BEARER_REQUEST);
    msg = response(6);
    msg.bearer[0].cause.value = GTP2_CAUSE_REQUEST_REJECTED;
    respond(&msg);
    ck_assert_uint_eq(changes[SESS_PART], 1);
    ck_assert_uint_eq(rig_count(rig, GW_V2_BEARER_UPDATED), 1);
}
END_TEST

START_TEST(bearer_ends_when_its_last_filter_does)
{
    struct sess *bearer = dedicated(SEQ, 6);
    uint32_t teid = bearer->teid;
    struct gtp2_msg msg;

    command(SEQ + 1, first, sizeof first, 6, GTP2_DELETE_BEARER_REQUEST);
    ck_assert_uint_eq(asked.has, GTP2_HAS_EBIS | GTP2_HAS_PTI);
    ck_assert_uint_eq(asked.ebis, 1u << 6);
    ck_assert_ptr_nonnull(sess_by_teid(rig->table, teid));
    msg = response(6);
    respond(&msg);
    ck_assert_ptr_null(sess_by_teid(rig->table, teid));
    ck_assert_uint_eq(changes[SESS_GONE], 1);
    ck_assert_uint_eq(sess_count(rig->table), 1);
    (void)dedicated(SEQ + 2, 7);
    command(SEQ + 3, all, sizeof all, 7, GTP2_DELETE_BEARER_REQUEST);
    for (unsigned i = 0; i < GW_N3; i++) {
        rig->now = mono_after(rig->now, GW_T3_US);
        (void)tick();
    }
    ck_assert_uint_eq(sess_bearers(rig->table), 0); /* nor does it go on when nobody answers */
    ck_assert_uint_eq(rig_count(rig, GW_V2_BEARER_DELETED), 2);
}
END_TEST

START_TEST(bearers_end_with_their_session_and_so_do_requests)
{
    struct gtp2_msg msg = delete_session(sess->teid, 3);

    (void)dedicated(SEQ, 6);
    command(SEQ + 1, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    ck_assert_uint_eq(rig_ask_v2(rig, &msg).cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(changes[SESS_GONE], 2);
    rig->now = gw_deadline(rig->gw);
    ck_assert_uint_eq(tick(), 0);
    rig->now = mono_after(rig->now, GW_REPLY_US);
    ck_assert_uint_eq(tick(), 0);
    ck_assert_int_eq(gw_deadline(rig->gw).us, MONO_NEVER.us);
    sess = rig_open_v2(rig, "240010000000001", 1);
    for (uint8_t ebi = 6; ebi < 15; ebi++)
        (void)dedicated(SEQ + 100u + ebi, ebi);
}
END_TEST

START_TEST(ceasing_to_serve_forgets_requests)
{
    struct gtp2_msg msg;

    command(SEQ, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    gw_set_serving(rig->gw, false);
    gw_set_serving(rig->gw, true);
    msg = response(6);
    respond(&msg);
    ck_assert_uint_eq(sess_bearers(rig->table), 0);
    for (uint8_t ebi = 6; ebi < 15; ebi++)
        (void)dedicated(SEQ + 100u + ebi, ebi);
}
END_TEST

START_TEST(modify_moves_the_tunnels_of_the_bearers_it_names)
{
    struct sess *bearer = dedicated(SEQ, 6);
    struct gtp2_msg msg = modify_bearer(sess->teid, 2), told;

    msg.bearer_n = 3;
    msg.bearer[1] = msg.bearer[2] = msg.bearer[0];
    msg.bearer[1].ebi = 6;
    msg.bearer[1].fteid[MODIFY_USER].teid = 0x5555;
    msg.bearer[2].ebi = 7;
    told = rig_ask_v2(rig, &msg);
    ck_assert_uint_eq(told.cause.value, GTP2_CAUSE_ACCEPTED_PARTIALLY);
    ck_assert_uint_eq(told.bearer[1].cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.bearer[1].charging_id, bearer->call_id);
    ck_assert_uint_eq(told.bearer[2].cause.value, GTP2_CAUSE_CONTEXT_NOT_FOUND);
    ck_assert_uint_eq(bearer->peer_user_teid, 0x5555);
    ck_assert_uint_eq(sess->peer_user_teid, 0x4444);
    ck_assert_uint_eq(changes[SESS_PART], 2);
}
END_TEST

static struct gtp2_msg
qos_command(uint32_t seq)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_MODIFY_BEARER_COMMAND,
                 .has_teid = true,
                 .teid = sess->teid,
                 .seq = seq},
        .has = GTP2_HAS_AMBR,
        .ambr_up = 1234,
        .ambr_down = 5678,
        .bearer_n = 1,
    };

    msg.bearer[0] =
        (struct gtp2_bearer){.has = GTP2_HAS_EBI | GTP2_HAS_BEARER_QOS, .ebi = 5, .qos = {0x44, 5}};
    return msg;
}

START_TEST(subscribed_qos_is_authorised_when_the_client_has_agreed)
{
    struct gtp2_msg msg = qos_command(SEQ);

    take_asked(rig_send_v2(rig, &msg), GTP2_UPDATE_BEARER_REQUEST, SEQ);
    ck_assert_uint_eq(asked.has, GTP2_HAS_AMBR);
    ck_assert_uint_eq(asked.ambr_up, 1234);
    ck_assert_uint_eq(asked.bearer_n, 1);
    ck_assert_uint_eq(asked.bearer[0].has, GTP2_HAS_EBI | GTP2_HAS_BEARER_QOS);
    ck_assert_uint_eq(asked.bearer[0].ebi, 5);
    ck_assert_uint_eq(asked.bearer[0].qos[1], 5);
    ck_assert_uint_eq(sess->ambr_up, 50000);
    msg = response(5);
    respond(&msg);
    ck_assert_uint_eq(sess->ambr_up, 1234);
    ck_assert_uint_eq(sess->ambr_down, 5678);
    ck_assert_uint_eq(sess->qos[0], 0x44);
    ck_assert(gw_is_volte(rig->gw, sess)); /* QCI 5 */
    ck_assert_uint_eq(changes[SESS_PART], 1);
    ck_assert_uint_eq(last_part, SESS_SGX);
    ck_assert_uint_eq(rig_count(rig, GW_V2_QOS_AUTHORISED), 1);
}
END_TEST

START_TEST(subscribed_qos_that_is_not_agreed_to_stays_as_it_was)
{
    struct gtp2_msg msg = qos_command(SEQ);

    msg.bearer[0].has = GTP2_HAS_EBI; /* only the AMBR is new */
    take_asked(rig_send_v2(rig, &msg), GTP2_UPDATE_BEARER_REQUEST, SEQ);
    ck_assert_uint_eq(asked.bearer[0].qos[1], 9);

    uint64_t state = rig_state(rig);

    msg = response(5);
    msg.cause.value = GTP2_CAUSE_REQUEST_REJECTED;
    respond(&msg);
    ck_assert_uint_eq(rig_state(rig), state);
    ck_assert_uint_eq(rig_count(rig, GW_V2_ASKED_REFUSED), 1);
}
END_TEST

START_TEST(qos_command_that_cannot_be_followed_is_refused)
{
    static const struct {
        uint8_t cause;
        bool ambr, bearer, ebi;
    } cases[] = {{GTP2_CAUSE_MANDATORY_MISSING, false, true, true},
                 {GTP2_CAUSE_MANDATORY_MISSING, true, false, true},
                 {GTP2_CAUSE_MANDATORY_MISSING, true, true, false},
                 {GTP2_CAUSE_CONTEXT_NOT_FOUND, true, true, true}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gtp2_msg msg = qos_command(SEQ);
        uint64_t state = rig_state(rig);

        msg.has = cases[i].ambr ? GTP2_HAS_AMBR : 0;
        msg.bearer_n = cases[i].bearer;
        msg.bearer[0].has = cases[i].ebi ? GTP2_HAS_EBI : 0;
        msg.bearer[0].ebi = 6; /* which there is none */

        struct gtp2_msg told = rig_ask_v2(rig, &msg);

        ck_assert_uint_eq(told.head.type, GTP2_MODIFY_BEARER_FAILURE);
        ck_assert_uint_eq(told.cause.value, cases[i].cause);
        ck_assert_uint_eq(rig_state(rig), state);
    }
}
END_TEST

START_TEST(requests_that_may_be_open_are_bounded)
{
    struct gtp2_msg msg;
    unsigned n = 0;

    teardown();
    rig = rig_new(2 * GW_ASKED);
    sess = rig_open_v2(rig, "240010000000001", 1);
    for (; n < GW_ASKED; n++)
        command(SEQ + n, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    msg = resource_command(SEQ + n, voice, sizeof voice);
    failed(&msg, GTP2_CAUSE_NO_RESOURCES);
    msg = response(6);
    respond(&msg);
    command(SEQ + n, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST); /* that place is free */
}
END_TEST

START_TEST(cut_commands_and_responses_change_nothing)
{
    struct gtp2_msg msg = resource_command(SEQ, voice, sizeof voice);
    uint8_t buf[512];
    size_t len = gtp2_encode(buf, sizeof buf, &msg);
    uint64_t state = rig_state(rig);

    for (size_t cut = 1; cut < len; cut++)
        (void)rig_send(rig, DGRAM_CTRL, buf, cut);
    ck_assert_uint_eq(rig_state(rig), state);
    command(SEQ, voice, sizeof voice, 0, GTP2_CREATE_BEARER_REQUEST);
    state = rig_state(rig);
    msg = response(6);
    len = gtp2_encode(buf, sizeof buf, &msg);
    for (size_t cut = 1; cut < len; cut++)
        (void)rig_send(rig, DGRAM_CTRL, buf, cut);
    ck_assert_uint_eq(rig_state(rig), state);
    respond(&msg);
    ck_assert_uint_eq(sess_bearers(rig->table), 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw_dedicated");
    TCase *tc = tcase_create("dedicated");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, command_brings_about_a_request_that_names_the_bearer_to_be);
    tcase_add_test(tc, response_makes_the_bearer_and_its_rule);
    tcase_add_test(tc, packet_that_comes_before_the_response_is_the_default_bearers);
    tcase_add_test(tc, command_that_cannot_be_followed_is_refused);
    tcase_add_test(tc, request_is_repeated_until_it_is_given_up);
    tcase_add_test(tc, without_room_a_repetition_waits_and_without_the_gate_too);
    tcase_add_test(tc, repeated_command_repeats_the_request_and_makes_one_bearer);
    tcase_add_test(tc, response_that_does_not_fit_makes_no_bearer);
    tcase_add_test(tc, response_to_nothing_asked_is_ignored);
    tcase_add_test(tc, rule_and_qos_change_when_the_client_has_agreed);
    tcase_add_test(tc, bearer_ends_when_its_last_filter_does);
    tcase_add_test(tc, bearers_end_with_their_session_and_so_do_requests);
    tcase_add_test(tc, ceasing_to_serve_forgets_requests);
    tcase_add_test(tc, modify_moves_the_tunnels_of_the_bearers_it_names);
    tcase_add_test(tc, subscribed_qos_is_authorised_when_the_client_has_agreed);
    tcase_add_test(tc, subscribed_qos_that_is_not_agreed_to_stays_as_it_was);
    tcase_add_test(tc, qos_command_that_cannot_be_followed_is_refused);
    tcase_add_test(tc, requests_that_may_be_open_are_bounded);
    tcase_add_test(tc, cut_commands_and_responses_change_nothing);
    return unit_main(suite);
}
