/* announce.h - what the peer router has of our routes, as far as it told us
 *
 * Announcements are numbered, the router's reports (MSG_NET) repeat the number of the last one
 * it took in. So a report that was on its way when we changed our mind is not taken for the
 * answer, and both "it has our routes" and "it has none of them" are the router's own words.
 * When the session ends, it has none: that is what BGP makes of it.
 *
 * Also the other direction: the routes the router offers us. They lead to the other chassis;
 * with our own AS in their path they are a loop and not accepted.
 *
 * Ownership  one struct announce is a plain value without pointers
 * Time       none
 * Errors     none
 * Threads    one owner
 */
#ifndef VPCLAB_ANNOUNCE_H
#define VPCLAB_ANNOUNCE_H

#include "common/msg/body.h"

struct announce {
    bool wanted;         /* our routes are to be out */
    uint64_t number;     /* of the announcement that is in force; 0: none yet */
    uint64_t epoch;      /* SRP epoch a router reports that has it; 0: there is nothing in it */
    bool answered;       /* the router's last report speaks of it */
    bool may_be_out;     /* the router may have routes of ours, though it did not say so yet */
    bool known;          /* there was a report since the process started ... */
    struct net_body net; /* ... this one, or what the end of the session made of it */
};

/* What came of the routes offered to us. */
struct announce_offer {
    uint32_t offered, filtered, accepted;
};

/* From now on `routes` are to be out, or not. */
void announce_order(struct announce *announce, bool wanted, const struct routes_body *routes);

/* The announcement in force was sent, for the first time or again. */
void announce_said(struct announce *announce);

/* The router reported, after having taken in the announcement of that number. */
void announce_heard(struct announce *announce, uint64_t number, const struct net_body *net);

/* The session with the router ended, or began anew. */
void announce_lost(struct announce *announce);

/* Does the router have our routes? When they are to be out: it said so. When not: true until
 * it said that it has none. */
bool announce_is_out(const struct announce *announce);

/* Does it send to us, for every route? */
bool announce_is_best(const struct announce *announce);

struct announce_offer announce_offer_of(const struct net_body *net, uint32_t own_as);

#endif
