#include "lab/events/event_logs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "lab/exercise/exercise_state.h"

enum {
    CHUNK_LEN = 65536,
    LINE_MOST = 1 << 20, /* longer is no event */
    ON_ITS_WAY_MS = 20,  /* from an event's time to its line in the file */
    AHEAD_MS = 1000,
    FILES_MOST = 128,
};

struct held {
    json_t *json;
    char *line;
};

struct file {
    char path[NODE_PATH + 320]; /* whole */
    int fd;
    off_t at;
    char *stump; /* of a line whose end is to come */
    size_t stump_len;
    bool too_long; /* the rest of this line is skipped */
    struct event *events;
    struct held *held; /* of the same index */
    size_t n, room;
    struct event last; /* for event_settle; texts do not count */
    bool any;
};

struct event_logs {
    char rundir[NODE_PATH];
    struct event_query query;
    struct file *files[FILES_MOST];
    struct event_source sources[FILES_MOST];
    size_t n;
    uint64_t bad;
    struct exercise_state exercise; /* what would tell its fault is withheld */
};

static void *
grown(void *block, size_t size)
{
    void *more = realloc(block, size);

    if (!more)
        log_fatal("events: out of memory");
    return more;
}

/* ---- one line ------------------------------------------------------------------------- */

static bool
text_of(const json_t *object, const char *key, const char **out)
{
    const json_t *value = json_object_get(object, key);

    *out = json_string_value(value);
    return !value || *out;
}

static bool
number_of(const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(object, key);

    *out = json_integer_value(value);
    return json_is_integer(value);
}

/* All of it, or false. */
static bool
read_event(const json_t *object, struct event *event)
{
    int64_t seq, epoch;
    const char *time;

    memset(event, 0, sizeof *event);
    if (!text_of(object, "time", &time) || !time || !event_time_read(time, &event->wall_ms) ||
        !number_of(object, "lab_us", &event->lab_us) || !number_of(object, "seq", &seq) ||
        !number_of(object, "epoch", &epoch) || !text_of(object, "process", &event->process) ||
        !event->process || !text_of(object, "kind", &event->kind) || !event->kind ||
        !text_of(object, "thread", &event->thread) || !text_of(object, "old", &event->old) ||
        !text_of(object, "new", &event->now) || !text_of(object, "cause", &event->cause))
        return false;
    event->seq = (uint64_t)seq;
    event->epoch = (uint64_t)epoch;
    return true;
}

static bool
is_wanted(const struct event_query *query, const struct event *event)
{
    int kind = event_kind(event->kind);

    return event->wall_ms >= query->since_ms &&
           (!query->kinds || (kind >= 0 && (query->kinds >> kind & 1))) &&
           (!query->instance || event_of_instance(event, query->instance));
}

static void
keep(struct file *file, const struct event *event, json_t *json, const char *line, size_t len)
{
    char *copy = grown(NULL, len + 1);

    if (file->n == file->room) {
        file->room = file->room ? file->room * 2 : 64;
        file->events = grown(file->events, file->room * sizeof *file->events);
        file->held = grown(file->held, file->room * sizeof *file->held);
    }
    memcpy(copy, line, len);
    copy[len] = '\0';
    file->held[file->n] = (struct held){json, copy};
    file->events[file->n] = *event;
    file->events[file->n].line = copy;
    file->n++;
}

static bool
take_event(struct event_logs *logs, struct file *file, const char *line, size_t len)
{
    json_t *json = json_loadb(line, len, 0, NULL);
    struct event event;

    if (!read_event(json, &event)) {
        json_decref(json);
        return false;
    }
    event_settle(&event, file->any ? &file->last : NULL);
    file->last = event;
    file->any = true;
    if (is_wanted(&logs->query, &event))
        keep(file, &event, json, line, len);
    else
        json_decref(json);
    return true;
}

/* Where another event begins in it, or NULL: behind the stump a full disk left. */
static const char *
begins_again(const char *line, size_t len)
{
    static const char mark[] = "{\"time\":";

    return len > 1 ? memmem(line + 1, len - 1, mark, sizeof mark - 1) : NULL;
}

static void
take_line(struct event_logs *logs, struct file *file, const char *line, size_t len)
{
    const char *end = line + len;

    if (len == 0 || take_event(logs, file, line, len))
        return;
    logs->bad++;
    while ((line = begins_again(line, (size_t)(end - line))) != NULL) {
        if (take_event(logs, file, line, (size_t)(end - line)))
            return;
    }
}

/* ---- one file ------------------------------------------------------------------------- */

static void
add_stump(struct event_logs *logs, struct file *file, const char *part, size_t len)
{
    if (file->stump_len + len > LINE_MOST) {
        logs->bad += !file->too_long;
        file->too_long = true;
        file->stump_len = 0;
        return;
    }
    file->stump = grown(file->stump, file->stump_len + len + 1);
    memcpy(file->stump + file->stump_len, part, len);
    file->stump_len += len;
}

static void
end_stump(struct event_logs *logs, struct file *file)
{
    size_t len = file->stump_len;

    file->stump_len = 0;
    if (!file->too_long)
        take_line(logs, file, file->stump, len);
    file->too_long = false;
}

static void
take_chunk(struct event_logs *logs, struct file *file, const char *chunk, size_t len)
{
    const char *end = chunk + len;

    while (chunk < end) {
        const char *newline = memchr(chunk, '\n', (size_t)(end - chunk));

        if (!newline) {
            if (!file->too_long)
                add_stump(logs, file, chunk, (size_t)(end - chunk));
            return;
        }
        if (file->stump_len > 0 || file->too_long) {
            if (!file->too_long)
                add_stump(logs, file, chunk, (size_t)(newline - chunk));
            end_stump(logs, file);
        } else {
            take_line(logs, file, chunk, (size_t)(newline - chunk));
        }
        chunk = newline + 1;
    }
}

static void
drop_stump(struct event_logs *logs, struct file *file)
{
    if (file->stump_len > 0)
        end_stump(logs, file);
    file->too_long = false;
}

static void
open_file(struct file *file)
{
    file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    file->at = 0;
}

/* To its present end; one that was cut short is read from its beginning. */
static void
read_open(struct event_logs *logs, struct file *file)
{
    static char chunk[CHUNK_LEN];
    struct stat st;
    ssize_t len;

    if (file->fd < 0 || fstat(file->fd, &st) != 0)
        return;
    if (st.st_size < file->at) {
        drop_stump(logs, file);
        file->at = 0;
    }
    while ((len = pread(file->fd, chunk, sizeof chunk, file->at)) > 0) {
        take_chunk(logs, file, chunk, (size_t)len);
        file->at += len;
    }
}

/* Another file has the name now. */
static bool
is_replaced(const struct file *file)
{
    struct stat held, named;

    return stat(file->path, &named) == 0 &&
           (file->fd < 0 || fstat(file->fd, &held) != 0 || held.st_ino != named.st_ino ||
            held.st_dev != named.st_dev);
}

static void
read_file(struct event_logs *logs, struct file *file, bool whole)
{
    read_open(logs, file);
    if (is_replaced(file)) {
        drop_stump(logs, file);
        if (file->fd >= 0)
            (void)close(file->fd);
        open_file(file);
        read_open(logs, file);
    }
    if (whole)
        drop_stump(logs, file);
}

/* ---- all files ------------------------------------------------------------------------ */

static bool
is_event_log(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && dot != name && strcmp(dot, ".jsonl") == 0;
}

static void
know_file(struct event_logs *logs, const char *dir, const char *name)
{
    struct file *file;
    char path[sizeof file->path];

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    for (size_t i = 0; i < logs->n; i++) {
        if (strcmp(logs->files[i]->path, path) == 0)
            return;
    }
    if (logs->n == FILES_MOST)
        return; /* more than a lab has processes */
    file = grown(NULL, sizeof *file);
    memset(file, 0, sizeof *file);
    memcpy(file->path, path, sizeof path);
    file->fd = -1;
    logs->files[logs->n++] = file;
}

static void
find_in(struct event_logs *logs, const char *path, bool below)
{
    char sub[NODE_PATH + 300];
    struct dirent *entry;
    DIR *dir = opendir(path);

    while (dir && (entry = readdir(dir)) != NULL) {
        if (is_event_log(entry->d_name))
            know_file(logs, path, entry->d_name);
        if (!below || entry->d_name[0] == '.')
            continue;
        (void)snprintf(sub, sizeof sub, "%s/%s", path, entry->d_name);
        find_in(logs, sub, false); /* no directory: nothing */
    }
    if (dir)
        (void)closedir(dir);
}

struct event_logs *
event_logs_open(const char *rundir, const struct event_query *query)
{
    struct event_logs *logs;
    DIR *dir = opendir(rundir);

    if (!dir) {
        (void)fprintf(stderr, "vpclab: %s: cannot read this directory: %s\n", rundir,
                      strerror(errno));
        return NULL;
    }
    (void)closedir(dir);
    logs = grown(NULL, sizeof *logs);
    memset(logs, 0, sizeof *logs);
    (void)snprintf(logs->rundir, sizeof logs->rundir, "%s", rundir);
    logs->query = *query;
    return logs;
}

/* All events of a file. */
static void
release(struct file *file)
{
    for (size_t i = 0; i < file->n; i++) {
        json_decref(file->held[i].json);
        free(file->held[i].line);
    }
    file->n = 0;
}

void
event_logs_close(struct event_logs **logs)
{
    struct event_logs *it = *logs;

    for (size_t i = 0; it && i < it->n; i++) {
        release(it->files[i]);
        if (it->files[i]->fd >= 0)
            (void)close(it->files[i]->fd);
        free(it->files[i]->stump);
        free(it->files[i]->events);
        free(it->files[i]->held);
        free(it->files[i]);
    }
    free(it);
    *logs = NULL;
}

void
event_logs_read(struct event_logs *logs, bool whole)
{
    if (logs->query.withhold)
        (void)exercise_state_get(logs->rundir, &logs->exercise); /* a bad file hides nothing */
    find_in(logs, logs->rundir, true);
    for (size_t i = 0; i < logs->n; i++) {
        struct event_source *source = &logs->sources[i];
        struct file *file = logs->files[i];

        if (source->next == file->n) { /* all told: a log that is followed for days stays small */
            release(file);
            source->next = 0;
        }
        read_file(logs, file, whole);
        source->events = file->events;
        source->n = file->n;
    }
}

void
event_logs_skip(struct event_logs *logs)
{
    for (size_t i = 0; i < logs->n; i++)
        logs->sources[i].next = logs->sources[i].n;
}

/* Is the earliest of all so far ahead that the wall clock was set back since? Nobody waits for it
 * to come round again. */
static bool
clock_went_back(const struct event_logs *logs, int64_t now_ms)
{
    bool any = false;

    for (size_t i = 0; i < logs->n; i++) {
        const struct event_source *source = &logs->sources[i];

        if (source->next == source->n)
            continue;
        if (source->events[source->next].at_ms <= now_ms + AHEAD_MS)
            return false;
        any = true;
    }
    return any;
}

const struct event *
event_logs_next(struct event_logs *logs, bool growing)
{
    int64_t now_ms = clock_wall_us() / US_PER_MS;
    bool all = !growing || clock_went_back(logs, now_ms);
    const struct event *event;

    do
        event = events_next(logs->sources, logs->n, all ? INT64_MAX : now_ms - ON_ITS_WAY_MS);
    while (event && exercise_hides(&logs->exercise, event));
    return event;
}

void
event_logs_complain(const struct event_logs *logs)
{
    if (logs->bad)
        (void)fprintf(stderr, "vpclab: %s: left out what is no event: %llu line%s of *.jsonl\n",
                      logs->rundir, (unsigned long long)logs->bad, logs->bad == 1 ? "" : "s");
}

/* The directory a file stands in below the run directory; false for one of the run directory. */
static bool
directory_of(const struct event_logs *logs, const struct file *file, char out[TOPO_NAME])
{
    const char *below = file->path + strlen(logs->rundir) + 1;
    size_t len = strcspn(below, "/");

    if (!below[len] || len >= TOPO_NAME)
        return false;
    memcpy(out, below, len);
    out[len] = '\0';
    return true;
}

size_t
event_logs_instances(const struct event_logs *logs, char names[EVENT_NAMES][TOPO_NAME])
{
    size_t n = 0, at;
    char name[TOPO_NAME];

    for (size_t i = 0; i < logs->n; i++) {
        if (!directory_of(logs, logs->files[i], name))
            continue;
        for (at = 0; at < n && strcmp(names[at], name) < 0; at++)
            ;
        if (n == EVENT_NAMES || (at < n && strcmp(names[at], name) == 0))
            continue;
        memmove(names + at + 1, names + at, (n - at) * sizeof names[0]);
        memcpy(names[at], name, sizeof name);
        n++;
    }
    return n;
}
