/* supervise.h - when the host starts a VM: from its ends, its policy, leases and time
 *
 * A VM that ends is started again after its boot delay if its policy says so. One that ends with
 * a failure of its own again and again is started ever later: a start that cannot succeed must not
 * keep the computer busy. A lease may hold a VM dead: then nobody starts it, and whoever ran
 * before is started when the last such lease has ended.
 *
 * Ownership  plain values
 * Time       lab instants in microseconds
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_SUPERVISE_H
#define VPCLAB_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/mono.h"

enum {
    SUP_DOUBLINGS = 6,  /* failures in a row make the boot delay at most 2^6 times as long */
    SUP_STEADY_S = 10,  /* who ran that long does not count as failing in a row */
    SUP_LEAST_MS = 100, /* behind a failure at least */
};

enum sup_why {
    SUP_ASKED,   /* somebody said so */
    SUP_POLICY,  /* "restart": "always" */
    SUP_RELEASED /* a lease that held it dead has ended */
};

struct sup {
    bool always;      /* its policy */
    int64_t delay_us; /* its boot delay */
    bool runs;
    bool owed;         /* held dead, but it ran before, or was to be started */
    uint32_t holds;    /* leases that hold it dead */
    uint32_t failures; /* in a row */
    uint32_t restarts; /* starts that nobody asked for */
    mono_t since, due; /* last start; next one, MONO_NEVER: none */
    enum sup_why why;  /* of the next one */
};

void sup_init(struct sup *sup, bool always, int64_t delay_us);

/* It runs now. */
void sup_started(struct sup *sup, enum sup_why why, mono_t now);

/* It has ended; `failed`: by a status that is not 0 or a signal such as SIGABRT, which nobody sends. */
void sup_ended(struct sup *sup, bool failed, mono_t now);

/* It could not even be started: tried again, ever later. */
void sup_not_started(struct sup *sup, mono_t now);

/* It was found dead, and nobody saw it end: a policy counts from now on. */
void sup_found_dead(struct sup *sup, mono_t now);

/* A lease that holds it dead begins, or ends. */
void sup_hold(struct sup *sup);
void sup_release(struct sup *sup, mono_t now);

/* May somebody start it? Not while it is held. */
static inline bool
sup_may_start(const struct sup *sup)
{
    return sup->holds == 0;
}

/* Is it to be started now? Then its `due` is over. */
bool sup_take_due(struct sup *sup, mono_t now);

#endif
