/* The card bus of a chassis, and the link between its control functions: in order, and as a rule
 * without loss. F8 inside: slow, with full queues, or with the control functions cut apart. */
#include "check.h"

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

        bus->cf_cut = false;
        bus->delay_us = 0;
        bus->loss = 0;
    }
}

/* What is ordered and reported may be late. */
bool
bus_is_bad(const struct world *world, int side)
{
    const struct bus *bus = &world->chassis[side].bus;

    return bus->cf_cut || bus->delay_us || bus->loss;
}
