/* The card bus of a chassis, and the link between its control functions: in order, and as a rule
 * without loss. F8 inside: slow, with full queues, or with the control functions cut apart. */
#include "check.h"

#define REPEATED_US (3 * US_PER_S)

void
bus_send(struct world *world, int side, int64_t in_us, struct event event)
{
    struct bus *bus = &world->chassis[side].bus;
    bool between_cfs = event.kind == EV_CF_HELLO;
    int64_t at = world->now.us + in_us + bus->delay_us,
            *last = &bus->last_us[event.proc][between_cfs];

    if ((between_cfs && bus->cf_cut) || (bus->loss && rng_chance(&world->rng, bus->loss))) {
        block_free(&world->queue.pool, event.load);
        return;
    }
    if (at < *last)
        at = *last;
    *last = event.at_us = at;
    queue_put(&world->queue, event);
}

void
bus_degrade(struct world *world, int side, struct rng *dice)
{
    struct bus *bus = &world->chassis[side].bus;

    world->effects++;
    bus->cf_cut = rng_chance(dice, 400);
    if (rng_chance(dice, 500))
        bus->delay_us = rng_between(dice, 1, 1500) * US_PER_MS;
    if (rng_chance(dice, 500))
        bus->loss = 20 + (unsigned)rng_below(dice, 300);
}

void
bus_mend(struct world *world)
{
    for (int side = 0; side < SIDES; side++) {
        struct bus *bus = &world->chassis[side].bus;

        if (bus_is_bad(world, side))
            bus->mended_us = world->now.us;
        bus->cf_cut = false;
        bus->delay_us = 0;
        bus->loss = 0;
    }
}

/* What is ordered and reported may be late; what was lost is repeated within some seconds. */
bool
bus_is_bad(const struct world *world, int side)
{
    const struct bus *bus = &world->chassis[side].bus;

    return bus->cf_cut || bus->delay_us || bus->loss ||
           (bus->mended_us && world->now.us - bus->mended_us < REPEATED_US);
}
