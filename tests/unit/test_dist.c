#include <string.h>

#include "common/base/chunk.h"
#include "common/base/teid.h"
#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtpu.h"
#include "common/msg/body.h"
#include "demux/dist.h"
#include "demux/echo.h"
#include "tests/unit/unit.h"

#define POOL UINT32_C(0xac100000)
#define MASK UINT32_C(0xffffff00)

enum { SESSMGRS = 4, SUBSCRIBERS = 2000 };

static struct dist dist;
static uint8_t bytes[256];
static struct dgram datagram;

static void
setup(void)
{
    dist_init(&dist, SESSMGRS);
    for (uint8_t i = 1; i <= SESSMGRS; i++)
        dist_alive(&dist, i, true);
    dist.pools[0] = (struct dist_pool){.net = POOL, .mask = MASK};
    dist.pool_n = 1;
    datagram = (struct dgram){.peer = UINT32_C(0x7f000005), .port = 2123, .bytes = bytes};
}

static struct dist_choice
choose(enum dgram_side side, size_t len)
{
    datagram.side = side;
    datagram.len = (uint16_t)len;
    return dist_access(&dist, &datagram);
}

static uint64_t
imsi_of(unsigned subscriber)
{
    char digits[16] = "001010000000000";

    for (size_t at = 14; subscriber; at--, subscriber /= 10)
        digits[at] = (char)('0' + subscriber % 10);
    return gtp_imsi_from_digits(digits);
}

static size_t
create_v1(unsigned subscriber, uint32_t teid, uint16_t seq)
{
    struct gtp1_msg msg = {
        .head = {.type = GTP1_CREATE_PDP_REQUEST, .has_seq = true, .seq = seq, .teid = teid},
        .has = GTP1_HAS_IMSI | GTP1_HAS_NSAPI,
        .imsi = imsi_of(subscriber),
        .nsapi = 5,
    };

    return gtp1_encode(bytes, sizeof bytes, &msg);
}

static size_t
create_v2(unsigned subscriber, uint32_t teid)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_CREATE_SESSION_REQUEST, .has_teid = true, .teid = teid, .seq = 9},
        .has = GTP2_HAS_IMSI,
        .imsi = imsi_of(subscriber),
    };

    return gtp2_encode(bytes, sizeof bytes, &msg);
}

static size_t
gpdu(uint32_t teid)
{
    return gtpu_encode_head(bytes, sizeof bytes, teid, 0);
}

static size_t
packet_to(uint32_t addr)
{
    struct wr wr = wr_over(bytes + 16, 4);

    memset(bytes, 0, 20);
    bytes[0] = 0x45;
    wr_u32(&wr, addr);
    return 20;
}

/* ---- new sessions ----------------------------------------------------------------------- */

START_TEST(a_retransmitted_create_meets_the_same_session_manager)
{
    for (unsigned i = 0; i < 50; i++) {
        uint8_t first = choose(DGRAM_CTRL, create_v1(i, 0, 1)).sessmgr;

        datagram.port = (uint16_t)(3000 + i); /* another port, another sequence number */
        ck_assert_uint_eq(choose(DGRAM_CTRL, create_v1(i, 0, 2)).sessmgr, first);
    }
}
END_TEST

START_TEST(both_gtp_versions_find_one_subscriber_at_one_place)
{
    for (unsigned i = 0; i < 50; i++) {
        struct dist_choice v1 = choose(DGRAM_CTRL, create_v1(i, 0, 1));
        struct dist_choice v2 = choose(DGRAM_CTRL, create_v2(i, 0));

        ck_assert_int_eq(v1.verdict, DIST_SESSMGR);
        ck_assert_int_eq(v2.verdict, DIST_SESSMGR);
        ck_assert_uint_eq(v1.sessmgr, v2.sessmgr);
    }
}
END_TEST

START_TEST(subscribers_spread_evenly)
{
    unsigned share[SESSMGRS + 1] = {0};

    for (unsigned i = 0; i < SUBSCRIBERS; i++)
        share[choose(DGRAM_CTRL, create_v1(i, 0, 1)).sessmgr]++;
    for (unsigned i = 1; i <= SESSMGRS; i++) {
        ck_assert_uint_gt(share[i], SUBSCRIBERS / SESSMGRS * 8 / 10);
        ck_assert_uint_lt(share[i], SUBSCRIBERS / SESSMGRS * 12 / 10);
    }
}
END_TEST

START_TEST(only_the_subscribers_of_a_dead_session_manager_move)
{
    static uint8_t before[SUBSCRIBERS];

    for (unsigned i = 0; i < SUBSCRIBERS; i++)
        before[i] = dist_rendezvous(&dist, imsi_of(i));
    dist_alive(&dist, 2, false);
    for (unsigned i = 0; i < SUBSCRIBERS; i++) {
        uint8_t now = dist_rendezvous(&dist, imsi_of(i));

        ck_assert_uint_ne(now, 2);
        if (before[i] != 2)
            ck_assert_uint_eq(now, before[i]);
    }
    dist_alive(&dist, 2, true);
    for (unsigned i = 0; i < SUBSCRIBERS; i++)
        ck_assert_uint_eq(dist_rendezvous(&dist, imsi_of(i)), before[i]);
}
END_TEST

START_TEST(a_create_for_a_known_subscriber_goes_by_its_teid)
{
    for (uint8_t i = 1; i <= SESSMGRS; i++) {
        ck_assert_uint_eq(choose(DGRAM_CTRL, create_v1(1, teid_make(i, 0, 7), 1)).sessmgr, i);
        ck_assert_uint_eq(choose(DGRAM_CTRL, create_v2(1, teid_make(i, 0, 7))).sessmgr, i);
    }
}
END_TEST

START_TEST(without_session_managers_nobody_takes_a_call)
{
    for (uint8_t i = 1; i <= SESSMGRS; i++)
        dist_alive(&dist, i, false);
    ck_assert_int_eq(choose(DGRAM_CTRL, create_v1(1, 0, 1)).verdict, DIST_NOBODY);
    ck_assert_int_eq(choose(DGRAM_USER, gpdu(teid_make(1, 0, 1))).verdict, DIST_NOBODY);
    ck_assert_int_eq(
        choose(DGRAM_USER, gtpu_encode_error_indication(bytes, sizeof bytes, 1, 2)).verdict,
        DIST_NOBODY);
}
END_TEST

/* ---- what has a home -------------------------------------------------------------------- */

START_TEST(a_user_packet_goes_to_the_owner_of_its_teid)
{
    for (uint8_t i = 1; i <= SESSMGRS; i++) {
        struct dist_choice choice = choose(DGRAM_USER, gpdu(teid_make(i, 3, 77)));

        ck_assert_int_eq(choice.verdict, DIST_SESSMGR);
        ck_assert_uint_eq(choice.sessmgr, i);
    }
}
END_TEST

START_TEST(a_teid_of_a_dead_session_manager_meets_a_living_one)
{
    dist_alive(&dist, 3, false);
    for (uint32_t slot = 1; slot < 100; slot++) {
        struct dist_choice choice = choose(DGRAM_USER, gpdu(teid_make(3, 0, slot)));

        ck_assert_int_eq(choice.verdict, DIST_SESSMGR);
        ck_assert_uint_ne(choice.sessmgr, 3);
        ck_assert(dist.alive[choice.sessmgr]);
    }
}
END_TEST

START_TEST(nobody_answers_for_a_session_manager_that_is_but_silent)
{
    size_t len = gpdu(teid_make(3, 0, 7));

    dist_silent(&dist, 3);
    ck_assert_int_eq(choose(DGRAM_USER, len).verdict, DIST_NOBODY);
    for (unsigned i = 0; i < SUBSCRIBERS; i++)
        ck_assert_uint_ne(dist_rendezvous(&dist, imsi_of(i)), 3);
    dist_alive(&dist, 3, true);
    ck_assert_uint_eq(choose(DGRAM_USER, len).sessmgr, 3);
    dist_silent(&dist, 3);
    dist_alive(&dist, 3, false);
    ck_assert_int_eq(choose(DGRAM_USER, len).verdict, DIST_SESSMGR);
}
END_TEST

START_TEST(after_a_start_nobody_answers_for_those_not_heard_yet_until_they_must_have_been)
{
    size_t len = gpdu(teid_make(3, 0, 7));

    dist_init(&dist, SESSMGRS);
    dist_alive(&dist, 1, true);
    ck_assert_int_eq(choose(DGRAM_USER, len).verdict, DIST_NOBODY);
    dist_alive(&dist, 3, true);
    ck_assert_uint_eq(choose(DGRAM_USER, len).sessmgr, 3);
    dist_alive(&dist, 3, false);
    ck_assert_uint_eq(choose(DGRAM_USER, len).sessmgr, 1);

    len = gpdu(teid_make(2, 0, 7));
    ck_assert_int_eq(choose(DGRAM_USER, len).verdict, DIST_NOBODY);
    dist_settle(&dist);
    ck_assert_uint_eq(choose(DGRAM_USER, len).sessmgr, 1);
}
END_TEST

START_TEST(an_error_indication_is_told_to_all)
{
    size_t len = gtpu_encode_error_indication(bytes, sizeof bytes, 5, UINT32_C(0x7f000005));

    ck_assert_int_eq(choose(DGRAM_USER, len).verdict, DIST_ALL);
}
END_TEST

START_TEST(unreadable_datagrams_of_one_client_meet_one_living_session_manager)
{
    struct dist_choice first = choose(DGRAM_CTRL, 0);

    ck_assert_int_eq(first.verdict, DIST_SESSMGR);
    memset(bytes, 0xff, sizeof bytes);
    for (size_t len = 1; len < 40; len++) {
        ck_assert_uint_eq(choose(DGRAM_CTRL, len).sessmgr, first.sessmgr);
        ck_assert_uint_eq(choose(DGRAM_USER, len).sessmgr, first.sessmgr);
    }
}
END_TEST

START_TEST(a_downlink_packet_goes_to_the_owner_of_the_chunk)
{
    for (uint32_t i = 1; i < 255; i++) {
        struct dist_choice choice = dist_packet(&dist, bytes, packet_to(POOL + i));

        ck_assert_int_eq(choice.verdict, DIST_SESSMGR);
        ck_assert_uint_eq(choice.sessmgr, chunk_owner(POOL, MASK, POOL + i, SESSMGRS));
    }
}
END_TEST

START_TEST(a_downlink_packet_nobody_owns_is_dropped)
{
    ck_assert_int_eq(dist_packet(&dist, bytes, packet_to(POOL)).verdict, DIST_NOBODY);
    ck_assert_int_eq(dist_packet(&dist, bytes, packet_to(POOL + 255)).verdict, DIST_NOBODY);
    ck_assert_int_eq(dist_packet(&dist, bytes, packet_to(POOL + 256)).verdict, DIST_NOBODY);
    ck_assert_int_eq(dist_packet(&dist, bytes, packet_to(POOL + 1) - 1).verdict, DIST_NOBODY);
    bytes[0] = 0x60;
    ck_assert_int_eq(dist_packet(&dist, bytes, 20).verdict, DIST_NOBODY);
}
END_TEST

START_TEST(the_death_of_an_owner_does_not_deal_its_addresses_anew)
{
    dist_alive(&dist, 1, false);
    ck_assert_int_eq(dist_packet(&dist, bytes, packet_to(POOL + 1)).verdict, DIST_NOBODY);
    ck_assert_uint_eq(dist_packet(&dist, bytes, packet_to(POOL + CHUNK)).sessmgr, 2);
}
END_TEST

/* ---- classes and gates -------------------------------------------------------------------- */

START_TEST(a_create_request_without_a_teid_opens_a_session)
{
    ck_assert_int_eq(choose(DGRAM_CTRL, create_v1(1, 0, 1)).about, DIST_NEW);
    ck_assert_int_eq(choose(DGRAM_CTRL, create_v2(1, 0)).about, DIST_NEW);
}
END_TEST

START_TEST(a_create_request_with_a_teid_changes_a_session)
{
    ck_assert_int_eq(choose(DGRAM_CTRL, create_v1(1, teid_make(1, 0, 7), 1)).about, DIST_CONTROL);
    ck_assert_int_eq(choose(DGRAM_CTRL, create_v2(1, teid_make(1, 0, 7))).about, DIST_CONTROL);
}
END_TEST

START_TEST(all_other_signalling_is_control_also_when_unreadable)
{
    struct gtp1_msg msg = {
        .head = {.type = GTP1_DELETE_PDP_REQUEST, .has_seq = true, .teid = teid_make(1, 0, 7)},
        .has = GTP1_HAS_NSAPI,
        .nsapi = 5,
    };
    size_t len = gtp1_encode(bytes, sizeof bytes, &msg);

    ck_assert_uint_gt(len, 0);
    ck_assert_int_eq(choose(DGRAM_CTRL, len).about, DIST_CONTROL);
    memset(bytes, 0xff, sizeof bytes);
    ck_assert_int_eq(choose(DGRAM_CTRL, 40).about, DIST_CONTROL);
}
END_TEST

START_TEST(the_user_plane_is_data_also_when_unreadable)
{
    ck_assert_int_eq(choose(DGRAM_USER, gpdu(teid_make(1, 0, 7))).about, DIST_DATA);
    ck_assert_int_eq(
        choose(DGRAM_USER, gtpu_encode_error_indication(bytes, sizeof bytes, 1, 2)).about,
        DIST_DATA);
    memset(bytes, 0xff, sizeof bytes);
    ck_assert_int_eq(choose(DGRAM_USER, 40).about, DIST_DATA);
    ck_assert_int_eq(dist_packet(&dist, bytes, packet_to(POOL + 1)).about, DIST_DATA);
    ck_assert_int_eq(dist_packet(&dist, bytes, packet_to(1)).about, DIST_DATA);
    ck_assert_int_eq(dist_packet(&dist, bytes, 3).about, DIST_DATA);
}
END_TEST

START_TEST(the_class_does_not_depend_on_who_lives)
{
    for (uint8_t i = 1; i <= SESSMGRS; i++)
        dist_alive(&dist, i, false);
    ck_assert_int_eq(choose(DGRAM_CTRL, create_v1(1, 0, 1)).about, DIST_NEW);
    ck_assert_int_eq(choose(DGRAM_USER, gpdu(teid_make(1, 0, 7))).about, DIST_DATA);
}
END_TEST

START_TEST(each_class_passes_its_own_gates_only)
{
    static const struct {
        unsigned gates;
        bool create, control, data, path;
    } cases[] = {
        {0, false, false, false, false},
        {GATE_NEW, true, false, false, true},
        {GATE_CONTROL, false, true, false, true},
        {GATE_VOLTE, false, false, true, true},
        {GATE_DATA, false, false, true, true},
        {GATE_VOLTE | GATE_DATA, false, false, true, true},
        {GATE_CONTROL | GATE_DATA, false, true, true, true},
        {GATES_ALL, true, true, true, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert(((cases[i].gates & dist_gates(DIST_NEW)) != 0) == cases[i].create);
        ck_assert(((cases[i].gates & dist_gates(DIST_CONTROL)) != 0) == cases[i].control);
        ck_assert(((cases[i].gates & dist_gates(DIST_DATA)) != 0) == cases[i].data);
        ck_assert(((cases[i].gates & dist_gates(DIST_PATH)) != 0) == cases[i].path);
    }
}
END_TEST

/* ---- echo ------------------------------------------------------------------------------- */

static size_t
echo_of(enum dgram_side side, size_t len, uint8_t answer[ECHO_ROOM])
{
    ck_assert_int_eq(choose(side, len).verdict, DIST_ECHO);
    ck_assert_int_eq(choose(side, len).about, DIST_PATH);
    return echo_answer(answer, ECHO_ROOM, &datagram, 42);
}

START_TEST(an_echo_of_gtpv1_is_answered_with_the_restart_counter)
{
    struct gtp1_msg msg = {.head = {.type = GTP1_ECHO_REQUEST, .has_seq = true, .seq = 0x1234}};
    uint8_t answer[ECHO_ROOM];
    const char *reason;
    size_t len = echo_of(DGRAM_CTRL, gtp1_encode(bytes, sizeof bytes, &msg), answer);

    ck_assert_int_eq(gtp1_decode(&msg, answer, len, &reason), 0);
    ck_assert_uint_eq(msg.head.type, GTP1_ECHO_RESPONSE);
    ck_assert_uint_eq(msg.head.seq, 0x1234);
    ck_assert_uint_eq(msg.recovery, 42);
}
END_TEST

START_TEST(an_echo_of_gtpv2_is_answered_with_the_restart_counter)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_ECHO_REQUEST, .seq = 0x123456},
        .has = GTP2_HAS_RECOVERY,
        .recovery = 1,
    };
    uint8_t answer[ECHO_ROOM];
    const char *reason;
    size_t len = echo_of(DGRAM_CTRL, gtp2_encode(bytes, sizeof bytes, &msg), answer);

    ck_assert_int_eq(gtp2_decode(&msg, answer, len, &reason), 0);
    ck_assert_uint_eq(msg.head.type, GTP2_ECHO_RESPONSE);
    ck_assert_uint_eq(msg.head.seq, 0x123456);
    ck_assert_uint_eq(msg.recovery, 42);
}
END_TEST

START_TEST(only_an_echo_request_of_gtpv2_tells_a_restart_counter)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_ECHO_REQUEST, .seq = 1}, .has = GTP2_HAS_RECOVERY, .recovery = 3};
    uint8_t octets[64];
    struct dgram d = {.side = DGRAM_CTRL,
                      .bytes = octets,
                      .len = (uint16_t)gtp2_encode(octets, sizeof octets, &msg)};

    ck_assert(echo_has_recovery(&d));
    d.side = DGRAM_USER;
    ck_assert(!echo_has_recovery(&d));
    d.side = DGRAM_CTRL;
    d.len--;
    ck_assert(!echo_has_recovery(&d));
    msg.has = 0;
    d.len = (uint16_t)gtp2_encode(octets, sizeof octets, &msg);
    ck_assert(!echo_has_recovery(&d));
}
END_TEST

START_TEST(an_echo_of_gtpu_is_answered_with_its_sequence_number)
{
    struct gtpu_msg msg;
    uint8_t answer[ECHO_ROOM];
    const char *reason;
    size_t len = echo_of(DGRAM_USER, gtpu_encode_echo_request(bytes, sizeof bytes, 0x4321), answer);

    ck_assert_int_eq(gtpu_decode(&msg, answer, len, &reason), 0);
    ck_assert_uint_eq(msg.type, GTPU_ECHO_RESPONSE);
    ck_assert_uint_eq(msg.seq, 0x4321);
}
END_TEST

START_TEST(a_cut_echo_is_not_answered)
{
    uint8_t answer[ECHO_ROOM];
    size_t len = gtpu_encode_echo_request(bytes, sizeof bytes, 1);

    ck_assert_uint_eq(echo_of(DGRAM_USER, len - 1, answer), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("dist");
    TCase *tc = tcase_create("dist");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_retransmitted_create_meets_the_same_session_manager);
    tcase_add_test(tc, both_gtp_versions_find_one_subscriber_at_one_place);
    tcase_add_test(tc, subscribers_spread_evenly);
    tcase_add_test(tc, only_the_subscribers_of_a_dead_session_manager_move);
    tcase_add_test(tc, a_create_for_a_known_subscriber_goes_by_its_teid);
    tcase_add_test(tc, without_session_managers_nobody_takes_a_call);
    tcase_add_test(tc, a_user_packet_goes_to_the_owner_of_its_teid);
    tcase_add_test(tc, a_teid_of_a_dead_session_manager_meets_a_living_one);
    tcase_add_test(tc, nobody_answers_for_a_session_manager_that_is_but_silent);
    tcase_add_test(tc,
                   after_a_start_nobody_answers_for_those_not_heard_yet_until_they_must_have_been);
    tcase_add_test(tc, an_error_indication_is_told_to_all);
    tcase_add_test(tc, unreadable_datagrams_of_one_client_meet_one_living_session_manager);
    tcase_add_test(tc, a_downlink_packet_goes_to_the_owner_of_the_chunk);
    tcase_add_test(tc, a_downlink_packet_nobody_owns_is_dropped);
    tcase_add_test(tc, the_death_of_an_owner_does_not_deal_its_addresses_anew);
    tcase_add_test(tc, a_create_request_without_a_teid_opens_a_session);
    tcase_add_test(tc, a_create_request_with_a_teid_changes_a_session);
    tcase_add_test(tc, all_other_signalling_is_control_also_when_unreadable);
    tcase_add_test(tc, the_user_plane_is_data_also_when_unreadable);
    tcase_add_test(tc, the_class_does_not_depend_on_who_lives);
    tcase_add_test(tc, each_class_passes_its_own_gates_only);
    tcase_add_test(tc, an_echo_of_gtpv1_is_answered_with_the_restart_counter);
    tcase_add_test(tc, an_echo_of_gtpv2_is_answered_with_the_restart_counter);
    tcase_add_test(tc, only_an_echo_request_of_gtpv2_tells_a_restart_counter);
    tcase_add_test(tc, an_echo_of_gtpu_is_answered_with_its_sequence_number);
    tcase_add_test(tc, a_cut_echo_is_not_answered);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
