#include "sf/sess_part.h"
#include "sf/smgr_priv.h"

/* Between two rounds in which packets counted in a flush are told: each is a walk over the
 * table. */
#define ROUND_US (20 * US_PER_MS)

/* Everything known to be a change is with the peer. What it could not apply a flush does not wait
 * for: either a NACK brings it, or nothing does. */
static bool
all_told(const struct ckpt_tx_status *tx)
{
    return tx->told && tx->waiting == 0;
}

/* VoLTE calls, or all others. */
static void
tell_class(struct smgr *smgr, bool volte)
{
    for (uint32_t slot = 1; slot <= sess_top(smgr->table); slot++) {
        const struct sess *sess = sess_at(smgr->table, slot);
        enum sess_part part = sess ? sess_stats_part(sess) : SESS_PARTS;

        if (sess && sess->state == SESS_LIVE && sess->volte == volte && sess->news >> part & 1)
            ckpt_tx_part(smgr->tx, slot, part);
    }
}

/* Sessions that only counted packets become changes, too: statistics of VoLTE calls first. */
static void
tell_counted(struct smgr *smgr, mono_t now)
{
    smgr->round_at = mono_after(now, ROUND_US);
    if (!sess_any_counted(smgr->table))
        return;
    sess_clear_counted(smgr->table);
    smgr->served = true;
    tell_class(smgr, true);
    tell_class(smgr, false);
}

void
smgr_flush(struct smgr *smgr, mono_t now, bool on)
{
    smgr->flush = on;
    smgr->flushed_stream = 0;
    if (smgr->role == SMGR_STANDBY)
        return;
    ckpt_tx_hurry(smgr->tx, on);
    if (on)
        tell_counted(smgr, now);
}

void
smgr_flush_on(struct smgr *smgr, mono_t now)
{
    struct ckpt_tx_status tx;

    if (!smgr->flush)
        return;
    ckpt_tx_status(smgr->tx, &tx);
    if (!all_told(&tx))
        return;
    smgr->flushed_stream = tx.stream;
    if (mono_reached(now, smgr->round_at))
        tell_counted(smgr, now);
}

bool
smgr_flushed(const struct smgr *smgr)
{
    struct ckpt_tx_status tx;

    if (!smgr->flush)
        return false;
    ckpt_tx_status(smgr->tx, &tx);
    return all_told(&tx) || (tx.open && tx.stream == smgr->flushed_stream);
}

mono_t
smgr_flush_deadline(const struct smgr *smgr)
{
    struct ckpt_tx_status tx;

    if (!smgr->flush || !sess_any_counted(smgr->table))
        return MONO_NEVER;
    ckpt_tx_status(smgr->tx, &tx);
    return all_told(&tx) ? smgr->round_at : MONO_NEVER;
}
