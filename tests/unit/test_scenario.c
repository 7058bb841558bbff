/* What a lab lived through, read off its events. */
#include "lab/record/scenario_make.h"

#include <string.h>

#include "cf/srp/srp_fsm.h"
#include "tests/unit/unit.h"

enum { EVENTS = 1200 };
#define S 1000000 /* lab */

static struct scenario scenario;
static struct scenario_watch watch;
static struct event events[EVENTS];
static size_t n;
static int side;

static void
chassis(struct scenario_chassis *c, const char *name)
{
    strcpy(c->name, name);
    c->sf[0] = 4;
    c->sf[1] = 5;
    c->sf_n = 2;
}

static void
setup(void)
{
    memset(&watch, 0, sizeof watch);
    scenario_defaults(&scenario);
    chassis(&scenario.chassis[0], "east");
    chassis(&scenario.chassis[1], "west");
    scenario.chassis[0].primary = true;
    n = 0;
}

static void
tell(double s, const char *process, const char *kind, const char *now, const char *cause)
{
    int64_t us = (int64_t)(s * S);

    ck_assert_uint_lt(n, EVENTS);
    events[n++] = (struct event){.process = process,
                                 .kind = kind,
                                 .wall_ms = us / 1000,
                                 .at_ms = us / 1000,
                                 .lab_us = us,
                                 .now = now,
                                 .cause = cause};
}

static void
starts(double s, const char *const names[5])
{
    for (int i = 0; i < 5; i++)
        tell(s, names[i], "process.start", names[i], NULL);
}

static const char *const east[] = {"east/cf1", "east/cf2", "east/demux3", "east/sf4", "east/sf5"};
static const char *const west[] = {"west/cf1", "west/cf2", "west/demux3", "west/sf4", "west/sf5"};

/* Both start, east becomes Active. */
static void
begin(void)
{
    setup();
    starts(1, east);
    starts(1, west);
    tell(2, "east/cf1", "cf.state", "Active", "hello");
    tell(2, "west/cf1", "cf.state", "Active", "hello");
    tell(3, "east/cf1", "srp.state", "Active", "notDefined");
    tell(3, "west/cf1", "srp.state", "Standby", "notDefined");
}

static enum scenario_refusal
make(void)
{
    return scenario_make(&scenario, &watch, events, n, INT64_MIN, &side);
}

/* The only step of that kind. */
static const struct scenario_step *
step(enum scenario_deed deed)
{
    const struct scenario_step *found = NULL;

    for (size_t i = 0; i < scenario.step_n; i++) {
        if (scenario.steps[i].deed == deed) {
            ck_assert_msg(!found, "%s twice", scenario_deed_name(deed));
            found = &scenario.steps[i];
        }
    }
    ck_assert_msg(found, "no %s", scenario_deed_name(deed));
    return found;
}

static size_t
count(enum scenario_deed deed)
{
    size_t found = 0;

    for (size_t i = 0; i < scenario.step_n; i++)
        found += scenario.steps[i].deed == deed;
    return found;
}

/* ---- processes ---------------------------------------------------------------------------- */

START_TEST(cards_start_when_they_say_so_and_the_chassis_begins_off)
{
    begin();
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(count(DEED_START), 10);
    ck_assert_uint_eq(scenario.step_n, 10);
    ck_assert_uint_eq(scenario.chassis[0].begins, BEGINS_OFF);
    ck_assert_int_eq(scenario.steps[0].at_us, 0);
    ck_assert_uint_eq(scenario.state_n, 2);
    ck_assert_uint_eq(scenario.states[1].state, CHASSIS_STANDBY);
    ck_assert_int_eq(scenario.states[1].at_us, 2 * S);
}
END_TEST

START_TEST(a_chassis_that_peer_and_router_lose_at_once_was_killed_as_a_whole)
{
    begin();
    tell(10, "west/cf1", "srp.connection", "Not Connected", "connection closed");
    tell(10.01, "world", "bgp.session", "down", "east: closed");
    tell(15, "west/cf1", "srp.state", "Pending-Active", "deadTimerExpiry");
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(step(DEED_KILL)->card, SCENARIO_ALL);
    ck_assert_uint_eq(step(DEED_KILL)->side, 0);
    ck_assert_int_eq(step(DEED_KILL)->at_us, 9 * S);
    ck_assert_uint_eq(count(DEED_RESET), 0);
}
END_TEST

START_TEST(a_leading_cf_whose_peer_loses_it_was_killed_alone)
{
    begin();
    tell(10, "west/cf1", "srp.connection", "Not Connected", "connection closed");
    tell(13, "east/cf2", "cf.state", "Active", "other CF silent");
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(step(DEED_KILL)->card, SCENARIO_CF1);
    ck_assert_int_eq(step(DEED_KILL)->at_us, 9 * S);
}
END_TEST

START_TEST(a_card_that_is_missed_for_three_seconds_died_when_it_fell_silent)
{
    begin();
    tell(20, "east/cf1", "cf.peer", "dead", NULL);
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(step(DEED_KILL)->card, SCENARIO_CF2);
    ck_assert_int_eq(step(DEED_KILL)->at_us, 16 * S);
}
END_TEST

START_TEST(a_card_that_is_heard_again_was_not_killed)
{
    begin();
    tell(20, "east/cf1", "cf.peer", "dead", NULL);
    tell(25, "east/cf1", "cf.peer", "Standby", NULL);
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(count(DEED_KILL), 0);
}
END_TEST

START_TEST(a_card_that_starts_anew_unnoticed_died_just_before)
{
    begin();
    tell(20, "west/sf5", "process.start", "west/sf5", NULL);
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(step(DEED_KILL)->card, SCENARIO_SESSMGR + 1);
    ck_assert_int_lt(step(DEED_KILL)->at_us, 19 * S);
    ck_assert_uint_eq(count(DEED_START), 11);
}
END_TEST

START_TEST(what_vpclab_killed_died_when_it_said_so)
{
    static const struct {
        const char *command;
        unsigned side, card;
    } rows[] = {
        {"kill west", 1, SCENARIO_ALL},          {"kill -n pair east active-cf", 0, SCENARIO_CF1},
        {"kill east cf2", 0, SCENARIO_CF2},      {"kill west 5 -n pair", 1, SCENARIO_SESSMGR + 1},
        {"kill west demux3", 1, SCENARIO_DEMUX},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        tell(8, "vpclab", "operator.command", rows[i].command, "done, by uid 0");
        tell(9, "world", "route.best", "none", "10.0.0.0/8");
        ck_assert_int_eq(make(), SCENARIO_OK);
        ck_assert_uint_eq(step(DEED_KILL)->side, rows[i].side);
        ck_assert_uint_eq(step(DEED_KILL)->card, rows[i].card);
        ck_assert_int_eq(step(DEED_KILL)->at_us, 7 * S);
    }
}
END_TEST

START_TEST(a_kill_that_failed_killed_nothing)
{
    begin();
    tell(8, "vpclab", "operator.command", "kill west", "failed, by uid 0");
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(count(DEED_KILL), 0);
}
END_TEST

START_TEST(a_spare_that_starts_anew_is_noted_and_does_nothing)
{
    begin();
    tell(4, "east/sf6", "process.start", "east/sf6", NULL);
    tell(8, "east/sf6", "process.start", "east/sf6", NULL);
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_str_eq(step(DEED_OTHER)->text,
                     "east/sf6: starts anew; the simulator has no such process");
}
END_TEST

/* ---- faults --------------------------------------------------------------------------------- */

static void
lease(double s, const char *process, const char *kind, const char *what, uint64_t id)
{
    tell(s, process, kind, what, "lease");
    events[n - 1].epoch = id;
}

START_TEST(a_lease_is_one_step_though_both_ends_tell_of_it)
{
    begin();
    lease(10, "east/cf1", "fault.on", "cut srp-control", 3);
    lease(10.01, "west/cf1", "fault.on", "cut srp-control", 3);
    lease(14, "east/cf1", "fault.off", "cut srp-control", 3);
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(step(DEED_CUT)->links, SCENARIO_CONTROL);
    ck_assert_uint_eq(step(DEED_CUT)->side, SCENARIO_SIDES);
    ck_assert_int_eq(step(DEED_CUT)->at_us, 9 * S);
    ck_assert_int_eq(step(DEED_CUT)->for_us, 4 * S);
}
END_TEST

START_TEST(faults_are_understood_by_their_words)
{
    static const struct {
        const char *text;
        enum scenario_deed deed;
        unsigned side, links;
        int64_t amount;
    } rows[] = {
        {"cut srp-control:east>", DEED_CUT, 0, SCENARIO_CONTROL, 0},
        {"cut srp-session:east<", DEED_CUT, 1, SCENARIO_SESSION, 0},
        {"delay 200 ms srp-session:west>", DEED_DELAY, 1, SCENARIO_SESSION, 200000},
        {"drop 10 % srp-control", DEED_DROP, SCENARIO_SIDES, SCENARIO_CONTROL, 100},
        {"corrupt 5 % srp-session", DEED_CORRUPT, SCENARIO_SIDES, SCENARIO_SESSION, 50},
        {"pause east/sf4", DEED_PAUSE, 0, 0, 0},
        {"stutter 20 % west", DEED_STUTTER, 1, 0, 200},
    };

    setup();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scenario_step one = {0};

        ck_assert_msg(scenario_fault(&scenario, rows[i].text, &one), "%s", rows[i].text);
        ck_assert_uint_eq(one.deed, rows[i].deed);
        ck_assert_uint_eq(one.side, rows[i].side);
        ck_assert_uint_eq(one.links, rows[i].links);
        ck_assert_int_eq(one.amount, rows[i].amount);
    }
}
END_TEST

START_TEST(a_delay_is_as_long_as_the_lab_clock_made_it)
{
    begin();
    lease(10, "east/cf1", "fault.on", "delay 200 ms srp-control", 3);
    lease(14, "east/cf1", "fault.off", "delay 200 ms srp-control", 3);
    events[n - 1].wall_ms = events[n - 1].at_ms = 10400; /* ten times as fast */
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_int_eq(step(DEED_DELAY)->amount, 2 * S);
    ck_assert_int_eq(step(DEED_DELAY)->for_us, 4 * S);
}
END_TEST

START_TEST(faults_the_simulator_has_not_are_no_steps_of_their_own)
{
    static const char *const texts[] = {"",
                                        "cut",
                                        "cut card:east",
                                        "pause north",
                                        "pause east/sf6",
                                        "starve 8 east",
                                        "drop 10 ms srp-control",
                                        "drop ten % srp-control",
                                        "cut srp-control:north>"};

    setup();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct scenario_step one = {0};

        ck_assert_msg(!scenario_fault(&scenario, texts[i], &one), "%s", texts[i]);
    }
    begin();
    lease(10, "east/cf1", "fault.on", "starve 8 east/sf4", 3);
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_str_eq(step(DEED_OTHER)->text,
                     "east/cf1: a fault the simulator does not know: starve 8 east/sf4");
}
END_TEST

START_TEST(a_card_that_a_lease_stops_is_silent_and_not_dead)
{
    begin();
    lease(10, "host", "fault.on", "pause east/cf2", 1);
    tell(13, "east/cf1", "cf.peer", "dead", NULL);
    lease(14, "host", "fault.off", "pause east/cf2", 1);
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(count(DEED_KILL), 0);
    ck_assert_int_eq(step(DEED_PAUSE)->for_us, 4 * S);
}
END_TEST

START_TEST(a_connection_that_both_ends_lose_was_reset)
{
    begin();
    tell(10, "east/cf1", "srp.connection", "Not Connected", "connection closed");
    tell(10.02, "west/cf1", "srp.connection", "Not Connected", "connection closed");
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(step(DEED_RESET)->links, SCENARIO_CONTROL | SCENARIO_SESSION);
    ck_assert_uint_eq(count(DEED_KILL), 0);
}
END_TEST

/* ---- operators and monitors ------------------------------------------------------------------ */

START_TEST(a_switchover_was_asked_for_when_the_chassis_began_it)
{
    begin();
    tell(10, "east/cf1", "srp.state", "Pending-Standby", "manualSwitchOver");
    tell(10.001, "east/cf1", "srp.switchover", "initiated", "force");
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_int_eq(step(DEED_SWITCHOVER)->at_us, 9 * S);
    ck_assert(step(DEED_SWITCHOVER)->force);
}
END_TEST

START_TEST(a_monitor_is_down_until_it_is_up)
{
    begin();
    watch.monitor_n[1] = 2;
    watch.monitors[1][0] = (struct scenario_monitor){DEED_AAA, "aaa 127.0.9.1"};
    watch.monitors[1][1] = (struct scenario_monitor){DEED_BGP, "bgp 127.0.8.1"};
    scenario.bgp_n = 1;
    tell(10, "west/cf1", "monitor.state", "Down", "bgp 127.0.8.1");
    tell(12, "west/cf1", "monitor.state", "Up", "bgp 127.0.8.1");
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(step(DEED_BGP)->side, 1);
    ck_assert_int_eq(step(DEED_BGP)->amount, 1);
    ck_assert_int_eq(step(DEED_BGP)->for_us, 2 * S);
    ck_assert_uint_eq(count(DEED_AAA), 0);
}
END_TEST

START_TEST(another_configuration_and_a_checkpoint_fault_are_noted)
{
    begin();
    tell(10, "east/cf1", "config.applied", NULL, "console");
    tell(11, "east/cf1", "srp.checkpoint-fault", "set", "srp fail-apply");
    ck_assert_int_eq(make(), SCENARIO_OK);
    ck_assert_uint_eq(count(DEED_OTHER), 2);
}
END_TEST

/* ---- where it begins --------------------------------------------------------------------------- */

START_TEST(a_later_begin_finds_the_chassis_as_they_were)
{
    begin();
    tell(20, "east/cf1", "cf.peer", "dead", NULL); /* cf2 died at 17 */
    tell(30, "east/cf1", "srp.phase", "-", NULL);
    lease(31, "east/cf1", "fault.on", "cut srp-control", 1);
    ck_assert_int_eq(scenario_make(&scenario, &watch, events, n, 30000, &side), SCENARIO_OK);
    ck_assert_uint_eq(scenario.chassis[0].begins, BEGINS_ACTIVE);
    ck_assert_uint_eq(scenario.chassis[1].begins, BEGINS_STANDBY);
    ck_assert_uint_eq(count(DEED_START), 0);
    ck_assert_uint_eq(step(DEED_KILL)->card, SCENARIO_CF2); /* it did not run then */
    ck_assert_int_eq(step(DEED_KILL)->at_us, 0);
    ck_assert_int_eq(step(DEED_CUT)->at_us, 1 * S);
    ck_assert_uint_eq(scenario.state_n, 0);
}
END_TEST

START_TEST(a_begin_amid_a_change_of_roles_is_refused)
{
    begin();
    tell(10, "west/cf1", "srp.state", "Pending-Active", "deadTimerExpiry");
    tell(11, "west/cf1", "srp.phase", "-", NULL);
    ck_assert_int_eq(scenario_make(&scenario, &watch, events, n, 10500, &side), SCENARIO_AMID);
    ck_assert_int_eq(side, 1);
    ck_assert_int_eq(scenario_make(&scenario, &watch, events, n, 99999, &side), SCENARIO_EMPTY);
}
END_TEST

START_TEST(more_than_a_scenario_holds_is_refused)
{
    begin();
    for (unsigned i = 0; i < SCENARIO_STATES; i++)
        tell(10 + i, "west/cf1", "srp.state", "Active", "deadTimerExpiry");
    ck_assert_int_eq(make(), SCENARIO_LONG);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("scenario");
    TCase *tc = tcase_create("scenario");

    tcase_add_test(tc, cards_start_when_they_say_so_and_the_chassis_begins_off);
    tcase_add_test(tc, a_chassis_that_peer_and_router_lose_at_once_was_killed_as_a_whole);
    tcase_add_test(tc, a_leading_cf_whose_peer_loses_it_was_killed_alone);
    tcase_add_test(tc, a_card_that_is_missed_for_three_seconds_died_when_it_fell_silent);
    tcase_add_test(tc, a_card_that_is_heard_again_was_not_killed);
    tcase_add_test(tc, a_card_that_starts_anew_unnoticed_died_just_before);
    tcase_add_test(tc, what_vpclab_killed_died_when_it_said_so);
    tcase_add_test(tc, a_kill_that_failed_killed_nothing);
    tcase_add_test(tc, a_spare_that_starts_anew_is_noted_and_does_nothing);
    tcase_add_test(tc, a_lease_is_one_step_though_both_ends_tell_of_it);
    tcase_add_test(tc, faults_are_understood_by_their_words);
    tcase_add_test(tc, a_delay_is_as_long_as_the_lab_clock_made_it);
    tcase_add_test(tc, faults_the_simulator_has_not_are_no_steps_of_their_own);
    tcase_add_test(tc, a_card_that_a_lease_stops_is_silent_and_not_dead);
    tcase_add_test(tc, a_connection_that_both_ends_lose_was_reset);
    tcase_add_test(tc, a_switchover_was_asked_for_when_the_chassis_began_it);
    tcase_add_test(tc, a_monitor_is_down_until_it_is_up);
    tcase_add_test(tc, another_configuration_and_a_checkpoint_fault_are_noted);
    tcase_add_test(tc, a_later_begin_finds_the_chassis_as_they_were);
    tcase_add_test(tc, a_begin_amid_a_change_of_roles_is_refused);
    tcase_add_test(tc, more_than_a_scenario_holds_is_refused);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
