/* srp_fsm.h - which of the two chassis serves: the SRP decision, without I/O
 *
 * A chassis hears its peer's hellos and decides whether it is the one to serve. This
 * module is that decision: states and transitions of docs/staros.md "SRP", election, route
 * modifier, epochs, the dead interval, planned switchovers. It opens no socket, reads no clock
 * and writes no log: srp_link.c feeds it and carries out what it asks; tests/sim drives two.
 *
 *              first hello / alone                     sessions there, routes out
 *      Init ------------------------> Active <-------------------- Pending-Active
 *       |  hello of a serving peer    |    ^ refused, peer dead      ^
 *       v                             v    |                         | silence for the dead
 *    Standby <------------------ Pending-Standby                     | interval, or asked
 *       +------------------------------------------------------------+
 *
 * Two that serve: the outranked one stands down (route modifier, priority, MAC). Two that
 * idle: the higher one steps up. A chassis that lost its state in a restart never beats a
 * Standby, which holds the call recovery records.
 *
 * A planned switchover is a conversation in which each says in every hello how far it is (its
 * phase), so nothing is lost with a message. A leaves, B comes:
 *
 *    A  Active
 *    A  Pending-Standby  critical-flush     all checkpoints acknowledged, none taken
 *    A  Pending-Standby  request        ->  B  judges its readiness; refuses, or
 *    A  Pending-Standby  withdraw       <-  B  Pending-Active  recover
 *    A  Pending-Standby  accounting-flush   B  Pending-Active  await-withdrawal
 *          (routes are gone)            ->  B  Pending-Active  announce
 *    A  Pending-Standby  handed-over    ->  B  Pending-Active  reconcile, audit
 *    A  Standby                         <-  B  Active          post-process
 *
 * Until A withdrew, any failure takes both back to where they were; afterwards B goes on if A is
 * silent, and gives back what it cannot serve.
 * An unplanned takeover is recover, announce, audit.
 *
 * Ownership  struct srp is a plain value without pointers: copy, compare, print it
 * Time       mono_t of the lab clock, in every event; intervals in microseconds
 * Errors     none; bad bytes stop in srp_wire.c, stale hellos are counted
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_SRP_FSM_H
#define VPCLAB_SRP_FSM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/mono.h"
#include "common/msg/body.h"

enum {
    SRP_VERSION_TEXT = 32,
    /* Route modifiers: a high one until a peer was followed, then a pair around a base. */
    SRP_RM_BASE = 2,
    SRP_RM_START_PRIMARY = 33,
    SRP_RM_START_BACKUP = 34,
    /* Rows of the tables: what moves a chassis from state to state, and from phase to phase. */
    SRP_INPUTS = 15,
    SRP_STEPS = 4,
};

/* Of srp initiate-switchover, and of the switchovers that monitors cause. */
#define SRP_TIMEOUT_US      (300 * US_PER_S)
#define SRP_POST_TIMEOUT_US (900 * US_PER_S)

enum srp_mode { SRP_BACKUP, SRP_PRIMARY };

/* Switch reasons, numbered as in the MIB (starSRPSwitchReason). */
#define SRP_REASONS(X)                                                                             \
    X(SRP_NOT_DEFINED, 0, "notDefined")                                                            \
    X(SRP_AAA_FAILURE, 1, "aaaFailure")                                                            \
    X(SRP_BGP_FAILURE, 2, "bgpFailure")                                                            \
    X(SRP_BFD_FAILURE, 3, "bfdFailure")                                                            \
    X(SRP_DIAMETER_FAILURE, 4, "diameterFailure")                                                  \
    X(SRP_HSRP_SWITCHOVER, 5, "hsrpSwitchover")                                                    \
    X(SRP_CHASSIS_BFD_FAILURE, 6, "chassisChassisBfdFailure")                                      \
    X(SRP_DUAL_ACTIVE, 7, "dualActive")                                                            \
    X(SRP_DUAL_STANDBY, 8, "dualStandby")                                                          \
    X(SRP_DEAD_TIMER_EXPIRY, 9, "deadTimerExpiry")                                                 \
    X(SRP_FORCE_STATE_CHANGE, 10, "forceStateChange")                                              \
    X(SRP_MANUAL_SWITCHOVER, 11, "manualSwitchOver")                                               \
    X(SRP_EGQC_FAILURE, 12, "egqcFailure")

enum srp_reason {
#define X(name, value, text) name = value,
    SRP_REASONS(X)
#undef X
        SRP_REASON_N,
};

/* How far a change of roles is. The state says who waits, the phase for what. */
#define SRP_PHASES(X)                                                                              \
    X(SRP_SETTLED, "-")                                                                            \
    /* Pending-Standby */                                                                          \
    X(SRP_YIELD, "yield") /* outranked by a peer that serves, too */                               \
    X(SRP_FLUSH, "critical-flush")                                                                 \
    X(SRP_REQUEST, "request")                                                                      \
    X(SRP_WITHDRAW, "withdraw")                                                                    \
    X(SRP_ACCOUNT, "accounting-flush")                                                             \
    X(SRP_HANDED, "handed-over") /* all done: the peer will be Active */                           \
    /* Pending-Active; the last two also Active, after an early transition */                      \
    X(SRP_RECOVER, "recover")                                                                      \
    X(SRP_AWAIT, "await-withdrawal")                                                               \
    X(SRP_ANNOUNCE, "announce")                                                                    \
    X(SRP_RECONCILE, "reconcile") /* the peer's last statistics */                                 \
    X(SRP_AUDIT, "audit")                                                                          \
    /* Active */                                                                                   \
    X(SRP_POST, "post-process") /* until the old Active is a synchronised Standby */

enum srp_phase {
#define X(name, text) name,
    SRP_PHASES(X)
#undef X
        SRP_PHASE_N,
};

/* Why a switchover is refused; SRP_READY: it is not. */
#define SRP_REFUSALS(X)                                                                            \
    X(SRP_READY, "Ready for Switchover")                                                           \
    X(SRP_NOT_ACTIVE, "the chassis is not in Active state")                                        \
    X(SRP_BUSY, "the last switchover is still being processed")                                    \
    X(SRP_NO_PEER, "not connected to the peer chassis")                                            \
    X(SRP_PEER_NOT_STANDBY, "the peer chassis is not in Standby state")                            \
    X(SRP_SESSMGRS, "session managers are not connected to the peer chassis")                      \
    X(SRP_CONFIG, "the configurations differ")                                                     \
    X(SRP_MONITORS, "a monitor of the peer chassis is down")                                       \
    X(SRP_NO_CARDS, "a card that is needed is down")                                               \
    X(SRP_NO_RESPONSE, "the peer chassis did not respond")                                         \
    X(SRP_TAKEN_BACK, "the peer chassis goes on after all")                                        \
    X(SRP_LATE, "the takeover did not end in time")                                                \
    X(SRP_GIVEN_UP, "the peer chassis gave up its takeover")

enum srp_refusal {
#define X(name, text) name,
    SRP_REFUSALS(X)
#undef X
        SRP_REFUSAL_N,
};

/* Switchover options in force, as a mask (docs/staros.md "Switchover options"). */
enum {
    SRP_ALLOW_ALL_DATA = 1u << 0,
    SRP_ALLOW_VOLTE_DATA = 1u << 1,
    SRP_MAINTAIN_ACCOUNTING = 1u << 2,
    SRP_EARLY_ACTIVE = 1u << 3,
    SRP_CONTROL_OPTIMIZATION = 1u << 4,
    SRP_OPTIONS = 31,
};

/* What election compares. */
struct srp_rank {
    uint8_t route_modifier; /* lower wins */
    bool fresh;             /* a start value: nobody that has calls was followed yet */
    uint8_t mode;           /* enum srp_mode; only between two that start up */
    uint8_t priority;       /* lower wins */
    bool higher_wins;       /* ... or higher, when both say so: ST16 documents */
    uint8_t mac[6];         /* of the active CF; last three octets, higher wins */
    uint32_t addr;          /* bind address; higher wins when all else is equal */
};

struct srp_hello {
    uint64_t incarnation; /* since when the chassis holds its state */
    uint64_t cf_epoch;    /* grows with each CF switchover inside the chassis */
    uint64_t seq;         /* 1, 2, ... from one CF */
    uint64_t epoch;       /* raised by each takeover */
    uint8_t state;        /* enum chassis_state */
    uint8_t phase;        /* enum srp_phase */
    uint8_t reason;       /* enum srp_reason of the last change of state */
    struct srp_rank rank;
    uint64_t heard_seq;  /* last sequence number heard from the receiver; 0: none */
    uint8_t heard_state; /* ... and the state it said it was in */
    /* ... and from which life and CF of it: what an earlier one said proves nothing */
    uint64_t heard_incarnation, heard_cf_epoch;
    bool asks; /* for an echo at once: the speaker doubts that the receiver lives */
    uint32_t hello_ms, dead_ms;
    uint32_t checksum; /* of the configuration both must share */
    uint8_t restart;   /* GTP restart counter in force */
    uint8_t sessmgrs, sessmgrs_ready;
    uint32_t sessions;    /* live ones, or records */
    uint32_t monitors;    /* kinds that are down: bits 1 << reason */
    uint8_t options;      /* mask of SRP_ALLOW_... */
    uint32_t switch_id;   /* of the switchover asked for; 0: none yet */
    bool forced;          /* ... with force */
    uint32_t post_s;      /* ... its post-switch-timeout, seconds */
    uint32_t answer_id;   /* the receiver's request that is answered; 0: none */
    uint8_t answer;       /* enum srp_refusal: the answer */
    uint32_t validate_id; /* likewise for srp validate-switchover */
    uint32_t validated_id;
    uint8_t validated;       /* enum srp_refusal */
    uint8_t answer_sessmgrs; /* with SRP_SESSMGRS, either answer: how many */
    char version[SRP_VERSION_TEXT];
};

struct srp_setup {
    bool off; /* no bind address, or no peer: the chassis stays in Init and serves nothing */
    struct srp_rank rank; /* route_modifier and fresh are set by srp_init */
    uint32_t peer_addr;
    int64_t hello_us, dead_us, delay_us;
    uint8_t rm_threshold, rm_delta;
    uint32_t checksum;
    uint64_t incarnation;
    uint64_t cf_epoch;
    uint8_t restart;                /* counter to use if we become Active from Init */
    uint8_t options;                /* mask of SRP_ALLOW_... */
    bool ignore_dead;               /* bfd-mon-ignore-dead-interval */
    int64_t standby_announce_us;    /* advertise-routes-in-standby-state: after this; < 0: never */
    int64_t retry_us;               /* internal-switchover-retry-interval */
    uint8_t retries;                /* num-internal-switchover-retry */
    char release[SRP_VERSION_TEXT]; /* of our software, for the peer */
};

/* What the standby CF must know to go on in our place, and what it then adopts. */
struct srp_snapshot {
    uint8_t state; /* enum chassis_state */
    uint64_t incarnation, epoch;
    uint8_t route_modifier, restart;
    bool fresh; /* the route modifier is a start value */
    bool peer_known;
    uint64_t peer_incarnation, peer_cf_epoch, peer_epoch, peer_seq;
    uint8_t peer_state, peer_route_modifier;
    uint8_t phase, reason;
    bool planned, forced;
    uint32_t switch_id, answer_id;
    uint8_t answer, answer_sessmgrs;
    uint32_t timeout_ms, post_s; /* of the switchover under way, or wanted */
    bool standby_announced;      /* advertise-routes-in-standby-state: the hold-off is over */
    uint8_t want, want_left;     /* the switchover that is wanted, and the tries that are left */
    bool want_forced;
};

struct srp_counters {
    uint64_t hellos_sent, hellos_received, hellos_stale;
    uint64_t switchovers[SRP_REASON_N];
    uint64_t refused_here, refused_by_peer, rolled_back;
    uint64_t connection_losses; /* the TCP connection ended; says nothing about the peer */
    uint64_t hello_losses;      /* an interval of silence on a connection that stood */
};

/* What the cards are and have done, as the caller sees it. */
struct srp_cards {
    uint32_t order;          /* `done` speaks of this order of ours */
    unsigned done;           /* mask of DONE_... */
    bool serviceable;        /* a demux and at least one session manager live */
    uint8_t sessmgrs, ready; /* configured; connected with their peers */
    bool synced;             /* all session managers: everything is acknowledged, or received */
    uint32_t sessions;
};

/* A switchover that somebody wants and that was not accepted yet. */
struct srp_want {
    uint8_t reason; /* enum srp_reason; SRP_NOT_DEFINED: nobody wants one */
    bool forced;
    int64_t timeout_us, post_us;
    uint8_t left; /* tries */
    mono_t at;    /* next try */
};

/* The last `srp validate-switchover`. */
struct srp_validation {
    uint32_t id;     /* asked last; 0: never */
    bool known;      /* ... and answered */
    bool remote;     /* it was the peer chassis that judged */
    uint8_t refusal; /* enum srp_refusal */
    uint8_t sessmgrs;
    mono_t at;
};

/* A life of the peer that we do not know yet: believed when it has heard a hello of ours. */
struct srp_other {
    uint64_t incarnation, cf_epoch, seq; /* of the hello refused last */
    uint64_t proof_seq;                  /* ... it must have heard this one */
    uint8_t state;
    bool is_last; /* nothing else was heard since */
};

struct srp {
    struct srp_setup setup;
    enum chassis_state state;
    enum srp_phase phase;
    struct srp_rank rank;
    uint64_t incarnation, epoch;
    uint8_t restart;
    bool goes_on;            /* for another CF, with what that one had: it may be old */
    bool untold;             /* ... and nothing was heard of the peer since */
    uint64_t seq;            /* of our last hello */
    mono_t started, entered; /* this state entered at */
    mono_t standby_at;       /* Standby, or on the way from there to Active, since */
    mono_t phase_at;         /* this phase entered at */
    mono_t agreed_at;        /* leaving: the peer agreed at */
    mono_t hello_at;         /* our next hello */
    mono_t last;             /* last event: time never runs backwards */
    enum srp_reason reason;  /* of the last change of state */

    struct role_body role; /* as ordered last */
    struct srp_cards cards;

    bool planned; /* the change under way was agreed with the peer */
    bool forced;
    int64_t timeout_us; /* of the critical flush */
    int64_t post_us;    /* of post-switchover processing */
    uint32_t switch_id; /* of our last request */
    uint32_t answer_id; /* the peer's request we answered last */
    uint8_t answer, answer_sessmgrs;
    struct srp_want want;
    uint8_t monitors_want; /* enum srp_reason: the switchover the monitors want */
    uint8_t refusal;       /* enum srp_refusal of the last attempt */
    uint8_t refusal_sessmgrs;
    struct srp_validation validation;
    uint32_t validated_id;
    uint8_t validated, validated_sessmgrs;
    uint32_t monitors;     /* kinds that are down here: bits 1 << reason */
    bool chassis_bfd_down; /* every chassis-to-chassis BFD session is down ... */
    bool chassis_bfd_fell; /* ... and was up before, in the life of our demux */
    bool standby_announced;

    bool link_up;          /* the control connection stands */
    bool heard_any;        /* a hello was heard since the start */
    bool peer_known;       /* ... and one within the dead interval */
    struct srp_hello peer; /* the last one */
    mono_t heard;          /* ... at */
    mono_t echoed;         /* the peer's echo of our hellos last advanced at */
    uint64_t proof_seq;    /* Active yields only to a peer that heard this hello of ours */
    struct srp_other other;
    bool asks;      /* our next hello asks for an echo */
    mono_t loss_at; /* next instant at which silence counts as a hello lost */
    struct srp_counters counters;
    /* cells of the two tables that were used: bits of states, of phases */
    uint32_t seen_inputs[SRP_INPUTS], seen_steps[SRP_STEPS];
};

enum srp_event_type {
    SRP_EV_TICK, /* the deadline was reached, or just so */
    SRP_EV_HELLO,
    SRP_EV_LINK,       /* control connection up or down: no verdict about the peer */
    SRP_EV_CARDS,      /* what the cards are and have done */
    SRP_EV_FLOOR,      /* a card knows an epoch we do not: ours must lie above it, and the route
                          modifier of that order is younger than ours */
    SRP_EV_CF_EPOCH,   /* this CF rose above one that led meanwhile: the peer must hear of it */
    SRP_EV_SWITCHOVER, /* srp initiate-switchover */
    SRP_EV_VALIDATE,   /* srp validate-switchover */
    SRP_EV_TERMINATE,  /* srp terminate-post-process */
    SRP_EV_MONITOR,    /* what the monitors see, and whether they want to switch */
    SRP_EV_SETUP,      /* the configuration changed */
};

struct srp_event {
    mono_t now; /* never before the previous event's */
    enum srp_event_type type;
    struct srp_hello hello; /* SRP_EV_HELLO */
    bool up;                /* SRP_EV_LINK */
    uint64_t epoch;         /* SRP_EV_FLOOR, SRP_EV_CF_EPOCH */
    uint8_t route_modifier; /* SRP_EV_FLOOR; 0: none */
    struct srp_cards cards; /* SRP_EV_CARDS */
    bool force;             /* SRP_EV_SWITCHOVER */
    int64_t timeout_us, post_us;
    uint8_t reason;        /* SRP_EV_MONITOR: the switchover they want; SRP_NOT_DEFINED: none */
    uint32_t monitors;     /* kinds that are down: bits 1 << reason */
    bool chassis_bfd_down; /* all chassis-to-chassis BFD sessions, and there are some ... */
    bool chassis_bfd_fell; /* ... one of which was up before, in the life of our demux */
    const struct srp_setup
        *setup; /* SRP_EV_SETUP; incarnation, cf_epoch, restart stay as they are */
};

/* The caller's duties, done in this order before the next event. */
enum {
    SRP_DO_ROLE = 1u << 0,   /* give srp->role to the cards; report SRP_EV_CARDS as they obey */
    SRP_DO_HELLO = 1u << 1,  /* send srp_next_hello() */
    SRP_DO_PEER = 1u << 2,   /* the peer's known state changed, or it was found dead */
    SRP_DO_LEDGER = 1u << 3, /* a takeover ended: all that was recovered has been checked */
    SRP_DO_CAUSE =
        1u << 4, /* what we took over for is srp->peer.reason: the monitors latch by it */
    SRP_DO_SHARE = 1u << 5, /* the other CF must know at once: what it would go on with */
};

struct srp_result {
    unsigned actions;
    enum chassis_state from, to;
    enum srp_phase phase_from, phase_to;
    enum srp_reason reason;   /* when from differs from to */
    enum srp_refusal refusal; /* of SRP_EV_SWITCHOVER, SRP_EV_TERMINATE; else SRP_READY */
    uint8_t sessmgrs;         /* with SRP_SESSMGRS: how many are not connected */
    bool rolled_back;         /* a planned switchover ended where it began */
    bool stale;               /* the hello was refused: older than one heard before */
};

/* A chassis that starts, without any state. */
void srp_init(struct srp *srp, const struct srp_setup *setup, mono_t now);

/* A CF that goes on for the one that died: state, epoch and peer are kept, the dead interval
 * starts anew. A planned switchover is taken up where the peer may know of it, and rolled
 * back where it cannot. */
void srp_adopt(struct srp *srp, const struct srp_setup *setup, const struct srp_snapshot *snapshot,
               mono_t now);
struct srp_snapshot srp_snapshot(const struct srp *srp);

/* Apply one event: the only function that changes state. */
struct srp_result srp_step(struct srp *srp, const struct srp_event *ev);

/* When the next SRP_EV_TICK is due, at the latest. */
mono_t srp_deadline(const struct srp *srp);

/* The hello to send now; takes the next sequence number. */
struct srp_hello srp_next_hello(struct srp *srp);

/* When a switchover that is wanted is tried again; MONO_NEVER if none is, or no more. */
mono_t srp_retry_at(const struct srp *srp);

/* Would a switchover be accepted now? Judged by the Active, with all that it knows of both;
 * *sessmgrs: with SRP_SESSMGRS how many are not connected. */
enum srp_refusal srp_readiness(const struct srp *srp, bool force, uint8_t *sessmgrs);

/* Does `a` serve rather than `b`? Total and antisymmetric for two different addresses;
 * depends on states and ranks only, so both sides compute opposite answers. */
bool srp_wins(uint8_t a_state, const struct srp_rank *a, uint8_t b_state, const struct srp_rank *b);

/* How much a state is worth: to move calls as seldom as possible, and never away from a
 * chassis that has them to one that does not. A Standby that never followed an Active (it is
 * fresh) is worth no more than one in Init: 0. */
int srp_level(uint8_t state, const struct srp_rank *rank);

/* Has the peer confirmed one of our hellos within the dead interval? False: it is deaf. */
bool srp_peer_hears_us(const struct srp *srp, mono_t now);

/* May a hello claim that epoch? Not if ours, which must lie above it, could soon fit no more. A hello
 * with another one is not to be given to srp_step(). */
bool srp_epoch_fits(const struct srp *srp, uint64_t epoch);

const char *srp_reason_name(enum srp_reason reason);
const char *srp_phase_name(enum srp_phase phase);
const char *srp_refusal_text(enum srp_refusal refusal);

/* The longest a chassis may be in a pending state (invariant R7), with these intervals. */
int64_t srp_pending_limit(const struct srp *srp);

/* ---- for tests that walk the tables, and for the coverage the simulator prints ---- */

/* 0 cannot happen, 1 stays, 2 moves. */
int srp_cell(unsigned input, unsigned state);
int srp_phase_cell(unsigned input, unsigned phase);
const char *srp_input_name(unsigned input);
const char *srp_step_name(unsigned input);

#endif
