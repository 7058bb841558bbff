#include "tests/unit/srp_one.h"
#include "tests/unit/unit.h"

/* A configuration that changes under a chassis. */

static struct srp_result
configure(struct srp *srp, const struct srp_setup *setup)
{
    struct srp_event ev = {.now = srp->last, .type = SRP_EV_SETUP, .setup = setup};

    return srp_step(srp, &ev);
}

START_TEST(a_chassis_without_a_peer_address_stays_in_init)
{
    struct srp_setup setup = setup_of(SRP_PRIMARY);
    struct srp srp;

    setup.off = true;
    srp_init(&srp, &setup, zero);
    (void)idle(&srp, mono_after(zero, 100 * (DELAY + DEAD)));
    ck_assert_int_eq(srp.state, CHASSIS_INIT);
    ck_assert_int_eq(srp.role.state, CHASSIS_INIT);
}
END_TEST

START_TEST(once_it_has_one_it_starts_as_any)
{
    struct srp_setup setup = setup_of(SRP_PRIMARY);
    mono_t then;
    struct srp srp;

    setup.off = true;
    srp_init(&srp, &setup, zero);
    then = idle(&srp, mono_after(zero, 100 * DEAD));
    srp.last = then;
    setup.off = false;
    ck_assert_int_eq(configure(&srp, &setup).to, CHASSIS_INIT);
    (void)idle(&srp, mono_after(then, DELAY + DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_INIT);
    (void)idle(&srp, mono_after(then, DELAY + DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
}
END_TEST

START_TEST(an_active_that_loses_its_address_begins_anew_as_another_life)
{
    struct srp srp = active(), was = srp;
    struct srp_setup setup = srp.setup;
    struct srp_result r;

    setup.off = true;
    r = configure(&srp, &setup);
    ck_assert_int_eq(r.from, CHASSIS_ACTIVE);
    ck_assert_int_eq(r.to, CHASSIS_INIT);
    ck_assert_uint_gt(srp.incarnation, was.incarnation);
    ck_assert_uint_ge(srp.epoch, was.epoch);
    ck_assert_uint_gt(srp_next_hello(&srp).seq, was.seq);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert_uint_gt(srp.role.order, was.role.order);
    ck_assert_int_eq(srp.role.state, CHASSIS_INIT);
    ck_assert(!srp.role.announce);
    ck_assert(srp.rank.fresh);
}
END_TEST

START_TEST(intervals_count_from_when_they_are_said)
{
    struct srp srp = standby();
    struct srp_setup setup = srp.setup;

    setup.dead_us = 2 * DEAD;
    (void)configure(&srp, &setup);
    (void)idle(&srp, mono_after(zero, 2 * DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    (void)idle(&srp, mono_after(zero, 2 * DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
}
END_TEST

START_TEST(a_dead_interval_that_is_over_when_it_is_said_ends_at_once)
{
    struct srp srp = standby();
    struct srp_setup setup = srp.setup;

    srp.last = idle(&srp, mono_after(zero, DEAD - HELLO));
    setup.dead_us = DEAD - HELLO;
    ck_assert_int_eq(configure(&srp, &setup).to, CHASSIS_PENDING_ACTIVE);
}
END_TEST

START_TEST(a_shorter_hello_interval_brings_the_next_hello_forward)
{
    struct srp srp = standby();
    struct srp_setup setup = srp.setup;

    setup.hello_us = HELLO / 4;
    (void)configure(&srp, &setup);
    ck_assert_int_le(srp.hello_at.us, srp.last.us + HELLO / 4);
}
END_TEST

START_TEST(what_the_peer_compares_is_told_at_once_and_nothing_else_changes)
{
    struct srp srp = active(), was = srp;
    struct srp_setup setup = srp.setup;
    struct srp_result r;

    setup.checksum++;
    setup.rank.priority = 3;
    setup.rank.mode = SRP_BACKUP;
    setup.incarnation = 7777; /* not for a configuration to say */
    setup.restart++;
    r = configure(&srp, &setup);
    ck_assert(r.actions & SRP_DO_HELLO);
    ck_assert_int_eq(r.to, CHASSIS_ACTIVE);
    ck_assert_uint_eq(srp_next_hello(&srp).checksum, setup.checksum);
    ck_assert_uint_eq(srp_next_hello(&srp).rank.priority, 3);
    ck_assert_uint_eq(srp.rank.route_modifier, was.rank.route_modifier);
    ck_assert_uint_eq(srp.incarnation, was.incarnation);
    ck_assert_uint_eq(srp.setup.restart, was.setup.restart);
    ck_assert_uint_eq(srp.epoch, was.epoch);
    ck_assert_uint_eq(srp.role.order, was.role.order);
}
END_TEST

START_TEST(what_did_not_change_is_not_told)
{
    struct srp srp = active();
    struct srp_setup setup = srp.setup;

    ck_assert(!(configure(&srp, &setup).actions & (SRP_DO_HELLO | SRP_DO_ROLE)));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp_setup");
    TCase *tc = tcase_create("srp_setup");

    tcase_add_test(tc, a_chassis_without_a_peer_address_stays_in_init);
    tcase_add_test(tc, once_it_has_one_it_starts_as_any);
    tcase_add_test(tc, an_active_that_loses_its_address_begins_anew_as_another_life);
    tcase_add_test(tc, intervals_count_from_when_they_are_said);
    tcase_add_test(tc, a_dead_interval_that_is_over_when_it_is_said_ends_at_once);
    tcase_add_test(tc, a_shorter_hello_interval_brings_the_next_hello_forward);
    tcase_add_test(tc, what_the_peer_compares_is_told_at_once_and_nothing_else_changes);
    tcase_add_test(tc, what_did_not_change_is_not_told);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
