#include <stdio.h>

#include "cf/cf.h"
#include "common/loop/log.h"

/* What the session managers are told of checkpoints beside the configuration: which CMD-IDs they
 * do not complain about, and, for demonstrations, what shall go wrong. */

static bool
is_sessmgr(const struct bus_peer *peer)
{
    return peer->hello.type == CARD_SF && peer->hello.sessmgr != 0;
}

void
nacks_tell(struct cf *cf, struct bus_peer *peer)
{
    struct nacks_body body = {.disabled = cf->nacks_disabled};
    uint8_t bytes[sizeof body.disabled];
    struct wr wr = wr_over(bytes, sizeof bytes);

    if (!is_sessmgr(peer))
        return;
    nacks_put(&wr, &body);
    /* one that is lost is told again when the status shows another set */
    (void)bus_send(cf->card_bus, peer, MSG_NACKS, 0, cf->sso.epoch, bytes, wr_len(&wr));
}

void
nacks_tell_all(struct cf *cf)
{
    for (struct bus_peer *peer = NULL; (peer = bus_peer_next(cf->card_bus, peer));)
        nacks_tell(cf, peer);
}

void
nacks_heard(struct cf *cf, struct bus_peer *peer, const struct card_status *status)
{
    if (!cmd_set_same(&status->nacks_disabled, &cf->nacks_disabled))
        nacks_tell(cf, peer);
}

void
nacks_disable(struct cf *cf, uint8_t cmd, bool disable)
{
    char what[32];

    if (cmd_set_has(&cf->nacks_disabled, cmd) == disable)
        return;
    cmd_set_put(&cf->nacks_disabled, cmd, disable);
    (void)snprintf(what, sizeof what, "micro-chkpt-cmd %u", cmd);
    log_event("srp.nack", disable ? "enabled" : "disabled", disable ? "disabled" : "enabled", what,
              cf->srp.epoch);
    cf_pair_say(cf); /* first: what the cards know, the other CF must know, too */
    nacks_tell_all(cf);
}

unsigned
fault_tell(struct cf *cf, const struct fault_body *fault)
{
    uint8_t bytes[16];
    struct wr wr = wr_over(bytes, sizeof bytes);
    unsigned told = 0;

    fault_put(&wr, fault);
    for (struct bus_peer *peer = NULL; (peer = bus_peer_next(cf->card_bus, peer));) {
        if (is_sessmgr(peer))
            told += bus_send(cf->card_bus, peer, MSG_CKPT_FAULT, 0, cf->sso.epoch, bytes,
                             wr_len(&wr)) == 0;
    }
    return told;
}
