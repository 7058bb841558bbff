/* Audits between the chassis at a session manager, as sf/sessmgr.c obeys and reports them; and
 * what gives them something to find: records of a Standby that rot. */
#include <inttypes.h>

#include "check.h"
#include "common/base/teid.h"

static struct card_model *
card_of(struct world *world, int side, int manager)
{
    return &world->chassis[side].cards[PROC_SM1 + manager];
}

/* ---- orders and reports ---- */

static struct audit_report
compared(const struct card_model *card)
{
    const struct ckpt_audit_result *r = smgr_compared(card->smgr);
    struct audit_report report = {
        .run = card->compare.run, .type = card->compare.type, .state = AUDIT_STOPPED};

    if (r->run != card->compare.run)
        return report;
    report.counts = (struct audit_counts){
        .calls = r->counts.items,
        .missing = r->counts.missing,
        .stale = r->counts.stale,
        .extra = r->counts.extra,
        .synced = r->counts.synced,
    };
    if (r->state == CKPT_AUDIT_RUNS)
        report.state = AUDIT_AT_WORK;
    else if (r->state == CKPT_AUDIT_COMPLETE)
        report.state = AUDIT_DONE;
    return report;
}

static void
tell(struct world *world, int side, int manager)
{
    struct chassis *c = &world->chassis[side];
    struct card_model *card = card_of(world, side, manager);
    unsigned proc = PROC_SM1 + (unsigned)manager;
    struct audit_report report = compared(card);
    uint8_t bytes[32];
    struct wr wr = wr_over(bytes, sizeof bytes);

    audit_report_put(&wr, &report);
    card->compare_said = report.state;
    for (unsigned cf = 0; cf < 2; cf++) {
        if (!c->procs[cf].up)
            continue;
        bus_send(world, side, BUS_US,
                 (struct event){.kind = EV_AUDITED,
                                .side = (uint8_t)side,
                                .proc = (uint8_t)cf,
                                .b = (uint8_t)proc,
                                .x = c->procs[proc].life,
                                .life = c->procs[cf].life,
                                .len = (uint32_t)wr_len(&wr),
                                .load = block_of(&world->queue.pool, bytes, wr_len(&wr))});
    }
}

void
card_audit_tell(struct world *world, int side, int manager)
{
    struct card_model *card = card_of(world, side, manager);

    if (card->compare.run != 0 && compared(card).state != card->compare_said)
        tell(world, side, manager);
}

void
on_audit(struct world *world, int side, int manager, const struct event *e)
{
    struct card_model *card = card_of(world, side, manager);
    struct rd rd = rd_over(e->load->bytes, e->len);
    struct audit_order order;

    if (!audit_order_get(&rd, &order)) {
        violated(world, INV_P5, "%s sessmgr %d does not understand an order to audit",
                 side_names[side], manager + 1);
        return;
    }
    if (order.run != card->compare.run) {
        smgr_compare(card->smgr, world->now, order.run, order.sync);
        plant_compare(world, card->smgr);
        check_compare(world, side, manager, &order);
    }
    card->compare = order;
    tell(world, side, manager);
}

/* ---- records rot ---- */

static bool
lose(struct sess_table *table, const struct sess *sess)
{
    return !sess->lbi && sess_drop(table, sess->teid);
}

/* In what neither a takeover nor a later micro-checkpoint would show. */
static bool
change(struct sess *sess)
{
    sess->msisdn ^= 1;
    return true;
}

/* S4: as one whose delete was not heard. */
static bool
bring_back(struct world *world, int side, int manager)
{
    struct sess_table *table = table_of(world, side, manager);
    struct sess dead = world->corpse[1 - side][manager];
    struct call_refers here;
    uint32_t slot = teid_slot(dead.teid);

    if (!call_refers(world, side, manager, dead.imsi, &here))
        return false;
    dead.apn = here.apn; /* numbers of this chassis, as a record would have been translated */
    dead.service = here.service;
    dead.vpn = here.vpn;
    if (dead.teid == 0 || sess_at(table, slot) ||
        sess_at(table_of(world, 1 - side, manager), slot) || sess_put(table, &dead) != 0)
        return false;
    check_back(world, manager, dead.teid, dead.create_seq);
    check_rots(world, side, manager, dead.teid, true);
    return true;
}

static void
rot_one(struct world *world, int side, int manager, struct rng *dice)
{
    struct sess_table *table = table_of(world, side, manager);
    uint32_t top = sess_top(table);
    uint32_t slot = top ? 1 + (uint32_t)rng_below(dice, top) : 0;
    struct sess *sess = top ? sess_at(table, slot) : NULL;
    uint32_t teid = sess ? sess->teid : 0;
    unsigned how = (unsigned)rng_below(dice, 3);
    bool rots = how == 0   ? bring_back(world, side, manager)
                : !sess    ? false
                : how == 1 ? lose(table, sess)
                           : change(sess);

    world->effects += rots;
    if (rots && how > 0)
        check_rots(world, side, manager, teid, false);
    if (rots)
        say(world, side, "sessmgr %d: a record %s", manager + 1,
            how == 0   ? "is back"
            : how == 1 ? "is lost"
                       : "is not what it was");
}

/* Some records of session managers that stand by. Now and then an operator suspects it at once. */
void
rot(struct world *world, const struct disturbance *d, struct rng *dice)
{
    unsigned n = 1 + (unsigned)rng_below(dice, 4);

    for (unsigned i = 0; i < n; i++) {
        int manager = (int)rng_below(dice, world->opt.managers);

        for (int side = 0; side < SIDES; side++) {
            const struct card_model *card = card_of(world, side, manager);
            struct smgr_status status;

            if (!runs(world, side, PROC_SM1 + (unsigned)manager))
                continue;
            smgr_status(card->smgr, world->now, &status);
            if (status.role == SMGR_STANDBY && card->role.state == CHASSIS_STANDBY)
                rot_one(world, side, manager, dice);
        }
    }
    if (rng_chance(dice, 500))
        operate(world, &(struct disturbance){
                           .kind = DO_AUDIT, .side = d->side, .proc = 1, .dice = rng_next(dice)});
}
