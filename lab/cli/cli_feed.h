/* cli_feed.h - lines out of a file, a pipe or an argument, for the CF one at a time
 *
 * Whatever stands there, a line is found whole and safe to send, or named as what it is and
 * skipped whole: no more of it is kept than the longest line that a CF takes.
 *
 * Ownership  borrows what it reads from; a line is valid until the next one
 * Time       waits for what it reads from
 * Errors     CLI_FEED_BROKEN with errno set
 * Threads    main
 */
#ifndef VPCLAB_CLI_FEED_H
#define VPCLAB_CLI_FEED_H

#include <stdio.h>

#include "common/loop/mgmt.h"

enum cli_fed {
    CLI_FEED_LINE,
    CLI_FEED_LONG,    /* longer than MGMT_LINE: skipped */
    CLI_FEED_RUBBISH, /* with control characters, or no UTF-8: skipped */
    CLI_FEED_END,
    CLI_FEED_BROKEN,
};

struct cli_feed {
    FILE *file;       /* or NULL: */
    const char *text; /* what is left of it */
    unsigned long number;
    size_t len;
    char line[MGMT_LINE + 1]; /* without its line break, terminated */
};

struct cli_feed cli_feed_file(FILE *file);
struct cli_feed cli_feed_text(const char *text);

/* The next line into feed->line; its number, from 1, is feed->number. */
enum cli_fed cli_feed_next(struct cli_feed *feed);

/* The sentence to say of a line that was skipped. */
const char *cli_feed_failure(enum cli_fed fed);

#endif
