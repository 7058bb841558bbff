/* cli_filter.h - what stands behind the bar of a command line: `| grep -i word | count`
 *
 *     grep [ -E ] [ -i ] [ -v ] [ -n ] PATTERN    lines that match (-v: do not), -n numbered;
 *                                                the options may also follow the pattern
 *     count                                       how many lines there are
 *     more                                        all of them; paging is the terminal's job
 *
 * Filters may be chained and abbreviated; a blank after the bar is optional.
 *
 * Ownership  borrows text and filters; writes to the caller's stream
 * Time       none
 * Errors     as cli.h; nothing was written then
 * Threads    any
 */
#ifndef VPCLAB_CLI_FILTER_H
#define VPCLAB_CLI_FILTER_H

#include <stdio.h>

#include "common/cli/cli.h"

/* Characters of the command proper: the line up to its first bar outside of quotes. The
 * rest of the line, empty or beginning with the bar, is for cli_filter. */
size_t cli_command_len(const char *line, size_t len);

/* Check the filters without running them, so that a command is not carried out in vain. */
int cli_filter_check(const char *filters, size_t len, char *err, size_t room);

/* What may stand at the end of the filters, as cli_choices. */
size_t cli_filter_choices(const char *filters, size_t len, struct cli_choice *choices, size_t room);

/* Pass text through the filters to `out`. */
int cli_filter(const char *filters, size_t len, const char *text, size_t text_len, FILE *out,
               char *err, size_t room);

#endif
