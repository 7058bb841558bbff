/* Calls that go with a card, and those kept since a mark. */
#include "tests/unit/cards_rig.h"

/* ---- calls that go with a card ------------------------------------------------------------------ */

static struct card_status
with_sessions(uint32_t sessions)
{
    struct card_status status = status_of(CARD_SF, 1);

    status.sessions = sessions;
    return status;
}

START_TEST(calls_of_a_card_that_dies_are_lost_on_the_chassis_that_serves)
{
    struct cards cards = instance();

    hear(&cards, FIRST, with_sessions(11));
    ck_assert_uint_eq(cards_gone(&cards, FIRST, true, now), 11);
    ck_assert_uint_eq(cards.calls_lost, 11);
    ck_assert_uint_eq(cards_gone(&cards, FIRST, true, now), 0); /* it dies once */
    ck_assert_uint_eq(cards.calls_lost, 11);
}
END_TEST

START_TEST(records_of_a_card_that_dies_are_nobodys_calls)
{
    struct cards cards = instance();

    hear(&cards, FIRST, with_sessions(11));
    ck_assert_uint_eq(cards_gone(&cards, FIRST, false, now), 0);
    ck_assert_uint_eq(cards.calls_lost, 0);
}
END_TEST

START_TEST(calls_of_a_card_that_was_only_silent_were_never_lost)
{
    struct cards cards = instance();

    cards_back(&cards, FIRST, 77);
    hear(&cards, FIRST, with_sessions(11));
    (void)cards_gone(&cards, FIRST, true, now);
    cards_back(&cards, FIRST, 77);
    ck_assert_uint_eq(cards.calls_lost, 0);
}
END_TEST

START_TEST(calls_of_a_card_that_started_anew_stay_lost)
{
    struct cards cards = instance();

    cards_back(&cards, FIRST, 77);
    hear(&cards, FIRST, with_sessions(11));
    (void)cards_gone(&cards, FIRST, true, now);
    cards_back(&cards, FIRST, 78);
    ck_assert_uint_eq(cards.calls_lost, 11);
}
END_TEST

/* ---- since a mark --------------------------------------------------------------------------- */

static struct card_status
counting(uint8_t sessmgr, uint32_t sessions, uint64_t opened, uint64_t closed)
{
    struct card_status status = status_of(CARD_SF, sessmgr);

    status.sessions = sessions;
    status.calls.opened = opened;
    status.calls.closed = closed;
    return status;
}

START_TEST(calls_kept_are_those_there_were_at_the_mark)
{
    struct cards cards = instance();
    struct card_status purged = counting(2, 4, 50, 7);
    struct cards_calls since;
    uint64_t kept;

    hear(&cards, FIRST, counting(1, 0, 100, 10));
    hear(&cards, SECOND, counting(2, 0, 50, 5));
    cards_mark(&cards, 0);
    since = cards_since_mark(&cards, &kept);
    ck_assert_uint_eq(kept + since.opened + since.closed + since.audit_failed, 0);
    hear(&cards, FIRST, counting(1, 20, 103, 11)); /* 18 taken over, one of them closed, 3 new */
    purged.calls.audit_failed = 2;
    purged.calls.superseded = 1;
    hear(&cards, SECOND, purged); /* 6, two of which were purged */
    since = cards_since_mark(&cards, &kept);
    ck_assert_uint_eq(kept, 18 + 6);
    ck_assert_uint_eq(since.opened, 3);
    ck_assert_uint_eq(since.closed, 1 + 2);
    ck_assert_uint_eq(since.audit_failed, 2);
    ck_assert_uint_eq(since.superseded, 1);
}
END_TEST

START_TEST(a_session_manager_that_started_anew_counts_from_its_start)
{
    struct cards cards = instance();
    uint64_t kept;

    cards_back(&cards, FIRST, 1);
    hear(&cards, FIRST, counting(1, 9, 100, 91));
    cards_mark(&cards, 0);
    (void)cards_gone(&cards, FIRST, false, now);
    (void)cards_since_mark(&cards, &kept);
    ck_assert_uint_eq(kept, 0);
    cards_back(&cards, FIRST, 1); /* it was only silent */
    hear(&cards, FIRST, counting(1, 9, 101, 92));
    (void)cards_since_mark(&cards, &kept);
    ck_assert_uint_eq(kept, 9);
    cards_back(&cards, FIRST, 2);
    hear(&cards, FIRST, counting(1, 4, 4, 0));
    (void)cards_since_mark(&cards, &kept);
    ck_assert_uint_eq(kept, 0);
}
END_TEST

START_TEST(of_a_takeover_calls_count_from_the_moment_a_session_manager_has_them)
{
    struct cards cards = instance();
    struct card_status status = counting(1, 0, 100, 100);
    uint64_t kept;

    hear(&cards, FIRST, status);
    cards_mark(&cards, 9);
    status = counting(1, 3, 110, 107); /* opened and closed in the epoch before, unreported */
    status.state = CHASSIS_ACTIVE;
    status.srp_epoch = 7;
    hear(&cards, FIRST, status);
    (void)cards_since_mark(&cards, &kept);
    ck_assert_uint_eq(kept, 0); /* it is not there yet: what it has is not taken over */
    status = counting(1, 20, 111, 108);
    status.state = CHASSIS_PENDING_ACTIVE;
    status.srp_epoch = 9;
    hear(&cards, FIRST, status);
    (void)cards_since_mark(&cards, &kept);
    ck_assert_uint_eq(kept, 20);
    status.sessions = 21; /* one went, two came */
    status.calls.opened += 2;
    status.calls.closed += 1;
    hear(&cards, FIRST, status);
    (void)cards_since_mark(&cards, &kept);
    ck_assert_uint_eq(kept, 20);
}
END_TEST

START_TEST(a_mark_set_while_a_card_is_silent_counts_from_what_it_said_last)
{
    struct cards cards = instance();
    uint64_t kept;

    cards_back(&cards, FIRST, 1);
    hear(&cards, FIRST, counting(1, 9, 100, 91));
    (void)cards_gone(&cards, FIRST, false, now);
    cards_mark(&cards, 0);
    cards_back(&cards, FIRST, 1);
    hear(&cards, FIRST, counting(1, 9, 100, 91));
    (void)cards_since_mark(&cards, &kept);
    ck_assert_uint_eq(kept, 9);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cards: calls");
    TCase *lost = tcase_create("calls lost");

    tcase_add_test(lost, calls_of_a_card_that_dies_are_lost_on_the_chassis_that_serves);
    tcase_add_test(lost, records_of_a_card_that_dies_are_nobodys_calls);
    tcase_add_test(lost, calls_of_a_card_that_was_only_silent_were_never_lost);
    tcase_add_test(lost, calls_of_a_card_that_started_anew_stay_lost);
    tcase_add_test(lost, calls_kept_are_those_there_were_at_the_mark);
    tcase_add_test(lost, a_session_manager_that_started_anew_counts_from_its_start);
    tcase_add_test(lost, of_a_takeover_calls_count_from_the_moment_a_session_manager_has_them);
    tcase_add_test(lost, a_mark_set_while_a_card_is_silent_counts_from_what_it_said_last);
    suite_add_tcase(suite, lost);
    return unit_main(suite);
}
