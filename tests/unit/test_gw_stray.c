/* GTPv1: what is malformed, of another version, or comes when nothing can be answered. */
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

START_TEST(truncated_or_prolonged_requests_change_nothing)
{
    const struct sess *sess = rig_open_v1(rig, "240010000000001", 1);
    const struct gtp1_msg msgs[] = {create_pdp("240010000000002", 2), update_pdp(sess->teid, 3),
                                    delete_pdp(sess->teid, 4)};
    uint64_t state = rig_state(rig);
    uint8_t buf[DGRAM_MOST] = {0};

    for (size_t i = 0; i < sizeof msgs / sizeof *msgs; i++) {
        size_t len = gtp1_encode(buf, sizeof buf, &msgs[i]);

        for (size_t cut = 1; cut < len; cut++)
            (void)rig_send(rig, DGRAM_CTRL, buf, cut);
        (void)rig_send(rig, DGRAM_CTRL, buf, len + 1);
        (void)rig_send(rig, DGRAM_CTRL, buf, sizeof buf);
        ck_assert_uint_eq(rig_state(rig), state);
    }
    ck_assert_uint_gt(rig_count(rig, GW_C_MALFORMED), 0);
    ck_assert_uint_gt(rig_count(rig, GW_V1_INVALID_FORMAT), 0);
}
END_TEST

START_TEST(element_that_runs_over_the_end_is_an_invalid_format)
{
    static const uint8_t request[] = {0x32, 16, 0, 7, 0, 0, 0, 0, 0, 5, 0, 0, 131, 0, 9};
    const struct dgram *answer = rig_send(rig, DGRAM_CTRL, request, sizeof request);
    struct gtp1_msg told;
    const char *reason;

    ck_assert_int_eq(gtp1_decode(&told, answer->bytes, answer->len, &reason), 0);
    ck_assert_uint_eq(told.cause, GTP1_CAUSE_INVALID_FORMAT);
}
END_TEST

START_TEST(element_of_a_wrong_length_is_incorrect)
{
    static const uint8_t request[] = {0x32, 16, 0, 10, 0, 0, 0, 0, 0, 5, 0, 0, 133, 0, 3, 1, 2, 3};
    const struct dgram *answer = rig_send(rig, DGRAM_CTRL, request, sizeof request);
    struct gtp1_msg told;
    const char *reason;

    ck_assert_int_eq(gtp1_decode(&told, answer->bytes, answer->len, &reason), 0);
    ck_assert_uint_eq(told.cause, GTP1_CAUSE_MANDATORY_INCORRECT);
}
END_TEST

START_TEST(responses_and_unknown_types_are_counted_and_dropped)
{
    struct gtp1_msg msg = {.head = {.type = GTP1_CREATE_PDP_RESPONSE, .has_seq = true}};

    ck_assert_uint_eq(rig_send_v1(rig, &msg)->len, 0);
    msg.head.type = GTP1_VERSION_NOT_SUPPORTED;
    ck_assert_uint_eq(rig_send_v1(rig, &msg)->len, 0);
    msg.head.type = 200;
    ck_assert_uint_eq(rig_send_v1(rig, &msg)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_C_RESPONSE), 2);
    ck_assert_uint_eq(rig_count(rig, GW_C_UNKNOWN_TYPE), 1);
}
END_TEST

START_TEST(other_versions_are_told_the_latest_one_spoken)
{
    static const uint8_t third[] = {0x60, 1, 0, 4, 0, 0, 9, 0};
    const struct dgram *answer = rig_send(rig, DGRAM_CTRL, third, sizeof third);

    ck_assert_uint_eq(answer->len, 8);
    ck_assert_uint_eq(answer->bytes[0] >> 5, 2);
    ck_assert_uint_eq(answer->bytes[1], GTP2_VERSION_NOT_SUPPORTED);
    ck_assert_uint_eq(rig_count(rig, GW_C_VERSION_NOT_SUPPORTED), 1);
}
END_TEST

START_TEST(version_not_supported_answers_neither_itself_nor_gtpv0)
{
    static const uint8_t indication[] = {0x60, 3, 0, 4, 0, 0, 9, 0};
    static const uint8_t short_one[] = {0x60, 1, 0};
    static const uint8_t gtpv0[20] = {0x1e, 1};

    ck_assert_uint_eq(rig_send(rig, DGRAM_CTRL, indication, sizeof indication)->len, 0);
    ck_assert_uint_eq(rig_send(rig, DGRAM_CTRL, short_one, sizeof short_one)->len, 0);
    ck_assert_uint_eq(rig_send(rig, DGRAM_CTRL, gtpv0, sizeof gtpv0)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_C_MALFORMED), 2);
}
END_TEST

START_TEST(service_that_is_off_refuses_its_version)
{
    struct gw_setup only_ggsn = rig_setup(rig->table);
    uint8_t buf[64];
    size_t len = gtp2_encode(
        buf, sizeof buf, &(struct gtp2_msg){.head = {.type = GTP2_ECHO_REQUEST, .seq = 0x1234}});

    only_ggsn.pgw.on = false;
    rig->gw = gw_init(rig->gw_memory, &only_ggsn);
    gw_set_serving(rig->gw, true);

    const struct dgram *answer = rig_send(rig, DGRAM_CTRL, buf, len);

    ck_assert_uint_ge(answer->len, 8);
    ck_assert_uint_eq(answer->bytes[0] >> 5, 1);
    ck_assert_uint_eq(answer->bytes[1], GTP1_VERSION_NOT_SUPPORTED);
    ck_assert_uint_eq(rig_open_v1(rig, "240010000000001", 1)->gtp_version, 1);
}
END_TEST

START_TEST(standby_answers_nothing)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);
    uint8_t packet[PACKET_LEN];

    ip_packet(packet, DNS_1, POOL + 1);
    gw_set_serving(rig->gw, false);

    uint64_t state = rig_state(rig);

    ck_assert_uint_eq(rig_send_v1(rig, &msg)->len, 0);
    ck_assert_uint_eq(rig_send_up(rig, 0x01000001, packet, sizeof packet)->len, 0);
    ck_assert_uint_eq(rig_send(rig, DGRAM_PDN, packet, sizeof packet)->len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_NOT_SERVING), 3);
    ck_assert_uint_eq(rig_state(rig), state);
}
END_TEST

START_TEST(without_room_for_the_answer_nothing_happens)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);
    uint8_t buf[GTP_MESSAGE_MAX], room[64];
    size_t len = gtp1_encode(buf, sizeof buf, &msg);
    struct wr out = wr_over(room, sizeof room);
    uint64_t state = rig_state(rig);
    struct dgram in = {.side = DGRAM_CTRL,
                       .peer = CLIENT,
                       .port = PORT,
                       .local = GGSN,
                       .len = (uint16_t)len,
                       .bytes = buf};

    ck_assert_int_eq(gw_access(rig->gw, rig->now, &in, &out), DI_ESPACE);
    ck_assert_uint_eq(wr_len(&out), 0);
    ck_assert_uint_eq(rig_state(rig), state);
    ck_assert_uint_eq(rig_count(rig, GW_V1_CREATE), 0);
    ck_assert_uint_eq(rig_ask_v1(rig, &msg).cause, GTP1_CAUSE_ACCEPTED);
}
END_TEST

START_TEST(every_counter_has_a_name_of_its_own)
{
    for (unsigned i = 0; i < GW_COUNTER_N; i++) {
        ck_assert_ptr_nonnull(gw_counter_name((enum gw_counter)i));
        for (unsigned j = 0; j < i; j++)
            ck_assert_str_ne(gw_counter_name((enum gw_counter)i),
                             gw_counter_name((enum gw_counter)j));
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw: stray messages");
    TCase *tc = tcase_create("gtpv1");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, truncated_or_prolonged_requests_change_nothing);
    tcase_add_test(tc, element_that_runs_over_the_end_is_an_invalid_format);
    tcase_add_test(tc, element_of_a_wrong_length_is_incorrect);
    tcase_add_test(tc, responses_and_unknown_types_are_counted_and_dropped);
    tcase_add_test(tc, other_versions_are_told_the_latest_one_spoken);
    tcase_add_test(tc, version_not_supported_answers_neither_itself_nor_gtpv0);
    tcase_add_test(tc, service_that_is_off_refuses_its_version);
    tcase_add_test(tc, standby_answers_nothing);
    tcase_add_test(tc, without_room_for_the_answer_nothing_happens);
    tcase_add_test(tc, every_counter_has_a_name_of_its_own);
    return unit_main(suite);
}
