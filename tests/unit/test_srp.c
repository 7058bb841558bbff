#include "tests/unit/srp_one.h"
#include "tests/unit/unit.h"

/* ---- starting ------------------------------------------------------------------------------ */

START_TEST(start_values_of_the_route_modifier_depend_on_the_mode)
{
    struct srp_setup primary = setup_of(SRP_PRIMARY), backup = setup_of(SRP_BACKUP);
    struct srp srp;

    srp_init(&srp, &primary, zero);
    ck_assert_uint_eq(srp.rank.route_modifier, 33);
    ck_assert_int_eq(srp.state, CHASSIS_INIT);
    ck_assert_int_le(srp_deadline(&srp).us, zero.us); /* the first hello is due at once */
    srp_init(&srp, &backup, zero);
    ck_assert_uint_eq(srp.rank.route_modifier, 34);
}
END_TEST

START_TEST(alone_it_serves_after_the_delay_and_the_dead_interval)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    (void)idle(&srp, mono_after(zero, DELAY + DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_INIT);
    (void)idle(&srp, mono_after(zero, DELAY + DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert_uint_eq(srp.rank.route_modifier, 34); /* nobody to agree on a lower one with */
    ck_assert_uint_eq(srp.restart, 9);
    ck_assert_uint_gt(srp.epoch, 0);
}
END_TEST

START_TEST(own_sleep_during_start_up_is_no_proof_of_being_alone)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    (void)tick(&srp, zero);
    (void)tick(&srp, mono_after(zero, 100 * DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_INIT);
}
END_TEST

START_TEST(winner_of_the_first_election_serves_with_the_base_route_modifier)
{
    struct srp srp = active();

    ck_assert_uint_eq(srp.rank.route_modifier, 2);
    ck_assert_uint_eq(srp.restart, 9);
    ck_assert_uint_gt(srp.epoch, 2);
}
END_TEST

START_TEST(loser_of_the_first_election_stands_by)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp srp;

    srp_init(&srp, &setup, zero);

    struct srp_result r = hear(&srp, zero, peer_hello(CHASSIS_INIT, 33));

    ck_assert_int_eq(r.to, CHASSIS_STANDBY);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert(r.actions & SRP_DO_HELLO);
}
END_TEST

START_TEST(newcomer_never_pre_empts_one_that_serves)
{
    static const enum chassis_state serving[] = {CHASSIS_ACTIVE, CHASSIS_PENDING_ACTIVE};
    struct srp_setup setup = setup_of(SRP_PRIMARY);
    struct srp srp;
    struct srp_hello hello = peer_hello(serving[_i], 34);

    setup.rank.priority = 1;
    hello.rank.mode = SRP_BACKUP;
    hello.rank.priority = 255;
    srp_init(&srp, &setup, zero);
    for (int i = 1; i < 100; i++) {
        hello.seq = (uint64_t)i;
        (void)hear(&srp, mono_after(zero, (int64_t)i * HELLO), hello);
        ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    }
}
END_TEST

/* ---- silence -------------------------------------------------------------------------------- */

START_TEST(takeover_comes_exactly_at_the_dead_interval)
{
    struct srp srp = standby();
    uint64_t epoch = srp.epoch;

    (void)idle(&srp, mono_after(zero, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);

    struct srp_result r = tick(&srp, mono_after(zero, DEAD));

    ck_assert_int_eq(r.from, CHASSIS_STANDBY);
    ck_assert_int_eq(r.to, CHASSIS_PENDING_ACTIVE);
    ck_assert_int_eq(r.reason, SRP_DEAD_TIMER_EXPIRY);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert_int_eq(r.phase_to, SRP_RECOVER);
    ck_assert(r.actions & SRP_DO_HELLO);
    ck_assert(r.actions & SRP_DO_PEER);
    ck_assert_uint_gt(srp.epoch, epoch);
    ck_assert(!srp.peer_known);
    ck_assert_uint_eq(srp.rank.route_modifier, 3); /* unplanned: it keeps its own */
    ck_assert_uint_eq(srp.restart, 77);            /* the peer's: clients see no restart */
    ck_assert_uint_eq(srp.counters.switchovers[SRP_DEAD_TIMER_EXPIRY], 0); /* not over yet */
    obedient(&srp, mono_after(zero, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert_uint_eq(srp.counters.switchovers[SRP_DEAD_TIMER_EXPIRY], 1);
}
END_TEST

START_TEST(deadline_names_the_instant_of_the_takeover)
{
    struct srp srp = standby();

    for (mono_t due; (due = srp_deadline(&srp)).us < zero.us + DEAD;)
        (void)tick(&srp, due);
    ck_assert_int_eq(srp_deadline(&srp).us, zero.us + DEAD);
}
END_TEST

START_TEST(a_hello_in_time_puts_the_takeover_off)
{
    struct srp srp = standby();
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 2);
    mono_t at = mono_after(zero, DEAD - 1);

    (void)idle(&srp, at);
    hello.seq = 2;
    (void)hear(&srp, at, hello);
    (void)idle(&srp, mono_after(at, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    (void)idle(&srp, mono_after(at, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
}
END_TEST

START_TEST(loss_of_the_connection_is_no_death)
{
    struct srp srp = standby();
    struct srp_event down = {.now = zero, .type = SRP_EV_LINK};

    srp.link_up = true;
    ck_assert_int_eq(srp_step(&srp, &down).to, CHASSIS_STANDBY);
    ck_assert_uint_eq(srp.counters.connection_losses, 1);
    (void)idle(&srp, mono_after(zero, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    ck_assert_uint_eq(srp.counters.hello_losses, 0); /* none is lost where none can come */
}
END_TEST

START_TEST(silence_on_a_standing_connection_counts_as_hellos_lost)
{
    struct srp srp = standby();
    struct srp_event up = {.now = zero, .type = SRP_EV_LINK, .up = true};

    ck_assert(srp_step(&srp, &up).actions & SRP_DO_HELLO);
    (void)idle(&srp, mono_after(zero, DEAD - 1));
    ck_assert_uint_eq(srp.counters.hello_losses,
                      2); /* due at 1 s and 2 s; 3 s has half a second left */
    ck_assert_uint_eq(srp.counters.connection_losses, 0);
}
END_TEST

START_TEST(own_sleep_is_not_the_silence_of_the_peer)
{
    struct srp srp = standby();
    mono_t awake = mono_after(zero, 60 * DEAD);
    uint64_t lost = srp.counters.hello_losses;

    srp.link_up = true;
    (void)tick(&srp, mono_after(zero, HELLO));
    (void)tick(&srp, awake);
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    ck_assert_uint_eq(srp.counters.hello_losses, lost);
    ck_assert(srp_peer_hears_us(&srp, awake));
    (void)idle(&srp, mono_after(awake, DEAD)); /* silence after it does count */
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
}
END_TEST

START_TEST(active_does_not_move_when_its_peer_dies)
{
    struct srp srp = active();
    uint64_t epoch = srp.epoch;

    (void)idle(&srp, mono_after(zero, 10 * DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert(!srp.peer_known);
    ck_assert_uint_eq(srp.epoch, epoch);
    ck_assert_uint_eq(srp.rank.route_modifier, 2);
}
END_TEST

/* ---- pending states -------------------------------------------------------------------------- */

START_TEST(sessions_are_committed_before_routes_are_announced_and_audited_before_it_serves)
{
    struct srp srp = pending_active();

    ck_assert(!srp.role.announce);
    ck_assert(cards(&srp, srp.last).actions & SRP_DO_ROLE);
    ck_assert_int_eq(srp.phase, SRP_ANNOUNCE);
    ck_assert(srp.role.announce);
    ck_assert_uint_eq(srp.role.gates, 0);
    ck_assert(cards(&srp, srp.last).actions & SRP_DO_ROLE);
    ck_assert_int_eq(srp.phase, SRP_AUDIT);
    ck_assert(srp.role.audit);

    struct srp_result r = cards(&srp, srp.last);

    ck_assert_int_eq(r.to, CHASSIS_ACTIVE);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert(r.actions & SRP_DO_HELLO);
    ck_assert(r.actions & SRP_DO_LEDGER);
    ck_assert_uint_eq(srp.role.gates, GATES_ALL);
    ck_assert_int_eq(srp.phase, SRP_SETTLED);
}
END_TEST

START_TEST(cards_that_speak_of_an_older_order_are_not_believed)
{
    struct srp srp = pending_active();
    struct srp_event older = {.now = srp.last, .type = SRP_EV_CARDS, .cards = good_cards(&srp)};
    uint64_t epoch = srp.epoch;

    ck_assert(tell(&srp, srp.last, SRP_EV_FLOOR, epoch + 10).actions & SRP_DO_ROLE);
    ck_assert_uint_gt(srp.epoch, epoch + 10);
    (void)srp_step(&srp, &older);
    ck_assert_int_eq(srp.phase, SRP_RECOVER);
    obedient(&srp, srp.last);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
}
END_TEST

START_TEST(what_cards_have_done_moves_nobody_outside_a_change_of_roles)
{
    struct srp a = active(), s = standby();

    ck_assert_int_eq(cards(&a, zero).to, CHASSIS_ACTIVE);
    ck_assert_int_eq(cards(&s, zero).to, CHASSIS_STANDBY);
}
END_TEST

START_TEST(pending_active_ends_within_the_dead_interval)
{
    struct srp srp = pending_active();
    mono_t entered = srp.entered;

    (void)idle(&srp, mono_after(entered, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
    (void)idle(&srp, mono_after(entered, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert_int_eq(srp.reason, SRP_FORCE_STATE_CHANGE);
}
END_TEST

static struct srp
pending_standby(struct srp_hello *winner)
{
    struct srp srp = active();

    *winner = peer_hello(CHASSIS_ACTIVE, 1);
    winner->seq = 2;
    winner->epoch = 6;

    struct srp_result r = hear(&srp, zero, *winner);

    ck_assert_int_eq(r.to, CHASSIS_PENDING_STANDBY);
    ck_assert_int_eq(r.reason, SRP_DUAL_ACTIVE);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert(r.actions & SRP_DO_HELLO);
    return srp;
}

START_TEST(pending_standby_stands_by_once_the_peer_serves)
{
    struct srp_hello winner;
    struct srp srp = pending_standby(&winner);

    winner.seq++;
    ck_assert_int_eq(hear(&srp, zero, winner).to, CHASSIS_STANDBY);
    ck_assert_uint_eq(srp.rank.route_modifier, 2);
    ck_assert_uint_eq(srp.epoch, 6);
}
END_TEST

START_TEST(pending_standby_serves_again_when_the_peer_is_gone)
{
    struct srp_hello winner;
    struct srp srp = pending_standby(&winner);
    mono_t entered = srp.entered;

    (void)idle(&srp, mono_after(entered, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_STANDBY);
    (void)idle(&srp, mono_after(entered, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert_uint_gt(srp.epoch, 6);
}
END_TEST

START_TEST(pending_standby_ends_even_if_the_peer_stays_pending)
{
    struct srp_hello winner;
    struct srp srp = pending_standby(&winner);

    winner.state = CHASSIS_PENDING_ACTIVE;
    for (int i = 1; i <= 4 && srp.state == CHASSIS_PENDING_STANDBY; i++) {
        mono_t at = mono_after(zero, (int64_t)i * HELLO);

        if (idle(&srp, at).us < at.us)
            break;
        winner.seq++;
        (void)hear(&srp, at, winner);
    }
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert_int_eq(srp.entered.us, zero.us + DEAD);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp");
    TCase *cases = tcase_create("srp");

    tcase_add_test(cases, start_values_of_the_route_modifier_depend_on_the_mode);
    tcase_add_test(cases, alone_it_serves_after_the_delay_and_the_dead_interval);
    tcase_add_test(cases, own_sleep_during_start_up_is_no_proof_of_being_alone);
    tcase_add_test(cases, winner_of_the_first_election_serves_with_the_base_route_modifier);
    tcase_add_test(cases, loser_of_the_first_election_stands_by);
    tcase_add_loop_test(cases, newcomer_never_pre_empts_one_that_serves, 0, 2);
    tcase_add_test(cases, takeover_comes_exactly_at_the_dead_interval);
    tcase_add_test(cases, deadline_names_the_instant_of_the_takeover);
    tcase_add_test(cases, a_hello_in_time_puts_the_takeover_off);
    tcase_add_test(cases, loss_of_the_connection_is_no_death);
    tcase_add_test(cases, silence_on_a_standing_connection_counts_as_hellos_lost);
    tcase_add_test(cases, own_sleep_is_not_the_silence_of_the_peer);
    tcase_add_test(cases, active_does_not_move_when_its_peer_dies);
    tcase_add_test(cases,
                   sessions_are_committed_before_routes_are_announced_and_audited_before_it_serves);
    tcase_add_test(cases, cards_that_speak_of_an_older_order_are_not_believed);
    tcase_add_test(cases, what_cards_have_done_moves_nobody_outside_a_change_of_roles);
    tcase_add_test(cases, pending_active_ends_within_the_dead_interval);
    tcase_add_test(cases, pending_standby_stands_by_once_the_peer_serves);
    tcase_add_test(cases, pending_standby_serves_again_when_the_peer_is_gone);
    tcase_add_test(cases, pending_standby_ends_even_if_the_peer_stays_pending);
    suite_add_tcase(suite, cases);
    return unit_main(suite);
}
