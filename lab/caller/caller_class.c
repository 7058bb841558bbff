#include "lab/caller/caller_class.h"

#include "lab/caller/caller.h"

static const char *const names[CALLER_CLASSES] = {
    [CLASS_VOLTE] = "volte",
    [CLASS_OTHER] = "other",
    [CLASS_CONTROL] = "control",
    [CLASS_NEW] = "new",
};

const char *caller_class_name(enum caller_class class)
{
    return names[class];
}

/* ---- which calls -------------------------------------------------------------------- */

/* An APN is the same in capitals (TS 23.003 9.1). */
static bool
is_ims(const char *apn)
{
    const char *ims = CALLER_APN_IMS;

    while (*ims && (*apn | 0x20) == *ims) {
        apn++;
        ims++;
    }
    return *ims == '\0' && *apn == '\0';
}

/* How many of the calls before that index are VoLTE. */
static uint64_t
volte_before(const struct caller_plan *plan, uint64_t index)
{
    return is_ims(plan->apn) ? index : index * plan->volte / 100;
}

enum caller_class
caller_class_of(const struct caller_plan *plan, uint32_t index)
{
    uint64_t before = volte_before(plan, index);

    return volte_before(plan, (uint64_t)index + 1) > before ? CLASS_VOLTE : CLASS_OTHER;
}

unsigned
caller_qci_of(const struct caller_plan *plan, uint32_t index)
{
    if (caller_class_of(plan, index) != CLASS_VOLTE)
        return QCI_BEST_EFFORT;
    if (plan->dedicated) /* voice has a bearer of its own */
        return QCI_SIGNALLING;
    return volte_before(plan, index) & 1 ? QCI_VOICE : QCI_SIGNALLING;
}

const char *
caller_apn_of(const struct caller_plan *plan, uint32_t index)
{
    return caller_class_of(plan, index) == CLASS_VOLTE ? CALLER_APN_IMS : plan->apn;
}

/* ---- outages ------------------------------------------------------------------------ */

static void
stop_waiting(struct caller_outage *outage, mono_t now)
{
    if (outage->waiting && mono_between(outage->since, now) > outage->longest_us)
        outage->longest_us = mono_between(outage->since, now);
    outage->waiting = false;
}

void
outage_sent(struct caller_outage *outage, mono_t now)
{
    if (!outage->waiting)
        outage->since = now;
    outage->waiting = true;
    outage->last = now;
    outage->sent++;
}

void
outage_answered(struct caller_outage *outage, mono_t now)
{
    outage->answered++;
    stop_waiting(outage, now);
}

void
outage_end(struct caller_outage *outage, mono_t now)
{
    stop_waiting(outage, now);
}

int64_t
outage_us(const struct caller_outage *outage)
{
    int64_t open = outage->waiting ? mono_between(outage->since, outage->last) : 0;

    return open > outage->longest_us ? open : outage->longest_us;
}
