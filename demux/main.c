/* main.c - vpc-demux, the demultiplexer of an instance: its process and links */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "demux/demux.h"

enum {
    CALL_QUEUE = 1000,
    WORLD_QUEUE = 1000,
    SETTLE_US = 3000000, /* as long as the silence that is death on every link */
};

/* ---- call bus ------------------------------------------------------------------------------ */

static void
on_call(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    (void)peer;
    if (head->type == MSG_CALLS)
        demux_from_sessmgr(ctx, body);
}

static void
on_sessmgr(void *ctx, struct bus_peer *peer, bool alive, const char *why)
{
    struct demux *demux = ctx;
    uint8_t sessmgr = peer->hello.sessmgr;
    char cause[64];

    if (sessmgr == 0 || (!alive && demux->sessmgrs[sessmgr] != peer))
        return;
    demux->sessmgrs[sessmgr] = alive ? peer : NULL;
    if (!alive && strcmp(why, "silent") == 0)
        dist_silent(&demux->dist, sessmgr);
    else
        dist_alive(&demux->dist, sessmgr, alive);
    (void)snprintf(cause, sizeof cause, "sessmgr %u: %s", sessmgr, why);
    log_event("sessmgr.reach", alive ? "down" : "up", alive ? "up" : "down", cause, 0);
}

/* Those that live have said hello; before, calls of one that had not yet would have been given
 * to another, which would have declared them non-existent. */
static void
on_settled(void *arg)
{
    struct demux *demux = arg;

    dist_settle(&demux->dist);
}

/* ---- outside world -------------------------------------------------------------------------- */

static void
on_world(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    (void)peer;
    if (head->type == MSG_ACCESS)
        demux_from_world(ctx, body);
    else if (head->type == MSG_NET)
        demux_net(ctx, head->epoch, body);
}

static void
on_world_peer(void *ctx, struct bus_peer *peer, bool alive, const char *why)
{
    (void)peer;
    log_info("demux: outside world %s (%s)", alive ? "up" : "down", why);
    demux_net_session(ctx, alive);
}

/* ---- life ------------------------------------------------------------------------------------ */

static int
open_links(struct demux *demux)
{
    const struct node *node = demux->node;
    char endpoint[NODE_PATH];
    struct bus_setup setup = {
        .node = node,
        .loop = node->loop,
        .name = "call",
        .link = FAULT_LINK_CALL,
        .endpoint = endpoint,
        .serve = true,
        .queue = CALL_QUEUE,
        .message = on_call,
        .peer = on_sessmgr,
        .turn = demux_flush,
        .ctx = demux,
    };

    endpoint_call(node->rundir, node_instance(node)->name, endpoint);
    if (!(demux->call = bus_open(&setup)))
        return -1;
    endpoint_world(node->rundir, node_instance(node)->name, endpoint);
    setup.name = "world";
    setup.link = FAULT_LINK_ACCESS;
    setup.serve = false;
    setup.any_instance = true;
    setup.queue = WORLD_QUEUE;
    setup.message = on_world;
    setup.peer = on_world_peer;
    if (!(demux->world = bus_open(&setup)))
        return -1;
    demux->card = card_link_open(&(struct card_link_setup){
        .node = node,
        .loop = node->loop,
        .ctx = demux,
        .role = demux_role,
        .config = demux_config,
        .fill = demux_fill,
    });
    return demux->card ? 0 : -1;
}

static int
build(struct node *node, void **self)
{
    struct demux *demux = calloc(1, sizeof *demux);

    if (!demux)
        log_fatal("demux: out of memory");
    *self = demux;
    demux->node = node;
    dist_init(&demux->dist, node_instance(node)->sessmgr_n);
    timer_init(&demux->announce_timer, node->loop, demux_announce, demux);
    timer_init(&demux->settle_timer, node->loop, on_settled, demux);
    timer_at(&demux->settle_timer, mono_after(clock_now(), SETTLE_US));
    if (node->topo.access == TOPO_ACCESS_DIRECT)
        demux->udp = udp_open(node->loop, demux_from_clients, demux_flush, demux);
    return open_links(demux);
}

static void
teardown(void *self)
{
    struct demux *demux = self;

    if (!demux)
        return;
    timer_at(&demux->announce_timer, MONO_NEVER);
    timer_at(&demux->settle_timer, MONO_NEVER);
    card_link_close(&demux->card);
    bus_close(&demux->world);
    bus_close(&demux->call);
    udp_close(&demux->udp);
    demux_gathered_free(demux);
    free(demux);
}

int
main(int argc, char **argv)
{
    static const struct node_program program = {
        .type = CARD_DEMUX,
        .purpose = "Demultiplexer of a VPC-DI instance: service addresses and call distribution.",
        .build = build,
        .teardown = teardown,
    };

    return node_main(&program, argc, argv);
}
