/* caller_table.h - the call generator's calls, and the ways to find one
 *
 * States with their counts, the queue of outstanding requests by due time, request numbers
 * and the gateway's TEIDs. Internal to the call generator.
 *
 * Ownership  works on struct caller
 * Time       none of its own
 * Errors     NULL when there is no such call
 * Threads    one owner
 */
#ifndef VPCLAB_CALLER_TABLE_H
#define VPCLAB_CALLER_TABLE_H

#include "lab/caller/caller.h"

/* The one door for a call's state. */
void calls_set(struct caller *caller, struct call *call, enum call_state state);

/* Outstanding from now on, until `due`, which is never before that of another one. */
void calls_wait(struct caller *caller, struct call *call, mono_t due);
void calls_wait_end(struct caller *caller, struct call *call);

/* A sequence number no outstanding request has; taken until calls_request_over. */
uint16_t calls_number(struct caller *caller, uint32_t index);
void calls_request_over(struct caller *caller, struct call *call);

/* The same for a request that was not outstanding: sent once, and none waits for it. */
void calls_free_number(struct caller *caller, uint16_t seq, uint32_t index);

/* The call whose outstanding request, sent in `state`, has that number. */
struct call *calls_by_seq(struct caller *caller, uint32_t seq, enum call_state state);

/* By a TEID of ours. */
struct call *calls_by_teid(struct caller *caller, uint32_t teid);

/* By a user TEID of the gateway's. */
void calls_put_teid(struct caller *caller, uint32_t teid, uint32_t index);
struct call *calls_by_peer_teid(struct caller *caller, uint32_t teid);

/* The gateway showed that it no longer knows the call. */
void calls_forget(struct caller *caller, struct call *call);

#endif
