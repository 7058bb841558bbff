/* fault_leases.h - the leases of faults this process carries out
 *
 * Taken from RUNDIR/faults.json (fault_file.h) whenever it changes, where the topology says
 * "fault-hooks": true; elsewhere the file is not looked at. A lease begins and ends by itself, at
 * its instants, though nobody is left to change the file. Of each that concerns this process
 * (fault_concerns) the events fault.on and fault.off are told, once.
 *
 *   fault_leases.c  the table, its instants, the events; no-apply and clock-step
 *   fault_link.c    ends of links, which may belong to other threads
 *
 * Ownership  the table is the process's; copies go out
 * Time       CLOCK_MONOTONIC in microseconds
 * Errors     a file that is no list of leases is told, and changes nothing
 * Threads    follow, watch and leave: main; all else any
 */
#ifndef VPCLAB_FAULT_LEASES_H
#define VPCLAB_FAULT_LEASES_H

#include <stdatomic.h>

#include "common/fault/fault.h"
#include "common/loop/node.h"

/* Raised by each change of what is in force or announced; 0 until there is a first one. */
extern _Atomic uint32_t fault_generation;

/* From here on, until fault_leases_leave(); the loop and the book of the node are open. */
void fault_leases_follow(const struct node *node);
void fault_leases_leave(void);

/* Those of that link, or with FAULT_NO_LINK those of VMs, servers and neighbors: in force, or to
 * begin. Returns their number. */
size_t fault_leases_of(enum fault_link link, struct fault out[FAULTS_MOST]);

/* What happens when a lease of no link begins or ends: in the main loop, and now. One of a
 * process; NULL: none any more. */
typedef void fault_leases_fn(void *ctx, const struct fault *in_force, size_t n);
void fault_leases_watch(fault_leases_fn *fn, void *ctx);

/* Per cent of the checkpoints that this process is not to apply, and what the choice of them is to
 * be seeded with; any thread. */
unsigned fault_no_apply(uint64_t *seed);

/* An end of a link is woken whenever the table changes: descriptors of timerfd. */
void fault_leases_wake(int fd);
void fault_leases_forget(int fd);

#endif
