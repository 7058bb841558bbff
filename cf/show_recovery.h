/* show_recovery.h - what the console shows of session recovery, licenses, and the instance
 *
 * `show session recovery status [ verbose ]`, `show license information`, `show system uptime`,
 * `show cloud performance dinet` (docs/staros.md "Show commands").
 *
 * Ownership  borrows cf; a json_t returned is the caller's
 * Time       lab time for intervals
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_RECOVERY_H
#define VPCLAB_SHOW_RECOVERY_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"

/* One row of the table: a card that processes packets. */
struct recovery_row {
    unsigned slot;
    bool spare, demux, alive;
    unsigned sessmgrs; /* living; there are no standby-mode ones, and no aaamgrs */
};

/* "Good", "Good (Demux)", or what is wrong. */
const char *show_recovery_word(const struct recovery_row *row);
void show_recovery_head(FILE *out);
void show_recovery_row(const struct recovery_row *row, FILE *out);

void show_recovery(const struct cf *cf, FILE *out);         /* the three lines */
void show_recovery_verbose(const struct cf *cf, FILE *out); /* ... and the table */
json_t *show_recovery_json(const struct cf *cf);

void show_license(const struct cf *cf, FILE *out);
json_t *show_license_json(const struct cf *cf);

void show_uptime(const struct cf *cf, FILE *out);
json_t *show_uptime_json(const struct cf *cf);

void show_dinet(const struct cf *cf, FILE *out);
json_t *show_dinet_json(const struct cf *cf);

#endif
