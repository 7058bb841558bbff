/* cli_form.h - the forms of commands: what may follow where, and what a word may stand for
 *
 * Inside of cli.c. A place in a form is a pointer into its string: nothing is compiled and
 * nothing kept.
 *
 * Ownership  borrows forms and words
 * Time       none
 * Errors     form_check for forms, FIT_NONE for words
 * Threads    any
 */
#ifndef VPCLAB_CLI_FORM_H
#define VPCLAB_CLI_FORM_H

#include "common/cli/cli.h"

enum { FORM_ITEMS = 32 }; /* most words that may follow one place of a form */

/* How well a word fits an item, better is higher. */
enum form_fit { FIT_NONE, FIT_WORD, FIT_ABBREVIATION, FIT_TYPED, FIT_KEYWORD };

/* The items (keywords and arguments) that may follow place `at`; the form's terminator
 * stands for "may end here". */
size_t form_follow(const char *form, const char *at, const char *items[FORM_ITEMS]);

/* Inside of a form, for who writes what it stands for: does a group open, close at `at`? Where the
 * bracket that closes the group opened at `open` stands, and the place behind it. */
bool form_opens(const char *at);
bool form_closes(const char *at);
const char *form_group_end(const char *open);
const char *form_group_behind(const char *close);

/* The place behind an item. */
const char *form_behind(const char *item);

size_t form_item_len(const char *item);

/* How `text` fits the item; fills name and value of *word unless FIT_NONE. */
enum form_fit form_fits(const char *item, const char *text, struct cli_word *word);

/* Is the item an argument, is it a number? */
bool form_is_argument(const char *item);
bool form_is_number(const char *item);

/* A free word, such as the name of a context: none begins with "-", as options do. */
bool form_is_name(const char *item);

/* An argument that nobody may read: no error text repeats it. */
bool form_is_secret(const char *item);

/* What the argument `item` expects: "a number from 1 to 60". */
void form_expectation(const char *item, char *out, size_t room);

/* Well written? */
bool form_check(const char *form);

#endif
