#include <assert.h>

#include "common/base/err.h"
#include "common/base/rng.h"
#include "common/gtp/gtpu.h"
#include "sf/gw_priv.h"

enum {
    IPV4_HEAD_LEN = 20,
    IPV4_SOURCE = 12, /* offsets */
    IPV4_DESTINATION = 16,
};

static uint32_t
be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Octets of the IPv4 packet that these bytes begin with; 0 if they do not. */
static uint16_t
ipv4_len(const uint8_t *at, size_t len)
{
    if (len < IPV4_HEAD_LEN || at[0] >> 4 != 4 || (at[0] & 0x0f) * 4u < IPV4_HEAD_LEN)
        return 0;

    size_t total = (size_t)at[2] << 8 | at[3];

    return total >= (at[0] & 0x0f) * 4u && total <= len ? (uint16_t)total : 0;
}

/* Where the slot of a tunnel that we sent into lately is noted. An Error Indication names
 * only the peer's end, by which the table has no index; but it answers a packet of ours,
 * and that is fresh. A note that was overwritten costs one more packet. */
static uint32_t *
recent(const struct gw *gw, uint32_t peer_teid, uint32_t peer_addr)
{
    return &gw->recent[mix64((uint64_t)peer_teid << 32 | peer_addr) & gw->recent_mask];
}

/* Signalling on the user plane starts anew: to the well-known port (TS 29.281 4.4.2). */
static void
signal_back(const struct dgram *in, const uint8_t *bytes, size_t len, struct wr *out)
{
    struct dgram to = *in;

    to.port = GTP_PORT_USER;
    gw_answer(&to, bytes, len, out);
}

/* --- uplink --------------------------------------------------------------------------------- */

static void
error_indication(struct gw *gw, const struct dgram *in, uint32_t teid, struct wr *out)
{
    uint8_t buf[64];
    size_t len = gtpu_encode_error_indication(buf, sizeof buf, teid, in->local);

    assert(len);
    gw_count(gw, GW_U_ERROR_SENT);
    signal_back(in, buf, len, out);
}

/* Whose packets come through this tunnel. A client may send as soon as it knows the tunnel, and
 * that may be before we hear that it does: those are the default bearer's. */
static struct sess *
sender(struct gw *gw, uint32_t teid)
{
    struct sess *sess = sess_by_teid(gw->setup.table, teid);
    struct sess *reserved = sess ? NULL : sess_reserved(gw->setup.table, teid);

    return reserved ? sess_default(gw->setup.table, reserved) : sess;
}

static void
uplink(struct gw *gw, mono_t now, const struct dgram *in, const struct gtpu_msg *msg,
       struct wr *out)
{
    struct sess *sess = sender(gw, msg->teid);

    if (!sess) {
        if (gw_passes(gw, GATE_DATA, GW_GATED_DATA))
            error_indication(gw, in, msg->teid, out);
        return;
    }
    if (!gw_passes_data(gw, sess))
        return;

    const uint8_t *packet = msg->payload.at;
    uint16_t len = ipv4_len(packet, msg->payload.len);

    if (!len) {
        gw_count(gw, GW_U_BAD_PACKET);
        return;
    }
    if (be32(packet + IPV4_SOURCE) != sess->ue_addr) {
        gw_count(gw, GW_U_SPOOFED);
        return;
    }

    bool fits = dgram_put(out, &(struct dgram){.side = DGRAM_PDN, .len = len, .bytes = packet});

    assert(fits); /* shorter than what came in */
    sess->counters.up_packets++;
    sess->counters.up_octets += len;
    sess_counted(gw->setup.table, sess, now);
    gw_count(gw, GW_U_UP_PACKETS);
    gw->counters[GW_U_UP_OCTETS] += len;
}

/* --- signalling ------------------------------------------------------------------------------ */

/* The peer no longer knows its end of a tunnel: the session is of no use to anybody
 * (TS 29.281 7.3.1, TS 23.007 20.3). */
static void
peer_lost_tunnel(struct gw *gw, const struct gtpu_msg *msg)
{
    uint32_t slot = *recent(gw, msg->error_teid, msg->error_addr);
    struct sess *sess = slot ? sess_at(gw->setup.table, slot) : NULL;

    if (!sess || sess->state != SESS_LIVE || sess->peer_user_teid != msg->error_teid ||
        sess->peer_user_addr != msg->error_addr) {
        gw_count(gw, GW_U_ERROR_UNKNOWN);
        return;
    }
    gw_count(gw, GW_U_ERROR_CLOSED);
    sess_close(gw->setup.table, sess);
}

static void
echo(struct gw *gw, const struct dgram *in, const struct gtpu_msg *msg, struct wr *out)
{
    uint8_t buf[32];
    size_t len = gtpu_encode_echo_response(buf, sizeof buf, msg->seq);

    assert(len);
    gw_count(gw, GW_U_ECHO);
    gw_answer(in, buf, len, out);
}

static void
unknown_extension(struct gw *gw, const struct dgram *in, const struct gtpu_msg *msg, struct wr *out)
{
    uint8_t buf[32];
    size_t len = gtpu_encode_supported_extensions(buf, sizeof buf, msg->seq);

    assert(len);
    gw_count(gw, GW_U_EXTENSION);
    signal_back(in, buf, len, out);
}

static void
signalling(struct gw *gw, const struct dgram *in, const struct gtpu_msg *msg, struct wr *out)
{
    switch (msg->type) {
    case GTPU_ECHO_REQUEST:
        echo(gw, in, msg, out);
        break;
    case GTPU_ERROR_INDICATION:
        if (gw_passes(gw, GATE_CONTROL, GW_GATED_CONTROL))
            peer_lost_tunnel(gw, msg);
        break;
    case GTPU_END_MARKER:
        gw_count(gw, GW_U_END_MARKER);
        break;
    case GTPU_ECHO_RESPONSE:
    case GTPU_SUPPORTED_EXTENSIONS:
        gw_count(gw, GW_U_RESPONSE);
        break;
    default:
        gw_count(gw, GW_U_UNKNOWN_TYPE);
        break;
    }
}

void
gw_user(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out)
{
    struct gtpu_msg msg;
    const char *reason;
    int fault = gtpu_decode(&msg, in->bytes, in->len, &reason);

    /* Only user packets: two ends must not answer each other's answers for ever. */
    if (fault == GTP_EEXTENSION && msg.type == GTPU_GPDU)
        unknown_extension(gw, in, &msg, out);
    else if (fault)
        gw_count(gw, GW_U_MALFORMED);
    else if (msg.type == GTPU_GPDU)
        uplink(gw, now, in, &msg, out);
    else
        signalling(gw, in, &msg, out);
}

/* --- downlink -------------------------------------------------------------------------------- */

/* The session's bearer that is meant for this packet: filters first, the default one else. */
static struct sess *
bearer_for(struct gw *gw, struct sess *sess, const uint8_t *packet, uint16_t len)
{
    struct sess *bearer =
        sess->bearers ? sess_bearer_for(gw->setup.table, sess, packet, len) : NULL;

    return bearer ? bearer : sess;
}

/* From where the session's packets come; 0: its service is gone, and there is no gtpu-service. */
static uint32_t
user_addr(const struct gw *gw, const struct sess *sess)
{
    return sess->gtp_version == 1 ? gw->setup.ggsn.user : gw->setup.pgw.user;
}

static void
downlink(struct gw *gw, mono_t now, const struct dgram *in, struct sess *sess, uint16_t len,
         struct wr *out)
{
    uint8_t buf[DGRAM_MOST];
    size_t head_len = gtpu_encode_head(buf, sizeof buf, sess->peer_user_teid, len);

    assert(head_len && head_len + len <= sizeof buf);
    memcpy(buf + head_len, in->bytes, len);

    bool fits = dgram_put(out, &(struct dgram){
                                   .side = DGRAM_USER,
                                   .peer = sess->peer_user_addr,
                                   .port = GTP_PORT_USER,
                                   .local = user_addr(gw, sess),
                                   .len = (uint16_t)(head_len + len),
                                   .bytes = buf,
                               });

    assert(fits);
    sess->counters.down_packets++;
    sess->counters.down_octets += len;
    sess_counted(gw->setup.table, sess, now);
    gw_count(gw, GW_U_DOWN_PACKETS);
    gw->counters[GW_U_DOWN_OCTETS] += len;
    *recent(gw, sess->peer_user_teid, sess->peer_user_addr) = sess_slot(gw->setup.table, sess);
}

int
gw_pdn(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out)
{
    if (wr_room(out) < DGRAM_HEAD + GTPU_HEAD_LEN + (size_t)in->len)
        return DI_ESPACE;
    if (!gw_serving(gw)) {
        gw_count(gw, GW_NOT_SERVING);
        return 0;
    }
    if (in->side != DGRAM_PDN) {
        gw_count(gw, GW_WRONG_SIDE);
        return 0;
    }

    uint16_t len = ipv4_len(in->bytes, in->len);
    struct sess *sess =
        len ? sess_by_addr(gw->setup.table, be32(in->bytes + IPV4_DESTINATION)) : NULL;

    if (!len)
        gw_count(gw, GW_PDN_BAD_PACKET);
    else if (!sess)
        gw_count(gw, GW_PDN_NO_SESSION);
    else if (!user_addr(gw, sess))
        gw_count(gw, GW_PDN_NO_SERVICE);
    else if (len > DGRAM_MOST - GTPU_HEAD_LEN)
        gw_count(gw, GW_PDN_TOO_LONG);
    else if (sess->restoring)
        gw_count(gw, GW_PDN_RESTORING);
    else {
        sess = bearer_for(gw, sess, in->bytes, len);
        if (gw_passes_data(gw, sess))
            downlink(gw, now, in, sess, len, out);
    }
    return 0;
}
