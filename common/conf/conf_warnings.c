#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/conf/conf_build.h"

/* Warnings: what works otherwise than was meant, probably. */

static void warn(struct conf_errors *warnings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
warn(struct conf_errors *warnings, const char *format, ...)
{
    va_list list;
    char sentence[CLI_ERR] = "Warning: ";
    size_t at = strlen(sentence);

    va_start(list, format);
    (void)vsnprintf(sentence + at, sizeof sentence - at, format, list);
    va_end(list);
    conf_add_line(warnings, sentence);
}

static bool
has_neighbor(const struct conf *conf, uint8_t context, uint32_t addr)
{
    for (uint8_t i = 0; i < conf->bgp_n; i++)
        for (uint8_t k = 0; conf->bgp[i].context == context && k < conf->bgp[i].peer_n; k++)
            if (conf->bgp[i].peers[k].addr == addr)
                return true;
    return false;
}

static const char *
diameter_fault(const struct conf *conf, uint8_t context, const struct conf_srp_monitor *monitor)
{
    const struct conf_diameter *diameter = conf_find_diameter(conf, context, monitor->endpoint);

    if (!diameter)
        return "the context has no such diameter endpoint";
    if (*monitor->peer && !conf_find_peer(diameter, monitor->peer))
        return "the endpoint has no such peer";
    return diameter->peer_n == 0 ? "the endpoint has no peers" : NULL;
}

/* Why the monitor watches nothing; NULL if it does. */
static const char *
monitor_fault(const struct conf *conf, const struct conf_srp_monitor *monitor)
{
    uint8_t context = conf_find_context(conf, monitor->context);

    if (!conf_monitor_seen(monitor))
        return "nothing here tells its state; it stays Initializing and counts neither way";
    if (context == CONF_CONTEXTS)
        return "there is no such context";
    switch ((enum conf_monitor_kind)monitor->kind) {
    case CONF_MONITOR_AAA:
        return conf_find_radius(conf, context, monitor->addr, monitor->port)
                   ? NULL
                   : "the context has no such radius server";
    case CONF_MONITOR_BGP:
        return has_neighbor(conf, context, monitor->addr) ? NULL
                                                          : "the context has no such BGP neighbor";
    case CONF_MONITOR_DIAMETER:
        return diameter_fault(conf, context, monitor);
    case CONF_MONITOR_HSRP:
    case CONF_MONITOR_BFD: /* needs nothing configured elsewhere */
    case CONF_MONITOR_KINDS:
        break;
    }
    return NULL;
}

static void
warn_monitor(const struct conf *conf, const struct conf_srp_monitor *monitor,
             struct conf_errors *warnings)
{
    const char *fault = monitor_fault(conf, monitor);

    if (fault)
        warn(warnings, "%s: %s", conf_monitor_text(monitor).text, fault);
}

static bool
has_chassis_bfd(const struct conf_srp *srp)
{
    for (uint8_t i = 0; i < srp->monitor_n; i++)
        if (srp->monitors[i].kind == CONF_MONITOR_BFD && srp->monitors[i].chassis_to_chassis)
            return true;
    return false;
}

static void
warn_switchover(const struct conf_srp *srp, struct conf_errors *warnings)
{
    if (srp->allow_early_active && !srp->allow_all_data &&
        !(srp->allow_volte_data && !srp->maintain_accounting))
        warn(warnings, "switchover allow-early-active-transition has no effect without "
                       "allow-all-data-traffic, or allow-volte-data-traffic without "
                       "maintain-accounting");
    if (srp->bfd_ignore_dead && !has_chassis_bfd(srp))
        warn(warnings, "bfd-mon-ignore-dead-interval without a monitor bfd that is "
                       "chassis-to-chassis: a Standby never takes over from a dead peer");
}

static void
warn_srp(const struct conf *conf, struct conf_errors *warnings)
{
    const struct conf_srp *srp = &conf->srp;

    if (srp->dead_s < 3 * srp->hello_s)
        warn(warnings, "dead-interval %u is less than three times hello-interval %u", srp->dead_s,
             srp->hello_s);
    if (!conf_find_addr(conf, srp->context, srp->bind))
        warn(warnings, "SRP bind address %s is that of no interface of context \"%s\"",
             conf_addr_text(srp->bind).text, conf->contexts[srp->context]);
    warn_switchover(srp, warnings);
    for (uint8_t i = 0; i < srp->monitor_n; i++)
        warn_monitor(conf, &srp->monitors[i], warnings);
}

static void
warn_neighbors(const struct conf *conf, struct conf_errors *warnings)
{
    struct conf_neighbor all[CONF_MONITORS + CONF_CONTEXTS * CONF_BGP_PEERS];
    size_t n = conf_neighbors(conf, all, sizeof all / sizeof *all);

    for (size_t i = CONF_NEIGHBORS; i < n; i++)
        warn(warnings,
             "neighbor %s of context \"%s\" has no session: a chassis has %d, first with those it "
             "monitors; remove neighbors of router bgp that are not needed",
             conf_addr_text(all[i].addr).text, all[i].context, CONF_NEIGHBORS);
}

static void
warn_service(const struct conf *conf, const struct conf_service *service,
             struct conf_errors *warnings)
{
    const struct conf_interface *interface;

    if (service->kind == CONF_PGW) {
        if (!*service->associate_egtp)
            warn(warnings, "pgw-service \"%s\" has no egtp-service and answers nothing",
                 service->name);
        return;
    }
    if (!service->bind) {
        warn(warnings, "%s \"%s\" is not bound and answers nothing",
             conf_service_kind_name(service->kind), service->name);
        return;
    }
    interface = conf_find_addr(conf, service->context, service->bind);
    if (conf->srp.configured && interface && !interface->srp_activate)
        warn(warnings, "%s \"%s\" is bound to %s, which does not follow a switchover",
             conf_service_kind_name(service->kind), service->name,
             conf_addr_text(service->bind).text);
}

size_t
conf_warnings(const struct conf *conf, char *out, size_t room)
{
    struct conf_errors warnings = {.out = out, .room = room};

    if (room)
        out[0] = '\0';
    if (conf->srp.configured)
        warn_srp(conf, &warnings);
    warn_neighbors(conf, &warnings);
    for (uint8_t i = 0; i < conf->service_n; i++)
        warn_service(conf, &conf->services[i], &warnings);
    for (uint8_t i = 0; i < conf->apn_n; i++)
        if (!conf_has_pool(conf, conf_apn_destination(conf, &conf->apns[i]), ""))
            warn(&warnings, "apn \"%s\" has no pool to take addresses from", conf->apns[i].name);
    return warnings.n;
}
