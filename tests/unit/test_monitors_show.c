/* What the console shows of monitors. */
#include "cf/show_monitor.h"
#include "tests/unit/monitors_rig.h"

static char *
shown(enum show_monitor which)
{
    static char text[8192];
    FILE *out = fmemopen(text, sizeof text, "w");

    cf.monitors = m;
    ck_assert_ptr_nonnull(out);
    show_monitor(&cf, out, which);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

START_TEST(the_table_has_a_row_for_each_target)
{
    const char *text;

    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    hear(true, false, true, true);
    see(see_ctx, AAA_1, MONITOR_UP);
    text = shown(SHOW_MONITOR_ALL);
    ck_assert_ptr_nonnull(
        strstr(text, "\n B    dest             198.51.100.1                        -     1   U\n"));
    ck_assert_ptr_nonnull(
        strstr(text, "\n B    dest             198.51.100.2                        -     -   D\n"));
    ck_assert_ptr_nonnull(
        strstr(text, "\n A    source           203.0.113.5                      1812     -   U\n"));
    ck_assert_ptr_nonnull(
        strstr(text, "\n D    source           pcrf1                               -     -   I\n"));
    ck_assert_ptr_nonnull(
        strstr(text, "\n F    srp              192.0.2.2                           -     -   U\n"));
    ck_assert_ptr_null(strstr(text, "monitor state:"));
    ck_assert_ptr_null(strstr(shown(SHOW_MONITOR_SUMMARY), "HSRP monitor state:"));
}
END_TEST

START_TEST(what_nobody_sees_is_shown_as_it_is)
{
    struct conf_srp_monitor *hsrp, *peer;
    const char *text;

    monitors_close(&m);
    peer = add(CONF_MONITOR_BGP, "dest", 0);
    (void)snprintf(peer->addr6, sizeof peer->addr6, "2001:db8::1");
    hsrp = add(CONF_MONITOR_HSRP, "", 0);
    (void)snprintf(hsrp->interface, sizeof hsrp->interface, "lan");
    m = monitors_open(&cf);
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    hear(false, false, true, true);
    text = shown(SHOW_MONITOR_SUMMARY);
    ck_assert_ptr_nonnull(
        strstr(text, "\n B    dest             2001:db8::1                         -     -   I\n"));
    ck_assert_ptr_nonnull(
        strstr(text, "\n H    -                lan                                 -     0   I\n"));
    ck_assert_ptr_nonnull(strstr(text, "HSRP monitor state:                    Init\n"));
    ck_assert_uint_eq(monitor_down(monitors_core(m)), 1u << SRP_BGP_FAILURE);
}
END_TEST

START_TEST(each_word_shows_its_kind_alone)
{
    ck_assert_ptr_nonnull(strstr(shown(SHOW_MONITOR_BGP), "198.51.100.2"));
    ck_assert_ptr_null(strstr(shown(SHOW_MONITOR_BGP), "203.0.113.5"));
    ck_assert_ptr_nonnull(strstr(shown(SHOW_MONITOR_AAA), "203.0.113.5"));
    ck_assert_ptr_null(strstr(shown(SHOW_MONITOR_AAA), "pcrf1"));
    ck_assert_ptr_nonnull(strstr(shown(SHOW_MONITOR_DIAMETER), "pcrf1"));
    ck_assert_ptr_null(strstr(shown(SHOW_MONITOR_DIAMETER), "198.51.100.2"));
    ck_assert_ptr_null(strstr(shown(SHOW_MONITOR_DIAMETER), "sent:"));
    ck_assert_ptr_nonnull(strstr(shown(SHOW_MONITOR_DIAMETER_DEBUG), "sent:"));
}
END_TEST

START_TEST(the_summary_tells_what_holds_a_switchover_back)
{
    const char *text;

    take_over(SRP_AAA_FAILURE);
    text = shown(SHOW_MONITOR_SUMMARY);
    ck_assert_ptr_nonnull(strstr(text, "Authentication probe monitor state:    Init\n"));
    ck_assert_ptr_nonnull(strstr(text, "Auth probe last update time:           Never\n"));
    ck_assert_ptr_nonnull(strstr(text, "until srp reset-auth-probe-fail"));
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    see(see_ctx, DIA_1, MONITOR_UP);
    text = shown(SHOW_MONITOR_SUMMARY);
    ck_assert_ptr_nonnull(strstr(text, "Authentication probe monitor state:    Down\n"));
    ck_assert_ptr_nonnull(strstr(text, "Diameter monitor state:                Up\n"));
    ck_assert_ptr_nonnull(strstr(text, "Bgp monitor state:                     Init\n"));
    ck_assert_ptr_null(strstr(text, "Auth probe last update time:           Never\n"));
    ck_assert_ptr_nonnull(strstr(text, "203.0.113.5"));
}
END_TEST

START_TEST(the_same_facts_are_there_as_json)
{
    json_t *object, *row;

    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    cf.monitors = m;
    object = show_monitor_json(&cf, SHOW_MONITOR_SUMMARY);
    ck_assert_ptr_nonnull(object);
    ck_assert_str_eq(json_string_value(json_object_get(object, "wants")), "aaaFailure");
    ck_assert_uint_eq(json_array_size(json_object_get(object, "monitors")), TARGETS);
    row = json_array_get(json_object_get(object, "monitors"), AAA_2);
    ck_assert_str_eq(json_string_value(json_object_get(row, "state")), "Down");
    ck_assert_str_eq(json_string_value(json_object_get(row, "target")), "203.0.113.6");
    ck_assert_int_eq(json_integer_value(json_object_get(row, "failures")), 1);
    json_decref(object);
    object = show_monitor_json(&cf, SHOW_MONITOR_BGP);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "monitors")), 2);
    ck_assert_uint_eq(json_object_size(json_object_get(object, "kinds")), 1);
    json_decref(object);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("monitors: console");
    TCase *tcase = tcase_create("monitors");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_table_has_a_row_for_each_target);
    tcase_add_test(tcase, what_nobody_sees_is_shown_as_it_is);
    tcase_add_test(tcase, each_word_shows_its_kind_alone);
    tcase_add_test(tcase, the_summary_tells_what_holds_a_switchover_back);
    tcase_add_test(tcase, the_same_facts_are_there_as_json);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
