/* keeper.h - a process that carries out one lease on processes of VMs, and takes it back
 *
 * A child of the host, so that a fault ends whatever happens to the host: the keeper mends what
 * it broke when the lease has come to its end, when it is told to, and when the host is gone. Only
 * a keeper that is killed itself leaves the mending to the host.
 *
 * Ownership  the host owns struct keeper; lab and procs are copied by the fork
 * Time       the lease's own end, CLOCK_MONOTONIC in microseconds
 * Errors     keeper_start: a negative enum di_err and a sentence in err
 * Threads    main
 */
#ifndef VPCLAB_KEEPER_H
#define VPCLAB_KEEPER_H

#include "lab/proc.h"
#include "lab/vm_break.h"

enum { KEEPER_SAYS = 160 };

/* The host's order: break the process of that VM, which is number `vm` of procs. */
struct keeper_order {
    int32_t vm, pid;
    struct vm_before before;
};

struct keeper {
    uint32_t lease; /* 0: none */
    int pid, fd;    /* readable: keeper_hear; at its end: it has gone, and mended all */
};

int keeper_start(struct keeper *keeper, const struct fault *fault, const struct lab *lab,
                 const struct proc *procs, size_t n, char *err, size_t room);

/* Break one more; `all` afterwards makes it say that all are broken. Lost when it has gone. */
void keeper_break(const struct keeper *keeper, const struct keeper_order *order);
void keeper_all(const struct keeper *keeper);

/* Mend all, and end. */
void keeper_end(const struct keeper *keeper);

/* It does not answer: it ends without mending anything. */
void keeper_kill(const struct keeper *keeper);

/* What it says: "" for all are broken, else why not. False when it says nothing: with
 * EAGAIN, or since it has gone. */
bool keeper_hear(const struct keeper *keeper, char said[KEEPER_SAYS]);

/* It has gone: reaps it. True when it ended by itself, having mended all. */
bool keeper_reap(struct keeper *keeper);

#endif
