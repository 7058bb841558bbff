/* show_list.h - lists that session managers were asked for, and the time
 *
 * `show subscribers all`, `show ip pool`, `show clock`.
 *
 * Ownership  borrows cf and what was found; a json_t returned is the caller's
 * Time       as show.h
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_LIST_H
#define VPCLAB_SHOW_LIST_H

#include "cf/show.h"

void show_clock(const struct cf *cf, FILE *out);
json_t *show_clock_json(const struct cf *cf);

/* Sorts what was found by IMSI. */
struct calls_found;
void show_subscribers_all(struct calls_found *found, FILE *out);
json_t *show_subscribers_all_json(struct calls_found *found);

/* Of the pool of that name, or NULL: of all. Is there one? */
bool show_has_pool(const struct cf *cf, const char *name);
void show_pools(const struct cf *cf, const struct calls_found *found, const char *name, FILE *out);
json_t *show_pools_json(const struct cf *cf, const struct calls_found *found, const char *name);

#endif
