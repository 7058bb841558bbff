/* gtp_bytes.h - hexadecimal text to bytes and random fillings, for the GTP cases
 *
 * Ownership  plain values
 * Time       none
 * Errors     an odd digit fails the case
 * Threads    main
 */
#ifndef VPCLAB_GTP_BYTES_H
#define VPCLAB_GTP_BYTES_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"
#include "common/gtp/gtp.h"

struct dgram {
    uint8_t at[2048];
    size_t len;
};

/* Pairs of digits; blanks are for the reader. */
static inline struct dgram
dgram_of(const char *hex)
{
    struct dgram d = {0};
    char pair[3] = "";

    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        pair[0] = *hex++;
        pair[1] = *hex;

        char *end;
        unsigned long octet = strtoul(pair, &end, 16);

        ck_assert_msg(end == pair + 2, "not a pair of digits: %s", pair);
        ck_assert_uint_lt(d.len, sizeof d.at);
        d.at[d.len++] = (uint8_t)octet;
    }
    return d;
}

/* The bytes on a heap block of just their size, so that a read past the end is seen. */
static inline uint8_t *
exact(const uint8_t *at, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, at, len);
    return copy;
}

static inline void
random_fill(struct rng *rng, void *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)out)[i] = (uint8_t)rng_next(rng);
}

/* From 1 to 15 random digits. */
static inline uint64_t
random_imsi(struct rng *rng)
{
    char digits[16] = "";

    for (int64_t n = rng_between(rng, 1, 15); n > 0; n--)
        digits[n - 1] = (char)('0' + rng_below(rng, 10));
    return gtp_imsi_from_digits(digits);
}

/* Bytes for a borrowed field, from a pool that outlives the case. */
static inline struct gtp_bytes
random_bytes(struct rng *rng, const uint8_t pool[64])
{
    return (struct gtp_bytes){.at = pool + rng_below(rng, 32), .len = rng_below(rng, 33)};
}

/* Equal contents; both pointers are then forgotten, so that the rest can be compared whole. */
static inline void
match_bytes(struct gtp_bytes *a, struct gtp_bytes *b)
{
    ck_assert_uint_eq(a->len, b->len);
    if (a->len)
        ck_assert_mem_eq(a->at, b->at, a->len);
    *a = *b = (struct gtp_bytes){0};
}

#endif
