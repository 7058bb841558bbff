#include "common/base/chunk.h"
#include "common/base/err.h"
#include "common/base/mono.h"
#include "common/base/rng.h"
#include "common/base/teid.h"
#include "common/base/wire.h"
#include "tests/unit/unit.h"

START_TEST(numbers_are_written_in_network_order)
{
    static const uint8_t expected[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                       0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};
    uint8_t buf[sizeof expected];
    struct wr wr = wr_over(buf, sizeof buf);

    wr_u8(&wr, 0x01);
    wr_u16(&wr, 0x0203);
    wr_u32(&wr, 0x04050607);
    wr_u64(&wr, UINT64_C(0x08090a0b0c0d0e0f));
    ck_assert(!wr.full);
    ck_assert_uint_eq(wr_len(&wr), sizeof expected);
    ck_assert_uint_eq(wr_room(&wr), 0);
    ck_assert_mem_eq(buf, expected, sizeof expected);

    struct rd rd = rd_over(buf, sizeof buf);

    ck_assert_uint_eq(rd_u8(&rd), 0x01);
    ck_assert_uint_eq(rd_u16(&rd), 0x0203);
    ck_assert_uint_eq(rd_u32(&rd), 0x04050607);
    ck_assert(!rd_done(&rd));
    ck_assert(rd_u64(&rd) == UINT64_C(0x08090a0b0c0d0e0f));
    ck_assert(rd_done(&rd));
}
END_TEST

START_TEST(reader_that_runs_out_turns_bad_and_yields_zeros)
{
    static const uint8_t bytes[] = {0xff, 0xff, 0xff};
    struct rd rd = rd_over(bytes, sizeof bytes);
    uint8_t out[2] = {0xaa, 0xaa};

    ck_assert_uint_eq(rd_u32(&rd), 0);
    ck_assert(rd.bad);
    ck_assert_uint_eq(rd_left(&rd), 0);
    ck_assert_uint_eq(rd_u8(&rd), 0); /* a byte is there, but the reader has lost its place */
    ck_assert_ptr_null(rd_bytes(&rd, 0x10));
    rd_copy(&rd, out, sizeof out);
    ck_assert_uint_eq(out[0], 0);
    ck_assert_uint_eq(out[1], 0);
    ck_assert(!rd_done(&rd));
}
END_TEST

START_TEST(writer_that_runs_out_turns_full_and_writes_nothing_more)
{
    uint8_t buf[4] = {0xaa, 0xaa, 0xaa, 0xaa};
    struct wr wr = wr_over(buf, 3);

    wr_u16(&wr, 0x0102);
    wr_u16(&wr, 0x0304);
    ck_assert(wr.full);
    wr_u8(&wr, 0x05); /* would fit, but would stand in the wrong place */
    ck_assert_uint_eq(wr_len(&wr), 2);
    ck_assert_uint_eq(wr_room(&wr), 0);
    ck_assert_uint_eq(buf[2], 0xaa);
    ck_assert_uint_eq(buf[3], 0xaa);
}
END_TEST

START_TEST(empty_and_absent_buffers_are_read_and_written_safely)
{
    struct rd rd = rd_over(NULL, 0);
    struct wr wr = wr_over(NULL, 0);

    ck_assert(rd_done(&rd));
    ck_assert_uint_eq(rd_u8(&rd), 0);
    ck_assert(rd.bad);
    wr_bytes(&wr, NULL, 0);
    ck_assert(!wr.full);
    wr_u8(&wr, 1);
    ck_assert(wr.full);
}
END_TEST

START_TEST(strings_travel_with_their_length)
{
    uint8_t buf[16];
    char out[6];
    struct wr wr = wr_over(buf, sizeof buf);

    wr_str(&wr, "hello");
    wr_str(&wr, "");
    ck_assert_uint_eq(wr_len(&wr), 7);
    ck_assert_uint_eq(buf[0], 5);

    struct rd rd = rd_over(buf, wr_len(&wr));

    rd_str(&rd, out, sizeof out);
    ck_assert_str_eq(out, "hello");
    rd_str(&rd, out, sizeof out);
    ck_assert_str_eq(out, "");
    ck_assert(rd_done(&rd));
}
END_TEST

START_TEST(strings_too_long_cut_or_with_a_zero_byte_are_refused)
{
    static const uint8_t fits_not[] = {5, 'h', 'e', 'l', 'l', 'o'}, cut[] = {5, 'h', 'e'},
                         zero[] = {3, 'a', 0, 'b'};
    static const struct {
        const uint8_t *bytes;
        size_t len;
    } cases[] = {{fits_not, sizeof fits_not}, {cut, sizeof cut}, {zero, sizeof zero}, {cut, 0}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rd rd = rd_over(cases[i].bytes, cases[i].len);
        char out[5] = "x";

        rd_str(&rd, out, sizeof out);
        ck_assert_msg(rd.bad, "case %zu", i);
        ck_assert_str_eq(out, "");
    }
}
END_TEST

START_TEST(string_beyond_255_octets_is_not_written)
{
    char str[257];
    uint8_t buf[300];
    struct wr wr = wr_over(buf, sizeof buf);

    memset(str, 'a', sizeof str);
    str[255] = '\0';
    wr_str(&wr, str);
    ck_assert(!wr.full);
    ck_assert_uint_eq(wr_len(&wr), 256);

    wr = wr_over(buf, sizeof buf);
    str[255] = 'a';
    str[256] = '\0';
    wr_str(&wr, str);
    ck_assert(wr.full);
    ck_assert_uint_eq(wr_len(&wr), 0);
}
END_TEST

START_TEST(never_stays_never)
{
    mono_t late = {.us = INT64_MAX - 5};

    ck_assert_int_eq(mono_after((mono_t){.us = 10}, 5).us, 15);
    ck_assert_int_eq(mono_after((mono_t){.us = 10}, -5).us, 5);
    ck_assert_int_eq(mono_after(MONO_NEVER, 1).us, MONO_NEVER.us);
    ck_assert_int_eq(mono_after(late, 6).us, MONO_NEVER.us);
    ck_assert_int_eq(mono_after(late, 5).us, MONO_NEVER.us);
    ck_assert(!mono_reached(late, MONO_NEVER));
}
END_TEST

START_TEST(deadline_is_reached_at_its_instant_not_before)
{
    mono_t deadline = {.us = 1000};

    ck_assert(!mono_reached((mono_t){.us = 999}, deadline));
    ck_assert(mono_reached((mono_t){.us = 1000}, deadline));
    ck_assert_int_eq(mono_between((mono_t){.us = 30}, deadline), 970);
    ck_assert_int_eq(mono_between(deadline, (mono_t){.us = 30}), -970);
    ck_assert_int_eq(mono_earlier(deadline, MONO_NEVER).us, 1000);
    ck_assert_int_eq(mono_earlier(deadline, (mono_t){.us = 1}).us, 1);
}
END_TEST

START_TEST(chunks_of_16_addresses_go_round_the_session_managers)
{
    const uint32_t net = 0x0a010000, mask = 0xffffff00;

    ck_assert_uint_eq(chunk_owner(net, mask, net + 1, 2), 1);
    ck_assert_uint_eq(chunk_owner(net, mask, net + 15, 2), 1);
    ck_assert_uint_eq(chunk_owner(net, mask, net + 16, 2), 2);
    ck_assert_uint_eq(chunk_owner(net, mask, net + 31, 2), 2);
    ck_assert_uint_eq(chunk_owner(net, mask, net + 32, 2), 1);
    ck_assert_uint_eq(chunk_owner(net, mask, net + 254, 1), 1);
}
END_TEST

START_TEST(an_address_has_the_same_owner_in_whatever_pool_it_lies)
{
    const uint32_t net = 0x0a010000;

    for (uint8_t n = 1; n <= 5; n++) {
        for (uint32_t addr = net + 65; addr < net + 71; addr++) {
            uint8_t owner = chunk_owner(net, 0xffffff00, addr, n);

            ck_assert_uint_ne(owner, 0);
            ck_assert_uint_eq(chunk_owner(net + 64, 0xffffffc0, addr, n), owner);
            ck_assert_uint_eq(chunk_owner(net + 64, 0xfffffff8, addr, n), owner);
        }
    }
}
END_TEST

START_TEST(addresses_no_subscriber_may_have_belong_to_nobody)
{
    const uint32_t net = 0x0a010000, mask = 0xffffff00;

    ck_assert_uint_eq(chunk_owner(net, mask, net, 2), 0);
    ck_assert_uint_eq(chunk_owner(net, mask, net + 255, 2), 0);
    ck_assert_uint_eq(chunk_owner(net, mask, net + 256, 2), 0);
    ck_assert_uint_eq(chunk_owner(net, mask, net - 1, 2), 0);
    ck_assert_uint_eq(chunk_owner(net, mask, net + 1, 0), 0);
}
END_TEST

START_TEST(teid_gives_back_what_it_was_made_of)
{
    struct rng rng = {.state = 7};

    for (int i = 0; i < 10000; i++) {
        uint8_t instance = (uint8_t)rng_next(&rng);
        unsigned generation = (unsigned)rng_below(&rng, 1u << TEID_GENERATION_BITS);
        uint32_t slot = (uint32_t)rng_below(&rng, TEID_SLOTS);
        uint32_t teid = teid_make(instance, generation, slot);

        ck_assert_uint_eq(teid_instance(teid), instance);
        ck_assert_uint_eq(teid_generation(teid), generation);
        ck_assert_uint_eq(teid_slot(teid), slot);
    }
}
END_TEST

START_TEST(teid_parts_never_spill_into_each_other)
{
    ck_assert_uint_eq(teid_make(1, 8, 0), teid_make(1, 0, 0));
    ck_assert_uint_eq(teid_make(1, 0, TEID_SLOTS), teid_make(1, 0, 0));
    ck_assert_uint_eq(teid_make(0x12, 5, 0x1fffff), 0x12bfffff);
}
END_TEST

START_TEST(one_seed_is_one_sequence)
{
    /* The first outputs of SplitMix64 from 0, as its author publishes them. */
    struct rng a = {.state = 0}, b = {.state = 1};

    ck_assert(rng_next(&a) == UINT64_C(0xe220a8397b1dcdaf));
    ck_assert(rng_next(&a) == UINT64_C(0x6e789e6aa1b965f4));
    ck_assert(rng_next(&a) == UINT64_C(0x06c45d188009454f));
    ck_assert(rng_next(&b) != UINT64_C(0xe220a8397b1dcdaf));
}
END_TEST

START_TEST(random_numbers_stay_in_their_range_and_reach_its_ends)
{
    struct rng rng = {.state = 3};
    bool low = false, high = false;

    for (int i = 0; i < 10000; i++) {
        int64_t value = rng_between(&rng, -3, 4);

        ck_assert(value >= -3 && value <= 4);
        ck_assert_uint_lt(rng_below(&rng, 10), 10);
        low |= value == -3;
        high |= value == 4;
    }
    ck_assert(low && high);
    ck_assert_uint_eq(rng_below(&rng, 0), 0);
    ck_assert_int_eq(rng_between(&rng, 5, 5), 5);
}
END_TEST

START_TEST(chance_is_out_of_a_thousand)
{
    struct rng rng = {.state = 11};
    int hits = 0;

    for (int i = 0; i < 100000; i++) {
        ck_assert(!rng_chance(&rng, 0));
        ck_assert(rng_chance(&rng, 1000));
        hits += rng_chance(&rng, 250);
    }
    ck_assert_int_gt(hits, 24000);
    ck_assert_int_lt(hits, 26000);
}
END_TEST

START_TEST(every_error_has_a_text)
{
#define X(name, value, text)                                                                       \
    ck_assert_int_lt(name, 0);                                                                     \
    ck_assert_str_eq(di_strerror(name), text);
    DI_ERRS(X)
#undef X
    ck_assert_str_eq(di_strerror(0), "success");
    ck_assert_str_eq(di_strerror(-1000), "unknown error");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("base");
    TCase *wire = tcase_create("wire"), *small = tcase_create("small");

    tcase_add_test(wire, numbers_are_written_in_network_order);
    tcase_add_test(wire, reader_that_runs_out_turns_bad_and_yields_zeros);
    tcase_add_test(wire, writer_that_runs_out_turns_full_and_writes_nothing_more);
    tcase_add_test(wire, empty_and_absent_buffers_are_read_and_written_safely);
    tcase_add_test(wire, strings_travel_with_their_length);
    tcase_add_test(wire, strings_too_long_cut_or_with_a_zero_byte_are_refused);
    tcase_add_test(wire, string_beyond_255_octets_is_not_written);
    tcase_add_test(small, never_stays_never);
    tcase_add_test(small, deadline_is_reached_at_its_instant_not_before);
    tcase_add_test(small, chunks_of_16_addresses_go_round_the_session_managers);
    tcase_add_test(small, an_address_has_the_same_owner_in_whatever_pool_it_lies);
    tcase_add_test(small, addresses_no_subscriber_may_have_belong_to_nobody);
    tcase_add_test(small, teid_gives_back_what_it_was_made_of);
    tcase_add_test(small, teid_parts_never_spill_into_each_other);
    tcase_add_test(small, one_seed_is_one_sequence);
    tcase_add_test(small, random_numbers_stay_in_their_range_and_reach_its_ends);
    tcase_add_test(small, chance_is_out_of_a_thousand);
    tcase_add_test(small, every_error_has_a_text);
    suite_add_tcase(suite, wire);
    suite_add_tcase(suite, small);
    return unit_main(suite);
}
