#include "lab/cli/cli_history.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/cli/cli_feed.h"
#include "lab/cli/cli_line.h"

enum {
    LINES_KEPT = 1000,
    FILE_MOST = 1 << 18, /* octets; a larger file starts again with the lines kept */
};

/* Make the directories above the path's file; opening that tells whether it went well. */
static void
make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

static bool
path_of(char path[PATH_MAX])
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int len = 0;

    if (state && state[0] == '/')
        len = snprintf(path, PATH_MAX, "%s/vpclab/history", state);
    else if (home && home[0] == '/')
        len = snprintf(path, PATH_MAX, "%s/.local/state/vpclab/history", home);
    return len > 0 && len < PATH_MAX;
}

static void
enter(struct cli_history *past, const char *line)
{
    HistEvent event;

    (void)history(past->lines, &event, H_ENTER, line); /* no memory: not remembered */
}

/* The lines of the file that can be lines; whoever wrote to it. */
static void
load(struct cli_history *past)
{
    static struct cli_feed feed;
    int fd = dup(past->file);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    enum cli_fed fed;

    if (!file)
        return;
    feed = cli_feed_file(file);
    while ((fed = cli_feed_next(&feed)) != CLI_FEED_END && fed != CLI_FEED_BROKEN) {
        if (fed == CLI_FEED_LINE && feed.line[0] && !cli_line_secret(feed.line))
            enter(past, feed.line);
    }
    (void)fclose(file); /* only read */
}

static void
append(const struct cli_history *past, const char *line)
{
    char text[MGMT_LINE + 2];
    int len = snprintf(text, sizeof text, "%s\n", line);

    if (past->file >= 0 && len < (int)sizeof text)
        (void)!write(past->file, text, (size_t)len); /* disk full: not remembered */
}

/* Start the file again with the lines that are kept. Others may append at the same time: theirs
 * come before or after ours. */
static void
shorten(const struct cli_history *past)
{
    HistEvent event;
    struct stat now;

    if (fstat(past->file, &now) != 0 || now.st_size <= FILE_MOST || flock(past->file, LOCK_EX) != 0)
        return;
    if (ftruncate(past->file, 0) == 0) {
        for (int rc = history(past->lines, &event, H_LAST); rc >= 0;
             rc = history(past->lines, &event, H_PREV))
            append(past, event.str);
    }
    (void)flock(past->file, LOCK_UN); /* it is ours */
}

static void
open_file(struct cli_history *past)
{
    char path[PATH_MAX];

    past->file = -1;
    if (!path_of(path))
        return;
    make_directories(path);
    past->file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (past->file >= 0 && fchmod(past->file, 0600) == 0)
        return;
    (void)fprintf(stderr, "vpclab cli: lines are not remembered: %s: %s\n", path, strerror(errno));
    if (past->file >= 0)
        (void)close(past->file);
    past->file = -1;
}

void
cli_history_open(struct cli_history *past)
{
    HistEvent event;

    past->lines = history_init();
    if (past->lines) {
        (void)history(past->lines, &event, H_SETSIZE, LINES_KEPT);
        (void)history(past->lines, &event, H_SETUNIQUE, 1);
    }
    open_file(past);
    if (past->file < 0 || !past->lines)
        return;
    load(past);
    shorten(past);
}

void
cli_history_close(struct cli_history *past)
{
    if (past->lines)
        history_end(past->lines);
    if (past->file >= 0)
        (void)close(past->file);
}

void
cli_history_add(struct cli_history *past, const char *line)
{
    if (!past->lines || !line[strspn(line, " \t")] || cli_line_secret(line))
        return;
    enter(past, line);
    append(past, line);
}
