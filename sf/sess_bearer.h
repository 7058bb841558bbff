/* sess_bearer.h - the bearers a session has beside its default one: slots and rules
 *
 * A secondary PDP context (GTPv1) or a dedicated bearer (GTPv2) is a struct sess of its own with
 * an `lbi`. What only those have lies in a slab beside the table, indexed by slot and touched for
 * bearers only, so that a session without them pays nothing for it.
 *
 * A dedicated bearer begins with the gateway, which names a TEID before the client names the
 * bearer's identity: a slot is reserved, and becomes a bearer, or is given back.
 *
 * Ownership  as sess.h
 * Time       as sess.h
 * Errors     DI_EFULL: no slot
 * Threads    one owner
 */
#ifndef VPCLAB_SESS_BEARER_H
#define VPCLAB_SESS_BEARER_H

#include "common/base/wire.h"
#include "common/gtp/gtp_tft.h"
#include "sf/sess.h"

enum { SESS_RULE_NAME = 16 }; /* text and its terminator */

/* The dynamic rule a dedicated bearer was made for; of a secondary context only the filters. */
struct sess_rule {
    char name[SESS_RULE_NAME];
    uint8_t qci, precedence;
    uint8_t filter_n;
    struct gtp_filter filters[GTP_FILTERS];
};

/* The rule of a bearer; nothing of sense for a default bearer. */
struct sess_rule *sess_rule(struct sess_table *table, const struct sess *sess);

/* A slot for a bearer to come of `parent`, a live default bearer with an ebi: its TEID and call-id
 * are settled, no lookup finds it. */
int sess_reserve(struct sess_table *table, const struct sess *parent, mono_t now,
                 struct sess **sess);

/* The reserved slot of this TEID, or NULL. */
struct sess *sess_reserved(struct sess_table *table, uint32_t teid);

/* Give a reserved slot back. */
void sess_unreserve(struct sess_table *table, struct sess *sess);

/* Make it a bearer; the parent it was reserved for must still be there, and ebi, 1 to 15, must not
 * be in the table. The caller fills the rest, and the rule, and then calls sess_changed. */
void sess_join(struct sess_table *table, struct sess *sess, uint8_t ebi, mono_t now);

/* The default bearer: of a bearer its live one, or NULL; of a default bearer itself. */
struct sess *sess_default(struct sess_table *table, struct sess *sess);

/* The next bearer of `parent` with an ebi above `ebi`; NULL at the end. */
struct sess *sess_next_bearer(struct sess_table *table, const struct sess *parent, uint8_t ebi);

/* The bearer whose downlink filters take this IPv4 packet, by precedence; NULL: the default one.
 * The packet's header is whole. */
struct sess *sess_bearer_for(struct sess_table *table, const struct sess *parent,
                             const uint8_t *packet, size_t len);

/* A rule in a checkpoint. */
void sess_rule_encode(struct wr *wr, const struct sess_rule *rule);
void sess_rule_read(struct rd *rd, struct sess_rule *rule);

#endif
