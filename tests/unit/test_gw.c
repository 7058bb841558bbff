/* GTPv1: contexts are created, updated and deleted, or refused. */
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

/* Refused with that cause, towards TEID `teid`, told nothing else, and nothing changed. */
static void
refused(const struct gtp1_msg *msg, uint8_t cause, uint32_t teid)
{
    uint64_t state = rig_state(rig);
    struct gtp1_msg told = rig_ask_v1(rig, msg);

    ck_assert_uint_eq(told.cause, cause);
    ck_assert_uint_eq(told.has, GTP1_HAS_CAUSE);
    ck_assert_uint_eq(told.head.teid, teid);
    ck_assert_uint_eq(rig_state(rig), state);
}

START_TEST(echo_is_answered_with_the_restart_counter)
{
    struct gtp1_msg told = rig_ask_v1(
        rig, &(struct gtp1_msg){.head = {.type = GTP1_ECHO_REQUEST, .has_seq = true, .seq = 9}});

    ck_assert_uint_eq(told.has, GTP1_HAS_RECOVERY);
    ck_assert_uint_eq(told.recovery, RESTART);
    gw_set_restart(rig->gw, RESTART + 1);
    told = rig_ask_v1(
        rig, &(struct gtp1_msg){.head = {.type = GTP1_ECHO_REQUEST, .has_seq = true, .seq = 10}});
    ck_assert_uint_eq(told.recovery, RESTART + 1);
    ck_assert_uint_eq(rig_count(rig, GW_V1_ECHO), 2);
}
END_TEST

START_TEST(create_opens_a_session_and_tells_its_tunnel)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);
    struct gtp1_msg told = rig_ask_v1(rig, &msg);
    const struct sess *sess = sess_by_imsi(rig->table, msg.imsi, 5);

    ck_assert_uint_eq(told.cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(sess_count(rig->table), 1);
    ck_assert_ptr_nonnull(sess);
    ck_assert_uint_eq(told.has, GTP1_HAS_CAUSE | GTP1_HAS_REORDERING | GTP1_HAS_RECOVERY |
                                    GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL |
                                    GTP1_HAS_CHARGING_ID | GTP1_HAS_END_USER_ADDRESS |
                                    GTP1_HAS_GSN_CONTROL | GTP1_HAS_GSN_DATA | GTP1_HAS_QOS);
    ck_assert_uint_eq(told.head.teid, msg.teid_control);
    ck_assert(!told.reordering);
    ck_assert_uint_eq(told.recovery, RESTART);
    ck_assert_uint_eq(told.teid_control, sess->teid);
    ck_assert_uint_eq(told.teid_data, sess->teid);
    ck_assert_uint_eq(teid_instance(sess->teid), 1);
    ck_assert_uint_eq(told.charging_id, sess->call_id);
    ck_assert_uint_eq(told.eua.type, GTP1_EUA_IPV4);
    ck_assert_uint_eq(told.eua.ipv4, sess->ue_addr);
    ck_assert_uint_eq(told.eua.ipv4 & POOL_MASK, POOL);
    ck_assert_uint_eq(told.gsn_control, GGSN);
    ck_assert_uint_eq(told.gsn_data, GGSN_USER);
    ck_assert_uint_eq(told.qos_len, msg.qos_len);
    ck_assert_mem_eq(told.qos, msg.qos, msg.qos_len);
}
END_TEST

START_TEST(create_keeps_what_the_client_said)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 77);

    msg.has |= GTP1_HAS_RAT | GTP1_HAS_CHARGING_CHARS;
    msg.rat = 1;
    msg.charging_chars = 0x0800;
    msg.selection_mode = 2;
    (void)rig_ask_v1(rig, &msg);

    const struct sess *sess = sess_by_imsi(rig->table, msg.imsi, 5);

    ck_assert_uint_eq(sess->gtp_version, 1);
    ck_assert_uint_eq(sess->msisdn, msg.msisdn);
    ck_assert_uint_eq(sess->peer_ctrl_teid, msg.teid_control);
    ck_assert_uint_eq(sess->peer_user_teid, msg.teid_data);
    ck_assert_uint_eq(sess->peer_ctrl_addr, CLIENT);
    ck_assert_uint_eq(sess->peer_user_addr, CLIENT);
    ck_assert_uint_eq(sess->create_seq, 77);
    ck_assert_uint_eq(sess->create_port, PORT);
    ck_assert_uint_eq(sess->rat, 1);
    ck_assert_uint_eq(sess->charging_chars, 0x0800);
    ck_assert_uint_eq(sess->selection_mode, 2);
    ck_assert_uint_eq(sess->apn, 0);
}
END_TEST

START_TEST(name_servers_are_told_to_whom_asks)
{
    static const uint8_t ask[] = {0x80, 0x00, 0x0d, 0x00};
    static const uint8_t answer[] = {0x80, 0x00, 0x0d, 4, 8, 8, 8, 8, 0x00, 0x0d, 4, 8, 8, 4, 4};
    struct gtp1_msg msg = create_pdp("240010000000001", 1);

    msg.has |= GTP1_HAS_PCO;
    msg.pco = (struct gtp_bytes){.at = ask, .len = sizeof ask};

    struct gtp1_msg told = rig_ask_v1(rig, &msg);

    ck_assert(told.has & GTP1_HAS_PCO);
    ck_assert_uint_eq(told.pco.len, sizeof answer);
    ck_assert_mem_eq(told.pco.at, answer, sizeof answer);
}
END_TEST

START_TEST(apn_is_known_with_its_operator_identifier)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);

    strcpy(msg.apn, "internet.mnc001.mcc240.gprs");
    ck_assert_uint_eq(rig_ask_v1(rig, &msg).cause, GTP1_CAUSE_ACCEPTED);
    msg.head.seq = 2;
    strcpy(msg.apn, "internet.mnc0a1.mcc240.gprs");
    refused(&msg, GTP1_CAUSE_UNKNOWN_APN, msg.teid_control);
}
END_TEST

START_TEST(create_without_a_needed_element_is_refused)
{
    static const uint32_t needed[] = {
        GTP1_HAS_IMSI,     GTP1_HAS_TEID_DATA, GTP1_HAS_NSAPI,          GTP1_HAS_GSN_CONTROL,
        GTP1_HAS_GSN_DATA, GTP1_HAS_QOS,       GTP1_HAS_SELECTION_MODE, GTP1_HAS_END_USER_ADDRESS,
    };
    uint16_t seq = 1;

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        struct gtp1_msg msg = create_pdp("240010000000001", seq++);

        msg.has &= ~needed[i];
        refused(&msg, GTP1_CAUSE_MANDATORY_MISSING, msg.teid_control);
    }

    struct gtp1_msg msg = create_pdp("240010000000001", seq);

    msg.has &= ~(uint32_t)GTP1_HAS_TEID_CONTROL; /* then nobody knows where to answer */
    refused(&msg, GTP1_CAUSE_MANDATORY_MISSING, 0);
}
END_TEST

START_TEST(create_with_a_wrong_tunnel_end_is_refused)
{
    static const uint32_t addrs[] = {0, GGSN, GGSN_USER, PGW, PGW_USER, 0xe0000001, 0xffffffff};
    uint16_t seq = 1;

    for (size_t i = 0; i < sizeof addrs / sizeof *addrs; i++) {
        struct gtp1_msg msg = create_pdp("240010000000001", seq++);

        msg.gsn_data = addrs[i];
        refused(&msg, GTP1_CAUSE_MANDATORY_INCORRECT, msg.teid_control);
        msg = create_pdp("240010000000001", seq++);
        msg.gsn_control = addrs[i];
        refused(&msg, GTP1_CAUSE_MANDATORY_INCORRECT, msg.teid_control);
    }

    struct gtp1_msg msg = create_pdp("240010000000001", seq++);

    msg.teid_data = 0;
    refused(&msg, GTP1_CAUSE_MANDATORY_INCORRECT, msg.teid_control);
    msg = create_pdp("240010000000001", seq);
    msg.teid_control = 0;
    refused(&msg, GTP1_CAUSE_MANDATORY_INCORRECT, 0);
}
END_TEST

START_TEST(create_of_an_unknown_apn_is_refused)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);

    strcpy(msg.apn, "intranet");
    refused(&msg, GTP1_CAUSE_UNKNOWN_APN, msg.teid_control);
    msg.has &= ~(uint32_t)GTP1_HAS_APN;
    refused(&msg, GTP1_CAUSE_UNKNOWN_APN, msg.teid_control);
    ck_assert_uint_eq(rig_count(rig, GW_V1_UNKNOWN_APN), 2);
}
END_TEST

START_TEST(create_on_an_apn_without_a_pool_is_a_system_failure)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);

    strcpy(msg.apn, "poolless");
    refused(&msg, GTP1_CAUSE_SYSTEM_FAILURE, msg.teid_control);
}
END_TEST

START_TEST(only_dynamic_ipv4_addresses_are_given)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);

    msg.eua.type = GTP1_EUA_IPV6;
    refused(&msg, GTP1_CAUSE_UNKNOWN_ADDRESS_TYPE, msg.teid_control);
    msg = create_pdp("240010000000001", 2);
    msg.eua.org = 0; /* PPP */
    msg.eua.type = 1;
    refused(&msg, GTP1_CAUSE_UNKNOWN_ADDRESS_TYPE, msg.teid_control);
    msg = create_pdp("240010000000001", 3);
    msg.eua.ipv4 = POOL + 3;
    refused(&msg, GTP1_CAUSE_UNKNOWN_ADDRESS_TYPE, msg.teid_control);
}
END_TEST

START_TEST(dual_stack_is_turned_into_ipv4)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);

    msg.eua.type = GTP1_EUA_IPV4V6;

    struct gtp1_msg told = rig_ask_v1(rig, &msg);

    ck_assert_uint_eq(told.cause, 129);
    ck_assert_uint_eq(told.eua.type, GTP1_EUA_IPV4);
    ck_assert_uint_ne(told.eua.ipv4, 0);
    ck_assert_uint_eq(rig_count(rig, GW_V1_NEW_PDP_TYPE), 1);
}
END_TEST

START_TEST(full_table_has_no_resources)
{
    rig_destroy(rig);
    rig = rig_new(2);
    (void)rig_open_v1(rig, "240010000000001", 1);
    (void)rig_open_v1(rig, "240010000000002", 2);

    struct gtp1_msg msg = create_pdp("240010000000003", 3);
    struct gtp1_msg told = rig_ask_v1(rig, &msg);

    ck_assert_uint_eq(told.cause, GTP1_CAUSE_NO_RESOURCES);
    ck_assert_uint_eq(told.has, GTP1_HAS_CAUSE);
    ck_assert_uint_eq(sess_count(rig->table), 2);
}
END_TEST

START_TEST(empty_pool_says_so)
{
    char imsi[] = "240010000000100";

    for (uint16_t i = 0; i < POOL_LEFT; i++) {
        imsi[14] = (char)('0' + i % 10);
        imsi[13] = (char)('0' + i / 10);
        (void)rig_open_v1(rig, imsi, (uint16_t)(i + 1));
    }

    struct gtp1_msg msg = create_pdp("240010000000999", 99);

    ck_assert_uint_eq(rig_ask_v1(rig, &msg).cause, GTP1_CAUSE_ADDRESSES_OCCUPIED);
    ck_assert_uint_eq(sess_count(rig->table), POOL_LEFT);
}
END_TEST

START_TEST(new_create_replaces_the_subscribers_old_session)
{
    uint32_t old = rig_open_v1(rig, "240010000000001", 1)->teid;
    uint32_t new = rig_open_v1(rig, "240010000000001", 2)->teid;

    ck_assert_uint_ne(old, new);
    ck_assert_ptr_null(sess_by_teid(rig->table, old));
    ck_assert_uint_eq(sess_count(rig->table), 1);
    ck_assert_uint_eq(rig_count(rig, GW_V1_REPLACED), 1);
}
END_TEST

START_TEST(refused_create_leaves_the_old_session)
{
    (void)rig_open_v1(rig, "240010000000001", 1);

    struct gtp1_msg msg = create_pdp("240010000000001", 2);

    strcpy(msg.apn, "intranet");
    refused(&msg, GTP1_CAUSE_UNKNOWN_APN, msg.teid_control);
    ck_assert_uint_eq(sess_count(rig->table), 1);
}
END_TEST

START_TEST(second_context_through_the_control_tunnel_needs_no_imsi)
{
    const struct sess *first = rig_open_v1(rig, "240010000000001", 1);
    struct gtp1_msg msg = create_pdp("240010000000001", 2);

    msg.has &= ~(uint32_t)(GTP1_HAS_IMSI | GTP1_HAS_TEID_CONTROL);
    msg.head.teid = first->teid;
    msg.nsapi = 6;

    struct gtp1_msg told = rig_ask_v1(rig, &msg);

    ck_assert_uint_eq(told.cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.head.teid, first->peer_ctrl_teid);
    ck_assert_ptr_nonnull(sess_by_imsi(rig->table, first->imsi, 6));
    ck_assert_uint_eq(sess_count(rig->table), 2);
    msg.head.seq = 3;
    msg.head.teid = 0x01abcdef; /* nobody's */
    refused(&msg, GTP1_CAUSE_NON_EXISTENT, 0);
}
END_TEST

START_TEST(update_moves_the_tunnel)
{
    struct sess *sess = rig_open_v1(rig, "240010000000001", 1);
    struct gtp1_msg msg = update_pdp(sess->teid, 2);
    struct gtp1_msg told = rig_ask_v1(rig, &msg);

    ck_assert_uint_eq(told.cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.head.teid, 0x3333);
    ck_assert_uint_eq(told.teid_data, sess->teid);
    ck_assert_uint_eq(told.charging_id, sess->call_id);
    ck_assert_uint_eq(told.gsn_data, GGSN_USER);
    ck_assert_mem_eq(told.qos, msg.qos, 4);
    ck_assert_uint_eq(sess->peer_ctrl_teid, 0x3333);
    ck_assert_uint_eq(sess->peer_user_teid, 0x4444);
    ck_assert_uint_eq(sess->peer_ctrl_addr, CLIENT_2);
    ck_assert_uint_eq(sess->peer_user_addr, CLIENT_2);
    ck_assert_uint_eq(sess->qos[3], 0x22);
}
END_TEST

START_TEST(bad_update_is_refused)
{
    static const uint32_t needed[] = {GTP1_HAS_TEID_DATA, GTP1_HAS_NSAPI, GTP1_HAS_GSN_CONTROL,
                                      GTP1_HAS_GSN_DATA, GTP1_HAS_QOS};
    const struct sess *sess = rig_open_v1(rig, "240010000000001", 1);
    uint16_t seq = 2;
    struct gtp1_msg msg = update_pdp(sess->teid + 1, seq++);

    refused(&msg, GTP1_CAUSE_NON_EXISTENT, 0);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        msg = update_pdp(sess->teid, seq++);
        msg.has &= ~needed[i];
        refused(&msg, GTP1_CAUSE_MANDATORY_MISSING, sess->peer_ctrl_teid);
    }
    msg = update_pdp(sess->teid, seq++);
    msg.nsapi = 7;
    refused(&msg, GTP1_CAUSE_NON_EXISTENT, sess->peer_ctrl_teid);
    msg = update_pdp(sess->teid, seq);
    msg.gsn_data = GGSN;
    refused(&msg, GTP1_CAUSE_MANDATORY_INCORRECT, sess->peer_ctrl_teid);
}
END_TEST

START_TEST(bad_delete_is_refused)
{
    const struct sess *sess = rig_open_v1(rig, "240010000000001", 1);
    struct gtp1_msg msg = delete_pdp(sess->teid + 1, 2);

    refused(&msg, GTP1_CAUSE_NON_EXISTENT, 0);
    msg = delete_pdp(sess->teid, 3);
    msg.has &= ~(uint32_t)GTP1_HAS_NSAPI;
    refused(&msg, GTP1_CAUSE_MANDATORY_MISSING, sess->peer_ctrl_teid);
    msg = delete_pdp(sess->teid, 4);
    msg.nsapi = 6;
    refused(&msg, GTP1_CAUSE_NON_EXISTENT, sess->peer_ctrl_teid);
    ck_assert_uint_eq(rig_count(rig, GW_V1_DELETE), 3);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw");
    TCase *tc = tcase_create("gtpv1");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, echo_is_answered_with_the_restart_counter);
    tcase_add_test(tc, create_opens_a_session_and_tells_its_tunnel);
    tcase_add_test(tc, create_keeps_what_the_client_said);
    tcase_add_test(tc, name_servers_are_told_to_whom_asks);
    tcase_add_test(tc, apn_is_known_with_its_operator_identifier);
    tcase_add_test(tc, create_without_a_needed_element_is_refused);
    tcase_add_test(tc, create_with_a_wrong_tunnel_end_is_refused);
    tcase_add_test(tc, create_of_an_unknown_apn_is_refused);
    tcase_add_test(tc, create_on_an_apn_without_a_pool_is_a_system_failure);
    tcase_add_test(tc, only_dynamic_ipv4_addresses_are_given);
    tcase_add_test(tc, dual_stack_is_turned_into_ipv4);
    tcase_add_test(tc, full_table_has_no_resources);
    tcase_add_test(tc, empty_pool_says_so);
    tcase_add_test(tc, new_create_replaces_the_subscribers_old_session);
    tcase_add_test(tc, refused_create_leaves_the_old_session);
    tcase_add_test(tc, second_context_through_the_control_tunnel_needs_no_imsi);
    tcase_add_test(tc, update_moves_the_tunnel);
    tcase_add_test(tc, bad_update_is_refused);
    tcase_add_test(tc, bad_delete_is_refused);
    return unit_main(suite);
}
