/* srp_snapshot.h - what the standby CF must know, as the chassis part of a CF hello
 *
 * Ownership  plain values
 * Time       none
 * Errors     none; cf_hello_get() has checked what comes from the wire
 * Threads    any
 */
#ifndef VPCLAB_SRP_SNAPSHOT_H
#define VPCLAB_SRP_SNAPSHOT_H

#include "cf/srp/srp_fsm.h"

void srp_snapshot_put(struct cf_hello *hello, const struct srp_snapshot *s);
struct srp_snapshot srp_snapshot_get(const struct cf_hello *hello);

#endif
