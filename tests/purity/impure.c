/* Not part of the program: what the purity test must refuse, so that it is known to see. */
#include <time.h>

long impure_clock(void);
int impure_count(void);

long
impure_clock(void)
{
    struct timespec now;

    return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? now.tv_nsec : 0;
}

int
impure_count(void)
{
    static int kept;

    return ++kept;
}
