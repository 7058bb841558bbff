/* What the demux says of the network becomes the state of neighbors. */
#include "tests/unit/monitors_rig.h"

START_TEST(neighbors_are_what_the_demux_says_they_are)
{
    enter(CHASSIS_STANDBY, SRP_NOT_DEFINED);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_INIT);
    hear(true, false, true, false);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_UP);
    ck_assert_uint_eq(state_of(BGP_2), MONITOR_DOWN);
    ck_assert_uint_eq(state_of(ROUTER), MONITOR_UP);
    ck_assert_uint_eq(state_of(CHASSIS), MONITOR_DOWN);
    ck_assert_uint_eq(monitor_down(monitors_core(m)), 1u << SRP_BGP_FAILURE);
    ck_assert(monitor_chassis_bfd_down(monitors_core(m)));
    ck_assert_uint_eq(notified_n, 2); /* of those up: what never was has not gone down */
    assert_notified(0, BGP_1, true);
    assert_notified(1, ROUTER, true);
    notified_n = 0;
    hear(true, true, false, false);
    ck_assert_uint_eq(notified_n, 2);
    assert_notified(0, BGP_2, true);
    assert_notified(1, ROUTER, false);
    ck_assert_uint_eq(monitor_down(monitors_core(m)), 1u << SRP_BFD_FAILURE);
}
END_TEST

START_TEST(one_address_in_two_contexts_is_two_neighbors)
{
    struct net_body net = net_of(true, true, true, true);

    monitors_close(&m);
    (void)add(CONF_MONITOR_BGP, "other", ROUTER_1);
    m = monitors_open(&cf);
    monitors_net(m, &net);
    ck_assert_uint_eq(state_of(TARGETS), MONITOR_INIT);
    net.neighbors[net.n++] = (struct net_neighbor){.of = {"other", ROUTER_1}};
    monitors_net(m, &net);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_UP);
    ck_assert_uint_eq(state_of(TARGETS), MONITOR_DOWN);
}
END_TEST

START_TEST(a_neighbor_that_is_not_spoken_of_stays_as_it_is)
{
    struct net_body net = net_of(true, true, true, true);

    hear(false, true, true, true);
    net.n = 0;
    monitors_net(m, &net);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_DOWN);
    ck_assert_uint_eq(state_of(BGP_2), MONITOR_UP);
    monitors_close(&m);
    m = monitors_open(&cf);
    monitors_net(m, &net);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_INIT);
}
END_TEST

START_TEST(with_the_demux_its_sessions_go)
{
    hear(true, true, true, true);
    demux(false);
    ck_assert(happens(network_down, DEADLINE_MS * US_PER_MS * LAB_SPEED));
    hear(true, true, true, true);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_UP);
    ck_assert(happens(network_down, DEADLINE_MS * US_PER_MS * LAB_SPEED)); /* and again */
    demux(true);
    hear(true, true, true, true);
    ck_assert(!happens(network_down, 10 * US_PER_S));
}
END_TEST

START_TEST(what_the_demux_never_spoke_of_does_not_go_with_it)
{
    struct net_body net = net_of(true, true, true, true);

    net.n = 1;
    monitors_net(m, &net);
    demux(false);
    ck_assert(happens(network_down, DEADLINE_MS * US_PER_MS * LAB_SPEED));
    ck_assert_uint_eq(state_of(BGP_2), MONITOR_INIT);
}
END_TEST

START_TEST(a_demux_that_is_silent_but_lives_proves_nothing)
{
    hear(true, true, true, true);
    ck_assert(!happens(network_down, 10 * US_PER_S));
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_UP);
}
END_TEST

START_TEST(a_demux_that_was_never_heard_leaves_the_network_unknown)
{
    demux(false);
    ck_assert(!happens(network_down, 10 * US_PER_S));
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_INIT);
}
END_TEST

START_TEST(a_control_function_that_follows_learns_and_tells_when_it_leads)
{
    cf.leading = false;
    hear(false, false, true, true);
    ck_assert_uint_eq(notified_n, 0);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_DOWN);
    cf.leading = true;
    told = 0;
    enter(CHASSIS_STANDBY, SRP_NOT_DEFINED);
    ck_assert_int_eq(told, 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("monitors: network");
    TCase *tcase = tcase_create("monitors");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, neighbors_are_what_the_demux_says_they_are);
    tcase_add_test(tcase, one_address_in_two_contexts_is_two_neighbors);
    tcase_add_test(tcase, a_neighbor_that_is_not_spoken_of_stays_as_it_is);
    tcase_add_test(tcase, with_the_demux_its_sessions_go);
    tcase_add_test(tcase, what_the_demux_never_spoke_of_does_not_go_with_it);
    tcase_add_test(tcase, a_demux_that_is_silent_but_lives_proves_nothing);
    tcase_add_test(tcase, a_demux_that_was_never_heard_leaves_the_network_unknown);
    tcase_add_test(tcase, a_control_function_that_follows_learns_and_tells_when_it_leads);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
