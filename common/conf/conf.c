#include "common/conf/conf.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"
#include "common/conf/conf_build.h"

/* Values and ranges: docs/staros.md, "SRP configuration mode". */
const struct conf_radius_ways conf_radius_default = {
    .retries = CONF_RADIUS_RETRIES,
    .timeout_s = CONF_RADIUS_TIMEOUT_S,
};

#define GUARD                                                                                      \
    {                                                                                              \
        .guard_s = 60, .damping_s = 60                                                             \
    }

const struct conf_srp conf_srp_default = {
    .mode = CONF_BACKUP,
    .priority = 125,
    .hello_s = 10,
    .dead_s = 30,
    .config_s = 3600,
    .rm_threshold = 16,
    .rm_delta = 1,
    .duration_ims_s = 60,
    .duration_non_ims_s = 60,
    .periodic_min = 45,
    .nack = {[CONF_MACRO] = {.max_response = 3}, [CONF_MICRO] = {.max_response = 3}},
    .compression = CONF_ZLIB,
    .audit_periodicity_min = 60,
    .aaa_after_switch = GUARD,
    .diam_after_switch = GUARD,
    .aaa_after_failure = GUARD,
    .bgp_after_failure = GUARD,
    .diam_after_failure = GUARD,
    .retry_interval_s = 60,
    .retries = 3,
    .hold_off_s = 30,
};

void
conf_defaults(struct conf *conf)
{
    memset(conf, 0, sizeof *conf); /* padding too: configurations are compared as bytes */
    conf_set_name(conf->contexts[0], "local");
    conf->context_n = 1;
    memcpy(&conf->srp, &conf_srp_default, sizeof conf->srp);
    for (size_t i = 0; i < CONF_CONTEXTS; i++)
        conf->radius_ways[i] = conf_radius_default;
}

void
conf_set_name(char field[CONF_NAME], const char *word)
{
    size_t len = strnlen(word, CONF_NAME - 1);

    memmove(field, word, len);
    memset(field + len, 0, CONF_NAME - len);
}

struct conf_addr_text
conf_addr_text(uint32_t addr)
{
    struct conf_addr_text out;

    (void)snprintf(out.text, sizeof out.text, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255,
                   addr >> 8 & 255, addr & 255);
    return out;
}

uint8_t
conf_nth(const uint8_t *first, size_t size, uint8_t n, uint8_t context, size_t i)
{
    uint8_t at = 0;

    for (; at < n; at++)
        if (first[at * size] == context && i-- == 0)
            break;
    return at;
}

size_t
conf_nth_set(const bool *flags, size_t n, size_t i)
{
    size_t at = 0;

    for (; at < n; at++)
        if (flags[at] && i-- == 0)
            break;
    return at;
}

void
conf_set_addr6(char *out, size_t room, const char *text)
{
    char addr_text[CONF_ADDR6], shortest[CONF_ADDR6];
    size_t len = strcspn(text, "/");
    unsigned long prefix = 0;
    struct in6_addr addr;

    memset(out, 0, room);
    if (len >= sizeof addr_text)
        return;
    memcpy(addr_text, text, len);
    addr_text[len] = '\0';
    if (text[len]) {
        const char *digits = text + len + 1;

        if (!*digits || digits[strspn(digits, "0123456789")] ||
            (prefix = strtoul(digits, NULL, 10)) > 128)
            return;
    }
    if (inet_pton(AF_INET6, addr_text, &addr) != 1 ||
        !inet_ntop(AF_INET6, &addr, shortest, sizeof shortest))
        return;
    if (text[len])
        (void)snprintf(out, room, "%s/%lu", shortest, prefix);
    else
        (void)snprintf(out, room, "%s", shortest);
}

/* ---- names for people ---- */

uint64_t
conf_hash(const char *text, size_t len)
{
    uint64_t hash = len;

    for (size_t i = 0; i < len; i++)
        hash = mix64(hash + UINT64_C(0x9e3779b97f4a7c15) + (unsigned char)text[i]);
    return hash;
}

uint32_t
conf_digest(const char *text)
{
    return (uint32_t)(conf_hash(text, strlen(text)) >> 40);
}

struct conf_word
conf_word(const char *name)
{
    enum { DIGEST = 7 }; /* "~" and six digits */
    struct conf_word word;
    const char *quote = strchr(name, ' ') ? "\"" : "";
    size_t len = strlen(name), most = CONF_WORD - 1 - 2 * strlen(quote);

    if (len <= most)
        (void)snprintf(word.text, sizeof word.text, "%s%.*s%s", quote, (int)len, name, quote);
    else
        (void)snprintf(word.text, sizeof word.text, "%s%.*s~%06x%s", quote, (int)(most - DIGEST),
                       name, conf_digest(name), quote);
    return word;
}

struct conf_monitor_text
conf_monitor_text(const struct conf_srp_monitor *monitor)
{
    struct conf_monitor_text out;
    struct conf_word context = conf_word(monitor->context), endpoint, peer;

    switch ((enum conf_monitor_kind)monitor->kind) {
    case CONF_MONITOR_AAA:
        (void)snprintf(out.text, sizeof out.text,
                       "monitor authentication-probe context %s %s port %u", context.text,
                       conf_addr_text(monitor->addr).text, monitor->port);
        break;
    case CONF_MONITOR_DIAMETER:
        endpoint = conf_word(monitor->endpoint);
        peer = conf_word(monitor->peer);
        (void)snprintf(out.text, sizeof out.text, "monitor diameter context %s endpoint %s%s%s",
                       context.text, endpoint.text, *peer.text ? " peer " : "", peer.text);
        break;
    case CONF_MONITOR_HSRP:
        (void)snprintf(out.text, sizeof out.text, "monitor hsrp interface %s afi-type %s group %u",
                       conf_word(monitor->interface).text, monitor->ipv6 ? "ipv6" : "ipv4",
                       monitor->group);
        break;
    case CONF_MONITOR_BGP:
    case CONF_MONITOR_BFD:
    case CONF_MONITOR_KINDS:
        (void)snprintf(out.text, sizeof out.text, "monitor %s context %s %s",
                       monitor->kind == CONF_MONITOR_BGP ? "bgp" : "bfd", context.text,
                       *monitor->addr6 ? monitor->addr6 : conf_addr_text(monitor->addr).text);
        break;
    }
    return out;
}

bool
conf_monitor_seen(const struct conf_srp_monitor *monitor)
{
    return monitor->kind != CONF_MONITOR_HSRP && !*monitor->addr6;
}

const char *
conf_service_kind_name(enum conf_service_kind kind)
{
    static const char *const names[] = {
        [CONF_GGSN] = "ggsn-service",
        [CONF_PGW] = "pgw-service",
        [CONF_EGTP] = "egtp-service",
        [CONF_GTPU] = "gtpu-service",
    };

    return names[kind];
}

/* ---- neighbors ---- */

struct neighbors {
    struct conf_neighbor *out;
    size_t most, n;
    struct conf_neighbor all[CONF_MONITORS + CONF_CONTEXTS * CONF_BGP_PEERS];
};

static void
add_neighbor(struct neighbors *neighbors, const char *context, uint32_t addr)
{
    const struct conf_neighbor neighbor = {context, addr};

    for (size_t i = 0; i < neighbors->n; i++)
        if (neighbors->all[i].addr == addr && strcmp(neighbors->all[i].context, context) == 0)
            return;
    if (neighbors->n < neighbors->most)
        neighbors->out[neighbors->n] = neighbor;
    neighbors->all[neighbors->n++] = neighbor;
}

size_t
conf_neighbors(const struct conf *conf, struct conf_neighbor *out, size_t most)
{
    struct neighbors neighbors = {.out = out, .most = most};

    for (uint8_t i = 0; i < conf->srp.monitor_n; i++) {
        const struct conf_srp_monitor *monitor = &conf->srp.monitors[i];

        if (conf_monitor_seen(monitor) &&
            (monitor->kind == CONF_MONITOR_BGP ||
             (monitor->kind == CONF_MONITOR_BFD && !monitor->chassis_to_chassis)))
            add_neighbor(&neighbors, monitor->context, monitor->addr);
    }
    for (uint8_t i = 0; i < conf->bgp_n; i++)
        for (uint8_t k = 0; k < conf->bgp[i].peer_n; k++)
            add_neighbor(&neighbors, conf->contexts[conf->bgp[i].context],
                         conf->bgp[i].peers[k].addr);
    return neighbors.n;
}

/* ---- looking up ---- */

uint8_t
conf_find_context(const struct conf *conf, const char *name)
{
    for (uint8_t i = 0; i < conf->context_n; i++)
        if (strcmp(conf->contexts[i], name) == 0)
            return i;
    return CONF_CONTEXTS;
}

const struct conf_interface *
conf_find_addr(const struct conf *conf, uint8_t context, uint32_t addr)
{
    for (uint8_t i = 0; i < conf->interface_n; i++)
        if (conf->interfaces[i].context == context && conf->interfaces[i].addr == addr)
            return &conf->interfaces[i];
    return NULL;
}

const struct conf_service *
conf_find_service(const struct conf *conf, uint8_t context, enum conf_service_kind kind,
                  const char *name)
{
    for (uint8_t i = 0; i < conf->service_n; i++) {
        const struct conf_service *service = &conf->services[i];

        if (service->context == context && service->kind == kind &&
            strcmp(service->name, name) == 0)
            return service;
    }
    return NULL;
}

const struct conf_radius *
conf_find_radius(const struct conf *conf, uint8_t context, uint32_t addr, uint16_t port)
{
    for (uint8_t i = 0; i < conf->radius_n; i++) {
        const struct conf_radius *radius = &conf->radius[i];

        if (radius->context == context && radius->addr == addr && radius->port == port)
            return radius;
    }
    return NULL;
}

const struct conf_diameter *
conf_find_diameter(const struct conf *conf, uint8_t context, const char *endpoint)
{
    for (uint8_t i = 0; i < conf->diameter_n; i++) {
        const struct conf_diameter *diameter = &conf->diameter[i];

        if (diameter->context == context && strcmp(diameter->endpoint, endpoint) == 0)
            return diameter;
    }
    return NULL;
}

const struct conf_diameter_peer *
conf_find_peer(const struct conf_diameter *diameter, const char *name)
{
    for (uint8_t i = 0; i < diameter->peer_n; i++)
        if (strcmp(diameter->peers[i].name, name) == 0)
            return &diameter->peers[i];
    return NULL;
}

uint8_t
conf_apn_destination(const struct conf *conf, const struct conf_apn *apn)
{
    return apn->ip_context[0] ? conf_find_context(conf, apn->ip_context) : apn->context;
}

static bool
is_up(const struct conf *conf, const struct conf_service *service)
{
    return service->bind && conf_find_addr(conf, service->context, service->bind);
}

static bool
is_bound_to(const struct conf *conf, enum conf_service_kind kind, uint32_t addr)
{
    for (uint8_t i = 0; i < conf->service_n; i++) {
        const struct conf_service *service = &conf->services[i];

        if (service->kind == kind && service->bind == addr && is_up(conf, service))
            return true;
    }
    return false;
}

bool
conf_answers_control(const struct conf *conf, uint32_t addr)
{
    return is_bound_to(conf, CONF_GGSN, addr) || is_bound_to(conf, CONF_EGTP, addr);
}

bool
conf_answers_user(const struct conf *conf, uint32_t addr)
{
    if (conf_service_addr(conf, CONF_GTPU))
        return is_bound_to(conf, CONF_GTPU, addr);
    return conf_answers_control(conf, addr);
}

/* The service of that kind that answers, and on which address; 0: none. Of several, the one in the
 * first context: what is printed and read again has the services of other contexts in another order. */
static uint32_t
answering(const struct conf *conf, enum conf_service_kind kind, uint8_t *number)
{
    uint32_t addr = 0;

    *number = 0;
    for (uint8_t i = 0; i < conf->service_n; i++) {
        const struct conf_service *service = &conf->services[i];

        if (service->kind != kind)
            continue;
        if (kind == CONF_PGW) /* a P-GW answers where its egtp-service does */
            service = conf_find_service(conf, service->context, CONF_EGTP, service->associate_egtp);
        if (!service || !is_up(conf, service) ||
            (addr && conf->services[*number].context <= service->context))
            continue;
        *number = i;
        addr = service->bind;
    }
    return addr;
}

uint32_t
conf_service_addr(const struct conf *conf, enum conf_service_kind kind)
{
    uint8_t number;

    return answering(conf, kind, &number);
}

uint8_t
conf_service_number(const struct conf *conf, enum conf_service_kind kind)
{
    uint8_t number;

    (void)answering(conf, kind, &number);
    return number;
}
