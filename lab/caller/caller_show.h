/* caller_show.h - the call generator's results, for people and for scripts
 *
 * Ownership  borrows its arguments
 * Time       milliseconds and seconds in the output, named so
 * Errors     false when stdout cannot be written
 * Threads    any
 */
#ifndef VPCLAB_CALLER_SHOW_H
#define VPCLAB_CALLER_SHOW_H

#include "lab/caller/caller.h"

void caller_show_text(const struct caller *caller, const struct caller_result *result);
bool caller_show_json(const struct caller *caller, const struct caller_result *result);

#endif
