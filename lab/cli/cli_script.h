/* cli_script.h - lines carried out one after the other, with nobody watching
 *
 * Answers go to stdout, what failed to stderr with its place. With JSON, stdout is an array of an
 * object for each line: its number, the line, the exit status, the output.
 *
 * Ownership  borrows link and feed
 * Time       as long as the lines take
 * Errors     said on stderr; a reader of stdout that has left ends it quietly
 * Threads    main
 */
#ifndef VPCLAB_CLI_SCRIPT_H
#define VPCLAB_CLI_SCRIPT_H

#include "lab/cli/cli_feed.h"
#include "lab/cli/cli_link.h"

struct cli_script {
    struct cli_link *link;
    struct cli_feed *feed;
    const char *place; /* "FILE:", "line "; the number follows. NULL: the only line, not named */
    bool json, array;  /* answers as JSON; as an array */
    bool keep_going;   /* after a failure */
};

/* The exit status: the worst of all lines. */
int cli_script_run(const struct cli_script *script);

/* Print an answer, with a line break at its end; false when nobody reads. */
bool cli_script_print(FILE *to, const char *text);

#endif
