#include "common/ckpt/ckpt_nack.h"

#include <string.h>

bool
ckpt_nack_is_disabled(const struct ckpt_nacks *nacks, uint8_t cmd)
{
    return nacks->setup.disabled[cmd / 64] >> cmd % 64 & 1;
}

void
ckpt_nacks_set(struct ckpt_nacks *nacks, const struct ckpt_nack_setup *setup)
{
    nacks->setup = *setup;
}

static bool
may_tell(const struct ckpt_nacks *nacks, const struct ckpt_failing *call)
{
    enum ckpt_scale scale = ckpt_scale_of(call->cmd);

    return nacks->setup.on[scale] && call->told < nacks->setup.max_response[scale] &&
           !(scale == CKPT_MICRO && ckpt_nack_is_disabled(nacks, call->cmd));
}

static uint32_t
index_of(const struct ckpt_nacks *nacks, uint32_t slot, enum ckpt_scale scale)
{
    uint32_t i = 0;

    while (i < nacks->n &&
           (nacks->calls[i].slot != slot || ckpt_scale_of(nacks->calls[i].cmd) != scale))
        i++;
    return i;
}

const struct ckpt_failing *
ckpt_nacks_find(const struct ckpt_nacks *nacks, uint32_t slot, enum ckpt_scale scale)
{
    uint32_t i = index_of(nacks, slot, scale);

    return i < nacks->n ? &nacks->calls[i] : NULL;
}

void
ckpt_nacks_failed(struct ckpt_nacks *nacks, mono_t now, uint32_t slot, uint8_t cmd)
{
    uint32_t i = index_of(nacks, slot, ckpt_scale_of(cmd));
    struct ckpt_failing *call = &nacks->calls[i];

    if (i == CKPT_FAILING) {
        nacks->untracked++;
        return;
    }
    if (i < nacks->n && !mono_reached(now, mono_after(call->since, nacks->setup.window_us))) {
        if (!ckpt_nack_is_disabled(nacks, cmd)) /* one that may be told of goes before */
            call->cmd = cmd;
        return;
    }
    nacks->n += i == nacks->n;
    *call = (struct ckpt_failing){.slot = slot, .cmd = cmd, .since = now, .due = now};
}

static void
take_out(struct ckpt_nacks *nacks, uint32_t i)
{
    if (i < nacks->n)
        nacks->calls[i] = nacks->calls[--nacks->n];
}

void
ckpt_nacks_healed(struct ckpt_nacks *nacks, uint32_t slot)
{
    if (nacks->n == 0)
        return;
    take_out(nacks, index_of(nacks, slot, CKPT_MACRO));
    take_out(nacks, index_of(nacks, slot, CKPT_MICRO));
}

void
ckpt_nacks_clear(struct ckpt_nacks *nacks)
{
    nacks->n = nacks->untracked = 0;
}

uint32_t
ckpt_nacks_open(const struct ckpt_nacks *nacks)
{
    return nacks->n + nacks->untracked;
}

bool
ckpt_nacks_next(struct ckpt_nacks *nacks, mono_t now, struct ckpt_nack_entry *entry)
{
    for (uint32_t i = 0; i < nacks->n; i++) {
        struct ckpt_failing *call = &nacks->calls[i];
        enum ckpt_scale scale = ckpt_scale_of(call->cmd);
        uint16_t most = nacks->setup.max_response[scale];

        if (!mono_reached(now, call->due) || !may_tell(nacks, call))
            continue;
        if (mono_reached(now, mono_after(call->since, nacks->setup.window_us)))
            call->told = 0; /* it could not be said in its window: this opens another */
        if (call->told++ == 0)
            call->since = now; /* it could not be said before */
        call->due =
            call->told < most ? mono_after(now, nacks->setup.window_us / (most + 1)) : MONO_NEVER;
        nacks->sent[scale]++;
        nacks->limited[scale] += call->told == most;
        *entry = (struct ckpt_nack_entry){.slot = call->slot, .cmd = call->cmd};
        return true;
    }
    return false;
}

mono_t
ckpt_nacks_deadline(const struct ckpt_nacks *nacks)
{
    mono_t at = MONO_NEVER;

    for (uint32_t i = 0; i < nacks->n; i++) {
        if (may_tell(nacks, &nacks->calls[i]))
            at = mono_earlier(at, nacks->calls[i].due);
    }
    return at;
}
