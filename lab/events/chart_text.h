/* chart_text.h - words for the chart: an event as a sentence, and lines of a width
 *
 * Ownership  a text is a plain value that ends with '\0'; all printable
 * Time       microseconds of the lab
 * Errors     what does not fit is left out
 * Threads    any
 */
#ifndef VPCLAB_CHART_TEXT_H
#define VPCLAB_CHART_TEXT_H

#include "lab/events/events.h"

enum { TEXT_ROOM = 512 };

struct text {
    size_t len;
    char text[TEXT_ROOM];
};

void text_clear(struct text *text);

/* Control characters and what is not ASCII become '?'. */
void text_add(struct text *text, const char *words);
void text_number(struct text *text, uint64_t number);

/* "12.345", or "-0.001". */
void text_seconds(struct text *text, int64_t us);

/* How much of the text the next line of `room` characters takes: up to a blank if there is one. */
size_t text_wrap(const char *text, size_t room);

/* Is `word` in the text with nothing but punctuation and blanks round it? */
bool text_has_word(const char *text, const char *word);

/* Does the event have a line of its own? */
bool chart_shows(const struct event *event);

/* What the event says, for the column of its instance. */
void chart_text(struct text *text, const struct event *event);

#endif
