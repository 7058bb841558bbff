#include "cf/srp/peer_link.h"

#include <stdlib.h>

#include "common/base/err.h"
#include "common/loop/log.h"

enum { LEGS = 2, PORTS_A_SLOT = 2 };

/* One connection: towards one CF slot of the peer, or the one we listen for. */
struct leg {
    struct peer_link *link;
    struct tcp_link *tcp;
};

struct peer_link {
    struct tcp_link_setup setup;
    struct leg legs[LEGS];
    struct leg *speaking; /* came up last; NULL: none is up */
};

static struct leg *
any_up(struct peer_link *link)
{
    for (size_t i = 0; i < LEGS; i++) {
        if (link->legs[i].tcp && tcp_link_up(link->legs[i].tcp))
            return &link->legs[i];
    }
    return NULL;
}

static bool
on_frame(void *ctx, const struct msg_head *head, struct rd *body)
{
    struct leg *leg = ctx;

    return leg->link->setup.frame(leg->link->setup.ctx, head, body);
}

/* A connection that came up beside another one is news, too: another CF leads there. */
static void
on_state(void *ctx, bool up, const char *why)
{
    struct leg *leg = ctx;
    struct peer_link *link = leg->link;
    bool was = link->speaking != NULL;

    if (up)
        link->speaking = leg;
    else if (link->speaking == leg)
        link->speaking = any_up(link);
    if (up || was != (link->speaking != NULL))
        link->setup.state(link->setup.ctx, link->speaking != NULL, why);
}

static void
open_leg(struct peer_link *link, size_t i, unsigned slot)
{
    struct tcp_link_setup setup = link->setup;

    link->legs[i].link = link;
    setup.port = (uint16_t)(setup.port + PORTS_A_SLOT * (slot - 1));
    setup.frame = on_frame;
    setup.state = on_state;
    setup.ctx = &link->legs[i];
    link->legs[i].tcp = tcp_link_open(&setup);
}

struct peer_link *
peer_link_open(const struct tcp_link_setup *setup)
{
    struct peer_link *link = calloc(1, sizeof *link);

    if (!link)
        log_fatal("%s: out of memory", setup->name);
    link->setup = *setup;
    if (setup->bind < setup->peer) {
        open_leg(link, 0, setup->node->slot);
    } else {
        for (unsigned slot = 1; slot <= LEGS; slot++)
            open_leg(link, slot - 1, slot);
    }
    return link;
}

void
peer_link_close(struct peer_link **link)
{
    if (!*link)
        return;
    for (size_t i = 0; i < LEGS; i++)
        tcp_link_close(&(*link)->legs[i].tcp);
    free(*link);
    *link = NULL;
}

int
peer_link_send(struct peer_link *link, enum msg_type type, uint8_t port, uint64_t epoch,
               const void *body, size_t len)
{
    return link->speaking ? tcp_link_send(link->speaking->tcp, type, port, epoch, body, len)
                          : DI_EAGAIN;
}

bool
peer_link_up(const struct peer_link *link)
{
    return link->speaking != NULL;
}

struct tcp_counters
peer_link_counters(const struct peer_link *link)
{
    struct tcp_counters sum = {0};

    for (size_t i = 0; i < LEGS; i++) {
        const struct tcp_counters *one =
            link->legs[i].tcp ? tcp_link_counters(link->legs[i].tcp) : &(struct tcp_counters){0};

        sum.sent += one->sent;
        sum.unsent += one->unsent;
        sum.received += one->received;
        sum.malformed += one->malformed;
        sum.refused += one->refused;
        sum.foreign += one->foreign;
    }
    return sum;
}
