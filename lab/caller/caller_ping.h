/* caller_ping.h - the call generator's pings: ICMP echo in IPv4 in GTP-U, made and read
 *
 * Ownership  writes to and reads from the caller's buffers, keeps nothing
 * Time       none
 * Errors     the maker returns 0 when there is no room, the reader false for what is not ours
 * Threads    any
 */
#ifndef VPCLAB_CALLER_PING_H
#define VPCLAB_CALLER_PING_H

#include "lab/caller/caller.h"

/* What our pings carry. */
struct caller_ping {
    uint32_t index; /* of the call */
    bool verify;    /* of the verification, else traffic */
    uint32_t number;
};

size_t caller_ping_make(uint8_t *buf, size_t room, const struct caller_plan *plan,
                        const struct call *call, const struct caller_ping *ping);

/* The user's packet: is it an answer to a ping of ours? *to is its destination address. */
bool caller_ping_read(struct caller_ping *ping, uint32_t *to, const uint8_t *packet, size_t len);

#endif
