/* No call-id is given out twice, also by two that take over in turn and know little of each other. */
#include "smgr_rig.h"

/* Both have one call; from here on no message passes. */
static void
pair(void)
{
    set_up();
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 1));
    ck_assert(smgr_role(west, now, SMGR_STANDBY, 1));
    pass_s(5);
    (void)opened(east, 1);
    pass_s(2);
    ck_assert_uint_eq(status_of(west).sessions, 1);
}

/* It has told all it has, so its sessions stay as records. */
static void
yield_flushed(struct smgr *smgr, uint64_t epoch)
{
    ck_assert(smgr_obey(smgr, now,
                        &(struct smgr_order){.role = SMGR_ACTIVE, .epoch = epoch, .flush = true}));
    pass_s(1);
    ck_assert(smgr_flushed(smgr));
    ck_assert(smgr_role(smgr, now, SMGR_STANDBY, epoch + 1));
}

START_TEST(two_that_take_over_in_turn_from_one_copy_give_out_other_call_ids)
{
    enum { CALLS = 4 };
    uint32_t ids[CALLS];

    yield_flushed(east, 1);
    ck_assert(smgr_role(west, now, SMGR_ACTIVE, 2));
    for (uint64_t i = 0; i < CALLS; i++)
        ids[i] = opened(west, 100 + i)->call_id;
    ck_assert_uint_eq(status_of(east).sessions, 1); /* it has heard of none of these */
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 3));
    for (uint64_t i = 0; i < CALLS; i++) {
        uint32_t id = opened(east, 200 + i)->call_id;

        for (unsigned j = 0; j < CALLS; j++)
            ck_assert_uint_ne(id, ids[j]);
    }
}
END_TEST

/* More than there are in all: they begin anew, and pass over those in use. */
START_TEST(call_ids_that_are_skipped_beyond_the_last_begin_anew)
{
    struct sess_table *table = smgr_table(east);
    uint32_t first = sess_by_imsi(table, 1, 5)->call_id;

    for (uint64_t epoch = 1; epoch <= 1000; epoch++) {
        (void)sess_promote(table, epoch);
        if (epoch % 100 == 0)
            ck_assert_uint_ne(opened(east, 300 + epoch)->call_id, first);
    }
    ck_assert_uint_eq(smgr_audit(east, now).purged, 0); /* which looks for shared ones */
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr_call_ids");
    TCase *tcase = tcase_create("smgr_call_ids");

    tcase_add_checked_fixture(tcase, pair, tear_down);
    tcase_add_test(tcase, two_that_take_over_in_turn_from_one_copy_give_out_other_call_ids);
    tcase_add_test(tcase, call_ids_that_are_skipped_beyond_the_last_begin_anew);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
