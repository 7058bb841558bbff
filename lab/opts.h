/* opts.h - options of a vpclab command, from a table
 *
 * Takes --name VALUE, --name=VALUE and -n VALUE out of argv and leaves the other words.
 * An option may be given once. What it does not understand it answers with one sentence on stderr that names the fix.
 *
 * Ownership  texts point into argv
 * Time       seconds on the command line, milliseconds in the result
 * Errors     opts_parse returns false after having said why: exit status 2
 * Threads    main
 */
#ifndef VPCLAB_OPTS_H
#define VPCLAB_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt_kind {
    OPT_FLAG,    /* bool */
    OPT_NUMBER,  /* uint32_t between least and most */
    OPT_SECONDS, /* int64_t milliseconds; decimals allowed; between least and most seconds */
    OPT_ADDR,    /* uint32_t, IPv4 in host order */
    OPT_TEXT,    /* const char * */
};

struct opt {
    const char *name; /* a single character is written -n, longer ones --name */
    enum opt_kind kind;
    void *value;
    uint32_t least, most;
};

/* *argc and argv (without the command's name) keep the words that are no options. */
bool opts_parse(const char *command, const struct opt *opts, size_t n, int *argc, char **argv);

#endif
