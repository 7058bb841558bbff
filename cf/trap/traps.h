/* traps.h - SNMP notifications: which there are, what was raised, what is sent when
 *
 * The catalogue (numbers, names, variables as in STARENT-MIB; docs/staros.md "Notifications"),
 * the history that `show snmp trap history` prints, the pairs in which one notification
 * clears another, and the pacing that keeps a burst from drowning the receiver. trap_link.c
 * sends what this hands out.
 *
 * Ownership  struct traps is a plain value without pointers
 * Time       mono_t of real time for pacing, since the receiver lives in it; wall clock, given
 *            by the caller, for display
 * Errors     none: what does not fit is dropped and counted
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_TRAPS_H
#define VPCLAB_TRAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/mono.h"

/* Variables of a notification, as a mask; the MIB has them in this order. */
enum {
    TRAP_VAR_CONTEXT = 1u << 0,  /* starContextName */
    TRAP_VAR_SRP_ADDR = 1u << 1, /* starSRPIpAddress */
    TRAP_VAR_PORT = 1u << 2,     /* starUDPPortNum */
    TRAP_VAR_BGP = 1u << 3,      /* starBGPPeerIpAddress */
    TRAP_VAR_REASON = 1u << 4,   /* starSRPSwitchReason */
    TRAP_VAR_DIAMETER = 1u << 5, /* context, address and endpoint of a peer */
    TRAP_VAR_BFD = 1u << 6,      /* addresses, discriminators and port of a session */
    TRAP_VAR_DIAG = 1u << 7,     /* starBfdSessDiagCode, before the port */
    TRAP_VAR_SLOT = 1u << 8,     /* starSlotNum */
    TRAP_VAR_TO = 1u << 9,       /* a second starSlotNum */
    TRAP_VAR_CARD = 1u << 10,    /* starCardType, starSlotSerialNumber */
    TRAP_VAR_CHASSIS = 1u << 11, /* type, description and software of the chassis */
    TRAP_VAR_CLI = 1u << 12,     /* whose console session it is: shown, the objects are not known */
    TRAP_VARS_END = 1u << 13,
};

#define TRAP_SRP   (TRAP_VAR_CONTEXT | TRAP_VAR_SRP_ADDR)
#define TRAP_BGP   (TRAP_VAR_CONTEXT | TRAP_VAR_BGP)
#define TRAP_BFD   (TRAP_VAR_CONTEXT | TRAP_VAR_BFD)
#define TRAP_CARD  (TRAP_VAR_SLOT | TRAP_VAR_CARD)
#define TRAP_CARDS (TRAP_VAR_SLOT | TRAP_VAR_TO)

/*  name                        number, short name as in the history, variables,
 *                              number of the trap that it clears, or 0;
 *                              is it raised only while that one stands? */
#define TRAPS(X)                                                                                   \
    X(TRAP_CARD_REBOOT, 4, "CardRebootRequest", TRAP_CARD, 0, false)                               \
    X(TRAP_CARD_UP, 5, "CardUp", TRAP_CARD, 60, false)                                             \
    X(TRAP_CLI_START, 52, "CLISessionStart", TRAP_VAR_CLI, 0, false)                               \
    X(TRAP_CLI_END, 53, "CLISessionEnd", TRAP_VAR_CLI, 0, false)                                   \
    X(TRAP_CARD_ACTIVE, 55, "CardActive", TRAP_CARD, 0, false)                                     \
    X(TRAP_CARD_DOWN, 60, "CardDown", TRAP_CARD, 0, false)                                         \
    X(TRAP_CARD_STANDBY, 93, "CardStandby", TRAP_CARD, 0, false)                                   \
    X(TRAP_BGP_UP, 118, "BGPPeerSessionUp", TRAP_BGP, 119, false)                                  \
    X(TRAP_BGP_DOWN, 119, "BGPPeerSessionDown", TRAP_BGP, 0, false)                                \
    X(TRAP_SRP_ACTIVE, 120, "SRPActive", TRAP_SRP, 0, false)                                       \
    X(TRAP_SRP_STANDBY, 121, "SRPStandby", TRAP_SRP, 0, false)                                     \
    X(TRAP_AAA_REACHABLE, 124, "SRPAAAReachable", TRAP_SRP | TRAP_VAR_PORT, 125, true)             \
    X(TRAP_AAA_UNREACHABLE, 125, "SRPAAAUnreachable", TRAP_SRP | TRAP_VAR_PORT, 0, false)          \
    X(TRAP_SWITCH_INITIATED, 126, "SRPSwitchoverInitiated", TRAP_SRP, 0, false)                    \
    X(TRAP_CKPT_FAILURE, 127, "SRPCheckpointFailure", TRAP_SRP, 0, false)                          \
    X(TRAP_CONFIG_OUT, 128, "SRPConfigOutOfSync", TRAP_SRP, 0, false)                              \
    X(TRAP_CONFIG_IN, 129, "SRPConfigInSync", TRAP_SRP, 128, true)                                 \
    X(TRAP_SPOF, 139, "CardSPOFAlarm", TRAP_CARD, 0, false)                                        \
    X(TRAP_SPOF_CLEAR, 140, "CardSPOFClear", TRAP_CARD, 139, true)                                 \
    X(TRAP_DIAMETER_DOWN, 184, "DiameterPeerDown", TRAP_VAR_DIAMETER, 0, false)                    \
    X(TRAP_DIAMETER_UP, 185, "DiameterPeerUp", TRAP_VAR_DIAMETER, 184, true)                       \
    X(TRAP_SYSTEM_STARTUP, 1028, "SystemStartup", TRAP_VAR_CHASSIS, 0, false)                      \
    X(TRAP_SRP_CONN_DOWN, 1037, "SRPConnDown", TRAP_SRP, 0, false)                                 \
    X(TRAP_SRP_CONN_UP, 1038, "SRPConnUp", TRAP_SRP, 1037, true)                                   \
    X(TRAP_SYSTEM_REBOOT, 1124, "SystemReboot", 0, 0, false)                                       \
    X(TRAP_CF_SWITCH_START, 1253, "CardSwitchoverStart", TRAP_CARDS, 0, false)                     \
    X(TRAP_CF_SWITCH_DONE, 1254, "CardSwitchoverComplete", TRAP_CARDS, 0, false)                   \
    X(TRAP_CF_SWITCH_FAILED, 1255, "CardSwitchoverFailed", TRAP_CARDS, 0, false)                   \
    X(TRAP_BFD_UP, 1276, "BFDSessUp", TRAP_BFD, 1277, false)                                       \
    X(TRAP_BFD_DOWN, 1277, "BFDSessDown", TRAP_BFD | TRAP_VAR_DIAG, 0, false)                      \
    X(TRAP_SWITCH_OCCURRED, 1278, "SRPSwitchoverOccured", TRAP_SRP | TRAP_VAR_REASON, 0, false)

enum trap_id {
#define X(name, number, text, vars, clears, gated) name,
    TRAPS(X)
#undef X
        TRAP_N,
};

enum {
    TRAPS_HISTORY = 400, /* kept for display, newest last */
    TRAPS_QUEUE = 512,   /* waiting to be sent */
    TRAPS_STANDING = 128,
    TRAPS_TEXT = 80,
    TRAP_TEXT_MOST = 3 * TRAPS_TEXT, /* what trap_text writes at most, with its terminator */
    TRAPS_RATE = 50,                 /* sent a second, sustained */
    TRAPS_BURST = 20,                /* ... and at once */
};

/* Card types as starCardType numbers them. */
enum { TRAP_CFC = 47, TRAP_SFC2P = 49 };

/* One notification. Fields the trap has no variable for are ignored. */
struct trap {
    uint8_t id;      /* enum trap_id */
    int64_t wall_us; /* raised at, for display */
    mono_t at;
    char context[TRAPS_TEXT];
    uint32_t srp_addr;
    uint32_t peer; /* of BGP, BFD or Diameter; 0: a Diameter alarm of several peers */
    uint32_t self; /* our end of a BFD session; 0: not known */
    uint16_t port;
    uint8_t reason, slot, to_slot;
    uint8_t card_type;         /* TRAP_CFC, TRAP_SFC2P */
    char endpoint[TRAPS_TEXT]; /* Diameter; privilege of a console session */
    char name[TRAPS_TEXT];     /* of a Diameter peer: not sent, but tells alarms apart */
    char software[16];         /* release of the chassis: SystemStartup */
};

struct traps_count {
    uint64_t generated, discarded; /* of one kind; discarded: nobody to send to, or no room */
    int64_t last_wall_us;
};

struct traps {
    struct trap history[TRAPS_HISTORY];
    uint32_t history_at, history_n; /* ring */
    struct trap queue[TRAPS_QUEUE];
    uint32_t queue_at, queue_n;
    struct traps_count counts[TRAP_N];
    struct trap standing[TRAPS_STANDING]; /* raised, and not cleared since */
    uint32_t standing_n;
    bool has_target;
    int64_t tokens; /* thousandths of a notification that may be sent now */
    mono_t refilled;
};

void traps_init(struct traps *traps, bool has_target);

/* Raise one. A gated one is raised only while what it clears stands (129 after 128), and an
 * alarm only while it does not stand already, both for the same context, slot or peer; returns
 * whether it was raised. */
bool traps_raise(struct traps *traps, const struct trap *trap);

/* Does this alarm stand? Let it, without raising it: another CF has. Let it not, without raising
 * what clears it: what it is about is not configured any more. Let none stand. */
bool traps_stands(const struct traps *traps, const struct trap *alarm);
void traps_stand(struct traps *traps, const struct trap *alarm);
bool trap_same(const struct trap *a, const struct trap *b); /* of one kind, and about the same */
void traps_drop(struct traps *traps, const struct trap *alarm);
void traps_forget(struct traps *traps);

/* Forget what was raised, for display; what was counted. What stands, and waits, stays. */
void traps_clear_history(struct traps *traps);
void traps_clear_counts(struct traps *traps);

/* The next to send at `now`; false when there is none or it must wait until
 * traps_deadline(). */
bool traps_next(struct traps *traps, mono_t now, struct trap *out);
mono_t traps_deadline(const struct traps *traps, mono_t now);

/* i-th newest of the history, 0 the newest; NULL beyond its end. */
const struct trap *traps_at(const struct traps *traps, uint32_t i);

unsigned trap_number(uint8_t id);
const char *trap_name(uint8_t id); /* without the "star" */
unsigned trap_vars(uint8_t id);
bool trap_is_paired(uint8_t id); /* an alarm, or what clears one */

/* "vpn srp ipaddr 192.0.2.1", as the history prints it behind the name, terminated; returns its
 * length. Words for which there is no room are left out. */
size_t trap_text(const struct trap *trap, char *out, size_t room);

#endif
