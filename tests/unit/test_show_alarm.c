#include "cf/show_alarm.h"
#include "tests/unit/show_rig.h"

/* What the console prints of alarms, octet by octet; and which notifications are one. */

/* ---- alarms ---------------------------------------------------------------------------------------- */

static void
raised(enum trap_id id, uint8_t slot)
{
    struct trap trap = {
        .id = (uint8_t)id, .slot = slot, .card_type = TRAP_SFC2P, .wall_us = clock_wall_us()};

    trap.peer = ROUTER;
    strcpy(trap.context, "dest");
    (void)traps_raise(&cf.traps, &trap);
}

START_TEST(alarms_have_the_genuine_columns)
{
    raised(TRAP_SPOF, 3);
    raised(TRAP_BGP_DOWN, 0);
    prints(show_alarms,
           "Outstanding Alarms:\n\n"
           "Sev Object          Event\n"
           "--- ----------      ------------------------------------------------------------\n"
           "MN  Card 3          The 2-Port Service Function Virtual Card in slot 3 is a single "
           "point of failure. Another card of the same type is needed.\n"
           "MJ  BGP             The BGP session with 198.51.100.1 of context dest is down.\n");
}
END_TEST

START_TEST(an_alarm_that_ended_is_counted_but_not_outstanding)
{
    raised(TRAP_SPOF, 3);
    raised(TRAP_CARD_DOWN, 4);
    raised(TRAP_SPOF_CLEAR, 3);
    raised(TRAP_CARD_ACTIVE, 4); /* no alarm at all */
    ck_assert(has(show_alarm_all, "  Current Outstanding Alarms\n"
                                  "    Total:    1\n"
                                  "    Critical: 0\n"
                                  "    Major:    1\n"
                                  "    Minor:    0\n"
                                  "  Cumulative Totals\n"
                                  "    Total:    2\n"
                                  "    Critical: 0\n"
                                  "    Major:    1\n"
                                  "    Minor:    1\n"
                                  "  Last Alarm Received: "));
    ck_assert(has(show_alarm_all, "MJ  Card 4          The 2-Port Service Function Virtual Card in "
                                  "slot 4 is down.\n"));
}
END_TEST

START_TEST(alarms_that_were_cleared_are_shown_again_when_raised_again)
{
    raised(TRAP_SPOF, 3);
    show_alarms_clear(&cf);
    ck_assert(!has(show_alarms, "Card 3"));
    raised(TRAP_SPOF_CLEAR, 3);
    cf.alarms_cleared_us--; /* the clock goes on */
    raised(TRAP_SPOF, 3);
    ck_assert(has(show_alarms, "Card 3"));
}
END_TEST

START_TEST(each_kind_of_alarm_has_an_object_and_an_event)
{
    static const enum trap_id ids[] = {TRAP_CARD_DOWN,       TRAP_SPOF,         TRAP_SRP_CONN_DOWN,
                                       TRAP_CONFIG_OUT,      TRAP_BGP_DOWN,     TRAP_BFD_DOWN,
                                       TRAP_AAA_UNREACHABLE, TRAP_DIAMETER_DOWN};
    struct alarm alarm;
    unsigned alarms = 0;

    for (uint8_t id = 0; id < TRAP_N; id++) {
        if (!show_alarm_of(&(struct trap){.id = id}, &alarm))
            continue;
        alarms++;
        ck_assert_msg(alarm.object[0] && strlen(alarm.event) > 10, "%s", trap_name(id));
    }
    ck_assert_uint_eq(alarms, sizeof ids / sizeof *ids);
    for (size_t i = 0; i < alarms; i++)
        ck_assert(show_alarm_of(&(struct trap){.id = (uint8_t)ids[i]}, &alarm));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("show_alarm");
    TCase *tcase = tcase_create("show_alarm");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, alarms_have_the_genuine_columns);
    tcase_add_test(tcase, an_alarm_that_ended_is_counted_but_not_outstanding);
    tcase_add_test(tcase, alarms_that_were_cleared_are_shown_again_when_raised_again);
    tcase_add_test(tcase, each_kind_of_alarm_has_an_object_and_an_event);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
