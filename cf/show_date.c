#include <time.h>

#include "cf/show.h"

void
show_date(int64_t wall_us, char out[32])
{
    time_t s = (time_t)(wall_us / US_PER_S);
    struct tm tm;

    (void)gmtime_r(&s, &tm);
    (void)strftime(out, 32, "%a %b %e %H:%M:%S %Y", &tm);
}
