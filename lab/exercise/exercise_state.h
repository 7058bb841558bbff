/* exercise_state.h - the exercise that runs in a lab, as a file of its run directory
 *
 *     {"exercise": 3, "active": "east", "standby": "west", "bind": "127.0.0.11", "cf": 2, "net": 0,
 *      "began_ms": ..., "broken_ms": ..., "hints": 1, "wrong": 0, "cause": false, "place": true,
 *      "done_ms": 0, "lease": 0}
 *
 * It does not say what is broken. While it is there, the events that would say so are withheld
 * (exercise_hides). It goes with `vpclab exercise end`, and with the lab.
 *
 * Ownership  plain values; the cast's texts are the state's
 * Time       milliseconds since 1970
 * Errors     an exit status, after having said why on stderr
 * Threads    main
 */
#ifndef VPCLAB_EXERCISE_STATE_H
#define VPCLAB_EXERCISE_STATE_H

#include "lab/events/events.h"
#include "lab/exercise/exercise.h"
#include "lab/lab.h"

#define EXERCISE_FILE "exercise.json"

struct exercise_state {
    unsigned number; /* 0: none runs */
    char active[TOPO_NAME], standby[TOPO_NAME], bind[EXERCISE_WORD];
    unsigned cf, net;
    int64_t began_ms;  /* then it was begun to break something */
    int64_t broken_ms; /* ... and the customer called: the learner's time begins; 0: not yet */
    int64_t done_ms;   /* answered rightly and mended; 0: not yet */
    uint32_t lease;    /* the fault's; 0: it is none */
    struct exercise_result result;
};

/* What a file's text tells; false, and number 0, for one that is none. */
bool exercise_state_parse(const char *text, size_t len, struct exercise_state *state);

/* The one of that run directory; number 0 without one. False, saying nothing, for a file that is
 * none. */
bool exercise_state_get(const char *rundir, struct exercise_state *state);

/* Likewise, saying what is wrong with the file. */
int exercise_state_read(const struct lab *lab, struct exercise_state *state);
int exercise_state_write(const struct lab *lab, const struct exercise_state *state);

struct exercise_cast exercise_state_cast(const struct exercise_state *state);

/* Would that event tell the hidden fault? Commands that were carried out while it was broken, and
 * leases since. */
bool exercise_hides(const struct exercise_state *state, const struct event *event);

/* The lease that nobody may see or take back in the lab of that run directory: that of an exercise
 * which is not yet answered rightly. 0: there is none. */
uint32_t exercise_keeps(const char *rundir);

#endif
