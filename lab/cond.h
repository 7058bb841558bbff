/* cond.h - the conditions `vpclab wait` understands, and whether one holds
 *
 *     sync                     one Active and one Standby, all session managers synchronised
 *     east.chassis=active      also standby, init, pending-active, ..., absent
 *     east.cf=2                slot of the active CF, or none
 *     east.card4=dead          or alive
 *     east.route=best          or announced, none: what the router has from it
 *     sessions>=1000           on every instance that answers (at least one does)
 *     east.sessions>=1000      on that one; also active.sessions, standby.sessions;
 *                              =  >=  <=  >  <
 *     faults=0                 how many leases of faults there are, waiting ones too
 *     fault:3=on               lease 3 is in force; off: it is gone, or was never there
 *     event:srp.state=Active   an event of that kind, with that `new` if one is given,
 *                              which is one that the kind can have
 *     east.event:srp.state     ... of that instance
 *
 * Ownership  plain values; instances are named by index
 * Time       none
 * Errors     cond_parse returns false for what is no condition, or names no instance;
 *            cond_help (cond_words.h) tells what was probably meant
 * Threads    any
 */
#ifndef VPCLAB_COND_H
#define VPCLAB_COND_H

#include "lab/events/events.h"
#include "lab/view.h"

enum cond_kind {
    COND_SYNC,
    COND_CHASSIS,
    COND_CF,
    COND_CARD,
    COND_ROUTE,
    COND_SESSIONS,
    COND_EVENT,
    COND_FAULTS,
    COND_FAULT
};
enum cond_compare { COND_EQUAL, COND_AT_LEAST, COND_AT_MOST, COND_ABOVE, COND_BELOW };
enum { COND_EVERY = 250, COND_ACTIVE, COND_STANDBY }; /* in place of an instance's index */

struct cond {
    enum cond_kind kind;
    uint8_t instance;
    uint8_t slot; /* COND_CARD; COND_CF: 0 for none */
    bool alive;   /* COND_CARD; COND_FAULT: on */
    enum cond_compare compare;
    uint64_t number;
    char word[VIEW_WORD]; /* COND_CHASSIS, COND_ROUTE; COND_EVENT: `new`, or "" */
    uint8_t event;        /* COND_EVENT: index of the kind */
    bool happened;        /* COND_EVENT: what cond_see saw */
    char who[TOPO_NAME];  /* COND_EVENT: the instance, or "" for any */
};

bool cond_parse(struct cond *cond, const char *text, const struct topo *topo);

/* Is it about leases of faults? */
bool cond_wants_faults(const struct cond *cond);

/* An event that happened, for the conditions that wait for one; such a condition then holds. */
void cond_see(struct cond *cond, const struct event *event);

bool cond_holds(const struct cond *cond, const struct view *view);

/* The present value of what the condition is about, for a person. */
void cond_value(const struct cond *cond, const struct view *view, char *out, size_t room);

#endif
