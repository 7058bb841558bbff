/* teid.h - what the tunnel endpoint identifiers we hand out say
 *
 * 8 bits session manager instance, 3 bits generation, 21 bits slot in its session table.
 * So the demux routes a packet without a table, and a session manager finds the session
 * by index; the generation tells a late packet for a deleted session from its successor.
 *
 * Ownership  none
 * Time       none
 * Errors     instance 0 never occurs in a TEID of ours
 * Threads    any
 */
#ifndef VPCLAB_TEID_H
#define VPCLAB_TEID_H

#include <stdint.h>

enum { TEID_SLOT_BITS = 21, TEID_GENERATION_BITS = 3, TEID_SLOTS = 1 << TEID_SLOT_BITS };

static inline uint32_t
teid_make(uint8_t instance, unsigned generation, uint32_t slot)
{
    return (uint32_t)instance << 24 | (generation & 7u) << TEID_SLOT_BITS |
           (slot & (TEID_SLOTS - 1u));
}

static inline uint8_t
teid_instance(uint32_t teid)
{
    return (uint8_t)(teid >> 24);
}

static inline unsigned
teid_generation(uint32_t teid)
{
    return teid >> TEID_SLOT_BITS & 7u;
}

static inline uint32_t
teid_slot(uint32_t teid)
{
    return teid & (TEID_SLOTS - 1u);
}

#endif
