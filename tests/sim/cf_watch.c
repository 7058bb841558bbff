/* The monitors of a control function, and the eyes through which they see the world's truth. */
#include "check.h"

enum { DEMUX_SLOT = PROC_DEMUX + CARD_SLOT };

/* ---- monitors ---- */

/* Sessions that fell though nobody reported it: they do so with the demux alone. */
static void
check_fallen(struct world *world, int side, int cf, const struct monitor *was,
             const struct monitor_event *ev)
{
    const struct cf *c = &world->chassis[side].cfs[cf];

    for (unsigned t = 0; t < was->setup.target_n; t++) {
        if ((ev->type != MONITOR_EV_REPORT || t != ev->target) &&
            was->setup.targets[t].state != c->monitor.setup.targets[t].state &&
            c->monitor.setup.targets[t].state == MONITOR_DOWN)
            check_lost_session(world, side, cf, t);
    }
}

void
cf_monitor(struct world *world, int side, int cf, struct monitor_event ev)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    struct monitor was = c->monitor;
    unsigned actions;

    ev.now = world->now;
    if (plant(world, PLANT_PROBING_STANDBY) && ev.type == MONITOR_EV_ROLE &&
        ev.chassis != CHASSIS_ACTIVE)
        return;
    if (plant(world, PLANT_NO_LATCH) && ev.type == MONITOR_EV_ROLE)
        ev.reason = SRP_NOT_DEFINED;
    actions = monitor_step(&c->monitor, &ev);
    check_fallen(world, side, cf, &was, &ev);
    if (plant(world, PLANT_NO_GUARD))
        for (unsigned k = 0; k < MONITOR_KIND_N; k++)
            c->monitor.guard_until[k] = c->monitor.last;
    if (monitor_looks(&c->monitor) && !monitor_looks(&was))
        eyes(world, side);
    if (!(actions & MONITOR_DO_TELL))
        return;

    struct srp_event tell = {.type = SRP_EV_MONITOR,
                             .reason = monitor_wants(&c->monitor),
                             .monitors = monitor_down(&c->monitor),
                             .chassis_bfd_down = monitor_chassis_bfd_down(&c->monitor),
                             .chassis_bfd_fell = monitor_chassis_bfd_fell(&c->monitor)};

    if (plant(world, PLANT_BLIND_MONITOR))
        tell.reason = SRP_NOT_DEFINED;
    say(world, side, "monitors: down %#x, want %s%s", tell.monitors,
        srp_reason_name((enum srp_reason)tell.reason),
        tell.chassis_bfd_down ? ", chassis BFD down" : "");
    check_wants(world, side, cf, &tell);
    (void)cf_step(world, side, cf, tell);
}

/* A card was lost, or came: as the process says it, when its card table knows. */
void
cf_monitor_card(struct world *world, int side, int cf, bool lost)
{
    cf_monitor(world, side, cf,
               (struct monitor_event){
                   .type = MONITOR_EV_CARD,
                   .lost = lost,
                   .demux = cards_alive(&world->chassis[side].cfs[cf].cards, DEMUX_SLOT)});
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

/* The network is known through the demux: one that does not run says nothing. */
static bool
cf_hears_net(struct world *world, int side, int cf)
{
    if (!runs(world, side, PROC_DEMUX))
        return false;
    cf_monitor(world, side, cf, (struct monitor_event){.type = MONITOR_EV_NET});
    return true;
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
    if (t < opt->aaa_n && !monitor_looks(&us->monitor))
        return;
    if (t >= opt->aaa_n && !cf_hears_net(world, side, cf))
        return;
    if (t < opt->aaa_n) {
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
