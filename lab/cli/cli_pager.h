/* cli_pager.h - an answer longer than the screen, a page at a time
 *
 * Ownership  borrows the text
 * Time       waits for keys
 * Errors     none; Ctrl-C and the end of the terminal end the page
 * Threads    main
 */
#ifndef VPCLAB_CLI_PAGER_H
#define VPCLAB_CLI_PAGER_H

/* Print a text on the terminal and stop after so many rows each time (CLI_LINE_ALL_ROWS: as many
 * as the terminal has at that moment; 0: never) until a key says how to go on. */
void cli_pager_show(const char *text, unsigned page);

#endif
