/* The schedule of one server's probes: when it is Up, when Down, when it is asked again. */
#include "cf/monitor/probe.h"

#include "cf/monitor/monitor.h"
#include "tests/unit/unit.h"

enum { INTERVAL = 5, WATCHDOG = 30, TIMEOUT = 3, RETRIES = 2 };

static const struct probe_setup datagrams = {false, INTERVAL *US_PER_S, INTERVAL *US_PER_S,
                                             TIMEOUT *US_PER_S, RETRIES};
static const struct probe_setup connections = {true, WATCHDOG *US_PER_S, INTERVAL *US_PER_S,
                                               TIMEOUT *US_PER_S, RETRIES};

static struct probe probe;
static mono_t now;

static void
begin(const struct probe_setup *setup)
{
    now = (mono_t){1000 * US_PER_S};
    probe_init(&probe, setup);
}

static void
setup_datagrams(void)
{
    begin(&datagrams);
}

static void
setup_connections(void)
{
    begin(&connections);
}

static unsigned
step(enum probe_event event)
{
    return probe_step(&probe, event, now);
}

/* Go to the deadline, which must be `seconds` ahead. */
static unsigned
tick_after(int seconds)
{
    ck_assert_int_eq(mono_between(now, probe_deadline(&probe)), seconds * US_PER_S);
    now = probe_deadline(&probe);
    return step(PROBE_EV_TICK);
}

static void
assert_state(uint8_t state)
{
    ck_assert_uint_eq(probe.state, state);
}

/* All tries of a server that does not answer, the first of which has begun. */
static void
fail_until_down(unsigned asked)
{
    for (int i = 0; i < RETRIES; i++) {
        ck_assert_uint_eq(tick_after(TIMEOUT) & ~(unsigned)PROBE_DO_CLOSE, PROBE_DO_SILENT | asked);
        ck_assert_uint_ne(probe.state, MONITOR_DOWN);
    }
    ck_assert_uint_eq(tick_after(TIMEOUT) & ~(unsigned)PROBE_DO_CLOSE,
                      PROBE_DO_SILENT | PROBE_DO_CHANGED);
    assert_state(MONITOR_DOWN);
}

/* ---- datagrams ---------------------------------------------------------------------- */

START_TEST(nobody_is_asked_before_somebody_looks)
{
    ck_assert_int_eq(probe_deadline(&probe).us, MONO_NEVER.us);
    ck_assert_uint_eq(step(PROBE_EV_TICK), 0);
    ck_assert_uint_eq(step(PROBE_EV_ANSWER), 0);
    ck_assert_uint_eq(step(PROBE_EV_AWAY), 0);
    assert_state(MONITOR_INIT);
}
END_TEST

START_TEST(the_first_answer_makes_it_up)
{
    ck_assert_uint_eq(step(PROBE_EV_LOOK), PROBE_DO_ASK);
    ck_assert_uint_eq(step(PROBE_EV_LOOK), 0);
    assert_state(MONITOR_INIT);
    ck_assert_uint_eq(step(PROBE_EV_ANSWER), PROBE_DO_CHANGED);
    assert_state(MONITOR_UP);
}
END_TEST

START_TEST(it_is_asked_each_interval_however_fast_it_answers)
{
    (void)step(PROBE_EV_LOOK);
    (void)step(PROBE_EV_ANSWER);
    for (int i = 0; i < 5; i++) {
        ck_assert_uint_eq(tick_after(INTERVAL), PROBE_DO_ASK);
        now = mono_after(now, 2 * US_PER_S);
        ck_assert_uint_eq(step(PROBE_EV_ANSWER), 0);
        ck_assert_int_eq(mono_between(now, probe_deadline(&probe)), (INTERVAL - 2) * US_PER_S);
        now = mono_after(now, -2 * US_PER_S);
    }
    assert_state(MONITOR_UP);
}
END_TEST

START_TEST(it_is_down_after_its_retries_and_not_before)
{
    (void)step(PROBE_EV_LOOK);
    (void)step(PROBE_EV_ANSWER);
    ck_assert_uint_eq(tick_after(INTERVAL), PROBE_DO_ASK);
    fail_until_down(PROBE_DO_ASK | PROBE_DO_AGAIN);
}
END_TEST

START_TEST(one_that_never_answered_is_down_after_its_retries)
{
    (void)step(PROBE_EV_LOOK);
    fail_until_down(PROBE_DO_ASK | PROBE_DO_AGAIN);
}
END_TEST

START_TEST(an_answer_to_the_last_retry_keeps_it_up_and_begins_the_count_anew)
{
    (void)step(PROBE_EV_LOOK);
    (void)step(PROBE_EV_ANSWER);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(tick_after(INTERVAL), PROBE_DO_ASK);
        ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_SILENT | PROBE_DO_ASK | PROBE_DO_AGAIN);
        ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_SILENT | PROBE_DO_ASK | PROBE_DO_AGAIN);
        ck_assert_uint_eq(step(PROBE_EV_ANSWER), 0);
        assert_state(MONITOR_UP);
    }
}
END_TEST

START_TEST(one_that_is_down_has_all_its_tries_in_each_probe)
{
    (void)step(PROBE_EV_LOOK);
    fail_until_down(PROBE_DO_ASK | PROBE_DO_AGAIN);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(tick_after(INTERVAL - TIMEOUT), PROBE_DO_ASK);
        for (int k = 0; k < RETRIES; k++)
            ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_SILENT | PROBE_DO_ASK | PROBE_DO_AGAIN);
        ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_SILENT);
    }
    ck_assert_uint_eq(tick_after(INTERVAL - TIMEOUT), PROBE_DO_ASK);
    (void)tick_after(TIMEOUT);
    ck_assert_uint_eq(step(PROBE_EV_ANSWER), PROBE_DO_CHANGED);
    assert_state(MONITOR_UP);
}
END_TEST

START_TEST(an_answer_that_nobody_waits_for_changes_nothing)
{
    (void)step(PROBE_EV_LOOK);
    fail_until_down(PROBE_DO_ASK | PROBE_DO_AGAIN);
    ck_assert(!probe_waits(&probe));
    ck_assert_uint_eq(step(PROBE_EV_ANSWER), 0);
    assert_state(MONITOR_DOWN);
}
END_TEST

START_TEST(who_looks_away_forgets_and_begins_anew)
{
    (void)step(PROBE_EV_LOOK);
    fail_until_down(PROBE_DO_ASK | PROBE_DO_AGAIN);
    ck_assert_uint_eq(step(PROBE_EV_AWAY), 0);
    assert_state(MONITOR_INIT);
    ck_assert_int_eq(probe_deadline(&probe).us, MONO_NEVER.us);
    ck_assert_uint_eq(step(PROBE_EV_LOOK), PROBE_DO_ASK);
    fail_until_down(PROBE_DO_ASK | PROBE_DO_AGAIN);
}
END_TEST

START_TEST(a_tick_before_its_time_does_nothing)
{
    (void)step(PROBE_EV_LOOK);
    now = mono_after(now, TIMEOUT * US_PER_S - 1);
    ck_assert_uint_eq(step(PROBE_EV_TICK), 0);
}
END_TEST

/* Stopped for a minute, we find the answer unread: first the try gets its time again. */
START_TEST(silence_counts_only_while_we_listened)
{
    (void)step(PROBE_EV_LOOK);
    now = mono_after(now, 60 * US_PER_S);
    ck_assert_uint_eq(step(PROBE_EV_TICK), 0);
    ck_assert_uint_eq(step(PROBE_EV_ANSWER), PROBE_DO_CHANGED);
    assert_state(MONITOR_UP);
}
END_TEST

START_TEST(a_try_is_given_more_time_once_only)
{
    (void)step(PROBE_EV_LOOK);
    now = mono_after(now, 60 * US_PER_S);
    ck_assert_uint_eq(step(PROBE_EV_TICK), 0);
    now = mono_after(now, 60 * US_PER_S);
    ck_assert_uint_eq(step(PROBE_EV_TICK), PROBE_DO_SILENT | PROBE_DO_ASK | PROBE_DO_AGAIN);
}
END_TEST

/* ---- connections -------------------------------------------------------------------- */

static void
come_up(void)
{
    ck_assert_uint_eq(step(PROBE_EV_LOOK), PROBE_DO_CONNECT);
    ck_assert_uint_eq(step(PROBE_EV_CONNECTED), PROBE_DO_GREET);
    assert_state(MONITOR_INIT);
    ck_assert_uint_eq(step(PROBE_EV_ANSWER), PROBE_DO_CHANGED);
    assert_state(MONITOR_UP);
}

START_TEST(capabilities_make_a_peer_up_and_watchdogs_keep_it_so)
{
    come_up();
    for (int i = 0; i < 5; i++) {
        ck_assert_uint_eq(tick_after(WATCHDOG), PROBE_DO_ASK);
        ck_assert_uint_eq(step(PROBE_EV_ANSWER), 0);
    }
    assert_state(MONITOR_UP);
}
END_TEST

START_TEST(a_connection_alone_proves_nothing)
{
    (void)step(PROBE_EV_LOOK);
    for (int i = 0; i <= RETRIES; i++) {
        ck_assert_uint_eq(step(PROBE_EV_CONNECTED), PROBE_DO_GREET);
        assert_state(MONITOR_INIT);
        ck_assert_uint_eq(tick_after(TIMEOUT) & PROBE_DO_CLOSE, PROBE_DO_CLOSE);
    }
    assert_state(MONITOR_DOWN);
}
END_TEST

START_TEST(a_silent_watchdog_closes_the_connection_and_tries_another)
{
    come_up();
    (void)tick_after(WATCHDOG);
    ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_CLOSE | PROBE_DO_SILENT | PROBE_DO_CONNECT);
    assert_state(MONITOR_UP);
    ck_assert_uint_eq(step(PROBE_EV_CONNECTED), PROBE_DO_GREET);
    ck_assert_uint_eq(step(PROBE_EV_ANSWER), 0);
    assert_state(MONITOR_UP);
    ck_assert_uint_eq(tick_after(WATCHDOG), PROBE_DO_ASK);
}
END_TEST

START_TEST(a_frozen_peer_is_down_after_its_retries_though_it_accepts)
{
    come_up();
    (void)tick_after(WATCHDOG);
    ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_CLOSE | PROBE_DO_SILENT | PROBE_DO_CONNECT);
    (void)step(PROBE_EV_CONNECTED);
    ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_CLOSE | PROBE_DO_SILENT | PROBE_DO_CONNECT);
    (void)step(PROBE_EV_CONNECTED);
    ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_CLOSE | PROBE_DO_SILENT | PROBE_DO_CHANGED);
    assert_state(MONITOR_DOWN);
}
END_TEST

START_TEST(a_refused_connection_lasts_its_time_out)
{
    (void)step(PROBE_EV_LOOK);
    now = mono_after(now, US_PER_S);
    ck_assert_uint_eq(step(PROBE_EV_GONE), 0);
    ck_assert_uint_eq(tick_after(TIMEOUT - 1), PROBE_DO_SILENT | PROBE_DO_CONNECT);
}
END_TEST

START_TEST(a_peer_that_refuses_every_time_is_down_after_its_retries)
{
    come_up();
    now = mono_after(now, 10 * US_PER_S);
    ck_assert_uint_eq(step(PROBE_EV_GONE), 0);
    assert_state(MONITOR_UP);
    now = mono_after(now, 1);
    ck_assert_uint_eq(step(PROBE_EV_TICK), PROBE_DO_CONNECT); /* is it gone, or the connection? */
    for (int i = 0; i < RETRIES; i++) {
        ck_assert_uint_eq(step(PROBE_EV_GONE), 0);
        ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_SILENT | PROBE_DO_CONNECT);
    }
    ck_assert_uint_eq(step(PROBE_EV_GONE), 0);
    ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_SILENT | PROBE_DO_CHANGED);
    assert_state(MONITOR_DOWN);
    ck_assert_uint_eq(tick_after(INTERVAL - TIMEOUT), PROBE_DO_CONNECT);
}
END_TEST

START_TEST(a_peer_that_always_hangs_up_is_not_called_without_a_pause)
{
    come_up();
    ck_assert_uint_eq(step(PROBE_EV_GONE), 0);
    ck_assert_uint_eq(step(PROBE_EV_TICK), 0);
    ck_assert_uint_eq(tick_after(TIMEOUT), PROBE_DO_CONNECT);
}
END_TEST

START_TEST(what_does_not_fit_the_phase_changes_nothing)
{
    (void)step(PROBE_EV_LOOK);
    ck_assert_uint_eq(step(PROBE_EV_ANSWER), 0); /* before anything was asked */
    (void)step(PROBE_EV_CONNECTED);
    ck_assert_uint_eq(step(PROBE_EV_CONNECTED), 0);
    (void)step(PROBE_EV_GONE);
    ck_assert_uint_eq(step(PROBE_EV_GONE), 0);
    ck_assert_uint_eq(step(PROBE_EV_CONNECTED), 0);
    ck_assert_uint_eq(step(PROBE_EV_ANSWER), 0);
    assert_state(MONITOR_INIT);
}
END_TEST

START_TEST(who_looks_away_hangs_up)
{
    come_up();
    ck_assert_uint_eq(step(PROBE_EV_AWAY), PROBE_DO_CLOSE);
    ck_assert_uint_eq(step(PROBE_EV_AWAY), 0);
    ck_assert_uint_eq(step(PROBE_EV_LOOK), PROBE_DO_CONNECT);
    ck_assert_uint_eq(step(PROBE_EV_AWAY), PROBE_DO_CLOSE);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("probe");
    TCase *tc = tcase_create("datagrams"), *connection = tcase_create("connections");

    tcase_add_checked_fixture(tc, setup_datagrams, NULL);
    tcase_add_test(tc, nobody_is_asked_before_somebody_looks);
    tcase_add_test(tc, the_first_answer_makes_it_up);
    tcase_add_test(tc, it_is_asked_each_interval_however_fast_it_answers);
    tcase_add_test(tc, it_is_down_after_its_retries_and_not_before);
    tcase_add_test(tc, one_that_never_answered_is_down_after_its_retries);
    tcase_add_test(tc, an_answer_to_the_last_retry_keeps_it_up_and_begins_the_count_anew);
    tcase_add_test(tc, one_that_is_down_has_all_its_tries_in_each_probe);
    tcase_add_test(tc, an_answer_that_nobody_waits_for_changes_nothing);
    tcase_add_test(tc, who_looks_away_forgets_and_begins_anew);
    tcase_add_test(tc, a_tick_before_its_time_does_nothing);
    tcase_add_test(tc, silence_counts_only_while_we_listened);
    tcase_add_test(tc, a_try_is_given_more_time_once_only);
    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(connection, setup_connections, NULL);
    tcase_add_test(connection, capabilities_make_a_peer_up_and_watchdogs_keep_it_so);
    tcase_add_test(connection, a_connection_alone_proves_nothing);
    tcase_add_test(connection, a_silent_watchdog_closes_the_connection_and_tries_another);
    tcase_add_test(connection, a_frozen_peer_is_down_after_its_retries_though_it_accepts);
    tcase_add_test(connection, a_refused_connection_lasts_its_time_out);
    tcase_add_test(connection, a_peer_that_refuses_every_time_is_down_after_its_retries);
    tcase_add_test(connection, a_peer_that_always_hangs_up_is_not_called_without_a_pause);
    tcase_add_test(connection, what_does_not_fit_the_phase_changes_nothing);
    tcase_add_test(connection, who_looks_away_hangs_up);
    suite_add_tcase(suite, connection);
    return unit_main(suite);
}
