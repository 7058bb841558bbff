#include "lab/world/peering.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"

static bool
is_among(const struct neighbor *neighbor, const struct neighbor *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (neighbor_same(&list[i], neighbor))
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
find(struct peering *peering, const struct neighbor *neighbor)
{
    for (size_t i = 0; i < peering->n; i++) {
        if (neighbor_same(&peering->neighbors[i].of, neighbor))
            return &peering->neighbors[i];
    }
    return NULL;
}

/* What `chassis` does not name any more goes before the new ones come, so that all fit. */
static void
forget(struct peering *peering, uint8_t chassis, const struct neighbor *list, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < peering->n; i++) {
        struct peering_neighbor *neighbor = &peering->neighbors[i];

        if (!is_among(&neighbor->of, list, n))
            neighbor->named[chassis] = false;
        if (is_named(neighbor))
            peering->neighbors[kept++] = *neighbor;
    }
    peering->n = kept;
}

void
peering_name(struct peering *peering, uint8_t chassis, const struct neighbor *list, size_t n)
{
    assert(chassis < RIB_CHASSIS && n <= NEIGHBORS_MOST);
    forget(peering, chassis, list, n);
    for (size_t i = 0; i < n; i++) {
        struct peering_neighbor *neighbor = find(peering, &list[i]);

        if (!neighbor) {
            assert(peering->n < PEERING_MOST); /* by the size of an announcement */
            neighbor = &peering->neighbors[peering->n++];
            *neighbor = (struct peering_neighbor){.of = list[i]};
        }
        neighbor->named[chassis] = true;
    }
}

void
peering_connect(struct peering *peering, uint8_t chassis, bool connected)
{
    peering->connected[chassis] = connected;
}

/* How many sessions with one neighbor changed; DI_ENOTFOUND if there are none. */
static int
set_one(struct peering_neighbor *neighbor, enum peering_kind kind, int chassis, bool up)
{
    int changed = 0;
    bool any = false;

    for (int i = 0; i < RIB_CHASSIS; i++) {
        if ((chassis != PEERING_ALL && chassis != i) || !neighbor->named[i])
            continue;
        any = true;
        changed += neighbor->down[kind][i] == up;
        neighbor->down[kind][i] = !up;
    }
    return any ? changed : DI_ENOTFOUND;
}

int
peering_set(struct peering *peering, enum peering_kind kind, uint32_t addr, const char *context,
            int chassis, bool up)
{
    int changed = DI_ENOTFOUND;

    for (size_t i = 0; i < peering->n; i++) {
        struct peering_neighbor *neighbor = &peering->neighbors[i];
        int one;

        if (neighbor->of.addr != addr || (context && strcmp(neighbor->of.context, context) != 0))
            continue;
        one = set_one(neighbor, kind, chassis, up);
        if (one >= 0)
            changed = one + (changed > 0 ? changed : 0);
    }
    return changed;
}

/* ---- faults ------------------------------------------------------------------------- */

void
peering_faults(struct peering *peering, const struct peering_lease *leases, size_t n)
{
    assert(n <= PEERING_LEASES);
    if (n)
        memcpy(peering->leases, leases, n * sizeof *leases);
    peering->lease_n = n;
}

static bool
is_leased(const struct peering *peering, uint32_t addr, bool lies)
{
    for (size_t i = 0; i < peering->lease_n; i++) {
        const struct peering_lease *lease = &peering->leases[i];

        if (lease->lies == lies && (lease->addr == 0 || lease->addr == addr))
            return true;
    }
    return false;
}

void
peering_announced(struct peering *peering, uint8_t chassis, uint32_t n, uint64_t srp_epoch)
{
    peering->claims[chassis] = (struct peering_claim){n, srp_epoch};
}

bool
peering_lies(const struct peering *peering, uint8_t chassis)
{
    bool any = false;

    for (size_t i = 0; i < peering->n; i++) {
        if (!peering_up(peering, PEERING_BGP, i, chassis))
            continue;
        if (!is_leased(peering, peering->neighbors[i].of.addr, true))
            return false;
        any = true;
    }
    return any;
}

struct rib_standing
peering_says(const struct peering *peering, uint8_t chassis, struct rib_standing standing)
{
    const struct peering_claim *claim = &peering->claims[chassis];

    if (!peering_lies(peering, chassis))
        return standing;
    standing.n = claim->n;
    standing.srp_epoch = claim->n ? claim->srp_epoch : 0;
    standing.best = claim->n > 0;
    return standing;
}

/* ---- sessions ----------------------------------------------------------------------- */

bool
peering_up(const struct peering *peering, enum peering_kind kind, size_t neighbor, uint8_t chassis)
{
    return peering->connected[chassis] && peering->neighbors[neighbor].named[chassis] &&
           !peering->neighbors[neighbor].down[kind][chassis] &&
           !(kind == PEERING_BGP &&
             is_leased(peering, peering->neighbors[neighbor].of.addr, false));
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
            .of = peering->neighbors[i].of,
            .bgp_up = peering_up(peering, PEERING_BGP, i, chassis),
            .bfd_up = peering_up(peering, PEERING_BFD, i, chassis),
        };
    }
    return n;
}
