#include "lab/world/rib.h"

#include <assert.h>
#include <string.h>

void
rib_init(struct rib *rib)
{
    memset(rib, 0, sizeof *rib);
}

static struct rib_prefix *
find(struct rib *rib, const struct route_entry *route)
{
    for (size_t i = 0; i < rib->n; i++) {
        struct rib_prefix *prefix = &rib->prefixes[i];

        if (prefix->net == route->net && prefix->mask == route->mask && prefix->kind == route->kind)
            return prefix;
    }
    return NULL;
}

static struct rib_prefix *
find_or_add(struct rib *rib, const struct route_entry *route)
{
    struct rib_prefix *prefix = find(rib, route);

    if (prefix)
        return prefix;
    assert(rib->n < RIB_PREFIXES); /* by the size of an announcement */
    prefix = &rib->prefixes[rib->n++];
    *prefix = (struct rib_prefix){
        .net = route->net,
        .mask = route->mask,
        .kind = route->kind,
        .best = RIB_NOBODY,
    };
    return prefix;
}

static int8_t
best_of(const struct rib_prefix *prefix)
{
    int8_t best = RIB_NOBODY;

    for (int8_t i = 0; i < RIB_CHASSIS; i++) {
        const struct rib_path *path = &prefix->paths[i];

        if (!path->present)
            continue;
        if (best == RIB_NOBODY || path->prepend < prefix->paths[best].prepend ||
            (path->prepend == prefix->paths[best].prepend && prefix->best == i))
            best = i;
    }
    return best;
}

/* Choose anew everywhere, note what changed, and drop prefixes nobody announces. */
static size_t
decide(struct rib *rib, struct rib_change changes[RIB_PREFIXES])
{
    size_t change_n = 0, kept = 0;

    for (size_t i = 0; i < rib->n; i++) {
        struct rib_prefix *prefix = &rib->prefixes[i];
        int8_t best = best_of(prefix);

        if (best != prefix->best)
            changes[change_n++] = (struct rib_change){
                .net = prefix->net,
                .mask = prefix->mask,
                .kind = prefix->kind,
                .old = prefix->best,
                .now = best,
                .srp_epoch = best == RIB_NOBODY ? 0 : prefix->paths[best].srp_epoch,
            };
        prefix->best = best;
        if (best != RIB_NOBODY)
            rib->prefixes[kept++] = *prefix;
    }
    rib->n = kept;
    return change_n;
}

static bool
is_in(const struct rib_prefix *prefix, const struct routes_body *routes)
{
    for (size_t i = 0; i < routes->n; i++) {
        const struct route_entry *route = &routes->routes[i];

        if (prefix->net == route->net && prefix->mask == route->mask && prefix->kind == route->kind)
            return true;
    }
    return false;
}

static bool
same_path(const struct rib_path *path, const struct routes_body *routes)
{
    return path->present && path->prepend == routes->prepend && path->as == routes->as &&
           path->srp_epoch == routes->srp_epoch;
}

size_t
rib_announce(struct rib *rib, uint8_t chassis, const struct routes_body *routes, mono_t now,
             struct rib_change changes[RIB_PREFIXES])
{
    assert(chassis < RIB_CHASSIS && routes->n <= ROUTES_MOST);
    for (size_t i = 0; i < rib->n; i++) {
        if (!is_in(&rib->prefixes[i], routes))
            rib->prefixes[i].paths[chassis].present = false;
    }
    for (size_t i = 0; i < routes->n; i++) {
        struct rib_path *path = &find_or_add(rib, &routes->routes[i])->paths[chassis];

        if (!same_path(path, routes))
            *path = (struct rib_path){
                .present = true,
                .prepend = routes->prepend,
                .as = routes->as,
                .srp_epoch = routes->srp_epoch,
                .since = now,
            };
    }
    return decide(rib, changes);
}

size_t
rib_withdraw(struct rib *rib, uint8_t chassis, mono_t now, struct rib_change changes[RIB_PREFIXES])
{
    static const struct routes_body nothing = {.n = 0};

    return rib_announce(rib, chassis, &nothing, now, changes);
}

int
rib_lookup(const struct rib *rib, enum route_kind kind, uint32_t addr)
{
    const struct rib_prefix *longest = NULL;

    for (size_t i = 0; i < rib->n; i++) {
        const struct rib_prefix *prefix = &rib->prefixes[i];

        if (prefix->kind == kind && (addr & prefix->mask) == prefix->net &&
            (!longest || prefix->mask > longest->mask))
            longest = prefix;
    }
    return longest ? longest->best : RIB_NOBODY;
}

struct rib_standing
rib_standing_of(const struct rib *rib, uint8_t chassis)
{
    struct rib_standing standing = {.best = true};

    for (size_t i = 0; i < rib->n; i++) {
        const struct rib_prefix *prefix = &rib->prefixes[i];
        const struct rib_path *own = &prefix->paths[chassis];

        if (own->present) {
            standing.n++;
            standing.srp_epoch = own->srp_epoch; /* one announcement, one epoch */
            standing.best = standing.best && prefix->best == chassis;
        }
        if (prefix->best != chassis) {
            standing.offered++;
            standing.offered_as = prefix->paths[prefix->best].as;
        }
    }
    standing.best = standing.best && standing.n != 0;
    return standing;
}
