/* losses.h - the history of calls lost by switchovers
 *
 * One entry a change of roles: how many calls there were, how many went on, and for each of the
 * others one cause (docs/staros.md "Call-loss statistics"). What there was, the peer's last hello and
 * its session managers said; what went on, ours say.
 *
 * Ownership  struct losses is a plain value without pointers
 * Time       mono_t for durations, wall clock for display, both passed in
 * Errors     none
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_LOSSES_H
#define VPCLAB_LOSSES_H

#include <stdbool.h>
#include <stdint.h>

#include "cf/cards.h"
#include "common/base/mono.h"

enum { LOSSES_KEPT = 10 };

/* cause, identifier for scripts, text */
#define LOSS_CAUSES(X)                                                                             \
    X(LOSS_YOUNG, "young", "Not yet checkpointed (duration)")                                      \
    X(LOSS_IN_FLIGHT, "in_flight", "Checkpoint not acknowledged")                                  \
    X(LOSS_NACK_LIMIT, "nack_limit", "Checkpoint not applied (NACK limit)")                        \
    X(LOSS_NACK_OFF, "nack_off", "Checkpoint not applied (NACK disabled)")                         \
    X(LOSS_NOT_READY, "not_ready", "Session manager not connected to its peer")                    \
    X(LOSS_FORCED, "forced", "Forced switchover")                                                  \
    X(LOSS_AUDIT, "audit", "Failed audit")                                                         \
    X(LOSS_DUAL_ACTIVE, "dual_active", "Opened while both chassis were Active")

enum loss_cause {
#define X(name, key, text) name,
    LOSS_CAUSES(X)
#undef X
        LOSS_CAUSE_N,
};

struct loss {
    uint32_t number; /* 1, 2, ... */
    int64_t wall_us; /* began at */
    int64_t took_us;
    uint8_t reason; /* enum srp_reason */
    uint32_t before, recovered, lost;
    uint32_t by_cause[LOSS_CAUSE_N]; /* sums up to lost */
};

/* What is known when a change of roles is over. */
struct loss_facts {
    uint32_t recovered;
    uint32_t audit_failed;
    struct cards_lost told; /* what session managers say of calls they had been told of ... */
    bool exact; /* ... which is all there were: a flush came before, and all copies were complete */
    bool forced, not_ready, young; /* young: a checkpoint duration is configured */
};

struct losses {
    struct loss kept[LOSSES_KEPT]; /* newest last */
    uint32_t n, numbers;
    struct loss now; /* under way */
    mono_t began;
    bool under_way;
    /* as of the last hello of the peer: session managers connected, deletions heard of */
    unsigned ready_heard, ready_before;
    uint64_t deleted_heard;
};

/* ---- what a change of roles does, seen from the cards ---------------------------------------- */

/* A hello of the peer came: its streams still stand, and its count of calls is of now. */
void losses_heard(struct losses *losses, const struct cards *cards);

/* We begin to take over, in that SRP epoch, from a peer that had `calls`, less those deleted since it said so. */
void losses_take_over(struct losses *losses, struct cards *cards, mono_t now, int64_t wall_us,
                      uint8_t reason, uint64_t epoch, uint32_t calls);

/* We have, and all that was taken over is checked; young: a checkpoint duration is configured. */
void losses_taken_over(struct losses *losses, const struct cards *cards, mono_t now, bool planned,
                       bool forced, bool young);

/* We stand down as the loser of two Actives; and have: the session managers dropped theirs. */
void losses_stand_down(struct losses *losses, struct cards *cards, mono_t now, int64_t wall_us,
                       uint8_t reason);
void losses_stood_down(struct losses *losses, const struct cards *cards, mono_t now);

/* ---- arithmetic -------------------------------------------------------------------------------- */

void losses_begin(struct losses *losses, mono_t now, int64_t wall_us, uint8_t reason,
                  uint32_t before);

/* We take over: what is missing has one cause, the narrowest that is known. */
void losses_end(struct losses *losses, mono_t now, const struct loss_facts *facts);

/* We stand down as the loser of two Actives and dropped `dropped` calls of our own. */
void losses_yield(struct losses *losses, mono_t now, uint32_t dropped);

/* It ended where it began. */
void losses_forget(struct losses *losses);
void losses_clear(struct losses *losses);

const char *loss_cause_text(enum loss_cause cause);
const char *loss_cause_key(enum loss_cause cause); /* "in_flight" */

#endif
