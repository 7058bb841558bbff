/* chronicle.h - what a control function remembers for display: most calls, a history of calls by
 * the quarter of an hour, why they ended, and processes that died
 *
 * Fed with what the cards report, also on a CF that stands by, so that a CF that takes over has a
 * history. Session managers count since they were started; what is counted here are the
 * differences, so that one that is started anew neither takes away nor counts twice.
 *
 * Ownership  a plain value without pointers; zeroed is new
 * Time       wall clock, passed in
 * Errors     none
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_CHRONICLE_H
#define VPCLAB_CHRONICLE_H

#include "cf/cards.h"

enum {
    CRASHES_KEPT = 30,
    HISTORY_ROWS = 96, /* a day */
    HISTORY_S = 15 * 60,
};

#define CHRONICLE_COUNTERS(X)                                                                      \
    X(opened)                                                                                      \
    X(closed) /* replaced, peer_errors and audit_failed are among them */                          \
    X(refused)                                                                                     \
    X(replaced)                                                                                    \
    X(peer_errors)                                                                                 \
    X(audit_failed)                                                                                \
    X(superseded)

struct chronicle_count {
#define X(name) uint64_t name;
    CHRONICLE_COUNTERS(X)
#undef X
};

struct chronicle_row {
    int64_t wall_us; /* a quarter of an hour that begins then; the newest is not over */
    struct chronicle_count count;
};

/* Most there were, since when; 0: never any. */
struct peak {
    uint32_t most;
    int64_t wall_us;
};

/* A process that is gone without having been told to. One that was only silent, and comes back, is
 * taken off the list. */
struct crash {
    int64_t wall_us;
    uint8_t slot, type; /* enum card_type */
    uint16_t pid;       /* its low bits */
    uint64_t incarnation;
};

struct chronicle {
    struct crash crashes[CRASHES_KEPT]; /* oldest first */
    uint32_t crash_n;
    uint64_t ordered[CARDS_SLOTS + 1]; /* [slot]: the incarnation that was told to end; 0: none */
    struct chronicle_seen {
        uint64_t incarnation; /* 0: never heard */
        struct chronicle_count at;
    } seen[CARDS_ROWS + 1];      /* [row of the card table] */
    struct chronicle_count ends; /* since they were cleared */
    struct chronicle_row history[HISTORY_ROWS];
    uint32_t history_at, history_n; /* ring */
    struct peak ggsn, pgw;
};

/* A session manager of that row has counted so far. One that is heard for the first time begins
 * with what it has: that was before us. */
void chronicle_calls(struct chronicle *c, uint16_t row, uint64_t incarnation,
                     const struct card_calls *calls, int64_t wall_us);

/* So many calls there are now: of both generations. */
void chronicle_peaks(struct chronicle *c, uint32_t ggsn, uint32_t pgw, int64_t wall_us);

/* A process is gone: the session managers of one are one. It is back, the same start of it. */
void chronicle_gone(struct chronicle *c, const struct crash *crash);
void chronicle_back(struct chronicle *c, uint8_t slot, uint64_t incarnation);

/* An operator has it start anew, or halted: its end, which may be known already, is no crash. */
void chronicle_ordered(struct chronicle *c, uint8_t slot, uint64_t incarnation);

/* i-th newest row, 0 the one that is not over; NULL beyond the end. */
const struct chronicle_row *chronicle_row(const struct chronicle *c, uint32_t i);

/* Why calls ended: forget it. */
void chronicle_clear_ends(struct chronicle *c);

#endif
