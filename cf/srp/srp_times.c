#include "cf/srp/srp_judge.h"

/* The next epoch above all known ones. Its lowest bit says which chassis started it, so two
 * that take over at once never start the same. */
uint64_t
srp_next_epoch(const struct srp *srp)
{
    uint64_t above = srp->epoch > srp->peer.epoch ? srp->epoch : srp->peer.epoch;

    return (above / 2 + 1) * 2 + (srp->setup.rank.addr > srp->setup.peer_addr);
}

/* Half of what a number of JSON holds leaves more epochs than any pair starts. Beyond that a claim
 * must be near what is known: ours lies above it, and has to fit for a peer that starts anew and
 * knows nothing. So a peer that lied once parts no pair for good. */
bool
srp_epoch_fits(const struct srp *srp, uint64_t epoch)
{
    const uint64_t any = UINT64_C(1) << 61, most = UINT64_C(1) << 62, step = UINT64_C(1) << 20;
    uint64_t known = srp->epoch > srp->peer.epoch ? srp->epoch : srp->peer.epoch;

    if (epoch <= any)
        return true;
    return epoch <= most && (srp->state == CHASSIS_INIT || epoch <= known + step);
}

bool
srp_is_pending(enum chassis_state state)
{
    return state == CHASSIS_PENDING_ACTIVE || state == CHASSIS_PENDING_STANDBY;
}

mono_t
srp_dead_at(const struct srp *srp)
{
    switch (srp->state) {
    case CHASSIS_INIT:
        if (srp->setup.off)
            return MONO_NEVER;
        return mono_after(srp->started, srp->setup.delay_us + srp->setup.dead_us);
    default:
        return srp->peer_known ? mono_after(srp->heard, srp->setup.dead_us) : MONO_NEVER;
    }
}

/* The Standby that ignores the dead interval: no hello when one was due, and the network says
 * that the peer is not there. Of a session that was never up, since our own demux was started
 * anew, it does not say so: then the peer has the dead interval. */
mono_t
srp_chassis_bfd_at(const struct srp *srp)
{
    if (srp->state != CHASSIS_STANDBY || !srp->setup.ignore_dead || !srp->chassis_bfd_down ||
        !srp->heard_any)
        return MONO_NEVER;
    return mono_after(srp->heard,
                      srp->chassis_bfd_fell ? srp->setup.hello_us * 3 / 2 : srp->setup.dead_us);
}

/* A pending state may last as long as the peer may be silent; the leaving side of a planned
 * switchover waits longer, for the phases of the other (srp_pending_limit). */
mono_t
srp_pending_over_at(const struct srp *srp)
{
    if (srp->state == CHASSIS_PENDING_ACTIVE && srp->phase <= SRP_ANNOUNCE)
        return mono_after(srp->entered, srp->setup.dead_us);
    if (srp->state != CHASSIS_PENDING_STANDBY)
        return MONO_NEVER;
    switch (srp->phase) {
    case SRP_YIELD:
        return mono_after(srp->entered, srp->setup.dead_us);
    case SRP_WITHDRAW:
    case SRP_ACCOUNT:
    case SRP_HANDED:
        return mono_after(srp->agreed_at, 4 * srp->setup.dead_us);
    default:
        return MONO_NEVER;
    }
}

mono_t
srp_no_response_at(const struct srp *srp)
{
    return srp->state == CHASSIS_PENDING_STANDBY && srp->phase == SRP_REQUEST
               ? mono_after(srp->phase_at, srp->setup.dead_us)
               : MONO_NEVER;
}

/* An unanswered srp validate-switchover. */
mono_t
srp_no_validation_at(const struct srp *srp)
{
    return srp->validation.id != 0 && !srp->validation.known
               ? mono_after(srp->validation.at, srp->setup.dead_us)
               : MONO_NEVER;
}

int64_t
srp_pending_limit(const struct srp *srp)
{
    if (srp->state == CHASSIS_PENDING_STANDBY && srp->planned)
        return srp->timeout_us + 5 * srp->setup.dead_us;
    return (srp->state == CHASSIS_PENDING_ACTIVE ? 3 : 1) * srp->setup.dead_us;
}
