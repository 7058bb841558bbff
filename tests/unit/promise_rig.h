/* promise_rig.h - stories of a pair for the judges of promises: a clean one, to be broken by a case
 *
 * Ownership  static state, set up anew by rig_set_up
 * Time       lab microseconds; at_us is the story's
 * Errors     a check fails
 * Threads    main
 */
#ifndef VPCLAB_PROMISE_RIG_H
#define VPCLAB_PROMISE_RIG_H

#include <stdio.h>
#include <string.h>

#include "common/base/mono.h"
#include "lab/watch/promise.h"
#include "tests/unit/unit.h"

enum { EAST, WEST };

static struct topo topo;
static struct promises promises;
static struct view view;
static struct promise_sample sample;
static struct promise_breach found[PROMISE_FOUND];
static size_t found_n;
static int64_t at_us;

static inline void
rig_step(const struct promise_input *input)
{
    struct promise_breach more[PROMISE_FOUND];
    size_t n = promise_step(&promises, input, more);

    for (size_t i = 0; i < n && found_n < PROMISE_FOUND; i++)
        found[found_n++] = more[i];
}

/* An event at the story's time. */
static inline void
tell(const char *process, const char *kind, const char *old, const char *now, const char *cause,
     uint64_t epoch)
{
    struct event event = {.lab_us = at_us,
                          .process = process,
                          .kind = kind,
                          .old = old,
                          .now = now,
                          .cause = cause,
                          .epoch = epoch,
                          .line = ""};

    rig_step(&(struct promise_input){.what = PROMISE_EVENT, .event = &event});
}

static inline void
pass(double seconds)
{
    at_us += (int64_t)(seconds * (double)US_PER_S);
}

static inline void
look(void)
{
    sample.lab_us = at_us;
    rig_step(&(struct promise_input){.what = PROMISE_SAMPLE, .sample = &sample});
}

/* Samples, twice a second. */
static inline void
look_for(double seconds)
{
    for (int64_t end_us = at_us + (int64_t)(seconds * (double)US_PER_S); at_us < end_us;) {
        pass(0.5);
        look();
    }
}

/* East hears west, or west hears east. */
static inline void
hear(size_t who, const char *state, uint64_t epoch)
{
    tell(who == EAST ? "east/cf1" : "west/cf1", "srp.hello", NULL, state, "received 6, echo 5",
         epoch);
}

/* East Active in epoch 1, west Standby, both whole and synchronised; hello 1 s, dead 5 s. */
static inline void
rig_set_up(void)
{
    memset(&topo, 0, sizeof topo);
    memset(&view, 0, sizeof view);
    memset(&sample, 0, sizeof sample);
    found_n = 0;
    at_us = 1000 * US_PER_S;
    topo.instance_n = view.instance_n = 2;
    topo.time_scale = 1;
    for (size_t i = 0; i < 2; i++) {
        struct view_instance *it = &view.instances[i];

        strcpy(topo.instances[i].name, i == EAST ? "east" : "west");
        strcpy(it->name, topo.instances[i].name);
        strcpy(it->chassis, i == EAST ? "Active" : "Standby");
        strcpy(it->route, i == EAST ? "best" : "announced");
        it->cf = 1;
        it->synced = true;
        it->cards[4] =
            (struct view_card){.type = CARD_SF, .pid = 17, .reported = true, .cf_alive = true};
        sample.seen[i] = (struct promise_seen){.counted = true, .all_run = true, .pids = 17};
    }
    view.world_answers = true;
    sample.view = &view;
    sample.paired = true;
    promises_init(&promises, &topo);
    tell("east/cf1", "chassis.lead", NULL, "Init", "started", 0);
    tell("west/cf1", "chassis.lead", NULL, "Init", "started", 0);
    tell("east/cf1", "srp.state", "Init", "Active", "notDefined", 1);
    tell("west/cf1", "srp.state", "Init", "Standby", "notDefined", 1);
}

static inline bool
is_broken(enum promise promise)
{
    for (size_t i = 0; i < found_n; i++) {
        if (found[i].promise == promise)
            return true;
    }
    return false;
}

/* That promise, and no other. */
static inline void
ck_broken(enum promise promise)
{
    ck_assert_msg(is_broken(promise), "%s is not found broken", promise_word(promise));
    for (size_t i = 0; i < found_n; i++)
        ck_assert_msg(found[i].promise == promise, "%s: %s", promise_word(found[i].promise),
                      found[i].text);
}

/* Kept, and looked at. */
static inline void
ck_kept(enum promise promise)
{
    ck_assert_msg(found_n == 0, "%s: %s", promise_word(found[0].promise), found[0].text);
    ck_assert_msg(promises.judged[promise] > 0, "%s was not judged", promise_word(promise));
}

#endif
