#include "common/loop/lab_clock.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/loop/book.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"

/* ---- the file ------------------------------------------------------------------------------ */

static bool
scale_get(const json_t *json, uint32_t *scale)
{
    json_int_t value = json_integer_value(json);

    if (!json_is_integer(json) || value < 0 || value > LABTIME_FASTEST)
        return false;
    *scale = (uint32_t)value;
    return true;
}

static bool
segment_get(const json_t *json, struct labtime_segment *segment)
{
    const json_t *real = json_object_get(json, "real_us"), *lab = json_object_get(json, "lab_us");

    segment->real_us = json_integer_value(real);
    segment->lab_us = json_integer_value(lab);
    return json_is_integer(real) && json_is_integer(lab) &&
           scale_get(json_object_get(json, "scale"), &segment->scale);
}

static const char *
course_get(const json_t *json, struct labtime *course)
{
    const json_t *segments = json_object_get(json, "course");
    size_t n = json_array_size(segments);

    if (!json_is_object(json) || !json_is_array(segments) || n == 0 || n > LABTIME_SEGMENTS ||
        !scale_get(json_object_get(json, "run"), &course->run))
        return "it is not the course of a clock";
    course->n = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        if (!segment_get(json_array_get(segments, i), &course->segments[i]))
            return "a segment is malformed";
    }
    return labtime_fault(course);
}

const char *
lab_clock_read(const char *text, size_t len, int64_t now, struct labtime *course)
{
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    struct labtime read = {0};
    const char *fault = json ? course_get(json, &read) : "it is no JSON";

    json_decref(json);
    if (!fault && read.segments[0].real_us > now)
        fault = "it was written before this machine was started";
    if (!fault)
        *course = read;
    return fault;
}

size_t
lab_clock_text(const struct labtime *course, char out[LAB_CLOCK_TEXT])
{
    size_t at = (size_t)snprintf(out, LAB_CLOCK_TEXT, "{\"run\": %u, \"course\": [", course->run);

    for (size_t i = 0; i < course->n; i++)
        at += (size_t)snprintf(out + at, LAB_CLOCK_TEXT - at,
                               "%s\n  {\"real_us\": %lld, \"lab_us\": %lld, \"scale\": %u}",
                               i ? "," : "", (long long)course->segments[i].real_us,
                               (long long)course->segments[i].lab_us, course->segments[i].scale);
    at += (size_t)snprintf(out + at, LAB_CLOCK_TEXT - at, "]}\n");
    return at;
}

const char *
lab_scale_text(uint32_t scale, char out[LAB_SCALE_TEXT])
{
    size_t len;

    if (scale == 0) {
        (void)snprintf(out, LAB_SCALE_TEXT, "paused");
        return out;
    }
    len =
        (size_t)snprintf(out, LAB_SCALE_TEXT, "%u.%03u", scale / LABTIME_ONE, scale % LABTIME_ONE);
    while (out[len - 1] == '0')
        len--;
    out[out[len - 1] == '.' ? len - 1 : len] = '\0';
    return out;
}

/* ---- following it -------------------------------------------------------------------------- */

/* What is there at the start is where the clock begins: the process has shown nobody another time.
 * A file that was removed says nothing of now: the clock goes on as it did. */
static void
on_file(void *ctx, const char *text, size_t len)
{
    bool *started = ctx, begins = !*started;
    struct labtime course;
    const char *fault;

    *started = true;
    if (!text)
        return;
    fault = lab_clock_read(text, len, clock_real_us(), &course);
    if (fault) {
        log_warn("clock: %s is ignored: %s", LAB_CLOCK_FILE, fault);
        return;
    }
    if (begins)
        clock_begin(&course);
    else
        clock_look(); /* at the file as it is now: another thread may have read a newer one */
    timer_rearm();
}

/* Of a process that slept: what it would read in its next turn, before it looks at the clock. Most have
 * missed nothing. */
static bool
on_missed(const void *ctx, struct labtime *course)
{
    static struct stat seen;
    const struct node *node = ctx;
    char path[NODE_PATH + sizeof LAB_CLOCK_FILE + 1], text[LAB_CLOCK_TEXT];
    struct stat st;
    long len;

    (void)snprintf(path, sizeof path, "%s/" LAB_CLOCK_FILE, node->rundir);
    if (lstat(path, &st) != 0 || book_same_file(&st, &seen))
        return false;
    len = book_get(node->rundir, LAB_CLOCK_FILE, text, sizeof text);
    if (len < 0)
        return false; /* it is tried again, such as with a descriptor more */
    seen = st;
    return !lab_clock_read(text, (size_t)len, clock_real_us(), course);
}

void
lab_clock_follow(const struct node *node)
{
    static bool started; /* the process has one clock */

    started = false;
    book_watch(node, LAB_CLOCK_FILE, on_file, &started);
    clock_missed(on_missed, node);
}
