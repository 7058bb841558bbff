/* near.h - which word was probably meant by one with a slip of typing
 *
 * Ownership  borrows the words
 * Time       none
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_NEAR_H
#define VPCLAB_NEAR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { NEAR_WORD = 32 }; /* longer words are near none */

static inline size_t
near_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits (insert, drop, replace, swap neighbours) that turn a into b, of so many characters each;
 * SIZE_MAX for words too long to ask. */
static inline size_t
near_edits(const char *a, size_t la, const char *b, size_t lb)
{
    size_t d[NEAR_WORD + 1][NEAR_WORD + 1];

    if (la > NEAR_WORD || lb > NEAR_WORD)
        return SIZE_MAX;
    for (size_t i = 0; i <= la; i++) {
        for (size_t j = 0; j <= lb; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = near_least(near_least(d[i - 1][j], d[i][j - 1]) + 1,
                                 d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = near_least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[la][lb];
}

/* The edits at which a word of that length may still be meant; more make another word. */
static inline size_t
near_most(size_t len)
{
    return len < 2 ? 0 : len < 5 ? 1 : 2;
}

/* The word among words[n] that `typed` was probably meant to be; NULL when none is near. */
static inline const char *
near_word(const char *typed, const char *const *words, size_t n)
{
    const char *best = NULL;
    size_t len = strlen(typed), least = near_most(len) + 1;

    for (size_t i = 0; i < n; i++) {
        size_t edits = near_edits(typed, len, words[i], strlen(words[i]));

        if (edits < least && edits < strlen(words[i])) {
            least = edits;
            best = words[i];
        }
    }
    return best;
}

#endif
