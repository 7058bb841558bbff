/* sessmgr.h - one session manager between call bus, card bus and peer: the shell of its cores
 *
 * Receives GTP from the demux, lets the gateway and the session table decide, sends the answers
 * back, and carries the checkpoints of its session manager to and from the CF's relay.
 *
 *      vpc-sf, slot 4                 main thread: signals, start and end of the others
 *        sessmgr 1   thread, zloop    card link to CF 1 and CF 2, call bus to the demux,
 *        sessmgr 2   thread, zloop    checkpoint bus to CF 1 and CF 2, timers; session
 *        sessmgr 3   thread, zloop    table, gateway and checkpoint engine of its own
 *
 * The threads share nothing but the identity of the process. To the rest of the lab each is a
 * peer of its own, known by slot and session manager number: what holds between two SFs of one
 * session manager each holds between two of one SF. An order reaches each straight from the CF, and
 * its status is the acknowledgement; so no thread passes on what is meant for another, and what the
 * simulator says of session managers that are processes is true of threads. What they have in
 * common is their end: it is that of the process.
 *
 * A load of its own (a benchmark, a generator) is put on by whoever calls sessmgr_open() on a
 * loop of his: with `answer` set there is no call bus, sessmgr_calls() takes the batches, and the
 * answers come back through `answer`. It serves as soon as a CF has given it configuration and
 * role on the card bus, which may be anybody's end of it (tests/unit/test_sessmgr.c).
 *
 * Ownership  sessmgr_close frees; node and loop are borrowed until then
 * Time       lab time
 * Errors     sessmgr_open: NULL after logging why; what cannot be answered is dropped and counted
 * Threads    all calls from the loop's
 */
#ifndef VPCLAB_SESSMGR_H
#define VPCLAB_SESSMGR_H

#include <czmq.h>

#include "common/base/wire.h"
#include "common/loop/node.h"

struct sessmgr;

struct sessmgr_setup {
    const struct node *node;
    zloop_t *loop;
    uint8_t sessmgr; /* instance number; 0: a spare's, which only reports that it is there */
    /* Takes a batch of answers (msg/dgram.h), borrowed for the call: 0, or negative when it is
     * lost. NULL: the demux takes them. */
    int (*answer)(void *ctx, const void *batch, size_t len);
    void *answer_ctx;
};

struct sessmgr *sessmgr_open(const struct sessmgr_setup *setup);
void sessmgr_close(struct sessmgr **sessmgr);

/* Datagrams for it, as a batch of the demux. Dropped while there is no configuration. */
void sessmgr_calls(struct sessmgr *sessmgr, struct rd *batch);

#endif
