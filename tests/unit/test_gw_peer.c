#include "common/msg/body.h"
#include "sf/sess_part.h"
#include "tests/unit/gw_rig.h"

/* What an S-GW tells of itself and of where its subscribers are. */

static struct rig *rig;
static struct sess *a, *b, *v1;
static unsigned told[SESS_PARTS];

static void
note(void *ctx, uint32_t slot, enum sess_change change, unsigned part)
{
    (void)ctx;
    if (change == SESS_PART)
        told[part]++;
    if (change == SESS_GONE)
        sess_forget(rig->table, slot);
}

static struct sess *
opened(const char *imsi, uint32_t seq, uint8_t recovery)
{
    struct gtp2_msg msg = create_session(imsi, seq);

    msg.has |= GTP2_HAS_RECOVERY;
    msg.recovery = recovery;
    return sess_by_teid(rig->table, rig_ask_v2(rig, &msg).fteid[PGW_CONTROL].teid);
}

static void
setup(void)
{
    rig = rig_new(10);
    a = opened("240010000000001", 1, 7);
    b = opened("240010000000002", 2, 7);
    v1 = rig_open_v1(rig, "240010000000003", 3);
    memset(told, 0, sizeof told);
    sess_table_on_change(rig->table, note, NULL);
}

static void
teardown(void)
{
    rig_destroy(rig);
}

static void
echo_from(uint32_t peer, uint16_t port, uint8_t recovery)
{
    struct gtp2_msg msg = {.head = {.type = GTP2_ECHO_REQUEST, .seq = 1},
                           .has = GTP2_HAS_RECOVERY,
                           .recovery = recovery};
    uint8_t buf[64];
    const struct dgram *out =
        rig_send_from(rig, DGRAM_CTRL, peer, port, buf, gtp2_encode(buf, sizeof buf, &msg));

    ck_assert_int_eq(out->len > 0, port != 0);
}

static bool
goes_down(const struct sess *sess)
{
    uint8_t packet[PACKET_LEN];

    ip_packet(packet, DNS_1, sess->ue_addr);
    return rig_send(rig, DGRAM_PDN, packet, sizeof packet)->len > 0;
}

START_TEST(session_of_a_restarted_peer_gets_no_packets)
{
    ck_assert(goes_down(a));
    echo_from(CLIENT, PORT, 8);
    ck_assert(a->restoring && b->restoring && !v1->restoring);
    ck_assert_uint_eq(told[SESS_RESTORATION], 2);
    ck_assert(!goes_down(a) && !goes_down(b) && goes_down(v1));
    ck_assert_uint_eq(rig_count(rig, GW_PDN_RESTORING), 2);
    ck_assert_uint_eq(a->counters.down_packets, 1);
    ck_assert_uint_eq(rig_count(rig, GW_V2_PEER_RESTARTED), 1);
}
END_TEST

START_TEST(session_leaves_restoration_when_its_tunnel_is_told_anew)
{
    struct gtp2_msg msg = modify_bearer(a->teid, 3);

    echo_from(CLIENT, PORT, 8);
    msg.fteid[0].ipv4 = msg.bearer[0].fteid[MODIFY_USER].ipv4 = CLIENT;
    ck_assert_uint_eq(rig_ask_v2(rig, &msg).cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert(!a->restoring && b->restoring);
    ck_assert_uint_eq(told[SESS_RESTORATION], 3);
    ck_assert(goes_down(a) && !goes_down(b));
    msg = modify_bearer(b->teid, 4);
    msg.bearer[0].ebi = 9; /* refused */
    ck_assert_uint_eq(rig_ask_v2(rig, &msg).cause.value, GTP2_CAUSE_CONTEXT_NOT_FOUND);
    ck_assert(b->restoring);
    ck_assert_uint_eq(rig_count(rig, GW_V2_RESTORED), 1);
}
END_TEST

START_TEST(every_message_with_a_counter_tells_of_a_restart)
{
    struct gtp2_msg msg = modify_bearer(a->teid, 4);
    const struct sess *c = opened("240010000000004", 3, 8);

    ck_assert(a->restoring && b->restoring && !c->restoring); /* opened since */
    msg.has |= GTP2_HAS_RECOVERY;
    msg.recovery = 9;
    msg.fteid[0].ipv4 = CLIENT;
    ck_assert_uint_eq(rig_ask_v2(rig, &msg).cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert(!a->restoring && b->restoring && c->restoring);
    ck_assert_uint_eq(rig_count(rig, GW_V2_PEER_RESTARTED), 2);
}
END_TEST

START_TEST(same_counter_other_peer_or_first_word_restore_nothing)
{
    uint64_t state = rig_state(rig);

    echo_from(CLIENT, PORT, 7);
    echo_from(CLIENT_2, PORT, 8);
    echo_from(CLIENT_2, PORT, 9); /* has no session here */
    ck_assert_uint_eq(rig_state(rig), state);
    ck_assert_uint_eq(told[SESS_RESTORATION], 0);
    gw_set_serving(rig->gw, false); /* as after a takeover: knows no counter */
    gw_set_serving(rig->gw, true);
    echo_from(CLIENT, PORT, 8);
    ck_assert(!a->restoring);
    echo_from(CLIENT, PORT, 9);
    ck_assert(a->restoring);
}
END_TEST

START_TEST(echo_that_was_answered_already_is_only_heard)
{
    echo_from(CLIENT, 0, 8);
    ck_assert(a->restoring);
}
END_TEST

START_TEST(without_the_gate_for_signalling_a_counter_is_not_heard)
{
    gw_set_gates(rig->gw, GATE_DATA);
    echo_from(CLIENT, PORT, 8);
    ck_assert(!a->restoring);
    gw_set_gates(rig->gw, GATES_ALL);
    echo_from(CLIENT, PORT, 8);
    ck_assert(a->restoring);
}
END_TEST

START_TEST(peers_that_are_remembered_are_bounded)
{
    for (uint32_t i = 0; i < GW_PEERS; i++)
        echo_from(0x0b000000 + i, PORT, 1);
    echo_from(CLIENT, PORT, 8); /* forgotten, and so only learned */
    ck_assert(!a->restoring);
    echo_from(CLIENT, PORT, 9);
    ck_assert(a->restoring);
}
END_TEST

static struct gtp2_msg
change_notification(uint32_t teid, uint32_t seq, uint8_t rat)
{
    return (struct gtp2_msg){
        .head = {.type = GTP2_CHANGE_NOTIFICATION_REQUEST,
                 .has_teid = true,
                 .teid = teid,
                 .seq = seq},
        .has = GTP2_HAS_IMSI | GTP2_HAS_RAT | GTP2_HAS_ULI,
        .imsi = gtp_imsi_from_digits("240010000000001"),
        .rat = rat,
        .uli = {.at = (const uint8_t *)"\x08\x00\xf1\x10\x00\x01", .len = 6},
    };
}

START_TEST(change_notification_tells_where_the_call_is_now)
{
    struct gtp2_msg msg = change_notification(a->teid, 5, 3), got = rig_ask_v2(rig, &msg);

    ck_assert_uint_eq(got.cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(got.has, GTP2_HAS_CAUSE | GTP2_HAS_IMSI);
    ck_assert_uint_eq(got.imsi, msg.imsi);
    ck_assert_uint_eq(got.head.teid, a->peer_ctrl_teid);
    ck_assert_uint_eq(a->rat, 3);
    ck_assert_uint_eq(told[SESS_CALL], 1);
    msg.head.seq = 6; /* nothing new */
    ck_assert_uint_eq(rig_ask_v2(rig, &msg).cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_uint_eq(told[SESS_CALL], 1);
    msg = change_notification(a->teid, 7, 3);
    msg.has &= ~(uint32_t)GTP2_HAS_RAT;
    ck_assert_uint_eq(rig_ask_v2(rig, &msg).cause.value, GTP2_CAUSE_MANDATORY_MISSING);
    msg = change_notification(v1->teid, 8, 3);
    ck_assert_uint_eq(rig_ask_v2(rig, &msg).cause.value, GTP2_CAUSE_CONTEXT_NOT_FOUND);
    ck_assert_uint_eq(rig_count(rig, GW_V2_CHANGE_NOTIFICATION), 4);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw_peer");
    TCase *tc = tcase_create("peer");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, session_of_a_restarted_peer_gets_no_packets);
    tcase_add_test(tc, session_leaves_restoration_when_its_tunnel_is_told_anew);
    tcase_add_test(tc, every_message_with_a_counter_tells_of_a_restart);
    tcase_add_test(tc, same_counter_other_peer_or_first_word_restore_nothing);
    tcase_add_test(tc, echo_that_was_answered_already_is_only_heard);
    tcase_add_test(tc, without_the_gate_for_signalling_a_counter_is_not_heard);
    tcase_add_test(tc, peers_that_are_remembered_are_bounded);
    tcase_add_test(tc, change_notification_tells_where_the_call_is_now);
    return unit_main(suite);
}
