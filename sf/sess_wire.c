#include "sf/sess_wire.h"

#include "common/base/rng.h"
#include "common/base/teid.h"

enum {
    EBI_MOST = 15,
    RESTORING = 1, /* flags */
};

void
sess_encode(struct wr *wr, const struct sess *sess, const struct sess_rule *rule, mono_t now)
{
    wr_u8(wr, SESS_WIRE_VERSION);
    wr_u32(wr, sess->teid);
    wr_u64(wr, sess->imsi);
    wr_u64(wr, sess->msisdn);
    wr_u32(wr, sess->call_id);
    wr_u32(wr, sess->ue_addr);
    wr_u32(wr, sess->peer_ctrl_teid);
    wr_u32(wr, sess->peer_user_teid);
    wr_u32(wr, sess->peer_ctrl_addr);
    wr_u32(wr, sess->peer_user_addr);
    wr_u32(wr, sess->create_seq);
    wr_u16(wr, sess->create_port);
    wr_u16(wr, sess->charging_chars);
    wr_u32(wr, sess->ambr_up);
    wr_u32(wr, sess->ambr_down);
    wr_u8(wr, sess->gtp_version);
    wr_u8(wr, sess->ebi);
    wr_u8(wr, sess->lbi);
    wr_u8(wr, sess->restoring ? RESTORING : 0);
    wr_u8(wr, sess->apn);
    wr_u8(wr, sess->selection_mode);
    wr_u8(wr, sess->rat);
    wr_u8(wr, sess->qos_len);
    wr_bytes(wr, sess->qos, sess->qos_len);
    wr_u64(wr, sess->counters.up_packets);
    wr_u64(wr, sess->counters.up_octets);
    wr_u64(wr, sess->counters.down_packets);
    wr_u64(wr, sess->counters.down_octets);
    wr_u32(wr, sess->rating.request);
    wr_u64(wr, sess->rating.reported);
    wr_u64(wr, (uint64_t)mono_between(sess->since, now));
    wr_u32(wr, sess_idle_s(sess, now));
    if (sess->lbi)
        sess_rule_encode(wr, rule);
    wr_u8(wr, sess->service);
    wr_u8(wr, sess->vpn);
}

bool
sess_decode(struct sess *out, struct sess_rule *rule_out, mono_t now, const void *bytes, size_t len)
{
    struct rd rd = rd_over(bytes, len);
    struct sess sess = {0};
    struct sess_rule rule = {0};
    uint8_t version = rd_u8(&rd), flags;

    sess.teid = rd_u32(&rd);
    sess.imsi = rd_u64(&rd);
    sess.msisdn = rd_u64(&rd);
    sess.call_id = rd_u32(&rd);
    sess.ue_addr = rd_u32(&rd);
    sess.peer_ctrl_teid = rd_u32(&rd);
    sess.peer_user_teid = rd_u32(&rd);
    sess.peer_ctrl_addr = rd_u32(&rd);
    sess.peer_user_addr = rd_u32(&rd);
    sess.create_seq = rd_u32(&rd);
    sess.create_port = rd_u16(&rd);
    sess.charging_chars = rd_u16(&rd);
    sess.ambr_up = rd_u32(&rd);
    sess.ambr_down = rd_u32(&rd);
    sess.gtp_version = rd_u8(&rd);
    sess.ebi = rd_u8(&rd);
    sess.lbi = rd_u8(&rd);
    flags = rd_u8(&rd);
    sess.restoring = flags & RESTORING;
    sess.apn = rd_u8(&rd);
    sess.selection_mode = rd_u8(&rd);
    sess.rat = rd_u8(&rd);
    sess.qos_len = rd_u8(&rd);
    if (sess.qos_len > SESS_QOS)
        return false;
    rd_copy(&rd, sess.qos, sess.qos_len);
    sess.counters.up_packets = rd_u64(&rd);
    sess.counters.up_octets = rd_u64(&rd);
    sess.counters.down_packets = rd_u64(&rd);
    sess.counters.down_octets = rd_u64(&rd);

    sess.rating.request = rd_u32(&rd);
    sess.rating.reported = rd_u64(&rd);

    uint64_t age = rd_u64(&rd);
    uint32_t idle_s = rd_u32(&rd);

    if (sess.lbi)
        sess_rule_read(&rd, &rule);
    sess.service = rd_u8(&rd);
    sess.vpn = rd_u8(&rd);
    if (rd.bad || version < SESS_WIRE_VERSION ||
        (version == SESS_WIRE_VERSION && (!rd_done(&rd) || flags > RESTORING)))
        return false;
    if (sess.gtp_version < 1 || sess.gtp_version > 2 || sess.ebi > EBI_MOST ||
        sess.lbi > EBI_MOST || (sess.lbi && (!sess.ebi || sess.ebi == sess.lbi)) ||
        teid_slot(sess.teid) == SESS_NONE || age > INT64_MAX / 4)
        return false;
    sess.since = (mono_t){.us = now.us - (int64_t)age};
    sess.active_at = mono_after(now, -(int64_t)idle_s * US_PER_S);
    *out = sess;
    if (sess.lbi)
        *rule_out = rule;
    return true;
}

uint64_t
sess_digest(const struct sess *sess, const struct sess_rule *rule)
{
    struct sess still = *sess;
    uint8_t bytes[1024];
    struct wr wr = wr_over(bytes, sizeof bytes);
    struct rd rd;
    uint64_t digest = 0;

    still.counters = (struct sess_counters){0};
    still.rating = (struct sess_rating){0};
    still.apn = still.service = still.vpn = 0;
    still.since = still.active_at = (mono_t){0};
    sess_encode(&wr, &still, rule, still.since);
    rd = rd_over(bytes, wr_len(&wr));
    while (rd_left(&rd) >= 8)
        digest = mix64(digest ^ rd_u64(&rd));
    while (rd_left(&rd) > 0)
        digest = mix64(digest ^ rd_u8(&rd));
    return digest;
}
