#include "lab/lab_time.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/loop/book.h"
#include "common/loop/clock.h"
#include "common/loop/lab_clock.h"

/* NULL, or why the file cannot be read; then, and without one, the course is that of the scale. */
static const char *
look(const struct lab *lab, uint32_t time_scale, struct labtime *course)
{
    char text[LAB_CLOCK_TEXT * 2];
    long len = book_get(lab->rundir, LAB_CLOCK_FILE, text, sizeof text);

    *course = labtime_untouched(time_scale);
    if (len == DI_ENOTFOUND)
        return NULL;
    if (len == DI_ESPACE)
        return "it is too long";
    return len < 0 ? strerror(errno) : lab_clock_read(text, (size_t)len, clock_real_us(), course);
}

void
lab_time_begin(const struct lab *lab, uint32_t time_scale)
{
    struct labtime course;

    (void)look(lab, time_scale, &course); /* a damaged file: commands about time say so */
    clock_begin(&course);
}

int
lab_time_read(const struct lab *lab, struct labtime *course)
{
    const char *fault = look(lab, lab->topo.time_scale, course);

    if (!fault)
        return LAB_OK;
    (void)fprintf(stderr,
                  "vpclab: %s/" LAB_CLOCK_FILE ": %s; the lab's processes go on as before; end the "
                  "lab and start it again: vpclab down %s\n",
                  lab->rundir, fault, lab->name);
    return LAB_FAILURE;
}

int
lab_time_write(const struct lab *lab, const struct labtime *course)
{
    char text[LAB_CLOCK_TEXT];
    size_t len = lab_clock_text(course, text);

    if (book_put(lab->rundir, LAB_CLOCK_FILE, text, len) == 0)
        return LAB_OK;
    (void)fprintf(stderr, "%s/" LAB_CLOCK_FILE ": cannot write: %s\n", lab->rundir,
                  strerror(errno));
    return LAB_FAILURE;
}

static bool
is_stepping(const struct labtime *course, int64_t now)
{
    return labtime_stands(course) && labtime_in_force(course, now)->scale != 0;
}

void
lab_time_words(const struct labtime *course, int64_t now, char out[LAB_TIME_WORDS])
{
    char scale[LAB_SCALE_TEXT];
    uint32_t is = labtime_in_force(course, now)->scale;

    if (is == 0)
        (void)snprintf(out, LAB_TIME_WORDS, "paused, to run at scale %s",
                       lab_scale_text(course->run, scale));
    else
        (void)snprintf(out, LAB_TIME_WORDS, "running at scale %s%s", lab_scale_text(is, scale),
                       is_stepping(course, now) ? ", for a step" : "");
}

static double
real_scale(uint32_t scale)
{
    return (double)scale / LABTIME_ONE;
}

json_t *
lab_time_json(const struct lab *lab, const struct labtime *course, int64_t now)
{
    uint32_t is = labtime_in_force(course, now)->scale;

    return json_pack("{s:I, s:b, s:b, s:f, s:f, s:i}", "lab_us",
                     (json_int_t)labtime_lab_of(course, now), "paused", is == 0, "stepping",
                     is_stepping(course, now), "scale", real_scale(is), "run_scale",
                     real_scale(course->run), "topology_scale", (int)lab->topo.time_scale);
}

void
lab_time_remind(const struct lab *lab)
{
    struct labtime course;

    if (lab_time_read(lab, &course) == LAB_OK &&
        labtime_in_force(&course, clock_real_us())->scale == 0)
        (void)fprintf(stderr,
                      "vpclab: the clock of lab \"%s\" is paused; it goes on with: vpclab time run "
                      "-n %s\n",
                      lab->name, lab->name);
}

bool
lab_time_is_plain(const struct lab *lab, const struct labtime *course, int64_t now)
{
    return labtime_in_force(course, now)->scale == lab->topo.time_scale * LABTIME_ONE;
}
