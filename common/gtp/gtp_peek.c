#include "common/gtp/gtp_peek.h"

#include "common/gtp/gtp_head.h"

/* An IMSI of no sense is none: the full decoder has the right answer to it. */
static void
take_imsi(struct gtp_peek *peek, const struct gtp_ie *ie)
{
    uint64_t imsi = gtp_tbcd_read(ie->value.at, rd_left(&ie->value));

    if (gtp_imsi_valid(imsi))
        peek->imsi = imsi;
}

static int
peek_v1(struct gtp_peek *peek, const uint8_t *buf, size_t len, const char **reason)
{
    struct gtp1_head head;
    struct gtp_ie ie;
    struct rd body;
    int fault = gtp1_head_read(&head, &body, 0, buf, len, reason);

    peek->type = head.type;
    peek->has_seq = head.has_seq;
    peek->seq = head.seq;
    peek->teid = head.teid;
    if (fault || head.type != GTP1_CREATE_PDP_REQUEST)
        return fault;
    while (gtp1_ie_next(&ie, &body, reason) > 0)
        if (ie.type == GTP1_IE_IMSI) {
            take_imsi(peek, &ie);
            break;
        }
    return 0;
}

static int
peek_v2(struct gtp_peek *peek, const uint8_t *buf, size_t len, const char **reason)
{
    struct gtp2_head head;
    struct gtp_ie ie;
    struct rd body;
    int fault = gtp2_head_read(&head, &body, buf, len, reason);

    peek->type = head.type;
    peek->has_seq = fault != GTP_EDROP && fault != GTP_EVERSION;
    peek->seq = head.seq;
    peek->teid = head.teid;
    if (fault || head.type != GTP2_CREATE_SESSION_REQUEST)
        return fault;
    while (gtp2_ie_next(&ie, &body, reason) > 0)
        if (ie.type == GTP2_IE_IMSI && !ie.instance) {
            take_imsi(peek, &ie);
            break;
        }
    return 0;
}

int
gtp_peek(struct gtp_peek *peek, const uint8_t *buf, size_t len, const char **reason)
{
    int version = gtp_version(buf, len);

    *peek = (struct gtp_peek){.imsi = GTP_NO_DIGITS};
    if (version < 0)
        return gtp_refuse(reason, GTP_EDROP, "empty datagram");
    peek->version = (uint8_t)version;
    if (version == 1)
        return peek_v1(peek, buf, len, reason);
    if (version == 2)
        return peek_v2(peek, buf, len, reason);
    return gtp_refuse(reason, GTP_EVERSION, "neither GTP version 1 nor 2");
}
