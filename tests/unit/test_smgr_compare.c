/* An audit between two session managers: what the standby could not apply is found, and with sync
 * made good. */
#include "smgr_rig.h"

enum { CALLS = 6 };

static void
pair(void)
{
    set_up();
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 1));
    ck_assert(smgr_role(west, now, SMGR_STANDBY, 1));
    pass_s(5);
    ck_assert(status_of(east).synced);
}

/* The next full checkpoints fail on the standby, which complains about none. */
static void
fail_next(unsigned n)
{
    smgr_set_fault(west, &(struct ckpt_fault){.times = n, .cmd = CKPT_FULL});
}

static const struct ckpt_audit_result *
compared(uint32_t run, bool sync)
{
    smgr_compare(east, now, run, sync);
    for (int i = 0; i < 60 && smgr_compared(east)->state == CKPT_AUDIT_RUNS; i++)
        pass_s(1);
    ck_assert_int_eq(smgr_compared(east)->state, CKPT_AUDIT_COMPLETE);
    ck_assert_uint_eq(smgr_compared(east)->run, run);
    return smgr_compared(east);
}

static void
counts_are(const struct ckpt_audit_result *r, uint32_t missing, uint32_t stale, uint32_t synced)
{
    ck_assert_uint_eq(r->counts.missing, missing);
    ck_assert_uint_eq(r->counts.stale, stale);
    ck_assert_uint_eq(r->counts.extra, 0);
    ck_assert_uint_eq(r->counts.synced, synced);
}

START_TEST(nothing_differs_while_calls_come_and_go)
{
    for (uint32_t run = 1; run < 10; run++) {
        struct sess *sess = opened(east, run);

        smgr_compare(east, now, run, true);
        (void)opened(east, 100);
        sess_close(smgr_table(east), sess);
        counts_are(compared(run + 100, true), 0, 0, 0);
        sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), 100, 5));
    }
}
END_TEST

START_TEST(what_the_standby_could_not_apply_is_found_and_made_good)
{
    fail_next(2);
    for (uint64_t imsi = 1; imsi <= CALLS; imsi++)
        (void)opened(east, imsi);
    pass_s(2);
    ck_assert_uint_eq(status_of(west).sessions, CALLS - 2);
    counts_are(compared(1, false), 2, 0, 0);
    ck_assert_uint_eq(status_of(west).sessions, CALLS - 2);
    counts_are(compared(2, true), 2, 0, 2);
    ck_assert_uint_eq(status_of(west).sessions, CALLS);
    counts_are(compared(3, false), 0, 0, 0);
}
END_TEST

START_TEST(change_that_the_standby_could_not_apply_is_stale)
{
    struct sess *sess = opened(east, 1);

    pass_s(2);
    fail_next(1);
    sess->peer_ctrl_teid = 77;
    sess_changed(smgr_table(east), sess);
    pass_s(2);
    counts_are(compared(1, true), 0, 1, 1);
    counts_are(compared(2, false), 0, 0, 0);
    ck_assert_uint_eq(sess_at(smgr_table(west), teid_slot(sess->teid))->peer_ctrl_teid, 77);
}
END_TEST

START_TEST(only_an_active_compares)
{
    smgr_compare(west, now, 7, true);
    ck_assert_uint_ne(smgr_compared(west)->run, 7);
    ck_assert(smgr_role(east, now, SMGR_HOLD, 1));
    smgr_compare(east, now, 8, true);
    ck_assert_uint_ne(smgr_compared(east)->run, 8);
}
END_TEST

START_TEST(connection_that_ends_ends_the_audit)
{
    (void)opened(east, 1);
    pass_s(1);
    smgr_compare(east, now, 1, true);
    smgr_disconnected(east, now);
    ck_assert_int_eq(smgr_compared(east)->state, CKPT_AUDIT_ABORTED);
    pass_s(10);
    counts_are(compared(2, true), 0, 0, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr_compare");
    TCase *tcase = tcase_create("smgr_compare");

    tcase_add_checked_fixture(tcase, pair, tear_down);
    tcase_add_test(tcase, nothing_differs_while_calls_come_and_go);
    tcase_add_test(tcase, what_the_standby_could_not_apply_is_found_and_made_good);
    tcase_add_test(tcase, change_that_the_standby_could_not_apply_is_stale);
    tcase_add_test(tcase, only_an_active_compares);
    tcase_add_test(tcase, connection_that_ends_ends_the_audit);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
