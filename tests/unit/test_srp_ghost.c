#include "tests/unit/srp_one.h"
#include "tests/unit/unit.h"

/* Whose hellos are believed: frames of the past look like news, and so does a CF that goes on with
 * an older memory of its chassis. */

/* Nobody was heard since the start: the first voice may be one of the past. */
START_TEST(one_that_serves_alone_yields_to_the_living_only)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp_hello peer = peer_hello(CHASSIS_ACTIVE, 2);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    (void)idle(&srp, mono_after(zero, DELAY + DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);

    peer.heard_seq = 0;
    ck_assert(hear(&srp, srp.last, peer).stale);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    peer.heard_seq = srp_next_hello(&srp).seq;
    ck_assert_int_eq(hear(&srp, srp.last, peer).to, CHASSIS_PENDING_STANDBY);
}
END_TEST

START_TEST(one_that_began_to_serve_for_a_ghost_yields_to_the_living_only)
{
    struct srp_setup setup = setup_of(SRP_PRIMARY);
    struct srp_hello ghost = peer_hello(CHASSIS_INIT, SRP_RM_START_BACKUP);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    ghost.rank.mode = SRP_BACKUP;
    (void)hear(&srp, zero, ghost);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ghost.seq++;
    ghost.state = CHASSIS_ACTIVE; /* said long ago, too, and of a lower modifier */
    ghost.rank.route_modifier = 1;
    ghost.heard_incarnation--;
    ck_assert_int_eq(hear(&srp, zero, ghost).to, CHASSIS_ACTIVE);

    ghost.seq++;
    ghost.heard_incarnation++;
    ghost.heard_seq = srp_next_hello(&srp).seq;
    ck_assert_int_eq(hear(&srp, zero, ghost).to, CHASSIS_PENDING_STANDBY);
}
END_TEST

START_TEST(one_that_took_over_from_a_ghost_yields_to_the_living_only)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp_hello ghost = peer_hello(CHASSIS_ACTIVE, 2);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    ghost.heard_incarnation--;
    (void)hear(&srp, zero, ghost);
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    (void)idle(&srp, mono_after(zero, DEAD));
    obedient(&srp, srp.last);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ghost.seq++; /* said long ago, too, and of a lower modifier */
    ghost.epoch += 2;
    ck_assert_int_eq(hear(&srp, srp.last, ghost).to, CHASSIS_ACTIVE);

    ghost.seq++;
    ghost.heard_incarnation++;
    ghost.heard_seq = srp_next_hello(&srp).seq;
    ck_assert_int_eq(hear(&srp, srp.last, ghost).to, CHASSIS_PENDING_STANDBY);
}
END_TEST

START_TEST(a_peer_that_claimed_too_high_an_epoch_is_heard_again_once_it_proves_alive)
{
    struct srp srp = standby();
    struct srp_hello peer = peer_hello(CHASSIS_ACTIVE, 2);

    peer.seq = 2;
    peer.epoch = 90;
    (void)hear(&srp, zero, peer);
    peer.epoch = 2;
    peer.seq = 3;
    ck_assert(hear(&srp, zero, peer).stale);
    (void)idle(&srp, mono_after(zero, 2 * DEAD));
    ck_assert(!srp.peer_known);
    peer.seq = 4;

    struct srp_result r = hear(&srp, srp.last, peer);

    ck_assert(r.stale); /* ... but it is asked */
    ck_assert(r.actions & SRP_DO_HELLO);
    peer.seq = 5;
    peer.heard_seq = srp_next_hello(&srp).seq;
    ck_assert(!hear(&srp, srp.last, peer).stale);
}
END_TEST

/* Not believed before the dead interval; but it yields only to who it knows to live. */
START_TEST(an_active_that_claimed_too_high_an_epoch_is_told_what_was_heard_of_it)
{
    struct srp srp = active();
    struct srp_hello peer = peer_hello(CHASSIS_ACTIVE, 34), ours;

    peer.seq = 2;
    peer.epoch = 90;
    (void)hear(&srp, zero, peer);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    (void)srp_next_hello(&srp);
    peer.seq = 3;
    peer.epoch = 2;

    struct srp_result r = hear(&srp, zero, peer);

    ck_assert(r.stale);
    ck_assert(r.actions & SRP_DO_HELLO);
    ours = srp_next_hello(&srp);
    ck_assert_uint_eq(ours.heard_seq, 3);
    peer.seq = 4;
    peer.heard_seq = ours.seq;
    ck_assert(hear(&srp, zero, peer).stale);
    peer.state = CHASSIS_STANDBY; /* nothing to settle with that one */
    peer.heard_seq = 0;
    ck_assert(!(hear(&srp, zero, peer).actions & SRP_DO_HELLO));
}
END_TEST

START_TEST(older_incarnation_is_believed_only_from_a_dead_peer_that_starts_up)
{
    struct srp srp = active();
    struct srp_hello older = peer_hello(CHASSIS_INIT, 34);

    older.incarnation -= 10;
    ck_assert(hear(&srp, zero, older).stale);
    (void)idle(&srp, mono_after(zero, 2 * DEAD));
    ck_assert(!srp.peer_known);
    older.state = CHASSIS_ACTIVE;
    ck_assert(hear(&srp, srp.last, older).stale);
    older.state = CHASSIS_INIT;
    ck_assert(hear(&srp, srp.last, older).actions & SRP_DO_HELLO); /* does it live? */
    older.heard_seq = srp_next_hello(&srp).seq;
    ck_assert(!hear(&srp, srp.last, older).stale);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
}
END_TEST

START_TEST(older_incarnation_is_believed_from_a_cf_that_went_on_above_every_epoch)
{
    struct srp srp = standby();
    struct srp_hello fresh = peer_hello(CHASSIS_INIT, 33), back = peer_hello(CHASSIS_ACTIVE, 2);

    fresh.incarnation += 10; /* one CF of the peer began anew ... */
    fresh.epoch = 0;
    (void)hear(&srp, zero, fresh);
    fresh.heard_seq = srp_next_hello(&srp).seq;
    (void)hear(&srp, zero, fresh);
    obedient(&srp, zero);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    back.seq = 7;
    back.cf_epoch = 3; /* ... the other, that was stopped, goes on */
    back.epoch = srp.epoch;
    ck_assert(hear(&srp, zero, back).stale); /* a frame of the past could say as much */
    back.epoch = srp.epoch + 1;
    back.heard_seq = 1000; /* nor does it prove anything by hearing what was never said */

    struct srp_result r = hear(&srp, zero, back);

    ck_assert(r.stale);
    ck_assert(r.actions & SRP_DO_HELLO);
    ck_assert(hear(&srp, zero, back).stale);
    back.heard_seq = srp_next_hello(&srp).seq;
    back.heard_incarnation = 1;
    ck_assert(hear(&srp, zero, back).stale); /* ... what an earlier life of ours said */
    back.heard_incarnation = srp.incarnation;
    back.heard_cf_epoch = srp.setup.cf_epoch;
    r = hear(&srp, zero, back);

    ck_assert(!r.stale);
    ck_assert_int_eq(r.reason, SRP_DUAL_ACTIVE); /* two Actives: its modifier is the lower */
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_STANDBY);
}
END_TEST

/* Both CFs of the peer began anew, each for itself, and it is the elder that goes on. */
START_TEST(older_incarnation_that_stands_by_is_believed_once_the_younger_is_silent)
{
    struct srp srp = active();
    struct srp_hello older = peer_hello(CHASSIS_STANDBY, 3);

    older.incarnation -= 10;
    older.epoch = srp.epoch;
    ck_assert(hear(&srp, zero, older).stale);
    older.heard_seq = srp_next_hello(&srp).seq;
    ck_assert(hear(&srp, zero, older).stale); /* the younger one was heard just now */
    (void)idle(&srp, mono_after(zero, 2 * DEAD));
    ck_assert(!srp.peer_known);
    older.heard_seq = 0; /* nor is a frame of the past believed later on */
    ck_assert(hear(&srp, srp.last, older).stale);
    older.heard_seq = srp_next_hello(&srp).seq;
    older.state = CHASSIS_ACTIVE;
    ck_assert(hear(&srp, srp.last, older).stale);
    older.state = CHASSIS_STANDBY;
    ck_assert(!hear(&srp, srp.last, older).stale);
    ck_assert(srp.peer_known);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
}
END_TEST

/* A CF that restarted may begin the very CF epoch that its predecessor was in, and yet go on with
 * what the other CF had kept of an older life. */
START_TEST(older_incarnation_is_believed_from_the_successor_in_the_same_slot)
{
    struct srp srp = active();
    struct srp_hello anew = peer_hello(CHASSIS_STANDBY, 3), back = peer_hello(CHASSIS_STANDBY, 3);

    anew.incarnation += 10;
    (void)hear(&srp, zero, anew);
    anew.seq++;
    anew.heard_seq = srp_next_hello(&srp).seq;
    ck_assert(!hear(&srp, zero, anew).stale);

    back.epoch = srp.epoch + 3;
    ck_assert(hear(&srp, zero, back).stale);
    back.seq++;
    back.heard_seq = srp_next_hello(&srp).seq;
    ck_assert(!hear(&srp, zero, back).stale);
    ck_assert_uint_gt(srp.epoch, back.epoch); /* else its cards would refuse our checkpoints */
}
END_TEST

START_TEST(active_that_slept_yields_only_to_a_peer_that_heard_it_since)
{
    struct srp srp = active();
    struct srp_hello waited = peer_hello(CHASSIS_ACTIVE, 1);
    mono_t awake = mono_after(zero, 60 * DEAD);

    (void)tick(&srp, zero);
    waited.seq = 7;
    waited.epoch = 6;
    waited.heard_seq = srp_next_hello(&srp).seq; /* from before the sleep */
    waited.heard_incarnation = srp.incarnation;
    waited.heard_cf_epoch = srp.setup.cf_epoch;

    struct srp_result r = hear(&srp, awake, waited);

    ck_assert(!r.stale);
    ck_assert(r.actions & SRP_DO_HELLO);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE); /* who said that may be dead by now */
    waited.seq++;
    waited.heard_seq = srp_next_hello(&srp).seq;
    ck_assert_int_eq(hear(&srp, awake, waited).to, CHASSIS_PENDING_STANDBY);
}
END_TEST

/* Of a ghost one has no call: the records are with the other Standby. */
START_TEST(one_that_followed_a_ghost_does_not_outrank_a_standby_with_records)
{
    struct srp_setup setup = setup_of(SRP_PRIMARY);
    struct srp_hello peer = peer_hello(CHASSIS_ACTIVE, 2);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    peer.heard_incarnation--;
    ck_assert(hear(&srp, zero, peer).actions & SRP_DO_HELLO);
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    ck_assert(srp.rank.fresh);
    ck_assert(srp_next_hello(&srp).asks); /* the living answer */
    peer.seq++;
    peer.state = CHASSIS_STANDBY;
    peer.rank.route_modifier = 6; /* ours is 3 */
    ck_assert_int_eq(hear(&srp, zero, peer).to, CHASSIS_STANDBY);

    peer.seq++;
    peer.state = CHASSIS_ACTIVE;
    peer.heard_incarnation++;
    ck_assert(hear(&srp, zero, peer).actions & SRP_DO_HELLO); /* it has followed, and says so */
    ck_assert(!srp.rank.fresh);
}
END_TEST

/* A CF that goes on may have no echo yet; records come from nobody but a living peer. */
START_TEST(records_prove_that_one_has_followed)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp_hello peer = peer_hello(CHASSIS_ACTIVE, 2);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    peer.heard_cf_epoch--;
    (void)hear(&srp, zero, peer);
    ck_assert(srp.rank.fresh);
    (void)cards(&srp, zero);
    peer.seq++;
    (void)hear(&srp, zero, peer);
    ck_assert(!srp.rank.fresh);
}
END_TEST

/* The other CF was told last before the chassis had followed; then the one that had died. */
START_TEST(a_cf_that_remembers_a_time_before_learns_from_records_that_its_chassis_followed)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp_hello peer = peer_hello(CHASSIS_ACTIVE, 2);
    struct srp srp, heir;
    struct srp_snapshot before;
    struct srp_result r;

    srp_init(&srp, &setup, zero);
    peer.heard_cf_epoch--;
    (void)hear(&srp, zero, peer);
    before = srp_snapshot(&srp);
    ck_assert(before.fresh);

    setup.cf_epoch += 3;
    srp_adopt(&heir, &setup, &before, srp.last);
    ck_assert(heir.rank.fresh);
    r = cards(&heir, srp.last);
    ck_assert(!heir.rank.fresh);
    ck_assert(r.actions & SRP_DO_HELLO);
    peer = peer_hello(CHASSIS_INIT, SRP_RM_START_PRIMARY); /* it comes back, and has nothing */
    peer.incarnation += 10;
    peer.rank.fresh = true;
    peer.heard_cf_epoch = setup.cf_epoch;
    (void)hear(&heir, srp.last, peer);
    peer.seq++;
    peer.heard_seq = srp_next_hello(&heir).seq;
    ck_assert_int_eq(hear(&heir, srp.last, peer).to, CHASSIS_PENDING_ACTIVE);
}
END_TEST

/* Its control functions had both died: whose the records are nobody knows any more. */
START_TEST(a_chassis_that_begins_from_nothing_has_not_followed_whatever_its_cards_hold)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp_hello peer = peer_hello(CHASSIS_INIT, SRP_RM_START_PRIMARY);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    peer.rank.fresh = true;
    (void)hear(&srp, zero, peer);
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    (void)cards(&srp, zero);
    ck_assert_uint_gt(srp.cards.sessions, 0);
    ck_assert(srp.rank.fresh);
}
END_TEST

START_TEST(a_cf_that_has_followed_tells_the_other_at_once)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp_hello peer = peer_hello(CHASSIS_ACTIVE, 2);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    peer.heard_cf_epoch--;
    ck_assert(!(hear(&srp, zero, peer).actions & SRP_DO_SHARE));
    peer.seq++;
    peer.heard_cf_epoch++;
    peer.heard_seq = srp_next_hello(&srp).seq;
    ck_assert(hear(&srp, zero, peer).actions & SRP_DO_SHARE);
    peer.seq++;
    ck_assert(!(hear(&srp, zero, peer).actions & SRP_DO_SHARE));
}
END_TEST

START_TEST(a_cf_that_goes_on_with_an_older_memory_is_believed_once_it_proves_alive)
{
    struct srp srp = active();
    struct srp_hello peer = peer_hello(CHASSIS_STANDBY, 3);

    peer.seq = 9;
    peer.epoch = srp.epoch;
    peer.incarnation = srp.peer.incarnation;
    (void)hear(&srp, zero, peer);
    ck_assert_int_eq(srp.peer.state, CHASSIS_STANDBY);

    peer.seq = 1;
    peer.cf_epoch++;
    peer.epoch -= 2;
    peer.state = CHASSIS_ACTIVE;
    peer.rank.route_modifier = 33;
    ck_assert(hear(&srp, zero, peer).stale); /* it may be one of the past */
    peer.seq++;
    peer.heard_seq = srp_next_hello(&srp).seq;
    ck_assert(!hear(&srp, zero, peer).stale);
    ck_assert_int_eq(srp.peer.state, CHASSIS_ACTIVE);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp_ghost");
    TCase *cases = tcase_create("srp_ghost");

    tcase_add_test(cases, one_that_serves_alone_yields_to_the_living_only);
    tcase_add_test(cases, one_that_began_to_serve_for_a_ghost_yields_to_the_living_only);
    tcase_add_test(cases, one_that_took_over_from_a_ghost_yields_to_the_living_only);
    tcase_add_test(cases,
                   a_peer_that_claimed_too_high_an_epoch_is_heard_again_once_it_proves_alive);
    tcase_add_test(cases, an_active_that_claimed_too_high_an_epoch_is_told_what_was_heard_of_it);
    tcase_add_test(cases, older_incarnation_is_believed_only_from_a_dead_peer_that_starts_up);
    tcase_add_test(cases, older_incarnation_is_believed_from_a_cf_that_went_on_above_every_epoch);
    tcase_add_test(cases, older_incarnation_is_believed_from_the_successor_in_the_same_slot);
    tcase_add_test(cases, older_incarnation_that_stands_by_is_believed_once_the_younger_is_silent);
    tcase_add_test(cases, active_that_slept_yields_only_to_a_peer_that_heard_it_since);
    tcase_add_test(cases, one_that_followed_a_ghost_does_not_outrank_a_standby_with_records);
    tcase_add_test(cases, records_prove_that_one_has_followed);
    tcase_add_test(cases,
                   a_cf_that_remembers_a_time_before_learns_from_records_that_its_chassis_followed);
    tcase_add_test(cases,
                   a_chassis_that_begins_from_nothing_has_not_followed_whatever_its_cards_hold);
    tcase_add_test(cases, a_cf_that_has_followed_tells_the_other_at_once);
    tcase_add_test(cases, a_cf_that_goes_on_with_an_older_memory_is_believed_once_it_proves_alive);
    suite_add_tcase(suite, cases);
    return unit_main(suite);
}
