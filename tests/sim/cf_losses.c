/* The ledger of calls that a change of roles cost, kept as cf/chassis.c keeps it. */
#include "check.h"

static uint32_t
grown(uint64_t now, uint64_t before)
{
    return now > before ? (uint32_t)(now - before) : 0;
}

static void
begin(struct world *world, int side, struct cf *c, uint32_t before)
{
    struct cards_totals t = cards_totals(&c->cards);

    c->audit_failed = t.sum.calls.audit_failed;
    c->superseded = t.sum.calls.superseded;
    ledger_begun(world, side);
    losses_begin(&c->losses, world->now, 0, (uint8_t)c->srp.reason, before);
}

static void
end(struct world *world, int side, int cf)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    struct cards_totals t = cards_totals(&c->cards);
    struct loss_facts facts = {
        .recovered = t.sessions,
        .audit_failed = grown(t.sum.calls.audit_failed, c->audit_failed),
        .forced = c->srp.forced,
        .not_ready = t.sessmgrs > c->ready_before,
        .young = world->opt.duration_us != 0,
    };

    if (!c->losses.under_way)
        return;
    losses_end(&c->losses, world->now, &facts);
    if (plant(world, PLANT_ONE_CAUSE))
        c->losses.kept[c->losses.n - 1].by_cause[LOSS_IN_FLIGHT]++;
    if (is_current(world, side, cf))
        ledger_counted(world, side, c, &c->losses.kept[c->losses.n - 1]);
}

void
cf_losses(struct world *world, int side, int cf, const struct srp_result *r)
{
    struct cf *c = &world->chassis[side].cfs[cf];

    if (r->from == CHASSIS_STANDBY && r->to == CHASSIS_PENDING_ACTIVE) {
        c->ready_before = c->ready_seen;
        begin(world, side, c, c->srp.peer.sessions);
    } else if (r->to == CHASSIS_PENDING_STANDBY && r->from != r->to && !c->srp.planned) {
        begin(world, side, c, cards_totals(&c->cards).sessions);
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
    losses_yield(&c->losses, world->now,
                 grown(cards_totals(&c->cards).sum.calls.superseded, c->superseded));
    ledger_counted(world, side, c, &c->losses.kept[c->losses.n - 1]);
}
