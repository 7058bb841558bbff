#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf/conf_build.h"

/* What both chassis must share, as text: docs/staros.md, "Configuration validation". A key is
 * the command or object it is about, a value what follows in the command or stands in the
 * object, so that conf_compare can say what to enter. The lines are sorted: neither layout nor
 * order of a configuration matters, save that of the pools, which has lines of its own. */

enum {
    SETTINGS = 40,
    LINES = SETTINGS + CONF_INTERFACES + CONF_POOLS + CONF_CONTEXTS + CONF_SERVICES + CONF_APNS +
            CONF_MONITORS + CONF_RADIUS + CONF_CONTEXTS * 3 +
            CONF_DIAMETER * (1 + CONF_DIAMETER_PEERS) + CONF_HA * (1 + CONF_SPIS) + CONF_RADIUS +
            CONF_CONTEXTS * 3,
};

struct shared {
    char text[CONF_SHARED]; /* terminated lines */
    size_t len;
    const char *lines[LINES];
    size_t line_n;
};

static void add(struct shared *shared, bool more, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A line, or `more` of the last one. */
static void
add(struct shared *shared, bool more, const char *format, ...)
{
    size_t at = more ? --shared->len : shared->len, room = sizeof shared->text - at;
    va_list list;
    int n;

    if (!more) {
        assert(shared->line_n < LINES);
        shared->lines[shared->line_n++] = shared->text + at;
    }
    va_start(list, format);
    n = vsnprintf(shared->text + at, room, format, list);
    va_end(list);
    assert(n >= 0 && (size_t)n < room); /* the largest configuration fits; a test has one */
    shared->len = at + (size_t)n + 1;
}

/* ---- the block service-redundancy-protocol ---- */

static void
add_number(struct shared *shared, const char *command, uint32_t value)
{
    add(shared, false, "srp %s\t%u", command, value);
}

static void
add_flag(struct shared *shared, const char *command, bool on)
{
    add(shared, false, "srp %s\t%s", command, on ? "on" : "off");
}

static void
add_guard(struct shared *shared, const char *timer, const struct conf_guard *guard)
{
    add(shared, false, "srp guard-timer %s guard-period\t%u", timer, guard->guard_s);
    add(shared, false, "srp guard-timer %s damping-period\t%u", timer, guard->damping_s);
}

/* Each chassis names the other one, by an address that is not compared either. */
static bool
is_peer(const struct conf_srp *srp, const struct conf_srp_monitor *monitor)
{
    return monitor->chassis_to_chassis && monitor->addr == srp->peer;
}

static void
add_monitor(struct shared *shared, const struct conf_srp *srp,
            const struct conf_srp_monitor *monitor)
{
    if (is_peer(srp, monitor))
        add(shared, false, "srp monitor bfd context %s peer-ip-address\t",
            conf_word(monitor->context).text);
    else
        add(shared, false, "srp %s\t", conf_monitor_text(monitor).text);
    if (monitor->kind == CONF_MONITOR_BFD)
        add(shared, true, "chassis-to-%s", monitor->chassis_to_chassis ? "chassis" : "router");
    else if (monitor->group && monitor->kind != CONF_MONITOR_HSRP) /* which has it in its name */
        add(shared, true, "group %u", monitor->group);
    else
        add(shared, true, "on");
}

static void
add_monitors(struct shared *shared, const struct conf_srp *srp)
{
    for (uint8_t i = 0; i < srp->monitor_n; i++)
        add_monitor(shared, srp, &srp->monitors[i]);
    add_flag(shared, "monitor bgp exclusive-failover", srp->bgp_exclusive);
    add_flag(shared, "monitor bgp vrf-srp-validate", srp->bgp_vrf_validate);
    add_flag(shared, "bfd-mon-ignore-dead-interval", srp->bfd_ignore_dead);
    add_guard(shared, "aaa-switchover-timers", &srp->aaa_after_switch);
    add_guard(shared, "diameter-switchover-timers", &srp->diam_after_switch);
    add_guard(shared, "srp-redundancy-timers aaa", &srp->aaa_after_failure);
    add_guard(shared, "srp-redundancy-timers bgp", &srp->bgp_after_failure);
    add_guard(shared, "srp-redundancy-timers diam", &srp->diam_after_failure);
}

static void
add_switchover(struct shared *shared, const struct conf_srp *srp)
{
    add_number(shared, "internal-switchover-retry-interval", srp->retry_interval_s);
    add_number(shared, "num-internal-switchover-retry", srp->retries);
    add_flag(shared, "switchover allow-all-data-traffic", srp->allow_all_data);
    add(shared, false, "srp switchover allow-volte-data-traffic\t%s",
        srp->maintain_accounting ? "maintain-accounting"
        : srp->allow_volte_data  ? "on"
                                 : "off");
    add_flag(shared, "switchover allow-early-active-transition", srp->allow_early_active);
    add_flag(shared, "switchover control-outage-optimization", srp->control_optimization);
    add_flag(shared, "handle-interim-resource-msg", srp->handle_interim);
    add(shared, false, "srp advertise-routes-in-standby-state\t");
    if (!srp->advertise_in_standby)
        add(shared, true, "off");
    else
        add(shared, true, "hold-off-time %u", srp->hold_off_s);
    if (srp->advertise_in_standby && srp->reset_bfd_ms)
        add(shared, true, " reset-bfd-nbrs %u", srp->reset_bfd_ms);
}

static void
add_nack(struct shared *shared, const char *scale, const struct conf_nack *nack)
{
    add(shared, false, "srp checkpoint session nack %s\t", scale);
    if (nack->on)
        add(shared, true, "max-response %u", nack->max_response);
    else
        add(shared, true, "off");
}

static void
add_srp(struct shared *shared, const struct conf *conf)
{
    const struct conf_srp *srp = &conf->srp;

    add(shared, false, "srp context\t%s",
        srp->configured ? conf_word(conf->contexts[srp->context]).text : "none");
    if (!srp->configured)
        return;
    add_number(shared, "hello-interval", srp->hello_s);
    add_number(shared, "dead-interval", srp->dead_s);
    if (srp->delay_s)
        add_number(shared, "delay-interval", srp->delay_s);
    else
        add_flag(shared, "delay-interval", false);
    add_number(shared, "configuration-interval", srp->config_s);
    add_number(shared, "route-modifier threshold", srp->rm_threshold);
    add_number(shared, "delta-route-modifier", srp->rm_delta);
    add_number(shared, "checkpoint session duration ims-session", srp->duration_ims_s);
    add_number(shared, "checkpoint session duration non-ims-session", srp->duration_non_ims_s);
    add_number(shared, "checkpoint session periodic-interval", srp->periodic_min);
    add_nack(shared, "macro", &srp->nack[CONF_MACRO]);
    add_nack(shared, "micro", &srp->nack[CONF_MICRO]);
    add(shared, false, "srp checkpoint session compression\t%s",
        srp->compression == CONF_LZ4 ? "lz4" : "zlib");
    if (srp->audit_daily)
        add(shared, false, "srp audit daily-start-time\t%02u %02u", srp->audit_start_min / 60,
            srp->audit_start_min % 60);
    else
        add_flag(shared, "audit daily-start-time", false);
    add_number(shared, "audit periodicity", srp->audit_periodicity_min);
    add(shared, false, "srp standby database-recovery\t%s",
        srp->recovery_aggressive ? "aggressive" : "normal");
    add(shared, false, "srp dscp-marking control\t%s", conf_dscp_name(srp->dscp_control));
    add(shared, false, "srp dscp-marking session\t%s", conf_dscp_name(srp->dscp_session));
    add_monitors(shared, srp);
    add_switchover(shared, srp);
}

/* ---- objects of a context: "NAME in context CONTEXT" ---- */

static void
add_object(struct shared *shared, const struct conf *conf, uint8_t context, const char *kind,
           const char *name)
{
    add(shared, false, "%s %s in context %s\t", kind, conf_word(name).text,
        conf_word(conf->contexts[context]).text);
}

static void
add_interface(struct shared *shared, const struct conf *conf,
              const struct conf_interface *interface)
{
    add_object(shared, conf, interface->context, "interface", interface->name);
    if (interface->srp_activate)
        add(shared, true, "ip address %s %s srp-activate", conf_addr_text(interface->addr).text,
            conf_addr_text(interface->mask).text);
    if (interface->srp_activate6)
        add(shared, true, "%sipv6 address %s srp-activate", interface->srp_activate ? "; " : "",
            interface->addr6);
}

static void
add_pool(struct shared *shared, const struct conf *conf, const struct conf_pool *pool)
{
    add_object(shared, conf, pool->context, "ip pool", pool->name);
    add(shared, true, "%s %s %s %u srp-activate", conf_addr_text(pool->net).text,
        conf_addr_text(pool->mask).text, conf_pool_kind_name(pool->kind), pool->priority);
}

/* The names of the context's pools as they were entered; nothing for less than two. */
static void
add_pool_order(struct shared *shared, const struct conf *conf, uint8_t context)
{
    const struct conf_pool *first = NULL;
    bool begun = false;

    for (uint8_t i = 0; i < conf->pool_n; i++) {
        const struct conf_pool *pool = &conf->pools[i];

        if (pool->context != context || !pool->srp_activate)
            continue;
        if (!first) {
            first = pool;
            continue;
        }
        if (!begun)
            add(shared, false, "order of ip pools in context %s\t%s",
                conf_word(conf->contexts[context]).text, conf_word(first->name).text);
        begun = true;
        add(shared, true, " %s", conf_word(pool->name).text);
    }
}

/* All of a context: their order counts. */
static void
add_busyouts(struct shared *shared, const struct conf *conf, uint8_t context)
{
    static const char *const kinds[] = {
        [CONF_BUSY_ALL] = "",
        [CONF_BUSY_LOWER] = " lower-percentage",
        [CONF_BUSY_UPPER] = " upper-percentage",
        [CONF_BUSY_RANGE] = " address-range",
    };
    bool begun = false;

    for (uint8_t i = 0; i < conf->busyout_n; i++) {
        const struct conf_busyout *busy = &conf->busyouts[i];

        if (busy->context != context)
            continue;
        if (!begun)
            add(shared, false, "busyout in context %s\t", conf_word(conf->contexts[context]).text);
        add(shared, true, "%s%s pool %s%s%s", begun ? "; " : "", busy->ipv6 ? "ipv6" : "ip",
            *busy->pool ? "name " : "all", *busy->pool ? conf_word(busy->pool).text : "",
            kinds[busy->kind]);
        if (busy->percent)
            add(shared, true, " %u", busy->percent);
        if (busy->kind == CONF_BUSY_RANGE)
            add(shared, true, " %s %s", busy->from, busy->to);
        begun = true;
    }
}

static void
add_service(struct shared *shared, const struct conf *conf, const struct conf_service *service)
{
    const char *before = "";

    add_object(shared, conf, service->context, conf_service_kind_name(service->kind),
               service->name);
    if (service->kind != CONF_PGW) {
        add(shared, true, "%s%sbind ipv4-address%s%s", service->bind ? "" : "no ",
            service->kind == CONF_EGTP ? "gtpc " : "", service->bind ? " " : "",
            service->bind ? conf_addr_text(service->bind).text : "");
        before = "; ";
    }
    if (*service->associate_gtpu)
        add(shared, true, "%sassociate gtpu-service %s", before,
            conf_word(service->associate_gtpu).text);
    if (*service->associate_egtp)
        add(shared, true, "%sassociate egtp-service %s", before,
            conf_word(service->associate_egtp).text);
    if (service->pgw_ingress)
        add(shared, true, "%sinterface-type interface-pgw-ingress", before);
    if (service->kind == CONF_PGW && !*service->associate_egtp)
        add(shared, true, "on");
}

/* Secrets by their digests. */
static void
add_spi(struct shared *shared, const struct conf *conf, const struct conf_ha *ha,
        const struct conf_spi *spi)
{
    static const char *const hashes[] = {
        [CONF_HASH_UNSAID] = "",
        [CONF_HASH_MD5] = " hash-algorithm md5",
        [CONF_HASH_HMAC_MD5] = " hash-algorithm hmac-md5",
        [CONF_HASH_RFC2002_MD5] = " hash-algorithm rfc2002-md5",
    };

    add(shared, false, "ha-service %s %s-ha-spi ", conf_word(ha->name).text,
        spi->foreign_agent ? "fa" : "mn");
    if (spi->foreign_agent)
        add(shared, true, "%s %s ", conf_addr_text(spi->net).text, conf_addr_text(spi->mask).text);
    add(shared, true, "%u in context %s\tsecret #%06x%s", spi->spi,
        conf_word(conf->contexts[ha->context]).text, conf_digest(spi->secret.text),
        hashes[spi->hash]);
}

static void
add_ha(struct shared *shared, const struct conf *conf, const struct conf_ha *ha)
{
    add_object(shared, conf, ha->context, "ha-service", ha->name);
    add(shared, true, "%sbind address%s%s", ha->bind ? "" : "no ", ha->bind ? " " : "",
        ha->bind ? conf_addr_text(ha->bind).text : "");
    for (uint8_t i = 0; i < ha->spi_n; i++)
        add_spi(shared, conf, ha, &ha->spis[i]);
}

/* With monitor bgp vrf-srp-validate only. */
static void
add_bgp(struct shared *shared, const struct conf *conf, const struct conf_bgp *bgp)
{
    uint64_t last = 0, next;

    add(shared, false, "router bgp in context %s\t%u", conf_word(conf->contexts[bgp->context]).text,
        bgp->as);
    for (uint8_t n = 0; n < bgp->peer_n; n++, last = next) {
        next = UINT64_MAX;
        for (uint8_t i = 0; i < bgp->peer_n; i++) {
            uint64_t peer = ((uint64_t)bgp->peers[i].addr << 32 | bgp->peers[i].remote_as);

            next = peer > last && peer < next ? peer : next; /* no two are equal, none is 0 */
        }
        add(shared, true, "; neighbor %s remote-as %u", conf_addr_text((uint32_t)(next >> 32)).text,
            (uint32_t)next);
    }
    last = 0;
    for (uint8_t n = 0; n < bgp->network_n; n++, last = next) {
        next = UINT64_MAX;
        for (uint8_t i = 0; i < bgp->network_n; i++) {
            uint64_t net = ((uint64_t)bgp->networks[i].net << 32 | bgp->networks[i].mask) + 1;

            next = net > last && net < next ? net : next;
        }
        add(shared, true, "; network %s %s", conf_addr_text((uint32_t)((next - 1) >> 32)).text,
            conf_addr_text((uint32_t)(next - 1)).text);
    }
}

static void
add_apn(struct shared *shared, const struct conf *conf, const struct conf_apn *apn)
{
    add_object(shared, conf, apn->context, "apn", apn->name);
    add(shared, true, "ip context-name %s",
        conf_word(*apn->ip_context ? apn->ip_context : conf->contexts[apn->context]).text);
    if (*apn->pool)
        add(shared, true, "; ip address pool name %s", conf_word(apn->pool).text);
    if (apn->dns[0])
        add(shared, true, "; dns primary %s", conf_addr_text(apn->dns[0]).text);
    if (apn->dns[1])
        add(shared, true, "; dns secondary %s", conf_addr_text(apn->dns[1]).text);
    if (apn->selection)
        add(shared, true, "; selection-mode%s%s%s",
            apn->selection & CONF_SELECTION_SUBSCRIBED ? " subscribed" : "",
            apn->selection & CONF_SELECTION_SENT_BY_MS ? " sent-by-ms" : "",
            apn->selection & CONF_SELECTION_CHOSEN ? " chosen-by-sgsn" : "");
}

/* Of a context that has servers; what is at its default goes without saying. */
static void
add_radius_ways(struct shared *shared, const struct conf *conf, uint8_t context)
{
    const struct conf_radius_ways *ways = &conf->radius_ways[context];
    struct conf_word name = conf_word(conf->contexts[context]);
    uint8_t i = 0;

    while (i < conf->radius_n && conf->radius[i].context != context)
        i++;
    if (i == conf->radius_n)
        return;
    if (ways->retries != conf_radius_default.retries)
        add(shared, false, "radius max-retries in context %s\t%u", name.text, ways->retries);
    if (ways->timeout_s != conf_radius_default.timeout_s)
        add(shared, false, "radius timeout in context %s\t%u", name.text, ways->timeout_s);
    if (ways->status_server)
        add(shared, false, "radius probe-with in context %s\tstatus-server", name.text);
}

static void
add_nas(struct shared *shared, const struct conf *conf, uint8_t context)
{
    uint32_t addr = conf->of_context[context].nas_ip;

    if (addr)
        add(shared, false, "radius attribute nas-ip-address in context %s\taddress %s",
            conf_word(conf->contexts[context]).text, conf_addr_text(addr).text);
}

static void
add_radius(struct shared *shared, const struct conf *conf, const char *kind,
           const struct conf_radius *radius)
{
    add(shared, false, "radius %s %s port %u in context %s\t", kind,
        conf_addr_text(radius->addr).text, radius->port,
        conf_word(conf->contexts[radius->context]).text);
    if (*radius->key.text)
        add(shared, true, "key #%06x", conf_digest(radius->key.text));
    else
        add(shared, true, "key of the lab");
}

/* All but the origin host, which names the chassis itself. */
static void
add_diameter(struct shared *shared, const struct conf *conf, const struct conf_diameter *diameter)
{
    add_object(shared, conf, diameter->context, "diameter endpoint", diameter->endpoint);
    if (*diameter->realm)
        add(shared, true, "origin realm %s; ", conf_word(diameter->realm).text);
    add(shared, true, "watchdog-timeout %u", diameter->watchdog_s);
    for (uint8_t i = 0; i < diameter->peer_n; i++) {
        const struct conf_diameter_peer *peer = &diameter->peers[i];

        add(shared, false, "diameter endpoint %s peer %s in context %s\tpeer %s ",
            conf_word(diameter->endpoint).text, conf_word(peer->name).text,
            conf_word(conf->contexts[diameter->context]).text, conf_word(peer->name).text);
        if (*peer->realm)
            add(shared, true, "realm %s ", conf_word(peer->realm).text);
        add(shared, true, "address %s port %u", conf_addr_text(peer->addr).text, peer->port);
    }
}

/* ---- the whole ---- */

static int
compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
collect(struct shared *shared, const struct conf *conf)
{
    shared->len = shared->line_n = 0;
    add_srp(shared, conf);
    for (uint8_t i = 0; i < conf->interface_n; i++)
        if (conf->interfaces[i].srp_activate || conf->interfaces[i].srp_activate6)
            add_interface(shared, conf, &conf->interfaces[i]);
    for (uint8_t i = 0; i < conf->pool_n; i++)
        if (conf->pools[i].srp_activate)
            add_pool(shared, conf, &conf->pools[i]);
    for (uint8_t i = 0; i < conf->context_n; i++)
        add_pool_order(shared, conf, i);
    for (uint8_t i = 0; i < conf->context_n; i++)
        add_busyouts(shared, conf, i);
    for (uint8_t i = 0; i < conf->service_n; i++)
        add_service(shared, conf, &conf->services[i]);
    for (uint8_t i = 0; i < conf->ha_n; i++)
        add_ha(shared, conf, &conf->ha[i]);
    for (uint8_t i = 0; conf->srp.bgp_vrf_validate && i < conf->bgp_n; i++)
        add_bgp(shared, conf, &conf->bgp[i]);
    for (uint8_t i = 0; i < conf->apn_n; i++)
        add_apn(shared, conf, &conf->apns[i]);
    for (uint8_t i = 0; i < conf->radius_n; i++)
        add_radius(shared, conf, "server", &conf->radius[i]);
    for (uint8_t i = 0; i < conf->accounting_n; i++)
        add_radius(shared, conf, "accounting server", &conf->accounting[i]);
    for (uint8_t i = 0; i < conf->context_n; i++)
        add_nas(shared, conf, i);
    for (uint8_t i = 0; i < conf->context_n; i++)
        add_radius_ways(shared, conf, i);
    for (uint8_t i = 0; i < conf->diameter_n; i++)
        add_diameter(shared, conf, &conf->diameter[i]);
    qsort(shared->lines, shared->line_n, sizeof *shared->lines, compare_lines);
}

size_t
conf_shared(const struct conf *conf, char *out, size_t room)
{
    struct shared shared;
    size_t at = 0;

    if (room)
        out[0] = '\0';
    collect(&shared, conf);
    if (shared.len >= room)
        return shared.len;
    for (size_t i = 0; i < shared.line_n; i++) {
        size_t len = strlen(shared.lines[i]);

        memcpy(out + at, shared.lines[i], len);
        at += len;
        out[at++] = '\n';
    }
    out[at] = '\0';
    return at;
}

uint32_t
conf_srp_checksum(const struct conf *conf)
{
    char text[CONF_SHARED];
    size_t len = conf_shared(conf, text, sizeof text);

    return (uint32_t)(conf_hash(text, len) >> 32);
}
