/* promise_priv.h - what the judges of promises share. Internal to the library promise
 *
 * Ownership  works on struct promises
 * Time       lab microseconds
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_PROMISE_PRIV_H
#define VPCLAB_PROMISE_PRIV_H

#include <stdarg.h>

#include "lab/watch/promise.h"

struct promise_out {
    struct promise_breach *found;
    size_t n;
};

/* A text from parts, up to NULL. */
void promise_broken(struct promise_out *out, enum promise promise, int64_t lab_us, ...);

/* A number, or microseconds as seconds with two decimals, as text. */
struct promise_number {
    char text[24];
};
struct promise_number promise_number(uint64_t value);
struct promise_number promise_seconds(int64_t us);

struct promise_chassis *promise_chassis(struct promises *state, const char *process);

void promise_see_event(struct promises *state, const struct event *event, struct promise_out *out);
void promise_see_sample(struct promises *state, const struct promise_sample *sample,
                        struct promise_out *out);

#endif
