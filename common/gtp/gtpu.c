#include "common/gtp/gtpu.h"

#include "common/gtp/gtp_head.h"

enum {
    FLAGS = 0x30,
    FLAGS_SEQUENCE = 0x32,
    PDCP_PDU_NUMBER = 0xc0, /* extension header: of use in a handover, skipped else */
};

/* Error Indication, 7.3.1: TEID Data I and GSN Address. */
static int
read_error(struct gtpu_msg *msg, struct rd body, const char **reason)
{
    bool has_teid = false, has_addr = false;
    struct gtp_ie ie;
    int more;

    while ((more = gtp1_ie_next(&ie, &body, reason)) > 0) {
        if (ie.type == GTP1_IE_TEID_DATA && !has_teid) {
            msg->error_teid = rd_u32(&ie.value);
            has_teid = true;
        }
        if (ie.type == GTP1_IE_GSN_ADDRESS && !has_addr) {
            if (rd_left(&ie.value) != 4 && rd_left(&ie.value) != 16)
                return gtp_refuse(reason, GTP_EVALUE, "GSN address of a strange length");
            msg->error_addr = rd_left(&ie.value) == 4 ? rd_u32(&ie.value) : 0;
            has_addr = true;
        }
    }
    if (!more && !(has_teid && has_addr))
        return gtp_refuse(reason, GTP_EVALUE, "Error Indication of nothing");
    return more;
}

int
gtpu_decode(struct gtpu_msg *msg, const uint8_t *buf, size_t len, const char **reason)
{
    struct gtp1_head head;
    struct rd body;
    int fault = gtp1_head_read(&head, &body, PDCP_PDU_NUMBER, buf, len, reason);

    *msg = (struct gtpu_msg){
        .type = head.type, .has_seq = head.has_seq, .seq = head.seq, .teid = head.teid};
    if (fault)
        return fault;
    msg->payload = (struct gtp_bytes){.at = body.at, .len = rd_left(&body)};
    return head.type == GTPU_ERROR_INDICATION ? read_error(msg, body, reason) : 0;
}

static void
put_head(struct wr *wr, unsigned flags, enum gtpu_type type, uint32_t teid, size_t len)
{
    wr->full |= len > UINT16_MAX;
    wr_u8(wr, flags);
    wr_u8(wr, type);
    wr_uint(wr, len, 2);
    wr_u32(wr, teid);
}

static void
put_seq(struct wr *wr, uint16_t seq)
{
    wr_u16(wr, seq);
    wr_u16(wr, 0); /* neither N-PDU number nor extension header */
}

static size_t
written(const struct wr *wr)
{
    return wr->full ? 0 : wr_len(wr);
}

size_t
gtpu_encode_head(uint8_t *buf, size_t room, uint32_t teid, size_t payload_len)
{
    struct wr wr = wr_over(buf, room);

    put_head(&wr, FLAGS, GTPU_GPDU, teid, payload_len);
    return written(&wr);
}

size_t
gtpu_encode_head_seq(uint8_t *buf, size_t room, uint32_t teid, uint16_t seq, size_t payload_len)
{
    struct wr wr = wr_over(buf, room);

    put_head(&wr, FLAGS_SEQUENCE, GTPU_GPDU, teid, 4 + payload_len);
    put_seq(&wr, seq);
    return written(&wr);
}

size_t
gtpu_encode_echo_request(uint8_t *buf, size_t room, uint16_t seq)
{
    struct wr wr = wr_over(buf, room);

    put_head(&wr, FLAGS_SEQUENCE, GTPU_ECHO_REQUEST, 0, 4);
    put_seq(&wr, seq);
    return written(&wr);
}

size_t
gtpu_encode_echo_response(uint8_t *buf, size_t room, uint16_t seq)
{
    struct wr wr = wr_over(buf, room);

    put_head(&wr, FLAGS_SEQUENCE, GTPU_ECHO_RESPONSE, 0, 4 + 2);
    put_seq(&wr, seq);
    wr_u8(&wr, GTP1_IE_RECOVERY);
    wr_u8(&wr, 0);
    return written(&wr);
}

size_t
gtpu_encode_error_indication(uint8_t *buf, size_t room, uint32_t teid, uint32_t addr)
{
    struct wr wr = wr_over(buf, room);

    /* 5.1: this message carries the sequence number field, and it means nothing. */
    put_head(&wr, FLAGS_SEQUENCE, GTPU_ERROR_INDICATION, 0, 4 + 5 + 7);
    put_seq(&wr, 0);
    wr_u8(&wr, GTP1_IE_TEID_DATA);
    wr_u32(&wr, teid);
    wr_u8(&wr, GTP1_IE_GSN_ADDRESS);
    wr_u16(&wr, 4);
    wr_u32(&wr, addr);
    return written(&wr);
}

size_t
gtpu_encode_end_marker(uint8_t *buf, size_t room, uint32_t teid)
{
    struct wr wr = wr_over(buf, room);

    put_head(&wr, FLAGS, GTPU_END_MARKER, teid, 0);
    return written(&wr);
}

size_t
gtpu_encode_supported_extensions(uint8_t *buf, size_t room, uint16_t seq)
{
    struct wr wr = wr_over(buf, room);

    put_head(&wr, FLAGS_SEQUENCE, GTPU_SUPPORTED_EXTENSIONS, 0, 4 + 3);
    put_seq(&wr, seq);
    wr_u8(&wr, GTP1_IE_EXTENSION_TYPES);
    wr_u8(&wr, 1);
    wr_u8(&wr, PDCP_PDU_NUMBER);
    return written(&wr);
}
