#include "common/base/labtime.h"

#include <string.h>

struct labtime
labtime_untouched(uint32_t time_scale)
{
    uint32_t scale = (time_scale ? time_scale : 1) * LABTIME_ONE;

    return (struct labtime){.n = 1, .run = scale, .segments = {{0, 0, scale}}};
}

/* ---- there and back ------------------------------------------------------------------------ */

/* Lab instant `real_us` of a segment without end; the last one that is not "never" at most. */
static int64_t
reached(const struct labtime_segment *segment, int64_t real_us)
{
    const int64_t most = LABTIME_NEVER - 1;
    int64_t past = real_us - segment->real_us, whole, lab_us;

    if (past <= 0)
        return segment->lab_us;
    /* in parts: a product of microseconds and thousandths overflows within a year */
    if (__builtin_mul_overflow(past / LABTIME_ONE, (int64_t)segment->scale, &whole) ||
        __builtin_add_overflow(whole, past % LABTIME_ONE * segment->scale / LABTIME_ONE, &whole) ||
        __builtin_add_overflow(whole, segment->lab_us, &lab_us) || lab_us > most)
        return most;
    return lab_us;
}

/* First real instant at which a segment without end has reached a lab instant it is not at yet. */
static int64_t
reaches(const struct labtime_segment *segment, int64_t lab_us)
{
    int64_t left = lab_us - segment->lab_us, scale = segment->scale, past;

    if (scale == 0)
        return LABTIME_NEVER;
    if (__builtin_mul_overflow(left / scale, (int64_t)LABTIME_ONE, &past) ||
        __builtin_add_overflow(past, (left % scale * LABTIME_ONE + scale - 1) / scale, &past) ||
        __builtin_add_overflow(past, segment->real_us, &past))
        return LABTIME_NEVER;
    return past;
}

const struct labtime_segment *
labtime_in_force(const struct labtime *course, int64_t real_us)
{
    size_t i = course->n - 1;

    while (i > 0 && course->segments[i].real_us > real_us)
        i--;
    return &course->segments[i];
}

int64_t
labtime_lab_of(const struct labtime *course, int64_t real_us)
{
    return reached(labtime_in_force(course, real_us), real_us);
}

int64_t
labtime_real_of(const struct labtime *course, int64_t lab_us)
{
    const struct labtime_segment *segment = course->segments;
    const struct labtime_segment *last = segment + course->n - 1;
    int64_t real_us;

    if (lab_us <= segment->lab_us)
        return segment->real_us;
    while (segment < last && segment[1].lab_us < lab_us)
        segment++;
    real_us = reaches(segment, lab_us);
    return segment < last && real_us > segment[1].real_us ? segment[1].real_us : real_us;
}

bool
labtime_stands(const struct labtime *course)
{
    return course->segments[course->n - 1].scale == 0;
}

/* ---- a stranger's course ------------------------------------------------------------------- */

static bool
is_scale(uint32_t scale)
{
    return scale >= LABTIME_SLOWEST && scale <= LABTIME_FASTEST;
}

const char *
labtime_fault(const struct labtime *course)
{
    if (course->n == 0 || course->n > LABTIME_SEGMENTS)
        return "it has no segment, or too many";
    if (!is_scale(course->run))
        return "it runs at no scale there is";
    for (size_t i = 0; i < course->n; i++) {
        const struct labtime_segment *is = &course->segments[i];

        if (is->real_us < 0 || is->lab_us < 0 || is->lab_us == LABTIME_NEVER)
            return "an instant is out of range";
        if (is->scale != 0 && !is_scale(is->scale))
            return "a scale is out of range";
        if (i == 0)
            continue;
        if (is->real_us <= is[-1].real_us)
            return "its segments are out of order";
        if (is->lab_us < reached(is - 1, is->real_us - 1))
            return "its clock goes back";
        if (is->lab_us > reached(is - 1, is->real_us))
            return "its clock jumps";
    }
    return NULL;
}

/* ---- changes ------------------------------------------------------------------------------- */

/* What is over is forgotten. */
static void
forget(struct labtime *course, int64_t now)
{
    size_t past = (size_t)(labtime_in_force(course, now) - course->segments);

    course->n -= (uint32_t)past;
    memmove(course->segments, course->segments + past, course->n * sizeof course->segments[0]);
}

/* From `at` on at that scale, whatever was planned. */
static bool
go_on(struct labtime *course, int64_t at, uint32_t scale)
{
    struct labtime_segment next = {at, labtime_lab_of(course, at), scale};

    while (course->n > 0 && course->segments[course->n - 1].real_us >= at)
        course->n--;
    if (course->n > 0 && course->segments[course->n - 1].scale == scale)
        return true;
    if (course->n == LABTIME_SEGMENTS)
        return false;
    course->segments[course->n++] = next;
    return true;
}

/* A course changed as a whole, or not at all. */
static bool
change(struct labtime *course, int64_t now, int64_t at, uint32_t scale)
{
    struct labtime next = *course;

    forget(&next, now);
    if (!go_on(&next, at, scale))
        return false;
    *course = next;
    return true;
}

bool
labtime_pause(struct labtime *course, int64_t now, int64_t at)
{
    return change(course, now, at, 0);
}

bool
labtime_run(struct labtime *course, int64_t now, int64_t at)
{
    return change(course, now, at, course->run);
}

bool
labtime_step(struct labtime *course, int64_t now, int64_t at, int64_t lab_us)
{
    struct labtime next = *course;
    int64_t begins, end, ends;

    if (lab_us <= 0 || !labtime_run(&next, now, at))
        return false;
    begins = labtime_lab_of(&next, at);
    if (next.n == LABTIME_SEGMENTS || begins > LABTIME_NEVER - 1 - lab_us)
        return false;
    end = begins + lab_us; /* to the microsecond, though the clock passes several in one */
    ends = labtime_real_of(&next, end);
    if (ends == LABTIME_NEVER)
        return false;
    next.segments[next.n++] = (struct labtime_segment){ends, end, 0};
    *course = next;
    return true;
}

bool
labtime_scale(struct labtime *course, int64_t now, int64_t at, uint32_t scale)
{
    if (!is_scale(scale) || (!labtime_stands(course) && !change(course, now, at, scale)))
        return false;
    course->run = scale;
    return true;
}
