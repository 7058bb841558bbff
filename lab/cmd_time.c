#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/near.h"
#include "common/loop/clock.h"
#include "common/loop/lab_clock.h"
#include "lab/json_out.h"
#include "lab/lab.h"
#include "lab/lab_time.h"
#include "lab/opts.h"
#include "lab/proc.h"

enum {
    POLL_MS = 20,
    SETTLE_MS = 20,      /* what is due when the clock stops is done by then */
    STEP_MOST = 1000000, /* lab seconds */
};

enum word { SHOW, PAUSE, RUN, STEP, SCALE, WORDS };

static const char *const words[WORDS] = {"show", "pause", "run", "step", "scale"};

struct order {
    enum word word;
    int64_t step_us;
    uint32_t scale; /* thousandths */
};

/* ---- what is asked for --------------------------------------------------------------------- */

static int
usage(void)
{
    (void)fprintf(stderr, "usage: vpclab time [show | pause | run | step [S] | scale N] [-n NAME] "
                          "[--json]\n");
    return LAB_USAGE;
}

/* A decimal number, in thousandths when `parts` is LABTIME_ONE; false for what is none. */
static bool
number(const char *text, double least, double most, int64_t parts, int64_t *out)
{
    char *end;
    double value = strtod(text, &end);

    if (text[strspn(text, "0123456789.")] || *end || end == text || value < least || value > most)
        return false;
    *out = (int64_t)(value * (double)parts + 0.5);
    return true;
}

static int
word_of(const char *text, enum word *word)
{
    const char *near;

    for (*word = SHOW; *word < WORDS; ++*word) {
        if (strcmp(words[*word], text) == 0)
            return LAB_OK;
    }
    near = near_word(text, words, WORDS);
    (void)fprintf(stderr, "vpclab time: \"%s\": %s%s%s\n", text,
                  near ? "did you mean " : "expected show, pause, run, step or scale",
                  near ? near : "", near ? "?" : "");
    return LAB_USAGE;
}

static int
order_of(int argc, char **argv, struct order *order)
{
    int64_t scale = 0;
    int most, status = LAB_OK;

    *order = (struct order){.word = SHOW, .step_us = US_PER_S};
    if (argc > 0)
        status = word_of(argv[0], &order->word);
    if (status != LAB_OK)
        return status;
    most = order->word == STEP || order->word == SCALE ? 2 : 1;
    if (argc > most || (order->word == SCALE && argc != 2))
        return usage();
    if (order->word == STEP && argc == 2 &&
        !number(argv[1], 0.001, STEP_MOST, US_PER_S, &order->step_us)) {
        (void)fprintf(stderr, "vpclab time step %s: expected lab seconds from 0.001 to %d\n",
                      argv[1], STEP_MOST);
        return LAB_USAGE;
    }
    if (order->word == SCALE && !number(argv[1], 0.01, 1000, LABTIME_ONE, &scale)) {
        (void)fprintf(stderr, "vpclab time scale %s: expected a number from 0.01 to 1000\n",
                      argv[1]);
        return LAB_USAGE;
    }
    order->scale = (uint32_t)scale;
    return LAB_OK;
}

/* ---- carrying it out ----------------------------------------------------------------------- */

static int
print(const struct lab *lab, bool json)
{
    struct labtime course;
    char text[LAB_TIME_WORDS];
    int status = lab_time_read(lab, &course);
    int64_t now = clock_real_us();
    json_t *all;

    if (status != LAB_OK)
        return status;
    if (!json) {
        lab_time_words(&course, now, text);
        (void)printf("lab %s: lab time %.3f s, %s (topology: %u)\n", lab->name,
                     (double)labtime_lab_of(&course, now) / US_PER_S, text, lab->topo.time_scale);
        return LAB_OK;
    }
    all = lab_time_json(lab, &course, now);
    (void)json_object_set_new(all, "lab", json_string(lab->name));
    return json_out(all);
}

static bool
change(struct labtime *course, const struct order *order, int64_t now, int64_t at)
{
    switch (order->word) {
    case PAUSE:
        return labtime_pause(course, now, at);
    case RUN:
        return labtime_run(course, now, at);
    case STEP:
        return labtime_step(course, now, at, order->step_us);
    case SCALE:
        return labtime_scale(course, now, at, order->scale);
    default:
        return true;
    }
}

static void
sleep_until(int64_t real_us)
{
    for (int64_t now; (now = clock_real_us()) < real_us;)
        lab_sleep_ms((real_us - now) / US_PER_MS + 1);
}

/* Does any process follow the clock? One of before would be forgotten by the next `up`. */
static bool
anybody_runs(const struct lab *lab)
{
    static struct proc procs[PROCS_MOST];

    for (size_t i = procs_of(lab, procs); i > 0; i--) {
        if (proc_look(&procs[i - 1]))
            return true;
    }
    (void)fprintf(stderr, "vpclab: nothing of lab \"%s\" runs; start it with: vpclab up %s\n",
                  lab->name, lab->topo.file);
    return false;
}

/* The lab's lock is held until the change is in effect: the next one finds it so. */
static int
carry_out_locked(const struct lab *lab, const struct order *order)
{
    struct labtime course;
    int status = anybody_runs(lab) ? lab_time_read(lab, &course) : LAB_FAILURE;
    int64_t now = clock_real_us(), at = now + LAB_CLOCK_AHEAD_US;

    if (status != LAB_OK)
        return status;
    if (!change(&course, order, now, at)) {
        (void)fprintf(stderr, "vpclab: the clock cannot go on like that: too far, or too many "
                              "changes at once; say it again\n");
        return LAB_FAILURE;
    }
    status = lab_time_write(lab, &course);
    if (status == LAB_OK)
        sleep_until(at);
    return status;
}

static int
carry_out(const struct lab *lab, const struct order *order)
{
    int lock = lab_lock(lab), status;

    if (lock == LAB_NONE)
        (void)fprintf(stderr, "vpclab: lab \"%s\" has just been ended\n", lab->name);
    if (lock < 0)
        return LAB_FAILURE;
    status = carry_out_locked(lab, order);
    lab_event(lab, status);
    (void)close(lock); /* gives the lock back */
    return status;
}

/* A step is over when the clock stands, whoever made it stand; not when somebody lets it run. */
static int
wait_standing(const struct lab *lab)
{
    for (;;) {
        struct labtime course;
        int status = lab_time_read(lab, &course);
        int64_t now = clock_real_us(), stands;

        if (status != LAB_OK)
            return status;
        if (!labtime_stands(&course)) {
            (void)fprintf(stderr, "vpclab: the lab was told to run on meanwhile\n");
            return LAB_FAILURE;
        }
        stands = course.segments[course.n - 1].real_us;
        if (stands <= now) {
            sleep_until(stands + SETTLE_MS * US_PER_MS);
            return LAB_OK;
        }
        lab_sleep_ms(stands - now < POLL_MS * US_PER_MS ? (stands - now) / US_PER_MS + 1 : POLL_MS);
    }
}

int
cmd_time(int argc, char **argv)
{
    static struct lab lab;
    bool json = false;
    const char *name = NULL;
    const struct opt opts[] = {
        {"json", OPT_FLAG, &json, 0, 0},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    struct order order;
    int status;

    if (!opts_parse("time", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    status = order_of(argc, argv, &order);
    if (status == LAB_OK)
        status = lab_open(&lab, name);
    if (status == LAB_OK && order.word != SHOW)
        status = carry_out(&lab, &order);
    if (status == LAB_OK && (order.word == STEP || order.word == PAUSE))
        status = wait_standing(&lab);
    return status == LAB_OK ? print(&lab, json) : status;
}
