#include "sf/sf_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf/conf_build.h"
#include "common/loop/log.h"
#include "sf/notes_file.h"

#define NACK_WINDOW_US (600 * US_PER_S) /* docs/staros.md "NACK" */

static void *
allocate(size_t size)
{
    void *memory = calloc(1, size); /* untouched pages cost nothing */

    if (!memory)
        log_fatal("sess: out of memory for %zu octets; lower sessions-per-sessmgr", size);
    return memory;
}

/* The srp-activated pools, in the order of the configuration: the same on both chassis. */
static void
fill_pools(struct sess_setup *setup, const struct conf *conf)
{
    for (size_t i = 0; i < conf->pool_n && setup->pool_n < SESS_POOLS; i++) {
        if (conf->pools[i].srp_activate)
            setup->pools[setup->pool_n++] =
                (struct sess_pool){.net = conf->pools[i].net, .mask = conf->pools[i].mask};
    }
}

/* Which of the table's pools an APN draws from: the one it names, else the first of its
 * destination context. */
static uint8_t
apn_pool(const struct conf *conf, const struct conf_apn *apn)
{
    const char *context = apn->ip_context[0] ? apn->ip_context : conf->contexts[apn->context];
    uint8_t index = 0;

    for (size_t i = 0; i < conf->pool_n && index < SESS_POOLS; i++) {
        const struct conf_pool *pool = &conf->pools[i];

        if (!pool->srp_activate)
            continue;
        if (apn->pool[0] ? strcmp(apn->pool, pool->name) == 0
                         : strcmp(context, conf->contexts[pool->context]) == 0)
            return index;
        index++;
    }
    return GW_NO_POOL;
}

static void
fill_apns(struct gw_setup *setup, const struct conf *conf)
{
    for (size_t i = 0; i < conf->apn_n && setup->apn_n < GW_APNS; i++) {
        const struct conf_apn *apn = &conf->apns[i];
        struct gw_apn *out = &setup->apns[setup->apn_n++];

        (void)snprintf(out->name, sizeof out->name, "%s", apn->name);
        out->pool = apn_pool(conf, apn);
        out->vpn = conf_apn_destination(conf, apn);
        memcpy(out->dns, apn->dns, sizeof out->dns);
    }
}

static struct gw_service
service(const struct conf *conf, enum conf_service_kind kind)
{
    uint32_t addr = conf_service_addr(conf, kind), user = conf_service_addr(conf, CONF_GTPU);

    return (struct gw_service){.on = addr != 0,
                               .ctrl = addr,
                               .user = user ? user : addr,
                               .number = conf_service_number(conf, kind)};
}

/* A service's name is one of its kind and context only. */
static void
name_service(char name[NAME_ROOM], const struct conf *conf, const struct conf_service *service)
{
    (void)snprintf(name, NAME_ROOM, "%s %s in context %s", conf_service_kind_name(service->kind),
                   service->name, conf->contexts[service->context]);
}

/* Numbers are those of the configuration. Of the services only those that have calls. */
static struct names *
names_of(const struct conf *conf)
{
    struct names *names = allocate(SMGR_MAPS * sizeof *names);

    for (size_t i = 0; i < conf->apn_n; i++)
        (void)snprintf(names[SMGR_APNS].of[i], NAME_ROOM, "%s", conf->apns[i].name);
    for (size_t i = 0; i < conf->service_n; i++) {
        if (conf->services[i].kind == CONF_GGSN || conf->services[i].kind == CONF_PGW)
            name_service(names[SMGR_SERVICES].of[i], conf, &conf->services[i]);
    }
    for (size_t i = 0; i < conf->context_n; i++)
        (void)snprintf(names[SMGR_VPNS].of[i], NAME_ROOM, "%s", conf->contexts[i]);
    return names;
}

/* Which CMD-IDs are not complained about is no matter of the configuration: it stays. */
static void
fill_nack(struct ckpt_nack_setup *nack, const struct conf_nack conf[CONF_SCALES])
{
    static const enum conf_scale of[CKPT_SCALES] = {
        [CKPT_MACRO] = CONF_MACRO,
        [CKPT_MICRO] = CONF_MICRO,
    };

    nack->window_us = NACK_WINDOW_US;
    for (unsigned scale = 0; scale < CKPT_SCALES; scale++) {
        nack->on[scale] = conf[of[scale]].on;
        nack->max_response[scale] = (uint16_t)conf[of[scale]].max_response;
    }
}

int
sf_core_configure(struct sf_core *core, const struct node *node, uint8_t sessmgr,
                  const struct config_body *config)
{
    struct conf *conf = allocate(sizeof *conf);
    char err[1024];
    struct smgr_setup smgr = {
        .sess = {.instance = sessmgr,
                 .instances = node_instance(node)->sessmgr_n,
                 .capacity = node->topo.sessions},
        .incarnation = node->incarnation,
    };
    struct gw_setup *gw = allocate(sizeof *gw);
    int rc = -1;

    if (conf_read(conf, "running configuration", (const char *)config->text, config->len, err,
                  sizeof err) != 0) {
        log_error("sess: configuration of the CF refused: %s", err);
        goto out;
    }
    if (core->smgr) {
        log_warn("sess: the configuration changed; it applies after a restart of this card");
        goto out;
    }
    fill_pools(&smgr.sess, conf);
    smgr.config = conf_srp_checksum(conf);
    smgr.lz4 = conf->srp.compression == CONF_LZ4;
    smgr.ready_beats = conf->srp.recovery_aggressive ? CKPT_BEATS_AGGRESSIVE : CKPT_BEATS;
    smgr.duration_us[SMGR_NON_IMS] = conf->srp.duration_non_ims_s * US_PER_S;
    smgr.duration_us[SMGR_IMS] = conf->srp.duration_ims_s * US_PER_S;
    smgr.periodic_us = conf->srp.periodic_min * 60 * US_PER_S;
    fill_nack(&core->nack, conf->srp.nack);
    smgr.nack = core->nack;
    core->capacity = smgr.sess.capacity;
    core->notes = smgr.notes = notes_file_open(node->dir, sessmgr, core->capacity);
    smgr.names = core->names = names_of(conf);
    core->smgr_memory = allocate(smgr_size(&smgr));
    core->smgr = smgr_init(core->smgr_memory, &smgr);

    gw->table = smgr_table(core->smgr);
    gw->ggsn = service(conf, CONF_GGSN);
    gw->pgw = service(conf, CONF_PGW);
    gw->replies = GW_REPLIES;
    gw->graceful = conf->graceful_cleanup;
    fill_apns(gw, conf);
    core->gw_memory = allocate(gw_size(gw));
    core->gw = gw_init(core->gw_memory, gw);
    rc = 0;
out:
    free(gw);
    free(conf);
    return rc;
}

void
sf_core_free(struct sf_core *core)
{
    notes_file_close(&core->notes, core->capacity);
    free(core->smgr_memory);
    free(core->gw_memory);
    free(core->names);
    *core = (struct sf_core){0};
}
