/* cli_history.h - the lines typed before, also those of earlier sessions
 *
 * A file of one line each, of mode 0600, to which every session appends; lines that may hold a
 * secret are not kept, here or there.
 *
 * Ownership  cli_history_close frees
 * Time       none
 * Errors     cli_history_open: a file that cannot be had is said on stderr, and the history is
 *            that of this session
 * Threads    main
 */
#ifndef VPCLAB_CLI_HISTORY_H
#define VPCLAB_CLI_HISTORY_H

#include <histedit.h>
#include <stdbool.h>

struct cli_history {
    History *lines;
    int file; /* -1: none */
};

void cli_history_open(struct cli_history *past);
void cli_history_close(struct cli_history *past);

/* Remember a line, without its line break. */
void cli_history_add(struct cli_history *past, const char *line);

#endif
