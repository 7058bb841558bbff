#include "cf/srp/srp_judge.h"

/* Switchovers that somebody wants: an operator, or a monitor. */

static enum srp_input
hand_over(struct srp *srp)
{
    srp->planned = true;
    srp->forced = srp->want.forced;
    srp->timeout_us = srp->want.timeout_us;
    srp->post_us = srp->want.post_us;
    srp->switch_id++;
    return IN_SWITCH;
}

/* One snapshot for the check and the act: both happen here, in one step. */
enum srp_input
srp_initiate(struct srp *srp, const struct srp_event *ev, struct srp_result *r)
{
    r->refusal = srp_readiness(srp, ev->force, &r->sessmgrs);
    srp->refusal = (uint8_t)r->refusal;
    srp->refusal_sessmgrs = r->sessmgrs;
    if (r->refusal != SRP_READY) {
        srp->counters.refused_here++;
        return IN_NOTHING;
    }
    srp->want = (struct srp_want){
        .reason = SRP_MANUAL_SWITCHOVER,
        .forced = ev->force,
        .timeout_us = ev->timeout_us,
        .post_us = ev->post_us,
        .left = srp->setup.retries,
        .at = ev->now,
    };
    return hand_over(srp);
}

/* What the monitors want, if anything: tried at once. */
static void
want_as_monitors(struct srp *srp, mono_t now)
{
    srp->want = (struct srp_want){
        .reason = srp->monitors_want,
        .timeout_us = SRP_TIMEOUT_US,
        .post_us = SRP_POST_TIMEOUT_US,
        .left = srp->setup.retries,
        .at = now,
    };
}

void
srp_note_monitors(struct srp *srp, const struct srp_event *ev, struct srp_result *r)
{
    if (srp->monitors != ev->monitors)
        r->actions |= SRP_DO_HELLO;
    srp->monitors = ev->monitors;
    srp->chassis_bfd_down = ev->chassis_bfd_down;
    srp->chassis_bfd_fell = ev->chassis_bfd_fell;
    srp->monitors_want = ev->reason;
    if (srp->want.reason != SRP_MANUAL_SWITCHOVER && srp->want.reason != ev->reason)
        want_as_monitors(srp, ev->now); /* an operator's wish comes first */
}

bool
srp_is_wanting(const struct srp *srp)
{
    return srp->want.reason != SRP_NOT_DEFINED && srp->state == CHASSIS_ACTIVE &&
           srp->phase == SRP_SETTLED;
}

mono_t
srp_retry_at(const struct srp *srp)
{
    return srp->want.reason == SRP_NOT_DEFINED ? MONO_NEVER : srp->want.at;
}

/* One try less. After the last one an operator's wish is over, and nobody tries for a monitor
 * until it asks anew. */
static void
use_up(struct srp *srp, mono_t now)
{
    if (srp->want.left > 0) {
        srp->want.left--;
        srp->want.at = mono_after(now, srp->setup.retry_us);
    } else if (srp->want.reason == SRP_MANUAL_SWITCHOVER) {
        want_as_monitors(srp, now);
    } else {
        srp->want.at = MONO_NEVER;
    }
}

/* What a monitor, or an operator whose request the peer refused, still wants is tried again in
 * each retry interval. Only the peer's refusals use up tries: while nobody could take over
 * there is nothing to be refused. */
enum srp_input
srp_try_again(struct srp *srp, mono_t now)
{
    if (!srp_is_wanting(srp) || !mono_reached(now, srp->want.at))
        return IN_NOTHING;
    srp->refusal = (uint8_t)srp_readiness(srp, srp->want.forced, &srp->refusal_sessmgrs);
    if (srp->refusal == SRP_READY)
        return hand_over(srp);
    if (srp->want.reason == SRP_MANUAL_SWITCHOVER)
        use_up(srp, now); /* a wish is not for ever */
    else
        srp->want.at = mono_after(now, srp->setup.retry_us);
    return IN_NOTHING;
}

/* A switchover ended where it began. An operator's is tried again only if the peer refused it, or
 * left it unanswered: after anything else it is for him to say so. */
void
srp_roll_back(struct srp *srp, enum srp_input in, mono_t now, struct srp_result *r)
{
    bool refused = in == IN_REFUSED && srp->phase == SRP_REQUEST;

    r->rolled_back = true;
    srp->counters.rolled_back++;
    if (srp->want.reason != SRP_MANUAL_SWITCHOVER || refused)
        use_up(srp, now);
    else
        want_as_monitors(srp, now);
}
