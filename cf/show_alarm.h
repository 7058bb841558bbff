/* show_alarm.h - what the console shows of alarms: notifications that stand
 *
 * `show alarm { outstanding | all | statistics }` (docs/staros.md "Show commands"). An alarm is a
 * notification that another one clears; severities are the emulator's.
 *
 * Ownership  borrows cf and traps; a json_t returned is the caller's
 * Time       wall clock, as it was when the alarm was raised; UTC
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_ALARM_H
#define VPCLAB_SHOW_ALARM_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"

enum { ALARM_OBJECT = 32, ALARM_EVENT = 4 * TRAPS_TEXT };
enum alarm_severity { ALARM_CRITICAL, ALARM_MAJOR, ALARM_MINOR, ALARM_SEVERITIES };

struct alarm {
    enum alarm_severity severity;
    char object[ALARM_OBJECT]; /* "Card 3" */
    char event[ALARM_EVENT];
};

/* What it is as an alarm; false: it is none. */
bool show_alarm_of(const struct trap *trap, struct alarm *alarm);

void show_alarm_head(FILE *out);
void show_alarm_row(const struct alarm *alarm, FILE *out);

void show_alarms(const struct cf *cf, FILE *out); /* outstanding */
void show_alarm_statistics(const struct cf *cf, FILE *out);
void show_alarm_all(const struct cf *cf, FILE *out);
json_t *show_alarms_json(const struct cf *cf);
json_t *show_alarm_statistics_json(const struct cf *cf);
json_t *show_alarm_all_json(const struct cf *cf);

/* Those that stand are not shown any more; they are raised once more when they come again. */
void show_alarms_clear(struct cf *cf);

#endif
