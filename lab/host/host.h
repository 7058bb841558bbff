/* host.h - what the files of vpc-host share: its VMs, its leases, its keepers
 *
 *     host.c        the program: start, end, timers
 *     host_vm.c     starting VMs, their ends, those that run already
 *     host_lease.c  leases: how they begin and end, their keepers, faults.json
 *     host_due.c    leases as time goes: which begin and end now, and events they wait for
 *     host_find.c   which VMs a lease hits
 *     host_store.c  what the next host has to know
 *     host_cmd.c    what it is asked on its management socket
 *
 * Ownership  one struct host, of the process
 * Time       leases: CLOCK_MONOTONIC microseconds; restarts: lab time
 * Errors     logged; functions that refuse put one sentence into err
 * Threads    main
 */
#ifndef VPCLAB_HOST_H
#define VPCLAB_HOST_H

#include <jansson.h>

#include "common/loop/fault_file.h"
#include "common/loop/mgmt.h"
#include "common/loop/timer.h"
#include "lab/events/event_logs.h"
#include "lab/host/keeper.h"
#include "lab/host/leases.h"
#include "lab/host/supervise.h"

enum { HOST_ERR = 512 };

struct host_vm {
    struct proc proc; /* pid and fd while it runs */
    struct sup sup;
    bool settling; /* started, but its pid file is not yet taken */
    bool measured; /* `before` is of this process */
    struct vm_before before;
};

/* Who waits for leases to be gone. */
struct host_clear {
    uint32_t ticket; /* 0: free */
    size_t n;
    uint32_t ids[FAULTS_MOST];
};

struct host {
    struct node *node;
    struct lab lab;
    struct mgmt *mgmt;
    size_t n;
    struct host_vm vms[PROCS_MOST];
    struct leases leases;
    struct keeper keepers[FAULTS_MOST]; /* lease 0: free */
    struct host_clear clears[MGMT_WAITING];
    struct event_logs *logs; /* while a lease waits for an event */
    struct timer restart;
    int look_id, lease_id; /* zloop timers; -1: not armed */
    bool ending;
};

/* Arm all timers for what is to come. */
void host_arm(struct host *host);

/* ---- host_vm.c -------------------------------------------------------------------------- */

void host_vms_open(struct host *host);
void host_vms_close(struct host *host);

/* Who has ended; who runs by now, started by whomever; who has taken its pid file. */
void host_vms_look(struct host *host);

/* Is there any that does not run, or settles? */
bool host_vms_wanting(const struct host *host, bool *settling);

struct host_vm *host_vm_find(struct host *host, const char *name);

/* Start it, unless it runs, or is held dead: then false. */
bool host_vm_start(struct host *host, struct host_vm *vm, enum sup_why why, char err[HOST_ERR]);

/* Those that are due by their policy, or since a lease has ended. */
void host_vms_restart(struct host *host);

/* ---- host_lease.c ----------------------------------------------------------------------- */

/* Take over what another host has left: mends what its keepers could not. */
void host_leases_open(struct host *host);
void host_leases_close(struct host *host);

/* It begins now: false when it cannot, and why. */
bool host_lease_begin(struct host *host, struct lease *lease, char err[HOST_ERR]);

/* End it: at once, or when its keeper has mended all. `word` is what is told of it. */
void host_lease_end(struct host *host, struct lease *lease, const char *word);

/* Its keeper does not answer, as one that is stopped: what it has broken is mended once it is
 * gone. */
void host_lease_overdue(struct host *host, struct lease *lease);

/* A VM runs anew: whatever lease hits it hits it again. */
void host_leases_hit(struct host *host, struct host_vm *vm);

/* ---- host_due.c ------------------------------------------------------------------------- */

/* Begin what is to begin, end what is over. */
void host_leases_run(struct host *host);
void host_leases_see(struct host *host);

/* Events count from now on, if they did not yet: what came before is nobody's. False when the logs
 * cannot be read. */
bool host_leases_follow(struct host *host);

/* ---- host_find.c ------------------------------------------------------------------------ */

bool host_hits(const struct lease *lease, const struct host_vm *vm);

/* In place of "the active CF" the slot it has now; false with a sentence when none answers. */
bool host_resolve(struct host *host, struct fault *fault, char err[HOST_ERR]);

/* Does any VM run that it hits? False with a sentence. */
bool host_any_runs(const struct host *host, const struct lease *lease, char err[HOST_ERR]);

/* ---- host_store.c ----------------------------------------------------------------------- */

/* Leases in force to faults.json; numbers and measures to host.json. */
bool host_store(struct host *host, char err[HOST_ERR]);

/* What another host has stored: those in force then. */
void host_restore(struct host *host, struct faults *faults);

/* ---- host_cmd.c ------------------------------------------------------------------------- */

void host_command(void *ctx, const struct mgmt_line *line, struct mgmt_reply *reply);

/* It is in force, or is not: whoever asked for it is told. */
void host_cmd_begun(struct host *host, struct lease *lease);

/* A lease is gone: whoever cleared it is told, if it was the last one. */
void host_cmd_gone(struct host *host, uint32_t id);

#endif
