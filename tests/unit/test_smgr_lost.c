#include "smgr_rig.h"

/* Frames that are lost on a link that stands. */

static bool
order(struct smgr *smgr, enum smgr_role role, uint64_t epoch, bool flush)
{
    return smgr_obey(smgr, now, &(struct smgr_order){.role = role, .epoch = epoch, .flush = flush});
}

/* East serves session 1, which west knows, and one that was lost on its way there. */
static void
lose_one(void)
{
    static uint8_t lost[CKPT_MESSAGE];

    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    pass_s(2); /* and how many calls there are */
    ck_assert(status_of(east).synced);
    (void)opened(east, 2);
    ck_assert_uint_gt(smgr_next(east, now, lost, sizeof lost, NULL), 0);
    pump();
    ck_assert_uint_eq(status_of(west).sessions, 1);
}

START_TEST(heartbeat_finds_what_was_lost)
{
    lose_one();
    pass_s(2);
    ck_assert_uint_eq(status_of(west).sessions, 1);
    pass_s(1);
    ck_assert_uint_eq(status_of(west).sessions, 2);
    ck_assert(status_of(east).synced);
}
END_TEST

START_TEST(flush_finds_it_at_once)
{
    lose_one();
    (void)order(east, SMGR_HOLD, 1, true);
    ck_assert(!smgr_flushed(east));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr_lost");
    TCase *tcase = tcase_create("lost");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, heartbeat_finds_what_was_lost);
    tcase_add_test(tcase, flush_finds_it_at_once);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
