#include "common/msg/body.h"
#include "sf/sess_bearer.h"
#include "tests/unit/gw_rig.h"

/* Secondary PDP contexts. */

enum { RTP = 5000 };

/* UDP from anywhere, ports 5000 and 5001; the same with 6000; nothing of sense */
static const uint8_t voice[] = {0x21, 0x31, 10, 7, 0x30, 17, 0x51, 0x13, 0x88, 0x13, 0x89};
static const uint8_t other[] = {0x81, 0x31, 10, 7, 0x30, 17, 0x51, 0x17, 0x70, 0x17, 0x71};
static const uint8_t broken[] = {0x21, 0x31, 10, 7, 0x30};
static const uint8_t local_port[] = {0x21, 0x31, 10, 3, 0x40, 0x13, 0x88};

static struct rig *rig;
static struct sess *primary;

static void
setup(void)
{
    rig = rig_new(10);
    primary = rig_open_v1(rig, "240010000000001", 1);
}

static void
teardown(void)
{
    rig_destroy(rig);
}

static struct gtp1_msg
create_secondary(uint16_t seq, uint8_t nsapi)
{
    return (struct gtp1_msg){
        .head = {.type = GTP1_CREATE_PDP_REQUEST,
                 .has_seq = true,
                 .seq = seq,
                 .teid = primary->teid},
        .has = GTP1_HAS_TEID_DATA | GTP1_HAS_NSAPI | GTP1_HAS_LINKED_NSAPI | GTP1_HAS_GSN_CONTROL |
               GTP1_HAS_GSN_DATA | GTP1_HAS_QOS | GTP1_HAS_TFT,
        .teid_data = 0x7000u + seq,
        .nsapi = nsapi,
        .linked_nsapi = 5,
        .gsn_control = CLIENT,
        .gsn_data = CLIENT,
        .qos = {0x0b, 0x92, 0x1f, 0x11},
        .qos_len = 4,
        .tft = {.at = voice, .len = sizeof voice},
    };
}

static struct sess *
secondary(uint16_t seq, uint8_t nsapi)
{
    struct gtp1_msg msg = create_secondary(seq, nsapi);
    struct gtp1_msg told = rig_ask_v1(rig, &msg);

    ck_assert_uint_eq(told.cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_ptr_nonnull(sess_by_teid(rig->table, told.teid_data));
    return sess_by_teid(rig->table, told.teid_data);
}

static void
refused(const struct gtp1_msg *msg, uint8_t cause)
{
    uint64_t state = rig_state(rig);
    struct gtp1_msg told = rig_ask_v1(rig, msg);

    ck_assert_uint_eq(told.cause, cause);
    ck_assert_uint_eq(told.has, GTP1_HAS_CAUSE);
    ck_assert_uint_eq(rig_state(rig), state);
}

/* Into which tunnel a UDP packet from that port goes. */
static uint32_t
tunnel_of(uint16_t port)
{
    uint8_t packet[PACKET_LEN];
    struct gtpu_msg msg;
    const char *reason;

    ip_packet(packet, DNS_1, primary->ue_addr);
    packet[20] = (uint8_t)(port >> 8);
    packet[21] = (uint8_t)port;

    const struct dgram *out = rig_send(rig, DGRAM_PDN, packet, sizeof packet);

    ck_assert_int_eq(gtpu_decode(&msg, out->bytes, out->len, &reason), 0);
    return msg.teid;
}

START_TEST(secondary_context_shares_control_tunnel_and_address)
{
    struct gtp1_msg msg = create_secondary(2, 6);
    struct gtp1_msg told = rig_ask_v1(rig, &msg);
    const struct sess *sess = sess_by_imsi(rig->table, primary->imsi, 6);

    ck_assert_uint_eq(told.cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.has, GTP1_HAS_CAUSE | GTP1_HAS_RECOVERY | GTP1_HAS_TEID_DATA |
                                    GTP1_HAS_TEID_CONTROL | GTP1_HAS_CHARGING_ID |
                                    GTP1_HAS_GSN_CONTROL | GTP1_HAS_GSN_DATA | GTP1_HAS_QOS);
    ck_assert_uint_eq(told.head.teid, primary->peer_ctrl_teid);
    ck_assert_uint_eq(told.teid_control, primary->teid);
    ck_assert_uint_eq(told.teid_data, sess->teid);
    ck_assert_uint_ne(sess->teid, primary->teid);
    ck_assert_uint_eq(told.charging_id, sess->call_id);
    ck_assert_uint_eq(sess->lbi, 5);
    ck_assert_uint_eq(sess->ue_addr, primary->ue_addr);
    ck_assert_uint_eq(sess_count(rig->table), 1);
    ck_assert_uint_eq(sess_bearers(rig->table), 1);
    ck_assert_uint_eq(rig_count(rig, GW_V1_CREATE_SECONDARY), 1);
}
END_TEST

START_TEST(its_packets_go_by_its_filters_and_are_counted_on_it)
{
    struct sess *sess = secondary(2, 6);
    uint8_t packet[PACKET_LEN];

    ck_assert_uint_eq(tunnel_of(RTP), sess->peer_user_teid);
    ck_assert_uint_eq(tunnel_of(RTP + 2), primary->peer_user_teid);
    ck_assert_uint_eq(sess->counters.down_packets, 1);
    ck_assert_uint_eq(primary->counters.down_packets, 1);
    ip_packet(packet, primary->ue_addr, DNS_1);
    ck_assert_uint_eq(rig_send_up(rig, sess->teid, packet, sizeof packet)->len, PACKET_LEN);
    ck_assert_uint_eq(sess->counters.up_packets, 1);
    ip_packet(packet, primary->ue_addr + 1, DNS_1);
    ck_assert_uint_eq(rig_send_up(rig, sess->teid, packet, sizeof packet)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_U_SPOOFED), 1);
}
END_TEST

START_TEST(secondary_context_that_cannot_be_is_refused)
{
    struct gtp1_msg msg = create_secondary(2, 6);

    msg.head.teid = 0;
    refused(&msg, GTP1_CAUSE_NON_EXISTENT);
    msg = create_secondary(3, 6);
    msg.linked_nsapi = 7;
    refused(&msg, GTP1_CAUSE_NON_EXISTENT);
    msg = create_secondary(4, 5); /* the primary's own */
    refused(&msg, GTP1_CAUSE_MANDATORY_INCORRECT);
    msg = create_secondary(5, 4);
    refused(&msg, GTP1_CAUSE_MANDATORY_INCORRECT);
    msg = create_secondary(6, 6);
    msg.has &= ~(uint32_t)GTP1_HAS_TFT;
    refused(&msg, GTP1_CAUSE_MANDATORY_MISSING);
    msg = create_secondary(7, 6);
    msg.tft = (struct gtp_bytes){.at = broken, .len = sizeof broken};
    refused(&msg, GTP1_CAUSE_FILTER_SYNTAX);
    msg = create_secondary(8, 6);
    msg.tft = (struct gtp_bytes){.at = local_port, .len = sizeof local_port};
    refused(&msg, GTP1_CAUSE_FILTER_SEMANTIC);
    msg = create_secondary(9, 6);
    msg.tft = (struct gtp_bytes){.at = other, .len = sizeof other}; /* replaces what is not there */
    refused(&msg, GTP1_CAUSE_TFT_SEMANTIC);
    msg = create_secondary(10, 6);
    msg.gsn_data = GGSN;
    refused(&msg, GTP1_CAUSE_MANDATORY_INCORRECT);
    ck_assert_uint_eq(rig_count(rig, GW_V1_TFT_ERROR), 3);
}
END_TEST

START_TEST(user_tunnel_of_a_secondary_context_is_no_control_tunnel)
{
    struct gtp1_msg msg = delete_pdp(secondary(2, 6)->teid, 3);

    refused(&msg, GTP1_CAUSE_NON_EXISTENT);
}
END_TEST

START_TEST(repeated_create_is_known_by_answer_or_context)
{
    struct gtp1_msg msg = create_secondary(2, 6);
    uint32_t teid = rig_ask_v1(rig, &msg).teid_data;
    uint64_t state = rig_state(rig);

    ck_assert_uint_eq(rig_ask_v1(rig, &msg).teid_data, teid);
    gw_set_serving(rig->gw, false); /* forgets all answers, as after a takeover */
    gw_set_serving(rig->gw, true);
    ck_assert_uint_eq(rig_ask_v1(rig, &msg).teid_data, teid);
    ck_assert_uint_eq(rig_state(rig), state);
    msg = create_secondary(3, 6);
    ck_assert_uint_ne(rig_ask_v1(rig, &msg).teid_data, teid); /* another one in its place */
    ck_assert_uint_eq(sess_bearers(rig->table), 1);
    ck_assert_ptr_null(sess_by_teid(rig->table, teid));
}
END_TEST

START_TEST(update_names_the_context_and_may_replace_its_filters)
{
    struct sess *sess = secondary(2, 6);
    struct gtp1_msg msg = update_pdp(primary->teid, 3);
    uint32_t before = primary->peer_user_teid;

    msg.nsapi = 6;
    msg.has |= GTP1_HAS_TFT;
    msg.tft = (struct gtp_bytes){.at = other, .len = sizeof other};

    struct gtp1_msg told = rig_ask_v1(rig, &msg);

    ck_assert_uint_eq(told.cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.teid_data, sess->teid);
    ck_assert_uint_eq(told.teid_control, primary->teid);
    ck_assert_uint_eq(sess->peer_user_teid, 0x4444);
    ck_assert_uint_eq(primary->peer_user_teid, before);
    ck_assert_uint_eq(primary->peer_ctrl_teid, 0x3333); /* one control tunnel for both */
    ck_assert_uint_eq(tunnel_of(RTP), before);
    ck_assert_uint_eq(tunnel_of(6000), 0x4444);
    msg = update_pdp(primary->teid, 4);
    msg.nsapi = 7;
    refused(&msg, GTP1_CAUSE_NON_EXISTENT);
    msg = update_pdp(primary->teid, 5);
    msg.has |= GTP1_HAS_TFT;
    msg.tft = (struct gtp_bytes){.at = other, .len = sizeof other};
    refused(&msg, GTP1_CAUSE_NOT_SUPPORTED); /* the primary takes all there is */
    msg = update_pdp(primary->teid, 6);
    msg.nsapi = 6;
    msg.has |= GTP1_HAS_TFT;
    msg.tft = (struct gtp_bytes){.at = (const uint8_t[]){0x40}, .len = 1};
    refused(&msg, GTP1_CAUSE_TFT_SEMANTIC); /* without filters it would be of no use */
}
END_TEST

START_TEST(delete_ends_one_context_and_teardown_all)
{
    struct sess *sess = secondary(2, 6);
    struct gtp1_msg msg = delete_pdp(primary->teid, 3);

    (void)secondary(4, 7);
    (void)sess;
    msg.nsapi = 6;
    msg.teardown = false;
    ck_assert_uint_eq(rig_ask_v1(rig, &msg).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(sess_bearers(rig->table), 1);
    ck_assert_uint_eq(tunnel_of(RTP), sess_by_imsi(rig->table, primary->imsi, 7)->peer_user_teid);
    ck_assert_uint_eq(rig_count(rig, GW_V1_DELETE_SECONDARY), 1);
    msg = delete_pdp(primary->teid, 5);
    msg.nsapi = 7;
    ck_assert_uint_eq(rig_ask_v1(rig, &msg).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(sess_count(rig->table), 0);
    ck_assert_uint_eq(sess_bearers(rig->table), 0);
}
END_TEST

START_TEST(primary_context_ends_with_all_its_secondary_ones)
{
    struct gtp1_msg msg = delete_pdp(primary->teid, 3);

    (void)secondary(2, 6);
    msg.teardown = false;
    ck_assert_uint_eq(rig_ask_v1(rig, &msg).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(sess_bearers(rig->table), 0);
}
END_TEST

START_TEST(lost_tunnel_of_a_secondary_context_ends_that_alone)
{
    struct sess *sess = secondary(2, 6);
    uint8_t buf[64];

    (void)tunnel_of(RTP);
    (void)rig_send(rig, DGRAM_USER, buf,
                   gtpu_encode_error_indication(buf, sizeof buf, sess->peer_user_teid, CLIENT));
    ck_assert_uint_eq(rig_count(rig, GW_U_ERROR_CLOSED), 1);
    ck_assert_uint_eq(sess_bearers(rig->table), 0);
    ck_assert_uint_eq(sess_count(rig->table), 1);
    ck_assert_uint_eq(tunnel_of(RTP), primary->peer_user_teid);
}
END_TEST

START_TEST(full_table_has_no_resources_for_one_more)
{
    for (uint8_t i = 0; i < 9; i++)
        (void)secondary((uint16_t)(10 + i), (uint8_t)(6 + i));

    struct gtp1_msg msg = create_secondary(30, 15);

    refused(&msg, GTP1_CAUSE_NO_RESOURCES);
}
END_TEST

START_TEST(secondary_context_is_a_new_context_to_the_gates)
{
    struct gtp1_msg msg = create_secondary(2, 6);

    gw_set_gates(rig->gw, GATE_CONTROL);
    ck_assert_uint_eq(rig_send_v1(rig, &msg)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_NEW), 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw_bearer");
    TCase *tc = tcase_create("secondary");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, secondary_context_shares_control_tunnel_and_address);
    tcase_add_test(tc, its_packets_go_by_its_filters_and_are_counted_on_it);
    tcase_add_test(tc, secondary_context_that_cannot_be_is_refused);
    tcase_add_test(tc, user_tunnel_of_a_secondary_context_is_no_control_tunnel);
    tcase_add_test(tc, repeated_create_is_known_by_answer_or_context);
    tcase_add_test(tc, update_names_the_context_and_may_replace_its_filters);
    tcase_add_test(tc, delete_ends_one_context_and_teardown_all);
    tcase_add_test(tc, primary_context_ends_with_all_its_secondary_ones);
    tcase_add_test(tc, lost_tunnel_of_a_secondary_context_ends_that_alone);
    tcase_add_test(tc, full_table_has_no_resources_for_one_more);
    tcase_add_test(tc, secondary_context_is_a_new_context_to_the_gates);
    return unit_main(suite);
}
