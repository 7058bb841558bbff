/* echo.h - the answers to Echo Requests, given by the demux for the whole gateway
 *
 * GTPv1-C (3GPP TS 29.060 7.2.1), GTPv2-C (TS 29.274 7.1.1) and GTP-U (TS 29.281 7.2.1).
 * The Recovery value of GTP-C is the restart counter both chassis share, so that a client
 * sees no restart in a switchover.
 *
 * Ownership  borrows its arguments
 * Time       none
 * Errors     0: nothing is to be answered
 * Threads    any
 */
#ifndef VPCLAB_ECHO_H
#define VPCLAB_ECHO_H

#include "common/msg/dgram.h"

enum { ECHO_ROOM = 64 };

/* Does it tell a restart counter, which session managers must hear of? */
bool echo_has_recovery(const struct dgram *request);

/* Write the answer to an Echo Request (DIST_ECHO); its length. */
size_t echo_answer(uint8_t *out, size_t room, const struct dgram *request, uint8_t restart);

#endif
