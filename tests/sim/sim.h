/* sim.h - two chassis in virtual time: one seed is one execution, judged after every step
 *
 * Each chassis is the real SRP core and two real session managers, joined as the processes
 * join them: the CF orders a role, the cards answer with the epoch they applied, the CF
 * reports that as recovered, and only then are routes announced. Around them a router that
 * follows the best path, a client that calls through it, and two links that lose, delay,
 * duplicate, reorder, cut and reset. world.c plays, check.c judges, sim.c counts.
 *
 * Ownership  sim_run owns all it needs and frees it
 * Time       virtual microseconds
 * Errors     a broken invariant is in the verdict; impossible states assert
 * Threads    one run at a time in a process
 */
#ifndef VPCLAB_SIM_H
#define VPCLAB_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "cf/srp/srp_fsm.h"
#include "common/base/mono.h"
#include "common/base/rng.h"
#include "sf/smgr.h"

enum { SIDES = 2, MANAGERS = 2, SLOTS = 64, GONE = 128, PENDING = 256, VERDICT_TEXT = 200 };

/* A fault in the simulator's own shell, so that each checker is seen to catch something. */
#define PLANTS(X)                                                                                  \
    X(PLANT_NONE, "none", 0)                                                                       \
    X(PLANT_DEAF, "deaf-active", 1)        /* an Active does not listen to hellos */               \
    X(PLANT_ZOMBIE, "deaf-cards", 2)       /* cards hear of Active only */                         \
    X(PLANT_TWIN, "twin-chassis", 3)       /* both are configured alike, address included */       \
    X(PLANT_EARLY_ACK, "early-ack", 4)     /* frames are acknowledged, not applied */              \
    X(PLANT_LOST_DELETE, "lost-delete", 6) /* delete checkpoints lose their target */              \
    X(PLANT_TWO_OWNERS, "two-owners", 6)   /* an address is given out twice */                     \
    X(PLANT_ENDLESS, "endless-pending", 8) /* a pending state has no limit */                      \
    X(PLANT_FORGETFUL, "forgetful-cf", 10) /* a CF that takes over starts from nothing */          \
    X(PLANT_STUCK_ROUTE, "stuck-route", 9) /* routes are never withdrawn */                        \
    X(PLANT_NO_RESYNC, "no-resync", 11)    /* streams never open again */

enum plant {
#define X(name, text, invariant) name,
    PLANTS(X)
#undef X
        PLANT_N
};

struct sim_options {
    uint64_t seed;
    unsigned minutes;
    enum plant plant;
    bool verbose;
};

struct sim_verdict {
    unsigned invariant; /* of design section "promises"; 0: none broken */
    mono_t at;
    char text[VERDICT_TEXT];
    uint64_t hash; /* of every event: same seed, same hash */
    uint64_t steps, takeovers, recovered, opened, faults;
    uint64_t acked; /* acknowledged sessions looked for at takeovers, and found */
};

void sim_run(const struct sim_options *options, struct sim_verdict *verdict);
const char *sim_plant_name(enum plant plant);
unsigned sim_plant_invariant(enum plant plant);

/* ---- between world.c and check.c ---- */

struct manager {
    struct smgr *smgr;
    void *memory;
    bool up;
    uint64_t life; /* incarnation */
    uint64_t copy; /* which copy of the peer's sessions this is; new when it is lost */
};

struct chassis {
    bool up, paused, cf_up;
    uint64_t life;
    struct srp srp;
    struct srp_setup setup;
    struct srp_snapshot shot, shot_before; /* what the standby CF knows, and knew */
    mono_t shot_at;
    uint64_t recover_epoch; /* cards not yet recovered for it: bits in recover_left */
    unsigned recover_left;
    struct manager managers[MANAGERS];
};

struct route {
    bool announced;
    uint8_t prepend;
};

/* What the checker knows of one session on the chassis that opened or recovered it. */
struct known {
    bool live, was_acked;
    uint64_t imsi, copy; /* copy: the standby's copy that has applied it; 0: none yet */
    uint32_t teid, call_id, addr;
};

struct gone {
    uint32_t teid, birth; /* birth: the create_seq, which no other session of a run has */
};

struct checker {
    struct known known[SIDES][MANAGERS][SLOTS + 1];
    struct known owed[SIDES][MANAGERS][SLOTS + 1]; /* by this side, since the other crashed */
    mono_t owed_since[SIDES][MANAGERS];
    struct gone pending[SIDES][MANAGERS][PENDING]; /* deletes not acknowledged yet */
    unsigned pending_n[SIDES][MANAGERS];
    struct gone gone[MANAGERS][GONE]; /* acknowledged: never to return */
    unsigned gone_n[MANAGERS];
    mono_t fault_at;      /* last fault: excuses what a crash before it left owed */
    mono_t trouble_until; /* hellos may be missing for another reason than a dead CF */
    mono_t cf_died_at[SIDES], cf_died_before[SIDES];
    mono_t pending_since[SIDES];
    bool is_pending[SIDES];
    mono_t both_active, flow_since;
    bool are_both_active;
    mono_t best_bad, serves_bad[SIDES];
    bool is_best_bad, is_serves_bad[SIDES];
};

struct sim {
    struct sim_options options;
    struct sim_verdict *verdict;
    mono_t now;
    struct rng rng;
    struct chassis chassis[SIDES];
    struct route routes[SIDES]; /* as the router knows them */
    struct checker checker;
    uint64_t copies;
};

/* The first violation is kept, later ones are its consequences. */
void sim_violated(struct sim *sim, unsigned invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Side with the router's best path; -1 if none. */
int sim_best(const struct sim *sim);

/* Events the checker has to know. */
void check_opened(struct sim *sim, int side, int manager, const struct sess *sess);
void check_changed(struct sim *sim, int side, int manager, const struct sess *sess);
void check_closing(struct sim *sim, int side, int manager, const struct sess *sess);
void check_hello(struct sim *sim, int to, const struct srp_hello *hello);
void check_fault(struct sim *sim);
void check_trouble(struct sim *sim, mono_t until);
void check_cf_died(struct sim *sim, int side);
void check_moved(struct sim *sim, int side, enum chassis_state to);
void check_flow_broken(struct sim *sim, mono_t until);
void check_lost(struct sim *sim, int side, int manager); /* crashed: state gone */
void check_standing_by(struct sim *sim, int side, int manager);
void check_promoted(struct sim *sim, int side, int manager, uint64_t copy);
/* A checkpoint message was received, sent by the peer when it held `copy`. */
void check_received(struct sim *sim, int side, int manager, uint64_t copy);
void check_table(struct sim *sim, int side, int manager);
void check_gone(struct sim *sim, int side, int manager);
void check_step(struct sim *sim);
void check_end(struct sim *sim);

#endif
