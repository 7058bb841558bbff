/* srp_pace.h - how late the peer's hellos come
 *
 * A hello is late by what the time since the one before, as this CF hears them, exceeds the
 * hello-interval. All that lies between counts: the peer's CF, which says the next hello an
 * interval after the last one, both sockets, this CF's own loop. A hello before its time was said
 * out of turn, since the state changed, or it follows one whose delay was counted: it tells nothing.
 *
 * Ownership  a plain value; all octets 0 has heard nothing
 * Time       lab time
 * Errors     none
 * Threads    one owner
 */
#ifndef VPCLAB_SRP_PACE_H
#define VPCLAB_SRP_PACE_H

#include <stdbool.h>

#include "common/base/mono.h"
#include "common/base/spread.h"

struct srp_pace {
    struct spread late;
    mono_t last;
    bool counting; /* `last` is the hello before */
};

void srp_pace_heard(struct srp_pace *pace, mono_t now, int64_t hello_us);

/* The connection ended, or we begin to lead: the time until the next hello is no interval. */
void srp_pace_break(struct srp_pace *pace);

/* Count anew. */
void srp_pace_clear(struct srp_pace *pace);

#endif
