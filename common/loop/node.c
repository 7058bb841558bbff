#include "common/loop/node.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/loop/book.h"
#include "common/loop/clock.h"
#include "common/loop/fault_leases.h"
#include "common/loop/halted.h"
#include "common/loop/lab_clock.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"

enum { EXIT_USAGE = 2 };

/* In the environment of a start in place: the descriptor of the pid file, still locked. */
#define LOCK_VARIABLE "VPCLAB_LOCK"

/* ... of a card that was halted: set. */
#define HALTED_VARIABLE "VPCLAB_HALTED"

/* Why this process is to start anew; NULL: it is not. Of the process, as its signals are. */
static _Atomic(const char *) restart_why;

static atomic_bool restart_halted;

/* Told to end: an order to start anew that a thread still handles does not count any more. */
static atomic_bool stopping;

/* Of several orders in one moment the first counts. */
static void
restart(const char *why, bool halted)
{
    const char *none = NULL;

    if (atomic_load(&stopping))
        return;
    if (atomic_compare_exchange_strong(&restart_why, &none, why))
        atomic_store(&restart_halted, halted);
    (void)kill(getpid(), SIGUSR1);
}

void
node_restart(const char *why)
{
    restart(why, false);
}

void
node_halt(const char *why)
{
    restart(why, true);
}

struct options {
    const char *topology, *instance;
    unsigned slot;
    int status; /* -1: go on; else exit with it */
};

static void
usage(const struct node_program *program, const char *argv0, FILE *out)
{
    bool card = program->type != CARD_EMPTY;

    (void)fprintf(out,
                  "usage: %s -t TOPOLOGY%s\n%s\n\n"
                  "  -t, --topology FILE    topology of the lab (JSON)\n%s"
                  "  -h, --help             this text\n"
                  "      --version          version\n\n"
                  "VPCLAB_RUN sets the directory for run directories; VPCLAB_DEBUG=1 logs more.\n",
                  argv0, card ? " -i INSTANCE -s SLOT" : "", program->purpose,
                  card ? "  -i, --instance NAME    instance in that topology\n"
                         "  -s, --slot N           slot of this card\n"
                       : "");
}

static struct options
parse(const struct node_program *program, int argc, char **argv)
{
    static const struct option longs[] = {
        {"topology", required_argument, NULL, 't'}, {"instance", required_argument, NULL, 'i'},
        {"slot", required_argument, NULL, 's'},     {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},        {NULL, 0, NULL, 0},
    };
    struct options o = {.status = -1};
    char *end;

    for (int c; (c = getopt_long(argc, argv, "t:i:s:h", longs, NULL)) != -1;) {
        switch (c) {
        case 't':
            o.topology = optarg;
            break;
        case 'i':
            o.instance = optarg;
            break;
        case 's':
            o.slot = (unsigned)strtoul(optarg, &end, 10);
            if (*end || o.slot == 0 || o.slot > TOPO_SLOTS) {
                (void)fprintf(stderr, "%s: slot \"%s\": expected a number from 1 to %d\n", argv[0],
                              optarg, TOPO_SLOTS);
                o.status = EXIT_USAGE;
            }
            break;
        case 'h':
            usage(program, argv[0], stdout);
            o.status = EXIT_SUCCESS;
            break;
        case 'V':
            (void)printf("vpclab %s\n", VPCLAB_VERSION);
            o.status = EXIT_SUCCESS;
            break;
        default:
            usage(program, argv[0], stderr);
            o.status = EXIT_USAGE;
        }
        if (o.status != -1)
            return o;
    }
    if (optind < argc || !o.topology ||
        (program->type != CARD_EMPTY && (!o.instance || o.slot == 0))) {
        usage(program, argv[0], stderr);
        o.status = EXIT_USAGE;
    }
    return o;
}

/* Which card of the topology are we? Exit status, or -1 to go on. */
static int
identify(struct node *node, const struct node_program *program, const struct options *o)
{
    char base[16];
    int instance;

    node->type = program->type;
    card_file(node->type, o->slot, base);
    if (program->type == CARD_EMPTY) {
        node->instance = TOPO_INSTANCES;
        (void)snprintf(node->name, sizeof node->name, "%s", program->alone);
        return -1;
    }
    instance = topo_find(&node->topo, o->instance);
    if (instance < 0) {
        (void)fprintf(stderr, "%s: no instance \"%s\"; it has:", o->topology, o->instance);
        for (size_t i = 0; i < node->topo.instance_n; i++)
            (void)fprintf(stderr, " %s", node->topo.instances[i].name);
        (void)fprintf(stderr, "\n");
        return EXIT_USAGE;
    }
    node->instance = (uint8_t)instance;
    node->slot = (uint8_t)o->slot;
    if (node_card(node)->type != program->type) {
        (void)fprintf(stderr, "%s: instances.%s: slot %u is \"%s\", not \"%s\"\n", o->topology,
                      o->instance, o->slot, card_type_name(node_card(node)->type),
                      card_type_name(program->type));
        return EXIT_USAGE;
    }
    (void)snprintf(node->name, sizeof node->name, "%s/%s", o->instance, base);
    return -1;
}

/* Incarnations of one card grow even when the wall clock steps back: the last one is kept
 * in the pid file's neighbour. */
static uint64_t
next_incarnation(const char *path)
{
    uint64_t now = (uint64_t)clock_wall_us(), last = 0;
    FILE *f = rundir_file(path, O_RDWR | O_CREAT, "r+");
    char text[32] = "";

    if (!f)
        return now;
    if (fgets(text, sizeof text, f))
        last = strtoull(text, NULL, 10);
    if (now <= last)
        now = last + 1;
    rewind(f);
    (void)fprintf(f, "%llu\n", (unsigned long long)now);
    if (fclose(f) != 0)
        log_warn("node: cannot keep the incarnation in %s: %s", path, strerror(errno));
    return now;
}

/* The lock of the start before this one, if it is one of the same file; else -1. It must not be
 * opened once more: closing any descriptor of a file gives up all locks of the process. */
static int
inherited_lock(const char *path)
{
    const char *text = getenv(LOCK_VARIABLE);
    struct stat ours, file;
    int fd = text ? (int)strtol(text, NULL, 10) : -1;

    (void)unsetenv(LOCK_VARIABLE); /* likewise */
    if (fd <= STDERR_FILENO || fstat(fd, &ours) != 0 || lstat(path, &file) != 0 ||
        ours.st_ino != file.st_ino || ours.st_dev != file.st_dev)
        return -1;
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

/* Take possession of our place in the run directory. Exit status, or -1 to go on. */
static int
settle(struct node *node)
{
    char base[NODE_NAME], path[NODE_PATH + 2 * NODE_NAME], err[512];
    const char *sub = node->type == CARD_EMPTY ? NULL : node_instance(node)->name;
    int holder = 0;

    if (rundir_path(node->topo.name, node->rundir) != 0) {
        (void)fprintf(stderr,
                      "%s: the run directory's path is too long for sockets; set VPCLAB_RUN to a "
                      "shorter one\n",
                      node->rundir);
        return EXIT_FAILURE;
    }
    if (rundir_make(node->rundir, sub, err, sizeof err) != 0) {
        (void)fprintf(stderr, "%s\n", err);
        return EXIT_FAILURE;
    }
    if (snprintf(node->dir, sizeof node->dir, "%s%s%s", node->rundir, sub ? "/" : "",
                 sub ? sub : "") >= (int)sizeof node->dir)
        return EXIT_FAILURE;
    if (sub)
        card_file(node->type, node->slot, base);
    else
        (void)snprintf(base, sizeof base, "%s", node->name);
    (void)snprintf(path, sizeof path, "%s/%s.pid", node->dir, base);
    node->lock = node->restarted ? inherited_lock(path) : -1;
    if (node->lock < 0)
        node->lock = pidfile_lock(path, &holder);
    if (node->lock == DI_EEXISTS) {
        (void)fprintf(stderr, "%s is running already, as process %d\n", node->name, holder);
        return EXIT_FAILURE;
    }
    if (node->lock < 0) {
        (void)fprintf(stderr, "%s: cannot lock: %s\n", path, strerror(errno));
        return EXIT_FAILURE;
    }
    (void)snprintf(path, sizeof path, "%s/%s.incarnation", node->dir, base);
    node->incarnation = next_incarnation(path);
    (void)snprintf(path, sizeof path, "%s/%s.jsonl", node->dir, base);
    if (log_open(node->name, path) != 0) {
        (void)fprintf(stderr, "%s: cannot write the event log: %s\n", path, strerror(errno));
        return EXIT_FAILURE;
    }
    return -1;
}

static int
on_signal(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct signalfd_siginfo info;

    (void)loop;
    (void)arg;
    if (read(item->fd, &info, sizeof info) != sizeof info)
        return 0;
    if (info.ssi_signo != SIGUSR1)
        log_info("node: stopping (%s)", info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
    else if (!atomic_load(&restart_why))
        return 0; /* somebody else's: it means nothing here */
    if (info.ssi_signo != SIGUSR1)
        atomic_store(&stopping, true);
    return -1;
}

/* SIGTERM, SIGINT and our own SIGUSR1 arrive as an event of the loop, in order with all others. Blocked
 * before any thread exists, so that no thread of ZeroMQ takes them. */
static int
signal_descriptor(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGUSR1);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a write that fails */
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool
starts_anew(void)
{
    return !atomic_load(&stopping) && atomic_load(&restart_why) != NULL;
}

static const char *
stop_cause(void)
{
    return starts_anew() ? atomic_load(&restart_why) : "signal";
}

static int
run(struct node *node, const struct node_program *program)
{
    int signals = signal_descriptor(), status = EXIT_FAILURE;
    zmq_pollitem_t item = {.fd = signals, .events = ZMQ_POLLIN};
    struct halted *halted = NULL;
    void *self = NULL;

    zsys_handler_set(NULL);
    zsys_set_linger(0);
    node->loop = zloop_new();
    if (signals < 0 || !node->loop || zloop_poller(node->loop, &item, on_signal, NULL) != 0 ||
        !(node->book = book_open(node->loop, node->rundir)))
        log_fatal("node: cannot start the event loop: %s", strerror(errno));
    node->timers = timer_loop_open(node->loop);
    lab_clock_follow(node);
    log_event("process.start", NULL, node->name, NULL, node->incarnation);
    if (!program->no_vm)
        fault_leases_follow(node);
    if (node->halted ? (halted = halted_open(node)) != NULL : program->build(node, &self) == 0) {
        (void)zloop_start(node->loop); /* ends with a signal only */
        status = EXIT_SUCCESS;
    }
    halted_close(&halted);
    program->teardown(self);
    log_event("process.stop", NULL, NULL, status == EXIT_SUCCESS ? stop_cause() : "failure",
              node->incarnation);
    fault_leases_leave();
    clock_missed(NULL, NULL);
    book_close(&node->book);
    timer_loop_close(&node->timers);
    zloop_destroy(&node->loop);
    zsys_shutdown();
    (void)close(signals);
    return status;
}

/* What the kernel adds to the path of a file that was replaced, as by a build. */
static void
cut_deleted(char *path, size_t len)
{
    static const char mark[] = " (deleted)";
    size_t mark_len = sizeof mark - 1;

    if (len > mark_len && strcmp(path + len - mark_len, mark) == 0)
        path[len - mark_len] = '\0';
}

/* The program again, in this process. The lock goes over to it; all else closes itself. The file
 * may be another one by now: whoever builds anew and reloads gets what was built. */
static void
start_anew(const struct node *node, char **argv)
{
    char self[TOPO_PATH], lock[16];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);

    (void)snprintf(lock, sizeof lock, "%d", node->lock);
    if (len <= 0 || fcntl(node->lock, F_SETFD, 0) != 0 || setenv(LOCK_VARIABLE, lock, 1) != 0 ||
        (atomic_load(&restart_halted) && setenv(HALTED_VARIABLE, "1", 1) != 0))
        return;
    self[len] = '\0';
    cut_deleted(self, (size_t)len);
    (void)execv(self, argv);
    (void)execv("/proc/self/exe", argv); /* none is there */
    (void)fprintf(stderr, "%s: cannot start anew: %s\n", node->name, strerror(errno));
}

int
node_main(const struct node_program *program, int argc, char **argv)
{
    struct options o = parse(program, argc, argv);
    struct node *node;
    char err[4096];
    int status = o.status;

    if (status != -1)
        return status;
    node = calloc(1, sizeof *node);
    if (!node)
        log_fatal("node: out of memory");
    node->lock = -1;
    node->restarted = getenv(LOCK_VARIABLE) != NULL;
    node->halted = node->restarted && getenv(HALTED_VARIABLE) != NULL;
    (void)unsetenv(HALTED_VARIABLE); /* of nobody else: no other thread runs yet */
    (void)umask(077);                /* what we write is for our user only */
    /* The configuration that the topology names is that of a first start. */
    if ((node->restarted ? topo_load_alone : topo_load)(&node->topo, o.topology, err, sizeof err) !=
        0) {
        (void)fprintf(stderr, "%s\n", err);
        status = EXIT_USAGE;
    }
    clock_scale(node->topo.time_scale);
    if (status == -1)
        status = identify(node, program, &o);
    if (status == -1)
        status = settle(node);
    if (status == -1)
        status = run(node, program);
    log_close();
    if (status == EXIT_SUCCESS && node->lock >= 0 && starts_anew()) {
        start_anew(node, argv);
        status = EXIT_FAILURE;
    }
    if (node->lock >= 0)
        (void)close(node->lock); /* releases the lock */
    free(node);
    return status;
}
