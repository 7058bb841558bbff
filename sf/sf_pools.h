/* sf_pools.h - the pools of a session manager, as the configuration has them
 *
 * Ownership  none
 * Time       none
 * Errors     what does not fit is busied out as a whole, with a log line
 * Threads    any
 */
#ifndef VPCLAB_SF_POOLS_H
#define VPCLAB_SF_POOLS_H

#include "common/conf/conf.h"
#include "sf/sess.h"

/* The srp-activated pools, in the order of the configuration, and what of them is busied out. */
void sf_pools(struct sess_setup *setup, const struct conf *conf);

#endif
