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

/* ---- seen from the cards ------------------------------------------------------------------------ */

void
losses_heard(struct losses *losses, const struct cards *cards)
{
    struct cards_totals t = cards_totals(cards);

    losses->ready_heard = t.ready;
    losses->deleted_heard = t.sum.ckpt.delete_rcvd;
}

void
losses_take_over(struct losses *losses, struct cards *cards, mono_t now, int64_t wall_us,
                 uint8_t reason, uint64_t epoch, uint32_t calls)
{
    uint64_t deleted = cards_totals(cards).sum.ckpt.delete_rcvd;
    /* a card may be gone, and its count with it */
    uint64_t since = deleted > losses->deleted_heard ? deleted - losses->deleted_heard : 0;

    losses->ready_before = losses->ready_heard;
    cards_mark(cards, epoch);
    losses_begin(losses, now, wall_us, reason, since < calls ? calls - (uint32_t)since : 0);
}

void
losses_taken_over(struct losses *losses, const struct cards *cards, mono_t now, bool planned,
                  bool forced, bool young)
{
    uint64_t kept;
    struct cards_calls since = cards_since_mark(cards, &kept);
    uint64_t purged = since.audit_failed < kept ? since.audit_failed : kept;

    losses_end(losses, now,
               &(struct loss_facts){
                   .recovered = (uint32_t)(kept - purged),
                   .audit_failed = (uint32_t)purged,
                   .forced = forced,
                   .not_ready = cards_totals(cards).sessmgrs > losses->ready_before,
                   .young = young && !planned, /* a critical flush takes the young along */
               });
}

void
losses_stand_down(struct losses *losses, struct cards *cards, mono_t now, int64_t wall_us,
                  uint8_t reason)
{
    cards_mark(cards, 0);
    losses_begin(losses, now, wall_us, reason, cards_totals(cards).sessions);
}

void
losses_stood_down(struct losses *losses, const struct cards *cards, mono_t now)
{
    uint64_t kept;

    losses_yield(losses, now, (uint32_t)cards_since_mark(cards, &kept).superseded);
}

/* ---- history ---------------------------------------------------------------------------------------- */

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
