#include <stddef.h>
#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

/* In the block `service-redundancy-protocol`: monitors, whose failure makes the Active chassis
 * hand over, and the guard timers that hold them back. */

/* The rows' tags are kinds of monitors. */
static void
monitor_of(const struct cli_args *args, struct conf_srp_monitor *monitor)
{
    memset(monitor, 0, sizeof *monitor); /* padding too: configurations are compared as bytes */
    monitor->kind = (uint8_t)args->row->tag;
    monitor->addr = cli_addr(args, monitor->kind == CONF_MONITOR_BGP ? "ip" : "ipv4");
    if (monitor->kind == CONF_MONITOR_AAA)
        monitor->port = (uint16_t)cli_number(args, "port", CONF_RADIUS_PORT);
    monitor->group = (uint8_t)cli_number(args, "n", 0);
    monitor->chassis_to_chassis = cli_has(args, "chassis-to-chassis");
    if (monitor->kind == CONF_MONITOR_HSRP) {
        conf_set_name(monitor->interface, cli_text(args, "interface"));
        monitor->ipv6 = cli_has(args, "ipv6");
        return;
    }
    if (monitor->kind == CONF_MONITOR_BGP)
        conf_set_addr6(monitor->addr6, sizeof monitor->addr6, cli_text(args, "ip"));
    conf_set_name(monitor->context, cli_text(args, "context"));
    if (monitor->kind == CONF_MONITOR_DIAMETER)
        conf_set_name(monitor->endpoint, cli_text(args, "endpoint"));
    if (cli_has(args, "peer"))
        conf_set_name(monitor->peer, cli_text(args, "peer"));
}

/* Do both watch the same thing? */
static bool
is_same(const struct conf_srp_monitor *a, const struct conf_srp_monitor *b)
{
    return a->kind == b->kind && a->addr == b->addr && a->port == b->port &&
           strcmp(a->context, b->context) == 0 && strcmp(a->endpoint, b->endpoint) == 0 &&
           strcmp(a->peer, b->peer) == 0 && strcmp(a->addr6, b->addr6) == 0 &&
           strcmp(a->interface, b->interface) == 0 && a->ipv6 == b->ipv6 &&
           (a->kind != CONF_MONITOR_HSRP || a->group == b->group);
}

/* Index of the monitor of the same thing, monitor_n if there is none. */
static uint8_t
find_monitor(const struct conf_srp *srp, const struct conf_srp_monitor *monitor)
{
    uint8_t i = 0;

    while (i < srp->monitor_n && !is_same(&srp->monitors[i], monitor))
        i++;
    return i;
}

static bool
has_no_address(const struct conf_srp_monitor *monitor)
{
    if (monitor->kind == CONF_MONITOR_DIAMETER || monitor->kind == CONF_MONITOR_HSRP)
        return false; /* needs none */
    return *monitor->addr6 ? strcmp(monitor->addr6, "::") == 0 : monitor->addr == 0;
}

static int
add_monitor(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;
    struct conf_srp_monitor monitor;
    uint8_t i;

    monitor_of(args, &monitor);
    if (has_no_address(&monitor))
        return cli_refuse(args, "Nothing can have address %s", *monitor.addr6 ? "::" : "0.0.0.0");
    i = find_monitor(srp, &monitor);
    if (i == CONF_MONITORS)
        return cli_refuse(args, "No more than %d monitors can be configured", CONF_MONITORS);
    srp->monitors[i] = monitor;
    if (i == srp->monitor_n)
        srp->monitor_n++;
    return 0;
}

/* The other words are the form's. */
static void
say_monitor(const struct conf_srp_monitor *monitor, struct cli_said *said)
{
    enum conf_monitor_kind kind = (enum conf_monitor_kind)monitor->kind;

    cli_say_text(said, "context", monitor->context);
    if (kind == CONF_MONITOR_BGP && *monitor->addr6)
        cli_say_text(said, "ip", monitor->addr6);
    else
        cli_say_addr(said, kind == CONF_MONITOR_BGP ? "ip" : "ipv4", monitor->addr);
    if (kind == CONF_MONITOR_AAA && monitor->port != CONF_RADIUS_PORT)
        cli_say_number(said, "port", monitor->port);
    if (kind == CONF_MONITOR_DIAMETER)
        cli_say_text(said, "endpoint", monitor->endpoint);
    if (*monitor->peer)
        cli_say_text(said, "peer", monitor->peer);
    if (kind == CONF_MONITOR_BFD)
        cli_say(said, monitor->chassis_to_chassis ? "chassis-to-chassis" : "chassis-to-router");
    if (kind == CONF_MONITOR_HSRP) {
        cli_say_text(said, "interface", monitor->interface);
        cli_say(said, monitor->ipv6 ? "ipv6" : "ipv4");
    }
    if (monitor->group || kind == CONF_MONITOR_HSRP)
        cli_say_number(said, "n", monitor->group);
}

static bool
print_monitor(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    const struct conf_build *build = ctx;
    const struct conf_srp *srp = &build->conf.srp;

    for (uint8_t k = 0; k < srp->monitor_n; k++)
        if (srp->monitors[k].kind == row->tag && i-- == 0) {
            say_monitor(&srp->monitors[k], said);
            return true;
        }
    return false;
}

static int
remove_monitor(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;
    struct conf_srp_monitor monitor;
    uint8_t at;

    monitor_of(args, &monitor);
    at = find_monitor(srp, &monitor);
    if (at == srp->monitor_n)
        return cli_refuse(args, "There is no \"%s\"", conf_monitor_text(&monitor).text);
    if (monitor.group && monitor.group != srp->monitors[at].group)
        return cli_refuse(args, "\"%s\" is not in group %u", conf_monitor_text(&monitor).text,
                          monitor.group);
    conf_remove(srp->monitors, sizeof *srp->monitors, &srp->monitor_n, at);
    return 0;
}

/* ---- guard timers: the row's tag says which struct conf_guard ---- */

static struct conf_guard *
guard_at(struct conf_srp *srp, size_t offset)
{
    return (struct conf_guard *)(void *)((char *)srp + offset);
}

static int
set_guard(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp defaults = conf_srp_default;
    struct conf_guard *guard = guard_at(&build->conf.srp, args->row->tag),
                      otherwise = *guard_at(&defaults, args->row->tag);

    if (cli_has(args, "guard-period"))
        guard->guard_s = cli_number(args, "n", otherwise.guard_s);
    else
        guard->damping_s = cli_number(args, "n", otherwise.damping_s);
    return 0;
}

static bool
print_guard(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
{
    struct conf_build *build = ctx;
    struct conf_srp defaults = conf_srp_default;
    const struct conf_guard *guard = guard_at(&build->conf.srp, row->tag),
                            *otherwise = guard_at(&defaults, row->tag);
    const bool some[2] = {guard->guard_s != otherwise->guard_s,
                          guard->damping_s != otherwise->damping_s};
    size_t at = conf_nth_set(some, 2, i);

    cli_say(said, at == 0 ? "guard-period" : "damping-period");
    cli_say_number(said, "n", at == 0 ? guard->guard_s : guard->damping_s);
    return at < 2;
}

#define SRP         CONF_MODE_SRP
#define FIELD(name) 0, offsetof(struct conf_srp, name)

#define AAA       "monitor authentication-probe context <context> <ipv4> [ port <port:1-65535> ]"
#define BGP       "monitor bgp context <context> <ip>"
#define DIAMETER  "monitor diameter context <context> endpoint <endpoint> [ peer <peer> ]"
#define BFD       "monitor bfd context <context> <ipv4>"
#define HSRP      "monitor hsrp interface <interface> afi-type { ipv4 | ipv6 } group <n:0-255>"
#define GROUP     " [ group <n:1-10> ]"
#define BFD_KINDS "chassis-to-chassis | chassis-to-router"

/* A guard timer and its default form. */
#define GUARD(form, field, help)                                                                   \
    {SRP,          "guard-timer " form " { damping-period <n:0-300> | guard-period <n:0-300> }",   \
     help,         CLI_ADMIN,                                                                      \
     FIELD(field), set_guard,                                                                      \
     print_guard},                                                                                 \
    {                                                                                              \
        SRP, "default guard-timer " form " { damping-period | guard-period }", "60", CLI_ADMIN,    \
            FIELD(field), set_guard, NULL                                                          \
    }

static const struct cli_row rows[] = {
    {SRP, AAA GROUP, "Probe a RADIUS server", CLI_ADMIN, 0, CONF_MONITOR_AAA, add_monitor,
     print_monitor},
    {SRP, "no " AAA GROUP, "Stop probing a RADIUS server", CLI_ADMIN, 0, CONF_MONITOR_AAA,
     remove_monitor, NULL},
    {SRP, BGP GROUP, "Watch a BGP peer", CLI_ADMIN, 0, CONF_MONITOR_BGP, add_monitor,
     print_monitor},
    {SRP, "no " BGP GROUP, "Stop watching a BGP peer", CLI_ADMIN, 0, CONF_MONITOR_BGP,
     remove_monitor, NULL},
    {SRP, "[ no ] monitor bgp exclusive-failover", "One group that is down is enough", CLI_ADMIN,
     FIELD(bgp_exclusive), conf_set_flag, conf_print_flag},
    {SRP, "[ no ] monitor bgp vrf-srp-validate", "Compare the VRFs of BGP with the peer's, too",
     CLI_ADMIN, FIELD(bgp_vrf_validate), conf_set_flag, conf_print_flag},
    {SRP, HSRP, "Watch an HSRP group", CLI_ADMIN, 0, CONF_MONITOR_HSRP, add_monitor, print_monitor},
    {SRP, "no " HSRP, "Stop watching an HSRP group", CLI_ADMIN, 0, CONF_MONITOR_HSRP,
     remove_monitor, NULL},
    {SRP, DIAMETER GROUP, "Watch a Diameter peer, or all of an endpoint", CLI_ADMIN, 0,
     CONF_MONITOR_DIAMETER, add_monitor, print_monitor},
    {SRP, "no " DIAMETER GROUP, "Stop watching Diameter peers", CLI_ADMIN, 0, CONF_MONITOR_DIAMETER,
     remove_monitor, NULL},
    {SRP, BFD " { " BFD_KINDS " }", "Watch a BFD neighbor", CLI_ADMIN, 0, CONF_MONITOR_BFD,
     add_monitor, print_monitor},
    {SRP, "no " BFD " [ " BFD_KINDS " ]", "Stop watching a BFD neighbor", CLI_ADMIN, 0,
     CONF_MONITOR_BFD, remove_monitor, NULL},
    {SRP, "[ no | default ] bfd-mon-ignore-dead-interval",
     "While Standby, act on chassis-to-chassis BFD instead of the dead-interval", CLI_ADMIN,
     FIELD(bfd_ignore_dead), conf_set_flag, conf_print_flag},

    GUARD("aaa-switchover-timers", aaa_after_switch, "AAA failures after a switchover"),
    GUARD("diameter-switchover-timers", diam_after_switch, "Diameter failures after a switchover"),
    GUARD("srp-redundancy-timers aaa", aaa_after_failure, "AAA failures after a local one"),
    GUARD("srp-redundancy-timers bgp", bgp_after_failure, "BGP failures after a local one"),
    GUARD("srp-redundancy-timers diam", diam_after_failure, "Diameter failures after a local one"),
};

const struct cli_table conf_monitor_table = {
    rows, sizeof rows / sizeof *rows, NULL, 0, &conf_radius_table,
};
