/* srp_snapshot.h - what the standby CF must know, as the chassis part of a CF hello
 *
 * Ownership  plain values
 * Time       none
 * Errors     see srp_snapshot_get(); the rest was checked by cf_hello_get()
 * Threads    any
 */
#ifndef VPCLAB_SRP_SNAPSHOT_H
#define VPCLAB_SRP_SNAPSHOT_H

#include "cf/srp/srp_fsm.h"

void srp_snapshot_put(struct cf_hello *hello, const struct srp_snapshot *s);

/* False, and nothing is stored: it names a phase, a reason or an answer that there is not. */
bool srp_snapshot_get(const struct cf_hello *hello, struct srp_snapshot *s);

#endif
