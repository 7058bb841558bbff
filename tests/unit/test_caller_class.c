/* Classes of calls, what their requests say, and the outage of each class. */
#include "lab/caller/caller_class.h"

#include "tests/unit/caller_rig.h"

/* ---- which calls -------------------------------------------------------------------- */

START_TEST(a_share_of_the_calls_is_volte_spread_evenly)
{
    struct caller_plan plan = plan_of(2);

    for (plan.volte = 0; plan.volte <= 100; plan.volte++) {
        unsigned n = 0;

        for (uint32_t i = 0; i < 1000; i++) {
            n += caller_class_of(&plan, i) == CLASS_VOLTE;
            /* never more than one away from the share */
            ck_assert_uint_eq(n, (i + 1) * plan.volte / 100);
        }
    }
}
END_TEST

START_TEST(of_the_volte_calls_every_second_one_is_voice)
{
    struct caller_plan plan = plan_of(2);
    unsigned expected = QCI_SIGNALLING;

    plan.volte = 30;
    for (uint32_t i = 0; i < 100; i++) {
        if (caller_class_of(&plan, i) == CLASS_OTHER) {
            ck_assert_uint_eq(caller_qci_of(&plan, i), QCI_BEST_EFFORT);
            ck_assert_str_eq(caller_apn_of(&plan, i), "internet");
            continue;
        }
        ck_assert_uint_eq(caller_qci_of(&plan, i), expected);
        ck_assert_str_eq(caller_apn_of(&plan, i), "ims");
        expected = expected == QCI_SIGNALLING ? QCI_VOICE : QCI_SIGNALLING;
    }
}
END_TEST

START_TEST(with_apn_ims_all_calls_are_volte)
{
    struct caller_plan plan = plan_of(2);
    const char *others[] = {"imsx", "im", "xims", "i-s"};

    memcpy(plan.apn, "ims", sizeof "ims");
    for (uint32_t i = 0; i < 10; i++) {
        ck_assert_int_eq(caller_class_of(&plan, i), CLASS_VOLTE);
        ck_assert_uint_eq(caller_qci_of(&plan, i), i & 1 ? QCI_VOICE : QCI_SIGNALLING);
    }
    memcpy(plan.apn, "IMS", sizeof "IMS");
    ck_assert_int_eq(caller_class_of(&plan, 0), CLASS_VOLTE);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        memcpy(plan.apn, others[i], strlen(others[i]) + 1);
        ck_assert_int_eq(caller_class_of(&plan, 0), CLASS_OTHER);
    }
}
END_TEST

START_TEST(a_gtpv2_create_says_the_class_by_apn_and_qci)
{
    static struct gtp2_msg msg;
    struct caller_plan plan = plan_of(2);
    const char *reason = "";
    unsigned seen[QCI_BEST_EFFORT + 1] = {0};

    plan.volte = 50;
    begin(&plan);
    while (caller_next(&caller, now, &out)) {
        ck_assert_int_eq(gtp2_decode(&msg, out.bytes, out.len, &reason), 0);
        if (msg.head.type != GTP2_CREATE_SESSION_REQUEST)
            continue;
        ck_assert_uint_le(msg.bearer[0].qos[1], QCI_BEST_EFFORT);
        seen[msg.bearer[0].qos[1]]++;
        ck_assert_str_eq(msg.apn, msg.bearer[0].qos[1] == QCI_BEST_EFFORT ? "internet" : "ims");
        /* only a voice bearer has guaranteed rates */
        ck_assert(!msg.bearer[0].qos[16] == (msg.bearer[0].qos[1] != QCI_VOICE));
    }
    ck_assert_uint_eq(seen[QCI_SIGNALLING], CALLS / 4);
    ck_assert_uint_eq(seen[QCI_VOICE], CALLS / 4);
    ck_assert_uint_eq(seen[QCI_BEST_EFFORT], CALLS / 2);
}
END_TEST

START_TEST(a_gtpv1_create_says_the_class_by_apn_and_traffic_class)
{
    enum { TRAFFIC_CLASS = 4, CONVERSATIONAL = 1, INTERACTIVE = 3 }; /* TS 24.008 10.5.6.5 */
    struct caller_plan plan = plan_of(1);
    struct gtp1_msg msg;
    const char *reason = "";
    unsigned volte = 0, other = 0;

    plan.volte = 25;
    begin(&plan);
    while (caller_next(&caller, now, &out)) {
        ck_assert_int_eq(gtp1_decode(&msg, out.bytes, out.len, &reason), 0);
        if (msg.head.type != GTP1_CREATE_PDP_REQUEST)
            continue;
        if (strcmp(msg.apn, "ims") == 0) {
            volte++;
            ck_assert_uint_eq(msg.qos[TRAFFIC_CLASS] >> 5, CONVERSATIONAL);
        } else {
            other++;
            ck_assert_str_eq(msg.apn, "internet");
            ck_assert_uint_eq(msg.qos[TRAFFIC_CLASS] >> 5, INTERACTIVE);
        }
    }
    ck_assert_uint_eq(volte, CALLS / 4);
    ck_assert_uint_eq(other, CALLS - CALLS / 4);
}
END_TEST

/* ---- one outage --------------------------------------------------------------------- */

static mono_t
at(int64_t ms)
{
    return (mono_t){.us = ms * US_PER_MS};
}

START_TEST(nothing_sent_is_no_outage)
{
    struct caller_outage outage = {0};

    outage_end(&outage, at(1000));
    ck_assert_int_eq(outage_us(&outage), 0);
}
END_TEST

START_TEST(without_any_answer_the_outage_lasts_from_the_first_to_the_end)
{
    struct caller_outage outage = {0};

    for (int64_t ms = 100; ms <= 500; ms += 5)
        outage_sent(&outage, at(ms));
    ck_assert_int_eq(outage_us(&outage), 400 * US_PER_MS); /* as far as was sent */
    outage_end(&outage, at(503));
    ck_assert_int_eq(outage_us(&outage), 403 * US_PER_MS);
    ck_assert_uint_eq(outage.answered, 0);
}
END_TEST

START_TEST(one_answer_divides_the_outage)
{
    struct caller_outage outage = {0};

    for (int64_t ms = 0; ms <= 1000; ms += 5) {
        outage_sent(&outage, at(ms));
        if (ms == 700)
            outage_answered(&outage, at(ms + 1));
    }
    outage_end(&outage, at(1000));
    ck_assert_int_eq(outage_us(&outage), 701 * US_PER_MS);
    ck_assert_uint_eq(outage.answered, 1);
}
END_TEST

START_TEST(answers_to_each_leave_no_outage_but_the_response_time)
{
    struct caller_outage outage = {0};

    for (int64_t ms = 0; ms < 1000; ms += 5) {
        outage_sent(&outage, at(ms));
        outage_answered(&outage, at(ms + 2));
    }
    outage_end(&outage, at(1000));
    ck_assert_int_eq(outage_us(&outage), 2 * US_PER_MS);
}
END_TEST

START_TEST(a_pause_in_sending_is_no_outage)
{
    struct caller_outage outage = {0};

    outage_sent(&outage, at(0));
    outage_answered(&outage, at(1));
    outage_sent(&outage, at(5000));
    outage_answered(&outage, at(5001));
    outage_end(&outage, at(9000));
    ck_assert_int_eq(outage_us(&outage), US_PER_MS);
}
END_TEST

START_TEST(answers_after_the_end_are_counted_and_change_nothing_else)
{
    struct caller_outage outage = {0};

    outage_sent(&outage, at(0));
    outage_end(&outage, at(3));
    outage_answered(&outage, at(2000));
    ck_assert_int_eq(outage_us(&outage), 3 * US_PER_MS);
    ck_assert_uint_eq(outage.answered, 1);
}
END_TEST

/* ---- outages of the traffic --------------------------------------------------------- */

/* Half the calls VoLTE, 100 pings a second of each class. */
static struct caller_plan
two_classes(void)
{
    struct caller_plan plan = plan_of(1);

    plan.volte = 50;
    plan.pps = 200;
    plan.hold_us = INT64_MAX;
    return plan;
}

static struct caller_result
finish(struct gateway *gw)
{
    caller_stop(&caller);
    run(gw, in_seconds(20));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    return caller_result(&caller, scratch);
}

START_TEST(an_outage_of_one_class_is_none_of_the_other)
{
    struct caller_plan plan = two_classes();
    struct gateway gw = good_gateway();
    const struct caller_class_result *volte, *other;
    struct caller_result r;

    begin(&plan);
    run(&gw, in_seconds(2));
    gw.deaf_to[CLASS_VOLTE] = true;
    run(&gw, in_seconds(3));
    gw.deaf_to[CLASS_VOLTE] = false;
    run(&gw, in_seconds(2));
    r = finish(&gw);
    volte = &r.classes[CLASS_VOLTE];
    other = &r.classes[CLASS_OTHER];
    ck_assert_int_ge(volte->outage_us, 3 * US_PER_S - 10 * US_PER_MS);
    ck_assert_int_le(volte->outage_us, 3 * US_PER_S + 10 * US_PER_MS);
    ck_assert_int_eq(other->outage_us, 0); /* answers come at once */
    ck_assert_uint_ge(volte->lost, 299);
    ck_assert_uint_le(volte->lost, 301);
    ck_assert_uint_eq(other->lost, 0);
    ck_assert_uint_eq(volte->sent + other->sent, caller.counts.sent);
    ck_assert_uint_eq(volte->answered + other->answered, caller.counts.answered);
    /* gaps of single calls: 25 pings a second each */
    ck_assert_uint_eq(volte->gap_calls, CALLS / 2);
    ck_assert_int_ge(volte->gap_median_us, 3 * US_PER_S);
    ck_assert_int_eq(volte->gap_max_us, r.gap_max_us);
    ck_assert_int_eq(other->gap_max_us, US_PER_S / 25);
    ck_assert(r.good);
}
END_TEST

START_TEST(a_class_that_is_never_answered_is_out_from_the_first_ping_to_the_end)
{
    struct caller_plan plan = two_classes();
    struct gateway gw = good_gateway();
    const struct caller_class_result *other;
    struct caller_result r;

    plan.no_verify = true;
    gw.deaf_to[CLASS_OTHER] = true;
    begin(&plan);
    run(&gw, in_seconds(4));
    r = finish(&gw);
    other = &r.classes[CLASS_OTHER];
    ck_assert_uint_eq(other->answered, 0);
    ck_assert_uint_eq(other->lost, other->sent);
    ck_assert_int_ge(other->outage_us, 4 * US_PER_S - 20 * US_PER_MS);
    ck_assert_int_le(other->outage_us, 4 * US_PER_S);
    ck_assert_uint_eq(other->gap_calls, 0);
    ck_assert_int_eq(r.classes[CLASS_VOLTE].outage_us, 0);
}
END_TEST

START_TEST(an_outage_that_lasts_to_the_end_counts_to_the_end_of_the_traffic)
{
    struct caller_plan plan = two_classes();
    struct gateway gw = good_gateway();
    struct caller_result r;

    begin(&plan);
    run(&gw, in_seconds(1));
    gw.deaf_to_pings = true;
    run(&gw, in_seconds(2));
    r = finish(&gw); /* and through the verification, which is no traffic */
    ck_assert_int_ge(r.classes[CLASS_VOLTE].outage_us, 2 * US_PER_S - 10 * US_PER_MS);
    ck_assert_int_le(r.classes[CLASS_VOLTE].outage_us, 2 * US_PER_S);
}
END_TEST

START_TEST(without_volte_calls_the_class_stays_empty)
{
    struct caller_plan plan = two_classes();
    struct gateway gw = good_gateway();
    struct caller_result r;

    plan.volte = 0;
    begin(&plan);
    run(&gw, in_seconds(1));
    r = finish(&gw);
    ck_assert_uint_eq(r.classes[CLASS_VOLTE].sent, 0);
    ck_assert_uint_eq(r.classes[CLASS_CONTROL].sent, 0);
    ck_assert_uint_eq(r.classes[CLASS_NEW].sent, 0);
    ck_assert_uint_eq(r.classes[CLASS_OTHER].sent, caller.counts.sent);
    ck_assert_uint_gt(caller.counts.sent, 0);
}
END_TEST

START_TEST(a_second_stop_leaves_the_outage_as_far_as_was_sent)
{
    struct caller_plan plan = two_classes();
    struct gateway gw = good_gateway();

    begin(&plan);
    run(&gw, in_seconds(1));
    gw.deaf = true;
    run(&gw, in_seconds(2));
    caller_stop(&caller);
    caller_stop(&caller);
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_int_ge(caller_result(&caller, scratch).classes[CLASS_VOLTE].outage_us,
                     2 * US_PER_S - 20 * US_PER_MS);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("caller_class");
    TCase *tc = tcase_create("caller_class");

    tcase_add_test(tc, a_share_of_the_calls_is_volte_spread_evenly);
    tcase_add_test(tc, of_the_volte_calls_every_second_one_is_voice);
    tcase_add_test(tc, with_apn_ims_all_calls_are_volte);
    tcase_add_test(tc, a_gtpv2_create_says_the_class_by_apn_and_qci);
    tcase_add_test(tc, a_gtpv1_create_says_the_class_by_apn_and_traffic_class);
    tcase_add_test(tc, nothing_sent_is_no_outage);
    tcase_add_test(tc, without_any_answer_the_outage_lasts_from_the_first_to_the_end);
    tcase_add_test(tc, one_answer_divides_the_outage);
    tcase_add_test(tc, answers_to_each_leave_no_outage_but_the_response_time);
    tcase_add_test(tc, a_pause_in_sending_is_no_outage);
    tcase_add_test(tc, answers_after_the_end_are_counted_and_change_nothing_else);
    tcase_add_test(tc, an_outage_of_one_class_is_none_of_the_other);
    tcase_add_test(tc, a_class_that_is_never_answered_is_out_from_the_first_ping_to_the_end);
    tcase_add_test(tc, an_outage_that_lasts_to_the_end_counts_to_the_end_of_the_traffic);
    tcase_add_test(tc, without_volte_calls_the_class_stays_empty);
    tcase_add_test(tc, a_second_stop_leaves_the_outage_as_far_as_was_sent);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
