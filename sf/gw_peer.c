#include "sf/gw_priv.h"
#include "sf/sess_part.h"

static struct gw_peer *
find(struct gw *gw, uint32_t addr)
{
    for (unsigned i = 0; i < GW_PEERS; i++)
        if (gw->peers[i].addr == addr)
            return &gw->peers[i];
    return NULL;
}

/* In place of the one that was met first. */
static void
remember(struct gw *gw, uint32_t addr, uint8_t recovery)
{
    gw->peers[gw->peer_turn] = (struct gw_peer){.addr = addr, .recovery = recovery};
    gw->peer_turn = (uint8_t)((gw->peer_turn + 1) % GW_PEERS);
}

static void
restore_sessions(struct gw *gw, uint32_t addr)
{
    struct sess_table *table = gw->setup.table;

    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        struct sess *sess = sess_at(table, slot);

        if (!sess || sess->state != SESS_LIVE || sess->gtp_version != 2 || sess->lbi ||
            sess->peer_ctrl_addr != addr || sess->restoring)
            continue;
        sess->restoring = true;
        sess_changed_part(table, sess, SESS_RESTORATION);
        gw_count(gw, GW_V2_RESTORING);
    }
}

void
gw_peer_heard(struct gw *gw, uint32_t addr, uint8_t recovery)
{
    struct gw_peer *peer = addr ? find(gw, addr) : NULL;

    if (!addr || (peer && peer->recovery == recovery))
        return;
    if (!peer) {
        remember(gw, addr, recovery);
        return;
    }
    peer->recovery = recovery;
    gw_count(gw, GW_V2_PEER_RESTARTED);
    restore_sessions(gw, addr);
}

void
gw_restored(struct gw *gw, struct sess *sess)
{
    if (!sess->restoring)
        return;
    sess->restoring = false;
    sess_changed_part(gw->setup.table, sess, SESS_RESTORATION);
    gw_count(gw, GW_V2_RESTORED);
}
