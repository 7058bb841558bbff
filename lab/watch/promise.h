/* promise.h - what a living pair promises, and whether the story it tells keeps it
 *
 * Fed with the events of all processes as one story (lab/events/events.h) and with samples of what the
 * lab says of itself, the newest last. Whether two hellos arrived, how long a chassis was silent,
 * who started an epoch comes from events; what is the case, from samples. The hellos have to be
 * events, too ("vpclab events --hellos on"): without them the promises that speak of hellos are
 * not judged, never guessed.
 *
 * What is excused is excused by the promise itself: "while hellos flow both ways" means that both
 * heard each other. A busy machine gets PROMISE_SLACK_MS, real, on top of each bound.
 *
 * Ownership  plain values; nothing of an event is kept
 * Time       lab microseconds, of the events and of the samples
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_PROMISE_H
#define VPCLAB_PROMISE_H

#include "lab/events/events.h"
#include "lab/view.h"
#include "lab/watch/promise_calls.h"

/* promise, word, in a sentence */
#define PROMISES(X)                                                                                \
    X(DUAL, "dual-active",                                                                         \
      "while hellos flow both ways both chassis are Active for at most one hello interval "        \
      "+ 100 ms")                                                                                  \
    X(STANDBY, "standby-serves", "a Standby serves nothing")                                       \
    X(EPOCH, "epoch", "an epoch never falls, and is started by one chassis")                       \
    X(ROUTE, "route", "no best path leads to a Standby while an Active announces")                 \
    X(PENDING, "pending", "a pending state ends within its bound")                                 \
    X(DEAD, "dead-interval", "no chassis takes over before the dead interval, whatever a CF does") \
    X(CRASH, "crash", "no process of a VM ends by a signal that nobody sends")                     \
    X(LEDGER, "ledger", "of a takeover: before = recovered + lost, and none was acknowledged")     \
    X(OWNERS, "owners", "no address, TEID or call-id has two owners")                              \
    X(COPIES, "copies", "at rest the Standby has a record of each call, and of no other")          \
    X(OCTETS, "octets", "no packet is counted that was not sent")                                  \
    X(WHOLE, "whole", "when all is well the pair becomes whole: one Active, one Standby, ready")

enum promise {
#define X(name, word, text) PROMISE_##name,
    PROMISES(X)
#undef X
        PROMISE_N
};

enum {
    PROMISE_SLACK_MS = 1000,
    PROMISE_TEXT = 240,
    PROMISE_FOUND = 8,   /* breaches of one step */
    PROMISE_EPOCHS = 16, /* the latest ones, whose owner is known */
    PROMISE_LEASES = 16, /* that take descriptors away, at a time */
    PROMISE_QUIET_S = 3, /* lab seconds after which all have told what they know: status, silence */
    PROMISE_SYNC_S = 75, /* ... a complete copy: 15 s, and 60 s until what failed is sent again */
    PROMISE_TIMEOUT_S = 300, /* ... a critical flush, at most, unless an operator says more */
};

struct promise_breach {
    enum promise promise;
    int64_t lab_us; /* of the event or sample that shows it */
    char text[PROMISE_TEXT];
};

/* A state of a chassis, as far as promises tell them apart. */
enum promise_state {
    PROMISE_UNKNOWN,
    PROMISE_INIT,
    PROMISE_ACTIVE,
    PROMISE_STANDBY_STATE,
    PROMISE_PENDING_ACTIVE,
    PROMISE_PENDING_STANDBY
};

/* What the lab says of one instance, beyond lab/view.h. */
struct promise_seen {
    bool counted;      /* the session managers' counters are there */
    uint64_t up, down; /* packets of all of them since each was started */
    bool all_run;      /* each process of it runs, and is not stopped */
    uint64_t pids;     /* a sum that changes when any process is another one */
};

struct promise_sample {
    int64_t lab_us;
    const struct view *view;
    struct promise_seen seen[TOPO_INSTANCES];
    bool faulted;    /* a fault is in force, or the world is not whole */
    bool paired;     /* both chassis have a peer configured */
    bool calls_read; /* calls is there */
    struct promise_calls calls;
    bool told;           /* a call generator says how many packets it has sent */
    uint64_t sent;       /* ... since it began */
    int64_t duration_us; /* the longest checkpoint duration */
};

/* What a takeover cost: by the notes of the session managers, and by the chassis itself. */
struct promise_takeover {
    int64_t lab_us;
    uint8_t instance;
    struct promise_ledger {
        bool known;
        uint64_t before, recovered, lost, causes; /* causes: the sum over them */
        uint64_t acknowledged;                    /* of the lost; by the chassis: 0 */
    } notes, chassis;
};

enum promise_what { PROMISE_EVENT, PROMISE_SAMPLE, PROMISE_TAKEOVER };

struct promise_input {
    enum promise_what what;
    const struct event *event;
    const struct promise_sample *sample;
    const struct promise_takeover *takeover;
};

struct promise_chassis {
    char name[TOPO_NAME];
    enum promise_state state;
    char phase[VIEW_WORD];
    char leader[16];                        /* the card that speaks for it: "cf1"; "": none known */
    uint64_t epoch;                         /* the highest since it was started */
    int64_t since_us;                       /* in that state */
    int64_t pending_us;                     /* how long it was seen to be pending */
    int64_t seen_us;                        /* last event of its leader */
    int64_t heard_us;                       /* last hello of its peer */
    int64_t heard_active_us, both_since_us; /* ... of an Active one; since when without a gap */
    bool dual_told, pending_told;
    uint32_t halted; /* a bit for each card that an operator halted */
    bool refuses;    /* checkpoints are made to fail, by order */
    /* samples */
    bool was_counted;
    struct promise_seen counted;
    uint64_t counted_epoch; /* CF epoch */
    int64_t standby_us;     /* Standby in all samples since; 0: it is not */
    bool grew; /* its counters did, in the last sample, though it was Standby in that epoch */
    uint64_t grew_epoch;
    struct promise_seen grew_from;
    uint64_t sum_up; /* packets counted since the first sample, by whoever it was */
};

struct promises {
    uint8_t n;
    struct promise_chassis chassis[TOPO_INSTANCES];
    int64_t hello_us, dead_us, slack_us;
    int64_t flush_us; /* the longest that an operator allowed a critical flush */
    struct {
        uint64_t epoch;
        uint8_t owner;
    } epochs[PROMISE_EPOCHS];
    uint8_t epoch_n;
    uint64_t starved[PROMISE_LEASES]; /* leases that take descriptors away; 0: none */
    int64_t
        route_us[TOPO_INSTANCES];  /* a best path has led to that Standby since; 0: it does not */
    int64_t broken_us;             /* since when it is not whole, though nothing is wrong */
    int64_t rest_us;               /* synchronised, and no role changed since */
    int64_t told_us[PROMISE_N];    /* a breach that lasts is told once */
    struct promise_pair_of owners; /* as the sample before had it */
    bool copies;                   /* the sample before found a copy missing, or too many */
    uint64_t sent_first, sent_last, counted_first;
    int64_t sent_us; /* since when what is sent counts */
    bool sent_known;
    uint64_t judged[PROMISE_N]; /* how often */
};

void promises_init(struct promises *state, const struct topo *topo);

/* How many lab seconds pass in a real one, now: the slack is that of the machine. With another
 * scale, what lasts begins anew. The event lab.time does the same. */
void promises_scale(struct promises *state, double scale);

/* The intervals in force, lab microseconds. */
void promises_intervals(struct promises *state, int64_t hello_us, int64_t dead_us);

/* What that breaks; their number, at most PROMISE_FOUND. */
size_t promise_step(struct promises *state, const struct promise_input *input,
                    struct promise_breach found[PROMISE_FOUND]);

const char *promise_word(enum promise promise);
const char *promise_text(enum promise promise);

#endif
