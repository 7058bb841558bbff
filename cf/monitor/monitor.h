/* monitor.h - what a chassis watches, and when that is a reason to hand over
 *
 * Watches authentication servers, BGP peers, Diameter peers and BFD sessions, each by what
 * its eye reports (answers, not connections). From these it judges whether the Active
 * chassis should hand over, and why: all of any one group down, or all that have no group: of
 * servers, of the BGP peers of a context, of the peers of a Diameter endpoint; every BFD session
 * to a router down (docs/staros.md "Monitors").
 *
 * Guard timers hold that back while the network, or a card that was lost, settles: inside a
 * guard period a failure must last for the damping period. A switchover caused by AAA or
 * Diameter latches: the new Active does not hand over for that again, until a switchover for
 * another cause or an operator's reset. What counts is why the takeover began, however it ended.
 *
 * A chassis that hands over may have to come back: until it is Standby, what was judged and
 * latched stands, though it looks at no server meanwhile. BGP and BFD sessions end with the demux
 * that holds them.
 *
 * Ownership  struct monitor is a plain value without pointers
 * Time       mono_t of the lab clock in every event; intervals in microseconds
 * Errors     none; a report for an index out of range is ignored
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_MONITOR_H
#define VPCLAB_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "cf/srp/srp_fsm.h"
#include "common/base/mono.h"

enum {
    MONITOR_TARGETS = 32,
    MONITOR_CONTEXTS = 16,
    MONITOR_TICK_US = 1000000, /* while a guard or damping period runs: at least so often */
    MONITOR_NET_US = 3000000,  /* the demux speaks each second: after this it is silent */
};

/* Letters as `show srp monitor` prints them. */
#define MONITOR_KINDS(X)                                                                           \
    X(MONITOR_AAA, 'A', "Authentication probe", SRP_AAA_FAILURE)                                   \
    X(MONITOR_BGP, 'B', "Bgp", SRP_BGP_FAILURE)                                                    \
    X(MONITOR_DIAMETER, 'D', "Diameter", SRP_DIAMETER_FAILURE)                                     \
    X(MONITOR_BFD, 'F', "BFD", SRP_BFD_FAILURE)                                                    \
    X(MONITOR_HSRP, 'H', "HSRP", SRP_HSRP_SWITCHOVER)

enum monitor_kind {
#define X(name, letter, text, reason) name,
    MONITOR_KINDS(X)
#undef X
        MONITOR_KIND_N,
};

#define MONITOR_STATES(X)                                                                          \
    X(MONITOR_INIT, 'I')                                                                           \
    X(MONITOR_UP, 'U')                                                                             \
    X(MONITOR_DOWN, 'D')

enum monitor_state {
#define X(name, letter) name,
    MONITOR_STATES(X)
#undef X
        MONITOR_STATE_N,
};

struct monitor_target {
    uint8_t kind;            /* enum monitor_kind */
    uint8_t context;         /* a number that is the same for targets of one context */
    uint8_t endpoint;        /* Diameter: likewise for targets of one endpoint */
    uint8_t group;           /* 0: none */
    bool chassis_to_chassis; /* BFD: the peer chassis; no reason to hand over */
    bool blind;              /* nobody can say how it is: stays Init, counts neither way */
    uint8_t state;           /* enum monitor_state */
    mono_t changed;          /* state since */
    uint64_t failures;       /* times it went down */
};

struct monitor_guard {
    int64_t guard_us, damping_us;
};

struct monitor_setup {
    uint8_t target_n;
    struct monitor_target targets[MONITOR_TARGETS]; /* as configured; states are reset */
    bool bgp_exclusive;
    struct monitor_guard after_switch[MONITOR_KIND_N];  /* since we are Active; BGP, BFD: 0 */
    struct monitor_guard after_failure[MONITOR_KIND_N]; /* since a card was lost here */
};

struct monitor_judged {
    bool down;    /* the rule of this kind is fulfilled */
    mono_t since; /* ... since */
    bool damped;  /* it fell inside a guard period: must last until `due` */
    mono_t due;   /* MONO_NEVER: nothing is pending */
    bool latched; /* caused a switchover: does not again */
};

struct monitor {
    struct monitor_setup setup;
    uint8_t chassis;   /* enum chassis_state; Init: a CF that follows */
    bool active;       /* it serves, or hands over and may come back: only then we want anything */
    uint8_t taken_for; /* enum srp_reason with which the takeover under way began */
    mono_t guard_until[MONITOR_KIND_N];       /* the later end of the guard periods that run */
    int64_t guard_damping_us[MONITOR_KIND_N]; /* ... and its damping period */
    struct monitor_judged judged[MONITOR_KIND_N];
    bool demux_gone, net_known; /* no demux lives; one has spoken */
    bool chassis_seen;          /* the peer chassis answered it by BFD */
    mono_t net_until;           /* ... what it said last is worth something until then */
    mono_t last;
};

enum monitor_event_type {
    MONITOR_EV_TICK,
    MONITOR_EV_REPORT, /* a target's state as its eye sees it */
    MONITOR_EV_ROLE,   /* our chassis entered a state, or this CF began to lead in it */
    MONITOR_EV_CAUSE,  /* the peer says what we took over for: this CF had missed it */
    MONITOR_EV_CARD,   /* a card was lost, or came; or this CF took over from one that died */
    MONITOR_EV_NET,    /* the demux spoke; its reports follow */
    MONITOR_EV_RESET,  /* srp reset-auth-probe-fail, srp reset-diameter-fail */
};

struct monitor_event {
    mono_t now;
    enum monitor_event_type type;
    uint8_t target;  /* REPORT: index */
    uint8_t state;   /* REPORT: enum monitor_state */
    uint8_t chassis; /* ROLE: enum chassis_state; Init for a CF that leads no longer */
    uint8_t reason;  /* ROLE: enum srp_reason with which the chassis entered it; CAUSE */
    bool lost;       /* CARD: it went */
    bool demux;      /* CARD: a demux lives now */
    uint8_t kind;    /* RESET: enum monitor_kind */
};

enum {
    MONITOR_DO_TELL = 1u << 0,     /* SRP_EV_MONITOR: monitor_wants() or monitor_down() changed */
    MONITOR_DO_AAA_LOST = 1u << 1, /* trap 125: the last server went */
    MONITOR_DO_CHANGED = 1u << 3,  /* the target's state changed (log, traps 118/119, ...) */
};

void monitor_init(struct monitor *monitor, const struct monitor_setup *setup, mono_t now);

/* Apply one event; returns a mask of MONITOR_DO_... Probed kinds (AAA, Diameter) return to
 * MONITOR_INIT when the chassis has handed over: nobody looks any more. */
unsigned monitor_step(struct monitor *monitor, const struct monitor_event *ev);

/* Are servers looked at now? Only by an Active chassis. */
bool monitor_looks(const struct monitor *monitor);

/* When MONITOR_EV_TICK is due, at the latest. Guard and damping periods count only while we
 * listened: who comes later than half a tick after that was not running, and what the eyes
 * saw meanwhile is still to be reported. */
mono_t monitor_deadline(const struct monitor *monitor);

/* The reason for which the chassis should hand over now, SRP_NOT_DEFINED if none: only
 * while Active, past guard and damping, and not latched. Lowest number first. */
uint8_t monitor_wants(const struct monitor *monitor);

/* Kinds whose rule is fulfilled now, seen on either role: bits 1 << reason. */
uint32_t monitor_down(const struct monitor *monitor);

/* Every chassis-to-chassis BFD session is down, and there are some. */
bool monitor_chassis_bfd_down(const struct monitor *monitor);
/* ... and one of them was up before: they fell. Those of a demux that was started anew, and that
 * were not up yet, say nothing of the peer. */
bool monitor_chassis_bfd_fell(const struct monitor *monitor);

/* Latches, to be handed to the other CF and back: bits 1 << reason. */
uint32_t monitor_latched(const struct monitor *monitor);
void monitor_latch(struct monitor *monitor, uint32_t latched);

char monitor_kind_letter(uint8_t kind);
const char *monitor_kind_name(uint8_t kind);
char monitor_state_letter(uint8_t state);
const char *monitor_state_name(uint8_t state);

#endif
