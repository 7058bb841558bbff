/* Leases as a process takes them from the run directory, and what an end of a link makes of them:
 * begin and end by themselves, nothing stays, and nothing is looked at where none is admitted. */
#include "common/loop/fault_link.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/loop/book.h"
#include "common/loop/clock.h"
#include "common/loop/fault_file.h"
#include "common/loop/fault_words.h"
#include "tests/unit/unit.h"

enum { MS = 1000, DEADLINE_MS = 5000 };

static struct node node;
static char dir[sizeof node.rundir];
static struct fault_end *end;
static struct faults faults;

static struct {
    unsigned passed, changed;
    int64_t last_us;
    bool drops; /* ... what is held, while it is passed one */
} seen;

static void
pass(void *ctx, const uint8_t *id, size_t id_len, const void *frame, size_t len)
{
    (void)ctx;
    (void)frame;
    ck_assert_uint_eq(len, 40);
    seen.passed++;
    seen.last_us = clock_real_us();
    if (seen.drops)
        fault_end_drop(end, id, id_len);
}

static void
changed(void *ctx)
{
    (void)ctx;
    seen.changed++;
}

/* ---- waiting ---- */

typedef bool fact_fn(void);

static int
look(zloop_t *loop, int id, void *arg)
{
    (void)loop;
    (void)id;
    return (*(fact_fn **)arg)() ? -1 : 0;
}

static int
give_up(zloop_t *loop, int id, void *arg)
{
    (void)loop;
    (void)id;
    (void)arg;
    ck_abort_msg("it did not come");
    return -1;
}

static void
wait_for(fact_fn *fact)
{
    int often = zloop_timer(node.loop, 1, 0, look, &fact);
    int late = zloop_timer(node.loop, DEADLINE_MS, 1, give_up, NULL);

    (void)zloop_start(node.loop);
    (void)zloop_timer_end(node.loop, often);
    (void)zloop_timer_end(node.loop, late);
}

static bool
is_busy(void)
{
    return !fault_end_quiet(end) && end->n > 0;
}

static bool
is_quiet(void)
{
    return fault_end_quiet(end);
}

/* ---- a process ---- */

static void
open_end(enum fault_link link)
{
    end = fault_end_open(&(struct fault_end_setup){.node = &node,
                                                   .loop = node.loop,
                                                   .link = link,
                                                   .room = FAULT_ROOM,
                                                   .pass = pass,
                                                   .changed = changed});
}

static void
begin(bool admitted)
{
    (void)snprintf(dir, sizeof dir, "/tmp/test-fault-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    memset(&node, 0, sizeof node);
    memset(&seen, 0, sizeof seen);
    faults.n = 0;
    (void)snprintf(node.rundir, sizeof node.rundir, "%s", dir);
    node.slot = 1;
    node.topo.fault_hooks = admitted;
    node.topo.instance_n = 2;
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(node.topo.instances[i].name, sizeof node.topo.instances[i].name, "%s",
                       i ? "west" : "east");
        node.topo.instances[i].slots[1].type = CARD_CF;
        node.topo.instances[i].slots[4].type = CARD_SF;
    }
    zsys_handler_set(NULL);
    node.loop = zloop_new();
    node.book = book_open(node.loop, node.rundir);
    ck_assert_ptr_nonnull(node.book);
    fault_leases_follow(&node);
}

static void
set_up(void)
{
    begin(true);
    open_end(FAULT_LINK_SRP_CONTROL);
}

static void
set_up_without(void)
{
    begin(false);
}

static void
tear_down(void)
{
    fault_end_close(&end);
    fault_leases_leave();
    book_close(&node.book);
    zloop_destroy(&node.loop);
    (void)book_drop(dir, FAULT_FILE);
    ck_assert_int_eq(rmdir(dir), 0);
    zsys_shutdown();
}

/* Another lease, from now on for so long. */
static void
lay(enum fault_kind kind, const char *target, int64_t amount, int64_t for_ms)
{
    struct fault *fault = &faults.list[faults.n++];
    const char *why;
    char err[256];

    *fault = (struct fault){.id = (uint32_t)faults.n, .kind = kind, .amount = amount};
    ck_assert(fault_target_read(&fault->target, kind, target, &node.topo, &why));
    fault->begin_us = clock_real_us();
    fault->end_us = fault->begin_us + for_ms * MS;
    ck_assert_int_eq(faults_write(&faults, dir, &node.topo, err, sizeof err), 0);
}

/* True: a lease took the frame. */
static bool
say(void)
{
    const struct fault_to to = {.instance = 1, .slot = 1};
    uint8_t frame[40] = {0};
    unsigned extra;

    return !fault_end_quiet(end) &&
           fault_end_send(end, &to, frame, 10, frame + 10, sizeof frame - 10, &extra);
}

START_TEST(without_leases_an_end_is_quiet)
{
    ck_assert(fault_end_quiet(end));
    ck_assert(!say());
}
END_TEST

START_TEST(held_frames_travel_in_time_and_the_link_is_quiet_though_the_file_stays)
{
    int64_t sent;

    lay(FAULT_DELAY, "srp-control:east>", 40, 150);
    wait_for(is_busy);
    sent = clock_real_us();
    ck_assert(say());
    ck_assert(say());
    ck_assert_uint_eq(seen.passed, 0);
    wait_for(is_quiet);
    ck_assert_uint_eq(seen.passed, 2);
    ck_assert_int_ge(seen.last_us - sent, 40 * MS);
    ck_assert_int_ge(clock_real_us(), faults.list[0].end_us);
    ck_assert(!say());
}
END_TEST

START_TEST(a_lease_that_is_cleared_lets_go_of_all_at_once)
{
    char err[256];

    lay(FAULT_DELAY, "srp-control", 60000, 60000);
    wait_for(is_busy);
    ck_assert(say());
    faults.n = 0;
    ck_assert_int_eq(faults_write(&faults, dir, &node.topo, err, sizeof err), 0);
    wait_for(is_quiet);
    ck_assert_uint_eq(seen.passed, 1);
}
END_TEST

START_TEST(a_lease_of_another_link_or_the_other_way_takes_no_frame)
{
    lay(FAULT_CUT, "srp-session", 0, 60000);
    lay(FAULT_DELAY, "srp-control:east<", 100, 60000);
    wait_for(is_busy);
    ck_assert_uint_eq(end->n, 1); /* of ours */
    ck_assert(!say());
}
END_TEST

START_TEST(a_cut_is_known_by_the_ways_it_cuts_and_ends_by_itself)
{
    bool out, in;

    lay(FAULT_CUT, "srp-control:east>", 0, 100);
    wait_for(is_busy);
    fault_end_cut(end, 1, 0, &out, &in);
    ck_assert(out && !in);
    ck_assert(say());
    wait_for(is_quiet);
    fault_end_cut(end, 1, 0, &out, &in);
    ck_assert(!out && !in);
    ck_assert_uint_eq(seen.passed, 0);
    ck_assert_uint_ge(seen.changed, 2);
}
END_TEST

static bool
is_reset(void)
{
    return fault_end_reset(end, 1, 0);
}

START_TEST(a_reset_is_due_at_its_begin_and_after_each_amount_and_then_no_more)
{
    char err[256];

    lay(FAULT_RESET, "srp-control:west>", 200, 60000); /* a connection has no ways */
    wait_for(is_reset);
    ck_assert(!is_reset());
    wait_for(is_reset);
    ck_assert(!is_reset());
    wait_for(is_reset);
    faults.list[0].end_us = clock_real_us(); /* not before a third one was seen, however late */
    ck_assert_int_eq(faults_write(&faults, dir, &node.topo, err, sizeof err), 0);
    wait_for(is_quiet);
    ck_assert(!is_reset());
}
END_TEST

static bool
is_passed(void)
{
    return seen.passed > 0;
}

START_TEST(who_loses_his_connection_while_frames_are_passed_loses_the_rest)
{
    lay(FAULT_DELAY, "srp-control", 20, 60000);
    wait_for(is_busy);
    seen.drops = true;
    ck_assert(say());
    ck_assert(say());
    wait_for(is_passed);
    seen.drops = false;
    seen.passed = 0;
    ck_assert(say()); /* by another connection of that name */
    wait_for(is_passed);
    ck_assert_uint_eq(seen.passed, 1);
}
END_TEST

static bool
is_no_apply(void)
{
    uint64_t seed;

    return fault_no_apply(&seed) > 0;
}

static bool
is_healed(void)
{
    return !is_no_apply();
}

/* By how much the wall clock is wrong. */
static int64_t
step_of_clock(void)
{
    struct timespec ts;

    ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &ts), 0);
    return clock_wall_us() - (ts.tv_sec * US_PER_S + ts.tv_nsec / 1000);
}

static bool
is_stepped(void)
{
    return step_of_clock() < -1800 * US_PER_S;
}

static bool
is_right(void)
{
    return step_of_clock() > -1800 * US_PER_S;
}

START_TEST(of_several_leases_each_takes_its_part_of_what_the_others_leave)
{
    uint64_t seed;

    node.slot = 4;
    lay(FAULT_NO_APPLY, "east", 50, 150);
    lay(FAULT_NO_APPLY, "east/sf4", 50, 150);
    wait_for(is_no_apply);
    ck_assert_uint_eq(fault_no_apply(&seed), 75);
    ck_assert_uint_ne(seed, 0);
    wait_for(is_healed);
}
END_TEST

START_TEST(a_stepped_wall_clock_goes_back_by_itself_and_lab_time_never_moved)
{
    mono_t before = clock_now();

    lay(FAULT_CLOCK_STEP, "east/cf1", -3600, 100);
    wait_for(is_stepped);
    ck_assert_int_ge(mono_between(before, clock_now()), 0);
    ck_assert_int_lt(mono_between(before, clock_now()), 60 * US_PER_S);
    wait_for(is_right);
}
END_TEST

START_TEST(how_long_a_lease_lasts_is_told_in_lab_seconds_also_of_a_lab_that_stands)
{
    const struct fault lease = {.id = 3, .begin_us = 1 * US_PER_S, .end_us = 6 * US_PER_S};
    struct labtime course = labtime_untouched(8);
    char cause[FAULT_WORDS];

    fault_cause(&lease, fault_scale(&course, 2 * US_PER_S), cause);
    ck_assert_str_eq(cause, "lease 3, 40.0 s");
    ck_assert(labtime_pause(&course, 1 * US_PER_S, 2 * US_PER_S));
    fault_cause(&lease, fault_scale(&course, 3 * US_PER_S), cause);
    ck_assert_str_eq(cause, "lease 3, 40.0 s");
}
END_TEST

START_TEST(where_no_fault_is_admitted_there_is_no_end_and_the_file_is_not_looked_at)
{
    open_end(FAULT_LINK_SRP_CONTROL);
    ck_assert_ptr_null(end);
    lay(FAULT_NO_APPLY, "east", 100, 60000);
    lay(FAULT_CUT, "srp-control", 0, 60000);
    ck_assert(!say());
    ck_assert_uint_eq(atomic_load(&fault_generation), 0);
    ck_assert(!is_no_apply());
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fault_link");
    TCase *tc = tcase_create("admitted"), *without = tcase_create("not admitted");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, without_leases_an_end_is_quiet);
    tcase_add_test(tc, held_frames_travel_in_time_and_the_link_is_quiet_though_the_file_stays);
    tcase_add_test(tc, a_lease_that_is_cleared_lets_go_of_all_at_once);
    tcase_add_test(tc, a_lease_of_another_link_or_the_other_way_takes_no_frame);
    tcase_add_test(tc, a_cut_is_known_by_the_ways_it_cuts_and_ends_by_itself);
    tcase_add_test(tc, a_reset_is_due_at_its_begin_and_after_each_amount_and_then_no_more);
    tcase_add_test(tc, who_loses_his_connection_while_frames_are_passed_loses_the_rest);
    tcase_add_test(tc, of_several_leases_each_takes_its_part_of_what_the_others_leave);
    tcase_add_test(tc, a_stepped_wall_clock_goes_back_by_itself_and_lab_time_never_moved);
    tcase_add_test(tc, how_long_a_lease_lasts_is_told_in_lab_seconds_also_of_a_lab_that_stands);
    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(without, set_up_without, tear_down);
    tcase_add_test(without,
                   where_no_fault_is_admitted_there_is_no_end_and_the_file_is_not_looked_at);
    suite_add_tcase(suite, without);
    return unit_main(suite);
}
