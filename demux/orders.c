#include <stdlib.h>

#include "common/loop/log.h"
#include "demux/demux.h"

/* ---- configuration ------------------------------------------------------------------------ */

static void
pools_of(struct dist *dist, const struct conf *conf)
{
    dist->pool_n = 0;
    for (size_t i = 0; i < conf->pool_n && dist->pool_n < DIST_POOLS; i++)
        dist->pools[dist->pool_n++] =
            (struct dist_pool){.net = conf->pools[i].net, .mask = conf->pools[i].mask};
}

/* Each address once, whatever is bound to it. */
static void
services_of(struct dist *dist, const struct conf *conf)
{
    dist->service_n = 0;
    for (size_t i = 0; i < conf->service_n && dist->service_n < DIST_SERVICES; i++) {
        uint32_t addr = conf->services[i].bind;
        struct dist_service service = {
            .addr = addr,
            .control = conf_answers_control(conf, addr),
            .user = conf_answers_user(conf, addr),
        };

        if ((service.control || service.user) && !dist_has_service(dist, addr))
            dist->services[dist->service_n++] = service;
    }
}

/* The routes of a new configuration, with epoch and prepend of the role in force. The router hears
 * of them if they are others: what it has said of these still holds. */
static void
take_routes(struct demux *demux, const struct conf *conf)
{
    const struct routes_body old = demux->routes;
    bool changed;

    demux_routes_of(&demux->routes, conf);
    demux->routes.srp_epoch = old.srp_epoch;
    demux->routes.prepend = old.prepend;
    changed = !demux->configured || !demux_routes_same(&demux->routes, &old);
    demux->configured = true;
    demux_services_changed(demux, &old);
    if (changed)
        demux_routes_changed(demux, demux->announce.wanted);
    else
        demux_announce(demux); /* a service may have come to an address of before */
}

int
demux_config(void *arg, const struct config_body *config)
{
    struct demux *demux = arg;
    struct conf *conf = calloc(1, sizeof *conf);
    char err[1024];
    int rc = 0;

    if (!conf)
        log_fatal("demux: out of memory");
    if (conf_read(conf, "running configuration", (const char *)config->text, config->len, err,
                  sizeof err) == 0) {
        pools_of(&demux->dist, conf);
        services_of(&demux->dist, conf);
        take_routes(demux, conf);
    } else {
        log_error("demux: configuration of the CF refused: %s", err);
        rc = -1;
    }
    free(conf);
    return rc;
}

/* ---- roles ------------------------------------------------------------------------------- */

void
demux_role(void *arg, const struct role_body *role)
{
    struct demux *demux = arg;
    bool standby = role->state == CHASSIS_STANDBY;
    bool changed = demux->announce.wanted != role->announce || demux->standby != standby ||
                   demux->routes.srp_epoch != role->srp_epoch ||
                   demux->routes.prepend != role->route_modifier;

    demux->gates = role->gates;
    demux->standby = standby;
    demux->restart = role->restart;
    demux->routes.srp_epoch = role->srp_epoch;
    demux->routes.prepend = role->route_modifier;
    if (changed)
        demux_routes_changed(demux, role->announce);
}

void
demux_fill(void *arg, struct card_status *status)
{
    const struct demux *demux = arg;

    status->gates = demux->gates;
    status->announced = demux->announced;
    status->converged = demux->converged;
    status->calls.gated_control = demux->counters.gated_control;
    status->calls.gated_data = demux->counters.gated_data;
    status->calls.dropped = demux->counters.not_active + demux->counters.no_service +
                            demux->counters.no_sessmgr + demux->counters.queue_full;
}
