/* srp_wire.h - SRP hellos as bytes
 *
 * Body of MSG_SRP_HELLO on the SRP control connection. Later versions may append fields; a
 * receiver ignores what follows those it knows.
 *
 * Ownership  borrows the caller's buffers
 * Time       intervals in milliseconds
 * Errors     false and a reason: nothing stored
 * Threads    any
 */
#ifndef VPCLAB_SRP_WIRE_H
#define VPCLAB_SRP_WIRE_H

#include "cf/srp/srp_fsm.h"
#include "common/base/wire.h"

enum { SRP_HELLO_MOST = 256 };

void srp_hello_put(struct wr *wr, const struct srp_hello *hello);
bool srp_hello_get(struct rd *rd, struct srp_hello *hello, const char **reason);

#endif
