#include "cf/ckpt_sums.h"

#include <string.h>

void
ckpt_base_take(struct ckpt_base *base, uint64_t incarnation, const struct card_status *status)
{
    base->incarnation = incarnation;
    base->ckpt = status->ckpt;
    /* what is so now is no count */
    base->ckpt.crrs = base->ckpt.failing = base->ckpt.waiting = 0;
    base->ckpt.write_list = base->ckpt.in_flight = 0;
    base->ckpt.resync_done = base->ckpt.resync_of = 0;
    base->micro_n = status->micro_n;
    memcpy(base->micro, status->micro, sizeof base->micro);
    memcpy(base->macros, status->macros, sizeof base->macros);
}

/* A late report of before may be less than what it was cleared at. */
static uint64_t
since(uint64_t is, uint64_t was)
{
    return is > was ? is - was : 0;
}

static const struct micro_row *
find(const struct ckpt_base *base, uint8_t cmd)
{
    static const struct micro_row none = {0};

    for (size_t i = 0; i < base->micro_n; i++) {
        if (base->micro[i].cmd == cmd)
            return &base->micro[i];
    }
    return &none;
}

void
ckpt_sums_add(struct ckpt_sums *sums, uint64_t incarnation, const struct card_status *status,
              const struct ckpt_base *base)
{
    static const struct ckpt_base nothing = {0};

    if (base->incarnation != incarnation)
        base = &nothing;
#define X(name) sums->ckpt.name += since(status->ckpt.name, base->ckpt.name);
    CKPT_COUNTERS(X)
#undef X
    for (size_t i = 0; i < MACRO_KINDS; i++) {
#define X(name) sums->macros[i].name += since(status->macros[i].name, base->macros[i].name);
        MICRO_COUNTERS(X)
#undef X
    }
    for (size_t i = 0; i < status->micro_n; i++) {
        const struct micro_row *is = &status->micro[i], *was = find(base, is->cmd);
        struct micro_row *sum = &sums->micro[is->cmd];

        sum->cmd = is->cmd;
#define X(name) sum->name += since(is->name, was->name);
        MICRO_COUNTERS(X)
#undef X
    }
}
