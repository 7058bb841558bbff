#include <assert.h>
#include <string.h>

#include "common/ckpt/ckpt_tx_priv.h"

void
ckpt_macros_clear(struct ckpt_tx *tx)
{
    memset(tx->macros, 0, sizeof tx->macros);
}

void
ckpt_macros_due(struct ckpt_tx *tx)
{
    for (unsigned macro = 0; macro < tx->setup.source.macro_n; macro++)
        tx->macros[macro].due = true;
}

void
ckpt_tx_macro(struct ckpt_tx *tx, unsigned macro)
{
    assert(macro < tx->setup.source.macro_n);
    if (tx->phase != CKPT_STOPPED)
        tx->macros[macro].due = true;
}

bool
ckpt_macros_are_due(const struct ckpt_tx *tx)
{
    bool due = false;

    for (unsigned macro = 0; macro < CKPT_MACROS; macro++)
        due |= tx->macros[macro].due;
    return due;
}

bool
ckpt_macros_fly(const struct ckpt_tx *tx)
{
    bool fly = false;

    for (unsigned macro = 0; macro < CKPT_MACROS; macro++)
        fly |= tx->macros[macro].flying;
    return fly;
}

void
ckpt_macros_requeue(struct ckpt_tx *tx)
{
    for (unsigned macro = 0; macro < CKPT_MACROS; macro++) {
        struct ckpt_macro *m = &tx->macros[macro];

        tx->stats.macro_lost[macro] += m->flying;
        m->due |= m->flying;
        m->flying = false;
    }
}

void
ckpt_macros_acknowledge(struct ckpt_tx *tx, uint64_t frame)
{
    for (unsigned macro = 0; macro < CKPT_MACROS; macro++) {
        if (tx->macros[macro].frame <= frame)
            tx->macros[macro].flying = false;
    }
}

static bool
put_macro(struct ckpt_tx *tx, mono_t now, unsigned macro, struct wr *wr)
{
    const struct ckpt_source *source = &tx->setup.source;
    struct wr was = *wr;

    wr_u8(wr, ckpt_macro_kind(macro));

    uint8_t *len = wr_take(wr, 2);
    size_t start = wr_len(wr), n;

    source->encode_macro(source->ctx, macro, now, wr);
    if (wr->full) {
        *wr = was;
        return false;
    }
    n = wr_len(wr) - start;
    assert(n <= UINT16_MAX);
    len[0] = (uint8_t)(n >> 8);
    len[1] = (uint8_t)n;
    return true;
}

bool
ckpt_macros_put(struct ckpt_tx *tx, mono_t now, uint64_t frame, struct wr *wr)
{
    for (unsigned macro = 0; macro < tx->setup.source.macro_n; macro++) {
        struct ckpt_macro *m = &tx->macros[macro];

        if (!m->due)
            continue;
        if (!put_macro(tx, now, macro, wr))
            return false;
        *m = (struct ckpt_macro){.flying = true, .frame = frame};
        tx->stats.macro_sent[macro]++;
    }
    return true;
}
