/* fate.h - what became of a call when its chassis ended: went on, or lost for one cause
 *
 * Judged from the notes of two session managers of one number: of the chassis that had the call,
 * as they stood when it ended, and of the one that took its place.
 *
 * Ownership  borrows the notes
 * Time       milliseconds of the notes
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_FATE_H
#define VPCLAB_FATE_H

#include "sf/notes.h"

/* fate, word for scripts, sentence, lost? */
#define FATES_X(X)                                                                                 \
    X(FATE_SERVED, "served", "is served", false)                                                   \
    X(FATE_RECORD, "record", "is a call recovery record", false)                                   \
    X(FATE_CLOSED, "closed", "was closed", false)                                                  \
    X(FATE_FORGOTTEN, "forgotten", "is not known any more: another call has its place", false)     \
    X(FATE_UNCLAIMED, "unclaimed", "nobody has taken over from its chassis", false)                \
    X(FATE_YOUNG, "young", "lost: younger than the checkpoint duration", true)                     \
    X(FATE_IN_FLIGHT, "in-flight", "lost: its checkpoint was not acknowledged", true)              \
    X(FATE_REFUSED, "not-applied", "lost: its checkpoint could not be applied", true)              \
    X(FATE_NOT_READY, "not-ready", "lost: its session manager was not connected to its peer",      \
      true)                                                                                        \
    X(FATE_CARD, "card-failure", "lost: its session manager failed, and its chassis went on",      \
      true)                                                                                        \
    X(FATE_AUDIT, "audit", "lost: failed the internal audit", true)                                \
    X(FATE_DUAL, "dual-active", "lost: opened while both chassis were Active", true)               \
    X(FATE_FORCED, "forced", "lost: left behind by a forced switchover", true)                     \
    X(FATE_BROKEN, "acknowledged", "lost, though it was acknowledged", true)

enum fate {
#define X(name, word, text, lost) name,
    FATES_X(X)
#undef X
        FATES
};

/* A note and the notes it is from; note NULL: they do not know the call. */
struct sighting {
    const struct notes *notes;
    const struct note *note;
};

/* Did the call of `had` stand when `has` took over: did it begin before, and had not ended? */
bool fate_counts(const struct sighting *had, const struct notes *has);

/* Of the call that `had` knows as its own, or had as its own; `has` are the notes of the other
 * chassis' session manager, NULL when there are none. */
enum fate fate_of(const struct sighting *had, const struct sighting *has);

/* Had `notes` calls of their own before `rival` took charge, and in a later epoch still: the
 * chassis never stood by, and the other one, which took over meanwhile, lost to it. */
bool fate_went_on(const struct notes *notes, const struct notes *rival);

/* Is `has` of the session manager that was started in the place of `had`, in the epoch in which
 * that one failed? Both chassis never lead in one epoch, so theirs is one; and by the restart
 * counter it went on, and did not begin anew itself. */
bool fate_is_in_place(const struct notes *has, const struct notes *had);

/* Was it a call of its own session manager to the end of that one? Lost with it, FATE_CARD, if the
 * chassis went on. */
bool fate_is_left(const struct sighting *had);

/* Was it dropped when its chassis gave way, in the epoch in which it led last, because the other one
 * never had it? */
bool fate_is_dropped(const struct sighting *had);

/* The same call in other notes: it has the same slot there. */
struct sighting fate_match(const struct notes *notes, const struct note *note);

/* The next note after `slot` of a call of that subscriber; 0: none. */
uint32_t fate_find(const struct notes *notes, uint64_t imsi, uint32_t slot);

const char *fate_word(enum fate fate);
const char *fate_text(enum fate fate);
bool fate_is_loss(enum fate fate);

#endif
