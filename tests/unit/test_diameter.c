/* Diameter base messages, and how they are cut out of a stream. */
#include "cf/monitor/diameter.h"

#include <string.h>

#include "common/base/err.h"
#include "common/base/wire.h"
#include "tests/unit/unit.h"

static const struct diameter_self us = {"pgw.icsr.test", "icsr.test", 0x7f000005};
static const struct diameter_self peer = {"ocs.icsr.test", "icsr.test", 0x7f000006};
static uint8_t bytes[DIAMETER_ROOM], reply[DIAMETER_ROOM];
static size_t len;
static struct diameter_msg msg;
static struct diameter_stream stream;
static const char *reason;

static void
setup(void)
{
    len = diameter_ask(bytes, sizeof bytes, DIAMETER_CAPABILITIES, 0x11223344, 0x55667788, &us);
    memset(&msg, 0, sizeof msg);
    diameter_stream_init(&stream);
}

static int
read_it(void)
{
    return diameter_read(&msg, bytes, len, &reason);
}

/* Where the AVP with that code stands in `bytes`; fails if there is none. */
static size_t
find_avp(uint32_t code)
{
    for (size_t at = 20; at < len;) {
        struct rd rd = rd_over(bytes + at, len - at);
        uint32_t has = rd_u32(&rd);
        size_t avp_len;

        (void)rd_u8(&rd);
        avp_len = (size_t)rd_uint(&rd, 3);
        if (has == code)
            return at;
        at += (avp_len + 3) / 4 * 4;
    }
    ck_abort_msg("no AVP %u", code);
}

static void
answer_it(uint32_t result)
{
    ck_assert_int_eq(read_it(), 0);
    len = diameter_answer(reply, sizeof reply, &msg, result, &peer);
    ck_assert_uint_gt(len, 0);
    memcpy(bytes, reply, len);
    ck_assert_int_eq(read_it(), 0);
}

START_TEST(a_capabilities_request_has_what_the_rfc_requires)
{
    static const uint32_t required[] = {264, 296, 257, 266, 269};

    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        (void)find_avp(required[i]);
    ck_assert_mem_eq(bytes + find_avp(257) + 8, "\x00\x01\x7f\x00\x00\x05", 6);
    ck_assert_mem_eq(bytes + find_avp(258) + 8, "\xff\xff\xff\xff", 4);
    ck_assert_int_eq(read_it(), 0);
    ck_assert_uint_eq(msg.flags, DIAMETER_REQUEST);
    ck_assert_uint_eq(msg.command, DIAMETER_CAPABILITIES);
    ck_assert_uint_eq(msg.application, 0);
    ck_assert_uint_eq(msg.hop_by_hop, 0x11223344);
    ck_assert_uint_eq(msg.end_to_end, 0x55667788);
    ck_assert_str_eq(msg.host, "pgw.icsr.test");
    ck_assert_uint_eq(msg.result, 0);
}
END_TEST

START_TEST(an_answer_repeats_the_identifiers_and_says_who_speaks)
{
    static const enum diameter_command commands[] = {DIAMETER_CAPABILITIES, DIAMETER_WATCHDOG,
                                                     DIAMETER_DISCONNECT};

    for (size_t i = 0; i < 3; i++) {
        len = diameter_ask(bytes, sizeof bytes, commands[i], 7, 8, &us);
        answer_it(DIAMETER_SUCCESS);
        ck_assert_uint_eq(msg.flags, 0);
        ck_assert_uint_eq(msg.command, commands[i]);
        ck_assert_uint_eq(msg.hop_by_hop, 7);
        ck_assert_uint_eq(msg.end_to_end, 8);
        ck_assert_uint_eq(msg.result, DIAMETER_SUCCESS);
        ck_assert_str_eq(msg.host, "ocs.icsr.test");
    }
}
END_TEST

START_TEST(a_refusal_has_the_flag_of_errors)
{
    answer_it(DIAMETER_UNKNOWN_PEER);
    ck_assert_uint_eq(msg.result, DIAMETER_UNKNOWN_PEER);
    ck_assert_uint_eq(msg.flags, DIAMETER_ERROR);
}
END_TEST

START_TEST(an_unknown_command_is_answered_as_unsupported)
{
    bytes[4] |= DIAMETER_PROXIABLE;
    bytes[7] = 16; /* command 272, credit control */
    answer_it(DIAMETER_SUCCESS);
    ck_assert_uint_eq(msg.command, 272);
    ck_assert_uint_eq(msg.result, DIAMETER_COMMAND_UNSUPPORTED);
    ck_assert_uint_eq(msg.flags, DIAMETER_ERROR | DIAMETER_PROXIABLE);
}
END_TEST

START_TEST(a_disconnect_request_says_why)
{
    len = diameter_ask(bytes, sizeof bytes, DIAMETER_DISCONNECT, 7, 8, &us);
    ck_assert_mem_eq(bytes + find_avp(273) + 8, "\x00\x00\x00\x02", 4);
}
END_TEST

START_TEST(a_message_cut_anywhere_is_refused)
{
    struct diameter_msg before;

    memset(&msg, 0x5a, sizeof msg);
    before = msg;
    for (size_t cut = 0; cut < len; cut++) {
        ck_assert_int_eq(diameter_read(&msg, bytes, cut, &reason), DI_EFORMAT);
        ck_assert_str_eq(reason, "length");
    }
    ck_assert_mem_eq(&msg, &before, sizeof msg);
}
END_TEST

START_TEST(a_message_whose_length_cuts_an_avp_is_refused)
{
    for (size_t cut = 24; cut < len; cut += 4) {
        bytes[2] = (uint8_t)(cut >> 8);
        bytes[3] = (uint8_t)cut;
        if (diameter_read(&msg, bytes, cut, &reason) != 0)
            ck_assert_str_eq(reason, "AVP length");
        else /* between two AVPs: whole */
            ck_assert(cut == find_avp(264) || cut == find_avp(296) || cut == find_avp(257) ||
                      cut == find_avp(266) || cut == find_avp(269) || cut == find_avp(258) ||
                      cut == find_avp(299));
    }
}
END_TEST

START_TEST(wrong_avps_are_refused_with_their_name)
{
    size_t host = find_avp(264);

    bytes[host + 7] = 8;
    ck_assert_int_eq(read_it(), DI_EFORMAT);
    bytes[host + 7] = 7;
    ck_assert_int_eq(read_it(), DI_EFORMAT);
    ck_assert_str_eq(reason, "AVP length");
    setup();
    bytes[host + 8] = 0;
    ck_assert_int_eq(read_it(), DI_EFORMAT);
    ck_assert_str_eq(reason, "Origin-Host");
    setup();
    bytes[find_avp(296) + 2] = 264 >> 8;
    bytes[find_avp(296) + 3] = 264 & 255; /* twice */
    ck_assert_int_eq(read_it(), DI_EFORMAT);
    ck_assert_str_eq(reason, "Origin-Host");
    setup();
    bytes[find_avp(296) + 3] = 268 & 255; /* not of four octets */
    ck_assert_int_eq(read_it(), DI_EFORMAT);
    ck_assert_str_eq(reason, "Result-Code");
    setup();
    bytes[0] = 2;
    ck_assert_int_eq(read_it(), DI_EFORMAT);
    ck_assert_str_eq(reason, "version");
}
END_TEST

START_TEST(a_vendors_avp_of_the_same_number_says_nothing_to_us)
{
    size_t host = find_avp(264);

    bytes[host + 4] |= 0x80;
    ck_assert_int_eq(read_it(), 0);
    ck_assert_str_eq(msg.host, "");
}
END_TEST

static void
feed(const uint8_t *from, size_t n)
{
    size_t room;
    uint8_t *at = diameter_stream_room(&stream, &room);

    ck_assert_uint_ge(room, n);
    memcpy(at, from, n);
    diameter_stream_add(&stream, n);
}

START_TEST(a_message_that_comes_octet_by_octet_is_one_message)
{
    const uint8_t *at;

    for (size_t i = 0; i < len; i++) {
        ck_assert_int_eq(diameter_next(&stream, &at), 0);
        feed(bytes + i, 1);
    }
    ck_assert_int_eq(diameter_next(&stream, &at), (int)len);
    ck_assert_mem_eq(at, bytes, len);
    ck_assert_int_eq(diameter_next(&stream, &at), 0);
}
END_TEST

START_TEST(messages_that_come_together_are_taken_one_by_one)
{
    const uint8_t *at;

    for (int i = 0; i < 3; i++)
        feed(bytes, len);
    feed(bytes, 5);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(diameter_next(&stream, &at), (int)len);
        ck_assert_mem_eq(at, bytes, len);
    }
    ck_assert_int_eq(diameter_next(&stream, &at), 0);
    feed(bytes + 5, len - 5);
    ck_assert_int_eq(diameter_next(&stream, &at), (int)len);
    ck_assert_mem_eq(at, bytes, len);
}
END_TEST

START_TEST(the_longest_message_fits_and_a_longer_one_ends_the_stream)
{
    static uint8_t longest[DIAMETER_MOST] = {1, 0, DIAMETER_MOST >> 8, DIAMETER_MOST & 255};
    static const uint8_t longer[] = {1, 0, (DIAMETER_MOST + 4) >> 8, (DIAMETER_MOST + 4) & 255};
    const uint8_t *at;
    size_t room;

    feed(longest, sizeof longest - 1);
    ck_assert_int_eq(diameter_next(&stream, &at), 0);
    (void)diameter_stream_room(&stream, &room);
    ck_assert_uint_eq(room, 1);
    feed(longest, 1);
    ck_assert_int_eq(diameter_next(&stream, &at), DIAMETER_MOST);
    diameter_stream_init(&stream);
    feed(longer, sizeof longer);
    ck_assert_int_eq(diameter_next(&stream, &at), DI_EFORMAT);
}
END_TEST

START_TEST(what_can_be_no_message_ends_the_stream_at_once)
{
    static const uint8_t wrong[][4] = {{1, 0, 0, 19}, {1, 0, 0, 16}, {1, 0, 0, 22}, {1, 0, 0, 0}};
    const uint8_t *at;

    feed((const uint8_t *)"GET", 1);
    ck_assert_int_eq(diameter_next(&stream, &at), DI_EFORMAT);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        diameter_stream_init(&stream);
        feed(wrong[i], 3);
        ck_assert_int_eq(diameter_next(&stream, &at), 0);
        feed(wrong[i] + 3, 1);
        ck_assert_int_eq(diameter_next(&stream, &at), DI_EFORMAT);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_not_built)
{
    ck_assert_int_eq(read_it(), 0);
    for (size_t room = 0; room < len; room++)
        ck_assert_uint_eq(diameter_ask(reply, room, DIAMETER_CAPABILITIES, 1, 2, &us), 0);
    ck_assert_uint_eq(diameter_answer(reply, 60, &msg, DIAMETER_SUCCESS, &us), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("diameter");
    TCase *tc = tcase_create("diameter");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_capabilities_request_has_what_the_rfc_requires);
    tcase_add_test(tc, an_answer_repeats_the_identifiers_and_says_who_speaks);
    tcase_add_test(tc, a_refusal_has_the_flag_of_errors);
    tcase_add_test(tc, an_unknown_command_is_answered_as_unsupported);
    tcase_add_test(tc, a_disconnect_request_says_why);
    tcase_add_test(tc, a_message_cut_anywhere_is_refused);
    tcase_add_test(tc, a_message_whose_length_cuts_an_avp_is_refused);
    tcase_add_test(tc, wrong_avps_are_refused_with_their_name);
    tcase_add_test(tc, a_vendors_avp_of_the_same_number_says_nothing_to_us);
    tcase_add_test(tc, a_message_that_comes_octet_by_octet_is_one_message);
    tcase_add_test(tc, messages_that_come_together_are_taken_one_by_one);
    tcase_add_test(tc, the_longest_message_fits_and_a_longer_one_ends_the_stream);
    tcase_add_test(tc, what_can_be_no_message_ends_the_stream_at_once);
    tcase_add_test(tc, what_does_not_fit_is_not_built);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
