/* show_audit.h - what the console shows of audits between the chassis, as text and as JSON
 *
 * Labels and columns: docs/staros.md "Show commands".
 *
 * Ownership  borrows cf; a json_t returned is the caller's
 * Time       wall clock; an instant on the lab's clock is shown as the date when it will be
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_AUDIT_H
#define VPCLAB_SHOW_AUDIT_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"

/* `show srp audit-statistics` */
void show_audits(const struct cf *cf, FILE *out);
json_t *show_audits_json(const struct cf *cf);

/* Rows of `show srp info`, and its key "audit". */
void show_audit_rows(const struct cf *cf, FILE *out);
json_t *show_audit_json(const struct cf *cf);

#endif
