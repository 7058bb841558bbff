/* play.h - a scenario in the simulated world: docs/scenario.md
 *
 * Ownership  the scenario is the caller's, for as long as the run lasts
 * Time       virtual, in microseconds
 * Errors     none; play_knows says what cannot be played
 * Threads    one
 */
#ifndef VPCLAB_SIM_PLAY_H
#define VPCLAB_SIM_PLAY_H

#include "world.h"

enum play_turn { PLAY_BEGINS, PLAY_AGAIN, PLAY_ENDS };
void play_options(struct options *options, const struct scenario *scenario);
void play_schedule(struct schedule *schedule, const struct scenario *scenario);
bool play_is_lab(const struct scenario *scenario);      /* ... and not a seed */
int64_t play_warm_us(const struct scenario *scenario);  /* before it begins */
int64_t play_peace_us(const struct scenario *scenario); /* instant at which all is mended */
bool play_knows(const struct scenario_step *step);      /* what is to be done is known here */
void play_setup(struct world *world);                   /* instead of starting both chassis */
void play(struct world *world, const struct event *e);
void play_state(struct world *world, int side, const struct srp_result *r, uint64_t epoch);
void play_peace(struct world *world);

#endif
