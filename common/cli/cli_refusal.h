/* cli_refusal.h - the sentence for a line that no form fits: what is wrong, and what may stand there
 *
 * Inside of the engine. Each function writes to err and returns the code, as cli_fail.
 *
 * Ownership  borrows everything
 * Time       none
 * Errors     these are they
 * Threads    any
 */
#ifndef VPCLAB_CLI_REFUSAL_H
#define VPCLAB_CLI_REFUSAL_H

#include "common/cli/cli_match.h"

/* Nothing fits `text`: what was expected, which word was probably meant, or what stands there, if
 * that can be said in a few words. `secret`: one that stands before it, or NULL. */
int refusal_unfit(struct match *match, const struct reading *reading, const char *text,
                  const char *secret, char *err, size_t room);

/* A word behind a secret does not fit: it is not repeated. */
int refusal_behind(const char *secret, char *err, size_t room);

int refusal_ambiguous(const struct reading *reading, const char *text, char *err, size_t room);

/* The line ends too early: what is missing. */
int refusal_incomplete(struct match *match, char *err, size_t room);

#endif
