/* cli_match.h - how a line is understood, word by word
 *
 * Inside of the engine: cli_match.c decides, cli_refusal.c says why not, cli_choices.c says what may
 * follow.
 *
 * Ownership  borrows tables and words
 * Time       none
 * Errors     as cli.h
 * Threads    any
 */
#ifndef VPCLAB_CLI_MATCH_H
#define VPCLAB_CLI_MATCH_H

#include "common/cli/cli_form.h"

enum { NODES = 2048, CLASHES = 8, NO_PARENT = UINT16_MAX };

/* One way to have understood a word. The ways to understand a line are paths of nodes,
 * so a line costs at most words times places, however the forms repeat. */
struct node {
    const struct cli_row *row;
    const char *item, *at; /* the item it was, the place behind it */
    uint16_t parent;       /* how the word before was understood */
};

struct match {
    const struct cli_table *table;
    uint32_t mode;
    enum cli_privilege privilege;
    struct node nodes[NODES];
    size_t from, to; /* the nodes of the latest word */
    size_t depth;    /* words understood */
    bool whole;      /* the first word was a keyword in full */
    bool overflow;
    bool guessed; /* the error says which word was probably meant */
};

/* What one word could be, over all places that are open. */
struct reading {
    enum form_fit best;
    const char *clash[CLASHES]; /* the keywords that an abbreviation may stand for */
    size_t clash_n;
    const char *argument, *number; /* the first ones expected, NULL if none */
    bool keyword_expected;
};

typedef void visit_fn(struct match *match, const struct node *place, uint16_t parent, void *arg);

/* Split the line into args->words[].text. Only printable ASCII is let in, so that every
 * echo of a word is fit for a terminal and a log. */
int match_split(struct cli_args *args, const char *line, size_t len, char *err, size_t room);

void match_begin(struct match *match, const struct cli_table *table, uint32_t mode,
                 enum cli_privilege privilege);

/* Understand the first n words. */
int match_words(struct match *match, const struct cli_args *args, size_t n, char *err, size_t room);

/* All places at which the next word may stand: those behind the latest word, or at first
 * the beginnings of all rows of the mode. */
void match_each(struct match *match, visit_fn *visit, void *arg);

#endif
