/* conf_grammar.h - random lines of a configuration, written by walking the forms of its table
 *
 * Every alternative, option and argument of every row comes up; names and addresses are few, so that
 * lines meet what others configured.
 *
 * Ownership  the line is the caller's
 * Time       none
 * Errors     none: a line may well be refused
 * Threads    any
 */
#ifndef VPCLAB_CONF_GRAMMAR_H
#define VPCLAB_CONF_GRAMMAR_H

#include "common/base/rng.h"
#include "common/cli/cli.h"

/* A line for that mode, perhaps one that leads into another. */
void grammar_line(struct rng *rng, const struct cli_table *table, uint32_t mode,
                  char line[CLI_LINE + 1]);

#endif
