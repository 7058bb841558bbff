#include <string.h>

#include "common/conf/conf_build.h"

/* Errors: what cannot work. */

static void
check_association(const struct conf_build *build, uint8_t i, enum conf_service_kind kind,
                  const char *name, struct conf_errors *errors)
{
    const struct conf_service *service = &build->conf.services[i];

    if (*name && !conf_find_service(&build->conf, service->context, kind, name))
        conf_error(errors, build->file, build->service_line[i],
                   "Failure: %s \"%s\" is associated with %s \"%s\", which is not in its context",
                   conf_service_kind_name(service->kind), service->name,
                   conf_service_kind_name(kind), name);
}

static void
check_service(const struct conf_build *build, uint8_t i, struct conf_errors *errors)
{
    const struct conf *conf = &build->conf;
    const struct conf_service *service = &conf->services[i];

    check_association(build, i, CONF_GTPU, service->associate_gtpu, errors);
    check_association(build, i, CONF_EGTP, service->associate_egtp, errors);
    if (!service->bind)
        return;
    if (!conf_find_addr(conf, service->context, service->bind))
        conf_error(errors, build->file, build->service_line[i],
                   "Failure: %s \"%s\" is bound to %s, which no interface of context \"%s\" has",
                   conf_service_kind_name(service->kind), service->name,
                   conf_addr_text(service->bind).text, conf->contexts[service->context]);
    for (uint8_t k = 0; k < i; k++)
        if (conf->services[k].kind == service->kind && conf->services[k].bind == service->bind)
            conf_error(errors, build->file, build->service_line[i],
                       "Failure: %s \"%s\" is bound to %s, as is \"%s\"",
                       conf_service_kind_name(service->kind), service->name,
                       conf_addr_text(service->bind).text, conf->services[k].name);
}

bool
conf_has_pool(const struct conf *conf, uint8_t context, const char *name)
{
    for (uint8_t i = 0; i < conf->pool_n; i++)
        if (conf->pools[i].context == context && (!*name || !strcmp(conf->pools[i].name, name)))
            return true;
    return false;
}

static void
check_apn(const struct conf_build *build, uint8_t i, struct conf_errors *errors)
{
    const struct conf *conf = &build->conf;
    const struct conf_apn *apn = &conf->apns[i];
    uint8_t destination = conf_apn_destination(conf, apn);

    if (destination == CONF_CONTEXTS)
        conf_error(errors, build->file, build->apn_line[i],
                   "Failure: apn \"%s\" leads to context \"%s\", which does not exist", apn->name,
                   apn->ip_context);
    else if (*apn->pool && !conf_has_pool(conf, destination, apn->pool))
        conf_error(errors, build->file, build->apn_line[i],
                   "Failure: apn \"%s\" uses pool \"%s\", which context \"%s\" does not have",
                   apn->name, apn->pool, conf->contexts[destination]);
}

static void
check_srp(const struct conf_build *build, struct conf_errors *errors)
{
    const struct conf_srp *srp = &build->conf.srp;

    if (!srp->configured)
        return;
    if (!srp->bind && !*srp->bind6)
        conf_error(errors, build->file, build->srp_line,
                   "Failure: service-redundancy-protocol has no bind address");
    if (!srp->peer && !*srp->peer6)
        conf_error(errors, build->file, build->srp_line,
                   "Failure: service-redundancy-protocol has no peer-ip-address");
    if ((srp->bind && srp->bind == srp->peer) ||
        (*srp->bind6 && strcmp(srp->bind6, srp->peer6) == 0))
        conf_error(errors, build->file, build->srp_line,
                   "Failure: bind address and peer-ip-address are both %s",
                   *srp->bind6 ? srp->bind6 : conf_addr_text(srp->bind).text);
}

void
conf_check(const struct conf_build *build, struct conf_errors *errors)
{
    for (uint8_t i = 0; i < build->conf.service_n; i++)
        check_service(build, i, errors);
    for (uint8_t i = 0; i < build->conf.apn_n; i++)
        check_apn(build, i, errors);
    check_srp(build, errors);
}
