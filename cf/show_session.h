/* show_session.h - what the console shows of subscribers and their sessions
 *
 * `show subscribers summary`, `show session progress`, `show session counters historical all`,
 * `show session disconnect-reasons`, `show session subsystem facility sessmgr ... debug-info`
 * (docs/staros.md "Show commands").
 *
 * Ownership  borrows cf; a json_t returned is the caller's
 * Time       wall clock, UTC
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_SESSION_H
#define VPCLAB_SHOW_SESSION_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"

/* The figures of show subscribers summary. */
struct subscribers {
    uint32_t gtpv1, gtpv2; /* sessions now */
    struct card_calls calls;
};
void show_subscribers_of(const struct subscribers *s, FILE *out);

void show_subscribers(const struct cf *cf, FILE *out);
json_t *show_subscribers_json(const struct cf *cf);

void show_progress(const struct cf *cf, FILE *out);
json_t *show_progress_json(const struct cf *cf);

void show_history_head(FILE *out);
void show_history_row(unsigned number, const struct chronicle_row *row, FILE *out);
void show_history(const struct cf *cf, FILE *out);
json_t *show_history_json(const struct cf *cf);

void show_ends_of(const struct chronicle_count *ends, FILE *out);
void show_ends(const struct cf *cf, FILE *out);
json_t *show_ends_json(const struct cf *cf);

/* instance 0: all */
void show_subsystem(const struct cf *cf, unsigned instance, FILE *out);
json_t *show_subsystem_json(const struct cf *cf, unsigned instance);

#endif
