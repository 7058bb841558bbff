/* What a chassis lost while it served, and one that took over and gave way. */
#include "lab/explain/explain_priv.h"
#include "sf/smgr.h"

/* ---- who serves ---------------------------------------------------------------------------- */

/* Since when; the epochs of a pair that failed as a whole begin anew, time does not. */
static int64_t
last_led_us(const struct explain *explain, uint8_t instance)
{
    int64_t led_us = 0;

    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *source = &explain->sources[i];

        if (source->instance == instance && source->notes->led > 0 &&
            source->notes->led_at_us > led_us)
            led_us = source->notes->led_at_us;
    }
    return led_us;
}

static bool
cf_runs(const struct explain *explain, uint8_t instance)
{
    const struct topo_instance *it = &explain->lab->topo.instances[instance];

    for (unsigned slot = 1; slot <= TOPO_SLOTS; slot++) {
        if (it->slots[slot].type == CARD_CF &&
            explain_card_pid(explain->lab, it->name, CARD_CF, slot) != 0)
            return true;
    }
    return false;
}

static bool
led_last(const struct explain *explain, uint8_t instance)
{
    int64_t led_us = last_led_us(explain, instance);

    return led_us > last_led_us(explain, (uint8_t)(1 - instance));
}

/* The one that runs longest of those that have calls of their own; NULL: none runs. */
static const struct notes *
eldest(const struct explain *explain, uint8_t instance)
{
    const struct notes *best = NULL;

    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *source = &explain->sources[i];

        if (source->instance == instance && source->runs && source->notes->role != SMGR_STANDBY &&
            (!best || source->notes->led_from < best->led_from))
            best = source->notes;
    }
    return best;
}

static bool
any_runs(const struct explain *explain, uint8_t instance)
{
    for (size_t i = 0; i < explain->n; i++) {
        if (explain->sources[i].instance == instance && explain->sources[i].runs)
            return true;
    }
    return false;
}

/* Its session managers say so; if none of them runs, that they led last, and a CF runs. */
bool
explain_serves(const struct explain *explain, uint8_t instance)
{
    if (any_runs(explain, instance))
        return eldest(explain, instance) != NULL;
    return led_last(explain, instance) && cf_runs(explain, instance);
}

/* ---- session managers that failed ---------------------------------------------------------- */

/* Did one of that number take over from it, or is it told of in the ledger of a takeover? */
static bool
has_heir(const struct explain *explain, const struct explain_source *source)
{
    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *other = &explain->sources[i];

        if (other->sessmgr != source->sessmgr || other->notes->led == 0)
            continue;
        if (other->instance == source->instance
                ? explain_predecessor(explain, other) == source
                : other->notes->led_at_us > source->notes->led_at_us)
            return true;
    }
    return false;
}

bool
explain_has_failed(const struct explain *explain, const struct explain_source *source)
{
    const struct notes *notes = source->notes, *now = eldest(explain, source->instance);

    if (source->runs || notes->led == 0 || notes->role == SMGR_STANDBY ||
        !explain_serves(explain, source->instance))
        return false;
    if (now && (notes->led < now->led_from || notes->restart != now->restart))
        return false;
    return !has_heir(explain, source);
}

static bool
is_record(const struct notes *peer, const struct note *note)
{
    struct sighting has = fate_match(peer, note);

    return has.note && has.note->state == NOTE_RECORD;
}

static struct explain_failed
count_failed(const struct explain *explain, const struct explain_source *source,
             explain_loss_fn *each, void *ctx)
{
    const struct explain_source *peer =
        explain_running(explain, (uint8_t)(1 - source->instance), source->sessmgr);
    struct explain_failed failed = {
        .sessmgr = source->sessmgr,
        .slot = source->slot,
        .epoch = source->notes->led,
        .replaced = explain_running(explain, source->instance, source->sessmgr) != NULL,
    };

    for (uint32_t slot = 1; slot <= source->notes->top; slot++) {
        struct sighting had = {.notes = source->notes, .note = &source->notes->notes[slot]};

        if (!fate_is_left(&had))
            continue;
        failed.lost++;
        failed.records += is_record(peer ? peer->notes : NULL, had.note);
        each(ctx, had.note, FATE_CARD);
    }
    return failed;
}

struct explain_service
explain_service(const struct explain *explain, uint8_t instance, explain_loss_fn *each, void *ctx)
{
    struct explain_service service = {.serves = explain_serves(explain, instance)};

    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *source = &explain->sources[i];
        struct explain_failed failed;

        if (source->instance != instance || !explain_has_failed(explain, source))
            continue;
        failed = count_failed(explain, source, each, ctx);
        service.failed[service.n++] = failed;
        service.lost += failed.lost;
        service.records += failed.records;
    }
    return service;
}

/* ---- a chassis that gave way --------------------------------------------------------------- */

static uint64_t
dropped(const struct notes *notes)
{
    uint64_t n = 0;

    for (uint32_t slot = 1; slot <= notes->top; slot++) {
        struct sighting had = {.notes = notes, .note = &notes->notes[slot]};

        n += fate_is_dropped(&had);
    }
    return n;
}

/* The one of the other chassis that had gone on meanwhile. */
static const struct explain_source *
winner(const struct explain *explain, const struct explain_source *source)
{
    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *other = &explain->sources[i];

        if (other->instance != source->instance && other->sessmgr == source->sessmgr &&
            fate_went_on(other->notes, source->notes))
            return other;
    }
    return NULL;
}

struct explain_yield
explain_yield(const struct explain *explain, uint8_t instance)
{
    struct explain_yield yield = {0};

    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *source = &explain->sources[i], *to;

        if (source->instance != instance || !source->runs || source->notes->led == 0 ||
            source->notes->role != SMGR_STANDBY)
            continue;
        to = winner(explain, source);
        if (!to)
            continue;
        yield.known = true;
        yield.to = to->instance;
        yield.took_over = source->notes->led_from;
        yield.epoch = to->notes->led;
        yield.dropped += dropped(source->notes);
    }
    return yield;
}
