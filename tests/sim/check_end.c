/* R8, S2: what must be true at the end, a stated time after the last fault was mended. */
#include <inttypes.h>

#include "check.h"

static void
compare(struct world *world, int active, int manager)
{
    struct sess_table *a = table_of(world, active, manager);
    struct sess_table *b = table_of(world, 1 - active, manager);

    if (sess_count(a) != sess_count(b))
        violated(world, INV_R8,
                 "sessmgr %d: %" PRIu32 " sessions on the Active, %" PRIu32 " records", manager + 1,
                 sess_count(a), sess_count(b));
    for (uint32_t slot = 1; slot <= sess_top(a); slot++) {
        const struct sess *sess = sess_at(a, slot);
        const struct sess *record = sess ? sess_by_teid(b, sess->teid) : NULL;

        if (!sess || sess->state != SESS_LIVE)
            continue;
        if (!record || record->imsi != sess->imsi || record->ue_addr != sess->ue_addr ||
            record->call_id != sess->call_id || record->peer_user_teid != sess->peer_user_teid ||
            record->counters.up_packets > sess->counters.up_packets)
            violated(world, INV_R8, "sessmgr %d: session %08" PRIx32 " differs on the Standby",
                     manager + 1, sess->teid);
    }
}

/* Synchronised, but for what has just been sent, since its time has come, or waits until that is
 * acknowledged: that this arrives is S3's business, and the last audits come after it. */
static bool
is_synced(const struct world *world, const struct smgr_status *status)
{
    bool full = status->tx.frame_sent - status->tx.frame_acked == world->opt.credit;

    return status->synced ||
           (status->connected && status->tx.refused == 0 && (status->tx.write_list == 0 || full));
}

static void
check_pair(struct world *world, int active, int manager)
{
    const struct chassis *a = &world->chassis[active], *b = &world->chassis[1 - active];
    struct smgr_status one, two;

    smgr_status(a->cards[PROC_SM1 + manager].smgr, world->now, &one);
    smgr_status(b->cards[PROC_SM1 + manager].smgr, world->now, &two);
    if (check_fails_for_good(world, 1 - active, manager) ||
        check_any_rotten(world, 1 - active, manager)) /* the audits after this show it */
        return;
    if (one.role != SMGR_ACTIVE || two.role != SMGR_STANDBY || !is_synced(world, &one) ||
        !two.synced)
        violated(world, INV_R8,
                 "sessmgr %d: %s %s, %s %s; %" PRIu32 " to write, %" PRIu32 " in flight, %" PRIu64
                 " refused",
                 manager + 1, smgr_role_name(one.role), one.synced ? "synced" : "not synced",
                 smgr_role_name(two.role), two.synced ? "synced" : "not synced", one.tx.write_list,
                 one.tx.in_flight, one.tx.refused);
    compare(world, active, manager);
}

void
check_end(struct world *world)
{
    const struct cf *east = leader(world, EAST), *west = leader(world, WEST);
    int active = east && east->srp.state == CHASSIS_ACTIVE ? EAST : WEST;
    const struct cf *a = active == EAST ? east : west, *b = active == EAST ? west : east;

    if (!a || !b || a->srp.state != CHASSIS_ACTIVE || b->srp.state != CHASSIS_STANDBY) {
        violated(world, INV_R8, "at the end east is %s and west is %s",
                 east ? chassis_state_name(east->srp.state) : "without a CF",
                 west ? chassis_state_name(west->srp.state) : "without a CF");
        return;
    }
    if (a->srp.phase != SRP_SETTLED && a->srp.phase != SRP_POST)
        violated(world, INV_R8, "at the end %s is still in phase %s", side_names[active],
                 srp_phase_name(a->srp.phase));
    if (router_best(world) != active)
        violated(world, INV_R8, "at the end the router does not prefer %s", side_names[active]);
    for (int m = 0; m < (int)world->opt.managers; m++)
        check_pair(world, active, m);
    if (!world->verdict->broken)
        ledger_close(world);
}
