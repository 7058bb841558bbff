#include "cf/losses.h"

#include <string.h>

const char *
loss_cause_text(enum loss_cause cause)
{
    static const char *const texts[LOSS_CAUSE_N] = {
#define X(name, text) [name] = text,
        LOSS_CAUSES(X)
#undef X
    };

    return cause < LOSS_CAUSE_N ? texts[cause] : "unknown";
}

void
losses_begin(struct losses *losses, mono_t now, int64_t wall_us, uint8_t reason, uint32_t before)
{
    losses->now = (struct loss){.wall_us = wall_us, .reason = reason, .before = before};
    losses->began = now;
    losses->under_way = true;
}

static void
keep(struct losses *losses, mono_t now)
{
    if (losses->n == LOSSES_KEPT) {
        memmove(losses->kept, losses->kept + 1, (LOSSES_KEPT - 1) * sizeof losses->kept[0]);
        losses->n--;
    }
    losses->now.number = ++losses->numbers;
    losses->now.took_us = mono_between(losses->began, now);
    losses->kept[losses->n++] = losses->now;
    losses->under_way = false;
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void
losses_end(struct losses *losses, mono_t now, const struct loss_facts *facts)
{
    struct loss *loss = &losses->now;

    if (!losses->under_way)
        return;
    /* the peer's count may be a hello old: calls opened since are calls, too */
    if (loss->before < facts->recovered)
        loss->before = facts->recovered;
    loss->recovered = facts->recovered;
    loss->lost = loss->before - loss->recovered;
    loss->by_cause[LOSS_AUDIT] = smaller(loss->lost, facts->audit_failed);

    uint32_t rest = loss->lost - loss->by_cause[LOSS_AUDIT];
    enum loss_cause cause = facts->not_ready ? (facts->forced ? LOSS_FORCED : LOSS_NOT_READY)
                            : facts->young   ? LOSS_YOUNG
                                             : LOSS_IN_FLIGHT;

    loss->by_cause[cause] = rest;
    keep(losses, now);
}

void
losses_yield(struct losses *losses, mono_t now, uint32_t dropped)
{
    struct loss *loss = &losses->now;

    if (!losses->under_way)
        return;
    loss->lost = loss->by_cause[LOSS_DUAL_ACTIVE] = smaller(dropped, loss->before);
    loss->recovered = loss->before - loss->lost; /* the peer had them, and goes on with them */
    keep(losses, now);
}

void
losses_forget(struct losses *losses)
{
    losses->under_way = false;
}

void
losses_clear(struct losses *losses)
{
    losses->n = 0;
}
