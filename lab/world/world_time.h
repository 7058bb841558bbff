/* world_time.h - tells the lab's event log how the lab's clock goes
 *
 * Each process follows the clock's course by itself; the world, of which a lab has one, writes an
 * event when the clock is paused, runs, or runs at another scale, at the instant it does.
 *
 * Ownership  the world owns the struct; the node outlives it
 * Time       real time
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_WORLD_TIME_H
#define VPCLAB_WORLD_TIME_H

#include "common/loop/node.h"
#include "common/loop/timer.h"

struct world_time {
    struct timer next; /* the next segment of the course begins */
    uint32_t scale;    /* told last; 0: the lab stands still */
    int64_t told_us;   /* what began until then is told */
};

void world_time_open(struct world_time *time, const struct node *node);
void world_time_close(struct world_time *time);

#endif
