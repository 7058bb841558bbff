#include "cf/srp/srp_phase.h"

const char *
srp_refusal_text(enum srp_refusal refusal)
{
    static const char *const texts[SRP_REFUSAL_N] = {
#define X(name, text) [name] = text,
        SRP_REFUSALS(X)
#undef X
    };

    return refusal < SRP_REFUSAL_N ? texts[refusal] : "unknown";
}

/* Monitors that a Standby sees, too: its network would not carry what it takes over. */
static bool
is_cut_off(uint32_t monitors)
{
    return monitors & (1u << SRP_BGP_FAILURE | 1u << SRP_BFD_FAILURE);
}

static uint8_t
missing(uint8_t all, uint8_t ready)
{
    return ready < all ? (uint8_t)(all - ready) : 0;
}

/* What both ask, each of what it knows. */
static enum srp_refusal
common_readiness(const struct srp *srp, uint32_t monitors, uint8_t *sessmgrs)
{
    uint8_t here = missing(srp->cards.sessmgrs, srp->cards.ready);
    uint8_t there = missing(srp->peer.sessmgrs, srp->peer.sessmgrs_ready);

    *sessmgrs = here > there ? here : there;
    if (*sessmgrs > 0)
        return SRP_SESSMGRS;
    if (srp->peer.checksum != srp->setup.checksum)
        return SRP_CONFIG;
    return is_cut_off(monitors) ? SRP_MONITORS : SRP_READY;
}

enum srp_refusal
srp_readiness(const struct srp *srp, bool force, uint8_t *sessmgrs)
{
    *sessmgrs = 0;
    if (srp->state != CHASSIS_ACTIVE)
        return SRP_NOT_ACTIVE;
    if (srp->phase != SRP_SETTLED && !force)
        return SRP_BUSY;
    if (!srp->link_up || !srp->peer_known)
        return SRP_NO_PEER;
    if (srp->peer.state != CHASSIS_STANDBY || srp_level(srp->peer.state, &srp->peer.rank) == 0)
        return SRP_PEER_NOT_STANDBY;
    return force ? SRP_READY : common_readiness(srp, srp->peer.monitors, sessmgrs);
}

enum srp_refusal
srp_standby_readiness(const struct srp *srp, bool force, uint8_t *sessmgrs)
{
    *sessmgrs = 0;
    if (srp->state != CHASSIS_STANDBY)
        return SRP_PEER_NOT_STANDBY;
    if (!srp->cards.serviceable)
        return SRP_NO_CARDS;
    return force ? SRP_READY : common_readiness(srp, srp->monitors, sessmgrs);
}
