#include "lab/caller_gtp.h"

#include "common/base/wire.h"
#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtpu.h"

enum {
    NSAPI = 5,
    EBI = 5,
    RECOVERY = 1,             /* ours never restarts */
    CHARGING_NORMAL = 0x0800, /* TS 32.251: normal charging */
    RAT_EUTRAN = 6,
    RAT_UTRAN = 1,
    GTP2_DELETE_BEARER_REQUEST = 99, /* TS 29.274 6.1, for what the gateway ends by itself */
    GTP2_DELETE_BEARER_RESPONSE = 100,
    IP_HEAD = 20,
    ICMP_HEAD = 8,
    ICMP_ECHO = 8,
    ICMP_ECHO_REPLY = 0,
    PROTOCOL_ICMP = 1,
    TTL = 64,
};

static const uint32_t KIND_TRAFFIC = 0x74726166; /* "traf" */
static const uint32_t KIND_VERIFY = 0x76657269;  /* "veri" */

/* Test network 001 01 (ITU-T E.212). */
static const uint8_t test_plmn[3] = {0x00, 0xf1, 0x10};
static const uint8_t test_rai[6] = {0x00, 0xf1, 0x10, 0x00, 0x01, 0x01};

/* Interactive class, best effort (TS 24.008 10.5.6.5). */
static const uint8_t qos1[] = {0x02, 0x0b, 0x92, 0x1f, 0x73, 0x96,
                               0x40, 0x40, 0x74, 0xfb, 0x40, 0x40};

/* Default bearer: priority 9, QCI 9, no rates (TS 29.274 8.15). */
static const uint8_t qos2[2] = {0x64, 9};

/* `width` decimal digits of value, leading zeros included. */
static void
digits_of(uint64_t value, unsigned width, char out[GTP_DIGITS_MAX + 1])
{
    out[width] = '\0';
    while (width-- > 0) {
        out[width] = (char)('0' + value % 10);
        value /= 10;
    }
}

static uint64_t
imsi_of(const struct caller_plan *plan, uint32_t index)
{
    char digits[GTP_DIGITS_MAX + 1];

    digits_of(plan->imsi + index, plan->imsi_digits, digits);
    return gtp_imsi_from_digits(digits);
}

static uint64_t
msisdn_of(const struct caller_plan *plan, uint32_t index)
{
    char digits[GTP_DIGITS_MAX + 1];

    digits_of(plan->imsi + index, 12, digits);
    digits[0] = '4';
    digits[1] = '9';
    return gtp_msisdn_from_digits(digits);
}

static size_t
create1(uint8_t *buf, size_t room, const struct caller_plan *plan, uint32_t index, uint16_t seq)
{
    struct gtp1_msg msg = {
        .head = {.type = GTP1_CREATE_PDP_REQUEST, .has_seq = true, .seq = seq},
        .has = GTP1_HAS_IMSI | GTP1_HAS_RAI | GTP1_HAS_RECOVERY | GTP1_HAS_SELECTION_MODE |
               GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL | GTP1_HAS_NSAPI |
               GTP1_HAS_CHARGING_CHARS | GTP1_HAS_END_USER_ADDRESS | GTP1_HAS_APN |
               GTP1_HAS_GSN_CONTROL | GTP1_HAS_GSN_DATA | GTP1_HAS_MSISDN | GTP1_HAS_QOS |
               GTP1_HAS_RAT,
        .imsi = imsi_of(plan, index),
        .recovery = RECOVERY,
        .teid_data = index + 1,
        .teid_control = index + 1,
        .nsapi = NSAPI,
        .charging_chars = CHARGING_NORMAL,
        .eua = {.org = GTP1_EUA_IETF, .type = GTP1_EUA_IPV4},
        .gsn_control = plan->local,
        .gsn_data = plan->local,
        .msisdn = msisdn_of(plan, index),
        .qos_len = sizeof qos1,
        .rat = RAT_UTRAN,
    };

    memcpy(msg.rai, test_rai, sizeof test_rai);
    memcpy(msg.apn, plan->apn, sizeof msg.apn);
    memcpy(msg.qos, qos1, sizeof qos1);
    return gtp1_encode(buf, room, &msg);
}

static size_t
create2(uint8_t *buf, size_t room, const struct caller_plan *plan, uint32_t index, uint16_t seq)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_CREATE_SESSION_REQUEST, .has_teid = true, .seq = seq},
        .has = GTP2_HAS_IMSI | GTP2_HAS_MSISDN | GTP2_HAS_SERVING_NETWORK | GTP2_HAS_RAT |
               GTP2_HAS_APN | GTP2_HAS_SELECTION_MODE | GTP2_HAS_PDN_TYPE | GTP2_HAS_PAA |
               GTP2_HAS_APN_RESTRICTION | GTP2_HAS_AMBR | GTP2_HAS_RECOVERY |
               GTP2_HAS_CHARGING_CHARS,
        .imsi = imsi_of(plan, index),
        .msisdn = msisdn_of(plan, index),
        .rat = RAT_EUTRAN,
        .pdn_type = GTP2_PDN_IPV4,
        .paa = {.type = GTP2_PDN_IPV4},
        .ambr_up = 50000,
        .ambr_down = 100000,
        .recovery = RECOVERY,
        .charging_chars = CHARGING_NORMAL,
        .fteid_has = 1,
        .fteid = {{.iface = GTP2_IFACE_SGW_CONTROL, .teid = index + 1, .ipv4 = plan->local}},
        .bearer_n = 1,
        .bearer = {{.has = GTP2_HAS_EBI | GTP2_HAS_BEARER_QOS,
                    .ebi = EBI,
                    .fteid_has = 1 << 2, /* S5/S8-U of the S-GW */
                    .fteid = {[2] = {.iface = GTP2_IFACE_SGW_USER,
                                     .teid = index + 1,
                                     .ipv4 = plan->local}}}},
    };

    memcpy(msg.serving_network, test_plmn, sizeof test_plmn);
    memcpy(msg.apn, plan->apn, sizeof msg.apn);
    memcpy(msg.bearer[0].qos, qos2, sizeof qos2);
    return gtp2_encode(buf, room, &msg);
}

size_t
caller_gtp_create(uint8_t *buf, size_t room, const struct caller_plan *plan, uint32_t index,
                  uint16_t seq)
{
    return plan->version == 1 ? create1(buf, room, plan, index, seq)
                              : create2(buf, room, plan, index, seq);
}

size_t
caller_gtp_delete(uint8_t *buf, size_t room, const struct caller_plan *plan,
                  const struct call *call)
{
    if (plan->version == 1) {
        const struct gtp1_msg msg = {
            .head = {.type = GTP1_DELETE_PDP_REQUEST,
                     .has_seq = true,
                     .seq = call->seq,
                     .teid = call->teid_control},
            .has = GTP1_HAS_TEARDOWN | GTP1_HAS_NSAPI,
            .teardown = true,
            .nsapi = NSAPI,
        };

        return gtp1_encode(buf, room, &msg);
    }

    const struct gtp2_msg msg = {
        .head = {.type = GTP2_DELETE_SESSION_REQUEST,
                 .has_teid = true,
                 .seq = call->seq,
                 .teid = call->teid_control},
        .has = GTP2_HAS_EBI,
        .ebi = EBI,
    };

    return gtp2_encode(buf, room, &msg);
}

static size_t
bare(uint8_t *buf, size_t room, uint8_t version, bool request, uint32_t seq)
{
    if (version == 1) {
        const struct gtp1_msg msg = {
            .head = {.type = request ? GTP1_ECHO_REQUEST : GTP1_ECHO_RESPONSE,
                     .has_seq = true,
                     .seq = (uint16_t)seq},
            .has = request ? 0 : GTP1_HAS_RECOVERY,
            .recovery = RECOVERY,
        };

        return gtp1_encode(buf, room, &msg);
    }

    const struct gtp2_msg msg = {
        .head = {.type = request ? GTP2_ECHO_REQUEST : GTP2_ECHO_RESPONSE, .seq = seq},
        .has = GTP2_HAS_RECOVERY,
        .recovery = RECOVERY,
    };

    return gtp2_encode(buf, room, &msg);
}

size_t
caller_gtp_echo(uint8_t *buf, size_t room, uint8_t version, uint16_t seq)
{
    return bare(buf, room, version, true, seq);
}

size_t
caller_gtp_echo_answer(uint8_t *buf, size_t room, uint8_t version, uint32_t seq)
{
    return bare(buf, room, version, false, seq);
}

size_t
caller_gtp_delete_answer(uint8_t *buf, size_t room, uint8_t version, uint32_t seq, uint32_t teid)
{
    if (version == 1) {
        const struct gtp1_msg msg = {
            .head = {.type = GTP1_DELETE_PDP_RESPONSE,
                     .has_seq = true,
                     .seq = (uint16_t)seq,
                     .teid = teid},
            .has = GTP1_HAS_CAUSE,
            .cause = GTP1_CAUSE_ACCEPTED,
        };

        return gtp1_encode(buf, room, &msg);
    }

    const struct gtp2_msg msg = {
        .head = {.type = GTP2_DELETE_BEARER_RESPONSE, .has_teid = true, .seq = seq, .teid = teid},
        .has = GTP2_HAS_CAUSE | GTP2_HAS_EBI,
        .cause = {.value = GTP2_CAUSE_ACCEPTED},
        .ebi = EBI,
    };

    return gtp2_encode(buf, room, &msg);
}

static bool
kind_of1(enum caller_kind *kind, uint8_t type)
{
    switch (type) {
    case GTP1_ECHO_REQUEST:
        *kind = CALLER_ECHO_ASKED;
        return true;
    case GTP1_ECHO_RESPONSE:
        *kind = CALLER_ECHO_ANSWER;
        return true;
    case GTP1_VERSION_NOT_SUPPORTED:
        *kind = CALLER_OTHER_VERSION;
        return true;
    case GTP1_CREATE_PDP_RESPONSE:
        *kind = CALLER_CREATE_ANSWER;
        return true;
    case GTP1_DELETE_PDP_REQUEST:
        *kind = CALLER_DELETE_ASKED;
        return true;
    case GTP1_DELETE_PDP_RESPONSE:
        *kind = CALLER_DELETE_ANSWER;
        return true;
    default:
        return false;
    }
}

static bool
kind_of2(enum caller_kind *kind, uint8_t type)
{
    switch (type) {
    case GTP2_ECHO_REQUEST:
        *kind = CALLER_ECHO_ASKED;
        return true;
    case GTP2_ECHO_RESPONSE:
        *kind = CALLER_ECHO_ANSWER;
        return true;
    case GTP2_VERSION_NOT_SUPPORTED:
        *kind = CALLER_OTHER_VERSION;
        return true;
    case GTP2_CREATE_SESSION_RESPONSE:
        *kind = CALLER_CREATE_ANSWER;
        return true;
    case GTP2_DELETE_BEARER_REQUEST:
        *kind = CALLER_DELETE_ASKED;
        return true;
    case GTP2_DELETE_SESSION_RESPONSE:
        *kind = CALLER_DELETE_ANSWER;
        return true;
    default:
        return false;
    }
}

static bool
read1(struct caller_answer *answer, const uint8_t *bytes, size_t len)
{
    const uint32_t needed = GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL | GTP1_HAS_GSN_CONTROL |
                            GTP1_HAS_GSN_DATA | GTP1_HAS_END_USER_ADDRESS;
    struct gtp1_msg msg;
    const char *reason;

    if (gtp1_decode(&msg, bytes, len, &reason) != 0 || !kind_of1(&answer->kind, msg.head.type))
        return false;
    answer->seq = msg.head.seq;
    answer->teid = msg.head.teid;
    answer->has_recovery = msg.has & GTP1_HAS_RECOVERY;
    answer->recovery = msg.recovery;
    answer->cause = msg.cause;
    answer->accepted = (msg.has & GTP1_HAS_CAUSE) && msg.cause >= 128 && msg.cause < 192;
    answer->complete = (msg.has & needed) == needed && msg.eua.ipv4;
    answer->teid_control = msg.teid_control;
    answer->teid_user = msg.teid_data;
    answer->addr_control = msg.gsn_control;
    answer->addr_user = msg.gsn_data;
    answer->ue = msg.eua.ipv4;
    return true;
}

/* The P-GW's user plane: instance 2 in Create Session Response on S5/S8 (7.2.2-2). */
static const struct gtp2_fteid *
user_fteid(const struct gtp2_msg *msg)
{
    for (size_t i = 0; i < msg->bearer_n; i++) {
        if (msg->bearer[i].instance == 0 && (msg->bearer[i].fteid_has & 1 << 2))
            return &msg->bearer[i].fteid[2];
    }
    return NULL;
}

static bool
read2(struct caller_answer *answer, const uint8_t *bytes, size_t len)
{
    const struct gtp2_fteid *user;
    struct gtp2_msg msg;
    const char *reason;

    if (gtp2_decode(&msg, bytes, len, &reason) != 0 || !kind_of2(&answer->kind, msg.head.type))
        return false;
    user = user_fteid(&msg);
    answer->seq = msg.head.seq;
    answer->teid = msg.head.teid;
    answer->has_recovery = msg.has & GTP2_HAS_RECOVERY;
    answer->recovery = msg.recovery;
    answer->cause = msg.cause.value;
    answer->accepted = (msg.has & GTP2_HAS_CAUSE) && msg.cause.value >= GTP2_CAUSE_ACCEPTED &&
                       msg.cause.value < GTP2_CAUSE_CONTEXT_NOT_FOUND;
    answer->complete = user && (msg.fteid_has & 1 << 1) && (msg.has & GTP2_HAS_PAA) && msg.paa.ipv4;
    answer->teid_control = msg.fteid[1].teid;
    answer->addr_control = msg.fteid[1].ipv4;
    answer->teid_user = user ? user->teid : 0;
    answer->addr_user = user ? user->ipv4 : 0;
    answer->ue = msg.paa.ipv4;
    return true;
}

bool
caller_gtp_read(struct caller_answer *answer, uint8_t version, const uint8_t *bytes, size_t len)
{
    memset(answer, 0, sizeof *answer);
    return version == 1 ? read1(answer, bytes, len) : read2(answer, bytes, len);
}

/* RFC 1071. */
static uint16_t
checksum(const uint8_t *at, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)at[i] << 8 | at[i + 1];
    if (len & 1)
        sum += (uint32_t)at[len - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void
put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

size_t
caller_ping_make(uint8_t *buf, size_t room, const struct caller_plan *plan, const struct call *call,
                 const struct caller_ping *ping)
{
    size_t head = gtpu_encode_head(buf, room, call->teid_user, plan->size);
    struct wr wr = wr_over(buf + head, room - head);
    uint8_t *ip = wr.at, *icmp = wr.at + IP_HEAD;

    if (!head || room - head < plan->size)
        return 0;
    wr_u16(&wr, 0x4500);
    wr_u16(&wr, plan->size);
    wr_u16(&wr, ping->number & 0xffff);
    wr_u16(&wr, 0x4000); /* don't fragment */
    wr_u8(&wr, TTL);
    wr_u8(&wr, PROTOCOL_ICMP);
    wr_u16(&wr, 0);
    wr_u32(&wr, call->ue);
    wr_u32(&wr, plan->ping);
    put16(ip + 10, checksum(ip, IP_HEAD));
    wr_u8(&wr, ICMP_ECHO);
    wr_u8(&wr, 0);
    wr_u16(&wr, 0);
    wr_u16(&wr, (ping->index + 1) & 0xffff);
    wr_u16(&wr, ping->number & 0xffff);
    wr_u32(&wr, ping->index);
    wr_u32(&wr, ping->verify ? KIND_VERIFY : KIND_TRAFFIC);
    wr_u32(&wr, ping->number);
    memset(wr.at, 0, plan->size - wr_len(&wr));
    put16(icmp + 2, checksum(icmp, plan->size - IP_HEAD));
    return head + plan->size;
}

bool
caller_ping_read(struct caller_ping *ping, uint32_t *to, const uint8_t *packet, size_t len)
{
    size_t head = len ? (packet[0] & 0x0fu) * 4u : 0;
    struct rd rd = rd_over(packet, len);
    uint32_t kind;

    if (len < IP_HEAD || packet[0] >> 4 != 4 || head < IP_HEAD || packet[9] != PROTOCOL_ICMP)
        return false;
    rd_bytes(&rd, 16);
    *to = rd_u32(&rd);
    rd_bytes(&rd, head - IP_HEAD);
    if (rd_u8(&rd) != ICMP_ECHO_REPLY)
        return false;
    rd_bytes(&rd, ICMP_HEAD - 1);
    ping->index = rd_u32(&rd);
    kind = rd_u32(&rd);
    ping->number = rd_u32(&rd);
    ping->verify = kind == KIND_VERIFY;
    return !rd.bad && (kind == KIND_VERIFY || kind == KIND_TRAFFIC);
}
