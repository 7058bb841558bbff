/* show_traps.h - what the console shows of SNMP notifications, as text and as JSON
 *
 * `show snmp trap history [ verbose ]` and `show snmp notifies` (docs/staros.md
 * "Notifications").
 *
 * Ownership  borrows traps; a json_t returned is the caller's
 * Time       wall clock, as it was when the notification was raised; UTC
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_TRAPS_H
#define VPCLAB_SHOW_TRAPS_H

#include <jansson.h>
#include <stdio.h>

#include "cf/trap/traps.h"

/* Oldest first; verbose adds the name in the MIB. */
void show_trap_history(const struct traps *traps, FILE *out, bool verbose);
json_t *show_trap_history_json(const struct traps *traps);

/* Totals, and a row for each kind that was raised since the start. */
void show_snmp_notifies(const struct traps *traps, FILE *out);
json_t *show_snmp_notifies_json(const struct traps *traps);

#endif
