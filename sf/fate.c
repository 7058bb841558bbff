#include "sf/fate.h"

#include "common/base/teid.h"
#include "sf/smgr.h"

struct sighting
fate_match(const struct notes *notes, const struct note *note)
{
    uint32_t slot = teid_slot(note->teid);
    struct sighting match = {.notes = notes};

    if (notes && slot >= 1 && slot <= notes->top && notes->notes[slot].teid == note->teid &&
        notes->notes[slot].call_id == note->call_id && notes->notes[slot].imsi == note->imsi)
        match.note = &notes->notes[slot];
    return match;
}

uint32_t
fate_find(const struct notes *notes, uint64_t imsi, uint32_t slot)
{
    while (++slot <= notes->top) {
        const struct note *note = &notes->notes[slot];

        if (note->state != NOTE_NONE && note->imsi == imsi)
            return slot;
    }
    return 0;
}

/* It was not told of in full when its chassis ended. */
static enum fate
untold(const struct sighting *had)
{
    uint32_t now_ms = note_ms((mono_t){.us = had->notes->beat_us});
    uint32_t age_ms = note_age_ms(had->note->since_ms, now_ms);

    if (!had->notes->reached)
        return FATE_NOT_READY;
    if (had->note->full.tried == 0 && age_ms <= had->notes->duration_ms[had->note->ims])
        return FATE_YOUNG;
    return FATE_IN_FLIGHT;
}

/* What its own session manager says of its end, if it has ended there. */
static enum fate
ended(const struct note *note)
{
    switch (note->state) {
    case NOTE_CLOSED:
    case NOTE_REMOVED:
        return FATE_CLOSED;
    case NOTE_PURGED:
        return FATE_AUDIT;
    case NOTE_YIELDED:
        return FATE_DUAL;
    case NOTE_LEFT:
        return FATE_FORCED;
    case NOTE_SWEPT:
        return FATE_CARD;
    default:
        return FATES;
    }
}

/* Has another call come to its slot since they took over? */
static bool
replaced(const struct notes *has, const struct note *note)
{
    uint32_t slot = teid_slot(note->teid), led_ms = note_ms((mono_t){.us = has->led_at_us});
    const struct note *other;

    if (has->led == 0 || slot < 1 || slot > has->top)
        return false;
    other = &has->notes[slot];
    return other->teid != note->teid && other->state != NOTE_NONE &&
           (int32_t)note_age_ms(led_ms, other->since_ms) > 0;
}

/* Was it dropped in favour of whom took over, and not at an earlier change? */
static bool
was_dropped_since_it_led(const struct sighting *had)
{
    return (int32_t)(had->note->epoch - (uint32_t)had->notes->led) >= 0;
}

bool
fate_went_on(const struct notes *notes, const struct notes *rival)
{
    return notes->led_from != 0 && notes->led_from < rival->led_from && rival->led < notes->led;
}

bool
fate_is_in_place(const struct notes *has, const struct notes *had)
{
    return had->led != 0 && had->role != SMGR_STANDBY && has->led_from == had->led &&
           has->restart == had->restart;
}

bool
fate_is_left(const struct sighting *had)
{
    return had->notes->role != SMGR_STANDBY &&
           (had->note->state == NOTE_OPEN || had->note->state == NOTE_RECOVERED);
}

bool
fate_is_dropped(const struct sighting *had)
{
    return had->note->state == NOTE_YIELDED && was_dropped_since_it_led(had);
}

bool
fate_counts(const struct sighting *had, const struct notes *has)
{
    uint32_t led_ms = note_ms((mono_t){.us = has->led_at_us});

    switch (had->note->state) {
    case NOTE_YIELDED:
    case NOTE_LEFT:
    case NOTE_HANDED:
        if (!was_dropped_since_it_led(had))
            return false;
        break;
    case NOTE_OPEN:
    case NOTE_RECOVERED:
    case NOTE_RECORD:
        break;
    default:
        return false;
    }
    return (int32_t)note_age_ms(had->note->since_ms, led_ms) >= 0;
}

enum fate
fate_of(const struct sighting *had, const struct sighting *has)
{
    enum fate fate;

    if (has->note) {
        if (has->note->state == NOTE_OPEN || has->note->state == NOTE_RECOVERED)
            return FATE_SERVED;
        fate = ended(has->note);
        if (fate != FATES)
            return fate;
    }
    fate = ended(had->note);
    if (fate != FATES)
        return fate;
    if (has->notes && fate_is_left(had) && fate_is_in_place(has->notes, had->notes))
        return FATE_CARD;
    if (has->notes && !has->note && replaced(has->notes, had->note))
        return FATE_FORGOTTEN;
    if (!has->notes || has->notes->role == SMGR_STANDBY)
        return has->note && has->note->state == NOTE_RECORD ? FATE_RECORD : FATE_UNCLAIMED;
    if (has->note && has->note->state == NOTE_REFUSED)
        return FATE_REFUSED;
    return had->note->held ? FATE_BROKEN : untold(had);
}

const char *
fate_word(enum fate fate)
{
    static const char *const words[FATES] = {
#define X(name, word, text, lost) [name] = (word),
        FATES_X(X)
#undef X
    };

    return fate < FATES ? words[fate] : "unknown";
}

const char *
fate_text(enum fate fate)
{
    static const char *const texts[FATES] = {
#define X(name, word, text, lost) [name] = (text),
        FATES_X(X)
#undef X
    };

    return fate < FATES ? texts[fate] : "unknown";
}

bool
fate_is_loss(enum fate fate)
{
    static const bool lost[FATES] = {
#define X(name, word, text, is) [name] = (is),
        FATES_X(X)
#undef X
    };

    return fate < FATES && lost[fate];
}
