/* sim.h - two chassis in virtual time: one seed is one execution, judged after every step
 *
 * Each chassis is two control functions (the real sso core; srp, cards, audit and monitor
 * cores where one leads), a modelled demux and two or three real session managers, joined as the
 * processes join them. Around them a router (the real rib), clients that call through its best path,
 * an operator, and two links that lose, delay, duplicate, reorder, cut and reset.
 *
 * A seed is expanded into options (options.c) and a schedule of disturbances (schedule.c) before
 * anything runs, so that leaving one disturbance out changes no other: that is what
 * shrinking does. world.c plays, check_*.c judge, sim.c counts.
 *
 * Ownership  sim_run owns all it needs; its memory is kept for the next run
 * Time       virtual microseconds
 * Errors     a broken invariant is in the verdict, an assertion of a core, too
 * Threads    one run at a time in a process
 */
#ifndef VPCLAB_SIM_H
#define VPCLAB_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cf/srp/srp_fsm.h"
#include "cf/sso.h"
#include "common/base/mono.h"
#include "common/base/rng.h"
#include "lab/record/scenario.h"

enum {
    VERDICT_TEXT = 240,
    SCHEDULE_MOST = 256,
    SSO_EVENTS = 4,
    FAULT_KINDS = 48,   /* room for enum disturbance_kind */
    CKPT_KINDS = 8,     /* ... for enum ckpt_type, */
    CKPT_VERDICTS = 16, /* enum ckpt_reason */
};

/* R roles, M routes, A monitors, S sessions, K checkpoints, B billing, O inside an instance. */
#define INVARIANTS(X)                                                                              \
    X(NONE, "none")                                                                                \
    X(R1, "with hellos flowing both Active for at most a hello interval and 100 ms")               \
    X(R2, "epochs never fall, are started once, and what is older changes nothing")                \
    X(R3, "a Standby serves nothing")                                                              \
    X(R4, "both compute opposite roles from the same two hellos")                                  \
    X(R5, "loss of a connection is not death")                                                     \
    X(R6, "a planned switchover completes, is undone, or is refused and changes nothing")          \
    X(R7, "pending states end within their bound")                                                 \
    X(R8, "once all faults are gone the pair converges")                                           \
    X(M1, "the router never prefers a Standby to an Active that announces")                        \
    X(M2, "the Active's route modifier is the lower one")                                          \
    X(M3, "route modifiers rise step by step and return at the threshold only")                    \
    X(M4, "sessions before routes, flush before switchover, withdrawal before announcement")       \
    X(A1, "only the Active probes, and hands over only when the rule is fulfilled")                \
    X(A2, "a switchover caused by AAA is not reverted by AAA")                                     \
    X(A3, "guard timers hold, and no ping-pong")                                                   \
    X(S1, "acknowledged sessions are never lost")                                                  \
    X(S2, "the ledger of sessions closes")                                                         \
    X(S3, "with a good link what is older than the checkpoint duration is acknowledged")           \
    X(S4, "an acknowledged delete never comes back")                                               \
    X(S5, "no address, TEID, subscriber or call-id has two owners")                                \
    X(S6, "recovered sessions have no less time left than they had")                               \
    X(S7, "a planned switchover loses no session and no counted packet")                           \
    X(K1, "micro-checkpoints build on what they name, in order")                                   \
    X(K2, "NACKs keep to what is configured, and are answered in full")                            \
    X(K3, "LZ4 only where both ends have it, else zlib")                                           \
    X(K4, "no checkpoint is applied before the standby is ready")                                  \
    X(K5, "queues are bounded, and what overflows is made good by a resync")                       \
    X(K6, "copies become complete, and an audit finds all that differs and nothing else")          \
    X(K7, "a session keeps its APN, service and context, whatever their numbers")                  \
    X(B3, "no session counts more packets than passed")                                            \
    X(O1, "the standby CF knows what the active one is")                                           \
    X(O2, "a CF switchover within the dead interval is no chassis switchover")                     \
    X(O3, "another CF's MAC flips no role")                                                        \
    X(P5, "what is no message changes nothing, and every message is understood")                   \
    X(CORE, "no assertion of a core fails")

enum invariant {
#define X(name, text) INV_##name,
    INVARIANTS(X)
#undef X
        INVARIANT_N
};

/* A fault in the simulator's own shell, so that each checker is seen to catch something. */
#define PLANTS(X)                                                                                  \
    X(NONE, "none", NONE)                                                                          \
    X(DEAF_ACTIVE, "deaf-active", R1)   /* an Active does not listen to hellos */                  \
    X(SULKING, "never-yields", R1)      /* an outranked Active's Pending-Standby is undone */      \
    X(EPOCH_FALLS, "epoch-falls", R2)   /* a takeover lowers the epoch */                          \
    X(EPOCH_TWINS, "epoch-twins", R2)   /* both start the same epochs */                           \
    X(EAGER, "eager-standby", K4)       /* takes data after the first heartbeat */                 \
    X(NO_FRESHNESS, "no-freshness", R2) /* stale hellos are believed */                            \
    X(AMNESIA, "forgets-its-peer", R2)  /* a CF that goes on forgot what was heard */              \
    X(OLD_EPOCHS, "old-epochs", R2)     /* checkpoints of older epochs are applied */              \
    X(DEAF_CARDS, "deaf-cards", R3)     /* cards hear of Active only */                            \
    X(OPEN_GATES, "open-gates", R3)     /* session managers never close a gate */                  \
    X(NEVER_ALONE, "never-alone", R3)   /* cards without any CF go on */                           \
    X(TWIN, "twin-chassis", R4)         /* both are configured alike, address included */          \
    X(RANK_LIES, "rank-in-transit", R4) /* a hello's priority changes on its way */                \
    X(LINK_DEATH, "link-is-death", R5)  /* a lost connection counts as a dead peer */              \
    X(IMPATIENT, "impatient", R5)       /* the dead interval runs three times as fast */           \
    X(PREEMPT, "preempt", R5)           /* a Standby takes an Active for one that starts */        \
    X(LOST_ANSWER, "lost-answer", R6)   /* answers to requests are not heard */                    \
    X(ENDLESS_NEITHER, "endless-neither", R6) /* a planned takeover begins anew at its end */      \
    X(REFUSAL_MOVES, "refusal-moves", R6)     /* a refused switchover raises the epoch */          \
    X(BLIND_CHECK, "blind-check", R6) /* the act sees other session managers than the check */     \
    X(NO_WAY_BACK, "no-way-back", R6) /* a rolled back switchover changes the order */             \
    X(ENDLESS, "endless-pending", R7) /* a pending state has no limit */                           \
    X(ENDLESS_LEAVING, "endless-leaving", R7) /* the leaving chassis has no limit */               \
    X(NO_RESYNC, "no-resync", R8)             /* streams never open again */                       \
    X(SLEEPY_STANDBY, "sleepy-standby", R8)   /* a Standby never speaks again */                   \
    X(STUCK_ROUTE, "stuck-route", M4)         /* routes are never withdrawn */                     \
    X(UPSIDE_DOWN, "upside-down-router", M1)  /* the longest path is the best */                   \
    X(SWAPPED_RM, "swapped-modifiers", M2)    /* the Active announces the longer path */           \
    X(NO_THRESHOLD, "no-threshold", M3)       /* route modifiers climb for ever */                 \
    X(CREEPING_RM, "creeping-modifier", M3)   /* each reconnection costs a prepend */              \
    X(TWO_STEPS, "two-steps", M3)             /* the Standby rises by twice the delta */           \
    X(SINKING_RM, "sinking-modifier", M3)     /* a hello in 40 tells of the modifier before */     \
    X(ROUTES_FIRST, "routes-first", M4)       /* routes are announced before sessions are there */ \
    X(PARTIAL_COMMIT, "partial-commit", M4)   /* one session manager is not waited for */          \
    X(NO_WITHDRAWAL, "no-withdrawal", M4)     /* a demux says withdrawn and is not */              \
    X(ONE_ENOUGH, "one-server-enough", A1)    /* one silent server counts as all */                \
    X(BLIND_MONITOR, "blind-monitor", A1)     /* a failure is never a reason to hand over */       \
    X(PROBING_STANDBY, "probing-standby", A1) /* monitors never hear that they are not Active */   \
    X(NO_LATCH, "forgotten-latch", A2)        /* the new Active hands over for AAA again */        \
    X(NO_GUARD, "no-guard", A3)               /* guard timers never run */                         \
    X(EARLY_ACK, "early-ack", S1)             /* frames are acknowledged, not applied */           \
    X(LOSSY_TAKEOVER, "lossy-takeover", S1)   /* a record is dropped on taking over */             \
    X(LOSSY_CRASH, "lossy-crash", S1)         /* ... only when the peer chassis is dead */         \
    X(BAD_LEDGER, "bad-ledger", S2)           /* a session goes without a word */                  \
    X(ONE_CAUSE, "one-cause", S2)             /* the chassis' ledger counts a call too many */     \
    X(SILENT_OPEN, "silent-open", S3)         /* some sessions are never checkpointed */           \
    X(STUCK_RESYNC, "stuck-resync", S3)       /* what a resync tells again is not confirmed */     \
    X(LOST_PART, "lost-part", S1)             /* micro-checkpoints of signalling lose their way */ \
    X(OLD_PART, "old-part", K1)               /* ... or tell of what was before */                 \
    X(NACK_STORM, "nack-storm", K2)           /* NACKs know no limit */                            \
    X(NACK_UNASKED, "nack-unasked", K2)       /* NACKs though none are configured */               \
    X(NACK_DISABLED, "nack-disabled", K2)     /* ... of a CMD-ID for which they are disabled */    \
    X(DEAF_TO_NACK, "deaf-to-nack", K2)       /* nobody answers a NACK */                          \
    X(LOST_DELETE, "lost-delete", S4)         /* delete checkpoints lose their target */           \
    X(TWO_OWNERS, "two-owners", S5)           /* an address is given out twice */                  \
    X(SHARED_ADDRESS, "shared-address", S5)   /* two session managers give out an address */       \
    X(CALL_IDS, "two-call-ids", S5)           /* a call-id is given out twice */                   \
    X(ORPHANS, "orphan-bearers", S5)          /* an audit leaves a bearer without its session */   \
    X(STALE_BEARERS, "stale-bearers", R8)     /* changes of bearers are not told */                \
    X(ROTTING, "rotting-records", K6)         /* records of a Standby change by themselves */      \
    X(BLIND_AUDIT, "blind-audit", K6)         /* an audit is complete without comparing */         \
    X(KEEPS_EXTRA, "keeps-extra", S4)         /* an audit with sync forgets what is extra */       \
    X(AUDIT_OWN, "audits-its-own", K6)        /* one that drains has its own sessions audited */   \
    X(HASTY_AUDIT, "hasty-audit", K6)         /* the first session manager's end is all's */       \
    X(LOST_ORDER, "lost-order", K6)           /* an audit is ordered once, and never again */      \
    X(OPEN_ROUND, "open-round", K6)           /* a resync is never ended */                        \
    X(FORGOTTEN_PART, "forgotten-part", S1)   /* of parts that wait together one is lost */        \
    X(BROOM, "new-broom", S1)                 /* a record that was confirmed is swept */           \
    X(LOST_YIELDING, "lost-yielding", S1)     /* one that stands by loses a record */              \
    X(YOUNG_COUNTED, "young-counted", S2)     /* calls too young to be sent count as recovered */  \
    X(DEAF_DELETE, "deaf-delete", S4)         /* deletes are acknowledged, not done */             \
    X(HASTY_DELETE, "hasty-delete", S4)       /* deletes are taken for heard once they are sent */ \
    X(CALLS_ANEW, "calls-anew", S5)       /* an heir gives out call-ids from the first one on */   \
    X(AGING, "aging-records", S6)         /* a record is older than its session */                 \
    X(ANY_BASE, "any-base", K1)           /* a part is applied to whatever stands there */         \
    X(ONE_BASE, "one-base", K1)           /* full checkpoints have no number of their own */       \
    X(GUESSED_GAP, "guessed-gap", K1)     /* a frame is applied though one before is missing */    \
    X(ECHO, "echo", K1)                   /* a frame that comes twice is applied twice */          \
    X(NACK_ON, "nack-on", K2)             /* a full checkpoint ends no NACKs */                    \
    X(LZ4_ALONE, "lz4-alone", K3)         /* LZ4 though the peer has it not */                     \
    X(RESTLESS_ALGO, "restless-algo", K3) /* a stream goes over to zlib */                         \
    X(KEPT_TRIAL, "kept-trial", K4)       /* heartbeats of another connection count */             \
    X(NO_CREDIT, "no-credit", K5)         /* frames are sent whatever the receiver admits */       \
    X(NO_OVERFLOW, "no-overflow", K5)     /* deletes that were given up are forgotten */           \
    X(SHORT_TIMERS, "short-timers", S6)   /* recovered sessions are a minute older */              \
    X(NO_FLUSH, "no-flush", M4)           /* a switchover does not wait for the flush */           \
    X(LOST_ACCOUNTS, "lost-accounts", S7) /* the last statistics are not waited for */             \
    X(NO_DRAIN, "no-drain", S7)           /* the last statistics are not merged */                 \
    X(DOUBLE_COUNT, "double-count", B3)   /* packets count twice after a takeover */               \
    X(STALE_SHOT, "stale-snapshot", O1)   /* the standby CF believes its first hello for ever */   \
    X(FORGETFUL, "forgetful-cf", O2)      /* a CF that takes over starts from nothing */           \
    X(MODEST_CF, "modest-cf", O3)         /* a CF that takes over an Active steps down */          \
    X(GULLIBLE, "gullible", P5)           /* hellos cut short are filled up with zeroes */         \
    X(SSO_TWINS, "late-order", CORE)      /* a timer fires in the past */                          \
    X(MOVED_POOLS, "moved-pools", S5)     /* other pools forget what calls have of those before */ \
    X(MOVED_NUMBERS, "moved-numbers", K7) /* names have the numbers of each new configuration */   \
    X(IGNORED_MAP, "ignored-map", K7)     /* numbers of the peer are taken for our own */

enum plant {
#define X(name, text, invariant) PLANT_##name,
    PLANTS(X)
#undef X
        PLANT_N
};

/* One thing done to the pair. */
struct disturbance {
    uint16_t number; /* 1.. in the full schedule */
    uint8_t kind;    /* enum disturbance_kind in world.h */
    uint8_t side, proc;
    uint8_t phase; /* not SRP_SETTLED: done `delay_us` after a side enters this phase */
    bool here;     /* ... to the side that enters it, whichever that is */
    int64_t at_us; /* ... the first time after this */
    int64_t delay_us;
    int64_t us;    /* how long it lasts, or other amount */
    uint64_t dice; /* seed of what else it needs to choose */
};

struct schedule {
    size_t n;
    struct disturbance items[SCHEDULE_MOST];
};

struct sim_options {
    uint64_t seed;
    unsigned minutes;
    enum plant plant;
    bool verbose;                    /* transcript to stdout */
    int64_t tail_us;                 /* ... of the last so many microseconds only; 0: all */
    const struct schedule *use;      /* instead of the seed's own */
    const struct scenario *scenario; /* instead of the seed: options, and what is done */
    struct sim_played *played;       /* NULL, or where the states of the chassis are noted */
};

/* What the chassis did, in order; times are those of the scenario. */
struct sim_played {
    struct scenario_state states[SCENARIO_STATES];
    size_t n;
};

struct sim_verdict {
    enum invariant broken; /* INV_NONE: none */
    mono_t at;             /* since the start */
    char text[VERDICT_TEXT];
    uint64_t hash; /* of every event: same seed, same hash */
    uint64_t steps, takeovers, planned, refused, recovered, opened, faults;
    uint64_t acked;  /* acknowledged sessions looked for at takeovers, and found */
    uint64_t lost;   /* sessions lost with a cause */
    uint64_t audits; /* completed, of chassis; below: of a session manager */
    uint64_t compared, differed;
    struct schedule schedule; /* what was done, or would have been */
};

void sim_run(const struct sim_options *options, struct sim_verdict *verdict);
/* What disturbs that seed. */
void sim_schedule(const struct sim_options *options, struct schedule *schedule);
void sim_print_options(const struct sim_options *options);
const char *sim_plant_name(enum plant plant);
enum invariant sim_plant_breaks(enum plant plant);
const char *sim_invariant_name(enum invariant invariant); /* its letter */
const char *sim_invariant_text(enum invariant invariant);
void sim_print_disturbance(const struct disturbance *d);

/* modes.c: other things than seeds; exit status */
int sim_plants(unsigned minutes);
int sim_twice(uint64_t start, uint64_t n, unsigned minutes);

/* scenario.c: plays a scenario and compares it with the lab's run; exit status. With `out` writes it
 * there with what its chassis did here instead. Or writes that of a seed. */
int sim_scenario(const char *path, const struct sim_options *options, const char *out);
int sim_scenario_out(const char *path, const struct sim_options *options);

/* shrink.c: leave out disturbances as long as the same invariant breaks; runs forked. */
void sim_shrink(const struct sim_options *options, struct sim_verdict *verdict);

/* coverage.c: cells of the srp tables executed in this process, or in shared memory. */
struct coverage {
    uint32_t states[SRP_INPUTS]; /* bits of chassis states */
    uint32_t phases[SRP_STEPS];  /* bits of phases */
    uint32_t sso[SSO_EVENTS];    /* event type: bits of CF states */
    /* disturbances that changed something, by the phase their side was in */
    uint64_t faults[SRP_PHASE_N][FAULT_KINDS];
    uint64_t ckpt[CKPT_KINDS][CKPT_VERDICTS]; /* messages, by type and what became of them */
};
extern struct coverage *coverage_now;                             /* counted here; never NULL */
bool coverage_report(const struct coverage *coverage, bool list); /* true: complete */
void coverage_srp(const struct srp *srp); /* a core is at its end: what it executed */
void coverage_add(struct coverage *sum, const struct coverage *one);

#endif
