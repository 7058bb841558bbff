/* addrs.h - the subscriber addresses one session manager may give out
 *
 * Holds this instance's share of each pool (base/chunk.h). Addresses are given out in
 * the order in which they became free, so a released one rests as long as possible. An
 * address in use names the slot that holds it: downlink packets are looked up here.
 *
 * Ownership  addrs_size() bytes from the caller, once, aligned as malloc aligns
 * Time       none
 * Errors     taking from an empty pool yields 0
 * Threads    one owner; no globals
 */
#ifndef VPCLAB_ADDRS_H
#define VPCLAB_ADDRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sess_setup;
struct addrs;

size_t addrs_size(const struct sess_setup *setup);
struct addrs *addrs_init(void *memory, const struct sess_setup *setup);

/* The address free for longest, now held by `slot`; 0 when the pool has none. */
uint32_t addrs_take(struct addrs *addrs, uint8_t pool, uint32_t slot);

/* Which pool has this address in our share; -1 if none. */
int addrs_pool(const struct addrs *addrs, uint32_t addr);

/* Give this very address to `slot`; false if it is not of our share or held. */
bool addrs_claim(struct addrs *addrs, uint32_t addr, uint32_t slot);

/* The slot that holds it, 0 if none. */
uint32_t addrs_holder(const struct addrs *addrs, uint32_t addr);

/* Free an address that is held. */
void addrs_release(struct addrs *addrs, uint32_t addr);

/* All free again. */
void addrs_clear(struct addrs *addrs);

/* Addresses not held, of one pool. */
uint32_t addrs_left(const struct addrs *addrs, uint8_t pool);

#endif
