/* proc.h - the processes of a lab: which there are, starting them, ending them
 *
 * A process is known by the locked pid file of its card, never by a name or a remembered
 * number, so nothing is started twice and nobody else's process is ever hit. Started ones have a
 * session of their own; their parent is init, or the host that started them while it lives.
 *
 * Ownership  plain values; proc_close closes the descriptor of a proc that was started or
 *            signalled
 * Time       real milliseconds
 * Errors     a negative enum di_err, and one sentence in err
 * Threads    main
 */
#ifndef VPCLAB_PROC_H
#define VPCLAB_PROC_H

#include "lab/lab.h"

enum { PROCS_MOST = 2 + TOPO_INSTANCES * TOPO_SLOTS, PROC_PATH = NODE_PATH + 64 };

enum proc_kind { PROC_CARD, PROC_WORLD, PROC_HOST };

struct proc {
    char name[NODE_NAME];   /* "east/cf1", "world", "host" */
    uint8_t instance, slot; /* TOPO_INSTANCES and 0: no card */
    enum proc_kind kind;
    enum card_type type;
    char base[PROC_PATH]; /* its files, without their endings .pid and .log */
    int pid;              /* last seen; 0: does not run */
    int fd;               /* pidfd; -1: none */
};

/* Every process the topology asks for, in the order of starting, without the host that starts
 * them; their number. */
size_t procs_of(const struct lab *lab, struct proc procs[PROCS_MOST]);

/* The lab's host. */
struct proc proc_host(const struct lab *lab);

/* Every process whose pid file is in the run directory, known to a topology or not. */
size_t procs_found(const struct lab *lab, struct proc procs[PROCS_MOST]);

/* Look who runs; the pid, 0 for nobody. */
int proc_look(struct proc *proc);

/* Those that were killed and are not gone hold their pid files still: wait until each is gone. */
void procs_see_off(struct proc *procs, size_t n);

/* Are all programs the lab needs beside this one? */
int procs_check(const struct proc *procs, size_t n, char *err, size_t room);

/* Start it: pid and fd are set. It may still fail by itself: see proc_settled. */
int proc_start(struct proc *proc, const struct lab *lab, char *err, size_t room);

/* Has a started process taken its pid file (1), not yet (0), or ended (-1)? */
int proc_settled(struct proc *proc);

/* Has it ended? Only of a process with fd. */
bool proc_ended(const struct proc *proc);

/* Signal it if it runs: true when it did. */
bool proc_signal(struct proc *proc, int signal);

/* Wait until all those with an fd have ended; false when the time is over. */
bool procs_wait_ended(const struct proc *procs, size_t n, int64_t timeout_ms);

void proc_close(struct proc *proc);

/* The last lines of its log to stderr. */
void proc_print_log(const struct proc *proc);

/* State ('T': stopped) and nice value of any process, from /proc; false: it has gone. */
bool proc_stat(int pid, char *state, long *nice);

#endif
