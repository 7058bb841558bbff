/* caller.h - the call generator: an SGSN (GTPv1) or S-GW (GTPv2) with many subscribers
 *
 * Opens calls, retransmits with T3 and N3, pings through every call, notices each lost
 * answer, each gap and each sign that the gateway forgot a call, verifies all calls at the
 * end and deletes them. Calls are of class VoLTE or other; while the traffic lasts, requests
 * probe the control plane, with the open calls and with those of extra subscribers, whose
 * IMSIs follow the last call's. VoLTE calls may have dedicated bearers. This part decides and counts only; caller_link.c owns the
 * sockets and the clock, caller_show.c prints.
 *
 * Ownership  borrows the memory of caller_init until the last call; datagrams are copied out
 * Time       real time (not lab time: subscribers live outside), in every call
 * Errors     a stranger's bytes are counted (strange) and change nothing
 * Threads    one owner
 */
#ifndef VPCLAB_CALLER_H
#define VPCLAB_CALLER_H

#include "common/base/mono.h"
#include "common/base/spread.h"
#include "common/gtp/gtp.h"
#include "lab/caller/caller_class.h"

enum {
    CALLER_WINDOW_MOST = 32768, /* outstanding requests: sequence numbers stay unique */
    CALLER_SIZE_LEAST = 48,     /* octets of a ping, IP header included */
    CALLER_SIZE_MOST = 1400,
    CALLER_DGRAM = 1500,
    CALLER_N3 = 5, /* transmissions of a request, TS 29.060 7.6 */
    CALLER_CAUSES = 256,
    CALLER_INCOMPLETE = 0,       /* in place of a cause: accepted, but an element was missing */
    CALLER_PROBES = 16384,       /* control probes whose answers are still known when they come */
    CALLER_CONTROL_MOST = 50000, /* control probes a second */
    CALLER_NEW_MOST = 1000,      /* creates of extra subscribers a second */
    CALLER_EXTRA_MOST = 8192,    /* extra subscribers, who take turns */
};

#define CALLER_T3_US     US_PER_S
#define CALLER_PING_T_US (US_PER_S / 4) /* verification: ping again after */
#define CALLER_VERIFY_US (3 * US_PER_S) /* verification: give a call up after */

struct caller_plan {
    uint8_t version;          /* GTP 1 or 2 */
    uint32_t calls;           /* at least 1 */
    uint32_t rate;            /* new calls a second, 0: as the window permits */
    uint32_t window;          /* 1..CALLER_WINDOW_MOST */
    uint32_t pps;             /* pings a second over all calls, 0: none */
    uint32_t size;            /* octets of a ping */
    uint32_t volte;           /* percent of the calls */
    uint32_t control_rate;    /* updates of open calls a second while held, 0: none */
    uint32_t new_rate;        /* calls of extra subscribers a second while held, 0: none */
    int64_t hold_us;          /* after all are open; INT64_MAX: until told */
    uint32_t to, local, ping; /* gateway, ourselves, who answers pings */
    uint64_t imsi;            /* the first, as a number; the next ones count up */
    unsigned imsi_digits;     /* with leading zeros */
    char apn[GTP_APN_MAX];
    bool no_verify, keep; /* skip a phase */
    bool dedicated;       /* GTPv2: each VoLTE call gets a dedicated bearer */
};

enum caller_phase {
    CALLER_OPENING,
    CALLER_HOLDING,
    CALLER_VERIFYING,
    CALLER_DELETING,
    CALLER_DONE,
    CALLER_PHASES
};

enum call_state {
    CALL_NEW,
    CALL_OPENING,
    CALL_OPEN,
    CALL_REFUSED,
    CALL_TIMED_OUT,
    CALL_DELETING,
    CALL_DELETED,
    CALL_UNDELETED, /* refused, or no answer */
    CALL_GONE,      /* the gateway deleted it */
    CALL_STATES
};

enum call_dedicated { DEDICATED_NONE, DEDICATED_OPEN, DEDICATED_FAILED };

/* Our user TEID of a call's dedicated bearer is that of the call and this. */
#define CALLER_DEDICATED (UINT32_C(1) << 31)

#define CALL_NONE UINT32_MAX

/* Of the plan, or of an extra subscriber: those come after the plan's. */
struct call {
    mono_t asked;        /* first create request */
    mono_t first;        /* first ping of the traffic */
    mono_t began;        /* first ping of the verification */
    mono_t due;          /* next retransmission */
    mono_t heard;        /* last answered ping; 0: never */
    int64_t gap_us;      /* longest without an answer, from the first ping on; 0: never one */
    uint64_t awaited;    /* bit i: ping number `pings` - i has no answer yet */
    uint32_t prev, next; /* outstanding, by due */
    uint32_t teid_control, teid_user, addr_control, addr_user; /* the gateway's */
    uint32_t teid_dedicated;                                   /* ... of a dedicated bearer */
    uint32_t ue;                                               /* address of the subscriber */
    uint32_t pings;                                            /* sent as traffic, numbered 1.. */
    int32_t response_us; /* of the create request, its retransmissions included */
    uint16_t seq;
    uint8_t state, tries, cause;
    uint8_t dedicated, dedicated_tries; /* enum call_dedicated; commands sent */
    bool waiting;                       /* in the list of outstanding ones */
    bool moved;                         /* the last update told the other radio access */
    bool doomed;              /* of an extra subscriber: in the queue of those to delete */
    bool verified, forgotten; /* forgotten: the gateway showed that it lost the call */
};

/* An update of a call that may still be answered. */
struct caller_probe {
    mono_t asked;
    uint32_t index; /* of the call */
    uint16_t seq;
    bool open;
};

struct caller_counts {
    uint32_t state[CALL_STATES];
    uint32_t extra[CALL_STATES]; /* of the extra subscribers */
    uint32_t refused_by[CALLER_CAUSES];
    uint32_t verified, forgotten;
    uint64_t retransmissions;
    uint64_t sent, answered; /* traffic */
    uint64_t repeated;       /* answered once already, or too late to know */
    uint64_t misdelivered;   /* came through another subscriber's call */
    uint64_t error_indications, restarts, changed_teids;
    uint64_t other_version;                                 /* answers that say so */
    uint64_t strange;                                       /* datagrams that make no sense here */
    uint32_t dedicated_wanted, dedicated, dedicated_failed; /* bearers */
    uint64_t dedicated_answered;                            /* packets that came back through one */
};

struct caller_dgram {
    bool user; /* from and to port 2152, else 2123 */
    uint32_t addr;
    uint16_t port;
    size_t len;
    uint8_t bytes[CALLER_DGRAM];
};

struct caller {
    struct caller_plan plan;
    struct caller_counts counts;
    enum caller_phase phase;
    struct call *calls;
    uint32_t total;    /* calls of the plan and of extra subscribers */
    uint32_t *order;   /* calls in the order in which they were opened */
    uint32_t *by_teid; /* hash of the gateway's user TEIDs, index + 1 */
    uint32_t by_teid_mask;
    uint32_t by_seq[UINT16_MAX + 1]; /* index + 1 of the call (from CALLER_PROBE_BASE on: of the
                                        probe) whose request has that number */
    uint32_t head, tail, outstanding;
    uint32_t cursor;       /* next call to open, to verify, to delete */
    uint32_t turn, opened; /* traffic: next in order[], how many there */
    uint16_t seq;
    bool stopping, recovery_known, heard_any;
    uint8_t recovery;
    mono_t began, first, last; /* of the phase; first request, last answer of the opening */
    mono_t heard;              /* anything from the gateway */
    mono_t echo_due;
    int64_t create_ns, traffic_ns; /* when the next is due, nanoseconds for even pacing */
    struct caller_outage classes[CALLER_CLASSES];
    struct caller_probe probes[CALLER_PROBES];
    struct spread updates;                   /* from an update to its answer */
    uint32_t probe_turn, control_turn;       /* next in probes[], next in order[] */
    uint32_t extra_turn;                     /* next extra subscriber, counted from 0 */
    uint32_t doomed_head, doomed_tail;       /* queue over call.next */
    int64_t control_ns, new_ns;              /* when the next is due */
    uint32_t dedicated_turn, dedicated_open; /* next in order[]; commands of this round that wait */
    mono_t dedicated_round;                  /* when the round began */
};

#define CALLER_PROBE_BASE (UINT32_C(1) << 31)

/* Elements that by_teid must have for so many calls: a power of two. */
uint32_t caller_hash_size(uint32_t calls);

/* Extra subscribers that the plan needs. */
uint32_t caller_extras(const struct caller_plan *plan);

/* Begin at `now`. `order` has plan->calls elements, `calls` those and caller_extras(plan). */
void caller_init(struct caller *caller, const struct caller_plan *plan, struct call *calls,
                 uint32_t *order, uint32_t *by_teid, mono_t now);

/* The next datagram to send at `now`; false when there is none until caller_due(). */
bool caller_next(struct caller *caller, mono_t now, struct caller_dgram *out);

mono_t caller_due(const struct caller *caller);

/* A datagram came, to our port 2152 (`user`) or 2123. True when *answer is to be sent. */
bool caller_hear(struct caller *caller, mono_t now, bool user, uint32_t addr, uint16_t port,
                 const uint8_t *bytes, size_t len, struct caller_dgram *answer);

/* Asked to end: the first time skip to the verification, the second time stop at once. */
void caller_stop(struct caller *caller);

/* Open calls that answered a ping within `within_us`. */
uint32_t caller_answering(const struct caller *caller, mono_t now, int64_t within_us);

struct caller_class_result {
    uint64_t sent, answered, lost, refused;
    int64_t outage_us;
    int64_t gap_median_us, gap_max_us; /* of pings only, as those of all calls */
    uint32_t gap_calls;
};

struct caller_result {
    uint32_t opened, refused, timed_out, not_tried;
    double setup_s, setup_rate; /* first request to last answer */
    int64_t response_median_us, response_p99_us;
    uint64_t lost;
    int64_t gap_median_us, gap_max_us;
    uint32_t gap_calls; /* calls whose traffic was answered */
    struct caller_class_result classes[CALLER_CLASSES];
    int64_t update_median_us, update_p99_us, update_max_us; /* from an update to its answer */
    uint32_t extra_left; /* calls of extra subscribers that may still be on the gateway */
    bool good; /* all opened, with all they should have, verified where asked, none forgotten or
                  mixed up */
};

/* `scratch` has plan.calls elements. */
struct caller_result caller_result(const struct caller *caller, int64_t *scratch);

const char *caller_phase_name(enum caller_phase phase);

/* Text of a GTP cause of that version; "cause" for one we have no word for. */
const char *caller_cause_text(uint8_t version, uint8_t cause);

#endif
