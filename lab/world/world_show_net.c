#include "lab/world/world_net.h"

/* ---- text --------------------------------------------------------------------------- */

static const char *
up_or_down(bool up)
{
    return up ? "up" : "down";
}

/* Why a session is down, in an operator's words; "" when none is. */
static const char *
remark(const struct world *world, size_t neighbor, uint8_t chassis)
{
    const struct peering_neighbor *it = &world->peering.neighbors[neighbor];

    if (!world->peering.connected[chassis])
        return "the chassis is not connected";
    return it->down[PEERING_BGP][chassis] || it->down[PEERING_BFD][chassis] ? "by the operator"
                                                                            : "";
}

static void
print_neighbor(const struct world *world, size_t neighbor, uint8_t chassis, FILE *out)
{
    const struct peering *peering = &world->peering;
    const char *why = remark(world, neighbor, chassis);
    char addr[16];

    (void)fprintf(out, "%-16s %-12s %-12s %-5s %s%s%s\n",
                  udp_addr_text(peering->neighbors[neighbor].of.addr, addr),
                  peering->neighbors[neighbor].of.context, world_name(world, chassis),
                  up_or_down(peering_up(peering, PEERING_BGP, neighbor, chassis)),
                  up_or_down(peering_up(peering, PEERING_BFD, neighbor, chassis)),
                  why[0] ? "  " : "", why);
}

void
world_print_neighbors(const struct world *world, FILE *out)
{
    (void)fprintf(out, "%-16s %-12s %-12s %-5s %s\n", "Neighbor", "Context", "Chassis", "BGP",
                  "BFD");
    for (size_t i = 0; i < world->peering.n; i++) {
        for (uint8_t j = 0; j < world->node->topo.instance_n; j++) {
            if (world->peering.neighbors[i].named[j])
                print_neighbor(world, i, j, out);
        }
    }
    if (world->peering.n == 0)
        (void)fprintf(out, "no chassis names a neighbor; a neighbor under router bgp does\n");
    (void)fprintf(out, "BFD between the chassis: %s\n",
                  world->peering.chassis_bfd_down ? "down by the operator" : "up");
}

static void
print_outage(const struct world *world, size_t neighbor, uint8_t chassis, FILE *out)
{
    bool bgp = peering_up(&world->peering, PEERING_BGP, neighbor, chassis);
    bool bfd = peering_up(&world->peering, PEERING_BFD, neighbor, chassis);
    char addr[16];

    if (!world->peering.neighbors[neighbor].named[chassis] || (bgp && bfd))
        return;
    (void)fprintf(out, "%s: neighbor %s is down (%s), %s\n", world_name(world, chassis),
                  udp_addr_text(world->peering.neighbors[neighbor].of.addr, addr),
                  bgp   ? "BFD"
                  : bfd ? "BGP"
                        : "BGP and BFD",
                  remark(world, neighbor, chassis));
}

void
world_print_outages(const struct world *world, FILE *out)
{
    for (size_t i = 0; i < world->peering.n; i++) {
        for (uint8_t j = 0; j < world->node->topo.instance_n; j++)
            print_outage(world, i, j, out);
    }
    if (world->peering.chassis_bfd_down)
        (void)fprintf(out, "BFD between the chassis is down by the operator\n");
}

/* What a chassis makes of routes with that AS in their path: its own would be a loop. */
static bool
filters(const struct world_chassis *chassis, uint32_t as)
{
    return as != 0 && as == chassis->as;
}

void
world_print_offers(const struct world *world, FILE *out)
{
    (void)fprintf(out, "\n");
    for (uint8_t i = 0; i < world->node->topo.instance_n; i++) {
        struct rib_standing standing = world_standing(world, i);

        if (!world->chassis[i].up)
            (void)fprintf(out, "%s is not connected\n", world_name(world, i));
        else if (standing.offered == 0)
            (void)fprintf(out, "%s is offered no routes\n", world_name(world, i));
        else
            (void)fprintf(out, "%s is offered %u route%s of AS %u: %s\n", world_name(world, i),
                          standing.offered, standing.offered == 1 ? "" : "s", standing.offered_as,
                          filters(&world->chassis[i], standing.offered_as)
                              ? "filtered, its own AS"
                              : "accepted, another AS than its own");
    }
}

/* ---- JSON --------------------------------------------------------------------------- */

static json_t *
json_neighbor(const struct world *world, size_t neighbor, uint8_t chassis)
{
    const struct peering *peering = &world->peering;
    char addr[16];

    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:b}", "neighbor",
                     udp_addr_text(peering->neighbors[neighbor].of.addr, addr), "context",
                     peering->neighbors[neighbor].of.context, "chassis", world_name(world, chassis),
                     "connected", peering->connected[chassis], "bgp_up",
                     peering_up(peering, PEERING_BGP, neighbor, chassis), "bfd_up",
                     peering_up(peering, PEERING_BFD, neighbor, chassis));
}

json_t *
world_json_neighbors(const struct world *world)
{
    json_t *list = json_array();

    for (size_t i = 0; i < world->peering.n; i++) {
        for (uint8_t j = 0; j < world->node->topo.instance_n; j++) {
            if (world->peering.neighbors[i].named[j])
                (void)json_array_append_new(list, json_neighbor(world, i, j));
        }
    }
    return json_pack("{s:o, s:b}", "sessions", list, "chassis_bfd_up",
                     !world->peering.chassis_bfd_down);
}

json_t *
world_json_offers(const struct world *world)
{
    json_t *list = json_array();

    for (uint8_t i = 0; i < world->node->topo.instance_n; i++) {
        const struct world_chassis *chassis = &world->chassis[i];
        struct rib_standing standing = world_standing(world, i);
        bool filtered = standing.offered != 0 && filters(chassis, standing.offered_as);

        (void)json_array_append_new(list, json_pack("{s:s, s:b, s:I, s:I, s:I, s:b}", "chassis",
                                                    world_name(world, i), "connected", chassis->up,
                                                    "routes", (json_int_t)standing.offered, "as",
                                                    (json_int_t)standing.offered_as, "own_as",
                                                    (json_int_t)chassis->as, "filtered", filtered));
    }
    return list;
}
