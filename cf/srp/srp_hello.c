#include <string.h>

#include "cf/srp/srp_phase.h"

enum { ADOPTED_IDS = 256 };

/* What was heard last, believed or not. */
static void
echo(const struct srp *srp, struct srp_hello *h)
{
    if (srp->other.is_last) {
        h->heard_incarnation = srp->other.incarnation;
        h->heard_cf_epoch = srp->other.cf_epoch;
        h->heard_seq = srp->other.seq;
        h->heard_state = srp->other.state;
    } else if (srp->peer_known) {
        h->heard_incarnation = srp->peer.incarnation;
        h->heard_cf_epoch = srp->peer.cf_epoch;
        h->heard_seq = srp->peer.seq;
        h->heard_state = srp->peer.state;
    }
}

struct srp_hello
srp_next_hello(struct srp *srp)
{
    struct srp_hello h = {
        .incarnation = srp->incarnation,
        .cf_epoch = srp->setup.cf_epoch,
        .seq = ++srp->seq,
        .epoch = srp->epoch,
        .state = (uint8_t)srp->state,
        .phase = (uint8_t)srp->phase,
        .reason = (uint8_t)srp->reason,
        .rank = srp->rank,
        .hello_ms = (uint32_t)(srp->setup.hello_us / US_PER_MS),
        .dead_ms = (uint32_t)(srp->setup.dead_us / US_PER_MS),
        .checksum = srp->setup.checksum,
        .restart = srp->restart,
        .sessmgrs = srp->cards.sessmgrs,
        .sessmgrs_ready = srp->cards.ready,
        .sessions = srp->cards.sessions,
        .monitors = srp->monitors,
        .options = srp->setup.options,
        .switch_id = srp->switch_id,
        .forced = srp->forced,
        .post_s = (uint32_t)(srp->post_us / US_PER_S),
        .answer_id = srp->answer_id,
        .answer = srp->answer,
        .validate_id = srp->validation.id,
        .validated_id = srp->validated_id,
        .validated = srp->validated,
        .answer_sessmgrs =
            srp->answer == SRP_SESSMGRS ? srp->answer_sessmgrs : srp->validated_sessmgrs,
    };

    memcpy(h.version, srp->setup.release, sizeof h.version);
    echo(srp, &h);
    h.asks = srp->asks;
    srp->asks = false;
    srp->counters.hellos_sent++;
    return h;
}

bool
srp_peer_hears_us(const struct srp *srp, mono_t now)
{
    return srp->peer_known && mono_between(srp->echoed, now) <= srp->setup.dead_us;
}

/* ---- beginnings ------------------------------------------------------------------------- */

void
srp_init(struct srp *srp, const struct srp_setup *setup, mono_t now)
{
    memset(srp, 0, sizeof *srp);
    srp->setup = *setup;
    srp->rank = setup->rank;
    srp->rank.fresh = true;
    srp->rank.route_modifier =
        setup->rank.mode == SRP_PRIMARY ? SRP_RM_START_PRIMARY : SRP_RM_START_BACKUP;
    srp->incarnation = setup->incarnation;
    srp->restart = setup->restart;
    srp->state = CHASSIS_INIT;
    srp->started = srp->entered = srp->standby_at = srp->phase_at = srp->agreed_at = now;
    srp->last = srp->hello_at = now;
    srp->timeout_us = SRP_TIMEOUT_US;
    srp->post_us = SRP_POST_TIMEOUT_US;
    srp->role.order = 1;
    srp->role = srp_role(srp, now);
}

struct srp_snapshot
srp_snapshot(const struct srp *srp)
{
    return (struct srp_snapshot){
        .state = (uint8_t)srp->state,
        .incarnation = srp->incarnation,
        .epoch = srp->epoch,
        .route_modifier = srp->rank.route_modifier,
        .fresh = srp->rank.fresh,
        .restart = srp->restart,
        .peer_known = srp->peer_known,
        .peer_incarnation = srp->peer.incarnation,
        .peer_cf_epoch = srp->peer.cf_epoch,
        .peer_epoch = srp->peer.epoch,
        .peer_seq = srp->peer.seq,
        .peer_state = srp->peer.state,
        .peer_route_modifier = srp->peer.rank.route_modifier,
        .phase = (uint8_t)srp->phase,
        .reason = (uint8_t)srp->reason,
        .planned = srp->planned,
        .forced = srp->forced,
        .switch_id = srp->switch_id,
        .answer_id = srp->answer_id,
        .answer = srp->answer,
        .answer_sessmgrs = srp->answer_sessmgrs,
        .timeout_ms = (uint32_t)(srp->timeout_us / US_PER_MS),
        .post_s = (uint32_t)(srp->post_us / US_PER_S),
        .standby_announced = srp->standby_announced,
        .want = srp->want.reason,
        .want_left = srp->want.left,
        .want_forced = srp->want.forced,
    };
}

/* An operator's wish outlives the CF that heard it; of what monitors want, those of this CF
 * will tell. */
static void
adopt_want(struct srp *srp, const struct srp_snapshot *snapshot, mono_t now)
{
    bool tried = srp->state == CHASSIS_PENDING_STANDBY;

    if (snapshot->want != SRP_MANUAL_SWITCHOVER ||
        !(tried || (srp->state == CHASSIS_ACTIVE && snapshot->state == CHASSIS_ACTIVE)))
        return;
    srp->want = (struct srp_want){
        .reason = snapshot->want,
        .forced = snapshot->want_forced,
        .timeout_us = srp->timeout_us,
        .post_us = srp->post_us,
        .left = snapshot->want_left,
        .at = mono_after(now, srp->setup.retry_us),
    };
}

void
srp_adopt(struct srp *srp, const struct srp_setup *setup, const struct srp_snapshot *snapshot,
          mono_t now)
{
    srp_init(srp, setup, now);
    srp->incarnation = snapshot->incarnation;
    srp->state = (enum chassis_state)snapshot->state;
    srp->phase = (enum srp_phase)snapshot->phase;
    srp->reason = (enum srp_reason)snapshot->reason;
    srp->planned = snapshot->planned;
    srp->forced = snapshot->forced;
    srp->switch_id = snapshot->switch_id;
    srp->answer_id = snapshot->answer_id;
    srp->answer = snapshot->answer;
    srp->answer_sessmgrs = snapshot->answer_sessmgrs;
    srp->timeout_us = snapshot->timeout_ms * US_PER_MS;
    srp->post_us = snapshot->post_s * US_PER_S;
    srp->standby_announced = snapshot->standby_announced;
    srp->epoch = snapshot->epoch;
    srp->rank.route_modifier = snapshot->route_modifier;
    srp->rank.fresh = snapshot->fresh;
    srp->goes_on = !snapshot->fresh;
    srp->untold = true;
    srp->restart = snapshot->restart;
    srp->peer_known = snapshot->peer_known;
    srp->peer.incarnation = snapshot->peer_incarnation;
    srp->peer.cf_epoch = snapshot->peer_cf_epoch;
    srp->peer.epoch = snapshot->peer_epoch;
    srp->peer.seq = snapshot->peer_seq;
    srp->peer.state = snapshot->peer_state;
    srp->peer.rank.route_modifier = snapshot->peer_route_modifier;
    if (!srp_phase_fits(srp->phase, srp->state))
        srp->phase = srp_phase_first(srp, srp->state);
    if (srp->state == CHASSIS_PENDING_STANDBY && srp->phase == SRP_FLUSH) {
        srp->state = CHASSIS_ACTIVE; /* the peer was asked nothing yet */
        srp->phase = SRP_SETTLED;
    }
    if (srp->state != CHASSIS_PENDING_STANDBY)
        srp->switch_id += ADOPTED_IDS; /* the snapshot may be older than the last request */
    adopt_want(srp, snapshot, now);
    srp->heard = srp->echoed = now;
    srp->heard_any = snapshot->peer_incarnation != 0;
    srp->loss_at = mono_after(now, setup->hello_us * 3 / 2);
    srp->role = srp_role(srp, now);
}
