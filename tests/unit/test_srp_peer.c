#include "tests/unit/srp_one.h"
#include "tests/unit/unit.h"

/* ---- a peer that restarts, repeats itself, or is deaf -------------------------------------------- */

START_TEST(standby_takes_over_from_a_peer_that_lost_its_state_once_that_has_answered)
{
    struct srp srp = standby();
    struct srp_hello reborn = peer_hello(CHASSIS_INIT, 33);

    reborn.incarnation++;
    reborn.epoch = 0;
    reborn.heard_seq = 0;

    struct srp_result r = hear(&srp, mono_after(zero, 1000), reborn);

    ck_assert(r.stale); /* it might be a frame of the past: it is asked ... */
    ck_assert(r.actions & SRP_DO_HELLO);
    reborn.seq++;
    reborn.heard_seq = srp_next_hello(&srp).seq; /* ... and answers */
    r = hear(&srp, mono_after(zero, 1000), reborn);

    ck_assert_int_eq(r.to, CHASSIS_PENDING_ACTIVE);
    ck_assert_int_eq(r.phase_to, SRP_RECOVER);
    ck_assert(r.actions & SRP_DO_PEER);
    ck_assert_uint_gt(srp.epoch, 2);
}
END_TEST

/* The peer checkpoints from Pending-Active on: should it die before it is Active, what it had
 * recovered is here. */
START_TEST(records_of_a_peer_that_died_in_its_takeover_are_worth_more_than_an_empty_chassis)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp_hello peer = peer_hello(CHASSIS_PENDING_ACTIVE, 2);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    (void)hear(&srp, zero, peer);
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    ck_assert(!srp.rank.fresh);
    ck_assert_uint_eq(srp.rank.route_modifier, 3); /* as it follows an Active */

    peer = peer_hello(CHASSIS_INIT, SRP_RM_START_PRIMARY); /* its mode would win between two that
                                                              start up */
    peer.incarnation++;
    peer.epoch = 0;
    peer.rank.fresh = true;
    (void)hear(&srp, zero, peer);
    peer.seq++;
    peer.heard_seq = srp_next_hello(&srp).seq;
    ck_assert_int_eq(hear(&srp, zero, peer).to, CHASSIS_PENDING_ACTIVE);
}
END_TEST

START_TEST(stale_hello_changes_nothing_but_its_counter)
{
    struct srp srp = standby();
    struct srp_hello good = peer_hello(CHASSIS_ACTIVE, 2);

    good.seq = 10;
    good.epoch = 10;
    good.cf_epoch = 10;
    (void)hear(&srp, zero, good);

    struct srp_hello stale[4] = {good, good, good, good};

    stale[0].incarnation--; /* an older start of the chassis */
    stale[0].seq = 1000;
    stale[1].epoch--; /* an older epoch of this start */
    stale[1].seq = 1000;
    stale[2].cf_epoch--; /* a control function already replaced */
    stale[2].seq = 1000;
    stale[3].seq = 10; /* heard before */

    struct srp before = srp;

    stale[_i].state = CHASSIS_STANDBY; /* would make us take over, were it believed */
    stale[_i].rank.route_modifier = 15;

    struct srp_result r = hear(&srp, zero, stale[_i]);

    ck_assert(r.stale);
    ck_assert_uint_eq(r.actions, _i == 0 ? SRP_DO_HELLO : 0); /* another life: it is asked */
    ck_assert_int_eq(r.from, r.to);
    before.counters.hellos_stale++;
    before.other = srp.other;
    before.asks = srp.asks;
    before.hello_at = srp.hello_at;
    memcpy(before.seen_inputs, srp.seen_inputs, sizeof srp.seen_inputs);
    memcpy(before.seen_steps, srp.seen_steps, sizeof srp.seen_steps);
    ck_assert_mem_eq(&srp, &before, sizeof srp);
}
END_TEST

START_TEST(hellos_of_the_peers_other_cf_are_believed_from_number_one)
{
    struct srp srp = standby();
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 2);

    hello.seq = 1000;
    (void)hear(&srp, zero, hello);
    hello.seq = 1;
    hello.cf_epoch++;
    ck_assert(!hear(&srp, zero, hello).stale);
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
}
END_TEST

/* A CF was stopped, the other led and was heard; the first goes on and rises above it: what it
 * says from then on is news again. */
START_TEST(a_cf_that_rose_above_the_other_is_heard)
{
    struct srp srp = standby(), peer = active();
    struct srp_hello other = peer_hello(CHASSIS_ACTIVE, 2);

    peer.incarnation = other.incarnation;
    other.cf_epoch = peer.setup.cf_epoch + 1;
    (void)hear(&srp, zero, other);
    ck_assert(hear(&srp, zero, srp_next_hello(&peer)).stale);

    struct srp_result r = tell(&peer, zero, SRP_EV_CF_EPOCH, other.cf_epoch + 1);

    ck_assert(r.actions & SRP_DO_HELLO);
    ck_assert_int_eq(r.from, r.to);
    ck_assert(!hear(&srp, zero, srp_next_hello(&peer)).stale);
}
END_TEST

/* A CF that had followed and found itself alone starts from nothing, in the same life. */
START_TEST(a_peer_that_counts_its_requests_anew_is_answered)
{
    struct srp srp = standby();
    struct srp_hello peer = peer_hello(CHASSIS_PENDING_STANDBY, 2);

    srp.answer_id = 1;
    peer.seq = 2;
    peer.cf_epoch++;
    peer.state = CHASSIS_ACTIVE;
    peer.switch_id = 0;
    (void)hear(&srp, zero, peer);
    (void)cards(&srp, zero);

    peer.seq++;
    peer.state = CHASSIS_PENDING_STANDBY;
    peer.phase = SRP_REQUEST;
    peer.switch_id = 1;
    peer.sessmgrs = peer.sessmgrs_ready = 2;
    ck_assert_int_eq(hear(&srp, zero, peer).to, CHASSIS_PENDING_ACTIVE);
    ck_assert_uint_eq(srp.answer_id, 1);
}
END_TEST

START_TEST(a_peer_whose_echo_stands_still_is_deaf)
{
    struct srp srp = standby();
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 2);
    mono_t now = zero;

    for (int i = 2; i <= 5; i++) {
        now = mono_after(now, HELLO);
        hello.seq++;
        hello.heard_seq++;
        hello.heard_state = CHASSIS_STANDBY;
        (void)hear(&srp, now, hello);
        ck_assert(srp_peer_hears_us(&srp, now));
    }
    for (int i = 0; i < 4; i++) { /* its hellos still come, but echo nothing new */
        now = mono_after(now, HELLO);
        hello.seq++;
        (void)hear(&srp, now, hello);
    }
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    ck_assert(!srp_peer_hears_us(&srp, now));
    hello.seq++;
    hello.heard_seq++;
    (void)hear(&srp, now, hello);
    ck_assert(srp_peer_hears_us(&srp, now));
}
END_TEST

START_TEST(a_peer_with_an_outdated_view_of_us_is_answered_at_once)
{
    struct srp srp = standby();
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 2);

    (void)tick(&srp, zero);
    hello.seq = 2;
    hello.heard_state = CHASSIS_INIT;
    ck_assert(hear(&srp, zero, hello).actions & SRP_DO_HELLO);
    hello.seq = 3;
    hello.heard_state = CHASSIS_STANDBY;
    ck_assert(!(hear(&srp, zero, hello).actions & SRP_DO_HELLO));
    hello.seq = 4;
    hello.heard_seq = 0;
    ck_assert(hear(&srp, zero, hello).actions & SRP_DO_HELLO);
}
END_TEST

/* ---- route modifier, epochs, adoption ------------------------------------------------------------ */

START_TEST(standby_is_one_delta_above_the_active)
{
    for (uint8_t rm = 2; rm <= 15; rm++) {
        struct srp srp = standby();
        struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, rm);

        hello.seq = 2;
        (void)hear(&srp, zero, hello);
        ck_assert_uint_eq(srp.rank.route_modifier, rm + 1u);
    }
}
END_TEST

/* Else no checkpoint of its epoch would be taken, and its critical flush could only run out. */
START_TEST(standby_that_comes_in_while_the_peer_leaves_follows_it)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp_hello peer = peer_hello(CHASSIS_PENDING_STANDBY, 2);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    peer.phase = SRP_FLUSH;
    peer.epoch = 9;
    (void)hear(&srp, zero, peer);
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    peer.seq++;
    peer.heard_state = CHASSIS_STANDBY;
    ck_assert(hear(&srp, zero, peer).actions & SRP_DO_HELLO);
    ck_assert_uint_eq(srp.epoch, 9);
    ck_assert_uint_eq(srp.rank.route_modifier, 3);
    ck_assert(!srp.rank.fresh);
}
END_TEST

START_TEST(pair_returns_to_the_base_beyond_the_threshold)
{
    struct srp s = standby(), a = active();
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 16);

    hello.seq = 2;
    (void)hear(&s, zero, hello); /* the Active starts over first, its path is never the longer */
    ck_assert_uint_eq(s.rank.route_modifier, 17);
    hello.seq = 3;
    hello.rank.route_modifier = 2;
    (void)hear(&s, zero, hello);
    ck_assert_uint_eq(s.rank.route_modifier, 3);

    a.rank.route_modifier = a.role.route_modifier = 16;
    hello = peer_hello(CHASSIS_STANDBY, 17);
    hello.seq = 2;

    struct srp_result r = hear(&a, zero, hello);

    ck_assert_uint_eq(a.rank.route_modifier, 2);
    ck_assert(r.actions & SRP_DO_ROLE); /* announced with the new one */
    ck_assert(r.actions & SRP_DO_HELLO);
    a.rank.route_modifier = 15;
    hello.seq = 3;
    (void)hear(&a, zero, hello); /* 15/16 is still within */
    ck_assert_uint_eq(a.rank.route_modifier, 15);
}
END_TEST

START_TEST(a_delta_and_threshold_of_the_operator_are_followed)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp srp;
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 2);

    setup.rm_delta = 4;
    setup.rm_threshold = 10;
    srp_init(&srp, &setup, zero);
    (void)hear(&srp, zero, hello);
    ck_assert_uint_eq(srp.rank.route_modifier, 6);
    hello.seq++;
    hello.rank.route_modifier = 6;
    (void)hear(&srp, zero, hello);
    ck_assert_uint_eq(srp.rank.route_modifier, 10);
    hello.seq++;
    hello.rank.route_modifier = 7;
    (void)hear(&srp, zero, hello);
    ck_assert_uint_eq(srp.rank.route_modifier, 11); /* beyond: the Active will start over */
    hello.seq++;
    hello.rank.route_modifier = 2;
    (void)hear(&srp, zero, hello);
    ck_assert_uint_eq(srp.rank.route_modifier, 6);
}
END_TEST

START_TEST(epochs_of_the_two_chassis_differ_in_their_lowest_bit)
{
    for (uint64_t known = 0; known < 100; known++) {
        uint64_t epoch[2];

        for (int i = 0; i < 2; i++) {
            struct srp srp = active();

            if (i == 1) {
                srp.setup.rank.addr = 0x7f000102;
                srp.setup.peer_addr = 0x7f000101;
            }
            srp.epoch = known;
            (void)tell(&srp, zero, SRP_EV_FLOOR, known + 1);
            epoch[i] = srp.epoch;
            ck_assert_uint_gt(epoch[i], known + 1);
        }
        ck_assert_uint_ne(epoch[0], epoch[1]);
    }
}
END_TEST

START_TEST(floor_lifts_one_that_serves_and_is_remembered_by_one_that_does_not)
{
    struct srp a = active(), s = standby();
    uint64_t epoch = a.epoch;

    ck_assert_uint_eq(tell(&a, zero, SRP_EV_FLOOR, epoch).actions & SRP_DO_ROLE, 0);
    ck_assert_uint_eq(a.epoch, epoch);
    ck_assert(tell(&a, zero, SRP_EV_FLOOR, 1000).actions & SRP_DO_ROLE);
    ck_assert_uint_gt(a.epoch, 1000);
    ck_assert_int_eq(a.state, CHASSIS_ACTIVE);

    ck_assert_uint_eq(tell(&s, zero, SRP_EV_FLOOR, 1000).actions & SRP_DO_ROLE, 0);
    (void)idle(&s, mono_after(zero, DEAD));
    ck_assert_uint_gt(s.epoch, 1000);
}
END_TEST

START_TEST(active_stays_above_an_epoch_its_peer_knows)
{
    struct srp srp = active();
    struct srp_hello hello = peer_hello(CHASSIS_STANDBY, 3);

    hello.seq = 2;
    hello.epoch = 50;

    struct srp_result r = hear(&srp, zero, hello);

    ck_assert_int_eq(r.to, CHASSIS_ACTIVE);
    ck_assert_uint_gt(srp.epoch, 50);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert(r.actions & SRP_DO_HELLO);
}
END_TEST

START_TEST(other_cf_goes_on_with_state_and_role)
{
    struct srp made[] = {active(), standby(), pending_active()};
    const struct srp *old = &made[_i];
    struct srp_setup setup = old->setup;
    struct srp_snapshot snapshot = srp_snapshot(old);
    mono_t now = mono_after(old->last, HELLO);
    struct srp srp;

    setup.cf_epoch++;
    setup.incarnation += 50; /* of the CF's process: the chassis goes on under its own */
    srp_adopt(&srp, &setup, &snapshot, now);
    ck_assert_int_eq(srp.state, old->state);
    ck_assert(srp.epoch == old->epoch);
    ck_assert(srp.incarnation == old->incarnation);
    ck_assert_uint_eq(srp.rank.route_modifier, old->rank.route_modifier);
    ck_assert_uint_eq(srp.rank.priority, old->rank.priority);
    ck_assert_uint_eq(srp.restart, old->restart);
    ck_assert_int_eq(srp.phase, old->phase);
    ck_assert(srp.peer_known == old->peer_known);

    struct srp_hello hello = srp_next_hello(&srp);

    ck_assert(hello.cf_epoch == old->setup.cf_epoch + 1);
    ck_assert(hello.incarnation == old->incarnation);
    ck_assert_uint_eq(hello.seq, 1);

    struct srp_snapshot again = srp_snapshot(&srp);

    ck_assert_int_eq(again.state, snapshot.state);
    ck_assert(again.epoch == snapshot.epoch);
    ck_assert(again.peer_epoch == snapshot.peer_epoch);
    ck_assert(again.peer_incarnation == snapshot.peer_incarnation);
    ck_assert_uint_eq(again.peer_route_modifier, snapshot.peer_route_modifier);
}
END_TEST

/* The cards were ordered Active with `modifier` by a CF of which this one has not heard. */
static uint8_t
modifier_learnt(const struct srp *srp, uint8_t modifier)
{
    struct srp learns = *srp;
    struct srp_event ev = {.now = srp->last,
                           .type = SRP_EV_FLOOR,
                           .epoch = srp->epoch + 4,
                           .route_modifier = modifier};

    (void)srp_step(&learns, &ev);
    ck_assert_uint_eq(learns.role.route_modifier, learns.rank.route_modifier);
    return learns.rank.route_modifier;
}

START_TEST(cf_with_an_older_memory_learns_the_modifier_from_the_cards)
{
    struct srp began = active(), goes_on;

    (void)hear(&began, began.last, peer_hello(CHASSIS_STANDBY, 34));
    ck_assert_uint_eq(began.rank.route_modifier, SRP_RM_BASE);

    struct srp_snapshot snapshot = srp_snapshot(&began);

    srp_adopt(&goes_on, &began.setup, &snapshot, began.last);
    ck_assert_uint_eq(modifier_learnt(&goes_on, 4), 4);
    ck_assert_uint_eq(modifier_learnt(&goes_on, 1), SRP_RM_BASE); /* it never falls */
    ck_assert_uint_eq(modifier_learnt(&goes_on, SRP_RM_START_PRIMARY), SRP_RM_BASE);
    ck_assert_uint_eq(modifier_learnt(&began, 4), SRP_RM_BASE); /* what was before it is history */
}
END_TEST

/* It had granted the peer's request, and died before it told the other CF. */
START_TEST(cf_that_goes_on_hears_from_the_peer_what_it_took_over_for)
{
    struct srp began = active(), goes_on;
    struct srp_hello left = peer_hello(CHASSIS_STANDBY, 3);

    (void)hear(&began, began.last, left);

    struct srp_snapshot snapshot = srp_snapshot(&began);

    left.seq++;
    left.reason = SRP_AAA_FAILURE;
    srp_adopt(&goes_on, &began.setup, &snapshot, began.last);
    goes_on.monitors_want = goes_on.want.reason = SRP_AAA_FAILURE;
    ck_assert(hear(&goes_on, began.last, left).actions & SRP_DO_CAUSE);
    ck_assert_int_eq(goes_on.reason, SRP_AAA_FAILURE);
    ck_assert_uint_eq(goes_on.want.reason, SRP_NOT_DEFINED);
    ck_assert_uint_eq(goes_on.monitors_want, SRP_NOT_DEFINED);

    ck_assert_uint_eq(hear(&began, began.last, left).actions & SRP_DO_CAUSE, 0); /* it knows */
    left.seq++;
    left.reason = SRP_DIAMETER_FAILURE;
    ck_assert_uint_eq(hear(&goes_on, began.last, left).actions & SRP_DO_CAUSE, 0);

    srp_adopt(&goes_on, &began.setup, &snapshot, began.last);
    goes_on.reason = SRP_AAA_FAILURE; /* it knows better: the peer had left by itself before */
    left.reason = SRP_MANUAL_SWITCHOVER;
    ck_assert_uint_eq(hear(&goes_on, began.last, left).actions & SRP_DO_CAUSE, 0);
}
END_TEST

START_TEST(dead_interval_starts_anew_for_the_cf_that_goes_on)
{
    struct srp old = standby(), srp;
    struct srp_snapshot snapshot = srp_snapshot(&old);
    mono_t now = mono_after(zero, 10 * DEAD);

    srp_adopt(&srp, &old.setup, &snapshot, now);
    (void)idle(&srp, mono_after(now, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    (void)idle(&srp, mono_after(now, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
}
END_TEST

START_TEST(recovery_ends_also_under_the_cf_that_goes_on)
{
    struct srp old = pending_active(), srp;
    struct srp_snapshot snapshot = srp_snapshot(&old);

    srp_adopt(&srp, &old.setup, &snapshot, old.last);
    obedient(&srp, old.last);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
}
END_TEST

START_TEST(reasons_have_the_names_of_the_mib)
{
    ck_assert_str_eq(srp_reason_name(SRP_NOT_DEFINED), "notDefined");
    ck_assert_int_eq(SRP_DUAL_ACTIVE, 7);
    ck_assert_str_eq(srp_reason_name(SRP_DUAL_ACTIVE), "dualActive");
    ck_assert_int_eq(SRP_DEAD_TIMER_EXPIRY, 9);
    ck_assert_str_eq(srp_reason_name(SRP_DEAD_TIMER_EXPIRY), "deadTimerExpiry");
    ck_assert_int_eq(SRP_EGQC_FAILURE, 12);
    ck_assert_str_eq(srp_reason_name(SRP_REASON_N), "unknown");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp_peer");
    TCase *cases = tcase_create("srp_peer");

    tcase_add_test(cases,
                   standby_takes_over_from_a_peer_that_lost_its_state_once_that_has_answered);
    tcase_add_test(
        cases, records_of_a_peer_that_died_in_its_takeover_are_worth_more_than_an_empty_chassis);
    tcase_add_loop_test(cases, stale_hello_changes_nothing_but_its_counter, 0, 4);
    tcase_add_test(cases, hellos_of_the_peers_other_cf_are_believed_from_number_one);
    tcase_add_test(cases, a_peer_that_counts_its_requests_anew_is_answered);
    tcase_add_test(cases, a_cf_that_rose_above_the_other_is_heard);
    tcase_add_test(cases, a_peer_whose_echo_stands_still_is_deaf);
    tcase_add_test(cases, a_peer_with_an_outdated_view_of_us_is_answered_at_once);
    tcase_add_test(cases, standby_is_one_delta_above_the_active);
    tcase_add_test(cases, standby_that_comes_in_while_the_peer_leaves_follows_it);
    tcase_add_test(cases, pair_returns_to_the_base_beyond_the_threshold);
    tcase_add_test(cases, a_delta_and_threshold_of_the_operator_are_followed);
    tcase_add_test(cases, epochs_of_the_two_chassis_differ_in_their_lowest_bit);
    tcase_add_test(cases, floor_lifts_one_that_serves_and_is_remembered_by_one_that_does_not);
    tcase_add_test(cases, active_stays_above_an_epoch_its_peer_knows);
    tcase_add_loop_test(cases, other_cf_goes_on_with_state_and_role, 0, 3);
    tcase_add_test(cases, cf_with_an_older_memory_learns_the_modifier_from_the_cards);
    tcase_add_test(cases, cf_that_goes_on_hears_from_the_peer_what_it_took_over_for);
    tcase_add_test(cases, dead_interval_starts_anew_for_the_cf_that_goes_on);
    tcase_add_test(cases, recovery_ends_also_under_the_cf_that_goes_on);
    tcase_add_test(cases, reasons_have_the_names_of_the_mib);
    suite_add_tcase(suite, cases);
    return unit_main(suite);
}
