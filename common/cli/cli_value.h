/* cli_value.h - the types of arguments, and the words they take
 *
 * Inside of the engine; cli.h lists the types.
 *
 * Ownership  borrows words; types are static
 * Time       none
 * Errors     false for a word that is none of the type
 * Threads    any
 */
#ifndef VPCLAB_CLI_VALUE_H
#define VPCLAB_CLI_VALUE_H

#include "common/cli/cli.h"

struct cli_type {
    const char *name, *expects; /* "an IPv4 address (A.B.C.D)" */

    /* Is `text` one? Fills value and mask of *word. */
    bool (*read)(const char *text, struct cli_word *word);
    bool free; /* most words fit: what fits better is preferred */
};

/* The type of that name, of len characters; NULL for a name that is no type. */
const struct cli_type *value_type(const char *name, size_t len);

/* Is `text` a number in a range as forms have it, "1-60"? */
bool value_range(const char *text, const char *range, struct cli_word *word);

#endif
