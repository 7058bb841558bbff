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
#include "common/cli/cli.h"

enum { EXEC = 1u << 0 };

struct exec {
    struct cf *cf;
    bool json;
    bool unconfirmed; /* it asks "are you sure", and nobody said -noconfirm */
    bool later;       /* it waits for session managers, and will be carried out once more */
    const char *line;
    const struct calls_found *found; /* what they said; NULL: not asked yet */
    FILE *out;
};

extern const struct cli_table exec_srp_table, exec_ckpt_table;

/* Files and software: exec_files chains exec_sync, exec_cards, and then exec_srp. */
extern const struct cli_table exec_files_table, exec_sync_table, exec_cards_table;

/* 0, or DI_EREFUSED: the chassis is the active CF's business. */
int exec_leading(const struct exec *x, const struct cli_args *args);

/* True, and nothing may be done yet: the line must be said again with -noconfirm. */
bool exec_unconfirmed(struct exec *x, const struct cli_args *args);

/* Print what it shows: as one object, which is consumed, or as text behind a line with the time. */
typedef void show_fn(const struct cf *cf, FILE *out);
typedef json_t *show_json_fn(const struct cf *cf);
int exec_print(struct exec *x, show_fn *text, show_json_fn *object);
void exec_print_object(struct exec *x, json_t *object);

void exec_say(struct exec *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was done: "Info: SENTENCE", or an object with it under "info". */
void exec_info(struct exec *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
