/* gw.h - the gateway procedures of one session manager: GGSN, P-GW and the user plane
 *
 * Judges one datagram at a time against the session table: GTPv1-C (3GPP TS 29.060),
 * GTPv2-C on S5/S8 (TS 29.274) and GTP-U (TS 29.281), and packets coming back from the
 * packet data network. Answers and forwarded packets are appended to a batch. IPv4,
 * dynamic addresses. A session has, beside its default bearer, secondary PDP contexts (GTPv1) or
 * dedicated bearers (GTPv2); a downlink packet goes by their packet filters first. Dedicated
 * bearers begin, change and end by requests of the gateway, which a client's command brings
 * about and which are repeated until they are answered (gw_deadline, gw_tick).
 *
 * Ownership  all memory comes from the caller, once: gw_size() bytes, aligned as malloc
 *            aligns; the session table is borrowed as long as the gateway lives
 * Time       mono_t of the lab clock: remembered answers expire, own requests are repeated
 * Errors     a stranger's bytes are answered, or dropped, and counted; DI_ESPACE when the
 *            batch might not hold the answer: then nothing happened, try with a new batch
 * Threads    one owner; no globals
 */
#ifndef VPCLAB_GW_H
#define VPCLAB_GW_H

#include "common/base/mono.h"
#include "common/base/wire.h"
#include "common/msg/dgram.h"
#include "sf/sess.h"

enum {
    GW_APNS = 128,          /* numbers they may have: NAMES_MOST (names.h) */
    GW_NO_POOL = UINT8_MAX, /* of an APN: none of its pools is served here */
    GW_REPLIES = 4096,      /* a good number of remembered answers */
    GW_N3 = 3,              /* times a request of the gateway is sent */
    GW_ASKED = 128,         /* requests of the gateway that may be open */
    GW_RELEASES = 256,      /* purged sessions whose clients are being told */
    GW_PEERS = 64,          /* S-GWs whose restart counter is remembered */
};

/* A client repeats a request after T3-RESPONSE (5 s), N3-REQUESTS (3) times in all; twice
 * that, so that the network may keep the last copy for a while. */
#define GW_REPLY_US (INT64_C(2) * 3 * 5 * US_PER_S)

/* So does the gateway with its own. */
#define GW_T3_US (5 * US_PER_S)

/* Counters, in the order they are shown. */
#define GW_COUNTERS(X)                                                                             \
    X(V1_ECHO, "gtpv1-echo-requests")                                                              \
    X(V1_CREATE, "gtpv1-create-pdp-requests")                                                      \
    X(V1_UPDATE, "gtpv1-update-pdp-requests")                                                      \
    X(V1_DELETE, "gtpv1-delete-pdp-requests")                                                      \
    X(V1_CREATE_SECONDARY, "gtpv1-create-secondary-pdp-requests")                                  \
    X(V1_DELETE_SECONDARY, "gtpv1-delete-secondary-pdp-requests")                                  \
    X(V1_RETRANSMITTED, "gtpv1-retransmissions")                                                   \
    X(V1_REPLACED, "gtpv1-contexts-replaced")                                                      \
    X(V1_ACCEPTED, "gtpv1-request-accepted")                                                       \
    X(V1_NEW_PDP_TYPE, "gtpv1-new-pdp-type")                                                       \
    X(V1_NON_EXISTENT, "gtpv1-non-existent")                                                       \
    X(V1_INVALID_FORMAT, "gtpv1-invalid-message-format")                                           \
    X(V1_NO_RESOURCES, "gtpv1-no-resources")                                                       \
    X(V1_NOT_SUPPORTED, "gtpv1-service-not-supported")                                             \
    X(V1_MANDATORY_INCORRECT, "gtpv1-mandatory-ie-incorrect")                                      \
    X(V1_MANDATORY_MISSING, "gtpv1-mandatory-ie-missing")                                          \
    X(V1_SYSTEM_FAILURE, "gtpv1-system-failure")                                                   \
    X(V1_ADDRESSES_OCCUPIED, "gtpv1-all-addresses-occupied")                                       \
    X(V1_TFT_ERROR, "gtpv1-tft-or-packet-filter-error")                                            \
    X(V1_UNKNOWN_APN, "gtpv1-missing-or-unknown-apn")                                              \
    X(V1_UNKNOWN_ADDRESS_TYPE, "gtpv1-unknown-pdp-address-or-type")                                \
    X(V2_ECHO, "gtpv2-echo-requests")                                                              \
    X(V2_CREATE, "gtpv2-create-session-requests")                                                  \
    X(V2_MODIFY, "gtpv2-modify-bearer-requests")                                                   \
    X(V2_DELETE, "gtpv2-delete-session-requests")                                                  \
    X(V2_CHANGE_NOTIFICATION, "gtpv2-change-notification-requests")                                \
    X(V2_QOS_COMMAND, "gtpv2-modify-bearer-commands")                                              \
    X(V2_QOS_AUTHORISED, "gtpv2-session-qos-updated")                                              \
    X(V2_PEER_RESTARTED, "gtpv2-peer-restarts")                                                    \
    X(V2_RESTORING, "gtpv2-sessions-in-restoration")                                               \
    X(V2_RESTORED, "gtpv2-sessions-restored")                                                      \
    X(V2_BEARER_COMMAND, "gtpv2-bearer-resource-commands")                                         \
    X(V2_ASKED, "gtpv2-bearer-requests-sent")                                                      \
    X(V2_ASKED_AGAIN, "gtpv2-bearer-requests-repeated")                                            \
    X(V2_ASKED_IN_VAIN, "gtpv2-bearer-requests-unanswered")                                        \
    X(V2_ASKED_REFUSED, "gtpv2-bearer-requests-refused")                                           \
    X(V2_BEARER_CREATED, "gtpv2-dedicated-bearers-created")                                        \
    X(V2_BEARER_UPDATED, "gtpv2-dedicated-bearers-updated")                                        \
    X(V2_BEARER_DELETED, "gtpv2-dedicated-bearers-deleted")                                        \
    X(V2_RETRANSMITTED, "gtpv2-retransmissions")                                                   \
    X(V2_REPLACED, "gtpv2-sessions-replaced")                                                      \
    X(V2_ACCEPTED, "gtpv2-request-accepted")                                                       \
    X(V2_ACCEPTED_PARTIALLY, "gtpv2-request-accepted-partially")                                   \
    X(V2_NEW_PDN_TYPE, "gtpv2-new-pdn-type")                                                       \
    X(V2_CONTEXT_NOT_FOUND, "gtpv2-context-not-found")                                             \
    X(V2_INVALID_FORMAT, "gtpv2-invalid-message-format")                                           \
    X(V2_INVALID_LENGTH, "gtpv2-invalid-length")                                                   \
    X(V2_NOT_SUPPORTED, "gtpv2-service-not-supported")                                             \
    X(V2_MANDATORY_INCORRECT, "gtpv2-mandatory-ie-incorrect")                                      \
    X(V2_MANDATORY_MISSING, "gtpv2-mandatory-ie-missing")                                          \
    X(V2_SYSTEM_FAILURE, "gtpv2-system-failure")                                                   \
    X(V2_NO_RESOURCES, "gtpv2-no-resources")                                                       \
    X(V2_TFT_ERROR, "gtpv2-tft-or-packet-filter-error")                                            \
    X(V2_UNKNOWN_APN, "gtpv2-missing-or-unknown-apn")                                              \
    X(V2_PDN_TYPE_NOT_SUPPORTED, "gtpv2-pdn-type-not-supported")                                   \
    X(V2_ADDRESSES_OCCUPIED, "gtpv2-all-addresses-occupied")                                       \
    X(V2_REQUEST_REJECTED, "gtpv2-request-rejected")                                               \
    X(V2_CONDITIONAL_MISSING, "gtpv2-conditional-ie-missing")                                      \
    X(C_VERSION_NOT_SUPPORTED, "gtpc-version-not-supported-sent")                                  \
    X(C_RESPONSE, "gtpc-responses-ignored")                                                        \
    X(C_UNKNOWN_TYPE, "gtpc-unknown-type-dropped")                                                 \
    X(C_MALFORMED, "gtpc-malformed-dropped")                                                       \
    X(C_NO_ANSWER, "gtpc-answer-not-encodable")                                                    \
    X(RELEASE_SENT, "gtpc-purged-session-deletes-sent")                                            \
    X(RELEASE_AGAIN, "gtpc-purged-session-deletes-repeated")                                       \
    X(RELEASED, "gtpc-purged-session-deletes-answered")                                            \
    X(RELEASE_IN_VAIN, "gtpc-purged-session-deletes-unanswered")                                   \
    X(RELEASE_NO_ROOM, "gtpc-purged-sessions-not-told")                                            \
    X(U_UP_PACKETS, "gtpu-up-packets")                                                             \
    X(U_UP_OCTETS, "gtpu-up-octets")                                                               \
    X(U_DOWN_PACKETS, "gtpu-down-packets")                                                         \
    X(U_DOWN_OCTETS, "gtpu-down-octets")                                                           \
    X(U_ECHO, "gtpu-echo-requests")                                                                \
    X(U_END_MARKER, "gtpu-end-markers")                                                            \
    X(U_ERROR_SENT, "gtpu-error-indications-sent")                                                 \
    X(U_ERROR_CLOSED, "gtpu-error-indications-closed-session")                                     \
    X(U_ERROR_UNKNOWN, "gtpu-error-indications-ignored")                                           \
    X(U_EXTENSION, "gtpu-supported-extensions-sent")                                               \
    X(U_RESPONSE, "gtpu-responses-ignored")                                                        \
    X(U_UNKNOWN_TYPE, "gtpu-unknown-type-dropped")                                                 \
    X(U_MALFORMED, "gtpu-malformed-dropped")                                                       \
    X(U_BAD_PACKET, "gtpu-bad-ip-packet-dropped")                                                  \
    X(U_SPOOFED, "gtpu-source-violation-dropped")                                                  \
    X(PDN_BAD_PACKET, "pdn-bad-ip-packet-dropped")                                                 \
    X(PDN_NO_SESSION, "pdn-no-session-dropped")                                                    \
    X(PDN_NO_SERVICE, "pdn-no-service-dropped")                                                    \
    X(PDN_TOO_LONG, "pdn-too-long-dropped")                                                        \
    X(PDN_RESTORING, "pdn-session-in-restoration-dropped")                                         \
    X(NOT_SERVING, "not-serving-dropped")                                                          \
    X(GATED_VOLTE, "gated-volte-data-dropped")                                                     \
    X(GATED_DATA, "gated-data-dropped")                                                            \
    X(GATED_CONTROL, "gated-control-dropped")                                                      \
    X(GATED_NEW, "gated-new-calls-dropped")                                                        \
    X(WRONG_SIDE, "wrong-side-dropped")

enum gw_counter {
#define X(name, text) GW_##name,
    GW_COUNTERS(X)
#undef X
        GW_COUNTER_N
};

struct gw_apn {
    char name[SESS_APN]; /* network identifier, lower case, dotted; "": no APN has this number */
    bool gone;           /* from the configuration: only calls of before have it */
    uint8_t pool;        /* index into the table's pools, or GW_NO_POOL */
    uint8_t vpn;         /* number of its destination context */
    uint32_t dns[2];     /* 0: none to give */
};

/* A service answers when `on`; a request for the other GTP version is then told which
 * version is spoken here. */
struct gw_service {
    bool on;
    uint32_t ctrl, user; /* our addresses, as written into answers */
    uint8_t number;      /* by which sessions refer to it */
};

struct gw_setup {
    struct sess_table *table;
    struct gw_service ggsn, pgw;
    uint8_t restart; /* Recovery element */
    bool graceful;   /* the clients of sessions that the internal audit purges are told */
    uint8_t apn_n;   /* the highest number of one, and 1 */
    struct gw_apn apns[GW_APNS]; /* by the number by which sessions refer to it */
    uint32_t replies;            /* answers remembered: a power of two, at least 4 */
};

struct gw; /* gw_priv.h */

/* Bytes that gw_init wants for this setup. */
size_t gw_size(const struct gw_setup *setup);

/* A gateway over the table, not serving yet. The setup is copied. */
struct gw *gw_init(void *memory, const struct gw_setup *setup);

/* Another configuration: services, graceful and APNs of the setup take the place of those in force.
 * Sessions stay, as do remembered answers, restart counters and gates. An APN that is not in it
 * opens no session any more, and remains what it was for those that have it, until its number is
 * another one's. Without its service a GTP version is not spoken: no message is answered, sent for a
 * session, or repeated. Packets of its sessions pass as long as there is an address of the user plane:
 * that of the gtpu-service remains without the service. */
void gw_change(struct gw *gw, const struct gw_setup *setup);

/* Let through only these: mask of GATE_... (common/msg/body.h). What is not let through is
 * dropped without an answer, counted, and leaves no trace: the client's repetition is new.
 *  - a create request needs GATE_NEW, even one that repeats an old one
 *  - every other request, and an Error Indication, which ends a session: GATE_CONTROL
 *  - a packet: GATE_VOLTE or GATE_DATA, by its session; without one: GATE_DATA, to be told so
 *  - path management: any
 * Without any gate the gateway does not serve: it drops all and counts it. Ceasing to serve
 * also forgets the remembered answers and its own requests, since the sessions may be others when
 * it serves again; other changes of gates keep them. Without GATE_CONTROL no request is sent or repeated. */
void gw_set_gates(struct gw *gw, uint8_t gates);
uint8_t gw_gates(const struct gw *gw);

/* All gates, or none. */
void gw_set_serving(struct gw *gw, bool serving);
bool gw_serving(const struct gw *gw);

/* VoLTE: APN ims, or QCI 1 or 5; of GTPv1 the classes that map to them (TS 23.401 annex E):
 * conversational, and interactive with signalling indication. */
bool gw_is_volte(const struct gw *gw, const struct sess *sess);
void gw_set_restart(struct gw *gw, uint8_t restart);

/* A datagram of the access side (DGRAM_CTRL, DGRAM_USER): appends at most one entry, an
 * answer to the client or a packet for the PDN. 0 or DI_ESPACE. An Echo Request from port 0, which
 * no client has, was answered by whoever passes it on: only its Recovery counts. */
int gw_access(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out);

/* An IP packet from the PDN: appends at most one entry, a G-PDU. 0 or DI_ESPACE. */
int gw_pdn(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out);

/* When gw_tick has something, if nothing else happens before. */
mono_t gw_deadline(const struct gw *gw);

/* Give up, or repeat, requests that were not answered: appends at most one entry. 1: there was
 * one, try again; 0: nothing is due any more; DI_ESPACE. */
int gw_tick(struct gw *gw, mono_t now, struct wr *out);

/* GW_COUNTER_N values, indexed by enum gw_counter; borrowed. */
const uint64_t *gw_counters(const struct gw *gw);
const char *gw_counter_name(enum gw_counter counter);

#endif
