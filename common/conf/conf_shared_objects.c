#include <string.h>

#include "common/conf/conf_shared.h"

/* What stands in contexts, of what both chassis must share: "NAME in context CONTEXT". */

static void
add_object(struct shared *shared, const struct conf *conf, uint8_t context, const char *kind,
           const char *name)
{
    conf_shared_add(shared, false, "%s %s in context %s\t", kind, conf_word(name).text,
                    conf_word(conf->contexts[context]).text);
}

static void
add_interface(struct shared *shared, const struct conf *conf,
              const struct conf_interface *interface)
{
    add_object(shared, conf, interface->context, "interface", interface->name);
    if (interface->srp_activate)
        conf_shared_add(shared, true, "ip address %s %s srp-activate",
                        conf_addr_text(interface->addr).text, conf_addr_text(interface->mask).text);
    if (interface->srp_activate6)
        conf_shared_add(shared, true, "%sipv6 address %s srp-activate",
                        interface->srp_activate ? "; " : "", interface->addr6);
}

static void
add_pool(struct shared *shared, const struct conf *conf, const struct conf_pool *pool)
{
    add_object(shared, conf, pool->context, "ip pool", pool->name);
    conf_shared_add(shared, true, "%s %s %s %u srp-activate", conf_addr_text(pool->net).text,
                    conf_addr_text(pool->mask).text, conf_pool_kind_name(pool->kind),
                    pool->priority);
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
            conf_shared_add(shared, false, "order of ip pools in context %s\t%s",
                            conf_word(conf->contexts[context]).text, conf_word(first->name).text);
        begun = true;
        conf_shared_add(shared, true, " %s", conf_word(pool->name).text);
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
            conf_shared_add(shared, false, "busyout in context %s\t",
                            conf_word(conf->contexts[context]).text);
        conf_shared_add(shared, true, "%s%s pool %s%s%s", begun ? "; " : "",
                        busy->ipv6 ? "ipv6" : "ip", *busy->pool ? "name " : "all",
                        *busy->pool ? conf_word(busy->pool).text : "", kinds[busy->kind]);
        if (busy->percent)
            conf_shared_add(shared, true, " %u", busy->percent);
        if (busy->kind == CONF_BUSY_RANGE)
            conf_shared_add(shared, true, " %s %s", busy->from, busy->to);
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
        conf_shared_add(shared, true, "%s%sbind ipv4-address%s%s", service->bind ? "" : "no ",
                        service->kind == CONF_EGTP ? "gtpc " : "", service->bind ? " " : "",
                        service->bind ? conf_addr_text(service->bind).text : "");
        before = "; ";
    }
    if (*service->associate_gtpu)
        conf_shared_add(shared, true, "%sassociate gtpu-service %s", before,
                        conf_word(service->associate_gtpu).text);
    if (*service->associate_egtp)
        conf_shared_add(shared, true, "%sassociate egtp-service %s", before,
                        conf_word(service->associate_egtp).text);
    if (service->pgw_ingress)
        conf_shared_add(shared, true, "%sinterface-type interface-pgw-ingress", before);
    if (service->kind == CONF_PGW && !*service->associate_egtp)
        conf_shared_add(shared, true, "on");
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

    conf_shared_add(shared, false, "ha-service %s %s-ha-spi ", conf_word(ha->name).text,
                    spi->foreign_agent ? "fa" : "mn");
    if (spi->foreign_agent)
        conf_shared_add(shared, true, "%s %s ", conf_addr_text(spi->net).text,
                        conf_addr_text(spi->mask).text);
    conf_shared_add(shared, true, "%u in context %s\tsecret #%06x%s", spi->spi,
                    conf_word(conf->contexts[ha->context]).text, conf_digest(spi->secret.text),
                    hashes[spi->hash]);
}

static void
add_ha(struct shared *shared, const struct conf *conf, const struct conf_ha *ha)
{
    add_object(shared, conf, ha->context, "ha-service", ha->name);
    conf_shared_add(shared, true, "%sbind address%s%s", ha->bind ? "" : "no ", ha->bind ? " " : "",
                    ha->bind ? conf_addr_text(ha->bind).text : "");
    for (uint8_t i = 0; i < ha->spi_n; i++)
        add_spi(shared, conf, ha, &ha->spis[i]);
}

/* With monitor bgp vrf-srp-validate only. */
static void
add_bgp(struct shared *shared, const struct conf *conf, const struct conf_bgp *bgp)
{
    uint64_t last = 0, next;

    conf_shared_add(shared, false, "router bgp in context %s\t%u",
                    conf_word(conf->contexts[bgp->context]).text, bgp->as);
    for (uint8_t n = 0; n < bgp->peer_n; n++, last = next) {
        next = UINT64_MAX;
        for (uint8_t i = 0; i < bgp->peer_n; i++) {
            uint64_t peer = ((uint64_t)bgp->peers[i].addr << 32 | bgp->peers[i].remote_as);

            next = peer > last && peer < next ? peer : next; /* no two are equal, none is 0 */
        }
        conf_shared_add(shared, true, "; neighbor %s remote-as %u",
                        conf_addr_text((uint32_t)(next >> 32)).text, (uint32_t)next);
    }
    last = 0;
    for (uint8_t n = 0; n < bgp->network_n; n++, last = next) {
        next = UINT64_MAX;
        for (uint8_t i = 0; i < bgp->network_n; i++) {
            uint64_t net = ((uint64_t)bgp->networks[i].net << 32 | bgp->networks[i].mask) + 1;

            next = net > last && net < next ? net : next;
        }
        conf_shared_add(shared, true, "; network %s %s",
                        conf_addr_text((uint32_t)((next - 1) >> 32)).text,
                        conf_addr_text((uint32_t)(next - 1)).text);
    }
}

static void
add_apn(struct shared *shared, const struct conf *conf, const struct conf_apn *apn)
{
    add_object(shared, conf, apn->context, "apn", apn->name);
    conf_shared_add(
        shared, true, "ip context-name %s",
        conf_word(*apn->ip_context ? apn->ip_context : conf->contexts[apn->context]).text);
    if (*apn->pool)
        conf_shared_add(shared, true, "; ip address pool name %s", conf_word(apn->pool).text);
    if (apn->dns[0])
        conf_shared_add(shared, true, "; dns primary %s", conf_addr_text(apn->dns[0]).text);
    if (apn->dns[1])
        conf_shared_add(shared, true, "; dns secondary %s", conf_addr_text(apn->dns[1]).text);
    if (apn->selection)
        conf_shared_add(shared, true, "; selection-mode%s%s%s",
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
        conf_shared_add(shared, false, "radius max-retries in context %s\t%u", name.text,
                        ways->retries);
    if (ways->timeout_s != conf_radius_default.timeout_s)
        conf_shared_add(shared, false, "radius timeout in context %s\t%u", name.text,
                        ways->timeout_s);
    if (ways->status_server)
        conf_shared_add(shared, false, "radius probe-with in context %s\tstatus-server", name.text);
}

static void
add_nas(struct shared *shared, const struct conf *conf, uint8_t context)
{
    uint32_t addr = conf->of_context[context].nas_ip;

    if (addr)
        conf_shared_add(shared, false, "radius attribute nas-ip-address in context %s\taddress %s",
                        conf_word(conf->contexts[context]).text, conf_addr_text(addr).text);
}

static void
add_radius(struct shared *shared, const struct conf *conf, const char *kind,
           const struct conf_radius *radius)
{
    conf_shared_add(shared, false, "radius %s %s port %u in context %s\t", kind,
                    conf_addr_text(radius->addr).text, radius->port,
                    conf_word(conf->contexts[radius->context]).text);
    if (*radius->key.text)
        conf_shared_add(shared, true, "key #%06x", conf_digest(radius->key.text));
    else
        conf_shared_add(shared, true, "key of the lab");
}

/* All but the origin host, which names the chassis itself. */
static void
add_diameter(struct shared *shared, const struct conf *conf, const struct conf_diameter *diameter)
{
    add_object(shared, conf, diameter->context, "diameter endpoint", diameter->endpoint);
    if (*diameter->realm)
        conf_shared_add(shared, true, "origin realm %s; ", conf_word(diameter->realm).text);
    conf_shared_add(shared, true, "watchdog-timeout %u", diameter->watchdog_s);
    for (uint8_t i = 0; i < diameter->peer_n; i++) {
        const struct conf_diameter_peer *peer = &diameter->peers[i];

        conf_shared_add(shared, false, "diameter endpoint %s peer %s in context %s\tpeer %s ",
                        conf_word(diameter->endpoint).text, conf_word(peer->name).text,
                        conf_word(conf->contexts[diameter->context]).text,
                        conf_word(peer->name).text);
        if (*peer->realm)
            conf_shared_add(shared, true, "realm %s ", conf_word(peer->realm).text);
        conf_shared_add(shared, true, "address %s port %u", conf_addr_text(peer->addr).text,
                        peer->port);
    }
}

void
conf_shared_objects(struct shared *shared, const struct conf *conf)
{
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
}
