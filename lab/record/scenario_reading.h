/* scenario_reading.h - what the parts of a scenario's reader share
 *
 * Ownership  the scenario and err are the caller's of scenario_read
 * Time       none
 * Errors     false, and a sentence with the place in err
 * Threads    any
 */
#ifndef VPCLAB_SCENARIO_READING_H
#define VPCLAB_SCENARIO_READING_H

#include <jansson.h>

#include "lab/record/scenario_json.h"

struct reading {
    struct scenario *s;
    char place[64]; /* "steps[3]" */
    char *err;
};

/* False always: "steps[3].key: sentence". */
bool reading_refuse(const struct reading *r, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What a stranger wrote moves nobody's cursor: its control characters are question marks then. */
void reading_tame(char *text);

/* Every key of the object is one of these. */
bool reading_knows_keys(const struct reading *r, json_t *object, const char *const *keys, size_t n);

bool reading_number(const struct reading *r, json_t *object, const char *key, int64_t least,
                    int64_t most, int64_t *out);
bool reading_flag(const struct reading *r, json_t *object, const char *key, bool *out);

/* Shorter than room, and without what would move the cursor of whoever reads it. */
bool reading_text(const struct reading *r, json_t *object, const char *key, char *out, size_t room);

/* One of these words; which. */
bool reading_word(const struct reading *r, json_t *object, const char *key,
                  const char *const *words, size_t n, uint8_t *out);

/* The names of the chassis; how many. */
size_t reading_side_words(const struct scenario *s, const char *words[SCENARIO_SIDES]);

/* scenario_steps.c: the list of what is done. */
bool reading_steps(struct reading *r, json_t *list);

#endif
