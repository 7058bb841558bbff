/* lab_clock.h - the file that tells all processes of a lab how its clock goes
 *
 *   {"run": 1000, "course": [{"real_us": 0, "lab_us": 0, "scale": 1000}, ...]}
 *
 * "course" are the segments of labtime.h, "run" is the scale at which a lab that stands still will
 * run; scales are in thousandths. `vpclab time` writes it, into the run directory; without it the
 * clock is CLOCK_MONOTONIC times the topology's time-scale.
 *
 * Ownership  plain values
 * Time       as labtime.h
 * Errors     lab_clock_read: why the text is refused, in a few words
 * Threads    main
 */
#ifndef VPCLAB_LAB_CLOCK_H
#define VPCLAB_LAB_CLOCK_H

#include "common/base/labtime.h"
#include "common/loop/node.h"

#define LAB_CLOCK_FILE "time.json"

/* How long before its effect a change is written: a process that runs reads it in a tenth of it. */
#define LAB_CLOCK_AHEAD_US INT64_C(30000)

enum { LAB_CLOCK_TEXT = 1024, LAB_SCALE_TEXT = 16 };

/* Read the course a file's text tells; NULL, or why not, and then *course is what it was.
 * `now`: a course that begins after this real instant is of the machine's start before this one. */
const char *lab_clock_read(const char *text, size_t len, int64_t now, struct labtime *course);

/* The text of a course; its length. */
size_t lab_clock_text(const struct labtime *course, char out[LAB_CLOCK_TEXT]);

/* "1", "0.25", "paused". */
const char *lab_scale_text(uint32_t scale, char out[LAB_SCALE_TEXT]);

/* This process follows the file from here on: its clock, and the timers of its opened loops. */
void lab_clock_follow(const struct node *node);

#endif
