#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/conf/conf_build.h"

/* ---- errors: what cannot work ---- */

static const char *
kind_name(enum conf_service_kind kind)
{
    static const char *const names[] = {
        [CONF_GGSN] = "ggsn-service",
        [CONF_PGW] = "pgw-service",
        [CONF_EGTP] = "egtp-service",
        [CONF_GTPU] = "gtpu-service",
    };

    return names[kind];
}

static void
check_association(const struct conf_build *build, uint8_t i, enum conf_service_kind kind,
                  const char *name, struct conf_errors *errors)
{
    const struct conf_service *service = &build->conf.services[i];

    if (*name && !conf_find_service(&build->conf, service->context, kind, name))
        conf_error(errors, build->file, build->service_line[i],
                   "Failure: %s \"%s\" is associated with %s \"%s\", which is not in its context",
                   kind_name(service->kind), service->name, kind_name(kind), name);
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
                   kind_name(service->kind), service->name, conf_addr_text(service->bind).text,
                   conf->contexts[service->context]);
    for (uint8_t k = 0; k < i; k++)
        if (conf->services[k].kind == service->kind && conf->services[k].bind == service->bind)
            conf_error(errors, build->file, build->service_line[i],
                       "Failure: %s \"%s\" is bound to %s, as is \"%s\"", kind_name(service->kind),
                       service->name, conf_addr_text(service->bind).text, conf->services[k].name);
}

static bool
has_pool(const struct conf *conf, uint8_t context, const char *name)
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
    else if (*apn->pool && !has_pool(conf, destination, apn->pool))
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
    if (!srp->bind)
        conf_error(errors, build->file, build->srp_line,
                   "Failure: service-redundancy-protocol has no bind address");
    if (!srp->peer)
        conf_error(errors, build->file, build->srp_line,
                   "Failure: service-redundancy-protocol has no peer-ip-address");
    if (srp->bind && srp->bind == srp->peer)
        conf_error(errors, build->file, build->srp_line,
                   "Failure: bind address and peer-ip-address are both %s",
                   conf_addr_text(srp->bind).text);
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

/* ---- warnings: what works otherwise than was meant, probably ---- */

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
    for (uint8_t i = 0; i < srp->bgp_n; i++)
        if (conf_find_context(conf, srp->bgp[i].context) == CONF_CONTEXTS)
            warn(warnings, "monitor bgp %s names context \"%s\", which does not exist",
                 conf_addr_text(srp->bgp[i].addr).text, srp->bgp[i].context);
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
        warn(warnings, "%s \"%s\" is not bound and answers nothing", kind_name(service->kind),
             service->name);
        return;
    }
    interface = conf_find_addr(conf, service->context, service->bind);
    if (conf->srp.configured && interface && !interface->srp_activate)
        warn(warnings, "%s \"%s\" is bound to %s, which does not follow a switchover",
             kind_name(service->kind), service->name, conf_addr_text(service->bind).text);
}

size_t
conf_warnings(const struct conf *conf, char *out, size_t room)
{
    struct conf_errors warnings = {.out = out, .room = room};

    if (room)
        out[0] = '\0';
    if (conf->srp.configured)
        warn_srp(conf, &warnings);
    for (uint8_t i = 0; i < conf->service_n; i++)
        warn_service(conf, &conf->services[i], &warnings);
    for (uint8_t i = 0; i < conf->apn_n; i++)
        if (!has_pool(conf, conf_apn_destination(conf, &conf->apns[i]), ""))
            warn(&warnings, "apn \"%s\" has no pool to take addresses from", conf->apns[i].name);
    return warnings.n;
}
