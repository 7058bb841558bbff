/* show.h - what the console shows of a control function, as text and as JSON
 *
 * Text has the labels and columns of the emulated system (docs/staros.md "show commands");
 * JSON has the same facts under stable keys.
 *
 * Ownership  borrows cf; a json_t returned is the caller's
 * Time       lab time for intervals, wall clock for dates
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_H
#define VPCLAB_SHOW_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"

void show_srp_info(const struct cf *cf, FILE *out);
json_t *show_srp_info_json(const struct cf *cf);
void show_srp_statistics(const struct cf *cf, FILE *out);
json_t *show_srp_statistics_json(const struct cf *cf);
void show_srp_statistics_clear(struct cf *cf); /* they count anew */
void show_call_losses(const struct cf *cf, FILE *out);
json_t *show_call_losses_json(const struct cf *cf);
void show_cards(const struct cf *cf, FILE *out, bool all);
json_t *show_cards_json(const struct cf *cf);

/* `show vpclab status`: what the launcher asks; works on a standby CF, too. */
void show_status(const struct cf *cf, FILE *out);
json_t *show_status_json(const struct cf *cf);

/* Words that several of them print: the peer's state as it was heard last, the connection. */
const char *show_peer_state(const struct cf *cf);
const char *show_connection(const struct cf *cf);
struct tcp_counters show_link_counters(const struct cf *cf);

/* "Tue Mar  3 08:00:05 2026", UTC. */
void show_date(int64_t wall_us, char out[32]);

/* Seconds since 1970; null for 0: it never came to that. */
json_t *show_date_json(int64_t wall_us);

/* "Wednesday January 07 10:20:30 UTC 2026" and a line break. */
void show_time_line(FILE *out);

#endif
