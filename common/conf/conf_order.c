#include <assert.h>
#include <string.h>

#include "common/conf/conf_build.h"

/* The order of objects: as they are printed, so that who reads the printed text has them in the same
 * places as who printed it. Others know objects by their places: the CFs tell each other which
 * monitors stand out by number, cards number pools. */

enum { ITEM_MOST = 8192 };

typedef unsigned rank_fn(const void *item);

/* Stable, and quick on what is in order already. */
static void
sort(void *items, size_t size, size_t n, rank_fn *rank)
{
    char *base = items, item[ITEM_MOST];

    assert(size <= sizeof item);
    for (size_t i = 1; i < n; i++) {
        size_t to = i;
        unsigned of_this = rank(base + i * size);

        while (to > 0 && rank(base + (to - 1) * size) > of_this)
            to--;
        if (to == i)
            continue;
        memcpy(item, base + i * size, size);
        memmove(base + (to + 1) * size, base + to * size, (i - to) * size);
        memcpy(base + to * size, item, size);
    }
}

#define RANK(name, type, value)                                                                    \
    static unsigned name(const void *of)                                                           \
    {                                                                                              \
        const struct type *item = of;                                                              \
                                                                                                   \
        return value;                                                                              \
    }

/* Kinds as the rows of a block have them: gtpu, ggsn, egtp, pgw; aaa, bgp, hsrp, diameter, bfd. */
static const unsigned service_kinds[] = {
    [CONF_GTPU] = 0, [CONF_GGSN] = 1, [CONF_EGTP] = 2, [CONF_PGW] = 3};
static const unsigned monitor_kinds[] = {[CONF_MONITOR_AAA] = 0,
                                         [CONF_MONITOR_BGP] = 1,
                                         [CONF_MONITOR_HSRP] = 2,
                                         [CONF_MONITOR_DIAMETER] = 3,
                                         [CONF_MONITOR_BFD] = 4};

RANK(of_interface, conf_interface, item->context * 2u + item->loopback)
RANK(of_pool, conf_pool, item->context)
RANK(of_busyout, conf_busyout, item->context)
RANK(of_service, conf_service, item->context * 4u + service_kinds[item->kind])
RANK(of_ha, conf_ha, item->context)
RANK(of_spi, conf_spi, item->foreign_agent)
RANK(of_apn, conf_apn, item->context)
RANK(of_bgp, conf_bgp, item->context)
RANK(of_radius, conf_radius, item->context)
RANK(of_diameter, conf_diameter, item->context)
RANK(of_monitor, conf_srp_monitor, monitor_kinds[item->kind])

#define SORT(array, n, rank) sort(array, sizeof *(array), n, rank)

void
conf_settle(struct conf *conf)
{
    SORT(conf->interfaces, conf->interface_n, of_interface);
    SORT(conf->pools, conf->pool_n, of_pool);
    SORT(conf->busyouts, conf->busyout_n, of_busyout);
    SORT(conf->services, conf->service_n, of_service);
    SORT(conf->ha, conf->ha_n, of_ha);
    for (uint8_t i = 0; i < conf->ha_n; i++)
        SORT(conf->ha[i].spis, conf->ha[i].spi_n, of_spi);
    SORT(conf->apns, conf->apn_n, of_apn);
    SORT(conf->bgp, conf->bgp_n, of_bgp);
    SORT(conf->radius, conf->radius_n, of_radius);
    SORT(conf->accounting, conf->accounting_n, of_radius);
    SORT(conf->diameter, conf->diameter_n, of_diameter);
    SORT(conf->srp.monitors, conf->srp.monitor_n, of_monitor);
}
