/* cli_line.h - what the console's client reads off a line that is typed, and off a reply
 *
 * The grammar is the CF's alone: here is only what a terminal needs to know before or after it
 * asks. Columns count octets from 0 where they are offsets, characters where they are places on
 * a screen.
 *
 * Ownership  results point into the arguments
 * Time       none
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_CLI_LINE_H
#define VPCLAB_CLI_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum { CLI_LINE_ALL_ROWS = 65535 }; /* a session's paging: as many lines as the terminal has */

/* Is the end of the `len` octets inside quotes? */
bool cli_line_quoted(const char *line, size_t len);

/* Where the word at the end of the `len` octets begins; len after a blank or a bar. */
size_t cli_line_word(const char *line, size_t len);

/* May it hold a secret? Asked of any line with a word that abbreviates key, secret, password,
 * community, passphrase or encrypted to two letters or more: such lines are not remembered. */
bool cli_line_secret(const char *line);

/* Is "| more" its last filter? */
bool cli_line_more(const char *line);

/* Is it UTF-8 without control characters but tabs? */
bool cli_line_printable(const char *line, size_t len);

/* Characters of those octets: what they are wide on a screen. */
size_t cli_line_width(const char *text, size_t len);

/* Lines of a page that a session asks for: 0 none, CLI_LINE_ALL_ROWS the terminal's. */
unsigned cli_line_page(const char *session);

/* Has that session ended? */
bool cli_line_ended(const char *session);

/* Rows that a line of text takes on a screen so many columns wide; tabs stand at 8. */
unsigned cli_line_rows(const char *text, size_t len, unsigned columns);

/* The next line of *text without its line break; false at the end. */
bool cli_line_next(const char **text, const char **line, size_t *len);

/* Of `text`, which is to be typed before what stands `behind` the cursor: how many octets stand there
 * already, in either case, so that they need only be passed over. */
size_t cli_line_there(const char *text, const char *behind, size_t behind_len);

/* The candidates of a completion, a word a line with a tab and its help. */
struct cli_choices_seen {
    size_t n;           /* all of them */
    size_t fitting;     /* those that begin with what is typed, in either case */
    const char *common; /* what these have in common, common_len octets of the first */
    size_t common_len;
};
struct cli_choices_seen cli_line_choices(const char *answer, const char *typed, size_t typed_len);

#endif
