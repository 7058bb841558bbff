/* An SF with several session managers. */
#include "tests/unit/cards_rig.h"

/* The first SF of instance() hosts 1, 3 and 4; all report. */
static struct cards
several(void)
{
    struct cards cards = instance();

    cards_add(&cards, FIRST, 3);
    cards_add(&cards, FIRST, 4);
    for (uint8_t sessmgr = 3; sessmgr <= 4; sessmgr++) {
        struct card_status status = status_of(CARD_SF, sessmgr);

        status.sessions = sessmgr;
        ck_assert(cards_heard(&cards, cards_row(&cards, FIRST, sessmgr), &status, now));
    }
    return cards;
}

START_TEST(each_session_manager_has_a_row_of_its_own_the_first_one_the_slots)
{
    struct cards cards = several();

    ck_assert_uint_eq(cards_row(&cards, FIRST, 1), FIRST);
    ck_assert_uint_eq(cards_row(&cards, SECOND, 2), SECOND);
    ck_assert_uint_gt(cards_row(&cards, FIRST, 3), CARDS_SLOTS);
    ck_assert_uint_gt(cards_row(&cards, FIRST, 4), cards_row(&cards, FIRST, 3));
    ck_assert_uint_le(cards_row(&cards, FIRST, 4), cards_rows(&cards));
    ck_assert_uint_eq(cards_row(&cards, DEMUX, 0), DEMUX);
    ck_assert_uint_eq(cards_row(&cards, SPARE, 0), SPARE);
    ck_assert_uint_eq(cards_row(&cards, FIRST, 2), 0);
    ck_assert_uint_eq(cards_row(&cards, SECOND, 3), 0);
    ck_assert_uint_eq(cards_row(&cards, DEMUX, 1), 0);
    ck_assert_uint_eq(cards_row(&cards, UINT8_MAX, 0), 0);
}
END_TEST

START_TEST(nothing_is_done_while_one_of_several_session_managers_has_an_older_order)
{
    struct cards cards = several();
    struct card_status late = status_of(CARD_SF, 4);
    uint16_t row = cards_row(&cards, FIRST, 4);

    ck_assert_uint_ne(done(&cards), 0);
    late.order = ORDER - 1;
    ck_assert(cards_heard(&cards, row, &late, now));
    ck_assert_uint_eq(done(&cards), 0);
    (void)cards_gone(&cards, row, false, now);
    ck_assert_uint_ne(done(&cards), 0);
}
END_TEST

START_TEST(totals_count_every_session_manager_of_an_sf)
{
    struct cards cards = several();
    struct cards_totals totals = cards_totals(&cards);

    ck_assert_uint_eq(totals.sessmgrs, 4);
    ck_assert_uint_eq(totals.alive, 4);
    ck_assert_uint_eq(totals.ready, 4);
    ck_assert_uint_eq(totals.sessions, 3 + 4);
    (void)cards_gone(&cards, cards_row(&cards, FIRST, 3), false, now);
    totals = cards_totals(&cards);
    ck_assert_uint_eq(totals.sessmgrs, 4);
    ck_assert_uint_eq(totals.alive, 3);
    ck_assert_uint_eq(totals.sessions, 4);
}
END_TEST

START_TEST(an_sf_dies_once_with_the_last_of_its_session_managers)
{
    struct cards cards = several();

    ck_assert_uint_eq(cards_gone(&cards, FIRST, true, now), 0);
    ck_assert_uint_eq(cards_gone(&cards, cards_row(&cards, FIRST, 4), true, now), 4);
    ck_assert(cards_there(&cards, FIRST));
    ck_assert(cards_whole(&cards, FIRST).alive);
    ck_assert_uint_eq(cards.slots[FIRST].deaths, 0);
    ck_assert_uint_eq(cards_gone(&cards, cards_row(&cards, FIRST, 3), true, now), 3);
    ck_assert(!cards_there(&cards, FIRST));
    ck_assert_uint_eq(cards.slots[FIRST].deaths, 1);
    ck_assert_uint_eq(cards_whole(&cards, FIRST).calls_lost, 7);
    ck_assert_uint_eq(cards.calls_lost, 7);
    ck_assert(cards_there(&cards, SECOND));
    ck_assert_uint_eq(cards.slots[SECOND].deaths, 0);
}
END_TEST

START_TEST(an_sf_is_ready_and_synchronised_when_all_its_session_managers_are)
{
    struct cards cards = several();
    struct card_status status = status_of(CARD_SF, 3);

    ck_assert_uint_eq(cards_whole(&cards, FIRST).sessmgrs, 3);
    ck_assert_uint_eq(cards_whole(&cards, FIRST).sessmgr, 1);
    ck_assert_uint_eq(cards_whole(&cards, FIRST).sessions, 3 + 4);
    ck_assert(cards_whole(&cards, FIRST).peer_ready);
    ck_assert(!cards_whole(&cards, FIRST).synced);
    status.synced = true;
    status.peer_ready = false;
    ck_assert(cards_heard(&cards, cards_row(&cards, FIRST, 3), &status, now));
    ck_assert(!cards_whole(&cards, FIRST).peer_ready);
    ck_assert(!cards_whole(&cards, FIRST).synced);
}
END_TEST

START_TEST(one_session_manager_of_an_sf_that_lives_can_serve)
{
    struct cards cards = several();

    (void)cards_gone(&cards, SECOND, false, now);
    (void)cards_gone(&cards, FIRST, false, now);
    (void)cards_gone(&cards, cards_row(&cards, FIRST, 4), false, now);
    ck_assert(cards_serviceable(&cards));
    (void)cards_gone(&cards, cards_row(&cards, FIRST, 3), false, now);
    ck_assert(!cards_serviceable(&cards));
}
END_TEST

START_TEST(there_are_rows_for_255_session_managers_and_no_more)
{
    struct cards cards = instance();

    for (unsigned sessmgr = 3; sessmgr <= UINT8_MAX; sessmgr++) {
        cards_add(&cards, FIRST, (uint8_t)sessmgr);
        ck_assert_uint_ne(cards_row(&cards, FIRST, (uint8_t)sessmgr), 0);
    }
    cards_add(&cards, FIRST, 2);
    cards_add(&cards, FIRST, 2);
    cards_add(&cards, UINT8_MAX, 2);
    ck_assert_uint_le(cards_rows(&cards), CARDS_ROWS);
    ck_assert_uint_eq(cards_row(&cards, FIRST, UINT8_MAX), cards_row(&cards, FIRST, 3) + 252);
    ck_assert(!cards_alive(&cards, UINT16_MAX));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cards: several");
    TCase *hosts = tcase_create("several session managers");

    tcase_add_test(hosts, each_session_manager_has_a_row_of_its_own_the_first_one_the_slots);
    tcase_add_test(hosts, nothing_is_done_while_one_of_several_session_managers_has_an_older_order);
    tcase_add_test(hosts, totals_count_every_session_manager_of_an_sf);
    tcase_add_test(hosts, an_sf_dies_once_with_the_last_of_its_session_managers);
    tcase_add_test(hosts, an_sf_is_ready_and_synchronised_when_all_its_session_managers_are);
    tcase_add_test(hosts, one_session_manager_of_an_sf_that_lives_can_serve);
    tcase_add_test(hosts, there_are_rows_for_255_session_managers_and_no_more);
    suite_add_tcase(suite, hosts);
    return unit_main(suite);
}
