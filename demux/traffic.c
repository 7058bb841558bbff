#include <stdlib.h>

#include "common/loop/log.h"
#include "demux/demux.h"
#include "demux/echo.h"

/* ---- gathering ---------------------------------------------------------------------------- */

static void
send_gathered(struct demux *demux, struct gathered *to, struct bus *bus, struct bus_peer *peer,
              enum msg_type type)
{
    if (wr_len(&to->wr) == 0)
        return;
    if (!bus || bus_send(bus, peer, type, 0, 0, to->bytes, wr_len(&to->wr)) != 0)
        demux->counters.queue_full++;
    to->wr = wr_over(to->bytes, DGRAM_ROOM);
}

static void
prepare(struct gathered *to)
{
    if (to->bytes)
        return;
    to->bytes = malloc(DGRAM_ROOM);
    if (!to->bytes)
        log_fatal("demux: out of memory");
    to->wr = wr_over(to->bytes, DGRAM_ROOM);
}

static void
give_sessmgr(struct demux *demux, uint8_t sessmgr, const struct dgram *d)
{
    struct gathered *to = &demux->to_sessmgr[sessmgr];

    prepare(to);
    (void)dgram_put(&to->wr, d); /* a batch is sent on while there is room for one more */
    if (wr_len(&to->wr) >= DGRAM_BATCH)
        send_gathered(demux, to, demux->call, demux->sessmgrs[sessmgr], MSG_CALLS);
}

/* Towards clients: through the world, or from our own sockets, at the latest with the next
 * flush; the bytes must live until then when the adapter is direct. */
static void
give_access(struct demux *demux, const struct dgram *d)
{
    struct gathered *to = &demux->to_world;

    if (demux->udp && d->side != DGRAM_PDN) {
        udp_send(demux->udp, d);
        return;
    }
    prepare(to);
    (void)dgram_put(&to->wr, d);
    if (wr_len(&to->wr) >= DGRAM_BATCH)
        send_gathered(demux, to, demux->world, NULL, MSG_ACCESS);
}

void
demux_flush(void *arg)
{
    struct demux *demux = arg;

    for (size_t i = 0; i < demux->dist.living_n; i++) {
        uint8_t sessmgr = demux->dist.living[i];

        send_gathered(demux, &demux->to_sessmgr[sessmgr], demux->call, demux->sessmgrs[sessmgr],
                      MSG_CALLS);
    }
    send_gathered(demux, &demux->to_world, demux->world, NULL, MSG_ACCESS);
    if (demux->udp)
        udp_flush(demux->udp);
}

void
demux_gathered_free(struct demux *demux)
{
    for (size_t i = 0; i < DIST_SESSMGRS; i++)
        free(demux->to_sessmgr[i].bytes);
    free(demux->to_world.bytes);
}

/* ---- towards the session managers ----------------------------------------------------------- */

static void
answer_echo(struct demux *demux, const struct dgram *d)
{
    uint8_t bytes[ECHO_ROOM];
    struct dgram answer = *d;
    size_t len = echo_answer(bytes, sizeof bytes, d, demux->restart);

    if (len == 0)
        return;
    demux->counters.echoes++;
    answer.len = (uint16_t)len;
    answer.bytes = bytes;
    give_access(demux, &answer);
    if (demux->udp)
        udp_flush(demux->udp); /* the bytes are ours for now only */
}

/* A peer that restarted has lost the tunnels of its sessions, whoever has those here. Port 0 says
 * that it was answered (sf/gw.h). */
static void
pass_on_recovery(struct demux *demux, const struct dgram *d)
{
    struct dgram copy = *d;

    if (!echo_has_recovery(d))
        return;
    copy.port = 0;
    for (size_t i = 0; i < demux->dist.living_n; i++)
        give_sessmgr(demux, demux->dist.living[i], &copy);
}

static struct dist_choice
choose(const struct demux *demux, const struct dgram *d)
{
    return d->side == DGRAM_PDN ? dist_packet(&demux->dist, d->bytes, d->len)
                                : dist_access(&demux->dist, d);
}

static void
distribute(struct demux *demux, const struct dgram *d, struct dist_choice choice)
{
    switch (choice.verdict) {
    case DIST_SESSMGR:
        give_sessmgr(demux, choice.sessmgr, d);
        break;
    case DIST_ALL:
        for (size_t i = 0; i < demux->dist.living_n; i++)
            give_sessmgr(demux, demux->dist.living[i], d);
        break;
    case DIST_ECHO:
        answer_echo(demux, d);
        pass_on_recovery(demux, d);
        break;
    case DIST_NOBODY:
        demux->counters.no_sessmgr++;
        break;
    }
}

static void
take_in(struct demux *demux, const struct dgram *d)
{
    uint64_t *count =
        d->side == DGRAM_PDN ? &demux->counters.from_pdn : &demux->counters.from_access;
    struct dist_choice choice;

    ++*count;
    if (!demux->gates) {
        demux->counters.not_active++;
        return;
    }
    if (d->side != DGRAM_PDN && !dist_answers(&demux->dist, d)) {
        demux->counters.no_service++;
        return;
    }
    choice = choose(demux, d);
    if (demux->gates & dist_gates(choice.about))
        distribute(demux, d, choice);
    else if (choice.about == DIST_DATA)
        demux->counters.gated_data++;
    else
        demux->counters.gated_control++;
}

void
demux_from_clients(void *arg, const struct dgram *dgrams, size_t n)
{
    for (size_t i = 0; i < n; i++)
        take_in(arg, &dgrams[i]);
}

void
demux_from_world(struct demux *demux, struct rd *batch)
{
    struct dgram d;

    while (dgram_next(batch, &d))
        take_in(demux, &d);
    if (batch->bad && demux->counters.malformed++ % 1000 == 0)
        log_warn("demux: malformed batch from the outside world, its rest dropped");
}

/* ---- back ------------------------------------------------------------------------------- */

/* Octets of the entries that make sense, which are the first ones. */
static size_t
whole_entries(struct demux *demux, struct rd *batch)
{
    const uint8_t *begin = batch->at, *end = begin;
    struct dgram d;

    while (dgram_next(batch, &d))
        end = d.bytes + d.len;
    if (batch->bad && demux->counters.malformed++ % 1000 == 0)
        log_warn("demux: malformed batch from a session manager, its rest dropped");
    return (size_t)(end - begin);
}

/* What many session managers say in one wake-up goes out as one batch: each alone would cost the
 * world a frame for a few datagrams, and fill the queue to it. */
static void
give_world(struct demux *demux, const uint8_t *entries, size_t len)
{
    struct gathered *to = &demux->to_world;

    prepare(to);
    if (wr_room(&to->wr) < len)
        send_gathered(demux, to, demux->world, NULL, MSG_ACCESS);
    wr_bytes(&to->wr, entries, len);
    if (wr_len(&to->wr) >= DGRAM_BATCH)
        send_gathered(demux, to, demux->world, NULL, MSG_ACCESS);
}

/* What a session manager says goes out as it is: it knows its gates. Only the direct adapter
 * takes it apart. */
void
demux_from_sessmgr(struct demux *demux, struct rd *batch)
{
    struct rd entries = *batch;
    size_t len;
    struct dgram d;

    if (!demux->gates) {
        demux->counters.not_active++;
        return;
    }
    len = whole_entries(demux, batch);
    if (!demux->udp) {
        give_world(demux, entries.at, len);
        return;
    }
    entries = rd_over(entries.at, len);
    while (dgram_next(&entries, &d))
        give_access(demux, &d);
    udp_flush(demux->udp); /* the bytes are the frame's */
}
