/* exercise_act.h - break a lab for an exercise, look at it, put it back
 *
 * Ownership  borrows lab and exercise
 * Time       real milliseconds; looking takes as long as view_read
 * Errors     an exit status, after having said why on stderr
 * Threads    main
 */
#ifndef VPCLAB_EXERCISE_ACT_H
#define VPCLAB_EXERCISE_ACT_H

#include "lab/exercise/exercise.h"
#include "lab/lab.h"
#include "lab/view.h"

/* What is seen of the lab; *view is the reading it is from. `exercise` is the one that runs, or
 * NULL: then no lease is looked for. */
void exercise_look(const struct lab *lab, const struct exercise *exercise,
                   const struct exercise_cast *cast, struct view *view,
                   struct exercise_facts *facts);

/* Look until the lab shows all of these signs (0: none at all), for at most so long. */
bool exercise_await(const struct lab *lab, const struct exercise *exercise,
                    const struct exercise_cast *cast, unsigned signs, int64_t timeout_ms,
                    unsigned *seen);

/* The Active's own end of the SRP link, as text. */
bool exercise_bind(const struct lab *lab, const struct view_instance *active, char *out,
                   size_t room);

/* The number of the exercise's lease that is in force; 0: there is none. */
uint32_t exercise_lease(const struct lab *lab, const struct exercise *exercise,
                        const struct exercise_cast *cast);

int exercise_break(const struct lab *lab, const struct exercise *exercise,
                   const struct exercise_cast *cast);

/* What was broken is as before; what the learner has mended already stays as it is. */
int exercise_mend(const struct lab *lab, const struct exercise *exercise,
                  const struct exercise_cast *cast);

/* A command of vpclab, its words, of which none is NULL, and what it prints on stdout unseen. */
int exercise_quietly(int (*command)(int argc, char **argv), const char *const *words, int n);

#endif
