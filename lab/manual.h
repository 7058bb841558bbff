/* manual.h - the commands of vpclab as a table, and the manual page that is made of it
 *
 * Ownership  all static
 * Time       none
 * Errors     none; the stream's are the caller's
 * Threads    main
 */
#ifndef VPCLAB_MANUAL_H
#define VPCLAB_MANUAL_H

#include <stddef.h>
#include <stdio.h>

struct command {
    const char *name, *args, *purpose;
    const char *help; /* whole lines */
    int (*run)(int argc, char **argv);
};

/* docs/vpclab.1, for man(1); a test compares the two. */
void manual_print(FILE *out, const struct command *commands, size_t n);

#endif
