/* Audits between the chassis at a control function: the core of cf/audit.h, with orders, reports
 * and time as cf/audits.c has them in the process. */
#include <inttypes.h>

#include "check.h"

#define LOOK_US (1 * US_PER_S) /* the wall clock may have come to what is planned */

static int64_t
wall_us(const struct world *world)
{
    return world->opt.wall_us + world->now.us;
}

/* ---- what is told ---- */

static void
say_end(struct world *world, int side, int cf)
{
    const struct audit *audit = &world->chassis[side].cfs[cf].audit;
    const struct audit_entry *entry = &audit->last;
    const struct audit_counts *c = &entry->counts;

    say(world, side,
        "audit %s%s%s: %" PRIu32 " calls, %" PRIu32 " missing, %" PRIu32 " stale, %" PRIu32
        " extra, %" PRIu32 " synced",
        audit_state_name(entry->state), entry->cause ? ", " : "", audit_cause_text(entry->cause),
        c->calls, c->missing, c->stale, c->extra, c->synced);
    if (entry->state == AUDIT_COMPLETE)
        check_audit_complete(world, side, cf, entry);
}

static void
send_order(struct world *world, int side, int cf)
{
    struct chassis *chassis = &world->chassis[side];
    struct cf *c = &chassis->cfs[cf];
    uint8_t bytes[8];
    struct wr wr = wr_over(bytes, sizeof bytes);

    audit_order_put(&wr, &c->audit.order);
    for (unsigned p = PROC_SM1; p < PROC_SM1 + world->opt.managers; p++) {
        if (!chassis->procs[p].up || c->card_life[p] != chassis->procs[p].life)
            continue;
        bus_send(world, side, BUS_US,
                 (struct event){.kind = EV_AUDIT,
                                .side = (uint8_t)side,
                                .proc = (uint8_t)p,
                                .a = (uint8_t)(cf + 1),
                                .x = c->sso.epoch,
                                .life = chassis->procs[p].life,
                                .len = (uint32_t)wr_len(&wr),
                                .load = block_of(&world->queue.pool, bytes, wr_len(&wr))});
    }
}

/* ---- a run ---- */

void
cf_audit_init(struct world *world, int side, int cf)
{
    struct chassis *chassis = &world->chassis[side];
    const struct audit_plan_setup setup = {
        .daily = world->opt.audit_daily,
        .start_min = world->opt.audit_start_min,
        .period_min = world->opt.audit_period_min,
    };

    audit_init(&chassis->cfs[cf].audit, &setup, chassis->procs[cf].life);
}

void
cf_audit_look(struct world *world, int side, int cf)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    struct cards_totals t = cards_totals(&c->cards);
    struct audit_chassis is = {
        .active = c->leading && c->srp.state == CHASSIS_ACTIVE,
        .standby = c->srp.peer_known && c->srp.peer.state == CHASSIS_STANDBY,
        .sessmgrs = t.sessmgrs,
        .ready = t.ready,
        .synced = t.sessmgrs > 0 && t.synced == t.sessmgrs,
    };

    if (audit_see(&c->audit, world->now, wall_us(world), &is))
        say_end(world, side, cf);
}

void
cf_audit_follow(struct world *world, int side, int cf)
{
    if (audit_follow(&world->chassis[side].cfs[cf].audit, world->now, wall_us(world)))
        say_end(world, side, cf);
}

enum audit_refusal
cf_audit_begin(struct world *world, int side, int cf, enum audit_type type)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    uint8_t sessmgrs[MANAGERS];
    enum audit_refusal refusal;

    cf_audit_look(world, side, cf);
    for (unsigned m = 0; m < world->opt.managers; m++)
        sessmgrs[m] = (uint8_t)(m + 1);
    refusal =
        audit_begin(&c->audit, world->now, wall_us(world), type, sessmgrs, world->opt.managers);
    if (refusal == AUDIT_MAY) {
        say(world, side, "audit %s begins", audit_type_name(type));
        send_order(world, side, cf);
        if (plant(world, PLANT_HASTY_AUDIT))
            c->audit.now.asked = 1;
    }
    return refusal;
}

void
cf_audit_heard(struct world *world, int side, int cf, const struct event *e)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    struct rd rd = rd_over(e->load->bytes, e->len);
    struct audit_report report;

    if (!audit_report_get(&rd, &report)) {
        violated(world, INV_P5, "%s's CF %d does not understand an audit report", side_names[side],
                 cf + 1);
        return;
    }
    if (!c->leading || c->card_life[e->b] != e->x)
        return;
    if (audit_heard(&c->audit, world->now, wall_us(world), (uint8_t)(e->b - PROC_SM1 + 1), &report))
        say_end(world, side, cf);
}

/* ---- time ---- */

void
cf_audit_timer(struct world *world, int side, int cf)
{
    struct audit *audit = &world->chassis[side].cfs[cf].audit;
    enum audit_type type = audit_due(audit, world->now, wall_us(world));

    if (audit_tick(audit, world->now))
        say_end(world, side, cf);
    if (audit_repeats(audit, world->now) && !plant(world, PLANT_LOST_ORDER))
        send_order(world, side, cf);
    if (type != AUDIT_NONE)
        (void)cf_audit_begin(world, side, cf, type);
    world->chassis[side].cfs[cf].audit_look = mono_after(world->now, LOOK_US);
}

mono_t
cf_audit_due(const struct world *world, int side, int cf)
{
    const struct cf *c = &world->chassis[side].cfs[cf];
    mono_t due = audit_deadline(&c->audit);

    return world->opt.audit_daily ? mono_earlier(due, c->audit_look) : due;
}
