/* asks.h - questions about a call to the session managers, and lines that wait for their answers
 *
 * A line of the console that needs to know of calls, or of addresses, asks every living session manager, and is
 * carried out once more when all have answered, or after a second and a half. So nothing blocks,
 * and filters and forms of output are those of any other line.
 *
 * Ownership  asks_close frees; answers are borrowed for the line that is carried out
 * Time       real: a person waits
 * Errors     asks_begin: DI_ENOTFOUND when no session manager lives, DI_EAGAIN when too many
 *            lines wait already
 * Threads    the loop's
 */
#ifndef VPCLAB_ASKS_H
#define VPCLAB_ASKS_H

#include "common/loop/bus.h"

struct cf;
struct asks;

enum { ASKS_LISTED = 1000 }; /* calls by slot: no more are listed */

struct calls_found {
    unsigned asked, answered; /* session managers */
    bool more;                /* there are more than are listed */
    unsigned n, room;
    struct call_found {
        uint8_t slot, sessmgr;
        struct call_info info;
    } * calls; /* the ask's */
    struct call_pool pools[CALL_POOLS_MOST];
};

struct mgmt_line;

struct asks *asks_open(struct cf *cf);
void asks_close(struct asks **asks);

/* The line being served waits: it will be carried out again with what was found. */
int asks_begin(struct asks *asks, enum call_key by, uint64_t key, const struct mgmt_line *line);

/* MSG_CALL_ANSWER. */
void asks_hear(struct asks *asks, struct bus_peer *peer, struct rd *body);

#endif
