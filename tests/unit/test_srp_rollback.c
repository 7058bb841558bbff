#include "tests/unit/srp_two.h"
#include "tests/unit/unit.h"

/* Switchovers in which something goes wrong, and what is left of them. */

/* The cards of chassis i report as they are; what `change` says is different. */
static void
report(struct pair *pair, int i, void (*change)(struct srp_cards *))
{
    struct srp_cards cards = good_cards(&pair->chassis[i]);

    change(&cards);
    give(pair, i, (struct srp_event){.type = SRP_EV_CARDS, .cards = cards});
}

static void
lose_demux(struct srp_cards *cards)
{
    cards->serviceable = false;
    cards->done = 0;
}

static void
commit_nothing(struct srp_cards *cards)
{
    cards->done = 0;
}

static bool
all_settled(const struct pair *pair)
{
    return pair->chassis[0].phase == SRP_SETTLED && pair->chassis[1].phase == SRP_SETTLED;
}

/* The heir has agreed and is at the start of its recovery; its cards do nothing by themselves. */
static struct pair
recovering(void)
{
    struct pair pair = ready();

    initiate(&pair, 0, false);
    pair.recovers = false;
    pass(&pair, WIRE);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_PENDING_ACTIVE);
    ck_assert_int_eq(pair.chassis[1].phase, SRP_RECOVER);
    return pair;
}

/* ---- the heir cannot serve ------------------------------------------------------------------ */

START_TEST(heir_that_loses_its_cards_gives_the_calls_back)
{
    struct pair pair = recovering();

    report(&pair, 1, lose_demux);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_STANDBY);
    ck_assert_int_eq(pair.chassis[1].refusal, SRP_NO_CARDS);
    pair.recovers = true;
    pass(&pair, HELLO / 2);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert(all_settled(&pair));
    ck_assert_uint_eq(pair.chassis[0].role.gates, GATES_ALL);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(pair.chassis[i].counters.rolled_back, 1);
        ck_assert_uint_eq(pair.chassis[i].counters.switchovers[SRP_MANUAL_SWITCHOVER], 0);
    }
    ck_assert_int_eq(pair.both_active_us, 0);
}
END_TEST

START_TEST(heir_whose_peer_died_goes_on_without_cards)
{
    struct pair pair = recovering();

    pair.up[0] = false;
    pass(&pair, DEAD + HELLO);
    report(&pair, 1, lose_demux);
    ck_assert_int_ne(pair.chassis[1].state, CHASSIS_STANDBY);
}
END_TEST

/* ---- a recovery that takes too long ---------------------------------------------------------- */

START_TEST(recovery_that_takes_too_long_gives_the_calls_back)
{
    struct pair pair = recovering();

    pass(&pair, DEAD - 1);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_PENDING_ACTIVE);
    pass(&pair, 1);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_STANDBY);
    ck_assert_int_eq(pair.chassis[1].refusal, SRP_LATE);
    pass(&pair, HELLO / 2);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert_int_eq(pair.chassis[0].refusal, SRP_GIVEN_UP);
    ck_assert_int_eq(pair.both_active_us, 0);
    ck_assert_uint_gt(pair.chassis[0].epoch, 3); /* the heir had begun one */
    ck_assert(pair.chassis[0].epoch == pair.chassis[1].epoch);
}
END_TEST

START_TEST(forced_end_of_a_recovery_is_followed_by_the_checks)
{
    struct pair pair = recovering();

    pair.up[0] = false;
    pair.n = 0; /* the request was the last that was heard of it */
    pass(&pair, DEAD + HELLO);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_ACTIVE);
    ck_assert_int_eq(pair.chassis[1].reason, SRP_FORCE_STATE_CHANGE);
    ck_assert_uint_eq(pair.chassis[1].counters.switchovers[SRP_FORCE_STATE_CHANGE], 1);
    ck_assert_int_eq(pair.chassis[1].phase, SRP_AUDIT); /* nobody is left to be reconciled with */
    report(&pair, 1, commit_nothing);
    ck_assert_int_eq(pair.chassis[1].phase, SRP_AUDIT);
    pair.recovers = true;
    give(&pair, 1, (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(&pair.chassis[1])});
    ck_assert_int_eq(pair.chassis[1].phase, SRP_POST);
    ck_assert_uint_eq(pair.chassis[1].role.gates, GATES_ALL);
}
END_TEST

START_TEST(forced_end_of_an_unplanned_recovery_is_followed_by_the_audit)
{
    struct srp srp = pending_active();
    mono_t end = idle(&srp, mono_after(zero, 10 * DEAD));
    struct srp_result r;

    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert_int_eq(srp.phase, SRP_AUDIT);
    ck_assert_uint_eq(srp.role.gates, GATE_VOLTE | GATE_DATA); /* no new calls meanwhile */
    r = cards(&srp, end);
    ck_assert(r.actions & SRP_DO_LEDGER);
    ck_assert_int_eq(srp.phase, SRP_SETTLED); /* nobody to wait for */
    ck_assert_uint_eq(srp.role.gates, GATES_ALL);
}
END_TEST

/* ---- what is still wanted afterwards ----------------------------------------------------------- */

START_TEST(operators_wish_ends_with_the_death_of_the_peer)
{
    struct pair pair = ready();

    pair.recovers = false; /* in the critical flush */
    initiate(&pair, 0, false);
    pair.recovers = true;
    pair.up[1] = false;
    pass(&pair, 2 * DEAD);
    ck_assert_int_eq(pair.chassis[0].state, CHASSIS_ACTIVE);
    ck_assert(srp_retry_at(&pair.chassis[0]).us == MONO_NEVER.us);
    start(&pair, 1);
    give(&pair, 1, (struct srp_event){.type = SRP_EV_LINK, .up = true});
    give(&pair, 1, (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(&pair.chassis[1])});
    pair.was_pending[0] = false;
    pass(&pair, 400 * US_PER_S);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert(!pair.was_pending[0]);
}
END_TEST

static const struct srp_event aaa_failure = {
    .type = SRP_EV_MONITOR, .reason = SRP_AAA_FAILURE, .monitors = 1u << SRP_AAA_FAILURE};

START_TEST(monitor_that_waited_for_an_operator_is_heard_afterwards)
{
    struct pair pair = ready();

    pair.chassis[0].setup.retries = 0;
    pair.chassis[1].cards.serviceable = false; /* so it refuses */
    if (_i == 0)
        initiate(&pair, 0, false);
    give(&pair, 0, aaa_failure);
    if (_i == 1)
        initiate(&pair, 0, false);
    pass(&pair, HELLO / 2);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert_int_eq(pair.chassis[0].want.reason, SRP_AAA_FAILURE);
    pair.chassis[1].cards.serviceable = true;
    give(&pair, 0, (struct srp_event){.type = SRP_EV_MONITOR});
    give(&pair, 0, aaa_failure);
    pass(&pair, HELLO);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    ck_assert_int_eq(pair.chassis[1].reason, SRP_AAA_FAILURE);
}
END_TEST

/* The CF of chassis i dies, and the other one goes on. */
static void
take_over_inside(struct pair *pair, int i)
{
    struct srp_snapshot snapshot = srp_snapshot(&pair->chassis[i]);
    struct srp_setup setup = pair->chassis[i].setup;

    setup.cf_epoch++;
    srp_adopt(&pair->chassis[i], &setup, &snapshot, pair->now);
    give(pair, i, (struct srp_event){.type = SRP_EV_LINK, .up = true});
    give(pair, i, (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(&pair->chassis[i])});
}

START_TEST(operators_wish_outlives_the_cf_that_heard_it)
{
    struct pair pair = ready();

    pair.chassis[1].cards.serviceable = false;
    initiate(&pair, 0, false);
    pass(&pair, HELLO);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert_uint_eq(pair.chassis[0].want.left, 2);
    take_over_inside(&pair, 0);
    ck_assert_uint_eq(pair.chassis[0].want.left, 2);
    pair.chassis[1].cards.serviceable = true;
    pass(&pair, 61 * US_PER_S);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    ck_assert_int_eq(pair.chassis[1].reason, SRP_MANUAL_SWITCHOVER);
}
END_TEST

START_TEST(time_limit_of_a_wish_outlives_the_cf_that_heard_it)
{
    struct pair pair = ready();

    pair.chassis[1].cards.serviceable = false;
    initiate(&pair, 0, false);
    pass(&pair, HELLO);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    take_over_inside(&pair, 0);
    ck_assert_int_eq(pair.chassis[0].want.timeout_us, 10 * HELLO);
    ck_assert_int_eq(pair.chassis[0].want.post_us, 100 * HELLO);
}
END_TEST

START_TEST(refusal_outlives_the_cf_that_gave_it)
{
    struct pair pair = ready();

    pair.chassis[1].cards.serviceable = false;
    initiate(&pair, 0, false);
    pass(&pair, WIRE); /* the request is there, the answer on its way: lost with its CF */
    ck_assert_int_eq(pair.chassis[1].answer, SRP_NO_CARDS);
    pair.n = 0;
    take_over_inside(&pair, 1);
    pass(&pair, HELLO);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert_int_eq(pair.chassis[0].refusal, SRP_NO_CARDS);
}
END_TEST

START_TEST(time_out_of_post_processing_outlives_the_cf_that_heard_it)
{
    struct pair pair = recovering();

    ck_assert_int_eq(pair.chassis[1].post_us, 100 * HELLO);
    take_over_inside(&pair, 1);
    ck_assert_int_eq(pair.chassis[1].post_us, 100 * HELLO);
}
END_TEST

/* ---- questions -------------------------------------------------------------------------------- */

START_TEST(validation_that_nobody_answers_ends)
{
    struct pair pair = ready();
    struct srp_validation *v = &pair.chassis[0].validation;

    pair.up[1] = false;
    give(&pair, 0, (struct srp_event){.type = SRP_EV_VALIDATE});
    pass(&pair, DEAD - 1);
    ck_assert(!v->known);
    pass(&pair, 1);
    ck_assert(v->known && !v->remote);
    ck_assert_int_eq(v->refusal, SRP_NO_RESPONSE);
}
END_TEST

/* ---- routes of a Standby ------------------------------------------------------------------------- */

/* A pair whose Standby announces. */
static struct pair
both_announce(void)
{
    struct pair pair = ready();

    for (int i = 0; i < 2; i++)
        pair.chassis[i].setup.standby_announce_us = 20 * HELLO;
    pass(&pair, 21 * HELLO);
    ck_assert(pair.chassis[1].role.announce);
    return pair;
}

START_TEST(standby_that_announces_goes_on_while_it_takes_over)
{
    struct pair pair = both_announce();

    pair.recovers = false;
    pair.up[0] = false;
    pass(&pair, DEAD + HELLO);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_PENDING_ACTIVE);
    ck_assert_int_eq(pair.chassis[1].phase, SRP_RECOVER);
    ck_assert(pair.chassis[1].role.announce);
    ck_assert_uint_eq(pair.chassis[1].role.gates, 0);
}
END_TEST

START_TEST(hold_off_is_not_begun_again_by_a_switchover_that_was_rolled_back)
{
    struct pair pair = ready();

    for (int i = 0; i < 2; i++)
        pair.chassis[i].setup.standby_announce_us = 30 * HELLO;
    pass(&pair, 10 * HELLO);
    initiate(&pair, 0, false);
    pair.recovers = false;
    pass(&pair, WIRE);
    ck_assert_int_eq(pair.chassis[1].state, CHASSIS_PENDING_ACTIVE);
    report(&pair, 1, lose_demux);
    pair.recovers = true;
    pass(&pair, 8 * HELLO);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    ck_assert(!pair.chassis[1].role.announce);
    pass(&pair, 6 * HELLO);
    ck_assert(pair.chassis[1].role.announce);
    take_over_inside(&pair, 1);
    ck_assert(pair.chassis[1].role.announce);
}
END_TEST

START_TEST(chassis_that_left_waits_for_its_hold_off_anew)
{
    struct pair pair = both_announce();

    initiate(&pair, 0, false);
    pass(&pair, HELLO);
    ck_assert(are(&pair, CHASSIS_STANDBY, CHASSIS_ACTIVE));
    ck_assert(!pair.chassis[0].role.announce);
    pass(&pair, 20 * HELLO);
    ck_assert(pair.chassis[0].role.announce);
}
END_TEST

START_TEST(early_active_does_not_wait_until_the_network_sends_to_it)
{
    struct pair pair = ready();

    pair.chassis[0].setup.options = pair.chassis[1].setup.options =
        _i ? SRP_ALLOW_ALL_DATA : SRP_ALLOW_ALL_DATA | SRP_EARLY_ACTIVE;
    pair.recovers = false;
    initiate(&pair, 0, false);
    for (int i = 0; i < 200; i++) {
        for (int side = 0; side < 2; side++) {
            struct srp_cards cards = good_cards(&pair.chassis[side]);

            cards.done &= ~(unsigned)DONE_CONVERGED;
            give(&pair, side, (struct srp_event){.type = SRP_EV_CARDS, .cards = cards});
        }
        pass(&pair, WIRE / 3);
    }
    ck_assert_int_eq(pair.chassis[1].state, _i ? CHASSIS_PENDING_ACTIVE : CHASSIS_ACTIVE);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp_rollback");
    TCase *c = tcase_create("rollback");

    tcase_add_test(c, heir_that_loses_its_cards_gives_the_calls_back);
    tcase_add_test(c, heir_whose_peer_died_goes_on_without_cards);
    tcase_add_test(c, recovery_that_takes_too_long_gives_the_calls_back);
    tcase_add_test(c, forced_end_of_a_recovery_is_followed_by_the_checks);
    tcase_add_test(c, forced_end_of_an_unplanned_recovery_is_followed_by_the_audit);
    tcase_add_test(c, operators_wish_ends_with_the_death_of_the_peer);
    tcase_add_loop_test(c, monitor_that_waited_for_an_operator_is_heard_afterwards, 0, 2);
    tcase_add_test(c, operators_wish_outlives_the_cf_that_heard_it);
    tcase_add_test(c, time_limit_of_a_wish_outlives_the_cf_that_heard_it);
    tcase_add_test(c, refusal_outlives_the_cf_that_gave_it);
    tcase_add_test(c, time_out_of_post_processing_outlives_the_cf_that_heard_it);
    tcase_add_test(c, validation_that_nobody_answers_ends);
    tcase_add_test(c, standby_that_announces_goes_on_while_it_takes_over);
    tcase_add_test(c, hold_off_is_not_begun_again_by_a_switchover_that_was_rolled_back);
    tcase_add_test(c, chassis_that_left_waits_for_its_hold_off_anew);
    tcase_add_loop_test(c, early_active_does_not_wait_until_the_network_sends_to_it, 0, 2);
    suite_add_tcase(suite, c);
    return unit_main(suite);
}
