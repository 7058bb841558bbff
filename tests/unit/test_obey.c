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

/* ---- configurations ---- */

static bool
tries(struct obey_config *configs, uint32_t generation, bool takes, int64_t now_us)
{
    mono_t now = {.us = now_us};

    if (!obey_config_is_due(configs, generation, now))
        return false;
    obey_config_tried(configs, generation, takes, now);
    return true;
}

START_TEST(a_configuration_is_taken_once)
{
    struct obey_config configs = {0};

    ck_assert(tries(&configs, 7, true, 1));
    ck_assert_uint_eq(configs.in_force, 7);
    ck_assert(!tries(&configs, 7, true, OBEY_RETRY_US + 2));
    ck_assert(tries(&configs, 8, true, 2));
    ck_assert(tries(&configs, 7, true, 3));
}
END_TEST

START_TEST(a_refused_configuration_is_tried_again_now_and_then)
{
    struct obey_config configs = {0};

    ck_assert(tries(&configs, 7, true, 1));
    ck_assert(tries(&configs, 8, false, 2));
    ck_assert_uint_eq(configs.in_force, 7);
    ck_assert(!tries(&configs, 8, true, 3));
    ck_assert(!tries(&configs, 8, true, 1 + OBEY_RETRY_US));
    ck_assert(tries(&configs, 8, false, 2 + OBEY_RETRY_US));
    ck_assert(!tries(&configs, 8, true, 3 + OBEY_RETRY_US));
    ck_assert(tries(&configs, 8, true, 2 + 2 * OBEY_RETRY_US));
    ck_assert_uint_eq(configs.in_force, 8);
}
END_TEST

START_TEST(what_was_refused_before_another_was_taken_is_tried_at_once)
{
    struct obey_config configs = {0};

    ck_assert(tries(&configs, 7, true, 1));
    ck_assert(tries(&configs, 8, false, 2));
    ck_assert(tries(&configs, 9, true, 3));
    ck_assert(tries(&configs, 8, true, 4));
    ck_assert_uint_eq(configs.in_force, 8);
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
    tcase_add_test(tc, a_configuration_is_taken_once);
    tcase_add_test(tc, a_refused_configuration_is_tried_again_now_and_then);
    tcase_add_test(tc, what_was_refused_before_another_was_taken_is_tried_at_once);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
