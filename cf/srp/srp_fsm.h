/* srp_fsm.h - which of the two chassis serves: the SRP decision, without I/O
 *
 * A chassis hears its peer's hellos and decides whether it is the one to serve. This
 * module is that decision: states and transitions of docs/staros.md "SRP", election, route
 * modifier, epochs, the dead interval. It opens no socket, reads no clock and writes no
 * log: srp_link.c feeds it and carries out what it asks; tests/sim drives two of them.
 *
 *              first hello / alone                    recovered
 *      Init ------------------------> Active <------------------- Pending-Active
 *       |  hello of a serving peer      |  peer serves too, and wins   ^
 *       v                               v                              | silence for the
 *    Standby <---------------- Pending-Standby                         | dead interval
 *       +--------------------------------------------------------------+
 *
 * Two that serve: the outranked one stands down (route modifier, priority, MAC). Two that
 * idle: the higher one steps up. A chassis that lost its state in a restart never beats a
 * Standby, which holds the call recovery records.
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
};

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

/* What election compares. */
struct srp_rank {
    uint8_t route_modifier; /* lower wins */
    uint8_t mode;           /* enum srp_mode; only between two that start up */
    uint8_t priority;       /* lower wins */
    uint8_t mac[6];         /* of the active CF; last three octets, higher wins */
    uint32_t addr;          /* bind address; higher wins when all else is equal */
};

struct srp_hello {
    uint64_t incarnation; /* since when the chassis holds its state */
    uint64_t cf_epoch;    /* grows with each CF switchover inside the chassis */
    uint64_t seq;         /* 1, 2, ... from one CF */
    uint64_t epoch;       /* raised by each takeover */
    uint8_t state;        /* enum chassis_state */
    struct srp_rank rank;
    uint64_t heard_seq;  /* last sequence number heard from the receiver; 0: none */
    uint8_t heard_state; /* ... and the state it said it was in */
    uint32_t hello_ms, dead_ms;
    uint32_t checksum; /* of the configuration both must share */
    uint8_t restart;   /* GTP restart counter in force */
    uint8_t sessmgrs, sessmgrs_ready;
    char version[SRP_VERSION_TEXT];
};

struct srp_setup {
    struct srp_rank rank; /* route_modifier is set by srp_init */
    uint32_t peer_addr;
    int64_t hello_us, dead_us, delay_us;
    uint8_t rm_threshold, rm_delta;
    uint32_t checksum;
    uint64_t incarnation;
    uint64_t cf_epoch;
    uint8_t restart; /* counter to use if we become Active from Init */
};

/* What the standby CF must know to go on in our place, and what it then adopts. */
struct srp_snapshot {
    uint8_t state; /* enum chassis_state */
    uint64_t incarnation, epoch;
    uint8_t route_modifier, restart;
    bool peer_known;
    uint64_t peer_incarnation, peer_cf_epoch, peer_epoch;
    uint8_t peer_state, peer_route_modifier;
};

struct srp_counters {
    uint64_t hellos_sent, hellos_received, hellos_stale;
    uint64_t switchovers[SRP_REASON_N];
    uint64_t connection_losses; /* the TCP connection ended; says nothing about the peer */
    uint64_t hello_losses;      /* an interval of silence on a connection that stood */
};

struct srp {
    struct srp_setup setup;
    enum chassis_state state;
    struct srp_rank rank;
    uint64_t incarnation, epoch;
    uint8_t restart;
    uint64_t seq;            /* of our last hello */
    mono_t started, entered; /* this state entered at */
    mono_t hello_at;         /* our next hello */
    mono_t last;             /* last event: time never runs backwards */
    enum srp_reason reason;  /* of the last change of state */
    bool recovering;         /* Pending-Active: waiting for SRP_EV_RECOVERED of `epoch` */

    bool link_up;          /* the control connection stands */
    bool heard_any;        /* a hello was heard since the start */
    bool peer_known;       /* ... and one within the dead interval */
    struct srp_hello peer; /* the last one */
    mono_t heard;          /* ... at */
    mono_t echoed;         /* the peer's echo of our hellos last advanced at */
    mono_t loss_at;        /* next instant at which silence counts as a hello lost */
    uint8_t sessmgrs, sessmgrs_ready;
    struct srp_counters counters;
};

enum srp_event_type {
    SRP_EV_TICK, /* the deadline was reached, or just so */
    SRP_EV_HELLO,
    SRP_EV_LINK,      /* control connection up or down: no verdict about the peer */
    SRP_EV_RECOVERED, /* all cards committed their sessions for `epoch` */
    SRP_EV_FLOOR,     /* a card knows an epoch we do not: ours must lie above it */
};

struct srp_event {
    mono_t now; /* never before the previous event's */
    enum srp_event_type type;
    struct srp_hello hello; /* SRP_EV_HELLO */
    bool up;                /* SRP_EV_LINK */
    uint64_t epoch;         /* SRP_EV_RECOVERED, SRP_EV_FLOOR */
};

/* The caller's duties, done in this order before the next event. */
enum {
    SRP_DO_ROLE = 1u << 0,    /* tell the cards state, epoch, route modifier, restart */
    SRP_DO_RECOVER = 1u << 1, /* wait until they committed, then report SRP_EV_RECOVERED */
    SRP_DO_HELLO = 1u << 2,   /* send srp_hello() */
    SRP_DO_PEER = 1u << 3,    /* the peer's known state changed, or it was found dead */
};

struct srp_result {
    unsigned actions;
    enum chassis_state from, to;
    enum srp_reason reason; /* when from differs from to */
    bool stale;             /* the hello was refused: older than one heard before */
};

/* A chassis that starts, without any state. */
void srp_init(struct srp *srp, const struct srp_setup *setup, mono_t now);

/* A CF that goes on for the one that died: state, epoch and peer are kept, the dead
 * interval starts anew. */
void srp_adopt(struct srp *srp, const struct srp_setup *setup, const struct srp_snapshot *snapshot,
               mono_t now);
struct srp_snapshot srp_snapshot(const struct srp *srp);

/* Apply one event: the only function that changes state. */
struct srp_result srp_step(struct srp *srp, const struct srp_event *ev);

/* When the next SRP_EV_TICK is due, at the latest. */
mono_t srp_deadline(const struct srp *srp);

/* The hello to send now; takes the next sequence number. */
struct srp_hello srp_next_hello(struct srp *srp);

/* Does `a` serve rather than `b`? Total and antisymmetric for two different addresses;
 * depends on states and ranks only, so both sides compute opposite answers. */
bool srp_wins(uint8_t a_state, const struct srp_rank *a, uint8_t b_state, const struct srp_rank *b);

/* How much a state is worth: to move calls as seldom as possible, and never away from a
 * chassis that has them to one that does not. A Standby that never followed an Active still
 * carries its start value, and is worth no more than one in Init: 0. */
int srp_level(uint8_t state, const struct srp_rank *rank);

/* Has the peer confirmed one of our hellos within the dead interval? False: it is deaf. */
bool srp_peer_hears_us(const struct srp *srp, mono_t now);

const char *srp_reason_name(enum srp_reason reason);

/* For the test that walks the transition table: 0 forgotten, 1 stays, 2 moves. */
int srp_cell(unsigned input, unsigned state);
enum { SRP_INPUTS = 10 };

#endif
