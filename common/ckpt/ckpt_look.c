#include "common/ckpt/ckpt_tx_priv.h"

bool
ckpt_tx_look(const struct ckpt_tx *tx, uint32_t slot, struct ckpt_look *look)
{
    const struct ckpt_item *item = slot >= 1 && slot <= tx->top ? &tx->items[slot] : NULL;

    if (!item || item->state != CKPT_LIVE)
        return false;

    bool waits = item->place >= CKPT_DUE; /* and what would be a frame's number is an instant */
    unsigned flying = !waits && item->frame > tx->acked ? item->sent : 0;

    *look = (struct ckpt_look){
        .waiting = waits,
        .base = item->base,
        .full_due = (item->dirty & CKPT_ALL) != 0,
        .full_flying = (flying & CKPT_ALL) != 0,
        .due = (uint16_t)(item->dirty & ~CKPT_ALL),
        .flying = (uint16_t)(flying & ~(unsigned)CKPT_ALL),
    };
    return true;
}
