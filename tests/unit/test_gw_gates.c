#include "common/msg/body.h"
#include "tests/unit/gw_rig.h"

static struct rig *rig;

static void
setup(void)
{
    rig = rig_new(100);
}

static void
teardown(void)
{
    rig_destroy(rig);
}

/* A packet in each direction: how many of the two came through. */
static unsigned
packets_through(const struct sess *sess)
{
    uint8_t packet[PACKET_LEN];
    unsigned n;

    ip_packet(packet, sess->ue_addr, DNS_1);
    n = rig_send_up(rig, sess->teid, packet, sizeof packet)->len > 0;
    ip_packet(packet, DNS_1, sess->ue_addr);
    n += rig_send(rig, DGRAM_PDN, packet, sizeof packet)->len > 0;
    return n;
}

static bool
echo_answered(void)
{
    struct gtp2_msg msg = {.head = {.type = GTP2_ECHO_REQUEST, .seq = 9}, .has = GTP2_HAS_RECOVERY};

    return rig_send_v2(rig, &msg)->len > 0;
}

/* ---- VoLTE -------------------------------------------------------------------------------- */

static bool
v1_is_volte(const uint8_t *profile, uint8_t len)
{
    static uint16_t seq = 100;
    struct gtp1_msg msg = create_pdp("240010000000077", seq++);

    memcpy(msg.qos, profile, len);
    msg.qos_len = len;

    struct gtp1_msg told = rig_ask_v1(rig, &msg);

    ck_assert_uint_eq(told.cause, GTP1_CAUSE_ACCEPTED);
    return gw_is_volte(rig->gw, sess_by_teid(rig->table, told.teid_control));
}

static bool
v2_is_volte(uint8_t qci)
{
    static uint32_t seq = 100;
    struct gtp2_msg msg = create_session("240010000000078", seq++);

    msg.bearer[0].qos[1] = qci;

    struct gtp2_msg told = rig_ask_v2(rig, &msg);

    ck_assert_uint_eq(told.cause.value, GTP2_CAUSE_ACCEPTED);
    return gw_is_volte(rig->gw, sess_by_teid(rig->table, told.fteid[PGW_CONTROL].teid));
}

START_TEST(gtpv2_bearer_is_volte_by_qci_1_and_5_only)
{
    for (unsigned qci = 0; qci <= 255; qci++)
        ck_assert_int_eq(v2_is_volte((uint8_t)qci), qci == 1 || qci == 5);
}
END_TEST

START_TEST(gtpv1_profile_is_volte_when_conversational_or_signalling)
{
    /* priority; delay, precedence, mean; class; SDU, rates, errors, delay, guaranteed;
     * signalling indication */
    uint8_t profile[16] = {0x0b, 0x92, 0x1f, 0x11};

    ck_assert(!v1_is_volte(profile, 4)); /* release 97 has no class */
    for (unsigned octet = 0; octet <= 255; octet++) {
        unsigned traffic_class = octet >> 5;

        profile[4] = (uint8_t)octet;
        profile[12] = 0xef;
        ck_assert_int_eq(v1_is_volte(profile, 16), traffic_class == 1);
        profile[12] = 0x10;
        ck_assert_int_eq(v1_is_volte(profile, 16), traffic_class == 1 || traffic_class == 3);
        ck_assert_int_eq(v1_is_volte(profile, 12), traffic_class == 1); /* release 99 */
        ck_assert_int_eq(v1_is_volte(profile, 5), traffic_class == 1);
    }
}
END_TEST

START_TEST(every_session_of_apn_ims_is_volte)
{
    struct gtp1_msg v1 = create_pdp("240010000000001", 1);
    struct gtp2_msg v2 = create_session("240010000000002", 2);

    strcpy(v1.apn, "ims.mnc001.mcc240.gprs");
    strcpy(v2.apn, "ims");
    v1 = rig_ask_v1(rig, &v1);
    v2 = rig_ask_v2(rig, &v2);
    ck_assert(gw_is_volte(rig->gw, sess_by_teid(rig->table, v1.teid_control)));
    ck_assert(gw_is_volte(rig->gw, sess_by_teid(rig->table, v2.fteid[PGW_CONTROL].teid)));
}
END_TEST

START_TEST(update_of_the_qos_moves_a_session_to_its_new_class)
{
    struct sess *sess = rig_open_v1(rig, "240010000000001", 1);
    struct gtp1_msg msg = update_pdp(sess->teid, 2);

    gw_set_gates(rig->gw, GATE_VOLTE | GATE_CONTROL);
    ck_assert_uint_eq(packets_through(sess), 0);
    memcpy(msg.qos, (uint8_t[]){0x0b, 0x92, 0x1f, 0x11, 0x20}, 5);
    msg.qos_len = 5;
    ck_assert_uint_eq(rig_ask_v1(rig, &msg).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(packets_through(sess), 2);
}
END_TEST

START_TEST(class_of_a_session_taken_over_is_found_at_its_first_packet)
{
    struct gtp2_msg msg = create_session("240010000000001", 1);
    struct sess record;

    msg.bearer[0].qos[1] = 1;
    record = *sess_by_teid(rig->table, rig_ask_v2(rig, &msg).fteid[PGW_CONTROL].teid);
    record.classed = record.volte = false; /* as decoded */
    sess_clear(rig->table);
    ck_assert_int_eq(sess_put(rig->table, &record), 0);
    ck_assert_uint_eq(sess_promote(rig->table, 2), 1);
    ck_assert(gw_is_volte(rig->gw, sess_by_teid(rig->table, record.teid)));
    gw_set_gates(rig->gw, GATE_VOLTE);
    ck_assert_uint_eq(packets_through(&record), 2);
    ck_assert(sess_by_teid(rig->table, record.teid)->classed);
    gw_set_gates(rig->gw, GATE_DATA);
    ck_assert_uint_eq(packets_through(&record), 0);
}
END_TEST

/* ---- each gate alone ---------------------------------------------------------------------- */

struct calls {
    struct sess *v1, *v2, *volte;
};

static struct calls
open_calls(void)
{
    struct calls calls = {.v1 = rig_open_v1(rig, "240010000000001", 1),
                          .v2 = rig_open_v2(rig, "240010000000002", 2)};
    struct gtp2_msg msg = create_session("240010000000003", 3);

    msg.bearer[0].qos[1] = 5;
    calls.volte = sess_by_teid(rig->table, rig_ask_v2(rig, &msg).fteid[PGW_CONTROL].teid);
    return calls;
}

START_TEST(gate_for_volte_lets_its_packets_through_alone)
{
    struct calls calls = open_calls();

    gw_set_gates(rig->gw, GATE_VOLTE);
    ck_assert_uint_eq(packets_through(calls.v1), 0);
    ck_assert_uint_eq(packets_through(calls.v2), 0);
    ck_assert_uint_eq(packets_through(calls.volte), 2);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_DATA), 4);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_VOLTE), 0);
    ck_assert_uint_eq(calls.v1->counters.up_packets + calls.v2->counters.down_packets, 0);
    ck_assert(!calls.v1->news && calls.volte->news);
}
END_TEST

START_TEST(gate_for_data_lets_all_other_packets_through)
{
    struct calls calls = open_calls();

    gw_set_gates(rig->gw, GATE_DATA);
    ck_assert_uint_eq(packets_through(calls.v1), 2);
    ck_assert_uint_eq(packets_through(calls.v2), 2);
    ck_assert_uint_eq(packets_through(calls.volte), 0);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_VOLTE), 2);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_DATA), 0);
}
END_TEST

START_TEST(gate_for_signalling_lets_through_what_opens_nothing)
{
    struct calls calls = open_calls();
    struct gtp1_msg update = update_pdp(calls.v1->teid, 10), create = create_pdp("24001000009", 11);
    struct gtp2_msg modify = modify_bearer(calls.v2->teid, 12);
    struct gtp2_msg session = create_session("24001000008", 13);

    gw_set_gates(rig->gw, GATE_CONTROL);
    ck_assert_uint_eq(rig_ask_v1(rig, &update).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(rig_ask_v2(rig, &modify).cause.value, GTP2_CAUSE_ACCEPTED);
    update = delete_pdp(calls.v1->teid, 14);
    modify = delete_session(calls.v2->teid, 15);
    ck_assert_uint_eq(packets_through(calls.v1) + packets_through(calls.volte), 0);
    ck_assert_uint_eq(rig_ask_v1(rig, &update).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(rig_ask_v2(rig, &modify).cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(rig_send_v1(rig, &create)->len, 0);
    ck_assert_uint_eq(rig_send_v2(rig, &session)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_NEW), 2);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_CONTROL), 0);
}
END_TEST

START_TEST(gate_for_new_calls_lets_through_creates_alone)
{
    struct calls calls = open_calls();
    struct gtp1_msg update = update_pdp(calls.v1->teid, 10), del = delete_pdp(calls.v1->teid, 11);
    struct gtp2_msg modify = modify_bearer(calls.v2->teid, 12);

    gw_set_gates(rig->gw, GATE_NEW);
    ck_assert_ptr_nonnull(rig_open_v1(rig, "24001000009", 13));
    ck_assert_ptr_nonnull(rig_open_v2(rig, "24001000008", 14));
    ck_assert_uint_eq(rig_send_v1(rig, &update)->len, 0);
    ck_assert_uint_eq(rig_send_v1(rig, &del)->len, 0);
    ck_assert_uint_eq(rig_send_v2(rig, &modify)->len, 0);
    ck_assert_uint_eq(packets_through(calls.v1) + packets_through(calls.volte), 0);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_CONTROL), 3);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_NEW), 0);
}
END_TEST

START_TEST(path_management_is_answered_while_any_gate_is_open)
{
    for (uint8_t gates = 0; gates <= GATES_ALL; gates++) {
        gw_set_gates(rig->gw, gates);
        ck_assert_uint_eq(gw_gates(rig->gw), gates);
        ck_assert_int_eq(gw_serving(rig->gw), gates != 0);
        ck_assert_int_eq(echo_answered(), gates != 0);
    }
    ck_assert_uint_eq(rig_count(rig, GW_NOT_SERVING), 1);
}
END_TEST

START_TEST(error_indication_ends_a_session_only_through_the_gate_for_signalling)
{
    struct calls calls = open_calls();
    uint8_t buf[64];
    size_t len = gtpu_encode_error_indication(buf, sizeof buf, calls.v1->peer_user_teid,
                                              calls.v1->peer_user_addr);

    ck_assert_uint_eq(packets_through(calls.v1), 2);
    gw_set_gates(rig->gw, GATE_VOLTE | GATE_DATA | GATE_NEW);
    (void)rig_send(rig, DGRAM_USER, buf, len);
    ck_assert_uint_eq(sess_count(rig->table), 3);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_CONTROL), 1);
    gw_set_gates(rig->gw, GATE_CONTROL);
    (void)rig_send(rig, DGRAM_USER, buf, len);
    ck_assert_uint_eq(sess_count(rig->table), 2);
}
END_TEST

START_TEST(unknown_tunnel_is_told_only_where_all_data_is_served)
{
    uint8_t packet[PACKET_LEN];

    ip_packet(packet, POOL + 1, DNS_1);
    gw_set_gates(rig->gw, GATE_VOLTE);
    ck_assert_uint_eq(rig_send_up(rig, 0x01200009, packet, sizeof packet)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_GATED_DATA), 1);
    gw_set_gates(rig->gw, GATE_DATA);
    ck_assert_uint_gt(rig_send_up(rig, 0x01200009, packet, sizeof packet)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_U_ERROR_SENT), 1);
}
END_TEST

/* ---- what gates leave behind -------------------------------------------------------------- */

START_TEST(gated_request_leaves_no_trace_and_its_repetition_is_new)
{
    struct gtp1_msg v1 = create_pdp("240010000000001", 1);
    struct gtp2_msg v2 = create_session("240010000000002", 2);
    uint64_t state = rig_state(rig);

    gw_set_gates(rig->gw, GATE_VOLTE | GATE_DATA | GATE_CONTROL);
    ck_assert_uint_eq(rig_send_v1(rig, &v1)->len, 0);
    ck_assert_uint_eq(rig_send_v2(rig, &v2)->len, 0);
    ck_assert_uint_eq(rig_state(rig), state);
    gw_set_gates(rig->gw, GATES_ALL);
    ck_assert_uint_eq(rig_ask_v1(rig, &v1).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(rig_ask_v2(rig, &v2).cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(rig_count(rig, GW_V1_RETRANSMITTED), 0);
    ck_assert_uint_eq(rig_count(rig, GW_V2_RETRANSMITTED), 0);
    ck_assert_uint_eq(sess_table_stats(rig->table)->opened, 2);
}
END_TEST

START_TEST(answers_are_remembered_while_gates_change_but_some_are_open)
{
    struct sess *sess = rig_open_v1(rig, "240010000000001", 1);
    struct gtp1_msg update = update_pdp(sess->teid, 2);

    (void)rig_ask_v1(rig, &update);
    gw_set_gates(rig->gw, GATE_VOLTE);
    ck_assert_uint_eq(rig_send_v1(rig, &update)->len, 0); /* not even again */
    gw_set_gates(rig->gw, GATES_ALL);
    (void)rig_ask_v1(rig, &update);
    ck_assert_uint_eq(rig_count(rig, GW_V1_RETRANSMITTED), 1);
    gw_set_gates(rig->gw, 0);
    gw_set_gates(rig->gw, GATES_ALL);
    (void)rig_ask_v1(rig, &update);
    ck_assert_uint_eq(rig_count(rig, GW_V1_RETRANSMITTED), 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw gates");
    TCase *tcase = tcase_create("gates");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, gtpv2_bearer_is_volte_by_qci_1_and_5_only);
    tcase_add_test(tcase, gtpv1_profile_is_volte_when_conversational_or_signalling);
    tcase_add_test(tcase, every_session_of_apn_ims_is_volte);
    tcase_add_test(tcase, update_of_the_qos_moves_a_session_to_its_new_class);
    tcase_add_test(tcase, class_of_a_session_taken_over_is_found_at_its_first_packet);
    tcase_add_test(tcase, gate_for_volte_lets_its_packets_through_alone);
    tcase_add_test(tcase, gate_for_data_lets_all_other_packets_through);
    tcase_add_test(tcase, gate_for_signalling_lets_through_what_opens_nothing);
    tcase_add_test(tcase, gate_for_new_calls_lets_through_creates_alone);
    tcase_add_test(tcase, path_management_is_answered_while_any_gate_is_open);
    tcase_add_test(tcase, error_indication_ends_a_session_only_through_the_gate_for_signalling);
    tcase_add_test(tcase, unknown_tunnel_is_told_only_where_all_data_is_served);
    tcase_add_test(tcase, gated_request_leaves_no_trace_and_its_repetition_is_new);
    tcase_add_test(tcase, answers_are_remembered_while_gates_change_but_some_are_open);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
