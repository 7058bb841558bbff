/* Sessions that the internal audit purges: their clients are told, where that is required. */
#include "common/msg/body.h"
#include "sf/sess_bearer.h"
#include "tests/unit/gw_rig.h"

enum { SESSIONS = 3 };

static struct rig *rig;
static struct sess *v1, *v2;

static void
forget(void *ctx, uint32_t slot, enum sess_change change, unsigned part)
{
    (void)ctx;
    (void)part;
    if (change == SESS_GONE)
        sess_forget(rig->table, slot);
}

/* Another gateway over the same table. */
static void
gateway(bool graceful)
{
    struct gw_setup setup = rig_setup(rig->table);

    setup.graceful = graceful;
    free(rig->gw_memory);
    rig->gw_memory = malloc(gw_size(&setup));
    ck_assert_ptr_nonnull(rig->gw_memory);
    rig->gw = gw_init(rig->gw_memory, &setup);
    gw_set_serving(rig->gw, true);
}

static void
setup(void)
{
    rig = rig_new(600);
    v1 = rig_open_v1(rig, "240010000000001", 1);
    v2 = rig_open_v2(rig, "240010000000002", 2);
    (void)rig_open_v1(rig, "240010000000003", 3);
    sess_table_on_change(rig->table, forget, NULL);
    gateway(true);
}

static void
teardown(void)
{
    rig_destroy(rig);
}

/* The address that it has is another's: it goes. */
static void
purge(struct sess *a, struct sess *b)
{
    uint32_t n = sess_count(rig->table);

    a->ue_addr = 0;
    if (b)
        b->ue_addr = 0;
    ck_assert_uint_eq(sess_audit(rig->table).purged, b ? 2 : 1);
    ck_assert_uint_eq(sess_count(rig->table), n - (b ? 2 : 1));
}

/* What the gateway says by itself now; len 0: nothing. */
static struct dgram
said(void)
{
    struct wr out = wr_over(rig->out, sizeof rig->out);
    struct dgram dgram = {0};

    if (gw_tick(rig->gw, rig->now, &out) == 0) {
        ck_assert_uint_eq(wr_len(&out), 0);
        return dgram;
    }

    struct rd rd = rd_over(rig->out, wr_len(&out));

    ck_assert(dgram_next(&rd, &dgram) && rd_done(&rd));
    ck_assert_int_eq(dgram.side, DGRAM_CTRL);
    ck_assert_uint_eq(dgram.peer, CLIENT);
    ck_assert_uint_eq(dgram.port, GTP_PORT_CONTROL);
    return dgram;
}

static struct gtp1_msg
said_v1(void)
{
    struct dgram dgram = said();
    struct gtp1_msg msg;
    const char *reason = "";

    ck_assert_uint_eq(dgram.local, GGSN);
    ck_assert_msg(gtp1_decode(&msg, dgram.bytes, dgram.len, &reason) == 0, "%s", reason);
    ck_assert_uint_eq(msg.head.type, GTP1_DELETE_PDP_REQUEST);
    return msg;
}

static struct gtp2_msg
said_v2(void)
{
    struct dgram dgram = said();
    struct gtp2_msg msg;
    const char *reason = "";

    ck_assert_uint_eq(dgram.local, PGW);
    ck_assert_msg(gtp2_decode(&msg, dgram.bytes, dgram.len, &reason) == 0, "%s", reason);
    ck_assert_uint_eq(msg.head.type, GTP2_DELETE_BEARER_REQUEST);
    return msg;
}

static void
answer_v1(const struct gtp1_msg *request)
{
    struct gtp1_msg msg = {.head = {.type = GTP1_DELETE_PDP_RESPONSE,
                                    .has_seq = true,
                                    .seq = request->head.seq,
                                    .teid = 1},
                           .has = GTP1_HAS_CAUSE,
                           .cause = GTP1_CAUSE_ACCEPTED};

    ck_assert_uint_eq(rig_send_v1(rig, &msg)->len, 0);
}

static void
answer_v2(const struct gtp2_msg *request)
{
    struct gtp2_msg msg = {.head = {.type = GTP2_DELETE_BEARER_RESPONSE,
                                    .has_teid = true,
                                    .seq = request->head.seq,
                                    .teid = 1},
                           .has = GTP2_HAS_CAUSE | GTP2_HAS_EBI,
                           .ebi = 5,
                           .cause = {.value = GTP2_CAUSE_ACCEPTED}};

    ck_assert_uint_eq(rig_send_v2(rig, &msg)->len, 0);
}

static void
silent(void)
{
    ck_assert_uint_eq(said().len, 0);
    ck_assert_int_eq(gw_deadline(rig->gw).us, MONO_NEVER.us);
}

START_TEST(context_that_is_purged_is_torn_down_at_its_sgsn)
{
    uint32_t teid = v1->peer_ctrl_teid;
    struct gtp1_msg msg;

    purge(v1, NULL);
    ck_assert(mono_reached(rig->now, gw_deadline(rig->gw)));
    msg = said_v1();
    ck_assert_uint_eq(msg.head.teid, teid);
    ck_assert_uint_eq(msg.nsapi, 5);
    ck_assert(msg.teardown);
    answer_v1(&msg);
    ck_assert_uint_eq(rig_count(rig, GW_RELEASED), 1);
    silent();
    answer_v1(&msg); /* once more: nobody waits for it */
    ck_assert_uint_eq(rig_count(rig, GW_C_RESPONSE), 1);
}
END_TEST

START_TEST(session_that_is_purged_is_deleted_at_its_sgw_by_its_default_bearer)
{
    uint32_t teid = v2->peer_ctrl_teid;
    struct gtp2_msg msg;

    purge(v2, NULL);
    msg = said_v2();
    ck_assert_uint_eq(msg.head.teid, teid);
    ck_assert(msg.has & GTP2_HAS_EBI);
    ck_assert(!(msg.has & GTP2_HAS_EBIS));
    ck_assert_uint_eq(msg.ebi, 5);
    answer_v2(&msg);
    ck_assert_uint_eq(rig_count(rig, GW_RELEASED), 1);
    silent();
}
END_TEST

START_TEST(unless_it_is_required_nobody_is_told)
{
    gateway(false);
    purge(v1, v2);
    silent();
}
END_TEST

START_TEST(request_is_said_three_times_and_given_up)
{
    struct gtp1_msg first;

    purge(v1, NULL);
    first = said_v1();
    for (unsigned i = 1; i < GW_N3; i++) {
        ck_assert_uint_eq(said().len, 0);
        rig->now = gw_deadline(rig->gw);
        ck_assert_uint_eq(said_v1().head.seq, first.head.seq);
    }
    rig->now = gw_deadline(rig->gw);
    silent();
    ck_assert_uint_eq(rig_count(rig, GW_RELEASE_SENT), 1);
    ck_assert_uint_eq(rig_count(rig, GW_RELEASE_AGAIN), GW_N3 - 1);
    ck_assert_uint_eq(rig_count(rig, GW_RELEASE_IN_VAIN), 1);
}
END_TEST

START_TEST(answers_of_others_and_to_others_end_nothing)
{
    struct gtp1_msg msg;
    struct gtp2_msg other;

    purge(v1, NULL);
    answer_v1(&(struct gtp1_msg){.head.seq = 1}); /* before it was said */
    msg = said_v1();
    other = (struct gtp2_msg){.head.seq = msg.head.seq};
    answer_v2(&other);
    msg.head.seq++;
    answer_v1(&msg);
    ck_assert_uint_eq(rig_count(rig, GW_RELEASED), 0);
    rig->now = gw_deadline(rig->gw);
    (void)said_v1();
}
END_TEST

START_TEST(requests_wait_for_the_gate_and_are_forgotten_with_the_service)
{
    gw_set_gates(rig->gw, GATE_DATA);
    purge(v1, NULL);
    silent();
    gw_set_gates(rig->gw, GATES_ALL);
    (void)said_v1();
    gw_set_gates(rig->gw, 0);
    gw_set_gates(rig->gw, GATES_ALL);
    silent();
}
END_TEST

START_TEST(purged_before_it_serves_is_told_when_it_does)
{
    gateway(true);
    gw_set_gates(rig->gw, 0);
    purge(v1, v2);
    silent();
    gw_set_gates(rig->gw, GATES_ALL);
    ck_assert_uint_ne(said().len, 0);
    ck_assert_uint_ne(said().len, 0);
    ck_assert_uint_eq(said().len, 0);
}
END_TEST

START_TEST(client_that_cannot_be_is_not_told)
{
    v1->peer_ctrl_addr = GGSN;
    v2->peer_ctrl_teid = 0;
    purge(v1, v2);
    silent();
    ck_assert_uint_eq(rig_count(rig, GW_RELEASE_NO_ROOM), 0);
}
END_TEST

START_TEST(those_without_room_go_in_silence_and_are_counted)
{
    enum { MANY = GW_RELEASES + 10 };
    struct sess copy = *v1;
    bool seen[65536] = {false};
    struct gtp1_msg msg;

    for (unsigned i = 0; i < MANY; i++) {
        copy.peer_ctrl_teid = i + 1;
        (void)sess_put(rig->table, &copy);
        sess_by_teid(rig->table, copy.teid)->ue_addr = 0;
        ck_assert_uint_eq(sess_audit(rig->table).purged, 1);
    }
    for (unsigned i = 0; i < GW_RELEASES; i++) {
        msg = said_v1();
        ck_assert(!seen[msg.head.seq]);
        seen[msg.head.seq] = true;
    }
    ck_assert_uint_eq(said().len, 0);
    ck_assert_uint_eq(rig_count(rig, GW_RELEASE_NO_ROOM), MANY - GW_RELEASES);
}
END_TEST

START_TEST(without_room_in_the_batch_it_waits_for_the_next)
{
    uint8_t small[8];
    struct wr out = wr_over(small, sizeof small);

    purge(v1, NULL);
    ck_assert_int_eq(gw_tick(rig->gw, rig->now, &out), DI_ESPACE);
    ck_assert_uint_eq(rig_count(rig, GW_RELEASE_SENT), 0);
    (void)said_v1();
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gw_release");
    TCase *tcase = tcase_create("gw_release");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, context_that_is_purged_is_torn_down_at_its_sgsn);
    tcase_add_test(tcase, session_that_is_purged_is_deleted_at_its_sgw_by_its_default_bearer);
    tcase_add_test(tcase, unless_it_is_required_nobody_is_told);
    tcase_add_test(tcase, request_is_said_three_times_and_given_up);
    tcase_add_test(tcase, answers_of_others_and_to_others_end_nothing);
    tcase_add_test(tcase, requests_wait_for_the_gate_and_are_forgotten_with_the_service);
    tcase_add_test(tcase, purged_before_it_serves_is_told_when_it_does);
    tcase_add_test(tcase, client_that_cannot_be_is_not_told);
    tcase_add_test(tcase, those_without_room_go_in_silence_and_are_counted);
    tcase_add_test(tcase, without_room_in_the_batch_it_waits_for_the_next);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
