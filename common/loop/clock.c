#include "common/loop/clock.h"

#include <time.h>

static int64_t scale = 1;

void
clock_scale(uint32_t by)
{
    scale = by ? by : 1;
}

mono_t
clock_now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail for this clock */
    return (mono_t){.us = (ts.tv_sec * US_PER_S + ts.tv_nsec / 1000) * scale};
}

int64_t
clock_real_ms(mono_t due)
{
    const int64_t hour = 3600 * 1000;
    int64_t us = mono_between(clock_now(), due);

    if (us <= 0)
        return 0;
    if (us / (scale * US_PER_MS) >= hour)
        return hour;
    return (us + scale * US_PER_MS - 1) / (scale * US_PER_MS);
}

int64_t
clock_lab_us(int64_t real_ms)
{
    return real_ms * US_PER_MS * scale;
}

int64_t
clock_wall_us(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail for this clock */
    return ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}
