#include "lab/peering.h"

#include <assert.h>

#include "common/base/err.h"

static bool
is_among(uint32_t addr, const uint32_t *addrs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (addrs[i] == addr)
            return true;
    }
    return false;
}

static bool
is_named(const struct peering_neighbor *neighbor)
{
    for (size_t i = 0; i < RIB_CHASSIS; i++) {
        if (neighbor->named[i])
            return true;
    }
    return false;
}

static struct peering_neighbor *
find(struct peering *peering, uint32_t addr)
{
    for (size_t i = 0; i < peering->n; i++) {
        if (peering->neighbors[i].addr == addr)
            return &peering->neighbors[i];
    }
    return NULL;
}

/* What `chassis` does not name any more goes before the new ones come, so that all fit. */
static void
forget(struct peering *peering, uint8_t chassis, const uint32_t *addrs, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < peering->n; i++) {
        struct peering_neighbor *neighbor = &peering->neighbors[i];

        if (!is_among(neighbor->addr, addrs, n))
            neighbor->named[chassis] = false;
        if (is_named(neighbor))
            peering->neighbors[kept++] = *neighbor;
    }
    peering->n = kept;
}

void
peering_name(struct peering *peering, uint8_t chassis, const uint32_t *addrs, size_t n)
{
    assert(chassis < RIB_CHASSIS && n <= NEIGHBORS_MOST);
    forget(peering, chassis, addrs, n);
    for (size_t i = 0; i < n; i++) {
        struct peering_neighbor *neighbor = find(peering, addrs[i]);

        if (!neighbor) {
            assert(peering->n < PEERING_MOST); /* by the size of an announcement */
            neighbor = &peering->neighbors[peering->n++];
            *neighbor = (struct peering_neighbor){.addr = addrs[i]};
        }
        neighbor->named[chassis] = true;
    }
}

void
peering_connect(struct peering *peering, uint8_t chassis, bool connected)
{
    peering->connected[chassis] = connected;
}

int
peering_set(struct peering *peering, enum peering_kind kind, uint32_t addr, int chassis, bool up)
{
    struct peering_neighbor *neighbor = find(peering, addr);
    int changed = 0;
    bool any = false;

    for (int i = 0; neighbor && i < RIB_CHASSIS; i++) {
        if ((chassis != PEERING_ALL && chassis != i) || !neighbor->named[i])
            continue;
        any = true;
        changed += neighbor->down[kind][i] == up;
        neighbor->down[kind][i] = !up;
    }
    return any ? changed : DI_ENOTFOUND;
}

bool
peering_up(const struct peering *peering, enum peering_kind kind, size_t neighbor, uint8_t chassis)
{
    return peering->connected[chassis] && peering->neighbors[neighbor].named[chassis] &&
           !peering->neighbors[neighbor].down[kind][chassis];
}

bool
peering_holds(const struct peering *peering, uint8_t chassis)
{
    bool any = false;

    for (size_t i = 0; i < peering->n; i++) {
        if (peering_up(peering, PEERING_BGP, i, chassis))
            return true;
        any = any || peering->neighbors[i].named[chassis];
    }
    return peering->connected[chassis] && !any;
}

bool
peering_chassis_bfd(const struct peering *peering, uint8_t chassis)
{
    for (size_t i = 0; i < RIB_CHASSIS; i++) {
        if (i != chassis && peering->connected[i])
            return !peering->chassis_bfd_down;
    }
    return false;
}

uint8_t
peering_list(const struct peering *peering, uint8_t chassis,
             struct net_neighbor out[NEIGHBORS_MOST])
{
    uint8_t n = 0;

    for (size_t i = 0; i < peering->n; i++) {
        if (!peering->neighbors[i].named[chassis])
            continue;
        out[n++] = (struct net_neighbor){
            .addr = peering->neighbors[i].addr,
            .bgp_up = peering_up(peering, PEERING_BGP, i, chassis),
            .bfd_up = peering_up(peering, PEERING_BFD, i, chassis),
        };
    }
    return n;
}
