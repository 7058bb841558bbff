/* Looks at the servers of a configuration through cf/monitor/eyes.h, for test_eyes.py.
 * usage: eyes_probe CONFIG TIME-SCALE
 * The RADIUS secret of the lab is in EYES_SECRET. Commands are single characters on standard
 * input: l looks, a looks away, c asks for the counters; its end is the end. One JSON object
 * a line on standard output: a change of state, or counters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cf/monitor/eyes.h"
#include "common/conf/conf_file.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

static struct conf conf;
static struct eyes *eyes;

static void
report(void *ctx, uint8_t target, uint8_t state)
{
    (void)ctx;
    (void)printf("{\"target\":%u,\"state\":\"%c\",\"lab_us\":%lld}\n", target,
                 monitor_state_letter(state), (long long)clock_now().us);
}

static void
print_counters(void)
{
    (void)printf("{\"counters\":[");
    for (uint8_t i = 0; i < conf.srp.monitor_n; i++) {
        struct eyes_counters counters = eyes_counters(eyes, i);

        (void)printf("%s{\"state\":\"%c\",\"last_code\":%u", i ? "," : "",
                     monitor_state_letter(eyes_state(eyes, i)), counters.last_code);
#define X(name) (void)printf(",\"%s\":%llu", #name, (unsigned long long)counters.name);
        EYES_COUNTERS(X)
#undef X
        (void)printf("}");
    }
    (void)printf("]}\n");
}

static int
on_command(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    char command;

    (void)loop;
    (void)arg;
    if (read(item->fd, &command, 1) != 1)
        return -1;
    if (command == 'l' || command == 'a')
        eyes_look(eyes, command == 'l');
    else if (command == 'c')
        print_counters();
    return 0;
}

static void
load(const char *path)
{
    char err[4096], *text = NULL;
    size_t len = 0;

    if (conf_file_read(path, path, &text, &len, err, sizeof err) != 0 ||
        conf_parse(&conf, path, text, len, err, sizeof err) != 0)
        log_fatal("%s", err);
    free(text);
}

int
main(int argc, char **argv)
{
    zmq_pollitem_t item = {.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    zloop_t *loop = zloop_new();
    const char *secret = getenv("EYES_SECRET");
    struct eyes_setup setup = {
        .loop = loop,
        .conf = &conf,
        .lab_key = secret ? secret : "",
        .report = report,
    };

    if (argc < 3 || !loop)
        return 2;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    load(argv[1]);
    clock_scale((uint32_t)atoi(argv[2]));
    eyes = eyes_open(&setup);
    if (zloop_poller(loop, &item, on_command, NULL) != 0)
        return 1;
    zloop_poller_set_tolerant(loop, &item); /* the end of a pipe is an error to poll */
    (void)zloop_start(loop);
    eyes_close(&eyes);
    zloop_destroy(&loop);
    return 0;
}
