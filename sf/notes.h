/* notes.h - what became of each call: a note for each slot of a session manager
 *
 * One note tells of the call that has the slot, or had it last: who it is of, what of it was
 * checkpointed, and how it ended. Kept in memory that outlives the process (the caller maps a
 * file), notes say after a SIGKILL what the standby had acknowledged, and what was lost for
 * which reason (sf/fate.h). Bearers have none: they go with their call.
 *
 * Ownership  notes_size() bytes from the caller, once; zeroed, or what notes_init left there
 * Time       mono_t of the lab clock; in a note milliseconds of it, which wrap
 * Errors     notes_over returns NULL for bytes that are not notes
 * Threads    one writer; others read what they can bear to be half written
 */
#ifndef VPCLAB_NOTES_H
#define VPCLAB_NOTES_H

#include "sf/sess.h"

/* state, word, is it there? */
#define NOTE_STATES_X(X)                                                                           \
    X(NOTE_NONE, "none", false)                                                                    \
    X(NOTE_OPEN, "open", true)           /* opened here */                                         \
    X(NOTE_RECOVERED, "recovered", true) /* taken over */                                          \
    X(NOTE_RECORD, "record", true)       /* call recovery record of a Standby */                   \
    X(NOTE_CLOSED, "closed", false)      /* by its client, or for it */                            \
    X(NOTE_PURGED, "purged", false)      /* by the internal audit */                               \
    X(NOTE_YIELDED, "yielded", false)    /* dropped: the peer serves, and never had it */          \
    X(NOTE_LEFT, "left behind", false)   /* likewise, by a switchover that was forced */           \
    X(NOTE_HANDED, "handed over", false) /* dropped: the peer serves, and had applied it */        \
    X(NOTE_REMOVED, "removed", false)    /* record: the peer said that the call was deleted */     \
    X(NOTE_SWEPT, "swept", false)        /* record: a full resync did not name it */               \
    X(NOTE_REPLACED, "replaced", false)  /* record: another call has its key or address */         \
    X(NOTE_REFUSED, "refused", false)    /* no record: its full checkpoint was not applied */

enum note_state {
#define X(name, text, there) name,
    NOTE_STATES_X(X)
#undef X
        NOTE_STATES
};

/* Full checkpoints, or micro-checkpoints: sent, or received by a Standby. */
struct note_scale {
    uint32_t tried;             /* sent; received */
    uint32_t failed;            /* lost with their stream; not applied */
    uint32_t tried_ms, done_ms; /* the last one, and the last one that was acknowledged; applied */
};

struct note {
    uint64_t imsi;
    uint32_t call_id, teid;
    uint32_t addr;     /* of the subscriber, in the context `vpn` */
    uint32_t since_ms; /* connected */
    uint32_t epoch;    /* SRP epoch, low bits, in which the state began ... */
    uint32_t at_ms;    /* ... and when */
    uint8_t state;     /* enum note_state */
    uint8_t ebi;
    bool held; /* the peer has applied a full checkpoint of it, and not begun anew since */
    bool ims;  /* which checkpoint duration it waits for */
    uint8_t vpn;
    struct note_scale full, micro;
    /* Of one that was taken over: when what it was recovered from was applied; 0: nothing. */
    uint32_t from_full_ms, from_micro_ms;
};

/* A chassis that takes over claims an epoch that is above its predecessor's by at most so much
 * (srp_next_epoch()). */
enum { NOTES_EPOCH_STEP = 3 };

struct notes {
    char magic[8];
    uint32_t note_len; /* sizeof(struct note) of whoever wrote it */
    uint32_t capacity;
    uint32_t top; /* slots above it were never used */
    uint8_t instance;
    uint8_t role;            /* enum smgr_role */
    uint8_t slot;            /* of the card whose process writes; 0: not said */
    uint32_t pid;            /* of that process */
    uint8_t restart;         /* GTP restart counter of the chassis: another one, another chassis */
    bool reached;            /* the peer session manager takes checkpoints */
    uint32_t duration_ms[2]; /* checkpoint session duration: not IMS, IMS */
    uint64_t incarnation, epoch;
    uint64_t led_from; /* SRP epoch in which it last began to have calls of its own; 0: never ... */
    uint64_t led;      /* ... the last one in which it had: a later one if it went on ... */
    int64_t led_at_us; /* ... and when that one began */
    int64_t beat_us;   /* the writer was alive then */
    struct note notes[]; /* [1..capacity] */
};

size_t notes_size(uint32_t capacity);
struct notes *notes_init(void *memory, uint8_t instance, uint32_t capacity, uint64_t incarnation);

/* Notes that another process wrote, of `len` octets; NULL when they are not. */
const struct notes *notes_over(const void *memory, size_t len);

/* The note of a slot: NOTE_NONE while nobody had it. */
struct note *note_at(struct notes *notes, uint32_t slot);

/* A call is in the slot from now on; told of it is nothing yet. */
void note_begin(struct notes *notes, uint32_t slot, const struct sess *sess, enum note_state state,
                uint64_t epoch, mono_t now);

/* It is in another state. */
void note_move(struct notes *notes, uint32_t slot, enum note_state state, uint64_t epoch,
               mono_t now);

/* A record becomes a session: what is told of it is counted anew. */
void note_recover(struct notes *notes, uint32_t slot, uint64_t epoch, mono_t now);

/* How many of `n` were tried, or failed, or that all of those tried were applied. */
void note_tried(struct note_scale *scale, unsigned n, mono_t now);
void note_failed(struct note_scale *scale, unsigned n);
void note_done(struct note_scale *scale, mono_t now);

bool note_is_there(const struct note *note);
const char *note_state_name(enum note_state state);

/* Milliseconds of `now`, as notes have them; and from one to another. */
uint32_t note_ms(mono_t now);
uint32_t note_age_ms(uint32_t then_ms, uint32_t now_ms);

#endif
