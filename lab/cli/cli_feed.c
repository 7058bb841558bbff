#include "lab/cli/cli_feed.h"

#include <string.h>

#include "lab/cli/cli_line.h"

struct cli_feed
cli_feed_file(FILE *file)
{
    return (struct cli_feed){.file = file};
}

struct cli_feed
cli_feed_text(const char *text)
{
    return (struct cli_feed){.text = text};
}

static int
next_octet(struct cli_feed *feed)
{
    if (feed->file)
        return getc_unlocked(feed->file); /* one thread reads */
    return *feed->text ? (unsigned char)*feed->text++ : EOF;
}

/* Octets up to the line break, of which as many are kept as there is room for; false at the end
 * of all lines. */
static bool
take(struct cli_feed *feed, size_t *octets)
{
    int c = next_octet(feed);

    feed->len = 0;
    *octets = 0;
    if (c == EOF)
        return false;
    for (; c != EOF && c != '\n'; c = next_octet(feed)) {
        if (feed->len < MGMT_LINE)
            feed->line[feed->len++] = (char)c;
        ++*octets;
    }
    if (*octets == feed->len && feed->len > 0 && feed->line[feed->len - 1] == '\r')
        *octets = --feed->len;
    feed->line[feed->len] = '\0';
    return true;
}

enum cli_fed
cli_feed_next(struct cli_feed *feed)
{
    size_t octets;

    if (!take(feed, &octets))
        return feed->file && ferror(feed->file) ? CLI_FEED_BROKEN : CLI_FEED_END;
    feed->number++;
    if (octets > feed->len)
        return CLI_FEED_LONG;
    return cli_line_printable(feed->line, feed->len) ? CLI_FEED_LINE : CLI_FEED_RUBBISH;
}

const char *
cli_feed_failure(enum cli_fed fed)
{
    return fed == CLI_FEED_LONG
               ? "Failure: this line is longer than 4096 characters; it was skipped whole\n"
               : "Failure: this line has characters that cannot be printed or are no UTF-8; it was "
                 "skipped whole\n";
}
