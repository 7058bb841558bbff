#include <stddef.h>
#include <string.h>

#include "common/conf/conf_build.h"

/* In the block `service-redundancy-protocol`: monitors, whose failure makes the Active chassis
 * hand over, and the guard timers that hold them back. */

/* The rows' tags are kinds of monitors. */
static void
monitor_of(const struct cli_args *args, struct conf_srp_monitor *monitor)
{
    memset(monitor, 0, sizeof *monitor); /* padding too: configurations are compared as bytes */
    monitor->kind = (uint8_t)args->row->tag;
    monitor->addr = cli_addr(args, "ipv4");
    if (monitor->kind == CONF_MONITOR_AAA)
        monitor->port = (uint16_t)cli_number(args, "port", CONF_RADIUS_PORT);
    monitor->group = (uint8_t)cli_number(args, "n", 0);
    monitor->chassis_to_chassis = cli_has(args, "chassis-to-chassis");
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
           strcmp(a->peer, b->peer) == 0;
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

static int
add_monitor(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_srp *srp = &build->conf.srp;
    struct conf_srp_monitor monitor;
    uint32_t addr;
    uint8_t i;

    if (args->row->tag != CONF_MONITOR_DIAMETER && conf_take_addr(args, &addr))
        return DI_EREFUSED;
    monitor_of(args, &monitor);
    i = find_monitor(srp, &monitor);
    if (i == CONF_MONITORS)
        return cli_refuse(args, "No more than %d monitors can be configured", CONF_MONITORS);
    srp->monitors[i] = monitor;
    if (i == srp->monitor_n)
        srp->monitor_n++;
    return 0;
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
guard_at(struct conf *conf, size_t offset)
{
    return (struct conf_guard *)(void *)((char *)&conf->srp + offset);
}

static int
set_guard(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    struct conf_guard *guard = guard_at(&build->conf, args->row->tag), otherwise;
    struct conf defaults;

    conf_defaults(&defaults);
    otherwise = *guard_at(&defaults, args->row->tag);
    if (cli_has(args, "guard-period"))
        guard->guard_s = cli_number(args, "n", otherwise.guard_s);
    else
        guard->damping_s = cli_number(args, "n", otherwise.damping_s);
    return 0;
}

#define SRP         CONF_MODE_SRP
#define FIELD(name) 0, offsetof(struct conf_srp, name)

#define AAA       "monitor authentication-probe context <context> <ipv4> [ port <port:1-65535> ]"
#define BGP       "monitor bgp context <context> <ipv4>"
#define DIAMETER  "monitor diameter context <context> endpoint <endpoint> [ peer <peer> ]"
#define BFD       "monitor bfd context <context> <ipv4>"
#define GROUP     " [ group <n:1-10> ]"
#define BFD_KINDS "chassis-to-chassis | chassis-to-router"

/* A guard timer and its default form. */
#define GUARD(form, field, help)                                                                   \
    {SRP,          "guard-timer " form " { damping-period <n:0-300> | guard-period <n:0-300> }",   \
     help,         CLI_ADMIN,                                                                      \
     FIELD(field), set_guard},                                                                     \
    {                                                                                              \
        SRP, "default guard-timer " form " { damping-period | guard-period }", "60", CLI_ADMIN,    \
            FIELD(field), set_guard                                                                \
    }

static const struct cli_row rows[] = {
    {SRP, AAA GROUP, "Probe a RADIUS server", CLI_ADMIN, 0, CONF_MONITOR_AAA, add_monitor},
    {SRP, "no " AAA GROUP, "Stop probing a RADIUS server", CLI_ADMIN, 0, CONF_MONITOR_AAA,
     remove_monitor},
    {SRP, BGP GROUP, "Watch a BGP peer", CLI_ADMIN, 0, CONF_MONITOR_BGP, add_monitor},
    {SRP, "no " BGP GROUP, "Stop watching a BGP peer", CLI_ADMIN, 0, CONF_MONITOR_BGP,
     remove_monitor},
    {SRP, "[ no ] monitor bgp exclusive-failover", "One group that is down is enough", CLI_ADMIN,
     FIELD(bgp_exclusive), conf_set_flag},
    {SRP, DIAMETER GROUP, "Watch a Diameter peer, or all of an endpoint", CLI_ADMIN, 0,
     CONF_MONITOR_DIAMETER, add_monitor},
    {SRP, "no " DIAMETER GROUP, "Stop watching Diameter peers", CLI_ADMIN, 0, CONF_MONITOR_DIAMETER,
     remove_monitor},
    {SRP, BFD " { " BFD_KINDS " }", "Watch a BFD neighbor", CLI_ADMIN, 0, CONF_MONITOR_BFD,
     add_monitor},
    {SRP, "no " BFD " [ " BFD_KINDS " ]", "Stop watching a BFD neighbor", CLI_ADMIN, 0,
     CONF_MONITOR_BFD, remove_monitor},
    {SRP, "[ no | default ] bfd-mon-ignore-dead-interval",
     "While Standby, act on chassis-to-chassis BFD instead of the dead-interval", CLI_ADMIN,
     FIELD(bfd_ignore_dead), conf_set_flag},

    GUARD("aaa-switchover-timers", aaa_after_switch, "AAA failures after a switchover"),
    GUARD("diameter-switchover-timers", diam_after_switch, "Diameter failures after a switchover"),
    GUARD("srp-redundancy-timers aaa", aaa_after_failure, "AAA failures after a local one"),
    GUARD("srp-redundancy-timers bgp", bgp_after_failure, "BGP failures after a local one"),
    GUARD("srp-redundancy-timers diam", diam_after_failure, "Diameter failures after a local one"),
};

const struct cli_table conf_monitor_table = {
    rows, sizeof rows / sizeof *rows, NULL, 0, &conf_aaa_table,
};
