#include "common/base/err.h"
#include "common/base/rng.h"
#include "common/ckpt/ckpt_pack.h"
#include "unit.h"

START_TEST(packed_messages_come_back_with_each_algorithm)
{
    struct ckpt_packer *packer = ckpt_packer_new();
    uint8_t in[5000], out[6000], back[5000];

    for (unsigned algo = 0; algo < CKPT_ALGOS; algo++) {
        size_t len, n = 0;

        for (size_t i = 0; i < sizeof in; i++)
            in[i] = (uint8_t)(i / 100);
        len = ckpt_pack(packer, algo, in, sizeof in, out, sizeof out);
        ck_assert(algo == CKPT_STORED || len < 500);
        ck_assert_int_eq(ckpt_unpack(packer, out, len, back, sizeof back, &n), 0);
        ck_assert_uint_eq(n, sizeof in);
        ck_assert_mem_eq(in, back, sizeof in);
        for (size_t cut = 0; cut < len; cut++)
            ck_assert_int_lt(ckpt_unpack(packer, out, cut, back, sizeof back, &n), 0);
    }
    ckpt_packer_destroy(&packer);
}
END_TEST

START_TEST(incompressible_message_travels_stored)
{
    struct ckpt_packer *packer = ckpt_packer_new();
    struct rng rng = {.state = 3};
    uint8_t in[100], out[200];

    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)rng_next(&rng);
    ck_assert_uint_eq(ckpt_pack(packer, CKPT_ZLIB, in, sizeof in, out, sizeof out), 105);
    ck_assert_uint_eq(out[0], CKPT_STORED);
    ckpt_packer_destroy(&packer);
}
END_TEST

START_TEST(declared_length_is_capped_before_anything_is_inflated)
{
    struct ckpt_packer *packer = ckpt_packer_new();
    uint8_t in[200] = {0}, out[300], back[200];
    size_t len = ckpt_pack(packer, CKPT_ZLIB, in, sizeof in, out, sizeof out), n;

    ck_assert_int_eq(ckpt_unpack(packer, out, len, back, 199, &n), DI_ESPACE);
    out[1] = 0xff;
    ck_assert_int_eq(ckpt_unpack(packer, out, len, back, sizeof back, &n), DI_ESPACE);
    out[1] = 0;
    out[4] = 199; /* holds more than it says */
    ck_assert_int_eq(ckpt_unpack(packer, out, len, back, sizeof back, &n), DI_EFORMAT);
    out[0] = CKPT_ALGOS;
    ck_assert_int_eq(ckpt_unpack(packer, out, len, back, sizeof back, &n), DI_EFORMAT);
    ckpt_packer_destroy(&packer);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt_pack");
    TCase *tcase = tcase_create("ckpt_pack");

    tcase_add_test(tcase, packed_messages_come_back_with_each_algorithm);
    tcase_add_test(tcase, incompressible_message_travels_stored);
    tcase_add_test(tcase, declared_length_is_capped_before_anything_is_inflated);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
