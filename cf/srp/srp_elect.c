#include <assert.h>

#include "cf/srp/srp_fsm.h"

int
srp_level(uint8_t state, const struct srp_rank *rank)
{
    static const int levels[CHASSIS_STATE_N] = {
        [CHASSIS_INIT] = 0,           [CHASSIS_STANDBY] = 1, [CHASSIS_PENDING_STANDBY] = 2,
        [CHASSIS_PENDING_ACTIVE] = 3, [CHASSIS_ACTIVE] = 4,
    };

    assert(state < CHASSIS_STATE_N);
    if (state == CHASSIS_STANDBY && rank->fresh)
        return levels[CHASSIS_INIT];
    return levels[state];
}

/* Three-way comparisons: positive when a is to be preferred. */
static int
by_lower(unsigned a, unsigned b)
{
    return (a < b) - (a > b);
}

static int
by_higher(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static uint32_t
mac_tail(const struct srp_rank *rank)
{
    return (uint32_t)rank->mac[3] << 16 | (uint32_t)rank->mac[4] << 8 | rank->mac[5];
}

bool
srp_wins(uint8_t a_state, const struct srp_rank *a, uint8_t b_state, const struct srp_rank *b)
{
    int level_a = srp_level(a_state, a), order = level_a - srp_level(b_state, b);

    if (order == 0)
        order = level_a == 0 ? by_higher(a->mode, b->mode)
                             : by_lower(a->route_modifier, b->route_modifier);
    if (order == 0)
        order = a->higher_wins && b->higher_wins ? by_higher(a->priority, b->priority)
                                                 : by_lower(a->priority, b->priority);
    if (order == 0)
        order = by_higher(mac_tail(a), mac_tail(b));
    if (order == 0)
        order = by_higher(a->addr, b->addr);
    return order > 0;
}
