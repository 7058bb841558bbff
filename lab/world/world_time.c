#include "lab/world/world_time.h"

#include "common/loop/book.h"
#include "common/loop/clock.h"
#include "common/loop/lab_clock.h"
#include "common/loop/log.h"

static void
tell(struct world_time *time, uint32_t scale)
{
    char before[LAB_SCALE_TEXT], now[LAB_SCALE_TEXT];

    if (scale != time->scale)
        log_event("lab.time", lab_scale_text(time->scale, before), lab_scale_text(scale, now), NULL,
                  0);
    time->scale = scale;
}

static void
look(void *arg)
{
    struct world_time *time = arg;
    const struct labtime *course;
    int64_t now = clock_real_us(), next = LABTIME_NEVER;

    (void)clock_now(); /* what was missed comes first */
    course = clock_course();
    for (size_t i = course->n; i > 0; i--) {
        if (course->segments[i - 1].real_us > now)
            next = course->segments[i - 1].real_us;
    }
    for (size_t i = 0; i < course->n && course->segments[i].real_us <= now; i++) {
        if (course->segments[i].real_us > time->told_us) /* also of a step that is over already */
            tell(time, course->segments[i].scale);
    }
    time->told_us = now;
    timer_at_real(&time->next, next);
}

/* The clock has taken the course already: its watch is older than ours. */
static void
on_file(void *ctx, const char *text, size_t len)
{
    (void)text;
    (void)len;
    look(ctx);
}

void
world_time_open(struct world_time *time, const struct node *node)
{
    timer_init(&time->next, node->loop, look, time);
    time->told_us = clock_real_us();
    time->scale = labtime_in_force(clock_course(), time->told_us)->scale;
    book_watch(node, LAB_CLOCK_FILE, on_file, time);
}

void
world_time_close(struct world_time *time)
{
    timer_at(&time->next, MONO_NEVER);
}
