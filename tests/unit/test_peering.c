#include "common/base/err.h"
#include "lab/world/peering.h"
#include "tests/unit/unit.h"

enum { EAST, WEST };

static struct peering peering;
static struct net_neighbor list[NEIGHBORS_MOST];

static void
name(uint8_t chassis, size_t n, uint32_t a, uint32_t b)
{
    const struct neighbor list_of[] = {{"d", a}, {"d", b}};

    peering_name(&peering, chassis, list_of, n);
}

/* Both chassis are connected; east names 1 and 2, west 2 and 3. */
static void
setup(void)
{
    peering = (struct peering){0};
    peering_connect(&peering, EAST, true);
    peering_connect(&peering, WEST, true);
    name(EAST, 2, 1, 2);
    name(WEST, 2, 2, 3);
}

START_TEST(each_chassis_has_the_neighbors_it_named_and_all_are_up)
{
    ck_assert_uint_eq(peering.n, 3);
    ck_assert_uint_eq(peering_list(&peering, EAST, list), 2);
    ck_assert_uint_eq(list[0].of.addr, 1);
    ck_assert_uint_eq(list[1].of.addr, 2);
    ck_assert(list[0].bgp_up && list[0].bfd_up && list[1].bgp_up && list[1].bfd_up);
    ck_assert_uint_eq(peering_list(&peering, WEST, list), 2);
    ck_assert_uint_eq(list[0].of.addr, 2);
    ck_assert_uint_eq(list[1].of.addr, 3);
}
END_TEST

START_TEST(what_is_not_named_any_more_is_forgotten)
{
    name(EAST, 1, 2, 0);
    ck_assert_uint_eq(peering_list(&peering, EAST, list), 1);
    ck_assert_uint_eq(list[0].of.addr, 2);
    name(WEST, 0, 0, 0);
    ck_assert_uint_eq(peering.n, 1);
    ck_assert_uint_eq(peering_list(&peering, WEST, list), 0);
}
END_TEST

START_TEST(a_neighbor_named_twice_counts_once)
{
    name(EAST, 2, 7, 7);
    ck_assert_uint_eq(peering_list(&peering, EAST, list), 1);
}
END_TEST

START_TEST(an_operator_ends_one_session_of_one_chassis)
{
    ck_assert_int_eq(peering_set(&peering, PEERING_BGP, 2, NULL, EAST, false), 1);
    ck_assert_int_eq(peering_set(&peering, PEERING_BGP, 2, NULL, EAST, false), 0); /* it was down */
    (void)peering_list(&peering, EAST, list);
    ck_assert(!list[1].bgp_up && list[1].bfd_up);
    (void)peering_list(&peering, WEST, list);
    ck_assert(list[0].bgp_up);
    ck_assert_int_eq(peering_set(&peering, PEERING_BGP, 2, NULL, EAST, true), 1);
    (void)peering_list(&peering, EAST, list);
    ck_assert(list[1].bgp_up);
}
END_TEST

START_TEST(an_operator_ends_the_sessions_of_both_chassis)
{
    ck_assert_int_eq(peering_set(&peering, PEERING_BFD, 2, NULL, PEERING_ALL, false), 2);
    (void)peering_list(&peering, EAST, list);
    ck_assert(list[1].bgp_up && !list[1].bfd_up);
    (void)peering_list(&peering, WEST, list);
    ck_assert(list[0].bgp_up && !list[0].bfd_up);
}
END_TEST

START_TEST(one_address_in_two_contexts_is_two_neighbors)
{
    const struct neighbor two[] = {{"d", 7}, {"e", 7}};

    peering_name(&peering, EAST, two, 2);
    ck_assert_uint_eq(peering_list(&peering, EAST, list), 2);
    ck_assert_int_eq(peering_set(&peering, PEERING_BGP, 7, "e", EAST, false), 1);
    ck_assert_int_eq(peering_set(&peering, PEERING_BGP, 7, "f", EAST, false), DI_ENOTFOUND);
    (void)peering_list(&peering, EAST, list);
    ck_assert(list[0].bgp_up && !list[1].bgp_up);
    ck_assert_int_eq(peering_set(&peering, PEERING_BGP, 7, NULL, PEERING_ALL, false), 1);
    ck_assert_int_eq(peering_set(&peering, PEERING_BGP, 7, NULL, PEERING_ALL, true), 2);
}
END_TEST

START_TEST(a_session_nobody_has_cannot_be_ended)
{
    ck_assert_int_eq(peering_set(&peering, PEERING_BGP, 9, NULL, PEERING_ALL, false), DI_ENOTFOUND);
    ck_assert_int_eq(peering_set(&peering, PEERING_BGP, 3, NULL, EAST, false), DI_ENOTFOUND);
}
END_TEST

START_TEST(the_operators_word_outlives_the_same_names_said_again)
{
    (void)peering_set(&peering, PEERING_BGP, 1, NULL, EAST, false);
    name(EAST, 2, 1, 2);
    (void)peering_list(&peering, EAST, list);
    ck_assert(!list[0].bgp_up);
}
END_TEST

START_TEST(routes_are_held_until_the_last_bgp_session_is_down)
{
    (void)peering_set(&peering, PEERING_BGP, 1, NULL, EAST, false);
    ck_assert(peering_holds(&peering, EAST));
    (void)peering_set(&peering, PEERING_BGP, 2, NULL, EAST, false);
    ck_assert(!peering_holds(&peering, EAST));
    ck_assert(peering_holds(&peering, WEST));
    (void)peering_set(&peering, PEERING_BGP, 1, NULL, EAST, true);
    ck_assert(peering_holds(&peering, EAST));
}
END_TEST

START_TEST(bfd_does_not_hold_routes)
{
    (void)peering_set(&peering, PEERING_BFD, 1, NULL, EAST, false);
    (void)peering_set(&peering, PEERING_BFD, 2, NULL, EAST, false);
    ck_assert(peering_holds(&peering, EAST));
}
END_TEST

START_TEST(a_chassis_without_neighbors_needs_none)
{
    name(EAST, 0, 0, 0);
    ck_assert(peering_holds(&peering, EAST));
}
END_TEST

START_TEST(with_the_chassis_go_all_its_sessions)
{
    peering_connect(&peering, EAST, false);
    ck_assert_uint_eq(peering_list(&peering, EAST, list), 2);
    ck_assert(!list[0].bgp_up && !list[0].bfd_up);
    ck_assert(!peering_holds(&peering, EAST));
    name(EAST, 0, 0, 0);
    ck_assert(!peering_holds(&peering, EAST));
}
END_TEST

START_TEST(the_chassis_see_each_other_through_the_network)
{
    ck_assert(peering_chassis_bfd(&peering, EAST));
    ck_assert(peering_chassis_bfd(&peering, WEST));
    peering_connect(&peering, WEST, false);
    ck_assert(!peering_chassis_bfd(&peering, EAST));
    ck_assert(peering_chassis_bfd(&peering, WEST));
    peering_connect(&peering, WEST, true);
    peering.chassis_bfd_down = true;
    ck_assert(!peering_chassis_bfd(&peering, EAST));
    ck_assert(!peering_chassis_bfd(&peering, WEST));
}
END_TEST

START_TEST(two_full_lists_and_their_replacements_fit)
{
    struct neighbor many[NEIGHBORS_MOST];

    for (uint32_t round = 0; round < 6; round++) {
        for (uint32_t i = 0; i < NEIGHBORS_MOST; i++)
            many[i] = (struct neighbor){"d", round << 8 | (i + 1)};
        peering_name(&peering, (uint8_t)(round % 2), many, NEIGHBORS_MOST);
    }
    ck_assert_uint_eq(peering.n, PEERING_MOST);
    ck_assert_uint_eq(peering_list(&peering, WEST, list), NEIGHBORS_MOST);
    ck_assert_uint_eq(list[0].of.addr, 5u << 8 | 1);
}
END_TEST

START_TEST(a_fault_of_a_neighbor_lies_over_the_operators_word_and_leaves_it)
{
    const struct peering_lease down = {.addr = 1}, all = {0};

    (void)peering_set(&peering, PEERING_BGP, 2, NULL, EAST, false);
    peering_faults(&peering, &down, 1);
    ck_assert_uint_eq(peering_list(&peering, EAST, list), 2);
    ck_assert(!list[0].bgp_up && list[0].bfd_up && !list[1].bgp_up);
    ck_assert(!peering_holds(&peering, EAST));
    ck_assert(peering_holds(&peering, WEST));
    peering_faults(&peering, &all, 1);
    ck_assert(!peering_holds(&peering, WEST));
    (void)peering_set(&peering, PEERING_BGP, 1, NULL, EAST, true);
    ck_assert(!peering_holds(&peering, EAST));
    peering_faults(&peering, NULL, 0);
    ck_assert_uint_eq(peering_list(&peering, EAST, list), 2);
    ck_assert(list[0].bgp_up && !list[1].bgp_up);
    ck_assert(peering_holds(&peering, EAST) && peering_holds(&peering, WEST));
}
END_TEST

START_TEST(a_lie_counts_where_nobody_else_tells_the_truth)
{
    const struct peering_lease lies[] = {{.addr = 1, .lies = true}, {.addr = 2, .lies = true}};

    peering_faults(&peering, lies, 1);
    ck_assert(!peering_lies(&peering, EAST)); /* 2 does not */
    peering_faults(&peering, lies, 2);
    ck_assert(peering_lies(&peering, EAST));
    ck_assert(!peering_lies(&peering, WEST)); /* 3 does not */
    ck_assert(peering_holds(&peering, EAST));
    (void)peering_set(&peering, PEERING_BGP, 3, NULL, WEST, false);
    ck_assert(peering_lies(&peering, WEST));
    peering_connect(&peering, EAST, false);
    ck_assert(!peering_lies(&peering, EAST)); /* there is nobody to lie to */
    name(WEST, 0, 0, 0);
    ck_assert(!peering_lies(&peering, WEST));
}
END_TEST

START_TEST(a_liar_says_that_he_has_what_was_announced_to_him)
{
    const struct peering_lease lie = {.lies = true};
    const struct rib_standing truth = {.n = 2, .srp_epoch = 4, .best = false, .offered = 1};
    struct rib_standing said;

    peering_announced(&peering, EAST, 3, 9);
    said = peering_says(&peering, EAST, truth);
    ck_assert_uint_eq(said.srp_epoch, 4);
    peering_faults(&peering, &lie, 1);
    said = peering_says(&peering, EAST, truth);
    ck_assert_uint_eq(said.n, 3);
    ck_assert_uint_eq(said.srp_epoch, 9);
    ck_assert(said.best);
    ck_assert_uint_eq(said.offered, 1);
    peering_announced(&peering, EAST, 0, 9);
    said = peering_says(&peering, EAST, truth);
    ck_assert_uint_eq(said.n, 0);
    ck_assert_uint_eq(said.srp_epoch, 0);
    ck_assert(!said.best);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("peering");
    TCase *tc = tcase_create("peering");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, each_chassis_has_the_neighbors_it_named_and_all_are_up);
    tcase_add_test(tc, what_is_not_named_any_more_is_forgotten);
    tcase_add_test(tc, a_neighbor_named_twice_counts_once);
    tcase_add_test(tc, an_operator_ends_one_session_of_one_chassis);
    tcase_add_test(tc, an_operator_ends_the_sessions_of_both_chassis);
    tcase_add_test(tc, one_address_in_two_contexts_is_two_neighbors);
    tcase_add_test(tc, a_session_nobody_has_cannot_be_ended);
    tcase_add_test(tc, the_operators_word_outlives_the_same_names_said_again);
    tcase_add_test(tc, routes_are_held_until_the_last_bgp_session_is_down);
    tcase_add_test(tc, bfd_does_not_hold_routes);
    tcase_add_test(tc, a_chassis_without_neighbors_needs_none);
    tcase_add_test(tc, with_the_chassis_go_all_its_sessions);
    tcase_add_test(tc, the_chassis_see_each_other_through_the_network);
    tcase_add_test(tc, two_full_lists_and_their_replacements_fit);
    tcase_add_test(tc, a_fault_of_a_neighbor_lies_over_the_operators_word_and_leaves_it);
    tcase_add_test(tc, a_lie_counts_where_nobody_else_tells_the_truth);
    tcase_add_test(tc, a_liar_says_that_he_has_what_was_announced_to_him);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
