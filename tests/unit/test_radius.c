/* The bytes of RADIUS probes, against the example of RFC 2865 and against our own responder. */
#include "cf/monitor/radius.h"

#include <nettle/md5.h>
#include <string.h>

#include "tests/unit/unit.h"

/* RFC 2865, 7.1: user "nemo" with password "arctangent" logs in; the published secret. */
static const char rfc_secret[] = "xyzzy5461";
static const uint8_t rfc_authenticator[16] = {0x0f, 0x40, 0x3f, 0x94, 0x73, 0x97, 0x80, 0x57,
                                              0xbd, 0x83, 0xd5, 0xcb, 0x98, 0xf4, 0x22, 0x7a};
static const uint8_t rfc_hidden[16] = {0x0d, 0xbe, 0x70, 0x8d, 0x93, 0xd4, 0x13, 0xce,
                                       0x31, 0x96, 0xe4, 0x3f, 0x78, 0x2a, 0x0a, 0xee};
static const uint8_t rfc_accept[] = {0x02, 0x00, 0x00, 0x26, 0x86, 0xfe, 0x22, 0x0e, 0x76, 0x24,
                                     0xba, 0x2a, 0x10, 0x05, 0xf6, 0xbf, 0x9b, 0x55, 0xe0, 0xb2,
                                     0x06, 0x06, 0x00, 0x00, 0x00, 0x01, 0x0f, 0x06, 0x00, 0x00,
                                     0x00, 0x00, 0x0e, 0x06, 0xc0, 0xa8, 0x01, 0x03};

enum { SIGNATURE_AT = 22, FIRST_VALUE = 38 };

static const char secret[] = "of this test";
static struct radius_request request;
static uint8_t asked[RADIUS_MOST], answer[RADIUS_MOST + 8], code;
static size_t asked_len, answer_len;

static void
setup(void)
{
    request = (struct radius_request){
        .code = RADIUS_ACCESS_REQUEST,
        .id = 77,
        .user = "probe",
        .password = "a password longer than sixteen",
        .nas_addr = 0xc0a80110,
    };
    memcpy(request.authenticator, rfc_authenticator, sizeof rfc_authenticator);
    asked_len = radius_ask(asked, sizeof asked, &request, secret);
    answer_len = radius_answer(answer, sizeof answer, RADIUS_ACCESS_ACCEPT, &request, secret);
    code = 0;
}

static enum radius_verdict
check_answer(void)
{
    return radius_check(answer, answer_len, &request, secret, &code);
}

/* What the responder makes of the request. */
static enum radius_verdict
read_request(void)
{
    struct radius_request read;

    return radius_read(asked, asked_len, secret, &read);
}

START_TEST(the_password_of_the_rfc_is_hidden_as_the_rfc_has_it)
{
    request.id = 0;
    request.user = "nemo";
    request.password = "arctangent";
    asked_len = radius_ask(asked, sizeof asked, &request, rfc_secret);
    ck_assert_uint_eq(asked_len, 20 + 18 + 6 + 18 + 6);
    ck_assert_mem_eq(asked + FIRST_VALUE, "\x01\x06nemo\x02\x12", 8);
    ck_assert_mem_eq(asked + FIRST_VALUE + 8, rfc_hidden, sizeof rfc_hidden);
    ck_assert_mem_eq(asked + FIRST_VALUE + 24, "\x04\x06\xc0\xa8\x01\x10", 6);
}
END_TEST

START_TEST(the_accept_of_the_rfc_is_valid)
{
    request.id = 0;
    ck_assert_int_eq(radius_check(rfc_accept, sizeof rfc_accept, &request, rfc_secret, &code),
                     RADIUS_VALID);
    ck_assert_uint_eq(code, RADIUS_ACCESS_ACCEPT);
    ck_assert_int_eq(radius_check(rfc_accept, sizeof rfc_accept, &request, secret, &code),
                     RADIUS_BAD_AUTHENTICATOR);
}
END_TEST

START_TEST(the_responder_reads_what_is_asked)
{
    struct radius_request read;

    ck_assert_int_eq(radius_read(asked, asked_len, secret, &read), RADIUS_VALID);
    ck_assert_uint_eq(read.code, RADIUS_ACCESS_REQUEST);
    ck_assert_uint_eq(read.id, 77);
    ck_assert_uint_eq(read.nas_addr, 0xc0a80110);
    ck_assert_mem_eq(read.authenticator, rfc_authenticator, 16);
}
END_TEST

START_TEST(a_status_server_is_nothing_but_its_signature)
{
    struct radius_request read;

    request.code = RADIUS_STATUS_SERVER;
    request.nas_addr = 0;
    ck_assert_uint_eq(radius_ask(asked, sizeof asked, &request, secret), 38);
    ck_assert_int_eq(radius_read(asked, 38, secret, &read), RADIUS_VALID);
    ck_assert_uint_eq(read.code, RADIUS_STATUS_SERVER);
}
END_TEST

START_TEST(a_status_server_must_be_signed_and_a_login_need_not)
{
    uint8_t bare[20] = {RADIUS_ACCESS_REQUEST, 1, 0, 20};
    struct radius_request read;

    ck_assert_int_eq(radius_read(bare, sizeof bare, secret, &read), RADIUS_VALID);
    bare[0] = RADIUS_STATUS_SERVER;
    ck_assert_int_eq(radius_read(bare, sizeof bare, secret, &read), RADIUS_BAD_SIGNATURE);
}
END_TEST

START_TEST(accept_reject_and_challenge_are_answers)
{
    static const uint8_t codes[] = {RADIUS_ACCESS_ACCEPT, RADIUS_ACCESS_REJECT,
                                    RADIUS_ACCESS_CHALLENGE};

    for (size_t i = 0; i < sizeof codes; i++) {
        answer_len = radius_answer(answer, sizeof answer, codes[i], &request, secret);
        ck_assert_int_eq(check_answer(), RADIUS_VALID);
        ck_assert_uint_eq(code, codes[i]);
    }
}
END_TEST

START_TEST(other_codes_are_no_answer_however_well_signed)
{
    answer_len = radius_answer(answer, sizeof answer, 5, &request, secret);
    ck_assert_int_eq(check_answer(), RADIUS_BAD_CODE);
    answer_len = radius_answer(answer, sizeof answer, RADIUS_ACCESS_REQUEST, &request, secret);
    ck_assert_int_eq(check_answer(), RADIUS_BAD_CODE);
    ck_assert_uint_eq(code, 0);
    asked[0] = RADIUS_ACCESS_ACCEPT;
    ck_assert_int_eq(read_request(), RADIUS_BAD_CODE);
}
END_TEST

START_TEST(an_answer_to_another_request_is_refused)
{
    request.id++;
    ck_assert_int_eq(check_answer(), RADIUS_BAD_ID);
    request.id--;
    request.authenticator[3] ^= 1;
    ck_assert_int_eq(check_answer(), RADIUS_BAD_AUTHENTICATOR);
}
END_TEST

START_TEST(a_wrong_secret_is_refused_on_both_sides)
{
    struct radius_request read;

    ck_assert_int_eq(radius_check(answer, answer_len, &request, "another", &code),
                     RADIUS_BAD_AUTHENTICATOR);
    ck_assert_int_eq(radius_read(asked, asked_len, "another", &read), RADIUS_BAD_SIGNATURE);
}
END_TEST

START_TEST(every_flipped_bit_of_an_answer_is_refused)
{
    for (size_t i = 0; i < answer_len * 8; i++) {
        answer[i / 8] ^= (uint8_t)(1u << i % 8);
        /* of Accept and Reject one is one bit from the other: then the authenticator is wrong */
        ck_assert_int_ne(check_answer(), RADIUS_VALID);
        answer[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    ck_assert_int_eq(check_answer(), RADIUS_VALID);
}
END_TEST

START_TEST(every_flipped_bit_of_a_request_is_refused)
{
    for (size_t i = 0; i < asked_len * 8; i++) {
        asked[i / 8] ^= (uint8_t)(1u << i % 8);
        /* without its signature's type it would be a request of an older client */
        if (i / 8 != SIGNATURE_AT - 2)
            ck_assert_int_ne(read_request(), RADIUS_VALID);
        asked[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    ck_assert_int_eq(read_request(), RADIUS_VALID);
}
END_TEST

/* Made by someone who knows the secret, as only the authenticator is right. */
START_TEST(a_wrong_message_authenticator_is_refused_by_itself)
{
    struct md5_ctx md5;

    answer[SIGNATURE_AT] ^= 1;
    memcpy(answer + 4, request.authenticator, 16);
    md5_init(&md5);
    md5_update(&md5, answer_len, answer);
    md5_update(&md5, strlen(secret), (const uint8_t *)secret);
    md5_digest(&md5, 16, answer + 4);
    ck_assert_int_eq(check_answer(), RADIUS_BAD_SIGNATURE);
}
END_TEST

START_TEST(an_answer_cut_anywhere_is_refused)
{
    for (size_t len = 0; len < answer_len; len++)
        ck_assert_int_eq(radius_check(answer, len, &request, secret, &code), RADIUS_BAD_LENGTH);
    for (size_t len = 0; len < asked_len; len++) {
        struct radius_request read = {.id = 3};

        ck_assert_int_eq(radius_read(asked, len, secret, &read), RADIUS_BAD_LENGTH);
        ck_assert_uint_eq(read.id, 3);
    }
}
END_TEST

START_TEST(octets_beyond_the_length_are_padding)
{
    memset(answer + answer_len, 0xff, 8);
    answer_len += 8;
    ck_assert_int_eq(check_answer(), RADIUS_VALID);
}
END_TEST

START_TEST(attributes_that_leave_the_packet_are_refused)
{
    answer[21] = 19;
    ck_assert_int_eq(check_answer(), RADIUS_BAD_ATTRIBUTE);
    answer[20] = 18;
    for (uint8_t len = 0; len < 2; len++) {
        answer[21] = len;
        ck_assert_int_eq(check_answer(), RADIUS_BAD_ATTRIBUTE);
    }
    answer[21] = 17; /* leaves one octet: half an attribute */
    ck_assert_int_eq(check_answer(), RADIUS_BAD_ATTRIBUTE);
}
END_TEST

START_TEST(two_message_authenticators_are_refused)
{
    memmove(asked + 38 + 18, asked + 38, asked_len - 38);
    memcpy(asked + 38, asked + 20, 18);
    asked_len += 18;
    asked[3] = (uint8_t)asked_len;
    ck_assert_int_eq(read_request(), RADIUS_BAD_ATTRIBUTE);
}
END_TEST

START_TEST(what_does_not_fit_is_not_built)
{
    static char long_name[300], long_password[130];

    for (size_t room = 0; room < asked_len; room++)
        ck_assert_uint_eq(radius_ask(asked, room, &request, secret), 0);
    for (size_t room = 0; room < answer_len; room++)
        ck_assert_uint_eq(radius_answer(answer, room, RADIUS_ACCESS_ACCEPT, &request, secret), 0);
    memset(long_name, 'x', sizeof long_name - 1);
    memset(long_password, 'x', sizeof long_password - 1);
    request.password = long_password;
    ck_assert_uint_eq(radius_ask(asked, sizeof asked, &request, secret), 0);
    request.password = long_password + 1;
    ck_assert_uint_gt(radius_ask(asked, sizeof asked, &request, secret), 128);
    request.user = long_name;
    ck_assert_uint_eq(radius_ask(asked, sizeof asked, &request, secret), 0);
}
END_TEST

START_TEST(every_verdict_has_a_name)
{
    for (unsigned i = 0; i < RADIUS_VERDICT_N; i++)
        ck_assert_uint_gt(strlen(radius_verdict_name((enum radius_verdict)i)), 0);
    ck_assert_str_eq(radius_verdict_name(RADIUS_VERDICT_N), "");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("radius");
    TCase *tc = tcase_create("radius");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, the_password_of_the_rfc_is_hidden_as_the_rfc_has_it);
    tcase_add_test(tc, the_accept_of_the_rfc_is_valid);
    tcase_add_test(tc, the_responder_reads_what_is_asked);
    tcase_add_test(tc, a_status_server_is_nothing_but_its_signature);
    tcase_add_test(tc, a_status_server_must_be_signed_and_a_login_need_not);
    tcase_add_test(tc, accept_reject_and_challenge_are_answers);
    tcase_add_test(tc, other_codes_are_no_answer_however_well_signed);
    tcase_add_test(tc, an_answer_to_another_request_is_refused);
    tcase_add_test(tc, a_wrong_secret_is_refused_on_both_sides);
    tcase_add_test(tc, every_flipped_bit_of_an_answer_is_refused);
    tcase_add_test(tc, every_flipped_bit_of_a_request_is_refused);
    tcase_add_test(tc, a_wrong_message_authenticator_is_refused_by_itself);
    tcase_add_test(tc, an_answer_cut_anywhere_is_refused);
    tcase_add_test(tc, octets_beyond_the_length_are_padding);
    tcase_add_test(tc, attributes_that_leave_the_packet_are_refused);
    tcase_add_test(tc, two_message_authenticators_are_refused);
    tcase_add_test(tc, what_does_not_fit_is_not_built);
    tcase_add_test(tc, every_verdict_has_a_name);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
