#include "lab/leases.h"

#include <string.h>

static struct lease *
append(struct leases *leases, const struct fault *fault)
{
    struct lease *lease = &leases->list[leases->n];

    if (leases->n == FAULTS_MOST)
        return NULL;
    leases->n++;
    memset(lease, 0, sizeof *lease);
    lease->fault = *fault;
    return lease;
}

struct lease *
leases_add(struct leases *leases, const struct fault *fault, int64_t span_us, int64_t at_us)
{
    struct lease *lease = append(leases, fault);

    if (!lease)
        return NULL;
    lease->fault.id = ++leases->last;
    lease->span_us = span_us;
    lease->at_us = at_us;
    return lease;
}

struct lease *
leases_adopt(struct leases *leases, const struct fault *fault)
{
    struct lease *lease = append(leases, fault);

    if (!lease)
        return NULL;
    lease->state = LEASE_ON;
    lease->span_us = fault->end_us - fault->begin_us;
    lease->at_us = fault->begin_us;
    if (leases->last < fault->id)
        leases->last = fault->id;
    return lease;
}

struct lease *
leases_find(struct leases *leases, uint32_t id)
{
    for (size_t i = 0; i < leases->n; i++) {
        if (leases->list[i].fault.id == id)
            return &leases->list[i];
    }
    return NULL;
}

void
leases_remove(struct leases *leases, uint32_t id)
{
    struct lease *lease = leases_find(leases, id);

    if (!lease)
        return;
    leases->n--;
    memmove(lease, lease + 1, (size_t)(leases->list + leases->n - lease) * sizeof *lease);
}

/* When something is to be done about it. Who starts or ends is waited for, but not for ever. */
static int64_t
instant_of(const struct lease *lease)
{
    switch (lease->state) {
    case LEASE_ON:
        return lease->fault.end_us;
    case LEASE_STARTS:
        return lease->fault.end_us + LEASE_GRACE_US;
    case LEASE_WAITS:
    case LEASE_ENDS:
        break;
    }
    return lease->at_us;
}

/* In the table they stand in the order of their numbers, but for adopted ones, which are older. */
struct lease *
leases_due(struct leases *leases, int64_t now_us)
{
    struct lease *first = NULL;

    for (size_t i = 0; i < leases->n; i++) {
        struct lease *it = &leases->list[i];

        if (instant_of(it) <= now_us && (!first || instant_of(it) < instant_of(first)))
            first = it;
    }
    return first;
}

int64_t
leases_next(const struct leases *leases)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < leases->n; i++) {
        if (instant_of(&leases->list[i]) < next)
            next = instant_of(&leases->list[i]);
    }
    return next;
}

void
lease_start(struct lease *lease, int64_t now_us)
{
    lease->state = LEASE_STARTS;
    lease->fault.begin_us = now_us;
    lease->fault.end_us = now_us + lease->span_us;
}

void
lease_end(struct lease *lease, int64_t now_us)
{
    lease->state = LEASE_ENDS;
    lease->at_us = now_us + LEASE_GRACE_US;
}

size_t
leases_in_force(const struct leases *leases, struct fault out[FAULTS_MOST])
{
    size_t n = 0;

    for (size_t i = 0; i < leases->n; i++) {
        if (leases->list[i].state == LEASE_STARTS || leases->list[i].state == LEASE_ON)
            out[n++] = leases->list[i].fault;
    }
    return n;
}

bool
leases_want_events(const struct leases *leases)
{
    for (size_t i = 0; i < leases->n; i++) {
        if (leases->list[i].state == LEASE_WAITS && leases->list[i].for_event)
            return true;
    }
    return false;
}
