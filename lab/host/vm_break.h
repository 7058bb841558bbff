/* vm_break.h - what a host can do to the process of a VM, and how it is taken back
 *
 * Signals, scheduling and limits, from outside, of a process of the same user: no root is needed.
 *
 * Ownership  plain values
 * Time       none
 * Errors     false with a sentence in err; a process that has gone is no error for mending
 * Threads    any
 */
#ifndef VPCLAB_VM_BREAK_H
#define VPCLAB_VM_BREAK_H

#include <sched.h>

#include "common/fault/fault.h"

/* A process as nobody has broken it. */
struct vm_before {
    uint64_t files, size; /* soft limits: RLIMIT_NOFILE, RLIMIT_FSIZE */
    cpu_set_t cpus;       /* where it may run */
};

bool vm_measure(int pid, struct vm_before *before);

/* May all its threads run on just those? Yes of one that has gone. */
bool vm_threads_run_on(int pid, const cpu_set_t *cpus);

/* The CPU that starved processes share: the first one this process may run on. */
int vm_starving_cpu(void);

/* Break it; of stutter the part in which it stands still. Kinds of FAULT_BY_HOST only. */
bool vm_break(enum fault_kind kind, int pid, char *err, size_t room);

/* As it was. Of kill there is nothing to mend. */
void vm_mend(enum fault_kind kind, int pid, const struct vm_before *before);

#endif
