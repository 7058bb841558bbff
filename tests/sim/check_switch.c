/* R6, M4, S7: planned switchovers, and the order in which things are done. */
#include <inttypes.h>

#include "check.h"

/* Is all well around the pair, as the world knows it? */
static bool
is_quiet(const struct world *world)
{
    const struct net *net = &world->net;

    if (net->loss || net->spoil || net->reorder || net->twice || net->jitter_us > 10 * US_PER_MS ||
        world->router_down || !world->conn.up || !world->conn.session_up)
        return false;
    for (int side = 0; side < SIDES; side++) {
        const struct chassis *c = &world->chassis[side];

        if (bus_is_bad(world, side) || world->control[side].cut || world->lie[side] ||
            world->lie_acks[side] || c->bgp_down[0])
            return false;
        for (unsigned m = 0; m < MANAGERS; m++)
            if (world->session[side][m].cut)
                return false;
        for (unsigned p = 0; p < PROC_SM1 + world->opt.managers; p++)
            if (!runs(world, side, p))
                return false;
    }
    return true;
}

void
check_disturbed(struct world *world)
{
    world->checker->agreed.clean = false;
}

/* ---- R6: refusals and roll-backs ---- */

/* Is this order the old one? Or the old one in an epoch that was but a floor, as the cards said,
 * until the hello that is refused told that the peer serves in it? Any hello would have. */
static bool
same_order(const struct srp *before, const struct srp *srp)
{
    const struct role_body *a = &before->role, *b = &srp->role;
    bool confirmed = before->peer.epoch != before->epoch && srp->peer.epoch == srp->epoch &&
                     b->srp_epoch == srp->epoch && b->order == a->order + 1;

    return ((a->order == b->order && a->srp_epoch == b->srp_epoch) || confirmed) &&
           a->state == b->state && a->gates == b->gates && a->announce == b->announce &&
           a->route_modifier == b->route_modifier;
}

static void
check_refusal(struct world *world, int side, const struct srp *before, const struct srp *srp,
              const char *who)
{
    if (srp->state != before->state || srp->phase != before->phase || srp->epoch != before->epoch ||
        srp->planned != before->planned || srp->switch_id != before->switch_id ||
        !same_order(before, srp))
        violated(world, INV_R6,
                 "%s: a switchover %s refuses changes %s, epoch %" PRIu64 " to %s, %" PRIu64,
                 side_names[side], who, chassis_state_name(before->state), before->epoch,
                 chassis_state_name(srp->state), srp->epoch);
}

static void
check_initiated(struct world *world, int side, const struct srp *before, const struct srp *srp,
                const struct srp_event *ev, const struct srp_result *r)
{
    uint8_t sessmgrs;
    enum srp_refusal expected = srp_readiness(before, ev->force, &sessmgrs);

    if (expected != r->refusal)
        violated(world, INV_R6, "%s: the check says '%s', the act '%s'", side_names[side],
                 srp_refusal_text(expected), srp_refusal_text(r->refusal));
    if (r->refusal != SRP_READY)
        check_refusal(world, side, before, srp, "it");
    else
        world->checker->ordered_us[side] = ev->timeout_us;
}

/* ---- M4, S7: a switchover under way ---- */

/* All that was written is applied by the peer, unless the flush was cut short. */
static void
check_flushed(struct world *world, int side, const struct srp *before)
{
    const struct srp *srp = &world->chassis[side].cfs[lead_of(world, side)].srp;

    if (mono_between(before->phase_at, world->now) >= before->timeout_us)
        return;
    for (int m = 0; m < (int)world->opt.managers; m++) {
        const struct card_model *card = &world->chassis[side].cards[PROC_SM1 + m];
        struct smgr_status status;

        if (!runs(world, side, PROC_SM1 + (unsigned)m) || !card->role_known)
            continue;
        smgr_status(card->smgr, world->now, &status);
        if (!smgr_flushed(card->smgr) && !(srp->forced && !status.connected) &&
            world->checker->agreed.clean)
            violated(world, INV_M4, "%s asks for the switchover before sessmgr %d is flushed",
                     side_names[side], m + 1);
    }
}

/* R6: all was Ready and nothing was disturbed since: then it completes, unless the peer has a
 * reason to refuse. */
static void
check_undone(struct world *world, int side, const struct srp *srp)
{
    const struct agreed *agreed = &world->checker->agreed;

    if (agreed->on && agreed->clean && agreed->from == side &&
        (srp->refusal == SRP_NO_RESPONSE || srp->refusal == SRP_PEER_NOT_STANDBY))
        violated(world, INV_R6, "%s: the switchover is undone (%s), and nothing failed",
                 side_names[side], srp_refusal_text((enum srp_refusal)srp->refusal));
}

/* Is a record over there not what it should be, or may one be so soon? */
static bool
any_fails(const struct world *world, int side)
{
    if (!conf_is_whole(world, side))
        return true;
    for (unsigned m = 0; m < world->opt.managers; m++) {
        if (world->chassis[side].cards[PROC_SM1 + m].refuses ||
            check_any_rotten(world, side, (int)m))
            return true;
        for (uint32_t slot = 1; slot <= SLOTS; slot++) {
            if (check_fails(world, side, (int)m, slot))
                return true;
        }
    }
    return false;
}

static void
check_leaving(struct world *world, int side, int cf, const struct srp *before,
              const struct srp_result *r)
{
    struct checker *k = world->checker;
    const struct srp *srp = &world->chassis[side].cfs[cf].srp;

    if (r->from == CHASSIS_ACTIVE && r->to == CHASSIS_PENDING_STANDBY && srp->planned) {
        k->flush_us[side] =
            r->reason == SRP_MANUAL_SWITCHOVER ? k->ordered_us[side] : SRP_TIMEOUT_US;
        k->agreed = (struct agreed){
            .on = true,
            .from = side,
            .id = srp->switch_id,
            .at = world->now,
            .clean = !srp->forced && is_quiet(world) && !any_fails(world, 1 - side) &&
                     mono_between(k->fault_at, world->now) > 3 * world->opt.hello_us &&
                     mono_between(k->flow_since, world->now) > 2 * world->opt.hello_us &&
                     srp->cards.ready == srp->cards.sessmgrs &&
                     srp->peer.sessmgrs_ready == srp->peer.sessmgrs};
        say(world, side, "  switchover %u%s", srp->switch_id, k->agreed.clean ? ", all Ready" : "");
    }
    if (r->phase_from == SRP_FLUSH && r->phase_to != SRP_FLUSH && r->to == CHASSIS_PENDING_STANDBY)
        check_flushed(world, side, before);
    if (r->rolled_back) {
        check_undone(world, side, srp);
        k->agreed.on = false;
        if (srp->state != (r->from == CHASSIS_PENDING_ACTIVE ? CHASSIS_STANDBY : CHASSIS_ACTIVE) ||
            srp->phase != SRP_SETTLED)
            violated(world, INV_R6, "%s: undone, the switchover leaves it %s (%s)",
                     side_names[side], chassis_state_name(srp->state), srp_phase_name(srp->phase));
    }
}

static void
check_coming(struct world *world, int side, int cf, const struct srp_result *r)
{
    struct checker *k = world->checker;
    const struct srp *srp = &world->chassis[side].cfs[cf].srp;

    if (!k->agreed.on || k->agreed.from == side)
        return;
    if (r->from == CHASSIS_STANDBY && r->to == CHASSIS_PENDING_ACTIVE && srp->planned)
        ledger_promise(world, k->agreed.from);
    if (r->to == CHASSIS_ACTIVE && r->phase_from != r->phase_to &&
        (r->phase_to == SRP_POST || r->phase_to == SRP_SETTLED)) {
        if (k->agreed.clean && srp->planned)
            ledger_kept(world, side);
        k->agreed.on = false;
    }
}

/* R6: a pending state ran out of time. */
static void
check_hurried(struct world *world, int side, const struct srp_result *r)
{
    struct agreed *agreed = &world->checker->agreed;

    if (agreed->on && agreed->clean)
        violated(world, INV_R6, "%s: %s of the switchover ran out of time, and nothing failed",
                 side_names[side], srp_phase_name(r->phase_from));
    agreed->clean = false;
}

void
check_switch(struct world *world, int side, int cf, const struct srp *before,
             const struct srp_event *ev, const struct srp_result *r)
{
    const struct srp *srp = &world->chassis[side].cfs[cf].srp;

    if (ev->type == SRP_EV_SWITCHOVER)
        check_initiated(world, side, before, srp, ev, r);
    if (ev->type == SRP_EV_TERMINATE)
        check_disturbed(world);
    if (before->state == CHASSIS_STANDBY && srp->answer_id != before->answer_id &&
        srp->answer != SRP_READY && ev->type == SRP_EV_HELLO &&
        ev->hello.incarnation == before->peer.incarnation &&
        mono_between(before->last, world->now) < before->setup.hello_us &&
        !mono_reached(world->now, srp_deadline(before)))
        check_refusal(world, side, before, srp, "the peer");
    if (!is_current(world, side, cf))
        return;
    if (r->reason == SRP_FORCE_STATE_CHANGE && r->from != r->to)
        check_hurried(world, side, r);
    check_leaving(world, side, cf, before, r);
    check_coming(world, side, cf, r);
}

/* ---- M4: routes ---- */

/* Are the routes out since before the takeover? A Standby that announces goes on with it while
 * its session managers take over; so a demux that starts just then is told to announce at once. */
static bool
announced_in_standby(const struct world *world, const struct srp *srp)
{
    return world->opt.standby_announce_us >= 0 && srp->standby_announced &&
           srp->phase < SRP_ANNOUNCE;
}

/* Sessions first, then routes. A card that died, or that its CF took for dead when this phase
 * began, does not count: nobody waits for it. */
void
check_announcing(struct world *world, int side)
{
    struct checker *k = world->checker;
    const struct cf *cf = leader(world, side);

    /* a demux that was stopped carries out old orders first */
    if (!cf || cf->srp.state != CHASSIS_PENDING_ACTIVE ||
        world->chassis[side].cards[PROC_DEMUX].role.srp_epoch != cf->srp.epoch ||
        k->cf_touched[side].us >= cf->srp.entered.us ||
        k->cf_adopted[side].us >= cf->srp.entered.us || announced_in_standby(world, &cf->srp))
        return;
    for (int m = 0; m < (int)world->opt.managers; m++) {
        struct smgr_status status;
        const struct card_model *card = &world->chassis[side].cards[PROC_SM1 + m];
        const struct card *seen = &cf->cards.slots[PROC_SM1 + m + CARD_SLOT];

        if (!world->chassis[side].procs[PROC_SM1 + m].up || !seen->alive ||
            seen->since.us >= cf->srp.phase_at.us)
            continue;
        smgr_status(card->smgr, world->now, &status);
        if (status.role == SMGR_STANDBY)
            violated(world, INV_M4, "%s announces routes before sessmgr %d has its sessions",
                     side_names[side], m + 1);
    }
}

/* The router learns of them: those of the leaving chassis are gone by then. Unless the heir was to
 * announce already as a Standby, with the longer path, and the router had not learnt of that yet:
 * its peers may have been down. */
void
check_announced(struct world *world, int side, uint64_t epoch)
{
    const struct agreed *agreed = &world->checker->agreed;
    const struct cf *cf = leader(world, side);

    if (cf && epoch == cf->srp.epoch && cf->srp.state == CHASSIS_PENDING_ACTIVE &&
        cf->srp.planned && !cf->srp.standby_announced && agreed->on && agreed->clean &&
        agreed->from == 1 - side && world->routed[1 - side])
        violated(world, INV_M4, "%s announces before %s withdrew", side_names[side],
                 side_names[1 - side]);
}

void
check_withdrawn(struct world *world, int side)
{
    if (world->checker->agreed.from == side)
        world->checker->agreed.withdrawn = world->now;
}
