/* What the GTP codecs share: digits, access point names, the peek, and PCO answers. */
#include "common/gtp/gtp_pco.h"
#include "common/gtp/gtp_peek.h"

#include "tests/unit/gtp_bytes.h"
#include "tests/unit/unit.h"

static const uint32_t dns[2] = {0x0a000035, 0x0a000135};

START_TEST(digits_come_back_as_they_were)
{
    static const char *const numbers[] = {"1", "12", "240010123456789", "46702123456"};
    char digits[16];

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        gtp_imsi_to_digits(gtp_imsi_from_digits(numbers[i]), digits);
        ck_assert_str_eq(digits, numbers[i]);
        gtp_msisdn_to_digits(gtp_msisdn_from_digits(numbers[i]), digits);
        ck_assert_str_eq(digits, numbers[i]);
    }
    ck_assert_uint_eq(gtp_imsi_from_digits("240010123456789"), UINT64_C(0x42000121436587f9));
    ck_assert_uint_eq(gtp_tbcd_octets(gtp_msisdn_from_digits("46702123456")), 6);
    ck_assert_uint_eq(gtp_tbcd_octets(gtp_msisdn_from_digits("4670212345")), 5);
}
END_TEST

START_TEST(what_is_no_number_is_refused)
{
    char digits[16] = "x";

    ck_assert_uint_eq(gtp_imsi_from_digits(""), GTP_NO_DIGITS);
    ck_assert_uint_eq(gtp_imsi_from_digits("12a"), GTP_NO_DIGITS);
    ck_assert_uint_eq(gtp_imsi_from_digits("1234567890123456"), GTP_NO_DIGITS);
    ck_assert_uint_eq(gtp_tbcd_from_digits("12345678901234567"), GTP_NO_DIGITS);
    ck_assert_uint_ne(gtp_tbcd_from_digits("1234567890123456"), GTP_NO_DIGITS);
    gtp_imsi_to_digits(GTP_NO_DIGITS, digits);
    ck_assert_str_eq(digits, "");
    gtp_imsi_to_digits(gtp_tbcd_from_digits("1234567890123456"), digits);
    ck_assert_str_eq(digits, "");
    ck_assert(!gtp_tbcd_valid(UINT64_C(0x213fffffffffffff))); /* a digit behind filler */
}
END_TEST

START_TEST(names_become_labels_and_back)
{
    static const uint8_t labels[] = "\003IMS\006mnc001";
    uint8_t out[GTP_APN_MAX];
    char apn[GTP_APN_MAX];

    ck_assert(gtp_apn_decode(apn, labels, sizeof labels - 1));
    ck_assert_str_eq(apn, "ims.mnc001");
    ck_assert_uint_eq(gtp_apn_encode(out, sizeof out, "ims.MNC001"), sizeof labels - 1);
    ck_assert_mem_eq(out, "\003ims\006mnc001", sizeof labels - 1);
    ck_assert_uint_eq(gtp_apn_encode(out, 10, "ims.mnc001"), 0);
}
END_TEST

START_TEST(the_longest_name_fits_and_no_longer_one)
{
    char name[GTP_APN_MAX + 1], apn[GTP_APN_MAX];
    uint8_t labels[GTP_APN_MAX + 1] = {0};

    memset(name, 'a', sizeof name);
    name[63] = '.';
    name[GTP_APN_MAX] = '\0';
    ck_assert_uint_eq(gtp_apn_encode(labels, sizeof labels, name), 0);
    name[GTP_APN_MAX - 1] = '\0';
    ck_assert_uint_eq(gtp_apn_encode(labels, sizeof labels, name), GTP_APN_MAX);
    ck_assert(gtp_apn_decode(apn, labels, GTP_APN_MAX));
    ck_assert_str_eq(apn, name);
    ck_assert(!gtp_apn_decode(apn, labels, GTP_APN_MAX + 1));
    name[63] = 'a'; /* a label of more than 63 */
    ck_assert_uint_eq(gtp_apn_encode(labels, sizeof labels, name), 0);
}
END_TEST

START_TEST(what_is_no_name_is_refused)
{
    static const char *const labels[] = {"",        "00",   "01",   "0261", "00 0161",
                                         "0161 00", "012e", "0120", "0100", "40 61"};
    static const char *const names[] = {"", ".", ".a", "a.", "a..b", "a b", "a/b"};
    uint8_t out[GTP_APN_MAX];
    char apn[GTP_APN_MAX];

    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        struct dgram d = dgram_of(labels[i]);
        uint8_t *copy = exact(d.at, d.len);

        ck_assert_msg(!gtp_apn_decode(apn, copy, d.len), "%s", labels[i]);
        ck_assert_str_eq(apn, "");
        free(copy);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(!gtp_apn_encode(out, sizeof out, names[i]), "%s", names[i]);
}
END_TEST

static int
peek(struct gtp_peek *out, const char *hex)
{
    struct dgram d = dgram_of(hex);
    const char *reason = "";
    uint8_t *copy = exact(d.at, d.len);
    int fault = gtp_peek(out, copy, d.len, &reason);

    free(copy);
    return fault;
}

START_TEST(peek_finds_the_imsi_of_new_calls)
{
    struct gtp_peek p;

    ck_assert_int_eq(peek(&p, "3210 000f 00000000 0801 0000 02 42000121436587f9 0e02"), 0);
    ck_assert_uint_eq(p.version, 1);
    ck_assert_uint_eq(p.type, 16);
    ck_assert(p.has_seq);
    ck_assert_uint_eq(p.seq, 0x0801);
    ck_assert_uint_eq(p.imsi, gtp_imsi_from_digits("240010123456789"));
    ck_assert_int_eq(peek(&p, "4820 0019 00000000 000102 00 03 0001 00 02"
                              "01 0008 00 42000121436587f9"),
                     0);
    ck_assert_uint_eq(p.version, 2);
    ck_assert_uint_eq(p.seq, 0x102);
    ck_assert_uint_eq(p.imsi, gtp_imsi_from_digits("240010123456789"));
}
END_TEST

START_TEST(peek_tells_whose_call_the_others_are)
{
    struct gtp_peek p;

    ck_assert_int_eq(peek(&p, "3214 0008 01000003 0008 0000 13ff 1405"), 0);
    ck_assert_uint_eq(p.teid, 0x01000003);
    ck_assert_uint_eq(p.imsi, GTP_NO_DIGITS);
    ck_assert_int_eq(peek(&p, "4824 000d 02000001 000008 00 49 0001 00 05"), 0);
    ck_assert_uint_eq(p.version, 2);
    ck_assert_uint_eq(p.teid, 0x02000001);
    ck_assert_uint_eq(p.seq, 8);
    ck_assert_int_eq(peek(&p, "4001 0004 000007 00"), 0);
    ck_assert_uint_eq(p.teid, 0);
}
END_TEST

START_TEST(peek_refuses_only_bad_headers)
{
    struct gtp_peek p;

    ck_assert_int_eq(peek(&p, ""), GTP_EDROP);
    ck_assert_int_eq(peek(&p, "32"), GTP_EDROP);
    ck_assert_int_eq(peek(&p, "1e10 0000"), GTP_EVERSION);
    ck_assert_uint_eq(p.version, 0);
    ck_assert_int_eq(peek(&p, "6001 0004 000007 00"), GTP_EVERSION);
    ck_assert_uint_eq(p.version, 3);
    /* elements that do not add up, or an IMSI of no sense: no IMSI, and no more */
    ck_assert_int_eq(peek(&p, "3210 000a 00000000 0801 0000 02 420001214365"), GTP_ELENGTH);
    ck_assert_int_eq(peek(&p, "3210 000b 00000000 0801 0000 02 420001214365"), 0);
    ck_assert_uint_eq(p.imsi, GTP_NO_DIGITS);
    ck_assert_int_eq(peek(&p, "3210 000d 00000000 0801 0000 02 a2000121436587f9"), 0);
    ck_assert_uint_eq(p.imsi, GTP_NO_DIGITS);
}
END_TEST

static void
expect_answer(const char *request, const uint32_t servers[2], const char *answer)
{
    struct dgram req = dgram_of(request), want = dgram_of(answer);
    uint8_t *copy = exact(req.at, req.len);
    uint8_t out[GTP_PCO_MAX];
    size_t len = gtp_pco_answer(out, sizeof out, copy, req.len, servers);

    ck_assert_msg(len == want.len && !memcmp(out, want.at, len), "%s", request);
    free(copy);
}

START_TEST(pap_and_chap_are_accepted)
{
    /* user mig, password hemmelig: what sgsnemu sends */
    expect_answer("80 c023 11 01010011 03 6d6967 08 68656d6d656c6967", dns,
                  "80 c023 05 02010005 00");
    /* CHAP: the challenge is passed over, the response answered */
    expect_answer("80 c223 06 01070006 01aa c223 06 02070006 01bb", dns, "80 c223 04 03070004");
}
END_TEST

START_TEST(dns_servers_are_given_where_asked)
{
    expect_answer("80 000d 00", dns, "80 000d 04 0a000035 000d 04 0a000135");
    expect_answer("80 8021 10 01050010 8106 00000000 8306 00000000", dns,
                  "80 8021 10 03050010 8106 0a000035 8306 0a000135");
    expect_answer("80 8021 10 01050010 8106 0a000035 8306 0a000135", dns,
                  "80 8021 10 02050010 8106 0a000035 8306 0a000135");
    expect_answer("80 8021 0a 0105000a 0306 00000000", dns, "80 8021 0a 0205000a 0306 00000000");
    expect_answer("80 000d 00", (uint32_t[2]){dns[0], 0}, "80 000d 04 0a000035");
}
END_TEST

START_TEST(options_nobody_knows_are_rejected)
{
    expect_answer("80 8021 0a 0105000a 8206 00000000", dns, "80 8021 0a 0405000a 8206 00000000");
    expect_answer("80 8021 0a 0105000a 8106 00000000", (uint32_t[2]){0, 0},
                  "80 8021 0a 0405000a 8106 00000000");
}
END_TEST

START_TEST(nothing_asked_is_not_answered)
{
    expect_answer("", dns, "");
    expect_answer("80", dns, "");
    expect_answer("80 000a 00 0003 00", dns, "");
    expect_answer("00 000d 00", dns, "");
    expect_answer("80 000d 00", (uint32_t[2]){0, 0}, "");
    expect_answer("80 c023 04 02010004", dns, ""); /* an answer is not a request */
}
END_TEST

START_TEST(malformed_options_are_not_answered)
{
    expect_answer("80 000d", dns, "");
    expect_answer("80 000d 00 00", dns, "");
    expect_answer("80 000d 00 c023 05 0101", dns, "");
    expect_answer("80 c023 03 010100", dns, "");
    expect_answer("80 c023 04 01010003", dns, "");
    expect_answer("80 c023 04 01010005", dns, "");
    expect_answer("80 8021 06 01050006 8101", dns, "");
    expect_answer("80 8021 06 01050006 8103", dns, "");
}
END_TEST

START_TEST(an_answer_ends_where_the_room_ends)
{
    struct dgram many = dgram_of("80"), pap = dgram_of("c023 05 01010005 00");
    uint8_t out[GTP_PCO_MAX];

    for (; many.len + pap.len < 600; many.len += pap.len)
        memcpy(many.at + many.len, pap.at, pap.len);
    ck_assert_uint_eq(gtp_pco_answer(out, sizeof out, many.at, many.len, dns), 1 + 31 * 8);
    for (size_t room = 0; room < 32; room++) {
        uint8_t *buf = exact(out, room);
        size_t len = gtp_pco_answer(buf, room, many.at, many.len, dns);

        ck_assert_uint_eq(len, room < 9 ? 0 : 1 + (room - 1) / 8 * 8);
        free(buf);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gtp_parts");
    TCase *tc = tcase_create("gtp_parts");

    tcase_add_test(tc, digits_come_back_as_they_were);
    tcase_add_test(tc, what_is_no_number_is_refused);
    tcase_add_test(tc, names_become_labels_and_back);
    tcase_add_test(tc, the_longest_name_fits_and_no_longer_one);
    tcase_add_test(tc, what_is_no_name_is_refused);
    tcase_add_test(tc, peek_finds_the_imsi_of_new_calls);
    tcase_add_test(tc, peek_tells_whose_call_the_others_are);
    tcase_add_test(tc, peek_refuses_only_bad_headers);
    tcase_add_test(tc, pap_and_chap_are_accepted);
    tcase_add_test(tc, dns_servers_are_given_where_asked);
    tcase_add_test(tc, options_nobody_knows_are_rejected);
    tcase_add_test(tc, nothing_asked_is_not_answered);
    tcase_add_test(tc, malformed_options_are_not_answered);
    tcase_add_test(tc, an_answer_ends_where_the_room_ends);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
