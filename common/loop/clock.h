/* clock.h - the one place where a clock is read
 *
 * Lab time follows a course (labtime.h): CLOCK_MONOTONIC times the time-scale, unless somebody
 * paused, stepped or scaled the lab. All processes of a lab on one machine have the same course,
 * so they have the same time. Wall-clock time is for display and log lines only.
 *
 * What belongs to the lab is measured in lab time; what belongs to the machine (a socket that is
 * to be tried again, a burst that is to be over) is measured in real time, and goes on while the
 * lab stands still.
 *
 * Ownership  none
 * Time       mono_t in lab microseconds, real instants in microseconds of CLOCK_MONOTONIC
 * Errors     none
 * Threads    any: no call waits for another, but the first after a sleep of the whole process;
 *            clock_scale(), clock_begin() and clock_missed() before there is a second thread
 */
#ifndef VPCLAB_CLOCK_H
#define VPCLAB_CLOCK_H

#include "common/base/labtime.h"
#include "common/base/mono.h"

/* Lab seconds per real second, 1..1000; call once, before any thread starts. */
void clock_scale(uint32_t scale);

/* A process begins with the course that its lab has by now, wherever the clock stood before; call
 * once, as clock_scale(). */
void clock_begin(const struct labtime *course);

/* A process in which nobody has read the clock for so long (it was stopped, or had nothing to do) may
 * have missed another course. */
#define CLOCK_SLEPT_US INT64_C(15000)

/* Then `fn`, in whatever thread reads it first, says which course there is; false: as before. It does
 * not read the clock, and is called by one thread at a time. */
typedef bool clock_missed_fn(const void *ctx, struct labtime *course);
void clock_missed(clock_missed_fn *fn, const void *ctx);

/* Ask it now; the clock has the course it says from here on. Where it would go back behind what it has
 * shown (what was decided is read too late) it stands still until the course has caught up. Timers:
 * timer_rearm() after it. */
void clock_look(void);

/* The course in force; borrowed, and valid as long as the process. */
const struct labtime *clock_course(void);

/* Lab time. */
mono_t clock_now(void);

/* Real time. */
int64_t clock_real_us(void);

/* When a lab instant will be reached in real time; LABTIME_NEVER while the lab stands still. */
int64_t clock_real_of(mono_t due);

/* Microseconds since 1970, by the wall clock of this process ... */
int64_t clock_wall_us(void);

/* ... and by that of the machine: for logs, which are the lab's, so that those of all processes can
 * be put in one order whatever the clock of one shows. */
int64_t clock_machine_us(void);

/* The wall clock of this process is wrong by that much from now on (a fault); lab time is not. */
void clock_wall_step(int64_t us);

#endif
