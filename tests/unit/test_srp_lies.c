/* A peer with the key that lies in its hellos: what it may claim is bounded. */
#include "cf/srp/srp_judge.h"
#include "sf/notes.h"
#include "tests/unit/srp_one.h"
#include "tests/unit/unit.h"

enum { NEAR = 1 << 20 };

static const uint64_t far_off = UINT64_C(1) << 61, farthest = UINT64_C(1) << 62;

START_TEST(an_epoch_that_any_pair_could_reach_may_be_claimed_by_anybody)
{
    struct srp srp = standby();

    ck_assert(srp_epoch_fits(&srp, 0));
    ck_assert(srp_epoch_fits(&srp, UINT32_MAX));
    ck_assert(srp_epoch_fits(&srp, far_off));
}
END_TEST

START_TEST(an_epoch_far_beyond_is_not_believed_unless_it_is_near_what_is_known)
{
    struct srp srp = standby();

    ck_assert(!srp_epoch_fits(&srp, far_off + 1));
    ck_assert(!srp_epoch_fits(&srp, UINT64_MAX));
    srp.epoch = far_off;
    ck_assert(srp_epoch_fits(&srp, far_off + NEAR));
    ck_assert(!srp_epoch_fits(&srp, far_off + NEAR + 1));
    srp.epoch = 2;
    srp.peer.epoch = far_off; /* it had been allowed to say that much */
    ck_assert(srp_epoch_fits(&srp, far_off + 2));
    srp.epoch = farthest;
    ck_assert(srp_epoch_fits(&srp, farthest));
    ck_assert(!srp_epoch_fits(&srp, farthest + 1));
}
END_TEST

START_TEST(a_chassis_that_starts_anew_believes_what_a_lie_has_made_of_the_others_epoch)
{
    struct srp srp = standby(), anew;
    struct srp_setup setup = setup_of(SRP_BACKUP);

    for (int i = 0; i < 1000; i++) { /* each claim as far as may be, and an own epoch above it */
        srp.peer.epoch = srp.epoch < far_off ? far_off : srp.epoch + NEAR;
        ck_assert(srp_epoch_fits(&srp, srp.peer.epoch));
        srp.epoch = srp.peer.epoch + 2;
    }
    srp_init(&anew, &setup, zero);
    ck_assert(srp_epoch_fits(&anew, srp.epoch));
}
END_TEST

START_TEST(who_takes_over_claims_one_of_the_next_epochs)
{
    struct srp srp = standby();

    for (srp.peer.epoch = 2; srp.peer.epoch < 20; srp.peer.epoch++) {
        uint64_t next = srp_next_epoch(&srp);

        ck_assert_uint_gt(next, srp.peer.epoch);
        ck_assert_uint_le(next, srp.peer.epoch + NOTES_EPOCH_STEP); /* by that explain knows it */
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp_lies");
    TCase *cases = tcase_create("srp_lies");

    tcase_add_test(cases, an_epoch_that_any_pair_could_reach_may_be_claimed_by_anybody);
    tcase_add_test(cases, an_epoch_far_beyond_is_not_believed_unless_it_is_near_what_is_known);
    tcase_add_test(cases,
                   a_chassis_that_starts_anew_believes_what_a_lie_has_made_of_the_others_epoch);
    tcase_add_test(cases, who_takes_over_claims_one_of_the_next_epochs);
    suite_add_tcase(suite, cases);
    return unit_main(suite);
}
