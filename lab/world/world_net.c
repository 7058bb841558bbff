#include "lab/world/world_net.h"

#include <string.h>

#include "common/loop/log.h"

_Static_assert((int)PEERING_LEASES == (int)FAULTS_MOST, "a place for each lease");

/* ---- towards the chassis ------------------------------------------------------------ */

struct rib_standing
world_standing(const struct world *world, uint8_t chassis)
{
    struct rib_standing standing =
        peering_says(&world->peering, chassis, rib_standing_of(&world->rib, chassis));

    if (!peering_holds(&world->peering, chassis))
        standing.offered = standing.offered_as = 0;
    return standing;
}

static struct net_body
net_of(const struct world *world, uint8_t chassis)
{
    struct rib_standing standing = world_standing(world, chassis);
    struct net_body net = {
        .srp_epoch = standing.srp_epoch,
        .best = standing.best,
        .peer_bfd_up = peering_chassis_bfd(&world->peering, chassis),
        .offered = standing.offered,
        .offered_as = standing.offered_as,
    };

    net.n = peering_list(&world->peering, chassis, net.neighbors);
    return net;
}

/* A chassis that has not said its routes yet waits for no answer; what it hears speaks of the
 * announcement whose number the envelope repeats. */
static void
tell_one(struct world *world, struct world_chassis *chassis, bool always)
{
    struct net_body net = net_of(world, chassis->index);
    uint8_t bytes[NET_ROOM];
    struct wr wr = wr_over(bytes, sizeof bytes);

    if (!chassis->up || !chassis->routed)
        return;
    net_put(&wr, &net);
    if (!always && wr_len(&wr) == chassis->told_n && memcmp(bytes, chassis->told, wr_len(&wr)) == 0)
        return;
    /* what is lost is said again as the answer to its next announcement */
    if (bus_send(chassis->bus, NULL, MSG_NET, 0, chassis->number, bytes, wr_len(&wr)) != 0)
        return;
    chassis->told_n = wr_len(&wr);
    memcpy(chassis->told, bytes, wr_len(&wr));
}

void
world_tell(struct world *world, const struct world_chassis *chassis)
{
    for (size_t i = 0; i < world->node->topo.instance_n; i++)
        tell_one(world, &world->chassis[i], &world->chassis[i] == chassis);
}

/* ---- the operator's word, and what faults lay over it ------------------------------------------------------------ */

/* The routes of a chassis go with its last BGP session; back they come with its next
 * announcement, at most a second later. */
static void
apply(struct world *world)
{
    for (size_t i = 0; i < world->node->topo.instance_n; i++) {
        if (!peering_holds(&world->peering, (uint8_t)i))
            world_release(world, &world->chassis[i]);
    }
    world_tell(world, NULL);
}

void
world_net_faults(struct world *world, const struct fault *in_force, size_t n)
{
    struct peering_lease leases[FAULTS_MOST];
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        if (fault_kind_on(in_force[i].kind) == FAULT_ON_NEIGHBOR)
            leases[k++] = (struct peering_lease){.addr = in_force[i].target.addr,
                                                 .lies = in_force[i].kind == FAULT_BGP_LIE};
    }
    peering_faults(&world->peering, leases, k);
    apply(world);
}

static int
set(const struct world_exec *x, const struct cli_args *args, enum peering_kind kind,
    const char *event)
{
    struct world *world = x->world;
    const char *name = cli_text(args, "instance"), *context = cli_text(args, "context");
    uint32_t addr = cli_addr(args, "addr");
    bool up = cli_has(args, "up");
    int chassis = name ? topo_find(&world->node->topo, name) : PEERING_ALL, changed;
    char text[16], cause[160];

    (void)udp_addr_text(addr, text);
    if (name && chassis < 0)
        return cli_refuse(args, "this lab has no instance \"%s\"", name);
    changed = peering_set(&world->peering, kind, addr, context, chassis, up);
    if (changed < 0)
        return cli_refuse(args, "%s neighbor %s%s; show neighbors lists them",
                          name ? "that chassis has no" : "no chassis has a", text,
                          context ? " in that context" : "");
    if (changed == 0)
        return 0;
    (void)snprintf(cause, sizeof cause, "operator: %s of %.32s%s%s", text, name ? name : "all",
                   context ? ", context " : "", context ? context : "");
    log_event(event, up ? "down" : "up", up ? "up" : "down", cause, 0);
    apply(world);
    return 0;
}

int
world_set_bgp(void *exec, const struct cli_args *args)
{
    return set(exec, args, PEERING_BGP, "bgp.neighbor");
}

int
world_set_bfd(void *exec, const struct cli_args *args)
{
    return set(exec, args, PEERING_BFD, "bfd.neighbor");
}

int
world_set_chassis_bfd(void *exec, const struct cli_args *args)
{
    struct world *world = ((struct world_exec *)exec)->world;
    bool up = cli_has(args, "up");

    if (world->peering.chassis_bfd_down != up)
        return 0;
    world->peering.chassis_bfd_down = !up;
    log_event("bfd.chassis", up ? "down" : "up", up ? "up" : "down", "operator", 0);
    apply(world);
    return 0;
}
