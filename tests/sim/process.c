/* Processes of a chassis: they start, die, are stopped and go on. */
#include <inttypes.h>
#include <stdlib.h>

#include "check.h"

static const char *const proc_names[PROCS] = {"CF 1",      "CF 2",      "demux",
                                              "sessmgr 1", "sessmgr 2", "sessmgr 3"};

bool
chassis_up(const struct world *world, int side)
{
    for (unsigned p = 0; p < PROCS; p++) {
        if (runs(world, side, p))
            return true;
    }
    return false;
}

void
drop_held(struct world *world, int side, unsigned proc)
{
    struct process *p = &world->chassis[side].procs[proc];

    for (size_t i = 0; i < p->held_n; i++)
        block_free(&world->queue.pool, p->held[i].load);
    p->held_n = 0;
}

/* What others notice of a host that came or went, some time later. */
static void
host_changed(struct world *world)
{
    eyes(world, EAST);
    eyes(world, WEST);
}

void
start_process(struct world *world, int side, unsigned proc)
{
    struct process *p = &world->chassis[side].procs[proc];
    bool was_up = chassis_up(world, side);

    if (p->up)
        return;
    drop_held(world, side, proc);
    *p = (struct process){.up = true,
                          .life = ++world->lives,
                          .due = MONO_NEVER,
                          .held = p->held,
                          .held_room = p->held_room};
    say(world, side, "%s starts", proc_names[proc]);
    if (proc <= PROC_CF2)
        check_cf_touched(world, side, false);
    if (proc <= PROC_CF2)
        cf_start(world, side, (int)proc);
    else
        card_start(world, side, proc);
    rearm(world, side, proc);
    check_disturbed(world);
    if (!was_up)
        host_changed(world);
}

void
start_chassis(struct world *world, int side)
{
    for (unsigned p = 0; p < PROC_SM1 + world->opt.managers; p++)
        start_process(world, side, p);
}

static void
card_closed(struct world *world, int side, unsigned proc, int64_t in_us)
{
    struct chassis *c = &world->chassis[side];

    if (proc >= PROC_SM1)
        tell_peer_closed(world, side, (int)proc - PROC_SM1, in_us);
    for (unsigned cf = 0; cf < 2; cf++) {
        if (c->procs[cf].up)
            later(world, in_us,
                  (struct event){.kind = EV_CARD_GONE,
                                 .side = (uint8_t)side,
                                 .proc = (uint8_t)cf,
                                 .b = (uint8_t)proc,
                                 .x = c->procs[proc].life,
                                 .life = c->procs[cf].life});
    }
}

/* End a process; it starts again after `us`, unless that is negative. */
void
kill_process(struct world *world, int side, unsigned proc, int64_t us)
{
    struct chassis *c = &world->chassis[side];
    struct process *p = &c->procs[proc];

    if (!p->up)
        return;
    world->effects++;
    say(world, side, "%s dies", proc_names[proc]);
    if (proc <= PROC_CF2) {
        bool led = is_current(world, side, (int)proc);

        if (led)
            check_cf_died(world, side);
        check_cf_touched(world, side, !led);
        p->up = false;
        c->cfs[proc].leading = false;
        if (world->conn.cf[side] == proc && world->conn.life[side] == p->life)
            connections_down(world, -1);
    } else if (proc == PROC_DEMUX) {
        p->up = false;
        router_lost(world, side);
    } else {
        int m = (int)proc - PROC_SM1;

        ledger_leaving(world, side, m, CAUSE_CARD); /* first: it asks what was acknowledged */
        check_lost(world, side, m);
        check_stream(world, side, m);
        check_rot_over(world, side, m);
        world->corpse[side][m].teid = 0; /* its call-ids are given out anew */
        p->up = false;
        c->cards[proc].copy = ++world->copies;
    }
    p->up = p->paused = false;
    p->due = MONO_NEVER;
    drop_held(world, side, proc);
    if (proc > PROC_CF2)
        card_closed(world, side, proc, BUS_US);
    if (us >= 0)
        later(world, us,
              (struct event){.kind = EV_START, .side = (uint8_t)side, .proc = (uint8_t)proc});
}

/* Power lost: all of it at once. */
void
kill_chassis(struct world *world, int side, struct rng *dice)
{
    int64_t us = dice ? rng_between(dice, 500, 60000) * US_PER_MS : -1;

    check_flow_broken(world, world->now);
    check_trouble(world, world->now);
    for (unsigned p = 0; p < PROC_SM1 + world->opt.managers; p++) /* CFs first */
        kill_process(world, side, p, dice ? us + rng_between(dice, 0, 300) * US_PER_MS : -1);
    host_changed(world);
}

void
stop_process(struct world *world, int side, unsigned proc, int64_t us)
{
    struct process *p = &world->chassis[side].procs[proc];
    bool led = proc <= PROC_CF2 && is_current(world, side, (int)proc);

    if (!p->up || p->paused)
        return;
    world->effects++;
    say(world, side, "%s is stopped for %" PRId64 " ms", proc_names[proc], us / US_PER_MS);
    if (proc <= PROC_CF2)
        check_cf_touched(world, side, true);
    p->paused = true;
    p->resume_us = world->now.us + us;
    p->due = MONO_NEVER;
    if (led) {
        check_flow_broken(world, (mono_t){.us = p->resume_us});
        check_trouble(world, (mono_t){.us = p->resume_us});
    }
    if (proc >= PROC_SM1)
        check_stream(world, side, (int)proc - PROC_SM1);
    if (proc > PROC_CF2 && us > BUS_DEAD_US)
        card_closed(world, side, proc, BUS_DEAD_US);
    if (proc == PROC_DEMUX && us > ROUTER_HOLD_US)
        later(world, ROUTER_HOLD_US,
              (struct event){
                  .kind = EV_HOLD, .side = (uint8_t)side, .proc = PROC_NONE, .life = p->life});
    later(world, us,
          (struct event){
              .kind = EV_RESUME, .side = (uint8_t)side, .proc = (uint8_t)proc, .life = p->life});
}

void
resume_process(struct world *world, int side, unsigned proc)
{
    struct chassis *c = &world->chassis[side];
    struct process *p = &c->procs[proc];
    bool was_up = chassis_up(world, side);

    say(world, side, "%s goes on", proc_names[proc]);
    p->paused = false;
    for (size_t i = 0; i < p->held_n; i++) {
        p->held[i].at_us = world->now.us;
        queue_put(&world->queue, p->held[i]);
    }
    p->held_n = 0;
    if (proc <= PROC_CF2) {
        check_woke(world, side);
        if (!world->conn.up)
            later(world, 100 * US_PER_MS, (struct event){.kind = EV_CONNECT, .proc = PROC_NONE});
    } else {
        if (proc >= PROC_SM1) {
            check_stream(world, side, (int)proc - PROC_SM1);
            conf_apply(world, side, (int)proc - PROC_SM1);
        }
        for (unsigned cf = 0; cf < 2; cf++)
            if (c->procs[cf].up)
                later(world, BUS_US,
                      (struct event){.kind = EV_CARD_NEW,
                                     .side = (uint8_t)side,
                                     .proc = (uint8_t)cf,
                                     .b = (uint8_t)proc,
                                     .x = p->life,
                                     .life = c->procs[cf].life});
    }
    if (!was_up)
        host_changed(world);
    rearm(world, side, proc);
}
