#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "lab/events/event_logs.h"
#include "lab/json_out.h"
#include "lab/lab_time.h"
#include "lab/opts.h"
#include "lab/view_read.h"
#include "lab/watch/watch.h"

enum {
    LOOK_MS = 400,
    ONCE_MS = 20000, /* --once looks for no longer, however slow the lab's clock is */
    SAY_MS = 10000,
    SETTLED_MS = 1500, /* after it became Active the session managers have told what they have */
    REMEMBERED = 60,   /* events that prove a breach */
    PROOF = 64 * 1024,
    LINE_MOST = 900, /* of a remembered event */
};

struct asked {
    const char *lab, *bundle, *sent_file;
    int64_t for_ms; /* 0: until Ctrl-C */
    bool once, json;
};

struct watch {
    const struct asked *asked;
    struct lab lab;
    struct event_logs *logs;
    struct promises promises;
    struct watch_reader reader;
    struct view view;
    int64_t began_ms, look_ms, say_ms;
    int64_t active_ms[TOPO_INSTANCES]; /* since when it is seen Active; 0: it is not */
    bool judged[TOPO_INSTANCES];       /* its takeover was */
    uint64_t events, looks;
    bool hellos_ours; /* the order to write hellos is */
    bool reports;     /* what is broken counts: not in the story of before */
    size_t broken;    /* breaches reported */
    struct promise_breach first[PROMISE_FOUND];
    char last[REMEMBERED][LINE_MOST];
    size_t last_at;
    char place[256]; /* of the bundle; "": none was written */
};

/* ---- what was found ------------------------------------------------------------------------ */

static void
remember(struct watch *watch, const struct event *event)
{
    (void)snprintf(watch->last[watch->last_at++ % REMEMBERED], LINE_MOST, "%s", event->line);
}

static void
report(struct watch *watch, const struct promise_breach *found, size_t n)
{
    for (size_t i = 0; watch->reports && i < n; i++) {
        (void)fprintf(stderr, "vpclab watch: broken: %s, at lab time %.3f s: %s\n",
                      promise_word(found[i].promise), (double)found[i].lab_us / US_PER_S,
                      found[i].text);
        if (watch->broken < PROMISE_FOUND)
            watch->first[watch->broken++] = found[i];
    }
}

static void
step(struct watch *watch, const struct promise_input *input)
{
    struct promise_breach found[PROMISE_FOUND];

    report(watch, found, promise_step(&watch->promises, input, found));
}

/* ---- what goes in --------------------------------------------------------------------------- */

static void
see_events(struct watch *watch, bool growing)
{
    const struct event *event;

    event_logs_read(watch->logs, !growing);
    while ((event = event_logs_next(watch->logs, growing)) != NULL) {
        watch->events++;
        remember(watch, event);
        watch->reader.changed |= strcmp(event->kind, "config.applied") == 0;
        step(watch, &(struct promise_input){.what = PROMISE_EVENT, .event = event});
    }
}

/* Each takeover is judged once, when it is over. */
static void
see_takeover(struct watch *watch, uint8_t instance)
{
    struct promise_takeover takeover;
    bool active = view_same_word(watch->view.instances[instance].chassis, "active");
    int64_t now = lab_now_ms();

    if (!active) {
        watch->active_ms[instance] = 0;
        watch->judged[instance] = false;
        return;
    }
    if (!watch->active_ms[instance])
        watch->active_ms[instance] = now;
    if (watch->judged[instance] || now - watch->active_ms[instance] < SETTLED_MS)
        return;
    watch->judged[instance] = true;
    if (!watch_takeover(&watch->reader, instance, &watch->view, true, &takeover))
        return;
    takeover.lab_us = watch->promises.chassis[instance].since_us;
    step(watch, &(struct promise_input){.what = PROMISE_TAKEOVER, .takeover = &takeover});
}

/* A takeover of before is nobody's fault today. */
static void
remember_takeovers(struct watch *watch)
{
    struct promise_takeover takeover;

    for (uint8_t i = 0; i < watch->view.instance_n; i++) {
        if (!watch->active_ms[i])
            continue;
        (void)watch_takeover(&watch->reader, i, &watch->view, false, &takeover);
        watch->judged[i] = true;
    }
}

static void
look(struct watch *watch)
{
    static struct promise_sample sample;

    watch->looks++;
    watch_read(&watch->reader, &watch->view, &sample);
    if (watch->reader.scale > 0)
        promises_scale(&watch->promises, watch->reader.scale);
    if (watch->reader.paired)
        promises_intervals(&watch->promises, watch->reader.hello_us, watch->reader.dead_us);
    step(watch, &(struct promise_input){.what = PROMISE_SAMPLE, .sample = &sample});
    for (uint8_t i = 0; i < watch->view.instance_n; i++)
        see_takeover(watch, i);
}

/* ---- what comes out -------------------------------------------------------------------------- */

/* What is broken, and the events up to it, the last one last. */
static char *
proof(const struct watch *watch)
{
    static char text[PROOF];
    size_t len = 0, from = watch->last_at > REMEMBERED ? watch->last_at - REMEMBERED : 0;

    for (size_t i = 0; i < watch->broken; i++)
        len += (size_t)snprintf(
            text + len, sizeof text - len, "%s: %s.\nBroken at lab time %.6f s: %s.\n\n",
            promise_word(watch->first[i].promise), promise_text(watch->first[i].promise),
            (double)watch->first[i].lab_us / US_PER_S, watch->first[i].text);
    len += (size_t)snprintf(text + len, sizeof text - len, "The events before:\n");
    for (size_t i = from; i < watch->last_at && len < sizeof text - 1; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s\n", watch->last[i % REMEMBERED]);
    return text;
}

static void
leave_bundle(struct watch *watch)
{
    time_t now = time(NULL);
    struct tm tm;
    char when[32];

    (void)gmtime_r(&now, &tm);
    (void)strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &tm);
    if (watch->asked->bundle)
        (void)snprintf(watch->place, sizeof watch->place, "%s", watch->asked->bundle);
    else
        (void)snprintf(watch->place, sizeof watch->place, "vpclab-watch-%s-%s", watch->lab.name,
                       when);
    (void)fflush(stdout);
    if (watch_bundle(&watch->lab, watch->place, proof(watch)) == LAB_OK)
        (void)fprintf(stderr, "vpclab watch: all there is to know is in %s/\n", watch->place);
}

static json_t *
breaches_json(const struct watch *watch)
{
    json_t *list = json_array();

    for (size_t i = 0; i < watch->broken; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "promise",
                                                    promise_word(watch->first[i].promise), "lab_us",
                                                    (json_int_t)watch->first[i].lab_us, "text",
                                                    watch->first[i].text));
    return list;
}

static int
print_json(const struct watch *watch, double seconds)
{
    json_t *judged = json_object();

    for (int i = 0; i < PROMISE_N; i++)
        (void)json_object_set_new(judged, promise_word((enum promise)i),
                                  json_integer((json_int_t)watch->promises.judged[i]));
    return json_out(json_pack(
        "{s:s, s:f, s:I, s:I, s:o, s:o, s:s?}", "lab", watch->lab.name, "seconds", seconds,
        "events", (json_int_t)watch->events, "looks", (json_int_t)watch->looks, "judged", judged,
        "broken", breaches_json(watch), "bundle", watch->place[0] ? watch->place : NULL));
}

/* Nothing broken is little where nothing was judged. */
static void
say_unjudged(const struct watch *watch)
{
    bool any = false;

    for (int i = 0; i < PROMISE_N; i++) {
        if (watch->promises.judged[i] == 0) {
            (void)fprintf(stderr, "%s %s",
                          any ? "," : "vpclab watch: there was nothing to judge by:",
                          promise_word((enum promise)i));
            any = true;
        }
    }
    if (any)
        (void)fprintf(stderr, "\n");
}

static int
conclude(struct watch *watch)
{
    double seconds = (double)(lab_now_ms() - watch->began_ms) / 1000;
    int status = watch->broken ? LAB_FAILURE : LAB_OK;

    if (watch->broken)
        leave_bundle(watch);
    else
        (void)fprintf(stderr, "vpclab watch: %.0f s, %llu events, %llu looks: nothing is broken\n",
                      seconds, (unsigned long long)watch->events, (unsigned long long)watch->looks);
    say_unjudged(watch);
    if (watch->asked->json && print_json(watch, seconds) != LAB_OK)
        return LAB_FAILURE;
    return status;
}

/* ---- the hours between ------------------------------------------------------------------------ */

/* Hellos are events only while a file asks for them; the order is ours if nobody else gave it, or who
 * did has taken it back meanwhile. */
static bool
order_hellos(struct watch *watch)
{
    char path[NODE_PATH + 32];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/" LOG_OFTEN, watch->lab.rundir);
    f = fopen(path, "wxe");
    if (!f)
        return errno == EEXIST;
    watch->hellos_ours = true;
    (void)fclose(f); /* it is empty */
    return true;
}

static void
take_hellos_back(const struct watch *watch)
{
    char path[NODE_PATH + 32];

    (void)snprintf(path, sizeof path, "%s/" LOG_OFTEN, watch->lab.rundir);
    if (watch->hellos_ours)
        (void)unlink(path); /* gone with the lab */
}

static bool
lab_is_gone(const struct watch *watch)
{
    char path[NODE_PATH + 16];

    lab_topology_path(&watch->lab, path);
    return access(path, F_OK) != 0;
}

static bool
goes_on(const struct watch *watch)
{
    int64_t passed = lab_now_ms() - watch->began_ms;

    return !watch->broken && !event_logs_ended() && !lab_is_gone(watch) &&
           (!watch->asked->for_ms || passed < watch->asked->for_ms);
}

static void
tell_progress(struct watch *watch)
{
    int64_t now = lab_now_ms();

    if (now < watch->say_ms)
        return;
    watch->say_ms += SAY_MS;
    (void)fprintf(stderr, "vpclab watch: %lld s, %llu events, %llu looks%s\n",
                  (long long)(now - watch->began_ms) / 1000, (unsigned long long)watch->events,
                  (unsigned long long)watch->looks,
                  watch->reader.scale > 0 ? "" : "; the lab's clock is paused");
}

/* From here on what is broken counts. It is said then, not before: who reads it may break something
 * at once. */
static void
say_begun(struct watch *watch)
{
    watch->reports = true;
    (void)fprintf(stderr, "vpclab watch: lab %s, %d promises%s\n", watch->lab.name, PROMISE_N,
                  watch->asked->once ? "" : "; Ctrl-C ends it");
    lab_time_remind(&watch->lab);
}

static void
keep_watch(struct watch *watch)
{
    look(watch); /* for the intervals in force */
    remember_takeovers(watch);
    see_events(watch, true); /* what was before is how it is now, and nobody's fault today */
    watch->events = 0;
    say_begun(watch);
    while (goes_on(watch)) {
        int64_t now = lab_now_ms();

        see_events(watch, true);
        if (now >= watch->look_ms) {
            (void)order_hellos(watch); /* when it fails the lab is going */
            look(watch);
            watch->look_ms = now + LOOK_MS;
        }
        tell_progress(watch);
        lab_sleep_ms(EVENT_LOGS_POLL_MS);
    }
    if (!watch->broken)
        see_events(watch, false);
}

/* How long what is the case now is looked at until each promise can be judged. */
static int64_t
once_ms(const struct watch *watch)
{
    double scale = watch->reader.scale, ms = SETTLED_MS;

    if (scale > 0)
        ms = PROMISE_SLACK_MS + PROMISE_QUIET_S * 1000 / scale;
    ms = ms < SETTLED_MS ? SETTLED_MS : ms > ONCE_MS ? ONCE_MS : ms;
    return (int64_t)ms + 3 * LOOK_MS;
}

/* The whole story from its begin, at the scale it began with, and what is the case now. */
static void
judge_once(struct watch *watch)
{
    int64_t end;

    look(watch);
    promises_scale(&watch->promises, (double)watch->lab.topo.time_scale);
    say_begun(watch);
    see_events(watch, true);
    for (end = lab_now_ms() + once_ms(watch); lab_now_ms() < end && !event_logs_ended();) {
        look(watch);
        see_events(watch, true);
        lab_sleep_ms(LOOK_MS);
    }
    see_events(watch, false);
}

static int
run(struct watch *watch)
{
    struct event_query all = {0};

    watch->logs = event_logs_open(watch->lab.rundir, &all);
    if (!watch->logs)
        return LAB_FAILURE;
    watch_reader_init(&watch->reader, &watch->lab, watch->asked->sent_file);
    promises_init(&watch->promises, &watch->lab.topo);
    watch->began_ms = watch->say_ms = lab_now_ms();
    watch->say_ms += SAY_MS;
    if (watch->asked->once)
        judge_once(watch);
    else
        keep_watch(watch);
    event_logs_complain(watch->logs);
    event_logs_close(&watch->logs);
    watch_reader_fini(&watch->reader);
    return conclude(watch);
}

/* A directory that is there and has something in it would mix two breaches; one that cannot be made
 * would be found out when the evidence is lost. */
static int
try_bundle(const char *dir)
{
    if (!dir && access(".", W_OK) == 0)
        return LAB_OK;
    if (!dir) {
        (void)fprintf(stderr,
                      "vpclab watch: cannot write here (%s), where evidence would go; name "
                      "another directory: --bundle DIR\n",
                      strerror(errno));
        return LAB_FAILURE;
    }
    if ((mkdir(dir, 0700) == 0 || errno == EEXIST) && rmdir(dir) == 0)
        return LAB_OK;
    if (errno == ENOTEMPTY || errno == ENOTDIR || errno == EEXIST) {
        (void)fprintf(
            stderr, "vpclab watch: --bundle %s: it is there already; name one that is not\n", dir);
        return LAB_USAGE;
    }
    (void)fprintf(stderr, "vpclab watch: --bundle %s: cannot make that directory: %s\n", dir,
                  strerror(errno));
    return LAB_FAILURE;
}

int
cmd_watch(int argc, char **argv)
{
    static struct watch watch;
    static struct asked asked;
    const struct opt opts[] = {
        {"for", OPT_SECONDS, &asked.for_ms, 0, 30 * 86400},
        {"bundle", OPT_TEXT, &asked.bundle, 0, 0},
        {"sent", OPT_TEXT, &asked.sent_file, 0, 0},
        {"once", OPT_FLAG, &asked.once, 0, 0},
        {"json", OPT_FLAG, &asked.json, 0, 0},
        {"n", OPT_TEXT, &asked.lab, 0, 0},
    };
    int status;

    if (!opts_parse("watch", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc > 1) {
        (void)fprintf(stderr, "usage: vpclab watch [NAME] [--for S] [--bundle DIR] [--sent FILE] "
                              "[--once] [--json]\n");
        return LAB_USAGE;
    }
    status = lab_open(&watch.lab, argc ? argv[0] : asked.lab);
    if (status != LAB_OK)
        return status;
    status = try_bundle(asked.bundle);
    if (status != LAB_OK)
        return status;
    watch.asked = &asked;
    event_logs_catch_end();
    if (!asked.once && !order_hellos(&watch)) {
        (void)fprintf(stderr, "vpclab watch: %s: cannot ask for hellos there: %s\n",
                      watch.lab.rundir, strerror(errno));
        return LAB_FAILURE;
    }
    status = run(&watch);
    take_hellos_back(&watch);
    return status;
}
