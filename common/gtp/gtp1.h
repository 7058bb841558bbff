/* gtp1.h - GTPv1-C messages (3GPP TS 29.060) between bytes and a plain struct
 *
 * One struct for all messages: a head and the elements ours care for, each valid when its
 * presence bit is set. Elements not listed are skipped when their length is known. Both
 * directions serve both ends: the gateway reads requests and writes answers, the call
 * generator the other way round.
 *
 * Ownership  gtp_bytes fields are borrowed from the datagram; the caller of the encoder
 *            lends what it sets
 * Time       none
 * Errors     enum gtp_fault; the encoder returns 0
 * Threads    any
 */
#ifndef VPCLAB_GTP1_H
#define VPCLAB_GTP1_H

#include "common/gtp/gtp.h"

/* TS 29.060 7.1, table 1 */
enum gtp1_type {
    GTP1_ECHO_REQUEST = 1,
    GTP1_ECHO_RESPONSE = 2,
    GTP1_VERSION_NOT_SUPPORTED = 3,
    GTP1_CREATE_PDP_REQUEST = 16,
    GTP1_CREATE_PDP_RESPONSE = 17,
    GTP1_UPDATE_PDP_REQUEST = 18,
    GTP1_UPDATE_PDP_RESPONSE = 19,
    GTP1_DELETE_PDP_REQUEST = 20,
    GTP1_DELETE_PDP_RESPONSE = 21,
    GTP1_SUPPORTED_EXTENSIONS = 31,
};

/* TS 29.060 7.7, table 37 */
enum gtp1_ie {
    GTP1_IE_CAUSE = 1,
    GTP1_IE_IMSI = 2,
    GTP1_IE_RAI = 3,
    GTP1_IE_TLLI = 4,
    GTP1_IE_PTMSI = 5,
    GTP1_IE_REORDERING = 8,
    GTP1_IE_RECOVERY = 14,
    GTP1_IE_SELECTION_MODE = 15,
    GTP1_IE_TEID_DATA = 16,
    GTP1_IE_TEID_CONTROL = 17,
    GTP1_IE_TEARDOWN = 19,
    GTP1_IE_NSAPI = 20,
    GTP1_IE_CHARGING_CHARS = 26,
    GTP1_IE_CHARGING_ID = 127,
    GTP1_IE_END_USER_ADDRESS = 128,
    GTP1_IE_APN = 131,
    GTP1_IE_PCO = 132,
    GTP1_IE_GSN_ADDRESS = 133,
    GTP1_IE_MSISDN = 134,
    GTP1_IE_QOS = 135,
    GTP1_IE_TFT = 137,
    GTP1_IE_EXTENSION_TYPES = 141,
    GTP1_IE_COMMON_FLAGS = 148,
    GTP1_IE_APN_RESTRICTION = 149,
    GTP1_IE_RAT = 151,
    GTP1_IE_ULI = 152,
    GTP1_IE_TIME_ZONE = 153,
    GTP1_IE_IMEISV = 154,
    GTP1_IE_AMBR = 198,
    GTP1_IE_PRIVATE = 255,
};

/* TS 29.060 7.7.1, table 38 */
enum gtp1_cause {
    GTP1_CAUSE_ACCEPTED = 128,
    GTP1_CAUSE_NON_EXISTENT = 192,
    GTP1_CAUSE_INVALID_FORMAT = 193,
    GTP1_CAUSE_NO_RESOURCES = 199,
    GTP1_CAUSE_NOT_SUPPORTED = 200,
    GTP1_CAUSE_MANDATORY_INCORRECT = 201,
    GTP1_CAUSE_MANDATORY_MISSING = 202,
    GTP1_CAUSE_OPTIONAL_INCORRECT = 203,
    GTP1_CAUSE_SYSTEM_FAILURE = 204,
    GTP1_CAUSE_AUTHENTICATION_FAILED = 209,
    GTP1_CAUSE_CONTEXT_NOT_FOUND = 210,
    GTP1_CAUSE_ADDRESSES_OCCUPIED = 211,
    GTP1_CAUSE_NO_MEMORY = 212,
    GTP1_CAUSE_TFT_SEMANTIC = 215,
    GTP1_CAUSE_TFT_SYNTAX = 216,
    GTP1_CAUSE_FILTER_SEMANTIC = 217,
    GTP1_CAUSE_FILTER_SYNTAX = 218,
    GTP1_CAUSE_UNKNOWN_APN = 219,
    GTP1_CAUSE_UNKNOWN_ADDRESS_TYPE = 220,
};

/* Presence bits, in the order of the elements on the wire. */
enum gtp1_has {
    GTP1_HAS_CAUSE = 1 << 0,
    GTP1_HAS_IMSI = 1 << 1,
    GTP1_HAS_RAI = 1 << 2,
    GTP1_HAS_TLLI = 1 << 3,
    GTP1_HAS_PTMSI = 1 << 4,
    GTP1_HAS_REORDERING = 1 << 5,
    GTP1_HAS_RECOVERY = 1 << 6,
    GTP1_HAS_SELECTION_MODE = 1 << 7,
    GTP1_HAS_TEID_DATA = 1 << 8,
    GTP1_HAS_TEID_CONTROL = 1 << 9,
    GTP1_HAS_TEARDOWN = 1 << 10,
    GTP1_HAS_NSAPI = 1 << 11,
    GTP1_HAS_LINKED_NSAPI = 1 << 12,
    GTP1_HAS_CHARGING_CHARS = 1 << 13,
    GTP1_HAS_CHARGING_ID = 1 << 14,
    GTP1_HAS_END_USER_ADDRESS = 1 << 15,
    GTP1_HAS_APN = 1 << 16,
    GTP1_HAS_PCO = 1 << 17,
    GTP1_HAS_GSN_CONTROL = 1 << 18,
    GTP1_HAS_GSN_DATA = 1 << 19,
    GTP1_HAS_MSISDN = 1 << 20,
    GTP1_HAS_QOS = 1 << 21,
    GTP1_HAS_TFT = 1 << 22,
    GTP1_HAS_COMMON_FLAGS = 1 << 23,
    GTP1_HAS_APN_RESTRICTION = 1 << 24,
    GTP1_HAS_RAT = 1 << 25,
    GTP1_HAS_ULI = 1 << 26,
    GTP1_HAS_TIME_ZONE = 1 << 27,
    GTP1_HAS_IMEISV = 1 << 28,
    GTP1_HAS_AMBR = 1 << 29,
    GTP1_HAS_PRIVATE = 1 << 30,
};

enum {
    GTP1_QOS_MAX = 32,    /* more is cut off: later releases only append */
    GTP1_EUA_IETF = 1,    /* PDP type organisation, 7.7.27 */
    GTP1_EUA_IPV4 = 0x21, /* PDP type number */
    GTP1_EUA_IPV6 = 0x57,
    GTP1_EUA_IPV4V6 = 0x8d,
};

struct gtp1_head {
    uint8_t type;
    bool has_seq;
    uint16_t seq;
    uint32_t teid;
};

struct gtp1_msg {
    struct gtp1_head head;
    uint32_t has;   /* enum gtp1_has */
    uint8_t bad_ie; /* type of the element a GTP_EVALUE is about */

    uint8_t cause;
    uint8_t recovery;
    uint8_t selection_mode; /* 0 to 3 */
    uint8_t nsapi, linked_nsapi;
    bool reordering, teardown;
    uint64_t imsi; /* gtp_imsi_* */
    uint64_t
        msisdn; /* gtp_msisdn_*; the numbering plan octet is 0x91 when sent, skipped when read */
    uint64_t imeisv; /* gtp_tbcd_* */
    uint8_t rai[6];
    uint32_t tlli, ptmsi;
    uint32_t teid_data, teid_control;
    uint16_t charging_chars;
    uint32_t charging_id;
    struct {
        uint8_t org, type;
        uint32_t ipv4; /* 0: to be given by the gateway */
    } eua;
    char apn[GTP_APN_MAX]; /* dotted, lower case */
    struct gtp_bytes pco;
    uint32_t gsn_control, gsn_data; /* first and second GSN Address */
    uint8_t qos[GTP1_QOS_MAX];      /* allocation/retention priority, then TS 24.008 10.5.6.5 */
    uint8_t qos_len;
    struct gtp_bytes tft;
    uint8_t common_flags, apn_restriction, rat;
    struct gtp_bytes uli;
    uint8_t time_zone[2];
    uint32_t ambr_up, ambr_down; /* kbit/s */
    struct gtp_bytes private_ext;
};

/* Read one datagram. 0, or an enum gtp_fault and *reason; then nothing but the head (see
 * gtp_fault) and bad_ie is set. Of a repeated element the first counts (11.1.12). */
int gtp1_decode(struct gtp1_msg *msg, const uint8_t *buf, size_t len, const char **reason);

/* Write the message, elements in ascending order (7.7). Octets written, 0 when there is no
 * room or a field cannot be sent (not a name, not digits). A control message always goes
 * with has_seq set (9.3.1.1); the encoder obeys the head all the same. */
size_t gtp1_encode(uint8_t *buf, size_t room, const struct gtp1_msg *msg);

#endif
