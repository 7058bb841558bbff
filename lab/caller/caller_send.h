/* caller_send.h - requests of the call generator that are sent until answered
 *
 * Each goes to the end of the queue of outstanding ones, for T3. Internal to the call
 * generator.
 *
 * Ownership  works on struct caller, writes the caller's datagram
 * Time       real time, in the calls
 * Errors     none
 * Threads    one owner
 */
#ifndef VPCLAB_CALLER_SEND_H
#define VPCLAB_CALLER_SEND_H

#include "lab/caller/caller.h"

/* A control message, to `addr` or, when that is 0, to the gateway's address of the plan. */
void caller_send_to(const struct caller *caller, struct caller_dgram *out, uint32_t addr);

void caller_send_create(struct caller *caller, struct call *call, mono_t now,
                        struct caller_dgram *out);
void caller_send_delete(struct caller *caller, struct call *call, mono_t now,
                        struct caller_dgram *out);

#endif
