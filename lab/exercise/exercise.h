/* exercise.h - hidden faults for a class: what is broken, what the customer says, how it is graded
 *
 * An exercise is a row of a table: a title and a symptom that do not tell the fault, three hints
 * that lead to the commands which show it, the right answer (a cause and a place), how it is broken
 * and put back, and the sign by which a customer notices. Texts have holes for what is known when
 * it begins: {active}, {standby}, {cf} (the slot of the Active's CF that stands by), {lead} (of its
 * active CF), {net} (127.N), {bind} (the Active's end of the SRP link).
 *
 * Ownership  rows and words are static; texts are the caller's
 * Time       none; seconds are told by the caller
 * Errors     what is none is NULL or false
 * Threads    any
 */
#ifndef VPCLAB_EXERCISE_H
#define VPCLAB_EXERCISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* cause, word, what it says. Also those of no exercise: an answer is a choice. */
#define EXERCISE_CAUSES(X)                                                                         \
    X(CARD_DEAD, "card-dead", "the process of a card has ended")                                   \
    X(CARD_FROZEN, "card-frozen", "the process of a card is there and does nothing")               \
    X(LINK_CUT, "link-cut", "nothing passes a link, neither way")                                  \
    X(ONE_WAY_CUT, "one-way-cut", "what one end of a link sends does not arrive")                  \
    X(TIMERS_DIFFER, "timers-differ", "a timer of SRP is not the same on both chassis")            \
    X(POOLS_DIFFER, "pools-differ", "an address pool is not the same on both chassis")             \
    X(PEER_ADDRESS, "peer-address", "a chassis looks for its peer where that is not")              \
    X(AAA_SILENT, "aaa-silent", "an authentication server does not answer")                        \
    X(BGP_DOWN, "bgp-down", "the session with a router is down")                                   \
    X(NO_APPLY, "no-apply", "checkpoints arrive and are not applied")                              \
    X(DISK_FULL, "disk-full", "a CF can write to no file")                                         \
    X(CLOCK_WRONG, "clock-wrong", "the clock of a card is wrong")

enum exercise_cause {
#define X(name, ...) EXERCISE_##name,
    EXERCISE_CAUSES(X)
#undef X
        EXERCISE_CAUSE_N
};

/* What a customer may notice: bits. */
enum exercise_sign {
    EXERCISE_SIGN_ROLES = 1,    /* not one Active and one Standby */
    EXERCISE_SIGN_COPY = 2,     /* the Standby's copy of the calls is not complete */
    EXERCISE_SIGN_CARD = 4,     /* a card does not run or does not answer */
    EXERCISE_SIGN_CONFIG = 8,   /* the chassis are not configured alike */
    EXERCISE_SIGN_MONITOR = 16, /* something outside is down, as the Active sees it */
    EXERCISE_SIGN_APPLY = 32,   /* calls whose checkpoints the Standby cannot apply */
    EXERCISE_SIGN_LEASE = 64,   /* the fault of the exercise is still in force */
};

/* How it is broken: by lines on the console of a chassis, a line to the outside world, signals to
 * a card, a lease of common/fault/fault.h. */
enum exercise_by {
    EXERCISE_BY_CONSOLE,
    EXERCISE_BY_WORLD,
    EXERCISE_BY_KILL,
    EXERCISE_BY_FREEZE,
    EXERCISE_BY_FAULT
};

enum { EXERCISE_HINTS = 3, EXERCISE_TEXT = 1024, EXERCISE_WORD = 64 };

struct exercise {
    const char *title, *symptom, *hints[EXERCISE_HINTS];
    enum exercise_cause cause;
    const char *place; /* as targets of common/fault/fault.h are written */
    enum exercise_by by;
    bool calls;        /* ... then calls are opened, and stay */
    bool restart;      /* what was mended has to start anew, the place */
    const char *where; /* on whose console, or "world"; NULL for signals, which hit the place */
    const char *brk, *mend;  /* what is entered there; of a lease: kind, target, amount */
    enum exercise_sign sign; /* the customer calls when it shows */
};

/* Who plays which part, from the beginning to the end. */
struct exercise_cast {
    const char *active, *standby, *bind;
    unsigned cf, net;
};

/* What was seen of a lab. */
struct exercise_facts {
    bool one_active, one_standby, synced;
    size_t cards_missing, differences, monitors_down;
    uint64_t failing;
    bool lease;
};

/* What became of an exercise. */
struct exercise_result {
    unsigned hints, wrong; /* hints taken, answers that were not right */
    bool cause, place;     /* of the last answer */
    bool mended;           /* no sign of anything is left, by the learner's doing */
};

/* Number 1 is the first; NULL: there is no such number. */
const struct exercise *exercise_get(unsigned number);

const char *exercise_cause_word(enum exercise_cause cause);
const char *exercise_cause_text(enum exercise_cause cause);
bool exercise_cause_read(const char *word, enum exercise_cause *cause);

/* The text with its holes filled; false when it does not fit. */
bool exercise_fill(const char *text, const struct exercise_cast *cast, char *out, size_t room);

/* The signs that show; 0: the lab is healthy. */
unsigned exercise_signs(const struct exercise_facts *facts);

/* Of a sign, one clause for those who begin: "the chassis are not configured alike". */
const char *exercise_sign_text(enum exercise_sign sign);

/* Of 100: 30 for the cause, 30 for the place, 40 for mending; less 10 for each hint and 5 for each
 * wrong answer, and never less than 0. */
unsigned exercise_points(const struct exercise_result *result);

#endif
