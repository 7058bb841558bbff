/* world.h - the state of one simulated execution, shared by its three players
 *
 * world.c plays client, router and the order of events; chassis.c what happens inside a
 * chassis and between two; faults.c breaks things and mends them.
 *
 * Ownership  struct world belongs to sim_run
 * Time       virtual microseconds
 * Errors     none
 * Threads    one owner
 */
#ifndef VPCLAB_SIM_WORLD_H
#define VPCLAB_SIM_WORLD_H

#include "queue.h"
#include "sim.h"

#define START_US       (1 * US_PER_S)
#define GOOD_HELLO_US  (20 * US_PER_MS) /* hellos slower than this do not count as flowing */
#define ROUTER_HOLD_US (9 * US_PER_S)
#define NET            0x7f0a0000u

enum { EAST, WEST };
enum link_kind { CONTROL, SESSION, LINKS };

/* One direction of a link. */
struct lane {
    bool cut, keeps; /* keeps: what is sent while cut arrives after it is mended */
    int64_t mended_us, last_us;
};

struct net {
    unsigned loss, twice, reorder; /* permille */
    int64_t delay_us, jitter_us;
};

struct world {
    struct sim sim;
    struct queue queue;
    struct event *held[SIDES]; /* arrived while paused */
    size_t held_n[SIDES], held_room[SIDES];
    struct lane lanes[LINKS][SIDES]; /* [link][sender] */
    struct net net;
    bool control_up;
    int64_t resume_us[SIDES];
    int64_t faults_until_us, client_until_us, end_us;
    unsigned subscribers;
    int64_t pace_us; /* longest peace between two faults */
    uint64_t lives;
    size_t room; /* frames are this short, so that a resync takes many */
    uint16_t credit;
    int64_t duration_us;
    uint8_t frame[CKPT_MESSAGE];
};

extern const char *const side_names[SIDES];

int64_t between(struct world *world, int64_t low, int64_t high); /* both included */
void say(const struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool plant(const struct sim *sim, enum plant which);

/* Put an event into the queue. */
void later(struct world *world, int64_t in_us, struct event event);

/* Mix what happened into the hash of the execution. */
void note(struct sim *sim, uint64_t what);

/* chassis.c: routes to the router, an order to a card, an event to the SRP core, what a
 * session manager has to say to its peer. */
void announce(struct world *world, int side, int64_t in_us, bool announced);
void order_role(struct world *world, int side, int manager);
void step(struct world *world, int side, struct srp_event ev);

void pump_manager(struct world *world, int side, int manager);
void on_role(struct world *world, const struct event *e);
void on_status(struct world *world, const struct event *e);
void start_manager(struct world *world, int side, int manager);
void start_chassis(struct world *world, int side);

/* faults.c */
void on_fault(struct world *world);
void on_link(struct world *world);
void on_resume(struct world *world, int side);
void on_restart(struct world *world, int side);
void on_cf_up(struct world *world, int side);
void drop_held(struct world *world, int side);
void mend(struct world *world);

#endif
