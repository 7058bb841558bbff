/* explore_world.h - two SRP cores, the hellos between them, and all that may happen next
 *
 * A world is one state of the exploration. Its steps are the reader's choices: who hears or
 * loses what first, who dies, whose cards report. Nothing is random.
 *
 * Ownership  a world is a plain value: copied for each step
 * Time       virtual: it passes in XS_TIME only, to the next deadline of either core
 * Errors     the first promise a step breaks is kept in the world
 * Threads    any
 */
#ifndef VPCLAB_SIM_EXPLORE_WORLD_H
#define VPCLAB_SIM_EXPLORE_WORLD_H

#include <stddef.h>

#include "cf/srp/srp_fsm.h"

enum {
    X_QUEUE = 2,  /* hellos in flight one way; one more pushes the oldest out */
    X_FAIR = 20,  /* dead intervals after which all is well again */
    X_TEXT = 160, /* of a broken promise */
};

#define X_HELLO_US INT64_C(1000000)
#define X_DEAD_US  INT64_C(3000000)

/* Steps. Those of one chassis come twice, A's first. */
#define X_STEPS(X)                                                                                 \
    X(XS_TIME, "time passes to the next deadline")                                                 \
    X(XS_LINK, "the link goes down, or comes up")                                                  \
    X(XS_DELIVER, "hears the oldest hello in flight")                                              \
    X(XS_CARDS, "its cards report that the order is carried out")                                  \
    X(XS_INITIATE, "srp initiate-switchover")                                                      \
    X(XS_FORCE, "srp initiate-switchover force")                                                   \
    X(XS_TERMINATE, "srp terminate-post-process")                                                  \
    X(XS_MONITOR, "a monitor fails, or recovers")                                                  \
    X(XS_START, "starts, or goes on after it was stopped")                                         \
    /* faults */                                                                                   \
    X(XS_LOSE, "the oldest hello to it is lost")                                                   \
    X(XS_TWICE, "hears the oldest hello, a copy of which is still in flight")                      \
    X(XS_UNFIT, "its cards report that none can serve")                                            \
    X(XS_CRASH, "dies")                                                                            \
    X(XS_STOP, "is stopped")                                                                       \
    X(XS_CF, "its standby CF goes on in its place")                                                \
    X(XS_LATE_CF, "its standby CF goes on, which did not hear of the last change")                 \
    X(XS_MUTE, "what it sends is lost from now on, or no longer")

enum xstep {
#define X(name, text) name,
    X_STEPS(X)
#undef X
        XS_N,
};

/* A step as the paths keep it: what, and to whom. */
enum { XA_N = XS_N * 2 };

/* Planted bugs, each with the promise it must be caught by. */
#define X_PLANTS(X)                                                                                \
    X(XP_NONE, "none", "")                                                                         \
    X(XP_DEAF_ACTIVE, "deaf-active", "R1")           /* an Active yields to no other */            \
    X(XP_SAME_EPOCHS, "same-epochs", "R2")           /* both start even epochs */                  \
    X(XP_EMPTY_ADOPT, "empty-adopt", "R2")           /* a CF adopts nothing */                     \
    X(XP_HASTY, "hasty-standby", "R5")               /* a lost connection is a dead peer */        \
    X(XP_OPEN_GATES, "open-gates", "R3")             /* a Standby serves */                        \
    X(XP_TWIN, "twin-addresses", "R4")               /* both compute the same answer */            \
    X(XP_FORGOTTEN_ANSWER, "forgotten-answer", "R6") /* hellos never carry the answer */           \
    X(XP_EAGER_REFUSAL, "eager-refusal", "R6")       /* a refused command changes the phase */     \
    X(XP_ENDLESS_PENDING, "endless-pending", "R7")   /* no time limit in pending states */         \
    X(XP_OLD_INCARNATION, "old-incarnation", "R8")   /* a start counts as an earlier one */        \
    X(XP_NO_DELTA, "no-delta", "M2")                 /* both announce alike */                     \
    X(XP_EAGER_ROUTES, "eager-routes", "M4")         /* routes go out before the sessions */

enum xplant {
#define X(name, text, breaks) name,
    X_PLANTS(X)
#undef X
        XP_N,
};

struct xsky {
    struct srp_hello hello[X_QUEUE]; /* the oldest first */
    size_t n;
};

/* How often something may still happen on one path. */
struct xbudget {
    uint8_t faults;
    uint8_t switches; /* commands that are not refused */
    uint8_t monitors; /* that fail */
};

struct xworld {
    struct srp core[2];
    struct xsky to[2]; /* in flight, by receiver */
    bool alive[2], stopped[2];
    bool mute[2]; /* its hellos are lost */
    bool link;
    bool clean; /* no fault so far, and nobody was slower than the clock */
    struct xbudget left;
    uint64_t committed[2];       /* newest epoch whose sessions the cards have */
    struct srp_snapshot said[2]; /* what the standby CF was told last */
    struct srp_snapshot late[2]; /* ... and before that, while it may still be all it has */
    bool may_be_late[2];
    uint64_t starts;
    uint8_t options;  /* of both: SRP_ALLOW_... */
    bool ignore_dead; /* of both */
    mono_t now;
    enum xplant plant;
    const char *broken; /* name of a promise, or NULL */
    char why[X_TEXT];
};

/* Where an exploration begins. */
enum xroot {
    XR_INIT,  /* both in Init */
    XR_ALONE, /* A in Init, B not started */
    XR_READY, /* Active and Standby, ready for a switchover */
    XR_EARLY, /* ... with an early transition */
    XR_BFD,   /* ... that ignore the dead interval, and audit first */
    XR_N,
};

void xworld_begin(struct xworld *w, enum xroot root, const struct xbudget *budget,
                  enum xplant plant);
const char *xroot_text(enum xroot root);

/* Take one step; false: it is not possible here, or would change nothing. */
bool xworld_step(struct xworld *w, unsigned action);

/* ---- explore_core.c: one core ---- */

bool xworld_runs(const struct xworld *w, int i);
void xworld_start(struct xworld *w, int i);

/* The control connection of a chassis comes, or goes. */
void xworld_connect(struct xworld *w, int i, bool up);

/* What cards report that have done what they are ordered; is that what they reported? */
struct srp_cards xcore_cards(const struct srp *srp);
bool xcore_has_obeyed(const struct srp *srp);

/* One event to one core, its duties carried out. */
void xworld_give(struct xworld *w, int i, struct srp_event ev);

/* explore_fair.c: end all faults and let all happen in order, until the pair is settled or X_FAIR dead
 * intervals went by: R8. `say`, if given, hears of each step that was taken. */
void xworld_fair(struct xworld *w, void (*say)(const struct xworld *w, unsigned action));

/* Keep that a promise is broken; the first one stays. */
void xworld_break(struct xworld *w, const char *promise, const char *why);

/* ---- what explore_check.c asks of every state, and of every step ---- */

void xcheck_state(struct xworld *w);
void xcheck_step(struct xworld *w, int i, const struct srp *before, const struct srp_event *ev,
                 const struct srp_result *r);

/* Is nothing in flight, and does each know the other as it is? */
bool xcheck_heard(const struct xworld *w);

/* One Active and one Standby, no change of roles under way, and both know. */
bool xcheck_settled(const struct xworld *w);

/* The cells of the core's tables that any world executed, as "31 of 40". */
void xcheck_coverage(char text[X_TEXT]);

/* ---- explore_state.c ---- */

/* 128 bits: equal for worlds that behave alike, whatever the clock and the counters say. */
struct xhash {
    uint64_t a, b;
};
struct xhash xworld_hash(const struct xworld *w);

/* A set of hashes that grows. */
struct xset {
    struct xhash *slot; /* all zero: empty */
    size_t size, n;
};
void xset_init(struct xset *set);
void xset_fini(struct xset *set);
bool xset_add(struct xset *set, struct xhash hash); /* false: it was there */

#endif
