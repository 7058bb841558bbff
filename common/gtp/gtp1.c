#include "common/gtp/gtp1.h"

#include "common/gtp/gtp_head.h"

enum {
    FLAGS = 0x30, /* version 1, GTP */
    FLAG_SEQUENCE = 0x02,
    HEAD_LEN = 8,
    NUMBERING_PLAN = 0x91, /* international E.164, 7.7.33 */
    SPARE_MODE = 0xfc,     /* spare bits that are sent as ones */
    SPARE_BOOL = 0xfe,
    EUA_SPARE_ORG = 0xf0,
    QOS_MIN = 4, /* release 97: priority and three octets */
};

/* The presence bit of an element that comes once; 0: skipped. */
static const uint32_t once[256] = {
    [GTP1_IE_CAUSE] = GTP1_HAS_CAUSE,
    [GTP1_IE_IMSI] = GTP1_HAS_IMSI,
    [GTP1_IE_RAI] = GTP1_HAS_RAI,
    [GTP1_IE_TLLI] = GTP1_HAS_TLLI,
    [GTP1_IE_PTMSI] = GTP1_HAS_PTMSI,
    [GTP1_IE_REORDERING] = GTP1_HAS_REORDERING,
    [GTP1_IE_RECOVERY] = GTP1_HAS_RECOVERY,
    [GTP1_IE_SELECTION_MODE] = GTP1_HAS_SELECTION_MODE,
    [GTP1_IE_TEID_DATA] = GTP1_HAS_TEID_DATA,
    [GTP1_IE_TEID_CONTROL] = GTP1_HAS_TEID_CONTROL,
    [GTP1_IE_TEARDOWN] = GTP1_HAS_TEARDOWN,
    [GTP1_IE_CHARGING_CHARS] = GTP1_HAS_CHARGING_CHARS,
    [GTP1_IE_CHARGING_ID] = GTP1_HAS_CHARGING_ID,
    [GTP1_IE_END_USER_ADDRESS] = GTP1_HAS_END_USER_ADDRESS,
    [GTP1_IE_APN] = GTP1_HAS_APN,
    [GTP1_IE_PCO] = GTP1_HAS_PCO,
    [GTP1_IE_MSISDN] = GTP1_HAS_MSISDN,
    [GTP1_IE_QOS] = GTP1_HAS_QOS,
    [GTP1_IE_TFT] = GTP1_HAS_TFT,
    [GTP1_IE_COMMON_FLAGS] = GTP1_HAS_COMMON_FLAGS,
    [GTP1_IE_APN_RESTRICTION] = GTP1_HAS_APN_RESTRICTION,
    [GTP1_IE_RAT] = GTP1_HAS_RAT,
    [GTP1_IE_ULI] = GTP1_HAS_ULI,
    [GTP1_IE_TIME_ZONE] = GTP1_HAS_TIME_ZONE,
    [GTP1_IE_IMEISV] = GTP1_HAS_IMEISV,
    [GTP1_IE_AMBR] = GTP1_HAS_AMBR,
    [GTP1_IE_PRIVATE] = GTP1_HAS_PRIVATE,
};

/* Which bit this element would set; 0 when it is to be skipped. Two types come twice, and
 * are told apart by nothing but their order. */
static uint32_t
bit_of(const struct gtp1_msg *msg, const struct gtp_ie *ie)
{
    uint32_t bit = once[ie->type];

    if (ie->type == GTP1_IE_NSAPI)
        bit = msg->has & GTP1_HAS_NSAPI ? GTP1_HAS_LINKED_NSAPI : GTP1_HAS_NSAPI;
    if (ie->type == GTP1_IE_GSN_ADDRESS && rd_left(&ie->value) != 16) /* IPv6: not ours */
        bit = msg->has & GTP1_HAS_GSN_CONTROL ? GTP1_HAS_GSN_DATA : GTP1_HAS_GSN_CONTROL;
    return msg->has & bit ? 0 : bit;
}

static uint64_t
read_tbcd(struct rd *value)
{
    struct gtp_bytes octets = gtp_rest(value);

    return gtp_tbcd_read(octets.at, octets.len);
}

static uint64_t
read_imsi(struct rd *value)
{
    uint64_t imsi = read_tbcd(value);

    value->bad |= !gtp_imsi_valid(imsi);
    return imsi;
}

static uint64_t
read_msisdn(struct rd *value)
{
    rd_u8(value); /* nature of address and numbering plan */
    return read_imsi(value);
}

/* 7.7.27; the address may be missing, and behind an IPv4 one there may be an IPv6 one. */
static void
read_eua(struct gtp1_msg *msg, struct rd *value)
{
    msg->eua.org = rd_u8(value) & 0x0f;
    msg->eua.type = rd_u8(value);
    msg->eua.ipv4 = 0;

    size_t left = rd_left(value);

    if (msg->eua.org != GTP1_EUA_IETF)
        return;
    if (msg->eua.type == GTP1_EUA_IPV4)
        value->bad |= left != 0 && left != 4;
    if (msg->eua.type == GTP1_EUA_IPV6)
        value->bad |= left != 0 && left != 16;
    if (msg->eua.type == GTP1_EUA_IPV4V6)
        value->bad |= left != 0 && left != 4 && left != 16 && left != 20;
    if (msg->eua.type != GTP1_EUA_IPV6 && (left == 4 || left == 20))
        msg->eua.ipv4 = rd_u32(value);
}

static void
read_qos(struct gtp1_msg *msg, struct rd *value)
{
    size_t len = rd_left(value);

    value->bad |= len < QOS_MIN;
    msg->qos_len = (uint8_t)(len < GTP1_QOS_MAX ? len : GTP1_QOS_MAX);
    rd_copy(value, msg->qos, msg->qos_len);
}

static void
read_apn(struct gtp1_msg *msg, struct rd *value)
{
    struct gtp_bytes labels = gtp_rest(value);

    value->bad |= !gtp_apn_decode(msg->apn, labels.at, labels.len);
}

/* One element's value; `bad` when it is too short or nonsense. Octets behind what is known
 * are of a later release and ignored. */
static void
read_value(struct gtp1_msg *msg, uint32_t bit, struct rd *value)
{
    switch (bit) {
    case GTP1_HAS_CAUSE:
        msg->cause = rd_u8(value);
        break;
    case GTP1_HAS_IMSI:
        msg->imsi = read_imsi(value);
        break;
    case GTP1_HAS_RAI:
        rd_copy(value, msg->rai, sizeof msg->rai);
        break;
    case GTP1_HAS_TLLI:
        msg->tlli = rd_u32(value);
        break;
    case GTP1_HAS_PTMSI:
        msg->ptmsi = rd_u32(value);
        break;
    case GTP1_HAS_REORDERING:
        msg->reordering = rd_u8(value) & 1;
        break;
    case GTP1_HAS_RECOVERY:
        msg->recovery = rd_u8(value);
        break;
    case GTP1_HAS_SELECTION_MODE:
        msg->selection_mode = rd_u8(value) & 3;
        break;
    case GTP1_HAS_TEID_DATA:
        msg->teid_data = rd_u32(value);
        break;
    case GTP1_HAS_TEID_CONTROL:
        msg->teid_control = rd_u32(value);
        break;
    case GTP1_HAS_TEARDOWN:
        msg->teardown = rd_u8(value) & 1;
        break;
    case GTP1_HAS_NSAPI:
        msg->nsapi = rd_u8(value) & 0x0f;
        break;
    case GTP1_HAS_LINKED_NSAPI:
        msg->linked_nsapi = rd_u8(value) & 0x0f;
        break;
    case GTP1_HAS_CHARGING_CHARS:
        msg->charging_chars = rd_u16(value);
        break;
    case GTP1_HAS_CHARGING_ID:
        msg->charging_id = rd_u32(value);
        break;
    case GTP1_HAS_END_USER_ADDRESS:
        read_eua(msg, value);
        break;
    case GTP1_HAS_APN:
        read_apn(msg, value);
        break;
    case GTP1_HAS_PCO:
        msg->pco = gtp_rest(value);
        break;
    case GTP1_HAS_GSN_CONTROL:
        value->bad |= rd_left(value) != 4;
        msg->gsn_control = rd_u32(value);
        break;
    case GTP1_HAS_GSN_DATA:
        value->bad |= rd_left(value) != 4;
        msg->gsn_data = rd_u32(value);
        break;
    case GTP1_HAS_MSISDN:
        msg->msisdn = read_msisdn(value);
        break;
    case GTP1_HAS_QOS:
        read_qos(msg, value);
        break;
    case GTP1_HAS_TFT:
        msg->tft = gtp_rest(value);
        break;
    case GTP1_HAS_COMMON_FLAGS:
        msg->common_flags = rd_u8(value);
        break;
    case GTP1_HAS_APN_RESTRICTION:
        msg->apn_restriction = rd_u8(value);
        break;
    case GTP1_HAS_RAT:
        msg->rat = rd_u8(value);
        break;
    case GTP1_HAS_ULI:
        msg->uli = gtp_rest(value);
        break;
    case GTP1_HAS_TIME_ZONE:
        rd_copy(value, msg->time_zone, sizeof msg->time_zone);
        break;
    case GTP1_HAS_IMEISV:
        msg->imeisv = read_tbcd(value);
        value->bad |= msg->imeisv == GTP_NO_DIGITS;
        break;
    case GTP1_HAS_AMBR:
        msg->ambr_up = rd_u32(value);
        msg->ambr_down = rd_u32(value);
        break;
    case GTP1_HAS_PRIVATE:
        msg->private_ext = gtp_rest(value);
        break;
    default:
        break;
    }
}

static int
read_elements(struct gtp1_msg *msg, struct rd *body, const char **reason)
{
    struct gtp_ie ie;
    int more;

    while ((more = gtp1_ie_next(&ie, body, reason)) > 0) {
        uint32_t bit = bit_of(msg, &ie);

        if (!bit)
            continue;
        read_value(msg, bit, &ie.value);
        if (ie.value.bad) {
            msg->bad_ie = ie.type;
            return gtp_refuse(reason, GTP_EVALUE, "element too short or of no sense");
        }
        msg->has |= bit;
    }
    return more;
}

int
gtp1_decode(struct gtp1_msg *msg, const uint8_t *buf, size_t len, const char **reason)
{
    struct rd body;

    memset(msg, 0, sizeof *msg);

    int fault = gtp1_head_read(&msg->head, &body, 0, buf, len, reason);

    if (fault)
        return fault;
    fault = read_elements(msg, &body, reason);
    if (fault) {
        struct gtp1_head head = msg->head;
        uint8_t bad_ie = msg->bad_ie;

        memset(msg, 0, sizeof *msg);
        msg->head = head;
        msg->bad_ie = bad_ie;
    }
    return fault;
}

static void
put_tv(struct wr *wr, unsigned type, uint64_t value, size_t width)
{
    wr_u8(wr, type);
    wr_uint(wr, value, width);
}

static void
put_tlv_head(struct wr *wr, unsigned type, size_t len)
{
    wr->full |= len > UINT16_MAX;
    wr_u8(wr, type);
    wr_uint(wr, len, 2);
}

static void
put_tlv(struct wr *wr, unsigned type, const void *bytes, size_t len)
{
    put_tlv_head(wr, type, len);
    wr_bytes(wr, bytes, len);
}

static void
put_tlv_uint(struct wr *wr, unsigned type, uint64_t value, size_t width)
{
    put_tlv_head(wr, type, width);
    wr_uint(wr, value, width);
}

static void
put_eua(struct wr *wr, const struct gtp1_msg *msg)
{
    bool has_ipv4 = msg->eua.ipv4 && msg->eua.org == GTP1_EUA_IETF &&
                    (msg->eua.type == GTP1_EUA_IPV4 || msg->eua.type == GTP1_EUA_IPV4V6);

    put_tlv_head(wr, GTP1_IE_END_USER_ADDRESS, has_ipv4 ? 6 : 2);
    wr_u8(wr, EUA_SPARE_ORG | (msg->eua.org & 0x0fu));
    wr_u8(wr, msg->eua.type);
    if (has_ipv4)
        wr_u32(wr, msg->eua.ipv4);
}

static void
put_apn(struct wr *wr, const char *apn)
{
    uint8_t labels[GTP_APN_MAX];
    size_t len = gtp_apn_encode(labels, sizeof labels, apn);

    wr->full |= !len;
    put_tlv(wr, GTP1_IE_APN, labels, len);
}

static void
put_msisdn(struct wr *wr, uint64_t msisdn)
{
    size_t len = gtp_tbcd_octets(msisdn);

    wr->full |= !gtp_imsi_valid(msisdn);
    put_tlv_head(wr, GTP1_IE_MSISDN, 1 + len);
    wr_u8(wr, NUMBERING_PLAN);
    wr_uint(wr, msisdn >> 8 * (8 - len) % 64, len);
}

/* Types 1 to 127: type and value. */
static void
put_fixed(struct wr *wr, const struct gtp1_msg *msg)
{
    if (msg->has & GTP1_HAS_CAUSE)
        put_tv(wr, GTP1_IE_CAUSE, msg->cause, 1);
    if (msg->has & GTP1_HAS_IMSI) {
        wr->full |= !gtp_imsi_valid(msg->imsi);
        put_tv(wr, GTP1_IE_IMSI, msg->imsi, 8);
    }
    if (msg->has & GTP1_HAS_RAI) {
        wr_u8(wr, GTP1_IE_RAI);
        wr_bytes(wr, msg->rai, sizeof msg->rai);
    }
    if (msg->has & GTP1_HAS_TLLI)
        put_tv(wr, GTP1_IE_TLLI, msg->tlli, 4);
    if (msg->has & GTP1_HAS_PTMSI)
        put_tv(wr, GTP1_IE_PTMSI, msg->ptmsi, 4);
    if (msg->has & GTP1_HAS_REORDERING)
        put_tv(wr, GTP1_IE_REORDERING, SPARE_BOOL | msg->reordering, 1);
    if (msg->has & GTP1_HAS_RECOVERY)
        put_tv(wr, GTP1_IE_RECOVERY, msg->recovery, 1);
    if (msg->has & GTP1_HAS_SELECTION_MODE)
        put_tv(wr, GTP1_IE_SELECTION_MODE, SPARE_MODE | (msg->selection_mode & 3u), 1);
    if (msg->has & GTP1_HAS_TEID_DATA)
        put_tv(wr, GTP1_IE_TEID_DATA, msg->teid_data, 4);
    if (msg->has & GTP1_HAS_TEID_CONTROL)
        put_tv(wr, GTP1_IE_TEID_CONTROL, msg->teid_control, 4);
    if (msg->has & GTP1_HAS_TEARDOWN)
        put_tv(wr, GTP1_IE_TEARDOWN, SPARE_BOOL | msg->teardown, 1);
    if (msg->has & GTP1_HAS_NSAPI)
        put_tv(wr, GTP1_IE_NSAPI, msg->nsapi & 0x0f, 1);
    if (msg->has & GTP1_HAS_LINKED_NSAPI)
        put_tv(wr, GTP1_IE_NSAPI, msg->linked_nsapi & 0x0f, 1);
    if (msg->has & GTP1_HAS_CHARGING_CHARS)
        put_tv(wr, GTP1_IE_CHARGING_CHARS, msg->charging_chars, 2);
    if (msg->has & GTP1_HAS_CHARGING_ID)
        put_tv(wr, GTP1_IE_CHARGING_ID, msg->charging_id, 4);
}

/* Types 128 to 255: type, length and value. */
static void
put_variable(struct wr *wr, const struct gtp1_msg *msg)
{
    if (msg->has & GTP1_HAS_END_USER_ADDRESS)
        put_eua(wr, msg);
    if (msg->has & GTP1_HAS_APN)
        put_apn(wr, msg->apn);
    if (msg->has & GTP1_HAS_PCO)
        put_tlv(wr, GTP1_IE_PCO, msg->pco.at, msg->pco.len);
    if (msg->has & GTP1_HAS_GSN_CONTROL)
        put_tlv_uint(wr, GTP1_IE_GSN_ADDRESS, msg->gsn_control, 4);
    if (msg->has & GTP1_HAS_GSN_DATA)
        put_tlv_uint(wr, GTP1_IE_GSN_ADDRESS, msg->gsn_data, 4);
    if (msg->has & GTP1_HAS_MSISDN)
        put_msisdn(wr, msg->msisdn);
    if (msg->has & GTP1_HAS_QOS) {
        wr->full |= msg->qos_len < QOS_MIN || msg->qos_len > GTP1_QOS_MAX;
        put_tlv(wr, GTP1_IE_QOS, msg->qos, msg->qos_len);
    }
    if (msg->has & GTP1_HAS_TFT)
        put_tlv(wr, GTP1_IE_TFT, msg->tft.at, msg->tft.len);
    if (msg->has & GTP1_HAS_COMMON_FLAGS)
        put_tlv_uint(wr, GTP1_IE_COMMON_FLAGS, msg->common_flags, 1);
    if (msg->has & GTP1_HAS_APN_RESTRICTION)
        put_tlv_uint(wr, GTP1_IE_APN_RESTRICTION, msg->apn_restriction, 1);
    if (msg->has & GTP1_HAS_RAT)
        put_tlv_uint(wr, GTP1_IE_RAT, msg->rat, 1);
    if (msg->has & GTP1_HAS_ULI)
        put_tlv(wr, GTP1_IE_ULI, msg->uli.at, msg->uli.len);
    if (msg->has & GTP1_HAS_TIME_ZONE)
        put_tlv(wr, GTP1_IE_TIME_ZONE, msg->time_zone, sizeof msg->time_zone);
    if (msg->has & GTP1_HAS_IMEISV) {
        wr->full |= !gtp_tbcd_valid(msg->imeisv);
        put_tlv_uint(wr, GTP1_IE_IMEISV, msg->imeisv, 8);
    }
    if (msg->has & GTP1_HAS_AMBR)
        put_tlv_uint(wr, GTP1_IE_AMBR, (uint64_t)msg->ambr_up << 32 | msg->ambr_down, 8);
    if (msg->has & GTP1_HAS_PRIVATE)
        put_tlv(wr, GTP1_IE_PRIVATE, msg->private_ext.at, msg->private_ext.len);
}

size_t
gtp1_encode(uint8_t *buf, size_t room, const struct gtp1_msg *msg)
{
    struct wr wr = wr_over(buf, room);

    wr_u8(&wr, FLAGS | (msg->head.has_seq ? FLAG_SEQUENCE : 0u));
    wr_u8(&wr, msg->head.type);
    wr_u16(&wr, 0); /* the length, once it is known */
    wr_u32(&wr, msg->head.teid);
    if (msg->head.has_seq) {
        wr_u16(&wr, msg->head.seq);
        wr_u16(&wr, 0); /* neither N-PDU number nor extension header */
    }
    put_fixed(&wr, msg);
    put_variable(&wr, msg);

    size_t len = wr_len(&wr);

    if (wr.full || len - HEAD_LEN > UINT16_MAX)
        return 0;
    buf[2] = (uint8_t)((len - HEAD_LEN) >> 8);
    buf[3] = (uint8_t)(len - HEAD_LEN);
    return len;
}
