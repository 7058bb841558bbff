#include "demux/dist.h"

#include <string.h>

#include "common/base/chunk.h"
#include "common/base/rng.h"
#include "common/base/teid.h"
#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtp_peek.h"
#include "common/gtp/gtpu.h"
#include "common/msg/body.h"

void
dist_init(struct dist *dist, uint8_t sessmgr_n)
{
    *dist = (struct dist){.sessmgr_n = sessmgr_n};
    for (size_t i = 1; i <= sessmgr_n; i++)
        dist->silent[i] = true;
}

void
dist_settle(struct dist *dist)
{
    memset(dist->silent, 0, sizeof dist->silent);
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

static const struct dist_service *
service_at(const struct dist *dist, uint32_t addr)
{
    for (size_t i = 0; i < dist->service_n; i++) {
        if (dist->services[i].addr == addr)
            return &dist->services[i];
    }
    return NULL;
}

bool
dist_has_service(const struct dist *dist, uint32_t addr)
{
    return service_at(dist, addr) != NULL;
}

bool
dist_answers(const struct dist *dist, const struct dgram *d)
{
    const struct dist_service *service = service_at(dist, d->local);

    return service && (d->side == DGRAM_CTRL ? service->control : service->user);
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
about(struct dist_choice choice, enum dist_class class)
{
    choice.about = class;
    return choice;
}

static struct dist_choice
control(const struct dist *dist, const struct dgram *d)
{
    struct gtp_peek peek;
    const char *reason;

    if (gtp_peek(&peek, d->bytes, d->len, &reason) != 0)
        return about(by_peer(dist, d), DIST_CONTROL);
    if (is_echo(&peek))
        return (struct dist_choice){.verdict = DIST_ECHO, .about = DIST_PATH};
    if (!opens_session(&peek))
        return about(peek.teid ? by_teid(dist, peek.teid) : by_peer(dist, d), DIST_CONTROL);
    return about(peek.imsi != GTP_NO_DIGITS ? to_sessmgr(dist_rendezvous(dist, peek.imsi))
                                            : by_peer(dist, d),
                 DIST_NEW);
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
        return (struct dist_choice){.verdict = DIST_ECHO, .about = DIST_PATH};
    if (type == GTPU_ERROR_INDICATION) /* it names the client's TEID, not ours */
        return (struct dist_choice){.verdict = dist->living_n ? DIST_ALL : DIST_NOBODY};
    return teid ? by_teid(dist, teid) : by_peer(dist, d);
}

struct dist_choice
dist_access(const struct dist *dist, const struct dgram *d)
{
    struct dist_choice choice;

    if (d->side == DGRAM_CTRL)
        return control(dist, d);
    choice = user(dist, d);
    return choice.about == DIST_PATH ? choice : about(choice, DIST_DATA);
}

struct dist_choice
dist_packet(const struct dist *dist, const uint8_t *packet, size_t len)
{
    enum { DESTINATION = 16, HEAD = 20 };
    uint8_t owner = 0;

    if (len < HEAD || packet[0] >> 4 != 4)
        return about(to_sessmgr(0), DIST_DATA);

    struct rd rd = rd_over(packet + DESTINATION, 4);
    uint32_t dst = rd_u32(&rd);

    for (size_t i = 0; i < dist->pool_n && !owner; i++)
        owner = chunk_owner(dist->pools[i].net, dist->pools[i].mask, dst, dist->sessmgr_n);
    return about(to_sessmgr(dist->alive[owner] ? owner : 0), DIST_DATA);
}

unsigned dist_gates(enum dist_class class)
{
    switch (class) {
    case DIST_NEW:
        return GATE_NEW;
    case DIST_CONTROL:
        return GATE_CONTROL;
    case DIST_DATA:
        return GATE_VOLTE | GATE_DATA;
    case DIST_PATH:
        break;
    }
    return GATES_ALL;
}
