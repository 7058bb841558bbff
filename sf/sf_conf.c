#include "sf/sf_conf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf/conf_build.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "sf/notes_file.h"
#include "sf/sf_pools.h"

static_assert((int)GW_APNS == (int)NAMES_MOST, "an APN may have any number");

#define NACK_WINDOW_US (600 * US_PER_S) /* docs/staros.md "NACK" */

static void *
allocate(size_t size)
{
    void *memory = calloc(1, size); /* untouched pages cost nothing */

    if (!memory)
        log_fatal("sess: out of memory for %zu octets; lower sessions-per-sessmgr", size);
    return memory;
}

static bool
is_for(const struct conf *conf, const struct conf_apn *apn, const struct conf_pool *pool)
{
    const char *context = apn->ip_context[0] ? apn->ip_context : conf->contexts[apn->context];

    return strcmp(context, conf->contexts[pool->context]) == 0 &&
           (!apn->pool[0] || strcmp(apn->pool, pool->name) == 0);
}

/* Which of the table's pools an APN draws from: the one it names, else the first of its
 * destination context that is not busied out. */
static uint8_t
apn_pool(const struct conf *conf, const struct conf_apn *apn)
{
    uint8_t index = 0, found = GW_NO_POOL;

    for (size_t i = 0; i < conf->pool_n; i++) {
        const struct conf_pool *pool = &conf->pools[i];

        if (!pool->srp_activate)
            continue;
        if (is_for(conf, apn, pool) && !pool->busyout)
            return index;
        if (is_for(conf, apn, pool) && found == GW_NO_POOL)
            found = index;
        index++;
    }
    return found;
}

/* Each at the number that it has here. */
static void
fill_apns(struct gw_setup *setup, const struct smgr *smgr, const struct conf *conf)
{
    for (uint8_t i = 0; i < conf->apn_n; i++) {
        const struct conf_apn *apn = &conf->apns[i];
        uint8_t number = smgr_number(smgr, SMGR_APNS, i);
        struct gw_apn *out;

        if (number == NAME_NONE)
            continue;
        out = &setup->apns[number];
        (void)snprintf(out->name, sizeof out->name, "%s", apn->name);
        out->pool = apn_pool(conf, apn);
        out->vpn = smgr_number(smgr, SMGR_VPNS, conf_apn_destination(conf, apn));
        memcpy(out->dns, apn->dns, sizeof out->dns);
        if (out->vpn == NAME_NONE)
            out->pool = GW_NO_POOL; /* it leads nowhere yet */
        if (setup->apn_n <= number)
            setup->apn_n = (uint8_t)(number + 1);
    }
}

/* Without an address it is off, and so it is while its name finds no number. */
static struct gw_service
service(const struct smgr *smgr, const struct conf *conf, enum conf_service_kind kind)
{
    uint32_t addr = conf_service_addr(conf, kind), user = conf_service_addr(conf, CONF_GTPU);
    uint8_t number = smgr_number(smgr, SMGR_SERVICES, conf_service_number(conf, kind));
    bool on = addr != 0 && number != NAME_NONE;

    return (struct gw_service){
        .on = on, .ctrl = on ? addr : 0, .user = user ? user : addr, .number = on ? number : 0};
}

/* A service's name is one of its kind and context only. */
static void
name_service(char name[NAME_ROOM], const struct conf *conf, const struct conf_service *service)
{
    (void)snprintf(name, NAME_ROOM, "%s %s in context %s", conf_service_kind_name(service->kind),
                   service->name, conf->contexts[service->context]);
}

/* Numbers are those of the configuration. Of the services only those that have calls. The caller
 * frees. */
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

static struct smgr_setup
smgr_setup_of(const struct sf_core *core, const struct conf *conf, const struct names *names)
{
    struct smgr_setup setup = {
        .names = names,
        .config = conf_srp_checksum(conf),
        .lz4 = conf->srp.compression == CONF_LZ4,
        .ready_beats = conf->srp.recovery_aggressive ? CKPT_BEATS_AGGRESSIVE : CKPT_BEATS,
        .duration_us = {[SMGR_NON_IMS] = conf->srp.duration_non_ims_s * US_PER_S,
                        [SMGR_IMS] = conf->srp.duration_ims_s * US_PER_S},
        .periodic_us = conf->srp.periodic_min * 60 * US_PER_S,
    };

    sf_pools(&setup.sess, conf);
    setup.nack = core->nack;
    fill_nack(&setup.nack, conf->srp.nack);
    return setup;
}

static struct gw_setup *
gw_setup_of(const struct smgr *smgr, const struct conf *conf)
{
    struct gw_setup *setup = allocate(sizeof *setup);

    setup->ggsn = service(smgr, conf, CONF_GGSN);
    setup->pgw = service(smgr, conf, CONF_PGW);
    setup->replies = GW_REPLIES;
    setup->graceful = conf->graceful_cleanup;
    fill_apns(setup, smgr, conf);
    return setup;
}

/* Who writes them: notes outlive their writer, and stand where those of the next start will. */
static void
sign(struct notes *notes, uint8_t slot, int pid)
{
    if (!notes)
        return;
    notes->slot = slot;
    notes->pid = (uint32_t)pid;
}

/* The first configuration. */
static void
make(struct sf_core *core, const struct node *node, uint8_t sessmgr, const struct conf *conf,
     struct smgr_setup *smgr)
{
    struct gw_setup *gw;

    smgr->sess.instance = sessmgr;
    smgr->sess.instances = node_instance(node)->sessmgr_n;
    smgr->sess.capacity = core->capacity = node->topo.sessions;
    smgr->incarnation = node->incarnation;
    core->notes = smgr->notes = notes_file_open(node->dir, sessmgr, core->capacity);
    core->smgr_memory = allocate(smgr_size(smgr));
    core->smgr = smgr_init(core->smgr_memory, smgr);
    sign(core->notes, node->slot, getpid());

    gw = gw_setup_of(core->smgr, conf);
    gw->table = smgr_table(core->smgr);
    core->gw_memory = allocate(gw_size(gw));
    core->gw = gw_init(core->gw_memory, gw);
    free(gw);
}

/* Another one, under whatever calls there are. */
static int
change(struct sf_core *core, const struct conf *conf, const struct smgr_setup *smgr)
{
    size_t size, left_out;
    void *memory = NULL;
    struct gw_setup *gw;

    if (smgr_change_size(core->smgr, smgr, &size) != 0) {
        log_error("sess: configuration of the CF refused: calls have addresses of too many pools "
                  "that are not configured any more; clear some of them, or configure these pools "
                  "again");
        return -1;
    }
    if (size > 0 && !(memory = calloc(1, size))) {
        log_error("sess: configuration of the CF refused: no memory for %zu octets of addresses; "
                  "make the pools smaller",
                  size);
        return -1;
    }
    left_out = smgr_change(core->smgr, clock_now(), smgr, memory);
    if (memory) {
        free(core->addrs_memory);
        core->addrs_memory = memory;
    }
    if (left_out > 0)
        log_warn(
            "sess: %zu names of APNs, services or contexts are not served: calls have too many "
            "that are not configured any more; configure again when these have ended",
            left_out);
    gw = gw_setup_of(core->smgr, conf);
    gw_change(core->gw, gw);
    free(gw);
    log_debug("sess: configuration changed, under %u sessions", sess_count(smgr_table(core->smgr)));
    return 0;
}

int
sf_core_configure(struct sf_core *core, const struct node *node, uint8_t sessmgr,
                  const struct config_body *config)
{
    struct conf *conf = allocate(sizeof *conf);
    struct names *names;
    struct smgr_setup smgr;
    char err[1024];
    int rc = 0;

    if (conf_read(conf, "running configuration", (const char *)config->text, config->len, err,
                  sizeof err) != 0) {
        log_error("sess: configuration of the CF refused: %s", err);
        free(conf);
        return -1;
    }
    names = names_of(conf);
    smgr = smgr_setup_of(core, conf, names);
    if (core->smgr)
        rc = change(core, conf, &smgr);
    else
        make(core, node, sessmgr, conf, &smgr);
    if (rc == 0)
        core->nack = smgr.nack;
    free(names);
    free(conf);
    return rc;
}

void
sf_core_free(struct sf_core *core)
{
    if (core->notes) /* the process may live on without it */
        sign(core->notes, ((struct notes *)core->notes)->slot, 0);
    notes_file_close(&core->notes, core->capacity);
    free(core->smgr_memory);
    free(core->addrs_memory);
    free(core->gw_memory);
    *core = (struct sf_core){0};
}
