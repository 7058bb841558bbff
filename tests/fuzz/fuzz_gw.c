/* Datagrams of strangers against a gateway that holds a few sessions. The input is a run of
 * datagrams: an octet for the side (low four bits) and the gates that are closed, two for the
 * length, the bytes. After each one the session table must be whole, and an answer must be
 * one that our own decoders take. */
#include <assert.h>
#include <stdlib.h>

#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtpu.h"
#include "common/msg/body.h"
#include "sf/gw.h"
#include "sf/sess_bearer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLIENT UINT32_C(0xc0000201)
#define GGSN   UINT32_C(0xc0000264)
#define PGW    UINT32_C(0xc0000265)

enum { CAPACITY = 8, PORT = 40000 };

struct rig {
    struct sess_table *table;
    struct gw *gw;
    mono_t now;
};

static void *
allocate(size_t len)
{
    void *memory = malloc(len);

    if (!memory)
        abort();
    return memory;
}

static void
check_answer(const struct dgram *answer)
{
    const char *reason;
    int fault = 0;

    if (answer->side == DGRAM_PDN)
        return;
    if (answer->side == DGRAM_USER) {
        struct gtpu_msg msg;

        fault = gtpu_decode(&msg, answer->bytes, answer->len, &reason);
    } else if (answer->bytes[0] >> 5 == 1) {
        struct gtp1_msg msg;

        fault = gtp1_decode(&msg, answer->bytes, answer->len, &reason);
    } else {
        struct gtp2_msg msg;

        fault = gtp2_decode(&msg, answer->bytes, answer->len, &reason);
    }
    assert(!fault);
    (void)fault;
}

/* A default bearer holds the address, and knows exactly the others, which have the same one. */
static void
check_bearers(struct sess_table *table, struct sess *sess)
{
    struct sess *parent = sess_default(table, sess);
    unsigned bearers = 0;

    assert(parent && parent->ue_addr == sess->ue_addr && parent->gtp_version == sess->gtp_version);
    assert(sess_by_addr(table, sess->ue_addr) == parent);
    assert(sess == parent || parent->bearers >> sess->ebi & 1);
    for (struct sess *at = sess; sess == parent && at;) {
        at = sess_next_bearer(table, sess, at == sess ? 0 : at->ebi);
        bearers |= at ? 1u << at->ebi : 0;
    }
    assert(sess != parent || bearers == sess->bearers);
    assert(sess_rule(table, sess)->filter_n <= GTP_FILTERS || sess == parent);
    (void)bearers;
}

/* Each session is found by all its names, and they are as many as are counted. */
static void
check_table(struct sess_table *table)
{
    uint32_t live = 0, bearers = 0;

    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        struct sess *sess = sess_at(table, slot);

        if (!sess)
            continue;
        assert(sess->state == SESS_LIVE); /* nobody listens for deletes: closed is free */
        assert(sess_by_teid(table, sess->teid) == sess);
        assert(sess_by_imsi(table, sess->imsi, sess->ebi) == sess);
        check_bearers(table, sess);
        assert(sess->gtp_version == 1 || sess->gtp_version == 2);
        assert(sess->peer_user_teid && sess->peer_user_addr && sess->qos_len <= SESS_QOS);
        live += !sess->lbi;
        bearers += sess->lbi != 0;
    }
    assert(live == sess_count(table) && bearers == sess_bearers(table));
}

/* What the gateway asked and was not answered. */
static void
repeat_asked(struct rig *rig)
{
    static uint8_t buf[DGRAM_ROOM];
    struct wr out = wr_over(buf, sizeof buf);
    struct dgram answer;

    if (!mono_reached(rig->now, gw_deadline(rig->gw)))
        return;
    while (gw_tick(rig->gw, rig->now, &out) == 1)
        ;
    assert(!mono_reached(rig->now, gw_deadline(rig->gw)));
    for (struct rd rd = rd_over(buf, wr_len(&out)); dgram_next(&rd, &answer);)
        check_answer(&answer);
    check_table(rig->table);
}

static void
send(struct rig *rig, enum dgram_side side, const uint8_t *bytes, size_t len)
{
    static uint8_t buf[DGRAM_ROOM];
    struct wr out = wr_over(buf, sizeof buf);
    uint8_t *copy = allocate(len); /* of its own, so that its end is guarded */
    struct dgram in = {.side = side,
                       .peer = CLIENT,
                       .port = PORT,
                       .local = GGSN,
                       .len = (uint16_t)len,
                       .bytes = copy};

    memcpy(copy, bytes, len);

    int err = side == DGRAM_PDN ? gw_pdn(rig->gw, rig->now, &in, &out)
                                : gw_access(rig->gw, rig->now, &in, &out);

    assert(!err);
    (void)err;
    free(copy);

    struct rd rd = rd_over(buf, wr_len(&out));
    struct dgram answer;

    if (dgram_next(&rd, &answer))
        check_answer(&answer);
    assert(rd_done(&rd)); /* one at most */
    check_table(rig->table);
    rig->now = mono_after(rig->now, US_PER_S);
    repeat_asked(rig);
}

static void
open_v2(struct rig *rig)
{
    uint8_t buf[256];
    struct gtp2_msg msg = {
        .head = {.type = GTP2_CREATE_SESSION_REQUEST, .has_teid = true, .seq = 1},
        .has = GTP2_HAS_IMSI | GTP2_HAS_APN | GTP2_HAS_PAA | GTP2_HAS_RAT,
        .imsi = gtp_imsi_from_digits("240010000000003"),
        .apn = "internet",
        .paa = {.type = GTP2_PDN_IPV4},
        .fteid_has = 1,
        .fteid = {{.iface = GTP2_IFACE_SGW_CONTROL, .teid = 3, .ipv4 = CLIENT}},
        .bearer_n = 1,
        .bearer = {{.has = GTP2_HAS_EBI | GTP2_HAS_BEARER_QOS,
                    .ebi = 5,
                    .fteid_has = 1 << 2,
                    .fteid = {[2] = {GTP2_IFACE_SGW_USER, 3, CLIENT}}}},
    };

    send(rig, DGRAM_CTRL, buf, gtp2_encode(buf, sizeof buf, &msg));
}

/* Two contexts, TEIDs 0x01200001 and 0x01200002, NSAPI 5, the peer's TEID 1 and 2; and a GTPv2
 * session, TEID 0x01200003, EBI 5, the peer's TEID 3. */
static void
open_some(struct rig *rig)
{
    for (uint16_t i = 1; i <= 2; i++) {
        uint8_t buf[256];
        struct gtp1_msg msg = {
            .head = {.type = GTP1_CREATE_PDP_REQUEST, .has_seq = true, .seq = i},
            .has = GTP1_HAS_IMSI | GTP1_HAS_SELECTION_MODE | GTP1_HAS_TEID_DATA |
                   GTP1_HAS_TEID_CONTROL | GTP1_HAS_NSAPI | GTP1_HAS_END_USER_ADDRESS |
                   GTP1_HAS_APN | GTP1_HAS_GSN_CONTROL | GTP1_HAS_GSN_DATA | GTP1_HAS_QOS,
            .imsi = gtp_imsi_from_digits(i == 1 ? "240010000000001" : "240010000000002"),
            .teid_data = i,
            .teid_control = i,
            .nsapi = 5,
            .eua = {.org = GTP1_EUA_IETF, .type = GTP1_EUA_IPV4},
            .apn = "internet",
            .gsn_control = CLIENT,
            .gsn_data = CLIENT,
            .qos_len = 4,
        };

        send(rig, DGRAM_CTRL, buf, gtp1_encode(buf, sizeof buf, &msg));
    }
    open_v2(rig);
    assert(sess_count(rig->table) == 3);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sess_setup sess = {.instance = 1,
                              .instances = 1,
                              .capacity = CAPACITY,
                              .pool_n = 1,
                              .pools = {{.net = 0x0a000000, .mask = 0xfffffff0}}};
    void *table_memory = allocate(sess_table_size(&sess));
    struct rig rig = {.table = sess_table_init(table_memory, &sess)};
    struct gw_setup setup = {.table = rig.table,
                             .ggsn = {.on = true, .ctrl = GGSN, .user = GGSN},
                             .pgw = {.on = true, .ctrl = PGW, .user = PGW},
                             .apn_n = 1,
                             .apns = {{.name = "internet", .dns = {0x08080808, 0x08080404}}},
                             .replies = 8};
    void *gw_memory = allocate(gw_size(&setup));
    struct rd rd = rd_over(data, size);

    rig.gw = gw_init(gw_memory, &setup);
    gw_set_serving(rig.gw, true);
    open_some(&rig);
    while (rd_left(&rd) > 3) {
        unsigned octet = rd_u8(&rd), side = (octet & 15) % DGRAM_SIDES;
        size_t len = rd_u16(&rd), most = rd_left(&rd) < DGRAM_MOST ? rd_left(&rd) : DGRAM_MOST;

        len = len == 0 ? 1 : len > most ? most : len;
        gw_set_gates(rig.gw, (uint8_t)(GATES_ALL & ~(octet >> 4)));
        send(&rig, (enum dgram_side)side, rd_bytes(&rd, len), len);
    }
    free(gw_memory);
    free(table_memory);
    return 0;
}
