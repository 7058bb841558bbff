#include <inttypes.h>
#include <stdlib.h>

#include "world.h"

/* ---- faults ---- */

static void
set_control(struct world *world, bool up)
{
    if (world->control_up == up)
        return;
    world->control_up = up;
    say(&world->sim, "connections %s", up ? "up" : "down");
    for (int side = 0; side < SIDES; side++) {
        const struct chassis *c = &world->sim.chassis[side];

        if (c->up && c->cf_up && !c->paused)
            step(world, side, (struct srp_event){.type = SRP_EV_LINK, .up = up});
    }
}

/* Both connections are gone, and with them what was on its way. */
static void
reset_links(struct world *world)
{
    set_control(world, false);
    check_flow_broken(&world->sim, world->sim.now);
    for (size_t i = 0; i < world->queue.n; i++) {
        struct event *e = &world->queue.events[i];

        if ((e->kind == EV_HELLO || e->kind == EV_CKPT) &&
            !rng_chance(&world->sim.rng, 200)) { /* some come out of a later queue */
            e->len = 0;
        }
    }
    later(world, between(world, 100, 1000) * US_PER_MS, (struct event){.kind = EV_LINK});
}

void
on_link(struct world *world)
{
    bool possible = true;

    for (int side = 0; side < SIDES; side++) {
        const struct chassis *c = &world->sim.chassis[side];

        possible &= c->up && c->cf_up && !c->paused && !world->lanes[CONTROL][side].cut;
    }
    if (possible)
        set_control(world, true);
    else
        later(world, 500 * US_PER_MS, (struct event){.kind = EV_LINK});
}

void
drop_held(struct world *world, int side)
{
    for (size_t i = 0; i < world->held_n[side]; i++)
        free(world->held[side][i].payload);
    world->held_n[side] = 0;
}

static void
crash_chassis(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];

    say(sim, "FAULT %s dies", side_names[side]);
    c->up = c->paused = false;
    for (int m = 0; m < MANAGERS; m++) {
        check_lost(sim, side, m);
        c->managers[m].copy = ++sim->copies;
        c->managers[m].up = false;
    }
    drop_held(world, side);
    check_flow_broken(sim, sim->now);
    check_trouble(sim, sim->now);
    announce(world, side, rng_chance(&sim->rng, 500) ? 10 * US_PER_MS : ROUTER_HOLD_US, false);
    if (world->control_up && rng_chance(&sim->rng, 500))
        reset_links(world); /* its host still answers for it */
    later(world, between(world, 500, 90000) * US_PER_MS,
          (struct event){.kind = EV_RESTART, .side = (uint8_t)side, .life = c->life});
}

static void
pause_chassis(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];
    int64_t us = between(world, 50 * US_PER_MS, c->setup.dead_us * 2);

    say(sim, "FAULT %s is stopped for %" PRId64 " ms", side_names[side], us / US_PER_MS);
    c->paused = true;
    world->resume_us[side] = sim->now.us + us;
    check_flow_broken(sim, (mono_t){.us = world->resume_us[side]});
    check_trouble(sim, (mono_t){.us = world->resume_us[side]});
    if (us > ROUTER_HOLD_US)
        announce(world, side, ROUTER_HOLD_US, false);
    later(world, us, (struct event){.kind = EV_RESUME, .side = (uint8_t)side, .life = c->life});
}

static void
crash_card(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];
    int m = (int)rng_below(&sim->rng, MANAGERS);

    if (!c->managers[m].up)
        return;
    say(sim, "FAULT %s sessmgr %d dies", side_names[side], m + 1);
    check_lost(sim, side, m);
    c->managers[m].copy = ++sim->copies;
    c->managers[m].up = false;
    if (c->recover_left) { /* nobody waits for the dead */
        c->recover_left &= ~(1u << m);
        if (!c->recover_left && c->cf_up)
            step(world, side,
                 (struct srp_event){.type = SRP_EV_RECOVERED, .epoch = c->recover_epoch});
    }
    later(world, between(world, 10, 5000) * US_PER_MS,
          (struct event){
              .kind = EV_CARD_UP, .side = (uint8_t)side, .manager = (uint8_t)m, .life = c->life});
}

static void
crash_cf(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];
    int64_t us = between(world, 2500, 4000) * US_PER_MS;

    if (!c->cf_up)
        return;
    say(sim, "FAULT %s active CF dies", side_names[side]);
    c->cf_up = false;
    check_cf_died(sim, side);
    check_flow_broken(sim, mono_after(sim->now, us));
    if (world->control_up)
        reset_links(world);
    later(world, us, (struct event){.kind = EV_CF_UP, .side = (uint8_t)side, .life = c->life});
}

static void
cut(struct world *world)
{
    struct sim *sim = &world->sim;
    unsigned which = (unsigned)between(world, 1, 3), ways = (unsigned)between(world, 1, 3);
    bool keeps = rng_chance(&sim->rng, 500);
    int64_t us = between(world, 100 * US_PER_MS, sim->chassis[EAST].setup.dead_us * 3);

    check_trouble(sim, mono_after(sim->now, us));

    say(sim, "FAULT cut of%s%s, %s for %" PRId64 " ms", which & 1 ? " control" : "",
        which & 2 ? " session" : "", ways == 3 ? "both ways" : "one way", us / US_PER_MS);
    for (unsigned link = 0; link < LINKS; link++) {
        for (unsigned side = 0; side < SIDES; side++) {
            struct lane *lane = &world->lanes[link][side];

            if (!(which >> link & 1) || !(ways >> side & 1))
                continue;
            *lane = (struct lane){.cut = true,
                                  .keeps = keeps && link == SESSION,
                                  .mended_us = sim->now.us + us,
                                  .last_us = lane->last_us};
            later(world, us,
                  (struct event){.kind = EV_HEAL, .link = (uint8_t)link, .side = (uint8_t)side});
        }
    }
}

static void
degrade(struct world *world)
{
    struct rng *rng = &world->sim.rng;
    bool bad = rng_chance(rng, 500);

    world->net = (struct net){
        .loss = bad ? (unsigned)rng_below(rng, 250) : 0,
        .twice = rng_chance(rng, 500) ? (unsigned)rng_below(rng, 200) : 0,
        .reorder = rng_chance(rng, 500) ? (unsigned)rng_below(rng, 300) : 0,
        .delay_us = US_PER_MS,
        .jitter_us = bad ? between(world, 1, 800) * US_PER_MS : 5 * US_PER_MS,
    };
    say(&world->sim,
        "FAULT network loses %u, doubles %u, reorders %u permille, jitter %" PRId64 " ms",
        world->net.loss, world->net.twice, world->net.reorder, world->net.jitter_us / US_PER_MS);
}

void
on_fault(struct world *world)
{
    struct sim *sim = &world->sim;
    int side = (int)rng_below(&sim->rng, SIDES);
    bool running = sim->chassis[side].up && !sim->chassis[side].paused;

    check_fault(sim);
    sim->verdict->faults++;
    switch (rng_below(&sim->rng, 10)) {
    case 0:
    case 1:
    case 2:
        if (running)
            crash_chassis(world, side);
        break;
    case 3:
    case 4:
        if (running)
            pause_chassis(world, side);
        break;
    case 5:
    case 6:
        cut(world);
        break;
    case 7:
        if (running)
            crash_card(world, side);
        break;
    case 8:
        if (running)
            crash_cf(world, side);
        break;
    default:
        check_trouble(sim, mono_after(sim->now, 2 * US_PER_S));
        if (rng_chance(&sim->rng, 400))
            reset_links(world);
        else
            degrade(world);
    }

    int64_t next = between(world, US_PER_MS, world->pace_us);

    if (rng_chance(&sim->rng, 200)) /* failures come in pairs */
        next /= 20;
    if (sim->now.us + next < world->faults_until_us)
        later(world, next, (struct event){.kind = EV_FAULT});
}

/* From here on nothing is broken any more. */
void
mend(struct world *world)
{
    world->net = (struct net){.delay_us = US_PER_MS, .jitter_us = 5 * US_PER_MS};
}

/* ---- recoveries ---- */

void
on_resume(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];

    if (!c->paused)
        return;
    say(sim, "%s goes on", side_names[side]);
    c->paused = false;
    for (size_t i = 0; i < world->held_n[side]; i++) {
        world->held[side][i].at_us = sim->now.us;
        queue_put(&world->queue, world->held[side][i]);
    }
    world->held_n[side] = 0;
    announce(world, side, US_PER_MS, c->srp.state == CHASSIS_ACTIVE); /* what it last meant */
    if (c->cf_up)
        step(world, side, (struct srp_event){.type = SRP_EV_LINK, .up = world->control_up});
}

void
on_restart(struct world *world, int side)
{
    check_trouble(&world->sim, world->sim.now);
    start_chassis(world, side);
    announce(world, side, 10 * US_PER_MS, false); /* a new session with the router */
    step(world, side, (struct srp_event){.type = SRP_EV_TICK});
    if (world->control_up)
        step(world, side, (struct srp_event){.type = SRP_EV_LINK, .up = true});
}

void
on_cf_up(struct world *world, int side)
{
    struct sim *sim = &world->sim;
    struct chassis *c = &sim->chassis[side];
    /* The last second's changes may not have reached the standby CF. */
    bool missed = mono_between(c->shot_at, sim->now) < 5 * US_PER_S && rng_chance(&sim->rng, 200);
    struct srp_snapshot shot = missed ? c->shot_before : c->shot;

    say(sim, "%s other CF takes over", side_names[side]);
    c->cf_up = true;
    c->setup.cf_epoch++;
    c->setup.rank.mac[5] ^= 1;
    c->recover_left = 0;
    if (plant(sim, PLANT_FORGETFUL))
        srp_init(&c->srp, &c->setup, sim->now);
    else
        srp_adopt(&c->srp, &c->setup, &shot, sim->now);
    if (c->srp.recovering) {
        c->recover_epoch = c->srp.epoch;
        c->recover_left = (1u << MANAGERS) - 1;
    }
    step(world, side, (struct srp_event){.type = SRP_EV_LINK, .up = world->control_up});
    for (int m = 0; m < MANAGERS; m++) {
        struct smgr_status status;

        if (!c->managers[m].up) {
            c->recover_left &= ~(1u << m);
            continue;
        }
        order_role(world, side, m);
        smgr_status(c->managers[m].smgr, sim->now, &status);
        later(world, US_PER_MS,
              (struct event){.kind = EV_STATUS,
                             .side = (uint8_t)side,
                             .manager = (uint8_t)m,
                             .state = CHASSIS_INIT,
                             .epoch = status.epoch,
                             .life = c->life});
    }
    announce(world, side, 2 * US_PER_MS, c->srp.state == CHASSIS_ACTIVE);
}
