/* The ledger of calls that a change of roles cost: cf/losses.c, called as cf/chassis.c does. */
#include "check.h"

/* Of a CF that slept while another one took its place nobody asks what it counts. */
static void
begin(struct world *world, int side, int cf)
{
    if (is_current(world, side, cf))
        ledger_begun(world, side);
}

/* Planted: what was too young to be sent counts as recovered. */
static void
count_young(struct loss *loss)
{
    loss->recovered += loss->by_cause[LOSS_YOUNG];
    loss->lost -= loss->by_cause[LOSS_YOUNG];
    loss->by_cause[LOSS_YOUNG] = 0;
}

static void
end(struct world *world, int side, int cf)
{
    struct cf *c = &world->chassis[side].cfs[cf];

    if (!c->losses.under_way)
        return;
    losses_taken_over(&c->losses, &c->cards, world->now, c->srp.planned, c->srp.forced,
                      world->opt.duration_us != 0);
    if (plant(world, PLANT_ONE_CAUSE))
        c->losses.kept[c->losses.n - 1].by_cause[LOSS_IN_FLIGHT]++;
    if (plant(world, PLANT_YOUNG_COUNTED))
        count_young(&c->losses.kept[c->losses.n - 1]);
    if (is_current(world, side, cf))
        ledger_counted(world, side, c, &c->losses.kept[c->losses.n - 1]);
}

void
cf_losses(struct world *world, int side, int cf, const struct srp_result *r)
{
    struct cf *c = &world->chassis[side].cfs[cf];

    if (r->from == CHASSIS_STANDBY && r->to == CHASSIS_PENDING_ACTIVE) {
        begin(world, side, cf);
        losses_take_over(&c->losses, &c->cards, world->now, 0, (uint8_t)c->srp.reason, c->srp.epoch,
                         c->srp.peer.sessions);
    } else if (r->to == CHASSIS_PENDING_STANDBY && r->from != r->to && !c->srp.planned) {
        begin(world, side, cf);
        losses_stand_down(&c->losses, &c->cards, world->now, 0, (uint8_t)c->srp.reason);
    } else if ((r->from == CHASSIS_PENDING_ACTIVE && r->to == CHASSIS_STANDBY) ||
               (r->from == CHASSIS_PENDING_STANDBY && r->to == CHASSIS_ACTIVE)) {
        losses_forget(&c->losses);
    }
    if (r->actions & SRP_DO_LEDGER)
        end(world, side, cf);
}

/* The loser of two Actives: its session managers have told what they dropped. */
void
cf_losses_yield(struct world *world, int side, int cf)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    const struct srp *srp = &c->srp;

    if (srp->state != CHASSIS_STANDBY || !c->losses.under_way ||
        srp->cards.order != srp->role.order || !(srp->cards.done & DONE_COMMITTED))
        return;
    losses_stood_down(&c->losses, &c->cards, world->now);
    ledger_counted(world, side, c, &c->losses.kept[c->losses.n - 1]);
}
