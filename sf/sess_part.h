/* sess_part.h - a session's micro-checkpoints: which parts of it travel by themselves
 *
 * Each has a CMD-ID of docs/staros.md "Micro-checkpoints" and carries absolute values, so that
 * applying one twice is as good as once. Those of the first group follow from traffic: they are
 * told from time to time, of sessions that have news. The others tell at once what signalling
 * changed.
 *
 * Ownership  none
 * Time       idle time travels as an age, in seconds
 * Errors     a decoder returns false and changes nothing when the bytes are not that part
 * Threads    any
 */
#ifndef VPCLAB_SESS_PART_H
#define VPCLAB_SESS_PART_H

#include "common/base/wire.h"
#include "sf/sess_bearer.h"

/* part, CMD-ID, name */
#define SESS_PARTS_X(X)                                                                            \
    X(SESS_IDLE, 2, "UPDATE_IDLESECS")                                                             \
    X(SESS_CLP_STATS, 4, "UPDATE_CLPSTATS")                                                        \
    X(SESS_DCCA, 19, "DCCA_SESS_INFO")                                                             \
    X(SESS_PGW_STATS, 65, "PGW_UPDATE_STATS")                                                      \
    X(SESS_GGSN_STATS, 116, "GGSN_UPDATE_STATS")                                                   \
    X(SESS_ACS, 33, "ACS_SESS_INFO")                                                               \
    X(SESS_GGSN_UPDATE, 171, "GGSN_UPDATE_SESSION")                                                \
    X(SESS_RULE, 43, "DYNAMIC_RULE_INFO")                                                          \
    X(SESS_SGX, 137, "UPDATE_SGX_INFO")                                                            \
    X(SESS_CALL, 179, "ACS_CALL_INFO")                                                             \
    X(SESS_RESTORATION, 158, "PGW_SGWRESTORATION_INFO")

enum sess_part {
#define X(name, cmd, text) name,
    SESS_PARTS_X(X)
#undef X
        SESS_PARTS
};

/* CMD-ID of each part. */
extern const uint8_t sess_part_cmds[SESS_PARTS];

/* The part of a CMD-ID; SESS_PARTS: none of ours. */
enum sess_part sess_part_of(uint8_t cmd);

/* "UPDATE_IDLESECS", without SESS_UCHKPT_CMD_. */
const char *sess_part_name(enum sess_part part);

/* The one that carries the counters of this session. */
enum sess_part sess_stats_part(const struct sess *sess);
bool sess_is_stats_part(enum sess_part part);

/* Has this session such a part? A rule has only a bearer beside the default one; what is of the
 * whole session only that. */
bool sess_has_part(const struct sess *sess, enum sess_part part);

/* The rule is that of a bearer. */
void sess_part_encode(struct wr *wr, const struct sess *sess, const struct sess_rule *rule,
                      enum sess_part part, mono_t now);

/* Set that part of *sess; of *rule only if *sess is a bearer. */
bool sess_part_decode(struct sess *sess, struct sess_rule *rule, enum sess_part part, mono_t now,
                      const void *bytes, size_t len);

/* CMD-ID with which the end of it is told: of a session INVALIDATE_CRR; of a secondary PDP context
 * GGSN_DELETE_SUB_SESS; of a dedicated bearer, which has a rule of its own,
 * DYNAMIC_RULE_DEL_INFO. */
uint8_t sess_delete_cmd(const struct sess *sess);

#endif
