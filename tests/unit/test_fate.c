#include "sf/fate.h"

#include <string.h>

#include "common/base/teid.h"
#include "sf/smgr.h"
#include "unit.h"

/* What became of a call, judged from the notes of two session managers. */

enum { CAPACITY = 4, SLOT = 2 };

#define END   ((mono_t){.us = 100 * US_PER_S}) /* of the one that had the call */
#define TAKEN ((mono_t){.us = 105 * US_PER_S})

static uint64_t had_room[128], has_room[128];
static struct notes *had, *has;
static struct sess call;

static void
set_up(void)
{
    ck_assert_uint_le(notes_size(CAPACITY), sizeof had_room);
    memset(had_room, 0xee, sizeof had_room);
    memset(has_room, 0xee, sizeof has_room);
    had = notes_init(had_room, 1, CAPACITY, 1);
    has = notes_init(has_room, 1, CAPACITY, 2);
    call = (struct sess){.imsi = 77,
                         .teid = teid_make(1, 1, SLOT),
                         .call_id = 0x01000005,
                         .ebi = 5,
                         .since = {.us = 90 * US_PER_S}};
    had->beat_us = END.us;
    had->reached = true;
    had->role = SMGR_ACTIVE;
    had->led = 1;
    has->role = SMGR_ACTIVE;
    has->led = 2;
    has->led_at_us = TAKEN.us;
    note_begin(had, SLOT, &call, NOTE_OPEN, 1, call.since);
}

static enum fate
fate(void)
{
    struct sighting one = {.notes = had, .note = note_at(had, SLOT)};
    struct sighting other = fate_match(has, one.note);

    return fate_of(&one, &other);
}

START_TEST(call_that_the_heir_recovered_is_served)
{
    note_begin(has, SLOT, &call, NOTE_RECORD, 1, END);
    note_recover(has, SLOT, 2, TAKEN);
    ck_assert_int_eq(fate(), FATE_SERVED);
}
END_TEST

START_TEST(call_that_it_closed_since_is_closed)
{
    note_begin(has, SLOT, &call, NOTE_CLOSED, 2, TAKEN);
    ck_assert_int_eq(fate(), FATE_CLOSED);
}
END_TEST

START_TEST(call_that_the_audit_purged_is_lost_by_it)
{
    note_begin(has, SLOT, &call, NOTE_PURGED, 2, TAKEN);
    ck_assert_int_eq(fate(), FATE_AUDIT);
}
END_TEST

START_TEST(nothing_sent_and_within_the_duration_it_was_too_young)
{
    had->duration_ms[0] = 60000;
    ck_assert_int_eq(fate(), FATE_YOUNG);
}
END_TEST

START_TEST(ims_calls_have_a_duration_of_their_own)
{
    had->duration_ms[0] = 60000;
    note_at(had, SLOT)->ims = true;
    ck_assert_int_eq(fate(), FATE_IN_FLIGHT);
}
END_TEST

START_TEST(sent_and_not_acknowledged_it_was_in_flight)
{
    had->duration_ms[0] = 60000;
    note_tried(&note_at(had, SLOT)->full, 1, END);
    ck_assert_int_eq(fate(), FATE_IN_FLIGHT);
}
END_TEST

START_TEST(without_a_peer_session_manager_that_is_the_cause)
{
    had->reached = false;
    had->duration_ms[0] = 60000;
    ck_assert_int_eq(fate(), FATE_NOT_READY);
}
END_TEST

START_TEST(checkpoint_that_was_refused_is_the_cause)
{
    note_begin(has, SLOT, &call, NOTE_REFUSED, 1, END);
    ck_assert_int_eq(fate(), FATE_REFUSED);
}
END_TEST

START_TEST(acknowledged_and_not_there_is_a_broken_promise)
{
    note_at(had, SLOT)->held = true;
    ck_assert_int_eq(fate(), FATE_BROKEN);
    ck_assert(fate_is_loss(FATE_BROKEN));
}
END_TEST

START_TEST(while_nobody_took_over_it_is_unclaimed)
{
    has->role = SMGR_STANDBY;
    ck_assert_int_eq(fate(), FATE_UNCLAIMED);
    note_begin(has, SLOT, &call, NOTE_RECORD, 1, END);
    ck_assert_int_eq(fate(), FATE_RECORD);
    has = NULL;
    ck_assert_int_eq(fate(), FATE_UNCLAIMED);
}
END_TEST

START_TEST(loser_of_two_actives_and_forced_switchover_are_told_apart)
{
    note_move(had, SLOT, NOTE_YIELDED, 2, TAKEN);
    ck_assert_int_eq(fate(), FATE_DUAL);
    note_move(had, SLOT, NOTE_LEFT, 2, TAKEN);
    ck_assert_int_eq(fate(), FATE_FORCED);
}
END_TEST

START_TEST(record_that_a_resync_swept_went_with_its_session_manager)
{
    note_begin(has, SLOT, &call, NOTE_SWEPT, 1, END);
    ck_assert_int_eq(fate(), FATE_CARD);
}
END_TEST

/* As it is when a session manager was started in the place of one that failed in epoch 2. */
static void
start_anew(void)
{
    had->led_from = 1;
    had->led = has->led_from = has->led = 2;
    had->restart = has->restart = 9;
    note_at(had, SLOT)->held = true;
}

START_TEST(call_of_a_session_manager_that_was_started_anew_went_with_it)
{
    start_anew();
    ck_assert_int_eq(fate(), FATE_CARD);
    has->led = 4;
    ck_assert_int_eq(fate(), FATE_CARD);
    note_move(had, SLOT, NOTE_CLOSED, 2, END);
    ck_assert_int_eq(fate(), FATE_CLOSED);
}
END_TEST

START_TEST(of_a_chassis_that_began_anew_itself_that_is_not_said)
{
    start_anew();
    has->restart++;
    ck_assert_int_eq(fate(), FATE_BROKEN);
}
END_TEST

START_TEST(nor_of_one_whose_place_the_other_chassis_took)
{
    start_anew();
    has->led_from = has->led = 3;
    ck_assert_int_eq(fate(), FATE_BROKEN);
    start_anew();
    had->role = SMGR_STANDBY;
    ck_assert_int_ne(fate(), FATE_CARD);
}
END_TEST

START_TEST(left_are_own_calls_of_one_that_had_not_stood_by)
{
    struct sighting one = {.notes = had, .note = note_at(had, SLOT)};

    ck_assert(fate_is_left(&one));
    note_move(had, SLOT, NOTE_RECOVERED, 1, END);
    ck_assert(fate_is_left(&one));
    note_move(had, SLOT, NOTE_CLOSED, 1, END);
    ck_assert(!fate_is_left(&one));
    note_move(had, SLOT, NOTE_OPEN, 1, END);
    had->role = SMGR_STANDBY;
    ck_assert(!fate_is_left(&one));
}
END_TEST

START_TEST(dropped_are_those_of_the_last_epoch_that_the_winner_never_had)
{
    struct sighting one = {.notes = had, .note = note_at(had, SLOT)};

    had->led = 5;
    note_move(had, SLOT, NOTE_YIELDED, 5, END);
    ck_assert(fate_is_dropped(&one));
    note_move(had, SLOT, NOTE_YIELDED, 3, END);
    ck_assert(!fate_is_dropped(&one));
    note_move(had, SLOT, NOTE_HANDED, 5, END);
    ck_assert(!fate_is_dropped(&one));
}
END_TEST

START_TEST(who_led_before_and_after_the_other_one_went_on)
{
    has->led_from = 1;
    has->led = 6;
    had->led_from = had->led = 5;
    ck_assert(fate_went_on(has, had));
    ck_assert(!fate_went_on(had, has));
    has->led = 4; /* not yet */
    ck_assert(!fate_went_on(has, had));
    has->led_from = has->led = 6; /* it stood by meanwhile, and took over */
    ck_assert(!fate_went_on(has, had));
    has->led_from = 0; /* it never led */
    ck_assert(!fate_went_on(has, had));
}
END_TEST

START_TEST(call_whose_slot_another_one_took_since_is_forgotten)
{
    struct sess other = {.imsi = 78, .teid = teid_make(1, 2, SLOT), .since = mono_after(TAKEN, 1)};

    other.since = mono_after(TAKEN, US_PER_S);
    note_at(had, SLOT)->held = true;
    note_begin(has, SLOT, &other, NOTE_OPEN, 2, other.since);
    ck_assert_int_eq(fate(), FATE_FORGOTTEN);
    note_move(has, SLOT, NOTE_CLOSED, 2, other.since);
    ck_assert_int_eq(fate(), FATE_FORGOTTEN);
    ck_assert(!fate_is_loss(FATE_FORGOTTEN));
}
END_TEST

START_TEST(calls_that_had_ended_or_came_later_are_not_of_the_takeover)
{
    struct sighting one = {.notes = had, .note = note_at(had, SLOT)};

    ck_assert(fate_counts(&one, has));
    note_move(had, SLOT, NOTE_CLOSED, 1, END);
    ck_assert(!fate_counts(&one, has));
    note_move(had, SLOT, NOTE_RECORD, 1, END);
    note_at(had, SLOT)->since_ms = note_ms(mono_after(TAKEN, US_PER_S));
    ck_assert(!fate_counts(&one, has));
}
END_TEST

START_TEST(calls_that_an_earlier_change_dropped_are_not_of_the_takeover)
{
    const enum note_state dropped[] = {NOTE_YIELDED, NOTE_LEFT, NOTE_HANDED};
    struct sighting one = {.notes = had, .note = note_at(had, SLOT)};

    had->led = 3;
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++) {
        note_move(had, SLOT, dropped[i], 2, END);
        ck_assert(!fate_counts(&one, has));
        note_move(had, SLOT, dropped[i], 3, END);
        ck_assert(fate_counts(&one, has));
    }
}
END_TEST

START_TEST(another_call_in_the_slot_is_no_match)
{
    struct sess other = call;

    other.call_id++;
    note_begin(has, SLOT, &other, NOTE_RECOVERED, 2, TAKEN);
    ck_assert(!fate_match(has, note_at(had, SLOT)).note);
    note_begin(has, SLOT, &call, NOTE_RECOVERED, 2, TAKEN);
    ck_assert(fate_match(has, note_at(had, SLOT)).note);
}
END_TEST

START_TEST(calls_of_a_subscriber_are_found_one_after_the_other)
{
    note_begin(had, SLOT + 1, &call, NOTE_OPEN, 1, END);
    ck_assert_uint_eq(fate_find(had, 77, 0), SLOT);
    ck_assert_uint_eq(fate_find(had, 77, SLOT), SLOT + 1);
    ck_assert_uint_eq(fate_find(had, 77, SLOT + 1), 0);
    ck_assert_uint_eq(fate_find(had, 78, 0), 0);
}
END_TEST

START_TEST(bytes_that_are_no_notes_are_not_taken_for_some)
{
    ck_assert(notes_over(had, sizeof had_room));
    ck_assert(!notes_over(had, notes_size(CAPACITY) - 1));
    ck_assert(!notes_over(had, 8));
    had->top = CAPACITY + 1;
    ck_assert(!notes_over(had, sizeof had_room));
    had->top = CAPACITY;
    had->note_len--;
    ck_assert(!notes_over(had, sizeof had_room));
    had->note_len++;
    had->magic[0] = 'v';
    ck_assert(!notes_over(had, sizeof had_room));
}
END_TEST

START_TEST(each_fate_has_a_word_and_a_text_of_its_own)
{
    for (unsigned a = 0; a < FATES; a++) {
        for (unsigned b = 0; b < a; b++) {
            ck_assert_str_ne(fate_word((enum fate)a), fate_word((enum fate)b));
            ck_assert_str_ne(fate_text((enum fate)a), fate_text((enum fate)b));
        }
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fate");
    TCase *tcase = tcase_create("fate");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, call_that_the_heir_recovered_is_served);
    tcase_add_test(tcase, call_that_it_closed_since_is_closed);
    tcase_add_test(tcase, call_that_the_audit_purged_is_lost_by_it);
    tcase_add_test(tcase, nothing_sent_and_within_the_duration_it_was_too_young);
    tcase_add_test(tcase, ims_calls_have_a_duration_of_their_own);
    tcase_add_test(tcase, sent_and_not_acknowledged_it_was_in_flight);
    tcase_add_test(tcase, without_a_peer_session_manager_that_is_the_cause);
    tcase_add_test(tcase, checkpoint_that_was_refused_is_the_cause);
    tcase_add_test(tcase, acknowledged_and_not_there_is_a_broken_promise);
    tcase_add_test(tcase, while_nobody_took_over_it_is_unclaimed);
    tcase_add_test(tcase, loser_of_two_actives_and_forced_switchover_are_told_apart);
    tcase_add_test(tcase, record_that_a_resync_swept_went_with_its_session_manager);
    tcase_add_test(tcase, call_of_a_session_manager_that_was_started_anew_went_with_it);
    tcase_add_test(tcase, of_a_chassis_that_began_anew_itself_that_is_not_said);
    tcase_add_test(tcase, nor_of_one_whose_place_the_other_chassis_took);
    tcase_add_test(tcase, left_are_own_calls_of_one_that_had_not_stood_by);
    tcase_add_test(tcase, dropped_are_those_of_the_last_epoch_that_the_winner_never_had);
    tcase_add_test(tcase, who_led_before_and_after_the_other_one_went_on);
    tcase_add_test(tcase, call_whose_slot_another_one_took_since_is_forgotten);
    tcase_add_test(tcase, calls_that_had_ended_or_came_later_are_not_of_the_takeover);
    tcase_add_test(tcase, calls_that_an_earlier_change_dropped_are_not_of_the_takeover);
    tcase_add_test(tcase, another_call_in_the_slot_is_no_match);
    tcase_add_test(tcase, calls_of_a_subscriber_are_found_one_after_the_other);
    tcase_add_test(tcase, bytes_that_are_no_notes_are_not_taken_for_some);
    tcase_add_test(tcase, each_fate_has_a_word_and_a_text_of_its_own);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
