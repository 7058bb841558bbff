/* promise_calls.h - the calls of a pair, as its session managers noted them: owners and copies
 *
 * Ownership  borrows the array; the index is the caller's memory, promise_index_size() elements
 * Time       none
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_PROMISE_CALLS_H
#define VPCLAB_PROMISE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct promise_call {
    uint64_t imsi;
    uint32_t teid, call_id, addr;
    uint8_t vpn;  /* the context of the address */
    bool record;  /* of the Standby; else an own call of the Active */
    bool settled; /* old enough to have a copy */
};

/* Two calls that have the same of something; what is NULL: there are none. */
struct promise_pair_of {
    const char *what; /* "address", "TEID", "call-id"; static */
    uint32_t value;
    uint64_t imsi[2];
};

struct promise_calls {
    uint64_t own, records;
    struct promise_pair_of owners;
    bool at_rest;            /* nothing was opened, changed or closed for a while */
    uint64_t missing, extra; /* settled calls without a record; records without a call */
    uint32_t example;        /* the TEID of one of these */
};

/* A power of two, at least twice as many. */
size_t promise_index_size(size_t n);

void promise_calls_judge(struct promise_calls *out, const struct promise_call *calls, size_t n,
                         uint32_t *index, size_t index_size);

#endif
