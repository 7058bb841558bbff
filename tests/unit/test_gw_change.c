/* The gateway's configuration changes under its sessions. */
#include "common/msg/body.h"
#include "tests/unit/gw_rig.h"

#define POOL_2 UINT32_C(0x0a000100) /* 10.0.1.0/28 */

enum { NEW_APN = 3 };

static struct rig *rig;
static struct gw_setup next; /* what is configured next */
static void *index_memory;

static void
setup(void)
{
    rig = rig_new(100);
    next = rig_setup(rig->table);
}

static void
teardown(void)
{
    rig_destroy(rig);
    free(index_memory);
    index_memory = NULL;
}

static void
change(void)
{
    gw_change(rig->gw, &next);
}

static uint8_t
cause_of_create(const char *imsi, uint16_t seq, const char *apn)
{
    struct gtp1_msg msg = create_pdp(imsi, seq);

    memset(msg.apn, 0, sizeof msg.apn);
    memcpy(msg.apn, apn, strlen(apn));
    return rig_ask_v1(rig, &msg).cause;
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

START_TEST(an_apn_that_is_added_opens_sessions_and_one_that_is_removed_none)
{
    struct sess *sess = rig_open_v1(rig, "240010000000001", 1);
    struct gtp1_msg update = update_pdp(sess->teid, 7);

    ck_assert_uint_eq(cause_of_create("240010000000002", 2, "new"), GTP1_CAUSE_UNKNOWN_APN);
    next.apns[NEW_APN] = (struct gw_apn){.name = "new", .pool = 0, .vpn = 4};
    next.apns[0] = (struct gw_apn){.name = ""};
    next.apn_n = NEW_APN + 1;
    change();
    ck_assert_uint_eq(cause_of_create("240010000000003", 3, "new"), GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(sess_by_imsi(rig->table, gtp_imsi_from_digits("240010000000003"), 5)->vpn, 4);
    ck_assert_uint_eq(cause_of_create("240010000000004", 4, "internet"), GTP1_CAUSE_UNKNOWN_APN);
    ck_assert_uint_eq(packets_through(sess), 2);
    ck_assert_uint_eq(rig_ask_v1(rig, &update).cause, GTP1_CAUSE_ACCEPTED);
    next = rig_setup(rig->table);
    change();
    ck_assert_uint_eq(cause_of_create("240010000000005", 5, "internet"), GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(cause_of_create("240010000000006", 6, "new"), GTP1_CAUSE_UNKNOWN_APN);
}
END_TEST

START_TEST(a_number_that_is_another_apns_opens_that_one)
{
    next.apns[0] = (struct gw_apn){.name = "other", .pool = 0};
    change();
    ck_assert_uint_eq(cause_of_create("240010000000001", 1, "other"), GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(cause_of_create("240010000000002", 2, "internet"), GTP1_CAUSE_UNKNOWN_APN);
}
END_TEST

START_TEST(a_call_of_a_removed_ims_apn_stays_volte)
{
    struct sess *sess;

    ck_assert_uint_eq(cause_of_create("240010000000001", 1, "ims"), GTP1_CAUSE_ACCEPTED);
    sess = sess_by_imsi(rig->table, gtp_imsi_from_digits("240010000000001"), 5);
    sess->classed = false; /* as one taken over */
    next.apns[2].name[0] = '\0';
    change();
    ck_assert(gw_is_volte(rig->gw, sess));
}
END_TEST

START_TEST(a_request_that_was_answered_before_a_change_is_answered_alike_after_it)
{
    struct gtp1_msg msg = create_pdp("240010000000001", 1);
    struct gtp1_msg before = rig_ask_v1(rig, &msg), after;

    next.apns[0].dns[0] = 0x01010101;
    next.apns[1].name[0] = '\0';
    change();
    after = rig_ask_v1(rig, &msg);
    ck_assert_uint_eq(after.teid_control, before.teid_control);
    ck_assert_uint_eq(after.recovery, before.recovery);
    ck_assert_uint_eq(rig_count(rig, GW_V1_RETRANSMITTED), 1);
    ck_assert_uint_eq(sess_count(rig->table), 1);
}
END_TEST

START_TEST(without_its_service_nothing_is_answered_and_its_calls_stay)
{
    struct sess *v1 = rig_open_v1(rig, "240010000000001", 1);
    struct sess *v2 = rig_open_v2(rig, "240010000000002", 2);
    struct gtp1_msg update = update_pdp(v1->teid, 7), create = create_pdp("240010000000003", 3);
    struct gtp2_msg modify = modify_bearer(v2->teid, 8);
    uint64_t state;

    next.ggsn = next.pgw = (struct gw_service){.on = false};
    change();
    state = rig_state(rig);
    ck_assert_uint_eq(rig_send_v1(rig, &update)->len, 0);
    ck_assert_uint_eq(rig_send_v1(rig, &create)->len, 0);
    ck_assert_uint_eq(rig_send_v2(rig, &modify)->len, 0);
    ck_assert_uint_eq(rig_state(rig), state);
    ck_assert_uint_eq(sess_count(rig->table), 2);
    next = rig_setup(rig->table);
    change();
    ck_assert_uint_eq(rig_ask_v1(rig, &update).cause, GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(rig_ask_v2(rig, &modify).cause.value, GTP2_CAUSE_ACCEPTED);
}
END_TEST

START_TEST(packets_need_an_address_to_come_from)
{
    struct sess *sess = rig_open_v1(rig, "240010000000001", 1);

    next.ggsn = (struct gw_service){.on = false, .user = GGSN_USER}; /* its gtpu-service is there */
    change();
    ck_assert_uint_eq(packets_through(sess), 2);
    next.ggsn.user = 0;
    change();
    ck_assert_uint_eq(packets_through(sess), 1); /* what the demux lets in goes out */
    ck_assert_uint_eq(rig_count(rig, GW_PDN_NO_SERVICE), 1);
}
END_TEST

START_TEST(a_service_that_moves_answers_with_its_new_address_and_number)
{
    struct sess *sess;
    struct gtp1_msg msg = create_pdp("240010000000001", 1), told;

    next.ggsn = (struct gw_service){.on = true, .ctrl = PGW, .user = PGW_USER, .number = 9};
    change();
    told = rig_ask_v1(rig, &msg);
    ck_assert_uint_eq(told.gsn_control, PGW);
    ck_assert_uint_eq(told.gsn_data, PGW_USER);
    sess = sess_by_teid(rig->table, told.teid_control);
    ck_assert_uint_eq(sess->service, 9);
}
END_TEST

START_TEST(an_apn_draws_from_the_pool_it_is_given_now)
{
    static const struct sess_setup wanted = {
        .pool_n = 2,
        .pools = {{.net = POOL_2, .mask = POOL_MASK}, {.net = POOL, .mask = POOL_MASK}}};
    struct sess *before = rig_open_v1(rig, "240010000000001", 1), *after;
    struct sess_setup to;

    ck_assert_int_eq(sess_pools_next(rig->table, &wanted, &to), 0);
    index_memory = calloc(1, sess_pools_size(&to));
    sess_table_set_pools(rig->table, &to, index_memory);
    next.apns[0].pool = 0;
    next.apns[1].pool = 1;
    change();
    after = rig_open_v1(rig, "240010000000002", 2);
    ck_assert_uint_eq(after->ue_addr & POOL_MASK, POOL_2);
    ck_assert_uint_eq(before->ue_addr & POOL_MASK, POOL);
    ck_assert_uint_eq(cause_of_create("240010000000003", 3, "poolless"), GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(packets_through(before), 2);
    ck_assert_uint_eq(packets_through(after), 2);
}
END_TEST

START_TEST(what_a_service_had_to_tell_is_forgotten_with_it)
{
    struct sess *v1 = rig_open_v1(rig, "240010000000001", 1);
    struct sess *v2 = rig_open_v2(rig, "240010000000002", 2);
    struct wr out = wr_over(rig->out, sizeof rig->out);

    next.graceful = true;
    change();
    v1->ue_addr = v2->ue_addr = 0; /* not theirs: the audit purges them */
    ck_assert_uint_eq(sess_audit(rig->table).purged, 2);
    next.pgw = (struct gw_service){.on = false};
    change();
    ck_assert_int_eq(gw_tick(rig->gw, rig->now, &out), 1); /* that of the GGSN */
    ck_assert_int_eq(gw_tick(rig->gw, rig->now, &out), 0);
    ck_assert_uint_eq(rig_count(rig, GW_RELEASE_SENT), 1);
    next.ggsn = (struct gw_service){.on = false};
    change();
    ck_assert_int_eq(gw_deadline(rig->gw).us, MONO_NEVER.us);
}
END_TEST

START_TEST(graceful_cleanup_holds_for_the_next_audit)
{
    struct sess *sess = rig_open_v1(rig, "240010000000001", 1);
    struct wr out = wr_over(rig->out, sizeof rig->out);

    next.graceful = true;
    change();
    next.graceful = false;
    change();
    sess->ue_addr = 0;
    ck_assert_uint_eq(sess_audit(rig->table).purged, 1);
    ck_assert_int_eq(gw_tick(rig->gw, rig->now, &out), 0);
}
END_TEST

START_TEST(gates_stay_as_they_are_over_a_change)
{
    gw_set_gates(rig->gw, GATE_CONTROL);
    change();
    ck_assert_uint_eq(gw_gates(rig->gw), GATE_CONTROL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw_change");
    TCase *tc = tcase_create("gw_change");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, an_apn_that_is_added_opens_sessions_and_one_that_is_removed_none);
    tcase_add_test(tc, a_number_that_is_another_apns_opens_that_one);
    tcase_add_test(tc, a_call_of_a_removed_ims_apn_stays_volte);
    tcase_add_test(tc, a_request_that_was_answered_before_a_change_is_answered_alike_after_it);
    tcase_add_test(tc, without_its_service_nothing_is_answered_and_its_calls_stay);
    tcase_add_test(tc, packets_need_an_address_to_come_from);
    tcase_add_test(tc, a_service_that_moves_answers_with_its_new_address_and_number);
    tcase_add_test(tc, an_apn_draws_from_the_pool_it_is_given_now);
    tcase_add_test(tc, what_a_service_had_to_tell_is_forgotten_with_it);
    tcase_add_test(tc, graceful_cleanup_holds_for_the_next_audit);
    tcase_add_test(tc, gates_stay_as_they_are_over_a_change);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
