#include "tests/unit/srp_two.h"
#include "tests/unit/unit.h"

/* Planned switchovers, told step by step. */

static void
options(struct pair *pair, uint8_t mask)
{
    pair->chassis[0].setup.options = pair->chassis[1].setup.options = mask;
}

static unsigned
bits(unsigned from, unsigned to)
{
    unsigned mask = 0;

    for (unsigned i = from; i <= to; i++)
        mask |= 1u << i;
    return mask;
}

START_TEST(planned_switchover_goes_through_every_phase_within_a_few_hellos)
{
    struct pair pair = ready();
    uint64_t epoch = pair.chassis[0].epoch;

    initiate(&pair, 0, false);
    ck_assert_int_eq(pair.refusal, SRP_READY);
    pass(&pair, HELLO / 2);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    ck_assert_uint_eq(pair.chassis[0].seen_steps[1] & bits(SRP_FLUSH, SRP_ACCOUNT),
                      bits(SRP_FLUSH, SRP_ACCOUNT));
    ck_assert_uint_eq(pair.chassis[1].seen_steps[1] & bits(SRP_RECOVER, SRP_POST),
                      bits(SRP_RECOVER, SRP_POST));
    ck_assert_uint_gt(pair.chassis[1].epoch, epoch);
    ck_assert(pair.chassis[0].epoch == pair.chassis[1].epoch);
    ck_assert_int_eq(pair.both_active_us, 0);
    ck_assert_int_eq(pair.chassis[0].reason, SRP_MANUAL_SWITCHOVER);
    ck_assert_int_eq(pair.chassis[1].reason, SRP_MANUAL_SWITCHOVER);
    modifiers_are(&pair, 4, 3);
    ck_assert_int_eq(pair.chassis[1].phase, SRP_SETTLED); /* post-processing is over */
    for (int i = 0; i < 2; i++)
        ck_assert_uint_eq(pair.chassis[i].counters.switchovers[SRP_MANUAL_SWITCHOVER], 1);
}
END_TEST

START_TEST(there_and_back_again_many_times_and_the_modifiers_start_over)
{
    struct pair pair = ready();

    for (int i = 0; i < 40; i++) {
        int from = pair.chassis[0].state == CHASSIS_ACTIVE ? 0 : 1;

        initiate(&pair, from, false);
        ck_assert_int_eq(pair.refusal, SRP_READY);
        pass(&pair, 2 * HELLO);
        ck_assert_int_eq(pair.chassis[from].state, CHASSIS_STANDBY);
        ck_assert_int_eq(pair.chassis[!from].state, CHASSIS_ACTIVE);
        ck_assert_uint_lt(pair.chassis[!from].rank.route_modifier,
                          pair.chassis[from].rank.route_modifier);
        ck_assert_uint_le(pair.chassis[from].rank.route_modifier, 17);
    }
    ck_assert_int_eq(pair.both_active_us, 0);
}
END_TEST

START_TEST(standby_does_not_initiate)
{
    struct pair pair = ready();
    struct srp before = pair.chassis[1];

    initiate(&pair, 1, true);
    ck_assert_int_eq(pair.refusal, SRP_NOT_ACTIVE);
    ck_assert_int_eq(pair.chassis[1].state, before.state);
    ck_assert_int_eq(pair.chassis[1].phase, before.phase);
}
END_TEST

static void
unready(struct pair *pair, int i)
{
    struct srp_cards cards = good_cards(&pair->chassis[i]);

    cards.ready = 1;
    give(pair, i, (struct srp_event){.type = SRP_EV_CARDS, .cards = cards});
}

START_TEST(unconnected_session_managers_refuse_and_force_overrides)
{
    struct pair pair = ready();
    uint8_t n = 0;

    unready(&pair, _i);
    pass(&pair, 2 * HELLO);
    initiate(&pair, 0, false);
    ck_assert_int_eq(pair.refusal, SRP_SESSMGRS);
    ck_assert_int_eq(srp_readiness(&pair.chassis[0], false, &n), SRP_SESSMGRS);
    ck_assert_uint_eq(n, 1);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert(!pair.was_pending[0]);
    initiate(&pair, 0, true);
    pass(&pair, HELLO);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
}
END_TEST

START_TEST(peer_that_cannot_be_heard_refuses_even_with_force)
{
    struct pair pair = ready();

    give(&pair, 0, (struct srp_event){.type = SRP_EV_LINK});
    initiate(&pair, 0, true);
    ck_assert_int_eq(pair.refusal, SRP_NO_PEER);
}
END_TEST

START_TEST(refusal_of_the_peer_rolls_back_in_the_same_epoch_and_is_tried_again)
{
    struct pair pair = ready();
    struct srp_cards cards = good_cards(&pair.chassis[1]);
    uint64_t epoch = pair.chassis[0].epoch;

    /* known to the Standby only: it never says hello of it before it is asked */
    pair.chassis[1].cards = cards;
    pair.chassis[1].cards.serviceable = false;
    initiate(&pair, 0, false);
    pass(&pair, HELLO / 2);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert(pair.was_pending[0]);
    ck_assert(pair.chassis[0].epoch == epoch); /* the checkpoint streams go on */
    ck_assert_int_eq(pair.chassis[0].refusal, SRP_NO_CARDS);
    ck_assert_uint_eq(pair.chassis[0].counters.refused_by_peer, 1);
    ck_assert_uint_eq(pair.chassis[0].counters.rolled_back, 1);
    ck_assert_uint_eq(pair.chassis[0].role.gates, GATES_ALL);
    pair.chassis[1].cards.serviceable = true;
    pass(&pair, 61 * US_PER_S);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
}
END_TEST

START_TEST(retries_end_after_their_number)
{
    struct pair pair = ready();

    pair.recovers = false; /* cards stay as they are */
    for (int i = 0; i < 2; i++)
        pair.chassis[i].cards.order = pair.chassis[i].role.order;
    pair.chassis[1].cards.serviceable = false;
    pair.recovers = true;
    initiate(&pair, 0, false);
    pass(&pair, 1000 * US_PER_S);
    ck_assert_uint_eq(pair.chassis[0].counters.refused_by_peer, 1 + 3);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
}
END_TEST

START_TEST(critical_flush_that_does_not_end_is_forced_after_its_time_out)
{
    struct pair pair = ready();

    pair.recovers = false;
    initiate(&pair, 0, false);
    pass(&pair, 10 * HELLO - 1);
    ck_assert_int_eq(pair.chassis[0].phase, SRP_FLUSH);
    pair.recovers = true;
    pass(&pair, 2);
    pass(&pair, HELLO);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
}
END_TEST

START_TEST(leaving_chassis_raises_its_epoch_above_that_of_a_peer_that_had_begun_to_take_over)
{
    struct pair pair = ready();

    pair.recovers = false;
    initiate(&pair, 0, false);
    pair.chassis[1].epoch += 20; /* it thought us dead for a moment, and stands by again */
    pass(&pair, 2 * HELLO);
    ck_assert_int_eq(pair.chassis[0].phase, SRP_FLUSH);
    ck_assert_uint_gt(pair.chassis[0].epoch, pair.chassis[1].peer.epoch - 1);
    ck_assert_uint_gt(pair.chassis[0].epoch, 20);
    ck_assert_uint_eq(pair.chassis[0].role.srp_epoch, pair.chassis[0].epoch);
}
END_TEST

START_TEST(death_of_the_peer_in_the_middle_takes_the_active_back)
{
    struct pair pair = ready();

    pair.recovers = _i == 0;
    initiate(&pair, 0, false);
    pair.recovers = true;
    pair.up[1] = false;
    pass(&pair, 3 * DEAD);
    ck_assert_int_eq(pair.chassis[0].state, CHASSIS_ACTIVE);
    ck_assert_int_eq(pair.chassis[0].phase, SRP_SETTLED);
    start(&pair, 1);
    pass(&pair, DEAD);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
}
END_TEST

START_TEST(death_of_the_leaving_chassis_does_not_stop_the_coming_one)
{
    struct pair pair = ready();

    initiate(&pair, 0, false);
    pass(&pair, WIRE + 1); /* the request is there */
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_PENDING_ACTIVE);
    pair.up[0] = false;
    pass(&pair, DEAD + HELLO);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_ACTIVE);
}
END_TEST

START_TEST(other_cf_goes_on_with_the_switchover)
{
    for (int64_t at = 0; at < 6 * WIRE; at += WIRE / 2) {
        struct pair pair = ready();

        initiate(&pair, 0, false);
        pass(&pair, at);

        struct srp_snapshot snapshot = srp_snapshot(&pair.chassis[_i]);
        struct srp_setup setup = pair.chassis[_i].setup;

        setup.cf_epoch++;
        srp_adopt(&pair.chassis[_i], &setup, &snapshot, pair.now);
        give(&pair, _i, (struct srp_event){.type = SRP_EV_LINK, .up = true});
        give(&pair, _i,
             (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(&pair.chassis[_i])});
        pass(&pair, 2 * DEAD);
        ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE) ||
                  are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
        for (int i = 0; i < 2; i++)
            ck_assert_int_eq(pair.chassis[i].phase, SRP_SETTLED);
        ck_assert_int_eq(pair.both_active_us, 0);
    }
}
END_TEST

/* ---- options: what may pass, and when -------------------------------------------------------- */

/* Gates of the leaving chassis in its critical flush, and of the coming one as it announces,
 * reconciles, audits. */
static const struct gates_case {
    uint8_t options, flush, announce, reconcile, audit;
} gates_cases[] = {
    {0, 0, 0, 0, 0},
    {SRP_ALLOW_VOLTE_DATA, GATE_VOLTE, GATE_VOLTE, GATE_VOLTE, GATE_VOLTE},
    {SRP_ALLOW_VOLTE_DATA | SRP_MAINTAIN_ACCOUNTING, GATE_VOLTE, 0, 0, GATE_VOLTE},
    {SRP_ALLOW_ALL_DATA, GATE_VOLTE | GATE_DATA, GATE_VOLTE | GATE_DATA, GATE_VOLTE | GATE_DATA,
     GATE_VOLTE | GATE_DATA},
    {SRP_CONTROL_OPTIMIZATION, 0, 0, GATE_CONTROL | GATE_NEW, 0},
};

START_TEST(options_open_the_gates_they_name)
{
    const struct gates_case *c = &gates_cases[_i];
    struct pair pair = ready();
    uint8_t seen[SRP_PHASE_N];

    memset(seen, 0xff, sizeof seen);
    options(&pair, c->options);
    pair.recovers = false;
    initiate(&pair, 0, false);
    for (int i = 0; i < 200; i++) { /* cards obey one by one, so that each phase is seen */
        for (int side = 0; side < 2; side++) {
            struct srp *srp = &pair.chassis[side];

            if (srp->state == CHASSIS_PENDING_STANDBY || srp->state == CHASSIS_PENDING_ACTIVE)
                seen[srp->phase] = srp->role.gates;
            give(&pair, side, (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(srp)});
        }
        pass(&pair, WIRE / 3);
    }
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    ck_assert_uint_eq(seen[SRP_FLUSH], c->flush);
    ck_assert_uint_eq(seen[SRP_ACCOUNT] == 0xff ? 0 : seen[SRP_ACCOUNT], 0);
    ck_assert_uint_eq(seen[SRP_ANNOUNCE], c->announce);
    if (seen[SRP_RECONCILE] != 0xff)
        ck_assert_uint_eq(seen[SRP_RECONCILE], c->reconcile);
    ck_assert_uint_eq(seen[SRP_AUDIT], c->audit);
    ck_assert_uint_eq(pair.chassis[1].role.gates, GATES_ALL);
    ck_assert_uint_eq(pair.chassis[0].role.gates, 0);
}
END_TEST

START_TEST(early_transition_needs_data_that_is_not_waited_for)
{
    static const struct {
        uint8_t options;
        bool early;
    } cases[] = {
        {SRP_EARLY_ACTIVE, false},
        {SRP_EARLY_ACTIVE | SRP_ALLOW_VOLTE_DATA | SRP_MAINTAIN_ACCOUNTING, false},
        {SRP_EARLY_ACTIVE | SRP_ALLOW_VOLTE_DATA, true},
        {SRP_EARLY_ACTIVE | SRP_ALLOW_ALL_DATA, true},
    };
    struct pair pair = ready();
    bool early = false;

    options(&pair, cases[_i].options);
    pair.recovers = false;
    initiate(&pair, 0, false);
    for (int i = 0; i < 200; i++) {
        for (int side = 0; side < 2; side++) {
            struct srp *srp = &pair.chassis[side];

            early |= srp->state == CHASSIS_ACTIVE &&
                     (srp->phase == SRP_RECONCILE || srp->phase == SRP_AUDIT);
            give(&pair, side, (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(srp)});
        }
        pass(&pair, WIRE / 3);
    }
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    ck_assert_int_eq(early, cases[_i].early);
    ck_assert_int_eq(pair.both_active_us, 0);
}
END_TEST

/* ---- post-processing, validation, monitors ------------------------------------------------------ */

START_TEST(post_processing_ends_by_command_or_by_its_time_out)
{
    struct pair pair = ready();

    initiate(&pair, 0, false);
    pass(&pair, 5 * WIRE);
    pair.recovers = false;
    pair.chassis[1].cards.synced = false;
    pass(&pair, HELLO);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    if (pair.chassis[1].phase == SRP_POST) {
        initiate(&pair, 1, false);
        ck_assert_int_eq(pair.refusal, SRP_BUSY);
    }
    give(&pair, 1, (struct srp_event){.type = SRP_EV_TERMINATE});
    ck_assert_int_eq(pair.refusal, SRP_READY);
    ck_assert_int_eq(pair.chassis[1].phase, SRP_SETTLED);
    give(&pair, 0, (struct srp_event){.type = SRP_EV_TERMINATE});
    ck_assert_int_eq(pair.refusal, SRP_NOT_ACTIVE);
}
END_TEST

START_TEST(validation_asks_the_peer_and_changes_nothing)
{
    struct pair pair = ready();
    struct srp_validation *v = &pair.chassis[0].validation;

    give(&pair, 0, (struct srp_event){.type = SRP_EV_VALIDATE});
    ck_assert(!v->known);
    pass(&pair, HELLO);
    ck_assert(v->known && v->remote);
    ck_assert_int_eq(v->refusal, SRP_READY);
    pair.chassis[1].cards.serviceable = false;
    give(&pair, 0, (struct srp_event){.type = SRP_EV_VALIDATE});
    pass(&pair, HELLO);
    ck_assert(v->known && v->remote);
    ck_assert_int_eq(v->refusal, SRP_NO_CARDS);
    unready(&pair, 0);
    give(&pair, 0, (struct srp_event){.type = SRP_EV_VALIDATE});
    ck_assert(v->known && !v->remote);
    ck_assert_int_eq(v->refusal, SRP_SESSMGRS);
    ck_assert_uint_eq(v->sessmgrs, 1);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert(!pair.was_pending[0] && !pair.was_pending[1]);
}
END_TEST

START_TEST(monitor_hands_over_as_soon_as_somebody_can_take_over)
{
    struct pair pair = ready();
    struct srp_event fail = {
        .type = SRP_EV_MONITOR, .reason = SRP_BGP_FAILURE, .monitors = 1u << SRP_BGP_FAILURE};

    unready(&pair, 0);
    give(&pair, 0, fail);
    pass(&pair, 10 * HELLO);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    give(&pair, 0, (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(&pair.chassis[0])});
    pass(&pair, 61 * US_PER_S);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    ck_assert_int_eq(pair.chassis[0].reason, SRP_BGP_FAILURE);
    ck_assert_int_eq(pair.chassis[1].reason, SRP_BGP_FAILURE);
    /* its own monitor is still down: it would refuse a way back, and says so */
    initiate(&pair, 1, false);
    ck_assert_int_eq(pair.refusal, SRP_MONITORS);
}
END_TEST

START_TEST(monitor_that_recovers_wants_nothing_any_more)
{
    struct pair pair = ready();

    unready(&pair, 0);
    give(&pair, 0, (struct srp_event){.type = SRP_EV_MONITOR, .reason = SRP_AAA_FAILURE});
    give(&pair, 0, (struct srp_event){.type = SRP_EV_MONITOR});
    give(&pair, 0, (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(&pair.chassis[0])});
    pass(&pair, 200 * US_PER_S);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
}
END_TEST

START_TEST(standby_that_ignores_the_dead_interval_waits_for_the_network_to_agree)
{
    struct pair pair = ready();

    pair.chassis[1].setup.ignore_dead = true;
    pair.up[0] = false;
    pass(&pair, 5 * DEAD);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_STANDBY);
    give(&pair, 1,
         (struct srp_event){
             .type = SRP_EV_MONITOR, .chassis_bfd_down = true, .chassis_bfd_fell = true});
    pass(&pair, HELLO);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_ACTIVE);
    ck_assert_int_eq(pair.chassis[1].reason, SRP_CHASSIS_BFD_FAILURE);
}
END_TEST

START_TEST(peer_that_was_not_seen_yet_has_the_dead_interval)
{
    struct pair pair = ready();

    pair.chassis[1].setup.ignore_dead = true;
    give(&pair, 1, (struct srp_event){.type = SRP_EV_MONITOR, .chassis_bfd_down = true});
    pair.up[0] = false;
    pass(&pair, DEAD - HELLO);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_STANDBY);
    pass(&pair, 2 * HELLO);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_ACTIVE);
}
END_TEST

START_TEST(network_that_lost_the_peer_moves_nobody_while_hellos_come)
{
    struct pair pair = ready();

    pair.chassis[1].setup.ignore_dead = true;
    give(&pair, 1, (struct srp_event){.type = SRP_EV_MONITOR, .chassis_bfd_down = true});
    pass(&pair, 10 * DEAD);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
}
END_TEST

START_TEST(standby_announces_after_its_hold_off_and_with_the_longer_path)
{
    struct pair pair = ready();

    pair.chassis[1].setup.standby_announce_us = 20 * HELLO;
    pass(&pair, HELLO);
    ck_assert(!pair.chassis[1].role.announce);
    pass(&pair, 20 * HELLO);
    ck_assert(pair.chassis[1].role.announce);
    ck_assert_uint_eq(pair.chassis[1].role.gates, 0);
    ck_assert_uint_gt(pair.chassis[1].role.route_modifier, pair.chassis[0].role.route_modifier);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp_switch");
    TCase *c = tcase_create("switchover");

    tcase_add_test(c, planned_switchover_goes_through_every_phase_within_a_few_hellos);
    tcase_add_test(c, there_and_back_again_many_times_and_the_modifiers_start_over);
    tcase_add_test(c, standby_does_not_initiate);
    tcase_add_loop_test(c, unconnected_session_managers_refuse_and_force_overrides, 0, 2);
    tcase_add_test(c, peer_that_cannot_be_heard_refuses_even_with_force);
    tcase_add_test(c, refusal_of_the_peer_rolls_back_in_the_same_epoch_and_is_tried_again);
    tcase_add_test(c, retries_end_after_their_number);
    tcase_add_test(c, critical_flush_that_does_not_end_is_forced_after_its_time_out);
    tcase_add_test(
        c, leaving_chassis_raises_its_epoch_above_that_of_a_peer_that_had_begun_to_take_over);
    tcase_add_loop_test(c, death_of_the_peer_in_the_middle_takes_the_active_back, 0, 2);
    tcase_add_test(c, death_of_the_leaving_chassis_does_not_stop_the_coming_one);
    tcase_add_loop_test(c, other_cf_goes_on_with_the_switchover, 0, 2);
    tcase_add_loop_test(c, options_open_the_gates_they_name, 0,
                        (int)(sizeof gates_cases / sizeof *gates_cases));
    tcase_add_loop_test(c, early_transition_needs_data_that_is_not_waited_for, 0, 4);
    tcase_add_test(c, post_processing_ends_by_command_or_by_its_time_out);
    tcase_add_test(c, validation_asks_the_peer_and_changes_nothing);
    tcase_add_test(c, monitor_hands_over_as_soon_as_somebody_can_take_over);
    tcase_add_test(c, monitor_that_recovers_wants_nothing_any_more);
    tcase_add_test(c, standby_that_ignores_the_dead_interval_waits_for_the_network_to_agree);
    tcase_add_test(c, peer_that_was_not_seen_yet_has_the_dead_interval);
    tcase_add_test(c, network_that_lost_the_peer_moves_nobody_while_hellos_come);
    tcase_add_test(c, standby_announces_after_its_hold_off_and_with_the_longer_path);
    suite_add_tcase(suite, c);
    return unit_main(suite);
}
