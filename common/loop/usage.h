/* usage.h - what this process uses of processor, memory and files, for `show` on its CF
 *
 * Each who reports a card's status keeps one: it is asked at every report, and measures anew after
 * five seconds. Processor time is getrusage(2)'s, of the process and of the thread that asks;
 * memory is the resident set and files are the open descriptors of /proc/self.
 *
 * Ownership  a plain value; zeroed is new
 * Time       real time
 * Errors     none: what cannot be read stays 0
 * Threads    one owner; several threads may have one each
 */
#ifndef VPCLAB_USAGE_H
#define VPCLAB_USAGE_H

#include "common/msg/body.h"

enum {
    USAGE_EVERY_MS = 5000,
    USAGE_SAMPLES = 15 * 60 * 1000 / USAGE_EVERY_MS, /* of the longest span */
};

struct usage {
    bool begun;
    int64_t at_us, cpu_us, thread_us; /* of the last sample: real time, processor time */
    struct usage_sample {
        uint16_t cpu; /* permille of a processor */
        uint32_t memory_kib;
    } samples[USAGE_SAMPLES]; /* a ring */
    uint32_t sample_at, sample_n;
    struct card_usage found;
};

/* As measured last, or now. */
const struct card_usage *usage_look(struct usage *usage);

/* The same, in two steps without clock and files: is a sample due at `real_us`? What it found;
 * processor times are those since the process, and the thread, began. */
bool usage_is_due(const struct usage *usage, int64_t real_us);
void usage_take(struct usage *usage, int64_t real_us, int64_t cpu_us, int64_t thread_us,
                uint32_t memory_kib);

#endif
