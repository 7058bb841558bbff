#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop/clock.h"
#include "lab/events/event_logs.h"

int
event_logs_place(const char *name, const char *dir, char out[NODE_PATH])
{
    static struct lab lab;
    int status;

    if (dir) {
        size_t len = strlen(dir);

        while (len > 1 && dir[len - 1] == '/')
            len--;
        if (len == 0 || len >= NODE_PATH) {
            (void)fprintf(stderr, "vpclab: \"%s\": expected the path of a run directory\n", dir);
            return LAB_USAGE;
        }
        memcpy(out, dir, len);
        out[len] = '\0';
        return LAB_OK;
    }
    status = lab_find(&lab, name);
    if (status != LAB_OK)
        return status == LAB_NONE ? LAB_FAILURE : status;
    memcpy(out, lab.rundir, NODE_PATH);
    return LAB_OK;
}

bool
event_logs_since(const char *command, const char *text, int64_t *since_ms)
{
    char *end;
    double seconds;

    *since_ms = INT64_MIN;
    if (!text || event_time_read(text, since_ms))
        return true;
    seconds = strtod(text, &end);
    if (!text[0] || text[strspn(text, "0123456789.")] || *end || end == text || seconds > 1e9) {
        (void)fprintf(stderr,
                      "vpclab %s: --since %s: expected seconds before now, or a time with its zone "
                      "such as 2026-11-21T04:49:30Z\n",
                      command, text);
        return false;
    }
    *since_ms = clock_wall_us() / US_PER_MS - (int64_t)(seconds * 1000 + 0.5);
    return true;
}

static volatile sig_atomic_t ended;

static void
on_end(int number)
{
    (void)number;
    ended = 1;
}

void
event_logs_catch_end(void)
{
    struct sigaction action = {.sa_handler = on_end};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool
event_logs_ended(void)
{
    return ended != 0;
}
