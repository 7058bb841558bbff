#include "common/loop/watch.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum { ID_MOST = 256 };

/* Receive and drop what is left of a message of several parts. */
static void
drop_rest(void *sock, zmq_msg_t *msg)
{
    while (zmq_msg_more(msg) && zmq_msg_recv(msg, sock, ZMQ_DONTWAIT) != -1) {
    }
    (void)zmq_msg_close(msg); /* cannot fail for an initialised message */
}

static int
on_event(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct watch *watch = arg;
    uint16_t event = 0;
    zmq_msg_t msg;

    (void)loop;
    (void)zmq_msg_init(&msg); /* always succeeds */
    if (zmq_msg_recv(&msg, item->socket, ZMQ_DONTWAIT) >= (int)sizeof event)
        memcpy(&event, zmq_msg_data(&msg), sizeof event);
    drop_rest(item->socket, &msg);
    if (event)
        watch->fn(watch->ctx, event);
    return 0;
}

bool
watch_start(struct watch *watch, zloop_t *loop, zsock_t *sock, int events, watch_fn *fn, void *ctx)
{
    static _Thread_local unsigned count;
    zmq_pollitem_t item = {.events = ZMQ_POLLIN};
    char where[64];

    *watch = (struct watch){.loop = loop, .sock = sock, .fn = fn, .ctx = ctx};
    (void)snprintf(where, sizeof where, "inproc://watch-%p-%u", (void *)sock, count++);
    if (zmq_socket_monitor(zsock_resolve(sock), where, events) == -1)
        return false;
    watch->pair = zmq_socket(zsys_init(), ZMQ_PAIR);
    if (!watch->pair || zmq_connect(watch->pair, where) == -1)
        return false;
    item.socket = watch->pair;
    return zloop_poller(loop, &item, on_event, watch) == 0;
}

/* The monitor ends before its reader: the other way round leaks its last event. */
void
watch_stop(struct watch *watch)
{
    zmq_pollitem_t item = {.socket = watch->pair};

    if (!watch->sock)
        return;
    (void)zmq_socket_monitor(zsock_resolve(watch->sock), NULL, 0); /* stop; cannot fail */
    if (watch->pair) {
        zloop_poller_end(watch->loop, &item);
        (void)zmq_close(watch->pair); /* it is a socket */
    }
    *watch = (struct watch){.loop = NULL};
}

bool
frame_take(zsock_t *sock, bool routed, frame_fn *fn, void *ctx)
{
    void *raw = zsock_resolve(sock);
    uint8_t id[ID_MOST];
    size_t id_len = 0;
    bool whole = true;
    zmq_msg_t msg;
    int len;

    (void)zmq_msg_init(&msg); /* always succeeds */
    len = zmq_msg_recv(&msg, raw, ZMQ_DONTWAIT);
    if (len != -1 && routed) {
        id_len = zmq_msg_size(&msg);
        whole = id_len <= sizeof id && zmq_msg_more(&msg);
        if (whole) {
            memcpy(id, zmq_msg_data(&msg), id_len);
            len = zmq_msg_recv(&msg, raw, ZMQ_DONTWAIT);
        }
    }
    if (len != -1 && whole) {
        struct rd rd = rd_over(zmq_msg_data(&msg), zmq_msg_size(&msg));

        fn(ctx, routed ? id : NULL, id_len, &rd);
    }
    drop_rest(raw, &msg);
    return len != -1;
}
