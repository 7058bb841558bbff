/* fault.h - what can be broken in a lab, where, and for how long
 *
 * A fault is a lease: a kind, a target, how much of it, and an instant at which it ends by
 * itself. `vpc-host` writes those in force to RUNDIR/faults.json (common/loop/fault_file.h); who
 * carries one out ends it at its instant though nobody is left to take it back.
 *
 *     target               is
 *     east                 every VM of that instance
 *     east/sf4             one VM; also east/active-cf, the one that leads when it begins
 *     world                the outside world's process
 *     srp-control          that link, both ways
 *     srp-control:east>    ... only what east sends; east<: only what it receives
 *     card:east            the card bus of east, all of it; also ckpt, call, access, aaa
 *     card:east/sf4>       ... only what SF 4 sends on it; east/sf4<: what it is sent
 *     127.0.8.1            a server of the outside world, or a neighbor; "all": each of them
 *
 * Whatever it is, a fault of a link is carried out by who sends: what a chassis receives is what
 * the other sends to it.
 *
 * Ownership  plain values; names of kinds and links are static
 * Time       begin and end are CLOCK_MONOTONIC in microseconds: real, the same in all processes
 * Errors     readers return false, and say in a sentence what is wrong where they take `err`
 * Threads    any
 */
#ifndef VPCLAB_FAULT_H
#define VPCLAB_FAULT_H

#include "common/conf/topo.h"

/* What a target may be. */
enum fault_on { FAULT_ON_VM, FAULT_ON_SF, FAULT_ON_LINK, FAULT_ON_SERVER, FAULT_ON_NEIGHBOR };

/* Who carries it out: a keeper of vpc-host, the processes themselves, the world. */
enum fault_by { FAULT_BY_HOST, FAULT_BY_PROCESS, FAULT_BY_WORLD };

/* kind, word, on what, by whom, unit of the amount ("": none), least, most, default, what it does */
#define FAULT_KINDS(X)                                                                             \
    X(KILL, "kill", VM, HOST, "", 0, 0, 0, "SIGKILL; dead until the lease ends, then started")     \
    X(PAUSE, "pause", VM, HOST, "", 0, 0, 0, "stopped (SIGSTOP), then going on")                   \
    X(STUTTER, "stutter", VM, HOST, "%", 1, 99, 20, "runs that part of each 250 ms")               \
    X(STARVE, "starve", VM, HOST, "", 1, 64, 8, "shares one core with that many busy threads")     \
    X(DISK_FULL, "disk-full", VM, HOST, "", 0, 0, 0, "can write to no file")                       \
    X(DESCRIPTORS, "descriptors", VM, HOST, "", 0, 0, 0,                                           \
      "can open no file or socket more, and may end by that")                                      \
    X(CUT, "cut", LINK, PROCESS, "", 0, 0, 0, "nothing arrives; both ways: connections end")       \
    X(DELAY, "delay", LINK, PROCESS, "ms", 1, 60000, 100, "each frame arrives that much later")    \
    X(JITTER, "jitter", LINK, PROCESS, "ms", 1, 60000, 100, "... by up to that much, in order")    \
    X(THROTTLE, "throttle", LINK, PROCESS, "kbit/s", 1, 10000000, 1000, "that much, and no more")  \
    X(RESET, "reset", LINK, PROCESS, "ms", 0, 60000, 0, "connections end, again after that time")  \
    X(DROP, "drop", LINK, PROCESS, "%", 1, 100, 10, "that part of the frames is lost")             \
    X(DUPLICATE, "duplicate", LINK, PROCESS, "%", 1, 100, 10, "... arrives twice")                 \
    X(REORDER, "reorder", LINK, PROCESS, "%", 1, 100, 10, "... arrives behind the next one")       \
    X(CORRUPT, "corrupt", LINK, PROCESS, "%", 1, 100, 10, "... has wrong octets, or is cut short") \
    X(REPLAY, "replay", LINK, PROCESS, "%", 1, 100, 10, "... is followed by an older one")         \
    X(STALE, "stale-epoch", LINK, PROCESS, "%", 1, 100, 10, "... comes again with an old epoch")   \
    X(NO_APPLY, "no-apply", SF, PROCESS, "%", 1, 100, 10, "of the checkpoints are not applied")    \
    X(CLOCK_STEP, "clock-step", VM, PROCESS, "s", -86400, 86400, 3600, "its wall clock is wrong")  \
    X(AAA_SILENT, "aaa-silent", SERVER, WORLD, "", 0, 0, 0, "it does not answer")                  \
    X(AAA_REFUSE, "aaa-refuse", SERVER, WORLD, "", 0, 0, 0, "it refuses")                          \
    X(AAA_LIE, "aaa-lie", SERVER, WORLD, "", 0, 0, 0, "its answers are false")                     \
    X(BGP_DOWN, "bgp-down", NEIGHBOR, WORLD, "", 0, 0, 0, "its session with the chassis ends")     \
    X(BGP_LIE, "bgp-lie", NEIGHBOR, WORLD, "", 0, 0, 0, "says it has routes, and takes none")

enum fault_kind {
#define X(name, ...) FAULT_##name,
    FAULT_KINDS(X)
#undef X
        FAULT_KIND_N
};

#define FAULT_LINKS(X)                                                                             \
    X(SRP_CONTROL, "srp-control", "hellos between the chassis")                                    \
    X(SRP_SESSION, "srp-session", "checkpoints between the chassis")                               \
    X(CARD, "card", "between the CFs, the demux and the session managers of an instance")          \
    X(CKPT, "ckpt", "checkpoints between session managers and CF")                                 \
    X(CALL, "call", "between the demux and the session managers")                                  \
    X(ACCESS, "access", "between the demux and the outside world")                                 \
    X(AAA, "aaa", "probes of the CF to RADIUS and Diameter servers")

enum fault_link {
#define X(name, word, text) FAULT_LINK_##name,
    FAULT_LINKS(X)
#undef X
        FAULT_LINK_N,
    FAULT_NO_LINK = FAULT_LINK_N
};

enum fault_way { FAULT_BOTH_WAYS, FAULT_OUT, FAULT_IN };

enum {
    FAULTS_MOST = 64,
    FAULT_TARGET = 64,          /* text of a target, terminated */
    FAULT_ANY = TOPO_INSTANCES, /* in place of an instance: all of them; of a VM: the world */
    FAULT_ACTIVE_CF = 255,      /* in place of a slot, until the lease begins */
    FAULT_SECONDS = 30,         /* how long, when nobody says */
    FAULT_SECONDS_MOST = 24 * 3600,
};

struct fault_target {
    enum fault_link link; /* FAULT_NO_LINK: a VM, a server or a neighbor */
    enum fault_way way;   /* seen from instance and slot */
    uint8_t instance;
    uint8_t slot;  /* 0: all cards of the instance */
    uint32_t addr; /* server or neighbor; 0: all */
};

struct fault {
    uint32_t id; /* from 1; 0: none */
    enum fault_kind kind;
    struct fault_target target;
    int64_t amount;
    int64_t begin_us, end_us;
};

/* ---- kinds and links, by their words ------------------------------------------------ */

const char *fault_kind_word(enum fault_kind kind);
const char *fault_kind_text(enum fault_kind kind);
const char *fault_kind_unit(enum fault_kind kind);
enum fault_on fault_kind_on(enum fault_kind kind);
enum fault_by fault_kind_by(enum fault_kind kind);
int64_t fault_amount_default(enum fault_kind kind);
bool fault_amount_fits(enum fault_kind kind, int64_t amount);
void fault_amount_bounds(enum fault_kind kind, int64_t *least, int64_t *most);
bool fault_kind_read(const char *word, enum fault_kind *kind);

const char *fault_link_word(enum fault_link link);
const char *fault_link_text(enum fault_link link);

/* ---- targets ------------------------------------------------------------------------ */

/* A target of that kind; false, and in *why what was expected (static), for what is none. */
bool fault_target_read(struct fault_target *target, enum fault_kind kind, const char *text,
                       const struct topo *topo, const char **why);

/* As it is read. */
void fault_target_text(const struct fault_target *target, enum fault_kind kind,
                       const struct topo *topo, char out[FAULT_TARGET]);

/* ---- whom it hits ------------------------------------------------------------------- */

/* Is the lease in force at that instant? */
bool fault_in_force(const struct fault *fault, int64_t now_us);

/* The first instant after `after_us` at which a reset ends connections; INT64_MAX: none. */
int64_t fault_reset_next(const struct fault *fault, int64_t after_us);

/* Does it hit what `instance`/`slot` (TOPO_INSTANCES and 0: the world) sends on that link to
 * `peer_instance`/`peer_slot`? A slot of 0 is not known, and hit by faults of whole links only. */
bool fault_hits_frame(const struct fault *fault, enum fault_link link, uint8_t instance,
                      uint8_t slot, uint8_t peer_instance, uint8_t peer_slot);

/* Does the process of that card (TOPO_INSTANCES and 0: the world) carry the lease out, and tell of
 * it (fault.on, fault.off)? Of a link: both ends that send on it; of aaa the CFs alone, for both
 * ways, since the servers may be anybody's. False where vpc-host carries it out. */
bool fault_concerns(const struct fault *fault, const struct topo *topo, uint8_t instance,
                    uint8_t slot);

/* Is that VM its target? Not for faults of links. */
bool fault_hits_vm(const struct fault *fault, uint8_t instance, uint8_t slot);

#endif
