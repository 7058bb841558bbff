#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cf/cf.h"
#include "cf/show_monitor.h"
#include "common/loop/clock.h"
#include "common/loop/keys.h"
#include "tests/unit/unit.h"

enum {
    AAA_1,
    AAA_2,
    BGP_1,
    BGP_2,
    DIA_1,
    DIA_2,
    DIA_3,
    ROUTER,
    CHASSIS,
    TARGETS,

    LAB_SPEED = 100,
    DEADLINE_MS = 10000,
};

static const uint32_t ROUTER_1 = 0xc6336401, ROUTER_2 = 0xc6336402;

/* ---- what the monitors call, and what they said to it ---------------------------------------- */

static eyes_report_fn *see; /* a report of an eye */
static void *see_ctx;
static bool looking;
static char key[KEYS_TEXT];
static int told; /* chassis_monitor() calls */
static struct notified {
    uint8_t target;
    bool up, all; /* all: of the AAA servers together */
} notified[64];
static size_t notified_n;

struct eyes *
eyes_open(const struct eyes_setup *setup)
{
    see = setup->report;
    see_ctx = setup->ctx;
    looking = false;
    (void)snprintf(key, sizeof key, "%s", setup->lab_key);
    return NULL;
}

void
eyes_close(struct eyes **eyes)
{
    *eyes = NULL;
}

void
eyes_look(struct eyes *eyes, bool look)
{
    (void)eyes;
    looking = look;
}

struct eyes_counters
eyes_counters(const struct eyes *eyes, uint8_t target)
{
    (void)eyes;
    return (struct eyes_counters){.sent = target};
}

void
chassis_monitor(struct cf *cf)
{
    (void)cf;
    told++;
}

static void
note(struct notified one)
{
    ck_assert_uint_lt(notified_n, sizeof notified / sizeof notified[0]);
    notified[notified_n++] = one;
}

void
notify_monitor(struct cf *cf, uint8_t target, bool up)
{
    (void)cf;
    note((struct notified){.target = target, .up = up});
}

void
notify_aaa(struct cf *cf, uint8_t target, bool back)
{
    (void)cf;
    note((struct notified){.target = target, .up = back, .all = true});
}

static void
assert_notified(size_t i, uint8_t target, bool up)
{
    ck_assert_uint_lt(i, notified_n);
    ck_assert_uint_eq(notified[i].target, target);
    ck_assert_int_eq(notified[i].up, up);
}

/* ---- one control function ---------------------------------------------------------------------- */

static struct node node;
static struct cf cf;
static struct monitors *m;

static struct conf_srp_monitor *
add(uint8_t kind, const char *context, uint32_t addr)
{
    struct conf_srp_monitor *monitor = &cf.conf.srp.monitors[cf.conf.srp.monitor_n++];

    *monitor = (struct conf_srp_monitor){.kind = kind, .addr = addr};
    (void)snprintf(monitor->context, sizeof monitor->context, "%s", context);
    return monitor;
}

static void
add_diameter(const char *context, const char *endpoint, const char *peer)
{
    struct conf_srp_monitor *monitor = add(CONF_MONITOR_DIAMETER, context, 0);

    (void)snprintf(monitor->endpoint, sizeof monitor->endpoint, "%s", endpoint);
    (void)snprintf(monitor->peer, sizeof monitor->peer, "%s", peer);
}

static void
set_up(void)
{
    clock_scale(LAB_SPEED);
    memset(&cf, 0, sizeof cf);
    memset(&node, 0, sizeof node);
    notified_n = 0;
    told = 0;
    cf.node = &node;
    node.loop = zloop_new();
    (void)snprintf(node.rundir, sizeof node.rundir, "/tmp/vpclab-monitors-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(node.rundir));
    conf_defaults(&cf.conf);
    cf.conf.srp.bind = 0xc0000201;
    add(CONF_MONITOR_AAA, "source", 0xcb007105)->port = 1812;
    add(CONF_MONITOR_AAA, "other", 0xcb007106)->port = 1813;
    add(CONF_MONITOR_BGP, "dest", ROUTER_1)->group = 1;
    add(CONF_MONITOR_BGP, "dest", ROUTER_2);
    add_diameter("source", "gx", "pcrf1");
    add_diameter("source", "gx", "pcrf2");
    add_diameter("source", "gy", "");
    add(CONF_MONITOR_BFD, "dest", ROUTER_1);
    add(CONF_MONITOR_BFD, "srp", 0xc0000202)->chassis_to_chassis = true;
    /* no guard period: each fall counts at once */
    cf.conf.srp.aaa_after_switch = cf.conf.srp.diam_after_switch = (struct conf_guard){0, 0};
    cf.cards.slots[3] = (struct card){.type = CARD_DEMUX, .alive = true};
    cf.leading = true;
    m = monitors_open(&cf);
}

static void
tear_down(void)
{
    char path[NODE_PATH + 32];

    monitors_close(&m);
    ck_assert_ptr_null(m);
    zloop_destroy(&node.loop);
    (void)snprintf(path, sizeof path, "%s/keys.lock", node.rundir);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/radius.secret", node.rundir);
    (void)unlink(path);
    ck_assert_int_eq(rmdir(node.rundir), 0);
}

/* chassis.c's call when the demux dies, or is back. */
static void
demux(bool alive)
{
    cf.cards.slots[3].alive = alive;
    monitors_card(m, !alive);
}

/* chassis.c's call when the chassis enters a state. */
static void
enter(enum chassis_state state, enum srp_reason reason)
{
    cf.srp.state = state;
    monitors_role(m, state, (uint8_t)reason);
}

/* Take over, or start, for that reason. */
static void
take_over(enum srp_reason reason)
{
    enter(CHASSIS_PENDING_ACTIVE, reason);
    enter(CHASSIS_ACTIVE, reason);
}

static uint8_t
state_of(size_t target)
{
    return monitors_core(m)->setup.targets[target].state;
}

static struct net_body
net_of(bool bgp_1, bool bgp_2, bool bfd_1, bool chassis)
{
    return (struct net_body){
        .n = 2,
        .peer_bfd_up = chassis,
        .neighbors = {{.of = {"dest", ROUTER_1}, .bgp_up = bgp_1, .bfd_up = bfd_1},
                      {.of = {"dest", ROUTER_2}, .bgp_up = bgp_2}},
    };
}

static void
hear(bool bgp_1, bool bgp_2, bool bfd_1, bool chassis)
{
    struct net_body net = net_of(bgp_1, bgp_2, bfd_1, chassis);

    monitors_net(m, &net);
}

/* Run the loop until `done`, or until that much lab time went by. */
struct waiting {
    bool (*done)(void);
    mono_t until;
};

static int
look(zloop_t *loop, int id, void *arg)
{
    const struct waiting *waiting = arg;

    (void)loop;
    (void)id;
    return waiting->done() || mono_reached(clock_now(), waiting->until) ? -1 : 0;
}

static bool
happens(bool (*done)(void), int64_t lab_us)
{
    struct waiting waiting = {done, mono_after(clock_now(), lab_us)};
    int id = zloop_timer(node.loop, 1, 0, look, &waiting);

    ck_assert_int_ge(id, 0);
    (void)zloop_start(node.loop);
    (void)zloop_timer_end(node.loop, id);
    return done();
}

static bool
network_down(void)
{
    return state_of(BGP_1) == MONITOR_DOWN && state_of(ROUTER) == MONITOR_DOWN;
}

static bool
wants_authentication(void)
{
    return monitor_wants(monitors_core(m)) == SRP_AAA_FAILURE;
}

/* ---- configuration ------------------------------------------------------------------------------ */

START_TEST(the_configuration_becomes_targets_groups_and_guards)
{
    struct conf_srp srp = cf.conf.srp;
    struct monitor_setup setup;

    srp.bgp_exclusive = true;
    srp.aaa_after_switch = (struct conf_guard){1, 2};
    srp.diam_after_switch = (struct conf_guard){3, 4};
    srp.aaa_after_failure = (struct conf_guard){5, 6};
    srp.bgp_after_failure = (struct conf_guard){7, 8};
    srp.diam_after_failure = (struct conf_guard){9, 10};
    setup = monitors_setup(&srp);
    ck_assert_uint_eq(setup.target_n, TARGETS);
    ck_assert(setup.bgp_exclusive);
    ck_assert_uint_eq(setup.targets[AAA_2].kind, MONITOR_AAA);
    ck_assert_uint_eq(setup.targets[BGP_1].group, 1);
    ck_assert_uint_eq(setup.targets[BGP_2].group, 0);
    ck_assert_uint_eq(setup.targets[BGP_1].context, setup.targets[ROUTER].context);
    ck_assert_uint_ne(setup.targets[AAA_1].context, setup.targets[AAA_2].context);
    ck_assert_uint_eq(setup.targets[DIA_1].endpoint, setup.targets[DIA_2].endpoint);
    ck_assert_uint_ne(setup.targets[DIA_1].endpoint, setup.targets[DIA_3].endpoint);
    ck_assert(setup.targets[CHASSIS].chassis_to_chassis);
    ck_assert(!setup.targets[ROUTER].chassis_to_chassis);
    ck_assert_int_eq(setup.after_switch[MONITOR_AAA].guard_us, 1 * US_PER_S);
    ck_assert_int_eq(setup.after_switch[MONITOR_DIAMETER].damping_us, 4 * US_PER_S);
    ck_assert_int_eq(setup.after_switch[MONITOR_BGP].guard_us, 0);
    ck_assert_int_eq(setup.after_failure[MONITOR_AAA].damping_us, 6 * US_PER_S);
    ck_assert_int_eq(setup.after_failure[MONITOR_BGP].guard_us, 7 * US_PER_S);
    ck_assert_int_eq(setup.after_failure[MONITOR_DIAMETER].guard_us, 9 * US_PER_S);
    ck_assert_int_eq(setup.after_failure[MONITOR_BFD].guard_us, 0);
}
END_TEST

START_TEST(endpoints_of_one_name_in_two_contexts_are_two)
{
    struct monitor_setup setup;

    add_diameter("other", "gx", "");
    setup = monitors_setup(&cf.conf.srp);
    ck_assert_uint_ne(setup.targets[TARGETS].endpoint, setup.targets[DIA_1].endpoint);
}
END_TEST

START_TEST(servers_without_a_key_get_the_secret_of_the_lab)
{
    char path[NODE_PATH + 32], first[KEYS_TEXT];

    memcpy(first, key, sizeof first);
    ck_assert_uint_gt(strlen(first), 16);
    monitors_close(&m);
    m = monitors_open(&cf);
    ck_assert_str_eq(key, first); /* the other CF's is the same */
    monitors_close(&m);
    (void)snprintf(path, sizeof path, "%s/radius.secret", node.rundir);
    ck_assert_int_eq(unlink(path), 0);
    cf.conf.srp.monitor_n = 0;
    m = monitors_open(&cf);
    ck_assert_str_eq(key, "");
    ck_assert_int_ne(access(path, F_OK), 0); /* nobody to share it with */
}
END_TEST

/* ---- roles and servers ---------------------------------------------------------------------------- */

START_TEST(only_the_active_looks)
{
    ck_assert(!looking);
    enter(CHASSIS_STANDBY, SRP_NOT_DEFINED);
    ck_assert(!looking);
    enter(CHASSIS_PENDING_ACTIVE, SRP_DEAD_TIMER_EXPIRY);
    ck_assert(!looking);
    enter(CHASSIS_ACTIVE, SRP_DEAD_TIMER_EXPIRY);
    ck_assert(looking);
    enter(CHASSIS_PENDING_STANDBY, SRP_MANUAL_SWITCHOVER);
    ck_assert(!looking);
}
END_TEST

START_TEST(a_chassis_without_servers_says_so_and_hands_over)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    told = 0;
    see(see_ctx, AAA_1, MONITOR_DOWN);
    ck_assert_int_eq(told, 0);
    ck_assert_uint_eq(notified_n, 1);
    ck_assert(!notified[0].all);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    ck_assert_int_eq(told, 1);
    ck_assert(wants_authentication());
    ck_assert_uint_eq(notified_n, 3);
    assert_notified(2, AAA_2, false);
    ck_assert(notified[2].all);
    see(see_ctx, AAA_1, MONITOR_UP);
    ck_assert_uint_eq(notified_n, 4); /* which ends the alarm of all */
    assert_notified(3, AAA_1, true);
    ck_assert(!notified[3].all);
    ck_assert(!wants_authentication());
}
END_TEST

START_TEST(diameter_peers_and_endpoints_are_told_of)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, DIA_2, MONITOR_DOWN);
    see(see_ctx, DIA_3, MONITOR_UP);
    ck_assert_uint_eq(notified_n, 2);
    assert_notified(0, DIA_2, false);
    assert_notified(1, DIA_3, true);
}
END_TEST

START_TEST(a_chassis_that_comes_back_from_handing_over_knows_what_it_knew)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    told = 0;
    enter(CHASSIS_PENDING_STANDBY, SRP_AAA_FAILURE);
    ck_assert(wants_authentication()); /* it still does: the attempt is under way */
    ck_assert_int_eq(told, 0);
    enter(CHASSIS_ACTIVE, SRP_AAA_FAILURE); /* refused */
    ck_assert(looking);
    ck_assert_uint_eq(monitors_latched(m), 0);
    ck_assert(wants_authentication());
}
END_TEST

START_TEST(a_chassis_that_handed_over_forgets_its_servers)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    enter(CHASSIS_PENDING_STANDBY, SRP_AAA_FAILURE);
    told = 0;
    enter(CHASSIS_STANDBY, SRP_AAA_FAILURE);
    ck_assert_int_eq(told, 1);
    ck_assert_uint_eq(state_of(AAA_1), MONITOR_INIT);
    ck_assert(!wants_authentication());
    take_over(SRP_AAA_FAILURE);
    ck_assert_uint_eq(monitors_latched(m), 1u << SRP_AAA_FAILURE);
}
END_TEST

START_TEST(a_takeover_forced_out_latches_as_one_that_ended_in_time)
{
    enter(CHASSIS_STANDBY, SRP_NOT_DEFINED);
    enter(CHASSIS_PENDING_ACTIVE, SRP_DIAMETER_FAILURE);
    enter(CHASSIS_ACTIVE, SRP_FORCE_STATE_CHANGE);
    ck_assert_uint_eq(monitors_latched(m), 1u << SRP_DIAMETER_FAILURE);
}
END_TEST

START_TEST(a_control_function_that_stops_leading_in_the_midst_of_it_forgets_too)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    enter(CHASSIS_PENDING_STANDBY, SRP_MANUAL_SWITCHOVER);
    cf.leading = false;
    monitors_role(m, CHASSIS_INIT, SRP_NOT_DEFINED);
    ck_assert_uint_eq(state_of(AAA_1), MONITOR_INIT);
}
END_TEST

START_TEST(a_latch_ends_with_a_reset_or_as_the_other_control_function_says)
{
    take_over(SRP_AAA_FAILURE);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    ck_assert(!wants_authentication());
    told = 0;
    monitors_reset(m, MONITOR_DIAMETER);
    ck_assert_int_eq(told, 0);
    monitors_reset(m, MONITOR_AAA);
    ck_assert_int_eq(told, 1);
    ck_assert(wants_authentication());
    monitors_latch(m, 1u << SRP_AAA_FAILURE);
    ck_assert_int_eq(told, 2);
    ck_assert(!wants_authentication());
}
END_TEST

START_TEST(a_reset_clears_what_is_known_of_failures)
{
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    see(see_ctx, DIA_3, MONITOR_DOWN);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    ck_assert_int_ne(monitors_times(m, MONITOR_AAA).failed_us, 0);
    monitors_reset(m, MONITOR_AAA);
    ck_assert_int_eq(monitors_times(m, MONITOR_AAA).failed_us, 0);
    ck_assert_int_ne(monitors_times(m, MONITOR_AAA).changed_us, 0);
    ck_assert_uint_eq(monitors_core(m)->setup.targets[AAA_1].failures, 0);
    ck_assert_uint_eq(monitors_core(m)->setup.targets[DIA_3].failures, 1);
    ck_assert_int_ne(monitors_times(m, MONITOR_DIAMETER).failed_us, 0);
    monitors_reset(m, MONITOR_DIAMETER);
    ck_assert_int_eq(monitors_times(m, MONITOR_DIAMETER).failed_us, 0);
    ck_assert_uint_eq(monitors_core(m)->setup.targets[DIA_3].failures, 0);
}
END_TEST

START_TEST(the_guard_starts_when_a_card_is_lost_and_not_when_it_is_back)
{
    const struct monitor *core;
    mono_t until;

    cf.conf.srp.bgp_after_failure = (struct conf_guard){60, 60};
    monitors_close(&m);
    m = monitors_open(&cf);
    core = monitors_core(m);
    enter(CHASSIS_ACTIVE, SRP_NOT_DEFINED);
    until = core->guard_until[MONITOR_BGP];
    demux(false);
    ck_assert_int_gt(core->guard_until[MONITOR_BGP].us, until.us);
    until = core->guard_until[MONITOR_BGP];
    demux(true);
    ck_assert_int_eq(core->guard_until[MONITOR_BGP].us, until.us);
}
END_TEST

START_TEST(a_damped_failure_is_told_when_its_time_is_over)
{
    monitors_close(&m);
    cf.conf.srp.aaa_after_switch = (struct conf_guard){60, 2};
    m = monitors_open(&cf);
    enter(CHASSIS_ACTIVE, SRP_MANUAL_SWITCHOVER);
    see(see_ctx, AAA_1, MONITOR_DOWN);
    see(see_ctx, AAA_2, MONITOR_DOWN);
    ck_assert(!wants_authentication());
    told = 0;
    ck_assert(happens(wants_authentication, DEADLINE_MS * US_PER_MS * LAB_SPEED));
    ck_assert_int_eq(told, 1);
}
END_TEST

/* ---- the network ------------------------------------------------------------------------------------ */

START_TEST(neighbors_are_what_the_demux_says_they_are)
{
    enter(CHASSIS_STANDBY, SRP_NOT_DEFINED);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_INIT);
    hear(true, false, true, false);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_UP);
    ck_assert_uint_eq(state_of(BGP_2), MONITOR_DOWN);
    ck_assert_uint_eq(state_of(ROUTER), MONITOR_UP);
    ck_assert_uint_eq(state_of(CHASSIS), MONITOR_DOWN);
    ck_assert_uint_eq(monitor_down(monitors_core(m)), 1u << SRP_BGP_FAILURE);
    ck_assert(monitor_chassis_bfd_down(monitors_core(m)));
    ck_assert_uint_eq(notified_n, 2); /* of those up: what never was has not gone down */
    assert_notified(0, BGP_1, true);
    assert_notified(1, ROUTER, true);
    notified_n = 0;
    hear(true, true, false, false);
    ck_assert_uint_eq(notified_n, 2);
    assert_notified(0, BGP_2, true);
    assert_notified(1, ROUTER, false);
    ck_assert_uint_eq(monitor_down(monitors_core(m)), 1u << SRP_BFD_FAILURE);
}
END_TEST

START_TEST(one_address_in_two_contexts_is_two_neighbors)
{
    struct net_body net = net_of(true, true, true, true);

    monitors_close(&m);
    (void)add(CONF_MONITOR_BGP, "other", ROUTER_1);
    m = monitors_open(&cf);
    monitors_net(m, &net);
    ck_assert_uint_eq(state_of(TARGETS), MONITOR_INIT);
    net.neighbors[net.n++] = (struct net_neighbor){.of = {"other", ROUTER_1}};
    monitors_net(m, &net);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_UP);
    ck_assert_uint_eq(state_of(TARGETS), MONITOR_DOWN);
}
END_TEST

START_TEST(a_neighbor_that_is_not_spoken_of_stays_as_it_is)
{
    struct net_body net = net_of(true, true, true, true);

    hear(false, true, true, true);
    net.n = 0;
    monitors_net(m, &net);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_DOWN);
    ck_assert_uint_eq(state_of(BGP_2), MONITOR_UP);
    monitors_close(&m);
    m = monitors_open(&cf);
    monitors_net(m, &net);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_INIT);
}
END_TEST

START_TEST(with_the_demux_its_sessions_go)
{
    hear(true, true, true, true);
    demux(false);
    ck_assert(happens(network_down, DEADLINE_MS * US_PER_MS * LAB_SPEED));
    hear(true, true, true, true);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_UP);
    ck_assert(happens(network_down, DEADLINE_MS * US_PER_MS * LAB_SPEED)); /* and again */
    demux(true);
    hear(true, true, true, true);
    ck_assert(!happens(network_down, 10 * US_PER_S));
}
END_TEST

START_TEST(what_the_demux_never_spoke_of_does_not_go_with_it)
{
    struct net_body net = net_of(true, true, true, true);

    net.n = 1;
    monitors_net(m, &net);
    demux(false);
    ck_assert(happens(network_down, DEADLINE_MS * US_PER_MS * LAB_SPEED));
    ck_assert_uint_eq(state_of(BGP_2), MONITOR_INIT);
}
END_TEST

START_TEST(a_demux_that_is_silent_but_lives_proves_nothing)
{
    hear(true, true, true, true);
    ck_assert(!happens(network_down, 10 * US_PER_S));
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_UP);
}
END_TEST

START_TEST(a_demux_that_was_never_heard_leaves_the_network_unknown)
{
    demux(false);
    ck_assert(!happens(network_down, 10 * US_PER_S));
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_INIT);
}
END_TEST

START_TEST(a_control_function_that_follows_learns_and_tells_when_it_leads)
{
    cf.leading = false;
    hear(false, false, true, true);
    ck_assert_uint_eq(notified_n, 0);
    ck_assert_uint_eq(state_of(BGP_1), MONITOR_DOWN);
    cf.leading = true;
    told = 0;
    enter(CHASSIS_STANDBY, SRP_NOT_DEFINED);
    ck_assert_int_eq(told, 1);
}
END_TEST

/* ---- the console ---------------------------------------------------------------------------------- */

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
    Suite *suite = suite_create("monitors");
    TCase *tcase = tcase_create("monitors");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_configuration_becomes_targets_groups_and_guards);
    tcase_add_test(tcase, endpoints_of_one_name_in_two_contexts_are_two);
    tcase_add_test(tcase, servers_without_a_key_get_the_secret_of_the_lab);
    tcase_add_test(tcase, only_the_active_looks);
    tcase_add_test(tcase, a_chassis_without_servers_says_so_and_hands_over);
    tcase_add_test(tcase, diameter_peers_and_endpoints_are_told_of);
    tcase_add_test(tcase, a_chassis_that_comes_back_from_handing_over_knows_what_it_knew);
    tcase_add_test(tcase, a_chassis_that_handed_over_forgets_its_servers);
    tcase_add_test(tcase, a_control_function_that_stops_leading_in_the_midst_of_it_forgets_too);
    tcase_add_test(tcase, a_latch_ends_with_a_reset_or_as_the_other_control_function_says);
    tcase_add_test(tcase, a_takeover_forced_out_latches_as_one_that_ended_in_time);
    tcase_add_test(tcase, a_reset_clears_what_is_known_of_failures);
    tcase_add_test(tcase, the_guard_starts_when_a_card_is_lost_and_not_when_it_is_back);
    tcase_add_test(tcase, a_damped_failure_is_told_when_its_time_is_over);
    tcase_add_test(tcase, neighbors_are_what_the_demux_says_they_are);
    tcase_add_test(tcase, one_address_in_two_contexts_is_two_neighbors);
    tcase_add_test(tcase, a_neighbor_that_is_not_spoken_of_stays_as_it_is);
    tcase_add_test(tcase, with_the_demux_its_sessions_go);
    tcase_add_test(tcase, what_the_demux_never_spoke_of_does_not_go_with_it);
    tcase_add_test(tcase, a_demux_that_is_silent_but_lives_proves_nothing);
    tcase_add_test(tcase, a_demux_that_was_never_heard_leaves_the_network_unknown);
    tcase_add_test(tcase, a_control_function_that_follows_learns_and_tells_when_it_leads);
    tcase_add_test(tcase, the_table_has_a_row_for_each_target);
    tcase_add_test(tcase, what_nobody_sees_is_shown_as_it_is);
    tcase_add_test(tcase, each_word_shows_its_kind_alone);
    tcase_add_test(tcase, the_summary_tells_what_holds_a_switchover_back);
    tcase_add_test(tcase, the_same_facts_are_there_as_json);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
