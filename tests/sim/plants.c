/* Planted bugs that tamper with a core; those that drop or alter a message stand where
 * messages are carried. */
#include "check.h"
#include "sf/smgr_priv.h"

/* The receiver takes a frame of an older epoch, of whichever stream, for the one it waits for. */
void
plant_believe(struct smgr *smgr, const uint8_t *bytes, size_t len)
{
    struct ckpt_rx *rx = &smgr->rx;
    struct ckpt_msg msg;

    if (ckpt_decode(&msg, bytes, len) != CKPT_OK || msg.type != CKPT_DATA || !rx->started ||
        msg.ids.epoch >= rx->floor)
        return;
    rx->floor = 0;
    rx->ids = msg.ids;
    rx->frame = msg.data.frame - 1;
    rx->based = rx->in_round = true;
}

/* The receiver takes the sender's numbers of APNs, services and contexts for its own. */
void
plant_map(struct smgr *smgr)
{
    for (unsigned map = 0; map < SMGR_MAPS; map++)
        for (unsigned number = 0; number < NAMES_MOST; number++)
            smgr->maps[map].ours[number] = (uint8_t)number;
}

void
plant_setup(struct world *world)
{
    struct chassis *east = &world->chassis[EAST], *west = &world->chassis[WEST];

    if (plant(world, PLANT_TWIN))
        west->setup = east->setup;
    if (plant(world, PLANT_EPOCH_TWINS))
        east->setup.peer_addr = west->setup.peer_addr = 0;
    if (plant(world, PLANT_NO_THRESHOLD))
        east->setup.rm_threshold = west->setup.rm_threshold = 200;
    if (plant(world, PLANT_SWAPPED_RM))
        west->setup.rm_delta = 0;
}

void
plant_before_srp(struct world *world, int side, int cf, struct srp_event *ev)
{
    struct srp *srp = &world->chassis[side].cfs[cf].srp;

    switch (world->options.plant) {
    case PLANT_NO_FRESHNESS:
        if (ev->type == SRP_EV_HELLO)
            srp->peer.seq = srp->peer.incarnation = srp->peer.epoch = srp->peer.cf_epoch = 0;
        break;
    case PLANT_LINK_DEATH:
        if (ev->type == SRP_EV_LINK && !ev->up && srp->state == CHASSIS_STANDBY)
            srp->heard = (mono_t){.us = world->now.us - srp->setup.dead_us};
        break;
    case PLANT_IMPATIENT:
        srp->setup.dead_us =
            srp->state == CHASSIS_STANDBY ? world->opt.dead_us / 3 : world->opt.dead_us;
        break;
    case PLANT_ENDLESS:
        if (srp->state == CHASSIS_PENDING_ACTIVE) {
            srp->entered = srp->phase_at = srp->agreed_at = world->now;
            ev->cards.done = 0;
        }
        break;
    case PLANT_ENDLESS_LEAVING:
        if (srp->state == CHASSIS_PENDING_STANDBY && srp->phase >= SRP_WITHDRAW) {
            srp->phase_at = srp->agreed_at = world->now;
            ev->cards.done = 0;
        }
        break;
    case PLANT_SSO_TWINS:
        if (world->now.us > 30 * US_PER_S)
            ev->now.us -= 20 * US_PER_S;
        break;
    default:
        break;
    }
}

void
plant_after_srp(struct world *world, int side, int cf, struct srp_result *r)
{
    struct srp *srp = &world->chassis[side].cfs[cf].srp;

    switch (world->options.plant) {
    case PLANT_SULKING:
        if (srp->state == CHASSIS_PENDING_STANDBY && srp->phase == SRP_YIELD) {
            srp->state = CHASSIS_ACTIVE;
            srp->phase = SRP_SETTLED;
        }
        break;
    case PLANT_EPOCH_FALLS:
        if (r->from != r->to && r->to == CHASSIS_PENDING_ACTIVE && srp->epoch > 4)
            srp->epoch -= 4;
        break;
    case PLANT_REFUSAL_MOVES:
        if (r->refusal != SRP_READY)
            srp->epoch += 2;
        break;
    case PLANT_NO_WAY_BACK:
        if (r->rolled_back)
            srp->state = CHASSIS_STANDBY;
        break;
    case PLANT_ENDLESS_NEITHER:
        if (r->from != r->to && r->from != CHASSIS_INIT && r->to == CHASSIS_ACTIVE &&
            (srp->forced || srp->reason == SRP_DUAL_STANDBY)) {
            r->to = srp->state = CHASSIS_STANDBY;
            r->phase_to = srp->phase = SRP_SETTLED;
            r->rolled_back = false;
        }
        break;
    case PLANT_CREEPING_RM:
        if (srp->link_up && !(srp->counters.connection_losses & 1) && r->from == r->to &&
            srp->state == CHASSIS_ACTIVE && srp->counters.connection_losses > 1)
            srp->rank.route_modifier++;
        break;
    default:
        break;
    }
}
