/* record_setup.h - the settings of a scenario, as topology and configurations have them
 *
 * Ownership  plain values
 * Time       microseconds
 * Errors     an exit status, why is on stderr
 * Threads    main
 */
#ifndef VPCLAB_RECORD_SETUP_H
#define VPCLAB_RECORD_SETUP_H

#include "lab/lab.h"
#include "lab/record/scenario_make.h"

/* All of a scenario but what happened, and the monitors its events may name. The first chassis is the
 * one with the lower bind address, as in the simulator. */
int record_setup(const struct topo *topo, struct scenario *scenario, struct scenario_watch *watch);

#endif
