/* gtp2.h - GTPv2-C messages (3GPP TS 29.274) between bytes and a plain struct
 *
 * One struct for all messages: a head and the elements ours care for on the S5/S8
 * interface, each valid when its presence bit is set; the others are skipped. Both
 * directions serve both ends: the P-GW and the call generator acting as S-GW. Of a
 * piggybacked pair the first message is read.
 *
 * Ownership  gtp_bytes fields are borrowed from the datagram; the caller of the encoder
 *            lends what it sets
 * Time       none
 * Errors     enum gtp_fault; the encoder returns 0
 * Threads    any
 */
#ifndef VPCLAB_GTP2_H
#define VPCLAB_GTP2_H

#include "common/gtp/gtp.h"

/* TS 29.274 6.1, table 6.1-1 */
enum gtp2_type {
    GTP2_ECHO_REQUEST = 1,
    GTP2_ECHO_RESPONSE = 2,
    GTP2_VERSION_NOT_SUPPORTED = 3,
    GTP2_CREATE_SESSION_REQUEST = 32,
    GTP2_CREATE_SESSION_RESPONSE = 33,
    GTP2_MODIFY_BEARER_REQUEST = 34,
    GTP2_MODIFY_BEARER_RESPONSE = 35,
    GTP2_DELETE_SESSION_REQUEST = 36,
    GTP2_DELETE_SESSION_RESPONSE = 37,
    GTP2_CHANGE_NOTIFICATION_REQUEST = 38,
    GTP2_CHANGE_NOTIFICATION_RESPONSE = 39,
    /* A command is answered by a request of the P-GW, or by its failure indication. */
    GTP2_MODIFY_BEARER_COMMAND = 64,
    GTP2_MODIFY_BEARER_FAILURE = 65,
    GTP2_BEARER_RESOURCE_COMMAND = 68,
    GTP2_BEARER_RESOURCE_FAILURE = 69,
    GTP2_CREATE_BEARER_REQUEST = 95,
    GTP2_CREATE_BEARER_RESPONSE = 96,
    GTP2_UPDATE_BEARER_REQUEST = 97,
    GTP2_UPDATE_BEARER_RESPONSE = 98,
    GTP2_DELETE_BEARER_REQUEST = 99,
    GTP2_DELETE_BEARER_RESPONSE = 100,
};

/* TS 29.274 8.1, table 8.1-1 */
enum gtp2_ie {
    GTP2_IE_IMSI = 1,
    GTP2_IE_CAUSE = 2,
    GTP2_IE_RECOVERY = 3,
    GTP2_IE_APN = 71,
    GTP2_IE_AMBR = 72,
    GTP2_IE_EBI = 73,
    GTP2_IE_MEI = 75,
    GTP2_IE_MSISDN = 76,
    GTP2_IE_INDICATION = 77,
    GTP2_IE_PCO = 78,
    GTP2_IE_PAA = 79,
    GTP2_IE_BEARER_QOS = 80,
    GTP2_IE_FLOW_QOS = 81,
    GTP2_IE_RAT = 82,
    GTP2_IE_SERVING_NETWORK = 83,
    GTP2_IE_BEARER_TFT = 84,
    GTP2_IE_TAD = 85,
    GTP2_IE_ULI = 86,
    GTP2_IE_FTEID = 87,
    GTP2_IE_BEARER_CONTEXT = 93,
    GTP2_IE_CHARGING_ID = 94,
    GTP2_IE_CHARGING_CHARS = 95,
    GTP2_IE_PDN_TYPE = 99,
    GTP2_IE_PTI = 100,
    GTP2_IE_TIME_ZONE = 114,
    GTP2_IE_APN_RESTRICTION = 127,
    GTP2_IE_SELECTION_MODE = 128,
    GTP2_IE_PRIVATE = 255,
};

/* TS 29.274 8.4, table 8.4-1 */
enum gtp2_cause {
    GTP2_CAUSE_ACCEPTED = 16,
    GTP2_CAUSE_ACCEPTED_PARTIALLY = 17,
    GTP2_CAUSE_NEW_PDN_TYPE = 18, /* network preference */
    GTP2_CAUSE_CONTEXT_NOT_FOUND = 64,
    GTP2_CAUSE_INVALID_FORMAT = 65,
    GTP2_CAUSE_INVALID_LENGTH = 67,
    GTP2_CAUSE_NOT_SUPPORTED = 68,
    GTP2_CAUSE_MANDATORY_INCORRECT = 69,
    GTP2_CAUSE_MANDATORY_MISSING = 70,
    GTP2_CAUSE_SYSTEM_FAILURE = 72,
    GTP2_CAUSE_NO_RESOURCES = 73,
    GTP2_CAUSE_TFT_SEMANTIC = 74,
    GTP2_CAUSE_TFT_SYNTAX = 75,
    GTP2_CAUSE_FILTER_SEMANTIC = 76,
    GTP2_CAUSE_FILTER_SYNTAX = 77,
    GTP2_CAUSE_UNKNOWN_APN = 78,
    GTP2_CAUSE_PDN_TYPE_NOT_SUPPORTED = 83,
    GTP2_CAUSE_ADDRESSES_OCCUPIED = 84,
    GTP2_CAUSE_NO_MEMORY = 91,
    GTP2_CAUSE_AUTHENTICATION_FAILED = 92,
    GTP2_CAUSE_APN_DENIED = 93,
    GTP2_CAUSE_REQUEST_REJECTED = 94,
    GTP2_CAUSE_CONDITIONAL_MISSING = 103,
};

/* F-TEID interface types on S5/S8, TS 29.274 8.22 */
enum gtp2_iface {
    GTP2_IFACE_SGW_USER = 4,
    GTP2_IFACE_PGW_USER = 5,
    GTP2_IFACE_SGW_CONTROL = 6,
    GTP2_IFACE_PGW_CONTROL = 7,
};

/* PDN types, TS 29.274 8.34 */
enum gtp2_pdn {
    GTP2_PDN_IPV4 = 1,
    GTP2_PDN_IPV6 = 2,
    GTP2_PDN_IPV4V6 = 3,
};

/* Presence bits, in the order of the elements on the wire. */
enum gtp2_has {
    GTP2_HAS_IMSI = 1 << 0,
    GTP2_HAS_CAUSE = 1 << 1,
    GTP2_HAS_RECOVERY = 1 << 2,
    GTP2_HAS_APN = 1 << 3,
    GTP2_HAS_AMBR = 1 << 4,
    GTP2_HAS_EBI = 1 << 5,
    GTP2_HAS_MEI = 1 << 6,
    GTP2_HAS_MSISDN = 1 << 7,
    GTP2_HAS_INDICATION = 1 << 8,
    GTP2_HAS_PCO = 1 << 9,
    GTP2_HAS_PAA = 1 << 10,
    GTP2_HAS_RAT = 1 << 11,
    GTP2_HAS_SERVING_NETWORK = 1 << 12,
    GTP2_HAS_ULI = 1 << 13,
    GTP2_HAS_CHARGING_ID = 1 << 14,
    GTP2_HAS_CHARGING_CHARS = 1 << 15,
    GTP2_HAS_PDN_TYPE = 1 << 16,
    GTP2_HAS_PTI = 1 << 17,
    GTP2_HAS_TIME_ZONE = 1 << 18,
    GTP2_HAS_APN_RESTRICTION = 1 << 19,
    GTP2_HAS_SELECTION_MODE = 1 << 20,
    GTP2_HAS_PRIVATE = 1 << 21,
    /* within a bearer context, besides EBI, CAUSE and CHARGING_ID */
    GTP2_HAS_BEARER_QOS = 1 << 22,
    GTP2_HAS_BEARER_TFT = 1 << 23,
    /* of commands and what they bring about */
    GTP2_HAS_FLOW_QOS = 1 << 24,
    GTP2_HAS_TAD = 1 << 25,
    GTP2_HAS_EBIS = 1 << 26,
};

enum {
    GTP2_BEARERS_MAX = 11, /* EPS bearer identities 5 to 15; more contexts are malformed */
    GTP2_BEARER_QOS_LEN = 22,
    GTP2_FLOW_QOS_LEN = 21, /* the same without the priority */
    GTP2_FTEIDS = 2,        /* of a message: the sender's control one, the P-GW's S5/S8 one */
    GTP2_BEARER_FTEIDS = 8, /* of a bearer context */
};

struct gtp2_head {
    uint8_t type;
    bool has_teid;
    uint32_t teid;
    uint32_t seq; /* 24 bits */
};

struct gtp2_cause_ie {
    uint8_t value;
    uint8_t flags;                /* PCE 4, BCE 2, CS 1 */
    uint8_t bad_ie, bad_instance; /* offending element, 0: none */
};

struct gtp2_fteid {
    uint8_t iface; /* enum gtp2_iface */
    uint32_t teid;
    uint32_t ipv4; /* 0: the peer gave IPv6 only */
};

/* F-TEIDs are told apart by instance, and which instance is which depends on the message:
 * in Create Session 2 is the S5/S8-U one, in Modify Bearer Request 1 is; of Create Bearer the
 * request names the P-GW's in 1, the response the S-GW's in 2 and repeats the P-GW's in 3. */
struct gtp2_bearer {
    uint32_t has;     /* enum gtp2_has */
    uint8_t instance; /* of the context: 0 is to be created, modified, ...; 1 is to be removed */
    uint8_t ebi;
    uint8_t fteid_has; /* bit i: fteid[i] */
    struct gtp2_fteid fteid[GTP2_BEARER_FTEIDS];
    struct gtp2_cause_ie cause;
    uint32_t charging_id;
    uint8_t qos[GTP2_BEARER_QOS_LEN]; /* 8.15: priority, QCI, four 40-bit rates in kbit/s */
    struct gtp_bytes tft;
};

struct gtp2_msg {
    struct gtp2_head head;
    uint32_t has;                 /* enum gtp2_has */
    uint8_t bad_ie, bad_instance; /* the element a GTP_EVALUE is about */

    uint64_t imsi, msisdn, mei; /* gtp_imsi_*, gtp_msisdn_*, gtp_tbcd_* */
    struct gtp2_cause_ie cause;
    uint8_t recovery;
    char apn[GTP_APN_MAX];       /* dotted, lower case */
    uint32_t ambr_up, ambr_down; /* kbit/s */
    uint8_t ebi;                 /* linked EPS bearer identity */
    uint16_t ebis;               /* those with instance 1, mask 1 << ebi: what it is about */
    struct gtp_bytes indication, pco;
    struct {
        uint8_t type; /* enum gtp2_pdn */
        uint32_t ipv4;
    } paa;
    uint8_t flow_qos[GTP2_FLOW_QOS_LEN]; /* 8.16: QCI, four 40-bit rates in kbit/s */
    struct gtp_bytes tad;                /* gtp_tft */
    uint8_t rat;
    uint8_t serving_network[3]; /* MCC and MNC, TS 24.301 coding */
    struct gtp_bytes uli;
    uint8_t fteid_has; /* bit i: fteid[i] */
    struct gtp2_fteid fteid[GTP2_FTEIDS];
    uint8_t bearer_n;
    struct gtp2_bearer bearer[GTP2_BEARERS_MAX];
    uint32_t charging_id;
    uint16_t charging_chars;
    uint8_t pdn_type, pti;
    uint8_t time_zone[2];
    uint8_t apn_restriction, selection_mode;
    struct gtp_bytes private_ext;
};

/* Read one datagram. 0, or an enum gtp_fault and *reason; then nothing but the head (see
 * gtp_fault), bad_ie and bad_instance is set. Of a repeated element the first counts (7.7.9). */
int gtp2_decode(struct gtp2_msg *msg, const uint8_t *buf, size_t len, const char **reason);

/* Write the message. Octets written, 0 when there is no room or a field cannot be sent. */
size_t gtp2_encode(uint8_t *buf, size_t room, const struct gtp2_msg *msg);

#endif
