#include "lab/world/rib.h"
#include "tests/unit/unit.h"

#define SERVICE UINT32_C(0x7f000101)
#define POOL    UINT32_C(0xac100000)
#define HALF    UINT32_C(0xac120000)

enum { EAST, WEST };

static struct rib rib;
static struct rib_change changes[RIB_PREFIXES];

static void
setup(void)
{
    rib_init(&rib);
}

static struct routes_body
both(uint8_t prepend)
{
    return (struct routes_body){
        .srp_epoch = 7,
        .prepend = prepend,
        .as = 65001,
        .n = 2,
        .routes = {{.net = SERVICE, .mask = UINT32_MAX, .kind = ROUTE_SERVICE},
                   {.net = POOL, .mask = UINT32_C(0xfffc0000), .kind = ROUTE_POOL}},
    };
}

static size_t
announce(uint8_t chassis, uint8_t prepend, int64_t at)
{
    struct routes_body routes = both(prepend);

    return rib_announce(&rib, chassis, &routes, (mono_t){.us = at}, changes);
}

START_TEST(an_empty_table_leads_nowhere)
{
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), RIB_NOBODY);
    ck_assert_uint_eq(rib_withdraw(&rib, EAST, (mono_t){0}, changes), 0);
}
END_TEST

START_TEST(the_first_announcement_wins_all_its_prefixes)
{
    ck_assert_uint_eq(announce(WEST, 30, 5), 2);
    ck_assert_int_eq(changes[0].old, RIB_NOBODY);
    ck_assert_int_eq(changes[0].now, WEST);
    ck_assert_uint_eq(changes[0].srp_epoch, 7);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), WEST);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_POOL, POOL + 9), WEST);
}
END_TEST

START_TEST(the_shorter_path_is_preferred_whoever_came_first)
{
    (void)announce(EAST, 3, 1);
    ck_assert_uint_eq(announce(WEST, 2, 2), 2);
    ck_assert_int_eq(changes[1].old, EAST);
    ck_assert_int_eq(changes[1].now, WEST);
    ck_assert_uint_eq(announce(EAST, 1, 3), 2);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), EAST);
    ck_assert_uint_eq(rib.n, 2);
}
END_TEST

START_TEST(an_equal_path_does_not_displace_the_best_one)
{
    (void)announce(WEST, 2, 1);
    ck_assert_uint_eq(announce(EAST, 2, 2), 0);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), WEST);
    ck_assert_uint_eq(announce(WEST, 2, 3), 0); /* nor does its being said again */
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), WEST);

    rib_init(&rib); /* and the other way round */
    (void)announce(EAST, 2, 4);
    ck_assert_uint_eq(announce(WEST, 2, 5), 0);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), EAST);
}
END_TEST

START_TEST(a_worse_path_of_the_best_chassis_moves_the_traffic)
{
    (void)announce(EAST, 2, 1);
    (void)announce(WEST, 3, 2);
    ck_assert_uint_eq(announce(EAST, 4, 3), 2);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), WEST);
}
END_TEST

START_TEST(a_lost_session_moves_the_traffic_at_once)
{
    (void)announce(EAST, 2, 1);
    (void)announce(WEST, 3, 2);
    ck_assert_uint_eq(rib_withdraw(&rib, EAST, (mono_t){3}, changes), 2);
    ck_assert_int_eq(changes[0].old, EAST);
    ck_assert_int_eq(changes[0].now, WEST);
    ck_assert_uint_eq(rib_withdraw(&rib, WEST, (mono_t){4}, changes), 2);
    ck_assert_int_eq(changes[0].now, RIB_NOBODY);
    ck_assert_uint_eq(changes[0].srp_epoch, 0);
    ck_assert_uint_eq(rib.n, 0);
}
END_TEST

START_TEST(losing_the_session_of_the_other_chassis_changes_nothing)
{
    (void)announce(EAST, 2, 1);
    (void)announce(WEST, 3, 2);
    ck_assert_uint_eq(rib_withdraw(&rib, WEST, (mono_t){3}, changes), 0);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), EAST);
}
END_TEST

START_TEST(an_announcement_replaces_the_whole_of_the_former_one)
{
    struct routes_body only_pool = both(2);

    (void)announce(EAST, 2, 1);
    only_pool.routes[0] = only_pool.routes[1];
    only_pool.n = 1;
    ck_assert_uint_eq(rib_announce(&rib, EAST, &only_pool, (mono_t){2}, changes), 1);
    ck_assert_uint_eq(changes[0].net, SERVICE);
    ck_assert_int_eq(changes[0].now, RIB_NOBODY);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), RIB_NOBODY);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_POOL, POOL), EAST);
}
END_TEST

START_TEST(saying_the_same_again_keeps_the_age_of_a_path)
{
    (void)announce(EAST, 2, 10);
    (void)announce(EAST, 2, 20);
    ck_assert_int_eq(rib.prefixes[0].paths[EAST].since.us, 10);
    (void)announce(EAST, 3, 30);
    ck_assert_int_eq(rib.prefixes[0].paths[EAST].since.us, 30);
}
END_TEST

START_TEST(the_longest_prefix_decides)
{
    struct routes_body half = {
        .prepend = 9,
        .n = 1,
        .routes = {{.net = HALF, .mask = UINT32_C(0xfffe0000), .kind = ROUTE_POOL}},
    };

    (void)announce(EAST, 2, 1);
    (void)rib_announce(&rib, WEST, &half, (mono_t){2}, changes);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_POOL, HALF + 1), WEST);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_POOL, HALF - 1), EAST);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_POOL, POOL - 1), RIB_NOBODY);
}
END_TEST

START_TEST(services_and_pools_are_not_mistaken_for_each_other)
{
    (void)announce(EAST, 2, 1);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_POOL, SERVICE), RIB_NOBODY);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, POOL), RIB_NOBODY);
}
END_TEST

/* ---- two that serve, or announce ------------------------------------------------------------ */

START_TEST(two_actives_of_one_prepend_leave_the_traffic_where_it_is)
{
    (void)announce(WEST, 2, 1);
    for (int64_t second = 2; second < 20; second++) {
        ck_assert_uint_eq(announce(second % 2 ? WEST : EAST, 2, second), 0);
        ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), WEST);
    }
    /* the established one yields to a shorter path only */
    ck_assert_uint_eq(announce(EAST, 1, 20), 2);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, SERVICE), EAST);
}
END_TEST

START_TEST(of_two_actives_the_old_one_with_the_shorter_path_keeps_the_traffic)
{
    (void)announce(EAST, 2, 1);
    ck_assert_uint_eq(announce(WEST, 3, 2), 0); /* the link was cut: west is Active, too */
    ck_assert(rib_standing_of(&rib, EAST).best);
    ck_assert(!rib_standing_of(&rib, WEST).best);
}
END_TEST

START_TEST(a_standby_that_announces_takes_over_at_the_withdrawal)
{
    (void)announce(EAST, 2, 1);
    ck_assert_uint_eq(announce(WEST, 3, 2), 0);
    ck_assert_uint_eq(rib_withdraw(&rib, EAST, (mono_t){3}, changes), 2);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_POOL, POOL), WEST);
    ck_assert(rib_standing_of(&rib, WEST).best);
    ck_assert_uint_eq(announce(EAST, 4, 4), 0); /* back as a Standby, one longer */
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_POOL, POOL), WEST);
}
END_TEST

START_TEST(who_announces_nothing_has_no_epoch_and_is_not_best)
{
    struct rib_standing standing = rib_standing_of(&rib, EAST);

    ck_assert(standing.n == 0 && standing.srp_epoch == 0 && !standing.best);
    ck_assert(standing.offered == 0 && standing.offered_as == 0);
    (void)announce(WEST, 2, 1);
    standing = rib_standing_of(&rib, EAST);
    ck_assert(standing.n == 0 && standing.srp_epoch == 0 && !standing.best);
    standing = rib_standing_of(&rib, WEST);
    ck_assert(standing.n == 2 && standing.srp_epoch == 7 && standing.best);
}
END_TEST

START_TEST(best_means_every_route)
{
    for (size_t i = 0; i < 2; i++) {
        struct routes_body one = both(1);

        rib_init(&rib);
        (void)announce(EAST, 2, 1);
        one.routes[0] = one.routes[i]; /* the service alone, then the pool alone */
        one.n = 1;
        (void)rib_announce(&rib, WEST, &one, (mono_t){2}, changes);
        ck_assert(!rib_standing_of(&rib, EAST).best);
        ck_assert(rib_standing_of(&rib, WEST).best);
    }
}
END_TEST

START_TEST(a_chassis_is_offered_the_best_paths_of_the_other_one)
{
    struct routes_body other = both(3);

    (void)announce(EAST, 2, 1);
    other.as = 65002;
    (void)rib_announce(&rib, WEST, &other, (mono_t){2}, changes);
    ck_assert_uint_eq(rib_standing_of(&rib, WEST).offered, 2);
    ck_assert_uint_eq(rib_standing_of(&rib, WEST).offered_as, 65001);
    ck_assert_uint_eq(rib_standing_of(&rib, EAST).offered, 0); /* west's paths are not best */
    (void)rib_withdraw(&rib, EAST, (mono_t){3}, changes);
    ck_assert_uint_eq(rib_standing_of(&rib, EAST).offered, 2);
    ck_assert_uint_eq(rib_standing_of(&rib, EAST).offered_as, 65002);
    ck_assert_uint_eq(rib_standing_of(&rib, WEST).offered, 0);
}
END_TEST

START_TEST(two_full_announcements_and_a_replacement_fit)
{
    struct routes_body full = {.n = ROUTES_MOST};

    for (uint32_t round = 0; round < 4; round++) {
        for (uint32_t i = 0; i < ROUTES_MOST; i++)
            full.routes[i] = (struct route_entry){
                .net = (round << 16 | i) + 1,
                .mask = UINT32_MAX,
                .kind = ROUTE_SERVICE,
            };
        ck_assert_uint_le(rib_announce(&rib, (uint8_t)(round % 2), &full, (mono_t){round}, changes),
                          RIB_PREFIXES);
    }
    ck_assert_uint_eq(rib.n, (size_t)2 * ROUTES_MOST);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, (3u << 16) + 1), WEST);
    ck_assert_int_eq(rib_lookup(&rib, ROUTE_SERVICE, 1), RIB_NOBODY);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("rib");
    TCase *tc = tcase_create("rib");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, an_empty_table_leads_nowhere);
    tcase_add_test(tc, the_first_announcement_wins_all_its_prefixes);
    tcase_add_test(tc, the_shorter_path_is_preferred_whoever_came_first);
    tcase_add_test(tc, an_equal_path_does_not_displace_the_best_one);
    tcase_add_test(tc, a_worse_path_of_the_best_chassis_moves_the_traffic);
    tcase_add_test(tc, a_lost_session_moves_the_traffic_at_once);
    tcase_add_test(tc, losing_the_session_of_the_other_chassis_changes_nothing);
    tcase_add_test(tc, an_announcement_replaces_the_whole_of_the_former_one);
    tcase_add_test(tc, saying_the_same_again_keeps_the_age_of_a_path);
    tcase_add_test(tc, the_longest_prefix_decides);
    tcase_add_test(tc, services_and_pools_are_not_mistaken_for_each_other);
    tcase_add_test(tc, two_actives_of_one_prepend_leave_the_traffic_where_it_is);
    tcase_add_test(tc, of_two_actives_the_old_one_with_the_shorter_path_keeps_the_traffic);
    tcase_add_test(tc, a_standby_that_announces_takes_over_at_the_withdrawal);
    tcase_add_test(tc, who_announces_nothing_has_no_epoch_and_is_not_best);
    tcase_add_test(tc, best_means_every_route);
    tcase_add_test(tc, a_chassis_is_offered_the_best_paths_of_the_other_one);
    tcase_add_test(tc, two_full_announcements_and_a_replacement_fit);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
