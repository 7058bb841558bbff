/* scenario_json.h - a scenario as JSON, and back: docs/scenario.md
 *
 * Ownership  the text belongs to the caller, who frees it
 * Time       none
 * Errors     a scenario from a stranger is checked whole: false, one sentence in err with the place
 *            ("steps[3].do"), and *scenario is of no use
 * Threads    any
 */
#ifndef VPCLAB_SCENARIO_JSON_H
#define VPCLAB_SCENARIO_JSON_H

#include "lab/record/scenario.h"

enum { SCENARIO_ERROR = 512 };

/* NULL when out of memory. */
char *scenario_print(const struct scenario *scenario);

bool scenario_read(struct scenario *scenario, const char *text, size_t len,
                   char err[SCENARIO_ERROR]);

/* ... of a file; err begins with its name. */
bool scenario_load(struct scenario *scenario, const char *path, char err[SCENARIO_ERROR]);

#endif
