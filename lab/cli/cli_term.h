/* cli_term.h - the terminal of a console session: what is typed, its size, its signals
 *
 * While it is open, a Ctrl-C is a mark that whoever waits heeds, never an end; a signal that ends
 * us is a mark, too, until cli_term_close has put the terminal back.
 *
 * Ownership  one at a time, of the process: signal handlers know no other
 * Time       waits for keys
 * Errors     cli_term_open: false after having said why
 * Threads    main
 */
#ifndef VPCLAB_CLI_TERM_H
#define VPCLAB_CLI_TERM_H

#include <signal.h>
#include <stdbool.h>

enum { CLI_TERM_NONE = -1 }; /* no key: look what happened */

bool cli_term_open(void);

/* The terminal as it was. Ends the process if a signal asked for that. */
void cli_term_close(void);

/* Set once nobody shall wait any longer: Ctrl-C, or the end. */
const volatile sig_atomic_t *cli_term_stop(void);

/* Was Ctrl-C pressed since this was asked? */
bool cli_term_interrupted(void);

/* Has the size changed since this was asked? */
bool cli_term_resized(void);

/* Has a signal asked us to end, or has the terminal gone? */
bool cli_term_over(void);

/* The next octet typed; CLI_TERM_NONE when Ctrl-C, a change of the size, or the end comes first. */
int cli_term_octet(void);

/* Throw away what was typed, or pasted, and not read yet, until nothing more comes for a moment; was
 * there anything? */
bool cli_term_flush(void);

/* As it is now; at least 2 by 1, 24 by 80 where it is not known. */
void cli_term_size(unsigned *rows, unsigned *columns);

#endif
