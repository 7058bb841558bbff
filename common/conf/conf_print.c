#include "common/conf/conf_print.h"

#include <stdlib.h>
#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

enum { INDENT = 2 };

/* `printed`: the context that is wanted, for a filter that asks. */
static void
print(const struct conf *conf, cli_wanted_fn *wanted, uint8_t printed, FILE *out)
{
    struct conf_build *build = calloc(1, sizeof *build);

    if (!build)
        abort();
    build->conf = *conf;
    build->printed = printed;
    (void)fputs("config\n", out);
    cli_print(&conf_table, CONF_MODE_CONFIG, build, wanted, INDENT, out);
    (void)fputs("end\n", out);
    free(build);
}

void
conf_print(const struct conf *conf, FILE *out)
{
    print(conf, NULL, 0, out);
}

/* ---- one context ---- */

static bool
is_of_context(const void *ctx, const struct cli_row *row)
{
    const struct conf_build *build = ctx;

    if (row->modes == CONF_MODE_CONFIG)
        return row->enters == CONF_MODE_CONTEXT && build->context == build->printed;
    return true;
}

int
conf_print_context(const struct conf *conf, const char *name, FILE *out)
{
    uint8_t context = conf_find_context(conf, name);

    if (context == CONF_CONTEXTS)
        return DI_ENOTFOUND;
    print(conf, is_of_context, context, out);
    return 0;
}

/* ---- what concerns SRP ---- */

static bool
is_activated(const struct conf *conf, uint8_t context, uint32_t addr)
{
    const struct conf_interface *interface = addr ? conf_find_addr(conf, context, addr) : NULL;

    return interface && interface->srp_activate;
}

/* A P-GW is bound where its egtp-service is. */
static bool
is_protected(const struct conf *conf, const struct conf_service *service)
{
    if (service->kind == CONF_PGW)
        service = conf_find_service(conf, service->context, CONF_EGTP, service->associate_egtp);
    return service && is_activated(conf, service->context, service->bind);
}

static bool
has_interface(const struct conf *conf, uint8_t context)
{
    for (uint8_t i = 0; i < conf->interface_n; i++)
        if (conf->interfaces[i].context == context &&
            (conf->interfaces[i].srp_activate || conf->interfaces[i].srp_activate6))
            return true;
    return false;
}

static bool
has_activated_pool(const struct conf *conf, uint8_t context)
{
    for (uint8_t i = 0; i < conf->pool_n; i++)
        if (conf->pools[i].context == context && conf->pools[i].srp_activate)
            return true;
    return false;
}

#define HAS(array, n)                                                                              \
    (conf_nth(&conf->array->context, sizeof *conf->array, conf->n, context, 0) < conf->n)

/* Services are bound to interfaces that are srp-activated in the same context. */
static bool
has_any(const struct conf *conf, uint8_t context)
{
    const struct conf_radius_ways *ways = &conf->radius_ways[context];

    return has_interface(conf, context) || has_activated_pool(conf, context) ||
           (conf->srp.configured && conf->srp.context == context) || HAS(busyouts, busyout_n) ||
           HAS(radius, radius_n) || HAS(accounting, accounting_n) ||
           conf->of_context[context].nas_ip || ways->status_server ||
           ways->retries != conf_radius_default.retries ||
           ways->timeout_s != conf_radius_default.timeout_s ||
           (conf->srp.bgp_vrf_validate && HAS(bgp, bgp_n));
}

/* A line of a context, of the object that was printed last. */
static bool
concerns_srp(const struct conf_build *build, const struct cli_row *row)
{
    const struct conf *conf = &build->conf;
    const struct conf_interface *interface = &conf->interfaces[build->interface];

    switch (row->enters) {
    case CONF_MODE_INTERFACE:
    case CONF_MODE_LOOPBACK:
        return interface->srp_activate || interface->srp_activate6;
    case CONF_MODE_GGSN:
    case CONF_MODE_EGTP:
    case CONF_MODE_GTPU:
    case CONF_MODE_PGW:
        return is_protected(conf, &conf->services[build->service]);
    case CONF_MODE_HA:
        return is_activated(conf, conf->ha[build->ha].context, conf->ha[build->ha].bind);
    case CONF_MODE_BGP:
        return conf->srp.bgp_vrf_validate;
    case CONF_MODE_SRP:
        return true;
    default:
        break;
    }
    if (row->print == conf_print_pool)
        return conf->pools[build->pool].srp_activate;
    return row->print == conf_print_busyout || strncmp(row->form, "radius ", 7) == 0;
}

static bool
is_of_srp(const void *ctx, const struct cli_row *row)
{
    const struct conf_build *build = ctx;

    if (row->modes == CONF_MODE_CONFIG)
        return row->enters == CONF_MODE_CONTEXT && has_any(&build->conf, build->context);
    return row->modes != CONF_MODE_CONTEXT || concerns_srp(build, row);
}

void
conf_print_srp(const struct conf *conf, FILE *out)
{
    print(conf, is_of_srp, 0, out);
}
