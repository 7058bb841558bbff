#include "cf/show_alarm.h"
#include "cf/show_recovery.h"
#include "cf/show_service.h"
#include "cf/show_task.h"
#include "tests/unit/show_rig.h"

/* What the console prints of an instance and its tasks, octet by octet; and that it says what is true. */

/* ---- session recovery ------------------------------------------------------------------------- */

START_TEST(the_table_of_session_recovery_has_the_genuine_columns)
{
    FILE *stream = out();

    show_recovery_head(stream);
    show_recovery_row(&(struct recovery_row){.slot = 4, .alive = true, .sessmgrs = 48}, stream);
    show_recovery_row(&(struct recovery_row){.slot = 5, .alive = true, .demux = true}, stream);
    show_recovery_row(&(struct recovery_row){.slot = 16, .alive = true, .spare = true}, stream);
    show_recovery_row(&(struct recovery_row){.slot = 7}, stream);
    printed(stream, "              ----sessmgr---  ----aaamgr---- demux\n"
                    " cpu state    active standby  active standby  active  status\n"
                    "---- -------  ------ -------  ------ -------  ------  "
                    "-------------------------\n"
                    " 4/0 Active   48     0        0      0        0       "
                    "Good                     \n"
                    " 5/0 Active   0      0        0      0        1       "
                    "Good (Demux)             \n"
                    "16/0 Standby  0      0        0      0        0       "
                    "Good                     \n"
                    " 7/0 Offline  0      0        0      0        0       "
                    "Not Good (card is offline)\n");
}
END_TEST

START_TEST(session_recovery_is_not_ready_and_says_why)
{
    all_report();
    ck_assert(has(show_recovery, "  Overall Status     : Not Ready For Recovery (no session "
                                 "manager has a standby-mode twin: "));
    ck_assert(!has(show_recovery, "status\n"));
    ck_assert(
        has(show_recovery_verbose, " 5/0 Active   2      0        0      0        0       Good "));
}
END_TEST

START_TEST(a_card_that_is_gone_is_not_good)
{
    json_t *object, *card;

    all_report();
    (void)cards_gone(&cf.cards, SF, true, clock_now());
    ck_assert(has(show_recovery_verbose, " 4/0 Offline  0      0        0      0        0       "
                                         "Not Good (card is offline)\n"));
    object = show_recovery_json(&cf);
    card = json_array_get(json_object_get(object, "cards"), SF - DEMUX);
    ck_assert_int_eq(number(card, NULL, "slot"), SF);
    ck_assert(json_is_false(json_object_get(card, "good")));
    json_decref(object);
}
END_TEST

/* ---- resources ---------------------------------------------------------------------------------- */

START_TEST(resources_have_the_genuine_rows)
{
    struct resource pgw = {.name = "PGW Service", .in_use = 1201, .limit = 10000};
    FILE *stream = out();

    pgw.peak = (struct peak){.most = 1350, .wall_us = MARCH_3};
    show_resource(&pgw, stream);
    printed(stream, "PGW Service:\n"
                    "    In Use              : 1201\n"
                    "    Max Used            : 1350 ( Tuesday March 03 01:15:00 UTC 2026 )\n"
                    "    Limit               : 10000\n"
                    "    License Status      : Within Acceptable Limits\n");
    stream = out();
    show_resource(&(struct resource){.name = "SGW Service"}, stream);
    printed(stream, "SGW Service:\n"
                    "    In Use              : 0\n"
                    "    Max Used            : 0 ( Never )\n"
                    "    Limit               : 0\n"
                    "    License Status      : Within Acceptable Limits\n");
}
END_TEST

static bool
is_null(json_t *object, const char *key)
{
    return json_is_null(json_object_get(object, key));
}

START_TEST(what_never_happened_is_null)
{
    json_t *resources = show_resources_json(&cf), *alarms = show_alarm_statistics_json(&cf),
           *bgp = show_bgp_json(&cf, "dest"), *contexts = json_object_get(bgp, "contexts"),
           *neighbors = json_object_get(json_array_get(contexts, 0), "neighbors");

    ck_assert(is_null(json_object_get(resources, "pgw_service"), "max_used_at"));
    ck_assert(is_null(alarms, "last_received"));
    ck_assert(is_null(json_array_get(neighbors, 0), "seconds_in_state"));
    json_decref(resources);
    json_decref(alarms);
    json_decref(bgp);
    cf.chronicle.pgw = (struct peak){.most = 1, .wall_us = MARCH_3};
    traps_stand(&cf.traps, &(struct trap){.id = TRAP_SPOF, .slot = SF}); /* another CF raised it */
    resources = show_resources_json(&cf);
    alarms = show_alarms_json(&cf);
    ck_assert(
        json_is_real(json_object_get(json_object_get(resources, "pgw_service"), "max_used_at")));
    ck_assert(is_null(json_array_get(json_object_get(alarms, "outstanding"), 0), "raised"));
    json_decref(resources);
    json_decref(alarms);
}
END_TEST

START_TEST(a_service_at_its_limit_is_not_within_it)
{
    FILE *stream = out();

    show_resource(&(struct resource){.name = "GGSN Service", .in_use = 5, .limit = 5}, stream);
    printed(stream, "GGSN Service:\n"
                    "    In Use              : 5\n"
                    "    Max Used            : 0 ( Never )\n"
                    "    Limit               : 5\n"
                    "    License Status      : Limit Reached\n");
}
END_TEST

START_TEST(sessions_in_use_are_told_apart_by_their_gtp_version)
{
    json_t *object;

    all_report();
    object = show_resources_json(&cf);
    ck_assert_int_eq(number(object, "pgw_service", "in_use"), 7);
    ck_assert_int_eq(number(object, "ggsn_service", "in_use"), 13);
    ck_assert_int_eq(number(object, "pgw_service", "limit"), 3 * ROOM);
    json_decref(object);
    cf.srp.state = CHASSIS_STANDBY; /* they are records now */
    object = show_resources_json(&cf);
    ck_assert_int_eq(number(object, "ggsn_service", "in_use"), 0);
    json_decref(object);
}
END_TEST

START_TEST(a_task_has_the_genuine_columns)
{
    struct card_usage usage = {.thread = 4,
                               .cpu = {[USAGE_NOW] = 37},
                               .memory_kib = {[USAGE_NOW] = 218829},
                               .files = 32,
                               .files_most = 500};
    struct task_row row = {.slot = 3,
                           .facility = "sessmgr",
                           .instance = 4,
                           .usage = &usage,
                           .alive = true,
                           .of_thread = true,
                           .has_sessions = true,
                           .sessions = 150,
                           .sessions_most = 12000};
    FILE *stream = out();

    show_task_head(stream);
    show_task_row(&row, stream);
    row = (struct task_row){
        .slot = 3, .facility = "demux", .instance = 3, .usage = &usage, .alive = true};
    usage.files_most = 1048576;
    usage.memory_kib[USAGE_NOW] = 3u << 20;
    show_task_row(&row, stream);
    row.alive = false;
    show_task_row(&row, stream);
    printed(stream,
            "                   task   cputime        memory     files      sessions\n"
            " cpu facility      inst  used  allc   used  alloc used allc  used  allc S status\n"
            "----------------------- ----------- ------------- --------- ------------- ------\n"
            " 3/0 sessmgr          4 0.40%  100% 213.7M      -   32  500   150 12000 I   good\n"
            " 3/0 demux            3 3.70%     -   3.0G      -   32   1M    --    -- -   good\n"
            " 3/0 demux            3     -     -      -      -    -    -     -     - -   down\n");
}
END_TEST

START_TEST(tasks_stand_in_the_order_of_their_cards)
{
    json_t *object, *tasks;

    all_report();
    object = show_tasks_json(&cf, false, 0);
    tasks = json_object_get(object, "tasks");
    ck_assert_uint_eq(json_array_size(tasks), 6); /* of the other CF nothing is known */
    ck_assert_int_eq(number(json_array_get(tasks, 0), NULL, "slot"), CF_SLOT);
    ck_assert_int_eq(number(json_array_get(tasks, 4), NULL, "instance"), 3);
    ck_assert_int_eq(number(json_array_get(tasks, 4), NULL, "sessions"), 2);
    json_decref(object);
    object = show_tasks_json(&cf, true, 2);
    tasks = json_object_get(object, "tasks");
    ck_assert_uint_eq(json_array_size(tasks), 1);
    ck_assert_int_eq(number(json_array_get(tasks, 0), NULL, "slot"), SF_TWO);
    json_decref(object);
}
END_TEST

START_TEST(a_processor_nobody_told_of_has_no_figures)
{
    all_report();
    cf.cards.slots[SF].status.usage =
        (struct card_usage){.cpu = {15, 120, 1500}, .memory_kib = {2048, 3072, 1024}};
    ck_assert(has(show_cpu_table, "\n 2/0 Offline     -     -     -      -     -     -       -     "
                                  " -      - "));
    ck_assert(has(show_cpu_table, "\n 4/0 Active      -     -     -  1.50% 12.0%  150%    2.0M   "
                                  "3.0M   1.0M "));
}
END_TEST

START_TEST(crashes_are_listed_and_counted)
{
    prints(show_crashes, "=== ==================== ======== ========== =============== ==========\n"
                         "#           Time         Process  Card/CPU/        SW        HW_SER_NUM\n"
                         "                                     PID         VERSION               \n"
                         "=== ==================== ======== ========== =============== ==========\n"
                         "\nTotal Crashes : 0\n");
    chronicle_gone(
        &cf.chronicle,
        &(struct crash){
            .wall_us = MARCH_3, .slot = SF, .type = CARD_SF, .pid = 812, .incarnation = 1});
    ck_assert(has(show_crashes, "\n1   2026-Mar-03+01:15:00 sf       04/0/00812 " VPCLAB_VERSION));
    ck_assert(has(show_crashes, "\nTotal Crashes : 1\n"));
}
END_TEST

/* ---- the instance -------------------------------------------------------------------------------------------- */

START_TEST(uptime_is_in_days_hours_and_minutes)
{
    cf.started = mono_after(clock_now(), -(INT64_C(26) * 3600 + 12 * 60 + 59) * US_PER_S);
    prints(show_uptime, "System uptime: 1D 2H 12M\n");
}
END_TEST

START_TEST(licenses_name_what_is_not_emulated)
{
    ck_assert(has(show_license, "\n  Inter-Chassis Session Recovery                   Enabled\n"));
    ck_assert(has(show_license, "\n  Session Recovery                                 Not "
                                "emulated\n"));
    ck_assert(has(show_dinet, "Info: "));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("show");
    TCase *tcase = tcase_create("show");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, the_table_of_session_recovery_has_the_genuine_columns);
    tcase_add_test(tcase, session_recovery_is_not_ready_and_says_why);
    tcase_add_test(tcase, a_card_that_is_gone_is_not_good);
    tcase_add_test(tcase, resources_have_the_genuine_rows);
    tcase_add_test(tcase, what_never_happened_is_null);
    tcase_add_test(tcase, a_service_at_its_limit_is_not_within_it);
    tcase_add_test(tcase, sessions_in_use_are_told_apart_by_their_gtp_version);
    tcase_add_test(tcase, a_task_has_the_genuine_columns);
    tcase_add_test(tcase, tasks_stand_in_the_order_of_their_cards);
    tcase_add_test(tcase, a_processor_nobody_told_of_has_no_figures);
    tcase_add_test(tcase, crashes_are_listed_and_counted);
    tcase_add_test(tcase, uptime_is_in_days_hours_and_minutes);
    tcase_add_test(tcase, licenses_name_what_is_not_emulated);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
