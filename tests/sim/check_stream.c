/* K1, K3, K5: frames are applied in order, packed as both ends agreed, no more of them are under way
 * than the receiver has room for, and deletes that were given up are made good by a resync. */
#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "sf/smgr_priv.h"

static const struct smgr *
smgr_of(const struct world *world, int side, int manager)
{
    return world->chassis[side].cards[PROC_SM1 + manager].smgr;
}

/* LZ4 where both ends have it, for as long as the stream lasts; else zlib. */
static enum ckpt_algo
agreed(const struct world *world)
{
    return world->opt.lz4[EAST] && world->opt.lz4[WEST] ? CKPT_LZ4 : CKPT_ZLIB;
}

void
check_stream_new(struct world *world, int side, int manager)
{
    world->checker->overflow[side][manager] = (struct overflow){0};
    world->checker->in_order[side][manager] = (struct in_order){0};
    world->checker->sound[side][manager] = 0;
    memset(world->checker->refused[side][manager], 0,
           sizeof world->checker->refused[side][manager]);
}

/* ---- sender ---- */

/* K5: what nobody can be told of any more, everything has to be told after. */
static void
check_overflow(struct world *world, int side, int manager, bool told)
{
    struct overflow *o = &world->checker->overflow[side][manager];
    const struct ckpt_tx_stats *stats = smgr_tx_stats(smgr_of(world, side, manager));

    if (stats->given_up > o->given_up && !o->due) {
        o->due = true;
        o->resyncs_then = o->resyncs;
    }
    o->given_up = stats->given_up;
    o->resyncs = stats->full_resyncs;
    if (stats->full_resyncs > o->resyncs_then)
        o->due = false;
    if (o->due && told)
        violated(world, INV_K5,
                 "%s sessmgr %d has given up %" PRIu64
                 " deletes, and is synchronised without a resync",
                 side_names[side], manager + 1, stats->given_up);
}

void
check_sender(struct world *world, int side, int manager, enum ckpt_algo algo)
{
    struct ckpt_tx_status tx;

    ckpt_tx_status(smgr_sender(smgr_of(world, side, manager)), &tx);
    if (algo != (tx.open ? agreed(world) : CKPT_STORED))
        violated(world, INV_K3, "%s sessmgr %d packs by %d, and its %s stream by %d",
                 side_names[side], manager + 1, (int)algo, tx.open ? "open" : "closed",
                 (int)agreed(world));
    if (tx.open && tx.frame_sent - tx.frame_acked > world->opt.credit)
        violated(world, INV_K5, "%s sessmgr %d: %" PRIu64 " frames are under way, admitted are %u",
                 side_names[side], manager + 1, tx.frame_sent - tx.frame_acked, world->opt.credit);
    check_overflow(world, side, manager, tx.told);
}

/* ---- receiver ---- */

/* A frame was applied: the one after that before it, unless the copy begins anew. */
void
check_in_order(struct world *world, int side, int manager, const struct ckpt_msg *msg)
{
    struct in_order *last = &world->checker->in_order[side][manager];
    bool same = last->sender == msg->ids.sender && last->epoch == msg->ids.epoch;
    struct ckpt_rx_status rx;

    if (msg->data.frame != 1 && msg->data.frame != (same ? last->frame : 0) + 1)
        violated(world, INV_K1, "%s sessmgr %d applies frame %" PRIu64 " after %" PRIu64,
                 side_names[side], manager + 1, msg->data.frame, same ? last->frame : 0);
    *last = (struct in_order){
        .sender = msg->ids.sender, .epoch = msg->ids.epoch, .frame = msg->data.frame};
    ckpt_rx_status(&smgr_of(world, side, manager)->rx, world->now, &rx);
    if (rx.open && rx.algo != agreed(world))
        violated(world, INV_K3, "%s sessmgr %d takes its stream to be packed by %d",
                 side_names[side], manager + 1, (int)rx.algo);
}
