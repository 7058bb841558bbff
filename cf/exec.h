/* exec.h - one line of the Exec mode being carried out: what its handlers share
 *
 * Ownership  struct exec lives for one line; cf is borrowed
 * Time       none
 * Errors     handlers return a negative enum di_err with the reason given by cli_refuse
 * Threads    the loop's
 */
#ifndef VPCLAB_EXEC_H
#define VPCLAB_EXEC_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"
#include "cf/console.h"
#include "common/cli/cli.h"

enum { EXEC = CONF_MODE_EXEC };

struct exec {
    struct cf *cf;
    struct console *console;
    size_t column; /* of the word that was not understood, from 1; 0: none */
    bool stamped;  /* a line with the time goes before what it says */
    bool json;
    bool failed;      /* what it says tells why */
    bool unconfirmed; /* it asks "are you sure", and nobody said -noconfirm */
    bool acts;        /* it is to change something, so that it is told to the audit log */
    bool later;       /* it waits for session managers, and will be carried out once more */
    char to_file[CLI_NAME + 1]; /* `to file URL`: where the output goes instead; "": nowhere else */
    const struct mgmt_line *line;
    struct calls_found *found; /* what they said; NULL: not asked yet */
    FILE *out;
};

/* Every Exec command; its parts are chained below it. */
extern const struct cli_table exec_table;
extern const struct cli_table exec_srp_table, exec_ckpt_table, exec_show_table, exec_list_table,
    exec_service_table, exec_session_table, exec_bundle_table, exec_console_table,
    exec_configure_table, exec_topics_table;

/* Files and software: exec_files chains exec_sync, exec_cards, and then exec_srp. */
extern const struct cli_table exec_files_table, exec_sync_table, exec_cards_table;

#define EXEC_NO_SESSMGR "there is no session manager %u; see show card table"

/* 0, or DI_EREFUSED: the chassis is the active CF's business. */
int exec_leading(const struct exec *x, const struct cli_args *args);

/* True, and nothing may be done yet: the line must be said again by somebody who is sure. */
bool exec_unconfirmed(struct exec *x, const struct cli_args *args);

/* The file that the argument `name` names, or a refusal. */
struct file_url;
int exec_url(const struct cli_args *args, const char *name, struct file_url *url);

/* Write a file as one that is allowed to; boot.sys only as a boot stack, which then counts. `from`
 * is where the text comes from, for a refusal. */
int exec_write(struct exec *x, const struct cli_args *args, const struct file_url *url,
               const struct file_url *from, const char *text, size_t len);

/* console_file.c: where a line sends what it says: `> URL` or `>> URL` behind command and filters.
 * The part before that; *url is "" when it is not sent anywhere. A negative enum di_err and a
 * sentence in err when it is badly written. */
struct redirect {
    size_t len;
    bool append;
    char url[CLI_TEXT + 1];
};
int redirect_read(const char *line, struct redirect *redirect, char *err, size_t room);

/* May this session write there? As cli_run; to be asked before the line is carried out. */
int redirect_check(const struct exec *x, const struct redirect *redirect, char *err, size_t room);

/* Write it there. */
int redirect_write(struct exec *x, const struct redirect *redirect, const char *text, char *err,
                   size_t room);

/* console_hint.c: the line was not understood in Exec mode, or that of the session, and err tells why.
 * True when it is for people of a higher privilege, as err says then, of no certain word. Another
 * mode in which the command stands is told behind what err says. */
bool console_hint_exec(const struct console *console, const char *line, size_t len, char *err,
                       size_t room);
bool console_hint_conf(const struct console *console, const char *line, size_t len, char *err,
                       size_t room);

/* Print what it shows: as one object, which is consumed, or as text. */
typedef void show_fn(const struct cf *cf, FILE *out);
typedef json_t *show_json_fn(const struct cf *cf);
int exec_print(struct exec *x, show_fn *text, show_json_fn *object);
void exec_print_object(struct exec *x, json_t *object);

/* The same on the active CF; the standby CF refuses. */
int exec_show(struct exec *x, const struct cli_args *args, show_fn *text, show_json_fn *object);

/* Ask all session managers: 0, and the line is carried out again with `found`. */
int exec_ask(struct exec *x, const struct cli_args *args, enum call_key by, uint64_t key);

/* One more line, without filters, for a command that is made of several; the reason in err. */
int exec_line(struct exec *x, const char *line, char *err, size_t room);

void exec_say(struct exec *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was done: "Info: SENTENCE", or an object with it under "info". */
void exec_info(struct exec *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
