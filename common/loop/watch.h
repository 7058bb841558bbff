/* watch.h - what bus.c and tcp_link.c both do with a ZeroMQ socket
 *
 * Connection events are read by the socket's own loop, without a thread for them; frames
 * are taken one at a time, with the routing id in front that a ROUTER adds.
 *
 * Ownership  the caller owns struct watch and the socket; watch_stop before the socket is
 *            destroyed; bytes are borrowed for the callback
 * Time       none
 * Errors     watch_start: false with errno set; then watch_stop still cleans up
 * Threads    the loop's
 */
#ifndef VPCLAB_WATCH_H
#define VPCLAB_WATCH_H

#include <czmq.h>

#include "common/base/wire.h"

/* One of the ZMQ_EVENT_* asked for happened. */
typedef void watch_fn(void *ctx, uint16_t event);

struct watch {
    zloop_t *loop;
    zsock_t *sock;
    void *pair; /* where the events arrive; NULL: not watching */
    watch_fn *fn;
    void *ctx;
};

bool watch_start(struct watch *watch, zloop_t *loop, zsock_t *sock, int events, watch_fn *fn,
                 void *ctx);
void watch_stop(struct watch *watch);

/* A frame of one part, or of a routing id and one part; id is NULL for a DEALER. */
typedef void frame_fn(void *ctx, const void *id, size_t id_len, struct rd *frame);

/* Take one frame, if there is one; parts beyond those expected are dropped. */
bool frame_take(zsock_t *sock, bool routed, frame_fn *fn, void *ctx);

#endif
