#include <stddef.h>
#include <string.h>

#include "common/conf/conf_build.h"

/* Taking objects out that others stand in or refer to by number. */

void
conf_remove(void *items, size_t size, uint8_t *n, uint8_t at)
{
    char *from = (char *)items + at * size;
    size_t behind = (size_t)(*n - at - 1) * size;

    memmove(from, from + size, behind);
    memset(from + behind, 0, size);
    (*n)--;
}

void
conf_remove_line(unsigned *lines, uint8_t n, uint8_t at)
{
    memmove(&lines[at], &lines[at + 1], (size_t)(n - at) * sizeof *lines);
    lines[n] = 0;
}

void
conf_remove_interface(struct conf_build *build, uint8_t at)
{
    struct conf *conf = &build->conf;
    const struct conf_interface *interface = &conf->interfaces[at];

    conf_unbind_ports(conf, conf->contexts[interface->context], interface->name);
    conf_remove(conf->interfaces, sizeof *conf->interfaces, &conf->interface_n, at);
    conf_remove_line(build->interface_line, conf->interface_n, at);
}

/* Objects that stand in contexts. */
struct list {
    void *items;
    size_t size, context; /* of an item; offset of its context's number */
    uint8_t *n;
    unsigned *lines; /* NULL: not noted */
};

/* Those of context `gone` go, those of later ones are numbered anew. */
static void
leave(const struct list *list, uint8_t gone)
{
    for (uint8_t i = *list->n; i-- > 0;) {
        uint8_t *context = (uint8_t *)list->items + i * list->size + list->context;

        if (*context > gone) {
            (*context)--;
        } else if (*context == gone) {
            conf_remove(list->items, list->size, list->n, i);
            if (list->lines)
                conf_remove_line(list->lines, *list->n, i);
        }
    }
}

#define LIST(array, count, noted)                                                                  \
    {                                                                                              \
        conf->array, sizeof *conf->array,                                                          \
            (size_t)((char *)&conf->array->context - (char *)conf->array), &conf->count, noted     \
    }

void
conf_remove_context(struct conf_build *build, uint8_t at)
{
    struct conf *conf = &build->conf;
    const struct list lists[] = {
        LIST(interfaces, interface_n, build->interface_line),
        LIST(pools, pool_n, build->pool_line),
        LIST(busyouts, busyout_n, NULL),
        LIST(services, service_n, build->service_line),
        LIST(ha, ha_n, NULL),
        LIST(apns, apn_n, build->apn_line),
        LIST(bgp, bgp_n, NULL),
        LIST(radius, radius_n, NULL),
        LIST(accounting, accounting_n, NULL),
        LIST(diameter, diameter_n, NULL),
    };
    uint8_t of_context_n = conf->context_n, ways_n = CONF_CONTEXTS;

    conf_unbind_ports(conf, conf->contexts[at], NULL);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        leave(&lists[i], at);
    if (conf->srp.configured && conf->srp.context == at)
        conf->srp = conf_srp_default;
    else if (conf->srp.context > at)
        conf->srp.context--;
    conf_remove(conf->of_context, sizeof *conf->of_context, &of_context_n, at);
    conf_remove(conf->radius_ways, sizeof *conf->radius_ways, &ways_n, at);
    conf->radius_ways[CONF_CONTEXTS - 1] = conf_radius_default;
    conf_remove(conf->contexts, sizeof *conf->contexts, &conf->context_n, at);
    conf_remove_line(build->context_line, conf->context_n, at);
}
