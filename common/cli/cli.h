/* cli.h - command lines understood from a table, one row per form of a command
 *
 * A row says in which modes a command stands, how it is written, what it helps with, who
 * may use it, which mode it enters and what carries it out. Matching, abbreviations and
 * every error text come from the table alone, so Exec commands and configuration lines,
 * files and consoles, are all served by the same few functions. The engine keeps no state
 * and knows nothing of what the commands do.
 *
 *     enum { EXEC = 1u << 0, CONFIG = 1u << 1 };
 *
 *     static int
 *     show_card(void *ctx, const struct cli_args *args)
 *     {
 *         struct console *console = ctx;
 *         uint32_t slot = cli_number(args, "slot", 0);
 *
 *         if (slot && !console_has_card(console, slot))
 *             return cli_refuse(args, "no card in slot %u", slot);
 *         return console_print_cards(console, slot, cli_has(args, "verbose"));
 *     }
 *
 *     static const struct cli_row rows[] = {
 *         {EXEC | CONFIG, "show card table [ <slot:1-48> ] [ verbose ]", "Cards and their state",
 *          .run = show_card},
 *         {EXEC, "configure", "Change the configuration", CLI_ADMIN, .enters = CONFIG},
 *         {CONFIG, "exit", "Leave this mode", .enters = CLI_PARENT},
 *     };
 *     static const struct cli_mode modes[] = {{EXEC, 0, ""}, {CONFIG, EXEC, "config"}};
 *     static const struct cli_table table = {rows, 3, modes, 2, NULL};
 *
 *     rc = cli_run(&table, &mode, CLI_ADMIN, line, strlen(line), console, err, sizeof err);
 *
 * A form is made of words set apart by blanks:
 *
 *     keyword          may be abbreviated while unambiguous, in either case
 *     <sec:1-60>       a number in that range
 *     <addr:ipv4>      an address; a lone type is its own name: <ipv4>
 *     <name>           a word of 1 to 79 characters (quotes protect blanks), the first not "-"
 *     { a | b c }      one of these
 *     [ a | b ]        one of these, or nothing
 *     { a | b } +      one or more of these, in any order; [ a | b ] + also none
 *
 * Types: ipv4, ip (of either version, only IPv4 has a value), mask (contiguous), prefix
 * (network, or network/length), addrlen (an address, or address/length), prefix6 (an IPv6 address
 * with a length, no value), port (slot/port), hex (octets, two digits each), url (a file's name),
 * secret (1 to 79 characters), pattern (likewise), text (up to CLI_TEXT characters). No error repeats a hex or a secret, nor
 * a word behind one: it may be the rest of a secret without quotes.
 * Where several readings of a word are possible, the whole keyword is preferred to a
 * number or address, that to an abbreviation, and that to a free word. Of two forms that
 * both fit, the one higher in the table is taken.
 *
 * Ownership  tables are static; cli_args holds copies of the words, valid while it lives
 * Time       none
 * Errors     a negative enum di_err, and one sentence beginning "Failure: " in err
 * Threads    any
 */
#ifndef VPCLAB_CLI_H
#define VPCLAB_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

enum {
    CLI_LINE = 1024,  /* longest line, in characters */
    CLI_WORDS = 64,   /* most words of a line */
    CLI_NAME = 79,    /* longest free word */
    CLI_TEXT = 255,   /* longest one of type hex, url or text */
    CLI_ERR = 512,    /* room that holds every error sentence */
    CLI_CHOICE = 64,  /* room for one word of a form */
    CLI_HELP = 128,   /* room for what is said of that */
    CLI_CHOICES = 128 /* room enough for what any mode offers */
};

enum cli_privilege { CLI_INSPECTOR, CLI_OPERATOR, CLI_ADMIN, CLI_SECURITY_ADMIN };

#define CLI_PARENT (UINT32_C(1) << 31) /* as `enters`: back to the parent mode */

/* As `modes`, alone: no command, but help for a word that several commands share. `form` is that word,
 * or the last words up to it: "show srp"; of several such rows the one with most words counts. A word of one
 * command has it, too, if `form` is all of the line, or the word an option: "-noconfirm". */
#define CLI_TOPIC (UINT32_C(1) << 30)

struct cli_args;
struct cli_row;
struct cli_said;

/* What of `ctx` a row prints: fill *said with the words of its line number i, from 0, and be true;
 * false when there is no such line. The row's form says where the words stand, so what is printed
 * can be read. A row that enters a mode makes ctx point to what the block is about. */
typedef bool cli_print_fn(void *ctx, const struct cli_row *row, size_t i, struct cli_said *said);

struct cli_row {
    uint32_t modes;               /* bit mask: where the command stands */
    const char *form;             /* how it is written */
    const char *help;             /* a few words for the reader of `?`; "": not offered there */
    enum cli_privilege privilege; /* least privilege that sees the command */
    uint32_t enters;              /* mode after success; 0 stays, CLI_PARENT goes up */
    size_t tag;                   /* for a handler that several rows share */

    /* Carries the command out: 0, or a negative enum di_err with the reason given by
     * cli_refuse. NULL for a command that only changes the mode. */
    int (*run)(void *ctx, const struct cli_args *args);

    cli_print_fn *print; /* NULL: prints nothing (cli_print.h) */
};

struct cli_mode {
    uint32_t bit;
    uint32_t parent;  /* 0: the root, where a session begins */
    const char *name; /* as in the prompt: "config-srp" */
};

struct cli_table {
    const struct cli_row *rows;
    size_t row_n;
    const struct cli_mode *modes; /* those of `next` are known, too */
    size_t mode_n;
    const struct cli_table *next; /* further rows, or NULL */
};

/* One word of the line with what it stands for. Handlers use the functions below. */
struct cli_word {
    const char *name; /* the keyword, or the argument's name; name_len characters */
    size_t name_len;
    bool is_argument;
    const char *text;     /* as typed */
    size_t column;        /* where in the line, from 1 */
    uint32_t value, mask; /* number or address; mask or slot */
};

struct cli_args {
    const struct cli_row *row; /* NULL: an empty line */
    struct cli_word words[CLI_WORDS];
    size_t n;
    bool whole;        /* the first word was typed in full */
    bool guessed;      /* on failure: the error says which word was probably meant */
    size_t understood; /* ... words before the bad one */
    size_t column;     /* ... and where that begins in the line, from 1; 0: nowhere. Behind the line
                        * if a word is missing */
    char text[CLI_LINE + 1];
    char *err; /* where cli_refuse writes; borrowed from the caller */
    size_t room;
};

/* Find the row that `line` means in `mode` and bind its words, without carrying it out.
 * On failure *args holds nothing but what is said there: DI_ENOTFOUND for a word
 * that no command has there, DI_EFORMAT for everything else. */
int cli_match(const struct cli_table *table, uint32_t mode, enum cli_privilege privilege,
              const char *line, size_t len, struct cli_args *args, char *err, size_t room);

/* As cli_match, but a command unknown in *mode is looked for in the parents too, save the
 * root, as a replayed file expects in which `#exit` is but a comment. A first word typed in
 * full in a parent beats an abbreviation further in ("router bgp" is not "router-id").
 * *mode becomes the one in which the command was found. */
int cli_match_upwards(const struct cli_table *table, uint32_t *mode, enum cli_privilege privilege,
                      const char *line, size_t len, struct cli_args *args, char *err, size_t room);

/* Match upwards, carry out, change *mode as the row says. On failure *mode is unchanged. */
int cli_run(const struct cli_table *table, uint32_t *mode, enum cli_privilege privilege,
            const char *line, size_t len, void *ctx, char *err, size_t room);

/* The same; *column as in struct cli_args. */
int cli_run_at(const struct cli_table *table, uint32_t *mode, enum cli_privilege privilege,
               const char *line, size_t len, void *ctx, size_t *column, char *err, size_t room);

/* For handlers: was the keyword given? The text of an argument, NULL when it was not given.
 * Its number, `otherwise` when it was not given. Its address, and the mask of a prefix or
 * the slot of a port; 0 when it was not given. */
bool cli_has(const struct cli_args *args, const char *keyword);
const char *cli_text(const struct cli_args *args, const char *name);
uint32_t cli_number(const struct cli_args *args, const char *name, uint32_t otherwise);
uint32_t cli_addr(const struct cli_args *args, const char *name);
uint32_t cli_mask(const struct cli_args *args, const char *name);

/* Write "Failure: " and a sentence to err; returns code. */
int cli_fail(int code, char *err, size_t room, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for handlers; returns DI_EREFUSED. */
int cli_refuse(const struct cli_args *args, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct cli_choice {
    char word[CLI_CHOICE]; /* keyword, argument as in the form, or "<cr>": may end here */
    char help[CLI_HELP];   /* of the command, or of the word if several commands share it; what an
                            * argument takes */
    bool shared, unsaid;   /* commands of different help share it; and no topic says what it is */
};

/* What may stand at the end of `line`: completions of its last word, or after a blank the
 * words that may follow. Returns their number, at most `room`; 0 when the line is wrong. */
size_t cli_choices(const struct cli_table *table, uint32_t mode, enum cli_privilege privilege,
                   const char *line, size_t len, struct cli_choice *choices, size_t room);

/* Name and parent of a mode; NULL for one the table does not know. */
const struct cli_mode *cli_mode_find(const struct cli_table *table, uint32_t bit);

/* Are all forms well written, all modes known? For a test beside each table: DI_EFORMAT
 * and the first bad form in err. */
int cli_table_check(const struct cli_table *table, char *err, size_t room);

#endif
