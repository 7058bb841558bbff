#include "common/loop/fault_words.h"

#include <stdio.h>

#include "common/base/mono.h"

void
fault_words(const struct fault *fault, const struct topo *topo, char out[FAULT_WORDS])
{
    char target[FAULT_TARGET], amount[32] = "";
    const char *unit = fault_kind_unit(fault->kind);
    int64_t least, most;

    fault_target_text(&fault->target, fault->kind, topo, target);
    fault_amount_bounds(fault->kind, &least, &most);
    if (least != most)
        (void)snprintf(amount, sizeof amount, " %lld%s%s", (long long)fault->amount,
                       unit[0] && unit[0] != '%' ? " " : "", unit);
    (void)snprintf(out, FAULT_WORDS, "%s%s %s", fault_kind_word(fault->kind), amount, target);
}

uint32_t
fault_scale(const struct labtime *course, int64_t real_us)
{
    uint32_t scale = labtime_in_force(course, real_us)->scale;

    return scale ? scale : course->run;
}

void
fault_cause(const struct fault *fault, uint32_t scale, char out[FAULT_WORDS])
{
    double real = (double)(fault->end_us - fault->begin_us) / (double)US_PER_S;
    double span = real * scale / LABTIME_ONE;

    (void)snprintf(out, FAULT_WORDS, "lease %u, %.1f s", (unsigned)fault->id, span);
}

void
fault_cause_over(const struct fault *fault, const char *word, char out[FAULT_WORDS])
{
    (void)snprintf(out, FAULT_WORDS, "lease %u, %s", (unsigned)fault->id, word);
}
