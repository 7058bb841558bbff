/* show_monitor.h - what the console shows of the monitors, as text and as JSON
 *
 * `show srp monitor [ all | bgp | authentication-probe | diameter [ debug ] ]`
 * (docs/staros.md "Monitors"): without a word a summary and the whole table.
 *
 * Ownership  borrows cf; a json_t returned is the caller's
 * Time       lab time for intervals, wall clock for dates
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_MONITOR_H
#define VPCLAB_SHOW_MONITOR_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"

enum show_monitor {
    SHOW_MONITOR_SUMMARY, /* and the table of all */
    SHOW_MONITOR_ALL,
    SHOW_MONITOR_BGP,
    SHOW_MONITOR_AAA,
    SHOW_MONITOR_DIAMETER,
    SHOW_MONITOR_DIAMETER_DEBUG, /* and what was sent and answered */
};

void show_monitor(const struct cf *cf, FILE *out, enum show_monitor which);
json_t *show_monitor_json(const struct cf *cf, enum show_monitor which);

#endif
