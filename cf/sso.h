/* sso.h - which of the two control functions of an instance is the active one
 *
 * The CF pair is a stateful-switchover pair on the card bus: hellos each second, a peer
 * silent for three seconds is dead, the lowest slot wins the first election, and nobody
 * takes back what the other holds. Each takeover raises the CF epoch; cards obey the
 * highest. An active CF that learns from a card of a higher epoch of the other one steps
 * back to Booting and asks: it may have been stopped and replaced. One that is to yield does
 * the same, and the other one, which stands by, steps up at once. This module decides
 * roles only; what a standby CF must know to go on travels in the hellos (struct
 * srp_snapshot today, more of the running state later).
 *
 * Ownership  plain value without pointers
 * Time       mono_t of the lab clock in every event
 * Errors     none; a stale hello is counted and changes nothing
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_SSO_H
#define VPCLAB_SSO_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/mono.h"

enum { SSO_HELLO_US = 1000000, SSO_DEAD_US = 3 * SSO_HELLO_US };

/* Names as `show card table` prints them. */
#define SSO_STATES(X)                                                                              \
    X(SSO_BOOTING, "Booting")                                                                      \
    X(SSO_STANDBY, "Standby")                                                                      \
    X(SSO_ACTIVE, "Active")

enum sso_state {
#define X(name, text) name,
    SSO_STATES(X)
#undef X
        SSO_STATE_N,
};

struct sso_hello {
    uint8_t slot;  /* 1 or 2 */
    uint8_t state; /* enum sso_state */
    uint64_t epoch;
    uint64_t incarnation, seq;
};

struct sso {
    uint8_t slot;
    bool has_peer; /* the topology has two CFs */
    enum sso_state state;
    uint64_t epoch; /* highest known; ours when active */
    mono_t started, last, hello_at;
    bool peer_alive;
    struct sso_hello peer;
    mono_t heard;
    mono_t doubt_until; /* we slept: until then hellos may be old ones */
    uint64_t switchovers, stale;
};

enum sso_event_type {
    SSO_EV_TICK,
    SSO_EV_HELLO, /* from the other CF; a closed connection is no event: silence
                                decides */
    SSO_EV_FLOOR, /* a card obeyed an epoch we do not know */
    SSO_EV_YIELD, /* an operator wants the other one to lead: obeyed while it stands by */
};

struct sso_event {
    mono_t now;
    enum sso_event_type type;
    struct sso_hello hello;
    uint64_t epoch; /* SSO_EV_FLOOR */
};

/* The caller's duties, done in this order before the next event. */
enum {
    SSO_DO_HELLO = 1u << 0,
    SSO_DO_ACTIVE = 1u << 1,  /* we are the active CF of `epoch` from here on */
    SSO_DO_STANDBY = 1u << 2, /* stop speaking for the instance */
    SSO_DO_EPOCH = 1u << 3,   /* still active, with a higher epoch: repeat all orders */
    SSO_DO_PEER = 1u << 4,    /* the other CF came or went */
};

struct sso_result {
    unsigned actions;
    enum sso_state from, to;
    bool yields; /* to Booting, as an operator wanted */
};

void sso_init(struct sso *sso, uint8_t slot, bool has_peer, mono_t now);
struct sso_result sso_step(struct sso *sso, const struct sso_event *ev);
mono_t sso_deadline(const struct sso *sso);
const char *sso_state_name(enum sso_state state);

#endif
