/* explore.h - every interleaving of two SRP cores, up to a number of steps and of faults
 *
 * The seeds of the simulator go far along few paths; this goes a short way along all of them.
 * From a few starting points each step that is possible is taken (explore_world.h lists them),
 * states that behave alike are visited once, and every state is checked. What is reached
 * through fewer faults is followed further.
 *
 * Ownership  what explore_world.h says; one process explores once at a time
 * Time       virtual, in the worlds; the wall clock only to stop
 * Errors     a broken promise is printed with its shortest path; no memory ends the process
 * Threads    one
 */
#ifndef VPCLAB_SIM_EXPLORE_H
#define VPCLAB_SIM_EXPLORE_H

/* Paths of `depth` steps at most, of half as many with one fault, a third with two, a quarter
 * with three; 0: as far as about a minute of an optimised build goes.
 * `plant`: a planted bug (explore_plants lists them), or NULL. The exit status: 0 when no
 * promise was broken. */
int explore_main(unsigned depth, const char *plant);

/* Plants each bug and expects the promise it breaks to be reported. The exit status. */
int explore_plants(void);

#endif
