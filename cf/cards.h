/* cards.h - the card table of one instance: which card is there, in what role, with how many calls
 *
 * Remembers what the cards last reported and answers the questions a control function has:
 * has every card committed an epoch, how many session managers are ready, what went with a
 * card that died. Session recovery is not modelled here yet: the calls of a session manager
 * that dies are lost, with that reason.
 *
 * The table has a row for each who reports: one of each card, whose number is the slot, and one of
 * each further session manager of an SF that hosts several, behind the last slot. Sums and "all of
 * them" go over rows; what is said of a card as a whole, over those of its slot.
 *
 * Ownership  plain value without pointers
 * Time       mono_t of the lab clock, passed in
 * Errors     none; a status for a row of another type, or of nobody, is ignored and returns false
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_CARDS_H
#define VPCLAB_CARDS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/mono.h"
#include "common/msg/body.h"

enum { CARDS_SLOTS = 48, CARDS_MORE = 254, CARDS_ROWS = CARDS_SLOTS + CARDS_MORE };

/* What became of calls since some moment. */
struct cards_calls {
    uint64_t opened, closed; /* closed: also those that an audit purged */
    uint64_t audit_failed, superseded;
};

struct card {
    uint8_t type; /* enum card_type as configured; 0: empty slot */
    bool spare;
    uint8_t sessmgr;
    uint8_t slot;  /* of rows behind the last slot: which card it belongs to */
    uint16_t next; /* row of the next session manager of the card; 0: none */
    bool alive;
    mono_t since;              /* alive or gone since */
    struct card_status status; /* last heard; meaningless while not alive */
    uint64_t incarnation;      /* of the process that reported last */
    uint32_t lost_last;        /* calls counted as lost at its last disappearance */
    struct cards_calls mark;   /* its counters since when cards_since_mark() counts */
    uint64_t mark_epoch;       /* set anew by its first report of that SRP epoch; 0: no more */
    uint64_t deaths;           /* of the card, in its first row */
    uint64_t calls_lost;
};

struct cards {
    struct card slots[CARDS_ROWS + 1]; /* [row]; [0]: of nobody */
    uint16_t more;                     /* rows in use behind the last slot */
    uint64_t calls_lost;               /* with cards that died while the chassis was Active */
};

/* Sums over the living session managers; sessmgrs: all that are configured. */
struct cards_totals {
    unsigned sessmgrs, alive, ready, synced;
    uint32_t sessions, sessions_v2;
    unsigned lz4;           /* session managers whose stream is LZ4 */
    struct card_status sum; /* counters only */
};

void cards_init(struct cards *cards);
void cards_set(struct cards *cards, uint8_t slot, uint8_t type, bool spare, uint8_t sessmgr);

/* The SF in that slot hosts one more session manager; there are at most 255 in all. */
void cards_add(struct cards *cards, uint8_t slot, uint8_t sessmgr);

/* The row of that session manager of the card (0: a card, or spare, without one); 0: there is no
 * such. The first session manager of an SF has the slot's own. */
uint16_t cards_row(const struct cards *cards, uint8_t slot, uint8_t sessmgr);

/* Rows are 1 to this. */
uint16_t cards_rows(const struct cards *cards);

bool cards_heard(struct cards *cards, uint16_t row, const struct card_status *status, mono_t now);

bool cards_alive(const struct cards *cards, uint16_t row);

/* The card of a slot as a whole: it is there while one of its session managers is. */
struct cards_whole {
    uint8_t sessmgr;   /* its first one; 0: none */
    unsigned sessmgrs; /* how many */
    bool alive;
    bool peer_ready, synced; /* all of them */
    uint32_t sessions;
    uint64_t calls_lost;
};
struct cards_whole cards_whole(const struct cards *cards, uint8_t slot);
bool cards_there(const struct cards *cards, uint8_t slot); /* its `alive` alone */

/* A row is gone. Returns how many calls went with it; counted when `serving`. */
uint32_t cards_gone(struct cards *cards, uint16_t row, bool serving, mono_t now);

/* It shows up. If it is the same start of the same process, its calls were never lost. */
void cards_back(struct cards *cards, uint16_t row, uint64_t incarnation);

/* Are all living session managers and the demux in this state of this epoch, with at least one
 * session manager among them? For display; a switchover goes by cards_done(). */
bool cards_committed(const struct cards *cards, uint8_t state, uint64_t srp_epoch);

/* What the living cards have done of order number `order` of the CF of `cf_epoch`: mask of
 * DONE_... (common/msg/body.h). `forced`: session managers without a peer are not waited for when
 * flushing. */
unsigned cards_done(const struct cards *cards, uint64_t cf_epoch, uint32_t order, bool forced);

/* The epoch that a chassis in `state` of `srp_epoch` must not lie below, for what this card reports
 * of orders. One that stood by in that very epoch, by order of another CF, will not serve in it. */
uint64_t cards_floor(const struct card_status *status, uint64_t cf_epoch, uint8_t state,
                     uint64_t srp_epoch);

/* The route modifier that it was ordered with; 0: with none that a chassis should go on with. */
uint8_t cards_modifier(const struct card_status *status);

/* The living card with the highest floor, if that lies above `srp_epoch`; NULL: none does. */
const struct card_status *cards_above(const struct cards *cards, uint64_t cf_epoch, uint8_t state,
                                      uint64_t srp_epoch);

/* A demux lives. */
bool cards_demux(const struct cards *cards);

/* A demux and at least one session manager live. */
bool cards_serviceable(const struct cards *cards);

struct cards_totals cards_totals(const struct cards *cards);

/* Sums of what the session managers found missing when they took over (CALL_COUNTERS, lost_...), of
 * those that have since cards_mark(). */
struct cards_lost {
    uint64_t young, in_flight, nack_limit, nack_off, not_ready;
    unsigned known; /* session managers that had complete copies */
};
struct cards_lost cards_lost(const struct cards *cards);

/* Count from here on; and what the living session managers have counted since. With an SRP epoch,
 * that of a takeover: each from the moment at which it had its calls, since its last report may
 * be old, and one of a card that is stopped is. *kept: the calls they have that were not opened
 * since, and those they had and closed. */
void cards_mark(struct cards *cards, uint64_t epoch);
struct cards_calls cards_since_mark(const struct cards *cards, uint64_t *kept);

/* SPOF column: could no other card take this one's place? False for spares and empty slots. */
bool cards_spof(const struct cards *cards, uint8_t slot);

#endif
