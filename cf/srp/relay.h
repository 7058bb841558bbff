/* relay.h - carries checkpoints between the session managers here and those over there
 *
 * An actor: a thread of its own, so that a flood of checkpoints never delays a hello. It
 * serves the checkpoint endpoint of this CF to the SFs, holds the SRP session connection
 * while this CF is the active one, and passes frames from one to the other unopened.
 *
 * Ownership  relay_close frees; node and certificates are borrowed until then
 * Time       none of its own
 * Errors     a frame that finds no taker is dropped and counted: the engine at both ends
 *            numbers its frames and mends gaps
 * Threads    relay_* are for the owner's thread; the actor's state is its own
 */
#ifndef VPCLAB_RELAY_H
#define VPCLAB_RELAY_H

#include "common/loop/node.h"

struct relay;

struct relay_setup {
    const struct node *node;
    uint32_t bind, peer;
    uint16_t port;
    uint8_t dscp;
    zcert_t *own;         /* NULL: a plain connection */
    const char *peer_key; /* public key of the peer, Z85; borrowed */
};

struct relay_counters {
    uint64_t out, in;    /* frames passed to and from the peer chassis */
    uint64_t no_link;    /* frames of ours while there was no room or connection */
    uint64_t no_sessmgr; /* frames of theirs for a session manager that is not here */
    uint64_t malformed;  /* frames of theirs, or a stranger's: no envelope of ours */
    uint64_t refused;    /* ... with one, but of a kind that has no business there */
};

struct relay *relay_open(const struct relay_setup *setup);
void relay_close(struct relay **relay);

/* Hold the session connection, or not: as this CF becomes active or standby. */
void relay_connect(struct relay *relay, bool connect);

/* Between these addresses from now on, with that mark; the connection, if there is one, ends. */
void relay_ends(struct relay *relay, uint32_t bind, uint32_t peer, uint8_t dscp);
bool relay_up(const struct relay *relay);
struct relay_counters relay_counters(const struct relay *relay);

#endif
