#include "tests/unit/monitor_one.h"
#include "tests/unit/unit.h"

/* Two of one kind that stand in for each other. */
struct pair {
    uint8_t kind;
    enum srp_reason reason;
};

static const struct pair pairs[MONITOR_KIND_N] = {
    {MONITOR_AAA, SRP_AAA_FAILURE},           {MONITOR_BGP, SRP_BGP_FAILURE},
    {MONITOR_DIAMETER, SRP_DIAMETER_FAILURE}, {MONITOR_BFD, SRP_BFD_FAILURE},
    {MONITOR_HSRP, SRP_HSRP_SWITCHOVER},
};

START_TEST(all_down_is_a_reason_to_hand_over_and_one_less_is_not)
{
    struct monitor_setup setup = targets_of(pairs[_i].kind, 2);
    struct monitor m = active(&setup);

    (void)all(&m, zero, MONITOR_UP);
    ck_assert_uint_eq(report(&m, at(1), 1, MONITOR_DOWN), MONITOR_DO_CHANGED);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    ck_assert_uint_eq(monitor_down(&m), 0);
    ck_assert_uint_ne(report(&m, at(1), 0, MONITOR_DOWN) & MONITOR_DO_TELL, 0);
    ck_assert_uint_eq(monitor_wants(&m), pairs[_i].reason);
    ck_assert_uint_eq(monitor_down(&m), 1u << pairs[_i].reason);
}
END_TEST

START_TEST(one_that_comes_back_ends_the_wish)
{
    struct monitor_setup setup = targets_of(pairs[_i].kind, 2);
    struct monitor m = active(&setup);

    (void)all(&m, zero, MONITOR_DOWN);
    ck_assert_uint_ne(report(&m, at(1), 0, MONITOR_UP) & MONITOR_DO_TELL, 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    ck_assert_uint_eq(monitor_down(&m), 0);
}
END_TEST

START_TEST(what_was_not_judged_yet_is_not_down)
{
    struct monitor_setup setup = targets_of(pairs[_i].kind, 3);
    struct monitor m = active(&setup);

    (void)report(&m, zero, 0, MONITOR_DOWN);
    (void)report(&m, zero, 2, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)report(&m, zero, 1, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), pairs[_i].reason);
}
END_TEST

START_TEST(without_targets_nothing_is_ever_wanted)
{
    struct monitor m = active(&(struct monitor_setup){.bgp_exclusive = true});

    (void)card(&m, at(1), true, true);
    ck_assert_uint_eq(idle(&m, at(100)), 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    ck_assert_uint_eq(monitor_down(&m), 0);
    ck_assert(!monitor_chassis_bfd_down(&m));
}
END_TEST

/* ---- BGP groups ------------------------------------------------------------------------------ */

static void
add_bgp(struct monitor_setup *setup, uint8_t context, uint8_t group)
{
    add(setup, (struct monitor_target){.kind = MONITOR_BGP, .context = context, .group = group});
}

/* Report these down, in an Active where the others are up; is that a reason? */
static bool
bgp_down(const struct monitor_setup *setup, const char *which)
{
    struct monitor m = active(setup);

    (void)all(&m, zero, MONITOR_UP);
    for (; *which; which++)
        (void)report(&m, at(1), (uint8_t)(*which - '0'), MONITOR_DOWN);
    return monitor_wants(&m) == SRP_BGP_FAILURE;
}

START_TEST(ungrouped_peers_of_one_context_suffice)
{
    struct monitor_setup setup = {0};

    add_bgp(&setup, 1, 0);
    add_bgp(&setup, 1, 0);
    add_bgp(&setup, 2, 0);
    add_bgp(&setup, 2, 0);
    ck_assert(bgp_down(&setup, "01"));
    ck_assert(bgp_down(&setup, "32"));
    ck_assert(!bgp_down(&setup, "02"));
    ck_assert(!bgp_down(&setup, "1"));
}
END_TEST

START_TEST(any_one_group_suffices_even_across_contexts)
{
    struct monitor_setup setup = {0};

    add_bgp(&setup, 1, 1);
    add_bgp(&setup, 2, 1);
    add_bgp(&setup, 1, 2);
    add_bgp(&setup, 2, 2);
    ck_assert(bgp_down(&setup, "01"));
    ck_assert(bgp_down(&setup, "23"));
    ck_assert(!bgp_down(&setup, "02")); /* all of context 1, but no group */
    ck_assert(!bgp_down(&setup, "12"));
}
END_TEST

START_TEST(grouped_and_ungrouped_peers_do_not_stand_in_for_each_other)
{
    struct monitor_setup setup = {0};

    add_bgp(&setup, 1, 0);
    add_bgp(&setup, 1, 3);
    add_bgp(&setup, 1, 3);
    ck_assert(bgp_down(&setup, "0"));
    ck_assert(bgp_down(&setup, "12"));
    ck_assert(!bgp_down(&setup, "1"));
}
END_TEST

START_TEST(exclusive_failover_makes_the_ungrouped_one_more_group)
{
    struct monitor_setup setup = {.bgp_exclusive = true};

    add_bgp(&setup, 1, 0);
    add_bgp(&setup, 2, 0);
    add_bgp(&setup, 1, 1);
    add_bgp(&setup, 2, 1);
    ck_assert(!bgp_down(&setup, "0"));
    ck_assert(bgp_down(&setup, "01"));
    ck_assert(bgp_down(&setup, "23"));
    ck_assert(!bgp_down(&setup, "02"));
    setup.bgp_exclusive = false;
    ck_assert(bgp_down(&setup, "0"));
}
END_TEST

/* ---- the other kinds --------------------------------------------------------------------------- */

START_TEST(every_peer_of_one_diameter_endpoint_suffices)
{
    struct monitor_setup setup = {0};
    struct monitor m;

    add(&setup, (struct monitor_target){.kind = MONITOR_DIAMETER, .endpoint = 1});
    add(&setup, (struct monitor_target){.kind = MONITOR_DIAMETER, .endpoint = 1});
    add(&setup, (struct monitor_target){.kind = MONITOR_DIAMETER, .endpoint = 2});
    m = active(&setup);
    (void)all(&m, zero, MONITOR_UP);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)report(&m, zero, 2, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_DIAMETER_FAILURE);
    (void)report(&m, zero, 2, MONITOR_UP);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)report(&m, zero, 1, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_DIAMETER_FAILURE);
}
END_TEST

START_TEST(ungrouped_servers_stand_in_for_each_other_whatever_their_context)
{
    struct monitor_setup setup = {0};
    struct monitor m;

    add(&setup, (struct monitor_target){.kind = MONITOR_AAA, .context = 1});
    add(&setup, (struct monitor_target){.kind = MONITOR_AAA, .context = 2});
    m = active(&setup);
    (void)report(&m, zero, 1, MONITOR_UP);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)report(&m, zero, 1, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

/* Of servers as of Diameter peers, whatever their contexts and endpoints. */
START_TEST(all_of_any_one_group_suffice)
{
    uint8_t kind = _i == 0 ? MONITOR_AAA : MONITOR_DIAMETER;
    struct monitor_setup setup = {0};
    struct monitor m;

    add(&setup, (struct monitor_target){.kind = kind, .group = 1, .context = 1, .endpoint = 1});
    add(&setup, (struct monitor_target){.kind = kind, .group = 1, .context = 2, .endpoint = 2});
    add(&setup, (struct monitor_target){.kind = kind, .group = 2, .endpoint = 1});
    add(&setup, (struct monitor_target){.kind = kind, .endpoint = 1});
    m = active(&setup);
    (void)all(&m, zero, MONITOR_UP);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)report(&m, zero, 1, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), pairs[kind].reason);
    (void)report(&m, zero, 0, MONITOR_UP);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)report(&m, zero, 2, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), pairs[kind].reason);
    (void)report(&m, zero, 2, MONITOR_UP);
    (void)report(&m, zero, 3, MONITOR_DOWN); /* those without a group are one more */
    ck_assert_uint_eq(monitor_wants(&m), pairs[kind].reason);
}
END_TEST

START_TEST(a_target_that_nobody_can_see_counts_neither_way)
{
    struct monitor_setup setup = targets_of(MONITOR_BGP, 1);
    struct monitor m;

    add(&setup, (struct monitor_target){.kind = MONITOR_BGP, .blind = true});
    add(&setup, (struct monitor_target){.kind = MONITOR_HSRP, .blind = true});
    add(&setup, (struct monitor_target){.kind = MONITOR_BGP, .blind = true, .group = 2});
    m = active(&setup);
    (void)report(&m, zero, 0, MONITOR_UP);
    ck_assert_uint_eq(monitor_down(&m), 0); /* of one alone none is ever down */
    ck_assert_uint_eq(report(&m, at(1), 1, MONITOR_UP), 0);
    ck_assert_uint_eq(report(&m, at(1), 2, MONITOR_DOWN), 0);
    ck_assert_uint_eq(m.setup.targets[2].state, MONITOR_INIT);
    (void)report(&m, at(1), 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_down(&m), 1u << SRP_BGP_FAILURE);
}
END_TEST

START_TEST(bfd_to_the_peer_chassis_is_told_apart_from_bfd_to_routers)
{
    struct monitor_setup setup = {0};
    struct monitor m;

    add(&setup, (struct monitor_target){.kind = MONITOR_BFD});
    add(&setup, (struct monitor_target){.kind = MONITOR_BFD, .chassis_to_chassis = true});
    add(&setup, (struct monitor_target){.kind = MONITOR_BFD, .chassis_to_chassis = true});
    m = active(&setup);
    (void)all(&m, zero, MONITOR_UP);
    (void)report(&m, zero, 1, MONITOR_DOWN);
    ck_assert(!monitor_chassis_bfd_down(&m));
    ck_assert_uint_eq(report(&m, zero, 2, MONITOR_DOWN), MONITOR_DO_CHANGED | MONITOR_DO_TELL);
    ck_assert(monitor_chassis_bfd_down(&m) && monitor_chassis_bfd_fell(&m));
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    ck_assert_uint_eq(monitor_down(&m), 0);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_BFD_FAILURE);
    ck_assert_uint_ne(report(&m, zero, 1, MONITOR_UP) & MONITOR_DO_TELL, 0);
    ck_assert(!monitor_chassis_bfd_down(&m));
}
END_TEST

START_TEST(bfd_sessions_that_ended_with_our_own_demux_say_nothing_of_the_peer)
{
    struct monitor_setup setup = {0};
    struct monitor m;

    add(&setup, (struct monitor_target){.kind = MONITOR_BFD, .chassis_to_chassis = true});
    m = active(&setup);
    (void)all(&m, zero, MONITOR_UP);
    (void)monitor_step(&m,
                       &(struct monitor_event){.now = zero, .type = MONITOR_EV_CARD, .lost = true});
    (void)report(&m, zero, 0, MONITOR_DOWN);
    ck_assert(monitor_chassis_bfd_down(&m) && !monitor_chassis_bfd_fell(&m));
    (void)monitor_step(
        &m, &(struct monitor_event){.now = zero, .type = MONITOR_EV_CARD, .demux = true});
    ck_assert(!monitor_chassis_bfd_fell(&m)); /* not up yet */
    (void)report(&m, zero, 0, MONITOR_UP);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    ck_assert(monitor_chassis_bfd_fell(&m));
}
END_TEST

START_TEST(of_several_reasons_the_lowest_number_is_given)
{
    struct monitor_setup setup = {0};
    struct monitor m;

    add(&setup, (struct monitor_target){.kind = MONITOR_DIAMETER, .group = 1});
    add(&setup, (struct monitor_target){.kind = MONITOR_BFD});
    add(&setup, (struct monitor_target){.kind = MONITOR_BGP});
    m = active(&setup);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_DIAMETER_FAILURE);
    ck_assert_uint_ne(report(&m, zero, 1, MONITOR_DOWN) & MONITOR_DO_TELL, 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_BFD_FAILURE);
    (void)report(&m, zero, 2, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_BGP_FAILURE);
    ck_assert_uint_eq(monitor_down(&m),
                      1u << SRP_DIAMETER_FAILURE | 1u << SRP_BFD_FAILURE | 1u << SRP_BGP_FAILURE);
}
END_TEST

/* ---- roles ---------------------------------------------------------------------------------- */

START_TEST(a_standby_sees_the_network_but_wants_nothing)
{
    uint8_t kind = _i == 0 ? MONITOR_BGP : MONITOR_BFD;
    struct monitor_setup setup = targets_of(kind, 2);
    struct monitor m = started(&setup);

    ck_assert_uint_ne(all(&m, zero, MONITOR_DOWN) & MONITOR_DO_TELL, 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    ck_assert_uint_eq(monitor_down(&m), 1u << pairs[kind].reason);
    ck_assert_uint_eq(become(&m, at(1), true, SRP_DEAD_TIMER_EXPIRY), MONITOR_DO_TELL);
    ck_assert_uint_eq(monitor_wants(&m), pairs[kind].reason);
    ck_assert_uint_eq(become(&m, at(2), false, SRP_BGP_FAILURE), MONITOR_DO_TELL);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    ck_assert_uint_eq(monitor_down(&m), 1u << pairs[kind].reason);
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_DOWN);
}
END_TEST

START_TEST(a_standby_knows_nothing_of_servers)
{
    uint8_t kind = _i == 0 ? MONITOR_AAA : MONITOR_DIAMETER;
    struct monitor_setup setup = targets_of(kind, 2);
    struct monitor m = active(&setup);

    (void)all(&m, at(1), MONITOR_DOWN);
    ck_assert_uint_eq(become(&m, at(2), false, SRP_MANUAL_SWITCHOVER),
                      MONITOR_DO_CHANGED | MONITOR_DO_TELL);
    ck_assert_uint_eq(monitor_down(&m), 0);
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_INIT);
    ck_assert_uint_eq(m.setup.targets[1].state, MONITOR_INIT);
    ck_assert_int_eq(m.setup.targets[1].changed.us, at(2).us);
    ck_assert_uint_eq(all(&m, at(3), MONITOR_DOWN), 0); /* an answer that comes late */
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_INIT);
    (void)become(&m, at(4), true, SRP_DEAD_TIMER_EXPIRY);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED); /* it must be judged anew */
}
END_TEST

/* ---- what is told ------------------------------------------------------------------------------ */

START_TEST(loss_of_the_last_server_is_told_when_it_goes)
{
    struct monitor_setup setup = targets_of(MONITOR_AAA, 2);
    struct monitor m = active(&setup);

    ck_assert_uint_eq(all(&m, zero, MONITOR_UP), MONITOR_DO_CHANGED);
    ck_assert_uint_eq(report(&m, at(1), 0, MONITOR_DOWN), MONITOR_DO_CHANGED);
    ck_assert_uint_eq(report(&m, at(2), 1, MONITOR_DOWN),
                      MONITOR_DO_CHANGED | MONITOR_DO_TELL | MONITOR_DO_AAA_LOST);
    ck_assert_uint_eq(report(&m, at(2), 1, MONITOR_DOWN), 0);
    ck_assert_uint_eq(report(&m, at(3), 0, MONITOR_UP), MONITOR_DO_CHANGED | MONITOR_DO_TELL);
    ck_assert_uint_eq(report(&m, at(4), 1, MONITOR_UP), MONITOR_DO_CHANGED);
    (void)become(&m, at(5), false, SRP_AAA_FAILURE); /* whoever adopted the alarm has ended it */
    (void)become(&m, at(6), true, SRP_DEAD_TIMER_EXPIRY);
    ck_assert_uint_eq(report(&m, at(7), 0, MONITOR_DOWN), MONITOR_DO_CHANGED);
    ck_assert_uint_ne(report(&m, at(8), 1, MONITOR_DOWN) & MONITOR_DO_AAA_LOST, 0);
}
END_TEST

START_TEST(the_last_server_is_the_last_of_all_groups)
{
    struct monitor_setup setup = targets_of(MONITOR_AAA, 2);
    struct monitor m;

    setup.targets[0].group = 1;
    m = active(&setup);
    (void)all(&m, zero, MONITOR_UP);
    ck_assert_uint_eq(report(&m, at(1), 0, MONITOR_DOWN), MONITOR_DO_CHANGED | MONITOR_DO_TELL);
    ck_assert_uint_eq(report(&m, at(2), 1, MONITOR_DOWN), MONITOR_DO_CHANGED | MONITOR_DO_AAA_LOST);
}
END_TEST

/* ---- the demux ------------------------------------------------------------------------------- */

static void
speak(struct monitor *m, mono_t now)
{
    (void)event(m, now, MONITOR_EV_NET, 0);
    (void)all(m, now, MONITOR_UP);
}

START_TEST(sessions_end_with_the_demux_when_it_is_silent)
{
    struct monitor_setup setup = targets_of(_i == 0 ? MONITOR_BGP : MONITOR_BFD, 2);
    struct monitor m = active(&setup);

    speak(&m, at(10));
    ck_assert_uint_eq(card(&m, at(11), true, false), 0);
    ck_assert_int_eq(monitor_deadline(&m).us, at(12).us);
    (void)event(&m, at(12), MONITOR_EV_TICK, 0);
    ck_assert_int_eq(monitor_deadline(&m).us, at(13).us);
    (void)event(&m, (mono_t){at(13).us - 1}, MONITOR_EV_TICK, 0);
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_UP); /* it may just be slow */
    ck_assert_uint_eq(event(&m, at(13), MONITOR_EV_TICK, 0), MONITOR_DO_CHANGED | MONITOR_DO_TELL);
    ck_assert_uint_eq(m.setup.targets[1].state, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), pairs[setup.targets[0].kind].reason);
    ck_assert_int_eq(monitor_deadline(&m).us, MONO_NEVER.us);
    speak(&m, at(20)); /* not quite dead: it must be silent once more */
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_UP);
    ck_assert_uint_ne(idle(&m, at(23)) & MONITOR_DO_TELL, 0);
}
END_TEST

START_TEST(a_chassis_that_slept_gives_the_demux_the_time_it_lost)
{
    struct monitor_setup setup = targets_of(MONITOR_BGP, 2);
    struct monitor m = active(&setup);

    speak(&m, at(10));
    (void)card(&m, at(11), true, false);
    (void)event(&m, at(60), MONITOR_EV_TICK,
                0); /* it speaks again, perhaps: that is still unread */
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_UP);
    ck_assert_int_eq(monitor_deadline(&m).us, at(61).us);
    (void)idle(&m, at(62));
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_DOWN);
}
END_TEST

START_TEST(a_demux_that_lives_or_never_spoke_takes_nothing_along)
{
    struct monitor_setup setup = targets_of(MONITOR_BGP, 1);
    struct monitor m = active(&setup), mute = active(&setup);

    speak(&m, zero);
    (void)card(&m, at(1), true, true); /* another card */
    ck_assert_uint_eq(idle(&m, at(60)), 0);
    (void)card(&m, at(61), true, false);
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_DOWN); /* long silent: at once */

    (void)report(&mute, zero, 0, MONITOR_UP);
    (void)card(&mute, at(1), true, false);
    ck_assert_uint_eq(idle(&mute, at(60)), 0);
}
END_TEST

START_TEST(a_demux_that_is_back_in_time_takes_nothing_along)
{
    struct monitor_setup setup = targets_of(MONITOR_BGP, 1);
    struct monitor m = active(&setup);

    speak(&m, at(1));
    (void)card(&m, at(2), true, false);
    (void)card(&m, at(3), false, true);
    ck_assert_uint_eq(idle(&m, at(60)), 0);
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_UP);
}
END_TEST

START_TEST(servers_and_what_was_never_seen_do_not_go_with_the_demux)
{
    struct monitor_setup setup = targets_of(MONITOR_AAA, 1);
    struct monitor m;

    add(&setup, (struct monitor_target){.kind = MONITOR_BGP});
    m = active(&setup);
    (void)event(&m, zero, MONITOR_EV_NET, 0);
    (void)report(&m, zero, 0, MONITOR_UP);
    (void)card(&m, at(1), true, false);
    ck_assert_uint_eq(idle(&m, at(60)), 0);
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_UP);
    ck_assert_uint_eq(m.setup.targets[1].state, MONITOR_INIT);
}
END_TEST

/* ---- handing over, and coming back ------------------------------------------------------------- */

START_TEST(a_chassis_that_leaves_keeps_its_wish_and_looks_at_nothing)
{
    struct monitor_setup setup = targets_of(MONITOR_AAA, 1);
    struct monitor m = active(&setup);

    (void)all(&m, at(1), MONITOR_DOWN);
    ck_assert(monitor_looks(&m));
    ck_assert_uint_eq(enter(&m, at(2), CHASSIS_PENDING_STANDBY, SRP_AAA_FAILURE), 0);
    ck_assert(!monitor_looks(&m));
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
    ck_assert_uint_eq(report(&m, at(3), 0, MONITOR_UP), 0); /* an eye that had not closed yet */
    ck_assert_uint_eq(enter(&m, at(4), CHASSIS_ACTIVE, SRP_FORCE_STATE_CHANGE), 0);
    ck_assert(monitor_looks(&m));
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
    ck_assert_uint_ne(report(&m, at(5), 0, MONITOR_UP) & MONITOR_DO_TELL, 0);
}
END_TEST

START_TEST(a_control_function_that_follows_forgets)
{
    struct monitor_setup setup = targets_of(MONITOR_AAA, 1);
    struct monitor m = active(&setup);

    (void)all(&m, at(1), MONITOR_DOWN);
    (void)enter(&m, at(2), CHASSIS_PENDING_STANDBY, SRP_AAA_FAILURE);
    ck_assert_uint_ne(enter(&m, at(3), CHASSIS_INIT, SRP_NOT_DEFINED) & MONITOR_DO_TELL, 0);
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_INIT);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
}
END_TEST

START_TEST(only_authentication_servers_are_told_as_such)
{
    struct monitor_setup setup = targets_of((uint8_t)_i, 1);
    struct monitor m = active(&setup);

    ck_assert_uint_eq(all(&m, at(1), MONITOR_DOWN) & MONITOR_DO_AAA_LOST, 0);
}
END_TEST

START_TEST(a_target_remembers_since_when_and_how_often_it_fell)
{
    struct monitor_setup setup = targets_of(MONITOR_BGP, 2);
    struct monitor m = active(&setup);

    (void)report(&m, at(1), 0, MONITOR_DOWN);
    (void)report(&m, at(2), 0, MONITOR_DOWN);
    ck_assert_int_eq(m.setup.targets[0].changed.us, at(1).us);
    (void)report(&m, at(3), 0, MONITOR_UP);
    (void)report(&m, at(4), 0, MONITOR_DOWN);
    ck_assert_uint_eq(m.setup.targets[0].failures, 2);
    ck_assert_uint_eq(m.setup.targets[1].failures, 0);
    ck_assert_int_eq(m.setup.targets[0].changed.us, at(4).us);
    (void)event(&m, at(5), MONITOR_EV_RESET, MONITOR_AAA);
    ck_assert_uint_eq(m.setup.targets[0].failures, 2);
    (void)event(&m, at(5), MONITOR_EV_RESET, MONITOR_BGP);
    ck_assert_uint_eq(m.setup.targets[0].failures, 0);
    ck_assert_uint_eq(m.setup.targets[0].state, MONITOR_DOWN); /* which it still is */
}
END_TEST

START_TEST(reports_of_what_is_not_there_are_ignored)
{
    struct monitor_setup setup = targets_of(MONITOR_BGP, 1);
    struct monitor m = active(&setup);
    struct monitor before = m;

    ck_assert_uint_eq(report(&m, zero, 1, MONITOR_DOWN), 0);
    ck_assert_uint_eq(report(&m, zero, 255, MONITOR_DOWN), 0);
    ck_assert_uint_eq(report(&m, zero, 0, MONITOR_STATE_N), 0);
    ck_assert_uint_eq(event(&m, zero, MONITOR_EV_RESET, MONITOR_KIND_N), 0);
    ck_assert_mem_eq(&m, &before, sizeof m);
}
END_TEST

START_TEST(all_targets_there_may_be_are_judged)
{
    struct monitor_setup setup = targets_of(MONITOR_AAA, MONITOR_TARGETS);
    struct monitor m = active(&setup);

    (void)all(&m, zero, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
    (void)report(&m, zero, MONITOR_TARGETS - 1, MONITOR_UP);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
}
END_TEST

START_TEST(letters_and_names_are_those_of_the_console)
{
    ck_assert_int_eq(monitor_kind_letter(MONITOR_AAA), 'A');
    ck_assert_int_eq(monitor_kind_letter(MONITOR_BFD), 'F');
    ck_assert_int_eq(monitor_kind_letter(MONITOR_KIND_N), '?');
    ck_assert_str_eq(monitor_kind_name(MONITOR_BGP), "Bgp");
    ck_assert_str_eq(monitor_kind_name(MONITOR_KIND_N), "unknown");
    ck_assert_int_eq(monitor_state_letter(MONITOR_INIT), 'I');
    ck_assert_int_eq(monitor_state_letter(MONITOR_DOWN), 'D');
    ck_assert_int_eq(monitor_state_letter(MONITOR_STATE_N), '?');
    ck_assert_str_eq(monitor_state_name(MONITOR_INIT), "Init");
    ck_assert_str_eq(monitor_state_name(MONITOR_UP), "Up");
    ck_assert_str_eq(monitor_state_name(MONITOR_DOWN), "Down");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("monitor");
    TCase *rules = tcase_create("rules");
    TCase *edges = tcase_create("edges");

    tcase_add_loop_test(rules, all_down_is_a_reason_to_hand_over_and_one_less_is_not, 0,
                        MONITOR_KIND_N);
    tcase_add_loop_test(rules, one_that_comes_back_ends_the_wish, 0, MONITOR_KIND_N);
    tcase_add_loop_test(rules, what_was_not_judged_yet_is_not_down, 0, MONITOR_KIND_N);
    tcase_add_test(rules, without_targets_nothing_is_ever_wanted);
    tcase_add_test(rules, ungrouped_peers_of_one_context_suffice);
    tcase_add_test(rules, any_one_group_suffices_even_across_contexts);
    tcase_add_test(rules, grouped_and_ungrouped_peers_do_not_stand_in_for_each_other);
    tcase_add_test(rules, exclusive_failover_makes_the_ungrouped_one_more_group);
    tcase_add_test(rules, every_peer_of_one_diameter_endpoint_suffices);
    tcase_add_test(rules, ungrouped_servers_stand_in_for_each_other_whatever_their_context);
    tcase_add_loop_test(rules, all_of_any_one_group_suffice, 0, 2);
    tcase_add_test(rules, a_target_that_nobody_can_see_counts_neither_way);
    tcase_add_test(rules, bfd_to_the_peer_chassis_is_told_apart_from_bfd_to_routers);
    tcase_add_test(rules, bfd_sessions_that_ended_with_our_own_demux_say_nothing_of_the_peer);
    tcase_add_test(rules, of_several_reasons_the_lowest_number_is_given);
    tcase_add_loop_test(edges, a_standby_sees_the_network_but_wants_nothing, 0, 2);
    tcase_add_loop_test(edges, a_standby_knows_nothing_of_servers, 0, 2);
    tcase_add_test(edges, loss_of_the_last_server_is_told_when_it_goes);
    tcase_add_test(edges, the_last_server_is_the_last_of_all_groups);
    tcase_add_loop_test(edges, sessions_end_with_the_demux_when_it_is_silent, 0, 2);
    tcase_add_test(edges, a_chassis_that_slept_gives_the_demux_the_time_it_lost);
    tcase_add_test(edges, a_demux_that_lives_or_never_spoke_takes_nothing_along);
    tcase_add_test(edges, a_demux_that_is_back_in_time_takes_nothing_along);
    tcase_add_test(edges, servers_and_what_was_never_seen_do_not_go_with_the_demux);
    tcase_add_test(edges, a_chassis_that_leaves_keeps_its_wish_and_looks_at_nothing);
    tcase_add_test(edges, a_control_function_that_follows_forgets);
    tcase_add_loop_test(edges, only_authentication_servers_are_told_as_such, MONITOR_BGP,
                        MONITOR_KIND_N);
    tcase_add_test(edges, a_target_remembers_since_when_and_how_often_it_fell);
    tcase_add_test(edges, reports_of_what_is_not_there_are_ignored);
    tcase_add_test(edges, all_targets_there_may_be_are_judged);
    tcase_add_test(edges, letters_and_names_are_those_of_the_console);
    suite_add_tcase(suite, rules);
    suite_add_tcase(suite, edges);
    return unit_main(suite);
}
