/* monitors_rig.h - the monitors of one control function, with eyes and a chassis of the test's
 *
 * Shared by the check programs of cf/monitors.c; each includes it once, for what the monitors
 * call of other modules is defined here and notes what it was told.
 *
 * Ownership  set_up and tear_down, as a checked fixture
 * Time       the clock, LAB_SPEED times as fast
 * Errors     check assertions
 * Threads    main
 */
#ifndef VPCLAB_MONITORS_RIG_H
#define VPCLAB_MONITORS_RIG_H

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cf/cf.h"
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

static inline void
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

static inline void
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

static inline struct conf_srp_monitor *
add(uint8_t kind, const char *context, uint32_t addr)
{
    struct conf_srp_monitor *monitor = &cf.conf.srp.monitors[cf.conf.srp.monitor_n++];

    *monitor = (struct conf_srp_monitor){.kind = kind, .addr = addr};
    (void)snprintf(monitor->context, sizeof monitor->context, "%s", context);
    return monitor;
}

static inline void
add_diameter(const char *context, const char *endpoint, const char *peer)
{
    struct conf_srp_monitor *monitor = add(CONF_MONITOR_DIAMETER, context, 0);

    (void)snprintf(monitor->endpoint, sizeof monitor->endpoint, "%s", endpoint);
    (void)snprintf(monitor->peer, sizeof monitor->peer, "%s", peer);
}

static inline void
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

static inline void
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
static inline void
demux(bool alive)
{
    cf.cards.slots[3].alive = alive;
    monitors_card(m, !alive);
}

/* chassis.c's call when the chassis enters a state. */
static inline void
enter(enum chassis_state state, enum srp_reason reason)
{
    cf.srp.state = state;
    monitors_role(m, state, (uint8_t)reason);
}

/* Take over, or start, for that reason. */
static inline void
take_over(enum srp_reason reason)
{
    enter(CHASSIS_PENDING_ACTIVE, reason);
    enter(CHASSIS_ACTIVE, reason);
}

static inline uint8_t
state_of(size_t target)
{
    return monitors_core(m)->setup.targets[target].state;
}

static inline struct net_body
net_of(bool bgp_1, bool bgp_2, bool bfd_1, bool chassis)
{
    return (struct net_body){
        .n = 2,
        .peer_bfd_up = chassis,
        .neighbors = {{.of = {"dest", ROUTER_1}, .bgp_up = bgp_1, .bfd_up = bfd_1},
                      {.of = {"dest", ROUTER_2}, .bgp_up = bgp_2}},
    };
}

static inline void
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

static inline int
look(zloop_t *loop, int id, void *arg)
{
    const struct waiting *waiting = arg;

    (void)loop;
    (void)id;
    return waiting->done() || mono_reached(clock_now(), waiting->until) ? -1 : 0;
}

static inline bool
happens(bool (*done)(void), int64_t lab_us)
{
    struct waiting waiting = {done, mono_after(clock_now(), lab_us)};
    int id = zloop_timer(node.loop, 1, 0, look, &waiting);

    ck_assert_int_ge(id, 0);
    (void)zloop_start(node.loop);
    (void)zloop_timer_end(node.loop, id);
    return done();
}

static inline bool
network_down(void)
{
    return state_of(BGP_1) == MONITOR_DOWN && state_of(ROUTER) == MONITOR_DOWN;
}

static inline bool
wants_authentication(void)
{
    return monitor_wants(monitors_core(m)) == SRP_AAA_FAILURE;
}

#endif
