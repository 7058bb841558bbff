/* addrs.h - the subscriber addresses one session manager may give out
 *
 * Holds this instance's share of each pool (base/chunk.h), of a large one the first ADDRS_MOST
 * addresses. Addresses are given out in the order in which they became free, so a released one
 * rests as long as possible. An address in use names the slot that holds it: downlink packets are
 * looked up here. An address that two pools have is the first one's.
 *
 * A pool that is busied out, as a whole or in part, gives out no such address. Nor does one that is
 * gone from the configuration: it keeps what calls of before hold, until these end.
 *
 * Ownership  addrs_size() bytes from the caller, aligned as malloc aligns; zero where there are
 *            pools that are gone. For other pools an index is built anew (sess_table_set_pools)
 * Time       none
 * Errors     taking from an empty pool yields 0
 * Threads    one owner; no globals
 */
#ifndef VPCLAB_ADDRS_H
#define VPCLAB_ADDRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDRS_MOST = 1 << 22 }; /* twice as many as a session manager can have sessions */

struct sess_setup;
struct sess_pool;
struct addrs;

/* Is the address of our share of that pool, one of setup->pools? */
bool addrs_has(const struct sess_setup *setup, const struct sess_pool *pool, uint32_t addr);

size_t addrs_size(const struct sess_setup *setup);
struct addrs *addrs_init(void *memory, const struct sess_setup *setup);

/* What is free here and was free in `before` comes in the order of there. Nothing is held yet. */
void addrs_rest(struct addrs *addrs, const struct addrs *before);

/* The pool gives out addresses no more, or again. */
void addrs_busyout(struct addrs *addrs, uint8_t pool, bool busyout);

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

/* Addresses that a pool may give out. */
uint32_t addrs_left(const struct addrs *addrs, uint8_t pool);

#endif
