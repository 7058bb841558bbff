/* gw_rig.h - a gateway over a small session table, and requests to try it with
 *
 * Shared by the gateway's check programs: sends one datagram, catches the one answer.
 * Peers: 192.0.2.1 is the client; our own addresses are 192.0.2.100 to .103.
 *
 * Ownership  struct rig owns all memory
 * Time       rig.now, moved by the test
 * Errors     check assertions
 * Threads    main
 */
#ifndef VPCLAB_GW_RIG_H
#define VPCLAB_GW_RIG_H

#include <stdlib.h>

#include "common/base/err.h"
#include "common/base/teid.h"
#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtpu.h"
#include "sf/gw.h"
#include "tests/unit/unit.h"

#define CLIENT    UINT32_C(0xc0000201)
#define CLIENT_2  UINT32_C(0xc0000202)
#define GGSN      UINT32_C(0xc0000264)
#define PGW       UINT32_C(0xc0000265)
#define GGSN_USER UINT32_C(0xc0000266)
#define PGW_USER  UINT32_C(0xc0000267)
#define POOL      UINT32_C(0x0a000000) /* 10.0.0.0/28 */
#define POOL_MASK UINT32_C(0xfffffff0)

enum {
    POOL_LEFT = 14,
    PORT = 40000,
    DNS_1 = 0x08080808,
    DNS_2 = 0x08080404,
    RESTART = 7,
};

struct rig {
    size_t table_size;
    void *table_memory, *gw_memory;
    struct sess_table *table;
    struct gw *gw;
    mono_t now;
    uint8_t out[DGRAM_ROOM];
    struct dgram answer; /* of the last rig_send; len 0: none */
};

static inline struct gw_setup
rig_setup(struct sess_table *table)
{
    return (struct gw_setup){
        .table = table,
        .ggsn = {.on = true, .ctrl = GGSN, .user = GGSN_USER},
        .pgw = {.on = true, .ctrl = PGW, .user = PGW_USER},
        .restart = RESTART,
        .apn_n = 3,
        .apns = {{.name = "internet", .pool = 0, .dns = {DNS_1, DNS_2}},
                 {.name = "poolless", .pool = GW_NO_POOL},
                 {.name = "ims", .pool = 0}},
        .replies = 64,
    };
}

static inline struct rig *
rig_new(uint32_t capacity)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct sess_setup sess = {.instance = 1,
                              .instances = 1,
                              .capacity = capacity,
                              .pool_n = 1,
                              .pools = {{.net = POOL, .mask = POOL_MASK}}};

    ck_assert_ptr_nonnull(rig);
    rig->table_size = sess_table_size(&sess);
    rig->table_memory = calloc(1, rig->table_size);
    ck_assert_ptr_nonnull(rig->table_memory);
    rig->table = sess_table_init(rig->table_memory, &sess);

    struct gw_setup setup = rig_setup(rig->table);

    rig->gw_memory = malloc(gw_size(&setup));
    ck_assert_ptr_nonnull(rig->gw_memory);
    rig->gw = gw_init(rig->gw_memory, &setup);
    gw_set_serving(rig->gw, true);
    return rig;
}

/* Another gateway over the same table, with room for so few answers that all share a place. */
static inline void
rig_remember_four(struct rig *rig)
{
    struct gw_setup setup = rig_setup(rig->table);

    setup.replies = 4;
    rig->gw = gw_init(rig->gw_memory, &setup);
    gw_set_serving(rig->gw, true);
}

static inline void
rig_destroy(struct rig *rig)
{
    free(rig->table_memory);
    free(rig->gw_memory);
    free(rig);
}

/* Which of the gateway's doors. */
static inline int
rig_put(struct rig *rig, const struct dgram *in, struct wr *out)
{
    return in->side == DGRAM_PDN ? gw_pdn(rig->gw, rig->now, in, out)
                                 : gw_access(rig->gw, rig->now, in, out);
}

/* Send a datagram in a buffer of exactly its size, and catch the answer. */
static inline const struct dgram *
rig_send_from(struct rig *rig, enum dgram_side side, uint32_t peer, uint16_t port,
              const uint8_t *bytes, size_t len)
{
    struct wr out = wr_over(rig->out, sizeof rig->out);
    uint8_t *copy = malloc(len);
    struct dgram in = {.side = side,
                       .peer = peer,
                       .port = port,
                       .local = side == DGRAM_PDN    ? 0
                                : side == DGRAM_USER ? GGSN_USER
                                                     : GGSN,
                       .len = (uint16_t)len,
                       .bytes = copy};

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    ck_assert_int_eq(rig_put(rig, &in, &out), 0);
    free(copy);

    struct rd rd = rd_over(rig->out, wr_len(&out));

    rig->answer = (struct dgram){0};
    if (dgram_next(&rd, &rig->answer))
        ck_assert(rd_done(&rd)); /* at most one */
    ck_assert(!rd.bad);
    return &rig->answer;
}

static inline const struct dgram *
rig_send(struct rig *rig, enum dgram_side side, const uint8_t *bytes, size_t len)
{
    return rig_send_from(rig, side, side == DGRAM_PDN ? 0 : CLIENT, side == DGRAM_PDN ? 0 : PORT,
                         bytes, len);
}

static inline uint64_t
rig_count(const struct rig *rig, enum gw_counter counter)
{
    return gw_counters(rig->gw)[counter];
}

/* Changes when any octet of the session table does. */
static inline uint64_t
rig_state(const struct rig *rig)
{
    const uint8_t *at = rig->table_memory;
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < rig->table_size; i++)
        sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* --- GTPv1 --------------------------------------------------------------------------------- */

static inline struct gtp1_msg
create_pdp(const char *imsi, uint16_t seq)
{
    return (struct gtp1_msg){
        .head = {.type = GTP1_CREATE_PDP_REQUEST, .has_seq = true, .seq = seq},
        .has = GTP1_HAS_IMSI | GTP1_HAS_SELECTION_MODE | GTP1_HAS_TEID_DATA |
               GTP1_HAS_TEID_CONTROL | GTP1_HAS_NSAPI | GTP1_HAS_END_USER_ADDRESS | GTP1_HAS_APN |
               GTP1_HAS_GSN_CONTROL | GTP1_HAS_GSN_DATA | GTP1_HAS_MSISDN | GTP1_HAS_QOS,
        .imsi = gtp_imsi_from_digits(imsi),
        .msisdn = gtp_msisdn_from_digits("46702123456"),
        .teid_data = 0x2000u + seq,
        .teid_control = 0x1000u + seq,
        .nsapi = 5,
        .eua = {.org = GTP1_EUA_IETF, .type = GTP1_EUA_IPV4},
        .apn = "internet",
        .gsn_control = CLIENT,
        .gsn_data = CLIENT,
        .qos = {0x0b, 0x92, 0x1f, 0x11},
        .qos_len = 4,
    };
}

static inline struct gtp1_msg
update_pdp(uint32_t teid, uint16_t seq)
{
    return (struct gtp1_msg){
        .head = {.type = GTP1_UPDATE_PDP_REQUEST, .has_seq = true, .seq = seq, .teid = teid},
        .has = GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL | GTP1_HAS_NSAPI | GTP1_HAS_GSN_CONTROL |
               GTP1_HAS_GSN_DATA | GTP1_HAS_QOS,
        .teid_data = 0x4444,
        .teid_control = 0x3333,
        .nsapi = 5,
        .gsn_control = CLIENT_2,
        .gsn_data = CLIENT_2,
        .qos = {0x1b, 0x92, 0x1f, 0x22},
        .qos_len = 4,
    };
}

static inline struct gtp1_msg
delete_pdp(uint32_t teid, uint16_t seq)
{
    return (struct gtp1_msg){
        .head = {.type = GTP1_DELETE_PDP_REQUEST, .has_seq = true, .seq = seq, .teid = teid},
        .has = GTP1_HAS_TEARDOWN | GTP1_HAS_NSAPI,
        .teardown = true,
        .nsapi = 5,
    };
}

static inline const struct dgram *
rig_send_v1(struct rig *rig, const struct gtp1_msg *msg)
{
    uint8_t buf[GTP_MESSAGE_MAX];
    size_t len = gtp1_encode(buf, sizeof buf, msg);

    ck_assert(len);
    return rig_send(rig, DGRAM_CTRL, buf, len);
}

/* Send, and read the answer, which must be there and go back where the request came from. */
static inline struct gtp1_msg
rig_ask_v1(struct rig *rig, const struct gtp1_msg *msg)
{
    const struct dgram *answer = rig_send_v1(rig, msg);
    struct gtp1_msg told;
    const char *reason = "";

    ck_assert(answer->len);
    ck_assert_int_eq(answer->side, DGRAM_CTRL);
    ck_assert_uint_eq(answer->peer, CLIENT);
    ck_assert_uint_eq(answer->port, PORT);
    ck_assert_uint_eq(answer->local, GGSN);
    ck_assert_msg(gtp1_decode(&told, answer->bytes, answer->len, &reason) == 0, "%s", reason);
    ck_assert_uint_eq(told.head.type, msg->head.type + 1u);
    ck_assert(told.head.has_seq);
    ck_assert_uint_eq(told.head.seq, msg->head.seq);
    return told;
}

/* Open a context; its session. */
static inline struct sess *
rig_open_v1(struct rig *rig, const char *imsi, uint16_t seq)
{
    struct gtp1_msg msg = create_pdp(imsi, seq);
    struct gtp1_msg told = rig_ask_v1(rig, &msg);

    ck_assert_uint_eq(told.cause, GTP1_CAUSE_ACCEPTED);

    struct sess *sess = sess_by_teid(rig->table, told.teid_control);

    ck_assert_ptr_nonnull(sess);
    return sess;
}

/* --- GTPv2 --------------------------------------------------------------------------------- */

enum { USER = 2, MODIFY_USER = 1, PGW_CONTROL = 1 }; /* F-TEID instances */

static inline struct gtp2_msg
create_session(const char *imsi, uint32_t seq)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_CREATE_SESSION_REQUEST, .has_teid = true, .seq = seq},
        .has = GTP2_HAS_IMSI | GTP2_HAS_MSISDN | GTP2_HAS_APN | GTP2_HAS_AMBR | GTP2_HAS_PAA |
               GTP2_HAS_RAT | GTP2_HAS_PDN_TYPE | GTP2_HAS_SELECTION_MODE,
        .imsi = gtp_imsi_from_digits(imsi),
        .msisdn = gtp_msisdn_from_digits("46702123456"),
        .apn = "internet",
        .ambr_up = 50000,
        .ambr_down = 100000,
        .paa = {.type = GTP2_PDN_IPV4},
        .pdn_type = GTP2_PDN_IPV4,
        .rat = 6,
        .fteid_has = 1,
        .fteid = {{.iface = GTP2_IFACE_SGW_CONTROL, .teid = 0x1000u + seq, .ipv4 = CLIENT}},
        .bearer_n = 1,
    };

    msg.bearer[0] = (struct gtp2_bearer){
        .has = GTP2_HAS_EBI | GTP2_HAS_BEARER_QOS,
        .ebi = 5,
        .fteid_has = 1u << USER,
        .fteid[USER] = {.iface = GTP2_IFACE_SGW_USER, .teid = 0x2000u + seq, .ipv4 = CLIENT},
        .qos = {0x24, 9},
    };
    return msg;
}

static inline struct gtp2_msg
modify_bearer(uint32_t teid, uint32_t seq)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_MODIFY_BEARER_REQUEST, .has_teid = true, .teid = teid, .seq = seq},
        .fteid_has = 1,
        .fteid = {{.iface = GTP2_IFACE_SGW_CONTROL, .teid = 0x3333, .ipv4 = CLIENT_2}},
        .bearer_n = 1,
    };

    msg.bearer[0] = (struct gtp2_bearer){
        .has = GTP2_HAS_EBI,
        .ebi = 5,
        .fteid_has = 1u << MODIFY_USER,
        .fteid[MODIFY_USER] = {.iface = GTP2_IFACE_SGW_USER, .teid = 0x4444, .ipv4 = CLIENT_2},
    };
    return msg;
}

static inline struct gtp2_msg
delete_session(uint32_t teid, uint32_t seq)
{
    return (struct gtp2_msg){
        .head = {.type = GTP2_DELETE_SESSION_REQUEST, .has_teid = true, .teid = teid, .seq = seq},
        .has = GTP2_HAS_EBI,
        .ebi = 5,
    };
}

static inline const struct dgram *
rig_send_v2(struct rig *rig, const struct gtp2_msg *msg)
{
    uint8_t buf[GTP_MESSAGE_MAX];
    size_t len = gtp2_encode(buf, sizeof buf, msg);

    ck_assert(len);
    return rig_send(rig, DGRAM_CTRL, buf, len);
}

/* Send, and read the answer, which must be there and go back where the request came from. */
static inline struct gtp2_msg
rig_ask_v2(struct rig *rig, const struct gtp2_msg *msg)
{
    const struct dgram *answer = rig_send_v2(rig, msg);
    struct gtp2_msg told;
    const char *reason = "";

    ck_assert(answer->len);
    ck_assert_uint_eq(answer->peer, CLIENT);
    ck_assert_uint_eq(answer->port, PORT);
    ck_assert_msg(gtp2_decode(&told, answer->bytes, answer->len, &reason) == 0, "%s", reason);
    ck_assert_uint_eq(told.head.type, msg->head.type + 1u);
    ck_assert_uint_eq(told.head.seq, msg->head.seq);
    ck_assert_int_eq(told.head.has_teid, msg->head.has_teid);
    return told;
}

/* Open a session; it. */
static inline struct sess *
rig_open_v2(struct rig *rig, const char *imsi, uint32_t seq)
{
    struct gtp2_msg msg = create_session(imsi, seq);
    struct gtp2_msg told = rig_ask_v2(rig, &msg);
    struct sess *sess = sess_by_teid(rig->table, told.fteid[PGW_CONTROL].teid);

    ck_assert_uint_eq(told.cause.value, GTP2_CAUSE_ACCEPTED);
    ck_assert_ptr_nonnull(sess);
    return sess;
}

/* --- user plane ------------------------------------------------------------------------------ */

enum { PACKET_LEN = 28 }; /* IPv4 and UDP heads without data */

static inline void
ip_packet(uint8_t packet[PACKET_LEN], uint32_t from, uint32_t to)
{
    struct wr wr = wr_over(packet, PACKET_LEN);

    wr_u32(&wr, 0x45000000u | PACKET_LEN);
    wr_u32(&wr, 0);
    wr_u32(&wr, 0x40110000);
    wr_u32(&wr, from);
    wr_u32(&wr, to);
    wr_u64(&wr, UINT64_C(0x0035003500080000));
}

/* A G-PDU with that packet in it. */
static inline const struct dgram *
rig_send_up(struct rig *rig, uint32_t teid, const uint8_t *packet, size_t len)
{
    uint8_t buf[DGRAM_MOST];
    size_t head_len = gtpu_encode_head(buf, sizeof buf, teid, len);

    ck_assert(head_len);
    memcpy(buf + head_len, packet, len);
    return rig_send(rig, DGRAM_USER, buf, head_len + len);
}

#endif
