/* cli_edit.h - a line typed with libedit: keys, history, TAB and ?
 *
 * TAB completes and ? helps through the two functions given, which ask a CF.
 *
 * Ownership  cli_edit_close frees, but for libedit itself, of which there is one in the process;
 *            the terminal (cli_term.h) is opened before, and closed after
 * Time       waits for keys
 * Errors     cli_edit_open: NULL after having said why
 * Threads    main
 */
#ifndef VPCLAB_CLI_EDIT_H
#define VPCLAB_CLI_EDIT_H

#include "common/loop/mgmt.h"

/* What may stand at the end of `line`: for people to read (EXEC_HELP), or candidates
 * (EXEC_COMPLETE), malloc'd. NULL after having said why there is no answer. */
typedef char *cli_edit_ask_fn(void *ctx, const char *line, enum exec_kind kind);

enum cli_edited {
    CLI_EDIT_LINE,
    CLI_EDIT_LONG,    /* longer than MGMT_LINE: nothing of it is there */
    CLI_EDIT_CLEARED, /* Ctrl-C */
    CLI_EDIT_END,     /* Ctrl-D, or no terminal any more */
};

struct cli_edit;

struct cli_edit *cli_edit_open(cli_edit_ask_fn *ask, void *ctx);
void cli_edit_close(struct cli_edit **edit);

/* Have a line typed behind the prompt. It has no line break. Help comes so many rows at a time, as
 * cli_pager_show() has them. */
enum cli_edited cli_edit_line(struct cli_edit *edit, const char *prompt, unsigned page,
                              char line[MGMT_LINE + 1]);

/* Likewise the answer to a question: without help, and not remembered. */
enum cli_edited cli_edit_answer(struct cli_edit *edit, const char *question,
                                char line[MGMT_LINE + 1]);

#endif
