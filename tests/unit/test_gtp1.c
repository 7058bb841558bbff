#include "common/gtp/gtp1.h"

#include "tests/unit/gtp_bytes.h"
#include "tests/unit/unit.h"

/* What sgsnemu of osmo-ggsn sends. */
static const char create_request[] = "32 10 0068 00000000 0801 00 00"
                                     "02 42000121436587f9" /* IMSI 240010123456789 */
                                     "0e 02"               /* Recovery */
                                     "0f 01"               /* Selection Mode */
                                     "10 00000001"         /* TEID Data I */
                                     "11 00000001"         /* TEID Control Plane */
                                     "14 00"               /* NSAPI */
                                     "1a 0800"             /* Charging Characteristics */
                                     "80 0002 f121"        /* End User Address, to be given */
                                     "83 0009 08 696e7465726e6574"
                                     "84 0015 80 c023 11 01010011 03 6d6967 08 68656d6d656c6967"
                                     "85 0004 7f000701"
                                     "85 0004 7f000701"
                                     "86 0007 91 6407123254f6" /* MSISDN 46702123456 */
                                     "87 0004 000b921f";

static const char create_response[] = "32 11 0050 00000001 0801 0000"
                                      "01 80"       /* Cause: accepted */
                                      "08 fe"       /* Reordering Required: no */
                                      "0e 05"       /* Recovery */
                                      "10 01000002" /* TEID Data I */
                                      "11 01000003" /* TEID Control Plane */
                                      "7f 00001234" /* Charging ID */
                                      "80 0006 f121 ac120002"
                                      "84 0009 80 c023 05 02010005 00"
                                      "85 0004 7f000a01"
                                      "85 0004 7f000a02"
                                      "87 0011 000b921f7396 8080 0000 0102030405 0607";

static int
decode(struct gtp1_msg *msg, const struct dgram *d)
{
    const char *reason = NULL;
    uint8_t *copy = exact(d->at, d->len);
    int fault = gtp1_decode(msg, copy, d->len, &reason);

    ck_assert_msg(!fault == !reason, "a refusal has a reason, and nothing else has");
    free(copy);
    return fault;
}

static int
decode_hex(struct gtp1_msg *msg, const char *hex)
{
    struct dgram d = dgram_of(hex);

    return decode(msg, &d);
}

static void
expect_bytes(const struct gtp1_msg *msg, const char *hex)
{
    struct dgram want = dgram_of(hex);
    uint8_t buf[512];
    size_t len = gtp1_encode(buf, sizeof buf, msg);

    ck_assert_uint_eq(len, want.len);
    ck_assert_mem_eq(buf, want.at, len);
}

START_TEST(create_request_of_a_real_client_is_read)
{
    struct dgram d = dgram_of(create_request);
    const char *reason;
    struct gtp1_msg msg;
    char digits[16];

    ck_assert_int_eq(gtp1_decode(&msg, d.at, d.len, &reason), 0);
    ck_assert_uint_eq(msg.head.type, GTP1_CREATE_PDP_REQUEST);
    ck_assert(msg.head.has_seq);
    ck_assert_uint_eq(msg.head.seq, 0x0801);
    ck_assert_uint_eq(msg.head.teid, 0);
    gtp_imsi_to_digits(msg.imsi, digits);
    ck_assert_str_eq(digits, "240010123456789");
    gtp_msisdn_to_digits(msg.msisdn, digits);
    ck_assert_str_eq(digits, "46702123456");
    ck_assert_uint_eq(msg.recovery, 2);
    ck_assert_uint_eq(msg.selection_mode, 1);
    ck_assert_uint_eq(msg.teid_data, 1);
    ck_assert_uint_eq(msg.teid_control, 1);
    ck_assert_uint_eq(msg.nsapi, 0);
    ck_assert_uint_eq(msg.charging_chars, 0x0800);
    ck_assert_uint_eq(msg.eua.org, GTP1_EUA_IETF);
    ck_assert_uint_eq(msg.eua.type, GTP1_EUA_IPV4);
    ck_assert_uint_eq(msg.eua.ipv4, 0);
    ck_assert_str_eq(msg.apn, "internet");
    ck_assert_uint_eq(msg.pco.len, 21);
    ck_assert_uint_eq(msg.gsn_control, 0x7f000701);
    ck_assert_uint_eq(msg.gsn_data, 0x7f000701);
    ck_assert_uint_eq(msg.qos_len, 4);
    ck_assert_uint_eq(msg.has, GTP1_HAS_IMSI | GTP1_HAS_RECOVERY | GTP1_HAS_SELECTION_MODE |
                                   GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL | GTP1_HAS_NSAPI |
                                   GTP1_HAS_CHARGING_CHARS | GTP1_HAS_END_USER_ADDRESS |
                                   GTP1_HAS_APN | GTP1_HAS_PCO | GTP1_HAS_GSN_CONTROL |
                                   GTP1_HAS_GSN_DATA | GTP1_HAS_MSISDN | GTP1_HAS_QOS);
}
END_TEST

/* Its selection mode has other spare bits than ours; all else must come out as it came in. */
START_TEST(create_request_is_written_as_a_real_client_writes_it)
{
    struct dgram d = dgram_of(create_request);
    const char *reason;
    struct gtp1_msg msg;
    uint8_t buf[256];

    ck_assert_int_eq(gtp1_decode(&msg, d.at, d.len, &reason), 0);
    ck_assert_uint_eq(gtp1_encode(buf, sizeof buf, &msg), d.len);
    ck_assert_uint_eq(buf[24], 0xfd);
    buf[24] = d.at[24];
    ck_assert_mem_eq(buf, d.at, d.len);
}
END_TEST

START_TEST(create_response_has_golden_bytes)
{
    struct dgram pco = dgram_of("80 c023 05 02010005 00");
    struct dgram qos = dgram_of("000b921f7396 8080 0000 0102030405 0607");
    struct gtp1_msg msg = {
        .head = {.type = GTP1_CREATE_PDP_RESPONSE, .has_seq = true, .seq = 0x0801, .teid = 1},
        .has = GTP1_HAS_CAUSE | GTP1_HAS_REORDERING | GTP1_HAS_RECOVERY | GTP1_HAS_TEID_DATA |
               GTP1_HAS_TEID_CONTROL | GTP1_HAS_CHARGING_ID | GTP1_HAS_END_USER_ADDRESS |
               GTP1_HAS_PCO | GTP1_HAS_GSN_CONTROL | GTP1_HAS_GSN_DATA | GTP1_HAS_QOS,
        .cause = GTP1_CAUSE_ACCEPTED,
        .recovery = 5,
        .teid_data = 0x01000002,
        .teid_control = 0x01000003,
        .charging_id = 0x1234,
        .eua = {.org = GTP1_EUA_IETF, .type = GTP1_EUA_IPV4, .ipv4 = 0xac120002},
        .pco = {.at = pco.at, .len = pco.len},
        .gsn_control = 0x7f000a01,
        .gsn_data = 0x7f000a02,
        .qos_len = (uint8_t)qos.len,
    };

    memcpy(msg.qos, qos.at, qos.len);
    expect_bytes(&msg, create_response);
}
END_TEST

START_TEST(short_messages_have_golden_bytes)
{
    struct gtp1_msg msg = {.head = {.type = GTP1_ECHO_REQUEST, .has_seq = true, .seq = 7}};

    expect_bytes(&msg, "3201 0004 00000000 0007 0000");
    msg.head.type = GTP1_ECHO_RESPONSE;
    msg.has = GTP1_HAS_RECOVERY;
    msg.recovery = 9;
    expect_bytes(&msg, "3202 0006 00000000 0007 0000 0e09");
    msg.head.type = GTP1_VERSION_NOT_SUPPORTED;
    msg.has = 0;
    expect_bytes(&msg, "3203 0004 00000000 0007 0000");
    msg.head = (struct gtp1_head){
        .type = GTP1_DELETE_PDP_REQUEST, .has_seq = true, .seq = 8, .teid = 0x01000003};
    msg.has = GTP1_HAS_TEARDOWN | GTP1_HAS_NSAPI;
    msg.teardown = true;
    msg.nsapi = 5;
    expect_bytes(&msg, "3214 0008 01000003 0008 0000 13ff 1405");
    msg.head.type = GTP1_DELETE_PDP_RESPONSE;
    msg.has = GTP1_HAS_CAUSE;
    msg.cause = GTP1_CAUSE_NON_EXISTENT;
    expect_bytes(&msg, "3215 0006 01000003 0008 0000 01c0");
}
END_TEST

START_TEST(update_messages_have_golden_bytes)
{
    struct gtp1_msg msg = {
        .head = {.type = GTP1_UPDATE_PDP_REQUEST, .has_seq = true, .seq = 1, .teid = 2},
        .has = GTP1_HAS_TEID_DATA | GTP1_HAS_NSAPI | GTP1_HAS_GSN_CONTROL | GTP1_HAS_GSN_DATA |
               GTP1_HAS_QOS | GTP1_HAS_RAT,
        .teid_data = 3,
        .nsapi = 5,
        .gsn_control = 0x7f000001,
        .gsn_data = 0x7f000002,
        .qos = {1, 2, 3, 4},
        .qos_len = 4,
        .rat = 1,
    };

    expect_bytes(&msg, "3212 0024 00000002 0001 0000 10 00000003 14 05 85 0004 7f000001"
                       "85 0004 7f000002 87 0004 01020304 97 0001 01");
    msg.head.type = GTP1_UPDATE_PDP_RESPONSE;
    msg.has = GTP1_HAS_CAUSE | GTP1_HAS_TEID_DATA;
    msg.cause = GTP1_CAUSE_ACCEPTED;
    expect_bytes(&msg, "3213 000b 00000002 0001 0000 01 80 10 00000003");
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

#define SET(bit, field, value)                                                                     \
    do {                                                                                           \
        if (msg->has & (bit))                                                                      \
            msg->field = (value);                                                                  \
    } while (0)

static void
random_fixed(struct rng *rng, struct gtp1_msg *msg)
{
    SET(GTP1_HAS_CAUSE, cause, (uint8_t)rng_next(rng));
    SET(GTP1_HAS_IMSI, imsi, random_imsi(rng));
    if (msg->has & GTP1_HAS_RAI)
        random_fill(rng, msg->rai, sizeof msg->rai);
    SET(GTP1_HAS_TLLI, tlli, (uint32_t)rng_next(rng));
    SET(GTP1_HAS_PTMSI, ptmsi, (uint32_t)rng_next(rng));
    SET(GTP1_HAS_REORDERING, reordering, rng_chance(rng, 500));
    SET(GTP1_HAS_RECOVERY, recovery, (uint8_t)rng_next(rng));
    SET(GTP1_HAS_SELECTION_MODE, selection_mode, rng_next(rng) & 3);
    SET(GTP1_HAS_TEID_DATA, teid_data, (uint32_t)rng_next(rng));
    SET(GTP1_HAS_TEID_CONTROL, teid_control, (uint32_t)rng_next(rng));
    SET(GTP1_HAS_TEARDOWN, teardown, rng_chance(rng, 500));
    SET(GTP1_HAS_NSAPI, nsapi, rng_next(rng) & 15);
    SET(GTP1_HAS_LINKED_NSAPI, linked_nsapi, rng_next(rng) & 15);
    SET(GTP1_HAS_CHARGING_CHARS, charging_chars, (uint16_t)rng_next(rng));
    SET(GTP1_HAS_CHARGING_ID, charging_id, (uint32_t)rng_next(rng));
}

static void
random_variable(struct rng *rng, struct gtp1_msg *msg)
{
    static const uint8_t eua_types[] = {GTP1_EUA_IPV4, GTP1_EUA_IPV4V6};
    static const char *const apns[] = {"internet", "ims.mnc001.mcc001.gprs", "a", "x-1_y"};

    SET(GTP1_HAS_END_USER_ADDRESS, eua.org, GTP1_EUA_IETF);
    SET(GTP1_HAS_END_USER_ADDRESS, eua.type, eua_types[rng_below(rng, 2)]);
    SET(GTP1_HAS_END_USER_ADDRESS, eua.ipv4, rng_chance(rng, 500) ? (uint32_t)rng_next(rng) : 0);
    if (msg->has & GTP1_HAS_APN)
        strcpy(msg->apn, apns[rng_below(rng, 4)]);
    SET(GTP1_HAS_PCO, pco, random_bytes(rng, pool()));
    SET(GTP1_HAS_GSN_CONTROL, gsn_control, (uint32_t)rng_next(rng));
    SET(GTP1_HAS_GSN_DATA, gsn_data, (uint32_t)rng_next(rng));
    SET(GTP1_HAS_MSISDN, msisdn, random_imsi(rng));
    SET(GTP1_HAS_QOS, qos_len, (uint8_t)rng_between(rng, 4, GTP1_QOS_MAX));
    random_fill(rng, msg->qos, msg->qos_len);
    SET(GTP1_HAS_TFT, tft, random_bytes(rng, pool()));
    SET(GTP1_HAS_COMMON_FLAGS, common_flags, (uint8_t)rng_next(rng));
    SET(GTP1_HAS_APN_RESTRICTION, apn_restriction, (uint8_t)rng_next(rng));
    SET(GTP1_HAS_RAT, rat, (uint8_t)rng_next(rng));
    SET(GTP1_HAS_ULI, uli, random_bytes(rng, pool()));
    if (msg->has & GTP1_HAS_TIME_ZONE)
        random_fill(rng, msg->time_zone, sizeof msg->time_zone);
    SET(GTP1_HAS_IMEISV, imeisv, gtp_tbcd_from_digits("3534900698733190"));
    SET(GTP1_HAS_AMBR, ambr_up, (uint32_t)rng_next(rng));
    SET(GTP1_HAS_AMBR, ambr_down, (uint32_t)rng_next(rng));
    SET(GTP1_HAS_PRIVATE, private_ext, random_bytes(rng, pool()));
}

static void
random_message(struct rng *rng, struct gtp1_msg *msg)
{
    memset(msg, 0, sizeof *msg);
    msg->head.type = (uint8_t)rng_next(rng);
    msg->head.has_seq = rng_chance(rng, 900);
    msg->head.seq = msg->head.has_seq ? (uint16_t)rng_next(rng) : 0;
    msg->head.teid = (uint32_t)rng_next(rng);
    msg->has = (uint32_t)rng_next(rng) & (GTP1_HAS_PRIVATE * 2u - 1);
    /* The second of a pair means itself only behind the first. */
    if (!(msg->has & GTP1_HAS_NSAPI))
        msg->has &= ~(uint32_t)GTP1_HAS_LINKED_NSAPI;
    if (!(msg->has & GTP1_HAS_GSN_CONTROL))
        msg->has &= ~(uint32_t)GTP1_HAS_GSN_DATA;
    random_fixed(rng, msg);
    random_variable(rng, msg);
}

START_TEST(every_message_written_is_read_back_the_same)
{
    struct rng rng = {.state = 1};

    for (int i = 0; i < 5000; i++) {
        struct gtp1_msg sent, got;
        const char *reason = "";
        uint8_t buf[1024];

        random_message(&rng, &sent);

        size_t len = gtp1_encode(buf, sizeof buf, &sent);

        ck_assert_uint_gt(len, 0);
        ck_assert_msg(!gtp1_decode(&got, buf, len, &reason), "message %d: %s", i, reason);
        match_bytes(&sent.pco, &got.pco);
        match_bytes(&sent.tft, &got.tft);
        match_bytes(&sent.uli, &got.uli);
        match_bytes(&sent.private_ext, &got.private_ext);
        ck_assert_msg(!memcmp(&sent, &got, sizeof sent), "message %d differs", i);
    }
}
END_TEST

START_TEST(a_message_cut_anywhere_is_refused)
{
    struct dgram d = dgram_of(create_request);

    for (size_t len = 0; len < d.len; len++) {
        struct dgram cut = d;
        struct gtp1_msg msg;

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
        struct gtp1_msg msg;

        cut.len = len;
        cut.at[2] = 0;
        cut.at[3] = (uint8_t)(len - 8);

        int fault = decode(&msg, &cut);

        ck_assert(!fault || fault == GTP_EFORMAT);
        ck_assert(!fault || !msg.has);
        whole += !fault;
    }
    ck_assert_uint_eq(whole, 14); /* before each of the elements */
}
END_TEST

START_TEST(other_versions_are_told_apart_from_other_protocols)
{
    struct gtp1_msg msg;

    ck_assert_int_eq(decode_hex(&msg, ""), GTP_EDROP);
    ck_assert_int_eq(decode_hex(&msg, "4801 0008 00000000 000001 00"), GTP_EVERSION);
    ck_assert_int_eq(decode_hex(&msg, "1e01 0000 0000 0000 ffffffff ffffffff ffffffff"),
                     GTP_EVERSION);
    ck_assert_int_eq(decode_hex(&msg, "2201 0004 00000000 0007 0000"), GTP_EDROP); /* GTP' */
}
END_TEST

START_TEST(extension_headers_are_skipped)
{
    struct gtp1_msg msg;

    /* two of them: one of a unit, one of two */
    ck_assert_int_eq(
        decode_hex(&msg, "3602 0012 00000000 0007 00 02 01 0000 01 02 0000000000 00 00 0e 05"), 0);
    ck_assert_uint_eq(msg.recovery, 5);
    ck_assert_uint_eq(msg.head.seq, 7);
}
END_TEST

START_TEST(bad_extension_headers_are_refused)
{
    struct gtp1_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "3602 0008 00000000 0007 00 02 00 0000 00"), GTP_EFORMAT);
    ck_assert_int_eq(decode_hex(&msg, "3602 0008 00000000 0007 00 02 02 0000 00"), GTP_EFORMAT);
    ck_assert_int_eq(decode_hex(&msg, "3602 0004 00000000 0007 00 02"), GTP_EFORMAT);
    ck_assert_int_eq(decode_hex(&msg, "3602 0008 00000000 0007 00 c1 01 0000 00"), GTP_EEXTENSION);
    ck_assert_uint_eq(msg.head.seq, 7);
}
END_TEST

START_TEST(a_next_type_without_the_extension_flag_means_nothing)
{
    struct gtp1_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "3202 0006 00000000 0007 00 c1 0e05"), 0);
    ck_assert_uint_eq(msg.recovery, 5);
}
END_TEST

START_TEST(unknown_elements_are_skipped_when_their_length_is_known)
{
    struct gtp1_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "3202 0010 00000000 0007 0000 0c 010203 0e05 b6 0003 aabbcc"),
                     0);
    ck_assert_uint_eq(msg.has, GTP1_HAS_RECOVERY);
    ck_assert_int_eq(decode_hex(&msg, "3202 0008 00000000 0007 0000 0e05 06 00"), GTP_EFORMAT);
    ck_assert_int_eq(decode_hex(&msg, "3202 0009 00000000 0007 0000 8d 02 c0 c1 00"), GTP_EFORMAT);
    ck_assert_int_eq(decode_hex(&msg, "3202 0008 00000000 0007 0000 8d 02 c0 c1"), 0);
}
END_TEST

START_TEST(the_first_of_a_repeated_element_counts)
{
    struct gtp1_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "3202 000e 00000000 0007 0000 0e05 0e06 1405 1406 1407"), 0);
    ck_assert_uint_eq(msg.recovery, 5);
    ck_assert_uint_eq(msg.nsapi, 5);
    ck_assert_uint_eq(msg.linked_nsapi, 6);
}
END_TEST

START_TEST(elements_of_no_sense_are_named)
{
    static const struct {
        uint8_t bad_ie;
        const char *hex;
    } cases[] = {
        {GTP1_IE_IMSI, "3210 000d 00000000 0007 0000 02 42a0012143658709"},
        {GTP1_IE_IMSI, "3210 000d 00000000 0007 0000 02 ffffffffffffffff"},
        {GTP1_IE_IMSI, "3210 000d 00000000 0007 0000 02 4200012143658709"}, /* 16 digits */
        {GTP1_IE_END_USER_ADDRESS, "3210 0008 00000000 0007 0000 80 0001 f1"},
        {GTP1_IE_END_USER_ADDRESS, "3210 000a 00000000 0007 0000 80 0003 f12101"},
        {GTP1_IE_APN, "3210 0007 00000000 0007 0000 83 0000"},
        {GTP1_IE_APN, "3210 0009 00000000 0007 0000 83 0002 0261"},
        {GTP1_IE_APN, "3210 000a 00000000 0007 0000 83 0003 022e61"},
        {GTP1_IE_GSN_ADDRESS, "3210 000a 00000000 0007 0000 85 0003 7f0000"},
        {GTP1_IE_MSISDN, "3210 0008 00000000 0007 0000 86 0001 91"},
        {GTP1_IE_QOS, "3210 000a 00000000 0007 0000 87 0003 000b92"},
        {GTP1_IE_RAT, "3210 0007 00000000 0007 0000 97 0000"},
        {GTP1_IE_AMBR, "3210 000e 00000000 0007 0000 c6 0007 00000000000000"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gtp1_msg msg;

        ck_assert_msg(decode_hex(&msg, cases[i].hex) == GTP_EVALUE, "%s", cases[i].hex);
        ck_assert_uint_eq(msg.bad_ie, cases[i].bad_ie);
        ck_assert_uint_eq(msg.head.seq, 7);
        ck_assert_uint_eq(msg.has, 0);
    }
}
END_TEST

START_TEST(ipv6_addresses_are_passed_over)
{
    struct gtp1_msg msg;

    ck_assert_int_eq(decode_hex(&msg, "3210 0037 00000000 0007 0000"
                                      "80 0016 f18d 0a000001 20010db8000000000000000000000001"
                                      "85 0010 20010db8000000000000000000000001"
                                      "85 0004 7f000001"),
                     0);
    ck_assert_uint_eq(msg.eua.ipv4, 0x0a000001);
    ck_assert_uint_eq(msg.gsn_control, 0x7f000001);
    ck_assert(!(msg.has & GTP1_HAS_GSN_DATA));
}
END_TEST

START_TEST(without_room_nothing_is_written)
{
    struct dgram d = dgram_of(create_response);
    const char *reason;
    struct gtp1_msg msg;

    ck_assert_int_eq(gtp1_decode(&msg, d.at, d.len, &reason), 0);
    for (size_t room = 0; room < d.len; room++) {
        uint8_t *buf = exact(d.at, room);

        ck_assert_uint_eq(gtp1_encode(buf, room, &msg), 0);
        free(buf);
    }
}
END_TEST

START_TEST(fields_that_cannot_be_sent_are_refused)
{
    struct gtp1_msg no_imsi = {.has = GTP1_HAS_IMSI, .imsi = GTP_NO_DIGITS};
    struct gtp1_msg no_msisdn = {.has = GTP1_HAS_MSISDN, .msisdn = GTP_NO_DIGITS};
    struct gtp1_msg no_name = {.has = GTP1_HAS_APN, .apn = "a..b"};
    struct gtp1_msg long_qos = {.has = GTP1_HAS_QOS, .qos_len = GTP1_QOS_MAX + 1};
    uint8_t buf[128];

    ck_assert_uint_eq(gtp1_encode(buf, sizeof buf, &no_imsi), 0);
    ck_assert_uint_eq(gtp1_encode(buf, sizeof buf, &no_msisdn), 0);
    ck_assert_uint_eq(gtp1_encode(buf, sizeof buf, &no_name), 0);
    ck_assert_uint_eq(gtp1_encode(buf, sizeof buf, &long_qos), 0);
}
END_TEST

START_TEST(garbage_is_survived)
{
    struct dgram good = dgram_of(create_request);
    struct rng rng = {.state = 2};

    for (int i = 0; i < 10000; i++) {
        struct dgram d = good;
        struct gtp1_msg msg;

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
    Suite *suite = suite_create("gtp1");
    TCase *tc = tcase_create("gtp1");

    tcase_add_test(tc, create_request_of_a_real_client_is_read);
    tcase_add_test(tc, create_request_is_written_as_a_real_client_writes_it);
    tcase_add_test(tc, create_response_has_golden_bytes);
    tcase_add_test(tc, short_messages_have_golden_bytes);
    tcase_add_test(tc, update_messages_have_golden_bytes);
    tcase_add_test(tc, every_message_written_is_read_back_the_same);
    tcase_add_test(tc, a_message_cut_anywhere_is_refused);
    tcase_add_test(tc, a_message_cut_with_a_fitting_length_never_gives_half_an_element);
    tcase_add_test(tc, other_versions_are_told_apart_from_other_protocols);
    tcase_add_test(tc, extension_headers_are_skipped);
    tcase_add_test(tc, bad_extension_headers_are_refused);
    tcase_add_test(tc, a_next_type_without_the_extension_flag_means_nothing);
    tcase_add_test(tc, unknown_elements_are_skipped_when_their_length_is_known);
    tcase_add_test(tc, the_first_of_a_repeated_element_counts);
    tcase_add_test(tc, elements_of_no_sense_are_named);
    tcase_add_test(tc, ipv6_addresses_are_passed_over);
    tcase_add_test(tc, without_room_nothing_is_written);
    tcase_add_test(tc, fields_that_cannot_be_sent_are_refused);
    tcase_add_test(tc, garbage_is_survived);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
