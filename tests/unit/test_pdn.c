#include <string.h>

#include "common/base/wire.h"
#include "lab/world/pdn.h"
#include "tests/unit/unit.h"

/* 172.16.0.5 pings 192.0.2.1: identifier 0x1234, sequence 1, eleven octets of data. */
static const uint8_t ping[] = {
    0x45, 0x00, 0x00, 0x27, 0x00, 0x01, 0x40, 0x00, 0x40, 0x01, 0xce, 0xbf, 0xac,
    0x10, 0x00, 0x05, 0xc0, 0x00, 0x02, 0x01, 0x08, 0x00, 0x51, 0xba, 0x12, 0x34,
    0x00, 0x01, 'h',  'e',  'l',  'l',  'o',  ' ',  'w',  'o',  'r',  'l',  'd',
};

static uint8_t packet[64], answer[64];
static size_t answer_len;

static unsigned
sum_at(const uint8_t *at, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void
put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Make the header checksum of `packet` right again after a change. */
static void
reseal(void)
{
    put16(packet + 10, 0);
    put16(packet + 10, ~sum_at(packet, (size_t)(packet[0] & 15) * 4, 0) & 0xffff);
}

static enum pdn_verdict
ask(size_t len)
{
    return pdn_answer(packet, len, answer, sizeof answer, &answer_len);
}

/* 172.16.0.5:40000 says "hi!" to 192.0.2.1, port `to`; returns the length. */
static size_t
make_udp(unsigned from, unsigned to, bool checksum)
{
    struct wr wr = wr_over(packet + 20, 11);
    uint32_t pseudo = 17 + 11 + 0xac10 + 0x0005 + 0xc000 + 0x0201;

    packet[9] = 17;
    put16(packet + 2, 31);
    reseal();
    wr_u16(&wr, from);
    wr_u16(&wr, to);
    wr_u16(&wr, 11);
    wr_u16(&wr, 0);
    wr_bytes(&wr, "hi!", 3);
    if (checksum)
        put16(packet + 26, ~sum_at(packet + 20, 11, pseudo) & 0xffff);
    return 31;
}

static void
setup(void)
{
    memset(packet, 0, sizeof packet);
    memcpy(packet, ping, sizeof ping);
    answer_len = 99;
    reseal();
    put16(packet + 22, 0);
    put16(packet + 22, ~sum_at(packet + 20, 19, 0) & 0xffff);
}

START_TEST(a_ping_is_answered_with_its_own_data)
{
    ck_assert_int_eq(ask(sizeof ping), PDN_ANSWERED);
    ck_assert_uint_eq(answer_len, sizeof ping);
    ck_assert_uint_eq(answer[20], 0); /* echo reply */
    ck_assert_mem_eq(answer + 24, ping + 24, sizeof ping - 24);
    ck_assert_mem_eq(answer + 12, ping + 16, 4);
    ck_assert_mem_eq(answer + 16, ping + 12, 4);
}
END_TEST

START_TEST(checksums_of_a_ping_answer_are_right)
{
    ck_assert_int_eq(ask(sizeof ping), PDN_ANSWERED);
    ck_assert_uint_eq(sum_at(answer, 20, 0), 0xffff);
    ck_assert_uint_eq(sum_at(answer + 20, answer_len - 20, 0), 0xffff);
}
END_TEST

START_TEST(bytes_behind_the_packet_are_not_answered)
{
    ck_assert_int_eq(ask(sizeof ping + 5), PDN_ANSWERED);
    ck_assert_uint_eq(answer_len, sizeof ping);
}
END_TEST

START_TEST(header_options_are_taken_and_not_sent_back)
{
    memmove(packet + 24, packet + 20, sizeof ping - 20);
    memset(packet + 20, 1, 4); /* no operation, four times */
    packet[0] = 0x46;
    put16(packet + 2, sizeof ping + 4);
    reseal();
    ck_assert_int_eq(ask(sizeof ping + 4), PDN_ANSWERED);
    ck_assert_uint_eq(answer_len, sizeof ping);
    ck_assert_uint_eq(answer[0], 0x45);
    ck_assert_uint_eq(sum_at(answer, 20, 0), 0xffff);
}
END_TEST

START_TEST(udp_echo_is_answered_from_its_port)
{
    size_t len = make_udp(40000, PDN_ECHO_PORT, true);
    struct rd rd;

    ck_assert_int_eq(ask(len), PDN_ANSWERED);
    ck_assert_uint_eq(answer_len, len);
    rd = rd_over(answer + 20, 4);
    ck_assert_uint_eq(rd_u16(&rd), PDN_ECHO_PORT);
    ck_assert_uint_eq(rd_u16(&rd), 40000);
    ck_assert_uint_eq(sum_at(answer + 20, 11, 17 + 11 + 0xac10 + 0x0005 + 0xc000 + 0x0201), 0xffff);
    ck_assert_mem_eq(answer + 28, "hi!", 3);
}
END_TEST

START_TEST(udp_without_checksum_is_answered_without)
{
    ck_assert_int_eq(ask(make_udp(40000, PDN_ECHO_PORT, false)), PDN_ANSWERED);
    ck_assert_uint_eq(answer[26] | answer[27], 0);
}
END_TEST

START_TEST(two_echo_services_do_not_talk_for_ever)
{
    ck_assert_int_eq(ask(make_udp(PDN_ECHO_PORT, PDN_ECHO_PORT, true)), PDN_NO_SERVICE);
}
END_TEST

START_TEST(other_ports_and_protocols_have_no_service)
{
    ck_assert_int_eq(ask(make_udp(40000, 53, true)), PDN_NO_SERVICE);
    packet[9] = 6;
    reseal();
    ck_assert_int_eq(ask(31), PDN_NO_SERVICE);
    ck_assert_uint_eq(answer_len, 0);
}
END_TEST

START_TEST(an_echo_reply_is_not_answered)
{
    packet[20] = 0;
    put16(packet + 22, 0);
    put16(packet + 22, ~sum_at(packet + 20, 19, 0) & 0xffff);
    ck_assert_int_eq(ask(sizeof ping), PDN_NO_SERVICE);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    for (size_t len = 0; len < sizeof ping; len++) {
        ck_assert_int_ne(ask(len), PDN_ANSWERED);
        ck_assert_uint_eq(answer_len, 0);
    }
}
END_TEST

START_TEST(every_flipped_bit_of_header_or_icmp_is_refused)
{
    for (size_t bit = 0; bit < sizeof ping * 8; bit++) {
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_ne(ask(sizeof ping), PDN_ANSWERED);
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(a_wrong_udp_checksum_is_refused)
{
    size_t len = make_udp(40000, PDN_ECHO_PORT, true);

    packet[30] ^= 1;
    ck_assert_int_eq(ask(len), PDN_BAD_CHECKSUM);
}
END_TEST

START_TEST(a_udp_length_beyond_the_packet_is_refused)
{
    size_t len = make_udp(40000, PDN_ECHO_PORT, false);

    put16(packet + 24, 12);
    ck_assert_int_eq(ask(len), PDN_SHORT);
    put16(packet + 24, 7);
    ck_assert_int_eq(ask(len), PDN_SHORT);
}
END_TEST

START_TEST(addresses_that_are_no_host_are_refused)
{
    static const uint8_t odd[][4] = {{0, 0, 0, 0}, {224, 0, 0, 1}, {255, 255, 255, 255}};

    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        for (size_t at = 12; at <= 16; at += 4) {
            setup();
            memcpy(packet + at, odd[i], 4);
            reseal();
            ck_assert_int_eq(ask(sizeof ping), PDN_BAD_ADDRESS);
        }
    }
    setup();
    memcpy(packet + 16, packet + 12, 4); /* to itself */
    reseal();
    ck_assert_int_eq(ask(sizeof ping), PDN_BAD_ADDRESS);
}
END_TEST

START_TEST(fragments_are_refused)
{
    packet[6] = 0x20;
    reseal();
    ck_assert_int_eq(ask(sizeof ping), PDN_FRAGMENT);
    put16(packet + 6, 1);
    reseal();
    ck_assert_int_eq(ask(sizeof ping), PDN_FRAGMENT);
}
END_TEST

START_TEST(ipv6_is_refused)
{
    packet[0] = 0x60;
    ck_assert_int_eq(ask(sizeof ping), PDN_NOT_IPV4);
}
END_TEST

START_TEST(an_answer_that_does_not_fit_is_not_written)
{
    uint8_t small[sizeof ping];

    memset(small, 0x5a, sizeof small);
    ck_assert_int_eq(pdn_answer(packet, sizeof ping, small, sizeof ping - 1, &answer_len),
                     PDN_NO_ROOM);
    ck_assert_uint_eq(answer_len, 0);
    for (size_t i = 0; i < sizeof small; i++)
        ck_assert_uint_eq(small[i], 0x5a);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("pdn");
    TCase *tc = tcase_create("pdn");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_ping_is_answered_with_its_own_data);
    tcase_add_test(tc, checksums_of_a_ping_answer_are_right);
    tcase_add_test(tc, bytes_behind_the_packet_are_not_answered);
    tcase_add_test(tc, header_options_are_taken_and_not_sent_back);
    tcase_add_test(tc, udp_echo_is_answered_from_its_port);
    tcase_add_test(tc, udp_without_checksum_is_answered_without);
    tcase_add_test(tc, two_echo_services_do_not_talk_for_ever);
    tcase_add_test(tc, other_ports_and_protocols_have_no_service);
    tcase_add_test(tc, an_echo_reply_is_not_answered);
    tcase_add_test(tc, every_truncation_is_refused);
    tcase_add_test(tc, every_flipped_bit_of_header_or_icmp_is_refused);
    tcase_add_test(tc, a_wrong_udp_checksum_is_refused);
    tcase_add_test(tc, a_udp_length_beyond_the_packet_is_refused);
    tcase_add_test(tc, addresses_that_are_no_host_are_refused);
    tcase_add_test(tc, fragments_are_refused);
    tcase_add_test(tc, ipv6_is_refused);
    tcase_add_test(tc, an_answer_that_does_not_fit_is_not_written);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
