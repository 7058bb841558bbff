/* view_read.h - take a reading of a lab (view.h) by asking its processes
 *
 * Ownership  fills the caller's view
 * Time       each running process has `timeout_ms` to answer
 * Errors     none: what does not answer is absent; view_ask: NULL
 * Threads    main
 */
#ifndef VPCLAB_VIEW_READ_H
#define VPCLAB_VIEW_READ_H

#include <jansson.h>

#include "lab/lab.h"
#include "lab/view.h"

/* A CF on a busy machine may take that long to answer; one that stands still costs it each time. */
enum { VIEW_TIMEOUT_MS = 2000 };

void view_read(struct view *view, const struct lab *lab, int timeout_ms);

/* Ask one process for JSON; NULL when there is no good answer. A new reference. */
json_t *view_ask(const char *endpoint, const char *line, int timeout_ms);

#endif
