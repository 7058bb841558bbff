/* rng.h - a small seeded random generator for simulations, fuzzers and load
 *
 * SplitMix64 (public domain algorithm by Sebastiano Vigna). The state is a value: one
 * seed is one whole execution. Not for keys.
 *
 * Ownership  plain value
 * Time       none
 * Errors     none
 * Threads    one owner each
 */
#ifndef VPCLAB_RNG_H
#define VPCLAB_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

/* A well-spread 64-bit hash of one 64-bit value; the same on every machine. */
static inline uint64_t
mix64(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint64_t
rng_next(struct rng *rng)
{
    rng->state += UINT64_C(0x9e3779b97f4a7c15);
    return mix64(rng->state);
}

/* Evenly from 0 to n - 1; 0 when n is 0. */
static inline uint64_t
rng_below(struct rng *rng, uint64_t n)
{
    return n ? rng_next(rng) % n : 0;
}

/* Evenly from low to high, both included. */
static inline int64_t
rng_between(struct rng *rng, int64_t low, int64_t high)
{
    return low + (int64_t)rng_below(rng, (uint64_t)(high - low) + 1);
}

/* True in `permille` of 1000 calls. */
static inline bool
rng_chance(struct rng *rng, unsigned permille)
{
    return rng_below(rng, 1000) < permille;
}

#endif
