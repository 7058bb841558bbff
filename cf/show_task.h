/* show_task.h - what the console shows of resources: sessions, processors, tasks, crashes
 *
 * `show resources`, `show cpu table`, `show task resources [ facility sessmgr ... ]`, `show crash
 * list` (docs/staros.md "Show commands"). Figures of processes are what they told of themselves
 * (struct card_usage).
 *
 * Ownership  borrows cf; a json_t returned is the caller's
 * Time       wall clock, UTC
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_TASK_H
#define VPCLAB_SHOW_TASK_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"

/* Sessions that the session managers have room for. */
uint64_t show_room(const struct cf *cf);

/* One kind of service in show resources. */
struct resource {
    const char *name; /* "PGW Service" */
    uint32_t in_use;
    struct peak peak;
    uint64_t limit; /* 0: there is no such service here */
};
void show_resource(const struct resource *resource, FILE *out);

void show_resources(const struct cf *cf, FILE *out);
json_t *show_resources_json(const struct cf *cf);

/* One row of show task resources. */
struct task_row {
    unsigned slot;
    const char *facility;
    unsigned instance;
    const struct card_usage *usage;
    bool alive;
    bool of_thread; /* a session manager: its processor time is that of its thread */
    bool has_sessions;
    uint32_t sessions, sessions_most;
};
void show_task_head(FILE *out);
void show_task_row(const struct task_row *row, FILE *out);

/* `sessmgr`: session managers alone; `instance`: that one alone, 0: all. */
void show_tasks(const struct cf *cf, bool sessmgr, unsigned instance, FILE *out);
json_t *show_tasks_json(const struct cf *cf, bool sessmgr, unsigned instance);

void show_cpu_table(const struct cf *cf, FILE *out);
json_t *show_cpu_table_json(const struct cf *cf);

void show_crashes(const struct cf *cf, FILE *out);
json_t *show_crashes_json(const struct cf *cf);

#endif
