#include "common/gtp/gtp_head.h"

enum {
    V1_VERSION = 0x20,
    V1_PROTOCOL = 0x10, /* 0: GTP', the charging protocol */
    V1_EXTENSION = 0x04,
    V1_SEQUENCE = 0x02,
    V1_NPDU = 0x01,
    V1_FIXED_LEN = 8,

    V2_VERSION = 0x40,
    V2_PIGGYBACK = 0x10,
    V2_TEID = 0x08,
    V2_LENGTH_FROM = 4, /* the length counts what follows this many octets */

    VERSION_MASK = 0xe0,
    EXTENSION_MUST = 0x80, /* TS 29.060 6: the receiver must understand it */
};

/* Lengths of the type-value elements, TS 29.060 7.7 table 37; 0: no such type, and then
 * nobody can tell where it ends. */
static const uint8_t tv_len[128] = {
    [1] = 1,   /* Cause */
    [2] = 8,   /* IMSI */
    [3] = 6,   /* Routeing Area Identity */
    [4] = 4,   /* TLLI */
    [5] = 4,   /* P-TMSI */
    [8] = 1,   /* Reordering Required */
    [9] = 28,  /* Authentication Triplet */
    [11] = 1,  /* MAP Cause */
    [12] = 3,  /* P-TMSI Signature */
    [13] = 1,  /* MS Validated */
    [14] = 1,  /* Recovery */
    [15] = 1,  /* Selection Mode */
    [16] = 4,  /* TEID Data I */
    [17] = 4,  /* TEID Control Plane */
    [18] = 5,  /* TEID Data II */
    [19] = 1,  /* Teardown Ind */
    [20] = 1,  /* NSAPI */
    [21] = 1,  /* RANAP Cause */
    [22] = 9,  /* RAB Context */
    [23] = 1,  /* Radio Priority SMS */
    [24] = 1,  /* Radio Priority */
    [25] = 2,  /* Packet Flow Id */
    [26] = 2,  /* Charging Characteristics */
    [27] = 2,  /* Trace Reference */
    [28] = 2,  /* Trace Type */
    [29] = 1,  /* MS Not Reachable Reason */
    [127] = 4, /* Charging ID */
};

/* The chain of extension headers (TS 29.060 6): units of four octets, each ending in the
 * type of the next. */
static int
skip_extensions(struct rd *body, uint8_t next, uint8_t known, const char **reason)
{
    while (next) {
        size_t len = rd_u8(body) * (size_t)4;

        if (!len)
            return gtp_refuse(reason, GTP_EFORMAT, "extension header of no length");

        const uint8_t *at = rd_bytes(body, len - 1);

        if (!at)
            return gtp_refuse(reason, GTP_EFORMAT, "extension header runs over the end");
        if (next & EXTENSION_MUST && next != known)
            return gtp_refuse(reason, GTP_EEXTENSION, "unknown must-understand extension header");
        next = at[len - 2];
    }
    return 0;
}

int
gtp1_head_read(struct gtp1_head *head, struct rd *body, uint8_t known_extension, const uint8_t *buf,
               size_t len, const char **reason)
{
    *head = (struct gtp1_head){0};
    if (!len)
        return gtp_refuse(reason, GTP_EDROP, "empty datagram");

    struct rd rd = rd_over(buf, len);
    uint8_t flags = rd_u8(&rd);

    if ((flags & VERSION_MASK) != V1_VERSION)
        return gtp_refuse(reason, GTP_EVERSION, "not GTP version 1");
    if (!(flags & V1_PROTOCOL))
        return gtp_refuse(reason, GTP_EDROP, "GTP', not GTP");

    bool has_options = flags & (V1_EXTENSION | V1_SEQUENCE | V1_NPDU);

    if (len < V1_FIXED_LEN + (has_options ? 4 : 0))
        return gtp_refuse(reason, GTP_EDROP, "shorter than its header");
    head->type = rd_u8(&rd);

    size_t said = rd_u16(&rd);

    head->teid = rd_u32(&rd);
    if (!has_options) {
        *body = rd;
        return said == len - V1_FIXED_LEN
                   ? 0
                   : gtp_refuse(reason, GTP_ELENGTH, "length field and datagram differ");
    }

    uint16_t seq = rd_u16(&rd);

    rd_u8(&rd); /* N-PDU number: for handover between SGSNs */

    uint8_t next = rd_u8(&rd);

    head->has_seq = flags & V1_SEQUENCE;
    head->seq = head->has_seq ? seq : 0;
    if (said != len - V1_FIXED_LEN)
        return gtp_refuse(reason, GTP_ELENGTH, "length field and datagram differ");

    int fault = flags & V1_EXTENSION ? skip_extensions(&rd, next, known_extension, reason) : 0;

    *body = rd;
    return fault;
}

int
gtp2_head_read(struct gtp2_head *head, struct rd *body, const uint8_t *buf, size_t len,
               const char **reason)
{
    *head = (struct gtp2_head){0};
    if (!len)
        return gtp_refuse(reason, GTP_EDROP, "empty datagram");

    struct rd rd = rd_over(buf, len);
    uint8_t flags = rd_u8(&rd);

    if ((flags & VERSION_MASK) != V2_VERSION)
        return gtp_refuse(reason, GTP_EVERSION, "not GTP version 2");

    size_t head_len = flags & V2_TEID ? 12 : 8;

    if (len < head_len)
        return gtp_refuse(reason, GTP_EDROP, "shorter than its header");
    head->type = rd_u8(&rd);

    size_t end = rd_u16(&rd) + (size_t)V2_LENGTH_FROM;

    head->has_teid = flags & V2_TEID;
    head->teid = head->has_teid ? rd_u32(&rd) : 0;
    head->seq = (uint32_t)rd_uint(&rd, 3);
    rd_u8(&rd); /* message priority: a hint ours do not use */
    if (end < head_len || end > len || (end < len && !(flags & V2_PIGGYBACK)))
        return gtp_refuse(reason, GTP_ELENGTH, "length field and datagram differ");
    *body = rd_over(buf + head_len, end - head_len);
    return 0;
}

int
gtp1_ie_next(struct gtp_ie *ie, struct rd *body, const char **reason)
{
    if (!rd_left(body))
        return 0;
    *ie = (struct gtp_ie){.type = rd_u8(body)};

    size_t len;

    if (ie->type == GTP1_IE_EXTENSION_TYPES)
        len = rd_u8(body); /* the only one with a length of one octet, 7.7.40 */
    else if (ie->type >= 128)
        len = rd_u16(body);
    else if (tv_len[ie->type])
        len = tv_len[ie->type];
    else
        return gtp_refuse(reason, GTP_EFORMAT, "unknown element of unknown length");

    const uint8_t *at = rd_bytes(body, len);

    if (body->bad)
        return gtp_refuse(reason, GTP_EFORMAT, "element runs over the end");
    ie->value = rd_over(at, len);
    return 1;
}

int
gtp2_ie_next(struct gtp_ie *ie, struct rd *body, const char **reason)
{
    if (!rd_left(body))
        return 0;
    *ie = (struct gtp_ie){.type = rd_u8(body)};

    size_t len = rd_u16(body);

    ie->instance = rd_u8(body) & 0x0f;

    const uint8_t *at = rd_bytes(body, len);

    if (body->bad)
        return gtp_refuse(reason, GTP_EFORMAT, "element runs over the end");
    ie->value = rd_over(at, len);
    return 1;
}
