#include "demux/announce.h"
#include "tests/unit/unit.h"

enum { EPOCH = 5 };

static const struct routes_body routes = {.srp_epoch = EPOCH, .as = 65001, .n = 2};

static struct announce announce;

static void
setup(void)
{
    announce = (struct announce){0};
}

/* The router reports after it took in the announcement of that number. */
static void
report(uint64_t number, uint64_t epoch, bool best)
{
    struct net_body net = {
        .srp_epoch = epoch,
        .best = best,
        .peer_bfd_up = true,
        .offered = 2,
        .offered_as = 65001,
        .n = 1,
        .neighbors = {{.of.addr = 1, .bgp_up = true, .bfd_up = true}},
    };

    announce_heard(&announce, number, &net);
}

static void
order(bool wanted)
{
    announce_order(&announce, wanted, &routes);
    announce_said(&announce);
}

START_TEST(routes_are_out_once_the_router_says_so)
{
    order(true);
    ck_assert(!announce_is_out(&announce));
    report(announce.number, EPOCH, false);
    ck_assert(announce_is_out(&announce));
    ck_assert(!announce_is_best(&announce));
    report(announce.number, EPOCH, true);
    ck_assert(announce_is_best(&announce));
}
END_TEST

START_TEST(a_report_from_before_the_announcement_confirms_nothing)
{
    order(true);
    report(announce.number, EPOCH, true);
    order(true); /* the route modifier changed, say */
    ck_assert(!announce_is_out(&announce));
    report(announce.number - 1, EPOCH, true);
    ck_assert(!announce_is_out(&announce));
    ck_assert(!announce_is_best(&announce));
    report(announce.number, EPOCH, true);
    ck_assert(announce_is_best(&announce));
}
END_TEST

START_TEST(routes_of_another_epoch_are_not_ours_of_now)
{
    order(true);
    report(announce.number, EPOCH - 1, true);
    ck_assert(!announce_is_out(&announce));
}
END_TEST

START_TEST(routes_are_withdrawn_once_the_router_has_none)
{
    order(true);
    report(announce.number, EPOCH, true);
    order(false);
    ck_assert(announce_is_out(&announce));
    ck_assert(!announce_is_best(&announce));
    report(announce.number - 1, 0, false); /* a report on its way */
    ck_assert(announce_is_out(&announce));
    report(announce.number, EPOCH, true);
    ck_assert(announce_is_out(&announce));
    report(announce.number, 0, false);
    ck_assert(!announce_is_out(&announce));
}
END_TEST

START_TEST(routes_taken_back_before_the_router_answered_may_still_be_out)
{
    order(true);
    order(false);
    ck_assert(announce_is_out(&announce));
    report(announce.number, 0, false);
    ck_assert(!announce_is_out(&announce));
}
END_TEST

START_TEST(routes_the_router_gave_up_may_come_back_until_it_took_in_the_withdrawal)
{
    order(true);
    report(announce.number, 0, false); /* the last neighbor went down */
    ck_assert(!announce_is_out(&announce));
    announce_said(&announce); /* said again: it may hold them now */
    order(false);
    ck_assert(announce_is_out(&announce));
    report(announce.number, 0, false);
    ck_assert(!announce_is_out(&announce));
}
END_TEST

START_TEST(what_was_never_announced_is_not_out)
{
    ck_assert(!announce_is_out(&announce));
    order(false);
    ck_assert(!announce_is_out(&announce));
    ck_assert(!announce_is_best(&announce));
}
END_TEST

START_TEST(the_end_of_the_session_takes_everything_down)
{
    order(true);
    report(announce.number, EPOCH, true);
    announce_lost(&announce);
    ck_assert(!announce_is_out(&announce));
    ck_assert(!announce_is_best(&announce));
    ck_assert(announce.known);
    ck_assert_uint_eq(announce.net.n, 1);
    ck_assert(!announce.net.neighbors[0].bgp_up && !announce.net.neighbors[0].bfd_up);
    ck_assert(!announce.net.peer_bfd_up && !announce.net.best);
    ck_assert_uint_eq(announce.net.offered, 0);
    order(false); /* nothing is left to withdraw */
    ck_assert(!announce_is_out(&announce));
}
END_TEST

START_TEST(a_chassis_without_routes_waits_for_the_router_only)
{
    const struct routes_body none = {.srp_epoch = EPOCH};

    announce_order(&announce, true, &none);
    announce_said(&announce);
    ck_assert(!announce_is_out(&announce));
    report(announce.number, 0, false);
    ck_assert(announce_is_out(&announce));
    ck_assert(announce_is_best(&announce));
}
END_TEST

START_TEST(routes_with_our_own_as_are_filtered)
{
    struct net_body net = {.offered = 3, .offered_as = 65001};
    struct announce_offer offer = announce_offer_of(&net, 65001);

    ck_assert_uint_eq(offer.offered, 3);
    ck_assert_uint_eq(offer.filtered, 3);
    ck_assert_uint_eq(offer.accepted, 0);
    offer = announce_offer_of(&net, 65002);
    ck_assert_uint_eq(offer.filtered, 0);
    ck_assert_uint_eq(offer.accepted, 3);
    net.offered_as = 0; /* neither chassis has an AS: there is none to compare */
    ck_assert_uint_eq(announce_offer_of(&net, 0).accepted, 3);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("announce");
    TCase *tc = tcase_create("announce");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, routes_are_out_once_the_router_says_so);
    tcase_add_test(tc, a_report_from_before_the_announcement_confirms_nothing);
    tcase_add_test(tc, routes_of_another_epoch_are_not_ours_of_now);
    tcase_add_test(tc, routes_are_withdrawn_once_the_router_has_none);
    tcase_add_test(tc, routes_taken_back_before_the_router_answered_may_still_be_out);
    tcase_add_test(tc, routes_the_router_gave_up_may_come_back_until_it_took_in_the_withdrawal);
    tcase_add_test(tc, what_was_never_announced_is_not_out);
    tcase_add_test(tc, the_end_of_the_session_takes_everything_down);
    tcase_add_test(tc, a_chassis_without_routes_waits_for_the_router_only);
    tcase_add_test(tc, routes_with_our_own_as_are_filtered);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
