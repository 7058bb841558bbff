/* fault_words.h - a fault as events and people tell it
 *
 * Ownership  plain values
 * Time       spans in lab seconds
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_FAULT_WORDS_H
#define VPCLAB_FAULT_WORDS_H

#include "common/base/labtime.h"
#include "common/fault/fault.h"

enum { FAULT_WORDS = 128 };

/* Kind, amount where the kind has one, and target: "delay 200 ms card:east". */
void fault_words(const struct fault *fault, const struct topo *topo, char out[FAULT_WORDS]);

/* Lab seconds a thousand real ones are for a lease: the speed at which the clock goes, or will go
 * once it runs. */
uint32_t fault_scale(const struct labtime *course, int64_t real_us);

/* "lease 3, 5.0 s", or "lease 3, " and a word. */
void fault_cause(const struct fault *fault, uint32_t scale, char out[FAULT_WORDS]);
void fault_cause_over(const struct fault *fault, const char *word, char out[FAULT_WORDS]);

#endif
