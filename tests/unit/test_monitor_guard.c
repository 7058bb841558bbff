#include "tests/unit/monitor_one.h"
#include "tests/unit/unit.h"

static mono_t
before(mono_t t)
{
    return (mono_t){.us = t.us - 1};
}

/* An Active of one guarded AAA server since `zero`, seen up. */
static struct monitor
guarded_active(void)
{
    struct monitor m = guarded(MONITOR_AAA, 1);

    (void)become(&m, zero, true, SRP_MANUAL_SWITCHOVER);
    (void)report(&m, zero, 0, MONITOR_UP);
    return m;
}

/* ---- guard and damping ------------------------------------------------------------------------ */

START_TEST(a_fall_inside_the_guard_period_must_last)
{
    struct monitor m = guarded_active();

    (void)idle(&m, at(10));
    (void)report(&m, at(10), 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_down(&m), 1u << SRP_AAA_FAILURE); /* seen, but no reason yet */
    ck_assert_uint_eq(idle(&m, before(at(10 + DAMPING))), 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    ck_assert_int_eq(monitor_deadline(&m).us, at(10 + DAMPING).us);
    ck_assert_uint_eq(idle(&m, at(10 + DAMPING)), MONITOR_DO_TELL);
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(the_guard_period_ends_at_its_microsecond)
{
    struct monitor in = guarded_active(), out = in;

    (void)idle(&in, before(at(GUARD)));
    (void)report(&in, before(at(GUARD)), 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&in), SRP_NOT_DEFINED);
    (void)idle(&out, at(GUARD));
    (void)report(&out, at(GUARD), 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&out), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(a_fall_at_the_end_of_the_guard_period_is_judged_when_its_damping_ends)
{
    struct monitor m = guarded_active();
    mono_t fall = before(at(GUARD)), due = mono_after(fall, DAMPING * US_PER_S);

    (void)idle(&m, fall);
    (void)report(&m, fall, 0, MONITOR_DOWN);
    (void)idle(&m, at(GUARD)); /* the guard period is over, the damping is not */
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)idle(&m, before(due));
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)idle(&m, due);
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(recovery_disarms_even_at_the_last_moment)
{
    struct monitor m = guarded_active();

    (void)report(&m, zero, 0, MONITOR_DOWN);
    (void)idle(&m, before(at(DAMPING)));
    (void)report(&m, at(DAMPING), 0, MONITOR_UP);
    ck_assert_uint_eq(idle(&m, at(1000)), 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    ck_assert_int_eq(monitor_deadline(&m).us, MONO_NEVER.us);
}
END_TEST

START_TEST(after_a_recovery_the_next_fall_outside_the_guard_period_is_judged_at_once)
{
    struct monitor m = guarded_active();

    (void)idle(&m, at(GUARD - 5));
    (void)report(&m, at(GUARD - 5), 0, MONITOR_DOWN);
    (void)report(&m, at(GUARD - 4), 0, MONITOR_UP);
    ck_assert_int_eq(m.judged[MONITOR_AAA].due.us, MONO_NEVER.us);
    (void)idle(&m, at(GUARD));
    (void)report(&m, at(GUARD), 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(flapping_inside_the_guard_period_starts_the_damping_anew)
{
    struct monitor m = guarded_active();

    for (int s = 0; s < GUARD - 1; s++) {
        (void)report(&m, at(s), 0, s % 2 ? MONITOR_UP : MONITOR_DOWN);
        (void)idle(&m, at(s + 1));
        ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    }
    /* fell last at GUARD - 2 */
    (void)idle(&m, before(at(GUARD - 2 + DAMPING)));
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)idle(&m, at(GUARD - 2 + DAMPING));
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(a_fall_after_the_guard_period_is_judged_at_once_each_time)
{
    struct monitor m = guarded_active();

    (void)idle(&m, at(GUARD));
    for (int s = GUARD; s < GUARD + 3; s++) {
        (void)report(&m, at(s), 0, MONITOR_DOWN);
        ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
        (void)report(&m, at(s), 0, MONITOR_UP);
        ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    }
}
END_TEST

START_TEST(without_a_guard_period_or_a_damping_period_nothing_waits)
{
    struct monitor_setup setup = targets_of(MONITOR_AAA, 1);
    struct monitor m;

    setup.after_switch[MONITOR_AAA] = _i == 0 ? (struct monitor_guard){0, DAMPING * US_PER_S}
                                              : (struct monitor_guard){GUARD * US_PER_S, 0};
    m = active(&setup);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(each_kind_has_its_own_guard)
{
    struct monitor_setup setup = targets_of(MONITOR_AAA, 1);
    struct monitor m;

    add(&setup, (struct monitor_target){.kind = MONITOR_BGP});
    setup.after_switch[MONITOR_AAA] = (struct monitor_guard){GUARD * US_PER_S, DAMPING * US_PER_S};
    m = active(&setup);
    (void)all(&m, at(1), MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_BGP_FAILURE);
}
END_TEST

/* ---- a restart here ------------------------------------------------------------------------------ */

START_TEST(a_restart_starts_the_guard_of_every_kind)
{
    struct monitor m = guarded((uint8_t)_i, 1);

    m.setup.after_switch[_i] = (struct monitor_guard){0};
    (void)become(&m, zero, true, SRP_NOT_DEFINED);
    (void)idle(&m, at(100));
    (void)card(&m, at(100), true, true);
    (void)report(&m, at(100), 0, MONITOR_DOWN);
    (void)idle(&m, before(at(100 + DAMPING)));
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)idle(&m, at(100 + DAMPING));
    ck_assert_uint_ne(monitor_wants(&m), SRP_NOT_DEFINED);
}
END_TEST

START_TEST(a_restart_does_not_take_back_what_is_wanted_already)
{
    struct monitor m = guarded_active();

    (void)idle(&m, at(GUARD));
    (void)report(&m, at(GUARD), 0, MONITOR_DOWN);
    ck_assert_uint_eq(card(&m, at(GUARD), true, true), 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(a_card_that_restarts_again_and_again_does_not_put_off_a_failure_that_lasts)
{
    struct monitor m = guarded_active();

    (void)report(&m, zero, 0, MONITOR_DOWN);
    for (int s = 1; s < DAMPING; s++) {
        (void)idle(&m, at(s));
        (void)card(&m, at(s), true, true);
        ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    }
    (void)idle(&m, at(DAMPING));
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

/* A guard of 60 s from the switchover, one of 30 s from a restart at `restart`: which damps? */
static int64_t
damping_of_two(int restart, int damping, int fall)
{
    struct monitor m = guarded(MONITOR_AAA, 1);

    m.setup.after_failure[MONITOR_AAA] = (struct monitor_guard){30 * US_PER_S, damping * US_PER_S};
    (void)become(&m, zero, true, SRP_NOT_DEFINED);
    (void)idle(&m, at(restart));
    (void)card(&m, at(restart), true, true);
    (void)idle(&m, at(fall));
    (void)report(&m, at(fall), 0, MONITOR_DOWN);
    ck_assert_int_eq(m.judged[MONITOR_AAA].since.us, at(fall).us);
    return m.judged[MONITOR_AAA].damped
               ? mono_between(at(fall), m.judged[MONITOR_AAA].due) / US_PER_S
               : 0;
}

START_TEST(of_two_guards_the_later_end_rules)
{
    ck_assert_int_eq(damping_of_two(10, 5, 20), DAMPING); /* ends at 40: the first rules */
    ck_assert_int_eq(damping_of_two(10, 5, 59), DAMPING);
    ck_assert_int_eq(damping_of_two(40, 5, 50), 5); /* ends at 70 */
    ck_assert_int_eq(damping_of_two(40, 5, 69), 5);
    ck_assert_int_eq(damping_of_two(40, 5, 70), 0);
    ck_assert_int_eq(damping_of_two(30, 5, 50), DAMPING); /* both end at 60: the longer damps */
    ck_assert_int_eq(damping_of_two(30, 50, 50), 50);
}
END_TEST

START_TEST(an_active_told_again_that_it_is_does_not_start_its_guard_anew)
{
    struct monitor m = guarded_active();

    (void)idle(&m, at(30));
    (void)become(&m, at(30), true, SRP_MANUAL_SWITCHOVER);
    (void)idle(&m, at(GUARD));
    (void)report(&m, at(GUARD), 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(what_is_down_when_we_step_up_inside_a_guard_period_must_last_too)
{
    struct monitor m = guarded(MONITOR_BGP, 1);

    (void)report(&m, zero, 0, MONITOR_DOWN);
    (void)idle(&m, at(100));
    (void)become(&m, at(100), true, SRP_DEAD_TIMER_EXPIRY);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)idle(&m, before(at(100 + DAMPING)));
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)idle(&m, at(100 + DAMPING));
    ck_assert_uint_eq(monitor_wants(&m), SRP_BGP_FAILURE);
}
END_TEST

/* ---- a process that was stopped ------------------------------------------------------------------- */

START_TEST(a_late_tick_alone_switches_nothing)
{
    struct monitor m = guarded_active();

    (void)report(&m, zero, 0, MONITOR_DOWN);
    (void)idle(&m, at(20));
    /* stopped from 20 to 220; the server came back meanwhile, and its report is still unread */
    ck_assert_uint_eq(event(&m, at(220), MONITOR_EV_TICK, 0), 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)report(&m, at(220), 0, MONITOR_UP);
    ck_assert_uint_eq(idle(&m, at(1000)), 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
}
END_TEST

START_TEST(after_a_stop_the_damping_goes_on_where_it_stood)
{
    struct monitor m = guarded_active();

    (void)report(&m, zero, 0, MONITOR_DOWN);
    (void)idle(&m, at(20));
    (void)idle(&m, before(at(200 + DAMPING))); /* calls it first when the deadline asks ... */
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);

    m = guarded_active();
    (void)report(&m, zero, 0, MONITOR_DOWN);
    (void)idle(&m, at(20));
    (void)event(&m, at(220), MONITOR_EV_TICK, 0); /* ... and now it was late */
    (void)idle(&m, before(at(200 + DAMPING)));
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)idle(&m, at(200 + DAMPING));
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(a_report_read_late_counts_as_inside_the_guard_period_it_fell_in)
{
    struct monitor m = guarded_active();

    (void)idle(&m, at(20));
    (void)report(&m, at(220), 0, MONITOR_DOWN); /* nobody knows when */
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)idle(&m, at(220 + DAMPING));
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(outside_guard_periods_a_long_silence_is_no_gap)
{
    struct monitor m = guarded_active();

    (void)idle(&m, at(GUARD));
    ck_assert_int_eq(monitor_deadline(&m).us, MONO_NEVER.us);
    (void)report(&m, at(100000), 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(a_tick_that_is_late_by_less_than_half_takes_nothing_from_the_damping)
{
    struct monitor m = guarded_active();
    mono_t t = zero;

    (void)report(&m, zero, 0, MONITOR_DOWN);
    while (!mono_reached(t, at(DAMPING - 2))) {
        t = mono_after(t, MONITOR_TICK_US * 3 / 2);
        (void)event(&m, t, MONITOR_EV_TICK, 0);
    }
    ck_assert_int_eq(m.judged[MONITOR_AAA].due.us, at(DAMPING).us);
    (void)event(&m, mono_after(t, MONITOR_TICK_US * 3 / 2 + 1), MONITOR_EV_TICK, 0);
    ck_assert_int_gt(m.judged[MONITOR_AAA].due.us, at(DAMPING).us);
}
END_TEST

START_TEST(time_that_runs_backwards_stands_still)
{
    struct monitor m = guarded_active();

    (void)idle(&m, at(10));
    (void)report(&m, at(5), 0, MONITOR_DOWN);
    ck_assert_int_eq(m.setup.targets[0].changed.us, at(10).us);
    ck_assert_int_eq(m.judged[MONITOR_AAA].due.us, at(10 + DAMPING).us);
}
END_TEST

/* ---- the latch --------------------------------------------------------------------------------- */

/* Became Active for that kind, which fails here, too, longer than any guard. */
static struct monitor
latched(uint8_t kind)
{
    enum srp_reason reason = kind == MONITOR_AAA ? SRP_AAA_FAILURE : SRP_DIAMETER_FAILURE;
    struct monitor m = guarded(kind, 1);

    (void)become(&m, zero, true, reason);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    (void)idle(&m, at(500));
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    ck_assert_uint_eq(monitor_down(&m), 1u << reason);
    ck_assert_uint_eq(monitor_latched(&m), 1u << reason);
    return m;
}

static const uint8_t latching[] = {MONITOR_AAA, MONITOR_DIAMETER};

START_TEST(who_took_over_for_servers_stays_though_it_reaches_none_either)
{
    struct monitor m = latched(latching[_i]);

    (void)report(&m, at(501), 0, MONITOR_UP);
    (void)report(&m, at(502), 0, MONITOR_DOWN);
    ck_assert_uint_eq(idle(&m, at(1000)), 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
}
END_TEST

static unsigned
learn(struct monitor *m, mono_t now, enum srp_reason reason)
{
    return monitor_step(m, &(struct monitor_event){
                               .now = now, .type = MONITOR_EV_CAUSE, .reason = (uint8_t)reason});
}

START_TEST(a_cause_that_is_learnt_late_latches)
{
    struct monitor active = guarded(MONITOR_AAA, 1), pending = active;

    (void)become(&active, zero, true, SRP_DEAD_TIMER_EXPIRY);
    (void)report(&active, zero, 0, MONITOR_DOWN);
    (void)idle(&active, at(500));
    ck_assert_uint_eq(monitor_wants(&active), SRP_AAA_FAILURE);
    ck_assert_uint_eq(learn(&active, at(500), SRP_AAA_FAILURE), MONITOR_DO_TELL);
    ck_assert_uint_eq(monitor_wants(&active), SRP_NOT_DEFINED);

    (void)enter(&pending, zero, CHASSIS_PENDING_ACTIVE, SRP_DEAD_TIMER_EXPIRY);
    ck_assert_uint_eq(learn(&pending, zero, SRP_AAA_FAILURE), 0);
    (void)enter(&pending, zero, CHASSIS_ACTIVE, SRP_DEAD_TIMER_EXPIRY);
    ck_assert_uint_eq(monitor_latched(&pending), 1u << SRP_AAA_FAILURE);
}
END_TEST

START_TEST(a_manual_switchover_unlatches)
{
    struct monitor m = latched(latching[_i]);

    (void)become(&m, at(500), false, SRP_MANUAL_SWITCHOVER);
    (void)become(&m, at(600), true, SRP_MANUAL_SWITCHOVER);
    ck_assert_uint_eq(monitor_latched(&m), 0);
    (void)report(&m, at(600), 0, MONITOR_DOWN);
    (void)idle(&m, at(600 + DAMPING));
    ck_assert_uint_ne(monitor_wants(&m), SRP_NOT_DEFINED);
}
END_TEST

START_TEST(a_switchover_for_another_failure_unlatches_and_one_for_the_same_does_not)
{
    struct monitor m = latched(MONITOR_AAA), same = m;

    (void)become(&m, at(500), false, SRP_NOT_DEFINED);
    (void)become(&m, at(600), true, SRP_DIAMETER_FAILURE);
    ck_assert_uint_eq(monitor_latched(&m), 1u << SRP_DIAMETER_FAILURE);
    (void)report(&m, at(600), 0, MONITOR_DOWN);
    (void)idle(&m, at(600 + DAMPING));
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);

    (void)become(&same, at(500), false, SRP_NOT_DEFINED);
    ck_assert_uint_eq(monitor_latched(&same), 1u << SRP_AAA_FAILURE); /* as long as Standby */
    (void)become(&same, at(600), true, SRP_AAA_FAILURE);
    (void)report(&same, at(600), 0, MONITOR_DOWN);
    (void)idle(&same, at(1000));
    ck_assert_uint_eq(monitor_wants(&same), SRP_NOT_DEFINED);
}
END_TEST

START_TEST(a_reset_of_that_kind_unlatches)
{
    struct monitor m = latched(latching[_i]);

    ck_assert_uint_eq(event(&m, at(501), MONITOR_EV_RESET, latching[!_i]), 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    ck_assert_uint_eq(event(&m, at(502), MONITOR_EV_RESET, latching[_i]), MONITOR_DO_TELL);
    ck_assert_uint_ne(monitor_wants(&m), SRP_NOT_DEFINED);
}
END_TEST

START_TEST(a_reset_does_not_cut_the_damping_short)
{
    struct monitor m = guarded(MONITOR_AAA, 1);

    (void)become(&m, zero, true, SRP_AAA_FAILURE);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    ck_assert_uint_eq(event(&m, at(1), MONITOR_EV_RESET, MONITOR_AAA), 0);
    (void)idle(&m, before(at(DAMPING)));
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    (void)idle(&m, at(DAMPING));
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

START_TEST(a_latch_holds_only_the_kind_that_caused_it)
{
    struct monitor_setup setup = targets_of(MONITOR_AAA, 1);
    struct monitor m;

    add(&setup, (struct monitor_target){.kind = MONITOR_DIAMETER, .endpoint = 1});
    m = started(&setup);
    (void)become(&m, zero, true, SRP_AAA_FAILURE);
    (void)all(&m, zero, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_wants(&m), SRP_DIAMETER_FAILURE);
}
END_TEST

START_TEST(the_network_never_latches)
{
    struct monitor_setup setup = targets_of(MONITOR_BGP, 1);
    struct monitor m = started(&setup);

    (void)become(&m, zero, true, SRP_BGP_FAILURE);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    ck_assert_uint_eq(monitor_latched(&m), 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_BGP_FAILURE);
}
END_TEST

START_TEST(a_takeover_that_is_forced_out_latches_by_why_it_began)
{
    enum srp_reason reason = latching[_i] == MONITOR_AAA ? SRP_AAA_FAILURE : SRP_DIAMETER_FAILURE;
    struct monitor m = guarded(latching[_i], 1);

    (void)enter(&m, zero, CHASSIS_STANDBY, SRP_NOT_DEFINED);
    (void)enter(&m, zero, CHASSIS_PENDING_ACTIVE, reason);
    (void)enter(&m, at(30), CHASSIS_ACTIVE, SRP_FORCE_STATE_CHANGE); /* out of time */
    ck_assert_uint_eq(monitor_latched(&m), 1u << reason);
}
END_TEST

START_TEST(a_takeover_that_began_for_something_else_does_not_latch)
{
    struct monitor m = guarded(MONITOR_AAA, 1);

    (void)enter(&m, zero, CHASSIS_PENDING_ACTIVE, SRP_AAA_FAILURE);
    (void)enter(&m, at(1), CHASSIS_STANDBY, SRP_DUAL_ACTIVE); /* that one came to nothing */
    (void)enter(&m, at(2), CHASSIS_PENDING_ACTIVE, SRP_DEAD_TIMER_EXPIRY);
    (void)enter(&m, at(3), CHASSIS_ACTIVE, SRP_AAA_FAILURE);
    ck_assert_uint_eq(monitor_latched(&m), 0);
}
END_TEST

START_TEST(a_reset_in_the_midst_of_a_takeover_holds)
{
    struct monitor m = guarded(MONITOR_AAA, 1);

    (void)enter(&m, zero, CHASSIS_PENDING_ACTIVE, SRP_AAA_FAILURE);
    (void)event(&m, at(1), MONITOR_EV_RESET, MONITOR_DIAMETER);
    (void)event(&m, at(1), MONITOR_EV_RESET, MONITOR_AAA);
    (void)enter(&m, at(2), CHASSIS_ACTIVE, SRP_AAA_FAILURE);
    ck_assert_uint_eq(monitor_latched(&m), 0);
}
END_TEST

START_TEST(a_switchover_that_is_rolled_back_leaves_latch_and_guard_as_they_were)
{
    struct monitor m = latched(latching[_i]), before;

    before = m;
    (void)enter(&m, at(500), CHASSIS_PENDING_STANDBY, SRP_MANUAL_SWITCHOVER);
    (void)enter(&m, at(500), CHASSIS_ACTIVE, SRP_MANUAL_SWITCHOVER);
    ck_assert_mem_eq(&m, &before, sizeof m);
}
END_TEST

/* Who takes over from a CF that died leaving, or coming, knows only state, reason and latches. */
START_TEST(a_control_function_that_goes_on_in_a_pending_state_latches_alike)
{
    struct monitor coming = guarded(MONITOR_AAA, 1), leaving = coming;

    (void)enter(&coming, zero, CHASSIS_PENDING_ACTIVE, SRP_AAA_FAILURE);
    monitor_latch(&coming, 0);
    (void)enter(&coming, at(30), CHASSIS_ACTIVE, SRP_FORCE_STATE_CHANGE);
    ck_assert_uint_eq(monitor_latched(&coming), 1u << SRP_AAA_FAILURE);

    (void)enter(&leaving, zero, CHASSIS_PENDING_STANDBY, SRP_MANUAL_SWITCHOVER);
    monitor_latch(&leaving, 1u << SRP_AAA_FAILURE);
    (void)enter(&leaving, at(1), CHASSIS_ACTIVE, SRP_MANUAL_SWITCHOVER);
    ck_assert_uint_eq(monitor_latched(&leaving), 1u << SRP_AAA_FAILURE);
}
END_TEST

START_TEST(a_card_that_comes_back_starts_no_guard)
{
    struct monitor_setup setup = targets_of(MONITOR_BGP, 1);
    struct monitor m;

    setup.after_failure[MONITOR_BGP] = (struct monitor_guard){GUARD * US_PER_S, DAMPING * US_PER_S};
    m = active(&setup);
    (void)card(&m, at(1), true, true);
    ck_assert_int_eq(m.guard_until[MONITOR_BGP].us, at(1 + GUARD).us);
    (void)idle(&m, at(20));
    (void)card(&m, at(20), false, true);
    ck_assert_int_eq(m.guard_until[MONITOR_BGP].us, at(1 + GUARD).us);
}
END_TEST

START_TEST(latches_are_handed_to_the_other_control_function_and_back)
{
    struct monitor m = guarded(MONITOR_AAA, 1);

    (void)become(&m, zero, true, SRP_NOT_DEFINED);
    monitor_latch(&m, UINT32_MAX);
    ck_assert_uint_eq(monitor_latched(&m), 1u << SRP_AAA_FAILURE | 1u << SRP_DIAMETER_FAILURE);
    (void)report(&m, zero, 0, MONITOR_DOWN);
    (void)idle(&m, at(500));
    ck_assert_uint_eq(monitor_wants(&m), SRP_NOT_DEFINED);
    monitor_latch(&m, 0);
    ck_assert_uint_eq(monitor_wants(&m), SRP_AAA_FAILURE);
}
END_TEST

/* ---- two chassis ------------------------------------------------------------------------------- */

/* Both fail the same monitors, and each hands over as soon as it wants to: how often do they
 * within `s` seconds of the first time? */
static int
switchovers(struct monitor chassis[2], int s)
{
    int serving = 0, n = 0;

    for (int t = 0; t <= s; t++) {
        for (int i = 0; i < 2; i++) {
            (void)idle(&chassis[i], at(t));
            (void)all(&chassis[i], at(t), MONITOR_DOWN);
        }

        enum srp_reason reason = (enum srp_reason)monitor_wants(&chassis[serving]);

        if (reason == SRP_NOT_DEFINED)
            continue;
        (void)become(&chassis[serving], at(t), false, reason);
        serving = !serving;
        (void)become(&chassis[serving], at(t), true, reason);
        n++;
    }
    return n;
}

START_TEST(two_that_fail_the_same_servers_switch_once_and_never_back)
{
    struct monitor chassis[2] = {guarded(latching[_i], 2), guarded(latching[_i], 2)};

    (void)become(&chassis[0], zero, true, SRP_NOT_DEFINED);
    ck_assert_int_eq(switchovers(chassis, 2000), 1);
}
END_TEST

START_TEST(two_that_fail_two_kinds_switch_once_inside_a_guard_period)
{
    struct monitor_setup setup = targets_of(MONITOR_AAA, 1);
    struct monitor chassis[2];

    add(&setup, (struct monitor_target){.kind = MONITOR_DIAMETER, .endpoint = 1});
    for (int i = 0; i < 2; i++)
        setup.after_switch[latching[i]] =
            (struct monitor_guard){GUARD * US_PER_S, DAMPING * US_PER_S};
    for (int i = 0; i < 2; i++)
        chassis[i] = started(&setup);
    (void)become(&chassis[0], zero, true, SRP_NOT_DEFINED);
    ck_assert_int_eq(switchovers(chassis, DAMPING - 1), 0);
    for (int i = 0; i < 2; i++)
        chassis[i] = started(&setup);
    (void)become(&chassis[0], zero, true, SRP_NOT_DEFINED);
    ck_assert_int_eq(switchovers(chassis, DAMPING + DAMPING - 1), 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("monitor_guard");
    TCase *guard = tcase_create("guard");
    TCase *stop = tcase_create("stop");
    TCase *latch = tcase_create("latch");

    tcase_add_test(guard, a_fall_inside_the_guard_period_must_last);
    tcase_add_test(guard, the_guard_period_ends_at_its_microsecond);
    tcase_add_test(guard, a_fall_at_the_end_of_the_guard_period_is_judged_when_its_damping_ends);
    tcase_add_test(guard, recovery_disarms_even_at_the_last_moment);
    tcase_add_test(guard,
                   after_a_recovery_the_next_fall_outside_the_guard_period_is_judged_at_once);
    tcase_add_test(guard, flapping_inside_the_guard_period_starts_the_damping_anew);
    tcase_add_test(guard, a_fall_after_the_guard_period_is_judged_at_once_each_time);
    tcase_add_loop_test(guard, without_a_guard_period_or_a_damping_period_nothing_waits, 0, 2);
    tcase_add_test(guard, each_kind_has_its_own_guard);
    tcase_add_loop_test(guard, a_restart_starts_the_guard_of_every_kind, 0, MONITOR_KIND_N);
    tcase_add_test(guard, a_restart_does_not_take_back_what_is_wanted_already);
    tcase_add_test(guard,
                   a_card_that_restarts_again_and_again_does_not_put_off_a_failure_that_lasts);
    tcase_add_test(guard, of_two_guards_the_later_end_rules);
    tcase_add_test(guard, an_active_told_again_that_it_is_does_not_start_its_guard_anew);
    tcase_add_test(guard, what_is_down_when_we_step_up_inside_a_guard_period_must_last_too);
    tcase_add_test(stop, a_late_tick_alone_switches_nothing);
    tcase_add_test(stop, after_a_stop_the_damping_goes_on_where_it_stood);
    tcase_add_test(stop, a_report_read_late_counts_as_inside_the_guard_period_it_fell_in);
    tcase_add_test(stop, outside_guard_periods_a_long_silence_is_no_gap);
    tcase_add_test(stop, a_tick_that_is_late_by_less_than_half_takes_nothing_from_the_damping);
    tcase_add_test(stop, time_that_runs_backwards_stands_still);
    tcase_add_loop_test(latch, who_took_over_for_servers_stays_though_it_reaches_none_either, 0, 2);
    tcase_add_test(latch, a_cause_that_is_learnt_late_latches);
    tcase_add_loop_test(latch, a_manual_switchover_unlatches, 0, 2);
    tcase_add_test(latch, a_switchover_for_another_failure_unlatches_and_one_for_the_same_does_not);
    tcase_add_loop_test(latch, a_reset_of_that_kind_unlatches, 0, 2);
    tcase_add_test(latch, a_reset_does_not_cut_the_damping_short);
    tcase_add_test(latch, a_latch_holds_only_the_kind_that_caused_it);
    tcase_add_test(latch, the_network_never_latches);
    tcase_add_loop_test(latch, a_takeover_that_is_forced_out_latches_by_why_it_began, 0, 2);
    tcase_add_test(latch, a_takeover_that_began_for_something_else_does_not_latch);
    tcase_add_test(latch, a_reset_in_the_midst_of_a_takeover_holds);
    tcase_add_loop_test(latch, a_switchover_that_is_rolled_back_leaves_latch_and_guard_as_they_were,
                        0, 2);
    tcase_add_test(latch, a_control_function_that_goes_on_in_a_pending_state_latches_alike);
    tcase_add_test(guard, a_card_that_comes_back_starts_no_guard);
    tcase_add_test(latch, latches_are_handed_to_the_other_control_function_and_back);
    tcase_add_loop_test(latch, two_that_fail_the_same_servers_switch_once_and_never_back, 0, 2);
    tcase_add_test(latch, two_that_fail_two_kinds_switch_once_inside_a_guard_period);
    suite_add_tcase(suite, guard);
    suite_add_tcase(suite, stop);
    suite_add_tcase(suite, latch);
    return unit_main(suite);
}
