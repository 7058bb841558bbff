/* probe.h - when one server is asked whether it lives, and what its silence means
 *
 * A server is Up with its first valid answer and Down after 1 + retries silent tries in a
 * row, which make one probe. A try is one datagram with its answer, or on a connection:
 * connect and exchange capabilities, or one watchdog. What a connection does by itself proves nothing: a frozen
 * server still accepts. A try that fails early (refused, closed) lasts its time-out all the
 * same, so a server that restarts is given the same time as one that is slow.
 *
 * Ownership  struct probe is a plain value without pointers
 * Time       mono_t of the lab clock in every event
 * Errors     none; events that do not fit the phase change nothing
 * Threads    one owner, no globals
 */
#ifndef VPCLAB_PROBE_H
#define VPCLAB_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/mono.h"

/* Chosen, since the configuration has no words for them; time-out and retries are those of a
 * Diameter peer, since for RADIUS it has. A dead peer is known 3 x 3 s after its watchdog. */
#define PROBE_INTERVAL_US (5 * US_PER_S)
#define PROBE_TIMEOUT_US  (3 * US_PER_S)
enum { PROBE_RETRIES = 2 };

struct probe_setup {
    bool connects;       /* Diameter; else datagrams */
    int64_t interval_us; /* from an answered try to the next (Diameter: the watchdog's) */
    int64_t rest_us;     /* ... from one that failed, to a server that is Down */
    int64_t timeout_us;
    uint8_t retries;
};

enum probe_phase {
    PROBE_OFF,        /* nobody looks */
    PROBE_RESTING,    /* until the next try; a connection may stand */
    PROBE_CONNECTING, /* the phases from here on are those of a try */
    PROBE_GREETING,   /* capabilities were sent */
    PROBE_ASKING,     /* datagram or watchdog was sent */
    PROBE_FAILED,     /* refused or closed: the rest of the time-out */
};

struct probe {
    struct probe_setup setup;
    uint8_t phase;  /* enum probe_phase */
    uint8_t state;  /* enum monitor_state */
    uint8_t silent; /* tries of this probe in vain */
    bool connected; /* a connection stands, or is being made */
    bool forgiven;  /* this try was given more time: we had not listened */
    mono_t tried;   /* when the last try began */
    mono_t due;
};

enum probe_event {
    PROBE_EV_LOOK,      /* from now on */
    PROBE_EV_AWAY,      /* our chassis is not Active any more */
    PROBE_EV_TICK,      /* probe_deadline() has come */
    PROBE_EV_CONNECTED, /* to be asked for capabilities */
    PROBE_EV_ANSWER,    /* a valid one, to what was asked last */
    PROBE_EV_GONE,      /* the connection was refused, ended or is of no use; it is closed */
};

enum {
    PROBE_DO_CLOSE = 1u << 0, /* in this order */
    PROBE_DO_CONNECT = 1u << 1,
    PROBE_DO_GREET = 1u << 2,   /* ask for capabilities */
    PROBE_DO_ASK = 1u << 3,     /* datagram, or watchdog */
    PROBE_DO_AGAIN = 1u << 4,   /* ... the datagram that was not answered: either answer counts */
    PROBE_DO_SILENT = 1u << 5,  /* a try was in vain (count it) */
    PROBE_DO_CHANGED = 1u << 6, /* probe->state */
};

void probe_init(struct probe *probe, const struct probe_setup *setup);

/* Apply one event; returns a mask of PROBE_DO_... */
unsigned probe_step(struct probe *probe, enum probe_event event, mono_t now);

/* When PROBE_EV_TICK is due. */
mono_t probe_deadline(const struct probe *probe);

/* Is an answer awaited? Others come too late to count. */
bool probe_waits(const struct probe *probe);

#endif
