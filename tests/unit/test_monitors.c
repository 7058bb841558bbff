/* What the configuration makes the monitors look at, and what a role does to servers. */
#include "tests/unit/monitors_rig.h"

/* ---- configuration ------------------------------------------------------------------------------ */

START_TEST(the_configuration_becomes_targets_groups_and_guards)
{
    struct conf_srp srp = cf.conf.srp;
    struct monitor_setup setup;

    srp.bgp_exclusive = true;
    srp.aaa_after_switch = (struct conf_guard){1, 2};
    srp.diam_after_switch = (struct conf_guard){3, 4};
    srp.aaa_after_failure = (struct conf_guard){5, 6};
    srp.bgp_after_failure = (struct conf_guard){7, 8};
    srp.diam_after_failure = (struct conf_guard){9, 10};
    setup = monitors_setup(&srp);
    ck_assert_uint_eq(setup.target_n, TARGETS);
    ck_assert(setup.bgp_exclusive);
    ck_assert_uint_eq(setup.targets[AAA_2].kind, MONITOR_AAA);
    ck_assert_uint_eq(setup.targets[BGP_1].group, 1);
    ck_assert_uint_eq(setup.targets[BGP_2].group, 0);
    ck_assert_uint_eq(setup.targets[BGP_1].context, setup.targets[ROUTER].context);
    ck_assert_uint_ne(setup.targets[AAA_1].context, setup.targets[AAA_2].context);
    ck_assert_uint_eq(setup.targets[DIA_1].endpoint, setup.targets[DIA_2].endpoint);
    ck_assert_uint_ne(setup.targets[DIA_1].endpoint, setup.targets[DIA_3].endpoint);
    ck_assert(setup.targets[CHASSIS].chassis_to_chassis);
    ck_assert(!setup.targets[ROUTER].chassis_to_chassis);
    ck_assert_int_eq(setup.after_switch[MONITOR_AAA].guard_us, 1 * US_PER_S);
    ck_assert_int_eq(setup.after_switch[MONITOR_DIAMETER].damping_us, 4 * US_PER_S);
    ck_assert_int_eq(setup.after_switch[MONITOR_BGP].guard_us, 0);
    ck_assert_int_eq(setup.after_failure[MONITOR_AAA].damping_us, 6 * US_PER_S);
    ck_assert_int_eq(setup.after_failure[MONITOR_BGP].guard_us, 7 * US_PER_S);
    ck_assert_int_eq(setup.after_failure[MONITOR_DIAMETER].guard_us, 9 * US_PER_S);
    ck_assert_int_eq(setup.after_failure[MONITOR_BFD].guard_us, 0);
}
END_TEST

START_TEST(endpoints_of_one_name_in_two_contexts_are_two)
{
    struct monitor_setup setup;

    add_diameter("other", "gx", "");
    setup = monitors_setup(&cf.conf.srp);
    ck_assert_uint_ne(setup.targets[TARGETS].endpoint, setup.targets[DIA_1].endpoint);
}
END_TEST

START_TEST(servers_without_a_key_get_the_secret_of_the_lab)
{
    char path[NODE_PATH + 32], first[KEYS_TEXT];

    memcpy(first, key, sizeof first);
    ck_assert_uint_gt(strlen(first), 16);
    monitors_close(&m);
    m = monitors_open(&cf);
    ck_assert_str_eq(key, first); /* the other CF's is the same */
    monitors_close(&m);
    (void)snprintf(path, sizeof path, "%s/radius.secret", node.rundir);
    ck_assert_int_eq(unlink(path), 0);
    cf.conf.srp.monitor_n = 0;
    m = monitors_open(&cf);
    ck_assert_str_eq(key, "");
    ck_assert_int_ne(access(path, F_OK), 0); /* nobody to share it with */
}
END_TEST

/* ---- roles and servers ---------------------------------------------------------------------------- */

START_TEST(only_the_active_looks)
{
    ck_assert(!looking);
    enter(CHASSIS_STANDBY, SRP_NOT_DEFINED);
    ck_assert(!looking);
    enter(CHASSIS_PENDING_ACTIVE, SRP_DEAD_TIMER_EXPIRY);
    ck_assert(!looking);
    enter(CHASSIS_ACTIVE, SRP_DEAD_TIMER_EXPIRY);
    ck_assert(looking);
    enter(CHASSIS_PENDING_STANDBY, SRP_MANUAL_SWITCHOVER);
    ck_assert(!looking);
}
END_TEST

START_TEST(a_chassis_without_servers_says_so_and_hands_over)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    told = 0;
    see(see_ctx, AAA_1, MONITOR_DOWN);
    ck_assert_int_eq(told, 0);
    ck_assert_uint_eq(notified_n, 1);
    ck_assert(!notified[0].all);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    ck_assert_int_eq(told, 1);
    ck_assert(wants_authentication());
    ck_assert_uint_eq(notified_n, 3);
    assert_notified(2, AAA_2, false);
    ck_assert(notified[2].all);
    see(see_ctx, AAA_1, MONITOR_UP);
    ck_assert_uint_eq(notified_n, 4); /* which ends the alarm of all */
    assert_notified(3, AAA_1, true);
    ck_assert(!notified[3].all);
    ck_assert(!wants_authentication());
}
END_TEST

START_TEST(diameter_peers_and_endpoints_are_told_of)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, DIA_2, MONITOR_DOWN);
    see(see_ctx, DIA_3, MONITOR_UP);
    ck_assert_uint_eq(notified_n, 2);
    assert_notified(0, DIA_2, false);
    assert_notified(1, DIA_3, true);
}
END_TEST

START_TEST(a_chassis_that_comes_back_from_handing_over_knows_what_it_knew)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    told = 0;
    enter(CHASSIS_PENDING_STANDBY, SRP_AAA_FAILURE);
    ck_assert(wants_authentication()); /* it still does: the attempt is under way */
    ck_assert_int_eq(told, 0);
    enter(CHASSIS_ACTIVE, SRP_AAA_FAILURE); /* refused */
    ck_assert(looking);
    ck_assert_uint_eq(monitors_latched(m), 0);
    ck_assert(wants_authentication());
}
END_TEST

START_TEST(a_chassis_that_handed_over_forgets_its_servers)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    enter(CHASSIS_PENDING_STANDBY, SRP_AAA_FAILURE);
    told = 0;
    enter(CHASSIS_STANDBY, SRP_AAA_FAILURE);
    ck_assert_int_eq(told, 1);
    ck_assert_uint_eq(state_of(AAA_1), MONITOR_INIT);
    ck_assert(!wants_authentication());
    take_over(SRP_AAA_FAILURE);
    ck_assert_uint_eq(monitors_latched(m), 1u << SRP_AAA_FAILURE);
}
END_TEST

START_TEST(a_takeover_forced_out_latches_as_one_that_ended_in_time)
{
    enter(CHASSIS_STANDBY, SRP_NOT_DEFINED);
    enter(CHASSIS_PENDING_ACTIVE, SRP_DIAMETER_FAILURE);
    enter(CHASSIS_ACTIVE, SRP_FORCE_STATE_CHANGE);
    ck_assert_uint_eq(monitors_latched(m), 1u << SRP_DIAMETER_FAILURE);
}
END_TEST

START_TEST(a_control_function_that_stops_leading_in_the_midst_of_it_forgets_too)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    enter(CHASSIS_PENDING_STANDBY, SRP_MANUAL_SWITCHOVER);
    cf.leading = false;
    monitors_role(m, CHASSIS_INIT, SRP_NOT_DEFINED);
    ck_assert_uint_eq(state_of(AAA_1), MONITOR_INIT);
}
END_TEST

START_TEST(a_latch_ends_with_a_reset_or_as_the_other_control_function_says)
{
    take_over(SRP_AAA_FAILURE);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    ck_assert(!wants_authentication());
    told = 0;
    monitors_reset(m, MONITOR_DIAMETER);
    ck_assert_int_eq(told, 0);
    monitors_reset(m, MONITOR_AAA);
    ck_assert_int_eq(told, 1);
    ck_assert(wants_authentication());
    monitors_latch(m, 1u << SRP_AAA_FAILURE);
    ck_assert_int_eq(told, 2);
    ck_assert(!wants_authentication());
}
END_TEST

START_TEST(a_reset_clears_what_is_known_of_failures)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, DIA_3, MONITOR_DOWN);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    ck_assert_int_ne(monitors_times(m, MONITOR_AAA).failed_us, 0);
    monitors_reset(m, MONITOR_AAA);
    ck_assert_int_eq(monitors_times(m, MONITOR_AAA).failed_us, 0);
    ck_assert_int_ne(monitors_times(m, MONITOR_AAA).changed_us, 0);
    ck_assert_uint_eq(monitors_core(m)->setup.targets[AAA_1].failures, 0);
    ck_assert_uint_eq(monitors_core(m)->setup.targets[DIA_3].failures, 1);
    ck_assert_int_ne(monitors_times(m, MONITOR_DIAMETER).failed_us, 0);
    monitors_reset(m, MONITOR_DIAMETER);
    ck_assert_int_eq(monitors_times(m, MONITOR_DIAMETER).failed_us, 0);
    ck_assert_uint_eq(monitors_core(m)->setup.targets[DIA_3].failures, 0);
}
END_TEST

START_TEST(the_guard_starts_when_a_card_is_lost_and_not_when_it_is_back)
{
    const struct monitor *core;
    mono_t until;

    cf.conf.srp.bgp_after_failure = (struct conf_guard){60, 60};
    monitors_close(&m);
    m = monitors_open(&cf);
    core = monitors_core(m);
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    until = core->guard_until[MONITOR_BGP];
    demux(false);
    ck_assert_int_gt(core->guard_until[MONITOR_BGP].us, until.us);
    until = core->guard_until[MONITOR_BGP];
    demux(true);
    ck_assert_int_eq(core->guard_until[MONITOR_BGP].us, until.us);
}
END_TEST

START_TEST(a_damped_failure_is_told_when_its_time_is_over)
{
    monitors_close(&m);
    cf.conf.srp.aaa_after_switch = (struct conf_guard){60, 2};
    m = monitors_open(&cf);
    enter(CHASSIS_ACTIVE, SRP_MANUAL_SWITCHOVER);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    ck_assert(!wants_authentication());
    told = 0;
    ck_assert(happens(wants_authentication, DEADLINE_MS * US_PER_MS * LAB_SPEED));
    ck_assert_int_eq(told, 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("monitors");
    TCase *tcase = tcase_create("monitors");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_configuration_becomes_targets_groups_and_guards);
    tcase_add_test(tcase, endpoints_of_one_name_in_two_contexts_are_two);
    tcase_add_test(tcase, servers_without_a_key_get_the_secret_of_the_lab);
    tcase_add_test(tcase, only_the_active_looks);
    tcase_add_test(tcase, a_chassis_without_servers_says_so_and_hands_over);
    tcase_add_test(tcase, diameter_peers_and_endpoints_are_told_of);
    tcase_add_test(tcase, a_chassis_that_comes_back_from_handing_over_knows_what_it_knew);
    tcase_add_test(tcase, a_chassis_that_handed_over_forgets_its_servers);
    tcase_add_test(tcase, a_control_function_that_stops_leading_in_the_midst_of_it_forgets_too);
    tcase_add_test(tcase, a_latch_ends_with_a_reset_or_as_the_other_control_function_says);
    tcase_add_test(tcase, a_takeover_forced_out_latches_as_one_that_ended_in_time);
    tcase_add_test(tcase, a_reset_clears_what_is_known_of_failures);
    tcase_add_test(tcase, the_guard_starts_when_a_card_is_lost_and_not_when_it_is_back);
    tcase_add_test(tcase, a_damped_failure_is_told_when_its_time_is_over);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
