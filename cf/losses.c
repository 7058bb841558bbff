#include "cf/losses.h"

#include <string.h>

const char *
loss_cause_text(enum loss_cause cause)
{
    static const char *const texts[LOSS_CAUSE_N] = {
#define X(name, key, text) [name] = text,
        LOSS_CAUSES(X)
#undef X
    };

    return cause < LOSS_CAUSE_N ? texts[cause] : "unknown";
}

const char *
loss_cause_key(enum loss_cause cause)
{
    static const char *const keys[LOSS_CAUSE_N] = {
#define X(name, key, text) [name] = key,
        LOSS_CAUSES(X)
#undef X
    };

    return cause < LOSS_CAUSE_N ? keys[cause] : "unknown";
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

/* So many of the rest, at most, have this cause. */
static void
blame(struct loss *loss, uint32_t *rest, enum loss_cause cause, uint64_t n)
{
    uint32_t these = n < *rest ? (uint32_t)n : *rest;

    loss->by_cause[cause] += these;
    *rest -= these;
}

/* Of what a session manager did not have when it took over it knows the cause. */
static void
blame_told(struct loss *loss, uint32_t *rest, const struct loss_facts *facts)
{
    enum loss_cause broken = facts->forced ? LOSS_FORCED : LOSS_NOT_READY;

    blame(loss, rest, LOSS_NACK_LIMIT, facts->told.nack_limit);
    blame(loss, rest, LOSS_NACK_OFF, facts->told.nack_off);
    blame(loss, rest, broken, facts->told.not_ready);
    blame(loss, rest, facts->young ? LOSS_YOUNG : LOSS_IN_FLIGHT, facts->told.young);
    blame(loss, rest, LOSS_IN_FLIGHT, facts->told.in_flight);
}

/* Calls that session managers were told of, by their own account. */
static uint64_t
known(const struct loss_facts *facts)
{
    const struct cards_lost *told = &facts->told;

    return (uint64_t)facts->recovered + facts->audit_failed + told->young + told->in_flight +
           told->nack_limit + told->nack_off + told->not_ready;
}

void
losses_end(struct losses *losses, mono_t now, const struct loss_facts *facts)
{
    struct loss *loss = &losses->now;

    if (!losses->under_way)
        return;
    /* the peer's count may be a hello old: calls opened since are calls, too, those closed are not */
    if (facts->exact || loss->before < known(facts))
        loss->before = (uint32_t)known(facts);
    loss->recovered = facts->recovered;
    loss->lost = loss->before - loss->recovered;

    uint32_t rest = loss->lost;
    enum loss_cause cause = facts->not_ready ? (facts->forced ? LOSS_FORCED : LOSS_NOT_READY)
                            : facts->young   ? LOSS_YOUNG
                                             : LOSS_IN_FLIGHT;

    blame(loss, &rest, LOSS_AUDIT, facts->audit_failed);
    blame_told(loss, &rest, facts);
    blame(loss, &rest, cause, rest);
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
    struct cards_lost told = cards_lost(cards);

    losses_end(losses, now,
               &(struct loss_facts){
                   .recovered = (uint32_t)(kept - purged),
                   .audit_failed = (uint32_t)purged,
                   .told = told,
                   .exact = planned && !forced && told.known == cards_totals(cards).sessmgrs,
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
