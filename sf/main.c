/* main.c - vpc-sf, a session function: the process of one or more session managers
 *
 * Each session manager is a thread (sessmgr.h); this one waits for the signal to end them. A
 * spare SF has one thread, without a session manager.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/loop/log.h"
#include "common/loop/timer.h"
#include "sf/sessmgr.h"

/* What a session manager opens at most: five links with their monitors, and the pipe to it. */
enum { SOCKETS_EACH = 20, FILES_EACH = 32, BESIDE = 64 };

struct worker {
    struct node *node;
    uint8_t sessmgr; /* 0: spare */
    char name[16];   /* for its log lines; "": there is but one */
    zactor_t *actor;
    atomic_bool failed; /* to start; read when it has signalled that it tried */
};

struct sf {
    unsigned worker_n;
    struct worker workers[TOPO_SESSMGRS];
};

/* ---- a thread ------------------------------------------------------------------------------ */

/* The owner says one thing only: $TERM. */
static int
on_pipe(zloop_t *loop, zsock_t *pipe, void *arg)
{
    char *word = zstr_recv(pipe);

    (void)loop;
    (void)arg;
    zstr_free(&word);
    return -1;
}

static void
work(zsock_t *pipe, void *arg)
{
    struct worker *worker = arg;
    struct sessmgr_setup setup = {
        .node = worker->node,
        .loop = zloop_new(),
        .sessmgr = worker->sessmgr,
    };
    struct timer_loop *timers;
    struct sessmgr *sessmgr;

    if (worker->name[0])
        log_thread(worker->name);
    if (!setup.loop || zloop_reader(setup.loop, pipe, on_pipe, NULL) != 0)
        log_fatal("sess: cannot start the event loop of a session manager");
    timers = timer_loop_open(setup.loop);
    sessmgr = sessmgr_open(&setup);
    atomic_store(&worker->failed, !sessmgr);
    (void)zsock_signal(pipe, 0); /* the owner is waiting for it */
    if (sessmgr)
        (void)zloop_start(setup.loop); /* ends with $TERM only */
    sessmgr_close(&sessmgr);
    timer_loop_close(&timers);
    zloop_destroy(&setup.loop);
}

static int
start(struct worker *worker)
{
    worker->actor = zactor_new(work, worker);
    if (!worker->actor)
        log_fatal("sess: cannot start a thread");
    return atomic_load(&worker->failed) ? -1 : 0;
}

/* ---- life ---------------------------------------------------------------------------------- */

/* ZeroMQ's threads that move the bytes: one works a third as much as the session manager it works
 * for, and is of no use without a core. */
static size_t
io_threads(unsigned sessmgrs)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = (sessmgrs + 1) / 2;

    return cores > 0 && wanted > (size_t)cores ? (size_t)cores : wanted;
}

/* Before the first socket: the usual limits of ZeroMQ and of the shell are made for fewer. */
static int
make_room(unsigned n)
{
    const rlim_t need = BESIDE + (rlim_t)n * FILES_EACH;
    struct rlimit files;

    zsys_set_io_threads(io_threads(n));
    zsys_set_max_sockets(BESIDE + (size_t)n * SOCKETS_EACH);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= need)
        return 0;
    if (files.rlim_max < need) {
        log_error("sess: %u session managers need %llu open files, but the limit is %llu: raise it "
                  "(ulimit -Hn) or lower \"sessmgrs\" of this slot",
                  n, (unsigned long long)need, (unsigned long long)files.rlim_max);
        return -1;
    }
    files.rlim_cur = need;
    return setrlimit(RLIMIT_NOFILE, &files);
}

static int
build(struct node *node, void **self)
{
    const struct topo_card *card = node_card(node);
    unsigned n = card->sessmgrs ? card->sessmgrs : 1;
    struct sf *sf = calloc(1, sizeof *sf);

    if (!sf)
        log_fatal("sess: out of memory");
    *self = sf;
    if (make_room(n) != 0)
        return -1;
    for (unsigned i = 0; i < n; i++) {
        struct worker *worker = &sf->workers[sf->worker_n++];

        worker->node = node;
        worker->sessmgr = card->sessmgrs ? (uint8_t)(card->sessmgr + i) : 0;
        if (n > 1)
            (void)snprintf(worker->name, sizeof worker->name, "sessmgr %u", worker->sessmgr);
        if (start(worker) != 0)
            return -1;
    }
    return 0;
}

static void
teardown(void *self)
{
    struct sf *sf = self;

    if (!sf)
        return;
    for (unsigned i = 0; i < sf->worker_n; i++)
        zactor_destroy(&sf->workers[i].actor);
    free(sf);
}

int
main(int argc, char **argv)
{
    static const struct node_program program = {
        .type = CARD_SF,
        .purpose = "Session function of a VPC-DI instance: the calls of its session managers.",
        .build = build,
        .teardown = teardown,
    };

    return node_main(&program, argc, argv);
}
