#include "sf/sess_part.h"

#include <assert.h>

#include "common/ckpt/ckpt_wire.h"

const uint8_t sess_part_cmds[SESS_PARTS] = {
#define X(name, cmd, text) [name] = (cmd),
    SESS_PARTS_X(X)
#undef X
};

enum sess_part
sess_part_of(uint8_t cmd)
{
    unsigned part = 0;

    while (part < SESS_PARTS && sess_part_cmds[part] != cmd)
        part++;
    return (enum sess_part)part;
}

const char *
sess_part_name(enum sess_part part)
{
    static const char *const names[SESS_PARTS] = {
#define X(name, cmd, text) [name] = (text),
        SESS_PARTS_X(X)
#undef X
    };

    return part < SESS_PARTS ? names[part] : "unknown";
}

enum sess_part
sess_stats_part(const struct sess *sess)
{
    if (sess->volte)
        return SESS_CLP_STATS;
    return sess->gtp_version == 1 ? SESS_GGSN_STATS : SESS_PGW_STATS;
}

bool
sess_has_part(const struct sess *sess, enum sess_part part)
{
    switch (part) {
    case SESS_PARTS:
        return false;
    case SESS_RULE:
        return sess->lbi;
    case SESS_SGX:
    case SESS_CALL:
    case SESS_RESTORATION:
        return !sess->lbi;
    default:
        return true;
    }
}

uint8_t
sess_delete_cmd(const struct sess *sess)
{
    if (!sess->lbi)
        return CKPT_DELETE;
    return sess->gtp_version == 1 ? CKPT_DELETE_SUB_SESS : CKPT_DELETE_RULE;
}

bool
sess_is_stats_part(enum sess_part part)
{
    return part == SESS_CLP_STATS || part == SESS_PGW_STATS || part == SESS_GGSN_STATS;
}

/* ---- what they carry -------------------------------------------------------------------------- */

static void
put_counters(struct wr *wr, const struct sess *sess)
{
    wr_u64(wr, sess->counters.up_packets);
    wr_u64(wr, sess->counters.up_octets);
    wr_u64(wr, sess->counters.down_packets);
    wr_u64(wr, sess->counters.down_octets);
}

static void
get_counters(struct rd *rd, struct sess *sess)
{
    sess->counters.up_packets = rd_u64(rd);
    sess->counters.up_octets = rd_u64(rd);
    sess->counters.down_packets = rd_u64(rd);
    sess->counters.down_octets = rd_u64(rd);
}

static bool
get_bool(struct rd *rd)
{
    uint8_t octet = rd_u8(rd);

    rd->bad |= octet > 1;
    return octet == 1;
}

static void
put_qos(struct wr *wr, const struct sess *sess)
{
    wr_u8(wr, sess->qos_len);
    wr_bytes(wr, sess->qos, sess->qos_len);
}

static void
get_qos(struct rd *rd, struct sess *sess)
{
    sess->qos_len = rd_u8(rd);
    if (sess->qos_len > SESS_QOS)
        rd->bad = true;
    else
        rd_copy(rd, sess->qos, sess->qos_len);
    sess->classed = false;
}

/* What a bearer is between its two ends. */
static void
put_bearer(struct wr *wr, const struct sess *sess)
{
    wr_u32(wr, sess->peer_ctrl_teid);
    wr_u32(wr, sess->peer_user_teid);
    wr_u32(wr, sess->peer_ctrl_addr);
    wr_u32(wr, sess->peer_user_addr);
    wr_u8(wr, sess->rat);
    put_qos(wr, sess);
}

static void
get_bearer(struct rd *rd, struct sess *sess)
{
    sess->peer_ctrl_teid = rd_u32(rd);
    sess->peer_user_teid = rd_u32(rd);
    sess->peer_ctrl_addr = rd_u32(rd);
    sess->peer_user_addr = rd_u32(rd);
    sess->rat = rd_u8(rd);
    get_qos(rd, sess);
}

/* A secondary context's filters may change with an update. */
static void
put_context(struct wr *wr, const struct sess *sess, const struct sess_rule *rule)
{
    static const struct sess_rule none;

    put_bearer(wr, sess);
    sess_rule_encode(wr, sess->lbi ? rule : &none);
}

void
sess_part_encode(struct wr *wr, const struct sess *sess, const struct sess_rule *rule,
                 enum sess_part part, mono_t now)
{
    assert(sess_has_part(sess, part));
    switch (part) {
    case SESS_IDLE:
        wr_u32(wr, sess_idle_s(sess, now));
        break;
    case SESS_CLP_STATS:
    case SESS_PGW_STATS:
    case SESS_GGSN_STATS:
        put_counters(wr, sess);
        break;
    case SESS_DCCA:
        wr_u32(wr, sess->rating.request);
        wr_u64(wr, sess->rating.reported);
        break;
    case SESS_ACS:
        put_bearer(wr, sess);
        break;
    case SESS_GGSN_UPDATE:
        put_context(wr, sess, rule);
        break;
    case SESS_RULE:
        sess_rule_encode(wr, rule);
        put_qos(wr, sess);
        break;
    case SESS_SGX:
        wr_u32(wr, sess->ambr_up);
        wr_u32(wr, sess->ambr_down);
        put_qos(wr, sess);
        break;
    case SESS_CALL:
        wr_u8(wr, sess->rat);
        break;
    case SESS_RESTORATION:
        wr_u8(wr, sess->restoring);
        break;
    case SESS_PARTS:
        break;
    }
}

bool
sess_part_decode(struct sess *out, struct sess_rule *rule_out, enum sess_part part, mono_t now,
                 const void *bytes, size_t len)
{
    struct rd rd = rd_over(bytes, len);
    struct sess sess = *out;
    struct sess_rule rule = *rule_out;

    switch (part) {
    case SESS_IDLE:
        sess.active_at = mono_after(now, -(int64_t)rd_u32(&rd) * US_PER_S);
        break;
    case SESS_CLP_STATS:
    case SESS_PGW_STATS:
    case SESS_GGSN_STATS:
        get_counters(&rd, &sess);
        break;
    case SESS_DCCA:
        sess.rating.request = rd_u32(&rd);
        sess.rating.reported = rd_u64(&rd);
        break;
    case SESS_ACS:
        get_bearer(&rd, &sess);
        break;
    case SESS_GGSN_UPDATE:
        get_bearer(&rd, &sess);
        sess_rule_read(&rd, &rule);
        break;
    case SESS_RULE:
        sess_rule_read(&rd, &rule);
        get_qos(&rd, &sess);
        break;
    case SESS_SGX:
        sess.ambr_up = rd_u32(&rd);
        sess.ambr_down = rd_u32(&rd);
        get_qos(&rd, &sess);
        break;
    case SESS_CALL:
        sess.rat = rd_u8(&rd);
        break;
    case SESS_RESTORATION:
        sess.restoring = get_bool(&rd);
        break;
    case SESS_PARTS:
        return false;
    }
    if (!rd_done(&rd))
        return false;
    *out = sess;
    if (sess.lbi)
        *rule_out = rule;
    return true;
}
