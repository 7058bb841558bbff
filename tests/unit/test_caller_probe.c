/* Control probes: updates of open calls, and calls of extra subscribers. */
#include "lab/caller/caller_probe.h"

#include "tests/unit/caller_rig.h"

enum { RATE = 10 }; /* probes a second */

static const struct caller_class_result *result_of(enum caller_class class)
{
    static struct caller_result r;

    r = caller_result(&caller, scratch);
    return &r.classes[class];
}

/* Open all calls, and hold them with probes but without pings. */
static void
hold(struct gateway *gw, uint8_t version, uint32_t control_rate, uint32_t new_rate)
{
    struct caller_plan plan = plan_of(version);

    plan.control_rate = control_rate;
    plan.new_rate = new_rate;
    plan.hold_us = INT64_MAX;
    plan.no_verify = true;
    *gw = good_gateway();
    begin(&plan);
    run(gw, now);
    ck_assert_int_eq(caller.phase, CALLER_HOLDING);
}

static void
finish(struct gateway *gw)
{
    caller_stop(&caller);
    run(gw, in_seconds(30));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
}

static void
near(uint64_t figure, uint64_t expected)
{
    ck_assert_uint_ge(figure, expected - 1);
    ck_assert_uint_le(figure, expected + 1);
}

/* Let time pass until the next datagram, which the gateway does not see. */
static void
intercept(void)
{
    while (!caller_next(&caller, now, &out))
        now = caller_due(&caller);
}

/* ---- updates ------------------------------------------------------------------------ */

static void
updates_are_answered(uint8_t version)
{
    struct gateway gw;

    hold(&gw, version, RATE, 0);
    run(&gw, in_seconds(4));
    near(gw.updates, 4 * RATE);
    finish(&gw);
    near(gw.updates, 4 * RATE); /* none after the traffic */
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->sent, gw.updates);
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->answered, gw.updates);
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->refused, 0);
    ck_assert_int_eq(result_of(CLASS_CONTROL)->outage_us, 0);
    ck_assert_uint_eq(result_of(CLASS_NEW)->sent, 0);
    ck_assert_uint_eq(caller.counts.strange, 0);
    ck_assert(caller_result(&caller, scratch).good);
}

START_TEST(updates_of_gtpv1_are_sent_while_held_and_answered)
{
    updates_are_answered(1);
}
END_TEST

START_TEST(updates_of_gtpv2_are_sent_while_held_and_answered)
{
    updates_are_answered(2);
}
END_TEST

START_TEST(updates_go_round_the_open_calls)
{
    struct gtp1_msg msg;
    struct gateway gw;
    const char *reason = "";
    bool seen[CALLS + 1] = {0};

    hold(&gw, 1, RATE, 0);
    for (unsigned n = 0; n < CALLS;) {
        intercept();
        ck_assert_int_eq(gtp1_decode(&msg, out.bytes, out.len, &reason), 0);
        if (msg.head.type != GTP1_UPDATE_PDP_REQUEST)
            continue;
        ck_assert_uint_le(msg.teid_control, CALLS);
        ck_assert(!seen[msg.teid_control]);
        seen[msg.teid_control] = true;
        n++;
    }
}
END_TEST

static void
updates_tell_another_access(uint8_t version)
{
    struct gtp1_msg msg1;
    struct gtp2_msg msg2;
    struct gateway gw;
    const char *reason = "";
    uint8_t last[CALLS + 1] = {0};

    hold(&gw, version, RATE, 0);
    for (unsigned n = 0; n < 3 * CALLS;) {
        uint8_t type = version == 1 ? GTP1_UPDATE_PDP_REQUEST : GTP2_MODIFY_BEARER_REQUEST;

        intercept();
        if (out.bytes[1] != type)
            continue;
        if (version == 1) {
            ck_assert_int_eq(gtp1_decode(&msg1, out.bytes, out.len, &reason), 0);
            ck_assert_uint_ne(msg1.rat, last[msg1.teid_control]);
            last[msg1.teid_control] = msg1.rat;
        } else {
            ck_assert_int_eq(gtp2_decode(&msg2, out.bytes, out.len, &reason), 0);
            ck_assert_uint_ne(msg2.rat, last[msg2.fteid[0].teid]);
            last[msg2.fteid[0].teid] = msg2.rat;
        }
        n++;
    }
}

START_TEST(each_update_of_a_gtpv1_call_tells_another_radio_access)
{
    updates_tell_another_access(1);
}
END_TEST

START_TEST(each_update_of_a_gtpv2_call_tells_another_radio_access)
{
    updates_tell_another_access(2);
}
END_TEST

START_TEST(response_times_of_updates_are_from_the_request_to_its_answer)
{
    struct caller_result r;
    struct gateway gw;

    hold(&gw, 1, RATE, 0);
    gw.late_us = 20 * US_PER_MS;
    run(&gw, in_seconds(20));
    gw.late_us = 50 * US_PER_MS; /* one of 200 */
    run(&gw, mono_after(now, US_PER_S / RATE));
    gw.late_us = 20 * US_PER_MS;
    run(&gw, in_seconds(1));
    r = caller_result(&caller, scratch);
    ck_assert_int_ge(r.update_median_us, 20 * US_PER_MS);
    ck_assert_int_lt(r.update_median_us, 21 * US_PER_MS);
    ck_assert_int_lt(r.update_p99_us, 21 * US_PER_MS);
    ck_assert_int_ge(r.update_max_us, 50 * US_PER_MS);
    ck_assert_int_lt(r.update_max_us, 51 * US_PER_MS);
}
END_TEST

START_TEST(a_lost_update_is_not_repeated_and_makes_the_outage)
{
    struct gateway gw;

    hold(&gw, 1, RATE, 0);
    run(&gw, in_seconds(2));
    gw.deaf_to_updates = true;
    run(&gw, in_seconds(5));
    gw.deaf_to_updates = false;
    run(&gw, in_seconds(2));
    near(gw.updates, 9 * RATE);
    near(result_of(CLASS_CONTROL)->lost, 5 * RATE);
    ck_assert_int_ge(result_of(CLASS_CONTROL)->outage_us, 5 * US_PER_S - US_PER_S / RATE);
    ck_assert_int_le(result_of(CLASS_CONTROL)->outage_us, 5 * US_PER_S + US_PER_S / RATE);
    ck_assert_uint_eq(caller.counts.retransmissions, 0);
    finish(&gw);
    ck_assert(caller_result(&caller, scratch).good); /* an outage is no failure */
}
END_TEST

START_TEST(a_late_answer_to_an_update_counts_when_it_comes)
{
    struct gateway gw;

    hold(&gw, 1, RATE, 0);
    run(&gw, in_seconds(1));
    gw.late_us = 3 * US_PER_S;
    run(&gw, mono_after(now, US_PER_S / RATE));
    gw.late_us = 0;
    gw.deaf_to_updates = true;
    run(&gw, in_seconds(2));
    ck_assert_uint_eq(held_n, 1);
    run(&gw, in_seconds(4));
    ck_assert_uint_eq(held_n, 0);
    /* of six silent seconds the answer ended the first three */
    ck_assert_int_ge(result_of(CLASS_CONTROL)->outage_us, 3 * US_PER_S - US_PER_S / RATE);
    ck_assert_int_le(result_of(CLASS_CONTROL)->outage_us, 3 * US_PER_S + US_PER_S / RATE);
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->lost, result_of(CLASS_CONTROL)->sent - 11 - 1);
}
END_TEST

START_TEST(an_answer_after_the_traffic_is_counted_and_lengthens_no_outage)
{
    struct gateway gw;

    hold(&gw, 1, RATE, 0);
    run(&gw, in_seconds(1));
    gw.late_us = 3 * US_PER_S;
    run(&gw, in_seconds(1));
    finish(&gw);
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->lost, 0);
    ck_assert_int_ge(result_of(CLASS_CONTROL)->outage_us, US_PER_S - US_PER_S / RATE);
    ck_assert_int_le(result_of(CLASS_CONTROL)->outage_us, US_PER_S);
}
END_TEST

static void
unknown_call_is_forgotten(uint8_t version)
{
    struct gateway gw;

    hold(&gw, version, RATE, 0);
    gw.has[3] = false;
    run(&gw, in_seconds(4));
    ck_assert_uint_eq(caller.counts.forgotten, 1);
    ck_assert(calls[2].forgotten);
    ck_assert_uint_ge(result_of(CLASS_CONTROL)->refused, 4);
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->lost, 0); /* no is an answer, too */
    ck_assert(!caller_result(&caller, scratch).good);
}

START_TEST(a_call_that_gtpv1_calls_non_existent_is_forgotten)
{
    unknown_call_is_forgotten(1);
}
END_TEST

START_TEST(a_call_whose_context_gtpv2_does_not_find_is_forgotten)
{
    unknown_call_is_forgotten(2);
}
END_TEST

START_TEST(other_refusals_of_an_update_leave_the_call_alone)
{
    struct gateway gw;

    hold(&gw, 1, RATE, 0);
    gw.cause1 = GTP1_CAUSE_SYSTEM_FAILURE;
    run(&gw, in_seconds(1));
    near(result_of(CLASS_CONTROL)->refused, RATE);
    ck_assert_uint_eq(caller.counts.forgotten, 0);
}
END_TEST

START_TEST(an_update_answered_with_other_teids_shows_another_session)
{
    struct gateway gw;

    hold(&gw, 1, RATE, 0);
    gw.teid_plus = 64;
    run(&gw, mono_after(now, 3 * US_PER_S / RATE));
    ck_assert_uint_ge(caller.counts.changed_teids, 3);
    ck_assert_uint_eq(caller.counts.forgotten, caller.counts.changed_teids);
    ck_assert(calls[1].forgotten); /* the first one had its update before */
}
END_TEST

START_TEST(an_answer_to_an_update_through_another_call_is_strange_and_awaited_on)
{
    struct gtp1_msg rsp = {.has = GTP1_HAS_CAUSE, .cause = GTP1_CAUSE_ACCEPTED};
    uint8_t buf[64];
    struct gateway gw;

    hold(&gw, 1, RATE, 0);
    do
        intercept();
    while (out.bytes[1] != GTP1_UPDATE_PDP_REQUEST);

    uint64_t answered = result_of(CLASS_CONTROL)->answered;
    uint32_t index = caller.probes[caller.probe_turn - 1].index;

    rsp.head = (struct gtp1_head){.type = GTP1_UPDATE_PDP_RESPONSE,
                                  .has_seq = true,
                                  .seq = caller.probes[caller.probe_turn - 1].seq,
                                  .teid = index + 2};
    hear_back(false, buf, gtp1_encode(buf, sizeof buf, &rsp));
    ck_assert_uint_eq(caller.counts.strange, 1);
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->answered, answered);
    rsp.head.teid = index + 1;
    hear_back(false, buf, gtp1_encode(buf, sizeof buf, &rsp));
    hear_back(false, buf, gtp1_encode(buf, sizeof buf, &rsp)); /* the same again */
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->answered, answered + 1);
    ck_assert_uint_eq(caller.counts.strange, 1);
}
END_TEST

START_TEST(a_call_the_gateway_ended_is_not_forgotten_when_an_update_finds_it_gone)
{
    struct gtp1_msg ask = {.head = {.type = GTP1_DELETE_PDP_REQUEST, .has_seq = true, .seq = 9},
                           .has = GTP1_HAS_NSAPI,
                           .nsapi = 5};
    uint8_t buf[64];
    struct gateway gw;

    hold(&gw, 1, RATE, 0);
    do
        intercept();
    while (out.bytes[1] != GTP1_UPDATE_PDP_REQUEST);
    ask.head.teid = caller.probes[caller.probe_turn - 1].index + 1;
    hear_back(false, buf, gtp1_encode(buf, sizeof buf, &ask));
    gw.has[ask.head.teid] = false;
    answer1(&gw); /* of the update */
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->refused, 1);
    run(&gw, in_seconds(2));
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->refused, 1);
    ck_assert_uint_eq(caller.counts.forgotten, 0);
    ck_assert_uint_eq(caller.counts.state[CALL_GONE], 1);
}
END_TEST

START_TEST(more_updates_than_are_remembered_are_lost_without_harm)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    plan.control_rate = CALLER_CONTROL_MOST;
    plan.hold_us = INT64_MAX;
    begin(&plan);
    run(&gw, now);
    gw.deaf_to_updates = true;
    run(&gw, in_seconds(2)); /* the numbers wrap around, too */
    ck_assert_uint_gt(gw.updates, UINT16_MAX);
    gw.deaf_to_updates = false;
    run(&gw, in_seconds(1));
    near(result_of(CLASS_CONTROL)->answered, CALLER_CONTROL_MOST);
    finish(&gw);
    ck_assert(caller_result(&caller, scratch).good);
}
END_TEST

/* ---- extra subscribers -------------------------------------------------------------- */

static void
extra_calls_come_and_go(uint8_t version)
{
    struct gateway gw;

    hold(&gw, version, 0, RATE);
    run(&gw, in_seconds(3));
    near(gw.creates, CALLS + 3 * RATE);
    ck_assert_uint_eq(gw.deletes, gw.creates - CALLS);
    ck_assert_uint_eq(held_calls(&gw), CALLS);
    ck_assert_uint_eq(result_of(CLASS_NEW)->sent, 2 * gw.deletes);
    ck_assert_uint_eq(result_of(CLASS_NEW)->answered, 2 * gw.deletes);
    ck_assert_int_eq(result_of(CLASS_NEW)->outage_us, 0);
    ck_assert_uint_eq(result_of(CLASS_CONTROL)->sent, 0);
    finish(&gw);
    ck_assert_uint_eq(held_calls(&gw), 0);
    ck_assert_uint_eq(caller.counts.state[CALL_DELETED], CALLS); /* the plan's alone */
    ck_assert_uint_eq(caller_result(&caller, scratch).extra_left, 0);
    ck_assert_uint_eq(caller_result(&caller, scratch).opened, CALLS);
    ck_assert(caller_result(&caller, scratch).good);
}

START_TEST(extra_calls_of_gtpv1_are_opened_and_deleted_while_held)
{
    extra_calls_come_and_go(1);
}
END_TEST

START_TEST(extra_calls_of_gtpv2_are_opened_and_deleted_while_held)
{
    extra_calls_come_and_go(2);
}
END_TEST

START_TEST(extra_subscribers_have_the_imsis_after_the_last_one)
{
    struct gtp1_msg msg;
    struct gateway gw;
    const char *reason = "";
    char digits[16];

    hold(&gw, 1, 0, RATE);
    ck_assert_uint_eq(gw.creates, CALLS + 1); /* the first of them came at once */
    do
        intercept();
    while (out.bytes[1] != GTP1_CREATE_PDP_REQUEST);
    ck_assert_int_eq(gtp1_decode(&msg, out.bytes, out.len, &reason), 0);
    gtp_imsi_to_digits(msg.imsi, digits);
    ck_assert_str_eq(digits, "001010000000010");
    ck_assert_uint_eq(msg.teid_control, CALLS + 2);
}
END_TEST

START_TEST(lost_creates_are_not_repeated_while_held)
{
    struct gateway gw;

    hold(&gw, 1, 0, RATE);
    run(&gw, in_seconds(1));
    gw.deaf = true;
    run(&gw, in_seconds(4));
    gw.deaf = false;
    run(&gw, in_seconds(1));
    ck_assert_uint_eq(caller.counts.retransmissions, 0);
    near(result_of(CLASS_NEW)->lost, 4 * RATE);
    ck_assert_int_ge(result_of(CLASS_NEW)->outage_us, 4 * US_PER_S - US_PER_S / RATE);
    ck_assert_int_le(result_of(CLASS_NEW)->outage_us, 4 * US_PER_S + US_PER_S / RATE);
    finish(&gw);
    ck_assert_uint_eq(held_calls(&gw), 0);
}
END_TEST

START_TEST(a_create_answered_late_is_deleted_in_the_deleting_phase)
{
    struct gateway gw;
    unsigned deletes;

    hold(&gw, 1, 0, RATE);
    run(&gw, in_seconds(1));
    deletes = gw.deletes;
    gw.late_us = 2 * US_PER_S;
    run(&gw, in_seconds(1));
    gw.late_us = 0;
    gw.deaf_to_creates = true;
    run(&gw, in_seconds(3));
    near(caller.counts.extra[CALL_OPEN], RATE); /* remembered */
    near(gw.deletes, deletes);
    ck_assert_uint_eq(held_calls(&gw), CALLS + caller.counts.extra[CALL_OPEN]);
    near(result_of(CLASS_NEW)->lost, 3 * RATE);
    gw.deaf_to_creates = false;
    finish(&gw);
    ck_assert_uint_eq(held_calls(&gw), 0);
    ck_assert_uint_eq(caller_result(&caller, scratch).extra_left, 0);
}
END_TEST

/* The answer is lost, the call is there: only asking again tells its TEID. */
START_TEST(a_create_done_but_never_answered_is_found_and_deleted_in_the_end)
{
    struct gateway gw;

    hold(&gw, 2, 0, RATE);
    run(&gw, in_seconds(1));
    gw.mute = true;
    run(&gw, in_seconds(1));
    gw.mute = false;
    near(held_calls(&gw), CALLS + RATE);

    uint64_t sent = result_of(CLASS_NEW)->sent, answered = result_of(CLASS_NEW)->answered;

    finish(&gw);
    ck_assert_uint_eq(held_calls(&gw), 0);
    ck_assert_uint_eq(caller_result(&caller, scratch).extra_left, 0);
    /* clearing up is no probing */
    ck_assert_uint_eq(result_of(CLASS_NEW)->sent, sent);
    ck_assert_uint_eq(result_of(CLASS_NEW)->answered, answered);
}
END_TEST

START_TEST(a_create_sent_again_in_the_end_has_the_same_sequence_number)
{
    struct gateway gw;
    uint8_t first[CALLER_DGRAM];
    size_t len;

    hold(&gw, 1, 0, 1);
    run(&gw, mono_after(now, US_PER_S / 2)); /* the one of the beginning is over */
    do
        intercept();
    while (out.bytes[1] != GTP1_CREATE_PDP_REQUEST);
    len = out.len;
    memcpy(first, out.bytes, len);
    caller_stop(&caller);
    for (intercept(); out.bytes[1] != GTP1_CREATE_PDP_REQUEST; intercept())
        answer1(&gw);
    ck_assert_int_eq(caller.phase, CALLER_DELETING);
    ck_assert_uint_eq(out.len, len);
    ck_assert_mem_eq(out.bytes, first, len);
}
END_TEST

START_TEST(a_delete_never_answered_is_sent_again_in_the_deleting_phase)
{
    struct gateway gw;

    for (int done = 0; done < 2; done++) { /* whether it was done or not */
        hold(&gw, 1, 0, RATE);
        gw.deaf_to_deletes = !done;
        run(&gw, in_seconds(1));
        gw.mute = done;
        run(&gw, in_seconds(1));
        gw.mute = gw.deaf_to_deletes = false;
        finish(&gw);
        ck_assert_uint_eq(held_calls(&gw), 0);
        ck_assert_uint_eq(caller_result(&caller, scratch).extra_left, 0);
        ck_assert(caller_result(&caller, scratch).good);
    }
}
END_TEST

START_TEST(refused_creates_are_answers_and_leave_nothing)
{
    struct gateway gw;

    hold(&gw, 1, 0, RATE);
    run(&gw, in_seconds(1));
    gw.cause1 = GTP1_CAUSE_NO_RESOURCES;
    run(&gw, in_seconds(1));
    gw.cause1 = GTP1_CAUSE_ACCEPTED;
    near(result_of(CLASS_NEW)->refused, RATE);
    ck_assert_uint_eq(result_of(CLASS_NEW)->lost, 0);
    ck_assert_int_eq(result_of(CLASS_NEW)->outage_us, 0);
    ck_assert_uint_eq(caller.counts.state[CALL_REFUSED], 0);
    finish(&gw);
    ck_assert_uint_eq(caller_result(&caller, scratch).extra_left, 0);
    ck_assert(caller_result(&caller, scratch).good);
}
END_TEST

START_TEST(calls_that_are_to_stay_stay_but_not_the_extra_ones)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    plan.new_rate = RATE;
    plan.hold_us = 2 * US_PER_S;
    plan.keep = plan.no_verify = true;
    gw.deaf_to_deletes = true;
    begin(&plan);
    run(&gw, in_seconds(1));
    gw.deaf_to_deletes = false;
    run(&gw, in_seconds(20));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(held_calls(&gw), CALLS);
    ck_assert_uint_eq(caller.counts.state[CALL_OPEN], CALLS);
}
END_TEST

START_TEST(a_silent_gateway_ends_the_clearing_and_what_may_be_left_is_said)
{
    struct gateway gw;
    mono_t then;

    hold(&gw, 1, 0, RATE);
    run(&gw, in_seconds(1));
    gw.deaf = true;
    run(&gw, in_seconds(2));
    then = now;
    finish(&gw);
    ck_assert_int_le(mono_between(then, now), 30 * US_PER_S);
    near(caller_result(&caller, scratch).extra_left, 2 * RATE);
    ck_assert_uint_eq(caller.counts.state[CALL_UNDELETED], CALLS);
}
END_TEST

START_TEST(extra_subscribers_take_turns_however_their_last_call_ended)
{
    struct gateway gw;

    hold(&gw, 1, 0, RATE);
    gw.mute = true;
    run(&gw, in_seconds(65)); /* two rounds and more */
    gw.mute = false;
    run(&gw, in_seconds(5));
    ck_assert_uint_gt(gw.creates, CALLS + 2 * caller_extras(&caller.plan));
    ck_assert_uint_le(held_calls(&gw), CALLS + caller_extras(&caller.plan));
    finish(&gw);
    ck_assert_uint_eq(held_calls(&gw), 0);
    ck_assert_uint_eq(caller_result(&caller, scratch).extra_left, 0);
}
END_TEST

START_TEST(an_answer_to_the_create_of_a_turn_before_is_ignored)
{
    struct gateway gw;
    uint64_t answered;

    hold(&gw, 1, 0, 2); /* a round is 32 seconds */
    gw.late_us = 40 * US_PER_S;
    run(&gw, mono_after(now, 3 * US_PER_S / 4));
    gw.late_us = 0;
    gw.deaf_to_creates = true;
    run(&gw, in_seconds(36));
    ck_assert_uint_eq(held_n, 1);
    answered = result_of(CLASS_NEW)->answered;
    run(&gw, in_seconds(10));
    ck_assert_uint_eq(held_n, 0);
    ck_assert_uint_eq(result_of(CLASS_NEW)->answered, answered);
    ck_assert_uint_eq(caller.counts.extra[CALL_OPEN], 0);
    gw.deaf_to_creates = false;
    finish(&gw);
    ck_assert_uint_eq(held_calls(&gw), 0);
}
END_TEST

START_TEST(both_kinds_of_probes_and_traffic_go_together)
{
    struct caller_plan plan = plan_of(2);
    struct gateway gw = good_gateway();
    struct caller_result r;

    plan.volte = 50;
    plan.pps = 80;
    plan.control_rate = plan.new_rate = RATE;
    plan.hold_us = 10 * US_PER_S;
    begin(&plan);
    run(&gw, in_seconds(3));
    gw.deaf = true;
    run(&gw, in_seconds(2));
    gw.deaf = false;
    run(&gw, in_seconds(60));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    r = caller_result(&caller, scratch);
    ck_assert(r.good);
    for (unsigned i = 0; i < CALLER_CLASSES; i++) {
        ck_assert_uint_gt(r.classes[i].lost, 0);
        ck_assert_int_ge(r.classes[i].outage_us, 2 * US_PER_S - US_PER_S / RATE);
        ck_assert_int_le(r.classes[i].outage_us, 2 * US_PER_S + US_PER_S / RATE);
    }
    ck_assert_uint_eq(held_calls(&gw), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("caller_probe");
    TCase *tc = tcase_create("caller_probe");

    tcase_add_test(tc, updates_of_gtpv1_are_sent_while_held_and_answered);
    tcase_add_test(tc, updates_of_gtpv2_are_sent_while_held_and_answered);
    tcase_add_test(tc, updates_go_round_the_open_calls);
    tcase_add_test(tc, each_update_of_a_gtpv1_call_tells_another_radio_access);
    tcase_add_test(tc, each_update_of_a_gtpv2_call_tells_another_radio_access);
    tcase_add_test(tc, response_times_of_updates_are_from_the_request_to_its_answer);
    tcase_add_test(tc, a_lost_update_is_not_repeated_and_makes_the_outage);
    tcase_add_test(tc, a_late_answer_to_an_update_counts_when_it_comes);
    tcase_add_test(tc, an_answer_after_the_traffic_is_counted_and_lengthens_no_outage);
    tcase_add_test(tc, a_call_that_gtpv1_calls_non_existent_is_forgotten);
    tcase_add_test(tc, a_call_whose_context_gtpv2_does_not_find_is_forgotten);
    tcase_add_test(tc, other_refusals_of_an_update_leave_the_call_alone);
    tcase_add_test(tc, an_update_answered_with_other_teids_shows_another_session);
    tcase_add_test(tc, an_answer_to_an_update_through_another_call_is_strange_and_awaited_on);
    tcase_add_test(tc, a_call_the_gateway_ended_is_not_forgotten_when_an_update_finds_it_gone);
    tcase_add_test(tc, more_updates_than_are_remembered_are_lost_without_harm);
    tcase_add_test(tc, extra_calls_of_gtpv1_are_opened_and_deleted_while_held);
    tcase_add_test(tc, extra_calls_of_gtpv2_are_opened_and_deleted_while_held);
    tcase_add_test(tc, extra_subscribers_have_the_imsis_after_the_last_one);
    tcase_add_test(tc, lost_creates_are_not_repeated_while_held);
    tcase_add_test(tc, a_create_answered_late_is_deleted_in_the_deleting_phase);
    tcase_add_test(tc, a_create_done_but_never_answered_is_found_and_deleted_in_the_end);
    tcase_add_test(tc, a_create_sent_again_in_the_end_has_the_same_sequence_number);
    tcase_add_test(tc, a_delete_never_answered_is_sent_again_in_the_deleting_phase);
    tcase_add_test(tc, refused_creates_are_answers_and_leave_nothing);
    tcase_add_test(tc, calls_that_are_to_stay_stay_but_not_the_extra_ones);
    tcase_add_test(tc, a_silent_gateway_ends_the_clearing_and_what_may_be_left_is_said);
    tcase_add_test(tc, extra_subscribers_take_turns_however_their_last_call_ended);
    tcase_add_test(tc, an_answer_to_the_create_of_a_turn_before_is_ignored);
    tcase_add_test(tc, both_kinds_of_probes_and_traffic_go_together);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
