/* ckpt_nack.h - what a receiver could not apply, and how often it says so
 *
 * A record that cannot be applied is told to the sender by a NACK, which answers it with a full
 * checkpoint. One counter and one window for each call and kind (macro, micro): the first
 * failure opens the window with a NACK, at once where there is a way; as long as no full checkpoint was applied it is
 * told again, evenly over the window, until max-response. A failure after the window's end opens
 * a new one, and so does a NACK that could be told only then. Source: docs/staros.md "NACK".
 *
 * Ownership  a plain value
 * Time       mono_t passed in, never decreasing
 * Errors     more failing calls than there is room for are counted, and not told
 * Threads    one owner; no globals
 */
#ifndef VPCLAB_CKPT_NACK_H
#define VPCLAB_CKPT_NACK_H

#include "common/ckpt/ckpt_wire.h"

enum { CKPT_FAILING = 256 };

enum ckpt_scale { CKPT_MACRO, CKPT_MICRO, CKPT_SCALES };

struct ckpt_nack_setup {
    bool on[CKPT_SCALES];
    uint16_t max_response[CKPT_SCALES]; /* in a window; 0: never */
    int64_t window_us;
    uint64_t disabled[4]; /* CMD-IDs that are not complained about: a bit each */
};

/* A call, or macro item, whose copy is not what it should be. */
struct ckpt_failing {
    uint32_t slot;
    uint8_t cmd; /* CKPT_FULL, a macro item's kind, or the CMD-ID that failed last */
    uint16_t told;
    mono_t since; /* the window's begin */
    mono_t due;   /* next NACK; MONO_NEVER: none in this window */
};

struct ckpt_nacks {
    struct ckpt_nack_setup setup;
    uint64_t sent[CKPT_SCALES];
    uint64_t limited[CKPT_SCALES]; /* calls for which max-response was reached */
    uint32_t untracked;            /* failures without room */
    uint32_t n;
    struct ckpt_failing calls[CKPT_FAILING];
};

/* The slot under which a macro item is told: no call's. */
static inline uint32_t
ckpt_macro_slot(uint8_t kind)
{
    return UINT32_MAX - kind;
}

static inline enum ckpt_scale
ckpt_scale_of(uint8_t cmd)
{
    return cmd == CKPT_FULL || ckpt_is_macro(cmd) ? CKPT_MACRO : CKPT_MICRO;
}

/* Takes effect for failures from now on, and for what is still to be told of earlier ones. */
void ckpt_nacks_set(struct ckpt_nacks *nacks, const struct ckpt_nack_setup *setup);

bool ckpt_nack_is_disabled(const struct ckpt_nacks *nacks, uint8_t cmd);

/* A record of this call could not be applied. */
void ckpt_nacks_failed(struct ckpt_nacks *nacks, mono_t now, uint32_t slot, uint8_t cmd);

/* A full checkpoint of it was applied, or it is gone. */
void ckpt_nacks_healed(struct ckpt_nacks *nacks, uint32_t slot);

/* All will be told anew. */
void ckpt_nacks_clear(struct ckpt_nacks *nacks);

/* The call's entry of that scale; NULL: its copy is sound. */
const struct ckpt_failing *ckpt_nacks_find(const struct ckpt_nacks *nacks, uint32_t slot,
                                           enum ckpt_scale scale);

/* Calls and failures of which the copy is not sound. */
uint32_t ckpt_nacks_open(const struct ckpt_nacks *nacks);

/* The next one to be told now, which counts as told; false: none. */
bool ckpt_nacks_next(struct ckpt_nacks *nacks, mono_t now, struct ckpt_nack_entry *entry);
mono_t ckpt_nacks_deadline(const struct ckpt_nacks *nacks);

#endif
