/* Any bytes as the course of a lab's clock: refused with a reason and the old one left as it was, or
 * a clock that never goes back, and that is printed as it was read. */
#include <stdlib.h>
#include <string.h>

#include "common/loop/lab_clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
    if (!holds)
        abort();
}

static void
check(const struct labtime *course, int64_t now)
{
    struct labtime again = {0};
    char text[LAB_CLOCK_TEXT];
    int64_t shown = -1;

    for (size_t i = 0; i < course->n; i++) {
        int64_t at = course->segments[i].real_us;

        demand(labtime_lab_of(course, at) >= shown);
        shown = labtime_lab_of(course, at);
    }
    demand(labtime_lab_of(course, INT64_MAX) >= shown);
    demand(!lab_clock_read(text, lab_clock_text(course, text), now, &again));
    demand(again.n == course->n && again.run == course->run);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t now = INT64_C(5000000);
    struct labtime course, before;
    const char *fault;

    memset(&before, 0x5a, sizeof before);
    course = before;
    fault = lab_clock_read((const char *)data, size, now, &course);
    if (!fault)
        check(&course, now);
    else
        demand(fault[0] != '\0' && memcmp(&course, &before, sizeof course) == 0);
    return 0;
}
