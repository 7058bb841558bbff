#include "lab/world/world.h"

#include <stdlib.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/fault_leases.h"
#include "common/loop/log.h"
#include "lab/world/world_net.h"

enum { LINK_QUEUE = 1000 }; /* batches waiting towards or from one chassis */

_Static_assert((int)RIB_CHASSIS == (int)TOPO_INSTANCES, "a path for each instance of a lab");

static void
on_message(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct world_chassis *chassis = ctx;
    struct world *world = chassis->world;
    struct routes_body routes;

    (void)peer;
    if (head->instance != chassis->index) {
        world->counters.foreign_frames++;
        return;
    }
    if (head->type == MSG_ACCESS) {
        world_from_chassis(world, body);
    } else if (head->type == MSG_ROUTES && routes_get(body, &routes)) {
        world_routes(world, chassis, head->epoch, &routes);
    } else if (world->counters.dropped_malformed++ % 1000 == 0) {
        log_warn("routes: %s of %s dropped: malformed, or not for the world",
                 msg_type_name(head->type), world->node->topo.instances[chassis->index].name);
    }
}

static void
on_peer(void *ctx, struct bus_peer *peer, bool alive, const char *why)
{
    struct world_chassis *chassis = ctx;

    if (peer->hello.type == CARD_DEMUX)
        world_session(chassis->world, chassis, alive, why);
}

static int
open_link(struct world *world, uint8_t index)
{
    struct world_chassis *chassis = &world->chassis[index];
    const char *name = world->node->topo.instances[index].name;
    char endpoint[NODE_PATH], err[512];
    struct bus_setup setup = {
        .node = world->node,
        .loop = world->node->loop,
        .name = "world",
        .link = FAULT_LINK_ACCESS,
        .endpoint = endpoint,
        .serve = true,
        .queue = LINK_QUEUE,
        .any_instance = true,
        .message = on_message,
        .peer = on_peer,
        .ctx = chassis,
    };

    chassis->world = world;
    chassis->index = index;
    chassis->out = wr_over(chassis->bytes, sizeof chassis->bytes);
    if (rundir_make(world->node->rundir, name, err, sizeof err) != 0) {
        log_error("world: %s", err);
        return DI_ESYSTEM;
    }
    endpoint_world(world->node->rundir, name, endpoint);
    chassis->bus = bus_open(&setup);
    return chassis->bus ? 0 : DI_ESYSTEM;
}

static void
on_faults(void *ctx, const struct fault *in_force, size_t n)
{
    struct world *world = ctx;

    world_aaa_faults(world->aaa, in_force, n);
    world_net_faults(world, in_force, n);
}

static int
build(struct node *node, void **self)
{
    struct world *world = calloc(1, sizeof *world);
    char endpoint[NODE_PATH];
    int rc = 0;

    if (!world)
        log_fatal("world: out of memory");
    *self = world;
    world->node = node;
    rib_init(&world->rib);
    timer_init(&world->retry, node->loop, world_retry, world);
    world->udp = udp_open(node->loop, world_from_clients, world_send_on, world);
    for (uint8_t i = 0; i < node->topo.instance_n && rc == 0; i++)
        rc = open_link(world, i);
    if (rc != 0)
        return rc;
    world_time_open(&world->time, node);
    world->aaa = world_aaa_open(node);
    if (!world->aaa)
        return DI_ESYSTEM;
    fault_leases_watch(on_faults, world);
    endpoint_world_mgmt(node->rundir, endpoint);
    world->mgmt = mgmt_open(node, node->loop, endpoint, world_command, world);
    return world->mgmt ? 0 : DI_ESYSTEM;
}

static void
teardown(void *self)
{
    struct world *world = self;

    if (!world)
        return;
    fault_leases_watch(NULL, NULL);
    timer_at(&world->retry, MONO_NEVER);
    world_time_close(&world->time);
    mgmt_close(&world->mgmt);
    world_aaa_close(&world->aaa);
    for (size_t i = 0; i < RIB_CHASSIS; i++)
        bus_close(&world->chassis[i].bus);
    udp_close(&world->udp);
    free(world);
}

int
main(int argc, char **argv)
{
    static const struct node_program program = {
        .type = CARD_EMPTY,
        .alone = "world",
        .purpose = "The embedded outside world of a lab: access network, peer router and PDN.",
        .build = build,
        .teardown = teardown,
    };

    return node_main(&program, argc, argv);
}
