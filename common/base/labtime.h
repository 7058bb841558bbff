/* labtime.h - the course of a lab's clock: how fast lab time runs, from when on
 *
 * A course is a short list of segments. Each begins at a real instant (CLOCK_MONOTONIC), at which
 * it is a certain lab instant, and says how fast lab time runs from there: a scale in thousandths,
 * 0 while the lab stands still. The last segment has no end. A lab whose clock was never touched
 * has one segment from 0, so that its time is CLOCK_MONOTONIC times the topology's time-scale.
 *
 * A change takes effect at a real instant of the future, so that everybody has read of it before:
 * it drops what was planned from that instant on, and adds a segment that begins where the clock
 * will be then. So lab time neither jumps nor goes back.
 *
 * Ownership  plain values
 * Time       real and lab microseconds; scales in thousandths of a lab second a real one
 * Errors     changes: false when there is no room for another segment, and nothing is changed
 * Threads    any
 */
#ifndef VPCLAB_LABTIME_H
#define VPCLAB_LABTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LABTIME_SEGMENTS = 6, /* one that is past, one in force, a step and what it interrupted */
    LABTIME_ONE = 1000,   /* the scale of real time */
    LABTIME_SLOWEST = 10, /* 0.01 */
    LABTIME_FASTEST = 1000 * LABTIME_ONE,
};

#define LABTIME_NEVER INT64_MAX

struct labtime_segment {
    int64_t real_us; /* from when on */
    int64_t lab_us;  /* what the lab's clock shows then */
    uint32_t scale;  /* 0, or LABTIME_SLOWEST..LABTIME_FASTEST */
};

struct labtime {
    uint32_t n;   /* 1..LABTIME_SEGMENTS */
    uint32_t run; /* scale at which a lab that stands still will run */
    struct labtime_segment segments[LABTIME_SEGMENTS];
};

/* The course of a lab whose clock nobody touched. */
struct labtime labtime_untouched(uint32_t time_scale);

/* Is it a course: instants that grow, scales in their bounds, a clock that neither jumps nor goes
 * back? NULL, or what it is not, in a few words. */
const char *labtime_fault(const struct labtime *course);

/* Which segment is in force then. */
const struct labtime_segment *labtime_in_force(const struct labtime *course, int64_t real_us);

/* The lab instant of a real one. Before the first segment the clock stands at its beginning. */
int64_t labtime_lab_of(const struct labtime *course, int64_t real_us);

/* The first real instant at which lab time has reached `lab_us`; LABTIME_NEVER when it stands
 * still before, with nothing planned. */
int64_t labtime_real_of(const struct labtime *course, int64_t lab_us);

/* Does lab time stand still at the end of the course? */
bool labtime_stands(const struct labtime *course);

/* ---- changes: made at `now`, in effect at `at`, which is not before it ---------------------- */

bool labtime_pause(struct labtime *course, int64_t now, int64_t at);
bool labtime_run(struct labtime *course, int64_t now, int64_t at);

/* Run for so many lab microseconds, then stand still. */
bool labtime_step(struct labtime *course, int64_t now, int64_t at, int64_t lab_us);

/* Another scale; a lab that stands still, or will when its step is over, gets it when it runs. */
bool labtime_scale(struct labtime *course, int64_t now, int64_t at, uint32_t scale);

#endif
