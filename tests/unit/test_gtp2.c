#include "common/gtp/gtp2.h"

#include "tests/unit/gtp_bytes.h"
#include "tests/unit/unit.h"

static const char create_request[] =
    "48 20 00b7 00000000 000101 00"
    "01 0008 00 42000121436587f9" /* IMSI 240010123456789 */
    "03 0001 00 02"               /* Recovery */
    "47 0009 00 08 696e7465726e6574"
    "48 0008 00 0000c350 000186a0" /* AMBR */
    "4b 0008 00 5343099660371309"  /* MEI */
    "4c 0006 00 6407123254f6"      /* MSISDN 46702123456 */
    "4e 0004 00 80 000d 00"        /* PCO */
    "4f 0005 00 01 00000000"       /* PAA, to be given */
    "52 0001 00 06"                /* RAT: EUTRAN */
    "53 0003 00 42f010"            /* Serving Network */
    "57 0009 00 86 01020304 7f000001"
    "5d 002c 00"         /* Bearer Context to be created: */
    /**/ "49 0001 00 05" /* EBI */
    /**/ "50 0016 00 7c 09 0000000000 0000000000 0000000000 0000000000"
    /**/ "57 0009 02 84 01020305 7f000002"
    "5f 0002 00 0800" /* Charging Characteristics */
    "63 0001 00 01"   /* PDN Type */
    "7f 0001 00 00"   /* APN Restriction */
    "80 0001 00 00";  /* Selection Mode */

static const char create_response[] = "48 21 0052 01020304 000101 00"
                                      "02 0002 00 10 00" /* Cause: accepted */
                                      "03 0001 00 05"
                                      "4f 0005 00 01 ac120002"
                                      "57 0009 01 87 02000001 7f000a01" /* P-GW S5/S8 control */
                                      "5d 0020 00"
                                      /**/ "02 0002 00 10 00"
                                      /**/ "49 0001 00 05"
                                      /**/ "57 0009 02 85 02000002 7f000a02"
                                      /**/ "5e 0004 00 00001234" /* Charging ID */
                                      "7f 0001 00 00";

static int
decode(struct gtp2_msg *msg, const struct dgram *d)
{
    const char *reason = NULL;
    uint8_t *copy = exact(d->at, d->len);
    int fault = gtp2_decode(msg, copy, d->len, &reason);

    ck_assert_msg(!fault == !reason, "a refusal has a reason, and nothing else has");
    free(copy);
    return fault;
}

static int
decode_hex(struct gtp2_msg *msg, const char *hex)
{
    struct dgram d = dgram_of(hex);

    return decode(msg, &d);
}

static void
expect_bytes(const struct gtp2_msg *msg, const char *hex)
{
    struct dgram want = dgram_of(hex);
    uint8_t buf[512];
    size_t len = gtp2_encode(buf, sizeof buf, msg);

    ck_assert_uint_eq(len, want.len);
    ck_assert_mem_eq(buf, want.at, len);
}

START_TEST(create_request_is_read)
{
    struct dgram d = dgram_of(create_request);
    const char *reason = "";
    struct gtp2_msg msg;
    char digits[17];

    ck_assert_msg(!gtp2_decode(&msg, d.at, d.len, &reason), "%s", reason);
    ck_assert_uint_eq(msg.head.type, GTP2_CREATE_SESSION_REQUEST);
    ck_assert(msg.head.has_teid);
    ck_assert_uint_eq(msg.head.seq, 0x101);
    gtp_imsi_to_digits(msg.imsi, digits);
    ck_assert_str_eq(digits, "240010123456789");
    gtp_msisdn_to_digits(msg.msisdn, digits);
    ck_assert_str_eq(digits, "46702123456");
    gtp_tbcd_to_digits(msg.mei, digits);
    ck_assert_str_eq(digits, "3534906906733190");
    ck_assert_str_eq(msg.apn, "internet");
    ck_assert_uint_eq(msg.ambr_up, 50000);
    ck_assert_uint_eq(msg.ambr_down, 100000);
    ck_assert_uint_eq(msg.pco.len, 4);
    ck_assert_uint_eq(msg.paa.type, GTP2_PDN_IPV4);
    ck_assert_uint_eq(msg.rat, 6);
    ck_assert_uint_eq(msg.fteid_has, 1);
    ck_assert_uint_eq(msg.fteid[0].iface, GTP2_IFACE_SGW_CONTROL);
    ck_assert_uint_eq(msg.fteid[0].teid, 0x01020304);
    ck_assert_uint_eq(msg.fteid[0].ipv4, 0x7f000001);
    ck_assert_uint_eq(msg.bearer_n, 1);
    ck_assert_uint_eq(msg.bearer[0].instance, 0);
    ck_assert_uint_eq(msg.bearer[0].ebi, 5);
    ck_assert_uint_eq(msg.bearer[0].has, GTP2_HAS_EBI | GTP2_HAS_BEARER_QOS);
    ck_assert_uint_eq(msg.bearer[0].qos[1], 9);
    ck_assert_uint_eq(msg.bearer[0].fteid_has, 1 << 2);
    ck_assert_uint_eq(msg.bearer[0].fteid[2].iface, GTP2_IFACE_SGW_USER);
    ck_assert_uint_eq(msg.bearer[0].fteid[2].teid, 0x01020305);
    ck_assert_uint_eq(msg.charging_chars, 0x0800);
    ck_assert_uint_eq(msg.pdn_type, GTP2_PDN_IPV4);
}
END_TEST

START_TEST(create_request_is_written_as_it_was_read)
{
    struct dgram d = dgram_of(create_request);
    const char *reason;
    struct gtp2_msg msg;

    ck_assert_int_eq(gtp2_decode(&msg, d.at, d.len, &reason), 0);
    expect_bytes(&msg, create_request);
}
END_TEST

START_TEST(create_response_has_golden_bytes)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_CREATE_SESSION_RESPONSE,
                 .has_teid = true,
                 .teid = 0x01020304,
                 .seq = 0x101},
        .has = GTP2_HAS_CAUSE | GTP2_HAS_RECOVERY | GTP2_HAS_PAA | GTP2_HAS_APN_RESTRICTION,
        .cause = {.value = GTP2_CAUSE_ACCEPTED},
        .recovery = 5,
        .paa = {.type = GTP2_PDN_IPV4, .ipv4 = 0xac120002},
        .fteid_has = 1 << 1,
        .fteid[1] = {.iface = GTP2_IFACE_PGW_CONTROL, .teid = 0x02000001, .ipv4 = 0x7f000a01},
        .bearer_n = 1,
        .bearer[0] = {.has = GTP2_HAS_CAUSE | GTP2_HAS_EBI | GTP2_HAS_CHARGING_ID,
                      .cause = {.value = GTP2_CAUSE_ACCEPTED},
                      .ebi = 5,
                      .charging_id = 0x1234,
                      .fteid_has = 1 << 2,
                      .fteid[2] = {.iface = GTP2_IFACE_PGW_USER,
                                   .teid = 0x02000002,
                                   .ipv4 = 0x7f000a02}},
    };

    expect_bytes(&msg, create_response);
}
END_TEST

START_TEST(short_messages_have_golden_bytes)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_ECHO_REQUEST, .seq = 7}, .has = GTP2_HAS_RECOVERY, .recovery = 9};

    expect_bytes(&msg, "4001 0009 000007 00 03 0001 00 09");
    msg.head.type = GTP2_ECHO_RESPONSE;
    expect_bytes(&msg, "4002 0009 000007 00 03 0001 00 09");
    msg.head.type = GTP2_VERSION_NOT_SUPPORTED;
    msg.has = 0;
    expect_bytes(&msg, "4003 0004 000007 00");
    msg.head = (struct gtp2_head){
        .type = GTP2_DELETE_SESSION_REQUEST, .has_teid = true, .teid = 0x02000001, .seq = 8};
    msg.has = GTP2_HAS_EBI;
    msg.ebi = 5;
    expect_bytes(&msg, "4824 000d 02000001 000008 00 49 0001 00 05");
    msg.head.type = GTP2_DELETE_SESSION_RESPONSE;
    msg.has = GTP2_HAS_CAUSE;
    msg.cause = (struct gtp2_cause_ie){
        .value = GTP2_CAUSE_MANDATORY_MISSING, .bad_ie = GTP2_IE_EBI, .bad_instance = 0};
    expect_bytes(&msg, "4825 0012 02000001 000008 00 02 0006 00 46 00 49 0000 00");
}
END_TEST

START_TEST(modify_messages_have_golden_bytes)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_MODIFY_BEARER_REQUEST, .has_teid = true, .teid = 2, .seq = 9},
        .bearer_n = 1,
        .bearer[0] = {.has = GTP2_HAS_EBI,
                      .ebi = 5,
                      .fteid_has = 1 << 1,
                      .fteid[1] = {.iface = GTP2_IFACE_SGW_USER, .teid = 3, .ipv4 = 0x7f000001}},
    };

    expect_bytes(&msg, "4822 001e 00000002 000009 00 5d 0012 00 49 0001 00 05"
                       "57 0009 01 84 00000003 7f000001");
    msg.head.type = GTP2_MODIFY_BEARER_RESPONSE;
    msg.has = GTP2_HAS_CAUSE;
    msg.cause.value = GTP2_CAUSE_ACCEPTED;
    msg.bearer_n = 0;
    expect_bytes(&msg, "4823 000e 00000002 000009 00 02 0002 00 10 00");
}
END_TEST

/* What opens a dedicated bearer: the UE's wish, the P-GW's request, the answer. */
START_TEST(bearer_messages_have_golden_bytes)
{
    static const uint8_t tft[] = {0x21, 0x31, 10, 2, 0x30, 17};
    struct gtp2_msg msg = {
        .head = {.type = GTP2_BEARER_RESOURCE_COMMAND,
                 .has_teid = true,
                 .teid = 2,
                 .seq = 0x800009},
        .has = GTP2_HAS_EBI | GTP2_HAS_EBIS | GTP2_HAS_PTI | GTP2_HAS_FLOW_QOS | GTP2_HAS_TAD,
        .ebi = 5,
        .ebis = 1 << 6 | 1 << 9,
        .pti = 7,
        .flow_qos = {1, 0, 0, 0, 0, 64},
        .tad = {.at = tft, .len = sizeof tft},
    };

    expect_bytes(&msg, "4844 003f 00000002 800009 00 49 0001 00 05 49 0001 01 06 49 0001 01 09"
                       "51 0015 00 01 0000000040 0000000000 0000000000 0000000000"
                       "55 0006 00 21310a023011 64 0001 00 07");

    struct gtp2_msg create = {
        .head = {.type = GTP2_CREATE_BEARER_REQUEST, .has_teid = true, .teid = 3, .seq = 9},
        .has = GTP2_HAS_EBI,
        .ebi = 5,
        .bearer_n = 1,
        .bearer[0] = {.has = GTP2_HAS_EBI | GTP2_HAS_BEARER_TFT,
                      .tft = {.at = tft, .len = sizeof tft},
                      .fteid_has = 1 << 1,
                      .fteid[1] = {.iface = GTP2_IFACE_PGW_USER, .teid = 4, .ipv4 = 0x7f000001}},
    };

    expect_bytes(&create, "485f 002d 00000003 000009 00 49 0001 00 05 5d 001c 00 49 0001 00 00"
                          "54 0006 00 21310a023011 57 0009 01 85 00000004 7f000001");
}
END_TEST

static const uint8_t *
pool(void)
{
    static uint8_t bytes[64];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(3 * i + 1);
    return bytes;
}

static struct gtp2_cause_ie
random_cause(struct rng *rng)
{
    struct gtp2_cause_ie cause = {.value = (uint8_t)rng_next(rng), .flags = rng_next(rng) & 7};

    if (rng_chance(rng, 500)) {
        cause.bad_ie = (uint8_t)rng_between(rng, 1, 255);
        cause.bad_instance = rng_next(rng) & 15;
    }
    return cause;
}

static void
random_fteids(struct rng *rng, struct gtp2_fteid *fteid, size_t fteid_n, uint8_t *has)
{
    *has = (uint8_t)rng_below(rng, UINT64_C(1) << fteid_n);
    for (size_t i = 0; i < fteid_n; i++)
        if (*has & 1u << i) {
            fteid[i].iface = rng_next(rng) & 0x3f;
            fteid[i].teid = (uint32_t)rng_next(rng);
            fteid[i].ipv4 = (uint32_t)rng_next(rng);
        }
}

static void
random_bearer(struct rng *rng, struct gtp2_bearer *bearer)
{
    bearer->has = (uint32_t)rng_next(rng) & (GTP2_HAS_CAUSE | GTP2_HAS_EBI | GTP2_HAS_BEARER_QOS |
                                             GTP2_HAS_BEARER_TFT | GTP2_HAS_CHARGING_ID);
    bearer->instance = rng_next(rng) & 15;
    random_fteids(rng, bearer->fteid, GTP2_BEARER_FTEIDS, &bearer->fteid_has);
    if (bearer->has & GTP2_HAS_CAUSE)
        bearer->cause = random_cause(rng);
    if (bearer->has & GTP2_HAS_EBI)
        bearer->ebi = rng_next(rng) & 15;
    if (bearer->has & GTP2_HAS_BEARER_QOS)
        random_fill(rng, bearer->qos, sizeof bearer->qos);
    if (bearer->has & GTP2_HAS_BEARER_TFT)
        bearer->tft = random_bytes(rng, pool());
    if (bearer->has & GTP2_HAS_CHARGING_ID)
        bearer->charging_id = (uint32_t)rng_next(rng);
}

#define SET(bit, field, value)                                                                     \
    do {                                                                                           \
        if (msg->has & (bit))                                                                      \
            msg->field = (value);                                                                  \
    } while (0)

static void
random_elements(struct rng *rng, struct gtp2_msg *msg)
{
    static const char *const apns[] = {"internet", "ims.mnc001.mcc001.gprs", "a", "x-1_y"};

    SET(GTP2_HAS_IMSI, imsi, random_imsi(rng));
    SET(GTP2_HAS_CAUSE, cause, random_cause(rng));
    SET(GTP2_HAS_RECOVERY, recovery, (uint8_t)rng_next(rng));
    if (msg->has & GTP2_HAS_APN)
        strcpy(msg->apn, apns[rng_below(rng, 4)]);
    SET(GTP2_HAS_AMBR, ambr_up, (uint32_t)rng_next(rng));
    SET(GTP2_HAS_AMBR, ambr_down, (uint32_t)rng_next(rng));
    SET(GTP2_HAS_EBI, ebi, rng_next(rng) & 15);
    SET(GTP2_HAS_MEI, mei, gtp_tbcd_from_digits("3534900698733190"));
    SET(GTP2_HAS_MSISDN, msisdn, random_imsi(rng));
    SET(GTP2_HAS_INDICATION, indication, random_bytes(rng, pool()));
    SET(GTP2_HAS_PCO, pco, random_bytes(rng, pool()));
    SET(GTP2_HAS_PAA, paa.type, (uint8_t)rng_between(rng, 1, 3));
    if (msg->paa.type != GTP2_PDN_IPV6)
        SET(GTP2_HAS_PAA, paa.ipv4, (uint32_t)rng_next(rng));
    if (msg->has & GTP2_HAS_FLOW_QOS)
        random_fill(rng, msg->flow_qos, sizeof msg->flow_qos);
    SET(GTP2_HAS_TAD, tad, random_bytes(rng, pool()));
    SET(GTP2_HAS_EBIS, ebis, (uint16_t)rng_between(rng, 1, 0xffff));
    SET(GTP2_HAS_RAT, rat, (uint8_t)rng_next(rng));
    if (msg->has & GTP2_HAS_SERVING_NETWORK)
        random_fill(rng, msg->serving_network, sizeof msg->serving_network);
    SET(GTP2_HAS_ULI, uli, random_bytes(rng, pool()));
    SET(GTP2_HAS_CHARGING_ID, charging_id, (uint32_t)rng_next(rng));
    SET(GTP2_HAS_CHARGING_CHARS, charging_chars, (uint16_t)rng_next(rng));
    SET(GTP2_HAS_PDN_TYPE, pdn_type, rng_next(rng) & 7);
    SET(GTP2_HAS_PTI, pti, (uint8_t)rng_next(rng));
    if (msg->has & GTP2_HAS_TIME_ZONE)
        random_fill(rng, msg->time_zone, sizeof msg->time_zone);
    SET(GTP2_HAS_APN_RESTRICTION, apn_restriction, (uint8_t)rng_next(rng));
    SET(GTP2_HAS_SELECTION_MODE, selection_mode, rng_next(rng) & 3);
    SET(GTP2_HAS_PRIVATE, private_ext, random_bytes(rng, pool()));
}

static void
random_message(struct rng *rng, struct gtp2_msg *msg)
{
    memset(msg, 0, sizeof *msg);
    msg->head.type = (uint8_t)rng_next(rng);
    msg->head.has_teid = rng_chance(rng, 800);
    msg->head.teid = msg->head.has_teid ? (uint32_t)rng_next(rng) : 0;
    msg->head.seq = rng_next(rng) & 0xffffff;
    msg->has = (uint32_t)rng_next(rng) &
               (GTP2_HAS_PRIVATE * 2u - 1 + GTP2_HAS_FLOW_QOS + GTP2_HAS_TAD + GTP2_HAS_EBIS);
    random_elements(rng, msg);
    random_fteids(rng, msg->fteid, GTP2_FTEIDS, &msg->fteid_has);
    msg->bearer_n = (uint8_t)rng_below(rng, GTP2_BEARERS_MAX + 1);
    for (size_t i = 0; i < msg->bearer_n; i++)
        random_bearer(rng, &msg->bearer[i]);
}

/* Member by member, since an F-TEID has padding; then both are forgotten. */
static void
match_fteids(struct gtp2_fteid *a, struct gtp2_fteid *b, size_t n)
{
    bool same = true;

    for (size_t i = 0; i < n; i++)
        same &= a[i].iface == b[i].iface && a[i].teid == b[i].teid && a[i].ipv4 == b[i].ipv4;
    ck_assert(same);
    memset(a, 0, n * sizeof *a);
    memset(b, 0, n * sizeof *b);
}

START_TEST(every_message_written_is_read_back_the_same)
{
    struct rng rng = {.state = 1};

    for (int i = 0; i < 2000; i++) {
        struct gtp2_msg sent, got;
        const char *reason = "";
        uint8_t buf[4096];

        random_message(&rng, &sent);

        size_t len = gtp2_encode(buf, sizeof buf, &sent);

        ck_assert_uint_gt(len, 0);
        ck_assert_msg(!gtp2_decode(&got, buf, len, &reason), "message %d: %s", i, reason);
        match_bytes(&sent.indication, &got.indication);
        match_bytes(&sent.pco, &got.pco);
        match_bytes(&sent.tad, &got.tad);
        match_bytes(&sent.uli, &got.uli);
        match_bytes(&sent.private_ext, &got.private_ext);
        match_fteids(sent.fteid, got.fteid, GTP2_FTEIDS);
        for (size_t b = 0; b < GTP2_BEARERS_MAX; b++) {
            match_bytes(&sent.bearer[b].tft, &got.bearer[b].tft);
            match_fteids(sent.bearer[b].fteid, got.bearer[b].fteid, GTP2_BEARER_FTEIDS);
        }
        ck_assert_msg(!memcmp(&sent, &got, sizeof sent), "message %d differs", i);
    }
}
END_TEST

START_TEST(a_message_cut_anywhere_is_refused)
{
    struct dgram d = dgram_of(create_request);

    for (size_t len = 0; len < d.len; len++) {
        struct dgram cut = d;
        struct gtp2_msg msg;

        cut.len = len;
        ck_assert_int_eq(decode(&msg, &cut), len < 12 ? GTP_EDROP : GTP_ELENGTH);
        ck_assert_uint_eq(msg.has, 0);
    }
}
END_TEST

/* With a length field that fits, a cut is found by the elements, or falls between two. */
START_TEST(a_message_cut_with_a_fitting_length_never_gives_half_an_element)
{
    struct dgram d = dgram_of(create_request);
    unsigned whole = 0;

    for (size_t len = 12; len < d.len; len++) {
        struct dgram cut = d;
        struct gtp2_msg msg;

        cut.len = len;
        cut.at[2] = 0;
        cut.at[3] = (uint8_t)(len - 4);

        int fault = decode(&msg, &cut);

        ck_assert(!fault || fault == GTP_EFORMAT);
        ck_assert(!fault || (!msg.has && !msg.bearer_n));
        whole += !fault;
    }
    ck_assert_uint_eq(whole, 16); /* before each of the elements */
}
END_TEST

START_TEST(other_versions_are_told)
{
    struct gtp2_msg msg;

    ck_assert_int_eq(decode_hex(&msg, ""), GTP_EDROP);
    ck_assert_int_eq(decode_hex(&msg, "3201 0004 00000000 0007 0000"), GTP_EVERSION);
    ck_assert_int_eq(decode_hex(&msg, "6001 0004 000007 00"), GTP_EVERSION);
    ck_assert_int_eq(decode_hex(&msg, "4001 0004 000007"), GTP_EDROP);
    ck_assert_int_eq(decode_hex(&msg, "4801 0004 000007 00"), GTP_EDROP);
}
END_TEST

START_TEST(a_length_that_contradicts_the_datagram_is_refused)
{
    struct gtp2_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "4001 0005 000007 00"), GTP_ELENGTH);
    ck_assert_uint_eq(msg.head.seq, 7);
    ck_assert_int_eq(decode_hex(&msg, "4001 0003 000007 00"), GTP_ELENGTH);
    ck_assert_int_eq(decode_hex(&msg, "4001 0004 000007 00 00"), GTP_ELENGTH);
    ck_assert_int_eq(decode_hex(&msg, "4824 0004 02000001 000008 00"), GTP_ELENGTH);
}
END_TEST

START_TEST(of_a_piggybacked_pair_the_first_is_read)
{
    struct gtp2_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "5002 0009 000007 00 03 0001 00 09"
                                      "4001 0009 000008 00 03 0001 00 0a"),
                     0);
    ck_assert_uint_eq(msg.head.type, GTP2_ECHO_RESPONSE);
    ck_assert_uint_eq(msg.recovery, 9);
}
END_TEST

START_TEST(unknown_elements_and_instances_are_skipped)
{
    struct gtp2_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "4001 0018 000007 00 03 0001 01 09 c8 0002 00 aabb"
                                      "57 0000 02 00 0000 00"),
                     GTP_ELENGTH);
    ck_assert_int_eq(decode_hex(&msg, "4001 0017 000007 00 03 0001 01 09 c8 0002 00 aabb"
                                      "57 0000 02 00 0000 00"),
                     0);
    ck_assert_uint_eq(msg.has, 0);
    ck_assert_uint_eq(msg.fteid_has, 0);
}
END_TEST

START_TEST(the_first_of_a_repeated_element_counts)
{
    struct gtp2_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "4001 000e 000007 00 03 0001 00 09 03 0001 00 0a"), 0);
    ck_assert_uint_eq(msg.recovery, 9);
}
END_TEST

START_TEST(octets_of_a_later_release_are_ignored)
{
    struct gtp2_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "4001 000b 000007 00 03 0003 00 09 aabb"), 0);
    ck_assert_uint_eq(msg.recovery, 9);
}
END_TEST

START_TEST(elements_of_no_sense_are_named)
{
    static const struct {
        uint8_t bad_ie, bad_instance;
        const char *hex;
    } cases[] = {
        {GTP2_IE_IMSI, 0, "4820 000c 00000000 000007 00 01 0000 00"},
        {GTP2_IE_IMSI, 0, "4820 000e 00000000 000007 00 01 0002 00 a0f1"},
        {GTP2_IE_IMSI, 0, "4820 0015 00000000 000007 00 01 0009 00 42000121436587f9ff"},
        {GTP2_IE_CAUSE, 0, "4820 000d 00000000 000007 00 02 0001 00 10"},
        {GTP2_IE_APN, 0, "4820 000f 00000000 000007 00 47 0003 00 05616263"},
        {GTP2_IE_PAA, 0, "4820 0010 00000000 000007 00 4f 0004 00 01000000"},
        {GTP2_IE_FTEID, 1, "4820 0015 00000000 000007 00 57 0009 01 07 00000001 7f000001"},
        {GTP2_IE_FTEID, 0, "4820 0014 00000000 000007 00 57 0008 00 87 00000001 7f0000"},
        {GTP2_IE_EBI, 0, "4820 0010 00000000 000007 00 5d 0004 00 49 0000 00"},
        {GTP2_IE_BEARER_QOS, 0, "4820 0012 00000000 000007 00 5d 0006 00 50 0002 00 7c09"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dgram d = dgram_of(cases[i].hex);
        struct gtp2_msg msg;

        d.at[3] = (uint8_t)(d.len - 4);
        ck_assert_msg(decode(&msg, &d) == GTP_EVALUE, "%s", cases[i].hex);
        ck_assert_uint_eq(msg.bad_ie, cases[i].bad_ie);
        ck_assert_uint_eq(msg.bad_instance, cases[i].bad_instance);
        ck_assert_uint_eq(msg.head.seq, 7);
        ck_assert_uint_eq(msg.bearer_n, 0);
    }
}
END_TEST

START_TEST(an_element_runs_over_its_bearer_context)
{
    struct gtp2_msg msg;

    /* inside the datagram, but not inside the group */
    ck_assert_int_eq(decode_hex(&msg, "4820 0016 00000000 000007 00 5d 0005 00 49 0002 00 05"
                                      "03 0001 00 09"),
                     GTP_EFORMAT);
}
END_TEST

START_TEST(more_bearer_contexts_than_bearers_are_refused)
{
    struct dgram d = dgram_of("4820 0000 00000000 000007 00");
    struct gtp2_msg msg;

    for (int i = 1; i <= GTP2_BEARERS_MAX + 1; i++) {
        memcpy(d.at + d.len, "\x5d\0\0\0", 4);
        d.len += 4;
        d.at[3] = (uint8_t)(d.len - 4);
        ck_assert_int_eq(decode(&msg, &d), i <= GTP2_BEARERS_MAX ? 0 : GTP_EFORMAT);
    }
}
END_TEST

START_TEST(an_f_teid_of_ipv6_only_has_no_address)
{
    struct gtp2_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "4820 0021 00000000 000007 00 57 0015 00 46 00000001"
                                      "20010db8000000000000000000000001"),
                     0);
    ck_assert_uint_eq(msg.fteid[0].teid, 1);
    ck_assert_uint_eq(msg.fteid[0].ipv4, 0);
}
END_TEST

START_TEST(without_room_nothing_is_written)
{
    struct dgram d = dgram_of(create_request);
    const char *reason;
    struct gtp2_msg msg;

    ck_assert_int_eq(gtp2_decode(&msg, d.at, d.len, &reason), 0);
    for (size_t room = 0; room < d.len; room++) {
        uint8_t *buf = exact(d.at, room);

        ck_assert_uint_eq(gtp2_encode(buf, room, &msg), 0);
        free(buf);
    }
}
END_TEST

START_TEST(garbage_is_survived)
{
    struct dgram good = dgram_of(create_request);
    struct rng rng = {.state = 2};

    for (int i = 0; i < 10000; i++) {
        struct dgram d = good;
        struct gtp2_msg msg;

        for (int64_t n = rng_between(&rng, 1, 4); n > 0; n--)
            d.at[rng_between(&rng, 1, (int64_t)d.len - 1)] = (uint8_t)rng_next(&rng);
        if (i % 4 == 0)
            random_fill(&rng, d.at + 12, d.len - 12);
        if (decode(&msg, &d))
            ck_assert_uint_eq(msg.has, 0);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gtp2");
    TCase *tc = tcase_create("gtp2");

    tcase_add_test(tc, create_request_is_read);
    tcase_add_test(tc, create_request_is_written_as_it_was_read);
    tcase_add_test(tc, create_response_has_golden_bytes);
    tcase_add_test(tc, short_messages_have_golden_bytes);
    tcase_add_test(tc, modify_messages_have_golden_bytes);
    tcase_add_test(tc, bearer_messages_have_golden_bytes);
    tcase_add_test(tc, every_message_written_is_read_back_the_same);
    tcase_add_test(tc, a_message_cut_anywhere_is_refused);
    tcase_add_test(tc, a_message_cut_with_a_fitting_length_never_gives_half_an_element);
    tcase_add_test(tc, other_versions_are_told);
    tcase_add_test(tc, a_length_that_contradicts_the_datagram_is_refused);
    tcase_add_test(tc, of_a_piggybacked_pair_the_first_is_read);
    tcase_add_test(tc, unknown_elements_and_instances_are_skipped);
    tcase_add_test(tc, the_first_of_a_repeated_element_counts);
    tcase_add_test(tc, octets_of_a_later_release_are_ignored);
    tcase_add_test(tc, elements_of_no_sense_are_named);
    tcase_add_test(tc, an_element_runs_over_its_bearer_context);
    tcase_add_test(tc, more_bearer_contexts_than_bearers_are_refused);
    tcase_add_test(tc, an_f_teid_of_ipv6_only_has_no_address);
    tcase_add_test(tc, without_room_nothing_is_written);
    tcase_add_test(tc, garbage_is_survived);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
