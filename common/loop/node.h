/* node.h - one VM of the lab as a process: who it is, where it lives, how it ends
 *
 * Every vpc-* program starts the same way: options, topology, run directory, the lock that
 * makes it the only one of its card, its incarnation, a zloop that ends on SIGTERM and
 * SIGINT. node_main() does all that and calls the program's build function.
 *
 * Ownership  the node owns loop and files; programs borrow it for their life
 * Time       lab time through clock.h
 * Errors     node_main prints one sentence and exits: 2 for usage, 1 for failure
 * Threads    main; the identity fields may be read by any thread
 */
#ifndef VPCLAB_NODE_H
#define VPCLAB_NODE_H

#include <czmq.h>

#include "common/conf/topo.h"

enum { NODE_PATH = 256, NODE_NAME = 64 };

struct node {
    struct topo topo;
    uint8_t instance;       /* index in topo.instances; for world and host: TOPO_INSTANCES */
    uint8_t slot;           /* 0: no card */
    enum card_type type;    /* CARD_EMPTY: no card */
    uint64_t incarnation;   /* this start; grows from start to start of one card */
    char name[NODE_NAME];   /* "east/cf1", "west/sf4", "world", "host" */
    char rundir[NODE_PATH]; /* of the lab */
    char dir[NODE_PATH];    /* of this instance inside it */
    zloop_t *loop;
    struct timer_loop *timers; /* of the loop */
    struct book *book;         /* the run directory's files that are followed (book.h) */
    int lock;                  /* descriptor of the locked pid file */
    bool restarted;            /* in place, by node_restart() or node_halt() */
    bool halted;               /* by the latter */
};

struct node_program {
    enum card_type type; /* which cards this program can be; CARD_EMPTY: none */
    const char *alone;   /* of a program that is no card: its name, and that of its files */
    bool no_vm;          /* it is none of the lab's VMs: faults do not concern it */
    const char *purpose; /* one sentence for --help */
    int (*build)(struct node *node, void **self); /* 0, or negative after having logged why */
    void (*teardown)(void *self);                 /* may get NULL */
};

/* The whole life of a program; returns its exit status. Does not return when it was to restart:
 * then the process is another start of the same program, with the same pid. */
int node_main(const struct node_program *program, int argc, char **argv);

/* End this process as SIGTERM does, but start the program anew in it: it has the same pid and
 * arguments, keeps its pid file locked all the time, and is a new incarnation. `why` is a static
 * text for the log. Any thread; nothing happens before the main loop's next turn. */
void node_restart(const char *why);

/* The same, but the new start is that of a halted card (halted.h), until the next restart. */
void node_halt(const char *why);

static inline const struct topo_instance *
node_instance(const struct node *node)
{
    return &node->topo.instances[node->instance];
}

static inline const struct topo_card *
node_card(const struct node *node)
{
    return &node_instance(node)->slots[node->slot];
}

/* ---- the run directory, also used by vpclab ---------------------------------------- */

/* The lab's run directory: $VPCLAB_RUN/NAME, or $XDG_RUNTIME_DIR/vpclab/NAME, or
 * /tmp/vpclab-UID/NAME. DI_ESPACE when a socket path in it would not fit. */
int rundir_path(const char *lab, char out[NODE_PATH]);

/* Create it and `sub` in it (NULL: none), mode 0700. DI_EREFUSED with a sentence in err
 * when a part of it exists and is not ours, or is no directory. */
int rundir_make(const char *rundir, const char *sub, char *err, size_t room);

/* Is what is there of it private and ours: the run directory itself, and the one above it unless
 * VPCLAB_RUN names that? DI_EREFUSED with a sentence in err when not; nothing there is no reason. To
 * be asked before anything in it is believed: the one above may stand in /tmp, where anybody could
 * have been first. */
int rundir_judge(const char *rundir, char *err, size_t room);

/* Base name of a card's files: "cf1", "demux3", "sf4". */
void card_file(enum card_type type, unsigned slot, char out[16]);

/* Open one of a lab's own files, made for its owner only; never through a symbolic link that
 * somebody put in its place. `flags` as of open(), `mode` the same as of fopen(). NULL with errno. */
FILE *rundir_file(const char *path, int flags, const char *mode);

/* Lock DIR/BASE.pid for this process and write our pid. Returns the descriptor, or
 * DI_EEXISTS with the holder's pid in *pid, or DI_ESYSTEM. Released when the process ends,
 * however it ends. */
int pidfile_lock(const char *path, int *pid);

/* The pid that holds the lock; 0 when nobody does. */
int pidfile_holder(const char *path);

/* Let nobody but our own user connect to this ZeroMQ socket (void *, not bound yet) over ipc: the
 * kernel says who it is (SO_PEERCRED), whatever the modes of file and directory. Root is not let in
 * either, unless it is ours. */
void rundir_owner_only(void *sock);

/* ZeroMQ endpoints in the run directory. */
void endpoint_card(const char *rundir, const char *instance, unsigned cf, char out[NODE_PATH]);
void endpoint_ckpt(const char *rundir, const char *instance, unsigned cf, char out[NODE_PATH]);
void endpoint_mgmt(const char *rundir, const char *instance, unsigned cf, char out[NODE_PATH]);
void endpoint_call(const char *rundir, const char *instance, char out[NODE_PATH]);
void endpoint_world(const char *rundir, const char *instance, char out[NODE_PATH]);
void endpoint_world_mgmt(const char *rundir, char out[NODE_PATH]);
void endpoint_host_mgmt(const char *rundir, char out[NODE_PATH]);

#endif
