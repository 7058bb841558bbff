/* names.h - numbers of a configuration by name, and what another chassis' numbers are here
 *
 * Sessions refer to APNs, services and contexts by small numbers, which are those of the
 * first configuration of the chassis they are on. A map, a macro checkpoint, tells the numbers and names
 * of the sender; the receiver looks each name up among its own (docs/staros.md "Macro
 * checkpoints").
 *
 *   version u8, count u8, each: number u8, length u8, the name
 *
 * A later version appends fields, and this one then ignores what follows its own.
 *
 * A configuration that changes keeps its numbers here: a name has one for as long as it is
 * configured, or a session refers to it. So there are more numbers than a configuration has names.
 *
 * Ownership  plain values
 * Time       none
 * Errors     names_read returns false and leaves *map alone when the bytes are no map
 * Threads    any
 */
#ifndef VPCLAB_NAMES_H
#define VPCLAB_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/wire.h"

enum {
    NAMES_MOST = 128, /* numbers 0..NAMES_MOST - 1 */
    NAME_ROOM = 192,  /* longest name with its terminator */
    NAME_NONE = UINT8_MAX,
    NAMES_VERSION = 1,
    NAMES_LEN = 2 + NAMES_MOST * (2 + NAME_ROOM - 1), /* longest map that is written */
};

/* [number]: its name; "": no such number. */
struct names {
    char of[NAMES_MOST][NAME_ROOM];
};

/* [number of the sender]: ours; NAME_NONE: the sender has none such, or we have no such name. */
struct names_map {
    uint8_t ours[256];
};

/* Take in the names of another configuration, as it numbers them. A name that is known keeps its
 * number; one that is wanted no more goes unless sessions refer to its number, `used`. where[number]:
 * that of `wanted`; NAME_NONE: it is not wanted. Returns how many names found no free number. */
size_t names_renew(struct names *names, const struct names *wanted, const bool used[256],
                   uint8_t where[NAMES_MOST]);

/* Are the names that `where` says are wanted just those of `wanted`, as numbered there? */
bool names_are(const struct names *names, const struct names *wanted,
               const uint8_t where[NAMES_MOST]);

void names_write(struct wr *wr, const struct names *names);

/* Read the sender's map, looking its names up in `names`; the bytes alone decide whether it is
 * one. map NULL: only that. */
bool names_read(struct names_map *map, const struct names *names, const void *bytes, size_t len);

/* As of a sender of whom nothing is known. */
void names_map_clear(struct names_map *map);

/* Of a number's name: the same on both chassis, whatever the numbers are. */
uint64_t names_digest(const struct names *names, uint8_t number);

#endif
