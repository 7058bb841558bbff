/* The monitors of a control function, and the eyes through which they see the world's truth. */
#include "check.h"

/* ---- monitors ---- */

void
cf_monitor(struct world *world, int side, int cf, struct monitor_event ev)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    bool was_active = c->monitor.active;
    unsigned actions;

    ev.now = world->now;
    if (plant(world, PLANT_PROBING_STANDBY) && ev.type == MONITOR_EV_ROLE && !ev.active)
        return;
    if (plant(world, PLANT_NO_LATCH) && ev.type == MONITOR_EV_ROLE)
        ev.reason = SRP_NOT_DEFINED;
    actions = monitor_step(&c->monitor, &ev);
    if (plant(world, PLANT_NO_GUARD))
        for (unsigned k = 0; k < MONITOR_KIND_N; k++)
            c->monitor.guard_until[k] = c->monitor.last;
    if (c->monitor.active && !was_active)
        eyes(world, side);
    if (!(actions & MONITOR_DO_TELL))
        return;

    struct srp_event tell = {.type = SRP_EV_MONITOR,
                             .reason = monitor_wants(&c->monitor),
                             .monitors = monitor_down(&c->monitor),
                             .chassis_bfd_down = monitor_chassis_bfd_down(&c->monitor)};

    if (plant(world, PLANT_BLIND_MONITOR))
        tell.reason = SRP_NOT_DEFINED;
    say(world, side, "monitors: down %#x, want %s%s", tell.monitors,
        srp_reason_name((enum srp_reason)tell.reason),
        tell.chassis_bfd_down ? ", chassis BFD down" : "");
    check_wants(world, side, cf, &tell);
    (void)cf_step(world, side, cf, tell);
}

/* Each eye looks after its own time; what it sees is the truth of that moment. */
void
eyes(struct world *world, int side)
{
    const struct options *opt = &world->opt;
    unsigned n = (unsigned)opt->aaa_n + opt->bgp_n + opt->bfd_n + opt->ignore_dead;

    for (int cf = 0; cf < 2; cf++) {
        if (!world->chassis[side].procs[cf].up || !world->chassis[side].cfs[cf].leading)
            continue;
        for (unsigned t = 0; t < n; t++)
            later(world, opt->probe_us / 2 + between(world, 0, opt->probe_us),
                  (struct event){.kind = EV_EYE,
                                 .side = (uint8_t)side,
                                 .proc = (uint8_t)cf,
                                 .a = (uint8_t)t,
                                 .life = world->chassis[side].procs[cf].life});
    }
}

/* The chassis-to-chassis session is up while both hosts run and the network reaches. */
static bool
peer_bfd_down(const struct world *world, int side)
{
    return world->chassis[EAST].peer_bfd_down || !chassis_up(world, 1 - side) ||
           !chassis_up(world, side);
}

void
cf_eye(struct world *world, int side, int cf, unsigned target)
{
    const struct options *opt = &world->opt;
    const struct chassis *c = &world->chassis[side];
    const struct cf *us = &c->cfs[cf];
    unsigned t = target;
    bool down;

    if (!us->leading)
        return;
    if (t < opt->aaa_n) {
        if (!us->monitor.active)
            return;
        down = c->aaa_down[t];
    } else if ((t -= opt->aaa_n) < opt->bgp_n) {
        down = c->bgp_down[t] || world->router_down;
    } else if ((t -= opt->bgp_n) < opt->bfd_n) {
        down = c->bfd_down || world->router_down;
    } else {
        down = peer_bfd_down(world, side);
    }
    check_seen(world, side, cf, target, down ? MONITOR_DOWN : MONITOR_UP);
    if (plant(world, PLANT_ONE_ENOUGH) && target < opt->aaa_n && c->aaa_down[0])
        down = true;
    cf_monitor(world, side, cf,
               (struct monitor_event){.type = MONITOR_EV_REPORT,
                                      .target = (uint8_t)target,
                                      .state = down ? MONITOR_DOWN : MONITOR_UP});
}

void
cf_monitor_init(struct world *world, struct cf *c)
{
    const struct options *opt = &world->opt;
    struct monitor_setup setup = {.after_switch[MONITOR_AAA] = opt->guard_switch};

    for (unsigned k = 0; k < MONITOR_KIND_N; k++)
        setup.after_failure[k] = opt->guard_failure;
    for (unsigned t = 0; t < opt->aaa_n; t++)
        setup.targets[setup.target_n++] = (struct monitor_target){.kind = MONITOR_AAA};
    for (unsigned t = 0; t < opt->bgp_n; t++)
        setup.targets[setup.target_n++] = (struct monitor_target){
            .kind = MONITOR_BGP, .group = (uint8_t)(opt->bgp_grouped ? 1 + t / 2 : 0)};
    for (unsigned t = 0; t < opt->bfd_n; t++)
        setup.targets[setup.target_n++] = (struct monitor_target){.kind = MONITOR_BFD};
    if (opt->ignore_dead)
        setup.targets[setup.target_n++] =
            (struct monitor_target){.kind = MONITOR_BFD, .chassis_to_chassis = true};
    monitor_init(&c->monitor, &setup, world->now);
}
