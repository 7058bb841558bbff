/* validate.h - is the peer chassis configured alike: srp validate-configuration
 *
 * Every hello carries a checksum of what both chassis must share. When it differs, and at each
 * configuration-interval, the two exchange the items themselves (MSG_SRP_CONFIG) and compare
 * them, so that an operator reads what differs and what to enter (docs/staros.md
 * "Configuration validation"). Differing configurations stop nothing but planned switchovers.
 *
 * Ownership  validate_close frees; cf is borrowed until then
 * Time       lab time; wall clock for display
 * Errors     a malformed text of the peer is logged at a bounded rate and ignored
 * Threads    the loop's
 */
#ifndef VPCLAB_VALIDATE_H
#define VPCLAB_VALIDATE_H

#include "common/conf/conf.h"
#include "common/msg/msg.h"

struct cf;
struct validate;

enum { VALIDATE_SHOWN = 32 }; /* differences that are kept; all are counted */

struct validate_counters {
    uint64_t requests, responses, failures;
};

struct validate *validate_open(struct cf *cf);
void validate_close(struct validate **validate);

/* Ask the peer now; false when it cannot be reached. */
bool validate_ask(struct validate *validate);

/* Forget the peer: another CF, or none, speaks with it from now on. */
void validate_reset(struct validate *validate);

/* What we share has changed, perhaps. */
void validate_configure(struct validate *validate);

/* A hello was taken in: its checksum may have changed. */
void validate_hello(struct validate *validate);

/* MSG_SRP_CONFIG. */
void validate_heard(struct validate *validate, struct rd *body);

/* "Initial", "In Progress", "Complete" or "Failed". */
const char *validate_state(const struct validate *validate);

/* Wall clock of the last change of that, 0: none yet. */
int64_t validate_event_us(const struct validate *validate);

/* What differed when the items were compared last: all of *n, of which VALIDATE_SHOWN are kept. */
const struct conf_difference *validate_differences(const struct validate *validate, size_t *n);
struct validate_counters validate_counters(const struct validate *validate);

#endif
