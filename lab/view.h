/* view.h - a lab as its processes describe it right now
 *
 * One reading of everything `status` shows and `wait` waits for: which processes run (their
 * locked pid files), what the active CF of each instance says, where the router's best
 * paths point. What does not answer is absent, never last known.
 *
 * Ownership  a plain value
 * Time       a reading takes as long as the slowest process, at most view_read's timeout
 *            for each
 * Errors     none: absence is a result
 * Threads    main
 */
#ifndef VPCLAB_VIEW_H
#define VPCLAB_VIEW_H

#include "common/conf/topo.h"

enum { VIEW_WORD = 32, VIEW_CFS = 2, VIEW_FAULTS = 64 };

struct view_card {
    enum card_type type;
    int pid;                   /* 0: does not run */
    bool reported;             /* the active CF speaks of it: the fields below count */
    bool cf_alive;             /* as the active CF sees it */
    char state[VIEW_WORD];     /* "Active", "Standby", ...; of a CF what it says itself */
    uint8_t sessmgr, sessmgrs; /* first instance number, and how many; 0: no SF, or the spare */
    uint64_t sessions;         /* of all of them */
    bool peer_ready, synced;   /* all of them */
};

struct view_instance {
    char name[TOPO_NAME];
    uint8_t cf; /* slot of the active CF; 0: none answers */
    uint64_t cf_epoch, srp_epoch;
    char chassis[VIEW_WORD], peer[VIEW_WORD], connection[VIEW_WORD]; /* "" when no CF answers */
    uint32_t route_modifier;
    uint64_t sessions, calls_lost;
    bool synced;
    uint32_t ggsn, pgw;    /* where these services answer, as configured now; 0: nowhere */
    char route[VIEW_WORD]; /* "best", "announced", "none"; "" when the world is silent */
    struct view_card cards[TOPO_SLOTS + 1];
};

struct view_fault {
    uint32_t id;
    bool waits; /* not in force yet */
};

struct view {
    uint8_t instance_n;
    struct view_instance instances[TOPO_INSTANCES];
    int world_pid;
    bool world_answers;
    size_t fault_n; /* leases there are; who reads the view fills them in when they are asked for */
    struct view_fault faults[VIEW_FAULTS];
};

/* ---- questions, pure ---------------------------------------------------------------- */

/* One Active and one Standby chassis, and every session manager of both synchronised. */
bool view_synced(const struct view *view);

/* Are the two names of a state the same? Case, '-', '_' and blanks do not count. */
bool view_same_word(const char *a, const char *b);

/* The instance whose chassis is in that state; NULL when there is none or more than one. */
const struct view_instance *view_in_state(const struct view *view, const char *state);

#endif
