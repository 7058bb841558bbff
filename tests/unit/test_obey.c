#include "common/msg/obey.h"
#include "tests/unit/unit.h"

static struct obey obey;

static void
setup(void)
{
    obey = (struct obey){0};
}

static bool
order(uint8_t slot, uint64_t epoch)
{
    return obey_order(&obey, &(struct msg_head){.type = MSG_ROLE, .slot = slot, .epoch = epoch});
}

START_TEST(the_first_order_is_followed_whoever_gives_it)
{
    ck_assert(order(2, 1));
    ck_assert_uint_eq(obey.slot, 2);
    ck_assert_uint_eq(obey.epoch, 1);
}
END_TEST

START_TEST(one_control_function_is_followed_again_and_again)
{
    ck_assert(order(1, 4));
    ck_assert(order(1, 4));
}
END_TEST

START_TEST(a_higher_epoch_takes_over)
{
    ck_assert(order(1, 4));
    ck_assert(order(2, 5));
    ck_assert_uint_eq(obey.slot, 2);
}
END_TEST

START_TEST(the_replaced_control_function_is_not_followed)
{
    ck_assert(order(1, 4));
    ck_assert(order(2, 5));
    ck_assert(!order(1, 4));
    ck_assert_uint_eq(obey.slot, 2);
    ck_assert_uint_eq(obey.epoch, 5);
}
END_TEST

START_TEST(a_second_voice_in_the_same_epoch_is_not_followed)
{
    ck_assert(order(1, 4));
    ck_assert(!order(2, 4));
    ck_assert_uint_eq(obey.slot, 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("obey");
    TCase *tc = tcase_create("obey");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, the_first_order_is_followed_whoever_gives_it);
    tcase_add_test(tc, one_control_function_is_followed_again_and_again);
    tcase_add_test(tc, a_higher_epoch_takes_over);
    tcase_add_test(tc, the_replaced_control_function_is_not_followed);
    tcase_add_test(tc, a_second_voice_in_the_same_epoch_is_not_followed);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
