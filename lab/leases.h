/* leases.h - the leases of faults a host holds: which wait, which are in force, what is due
 *
 *     WAITS --its instant, or its event--> STARTS --in force--> ON --its end, or cleared--> ENDS
 *
 * A lease that is carried out elsewhere is in force once the file says so, and gone once it does
 * not; one of a keeper when the keeper says so. A keeper that has not said so LEASE_GRACE_US after
 * it was to is overdue, as one that is stopped: somebody else has to mend then. What is not in
 * force by then, and waits for an event that does not come, ends without ever having begun.
 *
 * Ownership  plain values; a lease is borrowed until the next call that may remove one
 * Time       CLOCK_MONOTONIC in microseconds
 * Errors     leases_add returns NULL when the table is full
 * Threads    any
 */
#ifndef VPCLAB_LEASES_H
#define VPCLAB_LEASES_H

#include "common/fault/fault.h"
#include "lab/cond.h"

#define LEASE_GRACE_US INT64_C(2000000)

enum lease_state { LEASE_WAITS, LEASE_STARTS, LEASE_ON, LEASE_ENDS };

struct lease {
    struct fault fault; /* begin_us and end_us count from LEASE_STARTS on */
    enum lease_state state;
    bool for_event;   /* it waits for `when`, at most until at_us; else for at_us itself */
    struct cond when; /* COND_EVENT */
    char when_text[FAULT_TARGET];
    int64_t at_us, span_us;
    bool held;        /* VMs are held dead for it */
    bool told;        /* the host has told that it is on */
    uint32_t ticket;  /* of who is to be told that it is in force; 0: nobody */
    char failed[160]; /* why it could not be carried out; "": it could */
};

struct leases {
    uint32_t last; /* number given last */
    size_t n;
    struct lease list[FAULTS_MOST];
};

/* A lease with the next number, waiting; NULL when the table is full. Begin and end are set when
 * it starts. */
struct lease *leases_add(struct leases *leases, const struct fault *fault, int64_t span_us,
                         int64_t at_us);

/* One that was in force under another host, as it was; NULL when the table is full. */
struct lease *leases_adopt(struct leases *leases, const struct fault *fault);

struct lease *leases_find(struct leases *leases, uint32_t id);
void leases_remove(struct leases *leases, uint32_t id);

/* What is to be done by now, the earliest first, of one instant the lowest number first: one that
 * waits is to start (for_event: to be given up), one in force has come to its end, the keeper of
 * one that starts or ends is overdue. NULL: nothing. */
struct lease *leases_due(struct leases *leases, int64_t now_us);

/* When leases_due has something, INT64_MAX for never. */
int64_t leases_next(const struct leases *leases);

/* It starts now; its span begins. */
void lease_start(struct lease *lease, int64_t now_us);

/* Its keeper was told to end it. */
void lease_end(struct lease *lease, int64_t now_us);

/* Those that are in force or about to be, for the file. */
size_t leases_in_force(const struct leases *leases, struct fault out[FAULTS_MOST]);

/* Does any wait for an event? */
bool leases_want_events(const struct leases *leases);

#endif
