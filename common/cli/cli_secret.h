/* cli_secret.h - where on a line a secret may stand
 *
 * Behind any word that abbreviates key, secret, password, community, passphrase, encrypted or
 * security-name to two letters or more, in either case, in quotes or not. So of a line that was
 * misspelt, too; what is no secret is masked rather than one shown.
 *
 * Ownership  results point into the arguments
 * Time       none
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_CLI_SECRET_H
#define VPCLAB_CLI_SECRET_H

#include <stddef.h>

enum { CLI_SECRET_LINE = 512 }; /* room enough for a line that is told */

/* What stands behind the first such word, from its blanks on; NULL: there is none. */
const char *cli_secret_behind(const char *line);

/* The line with "***" in place of that, cut to fit. Control characters become '?'. */
void cli_secret_mask(const char *line, char *out, size_t room);

#endif
