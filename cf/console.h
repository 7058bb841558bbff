/* console.h - what a console session is about, from line to line
 *
 * The CF keeps no sessions: this struct goes to the client as text with each answer and comes back
 * with the next line, fields set apart by tabs, the number of lines of the terminal first. Where a
 * configuration mode is, is said by names, so that a session goes on when another one changes
 * the configuration, and ends up in Exec mode when its place is gone.
 *
 * Ownership  a plain value
 * Time       none
 * Errors     text that is none of ours is refused whole
 * Threads    any
 */
#ifndef VPCLAB_CONSOLE_H
#define VPCLAB_CONSOLE_H

#include "common/cli/cli.h"
#include "common/conf/conf_build.h"
#include "common/loop/mgmt.h"

enum { CONSOLE_OWN_LENGTH = 65535 }; /* as many lines as the terminal has */

struct console {
    uint32_t length; /* terminal length; 0: no paging */
    uint32_t width;  /* terminal width; 0: the terminal's own */
    enum cli_privilege privilege;
    bool timestamps;
    bool noted; /* its begin was, so its end is */
    bool asks;  /* a person is there, who can be asked about what a line would do */
    bool ended;
    char context[CONF_NAME]; /* of the Exec mode */

    /* of the configuration modes */
    uint32_t mode;          /* enum CONF_MODE_... */
    char within[CONF_NAME]; /* context, "" above them */
    char object[CONF_NAME]; /* interface, service, ... in it, "" if the mode has none */
};

/* A session that begins: with the privilege that `text` names ("administrator", "operator",
 * "inspector"; "script" is an administrator who cannot be asked, "" a security administrator who
 * cannot), or goes on as text says. False: neither. */
bool console_read(struct console *console, const char *text);
void console_write(const struct console *console, char out[SESSION_MOST + 1]);

/* Does it begin, and want to be noted? */
bool console_begins(const char *text);

/* Point *build to the place of the session's mode; false when that is gone. And the other way. */
bool console_enter(const struct console *console, struct conf_build *build);
void console_place(struct console *console, uint32_t mode, const struct conf_build *build);

/* "[srp]east(config-srp)# " */
void console_prompt(const struct console *console, const char *host, char out[SESSION_MOST + 1]);

const char *console_privilege_name(enum cli_privilege privilege);

#endif
