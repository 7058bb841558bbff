#include "cf/show_service.h"
#include "cf/show_session.h"
#include "cf/show_task.h"
#include "tests/unit/show_rig.h"

/* What the console prints of services, neighbors and sessions, octet by octet. */

/* ---- services and BGP -------------------------------------------------------------------------------- */

START_TEST(services_have_the_genuine_columns_and_their_state)
{
    all_report();
    prints(show_services,
           "ContextID   ServiceID   ContextName   ServiceName   State      MaxSessions   Type\n"
           "---------   ---------   -----------   -----------   ----------    -----------   ----\n"
           "2           1           source        egtp1         Started       300           egtp\n"
           "2           2           source        PGW-1         Started       300           pgw\n"
           "2           3           source        lost          Initialized    300           "
           "gtpu\n");
}
END_TEST

START_TEST(without_a_demux_no_service_is_started)
{
    all_report();
    (void)cards_gone(&cf.cards, DEMUX, true, clock_now());
    ck_assert(!has(show_services, "Started"));
}
END_TEST

START_TEST(a_kind_of_service_is_shown_with_a_line_for_its_status)
{
    FILE *stream = out();

    all_report();
    ck_assert_uint_eq(show_service_kind(&cf, CONF_PGW, NULL, stream), 1);
    printed(stream, "Service name:                      PGW-1\n"
                    "  Service-Id:                      2\n"
                    "  Context:                         source\n"
                    "  Service Status:                  Started\n"
                    "  GTP-C Address of EGTP Service:   192.0.2.1\n"
                    "  EGTP Service:                    egtp1\n"
                    "  Sessions (all of the kind):      7\n"
                    "  Max Sessions:                    300\n\n");
    ck_assert_uint_eq(show_service_kind(&cf, CONF_GGSN, NULL, NULL), 0);
    ck_assert_uint_eq(show_service_kind(&cf, CONF_PGW, "other", NULL), 0);
}
END_TEST

START_TEST(contexts_are_numbered_from_one)
{
    prints(show_contexts, "Context Name    ContextID    State     Description\n"
                          "--------------- --------- ----------   -----------------------\n"
                          "local           1         Active    \n"
                          "source          2         Active    \n"
                          "dest            3         Active    \n");
}
END_TEST

START_TEST(bgp_neighbors_have_the_genuine_columns)
{
    FILE *stream = out();
    struct bgp_row row = {.addr = ROUTER, .as = 65000, .told = true, .up = true};

    row.seconds = 8049;
    row.prefixes = 4;
    show_bgp_head(stream);
    show_bgp_row(&row, stream);
    row.up = false;
    row.seconds = 41;
    show_bgp_row(&row, stream);
    row.seconds = 10 * 86400 + 5 * 3600 + 60;
    show_bgp_row(&row, stream);
    row.told = false;
    show_bgp_row(&row, stream);
    printed(stream,
            "Neighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n"
            "198.51.100.1    4 65000       -       -        -    -    - 02:14:09            4\n"
            "198.51.100.1    4 65000       -       -        -    -    - 00:00:41       Active\n"
            "198.51.100.1    4 65000       -       -        -    -    - 10d05h01m       Active\n"
            "198.51.100.1    4 65000       -       -        -    -    -    never         Idle\n");
}
END_TEST

START_TEST(bgp_shows_what_the_demux_told_of_each_neighbor)
{
    struct net_body net = {.n = 1, .offered = 3};
    json_t *object, *neighbors;

    strcpy(net.neighbors[0].of.context, "dest");
    net.neighbors[0].of.addr = ROUTER;
    net.neighbors[0].bgp_up = true;
    net_seen_take(&cf.net, &net, clock_now());
    ck_assert_uint_eq(show_bgp(&cf, NULL, NULL), 1);
    ck_assert_uint_eq(show_bgp(&cf, "source", NULL), 0);
    object = show_bgp_json(&cf, "dest");
    neighbors =
        json_object_get(json_array_get(json_object_get(object, "contexts"), 0), "neighbors");
    ck_assert(json_is_true(json_object_get(json_array_get(neighbors, 0), "up")));
    ck_assert_int_eq(number(json_array_get(neighbors, 0), NULL, "prefixes_received"), 3);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(neighbors, 1), "state")),
                     "idle");
    json_decref(object);
}
END_TEST

/* ---- sessions -------------------------------------------------------------------------------------------- */

START_TEST(the_summary_of_subscribers_has_the_genuine_columns)
{
    static const char head[] =
        "Total Subscribers:             1201      \n"
        "Active:                        1201          Dormant:                       0         \n"
        "pgw-gtp-ipv6:                  0             pgw-gtp-ipv4:                  1200      \n";
    FILE *stream = out();

    show_subscribers_of(&(struct subscribers){.gtpv1 = 1, .gtpv2 = 1200}, stream);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_int_eq(strncmp(text, head, sizeof head - 1), 0);
    ck_assert_ptr_nonnull(strstr(
        text, "\nin bytes dropped:              -             out bytes dropped:             -  "));
    free(text);
}
END_TEST

START_TEST(only_an_active_chassis_has_subscribers)
{
    all_report();
    ck_assert(has(show_subscribers, "Total Subscribers:             20 "));
    ck_assert(has(show_progress, " 20 In-progress calls @ PDN-TYPE-IPv4 CONNECTED state\n"));
    cf.srp.state = CHASSIS_STANDBY;
    ck_assert(has(show_subscribers, "Total Subscribers:             0 "));
    ck_assert(has(show_progress, " 0 In-progress calls\n"));
}
END_TEST

START_TEST(a_quarter_of_an_hour_is_a_row)
{
    struct chronicle_row row = {.wall_us = MARCH_3,
                                .count = {.opened = 70, .refused = 5, .closed = 20}};
    FILE *stream = out();

    row.count.audit_failed = 2;
    show_history_row(1, &row, stream);
    printed(stream,
            "   1 2026:03:03:01:15:00        75        5        70       20        2        "
            "-        -       95\n");
}
END_TEST

START_TEST(reasons_of_disconnects_sum_up_to_all)
{
    struct chronicle_count ends = {
        .closed = 7, .replaced = 1, .peer_errors = 2, .audit_failed = 1, .superseded = 1};
    FILE *stream = out();

    show_ends_of(&ends, stream);
    printed(stream,
            "Session Disconnect Statistics\n"
            "Total Disconnects: 8\n\n"
            "Disconnect Reason                                        Num Disc   Percentage\n"
            "---------------------------------------------------- ------------ ------------\n"
            "Remote-disconnect                                               3     37.50000\n"
            "Session-replaced-by-new-request                                 1     12.50000\n"
            "GTPU-error-indication-of-peer                                   2     25.00000\n"
            "Audit-failure                                                   1     12.50000\n"
            "Superseded-by-peer-chassis                                      1     12.50000\n");
}
END_TEST

START_TEST(all_counters_of_a_session_manager_are_shown_under_their_names)
{
    FILE *stream = out();

    all_report();
    cf.cards.slots[SF].status.calls.opened = 77;
    show_subsystem(&cf, 1, stream);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_ptr_nonnull(strstr(text, "SessMgr: Instance 1\n"));
    ck_assert_ptr_null(strstr(text, "SessMgr: Instance 2\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n  opened                                  77\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n  full_sent                               0\n"));
    free(text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("show_service");
    TCase *tcase = tcase_create("show_service");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, services_have_the_genuine_columns_and_their_state);
    tcase_add_test(tcase, without_a_demux_no_service_is_started);
    tcase_add_test(tcase, a_kind_of_service_is_shown_with_a_line_for_its_status);
    tcase_add_test(tcase, contexts_are_numbered_from_one);
    tcase_add_test(tcase, bgp_neighbors_have_the_genuine_columns);
    tcase_add_test(tcase, bgp_shows_what_the_demux_told_of_each_neighbor);
    tcase_add_test(tcase, the_summary_of_subscribers_has_the_genuine_columns);
    tcase_add_test(tcase, only_an_active_chassis_has_subscribers);
    tcase_add_test(tcase, a_quarter_of_an_hour_is_a_row);
    tcase_add_test(tcase, reasons_of_disconnects_sum_up_to_all);
    tcase_add_test(tcase, all_counters_of_a_session_manager_are_shown_under_their_names);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
