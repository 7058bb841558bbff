#include "cf/cards.h"

#include "common/conf/topo.h"
#include "tests/unit/unit.h"

/* An instance with two CFs, a demux, two session managers and a spare SF; all but the CFs
 * report that they carried out order 7 of the CF of epoch 3. */
enum { CF_SLOT = 1, DEMUX = 3, FIRST = 4, SECOND = 5, SPARE = 6, EMPTY = 7 };
enum { ORDER = 7, CF_EPOCH = 3 };

static const mono_t now = {.us = 1000};

static struct card_status
status_of(uint8_t type, uint8_t sessmgr)
{
    return (struct card_status){.type = type,
                                .sessmgr = sessmgr,
                                .order = ORDER,
                                .cf_epoch = CF_EPOCH,
                                .announced = type == CARD_DEMUX,
                                .converged = type == CARD_DEMUX,
                                .flushed = sessmgr != 0,
                                .audited = sessmgr != 0,
                                .peer_ready = sessmgr != 0};
}

static void
hear(struct cards *cards, uint8_t slot, struct card_status status)
{
    ck_assert(cards_heard(cards, slot, &status, now));
}

static struct cards
instance(void)
{
    struct cards cards;

    cards_init(&cards);
    cards_set(&cards, CF_SLOT, CARD_CF, false, 0);
    cards_set(&cards, CF_SLOT + 1, CARD_CF, false, 0);
    cards_set(&cards, DEMUX, CARD_DEMUX, false, 0);
    cards_set(&cards, FIRST, CARD_SF, false, 1);
    cards_set(&cards, SECOND, CARD_SF, false, 2);
    cards_set(&cards, SPARE, CARD_SF, true, 0);
    hear(&cards, DEMUX, status_of(CARD_DEMUX, 0));
    hear(&cards, FIRST, status_of(CARD_SF, 1));
    hear(&cards, SECOND, status_of(CARD_SF, 2));
    hear(&cards, SPARE, status_of(CARD_SF, 0));
    return cards;
}

static unsigned
done(const struct cards *cards)
{
    return cards_done(cards, CF_EPOCH, ORDER, false);
}

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

/* ---- an SF with several session managers ---------------------------------------------------- */

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
    Suite *suite = suite_create("cards");
    TCase *all = tcase_create("done: all"), *bits = tcase_create("done: bit by bit");
    TCase *alive = tcase_create("serviceable, alive"), *lost = tcase_create("calls lost");
    TCase *hosts = tcase_create("several session managers");

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
    tcase_add_test(lost, calls_of_a_card_that_dies_are_lost_on_the_chassis_that_serves);
    tcase_add_test(lost, records_of_a_card_that_dies_are_nobodys_calls);
    tcase_add_test(lost, calls_of_a_card_that_was_only_silent_were_never_lost);
    tcase_add_test(lost, calls_of_a_card_that_started_anew_stay_lost);
    tcase_add_test(lost, calls_kept_are_those_there_were_at_the_mark);
    tcase_add_test(lost, a_session_manager_that_started_anew_counts_from_its_start);
    tcase_add_test(lost, of_a_takeover_calls_count_from_the_moment_a_session_manager_has_them);
    tcase_add_test(lost, a_mark_set_while_a_card_is_silent_counts_from_what_it_said_last);
    tcase_add_test(hosts, each_session_manager_has_a_row_of_its_own_the_first_one_the_slots);
    tcase_add_test(hosts, nothing_is_done_while_one_of_several_session_managers_has_an_older_order);
    tcase_add_test(hosts, totals_count_every_session_manager_of_an_sf);
    tcase_add_test(hosts, an_sf_dies_once_with_the_last_of_its_session_managers);
    tcase_add_test(hosts, an_sf_is_ready_and_synchronised_when_all_its_session_managers_are);
    tcase_add_test(hosts, one_session_manager_of_an_sf_that_lives_can_serve);
    tcase_add_test(hosts, there_are_rows_for_255_session_managers_and_no_more);
    suite_add_tcase(suite, hosts);
    suite_add_tcase(suite, all);
    suite_add_tcase(suite, bits);
    suite_add_tcase(suite, alive);
    suite_add_tcase(suite, lost);
    return unit_main(suite);
}
