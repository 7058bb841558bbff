#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

/* No IPv6 is spoken here, and a link of two families cannot be. */
static void
warn_ends(const struct conf *conf, struct conf_errors *warnings)
{
    const struct conf_srp *srp = &conf->srp;

    if ((srp->bind && *srp->peer6) || (*srp->bind6 && srp->peer))
        warn(warnings, "SRP bind address and peer-ip-address are of different families: the link "
                       "stays Not Connected");
    else if (*srp->bind6 || *srp->peer6)
        warn(warnings, "SRP bind address and peer-ip-address of IPv6 are kept, but the SRP link is "
                       "made over IPv4 here: it stays Not Connected");
    if (srp->bind && !conf_find_addr(conf, srp->context, srp->bind))
        warn(warnings, "SRP bind address %s is that of no interface of context \"%s\"",
             conf_addr_text(srp->bind).text, conf->contexts[srp->context]);
}

static void
warn_srp(const struct conf *conf, struct conf_errors *warnings)
{
    const struct conf_srp *srp = &conf->srp;

    if (srp->dead_s < 3 * srp->hello_s)
        warn(warnings, "dead-interval %u is less than three times hello-interval %u", srp->dead_s,
             srp->hello_s);
    warn_ends(conf, warnings);
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

static void
warn_ha(const struct conf *conf, struct conf_errors *warnings)
{
    for (uint8_t i = 0; i < conf->ha_n; i++)
        warn(warnings,
             "ha-service \"%s\" is kept and compared, but there is no home agent here: it "
             "answers nothing",
             conf->ha[i].name);
}

/* ---- what is kept, and does not do what it says ---- */

static void
warn_pools(const struct conf *conf, struct conf_errors *warnings)
{
    for (uint8_t i = 0; i < conf->busyout_n; i++) {
        const struct conf_busyout *busy = &conf->busyouts[i];
        const char *context = conf->contexts[busy->context];

        if (busy->ipv6)
            warn(warnings,
                 "busyout ipv6 pool in context \"%s\" is kept and compared, but there are "
                 "no IPv6 pools here",
                 context);
        else if (!conf_has_pool(conf, busy->context, busy->pool))
            warn(warnings, "busyout of pool \"%s\", which context \"%s\" does not have",
                 *busy->pool ? busy->pool : "all", context);
    }
}

static void
warn_contexts(const struct conf *conf, struct conf_errors *warnings)
{
    for (uint8_t i = 0; i < conf->context_n; i++) {
        uint32_t nas_ip = conf->of_context[i].nas_ip;

        if (nas_ip && !conf_find_addr(conf, i, nas_ip))
            warn(warnings, "radius nas-ip-address %s is that of no interface of context \"%s\"",
                 conf_addr_text(nas_ip).text, conf->contexts[i]);
    }
    for (uint8_t i = 0; i < conf->interface_n; i++)
        if (*conf->interfaces[i].addr6)
            warn(warnings, "ipv6 address %s of interface \"%s\" is kept, but nothing answers there",
                 conf->interfaces[i].addr6, conf->interfaces[i].name);
}

static void
warn_system(const struct conf *conf, struct conf_errors *warnings)
{
    if (conf->session_recovery)
        warn(warnings, "require session recovery is kept, but a session manager that ends is not "
                       "recovered inside of its chassis here: its calls come back from the peer "
                       "chassis");
    if (conf->del_cause != CONF_CAUSE_UNSAID)
        warn(warnings, "del-cause of graceful-cleanup-during-audit-failure is kept, but has no "
                       "effect");
    if (conf->gather_off)
        warn(warnings, "bulkstats mode is kept, but no bulk statistics are gathered here");
    if (conf->srp.handle_interim)
        warn(warnings, "handle-interim-resource-msg is kept and compared, but there are no interim "
                       "resource messages here");
}

/* ---- secrets of other systems ---- */

static void
warn_secret(const struct conf_secret *secret, struct conf_errors *warnings, const char *of,
            const char *name, const char *keyword)
{
    if (secret->state == CONF_SECRET_FOREIGN)
        warn(warnings,
             "the encrypted %s of %s %s cannot be read by this lab; enter it anew with "
             "\"%s\"",
             keyword, of, name, keyword);
}

static void
warn_secrets(const struct conf *conf, struct conf_errors *warnings)
{
    for (uint8_t i = 0; i < conf->radius_n; i++)
        warn_secret(&conf->radius[i].key, warnings, "radius server",
                    conf_addr_text(conf->radius[i].addr).text, "key");
    for (uint8_t i = 0; i < conf->accounting_n; i++)
        warn_secret(&conf->accounting[i].key, warnings, "radius accounting server",
                    conf_addr_text(conf->accounting[i].addr).text, "key");
    for (uint8_t i = 0; i < conf->snmp_n; i++)
        warn_secret(&conf->snmp[i].community, warnings, "snmp target", conf->snmp[i].name,
                    "security-name");
    for (uint8_t i = 0; i < conf->ha_n; i++)
        for (uint8_t k = 0; k < conf->ha[i].spi_n; k++)
            warn_secret(&conf->ha[i].spis[k].secret, warnings, "ha-service", conf->ha[i].name,
                        "secret");
}

/* ---- the whole ---- */

static void
add_warnings(const struct conf *conf, struct conf_errors *warnings)
{
    if (conf->srp.configured)
        warn_srp(conf, warnings);
    warn_neighbors(conf, warnings);
    for (uint8_t i = 0; i < conf->service_n; i++)
        warn_service(conf, &conf->services[i], warnings);
    warn_ha(conf, warnings);
    for (uint8_t i = 0; i < conf->apn_n; i++)
        if (!conf_has_pool(conf, conf_apn_destination(conf, &conf->apns[i]), ""))
            warn(warnings, "apn \"%s\" has no pool to take addresses from", conf->apns[i].name);
    warn_pools(conf, warnings);
    warn_contexts(conf, warnings);
    warn_system(conf, warnings);
    warn_secrets(conf, warnings);
}

size_t
conf_warnings(const struct conf *conf, char *out, size_t room)
{
    struct conf_errors warnings = {.out = out, .room = room};

    if (room)
        out[0] = '\0';
    add_warnings(conf, &warnings);
    return warnings.n;
}

size_t
conf_faults(const struct conf *conf, char *out, size_t room)
{
    struct conf_build *build = calloc(1, sizeof *build);
    struct conf_errors faults = {.out = out, .room = room};

    if (!build)
        abort();
    if (room)
        out[0] = '\0';
    build->conf = *conf;
    conf_check(build, &faults);
    add_warnings(conf, &faults);
    free(build);
    return faults.n;
}
