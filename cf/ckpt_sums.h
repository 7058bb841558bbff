/* ckpt_sums.h - checkpoint counters of session managers, summed since they were cleared
 *
 * A session manager counts since it was started. "Clear" remembers where its counters stood; one
 * that was started anew since counts from nothing by itself.
 *
 * Ownership  plain values
 * Time       none
 * Errors     none
 * Threads    one owner; no globals
 */
#ifndef VPCLAB_CKPT_SUMS_H
#define VPCLAB_CKPT_SUMS_H

#include "common/msg/body.h"

/* Where the counters of one session manager stood. Zero: never cleared. */
struct ckpt_base {
    uint64_t incarnation; /* of the process that counted so */
    struct card_ckpt ckpt;
    uint8_t micro_n;
    struct micro_row micro[MICRO_MOST];
    struct macro_row macros[MACRO_KINDS];
};

struct ckpt_sums {
    struct card_ckpt ckpt;
    struct micro_row micro[256]; /* [CMD-ID] */
    struct macro_row macros[MACRO_KINDS];
};

void ckpt_base_take(struct ckpt_base *base, uint64_t incarnation, const struct card_status *status);

/* Add what it counted since; gauges as they are. */
void ckpt_sums_add(struct ckpt_sums *sums, uint64_t incarnation, const struct card_status *status,
                   const struct ckpt_base *base);

#endif
