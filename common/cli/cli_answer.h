/* cli_answer.h - one line of the Exec mode, filters and all, answered as text
 *
 * What every process with a management socket does with a line: carry it out, pass what it
 * prints through the filters behind it (`| grep ...`), or say what was wrong with it.
 *
 * Ownership  *text is malloc'd for the caller
 * Time       none of its own
 * Errors     0, or the negative enum di_err of the engine or the handler; *text then holds the
 *            sentence. Aborts for want of memory
 * Threads    any
 */
#ifndef VPCLAB_CLI_ANSWER_H
#define VPCLAB_CLI_ANSWER_H

#include <stdio.h>

#include "common/cli/cli.h"

/* Carries out the command proper, without its filters; as cli_run. */
typedef int cli_carry_fn(void *ctx, const char *line, size_t len, char *err, size_t room);

/* `*out` is where `carry` prints while it runs. */
int cli_answer_by(cli_carry_fn *carry, const char *line, void *ctx, FILE **out, char **text);

/* `*out`, a field of what `ctx` points to, is where the handlers print while they run. */
int cli_answer(const struct cli_table *table, uint32_t mode, enum cli_privilege privilege,
               const char *line, void *ctx, FILE **out, char **text);

#endif
