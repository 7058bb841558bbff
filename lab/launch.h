/* launch.h - start processes of a lab and see them settle
 *
 * Ownership  procs are the caller's; those started hold a pidfd until proc_close
 * Time       real milliseconds
 * Errors     an exit status, after having said why on stderr
 * Threads    main
 */
#ifndef VPCLAB_LAUNCH_H
#define VPCLAB_LAUNCH_H

#include "lab/proc.h"

/* Directories, keys, the host, then, by it, every one of procs[n] that does not run. *started counts them.
 * Returns once each has taken its pid file, LAB_FAILURE when one ended instead. The lab's
 * lock is held by the caller. */
int launch(const struct lab *lab, struct proc *procs, size_t n, size_t *started);

/* Has one that was started ended since? Then its last words are printed. */
bool launch_lost_one(const struct proc *procs, size_t n);

/* Print the error lines that the processes wrote to their logs since `began_us` (wall
 * clock); true if there were any. */
bool launch_complaints(const struct proc *procs, size_t n, int64_t began_us);

/* Make the run directory, private and ours, and take the lab's lock: a descriptor to close,
 * or -1. A `down` at the same moment may remove the directory: then it is made again. */
int launch_lock(const struct lab *lab);

#endif
