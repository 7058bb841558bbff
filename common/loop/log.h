/* log.h - one line, one fact; and the event log, one JSON object a line
 *
 * Log lines go to stderr: `time level process object: what, key=value`. Events go to a
 * file of their own (docs/events.md): state changes, faults, what a test waits for.
 *
 * Ownership  borrows its arguments; log_open keeps the file until log_close
 * Time       wall clock, for display
 * Errors     an event that cannot be written (disk full) is lost; that is said once, a gap in
 *            `seq` tells later, and the process goes on
 * Threads    any; log_open, log_close and log_set_level while there is one only
 */
#ifndef VPCLAB_LOG_H
#define VPCLAB_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* `process` names us in each line ("east/cf1"); `events` is the path of the event log, or
 * NULL. Returns 0 or DI_ESYSTEM with errno set. */
int log_open(const char *process, const char *events);
void log_close(void);
void log_set_level(enum log_level level);

/* Who in the process speaks when this thread does ("sessmgr 2"), in its lines and events from here
 * on; borrowed until the thread ends. */
void log_thread(const char *name);

#define LOG_PRINTF(f, a) __attribute__((format(printf, f, a)))

void log_error(const char *format, ...) LOG_PRINTF(1, 2);
void log_warn(const char *format, ...) LOG_PRINTF(1, 2);
void log_info(const char *format, ...) LOG_PRINTF(1, 2);
void log_debug(const char *format, ...) LOG_PRINTF(1, 2);

/* Says it and exits with status 1. For what no code can go on after: out of memory. */
_Noreturn void log_fatal(const char *format, ...) LOG_PRINTF(1, 2);

/* One line to the event log, and to the log at info. `kind` is a dotted word of
 * docs/events.md; old, now and cause may be NULL. */
void log_event(const char *kind, const char *old, const char *now, const char *cause,
               uint64_t epoch);

/* Likewise for what comes many times a second, each hello: to the event log only, and only while
 * the file LOG_OFTEN stands in the directory above that of our event log, where `vpclab events
 * --hellos on` puts it. */
#define LOG_OFTEN "hello-events"
void log_event_often(const char *kind, const char *old, const char *now, const char *cause,
                     uint64_t epoch);

#endif
