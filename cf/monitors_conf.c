#include <assert.h>
#include <string.h>

#include "cf/monitors.h"
#include "common/conf/conf_build.h"

static_assert((int)MONITOR_TARGETS >= (int)CONF_MONITORS, "every monitor is a target");
static_assert((int)MONITOR_AAA == (int)CONF_MONITOR_AAA &&
                  (int)MONITOR_BGP == (int)CONF_MONITOR_BGP &&
                  (int)MONITOR_DIAMETER == (int)CONF_MONITOR_DIAMETER &&
                  (int)MONITOR_BFD == (int)CONF_MONITOR_BFD &&
                  (int)MONITOR_HSRP == (int)CONF_MONITOR_HSRP,
              "the configuration numbers the kinds as the core does");

static bool
same_endpoint(const struct conf_srp_monitor *a, const struct conf_srp_monitor *b)
{
    return a->kind == b->kind && strcmp(a->context, b->context) == 0 &&
           strcmp(a->endpoint, b->endpoint) == 0;
}

/* Contexts and endpoints are numbered by the first monitor that names them, from 1. */
static uint8_t
context_of(const struct conf_srp *c, size_t i)
{
    uint8_t first = 0;

    while (strcmp(c->monitors[first].context, c->monitors[i].context) != 0)
        first++;
    return (uint8_t)(first + 1);
}

static uint8_t
endpoint_of(const struct conf_srp *c, size_t i)
{
    uint8_t first = 0;

    while (!same_endpoint(&c->monitors[first], &c->monitors[i]))
        first++;
    return (uint8_t)(first + 1);
}

static struct monitor_guard
guard_of(const struct conf_guard *guard)
{
    return (struct monitor_guard){guard->guard_s * US_PER_S, guard->damping_s * US_PER_S};
}

struct monitor_setup
monitors_setup(const struct conf_srp *c)
{
    struct monitor_setup setup = {.target_n = c->monitor_n, .bgp_exclusive = c->bgp_exclusive};

    for (size_t i = 0; i < c->monitor_n; i++) {
        const struct conf_srp_monitor *monitor = &c->monitors[i];

        setup.targets[i] = (struct monitor_target){
            .kind = monitor->kind,
            .context = context_of(c, i),
            .endpoint = monitor->kind == CONF_MONITOR_DIAMETER ? endpoint_of(c, i) : 0,
            .group = monitor->group,
            .blind = !conf_monitor_seen(monitor),
            .chassis_to_chassis = monitor->kind == CONF_MONITOR_BFD && monitor->chassis_to_chassis,
        };
    }
    setup.after_switch[MONITOR_AAA] = guard_of(&c->aaa_after_switch);
    setup.after_switch[MONITOR_DIAMETER] = guard_of(&c->diam_after_switch);
    setup.after_failure[MONITOR_AAA] = guard_of(&c->aaa_after_failure);
    setup.after_failure[MONITOR_BGP] = guard_of(&c->bgp_after_failure);
    setup.after_failure[MONITOR_DIAMETER] = guard_of(&c->diam_after_failure);
    return setup;
}
