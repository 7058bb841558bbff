#include "lab/caller/caller_gtp.h"

#include <assert.h>
#include <string.h>

#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtp_tft.h"

enum {
    NSAPI = 5,
    EBI = 5,
    EBI_DEDICATED = 6,
    PROTOCOL_ICMP = 1,
    RECOVERY = 1,             /* ours never restarts */
    CHARGING_NORMAL = 0x0800, /* TS 32.251: normal charging */
    RAT_EUTRAN = 6,
    RAT_UTRAN = 1,
    RAT_GERAN = 2,
    VOICE_KBIT_S = 64,
};

/* Test network 001 01 (ITU-T E.212). */
static const uint8_t test_plmn[3] = {0x00, 0xf1, 0x10};
static const uint8_t test_rai[6] = {0x00, 0xf1, 0x10, 0x00, 0x01, 0x01};

/* Interactive class, best effort; conversational class, 100 ms, 64 kbit/s guaranteed
 * (TS 24.008 10.5.6.5). */
static const uint8_t qos1[] = {0x02, 0x0b, 0x92, 0x1f, 0x73, 0x96,
                               0x40, 0x40, 0x74, 0xfb, 0x40, 0x40};
static const uint8_t qos1_volte[] = {0x01, 0x0b, 0x92, 0x1f, 0x33, 0x96,
                                     0x40, 0x40, 0x74, 0x28, 0x40, 0x40};

static_assert(sizeof qos1 == sizeof qos1_volte, "one length for both");

static const uint8_t *
qos1_of(const struct caller_plan *plan, uint32_t index)
{
    return caller_class_of(plan, index) == CLASS_VOLTE ? qos1_volte : qos1;
}

/* Bearer QoS (TS 29.274 8.15): priority, QCI, four rates, which only the voice bearer has. */
static void
put_qos2(uint8_t qos[GTP2_BEARER_QOS_LEN], unsigned qci)
{
    memset(qos, 0, GTP2_BEARER_QOS_LEN);
    qos[0] = qci == QCI_BEST_EFFORT ? 0x64 : qci == QCI_VOICE ? 0x48 : 0x44;
    qos[1] = (uint8_t)qci;
    for (unsigned rate = 0; qci == QCI_VOICE && rate < 4; rate++)
        qos[2 + 5 * rate + 4] = VOICE_KBIT_S;
}

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

static void
set_apn(char apn[GTP_APN_MAX], const struct caller_plan *plan, uint32_t index)
{
    const char *name = caller_apn_of(plan, index);

    memcpy(apn, name, strlen(name) + 1);
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
    set_apn(msg.apn, plan, index);
    memcpy(msg.qos, qos1_of(plan, index), sizeof qos1);
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
    set_apn(msg.apn, plan, index);
    put_qos2(msg.bearer[0].qos, caller_qci_of(plan, index));
    return gtp2_encode(buf, room, &msg);
}

size_t
caller_gtp_create(uint8_t *buf, size_t room, const struct caller_plan *plan, uint32_t index,
                  uint16_t seq)
{
    return plan->version == 1 ? create1(buf, room, plan, index, seq)
                              : create2(buf, room, plan, index, seq);
}

/* The subscriber moved from one radio access to another and back, so that each update changes the
 * session. Our ends of the tunnels stay as they are (TS 29.060 7.3.3). */
static size_t
update1(uint8_t *buf, size_t room, const struct caller_plan *plan, const struct call *call,
        uint32_t index, uint16_t seq)
{
    struct gtp1_msg msg = {
        .head = {.type = GTP1_UPDATE_PDP_REQUEST,
                 .has_seq = true,
                 .seq = seq,
                 .teid = call->teid_control},
        .has = GTP1_HAS_RAI | GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL | GTP1_HAS_NSAPI |
               GTP1_HAS_GSN_CONTROL | GTP1_HAS_GSN_DATA | GTP1_HAS_QOS | GTP1_HAS_RAT,
        .teid_data = index + 1,
        .teid_control = index + 1,
        .nsapi = NSAPI,
        .gsn_control = plan->local,
        .gsn_data = plan->local,
        .qos_len = sizeof qos1,
        .rat = call->moved ? RAT_GERAN : RAT_UTRAN,
    };

    memcpy(msg.rai, test_rai, sizeof test_rai);
    memcpy(msg.qos, qos1_of(plan, index), sizeof qos1);
    return gtp1_encode(buf, room, &msg);
}

/* Likewise, as after a relocation of the S-GW, to itself (TS 29.274 7.2.7). */
static size_t
modify2(uint8_t *buf, size_t room, const struct caller_plan *plan, const struct call *call,
        uint32_t index, uint16_t seq)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_MODIFY_BEARER_REQUEST,
                 .has_teid = true,
                 .seq = seq,
                 .teid = call->teid_control},
        .has = GTP2_HAS_RAT | GTP2_HAS_SERVING_NETWORK,
        .rat = call->moved ? RAT_UTRAN : RAT_EUTRAN,
        .fteid_has = 1,
        .fteid = {{.iface = GTP2_IFACE_SGW_CONTROL, .teid = index + 1, .ipv4 = plan->local}},
        .bearer_n = 1,
        .bearer = {{.has = GTP2_HAS_EBI,
                    .ebi = EBI,
                    .fteid_has = 1 << 1, /* S5/S8-U of the S-GW */
                    .fteid = {[1] = {.iface = GTP2_IFACE_SGW_USER,
                                     .teid = index + 1,
                                     .ipv4 = plan->local}}}},
    };

    memcpy(msg.serving_network, test_plmn, sizeof test_plmn);
    return gtp2_encode(buf, room, &msg);
}

size_t
caller_gtp_update(uint8_t *buf, size_t room, const struct caller_plan *plan,
                  const struct call *call, uint32_t index, uint16_t seq)
{
    return plan->version == 1 ? update1(buf, room, plan, call, index, seq)
                              : modify2(buf, room, plan, call, index, seq);
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

size_t
caller_gtp_dedicate(uint8_t *buf, size_t room, const struct caller_plan *plan,
                    const struct call *call, uint32_t seq)
{
    const struct gtp_tft tft = {.op = GTP_TFT_CREATE,
                                .filter_n = 1,
                                .filters = {{.id = 1,
                                             .direction = GTP_FILTER_BOTH,
                                             .precedence = 1,
                                             .protocol = PROTOCOL_ICMP,
                                             .addr = plan->ping,
                                             .mask = UINT32_MAX,
                                             .port_high = UINT16_MAX}}};
    uint8_t tad[GTP_TFT_MOST], qos[GTP2_BEARER_QOS_LEN];
    struct gtp2_msg msg = {
        .head = {.type = GTP2_BEARER_RESOURCE_COMMAND,
                 .has_teid = true,
                 .seq = seq,
                 .teid = call->teid_control},
        .has = GTP2_HAS_EBI | GTP2_HAS_PTI | GTP2_HAS_FLOW_QOS | GTP2_HAS_TAD,
        .ebi = EBI,
        .pti = 1,
        .tad = {.at = tad, .len = gtp_tft_encode(tad, sizeof tad, &tft)},
    };

    put_qos2(qos, QCI_VOICE);
    memcpy(msg.flow_qos, qos + 1, sizeof msg.flow_qos);
    return gtp2_encode(buf, room, &msg);
}

size_t
caller_gtp_dedicate_answer(uint8_t *buf, size_t room, const struct caller_plan *plan,
                           const struct call *call, const struct caller_answer *ask)
{
    const struct gtp2_msg msg = {
        .head = {.type = GTP2_CREATE_BEARER_RESPONSE,
                 .has_teid = true,
                 .seq = ask->seq,
                 .teid = call->teid_control},
        .has = GTP2_HAS_CAUSE,
        .cause = {.value = GTP2_CAUSE_ACCEPTED},
        .bearer_n = 1,
        .bearer = {{.has = GTP2_HAS_EBI | GTP2_HAS_CAUSE,
                    .ebi = EBI_DEDICATED,
                    .cause = {.value = GTP2_CAUSE_ACCEPTED},
                    .fteid_has = 1 << 2 | 1 << 3, /* S5/S8-U of the S-GW, and of the P-GW */
                    .fteid = {[2] = {GTP2_IFACE_SGW_USER, CALLER_DEDICATED | ask->teid,
                                     plan->local},
                              [3] = {GTP2_IFACE_PGW_USER, ask->bearer_teid, ask->bearer_addr}}}},
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
