#include "common/gtp/gtp_tft.h"
#include "gtp_bytes.h"
#include "unit.h"

/* Two filters: UDP from 192.0.2.0/24, ports 5000 to 5003; and port 53 from anywhere. */
#define TWO                                                                                        \
    "22 31 0a 10 10 c0000200 ffffff00 30 11 51 1388 138b"                                          \
    " 02 14 03 50 0035"

static int
decoded(struct gtp_tft *tft, const char *hex)
{
    struct dgram d = dgram_of(hex);
    uint8_t *copy = exact(d.at, d.len);
    const char *reason = NULL;
    int fault = gtp_tft_decode(tft, copy, d.len, &reason);

    free(copy);
    ck_assert_int_eq(!fault, !reason);
    return fault;
}

static void
refused(const char *hex, int fault)
{
    struct gtp_tft tft = {.op = 77}, before = tft;

    ck_assert_int_eq(decoded(&tft, hex), fault);
    ck_assert_mem_eq(&tft, &before, sizeof tft);
}

START_TEST(filters_are_read_and_written_as_they_were)
{
    struct dgram d = dgram_of(TWO);
    struct gtp_tft tft;
    uint8_t out[GTP_TFT_MOST];

    ck_assert_int_eq(decoded(&tft, TWO), 0);
    ck_assert_uint_eq(tft.op, GTP_TFT_CREATE);
    ck_assert_uint_eq(tft.filter_n, 2);
    ck_assert_uint_eq(tft.filters[0].id, 1);
    ck_assert_uint_eq(tft.filters[0].direction, GTP_FILTER_BOTH);
    ck_assert_uint_eq(tft.filters[0].precedence, 10);
    ck_assert_uint_eq(tft.filters[0].addr, 0xc0000200);
    ck_assert_uint_eq(tft.filters[0].mask, 0xffffff00);
    ck_assert_uint_eq(tft.filters[0].protocol, 17);
    ck_assert_uint_eq(tft.filters[0].port_low, 5000);
    ck_assert_uint_eq(tft.filters[0].port_high, 5003);
    ck_assert_uint_eq(tft.filters[1].mask, 0);
    ck_assert_uint_eq(tft.filters[1].port_low, 53);
    ck_assert_uint_eq(tft.filters[1].port_high, 53);
    ck_assert_uint_eq(gtp_tft_encode(out, sizeof out, &tft), d.len);
    ck_assert_mem_eq(out, d.at, d.len);
    for (size_t room = 0; room < d.len; room++)
        ck_assert_uint_eq(gtp_tft_encode(out, room, &tft), 0);
}
END_TEST

START_TEST(a_template_cut_anywhere_is_refused)
{
    struct dgram d = dgram_of(TWO);
    const char *reason;
    struct gtp_tft tft;

    for (size_t cut = 0; cut < d.len; cut++) {
        uint8_t *copy = exact(d.at, cut);

        ck_assert_int_eq(gtp_tft_decode(&tft, copy, cut, &reason), GTP_EFORMAT);
        free(copy);
    }
    refused(TWO " 00", GTP_EFORMAT);
}
END_TEST

START_TEST(operations_have_the_filters_they_need)
{
    struct gtp_tft tft;

    refused("01 31 0a 02 30 11", GTP_EFORMAT); /* operation 0 */
    refused("e1 31 0a 02 30 11", GTP_EFORMAT);
    refused("20", GTP_EFORMAT); /* create, of no filter */
    refused("41 31", GTP_EFORMAT);
    ck_assert_int_eq(decoded(&tft, "40"), 0);
    ck_assert_uint_eq(tft.op, GTP_TFT_DELETE);
    ck_assert_int_eq(decoded(&tft, "c0"), 0);
    ck_assert_int_eq(decoded(&tft, "a2 01 02"), 0);
    ck_assert_uint_eq(tft.filters[1].id, 2);
    refused("a2 01 01", GTP_EFORMAT);
}
END_TEST

START_TEST(filter_of_no_sense_is_refused)
{
    refused("21 31 0a 00", GTP_EFORMAT);                      /* looks at nothing */
    refused("21 31 0a 04 30 11 30 06", GTP_EFORMAT);          /* two protocols */
    refused("21 31 0a 05 51 0002 0001", GTP_EFORMAT);         /* ports from 2 to 1 */
    refused("21 31 0a 02 99 00", GTP_EFORMAT);                /* no such component */
    refused("21 31 0a 01 30", GTP_EFORMAT);                   /* ... cut */
    refused("22 31 0a 02 30 11 31 0b 02 30 06", GTP_EFORMAT); /* one identifier twice */
}
END_TEST

START_TEST(filter_that_looks_at_more_is_not_widened)
{
    refused("21 31 0a 05 30 11 40 0035", GTP_EVALUE);        /* local port */
    refused("21 31 0a 09 11 0a000001 ffffffff", GTP_EVALUE); /* local address */
    refused("21 31 0a 03 70 b8 fc", GTP_EVALUE);             /* type of service */
    refused("21 31 0a 05 60 00000001", GTP_EVALUE);          /* security parameter index */
    refused("21 31 0a 04 80 000001", GTP_EVALUE);            /* flow label */
    refused("21 31 0a 03 40 00", GTP_EFORMAT);
    refused("25 00 00 02 30 01 01 00 02 30 01 02 00 02 30 01 03 00 02 30 01 04 00 02 30 01",
            GTP_EVALUE); /* five of them */
}
END_TEST

START_TEST(parameters_behind_the_filters_are_skipped)
{
    struct gtp_tft tft;

    ck_assert_int_eq(decoded(&tft, "31 31 0a 02 30 11 03 02 0101 01 00"), 0);
    ck_assert_uint_eq(tft.filter_n, 1);
    refused("31 31 0a 02 30 11 03 02 01", GTP_EFORMAT);
    refused("21 31 0a 02 30 11 03 02 0101", GTP_EFORMAT); /* not announced */
}
END_TEST

START_TEST(operations_change_the_filters_there_are)
{
    struct gtp_filter filters[GTP_FILTERS] = {0};
    struct gtp_tft tft;

    ck_assert_int_eq(decoded(&tft, TWO), 0);
    ck_assert_int_eq(gtp_tft_apply(filters, 0, &tft), 2);
    ck_assert_int_eq(decoded(&tft, "62 03 01 02 30 06 04 02 02 30 06"), 0); /* add */
    ck_assert_int_eq(gtp_tft_apply(filters, 2, &tft), 4);
    ck_assert_int_eq(decoded(&tft, "61 05 01 02 30 06"), 0); /* no room */

    struct gtp_filter before[GTP_FILTERS];

    memcpy(before, filters, sizeof before);
    ck_assert_int_eq(gtp_tft_apply(filters, 4, &tft), GTP_EVALUE);
    ck_assert_mem_eq(filters, before, sizeof before);
    ck_assert_int_eq(decoded(&tft, "81 03 63 02 30 11"), 0); /* replace */
    ck_assert_int_eq(gtp_tft_apply(filters, 4, &tft), 4);
    ck_assert_uint_eq(filters[2].precedence, 0x63);
    ck_assert_int_eq(decoded(&tft, "a2 01 09"), 0); /* delete one, and one that is not there */
    ck_assert_int_eq(gtp_tft_apply(filters, 4, &tft), 3);
    ck_assert_uint_eq(filters[0].id, 4);
    ck_assert_int_eq(decoded(&tft, "c0"), 0);
    ck_assert_int_eq(gtp_tft_apply(filters, 3, &tft), 3);
    ck_assert_int_eq(decoded(&tft, "40"), 0);
    ck_assert_int_eq(gtp_tft_apply(filters, 3, &tft), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gtp_tft");
    TCase *tc = tcase_create("gtp_tft");

    tcase_add_test(tc, filters_are_read_and_written_as_they_were);
    tcase_add_test(tc, a_template_cut_anywhere_is_refused);
    tcase_add_test(tc, operations_have_the_filters_they_need);
    tcase_add_test(tc, filter_of_no_sense_is_refused);
    tcase_add_test(tc, filter_that_looks_at_more_is_not_widened);
    tcase_add_test(tc, parameters_behind_the_filters_are_skipped);
    tcase_add_test(tc, operations_change_the_filters_there_are);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
