/* The logs of a lab as one story: kinds, times, and the order of the whole. */
#include "lab/events/events.h"

#include <string.h>

#include "common/base/rng.h"
#include "tests/unit/unit.h"

enum { SOURCES = 5, EACH = 40, ROUNDS = 500 };

static struct event
make(const char *process, const char *kind, int64_t ms)
{
    return (struct event){
        .process = process, .kind = kind, .wall_ms = ms, .at_ms = ms, .lab_us = ms * 1000};
}

static struct event
hello(const char *process, const char *what, int64_t ms)
{
    struct event event = make(process, "srp.hello", ms);

    event.cause = what;
    return event;
}

static int64_t
time_of(const char *text)
{
    int64_t ms;

    ck_assert_msg(event_time_read(text, &ms), "%s was not understood", text);
    return ms;
}

/* ---- times and kinds -------------------------------------------------------------------- */

START_TEST(a_time_is_read_with_its_zone_and_its_milliseconds)
{
    ck_assert_int_eq(time_of("1970-01-01T00:00:00Z"), 0);
    ck_assert_int_eq(time_of("2026-11-21T04:49:30.815Z"), INT64_C(1795236570815));
    ck_assert_int_eq(time_of("2026-11-21T05:49:30.815999+01:00"), INT64_C(1795236570815));
    ck_assert_int_eq(time_of("2026-11-20t23:49:30.8-05:00"), INT64_C(1795236570800));
    ck_assert_int_eq(time_of("2024-02-29T00:00:00Z") - time_of("2024-02-28T00:00:00Z"), 86400000);
    ck_assert_int_eq(time_of("2000-03-01T00:00:00Z") - time_of("2000-02-28T00:00:00Z"), 172800000);
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
    static const char *const bad[] = {
        "",
        "5",
        "2026-11-21",
        "2026-11-21T04:49:30",
        "2026-13-21T04:49:30Z",
        "2026-02-29T04:49:30Z",
        "2026-11-00T04:49:30Z",
        "2026-11-21T24:49:30Z",
        "2026-11-21T04:60:30Z",
        "2026-11-21T04:49:61Z",
        "2026-11-21T04:49:30.Z",
        "2026-11-21T04:49:30Zx",
        "2026-11-21T04:49:30+1:00",
        "2026-11-21T04:49:30+24:00",
        "0000-11-21T04:49:30Z",
        "2026-11-21 ",
    };
    int64_t ms;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!event_time_read(bad[i], &ms), "\"%s\" was understood", bad[i]);
}
END_TEST

START_TEST(a_time_cut_anywhere_is_refused)
{
    const char *whole = "2026-11-21T05:49:30.815+01:00";
    char cut[40];
    int64_t ms;

    for (size_t len = 0; len < strlen(whole); len++) {
        memcpy(cut, whole, len);
        cut[len] = '\0';
        ck_assert_msg(!event_time_read(cut, &ms), "\"%s\" was understood", cut);
    }
}
END_TEST

START_TEST(kinds_are_named_one_by_one_or_by_family)
{
    uint64_t mask, family;
    const char *bad;
    size_t len;

    ck_assert(event_kinds_read("srp.state", &mask, &bad, &len));
    ck_assert_uint_eq(mask, UINT64_C(1) << event_kind("srp.state"));
    ck_assert(event_kinds_read("srp", &family, &bad, &len));
    ck_assert_uint_eq(family & mask, mask);
    ck_assert_uint_eq(family >> event_kind("cf.state") & 1, 0);
    ck_assert(event_kinds_read("cf.state,srp.state", &mask, &bad, &len));
    ck_assert_uint_eq(mask, UINT64_C(1) << event_kind("srp.state") | UINT64_C(1)
                                                                         << event_kind("cf.state"));
}
END_TEST

START_TEST(a_kind_that_is_none_is_told)
{
    static const char *const lists[] = {"srp.state,sp.state,cf.state", "sp.state", "srp,sp.state"};
    uint64_t mask;
    const char *bad;
    size_t len;

    for (size_t i = 0; i < 3; i++) {
        ck_assert(!event_kinds_read(lists[i], &mask, &bad, &len));
        ck_assert_uint_eq(len, 8);
        ck_assert_int_eq(strncmp(bad, "sp.state", len), 0);
    }
    ck_assert(!event_kinds_read("", &mask, &bad, &len));
    ck_assert(!event_kinds_read("srp,", &mask, &bad, &len));
    ck_assert(!event_kinds_read("srp.stat", &mask, &bad, &len));
    ck_assert_int_eq(event_kind("srp"), -1);
}
END_TEST

START_TEST(an_instance_is_the_whole_name_in_front_of_the_card)
{
    struct event east = make("east/cf1", "srp.state", 0), world = make("world", "route.best", 0);

    ck_assert(event_of_instance(&east, "east") && !event_of_instance(&east, "eas"));
    ck_assert(!event_of_instance(&east, "east/cf1") && !event_of_instance(&east, "west"));
    ck_assert(event_of_instance(&world, "world") && !event_of_instance(&world, "east"));
}
END_TEST

/* ---- the merge -------------------------------------------------------------------------- */

START_TEST(the_order_within_each_file_is_kept_and_nothing_is_lost_whatever_the_times_say)
{
    static const char *const processes[SOURCES] = {"east/cf1", "east/cf2", "west/cf1", "world",
                                                   "west/demux3"};
    static const char *const kinds[] = {"srp.hello", "srp.peer",   "srp.state",       "cf.state",
                                        "cf.peer",   "route.best", "routes.converged"};
    static const char *const words[] = {"Active", "Standby", "here", "east", "west"};
    static const char *const hellos[] = {"sent 1, echo 1", "received 1, echo 1", "sent 2, echo 1",
                                         "received 2, echo 1", "rubbish"};
    static struct event events[SOURCES][EACH];

    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct event_source sources[SOURCES];
        struct rng rng = {seed};
        uint64_t seen[SOURCES] = {0};
        const struct event *event;
        size_t total = 0;

        for (size_t i = 0; i < SOURCES; i++) {
            for (size_t j = 0; j < EACH; j++) {
                struct event *it = &events[i][j];

                *it = make(processes[i], kinds[rng_below(&rng, 7)], (int64_t)rng_below(&rng, 300));
                it->seq = j;
                it->epoch = rng_below(&rng, 2);
                it->now = words[rng_below(&rng, 5)];
                it->cause = hellos[rng_below(&rng, 5)];
                event_settle(it, j ? it - 1 : NULL);
            }
            sources[i] = (struct event_source){events[i], EACH, 0};
        }
        while ((event = events_next(sources, SOURCES, INT64_MAX)) != NULL) {
            for (size_t i = 0; i < SOURCES; i++) {
                if (event >= events[i] && event < events[i] + EACH)
                    ck_assert_msg(event->seq == seen[i]++, "seed %llu", (unsigned long long)seed);
            }
            total++;
        }
        ck_assert_msg(total == SOURCES * EACH, "seed %llu", (unsigned long long)seed);
    }
}
END_TEST

START_TEST(events_of_many_files_come_by_their_times)
{
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        static struct event events[SOURCES][EACH];
        struct event_source sources[SOURCES];
        struct rng rng = {seed};
        const struct event *event;
        int64_t before = 0;

        for (size_t i = 0; i < SOURCES; i++) {
            int64_t us = 0;

            for (size_t j = 0; j < EACH; j++) {
                us += (int64_t)rng_below(&rng, 3000);
                events[i][j] = make("east/cf1", "card.up", us / 1000);
                events[i][j].lab_us = us;
            }
            sources[i] = (struct event_source){events[i], EACH, 0};
        }
        while ((event = events_next(sources, SOURCES, INT64_MAX)) != NULL) {
            ck_assert_int_ge(event->lab_us, before);
            before = event->lab_us;
        }
    }
}
END_TEST

/* Which of two files' first events comes first: 0 or 1. */
static int
first_of(struct event *a, struct event *b)
{
    struct event_source sources[] = {{a, 1, 0}, {b, 1, 0}};

    return events_next(sources, 2, INT64_MAX) == b;
}

START_TEST(a_hello_is_received_after_it_was_sent)
{
    struct event got = hello("west/cf1", "received 17, echo 4", 100);
    struct event sent = hello("east/cf1", "sent 17, echo 4", 100 + EVENTS_SLACK_MS);
    struct event other = hello("east/cf1", "sent 18, echo 4", 101);
    struct event own = hello("west/cf2", "sent 17, echo 4", 101);
    struct event late = hello("east/cf1", "sent 17, echo 4", 101 + EVENTS_SLACK_MS);

    ck_assert_int_eq(first_of(&got, &sent), 1);
    ck_assert_int_eq(first_of(&sent, &got), 0);
    ck_assert_int_eq(first_of(&got, &other), 0);
    ck_assert_int_eq(first_of(&got, &own), 0);
    ck_assert_int_eq(first_of(&got, &late), 0);
}
END_TEST

START_TEST(what_a_chassis_hears_of_its_peer_comes_after_the_peer_changed)
{
    struct event heard = make("west/cf1", "srp.peer", 100);
    struct event changed = make("east/cf1", "srp.state", 102);

    heard.now = changed.now = "Active";
    heard.epoch = changed.epoch = 5;
    ck_assert_int_eq(first_of(&heard, &changed), 1);
    changed.epoch = 6;
    ck_assert_int_eq(first_of(&heard, &changed), 0);
    changed.epoch = 5;
    changed.process = "west/cf2";
    ck_assert_int_eq(first_of(&heard, &changed), 0);
}
END_TEST

START_TEST(the_other_cf_and_the_routes_are_told_after_their_causes)
{
    struct event peer = make("west/cf2", "cf.peer", 100), state = make("west/cf1", "cf.state", 101);
    struct event here = make("west/demux3", "routes.converged", 100);
    struct event best = make("world", "route.best", 101);

    peer.now = state.now = "Active";
    here.now = "here";
    best.now = "west";
    ck_assert_int_eq(first_of(&peer, &state), 1);
    ck_assert_int_eq(first_of(&here, &best), 1);
    best.now = "east";
    ck_assert_int_eq(first_of(&here, &best), 0);
}
END_TEST

START_TEST(a_cause_behind_others_of_its_file_brings_those_forward_too)
{
    struct event heard = hello("west/cf1", "received 2, echo 0", 100);
    struct event east[] = {hello("east/cf1", "sent 1, echo 0", 101),
                           hello("east/cf1", "sent 2, echo 0", 102)};
    struct event_source sources[] = {{&heard, 1, 0}, {east, 2, 0}};

    ck_assert_ptr_eq(events_next(sources, 2, INT64_MAX), &east[0]);
    ck_assert_ptr_eq(events_next(sources, 2, INT64_MAX), &east[1]);
    ck_assert_ptr_eq(events_next(sources, 2, INT64_MAX), &heard);
    ck_assert_ptr_null(events_next(sources, 2, INT64_MAX));
}
END_TEST

START_TEST(two_that_wait_for_each_other_come_by_time)
{
    struct event east[] = {hello("east/cf1", "received 2, echo 0", 100),
                           hello("east/cf1", "sent 1, echo 0", 101)};
    struct event west[] = {hello("west/cf1", "received 1, echo 0", 102),
                           hello("west/cf1", "sent 2, echo 0", 103)};
    struct event_source sources[] = {{west, 2, 0}, {east, 2, 0}};

    ck_assert_ptr_eq(events_next(sources, 2, INT64_MAX), &east[0]);
    ck_assert_ptr_eq(events_next(sources, 2, INT64_MAX), &east[1]);
    ck_assert_ptr_eq(events_next(sources, 2, INT64_MAX), &west[0]);
}
END_TEST

START_TEST(what_is_later_than_asked_for_stays)
{
    struct event event = make("east/cf1", "card.up", 100);
    struct event_source source = {&event, 1, 0};

    ck_assert_ptr_null(events_next(&source, 1, 99));
    ck_assert_ptr_eq(events_next(&source, 1, 100), &event);
    ck_assert_ptr_null(events_next(&source, 1, 100));
}
END_TEST

START_TEST(a_clock_that_goes_back_does_not_turn_a_file_round)
{
    struct event before = make("east/cf1", "card.up", 100), event = make("east/cf1", "card.up", 60);

    event_settle(&event, &before);
    ck_assert_int_eq(event.at_ms, 100);
    ck_assert_int_eq(event.wall_ms, 60);
    event_settle(&event, NULL);
    ck_assert_int_eq(event.at_ms, 60);
}
END_TEST

START_TEST(a_hello_is_read_whole_or_not_at_all)
{
    static const char *const bad[] = {"",
                                      "sent",
                                      "sent ",
                                      "sent 1",
                                      "sent 1, echo ",
                                      "sent , echo 1",
                                      "said 1, echo 1",
                                      "sent 99999999999999999999, echo 1"};
    struct event event = hello("east/cf1", "received 17, echo 16, request 3", 0);
    struct event_hello read;

    ck_assert(event_hello_read(&event, &read));
    ck_assert(!read.sent && read.seq == 17 && read.echo == 16);
    ck_assert_str_eq(read.rest, ", request 3");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        event.cause = bad[i];
        ck_assert_msg(!event_hello_read(&event, &read), "\"%s\" was understood", bad[i]);
    }
    event.cause = NULL;
    ck_assert(!event_hello_read(&event, &read));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("events");
    TCase *tc = tcase_create("events");

    tcase_add_test(tc, a_time_is_read_with_its_zone_and_its_milliseconds);
    tcase_add_test(tc, what_is_no_time_is_refused);
    tcase_add_test(tc, a_time_cut_anywhere_is_refused);
    tcase_add_test(tc, kinds_are_named_one_by_one_or_by_family);
    tcase_add_test(tc, a_kind_that_is_none_is_told);
    tcase_add_test(tc, an_instance_is_the_whole_name_in_front_of_the_card);
    tcase_add_test(tc,
                   the_order_within_each_file_is_kept_and_nothing_is_lost_whatever_the_times_say);
    tcase_add_test(tc, events_of_many_files_come_by_their_times);
    tcase_add_test(tc, a_hello_is_received_after_it_was_sent);
    tcase_add_test(tc, what_a_chassis_hears_of_its_peer_comes_after_the_peer_changed);
    tcase_add_test(tc, the_other_cf_and_the_routes_are_told_after_their_causes);
    tcase_add_test(tc, a_cause_behind_others_of_its_file_brings_those_forward_too);
    tcase_add_test(tc, two_that_wait_for_each_other_come_by_time);
    tcase_add_test(tc, what_is_later_than_asked_for_stays);
    tcase_add_test(tc, a_clock_that_goes_back_does_not_turn_a_file_round);
    tcase_add_test(tc, a_hello_is_read_whole_or_not_at_all);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
