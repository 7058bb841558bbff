/* lab_time.h - the clock of a lab, as commands read and change it
 *
 * Ownership  plain values
 * Time       as labtime.h
 * Errors     an exit status, after having said why on stderr
 * Threads    main
 */
#ifndef VPCLAB_LAB_TIME_H
#define VPCLAB_LAB_TIME_H

#include <jansson.h>

#include "common/base/labtime.h"
#include "lab/lab.h"

/* The course that the lab's clock follows. lab_open must have read the topology. */
int lab_time_read(const struct lab *lab, struct labtime *course);

/* The clock of this process is that of the lab, whose topology has that time-scale. */
void lab_time_begin(const struct lab *lab, uint32_t time_scale);

/* Write another course, which takes effect LAB_CLOCK_AHEAD_US after `now` at the earliest. */
int lab_time_write(const struct lab *lab, const struct labtime *course);

/* "running at scale 10", "paused, to run at scale 1", "running at scale 1 for a step". */
enum { LAB_TIME_WORDS = 96 };
void lab_time_words(const struct labtime *course, int64_t now, char out[LAB_TIME_WORDS]);

/* {"lab_us", "paused", "stepping", "scale", "run_scale", "topology_scale"}; a new reference. */
json_t *lab_time_json(const struct lab *lab, const struct labtime *course, int64_t now);

/* Where something did not come to pass in time: says on stderr that the lab stands still, if so. */
void lab_time_remind(const struct lab *lab);

/* Does the clock do what the topology says? */
bool lab_time_is_plain(const struct lab *lab, const struct labtime *course, int64_t now);

#endif
