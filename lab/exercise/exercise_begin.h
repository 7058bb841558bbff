/* exercise_begin.h - how an exercise begins and ends in a lab
 *
 * Ownership  plain values
 * Time       real milliseconds: a minute at most for a fault to show, half a one to heal
 * Errors     an exit status, after having said why on stderr
 * Threads    main
 */
#ifndef VPCLAB_EXERCISE_BEGIN_H
#define VPCLAB_EXERCISE_BEGIN_H

#include "lab/exercise/exercise_state.h"

/* The lab of a topology, for exercise `number`, which is started if it does not run; `name` may be
 * NULL. */
int exercise_lab(struct lab *lab, unsigned number, const char *file, const char *name);

/* May something be broken here? Then who plays which part. */
int exercise_cast_of(const struct lab *lab, struct exercise_state *state);

/* Break it, and wait until a customer would notice. Whatever fails, nothing stays broken. */
int exercise_begin(const struct lab *lab, struct exercise_state *state);

/* Nothing the learner left broken stays so: back in one piece, and seen to be. */
int exercise_put_back(const struct lab *lab, const struct exercise_state *state);

#endif
