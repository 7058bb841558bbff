/* Dedicated bearers of VoLTE calls. */
#include "lab/caller/caller_dedicated.h"

#include "tests/unit/caller_rig.h"

static struct gateway gw;

static void
set_up(void)
{
    struct caller_plan plan = plan_of(2);

    plan.volte = 50;
    plan.pps = 100;
    plan.hold_us = 10 * US_PER_S;
    plan.dedicated = true;
    gw = good_gateway();
    begin(&plan);
}

static bool
is_good(void)
{
    return caller_result(&caller, scratch).good;
}

START_TEST(each_volte_call_gets_one_and_uses_it)
{
    run(&gw, in_seconds(1));
    ck_assert_int_eq(caller.phase, CALLER_HOLDING);
    ck_assert_uint_eq(gw.commands, CALLS / 2);
    ck_assert_uint_eq(gw.bearers, CALLS / 2);
    ck_assert_uint_eq(caller.counts.dedicated, CALLS / 2);
    for (uint32_t i = 0; i < CALLS; i++)
        ck_assert_uint_eq(calls[i].teid_dedicated, caller_class_of(&caller.plan, i) == CLASS_VOLTE
                                                       ? RIG_DEDICATED + i + 1
                                                       : 0);
    run(&gw, in_seconds(30));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(caller.counts.dedicated_answered, gw.dedicated_pings);
    ck_assert_uint_gt(gw.dedicated_pings, 400); /* half of ten seconds' */
    ck_assert_uint_eq(caller.counts.answered, caller.counts.sent);
    ck_assert_uint_eq(caller.counts.strange, 0);
    ck_assert(is_good());
}
END_TEST

START_TEST(default_bearer_of_such_a_call_is_for_signalling)
{
    for (uint32_t i = 0; i < 100; i++)
        ck_assert_uint_ne(caller_qci_of(&caller.plan, i), QCI_VOICE);
}
END_TEST

START_TEST(command_without_an_answer_is_repeated_and_given_up)
{
    gw.deaf_to_commands = true;
    run(&gw, in_seconds(3));
    ck_assert_int_eq(caller.phase, CALLER_OPENING); /* waits for them */
    ck_assert_uint_ge(gw.commands, 2 * CALLS / 2);
    run(&gw, in_seconds(8));
    ck_assert_uint_eq(gw.commands, CALLER_N3 * CALLS / 2);
    ck_assert_int_eq(caller.phase, CALLER_HOLDING);
    run(&gw, in_seconds(30));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(caller.counts.dedicated_failed, CALLS / 2);
    ck_assert(!is_good());
}
END_TEST

START_TEST(answer_to_a_repetition_is_as_good)
{
    gw.deaf_to_commands = true;
    run(&gw, in_seconds(2));
    gw.deaf_to_commands = false;
    run(&gw, in_seconds(30));
    ck_assert_uint_eq(caller.counts.dedicated, CALLS / 2);
    ck_assert(is_good());
}
END_TEST

START_TEST(refused_command_is_not_sent_again)
{
    gw.refuses_commands = true;
    run(&gw, in_seconds(30));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(gw.commands, CALLS / 2);
    ck_assert_uint_eq(caller.counts.dedicated_failed, CALLS / 2);
    ck_assert_uint_eq(caller.counts.strange, 0);
    ck_assert(!is_good());
}
END_TEST

/* A request of the gateway for this call, with this number and tunnel. */
static void
ask_for(uint32_t ours, uint32_t seq, uint32_t tunnel)
{
    uint8_t buf[CALLER_DGRAM];
    struct gtp2_msg msg = {
        .head = {.type = GTP2_CREATE_BEARER_REQUEST, .has_teid = true, .teid = ours, .seq = seq},
        .bearer_n = 1,
        .bearer = {{.fteid_has = 1 << 1, .fteid = {[1] = {GTP2_IFACE_PGW_USER, tunnel, GATEWAY}}}},
    };

    hear_back(false, buf, gtp2_encode(buf, sizeof buf, &msg));
}

START_TEST(request_nobody_wants_is_strange_and_a_repeated_one_is_answered)
{
    uint32_t volte = caller_class_of(&caller.plan, 1) == CLASS_VOLTE ? 1 : 0;

    run(&gw, in_seconds(1));
    ask_for(volte + 1, 0x800000 | volte, RIG_DEDICATED + volte + 1);
    ck_assert(answered_back);
    ck_assert_uint_eq(caller.counts.strange, 0);
    ask_for(volte + 1, 0x800000 | volte, 0x77); /* another tunnel than before */
    ck_assert(!answered_back);
    ask_for(volte + 1, 0x800007, RIG_DEDICATED + volte + 1); /* of no command */
    ck_assert(!answered_back);
    ask_for(CALLS + 1, 0x800000 | CALLS, 0x77); /* of no call */
    ck_assert(!answered_back);
    ask_for(volte + 1, 0x800000 | volte, 0);
    ck_assert(!answered_back);
    ck_assert_uint_eq(caller.counts.strange, 4);
    ck_assert_uint_eq(caller.counts.dedicated, CALLS / 2);
}
END_TEST

START_TEST(asked_to_end_it_waits_for_no_bearer)
{
    gw.deaf_to_commands = true;
    run(&gw, in_seconds(1));
    caller_stop(&caller);
    run(&gw, in_seconds(10));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("caller_dedicated");
    TCase *tc = tcase_create("caller_dedicated");

    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, each_volte_call_gets_one_and_uses_it);
    tcase_add_test(tc, default_bearer_of_such_a_call_is_for_signalling);
    tcase_add_test(tc, command_without_an_answer_is_repeated_and_given_up);
    tcase_add_test(tc, answer_to_a_repetition_is_as_good);
    tcase_add_test(tc, refused_command_is_not_sent_again);
    tcase_add_test(tc, request_nobody_wants_is_strange_and_a_repeated_one_is_answered);
    tcase_add_test(tc, asked_to_end_it_waits_for_no_bearer);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
