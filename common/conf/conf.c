#include "common/conf/conf.h"

#include <stdio.h>
#include <string.h>

#include "common/base/rng.h"
#include "common/conf/conf_build.h"

/* Values and ranges: docs/staros.md, "SRP configuration mode". */
void
conf_defaults(struct conf *conf)
{
    memset(conf, 0, sizeof *conf); /* padding too: configurations are compared as bytes */
    conf_set_name(conf->contexts[0], "local");
    conf->context_n = 1;
    conf->srp.mode = CONF_BACKUP;
    conf->srp.priority = 125;
    conf->srp.hello_s = 10;
    conf->srp.dead_s = 30;
    conf->srp.config_s = 3600;
    conf->srp.rm_threshold = 16;
    conf->srp.rm_delta = 1;
    conf->srp.duration_ims_s = 60;
    conf->srp.duration_non_ims_s = 60;
    conf->srp.periodic_min = 45;
    conf->srp.compression = CONF_ZLIB;
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

uint8_t
conf_apn_destination(const struct conf *conf, const struct conf_apn *apn)
{
    return apn->ip_context[0] ? conf_find_context(conf, apn->ip_context) : apn->context;
}

uint32_t
conf_service_addr(const struct conf *conf, enum conf_service_kind kind)
{
    for (uint8_t i = 0; i < conf->service_n; i++) {
        const struct conf_service *service = &conf->services[i];

        if (service->kind != kind)
            continue;
        if (kind == CONF_PGW) /* a P-GW answers where its egtp-service does */
            service = conf_find_service(conf, service->context, CONF_EGTP, service->associate_egtp);
        if (service && service->bind)
            return service->bind;
    }
    return 0;
}

/* ---- checksum ---- */

/* Each object is hashed by itself, with the names of its contexts instead of their
 * indices, and the hashes are added: neither layout nor order of the lines matters. */
static uint64_t
hash_number(uint64_t hash, uint64_t value)
{
    return mix64(hash + UINT64_C(0x9e3779b97f4a7c15) + value);
}

static uint64_t
hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = hash_number(hash, (unsigned char)*text);
    return hash_number(hash, 256);
}

static uint64_t
hash_srp(const struct conf *conf)
{
    const struct conf_srp *srp = &conf->srp;
    const uint32_t values[] = {srp->configured,   srp->hello_s,        srp->dead_s,
                               srp->delay_s,      srp->config_s,       srp->rm_threshold,
                               srp->rm_delta,     srp->duration_ims_s, srp->duration_non_ims_s,
                               srp->periodic_min, srp->compression};
    uint64_t hash = hash_text(1, srp->configured ? conf->contexts[srp->context] : "");
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        hash = hash_number(hash, values[i]);
    for (uint8_t i = 0; i < srp->bgp_n; i++)
        sum += hash_number(hash_number(hash_text(2, srp->bgp[i].context), srp->bgp[i].addr),
                           srp->bgp[i].group);
    return hash + sum;
}

static uint64_t
hash_interface(const struct conf *conf, const struct conf_interface *interface)
{
    uint64_t hash = hash_text(hash_text(3, conf->contexts[interface->context]), interface->name);

    return hash_number(hash_number(hash, interface->addr), interface->mask);
}

static uint64_t
hash_pool(const struct conf *conf, const struct conf_pool *pool)
{
    uint64_t hash = hash_text(hash_text(4, conf->contexts[pool->context]), pool->name);

    hash = hash_number(hash_number(hash, pool->kind), pool->priority);
    return hash_number(hash_number(hash, pool->net), pool->mask);
}

static uint64_t
hash_service(const struct conf *conf, const struct conf_service *service)
{
    uint64_t hash = hash_text(hash_text(5, conf->contexts[service->context]), service->name);

    hash = hash_number(hash_number(hash, service->kind), service->bind);
    return hash_text(hash_text(hash, service->associate_gtpu), service->associate_egtp);
}

static uint64_t
hash_apn(const struct conf *conf, const struct conf_apn *apn)
{
    uint64_t hash = hash_text(hash_text(6, conf->contexts[apn->context]), apn->name);

    hash = hash_text(hash_text(hash, apn->ip_context), apn->pool);
    return hash_number(hash_number(hash, apn->dns[0]), apn->dns[1]);
}

uint32_t
conf_srp_checksum(const struct conf *conf)
{
    uint64_t sum = hash_srp(conf);

    for (uint8_t i = 0; i < conf->interface_n; i++)
        if (conf->interfaces[i].srp_activate)
            sum += hash_interface(conf, &conf->interfaces[i]);
    for (uint8_t i = 0; i < conf->pool_n; i++)
        if (conf->pools[i].srp_activate)
            sum += hash_pool(conf, &conf->pools[i]);
    for (uint8_t i = 0; i < conf->service_n; i++)
        sum += hash_service(conf, &conf->services[i]);
    for (uint8_t i = 0; i < conf->apn_n; i++)
        sum += hash_apn(conf, &conf->apns[i]);
    return (uint32_t)(mix64(sum) >> 32);
}
