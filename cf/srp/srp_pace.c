#include "cf/srp/srp_pace.h"

#include <string.h>

void
srp_pace_heard(struct srp_pace *pace, mono_t now, int64_t hello_us)
{
    int64_t late = mono_between(pace->last, now) - hello_us;

    if (pace->counting && late >= 0)
        spread_add(&pace->late, late);
    pace->last = now;
    pace->counting = true;
}

void
srp_pace_break(struct srp_pace *pace)
{
    pace->counting = false;
}

void
srp_pace_clear(struct srp_pace *pace)
{
    memset(&pace->late, 0, sizeof pace->late);
}
