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

/* The last takeover of an instance, session manager by session manager: also by those that failed
 * since, and were started anew. Of one that went on, the calls before are those of the other
 * chassis, and recovered are those which it has, too. */
struct explain_ledger {
    uint64_t epoch; /* 0: it never took over from a chassis whose notes are there */
    bool went_on;   /* it never stood by: the other chassis had taken over, and lost to it ... */
    uint8_t rival;  /* ... that one ... */
    uint64_t rival_epoch; /* ... which had taken over in this epoch ... */
    bool rival_yielded;   /* ... and stood by then; else it ended */
    uint64_t before, recovered, lost;
    uint64_t by_fate[FATES];
};
typedef void explain_loss_fn(void *ctx, const struct note *note, enum fate fate);
struct explain_ledger explain_ledger(const struct explain *explain, uint8_t instance,
                                     explain_loss_fn *each, void *ctx);

/* The calls that a chassis lost since its last takeover while it served: those of session managers
 * that failed. Of each session manager the last start before is known, and the one that does not
 * run; if it failed more often, the calls of the others are not told. */
struct explain_service {
    bool serves; /* it leads; else nothing is told */
    uint64_t lost;
    uint64_t records; /* of these the other chassis still has a record: until the stream of a new
                         session manager sweeps it, a takeover would bring the call back */
    size_t n;
    struct explain_failed {
        uint8_t sessmgr, slot;
        uint64_t epoch; /* the last in which it led */
        uint64_t lost, records;
        bool replaced; /* another one runs in its place */
    } failed[TOPO_SESSMGRS * 2];
};
struct explain_service explain_service(const struct explain *explain, uint8_t instance,
                                       explain_loss_fn *each, void *ctx);

/* A chassis that took over from one that had never stopped, and gave way to it. */
struct explain_yield {
    bool known;
    uint8_t to;
    uint64_t took_over, epoch; /* in which it took over, and to which it gave way */
    uint64_t dropped;          /* calls it had opened and the other one never had; in notes that
                                  another call has not taken since */
};
struct explain_yield explain_yield(const struct explain *explain, uint8_t instance);

#endif
