#include "cf/srp/srp_snapshot.h"

void
srp_snapshot_put(struct cf_hello *hello, const struct srp_snapshot *s)
{
    hello->chassis = s->state;
    hello->chassis_incarnation = s->incarnation;
    hello->srp_epoch = s->epoch;
    hello->route_modifier = s->route_modifier;
    hello->restart = s->restart;
    hello->peer_known = s->peer_known;
    hello->peer_incarnation = s->peer_incarnation;
    hello->peer_cf_epoch = s->peer_cf_epoch;
    hello->peer_epoch = s->peer_epoch;
    hello->peer_seq = s->peer_seq;
    hello->peer_state = s->peer_state;
    hello->peer_route_modifier = s->peer_route_modifier;
    hello->phase = s->phase;
    hello->reason = s->reason;
    hello->fresh = s->fresh;
    hello->planned = s->planned;
    hello->forced = s->forced;
    hello->switch_id = s->switch_id;
    hello->answer_id = s->answer_id;
    hello->answer = s->answer;
    hello->answer_sessmgrs = s->answer_sessmgrs;
    hello->timeout_ms = s->timeout_ms;
    hello->post_s = s->post_s;
    hello->standby_announced = s->standby_announced;
    hello->want = s->want;
    hello->want_left = s->want_left;
    hello->want_forced = s->want_forced;
}

bool
srp_snapshot_get(const struct cf_hello *hello, struct srp_snapshot *s)
{
    if (hello->phase >= SRP_PHASE_N || hello->reason >= SRP_REASON_N ||
        hello->answer >= SRP_REFUSAL_N || hello->want >= SRP_REASON_N)
        return false;
    *s = (struct srp_snapshot){
        .state = hello->chassis,
        .incarnation = hello->chassis_incarnation,
        .epoch = hello->srp_epoch,
        .route_modifier = hello->route_modifier,
        .restart = hello->restart,
        .peer_known = hello->peer_known,
        .peer_incarnation = hello->peer_incarnation,
        .peer_cf_epoch = hello->peer_cf_epoch,
        .peer_epoch = hello->peer_epoch,
        .peer_seq = hello->peer_seq,
        .peer_state = hello->peer_state,
        .peer_route_modifier = hello->peer_route_modifier,
        .phase = hello->phase,
        .reason = hello->reason,
        .fresh = hello->fresh,
        .planned = hello->planned,
        .forced = hello->forced,
        .switch_id = hello->switch_id,
        .answer_id = hello->answer_id,
        .answer = hello->answer,
        .answer_sessmgrs = hello->answer_sessmgrs,
        .timeout_ms = hello->timeout_ms,
        .post_s = hello->post_s,
        .standby_announced = hello->standby_announced,
        .want = hello->want,
        .want_left = hello->want_left,
        .want_forced = hello->want_forced,
    };
    return true;
}
