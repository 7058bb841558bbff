#include "common/base/teid.h"
#include "sf/fate.h"
#include "sf/sess_bearer.h"
#include "smgr_rig.h"

/* What session managers note of their calls, and what they count as lost when they take over. */

enum { YOUNG_S = 60 };

static const struct note *
note_of(const struct smgr *smgr, const struct sess *sess)
{
    return smgr_note(smgr, teid_slot(sess->teid));
}

static void
pair_with(int64_t duration_us)
{
    free(east);
    free(west);
    east = manager_with(1, 7, duration_us);
    west = manager_with(2, 7, duration_us);
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)smgr_role(west, now, SMGR_STANDBY, 1);
    pass_s(5);
    ck_assert(status_of(east).synced);
}

static const struct smgr_lost *
west_takes_over(void)
{
    (void)smgr_role(west, now, SMGR_HOLD, 2);
    (void)smgr_role(west, now, SMGR_ACTIVE, 2);
    return &smgr_ledger(west)->lost;
}

static void
lost_is(const struct smgr_lost *lost, struct smgr_lost want)
{
    ck_assert_uint_eq(lost->young, want.young);
    ck_assert_uint_eq(lost->in_flight, want.in_flight);
    ck_assert_uint_eq(lost->nack_limit, want.nack_limit);
    ck_assert_uint_eq(lost->nack_off, want.nack_off);
    ck_assert_uint_eq(lost->not_ready, want.not_ready);
}

static struct sess *
joined(struct sess *parent, uint8_t ebi)
{
    struct sess *bearer = NULL;

    ck_assert_int_eq(sess_reserve(smgr_table(east), parent, now, &bearer), 0);
    sess_join(smgr_table(east), bearer, ebi, now);
    sess_changed(smgr_table(east), bearer);
    return bearer;
}

/* One message lost on its way. */
static void
lose_one(struct smgr *from)
{
    static uint8_t lost[CKPT_MESSAGE];

    ck_assert_uint_gt(smgr_next(from, now, lost, sizeof lost, NULL), 0);
}

/* ---- notes ---------------------------------------------------------------------------------- */

START_TEST(call_that_the_standby_applied_is_noted_as_acknowledged)
{
    pair_with(0);

    struct sess *sess = opened(east, 1);

    ck_assert_int_eq(note_of(east, sess)->state, NOTE_OPEN);
    ck_assert(!note_of(east, sess)->held);
    pump();
    ck_assert(note_of(east, sess)->held);
    ck_assert_uint_eq(note_of(east, sess)->full.tried, 1);
    ck_assert_uint_eq(note_of(east, sess)->full.failed, 0);
    ck_assert_int_eq(note_of(west, sess)->state, NOTE_RECORD);
    ck_assert_uint_eq(note_of(west, sess)->full.tried, 1);
    ck_assert_uint_eq(note_of(west, sess)->call_id, sess->call_id);
}
END_TEST

START_TEST(what_is_lost_with_its_stream_is_an_attempt_that_failed)
{
    pair_with(0);

    struct sess *sess = opened(east, 1);

    lose_one(east);
    ck_assert_uint_eq(note_of(east, sess)->full.tried, 1);
    pass_s(5); /* a heartbeat finds it */
    ck_assert_uint_eq(note_of(east, sess)->full.tried, 2);
    ck_assert_uint_eq(note_of(east, sess)->full.failed, 1);
    ck_assert(note_of(east, sess)->held);
}
END_TEST

START_TEST(parts_count_as_micro_checkpoints)
{
    pair_with(0);

    struct sess *sess = opened(east, 1);

    pump();
    sess->rat = 6;
    sess_changed_part(smgr_table(east), sess, SESS_CALL);
    sess_changed_part(smgr_table(east), sess, SESS_ACS);
    pump();
    ck_assert_uint_eq(note_of(east, sess)->micro.tried, 2);
    ck_assert_uint_eq(note_of(west, sess)->micro.tried, 2);
    ck_assert_uint_eq(note_of(west, sess)->micro.failed, 0);
    ck_assert_uint_eq(note_of(east, sess)->full.tried, 1);
}
END_TEST

START_TEST(part_that_fails_on_the_standby_is_noted_there)
{
    pair_with(0);

    struct sess *sess = opened(east, 1);

    pump();
    smgr_set_fault(west, &(struct ckpt_fault){.times = 1, .cmd = sess_part_cmds[SESS_CALL]});
    sess_changed_part(smgr_table(east), sess, SESS_CALL);
    pump();
    ck_assert_uint_eq(note_of(west, sess)->micro.tried, 1);
    ck_assert_uint_eq(note_of(west, sess)->micro.failed, 1);
}
END_TEST

START_TEST(peer_that_begins_anew_has_acknowledged_nothing)
{
    pair_with(0);

    struct sess *sess = opened(east, 1);

    pump();
    ck_assert(note_of(east, sess)->held);
    free(west);
    west = manager(3, 7);
    (void)smgr_role(west, now, SMGR_STANDBY, 1);
    smgr_disconnected(east, now);
    for (int i = 0; i < 3; i++) { /* it is answered, tried, and begins to send */
        (void)carry(east, west);
        if (status_of(east).tx.open)
            break;
        (void)carry(west, east);
    }
    ck_assert(!note_of(east, sess)->held);
    pass_s(5);
    ck_assert(note_of(east, sess)->held);
}
END_TEST

START_TEST(taken_over_call_tells_what_it_was_recovered_from)
{
    pair_with(0);

    struct sess *sess = opened(east, 1);
    uint32_t then = note_ms(now);

    pump();
    pass_s(2);
    (void)west_takes_over();
    ck_assert_int_eq(note_of(west, sess)->state, NOTE_RECOVERED);
    ck_assert_uint_eq(note_of(west, sess)->epoch, 2);
    ck_assert_uint_eq(note_of(west, sess)->from_full_ms, then);
    ck_assert_uint_eq(note_of(west, sess)->from_micro_ms, 0);
    ck_assert_uint_eq(note_of(west, sess)->full.tried, 0);
    ck_assert_uint_eq(smgr_notes(west)->led, 2);
    ck_assert_int_eq(smgr_notes(west)->led_at_us, now.us);
}
END_TEST

START_TEST(one_that_goes_on_in_a_later_epoch_notes_since_when_it_leads)
{
    pair_with(0);
    ck_assert_uint_eq(smgr_notes(east)->led_from, 1);
    ck_assert_uint_eq(smgr_notes(west)->led_from, 0);
    (void)west_takes_over();
    (void)smgr_role(east, now, SMGR_ACTIVE, 3);
    ck_assert_uint_eq(smgr_notes(east)->led_from, 1);
    ck_assert_uint_eq(smgr_notes(east)->led, 3);
    ck_assert_uint_eq(smgr_notes(west)->led_from, 2);
    ck_assert(fate_went_on(smgr_notes(east), smgr_notes(west)));
    (void)smgr_role(east, now, SMGR_STANDBY, 4);
    (void)smgr_role(east, now, SMGR_ACTIVE, 5);
    ck_assert_uint_eq(smgr_notes(east)->led_from, 5);
    ck_assert(!fate_went_on(smgr_notes(east), smgr_notes(west)));
}
END_TEST

START_TEST(closed_call_and_its_record_say_so)
{
    pair_with(0);

    struct sess *sess = opened(east, 1);
    uint32_t teid = sess->teid;

    pump();
    sess_close(smgr_table(east), sess);
    ck_assert_int_eq(smgr_note(east, teid_slot(teid))->state, NOTE_CLOSED);
    pump();
    ck_assert_int_eq(smgr_note(west, teid_slot(teid))->state, NOTE_REMOVED);
}
END_TEST

START_TEST(call_that_the_audit_closes_is_purged)
{
    pair_with(0);

    struct sess *sess = opened(east, 1);

    sess->ue_addr = 0x01020304; /* of no pool */
    (void)smgr_audit(east, now);
    ck_assert_int_eq(note_of(east, sess)->state, NOTE_PURGED);
}
END_TEST

START_TEST(loser_of_two_actives_tells_what_the_winner_had_from_what_it_never_had)
{
    pair_with(0);

    struct sess *shared = opened(east, 1), *own;

    pump();
    own = opened(east, 2);
    (void)smgr_role(east, now, SMGR_STANDBY, 2);
    ck_assert_int_eq(note_of(east, shared)->state, NOTE_HANDED);
    ck_assert_int_eq(note_of(east, own)->state, NOTE_YIELDED);
}
END_TEST

START_TEST(call_that_a_forced_switchover_did_not_wait_for_was_left_behind)
{
    pair_with(0);
    smgr_disconnected(east, now);

    struct sess *sess = opened(east, 1);

    (void)smgr_obey(east, now, &(struct smgr_order){.role = SMGR_HOLD, .epoch = 1, .flush = true});
    (void)smgr_role(east, now, SMGR_STANDBY, 2);
    ck_assert_int_eq(note_of(east, sess)->state, NOTE_LEFT);
}
END_TEST

START_TEST(handed_over_in_order_they_are_records)
{
    pair_with(0);

    struct sess *sess = opened(east, 1);
    struct smgr_order flush = {.role = SMGR_HOLD, .epoch = 1, .flush = true};

    (void)smgr_obey(east, now, &flush);
    pump();
    ck_assert(smgr_flushed(east));
    (void)smgr_role(east, now, SMGR_STANDBY, 2);
    ck_assert_int_eq(note_of(east, sess)->state, NOTE_RECORD);
}
END_TEST

/* Chassis may differ in how many sessions a session manager has room for. */
START_TEST(call_in_a_slot_that_is_not_here_is_refused_and_has_no_note)
{
    struct smgr_setup setup = {
        .sess = {.instance = 1,
                 .instances = 1,
                 .capacity = 2,
                 .pool_n = 1,
                 .pools = {{.net = NET, .mask = 0xffffff00u}}},
        .incarnation = 2,
        .config = 7,
        .ready_beats = CKPT_BEATS_AGGRESSIVE,
        .names = rig_names,
    };

    free(west);
    west = smgr_init(malloc(smgr_size(&setup)), &setup);
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)smgr_role(west, now, SMGR_STANDBY, 1);
    for (uint64_t imsi = 1; imsi <= 4; imsi++)
        (void)opened(east, imsi);
    pass_s(5);
    ck_assert_uint_eq(status_of(west).sessions, 2);
    ck_assert_uint_eq(smgr_rx_stats(west)->refused, 2);
    ck_assert_uint_eq(smgr_notes(west)->top, 2);
}
END_TEST

START_TEST(bearers_have_no_notes)
{
    pair_with(0);

    struct sess *bearer = joined(opened(east, 1), 6);

    pump();
    ck_assert_int_eq(note_of(east, bearer)->state, NOTE_NONE);
    ck_assert_int_eq(note_of(west, bearer)->state, NOTE_NONE);
}
END_TEST

/* ---- what a takeover lost --------------------------------------------------------------------- */

START_TEST(with_all_acknowledged_a_takeover_loses_nothing)
{
    pair_with(0);
    (void)opened(east, 1);
    pump();
    lost_is(west_takes_over(), (struct smgr_lost){0});
}
END_TEST

START_TEST(calls_younger_than_the_duration_are_lost_as_that)
{
    pair_with(YOUNG_S * US_PER_S);
    (void)opened(east, 1);
    pass_s(YOUNG_S + 1);
    (void)opened(east, 2);
    (void)opened(east, 3);
    pass_s(2); /* it says how many there are */
    lost_is(west_takes_over(), (struct smgr_lost){.young = 2});
}
END_TEST

START_TEST(young_call_that_was_closed_is_not_lost)
{
    pair_with(YOUNG_S * US_PER_S);

    struct sess *sess = opened(east, 1);

    pass_s(2);
    sess_close(smgr_table(east), sess);
    pass_s(2);
    lost_is(west_takes_over(), (struct smgr_lost){0});
}
END_TEST

START_TEST(after_a_flush_no_call_was_too_young)
{
    pair_with(YOUNG_S * US_PER_S);

    struct sess *sess = opened(east, 1);

    pass_s(2);
    sess_close(smgr_table(east), sess); /* and no frame tells: it was never sent */
    (void)smgr_obey(west, now, &(struct smgr_order){.role = SMGR_HOLD, .epoch = 2, .drain = true});
    lost_is(&smgr_ledger(west)->lost, (struct smgr_lost){.known = true});
}
END_TEST

START_TEST(bearer_of_a_young_call_is_no_second_one)
{
    pair_with(YOUNG_S * US_PER_S);
    (void)joined(opened(east, 1), 6);
    pass_s(2);
    lost_is(west_takes_over(), (struct smgr_lost){.young = 1});
}
END_TEST

START_TEST(call_whose_checkpoint_did_not_arrive_was_in_flight)
{
    static uint8_t message[CKPT_MESSAGE];
    size_t len;

    pair_with(0);
    (void)opened(east, 1);
    lose_one(east);
    now = mono_after(now, CKPT_BEAT_US);
    len = smgr_next(east, now, message, sizeof message, NULL); /* a heartbeat, the last word */
    (void)smgr_receive(west, now, message, len);
    lost_is(west_takes_over(), (struct smgr_lost){.in_flight = 1});
}
END_TEST

START_TEST(without_a_complete_copy_the_session_manager_was_not_ready)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)smgr_role(west, now, SMGR_STANDBY, 1);
    (void)opened(east, 1);
    (void)carry(east, west); /* OPEN */
    (void)carry(west, east); /* its answer */
    (void)carry(east, west); /* a heartbeat */
    lost_is(west_takes_over(), (struct smgr_lost){.not_ready = 1});
}
END_TEST

static void
fail_for_ever(bool nack)
{
    pair_with(0);
    smgr_set_nack(west, &(struct ckpt_nack_setup){.on = {nack, nack},
                                                  .max_response = {2, 2},
                                                  .window_us = 600 * US_PER_S});
    smgr_set_fault(west, &(struct ckpt_fault){.times = UINT32_MAX, .cmd = CKPT_FULL});
    (void)opened(east, 1);
    pass_s(500);
}

START_TEST(call_that_was_never_applied_is_lost_by_the_nack_limit)
{
    fail_for_ever(true);
    lost_is(west_takes_over(), (struct smgr_lost){.nack_limit = 1});
}
END_TEST

START_TEST(or_by_nacks_that_are_off)
{
    fail_for_ever(false);
    lost_is(west_takes_over(), (struct smgr_lost){.nack_off = 1});
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr_notes");
    TCase *notes = tcase_create("notes"), *lost = tcase_create("lost");

    tcase_add_checked_fixture(notes, set_up, tear_down);
    tcase_add_checked_fixture(lost, set_up, tear_down);
    tcase_add_test(notes, call_that_the_standby_applied_is_noted_as_acknowledged);
    tcase_add_test(notes, what_is_lost_with_its_stream_is_an_attempt_that_failed);
    tcase_add_test(notes, parts_count_as_micro_checkpoints);
    tcase_add_test(notes, part_that_fails_on_the_standby_is_noted_there);
    tcase_add_test(notes, peer_that_begins_anew_has_acknowledged_nothing);
    tcase_add_test(notes, taken_over_call_tells_what_it_was_recovered_from);
    tcase_add_test(notes, one_that_goes_on_in_a_later_epoch_notes_since_when_it_leads);
    tcase_add_test(notes, closed_call_and_its_record_say_so);
    tcase_add_test(notes, call_that_the_audit_closes_is_purged);
    tcase_add_test(notes, loser_of_two_actives_tells_what_the_winner_had_from_what_it_never_had);
    tcase_add_test(notes, call_that_a_forced_switchover_did_not_wait_for_was_left_behind);
    tcase_add_test(notes, handed_over_in_order_they_are_records);
    tcase_add_test(notes, call_in_a_slot_that_is_not_here_is_refused_and_has_no_note);
    tcase_add_test(notes, bearers_have_no_notes);
    tcase_add_test(lost, with_all_acknowledged_a_takeover_loses_nothing);
    tcase_add_test(lost, calls_younger_than_the_duration_are_lost_as_that);
    tcase_add_test(lost, young_call_that_was_closed_is_not_lost);
    tcase_add_test(lost, after_a_flush_no_call_was_too_young);
    tcase_add_test(lost, bearer_of_a_young_call_is_no_second_one);
    tcase_add_test(lost, call_whose_checkpoint_did_not_arrive_was_in_flight);
    tcase_add_test(lost, without_a_complete_copy_the_session_manager_was_not_ready);
    tcase_add_test(lost, call_that_was_never_applied_is_lost_by_the_nack_limit);
    tcase_add_test(lost, or_by_nacks_that_are_off);
    suite_add_tcase(suite, notes);
    suite_add_tcase(suite, lost);
    return unit_main(suite);
}
