/* fault_known.h - is there what a fault is to hit?
 *
 * Which cards there are says the topology, and so of servers; of BGP neighbors the world, which hears
 * of those that a console names, too. A world that does not answer knows of none, so any is let pass.
 *
 * Ownership  borrows
 * Time       real; asking the world takes a moment
 * Errors     false; of fault_known after a sentence on stderr that has those there are
 * Threads    main
 */
#ifndef VPCLAB_FAULT_KNOWN_H
#define VPCLAB_FAULT_KNOWN_H

#include "common/fault/fault.h"
#include "lab/lab.h"

/* Of a target that was read well; says nothing. */
bool fault_exists(const struct lab *lab, enum fault_kind kind, const struct fault_target *target);

/* Likewise, with a sentence; `text` is how it was written. */
bool fault_known(const struct lab *lab, enum fault_kind kind, const struct fault_target *target,
                 const char *text);

/* Behind a sentence that refused `text` as the target of such a fault: the cards of the instance it
 * names, or the instances. */
void fault_say_places(const struct lab *lab, enum fault_kind kind, const char *text);

#endif
