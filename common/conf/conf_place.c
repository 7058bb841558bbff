#include <stdio.h>
#include <string.h>

#include "common/conf/conf_build.h"

/* Where in a configuration a mode is, by name: for a console that goes on line by line while others
 * change the configuration, too. */

/* Above every object but the context: is the mode within one? */
bool
conf_mode_in_context(uint32_t mode)
{
    for (const struct cli_mode *m = cli_mode_find(&conf_table, mode); m;
         m = cli_mode_find(&conf_table, m->parent))
        if (m->bit == CONF_MODE_CONTEXT)
            return true;
    return false;
}

static enum conf_service_kind
kind_of(uint32_t mode)
{
    switch (mode) {
    case CONF_MODE_GGSN:
        return CONF_GGSN;
    case CONF_MODE_PGW:
        return CONF_PGW;
    case CONF_MODE_EGTP:
        return CONF_EGTP;
    default:
        return CONF_GTPU;
    }
}

static const char *
name_of(const struct conf_build *build, uint32_t mode)
{
    const struct conf *conf = &build->conf;

    switch (mode) {
    case CONF_MODE_INTERFACE:
    case CONF_MODE_LOOPBACK:
        return conf->interfaces[build->interface].name;
    case CONF_MODE_GGSN:
    case CONF_MODE_PGW:
    case CONF_MODE_EGTP:
    case CONF_MODE_GTPU:
        return conf->services[build->service].name;
    case CONF_MODE_APN:
        return conf->apns[build->apn].name;
    case CONF_MODE_DIAMETER:
        return conf->diameter[build->diameter].endpoint;
    case CONF_MODE_HA:
        return conf->ha[build->ha].name;
    case CONF_MODE_SRP:
        return "srp";
    default:
        return "";
    }
}

void
conf_place_name(const struct conf_build *build, uint32_t mode, char name[CONF_NAME])
{
    const struct conf_port *port = &build->conf.ports[build->port];

    if (mode == CONF_MODE_PORT)
        (void)snprintf(name, CONF_NAME, "%u/%u", port->slot, port->port);
    else if (mode == CONF_MODE_BGP)
        (void)snprintf(name, CONF_NAME, "%u", build->conf.bgp[build->bgp].as);
    else
        conf_set_name(name, name_of(build, mode));
}

/* Another one of that name may be of the other kind by now: the lines of the mode are not its own. */
static bool
find_interface(struct conf_build *build, bool loopback, const char *name)
{
    const struct conf *conf = &build->conf;

    for (build->interface = 0; build->interface < conf->interface_n; build->interface++) {
        const struct conf_interface *interface = &conf->interfaces[build->interface];

        if (interface->context == build->context && interface->loopback == loopback &&
            strcmp(interface->name, name) == 0)
            return true;
    }
    return false;
}

static bool
find_service(struct conf_build *build, enum conf_service_kind kind, const char *name)
{
    const struct conf_service *service =
        conf_find_service(&build->conf, build->context, kind, name);

    build->service = service ? (uint8_t)(service - build->conf.services) : 0;
    return service != NULL;
}

static bool
find_apn(struct conf_build *build, const char *name)
{
    for (build->apn = 0; build->apn < build->conf.apn_n; build->apn++)
        if (build->conf.apns[build->apn].context == build->context &&
            strcmp(build->conf.apns[build->apn].name, name) == 0)
            return true;
    return false;
}

/* One a context; that of another AS is another one. */
static bool
find_bgp(struct conf_build *build, const char *as)
{
    char other[CONF_NAME];

    for (build->bgp = 0; build->bgp < build->conf.bgp_n; build->bgp++) {
        conf_place_name(build, CONF_MODE_BGP, other);
        if (build->conf.bgp[build->bgp].context == build->context && strcmp(other, as) == 0)
            return true;
    }
    return false;
}

static bool
find_ha(struct conf_build *build, const char *name)
{
    for (build->ha = 0; build->ha < build->conf.ha_n; build->ha++)
        if (build->conf.ha[build->ha].context == build->context &&
            strcmp(build->conf.ha[build->ha].name, name) == 0)
            return true;
    return false;
}

static bool
find_port(struct conf_build *build, const char *name)
{
    char other[CONF_NAME];

    for (build->port = 0; build->port < build->conf.port_n; build->port++) {
        conf_place_name(build, CONF_MODE_PORT, other);
        if (strcmp(other, name) == 0)
            return true;
    }
    return false;
}

bool
conf_place_find(struct conf_build *build, uint32_t mode, const char *name)
{
    const struct conf_diameter *diameter;

    switch (mode) {
    case CONF_MODE_INTERFACE:
    case CONF_MODE_LOOPBACK:
        return find_interface(build, mode == CONF_MODE_LOOPBACK, name);
    case CONF_MODE_GGSN:
    case CONF_MODE_PGW:
    case CONF_MODE_EGTP:
    case CONF_MODE_GTPU:
        return find_service(build, kind_of(mode), name);
    case CONF_MODE_APN:
        return find_apn(build, name);
    case CONF_MODE_BGP:
        return find_bgp(build, name);
    case CONF_MODE_SRP:
        return build->conf.srp.configured && build->conf.srp.context == build->context;
    case CONF_MODE_HA:
        return find_ha(build, name);
    case CONF_MODE_PORT:
        return find_port(build, name);
    case CONF_MODE_DIAMETER:
        diameter = conf_find_diameter(&build->conf, build->context, name);
        build->diameter = diameter ? (uint8_t)(diameter - build->conf.diameter) : 0;
        return diameter != NULL;
    default:
        return true;
    }
}
