/* sess_wire.h - a session's full checkpoint (FC): struct to bytes and back
 *
 * Versioned: a later version appends fields, and this one then ignores what follows its
 * own. Connection and idle time travel as ages, since clocks of two chassis differ. APN, service
 * and context travel as the sender's numbers, and a decoded session has these: the receiver
 * translates them (smgr_macro.c).
 *
 * Ownership  none
 * Time       microseconds of age
 * Errors     sess_decode returns false and leaves *sess and *rule alone when the bytes are not a
 *            record, or hold an impossible value
 * Threads    any
 */
#ifndef VPCLAB_SESS_WIRE_H
#define VPCLAB_SESS_WIRE_H

#include "common/base/mono.h"
#include "common/base/wire.h"
#include "sf/sess_bearer.h"

enum { SESS_WIRE_VERSION = 3 };

/* The rule of a bearer; of a default bearer it is neither read nor set. */
void sess_encode(struct wr *wr, const struct sess *sess, const struct sess_rule *rule, mono_t now);
/* Of all that a record carries, but for what changes with traffic and time, and for numbers that
 * need not be the same on both chassis. */
uint64_t sess_digest(const struct sess *sess, const struct sess_rule *rule);

bool sess_decode(struct sess *sess, struct sess_rule *rule, mono_t now, const void *bytes,
                 size_t len);

#endif
