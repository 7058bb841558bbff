#include "common/gtp/gtp2.h"

#include "common/gtp/gtp_head.h"

enum {
    FLAGS = 0x40, /* version 2 */
    FLAG_TEID = 0x08,
    LENGTH_FROM = 4,

    FTEID_V4 = 0x80, /* 8.22 */
    FTEID_V6 = 0x40,
    FTEID_IFACE = 0x3f,
    IPV6_LEN = 16,
    PAA_PREFIX_LEN = 64, /* of the IPv6 prefix nobody of ours gives */
    CAUSE_LEN = 2,
    CAUSE_OFFENDING_LEN = 6,
};

/* The presence bit of an element of a message with instance 0; 0: skipped. */
static const uint32_t message_bit[256] = {
    [GTP2_IE_IMSI] = GTP2_HAS_IMSI,
    [GTP2_IE_CAUSE] = GTP2_HAS_CAUSE,
    [GTP2_IE_RECOVERY] = GTP2_HAS_RECOVERY,
    [GTP2_IE_APN] = GTP2_HAS_APN,
    [GTP2_IE_AMBR] = GTP2_HAS_AMBR,
    [GTP2_IE_EBI] = GTP2_HAS_EBI,
    [GTP2_IE_MEI] = GTP2_HAS_MEI,
    [GTP2_IE_MSISDN] = GTP2_HAS_MSISDN,
    [GTP2_IE_INDICATION] = GTP2_HAS_INDICATION,
    [GTP2_IE_PCO] = GTP2_HAS_PCO,
    [GTP2_IE_PAA] = GTP2_HAS_PAA,
    [GTP2_IE_FLOW_QOS] = GTP2_HAS_FLOW_QOS,
    [GTP2_IE_TAD] = GTP2_HAS_TAD,
    [GTP2_IE_RAT] = GTP2_HAS_RAT,
    [GTP2_IE_SERVING_NETWORK] = GTP2_HAS_SERVING_NETWORK,
    [GTP2_IE_ULI] = GTP2_HAS_ULI,
    [GTP2_IE_CHARGING_ID] = GTP2_HAS_CHARGING_ID,
    [GTP2_IE_CHARGING_CHARS] = GTP2_HAS_CHARGING_CHARS,
    [GTP2_IE_PDN_TYPE] = GTP2_HAS_PDN_TYPE,
    [GTP2_IE_PTI] = GTP2_HAS_PTI,
    [GTP2_IE_TIME_ZONE] = GTP2_HAS_TIME_ZONE,
    [GTP2_IE_APN_RESTRICTION] = GTP2_HAS_APN_RESTRICTION,
    [GTP2_IE_SELECTION_MODE] = GTP2_HAS_SELECTION_MODE,
    [GTP2_IE_PRIVATE] = GTP2_HAS_PRIVATE,
};

/* The same within a bearer context. */
static const uint32_t bearer_bit[256] = {
    [GTP2_IE_CAUSE] = GTP2_HAS_CAUSE,
    [GTP2_IE_EBI] = GTP2_HAS_EBI,
    [GTP2_IE_BEARER_QOS] = GTP2_HAS_BEARER_QOS,
    [GTP2_IE_BEARER_TFT] = GTP2_HAS_BEARER_TFT,
    [GTP2_IE_CHARGING_ID] = GTP2_HAS_CHARGING_ID,
};

static uint64_t
read_tbcd(struct rd *value)
{
    struct gtp_bytes octets = gtp_rest(value);
    uint64_t tbcd = gtp_tbcd_read(octets.at, octets.len);

    value->bad |= tbcd == GTP_NO_DIGITS;
    return tbcd;
}

static uint64_t
read_imsi(struct rd *value)
{
    uint64_t imsi = read_tbcd(value);

    value->bad |= !gtp_imsi_valid(imsi);
    return imsi;
}

static struct gtp2_cause_ie
read_cause(struct rd *value)
{
    struct gtp2_cause_ie cause = {.value = rd_u8(value), .flags = rd_u8(value) & 0x07};

    if (rd_left(value) < CAUSE_OFFENDING_LEN - CAUSE_LEN)
        return cause;
    cause.bad_ie = rd_u8(value);
    rd_u16(value); /* length of the offending element: always 0 */
    cause.bad_instance = rd_u8(value) & 0x0f;
    return cause;
}

static struct gtp2_fteid
read_fteid(struct rd *value)
{
    uint8_t flags = rd_u8(value);
    struct gtp2_fteid fteid = {.iface = flags & FTEID_IFACE, .teid = rd_u32(value)};

    value->bad |= !(flags & (FTEID_V4 | FTEID_V6));
    if (flags & FTEID_V4)
        fteid.ipv4 = rd_u32(value);
    if (flags & FTEID_V6)
        rd_bytes(value, IPV6_LEN);
    return fteid;
}

static void
read_paa(struct gtp2_msg *msg, struct rd *value)
{
    msg->paa.type = rd_u8(value) & 0x07;
    msg->paa.ipv4 = 0;
    if (msg->paa.type == GTP2_PDN_IPV6 || msg->paa.type == GTP2_PDN_IPV4V6)
        rd_bytes(value, 1 + IPV6_LEN);
    if (msg->paa.type == GTP2_PDN_IPV4 || msg->paa.type == GTP2_PDN_IPV4V6)
        msg->paa.ipv4 = rd_u32(value);
}

static void
read_apn(struct gtp2_msg *msg, struct rd *value)
{
    struct gtp_bytes labels = gtp_rest(value);

    value->bad |= !gtp_apn_decode(msg->apn, labels.at, labels.len);
}

/* One element's value; `bad` when it is too short or nonsense. Octets behind what is known
 * are of a later release and ignored (7.7.7). */
static void
read_value(struct gtp2_msg *msg, uint32_t bit, struct rd *value)
{
    switch (bit) {
    case GTP2_HAS_IMSI:
        msg->imsi = read_imsi(value);
        break;
    case GTP2_HAS_CAUSE:
        msg->cause = read_cause(value);
        break;
    case GTP2_HAS_RECOVERY:
        msg->recovery = rd_u8(value);
        break;
    case GTP2_HAS_APN:
        read_apn(msg, value);
        break;
    case GTP2_HAS_AMBR:
        msg->ambr_up = rd_u32(value);
        msg->ambr_down = rd_u32(value);
        break;
    case GTP2_HAS_EBI:
        msg->ebi = rd_u8(value) & 0x0f;
        break;
    case GTP2_HAS_MEI:
        msg->mei = read_tbcd(value);
        break;
    case GTP2_HAS_MSISDN:
        msg->msisdn = read_imsi(value);
        break;
    case GTP2_HAS_INDICATION:
        msg->indication = gtp_rest(value);
        break;
    case GTP2_HAS_PCO:
        msg->pco = gtp_rest(value);
        break;
    case GTP2_HAS_PAA:
        read_paa(msg, value);
        break;
    case GTP2_HAS_FLOW_QOS:
        rd_copy(value, msg->flow_qos, sizeof msg->flow_qos);
        break;
    case GTP2_HAS_TAD:
        msg->tad = gtp_rest(value);
        break;
    case GTP2_HAS_RAT:
        msg->rat = rd_u8(value);
        break;
    case GTP2_HAS_SERVING_NETWORK:
        rd_copy(value, msg->serving_network, sizeof msg->serving_network);
        break;
    case GTP2_HAS_ULI:
        msg->uli = gtp_rest(value);
        break;
    case GTP2_HAS_CHARGING_ID:
        msg->charging_id = rd_u32(value);
        break;
    case GTP2_HAS_CHARGING_CHARS:
        msg->charging_chars = rd_u16(value);
        break;
    case GTP2_HAS_PDN_TYPE:
        msg->pdn_type = rd_u8(value) & 0x07;
        break;
    case GTP2_HAS_PTI:
        msg->pti = rd_u8(value);
        break;
    case GTP2_HAS_TIME_ZONE:
        rd_copy(value, msg->time_zone, sizeof msg->time_zone);
        break;
    case GTP2_HAS_APN_RESTRICTION:
        msg->apn_restriction = rd_u8(value);
        break;
    case GTP2_HAS_SELECTION_MODE:
        msg->selection_mode = rd_u8(value) & 0x03;
        break;
    case GTP2_HAS_PRIVATE:
        msg->private_ext = gtp_rest(value);
        break;
    default:
        break;
    }
}

static void
read_bearer_value(struct gtp2_bearer *bearer, uint32_t bit, struct rd *value)
{
    switch (bit) {
    case GTP2_HAS_CAUSE:
        bearer->cause = read_cause(value);
        break;
    case GTP2_HAS_EBI:
        bearer->ebi = rd_u8(value) & 0x0f;
        break;
    case GTP2_HAS_BEARER_QOS:
        rd_copy(value, bearer->qos, sizeof bearer->qos);
        break;
    case GTP2_HAS_BEARER_TFT:
        bearer->tft = gtp_rest(value);
        break;
    case GTP2_HAS_CHARGING_ID:
        bearer->charging_id = rd_u32(value);
        break;
    default:
        break;
    }
}

/* An F-TEID into the place of its instance, the first one counting. */
static void
take_fteid(struct gtp2_fteid *fteid, size_t fteid_n, uint8_t *has, struct gtp_ie *ie)
{
    uint8_t bit = (uint8_t)(1u << (ie->instance & 7));

    if (ie->instance >= fteid_n || *has & bit)
        return;
    fteid[ie->instance] = read_fteid(&ie->value);
    *has |= bit;
}

static void
note_bad(struct gtp2_msg *msg, const struct gtp_ie *ie)
{
    msg->bad_ie = ie->type;
    msg->bad_instance = ie->instance;
}

static int
read_bearer(struct gtp2_msg *msg, struct gtp_ie *context, const char **reason)
{
    struct gtp2_bearer *bearer = &msg->bearer[msg->bearer_n];
    struct gtp_ie ie;
    int more;

    if (msg->bearer_n == GTP2_BEARERS_MAX)
        return gtp_refuse(reason, GTP_EFORMAT, "more bearer contexts than bearers can be");
    msg->bearer_n++;
    bearer->instance = context->instance;
    while ((more = gtp2_ie_next(&ie, &context->value, reason)) > 0) {
        uint32_t bit = ie.instance ? 0 : bearer_bit[ie.type];

        if (ie.type == GTP2_IE_FTEID)
            take_fteid(bearer->fteid, GTP2_BEARER_FTEIDS, &bearer->fteid_has, &ie);
        else if (bit && !(bearer->has & bit))
            read_bearer_value(bearer, bit, &ie.value);
        if (ie.value.bad) {
            note_bad(msg, &ie);
            return gtp_refuse(reason, GTP_EVALUE, "element of a bearer context of no sense");
        }
        bearer->has |= bit;
    }
    return more;
}

/* Those with instance 1 may be several. */
static void
take_ebi(struct gtp2_msg *msg, struct rd *value)
{
    uint8_t ebi = rd_u8(value) & 0x0f;

    if (value->bad)
        return;
    msg->ebis |= (uint16_t)(1u << ebi);
    msg->has |= GTP2_HAS_EBIS;
}

static int
read_elements(struct gtp2_msg *msg, struct rd *body, const char **reason)
{
    struct gtp_ie ie;
    int more;

    while ((more = gtp2_ie_next(&ie, body, reason)) > 0) {
        uint32_t bit = ie.instance ? 0 : message_bit[ie.type];

        if (ie.type == GTP2_IE_BEARER_CONTEXT) {
            int fault = read_bearer(msg, &ie, reason);

            if (fault)
                return fault;
        } else if (ie.type == GTP2_IE_FTEID)
            take_fteid(msg->fteid, GTP2_FTEIDS, &msg->fteid_has, &ie);
        else if (ie.type == GTP2_IE_EBI && ie.instance == 1)
            take_ebi(msg, &ie.value);
        else if (bit && !(msg->has & bit))
            read_value(msg, bit, &ie.value);
        if (ie.value.bad) {
            note_bad(msg, &ie);
            return gtp_refuse(reason, GTP_EVALUE, "element too short or of no sense");
        }
        msg->has |= bit;
    }
    return more;
}

int
gtp2_decode(struct gtp2_msg *msg, const uint8_t *buf, size_t len, const char **reason)
{
    struct rd body;

    memset(msg, 0, sizeof *msg);

    int fault = gtp2_head_read(&msg->head, &body, buf, len, reason);

    if (fault)
        return fault;
    fault = read_elements(msg, &body, reason);
    if (fault) {
        struct gtp2_head head = msg->head;
        uint8_t bad_ie = msg->bad_ie, bad_instance = msg->bad_instance;

        memset(msg, 0, sizeof *msg);
        msg->head = head;
        msg->bad_ie = bad_ie;
        msg->bad_instance = bad_instance;
    }
    return fault;
}

static void
put_ie_head(struct wr *wr, unsigned type, unsigned instance, size_t len)
{
    wr->full |= len > UINT16_MAX;
    wr_u8(wr, type);
    wr_uint(wr, len, 2);
    wr_u8(wr, instance & 0x0f);
}

static void
put_uint(struct wr *wr, unsigned type, uint64_t value, size_t width)
{
    put_ie_head(wr, type, 0, width);
    wr_uint(wr, value, width);
}

static void
put_ebis(struct wr *wr, uint16_t ebis)
{
    for (unsigned ebi = 0; ebis >> ebi != 0; ebi++) {
        if (!(ebis >> ebi & 1))
            continue;
        put_ie_head(wr, GTP2_IE_EBI, 1, 1);
        wr_u8(wr, ebi);
    }
}

static void
put_bytes(struct wr *wr, unsigned type, const void *bytes, size_t len)
{
    put_ie_head(wr, type, 0, len);
    wr_bytes(wr, bytes, len);
}

static void
put_tbcd(struct wr *wr, unsigned type, uint64_t tbcd, bool is_valid)
{
    size_t len = gtp_tbcd_octets(tbcd);

    wr->full |= !is_valid;
    put_uint(wr, type, tbcd >> 8 * (8 - len) % 64, len);
}

static void
put_cause(struct wr *wr, const struct gtp2_cause_ie *cause)
{
    put_ie_head(wr, GTP2_IE_CAUSE, 0, cause->bad_ie ? CAUSE_OFFENDING_LEN : CAUSE_LEN);
    wr_u8(wr, cause->value);
    wr_u8(wr, cause->flags & 0x07);
    if (cause->bad_ie) {
        wr_u8(wr, cause->bad_ie);
        wr_u16(wr, 0);
        wr_u8(wr, cause->bad_instance & 0x0f);
    }
}

static void
put_apn(struct wr *wr, const char *apn)
{
    uint8_t labels[GTP_APN_MAX];
    size_t len = gtp_apn_encode(labels, sizeof labels, apn);

    wr->full |= !len;
    put_bytes(wr, GTP2_IE_APN, labels, len);
}

static void
put_paa(struct wr *wr, const struct gtp2_msg *msg)
{
    bool has_ipv6 = msg->paa.type == GTP2_PDN_IPV6 || msg->paa.type == GTP2_PDN_IPV4V6;
    bool has_ipv4 = msg->paa.type == GTP2_PDN_IPV4 || msg->paa.type == GTP2_PDN_IPV4V6;

    put_ie_head(wr, GTP2_IE_PAA, 0, 1u + (has_ipv6 ? 1 + IPV6_LEN : 0u) + (has_ipv4 ? 4u : 0u));
    wr_u8(wr, msg->paa.type & 0x07);
    if (has_ipv6) {
        wr_u8(wr, PAA_PREFIX_LEN);
        wr_u64(wr, 0);
        wr_u64(wr, 0);
    }
    if (has_ipv4)
        wr_u32(wr, msg->paa.ipv4);
}

static void
put_fteids(struct wr *wr, const struct gtp2_fteid *fteid, size_t fteid_n, unsigned has)
{
    for (unsigned i = 0; i < fteid_n; i++) {
        if (!(has & 1u << i))
            continue;
        put_ie_head(wr, GTP2_IE_FTEID, i, 9);
        wr_u8(wr, FTEID_V4 | (fteid[i].iface & FTEID_IFACE));
        wr_u32(wr, fteid[i].teid);
        wr_u32(wr, fteid[i].ipv4);
    }
}

static void
put_bearer(struct wr *wr, const struct gtp2_bearer *bearer)
{
    put_ie_head(wr, GTP2_IE_BEARER_CONTEXT, bearer->instance, 0);

    size_t from = wr_len(wr);

    if (bearer->has & GTP2_HAS_CAUSE)
        put_cause(wr, &bearer->cause);
    if (bearer->has & GTP2_HAS_EBI)
        put_uint(wr, GTP2_IE_EBI, bearer->ebi & 0x0f, 1);
    if (bearer->has & GTP2_HAS_BEARER_QOS)
        put_bytes(wr, GTP2_IE_BEARER_QOS, bearer->qos, sizeof bearer->qos);
    if (bearer->has & GTP2_HAS_BEARER_TFT)
        put_bytes(wr, GTP2_IE_BEARER_TFT, bearer->tft.at, bearer->tft.len);
    put_fteids(wr, bearer->fteid, GTP2_BEARER_FTEIDS, bearer->fteid_has);
    if (bearer->has & GTP2_HAS_CHARGING_ID)
        put_uint(wr, GTP2_IE_CHARGING_ID, bearer->charging_id, 4);

    size_t len = wr_len(wr) - from;

    wr->full |= len > UINT16_MAX;
    if (wr->full)
        return;
    wr->start[from - 3] = (uint8_t)(len >> 8);
    wr->start[from - 2] = (uint8_t)len;
}

/* Elements up to F-TEID: who, where from, what is asked for. */
static void
put_subscriber(struct wr *wr, const struct gtp2_msg *msg)
{
    if (msg->has & GTP2_HAS_IMSI)
        put_tbcd(wr, GTP2_IE_IMSI, msg->imsi, gtp_imsi_valid(msg->imsi));
    if (msg->has & GTP2_HAS_CAUSE)
        put_cause(wr, &msg->cause);
    if (msg->has & GTP2_HAS_RECOVERY)
        put_uint(wr, GTP2_IE_RECOVERY, msg->recovery, 1);
    if (msg->has & GTP2_HAS_APN)
        put_apn(wr, msg->apn);
    if (msg->has & GTP2_HAS_AMBR)
        put_uint(wr, GTP2_IE_AMBR, (uint64_t)msg->ambr_up << 32 | msg->ambr_down, 8);
    if (msg->has & GTP2_HAS_EBI)
        put_uint(wr, GTP2_IE_EBI, msg->ebi & 0x0f, 1);
    if (msg->has & GTP2_HAS_EBIS)
        put_ebis(wr, msg->ebis);
    if (msg->has & GTP2_HAS_MEI)
        put_tbcd(wr, GTP2_IE_MEI, msg->mei, gtp_tbcd_valid(msg->mei));
    if (msg->has & GTP2_HAS_MSISDN)
        put_tbcd(wr, GTP2_IE_MSISDN, msg->msisdn, gtp_imsi_valid(msg->msisdn));
    if (msg->has & GTP2_HAS_INDICATION)
        put_bytes(wr, GTP2_IE_INDICATION, msg->indication.at, msg->indication.len);
    if (msg->has & GTP2_HAS_PCO)
        put_bytes(wr, GTP2_IE_PCO, msg->pco.at, msg->pco.len);
    if (msg->has & GTP2_HAS_PAA)
        put_paa(wr, msg);
    if (msg->has & GTP2_HAS_FLOW_QOS)
        put_bytes(wr, GTP2_IE_FLOW_QOS, msg->flow_qos, sizeof msg->flow_qos);
    if (msg->has & GTP2_HAS_RAT)
        put_uint(wr, GTP2_IE_RAT, msg->rat, 1);
    if (msg->has & GTP2_HAS_SERVING_NETWORK)
        put_bytes(wr, GTP2_IE_SERVING_NETWORK, msg->serving_network, sizeof msg->serving_network);
    if (msg->has & GTP2_HAS_TAD)
        put_bytes(wr, GTP2_IE_TAD, msg->tad.at, msg->tad.len);
    if (msg->has & GTP2_HAS_ULI)
        put_bytes(wr, GTP2_IE_ULI, msg->uli.at, msg->uli.len);
}

/* Elements from F-TEID on: tunnels, bearers, charging. */
static void
put_tunnels(struct wr *wr, const struct gtp2_msg *msg)
{
    put_fteids(wr, msg->fteid, GTP2_FTEIDS, msg->fteid_has);
    for (size_t i = 0; i < msg->bearer_n && i < GTP2_BEARERS_MAX; i++)
        put_bearer(wr, &msg->bearer[i]);
    if (msg->has & GTP2_HAS_CHARGING_ID)
        put_uint(wr, GTP2_IE_CHARGING_ID, msg->charging_id, 4);
    if (msg->has & GTP2_HAS_CHARGING_CHARS)
        put_uint(wr, GTP2_IE_CHARGING_CHARS, msg->charging_chars, 2);
    if (msg->has & GTP2_HAS_PDN_TYPE)
        put_uint(wr, GTP2_IE_PDN_TYPE, msg->pdn_type & 0x07, 1);
    if (msg->has & GTP2_HAS_PTI)
        put_uint(wr, GTP2_IE_PTI, msg->pti, 1);
    if (msg->has & GTP2_HAS_TIME_ZONE)
        put_bytes(wr, GTP2_IE_TIME_ZONE, msg->time_zone, sizeof msg->time_zone);
    if (msg->has & GTP2_HAS_APN_RESTRICTION)
        put_uint(wr, GTP2_IE_APN_RESTRICTION, msg->apn_restriction, 1);
    if (msg->has & GTP2_HAS_SELECTION_MODE)
        put_uint(wr, GTP2_IE_SELECTION_MODE, msg->selection_mode & 0x03, 1);
    if (msg->has & GTP2_HAS_PRIVATE)
        put_bytes(wr, GTP2_IE_PRIVATE, msg->private_ext.at, msg->private_ext.len);
}

size_t
gtp2_encode(uint8_t *buf, size_t room, const struct gtp2_msg *msg)
{
    struct wr wr = wr_over(buf, room);

    wr_u8(&wr, FLAGS | (msg->head.has_teid ? FLAG_TEID : 0u));
    wr_u8(&wr, msg->head.type);
    wr_u16(&wr, 0); /* the length, once it is known */
    if (msg->head.has_teid)
        wr_u32(&wr, msg->head.teid);
    wr_uint(&wr, msg->head.seq, 3);
    wr_u8(&wr, 0);
    put_subscriber(&wr, msg);
    put_tunnels(&wr, msg);

    size_t len = wr_len(&wr);

    if (wr.full || len - LENGTH_FROM > UINT16_MAX)
        return 0;
    buf[2] = (uint8_t)((len - LENGTH_FROM) >> 8);
    buf[3] = (uint8_t)(len - LENGTH_FROM);
    return len;
}
