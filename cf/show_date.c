#include <time.h>

#include "cf/show.h"
#include "common/loop/clock.h"

void
show_time_line(FILE *out)
{
    time_t s = (time_t)(clock_wall_us() / US_PER_S);
    struct tm tm;
    char text[64];

    (void)gmtime_r(&s, &tm);
    (void)strftime(text, sizeof text, "%A %B %d %H:%M:%S UTC %Y", &tm);
    (void)fprintf(out, "%s\n", text);
}

void
show_date(int64_t wall_us, char out[32])
{
    time_t s = (time_t)(wall_us / US_PER_S);
    struct tm tm;

    (void)gmtime_r(&s, &tm);
    (void)strftime(out, 32, "%a %b %e %H:%M:%S %Y", &tm);
}

json_t *
show_date_json(int64_t wall_us)
{
    return wall_us ? json_real((double)wall_us / 1e6) : json_null();
}
