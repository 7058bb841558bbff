/* clash.h - two labs cannot have the same addresses
 *
 * What a lab listens on by its topology and configurations: SRP, GTP services, responders of the
 * outside world. Compared with the labs of this user that run, and tried: somebody else's lab shows
 * in ports that are taken.
 *
 * Ownership  plain values
 * Time       none; trying binds and closes a socket for each address
 * Errors     an exit status, after having said why on stderr
 * Threads    main
 */
#ifndef VPCLAB_CLASH_H
#define VPCLAB_CLASH_H

#include "lab/lab.h"

/* May this lab, of which nothing runs, have its addresses? Else one sentence that names who has
 * them, and a --net that is free. `moved`: the net it was moved to already, or 0. */
int clash_check(const struct lab *lab, uint32_t moved);

/* The N of a lab whose addresses are all 127.N.x.y, or -1. */
int clash_net(const struct topo *topo);

#endif
