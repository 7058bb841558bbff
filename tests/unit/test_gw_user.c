#include "tests/unit/gw_rig.h"

enum { USER_TEID = 0x2001 }; /* what create_pdp with sequence number 1 gives */

static struct rig *rig;
static struct sess *sess;

static void
setup(void)
{
    rig = rig_new(100);
    sess = rig_open_v1(rig, "240010000000001", 1);
}

static void
teardown(void)
{
    rig_destroy(rig);
}

/* A packet to the subscriber. */
static const struct dgram *
send_down(uint32_t to)
{
    uint8_t packet[PACKET_LEN];

    ip_packet(packet, DNS_1, to);
    return rig_send(rig, DGRAM_PDN, packet, sizeof packet);
}

static const struct dgram *
send_error(uint32_t teid, uint32_t addr)
{
    uint8_t buf[64];

    return rig_send(rig, DGRAM_USER, buf,
                    gtpu_encode_error_indication(buf, sizeof buf, teid, addr));
}

START_TEST(uplink_packet_goes_to_the_network)
{
    uint8_t packet[PACKET_LEN];

    ip_packet(packet, sess->ue_addr, DNS_1);

    const struct dgram *out = rig_send_up(rig, sess->teid, packet, sizeof packet);

    ck_assert_int_eq(out->side, DGRAM_PDN);
    ck_assert_uint_eq(out->peer, 0);
    ck_assert_uint_eq(out->len, PACKET_LEN);
    ck_assert_mem_eq(out->bytes, packet, PACKET_LEN);
    ck_assert_uint_eq(sess->counters.up_packets, 1);
    ck_assert_uint_eq(sess->counters.up_octets, PACKET_LEN);
    ck_assert_uint_eq(rig_count(rig, GW_U_UP_OCTETS), PACKET_LEN);
}
END_TEST

START_TEST(sequence_numbers_and_extension_headers_are_taken_off)
{
    static const uint8_t with_pdcp[] = {0x36, 255, 0, 8 + PACKET_LEN, 0, 0, 0, 0,
                                        0,    1,   0, 0xc0,           1, 0, 9, 0};
    uint8_t buf[DGRAM_MOST], packet[PACKET_LEN];
    size_t head_len = gtpu_encode_head_seq(buf, sizeof buf, sess->teid, 77, PACKET_LEN);

    ip_packet(packet, sess->ue_addr, DNS_1);
    memcpy(buf + head_len, packet, PACKET_LEN);
    ck_assert_uint_eq(rig_send(rig, DGRAM_USER, buf, head_len + PACKET_LEN)->len, PACKET_LEN);
    ck_assert_mem_eq(rig->answer.bytes, packet, PACKET_LEN);

    struct wr teid = wr_over(buf + 4, 4);

    memcpy(buf, with_pdcp, sizeof with_pdcp);
    wr_u32(&teid, sess->teid);
    memcpy(buf + sizeof with_pdcp, packet, PACKET_LEN);
    ck_assert_uint_eq(rig_send(rig, DGRAM_USER, buf, sizeof with_pdcp + PACKET_LEN)->len,
                      PACKET_LEN);
    ck_assert_mem_eq(rig->answer.bytes, packet, PACKET_LEN);
}
END_TEST

START_TEST(packet_from_another_address_is_dropped)
{
    uint8_t packet[PACKET_LEN];
    uint64_t state = rig_state(rig);

    ip_packet(packet, sess->ue_addr + 1, DNS_1);
    ck_assert_uint_eq(rig_send_up(rig, sess->teid, packet, sizeof packet)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_U_SPOOFED), 1);
    ck_assert_uint_eq(rig_state(rig), state);
}
END_TEST

START_TEST(what_is_not_an_ipv4_packet_is_dropped)
{
    uint8_t packet[PACKET_LEN];
    uint64_t state = rig_state(rig);
    uint64_t n = 0;

    ip_packet(packet, sess->ue_addr, DNS_1);
    for (size_t len = 0; len < sizeof packet; len++, n++) /* shorter than it says */
        ck_assert_uint_eq(rig_send_up(rig, sess->teid, packet, len)->len, 0);
    packet[0] = 0x65; /* version 6 */
    ck_assert_uint_eq(rig_send_up(rig, sess->teid, packet, sizeof packet)->len, 0);
    packet[0] = 0x44; /* header of 16 octets */
    ck_assert_uint_eq(rig_send_up(rig, sess->teid, packet, sizeof packet)->len, 0);
    packet[0] = 0x45;
    packet[3] = 19; /* shorter than its header */
    ck_assert_uint_eq(rig_send_up(rig, sess->teid, packet, sizeof packet)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_U_BAD_PACKET), n + 3);
    ck_assert_uint_eq(rig_state(rig), state);
}
END_TEST

START_TEST(unknown_tunnel_is_told_by_an_error_indication)
{
    uint8_t packet[PACKET_LEN];
    struct gtpu_msg told;
    const char *reason;

    ip_packet(packet, sess->ue_addr, DNS_1);

    const struct dgram *out = rig_send_up(rig, sess->teid + 1, packet, sizeof packet);

    ck_assert_int_eq(out->side, DGRAM_USER);
    ck_assert_uint_eq(out->peer, CLIENT);
    ck_assert_uint_eq(out->port, GTP_PORT_USER);
    ck_assert_int_eq(gtpu_decode(&told, out->bytes, out->len, &reason), 0);
    ck_assert_uint_eq(told.type, GTPU_ERROR_INDICATION);
    ck_assert_uint_eq(told.teid, 0);
    ck_assert_uint_eq(told.error_teid, sess->teid + 1);
    ck_assert_uint_eq(told.error_addr, GGSN_USER);
    ck_assert_uint_eq(rig_count(rig, GW_U_ERROR_SENT), 1);
}
END_TEST

START_TEST(downlink_packet_goes_into_the_tunnel)
{
    const struct dgram *out = send_down(sess->ue_addr);
    struct gtpu_msg msg;
    const char *reason;

    ck_assert_int_eq(out->side, DGRAM_USER);
    ck_assert_uint_eq(out->peer, CLIENT);
    ck_assert_uint_eq(out->port, GTP_PORT_USER);
    ck_assert_uint_eq(out->local, GGSN_USER);
    ck_assert_int_eq(gtpu_decode(&msg, out->bytes, out->len, &reason), 0);
    ck_assert_uint_eq(msg.type, GTPU_GPDU);
    ck_assert(!msg.has_seq);
    ck_assert_uint_eq(msg.teid, USER_TEID);
    ck_assert_uint_eq(msg.payload.len, PACKET_LEN);
    ck_assert_uint_eq(msg.payload.at[0], 0x45);
    ck_assert_uint_eq(sess->counters.down_packets, 1);
    ck_assert_uint_eq(sess->counters.down_octets, PACKET_LEN);
}
END_TEST

START_TEST(downlink_follows_an_update)
{
    struct gtp1_msg msg = update_pdp(sess->teid, 2);
    struct gtpu_msg down;
    const char *reason;

    (void)rig_ask_v1(rig, &msg);

    const struct dgram *out = send_down(sess->ue_addr);

    ck_assert_uint_eq(out->peer, CLIENT_2);
    ck_assert_int_eq(gtpu_decode(&down, out->bytes, out->len, &reason), 0);
    ck_assert_uint_eq(down.teid, 0x4444);
}
END_TEST

START_TEST(downlink_packet_for_nobody_is_dropped)
{
    uint8_t packet[DGRAM_MOST];

    ck_assert_uint_eq(send_down(sess->ue_addr + 1)->len, 0);
    ck_assert_uint_eq(send_down(DNS_2)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_PDN_NO_SESSION), 2);
    ip_packet(packet, DNS_1, sess->ue_addr);
    for (size_t len = 1; len < PACKET_LEN; len++)
        ck_assert_uint_eq(rig_send(rig, DGRAM_PDN, packet, len)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_PDN_BAD_PACKET), PACKET_LEN - 1);
}
END_TEST

START_TEST(downlink_packet_must_leave_room_for_its_header)
{
    uint8_t packet[DGRAM_MOST] = {0};
    enum { LONGEST = DGRAM_MOST - GTPU_HEAD_LEN };

    ip_packet(packet, DNS_1, sess->ue_addr);
    packet[2] = LONGEST >> 8;
    packet[3] = LONGEST & 0xff;
    ck_assert_uint_eq(rig_send(rig, DGRAM_PDN, packet, sizeof packet)->len, DGRAM_MOST);
    packet[3]++;
    ck_assert_uint_eq(rig_send(rig, DGRAM_PDN, packet, sizeof packet)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_PDN_TOO_LONG), 1);
}
END_TEST

START_TEST(error_indication_closes_the_session_we_sent_to)
{
    (void)send_down(sess->ue_addr);
    ck_assert_uint_eq(send_error(USER_TEID, CLIENT)->len, 0);
    ck_assert_uint_eq(sess_count(rig->table), 0);
    ck_assert_uint_eq(rig_count(rig, GW_U_ERROR_CLOSED), 1);
}
END_TEST

START_TEST(error_indication_about_what_we_never_sent_changes_nothing)
{
    rig_destroy(rig);
    rig = rig_new(1); /* so that all tunnels are noted in one place */
    sess = rig_open_v1(rig, "240010000000001", 1);

    uint64_t state = rig_state(rig);

    (void)send_error(USER_TEID, CLIENT); /* nothing went there yet */
    ck_assert_uint_eq(rig_state(rig), state);
    (void)send_down(sess->ue_addr);
    state = rig_state(rig);
    (void)send_error(USER_TEID, CLIENT_2);
    (void)send_error(USER_TEID + 1, CLIENT);
    ck_assert_uint_eq(rig_state(rig), state);
    ck_assert_uint_eq(rig_count(rig, GW_U_ERROR_UNKNOWN), 3);
}
END_TEST

START_TEST(echo_is_answered_to_its_port)
{
    uint8_t buf[64];
    size_t len = gtpu_encode_echo_request(buf, sizeof buf, 321);
    const struct dgram *out = rig_send(rig, DGRAM_USER, buf, len);
    struct gtpu_msg told;
    const char *reason;

    ck_assert_uint_eq(out->port, PORT);
    ck_assert_int_eq(gtpu_decode(&told, out->bytes, out->len, &reason), 0);
    ck_assert_uint_eq(told.type, GTPU_ECHO_RESPONSE);
    ck_assert_uint_eq(told.seq, 321);
    ck_assert_uint_eq(rig_count(rig, GW_U_ECHO), 1);
}
END_TEST

START_TEST(extension_that_must_be_understood_is_answered_once)
{
    uint8_t pdu[] = {0x34, 255, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0x85, 1, 0, 9, 0};
    const struct dgram *out = rig_send(rig, DGRAM_USER, pdu, sizeof pdu);

    ck_assert_uint_gt(out->len, 0);
    ck_assert_uint_eq(out->bytes[1], GTPU_SUPPORTED_EXTENSIONS);
    pdu[1] = GTPU_SUPPORTED_EXTENSIONS; /* or two ends would go on for ever */
    ck_assert_uint_eq(rig_send(rig, DGRAM_USER, pdu, sizeof pdu)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_U_EXTENSION), 1);
}
END_TEST

START_TEST(other_messages_are_counted)
{
    static const uint8_t garbage[] = {0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t buf[64];
    uint64_t state = rig_state(rig);

    (void)rig_send(rig, DGRAM_USER, buf, gtpu_encode_end_marker(buf, sizeof buf, sess->teid));
    (void)rig_send(rig, DGRAM_USER, buf, gtpu_encode_echo_response(buf, sizeof buf, 1));
    (void)rig_send(rig, DGRAM_USER, garbage, sizeof garbage);
    (void)gtpu_encode_end_marker(buf, sizeof buf, 0);
    buf[1] = 99;
    (void)rig_send(rig, DGRAM_USER, buf, 8);
    ck_assert_uint_eq(rig_count(rig, GW_U_END_MARKER), 1);
    ck_assert_uint_eq(rig_count(rig, GW_U_RESPONSE), 1);
    ck_assert_uint_eq(rig_count(rig, GW_U_MALFORMED), 1);
    ck_assert_uint_eq(rig_count(rig, GW_U_UNKNOWN_TYPE), 1);
    ck_assert_uint_eq(rig_state(rig), state);
}
END_TEST

START_TEST(wrong_doors_are_counted)
{
    static const uint8_t octet[1];
    struct wr out = wr_over(rig->out, sizeof rig->out);
    struct dgram in = {.side = DGRAM_PDN, .len = 1, .bytes = octet};

    ck_assert_int_eq(gw_access(rig->gw, rig->now, &in, &out), 0);
    in.side = DGRAM_USER;
    ck_assert_int_eq(gw_pdn(rig->gw, rig->now, &in, &out), 0);
    ck_assert_uint_eq(rig_count(rig, GW_WRONG_SIDE), 2);
    ck_assert_uint_eq(wr_len(&out), 0);
}
END_TEST

static void
count_change(void *ctx, uint32_t slot, enum sess_change change, unsigned part)
{
    (void)slot;
    (void)change;
    (void)part;
    ++*(unsigned *)ctx;
}

START_TEST(traffic_alone_needs_no_checkpoint)
{
    uint8_t packet[PACKET_LEN];
    unsigned changes = 0;
    struct gtp1_msg msg = update_pdp(sess->teid, 2);

    sess_table_on_change(rig->table, count_change, &changes);
    ip_packet(packet, sess->ue_addr, DNS_1);
    (void)rig_send_up(rig, sess->teid, packet, sizeof packet);
    (void)send_down(sess->ue_addr);
    ck_assert_uint_eq(changes, 0);
    (void)rig_ask_v1(rig, &msg);
    ck_assert_uint_eq(changes, 1);
}
END_TEST

START_TEST(without_room_for_the_packet_nothing_happens)
{
    uint8_t packet[PACKET_LEN], room[DGRAM_HEAD + PACKET_LEN];
    struct wr out = wr_over(room, sizeof room);
    uint64_t state = rig_state(rig);
    struct dgram in = {.side = DGRAM_PDN, .len = PACKET_LEN, .bytes = packet};

    ip_packet(packet, DNS_1, sess->ue_addr);
    ck_assert_int_eq(gw_pdn(rig->gw, rig->now, &in, &out), DI_ESPACE);
    ck_assert_uint_eq(wr_len(&out), 0);
    ck_assert_uint_eq(rig_state(rig), state);
    ck_assert_uint_eq(rig_count(rig, GW_U_DOWN_PACKETS), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw_user");
    TCase *tc = tcase_create("user plane");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, uplink_packet_goes_to_the_network);
    tcase_add_test(tc, sequence_numbers_and_extension_headers_are_taken_off);
    tcase_add_test(tc, packet_from_another_address_is_dropped);
    tcase_add_test(tc, what_is_not_an_ipv4_packet_is_dropped);
    tcase_add_test(tc, unknown_tunnel_is_told_by_an_error_indication);
    tcase_add_test(tc, downlink_packet_goes_into_the_tunnel);
    tcase_add_test(tc, downlink_follows_an_update);
    tcase_add_test(tc, downlink_packet_for_nobody_is_dropped);
    tcase_add_test(tc, downlink_packet_must_leave_room_for_its_header);
    tcase_add_test(tc, error_indication_closes_the_session_we_sent_to);
    tcase_add_test(tc, error_indication_about_what_we_never_sent_changes_nothing);
    tcase_add_test(tc, echo_is_answered_to_its_port);
    tcase_add_test(tc, extension_that_must_be_understood_is_answered_once);
    tcase_add_test(tc, other_messages_are_counted);
    tcase_add_test(tc, wrong_doors_are_counted);
    tcase_add_test(tc, traffic_alone_needs_no_checkpoint);
    tcase_add_test(tc, without_room_for_the_packet_nothing_happens);
    return unit_main(suite);
}
