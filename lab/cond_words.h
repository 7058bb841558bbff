/* cond_words.h - the words of conditions, and which was probably meant by one with a slip
 *
 * Ownership  texts are constants, or borrowed
 * Time       none
 * Errors     false where nothing is near
 * Threads    any
 */
#ifndef VPCLAB_COND_WORDS_H
#define VPCLAB_COND_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/conf/topo.h"

enum { COND_TEXT = 256 };

struct cond_words {
    const char *const *words;
    size_t n; /* 0: any word may stand there */
};

/* Is the word among them, or may it be any? */
bool cond_words_have(const struct cond_words *words, const char *word);

struct cond_words cond_words_chassis(void);
struct cond_words cond_words_route(void);

/* What `new` can be in events of that kind (docs/events.md). */
struct cond_words cond_words_event(const char *kind);

/* What helps who wrote that, of which cond_parse knows nothing: "did you mean east.chassis=active?",
 * or "srp.state is one of: Init, ...". False, and "", when nothing is near. */
bool cond_help(const char *text, const struct topo *topo, char out[COND_TEXT]);

#endif
