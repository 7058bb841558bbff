#include "demux/dist.h"

#include "common/base/chunk.h"
#include "common/base/rng.h"
#include "common/base/teid.h"
#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtp_peek.h"
#include "common/gtp/gtpu.h"

void
dist_init(struct dist *dist, uint8_t sessmgr_n)
{
    *dist = (struct dist){.sessmgr_n = sessmgr_n};
}

void
dist_alive(struct dist *dist, uint8_t sessmgr, bool alive)
{
    dist->alive[sessmgr] = sessmgr != 0 && alive;
    dist->silent[sessmgr] = false;
    dist->living_n = 0;
    for (size_t i = 1; i < DIST_SESSMGRS; i++) {
        if (dist->alive[i])
            dist->living[dist->living_n++] = (uint8_t)i;
    }
}

void
dist_silent(struct dist *dist, uint8_t sessmgr)
{
    dist_alive(dist, sessmgr, false);
    dist->silent[sessmgr] = sessmgr != 0;
}

uint8_t
dist_rendezvous(const struct dist *dist, uint64_t key)
{
    uint8_t winner = 0;
    uint64_t best = 0;

    for (size_t i = 0; i < dist->living_n; i++) {
        uint64_t score = mix64(mix64(key) + dist->living[i]);

        if (winner == 0 || score > best) {
            winner = dist->living[i];
            best = score;
        }
    }
    return winner;
}

static struct dist_choice
to_sessmgr(uint8_t sessmgr)
{
    return (struct dist_choice){
        .verdict = sessmgr ? DIST_SESSMGR : DIST_NOBODY,
        .sessmgr = sessmgr,
    };
}

/* The owner of a TEID; any other when that one is dead or the TEID is none of ours. */
static struct dist_choice
by_teid(const struct dist *dist, uint32_t teid)
{
    uint8_t sessmgr = teid_instance(teid);

    if (dist->silent[sessmgr])
        return to_sessmgr(0); /* another one would declare its sessions non-existent */
    return to_sessmgr(dist->alive[sessmgr] ? sessmgr : dist_rendezvous(dist, teid));
}

/* Unreadable, or about nothing in particular: one client's always meet the same one. */
static struct dist_choice
by_peer(const struct dist *dist, const struct dgram *d)
{
    return to_sessmgr(dist_rendezvous(dist, (uint64_t)d->peer << 16 | d->port));
}

static bool
opens_session(const struct gtp_peek *peek)
{
    return peek->teid == 0 && (peek->version == 1 ? peek->type == GTP1_CREATE_PDP_REQUEST
                                                  : peek->type == GTP2_CREATE_SESSION_REQUEST);
}

static bool
is_echo(const struct gtp_peek *peek)
{
    return peek->version == 1 ? peek->type == GTP1_ECHO_REQUEST : peek->type == GTP2_ECHO_REQUEST;
}

static struct dist_choice
control(const struct dist *dist, const struct dgram *d)
{
    struct gtp_peek peek;
    const char *reason;

    if (gtp_peek(&peek, d->bytes, d->len, &reason) != 0)
        return by_peer(dist, d);
    if (is_echo(&peek))
        return (struct dist_choice){.verdict = DIST_ECHO};
    if (opens_session(&peek) && peek.imsi != GTP_NO_DIGITS)
        return to_sessmgr(dist_rendezvous(dist, peek.imsi));
    return peek.teid ? by_teid(dist, peek.teid) : by_peer(dist, d);
}

/* GTP-U: only the fixed header is looked at, this is the path of every packet. */
static struct dist_choice
user(const struct dist *dist, const struct dgram *d)
{
    struct rd rd = rd_over(d->bytes, d->len);
    unsigned flags = rd_u8(&rd), type = rd_u8(&rd);

    (void)rd_u16(&rd); /* length: the gateway's to judge */

    uint32_t teid = rd_u32(&rd);

    if (rd.bad || flags >> 4 != 3) /* version 1, protocol type GTP */
        return by_peer(dist, d);
    if (type == GTPU_ECHO_REQUEST)
        return (struct dist_choice){.verdict = DIST_ECHO};
    if (type == GTPU_ERROR_INDICATION) /* it names the client's TEID, not ours */
        return (struct dist_choice){.verdict = dist->living_n ? DIST_ALL : DIST_NOBODY};
    return teid ? by_teid(dist, teid) : by_peer(dist, d);
}

struct dist_choice
dist_access(const struct dist *dist, const struct dgram *d)
{
    return d->side == DGRAM_CTRL ? control(dist, d) : user(dist, d);
}

struct dist_choice
dist_packet(const struct dist *dist, const uint8_t *packet, size_t len)
{
    enum { DESTINATION = 16, HEAD = 20 };
    uint8_t owner = 0;

    if (len < HEAD || packet[0] >> 4 != 4)
        return to_sessmgr(0);

    struct rd rd = rd_over(packet + DESTINATION, 4);
    uint32_t dst = rd_u32(&rd);

    for (size_t i = 0; i < dist->pool_n && !owner; i++)
        owner = chunk_owner(dist->pools[i].net, dist->pools[i].mask, dst, dist->sessmgr_n);
    return to_sessmgr(dist->alive[owner] ? owner : 0);
}
