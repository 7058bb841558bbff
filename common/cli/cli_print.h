/* cli_print.h - the other way round: from values to the lines that set them
 *
 * A row's print function names words (cli_say_*); its form says in which order they stand and
 * what stands between them. Of alternatives the one is written whose first keyword was said, or
 * else the first one with another keyword that was, or an argument; of an optional group likewise,
 * or nothing.
 *
 *     static bool
 *     print_pool(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said)
 *     {
 *         ...
 *         cli_say_text(said, "name", pool->name);
 *         cli_say(said, "static");
 *         return true;
 *     }
 *
 * A block is printed as its line, what is in it two blanks further in, and `#exit`.
 *
 * Ownership  words are copied
 * Time       none
 * Errors     a form that cannot be written with the words said is a defect: it aborts
 * Threads    any
 */
#ifndef VPCLAB_CLI_PRINT_H
#define VPCLAB_CLI_PRINT_H

#include <stdio.h>

#include "common/cli/cli.h"

enum { CLI_SAID = 16 }; /* most words of a line that are said */

struct cli_said {
    struct {
        const char *name; /* of the argument, or the keyword */
        bool is_argument;
        char text[CLI_TEXT + 1];
    } words[CLI_SAID];
    size_t n;
};

void cli_say(struct cli_said *said, const char *keyword);
void cli_say_if(struct cli_said *said, bool condition, const char *keyword);
void cli_say_text(struct cli_said *said, const char *name, const char *text);
void cli_say_number(struct cli_said *said, const char *name, uint32_t number);
void cli_say_addr(struct cli_said *said, const char *name, uint32_t addr);
void cli_say_prefix(struct cli_said *said, const char *name, uint32_t net, uint32_t mask);

/* The line of `form` with these words, without a line break. */
void cli_write(const char *form, const struct cli_said *said, FILE *out);

/* All lines of a mode, each behind `indent` blanks; blocks with what is in them. Rows for which
 * `wanted` is false are left out; NULL: none is. */
typedef bool cli_wanted_fn(const void *ctx, const struct cli_row *row);
void cli_print(const struct cli_table *table, uint32_t mode, void *ctx, cli_wanted_fn *wanted,
               int indent, FILE *out);

#endif
