/* What the cards have carried out, and which of them live. */
#include "tests/unit/cards_rig.h"

/* ---- done: all ---------------------------------------------------------------------------- */

/* The other CF had stood by with them, and we go on with an older memory. */
START_TEST(cards_that_stood_by_in_our_epoch_do_not_serve_in_it)
{
    struct card_status status = {.state = CHASSIS_STANDBY, .srp_epoch = 6, .cf_epoch = CF_EPOCH};

    ck_assert_uint_eq(cards_floor(&status, CF_EPOCH + 1, CHASSIS_ACTIVE, 6), 7);
    ck_assert_uint_eq(cards_floor(&status, CF_EPOCH + 1, CHASSIS_PENDING_STANDBY, 6), 7);
    ck_assert_uint_eq(cards_floor(&status, CF_EPOCH + 1, CHASSIS_STANDBY, 6), 6);
    ck_assert_uint_eq(cards_floor(&status, CF_EPOCH + 1, CHASSIS_ACTIVE, 8), 6);
    ck_assert_uint_eq(cards_floor(&status, CF_EPOCH, CHASSIS_ACTIVE, 6), 6); /* about to obey us */
    status.state = CHASSIS_ACTIVE;
    ck_assert_uint_eq(cards_floor(&status, CF_EPOCH + 1, CHASSIS_ACTIVE, 6), 6);
}
END_TEST

START_TEST(the_youngest_order_is_that_of_the_card_with_the_highest_floor)
{
    struct cards cards = instance();
    struct card_status status = status_of(CARD_DEMUX, 0);
    uint64_t known = status.srp_epoch;

    ck_assert_ptr_null(cards_above(&cards, CF_EPOCH, CHASSIS_ACTIVE, known));
    status.state = CHASSIS_ACTIVE;
    status.srp_epoch = known + 4;
    status.route_modifier = 4;
    hear(&cards, DEMUX, status);
    status = status_of(CARD_SF, 2);
    status.state = CHASSIS_ACTIVE;
    status.srp_epoch = known + 2;
    status.route_modifier = 3;
    hear(&cards, SECOND, status);
    ck_assert_uint_eq(cards_modifier(cards_above(&cards, CF_EPOCH, CHASSIS_ACTIVE, known)), 4);
    (void)cards_gone(&cards, DEMUX, false, now);
    ck_assert_uint_eq(cards_modifier(cards_above(&cards, CF_EPOCH, CHASSIS_ACTIVE, known)), 3);
    status.state = CHASSIS_INIT; /* of a chassis that began from nothing */
    ck_assert_uint_eq(cards_modifier(&status), 0);
}
END_TEST

START_TEST(a_serving_instance_has_done_all_but_withdrawn)
{
    struct cards cards = instance();

    ck_assert_uint_eq(done(&cards), DONE_COMMITTED | DONE_FLUSHED | DONE_TOLD | DONE_ANNOUNCED |
                                        DONE_CONVERGED | DONE_AUDITED);
}
END_TEST

START_TEST(nothing_is_done_while_one_session_manager_has_an_older_order)
{
    struct cards cards = instance();
    struct card_status late = status_of(CARD_SF, 2);

    late.order = ORDER - 1;
    hear(&cards, SECOND, late);
    ck_assert_uint_eq(done(&cards), 0);
}
END_TEST

START_TEST(nothing_is_done_while_the_demux_has_an_older_order)
{
    struct cards cards = instance();
    struct card_status late = status_of(CARD_DEMUX, 0);

    late.order = ORDER - 1;
    hear(&cards, DEMUX, late);
    ck_assert_uint_eq(done(&cards), 0);
}
END_TEST

START_TEST(the_same_number_of_another_cf_is_another_order)
{
    struct cards cards = instance();
    struct card_status other = status_of(CARD_SF, 1);

    other.cf_epoch = CF_EPOCH - 1;
    hear(&cards, FIRST, other);
    ck_assert_uint_eq(done(&cards), 0);
    ck_assert_uint_eq(cards_done(&cards, CF_EPOCH - 1, ORDER, false), 0);
}
END_TEST

START_TEST(a_spare_that_obeys_late_holds_nobody_up)
{
    struct cards cards = instance();
    struct card_status late = status_of(CARD_SF, 0);

    late.order = 0;
    late.cf_epoch = 0;
    hear(&cards, SPARE, late);
    ck_assert(done(&cards) & DONE_COMMITTED);
}
END_TEST

START_TEST(a_dead_card_holds_nobody_up)
{
    struct cards cards = instance();
    struct card_status late = status_of(CARD_SF, 2);

    late.order = 0;
    late.flushed = late.audited = false;
    hear(&cards, SECOND, late);
    ck_assert_uint_eq(done(&cards), 0);
    (void)cards_gone(&cards, SECOND, false, now);
    ck_assert_uint_eq(done(&cards), DONE_COMMITTED | DONE_FLUSHED | DONE_TOLD | DONE_ANNOUNCED |
                                        DONE_CONVERGED | DONE_AUDITED);
}
END_TEST

START_TEST(without_a_session_manager_nothing_is_committed)
{
    struct cards cards = instance();

    (void)cards_gone(&cards, FIRST, false, now);
    (void)cards_gone(&cards, SECOND, false, now);
    ck_assert_uint_eq(done(&cards), 0);
}
END_TEST

/* ---- done: bit by bit ----------------------------------------------------------------------- */

START_TEST(one_session_manager_that_has_not_flushed_is_enough)
{
    struct cards cards = instance();
    struct card_status status = status_of(CARD_SF, 2);

    status.flushed = false;
    hear(&cards, SECOND, status);
    ck_assert_uint_eq(done(&cards),
                      DONE_COMMITTED | DONE_ANNOUNCED | DONE_CONVERGED | DONE_AUDITED);
}
END_TEST

START_TEST(force_does_not_wait_for_a_flush_that_has_nowhere_to_go)
{
    struct cards cards = instance();
    struct card_status status = status_of(CARD_SF, 2);

    status.flushed = status.peer_ready = false;
    hear(&cards, SECOND, status);
    ck_assert(!(cards_done(&cards, CF_EPOCH, ORDER, false) & DONE_FLUSHED));
    ck_assert(cards_done(&cards, CF_EPOCH, ORDER, true) & DONE_FLUSHED);
}
END_TEST

START_TEST(force_waits_for_a_flush_to_a_peer_that_is_there)
{
    struct cards cards = instance();
    struct card_status status = status_of(CARD_SF, 2);

    status.flushed = false;
    hear(&cards, SECOND, status);
    ck_assert(!(cards_done(&cards, CF_EPOCH, ORDER, true) & DONE_FLUSHED));
}
END_TEST

START_TEST(one_session_manager_that_has_not_audited_is_enough)
{
    struct cards cards = instance();
    struct card_status status = status_of(CARD_SF, 1);

    status.audited = false;
    hear(&cards, FIRST, status);
    ck_assert_uint_eq(done(&cards),
                      DONE_COMMITTED | DONE_FLUSHED | DONE_TOLD | DONE_ANNOUNCED | DONE_CONVERGED);
    ck_assert(!(cards_done(&cards, CF_EPOCH, ORDER, true) & DONE_AUDITED));
}
END_TEST

START_TEST(routes_that_are_out_are_not_withdrawn_and_the_reverse)
{
    struct cards cards = instance();
    struct card_status status = status_of(CARD_DEMUX, 0);

    ck_assert(!(done(&cards) & DONE_WITHDRAWN));
    status.announced = status.converged = false;
    hear(&cards, DEMUX, status);
    ck_assert_uint_eq(done(&cards),
                      DONE_COMMITTED | DONE_FLUSHED | DONE_TOLD | DONE_WITHDRAWN | DONE_AUDITED);
}
END_TEST

START_TEST(routes_that_are_out_may_not_be_the_best_yet)
{
    struct cards cards = instance();
    struct card_status status = status_of(CARD_DEMUX, 0);

    status.converged = false;
    hear(&cards, DEMUX, status);
    ck_assert(done(&cards) & DONE_ANNOUNCED);
    ck_assert(!(done(&cards) & DONE_CONVERGED));
}
END_TEST

START_TEST(what_is_not_announced_has_not_converged)
{
    struct cards cards = instance();
    struct card_status status = status_of(CARD_DEMUX, 0);

    status.announced = false;
    hear(&cards, DEMUX, status);
    ck_assert(!(done(&cards) & (DONE_ANNOUNCED | DONE_CONVERGED)));
}
END_TEST

START_TEST(a_dead_demux_announces_nothing_so_its_routes_are_withdrawn)
{
    struct cards cards = instance();

    (void)cards_gone(&cards, DEMUX, false, now);
    ck_assert_uint_eq(done(&cards),
                      DONE_COMMITTED | DONE_FLUSHED | DONE_TOLD | DONE_WITHDRAWN | DONE_AUDITED);
}
END_TEST

START_TEST(routes_can_be_withdrawn_without_any_session_manager)
{
    struct cards cards = instance();
    struct card_status status = status_of(CARD_DEMUX, 0);

    (void)cards_gone(&cards, FIRST, false, now);
    (void)cards_gone(&cards, SECOND, false, now);
    status.announced = false;
    hear(&cards, DEMUX, status);
    ck_assert_uint_eq(done(&cards), DONE_WITHDRAWN);
}
END_TEST

/* ---- serviceable, alive ------------------------------------------------------------------------ */

START_TEST(a_demux_and_one_session_manager_can_serve)
{
    struct cards cards = instance();

    ck_assert(cards_serviceable(&cards));
    (void)cards_gone(&cards, FIRST, false, now);
    ck_assert(cards_serviceable(&cards));
}
END_TEST

START_TEST(a_spare_is_no_session_manager)
{
    struct cards cards = instance();

    (void)cards_gone(&cards, FIRST, false, now);
    (void)cards_gone(&cards, SECOND, false, now);
    ck_assert(cards_alive(&cards, SPARE));
    ck_assert(!cards_serviceable(&cards));
}
END_TEST

START_TEST(without_a_demux_nobody_can_serve)
{
    struct cards cards = instance();

    (void)cards_gone(&cards, DEMUX, false, now);
    ck_assert(!cards_serviceable(&cards));
}
END_TEST

START_TEST(a_card_lives_from_its_first_report_until_it_is_gone)
{
    struct cards cards;

    cards_init(&cards);
    cards_set(&cards, FIRST, CARD_SF, false, 1);
    ck_assert(!cards_alive(&cards, FIRST));
    hear(&cards, FIRST, status_of(CARD_SF, 1));
    ck_assert(cards_alive(&cards, FIRST));
    (void)cards_gone(&cards, FIRST, false, now);
    ck_assert(!cards_alive(&cards, FIRST));
    hear(&cards, FIRST, status_of(CARD_SF, 1));
    ck_assert(cards_alive(&cards, FIRST));
}
END_TEST

START_TEST(a_report_from_an_empty_slot_or_of_another_type_is_refused)
{
    struct cards cards = instance();
    struct card_status sf = status_of(CARD_SF, 1);

    ck_assert(!cards_heard(&cards, EMPTY, &sf, now));
    ck_assert(!cards_alive(&cards, EMPTY));
    (void)cards_gone(&cards, DEMUX, false, now);
    ck_assert(!cards_heard(&cards, DEMUX, &sf, now));
    ck_assert(!cards_alive(&cards, DEMUX));
}
END_TEST

START_TEST(slots_beyond_the_last_are_nobody)
{
    struct cards cards = instance();
    struct card_status sf = status_of(CARD_SF, 1);

    ck_assert(!cards_heard(&cards, CARDS_SLOTS + 1, &sf, now));
    ck_assert(!cards_alive(&cards, CARDS_SLOTS + 1));
    ck_assert(!cards_alive(&cards, UINT8_MAX));
    ck_assert_uint_eq(cards_gone(&cards, UINT8_MAX, true, now), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cards");
    TCase *all = tcase_create("done: all"), *bits = tcase_create("done: bit by bit");
    TCase *alive = tcase_create("serviceable, alive");

    tcase_add_test(all, cards_that_stood_by_in_our_epoch_do_not_serve_in_it);
    tcase_add_test(all, the_youngest_order_is_that_of_the_card_with_the_highest_floor);
    tcase_add_test(all, a_serving_instance_has_done_all_but_withdrawn);
    tcase_add_test(all, nothing_is_done_while_one_session_manager_has_an_older_order);
    tcase_add_test(all, nothing_is_done_while_the_demux_has_an_older_order);
    tcase_add_test(all, the_same_number_of_another_cf_is_another_order);
    tcase_add_test(all, a_spare_that_obeys_late_holds_nobody_up);
    tcase_add_test(all, a_dead_card_holds_nobody_up);
    tcase_add_test(all, without_a_session_manager_nothing_is_committed);
    tcase_add_test(bits, one_session_manager_that_has_not_flushed_is_enough);
    tcase_add_test(bits, force_does_not_wait_for_a_flush_that_has_nowhere_to_go);
    tcase_add_test(bits, force_waits_for_a_flush_to_a_peer_that_is_there);
    tcase_add_test(bits, one_session_manager_that_has_not_audited_is_enough);
    tcase_add_test(bits, routes_that_are_out_are_not_withdrawn_and_the_reverse);
    tcase_add_test(bits, routes_that_are_out_may_not_be_the_best_yet);
    tcase_add_test(bits, what_is_not_announced_has_not_converged);
    tcase_add_test(bits, a_dead_demux_announces_nothing_so_its_routes_are_withdrawn);
    tcase_add_test(bits, routes_can_be_withdrawn_without_any_session_manager);
    tcase_add_test(alive, a_demux_and_one_session_manager_can_serve);
    tcase_add_test(alive, a_spare_is_no_session_manager);
    tcase_add_test(alive, without_a_demux_nobody_can_serve);
    tcase_add_test(alive, a_card_lives_from_its_first_report_until_it_is_gone);
    tcase_add_test(alive, a_report_from_an_empty_slot_or_of_another_type_is_refused);
    tcase_add_test(alive, slots_beyond_the_last_are_nobody);
    suite_add_tcase(suite, all);
    suite_add_tcase(suite, bits);
    suite_add_tcase(suite, alive);
    return unit_main(suite);
}
