#include "common/base/err.h"
#include "common/loop/log.h"
#include "lab/world/world.h"

/* Send what was gathered for one chassis. */
static void
send_on(struct world_chassis *chassis)
{
    struct world *world = chassis->world;
    size_t len = wr_len(&chassis->out);

    if (len == 0)
        return;
    if (bus_send(chassis->bus, NULL, MSG_ACCESS, 0, 0, chassis->bytes, len) != 0)
        world->counters.dropped_queue += chassis->gathered;
    chassis->gathered = 0;
    chassis->out = wr_over(chassis->bytes, sizeof chassis->bytes);
}

void
world_send_on(void *arg)
{
    struct world *world = arg;

    for (size_t i = 0; i < world->node->topo.instance_n; i++)
        send_on(&world->chassis[i]);
}

static void
gather(struct world_chassis *chassis, const struct dgram *d)
{
    bool put = dgram_put(&chassis->out, d);

    chassis->gathered += put;
    if (wr_len(&chassis->out) >= DGRAM_BATCH)
        send_on(chassis); /* so there is always room for one more */
}

void
world_from_clients(void *arg, const struct dgram *dgrams, size_t n)
{
    struct world *world = arg;
    int best = rib_lookup(&world->rib, ROUTE_SERVICE, dgrams[0].local); /* one socket's */

    if (best == RIB_NOBODY) {
        world->counters.dropped_no_route += n;
        return;
    }
    for (size_t i = 0; i < n; i++)
        gather(&world->chassis[best], &dgrams[i]);
    world->counters.up_datagrams += n;
}

/* A packet of a subscriber reached the PDN; its answer takes the route back, which need
 * not be the way it came. */
static void
to_pdn(struct world *world, const struct dgram *d)
{
    uint8_t answer[DGRAM_MOST];
    size_t len;
    enum pdn_verdict verdict = pdn_answer(d->bytes, d->len, answer, sizeof answer, &len);

    world->counters.pdn_packets++;
    world->pdn[verdict]++;
    if (verdict != PDN_ANSWERED)
        return;

    enum { DESTINATION = 16 };
    struct rd rd = rd_over(answer + DESTINATION, 4);
    int best = rib_lookup(&world->rib, ROUTE_POOL, rd_u32(&rd));

    if (best == RIB_NOBODY) {
        world->counters.dropped_no_return++;
        return;
    }
    world->counters.pdn_answers++;
    gather(&world->chassis[best],
           &(struct dgram){.side = DGRAM_PDN, .len = (uint16_t)len, .bytes = answer});
}

void
world_from_chassis(struct world *world, struct rd *batch)
{
    struct dgram d;

    while (dgram_next(batch, &d)) {
        if (d.side == DGRAM_PDN) {
            to_pdn(world, &d);
        } else {
            world->counters.down_datagrams++;
            udp_send(world->udp, &d);
        }
    }
    if (batch->bad && world->counters.dropped_malformed++ % 1000 == 0)
        log_warn("traffic: batch with malformed entries, the rest of it was dropped");
    udp_flush(world->udp);
    world_send_on(world);
}
