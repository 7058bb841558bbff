#include <time.h>

#include "common/base/teid.h"
#include "smgr_rig.h"

enum { LIVE = 5 };

static struct sess *sess[LIVE + 1]; /* of west, by subscriber */

/* West has taken over; nobody stands by yet. */
static void
set_up_taken_over(void)
{
    set_up();
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    for (unsigned imsi = 1; imsi <= LIVE; imsi++)
        (void)opened(east, imsi);
    pump();
    (void)smgr_role(west, now, SMGR_HOLD, 2);
    for (unsigned imsi = 1; imsi <= LIVE; imsi++)
        sess[imsi] = sess_by_imsi(smgr_table(west), imsi, 5);
}

/* What the audit has left: `live` sessions that are found by all their names, and a table in
 * which all else is free. */
static void
check_whole(uint32_t live)
{
    struct sess_table *table = smgr_table(west);
    uint32_t n = 0;

    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        const struct sess *s = sess_at(table, slot);

        if (!s)
            continue;
        ck_assert_uint_eq(s->state, SESS_LIVE);
        ck_assert_ptr_eq(sess_by_teid(table, s->teid), s);
        ck_assert_ptr_eq(sess_by_imsi(table, s->imsi, s->ebi), s);
        ck_assert_ptr_eq(sess_by_addr(table, s->ue_addr), s);
        n++;
    }
    ck_assert_uint_eq(n, live);
    ck_assert_uint_eq(sess_count(table), live);
    (void)smgr_role(west, now, SMGR_ACTIVE, 2);
    for (uint64_t imsi = 100; n < 16; n++) /* slots and addresses are all to be had again */
        (void)opened(west, imsi++);
    ck_assert_uint_eq(smgr_audit(west, now).purged, 0);
}

static void
audit_purges(uint32_t n)
{
    struct smgr_audit audit = smgr_audit(west, now);

    ck_assert_uint_eq(audit.checked, LIVE);
    ck_assert_uint_eq(audit.purged, n);
    ck_assert_uint_eq(smgr_ledger(west)->audit_failed, n);
    ck_assert_uint_eq(sess_table_stats(smgr_table(west))->closed, n);
    check_whole(LIVE - n);
}

START_TEST(sound_table_loses_nothing)
{
    audit_purges(0);
}
END_TEST

START_TEST(records_are_not_audited)
{
    sess_by_imsi(smgr_table(east), 1, 5)->teid = 0; /* a session of the Active is, ... */
    ck_assert_uint_eq(smgr_audit(east, now).purged, 1);
    (void)smgr_role(west, now, SMGR_STANDBY, 2); /* ... but no record */
    sess[1]->teid = 0;
    ck_assert_uint_eq(smgr_audit(west, now).checked, 0);
    ck_assert_uint_eq(status_of(west).sessions, LIVE);
}
END_TEST

START_TEST(session_whose_teid_names_another_slot_or_manager_is_purged)
{
    sess[1]->teid = teid_make(1, 1, 14);
    sess[2]->teid = teid_make(2, 1, teid_slot(sess[2]->teid));
    audit_purges(2);
}
END_TEST

START_TEST(session_whose_address_is_not_of_our_share_is_purged)
{
    sess[1]->ue_addr = 0x08080808;
    sess[2]->ue_addr = NET + 77; /* of our share, but held by nobody */
    sess[3]->ue_addr = 0;
    audit_purges(3);
}
END_TEST

START_TEST(of_two_with_one_address_the_holder_stays)
{
    sess[1]->ue_addr = sess[2]->ue_addr;
    audit_purges(1);
    ck_assert_ptr_nonnull(sess_by_imsi(smgr_table(west), 2, 5));
}
END_TEST

START_TEST(session_that_its_subscriber_does_not_lead_to_is_purged)
{
    sess[1]->imsi = 77;
    sess[2]->ebi = 6;
    audit_purges(2);
}
END_TEST

START_TEST(of_several_with_one_call_id_one_stays)
{
    sess[2]->call_id = sess[4]->call_id;
    sess[5]->call_id = sess[4]->call_id;
    audit_purges(2);
    ck_assert(!sess_by_imsi(smgr_table(west), 4, 5) + !sess_by_imsi(smgr_table(west), 5, 5) +
                  !sess_by_imsi(smgr_table(west), 2, 5) ==
              2);
}
END_TEST

START_TEST(call_id_of_another_manager_is_purged)
{
    sess[3]->call_id ^= 2u << 24;
    audit_purges(1);
}
END_TEST

START_TEST(purge_is_told_to_the_standby)
{
    (void)smgr_role(west, now, SMGR_ACTIVE, 2);
    (void)smgr_role(east, now, SMGR_STANDBY, 2);
    pass_s(1);
    ck_assert_uint_eq(status_of(east).sessions, LIVE);
    sess[1]->imsi = 77;
    ck_assert_uint_eq(smgr_audit(west, now).purged, 1);
    pump();
    ck_assert_uint_eq(status_of(east).sessions, LIVE - 1);
    ck_assert_ptr_null(sess_by_imsi(smgr_table(east), 1, 5));
    ck_assert(status_of(west).synced);
}
END_TEST

START_TEST(purge_in_hold_is_no_service)
{
    sess[1]->imsi = 77;
    ck_assert_uint_eq(smgr_audit(west, now).purged, 1);
    ck_assert(smgr_role(west, now, SMGR_STANDBY, 3));
    ck_assert_uint_eq(smgr_ledger(west)->superseded, 0);
    ck_assert_uint_eq(status_of(west).sessions, LIVE - 1);
}
END_TEST

START_TEST(no_delete_that_was_not_told_is_left_among_the_records)
{
    (void)smgr_role(east, now, SMGR_STANDBY, 2);
    pass_s(1);
    ck_assert(status_of(west).synced);
    sess[1]->imsi = 77;
    ck_assert_uint_eq(smgr_audit(west, now).purged, 1);
    ck_assert_uint_eq(status_of(west).tx.tombstones, 1);
    ck_assert(smgr_role(west, now, SMGR_STANDBY, 3));
    for (uint32_t slot = 1; slot <= sess_top(smgr_table(west)); slot++) {
        const struct sess *record = sess_at(smgr_table(west), slot);

        ck_assert(!record || record->state == SESS_LIVE);
    }
}
END_TEST

START_TEST(purged_session_is_put_back_by_the_peer_that_still_serves)
{
    sess[1]->ue_addr = sess[2]->ue_addr;
    ck_assert_uint_eq(smgr_audit(west, now).purged, 1);
    ck_assert(smgr_role(west, now, SMGR_STANDBY, 3));
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 3));
    pass_s(1);
    ck_assert_uint_eq(status_of(west).sessions, LIVE);
    ck_assert(status_of(east).synced);
}
END_TEST

/* Generous by far for a linear pass, also with sanitizers; hopeless for a quadratic one. */
START_TEST(hundred_thousand_sessions_are_audited_in_linear_time)
{
    enum { MANY = 100000 };
    struct smgr_setup setup = {
        .sess = {.instance = 1,
                 .instances = 1,
                 .capacity = MANY,
                 .pool_n = 1,
                 .pools = {{.net = 0x0a000000, .mask = 0xfffe0000}}},
        .names = rig_names,
        .incarnation = 1,
        .ready_beats = CKPT_BEATS_AGGRESSIVE,
    };
    struct smgr *big = smgr_init(malloc(smgr_size(&setup)), &setup);
    struct sess *last = NULL;

    (void)smgr_role(big, now, SMGR_ACTIVE, 1);
    for (uint64_t imsi = 0; imsi < MANY; imsi++)
        last = opened(big, imsi);
    last->call_id--;

    clock_t start = clock();
    struct smgr_audit audit = smgr_audit(big, now);
    double ms = (double)(clock() - start) * 1000 / CLOCKS_PER_SEC;

    ck_assert_uint_eq(audit.checked, MANY);
    ck_assert_uint_eq(audit.purged, 1);
    ck_assert_msg(ms < 1000, "%.1f ms", ms);
    free(big);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr audit");
    TCase *tcase = tcase_create("audit");

    tcase_add_checked_fixture(tcase, set_up_taken_over, tear_down);
    tcase_add_test(tcase, sound_table_loses_nothing);
    tcase_add_test(tcase, records_are_not_audited);
    tcase_add_test(tcase, session_whose_teid_names_another_slot_or_manager_is_purged);
    tcase_add_test(tcase, session_whose_address_is_not_of_our_share_is_purged);
    tcase_add_test(tcase, of_two_with_one_address_the_holder_stays);
    tcase_add_test(tcase, session_that_its_subscriber_does_not_lead_to_is_purged);
    tcase_add_test(tcase, of_several_with_one_call_id_one_stays);
    tcase_add_test(tcase, call_id_of_another_manager_is_purged);
    tcase_add_test(tcase, purge_is_told_to_the_standby);
    tcase_add_test(tcase, purge_in_hold_is_no_service);
    tcase_add_test(tcase, no_delete_that_was_not_told_is_left_among_the_records);
    tcase_add_test(tcase, purged_session_is_put_back_by_the_peer_that_still_serves);
    tcase_add_test(tcase, hundred_thousand_sessions_are_audited_in_linear_time);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
