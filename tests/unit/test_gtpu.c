#include "common/gtp/gtpu.h"

#include "tests/unit/gtp_bytes.h"
#include "tests/unit/unit.h"

static int
decode(struct gtpu_msg *msg, const char *hex)
{
    struct dgram d = dgram_of(hex);
    const char *reason = NULL;
    uint8_t *copy = exact(d.at, d.len);
    int fault = gtpu_decode(msg, copy, d.len, &reason);

    ck_assert_msg(!fault == !reason, "a refusal has a reason, and nothing else has");
    free(copy);
    return fault;
}

static void
expect_bytes(const uint8_t *buf, size_t len, const char *hex)
{
    struct dgram want = dgram_of(hex);

    ck_assert_uint_eq(len, want.len);
    ck_assert_mem_eq(buf, want.at, len);
}

START_TEST(the_packet_is_found_behind_either_header)
{
    struct dgram plain = dgram_of("30ff 0003 01000002 456789");
    struct dgram numbered = dgram_of("32ff 0007 01000002 0009 0000 456789");
    const char *reason;
    struct gtpu_msg msg;

    ck_assert_int_eq(gtpu_decode(&msg, plain.at, plain.len, &reason), 0);
    ck_assert_uint_eq(msg.type, GTPU_GPDU);
    ck_assert_uint_eq(msg.teid, 0x01000002);
    ck_assert(!msg.has_seq);
    ck_assert_ptr_eq(msg.payload.at, plain.at + GTPU_HEAD_LEN);
    ck_assert_uint_eq(msg.payload.len, 3);
    ck_assert_int_eq(gtpu_decode(&msg, numbered.at, numbered.len, &reason), 0);
    ck_assert(msg.has_seq);
    ck_assert_uint_eq(msg.seq, 9);
    ck_assert_ptr_eq(msg.payload.at, numbered.at + GTPU_HEAD_SEQ_LEN);
    ck_assert_uint_eq(msg.payload.len, 3);
}
END_TEST

START_TEST(an_empty_packet_is_a_packet)
{
    struct gtpu_msg msg;

    ck_assert_int_eq(decode(&msg, "30ff 0000 01000002"), 0);
    ck_assert_uint_eq(msg.payload.len, 0);
}
END_TEST

START_TEST(extension_headers_are_skipped_or_must_be_understood)
{
    struct gtpu_msg msg;

    /* UDP port, then PDCP PDU number: both known to be skippable */
    ck_assert_int_eq(decode(&msg, "34ff 000d 01000002 0000 00 40 01 0868 c0 01 0000 00 45"), 0);
    ck_assert_uint_eq(msg.payload.len, 1);
    ck_assert_int_eq(decode(&msg, "34ff 0009 01000002 0000 00 85 01 0000 00 45"), GTP_EEXTENSION);
    ck_assert_int_eq(decode(&msg, "34ff 0009 01000002 0000 00 40 00 0000 00 45"), GTP_EFORMAT);
    ck_assert_int_eq(decode(&msg, "34ff 0009 01000002 0000 00 40 02 0000 00 45"), GTP_EFORMAT);
}
END_TEST

START_TEST(headers_have_golden_bytes)
{
    uint8_t buf[32];

    expect_bytes(buf, gtpu_encode_head(buf, sizeof buf, 0x01000002, 100), "30ff 0064 01000002");
    expect_bytes(buf, gtpu_encode_head_seq(buf, sizeof buf, 0x01000002, 9, 100),
                 "32ff 0068 01000002 0009 0000");
    ck_assert_uint_eq(gtpu_encode_head(buf, sizeof buf, 1, 65536), 0);
    ck_assert_uint_eq(gtpu_encode_head_seq(buf, sizeof buf, 1, 1, 65532), 0);
}
END_TEST

START_TEST(signalling_messages_have_golden_bytes)
{
    uint8_t buf[32];

    expect_bytes(buf, gtpu_encode_echo_request(buf, sizeof buf, 7), "3201 0004 00000000 0007 0000");
    expect_bytes(buf, gtpu_encode_echo_response(buf, sizeof buf, 7),
                 "3202 0006 00000000 0007 0000 0e00");
    expect_bytes(buf, gtpu_encode_error_indication(buf, sizeof buf, 0x01000002, 0x7f000a01),
                 "321a 0010 00000000 0000 0000 10 01000002 85 0004 7f000a01");
    expect_bytes(buf, gtpu_encode_end_marker(buf, sizeof buf, 5), "30fe 0000 00000005");
    expect_bytes(buf, gtpu_encode_supported_extensions(buf, sizeof buf, 7),
                 "321f 0007 00000000 0007 0000 8d 01 c0");
}
END_TEST

START_TEST(without_room_nothing_is_written)
{
    uint8_t *buf = exact((const uint8_t *)"0123456", 7);

    ck_assert_uint_eq(gtpu_encode_head(buf, 7, 1, 1), 0);
    ck_assert_uint_eq(gtpu_encode_head_seq(buf, 7, 1, 1, 1), 0);
    ck_assert_uint_eq(gtpu_encode_echo_request(buf, 7, 1), 0);
    ck_assert_uint_eq(gtpu_encode_echo_response(buf, 7, 1), 0);
    ck_assert_uint_eq(gtpu_encode_error_indication(buf, 7, 1, 1), 0);
    ck_assert_uint_eq(gtpu_encode_end_marker(buf, 7, 1), 0);
    ck_assert_uint_eq(gtpu_encode_supported_extensions(buf, 7, 1), 0);
    free(buf);
}
END_TEST

START_TEST(error_indication_is_read)
{
    struct gtpu_msg msg;

    ck_assert_int_eq(decode(&msg, "321a 0010 00000000 0000 0000 10 01000002 85 0004 7f000a01"), 0);
    ck_assert_uint_eq(msg.error_teid, 0x01000002);
    ck_assert_uint_eq(msg.error_addr, 0x7f000a01);
}
END_TEST

START_TEST(error_indication_of_nothing_is_refused)
{
    struct gtpu_msg msg;

    ck_assert_int_eq(decode(&msg, "321a 0004 00000000 0000 0000"), GTP_EVALUE);
    ck_assert_int_eq(decode(&msg, "321a 0009 00000000 0000 0000 10 01000002"), GTP_EVALUE);
    ck_assert_int_eq(decode(&msg, "321a 000f 00000000 0000 0000 10 01000002 85 0003 7f000a"),
                     GTP_EVALUE);
    ck_assert_int_eq(decode(&msg, "321a 000e 00000000 0000 0000 10 01000002 85 0004 7f00"),
                     GTP_EFORMAT);
    ck_assert_int_eq(decode(&msg, "321a 000b 00000000 0000 0000 10 01000002 85 00"), GTP_EFORMAT);
}
END_TEST

START_TEST(what_is_not_gtp_version_1_is_refused)
{
    struct gtpu_msg msg;

    ck_assert_int_eq(decode(&msg, ""), GTP_EDROP);
    ck_assert_int_eq(decode(&msg, "30ff 0000 010000"), GTP_EDROP);
    ck_assert_int_eq(decode(&msg, "32ff 0000 01000000"), GTP_EDROP);
    ck_assert_int_eq(decode(&msg, "20ff 0000 01000000"), GTP_EDROP);
    ck_assert_int_eq(decode(&msg, "50ff 0000 01000000"), GTP_EVERSION);
}
END_TEST

START_TEST(a_length_that_contradicts_the_datagram_is_refused)
{
    struct gtpu_msg msg;

    ck_assert_int_eq(decode(&msg, "30ff 0004 01000002 456789"), GTP_ELENGTH);
    ck_assert_int_eq(decode(&msg, "30ff 0002 01000002 456789"), GTP_ELENGTH);
    ck_assert_int_eq(decode(&msg, "32ff 0000 01000002 0009 0000"), GTP_ELENGTH);
    ck_assert_uint_eq(msg.payload.len, 0);
}
END_TEST

START_TEST(every_header_written_is_read_back)
{
    struct rng rng = {.state = 1};

    for (int i = 0; i < 10000; i++) {
        uint32_t teid = (uint32_t)rng_next(&rng);
        uint16_t seq = (uint16_t)rng_next(&rng);
        size_t payload_len = (size_t)rng_below(&rng, 1400);
        bool has_seq = rng_chance(&rng, 500);
        const char *reason;
        struct gtpu_msg msg;
        uint8_t buf[1500];
        size_t len = has_seq ? gtpu_encode_head_seq(buf, sizeof buf, teid, seq, payload_len)
                             : gtpu_encode_head(buf, sizeof buf, teid, payload_len);

        memset(buf + len, 0x45, payload_len);
        ck_assert_int_eq(gtpu_decode(&msg, buf, len + payload_len, &reason), 0);
        ck_assert_uint_eq(msg.teid, teid);
        ck_assert_int_eq(msg.has_seq, has_seq);
        ck_assert_uint_eq(msg.seq, has_seq ? seq : 0);
        ck_assert_ptr_eq(msg.payload.at, buf + len);
        ck_assert_uint_eq(msg.payload.len, payload_len);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gtpu");
    TCase *tc = tcase_create("gtpu");

    tcase_add_test(tc, the_packet_is_found_behind_either_header);
    tcase_add_test(tc, an_empty_packet_is_a_packet);
    tcase_add_test(tc, extension_headers_are_skipped_or_must_be_understood);
    tcase_add_test(tc, headers_have_golden_bytes);
    tcase_add_test(tc, signalling_messages_have_golden_bytes);
    tcase_add_test(tc, without_room_nothing_is_written);
    tcase_add_test(tc, error_indication_is_read);
    tcase_add_test(tc, error_indication_of_nothing_is_refused);
    tcase_add_test(tc, what_is_not_gtp_version_1_is_refused);
    tcase_add_test(tc, a_length_that_contradicts_the_datagram_is_refused);
    tcase_add_test(tc, every_header_written_is_read_back);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
