/* What a takeover recovered and lost. */
#include "lab/explain/explain_priv.h"
#include "sf/smgr.h"

/* Of the others with that number the one that led last. NULL also when one has led since: its
 * notes, if it was the predecessor, are of another takeover by now; and when the one that led last
 * led too long ago: the predecessor has been started twice since, and its notes are gone. */
const struct explain_source *
explain_predecessor(const struct explain *explain, const struct explain_source *heir)
{
    const struct explain_source *best = NULL;

    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *source = &explain->sources[i];
        const struct notes *notes = source->notes;

        if (source == heir || source->sessmgr != heir->sessmgr)
            continue;
        if (notes->led > heir->notes->led)
            return NULL;
        if (notes->led > 0 && notes->led < heir->notes->led &&
            (!best || notes->led > best->notes->led))
            best = source;
    }
    return best && heir->notes->led - best->notes->led <= NOTES_EPOCH_STEP ? best : NULL;
}

static bool
leads(const struct notes *notes)
{
    return notes->led > 0 && notes->role != SMGR_STANDBY;
}

/* Was it started in the place of the other one, and has the epoch not changed since? Then that one
 * was the heir: what it recovered may have been lost with it since. */
static bool
is_in_place(const struct notes *notes, const struct notes *other)
{
    return notes->led == other->led && fate_is_in_place(notes, other);
}

static bool
is_started_anew(const struct explain *explain, const struct explain_source *source)
{
    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *other = &explain->sources[i];

        if (other != source && other->before && other->instance == source->instance &&
            other->sessmgr == source->sessmgr && is_in_place(source->notes, other->notes))
            return true;
    }
    return false;
}

/* Of those of the chassis that led last: its own `led`, or that of the one in its place. */
static bool
is_heir(const struct explain *explain, const struct explain_source *source)
{
    const struct explain_source *now = explain_running(explain, source->instance, source->sessmgr);

    if (!leads(source->notes) || is_started_anew(explain, source))
        return false;
    return source->runs || (now ? leads(now->notes) && is_in_place(now->notes, source->notes)
                                : explain_serves(explain, source->instance));
}

static void
count_one(struct explain_ledger *ledger, enum fate fate)
{
    ledger->before++;
    ledger->by_fate[fate]++;
    ledger->recovered += !fate_is_loss(fate);
    ledger->lost += fate_is_loss(fate);
}

static void
count_sessmgr(struct explain_ledger *ledger, const struct notes *before, const struct notes *heir,
              explain_loss_fn *each, void *ctx)
{
    for (uint32_t slot = 1; slot <= before->top; slot++) {
        struct sighting had = {.notes = before, .note = &before->notes[slot]}, has;
        enum fate fate;

        if (!fate_counts(&had, heir))
            continue;
        has = fate_match(heir, had.note);
        fate = fate_of(&had, &has);
        count_one(ledger, fate);
        if (fate_is_loss(fate))
            each(ctx, had.note, fate);
    }
}

static void
note_rival(struct explain_ledger *ledger, const struct explain_source *heir,
           const struct explain_source *before)
{
    if (before->instance == heir->instance || !fate_went_on(heir->notes, before->notes))
        return;
    ledger->went_on = true;
    ledger->rival = before->instance;
    ledger->rival_epoch = before->notes->led_from;
    ledger->rival_yielded = before->notes->role == SMGR_STANDBY;
}

struct explain_ledger
explain_ledger(const struct explain *explain, uint8_t instance, explain_loss_fn *each, void *ctx)
{
    struct explain_ledger ledger = {0};

    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *source = &explain->sources[i], *before;

        if (source->instance != instance || !is_heir(explain, source))
            continue;
        before = explain_predecessor(explain, source);
        if (!before)
            continue;
        if (source->notes->led > ledger.epoch)
            ledger.epoch = source->notes->led;
        note_rival(&ledger, source, before);
        count_sessmgr(&ledger, before->notes, source->notes, each, ctx);
    }
    return ledger;
}
