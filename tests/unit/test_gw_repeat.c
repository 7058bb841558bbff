/* GTPv1: a request that is repeated gets the answer it had, while that is remembered. */
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

START_TEST(repeated_create_gets_the_same_answer_and_no_second_session)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);
    struct dgram first = *rig_send_v1(rig, &msg);
    uint8_t bytes[DGRAM_MOST];
    uint64_t state = rig_state(rig);

    memcpy(bytes, first.bytes, first.len);
    ck_assert_uint_eq(rig_send_v1(rig, &msg)->len, first.len);
    ck_assert_mem_eq(rig->answer.bytes, bytes, first.len);
    ck_assert_uint_eq(rig_state(rig), state);
    ck_assert_uint_eq(rig_count(rig, GW_V1_RETRANSMITTED), 1);
    ck_assert_uint_eq(rig_count(rig, GW_V1_CREATE), 1);
}
END_TEST

START_TEST(create_repeated_after_its_session_is_gone_opens_another)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);
    uint32_t teid = rig_ask_v1(rig, &msg).teid_control;
    struct gtp1_msg end = delete_pdp(teid, 2);
    struct gtp1_msg told;

    ck_assert_uint_eq(rig_ask_v1(rig, &end).cause, GTP1_CAUSE_ACCEPTED);
    told = rig_ask_v1(rig, &msg);
    ck_assert_uint_eq(told.cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_ptr_nonnull(sess_by_teid(rig->table, told.teid_control));
    ck_assert_uint_eq(sess_count(rig->table), 1);
    ck_assert_uint_eq(rig_ask_v1(rig, &msg).teid_control, told.teid_control);
    ck_assert_uint_eq(sess_count(rig->table), 1);
}
END_TEST

/* Two subscribers come again in the other order, so that each is given the other's TEID of
 * before; no remembered answer may lead one to the other's session. */
START_TEST(client_that_starts_anew_gets_sessions_of_its_own)
{
    struct gtp1_msg first = create_pdp("240010000000001", 1);
    struct gtp1_msg second = create_pdp("240010000000002", 2);
    uint32_t a = rig_ask_v1(rig, &first).teid_control;
    uint32_t b = rig_ask_v1(rig, &second).teid_control;
    struct gtp1_msg end_a = delete_pdp(a, 3), end_b = delete_pdp(b, 4);

    ck_assert_uint_eq(rig_ask_v1(rig, &end_a).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(rig_ask_v1(rig, &end_b).cause, GTP1_CAUSE_ACCEPTED);
    b = rig_ask_v1(rig, &second).teid_control;
    a = rig_ask_v1(rig, &first).teid_control;
    ck_assert_uint_ne(a, b);
    ck_assert_uint_eq(sess_count(rig->table), 2);
    end_a = delete_pdp(a, 3);
    end_b = delete_pdp(b, 4);
    ck_assert_uint_eq(rig_ask_v1(rig, &end_a).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(rig_ask_v1(rig, &end_b).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(sess_count(rig->table), 0);
}
END_TEST

START_TEST(repeated_create_is_known_by_the_session_alone)
{
    static const uint8_t ask[] = {0x80, 0x00, 0x0d, 0x00};
    struct gtp1_msg msg = create_pdp("240010000000001", 1);

    msg.has |= GTP1_HAS_PCO;
    msg.pco = (struct gtp_bytes){.at = ask, .len = sizeof ask};
    msg.eua.type = GTP1_EUA_IPV4V6;

    struct dgram first = *rig_send_v1(rig, &msg);
    uint8_t bytes[DGRAM_MOST];
    uint64_t state = rig_state(rig);

    memcpy(bytes, first.bytes, first.len);
    gw_set_serving(rig->gw, false); /* forgets all answers, as after a takeover */
    gw_set_serving(rig->gw, true);
    ck_assert_uint_eq(rig_send_v1(rig, &msg)->len, first.len);
    ck_assert_mem_eq(rig->answer.bytes, bytes, first.len);
    ck_assert_uint_eq(rig_state(rig), state);
    ck_assert_uint_eq(rig_count(rig, GW_V1_RETRANSMITTED), 1);
    ck_assert_uint_eq(rig_count(rig, GW_V1_CREATE), 2);
}
END_TEST

START_TEST(sequence_number_that_came_round_is_a_new_request)
{
    rig_remember_four(rig);

    const struct sess *one = rig_open_v1(rig, "240010000000001", 1);
    const struct sess *two = rig_open_v1(rig, "240010000000002", 1);

    ck_assert_ptr_ne(one, two);
    ck_assert_uint_eq(sess_count(rig->table), 2);
    ck_assert_uint_eq(rig_count(rig, GW_V1_RETRANSMITTED), 0);
}
END_TEST

START_TEST(create_that_differs_in_anything_is_not_a_repetition)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);
    uint64_t replaced = 0;

    (void)rig_ask_v1(rig, &msg);
    msg.head.seq++;
    (void)rig_ask_v1(rig, &msg);
    ck_assert_uint_eq(rig_count(rig, GW_V1_REPLACED), ++replaced);
    msg.teid_data++;
    (void)rig_ask_v1(rig, &msg);
    ck_assert_uint_eq(rig_count(rig, GW_V1_REPLACED), ++replaced);
    msg.teid_control++;
    (void)rig_ask_v1(rig, &msg);
    ck_assert_uint_eq(rig_count(rig, GW_V1_REPLACED), ++replaced);
    msg.gsn_control = CLIENT_2;
    (void)rig_ask_v1(rig, &msg);
    ck_assert_uint_eq(rig_count(rig, GW_V1_REPLACED), ++replaced);
    msg.gsn_data = CLIENT_2;
    (void)rig_ask_v1(rig, &msg);
    ck_assert_uint_eq(rig_count(rig, GW_V1_REPLACED), ++replaced);
    ck_assert_uint_eq(sess_count(rig->table), 1);
}
END_TEST

START_TEST(delete_closes_and_its_repetition_gets_the_same_answer)
{
    const struct sess *sess = rig_open_v1(rig, "240010000000001", 1);
    uint32_t peer_teid = sess->peer_ctrl_teid;
    struct gtp1_msg msg = delete_pdp(sess->teid, 2);
    struct gtp1_msg told = rig_ask_v1(rig, &msg);
    uint8_t bytes[DGRAM_MOST];
    uint16_t len = rig->answer.len;

    memcpy(bytes, rig->answer.bytes, len);
    ck_assert_uint_eq(told.cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told.has, GTP1_HAS_CAUSE);
    ck_assert_uint_eq(told.head.teid, peer_teid);
    ck_assert_uint_eq(sess_count(rig->table), 0);
    ck_assert_uint_eq(rig_send_v1(rig, &msg)->len, len);
    ck_assert_mem_eq(rig->answer.bytes, bytes, len);
    ck_assert_uint_eq(sess_table_stats(rig->table)->closed, 1);
}
END_TEST

START_TEST(remembered_answers_expire)
{
    struct gtp1_msg msg = delete_pdp(rig_open_v1(rig, "240010000000001", 1)->teid, 2);

    ck_assert_uint_eq(rig_ask_v1(rig, &msg).cause, GTP1_CAUSE_ACCEPTED);
    rig->now = mono_after(rig->now, GW_REPLY_US - 1);
    ck_assert_uint_eq(rig_ask_v1(rig, &msg).cause, GTP1_CAUSE_ACCEPTED);
    rig->now = mono_after(rig->now, 1);
    ck_assert_uint_eq(rig_ask_v1(rig, &msg).cause, GTP1_CAUSE_NON_EXISTENT);
}
END_TEST

START_TEST(answers_are_remembered_per_client_and_port)
{
    struct gtp1_msg msg = delete_pdp(rig_open_v1(rig, "240010000000001", 1)->teid, 2);
    uint8_t buf[256];
    size_t len = gtp1_encode(buf, sizeof buf, &msg);

    rig_remember_four(rig);
    (void)rig_ask_v1(rig, &msg);
    ck_assert(rig_send_from(rig, DGRAM_CTRL, CLIENT, PORT + 1, buf, len)->len);
    ck_assert_uint_eq(rig->answer.port, PORT + 1);
    ck_assert(rig_send_from(rig, DGRAM_CTRL, CLIENT_2, PORT, buf, len)->len);
    ck_assert_uint_eq(rig->answer.peer, CLIENT_2);
    ck_assert_uint_eq(rig_count(rig, GW_V1_RETRANSMITTED), 0);
    ck_assert_uint_eq(rig_count(rig, GW_V1_NON_EXISTENT), 2);
}
END_TEST

START_TEST(full_memory_forgets_the_oldest_answer)
{
    struct gtp1_msg msg;

    rig_remember_four(rig);
    for (uint16_t seq = 1; seq <= 5; seq++) {
        msg = delete_pdp(0x01000001, seq);
        rig->now = mono_after(rig->now, 1);
        (void)rig_ask_v1(rig, &msg);
    }
    for (uint16_t seq = 2; seq <= 5; seq++) {
        msg = delete_pdp(0x01000001, seq);
        (void)rig_ask_v1(rig, &msg);
    }
    ck_assert_uint_eq(rig_count(rig, GW_V1_RETRANSMITTED), 4);
    msg = delete_pdp(0x01000001, 1);
    (void)rig_ask_v1(rig, &msg);
    ck_assert_uint_eq(rig_count(rig, GW_V1_DELETE), 6);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw: repetitions");
    TCase *tc = tcase_create("gtpv1");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, repeated_create_gets_the_same_answer_and_no_second_session);
    tcase_add_test(tc, create_repeated_after_its_session_is_gone_opens_another);
    tcase_add_test(tc, client_that_starts_anew_gets_sessions_of_its_own);
    tcase_add_test(tc, repeated_create_is_known_by_the_session_alone);
    tcase_add_test(tc, sequence_number_that_came_round_is_a_new_request);
    tcase_add_test(tc, create_that_differs_in_anything_is_not_a_repetition);
    tcase_add_test(tc, delete_closes_and_its_repetition_gets_the_same_answer);
    tcase_add_test(tc, remembered_answers_expire);
    tcase_add_test(tc, answers_are_remembered_per_client_and_port);
    tcase_add_test(tc, full_memory_forgets_the_oldest_answer);
    return unit_main(suite);
}
