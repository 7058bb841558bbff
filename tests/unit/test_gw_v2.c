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

static const struct dgram *
send_v2(const struct gtp2_msg *msg)
{
    return rig_send_v2(rig, msg);
}

static struct gtp2_msg
ask(const struct gtp2_msg *msg)
{
    return rig_ask_v2(rig, msg);
}

static struct sess *
open_session(const char *imsi, uint32_t seq)
{
    return rig_open_v2(rig, imsi, seq);
}

/* Refused with that cause and offending element, and nothing changed. */
static void
refused(const struct gtp2_msg *msg, uint8_t cause, uint8_t bad_ie, uint8_t bad_instance,
        uint32_t teid)
{
    uint64_t state = rig_state(rig);
    struct gtp2_msg told = ask(msg);

    ck_assert_uint_eq(told.cause.value, cause);
    ck_assert_uint_eq(told.cause.bad_ie, bad_ie);
    ck_assert_uint_eq(told.cause.bad_instance, bad_instance);
    ck_assert_uint_eq(told.head.teid, teid);
    ck_assert_uint_eq(told.fteid_has, 0);
    ck_assert_uint_eq(rig_state(rig), state);
}

START_TEST(echo_is_answered_with_the_restart_counter)
{
    struct gtp2_msg told = ask(&(struct gtp2_msg){.head = {.type = GTP2_ECHO_REQUEST, .seq = 99}});

    ck_assert_uint_eq(told.has, GTP2_HAS_RECOVERY);
    ck_assert_uint_eq(told.recovery, RESTART);
    ck_assert_uint_eq(rig_count(rig, GW_V2_ECHO), 1);
}
END_TEST

START_TEST(create_opens_a_session_and_tells_its_tunnel)
{
    struct gtp2_msg msg = create_session("240010000000001", 0x123456);
    struct gtp2_msg told = ask(&msg);
    const struct sess *sess = sess_by_imsi(rig->table, msg.imsi, 5);
    const struct gtp2_bearer *bearer = &told.bearer[0];

    ck_assert_ptr_nonnull(sess);
    ck_assert_uint_eq(told.cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.has, GTP2_HAS_CAUSE | GTP2_HAS_RECOVERY | GTP2_HAS_AMBR | GTP2_HAS_PAA |
                                    GTP2_HAS_APN_RESTRICTION);
    ck_assert_uint_eq(told.head.teid, msg.fteid[0].teid);
    ck_assert_uint_eq(told.recovery, RESTART);
    ck_assert_uint_eq(told.ambr_up, 50000);
    ck_assert_uint_eq(told.ambr_down, 100000);
    ck_assert_uint_eq(told.paa.type, GTP2_PDN_IPV4);
    ck_assert_uint_eq(told.paa.ipv4, sess->ue_addr);
    ck_assert_uint_eq(told.fteid_has, 1u << PGW_CONTROL);
    ck_assert_uint_eq(told.fteid[PGW_CONTROL].iface, GTP2_IFACE_PGW_CONTROL);
    ck_assert_uint_eq(told.fteid[PGW_CONTROL].teid, sess->teid);
    ck_assert_uint_eq(told.fteid[PGW_CONTROL].ipv4, PGW);
    ck_assert_uint_eq(told.bearer_n, 1);
    ck_assert_uint_eq(bearer->ebi, 5);
    ck_assert_uint_eq(bearer->cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(bearer->charging_id, sess->call_id);
    ck_assert_mem_eq(bearer->qos, msg.bearer[0].qos, GTP2_BEARER_QOS_LEN);
    ck_assert_uint_eq(bearer->fteid_has, 1u << USER);
    ck_assert_uint_eq(bearer->fteid[USER].iface, GTP2_IFACE_PGW_USER);
    ck_assert_uint_eq(bearer->fteid[USER].teid, sess->teid);
    ck_assert_uint_eq(bearer->fteid[USER].ipv4, PGW_USER);
    ck_assert_uint_eq(sess->gtp_version, 2);
    ck_assert_uint_eq(sess->msisdn, msg.msisdn);
    ck_assert_uint_eq(sess->rat, 6);
    ck_assert_uint_eq(sess->create_seq, 0x123456);
    ck_assert_uint_eq(sess->peer_user_teid, msg.bearer[0].fteid[USER].teid);
}
END_TEST

START_TEST(name_servers_are_told_to_whom_asks)
{
    static const uint8_t request[] = {0x80, 0x00, 0x0d, 0x00};
    struct gtp2_msg msg = create_session("240010000000001", 1);

    msg.has |= GTP2_HAS_PCO;
    msg.pco = (struct gtp_bytes){.at = request, .len = sizeof request};

    struct gtp2_msg told = ask(&msg);

    ck_assert(told.has & GTP2_HAS_PCO);
    ck_assert_uint_eq(told.pco.len, 15);
}
END_TEST

START_TEST(create_without_a_needed_element_is_refused)
{
    struct gtp2_msg msg = create_session("240010000000001", 1);

    msg.has &= ~(uint32_t)GTP2_HAS_IMSI;
    refused(&msg, GTP2_CAUSE_CONDITIONAL_MISSING, GTP2_IE_IMSI, 0, 0x1001);
    msg = create_session("240010000000001", 2);
    msg.has &= ~(uint32_t)GTP2_HAS_RAT;
    refused(&msg, GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_RAT, 0, 0x1002);
    msg = create_session("240010000000001", 3);
    msg.fteid_has = 0;
    refused(&msg, GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_FTEID, 0, 0);
    msg = create_session("240010000000001", 4);
    msg.bearer_n = 0;
    refused(&msg, GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_BEARER_CONTEXT, 0, 0x1004);
    msg = create_session("240010000000001", 5);
    msg.has &= ~(uint32_t)GTP2_HAS_PAA;
    refused(&msg, GTP2_CAUSE_CONDITIONAL_MISSING, GTP2_IE_PAA, 0, 0x1005);
    msg = create_session("240010000000001", 6);
    msg.bearer[0].has &= ~(uint32_t)GTP2_HAS_EBI;
    refused(&msg, GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_EBI, 0, 0x1006);
    msg = create_session("240010000000001", 7);
    msg.bearer[0].has &= ~(uint32_t)GTP2_HAS_BEARER_QOS;
    refused(&msg, GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_BEARER_QOS, 0, 0x1007);
    msg = create_session("240010000000001", 8);
    msg.bearer[0].fteid_has = 0;
    refused(&msg, GTP2_CAUSE_CONDITIONAL_MISSING, GTP2_IE_FTEID, USER, 0x1008);
}
END_TEST

START_TEST(create_with_a_wrong_element_is_refused)
{
    struct gtp2_msg msg = create_session("240010000000001", 1);

    msg.fteid[0].iface = GTP2_IFACE_PGW_CONTROL;
    refused(&msg, GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_FTEID, 0, 0x1001);
    msg = create_session("240010000000001", 2);
    msg.fteid[0].ipv4 = PGW;
    refused(&msg, GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_FTEID, 0, 0x1002);
    msg = create_session("240010000000001", 3);
    msg.bearer[0].fteid[USER].iface = GTP2_IFACE_PGW_USER;
    refused(&msg, GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_FTEID, USER, 0x1003);
    msg = create_session("240010000000001", 4);
    msg.bearer[0].fteid[USER].teid = 0;
    refused(&msg, GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_FTEID, USER, 0x1004);
    msg = create_session("240010000000001", 5);
    msg.bearer[0].ebi = 4;
    refused(&msg, GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_EBI, 0, 0x1005);
}
END_TEST

START_TEST(create_that_cannot_be_served_is_refused)
{
    struct gtp2_msg msg = create_session("240010000000001", 1);

    strcpy(msg.apn, "intranet");
    refused(&msg, GTP2_CAUSE_UNKNOWN_APN, 0, 0, 0x1001);
    msg = create_session("240010000000001", 2);
    msg.has &= ~(uint32_t)GTP2_HAS_APN;
    refused(&msg, GTP2_CAUSE_UNKNOWN_APN, 0, 0, 0x1002);
    msg = create_session("240010000000001", 3);
    strcpy(msg.apn, "poolless");
    refused(&msg, GTP2_CAUSE_SYSTEM_FAILURE, 0, 0, 0x1003);
    msg = create_session("240010000000001", 4);
    msg.pdn_type = msg.paa.type = GTP2_PDN_IPV6;
    refused(&msg, GTP2_CAUSE_PDN_TYPE_NOT_SUPPORTED, 0, 0, 0x1004);
    msg = create_session("240010000000001", 5);
    msg.paa.ipv4 = POOL + 3;
    refused(&msg, GTP2_CAUSE_REQUEST_REJECTED, 0, 0, 0x1005);
    msg = create_session("240010000000001", 6);
    msg.bearer_n = 2;
    msg.bearer[1] = msg.bearer[0];
    msg.bearer[1].ebi = 6;
    refused(&msg, GTP2_CAUSE_NOT_SUPPORTED, 0, 0, 0x1006);
}
END_TEST

START_TEST(dual_stack_is_turned_into_ipv4)
{
    struct gtp2_msg msg = create_session("240010000000001", 1);

    msg.pdn_type = msg.paa.type = GTP2_PDN_IPV4V6;

    struct gtp2_msg told = ask(&msg);

    ck_assert_uint_eq(told.cause.value, GTP2_CAUSE_NEW_PDN_TYPE);
    ck_assert_uint_eq(told.paa.type, GTP2_PDN_IPV4);
    ck_assert_uint_eq(told.bearer[0].cause.value, GTP2_CAUSE_ACCEPTED);
}
END_TEST

START_TEST(address_allocation_alone_names_the_pdn_type)
{
    struct gtp2_msg msg = create_session("240010000000001", 1);

    msg.has &= ~(uint32_t)GTP2_HAS_PDN_TYPE;
    ck_assert_uint_eq(ask(&msg).cause.value, GTP2_CAUSE_ACCEPTED);
}
END_TEST

START_TEST(full_table_has_no_resources)
{
    rig_destroy(rig);
    rig = rig_new(1);
    (void)open_session("240010000000001", 1);

    struct gtp2_msg msg = create_session("240010000000002", 2);

    ck_assert_uint_eq(ask(&msg).cause.value, GTP2_CAUSE_NO_RESOURCES);
    ck_assert_uint_eq(sess_count(rig->table), 1);
}
END_TEST

START_TEST(empty_pool_says_so)
{
    char imsi[] = "240010000000100";

    for (uint32_t i = 0; i < POOL_LEFT; i++) {
        imsi[14] = (char)('0' + i % 10);
        imsi[13] = (char)('0' + i / 10);
        (void)open_session(imsi, i + 1);
    }

    struct gtp2_msg msg = create_session("240010000000999", 99);

    ck_assert_uint_eq(ask(&msg).cause.value, GTP2_CAUSE_ADDRESSES_OCCUPIED);
}
END_TEST

START_TEST(repeated_create_gets_the_same_answer_with_or_without_memory)
{
    struct gtp2_msg msg = create_session("240010000000001", 1);
    uint8_t bytes[DGRAM_MOST];
    uint16_t len = send_v2(&msg)->len;
    uint64_t state = rig_state(rig);

    memcpy(bytes, rig->answer.bytes, len);
    ck_assert_uint_eq(send_v2(&msg)->len, len);
    ck_assert_mem_eq(rig->answer.bytes, bytes, len);
    ck_assert_uint_eq(rig_count(rig, GW_V2_CREATE), 1);
    gw_set_serving(rig->gw, false); /* forgets all answers, as after a takeover */
    gw_set_serving(rig->gw, true);
    ck_assert_uint_eq(send_v2(&msg)->len, len);
    ck_assert_mem_eq(rig->answer.bytes, bytes, len);
    ck_assert_uint_eq(rig_count(rig, GW_V2_CREATE), 2);
    ck_assert_uint_eq(rig_count(rig, GW_V2_RETRANSMITTED), 2);
    ck_assert_uint_eq(rig_state(rig), state);
}
END_TEST

START_TEST(create_that_differs_in_anything_is_not_a_repetition)
{
    struct gtp2_msg msg = create_session("240010000000001", 1);
    uint64_t replaced = 0;

    (void)ask(&msg);
    msg.head.seq++;
    (void)ask(&msg);
    ck_assert_uint_eq(rig_count(rig, GW_V2_REPLACED), ++replaced);
    msg.fteid[0].teid++;
    (void)ask(&msg);
    ck_assert_uint_eq(rig_count(rig, GW_V2_REPLACED), ++replaced);
    msg.fteid[0].ipv4 = CLIENT_2;
    (void)ask(&msg);
    ck_assert_uint_eq(rig_count(rig, GW_V2_REPLACED), ++replaced);
    msg.bearer[0].fteid[USER].teid++;
    (void)ask(&msg);
    ck_assert_uint_eq(rig_count(rig, GW_V2_REPLACED), ++replaced);
    msg.bearer[0].fteid[USER].ipv4 = CLIENT_2;
    (void)ask(&msg);
    ck_assert_uint_eq(rig_count(rig, GW_V2_REPLACED), ++replaced);
    ck_assert_uint_eq(sess_count(rig->table), 1);
}
END_TEST

START_TEST(new_create_replaces_the_subscribers_old_session)
{
    uint32_t old = open_session("240010000000001", 1)->teid;

    (void)open_session("240010000000001", 2);
    ck_assert_ptr_null(sess_by_teid(rig->table, old));
    ck_assert_uint_eq(sess_count(rig->table), 1);
    ck_assert_uint_eq(rig_count(rig, GW_V2_REPLACED), 1);
}
END_TEST

START_TEST(modify_moves_the_tunnel)
{
    struct sess *sess = open_session("240010000000001", 1);
    struct gtp2_msg msg = modify_bearer(sess->teid, 2);
    struct gtp2_msg told = ask(&msg);

    ck_assert_uint_eq(told.cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.head.teid, 0x3333);
    ck_assert_uint_eq(told.ebi, 5);
    ck_assert_uint_eq(told.msisdn, sess->msisdn);
    ck_assert_uint_eq(told.bearer_n, 1);
    ck_assert_uint_eq(told.bearer[0].ebi, 5);
    ck_assert_uint_eq(told.bearer[0].cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.bearer[0].charging_id, sess->call_id);
    ck_assert_uint_eq(sess->peer_ctrl_teid, 0x3333);
    ck_assert_uint_eq(sess->peer_ctrl_addr, CLIENT_2);
    ck_assert_uint_eq(sess->peer_user_teid, 0x4444);
    ck_assert_uint_eq(sess->peer_user_addr, CLIENT_2);
}
END_TEST

START_TEST(modify_of_unknown_bearers_is_told_for_each)
{
    const struct sess *sess = open_session("240010000000001", 1);
    struct gtp2_msg msg = modify_bearer(sess->teid, 2);

    msg.bearer[0].ebi = 6;
    refused(&msg, GTP2_CAUSE_CONTEXT_NOT_FOUND, 0, 0, sess->peer_ctrl_teid);
    msg = modify_bearer(sess->teid, 3);
    msg.bearer_n = 2;
    msg.bearer[1] = (struct gtp2_bearer){.has = GTP2_HAS_EBI, .ebi = 7};

    struct gtp2_msg told = ask(&msg);

    ck_assert_uint_eq(told.cause.value, GTP2_CAUSE_ACCEPTED_PARTIALLY);
    ck_assert_uint_eq(told.bearer_n, 2);
    ck_assert_uint_eq(told.bearer[0].cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.bearer[1].cause.value, GTP2_CAUSE_CONTEXT_NOT_FOUND);
    ck_assert_uint_eq(sess->peer_user_teid, 0x4444);
}
END_TEST

START_TEST(bad_modify_is_refused)
{
    const struct sess *sess = open_session("240010000000001", 1);
    struct gtp2_msg msg = modify_bearer(sess->teid + 1, 2);

    refused(&msg, GTP2_CAUSE_CONTEXT_NOT_FOUND, 0, 0, 0);
    msg = modify_bearer(sess->teid, 3);
    msg.fteid[0].ipv4 = PGW;
    refused(&msg, GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_FTEID, 0, sess->peer_ctrl_teid);
    msg = modify_bearer(sess->teid, 4);
    msg.bearer[0].fteid[MODIFY_USER].teid = 0;
    refused(&msg, GTP2_CAUSE_MANDATORY_INCORRECT, GTP2_IE_FTEID, MODIFY_USER, sess->peer_ctrl_teid);
    msg = modify_bearer(sess->teid, 5);
    msg.bearer[0].has = 0;
    refused(&msg, GTP2_CAUSE_MANDATORY_MISSING, GTP2_IE_EBI, 0, sess->peer_ctrl_teid);
}
END_TEST

START_TEST(delete_closes_and_its_repetition_gets_the_same_answer)
{
    const struct sess *sess = open_session("240010000000001", 1);
    struct gtp2_msg msg = delete_session(sess->teid, 2);
    struct gtp2_msg told = ask(&msg);
    uint8_t bytes[DGRAM_MOST];
    uint16_t len = rig->answer.len;

    memcpy(bytes, rig->answer.bytes, len);
    ck_assert_uint_eq(told.cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.head.teid, 0x1001);
    ck_assert_uint_eq(sess_count(rig->table), 0);
    ck_assert_uint_eq(send_v2(&msg)->len, len);
    ck_assert_mem_eq(rig->answer.bytes, bytes, len);
    msg.head.seq = 3;
    refused(&msg, GTP2_CAUSE_CONTEXT_NOT_FOUND, 0, 0, 0);
}
END_TEST

START_TEST(delete_of_another_bearer_is_refused)
{
    const struct sess *sess = open_session("240010000000001", 1);
    struct gtp2_msg msg = delete_session(sess->teid, 2);

    msg.ebi = 6;
    refused(&msg, GTP2_CAUSE_CONTEXT_NOT_FOUND, 0, 0, sess->peer_ctrl_teid);
}
END_TEST

START_TEST(versions_do_not_touch_each_others_sessions)
{
    const struct sess *old = rig_open_v1(rig, "240010000000001", 1);
    const struct sess *new = open_session("240010000000002", 2);
    struct gtp2_msg msg = delete_session(old->teid, 3);

    refused(&msg, GTP2_CAUSE_CONTEXT_NOT_FOUND, 0, 0, 0);

    struct gtp1_msg v1 = delete_pdp(new->teid, 4);

    ck_assert_uint_eq(rig_ask_v1(rig, &v1).cause, GTP1_CAUSE_NON_EXISTENT);
    ck_assert_uint_eq(sess_count(rig->table), 2);
}
END_TEST

START_TEST(truncated_or_prolonged_requests_change_nothing)
{
    const struct sess *sess = open_session("240010000000001", 1);
    const struct gtp2_msg msgs[] = {create_session("240010000000002", 2),
                                    modify_bearer(sess->teid, 3), delete_session(sess->teid, 4)};
    uint64_t state = rig_state(rig);
    uint8_t buf[DGRAM_MOST] = {0};

    for (size_t i = 0; i < sizeof msgs / sizeof *msgs; i++) {
        size_t len = gtp2_encode(buf, sizeof buf, &msgs[i]);

        for (size_t cut = 1; cut < len; cut++)
            (void)rig_send(rig, DGRAM_CTRL, buf, cut);
        (void)rig_send(rig, DGRAM_CTRL, buf, len + 1);
        ck_assert_uint_eq(rig_state(rig), state);
    }
    ck_assert_uint_gt(rig_count(rig, GW_C_MALFORMED), 0);
    ck_assert_uint_gt(rig_count(rig, GW_V2_INVALID_LENGTH), 0);
}
END_TEST

START_TEST(element_that_does_not_add_up_is_named_or_the_format_is_invalid)
{
    static const uint8_t over[] = {0x48, 32, 0, 12, 0, 0, 0, 0, 0, 0, 1, 0, 71, 0, 9, 0};
    static const uint8_t small[] = {0x48, 32, 0, 13, 0, 0, 0, 0, 0, 0, 2, 0, 87, 0, 1, 0, 0x86};
    const struct dgram *answer = rig_send(rig, DGRAM_CTRL, over, sizeof over);
    struct gtp2_msg told;
    const char *reason;

    ck_assert_int_eq(gtp2_decode(&told, answer->bytes, answer->len, &reason), 0);
    ck_assert_uint_eq(told.cause.value, GTP2_CAUSE_INVALID_FORMAT);
    answer = rig_send(rig, DGRAM_CTRL, small, sizeof small);
    ck_assert_int_eq(gtp2_decode(&told, answer->bytes, answer->len, &reason), 0);
    ck_assert_uint_eq(told.cause.value, GTP2_CAUSE_MANDATORY_INCORRECT);
    ck_assert_uint_eq(told.cause.bad_ie, GTP2_IE_FTEID);
}
END_TEST

START_TEST(responses_and_unknown_types_are_counted_and_dropped)
{
    struct gtp2_msg msg = {.head = {.type = GTP2_CREATE_SESSION_RESPONSE, .has_teid = true}};

    ck_assert_uint_eq(send_v2(&msg)->len, 0);
    msg.head.type = 170;
    ck_assert_uint_eq(send_v2(&msg)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_C_RESPONSE), 1);
    ck_assert_uint_eq(rig_count(rig, GW_C_UNKNOWN_TYPE), 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw_v2");
    TCase *tc = tcase_create("gtpv2");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, echo_is_answered_with_the_restart_counter);
    tcase_add_test(tc, create_opens_a_session_and_tells_its_tunnel);
    tcase_add_test(tc, name_servers_are_told_to_whom_asks);
    tcase_add_test(tc, create_without_a_needed_element_is_refused);
    tcase_add_test(tc, create_with_a_wrong_element_is_refused);
    tcase_add_test(tc, create_that_cannot_be_served_is_refused);
    tcase_add_test(tc, dual_stack_is_turned_into_ipv4);
    tcase_add_test(tc, address_allocation_alone_names_the_pdn_type);
    tcase_add_test(tc, full_table_has_no_resources);
    tcase_add_test(tc, empty_pool_says_so);
    tcase_add_test(tc, repeated_create_gets_the_same_answer_with_or_without_memory);
    tcase_add_test(tc, create_that_differs_in_anything_is_not_a_repetition);
    tcase_add_test(tc, new_create_replaces_the_subscribers_old_session);
    tcase_add_test(tc, modify_moves_the_tunnel);
    tcase_add_test(tc, modify_of_unknown_bearers_is_told_for_each);
    tcase_add_test(tc, bad_modify_is_refused);
    tcase_add_test(tc, delete_closes_and_its_repetition_gets_the_same_answer);
    tcase_add_test(tc, delete_of_another_bearer_is_refused);
    tcase_add_test(tc, versions_do_not_touch_each_others_sessions);
    tcase_add_test(tc, truncated_or_prolonged_requests_change_nothing);
    tcase_add_test(tc, element_that_does_not_add_up_is_named_or_the_format_is_invalid);
    tcase_add_test(tc, responses_and_unknown_types_are_counted_and_dropped);
    return unit_main(suite);
}
