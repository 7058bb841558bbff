#include "common/loop/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/loop/clock.h"

static struct {
    pthread_mutex_t lock;
    char process[64];
    enum log_level level;
    int events; /* file descriptor, -1: none */
    uint64_t seq;
    bool events_failed;
    char often[4096]; /* path of LOG_OFTEN; "": there is no event log */
} lg = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_LEVEL_INFO, .events = -1};

static _Thread_local const char *thread; /* NULL: the process as a whole */

void
log_thread(const char *name)
{
    thread = name;
}

/* The directory above that of the event log; "" when a path is too long for it. */
static void
place_often(const char *events)
{
    const char *slash = strrchr(events, '/');
    int len = snprintf(lg.often, sizeof lg.often, "%.*s/../" LOG_OFTEN,
                       slash ? (int)(slash - events) : 1, slash ? events : ".");

    if (len < 0 || (size_t)len >= sizeof lg.often)
        lg.often[0] = '\0';
}

int
log_open(const char *process, const char *events)
{
    (void)snprintf(lg.process, sizeof lg.process, "%s", process);
    if (getenv("VPCLAB_DEBUG"))
        lg.level = LOG_LEVEL_DEBUG;
    if (!events)
        return 0;
    place_often(events);
    lg.events = open(events, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    return lg.events < 0 ? DI_ESYSTEM : 0;
}

void
log_close(void)
{
    if (lg.events >= 0)
        (void)close(lg.events); /* each line was written whole; nothing is buffered */
    lg.events = -1;
}

void
log_set_level(enum log_level level)
{
    lg.level = level;
}

static void
stamp(char out[32])
{
    int64_t us = clock_machine_us();
    time_t s = (time_t)(us / US_PER_S);
    struct tm tm;
    char text[24];

    (void)gmtime_r(&s, &tm);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(out, 32, "%s.%03dZ", text, (int)(us % US_PER_S / US_PER_MS));
}

static void
say(enum log_level level, const char *format, va_list args)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    char line[1024], when[32];
    int saved = errno;

    if (level > lg.level)
        return;
    stamp(when);
    (void)vsnprintf(line, sizeof line, format, args);
    (void)fprintf(stderr, "%s %s %s%s%s %s\n", when, names[level], lg.process, thread ? " " : "",
                  thread ? thread : "", line); /* one call, one whole line */
    errno = saved;
}

#define DEFINE_LOG(name, level)                                                                    \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list args;                                                                              \
                                                                                                   \
        va_start(args, format);                                                                    \
        say(level, format, args);                                                                  \
        va_end(args);                                                                              \
    }

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warn, LOG_LEVEL_WARN)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)

void
log_fatal(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(LOG_LEVEL_ERROR, format, args);
    va_end(args);
    exit(EXIT_FAILURE);
}

static void
set_text(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, json_string(text));
}

static void
write_event(const char *kind, const char *old, const char *now, const char *cause, uint64_t epoch)
{
    json_t *object = json_object();
    char when[32], *line;

    if (lg.events < 0 || !object) {
        json_decref(object);
        return;
    }
    (void)pthread_mutex_lock(&lg.lock);
    stamp(when); /* here: times and numbers grow together */
    json_object_set_new(object, "time", json_string(when));
    json_object_set_new(object, "lab_us", json_integer((json_int_t)clock_now().us));
    json_object_set_new(object, "process", json_string(lg.process));
    set_text(object, "thread", thread);
    json_object_set_new(object, "seq", json_integer((json_int_t)++lg.seq));
    json_object_set_new(object, "kind", json_string(kind));
    set_text(object, "old", old);
    set_text(object, "new", now);
    set_text(object, "cause", cause);
    json_object_set_new(object, "epoch", json_integer((json_int_t)epoch));
    line = json_dumps(object, JSON_COMPACT);
    if (line) {
        size_t len = strlen(line);

        line[len] = '\n'; /* the terminator's place: one write, one whole line */
        if (write(lg.events, line, len + 1) != (ssize_t)(len + 1) && !lg.events_failed) {
            lg.events_failed = true;
            log_error("events: cannot write, events are lost from here on: %s", strerror(errno));
        }
    }
    (void)pthread_mutex_unlock(&lg.lock);
    free(line);
    json_decref(object);
}

void
log_event(const char *kind, const char *old, const char *now, const char *cause, uint64_t epoch)
{
    log_info("%s: %s%s%s%s%s%s%s, epoch=%llu", kind, old ? old : "", old && now ? " -> " : "",
             now ? now : "", (old || now) && cause ? " " : "", cause ? "(" : "", cause ? cause : "",
             cause ? ")" : "", (unsigned long long)epoch);
    write_event(kind, old, now, cause, epoch);
}

void
log_event_often(const char *kind, const char *old, const char *now, const char *cause,
                uint64_t epoch)
{
    if (lg.often[0] && access(lg.often, F_OK) == 0)
        write_event(kind, old, now, cause, epoch);
}
