/* dist.h - call distribution: which session manager gets a datagram
 *
 * A TEID of ours names its session manager, an address of a pool is owned by rule, so
 * neither needs a table; only a request that opens a session has no home yet and gets one
 * by rendezvous hashing of its IMSI over the living session managers: a retransmission
 * meets the same one, also on the other chassis after a takeover, and when one dies only
 * its own subscribers move. What no living session manager can know (the TEID of a dead
 * one, an unreadable datagram) goes to any: its gateway has the protocol's answer to it.
 *
 * Ownership  one struct dist is a plain value
 * Time       none
 * Errors     none: DIST_NOBODY when there is no session manager for it
 * Threads    one owner
 */
#ifndef VPCLAB_DIST_H
#define VPCLAB_DIST_H

#include "common/msg/dgram.h"

enum { DIST_SESSMGRS = 256, DIST_POOLS = 64, DIST_SERVICES = 32 };

struct dist_pool {
    uint32_t net, mask;
};

/* An address that services are bound to. */
struct dist_service {
    uint32_t addr;
    bool control, user; /* GTP-C, GTP-U is answered there */
};

struct dist {
    bool alive[DIST_SESSMGRS];     /* by session manager instance, from 1 */
    bool silent[DIST_SESSMGRS];    /* not alive, but not known to be dead either */
    uint8_t living[DIST_SESSMGRS]; /* their numbers, ascending */
    size_t living_n;
    uint8_t sessmgr_n; /* how many share the pools, dead or alive */
    struct dist_pool pools[DIST_POOLS];
    size_t pool_n;
    struct dist_service services[DIST_SERVICES];
    size_t service_n;
};

enum dist_verdict {
    DIST_SESSMGR, /* to the one named */
    DIST_ALL,     /* to each: it does not say whom it concerns */
    DIST_ECHO,    /* path management: answered here, for all of them */
    DIST_NOBODY,  /* drop */
};

/* What it is about, for the gates of a chassis that does not let everything through. */
enum dist_class {
    DIST_NEW,     /* opens a session */
    DIST_CONTROL, /* other signalling */
    DIST_DATA,    /* user plane; the session manager tells VoLTE from the rest */
    DIST_PATH,    /* path management: whether the gateway is there at all */
};

struct dist_choice {
    enum dist_verdict verdict;
    uint8_t sessmgr;
    enum dist_class about; /* whatever the verdict */
};

/* The gates that let it through (GATE_... of common/msg/body.h): one open one is enough. */
unsigned dist_gates(enum dist_class about);

/* None lives, and none is known to be dead: all are silent. */
void dist_init(struct dist *dist, uint8_t sessmgr_n);

/* Long enough after the start: who was not heard by now is dead. */
void dist_settle(struct dist *dist);

void dist_alive(struct dist *dist, uint8_t sessmgr, bool alive);

/* It is not heard any more, though nothing says that it died (it may have been stopped): it
 * gets no new subscribers, and nobody answers for the sessions it may still have. Ends with
 * the next dist_alive. */
void dist_silent(struct dist *dist, uint8_t sessmgr);

/* Does a service answer on this address at all, or what this datagram from the access network came
 * to? To whoever sends to another one nobody is there. */
bool dist_has_service(const struct dist *dist, uint32_t addr);
bool dist_answers(const struct dist *dist, const struct dgram *d);

/* The living session manager a subscriber's first request goes to; 0 if none lives. */
uint8_t dist_rendezvous(const struct dist *dist, uint64_t key);

/* A datagram from the access network (DGRAM_CTRL, DGRAM_USER). A create request opens a
 * session unless it names one by its TEID. */
struct dist_choice dist_access(const struct dist *dist, const struct dgram *d);

/* An IP packet from the PDN: DIST_SESSMGR or DIST_NOBODY. */
struct dist_choice dist_packet(const struct dist *dist, const uint8_t *packet, size_t len);

#endif
