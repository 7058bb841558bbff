/* chunk.h - which session manager owns an address of a pool
 *
 * A pool is dealt out in chunks of 16 addresses, round robin over the session managers of
 * an instance (VPN manager's job). The rule needs no table and is the same on both
 * chassis, so the demux finds the owner of a downlink packet, and a session manager its
 * own share, from the configuration alone. Chunks count from address 0, not from where the
 * pool begins: an address has the same owner in whatever pool it lies, so that a pool that is
 * moved or resized gives out nothing that a call of another session manager still has. The
 * first and the last address of a pool are never given to a subscriber.
 *
 * Ownership  none
 * Time       none
 * Errors     an address outside the pool has owner 0
 * Threads    any
 */
#ifndef VPCLAB_CHUNK_H
#define VPCLAB_CHUNK_H

#include <stdint.h>

enum { CHUNK = 16 };

/* Instance number (1..n) of the session manager that owns addr; 0 if outside or n is 0. */
static inline uint8_t
chunk_owner(uint32_t net, uint32_t mask, uint32_t addr, uint8_t n)
{
    uint32_t offset = addr - net;

    if (n == 0 || (addr & mask) != net || offset == 0 || offset == ~mask)
        return 0;
    return (uint8_t)(addr / CHUNK % n + 1);
}

#endif
