/* The configuration changes under calls. */
#include "sf/smgr_priv.h"

static int
next_pools(const struct smgr *smgr, const struct smgr_setup *setup, struct sess_setup *next)
{
    return sess_pools_next(smgr->table, &setup->sess, next);
}

int
smgr_change_size(const struct smgr *smgr, const struct smgr_setup *setup, size_t *size)
{
    struct sess_setup next;
    int rc = next_pools(smgr, setup, &next);

    *size = rc == 0 ? sess_pools_size(&next) : 0;
    return rc < 0 ? rc : 0;
}

static void
change_pools(struct smgr *smgr, const struct smgr_setup *setup, void *memory)
{
    struct sess_setup next;

    (void)next_pools(smgr, setup, &next); /* as smgr_change_size found */
    sess_table_set_pools(smgr->table, &next, memory);
    smgr->setup.sess = next;
}

/* Who refers to what costs a walk over the table: most changes are of something else. */
static size_t
change_names(struct smgr *smgr, const struct smgr_setup *setup)
{
    struct sess_numbers used;
    bool same = true;

    for (unsigned map = 0; map < SMGR_MAPS; map++)
        same &= names_are(&smgr->names[map], &setup->names[map], smgr->configured[map]);
    if (same)
        return 0;
    sess_numbers(smgr->table, &used);
    return smgr_macro_rename(smgr, setup->names, &used);
}

static void
change_streams(struct smgr *smgr, const struct smgr_setup *setup)
{
    smgr->setup.config = setup->config;
    smgr->setup.lz4 = setup->lz4;
    smgr->setup.ready_beats = setup->ready_beats ? setup->ready_beats : CKPT_BEATS;
    for (unsigned kind = 0; kind < 2; kind++) {
        smgr->setup.duration_us[kind] = setup->duration_us[kind];
        smgr->notes->duration_ms[kind] = (uint32_t)(setup->duration_us[kind] / US_PER_MS);
    }

    struct ckpt_tx_setup tx = smgr_tx_setup(smgr, &smgr->setup);

    ckpt_tx_change(smgr->tx, &tx);
    ckpt_rx_change(&smgr->rx, smgr->setup.config, smgr->setup.lz4, smgr->setup.ready_beats);
    smgr->setup.nack = setup->nack;
    smgr_set_nack(smgr, &setup->nack);
}

size_t
smgr_change(struct smgr *smgr, mono_t now, const struct smgr_setup *setup, void *memory)
{
    size_t left_out;

    smgr->now = now;
    change_pools(smgr, setup, memory);
    left_out = change_names(smgr, setup);
    change_streams(smgr, setup);
    smgr_beat_periodic(smgr, now, setup->periodic_us);
    if (smgr->misfits && smgr->role == SMGR_STANDBY)
        ckpt_rx_anew(&smgr->rx);
    smgr->misfits = false;
    return left_out;
}

uint8_t
smgr_number(const struct smgr *smgr, enum smgr_map map, uint8_t configured)
{
    for (uint8_t number = 0; number < NAMES_MOST; number++) {
        if (smgr->configured[map][number] == configured && configured != NAME_NONE)
            return number;
    }
    return NAME_NONE;
}

uint8_t
smgr_configured(const struct smgr *smgr, enum smgr_map map, uint8_t number)
{
    return number < NAMES_MOST ? smgr->configured[map][number] : NAME_NONE;
}
