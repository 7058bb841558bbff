/* explain.h - the notes of all session managers of a lab, and what they say of calls
 *
 * Each session manager keeps a file of notes (sf/notes.h); that of the start before stands
 * beside it. Nothing is asked of the processes: of those that were killed only this is left.
 *
 * Ownership  explain_close gives the mapped files back
 * Time       that of the notes; ages are taken at the last moment the writer was alive
 * Errors     absence is a result
 * Threads    main
 */
#ifndef VPCLAB_EXPLAIN_H
#define VPCLAB_EXPLAIN_H

#include "lab/lab.h"
#include "sf/fate.h"

enum { EXPLAIN_SOURCES = TOPO_INSTANCES * TOPO_SESSMGRS * 2, EXPLAIN_CALLS = 32 };

struct explain_source {
    uint8_t instance, sessmgr, slot; /* the slot of the card that wrote it */
    bool before;                     /* of the start before */
    bool runs;                       /* the process that wrote it */
    const struct notes *notes;
    size_t len;
};

struct explain {
    const struct lab *lab;
    size_t n;
    struct explain_source sources[EXPLAIN_SOURCES];
};

void explain_open(struct explain *explain, const struct lab *lab);
void explain_close(struct explain *explain);

/* One call in the notes of all that know it, the latest last; and what became of it. */
struct explain_call {
    size_t n;
    struct explain_seen {
        const struct explain_source *source;
        const struct note *note;
    } seen[TOPO_INSTANCES * 2];
    enum fate fate; /* for the instance that was asked about, or the other one if that is dead */
};

/* The calls of a subscriber, the oldest first; their number, at most EXPLAIN_CALLS. */
size_t explain_calls(const struct explain *explain, uint8_t instance, uint64_t imsi,
                     struct explain_call calls[EXPLAIN_CALLS]);

/* The last takeover of an instance, session manager by session manager. */
struct explain_ledger {
    uint64_t epoch; /* 0: it never took over from a chassis whose notes are there */
    uint64_t before, recovered, lost;
    uint64_t by_fate[FATES];
};
typedef void explain_loss_fn(void *ctx, const struct note *note, enum fate fate);
struct explain_ledger explain_ledger(const struct explain *explain, uint8_t instance,
                                     explain_loss_fn *each, void *ctx);

#endif
