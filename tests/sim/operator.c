/* The operator: types commands at whichever console answers, at any time. F27. */
#include <inttypes.h>

#include "check.h"

void
operate_switchover(struct world *world, int side, struct srp_event ev)
{
    int cf = lead_of(world, side);
    struct srp_result r;

    if (cf < 0 || !runs(world, side, (unsigned)cf))
        return;
    world->effects++;
    say(world, side, "srp initiate-switchover%s", ev.force ? " force" : "");
    r = cf_step(world, side, cf, ev);
    world->verdict->refused += r.refusal != SRP_READY;
    if (r.refusal != SRP_READY)
        say(world, side, "refused: %s", srp_refusal_text(r.refusal));
    rearm(world, side, (unsigned)cf);
}

static void
initiate(struct world *world, int side, struct rng *dice)
{
    struct srp_event ev = {
        .type = SRP_EV_SWITCHOVER, .timeout_us = SRP_TIMEOUT_US, .post_us = SRP_POST_TIMEOUT_US};

    ev.force = rng_chance(dice, 250);
    if (rng_chance(dice, 300))
        ev.timeout_us = rng_between(dice, 1, 60) * US_PER_S;
    else if (rng_chance(dice, 200))
        ev.timeout_us = rng_between(dice, 50, 3000) * US_PER_MS;
    if (rng_chance(dice, 300))
        ev.post_us = rng_between(dice, 1, 60) * US_PER_S;
    operate_switchover(world, side, ev);
}

static void
simple(struct world *world, int side, enum srp_event_type type)
{
    int cf = lead_of(world, side);

    if (cf < 0 || !runs(world, side, (unsigned)cf))
        return;
    world->effects++;
    (void)cf_step(world, side, cf, (struct srp_event){.type = type});
    rearm(world, side, (unsigned)cf);
}

/* By hand, with sync, or what a schedule would order. */
static void
audit(struct world *world, int side, struct rng *dice)
{
    enum audit_type type = rng_chance(dice, 500) ? AUDIT_MANUAL : AUDIT_PERIODICITY;
    int cf = lead_of(world, side);

    if (cf < 0 || !runs(world, side, (unsigned)cf))
        return;
    world->effects++;
    (void)cf_audit_begin(world, side, cf, type);
    rearm(world, side, (unsigned)cf);
}

static int
active_side(struct world *world, int otherwise)
{
    for (int side = 0; side < SIDES; side++) {
        const struct cf *cf = leader(world, side);

        if (cf && cf->srp.state == CHASSIS_ACTIVE)
            return side;
    }
    return otherwise;
}

void
operate(struct world *world, const struct disturbance *d)
{
    struct rng dice = {.state = d->dice};
    /* now and then at the wrong console */
    int side = d->proc % 4 == 0 ? d->side : active_side(world, d->side);
    int cf;

    switch (d->kind) {
    case DO_SWITCH_BOTH:
        initiate(world, 1 - side, &dice);
        initiate(world, side, &dice);
        break;
    case DO_SWITCH_TWICE:
        initiate(world, side, &dice);
        initiate(world, side, &dice);
        break;
    case DO_TERMINATE:
        say(world, side, "srp terminate-post-process");
        simple(world, side, SRP_EV_TERMINATE);
        break;
    case DO_VALIDATE:
        say(world, side, "srp validate-switchover");
        simple(world, side, SRP_EV_VALIDATE);
        break;
    case DO_RESET_AAA:
        cf = lead_of(world, side);
        if (cf < 0 || !runs(world, side, (unsigned)cf))
            break;
        world->effects++;
        say(world, side, "srp reset-auth-probe-fail");
        world->checker->aaa_latched[side] = false;
        if (world->checker->taken_for[side] == SRP_AAA_FAILURE)
            world->checker->taken_for[side] = SRP_NOT_DEFINED;
        cf_monitor(world, side, cf,
                   (struct monitor_event){.type = MONITOR_EV_RESET, .kind = MONITOR_AAA});
        rearm(world, side, (unsigned)cf);
        break;
    case DO_AUDIT:
        audit(world, side, &dice);
        break;
    default:
        initiate(world, side, &dice);
    }
}
