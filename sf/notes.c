#include "sf/notes.h"

#include <assert.h>
#include <string.h>

static const char magic[8] = "VPCNOT2";

size_t
notes_size(uint32_t capacity)
{
    return sizeof(struct notes) + ((size_t)capacity + 1) * sizeof(struct note);
}

struct notes *
notes_init(void *memory, uint8_t instance, uint32_t capacity, uint64_t incarnation)
{
    struct notes *notes = memory;

    memset(notes, 0, sizeof *notes); /* each note once it is used */
    memcpy(notes->magic, magic, sizeof magic);
    notes->note_len = sizeof(struct note);
    notes->capacity = capacity;
    notes->instance = instance;
    notes->incarnation = incarnation;
    return notes;
}

const struct notes *
notes_over(const void *memory, size_t len)
{
    const struct notes *notes = memory;

    if (len < sizeof *notes || memcmp(notes->magic, magic, sizeof magic) != 0 ||
        notes->note_len != sizeof(struct note) || notes->top > notes->capacity ||
        len < notes_size(notes->capacity))
        return NULL;
    return notes;
}

struct note *
note_at(struct notes *notes, uint32_t slot)
{
    assert(slot > 0 && slot <= notes->capacity);
    while (notes->top < slot) {
        memset(&notes->notes[notes->top + 1], 0, sizeof(struct note));
        notes->top++;
    }
    return &notes->notes[slot];
}

void
note_move(struct notes *notes, uint32_t slot, enum note_state state, uint64_t epoch, mono_t now)
{
    struct note *note = note_at(notes, slot);

    note->state = (uint8_t)state;
    note->epoch = (uint32_t)epoch;
    note->at_ms = note_ms(now);
}

void
note_begin(struct notes *notes, uint32_t slot, const struct sess *sess, enum note_state state,
           uint64_t epoch, mono_t now)
{
    *note_at(notes, slot) = (struct note){
        .imsi = sess->imsi,
        .call_id = sess->call_id,
        .teid = sess->teid,
        .addr = sess->ue_addr,
        .vpn = sess->vpn,
        .since_ms = note_ms(sess->since),
        .ebi = sess->ebi,
        .ims = sess->volte,
    };
    note_move(notes, slot, state, epoch, now);
}

void
note_recover(struct notes *notes, uint32_t slot, uint64_t epoch, mono_t now)
{
    struct note *note = note_at(notes, slot);

    note->from_full_ms = note->full.done_ms;
    note->from_micro_ms = note->micro.done_ms;
    note->full = note->micro = (struct note_scale){0};
    note_move(notes, slot, NOTE_RECOVERED, epoch, now);
}

void
note_tried(struct note_scale *scale, unsigned n, mono_t now)
{
    if (n == 0)
        return;
    scale->tried += n;
    scale->tried_ms = note_ms(now);
}

void
note_failed(struct note_scale *scale, unsigned n)
{
    scale->failed += n;
}

void
note_done(struct note_scale *scale, mono_t now)
{
    scale->done_ms = note_ms(now);
}

bool
note_is_there(const struct note *note)
{
    static const bool there[NOTE_STATES] = {
#define X(name, text, is) [name] = (is),
        NOTE_STATES_X(X)
#undef X
    };

    return note->state < NOTE_STATES && there[note->state];
}

const char *
note_state_name(enum note_state state)
{
    static const char *const names[NOTE_STATES] = {
#define X(name, text, is) [name] = (text),
        NOTE_STATES_X(X)
#undef X
    };

    return state < NOTE_STATES ? names[state] : "unknown";
}

uint32_t
note_ms(mono_t now)
{
    return (uint32_t)(now.us / US_PER_MS);
}

uint32_t
note_age_ms(uint32_t then_ms, uint32_t now_ms)
{
    return now_ms - then_ms;
}
