/* dgram.h - many datagrams in one message, between world, demux and session managers
 *
 * A batch is a run of entries: where the datagram comes from or goes to, its length, its
 * bytes. ACCESS entries are UDP datagrams of GTP clients, on our control or user port;
 * PDN entries are bare IP packets. Addresses are IPv4.
 *
 * Ownership  borrows the caller's buffers; entries point into the batch
 * Time       none
 * Errors     dgram_next returns false at the end and sets bad on malformed bytes
 * Threads    any
 */
#ifndef VPCLAB_DGRAM_H
#define VPCLAB_DGRAM_H

#include "common/base/wire.h"

enum dgram_side { DGRAM_CTRL, DGRAM_USER, DGRAM_PDN, DGRAM_SIDES };

enum {
    DGRAM_MOST = 9000,   /* longest datagram carried */
    DGRAM_HEAD = 13,     /* octets before the bytes of an entry */
    DGRAM_BATCH = 60000, /* a batch is sent on once it is at least this long */
    DGRAM_ROOM = DGRAM_BATCH + DGRAM_HEAD + DGRAM_MOST,
};

struct dgram {
    enum dgram_side side;
    uint32_t peer;  /* client address (source or destination); 0 on the PDN side */
    uint16_t port;  /* client port; 0 on the PDN side */
    uint32_t local; /* our service address; 0 on the PDN side */
    uint16_t len;   /* 1..DGRAM_MOST */
    const uint8_t *bytes;
};

/* The next entry of a batch; false at the end, or with rd->bad on malformed bytes. */
static inline bool
dgram_next(struct rd *rd, struct dgram *d)
{
    if (rd_left(rd) == 0)
        return false;

    unsigned side = rd_u8(rd);

    d->peer = rd_u32(rd);
    d->local = rd_u32(rd);
    d->port = rd_u16(rd);
    d->len = rd_u16(rd);
    d->bytes = rd_bytes(rd, d->len);
    if (side >= DGRAM_SIDES || d->len == 0 || d->len > DGRAM_MOST)
        rd->bad = true;
    d->side = (enum dgram_side)(side % DGRAM_SIDES);
    return !rd->bad;
}

/* Append an entry; false, with nothing written, when there is no room for it. */
static inline bool
dgram_put(struct wr *wr, const struct dgram *d)
{
    if (wr_room(wr) < (size_t)DGRAM_HEAD + d->len)
        return false;
    wr_u8(wr, d->side);
    wr_u32(wr, d->peer);
    wr_u32(wr, d->local);
    wr_u16(wr, d->port);
    wr_u16(wr, d->len);
    wr_bytes(wr, d->bytes, d->len);
    return true;
}

#endif
