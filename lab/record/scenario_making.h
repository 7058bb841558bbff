/* scenario_making.h - what the parts of scenario_make.h share: a scenario as it is made
 *
 * Ownership  all borrowed from the caller of scenario_make
 * Time       events have the lab clock; a scenario begins at zero_us
 * Errors     what does not fit sets `full`
 * Threads    any
 */
#ifndef VPCLAB_SCENARIO_MAKING_H
#define VPCLAB_SCENARIO_MAKING_H

#include "lab/record/scenario_make.h"

/* Something that holds since an event told of it, until another one does. */
struct lease {
    bool on;
    int64_t at_us;
};

struct making {
    struct scenario *s;
    const struct scenario_watch *watch;
    const struct event *events;
    size_t n, first; /* events[first] begins the scenario */
    int64_t zero_us;
    bool full; /* it did not fit */
    struct lease monitors[SCENARIO_SIDES][SCENARIO_WATCHED];
    struct lease apart, chassis_bfd;
};

/* ---- scenario_event.c: reading an event ----------------------------------------------- */

bool making_same(const char *a, const char *b); /* neither is NULL, and they are alike */
bool making_begins(const char *text, const char *with);
bool making_is(const struct event *e, const char *kind);

/* The chassis it is of, or SCENARIO_SIDES. */
uint8_t making_side_of(const struct making *m, const struct event *e);

/* The card that told it; false for one the simulator has not. */
bool making_card_of(const struct making *m, const struct event *e, uint8_t *side, uint8_t *card);

/* Do both tell of one failure, as the ends of a connection do? */
bool making_at_once(const struct event *a, const struct event *b);

/* Since the scenario's start, which may be later. */
int64_t making_when(const struct making *m, const struct event *e);

/* How long the lease of that fault.on was in force: until its end is told, or for all there is. */
int64_t making_lease_us(const struct making *m, size_t i);

/* What so many real microseconds were of lab time while that lease was in force. */
int64_t making_lab_us(const struct making *m, size_t i, int64_t real_us);

void making_add(struct making *m, struct scenario_step step);

/* As much of the pieces, of which some are NULL, as there is room for. */
void making_say(char out[SCENARIO_TEXT], const char *const *pieces, size_t n);

/* A step that does nothing: whose event, what, and what more (or NULL). */
void making_add_other(struct making *m, const struct event *e, const char *what, const char *more);

/* ---- scenario_death.c ------------------------------------------------------------------- */

/* What that process.start means: the start of a card, and how that life of it ends. */
void making_take_start(struct making *m, size_t i);

/* That CF gave the lead away by order. */
bool making_is_card_switch(const struct event *e);

#endif
