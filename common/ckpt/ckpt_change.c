/* What a configuration says of sender and receiver changes while they run. */
#include "common/ckpt/ckpt_rx.h"
#include "common/ckpt/ckpt_tx_priv.h"

/* All of a class wait as much longer, or shorter: their order stays. */
static void
change_duration(struct ckpt_tx *tx, unsigned kind, int64_t us)
{
    int64_t by = us - tx->setup.duration_us[kind];

    tx->setup.duration_us[kind] = us;
    for (uint32_t slot = tx->lists[CKPT_DUE + kind].head; slot; slot = tx->items[slot].next) {
        int64_t *due = &tx->items[slot].due_us;

        *due = mono_after((mono_t){.us = *due}, by).us;
    }
}

void
ckpt_tx_change(struct ckpt_tx *tx, const struct ckpt_tx_setup *setup)
{
    tx->setup.config = setup->config;
    tx->setup.lz4 = setup->lz4;
    for (unsigned kind = 0; kind < CKPT_CLASSES; kind++)
        change_duration(tx, kind, setup->duration_us[kind]);
    if (tx->phase == CKPT_OPENING && tx->lz4 != setup->lz4)
        ckpt_next_stream(tx); /* it offers what is configured now, and takes no answer to before */
}

void
ckpt_rx_change(struct ckpt_rx *rx, uint32_t config, bool lz4, uint8_t ready_beats)
{
    bool ready = rx->beats >= rx->setup.ready_beats;

    rx->setup.config = config;
    rx->setup.lz4 = lz4;
    rx->setup.ready_beats = ready_beats;
    if (ready && rx->beats < ready_beats)
        rx->beats = ready_beats;
    rx->config_differs = rx->ids.stream != 0 && rx->config_told != config;
}

/* In this stream frame numbers mean what they mean: what was applied is not applied once more. */
void
ckpt_rx_anew(struct ckpt_rx *rx)
{
    rx->anew = rx->ids.stream != 0;
}
