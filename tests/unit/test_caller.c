/* The call generator: calls opened, pinged, verified and deleted, in virtual time. */
#include "lab/caller/caller.h"

#include <string.h>

#include "lab/caller/stats.h"
#include "tests/unit/caller_rig.h"

/* ---- cases -------------------------------------------------------------------------- */

static void
whole_life(uint8_t version)
{
    struct caller_plan plan = plan_of(version);
    struct gateway gw = good_gateway();
    struct caller_result r;

    plan.pps = 2 * CALLS;
    plan.hold_us = 2 * US_PER_S;
    begin(&plan);
    run(&gw, in_seconds(60));
    r = caller_result(&caller, scratch);
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert(r.good);
    ck_assert_uint_eq(r.opened, CALLS);
    ck_assert_uint_eq(gw.creates, CALLS);
    ck_assert_uint_eq(gw.deletes, CALLS);
    ck_assert_uint_eq(caller.counts.state[CALL_DELETED], CALLS);
    ck_assert_uint_eq(caller.counts.verified, CALLS);
    ck_assert_uint_ge(caller.counts.sent, 4 * CALLS - 1);
    ck_assert_uint_le(caller.counts.sent, 4 * CALLS + 1);
    ck_assert_uint_eq(r.lost, 0);
    ck_assert_uint_eq(caller.counts.strange, 0);
    ck_assert_int_eq(r.gap_max_us, US_PER_S / 2);
    ck_assert_int_eq(r.gap_median_us, US_PER_S / 2);
}

START_TEST(calls_of_gtpv1_are_opened_pinged_verified_and_deleted)
{
    whole_life(1);
}
END_TEST

START_TEST(calls_of_gtpv2_are_opened_pinged_verified_and_deleted)
{
    whole_life(2);
}
END_TEST

START_TEST(a_request_is_sent_five_times_then_given_up)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    gw.deaf = true;
    begin(&plan);
    run(&gw, in_seconds(60));

    struct caller_result r = caller_result(&caller, scratch);

    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(r.timed_out, CALLS);
    ck_assert_uint_eq(caller.counts.retransmissions, 4 * CALLS);
    ck_assert_int_eq(mono_between((mono_t){5 * US_PER_S}, now), 5 * US_PER_S);
    ck_assert(!r.good);
}
END_TEST

START_TEST(where_nobody_answers_the_rest_is_not_tried)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    gw.deaf = true;
    plan.window = 2;
    begin(&plan);
    run(&gw, in_seconds(60));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(caller_result(&caller, scratch).timed_out, 2);
    ck_assert_uint_eq(caller_result(&caller, scratch).not_tried, CALLS - 2);
    ck_assert_int_eq(mono_between((mono_t){5 * US_PER_S}, now), 5 * US_PER_S);
}
END_TEST

START_TEST(an_outage_while_calls_are_opened_does_not_end_the_trying)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    plan.rate = 1;
    plan.window = 2;
    begin(&plan);
    run(&gw, in_seconds(2));
    gw.deaf = true;
    run(&gw, in_seconds(20));
    gw.deaf = false;
    run(&gw, in_seconds(20));
    ck_assert_uint_eq(caller_result(&caller, scratch).not_tried, 0);
    ck_assert_uint_gt(caller_result(&caller, scratch).timed_out, 0);
}
END_TEST

START_TEST(a_retransmission_has_the_same_sequence_number)
{
    struct caller_plan plan = plan_of(1);
    uint8_t first[CALLER_DGRAM];

    plan.calls = 1;
    begin(&plan);
    ck_assert(caller_next(&caller, now, &out)); /* echo */
    ck_assert(caller_next(&caller, now, &out));
    memcpy(first, out.bytes, out.len);

    size_t len = out.len;

    now = in_seconds(1);
    ck_assert(caller_next(&caller, now, &out));
    ck_assert_uint_eq(out.len, len);
    ck_assert_mem_eq(out.bytes, first, len);
}
END_TEST

START_TEST(a_refusal_is_counted_by_its_cause_and_not_repeated)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    gw.cause1 = GTP1_CAUSE_NO_RESOURCES;
    begin(&plan);
    run(&gw, in_seconds(60));
    ck_assert_uint_eq(caller.counts.state[CALL_REFUSED], CALLS);
    ck_assert_uint_eq(caller.counts.refused_by[GTP1_CAUSE_NO_RESOURCES], CALLS);
    ck_assert_uint_eq(gw.creates, CALLS);
    ck_assert_str_eq(caller_cause_text(1, GTP1_CAUSE_NO_RESOURCES), "no resources available");
}
END_TEST

START_TEST(the_window_bounds_outstanding_requests)
{
    struct caller_plan plan = plan_of(1);
    unsigned creates = 0;

    plan.window = 3;
    begin(&plan);
    while (caller_next(&caller, now, &out))
        creates++;
    ck_assert_uint_eq(creates, 1 + 3); /* and one echo */
    ck_assert_uint_eq(caller.outstanding, 3);
}
END_TEST

START_TEST(the_rate_paces_new_calls)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    plan.rate = 4;
    begin(&plan);
    run(&gw, in_seconds(1));
    ck_assert_uint_ge(gw.creates, 4);
    ck_assert_uint_le(gw.creates, 5);
}
END_TEST

/* Open all, then keep pinging until told otherwise. */
static void
open_and_hold(struct gateway *gw)
{
    struct caller_plan plan = plan_of(1);

    plan.pps = 2 * CALLS;
    plan.hold_us = INT64_MAX;
    *gw = good_gateway();
    begin(&plan);
    run(gw, in_seconds(3));
    ck_assert_int_eq(caller.phase, CALLER_HOLDING);
}

START_TEST(an_outage_from_the_first_ping_on_is_a_gap_of_every_call)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();
    struct caller_result r;

    plan.pps = 2 * CALLS;
    plan.hold_us = INT64_MAX;
    begin(&plan);
    while (caller.opened < CALLS)
        run(&gw, mono_after(now, US_PER_MS));
    gw.deaf = true;
    run(&gw, in_seconds(4));
    gw.deaf = false;
    run(&gw, in_seconds(2));
    caller_stop(&caller);
    run(&gw, in_seconds(10));
    r = caller_result(&caller, scratch);
    ck_assert(r.good);
    ck_assert_uint_eq(r.gap_calls, CALLS);
    ck_assert_int_ge(r.gap_median_us, 3 * US_PER_S + US_PER_S / 2);
}
END_TEST

START_TEST(an_outage_is_seen_as_loss_and_as_a_gap_of_every_call)
{
    struct gateway gw;
    struct caller_result r;

    open_and_hold(&gw);
    ck_assert_uint_eq(caller_answering(&caller, now, US_PER_S), CALLS);
    gw.deaf = true;
    run(&gw, in_seconds(4));
    ck_assert_uint_eq(caller_answering(&caller, now, US_PER_S), 0);
    gw.deaf = false;
    run(&gw, in_seconds(2));
    caller_stop(&caller);
    run(&gw, in_seconds(10));
    r = caller_result(&caller, scratch);
    ck_assert(r.good);
    ck_assert_uint_eq(r.lost, 8 * CALLS);
    ck_assert_uint_eq(r.gap_calls, CALLS);
    ck_assert_int_ge(r.gap_median_us, 4 * US_PER_S);
    ck_assert_int_le(r.gap_max_us, 4 * US_PER_S + US_PER_S / 2);
}
END_TEST

START_TEST(a_call_that_stays_silent_is_not_verified)
{
    struct gateway gw;

    open_and_hold(&gw);
    gw.deaf_to_pings = true;
    caller_stop(&caller);
    run(&gw, in_seconds(20));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(caller.counts.verified, 0);
    ck_assert(!caller_result(&caller, scratch).good);
    ck_assert_uint_eq(caller.counts.state[CALL_DELETED], CALLS);
}
END_TEST

START_TEST(a_changed_restart_counter_means_all_calls_were_forgotten)
{
    struct gateway gw;

    open_and_hold(&gw);
    gw.recovery++;
    run(&gw, in_seconds(2));
    ck_assert_uint_eq(caller.counts.restarts, 1);
    ck_assert_uint_eq(caller.counts.forgotten, CALLS);
}
END_TEST

START_TEST(an_error_indication_names_the_forgotten_call)
{
    uint8_t buf[64];
    struct gateway gw;

    open_and_hold(&gw);
    hear_back(true, buf, gtpu_encode_error_indication(buf, sizeof buf, 0x01000003, GATEWAY));
    hear_back(true, buf, gtpu_encode_error_indication(buf, sizeof buf, 0x01000003, GATEWAY));
    hear_back(true, buf, gtpu_encode_error_indication(buf, sizeof buf, 0x02000003, GATEWAY));
    ck_assert_uint_eq(caller.counts.error_indications, 3);
    ck_assert_uint_eq(caller.counts.forgotten, 1);
    ck_assert(calls[2].forgotten);
}
END_TEST

START_TEST(a_second_session_for_one_request_is_noticed)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    plan.calls = 1;
    plan.hold_us = INT64_MAX;
    begin(&plan);
    ck_assert(caller_next(&caller, now, &out)); /* echo */
    ck_assert(caller_next(&caller, now, &out));
    answer1(&gw);
    answer1(&gw); /* the same answer again */
    ck_assert_uint_eq(caller.counts.changed_teids, 0);
    gw.teid_plus = 64;
    answer1(&gw);
    ck_assert_uint_eq(caller.counts.changed_teids, 1);
    ck_assert_uint_eq(caller.counts.forgotten, 1);
}
END_TEST

START_TEST(a_packet_through_another_subscribers_call_is_noticed)
{
    struct gateway gw;

    open_and_hold(&gw);
    do
        now = mono_after(now, US_PER_S / 100);
    while (!caller_next(&caller, now, &out) || !out.user);
    answer_ping(&gw, 1);
    ck_assert_uint_eq(caller.counts.misdelivered, 1);
}
END_TEST

START_TEST(the_second_answer_to_one_ping_is_not_counted_as_answer)
{
    struct gateway gw;
    uint64_t answered;

    open_and_hold(&gw);
    do
        now = mono_after(now, US_PER_S / 100);
    while (!caller_next(&caller, now, &out) || !out.user);
    answered = caller.counts.answered;
    answer_ping(&gw, 0);
    answer_ping(&gw, 0);
    ck_assert_uint_eq(caller.counts.answered, answered + 1);
    ck_assert_uint_eq(caller.counts.repeated, 1);
}
END_TEST

START_TEST(a_silent_gateway_ends_the_deletions_early)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();
    mono_t then;

    plan.window = 1; /* one by one they would take 8 times 5 seconds */
    plan.no_verify = true;
    plan.hold_us = US_PER_S;
    begin(&plan);
    run(&gw, mono_after(now, US_PER_S / 2));
    gw.deaf = true;
    then = now;
    run(&gw, in_seconds(100));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_int_le(mono_between(then, now), 7 * US_PER_S);
    ck_assert_uint_eq(caller.counts.state[CALL_UNDELETED], CALLS);
    ck_assert(!caller_result(&caller, scratch).good);
}
END_TEST

START_TEST(skipped_phases_send_nothing)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    plan.no_verify = plan.keep = true;
    begin(&plan);
    run(&gw, in_seconds(60));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(gw.pings, 0);
    ck_assert_uint_eq(gw.deletes, 0);
    ck_assert_uint_eq(caller.counts.state[CALL_OPEN], CALLS);
    ck_assert(caller_result(&caller, scratch).good);
}
END_TEST

START_TEST(a_second_stop_ends_at_once)
{
    struct gateway gw;

    open_and_hold(&gw);
    caller_stop(&caller);
    ck_assert_int_eq(caller.phase, CALLER_HOLDING);
    caller_stop(&caller);
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert(!caller_next(&caller, now, &out));
}
END_TEST

START_TEST(the_gateways_requests_are_answered)
{
    struct gtp1_msg ask = {.head = {.type = GTP1_ECHO_REQUEST, .has_seq = true, .seq = 77}}, got;
    struct gtpu_msg user;
    const char *reason = "";
    struct gateway gw;
    uint8_t buf[64];
    size_t len;

    open_and_hold(&gw);
    len = gtp1_encode(buf, sizeof buf, &ask);
    ck_assert(caller_hear(&caller, now, false, GATEWAY, 4711, buf, len, &back));
    ck_assert_uint_eq(back.port, 4711);
    ck_assert_int_eq(gtp1_decode(&got, back.bytes, back.len, &reason), 0);
    ck_assert_uint_eq(got.head.type, GTP1_ECHO_RESPONSE);
    ck_assert_uint_eq(got.head.seq, 77);

    len = gtpu_encode_echo_request(buf, sizeof buf, 5);
    ck_assert(caller_hear(&caller, now, true, GATEWAY, 2152, buf, len, &back));
    ck_assert_int_eq(gtpu_decode(&user, back.bytes, back.len, &reason), 0);
    ck_assert_uint_eq(user.type, GTPU_ECHO_RESPONSE);

    ask.head =
        (struct gtp1_head){.type = GTP1_DELETE_PDP_REQUEST, .has_seq = true, .seq = 78, .teid = 2};
    ask.has = GTP1_HAS_NSAPI;
    ask.nsapi = 5;
    len = gtp1_encode(buf, sizeof buf, &ask);
    ck_assert(caller_hear(&caller, now, false, GATEWAY, 2123, buf, len, &back));
    ck_assert_int_eq(gtp1_decode(&got, back.bytes, back.len, &reason), 0);
    ck_assert_uint_eq(got.head.type, GTP1_DELETE_PDP_RESPONSE);
    ck_assert_uint_eq(got.head.teid, 0x01000002);
    ck_assert_uint_eq(caller.counts.state[CALL_GONE], 1);
    run(&gw, in_seconds(2)); /* and it is pinged no more */
    ck_assert_uint_eq(calls[1].state, CALL_GONE);
}
END_TEST

START_TEST(garbage_is_counted_and_changes_nothing)
{
    struct gateway gw;
    uint8_t junk[64];
    static struct call before[RIG_CALLS];

    open_and_hold(&gw);
    memcpy(before, calls, sizeof calls);
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (uint8_t)(i * 37 + 1);
    for (size_t len = 0; len < sizeof junk; len++) {
        (void)caller_hear(&caller, now, false, GATEWAY, 2123, junk, len, &back);
        (void)caller_hear(&caller, now, true, GATEWAY, 2152, junk, len, &back);
    }
    ck_assert_mem_eq(before, calls, sizeof calls);
    ck_assert_uint_ge(caller.counts.strange, 100);
}
END_TEST

START_TEST(an_answer_without_its_elements_is_a_refusal)
{
    struct caller_plan plan = plan_of(1);
    struct gtp1_msg rsp = {.head = {.type = GTP1_CREATE_PDP_RESPONSE, .has_seq = true, .teid = 1},
                           .has = GTP1_HAS_CAUSE,
                           .cause = GTP1_CAUSE_ACCEPTED};
    uint8_t buf[64];

    plan.calls = 1;
    begin(&plan);
    while (caller_next(&caller, now, &out))
        continue;
    rsp.head.seq = calls[0].seq;
    hear_back(false, buf, gtp1_encode(buf, sizeof buf, &rsp));
    ck_assert_uint_eq(calls[0].state, CALL_REFUSED);
    ck_assert_uint_eq(caller.counts.refused_by[CALLER_INCOMPLETE], 1);
}
END_TEST

START_TEST(another_gtp_version_is_noticed)
{
    struct caller_plan plan = plan_of(2);
    const uint8_t not_supported[] = {0x32, 3, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0};

    begin(&plan);
    hear_back(false, not_supported, sizeof not_supported);
    ck_assert_uint_eq(caller.counts.other_version, 1);
}
END_TEST

/* The plain way to a percentile, to compare with. */
static int64_t
sorted_permille(const int64_t *values, size_t n, unsigned permille)
{
    int64_t sorted[64];

    for (size_t i = 0; i < n; i++) {
        size_t at = i;

        for (; at > 0 && sorted[at - 1] > values[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = values[i];
    }
    for (size_t i = 0; i < n; i++) {
        if ((i + 1) * 1000 >= n * permille)
            return sorted[i];
    }
    return sorted[n - 1];
}

START_TEST(percentiles_agree_with_a_sorted_list)
{
    int64_t values[64], copy[64];

    ck_assert_int_eq(stats_permille(values, 0, 500), 0);
    for (size_t n = 1; n <= 64; n++) {
        for (size_t i = 0; i < n; i++)
            values[i] = (int64_t)(i * i * 7919 + n * 13) % (n < 32 ? 5 : 1000);
        for (unsigned permille = 0; permille <= 1000; permille += 10) {
            memcpy(copy, values, sizeof copy);
            ck_assert_int_eq(stats_permille(copy, n, permille),
                             sorted_permille(values, n, permille));
        }
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("caller");
    TCase *tc = tcase_create("caller");

    tcase_add_test(tc, calls_of_gtpv1_are_opened_pinged_verified_and_deleted);
    tcase_add_test(tc, calls_of_gtpv2_are_opened_pinged_verified_and_deleted);
    tcase_add_test(tc, a_request_is_sent_five_times_then_given_up);
    tcase_add_test(tc, where_nobody_answers_the_rest_is_not_tried);
    tcase_add_test(tc, an_outage_while_calls_are_opened_does_not_end_the_trying);
    tcase_add_test(tc, a_retransmission_has_the_same_sequence_number);
    tcase_add_test(tc, a_refusal_is_counted_by_its_cause_and_not_repeated);
    tcase_add_test(tc, the_window_bounds_outstanding_requests);
    tcase_add_test(tc, the_rate_paces_new_calls);
    tcase_add_test(tc, an_outage_from_the_first_ping_on_is_a_gap_of_every_call);
    tcase_add_test(tc, an_outage_is_seen_as_loss_and_as_a_gap_of_every_call);
    tcase_add_test(tc, a_call_that_stays_silent_is_not_verified);
    tcase_add_test(tc, a_changed_restart_counter_means_all_calls_were_forgotten);
    tcase_add_test(tc, an_error_indication_names_the_forgotten_call);
    tcase_add_test(tc, a_second_session_for_one_request_is_noticed);
    tcase_add_test(tc, a_packet_through_another_subscribers_call_is_noticed);
    tcase_add_test(tc, the_second_answer_to_one_ping_is_not_counted_as_answer);
    tcase_add_test(tc, a_silent_gateway_ends_the_deletions_early);
    tcase_add_test(tc, skipped_phases_send_nothing);
    tcase_add_test(tc, a_second_stop_ends_at_once);
    tcase_add_test(tc, the_gateways_requests_are_answered);
    tcase_add_test(tc, garbage_is_counted_and_changes_nothing);
    tcase_add_test(tc, an_answer_without_its_elements_is_a_refusal);
    tcase_add_test(tc, another_gtp_version_is_noticed);
    tcase_add_test(tc, percentiles_agree_with_a_sorted_list);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
